"""All figures of a study, as PNG files."""

from collections.abc import Callable
from pathlib import Path

import xarray as xr
from matplotlib.figure import Figure

from cavity_hopfield.plots.rates import rates_figure
from cavity_hopfield.plots.recall import overlaps_figure, recall_figure

FIGURES: dict[str, Callable[[xr.DataTree], Figure]] = {
    "rates": lambda tree: rates_figure(tree.children["rates"].to_dataset()),
    "recall": recall_figure,
    "overlaps": overlaps_figure,
}
"""The figures of a study by name."""


def save_figures(tree: xr.DataTree, folder: str | Path, kinds: tuple[str, ...] = tuple(FIGURES)) -> list[Path]:
    """Draw the figures `kinds` of a study and write them as PNG into `folder`, which must exist.

    Returns
    -------
    list of pathlib.Path
        The files written.
    """
    paths = []
    for kind in kinds:
        path = Path(folder) / f"{kind}.png"
        FIGURES[kind](tree).savefig(path)
        paths.append(path)
    return paths
