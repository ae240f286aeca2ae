"""Many flips between refreshes, rates that change in time, first passages: against chains of the exact probabilities.

One pattern of N spins under Glauber's law is a chain of N + 1 states whatever the form in which the network is told, so
that the bounds that hold over a window of flips and of time are put to the test.
"""

from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.linalg import expm
from scipy.sparse import csr_array

from cavity_hopfield import (
    CavityRates,
    CountedHopfield,
    Factorised,
    Glauber,
    KineticMonteCarlo,
    Metropolis,
    MultimodeDicke,
    OpenHopfield,
    OverlapTargets,
    Patterns,
    Ramp,
    RateTableError,
    Scheduled,
)
from cavity_hopfield.theory.kinetic import _count_kernels, _site_kernels
from cavity_hopfield.theory.kinetic._record_kernels import DONE
from cavity_hopfield.theory.kinetic.representations import representation_of
from cavity_hopfield.theory.kinetic.sites import Sites
from tests.twins import classical_generator as twin

N, TEMPERATURE, RUNS, LARGEST_Z = 60, 0.8, 10_000, 4.5
PATTERN = Patterns([np.random.default_rng(1).choice([-1, 1], N)])
UP = 40
"""So many spins agree with the pattern where runs start, unless told otherwise."""


def chain(temperature, n=N, stop=None):
    """dp/dt = G p of the number of spins that agree, from 0 to n; from `stop` on nothing moves."""
    matrix = np.zeros((n + 1, n + 1))
    for k in range(n + 1 if stop is None else stop):
        down = k / (1 + np.exp(2 * (2 * k - n - 1) / n / temperature))
        up = (n - k) / (1 + np.exp(-2 * (2 * k - n + 1) / n / temperature))
        matrix[k, k] -= down + up
        if k > 0:
            matrix[k - 1, k] += down
        if k < n:
            matrix[k + 1, k] += up
    return matrix


def start(up=UP):
    return (PATTERN[0] * np.where(np.arange(N) < up, 1, -1)).astype(np.int8)


def counted(law):
    return representation_of(OpenHopfield(PATTERN, law), 1e-9)


def factored(law):
    return Sites.of(OpenHopfield(PATTERN, law), 1e-9)


def neighbouring(law):
    couplings = OpenHopfield(PATTERN, law).couplings
    return Sites.of(OpenHopfield(csr_array(couplings), law, patterns=PATTERN), 1e-9)


FORMS = [counted, factored, neighbouring]


def agreeing(form, time, runs=RUNS, up=UP):
    """How many spins agree with the pattern at `time`, run by run."""
    begin, times = form.ready(start(up)), np.array([time])
    total = form.total(1)
    overlaps = [form.walk(begin, 3, run).along(times, total).overlaps[0, 0] for run in range(runs)]
    return np.rint((np.array(overlaps) + 1) * N / 2).astype(int)


def largest_z(found, exact):
    """Largest deviation of a relative frequency, and of the mean, in standard errors."""
    runs, places = len(found), np.arange(exact.size)
    frequency, mean = np.bincount(found, minlength=exact.size) / runs, places @ exact
    spread = np.sqrt((places - mean) ** 2 @ exact)
    seen = exact * runs > 10
    z = np.abs(frequency - exact)[seen] / np.sqrt(exact * (1 - exact) / runs)[seen]
    return max(float(z.max()), float(abs(found.mean() - mean) * np.sqrt(runs) / spread))


@cache
def relaxed(faster=1.0):
    """Probabilities at t = 1 from the pattern itself, far from where they settle."""
    return expm(chain(TEMPERATURE) * faster)[:, N]


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS)
def test_windows_keep_the_law_of_one_pattern(form):
    """10 000 runs see rates that are all wrong by six per cent (next test)."""
    told = form(Glauber(TEMPERATURE))
    walk = told.walk(told.ready(start()), 1, 0)
    walk.until(50.0)
    flips, refreshes = walk.state.counters[1], walk.state.counters[4]
    assert flips > 3 * refreshes, "no windows are put to the test"
    assert largest_z(agreeing(told, 1.0, up=N), relaxed()) < LARGEST_Z


