"""The one place where numba is configured: kernels are compiled without checks and cached on disk."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

EPSILON = 2.220446049250313e-16
"""Machine epsilon, for kernels that estimate their own round-off."""

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """Compile `function` with numba, keep the machine code on disk, release the interpreter lock while it runs.

    The plain Python function stays reachable as `function.py_func`, which is what its tests also run.
    """
    return cast("Function", numba.njit(cache=True, nogil=True)(function))
