"""States at the door of the quantum theories, the door to QuTiP, and the table of all rates."""

import numpy as np
import pytest
import qutip
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cavity_hopfield import ArgumentError, Glauber, Metropolis, MultimodeDicke, OpenHopfield, ProductState
from cavity_hopfield.network import (
    bloch_vectors,
    configuration_index,
    configuration_rates,
    density_matrix,
    state_vector,
)
from cavity_hopfield.operators import configurations, qutip_door

UP, DOWN = qutip.basis(2, 0), qutip.basis(2, 1)


def directions(count):
    angles = arrays(np.float64, (count, 2), elements=st.floats(0, 2 * np.pi))
    return angles.map(
        lambda a: np.stack([np.sin(a[:, 0]) * np.cos(a[:, 1]), np.sin(a[:, 0]) * np.sin(a[:, 1]), np.cos(a[:, 0])], 1)
    )


def test_a_configuration_is_the_state_qutip_means():
    expected = qutip.ket2dm(qutip.tensor(UP, DOWN, DOWN)).full()
    assert np.array_equal(density_matrix([1, -1, -1], 3), expected)
    assert np.argmax(np.abs(state_vector([1, -1, -1], 3))) == configuration_index([1, -1, -1], 3) == 3
    every = configurations(4)
    assert [configuration_index(sigma, 4) for sigma in every] == list(range(16))


@given(directions(3))
def test_bloch_vectors_come_back_from_kets_and_density_matrices(vectors):
    paulis = [qutip.sigmax(), qutip.sigmay(), qutip.sigmaz()]
    state = ProductState(vectors)
    rho = density_matrix(state, 3)
    ket = state_vector(state, 3)
    assert np.allclose(np.outer(ket, ket.conj()), rho, atol=1e-12)
    for i in range(3):
        for axis, pauli in enumerate(paulis):
            factors = [qutip.qeye(2)] * 3
            factors[i] = pauli
            mean = np.trace(qutip.tensor(*factors).full() @ rho).real
            assert mean == pytest.approx(vectors[i, axis], abs=1e-12)


def test_kets_matrices_and_qobjs_are_one_state():
    ket = (qutip.tensor(UP, DOWN) + 1j * qutip.tensor(DOWN, UP)).unit()
    rho = qutip.ket2dm(ket)
    for given_state in (ket, rho, ket.full()[:, 0], rho.full()):
        assert np.allclose(density_matrix(given_state, 2), rho.full())
        vector = state_vector(given_state, 2)
        assert np.allclose(np.outer(vector, vector.conj()), rho.full())


def test_one_spin_up_is_not_mistaken_for_two_numbers():
    """A ket of one spin has as many numbers as a configuration of two."""
    assert np.allclose(density_matrix([1, 0], 1), [[1, 0], [0, 0]])
    assert np.allclose(density_matrix([1, 1], 2)[0, 0], 1)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (np.eye(4) / 2, "trace"),
        (np.diag([1.2, -0.2, 0, 0]), "negative eigenvalue"),
        (np.array([[0.5, 1j, 0, 0], [1j, 0.5, 0, 0], [0] * 4, [0] * 4]), "Hermitian"),
        ([1.0, 1.0, 0.0, 0.0], "norm"),
        (np.ones(3), "shape"),
        ([np.nan, 1.0], "finite"),
        ([1, 0.5], "shape"),
        ([[1], [1, 2]], "regular shape"),
        (ProductState([[0, 0, 1.0]]), "2 spins"),
        (ProductState([[0, 0, 1.0]] * 2, [0.1]), "no modes"),
    ],
)
def test_what_is_no_state_is_refused_by_its_number(state, words):
    with pytest.raises(ArgumentError, match=words):
        density_matrix(state, 2)


def test_mixtures_have_no_state_vector():
    with pytest.raises(ArgumentError, match=r"purity is 0\.25"):
        state_vector(np.eye(4) / 4, 2)
    with pytest.raises(ArgumentError, match=r"length 0\.5"):
        state_vector(ProductState([[0, 0, 1.0], [0.3, 0, 0.4]]), 2)


def test_bloch_vectors_of_a_configuration_point_along_z():
    assert np.array_equal(bloch_vectors([1, -1], 2), [[0, 0, 1], [0, 0, -1]])


def test_the_door_makes_what_qutip_makes():
    rho = density_matrix([1, -1], 2)
    assert qutip_door.state(rho, (2, 2)) == qutip.ket2dm(qutip.tensor(UP, DOWN))
    assert qutip_door.state(state_vector([1, -1], 2), (2, 2)) == qutip.tensor(UP, DOWN)
    pauli = qutip.tensor(qutip.sigmax(), qutip.qeye(2))
    expected = qutip.liouvillian(pauli)
    ours = qutip_door.superoperator(expected.data_as("csr_matrix"), (2, 2))
    assert ours == expected
    assert ours.superrep == "super"
    assert qutip_door.is_qobj(rho) is False
    assert qutip_door.is_qobj(pauli) is True


@pytest.mark.parametrize("law", [Glauber(0.4), Metropolis(0.3), "cavity"])
def test_the_table_holds_the_rate_of_every_flip(law):
    stream = np.random.default_rng(4)
    if law == "cavity":
        cavity = MultimodeDicke(g=stream.uniform(0.2, 0.5, (4, 2)), omega=1.0, loss=[1.0, 0.6], drive=0.01)
        network = OpenHopfield.from_dicke(cavity)
    else:
        matrix = stream.normal(size=(4, 4))
        network = OpenHopfield(matrix + matrix.T, law)
    assert np.allclose(configuration_rates(network), network.rates(configurations(4)).T, rtol=1e-9)