def test_that_many_runs_would_see_rates_wrong_by_six_per_cent():
    places, exact, wrong = np.arange(N + 1), relaxed(), relaxed(1.06)
    spread = np.sqrt((places - places @ exact) ** 2 @ exact / RUNS)
    # two standard errors beyond the limit: missed with probability 0.02
    assert abs(places @ (wrong - exact)) > (LARGEST_Z + 2) * spread


def stingy(told):
    """Upper bounds at half of what the rates reach, lower bounds that decide nothing."""
    bins = told.rates.bins.copy()
    bins[:, 1], bins[:, 3], bins[:, 4] = 1e6, bins[:, 3] / 2, 0.0
    return type(told)(**{**vars_of(told), "rates": told.rates._replace(bins=bins)})


def generous(told):
    """Lower bounds as high as the upper ones: nothing is ever rejected."""
    bins = told.rates.bins.copy()
    bins[:, 4] = bins[:, 3]
    return type(told)(**{**vars_of(told), "rates": told.rates._replace(bins=bins)})


def vars_of(told):
    return {name: getattr(told, name) for name in type(told).__dataclass_fields__ if name in vars(told)}


@pytest.mark.parametrize("form", [counted, factored])
def test_a_rate_above_its_bound_is_an_error(form):
    told = stingy(form(Glauber(TEMPERATURE)))
    walks = [told.walk(told.ready(start()), 3, run) for run in range(100)]
    with pytest.raises(RateTableError, match="exceeds the bound"):
        [walk.until(50.0) for walk in walks]


@pytest.mark.slow
@pytest.mark.parametrize("form", [counted, factored])
def test_a_lower_bound_that_is_too_high_is_caught(form):
    assert largest_z(agreeing(generous(form(Glauber(TEMPERATURE))), 1.0, up=N), relaxed()) > 2 * LARGEST_Z


# Rates that change in time

COOLING = Ramp([0.5, 2.0, 2.5], [2.0, 0.4, 0.6])


@cache
def cooled():
    """dp/dt = G(t) p by a Runge-Kutta method of order 8."""
    begin = np.eye(N + 1)[UP]
    knots = (0.0, 0.5, 2.0, 2.5, 3.0)
    for first, last in pairwise(knots):
        found = solve_ivp(
            lambda t, p: chain(float(np.interp(t, COOLING.times, COOLING.values))) @ p, (first, last), begin,
            method="DOP853", rtol=1e-8, atol=1e-11,
        )  # fmt: skip
        begin = found.y[:, -1]
    return begin


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS)
def test_a_ramp_of_the_temperature_follows_its_master_equation(form):
    told = form(Scheduled(Glauber(temperature=1.0), temperature=COOLING))
    assert largest_z(agreeing(told, 3.0), cooled()) < LARGEST_Z


def test_frozen_temperatures_would_be_seen():
    for temperature in (2.0, 0.6):
        told = counted(Glauber(temperature))
        assert largest_z(agreeing(told, 3.0, 2000), cooled()) > 2 * LARGEST_Z


SMALL = MultimodeDicke([[0.3], [0.6], [1.0], [1.0]], 1.0, 1.0, drive=0.05)


@pytest.mark.parametrize("jumps", ["individual", "collective"])
def test_a_ramp_of_the_drive_is_a_clock_that_runs_unevenly(jumps):
    """With the drive d(t) Omega all rates go as d^2: the law at t is that of constant rates at the integral of d^2."""
    law = CavityRates(SMALL, jumps)
    ramp = Ramp([0.0, 100.0, 200.0], [0.0, 0.1, 0.02])
    steady = OpenHopfield(Factorised(SMALL.g, SMALL.mediation), law)
    uneven = OpenHopfield(Factorised(SMALL.g, SMALL.mediation), Scheduled(law, drive=ramp))
    # in units of .05: d rises from 0 to 2, then falls to .4
    time = 100 * 4 / 3 + 100 * (4 + 0.8 + 0.16) / 3
    start = [1, 1, 1, -1]
    a = KineticMonteCarlo(runs=3000, seed=1).evolve(uneven, start, [200.0])["energy"].values[:, 0]
    b = KineticMonteCarlo(runs=3000, seed=2).evolve(steady, start, [time])["energy"].values[:, 0]
    assert abs(a.mean() - b.mean()) < LARGEST_Z * np.sqrt((a.var() + b.var()) / 3000)
    assert abs(a.mean() - steady.energy(start)) > 2 * LARGEST_Z * np.sqrt(a.var() / 3000)


