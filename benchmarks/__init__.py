"""Every figure that the README states, measured by `python -m benchmarks NAME`."""
