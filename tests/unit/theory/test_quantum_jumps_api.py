import json

import numpy as np
import pytest
import qutip

from cavity_hopfield import (
    ArgumentError,
    CavityRates,
    Glauber,
    MultimodeDicke,
    OpenHopfield,
    Patterns,
    ProductState,
    SizeError,
    model_of,
)
from cavity_hopfield.theory.jumps import QuantumJumps

STORED = Patterns([[1, 1, -1, 1], [1, -1, 1, 1]], names=("one", "two"))
NETWORK = OpenHopfield(STORED, Glauber(0.5), drive=0.4)
START = [1, 1, -1, 1]
TIMES = [0.0, 0.7, 2.0]
THEORY = QuantumJumps(runs=6, seed=1)


def test_observables_have_names_dimensions_and_units():
    result = THEORY.evolve(NETWORK, START, TIMES)
    per_run = {"overlap", "overlap_x", "overlap_y"}
    scalars = {"magnetisation", "magnetisation_x", "magnetisation_y", "energy"}
    expected = dict.fromkeys(per_run, ("run", "time", "pattern"))
    expected |= dict.fromkeys({*scalars, "flips"}, ("run", "time"))
    expected |= {f"{name}_error": ("time", "pattern") for name in per_run}
    expected |= {f"{name}_error": ("time",) for name in scalars}
    expected |= {"spin_z": ("time", "spin"), "spin_z_error": ("time", "spin")}
    assert {name: variable.dims for name, variable in result.data_vars.items()} == expected
    assert dict(result.sizes) == {"run": 6, "time": 3, "pattern": 2, "spin": 4}
    assert result["energy_error"].attrs["units"] == "unit of omega"
    assert list(result["pattern"].values) == ["one", "two"]


