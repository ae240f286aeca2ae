r"""Equations of motion of moments, from the Hamiltonian and the jump operators alone.

$$\frac{d}{dt} \langle O \rangle = \Big\langle i [H, O] + \sum_k r_k \left( L_k^\dagger O L_k
- \tfrac12 \{L_k^\dagger L_k, O\} \right) \Big\rangle ,$$

closed by setting joint cumulants of high order to zero. The order of a moment is its number of elementary operators:
$\langle a^\dagger a \rangle$ and $\langle \sigma^z_1 \sigma^z_2 \rangle$ have order 2. Order 1 is mean field.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TypeAlias

import sympy as sp

from cavity_hopfield._checks import whole_number
from cavity_hopfield.elimination.symbolic.algebra import (
    Monomial,
    Operator,
    Scalar,
    Site,
    Spin,
    as_operator,
    commutator,
    total,
)
from cavity_hopfield.elimination.symbolic.closure import MomentTable, Truncation, closed_equations
from cavity_hopfield.elimination.symbolic.generators import Jump, adjoint_dissipator
from cavity_hopfield.elimination.symbolic.moments import MomentEquations
from cavity_hopfield.elimination.symbolic.systems import (
    EachMember,
    SiteClass,
    SymmetricOperator,
    as_symmetric,
    canonical,
    members,
    reserved_by,
)
from cavity_hopfield.exceptions import ArgumentError

SymmetricJump: TypeAlias = tuple[Scalar, Operator | SymmetricOperator | EachMember]
"""A rate and a jump operator: of its own, summed over members, or one for each member."""
LARGEST_UNTRUNCATED = 500


def moment_equations(
    observables: Iterable[Operator | SymmetricOperator],
    hamiltonian: Operator | SymmetricOperator,
    jumps: Iterable[SymmetricJump] = (),
    *,
    order: int | None,
    only: Iterable[Operator | SymmetricOperator] | None = None,
    limit: int = LARGEST_UNTRUNCATED,
) -> MomentEquations:
    r"""The equations of every moment that the `observables` depend on.

    A moment of at most `order` elementary operators gets an equation of its own; one of higher order is replaced by
    its expansion in products of lower ones, which sets its joint cumulant to zero. Moments that conjugation or an
    exchange of identical members relates are one moment.

    Parameters
    ----------
    observables : iterable of Operator or SymmetricOperator
        The moments wanted: those of every monomial that occurs.
    hamiltonian : Operator or SymmetricOperator
        Hermitian: declare its symbols real. Sums over the members of classes are made by `sum_over`.
    jumps : iterable of (rate, jump operator)
        A jump operator may be summed over members (`sum_over`, a collective jump) or stand for one jump of each member
        (`for_each`).
    order : int or None
        The largest order of a moment that is kept; None keeps them all.
    only : iterable of Operator or SymmetricOperator, optional
        The moments that may enter beside the observables.
    limit : int
        Without truncation, the number of moments at which a hierarchy is taken to have no end.

    Returns
    -------
    MomentEquations

    Raises
    ------
    ClosureError
        If the equations refer to moments that `only` leaves out, or the hierarchy has no end; it names them.
    ArgumentError
        If the Hamiltonian is not Hermitian, singles out a member of a class, or an observable exceeds the `order`.

    Notes
    -----
    Order 2 and higher are exact for operators that move independently and for modes in Gaussian states. Elsewhere the
    error falls with the order at early times; a truncation may leave the physical region later on.

    Examples
    --------
    >>> import sympy as sp
    >>> from cavity_hopfield.elimination.symbolic import Mode
    >>> from cavity_hopfield.elimination.symbolic.cumulants import moment_equations
    >>> omega, loss, gain = sp.symbols("omega loss gain", positive=True)
    >>> mode = Mode()
    >>> equations = moment_equations([mode.number], omega * mode.number, [(loss, mode.a), (gain, mode.ad)], order=2)
    >>> dict(zip(equations.moments, equations.right_hand_sides, strict=True))
    {ad a: <ad a>*(gain - loss) + gain}
    """
    if order is not None:
        whole_number("order", order, minimum=1)
    whole_number("limit", limit, minimum=1)
    master = _MasterEquation.of(hamiltonian, jumps)
    wanted = _monomials("observables", observables)
    for monomial in wanted:
        if order is not None and monomial.order > order:
            raise ArgumentError(
                f"Argument `observables` must hold moments of at most the order {order}, but <{monomial!r}> has the "
                f"order {monomial.order}. Raise `order`, or ask the equations for its expansion with `expectation`."
            )
    allowed = None if only is None else _monomials("only", only)
    truncation = Truncation(MomentTable(), order)
    equations = closed_equations(wanted, master.derivative, truncation, allowed, limit)
    tracked = [truncation.table.monomials[number] for number in equations]
    _require_names_of_their_own([*tracked, *(m for operator in master.operators() for m in operator.terms)])
    return MomentEquations.sorted(truncation, equations, master.parameters(wanted))


def symmetric_adjoint(
    observable: Operator, hamiltonian: Operator | SymmetricOperator, jumps: Iterable[SymmetricJump] = ()
) -> Operator:
    r"""$i [H, O] + \sum_k r_k D^\dagger[L_k] O$ as every state sees it that treats the members of a class alike.

    The sums over members are replaced by representatives, so that the number of terms does not depend on $N$.

    Parameters
    ----------
    observable : Operator
        Its members are representatives.
    hamiltonian, jumps
        As in `moment_equations`.

    Examples
    --------
    >>> import sympy as sp
    >>> from cavity_hopfield.elimination.symbolic import Mode
    >>> from cavity_hopfield.elimination.symbolic.cumulants import symmetric_adjoint
    >>> from cavity_hopfield.elimination.symbolic.systems import SpinClass, sum_over
    >>> n, g = sp.symbols("N g", positive=True)
    >>> mode = Mode()
    >>> symmetric_adjoint(mode.a, sum_over(SpinClass("s", n), lambda spin: g * spin.z * mode.quadrature))
    -I*N*g sz_s_1

    Spins that decay one by one, each at the rate g:

    >>> from cavity_hopfield.elimination.symbolic import for_each
    >>> spins = SpinClass("s", n)
    >>> symmetric_adjoint(spins.member().z, 0 * mode.number, [(g, for_each(spins, lambda spin: spin.minus))])
    -g - g sz_s_1
    """
    master = _MasterEquation.of(hamiltonian, jumps)
    return total(
        master.derivative(canonical(monomial)).scaled(value) for monomial, value in observable.terms.items() if monomial
    )


@dataclass(frozen=True, eq=False)
class _MasterEquation:
    """A master equation that treats the members of every class alike."""

    hamiltonian: SymmetricOperator
    jumps: tuple[tuple[sp.Expr, SymmetricOperator | EachMember], ...]
    seen: dict[frozenset[tuple[SiteClass, int]], "_Surroundings"] = field(default_factory=dict)

    @classmethod
    def of(cls, hamiltonian: Operator | SymmetricOperator, jumps: Iterable[SymmetricJump]) -> "_MasterEquation":
        energy = as_symmetric("hamiltonian", hamiltonian)
        rest = (energy - energy.dagger()).summand.simplified()
        if rest:
            raise ArgumentError(
                f"Argument `hamiltonian` must be Hermitian, but differs from its conjugate by {rest}. Declare its "
                "symbols real, such as `sympy.Symbol('omega', real=True)`."
            )
        channels = [
            (sp.sympify(rate), jump if isinstance(jump, EachMember) else as_symmetric("jumps", jump))
            for rate, jump in jumps
        ]
        return cls(energy, tuple(channels))

    def derivative(self, monomial: Monomial) -> Operator:
        """The operator whose expectation value is the time derivative of that of `monomial`."""
        reserved = reserved_by([monomial])
        key = frozenset(reserved.items())
        if key not in self.seen:
            self.seen[key] = _Surroundings.of(self, reserved)
        return self.seen[key].derivative(monomial)

    def operators(self) -> list[Operator]:
        """Every operator that the master equation is made of."""
        jumps = [jump.operator if isinstance(jump, EachMember) else jump.summand for _, jump in self.jumps]
        return [self.hamiltonian.summand, *jumps]

    def parameters(self, observables: Iterable[Monomial]) -> tuple[sp.Symbol, ...]:
        """The symbols of the master equation and of the classes of the `observables`, in alphabetical order."""
        operators = self.operators()
        monomials = {*observables, *(monomial for operator in operators for monomial in operator.terms)}
        chosen = [member for monomial in monomials for member in members(monomial)]
        chosen += [member for _, jump in self.jumps if isinstance(jump, EachMember) for member in jump.members]
        expressions = [
            *(rate for rate, _ in self.jumps),
            *(value for operator in operators for value in operator.terms.values()),
            *(member.group.count for member in chosen),
        ]
        symbols = sorted(set().union(*(expression.free_symbols for expression in expressions)), key=str)
        for first, second in pairwise(symbols):
            if first.name == second.name:
                raise ArgumentError(
                    f"Two symbols are named {first.name!r}, with different assumptions. Use one symbol for both."
                )
        return tuple(symbols)


@dataclass(frozen=True, eq=False)
class _Surroundings:
    """A master equation beside reserved members: the Hamiltonian and jumps of their own, both by the sites on which
    they act, and collective jumps.
    """

    reserved: dict[SiteClass, int]
    hamiltonian: dict[Site, dict[Monomial, sp.Expr]]
    single: dict[Site, dict[int, Jump]]
    collective: list[tuple[sp.Expr, SymmetricOperator]]

    @classmethod
    def of(cls, master: _MasterEquation, reserved: dict[SiteClass, int]) -> "_Surroundings":
        single: list[Jump] = []
        collective = []
        for rate, jump in master.jumps:
            if isinstance(jump, EachMember):
                single += [(rate * number, operator) for number, operator in jump.beside(reserved)]
            elif any(members(monomial) for monomial in jump.summand.terms):
                collective.append((rate, jump))
            else:
                single.append((rate, jump.summand))
        energy: dict[Site, dict[Monomial, sp.Expr]] = {}
        for monomial, value in master.hamiltonian.beside(reserved).terms.items():
            for site in monomial.sites:
                energy.setdefault(site, {})[monomial] = value
        placed: dict[Site, dict[int, Jump]] = {}
        for number, (rate, operator) in enumerate(single):
            for site in operator.sites:
                placed.setdefault(site, {})[number] = (rate, operator)
        return cls(reserved, energy, placed, collective)

    def derivative(self, monomial: Monomial) -> Operator:
        observable = monomial.operator()
        energy: dict[Monomial, sp.Expr] = {}
        single: dict[int, Jump] = {}
        for site in monomial.sites:
            energy |= self.hamiltonian.get(site, {})
            single |= self.single.get(site, {})
        parts = [commutator(Operator.of_expanded(energy), observable).scaled(sp.I)]
        parts += [adjoint_dissipator(observable, jump) for jump in single.values()]
        parts += [self._collective(observable, rate, jump) for rate, jump in self.collective]
        return total(parts)

    def _collective(self, observable: Operator, rate: sp.Expr, jump: SymmetricOperator) -> Operator:
        r"""$\frac{r}{2} (L^\dagger [O, L] + [L^\dagger, O] L)$, the outer sum beside the members of the inner one."""
        conjugate = jump.dagger()
        right = commutator(observable, jump.beside(self.reserved))
        left = commutator(conjugate.beside(self.reserved), observable)
        held = self.reserved | {
            group: max(count, self.reserved.get(group, 0))
            for group, count in reserved_by([*right.terms, *left.terms]).items()
        }
        return (conjugate.beside(held) * right + left * jump.beside(held)).scaled(rate / 2)


def _monomials(name: str, operators: Iterable[Operator | SymmetricOperator]) -> list[Monomial]:
    found: dict[Monomial, None] = {}
    for operator in operators:
        summand = operator.summand if isinstance(operator, SymmetricOperator) else as_operator(operator)
        if summand is None:
            raise ArgumentError(f"Argument `{name}` must hold operators or sums over members, but holds {operator!r}.")
        found |= dict.fromkeys(monomial for monomial in summand.terms if monomial)
    return list(found)


def _require_names_of_their_own(monomials: Iterable[Monomial]) -> None:
    """An error if two sites of one kind have one name: their moments could not be told apart in print."""
    found: dict[tuple[bool, str], Site] = {}
    for site in dict.fromkeys(site for monomial in monomials for site in monomial.sites):
        other = found.setdefault((isinstance(site, Spin), site.name), site)
        if other != site:
            raise ArgumentError(
                f"Two {'spins' if isinstance(site, Spin) else 'modes'} are named {site.name!r}, {other!r} and "
                f"{site!r}. Give every site and every class a name of its own."
            )
