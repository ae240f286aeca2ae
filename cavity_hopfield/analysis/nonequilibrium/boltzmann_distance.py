"""How far the stationary distribution is from a thermal one, at the temperature that is closest."""

from dataclasses import dataclass

import numpy as np
import xarray as xr
from scipy.optimize import brentq
from scipy.special import logsumexp

from cavity_hopfield._typing import FloatArray
from cavity_hopfield.analysis.nonequilibrium.transitions import Network, Transitions
from cavity_hopfield.analysis.results import analysis_result, labelled

EPSILON = float(np.finfo(np.float64).eps)
LARGEST_EXPONENT = 1e4
"""Largest size of E/T, over the spread of the energies, at which a temperature is looked for."""


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
        \sum |p - q|$, `largest_log_ratio` $\max |\ln (p / q)|$, `mean_energy`, `entropy` of p. Where all of p is in the
        ground states the temperature is zero.

    Raises
    ------
    SizeError
        If there are more than 131 072 states. Spins that are alike are counted: two patterns and 700 spins are exact.

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
    thermal = Thermal.at(beta, energies, ways)
    with np.errstate(divide="ignore", invalid="ignore"):
        known = np.log(p) - ways
        ratio = thermal.logarithm - np.log(p)
        terms = np.where(p > 0, p * (np.expm1(ratio) - ratio), np.exp(thermal.logarithm))
        entropy = -float(np.where(p > 0, p * known, 0.0).sum())
    inside = (p > 0) | np.isfinite(thermal.logarithm)
    variables = {
        "kullback_leibler": labelled((), terms.sum(), "Kullback-Leibler divergence from the closest thermal state"),
        "temperature": labelled((), np.divide(1.0, beta) if beta else np.inf, "closest temperature", "unit of omega"),
        "inverse_temperature": labelled((), beta, "closest inverse temperature", "1 / unit of omega"),
        "total_variation": labelled((), 0.5 * np.abs(p - np.exp(thermal.logarithm)).sum(), "total variation distance"),
        "largest_log_ratio": labelled((), np.abs(ratio[inside]).max(), "largest |ln (p / thermal)|"),
        "mean_energy": labelled((), p @ energies, "mean energy", "unit of omega"),
        "entropy": labelled((), entropy, "entropy of the stationary distribution"),
        "error": labelled((), chain.stationary.error, "estimated relative error of the probabilities"),
    }
    return analysis_result("boltzmann_distance", variables, {}, {}, model=model)


@dataclass(frozen=True, eq=False)
class Thermal:
    r"""$q_k = n_k e^{-\beta E_k} / Z$: its logarithm (K,) and mean energy."""

    logarithm: FloatArray
    energy: float

    @classmethod
    def at(cls, beta: float, energies: FloatArray, ways: FloatArray) -> "Thermal":
        r"""At inverse temperature $\beta$; `ways` are the logarithms of $n_k$. Of the ground states at infinity."""
        if np.isinf(beta):
            lowest = energies <= energies.min() + 64 * EPSILON * max(np.abs(energies).max(), EPSILON)
            exponents = np.where(lowest, ways, -np.inf)
        else:
            exponents = ways - beta * (energies - energies.min())
        logarithm = exponents - logsumexp(exponents)
        # relative to the lowest energy, so that it stays exact in cold states
        above = float(np.exp(logarithm) @ (energies - energies.min()))
        return cls(logarithm, above)


def closest_beta(p: FloatArray, energies: FloatArray, ways: FloatArray) -> float:
    r"""$\beta$ with $\langle E \rangle_\beta = \langle E \rangle_p$; infinite where p knows states of the lowest (or,
    negative, the highest) energy alone, zero where all energies are equal.
    """
    above = energies - energies.min()
    spread = float(above.max())
    if spread <= 64 * EPSILON * max(float(np.abs(energies).max()), EPSILON):
        return 0.0
    wanted = float(p @ above)
    for side, sign in ((above, 1.0), (energies.max() - energies, -1.0)):
        if p @ side <= EPSILON**2 * spread:
            return sign * np.inf

    def excess(scaled: float) -> float:
        return Thermal.at(scaled / spread, energies, ways).energy - wanted

    sign = 1.0 if excess(0.0) > 0 else -1.0
    end = 1.0
    while sign * excess(sign * end) > 0:
        end *= 2
        if end > LARGEST_EXPONENT:
            return sign * np.inf
    return float(brentq(excess, 0.0, sign * end, xtol=1e-300, rtol=4 * EPSILON)) / spread
