"""The door for numbers with units: the ending of an argument's name says its SI unit, and what comes in must fit."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from cavity_hopfield._checks import real_array, real_number
from cavity_hopfield._typing import FloatArray
from cavity_hopfield.exceptions import ArgumentError

PREFIXES = {"": 1.0, "m": 1e-3, "u": 1e-6, "µ": 1e-6, "μ": 1e-6, "n": 1e-9, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}


def _prefixed(*units: str, prefixes: str) -> dict[str, float]:
    return {prefix + unit: PREFIXES[prefix] for unit in units for prefix in ("", *prefixes)}


UNITS: Mapping[str, tuple[str, Mapping[str, float]]] = MappingProxyType(
    {
        "_rad_s": ("rad/s", _prefixed("rad/s", prefixes="mkMGT") | {"1/s": 1.0, "/s": 1.0, "s^-1": 1.0}),
        "_per_s": ("1/s", {"1/s": 1.0, "/s": 1.0, "s^-1": 1.0, "1/ms": 1e3, "1/us": 1e6}),
        "_m": ("m", _prefixed("m", prefixes="munµμ") | {"cm": 1e-2}),
        "_kg": ("kg", {"kg": 1.0, "g": 1e-3, "u": 1.66053906892e-27}),
        "_s": ("s", _prefixed("s", prefixes="munµμ")),
    }
)
"""The ending of a name, its SI unit, and what a text may give instead. Atomic mass unit: CODATA 2022."""
HERTZ = _prefixed("Hz", prefixes="mkMGT")
TURNS = re.compile(r"^\s*([-+]?)\s*2\s*\*?\s*(?:pi|π)\s*[*x×·]?\s*", re.IGNORECASE)
NUMBER = re.compile(r"^\s*([-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)\s*(.*?)\s*$")
ANGLES = ("radian", "degree", "turn", "revolutions_per_minute", "revolutions_per_second")
"""Ends of pint's names of the pure numbers, and inverse times, that say an angle; all others count something."""


def si_array(name: str, value: Any) -> FloatArray:
    r"""`value` in the SI unit that the ending of `name` says, any shape.

    Parameters
    ----------
    name : str
        The name of the argument; its ending is one of `_rad_s`, `_per_s`, `_m`, `_kg`, `_s`.
    value
        Numbers already in that unit; a text such as `"2pi * 130 kHz"`, `"-2pi * 80 GHz"` or `"1.5 um"`; a quantity
        of pint; or a list, nested or not, or an array of these.

    Raises
    ------
    ArgumentError
        If a text or quantity has no unit, or one that does not fit, such as cycles per second (Hz) where angular
        frequencies are meant: the factor $2\pi$ is never guessed. Also if a number is infinite or a truth value, or
        rows differ in length.

    Examples
    --------
    >>> round(float(si_array("photon_loss_rad_s", "2pi * 130 kHz")))
    816814
    """
    if isinstance(value, np.ndarray) and value.dtype.kind in "OU":
        return si_array(name, value.tolist())
    if isinstance(value, str):
        return real_array(name, _from_text(name, value))
    if hasattr(value, "dimensionality") and hasattr(value, "to"):
        return _numbers(name, _from_quantity(name, value))
    if isinstance(value, (list, tuple)):
        return _stacked(name, [si_array(name, entry) for entry in value])
    return _numbers(name, value)


def si_number(name: str, value: Any, *, minimum: float | None = None, above: float | None = None) -> float:
    """`value` as one number in the SI unit of `name`, at least `minimum` or strictly above `above`."""
    return real_number(name, si_array(name, value), minimum=minimum, above=above)  # type: ignore[arg-type]


def unit_of(name: str) -> str:
    """The SI unit that the ending of `name` says; "1" for a pure number."""
    return UNITS[_ending(name)][0] if _ending(name) else "1"


def _stacked(name: str, entries: list[FloatArray]) -> FloatArray:
    shapes = sorted({entry.shape for entry in entries})
    if len(shapes) > 1:
        raise ArgumentError(
            f"Argument `{name}` must be of a regular shape, but holds entries of the shapes {shapes}. Give every row "
            "as many entries."
        )
    return np.array(entries, dtype=np.float64)


def _numbers(name: str, value: Any) -> FloatArray:
    array = np.asarray(value)
    if array.dtype.kind == "b":
        raise ArgumentError(f"Argument `{name}` must hold numbers, but is {value!r}. Write 1.0 or 0.0 if you mean it.")
    return real_array(name, value)


def _ending(name: str) -> str:
    return next((ending for ending in UNITS if name.endswith(ending)), "")


def _from_text(name: str, text: str) -> float:
    ending = _ending(name)
    turns = TURNS.match(text)
    matched = NUMBER.match(turns.group(1) + text[turns.end() :] if turns else text)
    if matched is None:
        raise ArgumentError(
            f'Argument `{name}` must be a number with a unit, such as "{_example(ending)}", not {text!r}.'
        )
    number, unit = float(matched.group(1)), matched.group(2)
    if ending == "_rad_s" and unit in HERTZ:
        if not turns:
            raise _missing_turns(name, text)
        return 2 * np.pi * number * HERTZ[unit]
    units = UNITS[ending][1] if ending else {"": 1.0}
    if unit not in units or (turns and ending != "_rad_s"):
        raise ArgumentError(
            f'Argument `{name}` must be in {unit_of(name)}, but is {text!r}. Write it as "{_example(ending)}".'
        )
    return number * units[unit] * (2 * np.pi if turns else 1.0)


def _from_quantity(name: str, quantity: Any) -> Any:
    """The magnitude of a pint quantity in the unit of `name`; pint itself takes a hertz for a radian per second."""
    if _ending(name) in {"_rad_s", "_per_s"} and (wrong := _counted(quantity, angles=_ending(name) == "_rad_s")):
        wanted = "`radian / second`, or in `turn / second`" if _ending(name) == "_rad_s" else "`1 / second`"
        raise ArgumentError(
            f"Argument `{name}` must be in {unit_of(name)}, but is {quantity} with {wrong}, cycles or counts per "
            f"second: a factor 2 pi may be missing, and pint would not tell. Give it in {wanted}."
        )
    try:
        return quantity.to(unit_of(name) if _ending(name) else "dimensionless").magnitude
    except Exception as error:
        raise ArgumentError(f"Argument `{name}` must be in {unit_of(name)}, but is {quantity} ({error}).") from error


def _counted(quantity: Any, *, angles: bool) -> str:
    """The first unit of `quantity` that is a pure number or an inverse time but no angle, by the name that pint
    resolves, however it is written; empty if there is none.
    """
    for unit, _ in quantity.unit_items():
        dimensions = dict(type(quantity)(1.0, unit).dimensionality)
        if dimensions in ({}, {"[time]": -1}) and not (angles and unit.endswith(ANGLES)):
            return str(unit)
    return ""


def _missing_turns(name: str, given: str) -> ArgumentError:
    return ArgumentError(
        f"Argument `{name}` is an angular frequency, but is {given}, cycles per second: a factor 2 pi is missing. "
        f'Write "2pi * {given}" if the frequency is meant, or give a number in rad/s.'
    )


EXAMPLES = {"_rad_s": "2pi * 130 kHz", "_per_s": "30 1/s", "_m": "1.5 um", "_kg": "171 u", "_s": "2 ms"}


def _example(ending: str) -> str:
    return EXAMPLES.get(ending, "3")
