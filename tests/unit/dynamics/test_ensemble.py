import signal
import subprocess
import sys
import threading
from concurrent.futures import CancelledError, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from cavity_hopfield import ArgumentError, Glauber, KineticMonteCarlo, OpenHopfield, OverlapTargets, Patterns
from cavity_hopfield.dynamics import ensemble, spawn_streams
from cavity_hopfield.dynamics.checkpoint import Checkpoint
from cavity_hopfield.dynamics.ensemble import run_blocks
from cavity_hopfield.dynamics.streams import run_stream
from cavity_hopfield.exceptions import ResultFileError
from cavity_hopfield.theory.kinetic.representations import representation_of
from cavity_hopfield.theory.kinetic.sites import Sites

STORED = Patterns([[1, 1, -1, 1, 1, -1], [1, -1, 1, 1, 1, 1]], names=("one", "two"))
NETWORK = OpenHopfield(STORED, Glauber(0.5))
START = [1, 1, -1, -1, 1, 1]
TIMES = [0.0, 1.0, 3.0]
TARGETS = OverlapTargets.of(STORED, [("one", 0.9)])


def all_alike():
    return representation_of(NETWORK, 1e-9)


def one_by_one():
    return Sites.of(NETWORK, 1e-9)


def squares(first, last):
    return {"square": np.arange(first, last) ** 2}


def joined(blocks):
    return np.concatenate([block["square"] for block in blocks])


def test_a_stream_of_a_run_is_the_spawned_one():
    for run, stream in enumerate(spawn_streams(7, 4)):
        assert stream.random(3).tolist() == run_stream(7, run).random(3).tolist()
        assert stream.random(3).tolist() != run_stream(7, run, 0).random(3).tolist()


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("runs", [1, 5, 128, 300])
def test_blocks_cover_all_runs_in_their_order(runs, threads):
    told = []
    blocks = run_blocks(squares, runs, threads=threads, progress=told.append)
    np.testing.assert_array_equal(joined(blocks), np.arange(runs) ** 2)
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert len(blocks) <= ensemble.MOST_BLOCKS


def test_blocks_that_finish_late_come_first_if_they_are():
    other = threading.Event()

    def work(first, last):
        if first == 0:
            other.wait()
        else:
            other.set()
        return squares(first, last)

    np.testing.assert_array_equal(joined(run_blocks(work, 4, threads=2)), np.arange(4) ** 2)


def interrupted(after):
    """Work that is interrupted when so many blocks are done, as by Ctrl-C."""
    done = []

    def work(first, last):
        if len(done) == after:
            raise KeyboardInterrupt
        done.append(first)
        return squares(first, last)

    return work


@pytest.mark.parametrize("threads", [1, 2])
def test_an_interrupt_loses_no_finished_block(tmp_path, threads):
    with pytest.raises(KeyboardInterrupt):
        run_blocks(interrupted(3), 10, threads=threads, checkpoint=tmp_path, job={"a": 1})
    kept = sorted(path.stem for path in tmp_path.glob("*.npz"))
    assert len(kept) >= 3
    again = []

    def work(first, last):
        again.append(first)
        return squares(first, last)

    np.testing.assert_array_equal(joined(run_blocks(work, 10, checkpoint=tmp_path, job={"a": 1})), np.arange(10) ** 2)
    assert len(again) == 10 - len(kept)


def test_an_error_in_a_block_comes_through():
    def work(first, last):
        raise ArithmeticError(first, last)

    for threads in (1, 2):
        with pytest.raises(ArithmeticError):
            run_blocks(work, 10, threads=threads)


def test_an_interrupt_does_not_wait_for_the_blocks_that_run():
    began, finished = threading.Event(), []

    def work(first, last):
        if first == 0:
            began.set()
            for _ in range(5_000_000):
                ensemble.require_wanted()
            finished.append(first)
            return squares(first, last)
        began.wait()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_blocks(work, 2, threads=2)
    assert not finished


@pytest.mark.parametrize("form", [all_alike, one_by_one])
def test_a_run_ends_when_it_is_no_longer_wanted(form):
    told, stop = form(), threading.Event()
    with ThreadPoolExecutor(1, initializer=ensemble.listen, initargs=(stop,)) as pool:
        walk = told.walk(told.ready(np.array(START)), 1, 0)
        pool.submit(walk.until, 1.0).result()
        stop.set()
        assert isinstance(pool.submit(walk.until, 2.0).exception(), CancelledError)
    assert walk.state.clock[0] <= 1.0


