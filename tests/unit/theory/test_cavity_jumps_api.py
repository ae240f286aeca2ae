import json

import numpy as np
import pytest

from cavity_hopfield import (
    ArgumentError,
    Glauber,
    MultimodeDicke,
    OpenHopfield,
    Patterns,
    ProductState,
    RegimeWarning,
    SizeError,
    SpinChannels,
    model_of,
)
from cavity_hopfield.theory.jumps import QuantumJumps

DICKE = MultimodeDicke(g=[[0.4, 0.3], [0.4, -0.3]], omega=1.0, loss=[1.0, 0.8], drive=0.3)
ATOMS = MultimodeDicke(g=[[0.4]], omega=1.0, loss=1.0, gain=0.1, drive=0.3, channels=SpinChannels(0.5, 0.2, 0.3))
NETWORK = OpenHopfield([[0, 1], [1, 0]], Glauber(0.5), drive=0.4)
TIMES = [0.0, 0.7, 2.0]
THEORY = QuantumJumps(runs=6, seed=1)


def test_observables_have_names_dimensions_and_units():
    result = THEORY.evolve(DICKE, [1, 1], TIMES)
    along = {
        "pattern": {"overlap", "overlap_x", "overlap_y"},
        "mode": {"photons", "amplitude_real", "amplitude_imag", "pair_real", "pair_imag"},
        None: {"magnetisation", "magnetisation_x", "magnetisation_y", "energy"},
    }
    expected = {"jumps": ("run", "time"), "spin_z": ("time", "spin"), "g2": ("time", "mode")}
    expected |= {"spin_z_error": ("time", "spin"), "g2_error": ("time", "mode")}
    for last, names in along.items():
        rest = () if last is None else (last,)
        expected |= dict.fromkeys(names, ("run", "time", *rest))
        expected |= {f"{name}_error": ("time", *rest) for name in names}
    assert {name: variable.dims for name, variable in result.data_vars.items()} == expected
    assert dict(result.sizes) == {"run": 6, "time": 3, "pattern": 2, "spin": 2, "mode": 2}
    assert model_of(result).to_json() == DICKE.to_json()


def test_a_result_starts_at_the_initial_state_and_says_what_it_kept():
    result = THEORY.evolve(DICKE, [1, -1], TIMES)
    np.testing.assert_allclose(result["spin_z"][0], [1, -1], atol=1e-12)
    alphas = DICKE.relaxed_amplitudes([1, -1])
    np.testing.assert_allclose(result["amplitude_real"][0, 0], alphas.real, atol=1e-5)
    np.testing.assert_allclose(result["photons"][0, 0], np.abs(alphas) ** 2, atol=1e-5)
    np.testing.assert_array_equal(result["jumps"][:, 0], 0)
    assert len(result.attrs["levels"]) == 2
    assert 0 < result.attrs["top_population"] < 1e-6
    assert 0 < result.attrs["state_error"] < 1e-5
    assert result.attrs["seed"] == 1
    assert json.loads(result.attrs["theory"])["fock"] is None


def test_standard_errors_are_those_of_the_runs():
    result = THEORY.evolve(DICKE, [1, 1], TIMES)
    for name in ("photons", "overlap", "energy"):
        np.testing.assert_allclose(result[f"{name}_error"], result[name].std("run", ddof=1) / np.sqrt(6), atol=1e-14)
    one = QuantumJumps(runs=1, seed=1).evolve(DICKE, [1, 1], TIMES)
    assert np.isnan(one["photons_error"]).all()
    assert np.isnan(one["g2_error"]).all()


def test_the_result_depends_on_neither_threads_nor_the_number_of_runs():
    alone = QuantumJumps(runs=7, seed=5, fock=14).evolve(ATOMS, [1], TIMES)
    together = QuantumJumps(runs=7, seed=5, fock=14, threads=3).evolve(ATOMS, [1], TIMES)
    for name in alone.data_vars:
        np.testing.assert_array_equal(alone[name], together[name])
    fewer = QuantumJumps(runs=4, seed=5, fock=14).evolve(ATOMS, [1], TIMES)
    np.testing.assert_array_equal(fewer["photons"], alone["photons"][:4])
    other = QuantumJumps(runs=4, seed=6, fock=14).evolve(ATOMS, [1], TIMES)
    assert not np.array_equal(fewer["photons"], other["photons"])


def test_what_is_recorded_changes_no_run():
    few = THEORY.evolve(DICKE, [1, 1], [0.0, 2.0])
    many = THEORY.evolve(DICKE, [1, 1], np.linspace(0, 2, 41))
    np.testing.assert_array_equal(few["photons"], many["photons"][:, [0, -1]])


