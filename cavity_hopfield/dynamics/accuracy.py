"""How accurate a theory may be asked to be."""

from cavity_hopfield._checks import real_number
from cavity_hopfield.exceptions import ArgumentError

FINEST = 1e-12
"""Tolerance below which sums of many terms are round-off."""
USUAL = 1e-8
"""Tolerance of whoever names none."""
COARSEST = 1e-2
"""Tolerance above which an answer says little."""


def checked_tolerance(name: str, value: float, finest: float = FINEST) -> float:
    """`value` as a float from `finest` to 0.01."""
    tolerance = real_number(name, value, minimum=finest)
    if tolerance > COARSEST:
        raise ArgumentError(f"Argument `{name}` must be at most {COARSEST:g}, but is {tolerance:g}.")
    return tolerance
