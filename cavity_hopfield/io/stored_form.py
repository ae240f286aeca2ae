"""Datasets in the form that files hold: plain arrays with names, the same for every format."""

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from cavity_hopfield._typing import Json
from cavity_hopfield.exceptions import ResultFileError
from cavity_hopfield.io.attributes import loaded_attributes, plain_attributes, stored_attributes, writable

PARTS = "complex_part"
"""The dimension of length two, last of a complex variable in a file: its real and its imaginary part."""
COMPLEX = "complex_values"
"""The attribute of such a variable in a file; its value is the name of that dimension."""
TYPES = frozenset("?bhilqBHILQfdFD")
"""Type codes of arrays that every format holds, beside texts."""
Array = npt.NDArray[Any]


def plain_dataset(dataset: xr.Dataset, place: str = "/") -> xr.Dataset:
    """`dataset` as it comes back from a file: arrays in memory, native byte order, texts no wider than they need.

    Raises
    ------
    ResultFileError
        If it holds what no file does; the text names the variable and the remedy.
    """
    _require_names(dataset)
    variables = {name: _plain_variable(str(name), values) for name, values in dataset.variables.items()}
    return _assembled(variables, dataset, plain_attributes(dataset.attrs, f"the group {place}"))


def stored_dataset(plain: xr.Dataset, place: str = "/") -> xr.Dataset:
    """A plain dataset as it is written: complex values in two parts, attributes that every format holds."""
    variables = {name: _stored_variable(str(name), values) for name, values in plain.variables.items()}
    return _assembled(variables, plain, stored_attributes(plain.attrs, f"the group {place}"))


def loaded_dataset(stored: xr.Dataset, place: str) -> xr.Dataset:
    """The plain dataset that `stored_dataset` had, as any reader of the formats gives it."""
    variables = {name: _loaded_variable(str(name), values) for name, values in stored.variables.items()}
    return plain_dataset(_assembled(variables, stored, loaded_attributes(stored.attrs, f"the group {place}")), place)


def _assembled(variables: Mapping[Hashable, xr.Variable], like: xr.Dataset, attributes: Json) -> xr.Dataset:
    """A dataset of `variables`, with coordinates where `like` has them."""
    data = {name: values for name, values in variables.items() if name not in like.coords}
    return xr.Dataset(data, {name: variables[name] for name in like.coords}, attributes)


def _require_names(dataset: xr.Dataset) -> None:
    for name in (*dataset.variables, *dataset.dims):
        if not isinstance(name, str) or not name.isprintable() or not name.strip(".") or "/" in name:
            raise ResultFileError(f"{name!r} cannot be a name in a file: it must be a text without `/`. Rename it.")
    for name in dataset.coords:
        if " " in str(name):
            raise ResultFileError(f"The coordinate {name!r} cannot have a space in its name in a file. Rename it.")
    for name, index in dataset.indexes.items():
        if index.nlevels > 1:
            raise ResultFileError(f"The coordinate `{name}` has several levels, which no file holds: `reset_index`.")


def _plain_variable(name: str, variable: xr.Variable) -> xr.Variable:
    owner = f"the variable `{name}`"
    attributes = plain_attributes(variable.attrs, owner)
    values = _plain_array(np.asarray(variable.values), owner)
    if values.dtype.kind == "c" and variable.dims == (name,):
        raise ResultFileError(f"The coordinate `{name}` is complex, which no file holds. Number it instead.")
    if "flag_values" in attributes:
        attributes["flag_values"] = np.atleast_1d(attributes["flag_values"]).astype(values.dtype)
    return xr.Variable(variable.dims, values, attributes)


def _plain_array(values: Array, owner: str) -> Array:
    if values.dtype.kind in "OTU" and all(isinstance(each, str) for each in values.ravel().tolist()):
        return _texts(values, owner)
    if values.dtype.char not in TYPES:
        raise ResultFileError(
            f"Values of {owner} are of type {values.dtype}, which not every format holds. Give numbers, truth values "
            "or texts; times as numbers, with their unit in the attribute `units`."
        )
    return np.asarray(values, values.dtype.newbyteorder("="), order="C")


def _texts(values: Array, owner: str) -> Array:
    """Texts as an array of their largest length, or of one where all are empty."""
    if not all(writable(each) for each in values.ravel().tolist()):
        raise ResultFileError(f"A text of {owner} holds a character that no file does, such as NUL. Remove it.")
    return np.asarray(values.tolist(), np.str_).reshape(values.shape)


def _stored_variable(name: str, variable: xr.Variable) -> xr.Variable:
    attributes = stored_attributes(variable.attrs, f"the variable `{name}`")
    if variable.dtype.kind != "c":
        return xr.Variable(variable.dims, variable.values, attributes)
    pairs = np.stack([variable.values.real, variable.values.imag], axis=-1)
    return xr.Variable((*variable.dims, PARTS), pairs, {**attributes, COMPLEX: PARTS})


def _loaded_variable(name: str, variable: xr.Variable) -> xr.Variable:
    found = dict(variable.attrs)
    parts = found.pop(COMPLEX, None)
    attributes = loaded_attributes(found, f"the variable `{name}`")
    values = variable.values
    if parts is None:
        return xr.Variable(variable.dims, values, attributes)
    joined = np.ascontiguousarray(values).view(np.result_type(values.dtype, np.complex64))[..., 0]
    return xr.Variable(variable.dims[:-1], joined, attributes)
