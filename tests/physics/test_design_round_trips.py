"""Designs put through the full chain: closed forms, kinetic Monte Carlo, the full Lindblad equation, refusals."""

import numpy as np
import pytest

from cavity_hopfield import Glauber, Patterns, letters
from cavity_hopfield.design import Constraint, GlauberTarget, PhaseTarget, RetrievalTarget, design
from cavity_hopfield.design.trial import Laws, Trial
from cavity_hopfield.design.verification import verified
from cavity_hopfield.exceptions import InfeasibleError
from cavity_hopfield.platforms import BareCavity, changed, operating_point
from tests.twins import design_spin_one

TURN = 2 * np.pi
KNOBS = {"coupling_rad_s": ("2pi * 1 kHz", "2pi * 500 kHz"), "drive_rad_s": ("2pi * 1 Hz", "2pi * 10 kHz")}

STRONG = {"coupling_rad_s": ("2pi * 100 kHz", "2pi * 600 kHz"), "drive_rad_s": ("2pi * 1 kHz", "2pi * 200 kHz")}


def lab(**changes):
    values = {
        "coupling_rad_s": TURN * 100e3, "mode_detuning_rad_s": TURN * 1e6, "photon_loss_rad_s": TURN * 1e6,
        "drive_rad_s": TURN * 100,
    }  # fmt: skip
    return BareCavity(**(values | changes))


def one_pattern(n):
    return Patterns(np.ones((1, n), np.int8))


def test_the_coupling_of_a_hot_memory_is_the_closed_form_and_the_difference_falls_with_the_flip_energies():
    r"""$T^*/J_0 = \nu |z|^4 / (8 \omega^2 N g^2)$, to second order in the flip energies over omega."""
    errors = []
    for temperature in (4.0, 8.0, 16.0):
        target = GlauberTarget(temperature=temperature, temperature_tolerance=1e-5)
        found = design(
            target,
            lab(photon_gain_rad_s=TURN * 2e5),
            {"coupling_rad_s": KNOBS["coupling_rad_s"]},
            patterns=letters("EV"),
            seed=1,
            evaluations=60,
            constraints=[Constraint("ratio", below=1e6)],
        )
        net, noise = 0.8, 1.2 / 0.8
        size = 1 + net**2 / 4
        closed = np.sqrt(noise * size**2 / (8 * 35 * temperature))
        errors.append(abs(found.values["coupling_rad_s"] / (TURN * 1e6) / closed - 1))
    assert errors[0] < 0.01
    slopes = np.diff(np.log(errors)) / np.log(0.5)
    np.testing.assert_allclose(slopes, [2, 2], atol=0.35)


@pytest.mark.parametrize("temperature", [0.6, 1.5])
def test_a_memory_at_a_temperature_and_rate_is_thermal_under_the_full_chain(temperature):
    wide = KNOBS | {"photon_loss_rad_s": ("2pi * 0.1 MHz", "2pi * 3 MHz")}
    target = GlauberTarget(temperature=temperature, rate_per_s=2.0)
    found = design(target, lab(), wide, patterns=letters("EV"), seed=2, evaluations=300)
    assert found.met
    assert found.operating_point.ratio < 0.03
    checks = {check.name: check for check in found.verify(runs=600, seed=5).checks}
    assert checks["temperature"].found == pytest.approx(temperature, rel=0.02)
    assert checks["flip rate"].found == pytest.approx(2.0, rel=0.05)
    assert checks["overlap reached"].meets
    # a network at the wrong temperature would be seen: the thermal overlap moves by far more than the tolerance
    wrong = GlauberTarget(temperature=0.4 if temperature > 1 else 1.5)
    other = design(wrong, lab(), wide, patterns=letters("EV"), seed=2, evaluations=300)
    assert not {check.name: check for check in verified(target, other.trial, runs=600).checks}["overlap reached"].meets


@pytest.mark.slow
def test_two_spins_rest_as_the_design_says_in_the_full_lindblad_equation():
    """P(0) / P(1) = exp(-1/T) for a flip from aligned to opposite spins, which costs J0; better for a weaker drive."""
    errors = []
    for limit in (0.1, 0.01):
        found = design(Glauber(0.8), lab(), STRONG, patterns=one_pattern(2), seed=1, evaluations=120,
                       constraints=[Constraint("ratio", below=limit)], objectives=["balance_rate_per_s"])  # fmt: skip
        assert found.operating_point.ratio == pytest.approx(limit, rel=1e-3)
        dicke = found.trial.dicke
        up, none, down = design_spin_one.populations(dicke.g[0, 0], 1.0, dicke.loss[0], dicke.drive, levels=14)
        assert up == pytest.approx(down, rel=1e-6)
        errors.append(abs(none / up / np.exp(-1 / found.trial.balance_temperature) - 1))
    assert errors[1] < 0.01
    assert errors[1] < errors[0] / 5
    exact = {check.name: check for check in found.verify(runs=50).checks}[
        "slowest relaxation, relative error of the rates"
    ]
    assert exact.meets


@pytest.mark.slow
def test_a_recall_is_as_fast_as_it_was_designed():
    target = RetrievalTarget(start_overlap=0.6, probability=0.8, within_s=30.0)
    found = design(target, lab(photon_loss_rad_s=TURN * 3e5), KNOBS, patterns=letters("EVX"), seed=1, evaluations=120)
    (share,) = [check for check in found.verify(runs=1000, seed=9).checks if check.name == "share of recalls in time"]
    assert share.meets
    assert found.operating_point.ratio < 0.03
    # a drive at half of it is four times as slow, and misses
    slow = Trial(changed(found.platform, {"drive_rad_s": found.values["drive_rad_s"] / 4}), letters("EVX"), 0.6, Laws())
    (share,) = [check for check in verified(target, slow, runs=300).checks if check.name == "share of recalls in time"]
    assert not share.meets