def test_standard_errors_are_those_of_the_runs():
    result = THEORY.evolve(NETWORK, START, TIMES)
    for name in ("overlap", "energy", "magnetisation_y"):
        expected = result[name].std("run", ddof=1) / np.sqrt(6)
        np.testing.assert_allclose(result[f"{name}_error"], expected, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(result["spin_z"].mean("spin"), result["magnetisation"].mean("run"), rtol=1e-12)
    alone = OpenHopfield([[0.0]], Glauber(1.0), drive=0.5)
    one = QuantumJumps(runs=40, seed=2).evolve(alone, [1], [1.0])
    np.testing.assert_allclose(one["spin_z_error"][:, 0], one["magnetisation_error"], rtol=1e-12)


def test_the_error_of_one_run_is_unknown():
    result = QuantumJumps(runs=1, seed=1).evolve(NETWORK, START, TIMES)
    assert np.isnan(result["overlap_error"]).all()
    assert np.isnan(result["spin_z_error"]).all()


def test_a_result_starts_at_the_initial_state_and_remembers_how_it_was_made():
    result = THEORY.evolve(NETWORK, START, TIMES)
    np.testing.assert_allclose(result["spin_z"][0], START, atol=1e-14)
    np.testing.assert_array_equal(result["flips"][:, 0], 0)
    assert json.loads(result.attrs["theory"]) == {
        "name": "QuantumJumps", "runs": 6, "seed": 1, "tolerance": 1e-8, "memory_gib": 4.0, "threads": 1,
        "fock": None, "resolution": None, "displacement": None,
    }  # fmt: skip
    assert result.attrs["seed"] == 1
    assert 0 < result.attrs["state_error"] < 1e-6
    assert model_of(result).to_json() == NETWORK.to_json()


def test_the_result_depends_on_neither_threads_nor_the_number_of_runs():
    network = OpenHopfield(Patterns(np.where(np.arange(16).reshape(2, 8) % 3, 1, -1)), Glauber(0.3), drive=0.5)
    start = np.ones(8)
    alone = QuantumJumps(runs=9, seed=5).evolve(network, start, TIMES)
    for threads in (2, 5):
        together = QuantumJumps(runs=9, seed=5, threads=threads).evolve(network, start, TIMES)
        for name in alone.data_vars:
            np.testing.assert_array_equal(alone[name], together[name])
    fewer = QuantumJumps(runs=4, seed=5).evolve(network, start, TIMES)
    np.testing.assert_array_equal(fewer["overlap"], alone["overlap"][:4])
    other = QuantumJumps(runs=4, seed=6).evolve(network, start, TIMES)
    assert not np.array_equal(fewer["overlap"], other["overlap"])


def test_what_is_recorded_changes_no_run():
    few = THEORY.evolve(NETWORK, START, [0.0, 2.0])
    many = THEORY.evolve(NETWORK, START, np.linspace(0, 2, 41))
    np.testing.assert_array_equal(few["overlap"], many["overlap"][:, [0, -1]])


def test_records_tell_every_jump():
    records = THEORY.records(NETWORK, START, 2.0)
    assert {name: variable.dims for name, variable in records.data_vars.items()} == dict.fromkeys(
        ("jump_run", "jump_time", "jump_spin", "jump_direction"), ("jump",)
    )
    flips = THEORY.evolve(NETWORK, START, TIMES)["flips"]
    np.testing.assert_array_equal(np.bincount(records["jump_run"], minlength=6), flips[:, -1])
    early = records["jump_run"].values[records["jump_time"].values <= 0.7]
    np.testing.assert_array_equal(np.bincount(early, minlength=6), flips[:, 1])
    assert set(records["jump_direction"].values) == {-1, 1}
    assert set(records["jump_spin"].values) <= {0, 1, 2, 3}
    for k in range(6):
        mine = records["jump_time"].values[records["jump_run"].values == k]
        assert (np.diff(mine) > 0).all()
        assert ((mine > 0) & (mine < 2)).all()
    assert records.attrs["end"] == 2.0
    assert records["jump_time"].attrs["units"] == "1 / unit of omega"


def test_more_jumps_than_there_is_room_for_at_once():
    spin = OpenHopfield([[0.0]], Glauber(1.0), drive=0.3)
    records = QuantumJumps(runs=1, seed=3).records(spin, [1], 5000.0)
    assert 2300 < records.sizes["jump"] < 2700
    assert (np.diff(records["jump_time"]) > 0).all()
    result = QuantumJumps(runs=1, seed=3).evolve(spin, [1], [2500.0, 5000.0])
    assert result["flips"][0, -1] == records.sizes["jump"]
    assert result["flips"][0, 0] == (records["jump_time"].values <= 2500).sum()


def test_all_kinds_of_pure_states_are_welcome():
    vector = np.zeros(16)
    vector[0b0010] = 1
    states = [START, ProductState(np.outer(START, [0, 0, 1])), vector, np.outer(vector, vector), qutip.Qobj(vector)]
    results = [THEORY.evolve(NETWORK, state, TIMES)["overlap"] for state in states]
    for other in results[1:]:
        np.testing.assert_allclose(other, results[0], atol=1e-7)
    phased = THEORY.evolve(NETWORK, vector * np.exp(0.7j), TIMES)
    np.testing.assert_allclose(phased["overlap"], results[0], atol=1e-7)


def test_mixtures_are_refused():
    with pytest.raises(ArgumentError, match=r"pure state, but its purity is 0\.0625"):
        THEORY.evolve(NETWORK, np.eye(16) / 16, TIMES)
    with pytest.raises(ArgumentError, match=r"pure state, but the Bloch vector of spin 0 has length 0\.5"):
        THEORY.evolve(NETWORK, ProductState(np.full((4, 3), [0, 0, 0.5])), TIMES)


def test_wrong_models_are_refused():
    cavity = MultimodeDicke.from_patterns(STORED, g=[0.3, 0.2], omega=1.0, loss=1.0, drive=0.01)
    collective = OpenHopfield(cavity.ising_couplings(), CavityRates(cavity, "collective"))
    for call in (lambda m: THEORY.evolve(m, START, TIMES), lambda m: THEORY.records(m, START, 1.0)):
        with pytest.raises(ArgumentError, match=r"must have individual jumps for QuantumJumps.*together"):
            call(collective)


def test_states_of_no_shape_are_refused():
    with pytest.raises(ArgumentError, match="`initial` must hold numbers in a regular shape"):
        THEORY.evolve(NETWORK, [[1], [1, 2]], TIMES)


def test_whom_to_tell_is_asked_before_the_work(monkeypatch):
    monkeypatch.delattr(QuantumJumps, "_each")
    for call in (
        lambda: THEORY.evolve(NETWORK, START, TIMES, progress=3),
        lambda: THEORY.records(NETWORK, START, 1.0, progress=3),
    ):
        with pytest.raises(ArgumentError, match=r"`progress` must be a function .* is 3"):
            call()


def test_a_network_without_patterns_has_no_overlap():
    result = THEORY.evolve(OpenHopfield([[0, 1], [1, 0]], Glauber(0.5), drive=0.3), [1, 1], [1.0])
    assert not [name for name in result.data_vars if "overlap" in name]


def test_memory_is_told_before_it_is_taken():
    large = OpenHopfield(Patterns(np.ones((1, 40))), Glauber(0.3), drive=0.5)
    with pytest.raises(SizeError, match=r"40 spins with 6 runs, 1 at a time, need about 9.83e\+05 GiB.*memory_gib=4"):
        THEORY.evolve(large, np.ones(40), TIMES)
    with pytest.raises(SizeError, match=r"3 at a time, need about .* more than memory_gib=0.0001"):
        QuantumJumps(runs=3, seed=1, threads=8, memory_gib=1e-4).records(NETWORK_OF_TEN, np.ones(10), 1.0)
    huge = OpenHopfield(np.zeros((2000, 2000)), Glauber(0.3))
    with pytest.raises(SizeError, match="2000 spins"):
        THEORY.evolve(huge, np.ones(2000), TIMES)


NETWORK_OF_TEN = OpenHopfield(Patterns(np.ones((1, 10))), Glauber(0.3), drive=0.5)


def test_a_complex_start_needs_twice_the_vectors():
    enough = QuantumJumps(runs=1, seed=1, memory_gib=4.5e-4)
    enough.evolve(NETWORK_OF_TEN, np.ones(10), [0.1])
    with pytest.raises(SizeError, match="10 spins"):
        enough.evolve(NETWORK_OF_TEN, ProductState([[1, 0, 0], *[[0, 0, 1]] * 9]), [0.1])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"runs": 0, "seed": 1}, "`runs` must be at least 1, but is 0"),
        ({"runs": 1, "seed": -1}, "`seed` must be at least 0, but is -1"),
        ({"runs": 1, "seed": 1, "tolerance": 1e-14}, "`tolerance` must be at least 1e-12"),
        ({"runs": 1, "seed": 1, "tolerance": 0.1}, "`tolerance` must be at most 0.01"),
        ({"runs": 1, "seed": 1, "memory_gib": 0}, "`memory_gib` must be greater than 0"),
        ({"runs": 1, "seed": 1, "threads": 0}, "`threads` must be at least 1"),
    ],
)
def test_numerical_choices_are_checked(options, message):
    with pytest.raises(ArgumentError, match=message):
        QuantumJumps(**options)


