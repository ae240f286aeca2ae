import json

import numpy as np
import pytest
from hypothesis import given, settings

from cavity_hopfield import ArgumentError, MultimodeDicke, Patterns
from tests.strategies import models
from tests.twins import classical_generator as twin

GOOD = {"g": [[0.5, 0.2], [0.3, -0.4], [0.1, 0.6]], "omega": [1.0, 2.0], "loss": 1.0, "gain": 0.25, "drive": 0.1}


def signs(n):
    return np.array([twin.configuration(k, n) for k in range(2**n)])


def test_sizes_and_one_value_for_all_modes():
    model = MultimodeDicke(**GOOD)
    assert (model.n_spins, model.n_modes) == (3, 2)
    np.testing.assert_array_equal(model.loss, [1.0, 1.0])
    np.testing.assert_array_equal(model.gain, [0.25, 0.25])


def test_derived_rates_by_hand():
    model = MultimodeDicke(**GOOD)
    np.testing.assert_allclose(model.net_loss, [0.75, 0.75])
    np.testing.assert_allclose(model.thermal_occupation, [1 / 3, 1 / 3])
    np.testing.assert_allclose(model.noise_factor, [5 / 3, 5 / 3])
    np.testing.assert_allclose(model.pole, [0.375 + 1j, 0.375 + 2j])
    np.testing.assert_allclose(model.eta, [0.75, 0.375])


def test_arrays_are_read_only_copies():
    g = np.array(GOOD["g"])
    model = MultimodeDicke(**{**GOOD, "g": g})
    g[0, 0] = 7
    assert model.g[0, 0] == 0.5
    for array in (model.g, model.omega, model.loss, model.gain):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


@given(models())
@settings(deadline=None, max_examples=40)
def test_ising_couplings_energies_and_flips_equal_their_loops(model):
    loops = twin.cavity_couplings(model.g, model.omega, model.loss, model.gain)
    np.testing.assert_allclose(model.ising_couplings(), loops, rtol=0, atol=1e-12)
    for sigma in map(tuple, signs(model.n_spins).tolist()):
        assert model.energy(sigma) == pytest.approx(twin.energy(loops, sigma), abs=1e-10)
        costs = [twin.flip_cost(loops, sigma, i) for i in range(model.n_spins)]
        np.testing.assert_allclose(model.flip_energies(sigma), costs, rtol=0, atol=1e-10)


@given(models())
@settings(deadline=None, max_examples=40)
def test_force_and_relaxed_amplitudes_equal_their_definition(model):
    for sigma in signs(model.n_spins):
        force = [sum(model.g[i, mu] * sigma[i] for i in range(model.n_spins)) for mu in range(model.n_modes)]
        np.testing.assert_allclose(model.force(sigma), force, rtol=0, atol=1e-13)
        # at rest: 0 = -z alpha - i x
        pole = (model.loss - model.gain) / 2 + 1j * model.omega
        assert abs(model.relaxed_amplitudes(sigma) * pole + 1j * np.array(force)).max() < 1e-13


def test_many_configurations_at_once_keep_their_leading_axes():
    model, sigma = MultimodeDicke(**GOOD), signs(3).reshape(2, 4, 3)
    assert model.force(sigma).shape == (2, 4, 2)
    assert model.relaxed_amplitudes(sigma).shape == (2, 4, 2)
    assert model.flip_energies(sigma).shape == (2, 4, 3)
    assert model.energy(sigma).shape == (2, 4)
    assert model.energy(sigma)[1, 2] == pytest.approx(float(model.energy(sigma[1, 2])), abs=1e-15)


def test_mean_energy_of_uncorrelated_spins_is_the_average_over_configurations():
    model, z = MultimodeDicke(**GOOD), np.array([0.3, -0.8, 0.5])
    weights = [np.prod((1 + np.array(sigma) * z) / 2) for sigma in signs(3)]
    loops = twin.cavity_couplings(model.g, model.omega, model.loss, model.gain)
    average = sum(w * twin.energy(loops, sigma) for w, sigma in zip(weights, signs(3), strict=True))
    assert float(model.mean_energy(z)) == pytest.approx(average, abs=1e-14)


