r"""Mean-field equations of the multimode Dicke model and of the open quantum Hopfield network, step by step."""

from collections.abc import Iterator, Mapping

import sympy as sp

from cavity_hopfield.elimination.symbolic import Mode, Monomial, Operator, Spin, adjoint, commutator, total
from derivations.conventions import drive, force, gain, in_poles, loss, omega, pole, pole_squared
from derivations.emission import Formula
from derivations.story import Step, Story, lines

field = sp.Symbol("field", real=True)
m_x, m_y, m_z = bloch = sp.symbols("m_x m_y m_z", real=True)
amplitude_real, amplitude_imag = sp.symbols("amplitude_real amplitude_imag", real=True)
up, down = sp.symbols("W_+ W_-", nonnegative=True)
beta, gamma = sp.symbols("beta gamma", positive=True)
m_along, m_across = sp.symbols("m_along m_across", real=True)
decay, pumping, dephasing = sp.symbols("decay pumping dephasing", nonnegative=True)

spin, mode = Spin(), Mode()
LOWERING = {"x": (spin.x, (spin.z + spin.y.scaled(sp.I)).scaled(sp.Rational(1, 2))), "z": (spin.z, spin.minus)}
"""The Pauli matrix of an axis, and what takes its eigenvalue from +1 to -1."""
bath = ((loss, mode.a), (gain, mode.ad))


def factorised(operator: Operator, means: Mapping[Monomial, sp.Expr]) -> sp.Expr:
    """The mean of `operator` with every mean of a product replaced by the product of the means."""
    terms = (
        value * sp.prod(means[letter] for letter in monomial.letters()) for monomial, value in operator.terms.items()
    )
    return sp.expand(sp.Add(*terms))


def letter(operator: Operator) -> Monomial:
    """The only monomial of `operator`."""
    (monomial,) = operator.terms
    return monomial


SPIN_MEANS = {letter(pauli): mean for pauli, mean in zip((spin.x, spin.y, spin.z), bloch, strict=True)}
AMPLITUDE = amplitude_real + sp.I * amplitude_imag
GLAUBER = {up: gamma / (1 + sp.exp(-2 * beta * field)), down: gamma / (1 + sp.exp(2 * beta * field))}
MODE_MEANS = {letter(mode.a): AMPLITUDE, letter(mode.ad): sp.conjugate(AMPLITUDE)}


def bloch_rates() -> tuple[sp.Expr, ...]:
    r"""$\dot m_x, \dot m_y, \dot m_z$ of a spin under $\Omega \sigma^x + h \sigma^z$."""
    hamiltonian = spin.x.scaled(drive) + spin.z.scaled(field)
    return tuple(factorised(adjoint(pauli, hamiltonian), SPIN_MEANS) for pauli in (spin.x, spin.y, spin.z))


def amplitude_rate() -> sp.Expr:
    r"""$\dot\alpha$ under loss, gain and the force $x$."""
    hamiltonian = mode.number.scaled(omega) + mode.quadrature.scaled(force)
    return factorised(adjoint(mode.a, hamiltonian, bath), MODE_MEANS)


def damped_bloch_rates() -> tuple[sp.Expr, ...]:
    r"""$\dot m_x, \dot m_y, \dot m_z$ of a driven spin that also jumps up and down."""
    jumps = ((up, spin.plus), (down, spin.minus))
    return tuple(
        factorised(adjoint(pauli, spin.x.scaled(drive), jumps), SPIN_MEANS) for pauli in (spin.x, spin.y, spin.z)
    )


def channel_motion(axis: str) -> tuple[sp.Expr, ...]:
    r"""$\dot m_x, \dot m_y, \dot m_z$ of a spin that decays, is pumped and dephases along `axis`, and nothing else."""
    along, lowering = LOWERING[axis]
    jumps = ((decay, lowering), (pumping, lowering.dagger()), (dephasing, along))
    nothing = along.scaled(0)
    return tuple(factorised(adjoint(pauli, nothing, jumps), SPIN_MEANS) for pauli in (spin.x, spin.y, spin.z))


def channel_rates() -> tuple[sp.Expr, sp.Expr]:
    r"""$\dot m_\parallel$ and $\dot m_\perp$ from the channels of a single atom."""
    longitudinal = decay + pumping
    return (
        pumping - decay - longitudinal * m_along,
        -(longitudinal / 2 + 2 * dephasing) * m_across,
    )


