r"""Where two rungs differ by more than their errors, for many times and observables at once.

Two means differ if

$$
|x - y| > \epsilon + \sqrt{(t_x s_x)^2 + (t_y s_y)^2} + L (d_x / R_x + d_y / R_y), \qquad L = \ln(2 / p),
$$

with the numerical errors and the tolerance in $\epsilon$, standard errors $s$, the quantile $t$ of Student's law for
R runs at the chance $p$, and the largest distance $d$ of a single run from the mean: the last term is what rare events
hide, for among R runs none may have made a step that one in $R / L$ makes; where no run has moved yet a step may be as
large as the observable allows. The chance that anything differs where
nothing does is shared out over all K comparisons of values with statistical errors, $p = (1 - c) / K$ (Bonferroni):
times and observables of the same runs go together, so that the true chance of a false alarm is smaller.
"""

from dataclasses import dataclass

import numpy as np
import scipy

from cavity_hopfield._typing import BoolArray, FloatArray
from cavity_hopfield.bridge.levels.readings import Reading


@dataclass(frozen=True, eq=False)
class Difference:
    """One observable of a rung against that of the reference, on arrays with times first.

    Attributes
    ----------
    size : array
        Rung less reference; nan where one of them knows nothing.
    bound : array
        What errors and tolerance explain; infinite where an error is not known.
    scale : array
        The larger of both values and one.
    """

    size: FloatArray
    bound: FloatArray
    scale: FloatArray

    @property
    def known(self) -> BoolArray:
        """Where both know something."""
        return np.isfinite(self.size)

    @property
    def beyond(self) -> BoolArray:
        """Whether the difference is beyond its bound."""
        return np.asarray(np.abs(np.nan_to_num(self.size)) > self.bound)

    @property
    def resolution(self) -> float:
        """The largest bound, relative to the larger of the values and one: a smaller difference might not have been
        seen; nan where nothing can be compared.
        """
        return float((self.bound / self.scale)[self.known].max()) if self.known.any() else float("nan")

    @property
    def most(self) -> float:
        """The largest difference, relative likewise."""
        return float((np.abs(self.size) / self.scale)[self.known].max()) if self.known.any() else float("nan")

    def first(self) -> tuple[int, ...] | None:
        """The place of the first difference beyond its bound, of several at one time that farthest beyond; None if
        there is none.
        """
        found = self.beyond.reshape(len(self.size), -1)
        times = np.flatnonzero(found.any(axis=1))
        if not times.size:
            return None
        row = np.abs(np.nan_to_num(self.size[times[0]])).ravel() - self.bound[times[0]].ravel()
        return (int(times[0]), *map(int, np.unravel_index(int(np.argmax(row)), self.size.shape[1:])))

    def largest(self) -> tuple[int, ...] | None:
        """The place of the largest difference; None where nothing can be compared."""
        if not self.known.any():
            return None
        return tuple(map(int, np.unravel_index(int(np.nanargmax(np.abs(self.size))), self.size.shape)))


def comparisons(one: Reading, other: Reading) -> int:
    """How many of their values are compared with a statistical error."""
    if not one.runs and not other.runs:
        return 0
    return int(np.isfinite(one.values * other.values).sum())


def difference(one: Reading, other: Reading, numerical: float, tolerance: float, chance: float) -> Difference:
    """`one` less `other`.

    Parameters
    ----------
    one, other : Reading
        The observable of the rung and of the reference, of one shape.
    numerical : float
        Numerical errors of both, relative to the larger of a value and one.
    tolerance : float
        What does not count, relative likewise.
    chance : float
        Of a false alarm in one comparison.
    """
    scale = np.maximum(1.0, np.fmax(np.abs(one.values), np.abs(other.values)))
    statistical = np.hypot(_quantile(one, chance) * one.error, _quantile(other, chance) * other.error)
    hidden = sum(np.log(2 / chance) * each.step / each.runs for each in (one, other) if each.runs)
    bound = (numerical + tolerance) * scale + statistical + hidden
    return Difference(one.values - other.values, np.asarray(np.where(np.isnan(bound), np.inf, bound)), scale)


def _quantile(side: Reading, chance: float) -> float:
    """Standard errors that a mean is off by at most, but for half of `chance` at either end."""
    if side.runs < 2:
        return 1.0
    return float(scipy.stats.t.isf(chance / 2, side.runs - 1))
