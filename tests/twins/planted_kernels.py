"""Event loops with an error planted in their source, run by the interpreter."""

import inspect
import types


def planted(kernels, old, new):
    """The module `kernels` with `old`, which must stand in its source once, replaced by `new`; nothing is compiled."""
    source = inspect.getsource(kernels)
    if source.count(old) != 1:
        raise ValueError(f"{old!r} stands {source.count(old)} times in the kernel: plant the error anew.")
    plain = source.replace("@compiled(inline=True)\n", "").replace("@compiled\n", "")
    module = types.ModuleType("planted")
    exec(plain.replace(old, new), module.__dict__)
    return module


def interpreted(kernels):
    """The module `kernels` run by the interpreter, without an error."""
    return planted(kernels, '"""The event loop', '"""The event loop')
