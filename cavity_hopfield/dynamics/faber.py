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
Advance = Callable[[FloatArray, FloatArray, FloatArray, tuple[float, float, float, float, float]], None]
r"""`advance(now, before, end, (a, b, c, d, e))`: in place, `before` becomes $a \mathcal{L}$ `now` + b `now` +
c `before`, then `end` grows by d `now` + e `before`."""

LONGEST_STEP = 50.0
"""Half the length of the ellipse times the step: a step that is given up, because its polynomials grow, is lost."""
MOST_GROWTH = 1e4
"""Largest growth of a polynomial, beside its start, before the ellipse counts as too small."""
MOST_WIDENINGS = 8
WIDENING = 1.25
LOOKS = 4
"""Terms from one look at the growth to the next."""
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
        points = 2 ** int(np.ceil(np.log2(128 + 4 * longest)))
        # the upper half of the circle, for the lower has the conjugates
        w = np.exp(-2j * np.pi * np.arange(points // 2 + 1) / points)
        exponent = self.centre + self.radius * (w + self.flatness / w)
        found = np.fft.irfft(np.exp(times[:, None] * exponent), axis=1)[:, : points // 2]
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
        Products with the generator, those in series that were given up included.
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
    advance: Advance | None = None,
) -> Propagation:
    r"""Linear functionals of $e^{\mathcal{L} t} v$ at `times`.

    In steps, each a series of Faber polynomials. All times within a step share its polynomials: a time costs
    functionals, no products. An ellipse that is too small for the generator is noticed by the growth of the
    polynomials; the step is then repeated with a larger one.

    A generator that can do a step of the recurrence in one sweep over memory offers it as `advance`.

    Raises
    ------
    ConvergenceError
        If the polynomials still grow on an ellipse six times as large.
    """
    now, at, error, products = start, 0.0, 0.0, 0
    step_of = advance or _by_products(product)
    meter = _Meter(progress, float(times[-1]))
    values = np.empty((times.size, record(start).size))
    values[times == 0] = record(start)
    while at < times[-1]:
        left = float(times[-1]) - at
        step = left / np.ceil(left * ellipse.half_length / LONGEST_STEP)
        inside = (times > at) & (times <= at + step * (1 + 1e-12))
        offsets = np.append(times[inside] - at, step)
        for _ in range(MOST_WIDENINGS):
            meter.span(at, step)
            series = _series(step_of, now, ellipse, ellipse.coefficients(offsets, tolerance), record, meter)
            products += series.products
            if series.converges:
                break
            ellipse = ellipse.wider()
        else:
            raise ConvergenceError(
                f"The evolution from t = {at:g} grows without bound on an ellipse of {ellipse.half_length:g} by "
                f"{ellipse.half_height:g}. Its generator is no contraction."
            )
        now, at, error = series.end, at + step, error + series.missed
        values[inside] = series.recorded[:-1]
        meter(1.0)
    return Propagation(values, now, error, products)


class _Meter:
    """Tells the progress within a step, and never less than before: a step may be repeated."""

    def __init__(self, progress: Progress | None, longest: float) -> None:
        self._progress, self._longest = progress, longest
        self._start = self._step = self._told = 0.0

    def span(self, start: float, step: float) -> None:
        """The step that begins."""
        self._start, self._step = start, step

    def __call__(self, part: float) -> None:
        """`part` of the step is done."""
        fraction = min((self._start + part * self._step) / self._longest, 1.0)
        if self._progress is not None and fraction > self._told:
            self._told = fraction
            self._progress(fraction)


@dataclass(frozen=True)
class _Series:
    """The vector after a step, the functionals at all times, the size of the last term beside that of the vector."""

    end: FloatArray
    recorded: FloatArray
    missed: float
    products: int
    converges: bool


def _series(
    advance: Advance, start: FloatArray, ellipse: Ellipse, coefficients: FloatArray, record: Record, meter: _Meter
) -> _Series:
    """One step; given up as soon as the polynomials grow."""
    size = float(np.linalg.norm(start)) + GUARD
    scale, shift, flatness = 1 / ellipse.radius, -ellipse.centre / ellipse.radius, ellipse.flatness
    weights = coefficients[-1]
    before, now, end = _at_a_line(0.0 * start), _at_a_line(start), _at_a_line(weights[0] * start)
    recorded = [record(start)]
    last = weights.size - 1
    for k in range(1, last + 1):
        # F_1 has nothing before it, and F_0 enters F_2 twice
        previous = -2 * flatness if k == 2 else -flatness
        # two terms at a time: the sum is read and written every other time
        due = k % 2 == 0 or k == last
        to_end = (float(weights[k - 1]) if k % 2 == 0 else 0.0, float(weights[k])) if due else (0.0, 0.0)
        advance(now, before, end, (scale, shift, previous if k > 1 else 0.0, *to_end))
        before, now = now, before
        recorded.append(record(now))
        if k % LOOKS == 0 or k == last:
            # not by BLAS, whose threads cost more than they save here
            growth = float(np.sqrt(np.einsum("i,i->", now, now))) / size
            if not growth < MOST_GROWTH:
                return _Series(start, np.empty(0), np.inf, k, converges=False)
            meter(k / last)
    return _Series(
        end, coefficients @ np.array(recorded), abs(float(weights[-1])) * growth, weights.size - 1, converges=True
    )


def _at_a_line(vector: FloatArray) -> FloatArray:
    """A copy that begins where a line of the cache does, so that no eight numbers in a row straddle two lines."""
    room = np.empty(vector.size + 8)
    first = -room.ctypes.data % 64 // 8
    found = room[first : first + vector.size]
    found[:] = vector
    return found


def _by_products(product: Product) -> Advance:
    """A step of the recurrence from products alone."""

    def advance(now: FloatArray, before: FloatArray, end: FloatArray, factors: tuple[float, ...]) -> None:
        of_product, of_now, of_before, now_to_end, to_end = factors
        before *= of_before
        before += of_product * product(now)
        before += of_now * now
        if now_to_end != 0.0 or to_end != 0.0:
            end += now_to_end * now + to_end * before

    return advance
