import json
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from cavity_hopfield.elimination import coherence
from cavity_hopfield.elimination.ramsey.noisy_quadrature import Roughness, integral_rule, likeliest_roughness
from cavity_hopfield.elimination.ramsey.rates import rates_from_ramsey
from cavity_hopfield.exceptions import ArgumentError, RegimeWarning
from cavity_hopfield.model import MultimodeDicke
from tests.twins import kernel_quadrature

DECAY = 0.5 + 0.3j
TIMES = np.linspace(0.2, 12.0, 60)
COARSE = np.linspace(1.0, 12.0, 12)


def noisy(times, decay=DECAY, noise=0.01, seed=1):
    stream = np.random.default_rng(seed)
    return np.exp(-decay * times) + noise * (
        stream.standard_normal(times.size) + 1j * stream.standard_normal(times.size)
    )


def rate_of(times, signal, drive=0.01, **options):
    return rates_from_ramsey(times, np.abs(signal), np.angle(signal), drive, **({"seed": 1} | options))


def changed(array, place, value):
    copy = np.array(array, dtype=float)
    copy[place] = value
    return copy


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"times": TIMES[::-1]}, "`times` must increase strictly, but times"),
        ({"times": TIMES - 1.0}, "`times` must not start before 0, but starts at -0.8"),
        ({"times": changed(TIMES, 3, np.nan)}, "`times` must be finite, but holds nan at index"),
        ({"times": TIMES[:10], "contrast": np.ones(10), "phase": np.zeros(10)}, "at least 16 times, but holds 10"),
        ({"contrast": np.ones(59)}, r"`contrast` must have one value for each of the 60 times, but has shape \(59,\)"),
        ({"contrast": changed(np.ones(60), 5, np.inf)}, "`contrast` must be finite, but holds inf at index"),
        ({"phase": np.zeros(61)}, r"`phase` must have one value for each of the 60 times, but has shape \(61,\)"),
        ({"phase": changed(np.zeros(60), 0, np.nan)}, "`phase` must be finite"),
        ({"drive": 0.0}, "`drive` must be greater than 0, but is 0"),
        ({"drive": -0.1}, "`drive` must be greater than 0, but is -0.1"),
        ({"noise": 0.0}, "`noise` must be positive, but holds 0. Leave it out"),
        ({"noise": np.full(5, 0.1)}, r"`noise` must have one value for each of the 60 times, but has shape \(5,\)"),
        ({"settled_after": -1.0}, "`settled_after` must be at least 0, but is -1"),
        ({"seed": None}, "`seed` must be"),
        ({"resamples": 10}, "`resamples` must be at least 100, but is 10"),
    ],
)
def test_wrong_arguments_are_refused_by_name(arguments, message):
    signal = noisy(TIMES)
    given_ = {"times": TIMES, "contrast": np.abs(signal), "phase": np.angle(signal), "drive": 0.01, "seed": 1}
    with pytest.raises(ArgumentError, match=message):
        rates_from_ramsey(**(given_ | arguments))


def test_data_that_end_too_early_are_refused_with_the_time_that_would_do():
    times = np.linspace(0.05, 2.0, 60)
    with pytest.raises(
        ArgumentError, match=r"beyond the last time, 2, lies a part 0\.3.* where 0\.2 is allowed"
    ) as refusal:
        rate_of(times, noisy(times))
    enough = float(str(refusal.value).rsplit(">= ", 1)[1].rstrip("."))
    # exp(-0.5 t) = 0.2
    assert enough == pytest.approx(2 * np.log(5), rel=0.05)
    times = np.linspace(0.05, 1.05 * enough, 60)
    assert rate_of(times, noisy(times)).rate == pytest.approx(2e-4 * (1 / DECAY).real, rel=0.05)


def test_a_contrast_that_does_not_fall_is_refused():
    with pytest.raises(ArgumentError, match=r"beyond the last time, 12, is in doubt a part 1.* Measure to t >= 4"):
        rates_from_ramsey(TIMES, np.ones(60), np.zeros(60), 0.01, seed=1)


