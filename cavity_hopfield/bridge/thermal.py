"""From a platform to the closest thermal network, and from a thermal network to a platform."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from cavity_hopfield._checks import real_number
from cavity_hopfield._typing import ArrayLike, FloatArray
from cavity_hopfield.elimination import CavityRates, certify
from cavity_hopfield.elimination.certificate.certificate import SAFE_DRIVE, SAFE_RATIO
from cavity_hopfield.exceptions import ArgumentError, RegimeWarning
from cavity_hopfield.hopfield import Patterns, hebb
from cavity_hopfield.model import FlipEnergySample, Glauber, GlauberMatch, MultimodeDicke
from cavity_hopfield.model.energy_scale import memory_scale, relative_temperature
from cavity_hopfield.network import OpenHopfield, require_network

WEAKEST, STRONGEST, COUPLINGS = 1e-3, 3.0, 49
"""Where couplings are looked for: from this energy scale of the memory to this coupling, in omega; and how many."""
COARSE = 4
"""Every so many of them first."""
PRECISION = 1e-11
"""Relative, of the coupling found."""
SAME = 1e-9
"""Relative difference of couplings that counts as rounding."""


@dataclass(frozen=True, eq=False)
class ThermalNetwork:
    """A network with Glauber's law in the place of its own, and how far the two are apart.

    Made by `to_glauber`.

    Attributes
    ----------
    network : OpenHopfield
        The same couplings, drive and patterns, under `match.law`.
    match : GlauberMatch
        The law, its distance from the network's own, and the flip energies over which it was matched.
    relative_temperature : float or None
        Temperature over the energy scale of the memory, so that one is critical (Hebb's rule, few patterns); None if
        the network is not that of a cavity with patterns.
    """

    network: OpenHopfield
    match: GlauberMatch
    relative_temperature: float | None

    @property
    def temperature(self) -> float:
        """Temperature of the law, in the unit of the flip energies."""
        return self.match.law.temperature

    @property
    def rate(self) -> float:
        """Rate of the law."""
        return self.match.law.rate

    @property
    def distance(self) -> float:
        """How far the rates are from Glauber's: 0.1 means ten per cent, typically."""
        return self.match.distance


def to_glauber(network: OpenHopfield, sample: FlipEnergySample | None = None) -> ThermalNetwork:
    """The network with the closest Glauber law.

    Parameters
    ----------
    network : OpenHopfield
        Any network with individual jumps or collective ones, of which only the rates are matched: in the result spins
        flip one by one.
    sample : FlipEnergySample, optional
        Over which flip energies the laws are compared (see `Glauber.matched_to`); needed if the rates are not those of
        a cavity with patterns.

    Returns
    -------
    ThermalNetwork
        The network, and how far it is.

    Raises
    ------
    ArgumentError
        If there is no sample.

    Examples
    --------
    >>> from cavity_hopfield import letters
    >>> cavity = dicke_for(letters("AC"), temperature=0.4, rate=1e-7, omega=1.0, loss=4.0, disorder=0.05, seed=1)
    >>> thermal = to_glauber(OpenHopfield.from_dicke(cavity))
    >>> round(thermal.relative_temperature, 6), round(thermal.rate * 1e7, 6)
    (0.4, 1.0)
    """
    require_network(network, "`to_glauber`")
    match = Glauber.matched_to(network.rate_law, sample)
    thermal = OpenHopfield(network.interactions, match.law, network.drive, network.patterns)
    dicke = network.rate_law.dicke if isinstance(network.rate_law, CavityRates) else None
    if dicke is None or dicke.stored is None:
        return ThermalNetwork(thermal, match, None)
    return ThermalNetwork(thermal, match, relative_temperature(match.law.temperature, dicke))


def dicke_for(
    target: OpenHopfield | Patterns,
    *,
    omega: ArrayLike,
    loss: ArrayLike,
    gain: ArrayLike = 0.0,
    temperature: float | None = None,
    rate: float | None = None,
    disorder: float = 0.0,
    seed: int | None = None,
) -> MultimodeDicke:
    r"""The cavity, one mode per pattern, whose closest Glauber law has the wanted temperature, over the energy scale
    $J_0$ of the memory, and the wanted rate.

    The couplings to the modes are $g_\mu \propto |z_\mu| / \sqrt{\omega_\mu}$, so that every pattern is held alike and
    $J_{ij}$ is Hebb's rule also for modes that differ; a spread of the couplings comes on top. The strength $g$ of the
    largest is left.

    The coupling decides the temperature, and the drive, which rates go with as its square, the rate. Where several
    couplings give the temperature, it is the one whose rates are closest to Glauber's; `to_glauber` tells how close.
    The range that can be reached is bounded on both sides: at weak coupling the flip energies of many spins exceed the
    dephasing, $W$ falls with $|\epsilon|$ as a resonance does, and its closest Glauber law scales with $J_0$.

    Parameters
    ----------
    target : OpenHopfield or Patterns
        A network with Hebbian couplings, Glauber's law and no drive, or what is to be stored.
    omega, loss, gain
        As in `MultimodeDicke`.
    temperature : float, optional
        Over the energy scale of the memory: below one patterns are held. Needed for `Patterns`; left out for a
        network, whose own is taken.
    rate : float, optional
        Rate of a flip that gains much energy, in units of omega. Needed for `Patterns`; for a network, whose own unit
        need not be that of a cavity, its own if left out.
    disorder, seed
        A spread of the couplings (see `MultimodeDicke.from_patterns`), without which spins flip together.

    Returns
    -------
    MultimodeDicke
        `to_glauber(OpenHopfield.from_dicke(dicke))` has the temperature and the rate.

    Raises
    ------
    ArgumentError
        If no coupling gives the temperature, with the range that can be reached; if the network is not Hebbian, not
        thermal or driven; if Hebb's rule couples nothing; if a mode has no positive frequency; or if a number is
        missing.

    Warns
    -----
    RegimeWarning
        If the drive that the rate takes is not weak, with the largest rate of a weak one.

    Examples
    --------
    >>> from cavity_hopfield import random_patterns
    >>> cavity = dicke_for(random_patterns(1, 12, seed=1), temperature=0.5, rate=1e-5, omega=1.0, loss=4.0)
    >>> bool((abs(cavity.g) == abs(cavity.g[0, 0])).all())
    True
    """
    patterns, wanted, speed = _wanted(target, temperature, rate)

    shares = _equal_shares(MultimodeDicke.from_patterns(patterns, 1.0, omega, loss, gain))

    def cavity(g: float, drive: float = 1.0) -> MultimodeDicke:
        return MultimodeDicke.from_patterns(
            patterns, g * shares, omega, loss, gain, drive, disorder=disorder, seed=seed
        )

    def match(g: float) -> tuple[float, GlauberMatch]:
        """The temperature, over the memory's scale, and the law at the drive one."""
        dicke = cavity(g)
        found = Glauber.matched_to(CavityRates(dicke))
        return relative_temperature(found.law.temperature, dicke), found

    def above(g: float) -> float:
        return match(g)[0] - wanted

    one = cavity(1.0)
    weakest = float(np.sqrt(WEAKEST * one.omega.min() / memory_scale(one)))
    grid = np.geomspace(weakest, max(STRONGEST * one.omega.max(), 2 * weakest), COUPLINGS)
    roots = [float(brentq(above, *pair, xtol=1e-15, rtol=PRECISION)) for pair in _brackets(above, grid, wanted)]
    g, law = min(((g, match(g)[1]) for g in roots), key=lambda pair: pair[1].distance)
    dicke = cavity(g, float(np.sqrt(speed / law.law.rate)))
    _warn_if_fast(dicke, speed)
    return dicke


def _equal_shares(one: MultimodeDicke) -> FloatArray:
    """Couplings to the modes, the largest one, by which every mode mediates alike."""
    if not (one.mediation > 0).all():
        raise ArgumentError(
            f"Argument `omega` must be positive for every mode, which else repels its pattern, but is {one.omega}."
        )
    if memory_scale(one) == 0:
        raise ArgumentError(
            f"Argument `target` must have patterns by which Hebb's rule couples spins, but these {one.g.shape[1]} of "
            f"{one.n_spins} couple none: there is no energy to measure a temperature by."
        )
    return np.asarray(np.sqrt(one.mediation.min() / one.mediation))


def _brackets(above: Callable[[float], float], grid: FloatArray, wanted: float) -> list[tuple[float, float]]:
    """Pairs of couplings between which the wanted temperature is crossed, that is `above` zero on one side alone.

    Every fourth coupling first, then those about the ones that come close without crossing.
    """
    places = list(range(0, grid.size, COARSE))
    rough = np.array([above(float(grid[k])) for k in places])
    known = dict(zip(places, rough.tolist(), strict=True))
    for k, place in enumerate(places):
        around = rough[max(k - 1, 0) : k + 2]
        if np.abs(around).min() == abs(rough[k]) and (np.sign(around) == np.sign(rough[k])).all():
            near = range(max(place - COARSE + 1, 0), min(place + COARSE, grid.size))
            known |= {one: above(float(grid[one])) for one in near if one not in known}
    tried = np.array(sorted(known))
    values = np.array([known[k] for k in tried])
    crossed = np.flatnonzero((values[1:] > 0) != (values[:-1] > 0))
    if not crossed.size:
        raise ArgumentError(
            f"Argument `temperature` must be one that some coupling gives, but is {wanted:g}: over the memory's energy "
            f"scale couplings from {grid[0]:.2g} up to {grid[-1]:.3g} reach {values.min() + wanted:.3g} to "
            f"{values.max() + wanted:.3g}. Loss and gain shift that range, and the number of spins."
        )
    return [(float(grid[tried[k]]), float(grid[tried[k + 1]])) for k in crossed]


def _wanted(
    target: OpenHopfield | Patterns, temperature: float | None, rate: float | None
) -> tuple[Patterns, float, float]:
    """Patterns, temperature over the memory's energy scale, and rate."""
    if isinstance(target, Patterns):
        if temperature is None or rate is None:
            raise ArgumentError("Arguments `temperature` and `rate` must be given for `Patterns`, which have none.")
        return target, real_number("temperature", temperature, above=0.0), real_number("rate", rate, above=0.0)
    require_network(target, "`dicke_for`")
    law, patterns = target.rate_law, target.patterns
    if temperature is not None:
        raise ArgumentError("Argument `temperature` must be left out for a network, whose law has one.")
    if not isinstance(law, Glauber) or law.temperature == 0 or target.drive > 0 or patterns is None:
        raise ArgumentError(
            "Argument `target` must have Glauber's law at a temperature above zero, patterns and no drive of its own, "
            f"but has {law!r}, drive={target.drive:g} and {'no ' if patterns is None else ''}patterns. A second field "
            "is no part of the cavity: give it to `OpenHopfield.from_dicke`."
        )
    speed = law.rate if rate is None else real_number("rate", rate, above=0.0)
    return patterns, law.temperature / _hebbian_scale(target.couplings, patterns), speed


def _hebbian_scale(couplings: FloatArray, patterns: Patterns) -> float:
    r"""$J_0$ of $J_{ij} = \frac{J_0}{N} \sum_\mu \xi_i^\mu \xi_j^\mu$; an error for other couplings."""
    plain = hebb(patterns)
    norm = float(np.sum(plain**2))
    scale = float(np.sum(plain * couplings)) / norm if norm > 0 else 0.0
    if scale <= 0 or np.abs(couplings - scale * plain).max() > SAME * np.abs(couplings).max():
        raise ArgumentError(
            "Argument `target` must have the couplings of Hebb's rule for its patterns, which one mode per pattern "
            "mediates. For others choose the couplings to the modes yourself."
        )
    return scale


def _warn_if_fast(dicke: MultimodeDicke, rate: float) -> None:
    """Tell if the drive that the rate takes is not weak."""
    certificate = certify(dicke)
    ratio, drive_ratio = certificate.collective_ratio, certificate.drive_ratio
    if ratio >= SAFE_RATIO or drive_ratio >= SAFE_DRIVE:
        safe = rate * min(SAFE_RATIO / ratio, (SAFE_DRIVE / drive_ratio) ** 2)
        warnings.warn(
            f"r = {ratio:.2g} and 2 drive/|z| = {drive_ratio:.2g} at the rate {rate:.3g}: the drive is not weak, and "
            f"the rates are not those of second order. At this temperature rates up to {safe:.2g} are good.",
            RegimeWarning,
            stacklevel=3,
        )
