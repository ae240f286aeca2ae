"""Spins alone at any drive against the full master equation, Born and Markov's integral, limits and invariants."""

from functools import cache

import numpy as np
import pytest
import qutip
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import expm
from scipy.optimize import brentq

from cavity_hopfield import MultimodeDicke, RegimeWarning
from cavity_hopfield.elimination.atom_only import (
    FAST_DRIVE,
    FORMS,
    STRONG_COUPLING,
    AtomOnly,
    coupling_strength,
    dressed_amplitudes,
    photon_numbers,
    threshold_ratio,
)
from cavity_hopfield.operators import configurations
from tests.strategies import models
from tests.systems.superradiance import OnePatternSuperradiance
from tests.twins import born_markov
from tests.twins.spins_and_light import SpinsAndLight, one_big_spin, separate_spins

# these tests ask about the equations; tests/unit/elimination/test_atom_only_api.py asks where they warn
pytestmark = pytest.mark.filterwarnings("ignore::cavity_hopfield.exceptions.RegimeWarning")

FEW = settings(max_examples=40, deadline=None)
SMALL = models(max_spins=3, max_modes=2)
# <sum sigma^x>/N of two spins with couplings .1/sqrt(2), drive .1, omega = loss = 1, from both up or both down. Source:
# docs/check_values.md, independent code, printed to six digits.
FULL, PRINTED = -0.394554, {"lindblad": -0.397431, "redfield": -0.397483}
HALF_A_DIGIT = 5e-7


def parameters(dicke):
    return dicke.g, dicke.omega, dicke.loss, dicke.gain, dicke.drive


def superoperator(form, dicke):
    return AtomOnly(form).generator(dicke).superoperator().toarray()


def stacked_by_columns(matrix):
    """A generator on matrices stacked by rows, for matrices stacked by columns."""
    size = int(np.sqrt(len(matrix)))
    order = np.arange(size**2).reshape(size, size).T.ravel()
    return matrix[np.ix_(order, order)]


def polarisation(rho):
    n = int(np.log2(len(rho)))
    return sum(np.trace(born_markov.sigma("x", i, n) @ rho).real for i in range(n)) / n


# --- the published pair of spins ----------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("spin", [-1, 1])
def test_a_pair_of_spins_has_the_check_values(form, spin):
    pair = MultimodeDicke(np.full((2, 1), 0.1 / np.sqrt(2)), 1.0, 1.0, drive=0.1)
    steady = AtomOnly(form).steady_density_matrix(pair, [spin, spin])
    assert polarisation(steady) == pytest.approx(PRINTED[form], abs=HALF_A_DIGIT)


def test_the_full_master_equation_of_the_pair_has_the_check_value():
    found = []
    for levels in (7, 9):
        full = SpinsAndLight(one_big_spin(2, 0.1 / np.sqrt(2), 0.1), (1.0,), (1.0,), (0.0,), (levels,))
        found.append(np.trace(full.of_spins(full.steady) @ qutip.jmat(1, "x").full()).real)
    assert found[0] == pytest.approx(found[1], abs=1e-9)
    assert found[1] == pytest.approx(FULL, abs=HALF_A_DIGIT)


def test_the_singlet_is_dark_and_keeps_its_share():
    pair = MultimodeDicke(np.full((2, 1), 0.1 / np.sqrt(2)), 1.0, 1.0, drive=0.1)
    singlet = np.array([0, 1, -1, 0]) / np.sqrt(2)
    steady = AtomOnly().steady_density_matrix(pair, [1, -1])
    assert (singlet @ steady @ singlet).real == pytest.approx(0.5, abs=1e-12)
    assert polarisation(steady) == pytest.approx(PRINTED["lindblad"] / 2, abs=HALF_A_DIGIT)


# --- how the errors fall with the coupling ------------------------------------------------------------------------


