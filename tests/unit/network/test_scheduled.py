"""Rates that follow a ramp."""

import numpy as np
import pytest

from cavity_hopfield import (
    ArgumentError,
    CavityRates,
    ClassicalMasterEquation,
    Glauber,
    HopfieldLimit,
    Lindblad,
    MeanField,
    Metropolis,
    MultimodeDicke,
    OpenHopfield,
    Patterns,
    QuantumJumps,
)
from cavity_hopfield.model import Ramp
from cavity_hopfield.network import Scheduled

DICKE = MultimodeDicke([[0.3], [0.5]], 1.0, 0.8, drive=0.01)
ENERGIES = np.linspace(-2, 2, 9)


@pytest.mark.parametrize("law", [Glauber(0.5, 2.0), Metropolis(0.7)])
def test_the_scales_give_the_law_at_every_temperature(law):
    scheduled = Scheduled(law, temperature=Ramp([1.0, 3.0], [2.0, 0.4]))
    for time, temperature in [(0.0, 2.0), (1.5, 1.6), (2.0, 1.2), (9.0, 0.4)]:
        expected = type(law)(temperature, law.rate)(ENERGIES)
        scaled = scheduled.rate_scale(time) ** 2 * law(ENERGIES / scheduled.energy_scale(time))
        np.testing.assert_allclose(scaled, expected, rtol=1e-13)
        np.testing.assert_allclose(scheduled.at(time)(ENERGIES), expected, rtol=1e-13)


def test_the_scales_give_a_cavity_at_every_drive():
    scheduled = Scheduled(CavityRates(DICKE), drive=Ramp([0.0, 10.0], [0.0, 0.02]))
    expected = CavityRates(MultimodeDicke([[0.3], [0.5]], 1.0, 0.8, drive=0.015))(ENERGIES, 1)
    np.testing.assert_allclose(scheduled.rate_scale(7.5) ** 2 * scheduled.law(ENERGIES, 1), expected, rtol=1e-12)
    np.testing.assert_allclose(scheduled.at(7.5)(ENERGIES, 1), expected, rtol=1e-12)
    assert (scheduled(ENERGIES) == 0).all()
    assert scheduled.knots.tolist() == [0.0, 10.0]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Ramp([0.0, 0.0], [1.0, 2.0]), "increases strictly"),
        (lambda: Ramp([0.0, 1.0], [1.0]), "one for each of `times`"),
        (lambda: Ramp([-1.0], [1.0]), "must be at least 0"),
        (lambda: Ramp.from_dict({"times": [0.0]}), "with `times` and `values`"),
        (lambda: Scheduled(Glauber(1.0)), "must be given the argument `temperature`"),
        (lambda: Scheduled(Glauber(1.0), drive=Ramp([0.0], [1.0])), "must be given the argument `temperature`"),
        (lambda: Scheduled(CavityRates(DICKE), temperature=Ramp([0.0], [1.0])), "must be given the argument `drive`"),
        (lambda: Scheduled(Glauber(0.0), temperature=Ramp([0.0], [1.0])), "a temperature above zero"),
        (lambda: Scheduled(Glauber(1.0), temperature=Ramp([0.0, 1.0], [1.0, 0.0])), "must stay above zero"),
        (lambda: Scheduled(CavityRates(DICKE), drive=Ramp([0.0, 1.0], [1.0, -0.5])), "must not be negative"),
        (lambda: Scheduled(print, temperature=Ramp([0.0], [1.0])), "to follow a schedule"),
    ],
)
def test_what_is_no_schedule_is_refused(make, message):
    with pytest.raises(ArgumentError, match=message):
        make()


def test_theories_that_follow_no_schedule_say_so():
    cooling = Scheduled(Glauber(1.0), temperature=Ramp([0.0, 1.0], [1.0, 0.1]))
    network = OpenHopfield(Patterns([[1, -1, 1]]), cooling)
    for theory in (ClassicalMasterEquation(), Lindblad(), MeanField(), QuantumJumps(runs=1, seed=1)):
        with pytest.raises(ArgumentError, match="must not change in time"):
            theory.evolve(network, [1, -1, 1], [1.0])
    with pytest.raises(ArgumentError, match="must not change in time"):
        HopfieldLimit(1, cooling)
