"""Summaries of cited sentences, chosen from what the first reading left: no model is loaded."""
