r"""One mode without gain: the kernel integral in closed form.

With one transient, $u$ and $z$, and $s = (\mathtt{dephasing} + i\epsilon)/z$,

$$I(\epsilon) = \int_0^\infty e^{-i\epsilon t - \Gamma_\varphi t + u (1 - e^{-zt})}\,dt
= \frac{{}_1F_1(1; 1 + s; u)}{s z},$$

an incomplete gamma function. Its power series loses all digits where $|u| \gg |s|$; its continued fraction loses none.
"""

import math

from cavity_hopfield._compiled import EPSILON, compiled
from cavity_hopfield._typing import ComplexArray, FloatArray

MOST_TERMS = 20_000
NEVER_ZERO = 1e-300


@compiled
def size(w: complex) -> float:
    """`|Re w| + |Im w|`, a quick stand-in for the modulus."""
    return abs(w.real) + abs(w.imag)


@compiled
def confluent_fraction(s: complex, u: complex) -> tuple[complex, float]:
    r"""${}_1F_1(1; 1 + s; u)/s$ by the continued fraction

    $$\cfrac{1}{s - \cfrac{s u}{s + 1 + \cfrac{u}{s + 2 - \cfrac{(s + 1) u}{s + 3 + \cfrac{2u}{s + 4 - \ldots}}}}}$$

    (NIST Handbook of Mathematical Functions, 8.9.1, by Kummer's transformation), summed by the modified Lentz
    algorithm; and by how much its two recurrences amplify a rounding error, infinite if it has not converged.
    """
    fraction = s
    upper = s
    lower = 0.0 + 0.0j
    upper_error, lower_error, worst = 1.0, 0.0, 1.0
    for k in range(1, MOST_TERMS):
        numerator = -(s + (k - 1) // 2) * u if k % 2 else (k // 2) * u
        change = numerator * lower
        lower = s + k + change + NEVER_ZERO
        lower_error = (size(change) * (lower_error + 2.0) + size(s + k)) / size(lower) + 1.0
        lower = 1.0 / lower
        change = numerator / upper
        upper = s + k + change + NEVER_ZERO
        upper_error = (size(change) * (upper_error + 2.0) + size(s + k)) / size(upper) + 1.0
        worst = max(worst, upper_error, lower_error)
        fraction *= upper * lower
        if size(upper * lower - 1.0) <= 3.0 * EPSILON:
            return 1.0 / fraction, worst
    return 1.0 / fraction, math.inf


@compiled
def confluent_integrals(
    dephasing: float, u: complex, z: complex, energies: FloatArray, values: ComplexArray, amplification: FloatArray
) -> None:
    r"""Fill `values` (E,) with $I(\epsilon)$ and `amplification` (E,) with that of rounding errors."""
    for e in range(energies.size):
        value, amplification[e] = confluent_fraction(complex(dephasing, energies[e]) / z, u)
        values[e] = value / z
