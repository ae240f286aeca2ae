r"""Why the open quantum Hopfield network oscillates, and in how many patterns, step by step."""

from collections.abc import Iterator, Sequence
from itertools import product

import sympy as sp

from derivations.conventions import drive
from derivations.story import Step, Story

beta, omega = sp.symbols("beta omega_0", positive=True)
m, m_dot, m_y, time, phase = sp.symbols("m v y t theta", real=True)
amplitude, other, weak = sp.symbols("A B b", positive=True)
kappa_r, kappa_i = sp.symbols("kappa_r kappa_i", real=True)
overlaps = sp.symbols("m_1 m_2 m_3", real=True)


def pull(z: sp.Expr) -> sp.Expr:
    r"""$\langle \xi \tanh(\beta \xi z) \rangle$ of one pattern."""
    return sp.tanh(beta * z)


def rates() -> tuple[sp.Expr, sp.Expr]:
    r"""$\dot m^z, \dot m^y$ for one pattern, in units $\gamma = 1$."""
    return 2 * drive * m_y + pull(m) - m, -2 * drive * m - m_y / 2


def damping(z: sp.Expr) -> sp.Expr:
    r"""$f$ of the Liénard form."""
    return sp.Rational(3, 2) - beta / sp.cosh(beta * z) ** 2


def spring(z: sp.Expr) -> sp.Expr:
    r"""$g$ of the Liénard form."""
    return (4 * drive**2 + sp.Rational(1, 2)) * z - pull(z) / 2


def cubic_pull(means: Sequence[sp.Expr]) -> list[sp.Expr]:
    r"""$\beta m_\mu - \beta^3 m_\mu (|m|^2 - \frac23 m_\mu^2)$."""
    square = sum(mean**2 for mean in means)
    return [beta * mean - beta**3 * mean * (square - sp.Rational(2, 3) * mean**2) for mean in means]


def competition(numbers: Sequence[sp.Expr]) -> list[sp.Expr]:
    r"""$\dot n_\mu$ of the Lotka-Volterra equations."""
    total = sum(numbers)
    return [2 * n * (beta - 1 - beta**3 * (total - sp.Rational(2, 3) * n)) for n in numbers]


def averaged_cubic(first: sp.Expr, second: sp.Expr) -> sp.Expr:
    r"""The part of $m_1 (m_1^2 + m_2^2) - \frac23 m_1^3$ that turns with $e^{i \omega_0 t}$, for $m_\mu =
    \mathrm{Re}\, a_\mu e^{i \omega_0 t}$.
    """
    conjugate, own = sp.conjugate(first), first * sp.conjugate(first)
    cross = second * sp.conjugate(second)
    return sp.expand(own * first / 4 + cross * first / 2 + second**2 * conjugate / 4)


def steps() -> Iterator[Step]:
    """From the equations of motion to one oscillating pattern, and to at most two."""
    yield from _lienard()
    yield from _high_temperature()
    yield from _amplitudes()


