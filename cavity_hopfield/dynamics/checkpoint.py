"""Finished blocks of a job on disk, so that a long job can be stopped at any moment and goes on from there."""

import hashlib
import io
import json
import os
import zipfile
import zlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from cavity_hopfield._typing import Json
from cavity_hopfield.dynamics.differences import told_differences
from cavity_hopfield.dynamics.results import versions
from cavity_hopfield.exceptions import ArgumentError, ResultFileError

Block = dict[str, npt.NDArray[Any]]
"""What a block of runs gives, by name."""
LABEL = "job.json"
MARK = "block_of"
"""In every file, under this name: its job and its own name."""
DAMAGE = (
    *(zipfile.BadZipFile, zlib.error, EOFError, OSError),
    *(AttributeError, KeyError, RuntimeError, TypeError, ValueError),
)
"""What reading a damaged file may raise."""
SHOWN_NUMBERS = 64
"""Arrays up to this size stand in the label with their numbers, larger ones with their hash."""
SHOWN_CHARACTERS = 100_000


def fingerprint(job: Mapping[str, Any]) -> str:
    """A hash of all that decides the numbers of a job: plain values and arrays by name, and the versions."""
    told: dict[str, Any] = {
        name: _digest(np.ascontiguousarray(value)) if isinstance(value, np.ndarray) else value
        for name, value in {**job, "versions": versions()}.items()
    }
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _digest(array: npt.NDArray[Any]) -> list[Any]:
    return [array.dtype.str, list(array.shape), hashlib.sha256(array.tobytes()).hexdigest()]


def description(job: Mapping[str, Any]) -> Json:
    """The job in JSON for the reader of its label: small arrays with their numbers, what is long by its hash."""
    return {name: _shown(value) for name, value in {**job, "versions": versions()}.items()}


