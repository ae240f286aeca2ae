"""Phase diagrams, flux diagrams and basins of attraction of the open network of many spins."""

from collections.abc import Sequence

import numpy as np
import xarray as xr
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.colors import BoundaryNorm, ListedColormap
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from cavity_hopfield._typing import BoolArray, FloatArray
from cavity_hopfield.analysis.class_dynamics import ClassDynamics, require_limit
from cavity_hopfield.analysis.cycles.flow import Flow
from cavity_hopfield.analysis.equilibria.fixed_points import fixed_points
from cavity_hopfield.analysis.phases.fates import relaxation_rate
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.model import Glauber
from cavity_hopfield.network import HopfieldLimit
from cavity_hopfield.plots.canvas import Panels, new_figure, on_axes, row_of
from cavity_hopfield.plots.requirements import require
from cavity_hopfield.plots.style import BLUE, GREEN, INK, ORANGE, PAGE, PURPLE, SKY, VERMILION, YELLOW, house_style

PHASE_COLOURS = {
    "paramagnet": "0.93",
    "retrieval": SKY,
    "mixture": BLUE,
    "paramagnet_and_retrieval": PURPLE,
    "limit_cycle": ORANGE,
    "fixed_points_and_limit_cycle": GREEN,
    "undetermined": "0.4",
}
PHASE_HATCHES = {"limit_cycle": "////", "fixed_points_and_limit_cycle": "xxxx", "paramagnet_and_retrieval": "...."}
"""Told apart in grey, too: what oscillates is hatched."""
HATCH, UNKNOWN = "0.25", "0.7"
PHASE_TEXTS = {"fixed_points_and_limit_cycle": "retrieval and limit cycle", "undetermined": "not settled"}
LINE_STYLES = {
    "pitchfork": ("retrieval points meet zero (pitchfork)", "-", 1.6),
    "retrieval_hopf": ("retrieval points lose stability (Hopf)", "--", 1.6),
    "gluing": ("cycles are glued at zero", "-.", 1.2),
    "cycle_saddle_node": ("limit cycle appears (saddle-node)", ":", 1.6),
}
HOPF_OF_ZERO = ("zero loses stability to a cycle (Hopf)", (0, (6, 1.5, 1, 1.5, 1, 1.5)), 1.6)
AXIS_OF_PLANE = {
    "overlap m^z": "$m^z$",
    "m^y": "$m^y$",
    "overlap m_1": "overlap with the first pattern, $m^z_1$",
    "overlap m_2": "overlap with the second pattern, $m^z_2$",
}
AXIS_TEXTS = {
    "temperature": "temperature $T$ (units of the field per overlap)",
    "coupling": "scale of the couplings $g$",
    "drive": r"transverse field $\Omega$ (units of $\gamma$)",
}
PATTERN_COLOURS = [SKY, BLUE, YELLOW, VERMILION, PURPLE, "0.35"]
PUSH = 1e-2
"""Share of the way from a stable point to the origin at which one goes back in time."""
SPAN, SPANS = 40.0, 12
"""A solution settles for so many spans, in relaxation times; a turn takes two at most."""
SMALLEST_LOOP = 2e-2


def plot_phase_diagram(diagram: xr.Dataset, lines: xr.Dataset | None = None, *, axes: Axes | None = None) -> Axes:
    r"""The phases that an ensemble of runs reaches, as colours over T (or g) and $\Omega$, under the lines where they
    change.

    Parameters
    ----------
    diagram : xarray.Dataset
        What `phase_diagram` or `cavity_phase_diagram` returned.
    lines : xarray.Dataset, optional
        What `bifurcations` or, for a platform, `bifurcations_of` along "coupling" returned. For a platform, drives are
        divided by its relaxation rate.
    axes : matplotlib.axes.Axes, optional
        Where to draw; those of a new figure if left out.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ArgumentError
        If the lines run along another parameter than the diagram.
    """
    require("phase_diagram", diagram, "diagram")
    phase = diagram["phase"]
    across, up = _directions(phase)
    names = phase.attrs["flag_meanings"].split()
    with house_style():
        axes = on_axes(axes, PAGE, 3.6)
        found = _draw_phases(axes, phase.transpose(up, across), names)
        for limits, grid in ((axes.set_xlim, phase[across].values), (axes.set_ylim, phase[up].values)):
            if grid.size > 1:
                limits(grid.min(), grid.max())
        drawn = [] if lines is None else _draw_lines(axes, diagram, lines, across)
        axes.set_xlabel(_axis_text(phase[across]))
        axes.set_ylabel(_axis_text(phase[up]))
        _name_axes(axes, found, drawn)
    return axes


