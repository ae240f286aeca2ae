"""Populations with memory against the full Lindblad equation, an embedding without memory, limits and symmetries."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp
from scipy.interpolate import CubicSpline
from scipy.optimize import brentq

from cavity_hopfield.elimination import CavityRates, coherence
from cavity_hopfield.elimination.memory.equation import MemoryEquation, transient_rates
from cavity_hopfield.elimination.memory.flip_memory import FlipKernels
from cavity_hopfield.elimination.memory.slip import memory_slip, slip_corrected_rate
from cavity_hopfield.elimination.memory.volterra import METHODS, FlowNetwork, GaussCollocation, Populations
from cavity_hopfield.exceptions import RegimeWarning
from cavity_hopfield.model import MultimodeDicke
from cavity_hopfield.network import OpenHopfield
from cavity_hopfield.operators import configurations, flip_partners
from cavity_hopfield.theory import ClassicalMasterEquation
from tests.strategies import models
from tests.twins import exponential_memory, spins_and_modes
from tests.twins.kernel_moments import Flip

NZ, TCL, MARKOV = METHODS
SPLITTING = 0.15
# Largest error of the population of one spin against the full Lindblad equation, at omega = 1, g = .4, loss = .6,
# gain = .1, splitting .15, from spin up and light at rest, until t = 200. Source: docs/check_values.md, independent
# code, two digits.
PRINTED_ERRORS = {0.02: {MARKOV: 1.1e-3, TCL: 1.6e-4, NZ: 1.4e-4}, 0.2: {MARKOV: 8.1e-2, TCL: 7.0e-2, NZ: 2.2e-2}}
TWO_MODES = {"omega": [1.0, 1.4], "loss": [0.8, 1.1], "gain": [0.1, 0.0]}


def one_spin(drive, g=0.4):
    return MultimodeDicke(g=[[g]], omega=1.0, loss=0.6, gain=0.1, drive=drive)


def several_spins(n, drive):
    g = np.array([[0.5, 0.2], [-0.35, 0.3], [0.15, -0.45]])[:n]
    return MultimodeDicke(g=g, **TWO_MODES, drive=drive)


def probabilities(model, initial, times, method, **options):
    return MemoryEquation(method, **options).evolve(model, initial, times)["probability"].values


def population_errors(drive, times):
    """Largest error of each method, beside a Fock space converged to 1e-7."""
    exact = spins_and_modes.converged_populations(one_spin(drive), [1], times, 1e-7, SPLITTING)
    return {
        method: np.abs(probabilities(one_spin(drive), [1], times, method, splitting=SPLITTING) - exact).max()
        for method in METHODS
    }


@pytest.mark.slow
@pytest.mark.parametrize("drive", PRINTED_ERRORS)
def test_errors_beside_the_full_equation_are_those_printed(drive):
    errors = population_errors(drive, np.linspace(0, 200, 401))
    for method, printed in PRINTED_ERRORS[drive].items():
        unit = 10.0 ** np.floor(np.log10(printed) - 1)
        assert errors[method] == pytest.approx(printed, abs=0.5 * unit)


@pytest.mark.slow
def test_errors_fall_with_the_drive_squared_at_a_fixed_drive_squared_times_time():
    fine = population_errors(0.02, np.linspace(0, 1000, 1001))
    coarse = population_errors(0.04, np.linspace(0, 250, 1001))
    for method in METHODS:
        assert coarse[method] / fine[method] == pytest.approx(4, rel=0.1)


@pytest.mark.slow
def test_two_unlike_spins_follow_the_full_equation_with_the_drive_squared():
    errors = {}
    for drive, end in ((0.06, 60.0), (0.03, 240.0)):
        model = MultimodeDicke(g=[[0.7], [0.35]], omega=1.0, loss=1.0, gain=0.1, drive=drive)
        times = np.linspace(0, end, 61)
        exact = spins_and_modes.converged_populations(model, [1, -1], times, 1e-6, first=10)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RegimeWarning)
            errors[drive] = np.abs(probabilities(model, [1, -1], times, NZ) - exact).max()
    assert errors[0.06] / errors[0.03] == pytest.approx(4, rel=0.15)
    assert errors[0.03] < 0.01


def test_spins_of_equal_force_flip_together_and_populations_do_not_know():
    # The probability that the first is up and the second down at t = 300, from both up: .02347 exactly, .0413 for
    # independent flips. Source: docs/check_values.md, independent code.
    model = MultimodeDicke(g=[[0.5], [0.5]], omega=1.0, loss=1.0, drive=0.05)
    with pytest.warns(RegimeWarning, match="do not close.*flip together"):
        result = MemoryEquation(MARKOV).evolve(model, [1, 1], [300.0])
    assert result.attrs["pair_ratio"] > 1e6
    assert result["probability"].values[0, 1] == pytest.approx(0.0413, abs=5e-5)
    with pytest.warns(RegimeWarning, match="do not close"):
        assert abs(probabilities(model, [1, 1], [300.0], NZ)[0, 1] / 0.02347 - 1) > 0.5


@pytest.mark.parametrize(("n", "splitting"), [(1, 0.15), (2, 0.0), (2, -0.1), (3, 0.05)])
def test_the_nakajima_zwanzig_equation_equals_its_embedding_in_exponentials(n, splitting):
    model, start, times = several_spins(n, 0.1), [1, -1, 1][:n], np.linspace(0, 40, 81)
    expected = exponential_memory.populations(model, start, times, splitting, degree=12)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RegimeWarning)
        found = probabilities(model, start, times, NZ, splitting=splitting, rtol=1e-11)
    np.testing.assert_allclose(found, expected, rtol=0, atol=2e-11)
    assert np.abs(found[-1] - found[0]).max() > 0.3


def test_the_embedding_is_converged():
    model, times = several_spins(2, 0.1), np.linspace(0, 40, 5)
    few, many = (exponential_memory.populations(model, [1, -1], times, degree=degree) for degree in (12, 14))
    np.testing.assert_allclose(few, many, rtol=0, atol=1e-11)


def test_strong_coupling_to_a_fast_mode_gives_the_embedding_too():
    model = MultimodeDicke(g=[[1.1]], omega=1.0, loss=4.0, gain=0.5, drive=0.3)
    times = np.linspace(0, 12, 25)
    expected = exponential_memory.populations(model, [1], times, degree=40)
    np.testing.assert_allclose(probabilities(model, [1], times, NZ), expected, atol=1e-8)


def test_the_time_convolutionless_equation_solves_its_rates():
    model, times, grid = several_spins(2, 0.05), np.linspace(0, 60, 13), np.linspace(0, 60, 1201)
    rates = {}
    for k in range(4):
        for i in range(2):
            sigma = [(1, 1), (1, -1), (-1, 1), (-1, -1)][k]
            kernel = 2 * 0.05**2 * coherence(model, i, sigma, grid, splitting=0.1).real
            rates[k, i] = CubicSpline(grid, kernel).antiderivative()

    def slope(time, p):
        change = np.zeros(4)
        for (k, i), rate in rates.items():
            change[k] -= rate(time) * p[k]
            change[k ^ 2 >> i] += rate(time) * p[k]
        return change

    expected = solve_ivp(slope, (0, 60), [1.0, 0, 0, 0], t_eval=times, max_step=1, rtol=1e-9, atol=1e-11).y.T
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RegimeWarning)
        found = probabilities(model, [1, 1], times, TCL, splitting=0.1)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-7)


@pytest.mark.parametrize("n", [2, 3])
def test_the_markov_limit_is_the_master_equation_of_the_network(n):
    model, times = several_spins(n, 0.03), [0.0, 5.0, 50.0, 400.0]
    start = [1, -1, 1][:n]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RegimeWarning)
        network = OpenHopfield(model.ising_couplings(), rate_law=CavityRates(model), patterns=model.stored)
        found = MemoryEquation(MARKOV, rtol=1e-10).evolve(model, start, times)
    expected = ClassicalMasterEquation().evolve(network, start, times)
    for name in ("probability", "spin_z", "magnetisation", "energy", "overlap"):
        np.testing.assert_allclose(found[name].values, expected[name].values, atol=1e-9)


@settings(deadline=None, max_examples=15)
@given(models(max_spins=3, max_modes=2), st.sampled_from(METHODS), st.data())
def test_probability_is_conserved_and_turning_all_spins_is_a_symmetry(drawn, method, data):
    g = np.where(np.abs(drawn.g) < 0.2, 0.3, drawn.g)
    model = MultimodeDicke(g, drawn.omega, drawn.loss, drawn.gain, 0.02 + 0.05 * drawn.drive)
    start = np.array(data.draw(st.lists(st.sampled_from([-1, 1]), min_size=len(g), max_size=len(g))))
    splitting = data.draw(st.sampled_from([0.0, 0.2]))
    times = [0.0, 1.0, 10.0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RegimeWarning)
        found = probabilities(model, start, times, method, splitting=splitting)
        turned = probabilities(model, -start, times, method, splitting=-splitting)
    np.testing.assert_allclose(found.sum(axis=1), 1.0, atol=1e-12)
    np.testing.assert_allclose(turned[:, ::-1], found, atol=1e-11)
    assert np.abs(found[1:] - found[0]).max() > 1e-6


@pytest.mark.parametrize("method", [NZ, TCL])
@pytest.mark.parametrize(("stages", "steps"), [(1, 64), (2, 64), (3, 32)])
def test_the_step_controls_the_error_with_the_order_of_gauss_collocation(method, stages, steps):
    kernels, flips = FlipKernels.of(one_spin(0.3), configurations(1), SPLITTING)

    def errors(grid):
        rules = (GaussCollocation.of(stages), GaussCollocation.of(8))
        problem, exact = (
            Populations(method, kernels, FlowNetwork.of(flips, flip_partners(1)), np.array([1.0, 0.0]), rule)
            for rule in rules
        )
        return [np.abs(problem.solve(grid, n) - exact.solve(grid, 128)).max() for n in (steps, 2 * steps)]

    at_steps, anywhere = errors(np.linspace(0, 12, 9)), errors(np.linspace(0, 12, 241))
    assert np.log2(at_steps[0] / at_steps[1]) == pytest.approx(2 * stages, abs=0.3)
    assert np.log2(anywhere[0] / anywhere[1]) == pytest.approx(stages + 1, abs=0.3)


@pytest.mark.parametrize("method", METHODS)
def test_the_stated_numerical_error_bounds_the_true_one(method):
    model, times = one_spin(0.1), np.linspace(0, 80, 41)
    rough = MemoryEquation(method, SPLITTING, rtol=1e-3).evolve(model, [1], times)
    fine = probabilities(model, [1], times, method, splitting=SPLITTING, rtol=1e-11)
    assert np.abs(rough["probability"].values - fine).max() <= rough.attrs["numerical_error"] <= 1e-3


def test_rates_rise_from_zero_to_those_of_the_cavity_with_the_kernel_as_their_slope():
    model, sigma = several_spins(3, 0.05), [1, -1, -1]
    times, step = np.array([0.0, 0.3, 2.0, 7.0, 1e4]), 1e-3
    rates = transient_rates(model, sigma, times, splitting=0.1)
    np.testing.assert_allclose(rates[0], 0, atol=1e-16)
    later, before = (transient_rates(model, sigma, times[1:4] + d, splitting=0.1) for d in (step, -step))
    for i in range(3):
        kernel = 2 * 0.05**2 * coherence(model, i, sigma, times[1:4], splitting=0.1).real
        np.testing.assert_allclose((later - before)[:, i] / (2 * step), kernel, atol=1e-8)
    law = CavityRates(model)
    expected = law(model.flip_energies(sigma) - 2 * 0.1 * np.array(sigma), law.classes)
    np.testing.assert_allclose(rates[-1], expected, rtol=1e-10)


def test_rates_do_not_depend_on_the_order_of_the_times():
    model, times = several_spins(2, 0.05), np.array([3.0, 0.0, 40.0, 3.0])
    together = transient_rates(model, [1, -1], times)
    np.testing.assert_allclose(together, [transient_rates(model, [1, -1], [time])[0] for time in times], atol=1e-15)


def test_a_drive_too_strong_is_told_by_the_smallest_probability():
    model = MultimodeDicke(g=[[0.2]], omega=1.0, loss=0.6, drive=0.3)
    with pytest.warns(RegimeWarning, match=r"a probability falls to -0\.\d+: the drive is too strong"):
        result = MemoryEquation(TCL, splitting=-0.2).evolve(model, [1], np.linspace(0, 20, 41))
    assert result.attrs["smallest_probability"] == result["probability"].values.min() < -0.1


def flip(model, energy):
    """A flip of spin 0 that costs `energy`."""
    return Flip(energy, *map(tuple, (2 * model.g[0], model.omega, model.loss, model.gain)))


@pytest.mark.parametrize(("g", "energy"), [(0.4, 0.0), (0.4, 0.7), (0.4, -3.0), (1.2, 1.0), (0.1, 1.0), (0.1, 8.0)])
def test_the_slip_is_the_first_moment_of_the_kernel(g, energy):
    model = one_spin(0.1, g)
    expected = 2 * 0.1**2 * sum(flip(model, sign * energy).first_moment().real for sign in (1, -1))
    assert float(memory_slip(model, energy)) == pytest.approx(expected, rel=1e-9)


def test_the_kernel_of_the_moments_is_the_coherence():
    model, times = several_spins(1, 0.0), np.linspace(0, 9, 10)
    np.testing.assert_allclose(flip(model, 0.0).kernel(times), coherence(model, 0, [1], times), atol=1e-14)


def test_the_slip_of_two_modes_is_the_slope_of_the_laplace_transform():
    model, h = several_spins(1, 0.05), 1e-4
    flips = [flip(model, energy) for energy in (0.3, -0.3)]
    slope = sum((one.transform(h) - one.transform(-h)).real / (2 * h) for one in flips)
    assert float(memory_slip(model, 0.3)) == pytest.approx(-2 * 0.05**2 * slope, rel=1e-5)


def slow_pole(drive, energy):
    """The rate at which one spin relaxes in the Nakajima-Zwanzig equation: s + K(s) = 0 with both flips in K."""
    flips = [flip(one_spin(drive), sign * energy) for sign in (1, -1)]

    def equation(s):
        return s + 2 * drive**2 * sum(one.transform(s).real for one in flips)

    return -brentq(equation, -0.5 * flips_decay(drive), 0.0, xtol=1e-18, rtol=1e-15)


def flips_decay(drive):
    """The dephasing rate of one flip, where the kernel's transform ceases to exist."""
    return float(CavityRates(one_spin(drive)).dephasing_rates()[0])


