"""The ladder of theories. No rung imports another."""

from cavity_hopfield.theory.cumulants import Cumulants
from cavity_hopfield.theory.heterodyne import Heterodyne
from cavity_hopfield.theory.jumps import QuantumJumps
from cavity_hopfield.theory.kinetic import KineticMonteCarlo, TauLeaping
from cavity_hopfield.theory.lindblad import Lindblad, liouvillian, sparse_liouvillian, steady_density_matrix
from cavity_hopfield.theory.linearised import Linearised
from cavity_hopfield.theory.master_equation import ClassicalMasterEquation
from cavity_hopfield.theory.mean_field import MeanField
from cavity_hopfield.theory.symmetric import PermutationSymmetric
from cavity_hopfield.theory.truncated_wigner import TruncatedWigner
from cavity_hopfield.theory.zero_temperature import ZeroTemperature

__all__ = [
    "ClassicalMasterEquation",
    "Cumulants",
    "Heterodyne",
    "KineticMonteCarlo",
    "Lindblad",
    "Linearised",
    "MeanField",
    "PermutationSymmetric",
    "QuantumJumps",
    "TauLeaping",
    "TruncatedWigner",
    "ZeroTemperature",
    "liouvillian",
    "sparse_liouvillian",
    "steady_density_matrix",
]
