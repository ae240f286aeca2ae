"""The ladder of theories. No rung imports another."""

from cavity_hopfield.theory.jumps import QuantumJumps
from cavity_hopfield.theory.kinetic import KineticMonteCarlo, TauLeaping
from cavity_hopfield.theory.lindblad import Lindblad, liouvillian, sparse_liouvillian, steady_density_matrix
from cavity_hopfield.theory.master_equation import ClassicalMasterEquation
from cavity_hopfield.theory.mean_field import MeanField
from cavity_hopfield.theory.symmetric import PermutationSymmetric
from cavity_hopfield.theory.zero_temperature import ZeroTemperature

__all__ = [
    "ClassicalMasterEquation",
    "KineticMonteCarlo",
    "Lindblad",
    "MeanField",
    "PermutationSymmetric",
    "QuantumJumps",
    "TauLeaping",
    "ZeroTemperature",
    "liouvillian",
    "sparse_liouvillian",
    "steady_density_matrix",
]
