"""What the quantum and mean-field theories of a network report, under one name each."""

import numpy as np

from cavity_hopfield._typing import FloatArray
from cavity_hopfield.dynamics import Observables
from cavity_hopfield.network.open_hopfield import OpenHopfield


def spin_observables(network: OpenHopfield, bloch: FloatArray, energy: FloatArray, *lead: str) -> Observables:
    """Observables from the Bloch vectors (..., N, 3) and the energy (...), whose leading dimensions are named `lead`.

    Magnetisations, `energy` and `spin_z`; `overlap`, `overlap_x` and `overlap_y` if the network has patterns.
    """
    x, y, z = (np.ascontiguousarray(bloch[..., axis]) for axis in range(3))
    observables: Observables = {
        "magnetisation": (lead, z.mean(axis=-1)),
        "magnetisation_x": (lead, x.mean(axis=-1)),
        "magnetisation_y": (lead, y.mean(axis=-1)),
        "energy": (lead, energy),
        "spin_z": ((*lead, "spin"), z),
    }
    if network.patterns is not None:
        for name, values in (("overlap", z), ("overlap_x", x), ("overlap_y", y)):
            observables[name] = ((*lead, "pattern"), network.patterns.overlaps(values))
    return observables
