"""Ising energy, local fields, and what it costs to flip a spin."""

import numpy as np

from cavity_hopfield._checks import spin_array, symmetric_couplings
from cavity_hopfield._typing import ArrayLike, FloatArray


def energy(couplings: ArrayLike, configurations: ArrayLike) -> FloatArray:
    r"""$E(\sigma) = -\frac12 \sum_{i \ne j} J_{ij} \sigma_i \sigma_j$: each pair counts once.

    Parameters
    ----------
    couplings
        Symmetric $J$, shape `(N, N)`; its diagonal is ignored.
    configurations
        Spins ±1, shape `(..., N)`.

    Returns
    -------
    FloatArray
        Energies, shape `(...)`, in the unit of the couplings; zero-dimensional for one configuration.

    Raises
    ------
    ArgumentError
        If the couplings are not square and symmetric, or the configurations are not ±1 of N spins.

    Examples
    --------
    >>> from cavity_hopfield.hopfield import energy
    >>> energy([[0, 1], [1, 0]], [[1, 1], [1, -1]])
    array([-1.,  1.])
    """
    spins, fields = _spins_and_fields(couplings, configurations)
    return np.asarray(-0.5 * np.sum(spins * fields, axis=-1), dtype=np.float64)


def local_fields(couplings: ArrayLike, configurations: ArrayLike) -> FloatArray:
    r"""$h_i(\sigma) = \sum_{j \ne i} J_{ij} \sigma_j$: the field of the others at each spin.

    Parameters
    ----------
    couplings
        Symmetric $J$, shape `(N, N)`; its diagonal is ignored.
    configurations
        Spins ±1, shape `(..., N)`.

    Returns
    -------
    FloatArray
        Fields, shape `(..., N)`, in the unit of the couplings. $E = -\frac12 \sum_i h_i \sigma_i$.

    Raises
    ------
    ArgumentError
        If the couplings are not square and symmetric, or the configurations are not ±1 of N spins.

    Examples
    --------
    >>> from cavity_hopfield.hopfield import local_fields
    >>> local_fields([[0, 1, 2], [1, 0, 0], [2, 0, 0]], [1, -1, 1])
    array([1., 1., 2.])
    """
    return _spins_and_fields(couplings, configurations)[1]


def flip_energies(couplings: ArrayLike, configurations: ArrayLike) -> FloatArray:
    r"""$\varepsilon_i = E(\ldots, -\sigma_i, \ldots) - E(\sigma) = 2 \sigma_i \sum_{j\ne i} J_{ij} \sigma_j$.

    Final minus initial energy: a flip that costs energy is positive, and a configuration is a local minimum
    where no entry is negative.

    Parameters
    ----------
    couplings
        Symmetric $J$, shape `(N, N)`; its diagonal is ignored.
    configurations
        Spins ±1, shape `(..., N)`.

    Returns
    -------
    FloatArray
        The cost of flipping each spin alone, shape `(..., N)`, in the unit of the couplings.

    Raises
    ------
    ArgumentError
        If the couplings are not square and symmetric, or the configurations are not ±1 of N spins.

    Examples
    --------
    >>> from cavity_hopfield.hopfield import flip_energies, hebb, letters
    >>> stored = letters("ACJ")
    >>> bool((flip_energies(hebb(stored), stored["A"]) > 0).all())
    True
    """
    spins, fields = _spins_and_fields(couplings, configurations)
    return 2 * spins * fields


def _spins_and_fields(couplings: ArrayLike, configurations: ArrayLike) -> tuple[FloatArray, FloatArray]:
    matrix = symmetric_couplings("couplings", couplings)
    spins = spin_array("configurations", configurations, n_spins=matrix.shape[0]).astype(np.float64)
    return spins, np.asarray(spins @ matrix, dtype=np.float64)
