"""The ladder of theories. No rung imports another."""

from cavity_hopfield.theory.jumps import QuantumJumps
from cavity_hopfield.theory.kinetic import ClassicalMasterEquation, KineticMonteCarlo, TauLeaping, ZeroTemperature
from cavity_hopfield.theory.lindblad import Lindblad, liouvillian, sparse_liouvillian, steady_density_matrix
from cavity_hopfield.theory.mean_field import MeanField
from cavity_hopfield.theory.symmetric import PermutationSymmetric

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
