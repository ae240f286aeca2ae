"""Operators of the symbolic algebra as plain matrices, factor by factor, and Lindblad equations of such matrices.

No rule of the algebra is used: every site has its own matrices and a product of operators is a product of matrices.
Modes are cut at a number of Fock states, so the matrices of operators that raise by m quanta are right in the columns
of fewer than `levels - m` quanta. Density matrices are stacked by columns: vec(A X B) = (B^T kron A) vec X.
"""

from functools import reduce

import numpy as np

PAULI = {"x": np.array([[0, 1], [1, 0]]), "y": np.array([[0, -1j], [1j, 0]]), "z": np.diag([1.0, -1.0])}


def annihilation(levels):
    return np.diag(np.sqrt(np.arange(1.0, levels)), 1)


def factor_matrix(factor, levels):
    """A Pauli matrix, or (m, n) for the product of m creation and n annihilation operators."""
    if isinstance(factor, str):
        return PAULI[factor]
    a = annihilation(levels)
    return np.linalg.matrix_power(a.T, factor[0]) @ np.linalg.matrix_power(a, factor[1])


def matrix(operator, sites, levels=2, values=None):
    """The matrix of `operator` on `sites` in this order, with `values` for its symbols."""
    sizes = [levels if hasattr(site, "ad") else 2 for site in sites]
    total = np.zeros((np.prod(sizes),) * 2, complex)
    for monomial, coefficient in operator.terms.items():
        factors = dict(monomial)
        parts = [
            factor_matrix(factors[site], levels) if site in factors else np.eye(size)
            for site, size in zip(sites, sizes, strict=True)
        ]
        total += complex(coefficient.subs(values or {})) * reduce(np.kron, parts)
    return total


def two_sided_liouvillian(left, right, jumps):
    """The generator of -i (H_l X - X H_r) and the dissipators of (rate, matrix) pairs."""
    one = np.eye(len(left))
    total = -1j * (np.kron(one, left) - np.kron(right.T, one))
    for rate, jump in jumps:
        decay = jump.conj().T @ jump
        total += rate * (np.kron(jump.conj(), jump) - np.kron(one, decay) / 2 - np.kron(decay.T, one) / 2)
    return total


def stationary(liouvillian):
    """The null vector of a Liouvillian as a matrix of unit trace."""
    size = round(np.sqrt(len(liouvillian)))
    equations = np.array(liouvillian)
    equations[0] = np.eye(size).reshape(-1)
    return np.linalg.solve(equations, np.eye(1, size**2)[0]).reshape(size, size, order="F")
