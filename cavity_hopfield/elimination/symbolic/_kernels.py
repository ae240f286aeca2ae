"""Numerical kernel of the moment equations: a system of polynomials as arrays. Arrays only, nothing is checked."""

from cavity_hopfield._compiled import compiled
from cavity_hopfield._typing import ComplexArray, IntArray


@compiled
def polynomial_rates(
    first: IntArray, which: IntArray, begin: IntArray, factors: IntArray, coefficients: ComplexArray,
    powers: ComplexArray, out: ComplexArray,
) -> None:  # fmt: skip
    r"""Fill `out` (n,) with $\dot y_k = \sum_t c_t \prod_f y_f$.

    Equation k has the terms `first[k]` to `first[k + 1]`; term t has the coefficient `coefficients[which[t]]` and the
    factors `begin[t]` to `begin[t + 1]`. A factor f is an index of `powers` (2 n,), which holds the n moments and, at
    the index ~k counted from its end, their conjugates.
    """
    for equation in range(out.size):
        total = 0j
        for term in range(first[equation], first[equation + 1]):
            product = coefficients[which[term]]
            for place in range(begin[term], begin[term + 1]):
                product *= powers[factors[place]]
            total += product
        out[equation] = total
