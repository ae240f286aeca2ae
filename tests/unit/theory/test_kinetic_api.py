import json

import numpy as np
import pytest

from cavity_hopfield import (
    ArgumentError,
    CavityRates,
    ClassicalMasterEquation,
    Glauber,
    KineticMonteCarlo,
    MultimodeDicke,
    OpenHopfield,
    Patterns,
    SizeError,
    model_of,
)
from cavity_hopfield.dynamics import spawn_streams

STORED = Patterns([[1, 1, -1, 1], [1, -1, 1, 1]], names=("one", "two"))
NETWORK = OpenHopfield(STORED, Glauber(0.5))
THEORIES = [KineticMonteCarlo(runs=3, seed=1), ClassicalMasterEquation()]


TOGETHER = MultimodeDicke.from_patterns(STORED, g=[0.3, 0.2], omega=1.0, loss=1.0, drive=0.01)
"""Spins 0 and 3 have equal forces, and 1 and 2 up to the sign."""


def collective(dicke=TOGETHER):
    return OpenHopfield(dicke.ising_couplings(), CavityRates(dicke, "collective"), patterns=dicke.stored)


def dims(result):
    return {name: variable.dims for name, variable in result.data_vars.items()}


def test_monte_carlo_has_named_observables_with_units():
    result = KineticMonteCarlo(runs=3, seed=1).evolve(NETWORK, [1, 1, -1, 1], [0.0, 2.0])
    assert dims(result) == {
        "overlap": ("run", "time", "pattern"),
        "magnetisation": ("run", "time"),
        "energy": ("run", "time"),
        "flips": ("run", "time"),
        "spin_z": ("time", "spin"),
    }
    assert dict(result.sizes) == {"run": 3, "time": 2, "pattern": 2, "spin": 4}
    assert result["energy"].attrs["units"] == "unit of omega"
    assert result["flips"].attrs == {"long_name": "flips since the start", "units": "1"}
    assert result["flips"].dtype.kind == "i"


def test_the_master_equation_has_named_observables_with_units():
    result = ClassicalMasterEquation().evolve(NETWORK, [1, 1, -1, 1], [0.0, 2.0])
    assert dims(result) == {
        "probability": ("time", "configuration"),
        "overlap": ("time", "pattern"),
        "magnetisation": ("time",),
        "energy": ("time",),
        "spin_z": ("time", "spin"),
    }
    assert dict(result.sizes) == {"time": 2, "configuration": 16, "pattern": 2, "spin": 4}
    assert result["probability"].attrs["units"] == "1"


@pytest.mark.parametrize("theory", THEORIES)
def test_results_start_at_the_initial_configuration(theory):
    result = theory.evolve(NETWORK, [1, 1, -1, 1], [0.0, 2.0]).isel(time=0)
    np.testing.assert_array_equal(result["spin_z"], [1, 1, -1, 1])
    np.testing.assert_array_equal(result["overlap"].values.reshape(-1, 2), [[1, 0]] * result.sizes.get("run", 1))


def test_probabilities_come_in_the_order_of_the_product_basis():
    result = ClassicalMasterEquation().evolve(NETWORK, [1, -1, -1, 1], [0.0])
    assert result["probability"].values[0].argmax() == 0b0110
    assert result["probability"].values[0].max() == 1


@pytest.mark.parametrize("theory", THEORIES)
def test_a_result_remembers_how_it_was_made(theory):
    result = theory.evolve(NETWORK, [1, 1, -1, 1], [1.0])
    assert json.loads(result.attrs["theory"])["name"] == type(theory).__name__
    assert model_of(result).to_json() == NETWORK.to_json()
    assert {"cavity_hopfield", "numpy", "scipy", "numba", "xarray"} <= set(json.loads(result.attrs["versions"]))


def test_monte_carlo_remembers_its_seed_runs_and_rate_error():
    result = KineticMonteCarlo(runs=3, seed=7).evolve(NETWORK, [1, 1, -1, 1], [1.0])
    assert result.attrs["seed"] == 7
    assert json.loads(result.attrs["theory"]) == {
        "name": "KineticMonteCarlo", "runs": 3, "seed": 7, "table_accuracy": 1e-9, "threads": 1,
    }  # fmt: skip
    assert result.attrs["rate_error"] == 0


@pytest.mark.parametrize("theory", THEORIES)
def test_a_network_without_patterns_has_no_overlap(theory):
    result = theory.evolve(OpenHopfield([[0, 1], [1, 0]], Glauber(0.5)), [1, 1], [1.0])
    assert "overlap" not in result


