r"""One pattern: where fixed points appear and lose their stability, for any smooth rate law.

With one class of spins, $x = m^z$ and $h = k x$, the trace of the Jacobian is $k d' - \frac32 s - k s' x$ and does not
depend on the drive, and fixed points lie at $8 \Omega^2 = s (d / x - s)$. So every condition on them is an equation in
x alone.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from cavity_hopfield._typing import FloatArray
from cavity_hopfield.analysis.bifurcations.normal_forms import first_lyapunov
from cavity_hopfield.analysis.class_dynamics import ClassDynamics, require_limit
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.network import HopfieldLimit
from cavity_hopfield.network.local_response import LocalResponse

GRID = 2000
"""Points in x between which sign changes are looked for."""
XTOL, RTOL = 1e-15, 8.9e-16


@dataclass(frozen=True, eq=False)
class PlanarNetwork:
    """A network with one pattern, at all drives: its own drive does not matter."""

    limit: HopfieldLimit
    response: LocalResponse

    @classmethod
    def of(cls, limit: HopfieldLimit) -> "PlanarNetwork":
        """The plane of `limit`; an error unless it has one pattern and one class of spins."""
        if require_limit(limit).columns.shape != (1, 1):
            raise ArgumentError(
                f"Argument `limit` must have one pattern, but has {limit.n_patterns}. For more patterns take "
                "`stability_boundaries`, or `fixed_points` and `limit_cycle` at each drive."
            )
        return cls(limit, LocalResponse.of(limit))

    def at(self, drive: float) -> ClassDynamics:
        """The dynamics at a drive."""
        return ClassDynamics(self.limit.with_drive(drive), self.response)

    @property
    def strength(self) -> float:
        """k, the field per unit of overlap."""
        return float(self.limit.strengths[0])

    @property
    def scale(self) -> float:
        """Value of s at zero field, the unit of all rates."""
        return float(self._parts(np.zeros(1))[0, 0])

    def trace(self, x: FloatArray) -> FloatArray:
        """Trace of the Jacobian wherever $m^z$ is `x`."""
        s, _, s1, d1 = self._parts(x)
        return np.asarray(self.strength * d1 - 1.5 * s - self.strength * s1 * x)

    def squared_drive(self, x: FloatArray) -> FloatArray:
        r"""The $\Omega^2$ at which `x` is at rest; negative where there is none."""
        s, d, _, d1 = self._parts(x)
        slope = np.where(x == 0, self.strength * d1, d / np.where(x == 0, 1.0, x))
        return np.asarray(s * (slope - s) / 8)

    def pitchfork(self) -> float:
        r"""$\Omega_P = [s (k d' - s) / 8]^{1/2}$ at zero field, where 0 meets the retrieval points."""
        return _root_of(float(self.squared_drive(np.zeros(1))[0]))

    def retrieval_hopf(self) -> FloatArray:
        """The $m^z > 0$ at which a fixed point with a positive determinant has no trace, the largest first."""
        found = [x for x in _zeros(self.trace) if self.squared_drive(np.array([x]))[0] > 0 and self._turns(x)]
        return np.array(sorted(found, reverse=True))

    def folds(self) -> FloatArray:
        """The $m^z > 0$ at which two fixed points meet, the largest first."""
        found = [x for x in _zeros(self._growth_of_squared_drive) if self.squared_drive(np.array([x]))[0] > 0]
        return np.array(sorted(found, reverse=True))

    def drive_at(self, x: float) -> float:
        """The drive at which `x` is at rest."""
        return _root_of(float(self.squared_drive(np.array([x]))[0]))

    def outer_point(self, drive: float) -> float:
        """The largest $m^z$ at rest; zero if there is no other."""
        found = _zeros(lambda x: self.squared_drive(x) - drive**2)
        return max(found, default=0.0)

    def lyapunov_at(self, x: float, drive: float) -> float:
        """First Lyapunov coefficient of the fixed point `x`, where the trace vanishes."""
        dynamics = self.at(drive)
        return first_lyapunov(dynamics, dynamics.at_rest(np.array([x])))

    def _growth_of_squared_drive(self, x: FloatArray) -> FloatArray:
        """Derivative of the squared drive along the fixed points, times 8 x."""
        s, d, s1, d1 = self._parts(x)
        k = self.strength
        slope = d / x
        return np.asarray(k * s1 * x * (slope - 2 * s) + s * (k * d1 - slope))

    def _turns(self, x: float) -> bool:
        dynamics = self.at(self.drive_at(x))
        return bool(np.linalg.det(dynamics.jacobian(dynamics.at_rest(np.array([x])))) > 0)

    def _parts(self, x: FloatArray) -> FloatArray:
        """s, d and their slopes in the fields of `x` (n,), shape (4, n)."""
        fields = self.strength * x[:, None]
        response = self.response
        parts = (response.sums(fields), response.differences(fields), response.sums(fields, 1))
        return np.stack([*parts, response.differences(fields, 1)])[..., 0]


def _root_of(square: float) -> float:
    return float(np.sqrt(square)) if square >= 0 else np.nan


def _zeros(function: Callable[[FloatArray], FloatArray]) -> list[float]:
    r"""Sign changes of a function of $0 < x \le 1$, refined; the grid is dense near zero, where branches begin."""
    grid = np.geomspace(1e-6, 1.0, GRID)
    values = function(grid)
    places = np.flatnonzero(values[:-1] * values[1:] < 0)
    return [
        float(brentq(lambda x: float(function(np.array([x]))[0]), grid[place], grid[place + 1], xtol=XTOL, rtol=RTOL))
        for place in places
    ]
