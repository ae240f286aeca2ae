r"""Moment equations of the multimode Dicke model with classes of like spins and channels of single atoms.

$$H = \sum_\mu \omega_\mu a_\mu^\dagger a_\mu + \sum_c \sum_{i \in c} \Big( \sum_\mu g_{c\mu} \sigma^z_i
(a_\mu + a_\mu^\dagger) + \Omega\, \sigma^x_i \Big),$$

$L = \sqrt{\gamma_\mu}\, a_\mu$ and $\sqrt{\kappa_\mu}\, a_\mu^\dagger$, and for each spin $\sqrt{\gamma_\downarrow}\,
\tau^-$, $\sqrt{\gamma_\uparrow}\, \tau^+$, $\sqrt{\gamma_\phi}\, \tau^z$, where $\tau^z$ is $\sigma^x$ or $\sigma^z$.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import combinations_with_replacement, product
from operator import mul
from typing import Any

import sympy as sp

from cavity_hopfield.elimination.symbolic.algebra import IDENTITY, Mode, Monomial, Operator, Spin, total
from cavity_hopfield.elimination.symbolic.cumulants import SymmetricJump, moment_equations
from cavity_hopfield.elimination.symbolic.moments import MomentEquations
from cavity_hopfield.elimination.symbolic.systems import SpinClass, SymmetricOperator, for_each, sum_over


@dataclass(frozen=True, eq=False)
class DickeSites:
    """Classes of spins `c0`, `c1`, ... and modes `0`, `1`, ... with the parameters of their master equation.

    The parameters are named `omega_0`, `loss_0`, `gain_0`, ... for the modes, `N_0`, ... for classes of any number of
    spins, `g_0_1` for the coupling of class 0 to mode 1, `drive`, and `decay`, `pumping`, `dephasing` for the channels.
    """

    classes: tuple[SpinClass, ...]
    modes: tuple[Mode, ...]

    @classmethod
    def of(cls, members: Sequence[int | None], n_modes: int) -> "DickeSites":
        """A class for each number of `members`, None for any number."""
        counts = [sp.Symbol(f"N_{c}", positive=True, integer=True) if n is None else n for c, n in enumerate(members)]
        classes = tuple(SpinClass(f"c{c}", count) for c, count in enumerate(counts))
        return cls(classes, tuple(Mode(str(mu)) for mu in range(n_modes)))

    def equations(self, order: int, axis: str | None, only: Sequence[str] | None = None) -> MomentEquations:
        """The equations of all moments up to the `order`, with channels of single atoms along `axis` if there is one.

        `only` names the kinds of moments that may enter: words of the letters "a" (light) and "s" (spin).

        Raises
        ------
        ClosureError
            If the equations of these kinds refer to others.
        """
        kinds = ("a", "s") if only is None else only
        wanted = [moment.operator() for kind in kinds for moment in self.moments(kind)]
        return moment_equations(
            wanted, self._energy(), self._jumps(axis), order=order, only=None if only is None else wanted
        )

    def moments(self, kind: str) -> list[Monomial]:
        """All products of as many letters of light and of spins as the word `kind` has."""
        letters = [letter for mode in self.modes for letter in (mode.ad, mode.a)]
        light = [
            reduce(mul, chosen, IDENTITY.operator())
            for chosen in combinations_with_replacement(letters, kind.count("a"))
        ]
        spins = [
            reduce(mul, self._spins(chosen), IDENTITY.operator())
            for chosen in combinations_with_replacement(product(range(len(self.classes)), "xyz"), kind.count("s"))
            if self._exist([c for c, _ in chosen])
        ]
        return [_monomial(wave * spin) for wave in light for spin in spins]

    def written(self, monomial: Monomial) -> list[list[Any]]:
        """A moment as plain values: class, member and component of a spin; mode and powers of light."""
        groups = {group.name: c for c, group in enumerate(self.classes)}
        return [
            ["s", groups[site.group.name], site.index, factor]  # type: ignore[union-attr]
            if isinstance(factor, str) else ["a", self.modes.index(site), *factor]
            for site, factor in monomial
        ]  # fmt: skip

    def read(self, values: Sequence[Sequence[Any]]) -> Monomial:
        """The moment that `written` wrote."""
        return Monomial(
            (self.classes[number].member(first), second) if kind == "s" else (self.modes[number], (first, second))
            for kind, number, first, second in values
        )

    def _exist(self, chosen: Sequence[int]) -> bool:
        """Whether the classes have as many spins as are chosen from them."""
        counts = [self.classes[c].count for c in chosen]
        return all(count.is_Symbol or chosen.count(c) <= count for c, count in zip(chosen, counts, strict=True))

    def _spins(self, chosen: Sequence[tuple[int, str]]) -> list[Operator]:
        """Components of spins, those of one class of different members."""
        taken = [c for c, _ in chosen]
        return [getattr(self.classes[c].member(taken[:k].count(c) + 1), axis) for k, (c, axis) in enumerate(chosen)]

    def _energy(self) -> SymmetricOperator:
        drive = sp.Symbol("drive", real=True)
        free = total(mode.number * sp.Symbol(f"omega_{mu}", real=True) for mu, mode in enumerate(self.modes))
        energy = SymmetricOperator(free)
        for c, group in enumerate(self.classes):
            force = total(mode.quadrature * sp.Symbol(f"g_{c}_{mu}", real=True) for mu, mode in enumerate(self.modes))
            energy = energy + sum_over(group, lambda s, force=force: s.z * force + s.x * drive)
        return energy

    def _jumps(self, axis: str | None) -> list[SymmetricJump]:
        jumps: list[SymmetricJump] = []
        for mu, mode in enumerate(self.modes):
            loss, gain = (sp.Symbol(f"{name}_{mu}", nonnegative=True) for name in ("loss", "gain"))
            jumps += [(loss, mode.a), (gain, mode.ad)]
        if axis is None:
            return jumps
        decay, pumping, dephasing = sp.symbols("decay pumping dephasing", nonnegative=True)
        for group in self.classes:
            jumps += [
                (decay, for_each(group, lambda s: lowering(s, axis))),
                (pumping, for_each(group, lambda s: lowering(s, axis).dagger())),
                (dephasing, for_each(group, lambda s: getattr(s, axis))),
            ]
        return jumps


def lowering(spin: Spin, axis: str) -> Operator:
    r"""$\tau^-$: $\sigma^-$ along z, $\frac12 (\sigma^z + i \sigma^y)$ along x."""
    return spin.minus if axis == "z" else spin.z.scaled(sp.S.Half) + spin.y.scaled(sp.I / 2)


def _monomial(operator: Operator) -> Monomial:
    return next(iter(operator.terms))
