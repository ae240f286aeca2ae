r"""Random numbers of many runs side by side: xoshiro256++ (D. Blackman and S. Vigna, ACM Trans. Math. Softw. 47,
36, 2021) with a state for every run, normal numbers by the transform of Box and Muller.

All loops go over the runs, without branches and without calls, so that the compiler turns them into vector
instructions; no run's numbers depend on which runs are beside it. Arrays `values` are the same memory as `bits`, read
as floating-point numbers: bits under the exponent of one are a number between 1 and 2.
"""

import math

import numpy as np
import numpy.typing as npt

from cavity_hopfield._compiled import compiled
from cavity_hopfield._typing import FloatArray

Bits = npt.NDArray[np.uint64]

S12, S17, S19, S23, S41, S45, S52, S63 = (np.uint64(k) for k in (12, 17, 19, 23, 41, 45, 52, 63))
LOWEST = np.uint64(1)
ONE = np.uint64(0x3FF0000000000000)
"""The bits of 1.0."""
WHOLE = np.uint64(0x4330000000000000)
"""The bits of 2^52: beneath them a whole number is itself."""
FRACTION = np.uint64(0x000FFFFFFFFFFFFF)
EXPONENT_ZERO = 4503599627370496.0 + 1023.0
ROOT_TWO = math.sqrt(2.0)
LOG_TWO = math.log(2.0)
QUARTER = math.pi / 2


@compiled
def draw(states: Bits, bits: Bits) -> None:
    """Fill `bits` (R,) with the next 64 bits of every stream in `states` (4, R)."""
    first, second, third, fourth = states[0], states[1], states[2], states[3]
    for r in range(bits.size):
        a, b, c, d = first[r], second[r], third[r], fourth[r]
        total = a + d
        bits[r] = ((total << S23) | (total >> S41)) + a
        shifted = b << S17
        c ^= a
        d ^= b
        b ^= c
        a ^= d
        c ^= shifted
        first[r], second[r], third[r] = a, b, c
        fourth[r] = (d << S45) | (d >> S19)


@compiled
def uniforms(states: Bits, bits: Bits, values: FloatArray, out: FloatArray) -> None:
    """Fill `out` (R,) with uniform numbers from [0, 1); `bits` (4, R) and `values` are scratch."""
    draw(states, bits[0])
    row, other, read = bits[0], bits[1], values[1]
    for r in range(out.size):
        other[r] = (row[r] >> S12) | ONE
    for r in range(out.size):
        out[r] = read[r] - 1.0


@compiled
def normal_pairs(states: Bits, bits: Bits, values: FloatArray, one: FloatArray, two: FloatArray) -> None:
    r"""Fill `one` and `two` (R,) with independent standard normal numbers; `bits` (4, R) and `values` are scratch.

    $\sqrt{-2 \ln u}\,(\cos\phi, \sin\phi)$, the logarithm and the circular functions by their series.
    """
    draw(states, bits[0])
    radius, exponent, mantissa = bits[0], bits[1], bits[2]
    read = values[1]
    for r in range(one.size):
        exponent[r] = (radius[r] >> S12) | ONE
    for r in range(one.size):
        # 2 - x lies in (0, 1]: its logarithm is finite
        one[r] = 2.0 - read[r]
    source = values[3]
    for r in range(one.size):
        source[r] = one[r]
    given = bits[3]
    for r in range(one.size):
        number = given[r]
        exponent[r] = (number >> S52) | WHOLE
        mantissa[r] = (number & FRACTION) | ONE
    lengths(values[1], values[2], one)
    draw(states, bits[0])
    for r in range(one.size):
        exponent[r] = (radius[r] >> S12) | ONE
    turned(bits[0], read, values[3], one, two)


@compiled
def lengths(exponents: FloatArray, mantissas: FloatArray, out: FloatArray) -> None:
    r"""Fill `out` (R,) with $\sqrt{-2 \ln (2^e m)}$."""
    for r in range(out.size):
        power, m = exponents[r] - EXPONENT_ZERO, mantissas[r]
        large = m > ROOT_TWO
        m = 0.5 * m if large else m
        power = power + 1.0 if large else power
        # the division of numpy, for that of Python branches at zero
        f = np.divide(m - 1.0, m + 1.0)
        w = f * f
        series = 1 / 17 + w * (1 / 19)
        series = 1 / 13 + w * (1 / 15 + w * series)
        series = 1 / 9 + w * (1 / 11 + w * series)
        series = 1 / 5 + w * (1 / 7 + w * series)
        series = 1.0 + w * (1 / 3 + w * series)
        out[r] = math.sqrt(abs(2.0 * (power * LOG_TWO + 2.0 * f * series)))


@compiled
def turned(quarters: Bits, places: FloatArray, sines: FloatArray, one: FloatArray, two: FloatArray) -> None:
    r"""Turn the lengths in `one` (R,) into a point on the circle: an angle within a quarter from `places` - 3/2, and a
    quarter by the lowest of the bits `quarters`.
    """
    for r in range(one.size):
        angle = (places[r] - 1.5) * QUARTER
        v = angle * angle
        sine = -1 / 39916800 + v * (1 / 6227020800 - v * (1 / 1307674368000))
        sine = 1 / 120 + v * (-1 / 5040 + v * (1 / 362880 + v * sine))
        sines[r] = angle * (1.0 + v * (-1 / 6 + v * sine)) * one[r]
        cosine = -1 / 3628800 + v * (1 / 479001600 + v * (-1 / 87178291200 + v * (1 / 20922789888000)))
        cosine = 1 / 24 + v * (-1 / 720 + v * (1 / 40320 + v * cosine))
        two[r] = (1.0 + v * (-0.5 + v * cosine)) * one[r]
    for r in range(one.size):
        sign = 1.0 if quarters[r] & LOWEST else -1.0
        along, across = sign * two[r], sines[r]
        swapped = (quarters[r] >> LOWEST) & LOWEST
        one[r] = across if swapped else along
        two[r] = along if swapped else across