def _directions(phase: xr.DataArray) -> tuple[str, str]:
    """The dimensions to the right and up: the drive goes up."""
    first, second = (str(dim) for dim in phase.dims)
    return (second, first) if first == "drive" else (first, second)


def _axis_text(axis: xr.DataArray) -> str:
    name = str(axis.name)
    return AXIS_TEXTS.get(name, str(axis.attrs.get("long_name", name.replace("_", " "))))


def _draw_phases(axes: Axes, phase: xr.DataArray, names: list[str]) -> list[str]:
    """Each phase in its colour, with its hatches; the names of those that occur. What is not known stays white."""
    up, across = phase.dims
    x, y = phase[across].values, phase[up].values
    places = np.full(phase.shape, -1)
    for k, code in enumerate(np.atleast_1d(phase.attrs.get("flag_values", np.arange(len(names))))):
        places[phase.values == code] = k
    colours = ListedColormap([PHASE_COLOURS.get(name, UNKNOWN) for name in names])
    norm = BoundaryNorm(np.arange(len(names) + 1) - 0.5, len(names)) if len(names) > 1 else None
    shown = np.ma.masked_less(places, 0)
    axes.pcolormesh(x, y, shown, cmap=colours, norm=norm, shading="nearest", rasterized=True)
    found = np.unique(shown.compressed()).tolist()
    for k in found:
        _hatch(axes, (x, y), places == k, names[k])
    return [names[k] for k in found]


def _hatch(axes: Axes, grid: tuple[FloatArray, FloatArray], here: BoolArray, name: str) -> None:
    """The hatches of one phase over its colour, for those that have some."""
    if name in PHASE_HATCHES and here.any() and min(here.shape) > 1:
        with rc_context({"hatch.color": HATCH}):
            axes.contourf(*grid, here, levels=[0.5, 1.5], colors="none", hatches=[PHASE_HATCHES[name]])


def _name_axes(axes: Axes, phases: list[str], drawn: list[Line2D]) -> None:
    """A legend beside the axes."""
    texts = [PHASE_TEXTS.get(name, name.replace("_", " ")) for name in phases]
    patches = [
        Patch(
            facecolor=PHASE_COLOURS.get(name, UNKNOWN),
            edgecolor=INK,
            linewidth=0.5,
            label=text,
            hatch=PHASE_HATCHES.get(name),
        )
        for name, text in zip(phases, texts, strict=True)
    ]
    heading = Line2D([], [], linestyle="none", label="")
    handles = [*patches, heading, *drawn] if drawn else patches
    axes.legend(handles=handles, loc="center left", bbox_to_anchor=(1.02, 0.5), handlelength=2.6)
    axes.spines[:].set_visible(True)


def _draw_lines(axes: Axes, diagram: xr.Dataset, lines: xr.Dataset, across: str) -> list[Line2D]:
    """The lines of bifurcations in black, told apart by their dashes."""
    if across not in lines.dims:
        raise ArgumentError(
            f"Argument `lines` must run along {across!r}, as the diagram does, but has the dimensions "
            f"{list(lines.dims)}."
        )
    unit = _unit(diagram, across, lines[across].values)
    drawn = []
    for name, (text, dashes, width) in LINE_STYLES.items():
        if np.isfinite(lines[name]).any():
            drawn += axes.plot(
                lines[across], lines[name] / unit, color=INK, linestyle=dashes, linewidth=width, label=text
            )
    text, dashed, width = HOPF_OF_ZERO
    for value, end in zip(lines["hopf_of_zero"].values, lines["takens_bogdanov"].values, strict=True):
        start = end / float(_unit(diagram, across, np.array([value]))[0])
        top = axes.get_ylim()[1]
        drawn += axes.plot([value, value], [start, top], color=INK, linestyle=dashed, linewidth=width, label=text)
        drawn += axes.plot(
            value, start, "o", color="white", markeredgecolor=INK, markersize=6, label="Takens-Bogdanov point"
        )
    return drawn


