"""Steady states and eigenvalues of sparse real generators, by their triangular factors."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.linalg import eig
from scipy.sparse import csc_array, csr_array, diags_array
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import ArpackError, LinearOperator, eigs, norm, splu

from cavity_hopfield._typing import ComplexArray, FloatArray, IntArray
from cavity_hopfield.exceptions import ArgumentError, ConvergenceError

SMALL = 300
"""A generator no larger than this is diagonalised as a full matrix."""
BESIDE = 1e-3
"""How far the shift stands to the right of the wanted point, which may itself be an eigenvalue."""
SPARE = 2
"""Eigenvalues found beyond those asked for: the order by distance from the shift is not quite that from the point."""
ACCURATE = 1e-12
"""Relative accuracy of what inverse powers find."""
SLIGHT = 1e-8
"""The shift of a steady state, beside the norm of the generator."""
POWERS = 4
"""Inverse powers for a steady state; each takes the rest down by the shift over the gap."""
AGREE = 1e-6
"""Largest difference of two steady states that are one."""
REAL = 1e-9
"""An imaginary part below this share of the norm of the generator is none."""


BYTES_PER_FACTOR = 20
"""One entry of a triangular factor: a complex number and its row."""


def factors_gib(size: float, n_classes: int) -> float:
    """What the triangular factors of a generator of this size need: as measured between 500 and 120,000 states for one
    class; for more classes 0.6 of full ones, which is the most that was seen.
    """
    entries = 0.6 * size**2 if n_classes > 1 else min(size**2, 1.5 * size**1.55)
    return BYTES_PER_FACTOR * entries / 2**30


@dataclass(frozen=True, eq=False)
class Inverse:
    """Inverse powers of a generator less a shift, by triangular factors without exchange of rows, each solution
    refined once.

    Attributes
    ----------
    shifted : (d, d) sparse array
        What is inverted, in the given order.
    order : (d,) array of int
        The order of the states in which it is factored.
    factors
        What `splu` gives.
    """

    shifted: csc_array
    order: IntArray
    factors: Any

    @classmethod
    def of(cls, generator: csr_array, shift: complex, order: IntArray) -> "Inverse":
        """Of a real generator; the factors are real for a real shift."""
        reordered = csr_array(generator[order])[:, order]
        shifts = np.full(order.size, shift if shift.imag else shift.real)
        shifted = csc_array(reordered - diags_array(shifts))
        factors = splu(shifted, permc_spec="NATURAL", diag_pivot_thresh=0.0, options={"SymmetricMode": True})
        return cls(shifted, order, factors)

    def __call__(self, vector: FloatArray | ComplexArray) -> FloatArray | ComplexArray:
        """The inverse times `vector`."""
        given = vector[self.order].astype(self.shifted.dtype)
        found = self.factors.solve(given)
        found += self.factors.solve(given - self.shifted @ found)
        solution: FloatArray | ComplexArray = np.empty_like(found)
        solution[self.order] = found
        return solution


def require_one_end(chain: csr_array) -> None:
    """An error if the rates `chain`, from row to column, have several sets of states that are never left."""
    count, group = connected_components(chain, connection="strong")
    before, after = (group[places] for places in chain.nonzero())
    never_left = count - np.unique(before[before != after]).size
    if never_left > 1:
        raise ArgumentError(
            f"Argument `model` must have one steady state, but its rates have {never_left} sets of states that are "
            "never left. Raise the temperature, or evolve the initial state to late times."
        )


def stationary(generator: csr_array, trace: FloatArray, order: IntArray) -> tuple[FloatArray, float]:
    """The vector with `generator @ v = 0` and `trace @ v = 1`, by inverse powers from two starts that must agree, and
    by how much they differ.

    Raises
    ------
    ArgumentError
        If they do not: there are several.
    """
    inverse = Inverse.of(generator, SLIGHT * float(norm(generator, 1)) + 0j, order)
    found = []
    for start in (trace, trace * np.arange(1.0, trace.size + 1)):
        state = start / (trace @ start)
        for _ in range(POWERS):
            state = np.asarray(inverse(state))
            state /= trace @ state
        found.append(state)
    apart = float(np.abs(found[0] - found[1]).max())
    if not apart <= AGREE:
        raise ArgumentError(
            f"Argument `model` must have one steady state, but two searches found states that differ by {apart:.2g}. "
            "Flips that never happen, as at temperature zero, leave several: evolve from the state you mean."
        )
    return found[0], apart


def relative_residual(generator: csr_array, vector: FloatArray) -> float:
    """Norm of `generator @ vector`, beside those of both."""
    return float(np.linalg.norm(generator @ vector) / (norm(generator, 1) * np.linalg.norm(vector)))


@dataclass(frozen=True, eq=False)
class Eigenvalues:
    """Some eigenvalues of a real generator; of a pair the one above the real axis stands for both.

    Attributes
    ----------
    values : (K,) complex array
        The eigenvalues, with imaginary parts that are not negative.
    residuals : (K,) array
        Norm of what the generator makes of each eigenvector of norm one, less the eigenvalue times it.
    parities : (K,) array
        The sign of each eigenvector when all spins are turned over.
    """

    values: ComplexArray
    residuals: FloatArray
    parities: FloatArray

    @classmethod
    def near(cls, generator: csr_array, order: IntArray, k: int, point: complex, parity: int) -> "Eigenvalues":
        """At least those among the k nearest to `point`, or all of a small generator."""
        size = order.size
        if size <= max(SMALL, k + SPARE + 2):
            values, vectors = eig(generator.toarray())
        else:
            values, vectors = _by_shift(generator, order, k + SPARE, complex(point.real, abs(point.imag)))
        vectors = vectors / np.linalg.norm(vectors, axis=0)
        residuals = np.linalg.norm(generator @ vectors - vectors * values, axis=0)
        flat = np.abs(values.imag) <= REAL * norm(generator, 1)
        values = np.where(flat, values.real, values)
        upper = values.imag >= 0
        return cls(values[upper], residuals[upper], np.full(int(upper.sum()), float(parity)))

    @classmethod
    def nearest(cls, parts: list["Eigenvalues"], k: int, point: complex) -> "Eigenvalues":
        """The k of all `parts` that are nearest to `point`, now each with its conjugate, and one more where the last
        pair would be torn.
        """
        values, residuals, parities = (
            np.concatenate([getattr(part, name) for part in parts]) for name in ("values", "residuals", "parities")
        )
        distance = np.abs(values - complex(point.real, abs(point.imag)))
        order = np.lexsort((parities, values.imag, np.round(distance, 10)))
        members = np.cumsum(1 + (values[order].imag > 0))
        order = order[: 1 + int(np.searchsorted(members, k))]
        both = np.repeat(order, 1 + (values[order].imag > 0))
        conjugate = np.append(False, both[1:] == both[:-1])
        return cls(np.where(conjugate, values[both].conj(), values[both]), residuals[both], parities[both])


def _by_shift(generator: csr_array, order: IntArray, k: int, point: complex) -> tuple[ComplexArray, ComplexArray]:
    """Eigenvalues by inverse powers about a shift beside `point`."""
    shift = point + BESIDE
    inverse = Inverse.of(generator, shift, order)
    kind = inverse.shifted.dtype
    operator = LinearOperator(generator.shape, inverse, dtype=kind)
    start = (1 + np.sin(np.arange(order.size))).astype(kind)
    try:
        inverted, vectors = eigs(operator, k, v0=start, which="LM", ncv=min(order.size, 3 * k), tol=ACCURATE)
    except ArpackError as error:
        raise ConvergenceError(
            f"The {k} eigenvalues nearest to {point:g} were not found: {error}. Ask for another number of them, or "
            "near another point."
        ) from error
    return shift + 1 / inverted, vectors
