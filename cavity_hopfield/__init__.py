"""Cavity-QED Hopfield networks: associative memories made of light and atoms, at every level of theory.

One frozen model, every level of theory as an interchangeable argument, and for every answer a statement of where it
can be trusted. The walk of the data: patterns, couplings, model, theory, dataset, figure.
"""

from importlib import import_module
from types import ModuleType

from cavity_hopfield._version import __version__
from cavity_hopfield.elimination import (
    AtomOnly,
    CavityRates,
    Certificate,
    ExactRates,
    MemoryEquation,
    RamseyRate,
    Regime,
    Relaxation,
    SectorEquation,
    SpinEnsembles,
    SpinGenerator,
    Verdict,
    certify,
    coherence,
    correlation,
    exact_rates,
    full_liouvillian,
    lamb_shift,
    measured_map,
    memory_slip,
    rates_from_ramsey,
    slip_corrected_rate,
    slowest_relaxation,
    spin_lengths,
    spread,
    transient_rates,
    validity_map,
)
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
from cavity_hopfield.network import HopfieldLimit, OpenHopfield
from cavity_hopfield.theory import ClassicalMasterEquation, KineticMonteCarlo, MeanField

__all__ = [
    "ArgumentError",
    "AtomOnly",
    "CavityHopfieldError",
    "CavityRates",
    "Certificate",
    "ClassicalMasterEquation",
    "ConfigurationError",
    "ConvergenceError",
    "ExactRates",
    "FlipEnergySample",
    "Glauber",
    "GlauberMatch",
    "HopfieldLimit",
    "KineticMonteCarlo",
    "MeanField",
    "MemoryEquation",
    "Metropolis",
    "MultimodeDicke",
    "OpenHopfield",
    "Patterns",
    "ProductState",
    "RamseyRate",
    "RateLaw",
    "RateTableError",
    "Regime",
    "RegimeWarning",
    "Relaxation",
    "ResultFileError",
    "SectorEquation",
    "SizeError",
    "SpinEnsembles",
    "SpinGenerator",
    "Verdict",
    "__version__",
    "certify",
    "coherence",
    "correlated_patterns",
    "correlation",
    "energy",
    "equal_up_to_sign",
    "exact_rates",
    "flip_energies",
    "full_liouvillian",
    "hebb",
    "lamb_shift",
    "letters",
    "load",
    "load_images",
    "load_patterns",
    "local_fields",
    "measured_map",
    "memory_slip",
    "model_of",
    "plots",
    "pseudo_inverse",
    "random_patterns",
    "rates_from_ramsey",
    "save",
    "slip_corrected_rate",
    "slowest_relaxation",
    "spin_lengths",
    "spread",
    "study",
    "transient_rates",
    "validity_map",
]

_LOADED_ON_USE = ("plots", "study")


def __getattr__(name: str) -> ModuleType:
    """Rooms that load heavy libraries (matplotlib, pydantic) come in when first used."""
    if name in _LOADED_ON_USE:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
