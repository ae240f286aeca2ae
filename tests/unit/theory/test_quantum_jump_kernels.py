"""Kernels of the quantum jumps against dense matrices and against the same code without the compiler."""

import numpy as np
import pytest

from cavity_hopfield import Glauber, OpenHopfield, Patterns
from cavity_hopfield.hopfield import energy
from cavity_hopfield.operators import configurations
from cavity_hopfield.theory.jumps import QuantumJumps, _kernels, _observable_kernels, _state_kernels, runs
from tests.twins.jump_unravelling import SIGMA, on_spin

SIZES = [1, 2, 3, 4, 5, 6, 8, 9, 10, 11]
TURN = np.array([[0, -1], [1, 0]])


def both(kernel):
    return pytest.mark.parametrize("function", [kernel, kernel.py_func], ids=["compiled", "python"])


def uncompiled(monkeypatch):
    """Let kernels without the compiler call one another without it."""
    for module in (_state_kernels, _observable_kernels, _kernels):
        for name in dir(module):
            if hasattr(getattr(module, name), "py_func"):
                monkeypatch.setattr(module, name, getattr(module, name).py_func)


def turned(vector, n_spins):
    """The sum of the turns of all spins."""
    tensor = vector.reshape((2,) * n_spins)
    return sum(np.moveaxis(np.tensordot(TURN, tensor, axes=(1, i)), 0, i) for i in range(n_spins)).reshape(-1)


@pytest.mark.parametrize("n_spins", [*SIZES, 12, 13, 14])
def test_a_term_is_the_product_with_the_generator(n_spins):
    stream = np.random.default_rng(n_spins)
    total, x = stream.random(2**n_spins), stream.normal(size=2**n_spins)
    y = np.empty_like(x)
    square = _state_kernels.next_term(total, 0.3, 0.7, 4, x, y)
    expected = ((0.3 - total / 2) * x + 0.7 * turned(x, n_spins)) / 4
    np.testing.assert_allclose(y, expected, rtol=0, atol=1e-14)
    assert square == pytest.approx(expected @ expected, rel=1e-13)


@pytest.mark.parametrize("n_spins", SIZES)
def test_a_term_without_the_compiler(n_spins, monkeypatch):
    stream = np.random.default_rng(n_spins)
    total, x = stream.random((2, 2**n_spins))
    compiled, python = np.empty((2, 2**n_spins))
    squares = [_state_kernels.next_term(total, 0.3, 0.7, 4, x, compiled)]
    uncompiled(monkeypatch)
    squares.append(_state_kernels.next_term(total, 0.3, 0.7, 4, x, python))
    np.testing.assert_allclose(python, compiled, rtol=0, atol=1e-14)
    assert squares[0] == pytest.approx(squares[1], rel=1e-13)


@pytest.mark.parametrize("compiler", [True, False])
@pytest.mark.parametrize("parts", [1, 2])
@pytest.mark.parametrize("order", [0, 1, 3, 4, 9])
def test_terms_are_summed_by_the_rule_of_horner(order, parts, compiler, monkeypatch):
    terms = np.random.default_rng(1).normal(size=(parts, 10, 1024 + 5))
    out = np.empty((parts, 1024))
    if not compiler:
        uncompiled(monkeypatch)
    _state_kernels.combine(terms, order, 0.7, out)
    expected = sum(0.7**k * terms[:, k, :1024] for k in range(order + 1))
    np.testing.assert_allclose(out, expected, rtol=0, atol=1e-13)


@pytest.mark.parametrize("compiler", [True, False])
@pytest.mark.parametrize("n_spins", [1, 4, 9, 11])
def test_states_are_weighed_block_by_block_and_normalised(n_spins, compiler, monkeypatch):
    stream = np.random.default_rng(2)
    total, state = stream.random(2**n_spins), stream.normal(size=(2, 2**n_spins))
    shares, out = np.zeros(2**n_spins), np.zeros((2, 3, 2**n_spins + 4))
    if not compiler:
        uncompiled(monkeypatch)
    square, rate = _state_kernels.weigh(total, state, shares)
    weights = (state**2).sum(axis=0)
    assert square == pytest.approx(weights.sum(), rel=1e-13)
    assert rate == pytest.approx(weights @ total, rel=1e-13)
    blocks = (weights * total).reshape(-1, min(512, 2**n_spins)).sum(axis=1)
    np.testing.assert_allclose(shares[: blocks.size], blocks, rtol=1e-13)
    _state_kernels.normalise(state, square, out)
    np.testing.assert_allclose(out[:, 0, : 2**n_spins], state / np.sqrt(square), rtol=1e-13)


@pytest.mark.parametrize("compiler", [True, False])
@pytest.mark.parametrize("n_spins", [1, 2, 4, 6])
def test_observables_are_expectations(n_spins, compiler, monkeypatch):
    stream = np.random.default_rng(n_spins)
    state, energies = stream.normal(size=(2, 2**n_spins)), stream.normal(size=2**n_spins)
    bloch = np.empty((n_spins, 3))
    if not compiler:
        uncompiled(monkeypatch)
    found = _observable_kernels.observe(state, energies, bloch)
    downs = (configurations(n_spins) < 0).sum(axis=1)
    ket = (-1j) ** downs * (state[0] + 1j * state[1])
    ket /= np.linalg.norm(ket)
    for i in range(n_spins):
        for axis, name in enumerate("xyz"):
            exact = np.vdot(ket, on_spin(SIGMA[name], i, n_spins) @ ket).real
            assert bloch[i, axis] == pytest.approx(exact, abs=1e-13)
    assert found == pytest.approx(np.abs(ket) ** 2 @ energies, abs=1e-12)


