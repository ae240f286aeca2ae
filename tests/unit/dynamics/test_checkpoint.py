import json
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cavity_hopfield import ArgumentError, Glauber, KineticMonteCarlo, OpenHopfield, Patterns, ResultFileError
from cavity_hopfield.dynamics.checkpoint import Checkpoint, fingerprint, write
from cavity_hopfield.dynamics.differences import differences, told_differences

STORED = Patterns([[1, 1, -1, 1], [1, -1, 1, 1]])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=6,
)


@given(JSON, JSON)
def test_there_is_a_difference_where_two_values_differ_and_nowhere_else(one, other):
    assert not list(differences(one, one))
    if json.dumps(one, sort_keys=True) != json.dumps(other, sort_keys=True):
        assert list(differences(one, other))


@pytest.mark.parametrize(
    ("stored", "now", "text"),
    [
        ({"a": {"b": [1, 2]}}, {"a": {"b": [1, 3]}}, "  a.b[1]: 2 in the store, 3 now"),
        ({"a": 1}, {"b": 1}, "  a: 1 in the store, nothing now\n  b: nothing in the store, 1 now"),
        ({"a": 1}, {"a": 1.0}, "  a: 1 in the store, 1.0 now"),
        ({"a": True}, {"a": 1}, "  a: true in the store, 1 now"),
        ({"a": [1, 2]}, {"a": [1]}, "  a: [1, 2] in the store, [1] now"),
        ({"model": '{"drive": 0.1}'}, {"model": '{"drive": 0.2}'}, "  model.drive: 0.1 in the store, 0.2 now"),
        ({"a": "[not JSON"}, {"a": "{"}, '  a: "[not JSON" in the store, "{" now'),
    ],
)
def test_a_difference_is_told_at_its_place(stored, now, text):
    assert told_differences(stored, now) == text


def test_many_differences_are_counted_and_long_values_are_cut():
    lines = told_differences({"a": list(range(20))}, {"a": list(range(1, 21))}).splitlines()
    assert len(lines) == 7
    assert lines[-1] == "  and 14 more"
    long = told_differences({"a": [0.5] * 500}, {"a": [0.5] * 499})
    assert "(500 entries) in the store" in long
    assert len(long) < 200


# The label of a checkpoint


@pytest.mark.parametrize(
    ("job", "text"),
    [
        ({"runs": 4, "times": np.arange(3.0), "model": '{"drive": 0.1}'}, r"runs: 3 in the store, 4 now"),
        ({"runs": 3, "times": np.array([0.0, 1.0, 2.5]), "model": '{"drive": 0.1}'}, r"times\[2\]: 2\.0 .* 2\.5 now"),
        ({"runs": 3, "times": np.arange(3.0), "model": '{"drive": 0.2}'}, r"model\.drive: 0\.1 in the store, 0\.2 now"),
        ({"runs": 3, "times": np.arange(4.0), "model": '{"drive": 0.1}'}, r"times: \[0\.0, 1\.0, 2\.0\] in the store"),
    ],
)
def test_another_job_is_told_by_what_differs(tmp_path, job, text):
    Checkpoint(tmp_path / "a", {"runs": 3, "times": np.arange(3.0), "model": '{"drive": 0.1}'})
    before = (tmp_path / "a" / "job.json").read_bytes()
    with pytest.raises(
        ArgumentError, match=rf"(?s)`checkpoint` must be a folder of the same job.*{text}.*Name another"
    ):
        Checkpoint(tmp_path / "a", job)
    assert (tmp_path / "a" / "job.json").read_bytes() == before


def test_another_version_is_told(tmp_path, monkeypatch):
    Checkpoint(tmp_path / "a", {})
    monkeypatch.setattr("cavity_hopfield.dynamics.checkpoint.versions", lambda: {"numpy": "9"})
    with pytest.raises(ArgumentError, match=r'versions\.numpy: ".*" in the store, "9" now'):
        Checkpoint(tmp_path / "a", {})


def test_large_arrays_and_long_texts_stand_in_the_label_by_their_hash(tmp_path):
    kept = Checkpoint(tmp_path / "a", {"g": np.zeros((100, 100)), "model": "x" * 200_000})
    assert (kept.folder / "job.json").stat().st_size < 2000
    for job, text in (
        ({"g": np.eye(100), "model": "x" * 200_000}, r"g\.sha256"),
        ({"g": np.zeros((100, 100)), "model": "y" * 200_000}, r"model\.sha256"),
        ({"g": np.zeros((100, 100)), "model": "x" * 200_001}, r"model\.characters: 200000 in the store, 200001 now"),
    ):
        with pytest.raises(ArgumentError, match=text):
            Checkpoint(tmp_path / "a", job)


def test_a_label_of_an_older_version_is_read(tmp_path):
    (tmp_path / "job.json").write_text(json.dumps({"job": fingerprint({"a": 1})}))
    Checkpoint(tmp_path, {"a": 1})
    with pytest.raises(ArgumentError, match="another model, theory, start"):
        Checkpoint(tmp_path, {"a": 2})


def test_a_kind_of_array_that_differs_alone_is_refused_too(tmp_path):
    Checkpoint(tmp_path, {"a": np.arange(3, dtype=np.float32)})
    with pytest.raises(ArgumentError, match="same job"):
        Checkpoint(tmp_path, {"a": np.arange(3, dtype=np.float64)})


def test_a_theory_tells_what_differs(tmp_path):
    def evolve(temperature, times, runs=2):
        network = OpenHopfield(STORED, Glauber(temperature))
        KineticMonteCarlo(runs=runs, seed=1).evolve(network, [1, 1, 1, 1], times, checkpoint=tmp_path / "a")

    evolve(0.5, [0.0, 1.0])
    with pytest.raises(ArgumentError, match=r"model\..*temperature: 0\.5 in the store, 0\.6 now"):
        evolve(0.6, [0.0, 1.0])
    with pytest.raises(ArgumentError, match=r"evolve\[1\]: 1\.0 in the store, 2\.0 now"):
        evolve(0.5, [0.0, 2.0])
    with pytest.raises(ArgumentError, match=r"runs: 2 in the store, 3 now"):
        evolve(0.5, [0.0, 1.0], runs=3)


# The disk


def test_a_full_disk_is_told_and_leaves_what_was_there(tmp_path):
    kept = Checkpoint(tmp_path / "a", {})
    kept.save("runs-0-1", {"a": np.arange(3)})
    real = os.fsync

    def full(_file):
        raise OSError(28, "No space left on device")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", full)
        for name in ("runs-0-1", "runs-1-2"):
            with pytest.raises(ResultFileError, match=rf"{name}\.npz \(No space left on device\).*kept: make room"):
                kept.save(name, {"a": np.arange(4)})
    assert os.fsync is real
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == ["job.json", "runs-0-1.npz"]
    assert kept.load("runs-0-1")["a"].size == 3


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_device_that_is_full_is_told(tmp_path):
    (tmp_path / f"point.npz.{os.getpid()}.part").symlink_to("/dev/full")
    with pytest.raises(ResultFileError, match="No space left on device"):
        write(tmp_path / "point.npz", lambda file: file.write(b"x" * 100_000))
    assert list(tmp_path.iterdir()) == []
