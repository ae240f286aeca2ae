"""The network that a cavity becomes, with every choice written down, and its Liouvillian with the Lamb shift."""

import json
import warnings
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr
from scipy.sparse import csr_array

from cavity_hopfield._checks import one_of, real_number, require_progress, time_grid
from cavity_hopfield._typing import ArrayLike, ComplexArray, FloatArray, IntArray, Json
from cavity_hopfield.bridge.generators import (
    bloch_vectors_of,
    dressed,
    lamb_hamiltonian,
    sector_generator,
    transverse_field,
)
from cavity_hopfield.bridge.slow_modes import slow_modes
from cavity_hopfield.dynamics import Observables, Progress, labelled_result
from cavity_hopfield.elimination.spin_generator import SpinGenerator, equal_force_places, force_labels
from cavity_hopfield.exceptions import ArgumentError, SizeError
from cavity_hopfield.model import MultimodeDicke, require_dicke
from cavity_hopfield.network import InitialState, OpenHopfield, density_matrix, spin_observables
from cavity_hopfield.network.open_hopfield import second_field
from cavity_hopfield.operators import configurations, turning
from cavity_hopfield.operators.qutip_door import superoperator
from cavity_hopfield.theory.lindblad.door import sparse_liouvillian

if TYPE_CHECKING:
    from qutip import Qobj

JUMPS = {"individual": "individual", "sector": "sector", "collective": "sector"}
"""Names of the jumps, and what a bridge calls them."""
LASTING_SLACK = 1e-12
"""A coherence of a start below this is none."""


@dataclass(frozen=True)
class _Untold:
    """The place of a theory whose options are written afterwards: a bridge is made for one model, not for any."""


