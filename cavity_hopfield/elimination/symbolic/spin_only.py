r"""The open quantum Hopfield network as operator equations, for a few spins with any rates.

$H = \Omega \sum_i \sigma^x_i$ and the jumps $L_{i\pm} = \Gamma_{i\pm} \sigma^\pm_i$, where $\Gamma_{i\pm}$ is a
function of the $\sigma^z$ of the other spins: P. Rotondo et al., J. Phys. A 51, 115301 (2018), eqs. (2)-(12).
Nothing is assumed of $\Gamma$; every configuration of the others has a value of its own.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from itertools import product
from math import prod
from operator import mul

import sympy as sp

from cavity_hopfield.elimination.symbolic.algebra import IDENTITY, Operator, Scalar, Spin, total
from cavity_hopfield.elimination.symbolic.generators import Jump, adjoint

Amplitude = Callable[[int, int, tuple[int, ...]], Scalar]
"""Gamma of spin i (from 0), of the sign +1 (up) or -1 (down), at the configuration of the other spins."""


def function_of_z(spins: Sequence[Spin], value: Callable[[tuple[int, ...]], Scalar]) -> Operator:
    r"""$f(\sigma^z_1, \dots, \sigma^z_n) = \sum_s f(s) \prod_j (1 + s_j \sigma^z_j) / 2$, a function of the `spins`.

    Parameters
    ----------
    spins : sequence of Spin
        The spins on which the function depends.
    value : callable
        f(s) of one configuration, a tuple of +-1 in the order of `spins`.

    Examples
    --------
    >>> function_of_z([Spin("1"), Spin("2")], lambda signs: signs[0] * signs[1])
    sz_1 sz_2
    """
    configurations = list(product((1, -1), repeat=len(spins)))
    values = [sp.sympify(value(signs)) for signs in configurations]
    share = sp.Rational(1, len(configurations))
    parts = []
    for chosen in product((0, 1), repeat=len(spins)):  # the Walsh transform of the values
        parities = [prod(sign**used for sign, used in zip(signs, chosen, strict=True)) for signs in configurations]
        weight = sp.Add(*(parity * number for parity, number in zip(parities, values, strict=True))) * share
        factors = [spin.z for spin, used in zip(spins, chosen, strict=True) if used]
        parts.append(reduce(mul, factors, IDENTITY.operator()).scaled(weight))
    return total(parts)


def free_amplitude(spin: int, sign: int, others: tuple[int, ...]) -> sp.Symbol:
    r"""A positive symbol of its own for every spin, sign and configuration, $\Gamma_{1+}^{+-}$.

    Parameters
    ----------
    spin : int
        Which spin, from 0.
    sign : int
        +1 for the jump up, -1 for that down.
    others : tuple of int
        The configuration of the other spins.

    Examples
    --------
    >>> print(free_amplitude(0, 1, (1, -1)))
    \Gamma_{1+}^{+-}
    """
    arrows = "".join("+" if other > 0 else "-" for other in others)
    return sp.Symbol(rf"\Gamma_{{{spin + 1}{'+' if sign > 0 else '-'}}}^{{{arrows}}}", positive=True)


@dataclass(frozen=True)
class OpenNetwork:
    r"""$n$ spins under $H = \Omega \sum \sigma^x$ with jumps $\Gamma_{i\pm} \sigma^\pm_i$.

    Parameters
    ----------
    size : int
        The number of spins; operators of n spins have up to 4^n monomials.
    drive : scalar
        The transverse field, real.
    amplitude : callable
        $\Gamma_{i\pm}$ at a configuration of the other spins, real; `free_amplitude` assumes nothing.

    Examples
    --------
    >>> network = OpenNetwork(1, sp.Symbol("Omega", real=True), lambda spin, sign, others: 1)
    >>> network.derivative(network.spins[0].z)
    2*Omega sy_1 - 2 sz_1
    """

    size: int
    drive: Scalar
    amplitude: Amplitude = free_amplitude

    @cached_property
    def spins(self) -> tuple[Spin, ...]:
        """The spins, named 1 to n."""
        return tuple(Spin(str(index + 1)) for index in range(self.size))

    @property
    def hamiltonian(self) -> Operator:
        r"""$\Omega \sum_i \sigma^x_i$."""
        return total(spin.x.scaled(self.drive) for spin in self.spins)

    def gamma(self, index: int, sign: int) -> Operator:
        r"""$\Gamma_{i\pm}$, a function of the $\sigma^z$ of the other spins."""
        return self.of_others(index, lambda others: self.amplitude(index, sign, others))

    def of_others(self, index: int, value: Callable[[tuple[int, ...]], Scalar]) -> Operator:
        r"""The function `value` of the $\sigma^z$ of all spins but one."""
        return function_of_z([spin for place, spin in enumerate(self.spins) if place != index], value)

    @cached_property
    def jumps(self) -> tuple[Jump, ...]:
        r"""$L_{i\pm} = \Gamma_{i\pm} \sigma^\pm_i$ with rate 1: between configurations their amplitudes interfere."""
        return tuple(
            (sp.S.One, self.gamma(index, sign) * (spin.plus if sign > 0 else spin.minus))
            for index, spin in enumerate(self.spins)
            for sign in (1, -1)
        )

    def derivative(self, observable: Operator) -> Operator:
        r"""$\dot O = i [H, O] + \sum L^\dagger O L - \frac12 \{L^\dagger L, O\}$, eq. (5) of the paper."""
        return adjoint(observable, self.hamiltonian, self.jumps)

    def total_rate(self, index: int) -> Operator:
        r"""$\Gamma_{i+}^2 + \Gamma_{i-}^2$, for the rates of the paper the constant $\gamma$."""
        return self.gamma(index, 1) ** 2 + self.gamma(index, -1) ** 2

    def net_rate(self, index: int) -> Operator:
        r"""$\Gamma_{i+}^2 - \Gamma_{i-}^2$, for the rates of the paper $\gamma \tanh(\beta h_i)$."""
        return self.gamma(index, 1) ** 2 - self.gamma(index, -1) ** 2

    def monitoring(self, index: int) -> Operator:
        r"""$\sum_{l \ne i} \sum_\pm \frac{1 \mp \sigma^z_l}{4} (\Gamma_{l\pm}^{(i)} - \Gamma_{l\pm})^2$, the decay of
        the coherence of spin $i$ by which the jumps of the others tell its state.

        $\Gamma^{(i)}$ is $\Gamma$ with the spin $i$ flipped. These are the terms of eq. (10) that eq. (11) drops.
        """
        terms = []
        for other, spin in enumerate(self.spins):
            for sign in (1, -1):
                if other != index:
                    gamma = self.gamma(other, sign)
                    change = flipped(gamma, self.spins[index]) - gamma
                    terms.append(spin.projector(-sign) * (change * change).scaled(sp.S.Half))
        return total(terms)


def flipped(operator: Operator, spin: Spin) -> Operator:
    r"""$f(\dots, -\sigma^z_i, \dots)$, which is $\sigma^x_i f \sigma^x_i$.

    Parameters
    ----------
    operator : Operator
        $f$.
    spin : Spin
        The spin i.

    Examples
    --------
    >>> flipped(Spin("1").z * Spin("2").x, Spin("1"))
    -sz_1 sx_2
    """
    return spin.x * operator * spin.x
