r"""From driven four-level atoms in a cavity to the Dicke model, and from pumped media to gain, step by step."""

from collections.abc import Iterator
from itertools import product

import sympy as sp

from cavity_hopfield.elimination.symbolic import (
    IDENTITY,
    Mode,
    Operator,
    Spin,
    adjoint,
    commutator,
    total,
)
from derivations.story import Step, Story, lines

g_0, rabi, rate = sp.symbols("g_0 Omega_R Gamma_a", positive=True)
detuning = sp.Symbol("Delta_a", real=True, nonzero=True)
modes = (Mode("1"), Mode("2"))
excited = (Spin("e1"), Spin("e2"))
labels = (Spin("1"), Spin("2"))
shape = [[sp.Symbol(f"Xi_{i}{mu}", real=True) for mu in (1, 2)] for i in (1, 2)]
ATOMS = range(2)


def raising(atom: int) -> Operator:
    r"""$B_i = g_0 \sum_\mu \Xi_{i\mu} a_\mu + \frac12 \Omega_R \tau^x_i$, what excites atom i."""
    light = total(mode.a.scaled(g_0 * amplitude) for mode, amplitude in zip(modes, shape[atom], strict=True))
    return light + labels[atom].x.scaled(rabi / 2)


def exciting(atom: int) -> Operator:
    r"""$V_i = e_i^+ B_i + B_i^\dagger e_i^-$."""
    return excited[atom].plus * raising(atom) + raising(atom).dagger() * excited[atom].minus


def rotation(atom: int) -> Operator:
    r"""$S_i = (B_i^\dagger e_i^- - e_i^+ B_i) / \Delta_a$, which removes $V_i$ to first order."""
    return (raising(atom).dagger() * excited[atom].minus - excited[atom].plus * raising(atom)).scaled(1 / detuning)


def coupling() -> sp.Expr:
    r"""$g_{i\mu} / \Xi_{i\mu} = g_0 \Omega_R / 2 \Delta_a$."""
    return g_0 * rabi / (2 * detuning)


def dispersive(mu: int, nu: int) -> sp.Expr:
    r"""$\sum_i \Xi_{i\mu} \Xi_{i\nu}\, g_0^2 / \Delta_a$."""
    return sum(shape[i][mu] * shape[i][nu] for i in ATOMS) * g_0**2 / detuning


def stark() -> sp.Expr:
    r"""$\Omega_R^2 / 4 \Delta_a$, the light shift of both spin states."""
    return rabi**2 / (4 * detuning)


def reduced() -> Operator:
    """What the excited states leave to two atoms and two modes in the ground states."""
    pushed = total(
        (labels[i].x * modes[mu].quadrature).scaled(shape[i][mu] * coupling()) for i, mu in product(ATOMS, repeat=2)
    )
    shifted = total((modes[mu].ad * modes[nu].a).scaled(dispersive(mu, nu)) for mu, nu in product(ATOMS, repeat=2))
    return pushed + shifted + Operator({IDENTITY: 2 * stark()})


def on_ground(operator: Operator) -> Operator:
    """`operator` between states without excitation."""
    for spin in excited:
        operator = spin.projector(-1) * operator * spin.projector(-1)
    return operator


def steps() -> Iterator[Step]:
    """Atoms first, then what they scatter, spin 1, and gain."""
    yield from _atoms()
    yield from _scattering()
    yield from _spin_one()
    yield from _inverted_medium()
    yield from _idler()


