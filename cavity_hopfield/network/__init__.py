"""The spin-only network: couplings and a rate law, from patterns or from a cavity whose light was eliminated.

It stands above `elimination`, because a network may be made from a cavity, and below every theory that evolves it.
"""

from cavity_hopfield.network.classes import SpinClasses
from cavity_hopfield.network.configuration_rates import configuration_rates
from cavity_hopfield.network.counted import CountedHopfield
from cavity_hopfield.network.limit import HopfieldLimit
from cavity_hopfield.network.local_response import LocalResponse
from cavity_hopfield.network.observables import spin_observables
from cavity_hopfield.network.open_hopfield import OpenHopfield
from cavity_hopfield.network.quantum_states import (
    InitialState,
    bloch_vectors,
    configuration_index,
    density_matrix,
    state_vector,
)
from cavity_hopfield.network.rate_table import RateTable
from cavity_hopfield.network.requirements import require_classical, require_network, require_single_flips
from cavity_hopfield.network.scheduled import Scheduled, require_constant
from cavity_hopfield.network.targets import OverlapTargets

__all__ = [
    "CountedHopfield",
    "HopfieldLimit",
    "InitialState",
    "LocalResponse",
    "OpenHopfield",
    "OverlapTargets",
    "RateTable",
    "Scheduled",
    "SpinClasses",
    "bloch_vectors",
    "configuration_index",
    "configuration_rates",
    "density_matrix",
    "require_classical",
    "require_constant",
    "require_network",
    "require_single_flips",
    "spin_observables",
    "state_vector",
]
