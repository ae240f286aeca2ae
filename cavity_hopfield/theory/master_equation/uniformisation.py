"""Probabilities of a chain in time, as a sum without subtractions."""

import math
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from cavity_hopfield._typing import FloatArray
from cavity_hopfield.dynamics import Progress
from cavity_hopfield.exceptions import SizeError

CUT = 1e-18
"""Terms are left out below this share of the largest; together they are below round-off."""
SETTLED = 1e-13
"""Sum of all changes to come, over all levels, below which they are left out."""
MOST_STEPS = 1e12
"""Largest number of steps for which the weights of the last of them are made."""
LOOKS = 16
"""Steps from one look at the change to the next."""


@dataclass(frozen=True, eq=False)
class PoissonWeights:
    r"""$e^{-q} q^k / k!$ for k from `first`, above `CUT` of the largest; built from the largest outwards."""

    first: int
    values: FloatArray

    @classmethod
    def of(cls, mean: float) -> "PoissonWeights":
        """The weights of one mean q."""
        if mean > MOST_STEPS:
            raise SizeError(
                f"The chain would take {mean:.2g} steps until the last of the times, more than {MOST_STEPS:.0g}. Ask "
                "for the `steady_state`, or for the slowest modes by `spectrum`."
            )
        mode = int(mean)
        reach = int(10 * math.sqrt(mean + 1)) + 40
        up = np.cumprod(mean / np.arange(mode + 1, mode + reach))
        down = np.cumprod(np.arange(mode, max(mode - reach, 0), -1) / mean) if mean > 0 else np.empty(0)
        values = np.concatenate([down[::-1], [1.0], up])
        there = np.flatnonzero(values >= CUT)
        kept = values[there[0] : there[-1] + 1]
        return cls(mode - down.size + int(there[0]), kept / kept.sum())

    @property
    def last(self) -> int:
        """The last k."""
        return self.first + self.values.size - 1


def evolved(generator: csr_array, start: FloatArray, times: FloatArray, progress: Progress | None) -> FloatArray:
    r"""$p(t) = \sum_k e^{-\Lambda t} \frac{(\Lambda t)^k}{k!} (1 + G/\Lambda)^k p(0)$ with $\Lambda$ the largest rate
    out of a level, at `times` (T,); shape (T, n).

    Every term is positive, so that small probabilities have as many digits as large ones. All times share the powers.
    Once these hardly change, the rest of the sum is the last of them: no change grows.

    Notes
    -----
    Source: A. Jensen, Skand. Aktuarietidskr. 36, 87 (1953); W. K. Grassmann, Comput. Oper. Res. 4, 47 (1977).
    """
    exits = -generator.diagonal()
    fastest = float(exits.max())
    found = np.zeros((times.size, start.size))
    if fastest == 0:
        found[:] = start
        return found
    weights = [PoissonWeights.of(fastest * float(time)) for time in times]
    step = generator * (1 / fastest)
    step.setdiag(1 - exits / fastest)
    now, last = start, weights[-1].last
    for k in range(last + 1):
        for place, poisson in enumerate(weights):
            if poisson.first <= k <= poisson.last:
                found[place] += poisson.values[k - poisson.first] * now
        if k == last:
            break
        following = np.asarray(step @ now)
        if k % LOOKS == 0:
            if float(np.abs(following - now).sum()) * (last - k) < SETTLED:
                _rest(found, weights, k, following)
                break
            if progress is not None and k:
                progress(k / last)
        now = following
    if progress is not None:
        progress(1.0)
    return found


def _rest(found: FloatArray, weights: list[PoissonWeights], done: int, settled: FloatArray) -> None:
    """What all terms after `done` add if they are `settled`."""
    for place, poisson in enumerate(weights):
        found[place] += float(poisson.values[max(done + 1 - poisson.first, 0) :].sum()) * settled
