"""Lines in the plane of temperature and load on which what a Hopfield network remembers changes."""

from collections.abc import Callable

import numpy as np
import xarray as xr
from scipy.optimize import brentq

from cavity_hopfield._checks import increasing_grid, real_number
from cavity_hopfield._typing import ArrayLike
from cavity_hopfield.analysis.capacity.replica_symmetric import FIELDS
from cavity_hopfield.analysis.capacity.saddle_points import (
    GROWTH,
    TIGHT,
    SaddlePoint,
    glass_point,
    last_retrieval_point,
    last_signal,
    retrieval_point,
)
from cavity_hopfield.dynamics.labels import analysis_result, labelled
from cavity_hopfield.exceptions import ArgumentError

LINES = {
    "retrieval": "load up to which a pattern is remembered, as a metastable state at least",
    "retrieval_overlap": "overlap there",
    "ground_state": "load up to which what is remembered has the lowest free energy",
    "ground_state_overlap": "overlap there",
    "replica_symmetry": "load above which replica symmetry is broken in what is remembered",
    "spin_glass": "load above which there is a spin glass",
}


def critical_load(temperature: float = 0.0) -> float:
    r"""$\alpha_c(T)$, the largest load at which a pattern is remembered; $\alpha_c(0) = .137906$.

    At zero temperature $\sqrt\alpha = \mathrm{erf}(y)/(\sqrt2 y) - \sqrt{2/\pi}\, e^{-y^2}$ at its largest over
    $y = m/\sqrt{2 \alpha r}$.

    Parameters
    ----------
    temperature : float
        From 0 to below 1, in units of the field of one pattern.

    Returns
    -------
    float
        Patterns per spin.

    Raises
    ------
    ArgumentError
        If the temperature is negative, or one or more, where nothing is remembered at any load.

    Notes
    -----
    It rises from .137906 to .138189 at T = .023 before it falls: replica symmetry, broken there below T = .025,
    makes it re-entrant (J.-P. Naef and A. Canning, J. Phys. I France 2, 247 (1992)).

    Examples
    --------
    >>> round(critical_load(), 6)
    0.137906
    """
    value = real_number("temperature", temperature, minimum=0.0)
    if value >= 1:
        raise ArgumentError(f"Argument `temperature` must be below 1, but is {value:g}: nothing is remembered there.")
    return last_retrieval_point(value).load


def phase_boundaries(temperature: ArrayLike) -> xr.Dataset:
    r"""$\alpha_c(T)$, where retrieval is lost; where it turns metastable; $(T - 1)^2$, where the spin glass begins.

    Parameters
    ----------
    temperature : (T,) array or number
        Temperatures, increasing, zero allowed.

    Returns
    -------
    xarray.Dataset
        Loads along `temperature`, NaN where a line does not exist: `retrieval` (with the `retrieval_overlap` there);
        `ground_state` (and `ground_state_overlap`), the line of first order; `replica_symmetry`, the line of de Almeida
        and Thouless of the retrieval states, NaN where they end before; `spin_glass`, which is $T_g = 1 + \sqrt\alpha$
        from T = 1 on, and zero below: there is one at any load.

    Raises
    ------
    ArgumentError
        If the temperatures do not increase or one is negative.

    Notes
    -----
    Source: D. J. Amit, H. Gutfreund and H. Sompolinsky, Ann. Phys. (N.Y.) 173, 30 (1987): near T = 1, $T_M = 1 - 1.95
    \sqrt\alpha$ and $T_c = 1 - 2.6 \sqrt\alpha$; near T = 0, $T_R = \sqrt{8\alpha/9\pi}\, e^{-1/2\alpha}$.

    Examples
    --------
    >>> lines = phase_boundaries([0.0, 0.5, 1.5])
    >>> lines["retrieval"].values.round(4), lines["ground_state"].values.round(4)
    (array([0.1379, 0.0588,    nan]), array([0.0519, 0.0281,    nan]))
    """
    temperatures = increasing_grid("temperature", temperature, minimum=0.0)
    found = {name: np.full(temperatures.size, np.nan) for name in LINES}
    found["spin_glass"] = np.maximum(temperatures - 1, 0.0) ** 2
    for k, here in enumerate(temperatures):
        if here < 1:
            for name, value in _lines_at(float(here)).items():
                found[name][k] = value
    variables = {name: labelled("temperature", found[name], text) for name, text in LINES.items()}
    coordinates = {"temperature": labelled("temperature", temperatures, "temperature", FIELDS)}
    return analysis_result("phase_boundaries", variables, coordinates, {})


def _lines_at(temperature: float) -> dict[str, float]:
    """The lines that retrieval has, at one temperature below one."""
    signal = last_signal(temperature)
    last = retrieval_point(temperature, signal)
    first_order = _crossing(temperature, signal, _advantage)
    lines = {
        "retrieval": last.load,
        "retrieval_overlap": last.overlap,
        "ground_state": first_order.load,
        "ground_state_overlap": first_order.overlap,
    }
    if temperature == 0:
        lines["replica_symmetry"] = 0.0
    elif last.replicon < 0:
        lines["replica_symmetry"] = _crossing(temperature, signal, lambda point: point.replicon).load
    return lines


def _advantage(point: SaddlePoint) -> float:
    """By how much the free energy lies below that of the spin glass."""
    return glass_point(point.temperature, point.load).free_energy - point.free_energy


def _crossing(temperature: float, signal: float, quantity: Callable[[SaddlePoint], float]) -> SaddlePoint:
    """Where a quantity, negative at the last retrieval point, vanishes on the branch of smaller loads."""
    outer = GROWTH * signal
    while quantity(retrieval_point(temperature, outer)) < 0:
        outer *= GROWTH
    place = brentq(lambda x: quantity(retrieval_point(temperature, x)), signal, outer, xtol=1e-13, rtol=TIGHT)
    return retrieval_point(temperature, float(place))
