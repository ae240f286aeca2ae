"""Limit cycles followed along a parameter, around folds."""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from cavity_hopfield._checks import real_number, whole_number
from cavity_hopfield._typing import FloatArray
from cavity_hopfield.analysis.class_dynamics import ClassDynamics, require_limit
from cavity_hopfield.analysis.cycles.floquet import ClosedOrbit, monodromy
from cavity_hopfield.analysis.cycles.flow import Flow
from cavity_hopfield.analysis.cycles.limit_cycles import LimitCycle, described, response_of
from cavity_hopfield.analysis.families import Family, checked_name, gathered, quiet, require_family
from cavity_hopfield.dynamics.labels import RATE, TIME, analysis_result, labelled
from cavity_hopfield.exceptions import ArgumentError, ConvergenceError

NEWTON_STEPS = 12
CLOSED = 1e-10
DIFFERENCE = 1e-6
"""Relative change of the parameter by which the flow's derivative with respect to it is taken."""
SMALLEST_STEP = 1e-7
LEAST_GROWTH = 1e-9
TURNING = 3.0
"""Growth of areas in half a period beyond which time is turned round."""
GROWTH, EASY = 1.4, 4
"""Factor by which the step grows after a correction of at most so many iterations."""
TEXTS = {
    "period": ("period of the cycle", TIME),
    "angular_frequency": ("angular frequency of the cycle", RATE),
    "max_overlap": ("largest overlap on the cycle", "1"),
    "stable": ("whether every push away from the cycle decays", "1"),
    "largest_multiplier": ("size of the largest Floquet multiplier but the one of a push along the cycle", "1"),
}
UNITS = {"drive": RATE, "temperature": "unit of the fields", "coupling": "1", "g": "unit of omega"}


def continue_cycle(
    family: Family,
    cycle: LimitCycle,
    start: float,
    stop: float,
    *,
    name: str = "drive",
    step: float = 0.01,
    most: int = 200,
) -> xr.Dataset:
    r"""The branch of cycles $\varphi_T(x; \lambda) = x$ from `cycle` at $\lambda$ = `start` towards `stop`.

    By pseudo-arclength: the next point is predicted along the branch, in the space of state, logarithm of the period
    and parameter, and corrected across it, so that the branch is followed around folds, where stable and unstable
    cycles meet. It ends where the parameter leaves the interval between `start` and `stop`, after `most` points, or
    where steps become too short, as at a homoclinic orbit, whose period is infinite.

    Parameters
    ----------
    family : callable
        The network at each value of the parameter, such as `lambda drive: HopfieldLimit(1, law, drive)`.
    cycle : LimitCycle
        A cycle of `family(start)`.
    start, stop : float
        The parameter of `cycle`, and the end of the interval.
    name : str
        Name of the parameter, and of its variable.
    step : float
        First step, a distance in that space; the parameter counts in units of `abs(start)`. The largest is ten times
        as long.
    most : int
        Largest number of points.

    Returns
    -------
    xarray.Dataset
        Along `point`: the parameter under its name, `period`, `angular_frequency`, `max_overlap`, `stable`,
        `largest_multiplier`. The attribute `ended` tells why the branch ends here.

    Raises
    ------
    ArgumentError
        If `cycle` does not belong to `family(start)`, `stop` equals `start`, or `name` is that of another variable.

    Warns
    -----
    RegimeWarning
        If `family(start)` is in doubt, as the spins of a cavity may be (see `HopfieldLimit.from_dicke`).

    Examples
    --------
    >>> from cavity_hopfield import Glauber, HopfieldLimit
    >>> from cavity_hopfield.analysis import limit_cycle
    >>> def family(drive):
    ...     return HopfieldLimit(1, Glauber(temperature=0.15), drive)
    >>> branch = continue_cycle(family, limit_cycle(family(0.57)), 0.57, 0.5)
    >>> round(float(branch["drive"].min()), 4)
    0.5593
    """
    first, last = real_number("start", start), real_number("stop", stop)
    whole_number("most", most, minimum=2)
    real_number("step", step, above=0.0)
    require_family("family", family)
    checked_name(name, (*TEXTS, "point"))
    if not isinstance(cycle, LimitCycle):
        raise ArgumentError(
            f"Argument `cycle` must be a `LimitCycle`, but is a {type(cycle).__name__}. Make it with "
            "`limit_cycle(family(start))`."
        )
    if first == last:
        raise ArgumentError(f"Argument `stop` must differ from `start`, but both are {first:g}.")
    (limit,) = gathered(family, [first], f"`{name}`")
    if require_limit(limit).to_dict() != cycle.limit.to_dict():
        raise ArgumentError(
            "Argument `cycle` must belong to `family(start)`. Make it with `limit_cycle(family(start))`."
        )
    branch = _Branch(quiet(family), ClassDynamics(cycle.limit), cycle.symmetric, abs(first) or 1.0)
    points, ended = branch.follow(cycle, first, last, step, most)
    options = {"name_of_parameter": name, "start": first, "stop": last, "step": float(step), "most": int(most)}
    return analysis_result(
        "continue_cycle", _variables(branch, points, name), {}, options, model=cycle.limit, details={"ended": ended}
    )


