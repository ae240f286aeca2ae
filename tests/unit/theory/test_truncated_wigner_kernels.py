"""Kernels of truncated Wigner: random numbers, turns, modes, channels, and the plain Python that they are."""

import numpy as np
import pytest
from scipy import stats
from scipy.spatial.transform import Rotation

from cavity_hopfield import MultimodeDicke, SpinChannels
from cavity_hopfield.theory.truncated_wigner import _random_kernels as random_numbers
from cavity_hopfield.theory.truncated_wigner import _step_kernels as kernels
from cavity_hopfield.theory.truncated_wigner.sampling import SpinGroups, frames
from cavity_hopfield.theory.truncated_wigner.steps import Steps, chances, mode_step

RUNS = 40


def streams(runs=RUNS, seed=1, kinds=4):
    return np.random.default_rng(seed).integers(0, 2**64, (kinds, runs), np.uint64)


def scratch(runs=RUNS):
    bits = np.zeros((4, runs), np.uint64)
    return bits, bits.view(np.float64)


def test_the_generator_is_xoshiro256_plus_plus():
    # D. Blackman and S. Vigna, ACM Trans. Math. Softw. 47, 36 (2021), in whole numbers of Python
    states, bits, mask = streams(3), np.zeros(3, np.uint64), 2**64 - 1
    words = [[int(word) for word in states[:, r]] for r in range(3)]
    for _ in range(5):
        random_numbers.draw(states, bits)
        for r, s in enumerate(words):
            total = (s[0] + s[3]) & mask
            assert int(bits[r]) == ((((total << 23) | (total >> 41)) & mask) + s[0]) & mask
            t = (s[1] << 17) & mask
            s[2] ^= s[0]
            s[3] ^= s[1]
            s[1] ^= s[2]
            s[0] ^= s[3]
            s[2] ^= t
            s[3] = ((s[3] << 45) | (s[3] >> 19)) & mask


def normals(count=2500):
    states, (bits, values) = streams(), scratch()
    one, two = np.empty((2, count, RUNS))
    for k in range(count):
        random_numbers.normal_pairs(states, bits, values, one[k], two[k])
    return one.ravel(), two.ravel()


def test_normal_numbers_are_normal_and_independent():
    one, two = normals()
    for values in (one, two):
        assert stats.kstest(values, "norm").pvalue > 1e-4
        assert (values**4).mean() == pytest.approx(3, abs=5 * np.sqrt(96 / values.size))
    assert stats.kstest((one**2 + two**2) / 2, "expon").pvalue > 1e-4
    assert stats.kstest(np.arctan2(two, one), stats.uniform(-np.pi, 2 * np.pi).cdf).pvalue > 1e-4
    assert abs(np.corrcoef(one, two)[0, 1]) < 5 / np.sqrt(one.size)


def test_the_series_are_those_of_the_library():
    # from the same bits: the radius by numpy's logarithm, the angle by its tangent within a quarter
    states, (bits, values) = streams(), scratch()
    one, two = np.empty((2, RUNS))
    copy = states.copy()
    random_numbers.normal_pairs(states, bits, values, one, two)
    first, second = np.empty((2, RUNS), np.uint64)
    random_numbers.draw(copy, first)
    random_numbers.draw(copy, second)
    radius = np.sqrt(-2 * np.log(1 - (first >> np.uint64(12)) / 2.0**52))
    np.testing.assert_allclose(np.hypot(one, two), radius, rtol=1e-14)
    angle = ((second >> np.uint64(12)) / 2.0**52 - 0.5) * np.pi / 2
    turned = np.arctan2(two, one)
    folded = np.abs((turned + np.pi / 4) % (np.pi / 2) - np.pi / 4)
    np.testing.assert_allclose(np.minimum(folded, np.pi / 2 - folded), np.abs(angle), atol=1e-14)


def test_uniform_numbers_are_uniform():
    states, (bits, values) = streams(), scratch()
    out = np.empty((500, RUNS))
    for row in out:
        random_numbers.uniforms(states, bits, values, row)
    assert out.min() >= 0
    assert out.max() < 1
    assert stats.kstest(out.ravel(), "uniform").pvalue > 1e-4


@pytest.mark.parametrize("size", [0.05, 0.45, 2.0])
def test_a_turn_is_a_rotation_by_any_angle(size):
    generator = np.random.default_rng(3)
    spin, field = generator.standard_normal((3, RUNS)), generator.standard_normal(RUNS)
    expected = [
        Rotation.from_rotvec([0.7 * size, 0, size * h]).apply(vector) for h, vector in zip(field, spin.T, strict=True)
    ]
    lengths = np.linalg.norm(spin, axis=0)
    kernels.rotate(0.7 * size, size, field, spin)
    np.testing.assert_allclose(spin.T, expected, atol=1e-14)
    np.testing.assert_allclose(np.linalg.norm(spin, axis=0), lengths, rtol=1e-15 * 8)


