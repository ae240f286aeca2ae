# ruff: noqa: ARG001, ARG005 - what is swept has the keywords of its axes, used or not
import errno
import functools
import importlib
import json
import os
import threading
import warnings
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from cavity_hopfield import ArgumentError, RegimeWarning, save
from cavity_hopfield.exceptions import FailedPointsWarning, ResultFileError, SweepError
from cavity_hopfield.sweep import job, journal, outcome, schedule, sweep, sweep_so_far

GRID = {"x": [0.5, 1.5, 2.5], "name": ["a", "bb"]}
SWEEP = importlib.import_module("cavity_hopfield.sweep.sweep")
serial = functools.partial(sweep, executor="serial")


def same(one, other):
    """Equal to the bit, in the same order."""
    assert list(one.variables) == list(other.variables)
    assert dict(one.sizes) == dict(other.sizes)
    for name in one.variables:
        mine, its = one[name], other[name]
        assert (mine.dims, mine.dtype) == (its.dims, its.dtype)
        assert mine.values.tobytes() == its.values.tobytes()
        assert repr(dict(mine.attrs)) == repr(dict(its.attrs))
    assert repr(dict(one.attrs)) == repr(dict(other.attrs))
    return True


def make(folder, *, fails=True):
    """Work that tells its calls in a file, and is interrupted as another file says."""

    def work(x, name, seed):
        told = folder / "calls"
        calls = told.read_text().splitlines() if told.exists() else []
        stop = folder / "stop"
        if stop.exists() and len(calls) >= int(stop.read_text()):
            raise KeyboardInterrupt
        told.write_text("\n".join([*calls, f"{x} {name}"]))
        mended = (folder / "mended").exists()
        if fails and x == 1.5 and name == "a" and not mended:
            raise ValueError("no")
        if x == 2.5:
            warnings.warn("r = 0.7", RegimeWarning, stacklevel=1)
        array = xr.DataArray(np.arange(3.0) * x, {"pattern": ["A", "B", "C"]}, name="overlap", attrs={"units": "1"})
        attrs = {"rate_error": x / 3, "model": f"{x}", "kind": "k", "n": 2}
        return (
            array.to_dataset()
            .assign(text=name * 2, number=seed % 11, flag=name == "a", complex=1j * x)
            .assign_attrs(attrs)
        )

    return work


def calls(folder):
    return (folder / "calls").read_text().splitlines() if (folder / "calls").exists() else []


@pytest.fixture
def quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FailedPointsWarning)
        warnings.simplefilter("ignore", RegimeWarning)
        yield


# What comes out


def test_a_sweep_is_the_function_at_every_point():
    result = serial(lambda x, y: x**2 + y, {"x": [0.1, 0.2, 0.3], "y": [1, 2]})
    assert result["value"].dims == ("x", "y")
    np.testing.assert_array_equal(result["value"], [[x**2 + y for y in (1, 2)] for x in (0.1, 0.2, 0.3)])
    assert result["status"].dtype == np.int8
    assert (result["status"] == 1).all()
    assert result["status"].attrs["flag_meanings"] == "missing done failed"
    assert set(result.data_vars) == {"value", "status"}


