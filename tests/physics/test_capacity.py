"""How many patterns fit: the equations of many patterns against published numbers and a twin, and counted recall."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.special import erf

from cavity_hopfield.analysis.capacity import (
    critical_load,
    phase_boundaries,
    recall_capacity,
    recall_fraction,
    replica_symmetric,
    thermal_recall,
)
from cavity_hopfield.analysis.capacity.replica_symmetric import SOLUTIONS
from cavity_hopfield.analysis.capacity.saddle_points import last_retrieval_point
from cavity_hopfield.theory.zero_temperature.zero_temperature import ZeroTemperature
from tests.twins import replica_equations

# H. Steffan and R. Kuehn, Z. Phys. B 95, 249 (1994), at zero temperature: replica symmetric; and with its breaking
SYMMETRIC, BROKEN = 0.137905, 0.138187
# D. J. Amit, H. Gutfreund and H. Sompolinsky, Ann. Phys. 173, 30 (1987)
OVERLAP_AT_CAPACITY, SIMULATED, SIMULATED_ERROR = 0.967, 0.145, 0.009
POINTS = [(0.02, 0.1), (0.1, 0.05), (0.3, 0.1), (0.5, 0.02), (0.8, 0.01), (0.5, 0.3), (1.2, 0.1), (0.97, 1e-4)]


def solutions(temperature, load):
    """Those that exist, by name, as dictionaries of numbers."""
    found = replica_symmetric(temperature, load).isel(temperature=0, load=0)
    return {
        name: {key: float(found[key].sel(solution=name)) for key in found.data_vars if key != "ground"}
        for name in SOLUTIONS
        if np.isfinite(float(found["order"].sel(solution=name)))
    }


@pytest.mark.parametrize(("temperature", "load"), POINTS)
def test_every_solution_solves_the_printed_equations(temperature, load):
    for name, point in solutions(temperature, load).items():
        if name == "paramagnet":
            continue
        values = point["overlap"], point["order"], point["noise"]
        assert np.abs(replica_equations.violations(*values, temperature, load)).max() < 2e-12 * max(1, point["noise"])
        assert point["free_energy"] == pytest.approx(
            replica_equations.free_energy(*values, temperature, load), abs=1e-12
        )


def test_a_noise_without_its_square_is_caught():
    point = solutions(0.3, 0.1)["retrieval"]
    wrong = point["noise"] * (1 - point["susceptibility"])
    violations = replica_equations.violations(point["overlap"], point["order"], wrong, 0.3, 0.1)
    assert np.abs(violations).max() > 1e-3


@pytest.mark.parametrize(("temperature", "load"), [(0.3, 0.05), (0.3, 0.12), (0.6, 0.03), (0.9, 0.001), (1.2, 0.03)])
def test_there_are_no_other_solutions_and_the_stable_ones_are_told(temperature, load):
    """The equation for m, once that for q is solved, changes its sign where solutions lie and nowhere else."""
    grid = np.linspace(1e-3, 1 - 1e-6, 400)
    signs = np.sign([replica_equations.excess(m, temperature, load) for m in grid])
    changes = np.flatnonzero(np.diff(signs))
    found = solutions(temperature, load)
    here = sorted((point["overlap"], point["stable"]) for point in found.values() if point["overlap"] > 0)
    assert len(here) == len(changes)
    assert signs[0] == 1  # zero is stable, as glass or as paramagnet
    for k, (overlap, stable) in zip(changes, here, strict=True):
        assert grid[k] < overlap < grid[k + 1]
        assert stable == (signs[k + 1] > 0)
    assert sum(point["stable"] for point in found.values()) == 1 + len(here) / 2


@pytest.mark.parametrize(("temperature", "load"), POINTS)
def test_the_entropy_is_the_slope_of_the_free_energy(temperature, load):
    step = 1e-4 * temperature
    ends = [solutions(temperature + sign * step, load) for sign in (1, -1)]
    for name, point in solutions(temperature, load).items():
        slope = (ends[0][name]["free_energy"] - ends[1][name]["free_energy"]) / (2 * step)
        assert slope == pytest.approx(-point["entropy"], abs=2e-6)


def test_the_critical_load_at_zero_temperature():
    load, overlap = replica_equations.zero_temperature_capacity()
    assert critical_load() == pytest.approx(load, abs=1e-12)
    assert critical_load() == pytest.approx(SYMMETRIC, abs=1e-6)
    at_last = phase_boundaries(0.0)["retrieval_overlap"][0]
    assert float(at_last) == pytest.approx(overlap, abs=1e-7)
    assert float(at_last) == pytest.approx(OVERLAP_AT_CAPACITY, abs=5e-4)


def test_the_critical_load_of_low_temperatures_tends_to_it():
    """Quadratic extrapolation from three temperatures that know nothing of the equation at zero."""
    heats = np.array([0.004, 0.002, 0.001])
    limit = np.polyfit(heats, [critical_load(t) for t in heats], 2)[-1]
    assert limit == pytest.approx(replica_equations.zero_temperature_capacity()[0], abs=1e-7)


def test_replica_symmetry_makes_it_re_entrant():
    """Where its breaking begins the load is already the published one of broken symmetry at zero temperature: the line
    would go straight down from there, as Parisi and Toulouse suppose of the spin glass.
    """
    begins = brentq(lambda t: last_retrieval_point(t).replicon, 0.015, 0.04)
    assert critical_load(begins) == pytest.approx(BROKEN, abs=2e-6)
    assert critical_load(0.9 * begins) > critical_load(begins) > critical_load(0.0)
    assert critical_load(begins) > critical_load(0.05)


def test_near_the_temperature_one_the_lines_are_parabolas():
    """With m^2 = a u, t = 1 - T = a tau, a = sqrt(alpha): tau = u/3 + 9 u/(4 u^2 - 9), smallest where
    16 u^4 - 180 u^2 = 162."""
    u = np.sqrt((45 + np.sqrt(45**2 + 4 * 162)) / 8)
    slope = u / 3 + 9 * u / (4 * u**2 - 9)
    heats = 1 - np.array([0.004, 0.002, 0.001])
    lines = phase_boundaries(heats)
    error = (1 - heats) / np.sqrt(lines["retrieval"].values) - slope
    assert np.allclose(error[:-1] / error[1:], 2, rtol=0.02)
    assert float(lines["retrieval_overlap"][-1]) ** 2 == pytest.approx(
        u * np.sqrt(float(lines["retrieval"][-1])), rel=0.01
    )
    assert slope == pytest.approx(1.95, abs=0.005)
    first_order = (1 - heats) / np.sqrt(lines["ground_state"].values)
    assert first_order[-1] == pytest.approx(2.6, abs=0.01)


def test_the_line_of_broken_replica_symmetry_at_small_loads():
    r"""$T_R = \sqrt{8\alpha/9\pi} e^{-1/2\alpha}$ as printed, the better the smaller the load."""
    heats = np.array([1e-24, 1e-12, 1e-6])
    loads = phase_boundaries(heats)["replica_symmetry"].values
    ratio = np.sqrt(8 * loads / (9 * np.pi)) * np.exp(-1 / (2 * loads)) / heats
    assert (np.diff(np.abs(ratio - 1)) > 0).all()
    assert ratio[0] == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("load", [0.01, 0.1, 1.0])
def test_the_glass_begins_where_zero_turns_unstable(load):
    """A small q is multiplied by alpha / (T - 1)^2."""
    glass = 1 + np.sqrt(load)
    for temperature, grows in ((glass * 0.999, True), (glass * 1.001, False)):
        q = replica_equations.means(0.0, 1e-9, temperature, load)[1]
        assert q / 1e-9 == pytest.approx(load / (temperature - 1) ** 2, rel=1e-6)
        assert (q > 1e-9) == grows
        assert ("spin_glass" in solutions(temperature, load)) == grows
        assert solutions(temperature, load)["paramagnet"]["stable"] == (not grows)
    assert float(phase_boundaries(glass)["spin_glass"][0]) == pytest.approx(load)
    orders = [solutions(glass - below, load)["spin_glass"]["order"] for below in (2e-6, 1e-6)]
    assert orders[0] / orders[1] == pytest.approx(2, rel=1e-4)


def test_energies_at_zero_temperature():
    r"""Of the glass $-1/\pi - \sqrt{2\alpha/\pi}$, as published; of a pattern -1/2 up to exponentially few errors."""
    for load in (0.01, 0.1):
        found = solutions(0.0, load)
        assert found["spin_glass"]["energy"] == pytest.approx(-1 / np.pi - np.sqrt(2 * load / np.pi), abs=1e-14)
    crossing = np.pi / 2 * (1 / 2 - 1 / np.pi) ** 2
    assert float(phase_boundaries(0.0)["ground_state"][0]) == pytest.approx(crossing, abs=1e-6)


@pytest.mark.parametrize("temperature", [0.05, 0.5, 0.9])
def test_few_patterns_are_a_lone_one(temperature):
    m = float(replica_symmetric(temperature, 0.0)["overlap"].sel(solution="retrieval")[0, 0])
    assert m == pytest.approx(np.tanh(m / temperature), abs=1e-14)
    steps = [solutions(temperature, load)["retrieval"]["overlap"] for load in (2e-7, 1e-7)]
    if temperature > 0.1:
        assert (m - steps[0]) / (m - steps[1]) == pytest.approx(2, rel=1e-2)
    assert steps[1] == pytest.approx(m, abs=1e-4)


@given(st.floats(0.2, 0.95), st.floats(0.2, 0.9), st.floats(1.01, 1.5))
@settings(max_examples=15, deadline=None)
def test_more_patterns_are_remembered_less_well(temperature, share, more):
    last = critical_load(temperature)
    assume(share * more < 0.95)
    less, much = (solutions(temperature, load) for load in (share * last, share * more * last))
    assert less["retrieval"]["overlap"] > much["retrieval"]["overlap"] > much["weak_retrieval"]["overlap"]
    assert less["weak_retrieval"]["overlap"] < much["weak_retrieval"]["overlap"]
    for point in (*less.values(), *much.values()):
        assert point["residual"] < 1e-11 * max(1, point["noise"])
        assert point["order"] >= point["overlap"] ** 2 - 1e-12
    hotter = solutions(temperature * 1.01, share * last).get("spin_glass")
    assert hotter["order"] < less["spin_glass"]["order"]


@pytest.mark.parametrize("load", [0.1, 0.3])
def test_one_update_of_all_spins_leaves_the_errors_of_gaussian_noise(load):
    r"""$m_1 = \mathrm{erf}(1/\sqrt{2\alpha})$ for $N \to \infty$."""
    one = ZeroTemperature("synchronous", most_sweeps=1)
    found = recall_fraction(2000, load, samples=8, tested=16, seed=3, updates=one)
    error = float(found["overlap_error"][0, 0])
    assert error < 1e-3
    assert float(found["overlap"][0, 0]) == pytest.approx(erf(1 / np.sqrt(2 * load)), abs=4.5 * error + 1 / 2000)


@pytest.fixture(scope="module")
def counted():
    return recall_fraction([300, 600, 1200], np.linspace(0.13, 0.21, 9), samples=20, tested=32, seed=2)


@pytest.mark.slow
def test_recall_falls_between_the_curves_of_smaller_and_larger_networks(counted):
    fractions, errors = counted["recalled"].values, counted["recalled_error"].values
    beyond = slice(3, None)  # loads above the capacity, where recall is an effect of the finite size
    for k in range(2):
        assert (fractions[k] - fractions[k + 1] > -3 * np.hypot(errors[k], errors[k + 1]))[beyond].all()
    assert (fractions[0] - fractions[2] > 0.1)[beyond].all()
    assert (counted["recalled_low"] <= counted["recalled"]).all()
    assert (counted["recalled_high"] >= counted["recalled"]).all()


@pytest.mark.slow
def test_the_load_of_half_recall_tends_to_the_capacity(counted):
    """Either form of the approach leads to a load within what simulations were read as."""
    found = recall_capacity(counted)
    half, error = found["half_load"].values, found["half_load_error"].values
    assert (np.diff(half) < -3 * error[1:]).all()
    assert (half - 3 * error > BROKEN).all()
    assert (np.diff(found["width"].values) < 0).all()
    assert (np.abs(found["asymptote"] - SIMULATED) < SIMULATED_ERROR).all()
    assert (np.abs(found["asymptote"] - SYMMETRIC) < 0.02).all()
    assert (found["chi_square"] < 12).all()


def test_the_pseudo_inverse_keeps_every_pattern_but_not_its_surroundings():
    asked = {"couplings": "pseudo_inverse", "samples": 2, "tested": 20, "threshold": 1.0, "seed": 1}
    loads = [0.1, 0.3, 0.5, 0.7, 0.9]
    assert (recall_fraction(200, loads, **asked)["recalled"] == 1).all()
    near, far = (recall_fraction(200, loads, start_overlap=m, **asked)["recalled"].values[0] for m in (0.9, 0.6))
    assert near[0] == far[0] == 1
    assert near[-1] == far[-1] == 0
    assert (near >= far).all()
    assert (near > far).any()


@pytest.mark.slow
def test_runs_at_a_temperature_recall_on_the_side_of_the_line_where_they_should():
    found = thermal_recall([0.3, 0.3, 0.7, 0.7], [0.04, 0.2, 0.005, 0.08], spins=600, samples=3, time=40.0, seed=4)
    assert found["recalled"].values.tolist() == [True, False, True, False]
    predicted, overlap = found["predicted"].values, found["overlap"].values
    assert np.abs(overlap - predicted)[[0, 2]].max() < 0.02
    assert predicted[1] == predicted[3] == 0