def _lienard() -> Iterator[Step]:
    z_rate, y_rate = rates()
    y = sp.solve(z_rate - m_dot, m_y)[0]
    acceleration = sp.diff(z_rate, m) * m_dot + sp.diff(z_rate, m_y) * y_rate
    yield Step(
        r"**One pattern as an oscillator.** $m^y$ is taken out of $\dot m^z = 2 \Omega m^y + \tanh \beta m^z - m^z$ "
        r"and $\dot m^y = -2 \Omega m^z - \frac12 m^y$ by differentiating the first; with $m = m^z$ what is left is an "
        "oscillator whose damping depends on where it is, the Liénard form.",
        r"\ddot m + f(m)\, \dot m + g(m) = 0, \qquad f(m) = \frac32 - \frac{\beta}{\cosh^2 \beta m}, \qquad "
        r"g(m) = \left(4 \Omega^2 + \tfrac12\right) m - \tfrac12 \tanh \beta m",
        (acceleration.subs(m_y, y) + damping(m) * m_dot + spring(m),),
    )
    integral = sp.Rational(3, 2) * m - pull(m)
    yield Step(
        r"Liénard's theorem asks for an even $f$ and an odd $g$; for $g(m) > 0$ at $m > 0$, which holds for $T \ge 1 / "
        r"(1 + 8 \Omega^2)$ because $\tanh x < x$; and for $F(m) = \int_0^m f$ that is negative, crosses zero once and "
        r"then grows without bound. $F$ is convex for $m > 0$ and falls at first if $T < 2/3$. So for $1/(1 + 8 "
        r"\Omega^2) \le T < 2/3$ there is exactly one limit cycle, and it is stable.",
        r"F(m) = \tfrac32 m - \tanh \beta m, \qquad F'(0) = \tfrac32 - \beta, \qquad F''(m) = 2 \beta^2\, "
        r"\frac{\tanh \beta m}{\cosh^2 \beta m} \ge 0, \qquad g'(0) = 4 \Omega^2 + \frac{1 - \beta}{2}",
        (
            sp.diff(integral, m) - damping(m),
            damping(-m) - damping(m),
            spring(-m) + spring(m),
            sp.diff(integral, m).subs(m, 0) - sp.Rational(3, 2) + beta,
            sp.diff(integral, m, 2) - 2 * beta**2 * sp.tanh(beta * m) / sp.cosh(beta * m) ** 2,
            sp.diff(spring(m), m).subs(m, 0) - 4 * drive**2 - (1 - beta) / 2,
        ),
    )


def _high_temperature() -> Iterator[Step]:
    columns = list(product((1, -1), repeat=3))
    scale = sp.Symbol("s")
    pulls = [sp.tanh(beta * scale * sum(x * z for x, z in zip(column, overlaps, strict=True))) for column in columns]
    whole = [sum(column[mu] * pulled for column, pulled in zip(columns, pulls, strict=True)) / 8 for mu in range(3)]
    expanded = [sp.series(pulled, scale, 0, 4).removeO().subs(scale, 1) for pulled in whole]
    yield Step(
        r"**Several patterns at high temperature.** With independent random patterns $\langle \xi_\mu (\xi \cdot m)^3 "
        r"\rangle = 3 m_\mu |m|^2 - 2 m_\mu^3$, so that to third order in the overlaps (shown for three patterns by "
        "the sum over their eight columns)",
        r"\dot m^z_\mu = 2 \Omega m^y_\mu + (\beta - 1)\, m^z_\mu - \beta^3 m^z_\mu \left( |m^z|^2 - \tfrac23 "
        r"(m^z_\mu)^2 \right)",
        tuple(series - pulled for series, pulled in zip(expanded, cubic_pull(overlaps), strict=True)),
    )
    means = cubic_pull(overlaps)
    numbers = [mean**2 for mean in overlaps]
    yield Step(
        r"Without a drive the squares $n_\mu = (m^z_\mu)^2$ obey the equations of Lotka and Volterra for species that "
        "compete: each hinders the others three times as much as itself.",
        r"\dot n_\mu = 2 n_\mu \left[ \beta - 1 - \beta^3 \left( \tfrac13 n_\mu + \sum_{\nu \ne \mu} n_\nu \right) "
        r"\right]",
        tuple(
            2 * mean * (moved - mean) - species
            for mean, moved, species in zip(overlaps, means, competition(numbers), strict=True)
        ),
    )
    n_1, n_2, level = sp.symbols("n_1 n_2 n", positive=True)
    jacobian = sp.Matrix(competition((n_1, n_2))).jacobian([n_1, n_2])
    alone = jacobian[1, 1].subs({n_1: 3 * level, n_2: 0})
    yield Step(
        r"Two species at equal numbers $n = \frac34 (\beta - 1) / \beta^3$ give way to one: a difference of their "
        r"numbers grows at $\frac43 \beta^3 n$. One at $3 (\beta - 1)/\beta^3$ lets no other in. So one pattern is "
        "retrieved.",
        r"\frac{d}{dt} (n_1 - n_2) = + \tfrac43 \beta^3 n\, (n_1 - n_2), \qquad \dot n_2 = -4 (\beta - 1)\, n_2",
        (
            jacobian[0, 0].subs({n_1: level, n_2: level})
            - jacobian[0, 1].subs({n_1: level, n_2: level})
            - 2 * (beta - 1 - sp.Rational(4, 3) * beta**3 * level)
            - sp.Rational(4, 3) * beta**3 * level,
            alone.subs(level, (beta - 1) / beta**3) + 4 * (beta - 1),
        ),
    )


