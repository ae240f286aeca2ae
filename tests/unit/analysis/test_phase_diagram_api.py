"""Phase diagrams, basins and scans of oscillations: shapes, names, seeds, and what they refuse."""

import json
import warnings

import numpy as np
import pytest

from cavity_hopfield import ArgumentError, Glauber, HopfieldLimit, MultimodeDicke, Patterns, RegimeWarning, load, save
from cavity_hopfield.analysis import (
    ClassDynamics,
    bifurcations,
    bifurcations_of,
    classify,
    continue_cycle,
    fixed_points,
    limit_cycle,
    stability_boundaries,
)
from cavity_hopfield.analysis.families import gathered
from cavity_hopfield.analysis.phases.basins import basins
from cavity_hopfield.analysis.phases.classification import Phase
from cavity_hopfield.analysis.phases.fates import FATES, follow, relaxation_rate
from cavity_hopfield.analysis.phases.oscillating import oscillating_overlaps
from cavity_hopfield.analysis.phases.phase_diagram import PHASES, cavity_phase_diagram, phase_diagram, phases_of
from cavity_hopfield.analysis.phases.starts import START_KINDS, ensemble_starts, start_kinds, starts_for
from tests.systems.cavity_limits import many_spins, single_flips_assumed

GRID = {"temperature": [0.3, 0.9], "drive": [0.0, 0.4, 0.8]}
ONE = HopfieldLimit(1, Glauber(0.15), 0.58)
PLATFORM = MultimodeDicke.from_patterns(Patterns(np.ones((1, 10))), g=0.6, omega=1.0, loss=4.0, drive=0.01)


def test_the_diagram_is_labelled_and_shares_sum_to_one():
    diagram = phase_diagram(P=2, starts=5, seed=7, **GRID)
    assert diagram["share"].dims == ("temperature", "drive", "fate")
    assert dict(diagram.sizes) == {"temperature": 2, "drive": 3, "fate": 5, "start": 5}
    assert np.allclose(diagram["share"].sum("fate"), 1)
    assert tuple(diagram["fate"].values) == FATES
    assert diagram["phase"].attrs["flag_meanings"].split() == [str(phase).replace(" ", "_") for phase in Phase]
    assert list(diagram["start_kind"].values) == [*START_KINDS, "recall"]
    outcome = diagram["outcome"].values
    for code, name in enumerate(FATES):
        assert np.array_equal((outcome == code).mean(axis=-1), diagram["share"].sel(fate=name))
    cycles = diagram["share"].sel(fate="limit_cycle").values > 0
    assert np.array_equal(np.isfinite(diagram["amplitude"].values), cycles)
    assert np.array_equal(diagram["oscillating"].values > 0, cycles)
    assert all(variable.attrs["long_name"] for variable in diagram.data_vars.values())


def test_a_seed_repeats_the_diagram_and_threads_change_nothing():
    one, same, other = (phase_diagram(starts=6, seed=seed, threads=threads, **GRID) for seed, threads in
                        ((1, 1), (1, 2), (2, 1)))  # fmt: skip
    assert one.identical(same)
    limit, drives = HopfieldLimit(1, Glauber(0.3)), np.array([0.1])
    drawn = [ensemble_starts(limit, 4, seed, drives) for seed in (1, 2)]
    assert not np.array_equal(*drawn)
    assert np.array_equal(one["phase"], other["phase"])


def test_starts_of_an_ensemble_are_states_of_every_kind():
    limit = HopfieldLimit(3, Glauber(0.1))
    drives = np.array([0.0, 0.5])
    starts = ensemble_starts(limit, 12, 3, drives, np.array([0.05, 0.2]))
    assert starts.shape == (2, 12, 4, 3)
    assert np.linalg.norm(starts, axis=-1).max() <= 1
    assert not starts[..., 0].any()
    overlaps = limit.overlaps(starts[..., 2])
    kinds = start_kinds(12)
    assert kinds.count("random") == 3
    for k, kind in enumerate(kinds):
        if kind in {"recall", "pattern"}:
            assert int(np.abs(overlaps[0, k]).argmax()) == k // 4
        if kind == "origin":
            assert np.abs(starts[:, k]).max() <= 0.01
        if kind != "recall":
            assert np.array_equal(starts[0, k], starts[1, k])


