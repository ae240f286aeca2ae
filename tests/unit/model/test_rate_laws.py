import json
import math

import numpy as np
import pytest

from cavity_hopfield import ArgumentError, ConvergenceError, FlipEnergySample, Glauber, Metropolis, OpenHopfield
from cavity_hopfield.model import RateLaw, rate_law_from_dict

ENERGIES = np.array([-3.0, -0.4, 0.0, 0.7, 2.0])
SAMPLE = FlipEnergySample([-2.0, -0.5, 0.3, 1.0, 1.7], weight=[1, 2, 3, 2, 1])


def test_glauber_is_its_formula():
    expected = [2.5 / (1 + math.exp(e / 0.4)) for e in ENERGIES]
    np.testing.assert_allclose(Glauber(0.4, 2.5)(ENERGIES), expected, rtol=1e-14)


def test_metropolis_is_its_formula():
    expected = [2.5 * min(1.0, math.exp(-e / 0.4)) for e in ENERGIES]
    np.testing.assert_allclose(Metropolis(0.4, 2.5)(ENERGIES), expected, rtol=1e-14)


def test_zero_temperature_is_the_limit_of_low_temperatures():
    np.testing.assert_array_equal(Glauber(0.0, 2.0)(ENERGIES), [2, 2, 1, 0, 0])
    np.testing.assert_array_equal(Metropolis(0.0, 2.0)(ENERGIES), [2, 2, 2, 0, 0])
    for law in (Glauber, Metropolis):
        np.testing.assert_allclose(law(1e-4, 2.0)(ENERGIES), law(0.0, 2.0)(ENERGIES), atol=1e-300)


@pytest.mark.parametrize("law", [Glauber(0.01), Metropolis(0.01), Glauber(1e9), Glauber(0.0)])
def test_rates_are_finite_at_huge_energies(law):
    rates = law(np.array([-1e6, 1e6]))
    assert np.isfinite(rates).all()
    assert (rates >= 0).all()


def test_energies_and_classes_are_broadcast():
    for law in (Glauber(0.4), Metropolis(0.4), Glauber(0.0)):
        assert law(ENERGIES[:, None], np.arange(3)).shape == (5, 3)
        assert isinstance(law, RateLaw)
        np.testing.assert_array_equal(law.spin_classes(4), [0, 0, 0, 0])


@pytest.mark.parametrize("law", [Glauber(1 / 3, 0.1), Metropolis(1 / 7, 0.3)])
def test_a_law_survives_its_dictionary(law):
    assert rate_law_from_dict(json.loads(json.dumps(law.to_dict()))) == law


@pytest.mark.parametrize("number", [np.float32(0.5), np.int64(1), np.array(0.5)])
def test_a_network_with_a_numpy_temperature_can_tell_itself(number):
    network = OpenHopfield([[0, 1], [1, 0]], Glauber(number))
    assert OpenHopfield.from_json(network.to_json()).rate_law.temperature == float(number)


@pytest.mark.parametrize("law", [Glauber, Metropolis])
@pytest.mark.parametrize(
    ("temperature", "rate", "message"),
    [
        (-0.1, 1.0, "`temperature` must be at least 0, but is -0.1"),
        (np.nan, 1.0, "`temperature` must be finite"),
        (0.1, 0.0, "`rate` must be greater than 0, but is 0"),
        (0.1, np.inf, "`rate` must be finite"),
        ([0.1, 0.2], 1.0, "`temperature` must be one number"),
    ],
)
def test_what_is_no_thermal_law_is_refused(law, temperature, rate, message):
    with pytest.raises(ArgumentError, match=message):
        law(temperature, rate)


def test_an_unknown_law_is_refused_by_name():
    with pytest.raises(ArgumentError, match=r"must be one of .*'Glauber', 'Metropolis'.*but is 'Kawasaki'"):
        rate_law_from_dict({"rate_law": "Kawasaki"})


# The closest Glauber law


@pytest.mark.parametrize(("temperature", "rate"), [(0.3, 1.0), (2.0, 1e-4), (0.05, 30.0)])
def test_a_glauber_law_is_matched_by_itself(temperature, rate):
    match = Glauber.matched_to(Glauber(temperature, rate), SAMPLE)
    assert match.law.temperature == pytest.approx(temperature, rel=1e-5)
    assert match.law.rate == pytest.approx(rate, rel=1e-5)
    assert match.distance < 1e-6
    assert match.sample is SAMPLE


