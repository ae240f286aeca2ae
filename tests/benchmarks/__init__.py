"""Benchmarks against named peers: `python -m tests.benchmarks` prints one table. Not collected by the test run."""
