"""Where the Fock states of the modes are centred."""

import numpy as np
from scipy.integrate import solve_ivp

from cavity_hopfield._typing import ComplexArray, FloatArray
from cavity_hopfield.cavity import CavityStart
from cavity_hopfield.cavity.options import Displacement, amplitudes_of
from cavity_hopfield.model import MultimodeDicke

ACCURACY = 1e-4
"""Of the path, which no result depends on."""
ASIDE = 1.5
"""Distance of the centre of the path from zero, in units of how far the path leads from its centre, above which the
light is taken to stay on that side."""
FOLLOWED = 200.0
"""Longest time, in units of 1/omega of the slowest mode, over which the path is followed."""


def centred(
    displacement: Displacement, model: MultimodeDicke, start: CavityStart, longest: float
) -> tuple[ComplexArray, FloatArray]:
    """The displacement of every mode, and how far from it the mean-field path leads up to the time `longest`.

    Without a wish the middle of the path, if that stays on one side, else zero.
    """
    path = mean_field_path(model, start, longest)
    if displacement is None:
        real, imag = path.real, path.imag
        centre = (real.max(axis=0) + real.min(axis=0) + 1j * (imag.max(axis=0) + imag.min(axis=0))) / 2
        aside = np.abs(centre) > ASIDE * np.abs(path - centre).max(axis=0)
        shift = np.where(aside, centre, 0.0)
    else:
        shift = amplitudes_of(displacement, model, start)
    return shift, np.abs(path - shift).max(axis=0)


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
