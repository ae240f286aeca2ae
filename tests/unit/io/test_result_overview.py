import json
import os
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from result_samples import EVERYTHING, both_formats

from cavity_hopfield import CountedHopfield, Glauber, HopfieldLimit, MultimodeDicke, OpenHopfield, Patterns, load, save
from cavity_hopfield.io import describe, description

FIRST = Path(__file__).parents[2] / "reference" / "schema1"
STORED = Patterns([[1, 1, -1], [1, -1, 1]], names=("one", "two"))
COUNTED = CountedHopfield([[1.0, 0.5], [0.5, 1.0]], [10, 20], Glauber(0.3))
MODELS = {
    "MultimodeDicke: N = 3, M = 2, P = 2 (one, two)": MultimodeDicke.from_patterns(STORED, 0.1, 1.0, 0.2, drive=0.1),
    "OpenHopfield: N = 3, P = 2 (one, two), rates of Glauber": OpenHopfield(STORED, Glauber(0.3)),
    "OpenHopfield: N = 2, rates of Glauber": OpenHopfield([[0, 0.5], [0.5, 0]], Glauber(0.3)),
    "CountedHopfield: N = 30, classes = 2, rates of Glauber": CountedHopfield(
        [[1.0, 0.5], [0.5, 1.0]], [10, 20], Glauber(0.3)
    ),
    "HopfieldLimit: P = 2, rates of Glauber": HopfieldLimit(2, Glauber(0.3)),
}


@pytest.fixture(autouse=True)
def quick_disk(monkeypatch):
    """Nothing waits for the disk; what is written is there all the same."""
    monkeypatch.setattr(os, "fsync", lambda _: None)


@pytest.mark.parametrize("line", MODELS)
def test_a_model_is_told_in_one_line(line):
    assert f"\nmodel         {line}\n" in describe(xr.Dataset(attrs={"model": MODELS[line].to_json()})) + "\n"


def test_many_patterns_are_cut_short():
    names = tuple(f"p{k}" for k in range(12))
    memory = Patterns(np.sign(np.random.default_rng(1).normal(size=(12, 40))).astype(int), names=names)
    told = describe(xr.Dataset(attrs={"model": OpenHopfield(memory, Glauber(0.3)).to_json()}))
    assert "P = 12 (p0, p1, p2, p3, p4, p5, p6, p7, ...)" in told


def test_a_damaged_model_does_not_hide_the_rest():
    told = describe(xr.Dataset({"x": ("t", [1.0])}, attrs={"model": "{}", "theory": "by hand", "certificate": "[1"}))
    assert "must describe one of" in told
    assert "theory        by hand" in told
    assert "certificate   [1" in told
    assert "  x  (t)" in told


def test_every_variable_is_told_with_dimensions_unit_and_name():
    told = describe(FIRST / "study.nc").splitlines()
    assert "  overlap        (run, time, pattern)  1                  overlap with each stored pattern" in told
    assert "  time           (time)                1 / unit of omega  time [0 ... 1e+09]" in told
    tree = load(FIRST / "study.nc")
    for node in tree.subtree:
        for name in node.to_dataset(inherit=False).variables:
            assert any(line.split()[:1] == [name] for line in told)


@pytest.mark.parametrize("name", ["study", "design", "phase_diagram", "evolution"])
def test_an_ordinary_file_fits_on_a_page(name):
    lines = describe(FIRST / f"{name}.nc").splitlines()
    assert len(lines) <= 60
    assert max(map(len, lines)) < 150


def test_the_making_of_a_file_is_told(monkeypatch, tmp_path):
    monkeypatch.setattr("sys.argv", ["cavity-hopfield", "run", "x.toml"])
    given = xr.Dataset(
        {"x": ("t", [1.0])},
        attrs={"title": "A title", "versions": '{"numpy": "2.0"}', "certificate": '{"sentence": "It holds."}',
               "theory": '{"name": "Guess", "seed": 7, "runs": 3, "grid": {"a": [1, 2]}, "law": {"kind": "Own"}}'},
    )  # fmt: skip
    monkeypatch.chdir(tmp_path)  # a short name, so that no line is broken
    lines = describe(save(given, "r.zarr")).splitlines()
    assert lines[0] == "A title"
    assert lines[1].startswith("file          r.zarr: a Zarr folder, ")
    assert lines[1].endswith(" KiB, schema 2")
    assert lines[2] == "command       cavity-hopfield run x.toml"
    assert lines[3].startswith("made with     numpy 2.0, Python 3.")
    assert lines[4] == "certificate   It holds."
    assert "theory        Guess, seed 7: runs 3, grid a, law Own" in lines


def test_the_size_is_that_of_all_parts(tmp_path):
    for name in ("r.nc", "r.zarr"):
        path = save(xr.Dataset({"x": ("t", np.arange(1000.0))}), tmp_path / name)
        parts = [part for part in (path, *path.rglob("*")) if part.is_file()]
        assert description(path)["file"]["bytes"] == sum(len(part.read_bytes()) for part in parts)


def test_the_points_of_a_sweep_are_counted():
    job = {"grid": [{"parameter": "model.drive"}, {"parameter": "theory.runs"}], "seed": 5}
    flags = {"flag_values": np.array([0, 1, 2], np.int8), "flag_meanings": "missing done failed"}
    status = np.array([[1, 1, 2], [1, 0, 0]], np.int8)
    sweep = xr.Dataset({"status": (("drive", "runs"), status, flags)}, attrs={"sweep": json.dumps(job)})
    assert description(sweep)["sweep"] == {
        "axes": ["model.drive", "theory.runs"], "seed": 5, "points": 6, "missing": 2, "done": 3, "failed": 1,
    }  # fmt: skip
    text = " ".join(describe(sweep).split())
    assert "sweep over model.drive, theory.runs, seed 5; 3 done, 1 failed, 2 missing of 6 points." in text
    assert "tries the others again; `sweep_so_far` gives what is there" in text
    done = sweep.copy(data={"status": np.ones((2, 3), np.int8)})
    assert "6 done, 0 failed, 0 missing of 6 points" in describe(done)
    assert "sweep_so_far" not in describe(done)


def test_a_description_is_json(tmp_path):
    for result in (EVERYTHING, xr.DataTree.from_dict({"/a/b": EVERYTHING}), FIRST / "design.nc"):
        told = description(result)
        assert json.loads(json.dumps(told, allow_nan=False)) == told
    told = description(save(EVERYTHING, tmp_path / "r.zarr"))
    assert told["groups"]["/"]["coordinates"]["letter"]["values"] == ["x", "yy", "zzz", "w"]
    assert told["groups"]["/"]["variables"]["table"] == {
        "dimensions": ["few", "letter"], "type": "float64", "units": "s",
    }  # fmt: skip


@both_formats
def test_a_result_in_memory_and_its_file_are_told_alike(suffix, tmp_path):
    kept = save(EVERYTHING, tmp_path / f"r{suffix}")
    assert description(kept)["groups"] == description(load(kept))["groups"]
    assert "file" not in description(load(kept))
