"""A dataset as plain arrays, for its way from a worker and for its file, and what of it must be the same everywhere."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from cavity_hopfield._typing import Json
from cavity_hopfield.dynamics.checkpoint import Block
from cavity_hopfield.exceptions import ArgumentError

TOLD = "told"
"""In a block: everything but the arrays, as JSON in UTF-8."""


@dataclass(frozen=True, eq=False)
class Packed:
    """The result of a point.

    Attributes
    ----------
    variables, coordinates
        Dimensions, values and attributes by name.
    attrs
        Attributes of the whole.
    left
        Attributes that cannot be kept.
    warnings
        What was warned of.
    """

    variables: dict[str, xr.Variable]
    coordinates: dict[str, xr.Variable]
    attrs: Json
    left: tuple[str, ...]
    warnings: tuple[str, ...]


def packed(dataset: xr.Dataset, warnings: list[str]) -> Block:
    """A dataset and the warnings on its way, as arrays by name."""
    if any(len(dataset.xindexes[name].to_pandas_index().names) > 1 for name in dataset.xindexes):
        raise ArgumentError("The point gives an index of several levels. Drop it: `dataset.reset_index(name)`.")
    block: Block = {}
    told: Json = {"warnings": warnings}
    lost: list[str] = []
    for group, held in (("variables", dataset.data_vars), ("coordinates", dataset.coords)):
        told[group] = []
        for name, array in held.items():
            key = f"{group[0]}{len(told[group])}"
            block[key] = array.values
            told[group].append([name, list(array.dims), _kept(array.attrs, lost, f"{name}.")])
    told["attrs"], told["left"] = _kept(dataset.attrs, lost, ""), lost
    block[TOLD] = np.frombuffer(json.dumps(told).encode(), dtype=np.uint8)
    return block


def unpacked(block: Block) -> Packed:
    """What `packed` was given."""
    told = json.loads(block[TOLD].tobytes())
    found = {
        group: {
            name: xr.Variable(dims, block[f"{group[0]}{k}"], {key: _given(value) for key, value in attrs.items()})
            for k, (name, dims, attrs) in enumerate(told[group])
        }
        for group in ("variables", "coordinates")
    }
    attrs = {key: _given(value) for key, value in told["attrs"].items()}
    return Packed(found["variables"], found["coordinates"], attrs, tuple(told["left"]), tuple(told["warnings"]))


def _kept(attrs: Mapping[Any, Any], lost: list[str], owner: str) -> Json:
    """The attributes that a file can hold, in JSON; the names of others are added to `lost`."""
    kept: Json = {}
    for name, value in attrs.items():
        if isinstance(value, (np.generic, np.ndarray)) and value.dtype.kind in "biufU" and value.dtype.itemsize <= 8:
            value = value.item() if value.ndim == 0 else value  # noqa: PLW2901 - a number is a number
        elif isinstance(value, np.str_):
            value = str(value)  # noqa: PLW2901
        if isinstance(value, np.ndarray) and value.ndim == 1 and value.dtype.kind in "biufU":
            kept[str(name)] = {"dtype": value.dtype.str, "values": value.tolist()}
        elif isinstance(value, (list, tuple)) and value and len({type(v) for v in value} & {int, float, str}) == 1:
            kept[str(name)] = {"values": list(value)}
        elif type(value) in {bool, int, float, str}:
            kept[str(name)] = value
        else:
            lost.append(f"{owner}{name}")
    return kept


def _given(value: Any) -> Any:
    if isinstance(value, dict):
        return np.array(value["values"], dtype=value["dtype"]) if "dtype" in value else value["values"]
    return value


def structure(point: Packed) -> Json:
    """What must be the same at every point: names, dimensions, sizes, kinds, and coordinates along own dimensions.

    Coordinates that are one value are not, for they may become a coordinate of the grid.
    """
    told: Json = {}
    for group, held in (("variable", point.variables), ("coordinate", point.coordinates)):
        for name, variable in held.items():
            values = variable.values
            kind = "text" if values.dtype.kind == "U" else str(values.dtype)
            told[f"{group} {name}"] = entry = {"dimensions": list(variable.dims), "kind": kind}
            if group == "variable" or variable.ndim:
                entry["sizes"] = list(variable.shape)
            if group == "coordinate" and variable.ndim:
                entry["values"] = _digest(values)
    return told


def _digest(values: npt.NDArray[Any]) -> str:
    """A hash of values; of texts, whatever room they have."""
    if values.dtype.kind == "U":
        return hashlib.sha256(json.dumps(values.tolist()).encode()).hexdigest()
    return hashlib.sha256(np.ascontiguousarray(values).tobytes()).hexdigest()


def misfit(structured: Json, wanted: Json) -> str:
    """In words, how a structure differs from the one that is wanted."""
    for name in wanted:
        if name not in structured:
            return f"This point gives no {name}, which other points give. Return it at every point."
    for name, entry in structured.items():
        if name not in wanted:
            return f"This point gives the {name}, which other points do not give. Return it at every point."
        for part, value in entry.items():
            if value != wanted[name][part]:
                if part == "values":
                    return (
                        f"The {name} has other values at this point than at others. Return the same at every point, or "
                        "make it a variable along a dimension without coordinate."
                    )
                return (
                    f"The {name} has {part} {value} at this point, but {wanted[name][part]} at others. Return the same "
                    f"at every point{', such as `float(...)`' if part == 'kind' else ''}."
                )
    return ""
