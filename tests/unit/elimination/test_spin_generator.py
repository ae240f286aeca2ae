from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import expm
from scipy.sparse import csr_array

from cavity_hopfield.elimination.spin_generator import (
    SpinGenerator,
    equal_force_places,
    force_labels,
)
from cavity_hopfield.exceptions import ArgumentError, SizeError
from cavity_hopfield.model import MultimodeDicke
from cavity_hopfield.operators import configurations, dissipator, pauli, turning
from tests.strategies import models

PAIR = MultimodeDicke(g=[[0.5], [0.5]], omega=1.0, loss=1.0, drive=0.1)
TIMES = [0.0, 0.3, 2.0]


@dataclass(frozen=True)
class Anything:
    """A theory, for the label of a result."""


def everywhere(dicke, superoperator):
    return SpinGenerator(dicke, np.arange(4**dicke.n_spins), csr_array(superoperator))


@pytest.fixture(scope="module")
def damped():
    """Two spins that turn about x and fall one by one."""
    fall = [csr_array((pauli("x", i, 2) - 1j * pauli("y", i, 2)) / 2) for i in range(2)]
    turn = csr_array(0.4 * pauli("x", 0, 2) + 0.3 * pauli("y", 1, 2))
    return everywhere(PAIR, turning(turn) + 0.5 * dissipator(fall[0]) + 0.7 * dissipator(fall[1]))


def random_state(size, seed=0):
    stream = np.random.default_rng(seed)
    root = stream.standard_normal((size, size)) + 1j * stream.standard_normal((size, size))
    return root @ root.conj().T / np.trace(root @ root.conj().T)


def test_states_follow_the_exponential_of_the_generator(damped):
    start = random_state(4)
    for time, state in zip(TIMES, damped.states(start, TIMES), strict=True):
        expected = expm(damped.superoperator().toarray() * time) @ start.reshape(-1, order="F")
        np.testing.assert_allclose(state.reshape(-1, order="F"), expected, rtol=0, atol=1e-12)


def test_a_configuration_is_the_pure_state_of_its_spins(damped):
    (state,) = damped.states([1, -1], [0.0])
    expected = np.zeros((4, 4))
    expected[1, 1] = 1.0
    np.testing.assert_array_equal(state, expected)


def test_observables_are_traces_with_pauli_matrices(damped):
    start = random_state(4)
    told = []
    data = damped.evolve(Anything(), start, TIMES, progress=told.append)
    assert told == pytest.approx([1 / 3, 2 / 3, 1.0])
    assert data["probability"].dims == ("time", "configuration")
    for k, state in enumerate(damped.states(start, TIMES)):
        for axis, name in (("x", "magnetisation_x"), ("y", "magnetisation_y"), ("z", "magnetisation")):
            means = [np.trace(pauli(axis, i, 2).toarray() @ state).real for i in range(2)]
            assert float(data[name][k]) == pytest.approx(np.mean(means), abs=1e-12)
        np.testing.assert_allclose(data["spin_z"][k], means, atol=1e-12)
        np.testing.assert_allclose(data["probability"][k], np.diag(state).real, atol=1e-12)
        energies = PAIR.energy(configurations(2))
        assert float(data["energy"][k]) == pytest.approx(energies @ np.diag(state).real, abs=1e-12)
        assert float(data["overlap"][k, 0]) == pytest.approx(np.mean(means), abs=1e-12)


def test_observables_of_given_states_are_those_of_the_evolution(damped):
    states = damped.states(random_state(4), TIMES)
    data = damped.evolve(Anything(), random_state(4), TIMES)
    for name, (_, values) in damped.observables(states).items():
        np.testing.assert_allclose(values, data[name].values, rtol=0, atol=1e-12)


def test_a_platform_without_patterns_has_no_overlap():
    silent = MultimodeDicke(g=[[0.5], [0.0]], omega=1.0, loss=1.0)
    named = everywhere(silent, np.zeros((16, 16))).observables(np.eye(4)[None] / 4)
    assert "overlap" not in named


def test_the_stationary_state_is_where_a_late_time_ends(damped):
    (late,) = damped.states([1, 1], [200.0])
    np.testing.assert_allclose(damped.steady_state(), late, rtol=0, atol=1e-10)
    np.testing.assert_allclose(damped.steady_state([-1, 1]), late, rtol=0, atol=1e-10)


