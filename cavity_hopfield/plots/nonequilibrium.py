"""How far from equilibrium a platform is: cycles and entropy, temperatures of flips, temperatures of fluctuations."""

from collections.abc import Mapping

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from cavity_hopfield.analysis.nonequilibrium import boltzmann_distance, effective_temperature, temperature_spread
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.network import OpenHopfield
from cavity_hopfield.plots.canvas import Panels, new_figure, row_of
from cavity_hopfield.plots.labels import plain_ticks
from cavity_hopfield.plots.requirements import require
from cavity_hopfield.plots.style import BLUE, GREEN, PAGE, VERMILION, house_style, look

POINTS = 200
REACH = 1.15
"""Curves go on beyond the largest flip energy that occurs by this factor."""
SCANNED = {
    "largest_affinity": ("largest |A| of a cycle", VERMILION, "o"),
    "mean_affinity": ("mean |A|", BLUE, "s"),
    "entropy_per_flip": ("entropy per flip", GREEN, "^"),
}


def plot_nonequilibrium(
    scan: xr.Dataset, networks: Mapping[str, OpenHopfield], ratios: Mapping[str, xr.Dataset]
) -> Panels:
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
    array of matplotlib.axes.Axes

    Raises
    ------
    ArgumentError
        If a dataset is another one, or the networks are none.
    """
    _require(scan, networks, ratios)
    with house_style():
        panels = new_figure(PAGE, 3.4).subplots(1, 3)
        _draw_scan(panels[0], scan)
        _draw_temperatures(panels[1], networks)
        _draw_ratios(panels[2], ratios)
    return row_of(panels)


def _require(scan: object, networks: object, ratios: object) -> None:
    """An error unless every argument holds what is drawn of it."""
    if not isinstance(scan, xr.Dataset) or not _is_scan(scan):
        raise ArgumentError(
            f"Argument `scan` must be a dataset with {', '.join(SCANNED)} along one dimension, whose coordinate has a "
            "`long_name`, but is something else."
        )
    if not isinstance(networks, Mapping) or not all(isinstance(network, OpenHopfield) for network in networks.values()):
        raise ArgumentError("Argument `networks` must be `OpenHopfield` by name, but is something else.")
    if not isinstance(ratios, Mapping):
        raise ArgumentError("Argument `ratios` must hold what `fluctuation_dissipation` returned, by name.")
    for ratio in ratios.values():
        require("response", ratio, "ratios")


def _is_scan(scan: xr.Dataset) -> bool:
    if not set(SCANNED) <= set(scan.data_vars):
        return False
    across = {scan[name].dims for name in SCANNED}
    return len(across) == 1 and len(axes := across.pop()) == 1 and "long_name" in scan[axes[0]].attrs


def _draw_scan(axes: Axes, scan: xr.Dataset) -> None:
    (across,) = scan["largest_affinity"].dims
    for name, (text, colour, marker) in SCANNED.items():
        axes.loglog(scan[across], scan[name], color=colour, marker=marker, label=text)
    for axis in (axes.xaxis, axes.yaxis):
        plain_ticks(axis)
    axes.set_xlabel(scan[across].attrs["long_name"])
    axes.set_ylabel("distance from detailed balance")
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0))


def _draw_temperatures(axes: Axes, networks: Mapping[str, OpenHopfield]) -> None:
    for k, (name, network) in enumerate(networks.items()):
        colour = look(k)["color"]
        spread, closest = temperature_spread(network), float(boltzmann_distance(network)["temperature"])
        largest = float(spread["flip_energy"].max())
        energies = np.linspace(0.0, REACH * largest, POINTS)
        curve = effective_temperature(network.rate_law, energies, int(network.spin_classes[0]))
        axes.plot(energies, curve, label=name, **look(k))
        areas = 120 * np.sqrt(spread["weight"])
        axes.scatter(spread["flip_energy"], spread["temperature"], areas, color=colour, alpha=0.4, linewidths=0)
        axes.axhline(closest, linewidth=0.8, **look(k))
    axes.set_xlabel(r"flip energy $|\epsilon|$ ($\omega$)")
    axes.set_ylabel(r"$T_\mathrm{eff}(\epsilon)$ ($\omega$)")
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0))


def _draw_ratios(axes: Axes, ratios: Mapping[str, xr.Dataset]) -> None:
    for k, (name, ratio) in enumerate(ratios.items()):
        told = ratio["time"] > 0
        axes.semilogx(ratio["time"][told], ratio["temperature"][told], label=name, **look(k))
    plain_ticks(axes.xaxis)
    axes.set_xlabel(r"time ($1/\omega$)")
    axes.set_ylabel(r"$N\,[C(0) - C(t)]\,/\,\chi(t)$ ($\omega$)")
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0))
