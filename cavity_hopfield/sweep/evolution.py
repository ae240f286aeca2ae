"""The evolution of a model as a study whose every field can be swept."""

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from functools import reduce
from typing import Any

import xarray as xr

from cavity_hopfield._typing import Json
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.sweep.identity import described
from cavity_hopfield.sweep.work import SEED

SEED_PATH = "theory.seed"
MEMORY = "memory"
"""What networks are made of, and keep under another name."""


@dataclass(frozen=True, eq=False)
class Evolution:
    """`theory.evolve(model, initial, times)`, to be swept over fields of the model and of the theory.

    Parameters
    ----------
    model
        What evolves, such as a `MultimodeDicke` or an `OpenHopfield`.
    theory
        How, such as `MeanField()`; any frozen dataclass with `evolve`.
    initial
        Where it starts.
    times : (T,) array
        The time grid.
    observables : tuple of str, or str
        The variables of the result that are kept, all if empty.

    Raises
    ------
    ArgumentError
        If the theory has no `evolve`.

    Examples
    --------
    >>> from cavity_hopfield import MeanField, MultimodeDicke
    >>> model = MultimodeDicke(g=[[0.5]], omega=1.0, loss=0.6, drive=0.02)
    >>> study = Evolution(model, MeanField(), [1], [0.0, 1.0], observables=("magnetisation",))
    >>> study.at({"model.drive": 0.1}).model.drive
    0.1
    """

    model: Any
    theory: Any
    initial: Any
    times: Any
    observables: str | tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not callable(getattr(self.theory, "evolve", None)) or isinstance(self.theory, type):
            raise ArgumentError(f"Argument `theory` must have `evolve`, such as `MeanField()`, but is {self.theory!r}.")
        object.__setattr__(self, "observables", self._kept())

    def at(self, point: Mapping[str, Any]) -> "Evolution":
        """The same study with other values at dotted paths, such as "model.drive"; `seed` is that of the theory.

        Whole objects are set before their fields.
        """
        told = {SEED_PATH if path == SEED else path: value for path, value in point.items()}
        return reduce(_with, sorted(told.items(), key=lambda pair: pair[0].count(".")), self)

    def run(self) -> xr.Dataset:
        """The observables at the times; an `ArgumentError` if one is not among those of the theory."""
        result: xr.Dataset = self.theory.evolve(self.model, self.initial, self.times)
        kept = self._kept()
        unknown = [name for name in kept if name not in result]
        if unknown:
            raise ArgumentError(
                f"Argument `observables` must name variables of the result, {sorted(map(str, result.data_vars))}, but "
                f"holds {unknown[0]!r}."
            )
        return result[list(kept)] if kept else result

    def _kept(self) -> tuple[str, ...]:
        return (self.observables,) if isinstance(self.observables, str) else tuple(self.observables)

    def describe(self) -> Json:
        """All fields, in JSON."""
        return {field.name: described(getattr(self, field.name), field.name) for field in fields(self)}

    def check(self, parameters: Mapping[str, Sequence[Any]], *, seeded: bool) -> None:
        """An error if a path leads nowhere, or a seed is given to a theory that draws nothing.

        Of an axis of whole objects each one is looked at.
        """
        for path in parameters:
            owner, _, name = path.rpartition(".")
            for holder in self._holders(owner, parameters):
                _check_field(holder, path, name)
        if not seeded:
            return
        if SEED_PATH in parameters:
            raise ArgumentError(f"Argument `seed` must be left out where the grid has an axis {SEED_PATH!r}.")
        for theory in self._holders("theory", parameters):
            if SEED not in _settable(theory):
                raise ArgumentError(
                    f"Argument `seed` is given, but {type(theory).__name__} draws nothing at random. Leave it out."
                )

    def _holders(self, owner: str, parameters: Mapping[str, Sequence[Any]]) -> list[Any]:
        """The objects whose field is set: those of an axis, if they are swept too."""
        if not owner:
            return [self]
        if owner in parameters:
            return list(parameters[owner])
        above, _, name = owner.rpartition(".")
        for holder in (found := self._holders(above, parameters)):
            _check_field(holder, owner, name)
        return [getattr(holder, name) for holder in found]


def _settable(holder: Any) -> list[str]:
    """What a dataclass can be made of."""
    return list(inspect.signature(type(holder)).parameters) if is_dataclass(holder) else []


def _check_field(holder: Any, path: str, name: str) -> None:
    known = _settable(holder)
    if name not in known:
        raise ArgumentError(
            f"Argument `grid` must have fields of the study as axes, but {path!r} is none: {type(holder).__name__} has "
            f"{known or 'no fields'}."
        )


def _with(study: Any, pair: tuple[str, Any]) -> Any:
    """`study` with another value at a dotted path."""
    path, value = pair
    first, _, rest = path.partition(".")
    _check_field(study, path, first)
    return _replaced(study, first, _with(getattr(study, first), (rest, value)) if rest else value)


def _replaced(holder: Any, name: str, value: Any) -> Any:
    """`holder` made anew with another value of one parameter; a network of the interactions that it made of memory."""
    held = {key: getattr(holder, key) for key in _settable(holder) if hasattr(holder, key)}
    if MEMORY in _settable(holder):
        made = [getattr(holder, key, None) for key in ("interactions", "couplings", "patterns")]
        held[MEMORY] = next((one for one in made if one is not None), None)
    if name == MEMORY:
        held.pop("patterns", None)
    elif held.get(MEMORY, holder) is None:
        raise ArgumentError(
            f"Argument `grid` cannot set {name!r} of a {type(holder).__name__} that was made of a number of patterns. "
            "Make an axis of such models."
        )
    return type(holder)(**held | {name: value})
