"""A recall as pictures: what was stored, where it began, how it went, where it ended."""

from collections.abc import Iterable

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.image import AxesImage

from cavity_hopfield._typing import FloatArray
from cavity_hopfield.exceptions import ArgumentError, ResultFileError
from cavity_hopfield.hopfield import Patterns
from cavity_hopfield.io import model_of
from cavity_hopfield.plots.canvas import Panels, new_figure, row_of
from cavity_hopfield.plots.requirements import require
from cavity_hopfield.plots.style import PAGE, house_style

PICTURES = 4
"""Times that are shown if none are named."""
MOST_PICTURES = 6
STAGES = ("patterns", "mean_field", "kinetic")
"""The groups of a study that its pictures are taken from."""


def plot_recall(
    result: xr.Dataset | xr.DataTree,
    patterns: Patterns | None = None,
    *,
    pattern: str | int | None = None,
    times: Iterable[float] | None = None,
) -> Panels:
    r"""$\langle\sigma^z_i\rangle$ as pictures: the stored pattern, and the spins at several times.

    Parameters
    ----------
    result : xarray.Dataset or xarray.DataTree
        What `evolve` of a theory returned, with `spin_z` (time, spin). Of what `study.run_study` returned, or the file
        it was saved in, four pictures: stored, corrupted, recalled by coherent motion, recalled by single flips.
    patterns : Patterns, optional
        The memory, if the model of the result has none. Patterns without a shape are laid out in reading order.
    pattern : str or int, optional
        Which of them is recalled; the one closest to the last spins if left out.
    times : iterable of float, optional
        Up to six times, of which the nearest there are are shown; four between the first and the last if left out.

    Returns
    -------
    array of matplotlib.axes.Axes

    Raises
    ------
    ArgumentError
        If the result is another one, no patterns are known, or there is no such pattern or time.
    """
    if isinstance(result, xr.DataTree):
        if not (patterns is None and pattern is None and times is None):
            raise ArgumentError(
                "Arguments `patterns`, `pattern` and `times` are for one evolution: take one group of the tree, such "
                'as `tree["kinetic"].to_dataset()`.'
            )
        return _of_study(result)
    require("recall", result)
    memory = memory_of(result) if patterns is None else patterns
    place = recalled_in(result, memory) if pattern is None else memory.index(pattern)
    name = memory.names[place]
    pictures = [(f"stored: {name}", memory[place].astype(np.float64), "")]
    for spins in _at(result, times):
        overlap = float(memory.overlaps(spins.values)[place])
        pictures.append((f"t = {float(spins['time']):.3g}", spins.values, f"overlap {overlap:.2f}"))
    return _strip(pictures, memory.shape)


def memory_of(result: xr.Dataset) -> Patterns:
    """The patterns of the model behind a result.

    Raises
    ------
    ArgumentError
        If it has none of as many spins.
    """
    memory = _memory(result)
    if memory is None:
        raise ArgumentError("Argument `patterns` must be given, because the model of this result holds none.")
    return memory


def shows_recall(result: xr.Dataset) -> bool:
    """Whether the model behind an evolution holds the patterns that its spins are compared with."""
    return _memory(result) is not None


def _memory(result: xr.Dataset) -> Patterns | None:
    """The patterns of the model behind a result, if it has some of as many spins."""
    try:
        model = model_of(result)
    except ResultFileError:
        return None
    found = [getattr(model, name, None) for name in ("patterns", "memory")]
    fitting = [one for one in found if isinstance(one, Patterns) and one.n_spins == result.sizes["spin"]]
    return fitting[0] if fitting else None


def recalled_in(result: xr.Dataset, memory: Patterns) -> int:
    """The pattern closest to the last spins, or to their mirror image."""
    if memory.n_spins != result.sizes["spin"]:
        raise ArgumentError(
            f"Argument `patterns` must have {result.sizes['spin']} spins, as the result has, but has {memory.n_spins}."
        )
    return int(np.abs(memory.overlaps(result["spin_z"].isel(time=-1).values)).argmax())


