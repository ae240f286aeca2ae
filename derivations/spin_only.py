r"""The equations of motion of the open quantum Hopfield network, and what they drop, step by step."""

from collections.abc import Iterator
from functools import cache
from itertools import product

import sympy as sp

from cavity_hopfield.elimination.symbolic import Operator, anticommutator, flipped, function_of_z, total
from cavity_hopfield.elimination.symbolic.spin_only import OpenNetwork
from derivations.conventions import drive
from derivations.story import Step, Story, lines

networks = (OpenNetwork(2, drive), OpenNetwork(3, drive))
beta, gamma = sp.symbols("beta gamma", positive=True)
field, coupling = sp.symbols("h J", real=True)


def glauber(sign: int, local_field: sp.Expr) -> sp.Expr:
    r"""$\Gamma_\pm = \sqrt{\gamma / (1 + e^{\mp 2 \beta h})}$, root of $\gamma e^{\pm\beta h} / 2 \cosh \beta h$."""
    return sp.sqrt(gamma / (1 + sp.exp(-2 * sign * beta * local_field)))


def steps() -> Iterator[Step]:
    """From the jump operators to eqs. (6)-(12) and the size of the dropped terms."""
    yield from _model()
    yield from _populations()
    yield from _coherences()
    yield from _dropped()
    yield from _bloch()


@cache
def coherence_rate(network: OpenNetwork, index: int) -> Operator:
    r"""$\dot\sigma^+_i$, from eq. (5)."""
    return network.derivative(network.spins[index].plus)


def _model() -> Iterator[Step]:
    bonds = dict(zip(((0, 1), (0, 2), (1, 2)), sp.symbols("J_12 J_13 J_23", real=True), strict=True))
    residues = []
    for signs in product((1, -1), repeat=3):
        energies = {}
        for state in (1, -1):
            configuration = (state, *signs[1:])
            energies[state] = -sum(bond * configuration[i] * configuration[j] for (i, j), bond in bonds.items())
        local = bonds[0, 1] * signs[1] + bonds[0, 2] * signs[2]
        ratio = (glauber(1, local) / glauber(-1, local)) ** 2
        residues.append(ratio - sp.exp(-beta * (energies[1] - energies[-1])))
    yield Step(
        r"Spin $i$ jumps up and down with amplitudes that depend on the field $h_i = \sum_{j \ne i} J_{ij} "
        r"\sigma^z_j$ of "
        r"the others. The signs are those of detailed balance for $E = -\frac{1}{2} \sum_{i \ne j} J_{ij} \sigma_i "
        r"\sigma_j$, $\Gamma_+^2 / \Gamma_-^2 = e^{2 \beta h}$; eq. (3) of the paper prints them the other way round, "
        r"which would repel the memories, and calls $h_i$ the change of energy, which is half of it. (Shown for three "
        "spins with any couplings.)",
        r"H = \Omega \sum_i \sigma^x_i, \qquad L_{i\pm} = \Gamma_{i\pm} \sigma^\pm_i, \qquad "
        r"\Gamma_{i\pm}^2 = \frac{\gamma\, e^{\pm \beta h_i}}{2 \cosh \beta h_i}",
        tuple(residues),
    )


def _populations() -> Iterator[Step]:
    residues = []
    for network in networks:
        for index, spin in enumerate(network.spins):
            usual = spin.y.scaled(2 * drive) - spin.z * network.total_rate(index) + network.net_rate(index)
            residues.append(network.derivative(spin.z) - usual)
    yield Step(
        r"Eq. (6), for rates of any form. (Here and below shown for two and three spins, with one symbol for each "
        r"amplitude at each configuration of the others.) Glauber's amplitudes have $\Gamma_+^2 + \Gamma_-^2 = \gamma$ "
        r"and $\Gamma_+^2 - \Gamma_-^2 = \gamma \tanh \beta h$.",
        lines(
            (
                r"\dot\sigma^z_i",
                r"2 \Omega \sigma^y_i - (\Gamma_{i+}^2 + \Gamma_{i-}^2)\, \sigma^z_i + \Gamma_{i+}^2 - \Gamma_{i-}^2",
            ),
            ("", r"2 \Omega \sigma^y_i - \gamma \sigma^z_i + \gamma \tanh \beta h_i"),
        ),
        (
            *residues,
            glauber(1, field) ** 2 + glauber(-1, field) ** 2 - gamma,
            glauber(1, field) ** 2 - glauber(-1, field) ** 2 - gamma * sp.tanh(beta * field),
        ),
    )


