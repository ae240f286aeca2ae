"""A recall, as pictures and against time."""

import json

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cavity_hopfield._typing import FloatArray
from cavity_hopfield.plots.style import CYCLE, DASHES, house_style

MOST_PATTERNS = 6


def recall_figure(tree: xr.DataTree) -> Figure:
    """Four pictures of the spins: stored, corrupted, recalled by coherent motion, recalled by single flips.

    Parameters
    ----------
    tree : xarray.DataTree
        What `study.run_study` returned, or the file that it was saved in.

    Returns
    -------
    matplotlib.figure.Figure
    """
    patterns, mean_field, kinetic = (tree.children[name].to_dataset() for name in ("patterns", "mean_field", "kinetic"))
    name = tree.attrs["recalled"]
    panels = [
        (f"stored: {name}", patterns["stored"].sel(pattern=name), None),
        ("corrupted", patterns["start"], kinetic["overlap"].isel(time=0).mean("run")),
        ("recalled, mean field", mean_field["spin_z"].isel(time=-1), mean_field["overlap"].isel(time=-1)),
        ("recalled, single flips", kinetic["spin_z"].isel(time=-1), kinetic["overlap"].isel(time=-1).mean("run")),
    ]
    with house_style():
        figure = Figure(figsize=(8.0, 3.2), layout="constrained")
        row = figure.subplots(1, len(panels))
        for axes, (title, spins, overlap) in zip(row, panels, strict=True):
            picture = axes.imshow(_image(patterns, spins.values), cmap="gray_r", vmin=-1, vmax=1)
            axes.set_xticks([])
            axes.set_yticks([])
            axes.set_title(title)
            axes.spines[:].set_visible(True)
            if overlap is not None:
                axes.set_xlabel(f"overlap with {name}: {float(overlap.sel(pattern=name)):.2f}")
        bar = figure.colorbar(picture, ax=row, shrink=0.7, ticks=[-1, 0, 1])
        bar.set_label(r"$\langle\sigma^z_i\rangle$")
    return figure


def overlaps_figure(tree: xr.DataTree) -> Figure:
    """Overlaps with the stored patterns against time: coherent motion at mean field, and single flips.

    The two levels run on clocks of their own, so each has its own time axis. The shaded band holds the middle 68 per
    cent of the runs.

    Parameters
    ----------
    tree : xarray.DataTree
        What `study.run_study` returned, or the file that it was saved in.

    Returns
    -------
    matplotlib.figure.Figure
    """
    mean_field, kinetic = (tree.children[name].to_dataset() for name in ("mean_field", "kinetic"))
    with house_style():
        figure = Figure(figsize=(8.0, 3.6), layout="constrained")
        left, right = figure.subplots(1, 2, sharey=True)
        _draw_overlaps(left, mean_field["overlap"])
        atoms = json.loads(mean_field.attrs["theory"])["atoms_per_spin"]
        ensemble = f", {atoms:g} atoms per spin" if atoms > 1 else ""
        left.set_title(f"mean field, drive {_drive(mean_field):.3g} $\\omega${ensemble}")
        left.set_ylabel("overlap with stored pattern")
        _draw_overlaps(right, kinetic["overlap"])
        runs = kinetic.sizes["run"]
        right.set_title(f"single flips, drive {_drive(kinetic):.3g} $\\omega$, mean of {runs} runs")
        left.legend(title="pattern", loc="center right")
        left.set_ylim(min(-0.25, left.get_ylim()[0]), 1.05)
    return figure


def _draw_overlaps(axes: Axes, overlap: xr.DataArray) -> None:
    times = overlap["time"].values
    for k, pattern in enumerate(overlap["pattern"].values[:MOST_PATTERNS]):
        colour, dash = CYCLE[k % len(CYCLE)], DASHES[k % len(DASHES)]
        one = overlap.sel(pattern=pattern)
        if "run" in one.dims:
            low, high = one.quantile([0.16, 0.84], dim="run").values
            axes.fill_between(times, low, high, color=colour, alpha=0.15, linewidth=0)
            one = one.mean("run")
        axes.plot(times, one, color=colour, linestyle=dash, label=str(pattern))
    axes.set_xlabel(r"time (units of $1/\omega$)")
    axes.axhline(0, color="0.8", linewidth=0.8, zorder=0)
    axes.set_xlim(times[0], times[-1])


def _drive(result: xr.Dataset) -> float:
    """The drive of the platform behind a result."""
    model = json.loads(result.attrs["model"])
    return float(model["rate_law"]["dicke"]["drive"] if "rate_law" in model else model["drive"])


def _image(patterns: xr.Dataset, spins: FloatArray) -> FloatArray:
    """The spins as an image; patterns without a shape are laid out in reading order on a nearly square grid."""
    if "rows" in patterns.attrs:
        return np.reshape(spins, (int(patterns.attrs["rows"]), int(patterns.attrs["columns"])))
    columns = int(np.ceil(np.sqrt(spins.size)))
    rows = -(-spins.size // columns)
    padded = np.full(rows * columns, np.nan)
    padded[: spins.size] = spins
    return padded.reshape(rows, columns)
