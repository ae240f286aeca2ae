"""What two wishes cost one another: the Pareto front of two quantities among the designs that meet a target."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr

from cavity_hopfield._checks import require_progress, whole_number
from cavity_hopfield._typing import FloatArray
from cavity_hopfield.design.constraints import Constraint
from cavity_hopfield.design.problem import AIM, Evaluation, Problem
from cavity_hopfield.design.search import APART, Program, aimed, programs, search
from cavity_hopfield.design.targets import Target, target_of
from cavity_hopfield.design.told import options_of
from cavity_hopfield.dynamics import Progress
from cavity_hopfield.dynamics.labels import analysis_result, labelled
from cavity_hopfield.exceptions import ArgumentError, InfeasibleError, RegimeWarning
from cavity_hopfield.hopfield import Patterns
from cavity_hopfield.model import Glauber
from cavity_hopfield.platforms import Platform

MINOR = 1e-3
"""Weight of the other quantity at the ends of a front, so that no end is dominated."""
PASSES = 2
LEAST_ACCURACY = 2e-3
STARTS = 3
REFINED = 15
"""Steps that a refinement of one point may take."""
POLISHED = 25
"""Steps that the refinement of an end may take, beyond the evaluations of its search."""
LEAST_EVALUATIONS, LEAST_MET = 256, 3
"""Evaluations for each end, and points that must meet everything in its search, below which there is no front."""


def pareto_front(
    target: Target | Glauber,
    platform: Platform,
    vary: Mapping[str, Sequence[Any]],
    *,
    trade: tuple[str, str] = ("distance", "recall_time_s"),
    points: int = 9,
    patterns: Patterns | None = None,
    constraints: Sequence[Constraint] = (),
    seed: int,
    evaluations: int = 1000,
    progress: Progress | None = None,
) -> xr.Dataset:
    r"""$\min_u q_1(u)$ subject to $q_2(u) \le \epsilon$, the target and the constraints, for $\epsilon$ from the best
    $q_2$ to that where $q_1$ is best, in equal steps of its logarithm.

    Parameters
    ----------
    target, platform, vary
        As in `design`.
    trade : tuple of two str
        $q_1$ and $q_2$, as in `objectives` of `design`.
    points : int
        Points of the front, at least two.
    patterns, constraints, seed
        As in `design`.
    evaluations : int
        About how many points are looked at for each end, half from each of two seeds; at least 256, which serve about
        three knobs.
    progress : callable, optional
        Told the fraction of the work that is done.

    Returns
    -------
    xarray.Dataset
        The two quantities by their names and the knobs `knob_value` (point, knob), rising in the second quantity. The
        attribute `accuracy` is the relative accuracy of both: by how much searches for the ends from two independent
        seeds differ in both quantities, or what the last of two passes along the front improved, at least 0.002; a
        search that meets the target from one seed alone makes it infinite.

    Raises
    ------
    InfeasibleError
        If nothing, or hardly anything, meets the target and constraints.
    ArgumentError
        If fewer than two points or 256 evaluations are asked for, or the two quantities are one.

    Warns
    -----
    RegimeWarning
        If both ends are one point within the accuracy: the two quantities do not trade here.

    Examples
    --------
    >>> from cavity_hopfield import Glauber, letters
    >>> from cavity_hopfield.platforms import BareCavity
    >>> lab = BareCavity(coupling_rad_s="2pi * 100 kHz", mode_detuning_rad_s="2pi * 1 MHz",
    ...                  photon_loss_rad_s="2pi * 1 MHz", drive_rad_s="2pi * 100 Hz")
    >>> vary = {"coupling_rad_s": ("2pi * 10 kHz", "2pi * 300 kHz"),
    ...         "photon_loss_rad_s": ("2pi * 0.2 MHz", "2pi * 2 MHz")}
    >>> front = pareto_front(Glauber(0.5), lab, vary, trade=("distance", "photons"), points=3, patterns=letters("EV"),
    ...                      seed=1, evaluations=300)
    >>> bool(front["distance"][0] >= front["distance"][-1])
    True
    """
    require_progress(progress)
    whole_number("points", points, minimum=2)
    whole_number("seed", seed, minimum=0)
    whole_number("evaluations", evaluations, minimum=LEAST_EVALUATIONS)
    problem = Problem.of(target_of(target), platform, vary, patterns, constraints, trade)
    if len(problem.objectives) != 2:
        raise ArgumentError(f"Argument `trade` must name two different quantities, but is {trade!r}.")
    apart = _ends(problem, seed, evaluations)
    levels = _levels(problem, points)
    _warn_of_one_point(levels, apart)
    before = np.full(points, np.inf)
    for turn in range(PASSES):
        order = range(points) if turn % 2 == 0 else range(points - 1, -1, -1)
        for done, k in enumerate(order):
            _refined(problem, levels[k])
            if progress is not None:
                progress((turn + (done + 1) / points) / PASSES)
        now = np.array([_signed_logs(problem, _at(problem, level)[0])[0] for level in levels])
        gained, before = before - now, now
    return _told(problem, [_at(problem, level)[0] for level in levels], max(apart, float(gained.max())), seed)


def _signed_logs(problem: Problem, found: Evaluation) -> FloatArray:
    """Logarithms of the two quantities, with the sign that makes small ones good."""
    signs = [1.0 if quantity.better == "below" else -1.0 for quantity, _ in problem.objectives]
    return np.asarray(np.log(found.traded) * np.array(signs))


def _ends(problem: Problem, seed: int, evaluations: int) -> float:
    """Search for the best of each quantity from two independent seeds, keep all evaluations, and return by how much
    both differ.
    """
    (first, _), (second, _) = problem.objectives
    streams = np.random.SeedSequence(seed).generate_state(2)
    apart = 0.0
    for place, weights in enumerate(((1.0, MINOR), (MINOR, 1.0))):
        best = []
        for stream in streams:
            end = replace(problem, objectives=((first, weights[0]), (second, weights[1])), known={}, laws=problem.laws)
            search(end, int(stream), evaluations // 2)
            found = _polished(end, place)
            problem.known.update(end.known)
            if found.keeps and found.worth < MET:
                best.append(_signed_logs(problem, found))
        _require_some(_met(problem), found)
        apart = max(apart, float(np.ptp(best, axis=0).max()) if len(best) > 1 else np.inf)
    return apart


def _polished(end: Problem, place: int) -> Evaluation:
    """The best of one quantity, then the best of the other that leaves it nearly so, by refinements with evaluations of
    their own, however many the search has spent.
    """
    feasible, meeting, trading = programs(end)
    for program in (feasible, meeting, trading):
        end.allowed = end.n_evaluations + POLISHED * (len(end.knobs) + 1)
        here = end.closest
        if program is trading or not here.keeps or (program is meeting and here.misfit > AIM):
            program.solve(here.place.copy())
    best = end.closest
    if best.met and best.worth < MET:
        end.allowed = end.n_evaluations + POLISHED * (len(end.knobs) + 1)
        limit = float(_signed_logs(end, best)[place]) + LEAST_ACCURACY / 4
        _beside(end, place, limit).solve(best.place.copy())
        within = [one for one in _met(end) if _signed_logs(end, one)[place] <= limit + LEAST_ACCURACY / 4]
        best = min(within, key=lambda one: float(_signed_logs(end, one)[1 - place]))
    end.allowed = 10**9
    return best


def _beside(end: Problem, place: int, limit: float) -> Program:
    """The best of the other quantity where the one at `place` keeps a limit."""
    return Program(
        end,
        lambda one: _signed_logs(end, one)[[1 - place]] if not one.failure else np.array([np.inf]),
        lambda one: np.append(aimed(one), _signed_logs(end, one)[place] - limit),
    )


def _require_some(met: list[Evaluation], found: Evaluation) -> None:
    if len(met) < LEAST_MET:
        raise InfeasibleError(
            f"{len(met)} points within the bounds and constraints were found to meet the target, too few for a front: "
            f"the closest has {found.misfit:.3g} times its tolerance, where a front wants {AIM:g}. Take more "
            "`evaluations`; `design` says what binds."
        )


def _warn_of_one_point(levels: FloatArray, apart: float) -> None:
    width = float(levels[-1] - levels[0])
    if width <= max(apart, LEAST_ACCURACY):
        warnings.warn(
            f"The ends of the front differ by {width:.2g} in the logarithm of the second quantity, and two searches "
            f"for one end by {apart:.2g}: this is one point and no front. The two quantities may not trade here; if "
            "they should, take more `evaluations`.",
            RegimeWarning,
            stacklevel=3,
        )


def _levels(problem: Problem, points: int) -> FloatArray:
    """The values of the second quantity, as signed logarithms, from its best to that where the first is best."""
    met = _met(problem)
    logs = np.array([_signed_logs(problem, one) for one in met])
    best_first = logs[np.argmin(logs[:, 0] + MINOR * logs[:, 1]), 1]
    return np.linspace(float(logs[:, 1].min()), float(best_first), points)


def _met(problem: Problem) -> list[Evaluation]:
    return [one for one in problem.known.values() if one.keeps and one.worth < MET]


MET = 500.0
"""Worth below which a point meets target and constraints as a search wants them."""


def _at(problem: Problem, level: float) -> list[Evaluation]:
    """The best points whose second quantity keeps a level."""
    within = [one for one in _met(problem) if _signed_logs(problem, one)[1] <= level + 1e-6]
    return sorted(within, key=lambda one: float(_signed_logs(problem, one)[0]))


def _refined(problem: Problem, level: float) -> None:
    """Look for a better first quantity at this level of the second."""
    program = _beside(problem, 1, level)
    for start in _apart(_at(problem, level)):
        problem.allowed = problem.n_evaluations + REFINED * (len(problem.knobs) + 1)
        program.solve(start.place.copy())
    problem.allowed = 10**9


def _apart(ordered: list[Evaluation]) -> list[Evaluation]:
    """The first of each neighbourhood, a few: fronts have branches, as a temperature belongs to two couplings."""
    chosen: list[Evaluation] = []
    for one in ordered:
        if len(chosen) < STARTS and all(np.abs(one.place - other.place).max() > APART for other in chosen):
            chosen.append(one)
    return chosen


def _told(problem: Problem, front: list[Evaluation], gained: float, seed: int) -> xr.Dataset:
    (first, _), (second, _) = problem.objectives
    traded = np.array([one.traded for one in front])
    knobs = np.array([[one.values[knob.name] for knob in problem.knobs] for one in front])
    data = {
        first.name: labelled("point", traded[:, 0], first.text, first.units),
        second.name: labelled("point", traded[:, 1], second.text, second.units),
        "knob_value": labelled(("point", "knob"), knobs, "value of each knob", "SI"),
    }
    options = options_of(problem, seed) | {"trade": [first.name, second.name]}
    details = {"accuracy": max(gained, LEAST_ACCURACY)}
    return analysis_result(
        "pareto_front", data, {"knob": [knob.name for knob in problem.knobs]}, options, details=details
    )
