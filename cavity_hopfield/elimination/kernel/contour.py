r"""The real part of the kernel integral with small relative error, far into its tails.

On the real time axis a rate that is $10^{-12}$ of the largest is a difference of large numbers. The kernel is entire
in $t$, so the path may first descend the imaginary axis to $-iy$, where the integrand has become small, and then run
parallel to the real axis:

$$\mathrm{Re} \int_0^\infty e^{-i\epsilon t} f\,dt = \int_0^y e^{-\epsilon y'}\, \mathrm{Im} f(-iy')\,dy'
 + \mathrm{Re} \int_0^\infty e^{-i\epsilon(s - iy)} f(s - iy)\,ds .$$

The second integral is of the same form as the original with $u_k \to u_k e^{i z_k y}$. The first is the algebraic
tail, $\frac12 \sum_\mu \delta_\mu^2 \nu_\mu \Gamma_\mu / \epsilon^4$ at large $|\epsilon|$, with nothing to cancel.
"""

from dataclasses import dataclass, field

import numpy as np

from cavity_hopfield._compiled import EPSILON
from cavity_hopfield._typing import ComplexArray, FloatArray, IntArray
from cavity_hopfield.elimination.kernel._axis_kernels import axis_legs, descents, imaginary_axis
from cavity_hopfield.elimination.kernel.closed_form import ConfluentIntegral
from cavity_hopfield.elimination.kernel.quadrature import KernelIntegral, gauss_rule

GOOD_ENOUGH = 1e-11
DIGITS_LOST = 1e-12
MOST_STEPS = 400
MOST_LEG_PANELS = 512


@dataclass(frozen=True, eq=False)
class SpectralDensity:
    r"""$\mathrm{Re}\, I(\epsilon)$ of one kernel, on the real axis where that is accurate, else on a shifted path."""

    dephasing: float
    u: ComplexArray
    z: ComplexArray
    _paths: dict[int, KernelIntegral] = field(default_factory=dict)

    def __call__(self, energies: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Values (E,) and bounds on their absolute errors (E,) at `energies` (E,)."""
        complex_values, errors = self.integral(energies)
        values = complex_values.real.copy()
        doubtful = np.flatnonzero(errors > GOOD_ENOUGH * np.abs(values))
        steps = self._descents(energies[doubtful])
        for step in np.unique(steps[steps != 0]):
            these = doubtful[steps == step]
            new_values, new_errors = self._shifted(energies[these], int(step))
            better = new_errors < errors[these]
            values[these[better]] = new_values[better]
            errors[these[better]] = new_errors[better]
        return values, errors

    def _descents(self, energies: FloatArray) -> IntArray:
        """How many steps down the imaginary axis make the second integral negligible beside the algebraic tail."""
        tail = 0.5 * abs(self._moment(3).real) / np.maximum(np.abs(energies), self._width) ** 4
        wanted = np.log(1e-5 * GOOD_ENOUGH / EPSILON * tail * self._width)
        steps = np.zeros(energies.shape, np.int64)
        descents(self.u, self.z, energies, self._step, wanted, MOST_STEPS, steps)
        return steps

    def _shifted(self, energies: FloatArray, step: int) -> tuple[FloatArray, FloatArray]:
        """Values and errors on the path that descends to `-i y` first."""
        y = step * self._step
        leg, leg_error = np.empty_like(energies), np.empty_like(energies)
        axis_legs(self.u, self.z, energies, y, *gauss_rule(), MOST_LEG_PANELS, leg, leg_error)
        values, errors = self.integral(energies, step)
        log_size, phase = imaginary_axis(self.u, self.z, y)
        size = np.exp(log_size - energies * y)
        return leg + size * (np.exp(1j * phase) * values).real, leg_error + size * errors

    def integral(self, energies: FloatArray, step: int = 0) -> tuple[ComplexArray, FloatArray]:
        r"""The complex $I(\epsilon)$ on the path that starts at `-i y`, and bounds on its errors, each (E,).

        In closed form where one transient is all and the fraction keeps its digits, else by panels. On the real axis
        (`step` 0) it is accurate beside its modulus, and its imaginary part gives the Lamb shift.
        """
        turned = self.u * np.exp(1j * self.z * step * self._step)
        if turned.size > 1:
            return self._panels(step, turned)(energies)
        values, errors = ConfluentIntegral(self.dephasing, complex(turned[0]), complex(self.z[0]))(energies)
        lost = np.flatnonzero(errors > DIGITS_LOST * np.abs(values))
        if lost.size:
            new_values, new_errors = self._panels(step, turned)(energies[lost])
            better = new_errors < errors[lost]
            values[lost[better]], errors[lost[better]] = new_values[better], new_errors[better]
        return values, errors

    def _panels(self, step: int, turned: ComplexArray) -> KernelIntegral:
        """The panels of one path, laid once."""
        if step not in self._paths:
            self._paths[step] = KernelIntegral.of(self.dephasing, turned, self.z)
        return self._paths[step]

    def _moment(self, power: int) -> complex:
        return complex(np.sum(self.u * self.z**power))

    @property
    def _width(self) -> float:
        r"""$\sqrt{\sum \delta^2 \nu}$: the standard deviation of the energy that the light takes up."""
        return float(np.sqrt(abs(self._moment(2))))

    @property
    def _step(self) -> float:
        return 0.5 / (self._width + float(np.abs(self.z).max()))
