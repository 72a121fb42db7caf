"""Models to compare with, each called alike (contender.py) in a process of its own (worker.py)."""