@pytest.mark.parametrize(
    ("shares", "phase"),
    [
        ([1, 0, 0, 0, 0], Phase.PARAMAGNET),
        ([0, 0.5, 0.5, 0, 0], Phase.RETRIEVAL),
        ([0, 0, 1, 0, 0], Phase.MIXTURE),
        ([0.5, 0.5, 0, 0, 0], Phase.BISTABLE),
        ([0, 0, 0, 0.9, 0.1], Phase.LIMIT_CYCLE),
        ([0, 0.1, 0, 0.9, 0], Phase.COEXISTENCE),
        ([0.1, 0, 0, 0.9, 0], Phase.COEXISTENCE),
        ([0, 0, 0, 0, 1], Phase.UNDETERMINED),
    ],
)
def test_shares_make_phases(shares, phase):
    assert PHASES[int(phases_of(np.array(shares, dtype=float)))] is phase


def test_given_starts_replace_the_ensemble():
    diagram = phase_diagram(starts=[[0.9], [0.0]], temperature=[0.3], drive=[0.1])
    assert [FATES[code] for code in diagram["outcome"].values[0, 0]] == ["retrieval", "paramagnet"]
    assert set(diagram["start_kind"].values) == {"given"}


def test_results_travel_in_files(tmp_path):
    for result in (
        phase_diagram(starts=2, **GRID),
        basins(ONE, first=[-0.5, 0.5], second=[-0.5, 0.5]),
        oscillating_overlaps(2, runs=2, seed=1, end=200.0),
    ):
        again = load(save(result, tmp_path / "result.nc")).dataset
        for name in result.data_vars:
            assert np.array_equal(result[name].values, again[name].values, equal_nan=result[name].dtype.kind == "f")


def test_a_short_end_is_told_as_unsettled():
    diagram = phase_diagram(temperature=[0.6], drive=[0.6], end=2.0)
    assert float(diagram["share"].sel(fate="unsettled")[0, 0]) == 1
    assert list(Phase)[int(diagram["phase"][0, 0])] is Phase.UNDETERMINED
    scan = oscillating_overlaps(3, runs=3, seed=1, end=2.0)
    assert scan.attrs["share_unsettled"] == 1
    assert (scan["settle_time"].values == 2).all()


def test_progress_ends_at_one_and_never_falls():
    told = []
    phase_diagram(starts=4, progress=told.append, **GRID)
    assert told[-1] == 1
    assert (np.diff(told) >= 0).all()
    told.clear()
    with single_flips_assumed():
        cavity_phase_diagram(PLATFORM, coupling=[0.5, 1.0], drive=[0.2], starts=2, progress=told.append)
    assert told[-1] == 1
    assert (np.diff(told) >= 0).all()


def test_the_cavity_diagram_says_its_units():
    with single_flips_assumed():
        diagram = cavity_phase_diagram(PLATFORM, coupling=[1.0], drive=[0.0, 0.5], starts=2)
    limit = many_spins(PLATFORM)
    rate = float(2 * limit.rate_law(0.0))
    assert relaxation_rate(limit) == pytest.approx(rate)
    assert float(diagram["relaxation_rate"][0]) == pytest.approx(rate)
    assert diagram["drive_in_omega"].values[0] == pytest.approx([0.0, 0.5 * rate])
    assert float(diagram["strength"][0]) == pytest.approx(float(limit.strengths[0]))
    assert float(diagram["ratio"][0]) == pytest.approx(rate / limit.rate_law.dephasing_rates()[0])


def test_rates_that_cannot_be_trusted_warn_with_the_number():
    strong = MultimodeDicke(PLATFORM.g, 1.0, 4.0, drive=0.5, patterns=PLATFORM.patterns)
    with pytest.warns(RegimeWarning, match=r"At 2 of 2 values of `coupling` .* r = \d") as told:
        cavity_phase_diagram(strong, coupling=[0.5, 1.0], drive=[0.1], starts=1)
    assert len(told) == 1