def steps() -> Iterator[Step]:
    """Both models in order."""
    yield from _dicke()
    yield from _channels()
    yield from _dicke_fixed_point()
    yield from _network()
    yield from _network_stability()


def _dicke() -> Iterator[Step]:
    spins, g = (Spin("1"), Spin("2")), sp.symbols("g_1 g_2", real=True)
    pull = total(site.z.scaled(strength) for site, strength in zip(spins, g, strict=True))
    whole = mode.number.scaled(omega) + pull * mode.quadrature + total(site.x.scaled(drive) for site in spins)
    first = spins[0]
    motion = [adjoint(pauli, whole, bath) for pauli in (first.x, first.y, first.z)]
    amplitude = adjoint(mode.a, whole, bath)
    yield Step(
        r"**The multimode Dicke model.** $H = \omega a^\dagger a + \sum_i g_i \sigma^z_i (a + a^\dagger) + \Omega "
        r"\sum_i \sigma^x_i$ with loss and gain. The operators obey (printed for spin 1 of two spins, and one mode)",
        lines(
            *zip((r"\dot\sigma_1^x", r"\dot\sigma_1^y", r"\dot\sigma_1^z"), motion, strict=True),
            (r"\dot a", amplitude.map(in_poles)),
        ),
        (amplitude + mode.a.scaled(pole) + pull.scaled(sp.I),),
    )
    means = MODE_MEANS | {letter(getattr(first, axis)): mean for axis, mean in zip("xyz", bloch, strict=True)}
    local = {field: g[0] * (AMPLITUDE + sp.conjugate(AMPLITUDE))}
    yield Step(
        r"Mean field replaces the mean of a product of spin and mode by the product of the means, exact as $N \to "
        r"\infty$ with $g \propto 1/\sqrt N$ (F. Carollo and I. Lesanovsky, arXiv:2009.13932 (2020)). A spin "
        r"then turns "
        r"in the field $h_i = \sum_\mu 2 g_{i\mu}\, \mathrm{Re}\, \alpha_\mu$,",
        lines(
            *zip(
                (r"\dot m_x", r"\dot m_y", r"\dot m_z"),
                (rate.subs(field, sp.Symbol("h")) for rate in bloch_rates()),
                strict=True,
            )
        ),
        tuple(factorised(rate, means) - turn.subs(local) for rate, turn in zip(motion, bloch_rates(), strict=True)),
    )
    yield Step(
        r"and an amplitude decays at half the net loss, pulled by the force $x_\mu = \sum_i g_{i\mu} m_{z,i}$.",
        r"\dot\alpha_\mu = -z_\mu \alpha_\mu - i x_\mu",
        (amplitude_rate() + pole * AMPLITUDE + sp.I * force,),
    )
    yield Step(
        "The length of every spin is conserved.",
        r"\frac{d}{dt} (m_x^2 + m_y^2 + m_z^2) = 0",
        (sum(mean * rate for mean, rate in zip(bloch, bloch_rates(), strict=True)),),
    )


def _channels() -> Iterator[Step]:
    along, across = channel_rates()
    residues = []
    for axis, (pauli, lowering) in LOWERING.items():
        residues += [
            commutator(pauli, lowering) + lowering.scaled(2),
            lowering.dagger() * lowering - (pauli + 1).scaled(sp.Rational(1, 2)),
        ]
        for mean, rate in zip(bloch, channel_motion(axis), strict=True):
            expected = along.subs(m_along, mean) if mean.name == f"m_{axis}" else across.subs(m_across, mean)
            residues.append(rate - expected)
    yield Step(
        r"Channels of single atoms, $\sum_i \gamma_\downarrow D[\tau^-_i] + \gamma_\uparrow D[\tau^+_i] + \gamma_\phi "
        r"D[\tau^z_i]$, add a source along the axis of $\tau^z$ and damping in every direction, whatever $N$ is. "
        r"(Shown for $\tau^z = \sigma^x$, $\tau^- = \frac12 (\sigma^z + i \sigma^y)$ and for $\tau^z = \sigma^z$, "
        r"$\tau^- = \sigma^-$.)",
        lines(
            (
                r"\dot m_\parallel",
                r"(\gamma_\uparrow - \gamma_\downarrow) - (\gamma_\uparrow + \gamma_\downarrow) m_\parallel",
            ),
            (r"\dot m_\perp", r"-\left(\tfrac12 (\gamma_\uparrow + \gamma_\downarrow) + 2 \gamma_\phi\right) m_\perp"),
        ),
        tuple(residues),
    )
    strength, source, damping = (sp.Symbol(name, positive=True) for name in ("g", "r", "b"))
    slow = sp.Matrix([[-damping, -2 * drive], [2 * drive, -damping]])
    response = -2 * omega * strength**2 / pole_squared  # h = response * m_z with the mode at rest
    slow[0, 1] += 2 * response * (-source)
    threshold = pole_squared / (2 * omega) * (4 * drive**2 + damping**2) / (4 * drive * source)
    yield Step(
        r"With the axis x and one pattern, $g_i = g \xi_i / \sqrt N$, the atoms rest at $m_x = -r$, $r = "
        r"(\gamma_\downarrow - \gamma_\uparrow) / (\gamma_\downarrow + \gamma_\uparrow)$, until at rest a small $m_z$ "
        r"sustains itself; $b$ is the damping of $m_\perp$. Without pumping and $b \to 0$ it is the threshold above; "
        r"$r \to 0$, as with dephasing alone, removes it.",
        r"g_c^2 = \frac{|z|^2}{2 \omega} \cdot \frac{4 \Omega^2 + b^2}{4 \Omega\, r}",
        (slow.det().subs(strength, sp.sqrt(threshold)),),
    )


