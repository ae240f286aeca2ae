r"""The open quantum Hopfield network as one dense superoperator, written from the definition with Kronecker products.

H = drive sum_i sigma^x_i and, for every spin, L_down = sqrt(W_i(before the flip)) sigma^-_i and
L_up = sqrt(W_i(before the flip)) sigma^+_i. Rates are functions `rate(sigma, i)` of a configuration, a tuple of +-1,
as in `classical_generator`. Density matrices are stacked by columns; spin 0 comes first, up before down.
"""

import numpy as np
from scipy.linalg import expm

from tests.twins.classical_generator import configuration
from tests.twins.kronecker import Matrices


def hamiltonian(n_spins, drive):
    spins = Matrices(n_spins)
    return drive * sum(spins.sigma("x", i) for i in range(n_spins))


def jumps(n_spins, rate):
    """Two operators for each spin: the root of the rate acts first, on the configuration before the flip."""
    spins = Matrices(n_spins)
    found = []
    for i in range(n_spins):
        root = np.diag([np.sqrt(rate(configuration(k, n_spins), i)) for k in range(2**n_spins)])
        lower = spins.lower(i)
        found += [lower @ root, lower.T @ root]
    return found


def joint_jumps(n_spins, rate):
    """A different model, which tests must tell apart: one jump sqrt(W) sigma^x for each spin."""
    pairs = jumps(n_spins, rate)
    return [down + up for down, up in zip(pairs[::2], pairs[1::2], strict=True)]


def superoperator(hamiltonian, jumps):
    """(4^N, 4^N): vec(A rho B) = (B^T kron A) vec(rho)."""
    one = np.eye(len(hamiltonian))
    total = -1j * (np.kron(one, hamiltonian) - np.kron(hamiltonian.T, one))
    for jump in jumps:
        decay = jump.conj().T @ jump
        total += np.kron(jump.conj(), jump) - np.kron(one, decay) / 2 - np.kron(decay.T, one) / 2
    return total


def liouvillian(n_spins, rate, drive):
    return superoperator(hamiltonian(n_spins, drive), jumps(n_spins, rate))


def evolve(generator, state, time):
    """The density matrix at `time`, from the density matrix `state`."""
    size = len(state)
    return (expm(generator * time) @ state.ravel(order="F")).reshape((size, size), order="F")


def bloch(state, n_spins):
    """(N, 3): the expectations of sigma^x, sigma^y, sigma^z of each spin."""
    spins = Matrices(n_spins)
    return np.array([[np.trace(spins.sigma(axis, i) @ state).real for axis in "xyz"] for i in range(n_spins)])


def random_state(n_spins, seed, kind=complex):
    """A mixed state of full rank; real in the frame of its definition if `kind` is float."""
    rng = np.random.default_rng(seed)
    size = 2**n_spins
    root = rng.normal(size=(size, size)) + (1j * rng.normal(size=(size, size)) if kind is complex else 0)
    state = root @ root.conj().T
    return state / np.trace(state)
