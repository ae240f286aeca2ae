"""The stationary distribution of a chain, every probability accurate by itself."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse.linalg import LinearOperator, bicgstab, gmres

from cavity_hopfield._typing import FloatArray
from cavity_hopfield.exceptions import ConvergenceError
from cavity_hopfield.theory.master_equation import _chain_kernels as kernels
from cavity_hopfield.theory.master_equation.chain import Band, Chain, as_floats

EPSILON = float(np.finfo(np.float64).eps)
FINEST = 1e-10
"""Relative residual asked of one round; the next round works on what is left."""
MOST_ROUNDS = 8
MOST_STEPS = 2000
KRYLOV_VECTORS, MOST_CYCLES = 60, 20
ROUND_OFF = 4 * EPSILON
SWEEPS = 4


@dataclass(frozen=True, eq=False)
class Stationary:
    r"""$G p = 0$, $\sum_k p_k = 1$ of a chain that is one class.

    Build with `solve_stationary`.

    Attributes
    ----------
    probability : (n,) array
        $p$.
    residual : float
        $\sum_k |(G p)_k|$ over the largest rate out of a level.
    error : float
        Estimated relative error of the probabilities: the imbalance of opposite flows, the round-off of an elimination,
        or the last change of an iteration.
    method : str
        "detailed balance", "elimination" or "iteration".
    """

    probability: FloatArray
    residual: float
    error: float
    method: str


def solve_stationary(chain: Chain, tolerance: float) -> Stationary:
    """The stationary distribution of an irreducible chain.

    In detailed balance, which is tested on every pair of levels, by products of ratios of rates. Else by elimination
    without subtractions, where its work is a matter of seconds; else by iteration.

    Raises
    ------
    ConvergenceError
        If the residual or the error of an iteration exceeds `tolerance`.
    """
    if chain.balance is not None and chain.balanced:
        weights, error = chain.balance
        found = _completed(chain, as_floats(weights), error, "detailed balance")
    else:
        band = Band.of(chain.outward)
        if band.affordable:
            found = _completed(chain, _eliminated(chain, band), EPSILON * chain.size, "elimination")
        else:
            found = _iterated(chain, tolerance)
    if not (found.residual <= tolerance and found.error <= max(tolerance, 1e-6)):
        raise ConvergenceError(
            f"The stationary distribution is known to a residual of {found.residual:.1e} and a relative error of about "
            f"{found.error:.1e}, beyond tolerance={tolerance:g}. Transitions too slow for round-off hide it: raise the "
            'temperature or `tolerance`, or count spins that are alike with `resolution="classes"`.'
        )
    return found


def _completed(chain: Chain, weights: FloatArray, error: float, method: str) -> Stationary:
    probability = weights / weights.sum()
    residual = float(np.abs(chain.inward @ probability).sum() / max(chain.exits.max(), np.finfo(float).tiny))
    return Stationary(probability, residual, error, method)


def _eliminated(chain: Chain, band: Band) -> FloatArray:
    weights = np.empty(chain.size)
    stuck = kernels.stationary(band.filled(chain.outward), band.width, weights)
    if stuck >= 0:
        raise ConvergenceError(
            f"The elimination stops at level {band.order[stuck]}, which is left at rates below the smallest float. "
            "Raise the temperature."
        )
    found = np.empty(chain.size)
    found[band.order] = weights
    return found


def _iterated(chain: Chain, tolerance: float) -> Stationary:
    r"""Corrections $D^{1/2} x$ with $D$ the distribution so far, which makes the generator nearly symmetric, each
    followed by sweeps that make small probabilities as accurate as their neighbours.
    """
    weights = np.ones(chain.size) if chain.balance is None else as_floats(chain.balance[0])
    weights = np.maximum(weights, np.finfo(np.float64).tiny)
    now = _swept(chain, weights)
    error = np.inf
    for _ in range(MOST_ROUNDS):
        before = now
        now = _swept(chain, before + _correction(chain, before))
        error = float(np.max(np.abs(now / before - 1)))
        if not (np.isfinite(error) and now.min() > 0):
            raise ConvergenceError(
                "The iteration for the stationary distribution does not converge: probabilities lose their sign. Raise "
                "the temperature."
            )
        if error < 0.01 * tolerance:
            break
    return _completed(chain, now, error + EPSILON * chain.size.bit_length(), "iteration")


def _swept(chain: Chain, weights: FloatArray) -> FloatArray:
    found = weights.copy()
    rows = (chain.inward.indptr, chain.inward.indices, chain.inward.data, chain.exits)
    for sweep in range(SWEEPS):
        kernels.settle(*rows, found, sweep % 2 == 0)
    return np.asarray(found / found.sum())


def _correction(chain: Chain, weights: FloatArray) -> FloatArray:
    """What must be added to `weights`, by BiCGSTAB, or GMRES where that breaks down."""
    scale = np.sqrt(weights)
    under = scale * chain.exits

    def product(x: FloatArray) -> FloatArray:
        return np.asarray(chain.inward @ (scale * x) / under)

    operator = LinearOperator((weights.size, weights.size), matvec=product, dtype=np.float64)
    right = -(chain.inward @ weights) / under
    # flows cancel up to round-off; the norm of the scale is one
    reached = ROUND_OFF * float(np.linalg.norm(scale))
    if np.linalg.norm(right) <= reached:
        return np.zeros_like(weights)
    found, failed = bicgstab(operator, right, rtol=FINEST, atol=reached, maxiter=MOST_STEPS)
    if failed or not np.isfinite(found).all():
        found, _ = gmres(operator, right, rtol=FINEST, atol=reached, restart=KRYLOV_VECTORS, maxiter=MOST_CYCLES)
    return np.asarray(scale * found)
