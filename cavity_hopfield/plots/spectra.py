r"""Eigenvalues of generators in the complex plane."""

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from cavity_hopfield.plots.canvas import on_axes
from cavity_hopfield.plots.labels import with_unit
from cavity_hopfield.plots.requirements import made_by, require
from cavity_hopfield.plots.style import BLUE, COLUMN, FAINT, GREEN, GREY, VERMILION, house_style

PARITIES: dict[int, tuple[str, dict[str, Any]]] = {
    1: ("even under a turn of all spins", {"marker": "o", "color": BLUE}),
    -1: ("odd", {"marker": "s", "color": VERMILION, "markersize": 7, "fillstyle": "none"}),
    0: ("of no parity", {"marker": "D", "color": GREEN, "markersize": 7, "fillstyle": "none"}),
}
"""Name and marker by the sign of the eigenvector when all spins are turned over; of two in one place both are seen."""
POOR = 1e-6
"""Residuals above this share of the largest eigenvalue are shown."""


def plot_spectrum(result: xr.Dataset, *, axes: Axes | None = None) -> Axes:
    r"""Eigenvalues $\lambda$ in the complex plane: decay to the left, oscillation up and down.

    Parameters
    ----------
    result : xarray.Dataset
        What `spectrum` of `Lindblad`, `Bridge`, `ClassicalMasterEquation` or `PermutationSymmetric` returned: any with
        `eigenvalue_real` and `eigenvalue_imag` along one dimension. If it has `parity`, the markers tell the sign when
        all spins are turned over. If it has `residual`, what is not converged (a residual above 1e-6 of the largest
        eigenvalue) has bars as long as the residual, and a grey cross.
    axes : matplotlib.axes.Axes, optional
        Where to draw; those of a new figure if left out.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ArgumentError
        If the result has no eigenvalues, or they have several dimensions.

    Examples
    --------
    >>> import numpy as np
    >>> from cavity_hopfield import Glauber, Lindblad, OpenHopfield, Patterns
    >>> network = OpenHopfield(Patterns([[1, 1, 1]]), Glauber(0.5), drive=0.3)
    >>> axes = plot_spectrum(Lindblad().spectrum(network, k=8))
    >>> axes.get_xlabel()
    '$\\mathrm{Re}\\,\\lambda$ (units of $\\omega$)'
    """
    require("spectrum", result)
    real, imag = result["eigenvalue_real"].values, result["eigenvalue_imag"].values
    residual = result["residual"].values if "residual" in result else np.zeros(real.size)
    parity = result["parity"].values if "parity" in result else None
    poor = residual > POOR * max(float(np.hypot(real, imag).max()), np.finfo(float).tiny)
    with house_style():
        axes = on_axes(axes, COLUMN, 3.0)
        axes.axvline(0.0, color=FAINT, linewidth=0.8, zorder=0)
        axes.axhline(0.0, color=FAINT, linewidth=0.8, zorder=0)
        for value, (text, style) in PARITIES.items():
            chosen = np.ones(real.size, bool) if parity is None else parity == value
            if chosen.any():
                label = None if parity is None else text
                axes.plot(real[chosen], imag[chosen], linestyle="none", label=label, **style)
            if parity is None:
                break
        if poor.any():
            axes.errorbar(
                real[poor], imag[poor], residual[poor], residual[poor], fmt="x", color=GREY, elinewidth=0.8, zorder=3,
                label="not converged",
            )  # fmt: skip
        _frame(axes, result)
    return axes


def _frame(axes: Axes, result: xr.Dataset) -> None:
    """Labels and room: eigenvalues on the real line keep a plane around them."""
    axes.set_xlabel(with_unit(r"$\mathrm{Re}\,\lambda$", result["eigenvalue_real"]))
    axes.set_ylabel(with_unit(r"$\mathrm{Im}\,\lambda$", result["eigenvalue_imag"]))
    axes.margins(0.08, 0.12)
    largest = float(np.abs(result["eigenvalue_imag"].values).max())
    if largest <= 1e-9 * float(np.abs(result["eigenvalue_real"].values).max()):
        axes.set_ylim(-1, 1)
        axes.set_yticks([0])
    name = made_by(result)
    if name:
        axes.set_title(name)
    if axes.get_legend_handles_labels()[1]:
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.08 if name else 1.0), ncols=2)
