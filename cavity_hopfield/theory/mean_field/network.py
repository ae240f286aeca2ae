"""Mean field of the open network: groups of equal spins, the limit of many spins, and what is reported."""

from dataclasses import dataclass

import numpy as np

from cavity_hopfield._checks import real_array, spin_array
from cavity_hopfield._typing import BoolArray, FloatArray, IntArray, SpinArray
from cavity_hopfield.dynamics import Observables
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.model import Glauber, ProductState, RateLaw
from cavity_hopfield.network import (
    HopfieldLimit,
    InitialState,
    OpenHopfield,
    RateTable,
    bloch_vectors,
    require_single_flips,
    spin_observables,
)
from cavity_hopfield.theory.mean_field._ensemble_kernels import GLAUBER
from cavity_hopfield.theory.mean_field.lanes import NO_TABLE, NOTHING, LaneSystem

TABULATED = 2
COLD = 1e300
"""Stands for 1/T at zero temperature, where tanh is a sign."""
ROUNDING = 1e-10
MOST_TURNS = 200
REACH = 1.01
"""Fields a little beyond those of pure spins, which a trial step may meet."""


@dataclass(frozen=True, eq=False)
class NetworkLanes:
    """A network in the form that the compiled ensembles take; `fastest` is its largest rate without the drive.

    `rate_error` is the largest relative error of a rate, where rates come from a table.
    """

    system: LaneSystem
    fastest: float
    rate_error: float

    def parameters(self, law: RateLaw, drives: FloatArray, temperatures: FloatArray | None) -> FloatArray:
        """Drive, factor of the field and rate of every run, shape (R, 3)."""
        scale, rate = np.ones_like(drives), np.ones_like(drives)
        if isinstance(law, Glauber):
            warm = np.full_like(drives, law.temperature) if temperatures is None else temperatures
            scale, rate = np.divide(1.0, warm, out=np.full_like(drives, COLD), where=warm > 0), law.rate * rate
        elif temperatures is not None:
            raise ArgumentError(
                f"Argument `temperatures` must be left out for {type(law).__name__}, which has none. Evolve one model "
                "for each law."
            )
        return np.stack([drives, scale, rate], axis=1)


def limit_lanes(model: HopfieldLimit, *, with_x: bool, accuracy: float) -> NetworkLanes:
    """The limit of many spins, class by class."""
    overlaps = np.ascontiguousarray((model.columns * model.weights[:, None]).T)
    write = model.columns * model.strengths
    n_classes, n_patterns = write.shape
    dense = n_classes <= 2 * n_patterns
    couplings = write @ overlaps
    return _lanes(
        model.rate_law,
        model.rate_classes,
        (np.ascontiguousarray(couplings), np.zeros((n_classes, 0))) if dense else (overlaps, write),
        np.abs(couplings).sum(axis=1),
        overlaps,
        3 if with_x else 2,
        accuracy,
    )


def site_lanes(model: OpenHopfield, groups: "SpinGroups", *, with_x: bool, accuracy: float) -> NetworkLanes:
    """A finite network, group by group, in its own fields without self-coupling."""
    require_single_flips(model, "MeanField")
    couplings = groups.couplings(model.couplings)
    reach = np.abs(couplings).sum(axis=1)
    labels = model.spin_classes[groups.first]
    none = np.zeros((len(couplings), 0))
    overlaps = np.zeros((0, len(couplings)))
    return _lanes(model.rate_law, labels, (couplings, none), reach, overlaps, 3 if with_x else 2, accuracy)


def _lanes(
    law: RateLaw, labels: IntArray, maps: tuple[FloatArray, FloatArray], reach: FloatArray, overlaps: FloatArray,
    axes: int, accuracy: float,
) -> NetworkLanes:  # fmt: skip
    classes = np.array(labels, dtype=np.int64)  # writable: a read-only array would compile a second kernel
    if isinstance(law, Glauber):
        table = RateTable(NO_TABLE, NO_TABLE, np.zeros(1, np.int64), 0.0)
        kind, fastest = GLAUBER, law.rate
    else:
        table = RateTable.between(law, REACH * 2 * reach, classes, accuracy)
        kind, fastest = TABULATED, max(float(law(-2 * h, int(label))) for h, label in zip(reach, classes, strict=True))
    system = LaneSystem(
        kind, axes, *maps, classes, NOTHING, NOTHING, table.edges, table.coefficients, table.offsets, overlaps
    )
    return NetworkLanes(system, fastest, table.error)


