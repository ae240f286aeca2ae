r"""$e^{\mathcal{L} t} v$ for a generator that is only known by its products with vectors, by Faber polynomials."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cavity_hopfield._typing import FloatArray
from cavity_hopfield.dynamics.protocol import Progress
from cavity_hopfield.exceptions import ConvergenceError

Product = Callable[[FloatArray], FloatArray]
"""A vector to the generator times the vector, in a new array."""
Record = Callable[[FloatArray], FloatArray]
"""A vector to the values (R,) of R linear functionals."""

LONGEST_STEP = 10.0
"""Half the length of the ellipse times the step: the polynomials of a generator that is not normal grow with it."""
MOST_GROWTH = 1e4
"""Largest growth of a polynomial, beside its start, before the ellipse counts as too small."""
MOST_WIDENINGS = 8
WIDENING = 1.25
GUARD = 1e-30


@dataclass(frozen=True)
class Ellipse:
    r"""$\lambda = c + a \cos\theta + i b \sin\theta$ with $c = -a$: around a spectrum whose real parts lie between
    $-2a$ and 0 and whose imaginary parts between $-b$ and $b$.

    Its Faber polynomials obey $F_{k+1} = \frac{\lambda - c}{r} F_k - \delta F_{k-1}$ with $r = (a + b)/2$,
    $\delta = (a - b)/(a + b)$, $F_0 = 1$, $F_1 = (\lambda - c)/r$ and twice the last term at $k = 1$; none exceeds 2 on
    the ellipse.
    """

    half_length: float
    half_height: float

    @property
    def centre(self) -> float:
        """$c$."""
        return -self.half_length

    @property
    def radius(self) -> float:
        """$r$, the conformal radius."""
        return (self.half_length + self.half_height) / 2

    @property
    def flatness(self) -> float:
        r"""$\delta$."""
        return (self.half_length - self.half_height) / (self.half_length + self.half_height)

    def wider(self) -> "Ellipse":
        """The next larger ellipse to try."""
        return Ellipse(WIDENING * self.half_length, WIDENING * self.half_height)

    def coefficients(self, times: FloatArray, tolerance: float) -> FloatArray:
        r"""$a_k(t)$ in $e^{\lambda t} = \sum_k a_k(t) F_k(\lambda)$, shape (T, K): on the circle
        $|w| = 1$, which the map $c + r (w + \delta / w)$ sends to the ellipse, they are Fourier coefficients.
        """
        longest = self.radius * float(times.max(initial=0.0))
        points = 2 ** int(np.ceil(np.log2(64 + 8 * longest)))
        w = np.exp(2j * np.pi * np.arange(points) / points)
        exponent = self.centre + self.radius * (w + self.flatness / w)
        found = np.fft.fft(np.exp(times[:, None] * exponent), axis=1).real[:, : points // 2] / points
        below = np.abs(found).max(axis=0) < 0.01 * tolerance
        terms = int(np.argmax(np.logical_and.accumulate(below[::-1])[::-1])) if below[-1] else points // 2
        return np.ascontiguousarray(found[:, : max(terms, 3)])


@dataclass(frozen=True)
class Propagation:
    """What `propagate` found.

    Attributes
    ----------
    values : (T, R) array
        The functionals at each time.
    end : array
        The vector at the last time.
    error : float
        Sum over the steps of the last terms of the series, relative to the size of the vector: the estimated error.
    products : int
        Products with the generator.
    """

    values: FloatArray
    end: FloatArray
    error: float
    products: int


def propagate(
    product: Product,
    start: FloatArray,
    times: FloatArray,
    ellipse: Ellipse,
    record: Record,
    *,
    tolerance: float,
    progress: Progress | None = None,
) -> Propagation:
    r"""Linear functionals of $e^{\mathcal{L} t} v$ at `times`.

    In steps, each a series of Faber polynomials. All times within a step share its polynomials: a time costs
    functionals, no products. An ellipse that is too small for the generator is noticed by the growth of the
    polynomials; the step is then repeated with a larger one.

    Raises
    ------
    ConvergenceError
        If the polynomials still grow on an ellipse six times as large.
    """
    now, at, error, products = start, 0.0, 0.0, 0
    values = np.empty((times.size, record(start).size))
    values[times == 0] = record(start)
    while at < times[-1]:
        step = min(float(times[-1]) - at, LONGEST_STEP / ellipse.half_length)
        inside = (times > at) & (times <= at + step * (1 + 1e-12))
        offsets = np.append(times[inside] - at, step)
        for _ in range(MOST_WIDENINGS):
            series = _series(product, now, ellipse, ellipse.coefficients(offsets, tolerance), record)
            if series is not None:
                break
            ellipse = ellipse.wider()
        else:
            raise ConvergenceError(
                f"The evolution from t = {at:g} grows without bound on an ellipse of {ellipse.half_length:g} by "
                f"{ellipse.half_height:g}. Its generator is no contraction."
            )
        now, recorded, missed, used = series
        values[inside] = recorded[:-1]
        error, products, at = error + missed, products + used, at + step
        if progress is not None:
            progress(min(at / float(times[-1]), 1.0))
    return Propagation(values, now, error, products)


def _series(
    product: Product, start: FloatArray, ellipse: Ellipse, coefficients: FloatArray, record: Record
) -> tuple[FloatArray, FloatArray, float, int] | None:
    """The vector after the step, the functionals at all times, the size of the last terms beside the vector, and the
    number of products; nothing if the polynomials grow.
    """
    size = float(np.linalg.norm(start)) + GUARD
    radius, centre, flatness = ellipse.radius, ellipse.centre, ellipse.flatness
    before, now = start, (product(start) - centre * start) / radius
    end = coefficients[-1, 0] * before + coefficients[-1, 1] * now
    recorded = np.outer(coefficients[:, 0], record(before)) + np.outer(coefficients[:, 1], record(now))
    for k in range(2, coefficients.shape[1]):
        after = product(now)
        after -= centre * now
        after /= radius
        after -= (2 * flatness if k == 2 else flatness) * before
        before, now = now, after
        end += coefficients[-1, k] * now
        recorded += np.outer(coefficients[:, k], record(now))
        growth = float(np.linalg.norm(now)) / size
        if not growth < MOST_GROWTH:
            return None
    return end, recorded, abs(coefficients[-1, -1]) * growth, coefficients.shape[1] - 1
