"""One pattern: the lines in the plane of a parameter and the drive on which what the network does changes."""

from collections.abc import Callable, Sequence

import numpy as np
import xarray as xr
from scipy.optimize import brentq

from cavity_hopfield._checks import increasing_grid, whole_number
from cavity_hopfield._typing import ArrayLike, FloatArray
from cavity_hopfield.analysis.bifurcations.connections import Connections
from cavity_hopfield.analysis.bifurcations.mixtures import stability_boundaries
from cavity_hopfield.analysis.bifurcations.planar import PlanarNetwork
from cavity_hopfield.analysis.families import Family, checked_name, gathered, quiet, require_family
from cavity_hopfield.dynamics.labels import RATE, Dims, analysis_result, labelled
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.model import Glauber, RateLaw
from cavity_hopfield.network import HopfieldLimit

LINES = {
    "pitchfork": ("drive at which the retrieval points leave zero", RATE),
    "retrieval_hopf": ("drive at which the outer retrieval points lose their stability to a rotation", RATE),
    "retrieval_hopf_overlap": ("overlap at that point", "1"),
    "retrieval_hopf_count": ("number of such drives", "1"),
    "retrieval_lyapunov": ("first Lyapunov coefficient there; positive if the cycles born are unstable", "1"),
    "fold": ("drive at which the outer retrieval points meet another pair", RATE),
    "fold_overlap": ("overlap at that point", "1"),
    "gluing": ("drive at which cycles around one point each become one around all, at the saddle zero", RATE),
    "cycle_saddle_node": ("drive at which a stable and an unstable cycle meet", RATE),
    "cycle_saddle_node_start": ("mean of sigma^y of their common cycle where the overlap vanishes", "1"),
}
UNITS = {"temperature": "unit of the fields", "coupling": "1", "g": "unit of omega"}
HOPF_LINE = {
    "hopf_of_zero": (
        "parameter at which zero loses its stability to a rotation, above the drive takens_bogdanov",
        "that of the parameter",
    ),
    "takens_bogdanov": ("drive at which this line meets the pitchfork", RATE),
    "zero_hopf_drive": ("drives on this line", RATE),
    "zero_lyapunov": ("first Lyapunov coefficient there", "1"),
}
TAKEN = (*LINES, *HOPF_LINE, "point", "along")
ALONG = np.array([1.01, 1.1, 1.25, 1.5, 2.0, 3.0])
"""Drives on the Hopf line of zero, in units of the one at its end, at which the Lyapunov coefficient is given."""


def bifurcations(P: int = 1, *, temperature: ArrayLike, rate_law: Callable[[float], RateLaw] = Glauber) -> xr.Dataset:
    r"""$\Omega_P = [(1 - T)/8T]^{1/2}$ and the other lines in the plane of temperature and drive, for one pattern.

    For Glauber's law 0 turns unstable at $T = 2/3$ above $\Omega = 1/4$ (Hopf), and the retrieval points at
    $\Omega_H = [(u / (T\, \mathrm{artanh}\, u) - 1)/8]^{1/2}$, $u = (1 - 3T/2)^{1/2}$ (Hopf, subcritical). No closed
    form is used: the same routines serve every smooth rate law (see `bifurcations_of`).

    Parameters
    ----------
    P : int
        Number of patterns. With two to four, the `stability_boundaries` of the fixed points.
    temperature : (T,) array or number
        Temperatures, increasing; for Glauber's law positive.
    rate_law : callable
        A rate law for each temperature, such as the class `Glauber`; only that for two patterns or more.

    Returns
    -------
    xarray.Dataset
        See `bifurcations_of`, with the dimension `temperature`.

    Raises
    ------
    ArgumentError
        If temperatures do not increase, or a law is not smooth.

    Notes
    -----
    Source: P. Rotondo et al., J. Phys. A 51, 115301 (2018), section 4, where the phases are found by integration.

    Examples
    --------
    >>> lines = bifurcations(temperature=[0.15, 0.5])
    >>> lines["gluing"].values.round(4), lines["cycle_saddle_node"].values.round(4)
    (array([0.5814, 0.3125]), array([0.5593, 0.3103]))
    """
    require_family("rate_law", rate_law)
    if whole_number("P", P, minimum=1) > 1:
        if rate_law is not Glauber:
            raise ArgumentError(
                f"Argument `rate_law` must be `Glauber` for {P} patterns, but is {rate_law!r}. Take `fixed_points` at "
                "each temperature and drive."
            )
        return stability_boundaries(P, temperature)
    grid = increasing_grid("temperature", temperature, **({"above": 0.0} if rate_law is Glauber else {}))

    def family(value: float) -> HopfieldLimit:
        return HopfieldLimit(1, rate_law(value))

    return _all_lines("bifurcations", family, [family(float(value)) for value in grid], grid, "temperature")


