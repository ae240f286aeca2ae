"""The two momentum states in the pump's lattice: against Mathieu's numbers, waves on a grid, and the shifts of both."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import mathieu_a

from cavity_hopfield import Patterns
from cavity_hopfield.platforms.momentum_cavity import MomentumCavity
from cavity_hopfield.platforms.pump_lattice import PumpLattice

POINTS = 24
ANGLES = np.arange(POINTS) * 2 * np.pi / POINTS


def cavity(**changes):
    options = {
        "coupling_rad_s": 1.2e7,
        "atomic_linewidth_rad_s": 3.8e7,
        "photon_loss_rad_s": 1.9e6,
        "atomic_detuning_rad_s": -4.8e11,
        "mode_detuning_rad_s": 9.4e7,
        "pump_depth": 1.0,
        "recoil_rad_s": 2.4e4,
        "atoms": 10_000,
    }
    return MomentumCavity(**options | changes)


def kinetic():
    """-d^2/dy^2 on a ring of one wavelength, by Fourier."""
    waves = np.fft.fftfreq(POINTS, 1 / POINTS)
    transform = np.exp(-1j * np.outer(waves, ANGLES)) / np.sqrt(POINTS)
    return (transform.conj().T * waves**2 @ transform).real


def in_lattice(depth):
    """Energies and states of one atom along the pump that are even about an antinode."""
    even = np.zeros((POINTS, POINTS // 2 + 1))
    for k in range(POINTS // 2 + 1):
        even[k, k] = even[-k, k] = 1
    even /= np.linalg.norm(even, axis=0)
    energies, states = np.linalg.eigh(even.T @ (kinetic() + depth * np.diag(np.cos(ANGLES) ** 2)) @ even)
    return energies, even @ states


@settings(max_examples=20)
@given(st.floats(0.01, 60), st.sampled_from([-1, 1]))
def test_bands_have_the_numbers_of_mathieu(size, sign):
    depth = sign * size
    assert PumpLattice(depth).gap == pytest.approx(mathieu_a(1, depth / 4) - mathieu_a(0, depth / 4), abs=1e-9)


@pytest.mark.parametrize(("depth", "ratio"), [(-3.5, 0.697), (3.5, 1.562), (-1.0, 0.887)])
def test_the_splitting_in_exact_bands(depth, ratio):
    lab = cavity(pump_depth=abs(depth), atomic_detuning_rad_s=np.copysign(4.8e11, depth), mode_detuning_rad_s=2e8)
    assert lab.splitting_rad_s / (2 * lab.recoil_rad_s) == pytest.approx(ratio, abs=5e-4)
    assert 2 * lab.to_dicke(Patterns([[1, 1]]), unit_rad_s=1.0).drive == pytest.approx(lab.splitting_rad_s)


@pytest.mark.parametrize("sign", [-1, 1])
def test_a_weak_pump_shifts_both_to_first_order(sign):
    """Red: an atom at rest has less of the light than the cosine, which so comes closer, and couples more."""
    errors = []
    for depth in (0.02, 0.04):
        lattice = PumpLattice(sign * depth)
        splitting, element = (1 + lattice.gap) / 2, lattice.element * np.sqrt(2)
        errors.append([splitting - (1 + sign * depth / 8), element - (1 - sign * depth / 16)])
    assert np.abs(errors[1]).max() < 1e-4
    np.testing.assert_allclose(np.divide(errors[1], errors[0]), 4, rtol=0.03)


@pytest.mark.parametrize("depth", [-5.0, 5.0])
def test_the_coupling_is_the_integral_over_exact_waves(depth):
    energies, states = in_lattice(depth)
    # states at rest have the period of the lattice, those at the edge change sign with it
    edge = [np.allclose(state, -np.roll(state, POINTS // 2), atol=1e-6) for state in states.T]
    rest = int(np.flatnonzero(~np.array(edge))[0])
    first = int(np.flatnonzero(edge)[0])
    element = abs(states[:, rest] @ (np.cos(ANGLES) * states[:, first]))
    lattice = PumpLattice(depth)
    assert lattice.element == pytest.approx(element, rel=1e-8)
    assert lattice.gap == pytest.approx(energies[first] - energies[rest], rel=1e-8)
    lab = cavity(pump_depth=5.0, atomic_detuning_rad_s=np.copysign(4.8e11, depth), mode_detuning_rad_s=2e8)
    eta = 1.2e7 * np.sqrt(5.0 * 2.4e4 / 4.8e11)
    assert lab.spin_coupling_rad_s == pytest.approx(eta * element / np.sqrt(2), rel=1e-8)


@pytest.mark.parametrize("depth", [-4.0, 2.0])
def test_other_states_are_mixed_in_as_perturbation_theory_has_it(depth):
    """All states of the plane on a grid, degenerate or not, against the sum over cosines."""
    lattice, strength = PumpLattice(depth), 0.3
    along, waves = in_lattice(depth)
    across, cosines = in_lattice(0.0)
    energies = (across[:, None] + along[None, :]).ravel()
    light = strength * np.kron(cosines.T @ np.diag(np.cos(ANGLES)) @ cosines, waves.T @ np.diag(np.cos(ANGLES)) @ waves)
    ground = int(energies.argmin())
    other = int(np.abs(light[ground]).argmax())
    shares = []
    for state in (ground, other):
        left = [f for f in range(energies.size) if f not in {ground, other} and abs(light[f, state]) > 1e-10]
        shares.append(sum(light[f, state] ** 2 / (energies[f] - energies[state]) ** 2 for f in left))
    assert lattice.mixed(strength) == pytest.approx(max(shares), rel=1e-6)
    assert lattice.mixed(2 * strength) == pytest.approx(4 * lattice.mixed(strength))


def steps(lab, n_spins=None):
    pattern = None if n_spins is None else Patterns(np.ones((1, n_spins), dtype=int))
    return {step.name: step for step in lab.steps(pattern)}


def test_the_states_shift_the_mode_differently():
    """<cos^2 kx> is 1/2 at rest and 3/4 in the cosine, by the waves; all atoms in one or in the other."""
    moving = np.sqrt(2) * np.cos(ANGLES)
    difference = np.mean(np.cos(ANGLES) ** 2 * (moving**2 - 1))
    lab = cavity(atoms=150_000)
    omega = lab.mode_detuning_rad_s + 150_000 * 1.44e14 / 2 / -4.8e11
    found = steps(lab)["both momentum states shift the mode alike"]
    assert found.value == pytest.approx(difference * 150_000 * 1.44e14 / 4.8e11 / omega)
    assert not found.holds
    assert steps(cavity())["both momentum states shift the mode alike"].holds


def test_atoms_that_are_no_spins_are_told_and_thinning_mends_it():
    lab = cavity()
    told = steps(lab, 10)["every atom is a spin of the model"]
    assert (told.value, told.holds) == (pytest.approx(0.999), False)
    assert "`thinned(10)`" in told.sentence
    few = lab.thinned(10)
    assert steps(few, 10)["every atom is a spin of the model"].holds
    one, other = (platform.to_dicke(Patterns(np.ones((1, platform.atoms), dtype=int))) for platform in (lab, few))
    np.testing.assert_allclose(10 * other.g[0] ** 2, 10_000 * one.g[0] ** 2, rtol=1e-12)
    np.testing.assert_allclose(other.omega, one.omega, rtol=1e-12)
    assert other.drive == pytest.approx(one.drive)
    assert few.unit_rad_s == pytest.approx(lab.unit_rad_s)
    assert few.critical_depth == pytest.approx(lab.critical_depth)
    for name, step in steps(lab).items():
        assert step.value == pytest.approx(steps(few)[name].value), name


@pytest.mark.parametrize("sign", [-1, 1])
def test_at_the_critical_depth_the_disordered_atoms_become_unstable(sign):
    r"""$N g^2 = \omega_0 |z|^2 / 4 \omega$ with the coupling and the splitting of that depth."""
    changes = {"atomic_detuning_rad_s": sign * 4.8e11, "mode_detuning_rad_s": {-1: 2e8, 1: 1e6}[sign], "atoms": 200_000}
    depth = cavity(**changes).critical_depth
    there = cavity(**changes, pump_depth=depth)
    squared = there.unit_rad_s**2 + there.photon_loss_rad_s**2 / 4
    needed = there.splitting_rad_s * squared / (4 * there.unit_rad_s)
    assert there.atoms * there.spin_coupling_rad_s**2 == pytest.approx(needed)
    assert there.critical_depth == pytest.approx(depth)
    assert cavity(atoms=1).critical_depth == float("inf")