@cache
def platform(name, size, drive=0.15):
    """The platform with its couplings scaled, and its full master equation."""
    g, omega, loss, gain, levels = PLATFORMS[name]
    g = size * np.array(g)
    dicke = MultimodeDicke(g, omega, loss, gain, drive)
    return dicke, SpinsAndLight(separate_spins(g, drive), omega, loss, gain, levels)


PLATFORMS = {
    "one spin": ([[1.0]], (1.0,), (1.0,), (0.0,), (8,)),
    "gain": ([[1.0]], (1.0,), (1.1,), (0.1,), (13,)),
    "two spins": ([[1.0], [0.6]], (1.0,), (0.8,), (0.0,), (7,)),
    "two spins, gain": ([[0.8], [-0.5]], (1.2,), (1.05,), (0.05,), (10,)),
    "two modes, gain": ([[1.0, 0.7]], (1.0, 1.5), (1.03, 0.9), (0.03, 0.0), (7, 4)),
}
SIZES = (0.1, 0.05)


def errors(name, form, size):
    """Errors of the steady polarisation, of the photons of the steady state, and of all relaxation rates."""
    dicke, full = platform(name, size)
    theory = AtomOnly(form)
    steady, exact = theory.steady_density_matrix(dicke), full.steady
    photons = []
    for mode, number in enumerate(photon_numbers(dicke)):
        expected, last = full.photons(exact, mode)
        assert last < 1e-8
        photons.append(abs(np.trace(number @ steady).real - expected))
    rates = np.linalg.eigvals(theory.generator(dicke).matrix.toarray())
    moving = rates[np.abs(rates) > 1e-9]
    return (
        abs(polarisation(steady) - polarisation(full.of_spins(exact))),
        max(photons),
        max(abs(full.eigenvalue_near(rate) - rate) for rate in moving),
    )


# The equation is exact to second order in the coupling, up to a change of frame of that order. So rates, which no
# frame changes, miss the fourth order, and so do photons, which are of second order; a polarisation misses the second.
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", [*list(PLATFORMS)[:-1], pytest.param(list(PLATFORMS)[-1], marks=pytest.mark.slow)])
def test_errors_fall_with_the_coupling_as_they_should(name, form):
    coarse, fine = (np.array(errors(name, form, size)) for size in SIZES)
    np.testing.assert_allclose(coarse / fine, [4.0, 16.0, 16.0], rtol=0.15)


@pytest.mark.parametrize("name", ["gain", "two spins, gain"])
def test_pairs_of_photons_miss_the_fourth_order_and_amplitudes_vanish(name):
    misses = []
    for size in SIZES:
        dicke, full = platform(name, size)
        lowering = full._joint(None, {0: qutip.destroy(full.levels[0])}).full()
        expected = np.trace(lowering @ lowering @ full.steady)
        found = AtomOnly().steady_state(dicke)
        misses.append(abs(found["pair_real"].item() + 1j * found["pair_imag"].item() - expected))
        assert abs(found["amplitude_real"].item()) < 1e-12  # all spins turned over are as likely
    assert misses[0] / misses[1] == pytest.approx(16.0, rel=0.2)


@pytest.mark.parametrize("build", [born_markov.redfield, born_markov.lindblad])
def test_rates_without_the_thermal_part_of_the_gain_miss_the_second_order(build):
    misses = []
    for size in SIZES:
        dicke, full = platform("gain", size)
        cold = build(dicke.g, dicke.omega, dicke.net_loss, 0 * dicke.gain, dicke.drive)
        rates = np.linalg.eigvals(cold)
        misses.append(max(abs(full.eigenvalue_near(rate) - rate) for rate in rates[np.abs(rates) > 1e-9]))
    assert misses[0] / misses[1] == pytest.approx(4.0, rel=0.15)


