"""Figures of a reader, measured by `python -m benchmarks reader`."""
