"""The operator algebra that the derivations need: a boson mode under a two-sided generator, and Gaussian moments."""

import sympy as sp
from sympy.physics.quantum import Dagger
from sympy.physics.quantum.boson import BosonOp
from sympy.physics.quantum.operatorordering import normal_ordered_form

a = BosonOp("a")
ad = Dagger(a)

# Amplitudes and connected second moments of a Gaussian operator chi: Tr[a chi]/Tr chi, Tr[ad chi]/Tr chi, ...
# The two amplitudes are independent: chi is not Hermitian.
alpha, alpha_bar, number, pair, pair_bar = sp.symbols("alpha alphabar n s sbar")


def normal_ordered(expression: sp.Expr) -> sp.Expr:
    """`expression` with every creation operator to the left of every annihilation operator."""
    return sp.expand(normal_ordered_form(sp.expand(expression), recursive_limit=30, independent=True))


def two_sided_generator(observable: sp.Expr, left: sp.Expr, right: sp.Expr, loss: sp.Expr, gain: sp.Expr) -> sp.Expr:
    r"""The operator $A$ with $\frac{d}{dt} \mathrm{Tr}[O \chi] = \mathrm{Tr}[A \chi]$, normally ordered.

    For $\dot\chi = -i (H_l \chi - \chi H_r) + \mathtt{loss}\, D[a] \chi + \mathtt{gain}\, D[a^\dagger] \chi$.
    With `left == right` it is the ordinary adjoint generator.
    """
    hamiltonian_part = sp.I * (right * observable - observable * left)
    loss_part = loss * (ad * observable * a - (ad * a * observable + observable * ad * a) / 2)
    gain_part = gain * (a * observable * ad - (a * ad * observable + observable * a * ad) / 2)
    return normal_ordered(hamiltonian_part + loss_part + gain_part)


def gaussian_expectation(expression: sp.Expr) -> sp.Expr:
    r"""$\mathrm{Tr}[A \chi] / \mathrm{Tr} \chi$ of a normally ordered `expression` in a Gaussian $\chi$."""
    total = sp.S.Zero
    for term in sp.Add.make_args(sp.expand(expression)):
        coefficient, factors = term.args_cnc()
        powers = [factor.as_base_exp() for factor in factors]
        creations = sum(power for operator, power in powers if operator == ad)
        annihilations = sum(power for operator, power in powers if operator == a)
        total += sp.Mul(*coefficient) * _normal_moment(int(creations), int(annihilations))
    return sp.expand(total)


def _normal_moment(creations: int, annihilations: int) -> sp.Expr:
    """Normally ordered moment, from the generating function of a Gaussian."""
    y, y_bar = sp.symbols("y ybar")
    generating = sp.exp(y * alpha + y_bar * alpha_bar + y * y_bar * number + y**2 * pair / 2 + y_bar**2 * pair_bar / 2)
    moment = generating
    if creations:
        moment = sp.diff(moment, y_bar, creations)
    if annihilations:
        moment = sp.diff(moment, y, annihilations)
    return sp.expand(moment.subs({y: 0, y_bar: 0}))
