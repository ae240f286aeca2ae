"""What a sweep is, in JSON: two that differ in anything that may change a number are told apart."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache, partial
from pathlib import Path
from types import MethodType, ModuleType
from typing import Any

import numpy as np
import xarray as xr

from cavity_hopfield._typing import Json
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.sweep.code import (
    BYTECODE,
    class_code,
    function_parts,
    is_ours_to_read,
    module_told,
    name_of,
    versioned,
)

SHOWN_NUMBERS = 4096
"""Arrays up to this size are told by their numbers, larger ones by their hash."""
SUFFIXES = {".py", ".csv", ".toml", ".json", ".bib"}
REMEDY = (
    "Hand over numbers, texts, arrays, lists, mappings, dataclasses, models or functions of these, or make it inside "
    "the function."
)
Seen = tuple[int, ...]
"""Functions and classes that are being described, as recursion leads back to them."""


def described(value: Any, what: str = "work", seen: Seen = ()) -> Any:
    """`value` in JSON, exact to the last bit.

    Parameters
    ----------
    value
        Plain values, arrays, xarray objects, dataclasses, models with `to_json`, functions with all that they use.
    what
        Where it stands, for the error.
    seen
        What is being described already.

    Raises
    ------
    ArgumentError
        If it cannot be told apart from another of its kind.
    """
    for fits, tell in RULES:
        if fits(value):
            return tell(value, what, seen)
    raise ArgumentError(
        f"Argument `work` must be something that can be told apart from another, but `{what}` is {_shortly(value)}, "
        f"a {name_of(type(value))}, which has no description. {REMEDY}"
    )


def _list(value: Any, what: str, seen: Seen) -> Any:
    return [described(entry, f"{what}[{k}]", seen) for k, entry in enumerate(value)]


def _mapping(value: Mapping[Any, Any], what: str, seen: Seen) -> Any:
    if all(isinstance(name, str) for name in value):
        return {name: described(entry, f"{what}.{name}", seen) for name, entry in value.items()}
    pairs = [[described(name, what, seen), described(entry, what, seen)] for name, entry in value.items()]
    return {"kind": "mapping", "pairs": pairs}


def _set(value: Any, what: str, seen: Seen) -> Json:
    return {"kind": "set", "values": sorted(json.dumps(described(entry, what, seen)) for entry in value)}


def _array(value: Any, what: str, seen: Seen) -> Any:
    """An array or a numpy number; small ones by what they hold."""
    array = np.asarray(value)
    exact = array.dtype.kind == "U" or (array.dtype.kind in "biuf" and array.dtype.itemsize <= 8)
    if exact and isinstance(value, np.generic):
        return value.item()
    told = {"kind": "array", "dtype": array.dtype.str, "shape": list(array.shape)}
    if exact and array.size <= SHOWN_NUMBERS:
        return told | {"values": array.tolist()}
    if array.dtype.kind not in "biufcU":
        return told | {"entries": _list(array.ravel().tolist(), what, seen)}
    return told | {"sha256": hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()}


def _labelled(value: Any, what: str, seen: Seen) -> Json:
    return {"kind": type(value).__name__, "held": _mapping(value.to_dict(data="array"), what, seen)}


def _partial(value: Any, what: str, seen: Seen) -> Json:
    bound = _mapping({"arguments": list(value.args), "keywords": value.keywords}, what, seen)
    return {"kind": "partial", "function": described(value.func, what, seen), **bound}


def _method(value: Any, what: str, seen: Seen) -> Json:
    told = described(value.__func__, what, seen)
    return {"kind": "method", "function": told, "of": described(value.__self__, what, seen)}


def _function(value: Any, what: str, seen: Seen) -> Json:
    """A function by its code and by all that the code uses: defaults, what it closes over, global names."""
    parts = function_parts(value)
    told: Json = {"kind": "function", **versioned(value)}
    if parts is None or id(parts[0]) in seen:
        return told
    function, used = parts
    inside = (*seen, id(function))
    for part, held in used.items():
        if part == BYTECODE:
            told[part] = held
        elif held:
            told[part] = {
                name: described(entry, f"{what}: {name}, which {function.__name__} uses,", inside)
                for name, entry in held.items()
            }
    return told


def _class(kind: type, what: str, seen: Seen) -> Json:
    """A class by its name and, if it is none of an installed library, by the code of its methods."""
    told: Json = {"class": name_of(kind)}
    methods = {} if id(kind) in seen else class_code(kind)
    if methods:
        told["methods"] = _mapping(methods, what, (*seen, id(kind)))
    return told


def _model(value: Any, what: str, seen: Seen) -> Json:
    text = value.to_json()
    return {**_class(type(value), what, seen), "told": json.loads(text) if isinstance(text, str) else text}


def _settings(value: Any, what: str, seen: Seen) -> Json:
    return {**_class(type(value), what, seen), "told": described(value.model_dump(mode="json"), what, seen)}


def _fields(value: Any, what: str, seen: Seen) -> Json:
    held = {field.name: getattr(value, field.name) for field in fields(value)}
    return {**_class(type(value), what, seen), "fields": _mapping(held, what, seen)}


def _of_kind(*kinds: Any) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, kinds)


def _plain(value: Any) -> bool:
    return value is None or type(value) in {bool, int, float, str}


def _calls(name: str) -> Callable[[Any], bool]:
    return lambda value: callable(getattr(value, name, None))


def _readable(value: Any) -> bool:
    """A Python function, or one of a library."""
    if function_parts(value) is not None:
        return True
    unbound = getattr(value, "__self__", None) is None or isinstance(value.__self__, ModuleType)
    return callable(value) and hasattr(value, "__name__") and unbound and not is_ours_to_read(value.__module__)


Rule = tuple[Callable[[Any], bool], Callable[[Any, str, Seen], Any]]
RULES: tuple[Rule, ...] = (
    (_plain, lambda value, *_: value),
    (_of_kind(Enum), lambda value, *_: {"kind": "member", "name": f"{name_of(type(value))}.{value.name}"}),
    (_of_kind(np.ndarray, np.generic), _array),
    (_of_kind(list, tuple), _list),
    (_of_kind(str, int, float), lambda value, *_: {"kind": name_of(type(value)), "told": repr(value)}),
    (_of_kind(complex), lambda value, *_: {"kind": "complex", "parts": [value.real, value.imag]}),
    (_of_kind(bytes, bytearray), lambda value, *_: {"kind": "bytes", "sha256": hashlib.sha256(value).hexdigest()}),
    (_of_kind(Path), lambda value, *_: {"kind": "path", "path": str(value)}),
    (_of_kind(range, slice, np.dtype), lambda value, *_: {"kind": type(value).__name__, "told": repr(value)}),
    (_of_kind(np.random.SeedSequence), lambda value, *_: {"kind": "SeedSequence", "state": repr(value.state)}),
    (_of_kind(set, frozenset), _set),
    (_of_kind(xr.DataArray, xr.Dataset, xr.Variable), _labelled),
    (_of_kind(Mapping), _mapping),
    (_of_kind(ModuleType), lambda value, *_: module_told(value)),
    (_of_kind(type), _class),
    (_of_kind(np.ufunc), lambda value, *_: {"kind": "function", "name": f"numpy.{value.__name__}"}),
    (_of_kind(partial), _partial),
    (_of_kind(MethodType), _method),
    (_readable, _function),
    (_calls("to_json"), _model),
    (_calls("model_dump"), _settings),
    (is_dataclass, _fields),
    (lambda value: type(value).__module__ == "logging", lambda value, *_: {"kind": name_of(type(value))}),
)
"""The first rule that fits a value tells it."""


def _shortly(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


@cache
def package_digest() -> str:
    """A hash of all sources and tables of this package."""
    root = Path(__file__).parents[1]
    found = hashlib.sha256()
    for path in sorted(path for path in root.rglob("*") if path.suffix in SUFFIXES and path.is_file()):
        found.update(f"{path.relative_to(root).as_posix()}\0".encode())
        found.update(hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()
