r"""From the master equation of spins and light to the kernel of a spin flip, step by step.

The closed forms stand in `kernel_forms`, other baths than loss and gain in `gaussian_baths`.
"""

from collections.abc import Iterator

import sympy as sp

from cavity_hopfield.elimination.symbolic import (
    IDENTITY,
    GaussianEquations,
    Mode,
    Spin,
    adjoint,
    gaussian_equations,
    kernel_exponent,
    relaxed_state,
    two_sided_adjoint,
)
from derivations import gaussian_baths, kernel_forms
from derivations.conventions import (
    delta,
    drive,
    force,
    gain,
    in_poles,
    loss,
    net_loss,
    omega,
    pole,
    t,
    thermal_occupation,
)
from derivations.story import Step, Story, lines

spin, mode = Spin(), Mode()
bath = ((loss, mode.a), (gain, mode.ad))
before = mode.number.scaled(omega) + mode.quadrature.scaled(force)
after = before + mode.quadrature.scaled(delta)


def steps() -> Iterator[Step]:
    """The derivation in order."""
    yield from _from_spin_to_block()
    equations = gaussian_equations(after, before, bath)
    yield from _moments(equations)
    yield from _solution(equations)
    yield from _parts()
    yield from gaussian_baths.steps()
    yield from _slides()


def _from_spin_to_block() -> Iterator[Step]:
    g, others = sp.symbols("g G", real=True)
    full = mode.number.scaled(omega) + (spin.z.scaled(g) + others) * mode.quadrature + spin.x.scaled(drive)
    noise = r"\mathtt{loss}\, D[a] {0} + \mathtt{gain}\, D[a^\dagger] {0}"
    yield Step(
        "One spin and one mode. The other spins stand still and push the mode with the force $G$.",
        lines(("H", full), (r"\dot\rho", r"-i [H, \rho] + " + noise.replace("{0}", r"\rho"))),
    )
    feeding = r" - i \Omega\, (\rho_{\uparrow\uparrow} - \rho_{\downarrow\downarrow})"
    flip = {force: others + g, delta: -2 * g}
    left, right = after.subs(flip), before.subs(flip)
    residues = []
    for observable in (IDENTITY.operator(), mode.a, mode.ad, mode.number, mode.a**2):
        block = two_sided_adjoint(observable, left, right, bath) * spin.plus
        fed = (observable * spin.z).scaled(-sp.I * drive)
        residues.append(adjoint(observable * spin.plus, full, bath) - block - fed)
    yield Step(
        r"A flip from up to down passes through the coherence block $\chi = \langle\downarrow| \rho |\uparrow\rangle$. "
        r"It feels the force before the flip from the right, $x = G + g$, and the force after it from the left, "
        r"$x + \delta$ with $\delta = -2 g$. The drive feeds it from the populations. (Shown for the observables $1$, "
        r"$a$, $a^\dagger$, $a^\dagger a$ and $a^2$; a flip from down to up has $g \to -g$.)",
        lines(
            (r"\dot\chi", r"-i (H_{x+\delta} \chi - \chi H_x) + " + noise.replace("{0}", r"\chi") + feeding),
            ("H_x", before),
        ),
        tuple(residues),
    )
    yield Step(
        "The population of the flipped spin changes through the block alone.",
        r"\frac{d}{dt} p_\downarrow = i \Omega \langle \sigma^+ - \sigma^- \rangle "
        r"= -2 \Omega\, \mathrm{Im}\, \mathrm{Tr}\, \chi",
        (adjoint(spin.projector(-1), full, bath) - (spin.plus - spin.minus).scaled(sp.I * drive),),
    )
    yield Step(
        r"To second order in $\Omega$ the relaxed state of the force $x$ feeds the block. So the rate of the "
        r"flip is an "
        r"integral over the kernel $F$, the trace of the block that starts from that state with $F(0) = 1$.",
        r"\mathrm{Tr}\, \chi = -i \Omega\, p_\uparrow \int_0^\infty F\,dt, \qquad "
        r"W = 2 \Omega^2\, \mathrm{Re} \int_0^\infty F\,dt",
    )


