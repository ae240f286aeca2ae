import json
import re
import warnings

import numpy as np
import pytest

from cavity_hopfield import ArgumentError, Glauber, MultimodeDicke, OpenHopfield, RegimeWarning, SizeError, SpinChannels
from cavity_hopfield.theory.heterodyne import Heterodyne
from cavity_hopfield.theory.heterodyne.records import steps_of, usual_step

DICKE = MultimodeDicke(g=[[0.4, 0.3], [0.4, -0.3]], omega=1.0, loss=[1.0, 0.8], drive=0.3)
ATOMS = MultimodeDicke(g=[[0.4]], omega=1.0, loss=1.0, gain=0.1, drive=0.3, channels=SpinChannels(0.5, 0.2, 0.3))
TIMES = [0.0, 0.7, 2.0]
THEORY = Heterodyne(runs=6, seed=1)


def test_records_and_observables_have_names_dimensions_and_units():
    result = THEORY.evolve(DICKE, [1, 1], TIMES)
    for name in ("record_real", "record_imag", "photons", "amplitude_real", "amplitude_imag", "pair_real"):
        assert result[name].dims == ("run", "time", "mode")
    assert result["overlap"].dims == ("run", "time", "pattern")
    assert result["overlap_error"].dims == ("time", "pattern")
    assert result["spin_z"].dims == ("time", "spin")
    assert result["g2"].dims == ("time", "mode")
    assert "jumps" not in result
    assert result["record_real"].attrs["units"] == "sqrt(unit of omega)"
    assert result.attrs["levels"] == [int(size) for size in result.attrs["levels"]]
    assert 0 < result.attrs["step"] <= 0.1 / 1.5
    assert 0 < result.attrs["step_error"] < 0.05
    assert 0 < result.attrs["top_population"] < 1e-6
    assert json.loads(result.attrs["theory"])["efficiency"] == 1.0


def test_a_bin_of_no_length_has_no_record():
    result = THEORY.evolve(DICKE, [1, 1], TIMES)
    assert np.isnan(result["record_real"][:, 0]).all()
    assert np.isfinite(result["record_real"][:, 1:]).all()
    np.testing.assert_allclose(result["spin_z"][0], [1, 1], atol=1e-12)


def test_the_result_depends_on_neither_threads_nor_the_number_of_runs():
    alone = Heterodyne(runs=7, seed=5, fock=14, efficiency=0.5).evolve(ATOMS, [1], TIMES)
    together = Heterodyne(runs=7, seed=5, fock=14, efficiency=0.5, threads=3).evolve(ATOMS, [1], TIMES)
    for name in alone.data_vars:
        np.testing.assert_array_equal(alone[name], together[name])
    fewer = Heterodyne(runs=4, seed=5, fock=14, efficiency=0.5).evolve(ATOMS, [1], TIMES)
    np.testing.assert_array_equal(fewer["record_real"], alone["record_real"][:4])
    other = Heterodyne(runs=4, seed=6, fock=14, efficiency=0.5).evolve(ATOMS, [1], TIMES)
    assert not np.array_equal(fewer["record_real"][:, 1:], other["record_real"][:, 1:])


def test_the_efficiency_changes_the_record_and_no_state():
    half = Heterodyne(runs=4, seed=5, fock=14, efficiency=0.5).evolve(ATOMS, [1], TIMES)
    whole = Heterodyne(runs=4, seed=5, fock=14).evolve(ATOMS, [1], TIMES)
    np.testing.assert_array_equal(half["photons"], whole["photons"])
    assert not np.allclose(half["record_real"][:, 1:], np.sqrt(0.5) * whole["record_real"][:, 1:])


