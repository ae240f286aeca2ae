r"""All fixed points of the open Hopfield network of many spins, with a statement of whether they are all."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import xarray as xr

from cavity_hopfield._typing import FloatArray, Json
from cavity_hopfield.analysis.class_dynamics import ClassDynamics, require_limit
from cavity_hopfield.analysis.equilibria.box_search import BoxSearch, newton
from cavity_hopfield.analysis.equilibria.self_consistency import SelfConsistency
from cavity_hopfield.analysis.equilibria.stability import stability_at
from cavity_hopfield.analysis.equilibria.symmetry import MOST_SEARCHED, PatternSymmetry, distinct
from cavity_hopfield.dynamics.labels import RATE, analysis_result, labelled
from cavity_hopfield.network import HopfieldLimit

NO_OVERLAP = 1e-9
"""Overlaps smaller than this are none."""
STARTS, SEED = 2000, 0
"""Starts of Newton's method, and their seed, where boxes are too many."""


class FixedPointKind(StrEnum):
    """What a fixed point remembers: nothing, one pattern, several by equal overlaps, or anything else."""

    PARAMAGNET = "paramagnet"
    RETRIEVAL = "retrieval"
    MIXTURE = "mixture"
    SPURIOUS = "spurious"


class Completeness(StrEnum):
    """How sure it is that no fixed point is missing."""

    CERTIFIED = "certified"
    SAMPLED = "sampled bounds"
    DEGREE = "degree"
    OPEN = "open"


MEANINGS = {
    Completeness.CERTIFIED: "proven: bounds exclude any other",
    Completeness.SAMPLED: "bounds from a fine grid of fields exclude any other",
    Completeness.DEGREE: "many starts found no other, and the degrees add to one",
    Completeness.OPEN: "some may be missing: boxes stayed undecided, as near a bifurcation, or the degree is not one",
}
LABELS = {
    "overlap": "overlap with each stored pattern",
    "spin_z": "mean of sigma^z of each class of spins",
    "spin_y": "mean of sigma^y of each class of spins",
    "kind": "what is remembered",
    "n_mixed": "number of patterns with an overlap",
    "multiplicity": "number of fixed points that signs and order of the patterns make of this one",
    "stable": "whether every push decays",
    "eigenvalue_real": "real part of each eigenvalue of the linearised equations",
    "eigenvalue_imag": "imaginary part of each eigenvalue of the linearised equations",
    "index": "number of directions in which the potential of the equation of state falls",
    "residual": "largest component of the velocity",
}
RATES = ("eigenvalue_real", "eigenvalue_imag", "residual")


def fixed_points(limit: HopfieldLimit) -> xr.Dataset:
    r"""All solutions of $m_\mu = \sum_\xi p(\xi)\, \xi_\mu f(h_\xi)$, $f = d s / (s^2 + 8 \Omega^2)$.

    Up to four patterns, boxes of overlaps are bisected until bounds on f and its slope exclude a zero or prove that a
    known one is alone (Krawczyk). With more patterns, Newton's method runs from 2000 starts and from all symmetric
    mixtures. For Glauber's law these are the classical fixed points at the temperature $T (1 + 8 \Omega^2)$, shrunk
    by $1 + 8 \Omega^2$.

    Parameters
    ----------
    limit : HopfieldLimit
        The network, with a smooth rate law.

    Returns
    -------
    xarray.Dataset
        One `fixed_point` for each orbit under the symmetries of the network: `overlap` (fixed_point, pattern),
        `spin_z`, `spin_y` (fixed_point, spin_class), `kind`, `n_mixed`, `multiplicity`, `stable`, `eigenvalue_real`,
        `eigenvalue_imag` (fixed_point, level), `index`, `residual`. The attributes `complete` and `meaning` say how
        sure it is that these are all, `degree` is the sum of $(-1)^\mathrm{index}$ over all, which must be 1,
        `boxes` and `undecided` count the boxes.

    Raises
    ------
    ArgumentError
        If the rate law is not smooth: at zero temperature, or Metropolis.

    Notes
    -----
    Source: P. Rotondo et al., J. Phys. A 51, 115301 (2018), section 3, for Glauber's law.

    Examples
    --------
    >>> from cavity_hopfield import Glauber
    >>> found = fixed_points(HopfieldLimit(3, Glauber(temperature=0.3), drive=0.1))
    >>> [f"{kind} {count}" for kind, count in zip(found["kind"].values, found["multiplicity"].values)]
    ['paramagnet 1', 'retrieval 6', 'mixture 12', 'mixture 8', 'spurious 24']
    >>> found.attrs["complete"]
    'certified'
    """
    dynamics = ClassDynamics(require_limit(limit))
    found = _search(SelfConsistency(dynamics))
    points = sorted((_described(dynamics, found, image) for image in found.orbits), key=_order)
    values = {name: np.array([point[name] for point in points]) for name in LABELS}
    dims = {
        "overlap": ("fixed_point", "pattern"),
        **dict.fromkeys(("spin_z", "spin_y"), ("fixed_point", "spin_class")),
        **dict.fromkeys(("eigenvalue_real", "eigenvalue_imag"), ("fixed_point", "level")),
    }
    data = {
        name: labelled(dims.get(name, ("fixed_point",)), values[name], text, RATE if name in RATES else "1")
        for name, text in LABELS.items()
    }
    coordinates = {} if limit.patterns is None else {"pattern": list(limit.patterns.names)}
    options = {"starts": 0 if found.by_boxes else STARTS, "seed": SEED}
    return analysis_result(
        "fixed_points", data, coordinates, options, model=limit, details=_completeness(found, values)
    )


