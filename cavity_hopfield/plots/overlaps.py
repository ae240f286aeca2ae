"""Overlaps with the stored patterns against time."""

import json
from typing import overload

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.plots.canvas import Panels, new_figure, on_axes, row_of
from cavity_hopfield.plots.requirements import made_by, require
from cavity_hopfield.plots.style import COLUMN, FAINT, PAGE, house_style, look

MOST_PATTERNS = 6
MIDDLE = (0.16, 0.84)
"""The quantiles between which a band holds the runs."""
ERRORS = 2.0
"""Half the width of a band, in standard errors, where there are no runs."""
LEVELS = ("mean_field", "kinetic")
"""The groups of a study that hold its recalls."""


@overload
def plot_overlaps(result: xr.Dataset, *, axes: Axes | None = None) -> Axes: ...
@overload
def plot_overlaps(result: xr.DataTree, *, axes: None = None) -> Panels: ...
def plot_overlaps(result: xr.Dataset | xr.DataTree, *, axes: Axes | None = None) -> Axes | Panels:
    r"""$m_\mu(t)$, the overlap with each stored pattern.

    Of runs the mean, in a band with the middle 68 per cent of them; of a mean with a standard error, in a band of two
    of these. Of many patterns the first six are drawn.

    Parameters
    ----------
    result : xarray.Dataset or xarray.DataTree
        What `evolve` of a theory returned. Of what `study.run_study` returned, or the file it was saved in, two
        panels: coherent motion at mean field, and single flips, each on a clock of its own.
    axes : matplotlib.axes.Axes, optional
        Where to draw one evolution; those of a new figure if left out.

    Returns
    -------
    matplotlib.axes.Axes or array of them

    Raises
    ------
    ArgumentError
        If the result is another one, or axes are given for a study.
    """
    if isinstance(result, xr.DataTree):
        return _of_study(result, axes)
    require("overlaps", result)
    with house_style():
        axes = on_axes(axes, COLUMN + 0.6, 2.7)
        _draw(axes, result["overlap"], result.get("overlap_error"))
        axes.set_title(_title(result))
        axes.set_ylabel("overlap with stored pattern")
        _name(axes)
    return axes


def _of_study(tree: xr.DataTree, axes: Axes | None) -> Panels:
    missing = [name for name in LEVELS if name not in tree.children]
    if missing or axes is not None:
        told = f"lacks the groups {', '.join(missing)}" if missing else "has two levels of theory and one panel"
        raise ArgumentError(
            f"Argument `result` must be what `study.run_study` returned, drawn on a figure of its own, but {told}. For "
            'one level take its group, such as `tree["kinetic"].to_dataset()`.'
        )
    mean_field, kinetic = (tree.children[name].to_dataset() for name in LEVELS)
    with house_style():
        left, right = new_figure(PAGE, 2.8).subplots(1, 2, sharey=True)
        _draw(left, mean_field["overlap"], None)
        atoms = json.loads(mean_field.attrs["theory"])["atoms_per_spin"]
        ensemble = f"\n{atoms:g} atoms per spin" if atoms > 1 else ""
        left.set_title(f"mean field, drive {_drive(mean_field):.3g} $\\omega${ensemble}")
        left.set_ylabel("overlap with stored pattern")
        _draw(right, kinetic["overlap"], None)
        right.set_title(f"single flips, drive {_drive(kinetic):.3g} $\\omega$,\nmean of {kinetic.sizes['run']} runs")
        _name(right)
    return row_of((left, right))


def _draw(axes: Axes, overlap: xr.DataArray, error: xr.DataArray | None) -> None:
    times = overlap["time"].values
    for k, pattern in enumerate(overlap["pattern"].values[:MOST_PATTERNS]):
        one, style = overlap.isel(pattern=k), look(k)
        if "run" in one.dims:
            low, high = one.quantile(MIDDLE, dim="run").values
            one = one.mean("run")
        elif error is not None:
            reach = ERRORS * np.nan_to_num(error.isel(pattern=k).values)
            low, high = one.values - reach, one.values + reach
        else:
            low = high = one.values
        if np.any(high > low):
            axes.fill_between(times, low, high, color=style["color"], alpha=0.15, linewidth=0)
        axes.plot(times, one, label=str(pattern), **style)
    axes.axhline(0, color=FAINT, linewidth=0.8, linestyle="-", zorder=0)
    axes.set_xlabel(r"time (units of $1/\omega$)")
    if times.size > 1:
        axes.set_xlim(times[0], times[-1])
    lowest, highest = axes.get_ylim()
    axes.set_ylim(min(-0.25, lowest), max(1.05, highest))


def _name(axes: Axes) -> None:
    """The patterns beside the axes, where no curve goes."""
    axes.legend(title="pattern", loc="center left", bbox_to_anchor=(1.01, 0.5))


def _title(result: xr.Dataset) -> str:
    name = made_by(result) or "recall"
    if "run" not in result["overlap"].dims:
        return name
    runs = result.sizes["run"]
    return f"{name}, {runs} runs" if runs > 1 else f"{name}, one run"


def _drive(result: xr.Dataset) -> float:
    """The drive of the platform behind a result."""
    model = json.loads(result.attrs["model"])
    return float(model["rate_law"]["dicke"]["drive"] if "rate_law" in model else model["drive"])
