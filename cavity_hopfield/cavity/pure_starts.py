"""One pure state of spins and light for each run, drawn where the start is a mixture."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.linalg import expm
from scipy.special import gammaln

from cavity_hopfield._typing import ComplexArray, FloatArray
from cavity_hopfield.cavity.spins import CollectiveSpins, LadderStart
from cavity_hopfield.cavity.states import PER_AMPLITUDE, SPARE, CavityStart
from cavity_hopfield.dynamics.streams import run_stream

START = 1
"""The purpose of the stream that draws the start of a run."""
THERMAL = 40
"""Beside the others, so many more Fock states per thermal photon in which a displacement is worked out."""


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


def ket_of(start: PureStart, matrices: list[ComplexArray]) -> tuple[ComplexArray, FloatArray]:
    r"""The state vector in the product basis, of norm one, and for each mode the probability (M,) beyond the Fock
    states kept, which the norm makes up for.
    """
    ket: ComplexArray = np.ones(1, np.complex128)
    missing = np.ones(len(matrices))
    for spin in start.ladders.spins:
        ket = np.asarray(np.kron(ket, spin))
    for mode, (matrix, quanta) in enumerate(zip(matrices, start.quanta, strict=True)):
        if quanta < matrix.shape[1] and matrix[:, quanta].any():
            light = matrix[:, quanta]
            missing[mode] = max(0.0, 1 - float(np.linalg.norm(light)) ** 2)
        else:
            light = np.eye(matrix.shape[0], dtype=np.complex128)[-1]
        ket = np.asarray(np.kron(ket, light))
    return ket / np.linalg.norm(ket), missing


def _eigenstate(state: ComplexArray, stream: np.random.Generator) -> ComplexArray:
    """A ket as it is; of a density matrix an eigenstate, with its probability."""
    if state.ndim == 1:
        return state
    weights, kets = np.linalg.eigh(state)
    return np.asarray(kets[:, int(stream.random() < weights[1])])


def _displaced(amplitude: complex, thermal: float, levels: int) -> ComplexArray:
    """The displacement in enough Fock states, its lowest `levels` rows; a column alone if there is no thermal light."""
    if thermal == 0:
        number = np.arange(levels)
        sizes = np.exp(-(abs(amplitude) ** 2) / 2 - gammaln(number + 1) / 2)
        return np.asarray(sizes * np.power(amplitude + 0j, number))[:, None]
    beyond = PER_AMPLITUDE * abs(amplitude) + abs(amplitude) ** 2 + THERMAL * thermal
    size = levels + SPARE + int(np.ceil(beyond))
    lowering = np.diag(np.sqrt(np.arange(1.0, size)), 1)
    return np.asarray(expm(amplitude * lowering.T - np.conj(amplitude) * lowering)[:levels])
