"""Ising couplings in the form they come in: a few factors for many spins, or pair by pair."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from scipy.sparse import csr_array, issparse

from cavity_hopfield._checks import (
    ASYMMETRY_FROM_ROUNDING,
    ReadOnlyArrays,
    frozen,
    keys_of,
    real_array,
    symmetric_couplings,
)
from cavity_hopfield._typing import ArrayLike, FloatArray, Json
from cavity_hopfield.exceptions import ArgumentError, SizeError
from cavity_hopfield.hopfield.couplings import pattern_directions
from cavity_hopfield.hopfield.patterns import Patterns

LARGEST_MATRIX_GIB = 4.0
"""A dense matrix of couplings larger than this is not made."""
SUMMED_SPINS = 20_000
"""Up to so many spins the sums of |J| are exact; beyond, bounded factor by factor."""
BLOCK = 1024


class Interactions(Protocol):
    """Symmetric couplings $J_{ij}$ of N spins, zero on the diagonal."""

    @property
    def n_spins(self) -> int:
        """Number of spins N."""
        ...

    @property
    def couplings(self) -> FloatArray:
        """The dense matrix, shape (N, N), made when first asked for."""
        ...

    @property
    def largest_fields(self) -> FloatArray:
        r"""A bound on $\sum_j |J_{ij}|$ of every spin, shape (N,)."""
        ...

    def fields(self, spins: ArrayLike) -> FloatArray:
        r"""$h_i = \sum_{j \ne i} J_{ij} \sigma_j$ at `spins` (..., N), shape (..., N)."""
        ...

    def to_dict(self) -> Json:
        """Plain values that `interactions_from_dict` turns back."""
        ...


@dataclass(frozen=True, eq=False, init=False)
class Factorised(ReadOnlyArrays):
    r"""$J_{ij} = \sum_\mu k_\mu f_{i\mu} f_{j\mu}$ for $i \ne j$: M numbers for each spin, never an (N, N) matrix.

    What Hebb's rule and the light of M modes give. A field costs M products, $h_i = \sum_\mu k_\mu f_{i\mu} (X_\mu -
    f_{i\mu} \sigma_i)$ with $X_\mu = \sum_j f_{j\mu} \sigma_j$.

    Parameters
    ----------
    factors : (N, M) array
        $f_{i\mu}$: patterns, or the couplings of spins to modes.
    strengths : number or (M,) array
        $k_\mu$, of any sign.

    Raises
    ------
    ArgumentError
        If the shapes do not fit or a number is not finite.

    Examples
    --------
    >>> Factorised([[1], [1], [-1]], 0.5).couplings
    array([[ 0. ,  0.5, -0.5],
           [ 0.5,  0. , -0.5],
           [-0.5, -0.5,  0. ]])
    """

    factors: FloatArray
    strengths: FloatArray

    def __init__(self, factors: ArrayLike, strengths: ArrayLike) -> None:
        f, k = real_array("factors", factors), real_array("strengths", strengths)
        if f.ndim != 2 or f.size == 0:
            raise ArgumentError(f"Argument `factors` must have shape (N, M), but has shape {f.shape}.")
        if k.shape not in {(), (f.shape[1],)}:
            raise ArgumentError(
                f"Argument `strengths` must be one number or have shape ({f.shape[1]},), one for each factor, but has "
                f"shape {k.shape}."
            )
        object.__setattr__(self, "factors", frozen(f))
        object.__setattr__(self, "strengths", frozen(np.broadcast_to(k, f.shape[1])))

    @classmethod
    def hebb(cls, patterns: Patterns) -> "Factorised":
        r"""$f_{i\mu} = \xi_i^\mu,\ k = 1/N$: what `hebb` makes a matrix of.

        Parameters
        ----------
        patterns : Patterns
            The memory.

        Returns
        -------
        Factorised
            The couplings.

        Raises
        ------
        ArgumentError
            If `patterns` is something else.
        """
        if not isinstance(patterns, Patterns):
            raise ArgumentError(
                f"Argument `patterns` must be `Patterns`, but is a {type(patterns).__name__}. Wrap it: `Patterns(x)`."
            )
        return cls(patterns.values.T, 1 / patterns.n_spins)

    @classmethod
    def pseudo_inverse(cls, patterns: Patterns) -> "Factorised":
        r"""The orthonormal directions that the patterns span, $k = 1$: what `pseudo_inverse` makes a matrix of.

        Raises
        ------
        ArgumentError
            If the patterns are linearly dependent.
        """
        return cls(pattern_directions(patterns).T, 1.0)

    @property
    def n_spins(self) -> int:
        """Number of spins N."""
        return int(self.factors.shape[0])

    @cached_property
    def couplings(self) -> FloatArray:
        """The dense matrix; a `SizeError` where it would need more than 4 GiB."""
        _check_matrix(self.n_spins)
        same = (self.strengths == self.strengths[0]).all()
        f = self.factors
        matrix = self.strengths[0] * (f @ f.T) if same else (f * self.strengths) @ f.T
        np.fill_diagonal(matrix, 0.0)
        return np.asarray(frozen((matrix + matrix.T) / 2))

    @cached_property
    def largest_fields(self) -> FloatArray:
        r"""$\sum_j |J_{ij}|$; beyond 20 000 spins the bound $\sum_\mu |k_\mu f_{i\mu}| \sum_j |f_{j\mu}|$."""
        f, k = self.factors, self.strengths
        if self.n_spins > SUMMED_SPINS:
            return np.asarray(np.abs(f) @ (np.abs(k) * np.abs(f).sum(axis=0)))
        sums = np.empty(self.n_spins)
        for first in range(0, self.n_spins, BLOCK):
            here = f[first : first + BLOCK]
            sums[first : first + BLOCK] = np.abs((here * k) @ f.T).sum(axis=1) - np.abs((here**2) @ k)
        return np.maximum(sums, 0.0)

    def fields(self, spins: ArrayLike) -> FloatArray:
        r"""$h_i = \sum_{j \ne i} J_{ij} \sigma_j$ at `spins` (..., N), shape (..., N)."""
        sigma = np.asarray(spins, dtype=np.float64)
        forces = sigma @ self.factors
        return np.asarray((forces * self.strengths) @ self.factors.T - sigma * (self.factors**2 @ self.strengths))

    def to_dict(self) -> Json:
        """Plain values that `interactions_from_dict` turns back."""
        return {"factors": self.factors.tolist(), "strengths": self.strengths.tolist()}


@dataclass(frozen=True, eq=False, init=False)
class Pairwise(ReadOnlyArrays):
    """$J_{ij}$ pair by pair, from a dense or a sparse matrix, whose diagonal plays no part.

    Parameters
    ----------
    matrix : (N, N) array or scipy sparse array
        Symmetric couplings.

    Raises
    ------
    ArgumentError
        If the matrix is not square, symmetric and finite.

    Examples
    --------
    >>> Pairwise([[5, 1], [1, 5]]).fields([1, -1])
    array([-1.,  1.])
    """

    matrix: Any

    def __init__(self, matrix: Any) -> None:
        kept = _sparse_couplings(matrix) if issparse(matrix) else frozen(symmetric_couplings("memory", matrix))
        object.__setattr__(self, "matrix", kept)

    @property
    def n_spins(self) -> int:
        """Number of spins N."""
        return int(self.matrix.shape[0])

    @cached_property
    def couplings(self) -> FloatArray:
        """The dense matrix; a `SizeError` where it would need more than 4 GiB."""
        if not self.sparse:
            return np.asarray(self.matrix)
        _check_matrix(self.n_spins)
        return np.asarray(frozen(self.matrix.toarray()))

    @property
    def sparse(self) -> bool:
        """Whether only the couplings that are not zero are kept."""
        return bool(issparse(self.matrix))

    @cached_property
    def neighbours(self) -> csr_array:
        """The couplings that are not zero, row by row."""
        return csr_array(self.matrix)

    @cached_property
    def largest_fields(self) -> FloatArray:
        r"""$\sum_j |J_{ij}|$ of every spin, shape (N,)."""
        return np.asarray(abs(self.matrix).sum(axis=1)).reshape(-1)

    def fields(self, spins: ArrayLike) -> FloatArray:
        r"""$h_i = \sum_{j \ne i} J_{ij} \sigma_j$ at `spins` (..., N), shape (..., N)."""
        sigma = np.asarray(spins, dtype=np.float64)
        if not self.sparse:
            return np.asarray(sigma @ self.matrix)
        return np.asarray((self.matrix @ sigma.reshape(-1, self.n_spins).T).T.reshape(sigma.shape))

    def to_dict(self) -> Json:
        """Plain values that `interactions_from_dict` turns back."""
        if not self.sparse:
            return {"couplings": self.matrix.tolist()}
        entries = self.matrix.tocoo()
        rows, columns = (np.asarray(place).tolist() for place in entries.coords)
        return {"spins": self.n_spins, "rows": rows, "columns": columns, "values": entries.data.tolist()}


def interactions_of(memory: Any) -> Interactions:
    """What `memory` stands for: patterns by Hebb's rule, a matrix pair by pair, interactions as they are."""
    if isinstance(memory, (Factorised, Pairwise)):
        return memory
    return Factorised.hebb(memory) if isinstance(memory, Patterns) else Pairwise(memory)


