"""Theories side by side, and until when they agree."""

from collections.abc import Iterable

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.plots.canvas import Panels, new_figure, row_of
from cavity_hopfield.plots.requirements import require
from cavity_hopfield.plots.style import CYCLE, DASHES, PAGE, house_style

MOST_PANELS = 3
BAND = 2.0
"""Half the width of a band, in standard errors."""
LABELS = {
    "overlap": "overlap",
    "overlap_x": r"overlap of $\sigma^x$",
    "overlap_y": r"overlap of $\sigma^y$",
    "magnetisation": r"mean $\sigma^z$",
    "magnetisation_x": r"mean $\sigma^x$",
    "magnetisation_y": r"mean $\sigma^y$",
    "energy": r"energy ($\omega$)",
    "spin_z": r"$\langle\sigma^z\rangle$",
    "photons": "photons",
    "amplitude_real": r"$\mathrm{Re}\,\langle a\rangle$",
    "amplitude_imag": r"$\mathrm{Im}\,\langle a\rangle$",
    "pair_real": r"$\mathrm{Re}\,\langle a^2\rangle$",
    "pair_imag": r"$\mathrm{Im}\,\langle a^2\rangle$",
    "g2": r"$g^{(2)}(0)$",
}
AGREES = "0.88"


def plot_agreement(found: xr.Dataset, observables: Iterable[str] | None = None) -> Panels:
    """The observables of all theories with bands of two standard errors, and below them until when each agrees.

    Parameters
    ----------
    found : xarray.Dataset
        The `dataset` of what `agreement` returned.
    observables : iterable of str, optional
        Which are drawn, three at most; the first of them if left out. Of patterns, modes or spins the one in which the
        theories differ most.

    Returns
    -------
    array of matplotlib.axes.Axes
        A grey bar is the time for which a theory is not found to differ from the reference; where it ends stand the
        observable that parts first and by how much.

    Raises
    ------
    ArgumentError
        If `found` is no such dataset, or an observable is not in it.
    """
    require("agreement", found, "found")
    known = [str(name) for name in found["observable"].values]
    chosen = known[:MOST_PANELS] if observables is None else list(observables)
    unknown = [name for name in chosen if name not in known]
    if unknown or not 0 < len(chosen) <= MOST_PANELS:
        raise ArgumentError(
            f"Argument `observables` must name one to {MOST_PANELS} of {', '.join(known)}, but is {chosen}."
        )
    others = [str(name) for name in found["theory"].values if name != found.attrs["reference"]]
    with house_style():
        height = 2.9 + 0.3 * max(len(others), 1) + 0.5
        figure = new_figure(PAGE if len(chosen) > 1 else 4.6, height)
        grid = figure.add_gridspec(2, len(chosen), height_ratios=[2.9, 0.3 * max(len(others), 1) + 0.5])
        for k, name in enumerate(chosen):
            _draw(figure.add_subplot(grid[0, k]), found, name)
        handles, labels = figure.axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper center", ncols=min(len(labels), 3))
        _strip(figure.add_subplot(grid[1, :]), found, others, narrow=len(chosen) == 1)
    return row_of(figure.axes)


def _colours(found: xr.Dataset) -> dict[str, str]:
    """The reference black, the others in turn."""
    others = [str(name) for name in found["theory"].values if name != found.attrs["reference"]]
    cycle = {name: CYCLE[k % len(CYCLE)] for k, name in enumerate(others)}
    return {str(found.attrs["reference"]): "black"} | cycle


