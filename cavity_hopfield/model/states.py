"""States that an evolution starts from."""

from dataclasses import dataclass

import numpy as np

from cavity_hopfield._checks import ReadOnlyArrays, frozen, real_array, spin_array
from cavity_hopfield._typing import ArrayLike, ComplexArray, FloatArray
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.model.dicke import MultimodeDicke


@dataclass(frozen=True, eq=False, init=False)
class ProductState(ReadOnlyArrays):
    r"""$\rho = \bigotimes_i \frac12 (1 + \mathbf{m}_i \cdot \boldsymbol\sigma_i) \otimes \bigotimes_\mu
    |\alpha_\mu\rangle\langle\alpha_\mu|$: Bloch vectors and coherent amplitudes.

    Parameters
    ----------
    bloch : (N, 3) array
        Bloch vectors (x, y, z) of the spins, no longer than one.
    amplitudes : (M,) complex array
        Amplitudes of the modes; none for spins alone.

    Raises
    ------
    ArgumentError
        If a shape does not fit, a value is not finite, or a Bloch vector is longer than one.

    Examples
    --------
    >>> model = MultimodeDicke(g=[[0.5], [0.5]], omega=1.0, loss=0.6, drive=0.02)
    >>> ProductState.relaxed(model, [1, -1]).bloch[:, 2]
    array([ 1., -1.])
    """

    bloch: FloatArray
    amplitudes: ComplexArray

    def __init__(self, bloch: ArrayLike, amplitudes: ArrayLike = ()) -> None:
        vectors = real_array("bloch", bloch)
        if vectors.ndim != 2 or vectors.shape[1] != 3 or vectors.shape[0] == 0:
            raise ArgumentError(f"Argument `bloch` must have shape (N, 3), but has shape {vectors.shape}.")
        lengths = np.linalg.norm(vectors, axis=1)
        if lengths.max() > 1 + 1e-12:
            longest = int(lengths.argmax())
            raise ArgumentError(
                f"Argument `bloch` must hold vectors no longer than 1, but spin {longest} has length "
                f"{lengths[longest]:g}. Shorten it."
            )
        waves = np.asarray(amplitudes)
        if waves.ndim != 1 or waves.dtype.kind not in "biufc" or not np.isfinite(waves).all():
            raise ArgumentError(f"Argument `amplitudes` must be finite with shape (M,), but is {amplitudes!r}.")
        object.__setattr__(self, "bloch", frozen(vectors))
        object.__setattr__(self, "amplitudes", frozen(waves.astype(np.complex128)))

    @classmethod
    def relaxed(cls, dicke: MultimodeDicke, sigma: ArrayLike) -> "ProductState":
        """The configuration `sigma` (N,) with every mode at rest under it."""
        spins = spin_array("sigma", sigma, n_spins=dicke.n_spins, ndim=1)
        return cls(_upright(spins), dicke.relaxed_amplitudes(spins))

    @classmethod
    def vacuum(cls, dicke: MultimodeDicke, sigma: ArrayLike) -> "ProductState":
        """The configuration `sigma` (N,) with every mode empty."""
        spins = spin_array("sigma", sigma, n_spins=dicke.n_spins, ndim=1)
        return cls(_upright(spins), np.zeros(dicke.n_modes))


def _upright(spins: ArrayLike) -> FloatArray:
    z = np.asarray(spins, dtype=np.float64)
    return np.stack([np.zeros_like(z), np.zeros_like(z), z], axis=1)
