"""How many of the stored patterns a network of finite size recalls."""

import os
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import xarray as xr

from cavity_hopfield._checks import increasing_grid, one_of, real_number, require_progress, whole_number
from cavity_hopfield._typing import ArrayLike, FloatArray, IntArray, Json, SpinArray
from cavity_hopfield.analysis.capacity.pattern_numbers import pattern_numbers
from cavity_hopfield.analysis.intervals import clopper_pearson
from cavity_hopfield.dynamics import Progress
from cavity_hopfield.dynamics.checkpoint import Checkpoint
from cavity_hopfield.dynamics.labels import analysis_result, labelled
from cavity_hopfield.dynamics.results import theory_options
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.hopfield import Patterns, random_patterns
from cavity_hopfield.hopfield.interactions import Factorised
from cavity_hopfield.theory.zero_temperature.zero_temperature import ZeroTemperature

COUPLINGS: dict[str, Callable[[Patterns], Factorised]] = {
    "hebb": Factorised.hebb,
    "pseudo_inverse": Factorised.pseudo_inverse,
}
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Trial:
    """One question: how many spins and patterns, by which couplings, from how far.

    Attributes
    ----------
    n_spins, n_patterns : int
        N and P.
    couplings : str
        Name of the rule by which patterns are stored.
    start_overlap : float
        Overlap of the starts with their patterns.
    tested : int
        At most so many patterns of a set are tried.
    seed, sample : int
        What the set of patterns and the starts are drawn by.
    """

    n_spins: int
    n_patterns: int
    couplings: str
    start_overlap: float
    tested: int
    seed: int
    sample: int

    def final_overlaps(self, updates: ZeroTemperature) -> FloatArray:
        """With each of the patterns that are tried, after the descent from it."""
        key = (self.n_spins, self.n_patterns, self.sample)
        stream = np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=key))
        patterns = random_patterns(self.n_patterns, self.n_spins, seed=stream)
        tried = patterns.values[: self.tested]
        starts = _corrupted(tried, self.start_overlap, stream)
        ends = updates.settle(COUPLINGS[self.couplings](patterns), starts).final
        return np.asarray((tried * ends.astype(np.float64)).mean(axis=1))

    def kept_overlaps(self, updates: ZeroTemperature, kept: Checkpoint | None) -> FloatArray:
        """The same, from the disk if it is there, and brought to it."""
        name = f"set-{self.n_spins}-{self.n_patterns}-{self.sample}"
        block = None if kept is None else kept.load(name)
        if block is not None:
            return block["overlaps"]
        overlaps = self.final_overlaps(updates)
        if kept is not None:
            kept.save(name, {"overlaps": overlaps})
        return overlaps


def recall_fraction(
    spins: ArrayLike,
    load: ArrayLike,
    *,
    couplings: str = "hebb",
    start_overlap: float = 1.0,
    threshold: float = 0.9,
    samples: int = 8,
    tested: int = 64,
    seed: int = 0,
    updates: ZeroTemperature | None = None,
    progress: Progress | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
) -> xr.Dataset:
    r"""The fraction of patterns with $m = \frac1N \sum_i \xi_i^\mu \sigma_i \ge$ `threshold` after a descent from each.

    Parameters
    ----------
    spins : (S,) array of int or int
        Sizes N of the network, increasing.
    load : (A,) array or number
        $P/N$, increasing; P is rounded to a whole number of patterns, one at least.
    couplings : {"hebb", "pseudo_inverse"}
        How random patterns are stored.
    start_overlap : float
        Overlap of each start with its pattern, rounded to a whole number of flipped spins; 1 for the pattern itself.
    threshold : float
        What counts as recalled, between 0 and 1. With Hebb's rule the overlap at the capacity is still .967, so that
        .9 tells recall from the remanent overlap of about .35 beyond it.
    samples : int
        Random sets of patterns for each size and load, two at least.
    tested : int
        At most so many patterns of each set are tried.
    seed : int
        Each size, number of patterns P and sample has its own stream: an answer does not depend on the other ones
        asked. Loads that round to the same P are therefore one and the same answer; `recall_capacity` counts it once.
    updates : ZeroTemperature, optional
        How spins are updated, one at a time in order by default.
    progress : callable, optional
        Told the fraction of the sets that are done.
    checkpoint : path, optional
        A folder for what is done: the same call goes on from there after an interruption, and gives the same result to
        the last bit. Calls with other sizes, loads, samples or thresholds may share it.

    Returns
    -------
    xarray.Dataset
        Over (spins, load): `recalled`, the fraction; `recalled_low`, `recalled_high`, its 95 % interval after Clopper
        and Pearson, as if all patterns were independent; `recalled_error`, the standard error of the mean over sets,
        larger than that if patterns of one set succeed or fail together; `overlap`, the mean at the end, and
        `overlap_error` over sets; `patterns`, P. Over (spins, load, sample): `recalled_in_set`, `tested_in_set`.

    Raises
    ------
    ArgumentError
        If an argument is out of its range, or there are more patterns than spins for the pseudo-inverse.
    SizeError
        If the patterns need more memory than 8 GiB.

    Notes
    -----
    A descent from the pattern ends in the next metastable state, so that more is recalled in a small network than
    $\alpha_c$ allows for $N \to \infty$; see `recall_capacity` for what remains as N grows.

    Examples
    --------
    >>> found = recall_fraction([100, 400], [0.05, 0.3], samples=2, seed=1)
    >>> bool((found["recalled"].sel(load=0.05) == 1.0).all())
    True
    """
    given = _sizes(spins)
    loads = increasing_grid("load", load, above=0.0)
    one_of("couplings", couplings, tuple(COUPLINGS))
    start, limit = share_of_one("start_overlap", start_overlap), share_of_one("threshold", threshold)
    counts = whole_number("samples", samples, minimum=2), whole_number("tested", tested, minimum=1)
    number = whole_number("seed", seed, minimum=0)
    require_progress(progress)
    rule = ZeroTemperature() if updates is None else updates
    if not isinstance(rule, ZeroTemperature):
        raise ArgumentError(
            f'Argument `updates` must be a `ZeroTemperature`, such as `ZeroTemperature("steepest")`, but is '
            f"{updates!r}."
        )
    numbers = pattern_numbers(given[:, None], loads)
    sizes = given.astype(np.int64)
    _check_rank(couplings, sizes, numbers)
    kept = None if checkpoint is None else Checkpoint(checkpoint, _job(couplings, start, counts[1], number, rule))

    def trial(i: int, j: int, sample: int) -> FloatArray:
        asked = Trial(int(sizes[i]), int(numbers[i, j]), couplings, start, counts[1], number, sample)
        return asked.kept_overlaps(rule, kept)

    found = _all(trial, (sizes.size, loads.size, counts[0]), limit, progress)
    options: Json = {
        "couplings": couplings,
        "start_overlap": start,
        "threshold": limit,
        "samples": counts[0],
        "tested": counts[1],
        "seed": number,
        "updates": theory_options(rule),
    }
    coordinates = {
        "spins": labelled("spins", sizes, "number of spins"),
        "load": labelled("load", loads, "patterns per spin, before rounding"),
    }
    variables = {**_fractions(found), "patterns": labelled(("spins", "load"), numbers, "number of stored patterns")}
    return analysis_result("recall_fraction", variables, coordinates, options)


