r"""Photons about a fixed point of the Dicke model, from noise in Fourier space: $\langle a^\dagger a \rangle =
\int \frac{d\nu}{2\pi} S(\nu)$.

The equations are those of a boson $b$ across the direction of one big spin (Holstein and Primakoff): with $\mathbf m$
and $\alpha$ at rest the spin precesses at $\omega_b = 2 \sqrt{\Omega^2 + h^2}$, and $\sigma^z$ across it is
$\sqrt N\, |m_x|\, (b + b^\dagger)$. $\dot a = -z a - i G (b + b^\dagger) + \xi$, $\dot b = -i \omega_b b - i G (a +
a^\dagger)$, with the noise $\langle \xi^\dagger \xi \rangle$ = gain and $\langle \xi \xi^\dagger \rangle$ = loss.
"""

from itertools import pairwise

import numpy as np
from scipy.integrate import quad


def fixed_point(g, omega, loss, gain, drive):
    """m_x, m_z and the field of the superradiant or normal state, for couplings g / sqrt(N)."""
    critical = drive * (omega**2 + (loss - gain) ** 2 / 4) / (2 * omega)
    x = -min(1.0, critical / g**2)
    z = np.sqrt(1 - x**2)
    return x, z, -2 * omega * g**2 / (omega**2 + (loss - gain) ** 2 / 4) * z


def equations(g, omega, loss, gain, drive):
    """The matrix of (a, a^dagger, b, b^dagger)."""
    x, _, field = fixed_point(g, omega, loss, gain, drive)
    turn, pull, damping = 2 * np.hypot(drive, field), g * abs(x), (loss - gain) / 2
    return np.array(
        [
            [-1j * omega - damping, 0, -1j * pull, -1j * pull],
            [0, 1j * omega - damping, 1j * pull, 1j * pull],
            [-1j * pull, -1j * pull, -1j * turn, 0],
            [1j * pull, 1j * pull, 0, 1j * turn],
        ]
    )


def emission(g, omega, loss, gain, drive, nu):
    r"""$\int dt\, e^{-i\nu t} \langle a^\dagger(t) a(0) \rangle$ of the fluctuations."""
    response = np.linalg.inv(-1j * nu * np.eye(4) - equations(g, omega, loss, gain, drive))[0]
    # a(nu) = response . (xi, xi^dagger, 0, 0)
    return abs(response[0]) ** 2 * gain + abs(response[1]) ** 2 * loss


def photons(*parameters):
    """The integral over all frequencies."""
    values = np.linalg.eigvals(equations(*parameters))
    widths, far = np.array([-8, -2, -0.5, 0, 0.5, 2, 8])[:, None] * np.abs(values.real), 60.0
    places = np.unique(np.clip(np.concatenate([(widths + values.imag).ravel(), [-far, far]]), -far, far).round(9))
    parts = [quad(lambda nu: emission(*parameters, nu), low, high, epsrel=1e-9)[0] for low, high in pairwise(places)]
    tails = quad(lambda nu: emission(*parameters, nu) + emission(*parameters, -nu), far, np.inf, epsrel=1e-8)[0]
    return (sum(parts) + tails) / (2 * np.pi)
