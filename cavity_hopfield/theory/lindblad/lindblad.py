"""The full density matrix of an open quantum Hopfield network, or of spins and light."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from cavity_hopfield._checks import one_of, real_number, require_progress, time_grid
from cavity_hopfield._typing import ArrayLike
from cavity_hopfield.dynamics import Progress, labelled_result
from cavity_hopfield.dynamics.accuracy import USUAL, checked_tolerance
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.model import MultimodeDicke, require_dicke
from cavity_hopfield.network import InitialState, OpenHopfield, require_single_flips, spin_observables
from cavity_hopfield.operators.qutip_door import state
from cavity_hopfield.theory.lindblad import cavity_answers
from cavity_hopfield.theory.lindblad.cavity_evolution import CavityOptions
from cavity_hopfield.theory.lindblad.displacement import Displacement, checked_displacement
from cavity_hopfield.theory.lindblad.evolution import (
    check_size,
    density_matrices,
    evolve_parts,
    parts_of,
)
from cavity_hopfield.theory.lindblad.fock_states import checked_fock
from cavity_hopfield.theory.lindblad.spectrum import solve_spectrum
from cavity_hopfield.theory.lindblad.steady import solve_steady_state

if TYPE_CHECKING:
    from qutip import Qobj


@dataclass(frozen=True)
class Lindblad:
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
        Fock states kept of each mode; a `RegimeWarning` tells if the highest are populated. If left out they are
        raised, mode by mode, until the observables stand still to `cutoff_tolerance`.
    resolution : {"class", "site"}
        Spins of equal couplings together, or each by itself. Together they cannot have channels of their own: such a
        model is an error that names the remedy, unless all its spins couple differently.
    displacement : {"auto", "start", "none"} or (M,) array of complex
        Where the Fock states are centred. "start": at the amplitude at rest under the spins of the start; "none": at no
        light; "auto": at the middle of the mean-field path if that stays on one side, else at no light, and so in
        steady states, which hold both signs of an order parameter alike.
    cutoff_tolerance : float
        Largest move of any observable, relative to the larger of it and one, with more Fock states.

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
    fock: int | tuple[int, ...] | None = None
    resolution: str = "class"
    displacement: Displacement = "auto"
    cutoff_tolerance: float = 1e-6

    def __post_init__(self) -> None:
        object.__setattr__(self, "tolerance", checked_tolerance("tolerance", self.tolerance))
        object.__setattr__(self, "memory_gib", real_number("memory_gib", self.memory_gib, above=0.0))
        object.__setattr__(self, "fock", checked_fock(self.fock))
        one_of("resolution", self.resolution, ("class", "site"))
        object.__setattr__(self, "displacement", checked_displacement(self.displacement))
        object.__setattr__(self, "cutoff_tolerance", checked_tolerance("cutoff_tolerance", self.cutoff_tolerance))

    def _for_light(self, model: object) -> CavityOptions:
        """The options for spins and light; an error if `model` is no cavity."""
        require_dicke("model", model, channels=True)
        real_number("cutoff_tolerance", self.cutoff_tolerance, minimum=10 * self.tolerance)
        return CavityOptions(
            self.tolerance, self.memory_gib, self.fock, self.resolution, self.displacement, self.cutoff_tolerance
        )

    def _for_network(self) -> None:
        """An error if an option is set that a network has no use for."""
        for name in ("fock", "resolution", "displacement", "cutoff_tolerance"):
            value = getattr(self, name)
            if value != type(self).__dataclass_fields__[name].default:
                raise ArgumentError(
                    f"Argument `{name}` must be left out for a network, which has no modes, but is {value!r}."
                )

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
            `ProductState` with coherent light.
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
            `top_population` of the two highest; `displacement_real`, `displacement_imag`.

        Raises
        ------
        ArgumentError
            If `model` is neither a cavity nor a network with individual jumps, or `initial` no state of its spins.
        SizeError
            If more memory is needed than `memory_gib`; the text gives the need.
        ConvergenceError
            If the series does not converge.
        """
        grid = time_grid(times)
        require_progress(progress)
        if isinstance(model, MultimodeDicke):
            return cavity_answers.evolution(self, self._for_light(model), model, initial, grid, progress)
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
            Told the fraction of the times that are done.

        Returns
        -------
        list of qutip.Qobj
            One density matrix for each time, factors in the order of the spins. Of a cavity those of the collective
            spins, m = j first, then the modes in their displaced Fock states (plain ones with `displacement="none"`).

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
        if isinstance(model, MultimodeDicke):
            return cavity_answers.states(self._for_light(model), model, initial, grid, progress)
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

        Examples
        --------
        >>> from cavity_hopfield import Glauber, Patterns
        >>> network = OpenHopfield(Patterns([[1, 1, -1]]), rate_law=Glauber(temperature=0.5), drive=0.3)
        >>> Lindblad().steady_state(network).attrs["residual"] < 1e-8
        True
        """
        if isinstance(model, MultimodeDicke):
            return cavity_answers.steady_state(self, self._for_light(model), model)
        self._for_network()
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

    def correlation(
        self, model: MultimodeDicke, mode: int, delays: ArrayLike, *, initial: Any = None, time: float = 0.0
    ) -> xr.Dataset:
        r"""$\langle a^\dagger(t + \tau) a(t) \rangle$ and
        $\langle a^\dagger(t) a^\dagger(t + \tau) a(t + \tau) a(t) \rangle$ of one mode, by the regression theorem.

        Parameters
        ----------
        model : MultimodeDicke
            The cavity.
        mode : int
            Which mode.
        delays : (D,) array
            $\tau$, strictly increasing, not negative.
        initial : configuration (N,) or ProductState, optional
            The state at time 0; if left out, the steady state.
        time : float
            $t$ after `initial`.

        Returns
        -------
        xarray.Dataset
            `first_order_real`, `first_order_imag`, `second_order` (delay). Of a free mode the first goes as
            $e^{i \omega \tau}$.

        Raises
        ------
        ArgumentError, SizeError, ConvergenceError
            As for `evolve` and `steady_state`.
        """
        return cavity_answers.correlations(self, self._for_light(model), model, mode, delays, initial, time)

    def spectrum_of_light(self, model: MultimodeDicke, mode: int, frequencies: ArrayLike) -> xr.Dataset:
        r"""$S(\nu) = \frac{\gamma}{2\pi} \int e^{-i \nu \tau} \left(\langle a^\dagger(\tau) a(0) \rangle
        - |\langle a \rangle|^2\right) d\tau$ of what one mode emits in the steady state.

        $\nu$ counts from the frequency of the pump, so that a free mode shines at $\nu = \omega$. The integral over all
        $\nu$ is the flux $\gamma (\langle a^\dagger a \rangle - |\langle a \rangle|^2)$ of the incoherent photons.

        Parameters
        ----------
        model : MultimodeDicke
            The cavity.
        mode : int
            Which mode.
        frequencies : (F,) array
            $\nu$.

        Returns
        -------
        xarray.Dataset
            `light_spectrum` (frequency). Attributes: `coherent_flux` $\gamma |\langle a \rangle|^2$ of the line at
            $\nu = 0$; `truncation`, the correlation at the end of the `window` in time beside that at its start;
            `quadrature_error`, by how much half the samples change the result.

        Raises
        ------
        ArgumentError, SizeError, ConvergenceError
            As for `steady_state`.

        Warns
        -----
        RegimeWarning
            If the light remembers longer than the longest window.
        """
        return cavity_answers.spectrum_of_light(self, self._for_light(model), model, mode, frequencies)

    def light_state(
        self,
        model: MultimodeDicke,
        initial: Any = None,
        times: ArrayLike | None = None,
        *,
        mode: int = 0,
        given: tuple[str, float] | None = None,
    ) -> xr.Dataset:
        r"""The density matrix of one mode, of all states or of those with an overlap.

        Parameters
        ----------
        model : MultimodeDicke
            The cavity.
        initial : configuration (N,) or ProductState, optional
            The state at time 0; if left out, the steady state.
        times : (T,) array, optional
            With `initial`, and only then.
        mode : int
            Which mode.
        given : (name, overlap), optional
            Keep the states whose overlap with the pattern of that name is at least `overlap`, or at most if that is
            negative; the matrix is then divided by their probability.

        Returns
        -------
        xarray.Dataset
            `light_state_real`, `light_state_imag` (time, level, level_2) in the Fock states displaced by the attributes
            `displacement_real`, `displacement_imag`, and `probability` (time); in the steady state without a time.

        Raises
        ------
        ArgumentError, SizeError, ConvergenceError
            As for `evolve` and `steady_state`.
        """
        return cavity_answers.light_state(self, self._for_light(model), model, initial, times, mode, given)
