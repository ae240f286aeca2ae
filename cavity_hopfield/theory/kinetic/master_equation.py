"""The classical master equation over all configurations, or all levels of the ladders: the slow, exact route."""

from dataclasses import dataclass

import numpy as np
import xarray as xr
from scipy.sparse import csr_array
from scipy.sparse.linalg import expm_multiply

from cavity_hopfield._checks import real_number, require_progress, spin_array, time_grid
from cavity_hopfield._typing import ArrayLike
from cavity_hopfield.dynamics import Observables, Progress, labelled_result
from cavity_hopfield.exceptions import SizeError
from cavity_hopfield.network import OpenHopfield
from cavity_hopfield.theory.kinetic.incoherent import require_no_drive
from cavity_hopfield.theory.kinetic.ladders import Ladders
from cavity_hopfield.theory.kinetic.levels import Levels


@dataclass(frozen=True)
class ClassicalMasterEquation:
    r"""$\dot p = G p$ over the $2^N$ configurations, $G_{F_i\sigma,\sigma} = W_i(\epsilon_i(\sigma))$, columns summing
    to zero; $p(t) = e^{Gt} p(0)$ by scipy's `expm_multiply`.

    If the jumps of the network are collective, over the levels $(j_c, m_c)$ of its ensembles instead, with the rates
    $W_c(\epsilon_{c,\pm})\,(j_c \pm m_c)(j_c \mp m_c + 1)$ of $m_c \to m_c \mp 1$.

    Parameters
    ----------
    memory_gib : float
        Refuse a network whose generator and probabilities need more than this.

    Examples
    --------
    >>> from cavity_hopfield import Glauber, Patterns
    >>> network = OpenHopfield(Patterns([[1, 1, -1, -1]]), rate_law=Glauber(temperature=0.5))
    >>> p = ClassicalMasterEquation().evolve(network, [1, 1, -1, 1], [0.0, 5.0])["probability"]
    >>> bool(abs(p.sum("configuration") - 1).max() < 1e-12)
    True
    """

    memory_gib: float = 4.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "memory_gib", real_number("memory_gib", self.memory_gib, above=0.0))

    def evolve(
        self, model: OpenHopfield, initial: ArrayLike, times: ArrayLike, *, progress: Progress | None = None
    ) -> xr.Dataset:
        """Probabilities and mean observables at `times`, from the configuration `initial` at time 0.

        Parameters
        ----------
        model : OpenHopfield
            The network, without a coherent drive.
        initial : (N,) array of +-1
            The configuration at time 0.
        times : (T,) array
            Strictly increasing, not negative.
        progress : callable, optional
            Told the fraction of the times that are done.

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

        Raises
        ------
        SizeError
            If more memory is needed than `memory_gib`; the text gives the need.
        """
        grid = time_grid(times)
        require_progress(progress)
        require_no_drive(model, type(self).__name__)
        start = spin_array("initial", initial, n_spins=model.n_spins, ndim=1)
        ladders = Ladders.of(model)
        levels = Levels.from_start(ladders, ladders.start(start))
        self._check_size(levels, n_times=grid.size)
        generator = levels.generator(model.rate_law)
        probabilities = np.zeros((grid.size, levels.n_levels))
        now = levels.weights()
        before = 0.0
        for k, time in enumerate(grid):
            if time > before:
                now = expm_multiply(generator * (time - before), now)
            probabilities[k], before = now, time
            if progress is not None:
                progress((k + 1) / grid.size)
        states = levels.states()
        means = probabilities @ states
        observables: Observables = {
            "probability": (("time", levels.dimension), probabilities),
            "magnetisation": (("time",), ladders.magnetisation(means)),
            "energy": (("time",), probabilities @ ladders.energy(states)),
            "spin_z": (("time", "spin"), ladders.spin_z(means)),
        }
        if model.patterns is not None:
            observables["overlap"] = (("time", "pattern"), ladders.overlaps(means))
        result = labelled_result(model, self, observables, times=grid, patterns=model.patterns)
        return result.assign_coords(levels.coordinates())

    def generator(self, model: OpenHopfield, *, n_times: int = 1) -> csr_array:
        """$G$, a sparse matrix over all configurations, or all levels of all ladders, whose columns sum to zero;
        checked against `memory_gib` first.
        """
        require_no_drive(model, type(self).__name__)
        levels = Levels.all(Ladders.of(model))
        self._check_size(levels, n_times)
        return levels.generator(model.rate_law)

    def _check_size(self, levels: Levels, n_times: int) -> None:
        need = levels.memory_gib(n_times)
        if need > self.memory_gib:
            raise SizeError(
                f"The master equation of {levels.ladders.label.size} spins needs about {need:.3g} GiB, more than "
                f"memory_gib={self.memory_gib:g}. Use `KineticMonteCarlo`, whose memory grows with N alone."
            )
