"""Tau-leaping: many flips at a time, an approximation that measures its error."""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from cavity_hopfield._checks import require_progress, spin_array, time_grid, whole_number
from cavity_hopfield._typing import ArrayLike, FloatArray, IntArray, Json
from cavity_hopfield.dynamics import Observables, Progress, labelled_result, spawn_streams
from cavity_hopfield.dynamics.accuracy import checked_tolerance
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.network import CountedHopfield, OpenHopfield, RateTable, SpinClasses, require_classical
from cavity_hopfield.theory.kinetic._leap_kernels import leap

COARSER = 4.0
"""How much coarser the companion runs are: half as many leaps."""
MOST_CLASSES = 2048
READ = {"magnetisation": "magnetisation", "energy": "energy", "overlap": "overlaps"}
"""Observables, and what gives them from counts."""


@dataclass(frozen=True)
class TauLeaping:
    r"""$u_c \to u_c - B(u_c, p_{c-}) + B(n_c - u_c, p_{c+})$ with $p_{c\pm} = \frac{W_{c\pm}}{W_{c+} + W_{c-}}
    \left(1 - e^{-(W_{c+} + W_{c-}) \tau}\right)$ and binomial numbers $B$: **approximate**, a leap over many flips.

    While the fields stand still every spin is a two-state chain of its own, whose transitions over the time $\tau$ are
    known; no count can turn negative. The rates are those at the fields expected half way. What a leap neglects is how
    the fields move meanwhile: an error of the order $\tau^2$ and $\tau / N$ in means, and of $\tau$ in variances. So
    $\tau$ is at most $\mathtt{tolerance}^{1/2}$ times the time in which a spin forgets, and as long as the rates half
    way move the share of up spins of every class by less than `tolerance` against the rates at the start. The choice is
    made before anything is drawn, so that no run is favoured.

    The error in the result is measured: as many runs again, with a tolerance four times as large, tell how much the
    mean overlaps depend on it. A leap costs as much for any number of spins.

    Parameters
    ----------
    runs : int
        Number of independent runs.
    seed : int
        Seed; run k draws from its own stream, the same whatever the number of runs.
    tolerance : float
        Largest change, by the motion of the fields within a leap, of the share of up spins; from 1e-12 to 1e-2.
    table_accuracy : float
        As for `KineticMonteCarlo`, which is exact.

    Notes
    -----
    Sources of the method: D. T. Gillespie, J. Chem. Phys. 115, 1716 (2001); midpoint leaps and their order, D. F.
    Anderson, A. Ganguly and T. G. Kurtz, Ann. Appl. Probab. 21, 2226 (2011).

    Examples
    --------
    >>> from cavity_hopfield import CountedHopfield, Glauber
    >>> network = CountedHopfield.random(2, 10**9, Glauber(temperature=0.5), seed=1)
    >>> result = TauLeaping(runs=2, seed=1).evolve(network, network.corrupted("1", flips=0.3), [0.0, 20.0])
    >>> bool(result["overlap"].sel(time=20.0, pattern="1").min() > 0.95)
    True
    """

    runs: int
    seed: int
    tolerance: float = 1e-4
    table_accuracy: float = 1e-9

    def __post_init__(self) -> None:
        object.__setattr__(self, "runs", whole_number("runs", self.runs, minimum=1))
        object.__setattr__(self, "seed", whole_number("seed", self.seed, minimum=0))
        object.__setattr__(self, "tolerance", checked_tolerance("tolerance", self.tolerance))
        object.__setattr__(self, "table_accuracy", checked_tolerance("table_accuracy", self.table_accuracy))

    def evolve(
        self,
        model: OpenHopfield | CountedHopfield,
        initial: ArrayLike,
        times: ArrayLike,
        *,
        progress: Progress | None = None,
    ) -> xr.Dataset:
        """The observables of every run at `times`, from `initial` at time 0.

        Parameters
        ----------
        model : OpenHopfield or CountedHopfield
            The network, of individual jumps without a coherent drive, whose rates do not change in time.
        initial : (N,) array of +-1, or (C,) array of int
            A configuration; for a `CountedHopfield` the number of up spins in each class.
        times : (T,) array
            Strictly increasing, not negative.
        progress : callable, optional
            Told the fraction of the runs that are done.

        Returns
        -------
        xarray.Dataset
            `overlap` (run, time, pattern) if the network has patterns, `magnetisation`, `energy` (run, time). The
            measured error `overlap_leap_error` (time, pattern) or `magnetisation_leap_error` (time): the difference of
            the means of these runs and of the companions with four times the tolerance, which includes the statistical
            error of both, and nothing else where a fine grid of times cuts every leap. Attributes: `approximation`,
            `leaps` and `rate_error`.

        Raises
        ------
        ArgumentError
            If shapes do not fit, the times do not increase, spins flip together or under a drive, rates change in time,
            or there are more than 2048 classes of spins.
        """
        grid = time_grid(times)
        require_progress(progress)
        counted, ups = self._counted(model, initial)
        table = RateTable.on(
            counted.rate_law, counted.couplings, counted.sizes, counted.rate_classes, self.table_accuracy
        )
        streams = spawn_streams(self.seed, 2 * self.runs)
        found = {name: np.empty((2, self.runs, *shape)) for name, shape in _shapes(counted, grid.size).items()}
        leaps = 0
        for k, stream in enumerate(streams):
            kind, run = divmod(k, self.runs)
            path, taken = _path(counted, table, ups, grid, (1.0, COARSER)[kind] * self.tolerance, stream)
            for name, values in found.items():
                values[kind, run] = getattr(counted, READ[name])(path)
            leaps += taken
            if progress is not None:
                progress((k + 1) / len(streams))
        details: Json = {
            "approximation": "tau-leaping: fields stand still within a leap",
            "seed": self.seed,
            "leaps": leaps,
            "rate_error": table.error,
        }
        return labelled_result(model, self, _observables(found), times=grid, patterns=model.patterns, details=details)

    def _counted(self, model: OpenHopfield | CountedHopfield, initial: ArrayLike) -> tuple[CountedHopfield, IntArray]:
        """The network and its start by counts."""
        name = type(self).__name__
        require_classical(model, name)
        if isinstance(model, CountedHopfield):
            ups = model.checked_ups("initial", initial)
            if ups.ndim != 1:
                raise ArgumentError(f"Argument `initial` must be one start, but has shape {ups.shape}.")
            return model, ups
        if model.jumps != "individual":
            raise ArgumentError(
                f"Argument `model` must have individual jumps for {name}, but its spins flip together. "
                "`KineticMonteCarlo` has both kinds."
            )
        sigma = spin_array("initial", initial, n_spins=model.n_spins, ndim=1)
        classes = SpinClasses.of(model)
        if classes.n_classes > MOST_CLASSES:
            raise ArgumentError(
                f"Argument `model` must have at most {MOST_CLASSES} classes of like spins for {name}, but has "
                f"{classes.n_classes}: there is little to gain. `KineticMonteCarlo` is exact."
            )
        return CountedHopfield.of(model, classes), classes.ups(sigma)


