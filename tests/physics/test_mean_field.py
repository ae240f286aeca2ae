"""The mean field against its closed forms, its symmetries, its conserved quantities and a slow twin."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cavity_hopfield import MeanField, MultimodeDicke, Patterns, ProductState
from cavity_hopfield.theory.mean_field._kernels import derivative
from tests.strategies import models_with_states
from tests.systems.superradiance import OnePatternSuperradiance
from tests.twins import heisenberg

# these tests ask about the equations, not about how many atoms they hold for
pytestmark = pytest.mark.filterwarnings("ignore:mean field neglects the dephasing")

# Passport: docs/check_values.md, drive 0.25, omega = loss = 1.
CRITICAL = 0.39528471
OBSERVABLES = (
    "overlap", "magnetisation", "magnetisation_x", "magnetisation_y", "energy", "spin_z", "photons", "amplitude_real",
    "amplitude_imag",
)  # fmt: skip
ODD = {"overlap", "magnetisation", "magnetisation_y", "spin_z", "amplitude_real", "amplitude_imag"}
SHORT = np.linspace(0, 2, 5)
FEW = settings(max_examples=40, deadline=None)


@pytest.mark.parametrize("ratio", [1.01, 1.2, 2.0, 5.0])
@pytest.mark.parametrize(
    ("omega", "loss", "gain", "drive"), [(1, 1, 0, 0.25), (0.7, 2.5, 0, 0.4), (1.3, 1.6, 1.1, 0.1)]
)
def test_above_threshold_the_fixed_point_is_the_superradiant_branch(ratio, omega, loss, gain, drive):
    parameters = {"omega": omega, "loss": loss, "gain": gain, "drive": drive}
    threshold = OnePatternSuperradiance(g=1.0, **parameters).critical_coupling
    system = OnePatternSuperradiance(g=ratio * threshold, **parameters)
    result = MeanField().steady_state(system.model(), system.pattern)
    system.check(result)
    assert result.attrs["residual"] < 1e-10


@pytest.mark.parametrize("ratio", [0.3, 0.8, 0.99])
def test_below_threshold_nothing_is_remembered(ratio):
    system = OnePatternSuperradiance(g=ratio * CRITICAL)
    result = MeanField().steady_state(system.model(), system.pattern)
    system.check(result)
    assert abs(result["overlap"].item()) < 1e-8
    assert result["photons"].item() < 1e-15


def test_the_threshold_is_the_published_critical_coupling():
    below, above = (
        MeanField().steady_state(system.model(), system.pattern)["overlap"].item()
        for system in (OnePatternSuperradiance(g=CRITICAL * 0.999), OnePatternSuperradiance(g=CRITICAL * 1.001))
    )
    # |m_z| = (1 - 1.001^-4)^(1/2) = 0.0631667
    assert abs(below) < 1e-6
    assert above == pytest.approx(0.0631667, abs=1e-5)


@pytest.mark.parametrize("ratio", [0.6, 1.5, 2.0])
def test_a_long_evolution_relaxes_to_the_fixed_point(ratio):
    """The slowest eigenvalue of the five linearised equations is -0.042, -0.143, -0.0128 at these ratios."""
    system = OnePatternSuperradiance(g=ratio * CRITICAL, gain=0.3, loss=1.3)
    start = ProductState([[-0.6, 0, 0.8 * s] for s in system.pattern], [0.5 - 0.5j])
    result = MeanField(rtol=1e-9).evolve(system.model(), start, [0.0, 1500.0]).isel(time=-1)
    sign = np.sign(result["overlap"].item()) if ratio > 1 else 1
    system.check(result.assign(overlap=sign * result["overlap"], spin_z=sign * result["spin_z"]))


def test_only_the_net_loss_matters():
    rng = np.random.default_rng(5)
    g, times = rng.normal(size=(6, 2)), np.linspace(0, 10, 11)
    quiet, noisy = (
        MeanField().evolve(MultimodeDicke(g, [1, 1.5], loss, gain, 0.3), [1, 1, -1, 1, -1, -1], times)
        for loss, gain in ((1.0, 0.0), ([1.5, 2.75], [0.5, 1.75]))
    )
    for name in OBSERVABLES[1:]:
        thermal = np.array([0.5, 1.75]) if name == "photons" else 0.0  # gain / (loss - gain)
        np.testing.assert_allclose(quiet[name] + thermal, noisy[name], rtol=0, atol=1e-14)


def test_classes_and_sites_give_the_same_observables():
    rng = np.random.default_rng(11)
    patterns = Patterns(rng.choice([-1, 1], (3, 12)))
    g = rng.normal(size=(5, 3))[rng.integers(5, size=12)] / 4
    model = MultimodeDicke(g, [1, 1.4, 0.8], [1, 0.7, 1.6], [0.2, 0, 0.3], 0.3, patterns)
    bloch = np.array([[0, 0, 1], [0.6, 0, -0.8], [0, -1, 0]])[rng.integers(3, size=12)]
    start = ProductState(bloch, [0.4, -0.2j, 1 + 1j])
    by_class, by_site = (
        MeanField(resolution=resolution, rtol=1e-11, atol=1e-12).evolve(model, start, np.linspace(0, 10, 21))
        for resolution in ("class", "site")
    )
    for name in OBSERVABLES:
        np.testing.assert_allclose(by_class[name], by_site[name], rtol=0, atol=1e-9)
    assert by_site["spin_z"].std("time").min() > 0.1


def test_classes_and_sites_give_the_same_fixed_point():
    system = OnePatternSuperradiance(g=0.6)
    for resolution in ("class", "site"):
        system.check(MeanField(resolution=resolution).steady_state(system.model(), system.pattern), tolerance=1e-9)


@pytest.mark.parametrize("function", [derivative, derivative.py_func], ids=["compiled", "python"])
@given(drawn=models_with_states(), members=st.lists(st.integers(1, 5), min_size=4, max_size=4))
@FEW
def test_the_kernel_is_the_equation_written_out(function, drawn, members):
    model, start = drawn
    members = np.array(members[: model.n_spins])
    out = np.empty(3 * model.n_spins + 2 * model.n_modes)
    state = np.concatenate([start.bloch.ravel(), start.amplitudes.real, start.amplitudes.imag])
    function(model.g, members.astype(float), model.omega, model.net_loss, model.drive, state, out)
    # a group of k equal spins is k copies of one spin: write them all out, keep the first of each
    copies = MultimodeDicke(model.g.repeat(members, axis=0), model.omega, model.loss, model.gain, model.drive)
    turned, pushed = heisenberg.slopes(copies, start.bloch.repeat(members, axis=0), start.amplitudes)
    first = np.cumsum(members) - members
    expected = np.concatenate([turned[first].ravel(), pushed.real, pushed.imag])
    np.testing.assert_allclose(out, expected, rtol=0, atol=1e-12)


@given(models_with_states())
@FEW
def test_every_spin_keeps_its_length(drawn):
    assert MeanField(rtol=1e-9).evolve(*drawn, SHORT).attrs["length_drift"] < 1e-7


@given(models_with_states())
@FEW
def test_turning_every_spin_about_x_is_a_symmetry(drawn):
    model, start = drawn
    turned = ProductState(start.bloch * [1, -1, -1], -start.amplitudes)
    before, after = (MeanField(rtol=1e-9).evolve(model, state, SHORT) for state in (start, turned))
    for name in OBSERVABLES:
        np.testing.assert_allclose(after[name], -before[name] if name in ODD else before[name], rtol=0, atol=1e-8)


@given(drawn=models_with_states(), random=st.randoms(use_true_random=False))
@FEW
def test_the_order_of_spins_and_modes_is_a_matter_of_names(drawn, random):
    model, start = drawn
    spins, modes = list(range(model.n_spins)), list(range(model.n_modes))
    random.shuffle(spins)
    random.shuffle(modes)
    renamed = MultimodeDicke(
        model.g[np.ix_(spins, modes)], model.omega[modes], model.loss[modes], model.gain[modes], model.drive,
        Patterns(model.memory.values[:, spins]),
    )  # fmt: skip
    before = MeanField(rtol=1e-9).evolve(model, start, SHORT).isel(spin=spins, mode=modes)
    after = MeanField(rtol=1e-9).evolve(renamed, ProductState(start.bloch[spins], start.amplitudes[modes]), SHORT)
    for name in OBSERVABLES:
        np.testing.assert_allclose(after[name], before[name], rtol=0, atol=1e-8)


def nonlinear_run():
    """Three spins, two modes, far from any fixed point, with the twin's Bloch vectors and amplitudes."""
    g = [[0.5, -0.2], [0.3, 0.4], [-0.6, 0.1]]
    model = MultimodeDicke(g, [1.0, 1.7], [0.5, 0.8], [0.1, 0.0], 0.4, Patterns([[1, 1, -1]]))
    start = ProductState([[0, 0, 1], [0.6, 0.8, 0], [-0.5, 0, 0.5]], [1.0, 0.5j])
    return model, start, heisenberg.evolve(model, start.bloch, start.amplitudes, [0.0, 4.0, 12.0])


