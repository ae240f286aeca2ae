r"""The kernel for every Gaussian bath, squeezed ones included: steps of `adiabatic_elimination`."""

from collections.abc import Iterator

import sympy as sp

from cavity_hopfield.elimination.symbolic import Mode, gaussian_equations, kernel_exponent
from derivations.conventions import delta, force, net_loss, omega, pole, pole_squared, t
from derivations.kernel_forms import mean_quadrature, phi
from derivations.story import Step, lines

mode = Mode()
before = mode.number.scaled(omega) + mode.quadrature.scaled(force)
after = before + mode.quadrature.scaled(delta)
conjugate = sp.conjugate(pole)


def steps() -> Iterator[Step]:
    """From general linear jumps to the kernel and the dephasing rate."""
    yield from _moments()
    yield from _kernel()
    yield from _dephasing()


def spread(number: sp.Expr, pair: sp.Expr) -> sp.Expr:
    r"""$S(t)$ in a relaxed state with $\langle a^\dagger a \rangle_c = n$ and $\langle a a \rangle_c = s$."""
    return (number + 1 + pair) * phi(pole) + (number + sp.conjugate(pair)) * phi(conjugate)


def exponent(number: sp.Expr, pair: sp.Expr) -> sp.Expr:
    r"""$\ln F = -i \delta \bar X t - \delta^2 S(t)$."""
    return -sp.I * delta * mean_quadrature() * t - delta**2 * spread(number, pair)


def _moments() -> Iterator[Step]:
    rates, u, v = sp.symbols("r_1 r_2", positive=True), sp.symbols("u_1 u_2"), sp.symbols("v_1 v_2")
    jumps = list(zip(rates, u, v, strict=True))
    damping = sum(r * (p * sp.conjugate(p) - q * sp.conjugate(q)) for r, p, q in jumps)
    heating = sum(r * q * sp.conjugate(q) for r, _, q in jumps)
    squeezing = sum(r * sp.conjugate(p) * q for r, p, q in jumps)
    equations = gaussian_equations(after, before, [(r, mode.a.scaled(p) + mode.ad.scaled(q)) for r, p, q in jumps])
    symbol = {repr(monomial): value for monomial, value in equations.moments.symbols.items()}
    rate = {repr(monomial): value for monomial, value in (equations.means | equations.covariances).items()}
    number, pair, pair_bar = symbol["ad a"], symbol["a^2"], symbol["ad^2"]
    decay, decay_bar = damping / 2 + sp.I * omega, damping / 2 - sp.I * omega
    yield Step(
        r"Any Gaussian bath has jumps $\sqrt{r_k} (u_k a + v_k a^\dagger)$ with complex $u_k$ and $v_k$; a squeezed "
        r"input has both. Three sums say all of it: the damping $\Gamma$, the heating and the squeezing $q$. The pole "
        r"is $z = \Gamma/2 + i \omega$ as before. (Shown with two such jumps.)",
        lines(
            (r"\Gamma", r"\sum_k r_k (|u_k|^2 - |v_k|^2), \qquad q = \sum_k r_k u_k^* v_k"),
            (r"\dot n", r"-\Gamma n + \sum_k r_k |v_k|^2, \qquad \dot s = -2 z s - q"),
            (r"\dot\alpha", r"-z \alpha - i x - i \delta\, (n + 1 + s)"),
            (r"\dot{\bar\alpha}", r"-z^* \bar\alpha + i x - i \delta\, (n + \bar s)"),
        ),
        (
            rate["ad a"] + damping * number - heating,
            rate["a^2"] + 2 * decay * pair + squeezing,
            rate["a"] + decay * symbol["a"] + sp.I * force + sp.I * delta * (number + 1 + pair),
            rate["ad"] + decay_bar * symbol["ad"] - sp.I * force + sp.I * delta * (number + pair_bar),
        ),
    )


