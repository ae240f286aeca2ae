"""The commands `presets` and `design` at a terminal."""

import json
from pathlib import Path

import numpy as np
import pytest

from cavity_hopfield import load, presets
from cavity_hopfield.cli import main
from cavity_hopfield.study import DesignStudy, read_design

EXAMPLE = Path(__file__).parents[3] / "examples" / "design.toml"
SMALL = """
[memory]
letters = "EV"
[platform]
kind = "BareCavity"
coupling_rad_s = "2pi * 100 kHz"
mode_detuning_rad_s = "2pi * 1 MHz"
photon_loss_rad_s = "2pi * 300 kHz"
drive_rad_s = "2pi * 250 Hz"
[target]
kind = "glauber"
temperature = {temperature}
[vary]
coupling_rad_s = ["2pi * 50 kHz", "{largest}"]
drive_rad_s = ["2pi * 1 Hz", "2pi * 1 kHz"]
[search]
evaluations = 40
verify = false
"""


def written(tmp_path, temperature=0.4, largest="2pi * 300 kHz", more=""):
    path = tmp_path / "design.toml"
    path.write_text(SMALL.format(temperature=temperature, largest=largest) + more, encoding="utf-8")
    return path


def test_presets_are_listed_and_shown(capsys):
    assert main(["presets", "list"]) == 0
    listed = capsys.readouterr().out
    assert all(name in listed for name in presets.names())
    assert main(["presets", "show", "zhang2017"]) == 0
    shown = capsys.readouterr().out
    for expected in ("2pi * 4.85 MHz", "published", "assumed", "@article{zhang2017", "Nature"):
        assert expected in shown
    assert main(["presets", "list", "--json"]) == 0
    assert set(json.loads(capsys.readouterr().out)) == set(presets.names())
    assert main(["presets", "show", "zhang2017", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["name"] == "zhang2017"


def test_an_unknown_preset_is_one_line_with_the_names(capsys):
    assert main(["presets", "show", "nobody1999"]) == 2
    told = capsys.readouterr().err.strip()
    assert "\n" not in told
    assert "zhang2017" in told


def test_a_preset_is_put_to_work(tmp_path, capsys):
    assert main(["presets", "run", "wickenbrock2011", "--runs", "5", "--json", "-o", str(tmp_path)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert {Path(name).name for name in told["files"]} == {"wickenbrock2011.nc", "wickenbrock2011.png"}
    assert load(tmp_path / "wickenbrock2011.nc").attrs["preset"] == "wickenbrock2011"


def test_a_design_is_found_and_kept(tmp_path, capsys):
    assert main(["design", str(written(tmp_path)), "--json", "-o", str(tmp_path / "out")]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["met"]
    assert told["knobs"]["coupling_rad_s"] < 2 * np.pi * 300e3
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"design.nc", "design.png", "elasticities.png"}
    assert set(load(tmp_path / "out" / "design.nc").children) == {"design", "elasticities"}


def test_an_impossible_wish_names_what_binds(tmp_path, capsys):
    assert main(["design", str(written(tmp_path, 0.05, "2pi * 60 kHz")), "-o", str(tmp_path)]) == 2
    told = capsys.readouterr().err.strip()
    assert "\n" not in told
    assert "Nothing within the bounds and constraints meets the target" in told
    assert "coupling_rad_s" in told
    kept = load(tmp_path / "design.nc")["design"].attrs
    assert not kept["met"]


@pytest.mark.parametrize(
    ("largest", "more", "words"),
    [
        ("300 kHz", "", ("line 14", "factor 2 pi is missing", "2pi * 300 kHz")),
        ("2pi * 300 parsec", "", ("coupling_rad_s", "rad/s")),
        ("2pi * 300 kHz", "[constraints]\nphoton = { below = 3.0 }\n", ("constraints", "photon", "photons")),
        ("2pi * 300 kHz", "[objectives]\nbeauty = 1.0\n", ("line 20", "objectives", "beauty")),
        ("2pi * 10 kHz", "", ("line 14", "coupling_rad_s")),
        ("2pi * 300 kHz", '[constraints]\n"step: nonsense" = { below = 1.0 }\n', ("line 20", "nonsense")),
        ("2pi * 300 kHz", "[constraints]\nphotons = {}\n", ("line 20", "below, above or both")),
    ],
)
def test_a_wrong_file_is_one_line(tmp_path, capsys, largest, more, words):
    assert main(["design", str(written(tmp_path, 0.4, largest, more)), "-o", str(tmp_path)]) == 2
    told = capsys.readouterr().err.strip()
    assert "\n" not in told
    for word in words:
        assert word in told


def test_a_wrong_search_is_said_before_anything_is_searched(tmp_path, capsys):
    for search, words in (
        ("evaluations = 3", ("line 2", "evaluations", "16")),
        ('pareto = ["photons", "beauty"]', ("pareto", "two of", "beauty")),
        ('pareto = ["photons", "photons"]', ("pareto", "two of")),
    ):
        path = tmp_path / "design.toml"
        path.write_text(f"[search]\n{search}\n", encoding="utf-8")
        assert main(["design", str(path), "-o", str(tmp_path)]) == 2
        told = capsys.readouterr().err.strip()
        assert all(word in told for word in words)


def test_an_apparatus_that_lases_is_blamed_on_its_own_table(tmp_path, capsys):
    text = SMALL.format(temperature=0.4, largest="2pi * 300 kHz").replace(
        'drive_rad_s = "2pi * 250 Hz"', 'drive_rad_s = "2pi * 250 Hz"\nphoton_gain_rad_s = "2pi * 400 kHz"'
    )
    path = tmp_path / "design.toml"
    path.write_text(text, encoding="utf-8")
    assert main(["design", str(path), "-o", str(tmp_path)]) == 2
    assert "[platform]" in capsys.readouterr().err


def test_a_wrong_platform_is_one_line(tmp_path, capsys):
    path = tmp_path / "design.toml"
    for table, words in (
        ('kind = "Spaceship"', ("BareCavity", "Spaceship")),
        ('kind = "BareCavity"\ncoupling = 3.0', ("coupling",)),
        ('preset = "zhiqiang2017"\nkind = "BareCavity"', ("exactly one of preset, kind",)),
    ):
        path.write_text(f"[platform]\n{table}\n", encoding="utf-8")
        assert main(["design", str(path), "-o", str(tmp_path)]) == 2
        told = capsys.readouterr().err.strip()
        assert "\n" not in told
        assert all(word in told for word in words)


def test_the_file_of_the_examples_spells_out_the_built_in_design():
    assert read_design(EXAMPLE).model_dump() == DesignStudy().model_dump()
