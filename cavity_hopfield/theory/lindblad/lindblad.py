"""The full density matrix of an open quantum Hopfield network, or of spins and light."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from cavity_hopfield._checks import real_number, require_progress, time_grid
from cavity_hopfield._threads import blas_threads
from cavity_hopfield._typing import ArrayLike
from cavity_hopfield.cavity.options import (
    BESIDE_TOLERANCE,
    Displacement,
    Fock,
    checked_displacement,
    checked_fock,
    checked_resolution,
    require_no_light,
    usual_cutoff,
)
from cavity_hopfield.dynamics import Progress, labelled_result
from cavity_hopfield.dynamics.accuracy import USUAL, checked_tolerance
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.model import MultimodeDicke, require_dicke
from cavity_hopfield.network import InitialState, OpenHopfield, require_single_flips, spin_observables
from cavity_hopfield.operators.qutip_door import state
from cavity_hopfield.theory.lindblad import cavity_answers
from cavity_hopfield.theory.lindblad.cavity_evolution import CavityOptions
from cavity_hopfield.theory.lindblad.evolution import (
    check_size,
    density_matrices,
    evolve_parts,
    parts_of,
)
from cavity_hopfield.theory.lindblad.light_readout import LightReadout
from cavity_hopfield.theory.lindblad.spectrum import solve_spectrum
from cavity_hopfield.theory.lindblad.steady import solve_steady_state

if TYPE_CHECKING:
    from qutip import Qobj


@dataclass(frozen=True)
class Lindblad(LightReadout):
    r"""$\dot\rho = -i [\Omega \sum_i \sigma^x_i, \rho] + \sum_{i, \pm} D[\sqrt{W_i(\epsilon_i)}\, \sigma^\pm_i] \rho$,
    exact but for round-off: $\rho(t) = e^{\mathcal{L} t} \rho(0)$ by Faber polynomials, no superoperator is built.

    Of a `MultimodeDicke` the same for spins and light,
    $\dot\rho = -i [H, \rho] + \sum_\mu (\gamma_\mu D[a_\mu] + \kappa_\mu D[a_\mu^\dagger]) \rho$ and the channels of
    its atoms, in as many Fock states of each mode as the observables need. Spins that couple alike, up to a sign, are
    one collective spin; where they start up and down, it is a mixture of lengths.

    Parameters
    ----------
    tolerance : float
        Where the series are cut: the error of the density matrix relative to its norm, about. Of a steady state the
        largest residual, of a spectrum that in units of the largest loss. From 1e-12 to 1e-2.
    memory_gib : float
        Refuse a model whose density matrices need more than this.
    fock : int or (M,) tuple of int, optional
        Fock states kept of each mode; a `RegimeWarning` tells if they cut off light. If left out they are raised, mode
        by mode, until the observables stand still to `cutoff_tolerance`.
    resolution : {"class", "site"}, optional
        Spins of equal couplings together, or each by itself; if left out together, unless the atoms have channels of
        their own, which do not conserve the length of a collective spin ("class" is then an error).
    displacement : {"none", "start"} or (M,) array of complex, optional
        About which amplitudes the Fock states are: zero, those of the start (an error for steady states), or those
        given. If left out the middle of the mean-field path where that stays on one side, else zero, and so in steady
        states, which hold both signs of an order parameter alike. It changes no physics.
    cutoff_tolerance : float, optional
        Largest move of any observable, relative to the larger of it and one, with more Fock states; at least ten
        `tolerance`, which would hide it. If left out 1e-6, or ten `tolerance` if that is more; an error beside `fock`.

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
    fock: Fock = None
    resolution: str | None = None
    displacement: Displacement = None
    cutoff_tolerance: float | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "tolerance", checked_tolerance("tolerance", self.tolerance))
        object.__setattr__(self, "memory_gib", real_number("memory_gib", self.memory_gib, above=0.0))
        object.__setattr__(self, "fock", checked_fock(self.fock))
        checked_resolution(self.resolution)
        object.__setattr__(self, "displacement", checked_displacement(self.displacement))
        if self.cutoff_tolerance is not None:
            self._check_cutoff(self.cutoff_tolerance)

    def _check_cutoff(self, cutoff: float) -> None:
        object.__setattr__(self, "cutoff_tolerance", checked_tolerance("cutoff_tolerance", cutoff))
        if self.fock is not None:
            raise ArgumentError(
                f"Argument `cutoff_tolerance` must be left out beside `fock`, which says how many Fock states there "
                f"are, but is {cutoff:g}."
            )
        if cutoff < BESIDE_TOLERANCE * self.tolerance:
            raise ArgumentError(
                f"Argument `cutoff_tolerance` must be at least ten times tolerance={self.tolerance:g}, which hides "
                f"smaller moves, but is {cutoff:g}. Lower `tolerance`, or leave it out."
            )

    def _for_light(self, model: object) -> CavityOptions:
        """The options for spins and light; an error if `model` is no cavity."""
        require_dicke("model", model, channels=True)
        cutoff = usual_cutoff(self.tolerance) if self.cutoff_tolerance is None else self.cutoff_tolerance
        return CavityOptions(self.tolerance, self.memory_gib, self.fock, self.resolution, self.displacement, cutoff)

    def _for_network(self) -> None:
        """An error if an option is set that a network has no use for."""
        require_no_light(self, ("fock", "resolution", "displacement", "cutoff_tolerance"))

    def evolve(
        self,
        model: OpenHopfield | MultimodeDicke,
        initial: InitialState,
        times: ArrayLike,
        *,
        progress: Progress | None = None,
    ) -> xr.Dataset:
        """Observables at `times`, from the state `initial` at time 0.

        Parameters
        ----------
        model : OpenHopfield or MultimodeDicke
            The network, whose jumps are individual, or the cavity.
        initial : configuration (N,), ProductState, ket (2^N,), density matrix (2^N, 2^N) or qutip.Qobj
            The state at time 0. Of a cavity a configuration, its modes at rest under it with their thermal light, or a
            `ProductState` with coherent light. Spins that couple alike but start unlike are averaged over their order
            unless `resolution` is "site": `spin_z` and magnetisations, and `overlap_x` of patterns with both signs in
            them, are those of the mean; so are all overlaps with the patterns that a warning names.
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

            Of a cavity the same but `probability`, and `photons`, `amplitude_real`, `amplitude_imag`, `pair_real`,
            `pair_imag`, `g2` (time, mode). Further attributes: `levels`, the Fock states kept of each mode;
            `cutoff_error`, the largest move of an observable when the last were added, nan if `fock` is given;
            `top_population` of the two highest at any time, or what the start has beyond all, if that is more;
            `displacement_real`, `displacement_imag`, one number per mode.

        Raises
        ------
        ArgumentError
            If `model` is neither a cavity nor a network with individual jumps, or `initial` no state of its spins.
        SizeError
            If more memory is needed than `memory_gib`; the text gives the need.
        ConvergenceError
            If the series does not converge.

        Warns
        -----
        RegimeWarning
            If `fock` is given and cuts off light, or stored patterns tell apart what is averaged.
        """
        grid = time_grid(times)
        require_progress(progress)
        if isinstance(model, MultimodeDicke):
            return cavity_answers.evolution(self, self._for_light(model), model, initial, grid, progress).aloud()
        self._for_network()
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
        self,
        model: OpenHopfield | MultimodeDicke,
        initial: InitialState,
        times: ArrayLike,
        *,
        progress: Progress | None = None,
    ) -> "list[Qobj]":
        r"""$\rho(t)$ at `times` as `qutip.Qobj`, from the state `initial` at time 0.

        Parameters
        ----------
        model, initial, times
            As for `evolve`.
        progress : callable, optional
            Told the fraction that is done.

        Returns
        -------
        list of qutip.Qobj
            One density matrix for each time, factors in the order of the spins. Of a cavity those of the collective
            spins, m = j first, then the modes in plain Fock states, or in those about a `displacement` that is given.

        Raises
        ------
        ArgumentError, SizeError, ConvergenceError
            As for `evolve`.

        Warns
        -----
        RegimeWarning
            If `fock` is given and cuts off light.

        Examples
        --------
        >>> from cavity_hopfield import Glauber
        >>> spin = OpenHopfield([[0.0]], rate_law=Glauber(temperature=0.5))
        >>> Lindblad().states(spin, [1], [0.0, 50.0])[1].diag().round(6)
        array([0.5, 0.5])
        """
        grid = time_grid(times)
        require_progress(progress)
        if isinstance(model, MultimodeDicke):
            return cavity_answers.states(self._for_light(model), model, initial, grid, progress).aloud()
        self._for_network()
        require_single_flips(model, type(self).__name__)
        check_size(model, initial, 0, self.memory_gib, states=grid.size)
        found = density_matrices(model, parts_of(model, initial), grid, self.tolerance, progress)
        return [state(rho, (2,) * model.n_spins) for rho in found]

    def steady_state(self, model: OpenHopfield | MultimodeDicke) -> xr.Dataset:
        r"""Observables of the one state with $\mathcal{L} \rho = 0$, without a time.

        In a cavity spins that couple alike keep the length of their sum, and every length has a steady state. This is
        that of the greatest, which every start with all spins of a class in one pure state leads to.

        Parameters
        ----------
        model : OpenHopfield or MultimodeDicke
            The network, whose jumps are individual, or the cavity.

        Returns
        -------
        xarray.Dataset
            The observables of `evolve` but `probability`, and `purity`. Attributes: `residual`, the norm of
            $\mathcal{L} \rho$; `error`, the estimated error of the state; `iterations`; of a cavity those of `evolve`
            that tell of Fock states, and `twice_lengths` of the collective spins.

        Raises
        ------
        ArgumentError
            If there are several steady states, or the jumps are collective.
        SizeError
            If more memory is needed than `memory_gib`; the text gives the need.
        ConvergenceError
            If the residual exceeds `tolerance`, or the generator is so slow that round-off hides the state.

        Warns
        -----
        RegimeWarning
            If `fock` is given and cuts off light.

        Examples
        --------
        >>> from cavity_hopfield import Glauber, Patterns
        >>> network = OpenHopfield(Patterns([[1, 1, -1]]), rate_law=Glauber(temperature=0.5), drive=0.3)
        >>> Lindblad().steady_state(network).attrs["residual"] < 1e-8
        True
        """
        if isinstance(model, MultimodeDicke):
            with blas_threads(1):
                return cavity_answers.steady_state(self, self._for_light(model), model).aloud()
        self._for_network()
        with blas_threads(1):
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
        self._for_network()
        found = solve_spectrum(model, k, tolerance=self.tolerance, memory_gib=self.memory_gib)
        return labelled_result(model, self, found.observables())
