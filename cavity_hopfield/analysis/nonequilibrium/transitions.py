"""Every pair of opposite flips of a network, with its rates: what detailed balance is a statement about."""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy.sparse import csr_array
from scipy.special import gammaln

from cavity_hopfield._typing import ArrayLike, FloatArray, IntArray
from cavity_hopfield.exceptions import ArgumentError, SizeError
from cavity_hopfield.model import RateLaw
from cavity_hopfield.network import CountedHopfield, OpenHopfield, require_constant, require_single_flips
from cavity_hopfield.network.configuration_rates import checked_rates
from cavity_hopfield.network.ladders import Ladders
from cavity_hopfield.theory.master_equation.chain import Chain
from cavity_hopfield.theory.master_equation.stationary import Stationary, solve_stationary

Network = OpenHopfield | CountedHopfield
MOST_STATES = 2**17
"""States of the largest chain that is solved exactly."""
RESIDUAL = 1e-10


@dataclass(frozen=True, eq=False)
class Transitions:
    r"""$k \rightleftharpoons k'$: a spin of class c that is up in its gauge turns over, at the rate $u_c
    W_c(\epsilon)$; back at $(n_c - u_c + 1) W_c(-\epsilon)$.

    States are numbers of up spins of each class, the largest first and that of the last class running fastest; where
    every spin stands by itself, configurations in the product order.

    Build with `Transitions.of`.

    Attributes
    ----------
    ladders : Ladders
        The classes.
    rate_law : RateLaw
        W.
    spins : (K, C) array of int
        $S_c = 2 u_c - n_c$ of every state.
    source, target, flipped : (E,) arrays of int
        $k$, $k'$ and c.
    energy : (E,) array
        $\epsilon$.
    ways, rates : (E, 2) arrays
        $u_c$ and $n_c - u_c + 1$; $W_c(\epsilon)$ and $W_c(-\epsilon)$.
    """

    ladders: Ladders
    rate_law: RateLaw
    spins: IntArray
    source: IntArray
    target: IntArray
    flipped: IntArray
    energy: FloatArray
    ways: FloatArray
    rates: FloatArray

    @classmethod
    def of(cls, model: Network, *, listed: bool = False) -> "Transitions":
        """The transitions of `model`; spins that are alike are counted, or with `listed` kept apart.

        Raises
        ------
        ArgumentError
            If the network has a drive, spins that flip together, or rates that change in time.
        SizeError
            If there are more than 131 072 states.
        """
        require_flips(model)
        ladders = Ladders.of(model) if listed and isinstance(model, OpenHopfield) else Ladders.counted(model)
        _require_size(ladders.sizes)
        shape = ladders.sizes + 1
        downs = np.stack(np.unravel_index(np.arange(math.prod(shape)), shape), axis=1)
        spins = ladders.sizes - 2 * downs
        parts = [_of_class(ladders, spins, c, math.prod(shape[c + 1 :])) for c in range(shape.size)]
        source, target, flipped, energy, out, back = (np.concatenate(column) for column in zip(*parts, strict=True))
        ways = np.stack([out, back], axis=1).astype(np.float64)
        pairs = rates_of(model.rate_law, ladders.rate_classes[flipped], energy)
        return cls(ladders, model.rate_law, spins, source, target, flipped, energy, ways, pairs)

    @property
    def n_states(self) -> int:
        """Number of states K."""
        return len(self.spins)

    @property
    def dimension(self) -> str:
        """Name of the axis along the states."""
        return "configuration" if self.ladders.listed else "count"

    @cached_property
    def generator(self) -> csr_array:
        """G, shape (K, K), whose columns sum to zero."""
        return self.generator_of(self.ways * self.rates)

    def generator_of(self, flows: FloatArray) -> csr_array:
        """The matrix with `flows` (E, 2) out and back, whose columns sum to zero."""
        out, back = flows.T
        diagonal = -np.bincount(self.source, out, self.n_states) - np.bincount(self.target, back, self.n_states)
        everyone = np.arange(self.n_states)
        rows = np.concatenate([self.target, self.source, everyone])
        columns = np.concatenate([self.source, self.target, everyone])
        return csr_array((np.concatenate([out, back, diagonal]), (rows, columns)), shape=(self.n_states,) * 2)

    @cached_property
    def stationary(self) -> Stationary:
        """The stationary distribution, every probability accurate by itself.

        Raises
        ------
        ArgumentError
            If more than one is possible, because some states are never left for others.
        """
        chain = Chain.of(self.generator.copy())
        closed = chain.closed_classes
        if len(closed) != 1:
            raise ArgumentError(
                f"Argument `model` must have one stationary distribution, but {len(closed)} sets of states are never "
                "left: the rates between them vanish. Raise the temperature, or the loss of the cavity."
            )
        found = solve_stationary(chain.restricted(closed[0]), RESIDUAL)
        probability = np.zeros(self.n_states)
        probability[closed[0]] = found.probability
        return Stationary(probability, found.residual, found.error, found.method)

    @cached_property
    def flows(self) -> FloatArray:
        r"""$p_k w_{kk'}$ and $p_{k'} w_{k'k}$ in the stationary state, shape (E, 2)."""
        p = self.stationary.probability
        return np.asarray(self.ways * self.rates * np.stack([p[self.source], p[self.target]], axis=1))

    @cached_property
    def energies(self) -> FloatArray:
        """Energy of every state, shape (K,)."""
        return self.ladders.energy(self.spins)

    @cached_property
    def log_multiplicity(self) -> FloatArray:
        """Logarithm of the number of configurations in every state, shape (K,)."""
        sizes, ups = self.ladders.sizes, (self.spins + self.ladders.sizes) / 2
        return np.asarray((gammaln(sizes + 1.0) - gammaln(ups + 1) - gammaln(sizes - ups + 1)).sum(axis=1))

    def configuration(self, state: int) -> IntArray:
        """A configuration (N,) of a state, the first spins of each class up in its gauge; of a network told by counts,
        the numbers of up spins (C,).
        """
        ups = (self.spins[state] + self.ladders.sizes) // 2
        label = self.ladders.label
        if label.size < self.ladders.n_spins:
            return np.asarray(ups)
        rank = np.empty(label.size, np.int64)
        for c in range(ups.size):
            members = label == c
            rank[members] = np.arange(np.count_nonzero(members))
        return np.asarray(np.where(rank < ups[label], 1, -1) * self.ladders.sign, dtype=np.int64)

    def coordinates(self) -> dict[str, Any]:
        """What the states are."""
        if self.dimension == "configuration":
            return {"spins": (("configuration", "spin"), self.spins)}
        return {"spins_up": (("count", "spin_class"), (self.spins + self.ladders.sizes) // 2)}

    def in_pattern(self, model: Network, pattern: str | int) -> FloatArray:
        r"""$\xi_c$ of a pattern for each class, in its gauge, shape (C,).

        Raises
        ------
        ArgumentError
            If the network has no such pattern.
        """
        if model.patterns is None:
            raise ArgumentError(
                "Argument `model` must have patterns to name one, but has none. Pass `patterns` with the couplings."
            )
        _, first = np.unique(self.ladders.label, return_index=True)
        return np.asarray(model.patterns[pattern][first] * self.ladders.sign[first], dtype=np.float64)


def require_flips(model: Network) -> None:
    """An error unless `model` is a network of single flips at constant rates, without a coherent drive."""
    reader = "this analysis"
    if isinstance(model, CountedHopfield):
        require_constant(model.rate_law, reader)
        return
    require_single_flips(model, reader)
    if model.drive > 0:
        raise ArgumentError(
            f"Argument `model` must have no coherent drive for {reader}, but has drive={model.drive:g}. Classical "
            "flips know no coherence; set `drive=0`."
        )


def rates_of(law: RateLaw, classes: IntArray, energies: ArrayLike) -> FloatArray:
    r"""$W_c(\epsilon)$ and $W_c(-\epsilon)$, shape (..., 2); the law is asked once for each flip energy of a class."""
    both = np.stack([energies, np.negative(energies)], axis=-1)
    labels = np.broadcast_to(np.asarray(classes)[..., None], both.shape)
    rates = np.empty(both.shape)
    for label in np.unique(labels):
        here = labels == label
        distinct, places = np.unique(both[here], return_inverse=True)
        rates[here] = checked_rates(law, distinct, int(label))[places.reshape(-1)]
    return rates


def _of_class(ladders: Ladders, spins: IntArray, c: int, stride: int) -> tuple[Any, ...]:
    """Source, target, class, flip energy and ways out and back of the flips of class `c`."""
    size = int(ladders.sizes[c])
    source = np.flatnonzero(spins[:, c] > -size)
    field = np.zeros(source.size)
    for coupling, column in zip(ladders.couplings[c], spins[source].T, strict=True):
        # term by term, so that equal rows give equal bits
        field += coupling * column
    energy = 2 * (field - ladders.couplings[c, c])
    ups = (spins[source, c] + size) // 2
    return source, source + stride, np.full(source.size, c), energy, ups, size - ups + 1


def _require_size(sizes: IntArray) -> None:
    states = float(np.exp(np.log(sizes + 1.0).sum())) if np.log(sizes + 1.0).sum() < 300 else np.inf
    if states > MOST_STATES + 0.5:
        raise SizeError(
            f"The chain of this network has about {states:.2g} states, more than {MOST_STATES}: too many to solve. "
            "`entropy_production_of_runs` and `kolmogorov_cycles` with `samples` serve any size."
        )
