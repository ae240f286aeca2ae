"""Older schemas brought to the newest, one step after the other."""

from collections.abc import Callable, Mapping

import numpy as np
import xarray as xr

SCHEMA = 2
Groups = dict[str, xr.Dataset]
"""Stored datasets by place."""


def migrated(groups: Groups, schema: int) -> Groups:
    """`groups` of an older schema, as the newest has them."""
    for step in range(schema, SCHEMA):
        groups = MIGRATIONS[step](groups)
    return groups


def from_1(groups: Groups) -> Groups:
    """Schema 1 had xarray's fill values on all floats, and the versions only in the groups where numbers were made."""
    cleared = {place: _unmasked(dataset) for place, dataset in groups.items()}
    told = [dataset.attrs["versions"] for dataset in cleared.values() if "versions" in dataset.attrs]
    if told:
        cleared["/"].attrs.setdefault("versions", told[0])
    return cleared


def _unmasked(dataset: xr.Dataset) -> xr.Dataset:
    """Without the attribute that says that NaN is missing."""
    dataset = dataset.copy()
    for variable in dataset.variables.values():
        if np.isnan(variable.attrs.get("_FillValue", 0)):
            del variable.attrs["_FillValue"]
    return dataset


MIGRATIONS: Mapping[int, Callable[[Groups], Groups]] = {1: from_1}
"""What brings a schema to the next, by the older number."""
