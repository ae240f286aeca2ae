r"""What binds: the multipliers of constraints and bounds at the point that a search found."""

from dataclasses import asdict, dataclass, replace

import numpy as np
from scipy.optimize import nnls

from cavity_hopfield._typing import FloatArray, Json
from cavity_hopfield.design.problem import AIM, Evaluation, Problem
from cavity_hopfield.design.quantities import STEP
from cavity_hopfield.design.search import Program, signed_residuals
from cavity_hopfield.platforms.operating_point import UNDISTURBED

NEAR = 0.01
"""Relative distance from its limit at which a constraint may bind."""
AT_BOUND = 2e-3
"""Share of the box from a bound at which a knob sits there."""
BALANCED, FLAT = 0.95, 0.02
"""Share of a slope that is balanced at a minimum, and slope left where it is flat."""
SUM_TO_ONE = 1e3
"""How much more firmly weights sum to one than slopes balance."""
SUBJECTS = ("misfit", "objective", "largest logarithm of a constraint over its limit", "logarithm of the temperature")
RECALLS = (STEP + UNDISTURBED, "recall_time_s", "held_overlap")
"""What is infinite, or nothing, where patterns are not recalled."""


@dataclass(frozen=True)
class Binding:
    """A constraint or bound that binds.

    Attributes
    ----------
    name : str
        The constraint in words, or the bound of a knob.
    value, limit : float
        The quantity, or the knob, and its limit.
    multiplier : float
        By how much the subject improves if the limit is relaxed by a factor e, to first order: by a hundredth of it for
        each per cent.
    """

    name: str
    value: float
    limit: float
    multiplier: float


@dataclass(frozen=True)
class Feasibility:
    r"""$\nabla f + \sum_j \lambda_j \nabla c_j = 0$, $\lambda_j \ge 0$: what binds at the point found.

    Attributes
    ----------
    met : bool
        Whether target and constraints hold.
    subject : str
        f: the misfit where the target is missed, the objective where it is met, the largest breach where no point keeps
        the constraints, $\ln(1 + T^*/J_0)$ where one is infinitely far.
    bindings : tuple of Binding
        The constraints and bounds with a multiplier, the largest first. That of a knob on a linear scale is for a
        change of its bound relative to the larger of both bounds in size.
    explained : float
        The share of the slope of f that they balance: near one where they hold f back.
    slope_left : float
        What is left of the slope, per width of the box and in units of f if that is above one: small at a minimum.
    endless : tuple of str
        The constraints that are infinitely far: infinite where they must be small, zero where they must be large.
    improving : bool
        Whether the search still gained when it ended.
    """

    met: bool
    subject: str
    bindings: tuple[Binding, ...]
    explained: float
    slope_left: float
    endless: tuple[str, ...] = ()
    improving: bool = True

    @property
    def arrived(self) -> bool:
        """Whether the point is a minimum to first order; more evaluations may lead further if not."""
        return self.explained > BALANCED or self.slope_left < FLAT

    @property
    def binding(self) -> str:
        """What binds most, by name; empty if nothing does."""
        return self.bindings[0].name if self.bindings else ""

    @property
    def sentence(self) -> str:
        """The certificate in words."""
        if self.endless:
            return f"{self._beyond} {self._held_back}".strip()
        return self._held_back

    @property
    def _beyond(self) -> str:
        if any(name.startswith(RECALLS) for name in self.endless):
            return f"No point in the box was found to recall the patterns: {', '.join(self.endless)}."
        return f"No point in the box was found to have {', '.join(self.endless)}."

    @property
    def _held_back(self) -> str:
        if not self.arrived:
            ended = "Take more evaluations." if self.improving else "The last refinement gained nothing."
            return (
                f"The search has not arrived, or the numbers have a kink here: constraints and bounds balance "
                f"{self.explained:.0%} of the slope of the {self.subject}{self._most}. {ended}"
            )
        if not self.bindings:
            return f"No constraint or bound holds back the {self.subject}: it is least here."
        told = ", ".join(f"{one.name} (by {one.multiplier / 100:.2g} for each per cent)" for one in self.bindings[:3])
        return f"What would lower the {self.subject} if it were relaxed: {told}."

    @property
    def _most(self) -> str:
        return f", most of it {self.binding}" if self.bindings else ""

    def to_dict(self) -> Json:
        """Plain values, for JSON."""
        return {**asdict(self), "bindings": [asdict(one) for one in self.bindings], "sentence": self.sentence}


@dataclass(frozen=True, eq=False)
class Wall:
    """What may hold a search back, and its slope (K,) in the box, in units of relative changes of its limit."""

    name: str
    value: float
    limit: float
    slope: FloatArray


