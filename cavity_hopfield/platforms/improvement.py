"""What would have to change for rates to hold: each knob alone, by which factor, and what that costs."""

import json
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from cavity_hopfield._checks import real_number, require_progress
from cavity_hopfield._typing import Json
from cavity_hopfield.dynamics import Progress
from cavity_hopfield.dynamics.labels import analysis_result, labelled
from cavity_hopfield.elimination.certificate.certificate import SAFE_RATIO
from cavity_hopfield.exceptions import ArgumentError, RegimeWarning
from cavity_hopfield.hopfield import Patterns
from cavity_hopfield.platforms.operating_point import OperatingPoint, operating_point
from cavity_hopfield.platforms.platform import Platform, changed, knobs

STEP, LARGEST_FACTOR, CLOSENESS = 0.5, 1e3, 0.01
"""Decades between the factors that are looked at, the largest, and how closely a factor is found, in its logarithm."""
POWER_STEP, RESPONDS = 0.05, 1e-3
"""Half of the decades over which the power of r is taken, and the power below which r does not depend on a knob."""
COLUMNS: dict[str, tuple[str, str]] = {
    "ratio": ("r = W_tot / dephasing", "1"),
    "balance_temperature": ("temperature of detailed balance over the memory's energy scale", "1"),
    "distance": ("distance to the closest Glauber law", "1"),
    "flip_rate_per_s": ("rate of the closest Glauber law", "1/s"),
    "flips_per_scattering": ("flips of a spin before it is disturbed spontaneously", "1"),
    "photons": ("largest mean photon number of a mode at a stored pattern", "1"),
    "recall_time_s": ("recall time of the slowest pattern", "s"),
}
REACHED, ALREADY = "reached", "holds already"
INDIFFERENT, NEVER = "r does not depend on it", "no factor within the bounds does it"


@dataclass(frozen=True)
class _Search:
    """One knob of one platform, turned by a factor."""

    platform: Platform
    patterns: Patterns | None
    knob: str
    value: float

    def point(self, logarithm: float) -> OperatingPoint | None:
        """The operating point at a factor, given as its decadic logarithm; None where the platform refuses it, or its
        rates are not to be had with the accuracy they promise.
        """
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", RegimeWarning)
                turned = changed(self.platform, {self.knob: self.value * 10.0**logarithm})
                point = operating_point(turned, self.patterns)
                return point if np.isfinite(point.ratio) else None
        except (ArgumentError, RegimeWarning):
            return None

    def ratio(self, logarithm: float) -> float:
        """R at a factor; infinite where there is none."""
        point = self.point(logarithm)
        return float("inf") if point is None else point.ratio


def ways_to(
    platform: Platform,
    patterns: Patterns | None = None,
    *,
    ratio: float = SAFE_RATIO,
    vary: Sequence[str] | None = None,
    largest_factor: float = LARGEST_FACTOR,
    progress: Progress | None = None,
) -> xr.Dataset:
    r"""The factor closest to 1 by which each knob alone must change for $r = W_{tot} / \Gamma_\varphi$ to fall below
    `ratio`.

    Factors are looked at in steps of half a decade, smaller and larger in turn, then halved: a window narrower than
    that is passed over.

    Parameters
    ----------
    platform : Platform
        The apparatus, with a drive.
    patterns : Patterns, optional
        What is stored; left out where the geometry of the platform decides.
    ratio : float
        What r must stay below.
    vary : sequence of str, optional
        Names of the knobs; all that are not zero if omitted (see `knobs`).
    largest_factor : float
        A factor is looked for between its inverse and this.
    progress : callable, optional
        Told the fraction of the knobs that are done.

    Returns
    -------
    xarray.Dataset
        For each `knob`: `factor` and `value` (in the unit of the knob), NaN where none does it, `outcome` in words, and
        there `ratio`, `balance_temperature`, `distance`, `flip_rate_per_s`, `flips_per_scattering` (infinite where
        nothing scatters), `photons` and `recall_time_s`; the same `as_it_is` as attributes, in JSON.

    Raises
    ------
    ArgumentError
        If a knob is unknown or zero, or a bound is out of range.

    Notes
    -----
    A low r is what rates need, not what a memory needs: look at the temperature and the flips before a scattering, too.
    For atoms in a cavity both rates grow with the square of the pump, and the dephasing of one atom is at most its
    cooperativity C times its scattering at best, at resonance, so that r < 0.03 leaves about 0.03 C flips.

    Examples
    --------
    >>> from cavity_hopfield import BareCavity, letters
    >>> lab = BareCavity(coupling_rad_s="2pi * 100 kHz", mode_detuning_rad_s="2pi * 1 MHz",
    ...                  photon_loss_rad_s="2pi * 300 kHz", drive_rad_s="2pi * 10 kHz")
    >>> found = ways_to(lab, letters("EV"), vary=["drive_rad_s"])
    >>> found["outcome"].item(), round(found["factor"].item(), 3)
    ('reached', 0.012)
    """
    wanted = real_number("ratio", ratio, above=0.0)
    largest = real_number("largest_factor", largest_factor, above=1.0)
    chosen = _chosen(platform, vary)
    require_progress(progress)
    start = operating_point(platform, patterns)
    found = {}
    for name, value in chosen.items():
        found[name] = _turn(_Search(platform, patterns, name, value), start, wanted, float(np.log10(largest)))
        if progress is not None:
            progress(len(found) / len(chosen))
    options = {"ratio": wanted, "largest_factor": largest, "vary": list(chosen)}
    details = {"as_it_is": json.dumps(_finite(_told(start))), "platform": json.dumps(platform.to_dict())}
    return analysis_result("ways_to", _columns(chosen, found), {"knob": list(chosen)}, options, details=details)


