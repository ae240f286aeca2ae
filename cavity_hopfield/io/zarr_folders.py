"""Results as Zarr folders: a folder for each group and for each array, descriptions in JSON.

Zarr format 2, for it holds texts: format 3 has no settled type for them yet. An array is one chunk, up to a size that
compressors take, so that a result has few files.
"""

import json
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

import numpy as np
import xarray as xr

from cavity_hopfield._typing import Json
from cavity_hopfield.io.stored_form import Array

FORMAT: Literal[2] = 2
DIMENSIONS = "_ARRAY_DIMENSIONS"
COORDINATES = "coordinates"
METADATA = ".zmetadata"
"""All descriptions in one file."""
DESCRIPTIONS = (".zgroup", ".zarray", ".zattrs")
LARGEST_CHUNK = 2**28
"""Bytes."""
LEVEL = 1


def write_zarr(groups: Mapping[str, xr.Dataset], path: Path) -> None:
    """Write stored datasets to a new folder."""
    zarr = _zarr()
    for place, dataset in groups.items():
        beside = sorted(str(name) for name in dataset.coords if name not in dataset.dims)
        attributes = dataset.attrs | ({COORDINATES: " ".join(beside)} if beside else {})
        group = zarr.open_group(path, path=place.strip("/"), mode="a", zarr_format=FORMAT)
        group.attrs.put(_lists(attributes))
        for name, variable in dataset.variables.items():
            _write_array(group, str(name), variable)
    _gather(path)


def read_zarr(path: Path) -> dict[str, xr.Dataset]:
    """The stored datasets of a folder, in memory."""
    root = _zarr().open_group(path, mode="r", zarr_format=FORMAT, use_consolidated=True)
    return dict(_datasets(root, "/"))


def _zarr() -> ModuleType:
    """The library, loaded only by those who use it, whatever it finds deprecated in those it loads itself."""
    with warnings.catch_warnings(record=True):
        import zarr  # noqa: PLC0415

    return zarr


def _write_array(group: Any, name: str, variable: xr.Variable) -> None:
    from numcodecs import Zstd  # type: ignore[import-untyped]  # noqa: PLC0415

    values = np.asarray(variable.values)
    array = group.create_array(
        name,
        shape=values.shape,
        dtype=values.dtype,
        chunks=_chunks(values),
        compressors=Zstd(level=LEVEL, checksum=True),
        fill_value=None,
        attributes={DIMENSIONS: list(variable.dims), **_lists(variable.attrs)},
        config={"write_empty_chunks": True},
    )
    array[...] = values


def _lists(attributes: Json) -> Json:
    """Stored attributes as JSON knows them, in alphabetical order: vectors as lists."""
    listed = {name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in attributes.items()}
    return dict(sorted(listed.items()))


def _gather(path: Path) -> None:
    """Write all descriptions in one file, in alphabetical order: they are then read at once."""
    found = sorted(part for kind in DESCRIPTIONS for part in path.rglob(kind))
    told = {part.relative_to(path).as_posix(): json.loads(part.read_bytes()) for part in found}
    (path / METADATA).write_text(json.dumps({"metadata": told, "zarr_consolidated_format": 1}, indent=1))


def _chunks(values: Array) -> tuple[int, ...]:
    """All of the array, or as much along its first axis as a chunk may be large; an empty one too has a chunk."""
    whole = [max(1, length) for length in values.shape]
    if values.nbytes > LARGEST_CHUNK:
        whole[0] = max(1, whole[0] * LARGEST_CHUNK // values.nbytes)
    return tuple(whole)


def _datasets(group: Any, place: str) -> Iterator[tuple[str, xr.Dataset]]:
    """The datasets of a group and of those in it, by place."""
    attributes = dict(group.attrs)
    beside = attributes.pop(COORDINATES, "").split()
    variables = {name: _variable(array) for name, array in group.arrays()}
    coordinates = {name: one for name, one in variables.items() if name in beside or one.dims == (name,)}
    data = {name: one for name, one in variables.items() if name not in coordinates}
    yield place, xr.Dataset(data, coordinates, attributes)
    for name, deeper in group.groups():
        yield from _datasets(deeper, f"{place.rstrip('/')}/{name}")


def _variable(array: Any) -> xr.Variable:
    attributes = dict(array.attrs)
    return xr.Variable(attributes.pop(DIMENSIONS), np.asarray(array[...]), attributes)
