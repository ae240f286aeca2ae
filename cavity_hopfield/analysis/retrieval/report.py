"""Results of recalls in words."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from cavity_hopfield._typing import Json
from cavity_hopfield.analysis.retrieval.comparisons import DISTRIBUTIONS
from cavity_hopfield.exceptions import ArgumentError

FIFTH_WRONG = 0.6
"""The overlap of a pattern with a fifth of its spins wrong."""
MOST_ENDS = 4
MEDIAN = 0.5
BEYOND = "none"
"""In place of a basin beyond the grid, or of the time when half have recalled if fewer do."""


def retrieval_report(result: xr.Dataset) -> str:
    """A few lines for each pattern: its basin, success and time with a fifth of the spins wrong, where failures end.

    Parameters
    ----------
    result : xarray.Dataset
        What `retrieval` returned.

    Returns
    -------
    str

    Raises
    ------
    ArgumentError
        If the result is none of `retrieval`.

    Examples
    --------
    >>> from cavity_hopfield import Glauber, OpenHopfield, letters
    >>> from cavity_hopfield.analysis.retrieval.retrieval import retrieval
    >>> network = OpenHopfield(letters("AC"), Glauber(temperature=0.1))
    >>> found = retrieval(network, initial_overlaps=[0.0, 0.6, 1.0], runs=20, seed=1, time=50.0)
    >>> retrieval_report(found).splitlines()[0]
    'Recalls until t = 50, 20 runs from each of 3 overlaps; intervals of 95 per cent.'
    """
    options = _options(result, "retrieval")
    lines = [f"Recalls {_what(options, result)}; intervals of {_per_cent(options['confidence'])}."]
    for name in result["pattern"].values:
        lines += _of_pattern(result.sel(pattern=name), str(name))
    return "\n".join(lines)


def platform_report(result: xr.Dataset) -> str:
    """The match, basins and times of both laws side by side, the late states, and the largest significant differences.

    Parameters
    ----------
    result : xarray.Dataset
        What `platform_against_glauber` returned.

    Returns
    -------
    str

    Raises
    ------
    ArgumentError
        If the result is none of `platform_against_glauber`.
    """
    options = _options(result, "platform_against_glauber")
    told = result.attrs
    rates = ", ".join(f"{float(rate):.3g}" for rate in result["own_rate"])
    lines = [
        f"Closest Glauber law: T = {told['glauber_temperature']:.4g}, rate {told['glauber_rate']:.3g}.",
        f"Rates differ from it by {told['glauber_distance']:.2g} in the logarithm (root mean square).",
        f"Recalls {_what(options, result)}; own rates (platform, Glauber): {rates}.",
    ]
    for name in result["pattern"].values:
        lines.append(f"{name}:")
        lines += [
            f"  {f'{law}:':10s}{_success(here)}; {_basin(here)}"
            for law in result["law"].values
            for here in (result.sel(pattern=name, law=law),)
        ]
    lines += [_late(result), *_differences(result, options["confidence"])]
    if "certificate" in told:
        lines.append(f"Certificate: {json.loads(told['certificate'])['sentence']}")
    return "\n".join(lines)


def require_axes(result: xr.Dataset, name: str) -> None:
    """An error unless a `result` of `name` has kept its axes."""
    missing = [axis for axis in ("pattern", "initial_overlap", "run") if axis not in result.dims]
    if missing:
        raise ArgumentError(
            f"Argument `result` must be all of what `{name}` returned, but the axis {missing[0]} was cut away. Keep it "
            f"by a list, such as `result.isel({missing[0]}=[0])`."
        )


def _options(result: xr.Dataset, name: str) -> Json:
    options: Json = json.loads(result.attrs.get("theory", "{}")) if isinstance(result, xr.Dataset) else {}
    if options.get("name") != name:
        raise ArgumentError(f"Argument `result` must be what `{name}` returned, but is another.")
    require_axes(result, name)
    return options


def _what(options: Json, result: xr.Dataset) -> str:
    return (
        f"until t = {options['time']:.4g}, {options['runs']} runs from each of {result.sizes['initial_overlap']} "
        "overlaps"
    )


def _of_pattern(result: xr.Dataset, name: str) -> list[str]:
    level, held = float(result["level"]), float(result["held_overlap"])
    kept = "" if np.isnan(held) else f"; a run that starts at {name} keeps {held:.3g}"
    return [
        f"{name}: {_basin(result)}",
        f"   {_success(result)}",
        f"   recalled from an overlap of {level:.3g} on" + kept,
        f"   {_failures(result, name)}",
    ]


def _basin(result: xr.Dataset) -> str:
    overlap, note = float(result["basin_overlap"]), str(result["basin_note"].values)
    low, high = float(result["basin_overlap_low"]), float(result["basin_overlap_high"])
    if np.isnan(overlap):
        return note
    return (
        f"half recall from an overlap of {overlap:.3f} ({low:.3f} .. {high:.3f}), {_per_cent((1 - overlap) / 2)} of "
        f"the spins wrong{note and '; '}{note}"
    )


def _success(result: xr.Dataset) -> str:
    """Success and median time at the overlap nearest to a fifth of the spins wrong."""
    here = result.sel(initial_overlap=FIFTH_WRONG, method="nearest")
    wrong = _per_cent((1 - float(here["initial_overlap"])) / 2)
    low, high = float(here["success_low"]), float(here["success_high"])
    at = here.sel(quantile=MEDIAN)
    middle, early, late = (float(at[f"time_quantile{end}"]) for end in ("", "_low", "_high"))
    when = (
        f"half of all runs by t = {middle:.3g} ({early:.3g} .. {late:.3g})"
        if middle < np.inf
        else "fewer than half of them in time"
    )
    return (
        f"with {wrong} wrong {_per_cent(float(here['success']))} recall ({100 * low:.3g} .. {100 * high:.3g}), {when}"
    )


def _failures(result: xr.Dataset, name: str) -> str:
    """Where the runs end that do not recall, from all starts together."""
    counts = result["named_ends"].sum("initial_overlap").to_series().drop(name).sort_values(ascending=False)
    total = int(counts.sum())
    if total == 0:
        return "no failures"
    told = [f"{_per_cent(count / total)} {state}" for state, count in counts.items() if count][:MOST_ENDS]
    return f"failures from all overlaps ({total}) end in: {', '.join(told)}"


def _late(result: xr.Dataset) -> str:
    chances = ", ".join(f"{float(chance):.2g}" for chance in result["late_agreement"])
    means = result["late_energy"].mean(("late_start", "run")).values
    return (
        f"Late energies: platform {means[0]:.4g}, Glauber {means[1]:.4g}; chance that they differ so between starts "
        f"if stationary (platform, Glauber): {chances}."
    )


def _differences(result: xr.Dataset, confidence: float) -> list[str]:
    table = result[[name for name, values in result.items() if values.dims == ("comparison",)]].to_dataframe()
    compared = table[table["p_value"].notna()]
    significant = compared[compared["significant"]].sort_values("p_value", kind="stable")
    told = f"{len(significant)} of {len(compared)} comparisons differ significantly"
    lines = [f"{told} ({_per_cent(confidence)} for all together, Holm):"]
    for quantity, rows in significant.groupby("quantity", sort=False):
        first = rows.iloc[0]
        where = f"{first['of_pattern']}" + (
            "" if np.isnan(first["from_overlap"]) else f" from {first['from_overlap']:.2f}"
        )
        values, chance = _values(first.to_dict()), f"p = {first['adjusted_p_value']:.1g}"
        lines.append(f"  {quantity}: {len(rows)}; the clearest {where}: {values} ({chance})")
    return lines


def _values(row: Mapping[str, Any]) -> str:
    """What is compared, in words."""
    if row["test"] == DISTRIBUTIONS:
        return f"distance {row['difference']:.3g}"
    both = (f"{row[name]:.4g}" if np.isfinite(row[name]) else BEYOND for name in ("platform_value", "glauber_value"))
    told = " against ".join(both)
    if not np.isfinite(row["difference"]):
        return told
    error = "" if np.isnan(row["error"]) else f" +- {row['error']:.2g}"
    return f"{told}, difference {row['difference']:.3g}{error}"


def _per_cent(share: float) -> str:
    return f"{100 * share:.3g} per cent"