def test_variables_attributes_failures_and_warnings_of_the_points(tmp_path):
    failed = r"1 of 6 points failed, the first at x = 1\.5, name = a: ValueError: no"
    warned = r"2 of 6 points warned, most at x = 2\.5, name = a: RegimeWarning: r = 0\.7"
    with pytest.warns(FailedPointsWarning, match=failed), pytest.warns(RegimeWarning, match=warned):
        result = serial(make(tmp_path), GRID, seed=3)
    assert result["overlap"].dims == ("x", "name", "pattern")
    assert result["overlap"].attrs == {"units": "1"}
    assert result["pattern"].values.tolist() == ["A", "B", "C"]
    failed = result.isel(x=1, name=0)
    assert np.isnan(failed["overlap"]).all()
    assert np.isnan(failed["complex"].item().real)
    for name, fill in (("number", -(2**63)), ("flag", False), ("text", "")):
        assert result[name].attrs["value_where_not_done"] == fill
        assert failed[name].item() == fill
    assert result["number"].dtype == np.int64
    assert result["status"].values.tolist() == [[1, 1], [2, 1], [1, 1]]
    assert failed["failure"].item().splitlines()[-1] == "ValueError: no"
    assert "RegimeWarning: r = 0.7" in result["warning"].sel(x=2.5, name="a").item()
    np.testing.assert_array_equal(result["rate_error"].sel(name="bb"), np.array([0.5, 1.5, 2.5]) / 3)
    assert (result.attrs["kind"], result.attrs["n"], result.attrs["left_out"]) == ("k", 2, "model")
    told = json.loads(result.attrs["sweep"])
    assert told["grid"][0] == {"parameter": "x", "name": "x", "labels": [0.5, 1.5, 2.5]}
    assert "raise ValueError" in told["source"]
    assert (told["seed"], told["threads"]) == (3, 1)


def test_a_result_without_failures_has_nothing_of_them():
    result = serial(lambda x: x, {"x": [1, 2]})
    assert not {"failure", "warning", "seed"} & set(result.variables)
    assert "value_where_not_done" not in result["value"].attrs
    assert "left_out" not in result.attrs


def test_certificates_become_variables():
    def work(x):
        told = {"verdict": "good" if x < 1 else "broken", "error_band": x if x < 1 else None, "sentence": "s"}
        return xr.Dataset({"a": x}, attrs={"certificate": json.dumps(told)})

    result = serial(work, {"x": [0.5, 1.5]})
    assert result["certificate_verdict"].values.tolist() == ["good", "broken"]
    np.testing.assert_array_equal(result["certificate_error_band"], [0.5, np.nan])
    assert "left_out" not in result.attrs


def test_a_point_of_another_structure_fails_alone_and_in_words(tmp_path, quiet):
    def work(x):
        return x / 2 if x != 2 else 1

    for store in (None, tmp_path / "a.nc"):
        result = serial(work, {"x": [2, 1, 3, 4]}, store=store)
        assert result["status"].values.tolist() == [2, 1, 1, 1]
        assert "kind int64 at this point, but float64 at others" in result["failure"].values[0]
        assert np.isnan(result["value"].values[0])
    assert sorted(path.name for path in (tmp_path / "a.nc.points").iterdir()) == [
        "job.json", "point-0.failed.json", "point-1.npz", "point-2.npz", "point-3.npz",
    ]  # fmt: skip


def test_a_single_coordinate_that_differs_is_one_of_the_grid():
    def work(x):
        return xr.DataArray(x, coords={"time": x / 2, "law": "Glauber"}, name="v")

    result = serial(work, {"x": [1.0, 2.0]})
    assert result["time"].dims == ("x",)
    assert result["time"].values.tolist() == [0.5, 1.0]
    assert result["law"].item() == "Glauber"


def test_when_every_point_fails_the_first_traceback_is_told(tmp_path):
    def work(x):
        raise ValueError(f"at {x}")

    for _ in range(2):
        with pytest.raises(
            SweepError, match=r"(?s)Every point failed, 3 of 3. The first one, x = 1:.*ValueError: at 1"
        ):
            serial(work, {"x": [1, 2, 3]}, store=tmp_path / "a.nc")
    assert not (tmp_path / "a.nc").exists()
    assert json.loads((tmp_path / "a.nc.points" / "point-0.failed.json").read_text())["attempts"] == 2


def test_the_way_is_told():
    told = []
    serial(lambda x: x, {"x": range(4)}, progress=told.append)
    assert told == [0.25, 0.5, 0.75, 1.0]


# Seeds


def test_seeds_are_those_of_the_points_and_reach_the_function():
    result = serial(lambda x, seed: seed, {"x": [1, 2], "replica": 3}, seed=5)
    np.testing.assert_array_equal(result["value"], result["seed"])
    assert np.unique(result["seed"]).size == 6
    part = serial(lambda x, seed: seed, {"replica": [2], "x": [2]}, seed=5)
    assert part["seed"].item() == result["seed"].sel(x=2, replica=2).item()


