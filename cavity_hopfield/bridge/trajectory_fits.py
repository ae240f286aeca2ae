"""The thermal network whose trajectories come closest to those of a platform."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.linalg import expm
from scipy.optimize import least_squares
from scipy.sparse import csr_array
from scipy.sparse.linalg import expm_multiply

from cavity_hopfield._checks import time_grid
from cavity_hopfield._typing import ArrayLike, ComplexArray, FloatArray
from cavity_hopfield.bridge.bridge import Bridge
from cavity_hopfield.bridge.fits import (
    NetworkFit,
    Source,
    bridged,
    fit_liouvillian,
    fitted,
    network_of,
    refuse_choices,
    thermal_network,
)
from cavity_hopfield.bridge.generators import require_configuration, transverse_field
from cavity_hopfield.elimination.spin_generator import SMALL
from cavity_hopfield.exceptions import ArgumentError, ConvergenceError
from cavity_hopfield.model import Glauber, MultimodeDicke
from cavity_hopfield.network import InitialState, OpenHopfield, density_matrix
from cavity_hopfield.operators import configurations
from cavity_hopfield.theory.lindblad import Lindblad
from cavity_hopfield.theory.lindblad.door import sparse_liouvillian

EVEN = ("spin_z", "energy", "magnetisation", "overlap")
"""Observables that do not change sign with the drive: those of the populations."""
FURTHEST = 8.0
"""Logarithmic distance of temperature and rate from those of the fitted Liouvillian, at most."""
SHARES = (0.01, 0.5, 10.0)
"""Squares of the drive over that of the rate from which the search starts, beside that of the fitted Liouvillian."""
TRIES = 60
"""Steps of one search, at most."""
EXPLAINED = 1e-9
"""A residual below this is none, and the search ends."""
MISSED = 0.01
"""Where rates are Glauber's there is a network that leaves nothing: a search that leaves more has missed it."""
STILL = 1e-9
"""Change, beside the largest value that an observable can have, that passes as round-off."""
BLIND = 1e-7
"""A parameter whose change moves the signals by less than this share of another's is not told."""
SPREAD = 2.0
"""Standard deviations within which a drive is compatible with zero."""
PRECISE: dict[str, Any] = {"xtol": 1e-9, "ftol": 1e-10, "gtol": 1e-12}


def fit_trajectories(
    source: Source,
    initial: InitialState,
    times: ArrayLike,
    *,
    observables: tuple[str, ...] = ("spin_z", "energy"),
    theory: Lindblad | None = None,
    **choices: Any,
) -> NetworkFit:
    r"""$\min_{T, \gamma, \Omega^2} \sum_k [O_k - O_k(T, \gamma, \Omega)]^2$ over observables at `times`, each in units
    of the root of its mean square change; and $\min_{\Omega^2}$ of the same with the platform's own rates.

    The change is that since the start, time 0. Late times tell the stationary state alone, and then not the rate.

    Parameters
    ----------
    source : MultimodeDicke, Bridge or OpenHopfield
        What runs: a cavity with its light, unless `choices` are given, which bridge it; a bridge; or a network.
    initial : configuration (N,), or another state of the spins
        The spins at time 0. For a cavity with its light a configuration, under which the light is at rest.
    times : (T,) array
        Strictly increasing, not negative; on the scale of the flips.
    observables : tuple of str
        Some of "spin_z", "energy", "magnetisation", "overlap": those that populations have. The transverse ones of a
        cavity are its dressing, of first order in the drive, which no thermal network has.
    theory : Lindblad, optional
        Options for a cavity.
    **choices
        Those of `Bridge`, for a `MultimodeDicke`.

    Returns
    -------
    NetworkFit
        Temperature, rate and drive, and what they leave unexplained.

    Raises
    ------
    ArgumentError
        If an argument does not fit, or nothing moves.
    ConvergenceError
        If the search does not converge, or leaves much of a platform unexplained that has Glauber's rates itself.

    Examples
    --------
    >>> from cavity_hopfield import Glauber, Patterns
    >>> thermal = OpenHopfield(Patterns([[1, 1, -1]]), Glauber(0.4, 0.5), drive=0.2)
    >>> found = fit_trajectories(thermal, [1, 1, 1], [0.5, 1.0, 2.0, 4.0])
    >>> round(found.temperature, 4), round(found.rate, 4), round(found.drive, 4)
    (0.4, 0.5, 0.2)
    """
    grid = time_grid(times)
    refuse_choices(source, choices)
    runner = bridged(source, choices) if choices and isinstance(source, MultimodeDicke) else source
    network = network_of(runner)
    names = _checked_observables(observables, network)
    if isinstance(runner, MultimodeDicke):
        require_configuration(initial, network.n_spins)
    reader = _Reader(network, grid, density_matrix(initial, network.n_spins), names)
    wanted = reader.of_cavity(runner, initial, theory) if isinstance(runner, MultimodeDicke) else reader(own(runner))
    scales = reader.scales(wanted)
    data = int(np.isfinite(scales).sum()) * grid.size
    start = fit_liouvillian(runner)

    def misfit(generator: csr_array) -> FloatArray:
        return np.asarray(((reader(generator) - wanted) / scales).ravel())

    def thermal(x: FloatArray) -> OpenHopfield:
        temperature, rate = np.exp(x[:2])
        return thermal_network(network, float(temperature), float(rate), float(rate * np.sqrt(x[2])))

    guesses = [np.array([np.log(start.temperature), np.log(start.rate), share]) for share in _shares(start)]
    found = _search(lambda x: misfit(sparse_liouvillian(thermal(x))), guesses, FURTHEST)
    drive, bound, own_residual = _own_drive(runner, start, misfit, data)
    residual = float(np.sqrt(2 * found.cost / data))
    if isinstance(network.rate_law, Glauber) and residual > MISSED + own_residual:
        raise ConvergenceError(
            f"The search for a network left {residual:.2g} of the change unexplained, and the platform's own rates, "
            f"which are Glauber's, {own_residual:.2g}: it has missed the best one. Take more or earlier times."
        )
    told = replace(start, own_drive=drive, own_drive_bound=bound)
    best = thermal(found.x)
    return fitted(runner, best, "trajectories", residual, told, _uncertainties(found, data), own_residual)


