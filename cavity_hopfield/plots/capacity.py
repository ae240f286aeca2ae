"""How many patterns fit: the diagram of temperature and load, and the recalled fraction of finite networks."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.plots.style import BLUE, CYCLE, DASHES, SKY, VERMILION, house_style

INK = "0.1"
MARKERS = "os^Dv<"
RETRIEVAL, GROUND, GLASS = SKY, BLUE, "0.9"
LINE_STYLES = {
    "retrieval": ("retrieval is lost, $T_M$", "-"),
    "ground_state": ("retrieval has the lowest free energy below, $T_c$", "--"),
    "replica_symmetry": ("replica symmetry is broken below, $T_R$", ":"),
}
GLASS_TEXT = "spin glass begins, $T_g = 1 + \\sqrt{\\alpha}$"
NEEDED = {
    "boundaries": ("phase_boundaries", (*LINE_STYLES, "temperature")),
    "recall": ("recall_fraction", ("recalled", "recalled_low", "recalled_high", "patterns", "spins")),
    "points": ("thermal_recall", ("sets_recalled", "load_used", "temperature", "overlap_in_set")),
    "capacity": ("recall_capacity", ("half_load", "half_load_error", "asymptote", "slope", "chi_square", "spins")),
}
"""What each argument comes from, and what is drawn of it."""
PLACES = 200
HIGHEST = 1.5


def capacity_figure(
    boundaries: xr.Dataset,
    recall: xr.Dataset,
    *,
    points: xr.Dataset | None = None,
    capacity: xr.Dataset | None = None,
    largest_load: float = 0.16,
) -> Figure:
    r"""Where patterns are remembered, over load and temperature, with simulated points; the recalled fraction against
    the load for several N; and the load at which half are recalled against $N^{-\gamma}$, down to $N \to \infty$.

    Parameters
    ----------
    boundaries : xarray.Dataset
        What `phase_boundaries` returned.
    recall : xarray.Dataset
        What `recall_fraction` returned.
    points : xarray.Dataset, optional
        What `thermal_recall` returned.
    capacity : xarray.Dataset, optional
        What `recall_capacity` returned for `recall`; the third panel.
    largest_load : float
        End of the load axis of the diagram.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ArgumentError
        If a dataset is another one.
    """
    for name, given in (("boundaries", boundaries), ("recall", recall), ("points", points), ("capacity", capacity)):
        if given is not None or name in {"boundaries", "recall"}:
            _require(name, given)
    with house_style():
        panels = 2 if capacity is None else 3
        figure = Figure(figsize=(4.4 * panels, 5.4), layout="constrained")
        axes = figure.subplots(1, panels)
        _draw_diagram(axes[0], boundaries, points, largest_load)
        last = _critical_load(boundaries)
        _draw_recall(axes[1], recall, last)
        if capacity is not None:
            _draw_capacity(axes[2], capacity, last)
        for panel in axes:
            panel.legend(loc="upper left", bbox_to_anchor=(-0.05, -0.14), ncols=1, handlelength=2.6)
    return figure


def _require(name: str, given: object) -> None:
    """An error unless what was given as `name` holds what is drawn of it."""
    maker, needed = NEEDED[name]
    if not isinstance(given, xr.Dataset) or any(variable not in given.variables for variable in needed):
        raise ArgumentError(f"Argument `{name}` must be what `{maker}` returned, but is something else.")


def _draw_diagram(axes: Axes, boundaries: xr.Dataset, points: xr.Dataset | None, end: float) -> None:
    """The lines, the phases as colours, and the points."""
    heats = boundaries["temperature"].values
    remembered = np.isfinite(boundaries["retrieval"].values)
    cold = heats[remembered]
    last, first_order = (boundaries[name].values[remembered] for name in ("retrieval", "ground_state"))
    loads = np.linspace(0.0, end, PLACES)
    glass = 1 + np.sqrt(loads)
    axes.fill_between(loads, 0.0, glass, color=GLASS, linewidth=0)
    axes.fill_betweenx(cold, 0.0, last, color=RETRIEVAL, alpha=0.45, linewidth=0)
    axes.fill_betweenx(cold, 0.0, first_order, color=GROUND, alpha=0.45, linewidth=0)
    for name, (text, dashes) in LINE_STYLES.items():
        axes.plot(boundaries[name].values, heats, color=INK, linestyle=dashes, label=text)
    axes.plot(loads, glass, color=INK, linestyle="-.", label=GLASS_TEXT)
    if points is not None:
        _draw_points(axes, points)
    for place, text in (((0.6, 0.65), "spin glass"), ((0.05, 0.93), "paramagnet"), ((0.4, 0.04), "metastable")):
        axes.text(*place, text, transform=axes.transAxes)
    axes.text(0.05, 0.25, "recall", transform=axes.transAxes)
    axes.set_xlim(0.0, end)
    axes.set_ylim(0.0, HIGHEST)
    axes.set_xlabel(r"load $\alpha = P/N$")
    axes.set_ylabel("temperature $T$ (field of one pattern)")
    axes.spines[:].set_visible(True)


def _draw_points(axes: Axes, points: xr.Dataset) -> None:
    """At the loads that the runs had: full where all sets of patterns recall, open where none does, half between."""
    kept, sets = points["sets_recalled"].values, points.sizes["sample"]
    for chosen, fill, face, text in (
        (kept == sets, "full", VERMILION, "recalled"),
        ((kept > 0) & (kept < sets), "left", VERMILION, "recalled with some sets of patterns"),
        (kept == 0, "full", "white", "not recalled"),
    ):
        if chosen.any():
            axes.plot(
                points["load_used"].values[chosen],
                points["temperature"].values[chosen],
                "o",
                color=face,
                fillstyle=fill,
                markerfacecoloralt="white",
                markeredgecolor=VERMILION,
                markersize=5,
                linestyle="none",
                label=f"{text} in runs",
                zorder=4,
            )


def _critical_load(boundaries: xr.Dataset) -> float | None:
    """That of zero temperature, if the lines go down to it."""
    cold = boundaries.isel(temperature=0)
    return float(cold["retrieval"]) if float(cold["temperature"]) == 0 else None


def _draw_recall(axes: Axes, recall: xr.Dataset, last: float | None) -> None:
    """The fraction for each N."""
    for k, size in enumerate(recall["spins"].values):
        here = recall.isel(spins=k)
        loads = here["patterns"].values / size
        reach = here["recalled"] - here["recalled_low"], here["recalled_high"] - here["recalled"]
        axes.errorbar(
            loads,
            here["recalled"],
            [part.values for part in reach],
            color=CYCLE[k % len(CYCLE)],
            marker=MARKERS[k % len(MARKERS)],
            markersize=4,
            linewidth=1.2,
            elinewidth=0.8,
            label=f"$N = {size}$",
        )
    if last is not None:
        axes.axvline(last, color=INK, linewidth=1.2, label=rf"$\alpha_c = {last:.4f}$")
    axes.set_ylim(-0.02, 1.02)
    axes.set_xlabel(r"load $\alpha = P/N$")
    axes.set_ylabel("fraction of the patterns recalled at $T = 0$")


def _draw_capacity(axes: Axes, capacity: xr.Dataset, last: float | None) -> None:
    """The load of half recall against the first power of N, and what each straight line says of the limit."""
    sizes, powers = capacity["spins"].values, capacity["exponent"].values
    first = float(powers[0])
    axes.errorbar(
        sizes**-first,
        capacity["half_load"],
        capacity["half_load_error"],
        color=INK,
        marker="o",
        markersize=4,
        linestyle="none",
        label="half of the patterns recalled",
    )
    along = np.linspace(0.0, 1.05 * sizes.min() ** -first, PLACES)
    for k, power in enumerate(powers):
        one = capacity.isel(exponent=k)
        asymptote, error = float(one["asymptote"]), float(one["asymptote_error"])
        axes.plot(
            along,
            asymptote + float(one["slope"]) * along ** (power / first),
            color=CYCLE[k % len(CYCLE)],
            linestyle=DASHES[k % len(DASHES)],
            label=rf"$\gamma = {power:.2g}$: {asymptote:.4f} $\pm$ {error:.4f}, "
            rf"$\chi^2 = {float(one['chi_square']):.1f}/{int(one['degrees_of_freedom'])}$",
        )
    if last is not None:
        axes.plot(
            0.0, last, "D", color=VERMILION, markersize=5, clip_on=False, label=rf"$\alpha_c = {last:.4f}$", zorder=4
        )
    axes.set_xlim(0.0, along[-1])
    axes.set_xlabel(rf"$N^{{-{first:.2g}}}$")
    axes.set_ylabel(r"load $\alpha_{1/2}$ of half recall")
