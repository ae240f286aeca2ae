"""The open Hopfield network of the algebra against jump operators written as matrices."""

from functools import reduce

import numpy as np
import pytest
import sympy as sp

from cavity_hopfield.elimination.symbolic import OpenNetwork, Spin, flipped, function_of_z
from tests.twins.operator_matrices import PAULI, matrix, two_sided_liouvillian

BETA, DRIVE, FIELDS = 0.9, 0.35, np.array([[0.0, 0.4, -0.3], [0.4, 0.0, 0.8], [-0.3, 0.8, 0.0]])


def amplitude(index, sign, others):
    """Glauber's at the field of the other spins."""
    couplings = np.delete(FIELDS[index], index)
    return 1 / np.sqrt(1 + np.exp(-2 * sign * BETA * float(couplings @ np.array(others))))


@pytest.fixture(scope="module")
def network():
    return OpenNetwork(3, DRIVE, amplitude)


@pytest.fixture(scope="module")
def liouvillian():
    """From matrices alone: the field of a spin is a diagonal matrix, and a jump its function times a ladder matrix."""
    z, x = ([on(PAULI[axis], k) for k in range(3)] for axis in "zx")
    jumps = []
    for spin in range(3):
        field = sum(FIELDS[spin, j] * np.diag(z[j]) for j in range(3))
        for sign, ladder in ((1, np.array([[0, 1], [0, 0]])), (-1, np.array([[0, 0], [1, 0]]))):
            jumps.append((1.0, np.diag(1 / np.sqrt(1 + np.exp(-2 * sign * BETA * field))) @ on(ladder, spin)))
    hamiltonian = DRIVE * sum(x)
    return two_sided_liouvillian(hamiltonian, hamiltonian, jumps)


def on(local, spin):
    return reduce(np.kron, [local if k == spin else np.eye(2) for k in range(3)])


def test_the_equations_of_motion_are_those_of_the_master_equation(network, liouvillian):
    stream = np.random.default_rng(8)
    state = stream.normal(size=(8, 8)) + 1j * stream.normal(size=(8, 8))
    change = (liouvillian @ state.reshape(-1, order="F")).reshape(8, 8, order="F")
    first, second, third = network.spins
    for observable in (first.z, second.plus, third.y, first.x * second.z, first.plus * third.minus):
        expected = np.trace(matrix(observable, network.spins) @ change)
        found = np.trace(matrix(network.derivative(observable), network.spins) @ state)
        assert found == pytest.approx(expected, rel=1e-12)


def test_what_the_paper_drops_is_a_decay(network):
    for index, spin in enumerate(network.spins):
        dropped = matrix(network.monitoring(index), network.spins)
        assert np.count_nonzero(dropped - np.diag(np.diag(dropped))) == 0
        assert np.diag(dropped).real.min() > 0
        kept = spin.z * (-sp.I * DRIVE) - spin.plus * network.total_rate(index) / 2
        whole = matrix(network.derivative(spin.plus), network.spins)
        np.testing.assert_allclose(
            whole, matrix(kept, network.spins) - matrix(spin.plus, network.spins) @ dropped, atol=1e-12
        )


def test_the_dropped_decay_falls_as_the_square_of_the_couplings():
    def largest(scale):
        def weaker(index, sign, others):
            field = scale * float(np.delete(FIELDS[index], index) @ np.array(others))
            return 1 / np.sqrt(1 + np.exp(-2 * sign * BETA * field))

        network = OpenNetwork(3, DRIVE, weaker)
        return np.abs(matrix(network.monitoring(0), network.spins)).max()

    assert largest(0.02) / largest(0.01) == pytest.approx(4.0, rel=0.05)


def test_a_function_of_sigma_z_has_its_values_on_the_diagonal():
    spins = (Spin("2"), Spin("1"))
    values = {(1, 1): 2.0, (1, -1): -1.0, (-1, 1): 0.5, (-1, -1): 7.0}
    function = function_of_z(spins, values.__getitem__)
    np.testing.assert_allclose(matrix(function, spins), np.diag(list(values.values())))
    np.testing.assert_allclose(matrix(flipped(function, Spin("1")), spins), np.diag([-1.0, 2.0, 7.0, 0.5]))
    assert function_of_z((), lambda _: 3) == 3