def _shares(start: NetworkFit) -> list[float]:
    """Squares of the drive over that of the rate to start from, the fitted one first."""
    known = (start.drive / start.rate) ** 2
    return [known, *SHARES] if known > 0 else list(SHARES)


def _search(misfit: Callable[[FloatArray], FloatArray], guesses: list[FloatArray], furthest: float) -> Any:
    """The best of several searches whose last parameter is a share that is not negative."""
    best: Any = None
    for guess in guesses:
        low, high = guess - furthest, guess + furthest
        low[-1], high[-1] = 0.0, np.inf
        found = least_squares(misfit, guess, bounds=(low, high), x_scale="jac", max_nfev=TRIES, **PRECISE)
        if best is None or found.cost < best.cost:
            best = found
        if 2 * best.cost < EXPLAINED**2 * best.fun.size:
            return best
    if not best.success:
        raise ConvergenceError(
            f"The search for a network ended at {best.x}, after {TRIES} steps, without a minimum. Take more times, or "
            "another start."
        )
    return best


def _own_drive(
    source: Source, start: NetworkFit, misfit: Callable[[csr_array], FloatArray], data: int
) -> tuple[float, float, float]:
    """The drive that fits best beside the platform's own rates, the largest compatible one, and what is left."""
    network = network_of(source)
    rates = csr_array(own(source) - transverse_field(network.n_spins, network.drive))
    field = transverse_field(network.n_spins, start.rate)
    guess = np.array([SHARES[0] + (start.drive / start.rate) ** 2])
    found = _search(lambda x: misfit(csr_array(rates + float(np.sqrt(x[0])) * field)), [guess], FURTHEST)
    share = float(found.x[0])
    noise = 2 * float(found.cost) / max(data - 1, 1)
    told = float(np.sum(found.jac**2))
    spread = float(np.sqrt(noise / told)) if told > 0 else np.inf
    bound = start.rate * float(np.sqrt(share + SPREAD * spread))
    return start.rate * float(np.sqrt(share)), bound, float(np.sqrt(2 * found.cost / data))


def own(source: Source) -> csr_array:
    """The generator with the platform's own rates: of a cavity, flips together where its light tells no spins apart."""
    if isinstance(source, OpenHopfield):
        return sparse_liouvillian(source)
    return (source if isinstance(source, Bridge) else Bridge(source, jumps=_usual_jumps(source))).sparse_liouvillian()


