"""The light as the read-out: the transition at every level of theory, and a recall seen from outside."""

from collections.abc import Iterable, Mapping

import numpy as np
import xarray as xr
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import to_hex

from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.plots.canvas import Panels, new_figure, row_of
from cavity_hopfield.plots.requirements import require
from cavity_hopfield.plots.style import CYCLE, DASHES, GREY, PAGE, SEQUENTIAL, house_style
from cavity_hopfield.plots.wigner import at_time, draw_wigner

RUNG_STYLES: Mapping[str, tuple[str, str]] = {
    "Lindblad": ("o", ""),
    "QuantumJumps": ("P", ""),
    "Heterodyne": ("X", ""),
    "PermutationSymmetric": ("x", ""),
    "TruncatedWigner": ("^", ""),
    "AtomOnly": ("D", ""),
    "Cumulants": ("", "-"),
    "MeanField": ("", "--"),
    "Linearised": ("", ":"),
}
"""Marker and line of each level of theory: what is exact or sampled has points, what is an equation of means a line."""
LIGHT, DARK = 0.8, 0.0
"""The few spins and the many, as places on the sequential colours."""


def plot_transition(curves: Iterable[xr.Dataset]) -> Panels:
    """Order parameter and photons per spin across the transition, all levels of theory on one axis.

    Parameters
    ----------
    curves : iterable of xarray.Dataset
        Each with `order` (coupling) and `photons_per_spin` (coupling), perhaps `order_error` and
        `photons_per_spin_error`, and the attributes `rung` (the name of the theory) and `spins` (their number, 0 for
        infinitely many). `coupling` is in units of the critical one.

    Returns
    -------
    array of matplotlib.axes.Axes

    Raises
    ------
    ArgumentError
        If there are no curves, or one is of an unknown theory.
    """
    given = list(curves)
    for curve in given:
        require("transition", curve, "curves")
    unknown = [curve.attrs.get("rung") for curve in given if curve.attrs.get("rung") not in RUNG_STYLES]
    if not given or unknown:
        raise ArgumentError(
            f"Argument `curves` must hold curves of {', '.join(RUNG_STYLES)}, but holds {unknown or 'none'}."
        )
    sizes = sorted({int(curve.attrs["spins"]) for curve in given} - {0})
    shades = colormaps[SEQUENTIAL](np.linspace(LIGHT, DARK, len(sizes)))
    colours = {0: "black"} | {size: to_hex(shade) for size, shade in zip(sizes, shades, strict=True)}
    with house_style():
        left, right = new_figure(PAGE, 4.2).subplots(1, 2)
        for curve in given:
            for axes, name in ((left, "order"), (right, "photons_per_spin")):
                _draw(axes, curve, name, colours[int(curve.attrs["spins"])])
        for axes in (left, right):
            axes.axvline(1.0, color=GREY, linewidth=0.8, zorder=0)
            axes.set_xlabel("coupling beside the critical one, $g / g_c$")
        left.set_ylabel(r"order parameter $\langle m^2 \rangle^{1/2}$")
        left.set_ylim(0, 1.02)
        right.set_ylabel(r"photons per spin, $\langle a^\dagger a \rangle / N$")
        right.set_yscale("log")
        _keys(left, right, given, colours)
    return row_of((left, right))


