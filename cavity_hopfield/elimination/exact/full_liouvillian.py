r"""The full generator of spins and light in a truncated Fock space, and its slowest relaxation."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csc_array, csr_array, eye_array
from scipy.sparse.linalg import LinearOperator, eigs, splu

from cavity_hopfield._checks import real_number
from cavity_hopfield._compiled import EPSILON
from cavity_hopfield._typing import ComplexArray
from cavity_hopfield.elimination.cavity_rates import require_drive
from cavity_hopfield.elimination.exact.fock_levels import Levels, at_enough_levels, checked_levels
from cavity_hopfield.exceptions import ConvergenceError, SizeError
from cavity_hopfield.model import MultimodeDicke
from cavity_hopfield.operators import adjoint, annihilation, lindbladian, on_site, pauli

BYTES_PER_ELEMENT = 60
"""Peak memory for one element of the sparse generator."""
BYTES_PER_FACTOR = 40
"""Peak memory for one element of its triangular factors."""
MODES_LOOKED_AT = 12
"""Eigenvalues nearest to zero that are found in each sector of parity."""
SHOWS = 1e-2
"""Least norm of the populations, beside that of the whole eigenvector, with which a mode shows in them."""
BESIDE_ZERO = 1e-3
"""Where the generator is inverted, in units of the net loss: at zero it is singular."""


@dataclass(frozen=True)
class Relaxation:
    r"""The eigenvalue $-\mathtt{rate} \pm i\, \mathtt{frequency}$ of the full generator that decays most slowly among
    those that show in the populations of the spins.

    Found by `slowest_relaxation`.

    Attributes
    ----------
    rate, frequency : float
        In units of omega. The frequency is zero where rates describe the relaxation.
    levels : tuple of int
        Fock states kept of each mode.
    cutoff_error : float
        The relative move of the rate when the levels are raised.
    residual : float
        $\Vert \mathcal{L} v - \lambda v \Vert / \Vert \lambda v \Vert$ of the eigenvector.
    """

    rate: float
    frequency: float
    levels: tuple[int, ...]
    cutoff_error: float
    residual: float


def full_liouvillian(dicke: MultimodeDicke, levels: Levels, *, memory_gib: float = 4.0) -> csr_array:
    r"""$\mathcal{L} = -i [H, \cdot] + \sum_\mu \gamma_\mu D[a_\mu] + \kappa_\mu D[a_\mu^\dagger]$ of spins and light,
    on density matrices stacked by columns, a sparse (d^2, d^2) array with $d = 2^N \prod_\mu L_\mu$. If the atoms have
    channels of their own, their jumps are there too.

    Parameters
    ----------
    dicke : MultimodeDicke
        The platform.
    levels : int or (M,) tuple of int
        Fock states kept of each mode.
    memory_gib : float
        Refuse a system that needs more than this.

    Returns
    -------
    csr_array
        In the product basis of `cavity_hopfield.operators`: the spins first, up before down, then the modes.

    Raises
    ------
    ArgumentError
        If the levels do not fit the modes.
    SizeError
        If more memory is needed than `memory_gib`; the text gives the need.

    Examples
    --------
    >>> one_spin = MultimodeDicke(g=[[0.5]], omega=1.0, loss=0.6, drive=0.02)
    >>> full_liouvillian(one_spin, levels=8).shape
    (256, 256)
    """
    each = checked_levels(dicke, levels)
    n, allowed = dicke.n_spins, real_number("memory_gib", memory_gib, above=0.0)
    size = 4.0 ** min(n, 500) * float(np.prod(np.square(each, dtype=float)))
    of_channels = 0 if dicke.channels is None else 3 * n
    need = size * (2 * n + 6 * dicke.n_modes + of_channels + 1) * BYTES_PER_ELEMENT / 2**30
    if need > allowed:
        raise SizeError(
            f"The full generator of {n} spins with {each} Fock levels needs about {need:.3g} GiB, more than "
            f"memory_gib={allowed:g}. Take fewer levels, or `exact_rates`, which keeps single blocks of it."
        )
    dimensions = (2,) * n + each
    sigma_x, sigma_z = pauli("x", 0, 1), pauli("z", 0, 1)
    total = csr_array((int(np.prod(dimensions)),) * 2, dtype=np.complex128)
    for spin in range(n):
        total = total + dicke.drive * on_site(sigma_x, spin, dimensions)
    jumps = []
    for mode, size in enumerate(each):
        a = on_site(annihilation(size), n + mode, dimensions)
        total = total + float(dicke.omega[mode]) * adjoint(a) @ a
        for spin in range(n):
            total = total + float(dicke.g[spin, mode]) * on_site(sigma_z, spin, dimensions) @ (a + adjoint(a))
        jumps += [(float(dicke.loss[mode]), a), (float(dicke.gain[mode]), adjoint(a))]
    if dicke.channels is not None:
        jumps += [(rate, on_site(jump, spin, dimensions)) for spin in range(n) for rate, jump in dicke.channels.jumps()]
    return lindbladian(csr_array(total), jumps)


def slowest_relaxation(
    dicke: MultimodeDicke,
    levels: Levels | None = None,
    *,
    tolerance: float = 1e-5,
    memory_gib: float = 4.0,
) -> Relaxation:
    r"""The slowest $\lambda \ne 0$ with $\mathcal{L} v = \lambda v$ that shows in the populations of the spins, by
    inverse iteration on the sparse generator.

    The flip of all spins together with the parity of the photons leaves the model alone, so that operators even and odd
    under it are solved for apart: the populations of one spin relax among the odd ones.

    Parameters
    ----------
    dicke : MultimodeDicke
        The platform, with a drive.
    levels : int or (M,) tuple of int, optional
        Fock states of each mode. If omitted, raised until the eigenvalue moves by less than `tolerance`.
    tolerance : float
        Largest relative error of the eigenvalue, by the cutoff or by round-off.
    memory_gib : float
        Refuse a system that needs more than this.

    Returns
    -------
    Relaxation

    Raises
    ------
    ArgumentError
        If the drive is zero, or the levels do not fit the modes.
    SizeError
        If more memory is needed than `memory_gib`.
    ConvergenceError
        If round-off hides the eigenvalue, or the residual of its vector exceeds `tolerance`.

    Warns
    -----
    RegimeWarning
        If `levels` are given and too few for `tolerance`.

    Examples
    --------
    >>> slow = slowest_relaxation(MultimodeDicke(g=[[0.5]], omega=1.0, loss=0.6, drive=0.02))
    >>> round(slow.rate, 8), slow.frequency
    (0.00288467, 0.0)
    """
    require_drive(dicke)
    allowed = real_number("memory_gib", memory_gib, above=0.0)
    slow, each, moved = at_enough_levels(
        dicke,
        levels,
        tolerance,
        lambda kept: _slowest(dicke, kept, tolerance, allowed),
        lambda fine, coarse: abs(fine.value - coarse.value) / abs(fine.value),
    )
    return Relaxation(-slow.value.real, slow.value.imag, each, moved, slow.residual)


@dataclass(frozen=True)
class _Mode:
    """An eigenvalue, with a frequency that is not negative, and what is known of its error, relative to it."""

    value: complex
    residual: float
    round_off: float


def _slowest(dicke: MultimodeDicke, levels: tuple[int, ...], tolerance: float, memory_gib: float) -> _Mode:
    """The slowest mode at one cutoff."""
    _check_factors(dicke, levels, memory_gib)
    whole = full_liouvillian(dicke, levels, memory_gib=memory_gib)
    signs = (-1,) if dicke.n_spins == 1 else (-1, 1)
    modes = [mode for sign in signs for mode in _sector_modes(whole, dicke, levels, sign, tolerance)]
    if not modes:
        raise ConvergenceError(
            f"None of the {MODES_LOOKED_AT} slowest modes shows in the populations of the spins: at the drive "
            f"{dicke.drive:g} they relax faster than the light."
        )
    slow = min(modes, key=lambda mode: -mode.value.real)
    worst = max(slow.residual, slow.round_off)
    if worst > tolerance:
        raise ConvergenceError(
            f"The slowest relaxation, {-slow.value.real:.3g}, is known to a part in {1 / worst:.1g} only: so slow a "
            "rate is lost in the round-off of the full generator. Raise `tolerance`, or take `exact_rates`."
        )
    return slow


def _sector_modes(
    whole: csr_array, dicke: MultimodeDicke, levels: tuple[int, ...], sign: int, tolerance: float
) -> list[_Mode]:
    """The modes near zero of one parity that show in the populations."""
    sector = _parity_sector(dicke.n_spins, levels, sign)
    part = csc_array(sector.T @ whole @ sector)
    round_off = EPSILON * float(abs(part).sum(axis=0).max())
    values, vectors = _near_zero(part, float(dicke.net_loss.min()))
    moving = np.abs(values) > round_off
    told_apart = len(np.unique(np.abs(dicke.g), axis=0)) == dicke.n_spins
    if told_apart and np.sum(~moving) > (sign > 0):
        raise ConvergenceError(
            f"A relaxation is slower than {round_off:.1g}, the round-off of the full generator. Take `exact_rates`, "
            "whose rates are exact relative to the drive squared."
        )
    populations = np.linalg.norm(np.asarray(_population_rows(dicke.n_spins, levels) @ sector @ vectors), axis=0)
    shown = np.flatnonzero(moving & (populations > SHOWS))
    return [
        _Mode(
            value=complex(value.real, abs(value.imag) * (abs(value.imag) > tolerance * abs(value))),
            residual=float(np.linalg.norm(part @ vector - value * vector) / abs(value)),
            round_off=round_off / float(abs(value)),
        )
        for value, vector in zip(values[shown], vectors.T[shown], strict=True)
    ]


def _near_zero(generator: csc_array, scale: float) -> tuple[ComplexArray, ComplexArray]:
    """The eigenvalues nearest to zero and their vectors, of norm one."""
    size = generator.shape[0]
    beside = BESIDE_ZERO * scale
    factors = splu(csc_array(generator - beside * eye_array(size)))
    inverse = LinearOperator((size, size), factors.solve, dtype=np.complex128)
    start = np.cos(np.arange(size)) + 0j  # any vector without symmetry
    values, vectors = eigs(inverse, k=min(MODES_LOOKED_AT, size - 2), v0=start)
    return beside + 1 / values, vectors / np.linalg.norm(vectors, axis=0)


def _parity_sector(n_spins: int, levels: tuple[int, ...], sign: int) -> csr_array:
    r"""The orthonormal basis of the operators that the flip of all spins, with the parity of the photons, multiplies by
    `sign`: a sparse (d^2, d^2 / 2) array.
    """
    light = int(np.prod(levels))
    parity = 1 - 2 * (np.sum(np.unravel_index(np.arange(light), levels), axis=0) % 2)
    size = 2**n_spins * light
    spins, photons = np.divmod(np.arange(size), light)
    image = (2**n_spins - 1 - spins) * light + photons
    right, left = (part.ravel() for part in np.meshgrid(np.arange(size), np.arange(size // 2), indexing="ij"))
    here, there = right * size + left, image[right] * size + image[left]
    values = sign * parity[photons[left]] * parity[photons[right]]
    columns = np.arange(here.size)
    entries = np.concatenate([np.ones(here.size), values]) / np.sqrt(2)
    places = (np.concatenate([here, there]), np.concatenate([columns, columns]))
    return csr_array((entries, places), shape=(size**2, here.size))


def _population_rows(n_spins: int, levels: tuple[int, ...]) -> csr_array:
    """The rows whose product with a stacked density matrix are the populations of the configurations, (2^N, d^2)."""
    light = int(np.prod(levels))
    size = 2**n_spins * light
    diagonal = np.arange(size) * (size + 1)
    return csr_array((np.ones(size), (np.arange(size) // light, diagonal)), shape=(2**n_spins, size**2))


def _check_factors(dicke: MultimodeDicke, levels: tuple[int, ...], memory_gib: float) -> None:
    """An error if the factors of the generator need more than `memory_gib`."""
    of_spins = 4.0 ** min(dicke.n_spins, 500) / 2
    of_light = float(np.prod(np.square(levels, dtype=float)))
    # nested dissection of a lattice of 2 M dimensions, whose sites carry the elements of the spins
    fill = 1.8 * of_spins**2 * of_light ** (2 - 0.5 / dicke.n_modes)
    need = fill * BYTES_PER_FACTOR / 2**30
    if need > memory_gib:
        raise SizeError(
            f"The slowest relaxation of {dicke.n_spins} spins with {levels} Fock levels needs about {need:.3g} GiB, "
            f"more than memory_gib={memory_gib:g}. Take a larger `tolerance`, or `exact_rates`."
        )
