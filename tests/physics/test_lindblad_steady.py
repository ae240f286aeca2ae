"""Steady states of open networks: against a dense null vector, QuTiP, Boltzmann, and where there are several."""

import numpy as np
import pytest
import qutip
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import null_space

from cavity_hopfield import CavityRates, Glauber, Metropolis, MultimodeDicke, OpenHopfield, Patterns
from cavity_hopfield.exceptions import ArgumentError, ConvergenceError, SizeError
from cavity_hopfield.theory.lindblad import Lindblad, liouvillian, steady
from cavity_hopfield.theory.lindblad._block_kernels import block_products, stationary
from cavity_hopfield.theory.lindblad.steady import solve_steady_state, steady_density_matrix
from tests.twins import classical_generator as classical
from tests.twins import open_hopfield_lindblad as twin


def glauber(n_spins, drive=0.6, temperature=0.4, seed=0):
    half = np.random.default_rng(seed).normal(size=(n_spins, n_spins))
    couplings = half + half.T
    return OpenHopfield(couplings, Glauber(temperature), drive=drive), classical.glauber(couplings, temperature)


def metropolis(n_spins):
    stored = Patterns(np.random.default_rng(5).choice([-1, 1], (2, n_spins)))
    rate = classical.metropolis(classical.hebb(stored.values), 0.7, 1.3)
    return OpenHopfield(stored, Metropolis(0.7, 1.3), drive=0.9), rate


def cavity(n_spins):
    g = np.random.default_rng(7).uniform(0.2, 0.7, (n_spins, 2))
    dicke = MultimodeDicke(g=g, omega=[1.0, 1.4], loss=[0.9, 0.7], gain=[0.1, 0.0], drive=0.7)
    rate = classical.cavity(g, [1.0, 1.4], [0.9, 0.7], [0.1, 0.0], 0.7)
    return OpenHopfield(dicke.ising_couplings(), CavityRates(dicke), drive=0.4), rate


def dense_steady(network, rate):
    n = network.n_spins
    (vector,) = null_space(twin.liouvillian(n, rate, network.drive), rcond=1e-12).T
    matrix = vector.reshape((2**n, 2**n), order="F")
    return matrix / np.trace(matrix)


@pytest.mark.parametrize("law", [glauber, metropolis, cavity])
@pytest.mark.parametrize("n_spins", [1, 2, 3, 4])
def test_it_is_the_null_vector(law, n_spins):
    network, rate = law(n_spins)
    found = solve_steady_state(network, tolerance=1e-10)
    exact = dense_steady(network, rate)
    assert np.abs(found.matrix - exact).max() < 1e-10
    assert found.residual < 1e-11
    observables = Lindblad().steady_state(network)
    bloch = twin.bloch(exact, n_spins)
    assert np.allclose(observables["magnetisation_x"], bloch[:, 0].mean(), atol=1e-9)
    assert np.allclose(observables["magnetisation_y"], bloch[:, 1].mean(), atol=1e-9)
    assert np.allclose(observables["spin_z"], bloch[:, 2], atol=1e-9)
    assert observables.attrs["residual"] < 1e-8


@pytest.mark.parametrize("drive", [0.02, 2.0])
def test_slow_transitions_between_two_memories_at_low_temperature(drive):
    stored = Patterns([[1, 1, 1, 1], [1, 1, -1, -1]])
    network = OpenHopfield(stored, Glauber(0.2), drive=drive)
    exact = dense_steady(network, classical.glauber(classical.hebb(stored.values), 0.2))
    assert np.abs(solve_steady_state(network, tolerance=1e-10).matrix - exact).max() < 1e-10


def test_qutip_finds_the_same():
    network, _ = glauber(4, drive=1.1, seed=2)
    theirs = qutip.steadystate(liouvillian(network))
    assert (steady_density_matrix(network, tolerance=1e-10) - theirs).norm() < 1e-10


@pytest.mark.parametrize("temperature", [0.05, 0.3, 2.0])
def test_without_a_drive_it_is_boltzmann_relative_to_each_probability(temperature):
    network, _ = glauber(5, drive=0.0, temperature=temperature)
    found = solve_steady_state(network, tolerance=1e-10)
    exact = classical.boltzmann(network.couplings, temperature)
    assert np.allclose(found.matrix.diagonal().real, exact, rtol=1e-10, atol=0)
    assert np.abs(found.matrix - np.diag(found.matrix.diagonal())).max() == 0


def test_a_weak_drive_changes_it_to_second_order():
    errors = []
    for drive in (0.02, 0.01):
        populations = solve_steady_state(glauber(4, drive=drive)[0], tolerance=1e-10).matrix.diagonal().real
        errors.append(np.abs(populations - classical.boltzmann(glauber(4)[0].couplings, 0.4)).max())
    assert errors[0] / errors[1] == pytest.approx(4, rel=0.02)


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 5), st.floats(0.15, 3), st.floats(0.01, 2), st.integers(0, 100))
def test_it_is_a_state_even_when_all_spins_are_turned_over(n_spins, temperature, drive, seed):
    stored = Patterns(np.random.default_rng(seed).choice([-1, 1], (2, n_spins)))
    rho = solve_steady_state(OpenHopfield(stored, Glauber(temperature), drive=drive), tolerance=1e-10).matrix
    assert abs(np.trace(rho) - 1) < 1e-12
    assert np.abs(rho - rho.conj().T).max() < 1e-13
    assert np.linalg.eigvalsh(rho)[0] > -1e-10
    assert np.abs(rho - rho[::-1, ::-1]).max() < 1e-12


