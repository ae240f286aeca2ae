"""What runs of pure states tell: the means in one state, and over the runs."""

import numpy as np
from scipy.sparse import csr_array

from cavity_hopfield._typing import ComplexArray, FloatArray
from cavity_hopfield.cavity.observables import LightMoments, cavity_observables
from cavity_hopfield.cavity.pure_states.diagonals import DiagonalOperators
from cavity_hopfield.cavity.space import CavitySpace
from cavity_hopfield.cavity.spins import CollectiveSpins
from cavity_hopfield.dynamics import Observables
from cavity_hopfield.model import MultimodeDicke
from cavity_hopfield.operators import adjoint

PER_CLASS, PER_MODE = 2, 5


def readout_operators(space: CavitySpace) -> DiagonalOperators:
    r"""One real diagonal each for $2 J_{c,z}$ and $2 J_{c,x} + 2 i J_{c,y}$ of every collective spin, the energy, and
    $b, b^\dagger b, b^2, b^{\dagger 2} b^2, b^\dagger b^2$ of every mode.
    """
    operators: list[csr_array] = []
    for c in range(len(space.twice_lengths)):
        operators += [space.spin("z", c), csr_array(space.spin("x", c) + 1j * space.spin("y", c))]
    operators.append(space.energy)
    for mode in range(len(space.levels)):
        b = space.lowering(mode)
        up, two = adjoint(b), csr_array(b @ b)
        operators += [b, csr_array(up @ b), two, csr_array(adjoint(two) @ two), csr_array(up @ two)]
    return DiagonalOperators.of(operators, space.size)


def light_of(found: ComplexArray, displacement: ComplexArray) -> LightMoments:
    r"""Moments of $a = \beta + b$ from those of b, `found` (..., M, 5) in the order of `readout_operators`."""
    b, number, pair, quartic, cubic = np.moveaxis(found, -1, 0)
    beta, strength = displacement, np.abs(displacement) ** 2
    return LightMoments(
        photons=number.real + 2 * (beta.conj() * b).real + strength,
        amplitude=beta + b,
        pair=pair + 2 * beta * b + beta**2,
        quartic=quartic.real
        + 4 * (beta.conj() * cubic).real
        + 2 * (beta.conj() ** 2 * pair).real
        + 4 * strength * (number.real + (beta.conj() * b).real)
        + strength**2,
    )


def run_observables(
    model: MultimodeDicke, spins: CollectiveSpins, displacement: ComplexArray, found: ComplexArray
) -> Observables:
    r"""Observables of the runs and standard errors of their means, from the means `found` (R, T, K) in the states.

    Per run all that `cavity_observables` names but two: `spin_z` (time, spin) is the mean over the runs, and `g2`
    (time, mode) is the ratio of two means over the runs, $E\langle a^{\dagger 2} a^2 \rangle /
    (E\langle a^\dagger a \rangle)^2$, for the ratio in each state says nothing about the light of all. Its error is
    to first order in those of the means.
    """
    modes = PER_CLASS * spins.n_classes + 1
    classes = found[..., : modes - 1].reshape(*found.shape[:2], spins.n_classes, PER_CLASS)
    bloch = np.stack([classes[..., 1].real, classes[..., 1].imag, classes[..., 0].real], axis=-1)
    light = light_of(found[..., modes:].reshape(*found.shape[:2], model.n_modes, PER_MODE), displacement)
    each = spins.spin_means(bloch / spins.sizes[:, None])
    observed = cavity_observables(model, each, found[..., modes - 1].real, light, "run", "time")
    spin_z = observed.pop("spin_z")[1]
    observed.pop("g2")
    errors: Observables = {f"{name}_error": (dims[1:], mean_error(values)) for name, (dims, values) in observed.items()}
    g2, g2_error = _coherence(light)
    return {
        **observed,
        "spin_z": (("time", "spin"), spin_z.mean(axis=0)),
        "g2": (("time", "mode"), g2),
        **errors,
        "spin_z_error": (("time", "spin"), mean_error(spin_z)),
        "g2_error": (("time", "mode"), g2_error),
    }


def mean_error(values: FloatArray) -> FloatArray:
    """The standard error of the mean over the first axis; nan for one value."""
    if len(values) == 1:
        return np.full(values.shape[1:], np.nan)
    return np.asarray(values.std(axis=0, ddof=1) / np.sqrt(len(values)))


def _coherence(light: LightMoments) -> tuple[FloatArray, FloatArray]:
    """The ratio of means and its standard error to first order in those of the means; nan without light."""
    photons, quartic = light.photons, np.asarray(light.quartic)
    mean = photons.mean(axis=0)
    bright = np.where(mean > 0, mean, np.nan)
    g2 = quartic.mean(axis=0) / bright**2
    return g2, mean_error(quartic / bright**2 - 2 * g2 * photons / bright)