def test_the_slow_pole_is_slipped_with_a_relative_error_of_fourth_order_in_the_drive():
    poles = {drive: slow_pole(drive, 0.3) for drive in (0.01, 0.02)}
    errors = {drive: float(slip_corrected_rate(one_spin(drive), 0.3)) / pole - 1 for drive, pole in poles.items()}
    assert errors[0.02] / errors[0.01] == pytest.approx(16, rel=0.1)
    bare = sum(float(CavityRates(one_spin(0.02))(sign * 0.3)) for sign in (1, -1))
    assert abs(bare / poles[0.02] - 1) > 20 * abs(errors[0.02])


def test_late_populations_decay_at_the_slow_pole():
    drive = 0.05
    times = np.array([400.0, 450.0, 1e4])
    p = probabilities(one_spin(drive), [1], times, NZ, splitting=SPLITTING, rtol=1e-11)[:, 0]
    found = np.log((p[0] - p[2]) / (p[1] - p[2])) / 50
    assert found == pytest.approx(slow_pole(drive, 2 * SPLITTING), rel=1e-5)


@pytest.mark.parametrize(("drive", "exact"), [(0.02, 0.00288467), (0.05, 0.01897843)])
def test_the_slip_takes_most_of_the_error_off_the_relaxation_rate(drive, exact):
    # Exact relaxation rates at omega = 1, g = .5, loss .6, gain 0, zero flip energy. Source: docs/check_values.md.
    model = MultimodeDicke(g=[[0.5]], omega=1.0, loss=0.6, drive=drive)
    plain = 2 * float(CavityRates(model)(0.0)) / exact - 1
    assert abs(float(slip_corrected_rate(model, 0.0)) / exact - 1) < 0.12 * abs(plain)