def _coherences() -> Iterator[Step]:
    network = networks[1]
    value = function_of_z(network.spins, lambda signs: sp.Symbol(f"f_{''.join('ud'[sign < 0] for sign in signs)}"))
    yield Step(
        "Eq. (7): a ladder operator passes a function of all $\\sigma^z$ by flipping its own spin in it.",
        r"f(\dots, \sigma^z_j, \dots)\, \sigma^\pm_j = \sigma^\pm_j\, f(\dots, -\sigma^z_j, \dots)",
        tuple(
            value * ladder - ladder * flipped(value, spin)
            for spin in network.spins
            for ladder in (spin.plus, spin.minus)
        ),
    )
    yield Step(
        r"Eq. (8): the equation of $\sigma^+_i$. The $\Gamma$ of the other spins do not commute with it.",
        r"\dot\sigma^+_i = -i \Omega \sigma^z_i + \sum_l \sum_\pm \left(\sigma^\mp_l \Gamma_{l\pm} \sigma^+_i "
        r"\Gamma_{l\pm} "
        r"\sigma^\pm_l - \frac{1}{2} \{\sigma^\mp_l \Gamma_{l\pm}^2 \sigma^\pm_l, \sigma^+_i\}\right)",
        tuple(coherence_rate(network, 0) - _eighth(network, 0) for network in networks),
    )
    yield Step(
        r"Eq. (10): with every $\Gamma$ moved to the right, and $\Gamma^{(i)}$ for $\Gamma$ with the spin $i$ flipped.",
        lines(
            (r"\dot\sigma^+_i", r"-i \Omega \sigma^z_i - \frac{1}{2} \sigma^+_i (\Gamma_{i+}^2 + \Gamma_{i-}^2)"),
        )
        + r" \\ &\quad + \frac{1}{2} \sigma^+_i \sum_{l \ne i} \sum_\pm (1 \mp \sigma^z_l) \left(\Gamma^{(i)}_{l\pm} "
        r"\Gamma_{l\pm} - \frac{1}{2} \Gamma^{(i) 2}_{l\pm} - \frac{1}{2} \Gamma_{l\pm}^2\right)",
        tuple(
            coherence_rate(network, index) - _tenth(network, index)
            for network in networks
            for index in range(network.size)
        ),
    )


def _eighth(network: OpenNetwork, index: int) -> Operator:
    plus = network.spins[index].plus
    parts = [network.spins[index].z.scaled(-sp.I * drive)]
    for _, jump in network.jumps:
        conjugate = jump.dagger()
        parts.append(conjugate * plus * jump - anticommutator(conjugate * jump, plus).scaled(sp.S.Half))
    return total(parts)


def _tenth(network: OpenNetwork, index: int) -> Operator:
    spin = network.spins[index]
    bracket = []
    for other, site in enumerate(network.spins):
        for sign in (1, -1):
            if other != index:
                gamma_l = network.gamma(other, sign)
                moved = flipped(gamma_l, spin)
                squares = (moved * moved + gamma_l * gamma_l).scaled(sp.S.Half)
                bracket.append((1 - site.z.scaled(sign)) * (moved * gamma_l - squares))
    own = spin.plus * network.total_rate(index)
    return total([spin.z.scaled(-sp.I * drive), own.scaled(-sp.S.Half), (spin.plus * total(bracket)).scaled(sp.S.Half)])


