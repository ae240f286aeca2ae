"""Mean field with decay, pumping and dephasing of single atoms: a twin, Bloch's equations, the threshold."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq

from cavity_hopfield import ConvergenceError, MeanField, MultimodeDicke, ProductState, RegimeWarning
from cavity_hopfield.model import SpinChannels
from cavity_hopfield.theory.mean_field import dicke_paths, dicke_tails
from cavity_hopfield.theory.mean_field._kernels import add_channels
from tests.strategies import models_with_states
from tests.twins import channels_bloch

pytestmark = pytest.mark.filterwarnings("ignore:mean field neglects the dephasing")

FEW = settings(max_examples=25, deadline=None)
RATES = st.floats(0.0, 1.5, allow_subnormal=False)
CHANNELS = st.builds(
    SpinChannels, decay=st.floats(0.05, 1.5), pumping=RATES, dephasing=RATES, axis=st.sampled_from("xz")
)
TIMES = np.linspace(0, 4, 9)


def with_channels(model, channels):
    return MultimodeDicke(model.g, model.omega, model.loss, model.gain, model.drive, model.patterns, channels)


def one_pattern(coupling, channels, drive=0.25, n=4):
    return MultimodeDicke(np.full((n, 1), coupling / np.sqrt(n)), 1.0, 1.0, 0.0, drive, channels=channels)


@FEW
@given(models_with_states(max_spins=3, max_modes=2), CHANNELS, st.sampled_from(["class", "site"]))
def test_single_runs_and_lanes_follow_the_twin(drawn, channels, resolution):
    model, start = with_channels(drawn[0], channels), drawn[1]
    bloch, waves = channels_bloch.evolve(model, start.bloch, start.amplitudes, TIMES)
    theory = MeanField(resolution=resolution, rtol=1e-10, atol=1e-12)
    one, many = theory.evolve(model, start, TIMES), theory.evolve(model, [start, start], TIMES)
    for found in (one, many.isel(run=1)):
        np.testing.assert_allclose(found["spin_z"], bloch[..., 2], atol=1e-7)
        np.testing.assert_allclose(found["magnetisation_x"], bloch[..., 0].mean(axis=1), atol=1e-7)
        np.testing.assert_allclose(found["amplitude_imag"], waves.imag, atol=1e-7)
        assert "length_drift" not in found.attrs


@pytest.mark.parametrize("axis", ["x", "z"])
def test_plain_python_and_compiled_kernels_add_the_same(axis):
    state, rates = np.random.default_rng(2).normal(size=11), np.array([0.3, 0.2, 0.1])
    compiled, plain = np.zeros(11), np.zeros(11)
    add_channels(rates, "xyz".index(axis), 9, state, compiled)
    add_channels.py_func(rates, "xyz".index(axis), 9, state, plain)
    np.testing.assert_allclose(compiled, plain, rtol=1e-15)
    assert (compiled[9:] == 0).all()


@FEW
@given(CHANNELS, st.floats(0.05, 1.0))
def test_an_atom_without_light_obeys_blochs_equations(channels, drive):
    """Optical Bloch equations in the steady state, with the field along x and each axis of decay."""
    model = MultimodeDicke([[0.0]], 1.0, 1.0, 0.0, drive, channels=channels)
    found = MeanField().steady_state(model, [1])
    rest, along, across = channels.rest, channels.longitudinal, channels.transverse
    if channels.axis == "x":
        expected = rest, 0.0, 0.0
    else:  # m_z = rest / (1 + s), m_y = -(2 drive / across) m_z with the saturation s = 4 drive^2 / (along across)
        z = rest / (1 + 4 * drive**2 / (along * across))
        expected = 0.0, -2 * drive / across * z, z
    names = ("magnetisation_x", "magnetisation_y", "magnetisation")
    np.testing.assert_allclose([found[name].item() for name in names], expected, atol=1e-9)
    assert found.attrs["residual"] < 1e-10
    assert found.attrs["growth_rate"] < 0


@FEW
@given(st.floats(0.1, 2.0), st.floats(0.0, 0.05), st.floats(0.0, 0.3), st.floats(0.1, 0.6))
def test_the_onset_is_where_the_normal_state_becomes_unstable(decay, pumping, dephasing, drive):
    r"""$g_c^2 = \frac{|z|^2}{2\omega} \frac{4\Omega^2 + b^2}{4\Omega r}$, from the twin's linearised equations."""
    channels = SpinChannels(decay=decay, pumping=pumping, dephasing=dephasing)

    def leading(coupling):
        model = one_pattern(coupling, channels, drive, n=1)
        normal = np.array([channels.rest, 0.0, 0.0, 0.0, 0.0])
        steps = 1e-3 * np.eye(5)
        columns = [(channels_bloch.flat_slopes(model, normal + step) - channels_bloch.flat_slopes(model, normal - step))
                   for step in steps]  # fmt: skip
        return np.linalg.eigvals(np.stack(columns, axis=1) / 2e-3).real.max()

    predicted = np.sqrt(1.25 / 2 * (4 * drive**2 + channels.transverse**2) / (4 * drive * -channels.rest))
    assert brentq(leading, 0.5 * predicted, 1.5 * predicted, xtol=1e-12) == pytest.approx(predicted, rel=1e-6)


