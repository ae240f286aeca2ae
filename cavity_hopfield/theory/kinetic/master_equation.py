"""The classical master equation over all configurations: the slow, exact route for small networks."""

from dataclasses import dataclass

import numpy as np
import xarray as xr
from scipy.sparse import csr_array
from scipy.sparse.linalg import expm_multiply

from cavity_hopfield._checks import real_number, spin_array, time_grid
from cavity_hopfield._typing import ArrayLike, SpinArray
from cavity_hopfield.dynamics import Observables, Progress, labelled_result
from cavity_hopfield.exceptions import SizeError
from cavity_hopfield.network import OpenHopfield
from cavity_hopfield.theory.kinetic.incoherent import require_no_drive


@dataclass(frozen=True)
class ClassicalMasterEquation:
    r"""$\dot p = G p$ over the $2^N$ configurations, $G_{F_i\sigma,\sigma} = W_i(\epsilon_i(\sigma))$, columns summing
    to zero; $p(t) = e^{Gt} p(0)$ by scipy's `expm_multiply`.

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
            `probability` (time, configuration), whose configuration number has bit i set where spin i is up;
            `overlap` (time, pattern) if the network has patterns, `magnetisation`, `energy` (time),
            `spin_z` (time, spin): means.

        Raises
        ------
        SizeError
            If more memory is needed than `memory_gib`; the text gives the need.
        """
        grid = time_grid(times)
        start = spin_array("initial", initial, n_spins=model.n_spins, ndim=1)
        generator = self.generator(model, n_times=grid.size)
        configurations = all_configurations(model.n_spins)
        probabilities = np.zeros((grid.size, generator.shape[0]))
        now = np.zeros(generator.shape[0])
        now[_number(start)] = 1.0
        before = 0.0
        for k, time in enumerate(grid):
            if time > before:
                now = expm_multiply(generator * (time - before), now)
            probabilities[k], before = now, time
            if progress is not None:
                progress((k + 1) / grid.size)
        spin_z = probabilities @ configurations
        observables: Observables = {
            "probability": (("time", "configuration"), probabilities),
            "magnetisation": (("time",), spin_z.mean(axis=1)),
            "energy": (("time",), probabilities @ model.energy(configurations)),
            "spin_z": (("time", "spin"), spin_z),
        }
        if model.patterns is not None:
            observables["overlap"] = (("time", "pattern"), model.patterns.overlaps(spin_z))
        return labelled_result(model, self, observables, times=grid, patterns=model.patterns)

    def generator(self, model: OpenHopfield, *, n_times: int = 1) -> csr_array:
        """$G$, a sparse (2^N, 2^N) matrix whose columns sum to zero; checked against `memory_gib` first."""
        require_no_drive(model, type(self).__name__)
        n = model.n_spins
        need = 2.0 ** min(n, 1000) * (16 * (n + 1) + 24 * n + 8 * n_times) / 2**30
        if need > self.memory_gib:
            raise SizeError(
                f"The master equation of {n} spins needs about {need:.3g} GiB, more than "
                f"memory_gib={self.memory_gib:g}. Use `KineticMonteCarlo`, whose memory grows with N alone."
            )
        rates = model.rates(all_configurations(n))
        source = np.arange(2**n)
        flipped = source[:, None] ^ (1 << np.arange(n))
        rows = np.concatenate([flipped.ravel(), source])
        columns = np.concatenate([np.repeat(source, n), source])
        values = np.concatenate([rates.ravel(), -rates.sum(axis=1)])
        return csr_array((values, (rows, columns)), shape=(2**n, 2**n))


def all_configurations(n_spins: int) -> SpinArray:
    """Every configuration, shape (2^N, N): spin i of configuration k is up where bit i of k is set."""
    bits = (np.arange(2**n_spins)[:, None] >> np.arange(n_spins)) & 1
    return (2 * bits - 1).astype(np.int8)


def _number(sigma: SpinArray) -> int:
    return int(np.sum((sigma + 1) // 2 * 2 ** np.arange(sigma.size)))