@dataclass(frozen=True, eq=False)
class SpinGroups:
    """Groups of spins that couple to all others alike, have one rate law and start alike, and so move alike.

    `first` (K,) and `second` (K,) are two spins of each, the same where there is one; `members` (K,) counts them and
    `labels` (N,) tells the group of every spin.
    """

    first: IntArray
    second: IntArray
    members: FloatArray
    labels: IntArray

    @classmethod
    def of(cls, model: OpenHopfield, starts: FloatArray, resolution: str) -> "SpinGroups":
        """The groups of `model` at `starts` (R, N, 3); every spin its own for the resolution "site"."""
        n = model.n_spins
        labels = np.arange(n) if resolution == "site" else _alike(model, starts)
        _, first, labels, counts = np.unique(labels, return_index=True, return_inverse=True, return_counts=True)
        labels = labels.reshape(-1)
        last = np.zeros(len(first), np.int64)
        last[labels] = np.arange(n)
        return cls(first, last, counts.astype(np.float64), labels)

    def couplings(self, sites: FloatArray) -> FloatArray:
        """The field of each group from z of each, (K, K): a spin does not act on itself."""
        between = sites[np.ix_(self.first, self.first)] * self.members
        np.fill_diagonal(between, sites[self.first, self.second] * (self.members - 1))
        return np.ascontiguousarray(between)


def _alike(model: OpenHopfield, starts: FloatArray) -> IntArray:
    """A label for every spin, equal where couplings, rate law and starts are.

    Spins i and j couple alike if J_ik = J_jk for all other k; then their rows hold the same numbers, so that only
    spins with equal sorted rows need be compared.
    """
    n, couplings = model.n_spins, model.couplings
    own = np.concatenate([model.spin_classes[:, None], starts.transpose(1, 0, 2).reshape(n, -1)], axis=1)
    keys = np.concatenate([own, np.sort(couplings + np.diag(np.full(n, np.inf)), axis=1)], axis=1)
    _, candidates = np.unique(keys, axis=0, return_inverse=True)
    labels = np.arange(n)
    for candidate in range(int(candidates.max()) + 1):
        waiting = np.flatnonzero(candidates.reshape(-1) == candidate)
        while waiting.size:
            head, rest = waiting[0], waiting[1:]
            equal = couplings[rest] == couplings[head]
            equal[:, head] = True
            equal[np.arange(rest.size), rest] = True
            same: BoolArray = equal.all(axis=1)
            labels[rest[same]] = head
            waiting = rest[~same]
    return labels


def site_starts(model: OpenHopfield, initial: InitialState) -> tuple[FloatArray, bool]:
    """Bloch vectors (R, N, 3), and whether there is a dimension of runs."""
    if isinstance(initial, ProductState):
        return bloch_vectors(initial, model.n_spins)[None], False
    if holds_states(initial):
        return np.stack([bloch_vectors(one, model.n_spins) for one in initial]), True
    spins = spin_array("initial", initial, n_spins=model.n_spins)
    if spins.ndim == 2:
        _require_runs(spins)
        return np.stack([bloch_vectors(one, model.n_spins) for one in spins]), True
    return bloch_vectors(initial, model.n_spins)[None], False


def limit_starts(model: HopfieldLimit, initial: InitialState) -> tuple[FloatArray, bool]:
    """Bloch vectors (R, C, 3) of the classes, and whether there is a dimension of runs."""
    if isinstance(initial, ProductState):
        return bloch_vectors(initial, len(model.columns))[None], False
    if holds_states(initial):
        return np.stack([bloch_vectors(one, len(model.columns)) for one in initial]), True
    overlaps = real_array("initial", initial)
    if overlaps.ndim not in {1, 2} or overlaps.shape[-1] != model.n_patterns:
        raise ArgumentError(
            f"Argument `initial` must hold overlaps with {model.n_patterns} patterns, shape ({model.n_patterns},) or "
            f"(R, {model.n_patterns}), but has shape {overlaps.shape}. Give Bloch vectors of the "
            f"{len(model.columns)} classes as `ProductState(bloch)`."
        )
    _require_runs(np.atleast_2d(overlaps))
    bloch = np.zeros((*np.atleast_2d(overlaps).shape[:1], len(model.columns), 3))
    for run, wanted in enumerate(np.atleast_2d(overlaps)):
        bloch[run, :, 2] = class_means(model, wanted)
    return bloch, overlaps.ndim == 2


