"""Ions as a memory: couplings against the displacement that the force makes, and the phonons against heating."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import constants

from cavity_hopfield import ArgumentError, Patterns
from cavity_hopfield.platforms import operating_point
from cavity_hopfield.platforms.ion_chain import IonChain
from tests.twins.ion_crystal import at_rest, hessian

MASS, AXIAL = 171 * constants.atomic_mass, 2 * np.pi * 0.6e6


def chain(**values):
    given_values = {
        "ions": 4,
        "mass_kg": MASS,
        "axial_rad_s": AXIAL,
        "modes": 1,
        "mode_detuning_rad_s": 2 * np.pi * 20e3,
        "force_rabi_rad_s": 2 * np.pi * 30e3,
        "fringe_m": 0.25e-6,
        "cooling_per_s": 2e4,
        "microwave_rabi_rad_s": 2 * np.pi * 20.0,
    }
    return IonChain(**(given_values | values))


def driven(ions, stiffness, beat, forces):
    """Amplitudes of the ions under forces F_i cos(beat t): Newton's equation with the Hessian by differences."""
    places = at_rest(ions, (80.0, 90.0, 1.0))
    order = np.argsort(places[:, 2])
    block = hessian(places, (80.0, 90.0, 1.0))[2::3, 2::3][np.ix_(order, order)]
    return np.linalg.solve(stiffness * block - MASS * beat**2 * np.eye(ions), -forces)


def test_couplings_displace_the_ions_as_newton_has_it():
    r"""$\alpha = -g \sigma / \delta$ against the driven chain: the difference is what other modes and the wrong sign of
    the beat note do, and falls as the detuning.
    """
    spins = np.array([-1, -1, 1, 1])
    errors = []
    for detuning in (2 * np.pi * 1.2e3, 2 * np.pi * 0.6e3):
        lab = chain(mode_detuning_rad_s=detuning, cooling_per_s=1e-3)
        model = lab.to_dicke(unit_rad_s=1.0)
        frequency = lab.normal_modes.frequencies_rad_s[1]
        alpha = model.relaxed_amplitudes(spins)[0].real
        spread = np.sqrt(constants.hbar / (2 * MASS * frequency))
        moved = 2 * alpha * spread * lab.normal_modes.vectors[:, 1]
        force = constants.hbar * lab.force_rabi_rad_s * 2 * np.pi / lab.fringe_m
        wanted = driven(4, MASS * AXIAL**2, frequency - detuning, force * spins)
        errors.append(np.linalg.norm(moved - wanted) / np.linalg.norm(wanted))
    assert errors[0] < 0.01
    assert errors[0] / errors[1] == pytest.approx(2.0, rel=0.05)


def test_the_lamb_dicke_parameter_is_the_textbook_one():
    """One ion of 171 u and counter-propagating light of 355 nm: the root of recoil energy over quantum of motion."""
    single = chain(ions=1, modes=0, axial_rad_s="2pi * 1 MHz", mass_kg="171 u", fringe_m="177.5 nm")
    recoil = constants.hbar * (2 * np.pi / 177.5e-9) ** 2 / (2 * 171 * constants.atomic_mass)
    assert single.lamb_dicke[0, 0] == pytest.approx(np.sqrt(recoil / (2 * np.pi * 1e6)), rel=1e-8)
    assert single.couplings_rad_s[0, 0] == pytest.approx(0.5 * single.lamb_dicke[0, 0] * 2 * np.pi * 30e3)


def test_ions_interact_as_published():
    r"""K. Kim et al., Phys. Rev. Lett. 103, 120502 (2009): one mode near, and the sign of $J$ turned."""
    lab = chain(modes=2, mode_detuning_rad_s=2 * np.pi * 50.0, cooling_per_s=1e-3)
    frequency, vector = lab.normal_modes.frequencies_rad_s[2], lab.normal_modes.vectors[:, 2]
    beat = frequency - 2 * np.pi * 50.0
    recoil = constants.hbar * (2 * np.pi / 0.25e-6) ** 2 / (2 * MASS)
    published = (2 * np.pi * 30e3) ** 2 * recoil * np.outer(vector, vector) / (frequency**2 - beat**2)
    np.testing.assert_allclose(lab.to_dicke(unit_rad_s=1.0).ising_couplings(), published, rtol=1e-4)


def test_phonons_settle_where_cooling_and_heating_balance():
    """A ladder of quanta: from the ground state they grow at heating and W n_c, and end at n_c + heating / W."""
    lab = chain(cooling_per_s=500.0, heating_per_s=350.0, cooling_limit=0.4)
    down, up = float(lab.loss_rad_s[0]), float(lab.gain_rad_s[0])
    levels = np.arange(200)
    rates = np.diag(down * levels[1:], 1) + np.diag(up * (levels[:-1] + 1), -1)
    rates -= np.diag(rates.sum(axis=0))
    assert levels @ rates[:, 0] == pytest.approx(350 + 500 * 0.4)
    steady = np.abs(np.linalg.svd(rates)[2][-1])
    assert levels @ steady / steady.sum() == pytest.approx(0.4 + 350 / 500, rel=1e-9)
    assert lab.to_dicke().thermal_occupation[0] == pytest.approx(1.1)


