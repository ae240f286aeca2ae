"""Putting a finished file or folder in its place: the new one whole, or the old one."""

import ctypes
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

AT_WORKING_FOLDER = -100
EXCHANGE = 2


@contextmanager
def placed(target: Path) -> Iterator[Path]:
    """Somewhere beside `target` to write it; what was written is then brought to the disk and takes its place.

    A file takes the place of an older one in one step. A folder does on Linux, where the filesystem can exchange two
    names; elsewhere the older one is first renamed to `retired(target)`, and `target` is missing until the next step.
    If anything fails before, an older file or folder stays as it was.
    """
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.", suffix=".part") as folder:
        draft = Path(folder) / target.name
        yield draft
        _synchronise(draft)
        if draft.is_dir():
            _place_folder(draft, target)
        else:
            draft.replace(target)
        _synchronise_names(target.parent)
    _remove(retired(target))


def retired(target: Path) -> Path:
    """Where the older folder is while the new one takes its place, if names cannot be exchanged."""
    return target.with_name(f".{target.name}.before")


def present(target: Path) -> Path:
    """`target`, or the older folder in its stead where a process was killed between two renames."""
    return retired(target) if not target.exists() and retired(target).exists() else target


def _place_folder(draft: Path, target: Path) -> None:
    if not target.exists():
        draft.rename(target)
    elif not _exchanged(draft, target):
        _remove(retired(target))
        target.rename(retired(target))
        try:
            draft.rename(target)
        except OSError:
            retired(target).rename(target)
            raise


def _exchanged(draft: Path, target: Path) -> bool:
    """Whether the system could exchange the two names in one step."""
    if sys.platform != "linux":
        return False
    rename = getattr(ctypes.CDLL(None), "renameat2", None)
    here = AT_WORKING_FOLDER
    return rename is not None and rename(here, os.fsencode(draft), here, os.fsencode(target), EXCHANGE) == 0


def _synchronise(path: Path) -> None:
    """Bring a file, or a folder with all that is in it, to the disk."""
    for folder, _, names in os.walk(path) if path.is_dir() else [(path.parent, (), (path.name,))]:
        for name in names:
            with (Path(folder) / name).open("rb+") as file:
                os.fsync(file.fileno())
        _synchronise_names(Path(folder))


def _synchronise_names(folder: Path) -> None:
    """Bring the names in a folder to the disk, where the system can."""
    if os.name == "posix":
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
