"""Rejection-free kinetic Monte Carlo."""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from cavity_hopfield._checks import real_number, require_progress, spin_array, time_grid, whole_number
from cavity_hopfield._typing import ArrayLike, Json
from cavity_hopfield.dynamics import Observables, Progress, labelled_result, spawn_streams
from cavity_hopfield.network import OpenHopfield, RateTable
from cavity_hopfield.theory.kinetic._kernels import run
from cavity_hopfield.theory.kinetic.incoherent import require_no_drive
from cavity_hopfield.theory.kinetic.ladders import Ladders, LengthDraws


@dataclass(frozen=True)
class KineticMonteCarlo:
    r"""$\dot p_\sigma = \sum_i [W_i(\epsilon_i(F_i\sigma))\, p_{F_i\sigma} - W_i(\epsilon_i(\sigma))\, p_\sigma]$.

    Run by run: exponential waiting times at the total rate, then one flip in proportion to its rate.

    If the jumps of the network are collective, each ensemble of n spins climbs its ladder instead, $m \to m \mp 1$ at
    the rate $W(\epsilon)\,(j \pm m)(j \mp m + 1)$, with a total spin $j$ drawn for every run from what the start is
    made of (see `spin_lengths`). A flip costs as much time for ensembles of any size.

    Parameters
    ----------
    runs : int
        Number of independent runs.
    seed : int
        Seed; run k draws from its own stream, the same whatever the number of runs.
    table_accuracy : float
        Rates are read from a table: exact where the flip energies of the network are discrete, else interpolated to
        this relative error, which is checked between the nodes.

    Notes
    -----
    Source of the method: D. T. Gillespie, J. Comput. Phys. 22, 403 (1976).

    Examples
    --------
    >>> from cavity_hopfield import Glauber, letters
    >>> memory = letters("AC")
    >>> network = OpenHopfield(memory, rate_law=Glauber(temperature=0.1))
    >>> start = memory.corrupted("A", flips=0.1, seed=1)
    >>> result = KineticMonteCarlo(runs=10, seed=2).evolve(network, start, [0.0, 20.0])
    >>> bool(result["overlap"].sel(time=20.0, pattern="A").mean() > 0.9)
    True
    """

    runs: int
    seed: int
    table_accuracy: float = 1e-9

    def __post_init__(self) -> None:
        object.__setattr__(self, "runs", whole_number("runs", self.runs, minimum=1))
        object.__setattr__(self, "seed", whole_number("seed", self.seed, minimum=0))
        object.__setattr__(self, "table_accuracy", real_number("table_accuracy", self.table_accuracy, above=0.0))

    def evolve(
        self, model: OpenHopfield, initial: ArrayLike, times: ArrayLike, *, progress: Progress | None = None
    ) -> xr.Dataset:
        r"""The observables of every run at `times`, from the configuration `initial` at time 0.

        Parameters
        ----------
        model : OpenHopfield
            The network, without a coherent drive.
        initial : (N,) array of +-1
            Where every run starts.
        times : (T,) array
            Strictly increasing, not negative, in the unit of the inverse rates.
        progress : callable, optional
            Told the fraction of the runs that are done.

        Returns
        -------
        xarray.Dataset
            `overlap` (run, time, pattern) if the network has patterns, `magnetisation`, `energy`, `flips` (run, time),
            `spin_z` (time, spin), the mean over the runs. The attribute `rate_error` is the largest relative error of
            a rate in the table, `certificate` says where the rates of a cavity can be trusted.

            With collective jumps the spins of an ensemble share its $2 m / n$, in its gauge: exact for `energy` and
            for patterns that are +-1 times the signs of every ensemble, else the mean over the order of its spins.

        Raises
        ------
        ArgumentError
            If shapes do not fit, the times do not increase, or the network has a coherent drive.
        RateTableError
            If a rate is negative, or the law cannot be tabulated to `table_accuracy`.
        """
        grid = time_grid(times)
        require_progress(progress)
        require_no_drive(model, type(self).__name__)
        sigma = spin_array("initial", initial, n_spins=model.n_spins, ndim=1)
        ladders = Ladders.of(model)
        table = RateTable.on(
            model.rate_law, ladders.couplings, ladders.sizes, ladders.rate_classes, self.table_accuracy
        )
        start = ladders.start(sigma)
        lengths = LengthDraws.of(ladders, start)
        shape = (self.runs, grid.size)
        flips, energies, magnetisation = np.empty(shape, np.int64), np.empty(shape), np.empty(shape)
        overlaps = np.empty((*shape, ladders.n_patterns))
        total = np.zeros((grid.size, start.size))
        path = np.empty((grid.size, start.size), start.dtype)
        for k, stream in enumerate(spawn_streams(self.seed, self.runs)):
            tops = lengths(stream)
            run(
                start.copy(), ladders.couplings, ladders.rate_classes, table.edges, table.coefficients, table.offsets,
                grid, stream, path, flips[k], tops,
            )  # fmt: skip
            energies[k], magnetisation[k], overlaps[k] = (
                ladders.energy(path), ladders.magnetisation(path), ladders.overlaps(path)
            )  # fmt: skip
            total += path
            if progress is not None:
                progress((k + 1) / self.runs)
        observables: Observables = {
            "magnetisation": (("run", "time"), magnetisation),
            "energy": (("run", "time"), energies),
            "flips": (("run", "time"), flips),
            "spin_z": (("time", "spin"), ladders.spin_z(total / self.runs)),
        }
        if model.patterns is not None:
            observables["overlap"] = (("run", "time", "pattern"), overlaps)
        details: Json = {"seed": self.seed, "rate_error": table.error}
        return labelled_result(model, self, observables, times=grid, patterns=model.patterns, details=details)