def test_steps_fill_the_bins():
    assert usual_step(DICKE) == pytest.approx(0.1 / 1.5)
    assert usual_step(MultimodeDicke(g=[[0.4]], omega=1.0, loss=1.0, drive=3.0)) == pytest.approx(0.1 / 6)
    np.testing.assert_array_equal(steps_of(np.array([0.0, 0.2, 0.25, 1.0]), 0.1), [0, 2, 4, 10])
    result = Heterodyne(runs=2, seed=1, step=0.02).evolve(DICKE, [1, 1], [0.5, 0.55])
    assert result.attrs["step"] <= 0.02


def test_a_finer_step_has_a_smaller_error():
    errors = [
        Heterodyne(runs=32, seed=1, step=step, fock=14).evolve(DICKE, [1, 1], [1.0]).attrs["step_error"]
        for step in (0.25, 0.03)
    ]
    assert errors[1] < errors[0] / 4


def test_too_few_fock_states_are_told():
    with pytest.warns(
        RegimeWarning,
        match=r"the start: the runs start.*two highest of \(4, 4\) Fock states had a probability of up to",
    ):
        Heterodyne(runs=2, seed=1, fock=4).evolve(DICKE, [1, 1], TIMES)


def test_networks_have_no_light():
    with pytest.raises(ArgumentError, match="`model` must be a `MultimodeDicke`, but is a OpenHopfield"):
        THEORY.evolve(OpenHopfield([[0, 1], [1, 0]], Glauber(0.5)), [1, 1], TIMES)


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"runs": 0}, "`runs` must be at least 1"),
        ({"seed": -1}, "`seed` must be at least 0"),
        ({"step": 0.0}, "`step` must be greater than 0"),
        ({"efficiency": 0.0}, "`efficiency` must be greater than 0"),
        ({"efficiency": 1.2}, "`efficiency` must be at most 1, but is 1.2"),
        ({"fock": 1}, "`fock` must be at least 2"),
        ({"resolution": "pixel"}, "`resolution` must be one of"),
        ({"displacement": "end"}, "`displacement` must be one of"),
        ({"memory_gib": 0}, "`memory_gib` must be greater than 0"),
        ({"threads": 0}, "`threads` must be at least 1"),
    ],
)
def test_wrong_options_are_refused(option, message):
    with pytest.raises(ArgumentError, match=message):
        Heterodyne(**({"runs": 1, "seed": 1} | option))


def test_what_does_not_fit_the_model_is_refused():
    with pytest.raises(ArgumentError, match="`fock` must be a whole number or 2 of them"):
        Heterodyne(runs=1, seed=1, fock=(8, 8, 8)).evolve(DICKE, [1, 1], TIMES)
    with pytest.raises(ArgumentError, match='`resolution` must not be "class"'):
        Heterodyne(runs=1, seed=1, resolution="class").evolve(ATOMS, [1], TIMES)
    large = MultimodeDicke(np.random.default_rng(1).normal(size=(30, 1)), omega=1.0, loss=1.0)
    with pytest.raises(SizeError, match="Heterodyne detection of 30 spins"):
        THEORY.evolve(large, np.ones(30), TIMES)


def test_a_step_that_is_too_long_is_told():
    """Six spins at a step of four: photons 36 in place of 4, which do not fit either."""
    cavity = MultimodeDicke(np.full((6, 1), 0.4), omega=1.0, loss=1.0, drive=0.3)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        Heterodyne(runs=4, seed=1, step=4.0, fock=40).evolve(cavity, [1] * 6, [8.0])
    texts = [str(one.message) for one in caught if one.category is RegimeWarning]
    assert any(re.search(r"move by .* with the step, up to 4.*shorter `step`", text) for text in texts)


def test_records_say_how_long_their_bins_are():
    cavity = MultimodeDicke(np.full((2, 1), 0.4), omega=1.0, loss=1.0, drive=0.3)
    found = Heterodyne(runs=2, seed=1).evolve(cavity, [1, 1], [0.0, 0.5, 2.0])
    np.testing.assert_allclose(found["bin_length"], [0.0, 0.5, 1.5])
