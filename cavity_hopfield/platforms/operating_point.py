"""Where a platform stands: its rates against Glauber, what can be trusted, photons, and how fast it recalls."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cavity_hopfield._checks import real_number
from cavity_hopfield._typing import FloatArray, Json
from cavity_hopfield.elimination import CavityRates, Certificate, certify
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.hopfield import Patterns
from cavity_hopfield.model import Glauber, GlauberMatch, MultimodeDicke
from cavity_hopfield.platforms.platform import Platform, Step

ARRIVED = 0.95
"""Share of the overlap that a pattern holds at which it counts as recalled."""
OVERLAPS = 129


@dataclass(frozen=True, eq=False)
class OperatingPoint:
    r"""What a platform amounts to as a memory, in the memory's own units and in seconds.

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
    """

    platform: Platform
    dicke: MultimodeDicke
    unit_rad_s: float
    start_overlap: float

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

    @property
    def temperature(self) -> float:
        """Temperature of the closest Glauber law over the memory's energy scale: below 1 patterns are held (Hebb's
        rule, few patterns).
        """
        return self.match.law.temperature / self.energy_scale

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
    def recall_time_s(self) -> float:
        """See `recall_time`; of the slowest pattern, in seconds, infinite where one is not recalled."""
        times = [recall_time(self.rates, k, self.start_overlap) for k in range(self.dicke.memory.n_patterns)]
        return max(times) / self.unit_rad_s

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """What is neglected on the way to the model, and one more: spins must recall before they are disturbed."""
        stored = self.dicke.memory
        return (*self.platform.steps(stored), self._undisturbed())

    def _undisturbed(self) -> Step:
        return Step(
            "recall beats scattering",
            "rate of spontaneous events of one spin times the recall time",
            self.platform.spontaneous_rate_per_s() * self.recall_time_s if self.spontaneous else 0.0,
            0.1,
            "Raise the flip rate, or the cooperativity.",
        )

    @property
    def spontaneous(self) -> bool:
        """Whether anything that the model leaves out disturbs the spins."""
        return self.platform.spontaneous_rate_per_s() > 0

    def to_dict(self) -> Json:
        """The numbers, for JSON; infinite and undefined ones become None."""
        names = (
            "unit_rad_s", "energy_scale", "temperature", "distance", "flip_rate_per_s", "ratio", "photons",
            "start_overlap", "recall_time_s",
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
    platform: Platform, patterns: Patterns | None = None, *, start_overlap: float = 0.6, unit_rad_s: float | None = None
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
        The angular frequency that is one in the model; no result in the memory's units or in SI depends on it.

    Returns
    -------
    OperatingPoint
        Its parts are computed when asked for.

    Raises
    ------
    ArgumentError
        If the platform has no drive, a spin couples to nothing, or the overlap is out of range.
    """
    overlap = real_number("start_overlap", start_overlap, above=0.0)
    if overlap >= 1:
        raise ArgumentError(f"Argument `start_overlap` must be below 1, but is {overlap:g}.")
    unit = platform.unit_rad_s if unit_rad_s is None else real_number("unit_rad_s", unit_rad_s, above=0.0)
    return OperatingPoint(platform, platform.to_dicke(patterns, unit_rad_s=unit), unit, overlap)


def memory_scale(dicke: MultimodeDicke) -> float:
    r"""$J_0 = \frac1P \sum_{i\mu} \frac{2 \omega_\mu g_{i\mu}^2}{|z_\mu|^2}$, the field on a spin of a stored pattern:
    Hebb's rule with $J_{ij} = \frac{J_0}{N} \sum_\mu \xi_i^\mu \xi_j^\mu$ has its critical temperature at $J_0$.
    """
    return float(np.sum(dicke.mediation * dicke.g**2) / dicke.memory.n_patterns)


def recall_time(rates: CavityRates, pattern: int = 0, start_overlap: float = 0.6) -> float:
    r"""$t = \int_{m_0}^{m_1} dm \,/\, \overline{W_i(-2 m h_i)(1 - m) - W_i(2 m h_i)(1 + m)}$: from the overlap $m_0$ to
    $m_1 = 0.95\, m_\infty$ under single flips, to leading order in 1/N, with the other patterns uncorrelated.

    $h_i = \xi_i \sum_{j \ne i} J_{ij} \xi_j$ is the field on spin i at the pattern, $m_\infty$ the first overlap above
    $m_0$ at which the mean velocity vanishes.

    Returns
    -------
    float
        In the unit of the inverse rates; infinite if the overlap falls from $m_0$, zero if it starts above $m_1$.
    """
    dicke = rates.dicke
    aligned = 0.5 * dicke.flip_energies(dicke.memory.values[pattern])
    overlaps = np.linspace(start_overlap, 1.0, OVERLAPS)
    velocity = _velocities(rates, aligned, overlaps)
    if velocity[0] <= 0:
        return float("inf")
    last = int(np.argmax(velocity <= 0))
    share = velocity[last - 1] / (velocity[last - 1] - velocity[last])
    held = overlaps[last - 1] + share * (overlaps[last] - overlaps[last - 1])
    grid = np.linspace(start_overlap, max(ARRIVED * held, start_overlap), OVERLAPS)
    return float(np.trapezoid(1 / _velocities(rates, aligned, grid), grid))


def _velocities(rates: CavityRates, aligned: FloatArray, overlaps: FloatArray) -> FloatArray:
    """The mean velocity of the overlap where every spin has this mean along the pattern."""
    fields, labels = np.unique(np.stack([aligned, rates.classes]), axis=1, return_inverse=True)
    weights = np.bincount(labels.reshape(-1)) / aligned.size
    energies = 2 * overlaps[:, None] * fields[0]
    classes = np.broadcast_to(fields[1].astype(np.int64), energies.shape)
    towards, away = rates(-energies, classes), rates(energies, classes)
    m = overlaps[:, None]
    return np.asarray((towards * (1 - m) - away * (1 + m)) @ weights)
