"""How good answers and summaries are, measured on the path of a user beside simple baselines."""
