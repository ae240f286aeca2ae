"""What a laboratory should behave like, how far a trial is from it, and when it counts as reached."""

from dataclasses import asdict, dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np

from cavity_hopfield._checks import one_of, real_number
from cavity_hopfield._typing import FloatArray, Json
from cavity_hopfield.analysis import Phase, classify
from cavity_hopfield.design.recall import recall_quantile
from cavity_hopfield.design.trial import Trial
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.model import Glauber
from cavity_hopfield.network import HopfieldLimit
from cavity_hopfield.platforms.quantities import si_number

LOST = 1e3
"""Misfit of a memory that does not hold its pattern, times its temperature: it shows a search the way."""
LAWS = {"ratios": ("balance_temperature", "balance_rate_per_s"), "rates": ("glauber_temperature", "flip_rate_per_s")}
LARGEST_CHAIN = 200
"""More spins than this recall at the mean recall time, without fluctuations."""


@runtime_checkable
class Target(Protocol):
    """What is wanted of an operating point.

    A residual is zero where the wish is met, and 1 in size where it is missed by the stated tolerance.
    """

    @property
    def start_overlap(self) -> float:
        """The overlap from which recall times count."""
        ...

    def residuals(self, trial: Trial) -> FloatArray:
        """How far `trial` is, in units of the tolerances."""
        ...

    def rows(self, trial: Trial) -> list[tuple[str, float, float, str]]:
        """What is wanted and found: name, wanted, found, unit."""
        ...

    def to_dict(self) -> Json:
        """Plain values, for JSON."""
        ...


@dataclass(frozen=True, kw_only=True)
class GlauberTarget:
    r"""$W(-\epsilon) / W(\epsilon) = e^{\epsilon / T}$ at a rate: a Glauber law.

    Rates of a cavity have the ratios of a thermal network well before they have its speeds, for W depends on the size
    of the flip energy too: at weak coupling as $1/\epsilon^2$. What the network holds is decided by the ratios. The
    temperature is therefore that of detailed balance by default; how far the speeds are from those of a thermal law is
    `distance`, which a design makes small.

    Parameters
    ----------
    temperature : float
        In units of the memory's energy scale, the field on a spin of a stored pattern: its critical temperature is
        one (Hebb's rule, few patterns).
    rate_per_s : float, optional
        Rate of a flip that gains much energy, a number or a text such as "100 1/s"; any if omitted.
    of : {"ratios", "rates"}
        Whether the law is that of the ratios of forward and backward rates (`balance_temperature`), or the one closest
        to the rates themselves, speeds included (`temperature`).
    temperature_tolerance, rate_tolerance : float
        Relative deviations that count as met.
    start_overlap : float
        The overlap from which recall times count.

    Examples
    --------
    >>> GlauberTarget(temperature=0.3, rate_per_s=100).rate_tolerance
    0.05
    """

    temperature: float
    rate_per_s: float | None = None
    of: str = "ratios"
    temperature_tolerance: float = 0.02
    rate_tolerance: float = 0.05
    start_overlap: float = 0.6

    def __post_init__(self) -> None:
        for name in ("temperature", "temperature_tolerance", "rate_tolerance", "start_overlap"):
            object.__setattr__(self, name, real_number(name, getattr(self, name), above=0.0))
        one_of("of", self.of, tuple(LAWS))
        if self.rate_per_s is not None:
            object.__setattr__(self, "rate_per_s", si_number("rate_per_s", self.rate_per_s, above=0.0))

    def residuals(self, trial: Trial) -> FloatArray:
        """Logarithms of temperature and rate over what is wanted, in units of the tolerances."""
        temperature, rate = self.law(trial)
        found = [np.log(temperature / self.temperature) / self.temperature_tolerance]
        if self.rate_per_s is not None:
            found.append(np.log(rate / self.rate_per_s) / self.rate_tolerance if rate > 0 else -np.inf)
        return np.array(found)

    def law(self, trial: Trial) -> tuple[float, float]:
        """Temperature over the energy scale, and rate per second, of the law that counts."""
        temperature, rate = (float(getattr(trial, name)) for name in LAWS[self.of])
        return temperature, rate

    def rows(self, trial: Trial) -> list[tuple[str, float, float, str]]:
        """Temperature, and rate if one is wanted."""
        temperature, rate = self.law(trial)
        rows = [("temperature", self.temperature, temperature, "J0")]
        if self.rate_per_s is not None:
            rows.append(("flip rate", self.rate_per_s, rate, "1/s"))
        return rows

    def to_dict(self) -> Json:
        """Plain values, for JSON."""
        return {"target": "GlauberTarget", **asdict(self)}


