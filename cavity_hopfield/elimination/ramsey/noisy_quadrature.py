r"""Integral of a complex curve of which samples with noise are known, at uneven times.

$$\int_0^T e^{-i\epsilon t} f(t)\,dt \approx \sum_k w_k y_k, \qquad y_k = f(t_k) + \text{noise}.$$

Between the samples the curve is as smooth as twice integrated white noise of intensity $\tau^2(t)$, which makes its
best estimate the cubic smoothing spline (C. H. Reinsch, Numer. Math. 10, 177 (1967)). The weights are those, of all
that are exact for straight lines, with the smallest mean square error, which is known: the noise, and what the curve
may do between the samples. The roughness $\tau^2(t) = \tau_0^2 (e^{-2t/t_r} + 10^{-6})$ is the likeliest one, given
the second differences of the data (G. Wahba, Ann. Statist. 13, 1378 (1985)). All costs are linear in the samples.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.linalg import cho_solve_banded, cholesky_banded
from scipy.optimize import minimize

from cavity_hopfield._typing import ComplexArray, FloatArray
from cavity_hopfield.elimination.kernel.quadrature import gauss_rule

LEAST_ROUGHNESS = 1e-6
SHORTEST_LIFE, LONGEST_LIFE = 1 / 200, 20.0
"""Bounds on the lifetime of the roughness, in units of the length of the data."""
LEAST_INTENSITY, LARGEST_INTENSITY = 1e-8, 1e20
"""Bounds on the roughness, in units of the variance of the noise over the cube of the mean spacing."""
SMALL_ANGLE = 1e-3
NOTHING = 1e-300
"""Stands for the square of second differences that vanish, whose logarithm is wanted."""


@dataclass(frozen=True)
class Roughness:
    r"""$\tau^2(t) = \tau_0^2 (e^{-2 t / t_r} + 10^{-6})$: the intensity of the second derivative, per quadrature.

    Attributes
    ----------
    intensity : float
        $\tau_0^2$.
    lifetime : float
        $t_r$: transients die, and the curve becomes smooth.
    """

    intensity: float
    lifetime: float

    def between(self, times: FloatArray) -> FloatArray:
        """Values (K-1,) in the intervals between `times` (K,)."""
        middles = 0.5 * (times[1:] + times[:-1])
        return np.asarray(self.intensity * (np.exp(-2 * middles / self.lifetime) + LEAST_ROUGHNESS))


@dataclass(frozen=True, eq=False)
class IntegralRule:
    r"""$\sum_k w_k y_k$ and its standard errors, in the real and in the imaginary part alike.

    Attributes
    ----------
    weights : (K,) complex array
        $w_k$.
    noise : float
        Standard error from the noise.
    sampling : float
        Standard error from what the curve may do between the samples.
    """

    weights: ComplexArray
    noise: float
    sampling: float


def likeliest_roughness(
    times: FloatArray, values: ComplexArray, variances: FloatArray, *, scaled: bool
) -> tuple[Roughness, float]:
    r"""The roughness of restricted maximum likelihood, and the likeliest factor of the noise.

    Parameters
    ----------
    times : (K,) array
        Increasing times of the samples.
    values : (K,) complex array
        Samples.
    variances : (K,) array
        Variance of the noise in each quadrature; zero where a value is exact.
    scaled : bool
        Whether `variances` are known up to a common factor alone. If not, the factor is 1.

    Returns
    -------
    tuple of Roughness and float
    """
    spacing = np.diff(times)
    differences = _second_differences(spacing, values)
    span = float(times[-1])

    def costs(parameters: FloatArray) -> tuple[float, float]:
        roughness = Roughness(*np.exp(parameters))
        factor = cholesky_banded(_covariance(spacing, roughness.between(times), variances))
        solved = cho_solve_banded((factor, False), differences)
        return 2 * float(np.log(factor[-1]).sum()), float((differences.conj() @ solved).real)

    def unlikeliness(parameters: FloatArray) -> float:
        log_size, square = costs(parameters)
        return log_size + (differences.size * np.log(square + NOTHING) if scaled else 0.5 * square)

    unit = float(np.median(variances)) * (times.size / span) ** 3
    intensities = np.log([unit * LEAST_INTENSITY, unit * LARGEST_INTENSITY])
    lifetimes = np.log([span * SHORTEST_LIFE, span * LONGEST_LIFE])
    best = _minimum(unlikeliness, intensities, lifetimes)
    factor = costs(best)[1] / (2 * differences.size) if scaled else 1.0
    intensity, lifetime = np.exp(best)
    return Roughness(factor * float(intensity), float(lifetime)), factor


def _minimum(function: Callable[[FloatArray], float], first: FloatArray, second: FloatArray) -> FloatArray:
    """Where `function` of two variables with the bounds `first` and `second` is smallest: a grid, then a simplex."""
    grid = [
        np.array([x, y])
        for x in np.linspace(first[0], first[1], 12)[1:-1]
        for y in np.linspace(second[0], second[1], 6)[1:-1]
    ]
    start = min(grid, key=function)
    found = minimize(
        function,
        start,
        method="Nelder-Mead",
        bounds=[(first[0], first[1]), (second[0], second[1])],
        options={
            "xatol": 0.05,
            "fatol": 0.02,
            "maxiter": 200,
            "initial_simplex": start + np.array([[0.0, 0.0], [1.5, 0.0], [0.0, 0.7]]),
        },
    )
    return np.asarray(found.x)


def integral_rule(times: FloatArray, variances: FloatArray, roughness: FloatArray, frequency: float) -> IntegralRule:
    r"""Weights for $\int e^{-i\epsilon t} f\,dt$ over the times.

    Parameters
    ----------
    times : (K,) array
        Increasing times of the samples.
    variances : (K,) array
        Variance of the noise in each quadrature.
    roughness : (K-1,) array
        $\tau^2$ in each interval.
    frequency : float
        $\epsilon$.
    """
    # With f'' = noise, the integral is that of the polygon through f less that of p f'', where -p'' = exp(-i eps t)
    # and p = 0 at the samples. Data and unknowns meet in the second differences alone.
    spacing = np.diff(times)
    polygon, left, right, squares = _polygon_and_bridges(times, spacing, frequency)
    unknown = roughness[:-1] * right[:-1] + roughness[1:] * left[1:]
    unknown = unknown + _second_differences(spacing, variances * polygon)
    factor = cholesky_banded(_covariance(spacing, roughness, variances))
    solved = cho_solve_banded((factor, False), unknown)
    weights = polygon - _transposed_differences(spacing, solved)
    noise = float(np.sum(variances * np.abs(weights) ** 2))
    total = float(np.sum(variances * np.abs(polygon) ** 2) + np.sum(roughness * squares))
    total -= float((unknown.conj() @ solved).real)
    # round-off alone can make the difference negative
    return IntegralRule(weights, noise**0.5, max(total - noise, 0.0) ** 0.5)


def _second_differences(spacing: FloatArray, values: Any) -> Any:
    """Changes of slope (K-2,) at the inner samples."""
    return np.diff(np.diff(values) / spacing)


def _transposed_differences(spacing: FloatArray, inner: ComplexArray) -> ComplexArray:
    """The transpose of `_second_differences`, from (K-2,) to (K,)."""
    slopes = np.diff(np.concatenate([[0.0], -inner, [0.0]])) / spacing
    return np.asarray(-np.diff(np.concatenate([[0.0], slopes, [0.0]])))


def _covariance(spacing: FloatArray, roughness: FloatArray, variances: FloatArray) -> FloatArray:
    """Upper bands (3, K-2) of the covariance of the second differences."""
    before, after = 1 / spacing[:-1], 1 / spacing[1:]
    middle = -(before + after)
    bands = np.zeros((3, before.size))
    bands[2] = (roughness[:-1] * spacing[:-1] + roughness[1:] * spacing[1:]) / 3
    bands[2] += before**2 * variances[:-2] + middle**2 * variances[1:-1] + after**2 * variances[2:]
    bands[1, 1:] = roughness[1:-1] * spacing[1:-1] / 6
    bands[1, 1:] += middle[:-1] * before[1:] * variances[1:-2] + after[:-1] * middle[1:] * variances[2:-1]
    bands[0, 2:] = after[:-2] * before[2:] * variances[2:-2]
    return bands


def _polygon_and_bridges(
    times: FloatArray, spacing: FloatArray, frequency: float
) -> tuple[ComplexArray, ComplexArray, ComplexArray, FloatArray]:
    """Weights (K,) of the polygon; and in each interval the integrals of the bridge p times the falling and the
    rising line, and of its absolute square.
    """
    nodes, gauss = gauss_rule()
    half = 0.5 * spacing[:, None]
    offset = half * nodes
    start = np.exp(-1j * frequency * 0.5 * (times[1:] + times[:-1]))[:, None] * half * gauss
    wave = start * np.exp(-1j * frequency * offset)
    falling, rising = 0.5 * (1 - nodes), 0.5 * (1 + nodes)
    polygon = np.zeros(times.size, np.complex128)
    polygon[:-1] += wave @ falling
    polygon[1:] += wave @ rising
    bridge = _bridge(half, offset, frequency)
    squares = (half * np.abs(bridge) ** 2) @ gauss
    return polygon, (start * bridge) @ falling, (start * bridge) @ rising, squares


def _bridge(half: FloatArray, offset: FloatArray, frequency: float) -> ComplexArray:
    r"""The bridge, $-p'' = e^{-i\epsilon u}$ and $p(\pm h) = 0$, at offsets u from the middle of each interval."""
    inside = half**2 - offset**2
    real = 0.5 * inside * _sinc(0.5 * frequency * (half + offset)) * _sinc(0.5 * frequency * (half - offset))
    if frequency == 0:
        return real.astype(np.complex128)
    closed = offset * (_sinc(frequency * half) - _sinc(frequency * offset)) / frequency
    series = -frequency * offset * inside / 6
    return np.asarray(real + 1j * np.where(np.abs(frequency) * half < SMALL_ANGLE, series, closed))


def _sinc(angle: FloatArray) -> FloatArray:
    """sin(x) / x."""
    return np.asarray(np.sinc(angle / np.pi))
