"""Numbers of a sweep over its grid: lines along one axis, colours over two."""

from collections.abc import Iterable

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from cavity_hopfield._typing import FloatArray
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.plots.canvas import Panels, new_figure, row_of
from cavity_hopfield.plots.labels import named, plain_ticks
from cavity_hopfield.plots.requirements import require, swept
from cavity_hopfield.plots.style import COLUMN, INK, PAGE, SEQUENTIAL, house_style, marked

MOST_PANELS = 6
REPLICA = "replica"
EVEN = 1e-6
"""Relative differences of steps up to this are none."""


def plot_sweep(result: xr.Dataset, variables: Iterable[str] | None = None) -> Panels:
    """Numbers of a sweep: along one axis as lines, over two as colours; of replicas the mean, along a line with its
    standard error. Crosses are points that failed; what is not there yet stays white.

    Parameters
    ----------
    result : xarray.Dataset
        What `sweep` returned, over one axis or two besides `replica`.
    variables : iterable of str, optional
        Up to six of its variables that are one number at each point; the first of them if left out.

    Returns
    -------
    array of matplotlib.axes.Axes

    Raises
    ------
    ArgumentError
        If the result is no sweep, has more axes, or no such variable.
    """
    require("sweep", result)
    known = [name for name in swept(result) if not name.endswith("_error")]
    chosen = known[:MOST_PANELS] if variables is None else list(variables)
    wrong = [name for name in chosen if name not in swept(result)]
    if wrong or not 0 < len(chosen) <= MOST_PANELS:
        raise ArgumentError(
            f"Argument `variables` must name one to {MOST_PANELS} of {', '.join(swept(result))}, but is {chosen}."
        )
    columns = min(len(chosen), 2)
    rows = -(-len(chosen) // columns)
    with house_style():
        figure = new_figure(PAGE if columns > 1 else COLUMN + 0.8, 2.6 * rows + 0.2)
        panels = figure.subplots(rows, columns, squeeze=False).ravel()
        for axes, name in zip(panels, chosen, strict=False):
            _draw(axes, result, name)
        for axes in panels[len(chosen) :]:
            axes.remove()
    return row_of(panels[: len(chosen)])


def _draw(axes: Axes, result: xr.Dataset, name: str) -> None:
    done = result["status"] == _code(result, "done")
    values = result[name].where(done)
    failed = result["status"] == _code(result, "failed")
    if REPLICA in failed.dims:
        failed = failed.any(REPLICA)
    across = [str(dim) for dim in result["status"].dims if dim != REPLICA]
    numbers = [dim for dim in across if result[dim].dtype.kind in "fiu"]
    if len(numbers) == 2:
        _draw_map(axes, values, failed, across)
    else:
        along = numbers[0] if numbers else across[0]
        _draw_lines(axes, values, along, [dim for dim in across if dim != along])


def _code(result: xr.Dataset, meaning: str) -> int:
    """The code of a status."""
    told = result["status"].attrs
    return int(np.atleast_1d(told["flag_values"])[told["flag_meanings"].split().index(meaning)])


def _draw_map(axes: Axes, values: xr.DataArray, failed: xr.DataArray, across: list[str]) -> None:
    """Colours over two axes of numbers."""
    right, up = across if across[0] != "drive" else across[::-1]
    mean = values.mean(REPLICA) if REPLICA in values.dims else values
    x, y = values[right].values.astype(float), values[up].values.astype(float)
    image = axes.pcolormesh(
        _edges(x), _edges(y), mean.transpose(up, right).values, cmap=SEQUENTIAL, rasterized=True
    )  # fmt: skip
    axes.figure.colorbar(image, ax=axes, label=named(values))
    rows, columns = np.nonzero(failed.transpose(up, right).values)
    axes.plot(x[columns], y[rows], "x", color=INK)
    for axis, set_scale in ((x, axes.set_xscale), (y, axes.set_yscale)):
        if _logarithmic(axis):
            set_scale("log")
    _plain(axes)
    axes.set_xlabel(named(values[right]))
    axes.set_ylabel(named(values[up]))


def _draw_lines(axes: Axes, values: xr.DataArray, along: str, others: list[str]) -> None:
    """A line along one axis, or one for each value of the other."""
    grid = values[along]
    numeric = grid.dtype.kind in "fiu"
    x: FloatArray = (grid.values if numeric else np.arange(grid.size)).astype(np.float64)
    lines = [(None, values)] if not others else [
        (str(label), values.isel({others[0]: k})) for k, label in enumerate(values[others[0]].values)
    ]  # fmt: skip
    for k, (label, line) in enumerate(lines):
        mean, error = line, None
        if REPLICA in line.dims:
            mean = line.mean(REPLICA)
            count = line.count(REPLICA)
            error = (
                (line.std(REPLICA, ddof=1) / np.sqrt(count)).where(count > 1).values
                if line.sizes[REPLICA] > 1
                else None
            )
        axes.errorbar(x, mean.values, error, label=label, elinewidth=0.8, **marked(k))
    if numeric:
        if _logarithmic(x):
            axes.set_xscale("log")
            _plain(axes)
    else:
        axes.set_xticks(x, [str(one) for one in grid.values])
    axes.set_xlabel(named(grid))
    axes.set_ylabel(named(values))
    if others:
        axes.legend(title=named(values[others[0]]), loc="center left", bbox_to_anchor=(1.01, 0.5))


def _logarithmic(grid: FloatArray) -> bool:
    """Whether the logarithms of a grid are evenly spaced, and the numbers are not."""
    if grid.size < 3 or not (grid > 0).all():
        return False
    steps, ratios = np.diff(grid), np.diff(np.log(grid))
    return bool(np.ptp(ratios) < EVEN * abs(ratios[0]) and np.ptp(steps) > EVEN * abs(steps[0]))


def _edges(middles: FloatArray) -> FloatArray:
    """The ends of the cells around points of a grid, halfway between them on the scale of the axis."""
    if middles.size == 1:
        reach = 0.5 * abs(middles[0]) or 0.5
        return np.array([middles[0] - reach, middles[0] + reach])
    scaled = np.log(middles) if _logarithmic(middles) else middles
    between = (scaled[1:] + scaled[:-1]) / 2
    ends = np.concatenate([[2 * scaled[0] - between[0]], between, [2 * scaled[-1] - between[-1]]])
    return np.exp(ends) if _logarithmic(middles) else ends


def _plain(axes: Axes) -> None:
    """Ticks written out on the logarithmic ones of both axes."""
    for axis in (axes.xaxis, axes.yaxis):
        if axis.get_scale() == "log":
            plain_ticks(axis)
