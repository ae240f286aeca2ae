"""Exact rates against explicit projectors, the full master equation, and the orders of the drive."""

import numpy as np
import pytest
from hypothesis import given, settings

from cavity_hopfield import CavityRates
from cavity_hopfield.elimination.exact.full_liouvillian import full_liouvillian, slowest_relaxation
from cavity_hopfield.elimination.exact.rates import exact_rates
from cavity_hopfield.elimination.sectors import SectorEquation
from cavity_hopfield.model import MultimodeDicke
from cavity_hopfield.operators import annihilation, on_site
from tests.strategies import models
from tests.twins.projected_liouvillian import SpinsInModes

pytestmark = pytest.mark.filterwarnings("ignore::cavity_hopfield.exceptions.RegimeWarning")

# Platforms with levels so few that dense projectors serve; the truncated models are compared, not the physics.
SMALL = {
    "one spin": ({"g": [[0.5]], "loss": 0.6}, (8,)),
    "equal forces": ({"g": [[0.5], [0.5]]}, (5,)),
    "opposite signs": ({"g": [[0.4], [-0.4]], "gain": 0.2}, (5,)),
    "unequal": ({"g": [[0.3], [-0.5]]}, (6,)),
    "two modes with gain": ({"g": [[0.3, 0.2]], "omega": [1.0, 1.4], "loss": [1.0, 0.8], "gain": [0.2, 0.1]}, (4, 3)),
    "the larger mode first": ({"g": [[0.3, 0.2], [0.3, -0.2]], "omega": [1.0, 1.4]}, (3, 2)),
    "two equal, one other": ({"g": [[0.5], [-0.5], [0.3]]}, (3,)),
    "three flips leave the force": ({"g": [[0.3], [0.2], [0.5]]}, (3,)),
}


def small(name, drive=0.05):
    changes, levels = SMALL[name]
    dicke = MultimodeDicke(**({"omega": 1.0, "loss": 1.0, "drive": drive} | changes))
    return exact_rates(dicke, levels), SpinsInModes.of(dicke, levels)


def close(found, expected, tolerance):
    np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance * np.abs(expected).max())


# Against dense projectors and null vectors of the same truncated model


@pytest.mark.parametrize("name", SMALL)
def test_the_generator_and_its_orders_are_those_of_explicit_projectors(name):
    rates, twin = small(name)
    size = 2**twin.n
    np.testing.assert_array_equal(rates.generator.places, [left + size * right for left, right in twin.kept])
    close(rates.generator.matrix.toarray(), twin.all_orders(), 1e-11)
    close(rates.second_order.matrix.toarray(), twin.second_order(), 1e-12)
    close(rates.fourth_order.matrix.toarray(), twin.fourth_order(), 1e-11)


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize("drive", [0.05, pytest.param(0.4, marks=pytest.mark.slow)], ids=["weak", "strong"])
def test_the_steady_state_is_a_null_vector_of_the_full_generator(name, drive):
    rates, twin = small(name, drive)
    state = twin.limit(0)
    np.testing.assert_allclose(rates.steady_state([1] * twin.n), twin.of_spins(state), rtol=0, atol=1e-9)
    expected = [twin.photons(state, mu) for mu in range(len(twin.levels))]
    np.testing.assert_allclose(rates.photons([1] * twin.n), expected, rtol=0, atol=1e-9)


def test_one_stationary_state_needs_no_start():
    rates, twin = small("unequal")
    np.testing.assert_allclose(rates.steady_state(), twin.of_spins(twin.limit(2)), rtol=0, atol=1e-9)
    np.testing.assert_allclose(rates.photons(), [twin.photons(twin.limit(2), 0)], rtol=0, atol=1e-9)


@pytest.mark.slow
def test_the_steady_state_is_where_the_full_evolution_ends():
    dicke = MultimodeDicke(g=[[0.5], [0.3]], omega=1.0, loss=1.0, drive=0.2)
    rates = exact_rates(dicke)
    late = SpinsInModes.of(dicke, rates.levels).evolved(1, 1500.0)
    np.testing.assert_allclose(rates.steady_state(), late, rtol=0, atol=1e-9)
    assert np.abs(late - np.diag(np.diag(late))).max() > 0.05  # it is no mixture of configurations


# Invariants