def test_observables_are_those_of_the_twin():
    model, start, (bloch, amplitudes) = nonlinear_run()
    result = MeanField(rtol=1e-11, atol=1e-12).evolve(model, start, [0.0, 4.0, 12.0])
    expected = {
        "overlap": bloch[:, :, 2] @ [[1 / 3], [1 / 3], [-1 / 3]],
        "magnetisation": bloch[:, :, 2].mean(axis=1),
        "magnetisation_x": bloch[:, :, 0].mean(axis=1),
        "magnetisation_y": bloch[:, :, 1].mean(axis=1),
        "spin_z": bloch[:, :, 2],
        "photons": abs(amplitudes) ** 2 + np.outer(0.25 * (1 - np.exp(-0.4 * np.array([0.0, 4.0, 12.0]))), [1, 0]),
        "amplitude_real": amplitudes.real,
        "amplitude_imag": amplitudes.imag,
    }
    for axis, label in enumerate("xy"):
        expected[f"overlap_{label}"] = bloch[:, :, axis] @ [[1 / 3], [1 / 3], [-1 / 3]]
    for name, values in expected.items():
        # the twin runs at 1e-12, twelve time units amplify by less than a hundred
        np.testing.assert_allclose(result[name], values, rtol=0, atol=1e-9)


def test_light_that_starts_coherent_becomes_thermal_at_the_net_loss():
    """Spins up and down without a drive: photons are exact at this order, from either start."""
    model, times = MultimodeDicke([[0.3], [-0.2]], 1.0, 1.2, 0.4), np.array([0.0, 0.7, 2.0, 40.0])
    start, z = ProductState([[0, 0, 1], [0, 0, -1]], [0.3 + 0.2j]), 0.4 + 1j
    away = (0.3 + 0.2j + 0.5j / z) * np.exp(-z * times)
    coherent = abs(away - 0.5j / z) ** 2 + 0.5 * (1 - np.exp(-0.8 * times))
    one, many = MeanField().evolve(model, start, times), MeanField().evolve(model, [start, start], times)
    np.testing.assert_allclose(one["photons"].values[:, 0], coherent, atol=1e-8)
    np.testing.assert_allclose(many["photons"].values[:, :, 0], [coherent, coherent], atol=1e-8)
    at_rest = MeanField().evolve(model, [1, -1], times)
    np.testing.assert_allclose(at_rest["photons"], 0.25 / abs(z) ** 2 + 0.5, atol=1e-8)


