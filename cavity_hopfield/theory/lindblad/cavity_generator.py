"""The generator of spins and light without a superoperator: density matrices packed into one real matrix each."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse import csr_array, diags_array, vstack
from scipy.sparse.linalg import eigsh

from cavity_hopfield._typing import ComplexArray, FloatArray, IntArray
from cavity_hopfield.cavity import CavitySpace
from cavity_hopfield.dynamics import Ellipse
from cavity_hopfield.theory.lindblad._cavity_kernels import BAND, ROWS, Diagonals, Jumps, Rooms, Tables, advance

SMALLEST_KRYLOV = 40
"""Dimension up to which the spread of the energies comes from a dense matrix."""
FARTHEST = 64
"""Reach of the diagonals of A up to which the transpose is made block by block."""
TURNS_OF_A_HALF = 2
MARGIN = 1.12
"""Height of the ellipse beside the spread of the energies, for coherences that hardly decay lie near its end."""


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
        r"""Around the numerical range: as high as the energies spread, and twice as long as the fastest decay, for the
        jumps' gain doubles it. On one around the eigenvalues alone the polynomials grow, and steps are lost.
        """
        energies = self.space.hamiltonian
        if self.size <= SMALLEST_KRYLOV:
            values = np.linalg.eigvalsh(energies.toarray())
        else:
            start = np.cos(np.arange(self.size)) + 0j
            lowest = eigsh(energies, k=1, which="SA", v0=start, tol=1e-2, return_eigenvectors=False)
            highest = eigsh(energies, k=1, which="LA", v0=start, tol=1e-2, return_eigenvectors=False)
            values = np.concatenate([lowest, highest])
        fastest = float(abs(self.decay).sum(axis=1).max(initial=0.0))
        return Ellipse(max(2 * fastest, 1e-3), MARGIN * max(float(values[-1] - values[0]), 1e-3))

    @cached_property
    def turns(self) -> IntArray:
        r"""$k$ (D,) of a gauge $|i\rangle \to i^{k_i} |i\rangle$ that leaves the jumps real: in it, what creates or
        removes one photon, and what turns one spin, is imaginary, so that A is little more than a diagonal.
        """
        places = np.array(np.unravel_index(np.arange(self.size), self.space.dimensions))
        channels, n_spins = self.space.model.channels, len(self.space.twice_lengths)
        apart = places if channels is None or channels.axis == "z" else places[n_spins:]
        return np.asarray(apart.sum(axis=0) % 4, np.int64)

    def turned(self, x: FloatArray) -> FloatArray:
        r"""$u^\dagger \rho u$ with $u = i^k$, packed and flat, as `advance` wants it."""
        return self._with_turns(x, self.turns)

    def turned_back(self, x: FloatArray) -> FloatArray:
        r"""$u \rho u^\dagger$, the inverse of `turned`."""
        return self._with_turns(x, -self.turns)

    def _with_turns(self, x: FloatArray, turns: IntArray) -> FloatArray:
        square = x.reshape(self.size, self.size)
        by = (turns - turns[:, None]) % 4
        # times i: R + iI becomes -I + iR, whose packed matrix is the transpose
        return np.asarray(np.where(by % 2, square.T, square) * np.where(by < TURNS_OF_A_HALF, 1.0, -1.0)).ravel()

    def turned_rows(self, rows: csr_array) -> csr_array:
        """Functionals of packed matrices as functionals of those that `turned` gives."""
        entries = rows.tocoo()
        i, k = np.divmod(entries.coords[1].astype(np.int64), self.size)
        by = (self.turns[i] - self.turns[k]) % 4
        odd = by % 2 == 1
        places = np.where(odd, k, i) * self.size + np.where(odd, i, k)
        values = entries.data * np.where(by < TURNS_OF_A_HALF, 1.0, -1.0)
        return csr_array((values, (entries.coords[0], places)), shape=rows.shape)

    @cached_property
    def _turned_tables(self) -> Tables:
        turn = csr_array(diags_array(1j**self.turns))
        return _tables(self.space, csr_array(turn.conj() @ self.space.hamiltonian @ turn), self.decay)

    @cached_property
    def _plain_tables(self) -> Tables:
        return _tables(self.space, self.space.hamiltonian, self.decay)

    def advance(
        self,
        now: FloatArray,
        before: FloatArray,
        end: FloatArray,
        factors: tuple[float, float, float, float, float],
    ) -> None:
        """In place, `before` becomes a L `now` + b `now` + c `before`; then `end` grows by d `now` + e `before`; all
        of them are turned.
        """
        advance(now, before, end, factors, self._turned_tables, _rooms(self._turned_tables))

    def apply(self, x: FloatArray) -> FloatArray:
        """The generator times a packed matrix, in a new array."""
        out = np.zeros_like(x)
        factors, tables = (1.0, 0.0, 0.0, 0.0, 0.0), self._plain_tables
        advance(np.require(x, requirements=["C", "W"]), out, out, factors, tables, _rooms(tables))
        return out


def _rooms(tables: Tables) -> Rooms:
    """Room for a block of the transpose and what A needs around it, or for all of it."""
    offsets = tables[2][0]
    reach, size = int(np.abs(offsets).max(initial=0)), tables[0].size
    block = (ROWS + 2 * reach) * (BAND + 2 * reach)
    return np.zeros(size**2 if reach > FARTHEST or block > size**2 else block), reach, np.empty(BAND)


def _tables(space: CavitySpace, hamiltonian: csr_array, decay: csr_array) -> Tables:
    """What the kernel wants of A, B - G and the jumps."""
    turning, drifting = csr_array(hamiltonian.real), csr_array(hamiltonian.imag - decay)
    own, less = (np.ascontiguousarray(part.diagonal(), np.float64) for part in (turning, drifting))
    return own, less, _in_fours(*_diagonals(turning)), _in_fours(*_diagonals(drifting)), _jump_terms(space)


def _in_fours(offsets: IntArray, weights: FloatArray) -> Diagonals:
    """Without the main diagonal, and as many as the kernel takes at a time."""
    kept = offsets != 0
    missing = -int(kept.sum()) % 4
    offsets, weights = np.append(offsets[kept], np.zeros(missing, np.int64)), weights[kept]
    return offsets, np.append(weights, np.zeros((missing, weights.shape[1])), axis=0)


def _diagonals(matrix: csr_array) -> tuple[IntArray, FloatArray]:
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
