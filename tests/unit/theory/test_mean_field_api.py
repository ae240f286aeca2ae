import json

import numpy as np
import pytest

from cavity_hopfield import ArgumentError, MeanField, MultimodeDicke, Patterns, ProductState, RegimeWarning, model_of

# these tests ask about the equations, not about how many atoms they hold for
pytestmark = pytest.mark.filterwarnings("ignore:mean field neglects the dephasing")

STORED = Patterns([[1, 1, -1], [1, -1, 1]], names=("one", "two"))
MODEL = MultimodeDicke.from_patterns(STORED, [0.4, 0.7], [1.0, 1.3], 1.0, 0.2, drive=0.1)
DIMS = {
    "overlap": ("time", "pattern"),
    "overlap_x": ("time", "pattern"),
    "overlap_y": ("time", "pattern"),
    "magnetisation": ("time",),
    "magnetisation_x": ("time",),
    "magnetisation_y": ("time",),
    "energy": ("time",),
    "spin_z": ("time", "spin"),
    "photons": ("time", "mode"),
    "amplitude_real": ("time", "mode"),
    "amplitude_imag": ("time", "mode"),
}


def test_an_evolution_has_named_observables_with_units():
    result = MeanField().evolve(MODEL, [1, 1, -1], [0.0, 1.0, 2.5])
    assert {name: variable.dims for name, variable in result.data_vars.items()} == DIMS
    assert dict(result.sizes) == {"time": 3, "pattern": 2, "spin": 3, "mode": 2}
    assert result["pattern"].values.tolist() == ["one", "two"]
    assert result["time"].values.tolist() == [0.0, 1.0, 2.5]
    assert result["time"].attrs["units"] == "1 / unit of omega"
    for name in DIMS:
        assert result[name].attrs["units"] == ("unit of omega" if name == "energy" else "1")
        assert len(result[name].attrs["long_name"]) > 5


def test_a_steady_state_has_the_same_observables_without_time():
    result = MeanField().steady_state(MODEL, [1, 1, -1])
    assert {name: variable.dims for name, variable in result.data_vars.items()} == {
        name: dims[1:] for name, dims in DIMS.items()
    }
    assert result.attrs["residual"] < 1e-10


def test_a_result_remembers_how_it_was_made():
    result = MeanField(rtol=1e-6).evolve(MODEL, [1, 1, -1], [0.0, 1.0])
    assert json.loads(result.attrs["theory"]) == {
        "name": "MeanField", "atoms_per_spin": 1.0, "resolution": "class", "rtol": 1e-6, "atol": 1e-10,
    }  # fmt: skip
    assert {"cavity_hopfield", "numpy", "scipy", "numba", "xarray"} <= set(json.loads(result.attrs["versions"]))
    assert model_of(result).to_json() == MODEL.to_json()
    assert 0 <= result.attrs["length_drift"] < 1e-6


def test_a_model_without_patterns_has_no_overlap():
    model = MultimodeDicke([[0.5], [0.0]], 1, 1, drive=0.1)
    for result in (MeanField().evolve(model, [1, 1], [1.0]), MeanField().steady_state(model, [1, 1])):
        assert "overlap" not in result
        assert "pattern" not in result.dims


def test_the_first_time_may_be_zero_or_later():
    theory = MeanField(rtol=1e-10)
    whole = theory.evolve(MODEL, [1, 1, -1], [0.0, 1.0, 2.0])
    np.testing.assert_array_equal(whole["spin_z"][0], [1, 1, -1])
    np.testing.assert_allclose(theory.evolve(MODEL, [1, 1, -1], [2.0])["spin_z"][0], whole["spin_z"][2], atol=1e-8)
    only_start = theory.evolve(MODEL, [1, 1, -1], [0.0])
    np.testing.assert_array_equal(only_start["spin_z"], whole["spin_z"][:1])


def test_a_configuration_stands_for_its_relaxed_state():
    by_name, written_out = (
        MeanField().evolve(MODEL, start, [0.0, 1.0]) for start in ([1, 1, -1], ProductState.relaxed(MODEL, [1, 1, -1]))
    )
    thermal = by_name["photons"] - written_out["photons"]  # coherent light warms up with the gain
    np.testing.assert_allclose(thermal, MODEL.thermal_occupation * np.exp(-MODEL.net_loss * [[0.0], [1.0]]), rtol=1e-12)
    assert by_name.drop_vars("photons").identical(written_out.drop_vars("photons"))


@pytest.mark.parametrize("times", [[0.0, 1.0, 3.0], [2.0], [0.0]])
def test_progress_rises_to_one(times):
    told = []
    MeanField().evolve(MODEL, [1, 1, -1], times, progress=told.append)
    assert max(told) == pytest.approx(1.0)
    assert min(told) >= 0


