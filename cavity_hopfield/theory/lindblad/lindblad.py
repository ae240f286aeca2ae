"""The full density matrix of an open quantum Hopfield network."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from cavity_hopfield._checks import real_number, require_progress, time_grid
from cavity_hopfield._typing import ArrayLike
from cavity_hopfield.dynamics import Progress, labelled_result
from cavity_hopfield.dynamics.accuracy import USUAL, checked_tolerance
from cavity_hopfield.network import InitialState, OpenHopfield, require_single_flips, spin_observables
from cavity_hopfield.operators.qutip_door import state
from cavity_hopfield.theory.lindblad.evolution import (
    check_size,
    density_matrices,
    evolve_parts,
    parts_of,
)
from cavity_hopfield.theory.lindblad.spectrum import solve_spectrum
from cavity_hopfield.theory.lindblad.steady import solve_steady_state

if TYPE_CHECKING:
    from qutip import Qobj


@dataclass(frozen=True)
class Lindblad:
    r"""$\dot\rho = -i [\Omega \sum_i \sigma^x_i, \rho] + \sum_{i, \pm} D[\sqrt{W_i(\epsilon_i)}\, \sigma^\pm_i] \rho$,
    exact but for round-off: $\rho(t) = e^{\mathcal{L} t} \rho(0)$ by Faber polynomials, no superoperator is built.

    Parameters
    ----------
    tolerance : float
        Where the series are cut: the error of the density matrix relative to its norm, about. Of a steady state the
        largest residual, of a spectrum that in units of the largest loss. From 1e-12 to 1e-2.
    memory_gib : float
        Refuse a network whose density matrices need more than this.

    Notes
    -----
    Source: P. Rotondo et al., J. Phys. A 51, 115301 (2018), eqs. (2)-(4). One product with the generator costs some
    $3 N$ operations for each of the $4^N / 2$ elements of a state in the y-z plane (every configuration), twice that
    for other states; there are about $1.5 N$ products per unit of time for a drive and rates of order one.

    Examples
    --------
    >>> from cavity_hopfield import Glauber, Patterns
    >>> network = OpenHopfield(Patterns([[1, 1, -1, -1]]), rate_law=Glauber(temperature=0.3), drive=0.5)
    >>> result = Lindblad().evolve(network, [1, 1, -1, -1], [0.0, 1.0])
    >>> bool(result["overlap"][1, 0] < 1)
    True
    """

    tolerance: float = USUAL
    memory_gib: float = 4.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "tolerance", checked_tolerance("tolerance", self.tolerance))
        object.__setattr__(self, "memory_gib", real_number("memory_gib", self.memory_gib, above=0.0))

    def evolve(
        self, model: OpenHopfield, initial: InitialState, times: ArrayLike, *, progress: Progress | None = None
    ) -> xr.Dataset:
        """Observables at `times`, from the state `initial` at time 0.

        Parameters
        ----------
        model : OpenHopfield
            The network; its jumps are individual.
        initial : configuration (N,), ProductState, ket (2^N,), density matrix (2^N, 2^N) or qutip.Qobj
            The state at time 0.
        times : (T,) array
            Strictly increasing, not negative. A time within a step costs next to nothing.
        progress : callable, optional
            Told the fraction of the time that is done.

        Returns
        -------
        xarray.Dataset
            `overlap`, `overlap_x`, `overlap_y` (time, pattern) if the network has patterns, `magnetisation`,
            `magnetisation_x`, `magnetisation_y`, `energy` (time), `spin_z` (time, spin), and up to four million numbers
            `probability` (time, configuration). Attributes: `error`, the estimated error of the density matrix relative
            to its norm; `trace_drift`, the largest change of the trace; `products` with the generator.

        Raises
        ------
        ArgumentError
            If `model` is no network with individual jumps, or `initial` no state of its spins.
        SizeError
            If more memory is needed than `memory_gib`; the text gives the need.
        ConvergenceError
            If the series does not converge.
        """
        grid = time_grid(times)
        require_progress(progress)
        require_single_flips(model, type(self).__name__)
        check_size(model, initial, grid.size, self.memory_gib)
        found = evolve_parts(model, parts_of(model, initial), grid, self.tolerance, progress)
        observables = spin_observables(model, found.bloch, found.energy, "time")
        if found.probability is not None:
            observables["probability"] = (("time", "configuration"), found.probability)
        details = {
            "error": found.error,
            "trace_drift": float(np.abs(found.trace - 1).max()),
            "products": found.products,
        }
        return labelled_result(model, self, observables, times=grid, patterns=model.patterns, details=details)

    def states(
        self, model: OpenHopfield, initial: InitialState, times: ArrayLike, *, progress: Progress | None = None
    ) -> "list[Qobj]":
        r"""$\rho(t)$ at `times` as `qutip.Qobj`, from the state `initial` at time 0.

        Parameters
        ----------
        model, initial, times
            As for `evolve`.
        progress : callable, optional
            Told the fraction of the times that are done.

        Returns
        -------
        list of qutip.Qobj
            One density matrix for each time, factors in the order of the spins.

        Raises
        ------
        ArgumentError, SizeError, ConvergenceError
            As for `evolve`.

        Examples
        --------
        >>> from cavity_hopfield import Glauber
        >>> spin = OpenHopfield([[0.0]], rate_law=Glauber(temperature=0.5))
        >>> Lindblad().states(spin, [1], [0.0, 50.0])[1].diag().round(6)
        array([0.5, 0.5])
        """
        grid = time_grid(times)
        require_progress(progress)
        require_single_flips(model, type(self).__name__)
        check_size(model, initial, 0, self.memory_gib, states=grid.size)
        found = density_matrices(model, parts_of(model, initial), grid, self.tolerance, progress)
        return [state(rho, (2,) * model.n_spins) for rho in found]

    def steady_state(self, model: OpenHopfield) -> xr.Dataset:
        r"""Observables of the one state with $\mathcal{L} \rho = 0$, without a time.

        Parameters
        ----------
        model : OpenHopfield
            The network; its jumps are individual.

        Returns
        -------
        xarray.Dataset
            The observables of `evolve` but `probability`, and `purity`. Attributes: `residual`, the norm of
            $\mathcal{L} \rho$; `error`, the estimated error of the state; `iterations`.

        Raises
        ------
        ArgumentError
            If there are several steady states, or the jumps are collective.
        SizeError
            If more memory is needed than `memory_gib`; the text gives the need.
        ConvergenceError
            If the residual exceeds `tolerance`, or the generator is so slow that round-off hides the state.

        Examples
        --------
        >>> from cavity_hopfield import Glauber, Patterns
        >>> network = OpenHopfield(Patterns([[1, 1, -1]]), rate_law=Glauber(temperature=0.5), drive=0.3)
        >>> Lindblad().steady_state(network).attrs["residual"] < 1e-8
        True
        """
        found = solve_steady_state(model, tolerance=self.tolerance, memory_gib=self.memory_gib)
        details = {"residual": found.residual, "error": found.error, "iterations": found.iterations}
        return labelled_result(model, self, found.observables(), patterns=model.patterns, details=details)

    def spectrum(self, model: OpenHopfield, k: int = 20) -> xr.Dataset:
        r"""The `k` eigenvalues of $\mathcal{L}$ with the largest real parts.

        Parameters
        ----------
        model : OpenHopfield
            The network; its jumps are individual.
        k : int
            How many, at most $4^N$. One more comes if the last is one of a conjugate pair.

        Returns
        -------
        xarray.Dataset
            `eigenvalue_real`, `eigenvalue_imag`, `residual` and `parity` (level), the sign of the eigenmatrix when all
            spins are turned over; by decreasing real part.

        Raises
        ------
        ArgumentError
            If there are no `k` eigenvalues, or the jumps are collective.
        SizeError
            If more memory is needed than `memory_gib`; the text gives the need.
        ConvergenceError
            If a residual exceeds `tolerance`.

        Examples
        --------
        >>> from cavity_hopfield import Glauber, Patterns
        >>> network = OpenHopfield(Patterns([[1, 1, -1]]), rate_law=Glauber(temperature=0.5), drive=0.3)
        >>> bool(abs(Lindblad().spectrum(network, k=1)["eigenvalue_real"][0]) < 1e-12)
        True
        """
        found = solve_spectrum(model, k, tolerance=self.tolerance, memory_gib=self.memory_gib)
        return labelled_result(model, self, found.observables())
