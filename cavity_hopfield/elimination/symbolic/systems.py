r"""Classes of identical spins or modes, and operators that treat all members of a class alike.

$$\sum_{i \ne j \ne \dots} O(i, j, \dots), \qquad i, j, \dots \text{ distinct members.}$$

Beside $p$ members that are singled out, such as those of an observable, a sum over the $N$ members of a class is a sum
over the $p$ and $N - p$ times the term of one further member, for no expectation value tells the others apart. So a
Hamiltonian of any number of members is one of a few representatives with factors $N - p$.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, reduce
from itertools import product
from typing import Any, TypeAlias

import sympy as sp

from cavity_hopfield.elimination.symbolic.algebra import (
    IDENTITY,
    Mode,
    Monomial,
    Operator,
    Scalar,
    Site,
    Spin,
    as_operator,
    by_name,
    total,
)
from cavity_hopfield.exceptions import ArgumentError

KEPT_MEMBERS = 4096


@dataclass(frozen=True)
class _IdenticalSites:
    """A name and a number of members, common to both kinds of classes."""

    name: str
    count: Scalar

    def __post_init__(self) -> None:
        count = sp.sympify(self.count)
        if count.is_number and not (count.is_Integer and count >= 1):
            raise ArgumentError(
                f"Argument `count` must be a symbol or a whole number of at least 1, but is {self.count!r}."
            )
        object.__setattr__(self, "count", count)

    def _require_member(self, index: int) -> None:
        if index < 1 or (self.count.is_Integer and index > self.count):
            raise ArgumentError(f"Argument `index` must be from 1 to {self.count}, but is {index}.")


@dataclass(frozen=True)
class SpinClass(_IdenticalSites):
    r"""$N$ spins that couple and start alike: every expectation value is the same for any choice of distinct members.

    Parameters
    ----------
    name : str
        Names the class in printed moments.
    count : sympy expression or int
        $N$, a positive symbol or a whole number.

    Examples
    --------
    >>> import sympy as sp
    >>> from cavity_hopfield.elimination.symbolic.systems import SpinClass
    >>> spins = SpinClass("s", sp.Symbol("N", positive=True))
    >>> spins.member(1).z * spins.member(2).x
    sz_s_1 sx_s_2
    """

    __hash__ = by_name

    def member(self, index: int = 1) -> "SpinMember":
        """A representative; members of different index are different spins."""
        self._require_member(index)
        return _spin(self, index)


@dataclass(frozen=True)
class ModeClass(_IdenticalSites):
    """Identical modes, a `count` of them under a `name`; as `SpinClass`."""

    __hash__ = by_name

    def member(self, index: int = 1) -> "ModeMember":
        """A representative; members of different index are different modes."""
        self._require_member(index)
        return _mode(self, index)


SiteClass: TypeAlias = SpinClass | ModeClass


@dataclass(frozen=True, kw_only=True)
class SpinMember(Spin):
    """One spin of a class, told from the others by its index."""

    group: SpinClass = field(repr=False)
    index: int = field(repr=False)
    __hash__ = by_name


@dataclass(frozen=True, kw_only=True)
class ModeMember(Mode):
    """One mode of a class, told from the others by its index."""

    group: ModeClass = field(repr=False)
    index: int = field(repr=False)
    __hash__ = by_name


@lru_cache(KEPT_MEMBERS)
def _spin(group: SpinClass, index: int) -> SpinMember:
    return SpinMember(_name(group, index), group=group, index=index)


@lru_cache(KEPT_MEMBERS)
def _mode(group: ModeClass, index: int) -> ModeMember:
    return ModeMember(_name(group, index), group=group, index=index)


def _name(group: SiteClass, index: int) -> str:
    return f"{group.name}_{index}" if group.name else str(index)


def _member(group: SiteClass, index: int) -> "Member":
    """A representative, be there as many members or not: sums over more of them than there are vanish."""
    return _spin(group, index) if isinstance(group, SpinClass) else _mode(group, index)


Member: TypeAlias = SpinMember | ModeMember
Reserved: TypeAlias = Mapping[SiteClass, int]
"""How many members of each class, 1 to p, are singled out."""


@dataclass(frozen=True, eq=False, repr=False)
class SymmetricOperator:
    r"""$\sum_m c_m \sum_{i \ne j \ne \dots} m(i, j, \dots)$: every monomial is summed over its distinct members.

    Made by `sum_over`. Adds to and multiplies operators without members, and other sums.

    Parameters
    ----------
    summand : Operator
        The monomials on representatives.
    """

    summand: Operator

    __array_ufunc__ = None

    def __post_init__(self) -> None:
        """Number the representatives from 1, so that equal sums have equal summands."""
        terms = [(as_operator(canonical(monomial)), value) for monomial, value in self.summand.terms.items()]
        object.__setattr__(self, "summand", total(term.scaled(value) for term, value in terms if term is not None))

    def beside(self, reserved: Reserved) -> Operator:
        """The operator as an expectation value sees it beside the `reserved` members of every class."""
        parts = []
        for monomial, value in self.summand.terms.items():
            for place, weight in placements(members(monomial), reserved):
                parts.append(renamed(monomial, place).operator(value * weight))
        return total(parts)

    def dagger(self) -> "SymmetricOperator":
        """The Hermitian conjugate."""
        return SymmetricOperator(self.summand.dagger())

    def scaled(self, number: Scalar) -> "SymmetricOperator":
        """`number` times the operator."""
        return SymmetricOperator(self.summand.scaled(number))

    def __add__(self, other: "SymmetricOperator | Operator | Scalar") -> "SymmetricOperator":
        return SymmetricOperator(self.summand + as_symmetric("other", other).summand)

    def __mul__(self, other: "SymmetricOperator | Operator | Scalar") -> "SymmetricOperator":
        return _product(self, as_symmetric("other", other))

    def __rmul__(self, other: "Operator | Scalar") -> "SymmetricOperator":
        return _product(as_symmetric("other", other), self)

    __radd__ = __add__

    def __neg__(self) -> "SymmetricOperator":
        return self.scaled(-1)

    def __sub__(self, other: "SymmetricOperator | Operator | Scalar") -> "SymmetricOperator":
        return self + as_symmetric("other", other).scaled(-1)

    def __rsub__(self, other: "Operator | Scalar") -> "SymmetricOperator":
        return self.scaled(-1) + other

    def __truediv__(self, other: Scalar) -> "SymmetricOperator":
        return self.scaled(1 / sp.sympify(other))

    def __pow__(self, exponent: int) -> "SymmetricOperator":
        if not isinstance(exponent, int) or exponent < 1:
            raise ArgumentError(f"Argument `exponent` must be a whole number of at least 1, but is {exponent!r}.")
        return reduce(_product, [self] * exponent)

    def __repr__(self) -> str:
        """Plain text of the summand."""
        return f"sum over members of ({self.summand})"


@dataclass(frozen=True, eq=False)
class EachMember:
    """A jump `operator` for every choice of distinct `members`; made by `for_each` (see `symmetric_adjoint`)."""

    operator: Operator
    members: tuple[Member, ...]

    def beside(self, reserved: Reserved) -> list[tuple[sp.Expr, Operator]]:
        """How many jumps of which form there are, beside the `reserved` members of every class."""
        return [
            (weight, total(renamed(m, place).operator(value) for m, value in self.operator.terms.items()))
            for place, weight in placements(self.members, reserved)
        ]


def sum_over(classes: SiteClass | Sequence[SiteClass], term: Callable[..., Operator]) -> SymmetricOperator:
    r"""$\sum_i O(i)$, or with several classes $\sum_{i, j, \dots} O(i, j, \dots)$ over distinct members.

    Parameters
    ----------
    classes : SpinClass, ModeClass, or sequence of them
        One class for each argument of `term`. A class named twice gives all ordered pairs of different members, so a
        term that is symmetric in them counts twice.
    term : callable
        The operator of one choice of members.

    Examples
    --------
    >>> import sympy as sp
    >>> from cavity_hopfield.elimination.symbolic import Mode
    >>> from cavity_hopfield.elimination.symbolic.systems import SpinClass, sum_over
    >>> mode, spins, g = Mode("a"), SpinClass("s", 5), sp.Symbol("g", real=True)
    >>> sum_over(spins, lambda spin: g * spin.z * mode.quadrature)
    sum over members of (g a_a sz_s_1 + g ad_a sz_s_1)
    """
    chosen = _representatives(classes)
    return SymmetricOperator(_summed(_without_other_members(term, chosen), chosen))


def for_each(classes: SiteClass | Sequence[SiteClass], operator: Callable[..., Operator]) -> EachMember:
    r"""Jump operators $L(i)$ of independent channels, one for each member, as in `(rate, for_each(spins, ...))`.

    In contrast `(rate, sum_over(spins, ...))` is one collective jump, such as that of superradiance.

    Parameters
    ----------
    classes : SpinClass, ModeClass, or sequence of them
        One class for each argument of `operator`; as in `sum_over`.
    operator : callable
        The jump operator of one choice of members.
    """
    chosen = _representatives(classes)
    return EachMember(_without_other_members(operator, chosen), chosen)


def members(monomial: Monomial) -> tuple[Member, ...]:
    """The sites that belong to classes."""
    return tuple(site for site in monomial.sites if isinstance(site, (SpinMember, ModeMember)))


def reserved_by(monomials: Iterable[Monomial]) -> dict[SiteClass, int]:
    """The largest index of a member of every class."""
    found: dict[SiteClass, int] = {}
    for monomial in monomials:
        for member in members(monomial):
            found[member.group] = max(found.get(member.group, 0), member.index)
    return found


def canonical(monomial: Monomial) -> Monomial:
    """The monomial with the members of every class numbered from 1 in the order of their factors."""
    factors = dict(monomial)
    groups: dict[SiteClass, list[Member]] = {}
    for member in members(monomial):
        groups.setdefault(member.group, []).append(member)
    place: dict[Member, Member] = {}
    for group, found in groups.items():
        ranked = sorted(found, key=lambda member: factors[member])
        place |= {member: _member(group, index) for index, member in enumerate(ranked, 1)}
    return renamed(monomial, place) if any(old != new for old, new in place.items()) else monomial


def renamed(monomial: Monomial, place: Mapping[Any, Site]) -> Monomial:
    """The monomial on other sites."""
    return joined(Monomial(((place.get(site, site), factor),)) for site, factor in monomial)


def joined(pieces: Iterable[Monomial]) -> Monomial:
    """The product of monomials of different sites, a monomial."""
    return reduce(lambda left, right: next(iter(left.times(right))), pieces, IDENTITY)


def placements(chosen: Sequence[Member], reserved: Reserved) -> Iterator[tuple[dict[Member, Member], sp.Expr]]:
    """Where the `chosen` members can lie, each on a reserved member or a further one, and how often."""
    options = [[*range(1, reserved.get(member.group, 0) + 1), None] for member in chosen]
    for spots in product(*options):
        taken = [(member.group, spot) for member, spot in zip(chosen, spots, strict=True) if spot is not None]
        if len(set(taken)) < len(taken):
            continue
        used = {member.group: reserved.get(member.group, 0) for member in chosen}
        further = [member for member, spot in zip(chosen, spots, strict=True) if spot is None]
        weight = _choices(used, further)
        if weight == 0:
            continue
        place: dict[Member, Member] = {}
        for member, spot in zip(chosen, spots, strict=True):
            if spot is None:
                used[member.group] += 1
            place[member] = _member(member.group, spot or used[member.group])
        yield place, weight


def as_symmetric(name: str, value: Any) -> SymmetricOperator:
    """`value` as a sum over members; an operator of members that are not summed over is an error."""
    if isinstance(value, SymmetricOperator):
        return value
    operator = as_operator(value)
    if operator is None:
        raise ArgumentError(f"Argument `{name}` must be an operator or a sum over members, but is {value!r}.")
    lone = sorted({str(member.name) for monomial in operator.terms for member in members(monomial)})
    if lone:
        raise ArgumentError(
            f"Argument `{name}` must treat all members of a class alike, but singles out {', '.join(lone)}. "
            "Sum over the members with `sum_over`."
        )
    return SymmetricOperator(operator)


def _product(left: SymmetricOperator, right: SymmetricOperator) -> SymmetricOperator:
    """Every overlap of the members of two sums; members that are not shared are summed over as before."""
    parts = []
    for monomial, value in left.summand.terms.items():
        mine = members(monomial)
        for other, number in right.summand.terms.items():
            for place, _ in placements(members(other), _counts(mine)):
                overlap = Operator(monomial.times(renamed(other, place)))
                parts.append(_summed(overlap, {*mine, *place.values()}).scaled(value * number))
    return SymmetricOperator(total(parts))


def _summed(operator: Operator, chosen: Collection[Member]) -> Operator:
    """The summand of the sum of `operator` over the `chosen` members, some of which a monomial may not hold."""
    parts = []
    for monomial, value in operator.terms.items():
        held = members(monomial)
        absent = [member for member in chosen if member not in held]
        parts.append(monomial.operator(value * _choices(_counts(held), absent)))
    return total(parts)


def _choices(used: Mapping[SiteClass, int], further: Sequence[Member]) -> sp.Expr:
    r"""$(N - p)(N - p - 1) \dots$: in how many ways the `further` members can be chosen among those not used."""
    spent = dict(used)
    weight = sp.S.One
    for group in (member.group for member in further):
        weight *= group.count - spent.get(group, 0)
        spent[group] = spent.get(group, 0) + 1
    return sp.expand(weight)


def _counts(found: Iterable[Member]) -> dict[SiteClass, int]:
    counts: dict[SiteClass, int] = {}
    for member in found:
        counts[member.group] = counts.get(member.group, 0) + 1
    return counts


def _representatives(classes: SiteClass | Sequence[SiteClass]) -> tuple[Member, ...]:
    listed = [classes] if isinstance(classes, _IdenticalSites) else list(classes)
    return tuple(_member(group, listed[:place].count(group) + 1) for place, group in enumerate(listed))


def _without_other_members(term: Callable[..., Operator], chosen: tuple[Member, ...]) -> Operator:
    value = term(*chosen)
    operator = as_operator(value)
    if operator is None:
        raise ArgumentError(f"Argument `term` must give an operator, but gives {value!r}.")
    others = sorted(
        {site.name for site in operator.sites if isinstance(site, (SpinMember, ModeMember))}
        - {member.name for member in chosen}
    )
    if others:
        raise ArgumentError(
            f"Argument `term` must hold no members but its arguments, but holds {', '.join(others)}. Name their class "
            "in `classes`."
        )
    return operator