@settings(deadline=None, max_examples=15)
@given(models(max_spins=2, max_modes=1))
def test_rates_keep_the_trace_and_are_real_between_configurations(dicke):
    driven = MultimodeDicke(dicke.g, dicke.omega, dicke.loss, dicke.gain, drive=0.1)
    generator = exact_rates(driven, 4).generator
    matrix, size = generator.matrix.toarray(), generator.dimension
    column, row = np.divmod(generator.places, size)
    populations = np.flatnonzero(row == column)
    largest = np.abs(matrix).max()
    np.testing.assert_allclose(matrix[populations].sum(axis=0), 0, atol=1e-12 * largest)
    np.testing.assert_allclose(matrix[np.ix_(populations, populations)].imag, 0, atol=1e-10 * largest)
    conjugate = np.searchsorted(generator.places, row * size + column)  # of the transposed elements
    np.testing.assert_allclose(matrix[np.ix_(conjugate, conjugate)].conj(), matrix, rtol=0, atol=1e-10 * largest)


def test_columns_solved_a_few_at_a_time_are_the_same():
    dicke = MultimodeDicke(g=[[0.5], [0.5]], omega=1.0, loss=1.0, drive=0.05)
    whole, parts = (exact_rates(dicke, 9, memory_gib=memory) for memory in (4.0, 0.04))
    close(parts.generator.matrix.toarray(), whole.generator.matrix.toarray(), 1e-11)
    close(parts.spin_map, whole.spin_map, 1e-11)


# Against the theory of second order


