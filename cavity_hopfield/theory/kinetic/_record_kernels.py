"""What every event loop does between events: states at given times, a log, the way to the targets, when to stop."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from cavity_hopfield._compiled import compiled
from cavity_hopfield._typing import FloatArray, IntArray

DONE, REACHED, PAUSED, BROKEN = 0, 1, 2, 3
"""How a call of a loop ends: at the last of the times, at a target, for another call, at a rate above its bound."""
LEFT, FLIPS, WRITTEN, LOGGED, REFRESHES = 0, 1, 2, 3, 4
"""Counters of both loops: events left until all is made anew, flips, times written, flips logged, refreshes."""


@compiled(inline=True)
def arrival(following: float, now: float, total: float, generator: np.random.Generator) -> float:
    """When the next candidate comes at the rate `total`; `following` if that is known, and not negative."""
    if following >= 0.0:
        return following
    return now + float(generator.standard_exponential()) / total if total > 0.0 else math.inf


@compiled
def write(
    times: FloatArray, until: float, written: int, count: int, state: npt.NDArray[Any], path: npt.NDArray[Any],
    flips: IntArray,
) -> int:  # fmt: skip
    """Write the `state` and the number of flips to all of `times` before `until`; returns how many are written."""
    while written < times.size and times[written] < until:
        path[written] = state
        flips[written] = count
        written += 1
    return written


@compiled
def allowed(attempts: int, log_times: FloatArray, logged: int) -> int:
    """So many attempts fill no log beyond its end."""
    return min(attempts, log_times.size - logged) if log_times.size > 0 else attempts


@compiled(inline=True)
def ending(reached: bool, rate: float, bound: float) -> int:
    """Whether a flip ends a loop: because its rate exceeds the bound, or a target is reached."""
    if rate > bound:
        return BROKEN
    return REACHED if reached else PAUSED


@compiled(inline=True)
def note(log_times: FloatArray, log_places: IntArray, logged: int, now: float, place: int) -> int:
    """Log a flip, if there is a log; returns the length of the log."""
    if log_times.size == 0:
        return 0
    log_times[logged], log_places[logged] = now, place
    return logged + 1


@compiled(inline=True)
def aim(heights: FloatArray, goals: FloatArray, weights: FloatArray, unit: int, step: float) -> bool:
    """Move the `heights` (K,) by a `step` of the spins `unit`; whether one of the `goals` is reached."""
    reached = False
    for k in range(goals.size):
        heights[k] += step * weights[unit, k]
        if heights[k] >= goals[k]:
            reached = True
    return reached
