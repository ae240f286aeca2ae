"""Fluctuations about the mean field: published photon numbers, noise in Fourier space, exact finite N."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import solve_continuous_lyapunov

from cavity_hopfield import MultimodeDicke, Patterns
from cavity_hopfield.theory.linearised import Linearised
from cavity_hopfield.theory.linearised.fluctuations import Fluctuations
from cavity_hopfield.theory.linearised.linearised import _fluctuations
from tests.twins import channels_bloch, linearised_bosons, linearised_exact

FEW = settings(max_examples=15, deadline=None)


def one_pattern(g, omega=1.0, loss=2.0, gain=0.0, drive=1.0, pattern=(1,) * 10):
    return MultimodeDicke.from_patterns(Patterns([pattern]), g, omega, loss, gain, drive, scaling="intensive")


def settled(model):
    return Linearised().steady_state(model, model.memory.values[0])


@pytest.mark.parametrize(("coupling", "published"), [(0.5, 0.0833333), (0.9, 1.0657895)])
@pytest.mark.parametrize("pattern", [(1,), (1, -1, 1, 1)])
def test_the_published_photon_numbers(coupling, published, pattern):
    """Eq. (31) of P. Kirton et al. (2019), omega_0 = 2, omega = 1, decay rate of the field 1; any N."""
    found = settled(one_pattern(coupling, pattern=pattern))
    assert found["photons"].item() == pytest.approx(published, abs=1e-6)
    assert found["amplitude_real"].item() == pytest.approx(0.0, abs=1e-12)


@given(st.floats(0.3, 3.0), st.floats(0.2, 4.0), st.floats(0.1, 2.0), st.floats(0.1, 0.97))
def test_below_threshold_photons_have_the_published_closed_form(omega, loss, drive, part):
    critical = drive * (omega**2 + loss**2 / 4) / (2 * omega)
    squared = part**2 * critical
    found = settled(one_pattern(np.sqrt(squared), omega, loss, 0.0, drive))
    expected = squared / (4 * drive * omega * (1 - part**2))
    assert found["photons"].item() == pytest.approx(expected, rel=1e-8)


@FEW
@given(
    st.floats(0.5, 1.5), st.floats(0.5, 2.0), st.floats(0.0, 1.0), st.floats(0.2, 0.8),
    st.one_of(st.floats(0.4, 0.9), st.floats(1.15, 1.8)),
)  # fmt: skip
def test_fluctuations_have_the_integral_of_their_spectrum(omega, net_loss, gain, drive, ratio):
    loss = net_loss + gain
    g = ratio * np.sqrt(drive * (omega**2 + net_loss**2 / 4) / (2 * omega))
    parameters = (g, omega, loss, gain, drive)
    model = one_pattern(g, omega, loss, gain, drive)
    about, _ = _fluctuations(model, [1] * 10)
    light = about.covariance[3:, 3:]
    assert np.trace(light) - 0.5 == pytest.approx(linearised_bosons.photons(*parameters), rel=1e-6)
    nu = np.linspace(-3, 3, 7)
    found = Linearised().emission_spectrum(model, [1] * 10, nu)["emission"].values[0]
    density = [linearised_bosons.emission(*parameters, one) for one in nu]  # its integral over nu / 2 pi is the photons
    np.testing.assert_allclose(found, loss / (2 * np.pi) * np.array(density), rtol=1e-7)


def test_the_pair_and_g2_of_squeezed_light_are_gaussian():
    found = settled(one_pattern(0.8))
    about, _ = _fluctuations(one_pattern(0.8), [1] * 10)
    real, imag = np.diag(about.covariance)[3:]
    cross = about.covariance[3, 4]
    n, pair = real + imag - 0.5, real - imag + 2j * cross
    assert found["pair_real"].item() + 1j * found["pair_imag"].item() == pytest.approx(pair)
    assert found["g2"].item() == pytest.approx(2 + abs(pair) ** 2 / n**2)


@pytest.mark.parametrize("ratio", [0.8, 1.6])
def test_the_drift_is_the_jacobian_of_the_mean_field_and_the_covariance_its_lyapunov_solution(ratio):
    """Three unequal spins in two modes; A by differences of the twin, spin by spin."""
    g = ratio * np.array([[0.3, 0.2], [0.3, -0.2], [-0.1, 0.35]])
    model = MultimodeDicke(g, [1.0, 1.4], [0.8, 1.1], [0.1, 0.0], 0.3)
    about, residual = _fluctuations(model, [1, 1, -1])
    assert residual < 1e-10
    rest = np.concatenate([about.spins.spin_means(about.bloch).ravel(), about.amplitudes.real, about.amplitudes.imag])
    np.testing.assert_allclose(channels_bloch.flat_slopes(model, rest), 0, atol=1e-10)
    steps = 1e-3 * np.eye(rest.size)
    jacobian = np.stack(
        [channels_bloch.flat_slopes(model, rest + s) - channels_bloch.flat_slopes(model, rest - s) for s in steps],
        axis=1,
    ) / 2e-3  # fmt: skip
    # the twin's spins are not turned; the classes here are single spins
    turn = np.concatenate([np.ravel([[1, s, s] for s in about.spins.sign]), np.ones(4)])
    assert about.spins.label.tolist() == [0, 1, 2]
    np.testing.assert_allclose(turn[:, None] * jacobian * turn, about.whole, atol=1e-8)
    # a little damping gives the singular directions, along the spins and dark ones, a solution
    damped = about.whole - 1e-9 * np.eye(13)
    noise = np.zeros((13, 13))
    noise[9:, 9:] = np.diag(np.tile((model.loss + model.gain) / 4, 2))
    expected = solve_continuous_lyapunov(damped, -noise)
    np.testing.assert_allclose(about.covariance[9:, 9:], expected[9:, 9:], atol=1e-5)


def test_exact_systems_approach_the_linearised_ones_as_one_over_n():
    """Photons are right to the order N^0 and spins to 1/N: what is left falls with 1/N and 1/N^2 at least."""
    loss, drive, ratio, sizes = 2.0, 1.0, 0.4, (4, 8)
    g = ratio * np.sqrt(drive * (1 + loss**2 / 4) / 2)
    misses = []
    for n in sizes:
        found = settled(one_pattern(g, 1.0, loss, 0.0, drive, (1,) * n))
        photons, polarisation, last = linearised_exact.stationary(n, g, 1.0, loss, drive, 6)
        assert last < 1e-6
        misses.append([abs(found["photons"].item() - photons), abs(found["magnetisation_x"].item() - polarisation)])
    slopes = np.log2(np.divide(*misses))
    assert slopes[0] == pytest.approx(1.0, abs=0.2)
    assert slopes[1] > 1.8


@pytest.mark.slow
def test_above_threshold_the_means_move_towards_the_exact_ones():
    """Without the shift of the means photons would miss the order N^0."""
    n, loss, drive = 8, 1.0, 0.1
    g = 2.2 * np.sqrt(drive * (1 + loss**2 / 4) / 2)
    photons, polarisation, last = linearised_exact.stationary(n, g, 1.0, loss, drive, 12)
    assert last < 1e-5
    model = one_pattern(g, 1.0, loss, 0.0, drive, (1,) * n)
    found, (about, _) = settled(model), _fluctuations(model, [1] * n)
    unmoved = np.abs(about.amplitudes[0]) ** 2 + np.trace(about.covariance[3:, 3:]) - 0.5
    assert abs(found["photons"].item() - photons) < 0.5 * abs(unmoved - photons)
    assert abs(found["magnetisation_x"].item() - polarisation) < 0.4 * abs(about.bloch[0, 0] - polarisation)


def test_what_the_light_does_not_see_does_not_matter():
    """Four classes in two modes below threshold: two are dark; the light is that of each mode and its pattern alone."""
    patterns = Patterns([[1, 1, 1, 1] * 2, [1, 1, -1, -1] * 2])
    model = MultimodeDicke.from_patterns(patterns, 0.3, 1.0, 2.0, 0.0, 1.0, scaling="intensive")
    shifted = MultimodeDicke(np.hstack([model.g, 0 * model.g[:, :1]]), 1.0, 2.0, 0.0, 1.0)
    found, wider = settled(model), Linearised().steady_state(shifted, [1] * 8)
    alone = settled(one_pattern(0.3))["photons"].item()
    np.testing.assert_allclose(found["photons"], [alone, alone], rtol=1e-10)
    np.testing.assert_allclose(wider["photons"], [alone, alone, 0.0], rtol=1e-10, atol=1e-14)
    spread = MultimodeDicke(np.diag([0.3, 0.3, 0.3])[:, :1] + 0.1, 1.0, 2.0, 0.0, 1.0)
    light = Linearised().steady_state(spread, [1, 1, 1])
    # three spins, two of them alike, in one mode: one bright boson of the coupling (sum g^2)^(1/2), one dark
    bright = settled(one_pattern(np.sqrt(0.4**2 + 2 * 0.1**2)))["photons"].item()
    assert light["photons"].item() == pytest.approx(bright, rel=1e-9)
    assert light.attrs["dark"] == 2
    assert light.attrs["means"] == "mean field"


def test_uncertainty_holds_in_every_class_and_mode():
    about, _ = _fluctuations(one_pattern(0.7, loss=1.0, gain=0.2, drive=0.4), [1] * 10)
    assert isinstance(about, Fluctuations)
    half = np.zeros((4, 4))
    half[2, 3], half[3, 2] = 0.25, -0.25
    across = about.across
    # [F_a, F_b] = 2 i eps_abc m_c, halved and over i
    m = about.bloch[0]
    spin = np.array([[0, m[2], -m[1]], [-m[2], 0, m[0]], [m[1], -m[0], 0]])
    half[:2, :2] = (across.T @ np.pad(spin, (0, 2)) @ across)[:2, :2]
    matrix = across.T @ about.covariance @ across + 1j * half
    assert np.linalg.eigvalsh(matrix).min() > -1e-12