def test_coupling_classes_are_the_equal_rows():
    labels = MultimodeDicke([[1, 2], [3, 4], [1, 2], [-1, -2]], 1, 1).coupling_classes()
    assert labels[0] == labels[2]
    assert len(set(labels.tolist())) == 3


def test_patterns_default_to_the_signs_of_the_couplings():
    np.testing.assert_array_equal(MultimodeDicke(**GOOD).memory.values, [[1, 1, 1], [1, -1, 1]])


def test_a_zero_coupling_leaves_the_model_without_memory():
    model = MultimodeDicke([[0.5], [0.0]], 1, 1)
    assert model.patterns is None
    with pytest.raises(ArgumentError, match=r"carries no patterns.*Pass `patterns=`"):
        _ = model.memory


@pytest.mark.parametrize(("scaling", "size"), [("extensive", 1.0), ("intensive", 0.5)])
def test_from_patterns_couples_one_mode_to_each_pattern(scaling, size):
    stored = Patterns([[1, 1, -1, -1], [1, -1, 1, -1]])
    model = MultimodeDicke.from_patterns(stored, [0.3, 0.7], 1, 1, scaling=scaling)
    expected = [[0.3 * size * stored.values[0, i], 0.7 * size * stored.values[1, i]] for i in range(4)]
    np.testing.assert_allclose(model.g, expected, rtol=1e-15)
    assert model.patterns is stored


def test_disorder_has_the_stated_spread_and_its_seed_fixes_it():
    stored = Patterns(np.ones((2, 5000)))
    first, again, other = (
        MultimodeDicke.from_patterns(stored, [0.3, 0.7], 1, 1, disorder=0.1, seed=seed) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first.g, again.g)
    assert (first.g != other.g).all()
    zeta = (first.g / [0.3, 0.7] - 1) / 0.1
    # 10 000 standard normal numbers: standard errors 0.01 of the mean, 0.007 of the spread
    assert abs(zeta.mean()) < 0.045
    assert zeta.std() == pytest.approx(1, abs=0.032)
    assert abs(np.corrcoef(zeta.T)[0, 1]) < 4.5 / np.sqrt(5000)


@given(models())
@settings(deadline=None, max_examples=40)
def test_json_round_trip_is_exact(model):
    again = MultimodeDicke.from_json(model.to_json())
    for name in ("g", "omega", "loss", "gain", "drive"):
        np.testing.assert_array_equal(getattr(again, name), getattr(model, name))
    np.testing.assert_array_equal(again.memory.values, model.memory.values)
    assert again.to_json() == model.to_json()


