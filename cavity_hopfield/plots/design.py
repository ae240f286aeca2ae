"""Figures of designs: knobs, constraints and the search; a Pareto front; elasticities."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from cavity_hopfield.design.told import laboratory
from cavity_hopfield.plots.canvas import Panels, new_figure, on_axes, row_of
from cavity_hopfield.plots.labels import named, plain_ticks
from cavity_hopfield.plots.requirements import require, theory_of
from cavity_hopfield.plots.style import BLUE, DIVERGING, FAINT, GREEN, GREY, INK, PAGE, VERMILION, house_style, marked

LEAST_SHARE = 1e-4
"""Constraints are drawn from this share of their limit on."""


def plot_design(result: xr.Dataset) -> Panels:
    """A design: every knob between its bounds, every constraint as a share of its limit, and the search.

    Parameters
    ----------
    result : xarray.Dataset
        What `Design.to_dataset` returned.

    Returns
    -------
    array of matplotlib.axes.Axes

    Raises
    ------
    ArgumentError
        If the result is none of a design.
    """
    require("design", result)
    with house_style():
        rows = max(result.sizes["knob"], 0.6 * result.sizes["constraint"])
        figure = new_figure(PAGE, 3.2 + 0.42 * rows)
        grid = figure.add_gridspec(2, 2, height_ratios=[0.7 + 0.42 * rows, 2.0])
        knobs, constraints = figure.add_subplot(grid[0, 0]), figure.add_subplot(grid[0, 1])
        search = figure.add_subplot(grid[1, :])
        _draw_knobs(knobs, result)
        _draw_constraints(constraints, result)
        _draw_search(search, result)
        figure.suptitle("meets the target" if result.attrs["met"] else "does not meet the target")
    return row_of((knobs, constraints, search))


def plot_pareto_front(result: xr.Dataset) -> Panels:
    """The two traded quantities against one another, and the knobs along the front relative to its first point.

    Parameters
    ----------
    result : xarray.Dataset
        What `pareto_front` returned.

    Returns
    -------
    array of matplotlib.axes.Axes

    Raises
    ------
    ArgumentError
        If the result is none of `pareto_front`.
    """
    require("pareto_front", result)
    first, second = theory_of(result)["trade"]
    with house_style():
        front, knobs = new_figure(PAGE, 3.2).subplots(1, 2)
        front.plot(result[second], result[first], "-o", color=BLUE)
        front.set_ylabel(named(result[first]))
        for axes in (front, knobs):
            axes.set_xscale("log")
            axes.set_xlabel(named(result[second]))
        for k, name in enumerate(result["knob"].values):
            values = result["knob_value"].sel(knob=name)
            knobs.plot(result[second], values / values[0], label=str(name), **marked(k))
        knobs.set_yscale("log")
        for axis in (front.xaxis, knobs.xaxis, knobs.yaxis):
            plain_ticks(axis)
        knobs.set_ylabel("knob, relative to the first point")
        knobs.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0))
    return row_of((front, knobs))


def plot_elasticities(result: xr.Dataset, *, axes: Axes | None = None) -> Axes:
    r"""$\partial \ln q / \partial \ln x$ of every quantity with every knob, as a table in colours.

    Parameters
    ----------
    result : xarray.Dataset
        What `sensitivities` returned.
    axes : matplotlib.axes.Axes, optional
        Where to draw; those of a new figure if left out.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ArgumentError
        If the result is none of `sensitivities`.
    """
    require("elasticities", result)
    values = result["elasticity"].values
    rows, columns = (result[name].values for name in ("quantity", "knob"))
    with house_style():
        axes = on_axes(axes, min(2.6 + 0.75 * len(columns), PAGE), 1.5 + 0.27 * len(rows))
        reach = float(np.nanmax(np.abs(values), initial=1.0))
        image = axes.imshow(values, cmap=DIVERGING, vmin=-reach, vmax=reach, aspect="auto")
        for (i, j), value in np.ndenumerate(values):
            colour = "white" if abs(value) > 0.6 * reach else "black"
            axes.text(
                j, i, f"{value:.2f}" if np.isfinite(value) else "-", ha="center", va="center", color=colour, size=8
            )
        axes.set_yticks(range(len(rows)), rows)
        axes.set_xticks(range(len(columns)), columns, rotation=30, ha="right", rotation_mode="anchor")
        axes.spines[:].set_visible(False)
        axes.figure.colorbar(image, ax=axes, label="d ln quantity / d ln knob")
    return axes


def _draw_knobs(axes: Axes, result: xr.Dataset) -> None:
    """Every knob on its own scale, from its lower to its upper bound."""
    low, high, value = (result[f"knob_{name}"].values for name in ("low", "high", "value"))
    shares = (value - low) / (high - low)
    far = low * high > 0
    shares[far] = np.log(value[far] / low[far]) / np.log(high[far] / low[far])
    rows = np.arange(len(shares))
    axes.hlines(rows, 0, 1, color=FAINT, linewidth=6)
    axes.plot(shares, rows, "o", color=BLUE)
    names = [str(name) for name in result["knob"].values]
    axes.set_yticks(rows, [f"{name}\n{laboratory(name, float(at))}" for name, at in zip(names, value, strict=True)])
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_xticks([0, 1], ["lower\nbound", "upper\nbound"])
    axes.set_title("knobs")


def _draw_constraints(axes: Axes, result: xr.Dataset) -> None:
    """Value over limit, logarithmic; what is broken in another colour."""
    shares = np.exp(np.clip(result["constraint_excess"].values, np.log(LEAST_SHARE), 700.0))
    rows = np.arange(len(shares))
    bound = set(result["binding"].values.tolist())
    for row, share, name in zip(rows, shares, result["constraint"].values, strict=True):
        colour = VERMILION if share > 1 else GREEN if str(name) in bound else BLUE
        axes.plot([LEAST_SHARE, share], [row, row], color=colour, linewidth=6, solid_capstyle="butt")
        if str(name) in bound:
            axes.plot(share, row, "D", color=INK, markersize=5)
    axes.axvline(1, color="0.1", linewidth=0.8)
    axes.set_xscale("log")
    axes.set_xlim(LEAST_SHARE, max(3.0, 2 * float(shares.max())))
    axes.set_yticks(rows, [str(name) for name in result["constraint"].values])
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_xlabel("value over limit")
    axes.set_title("constraints (diamond: it binds)", loc="right")


def _draw_search(axes: Axes, result: xr.Dataset) -> None:
    """The misfit of every point that was tried, those that keep the constraints filled."""
    misfit = np.maximum(result["tried_misfit"].values, 1e-3)
    keeps = result["tried_excess"].values <= 0
    places = np.arange(misfit.size)
    axes.plot(places[~keeps], misfit[~keeps], ".", color=GREY, markersize=3, label="breaks a constraint")
    axes.plot(places[keeps], misfit[keeps], ".", color=BLUE, markersize=4, label="keeps all constraints")
    axes.axhline(1, color="0.1", linewidth=0.8)
    axes.set_yscale("log")
    axes.set_xlabel("evaluation")
    axes.set_ylabel("misfit in tolerances")
    axes.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=2)
    axes.set_title("search", loc="left")
