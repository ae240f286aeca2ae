"""Spins as the light sees them: one by one, or those of equal couplings as one collective spin."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np

from cavity_hopfield._checks import ReadOnlyArrays, frozen
from cavity_hopfield._typing import BoolArray, ComplexArray, FloatArray, IntArray, SpinArray
from cavity_hopfield.cavity.states import CavityStart
from cavity_hopfield.elimination import SpinEnsembles, spin_lengths
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.model import MultimodeDicke
from cavity_hopfield.operators import spin_component

POLARISED = 1e-9
"""How far from one the length of a Bloch vector may be, and from one another those of one class."""


@dataclass(frozen=True, eq=False)
class LadderStart:
    """One of the lengths that the collective spins may have at the start.

    Attributes
    ----------
    weight : float
        Its probability.
    twice_lengths : (C,) tuple of int
        $2 j_c$.
    spins : tuple of (2 j_c + 1,) complex arrays, or of (2, 2) arrays
        The ket of each collective spin; the density matrix of a single spin that is not polarised.
    """

    weight: float
    twice_lengths: tuple[int, ...]
    spins: tuple[ComplexArray, ...]


@dataclass(frozen=True, eq=False)
class CollectiveSpins(ReadOnlyArrays):
    r"""$\tau_i = s_i \sigma_i$ (components y and z; x as it is) of the spins of one class add up to $2 \mathbf J_c$.

    The spins of a class couple alike, up to the sign $s_i$, so that the Hamiltonian and the jumps of the light know
    $\mathbf J_c$ alone and conserve its length. Build with `CollectiveSpins.each` (every spin its own class, the only
    choice if the atoms have channels of their own) or `CollectiveSpins.alike`.

    Attributes
    ----------
    label : (N,) array of int
        The class of each spin.
    sign : (N,) array of +-1
        $s_i$: the turn about x that gives all spins of a class one coupling.
    sizes : (C,) array of int
        Numbers of spins.
    g : (C, M) array
        Couplings of one spin of each class, after the turn.

    Examples
    --------
    >>> spins = CollectiveSpins.alike(MultimodeDicke(g=[[0.5], [-0.5], [0.5]], omega=1.0, loss=1.0))
    >>> spins.sizes, spins.sign
    (array([3]), array([ 1, -1,  1], dtype=int8))
    """

    label: IntArray
    sign: SpinArray
    sizes: IntArray
    g: FloatArray

    @classmethod
    def each(cls, model: MultimodeDicke) -> "CollectiveSpins":
        """Every spin by itself, as it is."""
        n = model.n_spins
        return cls(frozen(np.arange(n)), frozen(np.ones(n, np.int8)), frozen(np.ones(n, np.int64)), model.g)

    @classmethod
    def alike(cls, model: MultimodeDicke) -> "CollectiveSpins":
        """Spins with equal couplings together, up to a sign if their channels allow the turn."""
        found = SpinEnsembles.of(model)
        if model.channels is None or not model.channels.tells_up_from_down:
            return cls(found.label, found.sign, found.sizes, found.g)
        halves = np.stack([found.label, found.sign], axis=1)
        _, first, label = np.unique(halves, axis=0, return_index=True, return_inverse=True)
        order = np.argsort(first)
        label = np.argsort(order)[label.reshape(-1)]
        ones = np.ones(model.n_spins, np.int8)
        return cls(frozen(label), frozen(ones), frozen(np.bincount(label)), frozen(model.g[first[order]]))

    @property
    def n_classes(self) -> int:
        """Number of classes C."""
        return int(self.sizes.size)

    def turned(self, bloch: FloatArray) -> FloatArray:
        """Bloch vectors (..., N, 3) of the spins in the gauge of the classes, or back: x as it is, y and z by sign."""
        return np.asarray(bloch * np.stack([np.ones_like(self.sign), self.sign, self.sign], axis=1))

    def class_means(self, bloch: FloatArray) -> FloatArray:
        """Mean Bloch vectors (..., C, 3) of the classes in their gauge, from those of the spins (..., N, 3)."""
        onto = np.zeros((self.n_classes, self.label.size))
        onto[self.label, np.arange(self.label.size)] = 1 / self.sizes[self.label]
        return np.asarray(onto @ self.turned(bloch))

    def spin_means(self, means: FloatArray) -> FloatArray:
        """Bloch vectors (..., N, 3) of the spins from the mean ones of the classes (..., C, 3)."""
        return self.turned(means[..., self.label, :])

    def split_by(self, pattern: FloatArray) -> BoolArray:
        """Whether a pattern (N,) has both signs, after the turn, in the spins of each class, shape (C,)."""
        return np.asarray(np.abs(self._sums(pattern)) < self.sizes)

    def class_signs(self, pattern: FloatArray) -> FloatArray:
        """The sign (C,) that a pattern (N,) has, after the turn, in all spins of each class.

        Raises
        ------
        ArgumentError
            If it splits a class: the sum of the spins does not tell its overlap.
        """
        if self.split_by(pattern).any():
            raise ArgumentError(
                "The pattern must have one sign in all spins that couple alike, but splits a class. Treat every spin "
                'by itself: `Lindblad` or `QuantumJumps` with `resolution="site"`.'
            )
        return np.asarray(np.sign(self._sums(pattern)), np.float64)

    def unlike(self, bloch: FloatArray) -> BoolArray:
        """Whether the spins of each class start unlike, after the turn, with Bloch vectors (N, 3); shape (C,)."""
        turned = self.turned(bloch)
        first = np.unique(self.label, return_index=True)[1]
        apart = np.abs(turned - turned[first][self.label]).max(axis=1) > POLARISED
        return np.bincount(self.label, apart, self.n_classes) > 0

    def _sums(self, pattern: FloatArray) -> FloatArray:
        return np.asarray(np.bincount(self.label, np.asarray(pattern) * self.sign, self.n_classes), np.float64)

    def ladder_starts(self, bloch: FloatArray) -> Iterator[LadderStart]:
        r"""The lengths that the collective spins may have if the spins have the Bloch vectors `bloch` (N, 3).

        A class starts with all its spins in one pure state, or with each up or down along z: then $j_c$ is random, and
        what follows is the mean over the order of its spins. A class of one spin starts in any state.

        Raises
        ------
        ArgumentError
            If a class starts in neither way.
        """
        options = [self._options(c, self.turned(bloch)[self.label == c]) for c in range(self.n_classes)]
        for choice in product(*options):
            yield LadderStart(
                float(np.prod([weight for weight, _, _ in choice])),
                tuple(twice for _, twice, _ in choice),
                tuple(state for _, _, state in choice),
            )

    def _options(self, c: int, vectors: FloatArray) -> list[tuple[float, int, ComplexArray]]:
        """Probability, twice the length and state of the collective spin of one class."""
        n, first = len(vectors), vectors[0]
        lengths = np.linalg.norm(vectors, axis=1)
        if np.abs(vectors - first).max() <= POLARISED and abs(lengths[0] - 1) <= POLARISED:
            return [(1.0, n, _coherent(first, n))]
        if n == 1:
            x, y, z = first
            return [(1.0, 1, np.array([[1 + z, x - 1j * y], [x + 1j * y, 1 - z]], np.complex128) / 2)]
        if np.abs(np.abs(vectors[:, 2]) - 1).max() > POLARISED:
            raise ArgumentError(
                f"Argument `initial` must have the spins of each class in one pure state, or each up or down along z, "
                f"but the class of spin {int(np.argmax(self.label == c))} has neither. Treat every spin by itself: "
                '`resolution="site"`.'
            )
        m = float(np.sign(vectors[:, 2]).sum() / 2)
        js, weights = spin_lengths(n, m)
        return [(float(w), round(2 * j), _projected(round(2 * j), m)) for j, w in zip(js, weights, strict=True) if w]


def averages_told(model: MultimodeDicke, spins: CollectiveSpins, start: CavityStart) -> str | None:
    """A text that names the stored patterns whose overlap is that of the mean over the order of spins; None if none.

    Where the spins of a class start unlike, what is known of them is the mean over their order. Of a pattern that
    splits such a class, after the turn, the overlap is not that of `start`.
    """
    if model.stored is None:
        return None
    unlike = spins.unlike(start.bloch)
    names = [
        name
        for name, pattern in zip(model.stored.names, model.stored.values, strict=True)
        if (spins.split_by(pattern) & unlike).any()
    ]
    if not names:
        return None
    return (
        f"Spins that couple alike start unlike and are averaged over their order, and {', '.join(map(repr, names))} "
        "would tell them apart: overlaps with such patterns are means over the order. Treat every spin by itself: "
        '`Lindblad` or `QuantumJumps` with `resolution="site"`.'
    )


def _projected(twice_length: int, m: float) -> ComplexArray:
    r"""$|j, m\rangle$."""
    ket = np.zeros(twice_length + 1, np.complex128)
    ket[round(twice_length / 2 - m)] = 1.0
    return ket


def _coherent(vector: FloatArray, twice_length: int) -> ComplexArray:
    """The coherent state of a spin of length j that points along `vector`: all 2j spins 1/2 do."""
    if twice_length == 0:
        return np.ones(1, np.complex128)
    along = sum(part * spin_component(axis, twice_length) for part, axis in zip(vector, "xyz", strict=True))
    ket = np.linalg.eigh(along.toarray())[1][:, -1]
    largest = ket[np.argmax(np.abs(ket))]
    return np.asarray(ket * (abs(largest) / largest), np.complex128)