def none(x, seed=None):
    return x


@pytest.mark.parametrize(
    ("work", "grid", "seed", "text"),
    [
        (lambda x: x, {"x": [1]}, 1, "no keyword `seed`"),
        (lambda x, seed: x, {"x": [1]}, None, "must be given"),
        (none, {"x": [1]}, None, "must be given"),
        (lambda x: x, {"x": [1], "replica": 2}, None, "replicas differ by their seeds alone"),
        (lambda x, seed: x, {"x": [1], "seed": [1]}, 1, "an axis of seeds"),
        (lambda x, seed: x, {"x": [1]}, -1, "at least 0"),
        (lambda x, seed: x, {"x": [1]}, 0.5, "whole number"),
    ],
)
def test_a_seed_too_much_or_too_little_is_told(work, grid, seed, text):
    with pytest.raises(ArgumentError, match=text):
        serial(work, grid, seed=seed)


def test_a_seed_may_be_bound_or_be_an_axis_or_have_a_default():
    for work, grid in (
        (functools.partial(none, seed=1), {"x": [1]}),
        (none, {"x": [1], "seed": [1, 2]}),
        (lambda x, seed=3: x + seed, {"x": [1]}),
    ):
        assert (serial(work, grid)["status"] == 1).all()
    assert serial(lambda **given: given["seed"], {"x": [1]}, seed=1)["value"].item() > 0


# What is asked for


class Method:
    def run_it(self, x):
        return 2 * x


@pytest.mark.parametrize(
    "work",
    [Method().run_it, functools.partial(lambda y, x: 2 * x, None), lambda **given: 2 * given["x"], lambda *_, x: 2 * x],
)
def test_functions_of_every_form_are_called_by_keyword(work):
    if isinstance(getattr(work, "__self__", None), Method):
        with pytest.raises(ArgumentError, match="no description"):
            serial(work, {"x": [1, 2]})
        return
    assert serial(work, {"x": [1, 2]})["value"].values.tolist() == [2, 4]


@pytest.mark.parametrize(
    ("work", "grid", "options", "text"),
    [
        (lambda x: x, {"y": [1]}, {}, r"'y' is none of \['x'\]"),
        (lambda x, y: x, {"x": [1]}, {}, "needs 'y'"),
        (lambda x, /: x, {"x": [1]}, {}, "'x' is none of"),
        (lambda x: x, {"model.x": [1]}, {}, "Dotted paths are for studies"),
        (3, {"x": [1]}, {}, "must be a function"),
        (threading.Lock().acquire, {"blocking": [True]}, {}, "tell its keywords|no description"),
        (lambda x: x, {"x": [1]}, {"retries": -1}, "`retries` must be at least 0"),
        (lambda x: x, {"x": [1]}, {"threads": 0}, "`threads` must be at least 1"),
        (lambda x: x, {"x": [1]}, {"progress": 3}, "`progress` must be a function"),
        (lambda x: x, {"x": [1]}, {"store": "a.csv"}, "ends in .nc or .zarr"),
        (lambda x: x, {"x": [1]}, {"store": "not_there/a.nc"}, "not_there is not there"),
        (lambda x: x, {"x": [1]}, {"store": 3}, "ends in .nc or .zarr"),
    ],
)
def test_what_cannot_be_run_is_told_before(work, grid, options, text):
    with pytest.raises(ArgumentError, match=text):
        serial(work, grid, **options)


# The store


@pytest.mark.parametrize("suffix", [".nc", ".zarr"])
def test_a_sweep_stopped_after_any_point_is_the_same_to_the_bit(tmp_path, quiet, suffix):
    work = make(tmp_path)
    whole = serial(work, GRID, seed=3)
    for stops in ([k] for k in range(6)) if suffix == ".nc" else ([3],):
        (tmp_path / "calls").unlink(missing_ok=True)
        store = tmp_path / f"{stops[0]}{suffix}"
        for stop in stops:
            (tmp_path / "stop").write_text(str(stop))
            with pytest.raises(KeyboardInterrupt):
                serial(work, GRID, seed=3, store=store)
            assert not store.exists()
            assert int((sweep_so_far(store)["status"] > 0).sum()) == stop
        (tmp_path / "stop").unlink()
        same(serial(work, GRID, seed=3, store=store), whole)
        assert len(calls(tmp_path)) == 6 + (stops[-1] > 2)  # what failed is tried again
        same(sweep_so_far(store), whole)


