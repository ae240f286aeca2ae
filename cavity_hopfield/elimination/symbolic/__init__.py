"""Derivations by computer algebra: operators, generators of master equations, and closed equations of moments.

The only room that imports sympy; import it by name, `from cavity_hopfield.elimination import symbolic`.
"""

from cavity_hopfield.elimination.symbolic.algebra import (
    IDENTITY,
    Mode,
    Monomial,
    Operator,
    Spin,
    anticommutator,
    commutator,
    total,
)
from cavity_hopfield.elimination.symbolic.atom_only import (
    EliminatedMode,
    dressed_amplitude,
    dropped_derivative,
    lindblad_adjoint,
    redfield_adjoint,
)
from cavity_hopfield.elimination.symbolic.cumulants import moment_equations, symmetric_adjoint
from cavity_hopfield.elimination.symbolic.gaussian import (
    GaussianEquations,
    GaussianMoments,
    RelaxedState,
    gaussian_equations,
    kernel_exponent,
    relaxed_state,
)
from cavity_hopfield.elimination.symbolic.generators import (
    adjoint,
    adjoint_dissipator,
    two_sided_adjoint,
)
from cavity_hopfield.elimination.symbolic.moments import MomentEquations, MomentTrajectory
from cavity_hopfield.elimination.symbolic.spin_only import OpenNetwork, flipped, free_amplitude, function_of_z
from cavity_hopfield.elimination.symbolic.systems import (
    EachMember,
    ModeClass,
    SpinClass,
    SymmetricOperator,
    for_each,
    sum_over,
)
from cavity_hopfield.exceptions import ClosureError

__all__ = [
    "IDENTITY",
    "ClosureError",
    "EachMember",
    "EliminatedMode",
    "GaussianEquations",
    "GaussianMoments",
    "Mode",
    "ModeClass",
    "MomentEquations",
    "MomentTrajectory",
    "Monomial",
    "OpenNetwork",
    "Operator",
    "RelaxedState",
    "Spin",
    "SpinClass",
    "SymmetricOperator",
    "adjoint",
    "adjoint_dissipator",
    "anticommutator",
    "commutator",
    "dressed_amplitude",
    "dropped_derivative",
    "flipped",
    "for_each",
    "free_amplitude",
    "function_of_z",
    "gaussian_equations",
    "kernel_exponent",
    "lindblad_adjoint",
    "moment_equations",
    "redfield_adjoint",
    "relaxed_state",
    "sum_over",
    "symmetric_adjoint",
    "total",
    "two_sided_adjoint",
]
