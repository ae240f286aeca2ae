"""The figure of laboratories shows what the reports say."""

import numpy as np
import pytest

from cavity_hopfield import ArgumentError
from cavity_hopfield.platforms import presets
from cavity_hopfield.platforms.preset_report import preset_report
from cavity_hopfield.plots.laboratories import laboratories_figure


def test_a_row_for_each_laboratory_and_a_bar_for_each_way():
    report = preset_report(
        presets.load("kroeze2022"),
        runs=5,
        initial_overlaps=[0.0, 1.0],
        vary=["level_splitting_rad_s", "atomic_linewidth_rad_s"],
    )
    figure = laboratories_figure([report])
    rates, recalls, ways = figure.axes
    assert rates.lines[0].get_ydata() == pytest.approx(report.rates["rate"].values)
    assert len(recalls.lines) == report.recalls.sizes["pattern"]
    reached = np.isfinite(report.ways["factor"].values)
    assert [bar.get_width() for bar in ways.patches] == pytest.approx(
        np.log10(report.ways["factor"].values[reached]).tolist()
    )
    assert sum(text.get_text().strip() == "not alone" for text in ways.texts) == int((~reached).sum()) == 1
    figure.canvas.draw()


def test_something_else_is_refused():
    with pytest.raises(ArgumentError, match="`preset_report`"):
        laboratories_figure([])
