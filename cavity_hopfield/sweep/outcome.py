"""How a sweep ends: the file that is there already, the one that is written, and what the caller is told."""

import json
import warnings
from pathlib import Path

import numpy as np
import xarray as xr

from cavity_hopfield.dynamics.checkpoint import LABEL, fingerprint, read_label
from cavity_hopfield.dynamics.differences import told_differences
from cavity_hopfield.exceptions import ArgumentError, FailedPointsWarning, RegimeWarning, SweepError
from cavity_hopfield.io import load, save
from cavity_hopfield.io.provenance import ADDED
from cavity_hopfield.sweep.assembly import DONE, FAILED, assemble
from cavity_hopfield.sweep.job import Job
from cavity_hopfield.sweep.journal import SOURCE, Journal, Kept, done_in, journal_of, remove
from cavity_hopfield.sweep.packing import unpacked
from cavity_hopfield.sweep.points import Failure


def finished(path: Path, job: Job) -> xr.Dataset | None:
    """The result that is in the file already; None if there is none, or if points that failed can be tried again.

    Raises
    ------
    SweepError
        If the file is of another sweep; the differences are told.
    ArgumentError
        If it holds something else.
    """
    if not path.exists():
        return None
    result = read_result(path)
    told = json.loads(result.attrs["sweep"])
    told.pop(SOURCE, None)
    if json.dumps(told, sort_keys=True) != json.dumps(job.told, sort_keys=True):
        raise SweepError(
            f"{path} holds another sweep:\n{told_differences(told, job.told)}\nName another store, or remove that one "
            "if you do not need it."
        )
    folder = journal_of(path)
    mine = (folder / LABEL).exists() and read_label(folder)["job"] == fingerprint(job.told)
    if bool((result["status"] == DONE).all()):
        if mine:
            # the process was killed after it wrote the file
            remove(folder)
        return result
    return None if mine else result


def require_nothing_there(path: Path, job: Job) -> None:
    """An error if the store holds anything."""
    folder = journal_of(path)
    if path.exists() or folder.exists():
        what = f"{len(done_in(folder))} of {job.grid.axes.size} points" if folder.exists() else "a result"
        where = folder if folder.exists() else path
        raise ArgumentError(
            f"Argument `resume` is False, but {where} holds {what}. Let `resume` be true (--resume) to go on from "
            "there, name another store, or remove that one."
        )


def completed(job: Job, kept: Kept, path: Path | None) -> xr.Dataset:
    """The result of points that are all finished, in its file if there is to be one."""
    points = {number: unpacked(kept.load(number)) for number in sorted(kept.done())}
    axes = job.grid.axes
    assembled = assemble(axes, {**job.told, SOURCE: job.source}, points, kept.failed(), job.seed)
    for number, text in assembled.misfits.items():
        kept.fail(number, Failure("Misfit", text), 1)
    failures = kept.failed()
    if len(failures) == axes.size:
        first = min(failures)
        raise SweepError(
            f"Every point failed, {axes.size} of {axes.size}. The first one, {axes.in_words(first)}:\n{failures[first]}"
        )
    if path is None:
        return assembled.dataset
    save(assembled.dataset, path)
    if not failures and isinstance(kept, Journal):
        kept.remove()
    return assembled.dataset


def read_result(path: Path) -> xr.Dataset:
    """The result in a file, without what the file tells of its own making: equal to what made it.

    Raises
    ------
    ArgumentError
        If it holds something else.
    """
    result = load(path).to_dataset()
    if "sweep" not in result.attrs:
        raise ArgumentError(f"Argument `store` must be a new file or one of a sweep, but {path} is no sweep.")
    result.attrs = {name: value for name, value in result.attrs.items() if name == "versions" or name not in ADDED}
    return result


def tell(result: xr.Dataset, path: Path | None) -> None:
    """Warn of points that failed, and once of all that warned."""
    failed = result["status"].values == FAILED
    if failed.any():
        first = _place(result, int(np.flatnonzero(failed)[0]))
        text = str(result["failure"].isel(first).item()).rstrip().splitlines()[-1].rstrip(".")
        if path is None:
            remedy = "Name a `store` to have them tried again without doing the others anew."
        elif journal_of(path).exists():
            remedy = "The same call tries them again."
        else:
            remedy = f"{journal_of(path)} is gone: remove {path} to do all points anew."
        warnings.warn(
            f"{failed.sum()} of {failed.size} points failed, the first at {_in_words(result, first)}: {text}. The "
            f"variable `failure` has each traceback. {remedy}",
            FailedPointsWarning,
            stacklevel=3,
        )
    if "warning" in result:
        texts = result["warning"].values.ravel().tolist()
        counts = [len(text.splitlines()) for text in texts]
        worst = int(np.argmax(counts))
        warnings.warn(
            f"{sum(map(bool, counts))} of {len(counts)} points warned, most at "
            f"{_in_words(result, _place(result, worst))}: {texts[worst]} The variable `warning` has them all.",
            RegimeWarning,
            stacklevel=3,
        )


def _place(result: xr.Dataset, number: int) -> dict[str, int]:
    places = np.unravel_index(number, result["status"].shape)
    return {str(name): int(place) for name, place in zip(result["status"].dims, places, strict=True)}


def _in_words(result: xr.Dataset, place: dict[str, int]) -> str:
    return ", ".join(f"{name} = {result[name].values[k]}" for name, k in place.items())