def bifurcations_of(family: Family, parameter: ArrayLike, name: str = "temperature") -> xr.Dataset:
    r"""The lines in the plane of a parameter and the drive $\Omega$ for a family of networks with one pattern.

    In one plane $(m^y, m^z)$ with $h = k m^z$: 0 is a pitchfork at $8 \Omega^2 = s (k d' - s)$ and a Hopf point where
    $k d' = \frac32 s$; other fixed points, at $8 \Omega^2 = s (d / m^z - s)$, are Hopf points where
    $k d' = \frac32 s + k s' m^z$. Where the unstable manifold of 0 comes back to it cycles are glued; where the map of
    half a turn touches the diagonal two cycles meet.

    Parameters
    ----------
    family : callable
        The network at each value of the parameter. Its drive does not matter.
    parameter : (n,) array or number
        Values, increasing.
    name : str
        Name of the parameter and of the dimension: "temperature", or "g" for a cavity.

    Returns
    -------
    xarray.Dataset
        Along `name`, NaN where a line does not exist: `pitchfork`, `retrieval_hopf`, `retrieval_hopf_overlap`,
        `retrieval_hopf_count`, `retrieval_lyapunov`, `fold`, `fold_overlap`, `gluing`, `cycle_saddle_node`,
        `cycle_saddle_node_start`. Along `point`, one for each sign change of the trace at zero: `hopf_of_zero`, the
        parameter of this line of constant parameter; `takens_bogdanov`, the drive above which it is one; and
        `zero_lyapunov` (point, along) at the drives `zero_hopf_drive`. Lyapunov coefficients are those of
        `first_lyapunov`. Cycles are looked for below the gluing alone. The attribute `response_error` is the largest
        error of an interpolated rate law, in units of s at zero field.

    Raises
    ------
    ArgumentError
        If the parameter does not increase, its name is that of a line, a network has more than one pattern, or a law is
        not smooth.

    Warns
    -----
    RegimeWarning
        If networks of the family are in doubt, as those of cavities may be (see `HopfieldLimit.from_dicke`); once.

    Examples
    --------
    >>> import warnings
    >>> from cavity_hopfield import MultimodeDicke, Patterns, RegimeWarning
    >>> def cavity(g):
    ...     dicke = MultimodeDicke.from_patterns(Patterns([[1] * 40]), g=g, omega=1.0, loss=1.0, drive=0.01)
    ...     return HopfieldLimit.from_dicke(dicke)
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore", RegimeWarning)  # a spread of the couplings is assumed
    ...     lines = bifurcations_of(cavity, [0.1, 0.12], "g")
    >>> bool((lines["pitchfork"] > lines["retrieval_hopf"]).all())
    True
    """
    require_family("family", family)
    checked_name(name, TAKEN)
    grid = increasing_grid("parameter", parameter)
    limits = gathered(family, grid, f"`{name}`")
    return _all_lines("bifurcations_of", quiet(family), limits, grid, name)


def _all_lines(
    analysis: str, family: Family, limits: Sequence[HopfieldLimit], grid: FloatArray, name: str
) -> xr.Dataset:
    """The dataset of all lines; `family` for values between those of the grid."""
    networks = [PlanarNetwork.of(limit) for limit in limits]
    rows = [_lines_of(network) for network in networks]
    data = {key: labelled(name, [row[key] for row in rows], *described) for key, described in LINES.items()}
    points = _hopf_of_zero(family, grid, networks)
    options = {"parameter": name, "family": [network.limit.to_dict() for network in networks]}
    error = max(float(network.response.errors[0]) for network in networks)
    coordinates = {name: labelled(name, grid, name, UNITS.get(name, ""))}
    return analysis_result(analysis, {**data, **points}, coordinates, options, details={"response_error": error})


def _lines_of(network: PlanarNetwork) -> dict[str, float]:
    """All lines at one value of the parameter."""
    hopf, folds = network.retrieval_hopf(), network.folds()
    row = dict.fromkeys(LINES, np.nan)
    row["pitchfork"] = network.pitchfork()
    row["retrieval_hopf_count"] = len(hopf)
    if hopf.size:
        drive = network.drive_at(hopf[0])
        row["retrieval_hopf"], row["retrieval_hopf_overlap"] = drive, float(hopf[0])
        row["retrieval_lyapunov"] = network.lyapunov_at(hopf[0], drive)
    if folds.size:
        row["fold"], row["fold_overlap"] = network.drive_at(folds[0]), float(folds[0])
    connections = Connections(network)
    row["gluing"] = connections.gluing()
    row["cycle_saddle_node"], row["cycle_saddle_node_start"] = connections.saddle_node(row["gluing"])
    return row


def _hopf_of_zero(family: Family, grid: FloatArray, networks: Sequence[PlanarNetwork]) -> dict[str, xr.Variable]:
    """Where the trace at zero changes its sign, between the values of the grid."""

    def trace(value: float) -> float:
        return _trace_at_zero(PlanarNetwork.of(family(value)))

    traces = np.array([_trace_at_zero(network) for network in networks])
    places = np.flatnonzero(traces[:-1] * traces[1:] < 0)
    values = [float(brentq(trace, grid[k], grid[k + 1], xtol=1e-14, rtol=1e-13)) for k in places]
    values += [float(value) for value in grid[traces == 0]]
    there = [PlanarNetwork.of(family(value)) for value in values]
    ends = np.array([network.scale / 4 for network in there])
    drives = ends[:, None] * ALONG
    lyapunov = np.array(
        [[network.lyapunov_at(0.0, float(drive)) for drive in row] for network, row in zip(there, drives, strict=True)]
    )
    along = ("point", "along")
    found: dict[str, tuple[Dims, FloatArray]] = {
        "hopf_of_zero": ("point", np.array(values)),
        "takens_bogdanov": ("point", ends),
        "zero_hopf_drive": (along, drives),
        "zero_lyapunov": (along, lyapunov.reshape(drives.shape)),
    }
    return {key: labelled(*placed, *HOPF_LINE[key]) for key, placed in found.items()}


def _trace_at_zero(network: PlanarNetwork) -> float:
    return float(network.trace(np.zeros(1))[0])
