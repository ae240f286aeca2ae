"""One mode without gain: the continued fraction against the confluent hypergeometric function at 40 digits."""

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cavity_hopfield import CavityRates, MultimodeDicke
from cavity_hopfield._compiled import EPSILON
from cavity_hopfield.elimination.kernel import _closed_form_kernels as kernels
from cavity_hopfield.elimination.kernel.closed_form import ConfluentIntegral
from cavity_hopfield.elimination.kernel.contour import SpectralDensity

both_versions = pytest.mark.parametrize("version", [lambda f: f, lambda f: f.py_func], ids=["compiled", "python"])


def one_mode(g, eta):
    """Dephasing, transient weight and pole of a mode with omega = 1, from the definitions."""
    z, delta = eta / 2 + 1j, 2 * g
    return delta**2 * (1 / z).real, delta**2 / z**2, z


def exact(dephasing, u, z, energy):
    with mp.workdps(40):
        s = (mp.mpf(dephasing) + 1j * mp.mpf(energy)) / mp.mpc(z)
        return mp.hyp1f1(1, 1 + s, mp.mpc(u)) / (s * mp.mpc(z))


def exact_line(g, eta, energy):
    """Re I from the couplings themselves: rounded weights and poles would not keep its far tails."""
    with mp.workdps(40):
        z, delta = mp.mpc(mp.mpf(eta) / 2, 1), 2 * mp.mpf(g)
        s = (delta**2 * (1 / z).real + 1j * mp.mpf(energy)) / z
        return (mp.hyp1f1(1, 1 + s, delta**2 / z**2) / (s * z)).real


def error(value, wanted):
    return float(abs(mp.mpc(complex(value)) - wanted) / abs(wanted))


@both_versions
@pytest.mark.parametrize(
    ("s", "u"), [(0.3 + 2.0j, -16 + 1.0j), (1e-4 + 0.0j, -0.04 + 0.01j), (2.0 - 30.0j, 3.0 + 1.0j)]
)
def test_the_fraction_is_the_confluent_function(version, s, u):
    value, amplification = version(kernels.confluent_fraction)(complex(s), u)
    with mp.workdps(40):
        wanted = mp.hyp1f1(1, 1 + mp.mpc(s), mp.mpc(u)) / mp.mpc(s)
    assert error(value, wanted) < 20 * EPSILON
    assert 1 <= amplification < 1e4


def test_a_fraction_cut_short_says_so(monkeypatch):
    monkeypatch.setattr(kernels, "MOST_TERMS", 4)
    assert kernels.confluent_fraction.py_func(0.1 + 1.0j, -30.0 + 0.0j)[1] == np.inf


@settings(deadline=None, max_examples=60)
@given(
    g=st.floats(0.02, 3.0),
    eta=st.floats(0.02, 10.0),
    scaled_energy=st.floats(-20.0, 20.0),
)
def test_the_bound_on_the_real_axis_holds(g, eta, scaled_energy):
    dephasing, u, z = one_mode(g, eta)
    energy = scaled_energy * g**2
    values, bounds = ConfluentIntegral(dephasing, u, z)(np.array([energy]))
    wanted = exact(dephasing, u, z, energy)
    assert error(values[0], wanted) * float(abs(wanted)) <= bounds[0]
    assert bounds[0] < 2e-14 * abs(values[0])


@settings(deadline=None, max_examples=60)
@given(
    g=st.floats(0.02, 3.0),
    eta=st.floats(0.02, 10.0),
    scaled_energy=st.floats(-20.0, 20.0),
    turn=st.floats(-6.0, 6.0),
)
def test_the_bound_on_a_turned_path_holds(g, eta, scaled_energy, turn):
    dephasing, u, z = one_mode(g, eta)
    turned = u * np.exp(1j * z * turn / (2 * g + abs(z)))
    energy = scaled_energy * g**2
    values, bounds = ConfluentIntegral(dephasing, turned, z)(np.array([energy]))
    wanted = exact(dephasing, turned, z, energy)
    assert error(values[0], wanted) * float(abs(wanted)) <= bounds[0]


@settings(deadline=None, max_examples=40)
@given(g=st.floats(0.02, 3.0), eta=st.floats(0.02, 10.0), scaled_energy=st.floats(-30.0, 30.0))
def test_the_spectral_density_keeps_its_digits_in_the_tails(g, eta, scaled_energy):
    dephasing, u, z = one_mode(g, eta)
    energy = scaled_energy * g**2
    values, bounds = SpectralDensity(dephasing, np.array([u]), np.array([z]))(np.array([energy]))
    wanted = exact_line(g, eta, energy)
    assert abs(float((mp.mpf(float(values[0])) - wanted) / wanted)) <= bounds[0] / values[0] < 1e-10


def test_a_mode_with_a_whiff_of_gain_takes_the_other_route_to_the_same_rate():
    energies = np.linspace(-2.0, 2.0, 21)
    closed = CavityRates(MultimodeDicke(g=[[0.5]], omega=1.0, loss=0.6, drive=0.02))(energies)
    panels = CavityRates(MultimodeDicke(g=[[0.5]], omega=1.0, loss=0.6, gain=1e-13, drive=0.02))(energies)
    np.testing.assert_allclose(closed, panels, rtol=1e-11)