def test_noise_alone_is_refused():
    with pytest.raises(ArgumentError, match="`times` must"):
        rate_of(TIMES, noisy(TIMES) - np.exp(-DECAY * TIMES))


@pytest.mark.parametrize("energy", [11.0, 23.0])
def test_a_phase_that_turns_too_far_between_samples_is_refused(energy):
    times = 12.0 * ((np.arange(60) + np.random.default_rng(2).uniform(0.6, 1.0, 60)) / 60)
    with pytest.raises(
        ArgumentError, match=r"resolve the turning of the phase, but it turns by .* where 2\.36 are allowed"
    ):
        rate_of(times, noisy(times, 0.5 + 1j * energy))


def test_a_signal_between_whose_samples_too_much_happens_is_refused():
    # Revivals of width 0.5 at every multiple of 2 pi.
    times = 2.0 * np.arange(1, 19)
    revivals = np.exp(-8 * np.sin(times / 2) ** 2 - 0.1 * times)
    with pytest.raises(ArgumentError, match=r"must resolve the signal, but a part .* between the samples, where 0\.1"):
        rate_of(times, revivals + 0j)


def test_a_revival_beyond_the_data_is_kept_in_mind_by_who_knows_the_light():
    dicke = MultimodeDicke(g=[[0.5], [0.2]], omega=1.0, loss=0.2)
    times = np.linspace(0.05, 5.0, 100)
    before = coherence(dicke, 0, [1, -1], times)
    force = float(dicke.force([1, -1])[0])
    true = float(kernel_quadrature.rate_in_closed_form(kernel_quadrature.Mode(1.0, 0.2, 0.0, force, -1.0), 0.01))
    with pytest.warns(RegimeWarning, match="lost before the light is seen to have settled: .* may come back"):
        assert rate_of(times, before).rate > 1.5 * true
    with pytest.raises(ArgumentError, match=r"must reach beyond `settled_after` = 40, but ends at 5: the light"):
        rate_of(times, before, settled_after=40.0)
    times = np.linspace(0.1, 60.0, 600)
    assert rate_of(times, coherence(dicke, 0, [1, -1], times), settled_after=40.0).rate == pytest.approx(true, rel=1e-3)


def test_a_contrast_that_does_not_start_at_one_is_refused():
    times = np.linspace(0.0, 12.0, 60)
    with pytest.raises(
        ArgumentError, match=r"must start at F\(0\) = 1, but F is 0.8.* at time 0, .* standard deviations"
    ):
        rate_of(times, 0.8 * noisy(times))


def test_a_sample_at_time_zero_only_checks_the_signal():
    later = noisy(TIMES)
    with_start = rate_of(np.append(0.0, TIMES), np.append(1.0 + 0.01j, later), noise=0.01)
    assert with_start == rate_of(TIMES, later, noise=0.01)


def test_noise_that_is_said_too_small_brings_a_warning():
    with pytest.warns(RegimeWarning, match="the data scatter [45].* times as much as `noise` says"):
        rate_of(TIMES, noisy(TIMES, noise=0.05), noise=0.01)


def test_a_strong_drive_brings_a_warning():
    with pytest.warns(RegimeWarning, match="of the dephasing rate: the drive is too strong"):
        rate_of(TIMES, noisy(TIMES), drive=0.3)


def test_an_exponential_that_is_seen_long_enough_brings_no_warning():
    # noise may hide it by chance: in 40 experiments twice at most
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for seed in range(40):
            rate_of(TIMES, noisy(TIMES, seed=seed))
    assert len(caught) <= 2


def test_a_gaussian_collapse_brings_a_warning_unless_the_light_is_known():
    signal = noisy(TIMES, decay=0.0) - 1 + np.exp(-(TIMES**2) / 2)
    with pytest.warns(RegimeWarning, match="seen to have settled: .* may come back after the data"):
        rate_of(TIMES, signal)
    assert rate_of(TIMES, signal, settled_after=8.0).rate == pytest.approx(2e-4 * np.sqrt(np.pi / 2), rel=0.05)


