"""Sweeps: a labelled grid of points, on any executor, that survive whatever stops them."""
