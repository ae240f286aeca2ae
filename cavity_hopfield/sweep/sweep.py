"""Sweeps: the same work at every point of a grid, on any executor, kept on disk as it goes."""

import os
from collections.abc import Mapping
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

import xarray as xr

from cavity_hopfield._checks import require_progress, whole_number
from cavity_hopfield.dynamics import Progress
from cavity_hopfield.dynamics.checkpoint import LABEL
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.sweep.assembly import assemble
from cavity_hopfield.sweep.engines import opened
from cavity_hopfield.sweep.grid import Axes, Axis
from cavity_hopfield.sweep.job import Job
from cavity_hopfield.sweep.journal import Journal, Kept, Memory, checked_store, journal_of, label_of_job, load_all
from cavity_hopfield.sweep.outcome import completed, finished, read_result, require_nothing_there, tell
from cavity_hopfield.sweep.packing import unpacked
from cavity_hopfield.sweep.parcels import sent
from cavity_hopfield.sweep.points import run_point
from cavity_hopfield.sweep.schedule import Schedule
from cavity_hopfield.sweep.work import Work


def sweep(
    work: Work,
    grid: Mapping[str, Any],
    *,
    store: str | os.PathLike[str] | None = None,
    executor: str | Executor | None = None,
    seed: int | None = None,
    resume: bool = True,
    retries: int = 0,
    threads: int = 1,
    workers: int | None = None,
    memory_per_worker: str | int | None = None,
    progress: Progress | None = None,
) -> xr.Dataset:
    r"""The result $f(x_1, \dots, x_n)$ of `work` on the whole grid $X_1 \times \dots \times X_n$, in one dataset.

    Parameters
    ----------
    work : callable or Sweepable
        A function with one keyword for each axis, or a study such as `Evolution`, whose axes are dotted paths of fields
        ("model.drive", "theory.runs", "theory", "initial"). A function returns a number, text or bool; a mapping of
        names to such, to data arrays or to (dims, values); a data array with a name; or a dataset: the same variables,
        dimensions, sizes and kinds at every point. It finds itself at every point as it was when it was handed over.
    grid : mapping
        Axis to its values: an array, list, range or data array of numbers, texts or bools, or of objects with a short
        text; or a mapping of labels to objects. The axis `replica`, a count or list of whole numbers, repeats every
        point with other seeds.
    store : path, optional
        The file of the result, `*.zarr` or `*.nc`. While the sweep runs, what is done is in the folder
        `<store>.points`, one file for each point: after an interruption of any kind the same call goes on from there.
    executor : str or Executor, optional
        "processes" (the default), "processes:4", "serial", "dask", "dask://host:port", "mpi", or any
        `concurrent.futures.Executor`. No number depends on it.
    seed : int, optional
        If given, every point has a seed of its own, which depends on `seed` and on the values of that point alone. A
        function gets it as keyword `seed`, an `Evolution` as `theory.seed`.
    resume : bool
        False: an error if there is something in the store.
    retries : int
        So many times a point that failed is tried again within this call. A later call tries it again in any case.
    threads : int
        Threads within one point, for BLAS, OpenMP and numba.
    workers : int, optional
        Workers that are started, by default as many as cores and memory allow.
    memory_per_worker : str or int, optional
        What a worker may use, such as "2 GiB".
    progress : callable, optional
        Told the fraction of the points that are finished.

    Returns
    -------
    xarray.Dataset
        Every variable over the axes, then its own dimensions; a dimension is the last part of a dotted path where that
        is unique. `status` (axes): 0 missing, 1 done, 2 failed; `seed` (axes); `failure` (axes), a traceback, where
        points failed, and `warning` (axes), where points warned. Where a point is not done there is NaN, for whole
        numbers, bools and texts the attribute `value_where_not_done`. Attributes that are the same at all points are
        kept, numbers that differ are variables, a certificate becomes `certificate_verdict` and others, and what is
        left out is named in `left_out`. The attribute `sweep` tells the whole sweep as JSON.

    Raises
    ------
    ArgumentError
        If an axis, option or seed is not one of the work's, or the work holds what cannot be told apart from another.
    SweepError
        If the store holds another sweep, whose differences are told, every point failed, or an executor that was made
        elsewhere broke.
    ResultFileError
        If the disk is full, or a file in the store is damaged. What was written before is kept.

    Warns
    -----
    FailedPointsWarning
        If some points failed.
    RegimeWarning
        If points warned; once, with their number and the worst example.

    Notes
    -----
    A sweep is the same if its work (the compiled code of a function with all the values that it uses), grid, `seed`,
    `threads`, the sources of this package and the versions of numpy, scipy, numba and xarray are the same. Any other
    one in the same store is an error.

    A worker that dies is replaced, and the points that it may have died of are tried one by one, so that the culprit is
    found and the others are done.

    Examples
    --------
    >>> from cavity_hopfield.sweep import sweep
    >>> def gap(drive, detuning):
    ...     return (4 * drive**2 + detuning**2) ** 0.5
    >>> result = sweep(gap, {"drive": [0.0, 1.5], "detuning": [3.0, 4.0]}, executor="serial")
    >>> result["value"].sel(drive=1.5).values.tolist()
    [4.242640687119285, 5.0]
    """
    job = Job.of(work, grid, seed, whole_number("threads", threads, minimum=1))
    tries = whole_number("retries", retries, minimum=0)
    require_progress(progress)
    path = None if store is None else checked_store(store)
    kept: Kept = Memory()
    if path is not None:
        if not resume:
            require_nothing_there(path, job)
        found = finished(path, job)
        if found is not None:
            _report(progress, 1, 1)
            tell(found, path)
            return found
        kept = Journal(path, job.told, job.source)
    options: dict[str, Any] = {"workers": workers, "memory_per_worker": memory_per_worker, "threads": threads}
    _run(job, kept, executor, options, tries, progress)
    result = completed(job, kept, path)
    tell(result, path)
    return result


