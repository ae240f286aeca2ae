"""Real coordinates of Hermitian matrices: half the numbers, and real arithmetic."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array, kron, vstack

from cavity_hopfield._typing import ComplexArray, FloatArray, IntArray

Factors = tuple[csr_array, csr_array]
"""The Kronecker product of two sparse arrays."""


@dataclass(frozen=True, eq=False)
class HermitianSector:
    r"""Vectors v (D,) with $v_{T(k)} = v_k^*$ and, where there is a parity, $v_{P(k)} = s_k v_k$: each is $E x$ with
    real coordinates x (d,), the real or imaginary part of one element of each orbit.

    Attributes
    ----------
    kept : (d,) array of int
        The element of each coordinate.
    imaginary : (d,) array of bool
        Whether the coordinate is its imaginary part.
    expansion : (D, d) sparse complex array
        E.
    """

    kept: IntArray
    imaginary: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
    expansion: csr_array

    @classmethod
    def of(cls, transposed: IntArray, turned: tuple[IntArray, IntArray] | None = None) -> "HermitianSector":
        """From the images T(k) (D,) and, for the parity, P(k) and the signs s_k."""
        here = np.arange(transposed.size)
        images, signs, conjugate = [here, transposed], [np.ones_like(here)] * 2, [False, True]
        if turned is not None:
            images += [turned[0], transposed[turned[0]]]
            signs += [turned[1]] * 2
            conjugate += [False, True]
        orbit, sign = np.stack(images), np.stack(signs)
        first = orbit.argmin(axis=0)
        head = orbit[first, here]
        alive = [np.ones(here.size, np.bool_), np.ones(here.size, np.bool_)]
        for image, factor, flips in zip(images, signs, conjugate, strict=True):
            alive[0] &= (image != here) | (factor > 0)
            alive[1] &= (image != here) | ((-factor if flips else factor) > 0)
        present = np.stack(alive, axis=1) & (head == here)[:, None]
        column = np.cumsum(present.reshape(-1)).reshape(present.shape) - 1
        kept, imaginary = np.nonzero(present)
        entries, rows, columns = [], [], []
        for part, unit in enumerate((1.0 + 0j, 1j)):
            some = np.flatnonzero(present[head, part])
            turned_over = np.array(conjugate)[first[some]] & (part == 1)
            entries.append(unit * sign[first[some], some] * np.where(turned_over, -1, 1))
            rows.append(some)
            columns.append(column[head[some], part])
        places = (np.concatenate(rows), np.concatenate(columns))
        expansion = csr_array((np.concatenate(entries), places), shape=(here.size, kept.size))
        return cls(kept, imaginary.astype(np.bool_), expansion)

    @property
    def size(self) -> int:
        """Number of coordinates d."""
        return int(self.kept.size)

    def coordinates(self, vector: ComplexArray) -> FloatArray:
        """Those of a vector (D,)."""
        return np.where(self.imaginary, vector[self.kept].imag, vector[self.kept].real)

    def restricted(self, parts: list[Factors]) -> csr_array:
        """The generator that is the sum of Kronecker products, and keeps the symmetries, for coordinates: (d, d)."""
        heads, of_head = np.unique(self.kept, return_inverse=True)
        total = csr_array((self.size, self.size))
        order = np.argsort(np.concatenate([np.flatnonzero(~self.imaginary), np.flatnonzero(self.imaginary)]))
        for left, right in parts:
            image = csr_array(_some_rows(left, right, heads) @ self.expansion)
            real, imaginary = of_head[~self.imaginary], of_head[self.imaginary]
            both = csr_array(vstack([image.real[real], image.imag[imaginary]]))
            total = total + both[order]
        total.eliminate_zeros()
        total.sort_indices()
        # short indices: a product is bound by the memory that it reads
        return csr_array((total.data, total.indices.astype(np.int32), total.indptr.astype(np.int32)), total.shape)

    def functionals(self, rows: csr_array) -> csr_array:
        """Functionals (R, D) of v as those of x: the real parts of their values, then the imaginary parts, (2 R, d)."""
        found = csr_array(rows @ self.expansion)
        both = csr_array(vstack([found.real, found.imag]))
        both.eliminate_zeros()
        return both


def _some_rows(left: csr_array, right: csr_array, rows: IntArray) -> csr_array:
    """Some rows, in order, of a Kronecker product."""
    return csr_array(csr_array(kron(left, right, format="csr"))[rows])
