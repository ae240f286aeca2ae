"""What the numbers of an installation depend on: versions, cores, threads, memory, compiled kernels; and what is wrong.

`examine` looks without changing anything; `cavity_hopfield.study.reference_numbers` computes.
"""

import importlib
import os
import platform
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Any

import numba
from loky import cpu_count
from packaging.requirements import Requirement
from threadpoolctl import threadpool_info

from cavity_hopfield._compiled import NOWHERE_TO_KEEP
from cavity_hopfield._typing import Json
from cavity_hopfield._version import __version__
from cavity_hopfield.sweep.memory import available_memory, in_words

PACKAGE = "cavity_hopfield"
EXTRAS = ("units", "distributed", "mpi")
MODULES = {"pillow": "PIL"}
"""The module of a distribution, where it has another name."""
SCANT_MEMORY = 2**30


@dataclass(frozen=True)
class Dependency:
    """A library: what is required, what is installed, and what is wrong with it.

    Attributes
    ----------
    required : str
        Such as ">=1.26".
    extra : str
        The extra that asks for it; empty if the package does.
    installed : str or None
        Its version.
    problem : str or None
        In words; None if all is well, or if it belongs to an extra and is not installed.
    """

    name: str
    required: str
    extra: str
    installed: str | None
    problem: str | None


@dataclass(frozen=True)
class Threads:
    """A library with threads of its own (BLAS, OpenMP), and how many it would use in this process."""

    library: str
    version: str | None
    threads: int


@dataclass(frozen=True)
class KernelCache:
    """Where compiled kernels are kept.

    Attributes
    ----------
    folders : tuple of str
        The folders that hold all of them: the package itself, or where NUMBA_CACHE_DIR points to.
    writable : bool
        Whether new ones can be kept.
    kernels, compiled : int
        Kernels of the package, and machine code that is kept for them (one for each type of arguments).
    size : int
        Bytes of that machine code.
    stale, stale_size : int
        Machine code of earlier sources or another numba, which is never read again.
    """

    folders: tuple[str, ...]
    writable: bool
    kernels: int
    compiled: int
    size: int
    stale: int
    stale_size: int


@dataclass(frozen=True)
class Examination:
    """What `examine` found.

    Attributes
    ----------
    cores : int
        Cores of this machine.
    usable_cores : int
        Cores that this process may use: its affinity, the limits of its control group, LOKY_MAX_CPU_COUNT.
    memory : int or None
        Bytes that can still be used; None where the system does not tell.
    numba_threads : int
        The most threads that numba may use.
    threading_layer : str
        The one that numba is asked to take. The kernels of the package have one thread each.
    findings : tuple of str
        What is wrong or slow, each with its remedy.
    """

    version: str
    python: str
    platform: str
    dependencies: tuple[Dependency, ...]
    cores: int
    usable_cores: int
    memory: int | None
    libraries: tuple[Threads, ...]
    numba_threads: int
    threading_layer: str
    cache: KernelCache
    findings: tuple[str, ...] = ()

    @property
    def sound(self) -> bool:
        """Whether every library that is needed is there, is new enough and loads."""
        return not any(one.problem for one in self.dependencies)

    def to_dict(self) -> Json:
        """Plain values."""
        return asdict(self) | {"sound": self.sound}


def examine() -> Examination:
    """The versions, cores, threads, memory and compiled kernels of this installation, and what is wrong with them.

    Every dependency is loaded, which takes a few seconds.

    Returns
    -------
    Examination

    Examples
    --------
    >>> found = examine()
    >>> found.sound
    True
    >>> found.cache.kernels > 100
    True
    """
    dependencies = tuple(_dependencies())
    found = {
        "dependencies": dependencies,
        "cores": os.cpu_count() or 1,
        "usable_cores": cpu_count(),
        "memory": available_memory(),
        "libraries": tuple(_libraries()),
        "cache": _kernel_cache(),
    }
    examination = Examination(
        version=__version__,
        python=platform.python_version(),
        platform=platform.platform(),
        numba_threads=int(vars(numba.config)["NUMBA_NUM_THREADS"]),
        threading_layer=str(vars(numba.config)["THREADING_LAYER"]),
        **found,
    )
    return Examination(**vars(examination) | {"findings": tuple(_findings(examination))})


def _dependencies() -> Iterator[Dependency]:
    """Everything that the metadata of the package asks for, the extras of development left out."""
    try:
        lines = requires(PACKAGE) or []
    except PackageNotFoundError:
        lines = []
    for requirement in map(Requirement, lines):
        for extra in ("", *EXTRAS):
            if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
                yield _dependency(requirement, extra)
                break


