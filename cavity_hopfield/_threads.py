"""Threads of the linear algebra, which belong to the process: how many it takes while something is done."""

import sys
from contextlib import AbstractContextManager
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import scipy.linalg  # noqa: F401 - it has a BLAS of its own, which must be loaded to be limited

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController


def blas_threads(count: int) -> AbstractContextManager[Any]:
    """`count` threads in BLAS and OpenMP within a block, and as many as before after it.

    Products and factors of blocks of a few hundred rows are slower with several threads than with one, and far slower
    on cores that are busy.
    """
    limit: AbstractContextManager[Any] = _libraries(len(sys.modules)).limit(limits=count)
    return limit


@lru_cache(maxsize=1)
def _libraries(_modules: int) -> "ThreadpoolController":
    """The libraries with threads; to find them takes milliseconds, so only after modules were loaded."""
    from threadpoolctl import ThreadpoolController  # noqa: PLC0415 - only for who needs it

    return ThreadpoolController()
