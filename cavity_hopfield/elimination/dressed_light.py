"""What the light is when it follows spins that a drive turns: its operators in the space of the spins."""

import numpy as np
from scipy.sparse import csr_array, diags_array, eye_array

from cavity_hopfield._typing import ComplexArray, FloatArray
from cavity_hopfield.formulas.atom_only import dressed_amplitude
from cavity_hopfield.model import MultimodeDicke, require_dicke
from cavity_hopfield.operators import adjoint, configurations, pauli


def dressed_amplitudes(dicke: MultimodeDicke) -> list[csr_array]:
    r"""$\hat\alpha_\mu = \sum_i g_{i\mu} (c_z \sigma^z_i + c_y \sigma^y_i)$, which solves
    $i [H_S, \hat\alpha_\mu] = -z_\mu \hat\alpha_\mu - i S_\mu$: one (2^N, 2^N) matrix for each mode.

    The amplitude of a mode that follows spins which the drive turns, in the place of $a_\mu$ in expectations of first
    order in the coupling; $c_z = -i z / (z^2 + 4 \Omega^2)$ and $c_y = 2 i \Omega / (z^2 + 4 \Omega^2)$. Photon numbers
    are of second order and have their own operators, `photon_numbers`.

    Examples
    --------
    >>> dicke = MultimodeDicke(g=[[0.1]], omega=1.0, loss=1.0)
    >>> dressed_amplitudes(dicke)[0].toarray().diagonal()  # -i g / z times sigma^z
    array([-0.08-0.04j,  0.08+0.04j])
    """
    n = require_dicke("dicke", dicke).n_spins
    along, across = dressing(dicke)
    sigma_y = [pauli("y", spin, n) for spin in range(n)]
    return [
        csr_array(c_z * force + sum(c_y * coupling * operator for coupling, operator in zip(row, sigma_y, strict=True)))
        for c_z, c_y, force, row in zip(along, across, forces(dicke), dicke.g.T, strict=True)
    ]


def photon_numbers(dicke: MultimodeDicke) -> list[csr_array]:
    r"""$\bar n_\mu + (\bar n_\mu + 1) \hat\alpha_\mu^\dagger \hat\alpha_\mu
    - \bar n_\mu \hat\alpha_\mu \hat\alpha_\mu^\dagger$, whose expectations are the photons of each mode: one
    (2^N, 2^N) matrix for each mode, right to third order in the coupling.

    It solves $i [H_S, Q] = -\Gamma Q + i (Y - Y^\dagger)$ with
    $Y = (\bar n + 1) S \hat\alpha - \bar n \hat\alpha S$, the stationary balance of
    $\partial_t \langle a^\dagger a \rangle = \Gamma (\bar n - \langle a^\dagger a \rangle)
    - 2\, \mathrm{Im} \langle S a \rangle$. The commutator $\bar n [\hat\alpha^\dagger, \hat\alpha]$ is what thermal
    light adds: spins that it turns answer to it.
    """
    require_dicke("dicke", dicke)
    numbers = []
    for n, amplitude in zip(dicke.thermal_occupation, dressed_amplitudes(dicke), strict=True):
        number = (n + 1) * (adjoint(amplitude) @ amplitude) - n * (amplitude @ adjoint(amplitude))
        numbers.append(csr_array(number + n * eye_array(2**dicke.n_spins)))
    return numbers


def pair_amplitudes(dicke: MultimodeDicke) -> list[csr_array]:
    r"""$\hat\alpha_\mu^2 - (2 \bar n_\mu + 1) \frac{c_y}{z_\mu} \sum_i g_{i\mu}^2 \sigma^x_i$, whose expectations are
    $\langle a_\mu^2 \rangle$: one (2^N, 2^N) matrix for each mode, right to third order in the coupling.

    It solves $i [H_S, P] = -2 z P - 2 i Y$ with the $Y$ of `photon_numbers`, the stationary balance of $\partial_t
    \langle a^2 \rangle = -2 z \langle a^2 \rangle - 2 i \langle S a \rangle$.
    """
    require_dicke("dicke", dicke)
    n = dicke.n_spins
    _, across = dressing(dicke)
    pairs = []
    for mode, amplitude in enumerate(dressed_amplitudes(dicke)):
        factor = -dicke.noise_factor[mode] * across[mode] / dicke.pole[mode]
        pair = amplitude @ amplitude
        for spin, g in enumerate(dicke.g[:, mode]):
            pair = pair + complex(factor * g**2) * pauli("x", spin, n)
        pairs.append(csr_array(pair))
    return pairs


def threshold_ratio(dicke: MultimodeDicke) -> FloatArray:
    r"""$\left[ \frac{|z^2 + 4 \Omega^2|^2}{|z|^2 (|z|^2 - 4 \Omega^2)} \right]^{1/2}$: the coupling at which the mean
    field of `AtomOnly` first remembers one pattern, over the right one, for each mode (M,).

    With couplings $g \xi_i / \sqrt N$ both forms have the mean-field threshold
    $g_c^2 = \Omega / (2 |\mathrm{Re}\, c_z|)$; with the light kept it is $\Omega |z|^2 / (2 \omega)$. Infinite for
    $2 \Omega \ge |z|$, where no coupling suffices. At threshold the other spins turn a spin as fast as the drive does,
    but the dressed amplitude follows the drive alone: the ratio tells how slow the drive must be.

    Examples
    --------
    >>> threshold_ratio(MultimodeDicke(g=[[0.1]], omega=1.0, loss=1.0, drive=0.5)).round(4)
    array([1.8439])
    """
    along, _ = dressing(require_dicke("dicke", dicke))
    right = -dicke.omega / np.abs(dicke.pole) ** 2
    squared = np.divide(right, along.real, out=np.full(dicke.n_modes, np.inf), where=along.real < 0)
    return np.asarray(np.sqrt(squared))


def dressing(dicke: MultimodeDicke) -> tuple[ComplexArray, ComplexArray]:
    """The coefficients of sigma^z and sigma^y in the dressed amplitude of each mode, twice (M,)."""
    parts = np.array(
        [
            dressed_amplitude(dicke.drive, net_loss, omega)
            for net_loss, omega in zip(dicke.net_loss, dicke.omega, strict=True)
        ]
    )
    return parts[:, 0] + 1j * parts[:, 1], parts[:, 2] + 1j * parts[:, 3]


def forces(dicke: MultimodeDicke) -> list[csr_array]:
    r"""$S_\mu$, one diagonal (2^N, 2^N) matrix for each mode."""
    return [csr_array(diags_array(force + 0j)) for force in dicke.force(configurations(dicke.n_spins)).T]


def drive_energy(dicke: MultimodeDicke) -> csr_array:
    """$H_S$."""
    energy = csr_array((2**dicke.n_spins,) * 2, dtype=np.complex128)
    for spin in range(dicke.n_spins):
        energy = csr_array(energy + dicke.drive * pauli("x", spin, dicke.n_spins))
    return energy