def _dropped() -> Iterator[Step]:
    residues = []
    for network in networks:
        for index, spin in enumerate(network.spins):
            kept = spin.z.scaled(-sp.I * drive) - (spin.plus * network.total_rate(index)).scaled(sp.S.Half)
            residues.append(coherence_rate(network, index) - kept + spin.plus * network.monitoring(index))
    yield Step(
        r"The bracket is a perfect square: the coherence of spin $i$ decays a little faster, because the jumps of the "
        "others tell its state. This is the whole of what eq. (11) drops.",
        lines(
            (
                r"\dot\sigma^+_i",
                (
                    r"-i \Omega \sigma^z_i - \frac{1}{2} \sigma^+_i (\Gamma_{i+}^2 + \Gamma_{i-}^2) - "
                    r"\sigma^+_i M_i"
                ),
            ),
            (
                r"M_i",
                r"\frac{1}{4} \sum_{l \ne i} \sum_\pm (1 \mp \sigma^z_l)\, (\Gamma^{(i)}_{l\pm} - \Gamma_{l\pm})^2",
            ),
        ),
        tuple(residues),
    )
    risen = 1 / (1 + sp.exp(-2 * beta * field))
    mean = sp.Symbol("m_l", real=True)
    weights = {1: (1 - mean) / 2, -1: (1 + mean) / 2}  # to jump up the spin must be down
    each = sum(
        weight / 2 * (glauber(sign, field + coupling) - glauber(sign, field - coupling)) ** 2
        for sign, weight in weights.items()
    )
    leading = sp.diff(each, coupling, 2).subs(coupling, 0) / 2
    printed = beta**2 * gamma * risen * (1 - risen) * (1 + mean * sp.tanh(beta * field))
    yield Step(
        r"Its size for Glauber's amplitudes: the flip of spin $i$ changes $h_l$ by $2 J_{il}$. With $p = 1 / (1 + "
        r"e^{-2 \beta h})$ at the field $h$ of spin $l$, the mean of its term is, to leading order in $J$,",
        r"\langle M_i \rangle = \sum_{l \ne i} \beta^2 \gamma J_{il}^2\, p\, (1 - p) \left[1 + \langle \sigma^z_l "
        r"\rangle \tanh \beta h \right] + O(J^4)",
        (
            each.subs(coupling, 0),
            sp.diff(each, coupling).subs(coupling, 0),
            leading - printed,
            sp.diff(each, coupling, 3).subs(coupling, 0),
            printed.subs(field, 0) - beta**2 * gamma / 4,
        ),
    )
    lean = sp.Symbol("t", nonnegative=True)  # tanh(beta h)
    largest = (1 - lean**2) * (1 + lean) / 4
    yield Step(
        r"Hebb's couplings of $P$ patterns have $\sum_l J_{il}^2 \approx P / N$. Spins that follow their fields, "
        r"$\langle \sigma^z_l \rangle = \tanh \beta h$, give at most $\beta^2 \gamma P / 4 N$, at $h = 0$; any spins "
        r"at most $\frac{8}{27} \beta^2 \gamma P / N$, at $\tanh \beta h = \frac13$; against $\gamma/2$ kept. Eq. (11) "
        r"holds for $\beta^2 P \ll 2 N$.",
        r"\frac{\langle M_i \rangle}{\gamma / 2} \le \frac{16}{27} \frac{\beta^2 P}{N}",
        (
            sp.expand((1 - lean**2) * (1 + lean**2) - (1 - lean**4)),
            sp.diff(largest, lean).subs(lean, sp.Rational(1, 3)),
            largest.subs(lean, sp.Rational(1, 3)) - sp.Rational(8, 27),
        ),
    )


def _bloch() -> Iterator[Step]:
    network = networks[0]
    spin = network.spins[0]
    kept = spin.z.scaled(-sp.I * drive) - spin.plus.scaled(gamma / 2)
    yield Step(
        "Without it, eqs. (11) and (12):",
        lines(
            (r"\dot\sigma^\pm_i", r"\mp i \Omega \sigma^z_i - \frac{\gamma}{2} \sigma^\pm_i"),
            (r"\dot\sigma^z_i", r"2 \Omega \sigma^y_i - \gamma \sigma^z_i + \gamma \tanh \beta h_i"),
            (r"\dot\sigma^y_i", r"-2 \Omega \sigma^z_i - \frac{\gamma}{2} \sigma^y_i"),
            (r"\dot\sigma^x_i", r"-\frac{\gamma}{2} \sigma^x_i"),
        ),
        (
            (kept - kept.dagger()).scaled(-sp.I) + spin.z.scaled(2 * drive) + spin.y.scaled(gamma / 2),
            kept + kept.dagger() + spin.x.scaled(gamma / 2),
        ),
    )


STORY = Story(
    name="spin_only",
    title="The open quantum Hopfield network: equations of motion",
    introduction=(
        "From the jump operators of P. Rotondo et al., J. Phys. A 51, 115301 (2018) to its equations (6)-(12), as "
        "operator identities, with the terms that the paper drops."
    ),
    steps=steps,
)
