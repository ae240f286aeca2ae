"""Numerical kernels of the moment equations: systems of polynomials as arrays. Arrays only, nothing is checked."""

from cavity_hopfield._compiled import compiled
from cavity_hopfield._typing import ComplexArray, FloatArray, IntArray


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


@compiled
def extend(
    x: FloatArray, imaginary: IntArray, first: IntArray, begin: IntArray, factors: IntArray, numbers: ComplexArray,
    powers: ComplexArray,
) -> None:  # fmt: skip
    """Fill `powers` (2 e,) with the moments, the expansions and 1, and from the end with their conjugates.

    `x` holds the real parts of the moments, and at `imaginary` (n,) the imaginary parts. Expansion j has the terms
    `first[j]` to `first[j + 1]`, a term its number and the factors `begin[t]` to `begin[t + 1]`.
    """
    n, last = imaginary.size, powers.size - 1
    for k in range(n):
        value = complex(x[k], x[imaginary[k]] if imaginary[k] >= 0 else 0.0)
        powers[k] = value
        powers[last - k] = value.conjugate()
    for j in range(first.size - 1):
        total = 0j
        for term in range(first[j], first[j + 1]):
            product = numbers[term]
            for place in range(begin[term], begin[term + 1]):
                product *= powers[factors[place]]
            total += product
        powers[n + j] = total
        powers[last - n - j] = total.conjugate()
    powers[powers.size // 2 - 1] = 1.0
    powers[powers.size // 2] = 1.0


@compiled
def flow_rates(
    row: IntArray, which: IntArray, column: IntArray, coefficients: ComplexArray, powers: ComplexArray,
    imaginary: IntArray, out: FloatArray,
) -> None:  # fmt: skip
    """Fill `out`, laid out as `x`, with the time derivatives: equation k has the terms `row[k]` to `row[k + 1]`."""
    for k in range(imaginary.size):
        total = 0j
        for term in range(row[k], row[k + 1]):
            total += coefficients[which[term]] * powers[column[term]]
        out[k] = total.real
        if imaginary[k] >= 0:
            out[imaginary[k]] = total.imag


@compiled
def add_slope(out: FloatArray, imaginary: IntArray, k: int, factor: int, slope: complex) -> None:
    """Add to `out` that the rate of moment k changes by `slope` with moment `factor`, or with its conjugate."""
    j = max(factor, ~factor)
    turned = slope * complex(0.0, 1.0 if factor >= 0 else -1.0)
    out[k, j] += slope.real
    if imaginary[j] >= 0:
        out[k, imaginary[j]] += turned.real
    if imaginary[k] >= 0:
        out[imaginary[k], j] += slope.imag
        if imaginary[j] >= 0:
            out[imaginary[k], imaginary[j]] += turned.imag


@compiled
def flow_jacobian(
    row: IntArray, which: IntArray, column: IntArray, coefficients: ComplexArray, powers: ComplexArray,
    imaginary: IntArray, first: IntArray, begin: IntArray, factors: IntArray, numbers: ComplexArray, out: FloatArray,
) -> None:  # fmt: skip
    """Add to `out` (x, x) the derivatives of the rates; the arguments are those of `extend` and `flow_rates`."""
    n = imaginary.size
    for k in range(n):
        for linear in range(row[k], row[k + 1]):
            weight, place = coefficients[which[linear]], column[linear]
            j = max(place, ~place)
            if j < n:
                add_slope(out, imaginary, k, place, weight)
            elif j - n < first.size - 1:
                for term in range(first[j - n], first[j - n + 1]):
                    for moved in range(begin[term], begin[term + 1]):
                        slope = weight * numbers[term]
                        for other in range(begin[term], begin[term + 1]):
                            if other != moved:
                                slope *= powers[factors[other] if place >= 0 else ~factors[other]]
                        add_slope(out, imaginary, k, factors[moved] if place >= 0 else ~factors[moved], slope)
