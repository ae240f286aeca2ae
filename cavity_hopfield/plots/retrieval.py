"""Recalls from every corruption: success, time, and a platform beside the closest thermal dynamics."""

from collections.abc import Iterable
from itertools import cycle

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from cavity_hopfield._typing import FloatArray
from cavity_hopfield.analysis.retrieval.report import FIFTH_WRONG, require_axes
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.plots.style import BLUE, CYCLE, DASHES, GREY, VERMILION, house_style

MOST_PATTERNS = 6
MOST_PANELS = 3
LAW_STYLES = {"platform": (BLUE, "-", "o"), "Glauber": (VERMILION, "--", "s")}
MARKERS = ("o", "s", "^", "D", "v", "P")
BAR_SHIFT = 0.012
"""By how much intervals of two laws are drawn above and below the line of one half."""
OVERLAP_TEXT = "overlap of the start, $m_0$"
MEDIAN = 0.5


def retrieval_figure(result: xr.Dataset, initial_overlap: float = FIFTH_WRONG) -> Figure:
    """Success against the overlap of the start with its interval, and the share that has recalled against time.

    Parameters
    ----------
    result : xarray.Dataset
        What `retrieval` returned; of many patterns the first six are drawn.
    initial_overlap : float
        The start for the second panel; the nearest there is.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ArgumentError
        If the result is none of `retrieval`.
    """
    _require(result, "retrieval", with_laws=False)
    with house_style():
        figure = Figure(figsize=(8.0, 3.4), layout="constrained")
        left, right = figure.subplots(1, 2)
        _half_line(left)
        at = result.sel(initial_overlap=initial_overlap, method="nearest")
        last = 1.05 * float(at["retrieval_time"].max()) if at["retrieval_time"].notnull().any() else 1.0
        for k, name in enumerate(result["pattern"].values[:MOST_PATTERNS]):
            colour, dash = CYCLE[k % len(CYCLE)], DASHES[k % len(DASHES)]
            _draw_success(left, result.sel(pattern=name), (colour, dash, "o"), str(name))
            _draw_arrivals(right, at["retrieval_time"].sel(pattern=name).values, last, colour, dash)
        left.legend(title="pattern", loc="lower right")
        left.set_ylabel("share of runs that recall")
        right.set_ylabel("share of all runs that have recalled")
        right.set_xlabel(f"time ({at['retrieval_time'].attrs['units']})")
        right.set_ylim(0, 1.02)
        right.set_title(f"from $m_0 = {float(at['initial_overlap']):.2f}$")
    return figure


def platform_figure(result: xr.Dataset) -> Figure:
    """A platform and the closest Glauber law side by side: success of up to three patterns with intervals and, below,
    times by which half of all runs have recalled, in the unit of the rates and in own rates, and the late energies.

    A cross stands above starts whose success differs significantly. Bars at the line of one half are the intervals of
    the basins.

    Parameters
    ----------
    result : xarray.Dataset
        What `platform_against_glauber` returned.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ArgumentError
        If the result is none of `platform_against_glauber`.
    """
    _require(result, "platform_against_glauber", with_laws=True)
    names = result["pattern"].values[:MOST_PANELS]
    with house_style():
        figure = Figure(figsize=(9.0, 5.8), layout="constrained")
        parts = np.asarray(figure.subfigures(2, 1)).tolist()
        upper, lower = parts[0], parts[1]
        panels = np.atleast_1d(upper.subplots(1, len(names), sharey=True))
        for axes, name in zip(panels, names, strict=True):
            _draw_both(axes, result.sel(pattern=name), str(name))
        panels[0].set_ylabel("share of runs that recall")
        panels[0].legend(loc="lower right")
        times, own, energies = lower.subplots(1, 3)
        _draw_times(
            times, result["time_quantile"], f"time until half recall ({_short(result['time_quantile'].attrs['units'])})"
        )
        _draw_times(own, result["own_time_quantile"], "time until half recall (1 / own rate)")
        _tell_patterns(own, result["pattern"].values)
        _draw_energies(energies, result)
    return figure


def _require(result: xr.Dataset, name: str, *, with_laws: bool) -> None:
    if not isinstance(result, xr.Dataset) or "success" not in result or ("law" in result.dims) != with_laws:
        raise ArgumentError(f"Argument `result` must be what `{name}` returned, but is another.")
    require_axes(result, name)


