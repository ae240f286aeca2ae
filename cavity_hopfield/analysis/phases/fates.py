r"""Where runs of the open Hopfield network end: at rest, on a limit cycle, or not settled in the time given."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from cavity_hopfield._checks import ReadOnlyArrays, frozen, real_array, real_number, whole_number
from cavity_hopfield._typing import ArrayLike, BoolArray, FloatArray, IntArray
from cavity_hopfield.analysis.class_dynamics import require_limit
from cavity_hopfield.dynamics import Progress
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.network import HopfieldLimit
from cavity_hopfield.theory.mean_field import Tails, limit_tails

DEFAULT_END = 3000.0
"""How long a run is followed before it is given up as unsettled, in relaxation times."""
FIRST_WINDOW = 50.0
"""Length of the first windows that are compared, in relaxation times, and of the first legs that they end."""
SHARE_SEEN = 0.25
"""A window is this share of its leg, but not shorter than the first."""
STEADY = 1e-3
"""Largest relative change of the swing of an overlap, from one window to the next, on a limit cycle."""
REST = 1e-4
"""Overlaps that swing less than this, and less from window to window, are coming to rest."""
ROUND_OFF = 1e-6
"""Overlaps that swing less than this are at rest: it is what the integrator leaves undecided."""
QUIET = 1e-2
"""An overlap oscillates if its swing is more than this share of the largest."""
NO_OVERLAP = 1e-4
"""A run is at the paramagnet if all its spins are shorter, and its overlaps swing half as much as before."""
KNOWN = 1e-2
"""Largest swing of the overlaps of a run at rest elsewhere, as a share of the largest: else it may still fade."""
RECALLED = 0.9
"""Share of the spins that must have the signs of one pattern, for a run at rest to have retrieved it."""
CRITERIA = {"steady": STEADY, "rest": REST}
"""By what fates were told, for the provenance of results."""
SAMPLES = 16
"""Samples of the overlaps in one relaxation time."""
AT_ONCE = 8192
RTOL, ATOL = 1e-8, 1e-10
LONGEST_BLOCH, LONGEST_END = 1 + 1e-12, 1 + 1e-6
Values = ArrayLike | None


class Fate(IntEnum):
    """Where a run ends."""

    PARAMAGNET = 0
    RETRIEVAL = 1
    MIXTURE = 2
    LIMIT_CYCLE = 3
    UNSETTLED = 4


FATES = tuple(fate.name.lower() for fate in Fate)
"""The names of the fates by their codes; a mixture is any other point at rest, spurious ones included."""


@dataclass(frozen=True, eq=False)
class Fates(ReadOnlyArrays):
    """What became of every run.

    Attributes
    ----------
    fate : (R,) array of int
        The code of a `Fate`.
    recalled : (R,) array of int
        The pattern retrieved, counted from one, with a minus sign if upside down; zero where none was.
    amplitude : (R, P) array
        The largest size of each overlap in the last window.
    loud : (R, P) array of bool
        Which overlaps swing by more than a hundredth of the largest swing in the last window.
    end : (R, C, 3) array
        Bloch vectors of every class at the end.
    time : (R,) array
        How long the run was followed, in relaxation times.
    """

    fate: IntArray
    recalled: IntArray
    amplitude: FloatArray
    loud: BoolArray
    end: FloatArray
    time: FloatArray

    @property
    def oscillates(self) -> BoolArray:
        """Which overlaps (R, P) oscillate, of runs that end on a limit cycle."""
        return np.asarray(self.loud & (self.fate == Fate.LIMIT_CYCLE)[:, None])


def relaxation_rate(limit: HopfieldLimit) -> float:
    r"""$\gamma = 2 \langle W(0) \rangle$: the rate at which $\langle\sigma^z\rangle$ of a spin without field decays."""
    free = limit.rate_law(np.zeros(len(limit.columns)), limit.rate_classes)
    return float(2 * np.sum(limit.weights * free))


def follow(
    limit: HopfieldLimit,
    starts: ArrayLike,
    *,
    end: float = DEFAULT_END,
    first_window: float = FIRST_WINDOW,
    drives: ArrayLike | None = None,
    temperatures: ArrayLike | None = None,
    threads: int = 1,
    progress: Progress | None = None,
) -> Fates:
    r"""The fate of every run, from what its overlaps did in two windows, at the ends of two legs of equal length.

    A run is at the paramagnet if every spin is shorter than 1e-4 at the end and overlaps swing half as much in the
    second window as in the first. It is at rest elsewhere if no overlap swings by more than 1e-4 in the second window,
    nor by a hundredth of the largest overlap, nor as much as in the first. It is on a limit cycle if the swing of every
    overlap, and where it swings to, changed by less than a part in 1000 of it; a spiral whose amplitude grows or
    shrinks by less than that over one leg would be taken for a cycle. All other runs are followed over two legs twice
    as long, and so on, until `end`. A window is its whole leg at first, later a quarter of it.

    Parameters
    ----------
    limit : HopfieldLimit
        The network.
    starts : (R, C, 3) array
        Bloch vectors of every class.
    end : float
        How long a run is followed, in relaxation times $1 / \gamma$, $\gamma = 2 W(0)$.
    first_window : float
        Length of the first legs and windows, in relaxation times. A spiral is told from a cycle if its amplitude
        changes at a rate above 1e-3 over this.
    drives, temperatures : (R,) arrays or numbers, optional
        In place of those of `limit`; temperatures for Glauber's law alone.
    threads : int
        Number of threads; the answer does not depend on it.
    progress : callable, optional
        Told the fraction of the runs that have settled.

    Raises
    ------
    ArgumentError
        If shapes do not fit, a start is no state, or `end` is not positive.
    """
    span, first = real_number("end", end, above=0.0), real_number("first_window", first_window, above=0.0)
    states = _checked_starts(limit, starts)
    ensemble = _Ensemble(limit, states, drives, temperatures, threads, first)
    left = np.arange(len(ensemble.states))
    for length in _leg_lengths(span, first):
        for at in range(0, left.size, AT_ONCE):
            ensemble.advance(left[at : at + AT_ONCE], length)
            if progress is not None:
                progress(ensemble.share_settled)
        left = left[ensemble.fate[left] == Fate.UNSETTLED]
    if progress is not None:
        progress(1.0)
    return ensemble.fates()


class _Ensemble:
    """The runs, and what is known of them so far."""

    def __init__(
        self,
        limit: HopfieldLimit,
        states: FloatArray,
        drives: Values,
        temperatures: Values,
        threads: int,
        first_window: float,
    ) -> None:
        self.limit, self.states, self.first_window = limit, states, first_window
        self.unit = 1 / relaxation_rate(limit)
        self.threads = whole_number("threads", threads, minimum=1)
        named = (("drives", drives), ("temperatures", temperatures))
        self.options = {
            name: np.broadcast_to(real_array(name, value), len(states)) for name, value in named if value is not None
        }
        shape = (len(states), limit.n_patterns)
        self.fate, self.time = np.full(shape[0], int(Fate.UNSETTLED)), np.zeros(shape[0])
        self.amplitude, self.loud = np.zeros(shape), np.zeros(shape, np.bool_)

    @property
    def share_settled(self) -> float:
        return float(np.mean(self.fate != Fate.UNSETTLED))

    def advance(self, part: IntArray, length: float) -> None:
        """Two legs more of the runs `part`, and what the windows at their ends tell."""
        before = self._leg(part, self.states[part], length)
        after = self._leg(part, _within_reach(before.end), length)
        self.fate[part], self.loud[part] = _judged(self.limit, before, after)
        self.states[part] = _within_reach(after.end)
        self.amplitude[part] = np.maximum(np.abs(after.highest), np.abs(after.lowest))
        self.time[part] += 2 * length

    def _leg(self, part: IntArray, states: FloatArray, length: float) -> Tails:
        own = {name: value[part] for name, value in self.options.items()}
        window = min(length, max(self.first_window, SHARE_SEEN * length))
        return limit_tails(
            self.limit, states, length * self.unit, window * self.unit, samples=round(SAMPLES * window) + 2,
            drives=own.get("drives"), temperatures=own.get("temperatures"), rtol=RTOL, atol=ATOL, threads=self.threads,
        )  # fmt: skip

    def fates(self) -> Fates:
        """What became of every run."""
        recalled, here = np.zeros(len(self.fate), np.int64), self.fate == Fate.RETRIEVAL
        recalled[here] = _recalled(self.limit, self.states[here])
        arrays = (self.fate, recalled, self.amplitude, self.loud, self.states, self.time)
        return Fates(*(frozen(array) for array in arrays))


def _checked_starts(limit: HopfieldLimit, starts: ArrayLike) -> FloatArray:
    n_classes = len(require_limit(limit).columns)
    states = real_array("starts", starts)
    if states.ndim != 3 or states.shape[1:] != (n_classes, 3) or not len(states):
        raise ArgumentError(
            f"Argument `starts` must have shape (R, {n_classes}, 3), Bloch vectors of every class, but has shape "
            f"{states.shape}."
        )
    longest = float(np.linalg.norm(states, axis=-1).max())
    if longest > LONGEST_BLOCH:
        raise ArgumentError(f"Argument `starts` must hold Bloch vectors of length up to 1, but one has {longest:g}.")
    return states.copy()


def _within_reach(states: FloatArray) -> FloatArray:
    """States without what the integrator, not the dynamics, added to spins of length one."""
    length = np.linalg.norm(states, axis=-1, keepdims=True)
    return np.asarray(states / np.where((length > 1) & (length < LONGEST_END), length, 1.0))


def _leg_lengths(end: float, first: float) -> list[float]:
    """Lengths of the legs, two of each, that fill `end`: doubled each time, the last as long as what is left."""
    lengths, left, length = [], end, first
    while left - 2 * length >= 2 * length:
        lengths.append(length)
        left, length = left - 2 * length, 2 * length
    return [*lengths, left / 2]


def _judged(limit: HopfieldLimit, before: Tails, after: Tails) -> tuple[IntArray, BoolArray]:
    """Fates, and which overlaps are loud."""
    past, swing = before.highest - before.lowest, after.highest - after.lowest
    largest = swing.max(axis=1)
    fading = (largest < ROUND_OFF) | (largest < past.max(axis=1) / 2)
    forgotten = fading & (np.linalg.norm(after.end, axis=-1).max(axis=1) < NO_OVERLAP)
    still = (largest < ROUND_OFF) | ((largest < REST) & (largest < past.max(axis=1)))
    resting = still & (largest < KNOWN * np.abs(limit.overlaps(after.end[..., 2])).max(axis=1))
    loud = swing > QUIET * largest[:, None]
    tiny = np.finfo(np.float64).tiny
    growth = np.log(np.maximum(swing, tiny) / np.maximum(past, tiny))
    steady = np.where(loud, np.abs(growth) <= STEADY, (growth <= STEADY) | (swing < ROUND_OFF)).all(axis=1)
    moved = np.maximum(np.abs(after.highest - before.highest), np.abs(after.lowest - before.lowest)).max(axis=1)
    cycling = (largest >= REST) & ~forgotten & steady & (moved <= STEADY * largest)
    fate = np.where(cycling, Fate.LIMIT_CYCLE, Fate.UNSETTLED)
    fate[resting] = _kinds_at_rest(limit, after.end[resting])
    fate[forgotten] = Fate.PARAMAGNET
    return fate, loud


def _kinds_at_rest(limit: HopfieldLimit, states: FloatArray) -> IntArray:
    z = states[..., 2]
    agreement = np.abs(limit.overlaps(np.sign(z))).max(axis=1)
    return np.where(agreement >= 2 * RECALLED - 1, Fate.RETRIEVAL, Fate.MIXTURE)


def _recalled(limit: HopfieldLimit, states: FloatArray) -> IntArray:
    agreement = limit.overlaps(np.sign(states[..., 2]))
    best = np.abs(agreement).argmax(axis=1)
    signs = np.sign(np.take_along_axis(agreement, best[:, None], axis=1)[:, 0])
    return np.asarray((best + 1) * signs, dtype=np.int64)