@dataclass(frozen=True, eq=False)
class Bridge:
    r"""$\dot\rho = -i [H_\mathrm{LS} + \Omega' \sum_i \sigma^x_i, \rho] + \sum_k W_k D[L_k] \rho$: the spins of a
    cavity whose light was eliminated to second order in the drive.

    Parameters
    ----------
    dicke : MultimodeDicke
        The platform, with a drive.
    drive : {"eliminated", "independent"}
        "eliminated": $\Omega' = 0$. At second order the drive is used up in making the rates, and what is left
        coherent is the Lamb shift. "independent": a second field $\Omega'$ = `field` that turns the spins undressed, an
        assumption about the apparatus: it neither acts on the light nor is dephased by it.
    jumps : {"individual", "sector"}
        "individual": $L = \sqrt{W_i(\epsilon_i)}$ (flip of spin i up or down), over all configurations at once, and
        $H_\mathrm{LS} = \sum_{i\sigma} \Lambda_i(\sigma) \Pi_\sigma$. Populations follow single flips; coherences
        between configurations last as long as these, an assumption that matters for an independent field or a start
        with coherences alone, since the light dephases them at the rate $\Gamma_\varphi \gg W$. "sector" (also
        "collective"): $V_{x,\delta}$ of the `SectorEquation`, the limit of a weak drive for any forces; here too
        coherences between unequal forces are those that the light would dephase, and only decay by the flips.
    field : float, optional
        $\Omega'$, positive, in units of omega: needed with `drive="independent"`, an error without.
    lamb_shift : bool
        Whether $H_\mathrm{LS}$ is kept.
    memory_gib : float
        Refuse what needs more than this.

    Raises
    ------
    ArgumentError
        If the cavity has no drive, its atoms have channels of their own, or a choice is unknown or does not fit.

    Warns
    -----
    RegimeWarning
        As by `OpenHopfield.from_dicke`.

    Notes
    -----
    Sources: P. Rotondo et al., J. Phys. A 51, 115301 (2018) for the network with an independent field; E. Fiorelli et
    al., Phys. Rev. Lett. 125, 070604 (2020) for the cavity.

    Examples
    --------
    >>> cavity = MultimodeDicke(g=[[0.4], [0.6]], omega=1.0, loss=1.0, drive=0.01)
    >>> bridge = Bridge(cavity)
    >>> bridge.choices["drive"], bridge.sparse_liouvillian().shape
    ('eliminated', (16, 16))
    >>> bridge.evolve([1, -1], [0.0, 1e6])["probability"].values[1].round(3)
    array([0.455, 0.045, 0.045, 0.455])
    """

    dicke: MultimodeDicke
    drive: str = "eliminated"
    jumps: str = "individual"
    field: float | None = None
    lamb_shift: bool = True
    memory_gib: float = 4.0

    def __post_init__(self) -> None:
        require_dicke("dicke", self.dicke)
        object.__setattr__(self, "jumps", JUMPS[one_of("jumps", self.jumps, tuple(JUMPS))])
        second = second_field(self.drive, self.field)
        object.__setattr__(self, "field", second or None)
        if not isinstance(self.lamb_shift, bool):
            raise ArgumentError(f"Argument `lamb_shift` must be True or False, but is {self.lamb_shift!r}.")
        object.__setattr__(self, "memory_gib", real_number("memory_gib", self.memory_gib, above=0.0))
        with warnings.catch_warnings(record=True) as doubts:
            warnings.simplefilter("always")
            network = OpenHopfield.from_dicke(self.dicke, self.jumps, self.drive, field=self.field)
        for doubt in doubts:
            warnings.warn(doubt.message, stacklevel=3)  # at the line that asks for a bridge
        object.__setattr__(self, "_network", network)

    @property
    def network(self) -> OpenHopfield:
        """The same as a network, which has no Lamb shift; its certificate tells where the rates hold."""
        found: OpenHopfield = self.__dict__["_network"]
        return found

    @property
    def choices(self) -> Json:
        """`drive`, `jumps`, `field` and `lamb_shift`, as stored in every result.

        What is "sector" here the `choices` of a network call "collective". The `model` stored in a result is the
        network, which has no Lamb shift: the bridge itself is made again from the cavity and these choices.
        """
        return {"drive": self.drive, "jumps": self.jumps, "field": self.field, "lamb_shift": self.lamb_shift}

    @property
    def n_spins(self) -> int:
        """Number of spins N."""
        return self.dicke.n_spins

    def liouvillian(self) -> "Qobj":
        """The generator as a `qutip.Qobj` with `superrep="super"`, factors in the order of the spins, up before down.

        Raises
        ------
        SizeError
            If more memory is needed than `memory_gib`; the text gives the need.
        """
        return superoperator(self.sparse_liouvillian(), (2,) * self.n_spins)

    def sparse_liouvillian(self) -> csr_array:
        """The generator on density matrices stacked by columns, shape (4^N, 4^N); a `SizeError` as by `liouvillian`."""
        return self._generator.copy()

    @cached_property
    def _generator(self) -> csr_array:
        """Built once."""
        own = sparse_liouvillian(self.network, memory_gib=self.memory_gib)  # checks the size of either
        shift = turning(lamb_hamiltonian(self.dicke, self.jumps))
        if self.jumps == "individual":
            return csr_array(own + shift) if self.lamb_shift else own
        total = sector_generator(self.dicke, self.memory_gib)
        if self.field is not None:
            total = csr_array(total + transverse_field(self.n_spins, self.field))
        return total if self.lamb_shift else csr_array(total - shift)

    @property
    def lasting_places(self) -> IntArray:
        """Places, in the stacked density matrix, of the elements that the light lets live: the populations, and between
        equal forces the coherences if flips are those of the sector; without an independent field they close. A
        `SizeError` if they need more than `memory_gib`.
        """
        self._check_places()
        if self.jumps == "sector":
            return equal_force_places(self.dicke)
        return np.asarray(np.arange(2**self.n_spins) * (2**self.n_spins + 1), np.int64)

    @cached_property
    def lasting(self) -> SpinGenerator:
        """The generator among the `lasting_places`; an `ArgumentError` with an independent field, which leads out."""
        if self.field is not None:
            raise ArgumentError(
                'Argument `drive` must be "eliminated" for elements that close among themselves: an independent field '
                "leads from populations to coherences between unequal forces. Ask for the whole Liouvillian."
            )
        generator = self._generator  # checks the size
        places = self.lasting_places
        return SpinGenerator(self.dicke, places, csr_array(generator[places][:, places]))

    @cached_property
    def whole(self) -> SpinGenerator:
        """The generator on all elements."""
        generator = self._generator  # checks the size
        return SpinGenerator(self.dicke, np.arange(4**self.n_spins), generator)

    def states(
        self, initial: InitialState, times: ArrayLike, *, dress: bool = False, progress: Progress | None = None
    ) -> ComplexArray:
        """Density matrices at `times`, shape (T, 2^N, 2^N).

        Parameters
        ----------
        initial : configuration (N,), ProductState, ket, density matrix or qutip.Qobj
            The spins at time 0.
        times : (T,) array
            Strictly increasing, not negative.
        dress : bool
            Add the coherences of first order in the drive (see `dressed`), which the light lets follow the populations.
        progress : callable, optional
            Told the fraction of the times that are done.

        Raises
        ------
        ArgumentError
            If `initial` is no state of the spins, or `dress` is asked for with an independent field.
        SizeError
            If more memory is needed than `memory_gib`.
        """
        grid = time_grid(times)
        require_progress(progress)
        self._check_states(grid.size)
        start = density_matrix(initial, self.n_spins)
        found = self._on(start).states(start, grid, progress=progress)
        return self.dress(found) if dress else found

    def evolve(
        self, initial: InitialState, times: ArrayLike, *, dress: bool = False, progress: Progress | None = None
    ) -> xr.Dataset:
        """Observables at `times`.

        Parameters
        ----------
        initial, times, dress, progress
            As for `states`.

        Returns
        -------
        xarray.Dataset
            Those of `Lindblad` for a network, `probability` (time, configuration) among them. The attribute `theory`
            tells the choices.

        Raises
        ------
        ArgumentError, SizeError
            As by `states`.
        """
        grid = time_grid(times)
        found = self.states(initial, grid, dress=dress, progress=progress)
        return self._result(self._observables(found, "time"), grid, dress=dress)

    def stationary(self, initial: InitialState | None = None, *, dress: bool = False) -> ComplexArray:
        """The density matrix at late times, (2^N, 2^N).

        Parameters
        ----------
        initial : as for `states`, optional
            Needed if there are several stationary states, as for spins that flip together.
        dress : bool
            As for `states`.

        Raises
        ------
        ArgumentError
            If there are several stationary states and no `initial`.
        SizeError
            If there are too many elements for a dense decomposition, or `memory_gib` is too small.
        """
        self._check_states(1)
        start = None if initial is None else density_matrix(initial, self.n_spins)
        generator = self._on(start)
        found = generator.steady_state(start)
        return self.dress(found) if dress else found

    def steady_state(self, initial: InitialState | None = None, *, dress: bool = False) -> xr.Dataset:
        """Observables of the `stationary` state, and its `purity`; parameters and errors as there."""
        rho = self.stationary(initial, dress=dress)
        observables = self._observables(rho)
        observables["purity"] = ((), np.asarray(np.vdot(rho, rho).real))
        return self._result(observables, dress=dress)

    def spectrum(self, k: int = 20, *, lasting: bool = False) -> xr.Dataset:
        """The `k` eigenvalues with the largest real parts.

        Parameters
        ----------
        k : int
            How many. One more comes if the last is one of a conjugate pair.
        lasting : bool
            Only among the elements that the light lets live (`lasting_places`): what a cavity without a second field
            has, where other coherences die before a spin flips.

        Returns
        -------
        xarray.Dataset
            `eigenvalue_real`, `eigenvalue_imag`, `residual` and `parity` (level), by decreasing real part.

        Raises
        ------
        ArgumentError
            If there are no `k` eigenvalues, or `lasting` is asked for with an independent field.
        SizeError
            If more memory is needed than `memory_gib`.
        """
        generator = self.lasting if lasting else self.whole
        return self._result(slow_modes(generator, k), lasting=lasting)

    def dress(self, states: ComplexArray) -> ComplexArray:
        """`states` (..., 2^N, 2^N) with their coherences of first order in the drive (see `dressed`).

        Raises
        ------
        ArgumentError
            With an independent field, or if `states` are not finite matrices of the spins.
        """
        if self.field is not None:
            raise ArgumentError(
                'Argument `dress` must be False with drive="independent": an undressed field is taken not to act on '
                "the light, so that coherences do not follow the populations alone."
            )
        return dressed(self.dicke, states)

    def _on(self, start: ComplexArray | None) -> SpinGenerator:
        """The smallest generator that holds `start`, or populations."""
        if self.field is not None:
            return self.whole
        if start is None:
            return self.lasting
        outside = np.delete(start.ravel(order="F"), self.lasting_places)
        return self.whole if np.abs(outside).max(initial=0.0) > LASTING_SLACK else self.lasting

    def _observables(self, states: ComplexArray, *lead: str) -> Observables:
        """Observables of density matrices (..., 2^N, 2^N)."""
        probability = np.diagonal(states, axis1=-2, axis2=-1).real
        energy = np.asarray(probability @ self.network.energy(configurations(self.n_spins)))
        observables = spin_observables(self.network, bloch_vectors_of(states), energy, *lead)
        observables["probability"] = ((*lead, "configuration"), np.ascontiguousarray(probability))
        return observables

    def _result(self, variables: Observables, times: FloatArray | None = None, **options: bool) -> xr.Dataset:
        """A dataset that tells the choices."""
        patterns = self.network.patterns if "overlap" in variables else None
        result = labelled_result(self.network, _Untold(), variables, times=times, patterns=patterns)
        told = {"name": type(self).__name__, **self.choices, **options}
        return result.assign_attrs(theory=json.dumps(told))

    def _check_states(self, times: int) -> None:
        fewer = "Ask for fewer times; populations" if times > 1 else "Populations"
        self._check_memory(
            48.0 * times * 4.0 ** min(self.n_spins, 500),
            f"{times} density {'matrices' if times > 1 else 'matrix'} of {self.n_spins} spins",
            f"{fewer} alone follow `ClassicalMasterEquation` or `KineticMonteCarlo`.",
        )

    def _check_places(self) -> None:
        what = f"The places of the elements that last, of {self.n_spins} spins,"
        remedy = "Fewer spins, or `KineticMonteCarlo`, which keeps one configuration, need less."
        each = 24.0 + (self.jumps == "sector") * (4.0 * self.n_spins + 48.0 * self.dicke.n_modes)
        self._check_memory(each * 2.0 ** min(self.n_spins, 1000), what, remedy)
        if self.jumps == "sector":
            alike = np.bincount(force_labels(self.dicke)).astype(float)
            self._check_memory(24.0 * float(np.sum(alike**2)), what, remedy)

    def _check_memory(self, size: float, what: str, remedy: str) -> None:
        if size / 2**30 > self.memory_gib:
            raise SizeError(
                f"{what} need about {size / 2**30:.3g} GiB, more than memory_gib={self.memory_gib:g}. {remedy}"
            )