def test_observables_of_many_spins_agree_with_the_python_code(monkeypatch):
    state, energies = np.random.default_rng(3).normal(size=(1, 2048)), np.random.default_rng(4).normal(size=2048)
    compiled, python = np.empty((2, 11, 3))
    first = _observable_kernels.observe(state, energies, compiled)
    uncompiled(monkeypatch)
    assert _observable_kernels.observe(state, energies, python) == pytest.approx(first, rel=1e-12)
    np.testing.assert_allclose(python, compiled, rtol=0, atol=1e-13)
    np.testing.assert_array_equal(compiled[:, 0], 0)


@both(_observable_kernels.fill_energies)
@pytest.mark.parametrize("n_spins", [1, 2, 5])
def test_energies_of_all_configurations(n_spins, function):
    half = np.random.default_rng(5).normal(size=(n_spins, n_spins))
    couplings = half + half.T
    np.fill_diagonal(couplings, 0)
    energies = np.empty(2**n_spins)
    function(couplings, energies)
    np.testing.assert_allclose(energies, energy(couplings, configurations(n_spins)), atol=1e-13)


@both(_kernels.crossing)
@pytest.mark.parametrize(("points", "accuracy"), [(1, 0.3), (2, 0.02), (3, 1e-3)])
def test_the_crossing_of_a_falling_function_is_found_by_inverse_interpolation(function, points, accuracy):
    places = np.array([0.0, 1.4, 1.1])

    def value(t):
        return -t - 0.1 * t**3

    found = function(value(places), places, -1 - 0.3 * places**2, points, value(1.2))
    assert abs(found - 1.2) < accuracy


@both(_kernels.crossing)
def test_a_level_function_has_no_crossing(function):
    assert np.isnan(function(np.zeros(2), np.array([0.0, 1.0]), np.array([-1.0, 0.0]), 2, -1.0))
    assert np.isnan(function(np.zeros(2), np.array([0.0, 1.0]), np.array([-1.0, -1.0]), 2, -1.0))


@both(_kernels.remainder)
def test_the_remainder_bounds_the_tail_of_the_exponential(function):
    size = 1 / 5040
    tail = np.exp(1.5) - sum(1.5**k / np.prod(np.arange(1.0, k + 1)) for k in range(8))
    assert tail < function(size, 7, 1.0, 1.5) < 1.2 * tail
    assert function(size, 7, 1.0, 5.0) == np.inf


class Given:
    """Numbers in place of random ones."""

    def __init__(self, *numbers):
        self.numbers = list(numbers)

    def random(self):
        return self.numbers.pop(0)


def test_channels_are_drawn_in_proportion_to_their_rates(monkeypatch):
    """A grid over both random numbers: shares of all channels to the resolution of the grid."""
    stream = np.random.default_rng(6)
    rates, state = stream.random((2, 4)), stream.normal(size=(1, 4))
    total, shares = rates.sum(axis=0), np.zeros(4)
    uncompiled(monkeypatch)
    _, rate = _state_kernels.weigh(total, state, shares)
    grid, counts = (np.arange(150) + 0.5) / 150, np.zeros(4)
    for u in grid:
        for v in grid:
            counts[_kernels.collapse(rates, total, shares, rate, Given(u, v), state.copy())] += 1
    spins = configurations(2)
    weights = state[0] ** 2
    exact = [weights[spins[:, i] == up] @ rates[i, spins[:, i] == up] for i in range(2) for up in (1, -1)]
    np.testing.assert_allclose(counts / 150**2, np.array(exact) / rate, atol=0.01)


@pytest.mark.parametrize("numbers", [(0.0, 0.0), (0.4, 0.9), (1.0, 1.0)])
def test_a_jump_moves_one_half_of_the_state(numbers, monkeypatch):
    """Also at the very ends, where round-off could leave no channel."""
    stream = np.random.default_rng(7)
    rates, state = stream.random((3, 8)), stream.normal(size=(2, 8))
    rates[:, [0, 7]] = 0
    total, shares, before = rates.sum(axis=0), np.zeros(8), state.copy()
    uncompiled(monkeypatch)
    _, rate = _state_kernels.weigh(total, state, shares)
    spin, goes_up = divmod(_kernels.collapse(rates, total, shares, rate, Given(*numbers), state), 2)
    lowered = np.sqrt(rates[spin]) * before
    jump = np.array([[0, 1], [0, 0]]) if goes_up else np.array([[0, 0], [1, 0]])
    np.testing.assert_allclose(state, lowered @ on_spin(jump, spin, 3).T, atol=1e-14)
    assert np.abs(state).max() > 0


def test_a_run_without_the_compiler_is_the_same(monkeypatch):
    network = OpenHopfield(Patterns([[1, -1, 1], [1, 1, -1]]), Glauber(0.4), drive=0.6)
    theory = QuantumJumps(runs=3, seed=2)
    compiled = theory.evolve(network, [1, 1, 1], [0.0, 1.0, 2.0])
    uncompiled(monkeypatch)
    monkeypatch.setattr(runs, "run", _kernels.run)
    monkeypatch.setattr(runs, "fill_energies", _observable_kernels.fill_energies)
    python = theory.evolve(network, [1, 1, 1], [0.0, 1.0, 2.0])
    np.testing.assert_array_equal(python["flips"], compiled["flips"])
    np.testing.assert_allclose(python["overlap"], compiled["overlap"], atol=1e-9)
