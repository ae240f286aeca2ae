"""How far the bridged spins are from those of the cavity with its light."""

import warnings
from typing import Any

import numpy as np
import xarray as xr
from scipy.optimize import linear_sum_assignment

from cavity_hopfield._checks import time_grid
from cavity_hopfield._typing import ArrayLike, ComplexArray, FloatArray
from cavity_hopfield.bridge.bridge import Bridge
from cavity_hopfield.bridge.fits import bridged
from cavity_hopfield.bridge.generators import require_configuration
from cavity_hopfield.bridge.slow_modes import slow_cavity_eigenvalues, slow_modes
from cavity_hopfield.dynamics import Progress
from cavity_hopfield.dynamics.labels import analysis_result, labelled
from cavity_hopfield.elimination.exact.rates import exact_rates
from cavity_hopfield.elimination.spin_generator import equal_force_places
from cavity_hopfield.exceptions import ArgumentError, RegimeWarning
from cavity_hopfield.model import MultimodeDicke, require_dicke
from cavity_hopfield.operators.qutip_door import plain
from cavity_hopfield.theory.lindblad import Lindblad

SPECTRUM_ACCURACY = 1e-6
"""Relative move of the cavity's slow eigenvalues with more Fock states."""
Variables = dict[str, xr.Variable]


def bridge_distance(
    dicke: MultimodeDicke,
    initial: ArrayLike,
    times: ArrayLike,
    *,
    stationary: bool = True,
    spectrum: bool = False,
    theory: Lindblad | None = None,
    progress: Progress | None = None,
    **choices: Any,
) -> xr.Dataset:
    r"""$\frac12 \Vert \mathrm{Tr}_\mathrm{light}\, \rho(t) - \rho_\mathrm{bridge}(t) \Vert_1$ along the evolution, at
    late times, and for the slow eigenvalues.

    From a configuration, at a fixed $t\, \Omega^2$ beyond the memory of the light, the populations differ by the square
    of the drive, as the rates of fourth order and the slip at the start do; the states differ by its first power, the
    coherences by which the spins are dressed (see `dressed`). With these added the states too differ by the square.

    Parameters
    ----------
    dicke : MultimodeDicke
        A platform of a few spins and modes.
    initial : configuration (N,)
        The spins at time 0, with the light at rest under them.
    times : (T,) array
        Strictly increasing, not negative.
    stationary : bool
        Compare the stationary states too, with `exact_rates`.
    spectrum : bool
        Compare the eigenvalues of the elements that the light lets live (`Bridge.lasting_places`) with the cavity's
        nearest to zero: seconds for two spins, minutes for three. Left out with an independent field.
    theory : Lindblad, optional
        Options for the cavity; its Fock states are raised until the observables stand still unless `fock` is given.
        The `resolution` must be "site".
    progress : callable, optional
        Told the fraction of the cavity's evolution that is done.
    **choices
        Those of `Bridge`. With `drive="independent"` the reference is the cavity driven by both fields, `drive +
        field`, for a spin cannot tell the two apart: what is measured is the assumption of an undressed field.

    Returns
    -------
    xarray.Dataset
        `trace_distance`, `population_distance` (total variation) and `coherence_distance` (half the trace norm of what
        is off the diagonal), each (time); `dressed_distance` (time) without an independent field. With `stationary`
        the same four as numbers, named `stationary_...`. With `spectrum` the pairs `bridge_eigenvalue_real`, `_imag`,
        `cavity_eigenvalue_real`, `_imag` (level) and `eigenvalue_distance` (level), relative to the largest one.

    Raises
    ------
    ArgumentError
        If `choices` do not fit, `initial` is no configuration, `theory` is not of single sites, or `spectrum` is asked
        for spins that the light tells apart by halves: then the elements that last are not told from the others.
    SizeError
        If more memory is needed than allowed.

    Warns
    -----
    RegimeWarning
        As by `Bridge`.

    Examples
    --------
    >>> cavity = MultimodeDicke(g=[[0.4], [0.6]], omega=1.0, loss=1.0, drive=0.02)
    >>> apart = bridge_distance(cavity, [1, -1], [250.0])
    >>> bool(apart["population_distance"][0] < apart["trace_distance"][0] < 0.1)
    True
    """
    grid = time_grid(times)
    reader = Lindblad(resolution="site") if theory is None else theory
    if not isinstance(reader, Lindblad) or reader.resolution != "site":
        raise ArgumentError(
            f'Argument `theory` must be `Lindblad(resolution="site", ...)`, which tells every spin, but is {reader!r}.'
        )
    bridge = bridged(require_dicke("dicke", dicke), choices)
    require_configuration(initial, bridge.n_spins)
    if spectrum:
        _require_told_apart(bridge)
    cavity = _reference(bridge)
    spins = range(dicke.n_spins)
    true = np.array(
        [plain(state.ptrace(list(spins))) for state in reader.states(cavity, initial, grid, progress=progress)]
    )
    variables = {
        name: labelled("time", values, text)
        for name, (values, text) in _distances(bridge, true, bridge.states(initial, grid)).items()
    }
    if stationary:
        variables |= _late(bridge, cavity, initial)
    details: dict[str, Any] = {}
    if spectrum and bridge.field is None:
        pairs, details["levels"] = _spectra(bridge, cavity)
        variables |= pairs
    coordinates = {"time": labelled("time", grid, "time", "1 / unit of omega")}
    options = {**bridge.choices, "reference_drive": cavity.drive}
    return analysis_result("bridge_distance", variables, coordinates, options, model=dicke, details=details)


