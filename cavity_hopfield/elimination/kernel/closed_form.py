r"""The kernel integral of one mode without gain, ${}_1F_1(1; 1 + s; u)/(s z)$, as a function like `KernelIntegral`."""

from dataclasses import dataclass

import numpy as np

from cavity_hopfield._compiled import EPSILON
from cavity_hopfield._typing import ComplexArray, FloatArray
from cavity_hopfield.elimination.kernel._closed_form_kernels import confluent_integrals


@dataclass(frozen=True, eq=False)
class ConfluentIntegral:
    r"""$I(\epsilon)$ of one transient $u e^{-zt}$; calling it with flip energies (E,) returns values and bounds."""

    dephasing: float
    u: complex
    z: complex

    def __call__(self, energies: FloatArray) -> tuple[ComplexArray, FloatArray]:
        r"""$I(\epsilon)$ for `energies` (E,), and a bound on its absolute error (E,): round-off, as the recurrences of
        the fraction amplify it; infinite where the fraction has not converged.
        """
        values = np.empty(energies.shape, np.complex128)
        amplification = np.empty(energies.shape)
        confluent_integrals(self.dephasing, self.u, self.z, np.ascontiguousarray(energies), values, amplification)
        if self.starts_at_rest:
            known = np.minimum(amplification, 4 + np.sqrt(abs(self.u)))
            amplification = np.where(np.isfinite(amplification), known, np.inf)
        return values, EPSILON * (24.0 + 6.0 * amplification) * np.abs(values)

    @property
    def starts_at_rest(self) -> bool:
        r"""Whether $\mathtt{dephasing} = \mathrm{Re}(uz)$: the kernel starts with zero slope, on the real time axis.

        There the fraction loses no digits at all (at most 13 roundings of epsilon, for net_loss/omega from 0.02 to 10
        and g/omega from 0.02 to 3, against 40 digits), and the worst amplification is far too careful.
        """
        return bool(abs((self.u * self.z).real - self.dephasing) <= 1e-9 * abs(self.u * self.z))
