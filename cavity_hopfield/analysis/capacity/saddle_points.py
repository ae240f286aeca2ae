r"""Saddle points of the replica-symmetric free energy of a Hopfield network with many patterns.

With the width $\Delta = \sqrt{\alpha r}$ of the noise, $x = m/\Delta$ and $u = T/\Delta$, the averages of one spin are
functions of x and u alone and the equations are explicit: $m = M(x, u)$, $\Delta = m/x$, $T = u M/x$, $C = R/\Delta$,
$q = 1 - u R$ and $\alpha = (\Delta - R)^2/q$, with $R = \partial M/\partial x$. For $x > 0$ the function $u M/x$ rises
with u from 0 to 1, and M is concave in x, hence $C < 1$: at every temperature below one, each x is one saddle point.
For $x = 0$ likewise each $\Delta$ above some value is one, and $\alpha$ rises with it.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq, minimize_scalar

from cavity_hopfield.analysis.capacity.field_averages import FieldAverages, binary_entropy, field_averages

TIGHT = 9e-16
"""Relative tolerance of roots."""
RANGE = (0.5, 2.0, 6.0)
"""Around the signal at which retrieval is lost, which lies between 2.09 and 2.14 at every temperature."""
GROWTH = 2.0
NARROWEST = 1e-9
"""Below every width of the noise that is looked for."""


@dataclass(frozen=True)
class SaddlePoint:
    r"""One solution $(m, q, r)$ at a temperature and a load.

    Attributes
    ----------
    temperature, load : float
        $T$ and $\alpha$.
    overlap, order : float
        $m$ and $q$.
    noise : float
        $r = q/(1 - C)^2$.
    susceptibility : float
        $C = (1 - q)/T$.
    replicon : float
        $1 - \alpha T^{-2} (1 - C)^{-2} \int Dz\, \mathrm{sech}^4$; replica symmetry is broken where it is negative.
    entropy : float
        Per spin; that of replica symmetry is negative at low temperatures.
    residual : float
        The largest violation of the equations for m, q and r (for r in the form $r (1 - C)^2 = q$).
    """

    temperature: float
    load: float
    overlap: float
    order: float
    noise: float
    susceptibility: float
    replicon: float
    entropy: float
    residual: float

    @property
    def energy(self) -> float:
        r"""$\frac{\alpha}2 - \frac{m^2}2 - \frac{\alpha}{2(1 - C)} - \frac{\alpha r C}2$ per spin."""
        if self.load == 0:
            return -(self.overlap**2) / 2
        left = 1 - 1 / (1 - self.susceptibility) - self.noise * self.susceptibility
        return (self.load * left - self.overlap**2) / 2

    @property
    def free_energy(self) -> float:
        """$e - T s$ per spin."""
        return self.energy - self.temperature * self.entropy


def retrieval_point(temperature: float, signal: float) -> SaddlePoint:
    r"""The one with $m = x \Delta$, x = `signal`, at a temperature below one: it tells its load."""
    heat = _heat(temperature, signal)
    averages = field_averages(signal, heat)
    return _point(temperature, averages.overlap, averages.overlap / signal, heat, averages)


def glass_point(temperature: float, load: float) -> SaddlePoint:
    r"""The one with $m = 0$ and $q > 0$, at a load above zero and a temperature below $1 + \sqrt\alpha$."""
    if temperature == 0:
        width, heat = math.sqrt(load) + math.sqrt(2 / math.pi), 0.0
    else:
        width = _root(lambda width: _glass_root_load(temperature, width) - math.sqrt(load), NARROWEST, 1.0)
        heat = temperature / width
    return _point(temperature, 0.0, width, heat, field_averages(0.0, heat), load)


def paramagnet(temperature: float, load: float) -> SaddlePoint:
    """The one with $m = q = 0$, above the temperature one, or at zero load."""
    susceptibility = 1 / temperature
    return SaddlePoint(
        temperature,
        load,
        overlap=0.0,
        order=0.0,
        noise=0.0,
        susceptibility=susceptibility,
        replicon=1 - load / (temperature - 1) ** 2 if load else 1.0,
        entropy=math.log(2) + _noise_entropy(load, susceptibility),
        residual=0.0,
    )


def lone_pattern(temperature: float) -> SaddlePoint:
    r"""$m = \tanh(m/T)$, the one with $m > 0$ at zero load, at a temperature below one."""
    if temperature == 0:
        return SaddlePoint(0.0, 0.0, 1.0, 1.0, 1.0, 0.0, 1.0, 0.0, 0.0)
    overlap = float(
        brentq(lambda m: math.tanh(m / temperature) - m, _below_lone_overlap(temperature), 1.0, rtol=TIGHT, xtol=1e-300)
    )
    field = overlap / temperature
    tail = math.exp(-2 * field)
    susceptibility = 4 * tail / (1 + tail) ** 2 / temperature
    return SaddlePoint(
        temperature,
        load=0.0,
        overlap=overlap,
        order=overlap**2,
        noise=overlap**2 / (1 - susceptibility) ** 2,
        susceptibility=susceptibility,
        replicon=1.0,
        entropy=float(binary_entropy(np.array(field))),
        residual=abs(overlap - math.tanh(field)),
    )


def last_retrieval_point(temperature: float) -> SaddlePoint:
    """The one with the largest load, where the two with $m > 0$ meet."""
    return retrieval_point(temperature, last_signal(temperature))


def last_signal(temperature: float) -> float:
    r"""$x = m/\Delta$ of the one with the largest load."""
    found = minimize_scalar(lambda x: -retrieval_point(temperature, x).load, bracket=RANGE, tol=1e-9)
    return float(found.x)


def retrieval_points(temperature: float, load: float) -> tuple[SaddlePoint, SaddlePoint] | None:
    """The two with $m > 0$ at a load above zero, that of the larger overlap first; None beyond the last."""
    if temperature >= 1:
        return None
    middle = last_signal(temperature)
    if retrieval_point(temperature, middle).load <= load:
        return None

    def excess(signal: float) -> float:
        return retrieval_point(temperature, signal).load - load

    outer, inner = middle, middle
    while excess(outer) > 0:
        outer *= GROWTH
    while excess(inner) > 0:
        inner /= GROWTH
    strong, weak = (float(brentq(excess, end, middle, rtol=TIGHT, xtol=1e-15)) for end in (outer, inner))
    return retrieval_point(temperature, strong), retrieval_point(temperature, weak)


def _point(
    temperature: float, overlap: float, width: float, heat: float, averages: FieldAverages, load: float | None = None
) -> SaddlePoint:
    """The saddle point of a given width; its load is what the equations say, if not given."""
    order, susceptibility = averages.order, averages.response / width
    load = (width - averages.response) ** 2 / order if load is None else load
    noise = width**2 / load
    return SaddlePoint(
        temperature,
        load,
        overlap,
        order,
        noise,
        susceptibility,
        replicon=1 - averages.fourth / (heat * order) if heat > 0 else -math.inf,
        entropy=averages.entropy + _noise_entropy(load, susceptibility),
        residual=_residual(temperature, load, overlap, order, noise),
    )


def _residual(temperature: float, load: float, overlap: float, order: float, noise: float) -> float:
    """The equations, with what was found put in."""
    width = math.sqrt(load * noise)
    averages = field_averages(overlap / width, temperature / width)
    susceptibility = averages.response / width
    return max(
        abs(averages.overlap - overlap),
        abs(averages.order - order),
        abs(noise * (1 - susceptibility) ** 2 - order),
    )


def _noise_entropy(load: float, susceptibility: float) -> float:
    if load == 0:
        return 0.0
    return -load / 2 * (math.log1p(-susceptibility) + susceptibility / (1 - susceptibility))


def _heat(temperature: float, signal: float) -> float:
    """The u at which $T = u M / x$; M is at most erf."""
    if temperature == 0:
        return 0.0
    lowest = temperature * signal / math.erf(signal / math.sqrt(2))

    def excess(heat: float) -> float:
        return heat * field_averages(signal, heat).overlap / signal - temperature

    return _root(excess, lowest * (1 - 1e-12), lowest)


def _glass_root_load(temperature: float, width: float) -> float:
    r"""$\sqrt\alpha = (\Delta - R)/\sqrt q$ at $m = 0$; negative where there is no solution."""
    averages = field_averages(0.0, temperature / width)
    return (width - averages.response) / math.sqrt(averages.order)


def _root(function: Callable[[float], float], low: float, step: float) -> float:
    """Where a rising function vanishes, above `low`."""
    high = low + step
    while function(high) < 0:
        step *= GROWTH
        high = low + step
    return float(brentq(function, low, high, rtol=TIGHT, xtol=1e-300))


def _below_lone_overlap(temperature: float) -> float:
    r"""A bound below the solution of $m = \tanh(m/T)$, for $\tanh y > y - y^3/3$."""
    return min(math.sqrt(3 * (1 - temperature)) * temperature, 0.5) if temperature < 1 else 0.0
