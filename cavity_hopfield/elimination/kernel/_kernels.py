"""Filon quadrature of the spin-flip kernel: one set of panels serves every flip energy.

The kernel without its energy phase is `f(t) = exp(-dephasing t + sum_k u_k (1 - exp(-z_k t)))`. On each panel `f` is
a Legendre series, computed once; the phase `exp(-i energy t)` is then integrated against the Legendre polynomials
exactly, so neither the number of panels nor the accuracy depends on the flip energy.
"""

import cmath
import math

import numpy as np

from cavity_hopfield._compiled import EPSILON, compiled
from cavity_hopfield._typing import ComplexArray, FloatArray, IntArray
from cavity_hopfield.formulas.cavity_kernel import kernel_exponent

LARGEST_LEVEL = 48
MOST_PANELS = 100_000
FAR_ORDERS = 24
"""Orders above the wanted ones at which the downward recurrence of Bessel functions starts."""


@compiled
def turned(energy: float, t: float) -> complex:
    """`exp(-i energy t)`, accurate to machine precision however large the phase.

    The rounding of the product `energy * t` is found by splitting both factors in halves (T. J. Dekker, Numer. Math.
    18, 224 (1971)), and put back to first order.
    """
    product = energy * t
    split = 134217729.0 * energy
    high = split - (split - energy)
    low = energy - high
    split = 134217729.0 * t
    t_high = split - (split - t)
    t_low = t - t_high
    rounding = ((high * t_high - product) + high * t_low + low * t_high) + low * t_low
    wave = cmath.exp(complex(0.0, -product))
    return wave * complex(1.0, -rounding)


@compiled
def recall_memory(u: ComplexArray, z: ComplexArray, t: float, out: ComplexArray) -> None:
    """Fill `out` (K,) with `u_k exp(-z_k t)`: what the modes still remember at time `t`."""
    for k in range(u.size):
        out[k] = u[k] * math.exp(-z[k].real * t) * turned(z[k].imag, t)


@compiled
def exponential_beyond_linear(w: complex) -> complex:
    """`exp(w) - 1 - w` without cancellation at small `w`."""
    if abs(w) > 1.0:
        return cmath.exp(w) - 1.0 - w
    term = 0.5 * w * w
    total = term
    for n in range(3, 22):
        term *= w / n
        total += term
    return total


@compiled
def kernel_value(
    dephasing: float, u: ComplexArray, z: ComplexArray, memory: ComplexArray, t: float, offset: float, settled: bool
) -> complex:
    """`f(t + offset)`, or where `settled` what is left of it beyond first order in the memory of the modes.

    `memory` (K,) is that at `t`. With `v` its value at `t + offset`, `f = exp(sum u - dephasing t) exp(-v)`; the
    exponential it settles to, times `1 - v`, is left to the closed form.
    """
    exponent = complex(-dephasing * (t + offset), 0.0)
    v = 0.0 + 0.0j
    for k in range(u.size):
        exponent += u[k]
        v += memory[k] * cmath.exp(-z[k] * offset)
    if settled:
        return cmath.exp(exponent) * exponential_beyond_linear(-v)
    return cmath.exp(exponent - v)


@compiled
def log_envelope(dephasing: float, u: ComplexArray, z: ComplexArray, t: float, settled: bool) -> float:
    """Logarithm of a bound, falling in `t`, on `|f|`, or on what is left of it where `settled`."""
    memory = 0.0
    level = -dephasing * t
    for k in range(u.size):
        memory += abs(u[k]) * math.exp(-z[k].real * t)
        level += u[k].real
    if settled:
        return level + memory + 2.0 * math.log(memory + 1e-150)
    return level + memory


@compiled
def horizon(dephasing: float, u: ComplexArray, z: ComplexArray, floor: float, settled: bool) -> float:
    """A time after which the envelope stays below `floor` (a logarithm)."""
    if log_envelope(dephasing, u, z, 0.0, settled) <= floor:
        return 0.0
    late = 1.0 / dephasing
    while log_envelope(dephasing, u, z, late, settled) > floor:
        late *= 2.0
    early = 0.0
    for _ in range(40):
        middle = 0.5 * (early + late)
        if log_envelope(dephasing, u, z, middle, settled) > floor:
            early = middle
        else:
            late = middle
    return late


@compiled
def memory_time(u: ComplexArray, z: ComplexArray) -> float:
    """The time from which `sum_k |u_k exp(-z_k t)| <= 1`: the settled exponential may be split off."""
    early = 0.0
    late = 0.0
    for k in range(u.size):
        late = max(late, math.log(max(1.0, u.size * abs(u[k]))) / z[k].real)
    for _ in range(60):
        middle = 0.5 * (early + late)
        memory = 0.0
        for k in range(u.size):
            memory += abs(u[k]) * math.exp(-z[k].real * middle)
        if memory > 1.0:
            early = middle
        else:
            late = middle
    return late


