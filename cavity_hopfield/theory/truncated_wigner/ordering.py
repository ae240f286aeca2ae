r"""From symmetric to normal order: what numbers $\alpha$ drawn from a Wigner function say of the light."""

import numpy as np

from cavity_hopfield._typing import ComplexArray
from cavity_hopfield.cavity import LightMoments


def normally_ordered(alpha: ComplexArray) -> LightMoments:
    r"""$a^\dagger a \leftrightarrow |\alpha|^2 - \frac12, \quad a \leftrightarrow \alpha, \quad a^2 \leftrightarrow
    \alpha^2, \quad a^{\dagger 2} a^2 \leftrightarrow |\alpha|^4 - 2 |\alpha|^2 + \frac12$.

    A mean over the Wigner function is that of the symmetrised product of operators; here are the numbers whose means
    are those of the normally ordered ones, for every single $\alpha$ (...).

    Examples
    --------
    >>> moments = normally_ordered(np.array([1.0 + 0.0j]))
    >>> float(moments.photons[0]), float(moments.quartic[0])
    (0.5, -0.5)
    """
    square = alpha.real**2 + alpha.imag**2
    return LightMoments(np.asarray(square - 0.5), alpha, alpha**2, np.asarray(square**2 - 2 * square + 0.5))