def _dicke_fixed_point() -> Iterator[Step]:
    g = sp.Symbol("g", positive=True)
    resting = sp.solve(pole * AMPLITUDE + sp.I * g * m_z, (amplitude_real, amplitude_imag), dict=True)[0]
    threshold = drive * pole_squared / (2 * omega)
    at_rest = {field: 2 * g * resting[amplitude_real], m_y: 0, m_x: -threshold / g**2}
    yield Step(
        r"One pattern with $g_i = g \xi_i / \sqrt N$, in units of $\sqrt N$ for $\alpha$: with the mode at rest "
        r"a fixed "
        r"point with $m_z \ne 0$ needs $m_x = -(g_c/g)^2$, so it exists above the critical coupling $g_c$.",
        r"h = -\frac{2 \omega g^2}{|z|^2}\, m_z, \qquad g_c^2 = \frac{\Omega |z|^2}{2 \omega}, \qquad "
        r"|m_z| = \sqrt{1 - (g_c/g)^4}",
        (
            at_rest[field] + 2 * omega * g**2 / pole_squared * m_z,
            *(rate.subs(at_rest, simultaneous=True) for rate in bloch_rates()),
        ),
    )


def _network() -> Iterator[Step]:
    x_rate, y_rate, z_rate = damped_bloch_rates()
    yield Step(
        r"**The open quantum Hopfield network.** $H = \Omega \sum_i \sigma^x_i$, and spin $i$ jumps up and down "
        r"at rates "
        r"$W_\pm$ that depend on the field $h_i = \sum_j J_{ij} \sigma^z_j$ of the others (`spin_only` shows that what "
        r"this field does beyond that vanishes as $1/N$). Mean field takes $h_i$ at the means:",
        lines(
            (r"\dot m_x", r"-\frac{W_+ + W_-}{2}\, m_x"),
            (r"\dot m_y", r"-2 \Omega m_z - \frac{W_+ + W_-}{2}\, m_y"),
            (r"\dot m_z", r"2 \Omega m_y + W_+ - W_- - (W_+ + W_-)\, m_z"),
        ),
        (
            x_rate + (up + down) * m_x / 2,
            y_rate + 2 * drive * m_z + (up + down) * m_y / 2,
            z_rate - 2 * drive * m_y - (up - down) + (up + down) * m_z,
        ),
    )
    yield Step(
        r"For a rate law $W(\epsilon)$ of the flip energy, $\epsilon = 2 \sigma_i h_i$, they are",
        r"W_+ = W(-2 h_i), \qquad W_- = W(2 h_i), \qquad h_i = \sum_j J_{ij} m_{z,j}",
    )
    yield Step(
        r"Glauber's law $W = \gamma / (1 + e^{\beta \epsilon})$ makes the total rate constant,",
        lines(
            (r"\dot m_z", r"2 \Omega m_y + \gamma \tanh(\beta h) - \gamma m_z"),
            (r"\dot m_y", r"-2 \Omega m_z - \frac{\gamma}{2} m_y"),
        ),
        (
            z_rate.subs(GLAUBER) - 2 * drive * m_y - gamma * sp.tanh(beta * field) + gamma * m_z,
            y_rate.subs(GLAUBER) + 2 * drive * m_z + gamma * m_y / 2,
        ),
    )
    yield Step(
        r"and with Hebb's couplings the overlaps $m^{z,y}_\mu = \frac{1}{N} \sum_i \xi_i^\mu \langle\sigma^{z,y}_i"
        r"\rangle$ close, up to $1/N$ from the missing self-coupling, where $\langle\cdot\rangle_\xi$ is the mean over "
        "the pattern columns:",
        lines(
            (r"\dot m^z", r"2 \Omega m^y + \gamma \langle \xi \tanh(\beta\, \xi \cdot m^z) \rangle_\xi - \gamma m^z"),
            (r"\dot m^y", r"-2 \Omega m^z - \frac{\gamma}{2} m^y"),
        ),
    )


