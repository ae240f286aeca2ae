"""How a design stands the imperfections of an apparatus: couplings, positions and detunings off their values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import xarray as xr

from cavity_hopfield._checks import ReadOnlyArrays, real_number, require_progress, whole_number
from cavity_hopfield._typing import FloatArray, Json
from cavity_hopfield.analysis.intervals import clopper_pearson
from cavity_hopfield.design.constraints import Constraint, all_constraints
from cavity_hopfield.design.targets import Target, target_of
from cavity_hopfield.design.trial import Laws, Trial
from cavity_hopfield.dynamics import Progress
from cavity_hopfield.dynamics.labels import analysis_result, labelled
from cavity_hopfield.exceptions import ArgumentError, CavityHopfieldError
from cavity_hopfield.hopfield import Patterns
from cavity_hopfield.model import MultimodeDicke
from cavity_hopfield.platforms import Platform, Step, changed, knobs
from cavity_hopfield.platforms.operating_point import every_spin
from cavity_hopfield.platforms.quantities import si_number

TOLD = {
    "balance_temperature": ("temperature of detailed balance over the energy scale of the memory", "1"),
    "glauber_temperature": ("temperature of the closest Glauber law over the energy scale of the memory", "1"),
    "distance": ("distance of the rates from the closest Glauber law", "1"),
    "ratio": ("r = W_tot / dephasing, of collective flips where forces are equal", "1"),
    "flip_rate_per_s": ("rate of a flip that gains much energy", "1/s"),
    "recall_time_s": ("recall time of the slowest pattern", "s"),
}


@dataclass(frozen=True, eq=False)
class Disordered(ReadOnlyArrays):
    r"""$g_{i\mu} (1 + \zeta_{i\mu})$ and $\omega_\mu + \delta_\mu$: a platform with one draw of its imperfections.

    Attributes
    ----------
    platform : Platform
        The apparatus as it should be; moved atoms and turned knobs are in it already.
    coupling : (N, M) array
        $\zeta$, of every atom.
    detuning_rad_s : (M,) array
        $\delta$.
    """

    platform: Platform
    coupling: FloatArray
    detuning_rad_s: FloatArray

    @property
    def unit_rad_s(self) -> float:
        """That of the platform."""
        return self.platform.unit_rad_s

    def to_dicke(self, patterns: Patterns | None = None, *, unit_rad_s: float | None = None) -> MultimodeDicke:
        """The model with its imperfections; all atoms of an ensemble are spins, each with its own."""
        unit = self.unit_rad_s if unit_rad_s is None else unit_rad_s
        ideal = every_spin(self.platform, patterns, unit)
        omega = ideal.omega + self.detuning_rad_s / unit
        couplings = ideal.g * (1 + self.coupling)
        return MultimodeDicke(couplings, omega, ideal.loss, ideal.gain, ideal.drive, ideal.memory, ideal.channels)

    def steps(self, patterns: Patterns | None = None) -> tuple[Step, ...]:
        """Those of the platform."""
        return self.platform.steps(patterns)

    def spontaneous_rate_per_s(self) -> float:
        """That of the platform."""
        return self.platform.spontaneous_rate_per_s()

    def to_dict(self) -> Json:
        """Plain values, for JSON."""
        return {
            "platform": "Disordered",
            "of": self.platform.to_dict(),
            "coupling": self.coupling.tolist(),
            "detuning_rad_s": self.detuning_rad_s.tolist(),
        }


def tolerance_to_disorder(
    platform: Platform,
    patterns: Patterns | None = None,
    *,
    spreads: Mapping[str, Any],
    target: Any,
    constraints: Sequence[Constraint] = (),
    draws: int = 50,
    seed: int,
    progress: Progress | None = None,
) -> xr.Dataset:
    r"""Temperature, r and recall time of a platform whose numbers are normally distributed, and the share of draws that
    still meets a target.

    Parameters
    ----------
    platform, patterns
        The apparatus, and what is stored.
    spreads : dict
        Standard deviations. "coupling": relative, of every $g_{i\mu}$ by itself; "positions": of every atom along
        every axis, in m or with a unit, through the geometry of the platform and beside its own spread; "detuning": of
        every mode by itself, in rad/s or with a unit; the name of a knob: relative, of the whole apparatus.
    target
        As in `design`.
    constraints : sequence of Constraint
        Beside the default ones, as in `design`.
    draws, seed : int
        Draws, each with a stream of its own.
    progress : callable, optional
        Told the fraction of the draws that are done.

    Returns
    -------
    xarray.Dataset
        `balance_temperature`, `glauber_temperature`, `distance`, `ratio`, `flip_rate_per_s`, `recall_time_s`, `misfit`
        and `meets` (draw); NaN in a draw that is no memory, with the reason in `failure`, and does not meet the target.
        `share`, `share_low`, `share_high`: of the draws that meet target and constraints, with a 95 per cent interval
        (Clopper and Pearson). The numbers of the apparatus as it should be are attributes.

    Raises
    ------
    ArgumentError
        If a spread has no meaning for the platform.

    Examples
    --------
    >>> from cavity_hopfield import Glauber, letters
    >>> from cavity_hopfield.platforms import BareCavity
    >>> lab = BareCavity(coupling_rad_s="2pi * 50 kHz", mode_detuning_rad_s="2pi * 1 MHz",
    ...                  photon_loss_rad_s="2pi * 1 MHz", drive_rad_s="2pi * 20 Hz")
    >>> found = tolerance_to_disorder(lab, letters("EV"), spreads={"coupling_rad_s": 0.1}, target=Glauber(0.9), draws=5,
    ...                               seed=1)
    >>> found["glauber_temperature"].sizes["draw"]
    5
    """
    require_progress(progress)
    wanted, widths = target_of(target), _widths(platform, spreads)
    whole_number("draws", draws, minimum=1)
    whole_number("seed", seed, minimum=0)
    if widths.get("positions"):
        _moved(platform, widths["positions"], np.random.default_rng(0))  # refused here, not in every draw
    ideal = Trial(platform, patterns, wanted.start_overlap, Laws())
    limits = all_constraints(constraints, ideal.steps, (), wanted.start_overlap)
    for limit in limits:
        if limit.quantity.name == "fragility":
            raise ArgumentError(
                f"Argument `constraints` must hold quantities of one platform, but holds {limit.text!r}, which belongs "
                "to the knobs of a search. Leave it out: the draws tell how robust the platform is."
            )
    streams = [np.random.default_rng(one) for one in np.random.SeedSequence(seed).spawn(draws)]
    rows: list[tuple[FloatArray, str]] = []
    for k, stream in enumerate(streams):
        rows.append(_drawn(ideal, widths, stream, wanted, limits))
        if progress is not None:
            progress((k + 1) / draws)
    numbers, failures = np.array([row for row, _ in rows]), [text for _, text in rows]
    options = {"spreads": widths, "target": wanted.to_dict(), "draws": draws, "seed": seed,
               "platform": platform.to_dict(), "constraints": [one.to_dict() for one in limits]}  # fmt: skip
    details = {f"ideal_{name}": float(getattr(ideal, name)) for name in TOLD}
    return analysis_result("tolerance_to_disorder", _told(numbers, failures), {}, options, model=ideal.dicke,
                           details=details)  # fmt: skip


def _told(numbers: FloatArray, failures: list[str]) -> dict[str, xr.Variable]:
    data = {
        name: labelled("draw", column, *words) for column, (name, words) in zip(numbers.T, TOLD.items(), strict=False)
    }
    misfit, meets = numbers[:, -2], numbers[:, -1].astype(np.int64)
    low, high = clopper_pearson(np.array([meets.sum()]), len(meets), 0.95)
    return data | {
        "misfit": labelled("draw", misfit, "largest residual in units of its tolerance"),
        "meets": labelled("draw", meets, "whether a draw meets target and constraints"),
        "failure": labelled("draw", failures, "why a draw is no memory; empty where it is"),
        "share": labelled((), meets.mean(), "share of the draws that meet target and constraints"),
        "share_low": labelled((), low[0], "lower end of its interval", interval="Clopper-Pearson"),
        "share_high": labelled((), high[0], "upper end of its interval", interval="Clopper-Pearson"),
    }


def _widths(platform: Platform, spreads: Mapping[str, Any]) -> dict[str, float]:
    """The standard deviations in SI."""
    if not isinstance(spreads, Mapping) or not spreads:
        raise ArgumentError(
            f'Argument `spreads` must be a dictionary such as {{"coupling": 0.05}}, but is {spreads!r}.'
        )
    units = {"positions": "positions_m", "detuning": "detuning_rad_s"}
    widths = {}
    for name, width in spreads.items():
        if name in units:
            widths[name] = si_number(units[name], width, minimum=0.0)
        elif name == "coupling" or name in knobs(platform):
            widths[name] = real_number(f"spreads[{name!r}]", width, minimum=0.0)
        else:
            raise ArgumentError(
                f'Argument `spreads` must name "coupling", "positions", "detuning" or a knob of the platform '
                f"({', '.join(knobs(platform))}), but names {name!r}."
            )
    return widths


def _drawn(
    ideal: Trial, widths: dict[str, float], stream: np.random.Generator, target: Target, limits: tuple[Constraint, ...]
) -> tuple[FloatArray, str]:
    """The numbers of one draw, and why there are none."""
    try:
        trial = Trial(_imperfect(ideal, widths, stream), ideal.patterns, ideal.start_overlap, Laws())
        misfit = float(np.abs(target.residuals(trial)).max())
        holds = all(one.excess(one.quantity.value(trial)) <= 0 for one in limits)
        numbers = [getattr(trial, name) for name in TOLD]
    except CavityHopfieldError as error:
        return np.array([*[np.nan] * (len(TOLD) + 1), 0.0]), str(error)
    return np.array([*numbers, misfit, float(misfit <= 1 and holds)]), ""


def _imperfect(ideal: Trial, widths: dict[str, float], stream: np.random.Generator) -> Disordered:
    """One draw; all its numbers are drawn in one order, whatever their widths."""
    platform = ideal.platform
    shape = ideal.dicke.g.shape
    coupling = np.asarray(widths.get("coupling", 0.0) * stream.standard_normal(shape))
    detuning = np.asarray(widths.get("detuning", 0.0) * stream.standard_normal(shape[1]))
    turned = {
        name: value * (1 + widths[name] * float(stream.standard_normal()))
        for name, value in knobs(platform).items()
        if name in widths
    }
    if widths.get("positions"):
        turned["geometry"] = _moved(platform, widths["positions"], stream)
    return Disordered(changed(platform, turned), coupling, detuning)


def _moved(platform: Platform, spread: float, stream: np.random.Generator) -> Any:
    """The geometry of a platform with every atom moved at random."""
    geometry: Any = getattr(platform, "geometry", None)
    names = {field.name for field in fields(geometry)} if hasattr(geometry, "__dataclass_fields__") else set()
    if "positions_m" in names:
        positions = geometry.positions_m
        return changed(geometry, {"positions_m": positions + spread * stream.standard_normal(positions.shape)})
    if {"position_spread_m", "seed"} <= names:
        drawn = int(stream.integers(2**31))
        both = float(np.hypot(geometry.position_spread_m, spread))  # its own spread stays
        return changed(geometry, {"position_spread_m": both, "seed": drawn})
    raise ArgumentError(
        f'Argument `spreads` must not name "positions" for {type(platform).__name__}, which has no geometry with '
        'positions. Name "coupling", or take a platform with a geometry.'
    )