def _unit(diagram: xr.Dataset, across: str, places: FloatArray) -> FloatArray:
    """The unit of the drive of the diagram, at `places` along its other axis."""
    if "relaxation_rate" not in diagram.coords:
        return np.ones(len(places))
    return np.asarray(np.exp(np.interp(places, diagram[across].values, np.log(diagram["relaxation_rate"].values))))


def plot_basins(basins: xr.Dataset, *, axes: Axes | None = None) -> Axes:
    """Which attractor is reached from every point of a plane of initial conditions.

    Parameters
    ----------
    basins : xarray.Dataset
        What `basins` returned.
    axes : matplotlib.axes.Axes, optional
        Where to draw; those of a new figure if left out.

    Returns
    -------
    matplotlib.axes.Axes
    """
    require("basins", basins, "basins")
    names = [str(name) for name in basins["name"].values]
    colours = attractor_colours(names)
    with house_style():
        axes = on_axes(axes, 5.2, 3.3)
        codes = np.ma.masked_less(basins["attractor"].transpose("second", "first").values, 0)
        norm = BoundaryNorm(np.arange(len(names) + 1) - 0.5, len(names)) if len(names) > 1 else None
        mesh = ListedColormap(colours)
        axes.pcolormesh(basins["first"], basins["second"], codes, cmap=mesh, norm=norm, rasterized=True)
        for k, name in enumerate(names):
            _hatch(axes, (basins["first"].values, basins["second"].values), codes.filled(-1) == k, name)
        axes.set_aspect("equal")
        axes.set_xlabel(AXIS_OF_PLANE.get(basins["first"].attrs["long_name"], "first"))
        axes.set_ylabel(AXIS_OF_PLANE.get(basins["second"].attrs["long_name"], "second"))
        shares = basins["share"].values
        patches = [
            Patch(
                facecolor=colour,
                label=f"{name.replace('_', ' ')} ({share:.0%})",
                hatch=PHASE_HATCHES.get(name),
                edgecolor=INK,
                linewidth=0.5,
            )
            for colour, name, share in zip(colours, names, shares, strict=True)
        ]
        axes.legend(handles=patches, title="from here to", loc="center left", bbox_to_anchor=(1.02, 0.5))
    return axes


def attractor_colours(names: Sequence[str]) -> list[str]:
    """A colour for each attractor: blues for patterns, and those of the phases."""
    fixed = {"paramagnet": "0.85", "limit_cycle": ORANGE, "mixture": GREEN, "unsettled": "0.4"}
    patterns = iter(PATTERN_COLOURS * len(names))
    return [fixed[name] if name in fixed else next(patterns) for name in names]


def plot_flux(limits: HopfieldLimit | Sequence[HopfieldLimit]) -> Panels:
    """Streamlines of one pattern in the plane of $m^z$ and $m^y$, with fixed points and limit cycles, for each network.

    Full circles and lines are stable, open circles and dashed lines are not.

    Parameters
    ----------
    limits : HopfieldLimit or sequence of them
        Networks with one pattern, a panel each.

    Returns
    -------
    array of matplotlib.axes.Axes

    Raises
    ------
    ArgumentError
        If a network has more than one pattern or class of spins.
    """
    networks = [limits] if isinstance(limits, HopfieldLimit) else list(limits)
    for limit in networks:
        if require_limit(limit).columns.shape != (1, 1):
            raise ArgumentError(f"Argument `limits` must hold networks of one pattern, but one has {limit.n_patterns}.")
    with house_style():
        figure = new_figure(min(2.4 * len(networks) + 0.6, PAGE), 3.1)
        panels = np.atleast_1d(figure.subplots(1, len(networks), sharey=True))
        for axes, limit in zip(panels, networks, strict=True):
            _draw_flux(axes, limit)
        panels[0].set_ylabel(AXIS_OF_PLANE["m^y"])
        figure.legend(handles=_flux_keys(), loc="outside lower center", ncols=2 if len(networks) == 1 else 4)
    return row_of(panels)


