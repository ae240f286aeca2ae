"""Superradiance at second order: published photon numbers, dephasing and decay of single atoms, the threshold.

P. Kirton and J. Keeling, Phys. Rev. Lett. 118, 123602 (2017); P. Kirton et al., Adv. Quantum Technol. 2, 1800043
(2019). Their coupling is lambda = g sqrt(N), their splitting omega_0 twice the drive.
"""

import numpy as np
import pytest

from cavity_hopfield import MeanField, MultimodeDicke
from cavity_hopfield.exceptions import ConvergenceError, RegimeWarning
from cavity_hopfield.model import ProductState, SpinChannels
from cavity_hopfield.theory.cumulants import Cumulants

CHECK = {"omega": 1.0, "loss": 2.0, "drive": 1.0}  # docs/check_values.md: field decay 1, omega_0 = 2, threshold 1
KEELING = {"omega": 1.0, "loss": 1.0, "drive": 0.25}


def dicke(n, coupling, channels=None, **light):
    return MultimodeDicke(g=np.full((n, 1), coupling / np.sqrt(n)), channels=channels, **light)


def normal(n, tilt=0.0):
    """All atoms along -x, or a little towards z, and no light."""
    return ProductState(np.tile([-np.cos(tilt), 0.0, np.sin(tilt)], (n, 1)), [0.0])


def photons(model, start, order=2):
    return Cumulants(order=order).steady_state(model, start)["photons"].item()


def threshold(channels, omega, loss, drive):
    r"""$\lambda_c^2 = |z|^2 (4 \Omega^2 + \Gamma_\perp^2) / (8 \Omega \omega |m_x|)$: where the static response of
    $m_z$ and $m_y$ to the field $-2 \lambda^2 (2\omega/|z|^2) m_z / 2$ loses its restoring force.
    """
    rest = 1.0 if channels is None else abs(channels.rest)
    across = 0.0 if channels is None else channels.transverse
    return np.sqrt((omega**2 + loss**2 / 4) * (4 * drive**2 + across**2) / (8 * drive * omega * rest))


@pytest.mark.parametrize(("coupling", "limit"), [(0.5, 0.0833333), (0.9, 1.0657895)])
@pytest.mark.parametrize("order", [2, 3])
def test_published_photon_numbers_are_approached_as_one_over_n(coupling, limit, order):
    exact = coupling**2 / (4 * (1 - coupling**2))
    assert exact == pytest.approx(limit, abs=1e-7)
    short = [exact - photons(dicke(n, coupling, **CHECK), normal(n), order) for n in (1000, 2000, 4000)]
    slopes = np.log2(np.array(short[:-1]) / short[1:])
    assert np.abs(slopes - 1).max() < 0.03
    assert abs(short[-1]) < 6e-3 * exact


def test_photons_at_the_threshold_grow_as_the_root_of_n():
    """The fitted exponent of the last decades, with its standard error, and the drift of local ones towards 1/2."""
    sizes = np.array([300, 1000, 3000, 10000])
    logs = np.log([photons(dicke(n, 1.0, **CHECK), normal(n)) for n in sizes])
    (slope, _), covariance = np.polyfit(np.log(sizes), logs, 1, cov=True)
    assert abs(slope - 0.5) < 0.02
    assert np.sqrt(covariance[0, 0]) < 0.004
    local = np.diff(logs) / np.diff(np.log(sizes))
    assert (np.diff(np.abs(local - 0.5)) < 0).all()


def test_dephasing_alone_destroys_superradiance():
    """From a superradiant start: photons per atom fall as 1/N, and the atoms lose their polarisation."""
    channels, per_atom = SpinChannels(dephasing=0.05), []
    for n in (500, 1000, 2000):
        found = Cumulants(order=2).steady_state(dicke(n, 0.9, channels, **KEELING), np.ones(n))
        per_atom.append(found["photons"].item() / n)
        assert abs(found["magnetisation"].item()) < 1e-6
        assert abs(found["magnetisation_x"].item()) < 0.3
    closed = 0.81 * (1 - (threshold(None, **KEELING) / 0.9) ** 4) / 1.25  # mean field without channels
    assert per_atom[0] < closed / 100
    slopes = np.log2(np.array(per_atom[:-1]) / per_atom[1:])
    assert np.abs(slopes - 1).max() < 0.02


def test_decay_restores_superradiance_above_its_threshold():
    """Photons per atom at 0.9 and 1.1 times the threshold of mean field with channels, for growing N."""
    channels = SpinChannels(decay=0.3, dephasing=0.05)
    critical = threshold(channels, **KEELING)
    assert critical > threshold(None, **KEELING) * 1.1
    below, above = [], []
    for n in (1000, 4000, 16000):
        below.append(photons(dicke(n, 0.9 * critical, channels, **KEELING), normal(n, 0.1)) / n)
        above.append(photons(dicke(n, 1.1 * critical, channels, **KEELING), normal(n, 0.1)) / n)
    assert np.abs(np.log2(np.array(below[:-1]) / below[1:]) - 2).max() < 0.05  # a finite number of photons
    assert np.abs(np.log2(np.array(above[:-1]) / above[1:])).max() < 0.04
    assert above[-1] > 0.02


