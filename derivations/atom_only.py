r"""Spins alone at any drive: the Redfield equation and its completely positive form, step by step."""

from collections.abc import Iterator
from itertools import product

import sympy as sp

from cavity_hopfield.elimination.symbolic import (
    EliminatedMode,
    Mode,
    Operator,
    Spin,
    adjoint,
    commutator,
    dressed_amplitude,
    dropped_derivative,
    lindblad_adjoint,
    redfield_adjoint,
    relaxed_state,
    total,
)
from derivations.conventions import (
    drive,
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
from derivations.story import Step, Story, lines

mode = Mode()
spins = (Spin("1"), Spin("2"))
g = sp.symbols("g_1 g_2", real=True)
hamiltonian = total(spin.x.scaled(drive) for spin in spins)
coupling = total(spin.z.scaled(strength) for spin, strength in zip(spins, g, strict=True))
along, across = sp.symbols("c_z c_y")
dressed = total((spin.z.scaled(along) + spin.y.scaled(across)).scaled(g_i) for spin, g_i in zip(spins, g, strict=True))
eliminated = EliminatedMode(coupling, dressed, loss, gain)


def amplitude() -> tuple[sp.Expr, sp.Expr]:
    r"""$c_z = -i z / (z^2 + 4 \Omega^2)$ and $c_y = 2 i \Omega / (z^2 + 4 \Omega^2)$."""
    return -sp.I * pole / (pole**2 + 4 * drive**2), 2 * sp.I * drive / (pole**2 + 4 * drive**2)


def real_amplitude() -> tuple[sp.Expr, ...]:
    r"""Real and imaginary parts of $c_z$ and $c_y$."""
    real, imaginary = net_loss**2 / 4 - omega**2 + 4 * drive**2, net_loss * omega  # of z^2 + 4 drive^2
    square = real**2 + imaginary**2
    return (
        omega * (4 * drive**2 - pole_squared) / square,
        -net_loss / 2 * (4 * drive**2 + pole_squared) / square,
        2 * drive * imaginary / square,
        2 * drive * real / square,
    )


def inserted(operator: Operator) -> Operator:
    """`operator` with the values of the coefficients of the dressed amplitude."""
    return operator.subs(dict(zip((along, across), amplitude(), strict=True)))


def observables() -> Iterator[Operator]:
    """The sixteen products of Pauli matrices of two spins; couplings of pairs need no more."""
    local = [(spin.x**0, spin.x, spin.y, spin.z) for spin in spins]
    return (first * second for first, second in product(*local))


def steps() -> Iterator[Step]:
    """From the memory of the mode to the Lindblad form."""
    yield from _memory()
    yield from _amplitude()
    yield from _redfield()
    yield from _light()
    yield from _lindblad()
    yield from _limits()


def _memory() -> Iterator[Step]:
    empty = relaxed_state(mode.number.scaled(omega), [(loss, mode.a), (gain, mode.ad)])
    found = {rate: weight for weight, rate in empty.correlation(mode.quadrature, mode.quadrature)}
    yield Step(
        r"The spins move under $H_S$ and couple by $S X$ to the mode, which by itself remembers only for a time "
        r"$1/|z|$:",
        lines(
            ("H_S", r"\Omega \sum_i \sigma^x_i, \qquad S = \sum_i g_i \sigma^z_i, \qquad X = a + a^\dagger"),
            ("C(t)", r"\langle X(t) X(0) \rangle = (\bar n + 1)\, e^{-z t} + \bar n\, e^{-z^* t}"),
        ),
        (found[pole] - thermal_occupation - 1, found[sp.conjugate(pole)] - thermal_occupation),
    )
    yield Step(
        r"Second order in $S$, with the mode relaxed (Born) and the spins moving freely within its memory (Markov):",
        r"\dot\rho = -i [H_S, \rho] - \int_0^\infty dt \left(C(t)\, [S, S(-t) \rho] - C(t)^* [S, \rho S(-t)]\right), "
        r"\qquad S(-t) = e^{-i H_S t} S e^{i H_S t}",
    )


def _amplitude() -> Iterator[Step]:
    spin, local = Spin(), Spin().x.scaled(drive)
    past = spin.z.scaled(sp.cos(2 * drive * t)) - spin.y.scaled(sp.sin(2 * drive * t))
    yield Step(
        "Seen back in time a driven spin turns about its $x$ axis.",
        r"\sigma^z(-t) = \cos(2 \Omega t)\, \sigma^z - \sin(2 \Omega t)\, \sigma^y",
        (
            past.map(lambda value: sp.diff(value, t)) + commutator(local, past).scaled(sp.I),
            past.subs(t, 0) - spin.z,
        ),
    )
    c_z, c_y = amplitude()
    solution = spin.z.scaled(c_z) + spin.y.scaled(c_y)
    point, frequency = sp.symbols("z Omega", positive=True)
    laplace = [sp.laplace_transform(f(2 * frequency * t), t, point, noconds=True) for f in (sp.cos, sp.sin)]
    values = {point: pole, frequency: drive}
    yield Step(
        r"What the mode remembers of it is the dressed amplitude $\hat\alpha = -i \int_0^\infty e^{-z t} "
        r"S(-t)\,dt$, the "
        "amplitude of a mode that follows the moving spins.",
        lines(
            (r"i [H_S, \hat\alpha]", r"-z \hat\alpha - i S"),
            (r"\hat\alpha", r"\sum_i g_i\, (c_z \sigma^z_i + c_y \sigma^y_i)"),
            ("c_z", r"-\frac{i z}{z^2 + 4 \Omega^2}, \qquad c_y = \frac{2 i \Omega}{z^2 + 4 \Omega^2}"),
        ),
        (
            commutator(local, solution).scaled(sp.I) + solution.scaled(pole) + spin.z.scaled(sp.I),
            dressed_amplitude(local, spin.z, pole) - solution,
            -sp.I * laplace[0].subs(values) - c_z,
            sp.I * laplace[1].subs(values) - c_y,
        ),
    )
    parts = real_amplitude()
    yield Step(
        "In real functions, as the package evaluates them:",
        lines(
            (
                "c_z",
                (
                    r"\frac{\omega\, (4 \Omega^2 - |z|^2) - i \frac{\Gamma}{2} (4 \Omega^2 + |z|^2)}"
                    r"{|z^2 + 4 \Omega^2|^2}"
                ),
            ),
            (
                "c_y",
                r"\frac{2 \Omega\, (\Gamma \omega + i (\Gamma^2/4 - \omega^2 + 4 \Omega^2))}{|z^2 + 4 \Omega^2|^2}",
            ),
        ),
        (parts[0] + sp.I * parts[1] - c_z, parts[2] + sp.I * parts[3] - c_y),
    )


def _redfield() -> Iterator[Step]:
    memory = eliminated.response.scaled(sp.I)  # the integral of C(t) S(-t)
    residues = []
    for observable in observables():
        change = commutator(observable, coupling)
        second_order = memory.dagger() * change - change * memory
        residues.append(
            redfield_adjoint(observable, hamiltonian, [eliminated]) - adjoint(observable, hamiltonian) - second_order
        )
    yield Step(
        r"So the integrals are $\int_0^\infty C(t)\, S(-t)\,dt = i A$, and the Redfield equation follows. (Shown "
        r"on every "
        "observable of two spins; all terms couple pairs at most.)",
        lines(
            (r"\dot\rho", r"-i [H_S, \rho] - i [S, A \rho + \rho A^\dagger]"),
            ("A", r"(\bar n + 1)\, \hat\alpha - \bar n\, \hat\alpha^\dagger"),
        ),
        tuple(residues),
    )


def _light() -> Iterator[Step]:
    empty = relaxed_state(mode.number.scaled(omega), [(loss, mode.a), (gain, mode.ad)])
    before = {rate: weight for weight, rate in empty.correlation(mode.a, mode.quadrature)}
    after = {rate: weight for weight, rate in empty.correlation(mode.ad, mode.quadrature)}
    yield Step(
        "The light is read from the spins. To first order in $S$ it is what each side of the state has sent to it:",
        lines(
            (r"\langle a(t) X(0) \rangle", (r"(\bar n + 1)\, e^{-z t}, \qquad "
             r"\langle X(0) a(t) \rangle = \bar n\, e^{-z t}")),
            (r"\mathrm{Tr}_a [a \rho]", (r"-i \int_0^\infty dt \left(\langle a(t) X(0) \rangle\, S(-t) \rho "
             r"- \langle X(0) a(t) \rangle\, \rho S(-t)\right) "
             r"= (\bar n + 1)\, \hat\alpha \rho - \bar n\, \rho \hat\alpha")),
        ),
        (before[pole] - thermal_occupation - 1, sp.conjugate(after[sp.conjugate(pole)]) - thermal_occupation),
    )  # fmt: skip
    yield from _second_moments()


def _second_moments() -> Iterator[Step]:
    whole = hamiltonian + mode.number.scaled(omega) + coupling * mode.quadrature
    jumps, square = [(loss, mode.a), (gain, mode.ad)], mode.a * mode.a
    sent = coupling * mode.a
    yield Step(
        "Second moments follow the force through their balance,",
        lines(
            (r"\frac{d}{dt} \langle a^2 \rangle", r"-2 z \langle a^2 \rangle - 2 i \langle S a \rangle"),
            (
                r"\frac{d}{dt} \langle a^\dagger a \rangle",
                r"\Gamma (\bar n - \langle a^\dagger a \rangle) + i \langle S a - a^\dagger S \rangle",
            ),
        ),
        (
            adjoint(square, whole, jumps) + square.scaled(2 * pole) + sent.scaled(2 * sp.I),
            adjoint(mode.number, whole, jumps) + mode.number.scaled(net_loss) - net_loss * thermal_occupation
            - (sent - sent.dagger()).scaled(sp.I),
        ),
    )  # fmt: skip
    source = (coupling * dressed).scaled(thermal_occupation + 1) - (dressed * coupling).scaled(thermal_occupation)
    turned = total(spin.x.scaled(g_i**2) for spin, g_i in zip(spins, g, strict=True))
    pair = dressed * dressed - turned.scaled(noise_factor * across / pole)
    photons = (dressed.dagger() * dressed).scaled(thermal_occupation + 1) - (dressed * dressed.dagger()).scaled(
        thermal_occupation
    )
    yield Step(
        r"where $\langle S a \rangle = \langle Y \rangle$. Operators $P$ and $\bar n + Q$ of spins that turn under "
        r"$H_S$ keep these balances if $i [H_S, P] = -2 z P - 2 i Y$ and $i [H_S, Q] = -\Gamma Q + i (Y - Y^\dagger)$; "
        r"they are the pair amplitude and the photon number.",
        lines(
            ("Y", r"(\bar n + 1)\, S \hat\alpha - \bar n\, \hat\alpha S"),
            ("P", r"\hat\alpha^2 - (2 \bar n + 1) \frac{c_y}{z} \sum_i g_i^2 \sigma^x_i"),
            ("Q", r"(\bar n + 1)\, \hat\alpha^\dagger \hat\alpha - \bar n\, \hat\alpha \hat\alpha^\dagger"),
        ),
        (
            inserted((commutator(hamiltonian, pair) + source.scaled(2)).scaled(sp.I) + pair.scaled(2 * pole)),
            inserted(
                (commutator(hamiltonian, photons) - source + source.dagger()).scaled(sp.I) + photons.scaled(net_loss)
            ),
        ),
    )


def _lindblad() -> Iterator[Step]:
    yield Step(
        r"The equation of $\hat\alpha$ gives $S$ in two ways,",
        r"S = i z \hat\alpha - [H_S, \hat\alpha] = -i z^* \hat\alpha^\dagger + [H_S, \hat\alpha^\dagger]",
        (
            inserted(dressed.scaled(sp.I * pole) - commutator(hamiltonian, dressed)) - coupling,
            inserted(dressed.dagger().scaled(-sp.I * sp.conjugate(pole)) + commutator(hamiltonian, dressed.dagger()))
            - coupling,
        ),
    )
    modes = [eliminated]
    yield Step(
        r"and put into the jump terms $i A \rho S - i S \rho A^\dagger$ they make, because $\Gamma (\bar n + 1) = "
        r"\mathtt{loss}$ and $\Gamma \bar n = \mathtt{gain}$, two Lindblad jumps and one commutator. This is an "
        r"identity, "
        r"with $\mathcal{L}_0 = -i [H_S, \cdot]$.",
        lines(
            (
                r"\mathcal{L}_\mathrm{Redfield}",
                r"\mathcal{L}_\mathrm{Lindblad} + [\mathcal{Q}, \mathcal{L}_0]",
            ),
            (
                r"\mathcal{L}_\mathrm{Lindblad}\, \rho",
                (
                    r"-i \left[H_S + \tfrac{1}{2} (S A + A^\dagger S), \rho\right] + "
                    r"\mathtt{loss}\, D[\hat\alpha] \rho + \mathtt{gain}\, D[\hat\alpha^\dagger] \rho"
                ),
            ),
            (r"\mathcal{Q}", r"(\bar n + 1)\, D[\hat\alpha] + \bar n\, D[\hat\alpha^\dagger]"),
        ),
        (
            net_loss * (thermal_occupation + 1) - loss,
            net_loss * thermal_occupation - gain,
            *(
                inserted(
                    redfield_adjoint(observable, hamiltonian, modes)
                    - lindblad_adjoint(observable, hamiltonian, modes)
                    - dropped_derivative(observable, hamiltonian, modes)
                )
                for observable in observables()
            ),
        ),
    )
    yield Step(
        r"In the frame that moves with $H_S$ the commutator is the total time derivative of $-\mathcal{Q}$. It "
        r"averages "
        r"out: the state $(1 - \mathcal{Q}) \rho$ obeys the Lindblad equation up to fourth order in $g$. Dropped, it "
        r"leaves a completely positive equation whose states differ from Redfield's by $O(g^2)$.",
    )


def _limits() -> Iterator[Step]:
    lowest = coupling.scaled(-sp.I / pole)
    denominator = (pole**2 + 4 * drive**2) * (sp.conjugate(pole) ** 2 + 4 * drive**2)
    pull = total(spin.x.scaled(g_i**2) for spin, g_i in zip(spins, g, strict=True))
    yield Step(
        r"Without a drive $\hat\alpha = -i S / z$, and the energy is the Ising energy that the mode mediates.",
        r"\tfrac{1}{2} (S A + A^\dagger S) \to -\frac{\omega}{|z|^2}\, S^2 = -\frac{1}{2} \sum_{ij} J_{ij} \sigma^z_i "
        r"\sigma^z_j, \qquad J_{ij} = \frac{2 \omega g_i g_j}{|z|^2}",
        (inserted(eliminated.energy).subs(drive, 0) + (coupling * coupling).scaled(omega / pole_squared),),
    )
    yield Step(
        r"With a drive that form of $\hat\alpha$ must not be kept: it is normal, so its jumps leave the "
        r"maximally mixed "
        r"state as it is. The dressed amplitude is not normal, and pulls every spin against the drive, which cools it:",
        r"\mathcal{L}_\mathrm{Lindblad}\, 1 = \Gamma\, [\hat\alpha, \hat\alpha^\dagger] = -\frac{8\, \Gamma\, \Omega "
        r"\omega}{|z^2 + 4 \Omega^2|^2} \sum_i g_i^2 \sigma^x_i",
        (
            commutator(lowest, lowest.dagger()),
            inserted(commutator(dressed, dressed.dagger())) + pull.scaled(8 * drive * omega / denominator),
        ),
    )


def formulas() -> tuple[Formula, ...]:
    """The closed forms that the package evaluates."""
    return (
        Formula(
            name="dressed_amplitude",
            expressions=real_amplitude(),
            summary=r"Real, imaginary parts of $c_z, c_y$ in $\hat\alpha = \sum_i g_i (c_z \sigma^z_i + c_y "
            r"\sigma^y_i)$.",
        ),
    )


STORY = Story(
    name="atom_only",
    title="Spins alone: Redfield equation and Lindblad form",
    introduction=(
        "The modes are eliminated to second order in the couplings, with the motion of the spins under the drive kept "
        "to all orders. One mode is treated; modes add."
    ),
    steps=steps,
    module="atom_only",
    formulas=formulas,
)
