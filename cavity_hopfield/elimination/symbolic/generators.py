r"""Adjoint generators of master equations: what $\dot\rho$ does to an observable.

$$\mathcal{L}^\dagger O = i [H, O] + \sum_k r_k \left( L_k^\dagger O L_k
- \tfrac12 \{L_k^\dagger L_k, O\} \right) .$$
"""

from collections.abc import Iterable
from typing import TypeAlias

import sympy as sp

from cavity_hopfield.elimination.symbolic.algebra import Operator, Scalar, anticommutator, commutator, total
from cavity_hopfield.exceptions import ArgumentError

Jump: TypeAlias = tuple[Scalar, Operator]
r"""A rate $r \ge 0$ and a jump operator $L$: the dissipator $r (L \rho L^\dagger - \{L^\dagger L, \rho\} / 2)$."""


def adjoint(observable: Operator, hamiltonian: Operator, jumps: Iterable[Jump] = ()) -> Operator:
    r"""$\mathcal{L}^\dagger O = i [H, O] + \sum_k r_k D^\dagger[L_k] O$, so that
    $\frac{d}{dt} \langle O \rangle = \langle \mathcal{L}^\dagger O \rangle$.

    Parameters
    ----------
    observable : Operator
        $O$.
    hamiltonian : Operator
        Hermitian: declare its symbols real.
    jumps : iterable of (rate, Operator)
        The rates stand apart from the operators, so that no square roots appear.

    Raises
    ------
    ArgumentError
        If the Hamiltonian is not Hermitian.

    Examples
    --------
    >>> import sympy as sp
    >>> from cavity_hopfield.elimination.symbolic import Mode, adjoint
    >>> omega, loss = sp.symbols("omega loss", positive=True)
    >>> mode = Mode()
    >>> adjoint(mode.a, omega * mode.number, [(loss, mode.a)])
    (-loss/2 - I*omega) a
    """
    require_hermitian("hamiltonian", hamiltonian)
    coherent = commutator(hamiltonian, observable).scaled(sp.I)
    return total([coherent, *(adjoint_dissipator(observable, jump) for jump in jumps)])


def two_sided_adjoint(observable: Operator, left: Operator, right: Operator, jumps: Iterable[Jump] = ()) -> Operator:
    r"""The operator $A$ with $\frac{d}{dt} \mathrm{Tr}[O \chi] = \mathrm{Tr}[A \chi]$ for a coherence block,
    $\dot\chi = -i (H_l \chi - \chi H_r) + \sum_k r_k D[L_k] \chi$:
    $A = i (H_r O - O H_l) + \sum_k r_k D^\dagger[L_k] O$.

    Parameters
    ----------
    observable : Operator
        $O$.
    left, right : Operator
        $H_l$ and $H_r$, both Hermitian: declare their symbols real.
    jumps : iterable of (rate, Operator)
        As in `adjoint`.

    Raises
    ------
    ArgumentError
        If a Hamiltonian is not Hermitian.

    Examples
    --------
    A block between two forces on a mode loses its norm by the amplitudes that it holds:

    >>> import sympy as sp
    >>> from cavity_hopfield.elimination.symbolic import IDENTITY, Mode
    >>> omega, delta = sp.symbols("omega delta", real=True)
    >>> mode = Mode()
    >>> energy = omega * mode.number
    >>> two_sided_adjoint(IDENTITY.operator(), energy + delta * mode.quadrature, energy)
    -I*delta a - I*delta ad
    """
    require_hermitian("left", left)
    require_hermitian("right", right)
    mean = commutator(left + right, observable).scaled(sp.I / 2)
    rest = anticommutator(right - left, observable).scaled(sp.I / 2)
    return total([mean, rest, *(adjoint_dissipator(observable, jump) for jump in jumps)])


def adjoint_dissipator(observable: Operator, jump: Jump) -> Operator:
    r"""$r \left( L^\dagger O L - \frac12 \{L^\dagger L, O\} \right)
    = \frac{r}{2} \left( L^\dagger [O, L] + [L^\dagger, O] L \right)$.

    Parameters
    ----------
    observable : Operator
        $O$.
    jump : (rate, Operator)
        $r$ and $L$.

    Examples
    --------
    >>> import sympy as sp
    >>> from cavity_hopfield.elimination.symbolic import Mode
    >>> mode = Mode()
    >>> adjoint_dissipator(mode.number, (sp.Symbol("loss", positive=True), mode.a))
    -loss ad a
    """
    rate, operator = checked_jump(jump)
    conjugate = operator.dagger()
    inner = conjugate * commutator(observable, operator) + commutator(conjugate, observable) * operator
    return inner.scaled(sp.sympify(rate) / 2)


def checked_jump(jump: Jump) -> Jump:
    """`jump` if it is a pair of a rate and an operator."""
    if not isinstance(jump, (tuple, list)) or len(jump) != 2 or not isinstance(jump[1], Operator):
        raise ArgumentError(f"Argument `jumps` must hold pairs (rate, operator), but holds {jump!r}.")
    return jump[0], jump[1]


def require_hermitian(name: str, operator: Operator) -> None:
    """An error unless `operator` is its own Hermitian conjugate."""
    rest = (operator - operator.dagger()).simplified()
    if rest:
        raise ArgumentError(
            f"Argument `{name}` must be Hermitian, but differs from its conjugate by {rest}. Declare its symbols real, "
            "such as `sympy.Symbol('omega', real=True)`."
        )
