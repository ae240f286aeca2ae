"""Configuration files (TOML), validated to the last key, with errors that name the place in the file."""

import re
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, PrivateAttr, ValidationError
from pydantic_core import ErrorDetails

from cavity_hopfield.exceptions import ArgumentError, ConfigurationError


class Table(BaseModel):
    """A table of the file: unknown keys and wrong types are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


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
                here = table = _keys_of(content.strip("[] "))
            elif "=" in content:
                here = (*table, *_keys_of(content.split("=", 1)[0]))
            else:
                continue
            if here == keys[: len(here)] and len(here) > depth:
                best, depth = number, len(here)
        return f"{self.path}, line {best}" if best else str(self.path)


def _keys_of(text: str) -> tuple[str, ...]:
    """The parts of a dotted key; a quoted one is whole."""
    quoted = text.strip()
    if quoted[:1] in {'"', "'"}:
        return (quoted.strip("\"'"),)
    return tuple(part.strip() for part in text.split("."))


class Document(Table):
    """A whole configuration file."""

    title: str = ""
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
        """Turn an `ArgumentError` that the values of `table`, or of the table that it names, cause into a
        `ConfigurationError` with their place.
        """
        try:
            yield
        except ArgumentError as error:
            keys = self._blamed(table, str(error))
            place = "" if self._source is None else f"{self._source.place(keys)}: "
            raise ConfigurationError(f"{place}[{keys[0]}] {error}") from error

    def _blamed(self, table: str, text: str) -> tuple[str, ...]:
        """The table and key that an error speaks of: the argument it names, or else a key of the table in its text."""
        named = re.match(r"Argument `(\w+)`", text)
        argument = named.group(1) if named else ""
        if argument in self._used(table):
            return table, argument
        for name in type(self).model_fields:
            if argument in self._known(name) - self._known(table):
                return name, argument
        about = argument if argument in type(self).model_fields else table
        spoken = [key for key in self._used(about) if re.search(rf"(?<!\w){re.escape(key)}(?!\w)", text)]
        if spoken:
            return about, max(spoken, key=len)
        return (about,) if about != table else (table, self._key_of(table, argument))

    def _used(self, table: str) -> set[str]:
        """The keys of a table that the file gives."""
        values = getattr(self, table)
        return set(values.model_fields_set) if isinstance(values, BaseModel) else set(values)

    def _known(self, name: str) -> set[str]:
        """The keys that a table of the document may have."""
        values = getattr(self, name)
        return set(type(values).model_fields) if isinstance(values, BaseModel) else set()

    def _key_of(self, table: str, argument: str) -> str:
        """The key of `table` that holds `argument`."""
        used = self._used(table)
        if argument in used or not used & {"images", "file", "letters", "random"}:
            return argument
        return next(iter(sorted(used & {"images", "file", "letters", "random"})))


D = TypeVar("D", bound=Document)


def read_document(path: str | Path, kind: type[D]) -> D:
    """What the TOML file at `path` describes, a document of `kind`.

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
        return kind.model_validate(data, context=source)
    except ValidationError as error:
        raise ConfigurationError(_one_line(kind, source, error.errors()[0])) from error


def _one_line(kind: type[Document], source: Source, error: ErrorDetails) -> str:
    """The first error of a validation, as place, wish and what came."""
    keys, known = _keys(kind, error["loc"])
    place, name = source.place(keys), ".".join(keys)
    if error["type"] == "extra_forbidden":
        return f"{place}: `{name}` is not a key. The keys here are {', '.join(known)}."
    wish = error["msg"].removeprefix("Value error, ")
    wish = wish[0].lower() + wish[1:]
    came = "" if isinstance(error["input"], dict) else f", but is {error['input']!r}"
    return f"{place}: `{name}` {wish.removeprefix('input ')}{came}."


def _keys(kind: type[Document], location: tuple[int | str, ...]) -> tuple[tuple[str, ...], list[str]]:
    """The part of a validation error's location that stands in the file, and the keys known where it ends."""
    keys: list[str] = []
    table: type[BaseModel] | None = kind
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
