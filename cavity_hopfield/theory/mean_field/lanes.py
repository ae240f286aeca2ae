"""Systems in the form that the compiled ensembles take, and the loop over threads."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from cavity_hopfield._checks import real_number, whole_number
from cavity_hopfield._typing import FloatArray, IntArray
from cavity_hopfield.dynamics.dormand_prince import DORMAND_PRINCE
from cavity_hopfield.exceptions import ConvergenceError
from cavity_hopfield.theory.mean_field._ensemble_kernels import LANES, integrate

NOTHING = np.empty(0)
NO_TABLE = np.empty((0, 0))
FIRST_STEP = 0.02
"""Of the fastest time; the step then grows tenfold where it can."""


class LaneSystem(NamedTuple):
    """The arrays that a mean-field system is made of; `kind` says which equations they belong to.

    Attributes
    ----------
    kind : int
        Dicke model, network with Glauber's law, or network with a table of rates.
    axes : int
        Components of a Bloch vector, 2 (z, y) or 3 (z, y, x).
    read, write : array
        What the modes or overlaps read from z of the classes, and what field they give back.
    labels : (C,) array of int
        Class of the rate law.
    omega, net_loss : (M L,) array
        Of the modes, once for every lane.
    edges, coefficients, offsets : array
        A table of rates. Of a Dicke model whose atoms have channels of their own `edges` holds decay, pumping and
        dephasing in one row, and `offsets` the place of the component that decays; the kernel is fastest with few
        arrays.
    overlaps : (P, C) array
        Overlaps with the patterns from z of the classes.
    """

    kind: int
    axes: int
    read: FloatArray
    write: FloatArray
    labels: IntArray
    omega: FloatArray
    net_loss: FloatArray
    edges: FloatArray
    coefficients: FloatArray
    offsets: IntArray
    overlaps: FloatArray


@dataclass(frozen=True)
class Precision:
    """Tolerances of a step, and the number of threads, which changes no bit of the answer."""

    rtol: float
    atol: float
    threads: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "rtol", real_number("rtol", self.rtol, above=0.0))
        object.__setattr__(self, "atol", real_number("atol", self.atol, above=0.0))
        object.__setattr__(self, "threads", whole_number("threads", self.threads, minimum=1))


class Runs(NamedTuple):
    """What the compiled loop fills: `paths` (R, T, n), or `tails` (R, 3, P); `ends` (R, n); `steps` (R,)."""

    paths: FloatArray
    tails: FloatArray
    ends: FloatArray
    steps: IntArray


def run_lanes(
    system: LaneSystem,
    starts: FloatArray,
    parameters: FloatArray,
    times: FloatArray,
    precision: Precision,
    *,
    fastest: float,
    keep: bool,
) -> Runs:
    """Every run from `starts` (R, n) under its `parameters` (R, 4) over `times`; whole paths if `keep`, else tails.

    `fastest` is the fastest rate without the drive, which sets the first step.

    Raises
    ------
    ConvergenceError
        If a step vanishes.
    """
    n_runs, n = starts.shape
    runs = Runs(
        np.empty((n_runs, times.size, n) if keep else (n_runs, 0, n)),
        np.tile(np.array([-np.inf, np.inf, 0.0])[:, None], (n_runs, 1, len(system.overlaps))),
        np.empty((n_runs, n)),
        np.zeros(n_runs, np.int64),
    )
    if times[-1] == 0:
        return _at_rest(system, starts, runs)
    first = FIRST_STEP / np.maximum(fastest + 2 * parameters[:, 0], 1.0 / times[-1])

    def work(part: slice) -> int:
        failed = integrate(
            system, DORMAND_PRINCE, starts[part], parameters[part], first[part], times, precision.rtol, precision.atol,
            runs.paths[part], runs.tails[part], runs.ends[part], runs.steps[part],
        )  # fmt: skip
        return failed + part.start if failed >= 0 else -1

    failures = _on_threads(work, n_runs, precision.threads)
    if max(failures) >= 0:
        raise ConvergenceError(
            f"The mean-field integration of run {max(failures)} stopped: its step fell to round-off at "
            f"rtol={precision.rtol:g}, atol={precision.atol:g}. Loosen the tolerances."
        )
    return runs


def _at_rest(system: LaneSystem, starts: FloatArray, runs: Runs) -> Runs:
    """All at time zero."""
    runs.ends[:] = starts
    runs.paths[:] = starts[:, None]
    z = starts[:, : system.overlaps.shape[1]]
    runs.tails[:] = (z @ system.overlaps.T)[:, None]
    return runs


def _on_threads(work: Callable[[slice], int], n_runs: int, threads: int) -> list[int]:
    """`work` on all runs, in as many parts as there are threads, each at least a block of lanes."""
    parts = min(threads, max(1, n_runs // LANES))
    edges = np.linspace(0, n_runs, parts + 1).astype(int)
    slices = [slice(int(a), int(b)) for a, b in pairwise(edges)]
    if parts == 1:
        return [work(slices[0])]
    with ThreadPoolExecutor(parts) as pool:
        return list(pool.map(work, slices))
