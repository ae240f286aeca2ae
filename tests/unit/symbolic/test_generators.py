"""Adjoint generators against Lindblad equations of matrices."""

import numpy as np
import pytest
import sympy as sp

from cavity_hopfield.elimination.symbolic import Mode, Spin, adjoint, two_sided_adjoint
from cavity_hopfield.exceptions import ArgumentError
from tests.twins.operator_matrices import matrix, two_sided_liouvillian

omega, g, drive, loss, gain = sp.symbols("omega g drive loss gain", positive=True)
VALUES = {omega: 1.1, g: 0.4, drive: 0.3, loss: 0.7, gain: 0.2}
mode, first, second = Mode(), Spin("1"), Spin("2")
SITES, LEVELS = (mode, first, second), 9
HAMILTONIAN = mode.number * omega + (first.z - 2 * second.z) * mode.quadrature * g + (first.x + second.x) * drive
JUMPS = [
    (loss, mode.a + sp.I * mode.ad / 3),
    (gain, mode.ad),
    (drive, first.minus * second.z),
    (g, second.plus + first.z),
]
OBSERVABLES = [mode.a, mode.number, first.y, first.x * second.z, mode.a * second.plus, mode.ad**2 * first.z]


def low_state():
    """A matrix, not Hermitian, in the lowest Fock states alone."""
    stream = np.random.default_rng(5)
    low = np.kron(np.arange(LEVELS) < 3, np.ones(4))
    return (stream.normal(size=(4 * LEVELS,) * 2) + 1j * stream.normal(size=(4 * LEVELS,) * 2)) * np.outer(low, low)


def rate_in_matrices(observable, left, right):
    """d/dt Tr[O chi] from the Liouvillian on matrices; the state is low enough for the cutoff to play no part."""
    jumps = [(float(rate.subs(VALUES)), matrix(jump, SITES, LEVELS, VALUES)) for rate, jump in JUMPS]
    sides = (matrix(side, SITES, LEVELS, VALUES) for side in (left, right))
    state = low_state()
    change = (two_sided_liouvillian(*sides, jumps) @ state.reshape(-1, order="F")).reshape(state.shape, order="F")
    return np.trace(matrix(observable, SITES, LEVELS) @ change)


@pytest.mark.parametrize("observable", OBSERVABLES, ids=repr)
def test_the_adjoint_is_that_of_the_master_equation(observable):
    found = adjoint(observable, HAMILTONIAN, JUMPS)
    expected = rate_in_matrices(observable, HAMILTONIAN, HAMILTONIAN)
    assert np.trace(matrix(found, SITES, LEVELS, VALUES) @ low_state()) == pytest.approx(expected, rel=1e-11)


@pytest.mark.parametrize("observable", [*OBSERVABLES, mode.a**0], ids=repr)
def test_the_two_sided_adjoint_is_that_of_a_coherence_block(observable):
    right = HAMILTONIAN + mode.quadrature * omega + second.y * drive
    found = two_sided_adjoint(observable, HAMILTONIAN, right, JUMPS)
    expected = rate_in_matrices(observable, HAMILTONIAN, right)
    assert np.trace(matrix(found, SITES, LEVELS, VALUES) @ low_state()) == pytest.approx(expected, rel=1e-11)


def test_the_trace_is_kept_and_hermitian_observables_stay_so():
    assert adjoint(mode.a**0, HAMILTONIAN, JUMPS) == 0
    for observable in (mode.number, first.y * second.z):
        rate = adjoint(observable, HAMILTONIAN, JUMPS)
        assert rate.dagger() == rate


def test_a_hamiltonian_that_is_not_hermitian_is_told():
    undeclared = sp.Symbol("omega")
    with pytest.raises(ArgumentError, match="`hamiltonian` must be Hermitian"):
        adjoint(mode.a, mode.number * undeclared)
    with pytest.raises(ArgumentError, match="`left` must be Hermitian"):
        two_sided_adjoint(mode.a, mode.a * g, mode.number * g)
    with pytest.raises(ArgumentError, match="`right` must be Hermitian"):
        two_sided_adjoint(mode.a, mode.number * g, mode.a * g)
