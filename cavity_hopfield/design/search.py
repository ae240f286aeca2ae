"""Global search by differential evolution, then refinement by sequential quadratic programming."""

import re
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy
from scipy.optimize import Bounds, differential_evolution, minimize

from cavity_hopfield._typing import FloatArray
from cavity_hopfield.design.problem import AIM, BROKEN, HOPELESS, Evaluation, Problem, SpentError
from cavity_hopfield.dynamics import Progress
from cavity_hopfield.exceptions import ArgumentError

STEP = 1e-4
"""Of differences, as a share of the box."""
MARGIN = 1e-4
"""By how much, relatively, refined points stay within their limits."""
FARTHEST = 50.0
"""Logarithms of value over limit beyond this are all the same to a refinement."""
CANDIDATES = 6
EXPLORED = 0.6
"""Share of the evaluations that the global search may take."""
ENOUGH = 6
"""How many points that meet everything it must find, at least, to stop before."""
APART = 0.25
ITERATIONS = 40
GAINED = 1e-3
"""A refinement that gains less, in logarithms, has ended."""
NUMBERS = re.compile(r"[-+]?[0-9.]+(?:e[-+]?[0-9]+)?")
"""What may differ between two failures of one kind."""
REACH, ROUNDS = 0.2, 8
"""How far a refinement moves at most before it begins anew, as a share of the box, and how often it may."""


@dataclass(frozen=True, eq=False)
class Program:
    r"""Minimise $\max_k h_k(u)$ subject to $c_j(u) \le 0$, in the unit box.

    Attributes
    ----------
    problem : Problem
        Evaluates points, each once.
    goal, keep : callable
        $h$ (at least one) and $c$ of an evaluation.
    """

    problem: Problem
    goal: Callable[[Evaluation], FloatArray]
    keep: Callable[[Evaluation], FloatArray]

    def values(self, place: FloatArray) -> tuple[FloatArray, FloatArray]:
        """H and c at a point."""
        found = self.problem.at(place)
        if found.failure:
            best = self.problem.best
            return np.full(self.goal(best).shape, FARTHEST), np.full(self.keep(best).shape, FARTHEST)
        h, c = self.goal(found), self.keep(found)
        return np.nan_to_num(h, posinf=HOPELESS, neginf=-HOPELESS), np.clip(c, -FARTHEST, FARTHEST)

    def slopes(self, place: FloatArray, *, central: bool = False) -> tuple[FloatArray, FloatArray]:
        """Derivatives of h (H, K) and of c (C, K) by differences, within the box."""
        here = np.concatenate(self.values(place))
        columns = []
        for k, at in enumerate(place):
            up, down = min(at + STEP, 1.0), max(at - STEP, 0.0)
            up, down = (up, down) if central else ((up, at) if up > at else (at, down))
            if central:  # a neighbour that cannot be evaluated says nothing
                up, down = (at if self.problem.at(_moved(place, k, end)).failure else end for end in (up, down))
            ends = [here if end == at else np.concatenate(self.values(_moved(place, k, end))) for end in (up, down)]
            columns.append((ends[0] - ends[1]) / (up - down) if up > down else np.zeros(here.size))
        slopes = np.stack(columns, axis=1)
        n_goals = self.values(place)[0].size
        return slopes[:n_goals], slopes[n_goals:]

    def solve(self, start: FloatArray) -> FloatArray:
        """Where the way from `start` ends, in rounds that do not go far each."""
        for _ in range(ROUNDS):
            end = self._round(start)
            if np.abs(end - start).max() < 0.99 * REACH:
                return end
            start = end
        return start

    def _round(self, start: FloatArray) -> FloatArray:
        """The end of one round; what the programme minimises is one more variable, the bound on h."""
        last = [start]
        n, origin = start.size, float(self.values(start)[0].max())
        size = max(abs(origin), 1.0)

        def constraints(x: FloatArray) -> FloatArray:
            h, c = self.values(x[:n])
            last[0] = self.problem.at(x[:n]).place.copy()
            return np.concatenate([x[n] - h / size, -c])

        def jacobian(x: FloatArray) -> FloatArray:
            h, c = self.slopes(x[:n])
            top = np.column_stack([-h / size, np.ones(len(h))])
            return np.concatenate([top, np.column_stack([-c, np.zeros(len(c))])])

        def bound(x: FloatArray) -> float:
            return float(x[n])

        how: Any = {
            "jac": lambda _: np.append(np.zeros(n), 1.0),
            "method": "SLSQP",
            "bounds": [*zip(np.maximum(start - REACH, 0), np.minimum(start + REACH, 1), strict=True), (None, None)],
            "constraints": {"type": "ineq", "fun": constraints, "jac": jacobian},
            "options": {"maxiter": ITERATIONS, "ftol": 1e-8},
        }
        with suppress(SpentError):
            result = minimize(bound, np.append(start, origin / size), **how)
            last[0] = self.problem.at(result.x[:n]).place.copy()
        return last[0]


