r"""How much an operating point moves with each knob."""

from collections.abc import Callable, Sequence

import numpy as np
import xarray as xr

from cavity_hopfield._checks import real_number
from cavity_hopfield._typing import FloatArray
from cavity_hopfield.design.quantities import quantity_of
from cavity_hopfield.design.trial import Laws, Trial
from cavity_hopfield.dynamics.labels import analysis_result, labelled
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.hopfield import Patterns
from cavity_hopfield.platforms import Platform, changed
from cavity_hopfield.platforms import knobs as knobs_of

MOVING = (
    "balance_temperature",
    "glauber_temperature",
    "ratio",
    "recall_time_s",
    "balance_rate_per_s",
    "flip_rate_per_s",
    "photons",
    "energy_scale_rad_s",
)
"""The quantities that are told if none are named."""


def sensitivities(
    platform: Platform,
    patterns: Patterns | None = None,
    knobs: Sequence[str] | None = None,
    *,
    quantities: Sequence[str] = MOVING,
    start_overlap: float = 0.6,
    step: float = 0.02,
) -> xr.Dataset:
    r"""$\partial \ln q / \partial \ln x$: the elasticity of every quantity q with every knob x.

    Central differences at two steps, extrapolated (Richardson).

    Parameters
    ----------
    platform : Platform
        The apparatus.
    patterns : Patterns, optional
        What is stored; left out where the geometry of the platform decides.
    knobs : sequence of str, optional
        The knobs; all that are not zero if omitted.
    quantities : sequence of str
        Names as in `QUANTITIES`.
    start_overlap : float
        From which recall times count.
    step : float
        The larger step, a relative change of the knob.

    Returns
    -------
    xarray.Dataset
        `elasticity`, and `elasticity_error`, a third of the difference of both steps (quantity, knob); `value`
        (quantity). NaN where a quantity is infinite or zero.

    Raises
    ------
    ArgumentError
        If a knob does not exist or is zero, where no relative change is possible.

    Examples
    --------
    >>> from cavity_hopfield import letters
    >>> from cavity_hopfield.platforms import BareCavity
    >>> lab = BareCavity(coupling_rad_s="2pi * 20 kHz", mode_detuning_rad_s="2pi * 1 MHz",
    ...                  photon_loss_rad_s="2pi * 1 MHz", drive_rad_s="2pi * 100 Hz")
    >>> found = sensitivities(lab, letters("EV"), ["drive_rad_s"])
    >>> round(float(found["elasticity"].sel(quantity="ratio", knob="drive_rad_s")), 6)
    2.0
    """
    known, size = knobs_of(platform), real_number("step", step, above=0.0)
    named = [name for name, value in known.items() if value != 0] if knobs is None else list(knobs)
    for name in named:
        if name in known and known[name] == 0:
            raise ArgumentError(
                f"Argument `knobs` must name knobs that are not zero, for elasticities are relative, but {name!r} is. "
                "Leave it out, or move it off zero first."
            )
        if name not in known:
            raise ArgumentError(
                f"Argument `knobs` must name fields of {type(platform).__name__} that hold one number and are not "
                f"zero, but names {name!r}. These are {', '.join(key for key, value in known.items() if value)}."
            )
    laws, asked = Laws(), [quantity_of(name, "quantities") for name in quantities]

    def values(changes: dict[str, float]) -> FloatArray:
        trial = Trial(changed(platform, changes), patterns, start_overlap, laws)
        return np.array([quantity.value(trial) for quantity in asked])

    def along(name: str) -> Callable[[float], FloatArray]:
        return lambda factor: values({name: known[name] * factor})

    slopes = [_slope(along(name), size) for name in named]
    elasticity, error = np.stack(slopes, axis=-1)
    data = {
        "elasticity": labelled(("quantity", "knob"), elasticity, "relative change of a quantity over that of a knob"),
        "elasticity_error": labelled(("quantity", "knob"), error, "difference of two steps over three"),
        "value": labelled("quantity", values({}), "value of each quantity", "see quantity_unit"),
        "quantity_unit": labelled("quantity", [quantity.units for quantity in asked], "unit of each quantity"),
    }
    coordinates = {"quantity": [quantity.name for quantity in asked], "knob": named}
    options = {"platform": platform.to_dict(), "step": size, "start_overlap": start_overlap}
    model = Trial(platform, patterns, start_overlap, laws).dicke
    return analysis_result("sensitivities", data, coordinates, options, model=model)


def _slope(values: Callable[[float], FloatArray], step: float) -> FloatArray:
    """The logarithmic slope of `values` (Q,) of a factor, and its error, (2, Q)."""
    slopes = []
    for size in (step, step / 2):
        up, down = (values(float(np.exp(sign * size))) for sign in (1, -1))
        known = (up > 0) & (down > 0) & np.isfinite(up) & np.isfinite(down)
        ratio = np.divide(up, down, out=np.full(up.shape, np.nan), where=known)
        slopes.append(np.log(ratio) / (2 * size))
    return np.stack([(4 * slopes[1] - slopes[0]) / 3, np.abs(slopes[1] - slopes[0]) / 3])
