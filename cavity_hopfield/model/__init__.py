"""What is simulated: the spins and modes of a cavity, rate laws, and the states an evolution starts from."""

from cavity_hopfield.model.channels import SpinChannels
from cavity_hopfield.model.dicke import MultimodeDicke, require_dicke
from cavity_hopfield.model.matching import FlipEnergySample
from cavity_hopfield.model.rate_laws import Glauber, GlauberMatch, Metropolis, RateLaw, rate_law_from_dict
from cavity_hopfield.model.schedules import Ramp
from cavity_hopfield.model.states import ProductState

__all__ = [
    "FlipEnergySample",
    "Glauber",
    "GlauberMatch",
    "Metropolis",
    "MultimodeDicke",
    "ProductState",
    "Ramp",
    "RateLaw",
    "SpinChannels",
    "rate_law_from_dict",
    "require_dicke",
]
