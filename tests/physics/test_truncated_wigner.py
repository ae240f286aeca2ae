"""Truncated Wigner against closed forms and the master equation: where it is exact, where it holds, where it fails."""

import warnings
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from scipy.linalg import expm

from cavity_hopfield import MultimodeDicke, ProductState, RegimeWarning, SpinChannels
from cavity_hopfield.cavity import cavity_start
from cavity_hopfield.theory.truncated_wigner import TruncatedWigner
from cavity_hopfield.theory.truncated_wigner._step_kernels import path
from cavity_hopfield.theory.truncated_wigner.lanes import Ensemble
from cavity_hopfield.theory.truncated_wigner.readings import Reader
from cavity_hopfield.theory.truncated_wigner.sampling import SpinGroups
from cavity_hopfield.theory.truncated_wigner.steps import Steps
from tests.systems.damped_mode import DampedMode
from tests.twins import heisenberg
from tests.twins.wigner_dicke import Dicke, coherence, moments_of

few_spins = pytest.mark.filterwarnings("ignore:truncated Wigner neglects")


def within(result, name, expected, errors=5.0, slack=1e-9):
    """The means are these, within so many standard errors and a little."""
    found, spread = result[name].values, result[f"{name}_error"].values
    excess = np.abs(found - np.reshape(expected, found.shape)) - errors * spread - slack
    assert excess.max() < 0, f"{name}: {excess.max():.2g} too far"


def beyond(result, name, expected, errors):
    """Some mean is further than so many standard errors away."""
    found, spread = result[name].values, result[f"{name}_error"].values
    return (np.abs(found - np.reshape(expected, found.shape)) > errors * spread).any()


def equal_spins(n, g=0.5, drive=0.25, **options):
    return MultimodeDicke(np.full((n, 1), g / np.sqrt(n)), 1.0, 1.0, drive=drive, **options)


# light without spins that move


@few_spins
@pytest.mark.parametrize("step", [None, 1.0])
def test_a_displaced_mode_rings_down_at_any_step(step):
    system, times = DampedMode(), np.linspace(0, 6, 7)
    result = TruncatedWigner(runs=20_000, seed=2, step=step).evolve(system.model(), system.initial(), times)
    exact = system.amplitude(times)
    within(result, "amplitude_real", exact.real)
    within(result, "amplitude_imag", exact.imag)
    thermal = 0.2 / 0.7 * (1 - np.exp(-0.7 * times))
    within(result, "photons", abs(exact) ** 2 + thermal)
    np.testing.assert_array_equal(result["spin_z"].values, np.tile([1, 1, -1], (7, 1)))
    wrong = replace(system, loss=1.05 * system.loss).amplitude(times)
    assert beyond(result, "amplitude_real", wrong.real, 5)


def test_thermal_light_stays_thermal():
    model = MultimodeDicke(np.zeros((20, 1)), omega=1.3, loss=1.0, gain=0.6, drive=0.4)
    result = TruncatedWigner(runs=20_000, seed=1).evolve(model, np.ones(20), [0.0, 0.5, 5.0])
    within(result, "photons", np.full(3, 1.5))
    within(result, "g2", np.full(3, 2.0))
    within(result, "pair_real", np.zeros(3))
    assert result["photons_error"].max() < 0.02


def test_uncoupled_spins_turn_exactly():
    model = MultimodeDicke(np.zeros((20, 1)), omega=1.0, loss=1.0, drive=0.3)
    result = TruncatedWigner(runs=2000, seed=1, step=3.0).evolve(model, np.ones(20), [0.0, 2.0, 7.0])
    within(result, "magnetisation", np.cos(0.6 * np.array([0.0, 2.0, 7.0])))


# spins without a drive


def dephased(model, times):
    r"""$\langle \sigma^x_i(t) \rangle$ from spins along x and coherent light at zero, without gain or drive: $e^{-4 g^2
    \mathrm{Re}\,\Phi} \prod_{j \ne i} \cos(4 g^2 \mathrm{Im}\,\Phi)$ for equal couplings; and the angle.
    """
    z, t = model.pole[0], np.asarray(times)
    phi = t / z - (1 - np.exp(-z * t)) / z**2
    angle = 4 * model.g[0, 0] ** 2 * phi.imag
    return np.exp(-4 * model.g[0, 0] ** 2 * phi.real) * np.cos(angle) ** (model.n_spins - 1), angle