def _atoms() -> Iterator[Step]:
    first = excited[0]
    population = first.plus * first.minus
    yield Step(
        r"Two ground states $|0\rangle, |1\rangle$ and two excited states of each atom are two spins: $\tau$ tells the "
        r"label, $e$ whether the atom is excited. In the frame of the pumps, at $\Delta_a$ from the atom (negative to "
        r"the red), the cavity keeps the label and a pump turns it over.",
        lines(
            ("H", (r"\sum_\mu \delta_\mu a_\mu^\dagger a_\mu + \frac{\omega_0}{2} \sum_i \tau^z_i "
                  r"- \Delta_a \sum_i e_i^+ e_i^- + \sum_i V_i")),
            ("V_i", (r"e_i^+ B_i + B_i^\dagger e_i^-, \qquad B_i = g_0 \sum_\mu \Xi_{i\mu} a_\mu "
                    r"+ \frac{\Omega_R}{2} \tau^x_i")),
        ),
        (commutator(population, first.plus) - first.plus, commutator(population, exciting(1))),
    )  # fmt: skip
    energy = total((spin.plus * spin.minus).scaled(-detuning) for spin in excited)
    turned, driven = total(rotation(i) for i in ATOMS), total(exciting(i) for i in ATOMS)
    yield Step(
        r"A rotation $e^{S}$ of order $1/\Delta_a$ takes the excitation out; it leaves $\frac12 [S, V]$, and higher "
        r"orders, smaller by $V/\Delta_a$ and by the slow frequencies over $\Delta_a$.",
        r"S = \sum_i \frac{B_i^\dagger e_i^- - e_i^+ B_i}{\Delta_a}, \qquad [S, -\Delta_a \sum_i e_i^+ e_i^-] = -V",
        (commutator(turned, energy) + driven, turned + turned.dagger()),
    )
    second = commutator(turned, driven).scaled(sp.S.Half)
    squares = total(raising(i).dagger() * raising(i) for i in ATOMS).scaled(1 / detuning)
    yield Step(
        "Between states without excitation the atoms contribute singly; a photon that one atom absorbs and another "
        "emits needs one of them excited.",
        r"P\, \tfrac12 [S, V]\, P = \frac{1}{\Delta_a} \sum_i P\, B_i^\dagger B_i\, P",
        (on_ground(second) - on_ground(squares), on_ground(second) - on_ground(reduced())),
    )
    yield Step(
        r"So $\tau^x$, which is $\sigma^z$ of this package, couples to the quadratures, and $\tau^z$, which is "
        r"$\sigma^x$, is its transverse field with $\Omega = \omega_0 / 2$. Atoms to the red pull the modes down. Both "
        r"spin states have the same light shift, which drops out.",
        lines(
            ("g_{i\\mu}", (r"\Xi_{i\mu} \frac{g_0 \Omega_R}{2 \Delta_a}, \qquad \omega_\mu = \delta_\mu "
                          r"+ \sum_i \Xi_{i\mu}^2 \frac{g_0^2}{\Delta_a}")),
            (r"\mathrm{neglected}", (r"\sum_{\mu \ne \nu} a_\mu^\dagger a_\nu \sum_i \Xi_{i\mu} \Xi_{i\nu} "
                                    r"\frac{g_0^2}{\Delta_a}")),
        ),
        (
            commutator(commutator(reduced(), modes[0].a), labels[0].y)
            - commutator(labels[0].x, labels[0].y).scaled(-shape[0][0] * coupling()),
            *(
                commutator(commutator(reduced(), modes[nu].ad), modes[mu].a) + IDENTITY.operator().scaled(
                    dispersive(mu, nu)
                )
                for mu, nu in product(ATOMS, repeat=2)
            ),
        ),
    )  # fmt: skip
    yield Step(
        r"The sign of $\Delta_a$ in all couplings to one mode is a choice of its phase.",
        r"a_\mu \to -a_\mu: \qquad g_{i\mu} \to -g_{i\mu}, \quad \omega_\mu \to \omega_\mu",
        (commutator(-modes[0].a, -modes[0].ad) - 1, (-modes[0].ad) * (-modes[0].a) - modes[0].number),
    )


def _scattering() -> Iterator[Step]:
    half = sp.I * rate / 2
    square = (raising(0).dagger() * raising(0)).scaled(1 / (detuning + half))
    parts = (square + square.dagger()).scaled(sp.S.Half), (square - square.dagger()).scaled(sp.I)
    length = detuning**2 + rate**2 / 4
    probability = (raising(0).dagger() * raising(0)).scaled(1 / length)
    yield Step(
        r"With the decay of the excited states $\Delta_a \to \Delta_a + \frac{i}{2} \Gamma_a$ in the energy of second "
        r"order: its Hermitian part barely changes, and its other part is a loss at the rate $\Gamma_a$ times the "
        r"population of the excited states.",
        lines(
            (r"\frac{B^\dagger B}{\Delta_a + i \Gamma_a / 2}",
             r"\frac{\Delta_a}{\Delta_a^2 + \Gamma_a^2/4} B^\dagger B - \frac{i}{2} \Gamma_a p_e"),
            ("p_e", r"\frac{B^\dagger B}{\Delta_a^2 + \Gamma_a^2/4}"),
        ),
        (parts[0] - probability.scaled(detuning), parts[1] - probability.scaled(rate)),
    )  # fmt: skip
    dark = raising(0).subs(g_0, 0)
    yield Step(
        r"An empty cavity leaves the light of the pumps: each ground state of this scheme sees one of the two beams. "
        r"`RamanCavity` counts both beams for both states.",
        r"\Gamma_a p_e = \Gamma_a \frac{\Omega_R^2}{4 \Delta_a^2} \quad (\Gamma_a \ll \Delta_a)",
        ((dark.dagger() * dark).scaled(1 / detuning**2) - stark() / detuning,),
    )


