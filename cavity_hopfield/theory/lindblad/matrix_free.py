r"""The generator of an open quantum Hopfield network by its products with density matrices: no superoperator is built.

In the frame turned by a right angle about z, $\rho' = i^{n_s - n_{s'}} \rho_{ss'}$ with n the number of spins that are
down, $-iH$ and all jumps are real: the symmetric and the antisymmetric part of $\rho' = S + iA$ evolve alone, under the
same real map.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np

from cavity_hopfield._checks import one_of
from cavity_hopfield._typing import FloatArray, IntArray
from cavity_hopfield.dynamics import Ellipse
from cavity_hopfield.network import OpenHopfield, configuration_rates
from cavity_hopfield.theory.lindblad import _sweep_kernels as kernels
from cavity_hopfield.theory.lindblad._tile_kernels import AREA, EDGE, LOW

Sector = Literal["even", "odd"] | None
"""Density matrices that stay (even) or change sign (odd) when all spins are turned over; None for all."""
PARITY = {None: 0, "even": 1, "odd": -1}


class Layout(NamedTuple):
    """Which tiles are stored, and what is one flip away: as the kernels describe it."""

    rows: IntArray
    columns: IntArray
    near: IntArray
    bounds: IntArray
    signs: FloatArray
    partners: IntArray
    phases: FloatArray
    mirror: FloatArray


class Rates(NamedTuple):
    """Of all flips, of tiles and inside tiles: as the kernels describe them."""

    low: FloatArray
    masked: FloatArray
    high: FloatArray
    halves: FloatArray
    drives: FloatArray


@dataclass(frozen=True, eq=False)
class MatrixFree:
    r"""$\dot\rho' = K \rho' + \rho' K^T + \sum_i \ldots$: products of the generator with real vectors that hold one
    half of a symmetric or antisymmetric matrix in the turned frame.

    Attributes
    ----------
    network : OpenHopfield
        Whose generator it is; its jumps are individual.
    sector : {"even", "odd", None}
        Matrices that stay or change sign when all spins are turned over, at half the cost; None for all.
    antisymmetric : bool
        Whether the vectors hold A, the antisymmetric part of $\rho' = S + iA$, and not S.
    ellipse : Ellipse
        Around the spectrum: decay of every spin at the fastest rate of its flips up and down, turning of all spins with
        the drive. Tight for independent spins; an estimate that `propagate` widens if it is too small.
    rates, layout
        What the kernels read: roots of all rates, and which tiles are stored.

    Examples
    --------
    >>> from cavity_hopfield import Glauber, Patterns
    >>> network = OpenHopfield(Patterns([[1, 1, -1]]), Glauber(temperature=0.3), drive=0.5)
    >>> generator = MatrixFree.of(network)
    >>> mixed = generator.pack(np.eye(8) / 8)
    >>> slope = generator.unpack(generator.apply(mixed))
    >>> bool(abs(np.trace(slope)) < 1e-14)
    True
    """

    network: OpenHopfield
    sector: Sector
    antisymmetric: bool
    ellipse: Ellipse
    rates: Rates
    layout: Layout

    @classmethod
    def of(cls, network: OpenHopfield, sector: Sector = None, *, antisymmetric: bool = False) -> "MatrixFree":
        """The generator of `network` on one of its sectors, or on all matrices."""
        if sector is not None:
            one_of("sector", sector, ("even", "odd"))
        n_high = max(network.n_spins - LOW, 0)
        flips = configuration_rates(network)[::-1]
        rates, layout = _rates(flips, network.drive), _layout(n_high, PARITY[sector])
        return cls(network, sector, antisymmetric, _ellipse(flips, network.drive), rates, layout)

    @cached_property
    def edge(self) -> int:
        """Rows of a tile: 16, or fewer for fewer than four spins."""
        return int(2 ** min(LOW, self.network.n_spins))

    @property
    def size(self) -> int:
        """Length of the vectors: about $4^N / 2$, or half of that in a sector."""
        return int(self.layout.rows.size * self.edge**2)

    @property
    def sign(self) -> float:
        """1 for symmetric, -1 for antisymmetric matrices."""
        return -1.0 if self.antisymmetric else 1.0

    def apply(self, x: FloatArray) -> FloatArray:
        """The generator times a packed matrix, packed."""
        out = np.zeros(self.size)
        self.advance(x, out, out, (1.0, 0.0, 0.0, 0.0, 0.0))
        return out

    def advance(
        self, now: FloatArray, before: FloatArray, end: FloatArray, factors: tuple[float, float, float, float, float]
    ) -> None:
        r"""`before` becomes $a \mathcal{L}$ `now` + b `now` + c `before`, then `end` grows by d `now` + e `before`, all
        in one sweep; `factors` are (a, b, c, d, e).
        """
        after, total = self._padded(before), self._padded(end)
        kernels.advance(self._padded(now), after, total, factors, self.sign, self.rates, self.layout, self.edge)
        if self.edge < EDGE:
            end[:] = self._cut(total)
            before[:] = self._cut(after)

    def pack(self, matrix: FloatArray) -> FloatArray:
        """The half of a real (D, D) matrix that is stored, shape (size,): of its part in the sector, if there is one.

        The matrix is taken to be symmetric, or antisymmetric.
        """
        edge, high = self.edge, 2 ** self.layout.partners.shape[1]
        tiles = np.asarray(matrix, np.float64).reshape(high, edge, high, edge).transpose(0, 2, 1, 3)
        rows, columns = self.layout.rows, self.layout.columns
        packed = np.ascontiguousarray(tiles[rows, columns])
        if self.sector is not None:
            images = tiles[high - 1 - rows, high - 1 - columns][:, ::-1, ::-1]
            packed = (packed + self._signs() * images) / 2
        packed = self._padded(packed)
        kernels.project(packed, self.sign, self.layout, edge)
        return self._cut(packed)

    def unpack(self, x: FloatArray) -> FloatArray:
        """The real (D, D) matrix whose packed half is `x` (size,)."""
        edge, high = self.edge, 2 ** self.layout.partners.shape[1]
        matrix = np.empty((high, edge, high, edge))
        tiles = matrix.transpose(0, 2, 1, 3)
        rows, columns = self.layout.rows, self.layout.columns
        stored = self.tiles(x)
        tiles[columns, rows] = self.sign * stored.transpose(0, 2, 1)
        tiles[rows, columns] = stored
        if self.sector is not None:
            images = self._signs() * stored[:, ::-1, ::-1]
            tiles[high - 1 - columns, high - 1 - rows] = self.sign * images.transpose(0, 2, 1)
            tiles[high - 1 - rows, high - 1 - columns] = images
        return matrix.reshape(high * edge, high * edge)

    def places(self, rows: IntArray, columns: IntArray) -> IntArray:
        """Where the elements at `rows`, `columns` are packed, any shape; of rows not above their columns, no sector."""
        edge = self.edge
        tiles = np.full((2 ** self.layout.partners.shape[1],) * 2, -1)
        tiles[self.layout.rows, self.layout.columns] = np.arange(self.layout.rows.size)
        tile = tiles[rows // edge, columns // edge]
        return np.asarray(tile * edge**2 + rows % edge * edge + columns % edge)

    def tiles(self, x: FloatArray) -> FloatArray:
        """A packed vector as its tiles (K, E, E), without a copy."""
        return x.reshape(-1, self.edge, self.edge)

    def _padded(self, x: FloatArray) -> FloatArray:
        """The tiles as the kernels want them, shape (K, 256): of fewer than four spins with rows of idle ones."""
        if self.edge == EDGE:
            return x.reshape(-1, AREA)
        padded = np.zeros((EDGE, EDGE))
        padded[: self.edge, : self.edge] = self.tiles(x)[0]
        return padded.reshape(1, AREA)

    def _cut(self, tiles: FloatArray) -> FloatArray:
        """`tiles` (K, 256) as a packed vector."""
        return tiles.reshape(-1, EDGE, EDGE)[:, : self.edge, : self.edge].reshape(-1)

    def _signs(self) -> FloatArray:
        """The sign of every stored element under the flip of all spins, shape (K, E, E)."""
        mirror = self.layout.mirror.reshape(EDGE, EDGE)[: self.edge, : self.edge]
        return np.asarray(self.layout.phases[:, None, None] * mirror)


def _ellipse(flips: FloatArray, drive: float) -> Ellipse:
    n = flips.shape[0]
    configurations = np.arange(2**n)
    fastest = sum(float((flips[j] + flips[j, configurations ^ (1 << j)]).max()) for j in range(n))
    return Ellipse(max(fastest / 2, SLOWEST), max(2 * n * drive, SLOWEST))


def _rates(given: FloatArray, drive: float) -> Rates:
    """From the rates of all flips (N, 2^N), the last spin first. Fewer than four spins get idle ones in front."""
    n, idle = given.shape[0], max(LOW - given.shape[0], 0)
    flips = np.zeros((n + idle, 2 ** (n + idle)))
    flips[:n, : 2**n] = given
    roots = np.sqrt(flips).reshape(n + idle, -1, EDGE)
    columns = np.arange(EDGE)
    masked = [
        np.where((columns >> j) & 1 == down, roots[j][:, columns ^ (1 << j)], 0.0)
        for j in range(LOW)
        for down in range(2)
    ]
    return Rates(
        low=np.ascontiguousarray(np.concatenate(roots[:LOW], axis=1)),
        masked=np.ascontiguousarray(np.concatenate(masked, axis=1)),
        high=roots[LOW:].reshape(-1, EDGE),
        halves=(flips.sum(axis=0) / 2).reshape(-1, EDGE),
        drives=np.where(np.arange(LOW + 1) < n, drive, 0.0),
    )


SLOWEST = 1e-3
"""Least extent of an ellipse, beside a rate of one."""


@dataclass(frozen=True, eq=False)
class _Places:
    """Where tiles are stored: grouped by `row ^ column`, and within a group by row."""

    order: IntArray
    """From a tile's number in this count to its place."""
    bases: IntArray
    tops: IntArray
    """The highest bit of `row ^ column`, -1 for none: of a tile and its transpose the one without it is kept."""
    zeros: IntArray
    """In a sector, the highest bit that `row ^ column` has not: of a tile and its image the one without it is kept."""

    def of(self, rows: IntArray, columns: IntArray) -> IntArray:
        """Four times the place of each tile, plus 1 for a transpose, plus 2 for an image."""
        other = rows ^ columns
        tops, zeros = self.tops[other], self.zeros[other]
        turned = (tops >= 0) & ((rows >> np.maximum(tops, 0)) & 1 == 1)
        row = np.where(turned, columns, rows)
        mirrored = (zeros >= 0) & ((row >> np.maximum(zeros, 0)) & 1 == 1)
        # the image of a tile lies below the diagonal if the tile lies above
        row = np.where(mirrored, row ^ other ^ (self.tops.size - 1), row)
        turned = turned ^ (mirrored & (tops >= 0))
        row = _without(_without(row, np.maximum(tops, zeros)), np.minimum(tops, zeros))
        return np.asarray(4 * self.order[self.bases[other] + row] + 2 * mirrored + turned)


