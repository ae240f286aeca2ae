"""Recall at a temperature, by kinetic Monte Carlo, against what the theory of many patterns says."""

import os

import numpy as np
import xarray as xr

from cavity_hopfield._checks import real_array, real_number, require_progress, whole_number
from cavity_hopfield._typing import ArrayLike, FloatArray, IntArray
from cavity_hopfield.analysis.capacity.pattern_numbers import pattern_numbers
from cavity_hopfield.analysis.capacity.recall_fraction import share_of_one
from cavity_hopfield.analysis.capacity.replica_symmetric import FIELDS
from cavity_hopfield.analysis.capacity.saddle_points import lone_pattern, retrieval_points
from cavity_hopfield.dynamics import Progress
from cavity_hopfield.dynamics.checkpoint import Checkpoint
from cavity_hopfield.dynamics.labels import analysis_result, labelled
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.hopfield import random_patterns
from cavity_hopfield.model import Glauber
from cavity_hopfield.network import OpenHopfield
from cavity_hopfield.theory.kinetic import KineticMonteCarlo

MOMENTS = 50
"""Instants over which the late overlap is averaged, in the second half of the time."""
MOST_SPINS = 2**53


def thermal_recall(
    temperature: ArrayLike,
    load: ArrayLike,
    *,
    spins: int = 500,
    samples: int = 4,
    time: float = 200.0,
    threshold: float = 0.6,
    seed: int = 0,
    progress: Progress | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
) -> xr.Dataset:
    r"""$\overline{m}$, the overlap with a pattern, averaged over the late half of a run with Glauber's rates from it.

    Parameters
    ----------
    temperature, load : (K,) arrays or numbers
        The points: one run for each pair, as many of one as of the other. Temperatures and loads are positive.
    spins : int
        N; the load is rounded to a whole number of patterns, one at least.
    samples : int
        Random sets of patterns for each point, two at least; one run from the first pattern of each.
    time : float
        Length of a run, in units of the rate of Glauber's law at large energies.
    threshold : float
        A pattern counts as recalled if the mean overlap exceeds this share of that of a lone pattern, $m_0 = \tanh
        (m_0/T)$. At the load where retrieval is lost the overlap is .97 $m_0$ at T = 0 and .77 $m_0$ near T = 1.
    seed : int
        Every point and sample has its own stream.
    progress : callable, optional
        Told the fraction of the runs that are done.
    checkpoint : path, optional
        A folder for what is done: the same call goes on from there after an interruption, and gives the same result to
        the last bit.

    Returns
    -------
    xarray.Dataset
        Along `point`: `temperature`, `load` as asked; `patterns`, P, and `load_used`, P/N; `overlap`, the mean over
        sets, with `overlap_error`, its standard error; `recalled`, whether that mean exceeds the threshold;
        `sets_recalled`, in how many of the sets the overlap does, which says more near the line, where some sets keep
        the pattern and others lose it; `predicted`, the overlap for $N \to \infty$ at P/N, zero where there is no
        retrieval. `overlap_in_set` (point, sample).

    Raises
    ------
    ArgumentError
        If there are not as many loads as temperatures, or a number is out of range.
    SizeError
        If the patterns need more memory than 8 GiB.

    Notes
    -----
    Above the line `retrieval` of `phase_boundaries` the overlap decays, the more slowly the closer the point and the
    lower the temperature: a finite time then tells of recall that a longer one would not.

    Examples
    --------
    >>> found = thermal_recall([0.3, 0.9], [0.02, 0.2], spins=200, samples=2, time=20.0, seed=1)
    >>> found["recalled"].values
    array([ True, False])
    """
    heats, loads = (np.atleast_1d(real_array(name, v)) for name, v in (("temperature", temperature), ("load", load)))
    if heats.ndim != 1 or heats.shape != loads.shape:
        raise ArgumentError(
            f"Argument `load` must have the shape of `temperature`, {heats.shape}, but has shape {loads.shape}."
        )
    for name, values in (("temperature", heats), ("load", loads)):
        real_number(name, float(values.min()), above=0.0)
    n, sets = whole_number("spins", spins, minimum=2), whole_number("samples", samples, minimum=2)
    end, level = real_number("time", time, above=0.0), share_of_one("threshold", threshold)
    number = whole_number("seed", seed, minimum=0)
    require_progress(progress)
    # a whole number may be beyond all floating-point numbers
    patterns = pattern_numbers(np.array(float(min(n, MOST_SPINS))), loads)
    job = {"analysis": "thermal_recall", "temperature": heats, "patterns": patterns, "spins": n, "time": end}
    kept = None if checkpoint is None else Checkpoint(checkpoint, job | {"seed": number})
    late = np.empty((heats.size, sets))
    for done, (k, sample) in enumerate(np.ndindex(late.shape)):
        block = None if kept is None else kept.load(f"run-{k}-{sample}")
        if block is None:
            drawn = np.random.SeedSequence(number, spawn_key=(k, sample))
            block = {"overlap": _late_overlap(float(heats[k]), int(patterns[k]), n, end, drawn)}
            if kept is not None:
                kept.save(f"run-{k}-{sample}", block)
        late[k, sample] = block["overlap"]
        if progress is not None:
            progress((done + 1) / late.size)
    options = {"spins": n, "samples": sets, "time": end, "threshold": level, "seed": number}
    asked = {"load": labelled("point", loads, "patterns per spin, before rounding")}
    return analysis_result("thermal_recall", asked | _points(heats, patterns, n, late, level), {}, options)


def _late_overlap(
    temperature: float, stored: int, n_spins: int, end: float, seed: np.random.SeedSequence
) -> FloatArray:
    """Of one run."""
    for_patterns, for_run = seed.spawn(2)
    patterns = random_patterns(stored, n_spins, seed=for_patterns)
    network = OpenHopfield(patterns, Glauber(temperature))
    theory = KineticMonteCarlo(runs=1, seed=int(for_run.generate_state(1)[0]))
    run = theory.evolve(network, patterns[0], np.linspace(end / 2, end, MOMENTS))
    return np.asarray(run["overlap"].values[0, :, 0].mean())


def _points(
    heats: FloatArray, patterns: IntArray, n_spins: int, late: FloatArray, level: float
) -> dict[str, xr.Variable]:
    overlap, loads = late.mean(axis=1), patterns / n_spins
    lone = np.array([lone_pattern(t).overlap if t < 1 else 0.0 for t in heats])
    pairs = [retrieval_points(t, a) for t, a in zip(heats.tolist(), loads.tolist(), strict=True)]
    kept = (late > level * lone[:, None]).sum(axis=1) * (lone > 0)
    along = "point"
    return {
        "temperature": labelled(along, heats, "temperature", FIELDS),
        "patterns": labelled(along, patterns, "number of stored patterns"),
        "load_used": labelled(along, loads, "patterns per spin"),
        "overlap": labelled(along, overlap, "late overlap with the pattern one began at"),
        "overlap_error": labelled(along, late.std(axis=1, ddof=1) / np.sqrt(late.shape[1]), "its standard error"),
        "recalled": labelled(along, (lone > 0) & (overlap > level * lone), "whether the mean overlap is one of recall"),
        "sets_recalled": labelled(along, kept, "sets of patterns whose overlap is one of recall"),
        "predicted": labelled(along, [0.0 if p is None else p[0].overlap for p in pairs], "overlap of many spins"),
        "overlap_in_set": labelled((along, "sample"), late, "late overlap of each set"),
    }