def test_records_tell_every_jump_and_its_channel():
    records = THEORY.records(ATOMS, [1], 2.0)
    assert list(records["channel"].values) == ["loss 0", "gain 0", "decay 0", "pumping 0", "dephasing 0"]
    assert set(records["jump_channel"].values) == {0, 1, 2, 3, 4}
    jumps = THEORY.evolve(ATOMS, [1], TIMES)["jumps"]
    np.testing.assert_array_equal(np.bincount(records["jump_run"], minlength=6), jumps[:, -1])
    early = records["jump_run"].values[records["jump_time"].values <= 0.7]
    np.testing.assert_array_equal(np.bincount(early, minlength=6), jumps[:, 1])
    assert list(THEORY.records(DICKE, [1, 1], 2.0)["channel"].values) == ["loss 0", "loss 1"]


def test_more_jumps_than_there_is_room_for_at_once():
    bright = MultimodeDicke(g=[[1.0]], omega=1.0, loss=1.0)
    records = QuantumJumps(runs=1, seed=1, displacement="start").records(bright, [1], 2000.0)
    # a Poisson number with the mean |alpha|^2 = 0.8 per unit time
    assert abs(records.sizes["jump"] - 1600) < 200
    assert (np.diff(records["jump_time"]) > 0).all()


def test_too_few_fock_states_are_told():
    with pytest.warns(
        RegimeWarning,
        match=r"the start: the runs start.*two highest of \(4, 4\) Fock states had a probability of up to",
    ):
        result = QuantumJumps(runs=2, seed=1, fock=4).evolve(DICKE, [1, 1], TIMES)
    assert result.attrs["levels"] == [4, 4]
    assert result.attrs["top_population"] > 1e-6


def test_progress_is_told():
    told = []
    QuantumJumps(runs=3, seed=1, fock=12).evolve(DICKE, [1, 1], TIMES, progress=told.append)
    np.testing.assert_allclose(told, [1 / 3, 2 / 3, 1])


@pytest.mark.parametrize("option", [{"fock": 8}, {"resolution": "site"}, {"displacement": "none"}])
def test_options_of_light_are_refused_for_networks(option):
    [name] = option
    for call in ("evolve", "records"):
        with pytest.raises(ArgumentError, match=f"`{name}` must be left out for a network"):
            getattr(QuantumJumps(runs=1, seed=1, **option), call)(NETWORK, [1, 1], 1.0 if call == "records" else TIMES)


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"fock": 1}, "`fock` must be at least 2, but is 1"),
        ({"fock": (8, 1)}, "`fock` must be at least 2"),
        ({"fock": 4.0}, "`fock` must be a whole number"),
        ({"resolution": "pixel"}, "`resolution` must be one of 'class', 'site'"),
        ({"displacement": "end"}, "`displacement` must be one of 'none', 'start'"),
    ],
)
def test_wrong_options_are_refused(option, message):
    with pytest.raises(ArgumentError, match=message):
        QuantumJumps(runs=1, seed=1, **option)


def test_what_does_not_fit_the_model_is_refused():
    with pytest.raises(ArgumentError, match="`fock` must be a whole number or 2 of them"):
        QuantumJumps(runs=1, seed=1, fock=(8, 8, 8)).evolve(DICKE, [1, 1], TIMES)
    with pytest.raises(ArgumentError, match='`resolution` must not be "class" for atoms with channels'):
        QuantumJumps(runs=1, seed=1, resolution="class").evolve(ATOMS, [1], TIMES)
    with pytest.raises(ArgumentError, match="`initial` must have 2 spins and 2 modes"):
        THEORY.evolve(DICKE, ProductState([[0, 0, 1]], [0.0]), TIMES)
    like = MultimodeDicke(g=[[0.4], [0.4]], omega=1.0, loss=1.0)
    with pytest.raises(ArgumentError, match=r"has neither.*resolution=\"site\""):
        THEORY.evolve(like, ProductState([[1, 0, 0], [0, 0, 1]], [0.0]), TIMES)


def test_memory_is_told_before_it_is_taken():
    large = MultimodeDicke(np.random.default_rng(1).normal(size=(30, 1)), omega=1.0, loss=1.0)
    with pytest.raises(SizeError, match=r"Quantum jumps of 30 spins in 30 classes.*memory_gib=4"):
        THEORY.evolve(large, np.ones(30), TIMES)


def test_patterns_need_not_be_those_of_the_couplings():
    model = MultimodeDicke(g=[[0.4], [0.0]], omega=1.0, loss=1.0, drive=0.2)
    assert "overlap" not in THEORY.evolve(model, [1, 1], TIMES)
    model = MultimodeDicke(g=[[0.4], [0.4]], omega=1.0, loss=1.0, drive=0.2, patterns=Patterns([[1, -1]]))
    result = QuantumJumps(runs=2, seed=1, resolution="site").evolve(model, [1, -1], TIMES)
    np.testing.assert_allclose(result["overlap"][:, 0, 0], 1, atol=1e-12)