def _amplitudes() -> Iterator[Step]:
    turning = sp.exp(sp.I * omega * time)
    shifted = other * sp.exp(sp.I * phase)
    real = [sp.re(value.expand(complex=True)) for value in (amplitude * turning, shifted * turning)]
    cubic = real[0] * (real[0] ** 2 + real[1] ** 2) - sp.Rational(2, 3) * real[0] ** 3
    rewritten = sp.expand((cubic.rewrite(sp.exp) * 2 / turning).expand())
    fundamental = sp.expand(rewritten).as_independent(time)[0]
    yield Step(
        r"**Oscillations near $T = 2/3$.** There $m^z_\mu = \mathrm{Re}\, a_\mu e^{i \omega_0 t}$ with slow "
        r"amplitudes and $\omega_0^2 = 4 \Omega^2 - \frac14$. Of the cubic term only the part that turns "
        r"along with $a_\mu$ stays:",
        r"m_\mu |m|^2 - \tfrac23 m_\mu^3 \to \tfrac14 |a_\mu|^2 a_\mu + \sum_{\nu \ne \mu} \left( \tfrac12 |a_\nu|^2 "
        r"a_\mu + \tfrac14 a_\nu^2 a_\mu^* \right)",
        (fundamental - averaged_cubic(amplitude, shifted).rewrite(sp.exp),),
    )
    source = sp.exp(sp.I * omega * time)
    answer = (sp.I * omega + sp.Rational(1, 2)) / (2 * sp.I * omega)
    yield Step(
        r"A force $N$ on $\dot m^z$ drives the oscillator by itself and by its derivative, $\ddot m + \omega_0^2 m = "
        r"\dot N + \frac12 N$, so that an amplitude follows it with the factor $\kappa$. What is beyond the critical "
        r"point is such a force too, $\epsilon m$ with $\epsilon = \beta - \frac32$:",
        r"\dot a_\mu = \kappa \left\{ \epsilon a_\mu - \beta^3 \left[ \tfrac14 |a_\mu|^2 a_\mu + \sum_{\nu \ne \mu} "
        r"\left( \tfrac12 |a_\nu|^2 a_\mu + \tfrac14 a_\nu^2 a_\mu^* \right) \right] \right\}, \qquad \kappa = \frac12 "
        r"- \frac{i}{4 \omega_0}",
        (
            (sp.diff(source, time) + source / 2) / (2 * sp.I * omega * source) - answer,
            answer - sp.Rational(1, 2) + sp.I / (4 * omega),
            _force_of_excess(),
        ),
    )
    excess = beta**3 * amplitude**2 / 4
    along, across = sp.symbols("b_1 b_2", real=True)
    small = along + sp.I * across
    linear = excess * small - beta**3 * (small * amplitude**2 / 2 + amplitude**2 * sp.conjugate(small) / 4)
    yield Step(
        r"One pattern then oscillates with $|a|^2 = 4 \epsilon / \beta^3$: the real part of $\kappa$ is positive, the "
        r"bifurcation is supercritical for every drive above $\frac14$. The others, $a_\nu = b_\nu a / |a|$ beside it, "
        "obey",
        r"\dot b_\nu = - \tfrac12 \beta^3 \kappa\, |a|^2\, \mathrm{Re}\, b_\nu",
        (
            excess * amplitude - beta**3 * averaged_cubic(amplitude, 0),
            sp.expand(linear + beta**3 * amplitude**2 * along / 2),
        ),
    )
    yield from _third_pattern()


