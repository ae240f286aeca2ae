"""Exponents of the transition of the Dicke model in the limit of many spins, fitted with their errors."""

import numpy as np
import pytest

from cavity_hopfield import MeanField, MultimodeDicke
from cavity_hopfield.model import SpinChannels
from cavity_hopfield.theory.linearised import Linearised

DISTANCES = np.geomspace(1e-5, 1e-3, 9)
CRITICAL = np.sqrt(0.25 * 1.25 / 2)  # drive |z|^2 / (2 omega)


def model(coupling, channels=None):
    return MultimodeDicke(np.full((4, 1), coupling / 2), 1.0, 1.0, 0.0, 0.25, channels=channels)


def exponent(distances, values):
    """Slope of the logarithms over the smallest distances, and its error: the larger of the fit and the trend."""
    x, y = np.log(distances), np.log(values)
    half = len(x) // 2 + 1
    (slope, _), covariance = np.polyfit(x[:half], y[:half], 1, cov=True)
    trend = abs(slope - np.polyfit(x[-half:], y[-half:], 1)[0])
    return slope, max(np.sqrt(covariance[0, 0]), trend)


@pytest.mark.parametrize(
    ("channels", "critical"),
    [
        (None, CRITICAL),
        # g_c^2 = (|z|^2 / 2 omega) (4 drive^2 + b^2) / (4 drive r), b = 0.1 and r = 1 with this decay
        (SpinChannels(decay=0.2), np.sqrt(1.25 / 2 * (0.25 + 0.01))),
    ],
    ids=["no channels", "decay"],
)
def test_the_order_parameter_of_mean_field_grows_with_the_square_root(channels, critical):
    distances = DISTANCES if channels is None else 10 * DISTANCES
    overlaps = [
        abs(MeanField().steady_state(model(critical * (1 + d), channels), [1] * 4)["magnetisation"].item())
        for d in distances
    ]
    slope, error = exponent(distances, overlaps)
    assert error < 0.01
    assert slope == pytest.approx(0.5, abs=2 * error + 1e-4)


def test_photons_below_threshold_diverge_with_the_first_power():
    photons = [Linearised().steady_state(model(CRITICAL * (1 - d)), [1] * 4)["photons"].item() for d in DISTANCES]
    slope, error = exponent(DISTANCES, photons)
    assert error < 0.01
    assert slope == pytest.approx(-1.0, abs=2 * error + 1e-4)


def test_fluctuations_above_threshold_diverge_with_the_same_power():
    """Of the light alone, not of the mean amplitude."""
    rest = []
    for d in DISTANCES:
        found = Linearised().steady_state(model(CRITICAL * (1 + d)), [1] * 4)
        coherent = found["amplitude_real"].item() ** 2 + found["amplitude_imag"].item() ** 2
        rest.append(found["photons"].item() - coherent)
    slope, error = exponent(DISTANCES, rest)
    assert error < 0.02
    assert slope == pytest.approx(-1.0, abs=2 * error + 1e-3)


def test_the_slowest_rate_vanishes_with_the_first_power():
    rates = [
        -Linearised().steady_state(model(CRITICAL * (1 - d)), [1] * 4)["eigenvalue_real"].values[0] for d in DISTANCES
    ]
    slope, error = exponent(DISTANCES, rates)
    assert error < 0.01
    assert slope == pytest.approx(1.0, abs=2 * error + 1e-4)
