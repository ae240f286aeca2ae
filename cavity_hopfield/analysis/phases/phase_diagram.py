r"""Phase diagrams from ensembles of runs: the thermal network over temperature and drive, and the cavity's own."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from cavity_hopfield._checks import increasing_grid, whole_number
from cavity_hopfield._typing import ArrayLike, FloatArray, IntArray, Json
from cavity_hopfield.analysis.families import gathered
from cavity_hopfield.analysis.phases.classification import Phase
from cavity_hopfield.analysis.phases.fates import CRITERIA, DEFAULT_END, FATES, Fate, Fates, follow, relaxation_rate
from cavity_hopfield.analysis.phases.starts import starts_for
from cavity_hopfield.dynamics import Progress
from cavity_hopfield.dynamics.labels import RATE, analysis_result, labelled
from cavity_hopfield.elimination import CavityRates
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.hopfield import Patterns
from cavity_hopfield.model import Glauber, MultimodeDicke, require_dicke
from cavity_hopfield.network import HopfieldLimit
from cavity_hopfield.network.local_response import LocalResponse

PHASES = tuple(Phase)
"""The phases by their codes."""
TEMPERATURES, DRIVES = np.linspace(0.05, 1.0, 96), np.linspace(0.0, 1.0, 101)
TEXTS = {
    "share": "share of the starts that end so, at each place of the diagram",
    "phase": "what the settled starts reach",
    "amplitude": "largest overlap on a limit cycle",
    "oscillating": "largest number of overlaps that oscillate",
    "outcome": "where each start ends",
}


def phase_diagram(
    P: int | Patterns = 1,
    *,
    temperature: ArrayLike = TEMPERATURES,
    drive: ArrayLike = DRIVES,
    rate: float = 1.0,
    starts: int | ArrayLike = 8,
    seed: int = 0,
    end: float = DEFAULT_END,
    threads: int = 1,
    progress: Progress | None = None,
) -> xr.Dataset:
    r"""Where $\dot m^z = 2\Omega m^y + \langle \xi \tanh(\xi \cdot m^z / T) \rangle - m^z$, $\dot m^y = -2\Omega m^z -
    \frac12 m^y$ (at rate one) ends, over T and $\Omega$, from an ensemble of initial conditions.

    Parameters
    ----------
    P : int or Patterns
        Number of random patterns, or given ones.
    temperature : (A,) array
        Temperatures of Glauber's law, positive and increasing.
    drive : (B,) array
        Transverse fields, not negative and increasing.
    rate : float
        $\gamma$ of Glauber's law; time scales as its inverse.
    starts : int or array
        Number of starts of each network, which take turns: near a retrieval point, near the origin, on a pattern,
        anywhere. Or overlaps (S, P), states (S, 2, C) or Bloch vectors of each class (S, C, 3).
    seed : int
        Seed of the starts.
    end : float
        How long a run is followed before it counts as unsettled, in units of $1/\gamma$.
    threads : int
        Number of threads; the answer does not depend on it.
    progress : callable, optional
        Told the fraction of the runs that have settled.

    Returns
    -------
    xarray.Dataset
        `share` (temperature, drive, fate) of the starts that end at the paramagnet, at a retrieval point, at a mixture
        of patterns, on a limit cycle, or `unsettled`; `phase` (temperature, drive), the place in `Phase` of what the
        settled starts reach, with the names in its attribute `flag_meanings`; `amplitude`, the largest overlap on a
        limit cycle (NaN where there is none);
        `oscillating`, the largest number of overlaps that oscillate; `outcome` (temperature, drive, start).

    Raises
    ------
    ArgumentError
        If a grid does not increase, a temperature is not positive, or a drive is negative.

    Notes
    -----
    How a cycle is told from a slow spiral: see `follow`. Source: P. Rotondo et al., J. Phys. A 51, 115301 (2018),
    Fig. 2. An ensemble finds an attractor only if a start lies in its basin; near the saddle-node of limit cycles and
    the Hopf line of the retrieval points one of two basins shrinks to nothing. `bifurcations` has the exact lines.

    Examples
    --------
    >>> diagram = phase_diagram(P=1, temperature=[0.15, 0.9], drive=[0.1, 0.58, 0.8], seed=1)
    >>> for row in diagram["phase"].values:
    ...     print(", ".join(list(Phase)[code] for code in row))
    retrieval, fixed points and limit cycle, limit cycle
    retrieval, paramagnet, paramagnet
    """
    temperatures = increasing_grid("temperature", temperature, above=0.0)
    fields = increasing_grid("drive", drive, minimum=0.0)
    memory = P if isinstance(P, Patterns) else whole_number("P", P, minimum=1)
    limit = HopfieldLimit(memory, Glauber(float(temperatures[0]), rate))
    shape = (temperatures.size, fields.size)
    runs = [grid.ravel() for grid in np.meshgrid(temperatures, fields, indexing="ij")]
    found, kinds = _ensemble(limit, starts, seed, end, runs[1], runs[0], threads, progress)
    coordinates = {
        "temperature": labelled("temperature", temperatures, "temperature", "unit of the fields"),
        "drive": labelled("drive", fields, "transverse field", RATE),
    }
    options = {
        "P": memory.to_dict() if isinstance(memory, Patterns) else memory,
        "rate": limit.rate_law.to_dict()["rate"],
        **_options(starts, seed, end),
    }
    return analysis_result("phase_diagram", *_diagram(shape, found, kinds, coordinates), options)


def cavity_phase_diagram(
    dicke: MultimodeDicke,
    *,
    coupling: ArrayLike,
    drive: ArrayLike = DRIVES,
    starts: int | ArrayLike = 8,
    seed: int = 0,
    end: float = DEFAULT_END,
    threads: int = 1,
    progress: Progress | None = None,
) -> xr.Dataset:
    r"""The same with the cavity's own rates: what $\dot m^z_\xi = 2\Omega m^y_\xi + d(h_\xi) - s(h_\xi) m^z_\xi$,
    $\dot m^y_\xi = -2\Omega m^z_\xi - \frac12 s(h_\xi) m^y_\xi$ end in, over the scale of the couplings and $\Omega$.

    Parameters
    ----------
    dicke : MultimodeDicke
        The platform, one mode for each pattern (see `HopfieldLimit.from_dicke`). Its drive makes the rates.
    coupling : (A,) array
        By what every coupling g of `dicke` is multiplied, positive and increasing. Each makes a network of its own.
    drive : (B,) array
        The independent transverse field $\Omega$, in units of the platform's own relaxation rate $\gamma = 2 W(0)$,
        as $\gamma = 1$ is the unit in the thermal diagram. In units of omega it is the coordinate `drive_in_omega`.
    starts, seed
        As for `phase_diagram`.
    end : float
        In units of $1/\gamma$.
    threads, progress
        As for `phase_diagram`.

    Returns
    -------
    xarray.Dataset
        As of `phase_diagram`, over (coupling, drive), with the coordinates `temperature` (coupling), what the
        temperature of small flip energies is over the largest strength, $T_0 / k$, so that the paramagnet loses its
        stability where the thermal one does; `strength`, the largest k; `relaxation_rate`, $\gamma$; `ratio`,
        $r = \gamma / \Gamma_\varphi$, which must be small for rates to hold.

    Raises
    ------
    ArgumentError
        If a grid does not increase, a coupling is not positive, the platform has no patterns or no drive, or its rates
        vary so much over the fields that occur that no series follows them.

    Warns
    -----
    RegimeWarning
        If the rates of single flips are in doubt at some coupling (see `HopfieldLimit.from_dicke`); once.

    Notes
    -----
    Source of the realisation: E. Fiorelli et al., Phys. Rev. Lett. 125, 070604 (2020). The independent drive is an
    assumption about the apparatus.
    """
    scales = increasing_grid("coupling", coupling, above=0.0)
    fields = increasing_grid("drive", drive, minimum=0.0)
    require_dicke("dicke", dicke)
    limits = gathered(lambda scale: HopfieldLimit.from_dicke(_scaled(dicke, scale)), scales, "`coupling`")
    for limit in limits:
        LocalResponse.of(limit).require_smooth()
    coordinates = _platform_coordinates(limits, scales, fields)
    parts = []
    for k, (limit, unit) in enumerate(zip(limits, coordinates["relaxation_rate"].values, strict=True)):
        told = None if progress is None else lambda done, k=k: progress((k + done) / len(limits))
        found, kinds = _ensemble(limit, starts, seed, end, fields * unit, None, threads, told)
        parts.append(found)
    diagram = _diagram((scales.size, fields.size), _joined(parts), kinds, coordinates)
    return analysis_result("cavity_phase_diagram", *diagram, _options(starts, seed, end), model=dicke)


def phases_of(shares: FloatArray) -> IntArray:
    """Places in `Phase` from shares (..., 5) of the fates."""
    zero, retrieval, mixture, cycle, _ = np.moveaxis(np.asarray(shares) > 0, -1, 0)
    overlap = retrieval | mixture
    conditions = [(zero | overlap) & cycle, cycle, zero & overlap, zero, retrieval, mixture]
    found = [Phase.COEXISTENCE, Phase.LIMIT_CYCLE, Phase.BISTABLE, Phase.PARAMAGNET, Phase.RETRIEVAL, Phase.MIXTURE]
    return np.select(conditions, [PHASES.index(phase) for phase in found], PHASES.index(Phase.UNDETERMINED))


def _scaled(dicke: MultimodeDicke, scale: float) -> MultimodeDicke:
    """`dicke` with all couplings `scale` times as large."""
    return MultimodeDicke(dicke.g * scale, dicke.omega, dicke.loss, dicke.gain, dicke.drive, dicke.patterns)


def _ensemble(
    limit: HopfieldLimit,
    starts: int | ArrayLike,
    seed: int,
    end: float,
    drives: FloatArray,
    temperatures: FloatArray | None,
    threads: int,
    progress: Progress | None,
) -> tuple[Fates, list[str]]:
    """The fates (R S) of all starts of R networks, and the kinds of the starts."""
    whole_number("seed", seed, minimum=0)
    states, kinds = starts_for(limit, starts, seed, drives, temperatures)
    found = follow(
        limit,
        states.reshape(-1, *states.shape[2:]),
        end=end,
        drives=np.repeat(drives, len(kinds)),
        temperatures=None if temperatures is None else np.repeat(temperatures, len(kinds)),
        threads=threads,
        progress=progress,
    )
    return found, kinds


def _joined(parts: list[Fates]) -> Fates:
    names = ("fate", "recalled", "amplitude", "loud", "end", "time")
    return Fates(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def _diagram(
    shape: tuple[int, int], found: Fates, kinds: list[str], coordinates: dict[str, xr.Variable]
) -> tuple[dict[str, xr.Variable], Json]:
    """Variables and coordinates: shares, phases and amplitudes over the two axes that the coordinates begin with."""
    axes = tuple(list(coordinates)[:2])
    outcome = found.fate.reshape(*shape, len(kinds))
    shares = np.stack([(outcome == fate).mean(axis=-1) for fate in Fate], axis=-1)
    size = np.where(found.fate == Fate.LIMIT_CYCLE, found.amplitude.max(axis=1), -np.inf)
    largest = size.reshape(outcome.shape).max(axis=-1)
    data = {
        "share": ((*axes, "fate"), shares, {}),
        "phase": (axes, phases_of(shares).astype(np.int8), _flags(PHASES)),
        "amplitude": (axes, np.where(np.isfinite(largest), largest, np.nan), {}),
        "oscillating": (axes, found.oscillates.sum(axis=1).reshape(outcome.shape).max(axis=-1), {}),
        "outcome": ((*axes, "start"), outcome.astype(np.int8), _flags(FATES)),
    }
    variables = {name: labelled(dims, values, TEXTS[name], **more) for name, (dims, values, more) in data.items()}
    return variables, {**coordinates, "fate": list(FATES), "start_kind": ("start", kinds)}


def _flags(names: Sequence[str]) -> Json:
    """What codes mean, as climate and forecast files say it."""
    meanings = " ".join(str(name).replace(" ", "_") for name in names)
    return {"flag_values": np.arange(len(names), dtype=np.int8), "flag_meanings": meanings}


def _options(starts: int | ArrayLike, seed: int, end: float) -> Json:
    """What the ensemble was asked for, and what its ends were told by."""
    return {"starts": np.asarray(starts).tolist(), "seed": int(seed), "end": float(end), **CRITERIA}


def _platform_coordinates(
    limits: list[HopfieldLimit], scales: FloatArray, fields: FloatArray
) -> dict[str, xr.Variable]:
    """What is known of the platform at every scale of its couplings."""
    rates = np.array([relaxation_rate(limit) for limit in limits])
    strengths = np.array([limit.strengths.max() for limit in limits])
    slopes = np.array([np.sum(limit.weights * _slope(limit, _own_rates(limit))) for limit in limits])
    ratios = rates / [_own_rates(limit).dephasing_rates().min() for limit in limits]
    across = {
        "temperature": (rates / slopes / strengths, "temperature of small flip energies over the strength", "1"),
        "strength": (strengths, "largest field per unit of overlap", "unit of omega"),
        "relaxation_rate": (rates, "rate at which a spin without field relaxes", "unit of omega"),
        "ratio": (ratios, "relaxation over dephasing", "1"),
    }
    return {
        "coupling": labelled("coupling", scales, "scale of the couplings"),
        "drive": labelled("drive", fields, "transverse field", "relaxation rate"),
        **{name: labelled("coupling", *described) for name, described in across.items()},
        "drive_in_omega": labelled(("coupling", "drive"), rates[:, None] * fields, "transverse field", "unit of omega"),
    }


def _slope(limit: HopfieldLimit, law: CavityRates) -> FloatArray:
    """$d'(0)$ of every class, from the fields within its dephasing rate alone."""
    near = min(1.0, float(law.dephasing_rates().max() / limit.strengths.sum()))
    local = HopfieldLimit(limit.patterns or limit.n_patterns, law, strengths=near * limit.strengths)
    return LocalResponse.of(local).differences(np.zeros(len(limit.columns)), 1)


def _own_rates(limit: HopfieldLimit) -> CavityRates:
    if not isinstance(limit.rate_law, CavityRates):
        raise ArgumentError(f"Argument `dicke` must have rates of its own, but has {type(limit.rate_law).__name__}.")
    return limit.rate_law
