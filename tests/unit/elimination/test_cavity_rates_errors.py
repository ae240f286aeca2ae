import json

import numpy as np
import pytest

from cavity_hopfield.elimination import CavityRates, cavity_rates
from cavity_hopfield.exceptions import ArgumentError, RegimeWarning
from cavity_hopfield.hopfield import letters
from cavity_hopfield.model import MultimodeDicke, RateLaw

PLATFORM = MultimodeDicke(g=[[0.3, 0.2], [-0.3, 0.2], [0.5, 0.1]], omega=1.0, loss=0.8, gain=0.1, drive=0.05)


def test_a_platform_without_a_drive_is_refused():
    with pytest.raises(ArgumentError, match="must have a drive"):
        CavityRates(MultimodeDicke(g=[[0.5]], omega=1.0, loss=1.0))


def test_a_spin_that_couples_to_nothing_is_refused_by_number():
    with pytest.raises(ArgumentError, match="spin 1 has only zeros"):
        CavityRates(MultimodeDicke(g=[[0.5], [0.0]], omega=1.0, loss=1.0, drive=0.1))


@pytest.mark.parametrize("spin_class", [2, -1, 0.5, [0, 2]])
def test_a_class_that_does_not_exist_is_refused(spin_class):
    with pytest.raises(ArgumentError, match=r"whole numbers 0\.\.1"):
        CavityRates(PLATFORM)(0.0, spin_class)


@pytest.mark.parametrize("flip_energy", [np.nan, np.inf, [0.0, -np.inf], 1j, "cold"])
def test_a_flip_energy_that_is_no_finite_number_is_refused(flip_energy):
    rates = CavityRates(PLATFORM)
    for method in (rates, rates.estimate, rates.temperature):
        with pytest.raises(ArgumentError, match="flip_energy"):
            method(flip_energy)


def test_a_network_of_another_size_is_refused():
    with pytest.raises(ArgumentError, match="platform of 3 spins, but the network has 4"):
        CavityRates(PLATFORM).spin_classes(4)


def test_a_rate_that_is_not_accurate_warns(monkeypatch):
    monkeypatch.setattr(cavity_rates, "WORST_ERROR", 0.0)
    with pytest.warns(RegimeWarning, match="a cavity rate has the relative error"):
        CavityRates(PLATFORM)(0.0)


def test_spins_of_equal_coupling_sizes_form_a_class():
    rates = CavityRates(PLATFORM)
    assert rates.n_classes == 2
    assert rates.spin_classes(3).tolist() == [0, 0, 1]
    for spin, label in enumerate(rates.classes):
        alone = CavityRates(MultimodeDicke(PLATFORM.g[[spin]], 1.0, 0.8, 0.1, 0.05))
        assert rates(0.4, label) == alone(0.4)


def test_energies_and_classes_broadcast():
    rates = CavityRates(PLATFORM)
    energies = np.array([-0.3, 0.0, 2.0])
    table = rates(energies, [[0], [1]])
    assert table.shape == (2, 3)
    np.testing.assert_array_equal(table, [[rates(energy, label) for energy in energies] for label in (0, 1)])
    assert rates([]).shape == (0,)


def test_the_rates_are_a_rate_law_that_json_can_carry():
    rates = CavityRates(PLATFORM)
    assert isinstance(rates, RateLaw)
    carried = json.loads(json.dumps(rates.to_dict(), allow_nan=False))
    assert carried["rate_law"] == "CavityRates"
    assert CavityRates(MultimodeDicke.from_dict(carried["dicke"]))(0.7, 1) == rates(0.7, 1)


def test_the_recall_sample_holds_every_flip_of_the_recall_configurations():
    rates = CavityRates(
        MultimodeDicke.from_patterns(letters("ACJ"), g=[0.3, 0.2, 0.25], omega=1.0, loss=1.0, drive=0.01)
    )
    sample = rates.recall_sample(seed=5)
    energies = rates.dicke.flip_energies(rates.recall_configurations(seed=5))
    assert sample.weight.sum() == pytest.approx(1.0, abs=1e-14)
    assert (sample.weight > 0).all()
    for power in (1, 2):
        assert np.sum(sample.weight * sample.flip_energy**power) == pytest.approx(np.mean(energies**power), rel=1e-9)
    assert sample.flip_energy.size < energies.size
    assert np.isin(sample.spin_class, rates.classes).all()


def test_the_recall_configurations_begin_at_each_pattern_and_repeat_with_the_seed():
    memory = letters("AC")
    rates = CavityRates(MultimodeDicke.from_patterns(memory, g=0.3, omega=1.0, loss=1.0, drive=0.01))
    configurations = rates.recall_configurations(seed=1)
    np.testing.assert_array_equal(configurations, rates.recall_configurations(seed=1))
    assert (configurations != rates.recall_configurations(seed=2)).any()
    flipped = (configurations[:, None] != memory.values).sum(axis=2).min(axis=1)
    assert (flipped == 0).sum() >= 2
    assert flipped.max() > 0
    with pytest.raises(ArgumentError, match="seed"):
        rates.recall_configurations(seed=-1)


def test_the_temperature_is_even_and_is_what_the_rates_say():
    rates = CavityRates(PLATFORM)
    assert rates.temperature(-0.6, 1) == rates.temperature(0.6, 1)
    assert float(rates(-0.6, 1) / rates(0.6, 1)) == pytest.approx(np.exp(0.6 / rates.temperature(0.6, 1)), rel=1e-12)
    assert rates.temperature(0.0) == pytest.approx(rates.temperature(1e-3), rel=1e-4)


def test_the_dephasing_rates_are_those_of_one_flip():
    # 2 |g|^2 (loss + gain) / |z|^2 for equal modes (docs/check_values.md)
    expected = 2 * np.array([0.13, 0.26]) * 0.9 / (1 + 0.7**2 / 4)
    np.testing.assert_allclose(CavityRates(PLATFORM).dephasing_rates(), expected, rtol=1e-14)
