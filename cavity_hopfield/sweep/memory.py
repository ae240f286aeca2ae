"""Memory of workers: amounts in words, what the machine has free, and a bound that a process keeps."""

import os
import platform
import re
from pathlib import Path

from cavity_hopfield.exceptions import ArgumentError

UNITS = {"B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
UNITS |= {"KIB": 2**10, "MIB": 2**20, "GIB": 2**30, "TIB": 2**40}
AMOUNT = re.compile(r"\s*(\d+(?:\.\d*)?|\.\d+)\s*([A-Za-z]+)\s*")
LEAST = 512 * 2**20
"""About half of this a worker takes for the interpreter, the libraries and their compiled kernels."""
CONTROL_GROUPS = Path("/sys/fs/cgroup")
LINUX = platform.system() == "Linux"


def bytes_of(memory_per_worker: str | int) -> int:
    """The amount of memory in bytes: a whole number of them, or a text with its unit, such as "2 GiB" or "500 MB"."""
    if isinstance(memory_per_worker, int) and not isinstance(memory_per_worker, bool):
        amount = memory_per_worker
    else:
        words = AMOUNT.fullmatch(memory_per_worker) if isinstance(memory_per_worker, str) else None
        if words is None or words[2].upper() not in UNITS:
            raise ArgumentError(
                "Argument `memory_per_worker` must be an amount with its unit, such as '2 GiB' or '500 MB', or a whole "
                f"number of bytes, but is {memory_per_worker!r}."
            )
        amount = int(float(words[1]) * UNITS[words[2].upper()])
    if amount < LEAST:
        raise ArgumentError(
            f"Argument `memory_per_worker` must be at least {in_words(LEAST)}, of which a worker takes half before "
            f"its first point, but is {memory_per_worker!r}."
        )
    return amount


def in_words(amount: int) -> str:
    """`amount` bytes for a reader."""
    for unit, size in (("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10)):
        if amount >= size:
            return f"{amount / size:.3g} {unit}"
    return f"{amount} bytes"


def available_memory() -> int | None:
    """The bytes that new processes can use, or None where the system does not tell.

    On Linux the lesser of what is free and what the control groups of this process allow (a batch system sets them);
    elsewhere all that is installed.
    """
    if LINUX:
        free = re.search(r"^MemAvailable:\s*(\d+) kB", Path("/proc/meminfo").read_text(encoding="ascii"), re.MULTILINE)
        known = [int(free[1]) * 1024] if free else []
        return min([*known, *_group_limits(Path("/proc/self/cgroup"), CONTROL_GROUPS)], default=None)
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return None


def _group_limits(membership: Path, root: Path) -> list[int]:
    """The limits of the control groups of this process and of all that hold them, of either version of the kernel's."""
    try:
        lines = membership.read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
    limits = []
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers not in {"", "memory"}:
            continue
        top, name = (root / "memory", "memory.limit_in_bytes") if controllers else (root, "memory.max")
        group = top / path.lstrip("/")
        for folder in (group, *group.parents):
            limits += _number(folder / name)
            if folder == top:
                break
    return limits


def _number(path: Path) -> list[int]:
    """The number that a file holds; nothing if there is none."""
    try:
        return [int(path.read_text(encoding="ascii"))]
    except (OSError, ValueError):
        return []


def can_be_bounded() -> bool:
    """Whether the system keeps the bound of `bound_memory`: Linux counts all memory that a process asks for."""
    return LINUX


def bound_memory(amount: int | None) -> None:
    """Bound the memory that this process may ask for, so that what exceeds it is a MemoryError; None lifts the bound.

    The bound is RLIMIT_DATA: the heap and every private mapping, which is where arrays are; not the text of libraries
    and not what is shared. It counts what is asked for, touched or not.
    """
    if LINUX:
        import resource  # absent on Windows

        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        soft = hard if amount is None or (hard != resource.RLIM_INFINITY and hard < amount) else amount
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))
