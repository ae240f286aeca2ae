"""Many runs of pure states from one start, with as many Fock states as are enough, on several threads."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

import numpy as np

from cavity_hopfield._typing import ComplexArray, FloatArray, IntArray
from cavity_hopfield.cavity.enough_fock import PILOTS, Enough, at_enough_fock, first_fock
from cavity_hopfield.cavity.pure_starts import PureStart, PureStarts, ket_of
from cavity_hopfield.cavity.readout import PER_CLASS, PER_MODE
from cavity_hopfield.cavity.space import CavitySpace
from cavity_hopfield.dynamics import Progress, spawn_streams
from cavity_hopfield.exceptions import SizeError
from cavity_hopfield.model import MultimodeDicke


class Observed(Protocol):
    """What a run leaves, at least."""

    @property
    def peaks(self) -> FloatArray:
        """Largest probability (M,) of the two highest Fock states."""
        ...


Motion = TypeVar("Motion")
One = TypeVar("One", bound=Observed)


@dataclass(eq=False)
class PureRuns(Generic[Motion, One]):
    """Runs of one model from one start.

    Attributes
    ----------
    model : MultimodeDicke
        The model.
    starts : PureStarts
        What its runs start from.
    runs, seed, threads : int
        Number of runs; their seed; how many at a time.
    memory_gib : float
        Refuse what needs more.
    what : str
        What the runs are, for the text of an error.
    vectors, numbers : int
        State vectors that a run keeps, and numbers that it leaves.
    build : callable
        What all runs in one space share.
    run : callable
        One run of the above from a ket, with its stream.
    """

    model: MultimodeDicke
    starts: PureStarts
    runs: int
    seed: int
    threads: int
    memory_gib: float
    what: str
    vectors: int
    numbers: int
    build: Callable[[CavitySpace], Motion]
    run: Callable[[Motion, ComplexArray, np.random.Generator], One]
    done: list[One] = field(default_factory=list)

    def all(self, fock: tuple[int, ...] | None, progress: Progress | None) -> tuple[list[One], Enough]:
        """All runs in their order, and the Fock states kept."""
        drawn = self.starts.each(self.seed, self.runs)

        def attempt(count: int, told: Progress | None, levels: tuple[int, ...]) -> FloatArray:
            self.done = []
            peaks = np.zeros(len(levels))
            for one in self.some(drawn[:count], levels):
                self.done.append(one)
                peaks = np.maximum(peaks, one.peaks)
                if told is not None:
                    told(len(self.done) / self.runs)
            return peaks

        enough = at_enough_fock(
            fock,
            first_fock(self.starts, drawn),
            lambda levels: attempt(PILOTS, None, levels),
            lambda levels: attempt(self.runs, progress, levels),
        )
        return self.done, enough

    def some(self, drawn: list[PureStart], levels: tuple[int, ...]) -> Iterator[One]:
        """The first runs, one from each of the states `drawn`."""
        lengths = {one.ladders.twice_lengths for one in drawn}
        self._check_size(levels, len(lengths))
        spins, shift = self.starts.spins, self.starts.displacement
        motions = {one: self.build(CavitySpace(self.model, spins, one, levels, shift)) for one in lengths}
        matrices = self.starts.fock_matrices(levels)
        alone = None if self.starts.pure is None else ket_of(self.starts.pure, matrices)

        def one(job: tuple[PureStart, np.random.Generator]) -> One:
            ket, missing = ket_of(job[0], matrices) if alone is None else alone
            run = self.run(motions[job[0].ladders.twice_lengths], ket, job[1])
            np.maximum(run.peaks, missing, out=run.peaks)
            return run

        jobs = zip(drawn, spawn_streams(self.seed, len(drawn)), strict=True)
        with ThreadPoolExecutor(self.threads) if self.threads > 1 else nullcontext() as pool:
            yield from map(one, jobs) if pool is None else pool.map(one, jobs)

    def _check_size(self, levels: tuple[int, ...], spaces: int) -> None:
        busy, sizes = min(self.threads, self.runs), self.starts.spins.sizes
        dimension = float(np.prod(sizes + 1.0) * np.prod(np.array(levels, float)))
        parts = PER_CLASS * sizes.size + PER_MODE * len(levels)
        # a diagonal is two numbers for each state, and sparse matrices of complex numbers are made of it first
        need = dimension * (spaces * 16 * 6 * parts + 150 * parts + busy * 16 * self.vectors)
        need = (need + 8 * self.runs * self.numbers) / 2**30
        if need > self.memory_gib:
            raise SizeError(
                f"{self.what} of {self.model.n_spins} spins in {sizes.size} classes with {levels} Fock states, "
                f"{self.runs} runs, {busy} at a time, need about {need:.3g} GiB, more than memory_gib="
                f"{self.memory_gib:g}. Take fewer threads, runs or times, another frame (`displacement`), or "
                "`TruncatedWigner`."
            )


def numbers_of(starts: PureStarts, times: int) -> int:
    """Numbers that a run leaves whose means are kept at so many times: as they are, and as observables."""
    spins, modes = starts.spins, len(starts.displacement)
    return times * (4 * (PER_CLASS * spins.n_classes + 1 + PER_MODE * modes) + 8 * spins.label.size)


def mode_strides(space: CavitySpace) -> IntArray:
    """How far apart two Fock states of each mode are in the product basis."""
    return np.array([int(np.prod(space.levels[mode + 1 :])) for mode in range(len(space.levels))], np.int64)
