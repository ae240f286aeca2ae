"""The figures of designs show the numbers of the result."""

import numpy as np
import pytest

from cavity_hopfield import ArgumentError, Glauber, letters
from cavity_hopfield.design import design, pareto_front, sensitivities
from cavity_hopfield.platforms import BareCavity
from cavity_hopfield.plots.design import design_figure, elasticities_figure, pareto_figure

TURN = 2 * np.pi
LAB = BareCavity(
    coupling_rad_s=TURN * 1e5, mode_detuning_rad_s=TURN * 1e6, photon_loss_rad_s=TURN * 1e6, drive_rad_s=60
)
VARY = {"coupling_rad_s": (TURN * 1e4, TURN * 3e5), "photon_loss_rad_s": (TURN * 3e5, TURN * 2e6)}


def test_a_design_is_drawn_with_its_knobs_constraints_and_search():
    found = design(Glauber(0.5), LAB, VARY, patterns=letters("EV"), seed=1, evaluations=60).to_dataset()
    knobs, constraints, search = design_figure(found).axes
    shares = knobs.lines[0].get_xdata()
    expected = np.log(found["knob_value"] / found["knob_low"]) / np.log(found["knob_high"] / found["knob_low"])
    np.testing.assert_allclose(shares, expected)
    ends = [line.get_xdata()[1] for line in constraints.lines[: found.sizes["constraint"]]]
    kept = np.maximum(np.exp(found["constraint_excess"]), 1e-4)
    np.testing.assert_allclose(ends, kept)
    drawn = sum(line.get_xdata().size for line in search.lines[:2])
    assert drawn == found.sizes["evaluation"]


def test_a_front_and_elasticities_are_drawn():
    front = pareto_front(
        Glauber(0.5),
        LAB,
        VARY,
        trade=("distance", "photons"),
        patterns=letters("EV"),
        seed=1,
        points=3,
        evaluations=300,
    )
    left, right = pareto_figure(front).axes
    np.testing.assert_array_equal(left.lines[0].get_ydata(), front["distance"])
    assert len(right.lines) == 2
    slopes = sensitivities(LAB, letters("EV"))
    axes = elasticities_figure(slopes).axes[0]
    np.testing.assert_array_equal(axes.images[0].get_array(), slopes["elasticity"])
    assert len(axes.texts) == slopes["elasticity"].size
    with pytest.raises(ArgumentError, match="pareto_front"):
        pareto_figure(slopes)
