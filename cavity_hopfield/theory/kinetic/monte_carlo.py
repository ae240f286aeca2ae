"""Rejection-free kinetic Monte Carlo."""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from cavity_hopfield._checks import real_number, spin_array, time_grid, whole_number
from cavity_hopfield._typing import ArrayLike, Json
from cavity_hopfield.dynamics import Observables, Progress, labelled_result, spawn_streams
from cavity_hopfield.hopfield import energy
from cavity_hopfield.network import OpenHopfield
from cavity_hopfield.theory.kinetic._kernels import run
from cavity_hopfield.theory.kinetic.incoherent import require_no_drive
from cavity_hopfield.theory.kinetic.rate_table import RateTable


@dataclass(frozen=True)
class KineticMonteCarlo:
    r"""$\dot p_\sigma = \sum_i [W_i(\epsilon_i(F_i\sigma))\, p_{F_i\sigma} - W_i(\epsilon_i(\sigma))\, p_\sigma]$.

    Run by run: exponential waiting times at the total rate, then one flip in proportion to its rate.

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
        """The observables of every run at `times`, from the configuration `initial` at time 0.

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

        Raises
        ------
        ArgumentError
            If shapes do not fit, the times do not increase, or the network has a coherent drive.
        RateTableError
            If a rate is negative, or the law cannot be tabulated to `table_accuracy`.
        """
        grid = time_grid(times)
        require_no_drive(model, type(self).__name__)
        start = spin_array("initial", initial, n_spins=model.n_spins, ndim=1)
        table = RateTable.of(model, self.table_accuracy)
        classes = model.spin_classes
        shape = (self.runs, grid.size)
        flips, energies, magnetisation = np.empty(shape, np.int64), np.empty(shape), np.empty(shape)
        overlaps = None if model.patterns is None else np.empty((*shape, model.patterns.n_patterns))
        spin_sum = np.zeros((grid.size, model.n_spins))
        path = np.empty((grid.size, model.n_spins), np.int8)
        for k, stream in enumerate(spawn_streams(self.seed, self.runs)):
            run(
                start.copy(), model.couplings, classes, table.edges, table.coefficients, table.offsets, grid, stream,
                path, flips[k],
            )  # fmt: skip
            energies[k] = energy(model.couplings, path)
            magnetisation[k] = path.mean(axis=1)
            spin_sum += path
            if overlaps is not None and model.patterns is not None:
                overlaps[k] = model.patterns.overlaps(path)
            if progress is not None:
                progress((k + 1) / self.runs)
        observables: Observables = {
            "magnetisation": (("run", "time"), magnetisation),
            "energy": (("run", "time"), energies),
            "flips": (("run", "time"), flips),
            "spin_z": (("time", "spin"), spin_sum / self.runs),
        }
        if overlaps is not None:
            observables["overlap"] = (("run", "time", "pattern"), overlaps)
        details: Json = {"seed": self.seed, "rate_error": table.error}
        return labelled_result(model, self, observables, times=grid, patterns=model.patterns, details=details)
