r"""Basins of attraction: which attractor is reached from every point of a plane of initial conditions."""

import numpy as np
import xarray as xr

from cavity_hopfield._checks import increasing_grid
from cavity_hopfield._typing import ArrayLike, BoolArray, FloatArray, IntArray, Json
from cavity_hopfield.analysis.class_dynamics import require_limit
from cavity_hopfield.analysis.phases.fates import CRITERIA, DEFAULT_END, LONGEST_BLOCH, Fate, Fates, follow
from cavity_hopfield.dynamics import Progress
from cavity_hopfield.dynamics.labels import analysis_result, labelled
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.network import HopfieldLimit

NO_STATE = -1
"""The code of points outside the states: spins would be longer than one."""
GRID = np.linspace(-1.0, 1.0, 80)
"""Without zero, a fixed point, stable or not."""


def basins(
    limit: HopfieldLimit,
    *,
    first: ArrayLike = GRID,
    second: ArrayLike = GRID,
    end: float = DEFAULT_END,
    threads: int = 1,
    progress: Progress | None = None,
) -> xr.Dataset:
    r"""What is reached from $(m^z, m^y)$ of one pattern, or from overlaps $(m_1, m_2)$ along z of several.

    Parameters
    ----------
    limit : HopfieldLimit
        The network.
    first : (A,) array
        $m^z$; or $m^z_1$ with two patterns or more.
    second : (B,) array
        $m^y$; or $m^z_2$, the spins of column $\xi$ being at $\xi_1 m_1 + \xi_2 m_2$.
    end : float
        How long a run is followed, in relaxation times (see `follow`).
    threads : int
        Number of threads.
    progress : callable, optional
        Told the fraction of the runs that have settled.

    Returns
    -------
    xarray.Dataset
        `attractor` (first, second), a code: -1 where the point is no state, for a spin would be longer than one.
        `name` and `share` (of the points that are states), `amplitude` (largest overlap reached at the end, the mean
        over the basin) for each `attractor_code`; `boundary` (first, second), whether a neighbour along an axis ends
        elsewhere. A pattern and its negative are two attractors, a limit cycle is one whatever its phase. A point
        exactly on a boundary, such as zero, may stay at the unstable state it leads to.

    Raises
    ------
    ArgumentError
        If the axes are no grids, or no point of the plane is a state.

    Examples
    --------
    >>> from cavity_hopfield import Glauber
    >>> plane = basins(HopfieldLimit(1, Glauber(0.15), drive=0.58), first=[0.01, 0.9], second=[0.0])
    >>> [str(plane["name"].sel(attractor_code=code).values) for code in plane["attractor"].values[:, 0]]
    ['retrieval of 1', 'limit_cycle']
    """
    require_limit(limit)
    axes = [increasing_grid("first", first), increasing_grid("second", second)]
    states = _states(limit, *np.meshgrid(*axes, indexing="ij"))
    inside = np.linalg.norm(states, axis=-1).max(axis=-1) <= LONGEST_BLOCH
    if not inside.any():
        raise ArgumentError("Arguments `first` and `second` must hold some state, but every spin is longer than one.")
    found = follow(limit, states[inside], end=end, threads=threads, progress=progress)
    return analysis_result("basins", *_plane(limit, axes, inside, found), {"end": float(end), **CRITERIA}, model=limit)


def _states(limit: HopfieldLimit, first: FloatArray, second: FloatArray) -> FloatArray:
    """Bloch vectors (A, B, C, 3) of every class at each point of the plane."""
    states = np.zeros((*first.shape, len(limit.columns), 3))
    if limit.n_patterns == 1:
        states[..., 1], states[..., 2] = second[..., None], first[..., None]
    else:
        overlaps = np.zeros((*first.shape, limit.n_patterns))
        overlaps[..., 0], overlaps[..., 1] = first, second
        states[..., 2] = limit.means(overlaps)
    return states


def _plane(
    limit: HopfieldLimit, axes: list[FloatArray], inside: BoolArray, found: Fates
) -> tuple[dict[str, xr.Variable], Json]:
    """Variables and coordinates of a plane."""
    names, codes = _attractors(limit, found)
    plane = np.full(inside.shape, NO_STATE)
    plane[inside] = codes
    sizes = found.amplitude.max(axis=1)
    labels = ("overlap m^z", "m^y") if limit.n_patterns == 1 else ("overlap m_1", "overlap m_2")
    places = range(len(names))
    axes_of_plane, each = ("first", "second"), "attractor_code"
    shares = [np.mean(codes == k) for k in places]
    largest = [sizes[codes == k].mean() for k in places]
    data = {
        "attractor": labelled(axes_of_plane, plane, "attractor reached", outside=NO_STATE),
        "boundary": labelled(axes_of_plane, _edges(plane), "a neighbour ends elsewhere"),
        "name": labelled(each, names, "name of the attractor"),
        "share": labelled(each, shares, "share of the states of the plane that end so"),
        "amplitude": labelled(each, largest, "largest overlap at the end"),
    }
    coordinates = {
        name: labelled(name, axis, label) for name, axis, label in zip(axes_of_plane, axes, labels, strict=True)
    }
    return data, {**coordinates, each: list(places)}


def _attractors(limit: HopfieldLimit, found: Fates) -> tuple[list[str], IntArray]:
    """Names of the attractors that are reached, and which of them each run reaches."""
    patterns = [str(k + 1) for k in range(limit.n_patterns)] if limit.patterns is None else limit.patterns.names
    keys = found.fate * (2 * len(patterns) + 1) + found.recalled
    _, first, codes = np.unique(keys, return_index=True, return_inverse=True)
    names = [_name(Fate(int(found.fate[k])), int(found.recalled[k]), patterns) for k in first]
    return names, codes.reshape(len(keys))


def _name(fate: Fate, recalled: int, patterns: list[str] | tuple[str, ...]) -> str:
    if fate is not Fate.RETRIEVAL:
        return fate.name.lower()
    return f"retrieval of {'-' if recalled < 0 else ''}{patterns[abs(recalled) - 1]}"


def _edges(plane: IntArray) -> BoolArray:
    """Where a state has a neighbour, along an axis, that is a state and ends elsewhere."""
    edges = np.zeros(plane.shape, np.bool_)
    for axis in (0, 1):
        one, other = (np.take(plane, np.arange(k, plane.shape[axis] - 1 + k), axis) for k in (0, 1))
        differs = (one != other) & (one != NO_STATE) & (other != NO_STATE)
        for k in (0, 1):
            places = np.arange(k, plane.shape[axis] - 1 + k)
            edges[(places, slice(None)) if axis == 0 else (slice(None), places)] |= differs
    return edges
