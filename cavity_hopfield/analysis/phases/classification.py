"""Which phase a network is in, with the evidence."""

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
import xarray as xr

from cavity_hopfield._checks import ReadOnlyArrays, frozen
from cavity_hopfield._typing import ArrayLike, FloatArray, IntArray
from cavity_hopfield.analysis.class_dynamics import ClassDynamics, bloch_vectors, require_limit
from cavity_hopfield.analysis.cycles.flow import Flow
from cavity_hopfield.analysis.cycles.limit_cycles import LimitCycle, limit_cycle
from cavity_hopfield.analysis.cycles.settling import ROUGH, settle
from cavity_hopfield.analysis.equilibria.fixed_points import FixedPointKind, fixed_points
from cavity_hopfield.exceptions import ConvergenceError
from cavity_hopfield.network import HopfieldLimit

SAME_CYCLE = 1e-6
"""Relative difference of period and overlap within which two cycles are one, up to the symmetry of the patterns; of a
family of cycles one counts."""
NUDGE = 1e-2
RANDOM_STARTS, SEED = 4, 0


class Phase(StrEnum):
    """What a network does in the long run, by its attractors."""

    PARAMAGNET = "paramagnet"
    RETRIEVAL = "retrieval"
    MIXTURE = "mixture"
    BISTABLE = "paramagnet and retrieval"
    LIMIT_CYCLE = "limit cycle"
    COEXISTENCE = "fixed points and limit cycle"
    UNDETERMINED = "undetermined"


MEANINGS = {
    Phase.PARAMAGNET: "everything is forgotten: zero is the only attractor found",
    Phase.RETRIEVAL: "patterns are remembered: retrieval points are stable, and no cycle was found",
    Phase.MIXTURE: "only mixtures or spurious states are stable",
    Phase.BISTABLE: "zero is stable beside fixed points that remember",
    Phase.LIMIT_CYCLE: "overlaps oscillate for ever: no fixed point is stable",
    Phase.COEXISTENCE: "the start decides between fixed points and an oscillation",
    Phase.UNDETERMINED: "no fixed point is stable and no start settled on a cycle: slow, quasiperiodic or chaotic",
}


@dataclass(frozen=True, eq=False)
class Classification(ReadOnlyArrays):
    """A phase and why.

    Made by `classify`.

    Attributes
    ----------
    phase : Phase
        The phase.
    fixed_points : xarray.Dataset
        All fixed points, as `fixed_points` finds them, with their stability.
    cycles : tuple of LimitCycle
        The different stable cycles found, with their Floquet multipliers.
    starts : (S, 2, C) array
        States from which cycles were looked for.
    outcomes : (S,) array of int
        For each start the place of its cycle in `cycles`, -1 for rest, -2 where it settled on neither in time.
    """

    phase: Phase
    fixed_points: xr.Dataset = field(repr=False)
    cycles: tuple[LimitCycle, ...]
    starts: FloatArray = field(repr=False)
    outcomes: IntArray = field(repr=False)

    @property
    def stable_fixed_points(self) -> xr.Dataset:
        """Those that are stable."""
        return self.fixed_points.isel(fixed_point=self.fixed_points["stable"].values)

    @property
    def meaning(self) -> str:
        """The phase in words, with the numbers that tell."""
        cycles = ", ".join(
            f"cycle of period {cycle.period:.4g}, largest other multiplier "
            f"{np.abs(cycle.other_multipliers).max():.3g}, up to overlap {cycle.max_overlap:.3g}"
            for cycle in self.cycles
        )
        stable = self.stable_fixed_points
        points = ", ".join(
            f"{count} {kind}" for kind, count in zip(stable["kind"].values, stable["multiplicity"].values, strict=True)
        )
        late = int((self.outcomes == -2).sum())
        return (
            f"{MEANINGS[self.phase]}. Stable fixed points: {points or 'none'} ({self.fixed_points.attrs['complete']}). "
            f"Stable cycles from {len(self.starts)} starts: {cycles or 'none'}; {late} starts did not settle in time."
        )


