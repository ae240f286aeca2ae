"""What is finished of a sweep, on disk while it runs: one file for each point, written whole or not at all."""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from cavity_hopfield._typing import Json
from cavity_hopfield.dynamics.checkpoint import (
    LABEL,
    Block,
    Checkpoint,
    description,
    fingerprint,
    read_block,
    read_label,
    write,
)
from cavity_hopfield.dynamics.differences import told_differences
from cavity_hopfield.exceptions import ArgumentError, ResultFileError, SweepError
from cavity_hopfield.sweep.points import Failure

SUFFIXES = (".nc", ".zarr")
POINT, FAILED = "point-", ".failed.json"
SOURCE = "source"
"""In the label, beside the job: the text of the function, for its reader."""


class Kept(Protocol):
    """Where finished points are kept."""

    def keep(self, number: int, block: Block) -> None:
        """Keep what a point gave."""
        ...

    def fail(self, number: int, failure: Failure, attempts: int) -> None:
        """Keep why a point gave nothing after so many attempts."""
        ...

    def done(self) -> set[int]:
        """The points that are done."""
        ...

    def load(self, number: int) -> Block:
        """What a point gave."""
        ...

    def failed(self) -> dict[int, str]:
        """The points that failed, and the traceback of each."""
        ...


@dataclass
class Memory:
    """Finished points of a sweep without a store."""

    blocks: dict[int, Block] = field(default_factory=dict)
    failures: dict[int, str] = field(default_factory=dict)

    def keep(self, number: int, block: Block) -> None:
        """Keep what a point gave."""
        self.blocks[number] = block

    def fail(self, number: int, failure: Failure, attempts: int) -> None:
        """Keep why a point gave nothing."""
        del attempts
        self.blocks.pop(number, None)
        self.failures[number] = failure.in_words()

    def done(self) -> set[int]:
        """The points that are done."""
        return set(self.blocks)

    def load(self, number: int) -> Block:
        """What a point gave."""
        return self.blocks[number]

    def failed(self) -> dict[int, str]:
        """The points that failed, and the traceback of each."""
        return self.failures


class Journal:
    """Finished points of a sweep in a folder, with a label that tells the whole sweep.

    Parameters
    ----------
    store : path
        The final file; the folder is beside it.
    job : mapping
        The sweep in JSON.
    source : str or None
        The text of the function.

    Raises
    ------
    SweepError
        If the folder is that of another sweep; the differences are told.
    ArgumentError
        If it cannot be made, or holds something else.
    ResultFileError
        If a file in it is damaged.
    """

    def __init__(self, store: Path, job: Json, source: str | None) -> None:
        self.folder = journal_of(store)
        if (self.folder / LABEL).exists():
            require_same(self.folder, read_label(self.folder), job, source)
        self._kept = Checkpoint(self.folder, job, shown={SOURCE: source}, argument="store")
        self._attempts = {number: told["attempts"] for number, told in _failures(self.folder, self._kept.job)}

    def keep(self, number: int, block: Block) -> None:
        """Write what a point gave; it is on the disk then."""
        self._kept.save(f"{POINT}{number}", block)
        if number in self._attempts:
            (self.folder / f"{POINT}{number}{FAILED}").unlink(missing_ok=True)

    def fail(self, number: int, failure: Failure, attempts: int) -> None:
        """Write why a point gave nothing, after so many more attempts."""
        self._attempts[number] = self._attempts.get(number, 0) + attempts
        told = {
            "job": self._kept.job,
            "point": number,
            "attempts": self._attempts[number],
            "kind": failure.kind,
            "message": failure.message,
            "traceback": failure.in_words(),
        }
        content = json.dumps(told, indent=1).encode()
        write(self.folder / f"{POINT}{number}{FAILED}", lambda file: file.write(content))
        (self.folder / f"{POINT}{number}.npz").unlink(missing_ok=True)

    def done(self) -> set[int]:
        """The points whose files are there."""
        return done_in(self.folder)

    def load(self, number: int) -> Block:
        """What a point gave."""
        return load_point(self.folder, self._kept.job, number)

    def failed(self) -> dict[int, str]:
        """The points that failed, and the traceback of each; not those that were done later."""
        return failures_in(self.folder, self._kept.job)

    def remove(self) -> None:
        """Remove the folder, its label last."""
        remove(self.folder)


def journal_of(store: Path) -> Path:
    """The folder of the points of a store."""
    return store.with_name(f"{store.name}.points")


def checked_store(store: str | os.PathLike[str]) -> Path:
    """The path of a store."""
    if not isinstance(store, (str, os.PathLike)) or Path(store).suffix not in SUFFIXES:
        raise ArgumentError(
            f"Argument `store` must be the path of a file that ends in {' or '.join(SUFFIXES)}, but is {store!r}."
        )
    path = Path(store)
    if not path.parent.is_dir():
        raise ArgumentError(f"Argument `store` must be in a folder, but {path.parent} is not there. Make it first.")
    return path


def require_same(place: Path, label: Json, job: Json, source: str | None) -> None:
    """An error that shows the difference, if a label tells another job."""
    if label["job"] == fingerprint(job):
        return
    told = told_differences(label.get("description", {}), description(job) | {SOURCE: source})
    raise SweepError(
        f"{place} holds another sweep:\n{told}\nName another store, or remove that one if you do not need it."
    )


def done_in(folder: Path) -> set[int]:
    """The points whose files are in a folder."""
    return {int(path.stem.removeprefix(POINT)) for path in folder.glob(f"{POINT}*.npz")}


def load_point(folder: Path, job: str, number: int) -> Block:
    """What a point gave."""
    block = read_block(folder, job, f"{POINT}{number}")
    if block is None:
        raise ResultFileError(f"{folder} lost the file of point {number} meanwhile. Make the same call again.")
    return block


def failures_in(folder: Path, job: str) -> dict[int, str]:
    """The points that failed, and the traceback of each; not those that were done later."""
    done = done_in(folder)
    return {number: told["traceback"] for number, told in _failures(folder, job) if number not in done}


def load_all(folder: Path, job: str) -> tuple[dict[int, Block], dict[int, str]]:
    """What all points gave, and the tracebacks of those that failed."""
    blocks = {number: load_point(folder, job, number) for number in sorted(done_in(folder))}
    return blocks, failures_in(folder, job)


def _failures(folder: Path, job: str) -> Iterator[tuple[int, Json]]:
    for path in sorted(folder.glob(f"{POINT}*{FAILED}")):
        try:
            told: Json = json.loads(path.read_text(encoding="utf-8"))
            number = int(path.name.removeprefix(POINT).removesuffix(FAILED))
            same = (told["job"], told["point"]) == (job, number)
            read = {"attempts": int(told["attempts"]), "traceback": str(told["traceback"])}
        except (ValueError, KeyError, TypeError) as error:
            raise ResultFileError(f"{path} is damaged. Remove it; its point is then done again.") from error
        if not same:
            raise ResultFileError(f"{path} is of another sweep or point. Remove it; its point is then done again.")
        yield number, read


def remove(folder: Path) -> None:
    """Remove a folder of points, its label last; other files stay, and the folder with them."""
    for pattern in (f"{POINT}*", "*.part", LABEL):
        for path in folder.glob(pattern):
            path.unlink(missing_ok=True)
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def label_of_job(folder: Path) -> tuple[Mapping[str, Any], str]:
    """The sweep that a folder of points tells, and its fingerprint."""
    label = read_label(folder)
    told = label.get("description")
    if not isinstance(told, dict) or "grid" not in told:
        raise ResultFileError(f"{folder} holds no points of a sweep.")
    return told, label["job"]
