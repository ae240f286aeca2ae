"""Published laboratories as memories: rates beside Glauber, recalls, and what would have to change."""

from collections.abc import Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.platforms.preset_report import PresetReport
from cavity_hopfield.plots.canvas import Panels, new_figure, row_of
from cavity_hopfield.plots.requirements import fits
from cavity_hopfield.plots.style import BLUE, GREY, PAGE, VERMILION, house_style, marked

ROW_HEIGHT = 2.5
PARTS = {"rates": "rates", "recalls": "retrieval", "ways": "ways"}
"""The groups of a laboratory, and what each is drawn as."""


def plot_laboratories(reports: Sequence[PresetReport | xr.DataTree]) -> Panels:
    r"""A row for each laboratory: $W(\epsilon)$ and the closest Glauber law, the share of runs that recall, and the
    factor by which each knob alone brings r below what is wanted.

    Parameters
    ----------
    reports : sequence of PresetReport or xarray.DataTree
        What `preset_report` returned, or the files of `cavity-hopfield presets run`, at least one.

    Returns
    -------
    array of matplotlib.axes.Axes
        Three for each laboratory.

    Raises
    ------
    ArgumentError
        If there is none, or one is something else.
    """
    told = [_parts(report) for report in reports]
    if not told:
        raise ArgumentError("Argument `reports` must hold what `preset_report` returned, at least one.")
    with house_style():
        figure = new_figure(PAGE, ROW_HEIGHT * len(told))
        panels = figure.subplots(len(told), 3, squeeze=False, width_ratios=[1.15, 0.85, 1.0])
        for row, (name, rates, recalls, ways) in zip(panels, told, strict=True):
            _draw_rates(row[0], rates, name)
            _draw_recalls(row[1], recalls)
            _draw_ways(row[2], ways)
    return row_of(panels.flat)


def is_laboratory(tree: xr.DataTree) -> bool:
    """Whether a tree is what `cavity-hopfield presets run` writes."""
    return all(name in tree.children and fits(kind, tree.children[name].to_dataset()) for name, kind in PARTS.items())


def _parts(report: PresetReport | xr.DataTree) -> tuple[str, xr.Dataset, xr.Dataset, xr.Dataset]:
    """Title, rates, recalls and ways of one laboratory."""
    if isinstance(report, PresetReport):
        return _title(report.preset.name, report.drive_factor), report.rates, report.recalls, report.ways
    if not isinstance(report, xr.DataTree) or not is_laboratory(report):
        raise ArgumentError(
            "Argument `reports` must hold what `preset_report` returned, or its file with the groups "
            f"{', '.join(PARTS)}, at least one."
        )
    rates, recalls, ways = (report.children[name].to_dataset() for name in PARTS)
    return _title(str(report.attrs.get("preset", "")), report.attrs.get("drive_factor")), rates, recalls, ways


def _title(preset: str, drive_factor: float | None) -> str:
    return preset if drive_factor is None else f"{preset}, drive times {drive_factor:.2g}"


def _draw_rates(axes: Axes, rates: xr.Dataset, title: str) -> None:
    energies = rates["flip_energy"].values / (2e3 * np.pi)
    axes.semilogy(energies, rates["rate"], color=BLUE, label=r"$W(\epsilon)$")
    axes.semilogy(energies, rates["glauber_rate"], color=VERMILION, linestyle="--", label="closest Glauber")
    low, high = axes.get_ylim()
    axes.set_ylim(low, high * (high / low) ** 0.45)  # room for the legend
    axes.set_title(title, loc="left")
    axes.set_xlabel(r"flip energy $\epsilon / 2\pi\hbar$ (kHz)")
    axes.set_ylabel("flip rate (1/s)")
    axes.legend(loc="upper right")


def _draw_recalls(axes: Axes, recalls: xr.Dataset) -> None:
    for k, name in enumerate(recalls["pattern"].values):
        share = recalls["success"].isel(pattern=k)
        axes.plot(share["initial_overlap"], share, label=str(name), **marked(k))
    axes.set_ylim(-0.03, 1.03)
    axes.set_xlabel("overlap of the start, $m_0$")
    axes.set_ylabel("share that recall")
    axes.legend(title="pattern", loc="upper left")


def _draw_ways(axes: Axes, ways: xr.Dataset) -> None:
    """Bars in decades; a knob that does not do it alone has none."""
    names = [str(name) for name in ways["knob"].values]
    decades = np.log10(ways["factor"].values)
    places = np.arange(len(names))
    reached = np.isfinite(decades)
    axes.barh(places[reached], decades[reached], color=BLUE, height=0.6)
    for place in places[~reached]:
        axes.text(0.0, float(place), " not alone", va="center", color=GREY, size=8)
    axes.axvline(0, color=GREY, linewidth=0.8)
    axes.set_yticks(places, [name.removesuffix("_rad_s").replace("_", "\n") for name in names])
    axes.set_ylim(-0.7, max(len(names), 3) - 0.3)
    axes.set_xlabel("change (decades)")
    largest = float(np.abs(decades[reached]).max(initial=0.5))
    axes.set_xlim(-1.15 * largest, 1.15 * largest)
