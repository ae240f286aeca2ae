"""The loop of a sweep: a few points in flight, each kept as soon as it is done, none lost with its worker."""

from collections import Counter, deque
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol

from cavity_hopfield.exceptions import SweepError
from cavity_hopfield.sweep.journal import Kept
from cavity_hopfield.sweep.points import MEMORY_HINT, Failure

PATIENCE = 1.0
"""Seconds after which the main thread looks up, so that Ctrl-C is heard on every system."""
HOPELESS = 4
"""So many workers may die, each with one point alone, before any point is done."""
DEAD = Failure(
    "WorkerDied", f"The worker died at this point, also when it ran alone, perhaps out of memory. {MEMORY_HINT}"
)


class Engine(Protocol):
    """What runs the points."""

    @property
    def window(self) -> int:
        """How many points should be in flight."""
        ...

    def submit(self, function: Callable[..., Any], *arguments: Any) -> "Future[Any]":
        """Hand a point to a worker."""
        ...

    def died(self, error: BaseException) -> bool:
        """Whether an error tells of a dead worker."""
        ...

    def restart(self) -> bool:
        """Bring the workers back; False if that is not for us to do."""
        ...


@dataclass
class Schedule:
    """Points on an engine.

    When a worker dies, every point that was in flight there is under suspicion and is done again, alone: the one that
    kills its worker again is recorded as failed, the others are done.

    Attributes
    ----------
    engine
        What runs them.
    function, arguments
        What is run, and with what at each point.
    kept
        Where what they give is kept.
    finished
        Called after each point.
    retries
        So many times a point that failed is tried again.
    """

    engine: Engine
    function: Callable[..., Any]
    arguments: Callable[[int], tuple[Any, ...]]
    kept: Kept
    finished: Callable[[], None]
    retries: int = 0
    waiting: deque[int] = field(default_factory=deque)
    suspects: deque[int] = field(default_factory=deque)
    flying: "dict[Future[Any], int]" = field(default_factory=dict)
    tries: Counter[int] = field(default_factory=Counter)
    alone: bool = False
    deaths: int = 0
    any_done: bool = False

    def run(self, numbers: Iterable[int]) -> None:
        """Run all points; whatever stops it, what was done is kept."""
        self.waiting.extend(numbers)
        try:
            while self.waiting or self.suspects or self.flying:
                self._fill()
                done, _ = wait(self.flying, timeout=PATIENCE, return_when=FIRST_COMPLETED)
                self._collect(sorted(done, key=self.flying.__getitem__))
        except BaseException:
            self._rescue()
            raise

    def _fill(self) -> None:
        """Hand points to the engine, a suspect only when there is no other."""
        if self.suspects:
            if not self.flying:
                self.alone = True
                self._submit(self.suspects.popleft())
            return
        if self.alone and self.flying:
            return
        self.alone = False
        while self.waiting and len(self.flying) < self.engine.window:
            self._submit(self.waiting.popleft())

    def _submit(self, number: int) -> None:
        future = self.engine.submit(self.function, *self.arguments(number))
        self.flying[future] = number

    def _collect(self, futures: "list[Future[Any]]") -> None:
        """Keep what is done; look after the dead."""
        fallen: list[int] = []
        for future in futures:
            error = _error_of(future)
            number = self.flying.pop(future)
            if error is None:
                self._finish(number, future.result())
            elif self.engine.died(error):
                fallen.append(number)
            elif isinstance(error, Exception):
                self._finish(number, Failure.of(error))
            else:
                raise error
        if fallen:
            self._revive(fallen)

    def _finish(self, number: int, outcome: Any) -> None:
        """Keep what a point gave, or try it again, or keep why it gave nothing."""
        self.tries[number] += 1
        if not isinstance(outcome, Failure):
            self.kept.keep(number, outcome)
            self.any_done = True
        elif self.tries[number] <= self.retries:
            (self.suspects if outcome is DEAD else self.waiting).append(number)
            return
        else:
            self.kept.fail(number, outcome, self.tries[number])
        del self.tries[number]
        self.finished()

    def _revive(self, fallen: list[int]) -> None:
        """Bring the workers back. A point that fell alone has failed; of several, each is tried alone."""
        if not self.engine.restart():
            raise SweepError(
                "A worker of the executor died, and the executor was made elsewhere, so that it cannot be started "
                "again here. Nothing that was done is lost: make the same call again with a new executor."
            )
        if not self.alone:
            self.suspects.extend(sorted(fallen))
            return
        self.deaths += 1
        for number in fallen:
            self._finish(number, DEAD)
        if self.deaths >= HOPELESS and not self.any_done:
            raise SweepError(
                f"{self.deaths} workers died, each with one point alone, and no point was done. {MEMORY_HINT} Try one "
                'point with `executor="serial"`.'
            )

    def _rescue(self) -> None:
        """Keep what came meanwhile, and let go of the rest."""
        for future, number in self.flying.items():
            if not future.done():
                future.cancel()
            elif _error_of(future) is None and not isinstance(future.result(), Failure):
                with suppress(Exception):
                    self.kept.keep(number, future.result())


def _error_of(future: "Future[Any]") -> BaseException | None:
    """The error of a future that is done; one that was cancelled has an error too."""
    try:
        return future.exception()
    except BaseException as error:  # noqa: BLE001 - it is the answer
        return error
