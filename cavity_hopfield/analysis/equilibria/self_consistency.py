r"""The equation of state $m = \sum_\xi p(\xi)\, \xi f(h_\xi)$ and how far its right-hand side varies over a box."""

from dataclasses import dataclass, field

import numpy as np

from cavity_hopfield._typing import FloatArray, IntArray
from cavity_hopfield.analysis.class_dynamics import ClassDynamics
from cavity_hopfield.network.local_response import CLOSED

SLACK = 1e-13
"""Outward rounding of bounds, in units of what is bounded: some hundred times the round-off of a hyperbolic tangent."""
CELLS = 4096
SAMPLED_SLACK = 0.5
"""Widening of sampled bounds, in units of the largest difference between neighbouring samples of a cell."""


@dataclass(frozen=True, eq=False)
class SelfConsistency:
    r"""$G(m) = \sum_\xi p(\xi)\, \xi f(h_\xi)$ with $f = d s / (s^2 + 8 \Omega^2)$, the fixed points being $m = G(m)$.

    With $k_\mu$ the strengths, $k_\mu (m_\mu - G_\mu)$ is the gradient of
    $\frac12 \sum_\mu k_\mu m_\mu^2 - \sum_\xi p(\xi) \int_0^{h_\xi} f$.
    """

    dynamics: ClassDynamics
    _bounds: "_Monotone | _Sampled" = field(init=False, repr=False)

    def __post_init__(self) -> None:
        closed = self.dynamics.response.kind == CLOSED
        object.__setattr__(self, "_bounds", _Monotone(self) if closed else _Sampled.of(self))

    @property
    def certified(self) -> bool:
        """Whether the bounds are proven, not sampled."""
        return isinstance(self._bounds, _Monotone)

    def spins(self, fields: FloatArray) -> FloatArray:
        """$f(h)$ of every class, (..., C)."""
        response, turn = self.dynamics.response, 8 * self.dynamics.limit.drive**2
        s, d = response.sums(fields), response.differences(fields)
        return np.asarray(d * s / (s**2 + turn))

    def slopes(self, fields: FloatArray) -> FloatArray:
        """$f'(h)$ of every class, (..., C)."""
        response, turn = self.dynamics.response, 8 * self.dynamics.limit.drive**2
        s, d, s1, d1 = (part(fields, order) for order in (0, 1) for part in (response.sums, response.differences))
        whole = s**2 + turn
        return np.asarray((d1 * s + d * s1) / whole - 2 * d * s**2 * s1 / whole**2)

    def defect(self, overlaps: FloatArray) -> FloatArray:
        """$m - G(m)$ at overlaps (..., P)."""
        limit = self.dynamics.limit
        return np.asarray(overlaps - limit.overlaps(self.spins(limit.fields(overlaps))))

    def gradient(self, overlaps: FloatArray) -> FloatArray:
        """$1 - G'(m)$ at overlaps (..., P), shape (..., P, P)."""
        limit = self.dynamics.limit
        weighted = limit.weights * self.slopes(limit.fields(overlaps))
        moments = np.einsum("...c,cm,cn->...mn", weighted, limit.columns, limit.columns)
        return np.asarray(np.eye(limit.n_patterns) - moments * limit.strengths)

    def range_of_map(self, low: FloatArray, high: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Bounds on $G(m)$ over boxes (B, P)."""
        limit = self.dynamics.limit
        spins = self._bounds.spins(*self._fields(low, high))
        middle, radius = (spins[0] + spins[1]) / 2, (spins[1] - spins[0]) / 2
        centre = (middle * limit.weights) @ limit.columns
        spread = (radius @ limit.weights)[:, None] + SLACK
        return centre - spread, centre + spread

    def range_of_slope(self, low: FloatArray, high: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Middle and radius of $G'(m)$ over boxes (B, P), each (B, P, P)."""
        limit = self.dynamics.limit
        slopes = self._bounds.slopes(*self._fields(low, high))
        middle, radius = (slopes[0] + slopes[1]) / 2, (slopes[1] - slopes[0]) / 2
        centre = np.einsum("bc,cm,cn->bmn", middle * limit.weights, limit.columns, limit.columns)
        spread = (radius @ limit.weights)[:, None, None] * (1 + SLACK) + SLACK * np.abs(centre).max(initial=0.0)
        return centre * limit.strengths, np.broadcast_to(spread, centre.shape) * limit.strengths

    def _fields(self, low: FloatArray, high: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Bounds on the fields of every class over boxes (B, P), each (B, C)."""
        limit = self.dynamics.limit
        centre = limit.fields((low + high) / 2)
        spread = (((high - low) / 2) @ limit.strengths)[:, None] + SLACK * limit.strengths.sum()
        return centre - spread, centre + spread


@dataclass(frozen=True, eq=False)
class _Monotone:
    """Proven bounds for a response that rises, ever more slowly away from zero field."""

    equation: SelfConsistency

    def spins(self, low: FloatArray, high: FloatArray) -> tuple[FloatArray, FloatArray]:
        return self.equation.spins(low) - SLACK, self.equation.spins(high) + SLACK

    def slopes(self, low: FloatArray, high: FloatArray) -> tuple[FloatArray, FloatArray]:
        far = np.maximum(np.abs(low), np.abs(high))
        near = np.where(low * high <= 0, 0.0, np.minimum(np.abs(low), np.abs(high)))
        return self.equation.slopes(far) * (1 - SLACK), self.equation.slopes(near) * (1 + SLACK)


@dataclass(frozen=True, eq=False)
class _Sampled:
    """Bounds from samples on fine cells: as good as the response is smooth between them."""

    equation: SelfConsistency
    edges: FloatArray
    spin_table: "_Extremes"
    slope_table: "_Extremes"

    @classmethod
    def of(cls, equation: SelfConsistency) -> "_Sampled":
        reach, widths = equation.dynamics.response.reach, equation.dynamics.response.stretches
        width = float(np.min(widths))
        nodes = np.linspace(-1, 1, 2 * CELLS + 1)
        grid = np.clip(width * np.sinh(np.arcsinh(reach / width) * nodes), -reach, reach)
        places = np.broadcast_to(grid[:, None], (grid.size, equation.dynamics.n_classes))
        return cls(equation, grid[::2], _Extremes.of(equation.spins(places)), _Extremes.of(equation.slopes(places)))

    def spins(self, low: FloatArray, high: FloatArray) -> tuple[FloatArray, FloatArray]:
        return self.spin_table.over(*self._cells(low, high))

    def slopes(self, low: FloatArray, high: FloatArray) -> tuple[FloatArray, FloatArray]:
        return self.slope_table.over(*self._cells(low, high))

    def _cells(self, low: FloatArray, high: FloatArray) -> tuple[IntArray, IntArray]:
        first = np.clip(np.searchsorted(self.edges, low, side="right") - 1, 0, CELLS - 1)
        last = np.clip(np.searchsorted(self.edges, high, side="left") - 1, 0, CELLS - 1)
        return first, np.maximum(first, last)


@dataclass(frozen=True, eq=False)
class _Extremes:
    """Smallest and largest value over any run of cells, from tables over runs of 1, 2, 4 ... cells, each (cells, C)."""

    smallest: list[FloatArray]
    largest: list[FloatArray]

    @classmethod
    def of(cls, samples: FloatArray) -> "_Extremes":
        cells = np.stack([samples[:-2:2], samples[1:-1:2], samples[2::2]])
        slack = SAMPLED_SLACK * np.abs(np.diff(cells, axis=0)).max(axis=0)
        smallest, largest = [cells.min(axis=0) - slack], [cells.max(axis=0) + slack]
        run = 1
        while 2 * run <= len(smallest[0]):
            smallest.append(np.minimum(smallest[-1][:-run], smallest[-1][run:]))
            largest.append(np.maximum(largest[-1][:-run], largest[-1][run:]))
            run *= 2
        return cls(smallest, largest)

    def over(self, first: IntArray, last: IntArray) -> tuple[FloatArray, FloatArray]:
        level = np.floor(np.log2(last - first + 1)).astype(int)
        low, high = np.empty(first.shape), np.empty(first.shape)
        columns = np.broadcast_to(np.arange(first.shape[1]), first.shape)
        for run in np.unique(level):
            here = level == run
            begin, end, column = first[here], last[here] - 2**run + 1, columns[here]
            low[here] = np.minimum(self.smallest[run][begin, column], self.smallest[run][end, column])
            high[here] = np.maximum(self.largest[run][begin, column], self.largest[run][end, column])
        return low, high