def test_lengths_are_kept_over_many_turns():
    generator = np.random.default_rng(3)
    spin = generator.standard_normal((3, RUNS))
    lengths = np.linalg.norm(spin, axis=0)
    for _ in range(10_000):
        kernels.rotate(0.01, 0.05, spin[0] + spin[1], spin)
    np.testing.assert_allclose(np.linalg.norm(spin, axis=0), lengths, rtol=1e-13)


@pytest.mark.parametrize(("n_spins", "n_modes"), [(1, 1), (5, 3), (130, 6)])
def test_fields_and_forces_are_matrix_products(n_spins, n_modes):
    generator = np.random.default_rng(2)
    g, light = generator.standard_normal((n_spins, n_modes)), generator.standard_normal((n_modes, 2, RUNS))
    spins, force = generator.standard_normal((n_spins, 3, RUNS)), np.empty((n_modes, RUNS))
    before, (bits, values) = spins.copy(), scratch()
    kernels.turn(
        g, 0.3, 0.2, 0, 0, np.full(5, -1.0), spins, light, force, streams(), bits, values, np.empty((65, RUNS))
    )
    fields = 2 * g @ light[:, 0]
    for i in {0, n_spins - 1}:
        kernels.rotate(2 * 0.3 * 0.2, 2 * 0.2, fields[i], before[i])
        np.testing.assert_allclose(spins[i], before[i], atol=1e-12)
    np.testing.assert_allclose(force, g.T @ spins[:, 2], atol=1e-12)


def test_the_noise_of_a_mode_is_that_of_its_parts():
    model = MultimodeDicke([[0.3, 0.2]], [1.0, 2.0], [0.8, 1.1], [0.2, 0.3])
    one, four = mode_step(model, 0.8), mode_step(model, 0.8, parts=4)
    part = four[:, 4] + 1j * four[:, 5]
    np.testing.assert_allclose(part**4, one[:, 0] + 1j * one[:, 1], rtol=1e-14)
    summed = sum(np.abs(part) ** (2 * k) for k in range(4)) * four[:, 6] ** 2
    np.testing.assert_allclose(summed, one[:, 6] ** 2, rtol=1e-14)
    # at rest half a photon and the thermal ones, half of it in each quadrature
    np.testing.assert_allclose(mode_step(model, 1e3)[:, 6] ** 2, (model.thermal_occupation + 0.5) / 2, rtol=1e-12)
    np.testing.assert_allclose(one[:, 2] + 1j * one[:, 3], (1 - np.exp(-model.pole * 0.8)) / model.pole, rtol=1e-14)


@pytest.mark.parametrize("rates", [(0.4, 0.0, 0.0), (0.2, 0.5, 0.0), (0.0, 0.0, 0.6), (0.3, 0.1, 0.2)])
def test_chances_of_channels_are_a_semigroup_with_the_right_means(rates):
    channels = SpinChannels(*rates)

    def effect(time):
        """Transverse factor, longitudinal factor and shift."""
        nothing, signs, up, down, fresh_up = chances(channels, time)
        kept = nothing - (signs - nothing) + (down - signs)
        return kept, signs, (up - signs) - (down - up) + (fresh_up - down) - (1 - fresh_up)

    for time in (0.1, 1.7):
        across, along, shift = effect(time)
        assert across == pytest.approx(np.exp(-channels.transverse * time), abs=1e-14)
        assert along == pytest.approx(np.exp(-channels.longitudinal * time), abs=1e-14)
        assert shift == pytest.approx(channels.rest * (1 - along), abs=1e-14)
    assert (np.diff(chances(channels, 0.3)) >= -1e-16).all()


@pytest.mark.parametrize("rate", [1e-18, 1e-320])
@pytest.mark.parametrize("time", [1e-6, 0.3])
def test_chances_of_rare_events_are_their_rates(rate, time):
    nothing, signs, up, down, fresh_up = chances(SpinChannels(decay=rate), time)
    # what is below a rounding error of one does not happen, and nothing else does instead
    assert (nothing, signs, up, down, fresh_up) == (1.0, 1.0, 1.0, 1.0, 1.0)
    told = chances(SpinChannels(decay=1e-9), 1e-3)
    # decay alone sets the component to -1, half of the time without the others
    np.testing.assert_allclose(1 - told, [1e-12, 1e-12, 1e-12, 5e-13, 5e-13], atol=3e-16)
    turned = chances(SpinChannels(dephasing=1e-12), 1e-3)
    np.testing.assert_allclose(1 - turned[0], 1e-15, atol=2e-16)


def test_scattered_spins_keep_their_unit_squares():
    states, (bits, values) = streams(20_000), scratch(20_000)
    spin = np.random.default_rng(1).choice([-1.0, 1.0], (3, 20_000))
    spin[0] = 1.0
    told = chances(SpinChannels(0.5, 0.5, 0.2), 0.8)
    kernels.scatter(0, told, spin, states, bits, values, np.empty(20_000))
    np.testing.assert_array_equal(np.abs(spin), 1.0)
    assert spin[0].mean() == pytest.approx(np.exp(-0.8), abs=0.03)
    assert np.abs(np.corrcoef(spin)[np.triu_indices(3, 1)]).max() < 0.03


