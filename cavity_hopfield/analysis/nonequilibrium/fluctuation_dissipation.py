"""Fluctuations of an overlap against its response to a field: of a thermal law their ratio is the temperature."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import xarray as xr
from scipy.sparse import block_array, csr_array, eye_array
from scipy.sparse.linalg import expm_multiply

from cavity_hopfield._checks import time_grid
from cavity_hopfield._typing import ArrayLike, FloatArray
from cavity_hopfield.analysis.nonequilibrium.rate_slopes import rate_slopes
from cavity_hopfield.analysis.nonequilibrium.transitions import Network, Transitions
from cavity_hopfield.dynamics.labels import TIME, analysis_result, labelled


def fluctuation_dissipation(model: Network, pattern: str | int, times: ArrayLike) -> xr.Dataset:
    r"""$T(t) = N\, [C(0) - C(t)] / \chi(t)$ with $C(t) = \langle m(t)\, m(0) \rangle - \langle m \rangle^2$ in the
    stationary state and $\chi(t) = \partial \langle m(t) \rangle / \partial b$ after a field b on the pattern, $E \to E
    - b N m$, is switched on at time 0.

    For a thermal law this is the temperature at every time: the fluctuation-dissipation theorem, which needs detailed
    balance and a Boltzmann distribution of one temperature at every field b. To have them at b = 0 is not enough, as a
    field moves the flip energies off those that occur without it. A platform has a temperature of its own at every
    time: two alike spins, whatever their law, are thermal at $\epsilon / f(\epsilon)$, their one flip energy over $f =
    \ln [W(-\epsilon) / W(\epsilon)]$, but respond at $1 / f'(\epsilon)$. Both sides are exact: with
    $y(t) = \int_0^t e^{G^T s} (m - \langle m \rangle)\, ds$, $C(0) - C(t) = -y \cdot G (m p)$ and $\chi = y \cdot
    (\partial_b G)\, p$, so that no digits are lost at short times.

    Parameters
    ----------
    model : OpenHopfield or CountedHopfield
        The network, with patterns.
    pattern : str or int
        The overlap m.
    times : (T,) array
        Strictly increasing, not negative. At time 0 the ratio is its limit.

    Returns
    -------
    xarray.Dataset
        `correlation`, `response` and `temperature` (time); `mean` and `variance` of the overlap; `slope_error`, the
        largest estimated error of a slope of the rates, relative to the largest slope. Of a law with a kink, the
        response is the mean over both signs of the field. The temperature is infinite where nothing responds.

    Raises
    ------
    ArgumentError
        If there is no such pattern, or a rate vanishes.
    SizeError
        If there are more than 131 072 states.

    Notes
    -----
    Source: R. Kubo, Rep. Prog. Phys. 29, 255 (1966). Derived in `derivations/detailed_balance.py`.

    Examples
    --------
    >>> from cavity_hopfield import Glauber, OpenHopfield, Patterns
    >>> network = OpenHopfield(Patterns([[1, 1, -1, 1], [1, -1, -1, 1]]), Glauber(temperature=0.6))
    >>> fluctuation_dissipation(network, 0, [0.0, 0.1, 1.0, 10.0])["temperature"].values.round(9)
    array([0.6, 0.6, 0.6, 0.6])
    """
    grid = time_grid(times)
    chain = Transitions.of(model)
    xi = chain.in_pattern(model, pattern)
    n = model.n_spins
    p, overlap = chain.stationary.probability, chain.spins @ xi / n
    mean = float(p @ overlap)
    centred = overlap - mean
    push, error = _push(chain, xi)
    relaxing = chain.generator @ (centred * p)
    lost, gained = np.empty(grid.size), np.empty(grid.size)
    for k, integral in enumerate(_integrals(chain.generator, centred, grid)):
        lost[k], gained[k] = -integral @ relaxing, integral @ push
    variance = float(p @ centred**2)
    with np.errstate(divide="ignore", invalid="ignore"):
        temperature = n * lost / gained
        if grid[0] == 0:
            temperature[0] = -n * (centred @ relaxing) / (centred @ push)
    unit = "unit of omega"
    variables = {
        "correlation": labelled("time", variance - lost, "autocorrelation of the overlap"),
        "response": labelled("time", gained, "response of the overlap to a field", "1 / unit of omega"),
        "temperature": labelled("time", temperature, "fluctuations over response", unit),
        "mean": labelled((), mean, "mean overlap"),
        "variance": labelled((), variance, "variance of the overlap"),
        "slope_error": labelled((), error, "estimated error of the slopes of the rates, relative"),
    }
    coordinates = {"time": labelled("time", grid, "time", TIME)}
    return analysis_result("fluctuation_dissipation", variables, coordinates, {"pattern": pattern}, model=model)


def _push(chain: Transitions, xi: FloatArray) -> tuple[FloatArray, float]:
    r"""$(\partial_b G)\, p$: flip energies become $\epsilon + 2 b \xi_c$ out and $-\epsilon - 2 b \xi_c$ back."""
    slopes, errors = np.empty_like(chain.rates), np.empty_like(chain.rates)
    labels = chain.ladders.rate_classes[chain.flipped]
    for label in np.unique(labels):
        here = labels == label
        both = np.stack([chain.energy[here], -chain.energy[here]], axis=1)
        distinct, places = np.unique(both, return_inverse=True)
        slope, error = rate_slopes(chain.rate_law, distinct, int(label))
        slopes[here], errors[here] = slope[places.reshape(both.shape)], error[places.reshape(both.shape)]
    field = 2 * xi[chain.flipped, None] * np.array([1.0, -1.0])
    push = chain.generator_of(chain.ways * slopes * field) @ chain.stationary.probability
    steepest = float(np.abs(slopes).max())
    return push, float(errors.max()) / steepest if steepest else 0.0


def _integrals(generator: csr_array, observable: FloatArray, grid: FloatArray) -> Iterator[FloatArray]:
    r"""$\int_0^t e^{G^T s} m\, ds$ at the times of the grid."""
    size = observable.size
    backward = csr_array(generator.T)
    rate = max(float(-generator.diagonal().min()), float(np.finfo(np.float64).tiny))
    blocks: list[list[Any]] = [[backward, None], [rate * eye_array(size), csr_array((size, size))]]
    both = csr_array(block_array(blocks))
    now, before = np.concatenate([observable, np.zeros(size)]), 0.0
    for time in grid:
        if time > before:
            now = expm_multiply(both * (time - before), now, traceA=float(backward.diagonal().sum()) * (time - before))
        before = time
        yield now[size:] / rate
