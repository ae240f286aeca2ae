"""What a result holds, in plain values: for the reader of a file, and for programs."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from cavity_hopfield._typing import Json
from cavity_hopfield.exceptions import ResultFileError
from cavity_hopfield.io.files import FORMATS, read
from cavity_hopfield.io.models import Model, model_of
from cavity_hopfield.io.placing import present
from cavity_hopfield.model import MultimodeDicke
from cavity_hopfield.network import CountedHopfield, HopfieldLimit, OpenHopfield

SHOWN = 6
"""Labels of a coordinate that are told."""


def description(result: str | Path | xr.Dataset | xr.DataTree) -> Json:
    """What a result holds, as plain values for JSON: the file, what made it, and every group with its variables.

    Parameters
    ----------
    result : path, xarray.Dataset or xarray.DataTree
        A result file, or a result.

    Returns
    -------
    dict
        `file` (for a path), `title`, `command`, `versions`, `python`, `platform`, `certificate` and `sweep` where they
        are told, and `groups`: for each place in the tree its model, theory, dimensions, coordinates and variables.

    Raises
    ------
    ResultFileError
        If the file cannot be read, see `load`.

    Examples
    --------
    >>> from cavity_hopfield import MeanField
    >>> model = MultimodeDicke(g=[[0.5]], omega=1.0, loss=0.6, drive=0.02)
    >>> told = description(MeanField().evolve(model, [1], [0.0]))["groups"]["/"]
    >>> told["model"]["spins"], told["dimensions"]["time"], told["variables"]["photons"]["dimensions"]
    (1, 1, ['time', 'mode'])
    """
    if isinstance(result, (xr.Dataset, xr.DataTree)):
        return _tree_told(result if isinstance(result, xr.DataTree) else xr.DataTree(result))
    tree, schema = read(result)
    return {"file": _file_told(Path(result), schema), **_tree_told(tree)}


def _file_told(path: Path, schema: int) -> Json:
    place = present(path)
    within = [Path(folder) / name for folder, _, names in os.walk(place) for name in names]
    size = sum(part.stat().st_size for part in within or [place])
    return {"path": str(path), "format": FORMATS[path.suffix.lower()].name, "bytes": size, "schema": schema}


def _tree_told(tree: xr.DataTree) -> Json:
    names = ("title", "command", "versions", "python", "platform", "certificate")
    told = {name: tree.attrs[name] for name in names if name in tree.attrs}
    if "versions" in told:
        told["versions"] = _parsed(told["versions"])
    if "certificate" in told:
        told["certificate"] = _sentence(told["certificate"])
    if "sweep" in tree.attrs:
        told["sweep"] = _sweep_told(tree)
    top = len(tree.path.rstrip("/"))
    groups = {node.path[top:] or "/": _group_told(node.to_dataset(inherit=False)) for node in tree.subtree}
    groups["/"].pop("certificate", None)
    return {**told, "groups": {place: group for place, group in groups.items() if group}}


def _group_told(group: xr.Dataset) -> Json:
    """Nothing for a group that holds nothing of its own."""
    told: Json = {}
    if "model" in group.attrs:
        told["model"] = _model_told(group)
    if "theory" in group.attrs:
        told["theory"] = _parsed(group.attrs["theory"])
    if "certificate" in group.attrs:
        told["certificate"] = _sentence(group.attrs["certificate"])
    if group.variables:
        told["dimensions"] = {str(name): size for name, size in group.sizes.items()}
        told["coordinates"] = {str(name): _variable_told(one.variable, ends=True) for name, one in group.coords.items()}
        told["variables"] = {str(name): _variable_told(one.variable) for name, one in group.data_vars.items()}
    return told


def _variable_told(variable: xr.Variable, *, ends: bool = False) -> Json:
    told = {"dimensions": [str(name) for name in variable.dims], "type": str(variable.dtype)}
    told |= {name: str(variable.attrs[name]) for name in ("units", "long_name") if name in variable.attrs}
    if not ends or variable.ndim > 1:
        return told
    values = np.atleast_1d(variable.values).tolist()
    if variable.dtype.kind == "U" and len(values) > SHOWN:
        values = [*values[: SHOWN - 1], "...", values[-1]]
    elif variable.dtype.kind != "U" and len(values) > 2:
        values = [values[0], "...", values[-1]]
    return told | {"values": [None if isinstance(one, float) and not np.isfinite(one) else one for one in values]}


def _model_told(group: xr.Dataset) -> Json:
    try:
        model = model_of(group)
    except ResultFileError as error:
        return {"damaged": str(error)}
    return {"kind": type(model).__name__, **_sizes(model)}


def _sizes(model: Model) -> Json:
    if isinstance(model, MultimodeDicke):
        stored = model.stored
        sizes: Json = {"spins": model.n_spins, "modes": model.n_modes}
    else:
        stored = model.patterns
        sizes = {} if isinstance(model, HopfieldLimit) else {"spins": model.n_spins}
        sizes |= {"classes": model.n_classes} if isinstance(model, CountedHopfield) else {}
    if stored is not None:
        sizes |= {"patterns": len(stored.names), "names": list(stored.names)}
    elif isinstance(model, HopfieldLimit):
        sizes |= {"patterns": model.n_patterns}
    if isinstance(model, (OpenHopfield, CountedHopfield, HopfieldLimit)):
        sizes["rates"] = type(model.rate_law).__name__
    return sizes


def _sweep_told(tree: xr.DataTree) -> Json:
    """The axes of a sweep, and how many of its points are in each state."""
    job = _parsed(tree.attrs["sweep"])
    grid = job.get("grid", []) if isinstance(job, Mapping) else []
    told: Json = {"axes": [axis.get("parameter") for axis in grid if isinstance(axis, Mapping)]}
    if isinstance(job, Mapping) and job.get("seed") is not None:
        told["seed"] = job["seed"]
    if "status" in tree.variables:
        status = tree["status"]
        meanings = str(status.attrs.get("flag_meanings", "")).split()
        flags = np.atleast_1d(status.attrs.get("flag_values", []))
        told |= {"points": int(status.size)}
        told |= {name: int((status.values == flag).sum()) for name, flag in zip(meanings, flags, strict=False)}
    return told


def _sentence(text: Any) -> str:
    certificate = _parsed(text)
    return str(certificate.get("sentence", text) if isinstance(certificate, Mapping) else text)


def _parsed(text: Any) -> Any:
    """JSON where it is, the text itself where not."""
    try:
        return json.loads(text)
    except (TypeError, ValueError):
        return text
