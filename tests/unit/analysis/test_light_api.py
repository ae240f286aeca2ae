"""The light as the read-out: quadratures, Wigner functions, overlaps from records; against closed forms and QuTiP."""

import json

import numpy as np
import pytest
import qutip
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from cavity_hopfield import MultimodeDicke, Patterns, output_field, recall_from_light, wigner, wigner_histogram
from cavity_hopfield.exceptions import ArgumentError

LEVELS = 40


def cavity(n_modes=1, **more):
    options = {"g": np.full((2, n_modes), 0.5), "omega": 1.0, "loss": 0.6, "drive": 0.1, **more}
    return MultimodeDicke(**options)


def light_of(rho, model=None):
    """A result with the moments of one mode in the state `rho`, a Qobj."""
    a = qutip.destroy(rho.shape[0])
    moments = {
        "photons": qutip.expect(a.dag() * a, rho),
        "amplitude_real": qutip.expect(a, rho).real,
        "amplitude_imag": complex(qutip.expect(a, rho)).imag,
        "pair_real": complex(qutip.expect(a * a, rho)).real,
        "pair_imag": complex(qutip.expect(a * a, rho)).imag,
    }
    data = {name: (("time", "mode"), np.array([[value]], dtype=float)) for name, value in moments.items()}
    return xr.Dataset(data, {"time": [0.0]}, {"model": (model or cavity()).to_json(), "theory": '{"name": "test"}'})


def state_of(rho, displacement=0j):
    matrix = rho.full()[None]
    data = {
        "light_state_real": (("time", "level", "level_2"), matrix.real),
        "light_state_imag": (("time", "level", "level_2"), matrix.imag),
    }
    attrs = {"displacement_real": displacement.real, "displacement_imag": displacement.imag}
    attrs |= {"model": cavity().to_json(), "theory": '{"name": "Lindblad"}', "mode": 0}
    return xr.Dataset(data, {"time": [0.0]}, attrs)


def squeezed(alpha, zeta):
    vacuum = qutip.basis(LEVELS, 0)
    return qutip.ket2dm(qutip.displace(LEVELS, alpha) * qutip.squeeze(LEVELS, zeta) * vacuum)


@settings(max_examples=15, deadline=None)
@given(
    alpha=st.complex_numbers(max_magnitude=1.2),
    zeta=st.complex_numbers(max_magnitude=0.5),
    angle=st.floats(0, 3.1),
)
def test_quadratures_are_those_of_the_operator(alpha, zeta, angle):
    rho = squeezed(alpha, zeta)
    a = qutip.destroy(LEVELS)
    x = a * np.exp(-1j * angle) + a.dag() * np.exp(1j * angle)
    field = output_field(light_of(rho), [angle])
    assert field["quadrature"].item() == pytest.approx(qutip.expect(x, rho), abs=1e-5)
    assert field["variance"].item() == pytest.approx(qutip.variance(x, rho), abs=1e-4)


def test_a_squeezed_vacuum_has_one_quadrature_below_that_of_the_vacuum():
    field = output_field(light_of(squeezed(0.0, 0.5)))
    np.testing.assert_allclose(field["variance"].values.ravel(), [np.exp(-1.0), np.exp(1.0)], rtol=1e-5)


def test_flux_and_output_follow_from_the_loss_of_each_mode():
    model = cavity(loss=0.4)
    result = light_of(qutip.ket2dm(qutip.coherent(LEVELS, 1.0 + 0.5j)), model)
    result["photons_error"] = (("mode",), [0.1])
    field = output_field(result)
    assert field["flux"].item() == pytest.approx(0.4 * 1.25, rel=1e-6)
    assert field["flux_error"].item() == pytest.approx(0.04)
    assert field["output_imag"].item() == pytest.approx(np.sqrt(0.4) * 0.5, rel=1e-6)


def test_a_theory_without_pairs_tells_no_variance():
    result = light_of(qutip.ket2dm(qutip.coherent(LEVELS, 1.0))).drop_vars(["pair_real", "pair_imag"])
    assert "variance" not in output_field(result)


@pytest.mark.parametrize("beta", [0j, 0.7 - 0.4j])
def test_the_wigner_function_of_a_displaced_thermal_state(beta):
    r"""$W = \frac{2}{\pi \nu} e^{-2 |\alpha - \beta - \alpha_0|^2 / \nu}$ with $\nu = 2 \bar n + 1$."""
    nbar, inside = 0.3, 0.5 + 0.2j
    shift = qutip.displace(LEVELS, inside)
    rho = shift * qutip.thermal_dm(LEVELS, nbar) * shift.dag()
    x, y = np.linspace(-3.5, 4.5, 65), np.linspace(-4, 4, 81)
    found = wigner(state_of(rho, beta), x, y)
    alpha = x + 1j * y[:, None]
    nu = 2 * nbar + 1
    expected = 2 / (np.pi * nu) * np.exp(-2 * np.abs(alpha - beta - inside) ** 2 / nu)
    np.testing.assert_allclose(found["wigner"].values[0], expected, atol=1e-5)
    assert found["weight"].item() == pytest.approx(1.0, abs=1e-5)


