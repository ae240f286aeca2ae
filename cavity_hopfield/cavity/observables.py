"""What the theories of the Dicke model report, under one name each."""

from dataclasses import dataclass

import numpy as np

from cavity_hopfield._typing import ComplexArray, FloatArray
from cavity_hopfield.dynamics import Observables
from cavity_hopfield.model import MultimodeDicke


@dataclass(frozen=True, eq=False)
class LightMoments:
    r"""Normally ordered moments of every mode, arrays (..., M).

    Attributes
    ----------
    photons : array
        $\langle a^\dagger a \rangle$.
    amplitude : complex array
        $\langle a \rangle$.
    pair : complex array or None
        $\langle a^2 \rangle$; None for a theory that does not know it.
    quartic : array or None
        $\langle a^{\dagger 2} a^2 \rangle$; None for a theory that does not know it.
    """

    photons: FloatArray
    amplitude: ComplexArray
    pair: ComplexArray | None = None
    quartic: FloatArray | None = None


def cavity_observables(
    model: MultimodeDicke, bloch: FloatArray, energy: FloatArray, light: LightMoments, *lead: str
) -> Observables:
    r"""Observables from the Bloch vectors (..., N, 3), the energy (...) and the light; leading dimensions `lead`.

    Magnetisations, `energy`, `spin_z`; `photons`, `amplitude_real`, `amplitude_imag`, and where they are known
    `pair_real`, `pair_imag` and `g2`; `overlap`, `overlap_x`, `overlap_y` if the model has patterns. The function
    $g^{(2)}(0) = \langle a^{\dagger 2} a^2 \rangle / \langle a^\dagger a \rangle^2$ is nan where there is no light.
    """
    x, y, z = (np.ascontiguousarray(bloch[..., axis]) for axis in range(3))
    modes = (*lead, "mode")
    observables: Observables = {
        "magnetisation": (lead, z.mean(axis=-1)),
        "magnetisation_x": (lead, x.mean(axis=-1)),
        "magnetisation_y": (lead, y.mean(axis=-1)),
        "energy": (lead, energy),
        "spin_z": ((*lead, "spin"), z),
        "photons": (modes, light.photons),
        "amplitude_real": (modes, light.amplitude.real),
        "amplitude_imag": (modes, light.amplitude.imag),
    }
    if light.pair is not None:
        observables |= {"pair_real": (modes, light.pair.real), "pair_imag": (modes, light.pair.imag)}
    if light.quartic is not None:
        squared = light.photons**2
        g2 = np.divide(light.quartic, squared, out=np.full_like(squared, np.nan), where=squared > 0)
        observables["g2"] = (modes, g2)
    if model.stored is not None:
        for name, values in (("overlap", z), ("overlap_x", x), ("overlap_y", y)):
            observables[name] = ((*lead, "pattern"), model.stored.overlaps(values))
    return observables
