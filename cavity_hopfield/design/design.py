"""From the wish to the apparatus: which knobs to turn, what holds the wish back, and how sure that is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import xarray as xr

from cavity_hopfield._checks import require_progress, whole_number
from cavity_hopfield.design.constraints import Constraint
from cavity_hopfield.design.feasibility import Feasibility, feasibility
from cavity_hopfield.design.problem import Evaluation, Problem
from cavity_hopfield.design.search import search
from cavity_hopfield.design.targets import RetrievalTarget, Target, target_of
from cavity_hopfield.design.told import dataset_of, table_of
from cavity_hopfield.design.trial import Trial
from cavity_hopfield.design.verification import Verification, measured_slow_down, verified
from cavity_hopfield.dynamics import Progress
from cavity_hopfield.exceptions import InfeasibleError
from cavity_hopfield.hopfield import Patterns
from cavity_hopfield.model import Glauber
from cavity_hopfield.platforms import OperatingPoint, Platform, changed

OBJECTIVES: Mapping[str, float] = {"distance": 1.0, "balance_rate_per_s": 0.1}
"""As thermal as may be, then as fast: weights of logarithms."""
EVALUATIONS = 600
CALIBRATIONS = 4
"""How often a search for a recall begins anew with what kinetic Monte Carlo says of its speed."""


@dataclass(frozen=True, eq=False)
class Design:
    """An apparatus that meets a target, or comes closest.

    Found by `design`.

    Attributes
    ----------
    problem : Problem
        What was searched: target, bounds, constraints, objectives, and every evaluation.
    found : Evaluation
        The point found.
    feasibility : Feasibility
        What binds there.
    seed : int
        Of the search.
    """

    problem: Problem
    found: Evaluation
    feasibility: Feasibility
    seed: int

    @property
    def target(self) -> Target:
        """What was wanted."""
        return self.problem.target

    @property
    def met(self) -> bool:
        """Whether target and constraints hold."""
        return self.found.met

    @property
    def misfit(self) -> float:
        """The largest deviation from the target in units of its tolerance; met up to 1."""
        return self.found.misfit

    @property
    def values(self) -> dict[str, float]:
        """The knobs in SI."""
        return dict(self.found.values)

    @cached_property
    def platform(self) -> Platform:
        """The apparatus with its knobs turned."""
        return changed(self.problem.platform, self.found.values)

    @cached_property
    def trial(self) -> Trial:
        """The numbers that the search saw."""
        return self.problem.trial(self.found.values)

    @cached_property
    def operating_point(self) -> OperatingPoint:
        """The numbers of the full chain, with the certificate."""
        return self.trial.point

    def table(self) -> str:
        """Knobs, target, constraints and what binds, as text."""
        return table_of(self)

    def to_dataset(self) -> xr.Dataset:
        """Everything as one labelled dataset, with the search: it can be saved and drawn."""
        return dataset_of(self)

    def verify(self, *, runs: int = 400, seed: int = 1, threads: int = 1) -> Verification:
        """Put the platform through the full chain (see `verified`)."""
        return verified(self.target, self.trial, runs=runs, seed=seed, threads=threads)

    def __str__(self) -> str:
        return self.table()


def design(
    target: Target | Glauber,
    platform: Platform,
    vary: Mapping[str, Sequence[Any]],
    *,
    patterns: Patterns | None = None,
    constraints: Sequence[Constraint] = (),
    objectives: Mapping[str, float] | Sequence[str] = OBJECTIVES,
    seed: int,
    evaluations: int = EVALUATIONS,
    progress: Progress | None = None,
) -> Design:
    r"""$\min_u \sum_q w_q \ln q(u)$ over the knobs u, subject to the target within its tolerance, and constraints.

    Parameters
    ----------
    target : GlauberTarget, RetrievalTarget, PhaseTarget or Glauber
        What is wanted; a bare `Glauber` gives the temperature in units of the memory's energy scale, at any rate.
    platform : Platform
        Where the search begins; what is not varied stays.
    vary : dict
        Lower and upper bound of each knob, in SI, as texts with units or as pint quantities. Knobs whose bounds have
        the same sign are searched on a logarithmic scale.
    patterns : Patterns, optional
        What is stored; left out where the geometry of the platform decides.
    constraints : sequence of Constraint
        Beside the default ones, $r < 0.03$, $2 \Omega / |z| < 0.2$ and all steps of the platform, of which a given one
        replaces that of the same quantity.
    objectives : dict or sequence of str
        Quantities that are traded once the target is met, with their weights (see `QUANTITIES`): "fidelity" is
        "distance", "speed" is "recall_time_s", "robustness" is "fragility", "photon number" is "photons". Rates and
        other numbers that should be large are made large.
    seed : int
        Of the global search.
    evaluations : int
        About how many points are looked at, 600 for about three knobs and more for more: by differential evolution
        until some meet everything, then by sequential quadratic programming from the best that are apart.
    progress : callable, optional
        Told the fraction of the work that is done.

    Returns
    -------
    Design
        With the certificate of what binds, `table()`, `to_dataset()` and `verify()`.

    Raises
    ------
    InfeasibleError
        If nothing in the box meets the target and constraints; it names what binds, and has the closest point as its
        `partial`.
    ArgumentError
        If an argument is none of the above, or no point can be evaluated.

    Notes
    -----
    The temperature of a `Glauber` is that of detailed balance, which decides what the network holds (`GlauberTarget`).

    Where couplings have equal sizes spins flip together, and r is that of collective flips, (n + 1)^2 / 4 times as
    large for n equal spins; the closest Glauber law is the same for both. A spread of the couplings by which spins flip
    one by one is no part of the search: `Design.table` tells how large it must be.

    A recall is searched for with a chain that has the fluctuations of one pattern; kinetic Monte Carlo then tells by
    how much the other patterns slow it down, and the search is repeated with this.

    Examples
    --------
    >>> from cavity_hopfield import Glauber, letters
    >>> from cavity_hopfield.platforms import BareCavity
    >>> lab = BareCavity(coupling_rad_s="2pi * 100 kHz", mode_detuning_rad_s="2pi * 1 MHz",
    ...                  photon_loss_rad_s="2pi * 1 MHz", drive_rad_s="2pi * 100 Hz")
    >>> found = design(Glauber(temperature=0.5), lab, {"coupling_rad_s": ("2pi * 10 kHz", "2pi * 300 kHz")},
    ...                patterns=letters("EV"), seed=1, evaluations=40)
    >>> round(found.trial.balance_temperature, 2)
    0.5
    """
    require_progress(progress)
    whole_number("seed", seed, minimum=0)
    whole_number("evaluations", evaluations, minimum=16)
    problem = Problem.of(target_of(target), platform, vary, patterns, constraints, objectives)
    found = _searched(problem, seed, evaluations, progress)
    for _ in range(CALIBRATIONS):
        slower = _slow_down(found, seed)
        if slower is None:
            break
        problem = replace(problem, target=slower, known={}, laws=problem.laws)
        found = _searched(problem, seed, evaluations, progress)
    found = found if found.met else _measured_again(found, seed)
    if not found.met:
        raise InfeasibleError(_refusal(found), partial=found)
    return found


def _searched(problem: Problem, seed: int, evaluations: int, progress: Progress | None) -> Design:
    best = search(problem, seed, evaluations, progress)
    return Design(problem, best, feasibility(problem, best), seed)


def _slow_down(found: Design, seed: int) -> RetrievalTarget | None:
    """The target with the measured speed of recalls, where they are found slower than it says."""
    target = found.target
    if not isinstance(target, RetrievalTarget) or not found.met:
        return None
    measured, share = measured_slow_down(target, found.trial, seed)
    if share < target.probability:
        raise InfeasibleError(
            f"Only {share:.0%} of the runs recall at all where {target.probability:.0%} are wanted, at the point that "
            f"a chain without crosstalk has found ({_knobs(found)}): kinetic Monte Carlo has the crosstalk of the "
            "other patterns. Start from a larger overlap, store fewer patterns, or ask for less.",
            partial=found,
        )
    return replace(target, slow_down=measured) if measured > target.slow_down * (1 + target.time_tolerance) else None


def _measured_again(found: Design, seed: int) -> Design:
    """The same point with the speed of recalls that is measured there, where that of another point has refused it."""
    target, problem = found.target, found.problem
    if not isinstance(target, RetrievalTarget) or target.slow_down == 1 or not found.found.keeps:
        return found
    measured, share = measured_slow_down(target, found.trial, seed)
    if share < target.probability or not measured < target.slow_down:
        return found
    again = replace(problem, target=replace(target, slow_down=measured), known={}, laws=problem.laws)
    point = again.at(found.found.place)
    return Design(again, point, feasibility(again, point), found.seed)


def _refusal(found: Design) -> str:
    rows = "; ".join(
        f"{name} {got:.4g} {unit} where {wanted:.4g} is wanted"
        for name, wanted, got, unit in found.target.rows(found.trial)
    )
    kept = zip(found.problem.constraints, found.found.excess, strict=True)
    broken = ", ".join(f"{one.text} (is {one.value(excess):.4g})" for one, excess in kept if excess > 0)
    return (
        f"Nothing within the bounds and constraints meets the target. Closest: {rows} ({found.misfit:.3g} times the "
        f"tolerance), at {_knobs(found)}. {f'Broken: {broken}. ' if broken else ''}{found.feasibility.sentence}"
    )


def _knobs(found: Design) -> str:
    return ", ".join(f"{name} = {value:.6g}" for name, value in found.values.items())
