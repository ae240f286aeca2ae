r"""Exact operators of spins and modes: linear combinations of monomials with sympy coefficients.

A monomial is a product of one factor per site, for operators of different sites commute. The factor of a spin is one
of the Pauli matrices $\sigma^x, \sigma^y, \sigma^z$, that of a mode is normally ordered, $a^{\dagger m} a^n$. Products
follow from two tables,

$$\sigma^a \sigma^b = \delta_{ab} + i \epsilon_{abc} \sigma^c, \qquad
a^{\dagger m} a^n\, a^{\dagger p} a^q
= \sum_k k! \binom{n}{k} \binom{p}{k}\, a^{\dagger\, m+p-k} a^{n+q-k} .$$
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, reduce
from itertools import product
from math import comb, factorial
from operator import mul
from types import MappingProxyType
from typing import Any, Literal, TypeAlias

import sympy as sp

from cavity_hopfield.elimination.symbolic import printing
from cavity_hopfield.exceptions import ArgumentError

Pauli: TypeAlias = Literal["x", "y", "z"]
Powers: TypeAlias = tuple[int, int]
Factor: TypeAlias = Pauli | Powers
Scalar: TypeAlias = Any
"""What `sympy.sympify` takes: a sympy expression or a number of Python."""
PAULI: frozenset[Pauli] = frozenset({"x", "y", "z"})
LocalTerms: TypeAlias = tuple[tuple[Factor | None, sp.Expr], ...]


def by_name(site: "Site") -> int:
    """The hash of a site: that of its name, which Python keeps."""
    return hash(site.name)


@dataclass(frozen=True)
class Spin:
    r"""A spin 1/2 by its `name`, which makes operators (see `Operator`): `Spin("1").z` is $\sigma^z_1$."""

    name: str = ""
    __hash__ = by_name

    @property
    def x(self) -> "Operator":
        r"""$\sigma^x = \sigma^+ + \sigma^-$."""
        return Monomial(((self, "x"),)).operator()

    @property
    def y(self) -> "Operator":
        r"""$\sigma^y = -i (\sigma^+ - \sigma^-)$."""
        return Monomial(((self, "y"),)).operator()

    @property
    def z(self) -> "Operator":
        r"""$\sigma^z$, +1 for the spin up."""
        return Monomial(((self, "z"),)).operator()

    @property
    def plus(self) -> "Operator":
        r"""$\sigma^+ = (\sigma^x + i \sigma^y) / 2$, which raises the spin."""
        return self.x.scaled(sp.S.Half) + self.y.scaled(sp.I / 2)

    @property
    def minus(self) -> "Operator":
        r"""$\sigma^- = (\sigma^x - i \sigma^y) / 2$, which lowers the spin."""
        return self.x.scaled(sp.S.Half) - self.y.scaled(sp.I / 2)

    def projector(self, sign: int) -> "Operator":
        r"""$(1 \pm \sigma^z) / 2$, the projector on the spin up (`sign` 1) or down (-1); else an error."""
        if sign not in {-1, 1}:
            raise ArgumentError(f"Argument `sign` must be -1 or +1, but is {sign!r}.")
        return Operator({IDENTITY: sp.S.Half, Monomial(((self, "z"),)): sp.Rational(sign, 2)})


@dataclass(frozen=True)
class Mode:
    r"""A boson mode by its `name`, which makes operators (see `Operator`): `Mode("mu").a` is $a_\mu$."""

    name: str = ""
    __hash__ = by_name

    @property
    def a(self) -> "Operator":
        """$a$, which annihilates a quantum."""
        return Monomial(((self, (0, 1)),)).operator()

    @property
    def ad(self) -> "Operator":
        r"""$a^\dagger$, which creates a quantum."""
        return Monomial(((self, (1, 0)),)).operator()

    @property
    def number(self) -> "Operator":
        r"""$a^\dagger a$."""
        return Monomial(((self, (1, 1)),)).operator()

    @property
    def quadrature(self) -> "Operator":
        r"""$X = a + a^\dagger$."""
        return self.a + self.ad


Site: TypeAlias = Spin | Mode


@cache
def _place(site: Site) -> tuple[bool, tuple[tuple[bool, int, str], ...]]:
    """The sort key of a site: modes before spins, numbers in the names by their value."""
    pieces = re.findall(r"\d+|\D+", site.name)
    return isinstance(site, Spin), tuple(
        (piece.isdigit(), int(piece) if piece.isdigit() else 0, piece) for piece in pieces
    )


class Monomial(tuple[tuple[Site, Factor], ...]):
    r"""A product of one factor per site, sorted by site; the empty one is the identity.

    The factor of a spin is "x", "y" or "z", that of a mode is $(m, n)$ for $a^{\dagger m} a^n$. Monomials are hashable:
    they are the keys of an `Operator` and may name its moments.
    """

    __slots__ = ()

    @property
    def sites(self) -> tuple[Site, ...]:
        """The sites on which the monomial is not the identity, modes first."""
        return tuple(site for site, _ in self)

    @property
    def order(self) -> int:
        """The number of elementary operators in the product, one per Pauli matrix and m + n per mode."""
        return sum(1 if isinstance(factor, str) else sum(factor) for _, factor in self)

    def letters(self) -> "tuple[Monomial, ...]":
        """The elementary operators whose product, in this order, is the monomial."""
        found: list[Monomial] = []
        for site, factor in self:
            if isinstance(factor, str):
                found.append(Monomial(((site, factor),)))
            else:
                creations, annihilations = factor
                found += [Monomial(((site, (1, 0)),))] * creations + [Monomial(((site, (0, 1)),))] * annihilations
        return tuple(found)

    def dagger(self) -> "Monomial":
        """The Hermitian conjugate, again a monomial."""
        return Monomial((site, factor if isinstance(factor, str) else factor[::-1]) for site, factor in self)

    def operator(self, coefficient: Scalar = 1) -> "Operator":
        """`coefficient` times this monomial."""
        return Operator({self: coefficient})

    def times(self, other: "Monomial") -> "dict[Monomial, sp.Expr]":
        """The product as coefficients of monomials."""
        if not self or not other:
            return {self or other: sp.S.One}
        mine, yours = dict(self), dict(other)
        terms: list[tuple[sp.Expr, dict[Site, Factor]]] = [(sp.S.One, {**mine, **yours})]
        for site in mine.keys() & yours.keys():
            local = _local_product(mine[site], yours[site])
            terms = [
                (number * weight, {s: f for s, f in {**factors, site: factor}.items() if f})
                for weight, factors in terms
                for factor, number in local
            ]
        return {Monomial(sorted(factors.items(), key=_site_place)): weight for weight, factors in terms}

    def latex(self) -> str:
        r"""LaTeX, such as `a_{\mu}^{\dagger} \sigma_{1}^{z}`."""
        return " ".join(printing.factor_latex(site.name, factor) for site, factor in self) or "1"

    def __repr__(self) -> str:
        """Plain text, such as `<ad_mu z_1>`."""
        return " ".join(printing.factor_text(site.name, factor) for site, factor in self) or "1"


def _site_place(item: tuple[Site, Factor]) -> Any:
    return _place(item[0])


@cache
def _local_product(left: Factor, right: Factor) -> LocalTerms:
    """The product of two factors of one site as (factor, coefficient) pairs; the factor None is the identity."""
    if isinstance(left, str) or isinstance(right, str):
        if left == right:
            return ((None, sp.S.One),)
        (third,) = PAULI - {left, right}
        sign = 1 if f"{left}{right}" in "xyzx" else -1
        return ((third, sign * sp.I),)
    (m, n), (p, q) = left, right
    return tuple(
        ((m + p - k, n + q - k) if m + p + n + q > 2 * k else None, sp.Integer(factorial(k) * comb(n, k) * comb(p, k)))
        for k in range(min(n, p) + 1)
    )


IDENTITY = Monomial()
"""The monomial without factors."""


@dataclass(frozen=True, eq=False, repr=False)
class Operator:
    r"""$\sum_m c_m\, m$, a linear combination of monomials with sympy coefficients; immutable.

    Coefficients are kept expanded and zeros dropped. `==` simplifies the difference of the coefficients, so operators
    cannot be hashed; their monomials can.

    Parameters
    ----------
    terms : mapping from Monomial to coefficient

    Examples
    --------
    >>> from cavity_hopfield.elimination.symbolic import Mode, Spin, commutator
    >>> mode, spin = Mode("mu"), Spin("1")
    >>> mode.a * mode.ad
    1 + ad_mu a_mu
    >>> commutator(spin.z, spin.plus) == 2 * spin.plus
    True
    """

    terms: Mapping[Monomial, sp.Expr]

    __hash__ = None  # type: ignore[assignment]
    __array_ufunc__ = None

    def __post_init__(self) -> None:
        """Expand the coefficients, drop those that vanish."""
        expanded = ((monomial, _expanded(sp.sympify(coefficient))) for monomial, coefficient in self.terms.items())
        kept = {monomial: coefficient for monomial, coefficient in expanded if coefficient != 0}
        object.__setattr__(self, "terms", MappingProxyType(kept))

    def coefficient(self, monomial: Monomial = IDENTITY) -> sp.Expr:
        """The coefficient of `monomial`, zero where it does not occur."""
        return self.terms.get(monomial, sp.S.Zero)

    @property
    def sites(self) -> tuple[Site, ...]:
        """The sites on which the operator acts, modes first."""
        return tuple(sorted({site for monomial in self.terms for site in monomial.sites}, key=_place))

    @property
    def order(self) -> int:
        """The largest number of elementary operators in a monomial."""
        return max((monomial.order for monomial in self.terms), default=0)

    def dagger(self) -> "Operator":
        """The Hermitian conjugate; declare symbols real where they are."""
        return Operator({monomial.dagger(): sp.conjugate(value) for monomial, value in self.terms.items()})

    def scaled(self, number: Scalar) -> "Operator":
        """`number` times the operator."""
        factor = sp.sympify(number)
        return Operator({monomial: factor * value for monomial, value in self.terms.items()})

    def map(self, change: Callable[[sp.Expr], Scalar]) -> "Operator":
        """The operator with `change` applied to every coefficient."""
        return Operator({monomial: change(value) for monomial, value in self.terms.items()})

    def subs(self, *replacements: Any) -> "Operator":
        """The operator with sympy's `subs` applied to every coefficient."""
        return self.map(lambda value: value.subs(*replacements))

    def simplified(self) -> "Operator":
        """The operator with every coefficient in simplest form, zeros dropped."""
        return Operator.of_expanded({monomial: sp.simplify(value) for monomial, value in self.terms.items()})

    def latex(self, symbol_names: Mapping[sp.Symbol, str] | None = None) -> str:
        r"""LaTeX with the lowest monomials first, such as `2 \Omega \sigma_{1}^{y} - \gamma \sigma_{1}^{z}`.

        Parameters
        ----------
        symbol_names : mapping, optional
            The LaTeX of symbols that are not to be written as sympy does.
        """
        terms = ((value, monomial.latex() if monomial else "") for monomial, value in self._ordered())
        return printing.sum_latex(terms, dict(symbol_names or {}))

    def __repr__(self) -> str:
        """Plain text with the lowest monomials first."""
        return printing.sum_text((value, repr(monomial) if monomial else "") for monomial, value in self._ordered())

    def __add__(self, other: "Operator | Scalar") -> "Operator":
        right = as_operator(other)
        if right is None:
            return NotImplemented
        total = dict(self.terms)
        for monomial, value in right.terms.items():
            total[monomial] = total.get(monomial, sp.S.Zero) + value
        return Operator(total)

    def __mul__(self, other: "Operator | Scalar") -> "Operator":
        right = as_operator(other)
        if right is None:
            return NotImplemented
        pairs = product(self.terms.items(), right.terms.items())
        return _collected((p.times(q), u * v) for (p, u), (q, v) in pairs)

    __radd__ = __add__
    __rmul__ = __mul__  # reached with scalars only

    def __neg__(self) -> "Operator":
        return self.scaled(-1)

    def __sub__(self, other: "Operator | Scalar") -> "Operator":
        right = as_operator(other)
        return NotImplemented if right is None else self + right.scaled(-1)

    def __rsub__(self, other: Scalar) -> "Operator":
        return self.scaled(-1).__add__(other)

    def __truediv__(self, other: Scalar) -> "Operator":
        return self.scaled(1 / sp.sympify(other))

    def __pow__(self, exponent: int) -> "Operator":
        if not isinstance(exponent, int) or exponent < 0:
            raise ArgumentError(f"Argument `exponent` must be a whole number of at least 0, but is {exponent!r}.")
        return reduce(mul, [self] * exponent, IDENTITY.operator())

    def __eq__(self, other: object) -> bool:
        right = as_operator(other)
        if right is None:
            return NotImplemented
        return all(sp.simplify(value) == 0 for value in (self - right).terms.values())

    def __bool__(self) -> bool:
        """Whether any coefficient is left; see `simplified`."""
        return bool(self.terms)

    def _ordered(self) -> list[tuple[Monomial, sp.Expr]]:
        return sorted(self.terms.items(), key=lambda item: (item[0].order, repr(item[0])))

    @classmethod
    def of_expanded(cls, terms: dict[Monomial, sp.Expr]) -> "Operator":
        """The operator with these coefficients as they are, neither expanded nor searched for zeros but plain ones."""
        made = cls({})
        kept = {monomial: value for monomial, value in terms.items() if value != 0}
        object.__setattr__(made, "terms", MappingProxyType(kept))
        return made