def _network_stability() -> Iterator[Step]:
    resting = {m_y: -4 * drive * m_z}
    _, y_rate, z_rate = (rate.subs(GLAUBER).subs({gamma: 1, field: m_z}) for rate in damped_bloch_rates())
    slope = sp.Matrix([z_rate, y_rate])
    yield Step(
        r"In units $\gamma = 1$ a fixed point has $m^y = -4 \Omega m^z$, and $(1 + 8 \Omega^2)\, m^z$ is a fixed "
        r"point of "
        r"the classical network at the temperature $T (1 + 8 \Omega^2)$.",
        r"(1 + 8 \Omega^2)\, m^z = \langle \xi \tanh(\beta\, \xi \cdot m^z) \rangle_\xi",
        (
            slope[1].subs(resting),
            slope[0].subs(resting) - sp.tanh(beta * m_z) + (1 + 8 * drive**2) * m_z,
        ),
    )
    jacobian = slope.jacobian([m_z, m_y]).subs({m_z: 0, m_y: 0})
    pitchfork = sp.sqrt((beta - 1) / 8)  # (1 - T) / 8 T
    yield Step(
        r"The paramagnet loses its stability in a pitchfork at $\Omega_P$ or, for $\Omega > 1/4$, in a Hopf "
        r"bifurcation "
        r"at $T = 2/3$. (One pattern; with more the overlaps decouple there.)",
        r"\det = 4 \Omega^2 - \frac{\beta - 1}{2} = 0: \quad \Omega_P = \sqrt{\frac{1 - T}{8 T}}; \qquad "
        r"\mathrm{tr} = \beta - \frac{3}{2} = 0",
        (
            jacobian.det().subs(drive, pitchfork),
            jacobian.trace().subs(beta, sp.Rational(3, 2)),
            jacobian.det().subs({beta: sp.Rational(3, 2), drive: sp.Rational(1, 4)}),
        ),
    )


def formulas() -> tuple[Formula, ...]:
    """The closed forms that the package evaluates."""
    named = {up: sp.Symbol("rate_up", nonnegative=True), down: sp.Symbol("rate_down", nonnegative=True)}
    return (
        Formula(
            name="bloch_rates",
            expressions=bloch_rates(),
            summary=r"$\dot m_x, \dot m_y, \dot m_z$ of a spin in the field $h \sigma^z + \Omega \sigma^x$.",
        ),
        Formula(
            name="damped_bloch_rates",
            expressions=tuple(rate.subs(named) for rate in damped_bloch_rates()),
            summary=r"$\dot m_x, \dot m_y, \dot m_z$ of a driven spin that jumps up and down at the rates $W_\pm$.",
        ),
        Formula(
            name="channel_rates",
            expressions=channel_rates(),
            summary=r"$\dot m_\parallel$ and $\dot m_\perp$ from the channels of a single atom.",
        ),
        Formula(
            name="amplitude_rates",
            expressions=tuple(sp.expand(part) for part in amplitude_rate().expand().as_real_imag()),
            summary=r"Real and imaginary part of $\dot\alpha = -z \alpha - i x$.",
        ),
    )


STORY = Story(
    name="mean_field",
    title="Mean field: the Dicke model and the open Hopfield network",
    introduction=(
        "Both models in the limit of many spins, from the Heisenberg equations of one spin and one mode. Slides of the "
        "talk on the Dicke model normalise by N and drop the weights of the classes; the equations here hold site by "
        "site. The network is that of P. Rotondo et al., J. Phys. A 51, 115301 (2018)."
    ),
    steps=steps,
    module="mean_field",
    formulas=formulas,
)
