"""The platform's flip rates beside the closest Glauber dynamics."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cavity_hopfield.plots.style import BLUE, GREEN, GREY, VERMILION, house_style


def rates_figure(rates: xr.Dataset) -> Figure:
    r"""$W(\epsilon)$ against the closest Glauber law on a logarithmic axis, and below it $T_\mathrm{eff}(\epsilon)$.

    Parameters
    ----------
    rates : xarray.Dataset
        What `study.rates_result` returned.

    Returns
    -------
    matplotlib.figure.Figure
    """
    with house_style():
        figure = Figure(figsize=(6.4, 6.0), layout="constrained")
        upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
        _draw_rates(upper, rates)
        _draw_temperature(lower, rates)
    return figure


def _draw_rates(axes: Axes, rates: xr.Dataset) -> None:
    energies = rates["flip_energy"].values
    axes.semilogy(energies, rates["rate"], color=BLUE, label=r"cavity, $W(\epsilon)$")
    temperature, distance = rates.attrs["glauber_temperature"], rates.attrs["glauber_distance"]
    axes.semilogy(
        energies,
        rates["glauber_rate"],
        color=VERMILION,
        linestyle="--",
        label=rf"closest Glauber, $T = {temperature:.3g}\,\omega$ (distance {distance:.2g})",
    )
    low, high = axes.get_ylim()
    axes.set_ylim(low, high * (high / low) ** 0.28)  # room for the legend
    visits = axes.twinx()
    visits.hist(rates["sample_energy"].values, weights=rates["sample_weight"].values, bins=48, color=GREY, alpha=0.35)
    visits.set_ylim(0, 4 * visits.get_ylim()[1])
    visits.set_axis_off()
    axes.set_zorder(visits.get_zorder() + 1)
    axes.patch.set_visible(False)
    axes.plot([], [], color=GREY, alpha=0.35, linewidth=6, label="flip energies met in a recall (weights)")
    axes.set_ylabel(r"flip rate (units of $\omega$)")
    axes.legend(loc="upper right")


def _draw_temperature(axes: Axes, rates: xr.Dataset) -> None:
    energies = rates["flip_energy"].values
    axes.plot(energies, rates["temperature"], color=BLUE, label=r"$T_\mathrm{eff}(\epsilon)$")
    axes.axhline(rates.attrs["glauber_temperature"], color=VERMILION, linestyle="--", label="closest Glauber")
    axes.axhline(rates.attrs["asymptotic_temperature"], color=GREEN, linestyle=":", label="weak coupling, $T^*$")
    finite = rates["temperature"].values[np.isfinite(rates["temperature"].values)]
    axes.set_ylim(0, 1.25 * float(max(finite.max(), rates.attrs["glauber_temperature"])))
    axes.set_xlabel(r"flip energy $\epsilon$ (units of $\omega$)")
    axes.set_ylabel(r"temperature (units of $\omega$)")
    axes.legend(loc="upper center", ncols=3)
