"""Where rates hold: the measured map of their error, and a platform's place on it."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.colors import LogNorm

from cavity_hopfield.elimination import Certificate
from cavity_hopfield.elimination.certificate.certificate import LIMIT_DRIVE, LIMIT_RATIO, SAFE_RATIO
from cavity_hopfield.elimination.certificate.validity_map import MILDEST_DRIVE_RATIO, TO_THE_NEXT, measured_map
from cavity_hopfield.plots.canvas import Panels, new_figure, row_of
from cavity_hopfield.plots.requirements import require
from cavity_hopfield.plots.style import BLUE, GREEN, GREY, ORANGE, PAGE, SEQUENTIAL, VERMILION, house_style

PANELS_IN_A_ROW = 3
LEAST_ERROR, LARGEST_ERROR = 1e-3, 1.0


def plot_validity_map(measured: xr.Dataset, flip_energy: float = 0.0) -> Panels:
    r"""The relative error of W over $g/\omega$ and $\Omega/\Gamma_\varphi$, one panel for each $\eta$.

    Parameters
    ----------
    measured : xarray.Dataset
        What `validity_map` or `measured_map` returned.
    flip_energy : float
        Which flip energy of the map, in units of omega.

    Returns
    -------
    array of matplotlib.axes.Axes
    """
    require("validity_map", measured, "measured")
    chosen = measured.sel(flip_energy=flip_energy)
    with house_style():
        columns = min(chosen.sizes["eta"], PANELS_IN_A_ROW)
        rows = -(-chosen.sizes["eta"] // columns)
        figure = new_figure(PAGE, 0.7 + 2.2 * rows)
        grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
        panels = grid.ravel()[: chosen.sizes["eta"]]
        for axes, eta in zip(panels, chosen["eta"].values, strict=True):
            image = _draw_errors(axes, chosen.sel(eta=eta))
            axes.set_title(rf"$\eta = {eta:g}$")
        for axes in grid.ravel()[len(panels) :]:
            axes.remove()
        figure.supylabel(r"coupling $g/\omega$", size=9)
        figure.supxlabel(r"drive over dephasing, $\Omega/\Gamma_\varphi$", size=9)
        figure.colorbar(image, ax=list(panels), label="relative error of W", extend="both")
    return row_of(panels)


def _draw_errors(axes: Axes, errors: xr.Dataset) -> QuadMesh:
    drives, couplings = errors["drive_over_dephasing"].values, errors["coupling"].values
    values = np.abs(errors["error"].transpose("coupling", "drive_over_dephasing").values)
    norm = LogNorm(LEAST_ERROR, LARGEST_ERROR)
    image = axes.pcolormesh(values, norm=norm, cmap=SEQUENTIAL)
    for row, column in np.ndindex(values.shape):
        ratio = float(errors["ratio"].transpose("coupling", "drive_over_dephasing").values[row, column])
        mark = "o" if ratio < SAFE_RATIO else "." if ratio < LIMIT_RATIO else ""
        axes.plot(column + 0.5, row + 0.5, mark, color="white", markersize=4, markeredgecolor="black")
    axes.set_xticks(np.arange(drives.size) + 0.5, [f"{drive:g}" for drive in drives], rotation=90)
    axes.set_yticks(np.arange(couplings.size) + 0.5, [f"{coupling:g}" for coupling in couplings])
    return image


def plot_certificate(certificate: Certificate | xr.Dataset | xr.DataTree) -> Panels:
    r"""A platform among the measured points: error of W against r, with the drive that is safe.

    Parameters
    ----------
    certificate : Certificate, xarray.Dataset or xarray.DataTree
        What `certify` returned, or a result that carries it.

    Returns
    -------
    array of matplotlib.axes.Axes

    Raises
    ------
    ArgumentError
        If the result carries none.
    """
    told = certificate if isinstance(certificate, Certificate) else certificate_of(certificate)
    with house_style():
        upper, lower = new_figure(PAGE, 4.6).subplots(2, 1, height_ratios=(5, 1))
        _draw_measured(upper, told)
        _draw_drives(lower, told)
        upper.figure.suptitle(f"{told.regime}; rates are {told.verdict}")
    return row_of((upper, lower))


def certificate_of(result: xr.Dataset | xr.DataTree) -> Certificate:
    """The certificate that a result carries."""
    given = result.to_dataset() if isinstance(result, xr.DataTree) else result
    return Certificate.from_json(require("certificate", given, "certificate").attrs["certificate"])


def _draw_measured(axes: Axes, certificate: Certificate) -> None:
    points = measured_map().stack(point=("flip_energy", "eta", "coupling", "drive_over_dephasing"))
    slow = points["drive_ratio"] <= TO_THE_NEXT * max(certificate.drive_ratio, MILDEST_DRIVE_RATIO)
    errors = np.abs(points["error"])
    axes.loglog(points["ratio"][~slow], errors[~slow], ".", color=GREY, alpha=0.5, label="measured, faster drive")
    axes.loglog(points["ratio"][slow], errors[slow], ".", color=BLUE, label="measured, drive as slow")
    axes.axvline(certificate.ratio, color=VERMILION, label=f"this platform, r = {certificate.ratio:.2g}")
    if np.isfinite(certificate.error_band):
        axes.axhline(certificate.error_band, color=VERMILION, linestyle=":", label="its error band")
    axes.set_ylim(1e-5, 1e2)
    axes.set_xlabel(r"$r = W_\mathrm{tot}/\Gamma_\varphi$")
    axes.set_ylabel("relative error of W")
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=4, columnspacing=1.2, handlelength=1.8)


def _draw_drives(axes: Axes, certificate: Certificate) -> None:
    safe, now = certificate.largest_safe_drive, certificate.drive
    marginal = now * min(np.sqrt(LIMIT_RATIO / certificate.ratio), LIMIT_DRIVE / certificate.drive_ratio)
    ends = [0.1 * min(safe, now), safe, marginal, 10 * max(marginal, now)]
    for start, stop, colour, word in zip(
        ends[:-1], ends[1:], (GREEN, ORANGE, VERMILION), ("good", "marginal", "broken"), strict=True
    ):
        axes.axvspan(start, stop, color=colour, alpha=0.35)
        axes.text(np.sqrt(start * stop), 1.04, word, ha="center", va="bottom", transform=axes.get_xaxis_transform())
    axes.axvline(now, color="black")
    if 0 < certificate.largest_single_flip_drive < np.inf:
        axes.axvline(certificate.largest_single_flip_drive, color=BLUE, linestyle="--")
    axes.set_xscale("log")
    axes.set_xlim(ends[0], ends[-1])
    axes.set_yticks([])
    axes.set_xlabel(r"drive $\Omega/\omega$ (line: this platform; dashed: single flips below)")
