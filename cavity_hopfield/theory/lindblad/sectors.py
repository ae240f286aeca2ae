r"""Density matrices by their symmetry, elements in the order of how many spins differ between row and column.

In the frame where $\sigma^x$ is $\sigma^y$ (see `frame_phases`) the generator is real and leaves four spaces alone:
real symmetric or antisymmetric matrices, even or odd under the flip of all spins. Jumps keep the set $d$ of spins that
differ between row and column, as do the losses; the drive adds a spin to it or takes one away. So the generator is
block-diagonal but for the drive, which connects neighbouring orders of coherence $|d|$ alone.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse import csr_array

from cavity_hopfield._typing import BoolArray, ComplexArray, FloatArray, IntArray
from cavity_hopfield.network import OpenHopfield, configuration_rates
from cavity_hopfield.theory.lindblad.door import frame_phases

BYTES_PER_ELEMENT = 60
"""Peak memory for one element of the sparse generator of a sector."""


@dataclass(frozen=True)
class Order:
    """The coherences of one order: where they start and stop, and the size of the blocks that jumps leave alone."""

    start: int
    stop: int
    block: int

    @property
    def n_blocks(self) -> int:
        """Number of blocks."""
        return (self.stop - self.start) // self.block


@dataclass(frozen=True, eq=False)
class Sector:
    r"""Matrices with $\rho^T = t \rho$ and, under the flip of all spins, $\rho \to z \rho$; orthonormal coordinates.

    Of the elements that the symmetries make equal one is kept: that whose row has the first of the spins that differ,
    and the first of those that do not, up.

    Build with `Sector.of`.

    Attributes
    ----------
    n_spins : int
        Number of spins N.
    transposition, parity : {1, -1}
        t and z.
    difference, row : (K,) arrays of int
        The spins in which row and column differ, as bits, and the configuration of the row.
    length : (K,) array
        The norm of the matrix whose element is one here: the root of how many elements are equal to it.
    mean_loss : float
        The mean over the configurations of the sum of their rates; of a network without flips its drive.
    jumps : csr_array
        Gain and loss, block-diagonal.
    drive : csr_array
        The coherent part.
    """

    n_spins: int
    transposition: int
    parity: int
    difference: IntArray
    row: IntArray
    length: FloatArray
    mean_loss: float
    jumps: csr_array
    drive: csr_array

    @classmethod
    def of(cls, network: OpenHopfield, transposition: int = 1, parity: int = 1) -> "Sector":
        """The sector of `network` with the given signs."""
        n = network.n_spins
        difference, row = _elements(n, transposition, parity)
        fold = _Fold(n, transposition, parity, difference, row)
        rates = configuration_rates(network)
        return cls(
            n_spins=n,
            transposition=transposition,
            parity=parity,
            difference=difference,
            row=row,
            length=fold.length,
            mean_loss=float(rates.sum(axis=0).mean()) or network.drive,
            jumps=_jumps(fold, rates),
            drive=_drive(fold, network.drive),
        )

    @property
    def size(self) -> int:
        """Number of coordinates K."""
        return int(self.row.size)

    @cached_property
    def generator(self) -> csr_array:
        """The whole generator on the coordinates."""
        return csr_array(self.jumps + self.drive)

    @cached_property
    def orders(self) -> dict[int, Order]:
        """The orders of coherence that exist, by the number of spins that differ."""
        counts = np.bincount(np.bitwise_count(self.difference), minlength=self.n_spins + 1)
        ends = np.cumsum(counts)
        return {
            k: Order(int(end - count), int(end), max(1, 2 ** (self.n_spins - k - 1)))
            for k, (count, end) in enumerate(zip(counts, ends, strict=True))
            if count
        }

    @property
    def trace(self) -> FloatArray:
        """The row whose product with the coordinates is the trace, (K,); zero but in the even symmetric sector."""
        even = self.transposition == self.parity == 1
        return np.where((self.difference == 0) & even, self.length, 0.0)

    def coordinates(self, matrix: ComplexArray) -> ComplexArray:
        """The coordinates (K,) of the part of `matrix` (2^N, 2^N) that lies in the sector; of its real matrix real."""
        phases = frame_phases(self.n_spins)
        turned = phases[:, None] * matrix * phases.conj()
        turned = (turned + self.transposition * turned.T) / 2
        image = turned[::-1, ::-1] * _signs(self.n_spins)
        turned = (turned + self.parity * image) / 2
        return np.asarray(turned[self.row, self.row ^ self.difference] * self.length)

    def matrix(self, coordinates: FloatArray | ComplexArray) -> ComplexArray:
        """The matrix (2^N, 2^N) with the given `coordinates` (K,), in the product basis."""
        size = 2**self.n_spins
        turned = np.zeros((size, size), np.complex128)
        values = coordinates / self.length
        column = self.row ^ self.difference
        signs = _signs(self.n_spins)[self.row, column] * self.parity
        for rows, columns, factor in ((self.row, column, 1), (size - 1 - self.row, size - 1 - column, signs)):
            turned[rows, columns] = values * factor
            turned[columns, rows] = values * factor * self.transposition
        phases = frame_phases(self.n_spins)
        return np.asarray(phases.conj()[:, None] * turned * phases)


def memory_gib(n_spins: int) -> float:
    """What the generator of one sector needs, about."""
    return 4.0 ** min(n_spins - 1, 500) * (2.5 * n_spins + 1) * BYTES_PER_ELEMENT / 2**30


class _Fold:
    """Where an element stands that may not be one of those kept, and its sign beside that which is."""

    def __init__(self, n_spins: int, transposition: int, parity: int, difference: IntArray, row: IntArray) -> None:
        self.n_spins, self.difference, self.row = n_spins, difference, row
        self.transposition, self.parity = transposition, parity
        self.everything = 2**n_spins - 1
        self.length = np.where((difference == 0) | (difference == self.everything), np.sqrt(2.0), 2.0)
        self.place = np.full(4**n_spins, -1, np.int32)
        self.place[difference << n_spins | row] = np.arange(row.size)

    def entries(
        self, which: IntArray, difference: IntArray, row: IntArray, values: FloatArray
    ) -> tuple[IntArray, IntArray, FloatArray]:
        """Rows, columns and values in the generator, from the elements `which` and what reaches them from others."""
        transposed = (row & _first(difference)) != 0
        row = np.where(transposed, row ^ difference, row)
        alike = self.everything ^ difference
        mirrored = (row & _first(alike)) != 0
        row = np.where(mirrored, row ^ alike, row)
        phase = self.transposition * self.parity * (1 - 2 * (np.bitwise_count(difference) & 1).astype(np.int64))
        sign = np.where(transposed, self.transposition, 1) * np.where(mirrored, phase, 1)
        column = self.place[difference << self.n_spins | row].astype(np.int64)
        exists = column >= 0
        which, column = which[exists], column[exists]
        return which, column, (values * sign)[exists] * self.length[which] / self.length[column]


def _elements(n_spins: int, transposition: int, parity: int) -> tuple[IntArray, IntArray]:
    """Differences and rows of the elements that are kept, ordered by the number of spins that differ, then by block."""
    everything = 2**n_spins - 1
    numbers = np.arange(2**n_spins)
    difference, row = (part.ravel() for part in np.meshgrid(numbers, numbers, indexing="ij"))
    kept: BoolArray = ((row & _first(difference)) == 0) & ((row & _first(everything ^ difference)) == 0)
    if transposition < 0:
        kept &= difference != 0
    if transposition * parity * (-1) ** n_spins < 0:
        kept &= difference != everything
    difference, row = difference[kept], row[kept]
    order = np.lexsort((row & ~difference, row & difference, difference, np.bitwise_count(difference)))
    return difference[order], row[order]


def _jumps(fold: _Fold, rates: FloatArray) -> csr_array:
    r"""$\sum_{i \notin d} \sqrt{W_i(F_i s) W_i(F_i s')} \rho_{F_i s, F_i s'} - \frac12 (\Lambda(s) + \Lambda(s'))
    \rho_{s s'}$.
    """
    total, column = rates.sum(axis=0), fold.row ^ fold.difference
    everywhere = np.arange(fold.row.size)
    entries = [(everywhere, everywhere, -(total[fold.row] + total[column]) / 2)]
    roots = np.sqrt(rates)
    for spin in range(fold.n_spins):
        bit = 1 << (fold.n_spins - 1 - spin)
        which = np.flatnonzero((fold.difference & bit) == 0)
        left, right = fold.row[which] ^ bit, column[which] ^ bit
        entries.append(fold.entries(which, fold.difference[which], left, roots[spin, left] * roots[spin, right]))
    return _assembled(entries, fold.row.size)


def _drive(fold: _Fold, drive: float) -> csr_array:
    r"""$\sum_i (K_{s, F_i s} \rho_{F_i s, s'} + K_{s', F_i s'} \rho_{s, F_i s'})$, $K = -i \Omega \sigma^y$ real."""
    column, everywhere = fold.row ^ fold.difference, np.arange(fold.row.size)
    entries = []
    for spin in range(fold.n_spins):
        bit = 1 << (fold.n_spins - 1 - spin)
        for origin, row in ((fold.row, fold.row ^ bit), (column, fold.row)):
            values = np.where(origin & bit, drive, -drive)
            entries.append(fold.entries(everywhere, fold.difference ^ bit, row, values))
    return _assembled(entries, fold.row.size)


def _assembled(entries: list[tuple[IntArray, IntArray, FloatArray]], size: int) -> csr_array:
    rows, columns, values = (np.concatenate(part) for part in zip(*entries, strict=True))
    # 32-bit places halve the traffic of every product
    return csr_array((values, (rows.astype(np.int32), columns.astype(np.int32))), shape=(size, size))


def _first(bits: IntArray) -> IntArray:
    """The highest bit that is set, zero if none is."""
    filled = np.array(bits)
    for shift in (1, 2, 4, 8, 16):
        filled |= filled >> shift
    return np.asarray(filled ^ (filled >> 1))


def _signs(n_spins: int) -> FloatArray:
    """$(-1)^{|d|}$, the sign that the turned frame gives the flip of all spins, (2^N, 2^N)."""
    odd = 1.0 - 2.0 * (np.bitwise_count(np.arange(2**n_spins)) & 1)
    return np.outer(odd, odd)
