"""Attributes in a form that every format holds: texts, numbers and vectors as they are, all else as JSON text."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from cavity_hopfield._typing import Json
from cavity_hopfield.exceptions import ResultFileError

AS_JSON = "json_attributes"
"""The attribute that names the others whose text is JSON."""
RESERVED = frozenset({
    *(AS_JSON, "_FillValue", "missing_value", "scale_factor", "add_offset", "coordinates", "dtype"),
    *("complex_values", "_ARRAY_DIMENSIONS", "_NCProperties", "_Unsigned", "_Encoding"),
})  # fmt: skip
"""Names that the formats, xarray or this package give a meaning of their own."""
LARGEST = 2**63
COMPLEX = "complex"
"""In JSON text, the one key of a mapping that stands for a complex number; its value is the two parts."""


def plain_attributes(attributes: Mapping[Any, Any], owner: str) -> Json:
    """`attributes` as they come back from a file: Python's texts, numbers, lists, and vectors of numbers.

    Parameters
    ----------
    attributes
        Those of a group or of a variable.
    owner
        Whose they are, for messages.

    Raises
    ------
    ResultFileError
        If a value can be told neither so nor as JSON.
    """
    return {str(name): _plain(value, f"The attribute `{name}` of {owner}") for name, value in attributes.items()}


def stored_attributes(attributes: Json, owner: str) -> Json:
    """Plain attributes as a file holds them; those told as JSON are named in one of their own.

    Raises
    ------
    ResultFileError
        If a name is taken by the formats.
    """
    taken = sorted(RESERVED & attributes.keys())
    if taken:
        raise ResultFileError(f"The attribute `{taken[0]}` of {owner} has a meaning of its own in files. Rename it.")
    told = sorted(name for name, value in attributes.items() if not _native(value))
    stored = {name: json_text(value) if name in told else value for name, value in attributes.items()}
    return stored | ({AS_JSON: json.dumps(told)} if told else {})


def loaded_attributes(attributes: Mapping[Any, Any], owner: str) -> Json:
    """The plain attributes that `stored_attributes` had, as any reader of the formats gives them."""
    found = dict(attributes)
    told = json.loads(found.pop(AS_JSON, "[]"))
    values = {name: json.loads(text, object_hook=_number) if name in told else text for name, text in found.items()}
    return plain_attributes(values, owner)


def json_text(value: Any) -> str:
    """Plain attributes, or any of them, as JSON."""
    return json.dumps(value, sort_keys=True, default=_told)


def _told(value: Any) -> Any:
    """What JSON does not know."""
    if isinstance(value, complex):
        return {COMPLEX: [value.real, value.imag]}
    return value.tolist()


def _number(mapping: Json) -> Any:
    """The complex number that a mapping stands for, or the mapping."""
    return complex(*mapping[COMPLEX]) if mapping.keys() == {COMPLEX} else mapping


def writable(text: str) -> bool:
    """Whether both formats hold the text: UTF-8 without NUL."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in text


def _plain(value: Any, subject: str) -> Any:
    """One value; what looks like a vector of at least two numbers is one."""
    told = _python(value, subject)
    if not isinstance(told, list) or len(told) < 2 or not all(type(each) in {int, float} for each in told):
        return told
    whole = all(type(each) is int for each in told)
    return told if whole and not all(map(_small, told)) else np.array(told, np.int64 if whole else np.float64)


def _python(value: Any, subject: str) -> Any:
    """The value as Python's own kinds."""
    if isinstance(value, (np.ndarray, np.generic)):
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        return [_python(each, subject) for each in value]
    if isinstance(value, Mapping) and all(isinstance(name, str) for name in value):
        return {name: _python(each, subject) for name, each in value.items()}
    if isinstance(value, str):
        return str(value)
    if isinstance(value, (bool, int, float, complex, type(None))):
        return value
    raise ResultFileError(
        f"{subject} is {value!r}, of type {type(value).__name__}, which no file holds. Give a text, a number, or lists "
        "or a mapping of these."
    )


def _native(value: Any) -> bool:
    """Whether both formats hold the value as it is."""
    if isinstance(value, list):
        return len(value) > 1 and all(isinstance(each, str) and _native(each) for each in value)
    if isinstance(value, str):
        return writable(value)
    if isinstance(value, (float, np.ndarray)):
        return bool(np.isfinite(value).all())
    return type(value) is int and _small(value)


def _small(value: int) -> bool:
    return -LARGEST <= value < LARGEST
