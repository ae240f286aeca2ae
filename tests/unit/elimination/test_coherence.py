import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cavity_hopfield.elimination import CavityRates, coherence
from cavity_hopfield.elimination.kernel import _kernels
from cavity_hopfield.elimination.kernel.flip import (
    correlation,
    flip_classes,
    kernel_integral,
    lamb_shift,
    lamb_shift_estimate,
    spread,
)
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.model import MultimodeDicke
from tests.strategies import models
from tests.twins import boson_liouvillian, kernel_quadrature, spins_and_modes

DICKE = MultimodeDicke(g=[[0.4, 0.1], [-0.3, 0.5]], omega=[1.0, 1.5], loss=0.6, gain=[0.0, 0.1])
# F(t) of a spin up at omega = 1, g = .4, loss = .6, gain = .1, with a bare splitting of .15. Source:
# docs/check_values.md, independent code, printed to 8 digits.
CHECK_COHERENCE = {0.5: 0.89137372 - 0.12452205j, 2.0: 0.32115433 - 0.01546965j}


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


@pytest.mark.parametrize("time", CHECK_COHERENCE)
def test_a_bare_splitting_gives_the_check_values(time):
    dicke = MultimodeDicke(g=[[0.4]], omega=1.0, loss=0.6, gain=0.1)
    assert abs(coherence(dicke, 0, [1], [time], splitting=0.15)[0] - CHECK_COHERENCE[time]) < 1e-8
    assert abs(coherence(dicke, 0, [-1], [time], splitting=0.15)[0] - CHECK_COHERENCE[time]) > 0.1


def test_a_bare_splitting_acts_on_the_two_flips_with_opposite_signs():
    times = np.linspace(0, 5, 6)
    up, down = (coherence(DICKE, 1, [1, sigma], times, splitting=0.2) for sigma in (1, -1))
    bare_up, bare_down = (coherence(DICKE, 1, [1, sigma], times) for sigma in (1, -1))
    np.testing.assert_allclose(up / bare_up, np.exp(0.4j * times), atol=1e-13)
    np.testing.assert_allclose(down / bare_down, np.exp(-0.4j * times), atol=1e-13)


def test_a_splitting_that_is_no_number_is_refused():
    with pytest.raises(ArgumentError, match="`splitting` must be finite"):
        coherence(DICKE, 0, [1, 1], [0.0], splitting=np.nan)


@pytest.mark.parametrize("pieces", [spread, correlation])
@pytest.mark.parametrize("times", [[-1.0], [[0.0]]])
def test_wrong_times_of_the_pieces_are_refused(pieces, times):
    with pytest.raises(ArgumentError, match="`times` must have shape"):
        pieces(DICKE, times)


def test_the_spread_is_that_of_the_definition_and_the_correlation_its_second_derivative():
    times, values = [0.0, 0.4, 3.0, 20.0], spread(DICKE, [0.0, 0.4, 3.0, 20.0])
    assert values.shape == (4, 2)
    for mu in range(2):
        mode = kernel_quadrature.Mode(float(DICKE.omega[mu]), 0.6, float(DICKE.gain[mu]), 0.0, 1.0)
        for time, value, curvature in zip(times, values[:, mu], correlation(DICKE, times)[:, mu], strict=True):
            with mp.workdps(40):
                assert abs(complex(mode.spread(mp.mpf(time))) - value) < 1e-14
                assert abs(complex(mp.diff(mode.spread, mp.mpf(time), 2)) - curvature) < 1e-14


@pytest.mark.parametrize("mode", [0, 1])
def test_the_correlation_is_that_of_the_master_equation(mode):
    times = np.linspace(0, 6, 7)
    expected = spins_and_modes.correlation(DICKE.omega[mode], 0.6, DICKE.gain[mode], 0.3, times, 24)
    np.testing.assert_allclose(correlation(DICKE, times)[:, mode], expected, atol=1e-9)


