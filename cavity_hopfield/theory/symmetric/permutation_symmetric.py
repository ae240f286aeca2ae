"""The Lindblad equation of spins that fall into few classes, alone or with light: exact, and polynomial in N."""

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import xarray as xr
from scipy.sparse import csr_array, vstack

from cavity_hopfield._checks import real_number, require_progress, time_grid, whole_number
from cavity_hopfield._typing import ArrayLike, FloatArray
from cavity_hopfield.cavity.options import (
    Displacement,
    Fock,
    checked_displacement,
    checked_fock,
    checked_given,
    checked_mode,
    require_no_light,
)
from cavity_hopfield.cavity.told import Told
from cavity_hopfield.dynamics import Observables, Progress, Propagation, labelled_result, propagate
from cavity_hopfield.dynamics.accuracy import checked_tolerance
from cavity_hopfield.exceptions import ArgumentError, ConvergenceError
from cavity_hopfield.model import MultimodeDicke, require_dicke
from cavity_hopfield.network import InitialState, OpenHopfield, require_single_flips
from cavity_hopfield.theory.symmetric._count_kernels import advance
from cavity_hopfield.theory.symmetric.cavity_readings import light_rows
from cavity_hopfield.theory.symmetric.cavity_theory import SymmetricCavity, condition, no_rows
from cavity_hopfield.theory.symmetric.dissection import nested_dissection
from cavity_hopfield.theory.symmetric.eigenstates import (
    Eigenvalues,
    relative_residual,
    require_one_end,
    stationary,
)
from cavity_hopfield.theory.symmetric.generator import CountGenerator
from cavity_hopfield.theory.symmetric.network_states import (
    count_coordinates,
    count_observables,
    point_of,
    require_so_many,
    sign_of,
    sized_generator,
    start_state,
)


