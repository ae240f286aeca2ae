"""What happens beyond linear order where a fixed point loses its stability."""

from typing import Any

import numpy as np
import numpy.typing as npt

from cavity_hopfield._checks import real_array
from cavity_hopfield._typing import FloatArray
from cavity_hopfield.analysis.class_dynamics import ClassDynamics
from cavity_hopfield.exceptions import ArgumentError

Vector = npt.NDArray[Any]
AT_REST = 1e-6
"""Speed and growth rate, beside the rate of a spin without a field, that pass as zero."""


def first_lyapunov(dynamics: ClassDynamics, state: FloatArray) -> float:
    r"""$\ell_1 = \frac{1}{2\omega} \mathrm{Re}\left[\langle p, C(q, q, \bar q)\rangle
    - 2 \langle p, B(q, A^{-1} B(q, \bar q))\rangle + \langle p, B(\bar q, (2 i\omega - A)^{-1} B(q, q))\rangle\right]$.

    Negative where small stable cycles are born (supercritical), positive where small unstable ones are (subcritical).
    A is the Jacobian at the state, a fixed point with eigenvalues $\pm i\omega$; B and C are the second and third
    derivatives of the velocity; $A q = i \omega q$ with $\langle q, q \rangle = 1$, and $A^T p = -i \omega p$ with
    $\langle p, q \rangle = 1$.

    Parameters
    ----------
    dynamics : ClassDynamics
        The equations, at the drive of the Hopf point.
    state : (2, C) array
        The fixed point: means of $\sigma^y$ and $\sigma^z$ of each class.

    Returns
    -------
    float
        $\ell_1$, in units of the rates.

    Raises
    ------
    ArgumentError
        If the state moves, or has no pair of imaginary eigenvalues.

    Notes
    -----
    Source: Yu. A. Kuznetsov, Elements of Applied Bifurcation Theory (Springer, 2004), eq. (5.62).

    Examples
    --------
    At zero the velocity has one cubic term, $-\beta^3 z^3 / 3$ with $\beta = 1/T$, so that
    $\ell_1 = -\beta^3 / 4 \omega$:

    >>> from cavity_hopfield import Glauber, HopfieldLimit
    >>> zero = ClassDynamics(HopfieldLimit(1, Glauber(temperature=2 / 3), drive=0.5))
    >>> round(first_lyapunov(zero, zero.state([0.0])), 6), round(-(1.5**3) / 4 / 0.75**0.5, 6)
    (-0.974279, -0.974279)
    """
    if not isinstance(dynamics, ClassDynamics):
        raise ArgumentError(
            f"Argument `dynamics` must be a `ClassDynamics`, but is a {type(dynamics).__name__}. Make it with "
            "`ClassDynamics(limit)`."
        )
    state = real_array("state", state)
    shape, matrix = state.shape, dynamics.jacobian(state)
    values, right = np.linalg.eig(matrix)
    critical = int(np.lexsort((-values.imag, np.abs(values.real)))[0])
    omega = float(values[critical].imag)
    _require_hopf(dynamics, state, complex(values[critical]))
    q = right[:, critical] / np.linalg.norm(right[:, critical])
    adjoint_values, left = np.linalg.eig(matrix.T)
    p = left[:, int(np.argmin(np.abs(adjoint_values + 1j * omega)))]
    p = np.asarray(p / np.conj(np.vdot(p, q)))

    def second(u: Vector, v: Vector) -> Vector:
        return np.asarray(dynamics.second(state, u.reshape(shape), v.reshape(shape)).ravel())

    mean = np.linalg.solve(matrix, second(q, q.conj()))
    double = np.linalg.solve(2j * omega * np.eye(q.size) - matrix, second(q, q))
    cubic = dynamics.third(state, q.reshape(shape), q.reshape(shape), q.conj().reshape(shape)).ravel()
    total = np.vdot(p, cubic) - 2 * np.vdot(p, second(q, mean)) + np.vdot(p, second(q.conj(), double))
    return float(total.real / (2 * omega))


def _require_hopf(dynamics: ClassDynamics, state: FloatArray, critical: complex) -> None:
    """An error unless `state` rests and the eigenvalue closest to the imaginary axis lies on it, off zero."""
    speed = float(np.abs(dynamics.velocity(state)).max())
    rate = float(dynamics.response.sums(np.zeros(dynamics.n_classes)).max())
    if speed > AT_REST * rate:
        raise ArgumentError(f"Argument `state` must be a fixed point, but moves at {speed:.2g}. Find it first.")
    if abs(critical.real) > AT_REST * rate or critical.imag <= AT_REST * rate:
        raise ArgumentError(
            "Argument `state` must have a pair of imaginary eigenvalues, but the one closest to the axis is "
            f"{critical:.3g}. Go to a line of `bifurcations` first."
        )
