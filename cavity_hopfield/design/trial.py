"""One trial of a search: where a platform stands, at a small part of the cost of its certificate."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from cavity_hopfield._typing import FloatArray, IntArray
from cavity_hopfield.elimination import CavityRates, SpinEnsembles
from cavity_hopfield.elimination.cavity_rates import merged
from cavity_hopfield.hopfield import Patterns
from cavity_hopfield.model import FlipEnergySample, Glauber, GlauberMatch, MultimodeDicke
from cavity_hopfield.model.energy_scale import relative_temperature
from cavity_hopfield.model.matching import balancing_glauber
from cavity_hopfield.platforms import OperatingPoint, Platform, Step, memory_scale, operating_point
from cavity_hopfield.platforms.operating_point import UNDISTURBED, every_spin
from cavity_hopfield.platforms.recall_speed import RecallSpeed


@dataclass(frozen=True, eq=False)
class Law:
    r"""$W_c(\epsilon) / \Omega^2$ of a platform over the flip energies of a recall: what does not depend on the drive.

    Rates are of second order in the drive, so that one law serves all platforms that differ in the drive alone.

    Attributes
    ----------
    rates : CavityRates
        At a drive of one.
    match : GlauberMatch
        The closest Glauber law at a drive of one.
    balance : Glauber
        The law with the temperature of detailed balance: the $T$ with the least squares of
        $\ln [W(-\epsilon) / W(\epsilon)] - \epsilon / T$, at the rate that fits best.
    ratio, collective_ratio : float
        Largest r of single and of collective flips at a drive of one, over the configurations that `certify` looks at.
    """

    rates: CavityRates
    match: GlauberMatch
    balance: Glauber
    ratio: float
    collective_ratio: float

    @classmethod
    def of(cls, dicke: MultimodeDicke) -> "Law":
        """The law of a platform at a drive of one."""
        rates = CavityRates(driven(dicke, 1.0))
        energies = merged(dicke.flip_energies(rates.recall_configurations()))
        ensembles = SpinEnsembles.of(dicke)
        enhancement = (ensembles.sizes[ensembles.label] + 1) ** 2 // 4
        met, places, counts = _distinct(energies, rates.classes, enhancement)
        forward, backward = rates(met, places[0]), rates(-met, places[0])
        ratios = (forward + backward) / rates.dephasing_rates()[places[0]]
        sample = FlipEnergySample(met, places[0], counts)
        match = Glauber.matched_to(rates, sample)
        balance = Glauber(*balancing_glauber(forward, backward, sample))
        return cls(rates, match, balance, float(ratios.max()), float((ratios * places[1]).max()))


def driven(dicke: MultimodeDicke, drive: float) -> MultimodeDicke:
    """The same platform at another drive."""
    return MultimodeDicke(dicke.g, dicke.omega, dicke.loss, dicke.gain, drive, dicke.patterns, dicke.channels)


def _distinct(energies: FloatArray, classes: IntArray, enhancement: IntArray) -> tuple[FloatArray, IntArray, IntArray]:
    """Flip energies (K,) that differ in value, class or enhancement, these two (2, K), and how often each occurs."""
    pairs, label = np.unique(np.stack([classes, enhancement]), axis=1, return_inverse=True)
    keys = energies + 1j * label.reshape(-1)
    met, counts = np.unique(keys, return_counts=True)
    return met.real, pairs[:, np.rint(met.imag).astype(np.int64)], counts


@dataclass(eq=False)
class Laws:
    """The laws met so far, by everything but the drive."""

    known: dict[bytes, tuple[Law, RecallSpeed]] = field(default_factory=dict)

    def of(self, dicke: MultimodeDicke) -> tuple[Law, RecallSpeed]:
        """The law of a platform, computed once."""
        key = b"".join(array.tobytes() for array in (dicke.g, dicke.omega, dicke.loss, dicke.gain))
        if key not in self.known:
            law = Law.of(dicke)
            self.known[key] = law, RecallSpeed(law.rates)
        return self.known[key]


@dataclass(frozen=True, eq=False)
class Trial:
    """The numbers of an `OperatingPoint`, under the same names, without a certificate: about ten milliseconds for
    letters whose couplings have one size.

    Attributes
    ----------
    platform : Platform
        The apparatus.
    patterns : Patterns or None
        What is stored, if the geometry does not decide.
    start_overlap : float
        The overlap from which `recall_time_s` counts.
    laws : Laws
        Where laws are kept that other trials share.
    """

    platform: Platform
    patterns: Patterns | None
    start_overlap: float
    laws: Laws

    @cached_property
    def dicke(self) -> MultimodeDicke:
        """The model of the operating point: all atoms of an ensemble are spins, in the platform's own unit."""
        return every_spin(self.platform, self.patterns)

    @cached_property
    def point(self) -> OperatingPoint:
        """The full operating point; its certificate takes several times as long as everything else."""
        return operating_point(self.platform, self.patterns, start_overlap=self.start_overlap)

    @property
    def law(self) -> Law:
        """The rates, but for the drive."""
        return self.laws.of(self.dicke)[0]

    @property
    def recall(self) -> RecallSpeed:
        """How fast overlaps grow at a drive of one."""
        return self.laws.of(self.dicke)[1]

    @property
    def unit_rad_s(self) -> float:
        """The angular frequency that is one in the model."""
        return self.platform.unit_rad_s

    @property
    def glauber_temperature(self) -> float:
        """As `OperatingPoint.glauber_temperature`."""
        return relative_temperature(self.law.match.law.temperature, self.dicke)

    @property
    def balance_temperature(self) -> float:
        """As `OperatingPoint.balance_temperature`."""
        return relative_temperature(self.law.balance.temperature, self.dicke)

    @property
    def balance_rate_per_s(self) -> float:
        """As `OperatingPoint.balance_rate_per_s`."""
        return self.law.balance.rate * self.dicke.drive**2 * self.unit_rad_s

    @property
    def distance(self) -> float:
        """As `OperatingPoint.distance`."""
        return self.law.match.distance

    @property
    def flip_rate_per_s(self) -> float:
        """As `OperatingPoint.flip_rate_per_s`."""
        return self.law.match.law.rate * self.dicke.drive**2 * self.unit_rad_s

    @property
    def ratio(self) -> float:
        """As `OperatingPoint.ratio`: of collective flips where forces are equal."""
        return self.law.collective_ratio * self.dicke.drive**2

    @property
    def single_ratio(self) -> float:
        """R of single flips, `Certificate.ratio`."""
        return self.law.ratio * self.dicke.drive**2

    @property
    def drive_ratio(self) -> float:
        """2 drive / |z| of the slowest mode."""
        return float(2 * self.dicke.drive / np.abs(self.dicke.pole[self.dicke.g.any(axis=0)]).min())

    @property
    def photons(self) -> float:
        """As `OperatingPoint.photons`."""
        return self.point.photons

    @property
    def energy_scale_rad_s(self) -> float:
        """The memory's energy scale J0 in rad/s."""
        return memory_scale(self.dicke) * self.unit_rad_s

    @cached_property
    def recall_time_s(self) -> float:
        """As `OperatingPoint.recall_time_s`."""
        slowest = max(self.recall.time(k, self.start_overlap) for k in range(self.dicke.memory.n_patterns))
        return self.in_seconds(slowest)

    @property
    def held_overlap(self) -> float:
        """As `OperatingPoint.held_overlap`."""
        return min(self.recall.held(k, self.start_overlap) for k in range(self.dicke.memory.n_patterns))

    def in_seconds(self, time: float) -> float:
        """A time of a platform with a drive of one, in seconds at the drive of this one."""
        return float(time / self.dicke.drive**2 / self.unit_rad_s) if self.dicke.drive > 0 else float("inf")

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """As `OperatingPoint.steps`; where nothing disturbs the spins a recall may take for ever."""
        disturbed = self.platform.spontaneous_rate_per_s()
        value = disturbed * self.recall_time_s if disturbed > 0 else 0.0
        return (
            *self.platform.steps(self.patterns),
            Step(UNDISTURBED, "rate of spontaneous events of one spin times the recall time", value, 0.1,
                 "Raise the flip rate, or the cooperativity."),
        )  # fmt: skip

    def step(self, name: str) -> float:
        """The value of one of the steps; infinite if the platform has no such step here."""
        return next((step.value for step in self.steps if step.name == name), float("inf"))
