"""Sweeps: a labelled grid of points, on any executor, that survive whatever stops them."""

from cavity_hopfield.sweep.evolution import Evolution
from cavity_hopfield.sweep.sweep import sweep, sweep_so_far
from cavity_hopfield.sweep.work import Sweepable

__all__ = ["Evolution", "Sweepable", "sweep", "sweep_so_far"]
