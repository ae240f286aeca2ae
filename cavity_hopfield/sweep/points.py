"""One point of a sweep, wherever it runs: the work is unpacked and done, and what it gives is packed."""

import linecache
import threading
import traceback
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from cavity_hopfield._typing import Json
from cavity_hopfield.dynamics.checkpoint import Block
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.sweep.engines import limited
from cavity_hopfield.sweep.packing import packed
from cavity_hopfield.sweep.parcels import received
from cavity_hopfield.sweep.results import as_dataset
from cavity_hopfield.sweep.work import Work, run_work

Frame = tuple[str, int, str]
"""File, line and function."""
HERE = Path(__file__).parent
_ONE_AT_A_TIME = threading.RLock()
UNTOLD = (DeprecationWarning, PendingDeprecationWarning, ImportWarning, ResourceWarning)
"""Warnings of the code, not of the point."""
MEMORY_HINT = "Give its worker more by `memory_per_worker`, or make the point smaller."


@dataclass(frozen=True)
class Failure:
    """Why a point has no result: the error, and the calls that led to it, of it and of what caused it.

    Attributes
    ----------
    kind, message
        Class and text of the error.
    calls
        For each error of the chain, the first cause first: its calls, its text, and how it led to the next one.
    """

    kind: str
    message: str
    calls: tuple[tuple[tuple[Frame, ...], str, str], ...] = ()

    @classmethod
    def of(cls, error: BaseException) -> "Failure":
        """The failure that `error` tells."""
        text = f"{error}\n{MEMORY_HINT}" if isinstance(error, MemoryError) else str(error)
        return cls(type(error).__name__, text, tuple(_chain(error)))

    def in_words(self) -> str:
        """The traceback; the lines are looked up here, as a worker cannot read those of a notebook."""
        linecache.checkcache()
        parts = []
        for calls, text, link in self.calls or (((), f"{self.kind}: {self.message}", ""),):
            lines = traceback.StackSummary.from_list([(*call, None) for call in calls]).format()
            head = ["Traceback (most recent call last):\n", *lines] if lines else []
            parts.append("".join(head) + text + link)
        hint = f"\n{MEMORY_HINT}" if self.calls and self.message.endswith(MEMORY_HINT) else ""
        return "\n\n".join(parts) + hint


def run_point(work: bytes, point: bytes, labels: Json, seed: int | None, threads: int) -> Block | Failure:
    """The result of a point, packed, or why there is none.

    Parameters
    ----------
    work, point
        As `sent` gave them: any executor carries bytes, and every point finds the work as it was at first.
    labels
        Its label on each dimension of the grid.
    seed
        Its seed.
    threads
        Threads within the point.

    Notes
    -----
    Points in threads of one process run one after another, for warnings and thread limits are those of the process.
    """
    with _ONE_AT_A_TIME, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for kind in UNTOLD:
            warnings.simplefilter("ignore", kind)
        try:
            with limited(threads):
                done: Work = received(work)
                result = run_work(done, received(point), seed)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a point that fails must not end the others
            return Failure.of(error)
        try:
            return packed(as_dataset(result, labels), list(_told(caught)))
        except ArgumentError as error:
            return Failure(type(error).__name__, str(error))
        except Exception as error:  # noqa: BLE001 - nor must one that cannot be packed
            return Failure.of(error)


def _told(caught: list[warnings.WarningMessage]) -> Iterator[str]:
    """Each warning once, in the order in which they came; those of the compiler are not of the point."""
    seen = set()
    for warning in caught:
        text = f"{warning.category.__name__}: {warning.message}"
        if text not in seen and not warning.category.__module__.startswith("numba"):
            seen.add(text)
            yield text


def _chain(error: BaseException) -> Iterator[tuple[tuple[Frame, ...], str, str]]:
    """The errors that led to this one, the first one first."""
    chain: list[tuple[BaseException, str]] = [(error, "")]
    while len(chain) < 10:
        last = chain[-1][0]
        if last.__cause__ is not None:
            chain.append((last.__cause__, "\n\nThe above exception was the direct cause of the following exception:"))
        elif last.__context__ is not None and not last.__suppress_context__:
            chain.append((last.__context__, "\n\nDuring handling of the above exception, another exception occurred:"))
        else:
            break
    for one, link in reversed(chain):
        text = "".join(traceback.format_exception_only(type(one), one)).rstrip()
        yield tuple(_frames(one.__traceback__)), text, link


def _frames(trace: TracebackType | None) -> Iterator[Frame]:
    """The calls from the work on; those before are the same for every point."""
    found = [
        (call.filename, call.lineno or 0, call.name)
        for call in traceback.StackSummary.extract(traceback.walk_tb(trace), lookup_lines=False)
    ]
    ours = [Path(file).parent == HERE and name in {"run_point", "run_work"} for file, _, name in found]
    for call, skip in zip(found, ours, strict=True):
        if not skip:
            yield call
