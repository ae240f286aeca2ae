"""What one drive cannot do, and a second one can."""

from collections.abc import Mapping

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.plots.canvas import Panels, new_figure, row_of
from cavity_hopfield.plots.requirements import require
from cavity_hopfield.plots.style import BLUE, FAINT, PAGE, VERMILION, house_style

STYLES: Mapping[str, tuple[str, str, str, str]] = {
    "eliminated": (BLUE, "-", "o", "one drive, used up in the rates"),
    "independent": (VERMILION, "--", "x", "a second, undressed field beside it"),
}
"""Colour, dashes, marker and name of each choice of the drive."""
ELEMENTS: Mapping[str, str] = {"eliminated": "few spins, populations", "independent": "few spins, all elements"}
"""Between which elements of the density matrix eigenvalues are shown."""
FEW = 0.8
"""Width of the lines of few spins."""
SHOWN = 3.0
"""Decay rates up to this many relaxation rates are shown."""


def plot_one_drive(
    paths: Mapping[str, xr.Dataset], spectra: Mapping[str, xr.Dataset], *, rate: float, few: Mapping[str, xr.Dataset]
) -> Panels:
    """The overlap with one pattern over time, its orbit, and the eigenvalues, with the drive eliminated and with an
    independent field.

    Parameters
    ----------
    paths : mapping from "eliminated" and "independent" to xarray.Dataset
        One run of many spins, with `overlap` and `overlap_y` (time, pattern).
    spectra : the same
        `eigenvalue_real` and `eigenvalue_imag` (level) of a few spins: with the drive eliminated among the populations,
        which close among themselves, with an independent field of all elements.
    rate : float
        The relaxation rate of a spin without field, the unit of both axes.
    few : the same as `paths`
        A few spins, with `overlap` (time, pattern).

    Returns
    -------
    array of matplotlib.axes.Axes

    Raises
    ------
    ArgumentError
        If a mapping lacks one of the two.
    """
    for name, given in (("paths", paths), ("spectra", spectra), ("few", few)):
        if set(given) != set(STYLES):
            raise ArgumentError(
                f"Argument `{name}` must hold {' and '.join(map(repr, STYLES))}, but holds {sorted(given)}."
            )
        for one in given.values():
            require({"paths": "path", "spectra": "spectrum", "few": "overlap"}[name], one, name)
    with house_style():
        figure = new_figure(PAGE, 3.1)
        left, middle, right = figure.subplots(1, 3, width_ratios=[1.25, 1, 1.1])
        for choice in STYLES:
            _draw_path(left, middle, paths[choice], rate, choice)
            _draw_few(left, few[choice], rate, choice)
            _draw_spectrum(right, spectra[choice], rate, choice)
        left.plot([], [], color="0.3", linewidth=FEW, label="thin: few spins")
        left.set(xlabel="time (relaxation times)", ylabel="overlap with the one pattern", ylim=(-0.5, 1.1))
        middle.set(xlabel=r"overlap of $\sigma^z$", ylabel=r"overlap of $\sigma^y$")
        right.set(xlabel=r"$\mathrm{Re}\,\lambda$ (relaxation rates)", ylabel=r"$\mathrm{Im}\,\lambda$")
        right.set_xlim(-SHOWN, 0.1)
        right.margins(y=0.1)
        (lines, texts), (points, names) = left.get_legend_handles_labels(), right.get_legend_handles_labels()
        figure.legend([*lines, *points], [*texts, *names], loc="outside upper center", ncols=3)
        for axes in (left, middle, right):
            axes.axhline(0.0, color=FAINT, linewidth=0.8, zorder=0)
    return row_of((left, middle, right))


def _draw_path(left: Axes, middle: Axes, path: xr.Dataset, rate: float, choice: str) -> None:
    colour, dashes, _, label = STYLES[choice]
    z, y = path["overlap"].values[:, 0], path["overlap_y"].values[:, 0]
    left.plot(path["time"].values * rate, z, color=colour, linestyle=dashes, label=label)
    middle.plot(z, y, color=colour, linestyle=dashes)
    middle.plot(z[:1], y[:1], "s", color="0.3")
    middle.plot(z[-1:], y[-1:], "o", color=colour, markersize=5)


def _draw_few(axes: Axes, path: xr.Dataset, rate: float, choice: str) -> None:
    colour, dashes, _, _ = STYLES[choice]
    axes.plot(path["time"] * rate, path["overlap"][:, 0], color=colour, linestyle=dashes, linewidth=FEW)


def _draw_spectrum(axes: Axes, spectrum: xr.Dataset, rate: float, choice: str) -> None:
    colour, _, marker, _ = STYLES[choice]
    values = (spectrum["eigenvalue_real"].values + 1j * spectrum["eigenvalue_imag"].values) / rate
    kept = values[np.real(values) > -SHOWN]
    axes.plot(kept.real, kept.imag, marker, color=colour, markersize=5, fillstyle="none", label=ELEMENTS[choice])