def test_a_sweep_stopped_again_and_again_is_the_same_to_the_bit(tmp_path, quiet):
    work = make(tmp_path, fails=False)
    whole = serial(work, GRID, seed=3)
    (tmp_path / "calls").unlink()
    told = []
    for stop in range(6):
        (tmp_path / "stop").write_text(str(stop))
        with pytest.raises(KeyboardInterrupt):
            serial(work, GRID, seed=3, store=tmp_path / "a.nc", progress=told.append)
    (tmp_path / "stop").unlink()
    same(serial(work, GRID, seed=3, store=tmp_path / "a.nc", progress=told.append), whole)
    assert len(calls(tmp_path)) == 6
    assert told == [k / 6 for k in range(1, 7)]
    assert not (tmp_path / "a.nc.points").exists()


class Backwards:
    """An executor that does the last of what it was given first."""

    def __init__(self):
        self.held = []

    def submit(self, function, *arguments):
        future = LateFuture(self, function, arguments)
        self.held.append(future)
        return future


class LateFuture(Future):
    def __init__(self, pool, function, arguments):
        super().__init__()
        self.pool, self.work = pool, (function, arguments)


def test_the_order_in_which_points_come_changes_no_bit(tmp_path, quiet, monkeypatch):
    work = make(tmp_path)
    whole = serial(work, GRID, seed=3, store=tmp_path / "a.nc")
    pool = Backwards()

    def wait(futures, **_):
        future = pool.held.pop()
        function, arguments = future.work
        future.set_result(function(*arguments))
        return {future}, set()

    monkeypatch.setattr(schedule, "wait", wait)
    other = sweep(work, GRID, seed=3, executor=pool, store=tmp_path / "b.nc")
    assert calls(tmp_path)[6:] == calls(tmp_path)[:6][::-1]
    same(whole, other)
    with ThreadPoolExecutor(3) as threads:
        monkeypatch.undo()
        same(whole, sweep(work, GRID, seed=3, executor=threads))


def test_a_finished_file_is_returned_without_computing(tmp_path, quiet):
    work = make(tmp_path, fails=False)
    first = serial(work, GRID, seed=3, store=tmp_path / "a.nc")
    before = (tmp_path / "a.nc").read_bytes()
    told = []
    warnings.simplefilter("default", RegimeWarning)
    with pytest.warns(RegimeWarning, match="2 of 6 points warned"):
        again = serial(work, GRID, seed=3, store=tmp_path / "a.nc", progress=told.append)
    same(again, first)
    assert told == [1.0]
    assert len(calls(tmp_path)) == 6
    assert (tmp_path / "a.nc").read_bytes() == before


def test_what_failed_is_tried_again_by_a_later_call(tmp_path):
    work = make(tmp_path)
    store = tmp_path / "a.nc"
    with pytest.warns(FailedPointsWarning, match="The same call tries them again"), pytest.warns(RegimeWarning):
        serial(work, GRID, seed=3, store=store, retries=2)
    assert len(calls(tmp_path)) == 8
    failed = store.with_name("a.nc.points") / "point-2.failed.json"
    told = json.loads(failed.read_text())
    assert (told["attempts"], told["kind"], told["message"]) == (3, "ValueError", "no")
    assert told["traceback"].endswith("ValueError: no")
    with pytest.warns(FailedPointsWarning), pytest.warns(RegimeWarning):
        serial(work, GRID, seed=3, store=store)
    assert json.loads(failed.read_text())["attempts"] == 4
    (tmp_path / "mended").touch()
    with pytest.warns(RegimeWarning):
        result = serial(work, GRID, seed=3, store=store)
    assert (result["status"] == 1).all()
    assert len(calls(tmp_path)) == 10
    assert not failed.parent.exists()
    with pytest.warns(RegimeWarning):
        same(result, serial(work, GRID, seed=3))