def share_of_one(name: str, value: float) -> float:
    """`value` above 0 and at most 1."""
    number = real_number(name, value, above=0.0)
    if number > 1:
        raise ArgumentError(f"Argument `{name}` must be at most 1, but is {number:g}.")
    return number


def _job(couplings: str, start_overlap: float, tested: int, seed: int, updates: ZeroTemperature) -> Json:
    """What decides the overlaps of a set, besides its own numbers."""
    return {
        "analysis": "recall_fraction",
        "couplings": couplings,
        "start_overlap": start_overlap,
        "tested": tested,
        "seed": seed,
        "updates": [updates.rule, updates.seed, updates.most_sweeps],
    }


@dataclass(frozen=True, eq=False)
class Counts:
    """Patterns tried and recalled, and their mean overlap, of every set: arrays (spins, load, sample)."""

    tested: IntArray
    recalled: IntArray
    overlap: FloatArray


def _all(
    trial: Callable[[int, int, int], FloatArray],
    shape: tuple[int, int, int],
    threshold: float,
    progress: Progress | None,
) -> Counts:
    """Every trial, one after the other."""
    found = Counts(np.zeros(shape, np.int64), np.zeros(shape, np.int64), np.zeros(shape))
    for done, place in enumerate(np.ndindex(shape)):
        overlaps = trial(*place)
        found.tested[place] = overlaps.size
        found.recalled[place] = np.count_nonzero(overlaps >= threshold)
        found.overlap[place] = overlaps.mean()
        if progress is not None:
            progress((done + 1) / found.tested.size)
    return found


def _fractions(found: Counts) -> dict[str, xr.Variable]:
    """What the counts amount to."""
    axes = ("spins", "load")
    tested, recalled = found.tested.sum(axis=-1), found.recalled.sum(axis=-1)
    low, high = clopper_pearson(recalled, tested, CONFIDENCE)
    in_sets = found.recalled / found.tested
    return {
        "recalled": labelled(axes, recalled / tested, "fraction of the patterns that is recalled"),
        "recalled_low": labelled(axes, low, "lower end of its interval", confidence=CONFIDENCE),
        "recalled_high": labelled(axes, high, "upper end of its interval", confidence=CONFIDENCE),
        "recalled_error": labelled(axes, _error(in_sets), "its standard error, from set to set"),
        "overlap": labelled(axes, found.overlap.mean(axis=-1), "mean overlap at the end with the pattern one began at"),
        "overlap_error": labelled(axes, _error(found.overlap), "its standard error, from set to set"),
        "recalled_in_set": labelled((*axes, "sample"), found.recalled, "patterns recalled of one set"),
        "tested_in_set": labelled((*axes, "sample"), found.tested, "patterns tried of one set"),
    }


def _error(values: FloatArray) -> FloatArray:
    """The standard error of the mean over the last axis."""
    return np.asarray(values.std(axis=-1, ddof=1) / np.sqrt(values.shape[-1]))


def _corrupted(tried: SpinArray, overlap: float, stream: np.random.Generator) -> SpinArray:
    """Each of the patterns (K, N) with so many of its spins flipped, at random places, that the overlap is left."""
    starts = tried.copy()
    flips = round((1 - overlap) / 2 * tried.shape[1])
    for start in starts:
        start[stream.choice(start.size, flips, replace=False)] *= -1
    return starts


def _sizes(spins: ArrayLike) -> FloatArray:
    """Sizes of networks, whole numbers that may still be too large."""
    given = increasing_grid("spins", spins, minimum=2.0)
    if (given != np.rint(given)).any():
        raise ArgumentError(f"Argument `spins` must hold whole numbers, but is {spins!r}.")
    return given


def _check_rank(couplings: str, sizes: IntArray, numbers: IntArray) -> None:
    """No more patterns than spins, of which an inverse exists."""
    if couplings == "pseudo_inverse" and (numbers > sizes[:, None]).any():
        raise ArgumentError(
            f"Argument `load` must be at most 1 for the pseudo-inverse, but asks for up to {numbers.max()} patterns of "
            f"{sizes.max()} spins, which depend on one another."
        )