@pytest.mark.parametrize("theory", THEORIES)
@pytest.mark.parametrize("times", [[0.0, 1.0, 2.0], [0.0], [2.0]])
def test_progress_rises_to_one(theory, times):
    told = []
    theory.evolve(NETWORK, [1, 1, -1, 1], times, progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0


@pytest.mark.parametrize("theory", THEORIES)
def test_progress_changes_nothing(theory):
    silent, told = (theory.evolve(NETWORK, [1, 1, -1, 1], [1.0], progress=p) for p in (None, lambda _: None))
    assert silent.identical(told)


def test_counts_may_be_numpy_integers():
    result = KineticMonteCarlo(runs=np.int64(2), seed=np.int64(1)).evolve(NETWORK, [1, 1, -1, 1], [1.0])
    assert json.loads(result.attrs["theory"])["runs"] == 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"runs": 0, "seed": 1}, "`runs` must be at least 1, but is 0"),
        ({"runs": 1.5, "seed": 1}, "`runs` must be a whole number, but is 1.5"),
        ({"runs": 1, "seed": -1}, "`seed` must be at least 0, but is -1"),
        ({"runs": 1, "seed": None}, "`seed` must be a whole number, but is None"),
        ({"runs": 1, "seed": 1, "table_accuracy": 0}, "`table_accuracy` must be at least 1e-12"),
        ({"runs": 1, "seed": 1, "table_accuracy": np.nan}, "`table_accuracy` must be finite"),
    ],
)
def test_numerical_choices_of_monte_carlo_are_checked(options, message):
    with pytest.raises(ArgumentError, match=message):
        KineticMonteCarlo(**options)


@pytest.mark.parametrize(("memory", "message"), [(0, "greater than 0"), (np.inf, "finite"), (np.nan, "finite")])
def test_the_memory_allowance_is_checked(memory, message):
    with pytest.raises(ArgumentError, match=f"`memory_gib` must be {message}"):
        ClassicalMasterEquation(memory_gib=memory)


@pytest.mark.parametrize("theory", [KineticMonteCarlo, ClassicalMasterEquation])
def test_an_option_that_is_not_used_is_an_error(theory):
    with pytest.raises(TypeError, match="rtol"):
        theory(rtol=1e-8)


@pytest.mark.parametrize("theory", THEORIES)
@pytest.mark.parametrize(
    ("initial", "times", "message"),
    [
        ([1, 1, 1], [1.0], "`initial` must have 4 spins along its last axis"),
        ([[[1, 1, 1, 1]]], [1.0], "`initial` must have (1|one) dimension.*but has shape"),
        ([1, 1, 1, 0], [1.0], "`initial` must hold only -1 and"),
        ([1, 1, 1, np.nan], [1.0], "`initial` must be finite"),
        ([1, 1, 1, 1], [1.0, 0.5], "`times` must increase strictly"),
        ([1, 1, 1, 1], [0.0, 0.0], "`times` must increase strictly"),
        ([1, 1, 1, 1], [-0.5], "`times` must not start before 0"),
        ([1, 1, 1, 1], [[1.0]], r"`times` must have shape \(T,\)"),
        ([1, 1, 1, 1], [np.inf], "`times` must be finite"),
    ],
)
def test_what_does_not_fit_is_refused(theory, initial, times, message):
    with pytest.raises(ArgumentError, match=message):
        theory.evolve(NETWORK, initial, times)


@pytest.mark.parametrize("n_spins", [30, 1100])
def test_a_network_too_large_for_the_master_equation_is_told_its_need(n_spins):
    network = OpenHopfield(Patterns(np.ones((1, n_spins))), Glauber(0.5))
    told = rf"{n_spins} spins needs about .* GiB, more than memory_gib=4.*KineticMonteCarlo"
    with pytest.raises(SizeError, match=told):
        ClassicalMasterEquation().evolve(network, np.ones(n_spins), [1.0])


def test_the_stated_need_covers_probabilities_and_generator():
    network = OpenHopfield(Patterns(np.ones((1, 30))), Glauber(0.5))
    with pytest.raises(SizeError) as told:
        ClassicalMasterEquation().evolve(network, np.ones(30), [1.0, 2.0])
    need = float(str(told.value).split("about ")[1].split(" GiB")[0])
    # 31 entries of 8 bytes and their 4-byte row numbers in each of 2^30 columns, two vectors of probabilities
    assert 31 * 12 + 2 * 8 < need < 4 * (31 * 12 + 2 * 8)


