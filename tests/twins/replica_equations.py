r"""The replica-symmetric equations of the Hopfield model as they are printed, by adaptive quadrature.

$m = \int Dz \tanh\beta(\sqrt{\alpha r} z + m)$, $q = \int Dz \tanh^2\beta(\ldots)$, $r = q / (1 - \beta + \beta q)^2$;
D. J. Amit, H. Gutfreund and H. Sompolinsky, Phys. Rev. Lett. 55, 1530 (1985).
"""

from itertools import pairwise

import numpy as np
from scipy.integrate import quad
from scipy.optimize import brentq, minimize_scalar
from scipy.special import erf


def gaussian_average(function, steep_at, width):
    """Of `function(z)`, which changes fast within `width` of `steep_at`."""
    marks = [steep_at + k * width for k in (-20, -5, -1, 0, 1, 5, 20)]
    edges = [-10.0, *sorted(mark for mark in marks if -10 < mark < 10), 10.0]
    pieces = [
        quad(lambda z: np.exp(-z * z / 2) * function(z), a, b, epsabs=1e-14, epsrel=1e-13, limit=200)[0]
        for a, b in pairwise(edges)
    ]
    return sum(pieces) / np.sqrt(2 * np.pi)


def averages(m, width, temperature):
    """m, q, and the mean of ln 2cosh and of sech^4, in the field `width` z + m."""
    field = lambda z: (width * z + m) / temperature  # noqa: E731
    place, scale = -m / width, temperature / width
    return tuple(
        gaussian_average(function, place, scale)
        for function in (
            lambda z: np.tanh(field(z)),
            lambda z: np.tanh(field(z)) ** 2,
            lambda z: np.logaddexp(field(z), -field(z)),
            lambda z: (1 - np.tanh(field(z)) ** 2) ** 2,
        )
    )


def violations(m, q, r, temperature, load):
    """What is left of the three equations."""
    found = averages(m, np.sqrt(load * r), temperature)
    return m - found[0], q - found[1], r * (1 - (1 - q) / temperature) ** 2 - q


def free_energy(m, q, r, temperature, load):
    """Per spin, eq. (8) of the paper."""
    beta = 1 / temperature
    left = 1 - beta + beta * q
    log_cosh = averages(m, np.sqrt(load * r), temperature)[2] if load * r > 0 else np.logaddexp(beta * m, -beta * m)
    return (
        load / 2
        + m**2 / 2
        + load / (2 * beta) * (np.log(left) - beta * q / left)
        + load * beta * r * (1 - q) / 2
        - log_cosh / beta
    )


Z = np.linspace(-9, 9, 1201)
WEIGHTS = np.exp(-Z * Z / 2) * (Z[1] - Z[0]) / np.sqrt(2 * np.pi)


def means(m, q, temperature, load):
    """The right-hand sides for m and q on a fine grid of z, r being what q makes it."""
    r = q / (1 - (1 - q) / temperature) ** 2
    mean = np.tanh((np.sqrt(load * r) * Z + m) / temperature)
    return WEIGHTS @ mean, WEIGHTS @ mean**2


def excess(m, temperature, load):
    """How much m exceeds the right-hand side of its equation, when q solves its own: it rises through stable points."""
    q = brentq(
        lambda q: q - means(m, q, temperature, load)[1], max(0.0, 1 - temperature) + 1e-12, 1 - 1e-15, xtol=1e-15
    )
    return m - means(m, q, temperature, load)[0]


def zero_temperature_load(y):
    """The load at which m / sqrt(2 alpha r) is y, from erf(y) = y [sqrt(2 alpha) + 2 exp(-y^2) / sqrt(pi)]."""
    return (erf(y) / y - 2 / np.sqrt(np.pi) * np.exp(-y * y)) ** 2 / 2


def zero_temperature_capacity():
    """The largest load, and m there."""
    found = minimize_scalar(
        lambda y: -zero_temperature_load(y), bounds=(0.5, 4.0), method="bounded", options={"xatol": 1e-12}
    )
    return -found.fun, erf(found.x)
