"""Spins and light together: which spins are alike, one space for both, states at the door, what is observed."""

from cavity_hopfield.cavity.fixed_point import aligned_fixed_point
from cavity_hopfield.cavity.observables import LightMoments, cavity_observables
from cavity_hopfield.cavity.space import CavitySpace
from cavity_hopfield.cavity.spins import CollectiveSpins, LadderStart, averages_told
from cavity_hopfield.cavity.states import CavityStart, cavity_start, displaced_mode, modes_at_start

__all__ = [
    "CavitySpace",
    "CavityStart",
    "CollectiveSpins",
    "LadderStart",
    "LightMoments",
    "aligned_fixed_point",
    "averages_told",
    "cavity_observables",
    "cavity_start",
    "displaced_mode",
    "modes_at_start",
]
