"""Threads within one point of a sweep, the same in every engine."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING

import numba
import scipy.linalg  # noqa: F401 - it has a BLAS of its own, which must be loaded to be limited

from cavity_hopfield.exceptions import ArgumentError

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController


@contextmanager
def limited(threads: int) -> Iterator[None]:
    """`threads` threads in BLAS, OpenMP and numba within the block, and as many as before after it.

    It holds in every engine, so that sums are done in the same order everywhere. The limit is one of the process: one
    block at a time, or one within another.
    """
    fit_cores(threads)
    before = numba.get_num_threads()
    with _libraries(len(sys.modules)).limit(limits=threads):
        numba.set_num_threads(threads)
        try:
            yield
        finally:
            numba.set_num_threads(before)


@lru_cache(maxsize=1)
def _libraries(_modules: int) -> "ThreadpoolController":
    """The libraries with threads; to find them takes as long as a short point, so only after modules were loaded."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def fit_cores(threads: int) -> None:
    """An error if a point asks for more threads than this process has cores."""
    most = int(vars(numba.config)["NUMBA_NUM_THREADS"])
    if threads > most:
        raise ArgumentError(
            f"Argument `threads` must be at most {most}, the cores that this process may use, but is {threads}."
        )