@pytest.mark.parametrize("resolution", ["class", "site"])
@pytest.mark.parametrize("n", [3, 24])
@few_spins
def test_without_a_drive_the_light_dephases_as_the_closed_form(resolution, n):
    model, times = equal_spins(n, g=0.8, drive=0.0), np.array([0.0, 1.0, 2.5])
    exact, angle = dephased(model, times)
    start = ProductState(np.tile([1.0, 0.0, 0.0], (n, 1)), [0.0])
    runs = 20_000 if n == 3 else 6000
    discrete = TruncatedWigner(runs=runs, seed=3, step=0.05, resolution=resolution).evolve(model, start, times)
    # the field of a spin on itself, which the master equation does not have, is all that is wrong
    within(discrete, "magnetisation_x", exact * np.cos(angle))
    if n == 3:
        assert beyond(discrete, "magnetisation_x", exact, 5)
    smooth = TruncatedWigner(runs=runs, seed=3, step=0.05, sampling="gaussian").evolve(model, start, times)
    envelope = exact / np.cos(angle) ** (n - 1) * np.exp(-n * angle**2 / 2)
    within(smooth, "magnetisation_x", envelope)


def test_the_field_of_a_spin_on_itself_falls_as_the_square_of_the_spins():
    sizes = np.array([8, 16, 32, 64])
    shares = [1 - np.cos(dephased(equal_spins(n, g=0.8, drive=0.0), 2.5)[1]) for n in sizes]
    assert np.polyfit(np.log(sizes), np.log(shares), 1)[0] == pytest.approx(-2, abs=0.02)


@pytest.mark.filterwarnings("ignore:the step")
@pytest.mark.parametrize("gain", [0.0, 0.3])
def test_decay_along_z_drives_the_light_as_a_telegraph_signal(gain):
    channels = SpinChannels(decay=0.5, pumping=0.2, dephasing=0.3, axis="z")
    model = equal_spins(20, g=0.9, drive=0.0, channels=channels, gain=gain)
    result = TruncatedWigner(runs=12_000, seed=4, step=0.5, resolution="site").evolve(model, np.ones(20), [1.0, 18.0])
    g, z, rest, rate = 0.9, model.pole[0], -0.3 / 0.7, 0.7
    mean = rest + (1 - rest) * np.exp(-rate)
    within(result, "magnetisation", [mean, rest], slack=1e-5)
    net = model.net_loss[0]
    noise = g**2 * (1 - rest**2) * 2 / net * (1 / (z + rate)).real
    photons = 20 * g**2 * rest**2 / abs(z) ** 2 + noise + model.thermal_occupation[0]
    # steps freeze the spins: half a percent of the noise
    found, error = result["photons"].values[1, 0], result["photons_error"].values[1, 0]
    assert found == pytest.approx(photons, abs=4 * error + 0.01)
    assert 4 * error < 0.2 * noise


# channels of single atoms


@pytest.mark.parametrize("axis", ["x", "z"])
@pytest.mark.parametrize("rates", [(0.0, 0.0, 0.4), (0.5, 0.0, 0.0), (0.3, 0.6, 0.2)])
def test_channels_of_free_atoms_are_those_of_the_bloch_equations(axis, rates):
    channels, times = SpinChannels(*rates, axis=axis), np.array([0.0, 0.7, 2.1])
    model = MultimodeDicke(np.zeros((20, 1)), omega=1.0, loss=1.0, drive=0.35, channels=channels)
    bloch = np.array([0.48, -0.6, 0.64])
    start = ProductState(np.tile(bloch, (20, 1)), [0.0])
    result = TruncatedWigner(runs=8000, seed=6, step=0.02, resolution="site").evolve(model, start, times)
    along = 0 if axis == "x" else 2
    damping = np.full(3, channels.transverse)
    damping[along] = channels.longitudinal
    flow = np.zeros((4, 4))
    flow[:3, :3] = [[0, 0, 0], [0, 0, -0.7], [0, 0.7, 0]] - np.diag(damping)
    flow[along, 3] = channels.pumping - channels.decay
    expected = np.array([expm(flow * t) @ [*bloch, 1] for t in times])
    for column, name in enumerate(("magnetisation_x", "magnetisation_y", "magnetisation")):
        within(result, name, expected[:, column], slack=1e-4)


