r"""The field that leaves the cavity through its lossy mirrors, $a_\mathrm{out} = \sqrt\gamma\, a - a_\mathrm{in}$."""

from typing import Any

import numpy as np
import xarray as xr

from cavity_hopfield._checks import real_array
from cavity_hopfield._typing import ArrayLike, FloatArray
from cavity_hopfield.dynamics.labels import analysis_result, labelled
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.model import MultimodeDicke

QUARTERS = (0.0, np.pi / 2)
"""The angles of the quadratures called X and P."""


def output_field(result: xr.Dataset, angles: ArrayLike = QUARTERS) -> xr.Dataset:
    r"""$\langle a_\mathrm{out} \rangle = \sqrt\gamma \langle a \rangle$, the flux $\gamma \langle a^\dagger a \rangle$
    in photons per unit of time, and the quadratures $X_\theta = a\, e^{-i\theta} + a^\dagger e^{i\theta}$ of each mode.

    The mirrors see vacuum from outside, whose $X_\theta$ has the variance 1. The variance of a mode is

    $$\mathrm{Var}\, X_\theta = 1 + 2 (\langle a^\dagger a \rangle - |\langle a \rangle|^2)
    + 2\, \mathrm{Re}\, (\langle a^2 \rangle - \langle a \rangle^2)\, e^{-2 i \theta},$$

    below 1 where it is squeezed. It is that of the light in the cavity; in the field outside, a filter of bandwidth B
    sees the part of it that the spectrum holds there. Of results with runs the means over the runs are taken first.

    Parameters
    ----------
    result : xarray.Dataset
        What any theory found of a `MultimodeDicke`, with `photons` and amplitudes.
    angles : (A,) array
        $\theta$ in radians.

    Returns
    -------
    xarray.Dataset
        `flux`, `output_real`, `output_imag` (..., mode); `quadrature` (..., mode, angle), and `variance`
        (..., mode, angle) if the theory knows $\langle a^2 \rangle$. Standard errors `flux_error`, `output_real_error`
        and `output_imag_error` where the result has them.

    Raises
    ------
    ArgumentError
        If the result is not that of a cavity.

    Examples
    --------
    >>> from cavity_hopfield import MeanField
    >>> cavity = MultimodeDicke(g=[[0.5], [0.5]], omega=1.0, loss=0.6, drive=0.0)
    >>> field = output_field(MeanField().evolve(cavity, [1, 1], [0.0]))
    >>> field["flux"].values.round(4)
    array([[0.5505]])
    """
    if "photons" not in result:
        raise ArgumentError("Argument `result` must be that of a theory of the light, with `photons`, but has none.")
    model, theta = cavity_of(result), np.atleast_1d(real_array("angles", angles))
    if "run" in result["photons"].dims:
        result = result.mean("run", keep_attrs=True)
    lead = dims_of(result, "photons")[:-1]
    photons, amplitude = result["photons"].values, complex_of(result, "amplitude")
    out = np.sqrt(model.loss) * amplitude
    turned = np.exp(-1j * theta)
    variables = {
        "flux": labelled((*lead, "mode"), model.loss * photons, "photons that leave per unit of time", "unit of omega"),
        "output_real": labelled((*lead, "mode"), out.real, "real part of the amplitude outside", "unit of omega ^ 1/2"),
        "output_imag": labelled((*lead, "mode"), out.imag, "imaginary part of the amplitude outside",
                                "unit of omega ^ 1/2"),
        "quadrature": labelled((*lead, "mode", "angle"), 2 * np.real(amplitude[..., None] * turned), "mean of X"),
    }  # fmt: skip
    if "pair_real" in result:
        pair = complex_of(result, "pair")
        spread = (photons - np.abs(amplitude) ** 2)[..., None]
        phased = np.real((pair - amplitude**2)[..., None] * turned**2)
        variables["variance"] = labelled(
            (*lead, "mode", "angle"), 1 + 2 * spread + 2 * phased, "variance of X beside that of the vacuum"
        )
    variables |= _errors(result, model.loss)
    coordinates: dict[str, Any] = {
        str(name): result[name] for name in result.coords if set(result[name].dims) <= {*lead, "mode"}
    }
    coordinates["angle"] = labelled("angle", theta, "angle of the quadrature", "rad")
    return analysis_result("output_field", variables, coordinates, {"angles": theta.tolist()}, model=model)


def cavity_of(result: xr.Dataset) -> MultimodeDicke:
    """The cavity that a result is about."""
    return MultimodeDicke.from_json(result.attrs["model"])


def complex_of(result: xr.Dataset, name: str) -> np.ndarray[tuple[int, ...], np.dtype[np.complex128]]:
    """`name`_real and `name`_imag as one array."""
    return np.asarray(result[f"{name}_real"].values + 1j * result[f"{name}_imag"].values)


def dims_of(result: xr.Dataset, name: str) -> tuple[str, ...]:
    """The dimensions of a variable, as text."""
    return tuple(map(str, result[name].dims))


def _errors(result: xr.Dataset, loss: FloatArray) -> dict[str, xr.Variable]:
    """Standard errors of what is linear in the result."""
    found = {}
    for name, source, factor in (
        ("flux_error", "photons_error", loss),
        ("output_real_error", "amplitude_real_error", np.sqrt(loss)),
        ("output_imag_error", "amplitude_imag_error", np.sqrt(loss)),
    ):
        if source in result:
            values = factor * result[source].values
            found[name] = labelled(dims_of(result, source), values, "standard error of the mean over the runs")
    return found