@dataclass(frozen=True, eq=False)
class _Found:
    """One zero of each orbit, the symmetries, and how the search ended."""

    equation: SelfConsistency
    orbits: list[FloatArray]
    symmetry: PatternSymmetry
    boxes: int
    undecided: int
    by_boxes: bool

    def completeness(self, degree: int) -> Completeness:
        if self.undecided or degree != 1:
            return Completeness.OPEN
        if not self.by_boxes:
            return Completeness.DEGREE
        return Completeness.CERTIFIED if self.equation.certified else Completeness.SAMPLED


def _search(equation: SelfConsistency) -> _Found:
    """Boxes up to four patterns, many starts beyond."""
    limit = equation.dynamics.limit
    symmetry = PatternSymmetry.of(limit)
    by_boxes = limit.n_patterns <= MOST_SEARCHED
    boxes = undecided = 0
    if by_boxes:
        search = BoxSearch(equation, symmetry)
        search.run()
        zeros, boxes = search.zeros, search.looked_at
        undecided = search.undecided + sum(not proven for proven in search.proven)
    else:
        zeros = _from_many_starts(equation)
    orbits = distinct([symmetry.representative(zero) for zero in zeros])
    return _Found(equation, orbits, symmetry, boxes, undecided, by_boxes)


def _from_many_starts(equation: SelfConsistency) -> list[FloatArray]:
    n = equation.dynamics.limit.n_patterns
    stream = np.random.default_rng(SEED)
    # overlaps of a mixture of k patterns are about 1 / sqrt(k); the rest of the starts is spread over directions
    mixtures = [np.where(np.arange(n) < k, 1 / np.sqrt(k), 0.0) for k in range(n + 1) if k]
    directions = stream.normal(size=(STARTS, n)) * (stream.random((STARTS, n)) < stream.random((STARTS, 1)))
    sizes = np.maximum(np.linalg.norm(directions, axis=1, keepdims=True), 1e-12)
    starts = [np.zeros(n), *mixtures, *(directions / sizes * stream.random((STARTS, 1)))]
    return [zero for start in starts if (zero := newton(equation, start)) is not None]


def _described(dynamics: ClassDynamics, found: _Found, overlaps: FloatArray) -> Json:
    """What is reported of one fixed point."""
    y, z = dynamics.at_rest(overlaps)
    linear = stability_at(dynamics, overlaps)
    curvature = np.linalg.eigvals(found.equation.gradient(overlaps)).real
    return {
        "overlap": overlaps,
        "spin_z": z,
        "spin_y": y,
        "kind": str(kind_of(dynamics.limit, overlaps)),
        "n_mixed": int((np.abs(overlaps) > NO_OVERLAP).sum()),
        "multiplicity": found.symmetry.multiplicity(overlaps),
        "stable": linear.stable,
        "eigenvalue_real": linear.eigenvalues.real,
        "eigenvalue_imag": linear.eigenvalues.imag,
        "index": int((curvature < 0).sum()),
        "residual": linear.residual,
    }


def kind_of(limit: HopfieldLimit, overlaps: FloatArray) -> FixedPointKind:
    """Paramagnet without overlaps; retrieval of one pattern; a mixture of several equally; anything else spurious.

    Among correlated patterns retrieval is where the fields have the signs of one pattern everywhere.
    """
    sizes = np.abs(overlaps[np.abs(overlaps) > NO_OVERLAP])
    if sizes.size == 0:
        return FixedPointKind.PARAMAGNET
    correlation = (limit.columns * limit.weights[:, None]).T @ limit.columns
    correlated = np.abs(correlation - np.eye(limit.n_patterns)).max() > 1e-12
    signs = np.sign(limit.fields(overlaps))
    alike = bool((np.abs(signs @ limit.columns) == len(signs)).any())
    if sizes.size == 1 or (correlated and alike):
        return FixedPointKind.RETRIEVAL
    return FixedPointKind.MIXTURE if np.ptp(sizes) < 1e-7 else FixedPointKind.SPURIOUS


def _order(point: Json) -> tuple[int, int, float]:
    return list(FixedPointKind).index(FixedPointKind(point["kind"])), point["n_mixed"], -float(point["overlap"].max())


def _completeness(found: _Found, values: dict[str, FloatArray]) -> Json:
    degree = int(np.sum(values["multiplicity"] * (-1) ** values["index"]))
    complete = found.completeness(degree)
    return {
        "complete": str(complete),
        "meaning": MEANINGS[complete],
        "degree": degree,
        "boxes": found.boxes,
        "undecided": found.undecided,
    }
