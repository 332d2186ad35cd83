"""Measurements, run as commands and never by the tests: `python -m benchmarks.intake`."""