def feasibility(problem: Problem, found: Evaluation) -> Feasibility:
    """What binds at an evaluation that ends a search."""
    program = Program(problem, lambda one: np.append(signed_residuals(one), one.objective), lambda one: one.breach)
    with np.errstate(invalid="ignore"):
        goals, slopes = program.slopes(found.place, central=True)
    residuals, limits, bounds = signed_residuals(found), _constraints(problem, found, slopes), _bounds(problem, found)
    if not found.keeps:
        return _broken(problem, found, limits, bounds)
    near = [wall for wall, excess in zip(limits, found.excess, strict=True) if excess > -NEAR]
    if not found.met:
        top = np.flatnonzero(residuals >= found.misfit * (1 - NEAR))
        _, multipliers, shares = _balanced([goals[k] for k in top], [*near, *bounds], found.misfit)
        return _told(problem, found, SUBJECTS[0], [*near, *bounds], multipliers, shares)
    edge = np.flatnonzero(residuals > (1 - 0.1) * AIM)
    near += [Wall("the target, to its tolerance", float(residuals[k]), AIM, goals[k] / AIM) for k in edge]
    _, multipliers, shares = _balanced([goals[-1]], [*near, *bounds], found.objective)
    return _told(problem, found, SUBJECTS[1], [*near, *bounds], multipliers, shares)


def _broken(problem: Problem, found: Evaluation, limits: list[Wall], bounds: list[Wall]) -> Feasibility:
    """What holds back the constraints that are broken most; those infinitely far are told by the temperature."""
    worst = float(found.breach.max())
    broken = [wall for wall, breach in zip(limits, found.breach, strict=True) if breach > worst - NEAR]
    endless = [wall for wall, excess in zip(limits, found.excess, strict=True) if excess == np.inf]
    weights, multipliers, shares = _balanced([wall.slope for wall in broken], bounds, worst)
    if not endless:
        return _told(problem, found, SUBJECTS[2], [*broken, *bounds], [*weights, *multipliers], shares)
    told = _told(problem, found, SUBJECTS[3], bounds, multipliers, shares)
    states = (f"{wall.name} ({'infinite' if wall.value > 0 else 'not positive'})" for wall in endless)
    return replace(told, endless=tuple(states))


def _constraints(problem: Problem, found: Evaluation, slopes: FloatArray) -> list[Wall]:
    walls = []
    for constraint, excess, slope in zip(problem.constraints, found.excess, slopes, strict=True):
        walls.append(Wall(constraint.text, constraint.value(float(excess)), constraint.limit, slope))
    return walls


def _bounds(problem: Problem, found: Evaluation) -> list[Wall]:
    """The bounds at which knobs sit; their slopes are relative changes of the knob."""
    walls = []
    for k, (knob, place) in enumerate(zip(problem.knobs, found.place, strict=True)):
        for side, limit, sign in (("lower", knob.low, -1), ("upper", knob.high, 1)):
            if abs(place - (sign > 0)) < AT_BOUND:
                slope = np.zeros(len(problem.knobs))
                slope[k] = sign * knob.span
                walls.append(Wall(f"the {side} bound of {knob.name}", found.values[knob.name], limit, slope))
    return walls


def _balanced(
    goals: list[FloatArray], walls: list[Wall], value: float
) -> tuple[list[float], list[float], tuple[float, float]]:
    r"""Weights $\kappa$ of goals, which sum to one, and multipliers of walls, with least
    $|\sum \kappa \nabla h + \sum \lambda \nabla c|$; the share of the slope of the goals that is balanced, and
    the slope that is left over the size of `value`.
    """
    slopes = np.array([*goals, *(wall.slope for wall in walls)]).T
    size = float(np.linalg.norm(slopes[:, : len(goals)], axis=0).max())
    if size == 0:
        return [1.0 / len(goals)] * len(goals), [0.0] * len(walls), (1.0, 0.0)
    firm = SUM_TO_ONE * size
    system = np.vstack([slopes, np.append(np.full(len(goals), firm), np.zeros(len(walls)))])
    found, _ = nnls(system, np.append(np.zeros(len(slopes)), firm))
    left = float(np.linalg.norm(slopes @ found))
    shares = 1.0 - left / size, left / max(abs(value), 1.0)
    return found[: len(goals)].tolist(), found[len(goals) :].tolist(), shares


def _told(
    problem: Problem,
    found: Evaluation,
    subject: str,
    walls: list[Wall],
    multipliers: list[float],
    shares: tuple[float, float],
) -> Feasibility:
    told = [
        Binding(wall.name, wall.value, wall.limit, multiplier)
        for wall, multiplier in zip(walls, multipliers, strict=True)
        if multiplier > 0
    ]
    ordered = tuple(sorted(told, key=lambda one: -one.multiplier))
    return Feasibility(found.met, subject, ordered, *shares, improving=problem.improving)
