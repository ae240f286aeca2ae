"""Limit cycles of the open Hopfield network of many spins against direct integration and against theorems."""

import numpy as np
import pytest

from cavity_hopfield import Glauber, HopfieldLimit, MultimodeDicke, Patterns
from cavity_hopfield.analysis import (
    ClassDynamics,
    Phase,
    classify,
    continue_cycle,
    first_lyapunov,
    fixed_points,
    limit_cycle,
)
from tests.systems.cavity_limits import many_spins
from tests.systems.rate_laws import UnknownGlauber
from tests.twins import overlap_equations

COLD = 0.15
# Passport: docs/check_values.md.
LARGEST_OVERLAP, ANGULAR_FREQUENCY, SADDLE_NODE, TOLERANCE = 0.815561, 1.397481, 0.559272, 5e-6


def one_pattern(drive, temperature=COLD, law=Glauber):
    return HopfieldLimit(1, law(temperature), drive)


def at_rest(drive, temperature=COLD):
    """The retrieval point as a state."""
    found = fixed_points(one_pattern(drive, temperature))
    point = found.isel(fixed_point=int(np.flatnonzero(found["kind"].values == "retrieval")[0]))
    return np.stack([point["spin_y"].values, point["spin_z"].values])


def finite_difference_monodromy(cycle, temperature, drive, step=1e-6):
    """By scipy, from the equations in overlaps written out."""
    start, times = cycle.state.ravel(), np.array([0.0, cycle.period])
    columns = []
    for push in step * np.eye(start.size):
        ends = [overlap_equations.evolve(start + sign * push, temperature, drive, times)[-1] for sign in (1, -1)]
        columns.append((ends[0] - ends[1]) / (2 * step))
    return np.array(columns).T


def test_the_cycle_of_the_passport():
    cycle = limit_cycle(one_pattern(0.8))
    assert abs(cycle.max_overlap - LARGEST_OVERLAP) < TOLERANCE
    assert abs(cycle.angular_frequency - ANGULAR_FREQUENCY) < TOLERANCE
    assert cycle.symmetric
    assert cycle.stable


def test_direct_integration_runs_along_it():
    cycle = limit_cycle(one_pattern(0.8))
    path = overlap_equations.evolve(cycle.state.ravel(), COLD, 0.8, np.append(cycle.times[::64], cycle.period))
    np.testing.assert_allclose(path[:-1, 1], cycle.overlaps[::64, 0], rtol=0, atol=1e-9)
    np.testing.assert_allclose(path[-1], path[0], rtol=0, atol=1e-9)


@pytest.mark.parametrize(("temperature", "drive"), [(COLD, 0.8), (0.5, 0.5), (0.6, 0.3)])
def test_multipliers_are_those_of_a_brute_force_monodromy(temperature, drive):
    cycle = limit_cycle(one_pattern(drive, temperature))
    brute = np.linalg.eigvals(finite_difference_monodromy(cycle, temperature, drive))
    np.testing.assert_allclose(np.sort(cycle.multipliers.real), np.sort(brute.real), rtol=0, atol=1e-7)
    assert np.abs(cycle.multipliers - 1).min() < 1e-9


@pytest.mark.parametrize("limit", [one_pattern(0.8), HopfieldLimit(2, Glauber(0.5), 0.5), one_pattern(0.7, 0.3)])
def test_the_product_of_multipliers_is_the_growth_of_volumes(limit):
    """Liouville: the exponential of the integrated trace of the Jacobian."""
    cycle, dynamics = limit_cycle(limit), ClassDynamics(limit)
    traces = [np.trace(dynamics.jacobian(state)) for state in cycle.states]
    growth = np.exp(np.mean(traces) * cycle.period)
    assert np.prod(cycle.multipliers).real == pytest.approx(growth, rel=1e-8)


def test_harmonics_are_odd_and_sum_to_the_overlap():
    cycle = limit_cycle(one_pattern(0.8))
    assert np.abs(cycle.harmonics[::2]).max() < 1e-12
    order = np.arange(1, len(cycle.harmonics))[:, None]
    waves = np.exp(1j * order * cycle.angular_frequency * cycle.times)
    summed = 2 * (cycle.harmonics[1:, 0] @ waves).real
    last, before = np.abs(cycle.harmonics[[31, 29], 0])
    left_out = 2 * last / (before / last - 1)  # a geometric series
    np.testing.assert_allclose(summed, cycle.overlaps[:, 0], rtol=0, atol=1.2 * left_out)