def test_other_warnings_of_a_family_are_passed_on():
    def noisy(value):
        warnings.warn("something else", UserWarning, stacklevel=1)
        return HopfieldLimit(1, Glauber(value))

    with pytest.warns(UserWarning, match="something else"):
        gathered(noisy, [0.3], "`temperature`")


def test_rates_that_no_series_follows_are_refused_before_any_run():
    lossless = MultimodeDicke.from_patterns(Patterns(np.ones((1, 4))), g=0.4, omega=1.0, loss=0.02, drive=0.01)
    with (
        single_flips_assumed(),
        pytest.raises(ArgumentError, match=r"fields narrower than about .* Lower the couplings"),
    ):
        cavity_phase_diagram(lossless, coupling=[3.0], drive=[0.1], starts=1)


CORRELATED = Patterns([[1, 1, 1, 1, -1, -1, 1, 1], [1, 1, 1, -1, -1, -1, 1, 1]])


def test_overlaps_of_correlated_patterns_are_those_given():
    limit, wanted = HopfieldLimit(CORRELATED, Glauber(0.3), 0.2), np.array([0.4, 0.3])
    dynamics = ClassDynamics(limit)
    np.testing.assert_allclose(dynamics.overlaps(dynamics.state(wanted)), wanted, atol=1e-12)
    followed = classify(limit, [wanted]).starts
    np.testing.assert_allclose(dynamics.overlaps(followed), [wanted], atol=1e-12)
    bloch, _ = starts_for(limit, [wanted], 0, np.array([0.2]))
    np.testing.assert_allclose(limit.overlaps(bloch[0, ..., 2]), [wanted], atol=1e-12)
    plane = basins(limit, first=[0.4], second=[0.3, 0.9])
    assert (plane["attractor"].values >= 0).tolist() == [[True, False]]
    with pytest.raises(ArgumentError, match="`start` must hold mean spins of length up to 1"):
        dynamics.state([0.9, -0.9])


def test_one_start_can_be_written_in_three_ways():
    limit, state = HopfieldLimit(2, Glauber(0.15), 0.8), np.array([[0.0, 0.0], [0.75, 0.25]])
    bloch = np.array([[0.0, 0.0, 0.75], [0.0, 0.0, 0.25]])
    for start in ([0.5, 0.25], state, bloch):
        np.testing.assert_allclose(ClassDynamics(limit).state(start), state, atol=1e-15)
        np.testing.assert_allclose(classify(limit, [start]).starts, [state], atol=1e-15)
        np.testing.assert_allclose(starts_for(limit, [start], 0, np.array([0.8]))[0], [[bloch]], atol=1e-15)


def test_every_result_says_what_made_it_and_in_which_units(tmp_path):
    law = Glauber(0.15)
    cycle = limit_cycle(HopfieldLimit(1, law, 0.8))
    with single_flips_assumed():
        cavity = cavity_phase_diagram(PLATFORM, coupling=[1.0], drive=[0.1], starts=1, seed=5)
    results = {
        "phase_diagram": phase_diagram(starts=1, seed=3, **GRID),
        "cavity_phase_diagram": cavity,
        "basins": basins(ONE, first=[0.5], second=[0.5]),
        "oscillating_overlaps": oscillating_overlaps(2, runs=2, seed=1, end=50.0),
        "fixed_points": fixed_points(ONE),
        "bifurcations": bifurcations(temperature=0.5),
        "bifurcations_of": bifurcations_of(lambda t: HopfieldLimit(1, Glauber(t)), [0.4, 0.5]),
        "stability_boundaries": stability_boundaries(2, 0.5),
        "continue_cycle": continue_cycle(lambda drive: HopfieldLimit(1, law, drive), cycle, 0.8, 0.79, most=2),
    }
    with_model = {"cavity_phase_diagram", "basins", "fixed_points", "continue_cycle"}
    for name, result in results.items():
        assert json.loads(result.attrs["theory"])["name"] == name
        assert "numpy" in json.loads(result.attrs["versions"])
        assert ("model" in result.attrs) == (name in with_model)
        for variable in result.data_vars.values():
            assert {"long_name", "units"} <= set(variable.attrs)
        again = load(save(result, tmp_path / f"{name}.nc")).dataset
        assert again.attrs["theory"] == result.attrs["theory"]
    options = {name: json.loads(result.attrs["theory"]) for name, result in results.items()}
    assert (options["phase_diagram"]["seed"], options["cavity_phase_diagram"]["seed"]) == (3, 5)
    assert (options["oscillating_overlaps"]["seed"], options["oscillating_overlaps"]["runs"]) == (1, 2)
    assert [family["rate_law"]["temperature"] for family in options["bifurcations_of"]["family"]] == [0.4, 0.5]
    assert options["continue_cycle"]["stop"] == 0.79


