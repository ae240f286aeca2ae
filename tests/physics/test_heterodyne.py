"""Heterodyne records against the master equation, closed forms of single modes, and the order of the steps."""

import numpy as np
import pytest

from cavity_hopfield import MultimodeDicke, Patterns, ProductState, SpinChannels
from cavity_hopfield.cavity import CavitySpace
from cavity_hopfield.cavity.pure_states.starts import PureStarts, ket_of
from cavity_hopfield.dynamics import spawn_streams
from cavity_hopfield.theory.heterodyne import Heterodyne
from cavity_hopfield.theory.heterodyne.records import RecordMotion
from tests.twins.jumps_and_light import Twin, deviations

TRUST = 4.5
"""Largest deviation in standard errors; among a hundred numbers, chance exceeds it once in 1500 cases."""
TIMES = np.array([0.5, 1.5, 2.5])


def record_of(result):
    return result["record_real"].values + 1j * result["record_imag"].values


def twin_of(model, levels, **changes):
    own = model.channels
    atoms = None if own is None else (own.decay, own.pumping, own.dephasing, own.axis)
    parameters = {
        "g": model.g, "omega": model.omega, "loss": model.loss, "gain": model.gain, "drive": model.drive,
        "levels": levels, "atoms": atoms,
    }  # fmt: skip
    return Twin(**(parameters | changes))


def largest(result, model, initial, levels, *efficiencies, **changes):
    """The largest deviation of the means in the states from the master equation, and of the mean record from that of a
    detector of each efficiency.
    """
    twin = twin_of(model, levels, **changes)
    matrices, integrals = twin.evolve(twin.start(initial.bloch, initial.amplitudes), TIMES)
    bins = np.diff(integrals, axis=0, prepend=np.zeros((1, model.n_modes))) / np.diff(TIMES, prepend=0.0)[:, None]
    spread = record_of(result).std(axis=0, ddof=1) / np.sqrt(2 * result.sizes["run"])
    # the noise is alike in both parts
    differences = [record_of(result).mean(axis=0) - np.sqrt(one * model.loss) * bins for one in efficiencies]
    records = [float((np.maximum(np.abs(d.real), np.abs(d.imag)) / spread).max()) for d in differences]
    return max(deviations(result, twin, matrices, model.memory.values).values()), *records


@pytest.mark.slow
def test_the_means_over_runs_are_those_of_the_master_equation():
    """Two modes, half of the light detected. Resolved: 20 % of loss, and the full light in the record."""
    model = MultimodeDicke(g=[[0.5, -0.4]], omega=[1.0, 1.4], loss=[0.8, 1.2], drive=0.5)
    initial = ProductState([[0.6, 0, 0.8]], [0.3, -0.6j])
    result = Heterodyne(runs=2000, seed=21, efficiency=0.5).evolve(model, initial, TIMES)
    state, half, whole = largest(result, model, initial, (8, 8), 0.5, 1.0)
    assert max(state, half) < TRUST
    assert whole > TRUST
    assert largest(result, model, initial, (8, 8), loss=[1.2, 0.8])[0] > TRUST
    assert result.attrs["step_error"] < 0.01


@pytest.mark.slow
@pytest.mark.parametrize("axis", ["x", "z"])
def test_gain_and_atoms_take_part_though_nobody_records_them(axis):
    channels = SpinChannels(decay=0.4, pumping=0.15, dephasing=0.25, axis=axis)
    model = MultimodeDicke(g=[[0.5], [0.4]], omega=1.0, loss=1.2, gain=0.1, drive=0.5, channels=channels)
    initial = ProductState([[0.3, 0, 0.5], [0, 0, 1]], [0.3])
    result = Heterodyne(runs=1500, seed=22).evolve(model, initial, TIMES)
    assert max(largest(result, model, initial, (12,), 1.0)) < TRUST
    assert largest(result, model, initial, (12,), atoms=(0.2, 0.15, 0.25, axis))[0] > TRUST


def test_the_steps_are_of_weak_order_two():
    """Halving them divides by four what a mean changes by; steps of order one would divide by two. Coupled noise."""
    model = MultimodeDicke(g=[[0.6]], omega=1.0, loss=1.0, drive=0.5)
    starts = PureStarts.of(model, ProductState([[0, 0, 1]], [0.5]), None, None)
    ket = ket_of(starts.pure, starts.fock_matrices((10,)))
    motion = RecordMotion.of(CavitySpace(model, starts.spins, (1,), (10,), starts.displacement))

    def mean(n, doubled):
        found = [
            motion.run(ket, np.ones(1), np.array([n]), stream, doubled=doubled) for stream in spawn_streams(3, 4000)
        ]
        return np.mean([[one.found[0, 1], one.signal[0, 0]] for one in found], axis=0)

    changes = np.array([np.abs(mean(n, doubled=True) - mean(n, doubled=False)) for n in (2, 8)])
    order = np.log(changes[0] / changes[1]) / np.log(4)
    assert (order > 1.7).all()
    assert (order < 2.9).all()