@pytest.mark.parametrize("channels", [None, SpinChannels(0.3, 0.1, 0.2)])
def test_steps_of_two_parts_read_the_numbers_of_two_steps(channels):
    # all modes, and all spins, of one part before the next: free modes end where they ended, streams too
    model = MultimodeDicke(np.zeros((70, 3)), [1.0, 1.3, 0.7], 0.8, 0.2, channels=channels)
    ends, words = [], []
    for coarse in (False, True):
        steps = Steps.over(model, np.array([0.3, 0.9]), 0.1, coarse=coarse)
        bits, values = scratch(5)
        spins, light = np.ones((70, 3, 5)), np.ones((3, 2, 5))
        told = np.empty((2, 70, 3, 5)), np.empty((2, 3, 2, 5)), np.empty((2, 3, 3, 5))
        states = np.stack([streams(5, 1), streams(5, 2)])
        kernels.path(
            np.array(model.g), 0.0, steps.axis, steps.counts, steps.lengths, steps.parts, steps.modes, steps.chances,
            spins, light, np.empty((3, 5)), states, bits, values, np.empty((71, 5)), np.empty((3, 2, 5)), *told,
        )  # fmt: skip
        ends.append((told[0], told[1]))
        words.append(states)
    np.testing.assert_array_equal(*words)
    # spins without a field move by their channels alone, at the same times
    np.testing.assert_array_equal(ends[0][0], ends[1][0])
    np.testing.assert_allclose(ends[0][1], ends[1][1], rtol=1e-12, atol=1e-13)


def test_plain_python_gives_the_same_numbers():
    model = MultimodeDicke([[0.3, 0.1], [0.4, -0.2]], 1.0, 0.8, 0.1, 0.5, channels=SpinChannels(0.3, 0.1, 0.2))
    steps = Steps.over(model, np.array([0.3, 0.5]), 0.1)
    ends = []
    for path in (kernels.path, kernels.path.py_func):
        generator, (bits, values) = np.random.default_rng(4), scratch(3)
        spins, light = generator.standard_normal((2, 3, 3)), generator.standard_normal((2, 2, 3))
        told = np.empty((2, 2, 3, 3)), np.empty((2, 2, 2, 3)), np.empty((2, 2, 3, 3))
        states = np.stack([streams(3, 1), streams(3, 2)])
        path(
            np.array(model.g), model.drive, steps.axis, steps.counts, steps.lengths, steps.parts, steps.modes,
            steps.chances, spins, light, np.empty((2, 3)), states, bits, values, np.empty((65, 3)),
            np.empty((2, 2, 3)), *told,
        )  # fmt: skip
        ends.append(np.concatenate([part.ravel() for part in told]))
    np.testing.assert_array_equal(*ends)


@pytest.mark.parametrize("name", ["push", "turn", "rotate", "scatter", "fill_field", "add_forces", "add"])
def test_kernels_are_compiled_and_plain(name):
    assert getattr(kernels, name).py_func.__doc__


def test_frames_are_orthonormal_and_turn_axes_into_axes():
    vectors = np.vstack([np.eye(3), -np.eye(3), np.random.default_rng(1).standard_normal((5, 3)), np.zeros((1, 3))])
    found = frames(vectors)
    np.testing.assert_allclose(found @ np.swapaxes(found, 1, 2), np.tile(np.eye(3), (len(vectors), 1, 1)), atol=1e-14)
    np.testing.assert_array_equal(np.sort(np.abs(found[:6]).sum(axis=1), axis=1), np.ones((6, 3)))


@pytest.mark.parametrize("sampling", ["discrete", "gaussian"])
@pytest.mark.parametrize("length", [1.0, 0.6, 0.0])
@pytest.mark.parametrize("sizes", [[3], [1] * 20])
def test_drawn_spins_have_the_symmetrised_moments_of_their_state(sampling, length, sizes):
    bloch = length * np.array([0.48, -0.6, 0.64])
    groups = SpinGroups(
        np.repeat(np.arange(len(sizes)), sizes), np.ones(sum(sizes)), np.array(sizes),
        np.ones((len(sizes), 1)), np.tile(bloch, (len(sizes), 1)),
    )  # fmt: skip
    generator = np.random.default_rng(2)
    drawn = np.concatenate([groups.drawn(sampling, generator) for _ in range(12_000 // len(sizes) * 2)])
    n = sizes[0]
    # sums of n spins: variance n (1 - m m)
    spread = 5 * np.sqrt(n / len(drawn))
    np.testing.assert_allclose(drawn.mean(axis=0), n * bloch, atol=spread)
    np.testing.assert_allclose(np.cov(drawn.T) / n, np.eye(3) - np.outer(bloch, bloch), atol=8 / np.sqrt(len(drawn)))
