import numpy as np
import pytest
import qutip
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from cavity_hopfield.operators import (
    adjoint,
    annihilation,
    configurations,
    dissipator,
    flip_partners,
    lindbladian,
    on_site,
    pauli,
    turning,
    two_sided,
)


def random_matrices(count, size, seed=0):
    stream = np.random.default_rng(seed)
    return stream.standard_normal((count, size, size)) + 1j * stream.standard_normal((count, size, size))


def stacked(matrix):
    return matrix.reshape(-1, order="F")


def test_the_first_configuration_is_all_up_and_the_last_spin_changes_fastest():
    np.testing.assert_array_equal(configurations(2), [[1, 1], [1, -1], [-1, 1], [-1, -1]])


@pytest.mark.parametrize("n_spins", [1, 2, 5])
def test_flip_partners_lead_to_the_configuration_with_one_spin_turned(n_spins):
    spins = configurations(n_spins)
    for k, partners in enumerate(flip_partners(n_spins)):
        for i, partner in enumerate(partners):
            expected = spins[k].copy()
            expected[i] *= -1
            np.testing.assert_array_equal(spins[partner], expected)


def test_spin_up_is_an_eigenstate_of_sigma_z_with_the_sign_of_the_configuration():
    for i in range(3):
        np.testing.assert_array_equal(pauli("z", i, 3).diagonal(), configurations(3)[:, i])


@pytest.mark.parametrize(("axis", "reference"), [("x", qutip.sigmax), ("y", qutip.sigmay), ("z", qutip.sigmaz)])
def test_pauli_matrices_are_those_of_qutip(axis, reference):
    expected = qutip.tensor(qutip.qeye(2), reference(), qutip.qeye(2)).full()
    np.testing.assert_array_equal(pauli(axis, 1, 3).toarray(), expected)


def test_annihilation_takes_one_photon():
    np.testing.assert_allclose(annihilation(6).toarray(), qutip.destroy(6).full(), rtol=1e-15)


@settings(deadline=None)
@given(st.lists(st.integers(1, 4), min_size=1, max_size=4), st.data())
def test_an_operator_on_one_site_is_a_product_with_ones(dimensions, data):
    site = data.draw(st.integers(0, len(dimensions) - 1))
    (operator,) = random_matrices(1, dimensions[site])
    expected = np.ones((1, 1))
    for k, size in enumerate(dimensions):
        expected = np.kron(expected, operator if k == site else np.eye(size))
    np.testing.assert_array_equal(on_site(csr_array(operator), site, tuple(dimensions)).toarray(), expected)


def test_superoperators_act_on_matrices_stacked_by_columns():
    left, right, rho = random_matrices(3, 4)
    np.testing.assert_array_equal(adjoint(csr_array(left)).toarray(), left.conj().T)
    pairs = [
        (two_sided(csr_array(left), csr_array(right)), left @ rho @ right),
        (turning(csr_array(left)), -1j * (left @ rho - rho @ left)),
        (turning(csr_array(left), csr_array(right)), -1j * (left @ rho - rho @ right)),
        (
            dissipator(csr_array(left)),
            left @ rho @ left.conj().T - (left.conj().T @ left @ rho + rho @ left.conj().T @ left) / 2,
        ),
    ]
    for superoperator, expected in pairs:
        np.testing.assert_allclose(superoperator @ stacked(rho), stacked(expected), rtol=1e-13, atol=1e-13)


def test_a_lindbladian_is_that_of_qutip():
    hamiltonian, jump, other = (qutip.Qobj(matrix) for matrix in random_matrices(3, 5))
    hamiltonian = hamiltonian + hamiltonian.dag()
    expected = qutip.liouvillian(hamiltonian, [np.sqrt(0.3) * jump, np.sqrt(1.7) * other]).full()
    found = lindbladian(
        csr_array(hamiltonian.full()),
        [(0.3, csr_array(jump.full())), (0.0, csr_array(np.full((5, 5), np.nan))), (1.7, csr_array(other.full()))],
    )
    np.testing.assert_allclose(found.toarray(), expected, rtol=1e-13, atol=1e-13)
