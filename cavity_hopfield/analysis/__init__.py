"""What the dynamics of a network amounts to: fixed points, cycles, bifurcations, phases, basins."""

from cavity_hopfield.analysis.bifurcations import bifurcations, bifurcations_of, first_lyapunov, stability_boundaries
from cavity_hopfield.analysis.capacity import (
    critical_load,
    phase_boundaries,
    recall_capacity,
    recall_fraction,
    replica_symmetric,
    thermal_recall,
)
from cavity_hopfield.analysis.class_dynamics import ClassDynamics
from cavity_hopfield.analysis.cycles.cycle_continuation import continue_cycle
from cavity_hopfield.analysis.cycles.limit_cycles import LimitCycle, limit_cycle
from cavity_hopfield.analysis.equilibria.fixed_points import Completeness, FixedPointKind, fixed_points
from cavity_hopfield.analysis.equilibria.stability import Stability, stability
from cavity_hopfield.analysis.light.output_field import output_field
from cavity_hopfield.analysis.light.recall import recall_from_light
from cavity_hopfield.analysis.light.wigner import wigner, wigner_histogram
from cavity_hopfield.analysis.nonequilibrium import (
    boltzmann_distance,
    effective_temperature,
    entropy_production,
    entropy_production_of_runs,
    fluctuation_dissipation,
    kolmogorov_cycles,
    net_currents,
    temperature_spread,
)
from cavity_hopfield.analysis.phases.basins import basins
from cavity_hopfield.analysis.phases.classification import Classification, Phase, classify
from cavity_hopfield.analysis.phases.oscillating import oscillating_overlaps
from cavity_hopfield.analysis.phases.phase_diagram import cavity_phase_diagram, phase_diagram
from cavity_hopfield.analysis.retrieval.against_glauber import platform_against_glauber
from cavity_hopfield.analysis.retrieval.end_states import end_states
from cavity_hopfield.analysis.retrieval.report import platform_report, retrieval_report
from cavity_hopfield.analysis.retrieval.retrieval import retrieval

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
    "boltzmann_distance",
    "cavity_phase_diagram",
    "classify",
    "continue_cycle",
    "critical_load",
    "effective_temperature",
    "end_states",
    "entropy_production",
    "entropy_production_of_runs",
    "first_lyapunov",
    "fixed_points",
    "fluctuation_dissipation",
    "kolmogorov_cycles",
    "limit_cycle",
    "net_currents",
    "oscillating_overlaps",
    "output_field",
    "phase_boundaries",
    "phase_diagram",
    "platform_against_glauber",
    "platform_report",
    "recall_capacity",
    "recall_fraction",
    "recall_from_light",
    "replica_symmetric",
    "retrieval",
    "retrieval_report",
    "stability",
    "stability_boundaries",
    "temperature_spread",
    "thermal_recall",
    "wigner",
    "wigner_histogram",
]
