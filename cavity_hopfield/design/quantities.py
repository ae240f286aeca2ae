"""What a design may bound or trade: named numbers of an operating point."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from cavity_hopfield.design.trial import Trial
from cavity_hopfield.exceptions import ArgumentError

STEP = "step: "
"""What a quantity begins with that is a step of the platform, by its name."""


@dataclass(frozen=True)
class Quantity:
    """A number of an operating point.

    Attributes
    ----------
    name, text, units : str
        Its name, what it is in words, and its unit.
    value : callable
        Its value at a `Trial`, which has the numbers of an `OperatingPoint` under the same names.
    better : {"below", "above"}
        In which direction it is better.
    """

    name: str
    text: str
    units: str
    value: Callable[[Trial], float]
    better: str = "below"


def _quantity(name: str, text: str, units: str, better: str = "below") -> Quantity:
    return Quantity(name, text, units, lambda trial: float(getattr(trial, name)), better)


def _certified(name: str, text: str) -> Quantity:
    return Quantity(name, text, "1", lambda trial: float(getattr(trial.point.certificate, name)))


_NAMED = (
    _quantity("balance_temperature", "temperature of detailed balance over the energy scale of the memory", "1"),
    _quantity("glauber_temperature", "temperature of the closest Glauber law over the energy scale of the memory", "1"),
    _quantity("distance", "distance of the rates from the closest Glauber law", "1"),
    _quantity("flip_rate_per_s", "rate of a flip that gains much energy", "1/s", "above"),
    _quantity("balance_rate_per_s", "best rate at the temperature of detailed balance", "1/s", "above"),
    _quantity("ratio", "r = W_tot / dephasing, of collective flips where forces are equal", "1"),
    _quantity("single_ratio", "r = W_tot / dephasing of single flips", "1"),
    _quantity("drive_ratio", "2 drive / |z|", "1"),
    _quantity("photons", "largest mean photon number of a mode at a stored pattern", "1"),
    _quantity("recall_time_s", "recall time of the slowest pattern", "s"),
    _quantity("held_overlap", "overlap that the worst pattern holds", "1", "above"),
    _quantity("energy_scale_rad_s", "energy scale of the memory", "rad/s", "above"),
    _certified("pair_ratio", "flip rate over splitting of the pair of spins that is told apart worst"),
    _certified("settling_ratio", "flips of all spins while the light settles"),
    _certified("interruption_ratio", "flips of other spins while one dephases"),
    _certified("error_band", "expected relative error of a rate"),
)
QUANTITIES: Mapping[str, Quantity] = MappingProxyType({quantity.name: quantity for quantity in _NAMED})
"""By name; beside these every step of the platform is one, as "step: " and its name."""
GOALS = MappingProxyType(
    {"fidelity": "distance", "speed": "recall_time_s", "photon number": "photons", "robustness": "fragility"}
)
"""Other names for what is traded."""


def quantity_of(name: str | Callable[[Trial], float], argument: str = "quantity") -> Quantity:
    """The quantity of this name, of a goal, of a step of the platform, or a function of the operating point.

    Raises
    ------
    ArgumentError
        If there is no such quantity.
    """
    if isinstance(name, str):
        name = GOALS.get(name, name)
        if name in QUANTITIES:
            return QUANTITIES[name]
        if name == "fragility":
            return Quantity(name, "relative change of the temperature over that of all knobs", "1", _no_knobs)
        if name.startswith(STEP):
            step = name.removeprefix(STEP)
            return Quantity(name, step, "1", lambda trial: trial.step(step))
    elif callable(name):
        text = getattr(name, "__name__", type(name).__name__)
        if text in (*QUANTITIES, "fragility"):
            raise ArgumentError(f"Argument `{argument}` must be a function with a name of its own, but is {text!r}.")
        return Quantity(text, text, "1", lambda trial: float(name(trial)))
    raise ArgumentError(
        f"Argument `{argument}` must be a function of an operating point, the name of a step after {STEP!r}, or one of "
        f"{', '.join((*QUANTITIES, *GOALS))}, but is {name!r}."
    )


def _no_knobs(trial: Trial) -> float:
    raise ArgumentError(f"Quantity `fragility` belongs to a search, which knows the knobs of {trial.platform!r}.")
