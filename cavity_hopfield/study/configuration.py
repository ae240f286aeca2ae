"""The configuration file of the main job, validated to the last key.

The default values are the built-in example; `examples/letters.toml` spells them out.
"""

import re
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError, model_validator
from pydantic_core import ErrorDetails

from cavity_hopfield.exceptions import ArgumentError, ConfigurationError

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Fraction = Annotated[float, Field(ge=0, le=1)]
Seed = Annotated[int, Field(ge=0)]
PerMode = Positive | Annotated[list[Positive], Field(min_length=1)]
GainPerMode = NotNegative | Annotated[list[NotNegative], Field(min_length=1)]


class Table(BaseModel):
    """A table of the file: unknown keys and wrong types are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class RandomMemory(Table):
    """Random patterns: how many, of how many spins, from which seed; with a mean overlap, or a bias."""

    patterns: Annotated[int, Field(ge=1)]
    spins: Annotated[int, Field(ge=1)]
    seed: Seed
    correlation: Annotated[float, Field(ge=0, lt=1)] = 0.0
    bias: Annotated[float, Field(gt=-1, lt=1)] = 0.0

    @model_validator(mode="after")
    def _bias_or_correlation(self) -> "RandomMemory":
        if self.correlation > 0 and self.bias != 0:
            raise ValueError("has both correlation and bias; remove one")
        return self


class Memory(Table):
    """What is stored: letters, or image files, or a file of numbers, or random patterns."""

    letters: str | None = None
    images: list[str] | None = None
    image_size: Annotated[list[Annotated[int, Field(ge=1)]], Field(min_length=2, max_length=2)] | None = None
    threshold: Annotated[float, Field(gt=0, lt=1)] = 0.5
    ink: Literal["dark", "light"] = "dark"
    file: str | None = None
    names: list[str] | None = None
    shape: Annotated[list[Annotated[int, Field(ge=1)]], Field(min_length=2, max_length=2)] | None = None
    random: RandomMemory | None = None

    @model_validator(mode="after")
    def _one_source(self) -> "Memory":
        sources = [name for name in ("letters", "images", "file", "random") if getattr(self, name) is not None]
        if len(sources) != 1:
            found = " and ".join(sources) if sources else "none of them"
            raise ValueError(f"needs exactly one of letters, images, file, random, but has {found}")
        for source, keys in (("images", {"image_size", "threshold", "ink"}), ("file", {"names", "shape"})):
            unused = keys & self.model_fields_set
            if unused and getattr(self, source) is None:
                raise ValueError(f"has {', '.join(sorted(unused))}, which only {source} use; remove it")
        return self


class Cavity(Table):
    """The platform, in units of one frequency: see `MultimodeDicke.from_patterns`."""

    g: PerMode = 0.12
    omega: PerMode = 1.0
    loss: PerMode = 0.3
    gain: GainPerMode = 0.01
    drive: Positive = 2.5e-4
    scaling: Literal["extensive", "intensive"] = "extensive"
    disorder: NotNegative = 0.05
    seed: Seed = 3


class Recall(Table):
    """A pattern (the first if none is named), corrupted, left to the platform's flips."""

    pattern: str | None = None
    flips: Fraction = 0.2
    seed: Seed = 1
    duration: Positive = 1e9
    points: Annotated[int, Field(ge=2, le=1_000_000)] = 201
    runs: Annotated[int, Field(ge=1, le=10_000_000)] = 200


class CoherentRecall(Table):
    """The same start at mean field, with a drive of its own and an ensemble of atoms for each spin."""

    duration: Positive = 4000.0
    points: Annotated[int, Field(ge=2, le=1_000_000)] = 201
    drive: Positive = 0.2
    atoms_per_spin: Annotated[float, Field(ge=1, allow_inf_nan=False)] = 1e4


