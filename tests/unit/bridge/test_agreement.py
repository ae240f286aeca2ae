"""Rungs side by side: planted errors are found where they were planted, and nothing is lost."""

import json
import warnings
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

import cavity_hopfield as ch
from cavity_hopfield.bridge.levels.agreement import agreement

TIMES = np.linspace(0.0, 4.0, 9)
CAVITY = ch.MultimodeDicke.from_patterns(
    ch.Patterns([[1, 1, -1]]), g=0.5, omega=1.0, loss=1.0, drive=0.25, scaling="intensive"
)
START = [1, 1, -1]
NETWORK = ch.OpenHopfield(ch.Patterns([[1, 1, 1, -1], [1, -1, 1, 1]]), rate_law=ch.Glauber(temperature=0.6))
UP = [1, 1, 1, 1]


@dataclass(frozen=True)
class Shifted:
    """A theory with one observable off by so much from some time on."""

    theory: Any
    name: str
    by: float
    since: float
    runs: int = field(default=0)

    def evolve(self, model, initial, times, **options):
        result = self.theory.evolve(model, initial, times, **options)
        moved = result[self.name] + self.by * (result["time"] >= self.since)
        return result.assign({self.name: moved.transpose(*result[self.name].dims)})


@dataclass(frozen=True)
class Failing:
    """A theory that raises."""

    error: Exception

    def evolve(self, model, initial, times):  # noqa: ARG002
        raise self.error


class TestPlantedErrors:
    @pytest.mark.parametrize("name", ["overlap", "photons", "magnetisation_x", "energy"])
    def test_is_found_at_its_time_with_its_size(self, name):
        wrong = Shifted(ch.Lindblad(), name, by=0.2, since=2.2)
        found = agreement(CAVITY, START, TIMES, [ch.Lindblad(), wrong])
        (one,) = found.disagreements
        assert (one.theory, one.observable, one.time) == ("Shifted", name, 2.5)
        assert one.difference == pytest.approx(0.2, abs=1e-6)
        assert one.largest == pytest.approx(0.2, abs=1e-6)
        assert not found.agrees("Shifted")
        table = found.dataset.sel(theory="Shifted")
        assert table["first_disagreement"].sel(observable=name) == 2.5
        assert np.isnan(table["first_disagreement"]).sum() == table.sizes["observable"] - 1

    @pytest.mark.parametrize(("by", "alarms"), [(0.004, 0), (-0.016, 1)])
    def test_what_is_below_the_tolerance_does_not_count(self, by, alarms):
        wrong = Shifted(ch.Lindblad(), "overlap", by=by, since=0.0)
        found = agreement(CAVITY, START, TIMES, [ch.Lindblad(), wrong], tolerance=0.01)
        assert len(found.disagreements) == alarms

    def test_without_a_tolerance_numerical_errors_decide(self):
        fine = Shifted(ch.Lindblad(), "overlap", by=1e-4, since=1.0)
        found = agreement(CAVITY, START, TIMES, [ch.Lindblad(), ch.Lindblad(tolerance=1e-6), fine], tolerance=0.0)
        assert [(one.theory, one.time) for one in found.disagreements] == [("Shifted", 1.0)]

    def test_is_found_beyond_the_errors_of_runs(self):
        """Off by 0.3 where 400 runs see 0.2."""
        chain, runs = ch.ClassicalMasterEquation(), ch.KineticMonteCarlo(runs=400, seed=3)
        wrong = Shifted(runs, "overlap", by=0.3, since=3.0, runs=400)
        found = agreement(NETWORK, UP, TIMES, {"chain": chain, "runs": runs, "wrong": wrong})
        assert found.reference == "chain"
        assert {(one.theory, one.time) for one in found.disagreements} == {("wrong", 3.0)}
        assert found.dataset["resolution"].sel(theory="wrong", observable="overlap") < 0.25
        assert "pattern" in found.disagreements[0].where

    def test_rare_events_that_no_run_has_seen_are_no_disagreement(self):
        """With 30 runs nobody has flipped for a while; the chain knows of the probability."""
        times = np.linspace(0.0, 0.05, 6)
        found = agreement(
            NETWORK, UP, times, [ch.ClassicalMasterEquation(), ch.KineticMonteCarlo(runs=30, seed=1)], tolerance=0.0
        )
        assert float(found.dataset["overlap_error"].sel(theory="KineticMonteCarlo").isel(time=1).min()) == 0.0
        assert found.disagreements == ()


