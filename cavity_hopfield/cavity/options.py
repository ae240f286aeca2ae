"""Options that the theories of spins and light share: Fock states, displacement, resolution, modes, conditions."""

import json
from collections.abc import Iterable
from typing import Any

import numpy as np

from cavity_hopfield._checks import one_of, real_array, real_number, whole_number
from cavity_hopfield._typing import BoolArray, ComplexArray, FloatArray, Json
from cavity_hopfield.cavity.spins import CollectiveSpins
from cavity_hopfield.cavity.states import CavityStart
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.model import MultimodeDicke

Fock = int | tuple[int, ...] | None
"""Fock states of each mode; None: as many as the answer needs."""
Displacement = str | tuple[tuple[float, float], ...] | None
"""Where the Fock states are centred: "none", "start", real and imaginary parts (M, 2), or None: what the theory finds
best."""
Given = tuple[str, float]
"""A pattern and an overlap: at least so much, or at most if it is negative, as for `OverlapTargets`."""
FEWEST = 2
ROUNDING = 1e-9
"""Overlaps are multiples of 2/N; a bound met to this much is met."""
FINEST_CUTOFF, BESIDE_TOLERANCE = 1e-6, 10.0
"""What Fock states that are left out may always do, and what beside the tolerance, which hides it if it is smaller."""
RESOLUTIONS = ("class", "site")
DISPLACEMENTS = ("none", "start")


def checked_fock(fock: Any) -> Fock:
    """`fock` as None, a whole number or a tuple of them."""
    if fock is None:
        return None
    if isinstance(fock, (tuple, list)):
        return tuple(whole_number("fock", size, minimum=FEWEST) for size in fock)
    return whole_number("fock", fock, minimum=FEWEST)


def levels_of(fock: int | tuple[int, ...], model: MultimodeDicke) -> tuple[int, ...]:
    """One number of Fock states for each mode."""
    each = fock if isinstance(fock, tuple) else (fock,) * model.n_modes
    if len(each) != model.n_modes:
        raise ArgumentError(
            f"Argument `fock` must be a whole number or {model.n_modes} of them, one per mode, but is {fock!r}."
        )
    return each


def checked_displacement(displacement: object) -> Displacement:
    """A frame by name, None, or amplitudes (M,) as pairs of their parts."""
    if displacement is None:
        return None
    if isinstance(displacement, str):
        return one_of("displacement", displacement, DISPLACEMENTS)
    try:
        given = np.asarray(displacement)
    except ValueError as error:
        raise ArgumentError(f"Argument `displacement` must be amplitudes (M,), but is {displacement!r}.") from error
    pairs = np.stack([given.real, given.imag], axis=-1) if given.dtype.kind in "biufc" and given.ndim == 1 else given
    parts = real_array("displacement", pairs)
    if parts.ndim != 2 or parts.shape[1] != 2:
        raise ArgumentError(f"Argument `displacement` must have shape (M,), one per mode, but has shape {given.shape}.")
    return tuple((float(real), float(imag)) for real, imag in parts)


def amplitudes_of(
    displacement: str | tuple[tuple[float, float], ...], model: MultimodeDicke, start: CavityStart | None
) -> ComplexArray:
    """The displacement (M,) that was asked for, of a state with that `start`, or of a steady state, which has none."""
    if displacement == "none":
        return np.zeros(model.n_modes, np.complex128)
    if isinstance(displacement, str):
        if start is None:
            raise ArgumentError(
                'Argument `displacement` must not be "start" for a steady state, which has none. Leave it out, or give '
                "amplitudes."
            )
        return start.amplitudes
    if len(displacement) != model.n_modes:
        raise ArgumentError(
            f"Argument `displacement` must have shape ({model.n_modes},), one per mode, but has shape "
            f"({len(displacement)},)."
        )
    return np.array([complex(real, imag) for real, imag in displacement])


def checked_resolution(resolution: Any) -> str | None:
    """`resolution` if it is None or there is such a one."""
    return None if resolution is None else one_of("resolution", resolution, RESOLUTIONS)


def spins_of(model: MultimodeDicke, resolution: str | None) -> CollectiveSpins:
    """The spins taken together by `resolution`; None: by class, unless the atoms have channels of their own, which do
    not conserve the length of a collective spin.
    """
    if resolution == "class" and model.channels is not None:
        raise ArgumentError(
            'Argument `resolution` must not be "class" for atoms with channels of their own, which do not conserve '
            'the length of a collective spin. Take "site", or `PermutationSymmetric`.'
        )
    together = model.channels is None if resolution is None else resolution == "class"
    return CollectiveSpins.alike(model) if together else CollectiveSpins.each(model)


def checked_mode(model: MultimodeDicke, mode: Any) -> int:
    """The number of a mode."""
    place = whole_number("mode", mode, minimum=0)
    if place >= model.n_modes:
        raise ArgumentError(f"Argument `mode` must be from 0 to {model.n_modes - 1}, but is {place}.")
    return place


def checked_given(model: MultimodeDicke, given: Any) -> Given | None:
    """A condition on the overlap with a pattern: its name and a bound between -1 and 1; None for no condition."""
    if given is None:
        return None
    if not isinstance(given, (tuple, list)) or len(given) != 2:
        raise ArgumentError(
            f'Argument `given` must be a pattern and an overlap, such as ("{model.memory.names[0]}", 0.5), but is '
            f"{given!r}."
        )
    name, bound = given
    one_of("given", name, model.memory.names)
    level = real_number("given", bound, minimum=-1.0)
    if level > 1:
        raise ArgumentError(f"Argument `given` must ask for an overlap from -1 to 1, but asks for {level:g}.")
    return str(name), level


def allowed(overlaps: FloatArray, bound: float) -> BoolArray:
    """Where overlaps are at least `bound`, or at most if it is negative."""
    return overlaps >= bound - ROUNDING if bound >= 0 else overlaps <= bound + ROUNDING


def usual_cutoff(tolerance: float) -> float:
    """The largest move with more Fock states that passes, beside an error of `tolerance` in time."""
    return max(FINEST_CUTOFF, BESIDE_TOLERANCE * tolerance)


def condition_named(given: Given | None) -> Json:
    """The attribute that remembers a condition, as JSON; none without one."""
    return {} if given is None else {"given": json.dumps(given)}


def require_no_light(theory: object, names: Iterable[str]) -> None:
    """An error if an option of the light, one of `names`, is given for a network, which has no light."""
    for name in names:
        value = getattr(theory, name)
        if value is not None:
            raise ArgumentError(
                f"Argument `{name}` must be left out for a network, which has no light, but is {value!r}."
            )
