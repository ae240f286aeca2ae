"""Rungs side by side: who agrees with whom, and until when."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import is_dataclass
from typing import Any

import numpy as np

from cavity_hopfield._checks import real_number, require_progress, time_grid, whole_number
from cavity_hopfield._typing import ArrayLike, FloatArray
from cavity_hopfield.bridge.levels.candidates import Budget, candidates
from cavity_hopfield.bridge.levels.comparison import Difference
from cavity_hopfield.bridge.levels.doors import require_model, require_start
from cavity_hopfield.bridge.levels.readings import COMPARABLE, USUAL
from cavity_hopfield.bridge.levels.result import Agreement, Disagreement
from cavity_hopfield.bridge.levels.summary import Verdicts, summary_of
from cavity_hopfield.bridge.levels.table import Table
from cavity_hopfield.bridge.levels.trials import Trial, by_trust, named, tried
from cavity_hopfield.dynamics import Progress
from cavity_hopfield.dynamics.labels import analysis_result
from cavity_hopfield.dynamics.results import theory_options
from cavity_hopfield.exceptions import ArgumentError, ConvergenceError
from cavity_hopfield.model import MultimodeDicke, ProductState
from cavity_hopfield.network import OpenHopfield

TOLERANCE = 0.01
"""Differences that do not count, relative to the larger of a value and one."""
CONFIDENCE = 0.99
SHARP = 0.1
"""A rung is called cheaper and as good only if a difference of this size, relative likewise, would have been seen."""


def agreement(
    model: MultimodeDicke | OpenHopfield,
    start: Any,
    times: ArrayLike,
    theories: Mapping[str, Any] | Sequence[Any] | None = None,
    *,
    observables: Iterable[str] = USUAL,
    reference: str | None = None,
    tolerance: float = TOLERANCE,
    confidence: float = CONFIDENCE,
    memory_gib: float | None = None,
    time_s: float | None = None,
    seed: int | None = None,
    progress: Progress | None = None,
) -> Agreement:
    r"""$|x_r(t) - x_0(t)| > b_r(t)$: for every rung r and observable x the first time at which it parts from the most
    trustworthy rung 0 by more than the errors of both and a tolerance explain.

    Whom to believe is a table: what is exact first, then what is exact on average, then each approximation; one that
    warns, fails on the way, measures a large numerical error of its own, or is expected to be wrong by more than a
    tenth in this regime, stands behind all others, the least wrong first. What is compared is corrected for how much is
    compared: times, observables, patterns, modes and rungs at once.

    Parameters
    ----------
    model : MultimodeDicke or OpenHopfield
        The model. Of a cavity, theories that know rates alone run on the network that it becomes, with individual or
        collective jumps as its certificate finds.
    start : configuration (N,) or ProductState
        The state at time 0.
    times : (T,) array
        Strictly increasing, not negative.
    theories : sequence of theories, or mapping from names to theories, optional
        The rungs, each run as it is given. If left out all that are estimated to fit, and `left_out` of the result says
        what does not and why.
    observables : iterable of str
        What is compared.
    reference : str, optional
        The name of the rung to measure against, if not the most trustworthy one.
    tolerance : float
        Differences that do not count, relative to the larger of a value and one; 0 for errors alone.
    confidence : float
        The chance, at least, that rungs with statistical errors which agree are nowhere found to differ.
    memory_gib, time_s : float
        What each rung may need by the estimates of `recommend`, if `theories` is left out: 4 GiB and 60 s if not given;
        runs that are drawn are as many as fit in the time, 50 to 1000.
    seed : int
        Of runs that are drawn, if `theories` is left out; 0 if not given.
    progress : callable, optional
        Told the fraction of the rungs that are done.

    Returns
    -------
    Agreement
        The observables side by side, the disagreements, the rungs as they ran, and a summary in words.

    Raises
    ------
    ArgumentError
        If an argument does not fit, or no theory fits.
    ConvergenceError
        If every rung failed; the text has their errors. A rung that fails beside others is recorded.

    Notes
    -----
    Two means differ if they do by more than numerical errors and tolerance, the quantiles of Student's law times the
    standard errors, and what rare events may hide (a change that none of R runs made, but one in R / log(2 K / (1 - c))
    makes; before any run has moved, one as large as there can be), for K comparisons at the confidence c (Bonferroni).
    Times and observables of one set of runs go together, so that false alarms are rarer than 1 - c. What could not be
    seen is the `resolution`.

    Errors that are expected of what a rung neglects are orders of magnitude, and those of `recommend`: where nothing
    exact has run, `best` is the least doubtful, which is no proof.

    Observables that a rung knows only as means over the order of like spins, where these start unlike, are nan: they
    are not those of the start.

    Examples
    --------
    >>> from cavity_hopfield import Cumulants, Lindblad, MeanField
    >>> cavity = MultimodeDicke(g=[[0.15]] * 6, omega=1.0, loss=1.0, drive=0.25)
    >>> found = agreement(cavity, [1] * 6, np.linspace(0, 4, 9), [Lindblad(), MeanField(), Cumulants(order=3)])
    >>> found.reference, found.best
    ('Lindblad', 'Lindblad')
    >>> print(found.disagreements[0])
    MeanField parts in magnetisation_x at t = 1.5 by -0.0126 (bound 0.01); the largest difference is -0.109 at t = 4
    """
    require_model(model)
    require_start(model, start)
    grid, wanted = time_grid(times), _observables(observables)
    tolerance, confidence = real_number("tolerance", tolerance, minimum=0.0), _confidence(confidence)
    require_progress(progress)
    left_out: dict[str, str] = {}
    budget = _budget(grid, {"memory_gib": memory_gib, "time_s": time_s, "seed": seed}, given=theories is not None)
    if theories is None:
        theories, left_out = _all_that_fit(model, start, budget)
    given = named(theories)
    if reference is not None and reference not in given:
        raise ArgumentError(f"Argument `reference` must be one of {', '.join(given)}, but is {reference!r}.")
    trials = []
    for k, (name, theory) in enumerate(given.items()):
        trials.append(tried(name, theory, model, start, grid))
        if progress is not None:
            progress((k + 1) / len(given))
    options = {
        "start": _told(start), "theories": {name: _options(one) for name, one in given.items()},
        "tolerance": tolerance, "confidence": confidence,
    }  # fmt: skip
    return _compared(model, tuple(trials), grid, wanted, reference, left_out, options)


def _budget(times: FloatArray, asked: Mapping[str, Any], *, given: bool) -> Budget:
    """What there is to spend, where theories are chosen by it."""
    idle = [name for name, value in asked.items() if value is not None]
    if given and idle:
        raise ArgumentError(
            f"Argument `{idle[0]}` must be left out where `theories` are given, which have their own, but is "
            f"{asked[idle[0]]!r}."
        )
    usual = {"memory_gib": 4.0, "time_s": 60.0, "seed": 0} | {name: asked[name] for name in idle}
    return Budget(
        real_number("memory_gib", usual["memory_gib"], above=0.0), real_number("time_s", usual["time_s"], above=0.0),
        times.size, float(times[-1]), whole_number("seed", usual["seed"], minimum=0),
    )  # fmt: skip


def _options(theory: Any) -> Any:
    """Name and options of any theory, as plain values."""
    told = theory_options(theory) if is_dataclass(theory) else {"name": type(theory).__name__}
    return json.loads(json.dumps(told, default=repr))


def _told(start: Any) -> Any:
    """A start as plain values."""
    if isinstance(start, ProductState):
        parts = (start.amplitudes.real.tolist(), start.amplitudes.imag.tolist())
        return {"bloch": start.bloch.tolist(), "amplitudes": parts}
    return json.loads(json.dumps(np.asarray(start).tolist(), default=repr))


def _observables(names: Iterable[str]) -> tuple[Any, ...]:
    given = tuple(names) if isinstance(names, Iterable) and not isinstance(names, str) else (names,)
    unknown = [name for name in given if name not in COMPARABLE]
    if unknown or not given or len(set(given)) < len(given):
        raise ArgumentError(
            f"Argument `observables` must name some of {', '.join(COMPARABLE)}, each once, but is {given}."
        )
    return given


def _confidence(value: float) -> float:
    confidence = real_number("confidence", value, above=0.0)
    if confidence >= 1:
        raise ArgumentError(f"Argument `confidence` must be below 1, but is {confidence:g}.")
    return confidence


def _all_that_fit(
    model: MultimodeDicke | OpenHopfield, start: Any, budget: Budget
) -> tuple[dict[str, Any], dict[str, str]]:
    """Theories that fit, and why others do not."""
    found = candidates(model, start, budget)
    fitting = {one.name: one.theory for one in found if not one.refused}
    left_out = {one.name: one.refused for one in found if one.refused}
    if not fitting:
        told = "; ".join(f"{name}: {why}" for name, why in left_out.items())
        raise ArgumentError(f"No theory fits into `memory_gib` and `time_s`: {told}. Raise them, or give `theories`.")
    return fitting, left_out


def _compared(
    model: MultimodeDicke | OpenHopfield, trials: tuple[Trial, ...], times: FloatArray, names: tuple[str, ...],
    reference: str | None, left_out: dict[str, str], options: dict[str, Any],
) -> Agreement:  # fmt: skip
    """The verdicts on rungs that ran."""
    ran = [trial for trial in trials if trial.result is not None]
    complete = [trial for trial in ran if not trial.failure]
    if not complete or (reference is not None and all(trial.name != reference for trial in ran)):
        told = "; ".join(f"{trial.name}: {trial.failure}" for trial in trials if trial.failure)
        raise ConvergenceError(f"No rung to measure against gave an answer. {told}")
    chosen = {trial.name: trial for trial in ran}
    ordered = by_trust(ran)
    best = ordered[0]
    first = chosen[reference] if reference else best
    patterns = model.stored if isinstance(model, MultimodeDicke) else model.patterns
    table = Table(ran, ordered, times, names, patterns)
    total = sum(table.comparisons(trial, first) for trial in ran if trial is not first)
    chance = (1 - options["confidence"]) / max(total, 1)
    differences = {
        trial.name: table.differences(trial, first, options["tolerance"], chance) for trial in ran if trial is not first
    }
    disagreements = sorted(
        (one for name, each in differences.items() for one in _found(name, each, table)), key=lambda one: one.time
    )
    agreeing = [trial for trial in complete if _agrees(trial, first, differences)]
    cheapest = min([first, *agreeing], key=lambda trial: trial.seconds)
    verdicts = Verdicts(
        trials, first, best, cheapest, tuple(disagreements), differences, table.unlike, times, left_out, options
    )
    text = summary_of(verdicts)
    details = {
        "reference": first.name, "best": best.name, "cheapest": cheapest.name, "summary": text, "comparisons": total,
        "warnings": json.dumps({trial.name: trial.warnings for trial in trials if trial.warnings}),
        "failures": json.dumps({trial.name: trial.failure for trial in trials if trial.failure}),
        "left_out": json.dumps(left_out),
    }  # fmt: skip
    variables, coordinates = table.variables(differences)
    dataset = analysis_result("agreement", variables, coordinates, options, model=model, details=details)
    return Agreement(
        dataset, trials, tuple(disagreements), first.name, best.name, cheapest.name, left_out, text
    )  # fmt: skip


def _agrees(trial: Trial, first: Trial, differences: Mapping[str, Mapping[str, Difference]]) -> bool:
    """Whether a rung is nowhere found to differ where a difference of `SHARP` would have been seen. What is only
    expected of it counts where there is nothing exact to show that it is better than that.
    """
    if trial.troubled or (trial.doubted and not first.rung.exact):
        return False
    judged = [one for one in differences.get(trial.name, {}).values() if one.known.any()]
    return bool(judged) and all(not one.beyond.any() and one.resolution <= SHARP for one in judged)


def _found(name: str, differences: Mapping[str, Difference], table: Table) -> list[Disagreement]:
    """The first disagreement in each observable of one rung."""
    found = []
    for observable, one in differences.items():
        place, most = one.first(), one.largest()
        if place is not None and most is not None:
            where, time, latest = table.where(observable, place[1:]), table.times[place[0]], table.times[most[0]]
            sizes = float(one.size[place]), float(one.bound[place]), float(one.size[most])
            found.append(Disagreement(name, observable, where, float(time), *sizes, float(latest)))
    return found
