"""The laboratory in SI: from couplings, linewidths, detunings and pumps to the Dicke model, with what is neglected."""

from cavity_hopfield.platforms.bare_cavity import BareCavity
from cavity_hopfield.platforms.operating_point import OperatingPoint, memory_scale, operating_point, recall_time
from cavity_hopfield.platforms.platform import Platform, Step, changed, knobs

__all__ = [
    "BareCavity",
    "OperatingPoint",
    "Platform",
    "Step",
    "changed",
    "knobs",
    "memory_scale",
    "operating_point",
    "recall_time",
]
