"""What a point gives, as a dataset without the dimensions that the grid has."""

from collections.abc import Mapping
from numbers import Number
from typing import Any

import numpy as np
import xarray as xr

from cavity_hopfield._typing import Json
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.sweep.grid import RESERVED

VALUE = "value"
"""The variable of a function that returns a number."""
KINDS = {"b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f4", "f8", "c8", "c16"}
"""Kinds of numbers that every file holds."""


def as_dataset(result: Any, labels: Json) -> xr.Dataset:
    """The result of a point as a dataset of its own dimensions.

    Parameters
    ----------
    result
        A number, text or bool; a mapping of names to such, to data arrays or to (dims, values); a data array with a
        name; a dataset.
    labels
        The label of the point on each dimension of the grid: a dimension of length one that is named and labelled so is
        that of the grid.

    Raises
    ------
    ArgumentError
        If it is something else, or a name stands for something of the sweep.
    """
    dataset = _without_axes(_dataset(result), labels)
    for name in (*dataset.variables, *dataset.dims):
        if name in labels or name in RESERVED:
            raise ArgumentError(
                f"The point gives {name!r}, which is {'an axis' if name in labels else 'a variable'} of the sweep. "
                "Rename it."
            )
    return dataset.assign({name: plain(name, variable) for name, variable in dataset.variables.items()})


def _dataset(result: Any) -> xr.Dataset:
    if isinstance(result, xr.DataTree):
        raise ArgumentError(
            "The point gives a tree of datasets. Return one of them, such as `tree['kinetic'].dataset`."
        )
    if isinstance(result, xr.Dataset):
        return result
    if isinstance(result, xr.DataArray):
        if result.name is None:
            raise ArgumentError("The point gives a data array without a name. Name it: `array.rename('overlap')`.")
        return result.to_dataset(promote_attrs=False)
    if isinstance(result, Mapping):
        if not all(isinstance(name, str) for name in result):
            raise ArgumentError(f"The point gives a mapping whose keys are no texts: {list(result)}.")
        parts = [_variable(name, value) for name, value in result.items()]
        try:
            return xr.merge(parts, join="exact", compat="equals", combine_attrs="drop")
        except (ValueError, xr.MergeError) as error:
            raise ArgumentError(f"The point gives variables that do not fit to each other: {error}") from error
    return _variable(VALUE, result)


def _variable(name: str, value: Any) -> xr.Dataset:
    """One variable of a mapping."""
    if isinstance(value, xr.DataArray):
        return value.rename(name).to_dataset(promote_attrs=False)
    if isinstance(value, (Number, str, bool, np.generic)) or (isinstance(value, np.ndarray) and value.ndim == 0):
        return xr.Dataset({name: ((), value)})
    if isinstance(value, (xr.Variable, tuple)):
        try:
            return xr.Dataset({name: value})
        except (ValueError, TypeError) as error:
            raise ArgumentError(f"The point gives {name!r}, which is no (dims, values): {error}") from error
    kind = f"an array of shape {value.shape}" if isinstance(value, np.ndarray) else type(value).__name__
    raise ArgumentError(
        f"The point gives {name!r} as {kind}. Return a number, a mapping of names to numbers or to (dims, values) such "
        'as {"overlap": ("pattern", array)}, a data array with a name, or a dataset.'
    )


def _without_axes(dataset: xr.Dataset, labels: Json) -> xr.Dataset:
    """The dataset without dimensions of length one, and without scalar coordinates, that are those of the grid."""
    for name, label in labels.items():
        if name in dataset.dims:
            if dataset.sizes[name] != 1 or name not in dataset.coords or dataset[name].values[0] != label:
                raise ArgumentError(
                    f"The point gives a dimension {name!r}, which is an axis of the sweep, but not with its value "
                    f"{label!r} alone. Rename it, or select that value."
                )
            dataset = dataset.isel({name: 0}, drop=True)
        elif name in dataset.coords and dataset[name].ndim == 0:
            if dataset[name].item() != label:
                raise ArgumentError(
                    f"The point gives a coordinate {name!r} of {dataset[name].item()!r}, which is an axis of the sweep "
                    f"with the value {label!r} there. Rename or drop it."
                )
            dataset = dataset.drop_vars(name)
    return dataset


def plain(name: Any, variable: xr.Variable) -> xr.Variable:
    """The variable with values of a kind that every file holds."""
    if not isinstance(name, str):
        raise ArgumentError(f"The point gives a variable named {name!r}. Names are texts.")
    values = np.asarray(variable.values)
    if values.dtype.kind == "O" and all(isinstance(entry, str) for entry in values.flat):
        values = values.astype(np.str_)
    if values.dtype.kind == "T":
        values = values.astype(np.str_)
    kind = f"{values.dtype.kind}{values.dtype.itemsize}"
    if values.dtype.kind != "U" and kind not in KINDS:
        raise ArgumentError(
            f"The point gives {name!r} with values of {values.dtype}. Return numbers, bools or texts, such as "
            "`values.astype(float)`."
        )
    values = np.ascontiguousarray(values, values.dtype.newbyteorder("=")).reshape(values.shape)
    return xr.Variable(variable.dims, values, variable.attrs)
