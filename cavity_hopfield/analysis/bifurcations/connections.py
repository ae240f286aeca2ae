r"""One pattern: the gluing of cycles at the saddle 0, and the meeting of a stable with an unstable cycle."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from cavity_hopfield._typing import FloatArray
from cavity_hopfield.analysis.bifurcations.planar import PlanarNetwork
from cavity_hopfield.analysis.cycles.flow import Flow

OFFSET = 1e-4
"""Distance from the saddle at which its manifolds are left, in units of that of the retrieval point: the equations are
odd, and the manifolds straight to third order."""
LONGEST = 5e4
"""Longest time, in units of 1/s at zero field, to follow a manifold or a return."""
DRIVES = np.concatenate([np.linspace(0.05, 0.95, 19), [0.98, 0.99, 0.995, 0.999]])
"""Fractions of the pitchfork at which the splitting of the manifolds is looked at."""
STEPS_BELOW = (1e-4, 1e-3, 4e-3, 1e-2, 3e-2, 0.1, 0.2, 0.4, 0.7)
"""Relative distances below the gluing at which cycles are looked for."""
CLOSEST = 1e-11
ACROSS = np.array([[0.0], [1.0]])
"""What the state is multiplied with to give $m^z$."""


@dataclass(frozen=True, eq=False)
class Connections:
    """Manifolds of the saddle 0 and half turns around all fixed points, at any drive."""

    network: PlanarNetwork

    @property
    def longest(self) -> float:
        """The longest time to follow a solution."""
        return LONGEST / self.network.scale

    def splitting(self, drive: float) -> float:
        r"""How far the unstable manifold of 0 passes above the stable one, where they pass below the retrieval point.

        Positive where the unstable manifold ends at the retrieval point, negative where it goes around both.
        """
        point = self.network.outer_point(drive)
        out = self._manifold(drive, stable=False)
        time, leaving = self._flow(drive).to_section(out, ACROSS, point, rising=False, longest=self.longest)
        if np.isinf(time):
            return 1.0
        back = self._manifold(drive, stable=True)
        backward = self._flow(drive, backward=True)
        time, arriving = backward.to_section(back, ACROSS, point, rising=True, longest=self.longest)
        return 1.0 if np.isinf(time) else float(leaving[0, 0] - arriving[0, 0])

    def gluing(self) -> float:
        """The drive at which the unstable manifold of 0 returns to it; NaN if there is none."""
        pitchfork = self.network.pitchfork()
        if np.isnan(pitchfork):
            return np.nan
        values = [self.splitting(drive) for drive in pitchfork * DRIVES]
        for k in range(len(DRIVES) - 1):
            if values[k] > 0 > values[k + 1]:
                low, high = pitchfork * DRIVES[k], pitchfork * DRIVES[k + 1]
                return float(brentq(self.splitting, low, high, xtol=1e-13, rtol=1e-12))
        return np.nan

    def half_turn(self, start: float, drive: float) -> tuple[float, float]:
        r"""$p(Y)$ and $p'(Y)$: from $(m^y, m^z) = (Y, 0)$ to $(-p, 0)$; not numbers if the solution does not return.

        A cycle that is its own negative has $p(Y) = Y$, and the square of $p'(Y)$ as its multiplier.
        """
        rows = np.array([[[start], [0.0]], [[1.0], [0.0]]])
        flow = self._flow(drive)
        time, end = flow.to_section(rows, ACROSS, 0.0, rising=False, longest=self.longest, tangents=1)
        if np.isinf(time):
            return np.nan, np.nan
        speed = flow.dynamics.velocity(end[0])
        slope = end[1, 0, 0] - end[1, 1, 0] * speed[0, 0] / speed[1, 0]
        return -float(end[0, 0, 0]), -float(slope)

    def best_turn(self, drive: float) -> tuple[float, float]:
        r"""The Y at which $p(Y) - Y$ is largest, and that value: negative where there is no cycle around all."""
        inner = self.edge(drive)
        if not inner < 1:
            return 1.0, -1.0

        def steepness(logarithm: float) -> float:
            slope = self.half_turn(inner + np.exp(logarithm), drive)[1]
            return 50.0 if np.isnan(slope) else float(np.log(slope))

        low, high = np.log(CLOSEST), np.log(1 - inner)
        if steepness(high) >= 0:
            return 1.0, self.half_turn(1.0, drive)[0] - 1.0
        best = inner + np.exp(brentq(steepness, low, high, xtol=1e-10))
        return best, self.half_turn(best, drive)[0] - best

    def edge(self, drive: float) -> float:
        """The Y from which one runs into the saddle 0: from below it ends at a retrieval point."""
        back = self._manifold(drive, stable=True)
        backward = self._flow(drive, backward=True)
        time, state = backward.to_section(back, ACROSS, 0.0, rising=False, longest=self.longest)
        return np.inf if np.isinf(time) else float(state[0, 0])

    def saddle_node(self, gluing: float) -> tuple[float, float]:
        """The drive below `gluing` at which a stable and an unstable cycle meet, and the Y where they do."""
        if np.isnan(gluing):
            return np.nan, np.nan
        high = gluing * (1 - 1e-7)
        if self.best_turn(high)[1] <= 0:
            return np.nan, np.nan
        for fraction in STEPS_BELOW:
            low = gluing * (1 - fraction)
            if self.best_turn(low)[1] < 0:
                drive = float(brentq(lambda trial: self.best_turn(trial)[1], low, high, xtol=1e-13, rtol=1e-12))
                return drive, self.best_turn(drive)[0]
            high = low
        return np.nan, np.nan

    def _manifold(self, drive: float, *, stable: bool) -> FloatArray:
        """A state on the way out of the saddle 0, or into it, with $m^z > 0$."""
        values, vectors = np.linalg.eig(self.network.at(drive).jacobian(np.zeros((2, 1))))
        real = values.real
        direction = vectors[:, int(np.argmin(real) if stable else np.argmax(real))].real
        return np.asarray(OFFSET * self.network.outer_point(drive) * (direction / direction[1]).reshape(2, 1))

    def _flow(self, drive: float, *, backward: bool = False) -> Flow:
        return Flow(self.network.at(drive), backward=backward)