def _moments(equations: GaussianEquations) -> Iterator[Step]:
    symbol = {repr(letter): value for letter, value in equations.moments.symbols.items()}
    alpha, alpha_bar, number, pair = (symbol[name] for name in ("a", "ad", "ad a", "a^2"))
    rate = {repr(letter): value for letter, value in (equations.means | equations.covariances).items()}
    yield Step(
        r"The block stays Gaussian. Its norm, the amplitudes $\alpha = \mathrm{Tr}[a \chi] / F$ and $\bar\alpha = "
        r"\mathrm{Tr}[a^\dagger \chi] / F$ and the connected moments $n$ of $a^\dagger a$ and $s$ of $a a$ obey, with "
        r"the pole $z = \Gamma/2 + i \omega$ and $\Gamma = \mathtt{loss} - \mathtt{gain}$:",
        lines(
            (r"\frac{d}{dt} \ln F", equations.log_norm),
            (r"\dot\alpha", in_poles(rate["a"])),
            (r"\dot{\bar\alpha}", in_poles(rate["ad"])),
            (r"\dot n", rate["ad a"]),
            (r"\dot s", in_poles(rate["a^2"])),
        ),
        (
            equations.log_norm + sp.I * delta * (alpha + alpha_bar),
            rate["a"] + pole * alpha + sp.I * force + sp.I * delta * (number + 1 + pair),
            rate["ad a"] - gain + net_loss * number,
            rate["a^2"] + 2 * pole * pair,
        ),
    )
    state = relaxed_state(before, bath)
    yield Step(
        "The relaxed state of one force is a displaced thermal state.",
        lines(
            (r"\alpha", r"-\frac{i x}{z}, \qquad n = \bar n = \frac{\mathtt{gain}}{\Gamma}, \qquad s = 0"),
            (r"\bar X", r"\langle a + a^\dagger \rangle = -\frac{2 x \omega}{|z|^2}"),
        ),
        (
            state.values[alpha] + sp.I * force / pole,
            state.values[number] - thermal_occupation,
            state.values[pair],
            state.expectation(mode.quadrature) - kernel_forms.mean_quadrature(),
        ),
    )


def _solution(equations: GaussianEquations) -> Iterator[Step]:
    symbols = {repr(letter): value for letter, value in equations.moments.symbols.items()}
    kick, kick_bar = -sp.I * delta * (thermal_occupation + 1), -sp.I * delta * thermal_occupation
    conjugate = sp.conjugate(pole)
    solution = {
        symbols["a"]: -sp.I * force / pole + kick * (1 - sp.exp(-pole * t)) / pole,
        symbols["ad"]: sp.I * force / conjugate + kick_bar * (1 - sp.exp(-conjugate * t)) / conjugate,
    }
    thermal = {symbols["ad a"]: thermal_occupation, symbols["a^2"]: 0, symbols["ad^2"]: 0}
    residues = [
        sp.diff(solution[symbols[repr(letter)]], t) - rate.subs(thermal).subs(solution)
        for letter, rate in equations.means.items()
    ]
    yield Step(
        r"From there the second moments stay, and the change of the force kicks the two amplitudes differently:",
        lines(
            (r"\alpha(t)", r"-\frac{i x}{z} - i \delta\, (\bar n + 1)\, \frac{1 - e^{-z t}}{z}"),
            (r"\bar\alpha(t)", r"\frac{i x}{z^*} - i \delta\, \bar n\, \frac{1 - e^{-z^* t}}{z^*}"),
        ),
        tuple(residues),
    )
    exponent = kernel_forms.kernel_exponent()
    yield Step(
        r"Integrated once more they give the kernel, with $\nu = 2 \bar n + 1$. (The engine finds it a second time, "
        r"from the correlation $\langle X(t) X(0) \rangle_c$ of the quadrature.)",
        lines(
            (r"\ln F", r"-i \delta \bar X t - \delta^2 S(t)"),
            ("S(t)", r"\frac{\nu + 1}{2} \varphi(z, t) + \frac{\nu - 1}{2} \varphi(z^*, t)"),
            (r"\varphi(z, t)", r"\frac{t}{z} - \frac{1 - e^{-z t}}{z^2}"),
        ),
        (
            sp.diff(exponent, t) - equations.log_norm.subs(solution),
            exponent.subs(t, 0),
            exponent - kernel_exponent(before, bath, mode.quadrature, delta, t),
        ),
    )


