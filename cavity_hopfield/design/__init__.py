"""From the wish to the apparatus: targets, search, feasibility, sensitivity and tolerance."""

from cavity_hopfield.design.constraints import Constraint
from cavity_hopfield.design.design import Design, design
from cavity_hopfield.design.disorder import Disordered, tolerance_to_disorder
from cavity_hopfield.design.feasibility import Binding, Feasibility
from cavity_hopfield.design.pareto import pareto_front
from cavity_hopfield.design.quantities import QUANTITIES, Quantity
from cavity_hopfield.design.sensitivity import sensitivities
from cavity_hopfield.design.targets import GlauberTarget, PhaseTarget, RetrievalTarget, Target
from cavity_hopfield.design.verification import Check, Verification

__all__ = [
    "QUANTITIES",
    "Binding",
    "Check",
    "Constraint",
    "Design",
    "Disordered",
    "Feasibility",
    "GlauberTarget",
    "PhaseTarget",
    "Quantity",
    "RetrievalTarget",
    "Target",
    "Verification",
    "design",
    "pareto_front",
    "sensitivities",
    "tolerance_to_disorder",
]