class TestFalseAlarms:
    @pytest.mark.parametrize("runs", [10, 100])
    def test_are_as_rare_as_promised(self, runs):
        """Exact runs against the exact chain, 72 comparisons at a confidence of .8: a fifth may alarm, so that of 40
        more than 15 come with a chance of .3 per cent. Each comparison by itself at .8 alarms in 33 of 40."""
        alarms = 0
        for seed in range(40):
            found = agreement(
                NETWORK, UP, TIMES, [ch.ClassicalMasterEquation(), ch.KineticMonteCarlo(runs=runs, seed=seed)],
                observables=("overlap", "magnetisation", "energy", "spin_z"), tolerance=0.0, confidence=0.8,
            )  # fmt: skip
            assert found.dataset.attrs["comparisons"] == 9 * (2 + 1 + 1 + 4)
            alarms += bool(found.disagreements)
        assert alarms <= 15

    def test_the_same_theory_agrees_exactly(self):
        found = agreement(CAVITY, START, TIMES, {"one": ch.Lindblad(), "other": ch.Lindblad()}, tolerance=0.0)
        assert found.disagreements == ()
        assert float(abs(found.dataset["largest_difference"]).max()) == 0.0
        assert found.agrees("other")


class TestNothingIsLost:
    def test_a_rung_that_raises_is_recorded(self):
        found = agreement(
            CAVITY,
            START,
            TIMES,
            {"good": ch.Lindblad(), "bad": Failing(RuntimeError("no light")), "mf": ch.MeanField()},
        )
        assert found["bad"].failure == "RuntimeError: no light"
        assert found["bad"].result is None
        assert "bad gave no answer. It failed: RuntimeError: no light" in found.summary
        assert json.loads(found.dataset.attrs["failures"]) == {"bad": "RuntimeError: no light"}
        assert found["good"].result is not None
        assert list(found.dataset["theory"].values) == ["good", "mf"]
        assert not found.agrees("bad")

    def test_a_rung_without_memory_is_recorded(self):
        found = agreement(CAVITY, START, TIMES, [ch.Lindblad(memory_gib=1e-7), ch.Cumulants(order=3)])
        assert found["Lindblad"].failure.startswith("SizeError")
        assert found.reference == "Cumulants"
        assert "No exact level stands behind it" in found.summary

    def test_what_was_finished_before_a_failure_is_compared(self):
        begun = ch.Lindblad().evolve(CAVITY, START, TIMES[:4])
        broken = Failing(ch.ConvergenceError("diverged", partial=begun))
        found = agreement(CAVITY, START, TIMES, {"whole": ch.Lindblad(), "broken": broken})
        overlap = found.dataset["overlap"].sel(theory="broken")
        assert np.isfinite(overlap.isel(time=slice(4))).all()
        assert np.isnan(overlap.isel(time=slice(4, None))).all()
        assert found.disagreements == ()
        assert not found.agrees("broken")
        assert found.reference == "whole"

    def test_all_failing_is_an_error_with_all_texts(self):
        with pytest.raises(ch.ConvergenceError, match=r"a: RuntimeError: x; b: ValueError: y"):
            agreement(CAVITY, START, TIMES, {"a": Failing(RuntimeError("x")), "b": Failing(ValueError("y"))})

    def test_warnings_are_kept_and_move_a_rung_back(self):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            found = agreement(CAVITY, START, TIMES, [ch.MeanField(), ch.Cumulants(order=2)])
        mean_field = found["MeanField"]
        assert "dephasing of single atoms" in mean_field.warnings[0]
        assert mean_field.doubted
        places = found.dataset["place"]
        assert places.sel(theory="MeanField") == 1
        assert places.sel(theory="Cumulants") == 0
        assert "It warns: mean field" in found.summary

    def test_an_exact_rung_that_cuts_off_light_is_doubted(self):
        strong = ch.MultimodeDicke(g=[[0.9], [0.9]], omega=1.0, loss=1.0, drive=0.25)
        found = agreement(
            strong, [1, 1], TIMES, {"cut": ch.Lindblad(fock=4, displacement="none"), "jumps": ch.QuantumJumps(50, 1)}
        )
        assert found["cut"].doubted
        assert found.reference == found.best == "jumps"
        assert any(one.theory == "cut" and one.observable == "photons" for one in found.disagreements)

    def test_results_and_times_are_kept_and_the_dataset_comes_back_from_a_file(self, tmp_path):
        found = agreement(CAVITY, START, TIMES, [ch.Lindblad(), ch.TruncatedWigner(40, 1)])
        assert "cutoff_error" in found["Lindblad"].result.attrs
        assert (found.dataset["seconds"] > 0).all()
        path = tmp_path / "agreement.nc"
        ch.save(found.dataset, path)
        again = ch.load(path)
        assert again.attrs["reference"] == "Lindblad"
        np.testing.assert_array_equal(again["photons"], found.dataset["photons"])
        assert ch.model_of(again).to_json() == CAVITY.to_json()

    def test_progress_comes_to_its_end(self):
        told = []
        agreement(CAVITY, START, TIMES, [ch.Lindblad(), ch.MeanField()], progress=told.append)
        assert told == [0.5, 1.0]


