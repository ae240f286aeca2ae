"""Spins that are alike, told by how many of them are up; single spins and collective ladders are special cases."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from cavity_hopfield._typing import FloatArray, IntArray
from cavity_hopfield.dynamics import Observables
from cavity_hopfield.dynamics.streams import run_stream
from cavity_hopfield.network import CountedHopfield, OpenHopfield, OverlapTargets, RateTable
from cavity_hopfield.network.ladders import Ladders, LengthDraws
from cavity_hopfield.theory.kinetic import _count_kernels as kernels
from cavity_hopfield.theory.kinetic._placing_kernels import arrange, identify
from cavity_hopfield.theory.kinetic._rate_kernels import Rates
from cavity_hopfield.theory.kinetic._record_kernels import FLIPS
from cavity_hopfield.theory.kinetic.rates import rates_of
from cavity_hopfield.theory.kinetic.walks import ATTEMPTS, Log, Logs, Reading, go_on


class Start(NamedTuple):
    """Where runs start: the configuration or counts as given, the part of every spin, `sizes` and `ups` (C, Q)."""

    given: npt.NDArray[Any]
    parts: IntArray
    sizes: IntArray
    ups: IntArray


@dataclass(frozen=True, eq=False)
class Counts:
    r"""$u_c \to u_c \mp 1$ at the rates $u_c W_c$ and $(n_c - u_c) W_c$, or those of a ladder.

    The spins of a class have the same history in law only if they also start alike: a class has up to four parts, by
    the sign of a spin in it and by whether it starts up. Which part a flip is in is drawn with it.

    Attributes
    ----------
    ladders : Ladders
        The classes.
    listed : bool
        Whether the spins behind the counts are known one by one.
    rates : Rates
        What the loop reads of the rate law.
    rate_error : float
        The error of the table of rates.
    """

    ladders: Ladders
    listed: bool
    rates: Rates
    rate_error: float

    @classmethod
    def of(cls, model: OpenHopfield | CountedHopfield, ladders: Ladders, accuracy: float) -> "Counts":
        """`model` by its classes `ladders`."""
        table = RateTable.on(model.rate_law, ladders.couplings, ladders.sizes, ladders.rate_classes, accuracy)
        listed = isinstance(model, OpenHopfield) and not ladders.collective
        return cls(ladders, listed, rates_of(model.rate_law, table), table.error)

    @property
    def name(self) -> str:
        """The form in words."""
        if self.ladders.collective:
            return "collective ladders"
        return "spins one by one, all pairs" if self.ladders.listed else "counts of like spins"

    @property
    def final_name(self) -> str:
        """What the final states are called."""
        return "final_configuration" if self.listed else "final_ups"

    @property
    def final_dims(self) -> tuple[str, ...]:
        """The dimensions of a final state."""
        return ("spin",) if self.listed else ("spin_class",)

    @property
    def place_name(self) -> str:
        """What the places of flips are called."""
        return "jump_spin" if self.listed else "jump_class"

    @cached_property
    def n_parts(self) -> int:
        """The largest number of parts Q of a class."""
        if not self.listed or self.ladders.listed:
            return 1
        return 2 if (self.ladders.sign > 0).all() else 4

    @cached_property
    def net(self) -> kernels.Classes:
        """What the loop reads of the network."""
        couplings = np.ascontiguousarray(self.ladders.couplings, dtype=np.float64)
        steps = 4 * np.abs(couplings).max(axis=1)
        return kernels.Classes(
            couplings=couplings,
            kinds=np.array(self.ladders.rate_classes, np.int64),
            steps=steps,
            step=float(steps.max()),
            room=float(self.rates.kinds[:, 2].min()),
            ladders=self.ladders.collective,
            weights=np.empty((len(couplings), 0)),
            heights=np.empty(0),
        )

    @cached_property
    def aimed(self) -> dict[OverlapTargets, kernels.Classes]:
        """What has been read with targets so far."""
        return {}

    @cached_property
    def weights(self) -> FloatArray:
        """What a unit of spin in every part adds to N times the magnetisation and the overlaps, (1 + P, C, Q)."""
        ladders, each = self.ladders, self.ladders.n_spins * np.eye(self.ladders.sizes.size)
        by_class = np.concatenate([ladders.magnetisation(each)[:, None], ladders.overlaps(each)], axis=1).T
        weights = np.repeat(by_class[:, :, None], self.n_parts, axis=2)
        if self.n_parts > 1:
            # parts of one sign each
            weights[0] = np.repeat([1.0, -1.0], 2)[: self.n_parts]
        return np.ascontiguousarray(weights)

    @cached_property
    def own(self) -> float:
        r"""$\frac12 \sum_c n_c K_{cc}$."""
        return float(0.5 * self.ladders.sizes @ np.diag(self.net.couplings))

    def ready(self, start: npt.NDArray[Any]) -> Start:
        """A `start`, a configuration or counts, in the form that `walk` wants."""
        shape = (self.ladders.sizes.size, self.n_parts)
        label, sign = self.ladders.label, self.ladders.sign
        if not self.listed:
            ups = (self.ladders.sizes + self.ladders.start(start)) // 2 if self.ladders.collective else start
            return Start(start, label, self.ladders.sizes.reshape(shape), np.asarray(ups, np.int64).reshape(shape))
        gauged = start * sign
        parts = label if self.n_parts == 1 else self.n_parts * label + 2 * (sign < 0) + (gauged < 0)
        sizes = np.bincount(parts, minlength=shape[0] * shape[1])
        ups = np.bincount(parts[gauged > 0], minlength=sizes.size)
        return Start(start, parts, sizes.reshape(shape), ups.reshape(shape))

    def walk(self, start: Start, seed: int, run: int, targets: OverlapTargets | None = None) -> "CountWalk":
        """Run number `run` from `start`."""
        stream = run_stream(seed, run)
        if self.ladders.collective:
            doubled = 2 * start.ups[:, 0] - start.sizes[:, 0]
            tops = LengthDraws.of(self.ladders, doubled)(stream).astype(np.int64)
            start = start._replace(sizes=tops[:, None], ups=(tops + doubled)[:, None] // 2)
        return CountWalk(self, self._aimed(targets), start, stream, (seed, run))

    def _aimed(self, targets: OverlapTargets | None) -> kernels.Classes:
        """What the loop reads of the network with these `targets`, made once for all runs."""
        if targets is None:
            return self.net
        if targets not in self.aimed:
            ladders = self.ladders
            overlaps = ladders.overlaps(ladders.n_spins * np.eye(ladders.sizes.size))
            weights = np.ascontiguousarray(overlaps[:, targets.places] * targets.signs)
            self.aimed[targets] = self.net._replace(weights=weights, heights=targets.heights * ladders.n_spins)
        return self.aimed[targets]

    def total(self, n_times: int) -> IntArray:
        """Zeros, to which the states of runs from one start are added."""
        return np.zeros((n_times, self.ladders.sizes.size, self.n_parts), np.int64)

    def means(self, start: Start, total: IntArray, runs: int) -> Observables:
        """The means over the runs of every spin or class."""
        mean = total / runs
        if self.ladders.collective:
            return {"spin_z": (("time", "spin"), self.ladders.spin_z(mean[:, :, 0]))}
        if not self.listed:
            return {"class_spin_z": (("time", "spin_class"), mean[:, :, 0] / self.ladders.sizes)}
        polarisation = mean.reshape(len(mean), -1)[:, start.parts] / start.sizes.reshape(-1)[start.parts]
        return {"spin_z": (("time", "spin"), self.ladders.sign * polarisation)}


class CountWalk:
    """One run on counts."""

    def __init__(
        self, counts: Counts, net: kernels.Classes, start: Start, stream: np.random.Generator, key: tuple[int, int]
    ) -> None:
        sizes, ups, classes = start.sizes, start.ups.copy(), len(start.sizes)
        self.counts, self.net, self.start, self.stream, self.key = counts, net, start, stream, key
        totals = np.stack([ups.sum(axis=1), (sizes - ups).sum(axis=1)], axis=1).astype(np.float64)
        self.state = kernels.State(
            sizes=sizes,
            ups=ups,
            totals=totals.reshape(-1),
            fields=np.empty(classes),
            bounds=np.empty((2 * classes, 2)),
            shares=np.empty(2 * classes),
            blocks=np.empty(((2 * classes - 1) >> kernels.BLOCK) + 1),
            heights=(totals[:, 0] - totals[:, 1]) @ net.weights,
            clock=np.array([0.0, -1.0, 0.0, 0.0, 0.0]),
            counters=np.zeros(6, np.int64),
        )

    def along(self, times: FloatArray, total: IntArray) -> Reading:
        """Go on to the last of `times`, and add the states there to `total`."""
        path, flips = self._path(times.size)
        self._go(times, path, flips)
        total += 2 * path - self.state.sizes
        return self._read(path, flips)

    def until(self, time: float) -> tuple[float, Reading]:
        """Go on until a target is reached, or `time`: when that was, nan for no target, and the observables then."""
        arrived = 0.0
        if not (self.state.heights >= self.net.heights).any():
            reached = self._go(np.array([time]), *self._path(1))
            arrived = float(self.state.clock[kernels.NOW]) if reached else np.nan
        return arrived, self._read(self.state.ups[None], self.state.counters[[FLIPS]])

    def logged(self, time: float) -> Log:
        """Go on until `time` and log every flip."""
        sizes, ups = self.state.sizes.reshape(-1), self.state.ups.reshape(-1).copy()
        logs: Logs = []
        self._go(np.array([time]), *self._path(1), logs)
        times, places = (np.concatenate([log[k] for log in logs]) for k in range(2))
        directions = (2 * (places & 1) - 1).astype(np.int8)
        if not self.counts.listed:
            return Log(times, places >> 1, directions)
        members, spins = np.argsort(self.start.parts, kind="stable"), np.empty(places.size, np.int64)
        identify(members, np.cumsum(sizes) - sizes, ups, places, sizes, run_stream(*self.key, 0), spins)
        return Log(times, spins, directions * self.counts.ladders.sign[spins])

    def final(self) -> npt.NDArray[Any]:
        """A configuration drawn given the counts, or the counts; not where the spins of `logged` lead, which are drawn
        along the way: the laws agree.
        """
        sizes, ups = self.state.sizes, self.state.ups
        if not self.counts.listed:
            return ups[:, 0]
        sigma = np.empty(self.counts.ladders.label.size, np.int8)
        left, up = sizes.reshape(-1).copy(), ups.reshape(-1).copy()
        arrange(self.start.parts, self.counts.ladders.sign, left, up, run_stream(*self.key, 0), sigma)
        return sigma

    def _path(self, length: int) -> tuple[IntArray, IntArray]:
        return np.empty((length, *self.state.ups.shape), np.int64), np.empty(length, np.int64)

    def _go(self, times: FloatArray, path: IntArray, flips: IntArray, logs: Logs | None = None) -> bool:
        """Go on to the last of `times`, or a target; whether that came first."""

        def step(log_times: FloatArray, log_places: IntArray) -> int:
            form = self.counts.rates, self.net, self.state
            return int(kernels.run(*form, times, path, flips, log_times, log_places, ATTEMPTS, self.stream))

        return go_on(step, self.state.counters, logs)

    def _read(self, path: IntArray, flips: IntArray) -> Reading:
        energies, readings = np.empty(len(path)), np.empty((len(path), len(self.counts.weights)))
        net, own, weights = self.counts.net, self.counts.own, self.counts.weights
        kernels.observe(net.couplings, own, weights, self.state.sizes, path, energies, readings)
        readings /= self.counts.ladders.n_spins
        return Reading(energies, readings[:, 0], readings[:, 1:], flips)