@pytest.mark.parametrize("channels", [SpinChannels(decay=0.2), SpinChannels(decay=0.3, pumping=0.1, dephasing=0.05)])
def test_the_order_parameter_appears_at_the_onset(channels):
    drive, b = 0.25, channels.transverse
    onset = np.sqrt(1.25 / 2 * (4 * drive**2 + b**2) / (4 * drive * -channels.rest))
    below, above = (MeanField().steady_state(one_pattern(f * onset, channels), [1] * 4) for f in (0.99, 1.01))
    assert abs(below["overlap"].item()) < 1e-7
    assert abs(above["overlap"].item()) > 0.05
    assert max(below.attrs["growth_rate"], above.attrs["growth_rate"]) < 0


def test_the_order_parameter_above_the_onset_is_the_root_of_the_reduced_equations():
    """With decay along x: x fixes itself so that the transverse determinant vanishes, x = rest (g_c / g)^2."""
    channels, drive, coupling = SpinChannels(decay=0.2), 0.25, 1.2
    b, a = channels.transverse, channels.longitudinal
    critical = 1.25 / 2 * (4 * drive**2 + b**2) / (4 * drive)
    x = -critical / coupling**2
    # h = -J z, y = b z / (2 drive); 0 = -2 h y - a (x + 1) gives z^2 = drive a (x + 1) / (J b)
    pull = 2 / 1.25 * coupling**2
    z = np.sqrt(drive * a * (x + 1) / (pull * b))
    found = MeanField().steady_state(one_pattern(coupling, channels), [1] * 4)
    z *= np.sign(found["overlap"].item())  # the flow decides between the two branches
    assert found["magnetisation_x"].item() == pytest.approx(x, abs=1e-10)
    assert found["overlap"].item() == pytest.approx(z, abs=1e-10)
    assert found["magnetisation_y"].item() == pytest.approx(b * z / (2 * drive), abs=1e-10)


@pytest.mark.parametrize("ratio", [1.001, 1.005, 1.01])
def test_just_above_the_onset_the_state_is_the_one_that_the_flow_reaches(ratio):
    """The normal state is a root as well, near by and unstable: z of the reduced equations, and no warning."""
    channels, drive = SpinChannels(decay=0.2, dephasing=0.1), 0.25
    a, b, rest = channels.longitudinal, channels.transverse, channels.rest
    onset = np.sqrt(1.25 / 2 * (4 * drive**2 + b**2) / (4 * drive * -rest))
    found = MeanField().steady_state(one_pattern(ratio * onset, channels, n=100), [1] * 100)
    x, pull = rest / ratio**2, 2 / 1.25 * (ratio * onset) ** 2
    assert abs(found["magnetisation"].item()) == pytest.approx(np.sqrt(drive * a * (x - rest) / (pull * b)), abs=1e-9)
    assert found["magnetisation_x"].item() == pytest.approx(x, abs=1e-9)
    assert found.attrs["growth_rate"] < 0