def _draw(axes: Axes, found: xr.Dataset, name: str) -> None:
    """One observable of all theories."""
    values, errors = found[name], found[f"{name}_error"]
    extra = [str(dim) for dim in values.dims if dim not in {"theory", "time"}]
    label = LABELS.get(name, name)
    if extra:
        spread = (values.max("theory") - values.min("theory")).max("time").fillna(0.0)
        place = int(np.argmax(spread.values))
        told = values[extra[0]].values[place] if extra[0] in values.coords else place
        values, errors = values.isel({extra[0]: place}), errors.isel({extra[0]: place})
        label = f"{label}, {extra[0]} {told}" if found.sizes[extra[0]] > 1 else label
    times, colours = found["time"].values, _colours(found)
    for k, theory in enumerate(colours):
        one, error = values.sel(theory=theory).values, np.nan_to_num(errors.sel(theory=theory).values)
        reference = theory == found.attrs["reference"]
        axes.plot(
            times, one, color=colours[theory], label=theory, linewidth=2.6 if reference else 1.4,
            linestyle="-" if reference else DASHES[(k + (k - 1) // len(CYCLE)) % len(DASHES)], alpha=0.9,
            zorder=1.5 if reference else 2,
        )  # fmt: skip
        if error.any():
            axes.fill_between(
                times, one - BAND * error, one + BAND * error, color=colours[theory], alpha=0.2, linewidth=0
            )
    axes.set_title(label)
    axes.set_xlabel(r"time ($1/\omega$)")


def _strip(axes: Axes, found: xr.Dataset, others: list[str], *, narrow: bool) -> None:
    """A bar for each theory, until it parts from the reference."""
    times, colours = found["time"].values, _colours(found)
    begin, end = float(min(times[0], 0.0)), float(times[-1])
    for row, theory in enumerate(others):
        one, last = found.sel(theory=theory), _last_compared(found, theory)
        first = one["first_disagreement"].values
        if np.isfinite(first).any():
            place = int(np.nanargmin(first))
            until = float(first[place])
            axes.barh(row, until - begin, left=begin, height=0.62, color=AGREES)
            rest = (end if last is None else last) - until
            axes.barh(row, rest, left=until, height=0.62, color=colours[theory], alpha=0.35)
            text = f"{one['observable'].values[place]} {float(one['first_difference'][place]):+.2g}"
            left = until < begin + 0.6 * (end - begin)
            _write(axes, text, until, row, left=left)
            axes.plot([until, until], [row - 0.31, row + 0.31], color=colours[theory], linewidth=2)
        elif last is None:
            _write(axes, "nothing to compare", end, row, left=False, color="0.4")
        else:
            axes.barh(row, last - begin, left=begin, height=0.62, color=AGREES)
            seen = f"{np.nanmax(one['resolution'].values):.2g} would have been seen"
            _write(axes, seen if last == end else f"ended at t = {last:.4g}; {seen}", end, row, left=False, color="0.4")
    axes.set_yticks(range(len(others)), others)
    axes.set_ylim(len(others) - 0.5, -0.5)
    axes.set_xlim(begin, end)
    gap = "\n" if narrow else " "
    told = f"not found to differ from{gap}{found.attrs['reference']} (grey);{gap}then what parts first"
    axes.set_title(told)
    axes.set_xlabel(r"time ($1/\omega$)")


def _write(axes: Axes, text: str, time: float, row: int, *, left: bool, color: str = "black") -> None:
    """A text at a time in a row, that begins or ends there."""
    axes.annotate(
        text, (time, row), xytext=(4 if left else -4, 0), textcoords="offset points", va="center",
        ha="left" if left else "right", fontsize=8, color=color,
    )  # fmt: skip


def _last_compared(found: xr.Dataset, theory: str) -> float | None:
    """The last time at which a theory and the reference both know an observable that is compared; None if never."""
    known = np.zeros(found.sizes["time"], bool)
    for name in map(str, found["observable"].values):
        if np.isfinite(found["resolution"].sel(theory=theory, observable=name)):
            both = found[name].sel(theory=[theory, found.attrs["reference"]]).transpose("time", ...).values
            known |= np.isfinite(both).all(axis=1).reshape(known.size, -1).any(axis=1)
    return float(found["time"].values[known][-1]) if known.any() else None
