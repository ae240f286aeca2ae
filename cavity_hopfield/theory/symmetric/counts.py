r"""Density matrices that no exchange of spins changes, told by how many spins are in each of the states
$|{\uparrow}\rangle\langle{\uparrow}|$, $|{\uparrow}\rangle\langle{\downarrow}|$,
$|{\downarrow}\rangle\langle{\uparrow}|$, $|{\downarrow}\rangle\langle{\downarrow}|$.
"""

from dataclasses import dataclass
from functools import cached_property, reduce
from math import comb

import numpy as np
from scipy.sparse import csr_array, diags_array, eye_array, kron
from scipy.special import comb as binomial

from cavity_hopfield._typing import ArrayLike, ComplexArray, FloatArray, IntArray

UP_UP, UP_DOWN, DOWN_UP, DOWN_DOWN = range(4)
"""Row and column of one spin of the density matrix."""
COHERENT = (UP_DOWN, DOWN_UP)


def dimension_of(sizes: IntArray) -> int:
    r"""$\prod_c \binom{n_c + 3}{3}$."""
    return int(np.prod([comb(int(size) + 3, 3) for size in sizes], dtype=object))


@dataclass(frozen=True, eq=False)
class ClassCounts:
    r"""$v_n = \binom{N - k}{n_{uu}} \binom{k}{n_{ud}} \rho_n$ with $k = n_{ud} + n_{du}$: the element of the density
    matrix times the number of its places, over the number of choices of the k spins.

    In this basis the trace and the mean of a spin are plain sums, and $\sum_n |v_n| \le N + 1$ for every product
    state: norms of vectors tell the size of the errors that are read off them, at any N. (With Hilbert-Schmidt
    normalised elements the trace functional has the length $2^{N/2}$, with elements times the number of their places a
    pure state has the length $2^N$, and tests that stop by norms mean little.)

    Attributes
    ----------
    size : int
        Number of spins N.
    counts : (D, 4) array of int
        All $(n_{uu}, n_{ud}, n_{du}, n_{dd})$ with sum N, $D = \binom{N+3}{3}$.
    """

    size: int

    @cached_property
    def counts(self) -> IntArray:
        """All counts, shape (D, 4)."""
        grid = np.indices((self.size + 1,) * 3).reshape(3, -1).T
        inside = grid[grid.sum(axis=1) <= self.size]
        return np.column_stack([inside[:, 0], inside[:, 1], inside[:, 2], self.size - inside.sum(axis=1)])

    @cached_property
    def coherences(self) -> IntArray:
        """$k$ of every state, shape (D,)."""
        return np.asarray(self.counts[:, UP_DOWN] + self.counts[:, DOWN_UP])

    @property
    def dimension(self) -> int:
        """D."""
        return len(self.counts)

    def places(self, counts: IntArray) -> IntArray:
        """Where `counts` (K, 4) stand."""
        return np.asarray(self._place[counts[:, 0], counts[:, 1], counts[:, 2]])

    def lifted(self, one_spin: ComplexArray) -> csr_array:
        r"""$\sum_i \mathcal{S}_i$ for any linear map $\mathcal{S}$ (4, 4) of the elements of one spin, in the order
        up-up, up-down, down-up, down-down, shape (D, D).
        """
        total = csr_array(diags_array(self.counts @ np.diag(one_spin)))
        places = [(int(source), int(target)) for target, source in zip(*np.nonzero(one_spin), strict=True)]
        chosen = [(source, target, complex(one_spin[target, source])) for source, target in places if source != target]
        return csr_array(total + self.moves(*chosen)) if chosen else total

    def moves(self, *chosen: tuple[int, int, complex]) -> csr_array:
        r"""Every spin in the state `source` goes to `target` at the rate `factor`, for all `chosen` (source, target,
        factor): $v_{n'} \mathrel{+}= f\, n_s \binom{N}{k} / \binom{N}{k'}\, v_n$.
        """
        entries, rows, columns = zip(*(self._move(*one) for one in chosen), strict=True)
        places = (np.concatenate(rows), np.concatenate(columns))
        return csr_array((np.concatenate(entries), places), shape=(self.dimension,) * 2)

    def _move(self, source: int, target: int, factor: complex) -> tuple[FloatArray | ComplexArray, IntArray, IntArray]:
        movable: IntArray = np.flatnonzero(self.counts[:, source] > 0)
        after = self.counts[movable]
        number = np.asarray(factor * after[:, source].astype(np.float64))
        after[:, source] -= 1
        after[:, target] += 1
        k = self.coherences[movable]
        change = int(target in COHERENT) - int(source in COHERENT)
        if change > 0:
            number *= (k + 1) / (self.size - k)
        elif change < 0:
            number *= (self.size - k + 1) / k
        return number, self.places(after), movable

    def product(self, one_spin: ArrayLike) -> ComplexArray:
        """The state whose spins all have the elements `one_spin` (4,): up-up, up-down, down-up, down-down."""
        elements = np.prod(np.asarray(one_spin, dtype=np.complex128) ** self.counts, axis=1)
        up, k = self.counts[:, UP_UP], self.coherences
        arrangements = binomial(self.size - k, up) * binomial(k, self.counts[:, UP_DOWN])
        return np.asarray(elements * arrangements)

    def configuration(self, n_up: int) -> FloatArray:
        """All orders of `n_up` spins up and the others down, equally likely."""
        vector = np.zeros(self.dimension)
        vector[self._place[n_up, 0, 0]] = 1.0
        return vector

    @cached_property
    def transposed(self) -> IntArray:
        """Where rows and columns exchanged stand."""
        return self.places(self.counts[:, [UP_UP, DOWN_UP, UP_DOWN, DOWN_DOWN]])

    @cached_property
    def turned(self) -> IntArray:
        """Where all spins turned over stand."""
        return self.places(self.counts[:, ::-1])

    @cached_property
    def _place(self) -> IntArray:
        table = np.full((self.size + 1,) * 3, -1)
        table[self.counts[:, 0], self.counts[:, 1], self.counts[:, 2]] = np.arange(self.dimension)
        return table