def test_a_law_without_a_closed_form_has_the_same_cycle():
    known, unknown = (limit_cycle(one_pattern(0.8, law=law)) for law in (Glauber, UnknownGlauber))
    assert unknown.period == pytest.approx(known.period, rel=1e-9)
    np.testing.assert_allclose(unknown.multipliers, known.multipliers, rtol=0, atol=1e-8)


def test_the_unit_of_rates_and_of_fields_is_a_convention():
    """Rates times r with the drive times r, and temperature and strength times k, change the period to 1/r."""
    one, other = limit_cycle(one_pattern(0.8)), limit_cycle(HopfieldLimit(1, Glauber(3 * COLD, rate=0.01), 0.008, 3.0))
    assert other.period == pytest.approx(100 * one.period, rel=1e-9)
    np.testing.assert_allclose(other.multipliers, one.multipliers, rtol=0, atol=1e-9)


def test_between_hopf_and_gluing_an_unstable_cycle_is_the_edge_of_each_memory():
    drive = 0.61
    rest = at_rest(drive)
    edge = limit_cycle(one_pattern(drive), rest + np.array([[0.0], [0.02]]), backward=True)
    assert not edge.stable
    assert not edge.symmetric
    brute = np.linalg.eigvals(finite_difference_monodromy(edge, COLD, drive, step=1e-8))
    assert np.abs(edge.multipliers[0]) == pytest.approx(np.abs(brute).max(), rel=1e-4)
    outward = edge.state - rest
    inside, outside = (
        overlap_equations.evolve((rest + size * outward).ravel(), COLD, drive, np.array([0.0, 60.0, 70.0]))
        for size in (0.98, 1.02)
    )
    np.testing.assert_allclose(inside[-1], rest.ravel(), rtol=0, atol=1e-2)
    assert np.abs(outside[1:, 1] - rest[1, 0]).max() > 0.2


def test_below_the_gluing_an_unstable_cycle_goes_around_both_memories():
    drive = 0.565
    limit = one_pattern(drive)
    stable = limit_cycle(limit)
    unstable = limit_cycle(limit, [[0.5], [0.0]], backward=True)
    assert unstable.symmetric
    assert not unstable.stable
    assert unstable.max_overlap < stable.max_overlap
    assert unstable.period > stable.period
    assert np.prod(unstable.multipliers).real > 1


def test_a_guess_of_state_and_period_is_enough():
    known = limit_cycle(one_pattern(0.8))
    found = limit_cycle(one_pattern(0.79), known.state, period=known.period)
    again = limit_cycle(one_pattern(0.79))
    assert found.period == pytest.approx(again.period, rel=1e-10)


def test_the_branch_turns_at_the_saddle_node_and_is_unstable_beyond():
    branch = continue_cycle(one_pattern, limit_cycle(one_pattern(0.6)), 0.6, 0.5, step=0.02)
    turn = int(np.argmin(branch["drive"].values))
    assert abs(float(branch["drive"][turn]) - SADDLE_NODE) < 2e-5
    assert branch["stable"].values[: turn - 1].all()
    assert not branch["stable"].values[turn + 1 :].any()
    assert "homoclinic" in branch.attrs["ended"]


def test_a_branch_can_be_followed_in_temperature():
    def family(temperature):
        return one_pattern(0.8, temperature)

    branch = continue_cycle(family, limit_cycle(family(COLD)), COLD, 0.3, name="temperature", step=0.2)
    assert branch.attrs["ended"] == "the parameter left the interval"
    last = branch.isel(point=-1)
    direct = limit_cycle(family(float(last["temperature"])))
    assert float(last["period"]) == pytest.approx(direct.period, rel=1e-9)


def amplitude_ratio(temperature, drive, cycle, rest, growth):
    r"""Size of a small cycle over that of the normal form, $r^2 = -\alpha / (\omega \ell_1)$ along q of norm one."""
    dynamics = ClassDynamics(one_pattern(drive, temperature))
    matrix = dynamics.jacobian(rest)
    omega = np.sqrt(np.linalg.det(matrix))
    z_part = np.sqrt((omega**2 + matrix[0, 0] ** 2) / (matrix[0, 1] ** 2 + omega**2 + matrix[0, 0] ** 2))
    normal_form = 2 * z_part * np.sqrt(-growth / (omega * first_lyapunov(dynamics, rest)))
    return np.ptp(cycle.overlaps[:, 0]) / 2 / normal_form


