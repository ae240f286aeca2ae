import signal
import subprocess
import sys
import threading

import numpy as np
import pytest

from cavity_hopfield import ArgumentError, Glauber, KineticMonteCarlo, OpenHopfield, OverlapTargets, Patterns
from cavity_hopfield.dynamics import ensemble, spawn_streams
from cavity_hopfield.dynamics.checkpoint import Checkpoint
from cavity_hopfield.dynamics.ensemble import run_blocks
from cavity_hopfield.dynamics.streams import run_stream
from cavity_hopfield.exceptions import ResultFileError

STORED = Patterns([[1, 1, -1, 1, 1, -1], [1, -1, 1, 1, 1, 1]], names=("one", "two"))
NETWORK = OpenHopfield(STORED, Glauber(0.5))
START = [1, 1, -1, -1, 1, 1]
TIMES = [0.0, 1.0, 3.0]
TARGETS = OverlapTargets.of(STORED, [("one", 0.9)])


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
    (tmp_path / "job.json").write_text("{")
    with pytest.raises(ResultFileError, match="no label of a checkpoint"):
        Checkpoint(tmp_path, {})


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