def test_the_coherence_is_made_of_its_pieces():
    times, sigma = np.linspace(0, 9, 10), [1, -1]
    delta, mean = -2 * DICKE.g[0], -DICKE.mediation * DICKE.force(sigma)
    expected = np.exp(-1j * np.outer(times, delta * mean) - delta**2 * spread(DICKE, times)).prod(axis=1)
    np.testing.assert_allclose(coherence(DICKE, 0, sigma, times), expected, rtol=1e-13)


@pytest.mark.parametrize("sigma", [1, -1])
def test_rate_and_lamb_shift_are_the_two_parts_of_the_integral_of_the_master_equation(sigma):
    dicke = MultimodeDicke(g=[[0.4], [0.2]], omega=1.0, loss=0.8, gain=0.1, drive=0.1)
    mode = boson_liouvillian.Mode(1.0, 0.8, 0.1, force=0.2 + 0.4 * sigma, delta=-0.8 * sigma)
    expected = boson_liouvillian.converged(lambda levels: boson_liouvillian.integral([mode], levels), 1e-9)
    label = int(flip_classes(dicke)[1][0])
    energy = dicke.flip_energies([sigma, 1])[0]
    assert complex(kernel_integral(dicke, energy, label)[0]) == pytest.approx(complex(expected), rel=1e-8)
    assert float(lamb_shift(dicke, energy, label)) == pytest.approx(0.01 * expected.imag, rel=1e-8)


@pytest.mark.parametrize("energy", [50.0, -50.0])
def test_far_from_resonance_the_lamb_shift_is_that_of_second_order(energy):
    # the next term is -drive^2 times the energy that the modes give way by, over the flip energy squared
    dicke = MultimodeDicke(g=[[0.1]], omega=1.0, loss=0.6, drive=0.2)
    assert float(lamb_shift(dicke, energy)) == pytest.approx(-0.04 / energy, rel=2e-3)


def test_the_estimate_of_a_lamb_shift_bounds_its_error():
    dicke, energies = MultimodeDicke(g=[[0.4]], omega=1.0, loss=0.6, drive=0.1), np.linspace(-3, 3, 7)
    values, errors = lamb_shift_estimate(dicke, energies)
    np.testing.assert_array_equal(values, lamb_shift(dicke, energies))
    assert (errors < 1e-13).all()
    for energy, value, error in zip(energies, values, errors, strict=True):
        delta = mp.mpf("0.8")
        others = -mp.mpf(float(energy)) * (1 + mp.mpf("0.09")) / (2 * delta)
        mode = kernel_quadrature.Mode(1.0, 0.6, 0.0, others - delta / 2, delta)
        with mp.workdps(40):
            square = delta**2
            a = 1j * delta * mode.mean_quadrature + square / mode.z
            exact = mp.mpf("0.01") * (mp.hyp1f1(1, 1 + a / mode.z, square / mode.z**2) / a).imag
        assert abs(float(exact) - value) <= error


def test_classes_are_those_of_the_rates():
    dicke = MultimodeDicke(g=[[0.4, 0.1], [-0.3, 0.5], [-0.4, 0.1]], omega=1.0, loss=0.6, drive=0.1)
    deltas, labels = flip_classes(dicke)
    rates = CavityRates(dicke)
    np.testing.assert_array_equal(labels, rates.classes)
    energies = np.array([[-1.0], [0.2], [2.0]])
    integrals, _ = kernel_integral(dicke, energies, labels)
    np.testing.assert_allclose(0.02 * integrals.real, rates(energies, labels), rtol=1e-9)
    np.testing.assert_array_equal(deltas[labels], 2 * np.abs(dicke.g))


@pytest.mark.parametrize(("energy", "label"), [(0.0, 2), (0.0, -1), (0.0, 0.5), (np.nan, 0)])
def test_wrong_flips_have_no_lamb_shift(energy, label):
    with pytest.raises(ArgumentError, match=r"whole numbers 0\.\.1|`flip_energy` must be finite"):
        lamb_shift(DICKE, energy, label)


def test_a_silent_spin_has_no_lamb_shift():
    with pytest.raises(ArgumentError, match="only zeros in `g`"):
        lamb_shift(MultimodeDicke(g=[[0.0], [0.5]], omega=1.0, loss=1.0, drive=0.1), 0.0)
