"""BibTeX of what this package builds on, by key."""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from itertools import pairwise
from types import MappingProxyType

from cavity_hopfield._version import __version__
from cavity_hopfield.exceptions import ArgumentError

FILE = "references.bib"
ENTRY = re.compile(r"^@\w+\{([^,]+),", re.MULTILINE)


@cache
def entries() -> Mapping[str, str]:
    """All entries by key, in the order of the file."""
    text = files("cavity_hopfield.platforms").joinpath(FILE).read_text(encoding="utf-8")
    starts = [*(found.start() for found in ENTRY.finditer(text)), len(text)]
    parts = [text[begin:end].strip() for begin, end in pairwise(starts)]
    return MappingProxyType({_key(part): part.replace("VERSION", __version__) for part in parts})


def bibtex(keys: Iterable[str]) -> str:
    """The entries of `keys`, each once, in the order given.

    Raises
    ------
    ArgumentError
        If a key is unknown.

    Examples
    --------
    >>> bibtex(["glauber1963"]).splitlines()[0]
    '@article{glauber1963,'
    """
    wanted = tuple(dict.fromkeys(keys))
    unknown = [key for key in wanted if key not in entries()]
    if unknown:
        raise ArgumentError(
            f"Argument `keys` must hold keys of the bibliography, but holds {', '.join(unknown)}. It has "
            f"{', '.join(entries())}."
        )
    return "\n\n".join(entries()[key] for key in wanted)


def _key(entry: str) -> str:
    return entry.partition("{")[2].partition(",")[0]
