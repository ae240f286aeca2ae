"""Families of networks along one parameter."""

import warnings
from collections.abc import Callable, Collection, Iterable

from cavity_hopfield.exceptions import ArgumentError, RegimeWarning
from cavity_hopfield.network import HopfieldLimit

Family = Callable[[float], HopfieldLimit]


def require_family(name: str, family: object) -> None:
    """An error unless `family` can be called."""
    if not callable(family):
        raise ArgumentError(
            f"Argument `{name}` must be a function of one number, such as `Glauber` or `lambda drive: HopfieldLimit(1, "
            f"law, drive)`, but is {family!r}."
        )


def checked_name(name: str, taken: Collection[str]) -> str:
    """`name` if it is a name that none of the variables in a result has."""
    if not isinstance(name, str) or not name or name in taken:
        raise ArgumentError(
            f"Argument `name` must be a word that is not among {', '.join(sorted(taken))}, but is {name!r}."
        )
    return name


def gathered(family: Family, values: Iterable[float], name: str) -> list[HopfieldLimit]:
    """The networks at all values, with one `RegimeWarning` for all of those that give one."""
    limits, doubts = [], []
    for value in values:
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            limits.append(family(float(value)))
        doubts += [warning for warning in told if issubclass(warning.category, RegimeWarning)][:1]
        for warning in told:
            if not issubclass(warning.category, RegimeWarning):
                warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)
    if doubts:
        warnings.warn(
            f"At {len(doubts)} of {len(limits)} values of {name} single flips are in doubt; at the last of them "
            f"{doubts[-1].message}",
            RegimeWarning,
            stacklevel=3,
        )
    return limits


def quiet(family: Family) -> Family:
    """The same family without its doubts, for values between those that have been told."""

    def silent(value: float) -> HopfieldLimit:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RegimeWarning)
            return family(value)

    return silent
