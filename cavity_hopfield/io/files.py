"""NetCDF files of results: written whole or not at all, and read back to an equal model."""

import json
import tempfile
from pathlib import Path
from typing import Literal

import numpy as np
import xarray as xr

from cavity_hopfield.exceptions import ArgumentError, ResultFileError
from cavity_hopfield.model import MultimodeDicke
from cavity_hopfield.network import CountedHopfield, HopfieldLimit, OpenHopfield

SCHEMA = 1
ENGINE: Literal["h5netcdf"] = "h5netcdf"


def save(result: xr.Dataset | xr.DataTree, path: str | Path) -> Path:
    """Write `result` to a NetCDF file, replacing an older one only when the new one is complete.

    Parameters
    ----------
    result : xarray.Dataset or xarray.DataTree
        What a theory or a study returned.
    path : path
        Where to write; the folder must exist.

    Returns
    -------
    pathlib.Path
        The file written.

    Raises
    ------
    ResultFileError
        If the folder is not there or cannot be written to. An older file stays as it was.
    """
    target = Path(path)
    if not target.parent.is_dir():
        raise ResultFileError(f"Cannot write {target}: the folder {target.parent} is not there. Make it first.")
    marked = result.copy()
    marked.attrs["schema"] = SCHEMA
    try:
        with tempfile.TemporaryDirectory(dir=target.parent) as folder:
            draft = Path(folder) / target.name
            marked.to_netcdf(draft, engine=ENGINE)
            draft.replace(target)
    except (OSError, TypeError, ValueError) as error:
        raise ResultFileError(f"Cannot write {target}: {error}") from error
    return target


def load(path: str | Path) -> xr.DataTree:
    """Read a result file into memory.

    Parameters
    ----------
    path : path
        A file that `save` wrote.

    Returns
    -------
    xarray.DataTree
        A single dataset is the root of the tree: `load(path).dataset`.

    Raises
    ------
    ResultFileError
        If the file is not there, is no result file, or was written by a newer version.
    """
    source = Path(path)
    if not source.is_file():
        raise ResultFileError(f"Cannot read {source}: there is no such file.")
    try:
        with xr.open_datatree(source, engine=ENGINE) as tree:
            loaded = tree.load()
    except (OSError, ValueError, RuntimeError, KeyError) as error:
        raise ResultFileError(f"Cannot read {source}: it is not a NetCDF file ({error}).") from error
    schema = loaded.attrs.get("schema")
    if schema is None:
        raise ResultFileError(f"Cannot read {source}: it was not written by this package.")
    if not isinstance(schema, (int, np.integer)) or schema > SCHEMA:
        raise ResultFileError(
            f"Cannot read {source}: it has schema {schema}, this version knows up to {SCHEMA}. Upgrade."
        )
    return loaded


def model_of(result: xr.Dataset | xr.DataTree) -> MultimodeDicke | OpenHopfield | CountedHopfield | HopfieldLimit:
    """The model a result was made from, rebuilt from its attributes, equal to the original to the last bit.

    Raises
    ------
    ResultFileError
        If the result carries no model.

    Examples
    --------
    >>> from cavity_hopfield import MeanField
    >>> model = MultimodeDicke(g=[[0.5]], omega=1.0, loss=0.6, drive=0.02)
    >>> model_of(MeanField().evolve(model, [1], [0.0])).to_json() == model.to_json()
    True
    """
    if "model" not in result.attrs:
        raise ResultFileError("This result carries no model in its attribute `model`; look one group deeper.")
    try:
        data = json.loads(result.attrs["model"])
    except json.JSONDecodeError as error:
        raise ResultFileError(f"The attribute `model` of this result is not JSON: {error}.") from error
    kinds: dict[str, type[MultimodeDicke | OpenHopfield | CountedHopfield | HopfieldLimit]] = {
        "MultimodeDicke": MultimodeDicke,
        "OpenHopfield": OpenHopfield,
        "CountedHopfield": CountedHopfield,
        "HopfieldLimit": HopfieldLimit,
    }
    kind = data.get("model") if isinstance(data, dict) else None
    if kind not in kinds:
        raise ResultFileError(
            f"The attribute `model` of this result must describe one of {list(kinds)}, but has {kind!r}."
        )
    try:
        return kinds[kind].from_dict(data)
    except ArgumentError as error:
        raise ResultFileError(f"The attribute `model` of this result is damaged: {error}") from error
