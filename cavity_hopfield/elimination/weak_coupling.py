"""When the light can be eliminated to second order in the coupling, whatever the drive makes of the spins."""

import numpy as np

from cavity_hopfield.model import MultimodeDicke, require_dicke

FAST_DRIVE = 0.25
"""Largest 2 drive / |z| at which the light follows the spins: there the mean-field threshold is off by at most 10 per
cent, for any ratio of loss to frequency."""
STRONG_COUPLING = 0.1
"""Largest `coupling_strength` of a weak coupling. There the three slowest relaxation rates are within 9 per cent, and
the steady polarisation within 0.034, of the full master equation: in one mode with eta from 0.1 to 5 and 2 drive / |z|
up to 0.25, for 1 and 2 spins at noise factors 1 and 2, and for 4 spins without gain."""


def coupling_strength(dicke: MultimodeDicke) -> float:
    r"""The largest eigenvalue of $\sum_\mu 2 \nu_\mu g_{i\mu} g_{j\mu} / (\Gamma_\mu |z_\mu - 2 i \Omega|)$, to be
    small for an elimination of second order in the coupling.

    $2 \nu g^2 / (\Gamma |z - 2 i \Omega|)$ for couplings $g / \sqrt N$ to one mode: the fourth order in the coupling
    over relaxation rates of second order, at the frequency $2 \Omega$ at which the drive turns the spins. Relaxation
    rates are off by up to this part, and a steady polarisation by up to half of it.

    Examples
    --------
    >>> round(coupling_strength(MultimodeDicke(g=[[0.1]], omega=1.0, loss=1.0, drive=0.1)), 4)
    0.0212
    """
    require_dicke("dicke", dicke)
    decay = np.abs(dicke.pole - 2j * dicke.drive) * dicke.net_loss / 2
    return float(np.linalg.norm(dicke.g * np.sqrt(dicke.noise_factor / decay), ord=2) ** 2)
