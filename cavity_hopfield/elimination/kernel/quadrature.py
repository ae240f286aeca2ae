r"""Integral of the spin-flip kernel over all times, for many flip energies at once, with an error estimate.

$$I(\epsilon) = \int_0^\infty e^{-i\epsilon t} f(t)\,dt, \qquad
f(t) = \exp\Big[-\Gamma_\varphi t + \sum_k u_k (1 - e^{-z_k t})\Big].$$

Once the modes have all but forgotten the flip, $v(t) = \sum_k u_k e^{-z_k t}$ with $\sum_k |u_k e^{-z_k t}| \le 1$,
the settled exponential $e^{\sum_k u_k - \Gamma_\varphi t} (1 - v)$ is integrated in closed form and only the rest, of
second order in $v$, by quadrature: at weak coupling it is small, and gone long before the spin dephases.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from cavity_hopfield._compiled import EPSILON
from cavity_hopfield._typing import ComplexArray, FloatArray, IntArray
from cavity_hopfield.elimination.kernel._kernels import (
    build_panels,
    horizon,
    memory_time,
    sum_panels,
)

ORDER = 16
TOLERANCE = 1e-18
NEGLIGIBLE = np.log(1e-19)


@cache
def gauss_rule() -> tuple[FloatArray, FloatArray]:
    """Gauss-Legendre nodes and weights on [-1, 1], each (ORDER,)."""
    nodes, weights = np.polynomial.legendre.leggauss(ORDER)
    return nodes, weights


@cache
def _to_legendre() -> FloatArray:
    """The map from values at the nodes of a panel to Legendre coefficients, (ORDER, ORDER)."""
    nodes, weights = gauss_rule()
    degrees = np.arange(ORDER)
    polynomials = np.polynomial.legendre.legvander(nodes, ORDER - 1).T
    return np.ascontiguousarray((degrees[:, None] + 0.5) * polynomials * weights)


@dataclass(frozen=True, eq=False)
class _Stretch:
    """A stretch of time covered by panels."""

    start: float
    stop: float
    midpoints: FloatArray
    levels: IntArray
    series: ComplexArray
    sizes: FloatArray
    truncation: float

    @property
    def absolute_integrals(self) -> FloatArray:
        """An upper estimate of the integral of |f| over each panel."""
        return (self.stop - self.start) / 2.0**self.levels * self.sizes

    def add_integral(self, energies: FloatArray, out: ComplexArray) -> None:
        sum_panels(energies, self.start, self.stop, self.midpoints, self.levels, self.series, out)


@dataclass(frozen=True, eq=False)
class KernelIntegral:
    r"""$I(\epsilon)$ of one kernel; calling it with flip energies (E,) returns values and error estimates.

    Build with `KernelIntegral.of(dephasing, u, z)`; `u` (K,) and `z` (K,) are the transient weights and poles.
    """

    dephasing: float
    settles_at: float
    amplitudes: ComplexArray
    poles: ComplexArray
    exponent_size: float
    truncation_floor: float
    stretches: tuple[_Stretch, ...]

    @classmethod
    def of(cls, dephasing: float, u: ComplexArray, z: ComplexArray) -> "KernelIntegral":
        """Lay the panels. `dephasing` and all real parts of `z` must be positive."""
        # |f| > exp(-spread t^2 / 2), so the integral of |f| exceeds 1.25/sqrt(spread); errors are measured against it.
        spread = abs(np.sum(u * z**2))
        scale = float(1.25 / np.sqrt(spread))
        floor = NEGLIGIBLE + float(np.log(scale * dephasing)) if scale * dephasing < 1 else NEGLIGIBLE
        settles_at = float(np.float32(1.001 * memory_time(u, z)))
        dies_at = horizon(dephasing, u, z, floor, False)
        stretches = []
        if settles_at > 0:
            stretches.append(_stretch(dephasing, u, z, 0.0, min(settles_at, dies_at), False, TOLERANCE * scale))
        settled = settles_at < dies_at
        if settled:
            end = max(settles_at, horizon(dephasing, u, z, floor, True))
            if end > settles_at:
                stretches.append(_stretch(dephasing, u, z, settles_at, end, True, TOLERANCE * scale))
        terms = settled * (1 + u.size)
        return cls(
            amplitudes=np.exp(np.sum(u) - dephasing * settles_at)
            * np.append(1.0, -u * np.exp(-z * settles_at))[:terms],
            poles=np.append(dephasing + 0.0j, dephasing + z)[:terms],
            dephasing=dephasing,
            settles_at=settles_at,
            exponent_size=8.0 + float(np.abs(u).sum()),
            truncation_floor=2 * float(np.exp(floor)) / dephasing,
            stretches=tuple(stretches),
        )

    def __call__(self, energies: FloatArray) -> tuple[ComplexArray, FloatArray]:
        r"""$I(\epsilon)$ for `energies` (E,), and a bound on its absolute error (E,).

        The bound adds the truncation of the Legendre series, the neglected end of the time axis, and round-off:
        machine epsilon times the integral of |f| times the size of the exponents.
        """
        values = np.zeros(energies.shape, np.complex128)
        errors = np.full(energies.shape, self.truncation_floor)
        for stretch in self.stretches:
            stretch.add_integral(energies, values)
            weight = stretch.absolute_integrals
            steady = np.sum(weight * (self.exponent_size + self.dephasing * stretch.midpoints))
            errors += stretch.truncation + EPSILON * steady
        for amplitude, rate in zip(self.amplitudes, self.poles, strict=True):
            top = amplitude * np.exp(-1j * energies * self.settles_at)
            bottom = rate + 1j * energies
            values += top / bottom
            products = np.abs(top.real * bottom.real) + np.abs(top.imag * bottom.imag)
            turning = np.abs(top * bottom * energies * self.settles_at)
            errors += EPSILON * (self.exponent_size * products + turning) / np.abs(bottom) ** 2
        return values, errors


def _stretch(
    dephasing: float,
    u: ComplexArray,
    z: ComplexArray,
    start: float,
    stop: float,
    settled: bool,
    tolerance: float,
) -> _Stretch:
    # so short a binary fraction that all ends of panels are exact: their phases then carry no rounding
    stop = start + float(np.float32(stop - start))
    return _Stretch(
        start, stop, *build_panels(dephasing, u, z, start, stop, settled, tolerance, gauss_rule()[0], _to_legendre())
    )
