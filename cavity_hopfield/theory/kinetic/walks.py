"""What a run is to who records it, whatever the form in which a network is told."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from cavity_hopfield._typing import FloatArray, IntArray
from cavity_hopfield.dynamics import Observables
from cavity_hopfield.dynamics.ensemble import require_wanted
from cavity_hopfield.exceptions import RateTableError
from cavity_hopfield.network import OverlapTargets
from cavity_hopfield.theory.kinetic._record_kernels import BROKEN, DONE, LOGGED, REACHED, WRITTEN

ATTEMPTS = 2_000_000
"""After so many attempts, a fraction of a second, a kernel comes back, so that an interrupt is heard."""
LOG_LENGTH = 16_384
NO_LOG = np.empty(0), np.empty(0, np.int64)
Logs = list[tuple[FloatArray, IntArray]]
"""Times of flips and where they are, piece by piece."""


@dataclass(frozen=True)
class Reading:
    """The observables of one run: `energy` (T,), `magnetisation` (T,), `overlaps` (T, P), `flips` (T,)."""

    energy: FloatArray
    magnetisation: FloatArray
    overlaps: FloatArray
    flips: IntArray


@dataclass(frozen=True)
class Log:
    """Every flip of one run: `times` (J,), `places` (J,), spins or classes, and `directions` (J,)."""

    times: FloatArray
    places: IntArray
    directions: npt.NDArray[np.int8]


class Walk(Protocol):
    """One run, which goes on from where it is."""

    def along(self, times: FloatArray, total: IntArray) -> Reading:
        """Go on to the last of `times`, and add the states there to `total`."""
        ...

    def until(self, time: float) -> tuple[float, Reading]:
        """Go on until a target is reached, or `time`: when that was, nan for no target, and the observables then."""
        ...

    def logged(self, time: float) -> Log:
        """Go on until `time` and log every flip."""
        ...

    def final(self) -> npt.NDArray[Any]:
        """The state as it is told to a user."""
        ...


class Representation(Protocol):
    """A form in which a network is told, and what starts runs in it."""

    @property
    def name(self) -> str:
        """The form in words."""
        ...

    @property
    def rate_error(self) -> float:
        """The error of the table of rates."""
        ...

    @property
    def final_name(self) -> str:
        """What final states are called."""
        ...

    @property
    def final_dims(self) -> tuple[str, ...]:
        """The dimensions of a final state."""
        ...

    @property
    def place_name(self) -> str:
        """What the places of flips are called."""
        ...

    def ready(self, start: npt.NDArray[Any]) -> Any:
        """A `start` in the form that `walk` wants."""
        ...

    def walk(self, start: Any, seed: int, run: int, targets: OverlapTargets | None = None) -> Walk:
        """Run number `run` from `start`."""
        ...

    def total(self, n_times: int) -> IntArray:
        """Zeros, to which the states of runs from one start are added."""
        ...

    def means(self, start: Any, total: IntArray, runs: int) -> Observables:
        """The means over the runs of every spin or class."""
        ...


def go_on(step: Callable[[FloatArray, IntArray], int], counters: IntArray, logs: Logs | None) -> bool:
    """`step` after `step`, each with room for a log, which goes to `logs`, until the last time; whether a target came
    first.

    Raises
    ------
    RateTableError
        If a rate exceeded its bound.
    """
    counters[WRITTEN] = 0
    log = NO_LOG if logs is None else (np.empty(LOG_LENGTH), np.empty(LOG_LENGTH, np.int64))
    status = -1
    while status not in {DONE, REACHED}:
        require_wanted()
        counters[LOGGED] = 0
        status = step(*log)
        if logs is not None:
            logs.append((log[0][: counters[LOGGED]].copy(), log[1][: counters[LOGGED]].copy()))
        if status == BROKEN:
            raise RateTableError(
                "A rate exceeds the bound that its table gives over a window of flip energies, so that runs would be "
                "wrong: the law varies between the nodes of the table. Take a smaller `table_accuracy`."
            )
    return bool(status == REACHED)
