"""What design takes, what it refuses, and what it tells."""

import json

import numpy as np
import pytest
import xarray as xr

from cavity_hopfield import ArgumentError, Glauber, letters
from cavity_hopfield.design import (
    Constraint,
    GlauberTarget,
    PhaseTarget,
    RetrievalTarget,
    design,
    pareto_front,
    sensitivities,
    tolerance_to_disorder,
)
from cavity_hopfield.design.disorder import _moved
from cavity_hopfield.design.problem import Problem
from cavity_hopfield.design.quantities import quantity_of
from cavity_hopfield.design.trial import Laws, Trial
from cavity_hopfield.exceptions import InfeasibleError
from cavity_hopfield.platforms import BareCavity, RamanCavity, WrittenModes, operating_point

TURN = 2 * np.pi
VARY = {"coupling_rad_s": ("2pi * 10 kHz", "2pi * 300 kHz")}
PATTERNS = letters("EV")


def lab(**changes):
    values = {
        "coupling_rad_s": TURN * 100e3, "mode_detuning_rad_s": TURN * 1e6, "photon_loss_rad_s": TURN * 1e6,
        "drive_rad_s": TURN * 10,
    }  # fmt: skip
    return BareCavity(**(values | changes))


def raman(**changes):
    values = {
        "coupling_rad_s": TURN * 1e6, "atomic_linewidth_rad_s": TURN * 6e6, "photon_loss_rad_s": TURN * 3e5,
        "atomic_detuning_rad_s": -TURN * 8e9, "mode_detuning_rad_s": TURN * 1.2e6, "pump_rabi_rad_s": TURN * 1.5e9,
        "level_splitting_rad_s": TURN * 100, "geometry": WrittenModes(),
    }  # fmt: skip
    return RamanCavity(**(values | changes))


def minus_one(trial):
    return -float(trial.unit_rad_s > 0)


@pytest.fixture(scope="module")
def found():
    return design(Glauber(0.5), lab(), VARY, patterns=PATTERNS, seed=1, evaluations=60)


@pytest.mark.parametrize("disorder", [0.0, 0.05])
def test_a_trial_has_the_numbers_of_the_operating_point(disorder):
    platform = lab(coupling_disorder=disorder, disorder_seed=3, photon_gain_rad_s=TURN * 1e5)
    trial, point = Trial(platform, PATTERNS, 0.6, Laws()), operating_point(platform, PATTERNS)
    for name in (
        "balance_temperature",
        "balance_rate_per_s",
        "glauber_temperature",
        "distance",
        "flip_rate_per_s",
        "ratio",
        "photons",
    ):
        assert getattr(trial, name) == pytest.approx(getattr(point, name), rel=1e-9)
    assert trial.recall_time_s == pytest.approx(point.recall_time_s, rel=1e-3)
    assert trial.single_ratio == pytest.approx(point.certificate.ratio, rel=1e-12)
    assert trial.drive_ratio == pytest.approx(point.certificate.drive_ratio, rel=1e-12)
    assert [step.to_dict() for step in trial.steps] == [step.to_dict() for step in point.steps]


@pytest.mark.parametrize("atoms", [1, 2])
def test_all_atoms_of_an_ensemble_are_spins_of_the_search_too(atoms):
    """Two atoms at each place have twice the field on a spin: the model of one for both would miss it."""
    platform = raman(atoms_per_ensemble=atoms)
    trial, point = Trial(platform, PATTERNS, 0.6, Laws()), operating_point(platform, PATTERNS)
    assert trial.dicke.n_spins == 35 * atoms
    for name in ("balance_temperature", "ratio", "photons", "held_overlap"):
        assert getattr(trial, name) == pytest.approx(getattr(point, name), rel=1e-9)
    assert [step.name for step in trial.steps] == [step.name for step in point.steps]
    drawn = tolerance_to_disorder(platform, PATTERNS, spreads={"coupling": 1e-9}, target=Glauber(0.5), draws=1, seed=1)
    assert float(drawn["balance_temperature"][0]) == pytest.approx(point.balance_temperature, rel=1e-6)


def test_a_law_serves_all_drives():
    laws = Laws()
    for drive in (1.0, 10.0):
        trial = Trial(lab(drive_rad_s=TURN * drive), PATTERNS, 0.6, laws)
        assert trial.ratio == pytest.approx(operating_point(trial.platform, PATTERNS).ratio, rel=1e-9)
    assert len(laws.known) == 1
    silent = Trial(lab(drive_rad_s=0.0), PATTERNS, 0.6, laws)
    assert (silent.ratio, silent.flip_rate_per_s, silent.recall_time_s) == (0.0, 0.0, np.inf)


