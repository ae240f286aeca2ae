"""Rates that change in time: a ramp of the temperature or of the drive."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from cavity_hopfield._typing import ArrayLike, FloatArray, IntArray, Json
from cavity_hopfield.elimination import CavityRates
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.model import Glauber, Metropolis, Ramp, RateLaw


@dataclass(frozen=True, eq=False, init=False)
class Scheduled:
    r"""$W(\epsilon, t) = d(t)^2\, w(\epsilon / \tau(t))$ with $\tau = T(t) / T$ or $d = \Omega(t) / \Omega$.

    Annealing of a thermal law by a ramp of its temperature, or the rates of a cavity under a ramp of its drive, which
    are of second order in the drive as long as it changes little within a memory time of the light. Called, it gives
    the rates at time 0.

    Parameters
    ----------
    law : Glauber, Metropolis or CavityRates
        The law w; a thermal one at a temperature above zero.
    temperature : Ramp, optional
        $T(t) > 0$ of a thermal law, in place of its own.
    drive : Ramp, optional
        $\Omega(t) \ge 0$ of the platform, in place of its own.

    Raises
    ------
    ArgumentError
        If not exactly one ramp is given, it does not belong to this law, or its values have the wrong sign.

    Examples
    --------
    >>> cooling = Scheduled(Glauber(temperature=1.0), temperature=Ramp([0.0, 10.0], [1.0, 0.1]))
    >>> cooling.at(5.0)
    Glauber(temperature=0.55, rate=1.0)
    """

    law: RateLaw
    temperature: Ramp | None
    drive: Ramp | None

    def __init__(self, law: RateLaw, *, temperature: Ramp | None = None, drive: Ramp | None = None) -> None:
        wanted = "temperature" if isinstance(law, (Glauber, Metropolis)) else "drive"
        if not isinstance(law, (Glauber, Metropolis, CavityRates)):
            raise ArgumentError(
                f"Argument `law` must be `Glauber`, `Metropolis` or `CavityRates` to follow a schedule, but is {law!r}."
            )
        given = {"temperature": temperature, "drive": drive}
        if not isinstance(given.pop(wanted), Ramp) or any(ramp is not None for ramp in given.values()):
            raise ArgumentError(
                f"{type(law).__name__} must be given the argument `{wanted}`, a `Ramp(times, values)`, and no other."
            )
        if temperature is not None and not (isinstance(law, CavityRates) or law.temperature > 0):
            raise ArgumentError("Argument `law` must have a temperature above zero, but has 0. Any other serves.")
        if temperature is not None and not (temperature.values > 0).all():
            raise ArgumentError(
                f"Argument `temperature` must stay above zero, but falls to {temperature.values.min():g}. End the ramp "
                "at a small temperature."
            )
        if drive is not None and not (drive.values >= 0).all():
            raise ArgumentError(f"Argument `drive` must not be negative, but falls to {drive.values.min():g}.")
        object.__setattr__(self, "law", law)
        object.__setattr__(self, "temperature", temperature)
        object.__setattr__(self, "drive", drive)

    def __call__(self, flip_energy: ArrayLike, spin_class: ArrayLike = 0) -> FloatArray:
        """Rates at time 0."""
        return self.rate_scale(0.0) ** 2 * self.law(np.asarray(flip_energy) / self.energy_scale(0.0), spin_class)

    def energy_scale(self, time: ArrayLike) -> FloatArray:
        r"""$\tau(t)$, of the shape of `time`."""
        if self.temperature is None:
            return np.ones_like(time, dtype=np.float64)
        return np.asarray(self.temperature(time) / self._thermal.temperature)

    def rate_scale(self, time: ArrayLike) -> FloatArray:
        r"""$d(t)$, of the shape of `time`."""
        if self.drive is None or not isinstance(self.law, CavityRates):
            return np.ones_like(time, dtype=np.float64)
        return np.asarray(self.drive(time) / self.law.dicke.drive)

    @property
    def knots(self) -> FloatArray:
        r"""The times between which $\tau$ and $d$ are linear, shape (K,)."""
        ramp = self.drive if self.temperature is None else self.temperature
        return np.zeros(1) if ramp is None else ramp.times

    def at(self, time: float) -> RateLaw:
        """The law as it is at one time, such as `Glauber` at its temperature then.

        `CavityRates` refuse a time at which the drive is zero and no spin flips.
        """
        if self.temperature is not None:
            return replace(self._thermal, temperature=float(self.temperature(time)))
        if self.drive is None or not isinstance(self.law, CavityRates):
            return self.law
        return CavityRates(replace(self.law.dicke, drive=float(self.drive(time))), self.law.jumps)

    def spin_classes(self, n_spins: int) -> IntArray:
        """The class of each spin, shape (N,)."""
        return self.law.spin_classes(n_spins)

    @property
    def jumps(self) -> str:
        """The jumps of the law."""
        return getattr(self.law, "jumps", "individual")

    @property
    def ensembles(self) -> Any:
        """The ensembles of the law, where it has them."""
        return getattr(self.law, "ensembles", None)

    def to_dict(self) -> Json:
        """The law and its ramp."""
        ramps = {"temperature": self.temperature, "drive": self.drive}
        return {
            "rate_law": "Scheduled",
            "law": self.law.to_dict(),
            **{name: None if ramp is None else ramp.to_dict() for name, ramp in ramps.items()},
        }

    @property
    def _thermal(self) -> Glauber | Metropolis:
        if not isinstance(self.law, (Glauber, Metropolis)):
            raise ArgumentError(f"{type(self.law).__name__} has no temperature of its own.")
        return self.law


def require_constant(rate_law: RateLaw, reader: str) -> None:
    """An error if rates change in time, for a `reader` that does not follow them."""
    if isinstance(rate_law, Scheduled):
        raise ArgumentError(
            f"Argument `rate_law` must not change in time for {reader}, but is `Scheduled`. `KineticMonteCarlo` "
            "follows it; `rate_law.at(time)` is the law at one time."
        )
