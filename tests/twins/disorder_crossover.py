r"""How a spread of the couplings turns collective flips into single ones: two spins, $g = (.5 - d, .5 + d)$,
$\omega$ = loss = 1, drive .05, from both up, at t = 300.

The curve runs from the collective to the independent value around
$d_c = \frac12 [W_\mathrm{tot} / (\nu\, \mathrm{Re}\, 1/z)]^{1/2}$. Printed by
`python -m tests.twins.disorder_crossover`.
"""

import numpy as np

from tests.twins import classical_generator as classical
from tests.twins.projected_liouvillian import SpinsInModes

G, LOSS, DRIVE, TIME, LEVELS = 0.5, 1.0, 0.05, 300.0, 13
SPREADS = (0.0, 0.005, 0.01, 0.015, 0.02, 0.03, 0.04, 0.05, 0.065, 0.08, 0.1, 0.13)


def couplings(spread):
    return ((G - spread,), (G + spread,))


def exact(spread):
    """The mean probability of the two unequal configurations, from the spins with their light."""
    system = SpinsInModes(couplings(spread), (1.0,), (LOSS,), (0.0,), DRIVE, (LEVELS,))
    return np.diag(system.evolved(0, TIME)).real[1:3].mean()


def independent(spread):
    """The same from flips one by one at the rates W."""
    rate = classical.cavity(couplings(spread), (1.0,), (LOSS,), (0.0,), DRIVE)
    return classical.evolve(classical.generator(2, rate), (1, 1), TIME)[1:3].mean()


def crossover_spread():
    """$d_c$ of equal couplings, from both rates of a flip out of and back into both up."""
    rate = classical.cavity(couplings(0.0), (1.0,), (LOSS,), (0.0,), DRIVE)
    both = rate((1, 1), 0) + rate((-1, 1), 0)
    pole = LOSS / 2 + 1j
    return 0.5 * np.sqrt(both / (1 / pole).real)


if __name__ == "__main__":
    print(f"# d_c = {crossover_spread():.4f}")
    print("spread,exact,independent")
    for value in SPREADS:
        print(f"{value},{exact(value):.6f},{independent(value):.6f}")
