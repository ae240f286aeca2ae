"""Atoms of a cloud, one by one: products of modes averaged over its width, and what they do to the light."""

import numpy as np
import pytest

from cavity_hopfield.platforms import CONFOCAL, FOUR_SEVENTHS, ModeFamily, RamanCavity, TransverseModes
from cavity_hopfield.platforms.cloud_products import cloud_products
from tests.twins.hermite_gauss import cloud_product, mode

WAIST = 35e-6
PLACES = np.array([[20e-6, 0.0], [0.0, 30e-6], [-25e-6, 10e-6], [10e-6, -20e-6]])
PHASES = np.array([0.3, 1.1, -0.4, 0.9])
CAVITY = {
    "coupling_rad_s": 6e6,
    "atomic_linewidth_rad_s": 3.8e7,
    "photon_loss_rad_s": 1.6e6,
    "atomic_detuning_rad_s": -6e11,
    "mode_detuning_rad_s": 1.5e6,
    "pump_rabi_rad_s": 6e9,
    "level_splitting_rad_s": 1e3,
}


def clouds(**changes):
    options = {"positions_m": PLACES, "waist_m": WAIST, "highest_order": 6, "spreads_m": 6e-6}
    return TransverseModes(**options | changes)


def step(platform, name):
    (found,) = [step for step in platform.steps() if step.name == name]
    return found


@pytest.mark.parametrize("family", [CONFOCAL, FOUR_SEVENTHS, ModeFamily(1, 2, 1)])
def test_overlaps_are_averages_of_products_by_quadrature(family):
    spreads = np.array([0.0, 3e-6, 8e-6, 14e-6])
    places = clouds(family=family, phases=PHASES, spreads_m=spreads, dispersion_rad_s=1.0)
    indices = places.mode_indices
    steps = (indices.sum(axis=1) - family.first_order) // family.transverse
    sine = (steps % 2 == 1) & family.alternates
    wanted = np.zeros((len(indices), len(indices)))
    for centre, spread, phase in zip(PLACES, spreads, PHASES, strict=True):
        heights = np.where(sine, np.sin(phase), np.cos(phase))
        products = [[cloud_product(one, other, centre, spread, WAIST) for other in indices] for one in indices]
        wanted += np.outer(heights, heights) * products
    np.testing.assert_allclose(places.overlaps(), wanted, atol=1e-10)
    # the combinations that couple have those of their modes
    together = clouds(family=family, phases=PHASES, spreads_m=spreads)
    combined = together.combinations
    np.testing.assert_allclose(together.mode_amplitudes @ combined, together.amplitudes(), atol=1e-12)
    np.testing.assert_allclose(together.overlaps(), combined.T @ wanted @ combined, atol=1e-10)
    outside = (np.eye(len(indices)) - combined @ combined.T) @ wanted @ combined
    assert together.overlap_outside == pytest.approx(np.linalg.norm(outside, 2), rel=1e-8)


def test_points_have_the_products_of_their_amplitudes():
    places = clouds(spreads_m=0.0, highest_order=60)
    amplitudes = places.amplitudes()
    np.testing.assert_allclose(places.overlaps(), amplitudes.T @ amplitudes, atol=1e-10)
    assert places.overlap_outside < 1e-10
    assert places.relative_spread < 1e-6


def test_high_orders_stay_exact():
    """Summed over all orders the squares are a delta function: at order 120 what Mehler's kernel has, by positions."""
    found = cloud_products([0.7], [0.0076], 120)[0]
    positions = np.random.default_rng(2).normal(0.7, 0.0076**0.5, 40_000)
    values = np.stack([mode(order, 0, positions * WAIST / 2**0.5, 0.0, WAIST) for order in (0, 40, 119, 120)])
    drawn = values @ values.T / positions.size
    kept = np.ix_((0, 40, 119, 120), (0, 40, 119, 120))
    np.testing.assert_allclose(found[kept], drawn, atol=5 * np.abs(values).max() ** 2 / 200)
    assert np.isfinite(cloud_products([3.0], [2.0], 150)).all()