def _usual_jumps(dicke: MultimodeDicke) -> str:
    """Flips together where the light does not tell spins apart."""
    certificate = network_of(dicke).certificate
    return "sector" if certificate is not None and certificate.equal_forces else "individual"


def _uncertainties(found: Any, data: int) -> dict[str, float]:
    """Standard deviations of what the search for ln T, ln rate, (drive/rate)^2 found."""
    temperature, rate, share = np.exp(found.x[0]), np.exp(found.x[1]), found.x[2]
    noise = 2 * float(found.cost) / max(data - 3, 1)
    lengths = np.linalg.norm(found.jac, axis=0)
    told = lengths > BLIND * lengths.max()
    covariance = np.full((3, 3), np.inf)
    covariance[np.ix_(told, told)] = noise * np.linalg.pinv(found.jac[:, told].T @ found.jac[:, told])
    of_square = np.array([2 * share, 1.0]) * rate**2  # the square's change with ln rate and with the share
    return {
        "temperature": float(temperature * np.sqrt(covariance[0, 0])),
        "rate": float(rate * np.sqrt(covariance[1, 1])),
        "drive_squared": float(np.sqrt(of_square @ covariance[1:, 1:] @ of_square)),
    }


@dataclass(frozen=True, eq=False)
class _Reader:
    """What the populations tell of some observables at some times, from one start."""

    network: OpenHopfield
    times: FloatArray
    start: ComplexArray
    names: tuple[str, ...]

    def __call__(self, generator: csr_array) -> FloatArray:
        """Side by side, (T, K), under a generator."""
        path, before, now = [], 0.0, self.start.reshape(-1, order="F")
        propagators: dict[float, ComplexArray] = {}
        for time in self.times:
            step = float(f"{time - before:.12g}")  # equal steps share one propagator
            if step > 0 and now.size <= SMALL:
                propagators.setdefault(step, np.asarray(expm(generator.toarray() * step), np.complex128))
                now = propagators[step] @ now
            elif step > 0:
                now = expm_multiply(generator * step, now)
            path.append(now)
            before = float(time)
        return self._observed(np.array(path).real[:, :: len(self.start) + 1])

    def scales(self, wanted: FloatArray) -> FloatArray:
        """The root of the mean square change since the start of each observable; infinite where it stands still."""
        change = np.sqrt(np.mean((wanted - self._observed(np.diagonal(self.start).real[None])) ** 2, axis=0))
        every = self._observed(np.eye(len(self.start)))
        moves = change > STILL * np.abs(every).max(axis=0)
        if not moves.any():
            raise ArgumentError("Argument `times` must span some motion, but the observables stand still. Go further.")
        return np.where(moves, change, np.inf)

    def _observed(self, populations: FloatArray) -> FloatArray:
        """Side by side, (T, K), in populations (T, 2^N)."""
        spins = configurations(self.network.n_spins)
        spin_z = populations @ spins
        found = {
            "spin_z": spin_z,
            "magnetisation": spin_z.mean(axis=1),
            "energy": populations @ self.network.energy(spins),
        }
        if self.network.patterns is not None:
            found["overlap"] = self.network.patterns.overlaps(spin_z)
        return self._side_by_side(found)

    def of_cavity(self, dicke: MultimodeDicke, initial: InitialState, theory: Lindblad | None) -> FloatArray:
        """The same of spins with their light."""
        reader = Lindblad(resolution="site") if theory is None else theory
        found = reader.evolve(dicke, initial, self.times)
        return self._side_by_side({name: found[name].values for name in self.names})

    def _side_by_side(self, found: dict[str, FloatArray]) -> FloatArray:
        return np.concatenate([found[name].reshape(len(found[name]), -1) for name in self.names], axis=1)


def _checked_observables(observables: Sequence[str], network: OpenHopfield) -> tuple[str, ...]:
    if isinstance(observables, str):
        raise ArgumentError(f"Argument `observables` must be a tuple of names, such as ({observables!r},).")
    names = tuple(observables)
    if not names or not set(names) <= set(EVEN):
        raise ArgumentError(
            f"Argument `observables` must hold some of {', '.join(EVEN)}, which do not change sign with the drive, but "
            f"is {names!r}."
        )
    if "overlap" in names and network.patterns is None:
        raise ArgumentError('Argument `observables` must do without "overlap": the platform has no patterns.')
    return names
