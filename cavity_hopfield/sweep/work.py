"""What is run at every point of a sweep: a function of the axes, or a study that can be set to a point."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any, Protocol, runtime_checkable

import xarray as xr

from cavity_hopfield._typing import Json
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.sweep.grid import REPLICA, Grid
from cavity_hopfield.sweep.identity import described

SEED = "seed"


@runtime_checkable
class Sweepable(Protocol):
    """A study that can be set to a point of a grid, run, and described, such as an `Evolution`.

    A study may also have `check(parameters, *, seeded)`, which raises an `ArgumentError` before any work is done if a
    parameter is not its own, or a seed is given to what draws nothing.
    """

    def at(self, point: Mapping[str, Any]) -> "Sweepable":
        """The same study with the values of `point` at dotted paths; the seed of the point, if any, is at `seed`."""
        ...

    def run(self) -> xr.Dataset:
        """The result."""
        ...

    def describe(self) -> Json:
        """All that decides the result, in JSON."""
        ...


Work = Callable[..., Any] | Sweepable


def check_work(work: object, grid: Grid, *, seeded: bool) -> None:
    """An error unless `work` can be run at the points of `grid`, with a seed or without."""
    if REPLICA in {axis.parameter for axis in grid.axes.axes} and not seeded:
        raise ArgumentError(
            "Argument `seed` must be given with an axis `replica`, for replicas differ by their seeds alone. Give "
            "`seed=1`."
        )
    if isinstance(work, Sweepable) and not isinstance(work, type):
        if callable(getattr(work, "check", None)):
            work.check(grid.parameters(), seeded=seeded)  # type: ignore[attr-defined]
        return
    if not callable(work):
        raise ArgumentError(
            "Argument `work` must be a function with one keyword for each axis, or have `at`, `run` and `describe` as "
            f"`Evolution` has, but is {work!r}."
        )
    _check_keywords(work, list(grid.parameters()), seeded=seeded)


def _check_keywords(work: Callable[..., Any], wanted: list[str], *, seeded: bool) -> None:
    """An error unless the function takes the axes as keywords and needs nothing else."""
    try:
        parameters = inspect.signature(work).parameters
    except (ValueError, TypeError) as error:
        raise ArgumentError(
            f"Argument `work` must tell its keywords, but {work!r} does not. Write a function that calls it."
        ) from error
    dotted = [name for name in wanted if "." in name]
    if dotted:
        raise ArgumentError(
            f"Argument `grid` must have keywords of the function as axes, but has {dotted[0]!r}. Dotted paths are for "
            "studies, such as `Evolution`."
        )
    kinds = {name: parameter.kind for name, parameter in parameters.items()}
    free = inspect.Parameter.VAR_KEYWORD in kinds.values()
    named = {name for name, kind in kinds.items() if kind in {KEYWORD, EITHER}}
    unknown = [name for name in wanted if name not in named]
    if unknown and not free:
        raise ArgumentError(
            f"Argument `grid` must have keywords of the function as axes, but {unknown[0]!r} is none of "
            f"{sorted(named)}."
        )
    if seeded and SEED not in named and not free:
        raise ArgumentError(
            "Argument `seed` is given, but the function has no keyword `seed` to use it. Leave it out, or add one."
        )
    _check_needs(parameters, {*wanted, SEED} if seeded else set(wanted))


KEYWORD, EITHER = inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD


def _check_needs(parameters: Mapping[str, inspect.Parameter], given: set[str]) -> None:
    """An error if something that the function needs is not given."""
    for name, parameter in parameters.items():
        if parameter.kind in {inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL} or name in given:
            continue
        if name == SEED and (parameter.default is parameter.empty or parameter.default is None):
            raise ArgumentError(
                "Argument `seed` must be given, for the function has a keyword `seed`, and what it draws could not be "
                "repeated. Give `seed=1`, or bind one with functools.partial(function, seed=1)."
            )
        if parameter.default is parameter.empty:
            raise ArgumentError(
                f"Argument `work` needs {name!r}, which is no axis of the grid. Add it, or bind it with "
                f"functools.partial(function, {name}=...)."
            )


def described_work(work: Work) -> Any:
    """All that decides the results of `work`, in JSON."""
    if isinstance(work, Sweepable) and not isinstance(work, type):
        kind = type(work)
        return {"study": f"{kind.__module__}.{kind.__qualname__}", **described(work.describe(), "describe()")}
    return described(work)


def run_work(work: Work, point: Mapping[str, Any], seed: int | None) -> Any:
    """The result at a point."""
    told = dict(point) if seed is None else {**point, SEED: seed}
    if isinstance(work, Sweepable) and not isinstance(work, type):
        return work.at(told).run()
    return work(**told)
