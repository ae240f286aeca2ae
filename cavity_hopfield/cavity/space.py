"""Collective spins and modes in one space of finitely many states, the modes displaced if wanted."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse import csr_array, diags_array, eye_array

from cavity_hopfield._typing import ComplexArray, FloatArray
from cavity_hopfield.cavity.spins import CollectiveSpins
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.model import MultimodeDicke
from cavity_hopfield.operators import adjoint, annihilation, on_site, spin_component
from cavity_hopfield.operators.superoperators import Jump


@dataclass(frozen=True, eq=False)
class CavitySpace:
    r"""$\bigotimes_c \mathbb C^{2 j_c + 1} \otimes \bigotimes_\mu \mathbb C^{L_\mu}$ with $a_\mu = \beta_\mu + b_\mu$,
    where $b_\mu$ lowers the $L_\mu$ Fock states kept.

    A displacement takes the light that is always there out of the Fock states. It changes no physics:
    $\sqrt\gamma\, (b + \beta)$ and $\sqrt\kappa\, (b^\dagger + \beta^*)$ are the same channels as $\sqrt\gamma\, b$ and
    $\sqrt\kappa\, b^\dagger$ with

    $$H = \sum_\mu \omega_\mu b_\mu^\dagger b_\mu + S_\mu (b_\mu + b_\mu^\dagger + 2\,\mathrm{Re}\,\beta_\mu)
    + (i z_\mu^* \beta_\mu^* b_\mu + \mathrm{h.c.}) + 2\Omega \sum_c J_{c,x},
    \qquad S_\mu = \sum_c g_{c\mu}\, 2 J_{c,z},$$

    up to a number. In a stationary state with $\langle S \rangle$ the terms linear in $b$ cancel for
    $\beta = -i \langle S \rangle / z$.

    Parameters
    ----------
    model : MultimodeDicke
        The cavity.
    spins : CollectiveSpins
        How its spins are taken together.
    twice_lengths : (C,) tuple of int
        $2 j_c$ of each collective spin.
    levels : (M,) tuple of int
        $L_\mu$.
    displacement : (M,) complex array
        $\beta_\mu$; zeros for the plain Fock states.

    Raises
    ------
    ArgumentError
        If the atoms have channels of their own and a factor stands for several: they do not keep its length.
    """

    model: MultimodeDicke
    spins: CollectiveSpins
    twice_lengths: tuple[int, ...]
    levels: tuple[int, ...]
    displacement: ComplexArray

    def __post_init__(self) -> None:
        if self.model.channels is not None and self.spins.sizes.max() > 1:
            raise ArgumentError(
                "Channels of single atoms do not conserve the length of a collective spin. Treat every spin by itself, "
                '`resolution="site"`, or take `PermutationSymmetric`.'
            )

    @property
    def dimensions(self) -> tuple[int, ...]:
        """Dimensions of the factors: collective spins, m = j first, then modes, no photon first."""
        return (*(twice + 1 for twice in self.twice_lengths), *self.levels)

    @property
    def size(self) -> int:
        """Dimension of the space."""
        return int(np.prod(self.dimensions))

    def spin(self, axis: str, c: int) -> csr_array:
        r"""$2 J_{c,a}$, the sum of the Pauli matrices $\tau^a_i$ of class c."""
        return on_site(spin_component(axis, self.twice_lengths[c]), c, self.dimensions)

    def lowering(self, mode: int) -> csr_array:
        r"""$b_\mu$."""
        return on_site(annihilation(self.levels[mode]), len(self.twice_lengths) + mode, self.dimensions)

    def annihilation(self, mode: int) -> csr_array:
        r"""$a_\mu = \beta_\mu + b_\mu$."""
        return csr_array(self.lowering(mode) + diags_array(np.full(self.size, complex(self.displacement[mode]))))

    def force(self, mode: int) -> csr_array:
        r"""$S_\mu$, diagonal."""
        total = csr_array((self.size, self.size), dtype=np.complex128)
        for c, coupling in enumerate(self.spins.g[:, mode]):
            total = total + float(coupling) * self.spin("z", c)
        return csr_array(total)

    def overlap(self, pattern: FloatArray) -> FloatArray:
        r"""$\frac1N \sum_i \xi_i \sigma^z_i$ for one pattern (N,), its diagonal (size,).

        Raises
        ------
        ArgumentError
            If the pattern has both signs, after the turn, in the spins of one class: their sum does not tell it.
        """
        total = np.zeros(self.size)
        for c, one in enumerate(self.spins.class_signs(pattern)):
            total += float(one) * self.spin("z", c).diagonal().real
        return total / self.model.n_spins

    @cached_property
    def hamiltonian(self) -> csr_array:
        """$H$, sparse."""
        total = csr_array((self.size, self.size), dtype=np.complex128)
        for c in range(len(self.twice_lengths)):
            total = total + self.model.drive * self.spin("x", c)
        for mode, (omega, pole) in enumerate(zip(self.model.omega, self.model.pole, strict=True)):
            b, beta, force = self.lowering(mode), complex(self.displacement[mode]), self.force(mode)
            linear = 1j * complex(pole * beta).conjugate() * b
            total = total + float(omega) * adjoint(b) @ b + force @ (b + adjoint(b)) + 2 * beta.real * force
            total = total + linear + adjoint(linear)
        return csr_array(total)

    @cached_property
    def jumps(self) -> list[Jump]:
        """Rates and operators of the channels: loss and gain of every mode, then those of the atoms."""
        found: list[Jump] = []
        for mode, (loss, gain) in enumerate(zip(self.model.loss, self.model.gain, strict=True)):
            b = self.lowering(mode)
            found += [(float(loss), b), (float(gain), adjoint(b))]
        if self.model.channels is not None:
            for spin in range(self.model.n_spins):
                found += [(rate, on_site(jump, spin, self.dimensions)) for rate, jump in self.model.channels.jumps()]
        return [(rate, jump) for rate, jump in found if rate]

    @cached_property
    def energy(self) -> csr_array:
        r"""$-\frac12 \sum_{i \ne j} J_{ij} \sigma^z_i \sigma^z_j
        = -\frac12 \sum_\mu \frac{2 \omega_\mu}{|z_\mu|^2} (S_\mu^2 - \sum_i g_{i\mu}^2)$, diagonal.
        """
        total = csr_array((self.size, self.size), dtype=np.complex128)
        for mode, mediation in enumerate(self.model.mediation):
            force, own = self.force(mode), float(np.sum(self.model.g[:, mode] ** 2))
            total = total - 0.5 * float(mediation) * (force @ force - own * eye_array(self.size))
        return csr_array(total)