def test_the_design_tells_what_it_found(found):
    assert found.met
    assert found.trial.balance_temperature == pytest.approx(0.5, rel=0.02)
    table = found.table()
    for word in ("coupling_rad_s", "kHz", "balance_temperature", "ratio < 0.03", "holds", "For single flips"):
        assert word in table
    data = found.to_dataset()
    told = json.loads(data.attrs["theory"])
    assert (told["seed"], told["target"]["temperature"]) == (1, 0.5)
    assert told["vary"]["coupling_rad_s"] == pytest.approx([TURN * 1e4, TURN * 3e5])
    assert json.loads(data.attrs["platform"])["coupling_rad_s"] == float(data["knob_value"][0])
    assert data.sizes["evaluation"] == found.problem.n_evaluations - len(found.problem.failures)
    assert all("long_name" in variable.attrs for variable in data.data_vars.values())


def test_a_design_can_be_saved(found, tmp_path):
    data = found.to_dataset()
    data.to_netcdf(tmp_path / "design.nc", engine="h5netcdf")
    with xr.open_dataset(tmp_path / "design.nc") as again:
        np.testing.assert_array_equal(again["tried"], data["tried"])
        assert again.attrs["platform"] == data.attrs["platform"]


def test_bounds_may_have_units_and_numbers():
    by_text = design(Glauber(0.5), lab(), VARY, patterns=PATTERNS, seed=1, evaluations=20)
    numbers = {"coupling_rad_s": (TURN * 10e3, TURN * 300e3)}
    by_number = design(Glauber(0.5), lab(), numbers, patterns=PATTERNS, seed=1, evaluations=20)
    assert by_text.values == by_number.values


@pytest.mark.parametrize(
    ("vary", "text"),
    [
        ({}, "bounds by the name of a knob"),
        ({"couplings": (1, 2)}, "Its knobs are"),
        ({"disorder_seed": (1, 2)}, "Its knobs are"),
        ({"coupling_rad_s": ("10 kHz", "20 kHz")}, "factor 2 pi"),
        ({"coupling_rad_s": (2.0, 1.0)}, "below the upper"),
        ({"coupling_rad_s": 2.0}, "a lower and an upper"),
    ],
)
def test_wrong_bounds_are_refused(vary, text):
    with pytest.raises(ArgumentError, match=text):
        design(Glauber(0.5), lab(), vary, patterns=PATTERNS, seed=1)


def test_wrong_wishes_are_refused():
    with pytest.raises(ArgumentError, match="rate_per_s"):
        design(Glauber(0.5, rate=3.0), lab(), VARY, patterns=PATTERNS, seed=1)
    with pytest.raises(ArgumentError, match="GlauberTarget"):
        design("cold", lab(), VARY, patterns=PATTERNS, seed=1)
    with pytest.raises(ArgumentError, match="platform"):
        design(Glauber(0.5), "lab", VARY, patterns=PATTERNS, seed=1)
    with pytest.raises(ArgumentError, match="must be one of them"):
        Constraint("ratio")
    with pytest.raises(ArgumentError, match="fidelity"):
        quantity_of("beauty")
    with pytest.raises(ArgumentError, match="below 1"):
        RetrievalTarget(start_overlap=0.6, probability=1.0, within_s=1)
    with pytest.raises(ArgumentError, match="above `start_overlap`"):
        RetrievalTarget(start_overlap=0.95, probability=0.5, within_s=1)
    with pytest.raises(ArgumentError, match="'limit cycle'"):
        PhaseTarget(temperature=0.15, drive_over_rate=0.8, phase="retrieval")
    with pytest.raises(ArgumentError, match="knobs"):
        sensitivities(lab(), PATTERNS, ["photon_gain_rad_s"])
    with pytest.raises(ArgumentError, match="no geometry"):
        tolerance_to_disorder(lab(), PATTERNS, spreads={"positions": "20 nm"}, target=Glauber(0.5), draws=1, seed=1)
    with pytest.raises(ArgumentError, match="but names 'mood'"):
        tolerance_to_disorder(lab(), PATTERNS, spreads={"mood": 1}, target=Glauber(0.5), draws=1, seed=1)
    with pytest.raises(ArgumentError, match="more than once"):
        pareto_front(Glauber(0.5), lab(), VARY, trade=("photons", "photons"), patterns=PATTERNS, seed=1)


