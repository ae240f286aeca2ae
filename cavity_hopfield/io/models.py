"""The models that results were made from, rebuilt from their attributes."""

import json

import xarray as xr

from cavity_hopfield.exceptions import ArgumentError, ResultFileError
from cavity_hopfield.model import MultimodeDicke
from cavity_hopfield.network import CountedHopfield, HopfieldLimit, OpenHopfield

Model = MultimodeDicke | OpenHopfield | CountedHopfield | HopfieldLimit
KINDS: dict[str, type[Model]] = {
    "MultimodeDicke": MultimodeDicke,
    "OpenHopfield": OpenHopfield,
    "CountedHopfield": CountedHopfield,
    "HopfieldLimit": HopfieldLimit,
}


def model_of(result: xr.Dataset | xr.DataTree) -> MultimodeDicke | OpenHopfield | CountedHopfield | HopfieldLimit:
    """The model a result was made from, rebuilt from its attributes, equal to the original to the last bit.

    Parameters
    ----------
    result : xarray.Dataset or xarray.DataTree
        What a theory returned, or a group of a file that holds one.

    Returns
    -------
    MultimodeDicke, OpenHopfield, CountedHopfield or HopfieldLimit
        The model.

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
    kind = data.get("model") if isinstance(data, dict) else None
    if kind not in KINDS:
        raise ResultFileError(
            f"The attribute `model` of this result must describe one of {list(KINDS)}, but has {kind!r}."
        )
    try:
        return KINDS[kind].from_dict(data)
    except ArgumentError as error:
        raise ResultFileError(f"The attribute `model` of this result is damaged: {error}") from error
