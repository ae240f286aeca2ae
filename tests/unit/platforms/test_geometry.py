"""Written modes, standing waves and rings: amplitudes, what they store, what they refuse."""

import json
import pickle

import numpy as np
import pytest
from numpy.polynomial.hermite_e import hermegauss

from cavity_hopfield import ArgumentError, Patterns
from cavity_hopfield.platforms import Geometry, RingModes, StandingWaves, WrittenModes

PATTERNS = Patterns([[1, -1, -1], [1, 1, -1]])
GEOMETRIES = [
    WrittenModes(contrast=0.8, position_spread_m=3e-8, wavelength_m=7.8e-7, seed=2),
    StandingWaves(positions_m=[0.1, 0.2, 0.6], wavelengths_m=[1.0, 0.7]),
    RingModes(positions_m=[0.1, 0.2, 0.6], wavelengths_m=1.0),
]


@pytest.mark.parametrize("geometry", GEOMETRIES, ids=lambda geometry: type(geometry).__name__)
def test_every_geometry_keeps_the_protocol(geometry):
    assert isinstance(geometry, Geometry)
    amplitudes = geometry.amplitudes(PATTERNS)
    assert amplitudes.shape == (3, geometry.n_modes(PATTERNS))
    assert np.abs(amplitudes).max() <= 1
    assert geometry.stored(PATTERNS).n_spins == 3
    assert json.loads(json.dumps(geometry.to_dict()))["geometry"] == type(geometry).__name__
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(geometry)).amplitudes(PATTERNS), amplitudes)
    assert all(step.holds for step in geometry.steps(PATTERNS))


@pytest.mark.parametrize("spread", [0.0, 0.2, 0.9])
def test_mean_and_spread_of_displaced_antinodes(spread):
    written = WrittenModes(contrast=0.7, position_spread_m=spread / (2 * np.pi), wavelength_m=1.0)
    points, weights = hermegauss(60)
    weights = weights / weights.sum()
    cosines = np.cos(spread * points)
    mean = weights @ cosines
    assert written.phase_spread == pytest.approx(spread)
    assert written.mean_amplitude == pytest.approx(0.7 * mean, rel=1e-12)
    assert written.relative_spread == pytest.approx(np.sqrt(max(weights @ cosines**2 / mean**2 - 1, 0)), abs=1e-7)
    assert written.amplitudes(PATTERNS) == pytest.approx(0.7 * mean * PATTERNS.values.T)


def test_drawn_displacements_are_common_to_the_modes_and_follow_the_seed():
    many = Patterns(np.random.default_rng(0).choice([-1, 1], (2, 4000)))
    options = {"position_spread_m": 0.5 / (2 * np.pi), "wavelength_m": 1.0}
    drawn = WrittenModes(**options, seed=1).amplitudes(many) * many.values.T
    np.testing.assert_array_equal(drawn[:, 0], drawn[:, 1])
    mean = WrittenModes(**options)
    error = mean.mean_amplitude * mean.relative_spread / np.sqrt(4000)
    assert abs(drawn[:, 0].mean() - mean.mean_amplitude) < 4 * error
    assert np.abs(drawn - WrittenModes(**options, seed=2).amplitudes(many) * many.values.T).max() > 0.1
    np.testing.assert_array_equal(drawn, WrittenModes(**options, seed=1).amplitudes(many) * many.values.T)


def test_waves_in_a_plane():
    positions = np.array([[0.0, 0.0], [0.25, 0.0], [0.1, 0.3]])
    waves = StandingWaves(
        positions_m=positions, wavelengths_m=[1.0, 2.0], phases=[0.0, -np.pi / 2], directions=[[2.0, 0.0], [1.0, 1.0]]
    )
    along = (positions[:, 0] + positions[:, 1]) / np.sqrt(2)
    expected = np.stack([np.cos(2 * np.pi * positions[:, 0]), np.sin(np.pi * along)], axis=1)
    np.testing.assert_allclose(waves.amplitudes(), expected, atol=1e-15)
    assert waves.stored() is None
    assert waves.stored(PATTERNS) is PATTERNS


def test_one_wave_with_many_phases():
    waves = StandingWaves(positions_m=["1 um", "2 um"], wavelengths_m="3 um", phases=[0.0, 1.0, 2.0])
    assert waves.n_modes() == 3
    assert waves.amplitudes()[1] == pytest.approx(np.cos(4 * np.pi / 3 + np.arange(3)))