# the full Dicke model


@cache
def exact_quench(n, levels, times):
    twin = Dicke(n, 0.5 / np.sqrt(n), 1.0, 1.0, 0.25, levels)
    exact = twin.evolved(twin.start((-1.0, 0.0, 0.0)), times)
    assert abs(exact["top"]).max() < 1e-6
    return exact


def quench(n, levels, times, runs, **options):
    """Spins against the drive and no light, just above the threshold: exact means, and a result."""
    exact = exact_quench(n, levels, times)
    start = ProductState(np.tile([-1.0, 0.0, 0.0], (n, 1)), [0.0])
    return exact, TruncatedWigner(runs=runs, seed=7, **options).evolve(equal_spins(n), start, times)


@pytest.mark.parametrize("sampling", ["discrete", "gaussian"])
def test_sixteen_spins_agree_with_the_master_equation(sampling):
    exact, result = quench(16, 14, (0.7, 1.5, 2.5), 8000, sampling=sampling)
    found = moments_of(result)
    for name in ("magnetisation_x", "photons"):
        within(result, name, exact[name].real, errors=4, slack=0.004)
    assert np.abs(found["magnetisation"]).max() < 0.03
    within(result, "g2", coherence(exact), errors=4, slack=0.02)
    within(result, "pair_real", exact["pair"].real, errors=4, slack=0.004)
    within(result, "pair_imag", exact["pair"].imag, errors=4, slack=0.004)


@pytest.mark.slow
def test_thirty_two_spins_agree_with_the_master_equation():
    exact, result = quench(32, 13, (1.0, 2.0), 20_000)
    for name in ("magnetisation_x", "photons", "pair_real", "pair_imag"):
        part = exact["pair"].imag if name == "pair_imag" else exact[name.removesuffix("_real")].real
        within(result, name, part, errors=4, slack=0.001)


@pytest.mark.slow
@few_spins
def test_coherence_is_the_worst_observable_of_few_spins():
    exact, result = quench(8, 14, (3.0,), 150_000)
    off = (result["g2"].item() - coherence(exact)[0], result["photons"].item() - exact["photons"][0].real)
    # .43 of 2.29, and three percent: the numbers of the documentation, to their statistical errors
    assert off[0] == pytest.approx(0.43, abs=0.11)
    assert off[0] > 4 * result["g2_error"].item()
    assert off[1] / exact["photons"][0].real == pytest.approx(0.032, abs=0.02)


@pytest.mark.slow
def test_few_spins_fail_by_more_than_the_errors_and_warn():
    errors = {}
    for n, levels in ((2, 12), (4, 12), (8, 14)):
        with pytest.warns(RegimeWarning, match=f"= {n}, below 16"):
            exact, result = quench(n, levels, (3.0,), 40_000)
        errors[n] = result["magnetisation_x"].item() - exact["magnetisation_x"][0].real
        assert errors[n] > 4 * result["magnetisation_x_error"].item()
    # .064, .029 and .011: the numbers of the documentation, to their statistical errors
    assert [errors[n] for n in (2, 4, 8)] == pytest.approx([0.064, 0.029, 0.011], abs=0.009)


# the step


def ensemble(model, start, steps, seed=1, resolution="class"):
    state = cavity_start(model, start)
    groups = SpinGroups.of(model, state, resolution)
    return Reader.of(Ensemble(model, state, groups, steps, "discrete", seed))


def read(reader, runs):
    (stretch,) = reader.ensemble.along(0, runs)
    values = reader.per_run(stretch)
    return np.concatenate([values["spin"][-1].reshape(-1, runs), values["light"][-1].reshape(-1, runs)])