def _spin_one() -> Iterator[Step]:
    pair = labels
    along = total(spin.z for spin in pair).scaled(sp.S.Half)
    across = total(spin.x for spin in pair).scaled(sp.S.Half)
    third = total(spin.y for spin in pair).scaled(sp.S.Half)
    casimir = along * along + across * across + third * third
    exchange = (pair[0].x * pair[1].x + pair[0].y * pair[1].y + pair[0].z * pair[1].z).scaled(sp.S.Half)
    yield Step(
        r"An atom of spin 1 is two spins 1/2 that couple equally, $F = \frac12 (\sigma_1 + \sigma_2)$. Light and "
        r"transverse field keep $F^2 = 2$, the symmetric states.",
        r"F_z = \tfrac12 (\sigma^z_1 + \sigma^z_2), \qquad F^2 = \tfrac32 + \tfrac12 \sigma_1 \cdot \sigma_2, \qquad "
        r"[F^2, F_z] = [F^2, F_x] = 0",
        (
            commutator(along, across) - third.scaled(sp.I),
            casimir - exchange - sp.Rational(3, 2),
            commutator(casimir, along),
            commutator(casimir, across),
        ),
    )


def _inverted_medium() -> Iterator[Step]:
    mode, spin = Mode(), Spin()
    pump, decay, broadening, g_m = sp.symbols("w gamma Gamma_b g_m", positive=True)
    jumps = ((pump, spin.plus), (decay, spin.minus), (broadening / 4, spin.z))
    energy = (mode.ad * spin.minus + mode.a * spin.plus).scaled(g_m)
    width = pump + decay + broadening
    yield Step(
        r"An atom of a gain medium is pumped up at $w$, falls at $\gamma$, and dephases. Its dipole is damped at half "
        r"the width $\Gamma_m = w + \gamma + \Gamma_b$ and driven by the light, in the sense of its inversion.",
        lines(
            (r"\dot\sigma^-", r"-\tfrac12 \Gamma_m \sigma^- + i g_m \sigma^z a"),
            (r"\dot a", r"-i g_m \sigma^-"),
            (r"\dot\sigma^z", r"w - \gamma - (w + \gamma) \sigma^z + 2 i g_m (a^\dagger \sigma^- - \sigma^+ a)"),
        ),
        (
            adjoint(spin.minus, energy, jumps) + spin.minus.scaled(width / 2) - (spin.z * mode.a).scaled(sp.I * g_m),
            adjoint(mode.a, energy, jumps) + spin.minus.scaled(sp.I * g_m),
            adjoint(spin.z, energy, jumps) - (pump - decay) + spin.z.scaled(pump + decay)
            - (mode.ad * spin.minus - spin.plus * mode.a).scaled(2 * sp.I * g_m),
        ),
    )  # fmt: skip
    up = pump / (pump + decay)
    gain, absorbed = 4 * g_m**2 * up / width, 4 * g_m**2 * (1 - up) / width
    bath = ((gain, mode.ad), (absorbed, mode.a))
    follow = sp.I * 2 * g_m / width
    correlation = mode.ad * spin.minus
    yield Step(
        r"It meets the light in $a^\dagger \sigma^-$, where the upper level also emits by itself.",
        lines(
            (r"\frac{d}{dt} a^\dagger a", r"-i g_m (a^\dagger \sigma^- - \sigma^+ a)"),
            (
                r"\frac{d}{dt} a^\dagger \sigma^-",
                r"-\tfrac12 \Gamma_m a^\dagger \sigma^- + i g_m (a^\dagger a\, \sigma^z + \sigma^+ \sigma^-)",
            ),
        ),
        (
            adjoint(mode.number, energy, jumps) + (correlation - correlation.dagger()).scaled(sp.I * g_m),
            adjoint(correlation, energy, jumps) + correlation.scaled(width / 2)
            - (mode.number * spin.z + spin.projector(1)).scaled(sp.I * g_m),
        ),
    )  # fmt: skip
    yield Step(
        r"A fast dipole follows, $\sigma^- = \frac{2 i g_m}{\Gamma_m} \sigma^z a$ and $a^\dagger \sigma^- = "
        r"\frac{2 i g_m}{\Gamma_m} (a^\dagger a\, \sigma^z + \sigma^+ \sigma^-)$. With the populations at rest, "
        r"$w / (w + \gamma)$ up, the light has the amplitude and the photons of the gain $\kappa$ and the loss "
        r"$\kappa'$.",
        lines(
            (r"\kappa", (r"\frac{4 g_m^2}{\Gamma_m} \frac{w}{w + \gamma}, \qquad "
             r"\kappa' = \frac{4 g_m^2}{\Gamma_m} \frac{\gamma}{w + \gamma}")),
            (r"\dot a", r"\tfrac12 (\kappa - \kappa') a"),
            (r"\frac{d}{dt} a^\dagger a", r"\kappa (a^\dagger a + 1) - \kappa' a^\dagger a"),
        ),
        (
            mode.a.scaled(-sp.I * g_m * follow * (2 * up - 1)) - adjoint(mode.a, IDENTITY.operator(), bath),
            (mode.number.scaled(2 * up - 1) + up).scaled(4 * g_m**2 / width)
            - adjoint(mode.number, IDENTITY.operator(), bath),
        ),
    )  # fmt: skip
    yield Step(
        r"Photons that are stimulated at the rate $8 g_m^2 n / \Gamma_m$ work against the pump: at "
        r"$n_s = (w + \gamma) \Gamma_m / 8 g_m^2$ they halve the inversion.",
        "",
        (_inversion(pump, decay, width, g_m),),
    )


