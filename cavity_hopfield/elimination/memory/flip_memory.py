r"""The memory kernels of all flips of a platform, as functions of the delay.

A kernel is $K(\tau) = 2 \Omega^2\, \mathrm{Re}\, e^{-i\epsilon\tau} f(\tau)$ with
$f = A e^{-\Gamma_\varphi \tau} e^{-v(\tau)}$, $A = e^{\sum_k u_k}$, and the memory of the modes
$v = \sum_k u_k e^{-z_k \tau}$. It is the settled exponential $A e^{-(\Gamma_\varphi + i\epsilon)\tau}$ plus a rest that
dies with $v$. Where $A$ is so large that their difference would lose digits, or next to nothing, none is split off;
there $f$ dies soon.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.optimize import brentq

from cavity_hopfield._typing import ComplexArray, FloatArray, IntArray, SpinArray
from cavity_hopfield.elimination.cavity_rates import CavityRates, merged
from cavity_hopfield.elimination.kernel.flip import dephasing, flip_classes, transients
from cavity_hopfield.elimination.kernel.quadrature import gauss_rule
from cavity_hopfield.model import MultimodeDicke

NEGLIGIBLE = float(np.log(1e-16))
LARGEST_AMPLITUDE = 1e4
"""Largest modulus of A at which the difference of the kernel and its settled part keeps twelve digits."""
SMALLEST_AMPLITUDE = 1e-250
"""Smallest modulus of A at which the kernel over its settled part is no number too large."""


@dataclass(frozen=True, eq=False)
class ClassKernel:
    r"""$f(\tau) = \exp[-\Gamma_\varphi \tau + \sum_k u_k (1 - e^{-z_k \tau})]$: the kernel of a class of spins without
    the phase of the flip energy.
    """

    dephasing: float
    u: ComplexArray
    z: ComplexArray

    def values(self, times: FloatArray) -> ComplexArray:
        """$f$ at `times`, of any shape."""
        remembered = np.expm1(-times[..., None] * self.z) @ self.u
        return np.asarray(np.exp(-self.dephasing * times - remembered))

    def rest(self, times: FloatArray) -> ComplexArray:
        """$f$ without its settled part, which carries the `amplitude`."""
        if self.amplitude == 0:
            return self.values(times)
        memory = np.exp(-times[..., None] * self.z) @ self.u
        return np.asarray(self.amplitude * np.exp(-self.dephasing * times) * np.expm1(-memory))

    @cached_property
    def amplitude(self) -> complex:
        """$A$ where the settled part is split off, else 0."""
        logarithm = self.u.sum()
        if not np.log(SMALLEST_AMPLITUDE) < logarithm.real < np.log(LARGEST_AMPLITUDE):
            return 0j
        return complex(np.exp(logarithm))

    @cached_property
    def memory_time(self) -> float:
        """The time after which the rest is negligible."""

        def log_size(time: float) -> float:
            memory = float(np.sum(np.abs(self.u) * np.exp(-self.z.real * time)))
            size = memory + (np.log(-np.expm1(-memory) + 1e-300) if self.amplitude else 0.0)
            return float(self.u.sum().real - self.dephasing * time + size - NEGLIGIBLE)

        late = 1 / (self.dephasing + float(self.z.real.min()))
        while log_size(late) > 0:
            late *= 2
        return float(brentq(log_size, 0.0, late)) if log_size(0.0) > 0 else 0.0

    @property
    def fastest(self) -> float:
        r"""A bound on the frequencies in $f$: $|z|$ and $\sqrt{\sum \delta^2 \nu}$."""
        return float(np.abs(self.z).max() + np.sqrt(abs(np.sum(self.u * self.z**2))))


@dataclass(frozen=True, eq=False)
class FlipKernels:
    """Every distinct kernel of a set of flips, one for each pair of class and flip energy, shape (C,)."""

    strength: float
    energies: FloatArray
    labels: IntArray
    settled_rates: FloatArray
    classes: tuple[ClassKernel, ...]

    @classmethod
    def of(cls, dicke: MultimodeDicke, sigma: SpinArray, splitting: float) -> tuple["FlipKernels", IntArray]:
        """The kernels of the flips from configurations `sigma` (..., N), and the kernel of each flip (..., N)."""
        rates = CavityRates(dicke)
        all_energies = merged(dicke.flip_energies(sigma) - 2 * splitting * sigma)
        keys, which = np.unique(all_energies + 1j * rates.classes, return_inverse=True)
        energies, labels = keys.real.copy(), np.rint(keys.imag).astype(np.int64)
        kernels = cls(
            strength=2 * dicke.drive**2,
            energies=energies,
            labels=labels,
            settled_rates=rates(energies, labels),
            classes=tuple(
                ClassKernel(dephasing(dicke, delta), *transients(dicke, delta)) for delta in flip_classes(dicke)[0]
            ),
        )
        return kernels, which.reshape(all_energies.shape).astype(np.int64)

    @property
    def memory_time(self) -> float:
        """The time after which what is summed over the past is negligible."""
        return max(kernel.memory_time for kernel in self.classes)

    @property
    def fastest(self) -> float:
        """A bound on the frequencies in the kernels."""
        return max(kernel.fastest for kernel in self.classes) + float(np.abs(self.energies).max())

    @property
    def amplitudes(self) -> ComplexArray:
        """Settled parts at time zero, shape (C,)."""
        return np.asarray(self.strength * np.array([kernel.amplitude for kernel in self.classes])[self.labels])

    @property
    def settled_decays(self) -> ComplexArray:
        r"""$\Gamma_\varphi + i\epsilon$, shape (C,)."""
        return np.asarray(np.array([kernel.dephasing for kernel in self.classes])[self.labels] + 1j * self.energies)

    def values(self, times: FloatArray, *, rest: bool = False) -> FloatArray:
        """Kernels at `times`, or what is left without their settled parts, shape (C, ...)."""
        out = np.empty((self.energies.size, *times.shape))
        for label, kernel in enumerate(self.classes):
            envelope = self.strength * (kernel.rest(times) if rest else kernel.values(times))
            for c in np.flatnonzero(self.labels == label):
                out[c] = (envelope * np.exp(-1j * self.energies[c] * times)).real
        return out

    def accumulated(self, times: FloatArray) -> FloatArray:
        r"""$w(t) = \int_0^t K\,d\tau = w(\infty) - \int_t^\infty K\,d\tau$ at ascending `times` (T,), shape (C, T)."""
        decays = self.settled_decays[:, None]
        tails = (self.amplitudes[:, None] * np.exp(-decays * times) / decays).real
        early = times < self.memory_time
        if early.any():
            gaps = int(np.ceil((self.memory_time - times[0]) * self.fastest / 4)) + 1
            edges = np.unique(np.concatenate([times[early], np.linspace(times[0], self.memory_time, gaps + 1)]))
            nodes, weights = gauss_rule()
            half = np.diff(edges)[:, None] / 2
            panels = self.values(edges[:-1, None] + half * (1 + nodes), rest=True) @ weights * half[:, 0]
            beyond = np.cumsum(panels[:, ::-1], axis=1)[:, ::-1]
            tails[:, early] += beyond[:, np.searchsorted(edges, times[early])]
        return np.asarray(self.settled_rates[:, None] - tails)
