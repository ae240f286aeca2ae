"""Ions at rest and their modes: published positions and frequencies, and the energy itself by finite differences."""

import numpy as np
import pytest
from scipy import constants

from cavity_hopfield import ArgumentError
from cavity_hopfield.platforms.ion_crystal import equilibrium_positions, length_scale_m, normal_modes
from tests.twins.ion_crystal import at_rest, hessian

# D. F. V. James, Appl. Phys. B 66, 181 (1998): positions beyond the centre, and squared axial frequencies.
POSITIONS = {2: [0.62996], 3: [1.0772], 4: [0.45438, 1.4368], 5: [0.8221, 1.7429], 6: [0.36992, 1.1361, 2.0123]}
SQUARES = {2: [1, 3], 3: [1, 3, 5.8], 4: [1, 3, 5.81, 9.308], 5: [1, 3, 5.818, 9.332, 13.47]}


@pytest.mark.parametrize("ions", POSITIONS)
def test_positions_are_the_published_ones(ions):
    found = equilibrium_positions(ions)
    np.testing.assert_allclose(found[found > 1e-6], POSITIONS[ions], rtol=6e-5)
    np.testing.assert_allclose(found, -found[::-1], atol=1e-14)


@pytest.mark.parametrize("ions", SQUARES)
def test_axial_frequencies_are_the_published_ones(ions):
    np.testing.assert_allclose(normal_modes(ions, 1.0).frequencies_rad_s ** 2, SQUARES[ions], rtol=4e-4)


def test_two_and_three_ions_in_closed_form():
    np.testing.assert_allclose(equilibrium_positions(2), [-(0.25 ** (1 / 3)), 0.25 ** (1 / 3)], rtol=1e-14)
    np.testing.assert_allclose(equilibrium_positions(3), [-(1.25 ** (1 / 3)), 0, 1.25 ** (1 / 3)], rtol=1e-14)
    two = normal_modes(2, 2.0, 7.0, axis="radial")
    np.testing.assert_allclose(two.frequencies_rad_s, np.sqrt([49 - 4, 49]), rtol=1e-14)
    three = normal_modes(3, 1.0)
    np.testing.assert_allclose(three.frequencies_rad_s**2, [1, 3, 29 / 5], rtol=1e-13)
    np.testing.assert_allclose(three.vectors[:, 0], np.full(3, 3**-0.5), rtol=1e-13)
    np.testing.assert_allclose(three.vectors[:, 1], [-(2**-0.5), 0, 2**-0.5], atol=1e-14)
    np.testing.assert_allclose(three.vectors[:, 2], np.array([1, -2, 1]) / 6**0.5, rtol=1e-13)


def test_lengths_are_in_metres():
    """Two ions of 171 u at 2 pi 1 MHz: the repulsion balances the trap."""
    mass, omega = 171 * constants.atomic_mass, 2 * np.pi * 1e6
    half = equilibrium_positions(2)[1] * length_scale_m(mass, omega)
    repulsion = constants.e**2 / (4 * np.pi * constants.epsilon_0 * (2 * half) ** 2)
    assert mass * omega**2 * half / repulsion == pytest.approx(1.0, rel=1e-9)


@pytest.mark.parametrize("ions", [2, 4])
def test_modes_diagonalise_the_hessian_of_the_energy(ions):
    """All 3 N modes at once: axial, and twice radial, from an energy that knows nothing of chains."""
    ratios = np.array([4.5, 6.0, 1.0])
    places = at_rest(ions, ratios**2)
    np.testing.assert_allclose(np.sort(places[:, 2]), equilibrium_positions(ions), atol=2e-6)
    whole = hessian(places, ratios**2)
    sets = [normal_modes(ions, 1.0, ratio, axis="radial") for ratio in ratios[:2]] + [normal_modes(ions, 1.0)]
    wanted = np.sort(np.concatenate([one.frequencies_rad_s for one in sets]) ** 2)
    np.testing.assert_allclose(np.linalg.eigvalsh(whole), wanted, rtol=2e-6)
    for axis, one in enumerate(sets):
        block = whole[axis::3, axis::3][np.ix_(np.argsort(places[:, 2]), np.argsort(places[:, 2]))]
        diagonal = one.vectors.T @ block @ one.vectors
        np.testing.assert_allclose(diagonal, np.diag(one.frequencies_rad_s**2), atol=2e-5)


def test_many_ions_rest_and_their_second_mode_is_the_breathing_one():
    """Any number of ions: the force vanishes, and squared frequencies begin with 1 and 3."""
    for ions in (13, 40):
        places = equilibrium_positions(ions)
        between = places[:, None] - places
        np.fill_diagonal(between, np.inf)
        np.testing.assert_allclose(np.sum(np.sign(between) / between**2, axis=1), places, atol=1e-11)
        np.testing.assert_allclose(normal_modes(ions, 1.0).frequencies_rad_s[:2] ** 2, [1, 3], rtol=1e-11)


def test_a_chain_buckles_at_the_zigzag():
    """Three ions: at a squared ratio of 12/5."""
    assert normal_modes(3, 1.0, np.sqrt(2.4) * 1.0001, axis="radial").frequencies_rad_s[0] < 0.05
    with pytest.raises(ArgumentError, match=r"must exceed 1.54919 .* buckles"):
        normal_modes(3, 1.0, np.sqrt(2.4) * 0.9999, axis="radial")
