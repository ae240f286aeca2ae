"""Quantum-jump trajectories of the open Hopfield network and of the Dicke model."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial

import numpy as np
import xarray as xr

from cavity_hopfield._checks import real_number, require_progress, time_grid, whole_number
from cavity_hopfield._typing import ArrayLike, FloatArray, Json
from cavity_hopfield.cavity.options import (
    Displacement,
    Fock,
    checked_displacement,
    checked_fock,
    checked_resolution,
    require_no_light,
)
from cavity_hopfield.dynamics import Observables, Progress, labelled_result, spawn_streams
from cavity_hopfield.dynamics.accuracy import checked_tolerance
from cavity_hopfield.exceptions import SizeError
from cavity_hopfield.model import MultimodeDicke, require_dicke
from cavity_hopfield.network import InitialState, OpenHopfield, require_single_flips, spin_observables, state_vector
from cavity_hopfield.theory.jumps.cavity import evolve_light, light_state, record_light
from cavity_hopfield.theory.jumps.runs import Rates, Run, memory_gib, real_parts

OF_LIGHT = ("fock", "resolution", "displacement")
"""Options for a Dicke model alone."""


@dataclass(frozen=True)
class QuantumJumps:
    r"""$\dot\psi = -(i H + \frac12 \sum_k L_k^\dagger L_k)\, \psi$ until $|\psi|^2$ has fallen to a random number,
    then $\psi \to L_k \psi$ with the probability $\propto \langle L_k^\dagger L_k \rangle$.

    The mean over many runs is the density matrix. `OpenHopfield`: $H = \Omega \sum_i \sigma^x_i$ and
    $L_{i\pm} = \sqrt{W_i(\epsilon_i)}\, \sigma^\pm_i$ with the flip energy before the jump. `MultimodeDicke`: spins and
    light, with the jumps $\sqrt{\gamma_\mu}\, a_\mu$, which are the photons that leave a mode one by one,
    $\sqrt{\kappa_\mu}\, a_\mu^\dagger$, and the channels of single atoms. Between jumps the state follows its Taylor
    series, whose error is bounded term by term and which gives the time of the jump too.

    A run of a network keeps up to thirty real vectors of $2^N$ numbers; all share a table of $N 2^N$ rates: 20 spins
    need half a GiB, and seconds for a run of 50 jumps. A run of a Dicke model keeps forty complex vectors of
    $\prod_c (n_c + 1) \prod_\mu L_\mu$ numbers: classes of $n_c$ spins and $L_\mu$ Fock states.

    Parameters
    ----------
    runs : int
        Number of independent runs.
    seed : int
        Seed; run k draws from its own stream, the same whatever the number of runs and threads.
    tolerance : float
        Bound on what each piece of the series leaves out of the normalised state, and the largest relative error of
        the probability that no jump has come yet; from 1e-12 to 1e-2.
    memory_gib : float
        Refuse a model that needs more than this.
    threads : int
        Number of runs at a time. The result does not depend on it.
    fock : int, (M,) tuple of int or None
        Fock states of each mode of a Dicke model. If None they are raised until the two highest of each mode keep a
        probability below 1e-6 in all runs at all steps; more runs may then need more of them.
    resolution : {"class", "site"} or None
        Spins of a Dicke model that couple alike, up to a sign, as one collective spin, or each by itself. None: by
        class, unless the atoms have channels of their own.
    displacement : {"none", "start"}, (M,) amplitudes or None
        The frame of the Fock states of a Dicke model: plain, or about the amplitudes at the start or those given, where
        light that stays needs few. None: plain, for light in a bistable cavity moves from one amplitude to the
        opposite. It changes neither runs nor records: jumps are photons that a counter sees in any frame.

    Notes
    -----
    Sources of the method: J. Dalibard, Y. Castin and K. Moelmer, Phys. Rev. Lett. 68, 580 (1992); with waiting times in
    place of small steps, R. Dum, P. Zoller and H. Ritsch, Phys. Rev. A 45, 4879 (1992). In a network, with $\sigma^x$
    turned into $\sigma^y$, everything is real: states of the y-z plane, such as configurations, are real vectors; any
    other pure state evolves as two.

    Examples
    --------
    >>> from cavity_hopfield import Glauber, OpenHopfield, Patterns
    >>> network = OpenHopfield(Patterns([[1, 1, -1, 1, -1]]), rate_law=Glauber(temperature=0.3), drive=0.2)
    >>> result = QuantumJumps(runs=20, seed=1).evolve(network, [1, 1, -1, 1, -1], [0.0, 5.0])
    >>> bool(result["overlap"].sel(time=5.0).mean() > 0.5)
    True

    Spins and light:

    >>> dicke = MultimodeDicke(g=[[0.4], [0.4]], omega=1.0, loss=1.0, drive=0.1)
    >>> light = QuantumJumps(runs=20, seed=1).evolve(dicke, [1, 1], [0.0, 5.0])
    >>> light["photons"].dims, bool(light["jumps"].sel(time=5.0).mean() > 1)
    (('run', 'time', 'mode'), True)
    """

    runs: int
    seed: int
    tolerance: float = 1e-8
    memory_gib: float = 4.0
    threads: int = 1
    fock: Fock = None
    resolution: str | None = None
    displacement: Displacement = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "runs", whole_number("runs", self.runs, minimum=1))
        object.__setattr__(self, "seed", whole_number("seed", self.seed, minimum=0))
        object.__setattr__(self, "tolerance", checked_tolerance("tolerance", self.tolerance))
        object.__setattr__(self, "memory_gib", real_number("memory_gib", self.memory_gib, above=0.0))
        object.__setattr__(self, "threads", whole_number("threads", self.threads, minimum=1))
        object.__setattr__(self, "fock", checked_fock(self.fock))
        checked_resolution(self.resolution)
        object.__setattr__(self, "displacement", checked_displacement(self.displacement))

    def evolve(
        self,
        model: OpenHopfield | MultimodeDicke,
        initial: InitialState,
        times: ArrayLike,
        *,
        progress: Progress | None = None,
    ) -> xr.Dataset:
        r"""The observables of every run at `times`, from `initial` at time 0.

        Parameters
        ----------
        model : OpenHopfield or MultimodeDicke
            A network, whose spins flip one by one, or spins and light.
        initial : configuration, ProductState, ket or Qobj
            Of a network a pure state; a mixture is refused. Of a Dicke model a configuration, with every mode at rest
            under it, or a `ProductState` with coherent light. Where that is a mixture (thermal light, a class that
            starts with spins up and down) every run starts from one of its pure states, drawn for it.
        times : (T,) array
            Strictly increasing, not negative.
        progress : callable, optional
            Told the fraction of the runs that are done.

        Returns
        -------
        xarray.Dataset
            Expectations in the state of each run: `overlap`, `overlap_x`, `overlap_y` (run, time, pattern) if the
            network has patterns, `magnetisation`, `magnetisation_x`, `magnetisation_y`, `energy`, and `flips`, the
            jumps so far (run, time). `spin_z` (time, spin) is the mean over the runs. For each of them but `flips`
            there is the standard error of the mean over the runs, such as `overlap_error` (time, pattern), nan for one
            run. The attribute `state_error` bounds what the series left out of a state, summed over the worst run.

            Of a Dicke model also `photons`, `amplitude_real`, `amplitude_imag`, `pair_real`, `pair_imag` (run, time,
            mode); `g2` (time, mode) from the means over the runs; in place of `flips` the `jumps` of all channels so
            far. Of light with few photons many runs are needed: where runs with two photons are rare `g2` is on
            average too small, by its relative variance, and so is its error (400 runs of thermal light of 0.2 photons
            miss by 1.3 errors, root mean square). Attributes `levels`, the Fock states kept, `top_population`, the
            largest probabilities that the two highest of a mode had, and `left_out_at_start`, that of the light at the
            start which is in none of them.

        Raises
        ------
        ArgumentError
            If the state of a network is mixed or its jumps are collective, shapes do not fit, or an option is not one
            for the model.
        SizeError
            If more memory is needed than `memory_gib`; the text gives the need.

        Warns
        -----
        RegimeWarning
            If the Fock states given are too few, with the probability that tells; if spins are taken together that
            start unlike and that a stored pattern tells apart: then overlaps are means over their order.
        """
        grid = time_grid(times)
        require_progress(progress)
        if isinstance(model, MultimodeDicke):
            return evolve_light(self, model, initial, grid, progress).aloud()
        require_no_light(self, OF_LIGHT)
        require_single_flips(model, type(self).__name__)
        start = self._start(model, initial, numbers=self.runs * grid.size * (3 * _n_patterns(model) + 5))
        flips = np.empty((self.runs, grid.size), np.int64)
        kept: Observables = {}
        (mean, square), worst = np.zeros((2, grid.size, model.n_spins)), 0.0
        for k, one in enumerate(self._each(model, start, grid, float(grid[-1]), progress)):
            observed = spin_observables(model, one.bloch, one.energy, "time")
            flips[k], worst = one.flips, max(worst, one.error)
            # Welford's update: the sum of squares about the mean so far
            spin_z = observed.pop("spin_z")[1]
            before = spin_z - mean
            mean += before / (k + 1)
            square += before * (spin_z - mean)
            for name, (dims, values) in observed.items():
                if k == 0:
                    kept[name] = (("run", *dims), np.empty((self.runs, *values.shape)))
                kept[name][1][k] = values
        errors: Observables = {f"{name}_error": (dims[1:], _error(values)) for name, (dims, values) in kept.items()}
        variables: Observables = {
            **kept,
            "flips": (("run", "time"), flips),
            "spin_z": (("time", "spin"), mean),
            **errors,
            "spin_z_error": (("time", "spin"), _spread(square, self.runs)),
        }
        details: Json = {"seed": self.seed, "state_error": worst}
        return labelled_result(model, self, variables, times=grid, patterns=model.patterns, details=details)

    def records(
        self,
        model: OpenHopfield | MultimodeDicke,
        initial: InitialState,
        time: float,
        *,
        progress: Progress | None = None,
    ) -> xr.Dataset:
        r"""Every jump of every run until `time`, from `initial` at time 0.

        Run k is that of `evolve` with the same seed: what is recorded changes no run.

        Parameters
        ----------
        model : OpenHopfield or MultimodeDicke
            A network, whose spins flip one by one, or spins and light.
        initial : configuration, ProductState, ket or Qobj
            As in `evolve`.
        time : float
            The end of all runs, above zero.
        progress : callable, optional
            Told the fraction of the runs that are done.

        Returns
        -------
        xarray.Dataset
            `jump_run`, `jump_time`, `jump_spin` and `jump_direction` (+1 up, -1 down) along `jump`: run after run,
            in the order of time in each. Of a Dicke model `jump_run`, `jump_time` and `jump_channel`, a place in the
            coordinate `channel` of names: "loss 0" is a photon that leaves mode 0, "gain 0" one that enters it,
            "decay 3", "pumping 3" and "dephasing 3" are jumps of atom 3. Photons are counted as they come out of the
            cavity whatever the frame of the Fock states (`displacement`): the jump is $a = \beta + b$, not $b$, which
            would be the count of light mixed with another laser.

        Raises
        ------
        ArgumentError
            As in `evolve`.
        SizeError
            If more memory is needed than `memory_gib`; the text gives the need.

        Warns
        -----
        RegimeWarning
            If the Fock states given are too few, with the probability that tells.

        Examples
        --------
        >>> from cavity_hopfield import Glauber, OpenHopfield
        >>> network = OpenHopfield([[0, 1], [1, 0]], rate_law=Glauber(temperature=0.5), drive=0.3)
        >>> jumps = QuantumJumps(runs=50, seed=1).records(network, [1, 1], 4.0)
        >>> bool((jumps["jump_time"] <= 4.0).all())
        True
        """
        end = real_number("time", time, above=0.0)
        require_progress(progress)
        if isinstance(model, MultimodeDicke):
            return record_light(self, model, initial, end, progress).aloud()
        require_no_light(self, OF_LIGHT)
        require_single_flips(model, type(self).__name__)
        start = self._start(model, initial, numbers=0)
        runs = list(self._each(model, start, np.empty(0), end, progress))
        variables: Observables = {
            "jump_run": (("jump",), np.repeat(np.arange(self.runs), [one.jump_times.size for one in runs])),
            "jump_time": (("jump",), np.concatenate([one.jump_times for one in runs])),
            "jump_spin": (("jump",), np.concatenate([one.spins for one in runs])),
            "jump_direction": (("jump",), np.concatenate([one.directions for one in runs])),
        }
        details: Json = {"seed": self.seed, "end": end, "state_error": max(one.error for one in runs)}
        return labelled_result(model, self, variables, details=details)

    def light_state(
        self,
        model: MultimodeDicke,
        initial: InitialState,
        times: ArrayLike,
        *,
        mode: int = 0,
        given: tuple[str, float] | None = None,
    ) -> xr.Dataset:
        r"""The density matrix of one mode, the mean over all runs or over the part of them with an overlap.

        The runs are those of `evolve` with the same seed, and are done again at every call.

        Parameters
        ----------
        model : MultimodeDicke
            Spins and light.
        initial : configuration or ProductState
            As in `evolve`.
        times : (T,) array
            Strictly increasing, not negative.
        mode : int
            Which mode.
        given : (name, overlap), optional
            Project the state of each run on the configurations whose overlap with the pattern of that name is at least
            `overlap`, or at most if that is negative. The matrix is the mean over the runs divided by the probability.

        Returns
        -------
        xarray.Dataset
            `light_state_real`, `light_state_imag` (time, level, level_2) in the Fock states displaced by the attributes
            `displacement_real` and `displacement_imag`; nan where no run fulfils the condition. `probability` (time)
            and the standard error of this mean over the runs, `probability_error`. The attribute `contributing_runs`
            tells for each time how many runs of equal weight would tell as much: an element of the matrix is uncertain
            by its spread among them over the root of their number.

        Raises
        ------
        ArgumentError
            As in `evolve`, and if there is no such mode or pattern, or the pattern splits spins taken together.
        SizeError
            If more memory is needed than `memory_gib`; the text gives the need.

        Warns
        -----
        RegimeWarning
            If the Fock states given are too few, with the probability that tells.

        Examples
        --------
        >>> dicke = MultimodeDicke(g=[[0.4], [0.4]], omega=1.0, loss=1.0, drive=0.1)
        >>> light = QuantumJumps(runs=20, seed=1).light_state(dicke, [1, 1], [2.0], given=("1", 0.5))
        >>> light["light_state_real"].dims, bool(light["probability"][0] > 0.5)
        (('time', 'level', 'level_2'), True)
        """
        cavity = require_dicke("model", model, channels=True)
        return light_state(self, cavity, initial, time_grid(times), mode, given).aloud()

    def _start(self, model: OpenHopfield, initial: InitialState, numbers: int) -> FloatArray:
        """The real parts (P, 2^N) of the initial state, checked against `memory_gib` before and after."""
        self._check_size(model, 1, numbers)
        start = real_parts(state_vector(initial, model.n_spins), model.n_spins)
        self._check_size(model, len(start), numbers)
        return start

    def _check_size(self, model: OpenHopfield, parts: int, numbers: int) -> None:
        busy = min(self.threads, self.runs)
        need = memory_gib(model.n_spins, parts, busy, numbers)
        if need > self.memory_gib:
            raise SizeError(
                f"Quantum jumps of {model.n_spins} spins with {self.runs} runs, {busy} at a time, need about "
                f"{need:.3g} GiB, more than memory_gib={self.memory_gib:g}. Take fewer threads, runs or times, or "
                "`MeanField`, whose memory grows with N alone."
            )

    def _each(
        self, model: OpenHopfield, start: FloatArray, times: FloatArray, end: float, progress: Progress | None
    ) -> Iterator[Run]:
        """All runs in their order, as many at a time as there are threads."""
        rates = Rates.of(model)
        one = partial(rates.run, start, times, end, self.tolerance)
        streams = spawn_streams(self.seed, self.runs)
        with ThreadPoolExecutor(self.threads) if self.threads > 1 else nullcontext() as pool:
            for k, done in enumerate(map(one, streams) if pool is None else pool.map(one, streams)):
                if progress is not None:
                    progress((k + 1) / self.runs)
                yield done


def _n_patterns(model: OpenHopfield) -> int:
    return 0 if model.patterns is None else model.patterns.n_patterns


def _error(values: FloatArray) -> FloatArray:
    """The standard error of the mean over the first axis."""
    return _spread(np.sum((values - values.mean(axis=0)) ** 2, axis=0), len(values))


def _spread(squares: FloatArray, runs: int) -> FloatArray:
    """The standard error of the mean of `runs` values, from the sum of squares about it; nan for one."""
    if runs == 1:
        return np.full_like(squares, np.nan)
    return np.sqrt(squares / (runs * (runs - 1)))
