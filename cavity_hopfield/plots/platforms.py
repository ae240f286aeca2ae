"""What a degenerate cavity mediates around one ensemble: a spot, its mirror image, and a wave without range."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cavity_hopfield._checks import real_number, whole_number
from cavity_hopfield._typing import FloatArray
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.platforms.degenerate_cavity import DegenerateCavity, Interaction
from cavity_hopfield.platforms.quantities import si_array
from cavity_hopfield.plots.canvas import Panels, new_figure, row_of
from cavity_hopfield.plots.style import BLUE, DIVERGING, GREEN, GREY, PAGE, PURPLE, VERMILION, house_style

PARTS = (("local", BLUE, "--"), ("mirror", PURPLE, "-."), ("non_local", VERMILION, "-"), ("total", "black", ":"))
LEVELS = (-100, -10, -1, -0.25, 0, 0.25, 1, 10, 100, 1000)


def plot_interaction(
    cavity: DegenerateCavity,
    position_m: Any,
    spread_m: Any = 0.0,
    *,
    phase: float = 0.0,
    extent: float = 3.0,
    points: int = 241,
) -> Panels:
    r"""$D(r, r_i)$ around an ensemble at $r_i$: over the plane of the waist, and part by part along a line through it.

    Parameters
    ----------
    cavity : DegenerateCavity
        The cavity, with a resolution, or an ensemble with a width.
    position_m : (2,) array
        The ensemble, off the axis: the line through it and the centre is drawn.
    spread_m : float
        Its width, and that of the ensemble that probes the interaction.
    phase : float
        $k z$ of both from the antinode of the cosines.
    extent : float
        Half of the side of the plane, in waists.
    points : int
        Points along each side.

    Returns
    -------
    array of matplotlib.axes.Axes
        The colours of the plane end at twice what is largest outside the spots, so that the wave can be seen.

    Raises
    ------
    ArgumentError
        If the position is not one point off the axis, or the extent does not hold it.
    """
    place = si_array("position_m", position_m)
    half = real_number("extent", extent, above=0.0) * cavity.waist_m
    count = whole_number("points", points, minimum=3)
    if place.shape != (2,) or not 0 < np.linalg.norm(place) < half:
        raise ArgumentError(
            f"Argument `position_m` must be one point off the axis and within {half:.3g} m of it, but is "
            f"{place.tolist()}."
        )

    def around(probes: FloatArray) -> Interaction:
        return cavity.interaction(
            place[None], spread_m, phase, others_m=probes, other_spreads_m=spread_m, other_phases=phase
        )

    line = np.linspace(-half, half, count)
    plane = np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2)
    along = line[:, None] * place / np.linalg.norm(place)
    with house_style():
        figure = new_figure(PAGE, 3.2)
        left, right = figure.subplots(1, 2)
        _draw_plane(figure, left, around(plane), line / cavity.waist_m, place / cavity.waist_m)
        _draw_line(right, around(along), line / cavity.waist_m)
    return row_of((left, right))


def _draw_plane(figure: Figure, axes: Axes, found: Interaction, line: FloatArray, place: FloatArray) -> None:
    shape = (line.size, line.size)
    largest = 2 * float(np.abs(found.non_local).max())
    drawn = axes.pcolormesh(
        line, line, found.total.reshape(shape), cmap=DIVERGING, vmin=-largest, vmax=largest, rasterized=True
    )
    figure.colorbar(drawn, ax=axes, extend="both", label="$D(r, r_i)$ (units of one TEM$_{00}$)")
    axes.plot(*place, marker="+", color=GREEN, markersize=9, markeredgewidth=1.6)
    axes.plot(*np.array([-place, place]).T, color=GREY, linewidth=0.8, linestyle="--", zorder=1)
    axes.set_aspect("equal")
    axes.set_xlabel("$x / w_0$")
    axes.set_ylabel("$y / w_0$")


def _draw_line(axes: Axes, found: Interaction, line: FloatArray) -> None:
    for name, colour, style in PARTS:
        axes.plot(line, getattr(found, name)[0], color=colour, linestyle=style, label=name.replace("_", "-"))
    axes.axhline(0.0, color=GREY, linewidth=0.8, zorder=0)
    axes.set_yscale("symlog", linthresh=1.0)
    lowest, highest = axes.get_ylim()
    marks = [mark for mark in LEVELS if lowest <= mark <= highest]
    axes.set_yticks(marks, [f"{mark:g}" for mark in marks])
    axes.set_yticks([], minor=True)
    axes.set_xlabel("along the line through the ensemble, $r / w_0$")
    axes.set_ylabel("$D(r, r_i)$")
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
