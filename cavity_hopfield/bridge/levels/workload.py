"""The numbers of a model, a start and a grid of times that decide what a rung costs."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from math import comb, prod
from typing import Any

import numpy as np

from cavity_hopfield._typing import IntArray
from cavity_hopfield.bridge.levels.doors import jumps_of, network_bloch
from cavity_hopfield.cavity import CavityStart, CollectiveSpins, cavity_start
from cavity_hopfield.elimination import CavityRates, Certificate, SpinEnsembles, Verdict
from cavity_hopfield.elimination.cavity_rates import SMALLEST_SQUARE
from cavity_hopfield.elimination.certificate.certificate import LIMIT_DRIVE, LIMIT_RATIO
from cavity_hopfield.elimination.certificate.certification import certificate_of
from cavity_hopfield.elimination.kernel.flip import force_dephasing
from cavity_hopfield.hopfield import Factorised
from cavity_hopfield.model import MultimodeDicke, ProductState
from cavity_hopfield.network import OpenHopfield
from cavity_hopfield.network.classes import SpinClasses

PER_AMPLITUDE, PER_PHOTON, FEWEST_LEVELS = 6.0, 1.3, 7.0
"""Fock states that the exact evolutions were found to keep: so many, and per amplitude and photon of the start."""
EMPTY = 1e-6
"""Population of a thermal mode that counts as none."""
LOOKS = 64
"""Products at least, for the populations of the Fock states are looked at so often."""
STEPS_PER_RATE = 10.0
"""Steps of truncated Wigner in the inverse of the fastest rate."""
EVALUATIONS = 40.0
"""Of the right-hand sides of a mean-field evolution, in the inverse of the fastest rate."""
MEMORY_STEPS = 3.0
"""Steps of the equation with memory, in the inverse of the fastest rate."""
ON_THE_WAY = 0.1
"""Share of its largest rate at which a spin flips on the way, beside that of the start."""
HIGHEST = 250
"""Powers of two beyond which sizes are no longer told apart, so that their squares and products stay finite."""


@dataclass(frozen=True, eq=False)
class Workload:
    """A model with a start, for a time.

    Attributes
    ----------
    model : MultimodeDicke or OpenHopfield
    start : configuration, ProductState or None
        None for the first pattern, or all spins up.
    duration : float
        The last time.
    times : int
        How many are asked for.
    order : int
        Of cumulants.
    lasts : bool
        Whether the question is about this time; else it is about late times, and `duration` tells how much work a
        steady state is.
    method : str
        Of the rung that is asked.
    """

    model: MultimodeDicke | OpenHopfield
    start: Any
    duration: float
    times: int
    order: int = 2
    lasts: bool = True
    method: str = "evolve"

    @property
    def spins(self) -> int:
        """Number of spins."""
        return self.model.n_spins

    @property
    def modes(self) -> int:
        """Number of modes; none for a network."""
        return self.model.n_modes if isinstance(self.model, MultimodeDicke) else 0

    @cached_property
    def cavity(self) -> MultimodeDicke:
        """The model, which is a cavity."""
        if not isinstance(self.model, MultimodeDicke):
            raise TypeError("a network has no light")
        return self.model

    @cached_property
    def begin(self) -> CavityStart:
        """The state at time 0."""
        if self.start is not None:
            return cavity_start(self.cavity, self.start)
        stored = self.cavity.stored
        return cavity_start(self.cavity, np.ones(self.spins) if stored is None else stored.values[0])

    @cached_property
    def dark(self) -> bool:
        """Whether a cavity has no rates: no drive, a spin without light, or channels of single atoms."""
        still = self.cavity.drive**2 < SMALLEST_SQUARE or not self.cavity.g.any(axis=1).all()
        return still or self.cavity.channels is not None

    @cached_property
    def rates_at_start(self) -> tuple[float, float]:
        """The largest and the mean rate of one spin of a cavity to flip: there and back, and there, at the start."""
        law, spins = CavityRates(self.cavity), np.where(self.begin.bloch[:, 2] < 0, -1, 1).astype(np.int8)
        energies = self.cavity.flip_energies(spins)
        there = law(energies, law.classes)
        return float((there + law(-energies, law.classes)).max()), float(there.mean())

    @cached_property
    def broken_at_start(self) -> bool:
        """Whether the rates of a cavity are broken at the start already; a certificate looks farther, at more cost."""
        cavity, fastest = self.cavity, self.rates_at_start[0]
        dephasing = (4 * cavity.g**2 @ force_dephasing(cavity)).max()
        together = int(self.ensemble_sizes.max()) + 1
        seen = cavity.g.any(axis=0)
        fast_drive = 2 * cavity.drive / float(np.abs(cavity.pole[seen]).min()) >= LIMIT_DRIVE
        return fast_drive or fastest / dephasing * (together**2 // 4) >= LIMIT_RATIO

    @cached_property
    def certificate(self) -> Certificate | None:
        """Where the rates of a cavity can be trusted; None if it has none or they are broken at the start."""
        if not isinstance(self.model, MultimodeDicke):
            return None
        return None if self.dark or self.broken_at_start else certificate_of(self.cavity)

    @property
    def rates_hold(self) -> bool:
        """Whether they are good or marginal."""
        return self.certificate is not None and self.certificate.verdict is not Verdict.BROKEN

    @cached_property
    def together(self) -> CollectiveSpins:
        """Spins by class, or one by one where atoms have channels."""
        alone = self.cavity.channels is not None
        return CollectiveSpins.each(self.cavity) if alone else CollectiveSpins.alike(self.cavity)

    @cached_property
    def classes(self) -> IntArray:
        """Sizes of the classes of like spins."""
        if isinstance(self.model, MultimodeDicke):
            return CollectiveSpins.alike(self.model).sizes
        return SpinClasses.of(self.model).sizes

    @cached_property
    def groups(self) -> int:
        """Classes of spins that also start alike."""
        if not isinstance(self.model, MultimodeDicke):
            return int(self.classes.size)
        alike = CollectiveSpins.alike(self.model)
        rows = np.column_stack([alike.label, np.round(alike.turned(self.begin.bloch), 9) + 0.0])
        return len(np.unique(rows, axis=0))

    @property
    def vectors(self) -> int:
        """Spins, or sums of them, that truncated Wigner moves: one by one where atoms have channels."""
        alone = isinstance(self.model, MultimodeDicke) and self.model.channels is not None
        return self.spins if alone else self.groups

    @property
    def configurations(self) -> float:
        """$2^N$, to the largest power that a float holds with room."""
        return 2.0 ** min(self.spins, HIGHEST)

    @cached_property
    def levels(self) -> tuple[int, ...]:
        """Fock states of each mode that the light at the start, and what it turns into, is likely to need."""
        found = []
        for alpha, thermal in zip(np.abs(self.begin.amplitudes), self.cavity.thermal_occupation, strict=True):
            hot = np.log(EMPTY) / np.log(thermal / (thermal + 1)) if thermal > 0 else 0.0
            reach = FEWEST_LEVELS + PER_AMPLITUDE * alpha + PER_PHOTON * alpha**2 + hot * (1 + alpha)
            found.append(int(np.ceil(min(reach, 1e9))))
        return tuple(found)

    @cached_property
    def ket(self) -> float:
        """Dimension of the space of spins, by class or one by one, and light."""
        return limited([*(int(size) + 1 for size in self.together.sizes), *self.levels])

    @cached_property
    def symmetric(self) -> float:
        """Numbers in a density matrix that no exchange of like spins changes."""
        spins = limited(comb(int(size) + 3, 3) for size in self.classes)
        return spins * limited(self.levels) ** 2 if self.modes else spins

    @cached_property
    def fastest(self) -> float:
        """The fastest rate of the classical equations."""
        if isinstance(self.model, MultimodeDicke):
            cavity = self.model
            fields = 2 * np.abs(cavity.g * np.abs(self.begin.amplitudes)).sum(axis=1).max()
            return float(max((cavity.omega + (cavity.loss + cavity.gain) / 2).max(), 2 * cavity.drive, fields))
        return float(self.model.drive + self.flip_rate + 1e-12)

    @cached_property
    def products(self) -> float:
        """Products of a state with the generator."""
        if not isinstance(self.model, MultimodeDicke):
            return 30 + 1.5 * self.spins * self.duration * max(self.model.drive, self.flip_rate)
        cavity, levels = self.model, np.array(self.levels, float)
        widths = 1.5 * (cavity.omega + (cavity.loss + cavity.gain) / 2) * levels
        configurations = np.ones((1, self.spins)) if cavity.stored is None else cavity.stored.values
        forces = np.abs(cavity.force(configurations)).max(axis=0)
        per_time = float((widths + 2 * forces * np.sqrt(levels)).sum()) + 2 * cavity.drive * self.spins
        return LOOKS + per_time * self.duration

    @property
    def steps(self) -> float:
        """Steps of truncated Wigner, at least two between any two times."""
        return max(STEPS_PER_RATE * self.duration * self.fastest, 2.0 * self.times)

    @property
    def evaluations(self) -> float:
        """Evaluations of classical right-hand sides."""
        return 50 + EVALUATIONS * self.duration * self.fastest

    @cached_property
    def moments(self) -> float:
        """Moments of cumulants of the order `order`, about: products of at most so many letters, two conjugate counted
        once.
        """
        letters = 3 * min(self.groups, 10**6) + 2 * self.modes
        return float(sum(comb(letters + k - 1, k) for k in range(1, self.order + 1))) / 1.5

    @cached_property
    def spin_entries(self) -> float:
        """Entries of the generator of spins alone."""
        n = self.spins
        return self.configurations**2 * (1 + 3 * n + 2 * n**2)

    @cached_property
    def sector_elements(self) -> float:
        r"""$\prod_c \binom{2 n_c}{n_c}$ elements of the density matrix between equal forces."""
        return limited(comb(2 * int(size), int(size)) for size in np.minimum(self.classes, HIGHEST))

    @property
    def memory_steps(self) -> float:
        """Steps of the equation with memory."""
        return 100 + MEMORY_STEPS * self.duration * self.fastest

    @property
    def jumps(self) -> str:
        """Whether spins flip one by one or together in the network that the cavity becomes."""
        if isinstance(self.model, OpenHopfield):
            return self.model.jumps
        if self.certificate is not None:
            return jumps_of(self.certificate)
        return "collective" if self.ensemble_sizes.max() > 1 else "individual"

    @cached_property
    def level_count(self) -> float:
        """Levels of the master equation: configurations, or those of collective spins."""
        if self.jumps == "individual":
            return self.configurations
        return limited((int(size) + 2) ** 2 // 4 for size in self.ensemble_sizes)

    @cached_property
    def ensemble_sizes(self) -> IntArray:
        """Sizes of the ensembles that flip together."""
        if isinstance(self.model, OpenHopfield):
            return self.model.ensembles.sizes if self.model.ensembles is not None else np.ones(self.spins, np.int64)
        return SpinEnsembles.of(self.model).sizes

    @cached_property
    def flip_rate(self) -> float:
        """The largest rate of one spin to flip, near the start."""
        if isinstance(self.model, MultimodeDicke):
            return 0.0 if self.dark else max(self.rates_at_start[0], self._certified_rate())
        network, energies = self.model, self.model.flip_energies(self._sample())
        both = network.rate_law(energies, network.spin_classes) + network.rate_law(-energies, network.spin_classes)
        return float(np.max(both))

    @cached_property
    def mean_rate(self) -> float:
        """The rate at which a spin flips, on the way and at rest, of the order of magnitude."""
        if isinstance(self.model, MultimodeDicke):
            return self.rates_at_start[1] + ON_THE_WAY * self.flip_rate
        return float(self.model.rates(self._sample()).mean()) + ON_THE_WAY * self.flip_rate

    def _certified_rate(self) -> float:
        return 0.0 if self.certificate is None else self.certificate.largest_flip_rate

    def _sample(self) -> Any:
        network = self.model
        if isinstance(network, OpenHopfield) and self.start is not None and not isinstance(self.start, ProductState):
            bloch = network_bloch(network, self.start)
            if bloch is not None:
                return bloch[:, 2].astype(np.int8)
        patterns = network.patterns if isinstance(network, OpenHopfield) else None
        return np.ones(self.spins, np.int8) if patterns is None else patterns.values[0]

    @property
    def flips(self) -> float:
        """Flips of one run."""
        together = float(self.ensemble_sizes.max()) / 2 + 1 if self.jumps == "collective" else 1.0
        return self.duration * self.spins * self.mean_rate * together

    @property
    def axes(self) -> float:
        """Ways out of a level of the master equation."""
        return float(self.spins if self.jumps == "individual" else 2 * self.ensemble_sizes.size)

    @property
    def chain(self) -> float:
        """Rates of the levels of the master equation, over all products; making them counts as fifty."""
        enhanced = float(((self.ensemble_sizes + 1) ** 2).sum()) / 4 if self.jumps == "collective" else self.spins
        return self.level_count * self.axes * (50 + self.duration * self.flip_rate * enhanced)

    @property
    def leaps(self) -> float:
        """Leaps of one run: a hundredth of the time in which a spin forgets."""
        return 10 * self.times + 100 * self.duration * self.flip_rate

    @property
    def row(self) -> float:
        """Numbers that a flip changes: M for factorised couplings, N for others, one for counted spins."""
        if self.classes.size < self.spins / 2:
            return float(self.classes.size)
        if isinstance(self.model, OpenHopfield):
            factors = self.model.interactions
            return float(factors.factors.shape[1] if isinstance(factors, Factorised) else self.spins)
        return float(self.modes)


def limited(factors: Iterable[int]) -> float:
    """The product, or 2^500 if that is less."""
    return float(min(prod(factors), 2 ** (2 * HIGHEST)))
