"""Labelled results: one observable has one name, one meaning and one unit at every level of theory."""

import json
from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from importlib.metadata import version
from typing import Any, Protocol

import numpy.typing as npt
import xarray as xr

from cavity_hopfield._typing import FloatArray, Json
from cavity_hopfield._version import __version__
from cavity_hopfield.hopfield import Patterns

OBSERVABLES = {
    "overlap": ("overlap with each stored pattern", "1"),
    "overlap_x": ("overlap of sigma^x with each stored pattern", "1"),
    "overlap_y": ("overlap of sigma^y with each stored pattern", "1"),
    "magnetisation": ("mean of sigma^z over the spins", "1"),
    "magnetisation_x": ("mean of sigma^x over the spins", "1"),
    "magnetisation_y": ("mean of sigma^y over the spins", "1"),
    "energy": ("Ising energy that the light mediates", "unit of omega"),
    "spin_z": ("expectation of sigma^z of each spin", "1"),
    "purity": ("purity of the density matrix", "1"),
    "photons": ("photons in each mode", "1"),
    "amplitude_real": ("real part of the amplitude of each mode", "1"),
    "amplitude_imag": ("imaginary part of the amplitude of each mode", "1"),
    "pair_real": ("real part of <a^2> of each mode", "1"),
    "pair_imag": ("imaginary part of <a^2> of each mode", "1"),
    "g2": ("second-order coherence <ad^2 a^2> / <ad a>^2 of each mode", "1"),
    "light_state_real": ("real part of the density matrix of one mode", "1"),
    "light_state_imag": ("imaginary part of the density matrix of one mode", "1"),
    "flips": ("flips since the start", "1"),
    "overlap_error": ("standard error of the mean overlap over the runs", "1"),
    "overlap_x_error": ("standard error of the mean overlap of sigma^x over the runs", "1"),
    "overlap_y_error": ("standard error of the mean overlap of sigma^y over the runs", "1"),
    "magnetisation_error": ("standard error of the mean of sigma^z over spins and runs", "1"),
    "magnetisation_x_error": ("standard error of the mean of sigma^x over spins and runs", "1"),
    "magnetisation_y_error": ("standard error of the mean of sigma^y over spins and runs", "1"),
    "energy_error": ("standard error of the mean energy over the runs", "unit of omega"),
    "spin_z_error": ("standard error of the mean of sigma^z of each spin over the runs", "1"),
    "photons_error": ("standard error over the runs: photons in each mode", "1"),
    "amplitude_real_error": ("standard error over the runs: real part of the amplitude of each mode", "1"),
    "amplitude_imag_error": ("standard error over the runs: imaginary part of the amplitude of each mode", "1"),
    "pair_real_error": ("standard error over the runs: real part of <a^2> of each mode", "1"),
    "pair_imag_error": ("standard error over the runs: imaginary part of <a^2> of each mode", "1"),
    "g2_error": ("standard error over the runs: second-order coherence of each mode", "1"),
    "overlap_leap_error": ("change of the mean overlap with a coarser leap", "1"),
    "magnetisation_leap_error": ("change of the mean magnetisation with a coarser leap", "1"),
    "jump_run": ("the run of each jump", "1"),
    "jump_time": ("the time of each jump", "1 / unit of omega"),
    "jump_spin": ("the spin that jumps", "1"),
    "jump_direction": ("+1 for a jump up, -1 for a jump down", "1"),
    "jump_channel": ("the channel of each jump, a place among the names in `channel`", "1"),
    "jumps": ("jumps of all channels since the start", "1"),
    "record_real": ("real part of the mean heterodyne signal since the time before", "sqrt(unit of omega)"),
    "record_imag": ("imaginary part of the mean heterodyne signal since the time before", "sqrt(unit of omega)"),
    "eigenvalue_real": ("real part of each eigenvalue of the generator", "unit of omega"),
    "eigenvalue_imag": ("imaginary part of each eigenvalue of the generator", "unit of omega"),
    "residual": ("norm of L rho - lambda rho for each eigenvector of norm one", "unit of omega"),
    "parity": ("sign of each eigenvector when all spins are turned over, zero where it has none", "1"),
    "probability": ("probability of each configuration, or level of the ladders", "1"),
    "member": ("whether a configuration, or level, belongs to each closed class", "1"),
    "relaxation_time": ("time in which each eigenvector decays by a factor e", "1 / unit of omega"),
    "mean_passage_time": ("mean time until a target is first reached", "1 / unit of omega"),
    "basin_probability": ("probability that each target is the first one reached", "1"),
    "final_configuration": ("last configuration of each run or start", "1"),
    "sweeps": ("updates of all spins until the end", "1"),
    "period": ("1 at rest, 2 on a cycle of two configurations, 0 if not settled", "1"),
    "jump_class": ("the class or ensemble of which one spin jumps", "1"),
    "class_spin_z": ("mean of sigma^z over the spins of each class", "1"),
    "passage_time": ("time at which a target is reached first", "1 / unit of omega"),
    "reached": ("number of the target that is reached first, -1 if none", "1"),
    "final_ups": ("up spins of each class, or steps above the bottom of each ladder, at the end", "1"),
    "alpha_real": ("real part of the sampled amplitude", "1"),
    "alpha_imag": ("imaginary part of the sampled amplitude", "1"),
    "emission": ("spectrum of the incoherent light that each mode emits", "1"),
    "first_order_real": ("real part of <ad(t + delay) a(t)> of one mode", "1"),
    "first_order_imag": ("imaginary part of <ad(t + delay) a(t)> of one mode", "1"),
    "second_order": ("<ad(t) ad(t + delay) a(t + delay) a(t)> of one mode", "1"),
    "probability_error": ("standard error of the probability over the runs", "1"),
    "bin_length": ("length of the bin that ends at each time", "1 / unit of omega"),
}
Observables = dict[str, tuple[tuple[str, ...], npt.NDArray[Any]]]
"""Dimensions and values by name."""
VERSIONED = ("numpy", "scipy", "numba", "xarray")