class TestDoors:
    def test_rates_run_on_a_network_with_the_jumps_of_the_certificate(self):
        equal = ch.MultimodeDicke(g=[[0.5], [0.5]], omega=1.0, loss=1.0, drive=0.005)
        apart = ch.MultimodeDicke(g=[[0.4], [0.6]], omega=1.0, loss=1.0, drive=0.005)
        for model, jumps in ((equal, "collective"), (apart, "individual")):
            found = agreement(
                model, [1, 1], [0.0, 500.0, 2000.0], [ch.SectorEquation(), ch.ClassicalMasterEquation()],
                observables=("overlap", "energy"),
            )  # fmt: skip
            assert f"with {jumps} jumps" in found["ClassicalMasterEquation"].note
            assert f"with {jumps} jumps" in found.summary
            assert found.disagreements == ()
            assert found.dataset["largest_difference"].sel(theory="ClassicalMasterEquation").max() < 1e-3

    def test_means_over_like_spins_are_not_compared(self):
        """Spins of equal couplings that start up and down: a collective spin does not know which."""
        memory = ch.Patterns([[1, 1, 1]])
        model = ch.MultimodeDicke.from_patterns(memory, 0.5, 1.0, 1.0, drive=0.25, scaling="intensive")
        theories = {"class": ch.Lindblad(), "site": ch.Lindblad(resolution="site")}
        found = agreement(model, [1, 1, -1], TIMES, theories, observables=("spin_z", "overlap", "photons"))
        assert np.isnan(found.dataset["spin_z"].sel(theory="class")).all()
        assert np.isfinite(found.dataset["spin_z"].sel(theory="site")).all()
        assert found.disagreements == ()
        assert "means over the order of like spins" in found["class"].note
        raw = [found[name].result["spin_z"].values[-1] for name in theories]
        assert np.abs(raw[0] - raw[1]).max() > 0.05

    def test_a_network_rung_refuses_coherent_light_and_that_is_recorded(self):
        start = ch.ProductState.vacuum(CAVITY, START)
        found = agreement(CAVITY, start, TIMES, [ch.Lindblad(), ch.ClassicalMasterEquation()])
        assert found["ClassicalMasterEquation"].failure.startswith("ArgumentError")

    def test_one_run_has_no_error_and_judges_nothing(self):
        found = agreement(CAVITY, START, TIMES, [ch.Lindblad(), ch.QuantumJumps(1, 1)])
        assert found.disagreements == ()
        assert "cannot be judged" in found.summary
        assert found.cheapest == "Lindblad"