def test_a_recall_that_crosstalk_prevents_is_refused_with_the_share_that_arrives():
    """Four patterns of 20 spins: the chain of one pattern has no crosstalk and would recall nearly always."""
    stream = np.random.default_rng(3)
    crowded = Patterns(stream.choice(np.array([-1, 1], np.int8), (4, 20)))
    target = RetrievalTarget(start_overlap=0.5, probability=0.97, within_s=30.0)
    with pytest.raises(InfeasibleError, match=r"Only [0-9]+% of the runs recall at all where 97%"):
        design(target, lab(photon_loss_rad_s=TURN * 3e5), KNOBS, patterns=crowded, seed=1, evaluations=30)


def test_a_point_of_the_phase_diagram_needs_a_second_field_and_has_its_phase():
    target = PhaseTarget(temperature=0.5, drive_over_rate=0.2, phase="retrieval")
    found = design(target, lab(photon_loss_rad_s=TURN * 3e5), KNOBS, patterns=one_pattern(20), seed=1, evaluations=100)
    field = target.second_drive_rad_s(found.trial)
    assert field == pytest.approx(0.2 * found.trial.balance_rate_per_s)
    phase = next(check for check in found.verify(runs=100).checks if check.name == "phase")
    assert phase.meets
    assert phase.note.startswith("retrieval")


def test_an_impossible_temperature_names_the_bound_of_the_coupling():
    weak = {"coupling_rad_s": ("2pi * 1 kHz", "2pi * 50 kHz")}
    with pytest.raises(InfeasibleError, match="upper bound of coupling_rad_s") as refused:
        design(Glauber(0.3), lab(drive_rad_s=TURN), weak, patterns=letters("EV"), seed=1, evaluations=60)
    closest = refused.value.partial
    assert closest.values["coupling_rad_s"] == pytest.approx(TURN * 50e3)
    assert closest.feasibility.binding == "the upper bound of coupling_rad_s"
    # T ~ 1 / g^2 at weak coupling
    (bound,) = closest.feasibility.bindings
    assert bound.multiplier * closest.target.temperature_tolerance == pytest.approx(2.0, rel=0.1)


def test_photons_bind_what_would_need_more_light_and_the_multiplier_is_what_relaxing_gains():
    misfits = {}
    for photons in (5.0, 5.0 * 1.01):
        with pytest.raises(InfeasibleError, match="photons < 5") as refused:
            design(Glauber(0.4), lab(photon_loss_rad_s=TURN * 3e5), KNOBS, patterns=letters("EV"), seed=3,
                   constraints=[Constraint("photons", below=photons)], evaluations=150)  # fmt: skip
        misfits[photons] = refused.value.partial
    before, after = misfits[5.0], misfits[5.0 * 1.01]
    assert before.feasibility.binding == "photons < 5"
    assert before.feasibility.explained > 0.99
    gained = (before.misfit - after.misfit) / np.log(1.01)
    assert before.feasibility.bindings[0].multiplier == pytest.approx(gained, rel=0.05)


def test_the_multiplier_of_the_tolerance_is_what_a_wider_one_gains():
    objectives, vary = [], KNOBS | {"photon_loss_rad_s": ("2pi * 50 kHz", "2pi * 3 MHz")}
    for tolerance in (0.02, 0.02 * 1.02):
        target = GlauberTarget(temperature=0.6, temperature_tolerance=tolerance)
        found = design(target, lab(photon_loss_rad_s=TURN * 3e5, drive_rad_s=TURN * 10), vary,
                       patterns=letters("EV"), seed=1, constraints=[Constraint("photons", below=8)],
                       evaluations=400)  # fmt: skip
        objectives.append((found.found.objective, found.feasibility.bindings))
    (told,) = [one for one in objectives[0][1] if one.name == "the target, to its tolerance"]
    gained = (objectives[0][0] - objectives[1][0]) / np.log(1.02)
    assert told.multiplier == pytest.approx(gained, rel=0.1)


def test_a_recall_too_fast_for_the_allowed_ratio_names_it():
    target = RetrievalTarget(start_overlap=0.6, probability=0.8, within_s=1e-3)
    with pytest.raises(InfeasibleError, match=r"ratio < 0\.03"):
        design(target, lab(photon_loss_rad_s=TURN * 3e5), KNOBS, patterns=one_pattern(12), seed=1, evaluations=150)


def test_constraints_that_contradict_each_other_are_both_named():
    both = [Constraint("photons", below=5), Constraint("photons", above=6)]
    with pytest.raises(InfeasibleError) as refused:
        design(Glauber(0.6), lab(), KNOBS, patterns=letters("EV"), seed=1, constraints=both, evaluations=60)
    assert {one.name for one in refused.value.partial.feasibility.bindings} == {"photons < 5", "photons > 6"}


def test_the_answer_is_the_same_from_every_seed_and_the_same_numbers_from_the_same():
    points = [
        design(
            Glauber(0.5), lab(photon_loss_rad_s=TURN * 3e5), KNOBS, patterns=letters("EV"), seed=seed, evaluations=150
        )
        for seed in (1, 1, 2)
    ]
    assert points[0].values == points[1].values
    for other in points[2:]:
        for name, value in points[0].values.items():
            assert other.values[name] == pytest.approx(value, rel=2e-3)
    point = operating_point(points[0].platform, letters("EV"))
    assert point.ratio == pytest.approx(0.03, rel=1e-3)