def test_coherences_that_hardly_decay_are_kept():
    """Two memories at an odd distance, frozen: the coherence between them must not be eliminated."""
    stored = Patterns([[1, 1, 1, 1, 1, 1, 1], [-1, -1, -1, 1, 1, 1, 1]])
    found = solve_steady_state(OpenHopfield(stored, Glauber(0.003), drive=0.5), tolerance=1e-10)
    assert found.residual < 1e-11


def test_a_drive_at_zero_temperature_is_checked_and_found():
    network, _ = glauber(3, temperature=1e-4, drive=0.8, seed=4)

    def rate(sigma, i):
        return 1.0 if classical.flip_cost(network.couplings, sigma, i) < 0 else 0.0

    assert network.rates([1, 1, 1]).min() == 0 or network.rates([1, -1, 1]).min() == 0
    assert np.abs(solve_steady_state(network, tolerance=1e-10).matrix - dense_steady(network, rate)).max() < 1e-9


class NoFlips:
    """A law under which nothing flips."""

    def __call__(self, flip_energy, spin_class=0):
        return np.zeros(np.broadcast(np.asarray(flip_energy), spin_class).shape)

    def spin_classes(self, n_spins):
        return np.zeros(n_spins, np.int64)

    def to_dict(self):
        return {"rate_law": "NoFlips"}


def test_several_steady_states_are_refused():
    stored = Patterns([[1, 1, -1]])
    with pytest.raises(ArgumentError, match="one steady state"):
        solve_steady_state(OpenHopfield(stored, Glauber(1e-4)))
    with pytest.raises(ArgumentError, match="one steady state"):
        solve_steady_state(OpenHopfield(stored, NoFlips(), drive=0.5))


def test_what_it_cannot_do_it_says(monkeypatch):
    network, _ = glauber(3)
    twins = MultimodeDicke(g=[[0.5], [0.5]], omega=1.0, loss=1.0, drive=0.01)
    with pytest.raises(ArgumentError, match="individual jumps for Lindblad"):
        solve_steady_state(OpenHopfield(twins.ising_couplings(), CavityRates(twins, jumps="collective"), drive=0.1))
    with pytest.raises(ArgumentError, match="OpenHopfield"):
        solve_steady_state(twins)
    for tolerance, words in ((0, "at least 1e-12"), (1e-30, "at least 1e-12"), (1e3, "at most 0.01")):
        with pytest.raises(ArgumentError, match=f"`tolerance` must be {words}"):
            solve_steady_state(network, tolerance=tolerance)
    with pytest.raises(SizeError, match="GiB"):
        solve_steady_state(glauber(6)[0], memory_gib=1e-4)
    monkeypatch.setattr(steady, "MOST_CYCLES", 1)
    monkeypatch.setattr(steady, "KRYLOV_VECTORS", 1)
    with pytest.raises(ConvergenceError, match=r"known to a residual of .* iterations, beyond tolerance=1e-12"):
        solve_steady_state(network, tolerance=1e-12)


@pytest.mark.parametrize("kernel", [block_products, block_products.py_func])
def test_block_products(kernel):
    stream = np.random.default_rng(0)
    blocks = [stream.normal(size=(m, m)) for m in (3, 1, 2)]
    x, out = stream.normal(size=6), np.empty(6)
    kernel(np.concatenate([block.T.ravel() for block in blocks]), np.array([3, 1, 2]), x, out)
    expected = np.concatenate([blocks[0] @ x[:3], blocks[1] @ x[3:4], blocks[2] @ x[4:]])
    assert np.allclose(out, expected, atol=1e-14)


@pytest.mark.parametrize("kernel", [stationary, stationary.py_func])
def test_the_stationary_state_keeps_relative_accuracy(kernel):
    up = np.array([1e-90, 1e-80, 1e-70])
    rates = np.diag(up, 1) + np.diag(np.ones(3), -1)
    weights = np.empty(4)
    kernel(rates, weights)
    assert np.allclose(weights / weights[0], np.cumprod([1.0, *up]), rtol=1e-13, atol=0)


@pytest.mark.slow
def test_eight_spins_with_a_strong_drive():
    stored = Patterns(np.random.default_rng(1).choice([-1, 1], (2, 8)))
    found = solve_steady_state(OpenHopfield(stored, Glauber(0.1), drive=2.0), tolerance=1e-10)
    assert found.residual < 1e-11
    assert np.linalg.eigvalsh(found.matrix)[0] > -1e-11
