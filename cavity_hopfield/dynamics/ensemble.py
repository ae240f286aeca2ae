"""Many runs: block after block or on several threads, with the finished blocks kept on disk if wanted."""

import os
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor, as_completed
from typing import Any

from cavity_hopfield.dynamics.checkpoint import Block, Checkpoint
from cavity_hopfield.dynamics.protocol import Progress

MOST_BLOCKS = 128
Work = Callable[[int, int], Block]
"""Runs from the first number up to, but without, the second: what they give, by name."""
_here = threading.local()


def listen(stop: threading.Event) -> None:
    """Blocks on this thread end soon after `stop` is set, if their work asks (`require_wanted`)."""
    _here.stop = stop


def require_wanted() -> None:
    """An error if the block on this thread is no longer wanted: long work asks now and then."""
    stop: threading.Event | None = getattr(_here, "stop", None)
    if stop is not None and stop.is_set():
        raise CancelledError


def run_blocks(
    work: Work,
    runs: int,
    *,
    threads: int = 1,
    progress: Progress | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    job: Mapping[str, Any] | None = None,
) -> list[Block]:
    """`work` on all blocks of `runs`, in their order whatever the order in which they finish.

    Parameters
    ----------
    work : callable
        Does a block; the numbers of a run must not depend on its block. Long work calls `require_wanted` now and then,
        so that an interrupt need not wait for it.
    runs : int
        Number of runs.
    threads : int
        Blocks at a time.
    progress : callable, optional
        Told the fraction of the runs that are done, after their block is on the disk.
    checkpoint : path, optional
        A folder for finished blocks; those in it are not done again.
    job : mapping, optional
        All that decides the numbers, for the label of the folder.
    """
    kept = None if checkpoint is None else Checkpoint(checkpoint, job or {})
    length = -(-runs // MOST_BLOCKS)
    spans = [(first, min(first + length, runs)) for first in range(0, runs, length)]

    def one(span: tuple[int, int]) -> Block:
        name = f"runs-{span[0]}-{span[1]}"
        block = None if kept is None else kept.load(name)
        if block is None:
            block = work(*span)
            if kept is not None:
                kept.save(name, block)
        return block

    found: dict[tuple[int, int], Block] = {}
    done = 0
    for span, block in _each(one, spans, threads):
        found[span] = block
        done += span[1] - span[0]
        if progress is not None:
            progress(done / runs)
    if kept is not None:
        kept.sweep()
    return [found[span] for span in spans]


def _each(
    one: Callable[[tuple[int, int]], Block], spans: list[tuple[int, int]], threads: int
) -> Iterator[tuple[tuple[int, int], Block]]:
    """Every span with its block, as they finish; when the caller stops, blocks not begun are dropped, others told."""
    if threads == 1:
        for span in spans:
            yield span, one(span)
        return
    stop = threading.Event()
    pool = ThreadPoolExecutor(threads, initializer=listen, initargs=(stop,))
    try:
        waiting: dict[Future[Block], tuple[int, int]] = {pool.submit(one, span): span for span in spans}
        for future in as_completed(waiting):
            yield waiting[future], future.result()
    finally:
        stop.set()
        pool.shutdown(cancel_futures=True)