def test_quantities_have_names_of_their_own():
    twice = [lambda trial: trial.ratio, lambda trial: trial.distance]
    with pytest.raises(ArgumentError, match="'<lambda>' more than once"):
        design(Glauber(0.5), lab(), VARY, patterns=PATTERNS, seed=1, objectives=twice)
    limits = [Constraint(one, below=1) for one in twice]
    with pytest.raises(ArgumentError, match="'<lambda> below' more than once"):
        design(Glauber(0.5), lab(), VARY, patterns=PATTERNS, seed=1, constraints=limits)
    with pytest.raises(ArgumentError, match="names of quantities"):
        design(Glauber(0.5), lab(), VARY, patterns=PATTERNS, seed=1, objectives=None)
    with pytest.raises(ArgumentError, match="recall beats scattering"):
        design(Glauber(0.5), lab(), VARY, patterns=PATTERNS, seed=1, constraints=[Constraint("step: mood", below=1)])
    with pytest.raises(ArgumentError, match="recall beats scattering"):
        design(Glauber(0.5), lab(), VARY, patterns=PATTERNS, seed=1, objectives=["step: mood"])


def test_where_nothing_recalls_the_refusal_says_so_and_names_every_broken_constraint():
    """The memory stays above its critical temperature: a recall takes for ever, and scattering beats it."""
    with pytest.raises(InfeasibleError, match="No point in the box was found to recall the patterns") as refused:
        design(Glauber(0.5), raman(), {"pump_rabi_rad_s": ("2pi * 10 MHz", "2pi * 200 MHz")}, patterns=PATTERNS, seed=1,
               evaluations=60)  # fmt: skip
    assert all(text in str(refused.value) for text in ("ratio < 0.03 (is", "step: recall beats scattering < 0.1 (is"))
    told = refused.value.partial.feasibility
    assert told.binding == "the upper bound of pump_rabi_rad_s"
    # T ~ 1 / coupling^2, so that ln(1 + T) falls by 2 T / (1 + T)
    temperature = refused.value.partial.trial.balance_temperature
    assert told.bindings[0].multiplier == pytest.approx(2 * temperature / (1 + temperature), rel=0.02)
    assert "Infinity" not in json.dumps(told.to_dict())


def test_a_number_that_cannot_be_positive_is_told():
    limit = [Constraint(minus_one, above=1)]
    with pytest.raises(InfeasibleError, match=r"minus_one > 1 \(not positive\)"):
        design(Glauber(0.5), lab(), VARY, patterns=PATTERNS, seed=1, constraints=limit, evaluations=40)


@pytest.mark.parametrize(
    ("platform", "vary", "more", "text"),
    [
        ({}, VARY, {"objectives": [minus_one]}, "not minus_one"),
        ({"drive_rad_s": 0.0}, VARY, {}, "not balance_rate_per_s"),
        ({}, {"coupling_rad_s": np.array([-2e6, -1e6])}, {}, "16 of them: .*greater than 0"),
    ],
)
def test_a_box_without_any_memory_is_refused_with_the_reason(platform, vary, more, text):
    with pytest.raises(ArgumentError, match=text):
        design(Glauber(0.5), lab(**platform), vary, patterns=PATTERNS, seed=1, evaluations=40, **more)


def test_colder_is_nearer_where_nothing_recalls():
    problem = Problem.of(GlauberTarget(temperature=0.5), raman(), {"pump_rabi_rad_s": (TURN * 1e7, TURN * 2e8)},
                         PATTERNS, (), ("distance",))  # fmt: skip
    worths = [problem.at(np.array([place])) for place in (0.2, 0.5, 0.9)]
    assert all(np.isinf(one.excess).any() for one in worths)
    assert (np.diff([one.breach.max() for one in worths]) < 0).all()
    assert (np.diff([one.worth for one in worths]) < 0).all()


def test_robustness_sees_knobs_that_are_zero():
    """The gain heats: its knob at zero moves the temperature as much as it does a little above."""
    slopes = []
    for gain in (0.0, TURN * 2e3):
        problem = Problem.of(GlauberTarget(temperature=0.5), lab(photon_gain_rad_s=gain),
                             {"photon_gain_rad_s": (0.0, TURN * 2e5)}, PATTERNS, (), ["fragility"])  # fmt: skip
        slopes.append(float(problem.at(np.array([gain / (TURN * 2e5)])).traded[0]))
    assert slopes[0] == pytest.approx(slopes[1], rel=0.05)
    assert slopes[0] > 0.1


def test_robustness_is_no_number_of_one_draw():
    with pytest.raises(ArgumentError, match="knobs of a search"):
        tolerance_to_disorder(lab(), PATTERNS, spreads={"coupling": 0.1}, target=Glauber(0.5), draws=1, seed=1,
                              constraints=[Constraint("robustness", below=1)])  # fmt: skip
    with pytest.raises(ArgumentError, match="`seed`"):
        tolerance_to_disorder(lab(), PATTERNS, spreads={"coupling": 0.1}, target=Glauber(0.5), draws=1, seed=-1)


