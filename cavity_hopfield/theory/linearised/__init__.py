"""Quantum fluctuations of spins and light about the mean field, to linear order."""

from cavity_hopfield.theory.linearised.linearised import Linearised

__all__ = ["Linearised"]
