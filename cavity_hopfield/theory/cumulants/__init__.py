"""Moments of spins and light to any order, closed by cumulants."""

from cavity_hopfield.theory.cumulants.cumulants import Cumulants

__all__ = ["Cumulants"]
