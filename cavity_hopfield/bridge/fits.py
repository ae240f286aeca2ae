"""The thermal network closest to a platform: temperature, rate and drive, and what they leave unexplained."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_array

from cavity_hopfield._typing import FloatArray, Json
from cavity_hopfield.bridge.bridge import Bridge
from cavity_hopfield.bridge.generators import transverse_field
from cavity_hopfield.elimination import CavityRates
from cavity_hopfield.elimination.ensembles import SpinEnsembles
from cavity_hopfield.exceptions import ArgumentError, ConvergenceError
from cavity_hopfield.model import Glauber, MultimodeDicke
from cavity_hopfield.model.energy_scale import relative_temperature
from cavity_hopfield.network import OpenHopfield, configuration_rates, require_single_flips
from cavity_hopfield.theory.lindblad.door import sparse_liouvillian

WIDEST = 8.0
"""Logarithmic distance of a temperature from the largest flip energy, at most."""
ZERO_DRIVE = 0.01
"""A drive below this share of the rate changes what populations do by less than a part in a thousand: it is none."""
VAGUE = 0.3
"""A bound on the drive above this share of the rate says nothing."""
TOLERANCE = 1e-12
FEW, MANY = 0.5, 5.0
"""Up to the first distance of logarithms rates differ by per cents, up to the second by factors."""
Source = MultimodeDicke | Bridge | OpenHopfield


@dataclass(frozen=True, eq=False)
class NetworkFit:
    r"""The network with Glauber's law and the platform's own couplings that comes closest to a platform.

    Made by `fit_liouvillian` and `fit_trajectories`.

    Attributes
    ----------
    network : OpenHopfield
        $J_{ij}$ of the platform, `Glauber(temperature, rate)`, and the fitted drive.
    method : {"liouvillian", "trajectories"}
        What was made as small as possible.
    residual : float
        What is left, relative: of the Liouvillian in the Frobenius norm; of trajectories the root of the mean square,
        beside that of their change.
    rate_distance : float
        Root of the mean square of $\ln[W_i(\sigma) / W^G_i(\sigma)]$ over all flips of all configurations: how far the
        platform's rates are from the fitted law. 0.1 means ten per cent, typically.
    own_drive, own_drive_bound : float
        The drive that fits best beside the platform's own rates, in place of Glauber's, and the largest one that is
        compatible, two standard deviations of its square above. It tells whether there is a drive: beside a law that
        is not the platform's, a drive stands in for what the law lacks.
    uncertainties : dict or None
        Standard deviations of `temperature` (infinite where the trajectories do not tell it), `rate` and
        `drive_squared`, as if the residuals of trajectories were independent noise: a scale for how well the
        trajectories tell the numbers, and no error of measurement. None for a Liouvillian.
    relative_temperature : float or None
        Temperature over the energy scale of the memory (see `memory_scale`); None without patterns.
    together : bool
        Whether spins of the platform exert equal forces, up to the sign, and flip together, which no network of single
        flips does.
    own_rate : float
        The rate of the fitted Liouvillian, the unit in which `own_drive` is judged.
    own_residual : float or None
        What the platform's own rates and `own_drive` leave of trajectories; None for a Liouvillian.
    """

    network: OpenHopfield
    method: str
    residual: float
    rate_distance: float
    own_drive: float
    own_drive_bound: float
    uncertainties: dict[str, float] | None
    relative_temperature: float | None
    together: bool
    own_rate: float
    own_residual: float | None = None

    @property
    def temperature(self) -> float:
        """Temperature, in units of omega."""
        return self._law.temperature

    @property
    def rate(self) -> float:
        """Rate of a flip that gains much energy, in units of omega."""
        return self._law.rate

    @property
    def drive(self) -> float:
        """The drive beside the rates, in units of omega."""
        return self.network.drive

    @property
    def _law(self) -> Glauber:
        law = self.network.rate_law
        if not isinstance(law, Glauber):
            raise ArgumentError(f"Argument `network` must have Glauber's law, but has {type(law).__name__}.")
        return law

    @property
    def has_drive(self) -> bool:
        """Whether a drive is seen beside the platform's own rates: one whose square is beyond its uncertainty."""
        least = 2 * self.own_drive**2 - self.own_drive_bound**2
        return least > (ZERO_DRIVE * self.own_rate) ** 2

    @property
    def verdict(self) -> str:
        """The fit in words, with the numbers that tell."""
        told = self.uncertainties is None or self.uncertainties["temperature"] < self.temperature
        zero = "" if told else ", not told apart from zero"
        scale = (
            "" if self.relative_temperature is None else f" ({self.relative_temperature:.3g} of the memory's energy)"
        )
        law = f"T = {self.temperature:.3g}{scale}{zero}, rate {self.rate:.3g}, drive {self.drive:.3g}"
        left = "Liouvillian" if self.method == "liouvillian" else "change along the trajectories"
        together = " Spins flip together, which no thermal network of single flips does." if self.together else ""
        return (
            f"{self._about_drive} Closest thermal network: {law}; {_off(self.rate_distance)}, and "
            f"{self.residual:.1%} of the {left} left unexplained.{together}"
        )

    @property
    def _about_drive(self) -> str:
        """Whether there is a drive beside the platform's own rates, in words."""
        own, bound = self.own_drive / self.own_rate, self.own_drive_bound / self.own_rate
        if self.has_drive:
            return f"An independent drive of {own:.2g} times the rate beside the platform's own rates."
        if not bound < VAGUE:
            return "Whether there is an independent drive is not told: take more times, or another start."
        most = f", at most {bound:.1g} times the rate" if bound > TOLERANCE else ""
        return f"No independent drive: beside the platform's own rates it is compatible with zero{most}."

    def to_dict(self) -> Json:
        """The numbers and the verdict, for JSON."""
        names = ("method", "temperature", "rate", "drive", "residual", "rate_distance", "verdict", "has_drive")
        more = (
            "own_drive",
            "own_drive_bound",
            "uncertainties",
            "relative_temperature",
            "together",
            "own_rate",
            "own_residual",
        )
        return {name: getattr(self, name) for name in (*names, *more)}


