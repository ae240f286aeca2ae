"""How far from equilibrium a platform is: cycles and entropy, temperatures of flips, temperatures of fluctuations."""

from collections.abc import Mapping

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cavity_hopfield.analysis.nonequilibrium import boltzmann_distance, effective_temperature, temperature_spread
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.network import OpenHopfield
from cavity_hopfield.plots.style import BLUE, CYCLE, DASHES, GREEN, VERMILION, house_style

POINTS = 200
REACH = 1.15
"""Curves go on beyond the largest flip energy that occurs by this factor."""
SCANNED = {
    "largest_affinity": ("largest |A| of a cycle", VERMILION, "o"),
    "mean_affinity": ("mean |A|", BLUE, "s"),
    "entropy_per_flip": ("entropy per flip", GREEN, "^"),
}


def nonequilibrium_figure(
    scan: xr.Dataset, networks: Mapping[str, OpenHopfield], ratios: Mapping[str, xr.Dataset]
) -> Figure:
    r"""Breach of detailed balance along a scan; $T_\mathrm{eff}(\epsilon)$ of platforms; $T(t)$ of fluctuations and
    response.

    Parameters
    ----------
    scan : xarray.Dataset
        `largest_affinity`, `mean_affinity` and `entropy_per_flip` along one dimension, whose `long_name` is the label
        of the axis; from `kolmogorov_cycles` and `entropy_production`.
    networks : mapping of names to OpenHopfield
        Small networks. Of each: the temperature of the first class of spins over the flip energy; as discs, whose areas
        are shares of the flips, the flip energies that occur; as a thin line, the closest temperature.
    ratios : mapping of names to xarray.Dataset
        What `fluctuation_dissipation` returned.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ArgumentError
        If a dataset is another one, or the networks are none.
    """
    _require(scan, networks, ratios)
    with house_style():
        figure = Figure(figsize=(10.5, 3.4), layout="constrained")
        panels = figure.subplots(1, 3)
        _draw_scan(panels[0], scan)
        _draw_temperatures(panels[1], networks)
        _draw_ratios(panels[2], ratios)
    return figure


def _require(scan: object, networks: object, ratios: object) -> None:
    """An error unless every argument holds what is drawn of it."""
    if not isinstance(scan, xr.Dataset) or not _is_scan(scan):
        raise ArgumentError(
            f"Argument `scan` must be a dataset with {', '.join(SCANNED)} along one dimension, whose coordinate has a "
            "`long_name`, but is something else."
        )
    if not isinstance(networks, Mapping) or not all(isinstance(network, OpenHopfield) for network in networks.values()):
        raise ArgumentError("Argument `networks` must be `OpenHopfield` by name, but is something else.")
    if not isinstance(ratios, Mapping) or not all(
        isinstance(ratio, xr.Dataset) and {"time", "temperature"} <= set(ratio.variables) for ratio in ratios.values()
    ):
        raise ArgumentError(
            "Argument `ratios` must be what `fluctuation_dissipation` returned, by name, but is something else."
        )


def _is_scan(scan: xr.Dataset) -> bool:
    if not set(SCANNED) <= set(scan.data_vars):
        return False
    across = {scan[name].dims for name in SCANNED}
    return len(across) == 1 and len(axes := across.pop()) == 1 and "long_name" in scan[axes[0]].attrs


def _draw_scan(axes: Axes, scan: xr.Dataset) -> None:
    (across,) = scan["largest_affinity"].dims
    for name, (text, colour, marker) in SCANNED.items():
        axes.loglog(scan[across], scan[name], color=colour, marker=marker, markersize=4, label=text)
    axes.set_xlabel(scan[across].attrs["long_name"])
    axes.set_ylabel("distance from detailed balance")
    axes.legend()


def _draw_temperatures(axes: Axes, networks: Mapping[str, OpenHopfield]) -> None:
    for (name, network), colour in zip(networks.items(), CYCLE, strict=False):
        spread, closest = temperature_spread(network), float(boltzmann_distance(network)["temperature"])
        largest = float(spread["flip_energy"].max())
        energies = np.linspace(0.0, REACH * largest, POINTS)
        curve = effective_temperature(network.rate_law, energies, int(network.spin_classes[0]))
        axes.plot(energies, curve, color=colour, label=name)
        areas = 120 * np.sqrt(spread["weight"])
        axes.scatter(spread["flip_energy"], spread["temperature"], areas, color=colour, alpha=0.4, linewidths=0)
        axes.axhline(closest, color=colour, linewidth=0.8, linestyle=DASHES[1])
    axes.set_xlabel(r"flip energy $|\epsilon|$ (units of $\omega$)")
    axes.set_ylabel(r"$T_\mathrm{eff}(\epsilon)$ (units of $\omega$)")
    axes.legend()


def _draw_ratios(axes: Axes, ratios: Mapping[str, xr.Dataset]) -> None:
    for (name, ratio), colour, dashes in zip(ratios.items(), CYCLE, DASHES, strict=False):
        told = ratio["time"] > 0
        axes.semilogx(ratio["time"][told], ratio["temperature"][told], color=colour, linestyle=dashes, label=name)
    axes.set_xlabel(r"time (units of $1/\omega$)")
    axes.set_ylabel(r"$N\,[C(0) - C(t)]\,/\,\chi(t)$ (units of $\omega$)")
    axes.legend(loc="upper left")