def interactions_from_dict(data: Json) -> Interactions:
    """The interactions that `to_dict` described; an `ArgumentError` if keys are missing or unknown."""
    if not isinstance(data, dict) or set(data) == {"factors", "strengths"}:
        keys_of("interactions", data, {"factors", "strengths"})
        return Factorised(data["factors"], data["strengths"])
    if set(data) == {"couplings"}:
        return Pairwise(data["couplings"])
    keys_of("interactions", data, {"spins", "rows", "columns", "values"})
    places = (data["values"], (data["rows"], data["columns"]))
    return Pairwise(csr_array(places, shape=(data["spins"], data["spins"]), dtype=np.float64))


def _sparse_couplings(matrix: Any) -> csr_array:
    """A symmetric sparse copy without its diagonal, its entries in order."""
    given = csr_array(matrix, dtype=np.float64, copy=True)
    real_array("memory", given.data)
    if given.shape[0] != given.shape[1] or given.shape[0] == 0:
        raise ArgumentError(f"Argument `memory` must have shape (N, N), but has shape {given.shape}.")
    scale = float(np.abs(given.data).max(initial=0.0))
    if abs(given - given.T).max() > ASYMMETRY_FROM_ROUNDING * scale:
        raise ArgumentError(
            "Argument `memory` must be symmetric, but its sparse entries are not. An energy exists only for symmetric "
            "couplings, such as `(J + J.T) / 2`."
        )
    given.setdiag(0.0)
    given.sum_duplicates()
    given.eliminate_zeros()
    for array in (given.data, given.indices, given.indptr):
        array.setflags(write=False)
    return given


def _check_matrix(n_spins: int) -> None:
    need = 2 * 8 * n_spins**2 / 2**30
    if need > LARGEST_MATRIX_GIB:
        raise SizeError(
            f"The dense couplings of {n_spins} spins need about {need:.3g} GiB, more than {LARGEST_MATRIX_GIB:g}. "
            "`KineticMonteCarlo` reads the factors of such a network and needs no matrix."
        )
