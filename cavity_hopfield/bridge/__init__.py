"""From a cavity to the network of spins it becomes, how far the two are apart, and which theories agree."""

from cavity_hopfield.bridge.bridge import Bridge
from cavity_hopfield.bridge.distance import bridge_distance
from cavity_hopfield.bridge.fits import NetworkFit, fit_liouvillian
from cavity_hopfield.bridge.generators import dressed
from cavity_hopfield.bridge.levels.agreement import agreement
from cavity_hopfield.bridge.levels.recommendation import Recommendation, recommend
from cavity_hopfield.bridge.levels.result import Agreement, Disagreement
from cavity_hopfield.bridge.thermal import ThermalNetwork, dicke_for, to_glauber
from cavity_hopfield.bridge.trajectory_fits import fit_trajectories

__all__ = [
    "Agreement",
    "Bridge",
    "Disagreement",
    "NetworkFit",
    "Recommendation",
    "ThermalNetwork",
    "agreement",
    "bridge_distance",
    "dicke_for",
    "dressed",
    "fit_liouvillian",
    "fit_trajectories",
    "recommend",
    "to_glauber",
]