def test_photons_without_the_answer_of_the_spins_to_thermal_light_miss_the_second_order():
    misses = []
    for size in SIZES:
        dicke, full = platform("gain", size)
        amplitude = dressed_amplitudes(dicke)[0].toarray()
        steady = AtomOnly().steady_density_matrix(dicke)
        bare = np.trace(amplitude.conj().T @ amplitude @ steady).real + dicke.thermal_occupation[0]
        misses.append(abs(bare - full.photons(full.steady, 0)[0]))
    assert misses[0] / misses[1] == pytest.approx(4.0, rel=0.15)


@pytest.mark.parametrize("form", FORMS)
def test_an_evolution_is_off_in_second_order_at_all_times(form):
    # up to t = 0.5/g^2, long enough for a wrong rate to show
    worst = []
    for size in SIZES:
        dicke, full = platform("two spins", size)
        times = np.linspace(0, 0.5 / size**2, 101)
        exact = full.evolved(full.relaxed([1, -1], dicke.g), times)
        along = np.array([np.diag(born_markov.sigma("z", spin, 2)) for spin in range(2)])
        expected = np.diagonal(exact, axis1=1, axis2=2).real @ along.T
        found = AtomOnly(form).evolve(dicke, [1, -1], times)["spin_z"].values
        worst.append(np.abs(found - expected).max())
    assert worst[0] / worst[1] == pytest.approx(4.0, rel=0.3)
    assert worst[1] < 0.01


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("noise", [1.0, 2.0])
@pytest.mark.parametrize("eta", [0.2, 1.0, 5.0])
@pytest.mark.parametrize("n_spins", [1, 2])
def test_errors_at_the_edge_of_the_regime_are_within_what_is_said(n_spins, eta, noise, form):
    gain = eta * (noise - 1) / 2
    loss, drive = eta + gain, 0.999 * FAST_DRIVE * abs(eta / 2 + 1j) / 2
    unit = MultimodeDicke(np.full((n_spins, 1), 1.0), 1.0, loss, gain, drive)
    g = np.sqrt(0.999 * STRONG_COUPLING / coupling_strength(unit))
    dicke = MultimodeDicke(g * unit.g, 1.0, loss, gain, drive)
    full = SpinsAndLight(one_big_spin(n_spins, g, drive), (1.0,), (loss,), (gain,), (14,))
    across = full.spins[0].full() / (drive * n_spins)
    expected = np.trace(full.of_spins(full.steady) @ across).real
    assert polarisation(AtomOnly(form).steady_density_matrix(dicke, [1] * n_spins)) == pytest.approx(expected, abs=0.05)
    rates = np.linalg.eigvals(AtomOnly(form).generator(dicke).matrix.toarray())
    slow = rates[np.abs(rates) > 1e-9]
    slow = slow[np.argsort(np.abs(slow))][: 3 if n_spins == 1 else 1]
    for rate in slow:
        assert abs(full.eigenvalue_near(rate) - rate) < 0.1 * abs(rate.real)


# --- a twin from the integral of Born and Markov ------------------------------------------------------------------


@FEW
@given(SMALL)
def test_both_forms_equal_the_twin(dicke):
    for form, twin in (("redfield", born_markov.redfield), ("lindblad", born_markov.lindblad)):
        expected = stacked_by_columns(twin(*parameters(dicke)))
        tolerance = 1e-12 * max(1.0, np.abs(expected).max())
        np.testing.assert_allclose(superoperator(form, dicke), expected, rtol=0, atol=tolerance)


@FEW
@given(SMALL)
def test_the_dressed_amplitude_solves_its_equation(dicke):
    hamiltonian, forces = born_markov.spin_operators(dicke.g, dicke.drive)
    for z, force, sparse in zip(dicke.pole, forces, dressed_amplitudes(dicke), strict=True):
        amplitude = sparse.toarray()
        residual = 1j * (hamiltonian @ amplitude - amplitude @ hamiltonian) + z * amplitude + 1j * force
        assert np.abs(residual).max() < 1e-12 * max(1.0, np.abs(z * amplitude).max())


