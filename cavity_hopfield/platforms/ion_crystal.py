"""A chain of ions at rest in a harmonic trap, and its normal modes."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import constants

from cavity_hopfield._checks import ReadOnlyArrays, frozen, one_of, real_number, whole_number
from cavity_hopfield._typing import FloatArray
from cavity_hopfield.exceptions import ArgumentError, ConvergenceError
from cavity_hopfield.platforms.quantities import si_number

AXES = ("axial", "radial")
NEWTON_STEPS = 60
SETTLED = 1e-13
MOST_IONS = 200
NODE = 1e-9
"""An entry of a mode vector below this is zero: rounding at an ion that symmetry keeps at rest, or an ion so far from
where a mode is confined that its force moves nothing."""


@dataclass(frozen=True, eq=False)
class NormalModes(ReadOnlyArrays):
    r"""$x_i = \sum_m b_{im} \sqrt{\hbar / 2 m \omega_m} (a_m + a_m^\dagger)$: the modes along one axis of the trap.

    Attributes
    ----------
    frequencies_rad_s : (N,) array
        $\omega_m$, lowest first: axially the common motion is the first, radially the last.
    vectors : (N, N) array
        $b_{im}$, orthonormal columns, one per mode; the entry of the last ion is positive, or else the last that moves.
    """

    frequencies_rad_s: FloatArray
    vectors: FloatArray


def equilibrium_positions(ions: int) -> FloatArray:
    r"""$u_i = \sum_{j<i} (u_i - u_j)^{-2} - \sum_{j>i} (u_i - u_j)^{-2}$: the ions at rest, ascending.

    In units of $\ell = \left(\frac{e^2}{4 \pi \epsilon_0 m \omega_z^2}\right)^{1/3}$, shape (N,), by Newton's method.

    Notes
    -----
    Source: D. F. V. James, Appl. Phys. B 66, 181 (1998); two ions sit at $\mp (1/4)^{1/3}$, three at
    $\mp (5/4)^{1/3}$ and 0.

    Examples
    --------
    >>> equilibrium_positions(3).round(4)
    array([-1.0772,  0.    ,  1.0772])
    """
    count = whole_number("ions", ions, minimum=1)
    if count > MOST_IONS:
        raise ArgumentError(f"Argument `ions` must be at most {MOST_IONS}, but is {count}.")
    places = np.sort(np.linspace(-1.0, 1.0, count) if count > 1 else np.zeros(1)) * count**0.41
    for _ in range(NEWTON_STEPS):
        step = np.linalg.solve(axial_hessian(places), _net_force(places))
        gaps = np.diff(places)
        closing = -np.diff(step)
        safe = 1.0 if count == 1 else min(1.0, 0.5 / max(float(np.max(closing / gaps)), 0.5))
        places = places + safe * step
        if np.abs(step).max() < SETTLED * max(1.0, float(np.abs(places).max())):
            return np.asarray((places - places[::-1]) / 2)
    raise ConvergenceError(f"The positions of {count} ions did not settle in {NEWTON_STEPS} steps of Newton's method.")


def axial_hessian(positions: FloatArray) -> FloatArray:
    r"""$A_{ii} = 1 + \sum_{j \ne i} \frac{2}{|u_i - u_j|^3}$, $A_{ij} = -\frac{2}{|u_i - u_j|^3}$, in $m \omega_z^2$.

    For `positions` (N,) in units of $\ell$; shape (N, N).
    """
    pull = 2 * _inverse_cubes(positions)
    return np.asarray(np.diag(1 + pull.sum(axis=1)) - pull)


def radial_hessian(positions: FloatArray, anisotropy: float) -> FloatArray:
    r"""$B = \left(\omega_r^2 / \omega_z^2 + \frac12\right) 1 - \frac12 A$, in units of $m \omega_z^2$, shape (N, N).

    `anisotropy` is $\omega_r / \omega_z$.
    """
    return np.asarray((anisotropy**2 + 0.5) * np.eye(positions.size) - 0.5 * axial_hessian(positions))


def length_scale_m(mass_kg: float, axial_rad_s: float) -> float:
    r"""$\ell = \left(\frac{e^2}{4 \pi \epsilon_0 m \omega_z^2}\right)^{1/3}$ of singly charged ions, in metres."""
    coulomb = constants.e**2 / (4 * np.pi * constants.epsilon_0)
    return float((coulomb / (mass_kg * axial_rad_s**2)) ** (1 / 3))


def normal_modes(ions: int, axial_rad_s: Any, radial_rad_s: Any = None, *, axis: str = "axial") -> NormalModes:
    """The modes of a chain along the trap's axis, or across it.

    Parameters
    ----------
    ions : int
        N.
    axial_rad_s, radial_rad_s : float
        Frequencies of one ion along and across the axis; the second is needed for radial modes.
    axis : {"axial", "radial"}
        Direction of the motion.

    Returns
    -------
    NormalModes
        N modes.

    Raises
    ------
    ArgumentError
        If the chain buckles: the radial confinement does not hold a straight line.

    Examples
    --------
    >>> (normal_modes(3, 1.0).frequencies_rad_s ** 2).round(6)
    array([1. , 3. , 5.8])
    """
    one_of("axis", axis, AXES)
    along = si_number("axial_rad_s", axial_rad_s, above=0.0)
    positions = equilibrium_positions(ions)
    hessian = axial_hessian(positions)
    if axis == "radial":
        if radial_rad_s is None:
            raise ArgumentError("Argument `radial_rad_s` must be given for radial modes, but is None.")
        across = si_number("radial_rad_s", radial_rad_s, above=0.0)
        hessian = radial_hessian(positions, across / along)
        require_straight(positions, along, across)
    squares, vectors = np.linalg.eigh(hessian)
    vectors[np.abs(vectors) < NODE] = 0.0
    return NormalModes(frozen(along * np.sqrt(squares)), frozen(_signed(vectors)))


def require_straight(positions: FloatArray, axial_rad_s: float, radial_rad_s: float) -> None:
    """An error if the chain buckles into a zigzag: a radial mode has no positive frequency."""
    real_number("radial_rad_s", radial_rad_s, above=0.0)
    least = np.sqrt(max(0.0, (np.linalg.eigvalsh(axial_hessian(positions))[-1] - 1) / 2)) * axial_rad_s
    if radial_rad_s <= least:
        raise ArgumentError(
            f"Argument `radial_rad_s` must exceed {least:.6g} for a straight chain of {positions.size} ions at "
            f"axial_rad_s={axial_rad_s:.6g}, but is {radial_rad_s:.6g}: it buckles into a zigzag. Raise it, or lower "
            "the axial confinement."
        )


def _net_force(positions: FloatArray) -> FloatArray:
    between = positions[:, None] - positions[None, :]
    np.fill_diagonal(between, np.inf)
    return np.asarray(np.sum(np.sign(between) / between**2, axis=1) - positions)


def _inverse_cubes(positions: FloatArray) -> FloatArray:
    distances = np.abs(positions[:, None] - positions[None, :])
    np.fill_diagonal(distances, np.inf)
    return np.asarray(distances**-3)


def _signed(vectors: FloatArray) -> FloatArray:
    """Each column with a positive last entry, or the last one that is not zero."""
    last = [float(column[np.flatnonzero(column)[-1]]) for column in vectors.T]
    return np.asarray(vectors * np.sign(last) + 0.0)