def _kernel() -> Iterator[Step]:
    number = sp.Symbol("n", real=True)
    pair = sp.Symbol("s_r", real=True) + sp.I * sp.Symbol("s_i", real=True)
    kick, kick_bar = number + 1 + pair, number + sp.conjugate(pair)
    amplitude = -sp.I * (force + delta * kick * (1 - sp.exp(-pole * t))) / pole
    amplitude_bar = sp.I * (force - delta * kick_bar * (1 - sp.exp(-conjugate * t))) / conjugate
    u, v = sp.Rational(5, 4), sp.Rational(9, 20) + sp.Rational(3, 5) * sp.I  # |u|^2 - |v|^2 = 1
    found = kernel_exponent(before, [(net_loss, mode.a.scaled(u) + mode.ad.scaled(v))], mode.quadrature, delta, t)
    yield Step(
        r"In the relaxed state $n = \sum_k r_k |v_k|^2 / \Gamma$ and $s = -q / 2 z$. The kernel holds the double time "
        r"integral of the correlation in that state. (Shown from the equations for any $n$ and $s$, and found a second "
        r"time by the engine for $u = 5/4$, $v = 3 (3 + 4 i) / 20$.)",
        lines(
            (r"\langle X(t) X(0) \rangle_c", r"(n + 1 + s)\, e^{-z t} + (n + s^*)\, e^{-z^* t}"),
            (
                r"\ln F",
                r"-i \delta \bar X t - \delta^2 \left[(n + 1 + s)\, \varphi(z, t) + (n + s^*)\, \varphi(z^*, t)\right]",
            ),
        ),
        (
            sp.diff(amplitude, t) + pole * amplitude + sp.I * force + sp.I * delta * kick,
            sp.diff(amplitude_bar, t) + conjugate * amplitude_bar - sp.I * force + sp.I * delta * kick_bar,
            sp.diff(exponent(number, pair), t) + sp.I * delta * (amplitude + amplitude_bar),
            found - exponent(v * sp.conjugate(v), -net_loss * u * v / (2 * pole)),
        ),
    )
    turned = spread(number, pair)
    yield Step(
        r"$\bar X$ and $\mathrm{Im}\, S$ are those of a mode with loss alone. Noise of whatever kind changes "
        r"neither the "
        "flip energy nor the phase of the kernel, only its decay.",
        r"\mathrm{Im}\, S(t) = \mathrm{Im}\, \varphi(z, t)",
        (turned - sp.conjugate(turned) - phi(pole) + phi(conjugate),),
    )


def _dephasing() -> Iterator[Step]:
    strength, angle = sp.Symbol("r", positive=True), sp.Symbol("psi", real=True)
    number = sp.sinh(strength) ** 2
    pair = -net_loss * sp.cosh(strength) * sp.sinh(strength) * sp.exp(sp.I * angle) / (2 * conjugate)
    late = (number + 1 + pair) / pole + (number + sp.conjugate(pair)) / conjugate  # S(t) / t at late times
    printed = net_loss / (2 * pole_squared) * (sp.cosh(2 * strength) - sp.sinh(2 * strength) * sp.cos(angle))
    yield Step(
        r"So squeezing can slow the dephasing. A squeezed vacuum of strength $r$ has $u = \cosh r$, $v = e^{i \theta} "
        r"\sinh r$; with $\theta = 2 \arg z + \psi$ the rate lies between $e^{-2 r}$ and $e^{2 r}$ times that of the "
        "lossy mode.",
        lines(
            (
                r"\Gamma_\varphi",
                r"\delta^2 \left[(2 n + 1)\, \mathrm{Re} \frac{1}{z} + 2\, \mathrm{Re} \frac{s}{z}\right]",
            ),
            ("", r"\frac{\delta^2\, \Gamma}{2 |z|^2} \left(\cosh 2 r - \sinh 2 r \cos \psi\right)"),
        ),
        (
            (late / 2 + sp.conjugate(late) / 2 - printed).rewrite(sp.exp),
            (printed.subs(angle, 0) - net_loss / (2 * pole_squared) * sp.exp(-2 * strength)).rewrite(sp.exp),
        ),
    )