def test_a_photon_has_a_negative_wigner_function():
    grid = np.linspace(-3, 3, 61)
    found = wigner(state_of(qutip.fock_dm(8, 1)), grid, grid)
    assert found["wigner"].sel(alpha_real=0, alpha_imag=0, method="nearest").item() == pytest.approx(-2 / np.pi)


def test_samples_of_the_vacuum_have_its_wigner_function():
    """200 000 samples: a variance wrong by 3 % would move the middle by 3 %, five times the error allowed."""
    stream = np.random.default_rng(1)
    samples = stream.normal(scale=0.5, size=(2, 200_000, 1))
    data = {"alpha_real": (("run", "time"), samples[0]), "alpha_imag": (("run", "time"), samples[1])}
    attrs = {"model": cavity().to_json(), "theory": '{"name": "TruncatedWigner"}'}
    grid = np.linspace(-3, 3, 25)
    found = wigner_histogram(xr.Dataset(data, {"time": [0.0]}, attrs), grid, grid)
    middle = found["wigner"].values[0, 12, 12]
    # the mean of 2 / pi e^{-2 |alpha|^2} over a cell of 1/4 x 1/4
    edge = np.linspace(-0.125, 0.125, 201)
    expected = 2 / np.pi * np.mean(np.exp(-2 * (edge**2 + edge[:, None] ** 2)))
    assert middle == pytest.approx(expected, rel=0.02)
    assert found["weight"].item() == pytest.approx(1.0, abs=1e-4)


def records(model, overlaps, runs=3, bins=200, length=0.1, noise=0.0, seed=1):
    """Records of light at rest under spins with these overlaps (for patterns that are orthogonal)."""
    force = model.n_spins * np.diag(model.g.T @ model.memory.values.T / model.n_spins) * overlaps
    signal = np.sqrt(model.loss) * (-1j * force / model.pole)
    stream = np.random.default_rng(seed)
    shape = (runs, bins, model.n_modes)
    white = (stream.standard_normal(shape) + 1j * stream.standard_normal(shape)) / np.sqrt(2 * length)
    record = signal + noise * white
    data = {
        "record_real": (("run", "time", "mode"), record.real),
        "record_imag": (("run", "time", "mode"), record.imag),
    }
    data["bin_length"] = ("time", np.full(bins, length))
    times = length * np.arange(1, bins + 1)
    return xr.Dataset(data, {"time": times}, {"model": model.to_json(), "theory": '{"name": "Heterodyne"}'})


ORTHOGONAL = Patterns([[1, 1, 1, 1], [1, 1, -1, -1]])


def two_modes(**more):
    return MultimodeDicke.from_patterns(ORTHOGONAL, (0.3, 0.4), (1.0, 1.3), (0.8, 0.5), drive=0.1, **more)


def test_the_overlaps_come_back_from_the_light():
    found = recall_from_light(records(two_modes(), [0.2, -0.9]), time=1.0)
    np.testing.assert_allclose(found["overlap"].values[0, -1], [0.2, -0.9], atol=1e-12)
    assert (found["recalled"] == 1).all()


def test_the_noise_of_detection_is_told():
    """Over 200 runs and 20 independent averages the deviation is known to 1.1 %."""
    found = recall_from_light(records(two_modes(), [0.2, -0.9], runs=200, noise=1.0), time=1.0)
    apart = found["overlap"].values[:, 9::10] - [0.2, -0.9]
    told = found["overlap_noise"].values[-1]
    np.testing.assert_allclose(apart.std(axis=(0, 1)), told, rtol=0.05)


def test_overlapping_patterns_are_told_apart():
    patterns = Patterns([[1, 1, 1, 1, 1, -1], [1, 1, 1, -1, -1, -1]])
    model = MultimodeDicke.from_patterns(patterns, 0.3, 1.0, 0.8)
    sigma = patterns.values[1]
    record = np.sqrt(model.loss) * model.relaxed_amplitudes(sigma)
    data = {name: (("run", "time", "mode"), part[None, None]) for name, part in
            (("record_real", record.real), ("record_imag", record.imag))}  # fmt: skip
    data["bin_length"] = ("time", [1.0])
    result = xr.Dataset(data, {"time": [1.0]}, {"model": model.to_json(), "theory": '{"name": "Heterodyne"}'})
    found = recall_from_light(result, time=1.0)
    np.testing.assert_allclose(found["overlap"].values[0, 0], patterns.overlaps(sigma.astype(float)), atol=1e-12)


def test_an_inefficient_detector_is_allowed_for():
    record = records(two_modes(), [0.2, -0.9], noise=1.0)
    dimmed = record.assign({name: 0.5 * record[name] for name in ("record_real", "record_imag")})
    dimmed.attrs["theory"] = '{"name": "Heterodyne", "efficiency": 0.25}'
    full, found = recall_from_light(record, 2.0), recall_from_light(dimmed, 2.0)
    np.testing.assert_allclose(found["overlap"], full["overlap"], atol=1e-12)
    np.testing.assert_allclose(found["overlap_noise"], 2 * full["overlap_noise"])