@dataclass(eq=False)
class _Branch:
    """Cycles as vectors: the state, the logarithm of the period, and the parameter over its unit."""

    family: Family
    known: ClassDynamics
    symmetric: bool
    unit: float
    backward: bool = False

    def flow(self, parameter: float) -> Flow:
        limit = self.family(parameter)
        return Flow(ClassDynamics(limit, response_of(limit, self.known)), backward=self.backward)

    def follow(
        self, cycle: LimitCycle, start: float, stop: float, step: float, most: int
    ) -> tuple[list[FloatArray], str]:
        point = np.concatenate([cycle.state.ravel(), [np.log(cycle.period), start / self.unit]])
        heading = np.zeros(point.size)
        heading[-1] = np.sign(stop - start)
        point, tangent, _ = self._corrected(point, point, heading)
        points, length = [point], step
        low, high = min(start, stop) / self.unit, max(start, stop) / self.unit
        while len(points) < most:
            try:
                new, heading, tries = self._corrected(points[-1] + length * tangent, points[-1], tangent)
            except ConvergenceError:
                length /= 2
                if length < SMALLEST_STEP:
                    return points, "steps became too short, as at a homoclinic orbit"
                continue
            if not low - 1e-12 <= new[-1] <= high + 1e-12:
                return points, "the parameter left the interval"
            points.append(new)
            if self._turn_time(new) < LEAST_GROWTH:
                return points, "the cycle became too unstable to follow, as near a homoclinic orbit"
            tangent = heading
            length = min(length * (GROWTH if tries <= EASY else 0.7), 10 * step)
        return points, f"{most} points were found"

    def _turn_time(self, point: FloatArray) -> float:
        """In a plane, follow the flow in the direction of time in which the cycle attracts; how areas grow then."""
        n = point.size - 2
        if n > 2:
            return 1.0
        part = 0.5 if self.symmetric else 1.0
        x, time = point[:n].reshape(2, -1), part * float(np.exp(point[n]))
        _, carried = self.flow(point[-1] * self.unit).with_tangent(x, time)
        growth = float(abs(np.linalg.det(carried)))
        if growth > TURNING:
            self.backward = not self.backward
            return 1 / growth
        return growth

    def _corrected(
        self, guess: FloatArray, anchor: FloatArray, tangent: FloatArray
    ) -> tuple[FloatArray, FloatArray, int]:
        """The point of the branch across `tangent` at `guess`, the branch's direction there, and the iterations."""
        point = guess.copy()
        for tries in range(1, NEWTON_STEPS + 1):
            gap, matrix = self._equations(point, anchor)
            full = np.vstack([matrix, tangent])
            if np.abs(gap).max() < CLOSED:
                direction = np.linalg.solve(full, np.eye(point.size)[-1])
                return point, direction / np.linalg.norm(direction), tries
            change = np.linalg.solve(full, -np.append(gap, tangent @ (point - guess)))
            point = point + change
            if not np.isfinite(point).all() or np.abs(change).max() > 1.0:
                break
        raise ConvergenceError("The correction does not converge. Take a shorter `step`.")

    def _equations(self, point: FloatArray, anchor: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The gap of the cycle and its shift along the flow, with their derivatives."""
        n = point.size - 2
        x, parameter = point[:n].reshape(2, -1), point[-1] * self.unit
        sign, part = (-1.0, 0.5) if self.symmetric else (1.0, 1.0)
        time = part * float(np.exp(point[n]))
        flow = self.flow(parameter)
        end, carried = flow.with_tangent(x, time)
        old = anchor[:n].reshape(2, -1)
        across = flow.dynamics.velocity(old)
        across = across / np.linalg.norm(across)
        gap = np.append((end - sign * x).ravel(), np.sum(across * (x - old)))
        matrix = np.zeros((n + 1, n + 2))
        matrix[:n, :n] = carried - sign * np.eye(n)
        matrix[:n, n] = (-time if self.backward else time) * flow.dynamics.velocity(end).ravel()
        nudge = DIFFERENCE * self.unit
        ends = [self.flow(parameter + shift).path(x, np.array([time]))[0] for shift in (nudge, -nudge)]
        matrix[:n, n + 1] = (ends[0] - ends[1]).ravel() / (2 * DIFFERENCE)
        matrix[n, :n] = across.ravel()
        return gap, matrix

    def cycle(self, point: FloatArray) -> LimitCycle:
        """All that is known of a point of the branch."""
        n = point.size - 2
        x, period = point[:n].reshape(2, -1), float(np.exp(point[n]))
        self.backward = False
        self._turn_time(point)
        flow = self.flow(point[-1] * self.unit)
        end, carried = flow.with_tangent(x, period / 2 if self.symmetric else period)
        gap = float(np.abs(end + x if self.symmetric else end - x).max())
        whole = monodromy(flow, carried, symmetric=self.symmetric)
        return described(flow, ClosedOrbit(x, period, self.symmetric, whole, gap))


def _variables(branch: _Branch, points: list[FloatArray], name: str) -> dict[str, xr.Variable]:
    cycles = [branch.cycle(point) for point in points]
    values = {
        "period": [cycle.period for cycle in cycles],
        "angular_frequency": [cycle.angular_frequency for cycle in cycles],
        "max_overlap": [cycle.max_overlap for cycle in cycles],
        "stable": [cycle.stable for cycle in cycles],
        "largest_multiplier": [float(np.abs(cycle.other_multipliers).max()) for cycle in cycles],
    }
    along = [point[-1] * branch.unit for point in points]
    data = {key: labelled("point", values[key], *described) for key, described in TEXTS.items()}
    return {**data, name: labelled("point", along, name, UNITS.get(name, ""))}