class Describable(Protocol):
    """A model that can tell itself in JSON."""

    def to_json(self) -> str:
        """The model as JSON text."""
        ...


def labelled_result(
    model: Describable,
    theory: Any,
    variables: Observables,
    *,
    times: FloatArray | None = None,
    patterns: Patterns | None = None,
    details: Mapping[str, Any] | None = None,
) -> xr.Dataset:
    """A dataset of observables with names, units, coordinates and the provenance of the result in its attributes.

    Parameters
    ----------
    model
        What was simulated; stored as JSON.
    theory
        The frozen dataclass that did it; stored by name with its options.
    variables
        Dimensions and values by name; the names are those of `OBSERVABLES`.
    times
        The time grid, if there is a `time` dimension.
    patterns
        Their names label the `pattern` dimension.
    details
        Further attributes, such as measured errors.
    """
    data = {
        name: xr.Variable(dims, values, {"long_name": OBSERVABLES[name][0], "units": OBSERVABLES[name][1]})
        for name, (dims, values) in variables.items()
    }
    coordinates: dict[str, Any] = {}
    if times is not None:
        coordinates["time"] = xr.Variable(("time",), times, {"long_name": "time", "units": "1 / unit of omega"})
    if patterns is not None:
        coordinates["pattern"] = list(patterns.names)
    attributes = {
        "model": model.to_json(),
        "theory": json.dumps(theory_options(theory)),
        "versions": json.dumps(versions()),
        **_certificate(model),
        **(details or {}),
    }
    return xr.Dataset(data, coordinates, attributes)


def _certificate(model: Describable) -> dict[str, str]:
    """The certificate of a model that carries one, as JSON."""
    certificate = getattr(model, "certificate", None)
    return {} if certificate is None else {"certificate": json.dumps(certificate.to_dict())}


def theory_options(theory: Any) -> Json:
    """Name and options of a theory, as plain values."""
    return {"name": type(theory).__name__, **{f.name: getattr(theory, f.name) for f in fields(theory)}}


@cache
def versions() -> dict[str, str]:
    """Versions of this package and of those that decide its numbers."""
    return {"cavity_hopfield": __version__, **{name: version(name) for name in VERSIONED}}
