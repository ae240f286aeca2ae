"""How many patterns fit: the theory of many patterns, and recall counted in networks of finite size."""

from cavity_hopfield.analysis.capacity.boundaries import critical_load, phase_boundaries
from cavity_hopfield.analysis.capacity.finite_size import recall_capacity
from cavity_hopfield.analysis.capacity.recall_fraction import recall_fraction
from cavity_hopfield.analysis.capacity.replica_symmetric import replica_symmetric
from cavity_hopfield.analysis.capacity.thermal_recall import thermal_recall

__all__ = [
    "critical_load",
    "phase_boundaries",
    "recall_capacity",
    "recall_fraction",
    "replica_symmetric",
    "thermal_recall",
]
