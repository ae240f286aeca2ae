"""A design as a search: a box of knobs, and what every point of it is worth."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from cavity_hopfield._checks import ReadOnlyArrays
from cavity_hopfield._typing import FloatArray
from cavity_hopfield.design.constraints import Constraint, all_constraints, require_steps, weights_of
from cavity_hopfield.design.quantities import Quantity
from cavity_hopfield.design.targets import Target
from cavity_hopfield.design.trial import Laws, Trial
from cavity_hopfield.exceptions import ArgumentError, CavityHopfieldError
from cavity_hopfield.hopfield import Patterns
from cavity_hopfield.platforms import Platform, changed, knobs
from cavity_hopfield.platforms.quantities import si_number

AIM = 0.05
"""Misfit, in units of the tolerance, below which a search looks at the objectives alone."""
BROKEN, HOPELESS = 1e3, 1e6
"""Worth of what misses a target or constraint, and of what cannot be evaluated: for ranking alone."""
UNREACHED = 30.0
"""Logarithm of value over limit above which a constraint is infinitely far; the temperature then shows the way."""
MANY = 1e12
"""Misfits and temperatures above this are infinite to a search."""
NUDGE = 0.01
"""Change of a knob from which the fragility is told: relative, or of the larger bound on a linear scale."""


class SpentError(Exception):
    """All evaluations that a search may have are spent; never seen outside it."""


@dataclass(frozen=True, eq=False)
class Knob:
    """One knob between its bounds, on a logarithmic scale where they have the same sign."""

    name: str
    low: float
    high: float

    @property
    def logarithmic(self) -> bool:
        """Whether the scale is logarithmic."""
        return self.low * self.high > 0

    @property
    def span(self) -> float:
        """Relative change from one bound to the other; on a linear scale relative to the larger of both in size, for
        the knob itself may be zero.
        """
        return abs(float(np.log(self.high / self.low))) if self.logarithmic else (self.high - self.low) / self.largest

    @property
    def largest(self) -> float:
        """The larger of both bounds in size."""
        return max(abs(self.low), abs(self.high))

    def near(self, value: float, share: float) -> tuple[float, float, float]:
        """Two neighbours of a value within the bounds, and their distance as a relative change (see `span`)."""
        if self.logarithmic:
            return value * np.exp(share), value * np.exp(-share), 2 * share
        up, down = min(value + share * self.largest, self.high), max(value - share * self.largest, self.low)
        return up, down, (up - down) / self.largest

    def value(self, place: float) -> float:
        """The knob at a place between 0, its lower bound, and 1."""
        if place in (0.0, 1.0):
            return self.high if place else self.low
        if self.logarithmic:
            return float(self.low * (self.high / self.low) ** place)
        return float(self.low + place * (self.high - self.low))


@dataclass(frozen=True, eq=False)
class Evaluation(ReadOnlyArrays):
    r"""One point of the box.

    Attributes
    ----------
    place : (K,) array
        The point, each knob between 0 and 1.
    values : dict
        The knobs in SI.
    trial : Trial or None
        What the platform is there; None where it could not be evaluated.
    residuals, excess : arrays
        Of the target, in units of its tolerance; of the constraints, $\ln$ of value over limit.
    traded : (Q,) array
        The quantities that are traded.
    objective : float
        Their weighted logarithms.
    failure : str
        Why it could not be evaluated, else empty.
    """

    place: FloatArray
    values: dict[str, float]
    trial: Trial | None
    residuals: FloatArray
    excess: FloatArray
    traded: FloatArray
    objective: float
    failure: str = ""

    @property
    def misfit(self) -> float:
        """The largest residual in size: the target is met up to 1."""
        return float(np.abs(self.residuals).max(initial=0.0))

    @cached_property
    def breach(self) -> FloatArray:
        r"""The excess, at most `UNREACHED`; an infinite one, as of a recall that never ends, as that plus
        $\ln(1 + T^*/J_0)$: colder is nearer.
        """
        endless = ~np.isfinite(self.excess) & (self.excess > 0)
        return np.where(endless, UNREACHED + self._heat, np.minimum(self.excess, UNREACHED))

    @property
    def _heat(self) -> float:
        temperature = 0.0 if self.trial is None else self.trial.balance_temperature
        return float(np.log1p(temperature)) if 0 < temperature < MANY else 0.0

    @property
    def met(self) -> bool:
        """Whether target and constraints hold."""
        return not self.failure and self.misfit <= 1 and self.keeps

    @property
    def keeps(self) -> bool:
        """Whether the constraints hold."""
        return not self.failure and bool((self.excess <= 0).all())

    @property
    def worth(self) -> float:
        """What a search minimises: constraints and target first, then the objectives."""
        if self.failure:
            return HOPELESS
        missed = max(min(self.misfit, MANY) - AIM, 0.0)
        wanting = float(np.maximum(self.breach, 0).sum() + np.log1p(missed)) + self._heat * (self.misfit > MANY)
        worth = BROKEN + wanting if wanting > 0 else self.objective
        return worth if np.isfinite(worth) else HOPELESS


@dataclass(eq=False)
class Problem:
    """What is searched, with everything that was evaluated.

    Attributes
    ----------
    platform, patterns
        Where the search begins.
    knobs : tuple of Knob
        What is varied.
    target, constraints, objectives
        What is wanted.
    allowed : int
        How many evaluations there may be; one more raises `SpentError`.
    known : dict
        All evaluations, by their place.
    improving : bool
        Whether the last refinement of a search still gained, or had no evaluations left to try.
    """

    platform: Platform
    patterns: Patterns | None
    knobs: tuple[Knob, ...]
    target: Target
    constraints: tuple[Constraint, ...]
    objectives: tuple[tuple[Quantity, float], ...]
    allowed: int = 10**9
    laws: Laws = field(default_factory=Laws)
    known: dict[bytes, Evaluation] = field(default_factory=dict)
    improving: bool = True

    @classmethod
    def of(
        cls,
        target: Target,
        platform: Platform,
        vary: Mapping[str, Sequence[Any]],
        patterns: Patterns | None,
        constraints: Sequence[Constraint],
        objectives: Any,
    ) -> "Problem":
        """The problem as its arguments say it, checked."""
        if not isinstance(platform, Platform) or isinstance(platform, type):
            raise ArgumentError(f"Argument `platform` must be a platform such as a `RamanCavity`, but is {platform!r}.")
        steps = Trial(platform, patterns, target.start_overlap, Laws()).steps
        weights = weights_of(objectives)
        require_steps([quantity for quantity, _ in weights], steps, "objectives")
        traded = [quantity.name for quantity, _ in weights]
        limits = all_constraints(constraints, steps, traded, target.start_overlap)
        return cls(platform, patterns, knobs_of(platform, vary), target, limits, weights)

    @property
    def n_evaluations(self) -> int:
        """How many points were evaluated."""
        return len(self.known)

    @property
    def best(self) -> Evaluation:
        """The best point so far."""
        return min(self.known.values(), key=lambda one: one.worth)

    @property
    def any_keeps(self) -> bool:
        """Whether the constraints hold anywhere so far."""
        return any(one.keeps for one in self.known.values())

    @property
    def closest(self) -> Evaluation:
        """The best point if one meets the target; else, of those that keep the constraints, that of least misfit; if
        none does, the one that breaks them least.
        """
        best = self.best
        keeping = [one for one in self.known.values() if one.keeps]
        if best.met or best.failure:
            return best
        if keeping:
            return min(keeping, key=lambda one: one.misfit)
        told = [one for one in self.known.values() if not one.failure]
        return min(told, key=lambda one: float(one.breach.max()))

    @property
    def failures(self) -> tuple[tuple[dict[str, float], str], ...]:
        """The points that could not be evaluated, and why."""
        return tuple((one.values, one.failure) for one in self.known.values() if one.failure)

    def at(self, place: FloatArray) -> Evaluation:
        """What the point `place` is worth; each is evaluated once."""
        place = np.clip(np.array(place, dtype=np.float64), 0.0, 1.0) + 0.0  # no negative zero
        key = place.tobytes()
        if key not in self.known:
            if self.n_evaluations >= self.allowed:
                raise SpentError
            place.setflags(write=False)
            self.known[key] = self._evaluated(place)
        return self.known[key]

    def trial(self, values: Mapping[str, float]) -> Trial:
        """The platform with other knobs."""
        platform = changed(self.platform, values)
        return Trial(platform, self.patterns, self.target.start_overlap, self.laws)

    def _evaluated(self, place: FloatArray) -> Evaluation:
        values = {knob.name: knob.value(float(share)) for knob, share in zip(self.knobs, place, strict=True)}
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")  # what is doubtful is no candidate, and the record says why
                return self._numbers(place, values)
        except (CavityHopfieldError, ArithmeticError, Warning) as error:
            empty = np.empty(0)
            return Evaluation(place, values, None, empty, empty, empty, np.inf, f"{type(error).__name__}: {error}")

    def _numbers(self, place: FloatArray, values: dict[str, float]) -> Evaluation:
        trial = self.trial(values)
        residuals = np.asarray(self.target.residuals(trial), dtype=np.float64)
        excess = np.array([one.excess(self.quantity(one.quantity, trial, values)) for one in self.constraints])
        traded = np.array([self.quantity(quantity, trial, values) for quantity, _ in self.objectives])
        wrong = [quantity.name for (quantity, _), value in zip(self.objectives, traded, strict=True) if not value > 0]
        if wrong:
            raise ArgumentError(f"What is traded must be positive, for its logarithm counts, but not {wrong[0]}.")
        if np.isnan(residuals).any() or np.isnan(excess).any():
            raise ArgumentError("No residual and no constraint may be undefined (NaN), but one is.")
        signs = [weight if quantity.better == "below" else -weight for quantity, weight in self.objectives]
        objective = float(np.log(traded) @ np.array(signs)) if signs else self._no_objective(residuals)
        return Evaluation(place, values, trial, residuals, excess, traded, objective)

    @staticmethod
    def _no_objective(residuals: FloatArray) -> float:
        return float(np.abs(residuals).max(initial=0.0))

    def quantity(self, quantity: Quantity, trial: Trial, values: Mapping[str, float]) -> float:
        """The value of a quantity; that of the fragility needs the neighbours of the point."""
        return self._fragility(values) if quantity.name == "fragility" else quantity.value(trial)

    def _fragility(self, values: Mapping[str, float]) -> float:
        slopes = []
        for knob in self.knobs:
            *ends, apart = knob.near(values[knob.name], NUDGE)
            near = [self.trial({**values, knob.name: end}).balance_temperature for end in ends]
            slopes.append(np.log(near[0] / near[1]) / apart)
        return float(np.linalg.norm(slopes))


def knobs_of(platform: Platform, vary: Mapping[str, Sequence[Any]]) -> tuple[Knob, ...]:
    """The knobs that are varied, with their bounds in SI."""
    if not isinstance(vary, Mapping) or not vary:
        raise ArgumentError(
            'Argument `vary` must give bounds by the name of a knob, such as {"drive_rad_s": ("2pi * 1 Hz", '
            f'"2pi * 1 kHz")}}, but is {vary!r}.'
        )
    known = knobs(platform)
    unknown = sorted(set(vary) - set(known))
    if unknown:
        raise ArgumentError(
            f"Argument `vary` must name knobs of {type(platform).__name__}, fields that hold one number, but names "
            f"{', '.join(unknown)}. Its knobs are {', '.join(sorted(known))}."
        )
    return tuple(_knob(name, bounds) for name, bounds in vary.items())


def _knob(name: str, bounds: Any) -> Knob:
    if isinstance(bounds, str) or not isinstance(bounds, (Sequence, np.ndarray)) or len(bounds) != 2:
        raise ArgumentError(f"Argument `vary` must give a lower and an upper bound of `{name}`, but gives {bounds!r}.")
    low, high = (si_number(name, bound) for bound in bounds)
    if not low < high:
        raise ArgumentError(f"Argument `vary` must give `{name}` a lower bound below the upper, but gives {bounds!r}.")
    return Knob(name, low, high)
