"""Media of gain: numbers, steps and refusals."""

import json
import pickle

import numpy as np
import pytest

from cavity_hopfield import ArgumentError
from cavity_hopfield.platforms import Gain, ParametricGain, RepumpGain

MEDIUM = RepumpGain(coupling_rad_s=[1e5, 2e5], atoms=50, pump_per_s=3e8, decay_per_s=1e8, broadening_rad_s=4e8)
PAIRS = ParametricGain(coupling_rad_s=3e5, idler_loss_rad_s=9e7)


def test_rates_follow_from_the_populations():
    # three quarters of the atoms are up, the line is 8e8 wide
    assert MEDIUM.rate_rad_s == pytest.approx(4 * np.array([1e10, 4e10]) * 37.5 / 8e8)
    assert MEDIUM.loss_rad_s == pytest.approx(4 * np.array([1e10, 4e10]) * 12.5 / 8e8)
    assert MEDIUM.saturation_photons == pytest.approx(4e8 * 8e8 / (8 * 4e10))
    assert PAIRS.rate_rad_s == pytest.approx(4 * 9e10 / 9e7)
    assert PAIRS.loss_rad_s == 0


def test_steps_of_a_medium():
    saturation, flat = MEDIUM.steps(2e5, 2e7)
    assert saturation.value == pytest.approx(2e5 / 1e6)
    assert not saturation.holds
    assert flat.value == pytest.approx(2 * 2e7 / 8e8)
    assert flat.holds


def test_steps_of_pairs():
    lost, flat = PAIRS.steps(10.0, 9e6)
    assert lost.value == pytest.approx(4e3 / 9e7)
    assert flat.value == pytest.approx(0.2)
    assert (lost.holds, flat.holds) == (True, False)


@pytest.mark.parametrize("gain", [MEDIUM, PAIRS])
def test_gains_keep_the_protocol(gain):
    assert isinstance(gain, Gain)
    assert json.loads(json.dumps(gain.to_dict()))["gain"] == type(gain).__name__
    assert pickle.loads(pickle.dumps(gain)).to_dict() == gain.to_dict()


@pytest.mark.parametrize(
    ("build", "told"),
    [
        (lambda: RepumpGain(coupling_rad_s=-1.0, atoms=1, pump_per_s=1.0), "`coupling_rad_s` must not be negative"),
        (lambda: RepumpGain(coupling_rad_s=1.0, atoms=0, pump_per_s=1.0), "`atoms` must be at least 1"),
        (lambda: RepumpGain(coupling_rad_s=1.0, atoms=1, pump_per_s=0.0), "`pump_per_s` must be greater than 0"),
        (lambda: RepumpGain(coupling_rad_s=1.0, atoms=1, pump_per_s=1.0, decay_per_s=-1.0), "`decay_per_s`"),
        (
            lambda: ParametricGain(coupling_rad_s=[[1.0]], idler_loss_rad_s=1.0),
            r"must be a number or have shape \(M,\)",
        ),
        (lambda: ParametricGain(coupling_rad_s=1.0, idler_loss_rad_s="20 MHz"), "a factor 2 pi is missing"),
    ],
)
def test_what_a_gain_refuses(build, told):
    with pytest.raises(ArgumentError, match=told):
        build()
