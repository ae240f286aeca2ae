"""The laboratory in SI: from couplings, linewidths, detunings and pumps to the Dicke model, with what is neglected."""

from cavity_hopfield.model.energy_scale import memory_scale
from cavity_hopfield.platforms import presets
from cavity_hopfield.platforms.bare_cavity import BareCavity
from cavity_hopfield.platforms.citation import citation
from cavity_hopfield.platforms.degenerate_cavity import DegenerateCavity, Interaction
from cavity_hopfield.platforms.gain import Gain, ParametricGain, RepumpGain
from cavity_hopfield.platforms.geometry import Geometry
from cavity_hopfield.platforms.improvement import ways_table, ways_to
from cavity_hopfield.platforms.ion_chain import IonChain
from cavity_hopfield.platforms.mode_families import CONFOCAL, FOUR_SEVENTHS, ModeFamily
from cavity_hopfield.platforms.momentum_cavity import MomentumCavity
from cavity_hopfield.platforms.operating_point import OperatingPoint, operating_point, recall_time
from cavity_hopfield.platforms.platform import Platform, Step, changed, knobs
from cavity_hopfield.platforms.preset import Preset
from cavity_hopfield.platforms.preset_report import PresetReport, preset_report
from cavity_hopfield.platforms.raman_cavity import RamanCavity
from cavity_hopfield.platforms.standing_waves import RingModes, StandingWaves
from cavity_hopfield.platforms.transverse_modes import TransverseModes
from cavity_hopfield.platforms.written_modes import WrittenModes

__all__ = [
    "CONFOCAL",
    "FOUR_SEVENTHS",
    "BareCavity",
    "DegenerateCavity",
    "Gain",
    "Geometry",
    "Interaction",
    "IonChain",
    "ModeFamily",
    "MomentumCavity",
    "OperatingPoint",
    "ParametricGain",
    "Platform",
    "Preset",
    "PresetReport",
    "RamanCavity",
    "RepumpGain",
    "RingModes",
    "StandingWaves",
    "Step",
    "TransverseModes",
    "WrittenModes",
    "changed",
    "citation",
    "knobs",
    "memory_scale",
    "operating_point",
    "preset_report",
    "presets",
    "recall_time",
    "ways_table",
    "ways_to",
]