@pytest.mark.parametrize("options", [{"rtol": np.float32(1e-6)}, {"atol": np.float32(1e-9)}])
def test_options_may_be_numpy_numbers(options):
    name, value = next(iter(options.items()))
    result = MeanField(**options).evolve(MODEL, [1, 1, -1], [1.0])
    assert json.loads(result.attrs["theory"])[name] == float(value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"resolution": "spin"}, "`resolution` must be one of 'class', 'site', but is 'spin'"),
        ({"rtol": 0}, "`rtol` must be at least 1e-12"),
        ({"rtol": 1e-30}, "`rtol` must be at least 1e-12"),
        ({"rtol": 10}, "`rtol` must be at most 0.01, but is 10"),
        ({"atol": -1.0}, "`atol` must be at least 1e-16"),
        ({"atol": 1.0}, "`atol` must be at most 0.01"),
        ({"rtol": np.nan}, "`rtol` must be finite"),
    ],
)
def test_numerical_choices_are_checked(options, message):
    with pytest.raises(ArgumentError, match=message):
        MeanField(**options)


def test_an_option_that_is_not_used_is_an_error():
    with pytest.raises(TypeError, match="runs"):
        MeanField(runs=3)


@pytest.mark.parametrize(
    ("initial", "times", "message"),
    [
        ([1, 1], [1.0], "`sigma` must have 3 spins|`initial` must have 3 spins"),
        ([1, 1, 0], [1.0], "must hold only -1 and"),
        ([[1, 1, 1]], [1.0], "must have 1 dimension"),
        (ProductState([[0, 0, 1]], [0, 0]), [1.0], "`initial` must have 3 spins and 2 modes, but has 1 and 2"),
        (ProductState(np.zeros((3, 3)), [0]), [1.0], "`initial` must have 3 spins and 2 modes, but has 3 and 1"),
        ([1, 1, 1], [1.0, 1.0], "`times` must increase strictly"),
        ([1, 1, 1], [2.0, 1.0], "`times` must increase strictly"),
        ([1, 1, 1], [-1.0], "`times` must not start before 0"),
        ([1, 1, 1], [], r"`times` must have shape \(T,\)"),
        ([1, 1, 1], [np.nan], "`times` must be finite"),
    ],
)
def test_what_does_not_fit_is_refused(initial, times, message):
    with pytest.raises(ArgumentError, match=message):
        MeanField().evolve(MODEL, initial, times)


def test_exactly_at_threshold_nothing_is_remembered():
    # one spin at g_c^2 = drive |z|^2 / (2 omega), docs/check_values.md; the mismatch is cubic there, so that a residual
    # of 1e-10 allows |m_z| up to about (4e-10)^(1/3)
    model = MultimodeDicke([[np.sqrt(0.25 * 1.25 / 2)]], 1.0, 1.0, drive=0.25)
    assert abs(MeanField().steady_state(model, [1])["magnetisation"].item()) < 1e-3


def test_ensembles_scale_the_light_and_keep_the_spins():
    r"""n atoms in every spin, coupled 1/sqrt(n) as strongly, written out as a model of n N spins."""
    copies, times = 4, [0.0, 1.0, 3.0]
    scaled = MeanField(atoms_per_spin=copies, rtol=1e-11).evolve(MODEL, [1, 1, -1], times)
    written_out = MultimodeDicke(
        np.repeat(MODEL.g, copies, axis=0) / np.sqrt(copies), MODEL.omega, MODEL.loss, MODEL.gain, MODEL.drive
    )
    full = MeanField(rtol=1e-11).evolve(written_out, np.repeat([1, 1, -1], copies), times)
    for name in ("magnetisation", "magnetisation_x", "photons", "amplitude_real", "amplitude_imag"):
        np.testing.assert_allclose(scaled[name], full[name], rtol=0, atol=1e-8)
    np.testing.assert_allclose(scaled["spin_z"], full["spin_z"][:, ::copies], rtol=0, atol=1e-8)
    assert scaled.attrs["largest_share"] == pytest.approx(full.attrs["largest_share"])
    assert scaled.attrs["dephased"] == pytest.approx(full.attrs["dephased"])


@pytest.mark.filterwarnings("default:mean field neglects")
def test_dephasing_that_mean_field_neglects_is_a_warning_with_the_number():
    model = MultimodeDicke([[0.5]], omega=1.0, loss=1.0, drive=0.1)
    dephasing = 4 * 0.5**2 * 0.5 / 1.25  # delta^2 Re(1/z), one flip
    with pytest.warns(RegimeWarning, match=r"here 0\.8 times 1/e within t = 2"):
        result = MeanField().evolve(model, [1], [0.0, 2.0])
    assert result.attrs["dephased"] == pytest.approx(2 * dephasing)


@pytest.mark.filterwarnings("error")
def test_ensembles_large_enough_need_no_warning():
    model = MultimodeDicke([[0.5]], omega=1.0, loss=1.0, drive=0.1)
    assert MeanField(atoms_per_spin=10).evolve(model, [1], [0.0, 2.0]).attrs["dephased"] < 0.1