@FEW
@given(SMALL)
def test_photon_numbers_solve_the_balance_of_photons(dicke):
    hamiltonian, forces = born_markov.spin_operators(dicke.g, dicke.drive)
    operators = zip(forces, photon_numbers(dicke), dressed_amplitudes(dicke), strict=True)
    for mode, (force, number, sparse) in enumerate(operators):
        n, amplitude = dicke.thermal_occupation[mode], sparse.toarray()
        excess = number.toarray() - n * np.eye(len(hamiltonian))
        work = (n + 1) * force @ amplitude - n * amplitude @ force
        balance = 1j * (hamiltonian @ excess - excess @ hamiltonian) + dicke.net_loss[mode] * excess
        np.testing.assert_allclose(balance, 1j * (work - work.conj().T), atol=1e-11 * max(1.0, np.abs(work).max()))


@FEW
@given(SMALL)
def test_the_forms_differ_by_a_change_of_frame(dicke):
    """Between states of equal Bohr frequency, the only ones that move a rate in second order, they agree."""
    hamiltonian, _ = born_markov.spin_operators(dicke.g, dicke.drive)
    difference = stacked_by_columns(superoperator("lindblad", dicke) - superoperator("redfield", dicke))
    _, states = np.linalg.eigh(sum(born_markov.sigma("x", i, dicke.n_spins) for i in range(dicke.n_spins)))
    basis = np.kron(states, states.conj())
    energies = np.rint(np.diag(states.conj().T @ hamiltonian @ states).real / dicke.drive) if dicke.drive else None
    if energies is None:
        assert np.abs(difference).max() < 1e-12 * max(1.0, np.abs(superoperator("lindblad", dicke)).max())
        return
    bohr = (energies[:, None] - energies[None, :]).ravel()
    between = (basis.conj().T @ difference @ basis)[bohr[:, None] == bohr[None, :]]
    assert np.abs(between).max() < 1e-11 * max(1.0, np.abs(difference).max())


# --- what is positive ---------------------------------------------------------------------------------------------


def choi(propagator):
    r"""$\sum_{kl} |k\rangle\langle l| \otimes \mathcal{E}(|k\rangle\langle l|)$ of a map on stacked columns."""
    size = int(np.sqrt(len(propagator)))
    return propagator.reshape((size,) * 4).transpose(3, 1, 2, 0).reshape(size**2, size**2)


@FEW
@given(SMALL, st.floats(0.01, 3.0))
def test_the_lindblad_form_is_completely_positive(dicke, time):
    assert np.linalg.eigvalsh(choi(expm(superoperator("lindblad", dicke) * time))).min() > -1e-12


def test_the_redfield_equation_is_not_positive():
    dicke = MultimodeDicke([[0.2]], 1.0, 1.0, drive=0.1)
    assert np.linalg.eigvalsh(choi(expm(superoperator("redfield", dicke)))).min() < -1e-3
    # and not only as a map: this pure state leaves the cone by itself
    azimuth, polar = 2 * np.pi / 3, np.pi / 12
    ket = np.array([np.cos(polar / 2), np.exp(1j * azimuth) * np.sin(polar / 2)])
    rho = np.outer(ket, ket.conj())
    with pytest.warns(RegimeWarning, match="most negative eigenvalue is -0.0014"):
        result = AtomOnly("redfield").evolve(dicke, rho, np.linspace(0, 3, 13))
    expected = [np.linalg.eigvalsh(unstacked(expm(superoperator("redfield", dicke) * t) @ ravelled(rho))) for t in
                np.linspace(0, 3, 13)]  # fmt: skip
    assert result.attrs["lowest_eigenvalue"] == pytest.approx(np.min(expected), abs=1e-12)
    assert AtomOnly("lindblad").evolve(dicke, rho, np.linspace(0, 3, 13)).attrs["lowest_eigenvalue"] > -1e-13


def ravelled(rho):
    return rho.reshape(-1, order="F")


