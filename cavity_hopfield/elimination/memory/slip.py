r"""Memory slip: what the memory of the light changes in the relaxation of a spin, to first order."""

import warnings

import numpy as np

from cavity_hopfield._typing import ArrayLike, ComplexArray, FloatArray
from cavity_hopfield.elimination.cavity_rates import CavityRates
from cavity_hopfield.elimination.kernel.flip import WORST_ERROR, class_flips, class_integral, flip_classes
from cavity_hopfield.elimination.kernel.quadrature import KernelIntegral
from cavity_hopfield.exceptions import ArgumentError, RegimeWarning
from cavity_hopfield.model import MultimodeDicke

LARGEST_SLIP = 0.1
"""Largest memory slip at which higher orders in the drive may be left out."""
NODES = 24


def memory_slip(dicke: MultimodeDicke, flip_energy: ArrayLike, spin_class: ArrayLike = 0) -> FloatArray:
    r"""$\mu_c(\epsilon) = \int_0^\infty \tau\, [K(\epsilon; \tau) + K(-\epsilon; \tau)]\,d\tau
    = -2 \Omega^2\, \mathrm{Im}\, [I_c'(\epsilon) + I_c'(-\epsilon)]$: how much of a relaxation the memory slips.

    A spin that flips to and fro at a cost of $\pm\epsilon$ relaxes at the rate
    $W_\mathrm{tot} / (1 - \mu)$ to first order in the memory. The derivative is that of a Chebyshev interpolant of
    $I_c$ on an interval so short, beside the distance of the poles of $I_c$, that it is accurate to round-off.

    Parameters
    ----------
    dicke : MultimodeDicke
        The platform.
    flip_energy : array
        Flip energies, in units of omega; a bare splitting $b$ adds $-2 b \sigma_i$.
    spin_class : array of int
        Classes of the spins, labelled as in `CavityRates.classes`; broadcast against the energies.

    Returns
    -------
    array
        Slips, without a unit; even in the flip energy.

    Raises
    ------
    ArgumentError
        If an energy is not finite, a class does not exist, or its spins couple to nothing.

    Warns
    -----
    RegimeWarning
        If the bound on the error exceeds 1e-8 of the larger term.

    Examples
    --------
    >>> model = MultimodeDicke(g=[[0.5]], omega=1.0, loss=0.6, drive=0.02)
    >>> round(float(memory_slip(model, 0.0)), 4)
    0.0084
    """
    values, errors, sizes = _slips(dicke, flip_energy, spin_class)
    worst = float(np.max(errors[sizes > 0] / sizes[sizes > 0], initial=0.0))
    if worst > WORST_ERROR:
        warnings.warn(f"a memory slip has the relative error {worst:.1e}", RegimeWarning, stacklevel=2)
    return values


def memory_slip_estimate(
    dicke: MultimodeDicke, flip_energy: ArrayLike, spin_class: ArrayLike = 0
) -> tuple[FloatArray, FloatArray]:
    r"""$\mu_c(\epsilon)$ as by `memory_slip`, and an estimate of the absolute error of each value.

    Returns
    -------
    tuple of two arrays
        Slips and errors, from the last coefficients of the interpolant and the bounds on its values.
    """
    values, errors, _ = _slips(dicke, flip_energy, spin_class)
    return values, errors


def slip_corrected_rate(dicke: MultimodeDicke, flip_energy: ArrayLike, spin_class: ArrayLike = 0) -> FloatArray:
    r"""$[W_c(\epsilon) + W_c(-\epsilon)] / [1 - \mu_c(\epsilon)]$: the slow relaxation of a spin that flips to and fro,
    from the Nakajima-Zwanzig equation to first order in its memory.

    Parameters
    ----------
    dicke, flip_energy, spin_class
        As in `memory_slip`; the platform must have a drive.

    Returns
    -------
    array
        Relaxation rates, in units of omega.

    Raises
    ------
    ArgumentError
        If a slip reaches 1: no relaxation is slow beside the memory.

    Warns
    -----
    RegimeWarning
        If the modulus of a slip exceeds 0.1.

    Examples
    --------
    >>> model = MultimodeDicke(g=[[0.5]], omega=1.0, loss=0.6, drive=0.02)
    >>> round(float(slip_corrected_rate(model, 0.0)), 6)
    0.002884
    """
    rates = CavityRates(dicke)
    slip = memory_slip(dicke, flip_energy, spin_class)
    largest = float(np.max(slip, initial=0.0))
    if largest >= 1:
        raise ArgumentError(
            f"The drive {dicke.drive:g} is too strong for a slow relaxation: the memory slip is {largest:.3g} and must "
            f"be below 1. Lower the drive below {dicke.drive / np.sqrt(largest):.3g}."
        )
    if np.max(np.abs(slip), initial=0.0) > LARGEST_SLIP:
        warnings.warn(
            f"the memory slip is {float(np.abs(slip).max()):.2g}: higher orders in the drive count",
            RegimeWarning,
            stacklevel=2,
        )
    back = -np.asarray(flip_energy, dtype=np.float64)
    return np.asarray((rates(flip_energy, spin_class) + rates(back, spin_class)) / (1 - slip))


def _slips(
    dicke: MultimodeDicke, flip_energy: ArrayLike, spin_class: ArrayLike
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Slips, their errors, and the sizes of the terms that they are sums of."""
    deltas, _ = flip_classes(dicke)
    energies, classes = class_flips(flip_energy, spin_class, len(deltas))
    values, errors, sizes = (np.zeros(energies.shape) for _ in range(3))
    for label in np.unique(classes):
        here = classes == label
        integral = class_integral(dicke, deltas[label])
        slowest = float(dicke.net_loss[deltas[label] != 0].min()) / 2
        for sign in (1, -1):
            slopes, slope_errors = _slopes(integral, slowest, sign * energies[here])
            values[here] -= 2 * dicke.drive**2 * slopes.imag
            errors[here] += 2 * dicke.drive**2 * slope_errors
            sizes[here] += 2 * dicke.drive**2 * np.abs(slopes)
    return values, errors, sizes


def _slopes(integral: KernelIntegral, slowest: float, energies: FloatArray) -> tuple[ComplexArray, FloatArray]:
    r"""$I'(\epsilon)$ and its errors, each (E,).

    The poles of $I$ are at $i(\Gamma_\varphi + \sum_k n_k z_k)$: one at $i\Gamma_\varphi$, the others above it by the
    decay of the `slowest` amplitude at least. The interval is as long as the nearest is away.
    """
    width = integral.dephasing
    radius = np.minimum(np.hypot(energies, width), width + slowest) / 2
    degrees, angles = np.arange(NODES), np.pi * (np.arange(NODES) + 0.5) / NODES
    places = energies[:, None] + radius[:, None] * np.cos(angles)
    values, errors = (part.reshape(places.shape) for part in integral(places.reshape(-1)))
    to_series = 2 / NODES * np.cos(np.outer(degrees, angles))
    at_centre = degrees * np.sin(np.pi / 2 * degrees)
    weights = at_centre @ to_series
    tail = NODES * np.abs(values @ to_series[-2:].T).sum(axis=1)
    return values @ weights / radius, (tail + errors @ np.abs(weights)) / radius
