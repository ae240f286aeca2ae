"""A result takes the place of an older one whole, or not at all."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
import xarray as xr
from result_samples import EVERYTHING, NEWER, OLDER, both_formats, files_of

from cavity_hopfield import ResultFileError, load, save
from cavity_hopfield.io import placing


@pytest.fixture(autouse=True)
def quick_disk(monkeypatch):
    """Nothing waits for the disk; what is written is there all the same."""
    monkeypatch.setattr(os, "fsync", lambda _: None)


def test_what_is_no_result_is_never_replaced(tmp_path):
    (tmp_path / "mine.zarr").mkdir()
    (tmp_path / "mine.zarr" / "thesis.tex").write_text("years of work")
    (tmp_path / "file.zarr").write_text("a file")
    (tmp_path / "folder.nc").mkdir()
    for name in ("mine.zarr", "file.zarr", "folder.nc"):
        with pytest.raises(ResultFileError, match=r"and is not replaced\. Choose another name"):
            save(OLDER, tmp_path / name)
    assert (tmp_path / "mine.zarr" / "thesis.tex").read_text() == "years of work"


@both_formats
def test_saving_leaves_the_result_as_it_was_and_nothing_but_the_file(suffix, tmp_path):
    before, attributes = EVERYTHING.copy(deep=True), dict(EVERYTHING.attrs)
    save(EVERYTHING, tmp_path / f"r{suffix}")
    save(EVERYTHING, tmp_path / f"r{suffix}")
    assert EVERYTHING.attrs.keys() == attributes.keys()
    xr.testing.assert_identical(EVERYTHING, before)
    assert [path.name for path in tmp_path.iterdir()] == [f"r{suffix}"]


@both_formats
def test_a_newer_result_replaces_an_older_one(suffix, tmp_path):
    path = tmp_path / f"r{suffix}"
    save(OLDER.rename(x="older"), path)
    save(NEWER, str(path))
    assert list(load(path).data_vars) == ["x"]


@both_formats
def test_an_older_result_survives_a_write_that_fails(suffix, tmp_path, monkeypatch):
    path = save(OLDER, tmp_path / f"r{suffix}")
    before = files_of(path)

    def disk_full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", disk_full)
    with pytest.raises(ResultFileError, match=rf"Cannot write .*r\{suffix}: No space left on device\."):
        save(NEWER, path)
    assert files_of(path) == before
    assert [path.name for path in tmp_path.iterdir()] == [f"r{suffix}"]


def test_an_older_result_survives_half_a_write(tmp_path, monkeypatch):
    path = save(OLDER, tmp_path / "r.nc")
    before = files_of(path)

    def disk_full(path, _):
        with path.open("wb") as file:
            file.write(b"half a file")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", disk_full)
    with pytest.raises(ResultFileError, match=r"Cannot write .*r\.nc: No space left on device"):
        save(NEWER, path)
    assert files_of(path) == before
    assert [path.name for path in tmp_path.iterdir()] == ["r.nc"]


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("exchange", [True, False], ids=["names exchanged", "two renames"])
@both_formats
def test_killed_at_any_step_there_is_a_complete_result(exchange, suffix, tmp_path, monkeypatch):
    """Every call that reaches the disk, in turn, is the last; nothing is cleaned up after it."""
    path = tmp_path / f"r{suffix}"
    if not exchange:
        monkeypatch.setattr(placing, "_exchanged", lambda *_: False)
    states, left = [], None
    while left != 0:
        shutil.rmtree(tmp_path)
        tmp_path.mkdir()
        save(OLDER, path)
        left = len(states)
        with monkeypatch.context() as patched:
            die_after(len(states), patched)
            try:
                save(NEWER, path)
            except Killed:
                left = None
            else:
                left = 0
        states.append(int(load(path).attrs["which"]))
        save(OLDER, path)
        assert load(path).attrs["which"] == 0
        assert not placing.retired(path).exists()
    assert states == sorted(states)
    assert len(states) > 4
    assert (states[0], states[-1]) == (0, 1)


def die_after(count, monkeypatch):
    """Let `count` steps pass, and end the process before the next."""
    calls = iter(range(count + 1))

    def dying(step):
        def call(*arguments, **options):
            if next(calls) == count:
                raise Killed
            return step(*arguments, **options)

        return call

    class Kept:
        def __init__(self, **options):
            self.name = tempfile.mkdtemp(**options)

        def __enter__(self):
            return self.name

        def __exit__(self, kind, *_):
            if kind is None:
                dying(shutil.rmtree)(self.name)

    monkeypatch.setattr(tempfile, "TemporaryDirectory", Kept)
    monkeypatch.setattr(placing, "_synchronise", dying(placing._synchronise))
    monkeypatch.setattr(placing, "_synchronise_names", dying(placing._synchronise_names))
    monkeypatch.setattr(Path, "rename", dying(Path.rename))
    monkeypatch.setattr(Path, "replace", dying(Path.replace))
    monkeypatch.setattr(placing, "_exchanged", dying(placing._exchanged))
    monkeypatch.setattr(placing, "_remove", dying(placing._remove))


WRITER = """
import sys
import numpy as np, xarray as xr
from cavity_hopfield.io import save
print("begun", flush=True)
for k in range(10_000):
    for path in sys.argv[1:]:
        save(xr.Dataset({"x": ("t", np.full(10_000, k))}, attrs={"which": k}), path)
    print(k, flush=True)
"""


@pytest.mark.slow
def test_a_killed_process_leaves_complete_results(tmp_path):
    paths = [tmp_path / "r.nc", tmp_path / "r.zarr"]
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, *map(str, paths)], stdout=subprocess.PIPE, text=True
    ) as writer:
        lines = [writer.stdout.readline() for _ in range(3)]
        writer.send_signal(signal.SIGKILL if os.name == "posix" else signal.SIGTERM)
        writer.wait()
    assert lines == ["begun\n", "0\n", "1\n"]
    for path in paths:
        found = load(path)
        assert (found["x"] == found.attrs["which"]).all()
        assert found.attrs["which"] >= 1


def test_a_rename_that_fails_puts_the_older_folder_back(tmp_path, monkeypatch):
    path = save(OLDER, tmp_path / "r.zarr")
    rename = Path.rename

    def failing(source, target):
        if ".part" in str(source):
            raise OSError(5, "Input/output error")
        return rename(source, target)

    monkeypatch.setattr(placing, "_exchanged", lambda *_: False)
    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(ResultFileError, match=r"Input/output error\. What was there is as it was\."):
        save(NEWER, path)
    assert load(path).attrs["which"] == 0
    assert [path.name for path in tmp_path.iterdir()] == ["r.zarr"]