@given(st.lists(st.sampled_from([-1, 1]), min_size=4, max_size=4), st.integers(0, 3))
@settings(max_examples=20)
def test_one_mode_stores_any_pattern(spins, mode):
    lab, pattern = chain(modes=mode), Patterns([spins])
    model = lab.to_dicke(pattern)
    np.testing.assert_array_equal(np.sign(model.g[:, 0]), pattern.values[0])
    np.testing.assert_allclose(np.abs(model.g), np.abs(lab.couplings_rad_s) / lab.unit_rad_s, rtol=1e-14)
    assert (model.flip_energies(pattern.values[0]) > 0).all()


def test_several_modes_store_what_their_vectors_allow():
    """Modes 0 and 1 of four ions are ++++ and --++; other signs of the force turn both alike."""
    lab = chain(modes=(0, 1))
    turned = Patterns([[1, -1, -1, 1], [-1, 1, -1, 1]])
    np.testing.assert_array_equal(np.sign(lab.to_dicke(turned).g.T), turned.values)
    one_negated = Patterns(turned.values * [[1], [-1]])
    np.testing.assert_array_equal(np.sign(lab.to_dicke(one_negated).g.T), one_negated.values)
    np.testing.assert_array_equal(lab.to_dicke().stored.values, [[1, 1, 1, 1], [-1, -1, 1, 1]])
    wrong = Patterns([[1, 1, 1, 1], [-1, 1, -1, 1]], names=("A", "B"))
    with pytest.raises(ArgumentError, match=r"one sign of the force .* ion 1 pattern 'B' on mode 1 .* 'A' on mode 0"):
        lab.to_dicke(wrong)
    free = chain(modes=(0, 1), force_signs="per_mode")
    np.testing.assert_array_equal(np.sign(free.to_dicke(wrong).g.T), wrong.values)


@given(st.floats(1e3, 1e7))
@settings(max_examples=15)
def test_the_unit_of_frequency_changes_nothing(unit):
    lab = chain(modes=(0, 2), heating_per_s=50.0)
    one, other = lab.to_dicke(), lab.to_dicke(unit_rad_s=unit)
    np.testing.assert_allclose(
        other.ising_couplings() * unit, one.ising_couplings() * lab.unit_rad_s, rtol=1e-12, atol=0
    )
    np.testing.assert_allclose(other.noise_factor, one.noise_factor, rtol=1e-13)
    assert other.drive * unit == pytest.approx(2 * np.pi * 10.0)


def test_crowding_is_the_energy_through_the_other_modes():
    """Two tones on all four modes: the couplings that are missing over those that are there, damping left out."""
    lab = chain(modes=(0, 1), force_signs="per_mode")
    patterns = Patterns([[1, -1, 1, 1], [1, 1, -1, 1]])
    frequencies, vectors = lab.normal_modes.frequencies_rad_s, lab.normal_modes.vectors
    meant, missing = np.zeros((4, 4)), np.zeros((4, 4))
    for tone in (0, 1):
        forces = patterns.values[tone] * np.sign(vectors[:, tone]) * lab.force_rabi_rad_s / 2
        for mode in range(4):
            g = forces * lab.lamb_dicke[:, mode]
            mediated = 2 * np.outer(g, g) / (frequencies[mode] - frequencies[tone] + lab.mode_detuning_rad_s)
            (meant if mode == tone else missing)[:] += mediated
    pairs = np.triu_indices(4, 1)
    step = next(step for step in lab.steps(patterns) if step.name == "each beat note moves one mode")
    assert step.value == pytest.approx(np.linalg.norm(missing[pairs]) / np.linalg.norm(meant[pairs]), rel=1e-2)


def test_photons_and_scattering_of_an_operating_point_in_closed_form():
    r"""Quanta of the common motion at the pattern $+ \ldots +$: $|\sum_i g_i|^2 / |z|^2$ and the thermal ones."""
    lab = chain(ions=6, modes=0, heating_per_s=30.0, atomic_linewidth_rad_s=2 * np.pi * 20e6,
                atomic_detuning_rad_s=2 * np.pi * 33e12)  # fmt: skip
    point = operating_point(lab)
    spread = np.sqrt(constants.hbar / (2 * MASS * AXIAL))
    force = 6 * 0.5 * 2 * np.pi / 0.25e-6 * spread / np.sqrt(6) * 2 * np.pi * 30e3
    assert point.photons == pytest.approx(force**2 / ((2 * np.pi * 20e3) ** 2 + 1e4**2) + 30 / 2e4, rel=1e-9)
    assert lab.spontaneous_rate_per_s() == pytest.approx(2 * np.pi * 20e6 * 30e3 / 33e12)
    assert {step.name for step in point.steps} >= {"rotating wave", "recall beats scattering"}
