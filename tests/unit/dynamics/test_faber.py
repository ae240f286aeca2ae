"""Exponentials by Faber series: against the dense exponential, with an honest error, on any ellipse."""

import numpy as np
import pytest
from scipy.linalg import block_diag, expm

from cavity_hopfield import ConvergenceError
from cavity_hopfield.dynamics import Ellipse, propagate

TIMES = np.array([0.0, 0.3, 2.0, 7.5, 10.0])


def generator(length, height, size=40, skew=0.2, seed=0):
    """A real matrix with its spectrum in a box, not normal."""
    stream = np.random.default_rng(seed)
    values = -length * stream.random(size // 2) + 1j * height * stream.uniform(-1, 1, size // 2)
    blocks = block_diag(*[[[v.real, v.imag], [-v.imag, v.real]] for v in values])
    change = np.eye(size) + skew * stream.normal(size=(size, size)) / np.sqrt(size)
    return change @ blocks @ np.linalg.inv(change), stream.normal(size=size)


def run(matrix, start, ellipse, tolerance=1e-10, times=TIMES):
    return propagate(lambda x: matrix @ x, start, times, ellipse, lambda x: x.copy(), tolerance=tolerance)


@pytest.mark.parametrize(("length", "height"), [(8, 3), (8, 16), (5, 0.0), (0.5, 5.0), (6, 3.0)])
def test_it_is_the_exponential_whatever_the_shape(length, height):
    """Flat, tall, a line, nearly upright, and a circle, where the recurrence loses a term."""
    matrix, start = generator(length, height)
    found = run(matrix, start, Ellipse(length / 2, height))
    exact = np.array([expm(matrix * time) @ start for time in TIMES])
    assert np.abs(found.values - exact).max() < 1e-8
    assert np.abs(found.end - exact[-1]).max() < 1e-8


def test_the_error_follows_the_tolerance_and_is_told():
    matrix, start = generator(8, 6)
    exact = np.array([expm(matrix * time) @ start for time in TIMES])
    for tolerance in (1e-4, 1e-6, 1e-8):
        found = run(matrix, start, Ellipse(4, 6), tolerance)
        measured = np.abs(found.values - exact).max() / np.abs(start).max()
        assert measured < 10 * tolerance
        assert measured < 10 * found.error + 1e-13


def test_an_ellipse_that_is_too_small_is_widened():
    matrix, start = generator(12, 6)
    found = run(matrix, start, Ellipse(3, 2))
    assert np.allclose(found.end, expm(matrix * 10) @ start, atol=1e-8)


def test_a_generator_that_grows_without_bound_is_an_error():
    with pytest.raises(ConvergenceError, match="grows without bound"):
        run(200.0 * np.eye(3), np.ones(3), Ellipse(1, 1))


def test_all_times_within_a_step_cost_no_products():
    matrix, start = generator(8, 3)
    few, many = (run(matrix, start, Ellipse(4, 3), times=np.linspace(0, 10, n)) for n in (2, 1001))
    assert many.products <= 1.2 * few.products


def test_a_start_of_zeros_stays():
    matrix, _ = generator(8, 3)
    assert not run(matrix, np.zeros(40), Ellipse(4, 3)).values.any()