def ways_table(result: xr.Dataset) -> str:
    """What `ways_to` returned, as text.

    Raises
    ------
    ArgumentError
        If the result is of another kind.
    """
    if not isinstance(result, xr.Dataset) or "outcome" not in result or "as_it_is" not in result.attrs:
        raise ArgumentError("Argument `result` must be what `ways_to` returned, but is another.")
    wanted, start = json.loads(result.attrs["theory"])["ratio"], json.loads(result.attrs["as_it_is"])
    lines = [f"r = {_short(start['ratio'])}, wanted below {wanted:g}. One knob alone:"]
    for name in result["knob"].values:
        one = result.sel(knob=name)
        if str(one["outcome"].item()) != REACHED:
            lines.append(f"  {name:24} {one['outcome'].item()}")
            continue
        costs = (
            f"T = {_short(one['balance_temperature'].item())}, {_short(one['flip_rate_per_s'].item())} flips/s, "
            f"{_short(one['flips_per_scattering'].item())} before a scattering, "
            f"{_short(one['photons'].item())} photons"
        )
        lines.append(f"  {name:24} times {one['factor'].item():.3g}: {costs}")
    return "\n".join(lines)


def _chosen(platform: Platform, vary: Sequence[str] | None) -> dict[str, float]:
    there = knobs(platform)
    if vary is None:
        return {name: value for name, value in there.items() if value != 0}
    wrong = [name for name in vary if there.get(name, 0.0) == 0]
    if wrong:
        raise ArgumentError(
            f"Argument `vary` must name knobs of {type(platform).__name__} that are not zero, but names "
            f"{', '.join(wrong)}. There are {', '.join(name for name, value in there.items() if value != 0)}."
        )
    return {name: there[name] for name in vary}


def _turn(
    search: _Search, start: OperatingPoint, wanted: float, bound: float
) -> tuple[str, float, OperatingPoint | None]:
    """The outcome, the factor and the point there."""
    if start.ratio < wanted:
        return ALREADY, 1.0, start
    power = _power(search)
    if abs(power) < RESPONDS:
        return INDIFFERENT, float("nan"), None
    steps = np.arange(1, np.ceil(bound / STEP) + 1) * STEP
    for size in np.minimum(steps, bound):
        for direction in (-1.0, 1.0):
            if search.ratio(direction * size) < wanted:
                logarithm = _closest(search.ratio, direction * max(size - STEP, 0.0), direction * size, wanted)
                return REACHED, 10.0**logarithm, search.point(logarithm)
    asked = np.log10(wanted / start.ratio) / power
    return f"{NEVER}; here r goes as its power {power:.2g}, which asks for 10^{asked:.2g}", float("nan"), None


def _power(search: _Search) -> float:
    """The power of the knob with which r goes, over a tenth of a decade; infinite where it cannot be had."""
    up, down = search.ratio(POWER_STEP), search.ratio(-POWER_STEP)
    if not (np.isfinite(up) and np.isfinite(down)):
        return float("inf")
    return float(np.log10(up / down) / (2 * POWER_STEP))


def _closest(ratio: Callable[[float], float], outside: float, inside: float, wanted: float) -> float:
    """By halving, a point inside that is as close to the border as `CLOSENESS`."""
    while abs(inside - outside) > CLOSENESS:
        middle = (inside + outside) / 2
        if ratio(middle) < wanted:
            inside = middle
        else:
            outside = middle
    return inside


def _told(point: OperatingPoint) -> dict[str, float]:
    scattering = point.platform.spontaneous_rate_per_s()
    flips = point.flip_rate_per_s / scattering if scattering > 0 else float("inf")
    return {name: flips if name == "flips_per_scattering" else float(getattr(point, name)) for name in COLUMNS}


def _columns(
    chosen: dict[str, float], found: dict[str, tuple[str, float, OperatingPoint | None]]
) -> dict[str, xr.Variable]:
    told = {name: None if point is None else _told(point) for name, (_, _, point) in found.items()}
    factors = np.array([factor for _, factor, _ in found.values()])
    columns = {
        "outcome": labelled("knob", [outcome for outcome, _, _ in found.values()], "what becomes of it"),
        "factor": labelled("knob", factors, "factor by which the knob changes"),
        "value": labelled("knob", factors * list(chosen.values()), "value of the knob there", "as its name says"),
    }
    for name, (text, units) in COLUMNS.items():
        values = [float("nan") if row is None else row[name] for row in told.values()]
        columns[name] = labelled("knob", values, text, units)
    return columns


def _finite(values: dict[str, float]) -> Json:
    return {name: value if np.isfinite(value) else None for name, value in values.items()}


def _short(value: Any) -> str:
    return "no number" if value is None or np.isnan(value) else f"{value:.3g}"
