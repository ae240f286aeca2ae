from concurrent.futures import BrokenExecutor, Future

import numpy as np
import pytest

from cavity_hopfield.exceptions import ResultFileError, SweepError
from cavity_hopfield.sweep import schedule
from cavity_hopfield.sweep.journal import Memory
from cavity_hopfield.sweep.points import Failure
from cavity_hopfield.sweep.schedule import HOPELESS, Schedule

BAD = Failure("ValueError", "bad")


class Pool:
    """An executor on paper: points run when the schedule has handed out all that it wants in flight.

    `kills` are points that kill their worker, and with it all that is in flight; `once` do so the first time alone.
    """

    def __init__(self, window=3, kills=(), once=(), ours=True, order=1, shared_death=True):
        self.window, self.kills, self.once, self.ours = window, set(kills), set(once), ours
        self.order, self.shared_death = order, shared_death
        self.held, self.most, self.restarts, self.ran = [], 0, 0, []

    def submit(self, function, *arguments):
        future = Future()
        self.held.append((future, function, arguments))
        self.most = max(self.most, len(self.held))
        return future

    def step(self):
        """One point is done, or its worker dies."""
        future, function, arguments = self.held.pop(0 if self.order > 0 else -1)
        number = arguments[0]
        self.ran.append(number)
        if number in self.kills | self.once:
            self.once.discard(number)
            for other in [future, *(held[0] for held in self.held)][: None if self.shared_death else 1]:
                other.set_exception(BrokenExecutor())
            if self.shared_death:
                self.held.clear()
        else:
            try:
                future.set_result(function(*arguments))
            except Exception as error:  # noqa: BLE001 - as executors do
                future.set_exception(error)

    def died(self, error):
        return isinstance(error, BrokenExecutor)

    def restart(self):
        self.restarts += 1
        return self.ours


def scheduled(monkeypatch, pool, function=lambda number: {"n": np.array(number)}, **options):
    """A schedule whose waiting for futures is a step of the pool."""

    def wait(futures, **_):
        if not any(future.done() for future in futures):
            pool.step()
        return {future for future in futures if future.done()}, set()

    monkeypatch.setattr(schedule, "wait", wait)
    told = []
    kept = Memory()
    loop = Schedule(pool, function, lambda number: (number,), kept, lambda: told.append(len(told) + 1), **options)
    return loop, kept, told


@pytest.mark.parametrize("order", [1, -1])
def test_every_point_is_done_once_within_the_window(monkeypatch, order):
    pool = Pool(window=4, order=order)
    loop, kept, told = scheduled(monkeypatch, pool)
    loop.run(range(10))
    assert sorted(kept.blocks) == list(range(10))
    assert sorted(pool.ran) == list(range(10))
    assert pool.most == 4
    assert told == list(range(1, 11))
    assert not loop.flying


@pytest.mark.parametrize("shared_death", [True, False])
def test_the_point_that_kills_its_worker_is_found_and_the_others_are_done(monkeypatch, shared_death):
    pool = Pool(window=4, kills={5}, shared_death=shared_death)
    loop, kept, told = scheduled(monkeypatch, pool)
    loop.run(range(12))
    assert sorted(kept.blocks) == [number for number in range(12) if number != 5]
    assert list(kept.failures) == [5]
    assert "The worker died at this point, also when it ran alone" in kept.failures[5]
    assert "memory_per_worker" in kept.failures[5]
    assert pool.ran.count(5) == 2
    assert pool.restarts == 2
    assert len(told) == 12


def test_a_worker_that_dies_once_costs_no_point(monkeypatch):
    pool = Pool(window=4, once={0, 5, 11})
    loop, kept, _ = scheduled(monkeypatch, pool)
    loop.run(range(12))
    assert sorted(kept.blocks) == list(range(12))
    assert not kept.failures
    assert pool.restarts == 3


@pytest.mark.parametrize(("shared_death", "suspects"), [(True, {1, 2, 3, 4}), (False, {1, 2})])
def test_a_suspect_runs_alone(monkeypatch, shared_death, suspects):
    pool = Pool(window=4, kills={1, 2}, shared_death=shared_death, order=1 if shared_death else -1)
    beside = {}
    step = pool.step

    def watched():
        number = pool.held[0 if shared_death else -1][2][0]
        beside.setdefault(number, []).append(len(pool.held))
        step()

    pool.step = watched
    loop, kept, _ = scheduled(monkeypatch, pool)
    loop.run(range(9))
    assert sorted(kept.failures) == [1, 2]
    assert all(beside[number][-1] == 1 for number in suspects)
    assert all(beside[number][0] > 1 for number in (1, 5))


def test_a_death_is_tried_again_if_asked(monkeypatch):
    pool = Pool(kills={3})
    loop, kept, _ = scheduled(monkeypatch, pool, retries=2)
    loop.run(range(6))
    assert list(kept.failures) == [3]
    assert pool.ran.count(3) == 4


def test_an_engine_without_hope_is_told(monkeypatch):
    pool = Pool(kills=range(100))
    loop, kept, _ = scheduled(monkeypatch, pool)
    with pytest.raises(SweepError, match=rf"{HOPELESS} workers died, each with one point alone, and no point was done"):
        loop.run(range(100))
    assert len(kept.failures) == HOPELESS


def test_a_broken_executor_of_the_user_loses_nothing(monkeypatch):
    pool = Pool(kills={4}, ours=False)
    loop, kept, _ = scheduled(monkeypatch, pool)
    with pytest.raises(SweepError, match="made elsewhere"):
        loop.run(range(9))
    assert sorted(kept.blocks) == [0, 1, 2, 3]


def test_a_failure_is_tried_again_as_often_as_asked(monkeypatch):
    tries = []

    def work(number):
        tries.append(number)
        if number == 1 or (number == 2 and tries.count(2) < 3):
            return BAD
        return {"n": np.array(number)}

    loop, kept, told = scheduled(monkeypatch, Pool(), work, retries=2)
    loop.run(range(4))
    assert sorted(kept.blocks) == [0, 2, 3]
    assert kept.failures == {1: "ValueError: bad"}
    assert (tries.count(1), tries.count(2)) == (3, 3)
    assert len(told) == 4


def test_an_error_on_the_way_is_a_failure_of_its_point(monkeypatch):
    def work(number):
        if number == 2:
            raise TypeError("cannot be sent")
        return {"n": np.array(number)}

    loop, kept, _ = scheduled(monkeypatch, Pool(), work)
    loop.run(range(4))
    assert kept.failures[2].endswith("TypeError: cannot be sent")


def test_what_came_before_an_interrupt_is_kept(monkeypatch):
    pool = Pool(window=4)
    loop, kept, _ = scheduled(monkeypatch, pool)

    def wait(_futures, **_):
        pool.step()
        pool.step()
        raise KeyboardInterrupt

    monkeypatch.setattr(schedule, "wait", wait)
    with pytest.raises(KeyboardInterrupt):
        loop.run(range(9))
    assert sorted(kept.blocks) == [0, 1]
    assert all(future.cancelled() for future, *_ in pool.held)


def test_a_full_disk_ends_the_loop_with_its_own_error(monkeypatch):
    loop, kept, _ = scheduled(monkeypatch, Pool())
    keep = kept.keep

    def full(number, block):
        if number == 3:
            raise ResultFileError("no room")
        keep(number, block)

    kept.keep = full
    with pytest.raises(ResultFileError, match="no room"):
        loop.run(range(9))
    assert sorted(kept.blocks) == [0, 1, 2]
