"""The spin-flip kernel on the imaginary time axis, where contours of integration descend."""

import cmath
import math

from cavity_hopfield._compiled import EPSILON, compiled
from cavity_hopfield._typing import ComplexArray, FloatArray, IntArray


@compiled
def exponential_remainder(w: complex) -> complex:
    """`exp(w) - 1 - w - w**2 / 2` without cancellation at small `w`."""
    if abs(w) > 1.0:
        return cmath.exp(w) - 1.0 - w - 0.5 * w * w
    term = w * w * w / 6.0
    total = term
    for n in range(4, 24):
        term *= w / n
        total += term
    return total


@compiled
def imaginary_axis(u: ComplexArray, z: ComplexArray, y: float) -> tuple[float, float]:
    """Real and imaginary part of `log f(-i y)`.

    The terms linear and quadratic in `y` are real, so the imaginary part starts at third order.
    """
    real = 0.0
    imaginary = 0.0
    for k in range(u.size):
        w = 1.0j * z[k] * y
        remainder = u[k] * exponential_remainder(w)
        real -= remainder.real + (u[k] * (w + 0.5 * w * w)).real
        imaginary -= remainder.imag
    return real, imaginary


@compiled
def log_size_on_axis(u: ComplexArray, z: ComplexArray, energy: float, y: float) -> float:
    """Logarithm of `|f(-i y) exp(-energy y)|`: the size of the integrand where a shifted contour starts."""
    return imaginary_axis(u, z, y)[0] - energy * y


@compiled
def descent(u: ComplexArray, z: ComplexArray, energy: float, step: float, wanted: float, largest: int) -> int:
    """The number of steps down (or, if negative, up) the imaginary time axis that makes the integrand small.

    Goes where the size falls, to the first multiple of `step` where it (a logarithm) is below `wanted`, else to its
    first minimum.
    """
    slope = -energy
    for k in range(u.size):
        slope += (u[k] * z[k]).imag
    direction = 1 if slope < 0.0 else -1
    best = 0
    lowest = 0.0
    for j in range(1, largest):
        size = log_size_on_axis(u, z, energy, direction * j * step)
        if size >= lowest:
            break
        best, lowest = direction * j, size
        if size < wanted:
            break
    return best


@compiled
def descents(
    u: ComplexArray,
    z: ComplexArray,
    energies: FloatArray,
    step: float,
    wanted: FloatArray,
    largest: int,
    out: IntArray,
) -> None:
    """Fill `out` (E,) with the `descent` for each of `energies` (E,) and `wanted` (E,)."""
    for e in range(energies.size):
        out[e] = descent(u, z, energies[e], step, wanted[e], largest)


@compiled
def axis_leg(
    u: ComplexArray,
    z: ComplexArray,
    energy: float,
    y: float,
    panels: int,
    nodes: FloatArray,
    weights: FloatArray,
) -> tuple[float, float]:
    """Integral of `Im f(-i y') exp(-energy y')` from 0 to `y`, and of its absolute value."""
    half = 0.5 * y / panels
    total = 0.0
    size = 0.0
    for p in range(panels):
        middle = (2 * p + 1) * half
        for j in range(nodes.size):
            here = middle + half * nodes[j]
            real, imaginary = imaginary_axis(u, z, here)
            value = half * weights[j] * math.exp(real - energy * here) * math.sin(imaginary)
            total += value
            size += abs(value)
    return total, size


@compiled
def axis_legs(
    u: ComplexArray,
    z: ComplexArray,
    energies: FloatArray,
    y: float,
    nodes: FloatArray,
    weights: FloatArray,
    most_panels: int,
    out: FloatArray,
    errors: FloatArray,
) -> None:
    """Fill `out` (E,) with the `axis_leg` of each energy and `errors` (E,) with its error.

    The leg ends where the integrand has fallen to nothing. Panels are doubled until two results agree to round-off.
    """
    for e in range(energies.size):
        reach = y
        while log_size_on_axis(u, z, energies[e], 0.5 * reach) < -100.0:
            reach *= 0.5
        panels = 2 + int(abs(energies[e] * reach) / 8.0)
        coarse, _ = axis_leg(u, z, energies[e], reach, panels, nodes, weights)
        while True:
            panels *= 2
            fine, size = axis_leg(u, z, energies[e], reach, panels, nodes, weights)
            round_off = (32.0 + 4.0 * abs(energies[e] * reach)) * EPSILON * size
            if abs(fine - coarse) <= round_off or panels > most_panels:
                out[e] = fine
                errors[e] = abs(fine - coarse) + round_off
                break
            coarse = fine
