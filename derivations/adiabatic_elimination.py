r"""From the master equation of spins and light to the kernel of a spin flip.

The drive flips a spin; the other spins and all $\sigma^z$ stand still meanwhile. Between the configuration before
(force $x$ on the mode) and after the flip (force $x + \delta$) the mode's coherence block obeys

$$\dot\chi = -i (H_{x+\delta} \chi - \chi H_x) + \mathtt{loss}\, D[a] \chi + \mathtt{gain}\, D[a^\dagger] \chi,
\qquad H_x = \omega a^\dagger a + x (a + a^\dagger),$$

from the relaxed state of force $x$, a displaced thermal state. Second order in the drive then gives the rate
$W = 2\,\mathtt{drive}^2\, \mathrm{Re} \int_0^\infty F\,dt$ with $F = \mathrm{Tr}\,\chi$.
The rate formula was published by E. Fiorelli, M. Marcuzzi, P. Rotondo, F. Carollo and I. Lesanovsky, Phys. Rev. Lett.
125, 070604 (2020), and shown in a talk by I. Lesanovsky (Quantum Matter meets Maths, 24 May 2021); here it is derived.
"""

from dataclasses import dataclass

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
from derivations.emission import Formula, require
from derivations.operators import (
    a,
    ad,
    alpha,
    alpha_bar,
    gaussian_expectation,
    number,
    pair,
    pair_bar,
    two_sided_generator,
)

MODULE = "cavity_kernel"


@dataclass(frozen=True)
class MomentEquations:
    """Right-hand sides for the norm (logarithmic), both amplitudes and the connected second moments of chi."""

    log_norm: sp.Expr
    amplitude: sp.Expr
    conjugate_amplitude: sp.Expr
    number: sp.Expr
    pair: sp.Expr


def moment_equations() -> MomentEquations:
    r"""Two-sided moment equations of a Gaussian $\chi$, from the master equation by normal ordering.

    A connected moment obeys the product rule, $\frac{d}{dt}\langle O \rangle = \langle L O \rangle
    - \langle O \rangle \langle L 1 \rangle$ with $\langle\cdot\rangle = \mathrm{Tr}[\cdot\chi]/\mathrm{Tr}\chi$.
    """
    quadrature = a + ad
    left = omega * ad * a + (force + delta) * quadrature
    right = omega * ad * a + force * quadrature

    def rate(observable: sp.Expr) -> sp.Expr:
        change = gaussian_expectation(two_sided_generator(observable, left, right, loss, gain))
        return sp.expand(change - gaussian_expectation(observable) * log_norm)

    log_norm = gaussian_expectation(two_sided_generator(sp.S.One, left, right, loss, gain))
    amplitude, conjugate = rate(a), rate(ad)
    return MomentEquations(
        log_norm=log_norm,
        amplitude=amplitude,
        conjugate_amplitude=conjugate,
        number=sp.expand(rate(ad * a) - alpha_bar * amplitude - alpha * conjugate),
        pair=sp.expand(rate(a * a) - 2 * alpha * amplitude),
    )


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


def check() -> None:
    """Every step of the derivation, as identities that sympy proves."""
    equations = moment_equations()
    thermal = {number: thermal_occupation, pair: 0, pair_bar: 0}
    zero = sp.simplify
    require("the thermal covariance is stationary", zero(equations.number.subs(thermal)))
    require("no squeezing arises", zero(equations.pair.subs(thermal)))

    relaxed = {alpha: -sp.I * force / pole, alpha_bar: sp.I * force / sp.conjugate(pole)}
    require(
        "the relaxed state is stationary",
        zero(equations.amplitude.subs(thermal).subs(relaxed).subs(delta, 0)),
    )

    kick, kick_bar = -sp.I * delta * (thermal_occupation + 1), -sp.I * delta * thermal_occupation
    solution = {
        alpha: relaxed[alpha] + kick * (1 - sp.exp(-pole * t)) / pole,
        alpha_bar: relaxed[alpha_bar] + kick_bar * (1 - sp.exp(-sp.conjugate(pole) * t)) / sp.conjugate(pole),
    }
    for name, symbol, rhs in (
        ("amplitude", alpha, equations.amplitude),
        ("conjugate amplitude", alpha_bar, equations.conjugate_amplitude),
    ):
        residue = sp.diff(solution[symbol], t) - rhs.subs(thermal).subs(solution)
        require(f"the {name} solves its equation", zero(sp.expand(residue)))
    slope = equations.log_norm.subs(solution)
    require("F solves its equation", zero(sp.expand(sp.diff(kernel_exponent(), t) - slope)))
    require("F starts at one", kernel_exponent().subs(t, 0))

    down, up = transient_weights()
    split = (
        -(sp.I * flip_energy() + dephasing_rate()) * t
        + down * (1 - sp.exp(-pole * t))
        + up * (1 - sp.exp(-sp.conjugate(pole) * t))
    )
    require(
        "the exponent splits into flip energy, dephasing and transients",
        zero(sp.expand(kernel_exponent() - split)),
    )
    _check_real_forms()
    _check_printed_form()


def _check_real_forms() -> None:
    """The emitted real expressions are the complex ones."""
    real, imaginary = real_kernel_exponent()
    require("the exponent in real functions", _zero(real + sp.I * imaginary - kernel_exponent()))
    down, up = transient_weights()
    parts = real_transient_weights()
    require("the loss transient in real functions", _zero(parts[0] + sp.I * parts[1] - down))
    require("the gain transient in real functions", _zero(parts[2] + sp.I * parts[3] - up))


def _zero(residue: sp.Expr) -> sp.Expr:
    """`residue` in simplest form, with the exponentials of complex arguments opened."""
    return sp.simplify(sp.expand(residue.rewrite(sp.exp)))


def _check_printed_form() -> None:
    """The printed f(tau) and s(tau), for a flip -1 -> +1 of one spin coupled with strength g."""
    eta, tau, g, others = (sp.Symbol(name, positive=True) for name in ("eta", "tau", "g", "G"))
    width = eta * omega
    ours = {force: others - g, delta: 2 * g, net_loss: width, t: tau / omega}
    real, imaginary = (part.subs(ours, simultaneous=True) for part in real_kernel_exponent())
    printed_energy = -others * g  # E = -sum g g sigma sigma / 4 counts each pair twice; E(+1) - E(-1)
    decay, phase = (part.subs(net_loss, width) for part in printed_exponent(eta, tau, g, printed_energy))
    require("the printed f and v are recovered", sp.simplify(real - decay))
    # the printed cosine is even: its argument is the negative of our phase
    require("the printed s is recovered", sp.simplify(imaginary + phase))


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
