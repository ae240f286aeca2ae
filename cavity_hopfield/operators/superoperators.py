r"""Generators of density matrices, which are stacked by columns: $\mathrm{vec}(A \rho B) = (B^T \otimes A)\,
\mathrm{vec}\,\rho$. QuTiP stacks alike.
"""

from collections.abc import Iterable

from scipy.sparse import csr_array, eye_array, kron

Jump = tuple[float, csr_array]
"""A rate and a jump operator: the channel `rate * D[operator]`."""


def adjoint(operator: csr_array) -> csr_array:
    """The Hermitian conjugate."""
    return csr_array(operator.conj().T)


def two_sided(left: csr_array, right: csr_array) -> csr_array:
    r"""$\rho \mapsto A \rho B$."""
    return csr_array(kron(right.T, left))


def turning(left: csr_array, right: csr_array | None = None) -> csr_array:
    r"""$\rho \mapsto -i (H_l \rho - \rho H_r)$; with one Hamiltonian the commutator $-i [H, \rho]$."""
    other = left if right is None else right
    one, another = eye_array(left.shape[0]), eye_array(other.shape[0])
    return csr_array(-1j * (kron(another, left) - kron(other.T, one)))


def dissipator(jump: csr_array) -> csr_array:
    r"""$\rho \mapsto L \rho L^\dagger - \frac12 (L^\dagger L \rho + \rho L^\dagger L)$."""
    one = eye_array(jump.shape[0])
    decay = adjoint(jump) @ jump
    return csr_array(kron(jump.conj(), jump) - (kron(one, decay) + kron(decay.T, one)) / 2)


def lindbladian(hamiltonian: csr_array, jumps: Iterable[Jump]) -> csr_array:
    r"""$\rho \mapsto -i [H, \rho] + \sum_k r_k D[L_k] \rho$."""
    total = turning(hamiltonian)
    for rate, jump in jumps:
        if rate:
            total = csr_array(total + rate * dissipator(jump))
    return total
