r"""How many overlaps oscillate in the long run, over random networks, drives and initial conditions."""

import numpy as np
import xarray as xr

from cavity_hopfield._checks import random_generator, real_array, whole_number
from cavity_hopfield._typing import FloatArray, Json
from cavity_hopfield.analysis.phases.fates import CRITERIA, FATES, QUIET, Fate, Fates, follow
from cavity_hopfield.analysis.phases.starts import random_starts
from cavity_hopfield.dynamics import Progress
from cavity_hopfield.dynamics.labels import RATE, analysis_result, labelled
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.model import Glauber
from cavity_hopfield.network import HopfieldLimit

LONG = 20_000.0
FIRST_WINDOW = 200.0
"""Longer than elsewhere, for amplitudes of two overlaps drift slowly: at rates above 5e-6 they are seen to."""
TEMPERATURES, DRIVES = (0.4, 0.66), (0.4, 1.0)


def oscillating_overlaps(
    P: int,
    *,
    runs: int,
    seed: int,
    temperature: tuple[float, float] = TEMPERATURES,
    drive: tuple[float, float] = DRIVES,
    end: float = LONG,
    threads: int = 1,
    progress: Progress | None = None,
) -> xr.Dataset:
    r"""The number of $\mu$ whose $m^z_\mu$ oscillates in the long run, for random T, $\Omega$ and initial conditions.

    Two overlaps do so in a family of attractors without end: with $m_3 = m_4 = \dots = 0$ the spins of the columns
    (1, 1) and (1, -1) feel $h = m_1 \pm m_2$, their own means, and are two networks of one pattern that know nothing of
    each other. Their phases are free: in step the first pattern oscillates alone, in opposition the second, else both.
    What share each has is set by the start. How fast a third overlap dies out falls to zero as the phases come into
    step, and near $T = 2/3$, so that some runs settle late, or not before `end`: these are `unsettled`, and `loud`
    tells how many overlaps swing in their last window.

    Parameters
    ----------
    P : int
        Number of random patterns.
    runs : int
        Number of runs, each at its own temperature and drive.
    seed : int
        Seed of temperatures, drives and starts.
    temperature, drive : two numbers
        Bounds between which they are drawn evenly.
    end : float
        How long a run is followed before it counts as unsettled, in units of $1/\gamma$.
    threads : int
        Number of threads.
    progress : callable, optional
        Told the fraction of the runs that have settled.

    Returns
    -------
    xarray.Dataset
        `fate` (run), a code; `oscillating` (run), the number of overlaps that oscillate, zero off a limit cycle;
        `loud` (run), the number of overlaps that swing by more than a hundredth of the largest swing at the end,
        settled or not; `amplitude` (run, pattern), the largest size of each overlap at the end; `settle_time` (run);
        coordinates `temperature`, `drive` (run). The attributes `share_0`, `share_1` ... are the shares of settled
        runs in which that many oscillate, `share_unsettled` that of all runs.

    Raises
    ------
    ArgumentError
        If bounds are not two increasing numbers, or a temperature is not positive.

    Notes
    -----
    Source: P. Rotondo et al., J. Phys. A 51, 115301 (2018), section 3B: at most two oscillate for P up to 4, T from 0.4
    to 0.66 and drives from 0.4 to 1.

    Examples
    --------
    >>> scan = oscillating_overlaps(2, runs=2, seed=1, end=200.0)
    >>> int(scan["oscillating"].max()) <= 2
    True
    """
    count = whole_number("runs", runs, minimum=1)
    stream = random_generator(whole_number("seed", seed, minimum=0))
    bounds = _bounds("temperature", temperature), _bounds("drive", drive)
    limit = HopfieldLimit(whole_number("P", P, minimum=1), Glauber(bounds[0][0]), bounds[1][0])
    temperatures, drives = (low + (high - low) * stream.random(count) for low, high in bounds)
    found = follow(
        limit, random_starts(limit, count, stream), end=end, first_window=FIRST_WINDOW, drives=drives,
        temperatures=temperatures, threads=threads, progress=progress,
    )  # fmt: skip
    options = {
        "P": limit.n_patterns, "runs": count, "seed": int(seed), "temperature": bounds[0].tolist(),
        "drive": bounds[1].tolist(), "end": float(end), "quiet": QUIET, **CRITERIA,
    }  # fmt: skip
    return _scan(limit, found, temperatures, drives, options)


def _bounds(name: str, values: tuple[float, float]) -> FloatArray:
    """Two increasing numbers."""
    bounds = real_array(name, values)
    if bounds.shape != (2,) or not bounds[0] < bounds[1]:
        raise ArgumentError(f"Argument `{name}` must be two increasing numbers, but is {values!r}.")
    return bounds


def _scan(
    limit: HopfieldLimit, found: Fates, temperatures: FloatArray, drives: FloatArray, options: Json
) -> xr.Dataset:
    """The dataset of a scan."""
    numbers = found.oscillates.sum(axis=1)
    settled = found.fate != Fate.UNSETTLED
    shares = {
        f"share_{k}": float(np.mean(numbers[settled] == k)) if settled.any() else 0.0
        for k in range(limit.n_patterns + 1)
    }
    flags: Json = {"flag_values": np.arange(len(FATES)), "flag_meanings": " ".join(FATES)}
    data = {
        "fate": labelled("run", found.fate, "where the run ends", **flags),
        "oscillating": labelled("run", numbers, "number of overlaps that oscillate"),
        "loud": labelled("run", found.loud.sum(axis=1), "number of overlaps that swing"),
        "amplitude": labelled(("run", "pattern"), found.amplitude, "largest overlap at the end"),
        "settle_time": labelled("run", found.time, "time followed", "relaxation times"),
    }
    coordinates = {
        "temperature": labelled("run", temperatures, "temperature", "unit of the fields"),
        "drive": labelled("run", drives, "transverse field", RATE),
    }
    details = {"share_unsettled": float(1 - settled.mean()), **shares}
    return analysis_result("oscillating_overlaps", data, coordinates, options, details=details)
