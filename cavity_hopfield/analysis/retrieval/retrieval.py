"""Success, time and ends of recalls from every corruption of every pattern."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import xarray as xr

from cavity_hopfield._checks import ReadOnlyArrays, frozen, real_number, require_progress, whole_number
from cavity_hopfield._typing import ArrayLike, BoolArray, FloatArray, IntArray, Json
from cavity_hopfield.analysis.intervals import clopper_pearson
from cavity_hopfield.analysis.retrieval.end_states import MIXTURE, PATTERN, SPURIOUS, named_states
from cavity_hopfield.analysis.retrieval.forms import Form, form_of
from cavity_hopfield.analysis.retrieval.intervals import (
    checked_confidence,
    crossing_bracket,
    half_crossings,
    quantiles,
    rising_shares,
)
from cavity_hopfield.analysis.retrieval.levels import Levels, levels_of
from cavity_hopfield.analysis.retrieval.starts import RECALLS, CorruptedStarts, checkpoint_folder, part_of, seed_of
from cavity_hopfield.dynamics import Progress
from cavity_hopfield.dynamics.labels import TIME, analysis_result, labelled
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.hopfield import Patterns
from cavity_hopfield.network import CountedHopfield, OpenHopfield, OverlapTargets
from cavity_hopfield.theory import KineticMonteCarlo

INITIAL_OVERLAPS = np.linspace(0.0, 1.0, 11)
QUANTILES = (0.25, 0.5, 0.75)
LATE = "late"
"""Of a pattern that was not reached in time, but is where the energy leads."""
ENDS = (PATTERN, "antipattern", "another pattern", "another antipattern", LATE, MIXTURE, SPURIOUS)
CROSSES, BEGINS_ABOVE, STAYS_BELOW, JUMPS = (
    "",
    "more than half recall at every overlap of the grid",
    "fewer than half recall at every overlap of the grid",
    "the share that recalls jumps within one step of the grid: a finer grid tells more",
)
JUMP = 0.05
"""A share that rises from below this to above the rest within one step jumps."""


class End(NamedTuple):
    """Where a run may end: whatever its name, a pattern or negative that was reached, or late, a mixture, spurious."""

    name: str
    kind: str


@dataclass(frozen=True, eq=False)
class Recalls(ReadOnlyArrays):
    """What became of every run.

    Attributes
    ----------
    times : (K, L, R) array
        When the first of all patterns and negatives was reached, NaN if none.
    codes : (K, L, R) array of int
        Which of `states` each run ended in.
    states : tuple of End
        Every pattern, every negative, then what else was met.
    places : (K,) array of int
        The patterns that were corrupted.
    """

    times: FloatArray
    codes: IntArray
    states: tuple[End, ...]
    places: IntArray

    @property
    def recalled(self) -> BoolArray:
        """Whether the pattern that was corrupted is reached first, shape (K, L, R)."""
        return np.asarray(self.codes == self.places[:, None, None])

    @property
    def recall_times(self) -> FloatArray:
        """The time of a recall, NaN where there is none, shape (K, L, R)."""
        return np.where(self.recalled, self.times, np.nan)


def retrieval(
    network: OpenHopfield | CountedHopfield,
    *,
    initial_overlaps: ArrayLike = INITIAL_OVERLAPS,
    runs: int,
    seed: int,
    time: float,
    level: ArrayLike | None = None,
    patterns: Sequence[str | int] | None = None,
    confidence: float = 0.95,
    threads: int = 1,
    progress: Progress | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
) -> xr.Dataset:
    r"""$P(m_0) = P(\text{of all } \pm\xi^\nu \text{ the first to be reached before } t \text{ is } +\xi^\mu)$ from
    random corruptions of $\xi^\mu$ with overlap $m_0$; its time, where failures end, the size of the basin.

    Parameters
    ----------
    network : OpenHopfield or CountedHopfield
        A network with patterns, whose spins flip one by one, without a coherent drive.
    initial_overlaps : (L,) array
        $m_0$, rising, moved to the nearest that N spins can have, equal ones once. A pattern with a share f of its
        spins wrong has $m_0 = 1 - 2f$. Every run has its own wrong spins.
    runs : int
        Runs for each pattern and overlap.
    seed : int
        Seed; what is found for a pattern does not depend on which others are asked for.
    time : float
        How long a run may take, in the unit of the inverse rates.
    level : float or (P,) array, optional
        A pattern is reached at this overlap. If omitted, 0.9 of the mean overlap that runs from the pattern have
        between 10 and 20 relaxation times of a spin, or in the second half of `time` if that ends earlier, for each
        pattern. Starts above it have arrived at time zero. Rates that change in time (`Scheduled`) need it.
    patterns : sequence of str or int, optional
        The patterns to corrupt; all if omitted. All patterns and their negatives count as ends.
    confidence : float
        Of every interval.
    threads : int
        Number of threads; it changes no bit of the answer.
    progress : callable, optional
        Told the fraction of the runs that are done.
    checkpoint : path, optional
        A folder for finished blocks of runs: the same call goes on from there after an interruption, and gives the same
        result to the last bit.

    Returns
    -------
    xarray.Dataset
        `success`, `success_low`, `success_high` (pattern, initial_overlap), intervals of Clopper and Pearson;
        `time_quantile` and its `_low`, `_high` (pattern, initial_overlap, quantile), by when a quarter, half and three
        quarters of *all* runs have recalled, infinite where fewer do in time; `retrieval_time` and `end` (pattern,
        initial_overlap, run), each run;

        `ends` (pattern, initial_overlap, end_state), counts: the pattern, its negative, another, another's negative,
        late (nothing reached in time, but the energy leads to a pattern), a mixture, spurious (see `end_states`);
        `named_ends` (pattern, initial_overlap, state) by name;

        `basin_overlap`, `_low`, `_high` (pattern), the $m_0$ from which half of the runs recall: success, taken to grow
        with $m_0$, read along straight lines; NaN if it does not cross one half, as `basin_note` says. The ends of its
        interval are points of the grid between which the crossing lies, however steep it is (see `crossing_bracket`),
        or infinite where the grid gives none: what a finer grid would tell is not known;

        `level`, `held_overlap` (pattern): where a recall counts, and what the pattern holds, NaN under rates that
        change in time.

    Raises
    ------
    ArgumentError
        If the network has no patterns or a coherent drive, its spins flip together or not at all, its rates change in
        time and no level is given, a number is out of range, or the folder belongs to another call.

    Warns
    -----
    RegimeWarning
        If a pattern does not hold itself at its level, with the overlap that is left.

    Examples
    --------
    >>> from cavity_hopfield import Glauber, letters
    >>> network = OpenHopfield(letters("AC"), Glauber(temperature=0.1))
    >>> found = retrieval(network, initial_overlaps=[0.2, 1.0], runs=20, seed=1, time=50.0)
    >>> found["success"].sel(pattern="A").values.round(1)
    array([0.8, 1. ])
    """
    require_progress(progress)
    checked_confidence(confidence)
    form = form_of(network)
    end, places = real_number("time", time, above=0.0), pattern_places(form.memory, patterns)
    starts = CorruptedStarts.of(form, initial_overlaps, runs, seed)
    threads, folder = whole_number("threads", threads, minimum=1), checkpoint_folder(checkpoint)
    levels = levels_of([form], level, starts.seed, end, threads, folder)
    recalls = put_through(form, starts, levels, places, end, threads=threads, progress=progress, checkpoint=folder)
    data, coordinates = told(starts, levels, recalls, confidence)
    options = options_of(starts, levels, end, confidence)
    return analysis_result("retrieval", data, coordinates, options, model=network, details=certificate_of(network))


def pattern_places(memory: Patterns, patterns: Sequence[str | int] | None) -> IntArray:
    """The numbers of the patterns that are asked for."""
    if patterns is None:
        return np.arange(memory.n_patterns)
    if isinstance(patterns, str) or not isinstance(patterns, Sequence) or not patterns:
        raise ArgumentError(
            f'Argument `patterns` must be a sequence of names or numbers, such as ["A"], but is {patterns!r}.'
        )
    places = [memory.index(pattern) for pattern in patterns]
    if len(set(places)) < len(places):
        raise ArgumentError(f"Argument `patterns` must name each pattern once, but is {patterns!r}.")
    return np.array(places)


def put_through(
    form: Form,
    starts: CorruptedStarts,
    levels: Levels,
    places: IntArray,
    time: float,
    *,
    law: int = 0,
    ends: list[End] | None = None,
    threads: int = 1,
    progress: Progress | None = None,
    checkpoint: Path | None = None,
) -> Recalls:
    """Every run of every start until something is reached.

    Networks that share starts are told apart by `law`, for streams of their own, and share `ends`, those met so far, to
    which new ones are added.
    """
    memory = form.memory
    ends = ends_at_patterns(memory) if ends is None else ends
    shape = (starts.flipped.size, starts.runs)
    times, codes = np.empty((places.size, *shape)), np.empty((places.size, *shape), np.int64)
    for k, place in enumerate(places):
        states = starts.of_pattern(int(place))
        engine = KineticMonteCarlo(
            runs=len(states), seed=seed_of(starts.seed, RECALLS, int(place), law), threads=threads
        )
        codes_of_targets, targets = _targets(memory, levels, int(place))
        found = engine.first_passage(
            form.network, states, targets, time,
            progress=share_of(progress, k, places.size), checkpoint=part_of(checkpoint, "recalls", int(place), law),
        )  # fmt: skip
        reached = np.append(codes_of_targets, -1)[found["reached"].values]
        _name_the_rest(form, found, reached, ends)
        times[k], codes[k] = found["passage_time"].values.reshape(shape), reached.reshape(shape)
    return Recalls(frozen(times), frozen(codes), tuple(ends), frozen(places))


def ends_at_patterns(memory: Patterns) -> list[End]:
    """The states that can be reached: every pattern, then every negative."""
    return [End(f"{sign}{name}", PATTERN) for sign in ("", "-") for name in memory.names]


def _targets(memory: Patterns, levels: Levels, place: int) -> tuple[IntArray, OverlapTargets]:
    """Codes and levels of what can be reached, the corrupted pattern first, its negative second: of targets met at
    once, by patterns that are equal or opposite, it is the first.
    """
    p = memory.n_patterns
    own = (place, p + place)
    codes = np.array([*own, *(code for code in range(2 * p) if code not in own)])
    values = np.concatenate([levels.values, -levels.values])
    return codes, OverlapTargets.of(memory, [(int(code % p), float(values[code])) for code in codes])


def share_of(progress: Progress | None, part: int, parts: int) -> Callable[[float], None] | None:
    """Where one of several equal parts of the work is reported."""
    return None if progress is None else lambda done: progress((part + done) / parts)


def _name_the_rest(form: Form, passages: xr.Dataset, reached: IntArray, ends: list[End]) -> None:
    """Codes in `reached` for runs that reached nothing, by what steepest descent leads to; new ends are added."""
    none = np.flatnonzero(reached < 0)
    if none.size == 0:
        return
    named = named_states(form.memory, form.settled(passages, none), form.sizes)
    for run, name, kind in zip(none, named.names, named.kinds, strict=True):
        end = End(f"{LATE} {name}", LATE) if kind == PATTERN else End(name, kind)
        if end not in ends:
            ends.append(end)
        reached[run] = ends.index(end)


def told(
    starts: CorruptedStarts, levels: Levels, recalls: Recalls, confidence: float
) -> tuple[dict[str, xr.Variable], Json]:
    """Variables and coordinates of the result."""
    cell, quantile = ("pattern", "initial_overlap"), ("pattern", "initial_overlap", "quantile")
    memory, recalled, runs = starts.form.memory, recalls.recalled, starts.runs
    counts = recalled.sum(axis=-1)
    low, high = clopper_pearson(counts, runs, confidence)
    middle, early, late = quantiles(recalls.recall_times, np.array(QUANTILES), confidence)
    named = np.stack([(recalls.codes == code).sum(axis=-1) for code in range(len(recalls.states))], axis=-1)
    data = {
        "success": labelled(cell, counts / runs, "share of the runs that recall the pattern"),
        "success_low": labelled(cell, low, "lower end of its interval", interval="Clopper-Pearson"),
        "success_high": labelled(cell, high, "upper end of its interval", interval="Clopper-Pearson"),
        "time_quantile": labelled(quantile, middle, "time by which a share of all runs has recalled", TIME),
        "time_quantile_low": labelled(quantile, early, "lower end of its interval", TIME, interval="order statistics"),
        "time_quantile_high": labelled(quantile, late, "upper end of its interval", TIME, interval="order statistics"),
        "retrieval_time": labelled((*cell, "run"), recalls.recall_times, "time of the recall", TIME),
        "end": labelled((*cell, "run"), recalls.codes, "end of each run, a place in `state`"),
        "ends": labelled((*cell, "end_state"), _by_kind(memory, recalls, named), "runs that end in each way"),
        "named_ends": labelled((*cell, "state"), named, "runs that end in each state"),
        "level": labelled("pattern", levels.values[recalls.places], "overlap from which on a pattern is recalled"),
        "held_overlap": labelled(
            "pattern", levels.held[recalls.places], "overlap left of runs that start at the pattern"
        ),
        **_basins(starts, recalls, confidence),
    }
    coordinates = {
        "pattern": [memory.names[place] for place in recalls.places],
        "initial_overlap": labelled("initial_overlap", starts.overlaps, "overlap of the start with the pattern"),
        "quantile": labelled("quantile", QUANTILES, "share of all runs"),
        "end_state": list(ENDS),
        "state": [end.name for end in recalls.states],
    }
    return data, coordinates


def _by_kind(memory: Patterns, recalls: Recalls, named: IntArray) -> IntArray:
    """Counts (K, L, E) of the ends by kind, from those by name (K, L, S)."""
    p = memory.n_patterns
    counts = np.zeros((*named.shape[:-1], len(ENDS)), np.int64)
    for code, end in enumerate(recalls.states):
        for k, place in enumerate(recalls.places):
            counts[k, :, _kind(code, end, int(place), p)] += named[k, :, code]
    return counts


def _kind(code: int, end: End, place: int, n_patterns: int) -> int:
    """The place in `ENDS` of an end, for runs that start from the pattern `place`."""
    if code < 2 * n_patterns:
        negative, which = divmod(code, n_patterns)
        return negative + (0 if which == place else 2)
    return ENDS.index(end.kind)


def _basins(starts: CorruptedStarts, recalls: Recalls, confidence: float) -> dict[str, xr.Variable]:
    """The overlaps at which half of the runs recall."""
    counts = recalls.recalled.sum(axis=-1)
    crossings, _ = half_crossings(starts.overlaps, counts, starts.runs)
    ends = np.array([crossing_bracket(starts.overlaps, row, starts.runs, confidence) for row in counts])
    notes = [_note(*both) for both in zip(crossings, rising_shares(counts, starts.runs), strict=True)]
    crossings = np.where(np.isfinite(crossings), crossings, np.nan)
    low, high = ends.T
    return {
        "basin_overlap": labelled("pattern", crossings, "initial overlap from which half of the runs recall"),
        "basin_overlap_low": labelled("pattern", low, "lower end of its interval", interval="points of the grid"),
        "basin_overlap_high": labelled("pattern", high, "upper end of its interval", interval="points of the grid"),
        "basin_note": labelled("pattern", notes, "why there is no such overlap, or a finer grid tells more"),
    }


def _note(crossing: float, shares: FloatArray) -> str:
    """What is to be said of a crossing of growing shares."""
    if np.isinf(crossing):
        return BEGINS_ABOVE if crossing < 0 else STAYS_BELOW
    return CROSSES if ((shares >= JUMP) & (shares <= 1 - JUMP)).any() else JUMPS


def options_of(starts: CorruptedStarts, levels: Levels, time: float, confidence: float) -> Json:
    """What was asked for."""
    return {
        "initial_overlaps": starts.overlaps.tolist(),
        "runs": starts.runs,
        "seed": starts.seed,
        "time": time,
        "confidence": confidence,
        "levels_given": levels.given,
        "holding_time": levels.time,
    }


def certificate_of(network: OpenHopfield | CountedHopfield) -> Json:
    """The certificate of a network that carries one, as an attribute."""
    certificate = network.certificate if isinstance(network, OpenHopfield) else None
    return {} if certificate is None else {"certificate": certificate.to_json()}
