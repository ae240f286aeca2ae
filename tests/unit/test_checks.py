import numpy as np
import pytest

from cavity_hopfield import _checks as checks
from cavity_hopfield.exceptions import ArgumentError, CavityHopfieldError


def test_an_argument_error_is_a_value_error_and_one_of_ours():
    assert issubclass(ArgumentError, ValueError)
    assert issubclass(ArgumentError, CavityHopfieldError)


def test_frozen_is_a_read_only_contiguous_copy():
    source = np.arange(6.0).reshape(2, 3).T
    copy = checks.frozen(source)
    source[0, 0] = 9
    assert copy[0, 0] == 0
    assert copy.flags.c_contiguous
    assert not copy.flags.writeable


def test_numbers_pass_unchanged():
    assert checks.real_number("x", 0.1) == 0.1
    assert checks.real_number("x", 0, minimum=0) == 0
    assert checks.whole_number("x", np.int64(3), minimum=3) == 3
    assert type(checks.whole_number("x", np.int64(3), minimum=3)) is int
    assert checks.one_of("x", "a", ("a", "b")) == "a"
    np.testing.assert_array_equal(checks.real_array("x", [1, True]), [1.0, 1.0])


def test_a_time_grid_passes_unchanged():
    for grid in ([0.0], [3.0], [0, 1, 5]):
        np.testing.assert_array_equal(checks.time_grid(grid), grid)


def test_symmetric_couplings_lose_their_diagonal_and_leave_the_argument_alone():
    given = np.array([[5.0, 1.0], [1.0 + 1e-15, 5.0]])
    np.testing.assert_allclose(checks.symmetric_couplings("J", given), [[0, 1], [1, 0]], rtol=1e-14)
    assert given[0, 0] == 5


def test_one_seed_is_one_generator():
    first, again = (checks.random_generator(7).random(3) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    generator = np.random.default_rng(1)
    assert checks.random_generator(generator) is generator
    sequence = checks.random_generator(np.random.SeedSequence(7)).random(3)
    np.testing.assert_array_equal(first, sequence)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: checks.real_array("x", "abc"), "`x` must hold real numbers, but is 'abc'"),
        (lambda: checks.real_array("x", [[1], [1, 2]]), "`x` must hold real numbers"),
        (lambda: checks.real_array("x", [1j]), "`x` must hold real numbers, but is complex. Take its real part"),
        (lambda: checks.real_array("x", [0, np.inf]), r"`x` must be finite, but holds inf at index \(1,\)"),
        (lambda: checks.real_array("x", np.nan), "`x` must be finite, but holds nan. Remove"),
        (lambda: checks.real_array("x", None), "`x` must"),
        (lambda: checks.real_number("x", [1.0]), r"`x` must be one number, but has shape \(1,\)"),
        (lambda: checks.real_number("x", -1, minimum=0), "`x` must be at least 0, but is -1"),
        (lambda: checks.real_number("x", 0, above=0), "`x` must be greater than 0, but is 0"),
        (lambda: checks.whole_number("x", 1.0, minimum=0), "`x` must be a whole number, but is 1.0"),
        (lambda: checks.whole_number("x", True, minimum=0), "`x` must be a whole number, but is True"),
        (lambda: checks.whole_number("x", 0, minimum=1), "`x` must be at least 1, but is 0"),
        (lambda: checks.one_of("x", "c", ("a", "b")), "`x` must be one of 'a', 'b', but is 'c'"),
        (lambda: checks.spin_array("x", 1), r"`x` must have at least one dimension, but has shape \(\)"),
        (lambda: checks.spin_array("x", [1], ndim=2), r"`x` must have 2 dimensions, but has shape \(1,\)"),
        (lambda: checks.spin_array("x", [0, 1]), "`x` must hold only -1 and .1, but holds 0. Map 0/1 data"),
        (lambda: checks.spin_array("x", [1, 1], n_spins=3), "`x` must have 3 spins along its last axis"),
        (lambda: checks.time_grid([]), r"`times` must have shape \(T,\) with T >= 1, but has shape \(0,\)"),
        (lambda: checks.time_grid(1.0), r"`times` must have shape \(T,\)"),
        (lambda: checks.time_grid([-1, 0]), "`times` must not start before 0, but starts at -1"),
        (lambda: checks.time_grid([0, 1, 1]), r"`times` must increase strictly, but times\[1\] = 1 is followed by 1"),
        (lambda: checks.time_grid([0, np.nan]), "`times` must be finite"),
        (lambda: checks.symmetric_couplings("J", np.zeros((0, 0))), r"`J` must have shape \(N, N\)"),
        (lambda: checks.symmetric_couplings("J", [[0, 1], [1.001, 0]]), r"`J` must be symmetric, but J\[0, 1\] = 1"),
        (lambda: checks.random_generator(None), "`seed` must be a whole number.*but is None.*such as `seed=1`"),
        (lambda: checks.random_generator(-1), "`seed` must be a whole number of at least 0"),
        (lambda: checks.random_generator(True), "`seed` must be a whole number"),
    ],
)
def test_what_is_refused_is_named(call, message):
    with pytest.raises(ArgumentError, match=message):
        call()
