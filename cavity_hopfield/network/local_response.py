r"""How spins respond to a field: $s(h) = W(-2h) + W(2h)$ and $d(h) = W(-2h) - W(2h)$, with their derivatives."""

from dataclasses import dataclass

import numpy as np
from numpy.polynomial import chebyshev

from cavity_hopfield._checks import ReadOnlyArrays, frozen, real_number
from cavity_hopfield._typing import ArrayLike, FloatArray, IntArray
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.model import Glauber, Metropolis, RateLaw
from cavity_hopfield.network.limit import HopfieldLimit

MARGIN = 1.125
"""Reach of the interpolant over the largest field that overlaps of at most one produce."""
FIRST_DEGREE, LARGEST_DEGREE = 15, 1023
BROAD_DEGREE, MOST_STRETCHES = 255, 5
"""Up to this degree every stretch is tried; beyond it, those whose coefficients fell most."""
LEFT = 0.5
"""Where the last coefficients of the best series keep more than this share of their size at twice the degree, a longer
one is of no use: what they do not resolve is far narrower, or noise.
"""
STRETCHES = (10.0, 1.0, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001)
"""Widths, in units of the reach, inside which nodes are dense: weakly coupled light resolves small flip energies."""
HIGHEST_ORDER = 3
CLOSED, INTERPOLATED, DIRECT = 0, 1, 2


