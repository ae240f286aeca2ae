"""Rejection-free kinetic Monte Carlo."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from cavity_hopfield._checks import (
    real_number,
    require_progress,
    spin_array,
    time_grid,
    whole_number,
)
from cavity_hopfield._typing import ArrayLike, Json
from cavity_hopfield.dynamics import Observables, Progress, labelled_result
from cavity_hopfield.dynamics.accuracy import checked_tolerance
from cavity_hopfield.dynamics.checkpoint import Block
from cavity_hopfield.dynamics.ensemble import Work, run_blocks
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.network import CountedHopfield, OpenHopfield, OverlapTargets, require_classical
from cavity_hopfield.theory.kinetic.representations import representation_of
from cavity_hopfield.theory.kinetic.walks import Representation

Model = OpenHopfield | CountedHopfield
Path = str | os.PathLike[str]


@dataclass(frozen=True)
class KineticMonteCarlo:
    r"""$\dot p_\sigma = \sum_i [W_i(\epsilon_i(F_i\sigma))\, p_{F_i\sigma} - W_i(\epsilon_i(\sigma))\, p_\sigma]$.

    Run by run, exactly: exponential waiting times at the total rate, one flip in proportion to its rate. The rates are
    bounded over a while, candidates are drawn by the bounds and accepted by the true rates, so that rates that change
    in time (`Scheduled`) are followed exactly too.

    Spins that are alike are counted, not listed: a flip then costs as much time for $10^9$ spins as for $10^4$. Spins
    that are not alike are listed, at a cost for each flip of M products for factorised couplings, or of a row of
    pairwise ones. What was chosen is the attribute `representation` of a result.

    If the jumps of the network are collective, each ensemble of n spins climbs its ladder instead, $m \to m \mp 1$ at
    the rate $W(\epsilon)\,(j \pm m)(j \mp m + 1)$, with a total spin $j$ drawn for every run from what the start is
    made of (see `spin_lengths`).

    Parameters
    ----------
    runs : int
        Number of independent runs.
    seed : int
        Seed; run k draws from its own streams, the same whatever the number of runs and threads, and whatever is
        recorded.
    table_accuracy : float
        Rates are read from a table: exact where the flip energies of the network are discrete, else interpolated to
        this relative error, which is checked between the nodes.
    threads : int
        Blocks of runs at a time. The result does not depend on it.

    Notes
    -----
    Sources of the method: D. T. Gillespie, J. Comput. Phys. 22, 403 (1976); thinning, P. A. W. Lewis and G. S. Shedler,
    Naval Res. Logist. Q. 26, 403 (1979); groups by powers of two, A. Slepoy, A. P. Thompson and S. J. Plimpton,
    J. Chem. Phys. 128, 205101 (2008).

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
    threads: int = 1

    def __post_init__(self) -> None:
        object.__setattr__(self, "runs", whole_number("runs", self.runs, minimum=1))
        object.__setattr__(self, "seed", whole_number("seed", self.seed, minimum=0))
        object.__setattr__(self, "table_accuracy", checked_tolerance("table_accuracy", self.table_accuracy))
        object.__setattr__(self, "threads", whole_number("threads", self.threads, minimum=1))

    def evolve(
        self,
        model: Model,
        initial: ArrayLike,
        times: ArrayLike,
        *,
        progress: Progress | None = None,
        checkpoint: Path | None = None,
    ) -> xr.Dataset:
        r"""The observables of every run at `times`, from `initial` at time 0.

        Parameters
        ----------
        model : OpenHopfield or CountedHopfield
            The network, without a coherent drive.
        initial : (N,) or (runs, N) array of +-1
            Where every run starts, or each; of a `CountedHopfield` the number of up spins of each class, (C,) or
            (runs, C).
        times : (T,) array
            Strictly increasing, not negative, in the unit of the inverse rates.
        progress : callable, optional
            Told the fraction of the runs that are done.
        checkpoint : path, optional
            A folder for finished blocks of runs: the same call goes on from there after an interruption, and gives the
            same result to the last bit.

        Returns
        -------
        xarray.Dataset
            `overlap` (run, time, pattern) if the network has patterns, `magnetisation`, `energy`, `flips` (run, time).
            From one start for all runs `spin_z` (time, spin), the mean over the runs, of a `CountedHopfield`
            `class_spin_z` (time, spin_class). The attribute `rate_error` is the largest relative error of a rate in the
            table, `representation` says what was counted or listed, `certificate` where the rates of a cavity can be
            trusted.

            With collective jumps the spins of an ensemble share its $2 m / n$, in its gauge: exact for `energy` and
            for patterns that are +-1 times the signs of every ensemble, else the mean over the order of its spins.

        Raises
        ------
        ArgumentError
            If shapes do not fit, the times do not increase, the network has a coherent drive, or the folder belongs to
            another call.
        RateTableError
            If a rate is negative or not finite, or the law cannot be tabulated to `table_accuracy`.
        """
        grid = time_grid(times)
        starts = self._starts(model, initial, progress)
        common = len(starts) == 1
        form = representation_of(model, self.table_accuracy)
        begin = _begin(form, starts)
        p = 0 if model.patterns is None else model.patterns.n_patterns

        def work(first: int, last: int) -> Block:
            shape = (last - first, grid.size)
            energy, magnetisation, flips = np.empty(shape), np.empty(shape), np.empty(shape, np.int64)
            overlap, total = np.empty((*shape, p)), form.total(grid.size)
            for place, run in enumerate(range(first, last)):
                read = form.walk(begin(run), self.seed, run).along(grid, total)
                energy[place], magnetisation[place] = read.energy, read.magnetisation
                overlap[place], flips[place] = read.overlaps, read.flips
            sums = {"total": total} if common else {}
            return {"overlap": overlap, "magnetisation": magnetisation, "energy": energy, "flips": flips, **sums}

        blocks = self._blocks(work, model, starts, {"evolve": grid}, progress, checkpoint)
        kept = _joined(blocks, ("overlap", "magnetisation", "energy", "flips"))
        observables: Observables = {
            name: (("run", "time"), kept[name]) for name in ("magnetisation", "energy", "flips")
        }
        if p:
            observables["overlap"] = (("run", "time", "pattern"), kept["overlap"])
        if common:
            observables |= form.means(begin(0), np.sum([block["total"] for block in blocks], axis=0), self.runs)
        details = self._details(form)
        return labelled_result(model, self, observables, times=grid, patterns=model.patterns, details=details)

    def first_passage(
        self,
        model: Model,
        initial: ArrayLike,
        targets: Sequence[tuple[str | int, float]] | OverlapTargets,
        time: float,
        *,
        progress: Progress | None = None,
        checkpoint: Path | None = None,
    ) -> xr.Dataset:
        r"""$\inf \{t : \pm m_\mu(t) \ge |l|\}$ of every run: when it first reaches one of `targets`, and which.

        Run k is that of `evolve` with the same seed; it ends at the target.

        Parameters
        ----------
        model : OpenHopfield or CountedHopfield
            The network, without a coherent drive, with patterns.
        initial : (N,) or (runs, N) array of +-1
            As for `evolve`.
        targets : list of pairs, or OverlapTargets
            Patterns and levels of their overlaps, such as `[("A", 0.95), ("A", -0.95)]`; a negative one is reached from
            above.
        time : float
            Where runs end that reach none, above zero.
        progress, checkpoint
            As for `evolve`.

        Returns
        -------
        xarray.Dataset
            `passage_time` (run), nan for a run that reaches no target, 0 for one that starts there; `reached` (run),
            the number of the target or -1; `flips` (run), `overlap` (run, pattern), `magnetisation` and `energy` (run)
            where the run ends, and there `final_configuration` (run, spin), of a `CountedHopfield` or with collective
            jumps `final_ups` (run, spin_class). The attribute `targets` names them.

            Where like spins are counted (`representation`), which of them are up is drawn at the end, given the
            counts: `final_configuration` has the counts to which `records` of the same run leads, but is another
            arrangement of the same law.

        Raises
        ------
        ArgumentError
            If shapes do not fit, the targets belong to other patterns, or the network has a coherent drive.
        RateTableError
            If a rate is negative or not finite, or the law cannot be tabulated to `table_accuracy`.
        """
        end = real_number("time", time, above=0.0)
        starts = self._starts(model, initial, progress)
        goals = OverlapTargets.of(model.patterns, targets)
        form = representation_of(model, self.table_accuracy)
        begin = _begin(form, starts)

        def work(first: int, last: int) -> Block:
            found: dict[str, list[Any]] = {name: [] for name in PASSAGE}
            for run in range(first, last):
                walk = form.walk(begin(run), self.seed, run, goals)
                arrived, read = walk.until(end)
                values = (
                    arrived, goals.reached(read.overlaps[0]), read.flips[0], read.overlaps[0], read.magnetisation[0],
                    read.energy[0], walk.final(),
                )  # fmt: skip
                for name, value in zip(PASSAGE, values, strict=True):
                    found[name].append(value)
            return {name: np.array(values) for name, values in found.items()}

        goal = {"first_passage": end, "places": goals.places, "levels": goals.levels}
        kept = _joined(self._blocks(work, model, starts, goal, progress, checkpoint), PASSAGE)
        observables: Observables = {name: (("run",), kept[name]) for name in PASSAGE if kept[name].ndim == 1}
        observables["overlap"] = (("run", "pattern"), kept["overlap"])
        observables[form.final_name] = (("run", *form.final_dims), kept["final"])
        details = {**self._details(form), "end": end, "targets": goals.names}
        return labelled_result(model, self, observables, patterns=model.patterns, details=details)

    def records(self, model: Model, initial: ArrayLike, time: float, *, progress: Progress | None = None) -> xr.Dataset:
        """Every flip of every run until `time`.

        Run k is that of `evolve` with the same seed: what is recorded changes no run.

        Parameters
        ----------
        model : OpenHopfield or CountedHopfield
            The network, without a coherent drive.
        initial : (N,) or (runs, N) array of +-1
            As for `evolve`.
        time : float
            The end of all runs, above zero.
        progress : callable, optional
            Told the fraction of the runs that are done.

        Returns
        -------
        xarray.Dataset
            `jump_run`, `jump_time`, `jump_spin` and `jump_direction` (+1 up, -1 down) along `jump`: run after run, in
            the order of time in each. Of a `CountedHopfield`, and with collective jumps in the gauge of the ensemble,
            `jump_class` in place of `jump_spin`.

            Where like spins are counted (`representation`), which of them flips is drawn along the way: times and
            counts are those of `first_passage` of the same run, whose `final_configuration` is another arrangement of
            the same law.

        Raises
        ------
        ArgumentError
            If shapes do not fit, or the network has a coherent drive.
        RateTableError
            If a rate is negative or not finite, or the law cannot be tabulated to `table_accuracy`.
        """
        end = real_number("time", time, above=0.0)
        starts = self._starts(model, initial, progress)
        form = representation_of(model, self.table_accuracy)
        begin = _begin(form, starts)

        def work(first: int, last: int) -> Block:
            runs = range(first, last)
            logs = [form.walk(begin(run), self.seed, run).logged(end) for run in runs]
            return {
                "jump_run": np.repeat(np.arange(first, last), [log.times.size for log in logs]),
                "jump_time": np.concatenate([log.times for log in logs]),
                form.place_name: np.concatenate([log.places for log in logs]),
                "jump_direction": np.concatenate([log.directions for log in logs]),
            }

        blocks = self._blocks(work, model, starts, {"records": end}, progress, None)
        names = ("jump_run", "jump_time", form.place_name, "jump_direction")
        variables: Observables = {name: (("jump",), values) for name, values in _joined(blocks, names).items()}
        return labelled_result(model, self, variables, details={**self._details(form), "end": end})

    def _starts(self, model: Model, initial: ArrayLike, progress: Progress | None) -> npt.NDArray[Any]:
        """The start of all runs, (1, N), or of each, (runs, N)."""
        require_progress(progress)
        require_classical(model, type(self).__name__, scheduled=True)
        if isinstance(model, CountedHopfield):
            given: npt.NDArray[Any] = model.checked_ups("initial", initial)
        else:
            given = spin_array("initial", initial, n_spins=model.n_spins)
        if given.ndim == 1:
            return given[None]
        if given.ndim != 2 or len(given) != self.runs:
            raise ArgumentError(
                f"Argument `initial` must have one dimension, or {self.runs} rows, one for each run, but has shape "
                f"{given.shape}."
            )
        return given

    def _blocks(
        self, work: Work, model: Model, starts: npt.NDArray[Any], goal: Json, progress: Progress | None,
        checkpoint: Path | None,
    ) -> list[Block]:  # fmt: skip
        job: Json = {}
        if checkpoint is not None:
            theory = {"runs": self.runs, "seed": self.seed, "table_accuracy": self.table_accuracy}
            job = {"model": model.to_json(), **theory, "starts": starts, **goal}
        return run_blocks(work, self.runs, threads=self.threads, progress=progress, checkpoint=checkpoint, job=job)

    def _details(self, form: Representation) -> Json:
        return {"seed": self.seed, "rate_error": form.rate_error, "representation": form.name}


PASSAGE = ("passage_time", "reached", "flips", "overlap", "magnetisation", "energy", "final")


def _begin(form: Representation, starts: npt.NDArray[Any]) -> Callable[[int], Any]:
    """The start of a run by its number."""
    if len(starts) > 1:
        return lambda run: form.ready(starts[run])
    common = form.ready(starts[0])
    return lambda _: common


def _joined(blocks: list[Block], names: tuple[str, ...]) -> Block:
    """The values of all runs by name."""
    return {name: np.concatenate([block[name] for block in blocks]) for name in names}
