"""What one drive cannot do, and a second one can."""

from collections.abc import Mapping

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.plots.style import BLUE, GREY, VERMILION, house_style

STYLES: Mapping[str, tuple[str, str, str]] = {
    "eliminated": (BLUE, "o", "one drive, used up in the rates"),
    "independent": (VERMILION, "x", "a second, undressed field beside it"),
}
"""Colour, marker and name of each choice of the drive."""
ELEMENTS: Mapping[str, str] = {"eliminated": "populations", "independent": "all elements"}
"""Between which elements of the density matrix eigenvalues are shown."""
SHOWN = 3.0
"""Decay rates up to this many relaxation rates are shown."""


def one_drive_figure(
    paths: Mapping[str, xr.Dataset], spectra: Mapping[str, xr.Dataset], *, rate: float, few: Mapping[str, xr.Dataset]
) -> Figure:
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
    matplotlib.figure.Figure

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
    with house_style():
        figure = Figure(figsize=(10.2, 3.5), layout="constrained")
        left, middle, right = figure.subplots(1, 3)
        for choice, (colour, _, label) in STYLES.items():
            _draw_path(left, middle, paths[choice], rate, colour, label)
            left.plot(few[choice]["time"] * rate, few[choice]["overlap"][:, 0], color=colour, linestyle=":")
            _draw_spectrum(right, spectra[choice], rate, choice)
        left.plot([], [], color="0.3", linestyle=":", label="few spins")
        left.set(
            xlabel="time, in units of the relaxation time", ylabel="overlap with the one pattern", ylim=(-0.5, 1.35)
        )
        left.legend(loc="upper right", fontsize=8)
        middle.set(xlabel=r"overlap of $\sigma^z$", ylabel=r"overlap of $\sigma^y$")
        right.set(xlabel=r"$\mathrm{Re}\,\lambda$ over the relaxation rate", ylabel=r"$\mathrm{Im}\,\lambda$")
        right.set_xlim(-SHOWN, 0.1)
        right.margins(y=0.3)
        right.legend(loc="upper left", fontsize=8, title="few spins, eigenvalues of", title_fontsize=8)
        for axes in (left, middle, right):
            axes.axhline(0.0, color=GREY, linewidth=0.8, zorder=0)
    return figure


def _draw_path(left: Axes, middle: Axes, path: xr.Dataset, rate: float, colour: str, label: str) -> None:
    z, y = path["overlap"].values[:, 0], path["overlap_y"].values[:, 0]
    left.plot(path["time"].values * rate, z, color=colour, label=label)
    middle.plot(z, y, color=colour)
    middle.plot(z[:1], y[:1], "s", color="0.3", markersize=4)
    middle.plot(z[-1:], y[-1:], "o", color=colour, markersize=5)


def _draw_spectrum(axes: Axes, spectrum: xr.Dataset, rate: float, choice: str) -> None:
    colour, marker, _ = STYLES[choice]
    values = (spectrum["eigenvalue_real"].values + 1j * spectrum["eigenvalue_imag"].values) / rate
    kept = values[np.real(values) > -SHOWN]
    axes.plot(kept.real, kept.imag, marker, color=colour, markersize=5, fillstyle="none", label=ELEMENTS[choice])
