"""`BareCavity`: the rates of the model in SI."""

import json

import numpy as np
import pytest

from cavity_hopfield import ArgumentError, Patterns
from cavity_hopfield.platforms import BareCavity, Platform, changed, knobs

PATTERNS = Patterns([[1, 1, -1], [1, -1, 1]])
KNOWN = {"coupling_rad_s": 3e5, "mode_detuning_rad_s": 2e6, "photon_loss_rad_s": 1e6}


def test_the_model_is_a_ratio_of_the_numbers():
    lab = BareCavity(**KNOWN, photon_gain_rad_s=2e5, drive_rad_s=4e3)
    assert isinstance(lab, Platform)
    model = lab.to_dicke(PATTERNS)
    np.testing.assert_allclose(model.g, 0.15 * PATTERNS.values.T)
    assert (model.omega[0], model.loss[0], model.gain[0], model.drive) == (1.0, 0.5, 0.1, 0.002)
    other = lab.to_dicke(PATTERNS, unit_rad_s=1e3)
    np.testing.assert_allclose(other.pole, 2e3 * model.pole)
    assert lab.steps(PATTERNS) == ()
    assert json.loads(json.dumps(lab.to_dict()))["coupling_rad_s"] == 3e5


def test_disorder_is_drawn_once_for_a_seed():
    draws = [BareCavity(**KNOWN, coupling_disorder=0.1, disorder_seed=seed).to_dicke(PATTERNS).g for seed in (1, 1, 2)]
    np.testing.assert_array_equal(draws[0], draws[1])
    assert np.abs(draws[0] - draws[2]).max() > 1e-3


def test_knobs_are_the_real_numbers():
    lab = BareCavity(**KNOWN, spontaneous_per_s=30)
    assert lab.spontaneous_rate_per_s() == 30
    assert "disorder_seed" not in knobs(lab)
    assert knobs(lab)["coupling_rad_s"] == 3e5
    assert changed(lab, {"drive_rad_s": 7.0}).drive_rad_s == 7.0
    with pytest.raises(ArgumentError, match="names bogus_rad_s"):
        changed(lab, {"bogus_rad_s": 1.0})


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"photon_loss_rad_s": 0.0}, "`photon_loss_rad_s` must be greater than 0"),
        ({"drive_rad_s": -1.0}, "`drive_rad_s` must be at least 0"),
        ({"coupling_disorder": -0.1}, "`coupling_disorder` must be at least 0"),
        ({"mode_detuning_rad_s": "1 MHz"}, "a factor 2 pi is missing"),
    ],
)
def test_what_is_refused(wrong, told):
    with pytest.raises(ArgumentError, match=told):
        BareCavity(**KNOWN | wrong)


def test_patterns_are_needed():
    with pytest.raises(ArgumentError, match="`patterns` must be given"):
        BareCavity(**KNOWN).to_dicke()
