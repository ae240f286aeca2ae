r"""Closed equations of moments: as formulas, as a compiled function, and along a trajectory."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import sympy as sp
from scipy.integrate import solve_ivp

from cavity_hopfield._checks import frozen, real_number, time_grid
from cavity_hopfield._typing import ArrayLike, ComplexArray, FloatArray
from cavity_hopfield.elimination.symbolic.algebra import Mode, Monomial, Operator, Scalar, Spin
from cavity_hopfield.elimination.symbolic.closure import MomentTable, Polynomial, Truncation, named, polynomial
from cavity_hopfield.elimination.symbolic.compiled_equations import PolynomialSystem, RightHandSide
from cavity_hopfield.elimination.symbolic.moment_flow import MomentFlow, moment_flow
from cavity_hopfield.elimination.symbolic.physical_region import broken_bound
from cavity_hopfield.elimination.symbolic.printing import sum_latex
from cavity_hopfield.elimination.symbolic.product_states import ProductMoments
from cavity_hopfield.elimination.symbolic.systems import ModeClass, SpinClass, SymmetricOperator, members
from cavity_hopfield.exceptions import ArgumentError, ClosureError, ConvergenceError, RegimeWarning

Values = Mapping[sp.Symbol | str, complex]
"""Numbers for symbols, by the symbol or by its name."""
IMAGINARY_FROM_ROUNDING = 1e-9


@dataclass(frozen=True, eq=False, repr=False)
class MomentEquations:
    r"""$\frac{d}{dt} \langle m_k \rangle = \sum_t c_t \prod_f \langle m_f \rangle$, a closed set.

    Made by `moment_equations`.

    Attributes
    ----------
    moments : tuple of Monomial
        The moments, lowest orders first; of two conjugate moments the one with more annihilators.
    order : int or None
        The order of the truncation.
    derivatives : tuple of Operator
        The operators whose expectation values are the time derivatives of the moments, before the truncation.
    parameters : tuple of sympy.Symbol
        The symbols of the master equation, in alphabetical order.
    """

    moments: tuple[Monomial, ...]
    order: int | None
    derivatives: tuple[Operator, ...]
    parameters: tuple[sp.Symbol, ...]

    @cached_property
    def polynomials(self) -> tuple[Polynomial, ...]:
        """Every right-hand side: the coefficient of every product of moments, in which k stands for moment k and ~k for
        its conjugate.
        """
        return tuple(polynomial(operator, self._truncation) for operator in self.derivatives)

    @cached_property
    def flow(self) -> MomentFlow:
        """The right-hand sides and their derivatives as arrays, for many moments and for Newton's method."""
        return moment_flow(self.derivatives, MomentTable.of(self.moments), self.order, self.parameters)

    @cached_property
    def real(self) -> tuple[bool, ...]:
        """Which moments are real, because they equal their conjugate."""
        return tuple(self._truncation.table.real[: len(self.moments)])

    @cached_property
    def symbols(self) -> tuple[sp.Symbol, ...]:
        """The symbols that stand for the moments, such as `<ad a>`; declared real where they are."""
        assumptions = ({"real": True} if real else {} for real in self.real)
        return tuple(sp.Symbol(f"<{m!r}>", **kind) for m, kind in zip(self.moments, assumptions, strict=True))

    @cached_property
    def right_hand_sides(self) -> tuple[sp.Expr, ...]:
        """The time derivatives of the moments, in the order of `moments`."""
        return tuple(map(self._expression, self.polynomials))

    def expectation(self, operator: Operator | SymmetricOperator) -> sp.Expr:
        r"""$\langle A \rangle$ in the moments; one above the order of the truncation is expanded in lower ones.

        Raises
        ------
        ClosureError
            If it needs a moment that is not tracked.
        """
        return self._expression(self.polynomial(operator))

    def polynomial(self, operator: Operator | SymmetricOperator) -> Polynomial:
        """As `expectation`, in the form of `polynomials`; the same errors."""
        one = operator.beside({}) if isinstance(operator, SymmetricOperator) else operator
        found = polynomial(one, self._truncation)
        numbers = dict.fromkeys(max(k, ~k) for factors in found for k in factors)
        absent = [number for number in numbers if number >= len(self.moments)]
        if absent:
            raise ClosureError(
                f"The operator {one} needs moments that are not tracked: {named(self._truncation.table, absent)}. "
                "Add them to the `observables` of the equations."
            )
        return found

    def number(self, monomial: Monomial) -> int | None:
        """The place k of the moment of `monomial`, ~k if that is its conjugate, None if it is not tracked."""
        number = self._truncation.table.number(monomial)
        return number if max(number, ~number) < len(self.moments) else None

    def latex(self) -> str:
        """The equations as a LaTeX environment `aligned`."""

        def moment(k: int) -> str:
            monomial = self.moments[k] if k >= 0 else self.moments[~k].dagger()
            return rf"\langle {monomial.latex()} \rangle"

        def rate(found: Polynomial) -> str:
            terms = sorted(found.items(), key=lambda term: (len(term[0]), term[0]))
            return sum_latex([(value, " ".join(map(moment, factors))) for factors, value in terms], {})

        lines = [rf"\frac{{d}}{{dt}} {moment(k)} &= {rate(found)}" for k, found in enumerate(self.polynomials)]
        return "\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}"

    def function(self) -> RightHandSide:
        """The right-hand side `f(t, y, parameters)`, compiled by numba; `function().py_func` is its Python text.

        `y` (n,) holds the moments as complex numbers in the order of `moments`, `parameters` (p,) the numbers in the
        order of `parameters`: floats, or complex numbers if a symbol is not declared real.
        """
        return self._system.function()

    def product_state(
        self,
        bloch: Mapping[Spin | SpinClass, ArrayLike] | None = None,
        amplitudes: Mapping[Mode | ModeClass, complex] | None = None,
        thermal: Mapping[Mode | ModeClass, float] | None = None,
    ) -> ComplexArray:
        r"""The moments of a state without correlations, shape (n,): spins with Bloch vectors, modes in displaced
        thermal states.

        Parameters
        ----------
        bloch : mapping from Spin or SpinClass to (3,) array
            Bloch vectors (x, y, z) no longer than one, for every spin that occurs. Those of a class start alike.
        amplitudes : mapping from Mode or ModeClass to complex
            Amplitudes $\alpha$; zero by default.
        thermal : mapping from Mode or ModeClass to float
            Thermal occupations $\bar n$ around the amplitudes; zero by default.

        Raises
        ------
        ArgumentError
            If a Bloch vector is missing or too long, an occupation is negative, or a site does not occur.
        """
        state = ProductMoments.of(self.moments, bloch or {}, amplitudes or {}, thermal or {})
        return np.array([state.moment(monomial) for monomial in self.moments])

    def evolve(
        self, parameters: Values, initial: ArrayLike, times: ArrayLike, *, rtol: float = 1e-8, atol: float = 1e-10
    ) -> "MomentTrajectory":
        """The moments at `times`, from `initial` at time 0, by scipy's DOP853.

        Parameters
        ----------
        parameters : mapping from symbol or name to number
            A number for each of `parameters`.
        initial : (n,) array
            The moments at time 0, such as those of `product_state`.
        times : (T,) array
            Strictly increasing, not negative.
        rtol, atol : float
            Tolerances of the integrator.

        Raises
        ------
        ArgumentError
            If a parameter is missing, unknown or at odds with its symbol, or shapes do not fit.
        ConvergenceError
            If the integrator gives up, as where a truncated hierarchy diverges.

        Warns
        -----
        RegimeWarning
            If the moments are not those of a state, with the number that tells. Its absence proves nothing: compare
            with the next order.
        """
        grid, point = time_grid(times), self._point(parameters)
        relative, absolute = real_number("rtol", rtol, above=0.0), real_number("atol", atol, above=0.0)
        start, end = self._initial(initial), float(grid[-1])
        coefficients = self._system.coefficients(self._array(point))
        if end == 0:
            path = start[:, None]
        else:
            with np.errstate(over="ignore", invalid="ignore"):  # a divergence is reported below
                solution = solve_ivp(
                    lambda _time, values: self._system.rates(coefficients, values),
                    (0.0, end), start, method="DOP853", t_eval=grid, rtol=relative, atol=absolute,
                )  # fmt: skip
            if not solution.success:
                reached = solution.t[-1] if solution.t.size else 0.0
                raise ConvergenceError(
                    f"The moment equations cannot be integrated beyond t = {reached:g}: {solution.message} "
                    "A truncated hierarchy may diverge: raise its `order`, or stop earlier."
                )
            path = solution.y
        result = MomentTrajectory(self, point, grid, path.T)
        broken = result.broken_bound()
        if broken is not None:
            warnings.warn(
                f"these moments are not those of a state: {broken}. Stop earlier"
                + ("." if self.order is None else f", or raise the order of the truncation above {self.order}."),
                RegimeWarning,
                stacklevel=2,
            )
        return result

    @classmethod
    def sorted(
        cls, truncation: Truncation, equations: Mapping[int, Operator], parameters: tuple[sp.Symbol, ...]
    ) -> "MomentEquations":
        """The `equations` by number of moment, with the moments put in order."""
        monomials = truncation.table.monomials
        ranked = sorted(equations, key=lambda number: (monomials[number].order, repr(monomials[number])))
        derivatives = tuple(equations[number] for number in ranked)
        return cls(tuple(monomials[number] for number in ranked), truncation.order, derivatives, parameters)

    def __repr__(self) -> str:
        """The number of equations and their order."""
        order = "without truncation" if self.order is None else f"of order {self.order}"
        return f"<{len(self.moments)} moment equations {order}>"

    @cached_property
    def _truncation(self) -> Truncation:
        """The numbers of the moments, equal to their places."""
        return Truncation(MomentTable.of(self.moments), self.order)

    @cached_property
    def _system(self) -> PolynomialSystem:
        return PolynomialSystem.of(self.polynomials, self.real, self.parameters)

    def _expression(self, found: Polynomial) -> sp.Expr:
        def moment(k: int) -> sp.Expr:
            return self.symbols[k] if k >= 0 else sp.conjugate(self.symbols[~k])

        return sp.Add(*(value * sp.Mul(*map(moment, factors)) for factors, value in found.items()))

    def _point(self, parameters: Values) -> dict[sp.Symbol, complex]:
        """A number for every symbol."""
        by_name = {str(symbol): value for symbol, value in parameters.items()}
        names = {symbol.name for symbol in self.parameters}
        unknown, missing = sorted(by_name.keys() - names), sorted(names - by_name.keys())
        if unknown or missing:
            raise ArgumentError(
                f"Argument `parameters` must give a number for each of {sorted(names)}, but leaves out {missing} and "
                f"has {unknown} besides."
            )
        return {symbol: _number(symbol, by_name[symbol.name]) for symbol in self.parameters}

    def _array(self, point: Mapping[sp.Symbol, complex]) -> FloatArray | ComplexArray:
        values = np.array(list(point.values()), dtype=np.complex128)
        return values.real.copy() if all(symbol.is_real for symbol in point) else values

    def _initial(self, initial: ArrayLike) -> ComplexArray:
        values = np.asarray(initial)
        wanted = (len(self.moments),)
        if values.shape != wanted or values.dtype.kind not in "biufc" or not np.isfinite(values).all():
            raise ArgumentError(
                f"Argument `initial` must be finite with shape {wanted}, one number for each of `moments`, but is "
                f"{initial!r}. Make it with `product_state`."
            )
        start = values.astype(np.complex128)
        for monomial, value, real in zip(self.moments, start, self.real, strict=True):
            if real and abs(value.imag) > IMAGINARY_FROM_ROUNDING * max(1.0, abs(value)):
                raise ArgumentError(f"Argument `initial` must be real for <{monomial!r}>, but is {value:g} there.")
        return np.where(self.real, start.real, start)