def holds_states(initial: object) -> bool:
    """Whether `initial` is a sequence of product states; an error if only some of it is."""
    others = [one for one in initial if not isinstance(one, ProductState)] if isinstance(initial, (list, tuple)) else []
    if not isinstance(initial, (list, tuple)) or len(others) == len(initial):
        return False
    if others:
        raise ArgumentError(
            "Argument `initial` must hold nothing but `ProductState`s if it holds any, one for each run, but also has "
            f"{others[0]!r}. Give that one as `ProductState(bloch)`."
        )
    return True


def _require_runs(runs: FloatArray | SpinArray) -> None:
    """An error for a first dimension, that of the runs, of length zero."""
    if not len(runs):
        raise ArgumentError(f"Argument `initial` must hold at least one run, but has shape {runs.shape}.")


def class_means(model: HopfieldLimit, overlaps: FloatArray) -> FloatArray:
    r"""$m_\xi = \max(-1, \min(1, \xi \cdot \lambda))$, the class means (C,) of least mean square with these overlaps.

    For random patterns one overlap m alone gives $m_\xi = \xi_\mu m$. $\lambda$ by Newton's method on the convex dual
    problem, which is quadratic while the same classes are saturated.
    """
    columns, weights = model.columns, model.weights

    def dual(multipliers: FloatArray) -> float:
        u = np.abs(columns @ multipliers)
        return float(weights @ np.where(u <= 1, u**2 / 2, u - 0.5) - multipliers @ overlaps)

    multipliers = np.zeros(len(overlaps))
    for _ in range(MOST_TURNS):
        u = columns @ multipliers
        means = np.minimum(1.0, np.maximum(-1.0, u))
        missing = overlaps - model.overlaps(means)
        if np.abs(missing).max() < ROUNDING:
            return np.asarray(means)
        free = np.abs(u) <= 1
        curvature = (columns[free].T * weights[free]) @ columns[free]
        step = np.linalg.lstsq(curvature + 1e-13 * np.eye(len(overlaps)), missing, rcond=None)[0]
        here, share = dual(multipliers), 1.0
        while dual(multipliers + share * step) > here and share > 1e-12:
            share /= 2
        multipliers = multipliers + share * step
    raise ArgumentError(
        f"Argument `initial` must hold overlaps that some spins have, but {overlaps.tolist()} are out of reach: the "
        f"closest found miss by {np.abs(missing).max():.2g}. For two random patterns |m_1| + |m_2| <= 1."
    )


def packed(bloch: FloatArray, axes: int) -> FloatArray:
    """States (R, n) of the compiled ensembles from Bloch vectors (R, K, 3): z, y and, with three axes, x of all."""
    order = (2, 1, 0)[:axes]
    return np.ascontiguousarray(np.concatenate([bloch[..., axis] for axis in order], axis=-1))


def unpacked(states: FloatArray, axes: int) -> FloatArray:
    """Bloch vectors (..., K, 3) from states (..., n)."""
    parts = np.split(states, axes, axis=-1)
    x = parts[2] if axes == 3 else np.zeros_like(parts[0])
    return np.stack([x, parts[1], parts[0]], axis=-1)


def network_observables(model: OpenHopfield, bloch: FloatArray, *lead: str) -> Observables:
    """Observables from the Bloch vectors (..., N, 3) of every spin."""
    z = bloch[..., 2]
    return spin_observables(model, bloch, -0.5 * np.sum((z @ model.couplings) * z, axis=-1), *lead)


def limit_observables(model: HopfieldLimit, bloch: FloatArray, *lead: str) -> Observables:
    """Overlaps and the energy of a spin from the Bloch vectors (..., C, 3) of the classes."""
    observables: Observables = {
        name: ((*lead, "pattern"), model.overlaps(bloch[..., axis]))
        for axis, name in enumerate(("overlap_x", "overlap_y", "overlap"))
    }
    observables["energy"] = (lead, -0.5 * observables["overlap"][1] ** 2 @ model.strengths)
    return observables
