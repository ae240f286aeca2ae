"""The compiled ensembles: the method's conditions, lanes that never meet, threads, and the plain Python text."""

import math

import mpmath
import numpy as np
import pytest

from cavity_hopfield import ConvergenceError, Glauber, HopfieldLimit, Metropolis, MultimodeDicke, Patterns
from cavity_hopfield.dynamics._ode_kernels import interpolated, tanh
from cavity_hopfield.dynamics.dormand_prince import DORMAND_PRINCE, ROWS
from cavity_hopfield.theory.mean_field import _ensemble_kernels, dicke_paths, limit_paths, limit_tails
from cavity_hopfield.theory.mean_field._ensemble_kernels import LANES

LIMIT = HopfieldLimit(3, rate_law=Glauber(0.3), drive=0.5)
TIMES = np.linspace(0, 15, 7)


def ensemble(n_runs, seed=0):
    rng = np.random.default_rng(seed)
    starts = np.zeros((n_runs, 4, 3))
    starts[..., 1:] = rng.uniform(-0.6, 0.6, (n_runs, 4, 2))
    return starts, {"drives": rng.uniform(0, 1, n_runs), "temperatures": rng.uniform(0.1, 1, n_runs)}


@pytest.mark.parametrize("function", [tanh, tanh.py_func], ids=["compiled", "python"])
def test_the_tangent_is_exact_to_a_few_units_in_the_last_place(function):
    places = np.concatenate([10.0 ** np.linspace(-300, 1.2, 200), np.linspace(0.01, 25, 300)])
    for x in places:
        exact = float(mpmath.tanh(mpmath.mpf(float(x))))
        assert function(x) == pytest.approx(exact, rel=2e-15, abs=0)
        assert function(-x) == -function(x)
    assert function(0.0) == 0
    assert function(1e300) == function(math.inf) == 1


def nodes():
    """The times of the stages, from the weights: 0 to 11, 12 the new state, 13 to 15 of the interpolant."""
    sums = [0.0, *(sum(row.values()) for row in ROWS[:11]), 1.0]
    return np.array([*sums, *(sum(row.values()) for row in ROWS[14:17])])


def test_the_method_integrates_polynomials_of_degree_seven():
    c, b = nodes(), ROWS[11]
    for power in range(8):
        assert sum(w * c[s] ** power for s, w in b.items()) == pytest.approx(1 / (power + 1), abs=1e-14)
    for row in (12, 13):
        assert sum(ROWS[row].values()) == pytest.approx(0, abs=1e-14)
    # fifth- and third-order companions
    for row, order in ((12, 5), (13, 3)):
        for power in range(order):
            assert sum(w * c[s] ** power for s, w in ROWS[row].items()) == pytest.approx(0, abs=1e-13)


@pytest.mark.parametrize("power", range(1, 8))
def test_the_interpolant_is_exact_for_polynomials(power):
    """y = t^power on a step from 0 to 1, whose slope the stages sample."""
    stages = power * nodes() ** (power - 1)
    rows = [1.0, stages[0] - 1.0, 2.0 - (stages[12] + stages[0])]
    rows += [sum(w * stages[s] for s, w in ROWS[17 + k].items()) for k in range(4)]
    for x in (0.0, 0.3, 0.77, 1.0):
        assert interpolated(0.0, *rows, x) == pytest.approx(x**power, abs=1e-12)


def test_the_packed_method_is_the_table():
    for k, row in enumerate(ROWS):
        count = DORMAND_PRINCE.counts[k]
        packed = zip(DORMAND_PRINCE.places[k, :count].tolist(), DORMAND_PRINCE.weights[k, :count].tolist(), strict=True)
        assert dict(packed) == row
        assert (DORMAND_PRINCE.weights[k, count:] == 0).all()


def test_a_run_has_the_same_bits_in_any_company():
    starts, options = ensemble(2 * LANES + 5)
    whole = limit_paths(LIMIT, starts, TIMES, **options)
    order = np.random.default_rng(1).permutation(len(starts))
    shuffled = limit_paths(LIMIT, starts[order], TIMES, **{name: value[order] for name, value in options.items()})
    np.testing.assert_array_equal(shuffled, whole[order])
    for run in (0, LANES, 2 * LANES + 4):
        alone = limit_paths(
            LIMIT, starts[run : run + 1], TIMES, **{name: value[run : run + 1] for name, value in options.items()}
        )
        np.testing.assert_array_equal(alone[0], whole[run])


def test_threads_change_no_bit():
    starts, options = ensemble(4 * LANES)
    one, three = (limit_tails(LIMIT, starts, 15.0, 5.0, threads=threads, **options) for threads in (1, 3))
    for name in ("end", "highest", "lowest", "mean", "steps"):
        np.testing.assert_array_equal(getattr(one, name), getattr(three, name))


def test_cavities_have_the_same_bits_in_any_company():
    cavity = MultimodeDicke.from_patterns(Patterns([[1, 1, -1], [1, -1, 1]]), 0.6, [1.0, 1.3], 1.0, drive=0.2)
    sigma = np.random.default_rng(0).choice([-1, 1], (LANES + 3, 3))
    sigma[:, 1] = sigma[:, 0]
    whole = dicke_paths(cavity, sigma, TIMES)
    back = dicke_paths(cavity, sigma[::-1], TIMES)
    for mine, theirs in zip(whole, back, strict=True):
        np.testing.assert_array_equal(mine, theirs[::-1])


@pytest.mark.parametrize("law", [Glauber(0.4), Metropolis(0.6)])
@pytest.mark.parametrize("n_patterns", [2, 5])
def test_the_plain_text_of_the_kernels_gives_the_compiled_numbers(monkeypatch, law, n_patterns):
    """Two patterns read dense couplings, five go through the overlaps."""
    model = HopfieldLimit(n_patterns, rate_law=law, drive=0.5)
    starts = np.zeros((2, len(model.columns), 3))
    starts[0, :, 0], starts[1, :, 2] = 0.1, 0.5
    compiled = limit_paths(model, starts, [0.0, 0.5])
    monkeypatch.setattr(_ensemble_kernels, "LANES", 2)
    monkeypatch.setattr("cavity_hopfield.theory.mean_field.lanes.LANES", 2)
    monkeypatch.setattr("cavity_hopfield.theory.mean_field.lanes.integrate", plain(monkeypatch))
    np.testing.assert_allclose(limit_paths(model, starts, [0.0, 0.5]), compiled, rtol=0, atol=1e-12)


def plain(monkeypatch):
    """`integrate` with every kernel that it calls in the same file as plain Python."""
    for name in ("mixed", "network", "thermal", "looked_up", "slopes", "attempt", "interpolate", "record", "take"):
        monkeypatch.setattr(_ensemble_kernels, name, getattr(_ensemble_kernels, name).py_func)
    for name in ("load", "set_step", "settle", "arrive", "emit", "at"):
        monkeypatch.setattr(_ensemble_kernels, name, getattr(_ensemble_kernels, name).py_func)
    return _ensemble_kernels.integrate.py_func


def test_a_step_that_vanishes_is_an_error_with_the_run():
    starts, _ = ensemble(3)
    with pytest.raises(ConvergenceError, match=r"run [012] stopped: its step fell to round-off"):
        limit_paths(LIMIT, starts, TIMES, rtol=1e-300, atol=1e-300)


def test_at_time_zero_all_is_as_it_starts():
    starts, options = ensemble(3)
    np.testing.assert_array_equal(limit_paths(LIMIT, starts, [0.0], **options)[:, 0], starts)
