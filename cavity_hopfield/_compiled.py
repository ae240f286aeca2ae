"""The one place where numba is configured: kernels are compiled without checks and cached on disk."""

import warnings
from collections.abc import Callable
from typing import Any, TypeVar, cast, overload

import numba

EPSILON = 2.220446049250313e-16
"""Machine epsilon, for kernels that estimate their own round-off."""
NOWHERE_TO_KEEP = (
    "Compiled kernels cannot be kept, so that every process compiles them anew: set NUMBA_CACHE_DIR to a folder that "
    "can be written to."
)

Function = TypeVar("Function", bound=Callable[..., Any])


@overload
def compiled(function: Function) -> Function: ...
@overload
def compiled(*, contract: bool = False, inline: bool = False) -> Callable[[Function], Function]: ...
def compiled(function: Function | None = None, *, contract: bool = False, inline: bool = False) -> Any:
    """Compile `function` with numba, keep the machine code on disk, release the interpreter lock while it runs.

    With `contract` a product and a sum may become one instruction with one rounding. With `inline` the function becomes
    part of every kernel that calls it, where the call of one with many arrays would cost more than its work. The plain
    Python function stays reachable as `function.py_func`, which is what its tests also run.
    """
    fast = {"contract"} if contract else False

    def compile_it(plain: Function) -> Function:
        options: dict[str, Any] = {"nogil": True, "fastmath": fast, "inline": "always" if inline else "never"}
        try:
            kernel = numba.njit(cache=True, **options)(plain)
        except RuntimeError:  # neither this folder nor that of the user's caches can be written to
            warnings.warn(NOWHERE_TO_KEEP, stacklevel=1)
            kernel = numba.njit(**options)(plain)
        return cast("Function", kernel)

    return compile_it if function is None else compile_it(function)
