"""The figures of designs show the numbers of the result."""

import numpy as np
import pytest

from cavity_hopfield import ArgumentError
from cavity_hopfield.plots import plot_design, plot_elasticities, plot_pareto_front


def test_a_design_is_drawn_with_its_knobs_constraints_and_search(designed):
    knobs, constraints, search = plot_design(designed)
    shares = knobs.lines[0].get_xdata()
    low = designed["knob_low"]
    np.testing.assert_allclose(shares, np.log(designed["knob_value"] / low) / np.log(designed["knob_high"] / low))
    ends = [line.get_xdata()[-1] for line in constraints.lines if line.get_solid_capstyle() == "butt"]
    np.testing.assert_allclose(ends, np.maximum(np.exp(designed["constraint_excess"]), 1e-4))
    diamonds = [line for line in constraints.lines if line.get_marker() == "D"]
    assert len(diamonds) == len(set(designed["binding"].values) & set(designed["constraint"].values))
    drawn = sum(line.get_xdata().size for line in search.lines[:2])
    assert drawn == designed.sizes["evaluation"]


def test_a_front_and_elasticities_are_drawn(front, slopes):
    left, right = plot_pareto_front(front)
    np.testing.assert_array_equal(left.lines[0].get_ydata(), front["distance"])
    assert len(right.lines) == 2
    axes = plot_elasticities(slopes)
    np.testing.assert_array_equal(axes.images[0].get_array(), slopes["elasticity"])
    assert len(axes.texts) == slopes["elasticity"].size
    with pytest.raises(ArgumentError, match=r"`pareto_front` returned, but lacks .* made by `sensitivities`"):
        plot_pareto_front(slopes)
