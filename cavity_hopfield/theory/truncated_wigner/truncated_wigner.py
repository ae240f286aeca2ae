"""Truncated Wigner of the multimode Dicke model."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from cavity_hopfield._checks import one_of, real_number, require_progress, time_grid, whole_number
from cavity_hopfield._typing import ArrayLike, FloatArray, Json
from cavity_hopfield.cavity import cavity_start
from cavity_hopfield.cavity.options import checked_resolution
from cavity_hopfield.dynamics import Observables, Progress, labelled_result
from cavity_hopfield.dynamics.checkpoint import Block
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.model import MultimodeDicke
from cavity_hopfield.model.dicke import require_dicke
from cavity_hopfield.theory.truncated_wigner import output_field
from cavity_hopfield.theory.truncated_wigner.blocks import gathered, in_order
from cavity_hopfield.theory.truncated_wigner.lanes import Ensemble
from cavity_hopfield.theory.truncated_wigner.readings import Reader, folded, means, per_run
from cavity_hopfield.theory.truncated_wigner.sampling import SpinGroups
from cavity_hopfield.theory.truncated_wigner.size import require_room
from cavity_hopfield.theory.truncated_wigner.steps import Steps, default_step
from cavity_hopfield.theory.truncated_wigner.trust import effective_spins, step_error, warn_of_few_spins

SAMPLINGS = ("discrete", "gaussian")
APPROXIMATION = "truncated Wigner: no quantum fluctuations beyond those of the start and of the noise"


@dataclass(frozen=True)
class TruncatedWigner:
    r"""$d\alpha_\mu = -(z_\mu \alpha_\mu + i \sum_i g_{i\mu} s^z_i)\, dt + \sqrt{(\gamma_\mu + \kappa_\mu)/2}\,
    d\xi_\mu$ with $E |d\xi|^2 = dt$, and $\dot{\mathbf s}_i = 2\, (\Omega, 0, h_i) \times \mathbf s_i$ with
    $h_i = \sum_\mu 2 g_{i\mu} \mathrm{Re}\, \alpha_\mu$: classical equations whose starts are drawn from
    the Wigner function of the state.

    A mode starts normal about its amplitude, with the variance $\bar n + \frac12$ of $|\alpha|^2$. A spin is +-1 along
    its Bloch vector, and each of its other components is +-1 too (`sampling="discrete"`) or normal with the same
    variance ("gaussian"). Means over the runs are symmetrically ordered and are turned into normally ordered ones, such
    as $|\alpha|^2 - \frac12$ for photons.

    Light without spins, and spins in given fields, are exact. What is neglected are the third derivatives of the
    coupling in phase space, such as the field of a spin upon itself: an error that falls with the number of spins that
    a mode sees and grows with time. Few spins are wrong by far. Measured against the master equation, for one mode with
    $g = 0.5/\sqrt N$, $\omega = \gamma = 1$, $\Omega = 0.25$, from spins against the drive and no light, at t = 3: the
    mean of $\sigma^x$, which has risen from -1 to between -.5 and -.9, is too large by .064, .029, .011, .003 and .001
    for N = 2, 4, 8, 16 and 32; photons by 11, 6 and 2 percent for N = 2, 4 and 8.

    The coherence g2 is by far the worst: at t = 3 it is too large by .43, .26 and .16, each +- .02, for N = 8, 16 and
    32, where it is 2.29, 2.59 and 2.80; at t = 2 by .21, .11 and .07, each +- .04. At late times spins come to rest a
    little too hot: with one mode at .6 of the threshold, $\Omega = 0.1$, from the same start, at t = 600 the mean of
    $\sigma^x$ is -.376, -.515, -.690 and -.8305 for N = 2, 4, 8 and 16, where the master equation has -.387, -.528,
    -.700 and -.8328. Photons per spin are then right within the errors, .00387 +- .00011 of .00384 for N = 16, as they
    still are at t = 2000.

    Spins that couple and start alike are moved as one sum of vectors, exactly, at a cost that does not depend on
    their number. Atoms with channels of their own are moved one by one: dephasing is $\sigma \to \tau^z \sigma \tau^z$
    at random times; decay and pumping set the component along the axis to its new value at random times, and every
    other time draw the others anew. That is exact for means of single spins and of products over different ones; of
    squares $s_a s_b$ of one spin it keeps $\langle s_a^2 \rangle = 1$, but leaves the component along the axis
    correlated with the others where decay and pumping differ.

    Parameters
    ----------
    runs : int
        Number of independent runs.
    seed : int
        Seed; run k draws from its own streams, the same whatever the number of runs and threads.
    sampling : {"discrete", "gaussian"}
        How the transverse components of the spins are drawn.
    step : float, optional
        Longest step, in units of 1/omega; a tenth of the inverse of the fastest rate if omitted. Modes move exactly
        under constant spins, and spins in constant light; in turn, symmetrically, that is of weak order two.
    threads : int
        Blocks of runs at a time. The result does not depend on it.
    resolution : {"class", "site"} or None
        Sums of like spins, or every spin by itself, as atoms with channels of their own must be. Omitted: "class",
        or "site" for such atoms.
    keep_runs : bool
        Keep the observables of every run: they then have a dimension `run`, but for `spin_z` and `g2`.
    memory_gib : float
        The most that may be held, about. Means are added up as the runs come, so that the need does not grow with
        their number, unless every run is kept.

    Notes
    -----
    Sources: J. Schachenmayer, A. Pikovski and A. M. Rey, Phys. Rev. X 5, 011022 (2015) for discrete sampling; P. B.
    Blakie et al., Adv. Phys. 57, 363 (2008) for light; spins with decay in truncated Wigner, by other schemes,
    J. Huber, A. M. Rey and P. Rabl, Phys. Rev. A 105, 013716 (2022) and V. P. Singh and H. Weimer, Phys. Rev. Lett.
    128, 200602 (2022).

    Examples
    --------
    >>> from cavity_hopfield import Patterns
    >>> memory = Patterns([[1, -1] * 20])
    >>> model = MultimodeDicke.from_patterns(memory, g=0.8, omega=1.0, loss=1.0, drive=0.25, scaling="intensive")
    >>> result = TruncatedWigner(runs=200, seed=1).evolve(model, memory.values[0], [0.0, 4.0])
    >>> result["photons"].dims, bool(result["photons_error"].max() < 0.1 * result["photons"].max())
    (('time', 'mode'), True)
    """

    runs: int
    seed: int
    sampling: str = "discrete"
    step: float | None = None
    threads: int = 1
    resolution: str | None = None
    keep_runs: bool = False
    memory_gib: float = 4.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "runs", whole_number("runs", self.runs, minimum=1))
        object.__setattr__(self, "seed", whole_number("seed", self.seed, minimum=0))
        one_of("sampling", self.sampling, SAMPLINGS)
        if self.step is not None:
            object.__setattr__(self, "step", real_number("step", self.step, above=0.0))
        object.__setattr__(self, "threads", whole_number("threads", self.threads, minimum=1))
        checked_resolution(self.resolution)
        if not isinstance(self.keep_runs, bool):
            raise ArgumentError(f"Argument `keep_runs` must be True or False, but is {self.keep_runs!r}.")
        object.__setattr__(self, "memory_gib", real_number("memory_gib", self.memory_gib, above=0.0))

    def evolve(
        self,
        model: MultimodeDicke,
        initial: Any,
        times: ArrayLike,
        *,
        progress: Progress | None = None,
        checkpoint: str | os.PathLike[str] | None = None,
    ) -> xr.Dataset:
        r"""Means over the runs at `times`, from `initial` at time 0, with their standard errors.

        Parameters
        ----------
        model : MultimodeDicke
            The cavity; channels of single atoms need the resolution "site".
        initial : (N,) array of +-1, or ProductState
            A configuration, with every mode at rest under it, thermal light included; or Bloch vectors, also those of
            mixed spins, and coherent light.
        times : (T,) array
            Strictly increasing, not negative, in units of 1/omega.
        progress : callable, optional
            Told the fraction of the runs that are done.
        checkpoint : path, optional
            A folder for finished blocks of runs: the same call goes on from there after an interruption, and gives the
            same result to the last bit.

        Returns
        -------
        xarray.Dataset
            The observables of every theory of the Dicke model, (time, ...): `magnetisation`, `magnetisation_x`,
            `magnetisation_y`, `energy`, `spin_z`, `photons`, `amplitude_real`, `amplitude_imag`, `pair_real`,
            `pair_imag`, `g2`, and the overlaps if the model has patterns; with `_error` their standard errors, that of
            `g2`, a ratio of means, to first order. With `keep_runs` (run, time, ...), but for `spin_z` and `g2`; the
            numbers of a single run are those whose means are normally ordered, and may be negative.

            Attributes: `step`, the longest; `step_error`, measured by runs with twice the step and the same noise, the
            largest in mean spins, overlaps and photons (per one and the most there are); `effective_spins`,
            $\min_\mu (\sum_i g_{i\mu}^2)^2 / \sum_i g_{i\mu}^4$, by which the truncation is judged.

        Raises
        ------
        ArgumentError
            If shapes do not fit, the times do not increase, atoms have channels of their own at the resolution "class",
            or the folder belongs to another call.
        SizeError
            If more memory is needed than `memory_gib`; the text gives the need.

        Warns
        -----
        RegimeWarning
            If a mode sees fewer than 16 effective spins, or the error of the step is larger than the standard error.
        """
        grid = time_grid(times)
        ensemble, step = self._ensemble(model, initial, grid, progress)
        reader = Reader.of(ensemble)
        lanes = ensemble.lanes(self.runs)
        self._require_room(ensemble, reader.numbers_of_a_run if self.keep_runs else 0, sums=True)
        job = None if checkpoint is None else self._job(ensemble, grid, step)
        blocks = in_order(
            lambda first, last: reader.block(first, last, lanes, self.keep_runs), self.runs, lanes,
            threads=self.threads, progress=progress, checkpoint=checkpoint, job=job,
        )  # fmt: skip
        total, kept = folded(blocks, self.runs)
        details = self._details(ensemble) | {
            "step_error": step_error(reader, grid, step, self.runs, total, stacklevel=3),
        }
        observables = means(reader, total)
        if self.keep_runs:
            observables |= per_run(model.stored is not None, kept)
        return labelled_result(model, self, observables, times=grid, patterns=model.stored, details=details)

    def heterodyne(
        self, model: MultimodeDicke, initial: Any, times: ArrayLike, *, progress: Progress | None = None
    ) -> xr.Dataset:
        r"""$\frac1T \int (\sqrt\gamma\, \alpha + w)\, dt$ and the vacuum of a second field: the record of every mode,
        in bins that end at `times`, the first of which begins at 0.

        Its mean is that of $\sqrt{\gamma_\mu} \langle a_\mu \rangle$ over the bin; the noise of a bin of length T has
        the mean square $1/T$ in the vacuum. Run k is that of `evolve` with the same seed and grid: what is detected
        changes no run.

        Parameters
        ----------
        model, initial, times, progress
            As for `evolve`.

        Returns
        -------
        xarray.Dataset
            `record_real`, `record_imag` (run, time, mode), nan at a first time of zero, whose bin is empty;
            `bin_length` (time), which belongs to each record wherever times are selected; `overlap` (run, time,
            pattern) of the spins at the end of each bin if the model has patterns.

        Raises
        ------
        ArgumentError, SizeError
            As `evolve`.
        """
        grid = time_grid(times)
        ensemble, _ = self._ensemble(model, initial, grid, progress)
        reader, spans = Reader.of(ensemble), np.diff(grid, prepend=0.0)
        self._require_room(ensemble, 2 * model.n_modes + reader.n_patterns, sums=False)
        kept = self._kept(lambda first, last: output_field.records(reader, first, last, spans), ensemble, progress)
        dims = ("run", "time", "mode")
        variables: Observables = {
            "record_real": (dims, kept["record"].real), "record_imag": (dims, kept["record"].imag),
            "bin_length": (("time",), spans),
        }  # fmt: skip
        if model.stored is not None:
            variables["overlap"] = (("run", "time", "pattern"), kept["overlap"])
        details = self._details(ensemble)
        return labelled_result(model, self, variables, times=grid, patterns=model.stored, details=details)

    def light_samples(
        self,
        model: MultimodeDicke,
        initial: Any,
        times: ArrayLike,
        *,
        mode: int = 0,
        progress: Progress | None = None,
    ) -> xr.Dataset:
        r"""$\alpha$ of one mode in every run: its histogram is the Wigner function $W(\alpha)$ of the mode.

        Parameters
        ----------
        model, initial, times
            As for `evolve`; run k is that of `evolve` with the same seed and grid.
        mode : int
            Which mode.
        progress : callable, optional
            As for `evolve`.

        Returns
        -------
        xarray.Dataset
            `alpha_real`, `alpha_imag` (run, time).

        Raises
        ------
        ArgumentError, SizeError
            As `evolve`, or if there is no such mode.
        """
        grid = time_grid(times)
        ensemble, _ = self._ensemble(model, initial, grid, progress)
        which = whole_number("mode", mode, minimum=0)
        if which >= model.n_modes:
            raise ArgumentError(f"Argument `mode` must be below {model.n_modes}, the number of modes, but is {which}.")
        reader = Reader.of(ensemble)
        self._require_room(ensemble, 2, sums=False)
        alpha = self._kept(
            lambda first, last: output_field.samples(reader, first, last, which), ensemble, progress
        )["alpha"]  # fmt: skip
        dims = ("run", "time")
        variables: Observables = {"alpha_real": (dims, alpha.real), "alpha_imag": (dims, alpha.imag)}
        return labelled_result(model, self, variables, times=grid, details={**self._details(ensemble), "mode": which})

    def _ensemble(
        self, model: MultimodeDicke, initial: Any, grid: FloatArray, progress: Progress | None
    ) -> tuple[Ensemble, float]:
        """All that decides a run, and the longest step."""
        require_progress(progress)
        require_dicke("model", model, channels=True)
        resolution = _resolution(model, self.resolution)
        start = cavity_start(model, initial)
        step = default_step(model, start) if self.step is None else self.step
        warn_of_few_spins(model, stacklevel=4)
        groups = SpinGroups.of(model, start, resolution)
        return Ensemble(model, start, groups, Steps.over(model, grid, step), self.sampling, self.seed), step

    def _require_room(self, ensemble: Ensemble, told: int, *, sums: bool) -> None:
        require_room(ensemble, self.runs, self.threads, self.memory_gib, told=told, sums=sums)

    def _kept(self, work: Callable[[int, int], Block], ensemble: Ensemble, progress: Progress | None) -> Block:
        """What `work` tells of every run, as many of them side by side whatever the number of threads."""
        lanes = ensemble.lanes(self.runs)

        def several(first: int, last: int) -> Block:
            some = (
                ((begin - first, min(begin + lanes, last) - first), work(begin, min(begin + lanes, last)))
                for begin in range(first, last, lanes)
            )
            return gathered(some, last - first)

        return gathered(in_order(several, self.runs, lanes, threads=self.threads, progress=progress), self.runs)

    def _job(self, ensemble: Ensemble, grid: FloatArray, step: float) -> Json:
        """All that decides the numbers of `evolve`."""
        options = {name: getattr(self, name) for name in ("runs", "seed", "sampling", "keep_runs")}
        start = ensemble.start
        return {
            **options, "model": ensemble.model.to_json(), "resolution": _resolution(ensemble.model, self.resolution),
            "step": step, "grid": grid, "amplitudes": start.amplitudes, "thermal": start.thermal, "bloch": start.bloch,
        }  # fmt: skip

    def _details(self, ensemble: Ensemble) -> Json:
        return {
            "approximation": APPROXIMATION,
            "seed": self.seed,
            "runs": self.runs,
            "step": float(ensemble.steps.lengths.max()),
            "effective_spins": effective_spins(ensemble.model),
        }


def _resolution(model: MultimodeDicke, resolution: str | None) -> str:
    """The one that was asked for; by class if none was, but for atoms with channels of their own."""
    if resolution == "class" and model.channels is not None:
        raise ArgumentError(
            'Argument `resolution` must not be "class" for atoms with channels of their own, which turn every spin by '
            'itself. Take "site", or `PermutationSymmetric`.'
        )
    return resolution or ("class" if model.channels is None else "site")
