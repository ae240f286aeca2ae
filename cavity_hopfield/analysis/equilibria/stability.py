"""How a state at rest answers a small push."""

from dataclasses import dataclass

import numpy as np

from cavity_hopfield._checks import ReadOnlyArrays, frozen, real_array
from cavity_hopfield._typing import ArrayLike, ComplexArray, FloatArray
from cavity_hopfield.analysis.class_dynamics import ClassDynamics
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.network import HopfieldLimit

AT_REST = 1e-6
"""Largest velocity, in units of s at zero field, of a state that counts as at rest."""


@dataclass(frozen=True, eq=False)
class Stability(ReadOnlyArrays):
    r"""Eigenvalues of the linearised equations of all classes at a fixed point.

    Attributes
    ----------
    eigenvalues : (2C,) array of complex
        Largest real part first. Two kinds of push always decay and are left out, though the slowest decay of a network
        may be one of them: means of sigma^x, at $s(h_\xi)/2$, and differences between spins of one class.
    residual : float
        Largest component of the velocity there.

    Examples
    --------
    >>> from cavity_hopfield import Glauber
    >>> zero = stability(HopfieldLimit(1, Glauber(temperature=0.5), drive=0.1), [0.0])
    >>> zero.stable, zero.unstable_directions
    (False, 1)
    """

    eigenvalues: ComplexArray
    residual: float

    @property
    def stable(self) -> bool:
        """Whether every push decays."""
        return bool(self.eigenvalues[0].real < 0)

    @property
    def unstable_directions(self) -> int:
        """Number of eigenvalues with a positive real part."""
        return int((self.eigenvalues.real > 0).sum())


def stability(limit: HopfieldLimit, overlaps: ArrayLike) -> Stability:
    r"""The stability of the fixed point $m^z_\xi = d s / (s^2 + 8 \Omega^2)$ of `limit` with the given overlaps.

    Parameters
    ----------
    limit : HopfieldLimit
        The network.
    overlaps : (P,) array
        Overlaps of a fixed point, as `fixed_points` finds them.

    Returns
    -------
    Stability
        Eigenvalues and verdict.

    Raises
    ------
    ArgumentError
        If the state of these overlaps is not at rest, or the rate law is not smooth.

    Examples
    --------
    >>> from cavity_hopfield import Glauber
    >>> stability(HopfieldLimit(1, Glauber(temperature=0.5)), [0.0]).eigenvalues.real
    array([ 1. , -0.5])
    """
    given = real_array("overlaps", overlaps)
    dynamics = ClassDynamics(limit)
    if given.shape != (limit.n_patterns,):
        raise ArgumentError(f"Argument `overlaps` must have shape ({limit.n_patterns},), but has shape {given.shape}.")
    found = stability_at(dynamics, given)
    allowed = AT_REST * float(dynamics.response.sums(np.zeros(dynamics.n_classes)).max())
    if found.residual > allowed:
        raise ArgumentError(
            f"Argument `overlaps` must be those of a fixed point, but {overlaps!r} moves at {found.residual:.2g}. "
            "Take them from `fixed_points(limit)`."
        )
    return found


def stability_at(dynamics: ClassDynamics, overlaps: FloatArray) -> Stability:
    """The stability of the state that the fields of `overlaps` hold at rest."""
    state = dynamics.at_rest(overlaps)
    return Stability(frozen(spectrum(dynamics.jacobian(state))), float(np.abs(dynamics.velocity(state)).max()))


def spectrum(jacobian: FloatArray) -> ComplexArray:
    """Eigenvalues, the largest real part first, of a pair the positive imaginary part."""
    values = np.linalg.eigvals(jacobian).astype(np.complex128)
    return np.asarray(values[np.lexsort((-values.imag, -np.round(values.real, 12)))])