def _path(
    network: CountedHopfield,
    table: RateTable,
    start: IntArray,
    times: FloatArray,
    tolerance: float,
    stream: np.random.Generator,
) -> tuple[IntArray, int]:
    """The counts (T, C) of one run at `times`, and the number of its leaps."""
    ups, clock = start.copy(), np.array([0.0, np.inf, 0.0])
    path = np.full((times.size, ups.size), -1)
    reached = -1
    while reached < times.size:
        reached = leap(
            ups, network.sizes, network.couplings, network.rate_classes, table.edges, table.coefficients,
            table.offsets, times, tolerance, stream, clock, path,
        )  # fmt: skip
    return path, int(clock[2])


def _shapes(network: CountedHopfield, n_times: int) -> dict[str, tuple[int, ...]]:
    """What is read of every run, and its shape."""
    shapes: dict[str, tuple[int, ...]] = {"magnetisation": (n_times,), "energy": (n_times,)}
    if network.patterns is not None:
        shapes["overlap"] = (n_times, network.patterns.n_patterns)
    return shapes


def _observables(found: dict[str, FloatArray]) -> Observables:
    """The finer runs, and the distance of their means from those of the coarser ones."""
    dims = {name: ("run", "time", "pattern")[: values.ndim - 1] for name, values in found.items()}
    told: Observables = {name: (dims[name], values[0]) for name, values in found.items()}
    judged = "overlap" if "overlap" in found else "magnetisation"
    fine, coarse = found[judged].mean(axis=1)
    told[f"{judged}_leap_error"] = (dims[judged][1:], np.abs(fine - coarse))
    return told