@dataclass(frozen=True)
class Source:
    """The file a study was read from, for telling places in it."""

    path: Path
    text: str

    def place(self, keys: tuple[str, ...]) -> str:
        """The file, and the line on which the table or key `keys` stands, or else the nearest table around it."""
        best, depth = 0, 0
        table: tuple[str, ...] = ()
        for number, line in enumerate(self.text.splitlines(), start=1):
            content = line.split("#", 1)[0].strip()
            if content.startswith("["):
                here = table = tuple(part.strip() for part in content.strip("[] ").split("."))
            elif "=" in content:
                here = (*table, *(part.strip() for part in content.split("=", 1)[0].split(".")))
            else:
                continue
            if here == keys[: len(here)] and len(here) > depth:
                best, depth = number, len(here)
        return f"{self.path}, line {best}" if best else str(self.path)


class Study(Table):
    """The whole configuration. Called without arguments it is the built-in example."""

    title: str = "Three letters in a cavity"
    memory: Memory = Memory(letters="EVX")
    cavity: Cavity = Cavity()
    recall: Recall = Recall()
    mean_field: CoherentRecall = CoherentRecall()
    _source: Source | None = PrivateAttr(default=None)

    def model_post_init(self, context: object) -> None:
        """Remember the file that `read_study` hands over."""
        self._source = context if isinstance(context, Source) else None

    @property
    def folder(self) -> Path:
        """Where the files that the study names are looked up: beside the configuration file."""
        return Path() if self._source is None else self._source.path.parent

    @contextmanager
    def blaming(self, table: str) -> Iterator[None]:
        """Turn an `ArgumentError` that the values of `table` cause into a `ConfigurationError` with their place."""
        try:
            yield
        except ArgumentError as error:
            named = re.match(r"Argument `(\w+)`", str(error))
            key = self._key_of(table, named.group(1) if named else "")
            place = "" if self._source is None else f"{self._source.place((table, key))}: "
            raise ConfigurationError(f"{place}[{table}] {error}") from error

    def _key_of(self, table: str, argument: str) -> str:
        """The key of `table` that holds `argument`."""
        used: set[str] = getattr(self, table).model_fields_set
        if argument in used or not used & {"images", "file", "letters", "random"}:
            return argument
        return next(iter(sorted(used & {"images", "file", "letters", "random"})))


def read_study(path: str | Path) -> Study:
    """The study that the TOML file at `path` describes.

    Raises
    ------
    ConfigurationError
        If the file is not there, is not TOML, or has an unknown key, a wrong type or a value out of range. The text
        is one line with the place in the file and the remedy.
    """
    file = Path(path)
    try:
        text = file.read_text(encoding="utf-8-sig")
        data = tomllib.loads(text)
    except OSError as error:
        raise ConfigurationError(f"{file}: cannot be read ({error.strerror}). Give the path of a TOML file.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{file}: is not TOML: {error}.") from error
    source = Source(file, text)
    try:
        return Study.model_validate(data, context=source)
    except ValidationError as error:
        raise ConfigurationError(_one_line(source, error.errors()[0])) from error


def _one_line(source: Source, error: ErrorDetails) -> str:
    """The first error of a validation, as place, wish and what came."""
    keys, known = _keys(error["loc"])
    place, name = source.place(keys), ".".join(keys)
    if error["type"] == "extra_forbidden":
        return f"{place}: `{name}` is not a key. The keys here are {', '.join(known)}."
    wish = error["msg"].removeprefix("Value error, ")
    wish = wish[0].lower() + wish[1:]
    came = "" if isinstance(error["input"], dict) else f", but is {error['input']!r}"
    return f"{place}: `{name}` {wish.removeprefix('input ')}{came}."


def _keys(location: tuple[int | str, ...]) -> tuple[tuple[str, ...], list[str]]:
    """The part of a validation error's location that stands in the file, and the keys known where it ends."""
    keys: list[str] = []
    table: type[BaseModel] | None = Study
    known: list[str] = []
    for part in location:
        if table is None or not isinstance(part, str):
            break
        keys.append(part)
        known = list(table.model_fields)
        field = table.model_fields.get(part)
        options = () if field is None else (field.annotation, *getattr(field.annotation, "__args__", ()))
        table = next((kind for kind in options if isinstance(kind, type) and issubclass(kind, BaseModel)), None)
    return tuple(keys), known