def _dependency(requirement: Requirement, extra: str) -> Dependency:
    name, required = requirement.name, str(requirement.specifier)
    try:
        installed = version(name)
    except PackageNotFoundError:
        return Dependency(name, required, extra, None, None if extra else "is not installed")
    if not requirement.specifier.contains(installed, prereleases=True):
        return Dependency(name, required, extra, installed, f"has version {installed}, but {required} is needed")
    return Dependency(name, required, extra, installed, _broken(MODULES.get(name, name)))


def _broken(module: str) -> str | None:
    """What happens when a module is loaded, if it fails: any error at all, for it is another's code."""
    try:
        importlib.import_module(module)
    except Exception as error:  # noqa: BLE001
        return f"does not load: {type(error).__name__}: {error}"
    return None


def _libraries() -> Iterator[Threads]:
    """The libraries with threads that are loaded."""
    for told in threadpool_info():
        yield Threads(Path(told["filepath"]).name, told["version"], told["num_threads"])


def kernels() -> tuple[Any, ...]:
    """All functions that numba compiles in the modules that are loaded."""
    modules = [module for name, module in list(sys.modules.items()) if name.split(".")[0] == PACKAGE]
    values = {id(value): value for module in modules for value in vars(module).values()}
    return tuple(value for value in values.values() if numba.extending.is_jitted(value))


def _index(kernel: Any) -> Any:
    """The index that numba keeps of the machine code of a kernel, None if it keeps none; it has no public name."""
    return getattr(getattr(kernel, "_cache", None), "_cache_file", None)


def _kernel_cache() -> KernelCache:
    """The state of the kernels of all modules that are loaded, for this version of Python alone."""
    known = kernels()
    kept: dict[Path, set[str]] = {}
    for kernel in filter(_index, known):
        folder = Path(kernel.stats.cache_path)
        kept.setdefault(folder, set()).update(_index(kernel)._load_index().values())  # noqa: SLF001
    tag = f".py{sys.version_info.major}{sys.version_info.minor}"
    current: list[int] = []
    stale: list[int] = []
    for folder, names in kept.items():
        for file in folder.glob(f"*{tag}*.nbc"):
            (current if file.name in names else stale).append(file.stat().st_size)
    return KernelCache(
        folders=_roots(list(kept)),
        writable=all(map(_index, known)) and all(os.access(folder, os.W_OK) for folder in kept),
        kernels=len(known),
        compiled=len(current),
        size=sum(current),
        stale=len(stale),
        stale_size=sum(stale),
    )


def _roots(folders: list[Path]) -> tuple[str, ...]:
    """The package where kernels are beside their sources; the folder that holds all others."""
    home = Path(__file__).parents[1]
    inside = [folder for folder in folders if folder.is_relative_to(home)]
    outside = [str(folder) for folder in folders if folder not in inside]
    return tuple(([str(home)] if inside else []) + ([os.path.commonpath(outside)] if outside else []))


def _cores(found: Examination) -> str:
    return "1 core" if found.usable_cores == 1 else f"{found.usable_cores} cores"


def _findings(found: Examination) -> Iterator[str]:
    """What is wrong or slow, with its remedy."""
    if not found.dependencies:
        yield f"{PACKAGE} is not installed, so that nothing is known of what it needs: `pip install .` in its folder."
    for one in found.dependencies:
        if one.problem:
            extra = f"[{one.extra}]" if one.extra else ""
            yield f'{one.name} {one.problem}: `pip install "{one.name}{one.required}"`, or {PACKAGE}{extra} again.'
    for library in found.libraries:
        if library.threads > found.usable_cores:
            yield (
                f"{library.library} uses {library.threads} threads on {_cores(found)}, which is slower than "
                f"as many as cores: set OPENBLAS_NUM_THREADS={found.usable_cores} (MKL_NUM_THREADS, OMP_NUM_THREADS)."
            )
    if found.numba_threads > found.usable_cores:
        yield f"numba may use {found.numba_threads} threads on {_cores(found)}: set NUMBA_NUM_THREADS."
    if vars(numba.config)["DISABLE_JIT"]:
        yield "NUMBA_DISABLE_JIT is set: kernels run as plain Python, a hundred times slower. Unset it."
    elif not found.cache.writable:
        yield NOWHERE_TO_KEEP
    if found.memory is not None and found.memory < SCANT_MEMORY:
        yield f"Only {in_words(found.memory)} of memory are left: close something, or run on fewer workers."