def classify(limit: HopfieldLimit, starts: ArrayLike | None = None) -> Classification:
    """The attractors of a network: all its fixed points, and the cycles on which a set of starts settles.

    Fixed points are complete where the search says so. A cycle that no start reaches is missed.

    Parameters
    ----------
    limit : HopfieldLimit
        The network, with a smooth rate law.
    starts : array, optional
        Overlaps (S, P) of spins along z, states (S, 2, C), means of sigma^y and sigma^z of each class, or Bloch vectors
        (S, C, 3). If omitted: the first pattern written along y, and along z; every unstable fixed point with a small
        push; four random states.

    Returns
    -------
    Classification
        The phase, the fixed points with their stability, the cycles with their multipliers, and the starts.

    Raises
    ------
    ArgumentError
        If the rate law is not smooth, shapes do not fit, or a start is no state.

    Examples
    --------
    >>> from cavity_hopfield import Glauber
    >>> found = classify(HopfieldLimit(1, Glauber(temperature=0.15), drive=0.57))
    >>> found.phase, len(found.cycles)
    (<Phase.COEXISTENCE: 'fixed points and limit cycle'>, 1)
    """
    dynamics = ClassDynamics(require_limit(limit))
    points = fixed_points(limit)
    states = _default_starts(dynamics, points) if starts is None else _given(limit, starts)
    cycles: list[LimitCycle] = []
    outcomes = np.empty(len(states), dtype=np.int64)
    for k, state in enumerate(states):
        outcomes[k] = _outcome(dynamics, state, cycles)
    phase = _phase(points, cycles)
    return Classification(phase, points, tuple(cycles), frozen(states), frozen(outcomes))


def _outcome(dynamics: ClassDynamics, state: FloatArray, cycles: list[LimitCycle]) -> int:
    """The place of the cycle that a start settles on, appended if it is new; or -1 for rest, -2 for neither."""
    try:
        cycle = limit_cycle(dynamics.limit, state)
    except ConvergenceError:
        return -1 if settle(Flow(dynamics, tolerance=ROUGH), state).at_rest else -2
    if not cycle.stable:
        return -2
    for place, known in enumerate(cycles):
        same_size = bool(cycle.n_neutral) or abs(cycle.max_overlap - known.max_overlap) < SAME_CYCLE
        if same_size and abs(cycle.period / known.period - 1) < SAME_CYCLE:
            return place
    cycles.append(cycle)
    return len(cycles) - 1


def _default_starts(dynamics: ClassDynamics, points: xr.Dataset) -> FloatArray:
    first = dynamics.limit.columns[:, 0]
    states = [np.stack([first, 0 * first]), np.stack([0 * first, first])]
    for k in np.flatnonzero(~points["stable"].values):
        rest = np.stack([points["spin_y"].values[k], points["spin_z"].values[k]])
        values, vectors = np.linalg.eig(dynamics.jacobian(rest))
        push = vectors[:, int(np.argmax(values.real))].real.reshape(rest.shape)
        states.append(rest + NUDGE * push / np.abs(push).max())
    stream = np.random.default_rng(SEED)
    angles = stream.uniform(0, 2 * np.pi, (RANDOM_STARTS, dynamics.n_classes))
    states += [np.stack([np.cos(turn), np.sin(turn)]) for turn in angles]
    return np.array(states)


def _given(limit: HopfieldLimit, starts: ArrayLike) -> FloatArray:
    return np.ascontiguousarray(np.moveaxis(bloch_vectors(limit, "starts", starts)[..., 1:], 1, 2))


def _phase(points: xr.Dataset, cycles: list[LimitCycle]) -> Phase:
    kinds = set(points["kind"].values[points["stable"].values].tolist())
    if cycles:
        return Phase.COEXISTENCE if kinds else Phase.LIMIT_CYCLE
    remembering = kinds - {str(FixedPointKind.PARAMAGNET)}
    if FixedPointKind.PARAMAGNET in kinds:
        return Phase.BISTABLE if remembering else Phase.PARAMAGNET
    if FixedPointKind.RETRIEVAL in kinds:
        return Phase.RETRIEVAL
    return Phase.MIXTURE if kinds else Phase.UNDETERMINED
