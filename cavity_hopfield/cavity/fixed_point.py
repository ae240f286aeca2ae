"""Where the mean field of the Dicke model is at rest, found by descending its energy."""

import numpy as np
from scipy.optimize import root

from cavity_hopfield._typing import ComplexArray, FloatArray
from cavity_hopfield.model import MultimodeDicke

DESCENT_STEPS = 500


def aligned_fixed_point(
    model: MultimodeDicke, g: FloatArray, members: FloatArray, bloch: FloatArray
) -> tuple[FloatArray, ComplexArray]:
    r"""$\mathbf m_k = -|\mathbf m_k|\, \mathbf B_k / B_k$ with $\mathbf B_k = (\Omega, 0, h_k)$,
    $\alpha = -i x / z$: every spin against its field, the modes at rest under the spins.

    Align every spin against its field, again and again, then by Newton's method. Whether the result is a fixed point to
    the accuracy wanted is left to the caller. Without channels of single atoms, whose fixed points are others.

    Parameters
    ----------
    model : MultimodeDicke
        The cavity.
    g : (K, M) array
        Couplings of the spins of K groups of equal ones.
    members : (K,) array
        How many spins are in each.
    bloch : (K, 3) array
        Where to start; lengths are kept.

    Returns
    -------
    tuple of a (K, 3) and a complex (M,) array
        Bloch vectors and amplitudes.

    Examples
    --------
    >>> model = MultimodeDicke(g=[[0.5]], omega=1.0, loss=1.0, drive=0.1)
    >>> bloch, _ = aligned_fixed_point(model, model.g, np.ones(1), np.array([[0.0, 0.0, 1.0]]))
    >>> bloch.round(4)  # m_x = -(g_c / g)^2 = -drive |z|^2 / (2 omega g^2)
    array([[-0.25  , -0.    ,  0.9682]])
    """
    lengths = np.linalg.norm(bloch, axis=1)

    def aligned(z: FloatArray) -> FloatArray:
        pull = (g * model.mediation) @ (g.T @ (members * z))
        size = np.hypot(model.drive, pull)
        return np.asarray(np.divide(lengths * pull, size, out=np.zeros_like(pull), where=size > 0))

    def mismatch(trial: FloatArray) -> FloatArray:
        return np.asarray(aligned(trial) - trial)

    z = bloch[:, 2].copy()
    for _ in range(DESCENT_STEPS):
        z = aligned(z)
    z = np.asarray(root(mismatch, np.ravel(z), tol=1e-15).x)
    amplitudes = -1j * (g.T @ (members * z)) / model.pole
    field = g @ (2 * amplitudes.real)
    size = np.hypot(model.drive, field)
    x = -lengths * np.divide(model.drive, size, out=np.ones_like(size), where=size > 0)
    return np.stack([x, 0 * x, z], axis=1), amplitudes
