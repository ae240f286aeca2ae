"""Where a solution goes in the long run: to rest, or around a cycle."""

from dataclasses import dataclass

import numpy as np

from cavity_hopfield._typing import FloatArray
from cavity_hopfield.analysis.class_dynamics import LONGEST_BLOCH
from cavity_hopfield.analysis.cycles.flow import Flow
from cavity_hopfield.exceptions import ConvergenceError

SETTLING = (50.0, 150.0, 500.0, 1500.0)
"""Times, in units of 1/s at zero field, after which a solution is asked whether it is close to a cycle."""
ROUGH = 1e-10
"""Tolerance of the flow while it settles."""
NEAR = 1e-3
"""Relative distance within which a solution that returns is near a cycle."""
TURNS = 12
"""Returns to the section that are looked at: a cycle may pass it several times."""
SLOW = 1e-5
"""Largest component of the velocity, in units of s at zero field, of a solution that has come to rest."""

ESCAPED = (
    "Backward in time the solution leaves the states: it settles on no cycle. Give a `start` between the stable cycle "
    "and the retrieval points, such as a point a little closer to zero than one of these."
)


@dataclass(frozen=True, eq=False)
class Settled:
    """The state reached, and whether it is nearly on a cycle (with a period) or at rest (`reason` tells)."""

    state: FloatArray
    time: float
    cyclic: bool
    at_rest: bool
    period: float
    symmetric: bool
    reason: str


def settle(flow: Flow, start: FloatArray, after: float = 0.0) -> Settled:
    """Follow `start` (2, C), reached `after` a time in units of 1/s, until it rests, nearly returns, or time is up.

    A solution that leaves the states backward in time grows without bound, which is a `ConvergenceError`.
    """
    if not flow.backward:
        return _settled(flow, start, after)
    try:
        with np.errstate(all="ignore"):
            return _settled(flow, start, after)
    except ConvergenceError as error:
        raise ConvergenceError(ESCAPED) from error


def _settled(flow: Flow, start: FloatArray, after: float) -> Settled:
    """The same, forward or backward."""
    dynamics = flow.dynamics
    scale = float(dynamics.response.sums(np.zeros(dynamics.n_classes)).max())
    x, time, miss = start, after, np.inf
    for stage in (stage for stage in SETTLING if stage > after):
        x = flow.path(x, np.array([(stage - time) / scale]))[0]
        if flow.backward and not np.hypot(*x).max() <= LONGEST_BLOCH:
            raise ConvergenceError(f"At t = {-stage / scale:g} a mean spin is longer than one.")
        time = stage
        velocity = dynamics.velocity(x)
        if np.abs(velocity).max() < SLOW * scale:
            overlaps = np.round(dynamics.overlaps(x), 4).tolist()
            reason = (
                f"The solution settles on a fixed point with overlaps {overlaps}, and on no cycle. Start elsewhere."
            )
            return Settled(x, time, cyclic=False, at_rest=True, period=np.inf, symmetric=False, reason=reason)
        found, miss = _return(flow, x, velocity, stage / scale)
        if found is not None:
            return Settled(x, time, cyclic=True, at_rest=False, period=found[0], symmetric=found[1], reason="")
    reason = (
        f"The solution settles on no cycle within t = {SETTLING[-1] / scale:g}: it misses its start by {miss:.2g}. "
        "It may be slow, as near a bifurcation, quasiperiodic or chaotic."
    )
    return Settled(x, time, cyclic=False, at_rest=False, period=np.inf, symmetric=False, reason=reason)


def _return(flow: Flow, x: FloatArray, velocity: FloatArray, longest: float) -> tuple[tuple[float, bool] | None, float]:
    """Period and symmetry of the nearly closed solution through `x`, and the distance of its best return."""
    across = (-1.0 if flow.backward else 1.0) * velocity / np.linalg.norm(velocity)
    offset, size = float(np.sum(across * x)), float(np.linalg.norm(x))
    half, y = flow.to_section(x, across, -offset, rising=False, longest=longest)
    if np.isfinite(half) and np.linalg.norm(y + x) < NEAR * size:
        return (2 * half, True), 0.0
    y, total, best = x, 0.0, np.inf
    for _ in range(TURNS):
        turn, y = flow.to_section(y, across, offset, rising=True, longest=longest)
        total += turn
        if not np.isfinite(total):
            break
        best = min(best, float(np.linalg.norm(y - x)))
        if best < NEAR * size:
            middle = flow.path(x, np.array([total / 2]))[0]
            return (total, bool(np.linalg.norm(middle + x) < 10 * NEAR * size)), best
    return None, best