@dataclass(frozen=True, kw_only=True)
class RetrievalTarget:
    r"""$P(\text{recalled by } t \mid m_0) \ge p$ for every stored pattern.

    Parameters
    ----------
    start_overlap : float
        $m_0$.
    probability : float
        p, below one.
    within_s : float
        t, in seconds or as a text such as "2 ms".
    level : float
        The overlap with the pattern that counts as recalled.
    time_tolerance : float
        The search aims this much (a relative number) below t, and a time above t does not count as met.
    slow_down : float
        By how much recalls are slower than in the chain of `recall_quantile`, which has the fluctuations of one
        pattern and no crosstalk of others; `design` measures it by kinetic Monte Carlo.

    Examples
    --------
    >>> RetrievalTarget(start_overlap=0.6, probability=0.9, within_s=0.01).slow_down
    1.0
    """

    start_overlap: float
    probability: float
    within_s: float
    level: float = 0.9
    time_tolerance: float = 0.05
    slow_down: float = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "within_s", si_number("within_s", self.within_s, above=0.0))
        for name in ("start_overlap", "probability", "level", "time_tolerance", "slow_down"):
            object.__setattr__(self, name, real_number(name, getattr(self, name), above=0.0))
        for name in ("start_overlap", "probability", "level"):
            if getattr(self, name) >= 1:
                raise ArgumentError(f"Argument `{name}` must be below 1, but is {getattr(self, name):g}.")
        if self.level <= self.start_overlap:
            raise ArgumentError(
                f"Argument `level` must be above `start_overlap`, but is {self.level:g}, and {self.start_overlap:g}."
            )

    def times_s(self, trial: Trial) -> FloatArray:
        """The time by which the share p of all runs has recalled each pattern, (P,)."""
        if trial.dicke.n_spins > LARGEST_CHAIN:
            return np.array([self.slow_down * trial.recall_time_s])
        places, how = range(trial.dicke.memory.n_patterns), (self.start_overlap, self.level, self.probability)
        return np.array([self.slow_down * trial.in_seconds(recall_quantile(trial.recall, k, *how)) for k in places])

    def residuals(self, trial: Trial) -> FloatArray:
        """One plus the logarithm of each time over t in units of the tolerance, zero from below."""
        return np.array([self._residual(time, trial) for time in self.times_s(trial)])

    def _residual(self, time: float, trial: Trial) -> float:
        if not np.isfinite(time):
            return LOST * trial.balance_temperature
        return max(0.0, 1 + float(np.log(time / self.within_s)) / self.time_tolerance) if time > 0 else 0.0

    def rows(self, trial: Trial) -> list[tuple[str, float, float, str]]:
        """The time."""
        name = f"time by which {self.probability:.0%} recall"
        return [(name, self.within_s, float(self.times_s(trial).max()), "s")]

    def to_dict(self) -> Json:
        """Plain values, for JSON."""
        return {"target": "RetrievalTarget", **asdict(self)}


@dataclass(frozen=True, kw_only=True)
class PhaseTarget:
    r"""A point $(T, \Omega / \gamma)$ of the phase diagram of the open Hopfield network with an independent field.

    The drive of a cavity is used up in making its rates. The coherent field $\Omega$ of the network is therefore a
    second, undressed transverse field: an assumption about the apparatus, whose strength the design tells.

    Parameters
    ----------
    temperature : float
        As in `GlauberTarget`, of detailed balance.
    drive_over_rate : float
        $\Omega / \gamma$ of the independent field, in units of the Glauber rate.
    phase : str, optional
        The phase that is expected there, such as "limit cycle".
    n_patterns : int
        Number of random patterns of the phase diagram.
    temperature_tolerance, start_overlap
        As in `GlauberTarget`.

    Raises
    ------
    ArgumentError
        If another phase than the expected one is found there.

    Examples
    --------
    >>> PhaseTarget(temperature=0.3, drive_over_rate=0.1).found
    'retrieval'
    """

    temperature: float
    drive_over_rate: float
    phase: str | None = None
    n_patterns: int = 1
    temperature_tolerance: float = 0.02
    start_overlap: float = 0.6

    def __post_init__(self) -> None:
        for name in ("temperature", "temperature_tolerance", "start_overlap"):
            object.__setattr__(self, name, real_number(name, getattr(self, name), above=0.0))
        drive = real_number("drive_over_rate", self.drive_over_rate, minimum=0.0)
        object.__setattr__(self, "drive_over_rate", drive)
        if self.phase is not None:
            one_of("phase", self.phase, [str(phase) for phase in Phase])
            if self.phase != self.found:
                raise ArgumentError(
                    f"Argument `phase` must be what the network does at T = {self.temperature:g}, drive / rate = "
                    f"{self.drive_over_rate:g}, which is {self.found!r}, but is {self.phase!r}. Move the point."
                )

    @property
    def found(self) -> str:
        """The phase of a network with Glauber rates there."""
        return str(classify(HopfieldLimit(self.n_patterns, Glauber(self.temperature), self.drive_over_rate)).phase)

    def residuals(self, trial: Trial) -> FloatArray:
        """Logarithm of the temperature over what is wanted, in units of the tolerance."""
        return np.array([np.log(trial.balance_temperature / self.temperature) / self.temperature_tolerance])

    def second_drive_rad_s(self, trial: Trial) -> float:
        r"""$\Omega$ of the independent field that the platform needs."""
        return self.drive_over_rate * trial.balance_rate_per_s

    def rows(self, trial: Trial) -> list[tuple[str, float, float, str]]:
        """The temperature, and the assumed second field, which is what it should be by definition."""
        field = self.second_drive_rad_s(trial)
        return [
            ("temperature", self.temperature, trial.balance_temperature, "J0"),
            ("second, undressed field (assumed)", field, field, "rad/s"),
        ]

    def to_dict(self) -> Json:
        """Plain values, for JSON."""
        return {"target": "PhaseTarget", **asdict(self)}


def target_of(target: Any) -> Target:
    """`target`, with a bare `Glauber` as its temperature in units of the memory's energy scale, at any rate."""
    if isinstance(target, Glauber):
        if target.rate != 1:
            raise ArgumentError(
                f"Argument `target` must say in which unit its rate is, but is {target}. Write `GlauberTarget("
                f"temperature={target.temperature:g}, rate_per_s=...)`; a bare `Glauber` means any rate."
            )
        return GlauberTarget(temperature=target.temperature)
    if isinstance(target, Target) and not isinstance(target, type):
        return target
    raise ArgumentError(
        "Argument `target` must be a `Glauber`, `GlauberTarget`, `RetrievalTarget` or `PhaseTarget`, but is "
        f"{target!r}."
    )
