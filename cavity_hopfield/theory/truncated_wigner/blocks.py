"""Blocks of runs, some at a time, told in their order and let go: what is held does not grow with the runs."""

import os
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np

from cavity_hopfield._typing import Json
from cavity_hopfield.dynamics import Progress
from cavity_hopfield.dynamics.checkpoint import Block, Checkpoint
from cavity_hopfield.dynamics.ensemble import MOST_BLOCKS, listen

Span = tuple[int, int]
"""The first run of a block, and that after its last one."""
SPARE = 1
"""Finished blocks that wait for those before them, beside one for each thread."""


def runs_of_a_block(runs: int, lanes: int) -> int:
    """Whole groups of `lanes` runs, as many as leave no more blocks than a folder should have files."""
    return lanes * -(-runs // (lanes * MOST_BLOCKS))


def in_order(
    work: Callable[[int, int], Block],
    runs: int,
    lanes: int,
    *,
    threads: int = 1,
    progress: Progress | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    job: Json | None = None,
) -> Iterator[tuple[Span, Block]]:
    """`work` on all blocks of `runs`, in their order whatever the order in which they finish.

    The blocks depend on the numbers of runs and `lanes` alone, neither on `threads` nor on what a `checkpoint` holds:
    whoever adds them up in this order finds the same sums to the last bit.
    """
    kept = None if checkpoint is None else Checkpoint(checkpoint, job or {})
    length = runs_of_a_block(runs, lanes)
    spans = [(first, min(first + length, runs)) for first in range(0, runs, length)]

    def one(span: Span) -> Block:
        name = f"runs-{span[0]}-{span[1]}"
        block = None if kept is None else kept.load(name)
        if block is None:
            block = work(*span)
            if kept is not None:
                kept.save(name, block)
        return block

    for span, block in _each(one, spans, threads):
        if progress is not None:
            progress(span[1] / runs)
        yield span, block
    if kept is not None:
        kept.sweep()


def gathered(blocks: Iterator[tuple[Span, Block]], runs: int) -> Block:
    """What blocks say of each of their runs, the first axis, as whole arrays."""
    whole: Block = {}
    for span, block in blocks:
        put(whole, span, block, runs)
    return whole


def put(whole: Block, span: Span, block: Block, runs: int) -> None:
    """What a block says of each of its runs in its place among all `runs`."""
    for name, values in block.items():
        if name not in whole:
            whole[name] = np.empty((runs, *values.shape[1:]), values.dtype)
        whole[name][slice(*span)] = values


def _each(one: Callable[[Span], Block], spans: list[Span], threads: int) -> Iterator[tuple[Span, Block]]:
    """Every span with its block; when the caller stops, blocks not begun are dropped, others told."""
    if threads == 1:
        for span in spans:
            yield span, one(span)
        return
    stop = threading.Event()
    pool = ThreadPoolExecutor(threads, initializer=listen, initargs=(stop,))
    waiting: deque[tuple[Span, Future[Block]]] = deque()
    try:
        for span in spans:
            waiting.append((span, pool.submit(one, span)))
            if len(waiting) == threads + SPARE:
                yield _next(waiting)
        while waiting:
            yield _next(waiting)
    finally:
        stop.set()
        pool.shutdown(cancel_futures=True)


def _next(waiting: deque[tuple[Span, Future[Block]]]) -> tuple[Span, Block]:
    span, future = waiting.popleft()
    return span, future.result()
