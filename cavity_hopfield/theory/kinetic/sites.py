"""Spins told one by one: those that are not alike."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from cavity_hopfield._typing import FloatArray, IntArray, SpinArray
from cavity_hopfield.dynamics import Observables
from cavity_hopfield.dynamics.streams import run_stream
from cavity_hopfield.hopfield import Factorised, Pairwise
from cavity_hopfield.network import OpenHopfield, OverlapTargets, RateTable
from cavity_hopfield.theory.kinetic import _site_kernels as kernels
from cavity_hopfield.theory.kinetic._rate_kernels import Rates
from cavity_hopfield.theory.kinetic._record_kernels import FLIPS
from cavity_hopfield.theory.kinetic.rates import rates_of
from cavity_hopfield.theory.kinetic.walks import ATTEMPTS, Log, Logs, Reading, go_on

PATH_BYTES = 2**26
"""Configurations at so many times that they need no more are kept at once."""
FLIPS_OF_A_REFRESH = 50
"""Sums and fields are made anew after so many flips of every spin."""
NO_ROWS = np.zeros(1, np.int64), np.empty(0, np.int64), np.empty(0)


@dataclass(frozen=True, eq=False)
class Sites:
    r"""$\sigma_i \to -\sigma_i$ at the rate $W_i(\epsilon_i)$, with $M$ sums or $N$ fields kept up to date.

    Attributes
    ----------
    model : OpenHopfield
        The network.
    rates : Rates
        What the loop reads of the rate law.
    rate_error : float
        The error of the table of rates.
    """

    model: OpenHopfield
    rates: Rates
    rate_error: float

    final_name: str = "final_configuration"
    final_dims: tuple[str, ...] = ("spin",)
    place_name: str = "jump_spin"

    @classmethod
    def of(cls, model: OpenHopfield, accuracy: float) -> "Sites":
        """`model` spin by spin."""
        table = RateTable.of(model, accuracy)
        return cls(model, rates_of(model.rate_law, table), table.error)

    @property
    def name(self) -> str:
        """The form in words."""
        return "spins one by one, " + ("factors" if isinstance(self.model.interactions, Factorised) else "neighbours")

    @cached_property
    def net(self) -> kernels.Spins:
        """What the loop reads of the network."""
        interactions, n = self.model.interactions, self.model.n_spins
        factorised = isinstance(interactions, Factorised)
        f = interactions.factors if isinstance(interactions, Factorised) else np.empty((n, 0))
        k = interactions.strengths if isinstance(interactions, Factorised) else np.empty(0)
        starts, neighbours, values = _rows(interactions) if isinstance(interactions, Pairwise) else NO_ROWS
        if factorised:
            starts = np.zeros(n + 1, np.int64)
        fastest = float(self.rates.bins[:, 3].max() * self.rates.scales[:, 1].max() ** 2)
        largest = float(2 * interactions.largest_fields.max())
        widest = float(self.rates.kinds[:, 2].min()) / 2
        return kernels.Spins(
            factors=np.array(f),
            strengths=np.array(k),
            reaches=2 * np.abs(k) * np.abs(f).max(axis=0, initial=0.0),
            starts=starts,
            neighbours=neighbours,
            values=values,
            own=np.asarray(f**2 @ k),
            top=2.0 ** np.ceil(np.log2(fastest * (1 + 1e-9))) if fastest > 0 else 1.0,
            largest=largest + 4 * float(np.abs(f**2 @ k).max()),
            widest=widest if factorised else _window(starts, values, widest),
            events=max(100_000, FLIPS_OF_A_REFRESH * n),
            weights=np.empty((n, 0)),
            goals=np.empty(0),
        )

    @cached_property
    def aimed(self) -> dict[OverlapTargets, kernels.Spins]:
        """What has been read with targets so far."""
        return {}

    @cached_property
    def patterns(self) -> SpinArray:
        """The patterns (P, N)."""
        stored = self.model.patterns
        return np.empty((0, self.model.n_spins), np.int8) if stored is None else np.array(stored.values, np.int8)

    def ready(self, start: npt.NDArray[Any]) -> SpinArray:
        """A `start` (N,) in the form that `walk` wants."""
        return np.asarray(start, np.int8)

    def walk(self, start: SpinArray, seed: int, run: int, targets: OverlapTargets | None = None) -> "SiteWalk":
        """Run number `run` from `start`."""
        return SiteWalk(self, self._aimed(targets), start.copy(), run_stream(seed, run))

    def _aimed(self, targets: OverlapTargets | None) -> kernels.Spins:
        """What the loop reads of the network with these `targets`, made once for all runs."""
        if targets is None:
            return self.net
        if targets not in self.aimed:
            weights = np.ascontiguousarray(self.patterns[targets.places].T * targets.signs)
            self.aimed[targets] = self.net._replace(weights=weights, goals=targets.heights * self.model.n_spins)
        return self.aimed[targets]

    def total(self, n_times: int) -> IntArray:
        """Zeros, to which the states of runs from one start are added."""
        return np.zeros((n_times, self.model.n_spins), np.int64)

    def means(self, start: SpinArray, total: IntArray, runs: int) -> Observables:
        """The means over the runs of every spin."""
        del start
        return {"spin_z": (("time", "spin"), total / runs)}


class SiteWalk:
    """One run, spin by spin."""

    def __init__(self, sites: Sites, net: kernels.Spins, sigma: SpinArray, stream: np.random.Generator) -> None:
        n, modes = net.factors.shape
        self.sites, self.net, self.stream = sites, net, stream
        self.state = kernels.State(
            sigma=sigma,
            sums=np.zeros((2, modes)),
            fields=np.zeros(n),
            spins=np.stack([np.zeros(n), np.zeros(n), net.own, sites.model.spin_classes], axis=1),
            slots=np.full((n, 2), -1, np.int32),
            members=np.empty((kernels.LEVELS, n), np.int32),
            sizes=np.zeros(kernels.LEVELS, np.int64),
            heights=np.asarray(sigma @ net.weights, np.float64),
            clock=np.array([0.0, -1.0, *np.zeros(9)]),
            counters=np.zeros(8, np.int64),
        )

    def along(self, times: FloatArray, total: IntArray) -> Reading:
        """Go on to the last of `times`, and add the states there to `total`."""
        length = max(1, PATH_BYTES // self.state.sigma.size)
        read = [
            self._along(times[first : first + length], total[first : first + length])
            for first in range(0, times.size, length)
        ]
        energy, magnetisation, overlaps, flips = (np.concatenate(parts) for parts in zip(*read, strict=True))
        return Reading(energy, magnetisation, overlaps, flips)

    def _along(self, times: FloatArray, total: IntArray) -> tuple[FloatArray, FloatArray, FloatArray, IntArray]:
        path, flips = np.empty((times.size, self.state.sigma.size), np.int8), np.empty(times.size, np.int64)
        self._go(times, path, flips)
        return *self._read(path, total), flips

    def until(self, time: float) -> tuple[float, Reading]:
        """Go on until a target is reached, or `time`: when that was, nan for no target, and the observables then."""
        arrived, path = 0.0, np.empty((1, self.state.sigma.size), np.int8)
        if not (self.state.heights >= self.net.goals).any():
            reached = self._go(np.array([time]), path, np.empty(1, np.int64))
            arrived = float(self.state.clock[kernels.NOW]) if reached else np.nan
        read = self._read(self.state.sigma[None], np.empty((0, 0), np.int64))
        return arrived, Reading(*read, self.state.counters[[FLIPS]])

    def logged(self, time: float) -> Log:
        """Go on until `time` and log every flip."""
        logs: Logs = []
        path = np.empty((1, self.state.sigma.size), np.int8)
        self._go(np.array([time]), path, np.empty(1, np.int64), logs)
        times, places = (np.concatenate([log[k] for log in logs]) for k in range(2))
        return Log(times, places >> 1, (2 * (places & 1) - 1).astype(np.int8))

    def final(self) -> SpinArray:
        """The configuration."""
        return self.state.sigma.copy()

    def _go(self, times: FloatArray, path: SpinArray, flips: IntArray, logs: Logs | None = None) -> bool:
        """Go on to the last of `times`, or a target; whether that came first."""

        def step(log_times: FloatArray, log_places: IntArray) -> int:
            form = self.sites.rates, self.net, self.state
            return int(kernels.run(*form, times, path, flips, log_times, log_places, ATTEMPTS, self.stream))

        return go_on(step, self.state.counters, logs)

    def _read(self, path: SpinArray, total: IntArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        patterns, n = self.sites.patterns, path.shape[1]
        energies, readings = np.empty(len(path)), np.empty((len(path), 1 + len(patterns)), np.int64)
        kernels.observe(self.net, patterns, path, energies, readings, total)
        return energies, readings[:, 0] / n, readings[:, 1:] / n


def _rows(interactions: Pairwise) -> tuple[IntArray, IntArray, FloatArray]:
    """Where the row of every spin starts, its neighbours and its couplings to them."""
    rows = interactions.neighbours
    return rows.indptr.astype(np.int64), rows.indices.astype(np.int64), np.array(rows.data, np.float64)


def _window(starts: IntArray, values: FloatArray, widest: float) -> float:
    r"""The half width $d$ at which new bounds for neighbours, $\sim K (\delta\epsilon/d)^2$ for each flip, cost as much
    as attempts in vain, $\sim d$; none where one flip leads out of it.
    """
    if not values.size:
        return 0.0
    neighbours, step = values.size / (starts.size - 1), 4 * float(np.sqrt(np.mean(values**2)))
    best = min(widest, float(np.cbrt(neighbours * step**2 * widest)))
    return best if best > 2 * step else 0.0
