import pickle

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cavity_hopfield.elimination.ensembles import SpinEnsembles, spin_lengths
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.hopfield import letters
from cavity_hopfield.model import MultimodeDicke
from tests.strategies import models
from tests.twins import sector_equation as twin

ROWS = np.array([[0.5, -0.25], [-0.5, 0.25], [0.25, 0.5], [0.5, 0.25], [-0.5, 0.25]])
DICKE = MultimodeDicke(ROWS, omega=[1.0, 1.4], loss=[0.8, 1.3], gain=[0.0, 0.3], drive=0.02)


def configurations(n_spins):
    return np.array([[twin.spin(k, i) for i in range(n_spins)] for k in range(2**n_spins)])


def test_rows_equal_up_to_a_sign_are_one_ensemble():
    ensembles = SpinEnsembles.of(DICKE)
    np.testing.assert_array_equal(ensembles.label, [0, 0, 1, 2, 0])
    np.testing.assert_array_equal(ensembles.sign, [1, -1, 1, 1, -1])
    np.testing.assert_array_equal(ensembles.sizes, [3, 1, 1])
    np.testing.assert_array_equal(ensembles.first, [0, 2, 3])
    np.testing.assert_array_equal(ensembles.g, [[0.5, -0.25], [0.25, 0.5], [0.5, 0.25]])
    assert (ensembles.n_spins, ensembles.n_ensembles) == (5, 3)


def test_letters_make_ensembles_of_equal_pattern_columns():
    memory = letters("ACJ")
    ensembles = SpinEnsembles.of(MultimodeDicke.from_patterns(memory, g=[0.3, 0.2, 0.1], omega=1.0, loss=1.0))
    columns, sizes = np.unique(memory.values * memory.values[0], axis=1, return_counts=True)
    assert ensembles.n_ensembles == columns.shape[1]
    assert sorted(ensembles.sizes) == sorted(sizes)
    np.testing.assert_allclose(
        ensembles.g[ensembles.label] * ensembles.sign[:, None], memory.values.T * [0.3, 0.2, 0.1]
    )


@pytest.mark.parametrize(("difference", "equal"), [(1e-15, True), (5e-13, True), (2e-12, False), (1e-6, False)])
def test_rows_that_differ_by_rounding_are_equal(difference, equal):
    ensembles = SpinEnsembles.of(MultimodeDicke([[0.5, 0.2], [0.5, 0.2 + 0.5 * difference]], 1.0, 1.0))
    assert (ensembles.n_ensembles == 1) is equal


def test_a_coupling_that_is_zero_but_for_rounding_decides_no_sign():
    ensembles = SpinEnsembles.of(MultimodeDicke([[1e-17, 0.5], [-1e-17, 0.5], [0.0, -0.5], [0.5, 1e-17]], 1.0, 1.0))
    np.testing.assert_array_equal(ensembles.label, [0, 0, 0, 1])
    np.testing.assert_array_equal(ensembles.sign, [1, 1, -1, 1])


def test_small_couplings_are_told_apart_beside_large_ones():
    ensembles = SpinEnsembles.of(MultimodeDicke([[1e-13], [2e-13], [1.0], [1.0 + 1e-13]], 1.0, 1.0))
    np.testing.assert_array_equal(ensembles.label, [0, 1, 2, 2])


@given(models(max_spins=5))
@settings(deadline=None, max_examples=60)
def test_forces_and_flip_energies_are_those_of_the_configurations(dicke):
    assume(dicke.g.any(axis=1).all())
    ensembles = SpinEnsembles.of(dicke)
    sigma = configurations(dicke.n_spins)
    m = ensembles.projections(sigma)
    assert m.shape == (len(sigma), ensembles.n_ensembles)
    np.testing.assert_allclose(ensembles.force(m), dicke.force(sigma), rtol=0, atol=1e-12)
    both = ensembles.flip_energies(m)[:, ensembles.label]
    energies = np.where(ensembles.gauged(sigma) > 0, both[..., 0], both[..., 1])
    np.testing.assert_allclose(energies, dicke.flip_energies(sigma), rtol=0, atol=1e-11)


@given(models(max_spins=5))
@settings(deadline=None, max_examples=60)
def test_ensembles_are_those_that_loops_find(dicke):
    ensembles = SpinEnsembles.of(dicke)
    expected = twin.ensembles(dicke.g)
    assert [int(size) for size in ensembles.sizes] == [len(members) for members in expected]
    for label, members in enumerate(expected):
        spins = [i for i, _ in members]
        signs = np.array([sign for _, sign in members])
        assert (ensembles.label[spins] == label).all()
        if dicke.g[spins[0]].any():
            np.testing.assert_array_equal(ensembles.sign[spins] * ensembles.sign[spins[0]], signs)


