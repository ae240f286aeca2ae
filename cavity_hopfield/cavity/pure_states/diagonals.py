"""Sparse operators as the few diagonals they have, for kernels."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array, csr_array

from cavity_hopfield._typing import ComplexArray, FloatArray, IntArray

REAL, IMAGINARY = 1, 2


@dataclass(frozen=True, eq=False)
class DiagonalOperators:
    r"""Operators one after the other, each as its diagonals.

    Attributes
    ----------
    offsets : (B,) array of int
        Column minus row.
    kinds : (B,) array of int
        1 for a real diagonal, 2 for an imaginary, 3 for a complex one.
    real, imag : (B, D) arrays
        The element of each row.
    bounds : (K + 1,) array of int
        Operator k has the diagonals from `bounds[k]` to before `bounds[k + 1]`.
    """

    offsets: IntArray
    kinds: IntArray
    real: FloatArray
    imag: FloatArray
    bounds: IntArray

    @classmethod
    def of(cls, operators: Sequence[csr_array], size: int) -> "DiagonalOperators":
        """The diagonals of `operators`, all of shape (size, size)."""
        offsets, values, bounds = [], [], [0]
        for operator in operators:
            entries = coo_array(operator)
            where = entries.col.astype(np.int64) - entries.row
            # an operator that vanishes has one diagonal too
            for offset in np.unique(where[entries.data != 0]) if entries.data.any() else [0]:
                mine = where == offset
                diagonal = np.zeros(size, np.complex128)
                np.add.at(diagonal, entries.row[mine], entries.data[mine])
                offsets.append(int(offset))
                values.append(diagonal)
            bounds.append(len(offsets))
        full = np.array(values, np.complex128).reshape(len(offsets), size)
        kinds = REAL * full.real.any(axis=1).astype(np.int64) + IMAGINARY * full.imag.any(axis=1).astype(np.int64)
        return cls(
            np.array(offsets, np.int64),
            np.asarray(kinds, np.int64),
            np.ascontiguousarray(full.real),
            np.ascontiguousarray(full.imag),
            np.array(bounds, np.int64),
        )

    @property
    def diagonals(self) -> tuple[IntArray, IntArray, FloatArray, FloatArray]:
        """What kernels take."""
        return self.offsets, self.kinds, self.real, self.imag


def norm_bound(operator: csr_array) -> float:
    r"""$\sqrt{\|A\|_1 \|A\|_\infty} \ge \|A\|_2$."""
    sizes = abs(operator)
    return float(np.sqrt(sizes.sum(axis=0).max() * sizes.sum(axis=1).max()))


def real_parts(ket: ComplexArray) -> FloatArray:
    """Real and imaginary part (2, D) of a vector (D,)."""
    return np.stack([ket.real, ket.imag])
