"""Spins after the elimination of their mode, against the full master equation and the integral over its memory."""

from itertools import pairwise, product

import numpy as np
import pytest
import sympy as sp

from cavity_hopfield.elimination.symbolic import (
    ClosureError,
    EliminatedMode,
    Mode,
    Spin,
    dressed_amplitude,
    lindblad_adjoint,
    redfield_adjoint,
    total,
)
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.formulas.atom_only import dressed_amplitude as emitted_amplitude
from tests.twins.operator_matrices import matrix, stationary, two_sided_liouvillian

OMEGA, LOSS, GAIN, DRIVE = 1.0, 1.0, 0.0, 0.1
spins, mode = (Spin("1"), Spin("2")), Mode()
LEVELS = 9
BASIS = [first * second for first, second in product(*[(s.x**0, s.x, s.y, s.z) for s in spins])]


def driven(drive):
    return total(spin.x * drive for spin in spins)


def pull(g):
    return total(spin.z * g for spin in spins)


def polarisation(adjoint_of, g, loss=LOSS, gain=GAIN):
    """The stationary mean of sigma^x of two equal spins, from the equations of the products of Pauli matrices.

    The light does not see their singlet, so the equations are completed by $\\sigma_1 \\cdot \\sigma_2 = 1$.
    """
    hamiltonian = driven(DRIVE)
    eliminated = EliminatedMode.following(hamiltonian, pull(g), omega=OMEGA, loss=loss, gain=gain)
    images = [adjoint_of(observable, hamiltonian, [eliminated]) for observable in BASIS]
    names = [next(iter(observable.terms)) for observable in BASIS]
    rates = np.array([[complex(image.coefficient(name)) for name in names] for image in images])
    norm, triplet = np.zeros(16), np.zeros(16)
    norm[0] = 1
    triplet[[5, 10, 15]] = 1  # xx, yy, zz
    means = np.linalg.lstsq(np.vstack([rates, norm, triplet]), np.r_[np.zeros(16), 1, 1], rcond=None)[0]
    return means[names.index(next(iter(spins[0].x.terms)))].real


def full_polarisation(g, loss=LOSS, gain=GAIN):
    """The same from spins and light together, in the triplet."""
    sites = (*spins, mode)
    triplet = np.array([[1, 0, 0], [0, np.sqrt(0.5), 0], [0, np.sqrt(0.5), 0], [0, 0, 1]])
    inside = np.kron(triplet, np.eye(LEVELS))

    def projected(operator):
        return inside.T @ matrix(operator, sites, LEVELS) @ inside

    hamiltonian = projected(driven(DRIVE) + mode.number * OMEGA + pull(g) * mode.quadrature)
    jumps = [(loss, projected(mode.a)), (gain, projected(mode.ad))]
    state = stationary(two_sided_liouvillian(hamiltonian, hamiltonian, jumps))
    return np.trace(projected(spins[0].x + spins[1].x) @ state).real / 2


def test_the_two_forms_have_the_known_stationary_state():
    g = 0.1 / np.sqrt(2)
    assert polarisation(redfield_adjoint, g) == pytest.approx(-0.397483, abs=1e-6)
    assert polarisation(lindblad_adjoint, g) == pytest.approx(-0.397431, abs=1e-6)
    assert full_polarisation(g) == pytest.approx(-0.394554, abs=1e-6)


@pytest.mark.parametrize(("loss", "gain"), [(1.0, 0.0), (1.1, 0.1)])
@pytest.mark.parametrize("adjoint_of", [redfield_adjoint, lindblad_adjoint])
def test_the_error_falls_as_the_square_of_the_coupling(adjoint_of, loss, gain):
    errors = [polarisation(adjoint_of, g, loss, gain) - full_polarisation(g, loss, gain) for g in (0.04, 0.02)]
    assert errors[0] / errors[1] == pytest.approx(4.0, rel=0.05)


def test_the_dressed_amplitude_is_the_integral_over_the_past():
    """Also of interacting spins: between eigenstates the integral is S_ab / (z + i (E_a - E_b))."""
    pole = 0.4 + 0.9j
    hamiltonian = driven(sp.Rational(3, 10)) + spins[0].z * spins[1].z * sp.Rational(1, 5) + spins[0].z / 7
    coupling = spins[0].z + spins[1].z * sp.Rational(1, 3)
    found = matrix(dressed_amplitude(hamiltonian, coupling, pole), spins)
    energies, states = np.linalg.eigh(matrix(hamiltonian, spins))
    between = states.conj().T @ matrix(coupling, spins) @ states
    integral = states @ (between / (pole + 1j * np.subtract.outer(energies, energies))) @ states.conj().T
    np.testing.assert_allclose(found, -1j * integral, atol=1e-12)


def test_the_emitted_amplitude_is_that_of_one_spin():
    spin = spins[0]
    found = dressed_amplitude(spin.x * 0.7, spin.z, 0.55 + 1.3j)
    real_z, imag_z, real_y, imag_y = emitted_amplitude(drive=0.7, net_loss=1.1, omega=1.3)
    np.testing.assert_allclose(
        matrix(found, [spin]), matrix(spin.z * complex(real_z, imag_z) + spin.y * complex(real_y, imag_y), [spin])
    )


def test_without_a_drive_the_spins_are_ising_spins():
    g, omega, loss = sp.symbols("g omega loss", positive=True)
    eliminated = EliminatedMode.following(driven(0), pull(g), omega=omega, loss=loss)
    assert eliminated.energy == (pull(g) * pull(g)).scaled(-omega / (omega**2 + loss**2 / 4))
    assert eliminated.thermal_occupation == 0


def test_what_cannot_be_dressed_is_told():
    many = [Spin(str(k)) for k in range(4)]
    chain = total(a.z * b.z for a, b in pairwise(many)) + total(spin.x + spin.z for spin in many)
    with pytest.raises(ClosureError, match="do not close on 64 operators"):
        dressed_amplitude(chain, many[0].z, 1)
    with pytest.raises(ArgumentError, match="`coupling` must be Hermitian"):
        dressed_amplitude(driven(1), spins[0].plus, 1)
    with pytest.raises(ArgumentError, match="`hamiltonian` must be Hermitian"):
        dressed_amplitude(spins[0].plus, spins[0].z, 1)
