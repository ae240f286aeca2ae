"""Full density matrices of the open quantum Hopfield network: evolution, steady state, spectrum, and QuTiP's form."""

from cavity_hopfield.theory.lindblad.door import liouvillian, sparse_liouvillian
from cavity_hopfield.theory.lindblad.lindblad import Lindblad
from cavity_hopfield.theory.lindblad.steady import steady_density_matrix

__all__ = ["Lindblad", "liouvillian", "sparse_liouvillian", "steady_density_matrix"]
