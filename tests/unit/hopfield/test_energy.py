import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.hopfield import energy, flip_energies, hebb, letters, local_fields


@st.composite
def networks(draw):
    """Random symmetric couplings with a diagonal, shape (N, N), and one configuration, shape (N,)."""
    n_spins = draw(st.integers(1, 7))
    generator = np.random.default_rng(draw(st.integers(0, 2**32)))
    matrix = generator.normal(size=(n_spins, n_spins))
    return (matrix + matrix.T) / 2, generator.choice([-1, 1], size=n_spins)


def energy_by_pairs(couplings, spins):
    total = 0.0
    for i in range(len(spins)):
        for j in range(i):
            total -= couplings[i, j] * spins[i] * spins[j]
    return total


@given(networks())
def test_energy_counts_every_pair_once_and_no_spin_with_itself(network):
    couplings, spins = network
    assert float(energy(couplings, spins)) == pytest.approx(energy_by_pairs(couplings, spins), abs=1e-12)


@given(networks())
def test_flip_energy_is_the_energy_after_minus_the_energy_before(network):
    couplings, spins = network
    costs = flip_energies(couplings, spins)
    for i in range(len(spins)):
        flipped = spins.copy()
        flipped[i] *= -1
        difference = energy_by_pairs(couplings, flipped) - energy_by_pairs(couplings, spins)
        assert costs[i] == pytest.approx(difference, abs=1e-12)


@given(networks())
def test_flip_energies_are_twice_spin_times_field_and_fields_sum_to_the_energy(network):
    couplings, spins = network
    fields = local_fields(couplings, spins)
    for i in range(len(spins)):
        by_hand = sum(couplings[i, j] * spins[j] for j in range(len(spins)) if j != i)
        assert fields[i] == pytest.approx(by_hand, abs=1e-12)
    np.testing.assert_allclose(flip_energies(couplings, spins), 2 * spins * fields, atol=1e-12)
    assert float(energy(couplings, spins)) == pytest.approx(-0.5 * fields @ spins, abs=1e-12)


@given(networks())
def test_flipping_every_spin_changes_no_energy(network):
    couplings, spins = network
    assert energy(couplings, spins) == energy(couplings, -spins)
    np.testing.assert_array_equal(flip_energies(couplings, spins), flip_energies(couplings, -spins))
    np.testing.assert_array_equal(local_fields(couplings, spins), -local_fields(couplings, -spins))


@given(networks(), st.floats(-1e12, 1e12))
def test_the_diagonal_never_enters(network, diagonal):
    couplings, spins = network
    other = couplings.copy()
    np.fill_diagonal(other, diagonal)
    for quantity in (energy, local_fields, flip_energies):
        np.testing.assert_array_equal(quantity(couplings, spins), quantity(other, spins))


@pytest.mark.parametrize("quantity", [energy, local_fields, flip_energies])
def test_a_batch_equals_a_loop(quantity):
    generator = np.random.default_rng(3)
    matrix = generator.normal(size=(6, 6))
    couplings, spins = matrix + matrix.T, generator.choice([-1, 1], size=(2, 5, 6))
    batch = quantity(couplings, spins)
    assert batch.shape == ((2, 5) if quantity is energy else (2, 5, 6))
    for place in np.ndindex(2, 5):
        np.testing.assert_allclose(batch[place], quantity(couplings, spins[place]), atol=1e-13)


def test_one_configuration_has_a_zero_dimensional_energy():
    assert energy(np.ones((3, 3)), [1, 1, 1]).shape == ()
    assert float(energy(np.ones((3, 3)), [1, 1, 1])) == -3


def test_stored_letters_are_local_minima():
    stored = letters("ACJ")
    couplings = hebb(stored)
    assert (flip_energies(couplings, stored.values) > 0).all()


def test_arguments_are_left_alone():
    couplings, spins = np.ones((3, 3)), np.ones(3)
    flip_energies(couplings, spins)
    assert (couplings == 1).all()
    assert (spins == 1).all()


def test_asymmetry_of_rounding_is_accepted_and_more_is_not():
    couplings = np.array([[0.0, 1.0], [1.0 + 1e-15, 0.0]])
    assert float(energy(couplings, [1, 1])) == pytest.approx(-1)
    couplings[1, 0] = 1 + 1e-9
    with pytest.raises(ArgumentError, match="`couplings` must be symmetric"):
        energy(couplings, [1, 1])


BAD_NETWORKS = [
    ([[0, 1], [2, 0]], [1, 1], r"`couplings` must be symmetric, but couplings\[0, 1\] = 1 and.*\[1, 0\] = 2"),
    (np.ones((2, 3)), [1, 1], r"`couplings` must have shape \(N, N\), but has shape \(2, 3\). Build it"),
    (np.ones(2), [1, 1], r"`couplings` must have shape \(N, N\), but has shape \(2,\)"),
    (np.ones((0, 0)), [], r"`couplings` must have shape \(N, N\), but has shape \(0, 0\)"),
    ([[0, np.nan], [1, 0]], [1, 1], r"`couplings` must be finite, but holds nan at index \(0, 1\)"),
    (np.ones((2, 2)), [1, 0.5], "`configurations` must hold only -1 and"),
    (np.ones((2, 2)), [1, 1, 1], r"`configurations` must have 2 spins.*has shape \(3,\)"),
    (np.ones((2, 2)), 1, r"`configurations` must have at least one dimension, but has shape \(\)"),
]


@pytest.mark.parametrize("quantity", [energy, local_fields, flip_energies])
@pytest.mark.parametrize(("couplings", "spins", "text"), BAD_NETWORKS)
def test_bad_networks_are_refused(quantity, couplings, spins, text):
    with pytest.raises(ArgumentError, match=text):
        quantity(couplings, spins)