def test_records_selected_by_time_keep_their_noise():
    whole = records(two_modes(), [0.2, -0.9])
    full, late = recall_from_light(whole, 1.0), recall_from_light(whole.isel(time=slice(100, None)), 1.0)
    np.testing.assert_allclose(late["overlap_noise"][20:], full["overlap_noise"][120:])
    np.testing.assert_allclose(late["overlap_noise"][0], full["overlap_noise"][0])
    turned = recall_from_light(whole.transpose("mode", "time", "run"), 1.0)
    np.testing.assert_allclose(turned["overlap"], full["overlap"])


def test_nothing_is_recalled_before_the_first_record():
    result = records(two_modes(), [0.2, -0.9], bins=3)
    result["bin_length"][0] = 0.0
    found = recall_from_light(result, 1.0)
    assert (found["recalled"].values[:, 0] == -1).all()
    assert np.isnan(found["overlap"].values[:, 0]).all()
    assert (found["recalled"].values[:, 1:] == 1).all()


def test_three_modes_are_weighed_by_their_noise():
    """Over 4000 averages the deviation is known to 1.1 %; equal weights would give it 9 % more."""
    model = MultimodeDicke(np.array([[0.3, 0.3, 0.3], [0.3, -0.3, 0.3]] * 2), 1.0, (0.8, 0.8, 0.1), patterns=Patterns(
        [[1, 1, 1, 1], [1, -1, 1, -1]]))  # fmt: skip
    signal = np.sqrt(model.loss) * (-1j * np.array([1.0, 0.0, 1.0]) * 4 * 0.3 / model.pole)
    stream = np.random.default_rng(2)
    white = (stream.standard_normal((200, 20, 3)) + 1j * stream.standard_normal((200, 20, 3))) / np.sqrt(2)
    data = {name: (("run", "time", "mode"), part) for name, part in
            (("record_real", (signal + white).real), ("record_imag", (signal + white).imag))}  # fmt: skip
    attrs = {"model": model.to_json(), "theory": '{"name": "Heterodyne"}'}
    found = recall_from_light(
        xr.Dataset(data | {"bin_length": ("time", np.ones(20))}, {"time": np.arange(1.0, 21.0)}, attrs), 1.0
    )
    assert found["overlap"].values[..., 0].mean() == pytest.approx(1.0, abs=0.05)
    np.testing.assert_allclose(found["overlap"].values[..., 0].std(), found["overlap_noise"].values[0, 0], rtol=0.05)


def test_runs_are_averaged_before_variances():
    """Of two runs with opposite amplitudes of coherent light the mixture has the variance of the two together."""
    alpha = np.array([1.5, -1.5])
    data = {"photons": alpha**2, "amplitude_real": alpha, "amplitude_imag": 0 * alpha,
            "pair_real": alpha**2, "pair_imag": 0 * alpha}  # fmt: skip
    result = xr.Dataset({name: (("run", "mode"), value[:, None]) for name, value in data.items()},
                        attrs={"model": cavity().to_json(), "theory": "{}"})  # fmt: skip
    field = output_field(result)
    np.testing.assert_allclose(field["variance"].values[0], [1 + 4 * 1.5**2, 1.0])


def test_results_remember_what_made_them():
    found = recall_from_light(records(two_modes(), [0.2, -0.9]), time=1.0)
    assert json.loads(found.attrs["theory"]) == {"name": "recall_from_light", "time": 1.0}


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: output_field(xr.Dataset()), "with `photons`"),
        (lambda: wigner(xr.Dataset(), [0, 1], [0, 1]), "light_state"),
        (lambda: wigner(state_of(qutip.fock_dm(3, 0)), [1, 0], [0, 1]), "increases strictly"),
        (lambda: wigner_histogram(xr.Dataset(), [0, 1], [0, 1]), "light_samples"),
        (lambda: recall_from_light(xr.Dataset(), 1.0), "heterodyne records"),
        (lambda: recall_from_light(records(two_modes(), [1, 0]), 0.0), "Argument `time`"),
        (lambda: recall_from_light(records(two_modes(), [1, 0]), 0.05), "longest bin"),
        (lambda: recall_from_light(records(two_modes(), [1, 0]).isel(run=0), 1.0), "Select with lists"),
        (lambda: output_field(records(two_modes(), [1, 0])), "with `photons`"),
    ],
)
def test_wrong_input_is_named(call, text):
    with pytest.raises(ArgumentError, match=text):
        call()


def test_light_that_does_not_tell_the_patterns_apart_is_refused():
    model = MultimodeDicke(np.full((4, 1), 0.3), 1.0, 0.8, patterns=ORTHOGONAL)
    data = {name: (("run", "time", "mode"), np.zeros((1, 1, 1))) for name in ("record_real", "record_imag")}
    data["bin_length"] = ("time", [1.0])
    result = xr.Dataset(data, {"time": [1.0]}, {"model": model.to_json(), "theory": '{"name": "Heterodyne"}'})
    with pytest.raises(ArgumentError, match="Give every pattern a mode"):
        recall_from_light(result, 1.0)
