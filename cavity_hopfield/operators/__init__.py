"""Spins and modes as sparse matrices, and generators that act on stacked density matrices."""

from cavity_hopfield.operators.spaces import (
    LOWERING,
    annihilation,
    configurations,
    flip_partners,
    on_site,
    pauli,
    spin_component,
)
from cavity_hopfield.operators.superoperators import adjoint, dissipator, lindbladian, turning, two_sided

__all__ = [
    "LOWERING",
    "adjoint",
    "annihilation",
    "configurations",
    "dissipator",
    "flip_partners",
    "lindbladian",
    "on_site",
    "pauli",
    "spin_component",
    "turning",
    "two_sided",
]
