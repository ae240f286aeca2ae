"""Linear equations of the fluctuations about a fixed point of the mean field, and their stationary covariance."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.linalg import block_diag, solve_continuous_lyapunov

from cavity_hopfield._typing import ComplexArray, FloatArray
from cavity_hopfield.cavity import CollectiveSpins
from cavity_hopfield.exceptions import ConvergenceError
from cavity_hopfield.formulas.mean_field import amplitude_rates, bloch_rates
from cavity_hopfield.model import MultimodeDicke

DARK = 1e-9
"""Directions that the light sees less than this, beside the fastest rate, count as dark."""
MARGINAL = 1e-12
"""A decay rate below this, beside the fastest rate, counts as none."""


@dataclass(frozen=True, eq=False)
class Fluctuations:
    r"""$\dot v = A v + \xi$ for $v = (F_c, \mathrm{Re}\,\delta a_\mu, \mathrm{Im}\,\delta a_\mu)$ with
    $F_c = \frac{1}{\sqrt{n_c}} \sum_{i \in c} (\boldsymbol\tau_i - \mathbf m_c)$, about a fixed point.

    A class of polarised spins fluctuates across its direction alone, as a boson does. Only the modes are noisy, by
    $\frac14 (\gamma_\mu + \kappa_\mu)$ in each quadrature.

    Attributes
    ----------
    model : MultimodeDicke
        The cavity.
    spins : CollectiveSpins
        Its spins, those of equal couplings together.
    bloch : (C, 3) array
        Bloch vectors of length one of the classes, in their gauge.
    amplitudes : (M,) complex array
        Of the modes.
    """

    model: MultimodeDicke
    spins: CollectiveSpins
    bloch: FloatArray
    amplitudes: ComplexArray

    @property
    def collective(self) -> FloatArray:
        r"""$g_{c\mu} \sqrt{n_c}$, (C, M)."""
        return self.spins.g * np.sqrt(self.spins.sizes)[:, None]

    @cached_property
    def whole(self) -> FloatArray:
        """$A$ on all components, (3 C + 2 M, 3 C + 2 M)."""
        n_classes, n_modes = self.spins.g.shape
        real, imag = 3 * n_classes, 3 * n_classes + n_modes
        matrix = np.zeros((imag + n_modes, imag + n_modes))
        for c, (row, m) in enumerate(zip(self.spins.g, self.bloch, strict=True)):
            field, place = float(row @ (2 * self.amplitudes.real)), slice(3 * c, 3 * c + 3)
            matrix[place, place] = np.transpose([bloch_rates(self.model.drive, field, *one) for one in np.eye(3)])
            answer = np.array(bloch_rates(0.0, 1.0, *m))
            matrix[place, real:imag] = np.outer(answer, 2 * self.collective[c])
        for mode, (omega, net_loss) in enumerate(zip(self.model.omega, self.model.net_loss, strict=True)):
            rows = [real + mode, imag + mode]
            matrix[rows, real + mode] = amplitude_rates(0.0, 1.0, 0.0, net_loss, omega)
            matrix[rows, imag + mode] = amplitude_rates(1.0, 0.0, 0.0, net_loss, omega)
            pulled = np.array(amplitude_rates(0.0, 0.0, 1.0, net_loss, omega))
            matrix[np.ix_(rows, range(2, real, 3))] = np.outer(pulled, self.collective[:, mode])
        return matrix

    @cached_property
    def across(self) -> FloatArray:
        """Orthonormal columns (3 C + 2 M, 2 C + 2 M): across the direction of every class, and the modes."""
        pairs = []
        for m in self.bloch:
            first = np.cross(m, np.eye(3)[np.argmin(np.abs(m))])
            first = first / np.linalg.norm(first)
            pairs.append(np.stack([first, np.cross(m, first)], axis=1))
        return np.asarray(block_diag(*pairs, np.eye(2 * self.model.n_modes)))

    @cached_property
    def drift(self) -> FloatArray:
        """$A$ across the directions of the classes."""
        return np.asarray(self.across.T @ self.whole @ self.across)

    @cached_property
    def diffusion(self) -> FloatArray:
        r"""$\frac12 \langle \{\xi, \xi^T\} \rangle$ per unit of time, as `drift`."""
        noise = (self.model.loss + self.model.gain) / 4
        return np.diag(np.concatenate([np.zeros(2 * len(self.bloch)), noise, noise]))

    @cached_property
    def bright(self) -> FloatArray:
        r"""Orthonormal columns that span all $(A^T)^k$ on the modes: what the light sees closes in them."""
        size, lights = len(self.drift), 2 * self.model.n_modes
        basis = np.eye(size)[:, size - lights :]
        scale, newest = np.linalg.norm(self.drift, 2), basis
        while newest.shape[1]:
            seen = self.drift.T @ newest
            for _ in range(2):
                seen = seen - basis @ (basis.T @ seen)
            left, sizes, _ = np.linalg.svd(seen, full_matrices=False)
            newest = left[:, sizes > DARK * scale]
            basis = np.hstack([basis, newest])
        return basis

    @property
    def dark(self) -> int:
        """The number of quadratures of the spins that the light does not see, and does not damp."""
        return int(len(self.drift) - self.bright.shape[1])

    @cached_property
    def bright_drift(self) -> FloatArray:
        """$A$ among the `bright` combinations."""
        return np.asarray(self.bright.T @ self.drift @ self.bright)

    @cached_property
    def eigenvalues(self) -> ComplexArray:
        """Of the `bright_drift`, the slowest first."""
        found = np.linalg.eigvals(self.bright_drift).astype(np.complex128)
        return np.asarray(found[np.lexsort([found.imag, -found.real])])

    @cached_property
    def covariance(self) -> FloatArray:
        r"""$\frac12 \langle \{v, v^T\} \rangle$ in the stationary state, on all components; zero in what is dark.

        Raises
        ------
        ConvergenceError
            If the fixed point is not stable.
        """
        growth = float(self.eigenvalues.real.max())
        if growth > -MARGINAL * np.linalg.norm(self.drift, 2):
            raise ConvergenceError(
                f"The fixed point is not stable: what deviates from it grows at the rate {growth:.3g}. Start near "
                "another; at a threshold, and for spins that nothing damps, there is no stationary covariance."
            )
        seen = solve_continuous_lyapunov(self.bright_drift, -(self.bright.T @ self.diffusion @ self.bright))
        onto = self.across @ self.bright
        return np.asarray(onto @ ((seen + seen.T) / 2) @ onto.T)

    @cached_property
    def shift(self) -> FloatArray:
        r"""$\langle v \rangle$ of the order $N^{-1/2}$, by which fluctuations move the means; needs `dark` = 0.

        From $0 = A \langle v \rangle + q$ with $q_c = (-2 \langle \delta h_c F_{c,y} \rangle,
        2 \langle \delta h_c F_{c,x} \rangle, 0)$, and the length $n_c (n_c + 2)$ that each class keeps.
        """
        n_classes, n_modes = self.spins.g.shape
        real = 3 * n_classes
        quadratic, along = np.zeros(len(self.whole)), np.zeros((n_classes, len(self.whole)))
        lengths = np.zeros(n_classes)
        for c, m in enumerate(self.bloch):
            with_field = self.covariance[3 * c : 3 * c + 3, real : real + n_modes] @ (2 * self.spins.g[c])
            quadratic[3 * c : 3 * c + 2] = -2 * with_field[1], 2 * with_field[0]
            along[c, 3 * c : 3 * c + 3] = m
            spread = np.trace(self.covariance[3 * c : 3 * c + 3, 3 * c : 3 * c + 3])
            lengths[c] = (2 - spread) / (2 * np.sqrt(self.spins.sizes[c]))
        equations = np.vstack([self.whole, along])
        return np.asarray(np.linalg.lstsq(equations, np.concatenate([-quadratic, lengths]), rcond=None)[0])
