"""Moment equations on disk: those that took seconds to derive are read back by the next process."""

import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from cavity_hopfield._version import __version__
from cavity_hopfield.theory.cumulants.structure import Structure

FOLDER_VARIABLE = "CAVITY_HOPFIELD_CACHE"
DIGEST = 32
"""Bytes at the head of a file that tell whether the rest is whole."""
Arrays = Mapping[str, Any]


def folder() -> Path | None:
    """Where equations are kept: what the environment variable CAVITY_HOPFIELD_CACHE names, nowhere if it is empty; by
    default `cavity_hopfield` in the cache folder of the user. None, too, if the user has no folder.
    """
    named = os.environ.get(FOLDER_VARIABLE)
    if named is not None:
        return _expanded(named) if named else None
    if sys.platform == "win32":
        home = os.environ.get("LOCALAPPDATA", "~/AppData/Local")
    else:
        home = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    found = _expanded(home)
    return None if found is None else found / "cavity_hopfield"


def _expanded(name: str) -> Path | None:
    """The folder of that name; None where `~` stands for no folder, as for a user that the system does not know."""
    try:
        return Path(name).expanduser()
    except RuntimeError:
        return None


def stored(structure: Structure) -> Arrays | None:
    """What was stored for a structure by the present version; None if there is nothing whole."""
    place = _place(structure)
    if place is None:
        return None
    try:
        content = place.read_bytes()
    except OSError:
        return None
    if content[:DIGEST] != hashlib.sha256(content[DIGEST:]).digest():
        return None
    with np.load(BytesIO(content[DIGEST:]), allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def store(structure: Structure, arrays: Arrays) -> None:
    """Keep `arrays` for a structure; nothing happens where that is not possible."""
    place = _place(structure)
    if place is None:
        return
    packed = BytesIO()
    np.savez_compressed(packed, **arrays)
    content = packed.getvalue()
    with suppress(OSError):
        place.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=place.parent, suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(hashlib.sha256(content).digest() + content)
            Path(name).replace(place)
        finally:
            Path(name).unlink(missing_ok=True)


def _place(structure: Structure) -> Path | None:
    root = folder()
    if root is None:
        return None
    text = json.dumps(asdict(structure)) + _version()
    return root / f"moments-{hashlib.sha256(text.encode()).hexdigest()[:32]}.bin"


@cache
def _version() -> str:
    """The version of the package, and a fingerprint of the sources that derive the equations and lay them out, where
    they are files that can be read.
    """
    root = Path(__file__).parents[2]
    rooms = [root / "elimination" / "symbolic", root / "theory" / "cumulants"]
    sources = sorted(path for room in rooms for path in room.glob("*.py"))
    try:
        content = b"".join(path.read_bytes() for path in sources)
    except OSError:
        content = b""
    return __version__ + hashlib.sha256(content).hexdigest()
