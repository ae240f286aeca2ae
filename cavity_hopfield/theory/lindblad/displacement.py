"""Where the Fock states of the modes are centred."""

import numpy as np
from scipy.integrate import solve_ivp

from cavity_hopfield._checks import real_array
from cavity_hopfield._typing import ComplexArray, FloatArray
from cavity_hopfield.cavity import CavityStart
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.model import MultimodeDicke

CHOICES = ("auto", "start", "none")
Displacement = str | tuple[tuple[float, float], ...]
"""One of `CHOICES`, or real and imaginary parts (M, 2)."""
ACCURACY = 1e-4
"""Of the path, which no result depends on."""
ASIDE = 1.5
"""Distance of the centre of the path from zero, in units of how far the path leads from its centre, above which the
light is taken to stay on that side."""
FOLLOWED = 200.0
"""Longest time, in units of 1/omega of the slowest mode, over which the path is followed."""


def checked_displacement(value: object) -> Displacement:
    """A choice by name, or amplitudes (M,) as pairs of their parts."""
    if isinstance(value, str):
        if value not in CHOICES:
            raise ArgumentError(
                f"Argument `displacement` must be one of {', '.join(map(repr, CHOICES))}, or amplitudes (M,), but is "
                f"{value!r}."
            )
        return value
    try:
        given = np.asarray(value)
    except ValueError as error:
        raise ArgumentError(f"Argument `displacement` must be amplitudes (M,), but is {value!r}.") from error
    pairs = np.stack([given.real, given.imag], axis=-1) if given.dtype.kind in "biufc" and given.ndim == 1 else given
    parts = real_array("displacement", pairs)
    if parts.ndim != 2 or parts.shape[1] != 2:
        raise ArgumentError(f"Argument `displacement` must have shape (M,), one per mode, but has shape {given.shape}.")
    return tuple((float(real), float(imag)) for real, imag in parts)


def amplitudes_of(displacement: Displacement, model: MultimodeDicke) -> ComplexArray | None:
    """The amplitudes that were given, or zero; None if they depend on the start."""
    if isinstance(displacement, str):
        return np.zeros(model.n_modes, np.complex128) if displacement == "none" else None
    if len(displacement) != model.n_modes:
        raise ArgumentError(
            f"Argument `displacement` must have shape ({model.n_modes},), one per mode, but has shape "
            f"({len(displacement)},)."
        )
    return np.array([complex(real, imag) for real, imag in displacement])


def centred(
    displacement: Displacement, model: MultimodeDicke, start: CavityStart, longest: float
) -> tuple[ComplexArray, FloatArray]:
    """The displacement of every mode, and how far from it the mean-field path leads up to the time `longest`."""
    path = mean_field_path(model, start, longest)
    given = amplitudes_of(displacement, model)
    if given is None and displacement == "start":
        given = -1j * (start.bloch[:, 2] @ model.g) / model.pole
    if given is None:
        real, imag = path.real, path.imag
        centre = (real.max(axis=0) + real.min(axis=0) + 1j * (imag.max(axis=0) + imag.min(axis=0))) / 2
        aside = np.abs(centre) > ASIDE * np.abs(path - centre).max(axis=0)
        given = np.where(aside, centre, 0.0)
    return given, np.abs(path - given).max(axis=0)


def mean_field_path(model: MultimodeDicke, start: CavityStart, longest: float) -> ComplexArray:
    r"""$\alpha_\mu(t)$ if spins and light were uncorrelated, at some times up to `longest`, shape (K, M)."""
    n, g, channels = model.n_spins, model.g, model.channels
    along = 0 if channels is None or channels.axis == "x" else 2
    rates = np.zeros(3)
    pull = np.zeros((3, 1))
    if channels is not None:
        rates[:], rates[along] = channels.transverse, channels.longitudinal
        pull[along] = channels.longitudinal * channels.rest

    def velocity(_: float, y: FloatArray) -> FloatArray:
        x, of_y, z = spins = y[: 3 * n].reshape(3, n)
        alpha = y[3 * n :].view(np.complex128)
        field = g @ (2 * alpha.real)
        turn = np.stack([-2 * field * of_y, 2 * field * x - 2 * model.drive * z, 2 * model.drive * of_y])
        light = -model.pole * alpha - 1j * (z @ g)
        return np.concatenate([(turn - rates[:, None] * spins + pull).ravel(), light.view(np.float64)])

    first = np.concatenate([start.bloch.T.ravel(), np.array(start.amplitudes, np.complex128).view(np.float64)])
    end = min(longest, FOLLOWED / float(model.omega.min()))
    found = solve_ivp(velocity, (0.0, end), first, rtol=ACCURACY, atol=ACCURACY, method="RK45")
    return np.ascontiguousarray(found.y[3 * n :].T).view(np.complex128)
