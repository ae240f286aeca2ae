r"""Moment equations as arrays: linear in the moments kept and in those that the truncation expands.

$$\dot y_k = \sum_t c_t(p)\, v_t, \qquad v \in \{y_j,\ \bar y_j,\ u_j,\ \bar u_j,\ 1\}, \qquad
u_j = \sum_s q_s \prod_f y_f \text{ or } \bar y_f , \qquad c_t = \sum_r d_r \prod_f p_f .$$

The expansions $u$ of moments of high order hold no parameters and enter many equations, so that they are worked out
once for all of them. No formula is multiplied out and none is compiled: kernels read the arrays.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import sympy as sp

from cavity_hopfield._checks import ReadOnlyArrays, frozen
from cavity_hopfield._typing import BoolArray, ComplexArray, FloatArray, IntArray
from cavity_hopfield.elimination.symbolic._kernels import extend, flow_jacobian, flow_rates, polynomial_rates
from cavity_hopfield.elimination.symbolic.algebra import Operator
from cavity_hopfield.elimination.symbolic.closure import MomentTable, Truncation
from cavity_hopfield.exceptions import ArgumentError


@dataclass(frozen=True, eq=False)
class MomentFlow(ReadOnlyArrays):
    r"""$\dot x = F(x; p)$ of the real parts of all n moments, then the imaginary parts of those that have one.

    Made by `MomentEquations.flow`. All it needs of the equations are these arrays, which can be stored.

    Attributes
    ----------
    real : (n,) array of bool
        Which moments are real.
    row : (n + 1,) array of int
        Equation k has the terms `row[k]` to `row[k + 1]`.
    which, column : (T,) arrays of int
        The coefficient of a term, and what it multiplies: k of (y, u, 1), ~k for the conjugate.
    product_first, product_begin, product_factors, product_numbers : arrays
        The expansions u, as `polynomial_rates` reads them.
    weight_first, weight_begin, weight_factors, weight_numbers : arrays
        The coefficients as polynomials in the parameters, likewise.
    """

    real: BoolArray
    row: IntArray
    which: IntArray
    column: IntArray
    product_first: IntArray
    product_begin: IntArray
    product_factors: IntArray
    product_numbers: ComplexArray
    weight_first: IntArray
    weight_begin: IntArray
    weight_factors: IntArray
    weight_numbers: ComplexArray

    @cached_property
    def imaginary(self) -> IntArray:
        """Where in x the imaginary part of each moment stands, -1 for a real one."""
        place = np.cumsum(~self.real) - 1 + self.real.size
        return np.where(self.real, -1, place)

    @cached_property
    def size(self) -> int:
        """The length of x."""
        return int(self.real.size + np.sum(~self.real))

    def coefficients(self, parameters: FloatArray) -> ComplexArray:
        """The coefficients $c$ at `parameters` (p,), in the order of the equations' own."""
        powers, out = parameters.astype(np.complex128), np.empty(self.weight_first.size - 1, np.complex128)
        terms = np.arange(self.weight_numbers.size)
        polynomial_rates(
            self.weight_first, terms, self.weight_begin, self.weight_factors, self.weight_numbers, powers, out
        )
        return out

    def rates(self, x: FloatArray, coefficients: ComplexArray) -> FloatArray:
        """$F(x)$, shape (size,)."""
        out = np.empty(self.size)
        flow_rates(self.row, self.which, self.column, coefficients, self._extended(x), self.imaginary, out)
        return out

    def jacobian(self, x: FloatArray, coefficients: ComplexArray) -> FloatArray:
        r"""$\partial F_i / \partial x_j$, shape (size, size)."""
        out = np.zeros((self.size, self.size))
        flow_jacobian(
            self.row, self.which, self.column, coefficients, self._extended(x), self.imaginary,
            self.product_first, self.product_begin, self.product_factors, self.product_numbers, out,
        )  # fmt: skip
        return out

    def split(self, values: ComplexArray) -> FloatArray:
        """X of moments (..., n)."""
        return np.concatenate([values.real, values.imag[..., ~self.real]], axis=-1)

    def joined(self, x: FloatArray) -> ComplexArray:
        """Moments (..., n) of x."""
        n = self.real.size
        values = x[..., :n].astype(np.complex128)
        values[..., ~self.real] += 1j * x[..., n:]
        return values

    def _extended(self, x: FloatArray) -> ComplexArray:
        """(y, u, 1) and, from the end, their conjugates."""
        powers = np.empty(2 * (self.real.size + self.product_first.size), np.complex128)
        extend(
            x, self.imaginary, self.product_first, self.product_begin, self.product_factors, self.product_numbers,
            powers,
        )  # fmt: skip
        return powers