def test_a_start_that_stays_on_an_unstable_state_is_told():
    channels = SpinChannels(decay=0.2)
    normal = ProductState([[-1.0, 0.0, 0.0]] * 4, [0.0])
    with pytest.warns(RegimeWarning, match="fixed point is not stable: a deviation grows at the rate 0"):
        found = MeanField().steady_state(one_pattern(1.2, channels), normal)
    assert found["magnetisation"].item() == 0.0
    nearly = ProductState([[-1.0, 0.0, 1e-6]] * 4, [0.0])  # leaves, late
    assert abs(MeanField().steady_state(one_pattern(1.2, channels), nearly)["magnetisation"].item()) > 0.3


def test_an_oscillation_that_goes_on_is_no_fixed_point():
    """Inverted atoms above their threshold: the only root is unstable, and far from the flow."""
    inverted = MultimodeDicke([[0.6]] * 4, 1.0, 0.4, 0.0, 0.25, channels=SpinChannels(decay=0.02, pumping=0.5))
    late = MeanField().evolve(inverted, [1] * 4, np.linspace(500.0, 600.0, 60))
    assert np.ptp(late["magnetisation"].values) > 0.3
    with pytest.raises(ConvergenceError, match="the flow moves on after 1890 times the slowest time of damping"):
        MeanField().steady_state(inverted, [1] * 4)


def test_dephasing_alone_leaves_no_order_and_decay_restores_it():
    lost = MeanField().steady_state(one_pattern(3.0, SpinChannels(dephasing=0.05)), [1] * 4)
    kept = MeanField().steady_state(one_pattern(3.0, SpinChannels(dephasing=0.05, decay=0.2)), [1] * 4)
    assert abs(lost["overlap"].item()) < 1e-6
    assert abs(kept["overlap"].item()) > 0.1


def test_spins_of_one_class_forget_that_they_started_apart():
    """Without channels a spin that starts upside down stays so; with them all of a class end alike."""
    found = MeanField().steady_state(one_pattern(1.5, SpinChannels(decay=0.3)), [1, 1, 1, -1])
    assert np.ptp(found["spin_z"].values) < 1e-12
    assert abs(found["overlap"].item()) > 0.3


@pytest.mark.parametrize("axis", ["x", "z"])
def test_ensembles_have_the_rates_of_the_model_in_every_run(axis):
    channels = SpinChannels(decay=0.3, pumping=0.1, dephasing=0.2, axis=axis)
    drives, scales = np.array([0.1, 0.4]), np.array([0.7, 1.3])
    model = MultimodeDicke([[0.5, 0.2], [0.5, -0.2], [0.3, 0.4]], [1.0, 1.3], 1.0, 0.1, 0.2, channels=channels)
    bloch, waves = dicke_paths(model, [[1, 1, -1]] * 2, TIMES, drives=drives, scales=scales)
    ends = dicke_tails(model, [[1, 1, -1]] * 2, TIMES[-1], 1.0, samples=2, drives=drives, scales=scales)
    start = ProductState.relaxed(model, [1, 1, -1])
    for run, (drive, scale) in enumerate(zip(drives, scales, strict=True)):
        one = MultimodeDicke(scale * model.g, model.omega, model.loss, model.gain, drive, channels=channels)
        vectors, amplitudes = channels_bloch.evolve(one, start.bloch, start.amplitudes, TIMES)
        np.testing.assert_allclose(bloch[run], vectors, atol=1e-7)
        np.testing.assert_allclose(waves[run], amplitudes, atol=1e-7)
        np.testing.assert_allclose(ends.amplitudes[run], amplitudes[-1], atol=1e-7)


def test_the_channels_of_a_result_are_in_its_model():
    model = one_pattern(0.5, SpinChannels(decay=0.1, axis="z"))
    found = MeanField().evolve(model, [1] * 4, [0.0, 1.0])
    assert MultimodeDicke.from_json(found.attrs["model"]).channels == model.channels