def _force_of_excess() -> sp.Expr:
    r"""$\dot N + \frac12 N$ of $N = \epsilon m$ against what $\epsilon$ adds to the linear oscillator."""
    excess = sp.Symbol("epsilon", real=True)
    at = {beta: excess + sp.Rational(3, 2)}
    terms = [
        (sp.diff(spring(m), m).subs(m, 0) * m + damping(0) * m_dot).subs(at).subs(excess, value)
        for value in (0, excess)
    ]
    return sp.expand(terms[0] - terms[1] - excess * m_dot - excess * m / 2)


def _third_pattern() -> Iterator[Step]:
    kappa = kappa_r + sp.I * kappa_i
    total, difference = sp.symbols("S D", real=True)
    first, second = sp.sqrt((total + difference) / 2), sp.I * sp.sqrt((total - difference) / 2)
    felt = sp.expand(total / 4 * first - averaged_cubic(first, second).subs(sp.conjugate(first), first))
    along, across = sp.symbols("b_1 b_2", real=True)
    small = along + sp.I * across
    excess = beta**3 * total / 4
    moved = kappa * (excess * small - beta**3 * (total * small / 2 + difference * sp.conjugate(small) / 4))
    parts = sp.Matrix(sp.expand(moved).as_real_imag()).jacobian([along, across]) * (-4 / beta**3)
    yield Step(
        r"In phase with the first, a second pattern decays; a quarter of a period behind it, it neither grows nor "
        r"decays at this order: all $a_1$ and $a_2$ in quadrature with $S = |a_1|^2 + |a_2|^2 = 4 \epsilon / \beta^3$ "
        r"go on. A third cannot be in quadrature to both. With $D = |a_1|^2 - |a_2|^2$ it obeys",
        r"\dot b = -\tfrac14 \beta^3 \kappa\, (S\, b + D\, b^*), \qquad \mathrm{tr} = -\tfrac12 \beta^3 \kappa_r S, "
        r"\qquad \det = \tfrac{1}{16} \beta^6 |\kappa|^2 (S^2 - D^2)",
        (
            felt.subs({total: 5, difference: 3}),
            sp.expand(moved + beta**3 * kappa * (total * small + difference * sp.conjugate(small)) / 4),
            parts.trace() - 2 * kappa_r * total,
            parts.det() - (kappa_r**2 + kappa_i**2) * (total**2 - difference**2),
        ),
    )
    first, second = overlaps[:2]
    moved_1, moved_2 = (
        (sp.tanh(beta * (first + second)) + sign * sp.tanh(beta * (first - second))) / 2 for sign in (1, -1)
    )
    both = [
        sum(x[mu] * sp.tanh(beta * (x[0] * first + x[1] * second)) for x in product((1, -1), repeat=2)) / 4
        for mu in (0, 1)
    ]
    yield Step(
        "Its trace is negative and its determinant positive as long as both oscillate: it dies out. So near this line "
        "one or two patterns oscillate and no third joins them. Which mixture of two is left no order decides: where "
        r"all others vanish, $m_1 + m_2$ and $m_1 - m_2$ are the overlaps of two networks of one pattern that do not "
        "feel each other, and their phases stay what the start made them, at every temperature and drive.",
        r"\langle \xi_1 \tanh \beta\, \xi \cdot m \rangle \pm \langle \xi_2 \tanh \beta\, \xi \cdot m \rangle = "
        r"\tanh \beta (m_1 \pm m_2)",
        (
            both[0] - moved_1,
            both[1] - moved_2,
            moved_1 + moved_2 - sp.tanh(beta * (first + second)),
            moved_1 - moved_2 - sp.tanh(beta * (first - second)),
        ),
    )


STORY = Story(
    name="limit_cycles",
    title="Limit cycles: the Liénard form, and competition between patterns",
    introduction=(
        "The mean-field network as an oscillator and as an ecology. The Liénard form and the likeness to Lotka and "
        "Volterra are those of P. Rotondo et al., J. Phys. A 51, 115301 (2018); the amplitude equations near "
        "$T = 2/3$ show in addition why at most two patterns oscillate."
    ),
    steps=steps,
)
