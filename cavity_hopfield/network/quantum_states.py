"""States of spins at the door of the quantum theories: configurations, Bloch vectors, arrays and QuTiP objects."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from cavity_hopfield._checks import spin_array
from cavity_hopfield._typing import ArrayLike, ComplexArray, FloatArray
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.model import ProductState
from cavity_hopfield.operators.qutip_door import plain
from cavity_hopfield.operators.spaces import PAULI

SLACK = 1e-10
"""Deviation from a normalised, Hermitian, positive state that passes as round-off."""
InitialState = Any
"""A configuration (N,), a `ProductState` without modes, a ket (2^N,), a density matrix (2^N, 2^N), or either as a
`qutip.Qobj`; in the product basis, spin 0 first, up before down."""


def bloch_vectors(initial: InitialState, n_spins: int) -> FloatArray:
    """Bloch vectors (N, 3) of a configuration or `ProductState`."""
    if isinstance(initial, ProductState):
        if initial.bloch.shape[0] != n_spins or initial.amplitudes.size:
            raise ArgumentError(
                f"Argument `initial` must have {n_spins} spins and no modes, but has {initial.bloch.shape[0]} spins "
                f"and {initial.amplitudes.size} modes. Give `ProductState(bloch)`."
            )
        return initial.bloch
    spins = spin_array("initial", initial, n_spins=n_spins, ndim=1)
    return np.stack([np.zeros(n_spins), np.zeros(n_spins), spins.astype(np.float64)], axis=1)


def density_matrix(initial: InitialState, n_spins: int) -> ComplexArray:
    """The density matrix (2^N, 2^N) of any state at the door.

    Raises
    ------
    ArgumentError
        If a shape does not fit, or the state is not normalised, Hermitian and positive, with the number that tells.
    """
    given = _array_or_none(initial, n_spins)
    if given is None:
        return _product(_one_spin(vector) for vector in bloch_vectors(initial, n_spins))
    if given.ndim == 1:
        ket = _normalised(given)
        return np.outer(ket, ket.conj())
    return _checked(given)


def state_vector(initial: InitialState, n_spins: int) -> ComplexArray:
    """The ket (2^N,) of a pure state at the door.

    Raises
    ------
    ArgumentError
        If the state is not pure; a mixture is no state vector.
    """
    given = _array_or_none(initial, n_spins)
    if given is None:
        vectors = bloch_vectors(initial, n_spins)
        return _product(_spinor(i, vector) for i, vector in enumerate(vectors))
    if given.ndim == 1:
        return _normalised(given)
    weights, eigenvectors = np.linalg.eigh(_checked(given))
    if weights[-1] < 1 - SLACK:
        raise ArgumentError(
            f"Argument `initial` must be a pure state, but its purity is {float(np.sum(weights**2)):g}. Evolve its "
            "pure parts one by one, or use `Lindblad`."
        )
    return np.asarray(eigenvectors[:, -1])


def configuration_index(sigma: ArrayLike, n_spins: int) -> int:
    """The place of the configuration `sigma` (N,) in the product basis."""
    spins = spin_array("initial", sigma, n_spins=n_spins, ndim=1)
    return int(((1 - spins.astype(np.int64)) // 2) @ (1 << np.arange(n_spins)[::-1]))


def _array_or_none(initial: InitialState, n_spins: int) -> ComplexArray | None:
    """A ket or density matrix as a finite complex array; None for a configuration or product state."""
    if isinstance(initial, ProductState):
        return None
    try:
        given = np.asarray(plain(initial))
    except ValueError as error:
        raise ArgumentError(f"Argument `initial` must hold numbers in a regular shape, but is {initial!r}.") from error
    if given.dtype.kind not in "biufc" or not np.isfinite(given).all():
        raise ArgumentError(f"Argument `initial` must hold finite numbers, but is {initial!r}.")
    if given.shape == (n_spins,) and np.isin(given, (-1, 1)).all():
        return None
    if given.shape not in {(2**n_spins,), (2**n_spins, 2**n_spins)}:
        raise ArgumentError(
            f"Argument `initial` must be a configuration of {n_spins} spins +-1, a ket ({2**n_spins},) or a density "
            f"matrix ({2**n_spins}, {2**n_spins}), but has shape {given.shape}."
        )
    return given.astype(np.complex128)


def _normalised(ket: ComplexArray) -> ComplexArray:
    norm = float(np.linalg.norm(ket))
    if abs(norm - 1) > SLACK:
        raise ArgumentError(f"Argument `initial` must be a ket of norm 1, but its norm is {norm:g}. Divide by it.")
    return ket


def _checked(rho: ComplexArray) -> ComplexArray:
    skew = float(np.abs(rho - rho.conj().T).max())
    if abs(np.trace(rho) - 1) > SLACK or skew > SLACK:
        raise ArgumentError(
            f"Argument `initial` must be Hermitian with trace 1, but its trace is {np.trace(rho):g} and it differs "
            f"from its conjugate by {skew:g}."
        )
    smallest = float(np.linalg.eigvalsh(rho)[0])
    if smallest < -SLACK:
        raise ArgumentError(f"Argument `initial` must have no negative eigenvalue, but has {smallest:g}.")
    return rho


def _product(factors: Iterable[ComplexArray]) -> ComplexArray:
    """The tensor product, the first factor slowest."""
    whole = np.ones((), np.complex128)
    for factor in factors:
        whole = np.asarray(np.kron(whole, factor))
    return whole


def _one_spin(vector: FloatArray) -> ComplexArray:
    turned = sum(part * PAULI[axis] for part, axis in zip(vector, "xyz", strict=True))
    return np.asarray((np.eye(2) + turned) / 2)


def _spinor(spin: int, vector: FloatArray) -> ComplexArray:
    length = float(np.linalg.norm(vector))
    if abs(length - 1) > SLACK:
        raise ArgumentError(
            f"Argument `initial` must be a pure state, but the Bloch vector of spin {spin} has length {length:g}. Use "
            "`Lindblad` for a mixture."
        )
    x, y, z = vector / length
    down = complex(x, y) / np.sqrt(2 * (1 + z)) if z > -1 else 1.0
    return np.array([np.sqrt((1 + z) / 2), down], np.complex128)
