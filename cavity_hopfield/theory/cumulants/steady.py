"""Stationary moments: by evolving until they hardly move, then by Newton's method."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.linalg import lstsq, svd

from cavity_hopfield._checks import real_number
from cavity_hopfield._typing import ComplexArray, FloatArray
from cavity_hopfield.theory.cumulants.problem import MomentProblem

MATRICES = 8
"""Square matrices held at once while a steady state is sharpened."""
WINDOW, WINDOWS = 20.0, 500
"""Decay times of the slowest damping between looks at the moments, and how many looks."""
NEARLY = 1e-4
"""Relative time derivative below which Newton's method is tried."""
AT_REST = 1e-10
"""Relative time derivative of a steady state."""
STEPS = 12
NEAR = 0.05
"""How far Newton's method may move a moment, beside its size, for the state to be the one that was evolved to."""
NEAR_CONSERVED = 1e-4
r"""The same, times $\sqrt N$, where something is conserved: its value changes by the square of what Newton's method
moves, and the light feels N times of that.
"""
CREEP = 30.0
"""Times of the slowest decay for which an implicit method takes moments to rest that conserve something."""
DEPENDENT, UNSETTLED = 1e-10, 30.0
"""Singular values of the derivative F' that belong to conserved quantities q(x): below so large a share of the largest,
and below so many times the rates F, where F does not vanish: q' F = 0 everywhere, hence q' F' = -q'' F.
"""


@dataclass(frozen=True, eq=False)
class SteadyMoments:
    """Stationary moments (n,) and how they were found; as `Cumulants.steady_state` reports."""

    values: ComplexArray
    residual: float
    time: float
    moved: float
    growth: float
    uncertainty: float
    conserved: int
    symmetric: bool
    trouble: str | None

    def details(self) -> dict[str, Any]:
        """The attributes of the result."""
        return {
            "residual": self.residual, "settled_after": self.time, "moved": self.moved, "growth": self.growth,
            "conserved": self.conserved, "symmetric": int(self.symmetric),
        }  # fmt: skip


def settled(problem: MomentProblem, rtol: float, atol: float, longest: float | None) -> SteadyMoments:
    """Evolve window after window until Newton's method lands near by."""
    window = WINDOW / slowest(problem)
    limit = window * WINDOWS if longest is None else real_number("longest", longest, above=0.0)
    time, now = 0.0, problem
    while time < limit:
        path = now.path(np.array([min(window, limit - time)]), rtol, atol, None)
        time += path.reached
        if path.trouble is not None:
            return _given_up(now, time, f"the moments diverge at t = {time:.6g}: {path.trouble}")
        now = now.beginning(problem.equations.flow.split(path.values[-1]))
        if relative(now.rates(now.start), now) < NEARLY:
            found = sharpened(now, time, problem.symmetric)
            if found.conserved and found.moved > nearness(now, found.conserved) and found.growth < 0:
                span = min(CREEP / -found.growth, limit)
                now, time = now.beginning(now.crept(span, rtol, atol)), time + span
                found = sharpened(now, time, problem.symmetric)
            if found.trouble is None:
                return found
    rate = relative(now.rates(now.start), now)
    return _given_up(
        now, time,
        f"the moments still move at t = {time:.6g}, at the relative rate {rate:.2g}. Without channels of single atoms "
        "they may oscillate for ever; else allow a longer time with `longest`",
    )  # fmt: skip


def slowest(problem: MomentProblem) -> float:
    """The smallest rate at which light or atoms are damped by themselves."""
    channels = problem.model.channels
    atoms = [] if channels is None else [channels.longitudinal, channels.transverse]
    return float(min([*problem.model.net_loss / 2, *(rate for rate in atoms if rate > 0)]))


def relative(change: FloatArray, problem: MomentProblem) -> float:
    """The largest component of a change of the moments beside their sizes."""
    return float(np.max(np.abs(change) / scales(problem)))


def scales(problem: MomentProblem) -> FloatArray:
    r"""$(1 + \langle a^\dagger a \rangle_{\max})^{l/2}$, shape (x,), for moments with l fields; those of spins are at
    most one.
    """
    equations = problem.equations
    moments = equations.flow.joined(problem.start)
    photons = np.maximum(equations.light(moments, 1, 1).real, np.abs(equations.light(moments, 0, 1)) ** 2)
    light = equations.light_letters
    powers = np.concatenate([light, light[~equations.flow.real]])
    return np.asarray((1.0 + max(float(photons.max()), 0.0)) ** (powers / 2))


def sharpened(problem: MomentProblem, time: float, symmetric: bool) -> SteadyMoments:
    """Newton's method, at fixed values of what is conserved."""
    scale, x = scales(problem), problem.start.copy()
    still, before = AT_REST / 10 / float(problem.spins.sizes.max()), np.inf  # correlations are a part in N
    for _ in range(STEPS):
        matrix = problem.jacobian(x) * scale / scale[:, None]
        rest = problem.rates(x) / scale
        left, sizes, _ = svd(matrix)
        fastest = float(np.abs(rest).max())
        kept = left[:, sizes <= max(DEPENDENT * sizes[0], UNSETTLED * fastest)]
        if fastest <= still or before / 2 < fastest <= AT_REST / 10:  # there, or at round-off
            break
        before = fastest
        system = np.vstack([matrix, kept.T])
        x = x + scale * lstsq(system, np.concatenate([-rest, np.zeros(kept.shape[1])]))[0]
    residual = float(np.abs(problem.rates(x) / scale).max())
    moved = float(np.abs((x - problem.start) / scale).max())
    growth = largest_growth(matrix, kept.shape[1])
    found = problem.equations.flow.joined(x)
    trouble = None
    if not residual <= AT_REST:
        trouble = f"Newton's method stops at the relative time derivative {residual:.2g}."
    elif moved > nearness(problem, kept.shape[1]):
        trouble = f"Newton's method leaves the moments that were evolved to, by {moved:.2g} of their size."
    uncertainty = 1e-9 * float(np.abs(matrix).max())
    return SteadyMoments(found, residual, time, moved, growth, uncertainty, kept.shape[1], symmetric, trouble)


def nearness(problem: MomentProblem, conserved: int) -> float:
    """How far Newton's method may move a moment beside its size."""
    return float(NEAR_CONSERVED / np.sqrt(problem.spins.sizes.max())) if conserved else NEAR


def largest_growth(matrix: FloatArray, conserved: int) -> float:
    """The largest real part of an eigenvalue, the zeros of conserved quantities apart."""
    eigenvalues = np.linalg.eigvals(matrix)
    rest = eigenvalues[np.argsort(np.abs(eigenvalues))][conserved:]
    return float(rest.real.max(initial=-np.inf))


def _given_up(problem: MomentProblem, time: float, why: str) -> SteadyMoments:
    residual = relative(problem.rates(problem.start), problem)
    values = problem.equations.flow.joined(problem.start)
    return SteadyMoments(
        values, residual, time, 0.0, np.nan, np.inf, 0, problem.symmetric,
        f"No steady state was found: {why}. The attribute `partial` of this error holds the last moments.",
    )  # fmt: skip