@dataclass(frozen=True, eq=False)
class LocalResponse(ReadOnlyArrays):
    r"""$s(h) = W(-2h) + W(2h),\ d(h) = W(-2h) - W(2h)$: how fast a spin in the field h forgets, and where it is driven.

    In closed form for Glauber's law, $s = \mathtt{rate}$, $d = \mathtt{rate} \tanh(h/T)$. Any other smooth law is a
    Chebyshev series $W(2h) = \sum_k c_k T_k(x)$, $\sinh(\beta x) = h / \delta$, over the reachable fields $|h| \le H$,
    whose even terms make s and whose odd terms make d, so that the parity of both is exact. A law that no series
    reproduces, such as Metropolis with its kink or any law at zero temperature, gives values but no derivatives.

    Attributes
    ----------
    rate_law : RateLaw
        The law W.
    classes : (C,) array of int
        Its class for each column of the network.
    reach : float
        H, infinite in closed form.
    kind : int
        0 in closed form, 1 interpolated, 2 asked from the law each time.
    coefficients : (K, n) array
        Rate and temperature; or the series of W, for each class of the law.
    stretches : (K,) array
        The widths $\delta$ of the series; $\beta = \mathrm{arsinh}(H / \delta)$.
    errors : (4,) array
        Largest error of s or d and of each derivative found on a fine grid, against a series of twice the degree, in
        units of s at zero field, and of $1/\delta$ per derivative (1/H if that is larger). Zero in closed form,
        infinite where there is none.
    relative_error : float
        Largest error of s over the fields that occur, each in units of s there: where rates fall by many orders of
        magnitude, `errors` of 1e-11 may hide all digits of the smallest.

    Examples
    --------
    >>> response = LocalResponse.of(HopfieldLimit(2, Glauber(temperature=0.5)))
    >>> response.differences([0.0, 0.0], order=1)
    array([2., 2.])
    """

    rate_law: RateLaw
    classes: IntArray
    reach: float
    kind: int
    coefficients: FloatArray
    stretches: FloatArray
    errors: FloatArray
    relative_error: float = 0.0

    @classmethod
    def of(cls, limit: HopfieldLimit, accuracy: float = 1e-11) -> "LocalResponse":
        """The response of the spins of `limit`.

        Parameters
        ----------
        limit : HopfieldLimit
            The network, whose strengths bound the fields.
        accuracy : float
            Size, against the largest, below which the coefficients of a series are left out.

        Raises
        ------
        ArgumentError
            If `limit` is none, the accuracy is not positive, or a rate is negative or not finite.
        """
        if not isinstance(limit, HopfieldLimit):
            raise ArgumentError(
                f"Argument `limit` must be a `HopfieldLimit`, the network of many spins, but is a "
                f"{type(limit).__name__}. Make one with `HopfieldLimit(P, rate_law, drive)`."
            )
        tolerance = real_number("accuracy", accuracy, above=0.0)
        law, classes = limit.rate_law, limit.rate_classes
        if isinstance(law, Glauber) and law.temperature > 0:
            closed = frozen(np.array([[law.rate, law.temperature]]))
            return cls(
                law, frozen(np.zeros_like(classes)), np.inf, CLOSED, closed, frozen(np.ones(1)), frozen(np.zeros(4))
            )
        reach = MARGIN * float(limit.strengths.sum())
        labels = np.unique(classes)
        series = [None if _kinked(law) else _series(law, label, reach, tolerance) for label in labels]
        kept = [found for found in series if found is not None]
        if len(kept) < len(labels):
            errors = frozen(np.array([0.0, np.inf, np.inf, np.inf]))
            return cls(law, classes, reach, DIRECT, frozen(np.zeros((1, 1))), frozen(np.ones(1)), errors)
        table = np.zeros((int(labels[-1]) + 1, max(found.coefficients.size for found in kept)))
        stretches = np.ones(len(table))
        for label, found in zip(labels, kept, strict=True):
            table[label, : found.coefficients.size] = found.coefficients
            stretches[label] = found.stretch
        worst = np.max([found.errors for found in kept], axis=0)
        relative = max(found.relative_error for found in kept)
        return cls(law, classes, reach, INTERPOLATED, frozen(table), frozen(stretches), frozen(worst), relative)

    @property
    def smooth(self) -> bool:
        """Whether there are derivatives."""
        return self.kind != DIRECT

    def require_smooth(self) -> None:
        """An error that tells why there are no derivatives, where there are none."""
        if self.smooth:
            return
        name = type(self.rate_law).__name__
        if _kinked(self.rate_law):
            raise ArgumentError(
                f"Argument `rate_law` must be smooth, but {name} has a kink or a jump. Take `Glauber` at a temperature "
                "above zero, or `CavityRates`."
            )
        raise ArgumentError(
            f"Argument `rate_law` must be smooth over fields up to {self.reach:g}, but no series of up to "
            f"{LARGEST_DEGREE} terms reproduces {name}: its rates have a kink, or vary over fields narrower than about "
            f"{np.pi * self.reach / LARGEST_DEGREE:.2g}. Lower the couplings or raise the loss of a cavity."
        )

    def sums(self, fields: ArrayLike, order: int = 0) -> FloatArray:
        r"""$d^k s / dh^k$ at `fields` (..., C), $k = \mathtt{order} \le 3$, shape (..., C).

        Raises
        ------
        ArgumentError
            If a field is out of reach, or the law has no derivative.
        """
        return self._derivative(fields, order, odd=False)

    def differences(self, fields: ArrayLike, order: int = 0) -> FloatArray:
        r"""$d^k d / dh^k$ at `fields` (..., C), $k = \mathtt{order} \le 3$, shape (..., C); see `sums`."""
        return self._derivative(fields, order, odd=True)

    def _derivative(self, fields: ArrayLike, order: int, *, odd: bool) -> FloatArray:
        h = np.asarray(fields)
        self._check(h, order)
        if self.kind == CLOSED:
            return self._closed(h, order, odd=odd)
        if self.kind == DIRECT:
            down, up = self.rate_law(-2 * h, self.classes), self.rate_law(2 * h, self.classes)
            return np.asarray(down - up if odd else down + up)
        h = np.broadcast_to(h, np.broadcast_shapes(h.shape, self.classes.shape))
        out = np.empty(h.shape, dtype=np.result_type(h.dtype, np.float64))
        for label in np.unique(self.classes):
            series = self.coefficients[label].copy()
            series[(0 if odd else 1) :: 2] = 0.0
            here = self.classes == label
            stretched = _stretched(series, self.stretches[label], self.reach, h[..., here], order)
            out[..., here] = (-2 if odd else 2) * stretched
        return out

    def _closed(self, h: FloatArray, order: int, *, odd: bool) -> FloatArray:
        rate, temperature = self.coefficients[0]
        if not odd:
            return np.asarray((rate if order == 0 else 0.0) + 0 * h)
        t = np.tanh(h / temperature)
        curve = (t, 1 - t**2, -2 * t * (1 - t**2), -2 * (1 - t**2) * (1 - 3 * t**2))[order]
        return np.asarray(rate * curve / temperature**order)

    def _check(self, h: FloatArray, order: int) -> None:
        if order not in range(HIGHEST_ORDER + 1):
            raise ArgumentError(f"Argument `order` must be 0, 1, 2 or 3, but is {order!r}.")
        if order:
            self.require_smooth()
        largest = float(np.abs(h.real).max(initial=0.0))
        if not largest <= self.reach:
            raise ArgumentError(
                f"Argument `fields` must stay within {self.reach:g}, beyond what overlaps of one produce, but holds "
                f"{largest:g}."
            )