def _layout(n_high: int, parity: int) -> Layout:
    """All tiles; of a tile and its transpose, and in a sector its image, one is kept."""
    every = np.arange(2**n_high)
    tops = np.array([int(other).bit_length() - 1 for other in every])
    zeros = tops[::-1] if parity else np.full(every.size, -1)
    kept = []
    for top, zero in zip(tops.tolist(), zeros.tolist(), strict=True):
        fold = (1 << top if top >= 0 else 0) | (1 << zero if zero >= 0 else 0)
        kept.append(every[every & fold == 0])
    counts = np.array([rows.size for rows in kept])
    rows = np.concatenate(kept)
    other = np.repeat(every, counts)
    sweep = np.argsort(_interleaved(rows, rows ^ other))
    order = np.empty_like(sweep)
    order[sweep] = np.arange(sweep.size)
    places = _Places(order, np.cumsum(counts) - counts, tops, zeros)
    rows, other = rows[sweep], other[sweep]
    columns = rows ^ other
    flips = 1 << np.arange(n_high)
    by_row, by_column = rows[:, None] ^ flips, columns[:, None] ^ flips
    near = np.concatenate([places.of(by_row, columns[:, None]), places.of(rows[:, None], by_column)], axis=1)
    signs = np.concatenate([(rows[:, None] & flips) > 0, (columns[:, None] & flips) > 0], axis=1) * 2.0 - 1
    phases = parity * _alternating(every.size)[other]
    signs *= np.where(near & 2, phases[near >> 2], 1.0)
    order = np.argsort(near & 3, axis=1, kind="stable")
    return Layout(
        rows=rows,
        columns=columns,
        near=np.take_along_axis(near, order, axis=1) >> 2,
        bounds=np.stack([((near & 3) <= kind).sum(axis=1) for kind in range(4)], axis=1),
        signs=np.take_along_axis(signs, order, axis=1),
        partners=places.of(by_row, by_column),
        phases=phases,
        mirror=_alternating(AREA),
    )


def _interleaved(rows: IntArray, columns: IntArray) -> IntArray:
    """Numbers with the bits of both in turn: tiles in their order have most neighbours close by."""
    bits = np.arange(31)
    both = ((rows[:, None] >> bits) & 1) << (2 * bits + 1) | ((columns[:, None] >> bits) & 1) << (2 * bits)
    return np.asarray(both.sum(axis=1))


def _without(numbers: IntArray, places: IntArray) -> IntArray:
    """`numbers` without the bit at `places`, unchanged where that is -1."""
    at = np.maximum(places, 0)
    shorter = ((numbers >> (at + 1)) << at) | (numbers & ((1 << at) - 1))
    return np.where(places < 0, numbers, shorter)


def _alternating(size: int) -> FloatArray:
    """-1 for every number below `size` (a power of two) with an odd count of bits, else 1."""
    signs = np.ones(1)
    while signs.size < size:
        signs = np.concatenate([signs, -signs])
    return signs
