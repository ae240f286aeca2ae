"""The energy that holds a memory together."""

import numpy as np

from cavity_hopfield.model.dicke import MultimodeDicke

NOTHING = 1e-12
"""Square of the couplings of Hebb's rule, per pattern, below which it couples nothing: one spin, or N patterns."""


def memory_scale(dicke: MultimodeDicke) -> float:
    r"""$J_0 = \sum_{i \ne j} H_{ij} J_{ij} \Big/ \sum_{i \ne j} H_{ij}^2$, how much there is of Hebb's rule
    $H_{ij} = \frac1N \sum_\mu \xi_i^\mu \xi_j^\mu$, for the stored patterns, in the couplings $J_{ij}$ of a platform.

    By least squares; for $J = J_0 H$ it is $J_0$, which is the field on a spin of a stored pattern up to 1/N, and the
    critical temperature of few patterns. What a spin does to itself plays no part. Zero where Hebb's rule couples
    nothing, as for one spin.

    Examples
    --------
    >>> from cavity_hopfield import letters
    >>> dicke = MultimodeDicke.from_patterns(letters("AC"), g=0.1, omega=1.0, loss=1.0)
    >>> round(memory_scale(dicke), 12), round(35 * 2 * 0.1**2 / 1.25, 12)
    (0.56, 0.56)
    """
    memory = dicke.memory.values.astype(np.float64)
    n_patterns, n_spins = memory.shape
    forces = memory @ dicke.g
    own = n_patterns * np.sum(dicke.mediation * dicke.g**2)
    along = (np.sum(dicke.mediation * forces**2) - own) / n_spins
    square = np.sum((memory @ memory.T / n_spins) ** 2) - n_patterns**2 / n_spins
    return float(along / square) if square > NOTHING * n_patterns else 0.0


def relative_temperature(temperature: float, dicke: MultimodeDicke) -> float:
    """The temperature over the `memory_scale`; infinite where there is nothing of Hebb's rule, or its reverse."""
    scale = memory_scale(dicke)
    return temperature / scale if scale > 0 else float("inf")
