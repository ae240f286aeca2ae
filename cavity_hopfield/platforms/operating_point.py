"""Where a platform stands: its rates against Glauber, what can be trusted, photons, and how fast it recalls."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from cavity_hopfield._checks import real_number, whole_number
from cavity_hopfield._typing import Json
from cavity_hopfield.elimination import CavityRates, Certificate, certify
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.hopfield import Patterns
from cavity_hopfield.model import Glauber, GlauberMatch, MultimodeDicke
from cavity_hopfield.model.energy_scale import memory_scale, relative_temperature
from cavity_hopfield.platforms.platform import Platform, Step
from cavity_hopfield.platforms.quantities import si_number
from cavity_hopfield.platforms.recall_speed import RecallSpeed

UNDISTURBED = "recall beats scattering"
"""The step that an operating point adds to those of its platform."""


@dataclass(frozen=True, eq=False)
class OperatingPoint:
    r"""What a platform amounts to as a memory, in the memory's own units and in seconds.

    Made by `operating_point`.

    Attributes
    ----------
    platform : Platform
        The apparatus.
    dicke : MultimodeDicke
        Its model, in units of `unit_rad_s`.
    unit_rad_s : float
        The angular frequency that is one in the model.
    start_overlap : float
        The overlap from which `recall_time_s` counts.
    patterns : Patterns or None
        What the platform was asked to store, one spin per ensemble of atoms.
    """

    platform: Platform
    dicke: MultimodeDicke
    unit_rad_s: float
    start_overlap: float
    patterns: Patterns | None = None

    @cached_property
    def rates(self) -> CavityRates:
        """The flip rates, in units of `unit_rad_s`."""
        return CavityRates(self.dicke)

    @cached_property
    def certificate(self) -> Certificate:
        """Where the rates can be trusted."""
        return certify(self.dicke)

    @cached_property
    def match(self) -> GlauberMatch:
        """The closest Glauber law, in units of `unit_rad_s`."""
        return Glauber.matched_to(self.rates)

    @cached_property
    def energy_scale(self) -> float:
        """See `memory_scale`; in units of `unit_rad_s`."""
        return memory_scale(self.dicke)

    @cached_property
    def balance(self) -> Glauber:
        """The Glauber law with the same detailed balance (see `Glauber.balanced_with`), in units of `unit_rad_s`."""
        return Glauber.balanced_with(self.rates)

    @property
    def balance_temperature(self) -> float:
        """Temperature of detailed balance over the memory's energy scale. Where flip energies stay well below the
        detuning of the modes, so that the ratios of rates have one temperature, patterns are held below 1 (Hebb's rule,
        few patterns); beyond it is a mean over the flip energies of a recall, and `held_overlap` tells what is held.
        """
        return relative_temperature(self.balance.temperature, self.dicke)

    @property
    def balance_rate_per_s(self) -> float:
        """The rate of the Glauber law with that temperature that fits the rates best."""
        return self.balance.rate * self.unit_rad_s

    @property
    def glauber_temperature(self) -> float:
        """Temperature of the closest Glauber law over the memory's energy scale. Where the `distance` is large it says
        nothing of what is held.
        """
        return relative_temperature(self.match.law.temperature, self.dicke)

    @property
    def distance(self) -> float:
        """How far the rates are from Glauber's, in the norm of `GlauberMatch`."""
        return self.match.distance

    @property
    def flip_rate_per_s(self) -> float:
        """Rate of the closest Glauber law: of a flip that gains much energy."""
        return self.match.law.rate * self.unit_rad_s

    @property
    def ratio(self) -> float:
        """R = W_tot / dephasing, of collective flips where forces are equal: good below 0.03."""
        return self.certificate.collective_ratio

    @cached_property
    def photons(self) -> float:
        r"""Largest mean photon number of a mode at a stored pattern, $|\alpha_\mu|^2 + \bar n_\mu$."""
        amplitudes = self.dicke.relaxed_amplitudes(self.dicke.memory.values)
        return float((np.abs(amplitudes) ** 2 + self.dicke.thermal_occupation).max())

    @cached_property
    def recall_speed(self) -> RecallSpeed:
        """The velocity of overlaps under single flips."""
        return RecallSpeed(self.rates)

    @cached_property
    def recall_time_s(self) -> float:
        """See `recall_time`; of the slowest pattern, in seconds, infinite where one is not recalled."""
        times = [self.recall_speed.time(k, self.start_overlap) for k in range(self.dicke.memory.n_patterns)]
        return max(times) / self.unit_rad_s

    @cached_property
    def held_overlap(self) -> float:
        """The overlap to which single flips lead from `start_overlap`, of the worst pattern; zero where it falls to
        nothing.
        """
        patterns = range(self.dicke.memory.n_patterns)
        return min(self.recall_speed.held(k, self.start_overlap) for k in patterns)

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """What is neglected on the way to the model, and one more: spins must recall before they are disturbed."""
        return (*self.platform.steps(self.patterns), self._undisturbed())

    def _undisturbed(self) -> Step:
        recalled = bool(np.isfinite(self.recall_time_s))
        return Step(
            UNDISTURBED,
            "rate of spontaneous events of one spin times the recall time",
            self.platform.spontaneous_rate_per_s() * self.recall_time_s if recalled else float("inf"),
            0.1,
            "Raise the flip rate, or the cooperativity."
            if recalled
            else f"A pattern is not recalled from the overlap {self.start_overlap:g} at all: lower the temperature.",
        )

    def to_dict(self) -> Json:
        """The numbers, for JSON; infinite and undefined ones become None."""
        names = (
            "unit_rad_s", "energy_scale", "balance_temperature", "balance_rate_per_s", "glauber_temperature",
            "distance", "flip_rate_per_s", "ratio", "photons", "start_overlap", "held_overlap", "recall_time_s",
        )  # fmt: skip
        values = {name: float(getattr(self, name)) for name in names}
        return {
            **{name: value if np.isfinite(value) else None for name, value in values.items()},
            "drive_ratio": self.certificate.drive_ratio,
            "certificate": self.certificate.to_dict(),
            "steps": [step.to_dict() for step in self.steps],
            "platform": self.platform.to_dict(),
        }


