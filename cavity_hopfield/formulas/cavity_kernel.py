"""Emitted by `derivations/adiabatic_elimination.py`. Never edited by hand: run `python -m derivations`."""

import math

from cavity_hopfield._compiled import compiled


@compiled
def kernel_exponent(delta: float, force: float, gain: float, net_loss: float, omega: float, t: float) -> tuple[float, float]:
    r"""Real and imaginary part of $\ln F = -i\delta\bar X t - \delta^2 S(t)$ of one mode."""
    c0 = delta**2
    c1 = net_loss**2
    c2 = omega**2
    c3 = net_loss*t
    c4 = (1/4)*c1
    c5 = c2 + c4
    c6 = c5**(-2)
    c7 = net_loss*omega
    c8 = math.exp(-1/2*c3)
    c9 = omega*t
    c10 = c8*math.sin(c9)
    c11 = -c2 + c4
    c12 = -c8*math.cos(c9) + 1
    c13 = 1/c5
    return (
        -c0*(c3/((1/2)*c1 + 2*c2) - c6*(c10*c7 + c11*c12))*(2*gain/net_loss + 1),
        -c0*(-c13*c9 + c6*(-c10*c11 + c12*c7)) + 2*c13*delta*force*omega*t,
    )


@compiled
def mean_quadrature(force: float, net_loss: float, omega: float) -> float:
    r"""$\bar X = -2 x \omega / |z|^2$, the relaxed mean of $a + a^\dagger$ under the force $x$."""
    return -2*force*omega/((1/4)*net_loss**2 + omega**2)


@compiled
def dephasing_rate(delta: float, gain: float, net_loss: float, omega: float) -> float:
    r"""$\Gamma_\varphi = \delta^2 \nu\, \mathrm{Re}(1/z)$ of one mode."""
    return (1/2)*delta**2*net_loss*(2*gain/net_loss + 1)/((1/4)*net_loss**2 + omega**2)


@compiled
def transient_weights(delta: float, gain: float, net_loss: float, omega: float) -> tuple[float, float, float, float]:
    r"""Real, imaginary parts of $u_- = \delta^2 (\bar n + 1) / z^2$, $u_+ = \delta^2 \bar n / z^{*2}$."""
    c0 = (1/4)*net_loss**2
    c1 = omega**2
    c2 = c0 - c1
    c3 = gain/net_loss
    c4 = delta**2/(c0 + c1)**2
    c5 = c4*(c3 + 1)
    return (
        c2*c5,
        -c5*net_loss*omega,
        c2*c3*c4,
        c4*gain*omega,
    )
