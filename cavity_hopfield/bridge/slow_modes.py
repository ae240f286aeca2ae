"""The slowest eigenvalues of a generator of the spins, and of the full one of spins and light."""

import numpy as np
from scipy.linalg import eig
from scipy.sparse import csc_array, eye_array
from scipy.sparse.linalg import LinearOperator, eigs, splu

from cavity_hopfield._checks import whole_number
from cavity_hopfield._typing import ComplexArray, IntArray
from cavity_hopfield.dynamics import Observables
from cavity_hopfield.elimination.exact.fock_levels import at_enough_levels
from cavity_hopfield.elimination.exact.full_liouvillian import full_liouvillian
from cavity_hopfield.elimination.spin_generator import DENSE_PAIRS, SpinGenerator
from cavity_hopfield.exceptions import ArgumentError, SizeError
from cavity_hopfield.model import MultimodeDicke

PAIRED = 1e-9
"""Relative to the largest eigenvalue: an imaginary part, or a difference from a conjugate, below this is none."""
OF_ONE_PARITY = 1e-6
BESIDE_ZERO = 1e-3
"""Where the full generator is inverted, in units of the slow eigenvalues: at zero it is singular."""
FACTOR_BYTES = 40.0
KRYLOV_ACCURACY = 1e-12


def slow_modes(generator: SpinGenerator, k: int) -> Observables:
    """The `k` eigenvalues with the largest real parts, their residuals and parities, by decreasing real part."""
    size = generator.places.size
    if whole_number("k", k, minimum=1) > size:
        raise ArgumentError(f"Argument `k` must be at most {size}, the number of eigenvalues, but is {k}.")
    if size > DENSE_PAIRS:
        raise SizeError(
            f"The spectrum of {generator.dicke.n_spins} spins would take a dense matrix of {size} x {size}; the limit "
            f"is {DENSE_PAIRS}. `Lindblad().spectrum(bridge.network)` needs none, but knows no Lamb shift."
        )
    values, vectors = eig(generator.matrix.toarray())
    vectors /= np.linalg.norm(vectors, axis=0)
    scale = float(np.abs(values).max())
    order = np.lexsort((values.imag, np.round(-values.real / scale, 12)))
    last = values[order[k - 1]]
    open_pair = k < size and abs(last.imag) > PAIRED * scale
    count = k + bool(open_pair and abs(values[order[min(k, size - 1)]] - last.conjugate()) < PAIRED * scale)
    values, vectors = values[order[:count]], vectors[:, order[:count]]
    residual = np.linalg.norm(np.asarray(generator.matrix @ vectors) - vectors * values, axis=0)
    return {
        "eigenvalue_real": (("level",), values.real),
        "eigenvalue_imag": (("level",), values.imag),
        "residual": (("level",), residual),
        "parity": (("level",), _parities(generator, vectors)),
    }


def slow_cavity_eigenvalues(
    dicke: MultimodeDicke, k: int, scale: float, tolerance: float, memory_gib: float
) -> tuple[ComplexArray, tuple[int, ...]]:
    """The `k` eigenvalues of spins and light nearest to zero, by increasing size, and the Fock levels they took.

    Parameters
    ----------
    dicke : MultimodeDicke
        The platform.
    k : int
        How many.
    scale : float
        The size of the slow eigenvalues, about.
    tolerance : float
        Levels are raised until no eigenvalue moves by more than this, relative to the largest of the `k`.
    memory_gib : float
        Refuse what needs more than this.

    Raises
    ------
    SizeError
        If more memory is needed; the text gives the need.
    """

    def solve(levels: tuple[int, ...]) -> ComplexArray:
        _check_factors(dicke, levels, memory_gib)
        return _near_zero(csc_array(full_liouvillian(dicke, levels, memory_gib=memory_gib)), k, scale)

    def moved(fine: ComplexArray, coarse: ComplexArray) -> float:
        return float(np.abs(fine - coarse).max() / np.abs(fine).max())

    values, levels, _ = at_enough_levels(dicke, None, tolerance, solve, moved)
    return values, levels


def _near_zero(matrix: csc_array, k: int, scale: float) -> ComplexArray:
    """By inverse iteration beside zero."""
    size = matrix.shape[0]
    beside = BESIDE_ZERO * scale
    factors = splu(csc_array(matrix - beside * eye_array(size)))
    inverse = LinearOperator((size, size), factors.solve, dtype=np.complex128)
    start = np.cos(np.arange(size)) + 0j  # any vector without symmetry
    kept = min(size - 1, max(4 * k, 40))
    values = beside + 1 / eigs(inverse, k=k, v0=start, ncv=kept, tol=KRYLOV_ACCURACY, return_eigenvectors=False)
    size_of_all = float(np.abs(values).max())
    return np.asarray(values[np.lexsort((values.imag, np.round(np.abs(values) / size_of_all, 9)))])


def _check_factors(dicke: MultimodeDicke, levels: tuple[int, ...], memory_gib: float) -> None:
    """An error if the triangular factors need more than `memory_gib`."""
    light = float(np.prod(np.square(levels, dtype=float)))
    # nested dissection of a lattice of 2 M dimensions, whose sites carry the elements of the spins
    fill = 1.8 * (4.0 ** min(dicke.n_spins, 500)) ** 2 * light ** (2 - 0.5 / dicke.n_modes)
    need = fill * FACTOR_BYTES / 2**30
    if need > memory_gib:
        raise SizeError(
            f"The slow eigenvalues of {dicke.n_spins} spins with {levels} Fock levels need about {need:.3g} GiB, more "
            f"than memory_gib={memory_gib:g}. Leave them out with `spectrum=False`."
        )


def _parities(generator: SpinGenerator, vectors: ComplexArray) -> IntArray:
    """The sign of each eigenvector when all spins are turned over; zero where degenerate ones are mixed."""
    turned = vectors[np.searchsorted(generator.places, generator.dimension**2 - 1 - generator.places)]
    overlap = np.sum(vectors.conj() * turned, axis=0).real
    return np.asarray(np.where(np.abs(np.abs(overlap) - 1) < OF_ONE_PARITY, np.sign(overlap), 0.0).astype(np.int64))