@pytest.mark.parametrize(
    ("initial", "times", "message"),
    [
        ([1, 1, 1], [1.0], "`initial` must be a configuration of 4 spins"),
        (START, [-1.0], "`times` must not start before 0"),
        (START, [1.0, 1.0], "`times` must increase strictly"),
    ],
)
def test_arguments_are_checked(initial, times, message):
    with pytest.raises(ArgumentError, match=message):
        THEORY.evolve(NETWORK, initial, times)


def test_the_end_of_the_records_is_checked():
    with pytest.raises(ArgumentError, match="`time` must be greater than 0"):
        THEORY.records(NETWORK, START, 0.0)


@pytest.mark.parametrize("threads", [1, 2])
def test_progress_rises_to_one_and_changes_nothing(threads):
    theory, told = QuantumJumps(runs=4, seed=1, threads=threads), []
    result = theory.evolve(NETWORK, START, TIMES, progress=told.append)
    assert told == [0.25, 0.5, 0.75, 1.0]
    assert result.identical(theory.evolve(NETWORK, START, TIMES))
    theory.records(NETWORK, START, 1.0, progress=told.append)
    assert told[4:] == [0.25, 0.5, 0.75, 1.0]


def test_a_grid_that_is_only_the_start():
    result = THEORY.evolve(NETWORK, START, [0.0])
    np.testing.assert_allclose(result["spin_z"][0], START, atol=1e-14)
