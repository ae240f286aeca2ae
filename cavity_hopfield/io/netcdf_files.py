"""Results as NetCDF-4 files, which are HDF5: one file, a group for each node of the tree.

xarray writes them. They are read without it, as they were written: nothing is masked, scaled or taken for a date, and a
damaged file fails where it is damaged.
"""

import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
import xarray as xr
from xarray.backends import H5NetCDFStore

from cavity_hopfield._typing import Json

ENGINE: Literal["h5netcdf"] = "h5netcdf"
COORDINATES = "coordinates"
KIND = "dtype"
"""The attribute by which xarray tells truth values from whole numbers."""
OWN = frozenset({
    *("CLASS", "NAME", "REFERENCE_LIST", "DIMENSION_LIST", "_Netcdf4Dimid", "_Netcdf4Coordinates"),
    *("_NCProperties", "_nc3_strict"),
})  # fmt: skip
"""Attributes by which HDF5 and NetCDF keep house."""
BARE_DIMENSION = b"This is a netCDF dimension but not a netCDF variable"


def write_netcdf(groups: Mapping[str, xr.Dataset], path: Path) -> None:
    """Write stored datasets to a new file.

    It is made in memory, for HDF5 brings the process down after it meets a full disk half way.
    """
    import h5netcdf  # type: ignore[import-untyped]  # noqa: PLC0415

    whole = io.BytesIO()
    with h5netcdf.File(whole, "w") as file:
        for place, dataset in groups.items():
            unmasked = {name: {"_FillValue": None} for name in dataset.variables}
            dataset.dump_to_store(H5NetCDFStore(file, group=place, mode="a"), encoding=unmasked)
    path.write_bytes(whole.getbuffer())


def read_netcdf(path: Path) -> dict[str, xr.Dataset]:
    """The stored datasets of a file, in memory."""
    import h5py  # type: ignore[import-untyped]  # noqa: PLC0415

    with h5py.File(path, "r", track_order=True) as file:
        return dict(_datasets(file, "/"))


def _datasets(group: Any, place: str) -> Iterator[tuple[str, xr.Dataset]]:
    """The datasets of a group and of those in it, by place."""
    members = {name: group[name] for name in group}
    arrays = {name: one for name, one in members.items() if hasattr(one, "shape")}
    variables = {name: _variable(name, one) for name, one in arrays.items() if not _bare(one)}
    attributes = _attributes(group)
    told = [attributes, *(one.attrs for one in variables.values())]
    beside = {name for each in told for name in str(each.pop(COORDINATES, "")).split()}
    coordinates = {name: one for name, one in variables.items() if name in beside or one.dims == (name,)}
    data = {name: one for name, one in variables.items() if name not in coordinates}
    yield place, xr.Dataset(data, coordinates, attributes)
    for name, deeper in members.items():
        if name not in arrays:
            yield from _datasets(deeper, f"{place.rstrip('/')}/{name}")


def _bare(array: Any) -> bool:
    """Whether an array stands for a dimension alone."""
    return bytes(array.attrs.get("NAME", b"")).startswith(BARE_DIMENSION)


def _variable(name: str, array: Any) -> xr.Variable:
    attributes = _attributes(array)
    values = np.asarray(array.asstr()[()] if array.dtype.kind in "OS" else array[()])
    if attributes.pop(KIND, None) == "bool":
        values = values.astype(np.bool_)
    return xr.Variable(_dimensions(name, array), values, attributes)


def _dimensions(name: str, array: Any) -> tuple[str, ...]:
    if array.is_scale:
        return (name,)
    return tuple(str(one[0].name).rsplit("/", 1)[-1] for one in array.dims)


def _attributes(owner: Any) -> Json:
    return {name: _attribute(owner.attrs[name]) for name in owner.attrs if name not in OWN}


def _attribute(value: Any) -> Any:
    """A text, a number, or several of them."""
    if isinstance(value, bytes):
        return value.decode()
    if not isinstance(value, np.ndarray):
        return "" if hasattr(value, "shape") and value.shape is None else value
    several = [_attribute(one) for one in value.tolist()] if value.dtype.kind in "OS" else value
    return several[0] if len(several) == 1 else several