def plot_light_recall(
    recalls: xr.Dataset, phase_space: Mapping[tuple[str, str], xr.Dataset], runs: tuple[int, int] = (0, 1)
) -> Panels:
    """Two recalls as the light of the modes tells them, and the light of each mode given the memory.

    Parameters
    ----------
    recalls : xarray.Dataset
        What `recall_from_light` returned, for two patterns.
    phase_space : mapping from (memory, mode) to xarray.Dataset
        What `wigner` returned at one time: the light of a mode given that a memory is being recalled; two by two.
    runs : two ints
        Which runs are drawn.

    Returns
    -------
    array of matplotlib.axes.Axes

    Raises
    ------
    ArgumentError
        If there are not two patterns, or not four Wigner functions.
    """
    require("recall_from_light", recalls, "recalls")
    names = [str(name) for name in recalls["pattern"].values]
    if len(names) != 2 or len(phase_space) != 4:
        raise ArgumentError(
            f"Arguments `recalls` and `phase_space` must hold two patterns and two by two Wigner functions, but hold "
            f"{len(names)} and {len(phase_space)}."
        )
    for light in phase_space.values():
        require("wigner", light, "phase_space")
    with house_style():
        figure = new_figure(PAGE, 4.4)
        grid = figure.add_gridspec(2, 4, width_ratios=[1, 1, 1.1, 1.1])
        for row, run in enumerate(runs):
            _draw_recall(figure.add_subplot(grid[row, :2]), recalls.isel(run=run), names, last=row == 1)
        scale = max(float(np.abs(one["wigner"]).max()) for one in phase_space.values())
        for place, ((memory, mode), light) in enumerate(phase_space.items()):
            axes = figure.add_subplot(grid[place // 2, 2 + place % 2])
            image = draw_wigner(axes, at_time(light, None), scale)
            axes.set_title(f"light of mode {mode},\nspins in {memory}")
            axes.set(**{f"{side}label": "" for side, outer in (("x", place > 1), ("y", place % 2 == 0)) if not outer})
        panels = row_of(figure.axes)
        figure.colorbar(image, ax=list(panels[2:]), label=r"$W(\alpha)$", shrink=0.8, location="bottom", aspect=40)
    return panels


def _draw(axes: Axes, curve: xr.Dataset, name: str, colour: str) -> None:
    marker, line = RUNG_STYLES[curve.attrs["rung"]]
    error = curve[f"{name}_error"].values if f"{name}_error" in curve else None
    axes.errorbar(
        curve["coupling"].values,
        curve[name].values,
        yerr=error,
        color=colour,
        marker=marker or None,
        linestyle=line or "none",
        markerfacecolor="white" if marker == "^" else colour,
        linewidth=1.3,
    )


def _keys(left: Axes, right: Axes, given: list[xr.Dataset], colours: Mapping[int, str]) -> None:
    """One legend of sizes, one of theories."""
    for size, colour in colours.items():
        if any(int(curve.attrs["spins"]) == size for curve in given):
            left.plot([], [], color=colour, linewidth=4, label=rf"$N = {size}$" if size else r"$N \to \infty$")
    left.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
    for rung, (marker, line) in RUNG_STYLES.items():
        if any(curve.attrs["rung"] == rung for curve in given):
            fill = "white" if marker == "^" else "0.3"
            right.plot(
                [], [], color="0.3", marker=marker or None, linestyle=line or "none", label=rung, markerfacecolor=fill
            )
    right.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)


def _draw_recall(axes: Axes, run: xr.Dataset, names: list[str], *, last: bool) -> None:
    times = run["time"].values
    for k, name in enumerate(names):
        told, noise = run["overlap"].values[:, k], run["overlap_noise"].values[:, k]
        axes.fill_between(times, told - noise, told + noise, color=CYCLE[k], alpha=0.25, linewidth=0)
        seen, true = DASHES[2 * k], DASHES[2 * k + 1]
        axes.plot(times, told, color=CYCLE[k], linestyle=seen, linewidth=1.0, label=f"{name}, from the light")
        if "true_overlap" in run:
            axes.plot(times, run["true_overlap"].values[:, k], color=CYCLE[k], linestyle=true, label=f"{name}, spins")
    axes.axhline(0.0, color=GREY, linewidth=0.8, zorder=0)
    axes.set_ylim(-1.6, 1.6)
    axes.set_ylabel("overlap")
    if last:
        axes.set_xlabel(r"time ($1/\omega$)")
    else:
        axes.legend(ncols=2, loc="lower center", bbox_to_anchor=(0.5, 1.0))
