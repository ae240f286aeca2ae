"""The generator of spins and light without a superoperator: density matrices packed into one real matrix each."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse import csr_array, vstack
from scipy.sparse.linalg import eigsh

from cavity_hopfield._typing import ComplexArray, FloatArray
from cavity_hopfield.cavity import CavitySpace
from cavity_hopfield.dynamics import Ellipse
from cavity_hopfield.theory.lindblad._cavity_kernels import Diagonals, Jumps, advance, transpose

SMALLEST_KRYLOV = 40
"""Dimension up to which the spread of the energies comes from a dense matrix."""


def packed(rho: ComplexArray) -> FloatArray:
    r"""$X = \mathrm{Re}\,\rho + \mathrm{Im}\,\rho$ of a Hermitian matrix (D, D), which it determines."""
    return np.ascontiguousarray(rho.real + rho.imag)


def unpacked(x: FloatArray) -> ComplexArray:
    r"""$\rho = \frac12 (X + X^T) + \frac i2 (X - X^T)$."""
    return np.asarray((x + x.T) / 2 + 0.5j * (x - x.T))


def functionals(observables: list[csr_array]) -> csr_array:
    r"""Rows whose product with a packed matrix, row after row, is $\mathrm{tr}(O \rho)$, for Hermitian operators."""
    rows = []
    for operator in observables:
        entries = csr_array(operator).tocoo()
        size = operator.shape[0]
        places = entries.coords[0].astype(np.int64) * size + entries.coords[1]
        values = entries.data.real + entries.data.imag
        rows.append(csr_array((values, (np.zeros_like(places), places)), shape=(1, size * size)))
    return csr_array(vstack(rows))


def hermitian_parts(operator: csr_array) -> list[csr_array]:
    """X and Y of X + iY, both Hermitian."""
    adjoint = csr_array(operator.conj().T)
    return [csr_array((operator + adjoint) / 2), csr_array((operator - adjoint) / 2j)]


@dataclass(frozen=True, eq=False)
class CavityGenerator:
    r"""$\mathcal{L} \rho = -i [H, \rho] + \sum_k r_k D[L_k] \rho$ on packed density matrices (D, D), flat.

    Parameters
    ----------
    space : CavitySpace
        Spins and modes; their jumps are real.
    """

    space: CavitySpace

    @property
    def size(self) -> int:
        """D."""
        return self.space.size

    @cached_property
    def decay(self) -> csr_array:
        r"""$G = \frac12 \sum_k r_k L_k^\dagger L_k$, real and symmetric."""
        total = csr_array((self.size, self.size))
        for rate, jump in self.space.jumps:
            total = total + 0.5 * rate * (jump.T @ jump).real
        return csr_array(total)

    @cached_property
    def ellipse(self) -> Ellipse:
        """Around the eigenvalues: as high as the energies spread, as long as the fastest decay."""
        energies = self.space.hamiltonian
        if self.size <= SMALLEST_KRYLOV:
            values = np.linalg.eigvalsh(energies.toarray())
        else:
            start = np.cos(np.arange(self.size)) + 0j
            lowest = eigsh(energies, k=1, which="SA", v0=start, tol=1e-2, return_eigenvectors=False)
            highest = eigsh(energies, k=1, which="LA", v0=start, tol=1e-2, return_eigenvectors=False)
            values = np.concatenate([lowest, highest])
        fastest = float(abs(self.decay).sum(axis=1).max(initial=0.0))
        return Ellipse(max(fastest, 1e-3), 1.02 * max(float(values[-1] - values[0]), 1e-3))

    @cached_property
    def _tables(self) -> tuple[Diagonals, Diagonals, Jumps]:
        energies = self.space.hamiltonian
        drifting = csr_array(energies.imag - self.decay)
        return _diagonals(csr_array(energies.real)), _diagonals(drifting), _jump_terms(self.space)

    @cached_property
    def _room(self) -> tuple[FloatArray, FloatArray]:
        return np.empty((self.size, self.size)), np.empty(self.size)

    def advance(
        self,
        now: FloatArray,
        before: FloatArray,
        end: FloatArray,
        factors: tuple[float, float, float, float, float],
    ) -> None:
        """In place, `before` becomes a L `now` + b `now` + c `before`; then `end` grows by d `now` + e `before`."""
        turned, row = self._room
        square = (self.size, self.size)
        transpose(now.reshape(square), turned)
        advance(now.reshape(square), turned, before.reshape(square), end.reshape(square), factors, *self._tables, row)

    def apply(self, x: FloatArray) -> FloatArray:
        """The generator times a packed matrix, in a new array."""
        out = np.zeros_like(x)
        self.advance(np.ascontiguousarray(x), out, out, (1.0, 0.0, 0.0, 0.0, 0.0))
        return out


def _diagonals(matrix: csr_array) -> Diagonals:
    """Its diagonals that are not zero."""
    entries = matrix.tocoo()
    rows, columns = (place.astype(np.int64) for place in entries.coords)
    kept = entries.data != 0
    rows, columns, data = rows[kept], columns[kept], entries.data[kept]
    offsets, which = np.unique(columns - rows, return_inverse=True)
    weights = np.zeros((offsets.size, matrix.shape[0]))
    weights[which, rows] = data
    return offsets, weights


def _jump_terms(space: CavitySpace) -> Jumps:
    """All pairs of diagonals of every jump."""
    left, right, rows, columns = [], [], [], []
    for rate, jump in space.jumps:
        offsets, weights = _diagonals(csr_array(jump.real))
        for first, of_rows in zip(offsets, weights, strict=True):
            for second, of_columns in zip(offsets, weights, strict=True):
                left.append(int(first))
                right.append(int(second))
                rows.append(rate * of_rows)
                columns.append(of_columns)
    shape = (len(left), space.size)
    return (
        np.array(left, np.int64),
        np.array(right, np.int64),
        np.array(rows, np.float64).reshape(shape),
        np.array(columns, np.float64).reshape(shape),
    )