def moment_flow(
    derivatives: Sequence[Operator], table: MomentTable, order: int | None, parameters: Sequence[sp.Symbol]
) -> MomentFlow:
    """The arrays of equations whose moments have their places as numbers in the `table`.

    Raises
    ------
    ArgumentError
        If a coefficient is not a polynomial in the parameters.
    """
    n, truncation = len(derivatives), Truncation(table, order)
    rows = [_row(operator, table) for operator in derivatives]
    expanded = [truncation.expansion(monomial) for monomial in table.monomials[n:]]
    last = len(table.monomials)
    place: dict[sp.Expr, int] = {}
    which = [place.setdefault(value, len(place)) for row in rows for value in row.values()]
    column = [last if number is None else number for row in rows for number in row]
    products = _lists([[(tuple(f), complex(q)) for f, q in terms.items()] for terms in expanded])
    symbols = {symbol: number for number, symbol in enumerate(parameters)}
    weights = _lists([_polynomial(value, symbols) for value in place])
    counts = np.cumsum([0, *map(len, rows)])
    real = frozen(np.array(table.real[:n], dtype=np.bool_))
    return MomentFlow(real, _whole(counts), _whole(which), _whole(column), *products, *weights)


def _row(operator: Operator, table: MomentTable) -> dict[int | None, sp.Expr]:
    """The coefficient of every moment, kept or not, by its number; of the identity at None."""
    sums: dict[int | None, list[sp.Expr]] = {}
    for monomial, value in operator.terms.items():
        sums.setdefault(table.number(monomial) if monomial else None, []).append(value)
    collected = {number: values[0] if len(values) == 1 else sp.Add(*values) for number, values in sums.items()}
    return {number: value for number, value in collected.items() if value != 0}


def _polynomial(value: sp.Expr, symbols: Mapping[sp.Symbol, int]) -> list[tuple[tuple[int, ...], complex]]:
    """Factors and number of every term of a coefficient."""
    terms = []
    for term in sp.Add.make_args(sp.expand(value)):
        number, factors = complex(1), []
        for factor in sp.Mul.make_args(term):
            root, power = factor.as_base_exp()
            if root in symbols and power.is_Integer and power > 0:
                factors += [symbols[root]] * int(power)
            elif factor.is_number:
                number *= complex(factor)
            else:
                raise ArgumentError(f"The coefficient {value} must be a polynomial in the parameters, but is not.")
        terms.append((tuple(factors), number))
    return terms


def _lists(
    polynomials: Sequence[Sequence[tuple[tuple[int, ...], complex]]],
) -> tuple[IntArray, IntArray, IntArray, ComplexArray]:
    """`first`, `begin`, `factors` and the numbers of polynomials."""
    terms = [term for polynomial in polynomials for term in polynomial]
    first = np.cumsum([0, *map(len, polynomials)])
    begin = np.cumsum([0, *(len(factors) for factors, _ in terms)])
    factors = [factor for factors, _ in terms for factor in factors]
    return _whole(first), _whole(begin), _whole(factors), frozen(np.array([q for _, q in terms], dtype=np.complex128))


def _whole(values: Sequence[int] | IntArray) -> IntArray:
    return np.asarray(frozen(np.array(values, dtype=np.int64)))