def _off(distance: float) -> str:
    """How far rates are from Glauber's, in words."""
    if distance < FEW:
        return f"rates {distance:.0%} off Glauber's"
    return f"rates off Glauber's by a factor of {np.exp(distance):.2g}" if distance < MANY else "rates unlike Glauber's"


def fit_liouvillian(source: Source, **choices: Any) -> NetworkFit:
    r"""$\min_{T, \gamma, \Omega} \Vert \mathcal{L} - \mathcal{L}_\mathrm{network}(T, \gamma, \Omega) \Vert_F /
    \Vert \mathcal{L} \Vert_F$ with the platform's own couplings.

    The generator of a network is linear in rate and drive, which are found at once; one unknown, the temperature, is
    left. Dissipators and the commutator with the drive are orthogonal, so that a bridge without an independent field
    has the drive zero, exactly. What is not Glauber's, and the Lamb shift, is in the residual. With jumps of the sector
    rates are compared on the `Bridge.lasting_places` alone: the other coherences die by the light before a spin flips.

    Parameters
    ----------
    source : MultimodeDicke, Bridge or OpenHopfield
        What to fit: a bridge, the one of a cavity, or a network, of a few spins.
    **choices
        Those of `Bridge`, for a `MultimodeDicke`.

    Returns
    -------
    NetworkFit
        Temperature, rate and drive, and what they leave unexplained.

    Raises
    ------
    ArgumentError
        If `source` is none of these.
    ConvergenceError
        If the best temperature is at the end of the range, with the likely reason.
    SizeError
        If the spins are too many.

    Examples
    --------
    >>> cavity = MultimodeDicke(g=[[0.4], [0.6], [0.3]], omega=1.0, loss=1.0, drive=0.01)
    >>> fit_liouvillian(cavity).has_drive
    False
    """
    refuse_choices(source, choices)
    platform = bridged(source, choices) if isinstance(source, MultimodeDicke) else source
    network = network_of(platform)
    wanted = platform.sparse_liouvillian() if isinstance(platform, Bridge) else sparse_liouvillian(network)
    field = transverse_field(network.n_spins, 1.0)
    drive = max(0.0, _inner(field, wanted) / _inner(field, field))
    kept = _compared(platform)
    rest = kept(csr_array(wanted - drive * field))
    size, square = _largest_energy(network), _inner(rest, rest)

    def best(log_temperature: float) -> tuple[float, float]:
        """The squared misfit and the rate at one temperature."""
        flips = kept(sparse_liouvillian(thermal_network(network, float(np.exp(log_temperature)), 1.0, 0.0)))
        overlap, norm = _inner(flips, rest), _inner(flips, flips)
        return square - overlap**2 / norm, overlap / norm

    log_temperature = _best_place(lambda point: best(point)[0], np.log(size))
    misfit, rate = best(log_temperature)
    thermal = thermal_network(network, float(np.exp(log_temperature)), rate, drive)
    residual = float(np.sqrt(max(misfit, 0.0) / (square + drive**2 * _inner(field, field))))
    return fitted(platform, thermal, "liouvillian", residual, None, None)


def _compared(platform: Bridge | OpenHopfield) -> Callable[[csr_array], csr_array]:
    """What of a generator is compared with that of a network: with jumps of the sector, what the light lets live."""
    if not isinstance(platform, Bridge) or platform.jumps != "sector":
        return csr_array
    places = platform.lasting_places
    return lambda generator: csr_array(generator[places][:, places])