def test_stream_k_does_not_depend_on_the_number_of_runs():
    few, many = spawn_streams(3, 2), spawn_streams(3, 5)
    for a, b in zip(few, many, strict=False):
        assert a.random(4).tolist() == b.random(4).tolist()
    assert len({stream.random() for stream in spawn_streams(3, 100)}) == 100


# Collective jumps


def test_monte_carlo_on_ladders_has_the_same_observables():
    theory = KineticMonteCarlo(runs=3, seed=1)
    together, alone = (theory.evolve(model, [1, 1, -1, 1], [0.0, 2.0]) for model in (collective(), NETWORK))
    assert dims(together) == dims(alone)
    assert together.sizes == alone.sizes
    assert set(together.attrs) - {"certificate"} == set(alone.attrs)
    assert together["flips"].dtype.kind == "i"
    assert model_of(together).jumps == "collective"


def test_the_master_equation_on_ladders_says_what_its_levels_are():
    result = ClassicalMasterEquation().evolve(collective(), [1, 1, 1, 1], [0.0, 2.0])
    assert dims(result) == {
        "probability": ("time", "ladder"),
        "overlap": ("time", "pattern"),
        "magnetisation": ("time",),
        "energy": ("time",),
        "spin_z": ("time", "spin"),
    }
    # spins 0 and 3 are a triplet; 1 and 2, up and down in their gauge, a singlet or triplet
    assert dict(result.sizes) == {"time": 2, "ladder": 12, "pattern": 2, "spin": 4, "ensemble": 2}
    assert result["total_spin"].dims == result["spin_projection"].dims == ("ladder", "ensemble")
    np.testing.assert_array_equal(result["total_spin"][:, 0], 1)
    np.testing.assert_array_equal(result["total_spin"][:, 1], np.tile([0, 1, 1, 1], 3))
    np.testing.assert_array_equal(result["spin_projection"][:, 0], np.repeat([1, 0, -1], 4))
    np.testing.assert_array_equal(result["spin_projection"][:, 1], np.tile([0, 1, 0, -1], 3))
    np.testing.assert_array_equal(result["ensemble_of_spin"], [0, 1, 1, 0])
    np.testing.assert_array_equal(result["sign_in_ensemble"], [1, 1, -1, 1])
    assert result["total_spin"].attrs == {"long_name": "total spin j of each ensemble", "units": "1"}
    start = result["probability"].values[0]
    np.testing.assert_allclose(start[[0, 2]], 0.5)
    assert start.sum() == pytest.approx(1, abs=1e-15)


def test_single_spins_have_no_coordinates_of_ladders():
    assert set(ClassicalMasterEquation().evolve(NETWORK, [1, 1, -1, 1], [1.0]).coords) == {"time", "pattern"}


@pytest.mark.parametrize("theory", THEORIES)
def test_ladders_start_at_the_initial_configuration_averaged_over_its_ensembles(theory):
    result = theory.evolve(collective(), [1, 1, 1, 1], [0.0]).isel(time=0)
    np.testing.assert_allclose(result["spin_z"], [1, 0, 0, 1], atol=1e-15)
    np.testing.assert_allclose(result["overlap"].values.reshape(-1, 2), [[0.5, 0.5]] * result.sizes.get("run", 1))
    np.testing.assert_allclose(result["energy"], TOGETHER.energy([1, 1, 1, 1]), atol=1e-15)


def test_a_large_ensemble_needs_only_the_ladders_of_its_start():
    dicke = MultimodeDicke(np.full((200, 1), 0.01), 1.0, 1.0, drive=1e-5)
    theory = ClassicalMasterEquation(memory_gib=1e-4)
    polarised = theory.evolve(collective(dicke), np.ones(200), [0.0])
    assert polarised.sizes["ladder"] == 201
    with pytest.raises(
        SizeError, match=r"200 spins needs about .* GiB, more than memory_gib=0.0001.*KineticMonteCarlo"
    ):
        theory.evolve(collective(dicke), np.repeat([1, -1], 100), [0.0])
    with pytest.raises(SizeError, match="200 spins needs about"):
        theory.generator(collective(dicke))


def test_the_generator_on_ladders_holds_all_of_them():
    generator = ClassicalMasterEquation().generator(collective())
    # a singlet and a triplet for each ensemble of two
    assert generator.shape == (16, 16)
    np.testing.assert_allclose(generator.sum(axis=0), 0, atol=1e-16)
    assert (generator.toarray()[0] != 0).sum() == 0
