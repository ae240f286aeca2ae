"""Where what the network does changes: lines in the plane of a parameter and the drive."""

from cavity_hopfield.analysis.bifurcations.lines import bifurcations, bifurcations_of
from cavity_hopfield.analysis.bifurcations.mixtures import stability_boundaries
from cavity_hopfield.analysis.bifurcations.normal_forms import first_lyapunov

__all__ = ["bifurcations", "bifurcations_of", "first_lyapunov", "stability_boundaries"]