def test_a_file_with_failures_whose_points_are_gone_is_told(tmp_path, quiet):
    work = make(tmp_path)
    serial(work, GRID, seed=3, store=tmp_path / "a.nc")
    for path in (tmp_path / "a.nc.points").iterdir():
        path.unlink()
    (tmp_path / "a.nc.points").rmdir()
    warnings.simplefilter("error", FailedPointsWarning)
    with pytest.raises(FailedPointsWarning, match=r"a\.nc\.points is gone: remove .*a\.nc to do all points anew"):
        serial(work, GRID, seed=3, store=tmp_path / "a.nc")
    assert len(calls(tmp_path)) == 6


def test_what_a_killed_process_left_beside_a_finished_file_is_removed(tmp_path):
    def work(x):
        return x

    store, points = tmp_path / "a.nc", tmp_path / "a.nc.points"
    remove = pytest.MonkeyPatch()
    remove.setattr(journal, "remove", lambda _: None)
    serial(work, {"x": [1, 2]}, store=store)
    remove.undo()
    assert len(list(points.iterdir())) == 3
    (points / "point-1.npz.7.part").write_bytes(b"torn")
    assert serial(work, {"x": [1, 2]}, store=store)["value"].values.tolist() == [1, 2]
    assert not points.exists()


def scaled(factor):
    def work(x, n=2):
        return factor * x * n

    return work


OTHERS = {
    "work": (lambda: serial(scaled(3.0), {"x": [1, 2]}), r"work\.closure\.factor: 2\.0 in the store, 3\.0 now"),
    "code": (lambda: serial(lambda x: x, {"x": [1, 2]}), r"work\.bytecode"),
    "grid": (lambda: serial(scaled(2.0), {"x": [1, 3]}), r"grid\[0\]\.labels\[1\]: 2 in the store, 3 now"),
    "kind": (lambda: serial(scaled(2.0), {"x": [1.0, 2.0]}), r"labels\[0\]: 1 in the store, 1\.0 now"),
    "more": (lambda: serial(scaled(2.0), {"x": [1, 2, 3]}), r"labels: \[1, 2\] in the store, \[1, 2, 3\] now"),
    "axis": (lambda: serial(scaled(2.0), {"x": [1, 2], "n": [1]}), r"grid"),
    "seed": (lambda: serial(lambda x, seed: x, {"x": [1, 2]}, seed=1), r"seed: null in the store, 1 now"),
    "threads": (lambda: serial(scaled(2.0), {"x": [1, 2]}, threads=2), r"threads: 1 in the store, 2 now"),
}


@pytest.mark.parametrize("finished", [True, False])
@pytest.mark.parametrize(("other", "text"), OTHERS.values(), ids=OTHERS)
def test_another_sweep_in_the_store_is_an_error_that_shows_the_difference(tmp_path, monkeypatch, other, text, finished):
    monkeypatch.setattr(f"{__name__}.serial", functools.partial(sweep, executor="serial", store=tmp_path / "a.nc"))
    if not finished:
        monkeypatch.setattr(SWEEP, "completed", lambda *_: xr.Dataset({"status": 1}))
    serial(scaled(2.0), {"x": [1, 2]})
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert len(before) == (1 if finished else 3)
    with pytest.raises(SweepError, match=f"(?s)holds another sweep:.*{text}.*Name another store"):
        other()
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_other_sources_of_the_package_are_another_sweep(tmp_path, monkeypatch):
    serial(scaled(2.0), {"x": [1]}, store=tmp_path / "a.nc")
    monkeypatch.setattr(job, "package_digest", lambda: "other")
    with pytest.raises(SweepError, match=r'sources: ".*" in the store, "other" now'):
        serial(scaled(2.0), {"x": [1]}, store=tmp_path / "a.nc")


