"""Many runs of pure states from one start, with as many Fock states as are enough, on several threads."""

from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, nullcontext
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

import numpy as np

from cavity_hopfield._typing import ComplexArray, FloatArray, IntArray
from cavity_hopfield.cavity.pure_states.enough_fock import (
    BOUND,
    PILOTS,
    Enough,
    Levels,
    Reach,
    at_enough_fock,
    first_fock,
    holding,
)
from cavity_hopfield.cavity.pure_states.readout import PER_CLASS, PER_MODE
from cavity_hopfield.cavity.pure_states.starts import PureStart, PureStarts, ket_of, left_out
from cavity_hopfield.cavity.space import CavitySpace
from cavity_hopfield.dynamics import Progress, spawn_streams
from cavity_hopfield.exceptions import SizeError
from cavity_hopfield.model import MultimodeDicke


class Observed(Protocol):
    """What a run leaves, at least."""

    @property
    def populations(self) -> FloatArray:
        """Largest probability (M, L) of each Fock state of every mode; L is that of the mode with most of them."""
        ...


Motion = TypeVar("Motion")
One = TypeVar("One", bound=Observed)
Run = Callable[[Motion, ComplexArray, np.random.Generator], One]
"""One run from a ket, with its stream."""


@dataclass(eq=False)
class _Done(Generic[One]):
    """The first runs with some Fock states."""

    levels: Levels
    results: list[One] = field(default_factory=list)
    count: int = 0
    populations: FloatArray = field(default_factory=lambda: np.zeros((0, 0)))

    def reach(self) -> Reach:
        return Reach([row[:size] for row, size in zip(self.populations, self.levels, strict=True)])


@dataclass(frozen=True, eq=False)
class PureRuns(Generic[Motion]):
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
    vectors : int
        State vectors that a run keeps.
    numbers : callable
        Numbers that all runs leave, by the Fock states kept.
    build : callable
        What all runs in one space share.
    """

    model: MultimodeDicke
    starts: PureStarts
    runs: int
    seed: int
    threads: int
    memory_gib: float
    what: str
    vectors: int
    numbers: Callable[[Levels], int]
    build: Callable[[CavitySpace], Motion]
    _built: dict[tuple[Levels, tuple[int, ...]], Motion] = field(default_factory=dict)

    def all(
        self,
        run: Run[Motion, One],
        fock: Levels | None,
        progress: Progress | None,
        add: Callable[[list[One], One], None] = list.append,
    ) -> tuple[list[One], Enough]:
        """All runs in their order, each joined to those before by `add`, and the Fock states kept."""
        drawn = self.starts.each(self.seed, self.runs)
        done = _Done[One](())

        def attempt(count: int, levels: Levels) -> Reach:
            nonlocal done
            if done.levels != levels:
                done = _Done(levels, populations=np.zeros((len(levels), max(levels))))
            with closing(self.some(run, drawn[:count], levels, done.count)) as others:
                for one in others:
                    add(done.results, one)
                    done.count += 1
                    np.maximum(done.populations, one.populations, out=done.populations)
                    if progress is not None and count == self.runs:
                        progress(done.count / self.runs)
                    if fock is None and done.reach().top > BOUND:
                        # all are done again
                        break
            return done.reach()

        def missing(levels: Levels) -> FloatArray:
            self._check_size(levels, 1)
            return left_out(drawn, self.starts.fock_matrices(levels))

        if fock is None:
            levels = at_enough_fock(
                holding(missing, first_fock(self.starts, drawn)),
                lambda levels: attempt(min(PILOTS, self.runs), levels),
                lambda levels: attempt(self.runs, levels),
            )
        else:
            levels = fock
            attempt(self.runs, levels)
        return done.results, Enough(levels, done.reach().top, float(missing(levels).max()))

    def some(
        self, run: Run[Motion, One], drawn: list[PureStart], levels: Levels, skipped: int = 0
    ) -> Generator[One, None, None]:
        """The first runs, one from each of the states `drawn`, without those `skipped`."""
        lengths = {one.ladders.twice_lengths for one in drawn}
        self._check_size(levels, len(lengths))
        motions = {one: self._motion(levels, one) for one in lengths}
        matrices = self.starts.fock_matrices(levels)
        alone = None if self.starts.pure is None else ket_of(self.starts.pure, matrices)

        def one(job: tuple[PureStart, np.random.Generator]) -> One:
            ket = ket_of(job[0], matrices) if alone is None else alone
            return run(motions[job[0].ladders.twice_lengths], ket, job[1])

        jobs = list(zip(drawn, spawn_streams(self.seed, len(drawn)), strict=True))[skipped:]
        with ThreadPoolExecutor(self.threads) if self.threads > 1 else nullcontext() as pool:
            yield from map(one, jobs) if pool is None else pool.map(one, jobs)

    def _motion(self, levels: Levels, lengths: tuple[int, ...]) -> Motion:
        """What the runs in one space share; kept while the Fock states are the same."""
        for other in [other for other in self._built if other[0] != levels]:
            del self._built[other]
        if (levels, lengths) not in self._built:
            space = CavitySpace(self.model, self.starts.spins, lengths, levels, self.starts.displacement)
            self._built[levels, lengths] = self.build(space)
        return self._built[levels, lengths]

    def _check_size(self, levels: Levels, spaces: int) -> None:
        busy, sizes = min(self.threads, self.runs), self.starts.spins.sizes
        dimension = float(np.prod(sizes + 1.0) * np.prod(np.array(levels, float)))
        parts = PER_CLASS * sizes.size + PER_MODE * len(levels)
        # a diagonal is two numbers for each state, and sparse matrices of complex numbers are made of it first
        need = dimension * (spaces * 16 * 6 * parts + 150 * parts + busy * 16 * self.vectors)
        need = (need + 8 * self.numbers(levels)) / 2**30
        if need > self.memory_gib:
            raise SizeError(
                f"{self.what} of {self.model.n_spins} spins in {sizes.size} classes with {levels} Fock states, "
                f"{self.runs} runs, {busy} at a time, need about {need:.3g} GiB, more than memory_gib="
                f"{self.memory_gib:g}. Take fewer threads, runs or times, another frame (`displacement`), or "
                "`TruncatedWigner`."
            )


def numbers_of(model: MultimodeDicke, starts: PureStarts, times: int) -> int:
    """Numbers that a run leaves whose means are kept at so many times: as they are, and as observables."""
    classes, modes = starts.spins.n_classes, model.n_modes
    patterns = 0 if model.stored is None else model.stored.n_patterns
    kept = PER_CLASS * classes + 1 + PER_MODE * modes
    # complex, kept one by one and stacked; then observables, and what they are worked out from
    return times * (4 * kept + 3 * classes + 8 * model.n_spins + 13 * modes + 4 * patterns + 5)


def mode_strides(space: CavitySpace) -> IntArray:
    """How far apart two Fock states of each mode are in the product basis."""
    return np.array([int(np.prod(space.levels[mode + 1 :])) for mode in range(len(space.levels))], np.int64)