def test_a_plane_of_two_patterns_is_a_diamond():
    limit = HopfieldLimit(2, Glauber(0.3), 0.1)
    first, second = np.linspace(-0.95, 0.95, 8), np.linspace(-0.9, 0.9, 6)
    plane = basins(limit, first=first, second=second)
    assert np.array_equal(plane["attractor"].values >= 0, np.abs(first)[:, None] + np.abs(second) <= 1 + 1e-9)
    codes = plane["attractor"].values[[6, 3], [3, 1]]  # (.68, .18) and (-.14, -.54)
    assert [str(name) for name in plane["name"].values[codes]] == ["retrieval of 1", "retrieval of -2"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"temperature": [0.0, 0.5]}, "`temperature` must be greater than 0"),
        ({"temperature": [0.5, 0.4]}, "`temperature` must be a grid that increases"),
        ({"drive": [-0.1, 0.4]}, "`drive` must be at least 0"),
        ({"drive": []}, "`drive` must be a grid"),
        ({"starts": 0}, "`starts` must be at least 1"),
        ({"starts": [[[0.0, 0.0]]]}, "`starts` must hold overlaps of shape"),
        ({"starts": [[1.5]]}, "length up to 1"),
        ({"seed": None}, "`seed` must be a whole number"),
        ({"end": 0.0}, "`end` must be greater than 0"),
        ({"rate": -1.0}, "`rate` must be greater than 0"),
        ({"threads": 0}, "`threads` must be at least 1"),
        ({"P": 0}, "`P` must be at least 1"),
        ({"P": 17}, "between 1 and 16"),
        ({"P": True}, "`P` must be a whole number"),
        ({"starts": np.zeros((0, 1))}, "`starts` must hold at least one start"),
        ({"seed": np.random.default_rng(1)}, "`seed` must be a whole number"),
    ],
)
def test_wrong_diagrams_are_refused(options, words):
    with pytest.raises(ArgumentError, match=words):
        phase_diagram(**(GRID | options))


def test_wrong_platforms_planes_and_scans_are_refused():
    with pytest.raises(ArgumentError, match="`dicke` must be a `MultimodeDicke`"):
        cavity_phase_diagram(ONE, coupling=[1.0])
    with pytest.raises(ArgumentError, match="`coupling` must be greater than 0"):
        cavity_phase_diagram(PLATFORM, coupling=[0.0, 1.0])
    with pytest.raises(ArgumentError, match="`limit` must be a `HopfieldLimit`"):
        basins(PLATFORM)
    with pytest.raises(ArgumentError, match="`second` must be a grid"):
        basins(ONE, first=[0.1], second=[0.2, 0.1])
    with pytest.raises(ArgumentError, match="must hold some state"):
        basins(ONE, first=[1.0], second=[1.0])
    with pytest.raises(ArgumentError, match="`drive` must be two increasing numbers"):
        oscillating_overlaps(2, runs=1, seed=1, drive=(1.0, 0.5))
    with pytest.raises(ArgumentError, match="`starts` must have shape"):
        follow(ONE, np.zeros((2, 2, 3)))