@dataclass(frozen=True, eq=False)
class _Series:
    """A series of W on stretched nodes."""

    coefficients: FloatArray
    stretch: float
    errors: FloatArray
    relative_error: float


def _kinked(law: RateLaw) -> bool:
    """Whether a law is known to have a kink or a jump: at temperature zero, or Metropolis."""
    return isinstance(law, Metropolis) or (isinstance(law, Glauber) and law.temperature == 0)


def _series(law: RateLaw, label: int, reach: float, tolerance: float) -> _Series | None:
    """The series of a law with the fewest terms, or None where none converges."""
    degree, stretches, before = FIRST_DEGREE, reach * np.array(STRETCHES), np.inf
    while degree <= LARGEST_DEGREE:
        tails = []
        for stretch in stretches:
            found = _interpolated(law, label, reach, stretch, degree)
            size = np.abs(found)
            tails.append(float(size[3 * degree // 4 :].max() / size.max()))
            if tails[-1] <= tolerance:
                coefficients = found[: int(np.flatnonzero(size > tolerance * size.max())[-1]) + 1]
                fine = _interpolated(law, label, reach, stretch, 2 * degree + 1)
                return _Series(coefficients, float(stretch), *_errors(coefficients, fine, stretch, reach))
        if degree >= BROAD_DEGREE:
            if degree > BROAD_DEGREE and min(tails) > LEFT * before:
                return None
            stretches = stretches[np.argsort(tails)[:MOST_STRETCHES]]
        before, degree = min(tails), 2 * degree + 1
    return None


def _interpolated(law: RateLaw, label: int, reach: float, stretch: float, degree: int) -> FloatArray:
    """Chebyshev coefficients through the rates at the zeros of the next polynomial."""
    angles = np.pi * (np.arange(degree + 1) + 0.5) / (degree + 1)
    fields = stretch * np.sinh(np.arcsinh(reach / stretch) * np.cos(angles))
    rates = np.asarray(law(2 * fields, label))
    wrong = ~(np.isfinite(rates) & (rates >= 0))
    if wrong.any():
        raise ArgumentError(
            f"Argument `rate_law` must give rates that are finite and not negative, but {type(law).__name__} gives "
            f"{rates[wrong][0]:g} at flip energy {2 * fields[wrong][0]:g}."
        )
    coefficients = 2 / (degree + 1) * np.cos(np.outer(np.arange(degree + 1), angles)) @ rates
    coefficients[0] /= 2
    return np.asarray(coefficients)


def _stretched(series: FloatArray, stretch: float, reach: float, fields: FloatArray, order: int) -> FloatArray:
    r"""A derivative of a series on stretched nodes, by the chain rule: $x' = [\beta (h^2 + \delta^2)^{1/2}]^{-1}$."""
    beta = np.arcsinh(reach / stretch)
    x = np.arcsinh(fields / stretch) / beta
    values = [chebyshev.chebval(x, chebyshev.chebder(series, k)) for k in range(order + 1)]
    radius = fields**2 + stretch**2
    first = 1 / (beta * np.sqrt(radius))
    second = -first * fields / radius
    third = first * (2 * fields**2 - stretch**2) / radius**2
    chains = (
        lambda f: f[0],
        lambda f: f[1] * first,
        lambda f: f[2] * first**2 + f[1] * second,
        lambda f: f[3] * first**3 + 3 * f[2] * first * second + f[1] * third,
    )
    return np.asarray(chains[order](values))


def _errors(coarse: FloatArray, fine: FloatArray, stretch: float, reach: float) -> tuple[FloatArray, float]:
    """Largest differences of two series and of their derivatives over the fields that occur, and that of s over s."""
    nodes = np.linspace(-1, 1, 4 * fine.size + 1)
    grid = stretch * np.sinh(np.arcsinh(reach / stretch) * nodes)
    edge = reach / MARGIN
    grid = np.concatenate([[-edge], grid[np.abs(grid) < edge], [edge]])
    difference = fine.copy()
    difference[: coarse.size] -= coarse
    scale, width = float(_stretched(fine, stretch, reach, np.zeros(1), 0)[0]), min(stretch, reach)
    errors = [np.abs(_stretched(difference, stretch, reach, grid, k)).max() * width**k / scale for k in range(4)]
    even = np.arange(fine.size) % 2 == 0
    gap, sums = (np.abs(_stretched(series * even, stretch, reach, grid, 0)) for series in (difference, fine))
    return np.array(errors), float(np.max(gap / np.maximum(sums, np.finfo(np.float64).tiny)))
