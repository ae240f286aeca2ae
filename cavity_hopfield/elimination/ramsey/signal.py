"""A measured Ramsey signal: checked, complex, from the exact start on, and with its noise."""

import math
import warnings
from dataclasses import dataclass

import numpy as np

from cavity_hopfield._checks import real_array, time_grid
from cavity_hopfield._compiled import EPSILON
from cavity_hopfield._typing import ArrayLike, ComplexArray, FloatArray
from cavity_hopfield.elimination.ramsey.noisy_quadrature import likeliest_roughness
from cavity_hopfield.exceptions import ArgumentError, RegimeWarning

FEWEST_TIMES = 16
WIDEST_TURN = 0.75 * math.pi
"""Largest turn of the phase between samples: noise cannot make it one the other way round."""
VISIBLE, CLEAR = 0.1, 5.0
"""Contrast, and contrast in standard deviations of the noise, above which a turn of the phase counts."""
UNIT_DEVIATIONS = 5.0
"""Distance of F(0) from 1, in standard deviations, that is an error."""
WRONG_NOISE = 2.0
"""Ratio of the scatter of the data to the noise that was given that calls for a warning."""


@dataclass(frozen=True, eq=False)
class Signal:
    """Samples of F(t) from the exact F(0) = 1 on, with the variance of the noise in each quadrature, each (K,)."""

    times: FloatArray
    values: ComplexArray
    variances: FloatArray

    def since(self, start: int) -> "Signal":
        """The samples from number `start` on, with the time counted from there."""
        return Signal(self.times[start:] - self.times[start], self.values[start:], self.variances[start:])

    @property
    def end(self) -> float:
        """Time of the last sample."""
        return float(self.times[-1])

    @property
    def noise(self) -> float:
        """Root mean square of the noise in each quadrature, over the measured samples."""
        return float(np.sqrt(np.mean(self.variances[1:])))

    @property
    def turning(self) -> float:
        """Mean angular frequency, as an energy, weighted with the contrast."""
        return turning(self.times, self.values)


def turning(times: FloatArray, values: ComplexArray) -> float:
    """Mean angular frequency of `values`, as an energy, weighted with their size."""
    steps = values[1:] * values[:-1].conj()
    total = float(np.sum(np.diff(times) * np.abs(steps)))
    return -float(np.sum(np.angle(steps) * np.abs(steps))) / total if total > 0 else 0.0


def measured_signal(times: ArrayLike, contrast: ArrayLike, phase: ArrayLike, noise: ArrayLike | None) -> Signal:
    """The signal that the arguments of `rates_from_ramsey` hold; errors name them."""
    grid = time_grid(times)
    if grid.size < FEWEST_TIMES:
        raise ArgumentError(f"Argument `times` must hold at least {FEWEST_TIMES} times, but holds {grid.size}.")
    sizes, angles = _same_shape("contrast", contrast, grid), _same_shape("phase", phase, grid)
    values = sizes * np.exp(1j * angles)
    deviations = np.ones(grid.size) if noise is None else _deviations(noise, grid)
    later = slice(1, None) if grid[0] == 0 else slice(None)
    times_from_zero = np.concatenate([[0.0], grid[later]])
    from_one = np.concatenate([[1.0], values[later]])
    variances = np.concatenate([[0.0], deviations[later] ** 2])
    scatter = _scatter(times_from_zero, from_one, variances)
    if noise is None:
        variances *= scatter**2
    _check_turns(Signal(times_from_zero, from_one, variances))
    if noise is not None and scatter > WRONG_NOISE:
        warnings.warn(
            f"the data scatter {scatter:.2g} times as much as `noise` says: leave it out, and it is found from them",
            RegimeWarning,
            stacklevel=3,
        )
    if grid[0] == 0:
        _check_unit(values[0], float(deviations[0]) * (scatter if noise is None else 1.0))
    return Signal(times_from_zero, from_one, variances)


def _same_shape(name: str, value: ArrayLike, times: FloatArray) -> FloatArray:
    array = real_array(name, value)
    if array.shape != times.shape:
        raise ArgumentError(
            f"Argument `{name}` must have one value for each of the {times.size} times, but has shape {array.shape}."
        )
    return array


def _deviations(noise: ArrayLike, times: FloatArray) -> FloatArray:
    """Standard deviations (T,) of the noise."""
    array = real_array("noise", noise)
    if array.ndim:
        array = _same_shape("noise", array, times)
    if (array <= 0).any():
        raise ArgumentError(
            f"Argument `noise` must be positive, but holds {array.min():g}. "
            "Leave it out, and it is found from the data."
        )
    return np.broadcast_to(array, times.shape)


def _check_turns(signal: Signal) -> None:
    """Refuse samples between which the phase may have turned either way."""
    times, values = signal.times, signal.values
    # turns that are not resolved look like noise; the end of the data, where there is less signal, bounds it
    end = np.abs(values[-(values.size // 4) :])
    noise = min(signal.noise, math.sqrt(0.5 * float(np.mean(end**2))))
    seen = np.minimum(np.abs(values[1:]), np.abs(values[:-1])) > max(VISIBLE, CLEAR * noise)
    turns = np.where(seen, np.abs(np.angle(values[1:] * values[:-1].conj())), 0.0)
    k = int(np.argmax(turns))
    if turns[k] > WIDEST_TURN:
        spacing = times[k + 1] - times[k]
        raise ArgumentError(
            f"Argument `times` must resolve the turning of the phase, but it turns by {turns[k]:.3g} rad between "
            f"t = {times[k]:g} and {times[k + 1]:g}, where {WIDEST_TURN:.3g} are allowed, so that the turns cannot be "
            f"counted. Measure at spacings below {0.5 * spacing * WIDEST_TURN / turns[k]:.2g}."
        )


def _check_unit(first: complex, deviation: float) -> None:
    """Refuse a signal that does not start at 1."""
    distance = abs(first - 1)
    if distance > UNIT_DEVIATIONS * deviation:
        raise ArgumentError(
            f"Argument `contrast` must start at F(0) = 1, but F is {first:.3g} at time 0, {distance / deviation:.2g} "
            "standard deviations of the noise away. Divide the data by what is lost in preparation and readout, and "
            "take out the phase at time 0."
        )


def _scatter(times: FloatArray, values: ComplexArray, variances: FloatArray) -> float:
    """The likeliest noise, in units of the square root of `variances` (K,)."""
    steady = values * np.exp(1j * turning(times, values) * times)
    _, factor = likeliest_roughness(times, steady, variances, scaled=True)
    # no number is known better than to its rounding
    return max(math.sqrt(factor), EPSILON / math.sqrt(float(variances.max())))