def test_nothing_flips_while_the_drive_is_off():
    law = Scheduled(CavityRates(SMALL), drive=Ramp([50.0, 60.0], [0.0, 0.05]))
    result = KineticMonteCarlo(runs=20, seed=1).evolve(
        OpenHopfield(Factorised(SMALL.g, SMALL.mediation), law), [1, 1, 1, -1], [50.0, 5000.0]
    )
    assert (result["flips"].isel(time=0) == 0).all()
    assert (result["flips"].isel(time=1) > 0).any()


# Frozen states

LARGE = 1000
LETTERS = Patterns(np.random.default_rng(2).choice([-1, 1], (3, LARGE)))


def frozen_counts(law, p):
    return representation_of(OpenHopfield(Patterns(LETTERS.values[:p]), law), 1e-9)


def frozen_ring(law):
    """Neighbours at one and seven steps, both with the first pattern as their ground state."""
    here = np.arange(LARGE)
    rows = np.concatenate([(here + step) % LARGE for step in (1, -1, 7, -7)])
    columns = np.tile(here, 4)
    values = 0.3 * LETTERS[0][rows] * LETTERS[0][columns]
    return Sites.of(OpenHopfield(csr_array((values, (rows, columns))), law), 1e-9)


FROZEN = {
    "one pattern": lambda law: frozen_counts(law, 1),
    "three patterns": lambda law: frozen_counts(law, 3),
    "factors": lambda law: Sites.of(OpenHopfield(LETTERS, law), 1e-9),
    "neighbours": frozen_ring,
}


@pytest.mark.parametrize("law", [Glauber(0.0), Metropolis(0.0)])
@pytest.mark.parametrize("form", FROZEN.values(), ids=FROZEN)
def test_a_frozen_state_is_known_for_one(form, law):
    """At T = 0 a stored pattern stays for all time, which a run must learn in few attempts, not by waiting."""
    told = form(law)
    walk, attempts, times = told.walk(told.ready(LETTERS[0].copy()), 1, 0), 3 * LARGE, np.array([1e300])
    flips, nothing = np.empty(1, np.int64), (np.empty(0), np.empty(0, np.int64))
    listed = isinstance(told, Sites)
    kernels, path = (_site_kernels, np.empty((1, LARGE), np.int8)) if listed else (_count_kernels, walk._path(1)[0])
    status = kernels.run(told.rates, walk.net, walk.state, times, path, flips, *nothing, attempts, walk.stream)
    assert status == DONE
    assert flips[0] == 0
    _, read = walk.until(1e301)
    assert read.flips[0] == 0


@pytest.mark.parametrize("form", FORMS)
def test_the_last_spins_to_settle_do_so_at_their_rate(form):
    """At T = 0 the spins that disagree relax one by one: with k left they flip at the rate k, and none flips back."""
    left, runs = 3, 2000
    told = form(Glauber(0.0))
    walks = [told.walk(told.ready(start(N - left)), 5, run) for run in range(runs)]
    targets = OverlapTargets.of(PATTERN, [(0, 1 - 1e-9)])
    times = np.array([told.walk(told.ready(start(N - left)), 5, run, targets).until(1e9)[0] for run in range(runs)])
    flips = np.array([walk.until(1e300)[1].flips[0] for walk in walks])
    assert (flips == left).all()
    mean, variance = sum(1 / k for k in range(1, left + 1)), sum(1 / k**2 for k in range(1, left + 1))
    assert abs(times.mean() - mean) < LARGEST_Z * np.sqrt(variance / runs)
    for time in (0.5, 1.5, 3.0):
        share = (1 - np.exp(-time)) ** left
        assert abs((times <= time).mean() - share) < LARGEST_Z * np.sqrt(share * (1 - share) / runs)


# First passages

