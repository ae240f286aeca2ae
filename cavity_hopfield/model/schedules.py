"""How a parameter changes in time, as data: piecewise linear."""

from dataclasses import dataclass

import numpy as np

from cavity_hopfield._checks import ReadOnlyArrays, frozen, increasing_grid, real_array
from cavity_hopfield._typing import ArrayLike, FloatArray, Json
from cavity_hopfield.exceptions import ArgumentError


@dataclass(frozen=True, eq=False, init=False)
class Ramp(ReadOnlyArrays):
    """A value that goes linearly from one point to the next, and is constant before the first and after the last.

    Parameters
    ----------
    times : (K,) array
        Strictly increasing, not negative.
    values : (K,) array
        The value at each.

    Raises
    ------
    ArgumentError
        If the times do not increase, or there is not one value for each.

    Examples
    --------
    >>> cooling = Ramp([0.0, 100.0], [1.0, 0.2])
    >>> cooling([0.0, 50.0, 500.0])
    array([1. , 0.6, 0.2])
    """

    times: FloatArray
    values: FloatArray

    def __init__(self, times: ArrayLike, values: ArrayLike) -> None:
        grid, given = increasing_grid("times", times, minimum=0.0), real_array("values", values)
        if given.shape != grid.shape:
            raise ArgumentError(
                f"Argument `values` must have shape {grid.shape}, one for each of `times`, but has shape {given.shape}."
            )
        object.__setattr__(self, "times", frozen(grid))
        object.__setattr__(self, "values", frozen(given))

    def __call__(self, time: ArrayLike) -> FloatArray:
        """The value at `time`, of its shape."""
        return np.asarray(np.interp(real_array("time", time), self.times, self.values))

    def to_dict(self) -> Json:
        """Plain values that `from_dict` turns back."""
        return {"times": self.times.tolist(), "values": self.values.tolist()}

    @classmethod
    def from_dict(cls, data: Json) -> "Ramp":
        """The ramp that `to_dict` described; an `ArgumentError` if `data` is something else."""
        if not isinstance(data, dict) or set(data) != {"times", "values"}:
            raise ArgumentError(f"Argument `data` must be a dictionary with `times` and `values`, but is {data!r}.")
        return cls(data["times"], data["values"])