class TestAllThatFit:
    def test_small_cavities_are_met_by_every_rung(self):
        found = agreement(CAVITY, START, [0.0, 1.0], time_s=20.0, seed=5)
        assert {trial.name for trial in found.trials} >= {"Lindblad", "QuantumJumps", "Cumulants", "MeanField"}
        assert found.reference == "Lindblad"
        assert found["QuantumJumps"].theory.seed == 5
        assert "same" in found.left_out["Heterodyne"] or "means of" in found.left_out["Heterodyne"]
        assert "Left out: Heterodyne" in found.summary

    def test_what_does_not_fit_is_left_out_with_the_number(self):
        many = ch.MultimodeDicke(g=np.full((60, 1), 0.5 / np.sqrt(60)), omega=1.0, loss=1.0, drive=0.25)
        found = agreement(many, np.ones(60), [0.0, 0.5], time_s=3.0, memory_gib=0.02)
        assert "GiB of memory_gib=0.02" in found.left_out["Lindblad"]
        assert {trial.name for trial in found.trials} >= {"Cumulants", "MeanField", "TruncatedWigner"}

    def test_channels_leave_out_what_does_not_know_them(self):
        model = ch.MultimodeDicke([[0.4], [0.4]], 1.0, 1.0, drive=0.3, channels=ch.SpinChannels(decay=0.2))
        found = agreement(model, [1, 1], [0.0, 1.0], time_s=10.0)
        assert found.left_out["KineticMonteCarlo"].startswith("outside its model class")
        assert found.agrees("PermutationSymmetric")

    def test_nothing_fits_is_an_error(self):
        with pytest.raises(ch.ArgumentError, match=r"No theory fits.*Lindblad: too"):
            agreement(CAVITY, START, [0.0, 1.0], memory_gib=1e-9)


class TestArguments:
    @pytest.mark.parametrize(
        ("arguments", "text"),
        [
            ({"theories": []}, "at least one theory"),
            ({"theories": [ch.Lindblad]}, "theories such as"),
            ({"theories": [ch.Lindblad(), ch.Lindblad()]}, "every theory once"),
            ({"observables": ("photon",)}, "must name some of"),
            ({"observables": ()}, "must name some of"),
            ({"reference": "MeanField"}, "must be one of Lindblad"),
            ({"confidence": 1.0}, "below 1"),
            ({"tolerance": -0.1}, "tolerance"),
        ],
    )
    def test_are_checked(self, arguments, text):
        with pytest.raises(ch.ArgumentError, match=text):
            agreement(CAVITY, START, TIMES, **{"theories": [ch.Lindblad()], **arguments})

    def test_the_model_is_checked(self):
        with pytest.raises(ch.ArgumentError, match="MultimodeDicke"):
            agreement("cavity", START, TIMES, [ch.Lindblad()])

    def test_several_of_a_class_are_told_apart_by_their_options(self):
        found = agreement(CAVITY, START, TIMES, [ch.Cumulants(order=1), ch.Cumulants(order=2)], reference=None)
        assert [trial.name for trial in found.trials] == ["Cumulants(order=1)", "Cumulants(order=2)"]
        with pytest.raises(ch.ArgumentError, match="No rung"):
            found["Cumulants"]

    def test_a_reference_may_be_named(self):
        found = agreement(CAVITY, START, TIMES, [ch.Lindblad(), ch.MeanField()], reference="MeanField")
        assert (found.reference, found.best) == ("MeanField", "Lindblad")
        assert {one.theory for one in found.disagreements} == {"Lindblad"}