def test_wrapped_and_unwrapped_phases_are_the_same():
    signal = noisy(TIMES)
    turns = 2 * np.pi * np.random.default_rng(3).integers(-3, 4, TIMES.size)
    wrapped = rates_from_ramsey(TIMES, np.abs(signal), np.angle(signal), 0.01, seed=1)
    unwrapped = rates_from_ramsey(TIMES, np.abs(signal), np.angle(signal) + turns, 0.01, seed=1)
    negative = rates_from_ramsey(TIMES, -np.abs(signal), np.angle(signal) + np.pi, 0.01, seed=1)
    assert unwrapped.rate == pytest.approx(wrapped.rate, rel=1e-12)
    assert negative.rate == pytest.approx(wrapped.rate, rel=1e-12)


@settings(max_examples=15, deadline=None)
@given(scale=st.floats(1e-3, 1e3), seed=st.integers(0, 100))
def test_the_unit_of_time_and_the_sign_of_the_phase_are_conventions(scale, seed):
    signal = noisy(TIMES, seed=seed)
    found = rate_of(TIMES, signal, settled_after=0.1)
    scaled = rate_of(scale * TIMES, signal, drive=0.01 / scale, settled_after=0.1 * scale)
    for name in ("rate", "standard_error", "lamb_shift", "sampling_error", "dephasing_rate", "flip_energy"):
        assert getattr(scaled, name) * scale == pytest.approx(getattr(found, name), rel=1e-4)
    mirrored = rate_of(TIMES, signal.conj(), settled_after=0.1)
    assert mirrored.rate == pytest.approx(found.rate, rel=1e-8)
    assert mirrored.lamb_shift == pytest.approx(-found.lamb_shift, rel=1e-8)
    assert mirrored.flip_energy == pytest.approx(-found.flip_energy, rel=1e-8)


def test_noise_may_differ_from_sample_to_sample():
    # Late samples of a tenth of the noise weigh more in the tail.
    noise = np.where(TIMES > 4, 0.001, 0.01)
    stream = np.random.default_rng(4)
    signal = np.exp(-DECAY * TIMES) + noise * (stream.standard_normal(60) + 1j * stream.standard_normal(60))
    uneven, even = rate_of(TIMES, signal, noise=noise), rate_of(TIMES, signal, noise=0.01)
    assert uneven.standard_error < 0.8 * even.standard_error
    assert abs(uneven.rate - 2e-4 * (1 / DECAY).real) < 3 * uneven.standard_error


def test_the_noise_is_found_from_the_data():
    found = np.array([rate_of(TIMES, noisy(TIMES, seed=seed)).noise for seed in range(20)])
    # 120 quadratures leave a relative deviation of 0.065 in one experiment; a twentieth of the noise goes to the curve
    assert np.mean(found) == pytest.approx(0.01, rel=0.05 + 3 * 0.065 / np.sqrt(20))


def test_the_same_seed_gives_the_same_result():
    signal = noisy(TIMES)
    assert rate_of(TIMES, signal) == rate_of(TIMES, signal)
    other = rate_of(TIMES, signal, seed=2)
    assert other.rate == rate_of(TIMES, signal).rate
    assert other.standard_error == pytest.approx(rate_of(TIMES, signal).standard_error, rel=0.06)


def test_the_interval_is_that_of_a_normal_error():
    found = rate_of(TIMES, noisy(TIMES), resamples=20_000)
    below, above = found.rate - found.interval[0], found.interval[1] - found.rate
    assert below == pytest.approx(1.96 * found.standard_error, rel=0.05)
    assert above == pytest.approx(1.96 * found.standard_error, rel=0.05)


def test_the_result_is_written_as_json_and_as_text():
    found = rate_of(TIMES, noisy(TIMES))
    data = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert data["rate"] == found.rate
    assert tuple(data["interval"]) == found.interval
    assert "95 % interval" in str(found)
    assert f"{found.rate:.5g}" in str(found)
    lost = rate_of(TIMES, noisy(TIMES), settled_after=11.0)
    assert np.isnan(lost.dephasing_rate)
    assert json.loads(json.dumps(lost.to_dict(), allow_nan=False))["dephasing_rate"] is None


