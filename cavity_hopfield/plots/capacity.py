"""How many patterns fit: the diagram of temperature and load, and the recalled fraction of finite networks."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from cavity_hopfield.plots.canvas import Panels, new_figure, row_of
from cavity_hopfield.plots.requirements import require
from cavity_hopfield.plots.style import BLUE, INK, PAGE, SKY, VERMILION, house_style, look, marked

RETRIEVAL, GROUND, GLASS = SKY, BLUE, "0.9"
LINE_STYLES = {
    "retrieval": ("retrieval is lost, $T_M$", "-"),
    "ground_state": ("retrieval lowest in free energy below, $T_c$", "--"),
    "replica_symmetry": ("replica symmetry is broken below, $T_R$", ":"),
}
GLASS_TEXT = "spin glass begins, $T_g = 1 + \\sqrt{\\alpha}$"
PLACES = 200
HIGHEST = 1.5


def plot_capacity(
    boundaries: xr.Dataset,
    recall: xr.Dataset,
    *,
    points: xr.Dataset | None = None,
    capacity: xr.Dataset | None = None,
    largest_load: float = 0.16,
) -> Panels:
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
    array of matplotlib.axes.Axes

    Raises
    ------
    ArgumentError
        If a dataset is another one.
    """
    require("boundaries", boundaries, "boundaries")
    require("recall_fraction", recall, "recall")
    for name, given in (("points", points), ("capacity", capacity)):
        if given is not None:
            require(name, given, name)
    with house_style():
        figure = new_figure(PAGE, 6.0)
        grid = figure.add_gridspec(2, 2, height_ratios=[1.1, 1.0])
        places = [grid[0, 0], grid[1, :]] if capacity is None else [grid[0, 0], grid[1, 0], grid[1, 1]]
        axes = [figure.add_subplot(place) for place in places]
        _draw_diagram(axes[0], boundaries, points, largest_load)
        last = _critical_load(boundaries)
        _draw_recall(axes[1], recall, last)
        if capacity is not None:
            _draw_capacity(axes[2], capacity, last)
        axes[0].legend(loc="center left", bbox_to_anchor=(1.02, 0.5)).set_in_layout(False)  # in the free quarter
        for panel, columns in zip(axes[1:], (3, 1), strict=False):
            panel.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=columns, columnspacing=1.0)
    return row_of(axes)


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
            elinewidth=0.8,
            label=f"$N = {size}$",
            **marked(k),
        )
    if last is not None:
        axes.axvline(last, color=INK, linewidth=1.2, label=rf"$\alpha_c = {last:.4f}$")
    axes.set_ylim(-0.02, 1.02)
    axes.set_xlabel(r"load $\alpha = P/N$")
    axes.set_ylabel("fraction recalled at $T = 0$")


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
            **look(k),
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
