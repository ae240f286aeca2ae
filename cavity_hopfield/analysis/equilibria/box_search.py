r"""All zeros of $m - G(m)$ in a box, by bisection, with a proof of each.

A box is dropped where bounds on $G$ exclude a zero, shrunk by Krawczyk's operator
$K(X) = c - Y (c - G(c)) + [1 - Y (1 - G'(X))] (X - c)$, and dropped where it lies inside a box in which K has proven a
zero to be the only one. Source: R. Krawczyk, Computing 4, 187 (1969); R. E. Moore, R. B. Kearfott and M. J. Cloud,
Introduction to Interval Analysis (SIAM, 2009), chapter 8.
"""

from dataclasses import dataclass, field

import numpy as np

from cavity_hopfield._typing import BoolArray, FloatArray
from cavity_hopfield.analysis.equilibria.self_consistency import SelfConsistency
from cavity_hopfield.analysis.equilibria.symmetry import SAME, PatternSymmetry

SMALLEST_WIDTH = 1e-7
"""Boxes narrower than this that are neither dropped nor proven stay undecided."""
MOST_BOXES = 400_000
MOST_UNDECIDED = 4_000
NEWTON_STEPS = 60
CONVERGED = 1e-13
ROUNDING = 1e-13
"""Outward rounding of a defect: some hundred times its round-off."""
FIRST_RADIUS = 0.25
TRIES = 40
BLUR = 1e-3
"""Distance within which zeros that cannot be proven, as at a bifurcation, count as one."""
PROBES = 12
"""Boxes of each generation from whose middle Newton's method looks for a new zero."""


