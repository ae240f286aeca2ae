"""The figure of laboratories shows what the reports say."""

import numpy as np
import pytest

from cavity_hopfield import ArgumentError
from cavity_hopfield.plots import plot_laboratories


def test_a_row_for_each_laboratory_and_a_bar_for_each_way(laboratory):
    report = laboratory
    rates, recalls, ways = plot_laboratories([report])
    assert rates.lines[0].get_ydata() == pytest.approx(report.rates["rate"].values)
    assert len(recalls.lines) == report.recalls.sizes["pattern"]
    reached = np.isfinite(report.ways["factor"].values)
    assert [bar.get_width() for bar in ways.patches] == pytest.approx(
        np.log10(report.ways["factor"].values[reached]).tolist()
    )
    assert sum(text.get_text().strip() == "not alone" for text in ways.texts) == int((~reached).sum()) == 1


def test_something_else_is_refused():
    for wrong in ([], ["kroeze2022"]):
        with pytest.raises(ArgumentError, match="`preset_report`"):
            plot_laboratories(wrong)