def test_several_stationary_states_ask_for_the_start():
    dephased = everywhere(PAIR, 0.5 * dissipator(pauli("z", 0, 2)))
    with pytest.raises(ArgumentError, match=r"There are 8 stationary states.*Give `initial`"):
        dephased.steady_state()
    start = random_state(4)
    expected = start * np.kron(np.eye(2), np.ones((2, 2)))
    np.testing.assert_allclose(dephased.steady_state(start), expected, rtol=0, atol=1e-13)


def test_what_is_smaller_than_the_accuracy_counts_as_still():
    slow = csr_array(turning(pauli("z", 0, 2)) + 1e-9 * dissipator(pauli("x", 1, 2)))
    assert SpinGenerator(PAIR, np.arange(16), slow).stationary[0].shape[1] == 4
    assert SpinGenerator(PAIR, np.arange(16), slow, accuracy=1e-8).stationary[0].shape[1] == 8


def test_population_rates_are_the_real_generator_of_the_populations():
    matrix = np.random.default_rng(0).standard_normal((6, 6)) + 1j
    rates = SpinGenerator(PAIR, equal_force_places(PAIR), csr_array(matrix)).population_rates()
    here = [0, 1, 4, 5]  # of 00, 11, 12, 21, 22, 33, stacked by columns: 0, 5, 6, 9, 10, 15
    np.testing.assert_array_equal(equal_force_places(PAIR), [0, 5, 6, 9, 10, 15])
    np.testing.assert_array_equal(rates, matrix.real[np.ix_([0, 1, 4, 5], here)])


@pytest.mark.parametrize(
    ("initial", "message"),
    [
        ([1, 1, 1], "2 spins"),
        ([1, 0], "only -1 and"),
        (np.eye(3) / 3, r"density matrix of shape \(4, 4\), but has shape \(3, 3\)"),
        (np.full((4, 4), np.nan), "finite density matrix"),
        (np.eye(4), "trace 1, but its trace is 4"),
        (np.eye(4) / 4 + np.eye(4, k=1), "differs from its conjugate by 1"),
        (np.diag([1.5, -0.5, 0, 0]), "no negative eigenvalue, but has -0.5"),
    ],
)
def test_what_is_no_state_is_refused(damped, initial, message):
    with pytest.raises(ArgumentError, match=message):
        damped.states(initial, TIMES)


def test_a_coherence_that_the_light_destroys_is_refused():
    generator = SpinGenerator(PAIR, equal_force_places(PAIR), csr_array((6, 6), dtype=complex))
    cat = np.zeros((4, 4))
    cat[np.ix_([0, 3], [0, 3])] = 0.5
    with pytest.raises(ArgumentError, match=r"coherence between configurations of unequal force \(0.5\)"):
        generator.states(cat, TIMES)


def test_times_must_increase(damped):
    with pytest.raises(ArgumentError, match="`times` must increase"):
        damped.states([1, 1], [1.0, 0.5])


def test_too_many_elements_for_a_dense_decomposition_are_refused_before_it_begins():
    six = MultimodeDicke(g=np.ones((6, 1)), omega=1.0, loss=1.0)
    places = np.arange(4**6)
    with pytest.raises(SizeError, match=r"4096 x 4096; the limit is 1100. Use `evolve`"):
        SpinGenerator(six, places, csr_array((places.size,) * 2, dtype=complex)).steady_state()


@settings(deadline=None)
@given(models(max_spins=5))
def test_labels_are_equal_where_exact_forces_are(dicke):
    sixteenths = np.rint(configurations(dicke.n_spins) @ (16 * dicke.g)).astype(int)
    labels = force_labels(dicke)
    equal = (sixteenths[:, None] == sixteenths[None]).all(axis=2)
    np.testing.assert_array_equal(labels[:, None] == labels[None], equal)
    left, right = np.nonzero(equal)
    np.testing.assert_array_equal(equal_force_places(dicke), np.sort(left + right * labels.size))


@settings(deadline=None)
@given(st.floats(0.1, 3, allow_subnormal=False), st.permutations(range(4)))
def test_forces_that_differ_by_round_off_are_equal(unit, order):
    g = unit * np.array([[0.1], [0.2], [0.3], [0.6]])[list(order)]  # 0.1 + 0.2 differs from 0.3 in the last digit
    labels = force_labels(MultimodeDicke(g, omega=1.0, loss=1.0))
    tenths = configurations(4) @ np.array([1, 2, 3, 6])[list(order)]
    np.testing.assert_array_equal(labels[:, None] == labels, tenths[:, None] == tenths)


def test_forces_that_differ_by_more_are_not():
    labels = force_labels(MultimodeDicke([[0.5], [0.5 + 1e-11]], omega=1.0, loss=1.0))
    assert np.unique(labels).size == 4
