"""The kernel of a spin flip: contrast of a Ramsey experiment, memory kernel, and integrand of the rates."""

import warnings

import numpy as np

from cavity_hopfield._checks import real_array, real_number, spin_array, whole_number
from cavity_hopfield._typing import ArrayLike, ComplexArray, FloatArray, IntArray
from cavity_hopfield.elimination.kernel._kernels import coherence_values
from cavity_hopfield.elimination.kernel.quadrature import KernelIntegral
from cavity_hopfield.exceptions import ArgumentError, RegimeWarning
from cavity_hopfield.formulas.cavity_kernel import dephasing_rate, kernel_exponent, transient_weights
from cavity_hopfield.model import MultimodeDicke, require_dicke

WORST_ERROR = 1e-8


def coherence(
    dicke: MultimodeDicke, spin: int, sigma: ArrayLike, times: ArrayLike, *, splitting: float = 0.0
) -> ComplexArray:
    r"""$F(t) = \exp\left[2 i b \sigma_i t - i \sum_\mu \delta_\mu \bar X_\mu(x) t
    - \sum_\mu \delta_\mu^2 S_\mu(t)\right]$ for the flip of one spin, $\delta_\mu = -2 g_{i\mu} \sigma_i$, with every
    mode at rest under `sigma` before.

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
    splitting : float
        A bare splitting $b$ of the spins, $b \sum_i \sigma^z_i$ in the Hamiltonian beside the model, in units of omega:
        the flip costs $-2 b \sigma_i$ more.

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
    require_dicke("dicke", dicke)
    if whole_number("spin", spin, minimum=0) >= dicke.n_spins:
        raise ArgumentError(f"Argument `spin` must be one of 0..{dicke.n_spins - 1}, but is {spin}.")
    grid = delay_grid(times)
    spins = spin_array("sigma", sigma, n_spins=dicke.n_spins, ndim=1)
    bare = real_number("splitting", splitting)
    out = np.empty(grid.size, np.complex128)
    delta = -2.0 * dicke.g[spin] * spins[spin]
    coherence_values(delta, dicke.force(spins), dicke.gain, dicke.net_loss, dicke.omega, grid, out)
    return out if bare == 0 else out * np.exp(2j * bare * spins[spin] * grid)


def spread(dicke: MultimodeDicke, times: ArrayLike) -> ComplexArray:
    r"""$S_\mu(t) = \frac{\nu_\mu + 1}{2} \varphi(z_\mu, t) + \frac{\nu_\mu - 1}{2} \varphi(z_\mu^*, t)$ with
    $\varphi(z, t) = t/z - (1 - e^{-zt})/z^2$: the exponent of the kernel per squared change of force.

    Its real part dephases a flip, its imaginary part is the energy by which the modes give way.

    Parameters
    ----------
    dicke : MultimodeDicke
        The model.
    times : (T,) array
        Times, not negative, in units of 1/omega.

    Returns
    -------
    (T, M) complex array
        In units of 1/omega^2.

    Examples
    --------
    >>> model = MultimodeDicke(g=[[0.4]], omega=1.0, loss=0.6, gain=0.1)
    >>> contrast = abs(coherence(model, 0, [1], [2.0])[0])
    >>> bool(abs(np.exp(-4 * 0.4**2 * spread(model, [2.0])[0, 0].real) / contrast - 1) < 1e-14)
    True
    """
    require_dicke("dicke", dicke)
    grid = delay_grid(times)
    out = np.empty((grid.size, dicke.n_modes), np.complex128)
    for mode, (gain, net_loss, omega) in enumerate(zip(dicke.gain, dicke.net_loss, dicke.omega, strict=True)):
        for k, time in enumerate(grid):
            out[k, mode] = -complex(*kernel_exponent(1.0, 0.0, float(gain), float(net_loss), float(omega), float(time)))
    return out


def correlation(dicke: MultimodeDicke, times: ArrayLike) -> ComplexArray:
    r"""$C_\mu(t) = \langle X_\mu(t) X_\mu(0) \rangle_c = (\bar n_\mu + 1) e^{-z_\mu t} + \bar n_\mu e^{-z_\mu^* t}$ of
    $X_\mu = a_\mu + a_\mu^\dagger$ at rest: the second derivative of the `spread`.

    Parameters
    ----------
    dicke : MultimodeDicke
        The model.
    times : (T,) array
        Times, not negative, in units of 1/omega.

    Returns
    -------
    (T, M) complex array

    Examples
    --------
    >>> model = MultimodeDicke(g=[[0.4]], omega=1.0, loss=0.6, gain=0.1)
    >>> bool(abs(correlation(model, [0.0])[0, 0] - model.noise_factor[0]) < 1e-15)
    True
    """
    require_dicke("dicke", dicke)
    decay = np.exp(-np.outer(delay_grid(times), dicke.pole))
    return np.asarray((dicke.thermal_occupation + 1) * decay + dicke.thermal_occupation * decay.conj())


def lamb_shift(dicke: MultimodeDicke, flip_energy: ArrayLike, spin_class: ArrayLike = 0) -> FloatArray:
    r"""$\Lambda_c(\epsilon) = \Omega^2\, \mathrm{Im} \int_0^\infty F\,dt$: the energy by which the drive shifts a
    configuration for each spin of class $c$ whose flip costs $\epsilon$.

    Far from resonance it is $-\Omega^2/\epsilon$, the shift of second order in the drive.

    Parameters
    ----------
    dicke : MultimodeDicke
        The platform.
    flip_energy : array
        Flip energies, in units of omega.
    spin_class : array of int
        Classes of the spins, labelled as in `CavityRates.classes`; broadcast against the energies.

    Returns
    -------
    array
        Energies, in units of omega.

    Raises
    ------
    ArgumentError
        If an energy is not finite, a class does not exist, or its spins couple to nothing.

    Warns
    -----
    RegimeWarning
        If the bound on the error exceeds 1e-8 of the modulus of the integral.

    Examples
    --------
    >>> model = MultimodeDicke(g=[[0.4]], omega=1.0, loss=0.6, drive=0.1)
    >>> round(float(lamb_shift(model, 100.0)) * 100, 3)
    -0.01
    """
    values, errors = kernel_integral(dicke, flip_energy, spin_class)
    worst = float(np.max(errors / np.abs(values), initial=0.0))
    if worst > WORST_ERROR:
        warnings.warn(f"a Lamb shift has the relative error {worst:.1e}", RegimeWarning, stacklevel=2)
    return np.asarray(dicke.drive**2 * values.imag)


def lamb_shift_estimate(
    dicke: MultimodeDicke, flip_energy: ArrayLike, spin_class: ArrayLike = 0
) -> tuple[FloatArray, FloatArray]:
    r"""$\Lambda_c(\epsilon)$ as by `lamb_shift`, and a bound on the absolute error of each value.

    Returns
    -------
    tuple of two arrays
        Shifts and bounds, in units of omega.

    Examples
    --------
    >>> model = MultimodeDicke(g=[[0.4]], omega=1.0, loss=0.6, drive=0.1)
    >>> value, error = lamb_shift_estimate(model, [-1.0, 0.0, 1.0])
    >>> bool((error < 1e-12 * abs(value)).all())
    True
    """
    values, errors = kernel_integral(dicke, flip_energy, spin_class)
    return dicke.drive**2 * values.imag, dicke.drive**2 * errors


def kernel_integral(
    dicke: MultimodeDicke, flip_energy: ArrayLike, spin_class: ArrayLike = 0
) -> tuple[ComplexArray, FloatArray]:
    r"""$I_c(\epsilon) = \int_0^\infty F\,dt$ of flips that cost $\epsilon$, and a bound on the absolute error of each.

    $2 \Omega^2\, \mathrm{Re}\, I$ is the rate of the flip and $\Omega^2\, \mathrm{Im}\, I$ its Lamb shift. The bound is
    absolute: `CavityRates` finds small rates with a small relative error.
    """
    deltas, _ = flip_classes(dicke)
    energies, classes = class_flips(flip_energy, spin_class, len(deltas))
    values, errors = np.empty(energies.shape, np.complex128), np.empty(energies.shape)
    for label in np.unique(classes):
        here = classes == label
        values[here], errors[here] = class_integral(dicke, deltas[label])(energies[here])
    return values, errors


def class_integral(dicke: MultimodeDicke, delta: FloatArray) -> KernelIntegral:
    """The integral over time, as a function of the flip energy, of flips that change the force by `delta` (M,)."""
    if not delta.any():
        raise ArgumentError(
            "Argument `dicke` must couple every spin to some mode, but one has only zeros in `g`. Remove that spin: "
            "its kernel does not decay."
        )
    return KernelIntegral.of(dephasing(dicke, delta), *transients(dicke, delta))


def flip_classes(dicke: MultimodeDicke) -> tuple[FloatArray, IntArray]:
    r"""Changes of force $2 |g_{c\mu}|$ (C, M) of the classes of spins with equal $|g_{i\mu}|$, and the class of each
    spin (N,): spins of one class share one kernel as a function of the flip energy.
    """
    require_dicke("dicke", dicke)
    sizes, labels = np.unique(np.abs(dicke.g), axis=0, return_inverse=True)
    return 2 * sizes, labels.reshape(-1)


def class_flips(flip_energy: ArrayLike, spin_class: ArrayLike, n_classes: int) -> tuple[FloatArray, IntArray]:
    """Flip energies and classes, broadcast against each other; an error if a class does not exist."""
    energies = real_array("flip_energy", flip_energy)
    try:
        energies, classes = np.broadcast_arrays(energies, np.asarray(spin_class))
    except ValueError as error:
        raise ArgumentError(
            f"Argument `spin_class` must fit `flip_energy`, whose shape is {energies.shape}, but is {spin_class!r}."
        ) from error
    if classes.dtype.kind not in "iu" or (classes < 0).any() or (classes >= n_classes).any():
        raise ArgumentError(f"Argument `spin_class` must hold whole numbers 0..{n_classes - 1}.")
    return energies, classes


def delay_grid(times: ArrayLike) -> FloatArray:
    """`times` as a (T,) array without negative entries."""
    grid = real_array("times", times)
    if grid.ndim != 1 or (grid < 0).any():
        raise ArgumentError(
            f"Argument `times` must have shape (T,) and hold no negative time, but has shape {grid.shape} and the "
            f"smallest time {grid.min(initial=np.inf):g}."
        )
    return grid


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
