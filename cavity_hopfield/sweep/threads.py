"""Threads within one point of a sweep, the same in every engine."""

from collections.abc import Iterator
from contextlib import contextmanager

import numba

from cavity_hopfield._threads import blas_threads
from cavity_hopfield.exceptions import ArgumentError


@contextmanager
def limited(threads: int) -> Iterator[None]:
    """`threads` threads in BLAS, OpenMP and numba within the block, and as many as before after it.

    It holds in every engine, so that sums are done in the same order everywhere. The limit is one of the process: one
    block at a time, or one within another.
    """
    fit_cores(threads)
    before = numba.get_num_threads()
    with blas_threads(threads):
        numba.set_num_threads(threads)
        try:
            yield
        finally:
            numba.set_num_threads(before)


def fit_cores(threads: int) -> None:
    """An error if a point asks for more threads than this process has cores."""
    most = int(vars(numba.config)["NUMBA_NUM_THREADS"])
    if threads > most:
        raise ArgumentError(
            f"Argument `threads` must be at most {most}, the cores that this process may use, but is {threads}."
        )
