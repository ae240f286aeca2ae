"""The labelled grid of a sweep: its axes, its points by number, and a seed for each that no other grid changes."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from math import isnan, prod
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from cavity_hopfield._checks import whole_number
from cavity_hopfield._typing import Json
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.sweep.identity import described

REPLICA = "replica"
RESERVED = ("status", "seed", "failure", "warning")
"""Variables of every sweep."""
LONGEST_LABEL = 60
SEED_BITS = 63


@dataclass(frozen=True, eq=False)
class Axis:
    """One axis: what it sets, its dimension, its labels, and each value in JSON.

    Attributes
    ----------
    parameter
        The keyword or dotted path that it sets.
    name
        The dimension.
    labels
        The coordinate.
    told
        The values in JSON.
    attrs
        Attributes of the coordinate.
    """

    parameter: str
    name: str
    labels: npt.NDArray[Any]
    told: tuple[Any, ...]
    attrs: Json

    def describe(self) -> Json:
        """In JSON; `from_description` makes an equal axis."""
        told: Json = {"parameter": self.parameter, "name": self.name, "labels": self.labels.tolist()}
        if list(self.told) != told["labels"]:
            told["values"] = list(self.told)
        return told | ({"attrs": self.attrs} if self.attrs else {})

    @classmethod
    def from_description(cls, told: Json) -> "Axis":
        """The axis that `describe` told."""
        labels: list[Any] = told["labels"]
        values: list[Any] = told.get("values", labels)
        return cls(told["parameter"], told["name"], np.array(labels), tuple(values), told.get("attrs", {}))

    def coordinate(self) -> xr.Variable:
        """The labels as a coordinate that remembers what it sets."""
        return xr.Variable((self.name,), self.labels, {**self.attrs, "parameter": self.parameter})


@dataclass(frozen=True, eq=False)
class Axes:
    """All axes; points are numbered along them, the last one fastest."""

    axes: tuple[Axis, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """The number of values of each axis."""
        return tuple(len(axis.told) for axis in self.axes)

    @property
    def size(self) -> int:
        """The number of points."""
        return prod(self.shape)

    @property
    def names(self) -> tuple[str, ...]:
        """The dimensions."""
        return tuple(axis.name for axis in self.axes)

    def places(self, number: int) -> tuple[int, ...]:
        """The place of a point on each axis."""
        return tuple(int(place) for place in np.unravel_index(number, self.shape))

    def labels(self, number: int) -> Json:
        """The label of a point on each dimension."""
        return {axis.name: axis.labels[k].item() for axis, k in zip(self.axes, self.places(number), strict=True)}

    def in_words(self, number: int) -> str:
        """A point for a message."""
        return ", ".join(f"{name} = {label}" for name, label in self.labels(number).items())

    def seed(self, seed: int, number: int) -> int:
        """The seed of a point: the same in every grid that holds the same values of the same parameters."""
        keys = {axis.parameter: key_of(axis.told[k]) for axis, k in zip(self.axes, self.places(number), strict=True)}
        return derived_seed(seed, keys)

    def describe(self) -> list[Json]:
        """In JSON."""
        return [axis.describe() for axis in self.axes]


@dataclass(frozen=True, eq=False)
class Grid:
    """The axes with the values that are handed to the work."""

    axes: Axes
    values: tuple[Sequence[Any], ...]

    @classmethod
    def of(cls, grid: Mapping[str, Any]) -> "Grid":
        """The grid that the user gave."""
        if not isinstance(grid, Mapping) or not grid:
            raise ArgumentError(
                'Argument `grid` must map each axis to its values, such as {"drive": [0.1, 0.2]}, but is '
                f"{grid if grid == {} else type(grid).__name__!r}."
            )
        names = _dimensions(list(grid))
        pairs = [_axis(parameter, names[parameter], grid[parameter]) for parameter in grid]
        return cls(Axes(tuple(axis for axis, _ in pairs)), tuple(values for _, values in pairs))

    def point(self, number: int) -> Json:
        """What is set at a point: parameters and values, replicas left out."""
        places = self.axes.places(number)
        return {
            axis.parameter: values[k]
            for axis, values, k in zip(self.axes.axes, self.values, places, strict=True)
            if axis.parameter != REPLICA
        }

    def parameters(self) -> dict[str, Sequence[Any]]:
        """The values of each parameter, replicas left out."""
        pairs = zip(self.axes.axes, self.values, strict=True)
        return {axis.parameter: values for axis, values in pairs if axis.parameter != REPLICA}


def derived_seed(seed: int, keys: Mapping[str, str]) -> int:
    """A whole number of 63 bits that depends on `seed` and on the keys of a point, in no order."""
    digest = hashlib.sha256(json.dumps(sorted(keys.items())).encode()).digest()
    words = np.frombuffer(digest, dtype="<u4").tolist()
    drawn = np.random.SeedSequence(seed, spawn_key=words).generate_state(1, np.uint64)
    return int(drawn[0]) >> (64 - SEED_BITS)


def key_of(told: Any) -> str:
    """A text that tells a value, given in JSON, from every other: equal numbers are one value, true is no number."""
    if isinstance(told, (int, float)) and not isinstance(told, bool):
        if isinstance(told, float) or abs(told) <= 2**53:
            return f"number {(float(told) + 0.0).hex()}"
        return f"number {told}"
    return json.dumps(told, sort_keys=True)


def _dimensions(parameters: list[Any]) -> dict[str, str]:
    """The last part of each dotted path if no other has the same, else the whole with underscores."""
    for parameter in parameters:
        if not isinstance(parameter, str) or not all(part.isidentifier() for part in parameter.split(".")):
            raise ArgumentError(
                "Argument `grid` must have names of parameters as keys, such as "
                f"'drive' or 'model.drive', but has {parameter!r}."
            )
    last = [parameter.rpartition(".")[2] for parameter in parameters]
    names = {
        parameter: end if last.count(end) == 1 else parameter.replace(".", "_")
        for parameter, end in zip(parameters, last, strict=True)
    }
    taken = list(names.values())
    for parameter, name in names.items():
        if taken.count(name) > 1 or name in RESERVED[:1] + RESERVED[2:]:
            raise ArgumentError(
                f"Argument `grid` must give every axis a name of its own, but `{parameter}` would be the dimension "
                f"{name!r}, which stands for something else too. Rename it."
            )
    return names


def _axis(parameter: str, name: str, given: Any) -> tuple[Axis, list[Any]]:
    """One axis of the grid, checked."""
    attrs = _attributes(given) if isinstance(given, (xr.DataArray, xr.Variable)) else {}
    labels: list[Any] | None = None
    if isinstance(given, Mapping):
        labels, values = list(given), list(given.values())
        if not all(isinstance(label, str) for label in labels):
            raise ArgumentError(f"Argument `grid` must label the values of `{parameter}` by texts, but has {labels}.")
    else:
        values = _values(parameter, given)
    if not values:
        raise ArgumentError(f"Argument `grid` must have values on every axis, but `{parameter}` has none.")
    if parameter == REPLICA:
        values = [whole_number("grid['replica']", value, minimum=0) for value in values]
    values = _of_one_kind(parameter, values)
    told = tuple(described(value, parameter) for value in values)
    _all_different(parameter, [key_of(value) for value in told], values)
    coordinate = _coordinate(parameter, values, labels)
    _all_different(parameter, coordinate.tolist(), values)
    return Axis(parameter, name, coordinate, told, attrs), values


def _attributes(given: Any) -> Json:
    """Name and unit of an axis, and what else is plain."""
    return {name: value for name, value in given.attrs.items() if isinstance(value, (str, int, float, bool))}


def _values(parameter: str, given: Any) -> list[Any]:
    if parameter == REPLICA and isinstance(given, (int, np.integer)):
        given = range(whole_number("grid['replica']", int(given), minimum=1))
    if isinstance(given, (str, bytes)) or not isinstance(given, (Sequence, np.ndarray, xr.DataArray, xr.Variable)):
        given = np.asarray(given, dtype=object) if hasattr(given, "__array__") else given
        if not isinstance(given, np.ndarray) or given.ndim == 0:
            raise ArgumentError(
                f"Argument `grid` must have a list or array of values for `{parameter}`, but has {given!r}. Write "
                "[value], or bind what is the same at all points with functools.partial."
            )
    if isinstance(given, Sequence):
        return [value.item() if isinstance(value, np.generic) else value for value in given]
    array = np.asarray(given)
    if array.ndim != 1:
        raise ArgumentError(
            f"Argument `grid` must have one dimension of values for `{parameter}`, but has shape {array.shape}. An "
            'axis of arrays is a mapping of labels to them, such as {"first": array}.'
        )
    return list(array.tolist())


def _of_one_kind(parameter: str, values: list[Any]) -> list[Any]:
    """Whole numbers among others become such; an axis of other kinds is one of objects."""
    if {type(value) for value in values} == {int, float}:
        values = [float(value) for value in values]
    for value in values:
        if isinstance(value, float) and isnan(value):
            raise ArgumentError(f"Argument `grid` must not hold a NaN, but `{parameter}` does. Remove it.")
        if isinstance(value, (complex, bytes)):
            raise ArgumentError(
                f"Argument `grid` must hold real numbers, texts, bools or objects, but `{parameter}` holds {value!r}. "
                "Make two axes of the parts of a complex number."
            )
    return values


def _coordinate(parameter: str, values: list[Any], labels: list[str] | None) -> npt.NDArray[Any]:
    """The values themselves if they are of one plain kind, else short texts."""
    kinds = {type(value) for value in values}
    if labels is None and len(kinds) == 1 and kinds <= {int, float, bool, str}:
        try:
            return np.array(values, dtype=np.int64 if kinds == {int} else None)
        except OverflowError as error:
            raise ArgumentError(
                f"Argument `grid` must hold whole numbers of 64 bits, but `{parameter}` holds larger ones."
            ) from error
    return np.array(list(_labels(parameter, values)) if labels is None else labels)


def _labels(parameter: str, values: list[Any]) -> Iterator[str]:
    """A short text for each object: a dataclass by its name and the fields in which it differs from others."""
    for value in values:
        named = getattr(value, "__name__", None)
        if isinstance(named, str):
            text = named
        elif is_dataclass(value):
            alike = [other for other in values if type(other) is type(value)]
            differing = [f.name for f in fields(value) if len({repr(getattr(other, f.name)) for other in alike}) > 1]
            told = ", ".join(f"{name}={getattr(value, name)!r}" for name in differing)
            text = f"{type(value).__name__}({told})" if told else type(value).__name__
        else:
            text = str(value)
        if len(text) > LONGEST_LABEL or "\n" in text or " object at 0x" in text:
            raise ArgumentError(
                f"Argument `grid` must label the objects of `{parameter}`, for a {type(value).__name__} has no short "
                'text. Give a mapping of labels to them, such as {"first": object}.'
            )
        yield text


def _all_different(parameter: str, keys: list[Any], values: list[Any]) -> None:
    seen: dict[Any, int] = {}
    for k, key in enumerate(keys):
        if key in seen:
            raise ArgumentError(
                f"Argument `grid` must have different values on every axis, but `{parameter}` has {values[k]!r} at "
                f"{seen[key]} and at {k}. Remove one, or give a mapping of labels to objects that look alike."
            )
        seen[key] = k