def dense_rule(times, variances, roughness, frequency):
    """Universal kriging written out: covariances of twice integrated noise, straight lines free."""

    def covariance(s, t):
        pieces = zip(times[:-1], times[1:], roughness, strict=True)
        return sum(tau * quad(lambda u: (s - u) * (t - u), a, min(b, s, t))[0] for a, b, tau in pieces if a < min(s, t))

    def integral(function):
        breaks = times[1:-1]
        real = quad(lambda t: function(t) * np.cos(frequency * t), 0, times[-1], points=breaks, limit=500)[0]
        imag = quad(lambda t: -function(t) * np.sin(frequency * t), 0, times[-1], points=breaks, limit=500)[0]
        return real + 1j * imag

    count = times.size
    matrix = np.zeros((count + 2, count + 2))
    matrix[:count, :count] = [[covariance(s, t) for t in times] for s in times] + np.diag(variances)
    matrix[:count, count:] = np.stack([np.ones(count), times], axis=1)
    matrix[count:, :count] = matrix[:count, count:].T
    right = [integral(lambda t, s=s: covariance(s, t)) for s in times]
    right += [integral(lambda t: 1.0), integral(lambda t: t)]  # noqa: ARG005
    return np.linalg.solve(matrix, np.array(right))[:count]


@pytest.mark.parametrize("frequency", [0.0, 1e-4, 1.3])
def test_the_weights_are_those_of_dense_kriging(frequency):
    stream = np.random.default_rng(6)
    times = np.append(0.0, np.cumsum(stream.uniform(0.05, 0.6, 7)))
    variances = np.append(0.0, stream.uniform(0.001, 0.01, 7))
    roughness = stream.uniform(0.1, 2.0, 7)
    rule = integral_rule(times, variances, roughness, frequency)
    np.testing.assert_allclose(rule.weights, dense_rule(times, variances, roughness, frequency), atol=1e-8)


def test_the_stated_errors_of_the_weights_are_those_of_drawn_curves():
    # Curves drawn from the prior on a fine grid: the mean square error is known to 1/sqrt(2 * 4000) = 1.1 per cent.
    stream = np.random.default_rng(9)
    fine = np.linspace(0.0, 4.0, 801)
    step = fine[1]
    law = Roughness(2.0, 1.5)
    kicks = stream.standard_normal((4000, 800)) * np.sqrt(law.between(fine) * step)
    slopes = np.cumsum(np.concatenate([np.zeros((4000, 1)), kicks], axis=1), axis=1)
    curves = 0.7 - 0.2 * fine + step * (np.cumsum(slopes, axis=1) - 0.5 * slopes)
    chosen = np.array([0, 20, 70, 150, 260, 300, 480, 600, 800])
    times = fine[chosen]
    variances = np.full(times.size, 0.01)
    # the law is a constant between samples, so it is drawn as it is used
    rule = integral_rule(times, variances, law.between(times), 0.0)
    samples = curves[:, chosen] + 0.1 * stream.standard_normal((4000, times.size))
    errors = samples @ rule.weights.real - np.trapezoid(curves, fine, axis=1)
    assert abs(np.mean(errors)) < 4 * np.std(errors) / np.sqrt(4000)
    assert np.std(errors) == pytest.approx(np.hypot(rule.noise, rule.sampling), rel=0.1)


def test_the_likeliest_roughness_separates_noise_from_signal():
    stream = np.random.default_rng(10)
    times = np.append(0.0, np.sort(stream.uniform(0, 10, 400)))
    wave = np.exp(-0.3 * times) * np.cos(2 * times)
    values = wave + 0.02 * (stream.standard_normal(401) + 1j * stream.standard_normal(401))
    pattern = np.append(0.0, np.ones(400))
    values[0] = 1.0
    _, factor = likeliest_roughness(times, values, pattern, scaled=True)
    assert np.sqrt(factor) == pytest.approx(0.02, rel=0.15)
    _, factor = likeliest_roughness(times, values, 0.02**2 * pattern, scaled=False)
    assert factor == 1.0