def test_the_error_falls_with_the_tolerance():
    model, start, (bloch, _) = nonlinear_run()
    errors = [
        abs(
            MeanField(rtol=rtol, atol=rtol / 100).evolve(model, start, [12.0])["spin_z"].values - bloch[-1:, :, 2]
        ).max()
        for rtol in (1e-3, 1e-5, 1e-7, 1e-9)
    ]
    # error per unit step of DOP853 is proportional to the tolerance, up to a power near one: two decades a line
    slopes = -np.diff(np.log10(errors)) / 2
    assert (slopes > 0.5).all()
    assert 0.75 < slopes.mean() < 1.25


@pytest.mark.parametrize("resolution", ["class", "site"])
def test_spins_with_equal_couplings_keep_the_angle_between_them(resolution):
    model = MultimodeDicke([[0.6, 0.3], [0.6, 0.3]], [1, 1.5], 0.8, drive=0.5)
    start = ProductState([[0, 0, 1], [0.6, 0, -0.8]], [1, 1j])
    result = MeanField(resolution=resolution, rtol=1e-10).evolve(model, start, np.linspace(0, 20, 41))
    # |m_1 + m_2|^2 = 2 + 2 cos(angle), cos(angle) = -0.8, and the mean is half the sum
    square = sum(result[name].values ** 2 for name in ("magnetisation", "magnetisation_x", "magnetisation_y"))
    np.testing.assert_allclose(square, (2 - 2 * 0.8) / 4, rtol=0, atol=1e-8)
    assert result["magnetisation"].std() > 0.05