def _parts() -> Iterator[Step]:
    down, up = kernel_forms.transient_weights()
    split = (
        -(sp.I * kernel_forms.flip_energy() + kernel_forms.dephasing_rate()) * t
        + down * (1 - sp.exp(-pole * t))
        + up * (1 - sp.exp(-sp.conjugate(pole) * t))
    )
    yield Step(
        r"The exponent splits exactly into the flip energy $\epsilon$, the dephasing rate $\Gamma_\varphi$ and "
        r"what the "
        "mode remembers of the flip.",
        lines(
            (r"\ln F", r"-(i \epsilon + \Gamma_\varphi) t + u_- (1 - e^{-z t}) + u_+ (1 - e^{-z^* t})"),
            (r"\epsilon", r"\delta\, \bar X(x + \delta/2)"),
            (r"\Gamma_\varphi", r"\delta^2 \nu\, \mathrm{Re} \frac{1}{z}"),
            (r"u_-", r"\delta^2\, \frac{\bar n + 1}{z^2}, \qquad u_+ = \delta^2\, \frac{\bar n}{z^{*2}}"),
        ),
        (kernel_forms.kernel_exponent() - split,),
    )
    g, others = sp.symbols("g G", real=True)
    spin_flip = {force: others + g, delta: -2 * g}
    energy = kernel_forms.flip_energy().subs(spin_flip, simultaneous=True)
    yield Step(
        r"The force of the spin on itself cancels from the flip energy: of a spin up, in the force $G$ of the others,",
        r"\epsilon = \frac{4 \omega g\, G}{|z|^2}",
        (energy - 4 * omega * g * others / (net_loss**2 / 4 + omega**2),),
    )
    real, imaginary = kernel_forms.real_kernel_exponent()
    parts = kernel_forms.real_transient_weights()
    yield Step(
        r"The package evaluates real functions: $\mathrm{Re}\, S = \nu\, \mathrm{Re}\, \varphi$ and $\mathrm{Im}\, S = "
        r"\mathrm{Im}\, \varphi$.",
        "",
        (
            real + sp.I * imaginary - kernel_forms.kernel_exponent(),
            parts[0] + sp.I * parts[1] - down,
            parts[2] + sp.I * parts[3] - up,
        ),
    )


def _slides() -> Iterator[Step]:
    eta, tau, g, others = (sp.Symbol(name, positive=True) for name in ("eta", "tau", "g", "G"))
    width = eta * omega
    ours = {force: others - g, delta: 2 * g, net_loss: width, t: tau / omega}
    real, imaginary = (part.subs(ours, simultaneous=True) for part in kernel_forms.real_kernel_exponent())
    energy = -others * g  # E = -sum g g sigma sigma / 4 counts each pair twice; E(+1) - E(-1)
    decay, phase = (part.subs(net_loss, width) for part in kernel_forms.printed_exponent(eta, tau, g, energy))
    yield Step(
        r"The integrand as the slides print it, with $\eta = \Gamma/\omega$, $\tau = \omega t$ and, for a flip "
        r"from down "
        r"to up, $\Delta E = -g G$. The slides leave $v$ undefined; the second print lost the minus sign before "
        r"$g^2 s$; their $\Delta E$ is $\epsilon |z|^2 / 4\omega$.",
        lines(
            (
                "F",
                (
                    r"\exp\left[-\frac{2 g^2 v}{\omega^2} (f + \tau) - i\, \frac{16 (\Delta E\, \tau - g^2 s)}"
                    r"{\omega^2 (\eta^2 + 4)}\right]"
                ),
            ),
            ("v", r"\frac{4 (\mathtt{loss} + \mathtt{gain})}{\omega (\eta^2 + 4)}"),
            (
                "f",
                (
                    r"\frac{8 - 2 \eta^2}{\eta (\eta^2 + 4)} \left(1 - e^{-\eta \tau / 2} \cos \tau\right) "
                    r"- \frac{8 e^{-\eta \tau / 2}}{\eta^2 + 4} \sin \tau"
                ),
            ),
            (
                "s",
                (
                    r"\frac{4 \eta (e^{-\eta \tau / 2} \cos \tau - 1) + (\eta^2 - 4) e^{-\eta \tau / 2} \sin \tau}"
                    r"{\eta^2 + 4}"
                ),
            ),
        ),
        (real - decay, imaginary + phase),
    )


STORY = Story(
    name="adiabatic_elimination",
    title="Adiabatic elimination: the kernel of a spin flip",
    introduction=(
        "The drive flips a spin; the other spins and all $\\sigma^z$ stand still meanwhile. The rate formula was "
        "published by E. Fiorelli, M. Marcuzzi, P. Rotondo, F. Carollo and I. Lesanovsky, Phys. Rev. Lett. 125, 070604 "
        "(2020), and shown in a talk by I. Lesanovsky (Quantum Matter meets Maths, 24 May 2021). Here it is derived "
        "from the master equation, first for loss and gain, then for every Gaussian bath."
    ),
    steps=steps,
    module="cavity_kernel",
    formulas=kernel_forms.formulas,
)