def test_without_resume_whatever_is_there_is_an_error(tmp_path, quiet):
    work = make(tmp_path)
    store = tmp_path / "a.nc"
    (tmp_path / "stop").write_text("2")
    with pytest.raises(KeyboardInterrupt):
        serial(work, GRID, seed=3, store=store, resume=False)
    with pytest.raises(ArgumentError, match=r"`resume` is False, but .*a\.nc\.points holds 2 of 6 points\. Let"):
        serial(work, GRID, seed=3, store=store, resume=False)
    (tmp_path / "stop").unlink()
    (tmp_path / "mended").touch()
    serial(work, GRID, seed=3, store=store)
    with pytest.raises(ArgumentError, match=r"`resume` is False, but .*a\.nc holds a result"):
        serial(work, GRID, seed=3, store=store, resume=False)


def test_something_else_in_the_place_of_the_store_stays(tmp_path):
    save(xr.Dataset({"a": 1}), tmp_path / "a.nc")
    with pytest.raises(ArgumentError, match="is no sweep"):
        serial(lambda x: x, {"x": [1]}, store=tmp_path / "a.nc")
    (tmp_path / "b.nc.points").mkdir()
    (tmp_path / "b.nc.points" / "thesis.tex").write_text("42")
    with pytest.raises(ArgumentError, match="`store` must be a new or empty folder"):
        serial(lambda x: x, {"x": [1]}, store=tmp_path / "b.nc")
    (tmp_path / "c.nc.points").write_text("a file")
    with pytest.raises(ArgumentError, match="`store` must be a folder"):
        serial(lambda x: x, {"x": [1]}, store=tmp_path / "c.nc")


def stopped(tmp_path, stop=4):
    work = make(tmp_path, fails=False)
    (tmp_path / "stop").write_text(str(stop))
    with pytest.raises(KeyboardInterrupt):
        serial(work, GRID, seed=3, store=tmp_path / "a.nc")
    (tmp_path / "stop").unlink()
    return work, tmp_path / "a.nc.points"


def test_a_torn_file_is_told_by_name_and_its_point_done_again(tmp_path, quiet):
    work, points = stopped(tmp_path)
    torn = points / "point-2.npz"
    torn.write_bytes(torn.read_bytes()[:100])
    for call in (lambda: serial(work, GRID, seed=3, store=tmp_path / "a.nc"), lambda: sweep_so_far(tmp_path / "a.nc")):
        with pytest.raises(ResultFileError, match=r"point-2\.npz is damaged\. Remove it"):
            call()
    assert len(calls(tmp_path)) == 4
    torn.unlink()
    same(serial(work, GRID, seed=3, store=tmp_path / "a.nc"), serial(work, GRID, seed=3))
    assert len(calls(tmp_path)) == 7 + 6


def test_a_torn_failure_is_told_by_name(tmp_path, quiet):
    work = make(tmp_path)
    serial(work, GRID, seed=3, store=tmp_path / "a.nc")
    torn = tmp_path / "a.nc.points" / "point-2.failed.json"
    for content in (b"", b"{", b"[]", b'{"job": "other", "point": 2, "attempts": 1, "traceback": ""}'):
        torn.write_bytes(content)
        with pytest.raises(ResultFileError, match=r"point-2\.failed\.json is (damaged|of another sweep)"):
            serial(work, GRID, seed=3, store=tmp_path / "a.nc")
    torn.unlink()
    serial(work, GRID, seed=3, store=tmp_path / "a.nc")


def test_a_torn_label_is_told(tmp_path, quiet):
    work, points = stopped(tmp_path)
    (points / "job.json").write_text("{")
    with pytest.raises(ResultFileError, match=r"job\.json is no label"):
        serial(work, GRID, seed=3, store=tmp_path / "a.nc")