class Distorted:
    """A Glauber law with a factor of its own at every flip energy of the sample."""

    def __init__(self, factors):
        self.rates = 0.7 / (1 + np.exp(SAMPLE.flip_energy / 0.6)) * factors

    def __call__(self, flip_energy, spin_class=0):
        return self.rates + 0 * (np.asarray(flip_energy) + np.asarray(spin_class))

    def spin_classes(self, n_spins):
        return np.zeros(n_spins, np.int64)

    def to_dict(self):
        return {}


def distance(rates, temperature, rate, weight):
    glauber = [rate / (1 + math.exp(e / temperature)) for e in SAMPLE.flip_energy]
    logs = [math.log(w / w_glauber) for w, w_glauber in zip(rates, glauber, strict=True)]
    return math.sqrt(sum(p * x**2 for p, x in zip(weight, logs, strict=True)))


@pytest.mark.parametrize("weight", [[1, 2, 3, 2, 1], [1, 0, 0, 5, 1]])
def test_a_distorted_law_is_matched_by_the_best_of_all(weight):
    law = Distorted(np.exp([0.2, -0.3, 0.1, 0.25, -0.2]))
    sample = FlipEnergySample(SAMPLE.flip_energy, weight=weight)
    match = Glauber.matched_to(law, sample)
    share = np.array(weight) / sum(weight)
    assert match.distance == pytest.approx(distance(law.rates, match.law.temperature, match.law.rate, share), rel=1e-12)
    grid = [
        (distance(law.rates, t, r, share), t, r) for t in np.linspace(0.2, 3, 281) for r in np.linspace(0.2, 2, 181)
    ]
    best, temperature, rate = min(grid)
    assert match.distance <= best
    assert match.distance == pytest.approx(best, rel=0.01)
    assert match.law.temperature == pytest.approx(temperature, abs=0.02)
    assert match.law.rate == pytest.approx(rate, abs=0.02)


def test_a_law_without_a_network_needs_a_sample():
    with pytest.raises(ArgumentError, match="`sample` must be given for Metropolis, which belongs to no network"):
        Glauber.matched_to(Metropolis(0.3))


def test_a_vanishing_rate_has_no_logarithm():
    with pytest.raises(ArgumentError, match=r"must give positive rates on the sample, but gives 0 at flip energy 0.3"):
        Glauber.matched_to(Glauber(0.0), SAMPLE)


def test_no_temperature_can_be_told_from_free_flips():
    with pytest.raises(ArgumentError, match="must hold two different flip energies of positive weight"):
        Glauber.matched_to(Glauber(0.3), FlipEnergySample([0.0, 0.0]))


def test_rates_that_grow_with_the_flip_energy_match_no_temperature():
    with pytest.raises(ConvergenceError, match="No Glauber law fits"):
        Glauber.matched_to(Distorted(np.exp(5 * SAMPLE.flip_energy)), SAMPLE)


def test_weights_are_normalised_and_equal_by_default():
    np.testing.assert_allclose(SAMPLE.weight, np.array([1, 2, 3, 2, 1]) / 9)
    np.testing.assert_allclose(FlipEnergySample([1.0, 2.0]).weight, [0.5, 0.5])
    np.testing.assert_array_equal(FlipEnergySample([1.0, 2.0]).spin_class, [0, 0])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([],), r"`flip_energy` must have shape \(K,\), K >= 1, but has shape \(0,\)"),
        ((1.0,), r"`flip_energy` must have shape \(K,\)"),
        (([1.0, np.nan],), "`flip_energy` must be finite"),
        (([1.0], [0, 1]), r"`spin_class` must have shape \(1,\), but has shape \(2,\)"),
        (([1.0], None, [1, 1]), r"`weight` must have shape \(1,\), but has shape \(2,\)"),
        (([1.0, 2.0], None, [1, -1]), "`weight` must not be negative"),
        (([1.0, 2.0], None, [0, 0]), "must not vanish everywhere"),
        (([1.0], [0.7]), "`spin_class` must"),
    ],
)
def test_what_is_no_sample_is_refused(arguments, message):
    with pytest.raises(ArgumentError, match=message):
        FlipEnergySample(*arguments)
