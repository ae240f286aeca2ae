"""What degenerate cavities mediate: modes summed one by one against Mehler's closed form, limits and symmetries."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from cavity_hopfield import MultimodeDicke
from cavity_hopfield.elimination import CavityRates
from cavity_hopfield.platforms.degenerate_cavity import DegenerateCavity
from cavity_hopfield.platforms.mode_families import CONFOCAL, FOUR_SEVENTHS, ModeFamily
from cavity_hopfield.platforms.transverse_modes import TransverseModes
from tests.twins.hermite_gauss import cloud_mode, family_sum

WAIST = 35e-6
PLACES = np.array([[12e-6, -5e-6], [-30e-6, 22e-6], [3e-6, 41e-6]])
PHASES = np.array([0.3, 1.1, -0.4])
FAMILIES = {
    "even confocal": (CONFOCAL, 2, 0, True),
    "odd confocal": (ModeFamily(1, 2, 1), 2, 1, True),
    "4/7": (FOUR_SEVENTHS, 7, 0, False),
    "4/7, second": (ModeFamily(4, 7, 2), 7, 2, False),
    "1/3": (ModeFamily(1, 3, 1), 3, 1, True),
}


def resolution(damping):
    """The resolution at which each order is damped by `damping`."""
    return WAIST * np.sqrt((1 - damping) / (1 + damping))


@pytest.mark.parametrize("name", FAMILIES)
def test_modes_one_by_one_add_up_to_the_closed_form(name):
    family, step, first, alternates = FAMILIES[name]
    damping = 0.55
    orders = range(first, 56, step)
    found = DegenerateCavity(WAIST, family, resolution(damping)).interaction(PLACES, 0.0, PHASES).total
    for i in range(3):
        for j in range(3):
            waves = [
                np.sin(PHASES[i]) * np.sin(PHASES[j]) if alternates and k % 2 else np.cos(PHASES[i]) * np.cos(PHASES[j])
                for k in range(len(orders))
            ]
            wanted = family_sum(orders, waves, PLACES[i], PLACES[j], WAIST, damping)
            assert found[i, j] == pytest.approx(wanted, rel=1e-10, abs=1e-12)


def test_the_explicit_modes_are_those_of_the_twin_also_for_clouds():
    spreads = np.array([0.0, 6e-6, 40e-6])
    places = TransverseModes(positions_m=PLACES, waist_m=WAIST, highest_order=12, spreads_m=spreads)
    for column, (left, right) in enumerate(places.mode_indices):
        wave = 1.0 if (left + right) % 4 == 0 else 0.0
        wanted = [wave * cloud_mode(left, right, r, s, WAIST) for r, s in zip(PLACES, spreads, strict=True)]
        np.testing.assert_allclose(places.mode_amplitudes[:, column], wanted, atol=1e-12)


@pytest.mark.parametrize("family", [CONFOCAL, FOUR_SEVENTHS, ModeFamily(1, 2, 1)])
def test_couplings_of_the_model_are_the_closed_form(family):
    """Clouds need no damping: enough modes give the sum over all of them, through `ising_couplings`."""
    spreads = np.array([8e-6, 10e-6, 14e-6])
    g, omega, loss = 0.3, 1.2, 0.7
    modes = TransverseModes(
        positions_m=PLACES, waist_m=WAIST, highest_order=130, spreads_m=spreads, family=family, phases=PHASES
    )
    model = MultimodeDicke(g * modes.amplitudes(), omega, loss)
    closed = DegenerateCavity(WAIST, family).interaction(PLACES, spreads, PHASES).total
    scale = 2 * omega * g**2 / (omega**2 + loss**2 / 4)
    np.testing.assert_allclose(model.ising_couplings(), scale * closed, rtol=1e-7, atol=1e-9 * scale)
    assert modes.steps()[0].value < 1e-7


def test_a_quarter_of_the_cosine_is_left_without_range():
    """Confocal at an antinode of its cosines: a quarter of cos(2 r r' / w^2); its negative at the sines."""
    cavity = DegenerateCavity(WAIST, CONFOCAL, 1e-4 * WAIST)
    cosine = np.cos(2 * PLACES @ PLACES.T / WAIST**2) / 4
    np.testing.assert_allclose(cavity.interaction(PLACES).non_local, cosine, atol=1e-6)
    np.testing.assert_allclose(cavity.interaction(PLACES, 0.0, np.pi / 2).non_local, -cosine, atol=1e-6)
    np.testing.assert_allclose(cavity.interaction(PLACES, 0.0, np.pi / 4).non_local, 0.0, atol=1e-6)
    odd = DegenerateCavity(WAIST, ModeFamily(1, 2, 1), 1e-4 * WAIST).interaction(PLACES)
    np.testing.assert_allclose(odd.non_local, np.sin(2 * PLACES @ PLACES.T / WAIST**2) / 4, atol=1e-6)


def test_the_local_spot_holds_a_quarter_of_the_area_of_a_mode():
    r"""$\int D_{local}\, d^2 r' = \frac14 \frac{\pi w_0^2}{2}$, around the atom and around its mirror image."""
    cavity = DegenerateCavity(WAIST, CONFOCAL, 0.02 * WAIST)
    grid = np.linspace(-0.15, 0.15, 121) * WAIST
    square = np.stack(np.meshgrid(grid, grid), axis=-1).reshape(-1, 2)
    area = ((grid[1] - grid[0]) / WAIST) ** 2
    for sign, part in ((1, "local"), (-1, "mirror")):
        found = cavity.interaction(PLACES[:1], others_m=sign * PLACES[0] + square)
        assert getattr(found, part).sum() * area == pytest.approx(np.pi / 8, rel=2e-3)
    odd = DegenerateCavity(WAIST, ModeFamily(1, 2, 1), 0.02 * WAIST).interaction(PLACES[:1], others_m=-PLACES[:1])
    even = cavity.interaction(PLACES[:1], others_m=-PLACES[:1])
    assert odd.mirror[0, 0] == pytest.approx(-even.mirror[0, 0], rel=1e-12)
    assert even.mirror[0, 0] > 100


def test_the_spot_of_a_point_has_the_resolution_for_its_width():
    cavity = DegenerateCavity(WAIST, CONFOCAL, 0.05 * WAIST)
    line = np.stack([np.linspace(-0.3, 0.3, 601) * WAIST, np.zeros(601)], axis=1)
    spot = cavity.interaction([[0.0, 0.0]], others_m=line).local[0]
    width = np.sqrt(np.sum(spot * line[:, 0] ** 2) / np.sum(spot))
    assert width / WAIST == pytest.approx(0.05, rel=2e-3)


def test_one_mode_is_left_where_nothing_finer_is_resolved():
    cavity = DegenerateCavity(WAIST, CONFOCAL, WAIST * (1 - 1e-9))
    profile = np.exp(-np.sum(PLACES**2, axis=1) / WAIST**2)
    np.testing.assert_allclose(cavity.interaction(PLACES).total, np.outer(profile, profile), atol=1e-8)


places_of_three = st.lists(st.tuples(st.floats(-80e-6, 80e-6), st.floats(-80e-6, 80e-6)), min_size=3, max_size=3).map(
    np.array
)


@given(places_of_three, st.floats(1e-6, 10e-6), st.sampled_from(sorted(FAMILIES)), st.floats(-3, 3))
def test_symmetries(places, spread, name, angle):
    family, _, first, _ = FAMILIES[name]
    cavity = DegenerateCavity(WAIST, family, 2e-6)
    parts = cavity.interaction(places, spread, 0.4)
    found, scale = parts.total, parts.local.max()
    np.testing.assert_allclose(found, found.T, atol=1e-11 * scale)
    assert np.linalg.eigvalsh(found).min() > -1e-10 * scale
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    np.testing.assert_allclose(cavity.interaction(places @ turn.T, spread, 0.4).total, found, atol=1e-9 * scale)
    if family.transverse == 2:
        mirrored = cavity.interaction(places, spread, 0.4, others_m=-places, other_spreads_m=spread, other_phases=0.4)
        np.testing.assert_allclose(mirrored.total, (-1) ** first * found, atol=1e-11 * scale)


def test_supermodes_give_the_same_energies_forces_and_rates():
    common = {"positions_m": PLACES, "waist_m": WAIST, "highest_order": 6, "phases": 0.5}
    modes = TransverseModes(**common)
    every = MultimodeDicke(0.2 * modes.mode_amplitudes, 1.0, 0.8, 0.1, 0.01)
    few = MultimodeDicke(0.2 * modes.amplitudes(), 1.0, 0.8, 0.1, 0.01)
    assert (every.n_modes, few.n_modes) == (16, 3)
    np.testing.assert_allclose(few.ising_couplings(), every.ising_couplings(), atol=1e-14)
    spins = np.array([[1, -1, 1], [1, 1, 1]])
    np.testing.assert_allclose(
        np.sum(np.diff(few.force(spins), axis=0) ** 2), np.sum(np.diff(every.force(spins), axis=0) ** 2), rtol=1e-12
    )
    mixing = modes.supermodes.T @ modes.supermodes
    np.testing.assert_allclose(mixing, np.diag(np.diag(mixing)), atol=1e-12)
    energies = every.flip_energies(spins[0])
    rates = [CavityRates(model)(energies, np.arange(3)) for model in (every, few)]
    np.testing.assert_allclose(rates[1], rates[0], rtol=1e-8)


def test_dispersion_shortens_the_range_as_laplace_has_it():
    r"""$\sum_n \Xi_n \Xi_n' / (\delta + \epsilon n) = \int_0^\infty e^{-\delta \tau} G_{e^{-\epsilon \tau}} d\tau$."""
    delta, slope, spread = 3.0, 0.5, 9e-6
    modes = TransverseModes(
        positions_m=PLACES, waist_m=WAIST, highest_order=110, spreads_m=spread, dispersion_rad_s=slope
    )
    model = MultimodeDicke(modes.amplitudes(), modes.detunings_rad_s(delta), 1e-9)

    def integrand(tau, i, j):
        cavity = DegenerateCavity(WAIST, CONFOCAL, resolution(np.exp(-slope * tau)))
        return 2 * np.exp(-delta * tau) * cavity.interaction(PLACES, spread).total[i, j]

    for i, j in ((0, 0), (0, 1), (1, 2)):
        wanted = quad(integrand, 0, 12, args=(i, j), limit=200, epsabs=1e-10, epsrel=1e-9)[0]
        assert model.ising_couplings()[i, j] == pytest.approx(wanted, rel=1e-7, abs=1e-8)


def test_what_is_stored_is_stable_against_every_flip():
    places = np.random.default_rng(5).normal(0, 60e-6, (9, 2))
    modes = TransverseModes(positions_m=places, waist_m=WAIST, highest_order=60, spreads_m=6e-6)
    stored = modes.stored()
    assert stored.n_patterns >= 2
    assert (MultimodeDicke(0.1 * modes.amplitudes(), 1.0, 0.5).flip_energies(stored.values) > 0).all()
