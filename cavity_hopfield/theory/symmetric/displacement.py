"""Where the Fock states of the modes stand."""

import numpy as np

from cavity_hopfield._checks import one_of, real_array
from cavity_hopfield._typing import ComplexArray
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.model import MultimodeDicke

DISPLACEMENTS = ("none", "start")
Displacement = str | tuple[tuple[float, float], ...] | None
"""One of `DISPLACEMENTS`, or real and imaginary parts (M, 2)."""


def checked_displacement(displacement: object) -> Displacement:
    """A frame by name or None, or amplitudes (M,) as pairs of their parts."""
    if displacement is None:
        return None
    if isinstance(displacement, str):
        return one_of("displacement", displacement, DISPLACEMENTS)
    given = np.asarray(displacement)
    parts = np.stack([given.real, given.imag], axis=-1) if given.dtype.kind in "biufc" and given.ndim == 1 else given
    pairs = real_array("displacement", parts)
    if pairs.ndim != 2 or pairs.shape[1] != 2:
        raise ArgumentError(f"Argument `displacement` must have shape (M,), one per mode, but has shape {given.shape}.")
    return tuple((float(real), float(imag)) for real, imag in pairs)


def shift_of(displacement: Displacement, model: MultimodeDicke, start: ComplexArray | None = None) -> ComplexArray:
    """The displacement of the modes, (M,), of a state with the amplitudes `start` if there is one."""
    if displacement == "start" and start is not None:
        return start
    if displacement is None or isinstance(displacement, str):
        return np.zeros(model.n_modes, np.complex128)
    if len(displacement) != model.n_modes:
        raise ArgumentError(
            f"Argument `displacement` must have shape ({model.n_modes},), one per mode, but has shape "
            f"({len(displacement)},)."
        )
    return np.array([complex(real, imag) for real, imag in displacement])
