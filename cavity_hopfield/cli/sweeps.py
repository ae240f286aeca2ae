"""The command that sweeps a study over a grid."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
import xarray as xr
from rich.table import Column, Table

from cavity_hopfield._typing import Json
from cavity_hopfield.cli import report
from cavity_hopfield.cli.options import DEFAULT_FOLDER, AsJson, File
from cavity_hopfield.study import StudyPoint, SweepStudy, read_sweep
from cavity_hopfield.sweep import sweep

LONGEST_IN_SECONDS = 120
LOG_STEP = 0.05
"""Share of the points after which a job without a terminal tells how far it is."""


def sweep_command(
    file: File = None,
    store: Annotated[
        Path, typer.Option("--store", "-o", help="Where the result goes: a name in .zarr or .nc.")
    ] = DEFAULT_FOLDER / "sweep.nc",
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the points that the store has not.")] = False,
    executor: Annotated[
        str, typer.Option("--executor", help="processes, processes:4, serial, dask, dask://HOST:PORT or mpi.")
    ] = "processes",
    workers: Annotated[int | None, typer.Option("--workers", help="Number of processes that are started.")] = None,
    memory: Annotated[
        str | None, typer.Option("--memory-per-worker", help='Such as "2 GiB": a point that wants more fails alone.')
    ] = None,
    retries: Annotated[int, typer.Option("--retries", help="How often a point that failed is tried again.")] = 0,
    as_json: AsJson = False,
) -> None:
    """A study over a grid of its keys, on all cores or a cluster; killed at any moment, `--resume` goes on from there.

    Every finished point is on the disk at once. Points that fail keep their traceback and lose no other.
    """
    study = SweepStudy() if file is None else read_sweep(file)
    report.made_folder(store.parent)
    with _progress(study) as progress, report.notices():
        found = sweep(
            StudyPoint(study),
            study.axes(),
            store=store,
            executor=executor,
            seed=study.sweep.seed,
            resume=resume,
            retries=retries,
            workers=workers,
            memory_per_worker=memory,
            progress=progress,
        )
    if as_json:
        report.print_json(_summary(study, found) | {"files": [str(store)]})
        return
    _print_summary(study, found)
    report.show_files([store])


@contextmanager
def _progress(study: SweepStudy) -> Iterator[Callable[[float], None]]:
    """A bar on a terminal; in the log of a batch job a line now and then."""
    if report.err.is_terminal:
        with report.stages() as stage:
            yield stage(study.sweep.job)
        return
    begun, told = time.monotonic(), 0.0

    def tell(fraction: float) -> None:
        nonlocal told
        if fraction >= told + LOG_STEP and fraction < 1:
            told = fraction
            left = (time.monotonic() - begun) * (1 - fraction) / fraction
            report.err.print(f"{study.sweep.job}: {fraction:.0%} of the points, about {_duration(left)} left")

    yield tell


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < LONGEST_IN_SECONDS else f"{seconds / 60:.0f} min"


def _numbers(found: xr.Dataset) -> dict[str, xr.DataArray]:
    """The variables that are numbers."""
    return {
        str(name): values
        for name, values in found.data_vars.items()
        if values.dtype.kind in "fiu" and name not in {"status", "seed"} and "flag_values" not in values.attrs
    }


def _summary(study: SweepStudy, found: xr.Dataset) -> Json:
    status = found["status"]
    flags = status.attrs["flag_meanings"].split()
    counts = {name: int((status == code).sum()) for code, name in zip(status.attrs["flag_values"], flags, strict=True)}
    ranges = {
        name: [report.plain(values.min()), report.plain(values.max())] for name, values in _numbers(found).items()
    }
    return {
        "title": study.title,
        "job": study.sweep.job,
        "axes": {str(dim): found.sizes[dim] for dim in status.dims},
        "points": counts,
        "ranges": ranges,
    }


def _print_summary(study: SweepStudy, found: xr.Dataset) -> None:
    summary = _summary(study, found)
    report.out.print(study.title, style="bold")
    axes = " x ".join(f"{count} {name}" for name, count in summary["axes"].items())
    points = ", ".join(f"{count} {name}" for name, count in summary["points"].items() if count)
    report.out.print(f"{summary['job']} at {axes}: {points}")
    name = Column("", no_wrap=True)
    table = Table(name, "smallest", "at", "largest", "at", title="over the grid", title_justify="left")
    for variable, values in _numbers(found).items():
        if np.isfinite(values).any():
            smallest, largest = values.argmin(...), values.argmax(...)
            ends = [cell for place in (smallest, largest) for cell in _cells(values, place)]
            table.add_row(variable, *ends)
    report.out.print(table)


def _cells(values: xr.DataArray, place: dict[object, xr.DataArray]) -> tuple[str, str]:
    """A number, and where in the grid it stands."""
    here = values.isel({dim: int(k) for dim, k in place.items()})
    where = ", ".join(f"{name}={_told(here.coords[name])}" for name in map(str, values.dims) if name in here.coords)
    return f"{float(here):.4g}", where


def _told(value: xr.DataArray) -> str:
    return f"{float(value):.3g}" if value.dtype.kind in "fiu" else str(value.item())
