"""Couplings that make patterns memories."""

import numpy as np

from cavity_hopfield._typing import FloatArray
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.hopfield.patterns import Patterns


def hebb(patterns: Patterns, *, self_coupling: bool = False) -> FloatArray:
    r"""$J_{ij} = \frac1N \sum_\mu \xi_i^\mu \xi_j^\mu$ for $i \ne j$, and $J_{ii} = 0$ or $P/N$.

    Parameters
    ----------
    patterns
        The P patterns of N spins to store.
    self_coupling
        Keep the diagonal $J_{ii} = P/N$ instead of setting it to zero. It never enters an energy.

    Returns
    -------
    FloatArray
        Symmetric couplings, shape `(N, N)`, without unit.

    Raises
    ------
    ArgumentError
        If `patterns` is not a `Patterns`.

    Notes
    -----
    Source: J. J. Hopfield, Proc. Natl. Acad. Sci. USA 79, 2554 (1982), with the normalisation 1/N.

    Examples
    --------
    >>> from cavity_hopfield.hopfield import Patterns, hebb
    >>> hebb(Patterns([[1, 1, -1, -1]]))
    array([[ 0.  ,  0.25, -0.25, -0.25],
           [ 0.25,  0.  , -0.25, -0.25],
           [-0.25, -0.25,  0.  ,  0.25],
           [-0.25, -0.25,  0.25,  0.  ]])
    """
    xi = _values(patterns)
    return _with_diagonal(xi.T @ xi / patterns.n_spins, keep=self_coupling)


def pseudo_inverse(patterns: Patterns, *, self_coupling: bool = False) -> FloatArray:
    r"""$J_{ij} = \frac1N \sum_{\mu\nu} \xi_i^\mu (C^{-1})_{\mu\nu} \xi_j^\nu$ with $C = \xi \xi^T / N$.

    With its diagonal, $J$ is the orthogonal projector on the patterns: $J \xi^\mu = \xi^\mu$ for every $\mu$,
    however much they overlap. Without it, $\sum_{j \ne i} J_{ij} \xi_j^\mu = (1 - J_{ii}) \xi_i^\mu$, where
    $J_{ii} \le 1$: no spin of a pattern gains energy by flipping.

    Parameters
    ----------
    patterns
        The P linearly independent patterns of N spins to store.
    self_coupling
        Keep the diagonal instead of setting it to zero. It never enters an energy.

    Returns
    -------
    FloatArray
        Symmetric couplings, shape `(N, N)`, without unit.

    Raises
    ------
    ArgumentError
        If the patterns are linearly dependent; the text gives their rank and the condition number of $C$.

    Notes
    -----
    Source: L. Personnaz, I. Guyon and G. Dreyfus, J. Physique Lett. 46, L359 (1985).

    Examples
    --------
    >>> import numpy as np
    >>> from cavity_hopfield.hopfield import letters, pseudo_inverse
    >>> stored = letters("OQ")
    >>> couplings = pseudo_inverse(stored, self_coupling=True)
    >>> bool(np.allclose(couplings @ stored["Q"], stored["Q"]))
    True
    """
    directions = pattern_directions(patterns)
    # The projector from the singular vectors equals the formula without squaring the condition number of xi.
    projector = directions.T @ directions
    return _with_diagonal((projector + projector.T) / 2, keep=self_coupling)


def pattern_directions(patterns: Patterns) -> FloatArray:
    """P orthonormal vectors of N spins, shape (P, N), that span the patterns; an `ArgumentError` if they cannot."""
    xi = _values(patterns)
    _, scales, directions = np.linalg.svd(xi, full_matrices=False)
    rank = int((scales > scales[0] * max(xi.shape) * np.finfo(np.float64).eps).sum())
    if rank < patterns.n_patterns:
        condition = float(np.linalg.cond(xi @ xi.T))
        raise ArgumentError(
            f"Argument `patterns` must be linearly independent, but the {patterns.n_patterns} patterns span "
            f"only {rank} dimensions: the condition number of C = xi xi^T / N is {condition:.2g}. Remove "
            "repeated, inverted or combined patterns, or use `hebb`."
        )
    return np.asarray(directions)


def _values(patterns: Patterns) -> FloatArray:
    if not isinstance(patterns, Patterns):
        raise ArgumentError(
            f"Argument `patterns` must be Patterns, but is a {type(patterns).__name__}. Wrap an array of "
            "shape (P, N) as `Patterns(values)`."
        )
    return patterns.values.astype(np.float64)


def _with_diagonal(couplings: FloatArray, *, keep: bool) -> FloatArray:
    if not keep:
        np.fill_diagonal(couplings, 0.0)
    return couplings