def _shown(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        kind, shape, digest = _digest(np.ascontiguousarray(value))
        if value.size <= SHOWN_NUMBERS and value.dtype.kind in "biufU":
            return value.tolist()
        return {"dtype": kind, "shape": shape, "sha256": digest}
    if isinstance(value, str) and len(value) > SHOWN_CHARACTERS:
        return {"characters": len(value), "sha256": hashlib.sha256(value.encode()).hexdigest()}
    return value


class Checkpoint:
    """A folder with a label that tells the job, and one file for each finished block.

    A file is written under another name, brought to the disk and renamed: it is there in full or not at all, whenever
    the process is killed.

    Parameters
    ----------
    path : path
        The folder, made if there is none.
    job : mapping
        All that decides the numbers: plain values and arrays by name.
    shown : mapping, optional
        What the label tells beside it, for its reader alone.
    argument : str
        The name of the argument that `path` was given by.

    Raises
    ------
    ArgumentError
        If the folder holds another job, whose differences are then told, or something else, or cannot be made or
        written.
    ResultFileError
        If its label is damaged; also from `load`, if a block is, and from `save`, if the disk is full.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        job: Mapping[str, Any],
        *,
        shown: Json | None = None,
        argument: str = "checkpoint",
    ) -> None:
        if not isinstance(path, (str, os.PathLike)):
            raise ArgumentError(f"Argument `{argument}` must be the path of a folder, but is {path!r}.")
        self.folder, self.job, self.argument = Path(path), fingerprint(job), argument
        try:
            self._open(job, shown or {})
        except OSError as error:
            raise ArgumentError(
                f"Argument `{argument}` must be a folder that can be made and written, but {path} is not "
                f"({error.strerror}). Name another."
            ) from error

    def _open(self, job: Mapping[str, Any], shown: Json) -> None:
        """Find the folder of the same job, or make it."""
        if self.folder.exists() and not self.folder.is_dir():
            raise ArgumentError(f"Argument `{self.argument}` must be a folder, but {self.folder} is a file.")
        if (self.folder / LABEL).exists():
            self._compare(job)
            return
        if self.folder.exists() and any(not entry.name.endswith(".part") for entry in self.folder.iterdir()):
            raise ArgumentError(
                f"Argument `{self.argument}` must be a new or empty folder, or one of the same job, but "
                f"{self.folder} holds other files."
            )
        self.folder.mkdir(parents=True, exist_ok=True)
        label = json.dumps({"job": self.job, "description": description(job) | shown}, indent=1).encode()
        _put(self.folder / LABEL, lambda file: file.write(label))

    def _compare(self, job: Mapping[str, Any]) -> None:
        found = read_label(self.folder)
        if found["job"] == self.job:
            return
        # a label of an older version has no description; one that was rounded when shown tells no difference
        told = told_differences(found["description"], description(job)) if "description" in found else ""
        what = f":\n{told}\n" if told else ", theory, start, grid of times or version of the package. "
        raise ArgumentError(
            f"Argument `{self.argument}` must be a folder of the same job, but {self.folder} was written for another "
            f"{'one' if told else 'model'}{what}Name another folder, or remove it."
        )

    def load(self, name: str) -> Block | None:
        """The block `name` if it is finished."""
        return read_block(self.folder, self.job, name)

    def save(self, name: str, block: Block) -> None:
        """Write a finished block."""
        marked: dict[str, Any] = {**block, MARK: np.array(_mark(self.job, name))}
        # an archive that meets a full disk half way cannot be closed
        whole = io.BytesIO()
        np.savez(whole, **marked)
        write(self.folder / f"{name}.npz", lambda file: file.write(whole.getbuffer()))

    def sweep(self) -> None:
        """Remove what killed processes left unfinished, once all blocks are there."""
        for part in self.folder.glob("*.part"):
            part.unlink(missing_ok=True)


def read_block(folder: Path, job: str, name: str) -> Block | None:
    """The block `name` of the job with that fingerprint, None if it is not finished.

    Raises
    ------
    ResultFileError
        If its file is damaged, or of another job or block.
    """
    path = folder / f"{name}.npz"
    if not path.exists():
        return None
    with path.open("rb") as file:
        try:
            with np.load(file) as data:
                block: Block = dict(data.items())
            mark = str(block.pop(MARK))
        except DAMAGE as error:
            raise ResultFileError(f"{path} is damaged. Remove it; what it held is then done again.") from error
    if mark != _mark(job, name):
        raise ResultFileError(
            f"{path} is a block of another job or of other runs. Remove it; what it held is then done again."
        )
    return block


def _mark(job: str, name: str) -> str:
    """What the file of a block says of itself."""
    return f"{job}/{name}"


def read_label(folder: Path) -> Json:
    """What the label of a folder says: `job`, a hash, and `description`.

    Raises
    ------
    ResultFileError
        If it is damaged.
    """
    label = folder / LABEL
    try:
        found: Json = json.loads(label.read_text(encoding="utf-8"))
        found["job"]
    except (ValueError, KeyError, TypeError) as error:
        raise ResultFileError(f"{label} is no label of a checkpoint. Remove the folder to start anew.") from error
    return found


def write(path: Path, fill: Callable[[BinaryIO], object]) -> None:
    """Write a file in full or not at all; `fill` is given the open file.

    Raises
    ------
    ResultFileError
        If the disk is full or the folder cannot be written to. What was written before stays.
    """
    try:
        _put(path, fill)
    except OSError as error:
        raise ResultFileError(
            f"Cannot write {path} ({error.strerror or error}). What was written before is kept: make room, or allow "
            "writing there, and make the same call again."
        ) from error


def _put(path: Path, fill: Callable[[BinaryIO], object]) -> None:
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            fill(file)
            file.flush()
            os.fsync(file.fileno())
        _rename(part, path)
    except OSError:
        # on a full disk the torn file would be in the way
        with suppress(OSError):
            part.unlink()
        raise


def _rename(part: Path, path: Path) -> None:
    try:
        part.replace(path)
    except FileNotFoundError:
        # swept by another process of the same job, which has this file too
        if not path.exists():
            raise
    if os.name == "posix":
        # the name itself must reach the disk too
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
