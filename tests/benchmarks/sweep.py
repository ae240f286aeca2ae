"""Sweeps on two cores: the share of both that does points, and what a point costs beside a bare map of an executor.

The peer of the first line is half the time of one process: the ratio is the parallel efficiency. Pools are running and
warm before the clock starts; the last line has a store, with its two calls of fsync for each point.
"""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from loky import ProcessPoolExecutor

from cavity_hopfield import phase_diagram
from cavity_hopfield.sweep import sweep
from tests.benchmarks.interleaved import Row, interleaved

GOAL_EFFICIENCY, GOAL_MAP, GOAL_STORE = 0.85, 0.9, 0.75
CORES = 2
LONG = {"temperature": np.linspace(0.1, 1.2, 10), "drive": np.linspace(0.0, 1.0, 15)}
SHORT = {"x": np.arange(1000.0)}


@dataclass(frozen=True)
class Share(Row):
    """A line whose ratio is about one."""

    def __str__(self):
        ratio = self.peer_s / self.ours_s
        return (
            f"{self.work:44s} {self.peer:18s} {self.ours_s * 1e6:10.2f} {self.peer_s * 1e6:12.1f} {ratio:9.2f} "
            f"{self.goal:7.2f} {self.ours_error:9.0e} {self.peer_error:9.0e}"
        )


def phase(temperature, drive):
    """A point of some 20 ms."""
    return phase_diagram(1, temperature=[temperature], drive=[drive], starts=8)["share"].values.tolist()[0][0]


def shares(temperature, drive):
    """The same, as a sweep wants it."""
    return {"share": ("fate", phase(temperature, drive))}


def square(x):
    """A point of no time."""
    return x * x


def by_map(pool):
    """The points of `LONG` by the executor alone."""
    heats, drives = (grid.ravel().tolist() for grid in np.meshgrid(*LONG.values(), indexing="ij"))
    return np.array(list(pool.map(phase, heats, drives)))


def line(work, peer, ours, theirs, *, points, goal, share=1.0):
    """One line of the table; both must give the same numbers."""
    error = float(np.max(np.abs(np.ravel(ours()) - np.ravel(theirs()))))
    ours_s, peer_s = interleaved(ours, theirs, rounds=3)
    return Share(work, peer, ours_s / points, share * peer_s / points, goal, error, 0.0)


def rows():
    """The table."""
    long, short = LONG["temperature"].size * LONG["drive"].size, SHORT["x"].size
    with ProcessPoolExecutor(CORES) as pool, tempfile.TemporaryDirectory() as folder:
        stores = iter(range(100))

        def pooled(**options):
            return sweep(shares, LONG, executor=pool, **options)["share"].values

        def stored():
            return pooled(store=Path(folder) / f"{next(stores)}.nc")

        def serial():
            return sweep(shares, LONG, executor="serial")["share"].values

        works = [
            ("points of 20 ms on two cores", "one core / 2", pooled, serial, GOAL_EFFICIENCY, 1 / CORES),
            ("points of 20 ms on two cores", "loky's map", pooled, lambda: by_map(pool), GOAL_MAP, 1.0),
            ("points of 20 ms on two cores, a store", "one core / 2", stored, serial, GOAL_STORE, 1 / CORES),
        ]
        for work, peer, ours, theirs, goal, share in works:
            yield line(work, peer, ours, theirs, points=long, goal=goal, share=share)
        yield line(
            "points of no time on two cores",
            "loky's map",
            lambda: sweep(square, SHORT, executor=pool)["value"].values,
            lambda: np.array(list(pool.map(square, SHORT["x"].tolist()))),
            points=short,
            goal=0.0,
        )
