"""Closed forms derived and emitted by `python -m derivations`: scalars in, scalars out, compiled by numba."""
