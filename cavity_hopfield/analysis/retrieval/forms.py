"""Networks told spin by spin, or by how many spins of each class are up: what a recall needs of either."""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import xarray as xr

from cavity_hopfield._typing import FloatArray, IntArray
from cavity_hopfield.exceptions import ArgumentError, SizeError
from cavity_hopfield.hopfield import Patterns
from cavity_hopfield.network import CountedHopfield, OpenHopfield
from cavity_hopfield.theory.zero_temperature.zero_temperature import ZeroTemperature

MOST_DRAWN = 10**9
"""The generator draws which of fewer spins than this are wrong."""
EQUAL = 1e-12
"""Gains below this share of the largest energy are round-off."""
Network = OpenHopfield | CountedHopfield
States = npt.NDArray[Any]


class Form(Protocol):
    """A network as recalls see it."""

    @property
    def memory(self) -> Patterns:
        """The patterns; of a counted network, one entry for each class."""
        ...

    @property
    def network(self) -> Network:
        """The network."""
        ...

    @property
    def sizes(self) -> IntArray:
        """How many spins each entry of a pattern stands for."""
        ...

    def pure(self, place: int) -> States:
        """The state that is a pattern."""
        ...

    def corrupted(self, place: int, wrong: int, runs: int, stream: np.random.Generator) -> States:
        """States (runs, ...) with `wrong` spins of a pattern flipped at random."""
        ...

    def relaxation_rate(self) -> float:
        r"""$\langle W_i(\epsilon_i) + W_i(-\epsilon_i) \rangle$ over the spins at the patterns."""
        ...

    def settled(self, passages: xr.Dataset, runs: IntArray) -> FloatArray:
        """Where the energy leads from the last states of some runs: means of the spins of each entry of a pattern."""
        ...


def form_of(network: Network) -> Form:
    """The form of a network; an `ArgumentError` if it has no patterns."""
    if not isinstance(network, (OpenHopfield, CountedHopfield)):
        raise ArgumentError(
            f"Argument `network` must be an `OpenHopfield` or a `CountedHopfield`, but is a {type(network).__name__}."
        )
    if network.patterns is None:
        raise ArgumentError(
            "Argument `network` must have patterns to be recalled, but has none. Give them with "
            "`OpenHopfield(..., patterns=...)`."
        )
    if isinstance(network, CountedHopfield):
        return Counted(network, network.patterns)
    if network.jumps != "individual":
        raise ArgumentError(
            "Argument `network` must have individual jumps, for its recalls are followed spin by spin, but its spins "
            "flip together."
        )
    return Listed(network, network.patterns)


@dataclass(frozen=True, eq=False)
class Listed:
    """Spin by spin: states are configurations (N,)."""

    network: OpenHopfield
    memory: Patterns

    @property
    def sizes(self) -> IntArray:
        """One spin each."""
        return np.ones(self.memory.n_spins, np.int64)

    def pure(self, place: int) -> States:
        """The pattern."""
        return self.memory[place]

    def corrupted(self, place: int, wrong: int, runs: int, stream: np.random.Generator) -> States:
        """Configurations (runs, N)."""
        turned = np.ones((runs, self.memory.n_spins), np.int8)
        turned[:, :wrong] = -1
        stream.permuted(turned, axis=1, out=turned)
        turned *= self.memory[place]
        return turned

    def relaxation_rate(self) -> float:
        """Over all patterns and spins."""
        law, classes = self.network.rate_law, self.network.spin_classes
        energies = self.network.flip_energies(self.memory.values)
        return float((law(energies, classes) + law(-energies, classes)).mean())

    def settled(self, passages: xr.Dataset, runs: IntArray) -> FloatArray:
        """By steepest descent."""
        final = passages["final_configuration"].values[runs]
        found = ZeroTemperature(rule="steepest").settle(self.network.interactions, final).final
        return found.astype(np.float64)


@dataclass(frozen=True, eq=False)
class Counted:
    """By counts: states are the numbers of up spins (C,)."""

    network: CountedHopfield
    memory: Patterns

    @property
    def sizes(self) -> IntArray:
        """Spins of each class."""
        return self.network.sizes

    def pure(self, place: int) -> States:
        """All spins of a class up, or none."""
        return np.asarray(np.where(self.memory[place] > 0, self.sizes, 0))

    def corrupted(self, place: int, wrong: int, runs: int, stream: np.random.Generator) -> States:
        """Counts (runs, C): how many of the wrong spins are in each class is drawn."""
        if self.network.n_spins >= MOST_DRAWN:
            raise SizeError(
                f"Which of {self.network.n_spins} spins are wrong is not drawn for {MOST_DRAWN:g} spins or more. Take "
                "fewer: a recall no longer depends on their number."
            )
        turned = stream.multivariate_hypergeometric(self.sizes, wrong, size=runs, method="marginals")
        return np.asarray(np.where(self.memory[place] > 0, self.sizes - turned, turned))

    def relaxation_rate(self) -> float:
        """Over all patterns and spins."""
        law, classes = self.network.rate_law, self.network.rate_classes
        rates = []
        for place in range(self.memory.n_patterns):
            both = self.network.flip_energies(self.pure(place))
            energies = np.where(self.memory[place] > 0, both[:, 0], both[:, 1])
            rates.append(np.average(law(energies, classes) + law(-energies, classes), weights=self.sizes))
        return float(np.mean(rates))

    def settled(self, passages: xr.Dataset, runs: IntArray) -> FloatArray:
        """Class by class: of those whose field turns them, the one that gains most, until none gains."""
        couplings, sizes = self.network.couplings, self.sizes.astype(np.float64)
        spins = 2.0 * passages["final_ups"].values[runs] - sizes
        moving = np.arange(len(spins))
        while moving.size:
            here = spins[moving]
            fields = here @ couplings
            steps = np.where(fields < 0, -sizes, sizes) - here
            gains = fields * steps + 0.5 * np.diag(couplings) * steps**2
            best = gains.argmax(axis=1)
            rows = np.arange(moving.size)
            gaining = gains[rows, best] > EQUAL * np.abs(couplings).max() * sizes.sum() ** 2
            moving, best, rows = moving[gaining], best[gaining], rows[gaining]
            spins[moving, best] += steps[rows, best]
        return np.asarray(spins / sizes)
