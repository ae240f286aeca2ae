r"""The closed forms of the kernel of a spin flip, each shown by `adiabatic_elimination`.

$z$ is the pole of the mode, $\bar n$ its thermal occupation and $\nu = 2 \bar n + 1$.
"""

import sympy as sp

from derivations.conventions import (
    delta,
    force,
    gain,
    loss,
    net_loss,
    noise_factor,
    omega,
    pole,
    pole_squared,
    t,
    thermal_occupation,
)
from derivations.emission import Formula


def phi(rate: sp.Expr) -> sp.Expr:
    r"""$\varphi(z, t) = t/z - (1 - e^{-zt})/z^2$, the doubly integrated decay at the complex `rate` $z$."""
    return t / rate - (1 - sp.exp(-rate * t)) / rate**2


def mean_quadrature() -> sp.Expr:
    r"""$\bar X = \langle a + a^\dagger \rangle = -2 x \omega / |z|^2$ in the relaxed state."""
    return -2 * force * omega / pole_squared


def spread() -> sp.Expr:
    r"""$S(t) = \frac{\nu + 1}{2} \varphi(z, t) + \frac{\nu - 1}{2} \varphi(z^*, t)$."""
    return (noise_factor + 1) / 2 * phi(pole) + (noise_factor - 1) / 2 * phi(sp.conjugate(pole))


def kernel_exponent() -> sp.Expr:
    r"""$\ln F = -i \delta \bar X t - \delta^2 S(t)$ of one mode; modes add."""
    return -sp.I * delta * mean_quadrature() * t - delta**2 * spread()


def dephasing_rate() -> sp.Expr:
    r"""$\Gamma_\varphi = \delta^2 \nu\, \mathrm{Re}(1/z)$: the decay of $|F|$ once the mode has settled."""
    return delta**2 * noise_factor * (net_loss / 2) / pole_squared


def transient_weights() -> tuple[sp.Expr, sp.Expr]:
    r"""$u_- = \delta^2 \frac{\nu+1}{2} z^{-2}$ and $u_+ = \delta^2 \frac{\nu-1}{2} z^{*-2}$, with which exactly
    $\ln F = -(i\epsilon + \Gamma_\varphi) t + u_- (1 - e^{-zt}) + u_+ (1 - e^{-z^* t})$,
    where $\epsilon = \delta \bar X_{x + \delta/2}$ is the flip energy.
    """
    down = delta**2 * (noise_factor + 1) / 2 / pole**2
    up = delta**2 * (noise_factor - 1) / 2 / sp.conjugate(pole) ** 2
    return down, up


def flip_energy() -> sp.Expr:
    r"""$\epsilon = \delta \bar X(x + \delta/2)$; with $x = G + g\sigma$, $\delta = -2g\sigma$ it is
    $4 \omega g \sigma G / |z|^2$: the force of the other spins alone decides.
    """
    return delta * mean_quadrature().subs(force, force + delta / 2)


def real_phi() -> tuple[sp.Expr, sp.Expr]:
    r"""Real and imaginary part of $\varphi(z, t) = t z^*/|z|^2 - (1 - e^{-zt}) z^{*2}/|z|^4$, in real functions."""
    decay, cosine, sine = sp.exp(-net_loss * t / 2), sp.cos(omega * t), sp.sin(omega * t)
    square, product = net_loss**2 / 4 - omega**2, net_loss * omega
    grown, turned = 1 - decay * cosine, decay * sine
    real = net_loss * t / (2 * pole_squared) - (square * grown + product * turned) / pole_squared**2
    imaginary = -omega * t / pole_squared + (product * grown - square * turned) / pole_squared**2
    return real, imaginary


def real_kernel_exponent() -> tuple[sp.Expr, sp.Expr]:
    r"""Real and imaginary part of $\ln F$: $\mathrm{Re}\, S = \nu\, \mathrm{Re}\, \varphi$ and $\mathrm{Im}\, S =
    \mathrm{Im}\, \varphi$, since $\varphi(z^*, t) = \varphi(z, t)^*$.
    """
    real, imaginary = real_phi()
    return -(delta**2) * noise_factor * real, -delta * mean_quadrature() * t - delta**2 * imaginary


def real_transient_weights() -> tuple[sp.Expr, ...]:
    r"""Real and imaginary parts of $u_-$ and $u_+$."""
    square, product = (net_loss**2 / 4 - omega**2) / pole_squared**2, net_loss * omega / pole_squared**2
    down, up = delta**2 * (thermal_occupation + 1), delta**2 * thermal_occupation
    return down * square, -down * product, up * square, up * product


def printed_exponent(eta: sp.Expr, tau: sp.Expr, coupling: sp.Expr, energy: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    r"""Decay and phase of the integrand as printed on the slides of the talk.

    With $v = 4(\mathtt{loss}+\mathtt{gain}) / (\omega(\eta^2+4))$, which the slides leave undefined; `energy` is their
    $\Delta E$. The second print of the slide lost the minus sign before $g^2 s$.
    """
    decay = sp.exp(-eta * tau / 2)
    f = (8 - 2 * eta**2) / (eta * (eta**2 + 4)) * (1 - decay * sp.cos(tau)) - 8 * decay / (eta**2 + 4) * sp.sin(tau)
    s = (4 * eta * (decay * sp.cos(tau) - 1) + (eta**2 - 4) * decay * sp.sin(tau)) / (eta**2 + 4)
    v = 4 * (loss + gain) / (omega * (eta**2 + 4))
    return (
        -2 * coupling**2 * v / omega**2 * (f + tau),
        16 * (energy * tau - coupling**2 * s) / (omega**2 * (eta**2 + 4)),
    )


def formulas() -> tuple[Formula, ...]:
    """The closed forms that the package evaluates."""
    return (
        Formula(
            name="kernel_exponent",
            expressions=real_kernel_exponent(),
            summary=r"Real and imaginary part of $\ln F = -i\delta\bar X t - \delta^2 S(t)$ of one mode.",
        ),
        Formula(
            name="mean_quadrature",
            expressions=(mean_quadrature(),),
            summary=r"$\bar X = -2 x \omega / |z|^2$, the relaxed mean of $a + a^\dagger$ under the force $x$.",
        ),
        Formula(
            name="dephasing_rate",
            expressions=(dephasing_rate(),),
            summary=r"$\Gamma_\varphi = \delta^2 \nu\, \mathrm{Re}(1/z)$ of one mode.",
        ),
        Formula(
            name="transient_weights",
            expressions=real_transient_weights(),
            summary=r"Real, imaginary parts of $u_- = \delta^2 (\bar n + 1) / z^2$, $u_+ = \delta^2 \bar n / z^{*2}$.",
        ),
    )
