"""Leaps over many flips: their order, their fluctuations, and what they say of themselves."""

import inspect

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp
from scipy.special import gammaln
from scipy.stats import binom

from cavity_hopfield import (
    ArgumentError,
    CavityRates,
    CountedHopfield,
    Glauber,
    MultimodeDicke,
    OpenHopfield,
    Patterns,
    Ramp,
    Scheduled,
    random_patterns,
)
from cavity_hopfield.dynamics import spawn_streams
from cavity_hopfield.network import RateTable
from cavity_hopfield.theory.kinetic import TauLeaping, _leap_kernels, tau_leaping

ONE = Patterns([[1]])
TEMPERATURE = 0.5


def mean_overlap(time, start, temperature):
    """dm/dt = tanh(m/T) - m: Glauber's mean field for one pattern (R. J. Glauber, J. Math. Phys. 4, 294 (1963))."""
    return solve_ivp(lambda _, m: np.tanh(m / temperature) - m, (0, time), [start], rtol=1e-12, atol=1e-13).y[0, -1]


def leap_error(tolerance, leap=_leap_kernels.leap):
    """Error of the overlap at t = 2 from 0.4, of 10^14 spins, whose noise is 1e-7."""
    n = 10**14
    network = CountedHopfield(ONE, [n], Glauber(TEMPERATURE))
    table = RateTable.on(network.rate_law, network.couplings, network.sizes, network.rate_classes, 1e-11)
    path, clock = np.full((1, 1), -1), np.array([0.0, np.inf, 0.0])
    (stream,) = spawn_streams(1, 1)
    leap(
        np.array([7 * n // 10]), network.sizes, network.couplings, network.rate_classes, table.edges,
        table.coefficients, table.offsets, np.array([2.0]), tolerance, stream, clock, path,
    )  # fmt: skip
    return abs(2 * path[0, 0] / n - 1 - mean_overlap(2.0, 0.4, TEMPERATURE))


def test_the_error_falls_with_the_square_of_the_leap():
    """Leaps are tolerance^(1/2) long, so that the error is of first order in the tolerance."""
    errors = np.array([leap_error(tolerance) for tolerance in (1e-2, 1e-3, 1e-4)])
    assert errors[0] < 1e-2
    np.testing.assert_allclose(np.log10(errors[:-1] / errors[1:]), 1.0, atol=0.15)


def test_leaps_at_the_rates_of_their_start_would_be_of_first_order():
    source = inspect.getsource(_leap_kernels).replace("@compiled", "@njit")
    assert source.count("draw(ups, sizes, middle") == 1
    namespace = {"njit": numba.njit}
    exec(source.replace("draw(ups, sizes, middle", "draw(ups, sizes, rates"), namespace)
    errors = [leap_error(tolerance, namespace["leap"]) for tolerance in (1e-2, 1e-4)]
    # half the order
    assert np.log10(errors[0] / errors[1]) == pytest.approx(1.0, abs=0.15)
    assert errors[1] > 30 * leap_error(1e-4)


def test_the_measured_error_tells_the_true_one():
    n = 10**12
    network = CountedHopfield(ONE, [n], Glauber(TEMPERATURE))
    exact = mean_overlap(2.0, 0.4, TEMPERATURE)
    for tolerance in (1e-2, 1e-3):
        result = TauLeaping(runs=2, seed=1, tolerance=tolerance).evolve(network, [7 * n // 10], [2.0])
        error = abs(float(result["overlap"].mean()) - exact)
        told = float(result["overlap_leap_error"].item())
        # three times the error, as that of the companions is four times as large
        assert told == pytest.approx(3 * error, rel=0.4)
    assert "tau-leaping" in result.attrs["approximation"]


def test_a_long_run_is_taken_up_where_it_was_left(monkeypatch):
    network = CountedHopfield.random(2, 10**6, Glauber(0.5), seed=1)
    start, times = network.corrupted("1", 0.3), [0.5, 1.0, 4.0]
    whole = TauLeaping(runs=2, seed=4).evolve(network, start, times)
    monkeypatch.setattr(_leap_kernels, "MOST_LEAPS", 7)
    for name in ("draw", "expected", "fill_rates", "leap"):
        monkeypatch.setattr(_leap_kernels, name, getattr(_leap_kernels, name).py_func)
    monkeypatch.setattr(tau_leaping, "leap", _leap_kernels.leap)
    pieces = TauLeaping(runs=2, seed=4).evolve(network, start, times)
    np.testing.assert_array_equal(pieces["overlap"], whole["overlap"])
    assert pieces.attrs["leaps"] == whole.attrs["leaps"] > 7 * 4


def test_spins_without_couplings_flip_exactly_at_any_tolerance():
    network = CountedHopfield(np.zeros((1, 1)), [60], Glauber(0.5, rate=0.8))
    result = TauLeaping(runs=4000, seed=2, tolerance=1e-2).evolve(network, [60], [1.7])
    ups = np.rint(30 * (result["magnetisation"].values[:, 0] + 1)).astype(int)
    stays = (1 + np.exp(-0.8 * 1.7)) / 2
    expected = 4000 * binom.pmf(np.arange(61), 60, stays)
    seen = expected > 10
    z = (np.bincount(ups, minlength=61)[seen] - expected[seen]) / np.sqrt(expected[seen])
    assert np.abs(z).max() < 4.5


def test_fluctuations_are_those_of_the_boltzmann_distribution():
    """N <m^2> of one pattern above its threshold, T = 1.25: the field feeds fluctuations, fivefold.

    The standard error of a variance from 1500 runs is 3.7 per cent. Leaps without end would give 1, and not 4.4.
    """
    n, temperature = 200, 1.25
    m = np.arange(-n, n + 1, 2) / n
    ups = np.arange(n + 1)
    weights = np.exp(gammaln(n + 1) - gammaln(ups + 1) - gammaln(n - ups + 1) + n * m**2 / 2 / temperature)
    exact = n * (weights @ m**2) / weights.sum()
    network = CountedHopfield(ONE, [n], Glauber(temperature))
    result = TauLeaping(runs=1500, seed=3, tolerance=3e-4).evolve(network, [n // 2], [25.0])
    assert n * float((result["overlap"] ** 2).mean()) == pytest.approx(exact, rel=4.5 * 0.037)


@given(st.integers(1, 3), st.integers(1, 30), st.floats(0.05, 3.0), st.integers(0, 10**6))
@settings(max_examples=25, deadline=None)
def test_counts_stay_between_none_and_all(n_patterns, n_spins, temperature, seed):
    stored = random_patterns(n_patterns, n_spins, seed)
    network = OpenHopfield(stored, Glauber(temperature))
    result = TauLeaping(runs=3, seed=1, tolerance=1e-2).evolve(network, stored[0], [0.0, 0.3, 5.0])
    assert (np.abs(result["overlap"]) <= 1).all()
    assert float(result["overlap"][0, 0, 0]) == pytest.approx(1.0)
    np.testing.assert_allclose(result["energy"][:, 0], network.energy(stored[0]), atol=1e-12)


def test_a_cavity_leaps_at_its_own_rates():
    stored = random_patterns(2, 200, seed=1)
    dicke = MultimodeDicke.from_patterns(stored, g=0.3, omega=1.0, loss=1.0, drive=0.01)
    network = OpenHopfield(dicke.ising_couplings(), CavityRates(dicke), patterns=stored)
    counted = CountedHopfield.of(network)
    assert counted.n_classes == 2
    time = 0.5 / float(network.rates(-stored[0] * stored[1]).max())
    runs = [
        TauLeaping(runs=10, seed=4).evolve(model, start, [time])["overlap"]
        for model, start in ((network, stored[0]), (counted, counted.corrupted(0, 0.0)))
    ]
    np.testing.assert_array_equal(*runs)
    assert float(runs[0].std()) > 0


def test_a_seed_fixes_every_bit_and_runs_do_not_depend_on_their_number():
    network = CountedHopfield.random(2, 10**6, Glauber(0.5), seed=1)
    few, many = (
        TauLeaping(runs=runs, seed=4).evolve(network, network.corrupted("1", 0.3), [0.5, 2.0]) for runs in (3, 8)
    )
    np.testing.assert_array_equal(few["overlap"], many["overlap"].isel(run=slice(3)))
    assert len(np.unique(many["overlap"])) == many["overlap"].size


COOLING = Scheduled(Glauber(1.0), temperature=Ramp([0.0, 1.0], [1.0, 0.1]))
TOGETHER = MultimodeDicke([[0.5], [0.5]], omega=1.0, loss=1.0, drive=0.01)


@pytest.mark.parametrize(
    ("model", "initial", "message"),
    [
        (CountedHopfield(ONE, [5], COOLING), [3], "must not change in time"),
        (CountedHopfield(ONE, [5], Glauber(0.5)), [[3]], "must be one start"),
        (CountedHopfield(ONE, [5], Glauber(0.5)), [6], "from 0 to \\[5\\]"),
        (OpenHopfield([[0, 1], [1, 0]], Glauber(0.5), drive=0.1), [1, 1], "no coherent drive"),
        (
            OpenHopfield(TOGETHER.ising_couplings(), CavityRates(TOGETHER, "collective")), [1, 1],
            "must have individual jumps",
        ),
        (TOGETHER, [1, 1], "must be an `OpenHopfield`"),
    ],
)  # fmt: skip
def test_what_leaps_cannot_follow_is_refused(model, initial, message):
    with pytest.raises(ArgumentError, match=message):
        TauLeaping(runs=1, seed=1).evolve(model, initial, [1.0])


@pytest.mark.parametrize(
    ("options", "message"),
    [({"runs": 0}, "`runs` must be at least 1"), ({"tolerance": 0.1}, "`tolerance`"), ({"seed": -1}, "`seed`")],
)
def test_options_that_make_no_sense_are_refused(options, message):
    with pytest.raises(ArgumentError, match=message):
        TauLeaping(**{"runs": 1, "seed": 1, **options})