def test_coherent_light_stays_coherent_and_its_record_is_white():
    r"""$\alpha(t) = \alpha_\infty + (\alpha_0 - \alpha_\infty) e^{-zt}$ in every run, and vacuum noise around it."""
    model = MultimodeDicke(g=[[0.7]], omega=1.3, loss=0.8)
    times = np.arange(1, 13) * 0.4
    initial = ProductState([[0, 0, 1]], [0.6 + 0.2j])
    efficiency, runs = 0.7, 600
    result = Heterodyne(runs=runs, seed=4, efficiency=efficiency, fock=24).evolve(model, initial, times)
    z, rest = 0.4 + 1.3j, -0.7j / (0.4 + 1.3j)
    alpha = rest + (0.6 + 0.2j - rest) * np.exp(-z * times)
    found = result["amplitude_real"].values + 1j * result["amplitude_imag"].values
    np.testing.assert_allclose(found[..., 0], np.broadcast_to(alpha, (runs, 12)), atol=1e-6)
    edges = np.append(0, times)
    integral = rest * edges - (0.6 + 0.2j - rest) * np.exp(-z * edges) / z
    # the drift of a step is that of the trapezoidal rule
    noise = record_of(result)[..., 0] - np.sqrt(efficiency * 0.8) * np.diff(integral) / 0.4
    assert np.abs(noise.mean(axis=0)).max() < TRUST * np.sqrt(1 / 0.4 / runs)
    power = np.abs(noise) ** 2
    assert abs(power.mean() - 1 / 0.4) < TRUST / 0.4 / np.sqrt(power.size)
    for other in (noise[:, 1:] * noise[:, :-1].conj(), noise**2, noise[:, 1:] * noise[:, :-1]):
        assert abs(other.mean()) < TRUST / 0.4 / np.sqrt(other.size)


def test_thermal_light_is_seen_in_the_correlations_of_its_record():
    r"""$E R_j R_k^* = \delta_{jk} / T + \eta\gamma\, \bar n\, \overline{e^{-z |t - t'|}}$ over bins of length T."""
    model = MultimodeDicke(g=[[0.0]], omega=0.9, loss=1.5, gain=0.5)
    length, efficiency, nbar, z = 0.5, 0.6, 0.5, 0.5 + 0.9j
    runs = 2500
    times = length * np.arange(1, 5)
    result = Heterodyne(runs=runs, seed=5, efficiency=efficiency).evolve(model, [1], times)
    record = record_of(result)[..., 0]
    x = z * length
    same = 2 * ((np.exp(-x) - 1 + x) / x**2).real
    scale = efficiency * 1.5 * nbar
    powers = (np.abs(record) ** 2).mean(axis=1)
    expected = 1 / length + scale * same
    spread = powers.std(ddof=1) / np.sqrt(runs)
    assert abs(powers.mean() - expected) < TRUST * spread
    assert abs(powers.mean() - 1 / length) > TRUST * spread
    for lag in (1, 2):
        products = (record[:, lag:] * record[:, :-lag].conj()).mean(axis=1)
        later = scale * np.exp(-x * (lag - 1)) * ((1 - np.exp(-x)) / x) ** 2
        for part in ("real", "imag"):
            found = getattr(products, part)
            assert abs(found.mean() - getattr(later, part)) < TRUST * found.std(ddof=1) / np.sqrt(runs)
    assert abs(products.mean()) > TRUST * products.std() / np.sqrt(runs)


@pytest.mark.slow
def test_the_record_of_two_modes_shows_which_pattern_is_recalled():
    """Each mode's light at rest is proportional to the overlap with its pattern."""
    stored = Patterns([[1, 1, 1, 1], [1, -1, 1, -1]])
    model = MultimodeDicke.from_patterns(stored, g=0.4, omega=1.0, loss=1.0, drive=0.02)
    for recalled in range(2):
        theory = Heterodyne(runs=20, seed=6, displacement="start")
        result = theory.evolve(model, stored.values[recalled], np.linspace(4, 12, 3))
        seen = np.abs(record_of(result).mean(axis=1))
        np.testing.assert_array_equal(seen.argmax(axis=1), recalled)
        overlap = result["overlap"].mean(("run", "time")).values
        light = record_of(result).mean(axis=(0, 1))
        z = 0.5 + 1.0j
        np.testing.assert_allclose(light, -1j * 0.4 * 4 * overlap / z, atol=0.2)
        assert abs(light[recalled]) > 1


def test_a_displaced_frame_gives_the_same_runs():
    model = MultimodeDicke(g=[[0.6, 0.3], [0.6, -0.5]], omega=1.0, loss=[1.0, 0.7], drive=0.3)
    plain = Heterodyne(runs=6, seed=3, fock=(22, 16), step=0.01).evolve(model, [1, 1], TIMES)
    shifted = Heterodyne(runs=6, seed=3, fock=(18, 14), step=0.01, displacement="start").evolve(model, [1, 1], TIMES)
    for name in ("photons", "amplitude_imag", "overlap", "record_real", "record_imag"):
        np.testing.assert_allclose(plain[name], shifted[name], atol=2e-3, err_msg=name)
