"""Where figures are drawn: into axes that are given, on a figure that a notebook or a window shows, or off screen."""

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from cavity_hopfield.exceptions import ResultFileError

Panels: TypeAlias = NDArray[np.object_]
"""The axes of a figure of several panels, in reading order."""
_OFF_SCREEN: ContextVar[bool] = ContextVar("_OFF_SCREEN", default=False)


@contextmanager
def off_screen() -> Iterator[None]:
    """Within it no figure belongs to pyplot: it goes when its axes are let go, and needs no display.

    For files drawn in a batch, on a cluster or in a thread. Outside of it figures are those of pyplot: a notebook
    shows them, and `pyplot.show` opens their windows.

    Examples
    --------
    >>> from cavity_hopfield import measured_map
    >>> from cavity_hopfield.plots import plot_validity_map
    >>> with off_screen():
    ...     panels = plot_validity_map(measured_map())
    >>> plt.get_fignums()
    []
    """
    token = _OFF_SCREEN.set(True)
    try:
        yield
    finally:
        _OFF_SCREEN.reset(token)


def new_figure(width: float, height: float) -> Figure:
    """A figure so many inches wide and high."""
    if _OFF_SCREEN.get():
        return Figure(figsize=(width, height), layout="constrained")
    return plt.figure(figsize=(width, height), layout="constrained")


def on_axes(axes: Axes | None, width: float, height: float) -> Axes:
    """`axes`, or those of a new figure so many inches wide and high."""
    return new_figure(width, height).subplots() if axes is None else axes


def row_of(axes: Iterable[Axes]) -> Panels:
    """The panels of a figure as a one-dimensional array, in reading order."""
    found = list(axes)
    row = np.empty(len(found), dtype=object)
    row[:] = found
    return row


def figure_of(axes: Axes | Panels) -> Any:
    """The figure of one panel or of several."""
    first = axes if isinstance(axes, Axes) else axes[0]
    return first.figure.canvas.figure  # the whole, also where the axes are those of a part


def save_figure(axes: Axes | Panels, path: str | Path) -> Path:
    """Write the figure of `axes` to `path`, whole or not at all, and let it go: pyplot keeps it no longer.

    Parameters
    ----------
    axes : matplotlib.axes.Axes or array of them
        What a function of this package drew, or others.
    path : path
        Its suffix names the format: `.png`, `.pdf`, `.svg`. The folder must exist.

    Returns
    -------
    pathlib.Path
        The file written.

    Raises
    ------
    ResultFileError
        If it cannot be written. An older file stays as it was.
    """
    target, figure = Path(path), figure_of(axes)
    try:
        with drafted(target) as draft:
            figure.savefig(draft, format=target.suffix[1:] or "png")
    finally:
        plt.close(figure)
    return target


@contextmanager
def drafted(target: Path) -> Iterator[Path]:
    """A place beside `target` of the same name, from where a file that is complete moves to `target`.

    Raises
    ------
    ResultFileError
        If it cannot be written.
    """
    try:
        with tempfile.TemporaryDirectory(dir=target.parent) as folder:
            draft = Path(folder) / target.name
            yield draft
            draft.replace(target)
    except (OSError, ValueError) as error:
        told = getattr(error, "strerror", None) or error
        raise ResultFileError(f"Cannot write {target}: {told}. Choose another place.") from error
