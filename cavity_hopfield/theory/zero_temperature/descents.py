"""Batches of configurations that go down in energy, or turn all at once, whatever form the couplings have."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from cavity_hopfield._checks import ReadOnlyArrays, frozen
from cavity_hopfield._typing import BoolArray, FloatArray, IntArray, SpinArray
from cavity_hopfield.hopfield.interactions import Factorised, Interactions, Pairwise
from cavity_hopfield.theory.zero_temperature._zero_temperature_kernels import factorised_sweeps, pairwise_sweeps

ROUND_OFF = 1e-13
"""A field below this share of the largest one that couplings allow counts as zero, if it is no whole number."""
REST, TWO_CYCLE, UNSETTLED = 1, 2, 0
LARGEST_WHOLE = 2**52
Sweeps = Callable[..., bool]


@dataclass(frozen=True, eq=False)
class Descents(ReadOnlyArrays):
    """A batch of configurations on their way, and where it ended.

    Attributes
    ----------
    final : (K, N) array of +-1
        The last configuration of each.
    sweeps, flips : (K,) arrays of int
        Updates of all spins (for the steepest descent flips over N, rounded up) and flips until there.
    period : (K,) array of int
        1 at rest, 2 on a two-cycle, 0 if it has not settled.
    """

    final: SpinArray
    sweeps: IntArray
    flips: IntArray
    period: IntArray

    @classmethod
    def of(cls, starts: SpinArray) -> "Descents":
        """A batch about to start."""
        count = len(starts)
        return cls(starts.copy(), np.zeros(count, np.int64), np.zeros(count, np.int64), np.full(count, UNSETTLED))

    def __getitem__(self, part: slice) -> "Descents":
        return Descents(self.final[part], self.sweeps[part], self.flips[part], self.period[part])

    def ended(self) -> "Descents":
        """The same, read-only."""
        return Descents(frozen(self.final), frozen(self.sweeps), frozen(self.flips), frozen(self.period))


@dataclass(frozen=True, eq=False)
class Forces:
    r"""The fields of a network up to a positive factor, with the margin below which one counts as zero.

    Factors of $\pm 1$ that share one strength, as Hebb's rule has them, are kept as whole numbers, whose sums are
    exact: then no margin is needed.

    Attributes
    ----------
    interactions : Interactions
        Couplings of the same sign and direction.
    margins : (N,) array
        Zero where sums are exact.
    """

    interactions: Interactions
    margins: FloatArray

    @classmethod
    def of(cls, interactions: Interactions) -> "Forces":
        """The forces of `interactions`."""
        if not isinstance(interactions, Factorised):
            return cls(interactions, ROUND_OFF * interactions.largest_fields)
        f, k = interactions.factors, interactions.strengths
        if (k == k[0]).all() and (np.abs(f) == 1).all() and f.size < LARGEST_WHOLE:
            return cls(Factorised(f, np.sign(k)), np.zeros(len(f)))
        bound = np.abs(f) @ (np.abs(k) * np.abs(f).sum(axis=0))
        return cls(interactions, ROUND_OFF * bound)

    @property
    def exact(self) -> bool:
        """Whether fields are whole numbers."""
        return not self.margins.any()

    def pulls(self, states: SpinArray) -> FloatArray:
        r"""$\sigma_i h_i$ at states (K, N)."""
        return np.asarray(states * self.interactions.fields(states))

    def gains(self, pulls: FloatArray) -> BoolArray:
        """Whether a spin of given pull gains by a flip, shape (K, N)."""
        return np.asarray(pulls < -self.margins)

    def rows(self, spins: IntArray) -> FloatArray:
        """$J_{ij}$ of one spin i for each entry of `spins` (K,), shape (K, N)."""
        if isinstance(self.interactions, Factorised):
            f, k = self.interactions.factors, self.interactions.strengths
            rows = (f[spins] * k) @ f.T
            rows[np.arange(spins.size), spins] = 0.0
            return np.asarray(rows)
        chosen = _matrix(self.interactions)[spins]
        return np.asarray(chosen.toarray() if isinstance(chosen, csr_array) else chosen)

    def sweeps(self) -> Sweeps:
        """The compiled loop over single spins, with what it needs of the couplings."""
        if isinstance(self.interactions, Factorised):
            return self._factorised_sweeps(self.interactions)
        return self._pairwise_sweeps()

    def _factorised_sweeps(self, interactions: Factorised) -> Sweeps:
        kinds: tuple[Any, Any] = (np.int8, np.int64) if self.exact else (np.float64, np.float64)
        factors, weights = interactions.factors.astype(kinds[0]), interactions.strengths.astype(kinds[1])
        own = (interactions.factors**2 @ interactions.strengths).astype(kinds[1])
        return lambda state, *rest: bool(factorised_sweeps(state, factors, weights, own, self.margins, *rest))

    def _pairwise_sweeps(self) -> Sweeps:
        matrix = _matrix(self.interactions)
        if isinstance(matrix, csr_array):
            places = matrix.indptr.astype(np.int64), matrix.indices.astype(np.int64), matrix.data
        else:
            n = len(matrix)
            places = np.arange(0, n * n + 1, n), np.empty(0, np.int64), np.ascontiguousarray(matrix).ravel()
        return lambda state, *rest: bool(pairwise_sweeps(state, *places, self.margins, *rest))


def _matrix(interactions: Interactions) -> Any:
    """The couplings, sparse if they are kept so."""
    return interactions.matrix if isinstance(interactions, Pairwise) else interactions.couplings


def one_by_one(
    batch: Descents, sweeps: Sweeps, streams: list[np.random.Generator] | list[None], most_sweeps: int
) -> None:
    """Move every state of a batch to rest, one spin at a time, in order or, with streams, in random orders."""
    for k, (state, stream) in enumerate(zip(batch.final, streams, strict=True)):
        counts = np.zeros(2, np.int64)
        settled = sweeps(state, np.arange(state.size), stream, most_sweeps, counts)
        batch.sweeps[k], batch.flips[k] = counts
        batch.period[k] = REST if settled else UNSETTLED


def all_at_once(batch: Descents, forces: Forces, most_sweeps: int) -> None:
    """Turn all spins of every state against which its fields pull, until that changes nothing or undoes itself."""
    states = batch.final
    moving = np.arange(len(states))
    before = np.zeros_like(states)
    for _ in range(most_sweeps):
        now = states[moving]
        turning = forces.gains(forces.pulls(now))
        after = np.where(turning, -now, now)
        rest, cycle = ~turning.any(axis=1), (after == before[moving]).all(axis=1)
        batch.period[moving[rest]] = REST
        batch.period[moving[cycle]] = TWO_CYCLE
        before[moving], states[moving] = now, after
        batch.flips[moving] += turning.sum(axis=1)
        batch.sweeps[moving] += 1
        moving = moving[~rest & ~cycle]
        if moving.size == 0:
            return


def largest_gain(batch: Descents, forces: Forces, most_sweeps: int) -> None:
    """Flip the spin of every state that gains most, the first of those that gain the same, until none gains."""
    n = batch.final.shape[1]
    moving = np.arange(len(batch.final))
    pulls = forces.pulls(batch.final)
    for flip in range(1, most_sweeps * n + 2):
        here = pulls[moving]
        gaining = forces.gains(here)
        rest = ~gaining.any(axis=1)
        batch.period[moving[rest]] = REST
        lowest = np.where(gaining, here, np.inf).min(axis=1, keepdims=True)
        chosen = (gaining & (here <= lowest + forces.margins)).argmax(axis=1)[~rest]
        moving = moving[~rest]
        if moving.size == 0 or flip > most_sweeps * n:
            break
        batch.final[moving, chosen] *= -1
        batch.flips[moving] += 1
        turned = batch.final[moving, chosen]
        pulls[moving] += 2 * turned[:, None] * batch.final[moving] * forces.rows(chosen)
        pulls[moving, chosen] *= -1
        if flip % n == 0:
            pulls[moving] = forces.pulls(batch.final[moving])
    batch.sweeps[:] = -(-batch.flips // n)
