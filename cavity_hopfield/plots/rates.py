"""The platform's flip rates beside the closest Glauber dynamics."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from cavity_hopfield.plots.canvas import Panels, new_figure, row_of
from cavity_hopfield.plots.labels import unit_of, with_unit
from cavity_hopfield.plots.requirements import require
from cavity_hopfield.plots.style import BLUE, GREEN, GREY, PAGE, VERMILION, house_style

ROOM = 0.5
"""Above the curves for the legend, as a share of their height."""
OMEGA = "unit of omega"
"""The unit of rates that name none."""


def plot_rates(rates: xr.Dataset) -> Panels:
    r"""$W(\epsilon)$ against the closest Glauber law on a logarithmic axis, and beside it $T_\mathrm{eff}(\epsilon)$.

    Parameters
    ----------
    rates : xarray.Dataset
        What `study.rates_result` returned, or the `rates` of a preset.

    Returns
    -------
    array of matplotlib.axes.Axes
        The second panel is there if the temperatures are.

    Raises
    ------
    ArgumentError
        If the dataset is another one.
    """
    require("rates", rates, "rates")
    both = "temperature" in rates
    with house_style():
        panels = new_figure(PAGE if both else 0.6 * PAGE, 2.9).subplots(1, 1 + both, squeeze=False)[0]
        _draw_rates(panels[0], rates)
        if both:
            _draw_temperature(panels[1], rates)
        for axes in panels:
            axes.set_xlabel(with_unit(r"flip energy $\epsilon$", rates["flip_energy"], OMEGA))
    return row_of(panels)


def _draw_rates(axes: Axes, rates: xr.Dataset) -> None:
    energies = rates["flip_energy"].values
    axes.semilogy(energies, rates["rate"], color=BLUE, label=r"cavity, $W(\epsilon)$")
    distance = rates.attrs["glauber_distance"]
    label = f"closest Glauber, {_temperature(rates)}\n(distance {distance:.2g})"
    axes.semilogy(energies, rates["glauber_rate"], color=VERMILION, linestyle="--", label=label)
    low, high = axes.get_ylim()
    axes.set_ylim(low, high * (high / low) ** ROOM)
    if "sample_energy" in rates:
        visits = axes.twinx()
        weights = rates["sample_weight"].values
        visits.hist(rates["sample_energy"].values, weights=weights, bins=48, color=GREY, alpha=0.35)
        visits.set_ylim(0, 4 * visits.get_ylim()[1])
        visits.set_axis_off()
        axes.set_zorder(visits.get_zorder() + 1)
        axes.patch.set_visible(False)
        axes.plot([], [], color=GREY, alpha=0.35, linewidth=6, linestyle="-", label="flip energies met in a recall")
    axes.set_ylabel(with_unit("flip rate", rates["rate"], OMEGA))
    axes.legend(loc="upper right")


def _temperature(rates: xr.Dataset) -> str:
    """The temperature of the law: in units of omega, or for a laboratory of the energy of its memory."""
    unit = r"\,\omega" if unit_of(rates["rate"], OMEGA) != "1/s" else ""
    return rf"$T = {rates.attrs['glauber_temperature']:.3g}{unit}$"


def _draw_temperature(axes: Axes, rates: xr.Dataset) -> None:
    energies = rates["flip_energy"].values
    axes.plot(energies, rates["temperature"], color=BLUE, linestyle="-", label=r"$T_\mathrm{eff}(\epsilon)$")
    axes.axhline(rates.attrs["glauber_temperature"], color=VERMILION, linestyle="--", label="closest Glauber")
    if "asymptotic_temperature" in rates.attrs:
        axes.axhline(rates.attrs["asymptotic_temperature"], color=GREEN, linestyle=":", label="weak coupling, $T^*$")
    finite = rates["temperature"].values[np.isfinite(rates["temperature"].values)]
    axes.set_ylim(0, 1.5 * float(max(finite.max(), rates.attrs["glauber_temperature"])))
    axes.set_ylabel(r"temperature (units of $\omega$)")
    axes.legend(loc="upper right")
