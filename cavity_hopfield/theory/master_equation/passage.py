"""When a chain first reaches targets, and which of them first."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array, diags_array
from scipy.sparse.linalg import LinearOperator, bicgstab, cg

from cavity_hopfield._typing import FloatArray, IntArray
from cavity_hopfield.exceptions import ConvergenceError
from cavity_hopfield.theory.master_equation import _chain_kernels as kernels
from cavity_hopfield.theory.master_equation.chain import Band, Chain, as_floats, reaching

EPSILON = float(np.finfo(np.float64).eps)
FINEST = 1e-10
"""Relative residual asked of one round; the next round works on what is left."""
MOST_ROUNDS = 8
MOST_STEPS = 5000
SWEEPS = 4
SMALLEST = 1e-250
"""Weights, relative to the largest, below which a level is scaled like this."""


@dataclass(frozen=True, eq=False)
class Passage:
    r"""$\sum_j R_{kj} (f_k - f_j) = s_k$ on the levels outside the targets; $f$ is given there.

    Attributes
    ----------
    values : (n, K) array
        Mean times (K = 1), or the probabilities that each target is the first.
    residual : float
        The largest $|s_k + \sum_j R_{kj} (f_j - f_k)|$, relative to $s_k$ for times, to the rate out of k for
        probabilities. No time is wrong by a larger fraction.
    method : str
        "elimination", without subtractions, or "iteration".
    """

    values: FloatArray
    residual: float
    method: str


def passage_times(chain: Chain, target: IntArray, tolerance: float) -> Passage:
    """Mean times until `target` (n,) is not negative; infinite where it may never be.

    Raises
    ------
    ConvergenceError
        If the residual of an iteration exceeds `tolerance`.
    """
    rates, at_target = chain.outward, target >= 0
    never = ~reaching(rates, at_target)
    # past a target it does not matter where one goes
    leaving = csr_array(diags_array((~at_target).astype(np.float64)) @ rates)
    risky = reaching(leaving, never) if never.any() else never
    values = np.where(risky, np.inf, 0.0)[:, None]
    free = np.flatnonzero(~risky & ~at_target)
    if not free.size:
        return Passage(values, 0.0, "elimination")
    onto = np.asarray(rates[free] @ at_target.astype(np.float64)[:, None], dtype=np.float64)
    found = _solved(chain, free, onto, timed=True, tolerance=tolerance)
    values[free] = found.values
    return Passage(values, found.residual, found.method)


def first_targets(chain: Chain, target: IntArray, count: int, tolerance: float) -> Passage:
    """The probability of each of `count` targets to be the first; `target` (n,) is the target at each level, or -1.

    Raises
    ------
    ConvergenceError
        If the residual of an iteration exceeds `tolerance`.
    """
    rates, at_target = chain.outward, target >= 0
    never = ~reaching(rates, at_target)
    values = (target[:, None] == np.arange(count)).astype(np.float64)
    free = np.flatnonzero(~never & ~at_target)
    if not free.size:
        return Passage(values, 0.0, "elimination")
    groups = np.where(never, count, target)
    member = csr_array(groups[:, None] == np.arange(count + int(never.any()))).astype(np.float64)
    onto = np.asarray(csr_array(rates[free] @ member).toarray()).astype(np.float64)
    found = _solved(chain, free, onto, timed=False, tolerance=tolerance)
    values[free] = found.values[:, :count]
    return Passage(values, found.residual, found.method)


def _solved(chain: Chain, free: IntArray, onto: FloatArray, *, timed: bool, tolerance: float) -> Passage:
    """Times, or the probabilities of the columns of `onto`, at the `free` levels."""
    inside = csr_array(chain.outward[free][:, free])
    band = Band.of(inside)
    if band.affordable:
        times, reached = np.ones(free.size), np.empty(onto.shape)
        stuck = kernels.absorption(band.filled(inside), band.width, onto[band.order], times, reached)
        if stuck >= 0:
            raise ConvergenceError(
                f"The elimination stops at level {free[band.order[stuck]]}, which is left at rates below the smallest "
                "float. Raise the temperature."
            )
        found = np.empty((free.size, 1 if timed else onto.shape[1]))
        found[band.order] = times[:, None] if timed else reached
        return Passage(found, _residual(chain.exits[free], inside, onto, found, timed=timed), "elimination")
    system = _System.of(chain, free, inside)
    sources = np.ones((free.size, 1)) if timed else onto
    found = np.stack([system.solved(source, tolerance, timed=timed) for source in sources.T], axis=1)
    residual = _residual(system.exits, inside, onto, found, timed=timed)
    if not residual <= tolerance:
        raise ConvergenceError(
            f"Passages are known to a residual of {residual:.1e}, beyond tolerance={tolerance:g}. Times too long for "
            "round-off hide them: raise the temperature or `tolerance`; spins that are alike and listed can be "
            'counted, with `resolution="classes"`.'
        )
    return Passage(found, residual, "iteration")


def _residual(exits: FloatArray, inside: csr_array, onto: FloatArray, found: FloatArray, *, timed: bool) -> float:
    flows = np.asarray(inside @ found)
    if timed:
        return float(np.abs(1.0 + flows).max())
    return float((np.abs(onto + flows) / exits[:, None]).max())


@dataclass(frozen=True, eq=False)
class _System:
    """Levels outside the targets, with weights that make their rates nearly symmetric."""

    inside: csr_array
    exits: FloatArray
    root: FloatArray
    order: IntArray
    balanced: bool

    @classmethod
    def of(cls, chain: Chain, free: IntArray, inside: csr_array) -> "_System":
        weights = np.ones(chain.size) if chain.balance is None else as_floats(chain.balance[0])
        weights = np.maximum(weights[free], SMALLEST)
        order = np.argsort(-weights, kind="stable")
        return cls(inside, chain.exits[free], np.sqrt(weights / weights.max()), order, chain.balanced)

    def solved(self, source: FloatArray, tolerance: float, *, timed: bool) -> FloatArray:
        """Corrections by conjugate gradients or BiCGSTAB, each followed by sweeps outwards from the likely levels."""
        found = np.zeros_like(source)
        least = np.inf
        for _ in range(MOST_ROUNDS):
            left = source + np.asarray(self.inside @ found)
            candidate = self._swept(source, found + self._correction(left))
            size = np.abs(source + self.inside @ candidate) / (1.0 if timed else self.exits)
            if not size.max() < 0.5 * least:
                break
            found, least = candidate, float(size.max())
            if least < 0.01 * tolerance:
                break
        return found

    def _correction(self, left: FloatArray) -> FloatArray:
        under = self.root * np.sqrt(self.exits)

        def product(x: FloatArray) -> FloatArray:
            # the rates with their diagonal, scaled from both sides to ones on it
            y = x / under
            return np.asarray(-(self.inside @ y) * self.root**2 / under)

        operator = LinearOperator((left.size, left.size), matvec=product, dtype=np.float64)
        solve = cg if self.balanced else bicgstab
        found, _ = solve(operator, left * self.root**2 / under, rtol=FINEST, atol=0.0, maxiter=MOST_STEPS)
        return np.asarray(found / under)

    def _swept(self, source: FloatArray, values: FloatArray) -> FloatArray:
        found = values.copy()
        rows = (self.inside.indptr, self.inside.indices, self.inside.data, self.exits)
        for _ in range(SWEEPS):
            kernels.settle_times(*rows, source, found, self.order)
        return found
