import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cavity_hopfield.elimination import _kernels, coherence
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.model import MultimodeDicke
from tests.strategies import models

DICKE = MultimodeDicke(g=[[0.4, 0.1], [-0.3, 0.5]], omega=[1.0, 1.5], loss=0.6, gain=[0.0, 0.1])


@pytest.mark.parametrize(
    ("spin", "sigma", "times", "message"),
    [
        (2, [1, 1], [0.0], "`spin` must be one of 0..1, but is 2"),
        (-1, [1, 1], [0.0], "`spin` must be at least 0, but is -1"),
        (0, [1, 1], [-1.0], "no negative time"),
        (0, [1, 1], [[0.0]], "shape"),
        (0, [1, 1], [np.inf], "`times` must be finite"),
        (0, [1, 1, 1], [0.0], "2 spins"),
        (0, [1, 0], [0.0], "only -1 and"),
    ],
)
def test_wrong_arguments_are_refused_by_name(spin, sigma, times, message):
    with pytest.raises(ArgumentError, match=message):
        coherence(DICKE, spin, sigma, times)


@settings(deadline=None, max_examples=50)
@given(models(), st.data())
def test_the_coherence_starts_at_one_and_never_exceeds_it(dicke, data):
    spin = data.draw(st.integers(0, dicke.n_spins - 1))
    sigma = data.draw(st.lists(st.sampled_from([-1, 1]), min_size=dicke.n_spins, max_size=dicke.n_spins))
    contrast = coherence(dicke, spin, sigma, np.linspace(0, 20, 60))
    assert contrast[0] == 1
    assert (np.abs(contrast) <= 1 + 1e-12).all()


def test_the_coherence_of_a_silent_spin_stays_at_one():
    dicke = MultimodeDicke(g=[[0.0], [0.7]], omega=1.0, loss=0.6)
    np.testing.assert_array_equal(coherence(dicke, 0, [1, 1], [0.0, 5.0, 50.0]), 1.0)


def test_flipping_all_spins_changes_nothing_without_a_bare_splitting():
    times = np.linspace(0, 5, 6)
    np.testing.assert_array_equal(coherence(DICKE, 0, [1, -1], times), coherence(DICKE, 0, [-1, 1], times))


def test_the_compiled_coherence_equals_the_plain_one():
    delta, force, times = -2 * DICKE.g[0], DICKE.force([1, 1]), np.linspace(0, 9, 10)
    fast, plain = np.empty((2, times.size), complex)
    arguments = (delta, force, DICKE.gain, DICKE.net_loss, DICKE.omega, times)
    _kernels.coherence_values(*arguments, fast)
    _kernels.coherence_values.py_func(*arguments, plain)
    np.testing.assert_allclose(fast, plain, rtol=1e-13)
