"""Finished blocks of runs on disk, so that a long job can be stopped at any moment and goes on from there."""

import hashlib
import json
import os
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

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


def fingerprint(job: Mapping[str, Any]) -> str:
    """A hash of all that decides the numbers of a job: plain values and arrays by name, and the versions."""
    told: dict[str, Any] = {
        name: _digest(np.ascontiguousarray(value)) if isinstance(value, np.ndarray) else value
        for name, value in {**job, "versions": versions()}.items()
    }
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _digest(array: npt.NDArray[Any]) -> list[Any]:
    return [array.dtype.str, list(array.shape), hashlib.sha256(array.tobytes()).hexdigest()]


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

    Raises
    ------
    ArgumentError
        If the folder holds another job, or something else, or cannot be made or written.
    ResultFileError
        If its label is damaged; also from `load`, if a block is.
    """

    def __init__(self, path: str | os.PathLike[str], job: Mapping[str, Any]) -> None:
        if not isinstance(path, (str, os.PathLike)):
            raise ArgumentError(f"Argument `checkpoint` must be the path of a folder, but is {path!r}.")
        self.folder, self.job = Path(path), fingerprint(job)
        try:
            self._open()
        except OSError as error:
            raise ArgumentError(
                f"Argument `checkpoint` must be a folder that can be made and written, but {path} is not "
                f"({error.strerror}). Name another."
            ) from error

    def _open(self) -> None:
        """Find the folder of the same job, or make it."""
        label = self.folder / LABEL
        if self.folder.exists() and not self.folder.is_dir():
            raise ArgumentError(f"Argument `checkpoint` must be a folder, but {self.folder} is a file.")
        if label.exists():
            self._compare(label)
            return
        if self.folder.exists() and any(not entry.name.endswith(".part") for entry in self.folder.iterdir()):
            raise ArgumentError(
                f"Argument `checkpoint` must be a new or empty folder, or one of the same job, but "
                f"{self.folder} holds other files."
            )
        self.folder.mkdir(parents=True, exist_ok=True)
        _write(label, json.dumps({"job": self.job}).encode())

    def _compare(self, label: Path) -> None:
        try:
            found = json.loads(label.read_text(encoding="utf-8"))["job"]
        except (ValueError, KeyError, TypeError) as error:
            raise ResultFileError(f"{label} is no label of a checkpoint. Remove the folder to start anew.") from error
        if found != self.job:
            raise ArgumentError(
                f"Argument `checkpoint` must be a folder of the same job, but {self.folder} was written for another "
                "model, theory, start, grid of times or version of the package. Name another folder, or remove it."
            )

    def load(self, name: str) -> Block | None:
        """The block `name` if it is finished."""
        path = self.folder / f"{name}.npz"
        if not path.exists():
            return None
        with path.open("rb") as file:
            try:
                with np.load(file) as data:
                    block: Block = dict(data.items())
                mark = str(block.pop(MARK))
            except DAMAGE as error:
                raise ResultFileError(f"{path} is damaged. Remove it; its runs are then done again.") from error
        if mark != self._mark(name):
            raise ResultFileError(
                f"{path} is a block of another job or of other runs. Remove it; its runs are then done again."
            )
        return block

    def _mark(self, name: str) -> str:
        """What the file of a block says of itself."""
        return f"{self.job}/{name}"

    def save(self, name: str, block: Block) -> None:
        """Write a finished block."""
        path = self.folder / f"{name}.npz"
        part = path.with_name(f"{name}.{os.getpid()}.part")
        with part.open("wb") as file:
            np.savez(file, **block, **{MARK: np.array(self._mark(name))})  # type: ignore[arg-type]
            file.flush()
            os.fsync(file.fileno())
        _rename(part, path)

    def sweep(self) -> None:
        """Remove what killed processes left unfinished, once all blocks are there."""
        for part in self.folder.glob("*.part"):
            part.unlink(missing_ok=True)


def _write(path: Path, content: bytes) -> None:
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    with part.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    _rename(part, path)


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