def _inversion(pump: sp.Symbol, decay: sp.Symbol, width: sp.Expr, g_m: sp.Symbol) -> sp.Expr:
    """Half of the unsaturated inversion, minus the inversion at the saturation photon number."""
    photons = (pump + decay) * width / (8 * g_m**2)
    inversion = sp.Symbol("s", real=True)
    balance = pump - decay - (pump + decay) * inversion - 8 * g_m**2 * photons / width * inversion
    (steady,) = sp.solve(balance, inversion)
    return (pump - decay) / (pump + decay) / 2 - steady


def _idler() -> Iterator[Step]:
    signal, idler = Mode("s"), Mode("i")
    chi, gamma = sp.symbols("chi gamma_i", positive=True)
    energy = (signal.a * idler.a + signal.ad * idler.ad).scaled(chi)
    jumps = ((gamma, idler.a),)
    follow = -2 * sp.I * chi / gamma
    gain = 4 * chi**2 / gamma
    bath = ((gain, signal.ad),)
    yield Step(
        r"A parametric drive makes pairs of a photon and an idler that leaves at $\gamma_i$. A fast idler follows, "
        r"$b = -\frac{2 i \chi}{\gamma_i} a^\dagger$, its jump $\sqrt{\gamma_i}\, b$ becomes the gain.",
        lines(
            (r"\dot b", r"-\tfrac12 \gamma_i b - i \chi a^\dagger, \qquad \dot a = -i \chi b^\dagger"),
            (r"\gamma_i D[b]", r"\kappa D[a^\dagger], \qquad \kappa = \frac{4 \chi^2}{\gamma_i}"),
        ),
        (
            adjoint(idler.a, energy, jumps) + idler.a.scaled(gamma / 2) + signal.ad.scaled(sp.I * chi),
            adjoint(signal.a, energy, jumps) + idler.ad.scaled(sp.I * chi),
            signal.a.scaled(-sp.I * chi * sp.conjugate(follow)) - adjoint(signal.a, IDENTITY.operator(), bath),
            gamma * follow * sp.conjugate(follow) - gain,
        ),
    )


STORY = Story(
    name="raman_elimination",
    title="Raman-driven atoms: the Dicke model and its gain",
    introduction=(
        "The excited states of four-level atoms are eliminated, as by F. Dimer, B. Estienne, A. S. Parkins and H. J. "
        "Carmichael, Phys. Rev. A 75, 013804 (2007), for two atoms and two modes, which show all terms. Then the media "
        "that give gain."
    ),
    steps=steps,
)