def test_spins_with_unequal_couplings_do_not():
    model = MultimodeDicke([[0.6, 0.3], [0.5, 0.3]], [1, 1.5], 0.8, drive=0.5)
    start = ProductState([[0, 0, 1], [0.6, 0, -0.8]], [1, 1j])
    result = MeanField().evolve(model, start, np.linspace(0, 20, 41))
    square = sum(result[name].values ** 2 for name in ("magnetisation", "magnetisation_x", "magnetisation_y"))
    assert abs(square - (2 - 2 * 0.8) / 4).max() > 0.01


def test_without_light_spins_turn_freely():
    model, times = MultimodeDicke([[1e-9], [1e-9]], 1, 1, drive=0.37), np.linspace(0, 30, 61)
    result = MeanField(rtol=1e-10).evolve(model, [1, -1], times)
    np.testing.assert_allclose(result["spin_z"][:, 0], np.cos(2 * 0.37 * times), rtol=0, atol=1e-8)
    np.testing.assert_allclose(result["spin_z"][:, 1], -np.cos(2 * 0.37 * times), rtol=0, atol=1e-8)


def test_a_small_displacement_obeys_the_linearised_equations():
    """Linear response of the normal phase of one spin, m_x = -1: eigenvalues of the 4 x 4 matrix written by hand."""
    omega, loss, drive, g = 1.0, 0.6, 0.4, 0.3
    model = MultimodeDicke([[g]], omega, loss, drive=drive)
    # (m_y, m_z, Re alpha, Im alpha): h = 2 g Re alpha
    matrix = np.array(
        [
            [0, -2 * drive, -4 * g, 0],
            [2 * drive, 0, 0, 0],
            [0, 0, -loss / 2, omega],
            [0, -g, -omega, -loss / 2],
        ]
    )
    times, small = np.linspace(0, 20, 41), 1e-5
    values, vectors = np.linalg.eig(matrix)
    weights = np.linalg.solve(vectors, [0, small, 0, 0])
    expected = ((vectors * weights) @ np.exp(np.outer(values, times))).real
    start = ProductState([[-np.sqrt(1 - small**2), 0, small]], [0])
    result = MeanField(rtol=1e-11, atol=1e-16).evolve(model, start, times)
    # second order: small^2 = 1e-10 relative
    np.testing.assert_allclose(result["magnetisation"], expected[1], rtol=0, atol=1e-6 * small)
    np.testing.assert_allclose(result["amplitude_real"][:, 0], expected[2], rtol=0, atol=1e-6 * small)


def test_a_mode_that_couples_to_nothing_rings_down_alone():
    model = MultimodeDicke([[0.5, 0.0], [0.4, 0.0]], [1.0, 2.0], 0.6, drive=0.2, patterns=Patterns([[1, 1]]))
    start = ProductState([[0, 0, 1], [0, 0, 1]], [0, 1])
    result = MeanField().evolve(model, start, [0.0, 3.0])
    assert result["photons"].values[1, 1] == pytest.approx(np.exp(-0.6 * 3.0), abs=1e-6)
