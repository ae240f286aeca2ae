"""From a cavity to the closest thermal network and back."""

import numpy as np
import pytest

from cavity_hopfield import (
    ArgumentError,
    CavityRates,
    FlipEnergySample,
    Glauber,
    Metropolis,
    OpenHopfield,
    Patterns,
    RegimeWarning,
    letters,
    random_patterns,
)
from cavity_hopfield.bridge import dicke_for, to_glauber
from cavity_hopfield.bridge.thermal import _brackets
from cavity_hopfield.hopfield import hebb
from cavity_hopfield.model.energy_scale import memory_scale

MODES = {"omega": 1.0, "loss": 4.0}
ONE = random_patterns(1, 12, seed=1)


@pytest.mark.filterwarnings("ignore::cavity_hopfield.exceptions.RegimeWarning")
@pytest.mark.parametrize("memory", [ONE, letters("AC")], ids=["one pattern", "letters"])
@pytest.mark.parametrize(("temperature", "loss", "gain"), [(0.3, 2.0, 0.0), (0.45, 4.0, 0.3)])
def test_there_and_back(memory, temperature, loss, gain):
    dicke = dicke_for(memory, temperature=temperature, rate=1e-6, omega=1.0, loss=loss, gain=gain)
    thermal = to_glauber(OpenHopfield.from_dicke(dicke))
    assert thermal.relative_temperature == pytest.approx(temperature, rel=1e-6)
    assert thermal.rate == pytest.approx(1e-6, rel=1e-6)
    # by hand: the closest law of these rates, over the energy scale of Hebb's rule
    law = Glauber.matched_to(CavityRates(dicke)).law
    scale = dicke.g[0, 0] ** 2 * 2 / (1 + (loss - gain) ** 2 / 4) * memory.n_spins
    assert law.temperature / scale == pytest.approx(temperature, rel=1e-6)
    assert memory_scale(dicke) == pytest.approx(scale, rel=1e-12)
    assert thermal.network.rate_law == thermal.match.law
    np.testing.assert_array_equal(thermal.network.couplings, OpenHopfield.from_dicke(dicke).couplings)


@pytest.mark.filterwarnings("ignore::cavity_hopfield.exceptions.RegimeWarning")
@pytest.mark.parametrize("scale", [1.0, 2.5])
def test_a_thermal_network_becomes_a_cavity_whatever_its_unit(scale):
    network = OpenHopfield(scale * hebb(ONE), Glauber(0.4 * scale, 3.0), patterns=ONE)
    dicke = dicke_for(network, rate=1e-6, **MODES)
    assert to_glauber(OpenHopfield.from_dicke(dicke)).relative_temperature == pytest.approx(0.4, rel=1e-6)


@pytest.mark.filterwarnings("ignore::cavity_hopfield.exceptions.RegimeWarning")
def test_a_spread_of_the_couplings_is_part_of_the_solution():
    dicke = dicke_for(ONE, temperature=0.4, rate=1e-7, disorder=0.1, seed=2, **MODES)
    thermal = to_glauber(OpenHopfield.from_dicke(dicke))
    assert thermal.relative_temperature == pytest.approx(0.4, rel=1e-6)
    assert thermal.rate == pytest.approx(1e-7, rel=1e-6)
    assert len(np.unique(np.abs(dicke.g))) == 12


@pytest.mark.filterwarnings("ignore::cavity_hopfield.exceptions.RegimeWarning")
def test_modes_that_differ_hold_all_patterns_alike():
    memory = random_patterns(3, 9, seed=4)
    modes = {"omega": [1.0, 2.5, 1.5], "loss": [4.0, 1.0, 2.0], "gain": [0.5, 0.0, 0.0]}
    dicke = dicke_for(memory, temperature=0.4, rate=1e-7, **modes)
    couplings, rule = OpenHopfield.from_dicke(dicke).couplings, hebb(memory)
    strongest = np.abs(rule[0]).argmax()
    scale = couplings[0, strongest] / rule[0, strongest]
    np.testing.assert_allclose(couplings, scale * rule, atol=1e-12 * np.abs(couplings).max())
    thermal = to_glauber(OpenHopfield.from_dicke(dicke))
    assert thermal.temperature / scale == pytest.approx(0.4, rel=1e-6)
    assert (thermal.relative_temperature, thermal.rate) == pytest.approx((0.4, 1e-7), rel=1e-6)


def test_couplings_are_looked_for_where_a_coarse_search_would_miss_them():
    """A dip between two of the first places, and places that are asked for no more than needed."""
    grid, asked = np.linspace(0.0, 4.8, 49), []

    def above(g):
        asked.append(g)
        return (g - 2.2) ** 2 - 0.02

    found = _brackets(above, grid, 0.5)
    assert [low <= root <= high for (low, high), root in zip(found, 2.2 + 0.02**0.5 * np.array([-1, 1]), strict=True)]
    assert len(asked) < 25


def test_a_temperature_out_of_reach_is_refused_with_the_range():
    with pytest.raises(ArgumentError, match=r"`temperature`.*is 0\.01: .* couplings from .* up to 3 reach (0\.\d+) to"):
        dicke_for(ONE, temperature=0.01, rate=1e-6, **MODES)


def test_a_rate_that_takes_a_strong_drive_is_told_with_the_largest_one():
    with pytest.warns(RegimeWarning, match=r"rates up to \d\S+ are good"):
        dicke_for(ONE, temperature=0.4, rate=1e-2, **MODES)


@pytest.mark.parametrize(
    ("target", "options", "text"),
    [
        (Patterns([[1]]), {"temperature": 0.4, "rate": 1e-6}, "Argument `target` must have patterns by which"),
        (ONE, {"temperature": 0.4, "rate": 1e-6, "omega": -1.0}, "Argument `omega` must be positive"),
        (ONE, {"temperature": 0.4}, "`temperature` and `rate` must be given"),
        (OpenHopfield(ONE, Glauber(0.4)), {"temperature": 0.4}, "`temperature` must be left out"),
        (OpenHopfield(ONE, Metropolis(0.4)), {}, "must have Glauber's law"),
        (OpenHopfield(ONE, Glauber(0.4), 0.1), {}, "must have Glauber's law"),
        (OpenHopfield(hebb(ONE), Glauber(0.4)), {}, "no patterns"),
        (OpenHopfield(-hebb(ONE), Glauber(0.4), patterns=ONE), {}, "Hebb's rule"),
        (OpenHopfield(hebb(letters("AC")), Glauber(0.4), patterns=letters("AE")), {}, "Hebb's rule"),
    ],
)
def test_targets_that_no_such_cavity_has_are_refused(target, options, text):
    with pytest.raises(ArgumentError, match=text):
        dicke_for(target, **{**MODES, **options})


def test_a_law_without_a_cavity_needs_a_sample():
    network = OpenHopfield(Patterns([[1, 1, -1]]), Metropolis(0.4, 0.7))
    with pytest.raises(ArgumentError, match="Argument `sample`"):
        to_glauber(network)
    thermal = to_glauber(network, FlipEnergySample([1.0, 2.0, 3.0]))
    assert thermal.temperature == pytest.approx(0.4, rel=0.1)
    assert thermal.relative_temperature is None
    assert thermal.distance > 0
    exact = to_glauber(OpenHopfield(Patterns([[1, 1, -1]]), Glauber(0.4, 0.7)), FlipEnergySample([-1.0, 0.5, 2.0]))
    assert (exact.temperature, exact.rate) == pytest.approx((0.4, 0.7), rel=1e-6)
    assert exact.distance < 1e-6
