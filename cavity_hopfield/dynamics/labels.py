"""Labelled results of what is no evolution: every variable with its unit, every dataset with what made it."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from cavity_hopfield._typing import Json
from cavity_hopfield.dynamics.results import Describable, versions

RATE, TIME = "unit of the rates", "1 / unit of the rates"
"""Units of drives, eigenvalues and velocities, and of periods: a network's rate law sets them."""
Dims = str | tuple[str, ...]


def labelled(dims: Dims, values: Any, text: str, units: str = "1", **more: Any) -> xr.Variable:
    """A variable with its name in words and its unit."""
    return xr.Variable(dims, np.asarray(values), {"long_name": text, "units": units, **more})


def analysis_result(
    name: str,
    variables: Mapping[str, xr.Variable],
    coordinates: Mapping[str, Any],
    options: Json,
    *,
    model: Describable | None = None,
    details: Json | None = None,
) -> xr.Dataset:
    """A dataset with its provenance: the analysis by name with its options, versions, and the model if there is one.

    Parameters
    ----------
    name
        The function that made it.
    variables, coordinates
        What the dataset holds.
    options
        What was asked for, the seed included; with `name` the attribute `theory`, as JSON.
    model
        The model, where there is one; the attribute `model`, as JSON.
    details
        Further attributes.
    """
    attributes = {} if model is None else {"model": model.to_json()}
    attributes |= {"theory": json.dumps({"name": name, **options}), "versions": json.dumps(versions())}
    return xr.Dataset(dict(variables), dict(coordinates), {**attributes, **(details or {})})