def test_a_file_of_another_point_is_told(tmp_path, quiet):
    work, points = stopped(tmp_path)
    (points / "point-2.npz").write_bytes((points / "point-1.npz").read_bytes())
    with pytest.raises(ResultFileError, match=r"point-2\.npz is a block of another job"):
        serial(work, GRID, seed=3, store=tmp_path / "a.nc")


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EDQUOT])
def test_a_full_disk_is_told_by_its_place_and_nothing_written_is_lost(tmp_path, quiet, monkeypatch, code):
    work, points = stopped(tmp_path, stop=2)
    real, left = os.fsync, [2]

    def full(file):
        left[0] -= 1
        if left[0] < 0:
            raise OSError(code, os.strerror(code))
        real(file)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ResultFileError, match=rf"point-3\.npz \({os.strerror(code)}\).*before is kept: make room"):
        serial(work, GRID, seed=3, store=tmp_path / "a.nc")
    assert sorted(path.name for path in points.iterdir()) == ["job.json", *(f"point-{k}.npz" for k in range(3))]
    monkeypatch.undo()
    same(serial(work, GRID, seed=3, store=tmp_path / "a.nc"), serial(work, GRID, seed=3))


def test_a_disk_that_is_full_at_the_end_keeps_the_points(tmp_path, quiet, monkeypatch):
    def full(*_):
        raise ResultFileError("Cannot write: no space")

    monkeypatch.setattr(outcome, "save", full)
    work = make(tmp_path, fails=False)
    with pytest.raises(ResultFileError, match="no space"):
        serial(work, GRID, seed=3, store=tmp_path / "a.nc")
    monkeypatch.undo()
    serial(work, GRID, seed=3, store=tmp_path / "a.nc")
    assert len(calls(tmp_path)) == 6


def test_a_store_that_cannot_be_written_is_told_before_any_work(tmp_path, monkeypatch):
    def refuse(*_args, **_kwargs):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(ArgumentError, match=r"`store` must be a folder that can be made .*a\.nc\.points.*Read-only"):
        serial(make(tmp_path), GRID, seed=3, store=tmp_path / "a.nc")
    assert calls(tmp_path) == []


def test_every_file_is_renamed_when_it_is_whole(tmp_path, quiet, monkeypatch):
    """At each renaming, which is when a kill could come, the folder can be read and the file is on the disk."""
    real, synced, seen = Path.replace, [], []
    fsync = os.fsync
    monkeypatch.setattr(os, "fsync", lambda file: (synced.append(os.fstat(file).st_ino), fsync(file)))

    def replace(part, path):
        if path.parent.suffix == ".points" and path.suffix == ".npz":
            assert part.stat().st_ino in synced
            seen.append(int((sweep_so_far(tmp_path / "a.nc")["status"] == 1).sum()))
        return real(part, path)

    monkeypatch.setattr(Path, "replace", replace)
    serial(make(tmp_path, fails=False), GRID, seed=3, store=tmp_path / "a.nc")
    assert seen == list(range(6))


# What is there so far


def test_what_is_there_so_far(tmp_path, quiet):
    work, points = stopped(tmp_path, stop=3)
    so_far, whole = sweep_so_far(tmp_path / "a.nc"), serial(work, GRID, seed=3)
    assert so_far["status"].values.tolist() == [[1, 1], [1, 0], [0, 0]]
    np.testing.assert_array_equal(so_far["seed"], whole["seed"])
    np.testing.assert_array_equal(so_far["overlap"].isel(x=0), whole["overlap"].isel(x=0))
    assert np.isnan(so_far["overlap"].isel(x=2)).all()
    assert so_far["number"].values[2, 0] == so_far["number"].attrs["value_where_not_done"] == -(2**63)
    assert so_far.attrs["sweep"] == whole.attrs["sweep"]
    assert len(list(points.iterdir())) == 4


def test_a_sweep_that_just_began_and_one_that_is_not_there(tmp_path, quiet):
    stopped(tmp_path, stop=0)
    so_far = sweep_so_far(tmp_path / "a.nc")
    assert so_far["x"].values.tolist() == GRID["x"]
    assert (so_far["status"] == 0).all()
    with pytest.raises(ArgumentError, match=r"neither .*b\.nc nor .*b\.nc\.points is there"):
        sweep_so_far(tmp_path / "b.nc")
