"""All points of a sweep as one dataset, the same whatever the order in which they came."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr

from cavity_hopfield._typing import Json
from cavity_hopfield.sweep.attributes import Attributes
from cavity_hopfield.sweep.grid import Axes
from cavity_hopfield.sweep.packing import Packed, misfit, structure
from cavity_hopfield.sweep.spreading import shared, spread

MISSING, DONE, FAILED = 0, 1, 2
STATUS = {
    "long_name": "whether a point was done",
    "flag_values": np.array([MISSING, DONE, FAILED], dtype=np.int8),
    "flag_meanings": "missing done failed",
}


@dataclass(frozen=True)
class Assembled:
    """A dataset, and the points that do not fit into it.

    Attributes
    ----------
    dataset
        All that was done.
    misfits
        Points whose result has another structure than most, with what differs.
    """

    dataset: xr.Dataset
    misfits: dict[int, str]


def assemble(
    axes: Axes, job: Json, points: Mapping[int, Packed], failures: Mapping[int, str], seed: int | None
) -> Assembled:
    """The dataset of a sweep.

    Parameters
    ----------
    axes
        The grid.
    job
        The sweep in JSON, for the attribute `sweep`.
    points
        What was done, by number.
    failures
        The tracebacks of what failed, by number.
    seed
        That of the sweep.

    Returns
    -------
    Assembled
        Every variable over the axes of the grid, then its own dimensions. The structure is that of most points, of the
        first one where there are as many of another.
    """
    misfits = misfits_among(points)
    fitting = {number: points[number] for number in sorted(points) if number not in misfits}
    data, coordinates, left = _variables(axes, fitting)
    coordinates |= {axis.name: axis.coordinate() for axis in axes.axes}
    attributes = Attributes.of(axes, fitting, taken={*data, *coordinates})
    told = _told(axes, fitting, {**failures, **misfits}, seed)
    attrs = {**attributes.kept, "sweep": json.dumps(job), "versions": json.dumps(job["versions"])}
    names = sorted(left | attributes.left)
    return Assembled(
        xr.Dataset(
            told | data | attributes.variables,
            coordinates,
            attrs | ({"left_out": ", ".join(names)} if names else {}),
        ),
        misfits,
    )


def misfits_among(points: Mapping[int, Packed]) -> dict[int, str]:
    """The points whose structure is not that of most, and what is wrong with each."""
    found = {number: json.dumps(structure(points[number]), sort_keys=True) for number in sorted(points)}
    counted = Counter(found.values())
    if len(counted) < 2:
        return {}
    # of equally many, the one that comes first in the grid
    chosen = max(counted, key=counted.__getitem__)
    told = {text: misfit(json.loads(text), json.loads(chosen)) for text in counted if text != chosen}
    return {number: told[text] for number, text in found.items() if text != chosen}


def _told(
    axes: Axes, points: Mapping[int, Packed], lost: Mapping[int, str], seed: int | None
) -> dict[str, xr.Variable]:
    """What a sweep tells of each point."""
    status = np.full(axes.size, MISSING, dtype=np.int8)
    status[list(lost)] = FAILED
    status[list(points)] = DONE
    told = {"status": xr.Variable(axes.names, status.reshape(axes.shape), STATUS)}
    if seed is not None:
        seeds = np.array([axes.seed(seed, number) for number in range(axes.size)], dtype=np.int64)
        told["seed"] = xr.Variable(axes.names, seeds.reshape(axes.shape), {"long_name": "seed of each point"})
    warned = {number: "\n".join(point.warnings) for number, point in points.items() if point.warnings}
    for name, texts, what in (
        ("failure", lost, "traceback of each point that failed"),
        ("warning", warned, "warnings at each point"),
    ):
        if texts:
            given = np.array([texts.get(number, "") for number in range(axes.size)])
            told[name] = xr.Variable(axes.names, given.reshape(axes.shape), {"long_name": what})
    return told


def _variables(
    axes: Axes, points: Mapping[int, Packed]
) -> tuple[dict[str, xr.Variable], dict[str, xr.Variable], set[str]]:
    """Variables and coordinates, and the names of their attributes that differ."""
    data: dict[str, xr.Variable] = {}
    coordinates: dict[str, xr.Variable] = {}
    left: set[str] = set()
    first = next(iter(points.values()), None)
    if first is None:
        return data, coordinates, left
    for group, made in (("variables", data), ("coordinates", coordinates)):
        for name, variable in getattr(first, group).items():
            found = {number: getattr(point, group)[name] for number, point in points.items()}
            attrs, different = shared([one.attrs for one in found.values()])
            left |= {f"{name}.{key}" for key in different}
            same_everywhere = all(np.array_equal(one.values, variable.values) for one in found.values())
            if group == "coordinates" and (variable.ndim or same_everywhere):
                made[name] = xr.Variable(variable.dims, variable.values, attrs)
            else:
                made[name] = spread(axes, found, attrs)
    return data, coordinates, left