def _draw_flux(axes: Axes, limit: HopfieldLimit) -> None:
    """One panel: the flow inside the unit circle, where spins rest, where they turn."""
    dynamics = ClassDynamics(limit)
    line = np.linspace(-1.0, 1.0, 61)
    z, y = np.meshgrid(line, line)
    states = np.stack([y.ravel(), z.ravel()])
    flow = np.array([dynamics.velocity(state[:, None]) for state in states.T]).reshape(*z.shape, 2)
    flow[z**2 + y**2 > 1] = np.nan
    axes.streamplot(
        line, line, flow[..., 1], flow[..., 0], color="0.6", density=1.1, linewidth=0.6, arrowsize=0.7, zorder=1
    )
    angle = np.linspace(0, 2 * np.pi, 200)
    axes.plot(np.cos(angle), np.sin(angle), color="0.3", linewidth=0.8)
    points = fixed_points(limit)
    for k, images in enumerate(points["multiplicity"].values):
        for sign in (1, -1)[: int(images)]:
            place = sign * points["spin_z"].values[k, 0], sign * points["spin_y"].values[k, 0]
            face = BLUE if points["stable"].values[k] else "white"
            axes.plot(*place, "o", color=face, markeredgecolor=BLUE, markeredgewidth=1.4, markersize=6, zorder=4)
    for loop, stable in _cycles(dynamics, points):
        axes.plot(loop[:, 1], loop[:, 0], color=VERMILION, linestyle="-" if stable else "--", linewidth=2, zorder=3)
    axes.set_title(_title(limit))
    axes.set_aspect("equal")
    axes.set_xlim(-1.04, 1.04)
    axes.set_ylim(-1.04, 1.04)
    axes.set_xticks([-1, 0, 1])
    axes.set_yticks([-1, 0, 1])
    axes.set_xlabel(AXIS_OF_PLANE["overlap m^z"])


def _cycles(dynamics: ClassDynamics, points: xr.Dataset) -> list[tuple[FloatArray, bool]]:
    """(y, z) once around each cycle, and whether it is stable: from far out, and backward in time off stable points."""
    starts = [(np.array([1.0, 0.0]), True)]
    stable = points["stable"].values
    for y, z in zip(points["spin_y"].values[stable, 0], points["spin_z"].values[stable, 0], strict=True):
        starts.append(((1 - PUSH) * np.array([y, z]), False))
    found = []
    for start, forward in starts:
        loop = _loop(dynamics, start, forward=forward)
        if loop is not None:
            found += [(loop, forward), (-loop, forward)]
    return found


def _loop(dynamics: ClassDynamics, start: FloatArray, *, forward: bool) -> FloatArray | None:
    """The closed curve (n, 2) that a solution settles on; None if it comes to rest, or leaves the states."""
    flow, unit = Flow(dynamics, tolerance=1e-9, backward=not forward), 1 / relaxation_rate(dynamics.limit)
    state = start[:, None]
    for _ in range(SPANS):
        state = flow.path(state, np.array([SPAN * unit]))[0]
        if np.linalg.norm(state) > 1:
            return None
    path = flow.path(state, np.linspace(0, 2 * SPAN * unit, 20_000))[..., 0]
    away = np.linalg.norm(path - path[0], axis=1)
    if away.max() < SMALLEST_LOOP:
        return None
    gone = int(np.argmax(away > SMALLEST_LOOP / 2))
    back = np.flatnonzero(away[gone:] < SMALLEST_LOOP / 2)
    return path if back.size == 0 else path[: gone + int(back[0]) + 1]


def _title(limit: HopfieldLimit) -> str:
    law = limit.rate_law
    drive = rf"$\Omega = {limit.drive:.3g}$"
    return rf"$T = {law.temperature:.3g}$, {drive}" if isinstance(law, Glauber) else drive


def _flux_keys() -> list[Line2D]:
    keys = [
        Line2D([], [], color=face, linestyle="none", marker="o", markeredgecolor=BLUE, markersize=6, label=label)
        for face, label in ((BLUE, "stable point"), ("white", "unstable point"))
    ]
    full = Line2D([], [], color=VERMILION, linewidth=2, label="stable cycle")
    return [*keys, full, Line2D([], [], color=VERMILION, linewidth=2, linestyle="--", label="unstable cycle")]
