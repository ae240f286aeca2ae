"""Files of results: written whole or not at all, and read back to equal results."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import xarray as xr

from cavity_hopfield.exceptions import ArgumentError, ResultFileError
from cavity_hopfield.io.migrations import SCHEMA, migrated
from cavity_hopfield.io.netcdf_files import read_netcdf, write_netcdf
from cavity_hopfield.io.placing import placed, present
from cavity_hopfield.io.provenance import DIGEST, digest, provenance
from cavity_hopfield.io.stored_form import loaded_dataset, plain_dataset, stored_dataset
from cavity_hopfield.io.zarr_folders import read_zarr, write_zarr

RESTORE = "Take a copy, or make it again."


class Format(NamedTuple):
    """How files of one suffix are written and read."""

    name: str
    write: Callable[[Mapping[str, xr.Dataset], Path], None]
    read: Callable[[Path], dict[str, xr.Dataset]]
    in_folder: bool


FORMATS = {
    ".nc": Format("a NetCDF file", write_netcdf, read_netcdf, in_folder=False),
    ".zarr": Format("a Zarr folder", write_zarr, read_zarr, in_folder=True),
}


def save(result: xr.Dataset | xr.DataTree, path: str | Path) -> Path:
    """Write `result` to a file, replacing an older one only when the new one is complete.

    The root tells the schema, the command, the versions and the machine that made it (see docs/files.md). The same
    result written by the same command with the same versions has the same bytes.

    Parameters
    ----------
    result : xarray.Dataset or xarray.DataTree
        What a theory or a study returned.
    path : path
        Where to write: `.nc` for one NetCDF file, `.zarr` for a Zarr folder. The folder around it must exist.

    Returns
    -------
    pathlib.Path
        The file written.

    Raises
    ------
    ResultFileError
        If the suffix is another, the place cannot be written, something else stands there, or the result holds what
        no file does. An older file stays as it was.

    Examples
    --------
    >>> import tempfile
    >>> from cavity_hopfield import MeanField, MultimodeDicke
    >>> result = MeanField().evolve(MultimodeDicke(g=[[0.5]], omega=1.0, loss=0.6, drive=0.02), [1], [0.0])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     again = load(save(result, f"{folder}/one_spin.zarr"))
    >>> again.dataset.equals(result), again.attrs["schema"]
    (True, 2)
    """
    target = Path(path)
    if not isinstance(result, (xr.Dataset, xr.DataTree)):
        raise ArgumentError(f"Argument `result` must be a Dataset or a DataTree, but is a {type(result).__name__}.")
    try:
        form = _form(target)
        _require_place(target, form)
        groups = _plain_groups(result)
        groups["/"].attrs.update({"schema": SCHEMA, **provenance(groups["/"].attrs)})
        groups["/"].attrs[DIGEST] = digest(groups)
        with placed(target) as draft:
            form.write({place: stored_dataset(dataset, place) for place, dataset in groups.items()}, draft)
    except ResultFileError as error:
        raise ResultFileError(f"Cannot write {target}: {_lowered(str(error))}") from error
    except Exception as error:
        raise ResultFileError(f"Cannot write {target}: {_reason(error)}. What was there is as it was.") from error
    return target


def load(path: str | Path) -> xr.DataTree:
    """Read a result file into memory, whatever its format and schema.

    Parameters
    ----------
    path : path
        A file or folder that `save` wrote.

    Returns
    -------
    xarray.DataTree
        A single dataset is the root of the tree: `load(path).dataset`.

    Raises
    ------
    ResultFileError
        If the file is not there, is no result file, is damaged, or was written by a newer version.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = save(xr.Dataset({"overlap": 0.5}), f"{folder}/number.nc")
    ...     load(path)["overlap"].item()
    0.5
    """
    return read(path)[0]


def read(path: str | Path) -> tuple[xr.DataTree, int]:
    """What `load` gives, and the schema that the file has."""
    source = Path(path)
    try:
        form = _form(source)
        place = present(source)
        _require_there(place, source, form)
        return _restored(form.read(place))
    except ResultFileError as error:
        raise ResultFileError(f"Cannot read {source}: {_lowered(str(error))}") from error
    except PermissionError as error:
        raise ResultFileError(f"Cannot read {source}: {_reason(error)}. Ask for the right to read it.") from error
    except Exception as error:  # damaged files raise what they like
        raise ResultFileError(
            f"Cannot read {source}: it is not {form.name}, or is damaged ({_reason(error)}). {RESTORE}"
        ) from error


def _form(path: Path) -> Format:
    if path.suffix.lower() not in FORMATS:
        raise ResultFileError(
            f"The suffix must be {' or '.join(FORMATS)}, but is {path.suffix!r}. Name it {path.stem}.nc, say."
        )
    return FORMATS[path.suffix.lower()]


def _require_place(target: Path, form: Format) -> None:
    """A folder around the target, and nothing in its place but an older result."""
    if not target.parent.is_dir():
        raise ResultFileError(f"The folder {target.parent} is not there. Make it first.")
    if not target.exists():
        return
    if target.is_dir() != form.in_folder or (form.in_folder and not _is_zarr(target) and any(target.iterdir())):
        raise ResultFileError(f"What is there is not {form.name}, and is not replaced. Choose another name.")


def _is_zarr(folder: Path) -> bool:
    return any((folder / name).exists() for name in (".zgroup", "zarr.json"))


def _require_there(place: Path, source: Path, form: Format) -> None:
    """Something of the right sort at the place of `source`."""
    if not place.exists():
        journal = source.with_name(f"{source.name}.points")
        unfinished = f" Its sweep is not finished: `sweep_so_far({str(source)!r})` gives what is there."
        raise ResultFileError(f"There is no such file.{unfinished if journal.is_dir() else ''}")
    if place.is_dir() != form.in_folder:
        found = "folder" if place.is_dir() else "file"
        raise ResultFileError(f"It is a {found}, not {form.name}. Give it the suffix it had.")


def _plain_groups(result: xr.Dataset | xr.DataTree) -> dict[str, xr.Dataset]:
    """Plain datasets by place in the tree."""
    if isinstance(result, xr.Dataset):
        return {"/": plain_dataset(result)}
    top = len(result.path.rstrip("/"))
    places = {node.path[top:] or "/": node for node in result.subtree}
    return {place: plain_dataset(node.to_dataset(inherit=place == "/"), place) for place, node in places.items()}


def _restored(stored: dict[str, xr.Dataset]) -> tuple[xr.DataTree, int]:
    """The tree of stored datasets of any schema, once it is known to be whole, and that schema."""
    schema = stored["/"].attrs.get("schema")
    if schema is None:
        raise ResultFileError("It was not written by this package. Open it with xarray.")
    if not isinstance(schema, (int, np.integer)) or not 1 <= schema <= SCHEMA:
        raise ResultFileError(f"It has schema {schema}, this version knows up to {SCHEMA}. Upgrade.")
    groups = {place: loaded_dataset(each, place) for place, each in migrated(stored, int(schema)).items()}
    if schema > 1 and groups["/"].attrs.pop(DIGEST, None) != digest(groups):
        raise ResultFileError(
            "It is damaged, or was changed by another program, for what it holds is not what its attribute "
            f"`{DIGEST}` tells. {RESTORE} xarray opens it as it is."
        )
    groups["/"].attrs["schema"] = SCHEMA
    return xr.DataTree.from_dict(groups), int(schema)


def _lowered(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


def _reason(error: Exception) -> str:
    """What an error of the system or of a library says, on one line."""
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return " ".join(text.split()).rstrip(".") or type(error).__name__