# The folder


def test_a_folder_of_another_job_is_refused(tmp_path):
    Checkpoint(tmp_path / "a", {"model": "x", "times": np.arange(3.0)})
    Checkpoint(tmp_path / "a", {"model": "x", "times": np.arange(3.0)})
    for job in ({"model": "y", "times": np.arange(3.0)}, {"model": "x", "times": np.arange(3)}, {"model": "x"}):
        with pytest.raises(ArgumentError, match="must be a folder of the same job"):
            Checkpoint(tmp_path / "a", job)


def test_a_folder_of_other_files_is_refused(tmp_path):
    (tmp_path / "thesis.tex").write_text("42")
    with pytest.raises(ArgumentError, match="holds other files"):
        Checkpoint(tmp_path, {})
    with pytest.raises(ArgumentError, match="must be a folder"):
        Checkpoint(tmp_path / "thesis.tex", {})


def test_a_broken_label_is_told(tmp_path):
    Checkpoint(tmp_path, {})
    for content in (b"{", b"\xff\xfe{", b"[]", b"{}", b""):
        (tmp_path / "job.json").write_bytes(content)
        with pytest.raises(ResultFileError, match="no label of a checkpoint"):
            Checkpoint(tmp_path, {})


DAMAGED = {
    "empty": lambda _: b"",
    "torn": lambda whole: whole[: len(whole) // 2],
    "no archive": lambda _: b"no archive",
    "other numbers": lambda whole: whole.replace(np.arange(3).tobytes(), np.arange(1, 4).tobytes()),
    "other header": lambda whole: whole.replace(b"'descr'", b"'dexcr'"),
    "an array": lambda whole: b"\x93NUMPY" + whole,
}


@pytest.mark.parametrize("damage", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_block_is_told(tmp_path, damage):
    kept = Checkpoint(tmp_path, {})
    kept.save("runs-0-1", {"a": np.arange(3)})
    path = tmp_path / "runs-0-1.npz"
    whole = path.read_bytes()
    path.write_bytes(damage(whole))
    assert path.read_bytes() != whole
    with pytest.raises(ResultFileError, match=r"runs-0-1\.npz is damaged\. Remove it; what it held is then done again"):
        kept.load("runs-0-1")


def test_any_byte_that_changes_is_told_or_changes_nothing(tmp_path):
    kept = Checkpoint(tmp_path, {})
    kept.save("runs-0-1", {"a": np.arange(3)})
    path = tmp_path / "runs-0-1.npz"
    whole, told = path.read_bytes(), 0
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x5A]) + whole[place + 1 :])
        try:
            block = kept.load("runs-0-1")
        except ResultFileError:
            told += 1
        else:
            np.testing.assert_array_equal(next(iter(block.values())), np.arange(3))
    assert told > len(whole) / 2


def test_a_block_of_other_runs_or_of_another_job_is_told(tmp_path):
    here, there = Checkpoint(tmp_path / "here", {"a": 1}), Checkpoint(tmp_path / "there", {"a": 2})
    there.save("runs-0-1", {"a": np.arange(3)})
    for name in ("runs-0-1", "runs-1-2"):
        (tmp_path / "here" / f"{name}.npz").write_bytes((tmp_path / "there" / "runs-0-1.npz").read_bytes())
        with pytest.raises(ResultFileError, match="of another job or of other runs"):
            here.load(name)
    (tmp_path / "there" / "runs-0-1.npz").rename(tmp_path / "there" / "runs-1-2.npz")
    with pytest.raises(ResultFileError, match="of another job or of other runs"):
        there.load("runs-1-2")


