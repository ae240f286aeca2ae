"""What the dynamics of a network amounts to: fixed points, cycles, bifurcations, phases, basins."""

from cavity_hopfield.analysis.bifurcations import bifurcations, bifurcations_of, first_lyapunov, stability_boundaries
from cavity_hopfield.analysis.class_dynamics import ClassDynamics
from cavity_hopfield.analysis.cycles.cycle_continuation import continue_cycle
from cavity_hopfield.analysis.cycles.limit_cycles import LimitCycle, limit_cycle
from cavity_hopfield.analysis.equilibria.fixed_points import Completeness, FixedPointKind, fixed_points
from cavity_hopfield.analysis.equilibria.stability import Stability, stability
from cavity_hopfield.analysis.phases.basins import basins
from cavity_hopfield.analysis.phases.classification import Classification, Phase, classify
from cavity_hopfield.analysis.phases.oscillating import oscillating_overlaps
from cavity_hopfield.analysis.phases.phase_diagram import cavity_phase_diagram, phase_diagram

__all__ = [
    "ClassDynamics",
    "Classification",
    "Completeness",
    "FixedPointKind",
    "LimitCycle",
    "Phase",
    "Stability",
    "basins",
    "bifurcations",
    "bifurcations_of",
    "cavity_phase_diagram",
    "classify",
    "continue_cycle",
    "first_lyapunov",
    "fixed_points",
    "limit_cycle",
    "oscillating_overlaps",
    "phase_diagram",
    "stability",
    "stability_boundaries",
]