@dataclass(frozen=True, eq=False)
class Sector:
    """States that the symmetries multiply by given signs: what is left of the basis.

    Attributes
    ----------
    kept : (d,) array of int
        One state of each orbit.
    expansion : (D, d) sparse array
        From a vector of the sector to the whole vector, of entries 0 and +-1.
    """

    kept: IntArray
    expansion: csr_array

    def restricted(self, generator: csr_array) -> csr_array:
        """A generator (D, D) that commutes with the symmetries, on the sector: shape (d, d)."""
        found = csr_array(csr_array(generator[self.kept]) @ self.expansion)
        found.sort_indices()
        # short indices: a product is bound by the memory that it reads
        return csr_array((found.data, found.indices.astype(np.int32), found.indptr.astype(np.int32)), found.shape)

    def functionals(self, rows: csr_array) -> csr_array:
        """Linear functionals (R, D) of vectors of the sector, shape (R, d)."""
        return csr_array(rows @ self.expansion)


@dataclass(frozen=True, eq=False)
class CountBasis:
    """The product of the counts of every class, the first class slowest.

    Attributes
    ----------
    classes : tuple of ClassCounts
        The factors.
    """

    classes: tuple[ClassCounts, ...]

    @classmethod
    def of(cls, sizes: IntArray) -> "CountBasis":
        """For classes of the given sizes (C,)."""
        return cls(tuple(ClassCounts(int(size)) for size in sizes))

    @property
    def dimension(self) -> int:
        """D."""
        return int(np.prod([factor.dimension for factor in self.classes]))

    def within(self, place: int, operator: csr_array) -> csr_array:
        """`operator` of one class among all."""
        if len(self.classes) == 1:
            return operator
        before = eye_array(int(np.prod([factor.dimension for factor in self.classes[:place]], dtype=np.int64)))
        after = eye_array(int(np.prod([factor.dimension for factor in self.classes[place + 1 :]], dtype=np.int64)))
        return csr_array(kron(kron(before, operator), after, format="csr"))

    def spread(self, place: int, values: IntArray) -> IntArray:
        """`values` of the states of one class, for every state of all, shape (D,)."""
        shape = [1] * len(self.classes)
        shape[place] = -1
        whole = tuple(factor.dimension for factor in self.classes)
        return np.broadcast_to(values.reshape(shape), whole).reshape(-1)

    def product(self, vectors: list[ComplexArray]) -> ComplexArray:
        """The state in which the classes have the given states and know nothing of each other."""
        whole: ComplexArray = vectors[0]
        for vector in vectors[1:]:
            whole = np.asarray(np.kron(whole, vector))
        return whole

    def sector(self, transposition: int, parity: int | None = None) -> Sector:
        r"""The sector with $\rho^T = \pm\rho$ in the frame where the generator is real and, if `parity` is given, with
        $\prod_i \sigma^x_i\, \rho \prod_i \sigma^x_i = \pm\rho$.
        """
        here = np.arange(self.dimension)
        images, factors = [here, self.images("transposed")], [np.ones(here.size), np.full(here.size, transposition)]
        if parity is not None:
            # the frame turns sigma^x into sigma^y, which gives each coherence a sign
            odd = reduce(np.add.outer, [factor.coherences for factor in self.classes]).reshape(-1) % 2
            turned = self.images("turned")
            images += [turned, turned[images[1]]]
            factors += [parity * (1 - 2 * odd), transposition * parity * (1 - 2 * odd)]
        orbit, sign = np.stack(images), np.stack(factors)
        first = orbit.argmin(axis=0)
        head, of_head = orbit[first, here], sign[first, here]
        alive = ~((orbit == here) & (sign < 0)).any(axis=0)
        kept = np.flatnonzero(alive & (head == here))
        column = np.full(here.size, -1)
        column[kept] = np.arange(kept.size)
        rows = np.flatnonzero(alive)
        entries = (of_head[rows].astype(np.float64), (rows, column[head[rows]]))
        return Sector(kept, csr_array(entries, shape=(here.size, kept.size)))

    def places_of(self, kept: IntArray) -> IntArray:
        """Lattice places of some states, which every move changes by at most one in each coordinate, shape (d, 3 C)."""
        locals_ = np.unravel_index(kept, tuple(factor.dimension for factor in self.classes))
        return np.concatenate([f.counts[at, :DOWN_DOWN] for f, at in zip(self.classes, locals_, strict=True)], axis=1)

    @cached_property
    def classical(self) -> IntArray:
        """Where the classical states stand, spins up in each class the slowest first, shape (G,)."""
        return self._joint([np.flatnonzero(factor.coherences == 0) for factor in self.classes])

    @cached_property
    def coherent(self) -> list[IntArray]:
        """Where the states stand whose sum is the up-down element of the reduced state of a spin of each class."""
        classical = [np.flatnonzero(factor.coherences == 0) for factor in self.classes]
        found = []
        for c, this in enumerate(self.classes):
            single = np.flatnonzero((this.coherences == 1) & (this.counts[:, UP_DOWN] == 1))
            found.append(self._joint([*classical[:c], single, *classical[c + 1 :]]))
        return found

    def _joint(self, chosen: list[IntArray]) -> IntArray:
        whole = np.zeros(1, np.int64)
        for factor, places in zip(self.classes, chosen, strict=True):
            whole = np.add.outer(whole * factor.dimension, places).reshape(-1)
        return whole

    def images(self, symmetry: str) -> IntArray:
        """Where every state goes if all classes are "transposed" or "turned", shape (D,)."""
        whole = np.zeros(1, np.int64)
        for factor in self.classes:
            whole = np.add.outer(whole * factor.dimension, getattr(factor, symmetry)).reshape(-1)
        return whole
