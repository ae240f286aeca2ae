"""Where a number comes from: printed in a publication, or assumed and why."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from cavity_hopfield._typing import Json
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.platforms.quantities import si_number, unit_of

TURN = 6.283185307179586


class Provenance(StrEnum):
    """What stands behind a value."""

    PUBLISHED = "published"
    ASSUMED = "assumed"


@dataclass(frozen=True)
class Sourced:
    """A value and what stands behind it.

    Attributes
    ----------
    name : str
        What the value is, or the field that it fills; its ending is its unit (see `si_array`).
    value : float or str
        In SI units, in the conventions of this package; a text for what is no number, such as a species.
    provenance : Provenance
        Published or assumed.
    source : str
        Published: where it is printed, and what was read. Assumed: what the assumption rests on.
    printed : str
        The value as it is printed; empty if assumed.
    conversion : str
        How the printed value becomes this one; empty if it stands as printed.
    """

    name: str
    value: float | str
    provenance: Provenance
    source: str
    printed: str = ""
    conversion: str = ""

    @property
    def is_published(self) -> bool:
        """Whether the value was taken from a publication."""
        return self.provenance is Provenance.PUBLISHED

    @property
    def shown(self) -> str:
        """The value with its unit; angular frequencies as turns per second."""
        if isinstance(self.value, str):
            return self.value
        if self.name.endswith("_rad_s"):
            return f"2pi * {_prefixed(self.value / TURN)}Hz"
        unit = unit_of(self.name)
        if unit == "m":
            return f"{_prefixed(self.value)}m"
        return f"{self.value:g}" if unit == "1" else f"{self.value:g} {unit}"

    @property
    def sentence(self) -> str:
        """What stands behind the value, in words."""
        if not self.is_published:
            return f"assumed: {self.source}"
        converted = f"; {self.conversion}" if self.conversion else ""
        return f"{self.source}: {self.printed}{converted}"

    def to_dict(self) -> Json:
        """Plain values, for JSON."""
        return asdict(self) | {"provenance": str(self.provenance), "shown": self.shown}


def published(name: str, value: Any, *, printed: str, source: str, conversion: str = "") -> Sourced:
    """A value that was read in a publication.

    Parameters
    ----------
    name : str
        The name of the field that it fills; its ending is the unit (see `si_array`).
    value
        In the conventions of this package: a number in SI, a text such as "2pi * 0.8 MHz", or a word.
    printed : str
        The value as printed.
    source : str
        The place in the publication, and the copy that was read.
    conversion : str
        How `printed` becomes `value`, where they differ.

    Raises
    ------
    ArgumentError
        If `printed` or `source` is empty: a value without a place is assumed.
    """
    if not printed or not source:
        raise ArgumentError(
            f"Arguments `printed` and `source` must say what is printed where for the published value of `{name}`. "
            "A value without a place is `assumed`."
        )
    return Sourced(name, _value(name, value), Provenance.PUBLISHED, source, printed, conversion)


def assumed(name: str, value: Any, *, reason: str) -> Sourced:
    """A value that could not be taken from a publication, and what it rests on; an `ArgumentError` without a reason."""
    if not reason:
        raise ArgumentError(f"Argument `reason` must say what the assumed value of `{name}` rests on.")
    return Sourced(name, _value(name, value), Provenance.ASSUMED, reason)


def _value(name: str, value: Any) -> float | str:
    if isinstance(value, str) and unit_of(name) == "1":
        return value
    return si_number(name, value)


def _prefixed(number: float) -> str:
    """With four digits and the prefix that keeps it short, such as "1.95 M"."""
    for factor, prefix in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"), (1.0, ""), (1e-3, "m"), (1e-6, "u")):
        if abs(number) >= factor:
            return f"{number / factor:.4g} {prefix}"
    return f"{number:.4g} "