def _moved(place: FloatArray, k: int, end: float) -> FloatArray:
    moved = place.copy()
    moved[k] = end
    return moved


def signed_residuals(found: Evaluation) -> FloatArray:
    """Residuals and their negatives: the largest is the misfit."""
    return np.concatenate([found.residuals, -found.residuals])


def kept(found: Evaluation) -> FloatArray:
    """The constraints with their margin."""
    return np.asarray(found.breach + MARGIN)


def aimed(found: Evaluation) -> FloatArray:
    """The target, well within its tolerance, and the constraints."""
    return np.concatenate([signed_residuals(found) - 0.98 * AIM, kept(found)])


def programs(problem: Problem) -> tuple[Program, Program, Program]:
    """To satisfy the constraints, to meet the target within them, and to trade the objectives within both."""
    return (
        Program(problem, kept, lambda _: np.empty(0)),
        Program(problem, signed_residuals, kept),
        Program(problem, lambda found: np.array([found.objective]), aimed),
    )


def search(problem: Problem, seed: int, evaluations: int, progress: Progress | None = None) -> Evaluation:
    """The best point that about so many evaluations find: half for a global search, the rest for refinements."""

    def tell() -> None:
        if progress is not None:
            progress(min(problem.n_evaluations / evaluations, 0.99))

    explore(problem, seed, int(EXPLORED * evaluations), tell)
    _require_any(problem)
    feasible, meeting, trading = programs(problem)
    for start in candidates(problem):
        _allow(problem, evaluations, 0.2)
        here = start if problem.any_keeps else feasible.solve(start)
        if problem.at(here).misfit > AIM or not problem.at(here).keeps:
            meeting.solve(here)
        tell()
    for start in candidates(problem):
        _allow(problem, evaluations, 0.4)
        if problem.at(start).worth < BROKEN / 2:
            trading.solve(start)
        tell()
    _allow(problem, evaluations, 1.0)
    best, left = problem.closest, problem.allowed - problem.n_evaluations
    (trading if best.keeps and best.misfit <= AIM else meeting).solve(best.place.copy())
    gained = best.worth - problem.closest.worth
    problem.improving = gained > GAINED or left < 2 * (len(problem.knobs) + 1)
    problem.allowed = 10**9
    if progress is not None:
        progress(1.0)
    return problem.closest


def _require_any(problem: Problem) -> None:
    """An error with the commonest reason if no point could be evaluated."""
    if len(problem.failures) == problem.n_evaluations:
        told = {NUMBERS.sub("", text): text for _, text in problem.failures}
        (kind, times), *_ = Counter(NUMBERS.sub("", text) for _, text in problem.failures).most_common(1)
        raise ArgumentError(
            f"None of {problem.n_evaluations} points between the bounds in `vary` could be evaluated; {times} of them: "
            f"{told[kind]} Move the bounds, or what is not varied."
        )


def _allow(problem: Problem, evaluations: int, share: float) -> None:
    """Allow a share of the evaluations that are left."""
    left = max(evaluations - problem.n_evaluations, 0)
    problem.allowed = problem.n_evaluations + int(share * left)


def explore(problem: Problem, seed: int, evaluations: int, tell: Callable[[], None]) -> None:
    """Differential evolution from a scrambled Sobol sequence."""
    n = len(problem.knobs)
    size = int(2 ** np.ceil(np.log2(max(8, 5 * n))))
    stream = np.random.default_rng(seed)
    start = scipy.stats.qmc.Sobol(n, seed=stream).random(size)

    def worth(place: FloatArray) -> float:
        value = problem.at(place).worth
        tell()
        return value

    def enough(*_: object, **__: object) -> bool:
        return problem.n_evaluations >= 4 * size and sum(one.met for one in problem.known.values()) >= ENOUGH

    how: Any = {"maxiter": max(1, evaluations // size - 1), "tol": 1e-3, "polish": False, "callback": enough}
    differential_evolution(worth, Bounds(np.zeros(n), np.ones(n)), init=start, seed=stream, **how)


def candidates(problem: Problem) -> list[FloatArray]:
    """The places of the best evaluations that are apart from one another."""
    chosen: list[FloatArray] = []
    for one in sorted(problem.known.values(), key=lambda each: each.worth):
        if one.failure or not np.isfinite(one.residuals).all() or len(chosen) == CANDIDATES:
            continue
        if all(np.abs(one.place - other).max() > APART for other in chosen):
            chosen.append(one.place.copy())
    return chosen
