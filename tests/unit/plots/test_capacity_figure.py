"""The figure of the capacity shows the numbers it is given."""

import numpy as np
import pytest

from cavity_hopfield import ArgumentError
from cavity_hopfield.analysis.capacity import phase_boundaries, recall_fraction
from cavity_hopfield.plots import plot_capacity


def test_lines_points_and_fractions_are_those_of_the_data(loads):
    lines, recall, found = loads["boundaries"], loads["recall"], loads["capacity"]
    diagram, fractions, halves = plot_capacity(**loads)
    assert np.allclose(diagram.lines[0].get_xdata(), lines["retrieval"], equal_nan=True)
    shown = np.concatenate([line.get_xdata() for line in diagram.lines if line.get_marker() == "o"])
    np.testing.assert_allclose(sorted(shown), [1 / 60, 0.1])
    assert np.allclose(fractions.containers[0].lines[0].get_ydata(), recall["recalled"][0])
    assert np.allclose(halves.containers[0].lines[0].get_ydata(), found["half_load"])
    labels = [text.get_text() for text in fractions.get_legend().get_texts()]
    assert "$N = 160$" in labels
    assert r"$\alpha_c = 0.1379$" in labels
    assert f"{float(found['asymptote'][0]):.4f}" in halves.get_legend().get_texts()[0].get_text() + str(
        [text.get_text() for text in halves.get_legend().get_texts()]
    )


def test_without_a_fit_there_are_two_panels_and_warm_lines_name_no_critical_load():
    recall = recall_fraction(60, [0.1, 0.2], samples=2, tested=4, seed=1)
    panels = plot_capacity(phase_boundaries([0.2, 0.5]), recall)
    assert len(panels) == 2
    assert not any("alpha_c" in text.get_text() for text in panels[1].get_legend().get_texts())


def test_other_datasets_are_refused_by_name():
    lines, recall = phase_boundaries([0.2, 0.5]), recall_fraction(60, [0.1, 0.2], samples=2, tested=4, seed=1)
    with pytest.raises(ArgumentError, match="`boundaries` must be what `phase_boundaries` returned"):
        plot_capacity(recall, lines)
    with pytest.raises(ArgumentError, match="`recall` must be what `recall_fraction` returned"):
        plot_capacity(lines, None)
    with pytest.raises(ArgumentError, match="`points` must be what `thermal_recall` returned"):
        plot_capacity(lines, recall, points=recall)
    with pytest.raises(ArgumentError, match="`capacity` must be what `recall_capacity` returned"):
        plot_capacity(lines, recall, capacity=recall)