@pytest.mark.parametrize("gain", [0.0, 0.2])
def test_the_second_order_of_one_spin_is_the_cavity_rate(gain):
    dicke = MultimodeDicke(g=[[0.5]], omega=1.0, loss=0.8, gain=gain, drive=0.03)
    rates = exact_rates(dicke, tolerance=1e-9)
    rate = float(CavityRates(dicke)(0.0))
    np.testing.assert_allclose(rates.second_order.population_rates()[0, 1], rate, rtol=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("second_row", [[0.2, 0.15], [0.25, -0.1]], ids=["equal", "unequal"])
def test_the_second_order_is_the_sector_equation(second_row):
    dicke = MultimodeDicke(
        g=[[0.2, 0.15], second_row], omega=[1.0, 1.3], loss=[1.0, 0.8], gain=[0.05, 0.02], drive=0.02
    )
    rates = exact_rates(dicke, tolerance=1e-6)
    assert rates.cutoff_error < 1e-6
    close(rates.second_order.matrix.toarray(), SectorEquation().generator(dicke).matrix.toarray(), 1e-6)


# Orders in the drive


@pytest.mark.parametrize("g", [[[0.5]], [[0.5], [0.3]], [[0.5], [0.5]]], ids=["one", "unequal", "equal"])
def test_what_two_orders_leave_falls_as_the_sixth_power_of_the_drive(g):
    rests = []
    for drive in (0.02, 0.01, 0.005):
        dicke = MultimodeDicke(g=g, omega=1.0, loss=1.0, drive=drive)
        rates = exact_rates(dicke, 12)
        orders = rates.second_order.matrix + rates.fourth_order.matrix
        rests.append(np.abs((rates.generator.matrix - orders).toarray()).max())
    slopes = np.log2(np.divide(rests[:-1], rests[1:]))
    assert slopes == pytest.approx([6, 6], abs=0.15)


def test_odd_orders_appear_where_three_flips_leave_the_force():
    rates, _ = small("three flips leave the force")
    assert np.abs(rates.series[0].matrix.toarray()).max() == 0
    assert np.abs(rates.series[2].matrix.toarray()).max() > 1e-3 * np.abs(rates.second_order.matrix.toarray()).max()
    plain, _ = small("two equal, one other")
    assert np.abs(plain.series[2].matrix.toarray()).max() == 0


# Relaxation of one spin


def slip(dicke):
    r"""$\int_0^\infty 	au K\,d	au$, $K = 4 \Omega^2 \mathrm{Re} F$, of one spin in one mode without gain, by
    Gauss-Legendre panels of a quarter period on the definition of F.
    """
    g, pole = float(dicke.g[0, 0]), complex(dicke.loss[0] / 2, dicke.omega[0])
    nodes, weights = np.polynomial.legendre.leggauss(16)
    total, start, last = 0.0, 0.0, 1.0
    while last * (1 + start) > 1e-12:
        t = start + (nodes + 1) / 4
        shift = 4 * g**2 * float(dicke.omega[0]) / abs(pole) ** 2  # delta X at the relaxed light
        contrast = np.exp(-1j * shift * t - 4 * g**2 * (t / pole - (1 - np.exp(-pole * t)) / pole**2))
        total += float(weights @ (t * contrast.real)) / 4
        start, last = start + 0.5, abs(contrast[-1])
    return 4 * dicke.drive**2 * total


# omega = 1, no gain: loss, g, drive. |slip| < .06 and 2 drive/|z| < .4.
SLIPPING = [
    (0.05, 0.5, 0.005),
    (0.3, 0.2, 0.003),
    (0.3, 1.0, 0.19),
    (1.0, 0.2, 0.008),
    (1.0, 0.5, 0.068),
    (1.0, 1.0, 0.21),
    (3.0, 0.5, 0.053),
    (3.0, 1.0, 0.2),
]


@pytest.mark.slow
def test_two_orders_and_the_slip_give_the_relaxation_of_one_spin():
    with_fourth, without, without_slip = [], [], []
    for loss, g, drive in SLIPPING:
        dicke = MultimodeDicke(g=[[g]], omega=1.0, loss=loss, drive=drive)
        slow, slipped, rates = slowest_relaxation(dicke, tolerance=1e-4), slip(dicke), exact_rates(dicke)
        assert abs(slipped) < 0.06
        assert slow.frequency == 0
        second, fourth = (2 * part.population_rates()[0, 1] for part in (rates.second_order, rates.fourth_order))
        with_fourth.append((second + fourth) / (1 - slipped) / slow.rate - 1)
        without.append(second / (1 - slipped) / slow.rate - 1)
        without_slip.append((second + fourth) / slow.rate - 1)
    assert np.abs(with_fourth).max() < 0.01
    assert np.abs(without).max() > 0.02  # the fourth order is needed
    assert np.abs(without_slip).max() > 0.05  # and so is the slip


@pytest.mark.parametrize(("drive", "exact"), [(0.02, 0.00288467), (0.05, 0.01897843), (0.1, 0.1153)])
def test_one_spin_relaxes_as_tabulated(drive, exact):
    # docs/check_values.md: full Lindblad equation at omega = 1, g = .5, loss .6, gain 0.
    slow = slowest_relaxation(MultimodeDicke(g=[[0.5]], omega=1.0, loss=0.6, drive=drive))
    assert slow.rate == pytest.approx(exact, abs=5e-9 if drive < 0.1 else 5e-5)
    assert slow.frequency == 0
    assert slow.residual < 1e-9


@pytest.mark.parametrize("g", [[[0.5]], [[0.3], [-0.5]], [[0.4], [0.4]]], ids=["one", "unequal", "equal"])
@pytest.mark.parametrize("drive", [0.03, 0.4], ids=["relaxing", "oscillating"])
def test_the_slowest_relaxation_is_an_eigenvalue_of_the_full_generator(g, drive):
    dicke = MultimodeDicke(g=g, omega=1.0, loss=0.8, gain=0.1, drive=drive)
    slow = slowest_relaxation(dicke, 5)
    values = SpinsInModes.of(dicke, (5,)).eigenvalues()
    nearest = values[np.argmin(np.abs(values - complex(-slow.rate, slow.frequency)))]
    assert -nearest.real == pytest.approx(slow.rate, rel=1e-8)
    assert nearest.imag == pytest.approx(slow.frequency, abs=1e-8)


def test_nothing_slower_shows_in_the_populations():
    dicke = MultimodeDicke(g=[[0.5], [0.3]], omega=1.0, loss=1.0, drive=0.05)
    slow = slowest_relaxation(dicke)
    rates = np.linalg.eigvals(exact_rates(dicke).generator.matrix.toarray())
    estimate = np.sort(-rates.real)[1]  # the first beside the stationary state
    assert slow.rate == pytest.approx(estimate, rel=0.1)


def test_photons_of_the_steady_state_are_those_of_the_full_generator():
    dicke = MultimodeDicke(g=[[0.5]], omega=1.0, loss=0.6, drive=0.3)
    whole = full_liouvillian(dicke, 14)
    values, vectors = np.linalg.eig(whole.toarray())
    state = vectors[:, np.argmin(np.abs(values))].reshape(28, 28, order="F")
    a = on_site(annihilation(14), 1, (2, 14)).toarray()
    photons = np.trace(a.conj().T @ a @ state).real / np.trace(state).real
    assert float(exact_rates(dicke).photons()[0]) == pytest.approx(photons, rel=1e-5)
