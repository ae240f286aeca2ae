"""One pure state of spins and light for each run, drawn where the start is a mixture."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy.linalg import eigh_tridiagonal
from scipy.special import gammaln, xlogy

from cavity_hopfield._typing import ComplexArray, FloatArray
from cavity_hopfield.cavity.options import Displacement, amplitudes_of, spins_of
from cavity_hopfield.cavity.spins import CollectiveSpins, LadderStart
from cavity_hopfield.cavity.states import PER_AMPLITUDE, SPARE, CavityStart, cavity_start
from cavity_hopfield.dynamics.streams import run_stream
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.model import MultimodeDicke

START = 1
"""The purpose of the stream that draws the start of a run."""
THERMAL = 40
"""Beside the others, so many more Fock states per thermal photon in which a displacement is worked out."""
NOTHING = 1e-12
"""A probability that passes as none."""


@dataclass(frozen=True, eq=False)
class PureStart:
    """What one run starts from.

    Attributes
    ----------
    ladders : LadderStart
        The collective spins.
    quanta : (M,) tuple of int
        The displaced Fock state of each mode.
    """

    ladders: LadderStart
    quanta: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class PureStarts:
    r"""$\rho = \sum_k p_k |\psi_k\rangle\langle\psi_k|$: lengths of collective spins with their weights, eigenstates of
    single spins that are not polarised, and for each mode with thermal light $D(\alpha) |n\rangle$ with the probability
    $\bar n^n / (\bar n + 1)^{n + 1}$.

    Attributes
    ----------
    spins : CollectiveSpins
        How the spins are taken together.
    start : CavityStart
        The state of spins and light.
    displacement : (M,) complex array
        The frame of the modes.
    """

    spins: CollectiveSpins
    start: CavityStart
    displacement: ComplexArray

    @classmethod
    def of(
        cls, model: MultimodeDicke, initial: Any, resolution: str | None, displacement: Displacement
    ) -> "PureStarts":
        """What `initial` is a mixture of; plain Fock states if `displacement` is None."""
        start = cavity_start(model, initial)
        shift = amplitudes_of("none" if displacement is None else displacement, model, start)
        return cls(spins_of(model, resolution), start, np.asarray(shift, np.complex128))

    @cached_property
    def ladders(self) -> list[LadderStart]:
        """All lengths that the collective spins may have."""
        return list(self.spins.ladder_starts(self.start.bloch))

    @cached_property
    def pure(self) -> PureStart | None:
        """The state if there is but one, of which nothing is drawn."""
        alone = len(self.ladders) == 1 and all(state.ndim == 1 for state in self.ladders[0].spins)
        if not alone or self.start.thermal.any():
            return None
        return PureStart(self.ladders[0], (0,) * self.start.thermal.size)

    def each(self, seed: int, runs: int) -> list[PureStart]:
        """The pure states of so many runs, each from a stream of its own that serves nothing else."""
        if self.pure is not None:
            return [self.pure] * runs
        return [self.draw(run_stream(seed, run, START)) for run in range(runs)]

    def draw(self, stream: np.random.Generator) -> PureStart:
        """One of the pure states, by the same random numbers whatever the Fock states kept."""
        weights = np.cumsum([one.weight for one in self.ladders])
        chosen = self.ladders[int(np.searchsorted(weights, stream.random() * weights[-1], side="right"))]
        kets = tuple(_eigenstate(state, stream) for state in chosen.spins)
        shares = self.start.thermal / (self.start.thermal + 1)
        draws = 1 - stream.random(shares.size)
        quanta = tuple(int(np.log(u) / np.log(q)) if q else 0 for u, q in zip(draws, shares, strict=True))
        return PureStart(LadderStart(chosen.weight, chosen.twice_lengths, kets), quanta)

    def fock_matrices(self, levels: tuple[int, ...]) -> list[ComplexArray]:
        r"""$\langle m | D(\alpha_\mu - \beta_\mu) | n \rangle$ of every mode for m below its `levels`."""
        return [
            _displaced(complex(amplitude), float(thermal), size)
            for amplitude, thermal, size in zip(
                self.start.amplitudes - self.displacement, self.start.thermal, levels, strict=True
            )
        ]


def ket_of(start: PureStart, matrices: list[ComplexArray]) -> ComplexArray:
    """The state vector in the product basis, of norm one whatever the Fock states leave out.

    Raises
    ------
    ArgumentError
        If they leave out all of the light.
    """
    ket: ComplexArray = np.ones(1, np.complex128)
    for spin in start.ladders.spins:
        ket = np.asarray(np.kron(ket, spin))
    for mode, light in enumerate(_light(start, matrices)):
        norm = float(np.linalg.norm(light))
        if not norm**2 > NOTHING:
            raise ArgumentError(
                f"Argument `fock` leaves out all of the light that mode {mode} has at the start: {light.size} Fock "
                "states hold nothing of it. Leave it out, raise it, or take another frame (`displacement`)."
            )
        ket = np.asarray(np.kron(ket, light / norm))
    return ket


def left_out(drawn: list[PureStart], matrices: list[ComplexArray]) -> FloatArray:
    """The largest probability (M,) that the Fock states leave out of the light of any start."""
    kept = [[float(np.linalg.norm(light)) ** 2 for light in _light(one, matrices)] for one in drawn]
    return np.asarray(np.maximum(0.0, 1 - np.min(kept, axis=0)))


def _light(start: PureStart, matrices: list[ComplexArray]) -> list[ComplexArray]:
    """The light of each mode in the Fock states kept; zero where its state has more quanta than were worked out."""
    found = [
        matrix[:, quanta] if quanta < matrix.shape[1] else np.zeros(matrix.shape[0], np.complex128)
        for matrix, quanta in zip(matrices, start.quanta, strict=True)
    ]
    if not all(np.isfinite(light).all() for light in found):
        raise ArgumentError("Argument `initial` has light whose state vector is not finite. Give smaller amplitudes.")
    return found


def _eigenstate(state: ComplexArray, stream: np.random.Generator) -> ComplexArray:
    """A ket as it is; of a density matrix an eigenstate, with its probability."""
    if state.ndim == 1:
        return state
    weights, kets = np.linalg.eigh(state)
    return np.asarray(kets[:, int(stream.random() < weights[1])])


def _displaced(amplitude: complex, thermal: float, levels: int) -> ComplexArray:
    """The displacement in enough Fock states, its lowest `levels` rows; a column alone if there is no thermal light."""
    number, strength = np.arange(levels), abs(amplitude)
    if thermal == 0:
        logarithm = xlogy(number, strength) - strength**2 / 2 - gammaln(number + 1) / 2
        return np.asarray(np.exp(logarithm + 1j * number * np.angle(amplitude)))[:, None]
    size = levels + SPARE + int(np.ceil(PER_AMPLITUDE * strength + strength**2 + THERMAL * thermal))
    # exp(-i |alpha| (a + a^dagger)), whose eigenvectors are real, between two turns of phase space
    positions, waves = eigh_tridiagonal(np.zeros(size), np.sqrt(np.arange(1.0, size)))
    moved = (waves[:levels] * np.exp(-1j * strength * positions)) @ waves.T
    turn = 1j * np.exp(1j * np.angle(amplitude))
    return np.asarray(turn ** number[:, None] * moved * np.conj(turn) ** np.arange(size))
