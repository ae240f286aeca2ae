"""What every point has of its own, laid out over the grid."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from cavity_hopfield._typing import Json
from cavity_hopfield.sweep.grid import Axes

FILL = "value_where_not_done"
"""Attribute of a variable without NaN: what stands where `status` is not 1."""


def spread(axes: Axes, found: Mapping[int, xr.Variable], attrs: Json) -> xr.Variable:
    """The variables of some points as one over the grid, its own dimensions last."""
    first = next(iter(found.values()))
    kind = first.dtype
    if kind.kind == "U":
        kind = np.dtype(f"<U{max(1, *(variable.dtype.itemsize // 4 for variable in found.values()))}")
    empty = fill_of(kind)
    values = np.full((axes.size, *first.shape), empty, dtype=kind)
    for number, variable in found.items():
        values[number] = variable.values
    told = {} if len(found) == axes.size or kind.kind in "fc" else {FILL: empty.item()}
    return xr.Variable((*axes.names, *first.dims), values.reshape((*axes.shape, *first.shape)), {**attrs, **told})


def fill_of(kind: np.dtype[Any]) -> npt.NDArray[Any]:
    """What stands where nothing was done: NaN, the smallest whole number (the largest of unsigned ones), False, ""."""
    if kind.kind in "fc":
        return np.array(complex(np.nan, np.nan) if kind.kind == "c" else np.nan, dtype=kind)
    if kind.kind in "iu":
        limits = np.iinfo(kind)
        return np.array(limits.min if kind.kind == "i" else limits.max, dtype=kind)
    return np.array(False if kind.kind == "b" else "", dtype=kind)


def same(one: Any, other: Any) -> bool:
    """Whether two attributes are the same, to the kind; not-a-number is itself."""
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        return bool(one.dtype == other.dtype and one.tolist() == other.tolist())
    if type(one) is not type(other) or isinstance(one, np.ndarray):
        return False
    return json.dumps(one) == json.dumps(other)


def shared(held: list[Json]) -> tuple[Json, set[str]]:
    """The attributes that are the same in all mappings, and the names of the others."""
    common = {key: value for key, value in held[0].items() if all(key in one and same(value, one[key]) for one in held)}
    return common, {key for one in held for key in one if key not in common}
