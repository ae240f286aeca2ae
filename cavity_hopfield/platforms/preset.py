"""A published apparatus: its platform, and what stands behind every number."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from cavity_hopfield._typing import Json
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.hopfield import Patterns
from cavity_hopfield.model import MultimodeDicke
from cavity_hopfield.platforms.bibliography import bibtex
from cavity_hopfield.platforms.operating_point import OperatingPoint, operating_point
from cavity_hopfield.platforms.platform import Platform
from cavity_hopfield.platforms.provenance import Sourced

Builder = Callable[[Mapping[str, Any]], Platform]


@dataclass(frozen=True, eq=False)
class Preset:
    """One apparatus of one paper.

    Given by `presets.load`.

    Attributes
    ----------
    name : str
        `<author><year>`, which is also the key of its paper.
    title : str
        What it is, in a line.
    platform : Platform
        Made of `values` alone.
    values : mapping of str to Sourced
        Every number, by the name of the field it fills or of what the field is made from.
    references : tuple of str
        Keys of the papers (see `bibtex`), its own first.
    notes : tuple of str
        What to know before it is used.
    patterns : Patterns or None
        A memory of ours that the platform can hold in size, for demonstrations; None where the geometry decides.
    """

    name: str
    title: str
    platform: Platform
    values: Mapping[str, Sourced]
    references: tuple[str, ...]
    notes: tuple[str, ...]
    patterns: Patterns | None = None

    @property
    def citation(self) -> str:
        """BibTeX of its papers."""
        return bibtex(self.references)

    @property
    def published(self) -> tuple[str, ...]:
        """The values that are taken from publications, by name."""
        return tuple(name for name, value in self.values.items() if value.is_published)

    @property
    def assumed(self) -> tuple[str, ...]:
        """The values that are not."""
        return tuple(name for name, value in self.values.items() if not value.is_published)

    def to_dicke(self, patterns: Patterns | None = None, *, unit_rad_s: float | None = None) -> MultimodeDicke:
        """The model that stores `patterns`, those of the preset if omitted."""
        return self.platform.to_dicke(self.patterns if patterns is None else patterns, unit_rad_s=unit_rad_s)

    def operating_point(self, patterns: Patterns | None = None, *, start_overlap: float = 0.6) -> OperatingPoint:
        """Where it stands as a memory for `patterns`, those of the preset if omitted."""
        stored = self.patterns if patterns is None else patterns
        return operating_point(self.platform, stored, start_overlap=start_overlap)

    def table(self) -> str:
        """Every value with what stands behind it, as text."""
        width = max(len(name) for name in self.values)
        rows = [f"{self.name}: {self.title}"]
        for name, value in self.values.items():
            rows.append(f"  {name:{width}}  {value.shown:20}  {value.provenance}")
            rows.append(f"  {'':{width}}  {value.sentence}")
        return "\n".join([*rows, *(f"- {note}" for note in self.notes)])

    def to_dict(self) -> Json:
        """Plain values, for JSON."""
        return {
            "name": self.name,
            "title": self.title,
            "values": {name: value.to_dict() for name, value in self.values.items()},
            "notes": list(self.notes),
            "citation": self.citation,
            "patterns": None if self.patterns is None else self.patterns.values.tolist(),
            "platform": self.platform.to_dict(),
        }

    def __str__(self) -> str:
        return self.table()


def made_of(
    sourced: Sequence[Sourced],
    build: Builder,
    *,
    name: str,
    title: str,
    references: tuple[str, ...],
    notes: tuple[str, ...] = (),
    patterns: Patterns | None = None,
) -> Preset:
    """The preset whose platform `build` makes of the bare values: no number can stand in it without its source.

    Raises
    ------
    ArgumentError
        If a name comes twice, or the builder leaves a value unread.
    """
    values = {value.name: value for value in sourced}
    read: set[str] = set()
    platform = build(_Reader(values, read))
    unread = sorted(set(values) - read)
    if unread or len(values) < len(sourced):
        raise ArgumentError(
            f"Argument `sourced` of the preset {name} must name every value once, and hold none that nothing reads, "
            f"but names {', '.join(value.name for value in sourced)}; unread: {', '.join(unread) or 'none'}."
        )
    return Preset(name, title, platform, MappingProxyType(values), references, notes, patterns)


class _Reader(Mapping[str, Any]):
    """The bare values, which remembers what was read."""

    def __init__(self, values: Mapping[str, Sourced], read: set[str]) -> None:
        self._values, self._read = values, read

    def __getitem__(self, name: str) -> float | str:
        value = self._values[name].value
        self._read.add(name)
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)