@compiled
def build_panels(
    dephasing: float,
    u: ComplexArray,
    z: ComplexArray,
    start: float,
    stop: float,
    settled: bool,
    tolerance: float,
    nodes: FloatArray,
    to_legendre: FloatArray,
) -> tuple[FloatArray, IntArray, ComplexArray, FloatArray, float]:
    """Bisect [start, stop] until the Legendre series of every panel has converged.

    Returns the panels' midpoints (K,), bisection levels (K,), Legendre coefficients (K, n), largest absolute values
    (K,) and the summed truncation error. `tolerance` bounds the integrated error of each panel, unless there would
    be too many: then the error says so.
    """
    n = nodes.size
    capacity = 64
    midpoints = np.empty(capacity)
    levels = np.empty(capacity, np.int64)
    series = np.empty((capacity, n), np.complex128)
    sizes = np.empty(capacity)
    values = np.empty(n, np.complex128)
    memory = np.empty(u.size, np.complex128)
    waiting = np.zeros(LARGEST_LEVEL + 2, np.int64)
    waiting_index = np.zeros(LARGEST_LEVEL + 2, np.int64)
    depth = 1
    count = 0
    error = 0.0
    while depth > 0:
        depth -= 1
        level = waiting[depth]
        index = waiting_index[depth]
        half = 0.5 * (stop - start) / 2.0**level
        middle = start + (2 * index + 1) * half
        if count == capacity:
            capacity *= 2
            midpoints = np.concatenate((midpoints, np.empty(count)))
            levels = np.concatenate((levels, np.empty(count, np.int64)))
            series = np.concatenate((series, np.empty((count, n), np.complex128)))
            sizes = np.concatenate((sizes, np.empty(count)))
        size = 0.0
        recall_memory(u, z, middle, memory)
        for j in range(n):
            values[j] = kernel_value(dephasing, u, z, memory, middle, half * nodes[j], settled)
            size = max(size, abs(values[j]))
        for m in range(n):
            coefficient = 0.0 + 0.0j
            for j in range(n):
                coefficient += to_legendre[m, j] * values[j]
            series[count, m] = coefficient
        # Round-off leaves about EPSILON * size in every coefficient: no panel can do better than that.
        tail = 2.0 * half * (abs(series[count, n - 1]) + abs(series[count, n - 2]))
        fine = tail <= max(tolerance, 64.0 * EPSILON * half * size)
        if fine or level == LARGEST_LEVEL or count + depth >= MOST_PANELS:
            midpoints[count] = middle
            levels[count] = level
            sizes[count] = size
            error += tail
            count += 1
        else:
            for side in range(2):
                waiting[depth] = level + 1
                waiting_index[depth] = 2 * index + 1 - side
                depth += 1
    return midpoints[:count], levels[:count], series[:count], sizes[:count], error


@compiled
def spherical_bessel(x: float, out: FloatArray) -> None:
    """Fill `out` (n,) with the spherical Bessel functions `j_m(x)`: the integral of `P_m(y) exp(-i x y)` over
    [-1, 1] is `2 (-i)^m j_m(x)`.

    The recurrence between three orders is stable upwards for `|x| > n`, and downwards, from a far order on, below;
    near zero two terms of the power series are exact.
    """
    n = out.size
    if abs(x) < 1e-3:
        power = 1.0
        for m in range(n):
            square = 0.5 * x * x
            out[m] = power * (1.0 - square / (2 * m + 3) * (1.0 - square / (4 * m + 10)))
            power *= x / (2 * m + 3)
        return
    first = math.sin(x) / x
    second = (first - math.cos(x)) / x
    if abs(x) > n:
        out[0], out[1] = first, second
        for m in range(2, n):
            out[m] = (2 * m - 1) / x * out[m - 1] - out[m - 2]
        return
    above, here = 0.0, 1e-250
    for m in range(n + FAR_ORDERS, -1, -1):
        if m < n:
            out[m] = here
        above, here = here, (2 * m + 1) / x * here - above
    scale = first / out[0] if abs(first) > abs(second) else second / out[1]
    for m in range(n):
        out[m] *= scale


@compiled
def sum_panels(
    energies: FloatArray,
    start: float,
    stop: float,
    midpoints: FloatArray,
    levels: IntArray,
    series: ComplexArray,
    out: ComplexArray,
) -> None:
    """Add to `out` (E,) the integral over [start, stop] of the panels' function times `exp(-i energy t)`."""
    n = series.shape[1]
    bessel = np.empty((LARGEST_LEVEL + 1, n))
    known = np.empty(LARGEST_LEVEL + 1, np.bool_)
    turned_series = np.empty_like(series)
    quarter_turns = np.array([1.0, -1.0j, -1.0, 1.0j])
    for p in range(midpoints.size):
        for m in range(n):
            turned_series[p, m] = 2.0 * quarter_turns[m % 4] * series[p, m]
    for e in range(energies.size):
        energy = energies[e]
        known[:] = False
        total = 0.0 + 0.0j
        for p in range(midpoints.size):
            level = levels[p]
            half = 0.5 * (stop - start) / 2.0**level
            if not known[level]:
                spherical_bessel(energy * half, bessel[level])
                known[level] = True
            panel = 0.0 + 0.0j
            for m in range(n):
                panel += turned_series[p, m] * bessel[level, m]
            total += half * panel * turned(energy, midpoints[p])
        out[e] += total


@compiled
def coherence_values(
    delta: FloatArray,
    force: FloatArray,
    gain: FloatArray,
    net_loss: FloatArray,
    omega: FloatArray,
    times: FloatArray,
    out: ComplexArray,
) -> None:
    """Fill `out` (T,) with the product over the modes (M,) of exp(kernel_exponent)."""
    for k in range(times.size):
        real = 0.0
        imaginary = 0.0
        for mode in range(delta.size):
            damping, phase = kernel_exponent(
                delta[mode], force[mode], gain[mode], net_loss[mode], omega[mode], times[k]
            )
            real += damping
            imaginary += phase
        out[k] = cmath.exp(complex(real, imaginary))