def _best_place(misfit: Callable[[float], float], centre: float) -> float:
    """The logarithm of the temperature with the smallest misfit, about that of the largest flip energy."""
    grid = centre + np.linspace(-WIDEST, WIDEST, 65)
    first = int(np.argmin([misfit(float(point)) for point in grid]))
    _require_inside(first, grid)
    bounds = (grid[first - 1], grid[first + 1])
    return float(minimize_scalar(misfit, bounds=bounds, method="bounded", options={"xatol": TOLERANCE}).x)


def bridged(dicke: MultimodeDicke, choices: dict[str, Any]) -> Bridge:
    """The bridge of a cavity; an `ArgumentError` for choices that it does not have."""
    known = [field.name for field in fields(Bridge) if field.name != "dicke"]
    unknown = sorted(set(choices) - set(known))
    if unknown:
        raise ArgumentError(
            f"Argument `{unknown[0]}` must be left out: the choices of a bridge are {', '.join(known)}."
        )
    return Bridge(dicke, **choices)


def fitted(
    source: Source,
    thermal: OpenHopfield,
    method: str,
    residual: float,
    told: NetworkFit | None,
    uncertainties: dict[str, float] | None,
    own_residual: float | None = None,
) -> NetworkFit:
    """The fit, with what the platform and its rates tell beside; the drive beside its own rates is as `told`, if it is,
    and else that of `thermal`.
    """
    network = network_of(source)
    ratios = np.log(configuration_rates(network) / configuration_rates(thermal))
    dicke = _cavity_of(source)
    law: Any = thermal.rate_law
    return NetworkFit(
        network=thermal,
        method=method,
        residual=residual,
        rate_distance=float(np.sqrt(np.mean(ratios**2))),
        own_drive=thermal.drive if told is None else told.own_drive,
        own_drive_bound=thermal.drive if told is None else told.own_drive_bound,
        uncertainties=uncertainties,
        relative_temperature=None if dicke is None else _over_scale(law.temperature, dicke),
        together=dicke is not None and bool(SpinEnsembles.of(dicke).sizes.max() > 1),
        own_rate=law.rate if told is None else told.own_rate,
        own_residual=own_residual,
    )


def _cavity_of(source: Source) -> MultimodeDicke | None:
    """The cavity that a platform is, or was."""
    if isinstance(source, OpenHopfield):
        return source.rate_law.dicke if isinstance(source.rate_law, CavityRates) else None
    return source.dicke if isinstance(source, Bridge) else source


def network_of(source: Source) -> OpenHopfield:
    """The network with the couplings of `source`, and its rates."""
    if isinstance(source, Bridge):
        return source.network
    if isinstance(source, MultimodeDicke):
        return Bridge(source).network
    if not isinstance(source, OpenHopfield):
        raise ArgumentError(
            f"Argument `source` must be a `MultimodeDicke`, `Bridge` or `OpenHopfield`, but is a "
            f"{type(source).__name__}."
        )
    require_single_flips(source, "a fit")
    return source


def refuse_choices(source: Source, choices: dict[str, Any]) -> None:
    """An error if choices of a bridge come with what is not a cavity."""
    if choices and not isinstance(source, MultimodeDicke):
        raise ArgumentError(
            f"Arguments {sorted(choices)} must be left out for a {type(source).__name__}, whose choices are made."
        )


def thermal_network(network: OpenHopfield, temperature: float, rate: float, drive: float) -> OpenHopfield:
    """The couplings of `network` with Glauber's law."""
    return OpenHopfield(network.interactions, Glauber(temperature, rate), drive, network.patterns)


def _largest_energy(network: OpenHopfield) -> float:
    largest = 2 * float(network.interactions.largest_fields.max())
    if largest == 0:
        raise ArgumentError("Argument `source` must couple some spins: without flip energies no temperature is told.")
    return largest


def _require_inside(first: int, grid: FloatArray) -> None:
    if first in (0, grid.size - 1):
        low = first == 0
        reason = (
            "Either its rates are a step of the flip energy, or they change at energies far below the largest."
            if low
            else "Either its rates do not depend on the flip energy, or flips that cost energy are the faster ones."
        )
        raise ConvergenceError(
            f"No temperature fits: the closest network has the {'lowest' if low else 'highest'} one that was tried, "
            f"T = {np.exp(grid[first]):.3g}. {reason}"
        )


def _inner(left: csr_array, right: csr_array) -> float:
    r"""$\mathrm{Re}\, \mathrm{tr}(A^\dagger B)$."""
    return float(left.conj().multiply(right).sum().real)


def _over_scale(temperature: float, dicke: MultimodeDicke) -> float | None:
    """The temperature over the energy scale of the memory; None where none is stored."""
    return None if dicke.stored is None else relative_temperature(temperature, dicke)
