"""What a design must keep: bounds on named quantities of the operating point."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cavity_hopfield._checks import real_number
from cavity_hopfield._typing import Json
from cavity_hopfield.design.quantities import STEP, Quantity, quantity_of
from cavity_hopfield.design.trial import Trial
from cavity_hopfield.elimination.certificate.certificate import SAFE_DRIVE, SAFE_RATIO
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.platforms import Step

Named = str | Callable[[Trial], float]


@dataclass(frozen=True, init=False)
class Constraint:
    r"""$q < \mathtt{below}$ or $q > \mathtt{above}$ for a quantity q of the operating point.

    Parameters
    ----------
    quantity : str or callable
        A name (see `QUANTITIES`), such as "ratio", "photons", "distance"; "step: " and the name of a step of the
        platform; or a function of a `Trial`, which has the numbers of an `OperatingPoint` under the same names.
    below, above : float
        The limit, positive; one of the two.

    Attributes
    ----------
    limit : float
        The one that was given.
    side : {"below", "above"}
        Which.

    Raises
    ------
    ArgumentError
        If there is no such quantity, or not one positive limit.

    Examples
    --------
    >>> Constraint("photons", below=50).text
    'photons < 50'
    """

    quantity: Quantity
    limit: float
    side: str

    def __init__(self, quantity: Named, *, below: float | None = None, above: float | None = None) -> None:
        if (below is None) == (above is None):
            raise ArgumentError(
                f"Arguments `below` and `above` must be one of them given, but are {below!r} and {above!r}. Write two "
                "constraints for a range."
            )
        side, limit = ("below", below) if below is not None else ("above", above)
        object.__setattr__(self, "quantity", quantity_of(quantity))
        object.__setattr__(self, "limit", real_number(side, limit, above=0.0))  # type: ignore[arg-type]
        object.__setattr__(self, "side", side)

    @property
    def text(self) -> str:
        """The constraint in words."""
        return f"{self.quantity.name} {'<' if self.side == 'below' else '>'} {self.limit:g}"

    def excess(self, value: float) -> float:
        r"""$\ln (q / \mathtt{limit})$ with the sign that is positive where the constraint is broken; minus infinity for
        a quantity of zero that must be small.
        """
        if value <= 0:
            return -np.inf if self.side == "below" else np.inf
        size = float(np.log(value / self.limit))
        return size if self.side == "below" else -size

    def value(self, excess: float) -> float:
        """The quantity that has this excess."""
        return self.limit * float(np.exp(excess if self.side == "below" else -excess))

    def to_dict(self) -> Json:
        """Plain values, for JSON."""
        return {"quantity": self.quantity.name, self.side: self.limit}


def default_constraints(steps: Iterable[Step]) -> tuple[Constraint, ...]:
    """Good rates, r < 0.03 and 2 drive / |z| < 0.2, and every step of the platform below its limit."""
    return (
        Constraint("ratio", below=SAFE_RATIO),
        Constraint("drive_ratio", below=SAFE_DRIVE),
        *(Constraint(STEP + step.name, below=step.limit) for step in steps),
    )


def all_constraints(
    given: Sequence[Constraint], steps: Iterable[Step], traded: Iterable[str], start_overlap: float
) -> tuple[Constraint, ...]:
    """The given ones, and the default ones of quantities that no given one bounds on the same side.

    A recall time counts from a start overlap to nearly the overlap that is held, and vanishes where that is no larger:
    where it is traded, what is held must be above the start by a quarter of the way to one.
    """
    for constraint in given:
        if not isinstance(constraint, Constraint):
            raise ArgumentError(f"Argument `constraints` must hold `Constraint`s, but holds {constraint!r}.")
    taken = {(constraint.quantity.name, constraint.side) for constraint in given}
    steps = tuple(steps)
    require_steps([constraint.quantity for constraint in given], steps, "constraints")
    _refuse_equal_names([f"{one.quantity.name} {one.side}" for one in given], "constraints")
    rest = default_constraints(steps)
    if "recall_time_s" in {*traded, *(name for name, _ in taken)}:
        rest += (Constraint("held_overlap", above=start_overlap + (1 - start_overlap) / 4),)
    return (*given, *(one for one in rest if (one.quantity.name, one.side) not in taken))


def weights_of(objectives: Mapping[str, float] | Sequence[Named]) -> tuple[tuple[Quantity, float], ...]:
    """The traded quantities with their weights: one each where names alone are given.

    Raises
    ------
    ArgumentError
        If a weight is not positive, there is no such quantity, or two have one name.
    """
    names = [objectives] if isinstance(objectives, str) or callable(objectives) else objectives
    if not isinstance(names, Iterable):
        raise ArgumentError(
            f"Argument `objectives` must hold names of quantities, with weights or without, but is {objectives!r}. "
            "Leave it out for the default ones."
        )
    named = names.items() if isinstance(names, Mapping) else [(name, 1.0) for name in names]
    weights = tuple((quantity_of(name, "objectives"), real_number("objectives", weight, above=0.0))
                    for name, weight in named)  # fmt: skip
    _refuse_equal_names([quantity.name for quantity, _ in weights], "objectives")
    return weights


def require_steps(quantities: Iterable[Quantity], steps: Iterable[Step], argument: str) -> None:
    """An error if one of the quantities is a step that the platform does not have."""
    known = [STEP + step.name for step in steps]
    for quantity in quantities:
        if quantity.name.startswith(STEP) and quantity.name not in known:
            raise ArgumentError(
                f"Argument `{argument}` must name a step of the platform, one of {', '.join(map(repr, known))}, but "
                f"names {quantity.name!r}."
            )


def _refuse_equal_names(names: Sequence[str], argument: str) -> None:
    for name in names:
        if names.count(name) > 1:
            raise ArgumentError(
                f"Argument `{argument}` must hold quantities with names of their own, but holds {name!r} more than "
                "once. Give functions a name with `def`."
            )
