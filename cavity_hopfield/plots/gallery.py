"""All figures of a study, as PNG files."""

import json
from collections.abc import Callable
from pathlib import Path

import xarray as xr
from matplotlib.figure import Figure

from cavity_hopfield.elimination import Certificate
from cavity_hopfield.exceptions import ResultFileError
from cavity_hopfield.plots.rates import rates_figure
from cavity_hopfield.plots.recall import overlaps_figure, recall_figure
from cavity_hopfield.plots.validity import certificate_figure

FIGURES: dict[str, Callable[[xr.DataTree], Figure]] = {
    "rates": lambda tree: rates_figure(tree.children["rates"].to_dataset()),
    "recall": recall_figure,
    "overlaps": overlaps_figure,
    "certificate": lambda tree: certificate_figure(Certificate.from_dict(json.loads(tree.attrs["certificate"]))),
}
"""The figures of a study by name."""
GROUPS: dict[str, set[str]] = {
    "rates": {"rates"},
    "recall": {"patterns", "kinetic", "mean_field"},
    "overlaps": {"kinetic", "mean_field"},
    "certificate": set(),
}
"""The groups of a result that each figure needs."""


def save_figures(tree: xr.DataTree, folder: str | Path, kinds: tuple[str, ...] = tuple(FIGURES)) -> list[Path]:
    """Draw the figures `kinds` of a study and write them as PNG into `folder`, which must exist.

    Returns
    -------
    list of pathlib.Path
        The files written.

    Raises
    ------
    ResultFileError
        If the result lacks what a figure needs, or a file cannot be written.
    """
    paths = []
    for kind in kinds:
        missing = GROUPS[kind] - set(tree.children)
        if missing:
            raise ResultFileError(
                f"The figure `{kind}` needs the groups {sorted(GROUPS[kind])}, but the result lacks {sorted(missing)}. "
                "Finish the run, or draw another kind."
            )
        path = Path(folder) / f"{kind}.png"
        try:
            FIGURES[kind](tree).savefig(path)
        except OSError as error:
            raise ResultFileError(f"Cannot write {path}: {error.strerror}.") from error
        paths.append(path)
    return paths
