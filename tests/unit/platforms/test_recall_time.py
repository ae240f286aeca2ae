"""The recall time against a chain of flips written out, where it starts and ends; photons and flip rates in SI."""

import numpy as np
import pytest

from cavity_hopfield import ArgumentError, Patterns
from cavity_hopfield.elimination import CavityRates
from cavity_hopfield.model import MultimodeDicke
from cavity_hopfield.platforms import BareCavity, operating_point, recall_time
from tests.twins.birth_death import climb_times

SCALE = 1e6


def ferromagnet(n_spins, gain=0.0):
    """All spins along one mode, N g^2 = 1."""
    pattern = Patterns(np.ones((1, n_spins), dtype=int))
    return MultimodeDicke.from_patterns(pattern, g=n_spins**-0.5, omega=1.0, loss=1.0, gain=gain, drive=1e-2)


def laboratory(n_spins, **changes):
    rates = {
        "coupling_rad_s": SCALE * n_spins**-0.5,
        "mode_detuning_rad_s": SCALE,
        "photon_loss_rad_s": SCALE,
        "drive_rad_s": 0.01 * SCALE,
    }
    return BareCavity(**rates | changes), Patterns(np.ones((1, n_spins), dtype=int))


def chain(rates, n_spins):
    """Rates of the number of aligned spins, which feel the overlap of all the others."""
    coupling = 2 * rates.dicke.omega[0] * rates.dicke.g[0, 0] ** 2 / np.abs(rates.dicke.pole[0]) ** 2
    aligned = np.arange(n_spins + 1)
    up_energy = -2 * coupling * (2 * aligned - (n_spins - 1))
    down_energy = 2 * coupling * (2 * aligned - 1 - n_spins)
    return (n_spins - aligned) * rates(up_energy, 0), aligned * rates(down_energy, 0)


def climb(rates, n_spins, start, level):
    """Mean first passage from one overlap to another; reflected at zero, beyond which the negative pattern attracts."""
    up, down = chain(rates, n_spins)
    zero, first, last = (round((1 + overlap) * n_spins / 2) for overlap in (0.0, start, level))
    down[zero] = 0.0
    return climb_times(np.append(up[zero:last], 0.0), down[zero : last + 1])[first - zero]


def test_the_time_is_that_of_the_chain_and_the_difference_falls_as_its_size():
    errors = []
    for n_spins in (1600, 6400):
        point = operating_point(*laboratory(n_spins), start_overlap=0.5)
        rates, arrived = CavityRates(ferromagnet(n_spins)), 0.95 * point.held_overlap
        below = int((1 + arrived) * n_spins / 2)
        # from the last level of the chain to where the integral ends, by the chain's own drift
        up, down = chain(rates, n_spins)
        rest = ((1 + arrived) * n_spins / 2 - below) / (up[below] - down[below])
        wanted = (climb(rates, n_spins, 0.5, 2 * below / n_spins - 1) + rest) / SCALE
        errors.append(point.recall_time_s / wanted - 1)
    assert abs(errors[1]) < 0.02
    assert errors[0] / errors[1] > 3


@pytest.mark.parametrize("gain", [0.0, 0.3])
def test_what_is_held_is_where_the_chain_stands_still(gain):
    """The recall time falls to zero at 0.95 of it, and stays zero above: the overlap falls to what is held."""
    n_spins = 8000
    rates = CavityRates(ferromagnet(n_spins, gain))
    up, down = chain(rates, n_spins)
    held = 2 * np.flatnonzero(up > down)[-1] / n_spins - 1
    times = [recall_time(rates, 0, share * held) for share in (0.3, 0.6, 0.92, 0.945)]
    assert times == sorted(times, reverse=True)
    assert 0 < times[-1] < 0.15 * times[0]
    for overlap in (0.97 * held, held, 1.03 * held, 0.8, 0.99):
        assert recall_time(rates, 0, overlap) == 0


def test_nothing_is_recalled_where_nothing_is_held():
    platform, pattern = laboratory(20, coupling_rad_s=1e-3 * SCALE)
    point = operating_point(platform, pattern)
    assert point.recall_time_s == float("inf")
    last = point.steps[-1]
    # nothing scatters, and yet nothing is recalled
    assert platform.spontaneous_rate_per_s() == 0
    assert (last.value, last.holds) == (float("inf"), False)
    assert "not recalled" in last.sentence


def test_photons_of_one_mode_in_closed_form():
    n_spins, gain = 12, 0.3 * SCALE
    platform, pattern = laboratory(n_spins, photon_gain_rad_s=gain)
    displaced = n_spins * SCALE**2 / (SCALE**2 + (SCALE - gain) ** 2 / 4)
    assert operating_point(platform, pattern).photons == pytest.approx(displaced + gain / (SCALE - gain))


@pytest.mark.parametrize("gain", [0.0, 0.8])
def test_the_flip_rate_of_two_spins_in_closed_form(gain):
    r"""Only $\pm E$ occur, so that a Glauber law fits and its rate is $W(E) + W(-E)$, with
    $W(E) = 2 \Omega^2 \mathrm{Re} \int_0^\infty e^{-4 Q(t)} e^{-i E t} dt$ of one damped mode integrated by hand.
    """
    coupling, drive = 0.3, 1e-3
    platform, pattern = laboratory(2, coupling_rad_s=coupling * SCALE, drive_rad_s=drive * SCALE,
                                   photon_gain_rad_s=gain * SCALE)  # fmt: skip
    times = np.linspace(0, 300, 300_001)
    pole, thermal = (1 - gain) / 2 + 1j, gain / (1 - gain)

    def correlations(z):
        return coupling**2 * (times / z - (1 - np.exp(-z * times)) / z**2)

    # the polaron shift of a spin is no energy of a flip
    shift = coupling**2 * (1 / pole).imag
    exponent = (thermal + 1) * correlations(pole) + thermal * correlations(np.conj(pole)) - 1j * shift * times
    energy = 4 * coupling**2 / abs(pole) ** 2
    both = np.trapezoid((np.exp(-4 * exponent) * 2 * np.cos(energy * times)).real, times)
    assert operating_point(platform, pattern).flip_rate_per_s == pytest.approx(2 * drive**2 * both * SCALE, rel=1e-3)


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda rates: recall_time(rates, 1), "`pattern` must be below 1, but is 1"),
        (lambda rates: recall_time(rates, 0, 1.0), "`start_overlap` must be below 1"),
        (lambda rates: recall_time(rates, 0, 0.0), "`start_overlap` must be greater than 0"),
        (lambda rates: operating_point(3, rates.dicke.memory), "`platform` must be a platform.* but is 3"),
    ],
)
def test_what_is_refused(call, told):
    with pytest.raises(ArgumentError, match=told):
        call(CavityRates(ferromagnet(4)))


def test_the_unit_may_be_a_text():
    platform, pattern = laboratory(10)
    point = operating_point(platform, pattern, unit_rad_s="2pi * 1 MHz")
    assert point.unit_rad_s == pytest.approx(2e6 * np.pi)
    assert point.recall_time_s == pytest.approx(operating_point(platform, pattern).recall_time_s, rel=1e-6)
