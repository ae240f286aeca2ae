"""Atoms that no coupling tells apart, and their light: the generator on counts and Fock states."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.linalg import eigvalsh
from scipy.sparse import csr_array, diags_array, eye_array, kron

from cavity_hopfield._typing import ComplexArray, FloatArray, IntArray
from cavity_hopfield.cavity import CavitySpace, CollectiveSpins
from cavity_hopfield.dynamics import Ellipse
from cavity_hopfield.model import MultimodeDicke
from cavity_hopfield.operators import adjoint, annihilation, lindbladian, on_site, pauli
from cavity_hopfield.theory.symmetric.counts import DOWN_UP, UP_DOWN, UP_UP, CountBasis
from cavity_hopfield.theory.symmetric.hermitian import Factors, HermitianSector

ROW_BY_ROW = np.array([0, 2, 1, 3])
"""Where up-up, up-down, down-up, down-down stand in a density matrix stacked by columns."""
LARGEST_SPECTRUM = 600
"""The largest Hamiltonian that is diagonalised for the extent of its spectrum; larger ones are bounded."""


@dataclass(frozen=True, eq=False)
class CavityCounts:
    r"""$\dot\rho = -i [H, \rho] + \sum_\mu \gamma_\mu D[b_\mu] + \kappa_\mu D[b_\mu^\dagger] + \sum_i
    \mathcal{S}_i \rho$ on counts (n_uu, n_ud, n_du, n_dd) of every class times Fock states of rows and columns.

    The force $S_\mu = \sum_c g_{c\mu} M_c$ is known on either side, $M_c = 2 (n_{uu} + n_{ud}) - n_c$ in the row and
    $2 (n_{uu} + n_{du}) - n_c$ in the column; drive and channels act on one spin at a time; the modes are displaced,
    $a = \beta + b$, as in `CavitySpace`.

    Attributes
    ----------
    model : MultimodeDicke
        The cavity.
    spins : CollectiveSpins
        Its classes.
    levels : (M,) tuple of int
        Fock states.
    displacement : (M,) complex array
        $\beta$.
    """

    model: MultimodeDicke
    spins: CollectiveSpins
    levels: tuple[int, ...]
    displacement: ComplexArray

    @cached_property
    def basis(self) -> CountBasis:
        """The counts."""
        return CountBasis.of(self.spins.sizes)

    @property
    def light(self) -> int:
        """Fock states of all modes together."""
        return int(np.prod(self.levels))

    @cached_property
    def parity(self) -> bool:
        """Whether turning all spins about x and all light by half a turn leaves the generator alone."""
        channels = self.model.channels
        return not (channels is not None and channels.tells_up_from_down) and not self.displacement.any()

    @cached_property
    def one_spin(self) -> ComplexArray:
        """What drive and channels do to the four elements of a spin, shape (4, 4)."""
        jumps = [] if self.model.channels is None else self.model.channels.jumps()
        stacked = lindbladian(self.model.drive * pauli("x", 0, 1), jumps).toarray()
        return np.asarray(stacked[np.ix_(ROW_BY_ROW, ROW_BY_ROW)])

    @cached_property
    def forces(self) -> tuple[FloatArray, FloatArray]:
        r"""$S_\mu$ of the row and of the column of every count, two arrays (K, M)."""
        found = []
        for beside in (UP_DOWN, DOWN_UP):
            total = np.zeros((self.basis.dimension, self.model.n_modes))
            for c, factor in enumerate(self.basis.classes):
                up = factor.counts[:, UP_UP] + factor.counts[:, beside]
                total += np.outer(self.basis.spread(c, 2 * up - factor.size), self.spins.g[c])
            found.append(total)
        return found[0], found[1]

    def lowering(self, mode: int) -> csr_array:
        r"""$b_\mu$ among all modes."""
        return on_site(annihilation(self.levels[mode]), mode, self.levels)

    def annihilation(self, mode: int) -> csr_array:
        r"""$a_\mu = \beta_\mu + b_\mu$ among all modes."""
        shift = diags_array(np.full(self.light, complex(self.displacement[mode])))
        return csr_array(self.lowering(mode) + shift)

    @cached_property
    def of_light(self) -> csr_array:
        """The generator of the modes by themselves, on matrices stacked by columns."""
        hamiltonian, jumps = csr_array((self.light,) * 2, dtype=np.complex128), []
        for mode, (omega, pole) in enumerate(zip(self.model.omega, self.model.pole, strict=True)):
            b = self.lowering(mode)
            linear = 1j * complex(pole * self.displacement[mode]).conjugate() * b
            hamiltonian = hamiltonian + float(omega) * adjoint(b) @ b + linear + adjoint(linear)
            jumps += [(float(self.model.loss[mode]), b), (float(self.model.gain[mode]), adjoint(b))]
        return lindbladian(csr_array(hamiltonian), jumps)

    @property
    def parts(self) -> list[Factors]:
        """The generator as a sum of Kronecker products, counts first."""
        identity = csr_array(eye_array(self.light))
        of_spins = csr_array((self.basis.dimension,) * 2, dtype=np.complex128)
        for c, factor in enumerate(self.basis.classes):
            of_spins = of_spins + self.basis.within(c, factor.lifted(self.one_spin))
        found = [
            (csr_array(of_spins), csr_array(eye_array(self.light**2))),
            (csr_array(eye_array(self.basis.dimension)), self.of_light),
        ]
        for mode in range(self.model.n_modes):
            a = self.annihilation(mode)
            field = csr_array(a + adjoint(a))
            row, column = (csr_array(diags_array(force[:, mode])) for force in self.forces)
            found += [(row, csr_array(-1j * kron(identity, field))), (column, csr_array(1j * kron(field.T, identity)))]
        return found

    def sector(self, *, even: bool = False) -> HermitianSector:
        """Hermitian states, or only those of even parity."""
        size = self.light
        swapped = np.arange(size**2).reshape(size, size).T.reshape(-1)
        transposed = np.add.outer(self.basis.images("transposed") * size**2, swapped).reshape(-1)
        if not even:
            return HermitianSector.of(transposed)
        quanta = np.indices(self.levels).reshape(len(self.levels), -1).sum(axis=0)
        sign = (1 - 2 * (np.add.outer(quanta, quanta) % 2)).reshape(-1)
        turned = np.add.outer(self.basis.images("turned") * size**2, np.arange(size**2)).reshape(-1)
        return HermitianSector.of(transposed, (turned, np.tile(sign, self.basis.dimension)))

    @cached_property
    def spins_up(self) -> IntArray:
        """Spins up in each class, for every classical state of the classes, shape (G, C)."""
        return np.indices(tuple(self.spins.sizes + 1)).reshape(self.spins.n_classes, -1).T

    @cached_property
    def energies(self) -> FloatArray:
        r"""$-\frac12 \sum_\mu \frac{2\omega_\mu}{|z_\mu|^2} (S_\mu^2 - \sum_i g_{i\mu}^2)$ of the classical states,
        shape (G,).
        """
        forces = (2.0 * self.spins_up - self.spins.sizes) @ self.spins.g
        return np.asarray(-0.5 * (forces**2 - np.sum(self.model.g**2, axis=0)) @ self.model.mediation)

    @cached_property
    def extent(self) -> float:
        """An upper bound of the differences of the energies, sharp for small systems."""
        free = MultimodeDicke(self.model.g, self.model.omega, self.model.loss, self.model.gain, self.model.drive)
        space = CavitySpace(free, self.spins, tuple(int(n) for n in self.spins.sizes), self.levels, self.displacement)
        if space.size <= LARGEST_SPECTRUM:
            energies = eigvalsh(space.hamiltonian.toarray())
            return float(energies[-1] - energies[0])
        total = 2 * self.model.drive * self.model.n_spins
        for mode, size in enumerate(self.levels):
            force, beta = float(np.abs(self.model.g[:, mode]).sum()), complex(self.displacement[mode])
            total += float(self.model.omega[mode]) * (size - 1) + 4 * force * (np.sqrt(size) + abs(beta.real))
            total += 4 * abs(self.model.pole[mode] * beta) * np.sqrt(size)
        return float(total)

    @property
    def ellipse(self) -> Ellipse:
        """Around the spectrum."""
        fastest = float((self.model.loss + self.model.gain) @ np.array(self.levels))
        if self.model.channels is not None:
            channels = self.model.channels
            fastest += self.model.n_spins * max(channels.longitudinal, channels.transverse)
        return Ellipse(fastest / 2, self.extent + 1e-3)