def test_couplings_between_ensembles_are_those_of_their_spins():
    ensembles = SpinEnsembles.of(DICKE)
    ising = DICKE.ising_couplings()
    np.fill_diagonal(ising, 0)
    found = ensembles.couplings(ising)
    expected = (ensembles.g * DICKE.mediation) @ ensembles.g.T
    # the second and third ensemble have one spin, and no pairs
    expected[1, 1] = expected[2, 2] = 0
    np.testing.assert_allclose(found, expected, atol=1e-15)


def test_couplings_that_differ_within_an_ensemble_are_refused():
    ensembles = SpinEnsembles.of(DICKE)
    ising = DICKE.ising_couplings()
    np.fill_diagonal(ising, 0)
    ising[1, 4] = ising[4, 1] = 1.5 * ising[1, 4]
    with pytest.raises(ArgumentError, match=r"spins 0 and 1|spins 1 and 4"):
        ensembles.couplings(ising)


@pytest.mark.parametrize("n_spins", range(1, 9))
def test_spin_lengths_are_those_of_a_projection(n_spins):
    squared, projection = twin.spin_operators([(i, 1) for i in range(n_spins)], n_spins)
    for j in np.arange(n_spins % 2 / 2, n_spins / 2 + 1):
        onto = np.diag(twin.total_spin_projector(squared, j))
        for m in np.arange(-n_spins / 2, n_spins / 2 + 1):
            lengths, probabilities = spin_lengths(n_spins, m)
            found = dict(zip(lengths, probabilities, strict=True)).get(j, 0.0)
            # the same for every configuration with this projection
            np.testing.assert_allclose(onto[projection == m], found, rtol=0, atol=1e-12)


@given(st.integers(1, 400), st.data())
@settings(deadline=None, max_examples=100)
def test_probabilities_of_spin_lengths_sum_to_one_and_give_the_mean_square(size, data):
    m = data.draw(st.integers(0, size)) - size / 2
    j, probability = spin_lengths(size, m)
    assert (j[0], j[-1], j.size) == (abs(m), size / 2, size / 2 - abs(m) + 1)
    assert (probability >= 0).all()
    assert probability.sum() == pytest.approx(1, abs=1e-12)
    # <J^2> = m^2 + n/2 in a product state: sum over i, j of <sigma_i sigma_j>/4
    assert probability @ (j * (j + 1)) == pytest.approx(m**2 + size / 2, rel=1e-12)


@pytest.mark.parametrize("m", [0.0, 1.0, -300.0, 4999.0, 5000.0])
def test_spin_lengths_of_ten_thousand_spins(m):
    j, probability = spin_lengths(10_000, m)
    assert probability.sum() == pytest.approx(1, abs=1e-11)
    assert probability @ (j * (j + 1)) == pytest.approx(m**2 + 5000, rel=1e-11)


@pytest.mark.parametrize(
    ("size", "m", "message"),
    [
        (2, 0.5, "`projection` must be one of -1, 0 ... 1 for 2 spins, but is 0.5"),
        (3, 2.5, "`projection` must be one of -1.5, -0.5 ... 1.5 for 3 spins, but is 2.5"),
        (2, np.nan, "`projection` must be finite"),
        (0, 0.0, "`size` must be at least 1"),
        (2.0, 0.0, "`size` must be a whole number"),
    ],
)
def test_spins_that_cannot_be_are_refused(size, m, message):
    with pytest.raises(ArgumentError, match=message):
        spin_lengths(size, m)


@pytest.mark.parametrize(
    ("m", "message"),
    [
        ([0.5, 0.5], r"`projections` must have 3 ensembles along its last axis, but has shape \(2,\)"),
        (0.5, "must have 3 ensembles"),
        (
            [1.0, 0.5, 0.5],
            r"must hold -1.5, -0.5 ... 1.5 for an ensemble of 3 spins, but holds 1. `projections\(sigma\)`",
        ),
        ([0.5, 1.5, 0.5], "must hold -0.5, 0.5 ... 0.5 for an ensemble of 1 spins, but holds 1.5"),
    ],
)
def test_projections_that_cannot_be_are_refused(m, message):
    ensembles = SpinEnsembles.of(DICKE)
    for method in (ensembles.force, ensembles.flip_energies):
        with pytest.raises(ArgumentError, match=message):
            method(m)


def test_configurations_that_do_not_fit_are_refused():
    with pytest.raises(ArgumentError, match="`sigma` must have 5 spins"):
        SpinEnsembles.of(DICKE).projections([1, 1])


def test_arrays_stay_read_only():
    ensembles = SpinEnsembles.of(DICKE)
    for copy in (ensembles, pickle.loads(pickle.dumps(ensembles))):
        with pytest.raises(ValueError, match="read-only"):
            copy.label[0] = 9
        with pytest.raises(ValueError, match="read-only"):
            copy.g[0] = 9
