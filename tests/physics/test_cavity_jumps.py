"""Quantum jumps of spins and light against the master equation, exact waiting times, and the statistics of photons."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.linalg import expm
from scipy.stats import kstest

from cavity_hopfield import MultimodeDicke, ProductState, SpinChannels
from cavity_hopfield.dynamics import spawn_streams
from cavity_hopfield.theory.jumps import QuantumJumps
from tests.twins.jumps_and_light import Twin, deviations

TRUST = 4.5
"""Largest deviation in standard errors; among a hundred numbers, chance exceeds it once in 1500 cases."""
TIMES = (0.5, 1.5, 3.0)


def twin_of(model, levels, **changes):
    own = model.channels
    atoms = None if own is None else (own.decay, own.pumping, own.dephasing, own.axis)
    parameters = {
        "g": model.g, "omega": model.omega, "loss": model.loss, "gain": model.gain, "drive": model.drive,
        "levels": levels, "atoms": atoms,
    }  # fmt: skip
    return Twin(**(parameters | changes))


def upright(sigma):
    return [[0, 0, spin] for spin in sigma]


def largest(result, model, rho, levels, **changes):
    """The largest deviation from the master equation, whose parameters may be changed to see what is resolved."""
    twin = twin_of(model, levels, **changes)
    return max(deviations(result, twin, twin.evolve(rho(twin), TIMES)[0], model.memory.values).values())


LIKE_SPINS = MultimodeDicke(g=[[0.4], [0.4], [-0.4]], omega=1.0, loss=1.0, drive=0.4)
"""In terms of the signs of the couplings all starts below have one spin down."""
ONE_DOWN = ([1, -1, -1], [-1, 1, -1], [1, 1, 1])


@pytest.mark.slow
@pytest.mark.parametrize("resolution", ["class", "site"])
def test_the_mean_over_runs_is_the_master_equation(resolution):
    """A start with spins up and down in one class, whose length is drawn, and which is the mean over the order of its
    spins; 15 % more loss or drive is resolved.
    """
    result = QuantumJumps(runs=4000, seed=11, resolution=resolution).evolve(LIKE_SPINS, ONE_DOWN[0], TIMES)
    starts = ONE_DOWN if resolution == "class" else ONE_DOWN[:1]

    def rho(twin):
        alphas = LIKE_SPINS.relaxed_amplitudes(ONE_DOWN[0])
        return sum(twin.start(upright(sigma), alphas) for sigma in starts) / len(starts)

    assert largest(result, LIKE_SPINS, rho, (9,)) < TRUST
    assert largest(result, LIKE_SPINS, rho, (9,), loss=1.15) > TRUST
    assert largest(result, LIKE_SPINS, rho, (9,), drive=0.46) > TRUST
    assert result.attrs["top_population"] < 1e-6
    assert 0 < result.attrs["state_error"] < 1e-5


@pytest.mark.slow
def test_two_modes_follow_the_master_equation():
    model = MultimodeDicke(g=[[0.5, -0.4]], omega=[1.0, 1.4], loss=[0.8, 1.2], drive=0.5)
    initial = ProductState([[0.6, 0, 0.8]], [0.4, -0.3j])
    result = QuantumJumps(runs=2000, seed=12).evolve(model, initial, TIMES)

    def rho(twin):
        return twin.start(initial.bloch, initial.amplitudes)

    assert largest(result, model, rho, (9, 8)) < TRUST
    assert largest(result, model, rho, (9, 8), loss=[1.2, 0.8]) > TRUST


@pytest.mark.slow
@pytest.mark.parametrize("axis", ["x", "z"])
def test_atoms_with_channels_of_their_own_follow_the_master_equation(axis):
    """Gain, and each of the three channels: four tenths of one missing are resolved."""
    channels = SpinChannels(decay=0.4, pumping=0.15, dephasing=0.25, axis=axis)
    model = MultimodeDicke(g=[[0.5], [0.4]], omega=1.0, loss=1.2, gain=0.1, drive=0.5, channels=channels)
    # a spin that is not polarised starts in one of its eigenstates
    initial = ProductState([[0.3, 0, 0.5], [0, 0, 1]], [0.3])
    result = QuantumJumps(runs=4000, seed=13).evolve(model, initial, TIMES)

    def rho(twin):
        return twin.start(initial.bloch, initial.amplitudes)

    assert largest(result, model, rho, (12,)) < TRUST
    for wrong in ((0.25, 0.15, 0.25), (0.4, 0.15, 0.15)):
        assert largest(result, model, rho, (12,), atoms=(*wrong, axis)) > TRUST


def test_a_displaced_frame_changes_no_run():
    """Nor what is counted: the records are of photons in either frame."""
    model = MultimodeDicke(g=[[0.6, 0.3], [0.6, -0.5]], omega=1.0, loss=[1.0, 0.7], gain=[0.2, 0.0], drive=0.3)
    plain = QuantumJumps(runs=12, seed=3, fock=(30, 18), tolerance=1e-9)
    shifted = QuantumJumps(runs=12, seed=3, fock=(24, 14), displacement="start", tolerance=1e-9)
    a, b = (theory.evolve(model, [1, 1], TIMES) for theory in (plain, shifted))
    for name in ("photons", "amplitude_imag", "pair_real", "g2", "spin_z", "energy", "jumps"):
        np.testing.assert_allclose(a[name], b[name], atol=2e-5, err_msg=name)
    a, b = (theory.records(model, [1, 1], 3.0) for theory in (plain, shifted))
    np.testing.assert_array_equal(a["jump_channel"], b["jump_channel"])
    np.testing.assert_allclose(a["jump_time"], b["jump_time"], atol=1e-5)
    assert set(np.unique(a["channel"].values[a["jump_channel"].values])) == {"loss 0", "gain 0", "loss 1"}


def test_light_that_stays_needs_few_states_in_its_own_frame():
    model = MultimodeDicke(g=[[2.0], [2.0]], omega=1.0, loss=1.0, drive=0.0)
    levels = [
        QuantumJumps(runs=2, seed=1, displacement=frame).evolve(model, [1, 1], [1.0]).attrs["levels"][0]
        for frame in ("none", "start")
    ]
    assert levels[0] > 30
    assert levels[1] < 10


def test_the_first_jump_comes_when_the_norm_has_fallen_to_its_random_number():
    """To the tolerance, by dense exponentials of the effective Hamiltonian."""
    model = MultimodeDicke(g=[[0.7], [0.5]], omega=1.0, loss=1.0, drive=0.4)
    records = QuantumJumps(runs=15, seed=4, fock=16, resolution="site", tolerance=1e-9).records(model, [1, 1], 40.0)
    firsts = records["jump_time"].values[np.unique(records["jump_run"], return_index=True)[1]]
    twin = twin_of(model, (16,))
    rho = twin.start(upright([1, 1]), model.relaxed_amplitudes([1, 1]))
    ket = np.linalg.eigh(rho)[1][:, -1]
    norms = [np.linalg.norm(expm(twin.effective * t) @ ket) ** 2 for t in firsts]
    numbers = [1 - stream.random() for stream in spawn_streams(4, 15)]
    np.testing.assert_allclose(norms, numbers, rtol=5e-8)


def test_coherent_light_gives_photons_one_by_one():
    r"""Spins at rest: a Poisson process of the rate $\gamma |\alpha|^2$."""
    model = MultimodeDicke(g=[[0.8]], omega=1.0, loss=1.0)
    records = QuantumJumps(runs=400, seed=5).records(model, [1], 20.0)
    rate = 1.0 * abs(model.relaxed_amplitudes([1])[0]) ** 2
    counts = np.bincount(records["jump_run"], minlength=400)
    mean = 20 * rate
    assert abs(counts.mean() - mean) < TRUST * np.sqrt(mean / 400)
    # the variance of a sample variance of Poisson numbers
    assert abs(counts.var(ddof=1) - mean) < TRUST * np.sqrt((mean + 2 * mean**2) / 400)
    firsts = records["jump_time"].values[np.unique(records["jump_run"], return_index=True)[1]]
    assert kstest(firsts, lambda t: 1 - np.exp(-rate * t)).pvalue > 1e-4


def pairs_within(times, window):
    """Ordered pairs of `times` less than `window` apart."""
    return int((np.searchsorted(times, times + window) - np.arange(times.size) - 1).sum())


def test_thermal_light_is_bunched():
    r"""$g^{(2)}(\tau) = 1 + e^{-\Gamma \tau}$: photons that leave come in pairs; counting each mode's light as coherent
    would give half as many.
    """
    model = MultimodeDicke(g=[[0.0]], omega=1.0, loss=2.0, gain=0.5, patterns=None)
    theory = QuantumJumps(runs=600, seed=6)
    end, window, net, rate = 20.0, 0.3, 1.5, 2.0 * 0.5 / 1.5
    records = theory.records(model, [1], end)
    lost = records["jump_channel"].values == 0
    when, which = records["jump_time"].values[lost], records["jump_run"].values[lost]
    found = np.array([pairs_within(when[which == run], window) for run in range(600)])
    expected = rate**2 * quad(lambda tau: (1 + np.exp(-net * tau)) * (end - tau), 0, window)[0]
    deviation = (found.mean() - expected) / (found.std() / np.sqrt(600))
    assert abs(deviation) < TRUST
    assert (found.mean() - rate**2 * window * end) / (found.std() / np.sqrt(600)) > 2 * TRUST
    result = theory.evolve(model, [1], [0.0, 2.0])
    np.testing.assert_array_less(np.abs(result["g2"] - 2) / result["g2_error"], TRUST)
    np.testing.assert_array_less(np.abs(result["photons"].mean("run") - 1 / 3) / result["photons_error"], TRUST)