def _require_told_apart(bridge: Bridge) -> None:
    """An error for pairs of spins that are neither alike nor told apart before they flip."""
    certificate = bridge.network.certificate
    if certificate is not None and not certificate.flips_singly and not certificate.equal_forces:
        raise ArgumentError(
            "Argument `spectrum` must be False for spins of nearly equal forces: the largest ratio of a pair's flip "
            f"rate to its splitting is {certificate.pair_ratio:.2g}, and coherences between the two last about as long "
            "as the populations."
        )


def _reference(bridge: Bridge) -> MultimodeDicke:
    """The cavity in whose light the spins feel all fields."""
    dicke = bridge.dicke
    if bridge.field is None:
        return dicke
    return MultimodeDicke(
        dicke.g, dicke.omega, dicke.loss, dicke.gain, dicke.drive + bridge.field, patterns=dicke.patterns
    )


def _distances(bridge: Bridge, true: ComplexArray, found: ComplexArray) -> dict[str, tuple[FloatArray, str]]:
    """Distances of density matrices (..., 2^N, 2^N), with their names in words."""
    difference = true - found
    populations = np.diagonal(difference, axis1=-2, axis2=-1)
    coherences = difference - populations[..., None] * np.eye(difference.shape[-1])
    distances = {
        "trace_distance": (_half_trace_norm(difference), "trace distance of the spins' states"),
        "population_distance": (
            np.asarray(np.abs(populations).sum(axis=-1) / 2), "total variation of the configurations' probabilities"
        ),
        "coherence_distance": (_half_trace_norm(coherences), "half the trace norm of the difference off the diagonal"),
    }  # fmt: skip
    if bridge.field is None:
        dressed = bridge.dress(found)
        distances["dressed_distance"] = (
            _half_trace_norm(true - dressed), "trace distance with the dressing of first order in the drive"
        )  # fmt: skip
    return distances


def _half_trace_norm(matrices: ComplexArray) -> FloatArray:
    return np.asarray(np.abs(np.linalg.eigvalsh(matrices)).sum(axis=-1) / 2)


def _late(bridge: Bridge, cavity: MultimodeDicke, initial: ArrayLike) -> Variables:
    """The distances of the stationary states that `initial` leads to."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RegimeWarning)  # of Fock levels: they are raised until they suffice
        exact = exact_rates(cavity, memory_gib=bridge.memory_gib)
    start = bridge.states(initial, [0.0])[0]
    distances = _distances(bridge, exact.steady_state(start), bridge.stationary(start))
    return {f"stationary_{name}": labelled((), value, f"{text}, late") for name, (value, text) in distances.items()}


def _spectra(bridge: Bridge, cavity: MultimodeDicke) -> tuple[Variables, list[int]]:
    """Eigenvalues of the two generators, each of the bridge's with the one of the cavity's it is nearest to."""
    lasting = bridge.lasting
    own = slow_modes(lasting, lasting.places.size)
    ours = own["eigenvalue_real"][1] + 1j * own["eigenvalue_imag"][1]
    scale = float(np.abs(ours).max())
    every = equal_force_places(cavity).size
    theirs, levels = slow_cavity_eigenvalues(cavity, every, scale, SPECTRUM_ACCURACY, bridge.memory_gib)
    apart = np.abs(ours[:, None] - theirs[None, :])
    rows, columns = linear_sum_assignment(apart)
    nearest = theirs[columns]
    text, unit = "eigenvalue of the generator", "unit of omega"
    variables = {
        "bridge_eigenvalue_real": labelled("level", ours.real, f"real part of each {text}, bridged", unit),
        "bridge_eigenvalue_imag": labelled("level", ours.imag, f"imaginary part of each {text}, bridged", unit),
        "cavity_eigenvalue_real": labelled("level", nearest.real, f"real part of each {text}, with light", unit),
        "cavity_eigenvalue_imag": labelled("level", nearest.imag, f"imaginary part of each {text}, with light", unit),
        "eigenvalue_distance": labelled("level", apart[rows, columns] / scale, "distance, relative to the largest"),
    }
    return variables, list(levels)
