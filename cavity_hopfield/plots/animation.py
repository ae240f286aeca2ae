"""A recall as a film: the spins, and beside them the overlaps as they grow."""

from pathlib import Path
from typing import Any, cast

import numpy as np
import xarray as xr
from matplotlib.animation import AbstractMovieWriter, FFMpegWriter, PillowWriter
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cavity_hopfield._checks import real_number
from cavity_hopfield._typing import FloatArray
from cavity_hopfield.dynamics import Progress
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.hopfield import Patterns
from cavity_hopfield.plots.canvas import drafted
from cavity_hopfield.plots.overlaps import MOST_PATTERNS
from cavity_hopfield.plots.recall import draw_spins, image, memory_of, recalled_in
from cavity_hopfield.plots.requirements import require
from cavity_hopfield.plots.style import FAINT, house_style, look

FILMS: dict[str, Any] = {".gif": PillowWriter, ".mp4": FFMpegWriter}
"""What writes each kind of film."""
SIZE = (6.4, 2.8)
"""Inches; with the resolution an even number of pixels, as films want it."""
RESOLUTION = 120


def animate_recall(
    result: xr.Dataset,
    path: str | Path,
    patterns: Patterns | None = None,
    *,
    frames_per_second: float = 12.0,
    progress: Progress | None = None,
) -> Path:
    r"""$\langle\sigma^z_i\rangle(t)$ as a film, a frame for each time, beside the overlaps with the patterns.

    Parameters
    ----------
    result : xarray.Dataset
        What `evolve` of a theory returned, with `spin_z` (time, spin).
    path : path
        Where the film goes: `.gif`, or `.mp4`, which needs the program ffmpeg. An older file is replaced when the film
        is complete.
    patterns : Patterns, optional
        The memory, if the model of the result has none.
    frames_per_second : float
        How fast the times follow one another.
    progress : callable, optional
        Told the fraction of the frames that are drawn.

    Returns
    -------
    pathlib.Path
        The file written.

    Raises
    ------
    ArgumentError
        If the result is another one, no patterns are known, the suffix is unknown, or ffmpeg is not there.
    ResultFileError
        If the file cannot be written.

    Examples
    --------
    >>> from cavity_hopfield import Glauber, KineticMonteCarlo, OpenHopfield, letters
    >>> memory = letters("EV")
    >>> start = memory.corrupted("E", flips=0.2, seed=1)
    >>> network = OpenHopfield(memory, Glauber(0.1))
    >>> recall = KineticMonteCarlo(runs=1, seed=1).evolve(network, start, [0.0, 2.0, 4.0])
    >>> animate_recall(recall, getfixture("tmp_path") / "recall.gif").name
    'recall.gif'
    """
    require("recall", result)
    memory = memory_of(result) if patterns is None else patterns
    place = recalled_in(result, memory)
    spins = result["spin_z"].transpose("time", "spin").values
    times = result["time"].values
    target = Path(path)
    writer = _writer(target, real_number("frames_per_second", frames_per_second, above=0.0))
    with house_style(), drafted(target) as draft:
        film = _Film(times, spins, memory, place)
        with writer.saving(film.figure, str(draft), RESOLUTION):
            for frame in range(times.size):
                film.show(frame)
                writer.grab_frame()
                if progress is not None:
                    progress((frame + 1) / times.size)
    return target


def _writer(target: Path, frames_per_second: float) -> AbstractMovieWriter:
    """What writes a film of that suffix."""
    kind = FILMS.get(target.suffix.lower())
    if kind is None:
        raise ArgumentError(f"Argument `path` must end with {' or '.join(FILMS)}, but is {str(target)!r}.")
    if not kind.isAvailable():
        raise ArgumentError(
            f"Argument `path` must end with .gif here, but is {str(target)!r}: {target.suffix} needs the program "
            "ffmpeg, which is not there. Install it, as by `apt install ffmpeg` or `conda install ffmpeg`, or name "
            'its place, `matplotlib.rcParams["animation.ffmpeg_path"]`.'
        )
    return cast("AbstractMovieWriter", kind(fps=frames_per_second))


class _Film:
    """The picture and the curves of one recall, of which every frame shows one more time."""

    def __init__(self, times: FloatArray, spins: FloatArray, memory: Patterns, place: int) -> None:
        self.times, self.spins, self.shape = times, spins, memory.shape
        self.overlaps = memory.overlaps(spins)
        self.figure = Figure(figsize=SIZE, layout="constrained")
        stored, now, curves = self.figure.subplots(1, 3, width_ratios=[1, 1, 1.7])
        draw_spins(stored, memory[place].astype(np.float64), self.shape)
        stored.set_title(f"stored: {memory.names[place]}")
        self.now = now
        self.picture = draw_spins(now, spins[0], self.shape)
        shown = sorted({place, *range(min(memory.n_patterns, MOST_PATTERNS - 1))})
        self.curves = {k: curves.plot([], [], label=memory.names[k], **look(n))[0] for n, k in enumerate(shown)}
        _frame(curves, times, self.overlaps[:, shown])
        self.show(times.size - 1)
        self.figure.draw_without_rendering()
        self.figure.set_layout_engine("none")  # frames must not jump

    def show(self, frame: int) -> None:
        """The spins at one time, and the overlaps until then."""
        self.now.set_title(f"t = {self.times[frame]:.3g}")
        self.picture.set_data(image(self.spins[frame], self.shape))
        for k, curve in self.curves.items():
            curve.set_data(self.times[: frame + 1], self.overlaps[: frame + 1, k])


def _frame(axes: Axes, times: FloatArray, overlaps: FloatArray) -> None:
    """Axes that hold the curves from the first frame on."""
    axes.axhline(0.0, color=FAINT, linewidth=0.8, zorder=0)
    axes.set_xlim(times[0], times[-1] if times[-1] > times[0] else times[0] + 1.0)
    axes.set_ylim(min(-0.25, float(overlaps.min()) - 0.05), 1.05)
    axes.set_xlabel(r"time (units of $1/\omega$)")
    axes.set_ylabel("overlap")
    axes.legend(title="pattern", loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3)
