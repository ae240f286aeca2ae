"""The spin-only network: couplings and a rate law, from patterns or from a cavity whose light was eliminated.

It stands above `elimination`, because a network may be made from a cavity, and below every theory that evolves it.
"""

from cavity_hopfield.network.configuration_rates import configuration_rates
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
from cavity_hopfield.network.requirements import require_network, require_single_flips

__all__ = [
    "HopfieldLimit",
    "InitialState",
    "LocalResponse",
    "OpenHopfield",
    "RateTable",
    "bloch_vectors",
    "configuration_index",
    "configuration_rates",
    "density_matrix",
    "require_network",
    "require_single_flips",
    "spin_observables",
    "state_vector",
]
