"""The thermal law closest to a platform's rates."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_expit

from cavity_hopfield._checks import ReadOnlyArrays, frozen, real_array
from cavity_hopfield._typing import ArrayLike, FloatArray, IntArray
from cavity_hopfield.exceptions import ArgumentError, ConvergenceError


@dataclass(frozen=True, eq=False, init=False)
class FlipEnergySample(ReadOnlyArrays):
    """Flip energies with weights: what a network meets, and how often.

    Parameters
    ----------
    flip_energy : (K,) array
        Flip energies.
    spin_class : (K,) array of int, optional
        Class of the spin that flips, as numbered by the rate law; class 0 if omitted.
    weight : (K,) array, optional
        Weights, not negative; normalised to sum to one. Equal if omitted.

    Examples
    --------
    >>> FlipEnergySample([-1.0, 1.0], weight=[1.0, 3.0]).weight
    array([0.25, 0.75])
    """

    flip_energy: FloatArray
    spin_class: IntArray
    weight: FloatArray

    def __init__(
        self, flip_energy: ArrayLike, spin_class: ArrayLike | None = None, weight: ArrayLike | None = None
    ) -> None:
        energies = real_array("flip_energy", flip_energy)
        if energies.ndim != 1 or energies.size == 0:
            raise ArgumentError(f"Argument `flip_energy` must have shape (K,), K >= 1, but has shape {energies.shape}.")
        classes = np.zeros(energies.size, np.int64) if spin_class is None else np.asarray(spin_class)
        if classes.dtype.kind not in "iu":
            raise ArgumentError(f"Argument `spin_class` must hold whole numbers, but is {spin_class!r}.")
        weights = np.ones(energies.size) if weight is None else real_array("weight", weight)
        for name, array in (("spin_class", classes), ("weight", weights)):
            if array.shape != energies.shape:
                raise ArgumentError(f"Argument `{name}` must have shape {energies.shape}, but has shape {array.shape}.")
        if weights.min() < 0 or weights.sum() == 0:
            raise ArgumentError("Argument `weight` must not be negative and must not vanish everywhere.")
        object.__setattr__(self, "flip_energy", frozen(energies))
        object.__setattr__(self, "spin_class", frozen(classes.astype(np.int64)))
        object.__setattr__(self, "weight", frozen(weights / weights.sum()))


def balancing_glauber(forward: FloatArray, backward: FloatArray, sample: FlipEnergySample) -> tuple[float, float]:
    r"""Temperature and rate of the Glauber law that has the ratios of rates of flips and their reverse: the smallest
    weighted $\sum_k w_k [\ln (W_k(-\epsilon) / W_k(\epsilon)) - \epsilon_k / T]^2$, then the geometric mean.
    """
    energy, weight = sample.flip_energy, sample.weight
    inverse = float(np.sum(weight * energy * np.log(backward / forward)) / np.sum(weight * energy**2))
    if not inverse > 0:
        raise ConvergenceError(
            "No Glauber law has the ratios of these rates: they favour flips that cost energy, with an inverse "
            f"temperature of {inverse:.3g}."
        )
    rate = np.exp(np.sum(weight * (np.log(forward) - log_expit(-inverse * energy))))
    return 1 / inverse, float(rate)


def closest_glauber(rates: FloatArray, sample: FlipEnergySample) -> tuple[float, float, float]:
    r"""Temperature, rate and distance of the Glauber law with the smallest weighted $\sum_k w_k \ln^2 (W_k/W^G_k)$.

    At a given temperature the best rate is the weighted geometric mean of $W_k (1 + e^{\epsilon_k/T})$, which
    leaves one unknown, the inverse temperature; it is found on a logarithmic grid and then by bounded minimisation.
    """
    if not (rates > 0).all():
        worst = int(np.argmin(rates))
        raise ArgumentError(
            f"Argument `law` must give positive rates on the sample, but gives {rates[worst]:g} at flip energy "
            f"{sample.flip_energy[worst]:g}."
        )
    size = float(np.abs(sample.flip_energy).max())
    if np.ptp(sample.flip_energy[sample.weight > 0]) == 0:
        raise ArgumentError(
            "Argument `sample` must hold two different flip energies of positive weight, but holds one: no temperature "
            "can be told."
        )
    logarithms = np.log(rates)

    def mismatch(log_beta: float) -> tuple[float, float]:
        ratio = logarithms - log_expit(-np.exp(log_beta) * sample.flip_energy)
        mean = float(np.sum(sample.weight * ratio))
        return float(np.sum(sample.weight * (ratio - mean) ** 2)), mean

    grid = np.log(1 / size) + np.linspace(-14, 14, 113)
    best = int(np.argmin([mismatch(point)[0] for point in grid]))
    if best in (0, grid.size - 1):
        raise ConvergenceError(
            "No Glauber law fits: the best temperature lies beyond "
            f"T = {np.exp(-grid[best]):.3g}. The rates do not fall with the flip energy, or fall as a step."
        )
    found = minimize_scalar(
        lambda point: mismatch(point)[0],
        bounds=(grid[best - 1], grid[best + 1]),
        method="bounded",
        options={"xatol": 1e-12},
    )
    square, mean = mismatch(float(found.x))
    return float(np.exp(-found.x)), float(np.exp(mean)), float(np.sqrt(square))
