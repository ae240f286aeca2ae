"""Attributes of the points of a sweep: what is the same is kept, numbers that differ become variables."""

import json
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from cavity_hopfield._typing import Json
from cavity_hopfield.io.provenance import ADDED
from cavity_hopfield.sweep.grid import RESERVED, Axes
from cavity_hopfield.sweep.packing import Packed
from cavity_hopfield.sweep.spreading import shared, spread

CERTIFICATE = "certificate"
CERTIFIED = {
    "verdict": "whether rates can be trusted",
    "regime": "simplest reduced description that holds",
    "error_band": "expected relative error of the rates",
    "collective_ratio": "largest ratio of flip rate to dephasing, of collective flips",
    "drive_ratio": "2 drive over the slowest pole of the light",
    "largest_safe_drive": "drive below which rates are good",
    "sentence": "the certificate in words",
}
"""Entries of a certificate that become variables."""
OURS = {"sweep", "left_out", *ADDED}
"""Attributes that a sweep, or its file, sets itself."""


@dataclass(frozen=True)
class Attributes:
    """What became of the attributes of all points.

    Attributes
    ----------
    kept
        Those that are the same.
    variables
        Those that are numbers and differ, and what certificates say.
    left
        The names of the others.
    """

    kept: Json
    variables: dict[str, xr.Variable]
    left: set[str]

    @classmethod
    def of(cls, axes: Axes, points: Mapping[int, Packed], taken: AbstractSet[str]) -> "Attributes":
        """Sort the attributes of `points`; names in `taken` stand for variables already."""
        if not points:
            return cls({}, {}, set())
        kept, different = shared([point.attrs for point in points.values()])
        variables: dict[str, xr.Variable] = {}
        for name in _in_order(points):
            values = {number: point.attrs[name] for number, point in points.items() if name in point.attrs}
            made: dict[str, Any] = {}
            if len(values) == len(points) and name == CERTIFICATE:
                made = _certified(values)
            elif len(values) == len(points) and name in different and name not in RESERVED:
                made = {name: (values, f"attribute `{name}` of each point")} if _numbers(values.values()) else {}
            for key, (entries, text) in made.items():
                if key not in taken:
                    variables[key] = spread(axes, _arrays(entries), {"long_name": text})
        left = {name for name in different if name not in {*variables, *OURS, "seed"}}
        left |= {name for point in points.values() for name in point.left}
        if any(name.startswith(CERTIFICATE) for name in variables):
            left.discard(CERTIFICATE)
        return cls({name: value for name, value in kept.items() if name not in OURS}, variables, left)


def _in_order(points: Mapping[int, Packed]) -> list[str]:
    """The names of all attributes, as they first come."""
    return list(dict.fromkeys(name for point in points.values() for name in point.attrs))


def _numbers(values: Any) -> bool:
    """Whether all are numbers, or all are bools."""
    kinds = {type(value) for value in values}
    return kinds <= {int, float} or kinds == {bool}


def _arrays(values: Mapping[int, Any]) -> dict[int, xr.Variable]:
    """Plain values as arrays of one kind."""
    common = np.array(list(values.values())).dtype
    return {number: xr.Variable((), np.array(value, dtype=common)) for number, value in values.items()}


def _certified(values: Mapping[int, Any]) -> dict[str, Any]:
    """The entries of certificates that all of them have; infinite and undefined numbers are None there."""
    try:
        told = {number: json.loads(value) for number, value in values.items()}
    except (ValueError, TypeError):
        return {}
    if not all(isinstance(entry, dict) for entry in told.values()):
        return {}
    made: dict[str, Any] = {}
    for key, text in CERTIFIED.items():
        entries = {number: entry[key] for number, entry in told.items() if key in entry}
        texts = all(isinstance(value, str) for value in entries.values())
        if len(entries) == len(told) and texts:
            made[f"{CERTIFICATE}_{key}"] = (entries, text)
        elif len(entries) == len(told) and _numbers(value for value in entries.values() if value is not None):
            numbers = {number: float("nan") if value is None else float(value) for number, value in entries.items()}
            made[f"{CERTIFICATE}_{key}"] = (numbers, text)
    return made
