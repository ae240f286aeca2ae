"""Slow routes to the package's numbers that share no code with it."""