def test_the_step_is_of_weak_order_two():
    # the difference of one step and two halves with the same noise, in means: 3 c h^2
    model = equal_spins(16, g=1.0, drive=0.7, gain=0.3)
    start = ProductState(np.tile([0.6, 0.0, 0.8], (16, 1)), [0.7 - 0.4j])
    sizes, changes = [0.4, 0.2, 0.1], []
    for step in sizes:
        pair = [Steps.over(model, np.array([2.4]), step, coarse=coarse) for coarse in (True, False)]
        coarse, fine = (read(ensemble(model, start, steps), 4096) for steps in pair)
        changes.append((coarse - fine).mean(axis=1)[[0, 2, 4, 6, 7]])
    slope = np.polyfit(np.log(sizes), np.log(np.linalg.norm(changes, axis=1)), 1)[0]
    assert slope == pytest.approx(2.0, abs=0.25)


def test_without_noise_the_step_converges_to_the_equations_of_motion():
    model = MultimodeDicke([[0.3, 0.1], [-0.2, 0.4], [0.5, 0.2]], [1.0, 1.4], 0.8, drive=0.6)
    bloch, alpha = np.array([[0.6, 0, 0.8], [0, 1, 0], [0, 0, -1.0]]), np.array([0.5 - 0.2j, 0.3j])
    exact = heisenberg_end(model, bloch, alpha, 3.0)
    errors = []
    for step in (0.2, 0.1, 0.05):
        steps = Steps.over(model, np.array([3.0]), step)
        steps.modes[..., 6] = 0.0
        one = ensemble(model, ProductState(bloch, alpha), steps).ensemble
        # every run is the classical path: the means are where it starts
        spins, light = bloch[:, :, None].copy(), np.stack([alpha.real, alpha.imag], axis=1)[..., None]
        end = walk(replace(one, groups=SpinGroups.of(model, one.start, "site")), spins, light)
        errors.append(np.abs(end - exact).max())
    slope = np.polyfit(np.log([0.2, 0.1, 0.05]), np.log(errors), 1)[0]
    assert slope == pytest.approx(2.0, abs=0.15)
    assert errors[-1] < 1e-3


def heisenberg_end(model, bloch, alpha, time, pieces=3000):
    """The classical path by the fourth-order rule with the slopes of the twin."""
    h = time / pieces
    for _ in range(pieces):
        k = []
        for weight in (0, 0.5, 0.5, 1):
            turned, pushed = k[-1] if k else (0, 0)
            k.append([np.asarray(part) for part in heisenberg.slopes(
                model, bloch + weight * h * turned, alpha + weight * h * pushed)])  # fmt: skip
        bloch = bloch + h / 6 * (k[0][0] + 2 * k[1][0] + 2 * k[2][0] + k[3][0])
        alpha = alpha + h / 6 * (k[0][1] + 2 * k[1][1] + 2 * k[2][1] + k[3][1])
    return np.concatenate([bloch.ravel(), alpha.real, alpha.imag])


def walk(one, spins, light):
    """The end of the path from given numbers."""
    (groups, modes), size = one.groups.g.shape, one.steps.counts.size
    bits, states = np.zeros((4, 1), np.uint64), np.ones((2, 4, 1), np.uint64)
    told = np.empty((size, groups, 3, 1)), np.empty((size, modes, 2, 1)), np.empty((size, modes, 3, 1))
    path(
        one.groups.g, one.model.drive, 0, one.steps.counts, one.steps.lengths, 1, one.steps.modes, one.steps.chances,
        spins, light.copy(), np.empty((modes, 1)), states, bits, bits.view(float), np.empty((65, 1)),
        np.empty((modes, 2, 1)), *told,
    )  # fmt: skip
    return np.concatenate([told[0][-1, :, :, 0].ravel(), told[1][-1, :, 0, 0], told[1][-1, :, 1, 0]])


def test_a_step_that_is_too_long_is_told():
    model = equal_spins(400, g=1.6, drive=0.9)
    start = ProductState(np.tile([0.0, 0.0, 1.0], (400, 1)), [0.0])
    with pytest.warns(RegimeWarning, match="the step 1 is too long"):
        long = TruncatedWigner(runs=4000, seed=1, step=1.0).evolve(model, start, [4.0])
    fine = TruncatedWigner(runs=4000, seed=1, step=0.01).evolve(model, start, [4.0])
    error = abs(long["magnetisation"].item() - fine["magnetisation"].item())
    assert long.attrs["step_error"] > 0.3 * error > 3 * fine["magnetisation_error"].item()
    assert fine.attrs["step_error"] < 1e-3


