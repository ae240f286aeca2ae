r"""Closed sets of moments: which moments are the same, and what a moment is where cumulants of high order vanish.

The joint cumulant of operators $A_1, \dots, A_n$ is
$\langle A_1 \cdots A_n \rangle_c = \sum_\pi (-1)^{|\pi| - 1} (|\pi| - 1)! \prod_{B \in \pi} \langle \prod_{i \in B} A_i
\rangle$, a sum over the partitions $\pi$ of the factors into blocks $B$; within a block they keep their order, so that
blocks of a normally ordered product are normally ordered. Where it vanishes,

$$\langle A_1 \cdots A_n \rangle = \sum_{|\pi| \ge 2} (-1)^{|\pi|} (|\pi| - 1)! \prod_{B \in \pi}
\Big\langle \prod_{i \in B} A_i \Big\rangle .$$
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from math import factorial
from typing import TypeAlias

import sympy as sp

from cavity_hopfield.elimination.symbolic.algebra import Monomial, Operator
from cavity_hopfield.elimination.symbolic.systems import canonical
from cavity_hopfield.exceptions import ClosureError

Factors: TypeAlias = tuple[int, ...]
"""A product of moments: k stands for moment k of a list, ~k for its complex conjugate."""
Polynomial: TypeAlias = Mapping[Factors, sp.Expr]
"""A sum of products of moments with coefficients."""
Partition: TypeAlias = tuple[tuple[int, ...], ...]
NAMED = 8


@dataclass
class MomentTable:
    r"""Numbers for moments; those that identical members or conjugation relate share one.

    Attributes
    ----------
    monomials : list of Monomial
        The representative of each moment.
    real : list of bool
        Whether a moment equals its conjugate.
    """

    monomials: list[Monomial] = field(default_factory=list)
    real: list[bool] = field(default_factory=list)
    _numbers: dict[Monomial, int] = field(default_factory=dict)

    @classmethod
    def of(cls, monomials: Iterable[Monomial]) -> "MomentTable":
        """The table in which `monomials`, of which no two are one moment, have their places as numbers."""
        table = cls()
        for monomial in monomials:
            table.number(monomial)
        return table

    def number(self, monomial: Monomial) -> int:
        """K if the moment is moment k, ~k if it is its conjugate; a new moment gets a new number."""
        known = self._numbers.get(monomial)
        return self._enter(monomial) if known is None else known

    def conjugated(self, number: int) -> int:
        """The number of the conjugate moment."""
        return number if number >= 0 and self.real[number] else ~number

    def _enter(self, monomial: Monomial) -> int:
        first, second = canonical(monomial), canonical(monomial.dagger())
        if first not in self._numbers:
            number = len(self.monomials)
            self.monomials.append(min(first, second, key=_factors))
            self.real.append(first == second)
            self._numbers[min(first, second, key=_factors)] = number
            self._numbers[max(first, second, key=_factors)] = self.conjugated(number)
        self._numbers[monomial] = self._numbers[first]
        return self._numbers[monomial]


def _factors(monomial: Monomial) -> list[object]:
    """The key by which the moment with annihilators first represents itself and its conjugate."""
    return [factor for _, factor in monomial]


class Truncation:
    """What moments are in terms of those of at most `order` factors; with `order` None, they are themselves."""

    def __init__(self, table: MomentTable, order: int | None) -> None:
        self.table = table
        self.order = order
        self._known: dict[int, dict[Factors, int]] = {}

    def expansion(self, monomial: Monomial) -> dict[Factors, int]:
        """The moment of `monomial` as a polynomial in moments of at most `order` factors."""
        if not monomial:
            return {(): 1}
        if self.order is None or monomial.order <= self.order:
            return {(self.table.number(monomial),): 1}
        number = self.table.number(monomial)
        if number >= 0:
            return self._of(number)
        conjugate = self.table.conjugated
        return {tuple(sorted(map(conjugate, factors))): value for factors, value in self._of(~number).items()}

    def _of(self, number: int) -> dict[Factors, int]:
        if number not in self._known:
            letters = self.table.monomials[number].letters()
            collected: dict[Factors, int] = {}
            for partition in partitions(len(letters)):
                if len(partition) == 1:
                    continue
                products: dict[Factors, int] = {(): (-1) ** len(partition) * factorial(len(partition) - 1)}
                for block in partition:
                    products = _multiplied(products, self.expansion(_block([letters[i] for i in block])))
                for factors, value in products.items():
                    collected[factors] = collected.get(factors, 0) + value
            self._known[number] = {factors: value for factors, value in collected.items() if value}
        return self._known[number]


def _block(letters: list[Monomial]) -> Monomial:
    """The product of elementary operators in normal order."""
    return next(iter(letters[0].times(_block(letters[1:])))) if len(letters) > 1 else letters[0]


def _multiplied(left: Mapping[Factors, int], right: Mapping[Factors, int]) -> dict[Factors, int]:
    product: dict[Factors, int] = {}
    for mine, value in left.items():
        for yours, number in right.items():
            factors = tuple(sorted(mine + yours))
            product[factors] = product.get(factors, 0) + value * number
    return product


@cache
def partitions(size: int) -> tuple[Partition, ...]:
    """Every partition of the numbers below `size` into blocks, whose numbers ascend."""
    return tuple(_partitions(tuple(range(size))))


def _partitions(numbers: tuple[int, ...]) -> Iterator[Partition]:
    if not numbers:
        yield ()
        return
    *rest, last = numbers
    for smaller in _partitions(tuple(rest)):
        yield (*smaller, (last,))
        for place, block in enumerate(smaller):
            yield (*smaller[:place], (*block, last), *smaller[place + 1 :])


def closed_equations(
    observables: Iterable[Monomial],
    derivative: Callable[[Monomial], Operator],
    truncation: Truncation,
    only: Collection[Monomial] | None,
    limit: int,
) -> dict[int, Operator]:
    """The operator whose mean is the time derivative of a moment, for every moment that the `observables` depend on,
    by the number of the moment.

    Parameters
    ----------
    observables : iterable of Monomial
    derivative : callable
        The operator whose expectation value is the time derivative of that of a monomial.
    truncation : Truncation
        What becomes of moments of high order.
    only : collection of Monomial, optional
        The moments that may enter beside the observables; all by default.
    limit : int
        The largest number of moments without truncation.

    Raises
    ------
    ClosureError
        If moments enter that `only` does not hold, or the hierarchy is open at `limit` moments.
    """
    table = truncation.table
    wanted = dict.fromkeys(_index(table, monomial) for monomial in observables if monomial)
    allowed = None if only is None else {*wanted, *(_index(table, monomial) for monomial in only if monomial)}
    equations: dict[int, Operator] = {}
    missing: dict[int, None] = {}
    while wanted:
        number = next(iter(wanted))
        del wanted[number]
        equations[number] = derivative(table.monomials[number])
        for other in _needed(equations[number], truncation):
            if allowed is not None and other not in allowed:
                missing[other] = None
            elif other not in equations:
                wanted[other] = None
        if truncation.order is None and len(equations) >= limit and wanted:
            raise ClosureError(_still_open(table, list(wanted), limit))
    if missing:
        raise ClosureError(
            f"The equations of the given moments refer to moments that are not tracked: {named(table, list(missing))}. "
            "Add them to `only`, leave `only` out, or lower `order`."
        )
    return equations


def _index(table: MomentTable, monomial: Monomial) -> int:
    number = table.number(monomial)
    return max(number, ~number)


def _needed(operator: Operator, truncation: Truncation) -> dict[int, None]:
    """The moments that the expectation value of `operator` is made of, by their numbers."""
    expansions = map(truncation.expansion, operator.terms)
    return dict.fromkeys(max(k, ~k) for expansion in expansions for factors in expansion for k in factors)


def polynomial(operator: Operator, truncation: Truncation) -> Polynomial:
    """The expectation value of `operator` in moments that the `truncation` keeps."""
    sums: dict[Factors, list[sp.Expr]] = {}
    for monomial, value in operator.terms.items():
        for factors, number in truncation.expansion(monomial).items():
            sums.setdefault(factors, []).append(value * number)
    collected = {factors: sp.Add(*values) for factors, values in sums.items()}
    return {factors: value for factors, value in collected.items() if value != 0}


def _still_open(table: MomentTable, numbers: list[int], limit: int) -> str:
    return (
        f"The hierarchy of moments does not end within {limit} moments; it still asks for {named(table, numbers)}. "
        "Truncate it with `order`, or raise `limit` if it is known to end."
    )


def named(table: MomentTable, numbers: list[int]) -> str:
    """The moments, lowest orders first."""
    monomials = sorted((table.monomials[number] for number in numbers), key=lambda m: (m.order, repr(m)))
    names = ", ".join(f"<{monomial!r}>" for monomial in monomials[:NAMED])
    return names + (f" and {len(monomials) - NAMED} more" if len(monomials) > NAMED else "")
