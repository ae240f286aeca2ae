"""Spins told by counts and by classes, against the same network spin by spin."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cavity_hopfield import (
    ArgumentError,
    CavityRates,
    Glauber,
    MultimodeDicke,
    OpenHopfield,
    Patterns,
    RegimeWarning,
    hebb,
    random_patterns,
)
from cavity_hopfield.model import Ramp
from cavity_hopfield.network import CountedHopfield, OverlapTargets, Scheduled, SpinClasses
from tests.twins import classical_generator as twin

COLUMNS = Patterns([[1, 1, 1], [1, -1, 1], [1, 1, -1]])
SIZES = [3, 2, 1]
LISTED = Patterns(np.repeat(COLUMNS.values, SIZES, axis=1))


def test_counts_and_spins_have_the_same_energies_and_overlaps():
    counted, listed = CountedHopfield(COLUMNS, SIZES, Glauber(0.5)), OpenHopfield(LISTED, Glauber(0.5))
    label = np.repeat(np.arange(3), SIZES)
    for number in range(64):
        sigma = np.array(twin.configuration(number, 6))
        ups = np.bincount(label, weights=sigma > 0).astype(int)
        assert float(counted.energy(ups)) == pytest.approx(twin.energy(twin.hebb(LISTED.values), sigma), abs=1e-13)
        np.testing.assert_allclose(counted.overlaps(ups), LISTED.overlaps(sigma), atol=1e-15)
        assert float(counted.magnetisation(ups)) == pytest.approx(sigma.mean(), abs=1e-15)
        costs, of_classes = listed.flip_energies(sigma), counted.flip_energies(ups)
        for i, c in enumerate(label):
            assert of_classes[c, 0 if sigma[i] > 0 else 1] == pytest.approx(costs[i], abs=1e-13)


@given(st.integers(1, 4), st.integers(2, 12), st.integers(0, 10**6))
@settings(max_examples=40, deadline=None)
def test_classes_hold_all_that_couplings_tell(n_patterns, n_spins, seed):
    stored = random_patterns(n_patterns, n_spins, seed)
    for memory, patterns in ((stored, None), (hebb(stored), stored)):
        network = OpenHopfield(memory, Glauber(0.5), patterns=patterns)
        classes = SpinClasses.of(network)
        rebuilt = np.outer(classes.sign, classes.sign) * classes.couplings[np.ix_(classes.label, classes.label)]
        np.fill_diagonal(rebuilt, 0.0)
        np.testing.assert_allclose(rebuilt, network.couplings, atol=1e-14)
        assert (classes.sign[classes.first] == 1).all()
        assert classes.sizes.sum() == n_spins
        assert classes.n_classes <= 2 ** (n_patterns - 1)
        gauged = stored.values * classes.sign
        np.testing.assert_array_equal(gauged, gauged[:, classes.first][:, classes.label])


def test_the_counts_of_a_configuration_give_its_energy():
    network = OpenHopfield(random_patterns(2, 30, seed=4), Glauber(0.5))
    sigma = network.patterns.corrupted(0, 0.3, seed=1)
    classes = SpinClasses.of(network)
    spins = 2 * classes.ups(sigma) - classes.sizes
    np.testing.assert_array_equal(spins, np.bincount(classes.label, weights=sigma * classes.sign))
    energy = -0.5 * (spins @ classes.couplings @ spins - classes.sizes @ np.diag(classes.couplings))
    assert energy == pytest.approx(float(network.energy(sigma)), abs=1e-12)


def test_unequal_couplings_make_every_spin_its_own_class():
    dicke = MultimodeDicke.from_patterns(
        Patterns([[1, -1, 1, 1]]), g=0.5, omega=1.0, loss=1.0, drive=0.01, disorder=0.1, seed=1
    )
    with pytest.warns(RegimeWarning):
        network = OpenHopfield.from_dicke(dicke)
    assert SpinClasses.of(network).n_classes == 4


def test_a_cavity_told_by_counts_has_the_couplings_of_the_listed_one():
    large = MultimodeDicke(np.repeat([[0.02, 0.03], [0.02, -0.03]], [4, 2], axis=0), [1.0, 1.2], 1.0, drive=1e-5)
    small = MultimodeDicke([[0.02, 0.03], [0.02, -0.03]], [1.0, 1.2], 1.0, drive=1e-5)
    counted = CountedHopfield.from_dicke(small, [4, 2])
    classes = SpinClasses.of(OpenHopfield(large.ising_couplings(), CavityRates(large)))
    np.testing.assert_allclose(counted.couplings, classes.couplings, rtol=1e-12)
    energies = np.array([-0.3, 0.0, 0.4])
    rates = (counted.rate_law, CavityRates(large))
    np.testing.assert_allclose(rates[0](energies, 0), rates[1](energies, 0), rtol=1e-12)


def test_random_counts_are_those_of_random_patterns():
    network = CountedHopfield.random(3, 10**9, Glauber(0.3), seed=2)
    assert network.n_spins == 10**9
    # a multinomial count has the standard deviation sqrt(N 3/16) = 13 700
    assert np.abs(network.sizes - 2.5e8).max() < 6 * 13_700
    start = network.corrupted("2", 0.25)
    np.testing.assert_allclose(network.overlaps(start)[1], 0.5, atol=1e-8)


def test_counted_networks_come_back_from_json():
    network = CountedHopfield(COLUMNS, SIZES, Scheduled(Glauber(1.0), temperature=Ramp([0.0, 5.0], [1.0, 0.1])))
    assert CountedHopfield.from_json(network.to_json()).to_json() == network.to_json()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: CountedHopfield(COLUMNS, [3, 2], Glauber(0.5)), "of 2 classes, as many as `sizes`"),
        (lambda: CountedHopfield(COLUMNS, [3, 2, 0], Glauber(0.5)), "at least one spin in each class"),
        (lambda: CountedHopfield(COLUMNS, [3, 2, 1.5], Glauber(0.5)), "whole numbers of spins"),
        (lambda: CountedHopfield([[0, 1], [2, 0]], [1, 1], Glauber(0.5)), "symmetric couplings"),
        (lambda: CountedHopfield(COLUMNS, SIZES, Glauber), "`rate_law` must be a rate law"),
        (lambda: CountedHopfield(COLUMNS, SIZES, Glauber(0.5)).energy([4, 0, 0]), "from 0 to \\[3, 2, 1\\]"),
        (lambda: CountedHopfield(COLUMNS, SIZES, Glauber(0.5)).corrupted("1", 1.5), "fraction from 0 to 1"),
        (lambda: CountedHopfield.random(3, 0, Glauber(0.5), seed=1), "`n_spins` must be at least 1"),
    ],
)
def test_what_is_no_counted_network_is_refused(make, message):
    with pytest.raises(ArgumentError, match=message):
        make()


# Targets


def test_targets_are_reached_at_their_levels():
    targets = OverlapTargets.of(COLUMNS, [("1", 0.5), ("1", -0.5), ("3", 1.0)])
    overlaps = [[0.5, 0, 0], [-0.5, 0, 0], [0.4, 0, 1.0], [0.6, 0, 1.0], [0.49, 0.9, 0.9]]
    np.testing.assert_array_equal(targets.reached(overlaps), [0, 1, 2, 0, -1])
    assert targets.names == ["1 >= 0.5", "1 <= -0.5", "3 >= 1"]


@pytest.mark.parametrize(
    ("patterns", "targets", "message"),
    [
        (None, [("1", 0.5)], "must have patterns"),
        (COLUMNS, [], "at least one pair"),
        (COLUMNS, [("1", 0.0)], "not zero, but holds 0"),
        (COLUMNS, [("1", 1.5)], "from -1 to 1"),
        (COLUMNS, [("A", 0.5)], "`pattern` must be one of"),
        (COLUMNS, ["A"], "pairs of a pattern and an overlap"),
    ],
)
def test_what_is_no_target_is_refused(patterns, targets, message):
    with pytest.raises(ArgumentError, match=message):
        OverlapTargets.of(patterns, targets)


@pytest.mark.parametrize(
    "network", [None, COLUMNS, OpenHopfield(LISTED, Glauber(0.5), drive=0.5)], ids=["nothing", "patterns", "drive"]
)
def test_only_a_network_without_a_drive_can_be_counted(network):
    with pytest.raises(ArgumentError, match="must be an `OpenHopfield` without a drive"):
        CountedHopfield.of(network)


def test_targets_of_other_patterns_are_refused():
    targets = OverlapTargets.of(COLUMNS, [("1", 0.5)])
    assert OverlapTargets.of(COLUMNS, targets) is targets
    with pytest.raises(ArgumentError, match="levels of the patterns of `model`"):
        OverlapTargets.of(LISTED, targets)
    for wrong in (None, 3, "1"):
        with pytest.raises(ArgumentError, match="must be a list of pairs"):
            OverlapTargets.of(COLUMNS, wrong)
