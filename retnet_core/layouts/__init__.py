"""Folders that others published: fla's layout and torchscale's, read into a RetNet of ours.

A layout says what a folder's config.json means (a RetNetConfig), and at which place in its files
each of our weights lies. load_published in published.py is the way in.
"""
