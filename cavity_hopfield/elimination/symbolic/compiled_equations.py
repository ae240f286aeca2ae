r"""Moment equations as compiled functions.

$$\dot y_k = \sum_t c_t(p) \prod_f y_f \text{ or } \bar y_f .$$

The coefficients are few; they are printed as Python text with shared subexpressions. The polynomials are arrays that
one kernel reads, so that nothing is compiled for each system, however long its equations.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, cast

import numba
import numpy as np
import sympy as sp
from sympy.printing.numpy import NumPyPrinter

from cavity_hopfield._typing import BoolArray, ComplexArray, FloatArray, IntArray
from cavity_hopfield.elimination.symbolic._kernels import polynomial_rates
from cavity_hopfield.elimination.symbolic.closure import Polynomial

RightHandSide = Callable[[float, ComplexArray, FloatArray | ComplexArray], ComplexArray]
CoefficientFunction = Callable[[FloatArray | ComplexArray, ComplexArray], ComplexArray]
KEPT_FUNCTIONS = 64


@dataclass(frozen=True)
class PolynomialSystem:
    """Polynomials in moments as arrays, and the text that computes their coefficients.

    Attributes
    ----------
    source : str
        Python text of `coefficients(parameters, out)`.
    n_coefficients : int
        The length of its `out`.
    real : tuple of bool
        Which moments are real.
    first, which, begin, factors : tuple of int
        As `polynomial_rates` reads them.
    """

    source: str
    n_coefficients: int
    real: tuple[bool, ...]
    first: tuple[int, ...]
    which: tuple[int, ...]
    begin: tuple[int, ...]
    factors: tuple[int, ...]

    @classmethod
    def of(
        cls, polynomials: Sequence[Polynomial], real: Sequence[bool], parameters: Sequence[sp.Symbol]
    ) -> "PolynomialSystem":
        """The arrays of `polynomials` in moments, whose coefficients depend on `parameters`."""
        place: dict[sp.Expr, int] = {}
        first, begin = [0], [0]
        which: list[int] = []
        factors: list[int] = []
        for polynomial in polynomials:
            for product, value in polynomial.items():
                which.append(place.setdefault(value, len(place)))
                factors.extend(product)
                begin.append(len(factors))
            first.append(len(which))
        source = coefficient_source(list(place), parameters)
        return cls(source, len(place), tuple(real), tuple(first), tuple(which), tuple(begin), tuple(factors))

    @cached_property
    def arrays(self) -> tuple[IntArray, ...]:
        """`first`, `which`, `begin`, `factors` for the kernel."""
        lists = (self.first, self.which, self.begin, self.factors)
        return tuple(np.array(values, dtype=np.int64) for values in lists)

    @cached_property
    def mask(self) -> BoolArray:
        """Which moments are real, shape (n,)."""
        return np.array(self.real)

    def coefficients(self, parameters: FloatArray | ComplexArray) -> ComplexArray:
        """The values of the coefficients, by the interpreter."""
        out = np.empty(self.n_coefficients, dtype=np.complex128)
        _coefficient_function(self.source)(parameters, out)
        return out

    def rates(self, coefficients: ComplexArray, values: ComplexArray) -> ComplexArray:
        """The time derivatives at the `values` of the moments."""
        first, which, begin, factors = self.arrays
        powers, out = np.concatenate([values, values[::-1].conj()]), np.empty_like(values)
        polynomial_rates(first, which, begin, factors, coefficients, powers, out)
        return np.where(self.mask, out.real, out)

    def function(self) -> RightHandSide:
        """`f(t, y, parameters)`, compiled when first called and kept for every system of the same structure."""
        return _right_hand_side(self)


def coefficient_source(coefficients: Sequence[sp.Expr], parameters: Sequence[sp.Symbol]) -> str:
    """Python text of a function that fills `out` with the `coefficients`, shared subexpressions computed once."""
    names = {symbol: sp.Symbol(f"p{place}") for place, symbol in enumerate(parameters)}
    plain = [coefficient.xreplace(names) for coefficient in coefficients]
    steps, results = sp.cse(plain, symbols=sp.numbered_symbols("c"), order="none")
    printer = NumPyPrinter({"user_functions": {"conjugate": "numpy.conj"}})
    lines = [
        "def coefficients(parameters, out):",
        *(f"    {name} = parameters[{place}]" for place, name in enumerate(names.values())),
        *(f"    {name} = {printer.doprint(step)}" for name, step in steps),
        *(f"    out[{place}] = {printer.doprint(result)}" for place, result in enumerate(results)),
        "    return out",
    ]
    return "\n".join(lines)


@lru_cache(KEPT_FUNCTIONS)
def _coefficient_function(source: str) -> CoefficientFunction:
    namespace: dict[str, Any] = {"numpy": np}
    exec(source, namespace)  # noqa: S102, printed above from sympy expressions
    return cast("CoefficientFunction", namespace["coefficients"])


@lru_cache(KEPT_FUNCTIONS)
def _right_hand_side(system: PolynomialSystem) -> RightHandSide:
    coefficients: Any = numba.njit(_coefficient_function(system.source))
    first, which, begin, factors = system.arrays
    real, size = system.mask, system.n_coefficients

    def right_hand_side(_time: float, moments: ComplexArray, parameters: FloatArray | ComplexArray) -> ComplexArray:
        n = moments.size
        powers, out = np.empty(2 * n, dtype=np.complex128), np.empty(n, dtype=np.complex128)
        powers[:n], powers[n:] = moments, np.conj(moments[::-1])
        values = coefficients(parameters, np.empty(size, dtype=np.complex128))
        polynomial_rates(first, which, begin, factors, values, powers, out)
        for k in range(n):
            if real[k]:
                out[k] = out[k].real
        return out

    return cast("RightHandSide", numba.njit(nogil=True)(right_hand_side))
