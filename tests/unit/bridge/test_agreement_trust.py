"""Whom `agreement` believes: regimes that no warning tells of, numbers that are none, and runs that have not moved."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

import cavity_hopfield as ch
from cavity_hopfield.bridge.levels.agreement import agreement

RUNGS = {
    "SectorEquation": ch.SectorEquation(),
    "ClassicalMasterEquation": ch.ClassicalMasterEquation(),
    "Cumulants2": ch.Cumulants(order=2),
    "Cumulants3": ch.Cumulants(order=3),
    "AtomOnly": ch.AtomOnly(),
    "MeanField": ch.MeanField(),
}
CAVITY = ch.MultimodeDicke.from_patterns(
    ch.Patterns([[1, 1, -1]]), g=0.5, omega=1.0, loss=1.0, drive=0.25, scaling="intensive"
)
START = [1, 1, -1]
TIMES = np.linspace(0.0, 4.0, 9)


@dataclass(frozen=True)
class Changed:
    """A theory whose result is changed on the way out."""

    theory: Any
    change: Any
    runs: int = field(default=0)

    def evolve(self, model, initial, times):
        return self.change(self.theory.evolve(model, initial, times))


class TestRegimes:
    @pytest.mark.parametrize(
        ("model", "start", "end"),
        [
            (ch.MultimodeDicke(g=[[0.5], [0.5]], omega=1.0, loss=1.0, drive=0.05), [1, 1], 300.0),
            (ch.MultimodeDicke(g=[[0.5], [0.35]], omega=1.0, loss=0.6, drive=0.1), [1, -1], 60.0),
        ],
    )
    def test_the_best_is_not_the_one_that_only_keeps_silent(self, model, start, end):
        """Cumulants of these few spins are off by 0.15 and more, and give no warning."""
        times = np.linspace(0.0, end, 7)
        found = agreement(model, start, times, RUNGS, observables=("magnetisation", "energy"))
        exact = ch.Lindblad().evolve(model, start, times)["magnetisation"]
        off = {
            name: float(abs(found[name].result["magnetisation"] - exact).max())
            for name in RUNGS
            if found[name].result is not None
        }
        assert off["Cumulants2"] > 0.1
        assert off[found.best] < 0.05
        assert found["Cumulants2"].doubted
        assert not found["Cumulants2"].warnings
        assert "Its expected error is 1, by what it neglects." in found.summary

    def test_the_order_of_the_theory_is_reckoned_with(self):
        memory = ch.Patterns(np.ones((1, 12), np.int8))
        model = ch.MultimodeDicke.from_patterns(memory, 0.4, 1.0, 1.0, drive=0.25, scaling="intensive")
        theories = [ch.Cumulants(order=1), ch.Cumulants(order=2), ch.Cumulants(order=3)]
        found = agreement(model, np.ones(12, int), [0.0, 0.5, 1.0], theories)
        first, *higher = (trial.expected for trial in found.trials)
        assert higher == pytest.approx([first**2, first**3])
        assert found["Cumulants(order=1)"].doubted
        assert found.best == "Cumulants(order=3)"

    def test_of_the_doubted_the_least_wrong_goes_first(self):
        model = ch.MultimodeDicke(g=[[0.5], [0.5]], omega=1.0, loss=1.0, drive=0.05)
        found = agreement(model, [1, 1], np.linspace(0, 300, 7), RUNGS, observables=("magnetisation",))
        assert all(trial.doubted for trial in found.trials)
        order = sorted(found.trials, key=lambda one: float(found.dataset["place"].sel(theory=one.name)))
        likely = [one.likely for one in order]
        assert likely == sorted(likely)

    def test_an_exact_rung_is_doubted_by_its_number_alone(self):
        """A warning of a top population of 2e-6 does not put it behind cumulants that are off by 0.3."""
        one, times = ch.MultimodeDicke(g=[[0.5]], omega=1.0, loss=0.6, drive=0.1), np.linspace(0, 30, 7)
        found = agreement(one, [1], times, {"L": ch.Lindblad(fock=10), "C2": ch.Cumulants(order=2)})
        assert found["L"].warnings
        assert not found["L"].doubted
        assert (found.best, found.reference) == ("L", "L")
        assert {each.theory for each in found.disagreements} == {"C2"}

    def test_a_doubted_exact_rung_goes_before_what_is_likely_to_be_more_wrong(self):
        """Off by two per cent by what it says, where cumulants are expected to be off by all."""
        one, times = ch.MultimodeDicke(g=[[0.5]], omega=1.0, loss=0.6, drive=0.1), np.linspace(0, 30, 7)
        cut = ch.Lindblad(fock=4, displacement="none")
        found = agreement(one, [1], times, {"C2": ch.Cumulants(order=2), "L": cut})
        assert found["L"].doubted
        assert found["L"].likely < found["C2"].likely
        assert found.best == "L"


class TestNumbersThatAreNone:
    def test_are_a_failure_from_where_they_begin(self):
        broken = Changed(ch.Lindblad(), lambda result: result.where(result["time"] < 2.0))
        found = agreement(CAVITY, START, TIMES, {"broken": broken, "C3": ch.Cumulants(order=3)})
        assert "are not finite from t = 2" in found["broken"].failure
        assert found["broken"].result.sizes["time"] == 4
        assert found.best == found.reference == "C3"
        assert not found.agrees("broken")
        assert "up to t = 1.5 (4 of 9 times)" in found.summary

    def test_all_of_them_leave_nothing(self):
        broken = Changed(ch.Lindblad(), lambda result: result * np.nan)
        found = agreement(CAVITY, START, TIMES, {"broken": broken, "C3": ch.Cumulants(order=3)})
        assert found["broken"].result is None

    def test_an_error_that_is_none_is_a_doubt(self):
        unsure = Changed(ch.MeanField(), lambda result: result.assign_attrs(step_error=np.nan))
        found = agreement(CAVITY, START, TIMES, {"unsure": unsure, "C2": ch.Cumulants(order=2)})
        assert found["unsure"].doubted
        assert found.best == "C2"

    def test_g2_without_light_and_fock_states_that_were_given_are_none(self):
        dark = ch.ProductState([[-1.0, 0.0, 0.0]] * 3, np.zeros(1))
        found = agreement(CAVITY, dark, TIMES, [ch.Lindblad(fock=14)], observables=("g2", "photons"))
        assert not found["Lindblad"].failure
        assert np.isfinite(found["Lindblad"].numerical)


class TestResultsOfOtherForms:
    @pytest.mark.parametrize(
        ("change", "text"),
        [
            (lambda _: None, "but returned a NoneType"),
            (lambda result: result.isel(time=slice(3)), "returned others"),
            (lambda result: result.assign_coords(time=result["time"] + 0.1), "returned others"),
        ],
    )
    def test_are_failures(self, change, text):
        found = agreement(CAVITY, START, TIMES, {"L": ch.Lindblad(), "odd": Changed(ch.MeanField(), change)})
        assert text in found["odd"].failure

    def test_times_may_be_rounded(self):
        later = Changed(ch.Lindblad(), lambda result: result.assign_coords(time=result["time"] + 1e-12))
        found = agreement(CAVITY, START, TIMES, {"L": ch.Lindblad(), "later": later})
        assert found.agrees("later")
        assert np.isfinite(found.dataset["overlap"].sel(theory="later")).all()

    def test_other_axes_are_told_of(self):
        fewer = Changed(ch.Lindblad(), lambda result: result.isel(pattern=0))
        found = agreement(CAVITY, START, TIMES, {"L": ch.Lindblad(), "MF": ch.MeanField(), "odd": fewer})
        assert "It has overlap on other axes, which was not compared." in found.summary


class TestRunsThatHaveNotMoved:
    SPIN = ch.OpenHopfield(ch.Patterns([[1]]), rate_law=ch.Glauber(0.6))

    @pytest.mark.parametrize("observable", ["overlap", "spin_z", "magnetisation"])
    def test_are_no_disagreement(self, observable):
        """In so short a time that of 50 runs none flips in every other set: at a confidence of .99 none may alarm."""
        alarms, still = 0, 0
        for seed in range(40):
            theories = [ch.ClassicalMasterEquation(), ch.KineticMonteCarlo(runs=50, seed=seed)]
            found = agreement(self.SPIN, [1], [0.0, 0.015, 0.03], theories, observables=(observable,), tolerance=0.0)
            alarms += bool(found.disagreements)
            runs = found.dataset[observable].sel(theory="KineticMonteCarlo")
            still += float(abs(runs - 1).max()) == 0.0
        assert still > 10
        assert alarms <= 2

    def test_energy_cannot_be_judged_by_them(self):
        network = ch.OpenHopfield(ch.Patterns([[1, 1, 1, -1]]), rate_law=ch.Glauber(0.2))
        theories = [ch.ClassicalMasterEquation(), ch.KineticMonteCarlo(runs=20, seed=1)]
        found = agreement(network, [1, 1, 1, -1], [0.0, 1e-4], theories, observables=("energy",), tolerance=0.0)
        assert found.disagreements == ()
        assert "no run has moved yet" in found.summary


class TestPower:
    def test_a_difference_beyond_the_resolution_is_found(self):
        network = ch.OpenHopfield(ch.Patterns([[1, 1, 1, -1], [1, -1, 1, 1]]), rate_law=ch.Glauber(temperature=0.6))
        runs = ch.KineticMonteCarlo(runs=200, seed=2)
        chain = ch.ClassicalMasterEquation()
        true = agreement(network, [1] * 4, TIMES, {"chain": chain, "runs": runs}, observables=("magnetisation",))
        seen = float(true.dataset["resolution"].sel(theory="runs", observable="magnetisation"))
        off = float(true.dataset["largest_difference"].sel(theory="runs", observable="magnetisation"))
        shift = 1.2 * seen + abs(off)
        wrong = Changed(runs, lambda one: one.assign(magnetisation=one["magnetisation"] + shift), runs=200)
        found = agreement(network, [1] * 4, TIMES, {"chain": chain, "wrong": wrong}, observables=("magnetisation",))
        assert [one.theory for one in found.disagreements] == ["wrong"]

    def test_resolution_is_relative_where_values_are_large(self):
        """Hundreds of photons, to a per cent: a second rung of the same numbers is as good."""
        big = ch.MultimodeDicke.from_patterns(
            ch.Patterns(np.ones((1, 200), np.int8)), g=2.0, omega=1.0, loss=1.0, drive=0.1, scaling="intensive"
        )
        theories = {"one": ch.Cumulants(order=2), "other": ch.Cumulants(order=2, rtol=1e-6)}
        found = agreement(big, np.ones(200, int), np.linspace(0.0, 0.5, 3), theories, observables=("photons",))
        assert found.dataset["photons"].max() > 100
        assert found.dataset["resolution"].sel(theory="other") == pytest.approx(0.01, rel=1e-3)
        assert found.agrees("other")


class TestConclusion:
    def test_as_good_is_said_only_of_what_was_measured_against_the_best(self):
        theories = {"L": ch.Lindblad(), "c3": ch.Cumulants(order=3), "c3b": ch.Cumulants(order=3, rtol=1e-5)}
        memory = ch.Patterns(np.ones((1, 12), np.int8))
        model = ch.MultimodeDicke.from_patterns(memory, 0.3, 1.0, 1.0, drive=0.25, scaling="intensive")
        found = agreement(model, np.ones(12, int), [0.0, 0.5, 1.0], theories, reference="c3")
        assert found.best == "L"
        assert "is as good" not in found.summary
        assert "the reference" in next(line for line in found.summary.splitlines() if line.startswith("Trust L."))


class TestDoor:
    @pytest.mark.parametrize(
        ("arguments", "text"),
        [
            ({"theories": ch.Lindblad()}, "theories"),
            ({"observables": 3}, "must name some of"),
            ({"theories": [ch.Lindblad()], "memory_gib": -3}, "memory_gib.*must be left out"),
            ({"theories": [ch.Lindblad()], "time_s": "x"}, "time_s.*must be left out"),
            ({"theories": [ch.Lindblad()], "seed": -1}, "seed.*must be left out"),
            ({"start": [1, 1]}, "spins|shape"),
            ({"start": "abc"}, "Argument `start` must hold real numbers"),
        ],
    )
    def test_arguments_are_checked_before_anything_runs(self, arguments, text):
        with pytest.raises(ch.ArgumentError, match=text):
            agreement(CAVITY, times=TIMES, **{"start": START, **arguments})

    def test_kets_may_start_a_network(self):
        network = ch.OpenHopfield(ch.Patterns([[1, 1]]), rate_law=ch.Glauber(0.5), drive=0.3)
        ket = np.array([1, 0, 0, 1]) / np.sqrt(2)
        assert agreement(network, ket, [0.0, 1.0], [ch.Lindblad()]).best == "Lindblad"

    def test_limits_are_refused_with_what_to_ask(self):
        with pytest.raises(ch.ArgumentError, match="ask `MeanField` itself"):
            agreement(ch.HopfieldLimit(1, ch.Glauber(0.3), 0.2), [1.0], TIMES)
