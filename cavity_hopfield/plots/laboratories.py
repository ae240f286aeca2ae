"""Published laboratories as memories: rates beside Glauber, recalls, and what would have to change."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.platforms.preset_report import PresetReport
from cavity_hopfield.plots.style import BLUE, CYCLE, DASHES, GREY, VERMILION, house_style

ROW_HEIGHT, WIDTH = 2.5, 10.5


def laboratories_figure(reports: Sequence[PresetReport]) -> Figure:
    r"""A row for each laboratory: $W(\epsilon)$ and the closest Glauber law, the share of runs that recall, and the
    factor by which each knob alone brings r below what is wanted.

    Parameters
    ----------
    reports : sequence of PresetReport
        What `preset_report` returned, at least one.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ArgumentError
        If there is none, or one is something else.
    """
    if not reports or not all(isinstance(report, PresetReport) for report in reports):
        raise ArgumentError("Argument `reports` must hold what `preset_report` returned, at least one.")
    with house_style():
        figure = Figure(figsize=(WIDTH, ROW_HEIGHT * len(reports)), layout="constrained")
        panels = figure.subplots(len(reports), 3, squeeze=False)
        for row, report in zip(panels, reports, strict=True):
            _draw_rates(row[0], report)
            _draw_recalls(row[1], report)
            _draw_ways(row[2], report)
    return figure


def _draw_rates(axes: Axes, report: PresetReport) -> None:
    energies = report.rates["flip_energy"].values / (2e3 * np.pi)
    axes.semilogy(energies, report.rates["rate"], color=BLUE, label=r"$W(\epsilon)$")
    axes.semilogy(energies, report.rates["glauber_rate"], color=VERMILION, linestyle="--", label="closest Glauber")
    axes.set_title(f"{report.preset.name}: drive times {report.drive_factor:.2g}", loc="left")
    axes.set_xlabel(r"flip energy $\epsilon / 2\pi\hbar$ (kHz)")
    axes.set_ylabel("flip rate (1/s)")
    axes.legend()


def _draw_recalls(axes: Axes, report: PresetReport) -> None:
    success = report.recalls["success"]
    for k, name in enumerate(success["pattern"].values):
        colour, dash, share = CYCLE[k % len(CYCLE)], DASHES[k % len(DASHES)], success.sel(pattern=name)
        axes.plot(
            share["initial_overlap"], share, color=colour, linestyle=dash, marker="o", markersize=3, label=str(name)
        )
    axes.set_ylim(-0.03, 1.03)
    axes.set_xlabel("overlap of the start, $m_0$")
    axes.set_ylabel("share of runs that recall")
    axes.legend(title="pattern", loc="upper left")


def _draw_ways(axes: Axes, report: PresetReport) -> None:
    """Bars in decades; a knob that does not do it alone has none."""
    names = [str(name) for name in report.ways["knob"].values]
    decades = np.log10(report.ways["factor"].values)
    places = np.arange(len(names))
    reached = np.isfinite(decades)
    axes.barh(places[reached], decades[reached], color=BLUE, height=0.6)
    for place in places[~reached]:
        axes.text(0.0, float(place), " not alone", va="center", color=GREY)
    axes.axvline(0, color=GREY, linewidth=0.8)
    axes.set_yticks(places, [name.removesuffix("_rad_s") for name in names])
    axes.set_ylim(-0.7, max(len(names), 3) - 0.3)
    axes.set_xlabel("change of the knob (decades)")
    largest = float(np.abs(decades[reached]).max(initial=0.5))
    axes.set_xlim(-1.15 * largest, 1.15 * largest)
