"""What would have to change: factors against closed forms, costs, and honest refusals."""

import json

import numpy as np
import pytest

from cavity_hopfield import ArgumentError, Patterns
from cavity_hopfield.platforms import BareCavity, changed, operating_point
from cavity_hopfield.platforms.improvement import ALREADY, INDIFFERENT, REACHED, ways_table, ways_to

PAIR = Patterns(np.array([[1, -1, 1], [1, 1, -1]]))


def lab(**values):
    given = {
        "coupling_rad_s": 3e5, "mode_detuning_rad_s": 1e6, "photon_loss_rad_s": 5e5, "drive_rad_s": 4e4,
        "coupling_disorder": 0.2, "disorder_seed": 3, "spontaneous_per_s": 10.0,
    }  # fmt: skip
    return BareCavity(**(given | values))


@pytest.fixture(scope="module")
def ways():
    return ways_to(lab(), PAIR, vary=["drive_rad_s", "coupling_rad_s", "spontaneous_per_s"], largest_factor=100.0)


def test_the_drive_falls_by_the_root_of_what_is_missing(ways):
    """W goes as the square of the drive and the dephasing does not know it: r is their ratio."""
    start = operating_point(lab(), PAIR).ratio
    drive = ways.sel(knob="drive_rad_s")
    assert drive["outcome"].item() == REACHED
    assert drive["factor"].item() == pytest.approx(np.sqrt(0.03 / start), rel=0.03)
    assert drive["value"].item() == pytest.approx(drive["factor"].item() * 4e4)
    assert 0.027 < drive["ratio"].item() < 0.03


def test_the_costs_are_those_of_the_changed_platform(ways):
    for name in ("drive_rad_s", "coupling_rad_s"):
        one = ways.sel(knob=name)
        point = operating_point(changed(lab(), {name: one["value"].item()}), PAIR)
        assert one["ratio"].item() == pytest.approx(point.ratio)
        assert one["balance_temperature"].item() == pytest.approx(point.balance_temperature)
        assert one["flips_per_scattering"].item() == pytest.approx(point.flip_rate_per_s / 10.0)
    # a weaker drive costs the square of itself in speed
    factor = ways["factor"].sel(knob="drive_rad_s").item()
    as_it_is = json.loads(ways.attrs["as_it_is"])
    assert ways["flip_rate_per_s"].sel(knob="drive_rad_s").item() == pytest.approx(
        as_it_is["flip_rate_per_s"] * factor**2
    )


def test_a_knob_that_plays_no_part_is_told_apart(ways):
    assert ways["outcome"].sel(knob="spontaneous_per_s").item() == INDIFFERENT
    assert np.isnan(ways["factor"].sel(knob="spontaneous_per_s").item())


def test_a_factor_beyond_the_bounds_is_estimated_and_not_given():
    found = ways_to(lab(drive_rad_s=4e6), PAIR, vary=["drive_rad_s"], largest_factor=3.0)
    outcome = found["outcome"].item()
    assert np.isnan(found["factor"].item())
    assert "its power 2," in outcome
    start = operating_point(lab(drive_rad_s=4e6), PAIR).ratio
    asked = float(outcome.rsplit("10^", 1)[1])
    assert asked == pytest.approx(0.5 * np.log10(0.03 / start), rel=0.05)


def test_what_holds_already_needs_no_change():
    found = ways_to(lab(drive_rad_s=40.0), PAIR, vary=["drive_rad_s"])
    assert found["outcome"].item() == ALREADY
    assert found["factor"].item() == 1.0


def test_the_table_tells_every_knob(ways):
    table = ways_table(ways)
    assert all(str(name) in table for name in ways["knob"].values)
    assert "wanted below 0.03" in table


def test_wrong_arguments_are_refused():
    with pytest.raises(ArgumentError, match="`vary` must name knobs of BareCavity that are not zero"):
        ways_to(lab(), PAIR, vary=["photon_gain_rad_s"])
    with pytest.raises(ArgumentError, match="ratio"):
        ways_to(lab(), PAIR, ratio=0.0)
    with pytest.raises(ArgumentError, match="`ways_to` returned"):
        ways_table(3)
