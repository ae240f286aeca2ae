"""The examples run, and say what the documentation says."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from cavity_hopfield.study import Study, read_study

EXAMPLES = Path(__file__).parent.parent / "examples"


def test_the_letters_file_spells_out_the_built_in_example():
    built_in = Study().model_dump()
    built_in["recall"]["pattern"] = "E"  # the file names the pattern that comes first
    assert read_study(EXAMPLES / "letters.toml").model_dump() == built_in


def test_the_letters_file_names_every_key_it_could():
    """The file documents the configuration: no key of the tables it uses is left unsaid, but those of images."""
    study = read_study(EXAMPLES / "letters.toml")
    for table in (study.cavity, study.recall, study.mean_field):
        assert table.model_fields_set == set(type(table).model_fields)


def run_example(name, folder):
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    result = module.main(quick=True, folder=folder)
    return result, {figure.stem for figure in folder.glob("*.png")}


def test_every_example_is_run_here():
    assert {path.stem for path in EXAMPLES.glob("*.py")} == {
        "recall_a_letter",
        "when_rates_hold",
        "phase_diagram",
        "finite_limit_cycle",
        "how_many_patterns",
        "platform_against_glauber",
        "how_far_from_equilibrium",
        "across_the_transition",
        "recall_seen_in_light",
        "what_one_drive_cannot_do",
        "which_level_holds",
        "three_laboratories",
        "design_a_memory",
    }


def test_a_letter_is_recalled(tmp_path, capsys):
    final_overlap, figures = run_example("recall_a_letter", tmp_path)
    assert final_overlap > 0.75
    assert figures == {"rates", "recall", "overlaps", "certificate"}
    printed = capsys.readouterr().out
    assert "All spins are told apart by the light" in printed
    assert "At the drive of the mean field, 0.2: broken." in printed


def test_two_spins_flip_together_until_their_couplings_differ(tmp_path):
    """docs/check_values.md: .02347 exactly for equal couplings, with enough photon levels; here with fewer."""
    (nearly_equal, told_apart, together), figures = run_example("when_rates_hold", tmp_path)
    assert nearly_equal == pytest.approx(0.02347, abs=2e-4)
    assert together == pytest.approx(0.02191, abs=5e-6)
    assert told_apart > 2 * nearly_equal
    assert figures == {"disorder", "validity_map"}


def test_the_phases_and_their_lines(tmp_path, capsys):
    (thermal, cavity), figures = run_example("phase_diagram", tmp_path)
    assert figures == {"phase_diagram", "flux", "cavity_phases"}
    for shares in (thermal, cavity):
        assert sum(shares.values()) == pytest.approx(1.0)
        assert min(shares[phase] for phase in ("paramagnet", "retrieval", "limit_cycle")) > 0.1
    assert "limit cycle from 0.5593, gluing 0.5814, retrieval until 0.6385" in capsys.readouterr().out


def test_the_oscillation_of_few_spins(tmp_path):
    """docs/check_values.md: the angular frequency of the mean field."""
    found, figures = run_example("finite_limit_cycle", tmp_path)
    assert figures == {"finite_limit_cycle"}
    assert found.cycle.frequency == pytest.approx(1.397481, abs=5e-7)
    assert (found.gap[1:] < found.gap[:-1]).all()


def test_how_many_patterns_fit(tmp_path):
    (last, found), figures = run_example("how_many_patterns", tmp_path)
    assert figures == {"capacity"}
    # docs/check_values.md
    assert last == pytest.approx(0.137906, abs=1e-6)
    assert found["half_load"].values[0] > found["half_load"].values[1] > last


def test_a_cavity_beside_the_closest_glauber(tmp_path, capsys):
    found, figures = run_example("platform_against_glauber", tmp_path)
    assert figures == {"platform_against_glauber"}
    late = found["late_energy"].mean(("late_start", "run"))
    assert float(late.sel(law="platform") - late.sel(law="Glauber")) > 1
    assert "comparisons differ significantly" in capsys.readouterr().out


def test_four_spins_and_their_distance_from_equilibrium(tmp_path):
    (table, scan), figures = run_example("how_far_from_equilibrium", tmp_path)
    assert figures == {"nonequilibrium"}
    assert [name for name, told in table.items() if told["affinity"] == 0] == [
        "two pairs, equal modes",
        "two pairs, unequal modes",
        "three and one, equal modes",
    ]
    assert table["two pairs, equal modes"]["divergence"] < 1e-25 < table["two pairs, unequal modes"]["divergence"]
    assert (np.diff(scan["entropy_per_flip"]) > 0).all()


@pytest.mark.slow
def test_the_levels_agree_across_the_transition_where_they_should(tmp_path):
    curves, figures = run_example("across_the_transition", tmp_path)
    found = {}
    for curve in curves:
        for ratio, photons in zip(curve["coupling"].values, curve["photons_per_spin"].values, strict=True):
            found[curve.attrs["rung"], curve.attrs["spins"], round(float(ratio), 2)] = photons
    # exact, with four spins; spins alone are of second order in the coupling
    assert found["AtomOnly", 4, 0.6] == pytest.approx(found["Lindblad", 4, 0.6], rel=0.02)
    assert found["PermutationSymmetric", 4, 0.6] == pytest.approx(found["Lindblad", 4, 0.6], rel=1e-3)
    # ten thousand spins: two independent levels beside mean field
    assert found["Cumulants", 10_000, 1.4] == pytest.approx(found["MeanField", 0, 1.5], rel=0.25)
    assert found["Cumulants", 10_000, 0.6] < 2e-5
    assert figures == {"transition"}


@pytest.mark.slow
def test_the_light_tells_which_memory_is_recalled(tmp_path):
    (recalls, phase_space), figures = run_example("recall_seen_in_light", tmp_path)
    assert set(phase_space) == {(memory, mode) for memory in "AB" for mode in "AB"}
    late = recalls.isel(time=-1)
    assert late["overlap_noise"].values == pytest.approx(0.1804, abs=1e-3)  # |z| / (2 N g sqrt(T / 2) ...), one formula
    assert abs(late["overlap"] - late["true_overlap"]).max() < 1.0
    assert figures == {"light_recall"}


def test_one_drive_relaxes_and_a_second_oscillates(tmp_path):
    found, figures = run_example("what_one_drive_cannot_do", tmp_path)
    assert figures == {"one_drive"}
    assert (np.diff(found.overlaps["eliminated"]) >= 0).all()
    assert found.cycle.stable
    assert found.largest_frequency["eliminated"] < 1e-9 < found.largest_frequency["independent"]


def test_which_level_holds(tmp_path):
    found, figures = run_example("which_level_holds", tmp_path)
    assert figures == {"agreement"}
    assert found["agreement"].reference == "Lindblad"
    assert {"MeanField", "Cumulants(order=2)"} <= {one.theory for one in found["agreement"].disagreements}
    assert found["advice"][10_000].name == "MeanField"


def test_three_laboratories_are_outside_the_corner_of_rates(tmp_path):
    found, figures = run_example("three_laboratories", tmp_path)
    assert figures == {"three_laboratories"}
    assert all(0 < report.drive_factor < 1 for report in found.values())


def test_a_memory_is_designed(tmp_path, capsys):
    found, figures = run_example("design_a_memory", tmp_path)
    assert figures == {"design", "design_front", "elasticities"}
    assert found.met
    assert found.trial.balance_temperature == pytest.approx(0.6, rel=0.02)
    assert "Nothing within the bounds and constraints meets the target" in capsys.readouterr().out