def test_running_waves_are_a_cosine_and_a_sine():
    # g_r (b_+ e^{ikr} + b_- e^{-ikr}) + h.c. with c = (b_+ + b_-)/sqrt 2, s = i (b_+ - b_-)/sqrt 2, g_0 = sqrt 2 g_r
    phase = 2 * np.pi * 0.37
    ring = RingModes(positions_m=[0.37], wavelengths_m=1.0)
    to_running = np.array([[1, 1], [1j, -1j]]) / np.sqrt(2)  # rows: c, s in terms of b_+, b_-
    coefficients = np.sqrt(2) * ring.amplitudes()[0] @ to_running
    assert coefficients == pytest.approx([np.exp(1j * phase), np.exp(-1j * phase)])


@pytest.mark.parametrize(
    ("build", "told"),
    [
        (lambda: WrittenModes(contrast=1.2), "`contrast` must be at most 1"),
        (lambda: WrittenModes(contrast=0.0), "`contrast` must be greater than 0"),
        (lambda: WrittenModes(position_spread_m=1e-8), "`wavelength_m` must be given"),
        (lambda: WrittenModes(seed=1), "nothing is drawn"),
        (lambda: WrittenModes(position_spread_m=1e-8, wavelength_m=1e-6, seed=-1), "`seed`"),
        (lambda: WrittenModes().amplitudes(), "`patterns` must be `Patterns` for `WrittenModes` to write"),
        (lambda: StandingWaves(positions_m=[], wavelengths_m=1.0), "`positions_m` must have shape"),
        (lambda: StandingWaves(positions_m=[[0.0, 1.0]], wavelengths_m=1.0), "`directions` must be given"),
        (lambda: StandingWaves(positions_m=[0.0], wavelengths_m=-1.0), "`wavelengths_m` must be positive"),
        (lambda: StandingWaves(positions_m=[0.0], wavelengths_m=1.0, directions=[0.0]), "none of them zero"),
        (
            lambda: StandingWaves(positions_m=[0.0], wavelengths_m=[1.0, 2.0], phases=[0.0] * 3),
            "fit one number of",
        ),
        (lambda: StandingWaves(positions_m=[0.0], wavelengths_m=1.0).stored(PATTERNS), "must have 1 spins"),
        (lambda: RingModes(positions_m=[[0.0]], wavelengths_m=1.0), r"`positions_m` must have shape \(N,\)"),
        (lambda: RingModes(positions_m=[0.0], wavelengths_m="2 kg"), "`wavelengths_m` must be in m"),
    ],
)
def test_what_a_geometry_refuses(build, told):
    with pytest.raises(ArgumentError, match=told):
        build()


def test_a_cloud_wider_than_the_wave_has_no_couplings_to_speak_of():
    """No overflow on the way: the mean is zero to rounding, the spread infinite."""
    wide = WrittenModes(position_spread_m="10 um", wavelength_m="780 nm")
    assert wide.mean_amplitude == 0
    assert wide.mean_square == pytest.approx(0.5)
    assert wide.relative_spread == float("inf")
    assert not wide.steps()[0].holds
    narrow = WrittenModes(position_spread_m="0.001 nm", wavelength_m="780 nm")
    assert narrow.relative_spread == pytest.approx(narrow.phase_spread**2 / 2**0.5, rel=1e-6)


@pytest.mark.parametrize(
    "geometry",
    [
        WrittenModes(),
        StandingWaves(positions_m=np.linspace(0, 1, 8), wavelengths_m=[1.0, 2.0]),
        RingModes(positions_m=np.linspace(0, 1, 8), wavelengths_m=1.0),
    ],
)
def test_points_have_products_of_amplitudes_and_no_offsets(geometry):
    patterns = Patterns(np.random.default_rng(1).choice([-1, 1], (2, 8)))
    amplitudes = geometry.amplitudes(patterns)
    np.testing.assert_allclose(geometry.overlaps(patterns), amplitudes.T @ amplitudes)
    np.testing.assert_array_equal(geometry.offsets_rad_s(patterns), np.zeros(geometry.n_modes(patterns)))