@dataclass(frozen=True)
class PermutationSymmetric:
    r"""$\dot\rho = -i [H, \rho] + \sum_k D[L_k] \rho$ on density matrices that no exchange of spins of one class
    changes: $\prod_c \binom{n_c + 3}{3}$ numbers, times $\prod_\mu L_\mu^2$ for light in $L_\mu$ Fock states.

    Spins form a class if they couple alike, up to a sign $s_i$. In an `OpenHopfield`, $H = \Omega \sum_i \sigma^x_i$
    with two jumps per spin, they couple alike to all others, at equal rates; with Hebb's rule these are the spins of
    equal pattern columns, one class for one pattern, two for two, four for three. That the equation closes holds for
    every rate law, because the rates depend on the number of spins up in each class alone. In a `MultimodeDicke` they
    couple alike to all modes; the atoms may have channels of their own, which do not conserve the length of a
    collective spin. Where they decay along z, the sign tells spins apart too. It is exact, not a mean field.

    Parameters
    ----------
    tolerance : float
        Largest estimated error of an evolution beside the size of the state, and largest relative residual of a steady
        state; from 1e-12 to 1e-2.
    memory_gib : float
        Refuse a model that needs more than this.
    fock : int, (M,) tuple of int or None
        Fock states of each mode of a Dicke model. If None they are raised until the two highest of each mode are nearly
        empty and nothing that is read off the state moves by more than ten `tolerance`, or 1e-6 if that is more.
    displacement : {"none", "start"}, (M,) complex array or None
        About which amplitudes the Fock states of a Dicke model are: zero (None too), those of the start of an
        evolution, or those given. Light that stays there needs few of them; it changes no physics.

    Notes
    -----
    The method for the Dicke model: P. Kirton and J. Keeling, Phys. Rev. Lett. 118, 123602 (2017).

    Examples
    --------
    >>> from cavity_hopfield import Glauber, Patterns
    >>> network = OpenHopfield(Patterns(np.ones((1, 30))), Glauber(temperature=0.15), drive=0.3)
    >>> late = PermutationSymmetric().evolve(network, np.ones(30), [0.0, 20.0])
    >>> late["overlap"].values[:, 0].round(2)
    array([1.  , 0.39])

    Three atoms that decay, and their light:

    >>> from cavity_hopfield import SpinChannels
    >>> dicke = MultimodeDicke(np.full((3, 1), 0.4), 1.0, 1.0, drive=0.5, channels=SpinChannels(decay=0.5))
    >>> steady = PermutationSymmetric().steady_state(dicke)
    >>> steady["photons"].values.round(4)
    array([0.5392])
    """

    tolerance: float = 1e-8
    memory_gib: float = 4.0
    fock: Fock = None
    displacement: Displacement = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "tolerance", checked_tolerance("tolerance", self.tolerance))
        object.__setattr__(self, "memory_gib", real_number("memory_gib", self.memory_gib, above=0.0))
        object.__setattr__(self, "fock", checked_fock(self.fock))
        object.__setattr__(self, "displacement", checked_displacement(self.displacement))

    def evolve(
        self,
        model: OpenHopfield | MultimodeDicke,
        initial: InitialState,
        times: ArrayLike,
        *,
        progress: Progress | None = None,
    ) -> xr.Dataset:
        """Mean observables at `times`, from `initial` at time 0.

        Parameters
        ----------
        model : OpenHopfield or MultimodeDicke
            The network, with individual jumps, or the cavity.
        initial : (N,) array of +-1 or ProductState
            A configuration, which stands for the average over the order of the spins in each class, in its gauge:
            `energy` and `overlap` are those of the configuration itself, `magnetisation` and `spin_z` only if the
            spins of each class have one sign, or the configuration is a stored pattern. The modes of a Dicke model are
            at rest under it, and `overlap` is that of the configuration unless a warning names the pattern. Or
            Bloch vectors, equal up to the signs in each class, with coherent light; spins of a Dicke model may be up
            and down in one class too, averaged over their order: `spin_z`, magnetisations and `overlap_x` then are.
        times : (T,) array
            Strictly increasing, not negative.
        progress : callable, optional
            Told the fraction of the time that is done.

        Returns
        -------
        xarray.Dataset
            `overlap`, `overlap_x`, `overlap_y` (time, pattern) if the network has patterns; `magnetisation`,
            `magnetisation_x`, `magnetisation_y`, `energy` (time); `spin_z` (time, spin), the same throughout a class;
            `probability` (time, count) of the numbers of spins up in each class, which stand in the coordinate
            `spins_up` (count, spin_class), with `class_of_spin` and `sign_in_class` (spin). The attributes hold the
            estimated `error`, the number of `products` with the generator, and the `trace_drift`. Of a Dicke model all
            that the theories of the Dicke model name too, and the attributes `levels`, `displacement_real`,
            `displacement_imag` (lists), `top_population` of the two highest Fock states of a mode at any time, or what
            the start has beyond all, and `cutoff_error`, the largest move of any number when the last Fock states were
            added, nan if `fock` is given.

        Raises
        ------
        ArgumentError
            If the network has collective jumps, the state is not symmetric, or an option has no meaning.
        SizeError
            If more memory is needed than `memory_gib`; the text gives the need.

        Warns
        -----
        RegimeWarning
            If `fock` is given and cuts off light, or stored patterns tell apart what is averaged: it names them.
        """
        grid = time_grid(times)
        require_progress(progress)
        if isinstance(model, MultimodeDicke):
            cavity = self._cavity(model)
            found = cavity.evolve(initial, grid, progress, no_rows)
            return Told(found.dataset(grid), [cavity.averages_told(initial), found.kept.told]).aloud()
        generator = self._generator(model)
        start = start_state(generator, initial, model.n_spins)
        real = self._propagated(generator, start.real, 1, grid, progress)
        turned = self._propagated(generator, start.imag, -1, grid, None)
        n_states = len(generator.magnetisations)
        probability, coherence = real.values[:, :n_states], real.values[:, n_states:]
        details = {
            "error": real.error + turned.error,
            "products": real.products + turned.products,
            "trace_drift": float(np.abs(probability.sum(axis=1) - 1).max()),
        }
        observables = count_observables(model, generator, probability, (-2 * turned.values, -2 * coherence), "time")
        result = labelled_result(model, self, observables, times=grid, patterns=model.patterns, details=details)
        return result.assign_coords(count_coordinates(generator))

    def steady_state(self, model: OpenHopfield | MultimodeDicke) -> xr.Dataset:
        """Mean observables in the one steady state, without a time; of a network found by sparse factors, of a Dicke
        model whose atoms have channels of their own by GMRES.

        It is one among the states that no exchange of spins in a class changes, and it stays as it is when all spins
        are turned over, so that magnetisations along z and overlaps vanish. A memory shows in `probability`, and in the
        small eigenvalues of odd parity.

        Parameters
        ----------
        model : OpenHopfield or MultimodeDicke
            The network, with individual jumps, or the cavity.

        Returns
        -------
        xarray.Dataset
            The observables of `evolve`. Attributes: `residual`, the norm of the generator times the state beside those
            of both; `error`, the largest difference of two states found from unequal starts (of a Dicke model, of what
            is read off them; the second is less accurate); and those that tell of the Fock states.

        Raises
        ------
        ArgumentError
            If there are several steady states, as without a drive at temperature zero, where each memory is one, or in
            a Dicke model without channels, where the lengths of the collective spins are conserved; or the network has
            collective jumps.
        ConvergenceError
            If the residual exceeds `tolerance`.
        SizeError
            If more memory is needed than `memory_gib`.

        Examples
        --------
        >>> from cavity_hopfield import Glauber, Patterns
        >>> network = OpenHopfield(Patterns(np.ones((1, 30))), Glauber(temperature=0.15), drive=0.3)
        >>> steady = PermutationSymmetric().steady_state(network)
        >>> int(steady["spins_up"][steady["probability"].values.argmax(), 0]) in (6, 24)
        True
        """
        if isinstance(model, MultimodeDicke):
            at_rest = self._cavity(model).steady(no_rows)
            return Told(at_rest.dataset(None), [at_rest.kept.told]).aloud()
        generator = self._generator(model, factored=True)
        if not generator.drive:
            require_one_end(generator.chain)
        sector = generator.basis.sector(1, 1)
        matrix = sector.restricted(generator.matrix)
        populations = sector.functionals(generator.populations)
        trace = np.asarray(populations.T @ np.ones(populations.shape[0]), dtype=np.float64)
        state, apart = stationary(matrix, trace, nested_dissection(generator.basis.places_of(sector.kept)))
        residual = relative_residual(matrix, state)
        if not residual <= self.tolerance:
            raise ConvergenceError(
                f"The steady state has a relative residual of {residual:.2g}, above tolerance={self.tolerance:g}: "
                "another state decays almost as slowly. Raise `tolerance`, or use `evolve` to a late time."
            )
        probability = populations @ state
        coherence = sector.functionals(generator.coherences) @ state
        none = np.zeros(generator.classes.n_classes)
        observables = count_observables(model, generator, probability, (none, -2 * coherence))
        details = {"residual": residual, "error": apart}
        result = labelled_result(model, self, observables, patterns=model.patterns, details=details)
        return result.assign_coords(count_coordinates(generator))

    def spectrum(
        self, model: OpenHopfield, k: int = 20, near: complex = 0j, *, parity: int | None = None
    ) -> xr.Dataset:
        r"""Eigenvalues $\lambda$ of the generator on symmetric states, the `k` nearest to `near`, by inverse
        powers about it in each of the four sectors (real or imaginary in the frame where the generator is real; even or
        odd when all spins are turned over).

        An eigenvalue that is not real comes with its conjugate, both counted as near as the nearer one; so there may be
        one more than `k`.

        Parameters
        ----------
        model : OpenHopfield
            The network, with individual jumps.
        k : int
            How many, at most as many as there are of the wanted parity. One more comes if the last is one of a pair.
        near : complex
            Where to look.
        parity : {1, -1}, optional
            Only eigenvalues whose vectors are even, or odd, when all spins are turned over.

        Returns
        -------
        xarray.Dataset
            `eigenvalue_real`, `eigenvalue_imag`, `residual`, `parity` (level), by their distance from `near`. The
            residuals are those of vectors of norm one in the basis of counts.

        Raises
        ------
        ArgumentError
            If there are no `k` eigenvalues, or the network has collective jumps.
        ConvergenceError
            If they are not found.
        SizeError
            If more memory is needed than `memory_gib`.

        Examples
        --------
        >>> from cavity_hopfield import Glauber, Patterns
        >>> network = OpenHopfield(Patterns(np.ones((1, 20))), Glauber(temperature=0.15), drive=0.8)
        >>> pair = PermutationSymmetric().spectrum(network, k=2, near=1.4j)
        >>> pair["eigenvalue_real"].values.round(3)
        array([-0.141, -0.141])
        >>> pair["eigenvalue_imag"].values.round(3)
        array([ 1.412, -1.412])
        """
        wanted, point = whole_number("k", k, minimum=1), point_of(near)
        signs = (1, -1) if parity is None else (sign_of(parity),)
        generator = self._generator(model, factored=True)
        sectors = {(sign, t): generator.basis.sector(t, sign) for sign in signs for t in (1, -1)}
        require_so_many(wanted, sum(sector.kept.size for sector in sectors.values()), parity)
        parts = []
        for (sign, _), sector in sectors.items():
            if sector.kept.size:
                order = nested_dissection(generator.basis.places_of(sector.kept))
                matrix = sector.restricted(generator.matrix)
                parts.append(Eigenvalues.near(matrix, order, wanted, point, sign))
        found = Eigenvalues.nearest(parts, wanted, point)
        observables: Observables = {
            "eigenvalue_real": (("level",), found.values.real),
            "eigenvalue_imag": (("level",), found.values.imag),
            "residual": (("level",), found.residuals),
            "parity": (("level",), found.parities),
        }
        return labelled_result(model, self, observables)

    def light_state(
        self,
        model: MultimodeDicke,
        initial: InitialState | None = None,
        times: ArrayLike | None = None,
        *,
        mode: int = 0,
        given: tuple[str, float] | None = None,
    ) -> xr.Dataset:
        """The density matrix of one mode of a Dicke model, at `times` from `initial` or in the steady state.

        Parameters
        ----------
        model : MultimodeDicke
            The cavity.
        initial, times
            As in `evolve`; without both the steady state.
        mode : int
            Which mode.
        given : (str, float), optional
            Only where the overlap of the spins with this pattern is at least this much, or at most if it is negative:
            what the light is while it is recalled. The pattern has one sign, in the gauge, in spins that couple alike.

        Returns
        -------
        xarray.Dataset
            `light_state_real` and `light_state_imag` (time, level, level_2), in Fock states about the amplitude in the
            attributes `displacement_real` and `displacement_imag` (numbers, of this mode), of trace one if there is a
            condition; `probability` (time) of the condition, the trace without one; nan if it is never met.

        Raises
        ------
        ArgumentError
            If the model is none with light, or the arguments do not go together.

        Warns
        -----
        RegimeWarning
            If `fock` is given and cuts off light.

        Examples
        --------
        >>> from cavity_hopfield import SpinChannels
        >>> dicke = MultimodeDicke(np.full((3, 1), 0.4), 1.0, 1.0, drive=0.2, channels=SpinChannels(decay=0.2))
        >>> light = PermutationSymmetric(fock=12).light_state(dicke, given=("1", 0.5))
        >>> light["light_state_real"].shape, round(float(light["probability"]), 3)
        ((12, 12), 0.282)
        """
        dicke = require_dicke("model", model, channels=True)
        if (initial is None) != (times is None):
            raise ArgumentError(
                "Arguments `initial` and `times` go together. Give both, or neither for a steady state."
            )
        number, bound, cavity = checked_mode(dicke, mode), checked_given(dicke, given), self._cavity(dicke)
        rows = partial(light_rows, mode=number, weights=condition(dicke, bound))
        grid = None if times is None else time_grid(times)
        found = cavity.steady(rows) if grid is None else cavity.evolve(initial, grid, None, rows)
        return Told(found.light(grid, number, bound), [found.kept.told]).aloud()

    def _cavity(self, model: MultimodeDicke) -> SymmetricCavity:
        return SymmetricCavity(model, self, self.tolerance, self.memory_gib, self.fock, self.displacement)

    def _propagated(
        self, generator: CountGenerator, start: FloatArray, transposition: int, grid: FloatArray, told: Progress | None
    ) -> Propagation:
        """What is read off the real (1) or imaginary (-1) part of the state at all times."""
        rows = generator.coherences
        if not start.any():
            return Propagation(np.zeros((grid.size, rows.shape[0])), start, 0.0, 0)
        if transposition == 1:
            rows = csr_array(vstack([generator.populations, rows]))
        sector = generator.basis.sector(transposition)
        matrix, functionals = sector.restricted(generator.matrix), sector.functionals(rows)
        seen = np.unique(functionals.indices)
        found = propagate(
            matrix.dot,
            start[sector.kept],
            grid,
            generator.ellipse,
            lambda state: state[seen],
            tolerance=self.tolerance,
            progress=told,
            advance=partial(advance, matrix.indptr.view(np.uint32), matrix.indices.view(np.uint32), matrix.data),
        )
        return replace(found, values=np.asarray(found.values @ functionals[:, seen].T))

    def _generator(self, model: OpenHopfield, *, factored: bool = False) -> CountGenerator:
        """The generator of `model`, after what it must be and what it needs."""
        require_single_flips(model, type(self).__name__)
        require_no_light(self, ("fock", "displacement"))
        return sized_generator(model, self.memory_gib, factored=factored)
