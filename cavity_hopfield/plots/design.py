"""Figures of designs: knobs, constraints and the search; a Pareto front; elasticities."""

import json

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cavity_hopfield.design.told import laboratory
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.plots.style import BLUE, CYCLE, DASHES, GREEN, GREY, VERMILION, house_style

LEAST_SHARE = 1e-4
"""Constraints are drawn from this share of their limit on."""


def design_figure(result: xr.Dataset) -> Figure:
    """A design: every knob between its bounds, every constraint as a share of its limit, and the search.

    Parameters
    ----------
    result : xarray.Dataset
        What `Design.to_dataset` returned.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ArgumentError
        If the result is none of a design.
    """
    _require(result, "design")
    with house_style():
        figure = Figure(figsize=(12.0, 3.6), layout="constrained")
        knobs, constraints, search = figure.subplots(1, 3, width_ratios=[1, 1, 1.6])
        _draw_knobs(knobs, result)
        _draw_constraints(constraints, result)
        _draw_search(search, result)
        figure.suptitle("meets the target" if result.attrs["met"] else "does not meet the target")
    return figure


def pareto_figure(result: xr.Dataset) -> Figure:
    """The two traded quantities against one another, and the knobs along the front relative to its first point.

    Parameters
    ----------
    result : xarray.Dataset
        What `pareto_front` returned.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ArgumentError
        If the result is none of `pareto_front`.
    """
    _require(result, "pareto_front")
    first, second = json.loads(result.attrs["theory"])["trade"]
    with house_style():
        figure = Figure(figsize=(8.0, 3.4), layout="constrained")
        front, knobs = figure.subplots(1, 2)
        front.plot(result[second], result[first], "-o", color=BLUE, markersize=4)
        front.set_xlabel(_named(result[second]))
        front.set_ylabel(_named(result[first]))
        for axes in (front, knobs):
            axes.set_xscale("log")
        for k, name in enumerate(result["knob"].values):
            values = result["knob_value"].sel(knob=name)
            look = {"color": CYCLE[k % len(CYCLE)], "linestyle": DASHES[k % len(DASHES)]}
            knobs.plot(result[second], values / values[0], marker="o", markersize=3, label=str(name), **look)
        knobs.set_yscale("log")
        knobs.set_xlabel(_named(result[second]))
        knobs.set_ylabel("knob, relative to the first point")
        knobs.legend()
    return figure


def elasticities_figure(result: xr.Dataset) -> Figure:
    r"""$\partial \ln q / \partial \ln x$ of every quantity with every knob, as a table in colours.

    Parameters
    ----------
    result : xarray.Dataset
        What `sensitivities` returned.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ArgumentError
        If the result is none of `sensitivities`.
    """
    _require(result, "sensitivities")
    values = result["elasticity"].values
    rows, columns = (result[name].values for name in ("quantity", "knob"))
    with house_style():
        figure = Figure(figsize=(2.6 + 1.1 * len(columns), 1.6 + 0.45 * len(rows)), layout="constrained")
        axes = figure.subplots()
        reach = float(np.nanmax(np.abs(values), initial=1.0))
        image = axes.imshow(values, cmap="RdBu_r", vmin=-reach, vmax=reach, aspect="auto")
        for (i, j), value in np.ndenumerate(values):
            colour = "white" if abs(value) > 0.6 * reach else "black"
            axes.text(j, i, f"{value:.2f}" if np.isfinite(value) else "-", ha="center", va="center", color=colour)
        axes.set_yticks(range(len(rows)), rows)
        axes.set_xticks(range(len(columns)), columns, rotation=30, ha="right")
        axes.spines[:].set_visible(False)
        figure.colorbar(image, label="d ln quantity / d ln knob")
    return figure


def _require(result: xr.Dataset, name: str) -> None:
    made = json.loads(result.attrs.get("theory", "{}")).get("name") if isinstance(result, xr.Dataset) else None
    if made != name:
        raise ArgumentError(f"Argument `result` must be what `{name}` returned, but was made by {made!r}.")


def _named(values: xr.DataArray) -> str:
    units = values.attrs["units"]
    return f"{values.name} ({units})" if units != "1" else str(values.name)


def _draw_knobs(axes: Axes, result: xr.Dataset) -> None:
    """Every knob on its own scale, from its lower to its upper bound."""
    low, high, value = (result[f"knob_{name}"].values for name in ("low", "high", "value"))
    shares = (value - low) / (high - low)
    far = low * high > 0
    shares[far] = np.log(value[far] / low[far]) / np.log(high[far] / low[far])
    rows = np.arange(len(shares))
    axes.hlines(rows, 0, 1, color="0.85", linewidth=6)
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
    axes.axvline(1, color="0.1", linewidth=0.8)
    axes.set_xscale("log")
    axes.set_xlim(LEAST_SHARE, max(3.0, 2 * float(shares.max())))
    axes.set_yticks(rows, [str(name) for name in result["constraint"].values])
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_xlabel("value over limit")
    axes.set_title("constraints, green: binds")


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
    axes.legend(loc="upper right")
    axes.set_title("search")