def unstacked(vector):
    size = int(np.sqrt(len(vector)))
    return vector.reshape(size, size, order="F")


@FEW
@given(SMALL, st.integers(0, 2**32 - 1))
def test_both_forms_keep_trace_and_hermiticity(dicke, seed):
    stream = np.random.default_rng(seed)
    size = 2**dicke.n_spins
    drawn = stream.standard_normal((2, size, size))
    hermitian = drawn[0] + drawn[0].T + 1j * (drawn[1] - drawn[1].T)
    for form in FORMS:
        generator = superoperator(form, dicke)
        change = unstacked(generator @ ravelled(hermitian))
        tolerance = 1e-12 * max(1.0, np.abs(generator).max()) * size**2
        assert abs(np.trace(change)) < tolerance
        assert np.abs(change - change.conj().T).max() < tolerance


@FEW
@given(SMALL)
def test_flipping_every_spin_is_a_symmetry(dicke):
    flip = np.fliplr(np.eye(4**dicke.n_spins))
    for form in FORMS:
        generator = superoperator(form, dicke)
        np.testing.assert_allclose(flip @ generator @ flip, generator, atol=1e-12 * max(1.0, np.abs(generator).max()))


# --- limits -------------------------------------------------------------------------------------------------------


@FEW
@given(SMALL)
def test_without_a_drive_the_spins_have_the_ising_energy_and_dephase(dicke):
    still = MultimodeDicke(dicke.g, dicke.omega, dicke.loss, dicke.gain, 0.0)
    spins = configurations(dicke.n_spins)
    forces = spins @ dicke.g
    squared = dicke.omega**2 + dicke.net_loss**2 / 4
    energy = -np.sum(dicke.omega * forces**2 / squared, axis=1)
    own = np.diag(dicke.ising_couplings()).sum() / 2
    np.testing.assert_allclose(energy, dicke.energy(spins) - own, atol=1e-12)
    turning = -1j * (energy[:, None] - energy[None, :])
    widths = np.sum((forces[:, None] - forces[None, :]) ** 2 * (dicke.loss + dicke.gain) / (2 * squared), axis=2)
    for form in FORMS:
        expected = np.diag(ravelled(turning - widths))
        np.testing.assert_allclose(superoperator(form, still), expected, atol=1e-12 * max(1.0, widths.max()))


@pytest.mark.parametrize("form", FORMS)
def test_a_weak_drive_adds_itself_and_what_is_proportional_to_it(form):
    def added(drive):
        dicke = MultimodeDicke([[0.3], [0.2]], 1.0, 1.1, 0.1, drive)
        hamiltonian, _ = born_markov.spin_operators(dicke.g, drive)
        alone = -1j * (np.kron(np.eye(4), hamiltonian) - np.kron(hamiltonian.T, np.eye(4)))
        still = superoperator(form, MultimodeDicke(dicke.g, 1.0, 1.1, 0.1, 0.0))
        return np.abs(superoperator(form, dicke) - alone - still).max()

    assert added(2e-4) / added(1e-4) == pytest.approx(2.0, rel=1e-3)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("loss", "gain"), [(1.0, 0.0), (1.4, 0.4)])
def test_one_spin_at_weak_coupling_balances_the_absorption_and_emission_of_the_light(form, loss, gain):
    # golden rule: it falls by 2 drive at the rate loss/|z - 2i drive|^2 + gain/|z + 2i drive|^2, and rises conversely
    drive, z = 0.2, 0.5 + 1j
    near, far = abs(z - 2j * drive) ** -2, abs(z + 2j * drive) ** -2
    falls, rises = loss * near + gain * far, loss * far + gain * near
    steady = AtomOnly(form).steady_density_matrix(MultimodeDicke([[1e-3]], 1.0, loss, gain, drive))
    assert polarisation(steady) == pytest.approx(-(falls - rises) / (falls + rises), abs=1e-5)


