"""How far the stationary distribution is from a thermal one, at the temperature that is closest."""

import warnings

import numpy as np
import xarray as xr
from scipy.optimize import brentq
from scipy.special import logsumexp

from cavity_hopfield._typing import FloatArray
from cavity_hopfield.analysis.nonequilibrium.transitions import Network, Transitions
from cavity_hopfield.dynamics.labels import analysis_result, labelled
from cavity_hopfield.exceptions import RegimeWarning

EPSILON = float(np.finfo(np.float64).eps)
SMALLEST = 1e-300
"""Probabilities below this have lost digits, or are zero, as the range of floats ends."""


def boltzmann_distance(model: Network) -> xr.Dataset:
    r"""$D = \min_T \sum_\sigma p_\sigma \ln [p_\sigma Z_T / e^{-E_\sigma / T}]$: the Kullback-Leibler divergence of the
    stationary distribution from the thermal one that is closest.

    The best temperature is the one of equal mean energy, $\langle E \rangle_T = \langle E \rangle_p$: $\partial D /
    \partial \beta$ is their difference, and D is convex in $\beta = 1/T$. It may be infinite or negative. Detailed
    balance and $D = 0$ are two things: spins that do not form cycles are in detailed balance at any law, with a
    temperature of their own for every flip energy.

    Parameters
    ----------
    model : OpenHopfield or CountedHopfield
        The network.

    Returns
    -------
    xarray.Dataset
        `kullback_leibler` (natural logarithm), `temperature` and `inverse_temperature`, `total_variation` $\frac12
        \sum |p - q|$, `largest_log_ratio` $\max |\ln (p / q)|$ over the states where p or q exceeds 1e-300,
        `mean_energy`, `entropy` of p. Where all of p is in the ground states, because the rates that lead out of them
        are zero as floats, the temperature is zero.

    Raises
    ------
    SizeError
        If there are more than 131 072 states. Spins that are alike are counted: two patterns and 700 spins are exact.

    Warns
    -----
    RegimeWarning
        If the network is so cold that the probability outside the ground states comes to the end of the range of
        floats, from which the temperature is told.

    Notes
    -----
    Derived in `derivations/detailed_balance.py`.

    Examples
    --------
    >>> from cavity_hopfield import Glauber, OpenHopfield, letters
    >>> found = boltzmann_distance(OpenHopfield(letters("AC"), Glauber(temperature=0.4)))
    >>> round(float(found["temperature"]), 10), bool(found["kullback_leibler"] < 1e-20)
    (0.4, True)
    """
    chain = Transitions.of(model)
    p, energies, ways = chain.stationary.probability, chain.energies, chain.log_multiplicity
    beta = closest_beta(p, energies, ways)
    _warn_of_lost_digits(chain, beta)
    logarithm = thermal(beta, energies, ways)
    q = np.exp(logarithm)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = logarithm - np.log(p)
        entropy = -float(np.where(p > 0, p * (np.log(p) - ways), 0.0).sum())
    told = np.maximum(p, q) > SMALLEST
    variables = {
        "kullback_leibler": labelled(
            (), _divergence(p, q, ratio), "Kullback-Leibler divergence from the closest thermal state"
        ),
        "temperature": labelled((), np.divide(1.0, beta) if beta else np.inf, "closest temperature", "unit of omega"),
        "inverse_temperature": labelled((), beta, "closest inverse temperature", "1 / unit of omega"),
        "total_variation": labelled((), 0.5 * np.abs(p - q).sum(), "total variation distance"),
        "largest_log_ratio": labelled((), np.abs(ratio[told]).max(), "largest |ln (p / thermal)|"),
        "mean_energy": labelled((), p @ energies, "mean energy", "unit of omega"),
        "entropy": labelled((), entropy, "entropy of the stationary distribution"),
        "error": labelled((), chain.stationary.error, "estimated relative error of the probabilities"),
    }
    return analysis_result("boltzmann_distance", variables, {}, {}, model=model)


def thermal(beta: float, energies: FloatArray, ways: FloatArray) -> FloatArray:
    r"""$\ln q_k$ of $q_k = n_k e^{-\beta E_k} / Z$, of the ground states at infinity; `ways` are the $\ln n_k$."""
    above = _above_the_favoured(energies, beta)
    with np.errstate(invalid="ignore"):  # infinity times zero, which is not used
        exponents = ways - np.where(above > 0, abs(beta) * above, 0.0)
    return np.asarray(exponents - logsumexp(exponents))


def closest_beta(p: FloatArray, energies: FloatArray, ways: FloatArray) -> float:
    r"""$\beta$ with $\langle E \rangle_\beta = \langle E \rangle_p$; infinite where p knows states of the lowest (or,
    negative, the highest) energy alone, zero where all energies are equal.

    Both means are taken above the lowest (highest) energy and compared by their logarithms, so that they keep their
    digits however cold the network is.
    """
    even = np.exp(thermal(0.0, energies, ways))
    sign = 1.0 if p @ (energies - energies.min()) < even @ (energies - energies.min()) else -1.0
    above = _above_the_favoured(energies, sign)
    if not above.any():
        return 0.0
    excited = above > 0
    height = np.log(above[excited])
    with np.errstate(divide="ignore"):
        wanted = logsumexp(np.log(p[excited]) + height)
    if np.isneginf(wanted):
        return sign * np.inf

    def excess(size: float) -> float:
        return float(logsumexp(thermal(sign * size, energies, ways)[excited] + height) - wanted)

    start, end = 0.0, 1.0 / float(above.max())
    if excess(start) <= 0:
        return 0.0
    while excess(end) > 0:
        start, end = end, 2 * end
    return sign * float(brentq(excess, start, end, xtol=1e-300, rtol=4 * EPSILON))


def _above_the_favoured(energies: FloatArray, sign: float) -> FloatArray:
    """Energies above the lowest, or below the highest if `sign` is negative; zero within round-off of it."""
    above = energies - energies.min() if sign >= 0 else energies.max() - energies
    return np.where(above > 64 * EPSILON * np.abs(energies).max(), above, 0.0)


def _divergence(p: FloatArray, q: FloatArray, ratio: FloatArray) -> float:
    """D as a sum of terms none of which is negative; `ratio` is ln (q / p)."""
    terms = q - p
    near, far = np.abs(ratio) < 1, (np.abs(ratio) >= 1) & (p > 0)
    terms[near] = p[near] * (np.expm1(ratio[near]) - ratio[near])
    terms[far] -= p[far] * ratio[far]
    return float(terms.sum())


def _warn_of_lost_digits(chain: Transitions, beta: float) -> None:
    """A warning where so little probability is outside the favoured states that floats may have rounded it."""
    left = float(chain.stationary.probability[_above_the_favoured(chain.energies, beta) > 0].sum())
    if beta and 0 < left < SMALLEST:
        warnings.warn(
            f"The stationary distribution has {left:.1g} of its weight outside the states of extremal energy, at the "
            f"end of the range of floats: the temperature, {1 / beta:.3g}, may be wrong. Raise that of the network.",
            RegimeWarning,
            stacklevel=3,
        )