@dataclass(eq=False)
class BoxSearch:
    r"""Zeros found so far, (K, P), the boxes in which each is the only one, and boxes on which nothing is known.

    `symmetry` maps zeros to zeros; where it is full the search is restricted to $m_1 \ge m_2 \ge \dots \ge 0$.
    """

    equation: SelfConsistency
    symmetry: PatternSymmetry
    zeros: list[FloatArray] = field(default_factory=list)
    proven: list[BoolArray] = field(default_factory=list)
    low: FloatArray = field(init=False)
    high: FloatArray = field(init=False)
    looked_at: int = 0
    undecided: int = 0

    def __post_init__(self) -> None:
        n = self.equation.dynamics.limit.n_patterns
        self.low, self.high = np.empty((0, n)), np.empty((0, n))

    def run(self) -> None:
        """Look at all boxes until each is decided or too narrow."""
        n = self.equation.dynamics.limit.n_patterns
        high = np.ones((1, n))
        low = np.zeros((1, n)) if self.symmetry.full else -high
        self.consider(np.zeros(n))
        while len(low):
            self.looked_at += len(low)
            low, high = self._shrunk(low, high)
            self._probe(low, high)
            open_boxes = ~self._covered(low, high)
            low, high = low[open_boxes], high[open_boxes]
            narrow = (high - low).max(axis=1, initial=0.0) < SMALLEST_WIDTH
            self.undecided += int(narrow.sum())
            low, high = low[~narrow], high[~narrow]
            if self.undecided > MOST_UNDECIDED or self.looked_at > MOST_BOXES:
                self.undecided += len(low)
                return
            low, high = _halved(low, high)

    def consider(self, start: FloatArray) -> None:
        """Add the zero to which Newton's method goes from `start`, with its images, unless it is known."""
        zero = newton(self.equation, start)
        if zero is None or self._known(zero, SAME):
            return
        radius = self._radius_of_uniqueness(zero)
        if radius == 0 and self._known(zero, BLUR):
            return
        for image in self.symmetry.matrices @ zero:
            if self._known(image, SAME):
                continue
            self.zeros.append(image)
            self.proven.append(np.array(radius > 0))
            self.low = np.vstack([self.low, image - radius])
            self.high = np.vstack([self.high, image + radius])

    def _known(self, zero: FloatArray, width: float) -> bool:
        return any(np.abs(zero - known).max() < width for known in self.zeros)

    def _probe(self, low: FloatArray, high: FloatArray) -> None:
        waiting = np.flatnonzero(~self._covered(low, high))
        if waiting.size:
            chosen = waiting[np.unique(np.linspace(0, waiting.size - 1, PROBES).astype(int))]
            for box in chosen:
                self.consider((low[box] + high[box]) / 2)

    def _shrunk(self, low: FloatArray, high: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The boxes that may hold zeros, each cut to where they may be."""
        if self.symmetry.full:
            low = np.maximum.accumulate(np.maximum(low, 0.0)[:, ::-1], axis=1)[:, ::-1]
            high = np.minimum.accumulate(high, axis=1)
            low, high = _kept(low, high)
        low, high = _met(low, high, *self.equation.range_of_map(low, high))
        return _met(low, high, *krawczyk(self.equation, low, high)) if len(low) else (low, high)

    def _covered(self, low: FloatArray, high: FloatArray) -> BoolArray:
        """Which boxes lie inside one where a known zero is the only one."""
        covered = np.zeros(len(low), dtype=bool)
        for inner, outer in zip(self.low, self.high, strict=True):
            covered |= (low >= inner).all(axis=1) & (high <= outer).all(axis=1)
        return covered

    def _radius_of_uniqueness(self, zero: FloatArray) -> float:
        """Half the side of the largest box found around `zero` that Krawczyk's operator maps into itself."""
        radius = FIRST_RADIUS
        for _ in range(TRIES):
            low, high = (zero - radius)[None], (zero + radius)[None]
            new_low, new_high = krawczyk(self.equation, low, high)
            if bool(((new_low > low) & (new_high < high)).all()):
                return radius
            radius /= 2
            if radius < SMALLEST_WIDTH:
                break
        return 0.0


def newton(equation: SelfConsistency, start: FloatArray) -> FloatArray | None:
    """The zero that Newton's method reaches from `start`, or None."""
    m = start.copy()
    for _ in range(NEWTON_STEPS):
        defect = equation.defect(m)
        if not defect.any():
            return m
        try:
            step = np.linalg.solve(equation.gradient(m), defect)
        except np.linalg.LinAlgError:
            return None
        m = m - step
        if np.abs(m).max() > 1.0:
            return None
        if np.abs(step).max() < CONVERGED:
            return np.where(np.abs(m) < 10 * CONVERGED, 0.0, m)
    return None


def krawczyk(equation: SelfConsistency, low: FloatArray, high: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Krawczyk's operator on boxes (B, P): every zero in a box lies in its image."""
    centre, radius = (low + high) / 2, (high - low) / 2
    middle, spread = equation.range_of_slope(low, high)
    gradient = np.eye(low.shape[1]) - middle
    regular = np.abs(np.linalg.det(gradient)) > 1e-12
    inverse = np.linalg.inv(np.where(regular[:, None, None], gradient, np.eye(low.shape[1])))
    newton_point = centre - np.einsum("bmn,bn->bm", inverse, equation.defect(centre))
    # 1 - Y (1 - G') is what the inverse misses of the middle, and |Y| times the spread of G'
    missed = np.abs(np.eye(low.shape[1]) - inverse @ gradient) + np.abs(inverse) @ spread
    reach = (np.einsum("bmn,bn->bm", missed, radius) + ROUNDING * np.abs(inverse).sum(axis=2)) * (1 + ROUNDING)
    wide = ~regular[:, None]
    return np.where(wide, -np.inf, newton_point - reach), np.where(wide, np.inf, newton_point + reach)


def _met(low: FloatArray, high: FloatArray, low_2: FloatArray, high_2: FloatArray) -> tuple[FloatArray, FloatArray]:
    return _kept(np.maximum(low, low_2), np.minimum(high, high_2))


def _kept(low: FloatArray, high: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The boxes that are not empty."""
    full = (low <= high).all(axis=1)
    return low[full], high[full]


def _halved(low: FloatArray, high: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Every box cut in two across its longest side."""
    rows, longest = np.arange(len(low)), (high - low).argmax(axis=1)
    middle = (low[rows, longest] + high[rows, longest]) / 2
    left, right = high.copy(), low.copy()
    left[rows, longest] = middle
    right[rows, longest] = middle
    return np.vstack([low, right]), np.vstack([left, high])