@dataclass(frozen=True, eq=False, repr=False)
class MomentTrajectory:
    """Moments at a sequence of times, as the equations of `moment_equations` give them.

    Attributes
    ----------
    equations : MomentEquations
        What was solved.
    parameters : dictionary from sympy.Symbol to number
        The numbers that stood for its symbols.
    times : (T,) array
        The times.
    values : (T, n) complex array
        In the order of `equations.moments`.
    """

    equations: MomentEquations
    parameters: Mapping[sp.Symbol, complex]
    times: FloatArray
    values: ComplexArray

    def __post_init__(self) -> None:
        """Make the arrays read-only."""
        object.__setattr__(self, "times", frozen(self.times))
        object.__setattr__(self, "values", frozen(self.values))

    def expectation(self, operator: Operator | SymmetricOperator) -> ComplexArray:
        r"""$\langle A \rangle$ at the times, shape (T,); as `MomentEquations.expectation`.

        Symbols in the operator must be among the parameters.
        """
        total = np.zeros(self.times.shape, dtype=np.complex128)
        for factors, value in self.equations.polynomial(operator).items():
            total += self._number(value) * np.prod([self._moment(k) for k in factors], axis=0)
        return total

    def broken_bound(self) -> str | None:
        """What tells that these moments are not those of a state, None if nothing does."""

        def known(monomial: Monomial) -> ComplexArray | None:
            number = self.equations.number(monomial)
            return None if number is None else self._moment(number)

        found = dict.fromkeys(member.group for m in self.equations.moments for member in members(m))
        counts = {group: self._number(group.count).real for group in found if isinstance(group, SpinClass)}
        return broken_bound(known, self.equations.moments, counts, self.times)

    def _moment(self, number: int) -> ComplexArray:
        return self.values[:, number] if number >= 0 else self.values[:, ~number].conj()

    def _number(self, expression: sp.Expr) -> complex:
        value = sp.sympify(expression).subs(self.parameters)
        if value.free_symbols:
            raise ArgumentError(
                f"Argument `operator` must hold no symbols but the parameters {list(self.parameters)}, but holds "
                f"{sorted(map(str, value.free_symbols))}."
            )
        return complex(value)


def _number(symbol: sp.Symbol, value: Scalar) -> complex:
    """`value` as a number that agrees with what is declared of the `symbol`."""
    try:
        number = complex(value)
    except (TypeError, ValueError) as error:
        raise ArgumentError(f"Argument `parameters` must hold numbers, but {symbol} is {value!r}.") from error
    wrong = (
        "finite" if not np.isfinite(number)
        else "real" if symbol.is_real and number.imag
        else "not negative" if symbol.is_nonnegative and number.real < 0
        else "a whole number" if symbol.is_integer and number.real % 1
        else None
    )  # fmt: skip
    if wrong is not None:
        raise ArgumentError(
            f"Argument `parameters` must make {symbol} {wrong}, as the symbol is declared, but it is {value!r}."
        )
    return number