def _run(
    job: Job,
    kept: Kept,
    executor: str | Executor | None,
    options: dict[str, Any],
    retries: int,
    progress: Progress | None,
) -> None:
    """Do what is not done."""
    axes = job.grid.axes
    done = kept.done()
    for number in sorted(done):
        # a damaged file is told before hours are spent
        unpacked(kept.load(number))
    todo = [number for number in range(axes.size) if number not in done]
    before = [len(done)]
    if not todo:
        _report(progress, 1, 1)
        return

    def arguments(number: int) -> tuple[Any, ...]:
        own = None if job.seed is None else axes.seed(job.seed, number)
        point = sent(job.grid.point(number))
        return job.packed, point, axes.labels(number), own, options["threads"]

    def step() -> None:
        before[0] += 1
        _report(progress, before[0], axes.size)

    with opened(executor, **options) as engine:
        Schedule(engine, run_point, arguments, kept, step, retries).run(todo)


def _report(progress: Progress | None, done: int, total: int) -> None:
    if progress is not None:
        progress(done / total)


def sweep_so_far(store: str | os.PathLike[str]) -> xr.Dataset:
    """What is done of a sweep at this moment: the dataset of `sweep` with `status` 0 where a point is missing.

    Parameters
    ----------
    store : path
        That of `sweep`, which may be running.

    Returns
    -------
    xarray.Dataset
        As `sweep` returns it.

    Raises
    ------
    ArgumentError
        If there is no sweep.
    ResultFileError
        If a file in the store is damaged.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     whole = sweep(lambda x: x**2, {"x": [1, 2, 3]}, store=f"{folder}/squares.nc", executor="serial")
    ...     bool((sweep_so_far(f"{folder}/squares.nc")["status"] == 1).all())
    True
    """
    path = checked_store(store)
    folder = journal_of(path)
    if (folder / LABEL).exists():
        return _of_points(folder)
    if not path.exists():
        raise ArgumentError(f"Argument `store` must be that of a sweep, but neither {path} nor {folder} is there.")
    return read_result(path)


def _of_points(folder: Path) -> xr.Dataset:
    """The dataset of a folder of points."""
    told, key = label_of_job(folder)
    axes = Axes(tuple(Axis.from_description(axis) for axis in told["grid"]))
    blocks, failures = load_all(folder, key)
    points = {number: unpacked(block) for number, block in blocks.items()}
    return assemble(axes, dict(told), points, failures, told["seed"]).dataset