# two step lengths, one noise


@pytest.mark.filterwarnings("error")
def test_free_modes_know_no_step():
    model = MultimodeDicke(np.zeros((20, 2)), omega=1.0, loss=1.0, gain=0.5)
    result = TruncatedWigner(runs=2000, seed=0).evolve(model, np.ones(20), np.linspace(0.5, 5, 10))
    assert result.attrs["step_error"] < 1e-12


@pytest.mark.filterwarnings("ignore:the step")
def test_the_error_of_the_step_falls_as_its_square_for_two_patterns():
    # many spins: the pilots' own spread, which falls with the step alone, is then the smaller part
    rows = np.array([[1, 1, -1, -1] * 25_000, [1, -1, 1, -1] * 25_000]).T
    model = MultimodeDicke(0.8 * rows / np.sqrt(100_000), [1.0, 1.2], 1.0, drive=0.3)
    start = rows[:, 0].copy()
    start[:20_000] *= -1
    steps = np.array([0.1, 0.05, 0.025])
    errors = [
        TruncatedWigner(runs=2000, seed=1, step=step).evolve(model, start, [1.0, 3.0]).attrs["step_error"]
        for step in steps
    ]
    assert np.polyfit(np.log(steps), np.log(errors), 1)[0] == pytest.approx(2.0, abs=0.25)


@few_spins
@pytest.mark.parametrize(("axis", "n"), [("x", 20), ("z", 20), ("x", 100)])
def test_a_longer_step_changes_little_of_a_run_with_channels(axis, n):
    # the same events at the same times: what the step changes is small beside the spread of the runs
    channels = SpinChannels(decay=0.3, pumping=0.1, dephasing=0.1, axis=axis)
    model = MultimodeDicke(np.full((n, 2), [0.5, 0.3]) / np.sqrt(n), [1.0, 1.4], 1.0, 0.2, 0.3, channels=channels)
    pair = [Steps.over(model, np.array([3.0]), 0.05, coarse=coarse) for coarse in (True, False)]
    coarse, fine = (read(ensemble(model, np.ones(n), steps, resolution="site"), 256) for steps in pair)
    told = fine.std(axis=1) > 1e-9
    assert ((coarse - fine).std(axis=1)[told] < 0.1 * fine.std(axis=1)[told]).all()


# the output field


@few_spins
@pytest.mark.parametrize("gain", [0.0, 0.4])
def test_the_record_of_light_without_spins(gain):
    model = MultimodeDicke(np.zeros((20, 1)), omega=1.3, loss=1.2, gain=gain, drive=0.0)
    times = np.array([0.5, 1.5, 3.5])
    told = TruncatedWigner(runs=20_000, seed=8, step=1.0).heterodyne(model, np.ones(20), times)
    record = told["record_real"].values[..., 0] + 1j * told["record_imag"].values[..., 0]
    length, z = np.diff(times, prepend=0.0), model.pole[0]
    together = 2 * (length / z - (1 - np.exp(-z * length)) / z**2).real
    square = 1 / length + model.loss[0] * model.thermal_occupation[0] * together / length**2
    np.testing.assert_allclose((abs(record) ** 2).mean(axis=0), square, rtol=5 / np.sqrt(20_000))
    # bins of the vacuum know nothing of one another; those of thermal light do, as the mode remembers
    between = (record[:, 0].conj() * record[:, 1]).mean()
    memory = (1 - np.exp(-z.conj() * 0.5)) * (1 - np.exp(-z.conj())) / z.conj() ** 2
    expected = model.loss[0] * model.thermal_occupation[0] * memory / (0.5 * 1.0)
    assert min(abs(between - expected), abs(between - expected.conjugate())) < 4 * np.sqrt(square[0] * square[1] / 2e4)
    assert abs(record.mean(axis=0)).max() < 5 * np.sqrt(square.max() / 20_000)