def test_the_lowest_order_of_the_amplitude_damps_nothing():
    dicke = MultimodeDicke([[0.2], [0.13]], 1.0, 1.0, drive=0.1)
    naive = stacked_by_columns(born_markov.lindblad(*parameters(dicke), naive=True))
    mixed = ravelled(np.eye(4)) / 4
    assert np.abs(naive @ mixed).max() < 1e-15
    assert np.sum(np.abs(np.linalg.eigvals(naive)) < 1e-12) == 1
    full = SpinsAndLight(separate_spins(dicke.g, dicke.drive), (1.0,), (1.0,), (0.0,), (8,))
    exact = polarisation(full.of_spins(full.steady))
    assert exact < -0.2
    assert polarisation(AtomOnly().steady_density_matrix(dicke)) == pytest.approx(exact, abs=0.02)


# --- the threshold of mean field ----------------------------------------------------------------------------------


def pair_field(form, dicke_of, bloch):
    """What one more spin in the same product state adds to the motion of a spin, (3,), from N = 2 less N = 1."""
    state = (np.eye(2) + sum(m * born_markov.PAULI[axis] for m, axis in zip(bloch, "xyz", strict=True))) / 2
    motions = []
    for n, rho in ((1, state), (2, np.kron(state, state))):
        change = unstacked(superoperator(form, dicke_of(n)) @ ravelled(rho))
        motions.append(np.array([np.trace(born_markov.sigma(axis, 0, n) @ change).real for axis in "xyz"]))
    return motions[1] - motions[0]


def mean_field_threshold(form, omega, loss, gain, drive):
    """The coupling at which the polarised state first turns unstable: N spins add N - 1 times the field of one."""
    step = 1e-3

    def restoring(g):
        slopes = np.zeros((2, 2))
        for column, shift in enumerate(step * np.eye(3)[1:]):
            field = pair_field(form, lambda n: MultimodeDicke(np.full((n, 1), g), omega, loss, gain, drive), shift - X)
            free = 2 * drive * np.cross(X, shift - X)
            slopes[:, column] = (field + free)[1:] / step
        return np.linalg.det(slopes)

    return brentq(restoring, 1e-3, 5.0, xtol=1e-10)


X = np.array([1.0, 0.0, 0.0])


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("omega", "loss", "gain", "drive"),
    [(1.0, 1.0, 0.0, 0.5), (1.0, 2.0, 0.0, 0.5), (1.0, 0.2, 0.0, 0.3), (0.7, 1.6, 0.4, 0.2)],
)
def test_the_mean_field_of_the_equation_has_the_predicted_threshold(form, omega, loss, gain, drive):
    right = OnePatternSuperradiance(g=1.0, omega=omega, loss=loss, gain=gain, drive=drive).critical_coupling
    found = mean_field_threshold(form, omega, loss, gain, drive)
    predicted = threshold_ratio(MultimodeDicke([[1.0]], omega, loss, gain, drive))[0]
    assert found / right == pytest.approx(predicted, rel=1e-7)


def test_a_drive_as_fast_as_the_light_has_a_threshold_far_too_high():
    # the published remark, with kappa the loss of photons: 1.84 times too high
    assert threshold_ratio(MultimodeDicke([[1.0]], 1.0, 1.0, drive=0.5))[0] == pytest.approx(1.84, abs=0.005)
    assert threshold_ratio(MultimodeDicke([[1.0]], 1.0, 1.0, drive=0.56))[0] == np.inf


@given(st.floats(0.0, 1.0), st.floats(1e-3, 1e3))
def test_at_the_edge_of_the_regime_the_threshold_is_within_ten_per_cent(part, eta):
    pole = abs(eta / 2 + 1j)
    dicke = MultimodeDicke([[1.0]], 1.0, eta, drive=part * FAST_DRIVE * pole / 2)
    assert abs(threshold_ratio(dicke)[0] - 1) < 0.1
