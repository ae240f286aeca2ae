"""Rate laws with known answers that the package does not know by name."""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit


@dataclass(frozen=True)
class UnknownGlauber:
    """The thermal law with a sign: +1 is Glauber's, -1 drives spins against their fields."""

    temperature: float
    sign: float = 1.0

    def __call__(self, flip_energy, spin_class=0):
        energy, _ = np.broadcast_arrays(np.asarray(flip_energy, dtype=float), spin_class)
        return expit(-self.sign * energy / self.temperature)

    def spin_classes(self, n_spins):
        return np.zeros(n_spins, np.int64)

    def to_dict(self):
        return {"rate_law": "UnknownGlauber", "temperature": self.temperature, "sign": self.sign}