def _at(result: xr.Dataset, times: Iterable[float] | None) -> Iterable[xr.DataArray]:
    """The spins at the times to show."""
    spins = result["spin_z"].transpose("time", "spin")
    if times is None:
        places = np.unique(np.linspace(0, spins.sizes["time"] - 1, PICTURES).round().astype(int))
        return [spins.isel(time=int(place)) for place in places]
    asked = np.asarray(list(times), dtype=np.float64)
    known = result["time"].values
    if not 0 < asked.size <= MOST_PICTURES or not ((known[0] <= asked) & (asked <= known[-1])).all():
        raise ArgumentError(
            f"Argument `times` must hold one to {MOST_PICTURES} times from {known[0]:g} to {known[-1]:g}, but is "
            f"{asked.tolist()}."
        )
    return [spins.sel(time=time, method="nearest") for time in asked]


def _of_study(tree: xr.DataTree) -> Panels:
    """The pictures of a study."""
    missing = [name for name in STAGES if name not in tree.children]
    if missing:
        raise ArgumentError(
            f"Argument `result` must be what `study.run_study` returned, but lacks the groups {', '.join(missing)}. "
            "Finish the run, or take the group of one evolution."
        )
    patterns, mean_field, kinetic = (tree.children[name].to_dataset() for name in STAGES)
    name = tree.attrs["recalled"]
    stages = [
        (f"stored: {name}", patterns["stored"].sel(pattern=name), None),
        ("corrupted", patterns["start"], kinetic["overlap"].isel(time=0).mean("run")),
        ("mean field", mean_field["spin_z"].isel(time=-1), mean_field["overlap"].isel(time=-1)),
        ("single flips", kinetic["spin_z"].isel(time=-1), kinetic["overlap"].isel(time=-1).mean("run")),
    ]
    rows = patterns.attrs.get("rows")
    shape = None if rows is None else (int(rows), int(patterns.attrs["columns"]))
    return _strip(
        [
            (title, spins.values, "" if overlap is None else f"overlap {float(overlap.sel(pattern=name)):.2f}")
            for title, spins, overlap in stages
        ],
        shape,
    )


def _strip(pictures: list[tuple[str, FloatArray, str]], shape: tuple[int, int] | None) -> Panels:
    """Pictures side by side, each with its title and what stands below it."""
    rows, columns = image(pictures[0][1], shape).shape
    with house_style():
        width = (PAGE - 0.9) / len(pictures) - 0.1
        figure = new_figure(PAGE, min(width * rows / columns, 3.0) + 0.6)
        row = figure.subplots(1, len(pictures), squeeze=False)[0]
        for axes, (title, spins, below) in zip(row, pictures, strict=True):
            picture = draw_spins(axes, spins, shape)
            axes.set_title(title)
            axes.set_xlabel(below)
        bar = figure.colorbar(picture, ax=row, shrink=0.7, ticks=[-1, 0, 1])
        bar.set_label(r"$\langle\sigma^z_i\rangle$")
    return row_of(row)


def draw_spins(axes: Axes, spins: FloatArray, shape: tuple[int, int] | None) -> AxesImage:
    """Spins as a picture: up is black."""
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(True)
    return axes.imshow(image(spins, shape), cmap="gray_r", vmin=-1, vmax=1, interpolation="nearest")


def image(spins: FloatArray, shape: tuple[int, int] | None) -> FloatArray:
    """The spins as an image; without a shape they are laid out in reading order on a nearly square grid."""
    if shape is not None:
        return np.reshape(spins, shape)
    columns = int(np.ceil(np.sqrt(spins.size)))
    rows = -(-spins.size // columns)
    padded = np.full(rows * columns, np.nan)
    padded[: spins.size] = spins
    return padded.reshape(rows, columns)
