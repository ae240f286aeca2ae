"""What a function is made of: its compiled code, and what it uses of its surroundings."""

import dis
import hashlib
import inspect
import json
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

from cavity_hopfield._typing import Json

PACKAGE = __name__.partition(".")[0]
BYTECODE = f"bytecode of Python {sys.version_info.major}.{sys.version_info.minor}"


def name_of(thing: Any) -> str:
    """Module and name."""
    return f"{getattr(thing, '__module__', None)}.{getattr(thing, '__qualname__', getattr(thing, '__name__', '?'))}"


def function_parts(thing: Any) -> tuple[FunctionType, Json] | None:
    """The Python function behind `thing` and what decides its values, None if there is none that we can read.

    A compiled or cached function is that which was compiled or cached. What an installed library defines is told by its
    name and version alone.
    """
    function = thing
    while not isinstance(function, FunctionType):
        function = getattr(function, "py_func", getattr(function, "__wrapped__", None))
        if function is None:
            return None
    if not is_ours_to_read(function.__module__):
        # what a library makes of its arguments, it closes over
        return (function, {"closure": dict(_closure(function))}) if "<locals>" in function.__qualname__ else None
    code = function.__code__
    used: Json = {
        BYTECODE: hashlib.sha256(json.dumps(_code(code)).encode()).hexdigest(),
        "defaults": _defaults(function),
        "closure": dict(_closure(function)),
        "globals": {
            name: function.__globals__[name]
            for name in sorted(set(_global_names(code)))
            if name in function.__globals__
        },
    }
    return function, used


def _defaults(function: FunctionType) -> Json:
    """The values of parameters that need not be given."""
    parameters = inspect.signature(function, follow_wrapped=False).parameters
    return {
        name: parameter.default for name, parameter in parameters.items() if parameter.default is not parameter.empty
    }


def _closure(function: FunctionType) -> Iterator[tuple[str, Any]]:
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        # a cell that is empty is of a name that was not given a value yet
        with suppress(ValueError):
            yield name, cell.cell_contents


def _global_names(code: CodeType) -> Iterator[str]:
    for step in dis.get_instructions(code):
        if step.opname in {"LOAD_GLOBAL", "LOAD_NAME"}:
            yield step.argval
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _global_names(constant)


def _code(code: CodeType) -> list[Any]:
    """Instructions, names and constants, without lines, files and comments."""
    table = getattr(code, "co_exceptiontable", b"").hex()
    counts = [code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags]
    names = [list(code.co_names), list(code.co_varnames), list(code.co_freevars), list(code.co_cellvars)]
    return [code.co_code.hex(), table, counts, names, [_constant(value) for value in code.co_consts]]


def _constant(value: Any) -> Any:
    if isinstance(value, CodeType):
        return _code(value)
    if isinstance(value, tuple):
        return [_constant(entry) for entry in value]
    if isinstance(value, frozenset):
        return ["set", *sorted(json.dumps(_constant(entry)) for entry in value)]
    return [type(value).__name__, repr(value)]


def class_code(kind: type) -> dict[str, FunctionType]:
    """The methods that a class, or one it is derived from, defines outside of installed libraries."""
    found: dict[str, FunctionType] = {}
    for base in reversed(kind.__mro__):
        if not is_ours_to_read(base.__module__):
            continue
        for name, held in vars(base).items():
            function = getattr(held, "__func__", getattr(held, "fget", held))
            # those that a dataclass writes have no file
            if isinstance(function, FunctionType) and function.__code__.co_filename != "<string>":
                found[name] = function
    return dict(sorted(found.items()))


def is_ours_to_read(module: str | None) -> bool:
    """Whether a module may change between two calls: a script, a notebook, one beside them; no library, not us."""
    if module in {None, "__main__"}:
        # whatever started it, a notebook's kernel too
        return True
    top = str(module).partition(".")[0]
    if top == PACKAGE or top in sys.stdlib_module_names:
        return False
    file = getattr(sys.modules.get(module or ""), "__file__", None)
    return file is None or not _installed(file)


@cache
def _installed(file: str) -> bool:
    place = Path(file).resolve()
    if {"site-packages", "dist-packages"} & set(place.parts):
        return True
    return any(place.is_relative_to(Path(sysconfig.get_path(kind)).resolve()) for kind in ("stdlib", "platstdlib"))


def versioned(thing: Any) -> Json:
    """The name, and the version of the library if it tells one."""
    top = str(getattr(thing, "__module__", "")).partition(".")[0]
    version = getattr(sys.modules.get(top), "__version__", None)
    told = {"name": name_of(thing)}
    return told | ({"version": version} if isinstance(version, str) and top != PACKAGE else {})


def module_told(module: ModuleType) -> Json:
    """A module by its name, and its version or, if it is none of an installed library, a hash of its sources."""
    told: Json = {"kind": "module", "name": module.__name__}
    if not is_ours_to_read(module.__name__):
        version = getattr(module, "__version__", None)
        known = isinstance(version, str) and module.__name__.partition(".")[0] != PACKAGE
        return told | ({"version": version} if known else {})
    file = getattr(module, "__file__", None)
    sources = [Path(file)] if file is not None else []
    for folder in getattr(module, "__path__", ()):
        sources += sorted(Path(folder).rglob("*.py"))
    content = b"".join(path.read_bytes() for path in sources if path.is_file())
    return told | {"sha256": hashlib.sha256(content).hexdigest()}


def source_of(thing: Any) -> str | None:
    """The text of the function or class, where it can be found."""
    while hasattr(thing, "func"):
        thing = thing.func
    thing = getattr(thing, "__func__", getattr(thing, "py_func", thing))
    if not isinstance(thing, FunctionType):
        return None
    try:
        return inspect.getsource(thing)
    except (OSError, TypeError):
        return None
