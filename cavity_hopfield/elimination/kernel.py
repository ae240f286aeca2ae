"""The kernel of a spin flip: contrast of a Ramsey experiment, memory kernel, and integrand of the rates."""

import numpy as np

from cavity_hopfield._checks import real_array, spin_array, whole_number
from cavity_hopfield._typing import ArrayLike, ComplexArray, FloatArray
from cavity_hopfield.elimination._kernels import coherence_values
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.formulas.cavity_kernel import dephasing_rate, transient_weights
from cavity_hopfield.model import MultimodeDicke


def coherence(dicke: MultimodeDicke, spin: int, sigma: ArrayLike, times: ArrayLike) -> ComplexArray:
    r"""$F(t) = \exp\left[-i \sum_\mu \delta_\mu \bar X_\mu(x) t - \sum_\mu \delta_\mu^2 S_\mu(t)\right]$ for the flip
    of one spin, $\delta_\mu = -2 g_{i\mu} \sigma_i$, with every mode at rest under `sigma` before.

    Without a drive it is the contrast and phase of a Ramsey experiment on the spin; with a weak drive
    $W = 2 \Omega^2 \mathrm{Re} \int_0^\infty F\,dt$ is the rate of the flip.

    Parameters
    ----------
    dicke : MultimodeDicke
        The model; its drive plays no part.
    spin : int
        The spin that flips.
    sigma : (N,) array of +-1
        The configuration before the flip.
    times : (T,) array
        Times, not negative, in units of 1/omega.

    Returns
    -------
    (T,) complex array

    Raises
    ------
    ArgumentError
        If the spin does not exist, or a time is negative.

    Notes
    -----
    Derived from the master equation in `derivations/adiabatic_elimination.py`.

    Examples
    --------
    >>> model = MultimodeDicke(g=[[0.4]], omega=1.0, loss=0.6, gain=0.1)
    >>> coherence(model, spin=0, sigma=[1], times=[0.0])
    array([1.+0.j])
    """
    if whole_number("spin", spin, minimum=0) >= dicke.n_spins:
        raise ArgumentError(f"Argument `spin` must be one of 0..{dicke.n_spins - 1}, but is {spin}.")
    grid = real_array("times", times)
    if grid.ndim != 1 or (grid < 0).any():
        raise ArgumentError("Argument `times` must have shape (T,) and hold no negative time.")
    spins = spin_array("sigma", sigma, n_spins=dicke.n_spins, ndim=1)
    out = np.empty(grid.size, np.complex128)
    delta = -2.0 * dicke.g[spin] * spins[spin]
    coherence_values(delta, dicke.force(spins), dicke.gain, dicke.net_loss, dicke.omega, grid, out)
    return out


def dephasing(dicke: MultimodeDicke, delta: FloatArray) -> float:
    r"""$\Gamma_\varphi = \sum_\mu \delta_\mu^2 \nu_\mu \mathrm{Re}(1/z_\mu)$ for a change of force `delta` (M,)."""
    return float(np.sum(delta**2 * force_dephasing(dicke)))


def force_dephasing(dicke: MultimodeDicke) -> FloatArray:
    r"""$\nu_\mu \mathrm{Re}(1/z_\mu)$, the dephasing rate per squared change of force, shape (M,)."""
    modes = zip(dicke.gain, dicke.net_loss, dicke.omega, strict=True)
    return np.array(
        [dephasing_rate(1.0, float(gain), float(net_loss), float(omega)) for gain, net_loss, omega in modes]
    )


def transients(dicke: MultimodeDicke, delta: FloatArray) -> tuple[ComplexArray, ComplexArray]:
    """Weights u (K,) and poles z (K,) of what the modes remember of a change of force `delta` (M,): one term per
    mode, and a second one for a mode with gain.
    """
    weights, poles = [], []
    modes = zip(delta, dicke.gain, dicke.net_loss, dicke.omega, dicke.pole, strict=True)
    for change, gain, net_loss, omega, pole in modes:
        down_real, down_imag, up_real, up_imag = transient_weights(
            float(change), float(gain), float(net_loss), float(omega)
        )
        if change != 0:
            weights.append(complex(down_real, down_imag))
            poles.append(complex(pole))
        if change != 0 and gain > 0:
            weights.append(complex(up_real, up_imag))
            poles.append(complex(pole).conjugate())
    return np.array(weights), np.array(poles)
