"""Heterodyne detection of the light that leaves the modes."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from cavity_hopfield._checks import real_number, require_progress, time_grid, whole_number
from cavity_hopfield._typing import ArrayLike, ComplexArray, FloatArray
from cavity_hopfield.cavity.options import (
    Displacement,
    Fock,
    checked_displacement,
    checked_fock,
    checked_resolution,
    levels_of,
)
from cavity_hopfield.cavity.pure_states.readout import run_observables
from cavity_hopfield.cavity.pure_states.runs import PureRuns, numbers_of
from cavity_hopfield.cavity.pure_states.starts import PureStarts
from cavity_hopfield.cavity.spins import averages_told
from cavity_hopfield.cavity.told import Told
from cavity_hopfield.dynamics import Observables, Progress, labelled_result
from cavity_hopfield.dynamics.streams import run_stream
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.model import MultimodeDicke, require_dicke
from cavity_hopfield.theory.heterodyne.records import (
    VECTORS,
    RecordMotion,
    RecordRun,
    steps_of,
    usual_step,
)

DETECTOR = 2
"""The purpose of the stream that draws the vacuum which an inefficient detector adds."""
LARGEST_STEP_ERROR = 0.1
"""Measured error of the step, in units of the largest value of each mean or of 1, that passes without a warning."""
PILOTS = 32
"""Runs done again with twice the step."""


@dataclass(frozen=True)
class Heterodyne:
    r"""$d\psi = \left[-i H - \tfrac12 \sum_k \left(L_k^\dagger L_k - 2 \langle L_k \rangle^* L_k
    + |\langle L_k \rangle|^2\right)\right] \psi\, dt + \sum_k (L_k - \langle L_k \rangle)\, \psi\, dW_k^*$
    with the record $dZ_\mu = \sqrt{\eta \gamma_\mu}\, \langle a_\mu \rangle\, dt + dW_\mu$ of the light that every
    mode loses.

    $dW$ are independent complex noises, $E|dW|^2 = dt$ and $E\,dW^2 = 0$: the vacuum in both quadratures. The mean over
    many runs is the density matrix, and the record of one run shows which pattern is being recalled: where each pattern
    has its mode, at rest $\langle a_\mu \rangle$ is proportional to its overlap.

    Gain and what single atoms do ($L = \sqrt\kappa\, a^\dagger$ and the like) take part with noises of their own, whose
    records are dropped. So do the photons that a detector of efficiency $\eta$ misses: a run does not depend on $\eta$,
    and its record is $\sqrt\eta$ times that of a perfect detector with vacuum added. The state of a run knows what was
    dropped; what is known from the record alone is its mean over the runs that have this record.

    A step is $\prod_k e^{L_k Z_{k2}^*}\, e^{K h} \prod_k e^{L_k Z_{k1}^*}$ with $K = -i H - \frac12 \sum L^\dagger L$
    and the record of its two halves in the exponents, of weak order 2: means are wrong by $O(h^2)$. The equation is one
    of states of norm one, its terms in $\langle L \rangle$ being what keeps them so: a step ends with the state over
    its norm.

    Parameters
    ----------
    runs : int
        Number of independent runs.
    seed : int
        Seed; run k draws from its own stream, the same whatever the number of runs and threads.
    step : float, optional
        Longest time step; a bin between two times has an even number of equal ones. If omitted 0.1 over the fastest of
        the rates $\omega + \frac12 (\gamma + \kappa)$, $2 \Omega$ and that of an atom.
    efficiency : float
        Fraction $\eta$ of the lost photons that reach the detector, above 0, at most 1.
    fock : int, (M,) tuple of int or None
        Fock states of each mode. If None they are raised until the two highest of each mode keep a probability below
        1e-6 in all runs at all steps; more runs may then need more of them.
    resolution : {"class", "site"} or None
        Spins that couple alike, up to a sign, as one collective spin, or each by itself. None: by class, unless the
        atoms have channels of their own.
    displacement : {"none", "start"}, (M,) amplitudes or None
        The frame of the Fock states: plain, or about the amplitudes at the start or those given, where light that stays
        needs few. None: plain, for light in a bistable cavity moves from one amplitude to the opposite. Runs are those
        of the plain frame up to the error of the step, and so are records.
    memory_gib : float
        Refuse a model that needs more than this.
    threads : int
        Number of runs at a time. The result does not depend on it.

    Notes
    -----
    Sources: N. Gisin and I. C. Percival, J. Phys. A 25, 5677 (1992); H. M. Wiseman and G. J. Milburn, Phys. Rev. A 47,
    1652 (1993).

    Examples
    --------
    >>> model = MultimodeDicke(g=[[0.4], [0.4]], omega=1.0, loss=1.0, drive=0.1)
    >>> result = Heterodyne(runs=20, seed=1).evolve(model, [1, 1], [1.0, 2.0])
    >>> result["record_real"].dims, result["overlap"].dims
    (('run', 'time', 'mode'), ('run', 'time', 'pattern'))
    """

    runs: int
    seed: int
    step: float | None = None
    efficiency: float = 1.0
    fock: Fock = None
    resolution: str | None = None
    displacement: Displacement = None
    memory_gib: float = 4.0
    threads: int = 1

    def __post_init__(self) -> None:
        object.__setattr__(self, "runs", whole_number("runs", self.runs, minimum=1))
        object.__setattr__(self, "seed", whole_number("seed", self.seed, minimum=0))
        if self.step is not None:
            object.__setattr__(self, "step", real_number("step", self.step, above=0.0))
        object.__setattr__(self, "efficiency", real_number("efficiency", self.efficiency, above=0.0))
        if self.efficiency > 1:
            raise ArgumentError(f"Argument `efficiency` must be at most 1, but is {self.efficiency:g}.")
        object.__setattr__(self, "fock", checked_fock(self.fock))
        checked_resolution(self.resolution)
        object.__setattr__(self, "displacement", checked_displacement(self.displacement))
        object.__setattr__(self, "memory_gib", real_number("memory_gib", self.memory_gib, above=0.0))
        object.__setattr__(self, "threads", whole_number("threads", self.threads, minimum=1))

    def evolve(
        self, model: MultimodeDicke, initial: Any, times: ArrayLike, *, progress: Progress | None = None
    ) -> xr.Dataset:
        r"""States and records of every run at `times`, from `initial` at time 0.

        Parameters
        ----------
        model : MultimodeDicke
            Spins and light.
        initial : (N,) array of +-1, or ProductState
            A configuration, with every mode at rest under it; or Bloch vectors and coherent light. Where that is a
            mixture (thermal light, a class that starts with spins up and down) every run starts from one of its pure
            states, drawn for it.
        times : (T,) array
            Strictly increasing, not negative, in units of 1/omega: the ends of the bins of the record.
        progress : callable, optional
            Told the fraction of the runs that are done.

        Returns
        -------
        xarray.Dataset
            `record_real`, `record_imag` (run, time, mode): the mean of $dZ/dt$ in the bin that ends at each time and
            begins at the one before, the first at 0, of `bin_length` (time); nan for a bin of no length. Its noise has
            the variance 1/length, half of it in each part, whatever is in the mode.

            Expectations in the state of each run: `overlap`, `overlap_x`, `overlap_y` (run, time, pattern) if the model
            has patterns, `magnetisation`, `magnetisation_x`, `magnetisation_y`, `energy` (run, time), `photons`,
            `amplitude_real`, `amplitude_imag`, `pair_real`, `pair_imag` (run, time, mode). `spin_z` (time, spin) is the
            mean over the runs and `g2` (time, mode) that of means over the runs. For each of them there is the
            standard error of the mean over the runs, such as `photons_error` (time, mode), nan for one run.

            Attributes: `step`, the longest time step; `step_error`, how far the means over up to 32 runs are from
            those without an error of the step, judged by twice the step with the same noise, in units of the largest
            value of each mean or of 1; `levels`, the Fock states kept, `top_population`, the largest probabilities
            that the two highest of a mode had, and `left_out_at_start`, that of the light at the start which is in none
            of them. Of `g2` with few photons many runs are needed, as `QuantumJumps` tells.

        Raises
        ------
        ArgumentError
            If shapes do not fit, or spins of a class start in ways that no collective spin has.
        SizeError
            If more memory is needed than `memory_gib`; the text gives the need.

        Warns
        -----
        RegimeWarning
            If the Fock states given are too few, with the probability that tells; if `step_error` exceeds 0.1; if spins
            are taken together that start unlike and that a stored pattern tells apart: then overlaps are means over
            their order.
        """
        grid = time_grid(times)
        require_progress(progress)
        dicke = require_dicke("model", model, channels=True)
        fock = None if self.fock is None else levels_of(self.fock, dicke)
        starts = PureStarts.of(dicke, initial, self.resolution, self.displacement)
        lengths = np.diff(grid, prepend=0.0)
        step = usual_step(dicke) if self.step is None else self.step
        steps = steps_of(lengths, step)

        def run(motion: RecordMotion, ket: ComplexArray, stream: np.random.Generator) -> RecordRun:
            return motion.run(ket, lengths, steps, stream)

        def coarser(motion: RecordMotion, ket: ComplexArray, stream: np.random.Generator) -> RecordRun:
            return motion.run(ket, lengths, steps, stream, doubled=True)

        runs = PureRuns(
            dicke, starts, self.runs, self.seed, self.threads, self.memory_gib, "Heterodyne detection", VECTORS,
            lambda _: self.runs * numbers_of(dicke, starts, grid.size), RecordMotion.of,
        )  # fmt: skip
        done, enough = runs.all(run, fock, progress)
        found = np.stack([one.found for one in done])
        variables = run_observables(dicke, starts.spins, starts.displacement, found)
        variables |= self._records(dicke, starts, lengths, np.stack([one.signal for one in done]))
        again = runs.some(coarser, starts.each(self.seed, min(PILOTS, self.runs)), enough.levels)
        details = {
            "seed": self.seed,
            "step": float((lengths / np.maximum(steps, 1)).max()),
            "step_error": _step_error(found[:PILOTS].mean(axis=0), np.mean([one.found for one in again], axis=0)),
            **enough.details(starts),
        }
        averages = averages_told(dicke, starts.spins, starts.start)
        result = labelled_result(dicke, self, variables, times=grid, patterns=dicke.stored, details=details)
        return Told(result, [averages, _too_long(details["step"], details["step_error"]), enough.told]).aloud()

    def _records(
        self, model: MultimodeDicke, starts: PureStarts, lengths: FloatArray, signal: ComplexArray
    ) -> Observables:
        """The mean signal of each bin, of a detector that misses some of the light."""
        # a bin of no length has no mean
        inverse = np.divide(1.0, lengths, out=np.full_like(lengths, np.nan), where=lengths > 0)[:, None]
        record = np.sqrt(self.efficiency) * (signal * inverse + np.sqrt(model.loss) * starts.displacement)
        if self.efficiency < 1:
            scale = np.sqrt((1 - self.efficiency) * inverse / 2)
            for k in range(self.runs):
                vacuum = run_stream(self.seed, k, DETECTOR).standard_normal((*record.shape[1:], 2))
                record[k] += scale * (vacuum[..., 0] + 1j * vacuum[..., 1])
        dims = ("run", "time", "mode")
        return {
            "record_real": (dims, record.real),
            "record_imag": (dims, record.imag),
            "bin_length": (("time",), lengths),
        }


def _too_long(step: float, error: float) -> str | None:
    """What is told of a step whose error counts."""
    if error <= LARGEST_STEP_ERROR:
        return None
    return (
        f"the means over the runs move by {error:.2g} of their scale with the step, up to {step:.3g}. Take a shorter "
        "`step`."
    )


def _step_error(fine: ComplexArray, coarse: ComplexArray) -> float:
    """A third of the largest change (order two) with twice the step, of means (T, K), each over its scale."""
    return float(np.max(np.abs(coarse - fine) / np.maximum(1.0, np.abs(fine).max(axis=0))) / 3)