def test_the_shift_of_a_mode_is_that_of_its_atoms_drawn_one_by_one():
    lab = RamanCavity(**CAVITY, geometry=clouds(spreads_m=4e-6, highest_order=40))
    geometry = lab.geometry
    atoms = np.random.default_rng(5).normal(0, 4e-6, (20_000, 2))
    squares = np.zeros(4)
    for centre in PLACES:
        x, y = (centre + atoms).T
        heights = np.array([1.0 if order % 4 == 0 else 0.0 for order in geometry.mode_indices.sum(axis=1)])
        used = np.flatnonzero(heights)
        values = np.stack([mode(*geometry.mode_indices[k], x, y, WAIST) for k in used], axis=1)
        squares += np.mean((values @ geometry.combinations[used]) ** 2, axis=0)
    shifts = lab.shifted_detunings_rad_s() - 1.5e6
    np.testing.assert_allclose(shifts, squares * 3.6e13 / -6e11, rtol=0.03)
    averages = np.sum(geometry.amplitudes() ** 2, axis=0)
    assert (squares > 1.08 * averages).all()


def test_a_step_tells_of_atoms_that_couple_unequally():
    values = []
    for spread in (0.5e-6, 1e-6, 8e-6):
        lab = RamanCavity(**CAVITY, geometry=clouds(spreads_m=spread, highest_order=20))
        values.append(step(lab, "equal couplings in an ensemble").value)
    assert values[1] / values[0] == pytest.approx(2, rel=0.05)
    assert values[0] < 0.1 < values[2]
    geometry = clouds(spreads_m=8e-6, highest_order=20)
    squares = sum(geometry.supermode_products[:, k, k] for k in range(4))
    means = np.sum(geometry.supermodes**2, axis=1)
    assert values[2] == pytest.approx(np.sqrt(squares / means - 1).max())


def test_one_point_among_clouds_leaves_their_steps():
    mixed = clouds(spreads_m=[0.0, 6e-6, 6e-6, 6e-6])
    alone = TransverseModes(positions_m=PLACES[1:], waist_m=WAIST, highest_order=6, spreads_m=6e-6)
    assert [item.name for item in mixed.steps()] == [item.name for item in alone.steps()]
    assert mixed.steps()[0].value == pytest.approx(alone.steps()[0].value)


def test_dispersion_raises_the_detunings_of_the_model():
    lab = RamanCavity(**CAVITY, geometry=clouds(highest_order=6, spreads_m=0.0, dispersion_rad_s=5e5))
    bare = RamanCavity(**CAVITY | {"coupling_rad_s": 1e-3}, geometry=lab.geometry)
    orders = lab.geometry.mode_indices.sum(axis=1)
    np.testing.assert_allclose(bare.to_dicke(unit_rad_s=1.0).omega, 1.5e6 + 5e5 * orders, rtol=1e-9)
    assert (bare.shifted_detunings_rad_s().min(), bare.shifted_detunings_rad_s().max()) == pytest.approx((1.5e6, 4.5e6))
    shifts = np.diag(lab.dispersive_shifts_rad_s())
    np.testing.assert_allclose(lab.shifted_detunings_rad_s(), 1.5e6 + 5e5 * orders + shifts, rtol=1e-12)


def test_a_cavity_passes_on_what_its_geometry_says_of_other_families():
    spread = clouds(highest_order=6, dispersion_rad_s=5e5)
    names = {item.name for item in RamanCavity(**CAVITY, geometry=spread).steps()}
    assert "the family is degenerate" in names
    assert "other families are far" not in names
    lab = RamanCavity(**CAVITY, geometry=spread, mode_spacing_rad_s=4e10)
    pole = np.hypot(1.5e6, 0.8e6)
    assert step(lab, "the family is degenerate").value == pytest.approx(3e6 / pole)
    assert not step(lab, "the family is degenerate").holds
    assert step(lab, "other families are far").value == pytest.approx(pole / (4e10 - 3e6))