LEVEL = 50
"""The target: so many spins agree."""


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS)
def test_first_passages_have_the_law_of_the_absorbing_chain(form):
    """The share that has arrived at three times, and the mean time, from linear equations."""
    targets = OverlapTargets.of(PATTERN, [(0, 2 * LEVEL / N - 1)])
    matrix, told = chain(TEMPERATURE, stop=LEVEL), form(Glauber(TEMPERATURE))
    begin = told.ready(start())
    runs, end = RUNS // 2, 2000.0
    times = np.array([told.walk(begin, 4, run, targets).until(end)[0] for run in range(runs)])
    for time in (0.5, 2.0, 10.0):
        share = expm(matrix * time)[LEVEL, UP]
        assert abs((times <= time).mean() - share) < LARGEST_Z * np.sqrt(share * (1 - share) / runs)
    alive = matrix[:LEVEL, :LEVEL]
    mean = np.linalg.solve(alive.T, -np.ones(LEVEL))[UP]
    assert abs(times.mean() - mean) < LARGEST_Z * times.std() / np.sqrt(runs)


def test_a_run_that_starts_at_its_target_arrives_at_once():
    model = OpenHopfield(PATTERN, Glauber(TEMPERATURE))
    targets = OverlapTargets.of(PATTERN, [(0, 0.95), (0, -0.95)])
    result = KineticMonteCarlo(runs=3, seed=1).first_passage(model, -PATTERN[0], targets, 1.0)
    np.testing.assert_array_equal(result["passage_time"], 0.0)
    np.testing.assert_array_equal(result["reached"], 1)
    np.testing.assert_array_equal(result["flips"], 0)
    np.testing.assert_array_equal(result["final_configuration"], np.tile(-PATTERN[0], (3, 1)))
    assert result.attrs["targets"] == targets.names


def test_where_a_run_ends_is_where_its_records_lead():
    model = OpenHopfield(PATTERN, Glauber(TEMPERATURE))
    theory, targets = KineticMonteCarlo(runs=40, seed=5), OverlapTargets.of(PATTERN, [(0, 0.6)])
    result, log = theory.first_passage(model, start(), targets, 20.0), theory.records(model, start(), 20.0)
    assert 0 < (result["reached"] == 0).sum() < 40 or (result["reached"] == 0).all()
    for run in range(40):
        times = log["jump_time"].values[log["jump_run"].values == run]
        end = result["passage_time"].values[run]
        assert result["flips"].values[run] == (times <= (20.0 if np.isnan(end) else end)).sum()
        assert np.isnan(end) or end in times
    np.testing.assert_allclose(result["overlap"], result["final_configuration"].values @ PATTERN.values.T / N)
    np.testing.assert_allclose(result["energy"], model.energy(result["final_configuration"].values))


# Numbers of spins


def test_a_billion_spins_follow_the_mean_field():
    """dm/dt = tanh(m/T) - m; the fluctuation of the mean of N spins is below N^(-1/2)."""
    model = CountedHopfield(Patterns([[1]]), [10**9], Glauber(0.5))
    result = KineticMonteCarlo(runs=1, seed=1).evolve(model, [8 * 10**8], [0.002])
    flow = solve_ivp(lambda _, m: np.tanh(m / 0.5) - m, (0, 0.002), [0.6], rtol=1e-12, atol=1e-12)
    assert abs(result["overlap"].item() - flow.y[0, -1]) < LARGEST_Z / np.sqrt(1e9)
    assert abs(result["overlap"].item() - 0.6) > 2 * LARGEST_Z / np.sqrt(1e9)
    assert result["flips"].item() > 300_000


def test_like_spins_that_start_unlike_keep_their_own_means():
    """Spins of one class, up and down at the start, against the master equation."""
    stored = Patterns([[1, 1, -1, 1, -1, 1], [1, -1, 1, 1, 1, -1]])
    model, begin = OpenHopfield(stored, Glauber(0.9)), [1, -1, -1, -1, 1, 1]
    result = KineticMonteCarlo(runs=6000, seed=1).evolve(model, begin, [0.6])
    assert result.attrs["representation"] == "counts of like spins"
    matrix = twin.generator(6, twin.glauber(twin.hebb(stored.values), 0.9))
    exact = twin.evolve(matrix, begin, 0.6) @ [twin.configuration(k, 6) for k in range(64)]
    # the variance of a spin is 1 - its mean squared
    error = np.sqrt((1 - exact**2) / 6000)
    assert (np.abs(result["spin_z"].values[0] - exact) < LARGEST_Z * error).all()
    assert np.abs(result["spin_z"].values[0] - exact.mean()).max() > 5 * LARGEST_Z * error.max()
