"""What the paper claims, each claim measured at a small scale: `python -m benchmarks paper`."""
