"""The ladder of theories. No rung imports another."""

from cavity_hopfield.theory.kinetic import ClassicalMasterEquation, KineticMonteCarlo
from cavity_hopfield.theory.mean_field import MeanField

__all__ = ["ClassicalMasterEquation", "KineticMonteCarlo", "MeanField"]