def _half_line(axes: Axes) -> None:
    axes.axhline(0.5, color="0.8", linewidth=0.8, zorder=0)
    axes.set_ylim(-0.02, 1.06)
    axes.set_xlabel(OVERLAP_TEXT)


def _draw_success(
    axes: Axes, one: xr.Dataset, style: tuple[str, str, str], label: str, shift: float = 0.0
) -> list[Line2D]:
    """Success with its interval, and a bar at the line of one half with the interval of the basin; the bar."""
    overlaps, (colour, dash, marker) = one["initial_overlap"].values, style
    axes.fill_between(overlaps, one["success_low"], one["success_high"], color=colour, alpha=0.15, linewidth=0)
    axes.plot(overlaps, one["success"], color=colour, linestyle=dash, marker=marker, markersize=3.5, label=label)
    ends = np.array([one["basin_overlap_low"], one["basin_overlap_high"]], dtype=np.float64)
    if not np.isfinite([*ends, float(one["basin_overlap"])]).all():
        return []
    return axes.plot(ends, np.full(2, MEDIAN + shift), color=colour, linewidth=3, alpha=0.6, solid_capstyle="butt")


def _draw_arrivals(axes: Axes, times: FloatArray, last: float, colour: str, dash: str) -> None:
    """The share of all runs that has arrived by each time up to `last`."""
    arrived = np.sort(times[~np.isnan(times)])
    shares = np.arange(arrived.size + 1) / times.size
    axes.step([0.0, *arrived, last], [*shares, shares[-1]], where="post", color=colour, linestyle=dash)


def _draw_both(axes: Axes, result: xr.Dataset, name: str) -> None:
    """Success of one pattern under both laws, and crosses where they differ significantly."""
    _half_line(axes)
    bars = [
        bar
        for shift, (law, style) in zip((BAR_SHIFT, -BAR_SHIFT), LAW_STYLES.items(), strict=True)
        for bar in _draw_success(axes, result.sel(law=law), style, law, shift)
    ]
    for bar in bars[:1]:
        bar.set_label("interval of the basin")
    rows = (result["quantity"] == "success") & (result["of_pattern"] == name) & result["significant"]
    starts = result["from_overlap"].values[rows.values]
    axes.plot(starts, np.full(starts.size, 1.03), "x", color="0.1", markersize=5, label="differ significantly")
    axes.set_title(f"recall of {name}")


def _draw_times(axes: Axes, times: xr.DataArray, label: str) -> None:
    """Median times of every pattern under both laws, where half of the runs recall and not at once."""
    for law, (colour, dash, _) in LAW_STYLES.items():
        for name, marker in zip(times["pattern"].values, cycle(MARKERS), strict=False):
            one = times.sel(law=law, pattern=name, quantile=MEDIAN)
            shown = one.where(np.isfinite(one) & (one > 0))
            axes.plot(one["initial_overlap"], shown, color=colour, linestyle=dash, marker=marker, markersize=3, lw=1.1)
    axes.set_yscale("log")
    axes.set_xlim(-0.02, 1.02)
    axes.set_xlabel(OVERLAP_TEXT)
    axes.set_ylabel(label)


def _tell_patterns(axes: Axes, names: Iterable[str]) -> None:
    """A legend of the markers of the patterns."""
    handles = [
        Line2D([], [], color=GREY, marker=marker, markersize=4, linestyle="", label=str(name))
        for name, marker in zip(names, cycle(MARKERS), strict=False)
    ]
    axes.legend(handles=handles, loc="lower left", title="pattern")


def _draw_energies(axes: Axes, result: xr.Dataset) -> None:
    """Late energies under both laws, from both kinds of starts together."""
    values = {law: result["late_energy"].sel(law=law).values.ravel() for law in LAW_STYLES}
    together = np.concatenate(list(values.values()))
    edges = np.linspace(together.min(), together.max() + 1e-9, 25)
    for law, (colour, dash, _) in LAW_STYLES.items():
        shares = np.histogram(values[law], edges)[0] / values[law].size
        axes.stairs(shares, edges, color=colour, linestyle=dash, linewidth=1.4, label=law)
        axes.stairs(shares, edges, color=colour, alpha=0.15, fill=True)
    axes.axhline(0, color=GREY, linewidth=0.5)
    axes.legend()
    axes.set_xlabel("energy at the end of the time")
    axes.set_ylabel("share of runs")


def _short(units: str) -> str:
    return r"units of $1/\omega$" if units == "1 / unit of the rates" else units
