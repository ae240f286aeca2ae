"""The classical master equation over all configurations, levels of the ladders or counts: the slow, exact route."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from scipy.sparse import csr_array

from cavity_hopfield._checks import one_of, real_number, require_progress, time_grid, whole_number
from cavity_hopfield._typing import ArrayLike, FloatArray
from cavity_hopfield.dynamics import Observables, Progress, labelled_result
from cavity_hopfield.dynamics.accuracy import USUAL, checked_tolerance
from cavity_hopfield.exceptions import ArgumentError, SizeError
from cavity_hopfield.network import CountedHopfield, OpenHopfield, require_classical
from cavity_hopfield.network.ladders import Ladders
from cavity_hopfield.theory.master_equation.chain import Chain
from cavity_hopfield.theory.master_equation.level_targets import Targets, level_targets
from cavity_hopfield.theory.master_equation.levels import Levels, memory_gib
from cavity_hopfield.theory.master_equation.passage import first_targets, passage_times
from cavity_hopfield.theory.master_equation.relaxation import solve_relaxation
from cavity_hopfield.theory.master_equation.start_levels import start_levels
from cavity_hopfield.theory.master_equation.stationary import solve_stationary
from cavity_hopfield.theory.master_equation.uniformisation import evolved

RESOLUTIONS = ("spins", "classes")
EVOLVING, SETTLING, PASSING = 3, 4, 7
"""Copies of the generator that are held at once, as measured at N = 20."""
Network = OpenHopfield | CountedHopfield


@dataclass(frozen=True)
class ClassicalMasterEquation:
    r"""$\dot p = G p$ over the $2^N$ configurations, $G_{F_i\sigma,\sigma} = W_i(\epsilon_i(\sigma))$, columns summing
    to zero.

    If the jumps of the network are collective, over the levels $(j_c, m_c)$ of its ensembles instead, with the rates
    $W_c(\epsilon_{c,\pm})\,(j_c \pm m_c)(j_c \mp m_c + 1)$ of $m_c \to m_c \mp 1$.

    With `resolution="classes"`, over the numbers $u_c$ of up spins among the $n_c$ of each class of like spins (see
    `SpinClasses`), with the rates $W_c\,u_c$ down and $W_c\,(n_c - u_c)$ up. That is exact for all that does not tell
    like spins apart, and small: at most 121 levels for 20 spins and two patterns, N + 1 for one. A `CountedHopfield` is
    always taken so.

    Parameters
    ----------
    memory_gib : float
        Refuse a network whose generator and probabilities need more than this.
    resolution : {"spins", "classes"}
        Whether spins are listed or like spins counted; spins that flip together are on ladders in any case.
    tolerance : float
        Largest residual of a steady state, an eigenvalue or a passage, from 1e-12 to 1e-2.

    Examples
    --------
    >>> from cavity_hopfield import Glauber, Patterns
    >>> network = OpenHopfield(Patterns([[1, 1, -1, -1]]), rate_law=Glauber(temperature=0.5))
    >>> p = ClassicalMasterEquation().evolve(network, [1, 1, -1, 1], [0.0, 5.0])["probability"]
    >>> bool(abs(p.sum("configuration") - 1).max() < 1e-12)
    True
    >>> ClassicalMasterEquation(resolution="classes").steady_state(network)["probability"].size
    5
    """

    memory_gib: float = 4.0
    resolution: str = "spins"
    tolerance: float = USUAL

    def __post_init__(self) -> None:
        object.__setattr__(self, "memory_gib", real_number("memory_gib", self.memory_gib, above=0.0))
        one_of("resolution", self.resolution, RESOLUTIONS)
        object.__setattr__(self, "tolerance", checked_tolerance("tolerance", self.tolerance))

    def evolve(
        self, model: Network, initial: ArrayLike, times: ArrayLike, *, progress: Progress | None = None
    ) -> xr.Dataset:
        """Probabilities and mean observables at `times`, from `initial` at time 0, by uniformisation.

        Parameters
        ----------
        model : OpenHopfield or CountedHopfield
            The network, without a coherent drive.
        initial : array
            A configuration (N,) of +-1; for a `CountedHopfield` the numbers of up spins (C,); or probabilities of all
            configurations, levels or counts, in the order of `probability`, which sum to one.
        times : (T,) array
            Strictly increasing, not negative.
        progress : callable, optional
            Told the fraction of the work that is done.

        Returns
        -------
        xarray.Dataset
            `probability` (time, configuration) in the product basis, spin 0 first and up before down; `overlap`
            (time, pattern) if the network has patterns, `magnetisation`, `energy` (time), `spin_z` (time, spin): means.

            With collective jumps `probability` (time, ladder) over the levels of all total spins that `initial` is
            made of, with the coordinates `total_spin` and `spin_projection` (ladder, ensemble), `ensemble_of_spin` and
            `sign_in_ensemble` (spin). Then `spin_z` is the mean over the ensemble, in its gauge: exact if the start
            is averaged over the order of the spins in their ensembles. `energy`, `magnetisation` of an ensemble with
            equal signs and overlaps with patterns that are +-1 times these signs in every ensemble are exact.

            With counts `probability` (time, count), the first class slowest and many up before few, with the
            coordinates `spins_up` (count, spin_class), `class_of_spin` and `sign_in_class` (spin); `spin_z` is the mean
            over the class, `class_spin_z` (time, spin_class) for a `CountedHopfield`.

        Raises
        ------
        ArgumentError
            If `initial` is neither a configuration nor probabilities.
        SizeError
            If more memory is needed than `memory_gib`; the text gives the need.
        """
        grid = time_grid(times)
        require_progress(progress)
        ladders = self._ladders(model)
        levels, start = start_levels(ladders, model, initial, lambda size: self._check_size(ladders, size, grid.size))
        probability = evolved(levels.generator(model.rate_law), start, grid, progress)
        return self._result(model, levels, _observables(model, levels, probability, ("time",)), times=grid)

    def steady_state(self, model: Network) -> xr.Dataset:
        r"""The one distribution with $G p = 0$, $\sum p = 1$, each probability accurate by itself.

        In detailed balance, which is tested on every pair of configurations whatever the law, by products of ratios of
        rates; else by elimination without subtractions, up to some ten thousand levels; else by iteration, to N = 20.

        Parameters
        ----------
        model : OpenHopfield or CountedHopfield
            The network, without a coherent drive.

        Returns
        -------
        xarray.Dataset
            The observables of `evolve`, without a time. Attributes: `residual`, the sum of $|G p|$ over the largest
            rate out of a configuration; `error`, the estimated relative error of the probabilities, down to 1e-300;
            `method`, "detailed balance", "elimination" or "iteration".

        Raises
        ------
        ArgumentError
            If several sets of configurations are never left, as at temperature zero; `closed_classes` has them all.
        ConvergenceError
            If an iteration does not reach `tolerance`.
        SizeError
            If more memory is needed than `memory_gib`.

        Examples
        --------
        >>> from cavity_hopfield import Glauber, Patterns
        >>> network = OpenHopfield(Patterns([[1, 1, 1, -1]]), rate_law=Glauber(temperature=0.5))
        >>> steady = ClassicalMasterEquation().steady_state(network)
        >>> weights = np.exp(-network.energy([[1, 1, 1, -1], [1, 1, 1, 1]]) / 0.5)
        >>> bool(abs(steady["probability"][1] / steady["probability"][0] / (weights[0] / weights[1]) - 1) < 1e-12)
        True
        """
        levels, chain = self._chain(model)
        classes = chain.closed_classes
        if len(classes) > 1:
            raise ArgumentError(
                f"Argument `model` must have one steady state, but its rates have {len(classes)} closed classes, sets "
                "that are never left, as at temperature zero, or where the total spin of like spins is conserved. "
                "`closed_classes(model)` gives the steady state of each."
            )
        found = solve_stationary(chain.restricted(classes[0]), self.tolerance)
        probability = np.zeros(chain.size)
        probability[classes[0]] = found.probability
        details = {"residual": found.residual, "error": found.error, "method": found.method}
        return self._result(model, levels, _observables(model, levels, probability, ()), details=details)

    def closed_classes(self, model: Network) -> xr.Dataset:
        """The sets of configurations that are never left once entered and hold no smaller ones, and the steady state
        within each.

        Any steady state is a mixture of these. At zero temperature they are the stable configurations and plateaus.

        Parameters
        ----------
        model : OpenHopfield or CountedHopfield
            The network, without a coherent drive.

        Returns
        -------
        xarray.Dataset
            `member` and `probability` (closed_class, configuration), and the means of the other observables of
            `evolve` in each class. Attributes: `residual` and `error`, the largest of all classes.
        """
        levels, chain = self._chain(model)
        classes = chain.closed_classes
        self._check_size(levels.ladders, levels.n_levels, 2 * len(classes), SETTLING)
        member = np.zeros((len(classes), chain.size), np.bool_)
        probability, found = np.zeros(member.shape), []
        for k, members in enumerate(classes):
            found.append(solve_stationary(chain.restricted(members), self.tolerance))
            member[k, members] = True
            probability[k, members] = found[-1].probability
        observables = _observables(model, levels, probability, ("closed_class",))
        observables["member"] = (("closed_class", levels.dimension), member)
        details = {"residual": max(part.residual for part in found), "error": max(part.error for part in found)}
        return self._result(model, levels, observables, details=details)

    def spectrum(self, model: Network, k: int = 20) -> xr.Dataset:
        r"""The `k` eigenvalues $\lambda$ of $G$ with the largest real parts.

        With counts these are the eigenvalues of vectors that no exchange of like spins changes.

        Parameters
        ----------
        model : OpenHopfield or CountedHopfield
            The network, without a coherent drive.
        k : int
            How many. One more comes if the last is one of a conjugate pair.

        Returns
        -------
        xarray.Dataset
            `eigenvalue_real`, `eigenvalue_imag`; `relaxation_time`, $-1/\mathrm{Re}\,\lambda$, infinite for the zero of
            each closed class, nan where the eigenvalue is too small to tell from one; `residual`
            $\Vert S v - \lambda v \Vert$ for $\Vert v \Vert = 1$, $S = D^{-1/2} G D^{1/2}$ with D the stationary
            probabilities; `parity`, the sign of the vector when all spins are turned over, 0 if the rates are not
            symmetric under that; all (level). Attribute `method`: "symmetric" in detailed balance, where eigenvalues
            are known to about $10^{-25}$ of the largest rate, or "general".

        Raises
        ------
        ArgumentError
            If there are no `k` eigenvalues.
        ConvergenceError
            If a residual exceeds `tolerance` of the largest rate.
        """
        wanted = whole_number("k", k, minimum=1)
        levels, chain = self._chain(model)
        if wanted > chain.size:
            raise ArgumentError(f"Argument `k` must be at most {chain.size}, the levels of the chain, but is {wanted}.")
        found = solve_relaxation(chain, wanted, self.tolerance)
        observables: Observables = {
            "eigenvalue_real": (("level",), np.ascontiguousarray(found.values.real)),
            "eigenvalue_imag": (("level",), np.ascontiguousarray(found.values.imag)),
            "relaxation_time": (("level",), found.times(len(chain.closed_classes))),
            "residual": (("level",), found.residuals),
            "parity": (("level",), found.parities),
        }
        details = {"method": found.method, "resolution": levels.dimension}
        return labelled_result(model, self, observables, details=details)

    def mean_first_passage_time(self, model: Network, targets: Targets) -> xr.Dataset:
        r"""$\tau_\sigma$ with $\sum_{\sigma'} R_{\sigma\sigma'} (\tau_\sigma - \tau_{\sigma'}) = 1$: the mean time
        until a target is first reached, from every configuration.

        Parameters
        ----------
        model : OpenHopfield or CountedHopfield
            The network, without a coherent drive.
        targets : list of (pattern, overlap), or boolean array
            Overlaps that count as arrival, such as `[("A", 0.95), ("A", -0.95)]` (see `OverlapTargets`); or which
            configurations, levels or counts do, (configuration,) or (K, configuration).

        Returns
        -------
        xarray.Dataset
            `mean_passage_time` (configuration): zero at the targets, infinite where they may never be reached.
            Attributes: `method`, "elimination", without subtractions, or "iteration"; `residual`, relative to the 1 on
            the right; `error`, the relative error of the times, which after an iteration the residual bounds.

        Raises
        ------
        ArgumentError
            If no configuration is a target.
        ConvergenceError
            If an iteration does not reach `tolerance`.

        Examples
        --------
        >>> from cavity_hopfield import Glauber, Patterns
        >>> spins = OpenHopfield(Patterns([[1, 1]]), rate_law=Glauber(temperature=0.5))
        >>> ClassicalMasterEquation().mean_first_passage_time(spins, [("1", 1.0)])["mean_passage_time"].values.round(3)
        array([0.   , 5.33 , 5.33 , 9.524])
        """
        levels, chain = self._chain(model, PASSING)
        target, _ = level_targets(levels, targets)
        found = passage_times(chain, target, self.tolerance)
        observables: Observables = {"mean_passage_time": ((levels.dimension,), found.values[:, 0])}
        rounding = np.finfo(np.float64).eps * chain.size
        error = rounding if found.method == "elimination" else found.residual
        details = {"residual": found.residual, "error": error, "method": found.method}
        return self._result(model, levels, observables, details=details)

    def basin_probabilities(self, model: Network, targets: Targets) -> xr.Dataset:
        """The probability, from every configuration, that each target is the first one reached (committors).

        Parameters
        ----------
        model : OpenHopfield or CountedHopfield
            The network, without a coherent drive.
        targets
            As for `mean_first_passage_time`. A configuration of two targets counts for the first.

        Returns
        -------
        xarray.Dataset
            `basin_probability` (configuration, target): one or zero at the targets; the sum over the targets falls
            short of one where none may ever be reached. Attributes: `residual`, relative to the rate out of a
            configuration, and `method`.

        Raises
        ------
        ArgumentError, ConvergenceError
            As for `mean_first_passage_time`.
        """
        levels, chain = self._chain(model, PASSING)
        target, names = level_targets(levels, targets)
        found = first_targets(chain, target, len(names), self.tolerance)
        observables: Observables = {"basin_probability": ((levels.dimension, "target"), found.values)}
        details = {"residual": found.residual, "method": found.method}
        return self._result(model, levels, observables, details=details).assign_coords(target=names)

    def generator(self, model: Network) -> csr_array:
        """$G$, a sparse matrix over all configurations, levels or counts, whose columns sum to zero; checked against
        `memory_gib` first.
        """
        ladders = self._ladders(model)
        self._check_size(ladders, ladders.n_levels, 1)
        return Levels.all(ladders).generator(model.rate_law)

    def _ladders(self, model: Network) -> Ladders:
        require_classical(model, type(self).__name__)
        if isinstance(model, CountedHopfield) or (self.resolution == "classes" and model.ensembles is None):
            return Ladders.counted(model)
        return Ladders.of(model)

    def _chain(self, model: Network, copies: int = SETTLING) -> tuple[Levels, Chain]:
        ladders = self._ladders(model)
        self._check_size(ladders, ladders.n_levels, 1, copies)
        levels = Levels.all(ladders)
        return levels, Chain.of(levels.generator(model.rate_law))

    def _result(self, model: Network, levels: Levels, observables: Observables, **more: Any) -> xr.Dataset:
        result = labelled_result(model, self, observables, patterns=model.patterns, **more)
        return result.assign_coords(levels.coordinates())

    def _check_size(self, ladders: Ladders, n_levels: int, n_times: int, copies: int = EVOLVING) -> None:
        need = memory_gib(ladders, n_levels, n_times, copies)
        if need > self.memory_gib:
            raise SizeError(
                f"The master equation of {ladders.n_spins} spins needs about {need:.3g} GiB, more than "
                f"memory_gib={self.memory_gib:g}. Use `KineticMonteCarlo`, whose memory grows with N alone, or count "
                'spins that are alike with `resolution="classes"`.'
            )


def _observables(model: Network, levels: Levels, probability: FloatArray, leading: tuple[str, ...]) -> Observables:
    """What is reported of `probability` (..., levels) with the `leading` dimensions."""
    ladders = levels.ladders
    means, energy = levels.means(probability)
    observables: Observables = {
        "probability": ((*leading, levels.dimension), probability),
        "magnetisation": (leading, ladders.magnetisation(means)),
        "energy": (leading, energy),
    }
    if isinstance(model, CountedHopfield):
        observables["class_spin_z"] = ((*leading, "spin_class"), ladders.spin_z(means))
    else:
        observables["spin_z"] = ((*leading, "spin"), ladders.spin_z(means))
    if ladders.patterns is not None:
        observables["overlap"] = ((*leading, "pattern"), ladders.overlaps(means))
    return observables
