"""Cavity-QED Hopfield networks: associative memories made of light and atoms, at every level of theory.

One frozen model, every level of theory as an interchangeable argument, and for every answer a statement of where it
can be trusted. The walk of the data: patterns, couplings, model, theory, dataset, figure.
"""

from importlib import import_module
from types import ModuleType

from cavity_hopfield._version import __version__
from cavity_hopfield.elimination import CavityRates, Certificate, Verdict, certify, coherence
from cavity_hopfield.exceptions import (
    ArgumentError,
    CavityHopfieldError,
    ConfigurationError,
    ConvergenceError,
    RateTableError,
    RegimeWarning,
    ResultFileError,
    SizeError,
)
from cavity_hopfield.hopfield import (
    Patterns,
    correlated_patterns,
    energy,
    equal_up_to_sign,
    flip_energies,
    hebb,
    letters,
    load_images,
    load_patterns,
    local_fields,
    pseudo_inverse,
    random_patterns,
)
from cavity_hopfield.io import load, model_of, save
from cavity_hopfield.model import (
    FlipEnergySample,
    Glauber,
    GlauberMatch,
    Metropolis,
    MultimodeDicke,
    ProductState,
    RateLaw,
)
from cavity_hopfield.network import OpenHopfield
from cavity_hopfield.theory import ClassicalMasterEquation, KineticMonteCarlo, MeanField

__all__ = [
    "ArgumentError",
    "CavityHopfieldError",
    "CavityRates",
    "Certificate",
    "ClassicalMasterEquation",
    "ConfigurationError",
    "ConvergenceError",
    "FlipEnergySample",
    "Glauber",
    "GlauberMatch",
    "KineticMonteCarlo",
    "MeanField",
    "Metropolis",
    "MultimodeDicke",
    "OpenHopfield",
    "Patterns",
    "ProductState",
    "RateLaw",
    "RateTableError",
    "RegimeWarning",
    "ResultFileError",
    "SizeError",
    "Verdict",
    "__version__",
    "certify",
    "coherence",
    "correlated_patterns",
    "energy",
    "equal_up_to_sign",
    "flip_energies",
    "hebb",
    "letters",
    "load",
    "load_images",
    "load_patterns",
    "local_fields",
    "model_of",
    "plots",
    "pseudo_inverse",
    "random_patterns",
    "save",
    "study",
]

_LOADED_ON_USE = ("plots", "study")


def __getattr__(name: str) -> ModuleType:
    """Rooms that load heavy libraries (matplotlib, pydantic) come in when first used."""
    if name in _LOADED_ON_USE:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
