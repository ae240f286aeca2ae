"""The capacity: quadrature, intervals, fits, and what is refused."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.stats import binomtest

from cavity_hopfield import ArgumentError, Glauber
from cavity_hopfield.analysis.capacity import (
    critical_load,
    phase_boundaries,
    recall_capacity,
    recall_fraction,
    replica_symmetric,
    thermal_recall,
)
from cavity_hopfield.analysis.capacity import field_averages as averages_module
from cavity_hopfield.analysis.capacity.field_averages import field_averages
from cavity_hopfield.analysis.intervals import clopper_pearson
from cavity_hopfield.exceptions import ConvergenceError, SizeError
from cavity_hopfield.theory.zero_temperature.zero_temperature import ZeroTemperature
from tests.twins.replica_equations import gaussian_average


@given(st.floats(0, 8), st.floats(1e-3, 20))
@example(0.0, 1.0)
@example(2.0, 1.0000001)
@example(0.0, 300.0)
@settings(max_examples=60, deadline=None)
def test_averages_are_those_of_adaptive_quadrature(signal, heat):
    found = field_averages(signal, heat)

    def mean(function):
        return gaussian_average(lambda z: function((z + signal) / heat), -signal, heat)

    expected = {
        "overlap": mean(np.tanh),
        "order": mean(lambda v: np.tanh(v) ** 2),
        "response": mean(lambda v: 1 - np.tanh(v) ** 2) / heat,
        "fourth": mean(lambda v: (1 - np.tanh(v) ** 2) ** 2) / heat,
        "entropy": mean(lambda v: np.logaddexp(v, -v) - v * np.tanh(v)),
    }
    for name, value in expected.items():
        assert getattr(found, name) == pytest.approx(value, abs=1e-13, rel=1e-13 / min(1, heat))


def test_both_ways_to_average_agree_where_they_meet():
    for signal in (0.0, 0.7, 3.0):
        cold, warm = averages_module._cold(signal, 1.0), averages_module._warm(signal, 1.0)
        for name in vars(cold):
            assert getattr(cold, name) == pytest.approx(getattr(warm, name), abs=1e-14)


def test_the_dataset_says_which_solutions_there_are():
    found = replica_symmetric([0.0, 0.5, 1.0, 1.2], [0.0, 0.01, 0.2])
    there = found["order"].notnull()
    names = found["solution"].values
    expected = {
        (0.0, 0.0): {"retrieval"},
        (0.0, 0.01): {"retrieval", "weak_retrieval", "spin_glass"},
        (0.0, 0.2): {"spin_glass"},
        (0.5, 0.0): {"retrieval", "paramagnet"},
        (1.0, 0.0): {"paramagnet"},
        (1.0, 0.01): {"spin_glass"},
        (1.2, 0.01): {"paramagnet"},
        (1.2, 0.2): {"spin_glass", "paramagnet"},
    }
    for (temperature, load), solutions in expected.items():
        assert set(names[there.sel(temperature=temperature, load=load).values]) == solutions
    assert found["ground"].sel(load=0.01).values.tolist() == ["retrieval", "retrieval", "spin_glass", "paramagnet"]
    assert np.isneginf(found["replicon"].sel(temperature=0.0, load=0.2, solution="spin_glass"))


def test_intervals_are_those_of_scipy():
    trials = np.array([1, 7, 7, 7, 400])
    successes = np.array([0, 0, 3, 7, 399])
    low, high = clopper_pearson(successes, trials, 0.95)
    for k in range(trials.size):
        expected = binomtest(int(successes[k]), int(trials[k])).proportion_ci(0.95, "exact")
        assert (low[k], high[k]) == pytest.approx((expected.low, expected.high))


def test_a_point_does_not_depend_on_the_others_asked():
    asked = {"samples": 3, "tested": 10, "seed": 5}
    many = recall_fraction([60, 100], [0.1, 0.2, 0.3], **asked)
    one = recall_fraction(100, 0.2, updates=ZeroTemperature(threads=2), **asked)
    same = many.sel(spins=[100], load=[0.2])
    for name in one.data_vars:
        assert np.array_equal(one[name], same[name])
    assert int(one["patterns"][0, 0]) == 20
    assert int(one["tested_in_set"].sum()) == 30


def test_starts_have_the_overlap_asked_for():
    frozen = ZeroTemperature("synchronous", most_sweeps=1)
    kept = recall_fraction(
        100, 1.0, couplings="pseudo_inverse", start_overlap=0.5, samples=2, tested=10, seed=1, updates=frozen
    )
    # with as many patterns as spins there are no couplings, and nothing moves: 25 of 100 spins are flipped
    assert float(kept["overlap"][0, 0]) == pytest.approx(0.5, abs=1e-15)


def synthetic(half, width, *, seed, sets=40, tested=50, spread=0.0, spins=(1000,)):
    """Recall drawn from a known curve; `spread` moves each set as a whole."""
    stream = np.random.default_rng(seed)
    loads = np.linspace(half - 3 * width, half + 3 * width, 9)
    patterns = np.rint(np.outer(spins, loads)).astype(int)
    exact = patterns / np.array(spins)[:, None]
    moved = half + spread * stream.standard_normal((len(spins), loads.size, sets))
    chance = 1 / (1 + np.exp((exact[..., None] - moved) / width))
    variables = {
        "recalled_in_set": (("spins", "load", "sample"), stream.binomial(tested, chance)),
        "tested_in_set": (("spins", "load", "sample"), np.full(chance.shape, tested)),
        "patterns": (("spins", "load"), patterns),
    }
    return xr.Dataset(variables, {"spins": list(spins), "load": loads}, {"theory": "{}"})


@pytest.mark.parametrize("spread", [0.0, 0.02])
def test_the_half_load_is_found_within_its_error(spread):
    """Over many draws deviations have the size that the errors claim, if sets move as a whole as well."""
    found = [recall_capacity(synthetic(0.15, 0.01, seed=k, spread=spread)) for k in range(60)]
    half, error = (np.array([float(f[name][0]) for f in found]) for name in ("half_load", "half_load_error"))
    assert 0.75 < np.std((half - 0.15) / error) < 1.3
    assert abs(half.mean() - 0.15) < 4 * error.mean() / np.sqrt(60)
    if spread:
        as_if_independent = np.mean(
            [float(recall_capacity(synthetic(0.15, 0.01, seed=k))["half_load_error"][0]) for k in (1, 2)]
        )
        assert error.mean() > 2 * as_if_independent


def test_the_line_is_that_of_least_squares():
    spins = (500, 1000, 4000)
    draw = xr.concat(
        [synthetic(0.14 + 0.8 * n**-0.5, 0.3 * n**-0.5, seed=n, spins=(n,)).drop_vars("load") for n in spins], "spins"
    )
    found = recall_capacity(draw, exponents=[0.5, 1.0])
    line = np.polyfit(
        np.array(spins) ** -0.5, found["half_load"], 1, w=1 / found["half_load_error"].values, cov="unscaled"
    )
    assert float(found["asymptote"][0]) == pytest.approx(line[0][1])
    assert float(found["asymptote_error"][0]) == pytest.approx(line[1][1, 1] ** 0.5)
    assert abs(float(found["asymptote"][0]) - 0.14) < 4 * float(found["asymptote_error"][0])
    assert float(found["chi_square"][0]) < 12
    assert float(found["chi_square"][1]) > 30
    assert int(found["degrees_of_freedom"]) == 1
    assert np.isnan(recall_capacity(draw.isel(spins=[0]))["asymptote"]).all()


def test_loads_of_one_number_of_patterns_count_once():
    """Three times the same sets are no more than once."""
    loads = np.arange(6, 19, 2) / 60
    asked = {"samples": 10, "tested": 10, "seed": 3}
    once = recall_capacity(recall_fraction(60, loads, **asked))
    thrice = recall_fraction(60, np.sort(np.concatenate([loads - 0.004, loads, loads + 0.004])), **asked)
    assert thrice.sizes["load"] == 3 * loads.size
    found = recall_capacity(thrice)
    for name in ("half_load", "half_load_error", "width", "width_error", "misfit", "loads_fitted"):
        assert float(found[name][0]) == float(once[name][0])
    assert 2 <= int(found["loads_fitted"][0]) <= loads.size
    one_between = synthetic(0.15, 0.01, seed=1).isel(load=[0, 4, 4, 4, 8])
    one_between["recalled_in_set"][0, [0, -1]] = [[50], [0]]
    with pytest.raises(ConvergenceError, match="at 1 numbers of patterns"):
        recall_capacity(one_between)


def test_runs_at_a_temperature_tell_the_load_they_had_and_the_sets_that_recall():
    found = thermal_recall([0.3, 0.2, 1.1], [0.001, 0.14, 0.1], spins=200, samples=6, time=20.0, seed=1)
    assert found["patterns"].values.tolist() == [1, 28, 20]
    assert found["load_used"].values.tolist() == [0.005, 0.14, 0.1]
    assert found["load"].values.tolist() == [0.001, 0.14, 0.1]
    expected = [replica_symmetric(t, a)["overlap"].sel(solution="retrieval") for t, a in ((0.3, 0.005), (0.2, 0.14))]
    np.testing.assert_allclose(found["predicted"], [expected[0].item(), np.nan_to_num(expected[1].item()), 0.0])
    lone = [brentq(lambda m, t=t: np.tanh(m / t) - m, 0.1, 1.0) for t in (0.3, 0.2)]
    kept = [int((found["overlap_in_set"][k] > 0.6 * lone[k]).sum()) for k in range(2)]
    assert found["sets_recalled"].values.tolist() == [*kept, 0]
    # some sets keep the pattern and others lose it, which the mean alone does not show
    assert kept[0] == 6
    assert 0 < kept[1] < 6
    assert found["recalled"].values.tolist() == [True, bool(found["overlap"][1] > 0.6 * lone[1]), False]


def test_curves_that_tell_no_half_are_refused():
    good = synthetic(0.15, 0.01, seed=1)
    with pytest.raises(ArgumentError, match="both sides of the half"):
        recall_capacity(good.isel(load=slice(0, 3)))
    with pytest.raises(ConvergenceError, match="closer together"):
        recall_capacity(good.isel(load=[0, 8]))
    with pytest.raises(ArgumentError, match="`recall` must be"):
        recall_capacity(good.drop_vars("patterns"))
    with pytest.raises(ArgumentError, match="`exponents`"):
        recall_capacity(good, exponents=[0.5, 0.5])


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: replica_symmetric(-0.1, 0.1), "`temperature` must be at least 0"),
        (lambda: replica_symmetric(0.1, [0.2, 0.1]), "`load` must be a grid"),
        (lambda: critical_load(1.0), "`temperature` must be below 1"),
        (lambda: critical_load(float("nan")), "`temperature` must be finite"),
        (lambda: phase_boundaries([0.2, 0.1]), "`temperature` must be a grid"),
        (lambda: recall_fraction([10.5], 0.1), "`spins` must hold whole numbers"),
        (lambda: recall_fraction(10, 0.0), "`load` must be greater"),
        (lambda: recall_fraction(10, 0.1, couplings="storkey"), "`couplings` must be one of"),
        (lambda: recall_fraction(10, 0.1, start_overlap=1.1), "`start_overlap` must be at most 1"),
        (lambda: recall_fraction(10, 0.1, threshold=0.0), "`threshold` must be greater"),
        (lambda: recall_fraction(10, 0.1, samples=1), "`samples` must be at least 2"),
        (lambda: recall_fraction(10, 0.1, progress=3), "`progress`"),
        (lambda: recall_fraction(10, 1.2, couplings="pseudo_inverse"), "at most 1 for the pseudo-inverse"),
        (lambda: thermal_recall([0.1, 0.2], [0.1]), "`load` must have the shape"),
        (lambda: thermal_recall(0.0, 0.1), "`temperature` must be greater"),
    ],
)
def test_wrong_arguments_are_refused(call, told):
    with pytest.raises(ArgumentError, match=told):
        call()


@pytest.mark.parametrize(("spins", "load"), [(30, 1e19), (10**7, 0.1), (1e300, 0.1), (1e300, 1e300)])
def test_more_patterns_than_fit_are_refused_with_the_need(spins, load):
    with pytest.raises(SizeError, match=r"patterns of .* spins need about .* GiB"):
        recall_fraction(spins, load, samples=2)
    with pytest.raises(SizeError, match=r"patterns of .* spins need about .* GiB"):
        thermal_recall(0.5, load, spins=int(spins), samples=2)


@pytest.mark.parametrize("updates", ["steepest", Glauber(0.1), ZeroTemperature])
def test_updates_of_another_kind_are_refused(updates):
    with pytest.raises(ArgumentError, match=r"`updates` must be a `ZeroTemperature`"):
        recall_fraction(30, 0.1, updates=updates)


def test_numbers_beyond_all_sense_are_refused_by_name():
    with pytest.raises(ArgumentError, match=r"`threshold` must be at most 1, but is 1e\+300"):
        thermal_recall(0.5, 0.05, threshold=1e300)
    with pytest.raises(ArgumentError, match=r"`exponents` must be at most 4, but holds 1e\+300"):
        recall_capacity(synthetic(0.15, 0.01, seed=1, spins=(500, 1000)), exponents=1e300)
    for point in ((1e300, 0.1), (0.1, 1e300)):
        with pytest.raises(ArgumentError, match=r"must be at most 1e\+12, but holds 1e\+300"):
            replica_symmetric(*point)


@pytest.mark.parametrize("job", [
    lambda **kept: recall_fraction([60, 100], [0.1, 0.2], samples=2, tested=10, seed=5, **kept),
    lambda **kept: thermal_recall([0.3, 0.9], [0.02, 0.2], spins=60, samples=3, time=5.0, seed=5, **kept),
])  # fmt: skip
def test_what_is_finished_is_not_done_again(job, tmp_path):
    class Interrupt(KeyboardInterrupt):
        pass

    def stop(done):
        if done > 0.4:
            raise Interrupt

    whole = job()
    with pytest.raises(Interrupt):
        job(checkpoint=tmp_path, progress=stop)
    kept = {path: path.stat().st_mtime_ns for path in tmp_path.glob("*.npz")}
    assert 2 <= len(kept) <= 5
    assert job(checkpoint=tmp_path).identical(whole)
    assert all(path.stat().st_mtime_ns == when for path, when in kept.items())


def test_a_folder_of_recalls_serves_more_loads_but_no_other_seed(tmp_path):
    asked = {"samples": 2, "tested": 10, "checkpoint": tmp_path}
    recall_fraction(60, [0.1, 0.2], seed=5, **asked)
    files = set(tmp_path.glob("*.npz"))
    more = recall_fraction(60, [0.1, 0.15, 0.2], seed=5, updates=ZeroTemperature(threads=2), **asked)
    assert len(set(tmp_path.glob("*.npz")) - files) == 2
    assert more["recalled"].equals(recall_fraction(60, [0.1, 0.15, 0.2], samples=2, tested=10, seed=5)["recalled"])
    with pytest.raises(ArgumentError, match="`checkpoint` must be a folder of the same job"):
        recall_fraction(60, [0.1, 0.2], seed=6, **asked)
