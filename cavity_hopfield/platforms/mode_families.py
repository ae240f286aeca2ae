"""Which transverse modes of a two-mirror cavity share one frequency, and which of them see the atoms."""

from dataclasses import dataclass
from math import gcd
from typing import Any

import numpy as np

from cavity_hopfield._checks import whole_number
from cavity_hopfield._typing import FloatArray, IntArray, Json
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.platforms.quantities import si_number


@dataclass(frozen=True)
class ModeFamily:
    r"""$\omega_{Qn} = \omega_{FSR} \left(Q + (n + 1) \frac{p}{q}\right)$: the orders $n = n_0 + q j$, of one frequency.

    $n = l + m$ is the order of a Hermite-Gauss mode, Q its longitudinal index, and $\pi p / q$ the Gouy phase of one
    pass through a symmetric cavity, $\cos(\pi p / q) = 1 - L / R$ with the length L and the mirrors' radius R. One
    step of j lowers Q by p, and the standing wave at the centre is a cosine or a sine as Q is odd or even. So if p is
    even all modes of the family are in phase along the axis; if p is odd cosines and sines alternate with j.

    Parameters
    ----------
    longitudinal : int
        p, at least 1 and below `transverse`.
    transverse : int
        q, without a common divisor with p.
    first_order : int
        $n_0$, from 0 to q - 1.

    Notes
    -----
    Confocal: p/q = 1/2, families of all even or all odd orders, of which every other mode is a cosine (Y. Guo et al.,
    Phys. Rev. Lett. 122, 193601 (2019)). The "4/7" cavity: every seventh order, all in phase (B. P. Marsh et al.,
    arXiv:2505.22658).

    Examples
    --------
    >>> CONFOCAL.members(9), CONFOCAL.parities(9)
    (array([0, 2, 4, 6, 8]), array([0, 1, 0, 1, 0]))
    >>> FOUR_SEVENTHS.members(20), FOUR_SEVENTHS.parities(20)
    (array([ 0,  7, 14]), array([0, 0, 0]))
    """

    longitudinal: int
    transverse: int
    first_order: int = 0

    def __post_init__(self) -> None:
        p = whole_number("longitudinal", self.longitudinal, minimum=1)
        q = whole_number("transverse", self.transverse, minimum=2)
        first = whole_number("first_order", self.first_order, minimum=0)
        if p >= q or gcd(p, q) > 1:
            raise ArgumentError(
                f"Arguments `longitudinal` and `transverse` must be a reduced fraction below 1, but are {p}/{q}: the "
                "Gouy phase of one pass of a stable cavity is between 0 and pi."
            )
        if first >= q:
            raise ArgumentError(
                f"Argument `first_order` must be below `transverse` = {q}, but is {first}. The orders of a family are "
                f"those with one remainder; take {first % q}."
            )

    @property
    def alternates(self) -> bool:
        """Whether cosines and sines alternate along the axis: p is odd."""
        return self.longitudinal % 2 == 1

    @property
    def classes(self) -> tuple[tuple[int, int, int], ...]:
        """(modulus, remainder, parity) of the orders that are cosines (parity 0) and, if there are, sines (1)."""
        q, first = self.transverse, self.first_order
        return ((2 * q, first, 0), (2 * q, first + q, 1)) if self.alternates else ((q, first, 0),)

    def spacing_rad_s(self, free_spectral_range_rad_s: Any) -> float:
        """From one family to the next: the free spectral range, an angular frequency, over q."""
        span = si_number("free_spectral_range_rad_s", free_spectral_range_rad_s, above=0.0)
        return span / self.transverse

    def members(self, highest_order: int) -> IntArray:
        """The orders of the family up to `highest_order`."""
        return np.arange(self.first_order, highest_order + 1, self.transverse, dtype=np.int64)

    def parities(self, highest_order: int) -> IntArray:
        """0 for each member that is a cosine along the axis, 1 for a sine."""
        steps = np.arange(self.members(highest_order).size)
        return np.asarray(steps % 2 if self.alternates else 0 * steps, dtype=np.int64)

    def standing_wave(self, parity: int, phase: FloatArray) -> FloatArray:
        """Height of the standing wave of modes of this `parity` at atoms at `phase` = k z from the centre."""
        return np.sin(phase) if parity else np.cos(phase)

    def to_dict(self) -> Json:
        """Plain values, for JSON."""
        return {
            "longitudinal": self.longitudinal,
            "transverse": self.transverse,
            "first_order": self.first_order,
        }


CONFOCAL = ModeFamily(1, 2)
"""The even orders of a confocal cavity."""
FOUR_SEVENTHS = ModeFamily(4, 7)
"""The orders 0, 7, 14, ... of a cavity at L / R = 1 - cos(4 pi / 7) = 1.2225."""
