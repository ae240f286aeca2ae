"""The generator at the door: QuTiP's form, the sparse one, the turned frame, and what is refused."""

import numpy as np
import pytest
import qutip

from cavity_hopfield import CavityRates, Glauber, MultimodeDicke, OpenHopfield
from cavity_hopfield.exceptions import ArgumentError, SizeError
from cavity_hopfield.theory.lindblad.door import frame_phases, liouvillian, sparse_liouvillian
from cavity_hopfield.theory.lindblad.sectors import Sector
from tests.twins import classical_generator as classical
from tests.twins import open_hopfield_lindblad as twin

PAIR = MultimodeDicke(g=[[0.5], [0.4]], omega=1.0, loss=1.0, gain=0.1, drive=0.05)


def network_and_rate(n_spins, drive=0.7, temperature=0.5, seed=0):
    half = np.random.default_rng(seed).normal(size=(n_spins, n_spins))
    couplings = half + half.T
    network = OpenHopfield(couplings, Glauber(temperature), drive=drive)
    return network, classical.glauber(couplings, temperature)


@pytest.mark.parametrize("n_spins", [1, 2, 3])
def test_the_generator_is_the_dense_one(n_spins):
    network, rate = network_and_rate(n_spins)
    assert np.abs(sparse_liouvillian(network).toarray() - twin.liouvillian(n_spins, rate, 0.7)).max() < 1e-14


def test_qutip_gets_a_superoperator_of_spins_up_before_down():
    network, _ = network_and_rate(2)
    found = liouvillian(network)
    assert found.superrep == "super"
    assert found.dims == [[[2, 2], [2, 2]]] * 2
    start = qutip.tensor(qutip.basis(2, 0), qutip.basis(2, 1)).proj()
    by_hand = -1j * qutip.commutator(0.7 * (qutip.tensor(qutip.sigmax(), qutip.qeye(2)) + _second()), start)
    moved = qutip.vector_to_operator(found @ qutip.operator_to_vector(start))
    off_diagonal = ~np.eye(4, dtype=bool)
    assert np.abs((moved - by_hand).full()[off_diagonal]).max() < 1e-14


def _second():
    return qutip.tensor(qutip.qeye(2), qutip.sigmax())


def test_the_cavity_needs_its_fock_states_and_the_network_has_none():
    assert liouvillian(PAIR, fock=3).dims == [[[2, 2, 3], [2, 2, 3]]] * 2
    network, _ = network_and_rate(2)
    with pytest.raises(ArgumentError, match="`fock` must be given"):
        liouvillian(PAIR)
    with pytest.raises(ArgumentError, match="`fock` must be left out"):
        liouvillian(network, fock=3)
    with pytest.raises(ArgumentError, match="OpenHopfield"):
        liouvillian("network")
    with pytest.raises(SizeError, match="GiB"):
        sparse_liouvillian(network_and_rate(12)[0])
    with pytest.raises(SizeError, match="GiB"):
        liouvillian(PAIR, fock=200, memory_gib=0.1)


def test_collective_jumps_empty_the_dark_state_of_two_spins_at_no_rate():
    twins = MultimodeDicke(g=[[0.5], [0.5]], omega=1.0, loss=1.0, drive=0.01)
    rates = CavityRates(twins, jumps="collective")
    network = OpenHopfield(twins.ising_couplings(), rates)
    matrix = sparse_liouvillian(network)
    singlet = np.array([0, 1, -1, 0]) / np.sqrt(2)
    dark = np.outer(singlet, singlet).ravel(order="F")
    assert np.abs(matrix @ dark).max() < 1e-18
    # two spins up leave at (j + m)(j - m + 1) = 2 times the rate of one
    start = np.zeros(16)
    start[0] = 1.0
    expected = 2 * network.rates([1, 1])[0]
    assert (matrix @ start)[0] == pytest.approx(-expected, rel=1e-12)


def test_the_generator_is_real_in_the_turned_frame():
    network, _ = network_and_rate(3)
    ket = frame_phases(3)
    phases = np.outer(ket.conj(), ket).ravel()
    turned = phases[:, None] * sparse_liouvillian(network).toarray() * phases.conj()
    assert np.abs(turned.imag).max() < 1e-15


@pytest.mark.parametrize("n_spins", [1, 2, 3, 4])
def test_the_four_sectors_are_the_whole_generator(n_spins):
    network, rate = network_and_rate(n_spins, seed=3)
    dense = twin.liouvillian(n_spins, rate, 0.7)
    whole, stream = 0, np.random.default_rng(1)
    for transposition in (1, -1):
        for parity in (1, -1):
            sector = Sector.of(network, transposition, parity)
            x = stream.normal(size=sector.size)
            matrix = sector.matrix(x)
            moved = (dense @ matrix.ravel(order="F")).reshape(matrix.shape, order="F")
            assert np.linalg.norm(sector.matrix(sector.generator @ x) - moved) < 1e-13
            assert np.linalg.norm(matrix) == pytest.approx(np.linalg.norm(x))
            assert np.allclose(matrix[::-1, ::-1], parity * matrix)
            assert np.allclose(sector.coordinates(matrix), x)
            assert sector.trace @ x == pytest.approx(np.trace(matrix))
            whole += sector.size
    assert whole == 4**n_spins
