"""The figure of a cavity's interaction shows its parts where they are."""

import numpy as np
import pytest

from cavity_hopfield import ArgumentError
from cavity_hopfield.platforms.degenerate_cavity import DegenerateCavity
from cavity_hopfield.plots import plot_interaction

CAVITY = DegenerateCavity("35 um")
PLACE = ("40 um", "25 um")


def test_spot_and_mirror_image_are_drawn_where_the_ensemble_and_its_image_are():
    _, lines = plot_interaction(CAVITY, PLACE, "3 um", points=121)
    drawn = {line.get_label(): line for line in lines.get_lines()}
    distance = np.hypot(40, 25) / 35
    for name, sign in (("local", 1), ("mirror", -1)):
        line = drawn[name]
        assert line.get_xdata()[np.argmax(line.get_ydata())] == pytest.approx(sign * distance, abs=0.05)
    wave = drawn["non-local"].get_ydata()
    assert wave.max() == pytest.approx(0.25, abs=0.02)
    parts = sum(drawn[name].get_ydata() for name in ("local", "mirror", "non-local"))
    np.testing.assert_allclose(drawn["total"].get_ydata(), parts, atol=1e-12)


def test_the_plane_is_the_total_interaction():
    plane, _ = plot_interaction(CAVITY, PLACE, "3 um", extent=2.0, points=41)
    values = plane.collections[0].get_array()
    assert np.shape(values) == (41, 41)
    line = np.linspace(-70e-6, 70e-6, 41)
    for row, column in ((20, 20), (5, 33), (34, 3)):
        probe = CAVITY.interaction(
            [[40e-6, 25e-6]], "3 um", others_m=[[line[column], line[row]]], other_spreads_m="3 um"
        )
        assert values[row, column] == pytest.approx(probe.total[0, 0])


@pytest.mark.parametrize("place", [[0.0, 0.0], [1.0, 0.0], [[1e-5, 0.0]]])
def test_the_ensemble_must_lie_off_the_axis_and_in_the_plane(place):
    with pytest.raises(ArgumentError, match="Argument `position_m`"):
        plot_interaction(CAVITY, place, "3 um")