def test_a_folder_that_cannot_be_made_is_told(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("42")
    with pytest.raises(ArgumentError, match="`checkpoint` must be a folder that can be made and written"):
        Checkpoint(tmp_path / "file" / "x", {})

    def refuse(*_args, **_kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(ArgumentError, match="Permission denied"):
        Checkpoint(tmp_path / "new", {})


def test_a_finished_job_leaves_no_unfinished_files(tmp_path):
    run_blocks(squares, 3, checkpoint=tmp_path, job={})
    (tmp_path / "runs-1-2.99.part").write_bytes(b"torn")
    run_blocks(squares, 3, checkpoint=tmp_path, job={})
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["job.json", "runs-0-1.npz", "runs-1-2.npz", "runs-2-3.npz"]


def test_what_is_left_of_an_unfinished_file_is_no_block(tmp_path):
    kept = Checkpoint(tmp_path, {})
    kept.save("runs-0-1", {"a": np.arange(3)})
    torn = (tmp_path / "runs-0-1.npz").read_bytes()[:40]
    (tmp_path / "runs-1-2.npz.99.part").write_bytes(torn)
    assert kept.load("runs-1-2") is None
    np.testing.assert_array_equal(kept.load("runs-0-1")["a"], np.arange(3))


# The theory

CALLS = {
    "evolve": lambda theory, **kept: theory.evolve(NETWORK, START, TIMES, **kept),
    "first_passage": lambda theory, **kept: theory.first_passage(NETWORK, START, TARGETS, 5.0, **kept),
    "records": lambda theory, **_: theory.records(NETWORK, START, 3.0),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_threads_and_blocks_change_no_bit(call, monkeypatch):
    first = call(KineticMonteCarlo(runs=21, seed=3))
    monkeypatch.setattr(ensemble, "MOST_BLOCKS", 4)
    other = call(KineticMonteCarlo(runs=21, seed=3, threads=3))
    assert first.drop_attrs(deep=False).identical(other.drop_attrs(deep=False))


CHILD = """
import os, signal, sys
from tests.unit.dynamics import test_ensemble as here
def stop(share, after=float(sys.argv[3])):
    if share >= after:
        os.kill(os.getpid(), signal.SIGKILL)
here.CALLS[sys.argv[2]](here.KineticMonteCarlo(runs=21, seed=3, threads=2), checkpoint=sys.argv[1], progress=stop)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
@pytest.mark.slow
@pytest.mark.parametrize("name", ["evolve", "first_passage"])
def test_a_killed_job_goes_on_to_the_same_bits(name, tmp_path):
    for after in ("0.2", "0.6"):
        killed = subprocess.run([sys.executable, "-c", CHILD, tmp_path / "kept", name, after], check=False)
        assert killed.returncode == -signal.SIGKILL
    kept = len(list((tmp_path / "kept").glob("*.npz")))
    assert 12 <= kept < 21
    theory, told = KineticMonteCarlo(runs=21, seed=3), []
    resumed = CALLS[name](theory, checkpoint=tmp_path / "kept", progress=told.append)
    assert resumed.identical(CALLS[name](theory))
    assert told[-1] == 1.0
    assert len(list((tmp_path / "kept").glob("*.npz"))) == 21


def test_a_finished_job_is_read_not_run(tmp_path, monkeypatch):
    theory = KineticMonteCarlo(runs=5, seed=3)
    first = theory.evolve(NETWORK, START, TIMES, checkpoint=tmp_path)
    monkeypatch.setattr("cavity_hopfield.theory.kinetic.counts.Counts.walk", None)
    assert theory.evolve(NETWORK, START, TIMES, checkpoint=tmp_path).identical(first)


@pytest.mark.parametrize(
    "change",
    [
        lambda path: KineticMonteCarlo(runs=6, seed=3).evolve(NETWORK, START, TIMES, checkpoint=path),
        lambda path: KineticMonteCarlo(runs=5, seed=4).evolve(NETWORK, START, TIMES, checkpoint=path),
        lambda path: KineticMonteCarlo(runs=5, seed=3).evolve(NETWORK, START, [0.0, 1.0, 3.5], checkpoint=path),
        lambda path: KineticMonteCarlo(runs=5, seed=3).evolve(NETWORK, [1] * 6, TIMES, checkpoint=path),
        lambda path: KineticMonteCarlo(runs=5, seed=3).first_passage(NETWORK, START, TARGETS, 3.0, checkpoint=path),
        lambda path: KineticMonteCarlo(runs=5, seed=3).evolve(
            OpenHopfield(STORED, Glauber(0.51)), START, TIMES, checkpoint=path
        ),
    ],
    ids=["runs", "seed", "times", "start", "quantity", "model"],
)
def test_a_folder_of_another_call_is_refused(tmp_path, change):
    KineticMonteCarlo(runs=5, seed=3).evolve(NETWORK, START, TIMES, checkpoint=tmp_path)
    with pytest.raises(ArgumentError, match="`checkpoint` must be a folder of the same job"):
        change(tmp_path)
