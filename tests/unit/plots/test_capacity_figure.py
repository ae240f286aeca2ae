"""The figure of the capacity shows the numbers it is given."""

import numpy as np
import pytest

from cavity_hopfield import ArgumentError
from cavity_hopfield.analysis.capacity import phase_boundaries, recall_capacity, recall_fraction, thermal_recall
from cavity_hopfield.plots.capacity import capacity_figure


def test_lines_points_and_fractions_are_those_of_the_data():
    lines = phase_boundaries([0.0, 0.01, 0.4, 0.8, 1.2])
    recall = recall_fraction([80, 160], np.linspace(0.1, 0.35, 6), samples=4, tested=8, seed=1)
    points = thermal_recall([0.3, 0.9], [0.02, 0.1], spins=60, samples=2, time=5.0, seed=1)
    found = recall_capacity(recall)
    figure = capacity_figure(lines, recall, points=points, capacity=found)
    diagram, fractions, halves = figure.axes
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
    figure = capacity_figure(phase_boundaries([0.2, 0.5]), recall)
    assert len(figure.axes) == 2
    assert not any("alpha_c" in text.get_text() for text in figure.axes[1].get_legend().get_texts())


def test_other_datasets_are_refused_by_name():
    lines, recall = phase_boundaries([0.2, 0.5]), recall_fraction(60, [0.1, 0.2], samples=2, tested=4, seed=1)
    with pytest.raises(ArgumentError, match="`boundaries` must be what `phase_boundaries` returned"):
        capacity_figure(recall, lines)
    with pytest.raises(ArgumentError, match="`recall` must be what `recall_fraction` returned"):
        capacity_figure(lines, None)
    with pytest.raises(ArgumentError, match="`points` must be what `thermal_recall` returned"):
        capacity_figure(lines, recall, points=recall)
    with pytest.raises(ArgumentError, match="`capacity` must be what `recall_capacity` returned"):
        capacity_figure(lines, recall, capacity=recall)