def operating_point(
    platform: Platform, patterns: Patterns | None = None, *, start_overlap: float = 0.6, unit_rad_s: Any = None
) -> OperatingPoint:
    """Where `platform` stands as a memory for `patterns`.

    Parameters
    ----------
    platform : Platform
        The apparatus, with a drive.
    patterns : Patterns, optional
        What is stored; left out where the geometry of the platform decides.
    start_overlap : float
        Overlap with a pattern from which the recall time counts, between 0 and 1.
    unit_rad_s : float, optional
        The angular frequency that is one in the model, a number or a text with its unit; no result in the memory's
        units or in SI depends on it.

    Returns
    -------
    OperatingPoint
        Its parts are computed when asked for.

    Raises
    ------
    ArgumentError
        If the platform is none or has no drive, a spin couples to nothing, or the overlap is out of range.
    SizeError
        If ensembles of a `RamanCavity` hold too many atoms: all of them are spins here.

    Examples
    --------
    >>> from cavity_hopfield import BareCavity, letters
    >>> lab = BareCavity(coupling_rad_s="2pi * 100 kHz", mode_detuning_rad_s="2pi * 1 MHz",
    ...                  photon_loss_rad_s="2pi * 300 kHz", drive_rad_s="2pi * 250 Hz")
    >>> found = operating_point(lab, letters("EV"))
    >>> round(found.balance_temperature, 3), found.certificate.verdict.value
    (0.336, 'broken')
    """
    if not isinstance(platform, Platform):
        raise ArgumentError(
            f"Argument `platform` must be a platform, such as a `BareCavity` or a `RamanCavity`, but is {platform!r}."
        )
    overlap = _below_one(start_overlap)
    unit = platform.unit_rad_s if unit_rad_s is None else si_number("unit_rad_s", unit_rad_s, above=0.0)
    return OperatingPoint(platform, every_spin(platform, patterns, unit), unit, overlap, patterns)


def every_spin(platform: Platform, patterns: Patterns | None = None, unit_rad_s: float | None = None) -> MultimodeDicke:
    """The model in which all atoms of an ensemble are spins, for platforms that have several, such as `RamanCavity`;
    that of `to_dicke` for others.
    """
    model = getattr(platform, "every_spin", platform.to_dicke)
    dicke: MultimodeDicke = model(patterns, unit_rad_s=unit_rad_s)
    return dicke


def recall_time(rates: CavityRates, pattern: int = 0, start_overlap: float = 0.6) -> float:
    r"""$t = \int_{m_0}^{m_1} dm \,/\, \overline{W_i(-2 m h_i)(1 - m) - W_i(2 m h_i)(1 + m)}$: from the overlap $m_0$ to
    $m_1 = 0.95\, m_\infty$ under single flips, to leading order in 1/N, with the other patterns uncorrelated.

    $h_i = \xi_i \sum_{j \ne i} J_{ij} \xi_j$ is the field on spin i at the pattern, $m_\infty > 0$ the overlap at which
    the mean velocity vanishes and to which it leads from $m_0$: the next above where the overlap grows, the next below
    where it falls.

    Returns
    -------
    float
        In the unit of the inverse rates; zero if $m_0 \ge m_1$, also where the overlap falls from $m_0$ to what the
        pattern holds; infinite if it falls to nothing.

    Raises
    ------
    ArgumentError
        If there is no such pattern, or the overlap is not between 0 and 1.
    """
    start, known = _below_one(start_overlap), rates.dicke.memory
    if whole_number("pattern", pattern, minimum=0) >= known.n_patterns:
        raise ArgumentError(f"Argument `pattern` must be below {known.n_patterns}, but is {pattern}.")
    return RecallSpeed(rates).time(pattern, start)


def _below_one(start_overlap: float) -> float:
    overlap = real_number("start_overlap", start_overlap, above=0.0)
    if overlap >= 1:
        raise ArgumentError(f"Argument `start_overlap` must be below 1, but is {overlap:g}.")
    return overlap
