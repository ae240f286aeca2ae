"""`cavity-hopfield sweep`: a grid from a file, its report, its store, and going on."""

import json

import pytest

from cavity_hopfield import load
from cavity_hopfield.cli import main

PHASES = """
title = "Phases"
[sweep]
job = "phase"
[grid]
"network.temperature" = [0.15, 0.9]
"network.drive" = { start = 0.1, stop = 0.8, count = 3 }
[network]
starts = 2
"""


@pytest.fixture
def study(tmp_path):
    path = tmp_path / "phases.toml"
    path.write_text(PHASES, encoding="utf-8")
    return path


def run(study, store, *options):
    return main(["sweep", str(study), "--store", str(store), "--executor", "serial", *options])


def test_a_sweep_is_reported_and_kept(study, tmp_path, capsys):
    store = tmp_path / "out" / "phases.nc"
    assert run(study, store) == 0
    printed = capsys.readouterr()
    assert "phase at 2 temperature x 3 drive: 6 done" in printed.out
    assert f"wrote {store}" in printed.out
    assert "of the points, about" in printed.err  # no terminal: lines in the log
    kept = load(store).dataset
    assert kept["phase"].dims == ("temperature", "drive")
    assert kept["drive"].attrs["parameter"] == "network.drive"


def test_a_sweep_as_json(study, tmp_path, capsys):
    store = tmp_path / "phases.zarr"
    assert run(study, store, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["points"] == {"missing": 0, "done": 6, "failed": 0}
    assert told["axes"] == {"temperature": 2, "drive": 3}
    assert told["files"] == [str(store)]


def test_what_is_there_is_not_done_again_without_being_asked(study, tmp_path, capsys):
    store = tmp_path / "phases.nc"
    assert run(study, store) == 0
    assert run(study, store) == 2
    assert "--resume" in capsys.readouterr().err
    assert run(study, store, "--resume") == 0


def test_another_study_in_the_same_store_is_told_with_the_difference(study, tmp_path, capsys):
    store = tmp_path / "phases.nc"
    assert run(study, store) == 0
    study.write_text(PHASES.replace("starts = 2", "starts = 3"), encoding="utf-8")
    assert run(study, store, "--resume") == 2
    told = capsys.readouterr().err
    assert "starts" in told
    assert "2" in told
    assert "3" in told


def test_wrong_options_end_with_one_line(study, tmp_path, capsys):
    store = tmp_path / "phases.nc"
    assert main(["sweep", str(study), "--store", str(store), "--executor", "abacus"]) == 2
    assert "abacus" in capsys.readouterr().err
    assert run(study, tmp_path / "phases.txt") == 2
    assert "phases.txt" in capsys.readouterr().err
