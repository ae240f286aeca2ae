"""Bloch vectors of spins that are alike, and of their classes."""

from typing import Protocol

import numpy as np

from cavity_hopfield._typing import FloatArray, IntArray, SpinArray
from cavity_hopfield.exceptions import ArgumentError

EQUAL = 1e-12
"""Largest difference of Bloch vectors that counts as rounding."""


class Alike(Protocol):
    """Which spins are alike, up to a sign."""

    @property
    def label(self) -> IntArray:
        """The class of each spin, shape (N,)."""
        ...

    @property
    def sign(self) -> SpinArray:
        """The sign of each spin, shape (N,)."""
        ...


def spin_vectors(classes: Alike, x: FloatArray, y: FloatArray, z: FloatArray) -> FloatArray:
    r"""Bloch vectors (..., N, 3) of all spins from the means (..., C) of their classes.

    Where a spin has the sign -1 in its class it is turned about the x axis, which the drive allows:
    $(m^x, m^y, m^z) \to (m^x, -m^y, -m^z)$.
    """
    label, sign = classes.label, classes.sign
    return np.stack((x[..., label], sign * y[..., label], sign * z[..., label]), axis=-1)


def class_vectors(classes: Alike, bloch: FloatArray) -> FloatArray:
    """Bloch vectors (C, 3) that the spins of each class share in the gauge.

    Raises
    ------
    ArgumentError
        If they do not share one; the text names a spin.
    """
    turned = bloch * np.stack([np.ones_like(classes.sign), classes.sign, classes.sign], axis=1)
    first = np.unique(classes.label, return_index=True)[1]
    shared = turned[first]
    apart = np.abs(turned - shared[classes.label]).max(axis=1)
    if apart.max() > EQUAL:
        spin = int(apart.argmax())
        other = int(first[classes.label[spin]])
        raise ArgumentError(
            "Argument `initial` must give one Bloch vector to all spins of a class, up to their signs, but spins "
            f"{other} and {spin} have {bloch[other].tolist()} and {bloch[spin].tolist()} at the signs "
            f"{classes.sign[other]:+d} and {classes.sign[spin]:+d}. Give a configuration, which is averaged over the "
            "order of the spins, or use `Lindblad`."
        )
    return shared