def test_the_onset_is_where_linear_stability_puts_it():
    """Order 1: a small magnetisation decays below and grows above, within 2 %."""
    for channels in (None, SpinChannels(decay=0.1, dephasing=0.05), SpinChannels(decay=0.3, pumping=0.1)):
        critical = threshold(channels, **KEELING)
        rest = -1.0 if channels is None else channels.rest
        start = ProductState([[0.9999 * rest, 0.0, 1e-5]] * 2, [0.0])
        for factor, grows in ((0.98, False), (1.02, True)):
            model = dicke(2, factor * critical, channels, **KEELING)
            late = np.abs(Cumulants(order=1, atol=1e-13).evolve(model, start, [200.0, 400.0, 600.0])["magnetisation"])
            assert bool(late[-1] > 1e-5) is grows


def test_the_closed_model_settles_and_keeps_its_spin():
    """The light damps the collective spin, at second order for every N; its length is conserved."""
    n = 30
    for coupling, start in ((0.3, np.ones(n)), (0.9, np.ones(n)), (0.3, normal(n))):
        model = dicke(n, coupling, **KEELING)
        found = Cumulants(order=2).steady_state(model, start)
        assert found.attrs["residual"] < 1e-9
        assert found.attrs["growth"] < 0
        assert found.attrs["conserved"] >= 1
        assert found.attrs["symmetric"] == isinstance(start, ProductState)


def test_correlations_of_many_atoms_are_as_accurate_as_asked_for():
    """Incoherent photons of 20000 atoms, where those of pairs are a part in N of the moments that are integrated."""
    model, start = dicke(20000, 0.5, SpinChannels(decay=0.1), **CHECK), normal(20000, 0.3)
    found = []
    for options in ({}, {"rtol": 1e-12, "atol": 1e-15}):
        result = Cumulants(order=2, **options).evolve(model, start, [5.0, 10.0])
        found.append(result["photons"] - result["amplitude_real"] ** 2 - result["amplitude_imag"] ** 2)
    np.testing.assert_allclose(found[0], found[1], rtol=1e-8)


def test_a_steady_state_is_where_an_evolution_ends():
    channels = SpinChannels(decay=0.3, dephasing=0.02)
    model = dicke(50, 0.9, channels, **KEELING)
    found = Cumulants(order=2).steady_state(model, np.ones(50))
    late = Cumulants(order=2).evolve(model, np.ones(50), [300.0])
    for name in ("magnetisation_x", "magnetisation", "photons", "pair_real", "energy", "g2"):
        np.testing.assert_allclose(found[name], late[name][0], rtol=1e-6, atol=1e-8)
    assert found.attrs["growth"] < 0
    assert found.attrs["conserved"] == 0


@pytest.mark.parametrize("n", [4000, 40000])
@pytest.mark.parametrize("from_mean_field", [True, False])
def test_what_classes_conserve_keeps_its_value_to_the_order_of_correlations(n, from_mean_field):
    """Two classes in two modes above threshold: the incoherent photons of a late evolution, a part in N of all."""
    signs = np.array([[1, 1], [-1, 1], [1, -1], [-1, -1]])
    g = np.tile([0.6, 0.45] * signs, (n // 4, 1)) / np.sqrt(n)
    model, start = MultimodeDicke(g, [1.0, 1.3], 1.2, [0.0, 0.2], 0.25), np.tile(signs[:, 0], n // 4)
    if from_mean_field:
        rest = MeanField().steady_state(model, start)
        z, alpha = rest["spin_z"].values, rest["amplitude_real"].values + 1j * rest["amplitude_imag"].values
        start = ProductState(np.stack([-np.sqrt(1 - z**2), 0 * z, z], axis=1), alpha)
    found, late = Cumulants().steady_state(model, start), Cumulants().evolve(model, start, [400.0]).isel(time=0)
    incoherent = [r["photons"] - r["amplitude_real"] ** 2 - r["amplitude_imag"] ** 2 for r in (found, late)]
    np.testing.assert_allclose(*incoherent, rtol=2e-7)
    assert found.attrs["growth"] < 0


def test_an_undamped_spin_never_settles_and_a_saddle_is_told():
    free = MultimodeDicke(g=[[0.0]] * 3, omega=1.0, loss=1.0, drive=0.3)
    with pytest.raises(ConvergenceError, match=r"still move at t = 100, .* oscillate for ever") as caught:
        Cumulants(order=2).steady_state(free, [1, 1, 1], longest=100.0)
    assert abs(caught.value.partial["magnetisation"].item()) <= 1
    with pytest.warns(RegimeWarning, match="not stable: a deviation grows at the rate"):
        Cumulants(order=1).steady_state(dicke(10, 0.9, **KEELING), normal(10))
