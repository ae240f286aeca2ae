"""What a laboratory is to this package: numbers in SI, the way from them to a model, and what each step neglects."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Protocol, TypeVar, runtime_checkable

import numpy as np

from cavity_hopfield._typing import Json
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.hopfield import Patterns
from cavity_hopfield.model import MultimodeDicke

P = TypeVar("P", bound="Platform")


@dataclass(frozen=True)
class Step:
    """One step from the apparatus to the model, and the number that must be small for it.

    Attributes
    ----------
    name : str
        What is done, such as "the excited state is eliminated".
    quantity : str
        What `value` is, as a formula in words.
    value, limit : float
        The step holds if `value < limit`.
    remedy : str
        What to change where it does not.
    """

    name: str
    quantity: str
    value: float
    limit: float
    remedy: str

    @property
    def holds(self) -> bool:
        """Whether `value < limit`."""
        return bool(self.value < self.limit)

    @property
    def sentence(self) -> str:
        """The step in words, with its number."""
        told = f"{self.name}: {self.quantity} = {self.value:.2g}, wanted below {self.limit:g}"
        return f"{told}." if self.holds else f"{told}; it is not. {self.remedy}"

    def to_dict(self) -> Json:
        """Plain values, for JSON."""
        named = {field.name: getattr(self, field.name) for field in fields(self)}
        return named | {"value": float(self.value) if np.isfinite(self.value) else None, "holds": self.holds}


@runtime_checkable
class Platform(Protocol):
    """A laboratory in SI: what turns into a `MultimodeDicke` in units of one angular frequency.

    Frozen dataclasses; the name of a field ends in its unit, and a field that holds one number is a knob.
    """

    @property
    def unit_rad_s(self) -> float:
        """The angular frequency that is one in the model: the mean detuning of the modes, as the spins see it."""
        ...

    def to_dicke(self, patterns: Patterns | None = None, *, unit_rad_s: float | None = None) -> MultimodeDicke:
        """The model, in units of `unit_rad_s`, its own unit if omitted. Times in the model are seconds times it."""
        ...

    def steps(self, patterns: Patterns | None = None) -> tuple[Step, ...]:
        """What is neglected on the way to the model, each with its number."""
        ...

    def spontaneous_rate_per_s(self) -> float:
        """Rate at which one spin is disturbed by what the model leaves out, such as scattered photons; 0 if unknown."""
        ...

    def to_dict(self) -> Json:
        """Plain values, for JSON."""
        ...


def knobs(platform: Platform) -> dict[str, float]:
    """The fields of `platform` that hold one real number, by name: what a design may vary. A whole number is none, nor
    a field whose metadata say `knob=False`, such as the spin of an atom.
    """
    varied = (field.name for field in fields(platform) if field.metadata.get("knob", True))  # type: ignore[arg-type]
    values = {name: getattr(platform, name) for name in varied}
    numbers = {name: np.asarray(value) for name, value in values.items() if _is_number(value)}
    return {name: float(number) for name, number in numbers.items()}


def changed(platform: P, values: Mapping[str, Any]) -> P:
    """A copy of `platform` with other values of some fields; an `ArgumentError` if it has no such field."""
    known = {field.name for field in fields(platform)}  # type: ignore[arg-type]
    unknown = sorted(set(values) - known)
    if unknown:
        raise ArgumentError(
            f"Argument `values` must name fields of {type(platform).__name__}, but names {', '.join(unknown)}. "
            f"Its fields are {', '.join(sorted(known))}."
        )
    return type(platform)(**({name: getattr(platform, name) for name in known} | dict(values)))


def _is_number(value: object) -> bool:
    return isinstance(value, (float, np.floating))
