"""Wigner functions of the light: of density matrices from the quantum theories, of samples from the truncated one."""

import json
from typing import Any

import numpy as np
import xarray as xr

from cavity_hopfield._checks import increasing_grid
from cavity_hopfield._typing import ArrayLike, ComplexArray, FloatArray
from cavity_hopfield.analysis.light.output_field import complex_of, dims_of
from cavity_hopfield.dynamics.labels import analysis_result, labelled
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.model import MultimodeDicke
from cavity_hopfield.operators.qutip_door import wigner_function


def wigner(light: xr.Dataset, real: ArrayLike, imag: ArrayLike) -> xr.Dataset:
    r"""$W(\alpha) = \frac2\pi \mathrm{Tr}\, \rho\, D(\alpha) (-1)^{a^\dagger a} D(\alpha)^\dagger$ of one mode, with
    $\int W\, d^2\alpha = 1$, by QuTiP.

    Parameters
    ----------
    light : xarray.Dataset
        What `light_state` of a quantum theory found: the mode by itself, of all spins or of those with a pattern.
    real, imag : (X,), (Y,) arrays
        Real and imaginary parts of $\alpha$, each increasing.

    Returns
    -------
    xarray.Dataset
        `wigner` (..., alpha_imag, alpha_real), and `weight` (...), the part of the state that the grid holds: near 1
        if the grid is wide and fine enough.

    Raises
    ------
    ArgumentError
        If `light` is no such result, or a grid does not increase.

    Notes
    -----
    A displacement of the Fock states by $\beta$ is a shift of the argument: $W(\alpha) = W_b(\alpha - \beta)$.

    Examples
    --------
    >>> from cavity_hopfield import Lindblad
    >>> cavity = MultimodeDicke(g=[[0.5]], omega=1.0, loss=0.6)
    >>> at_rest = Lindblad().light_state(cavity, [1], [0.0])
    >>> values = wigner(at_rest, np.linspace(-3, 3, 61), np.linspace(-3, 3, 61))["wigner"]
    >>> bool(abs(values.max() * np.pi / 2 - 1) < 0.01)
    True
    """
    if "light_state_real" not in light:
        raise ArgumentError(
            "Argument `light` must be what `light_state` of a quantum theory found. For samples take "
            "`wigner_histogram`."
        )
    x, y = increasing_grid("real", real), increasing_grid("imag", imag)
    shift = complex(light.attrs["displacement_real"], light.attrs["displacement_imag"])
    states = complex_of(light, "light_state")
    lead = dims_of(light, "light_state_real")[:-2]
    flat: ComplexArray = states.reshape(-1, *states.shape[-2:])
    values = np.stack([wigner_function(state, x - shift.real, y - shift.imag) for state in flat])
    return _on_grid(light, values.reshape(*states.shape[:-2], y.size, x.size), x, y, lead, "wigner")


def wigner_histogram(samples: xr.Dataset, real: ArrayLike, imag: ArrayLike) -> xr.Dataset:
    r"""The density of samples of $\alpha$: the Wigner function, as truncated Wigner has it, with $\int W\, d^2\alpha
    = 1$ over all samples.

    Parameters
    ----------
    samples : xarray.Dataset
        What `TruncatedWigner.light_samples` found.
    real, imag : (X,), (Y,) arrays
        Middles of equal cells, at least two.

    Returns
    -------
    xarray.Dataset
        As `wigner`; `weight` is the share of the samples in the cells.

    Raises
    ------
    ArgumentError
        If `samples` is no such result, or the cells are not equal.

    Examples
    --------
    >>> from cavity_hopfield import MultimodeDicke, TruncatedWigner
    >>> cavity = MultimodeDicke(g=[[0.1]] * 20, omega=1.0, loss=1.0, drive=0.1)
    >>> samples = TruncatedWigner(runs=200, seed=1).light_samples(cavity, [1] * 20, [0.0])
    >>> cells = np.linspace(-4, 4, 41)
    >>> float(wigner_histogram(samples, cells, cells)["weight"][0])
    1.0
    """
    if "alpha_real" not in samples.data_vars:
        raise ArgumentError(
            "Argument `samples` must be what `TruncatedWigner.light_samples` found. For density matrices take `wigner`."
        )
    x, y = increasing_grid("real", real), increasing_grid("imag", imag)
    edges = [_edges("real", x), _edges("imag", y)]
    alpha = samples["alpha_real"].transpose("run", ...), samples["alpha_imag"].transpose("run", ...)
    lead = tuple(map(str, alpha[0].dims[1:]))
    parts = [np.asarray(part.values).reshape(part.sizes["run"], -1) for part in alpha]
    cell = (x[1] - x[0]) * (y[1] - y[0])
    values = np.stack(
        [np.histogram2d(re, im, edges)[0].T / (re.size * cell) for re, im in zip(parts[0].T, parts[1].T, strict=True)]
    )
    return _on_grid(samples, values.reshape(*alpha[0].shape[1:], y.size, x.size), x, y, lead, "wigner_histogram")


def _edges(name: str, middles: FloatArray) -> FloatArray:
    """The bounds of equal cells."""
    steps = np.diff(middles)
    if middles.size < 2 or not np.allclose(steps, steps[0]):
        raise ArgumentError(f"Argument `{name}` must hold the middles of at least two equal cells, but is {middles}.")
    return np.append(middles - steps[0] / 2, middles[-1] + steps[0] / 2)


def _on_grid(
    source: xr.Dataset, values: FloatArray, x: FloatArray, y: FloatArray, lead: tuple[str, ...], name: str
) -> xr.Dataset:
    """The function with its grid and its weight."""
    held = np.trapezoid(np.trapezoid(values, x, axis=-1), y, axis=-1) if name == "wigner" else _mass(values, x, y)
    coordinates: dict[str, Any] = {one: source[one] for one in lead if one in source.coords}
    coordinates["alpha_real"] = labelled("alpha_real", x, "real part of the amplitude")
    coordinates["alpha_imag"] = labelled("alpha_imag", y, "imaginary part of the amplitude")
    variables = {
        "wigner": labelled((*lead, "alpha_imag", "alpha_real"), values, "Wigner function of the mode"),
        "weight": labelled(lead, held, "part of the state on the grid"),
    }
    given = {key: value for key, value in source.attrs.items() if key in {"mode", "given"}}
    options = {"source": json.loads(source.attrs["theory"])["name"]}
    model = MultimodeDicke.from_json(source.attrs["model"])
    return analysis_result(name, variables, coordinates, options, model=model, details=given)


def _mass(values: FloatArray, x: FloatArray, y: FloatArray) -> FloatArray:
    return np.asarray(values.sum(axis=(-1, -2)) * (x[1] - x[0]) * (y[1] - y[0]))