def test_atoms_moved_keep_the_spread_of_their_own():
    warm = raman(geometry=WrittenModes(position_spread_m=60e-9, wavelength_m=780e-9))
    moved = _moved(warm, 80e-9, np.random.default_rng(0))
    assert moved.position_spread_m == pytest.approx(100e-9)


def test_wishes_may_have_units():
    assert RetrievalTarget(start_overlap=0.6, probability=0.5, within_s="2 ms").within_s == pytest.approx(2e-3)
    assert GlauberTarget(temperature=0.3, rate_per_s="100 1/s").rate_per_s == 100
    with pytest.raises(ArgumentError, match="not zero"):
        sensitivities(lab(photon_gain_rad_s=0.0), PATTERNS, ["photon_gain_rad_s"])


def test_a_given_constraint_replaces_the_default_of_its_quantity_and_a_function_may_be_one():
    def gain_of_energy(trial):
        return trial.energy_scale_rad_s

    constraints = [Constraint("ratio", below=1e-4), Constraint(gain_of_energy, above=1.0)]
    found = design(Glauber(0.5), lab(), VARY | {"drive_rad_s": ("2pi * 0.1 Hz", "2pi * 1 kHz")}, patterns=PATTERNS,
                   seed=1, constraints=constraints, evaluations=100)  # fmt: skip
    assert [one.text for one in found.problem.constraints].count("ratio < 0.03") == 0
    assert found.operating_point.ratio < 1e-4
    assert "gain_of_energy > 1" in found.table()


@pytest.mark.parametrize("goal", ["speed", "robustness", "photon number", "fidelity"])
def test_every_goal_can_be_traded(goal):
    """A goal alone is at least as good as what the default objectives reach."""
    vary = VARY | {"photon_loss_rad_s": ("2pi * 0.3 MHz", "2pi * 2 MHz")}
    plain = design(Glauber(0.6), lab(), vary, patterns=PATTERNS, seed=1, evaluations=90)
    found = design(Glauber(0.6), lab(), vary, patterns=PATTERNS, seed=1, evaluations=90, objectives=[goal])
    ((quantity, _),) = found.problem.objectives
    values = [one.problem.quantity(quantity, one.trial, one.values) for one in (plain, found)]
    assert values[1] <= values[0] * 1.02


def test_failures_are_recorded_and_do_not_stop_a_search():
    vary = VARY | {"photon_gain_rad_s": ("2pi * 0.1 MHz", "2pi * 5 MHz")}  # more than the loss: no steady state
    found = design(Glauber(0.8), lab(), vary, patterns=PATTERNS, seed=1, evaluations=150)
    assert found.problem.failures
    assert all("loss" in text for _, text in found.problem.failures)
    assert "could not be evaluated" in found.table()


def test_progress_is_told_and_the_closest_point_is_kept():
    told = []
    with pytest.raises(InfeasibleError) as refused:
        design(Glauber(0.01), lab(), VARY, patterns=PATTERNS, seed=1, evaluations=20, progress=told.append)
    assert told[-1] == 1.0
    assert (np.diff(told) >= 0).all()
    assert not refused.value.partial.met
    assert "does NOT meet" in refused.value.partial.table()


def test_a_glauber_target_may_mean_the_closest_law():
    target = GlauberTarget(temperature=0.3, of="rates")
    found = design(target, lab(), VARY, patterns=PATTERNS, seed=1, evaluations=60)
    assert found.operating_point.glauber_temperature == pytest.approx(0.3, rel=0.02)
    (check,) = [one for one in found.verify(runs=20).checks if one.name == "temperature"]
    assert (check.by, check.meets) == ("the closest Glauber law", True)


def test_disorder_is_drawn_anew_by_seed_and_a_failed_draw_does_not_meet():
    how = {"spreads": {"coupling_rad_s": 0.05, "detuning": "2pi * 1 MHz"}, "target": Glauber(0.5), "draws": 8}
    first, again = (tolerance_to_disorder(lab(), PATTERNS, seed=3, **how) for _ in range(2))
    assert first.identical(again)
    other = tolerance_to_disorder(lab(), PATTERNS, seed=4, **how)
    assert not np.array_equal(first["misfit"], other["misfit"])
    failed = first["failure"].values != ""
    assert failed.any()
    assert np.isnan(first["glauber_temperature"].values[failed]).all()
    assert not first["meets"].values[failed].any()