def test_the_lyapunov_coefficient_of_zero_gives_the_size_of_small_stable_cycles():
    """Supercritical at T = 2/3: the error of the normal form falls linearly with the distance."""
    errors = []
    for distance in (0.004, 0.002):
        temperature, drive = 2 / 3 - distance, 0.4
        cycle = limit_cycle(one_pattern(drive, temperature), [[0.3], [0.0]])
        assert cycle.stable
        growth = (1 / temperature - 1.5) / 2
        critical = np.zeros((2, 1))
        errors.append(amplitude_ratio(2 / 3, drive, cycle, critical, growth) - 1)
    assert abs(errors[1]) < 0.01
    assert errors[0] / errors[1] == pytest.approx(2, rel=0.1)


def test_the_lyapunov_coefficient_of_the_memories_gives_the_size_of_small_unstable_cycles():
    """Subcritical: unstable cycles below the Hopf line."""
    u = np.sqrt(1 - 1.5 * COLD)
    hopf = np.sqrt((u / (COLD * np.arctanh(u)) - 1) / 8)
    errors = []
    for distance in (4e-4, 2e-4):
        drive = hopf - distance
        rest = at_rest(drive)
        cycle = limit_cycle(one_pattern(drive), rest + np.array([[0.0], [0.01]]), backward=True)
        assert not cycle.stable
        growth = np.trace(ClassDynamics(one_pattern(drive)).jacobian(rest)) / 2
        errors.append(amplitude_ratio(COLD, hopf, cycle, at_rest(hopf), growth) - 1)
    assert abs(errors[1]) < 0.05
    assert errors[0] / errors[1] == pytest.approx(2, rel=0.15)


def test_two_patterns_are_two_independent_networks():
    r"""Spins with $\xi_1 = \xi_2$ and those with $\xi_1 = -\xi_2$ do not feel each other: any phase between them."""
    one, two = limit_cycle(one_pattern(0.8)), limit_cycle(HopfieldLimit(2, Glauber(COLD), 0.8))
    assert two.period == pytest.approx(one.period, rel=1e-10)
    assert two.n_neutral == 1
    assert two.stable
    pairs = np.repeat(np.sort(one.multipliers.real), 2)
    np.testing.assert_allclose(np.sort(two.multipliers.real), pairs, rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    ("temperature", "drive", "phase"),
    [
        (COLD, 0.5, Phase.RETRIEVAL),
        (COLD, 0.565, Phase.COEXISTENCE),
        (COLD, 0.61, Phase.COEXISTENCE),
        (COLD, 0.65, Phase.LIMIT_CYCLE),
        (0.6, 0.5, Phase.LIMIT_CYCLE),
        (0.7, 0.5, Phase.PARAMAGNET),
        (0.7, 0.2, Phase.RETRIEVAL),
        (1.1, 0.0, Phase.PARAMAGNET),
    ],
)
def test_phases_of_one_pattern(temperature, drive, phase):
    """The lines at T = .15: saddle-node of cycles .559, gluing .581, Hopf .638; the paramagnet beyond T = 2/3."""
    found = classify(one_pattern(drive, temperature))
    assert found.phase is phase
    for cycle in found.cycles:
        assert np.abs(cycle.other_multipliers).max() < 1


def test_spins_of_a_cavity_oscillate_under_a_second_drive():
    """The cycle closes for the rates of the cavity asked one by one, without the series."""
    dicke = MultimodeDicke.from_patterns(Patterns([[1] * 30]), g=0.15, omega=1.0, loss=1.0, drive=0.01)
    limit = many_spins(dicke, 0.01)
    cycle, strength, law = limit_cycle(limit), float(limit.strengths[0]), limit.rate_law
    assert cycle.stable
    states = cycle.states[:, :, 0]
    wave = np.fft.fft(states, axis=0)
    slope = np.fft.ifft(wave * (1j * cycle.angular_frequency * np.fft.fftfreq(512, 1 / 512))[:, None], axis=0).real
    y, z = states.T
    down, up = law(-2 * strength * z), law(2 * strength * z)
    expected = np.stack([-0.02 * z - (down + up) / 2 * y, 0.02 * y + down - up - (down + up) * z], axis=1)
    np.testing.assert_allclose(slope, expected, rtol=0, atol=1e-7 * np.abs(expected).max())