def test_json_keeps_names_and_shape_of_the_patterns():
    stored = Patterns([[1, 1, -1, -1]], names=("rows",), shape=(2, 2))
    again = MultimodeDicke.from_json(MultimodeDicke.from_patterns(stored, 1 / 3, 1, 1).to_json())
    assert (again.memory.names, again.memory.shape) == (("rows",), (2, 2))
    assert json.loads(again.to_json())["g"][0] == [1 / 3]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"g": [0.5, 0.3]}, r"`g` must have shape \(N, M\).*has shape \(2,\).*`g\[:, None\]`"),
        ({"g": np.zeros((0, 2))}, r"`g` must have shape \(N, M\)"),
        ({"g": [[0.5, np.nan]]}, r"`g` must be finite, but holds nan at index \(0, 1\)"),
        ({"g": [[0.5 + 1j, 0.2]]}, "`g` must hold real numbers, but is complex. Take its real part"),
        ({"g": "abc"}, "`g` must hold real numbers"),
        ({"omega": [1.0, 0.0]}, "`omega` must be positive for every mode, but mode 1 has omega=0"),
        ({"omega": -1.0}, "`omega` must be positive.*negative detuning inverts the memory"),
        ({"omega": [1.0, 2.0, 3.0]}, r"`omega` must be a number or have shape \(2,\).*has shape \(3,\)"),
        ({"gain": -0.1}, "`gain` must not be negative, but mode 0 has gain=-0.1"),
        ({"gain": 1.0}, "`loss` must exceed `gain`.*mode 0 has loss=1, gain=1.*no steady state"),
        ({"gain": [0.1, 2.0]}, "`loss` must exceed `gain`.*mode 1 has loss=1, gain=2"),
        ({"loss": np.inf}, "`loss` must be finite, but holds inf"),
        ({"drive": -0.1}, "`drive` must be at least 0, but is -0.1"),
        ({"drive": [0.1, 0.2]}, r"`drive` must be one number, but has shape \(2,\)"),
        ({"patterns": Patterns([[1, 1]])}, "`patterns` must have 3 spins, one per row of `g`, but has 2"),
    ],
)
def test_what_the_physics_does_not_allow_is_refused(change, message):
    with pytest.raises(ArgumentError, match=message):
        MultimodeDicke(**{**GOOD, **change})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"scaling": "thermodynamic"}, "`scaling` must be one of 'extensive', 'intensive', but is 'thermodynamic'"),
        ({"g": [0.5, -0.5]}, "`g` must be positive, but holds -0.5"),
        ({"g": 0.0}, "`g` must be positive, but holds 0"),
        ({"g": [0.1, 0.2, 0.3]}, r"`g` must be a number or have shape \(2,\)"),
        ({"disorder": 0.1}, "`disorder` and `seed` go together, but disorder=0.1 and seed=None"),
        ({"seed": 1}, "`disorder` and `seed` go together, but disorder=0 and seed=1"),
        ({"disorder": -0.1, "seed": 1}, "`disorder` must be at least 0"),
        ({"disorder": np.nan, "seed": 1}, "`disorder` must be finite"),
        ({"disorder": 0.1, "seed": -1}, "`seed` must be a whole number of at least 0"),
    ],
)
def test_from_patterns_refuses(change, message):
    good = {"g": 0.5, "omega": 1.0, "loss": 1.0}
    with pytest.raises(ArgumentError, match=message):
        MultimodeDicke.from_patterns(Patterns([[1, 1, -1], [1, -1, 1]]), **{**good, **change})


@pytest.mark.parametrize("call", ["force", "relaxed_amplitudes", "flip_energies", "energy"])
def test_configurations_must_fit_the_model(call):
    model = MultimodeDicke(**GOOD)
    with pytest.raises(ArgumentError, match=r"must have 3 spins along its last axis, but has shape \(2,\)"):
        getattr(model, call)([1, -1])
    with pytest.raises(ArgumentError, match="must hold only -1 and \\+1, but holds 0"):
        getattr(model, call)([1, 0, -1])


def test_expectations_must_fit_the_model():
    with pytest.raises(ArgumentError, match="spin_z"):
        MultimodeDicke(**GOOD).mean_energy([0.5, 0.5])


def test_patterns_must_be_patterns():
    with pytest.raises(ArgumentError, match="patterns"):
        MultimodeDicke(**GOOD, patterns=[[1, 1, 1]])


def test_a_model_is_told_in_one_line():
    alike = MultimodeDicke(g=np.full((35, 3), 0.1), omega=1.0, loss=0.3, drive=2.5e-4)
    assert repr(alike) == "MultimodeDicke(35 spins, 3 modes: omega=1, loss=0.3, gain=0, drive=0.00025)"
    unlike = MultimodeDicke(g=[[0.1, 0.2]], omega=[1.0, 2.0], loss=1.0, drive=0.1)
    assert "omega=1 to 2" in repr(unlike)
