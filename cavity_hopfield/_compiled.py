"""The one place where numba is configured: kernels are compiled without checks and cached on disk."""

from collections.abc import Callable
from typing import Any, TypeVar, cast, overload

import numba

EPSILON = 2.220446049250313e-16
"""Machine epsilon, for kernels that estimate their own round-off."""

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
        decorate = numba.njit(cache=True, nogil=True, fastmath=fast, inline="always" if inline else "never")
        return cast("Function", decorate(plain))

    return compile_it if function is None else compile_it(function)