@few_spins
def test_the_mean_record_follows_the_amplitude():
    system, times = DampedMode(), np.array([0.0, 0.8, 2.0, 5.0])
    told = TruncatedWigner(runs=20_000, seed=9, step=2.0).heterodyne(system.model(), system.initial(), times)
    mean = (told["record_real"] + 1j * told["record_imag"]).mean("run").values[:, 0]
    assert np.isnan(told["record_real"].values[:, 0]).all()
    for k in (1, 2, 3):
        fine = np.linspace(times[k - 1], times[k], 2001)
        expected = np.sqrt(0.9) * np.trapezoid(system.amplitude(fine), fine) / (times[k] - times[k - 1])
        assert mean[k] == pytest.approx(expected, abs=5 * np.sqrt(1.5 / (times[k] - times[k - 1]) / 20_000))


def test_samples_of_the_light_are_its_wigner_function():
    model = MultimodeDicke(np.zeros((20, 1)), omega=1.3, loss=1.0, gain=0.5, drive=0.0)
    told = TruncatedWigner(runs=20_000, seed=1).light_samples(model, np.ones(20), [1.0])
    assert told["alpha_real"].dims == ("run", "time")
    for name in ("alpha_real", "alpha_imag"):
        # a quadrature of thermal light: (nbar + 1/2) / 2
        assert told[name].values.var() == pytest.approx(0.75, rel=5 * np.sqrt(2 / 20_000))


# what decides the numbers


def test_neither_threads_nor_numbers_of_runs_nor_interruptions_decide_them(tmp_path):
    model = equal_spins(20)
    start, times = np.ones(20), [0.0, 1.0, 2.0]
    one = TruncatedWigner(runs=150, seed=3, keep_runs=True).evolve(model, start, times, checkpoint=tmp_path / "runs")
    two = TruncatedWigner(runs=150, seed=3, keep_runs=True, threads=2).evolve(model, start, times)
    again = TruncatedWigner(runs=150, seed=3, keep_runs=True).evolve(model, start, times, checkpoint=tmp_path / "runs")
    assert one.drop_attrs().identical(two.drop_attrs())
    assert one.drop_attrs().identical(again.drop_attrs())
    few = TruncatedWigner(runs=9, seed=3, keep_runs=True).evolve(model, start, times)
    np.testing.assert_allclose(few["photons"].values, one["photons"].values[:9], rtol=1e-12)
    alone = TruncatedWigner(runs=5, seed=3).light_samples(model, start, times)
    many = TruncatedWigner(runs=100, seed=3).light_samples(model, start, times)
    np.testing.assert_array_equal(alone["alpha_real"].values, many["alpha_real"].values[:5])
    other = TruncatedWigner(runs=5, seed=4).light_samples(model, start, times)
    assert not np.array_equal(alone["alpha_real"].values, other["alpha_real"].values)


def test_classes_and_sites_agree_for_two_patterns_and_a_corrupted_start():
    rows = np.array([[1, 1, -1, -1] * 8, [1, -1, 1, -1] * 8]).T
    model = MultimodeDicke(0.9 * rows / np.sqrt(32), [1.0, 1.2], 1.0, drive=0.3)
    start = rows[:, 0].copy()
    start[:5] *= -1
    results = [
        TruncatedWigner(runs=6000, seed=seed, resolution=resolution).evolve(model, start, [0.0, 2.0])
        for seed, resolution in ((1, "class"), (2, "site"))
    ]
    for name in ("overlap", "overlap_x", "overlap_y", "photons", "g2", "energy", "spin_z", "magnetisation"):
        values = [result[name].values for result in results]
        spread = np.hypot(*(result[f"{name}_error"].values for result in results))
        assert (np.abs(values[0] - values[1]) <= 4.5 * spread + 1e-12).all(), name
    for name in ("overlap", "photons", "energy", "magnetisation_x"):
        np.testing.assert_allclose(*(result[f"{name}_error"].values[1] for result in results), rtol=0.1)


def test_errors_are_those_of_the_runs():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = TruncatedWigner(runs=300, seed=3, keep_runs=True).evolve(equal_spins(30), np.ones(30), [1.0])
    for name in ("photons", "magnetisation", "energy", "pair_imag"):
        values = result[name].values
        np.testing.assert_allclose(result[f"{name}_error"].values, values.std(axis=0, ddof=1) / np.sqrt(300), rtol=1e-9)
