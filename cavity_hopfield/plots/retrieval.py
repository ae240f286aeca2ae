"""Recalls from every corruption: success, time, and a platform beside the closest thermal dynamics."""

from collections.abc import Iterable
from itertools import cycle
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from cavity_hopfield._typing import FloatArray
from cavity_hopfield.analysis.retrieval.report import FIFTH_WRONG
from cavity_hopfield.plots.canvas import Panels, new_figure, row_of
from cavity_hopfield.plots.requirements import require
from cavity_hopfield.plots.style import BLUE, FAINT, GREY, INK, MARKERS, PAGE, VERMILION, house_style, look

MOST_PATTERNS = 6
MOST_PANELS = 3
LAW_STYLES = {"platform": (BLUE, "-", "."), "Glauber": (VERMILION, "--", ".")}
"""Colour, dashes and marker; other markers tell patterns."""
BAR_SHIFT = 0.012
"""By how much intervals of two laws are drawn above and below the line of one half."""
OVERLAP_TEXT = "overlap of the start, $m_0$"
MEDIAN = 0.5


def plot_retrieval(result: xr.Dataset, initial_overlap: float = FIFTH_WRONG) -> Panels:
    """Success against the overlap of the start with its interval, and the share that has recalled against time.

    Parameters
    ----------
    result : xarray.Dataset
        What `retrieval` returned; of many patterns the first six are drawn.
    initial_overlap : float
        The start for the second panel; the nearest there is.

    Returns
    -------
    array of matplotlib.axes.Axes

    Raises
    ------
    ArgumentError
        If the result is none of `retrieval`.
    """
    require("retrieval", result)
    with house_style():
        left, right = new_figure(PAGE, 3.0).subplots(1, 2)
        _half_line(left)
        at = result.sel(initial_overlap=initial_overlap, method="nearest")
        last = 1.05 * float(at["retrieval_time"].max()) if at["retrieval_time"].notnull().any() else 1.0
        for k, name in enumerate(result["pattern"].values[:MOST_PATTERNS]):
            style = look(k)
            _draw_success(left, result.sel(pattern=name), (style["color"], style["linestyle"], MARKERS[k]), str(name))
            _draw_arrivals(right, at["retrieval_time"].sel(pattern=name).values, last, style)
        right.legend(*left.get_legend_handles_labels(), title="pattern", loc="center left", bbox_to_anchor=(1.0, 0.5))
        left.set_ylabel("share of runs that recall")
        right.set_ylabel("share of all runs that have recalled")
        right.set_xlabel(f"time ({at['retrieval_time'].attrs['units']})")
        right.set_ylim(0, 1.02)
        right.set_title(f"from $m_0 = {float(at['initial_overlap']):.2f}$")
    return row_of((left, right))


def plot_platform(result: xr.Dataset) -> Panels:
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
    array of matplotlib.axes.Axes

    Raises
    ------
    ArgumentError
        If the result is none of `platform_against_glauber`.
    """
    require("platform", result)
    names = result["pattern"].values[:MOST_PANELS]
    with house_style():
        figure = new_figure(PAGE, 5.6)
        grid = figure.add_gridspec(2, 6)
        wide = 6 // len(names)
        panels = [figure.add_subplot(grid[0, wide * k : wide * (k + 1)]) for k in range(len(names))]
        for axes, name in zip(panels, names, strict=True):
            _draw_both(axes, result.sel(pattern=name), str(name))
        panels[0].set_ylabel("share of runs that recall")
        figure.legend(*panels[0].get_legend_handles_labels(), loc="outside upper center", ncols=4)
        times, own, energies = (figure.add_subplot(grid[1, 2 * k : 2 * (k + 1)]) for k in range(3))
        units = _short(result["time_quantile"].attrs["units"])
        _draw_times(times, result["time_quantile"], f"time until half recall\n({units})")
        _draw_times(own, result["own_time_quantile"], "time until half recall\n(1 / own rate)")
        _tell_patterns(own, result["pattern"].values)
        _draw_energies(energies, result)
    return row_of((*panels, times, own, energies))


def _half_line(axes: Axes) -> None:
    axes.axhline(0.5, color=FAINT, linewidth=0.8, zorder=0)
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


def _draw_arrivals(axes: Axes, times: FloatArray, last: float, style: dict[str, Any]) -> None:
    """The share of all runs that has arrived by each time up to `last`."""
    arrived = np.sort(times[~np.isnan(times)])
    shares = np.arange(arrived.size + 1) / times.size
    axes.step([0.0, *arrived, last], [*shares, shares[-1]], where="post", **style)


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
    axes.plot(starts, np.full(starts.size, 1.03), "x", color=INK, markersize=5, label="differ significantly")
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
    axes.legend(
        handles=handles, loc="lower center", bbox_to_anchor=(0.5, 1.0), title="pattern", ncols=3, handlelength=1.0
    )


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
    axes.set_xlabel("energy at the end")
    axes.set_ylabel("share of runs")


def _short(units: str) -> str:
    return r"units of $1/\omega$" if units == "1 / unit of the rates" else units
