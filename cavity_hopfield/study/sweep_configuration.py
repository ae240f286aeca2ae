"""The configuration file of a sweep: a study of its own, what to compute at each point, and the axes of the grid."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, Discriminator, Field, Tag, ValidationError, model_validator

from cavity_hopfield.exceptions import ConfigurationError
from cavity_hopfield.study.configuration import NotNegative, Positive, Seed, Study
from cavity_hopfield.study.documents import Table, read_document

REPLICA = "replica"
"""The axis of repetitions: each has random numbers of its own, and nothing else."""


SWEPT = ("memory", "cavity", "recall", "mean_field", "network")
"""The tables whose keys may be axes."""


class Range(Table):
    """Evenly spaced numbers, or evenly spaced logarithms of them."""

    start: float
    stop: float
    count: Annotated[int, Field(ge=1, le=1_000_000)]
    spacing: Literal["linear", "logarithmic"] = "linear"

    @model_validator(mode="after")
    def _logarithms_exist(self) -> "Range":
        if self.spacing == "logarithmic" and not self.start * self.stop > 0:
            raise ValueError("has logarithmic spacing, but start and stop are not both above 0")
        return self

    def values(self) -> list[float]:
        """The numbers, ends included."""
        between = np.linspace if self.spacing == "linear" else np.geomspace
        return [float(value) for value in between(self.start, self.stop, self.count)]


class ManySpins(Table):
    """The thermal network of many spins whose phase the job "phase" tells: see `phase_diagram`."""

    patterns: Annotated[int, Field(ge=1, le=4)] = 1
    temperature: Positive = 0.3
    drive: NotNegative = 0.0
    starts: Annotated[int, Field(ge=1)] = 8
    seed: Seed = 0


class Points(Table):
    """What is computed at each point of the grid; with a seed, each has random numbers of its own."""

    job: Literal["rates", "recall", "coherent_recall", "phase"] = "rates"
    seed: Seed | None = None


def _kind(axis: object) -> str:
    """Which way of giving an axis this is."""
    return "count" if isinstance(axis, int) else "range" if isinstance(axis, (dict, Range)) else "values"


Axis = Annotated[
    Annotated[int, Field(ge=1), Tag("count")]
    | Annotated[Range, Tag("range")]
    | Annotated[list[bool | int | float | str], Field(min_length=1), Tag("values")],
    Discriminator(_kind),
]
"""The values of an axis: a list, a range, or for `replica` a count."""
Grid = dict[str, Axis]
BUILT_IN_GRID: Grid = {
    "cavity.g": Range(start=0.08, stop=0.2, count=7),
    "cavity.loss": Range(start=0.1, stop=1.0, count=10, spacing="logarithmic"),
}


class SweepStudy(Study):
    """The whole configuration of a sweep. Called without arguments it is the built-in example; `read_sweep` reads it
    from a file.

    Examples
    --------
    >>> SweepStudy().sweep.job, sorted(SweepStudy().axes())
    ('rates', ['cavity.g', 'cavity.loss'])
    """

    title: str = "Closest thermal dynamics over coupling and loss"
    network: ManySpins = ManySpins()
    sweep: Points = Points()
    grid: Annotated[Grid, Field(min_length=1)] = Field(default_factory=lambda: dict(BUILT_IN_GRID))

    @model_validator(mode="after")
    def _axes_are_known(self) -> "SweepStudy":
        known = [f"{table}.{key}" for table in SWEPT for key in type(getattr(self, table)).model_fields]
        for name, axis in self.grid.items():
            if name == REPLICA:
                if not isinstance(axis, int):
                    raise ValueError(f"has {axis!r} for {REPLICA}, where a count is needed")
            elif name not in known:
                last = name.rsplit(".", maxsplit=1)[-1]
                near = [key for key in known if key.endswith(f".{last}")] or known
                raise ValueError(
                    f"has the axis {name}, which is no key of this file; use {', '.join(near)} or {REPLICA}"
                )
            elif isinstance(axis, int):
                raise ValueError(f"has {axis} for {name}, where a list or a table of start, stop, count is needed")
        return self

    def axes(self) -> dict[str, list[Any] | int]:
        """The values of every axis, by name; a count for `replica`."""
        return {name: axis.values() if isinstance(axis, Range) else axis for name, axis in self.grid.items()}

    def changed(self, values: Mapping[str, Any]) -> "SweepStudy":
        """The same study with other values at dotted keys, such as `{"cavity.loss": 0.2}`.

        Raises
        ------
        ConfigurationError
            If a value is not one that the key may have.
        """
        told = {name: getattr(self, name) for name in type(self).model_fields}
        for name, value in values.items():
            table, key = name.split(".")
            told[table] = _with(told[table], key, value)
        try:
            return type(self).model_validate(told, context=self._source)
        except ValidationError as error:
            first = error.errors()[0]
            name = ".".join(str(part) for part in first["loc"])
            place = "" if self._source is None else f"{self._source.place(('grid',))}: "
            raise ConfigurationError(
                f"{place}[grid] `{name}` = {first['input']!r}: {first['msg'].lower()}. Leave this value out."
            ) from error


def _with(table: BaseModel | Mapping[str, Any], key: str, value: Any) -> dict[str, Any]:
    """The values that a table was given, one of them replaced."""
    given = table.model_dump(exclude_unset=True) if isinstance(table, BaseModel) else dict(table)
    return {**given, key: value}


def read_sweep(path: str | Path) -> SweepStudy:
    """The sweep that the TOML file at `path` describes.

    Parameters
    ----------
    path : str or Path
        The file; `examples/sweep.toml` explains its keys.

    Returns
    -------
    SweepStudy
        What it says, with the values of the built-in example where it says nothing.

    Raises
    ------
    ConfigurationError
        As by `read_study`.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     written = Path(folder, "sweep.toml").write_text('grid = {"cavity.g" = [0.1, 0.2]}')
    ...     read_sweep(Path(folder, "sweep.toml")).axes()
    {'cavity.g': [0.1, 0.2]}
    """
    return read_document(path, SweepStudy)