def as_operator(value: object) -> Operator | None:
    """`value` as an operator, a scalar as a multiple of the identity; None for anything else."""
    if isinstance(value, Operator):
        return value
    if isinstance(value, Monomial):
        return value.operator()
    try:
        scalar = sp.sympify(value, strict=True)
    except sp.SympifyError:
        return None
    return Operator({IDENTITY: scalar}) if isinstance(scalar, sp.Expr) else None


def commutator(left: Operator, right: Operator) -> Operator:
    """$[A, B] = A B - B A$; monomials without a common site are passed over."""
    pairs = [
        (p, q, u * v)
        for (p, u), (q, v) in product(left.terms.items(), right.terms.items())
        if not set(p.sites).isdisjoint(q.sites)
    ]
    forward = ((p.times(q), value) for p, q, value in pairs)
    backward = ((q.times(p), -value) for p, q, value in pairs)
    return _collected([*forward, *backward])


def anticommutator(left: Operator, right: Operator) -> Operator:
    r"""$\{A, B\} = A B + B A$."""
    return left * right + right * left


def total(operators: Iterable[Operator | Scalar]) -> Operator:
    """The sum of `operators`, expanded once; an `ArgumentError` if one is neither an operator nor a scalar."""
    parts: list[Operator] = []
    for value in operators:
        part = as_operator(value)
        if part is None:
            raise ArgumentError(f"Argument `operators` must hold operators or scalars, but holds {value!r}.")
        parts.append(part)
    return _collected(({monomial: sp.S.One}, value) for part in parts for monomial, value in part.terms.items())


def _expanded(value: sp.Expr) -> sp.Expr:
    return value if value.is_Atom else sp.expand(value)


def _collected(products: Iterable[tuple[Mapping[Monomial, sp.Expr], sp.Expr]]) -> Operator:
    """The sum of monomials with weights, each weight expanded once."""
    sums: dict[Monomial, list[sp.Expr]] = {}
    for monomials, weight in products:
        for monomial, number in monomials.items():
            sums.setdefault(monomial, []).append(number * weight)
    return Operator({monomial: sp.Add(*values) for monomial, values in sums.items()})
