"""The Lindblad equation of a network whose spins fall into few classes: exact, and polynomial in N."""

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import xarray as xr
from scipy.sparse import csr_array, vstack

from cavity_hopfield._checks import real_number, require_progress, spin_array, time_grid, whole_number
from cavity_hopfield._typing import ArrayLike, ComplexArray, FloatArray, IntArray
from cavity_hopfield.dynamics import Observables, Progress, Propagation, labelled_result, propagate
from cavity_hopfield.dynamics.accuracy import checked_tolerance
from cavity_hopfield.exceptions import ArgumentError, ConvergenceError, SizeError
from cavity_hopfield.model import ProductState
from cavity_hopfield.network import (
    InitialState,
    OpenHopfield,
    SpinClasses,
    bloch_vectors,
    require_single_flips,
    spin_observables,
)
from cavity_hopfield.theory.symmetric._count_kernels import advance
from cavity_hopfield.theory.symmetric.counts import dimension_of
from cavity_hopfield.theory.symmetric.dissection import nested_dissection
from cavity_hopfield.theory.symmetric.eigenstates import (
    Eigenvalues,
    factors_gib,
    relative_residual,
    require_one_end,
    stationary,
)
from cavity_hopfield.theory.symmetric.generator import CountGenerator
from cavity_hopfield.theory.symmetric.vectors import class_vectors, spin_vectors

BYTES_PER_ENTRY = 16
"""One entry of a sparse matrix while it is made."""
COPIES = 4
"""Copies of the generator while it is made."""


@dataclass(frozen=True)
class PermutationSymmetric:
    r"""$\dot\rho = -i [\Omega \sum_i \sigma^x_i, \rho] + \sum_i D[L_i] \rho$ on density matrices that no exchange of
    spins of one class changes: $\prod_c \binom{n_c + 3}{3}$ numbers.

    Spins form a class if they couple alike to all others, up to a sign $s_i$, at equal rates; with Hebb's rule these
    are the spins of equal pattern columns, one class for one pattern, two for two, four for three. That the equation
    closes holds for every rate law, because the rates depend on the number of spins up in each class alone. It is
    exact, not a mean field.

    Parameters
    ----------
    tolerance : float
        Largest estimated error of an evolution beside the size of the state, and largest relative residual of a steady
        state; from 1e-12 to 1e-2.
    memory_gib : float
        Refuse a network that needs more than this.

    Examples
    --------
    >>> from cavity_hopfield import Glauber, Patterns
    >>> network = OpenHopfield(Patterns(np.ones((1, 30))), Glauber(temperature=0.15), drive=0.3)
    >>> late = PermutationSymmetric().evolve(network, np.ones(30), [0.0, 20.0])
    >>> late["overlap"].values[:, 0].round(2)
    array([1.  , 0.39])
    """

    tolerance: float = 1e-8
    memory_gib: float = 4.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "tolerance", checked_tolerance("tolerance", self.tolerance))
        object.__setattr__(self, "memory_gib", real_number("memory_gib", self.memory_gib, above=0.0))

    def evolve(
        self, model: OpenHopfield, initial: InitialState, times: ArrayLike, *, progress: Progress | None = None
    ) -> xr.Dataset:
        """Mean observables at `times`, from `initial` at time 0.

        Parameters
        ----------
        model : OpenHopfield
            The network, with individual jumps.
        initial : (N,) array of +-1 or ProductState
            A configuration, which stands for the average over the order of the spins in each class, in its gauge:
            `energy` and `overlap` are those of the configuration itself, `magnetisation` and `spin_z` only if the
            spins of each class have one sign, or the configuration is a stored pattern. Or Bloch vectors, equal up to
            the signs in each class.
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
            estimated `error`, the number of `products` with the generator, and the `trace_drift`.

        Raises
        ------
        ArgumentError
            If the network has collective jumps, or the state is not symmetric.
        SizeError
            If more memory is needed than `memory_gib`; the text gives the need.
        """
        grid = time_grid(times)
        require_progress(progress)
        generator = self._generator(model)
        start = _start(generator, initial, model.n_spins)
        real = self._propagated(generator, start.real, 1, grid, progress)
        turned = self._propagated(generator, start.imag, -1, grid, None)
        n_states = len(generator.magnetisations)
        probability, coherence = real.values[:, :n_states], real.values[:, n_states:]
        details = {
            "error": real.error + turned.error,
            "products": real.products + turned.products,
            "trace_drift": float(np.abs(probability.sum(axis=1) - 1).max()),
        }
        observables = _observables(model, generator, probability, (-2 * turned.values, -2 * coherence), "time")
        result = labelled_result(model, self, observables, times=grid, patterns=model.patterns, details=details)
        return result.assign_coords(_coordinates(generator))

    def steady_state(self, model: OpenHopfield) -> xr.Dataset:
        """Mean observables in the one steady state, without a time; found by sparse factors.

        It is one among the states that no exchange of spins in a class changes, and it stays as it is when all spins
        are turned over, so that magnetisations along z and overlaps vanish. A memory shows in `probability`, and in the
        small eigenvalues of odd parity.

        Parameters
        ----------
        model : OpenHopfield
            The network, with individual jumps.

        Returns
        -------
        xarray.Dataset
            The observables of `evolve`. Attributes: `residual`, the norm of the generator times the state beside those
            of both; `error`, the largest difference of two states found from unequal starts.

        Raises
        ------
        ArgumentError
            If there are several steady states, as without a drive at temperature zero, where each memory is one; or
            the network has collective jumps.
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
        observables = _observables(model, generator, probability, (none, -2 * coherence))
        details = {"residual": residual, "error": apart}
        result = labelled_result(model, self, observables, patterns=model.patterns, details=details)
        return result.assign_coords(_coordinates(generator))

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
        wanted, point = whole_number("k", k, minimum=1), _point(near)
        signs = (1, -1) if parity is None else (_sign(parity),)
        generator = self._generator(model, factored=True)
        sectors = {(sign, t): generator.basis.sector(t, sign) for sign in signs for t in (1, -1)}
        _require_so_many(wanted, sum(sector.kept.size for sector in sectors.values()), parity)
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
        classes = SpinClasses.of(model)
        dimension = dimension_of(classes.sizes)
        need = COPIES * BYTES_PER_ENTRY * dimension * (10 * classes.n_classes + 1) / 2**30
        if factored:
            need += factors_gib(dimension / 4, classes.n_classes)
        if need > self.memory_gib:
            raise SizeError(
                f"{model.n_spins} spins in {classes.n_classes} classes need {dimension} numbers and about {need:.3g} "
                f"GiB, more than memory_gib={self.memory_gib:g}. Raise it, or use `QuantumJumps` for few spins and "
                "`MeanField` for many."
            )
        return CountGenerator.of(model, classes)


def _start(generator: CountGenerator, initial: InitialState, n_spins: int) -> ComplexArray:
    """The symmetric state at the door, in the frame where the generator is real."""
    classes, basis = generator.classes, generator.basis
    if isinstance(initial, ProductState):
        vectors = class_vectors(classes, bloch_vectors(initial, n_spins))
        one_spin = [((1 + z) / 2, (-y - 1j * x) / 2, (-y + 1j * x) / 2, (1 - z) / 2) for x, y, z in vectors]
        return basis.product([factor.product(s) for factor, s in zip(basis.classes, one_spin, strict=True)])
    spins = spin_array("initial", initial, n_spins=n_spins, ndim=1)
    up = np.bincount(classes.label, weights=spins * classes.sign > 0).astype(np.int64)
    parts = [factor.configuration(int(number)) for factor, number in zip(basis.classes, up, strict=True)]
    return basis.product([part.astype(np.complex128) for part in parts])


def _observables(
    model: OpenHopfield,
    generator: CountGenerator,
    probability: FloatArray,
    transverse: tuple[FloatArray, FloatArray],
    *lead: str,
) -> Observables:
    """The observables of probabilities (..., G) and means of sigma^x and sigma^y in each class (..., C)."""
    z = probability @ generator.magnetisations / generator.classes.sizes
    bloch = spin_vectors(generator.classes, *transverse, z)
    observables = spin_observables(model, bloch, np.asarray(probability @ generator.energies), *lead)
    observables["probability"] = ((*lead, "count"), probability)
    return observables


def _coordinates(generator: CountGenerator) -> dict[str, tuple[tuple[str, ...], IntArray]]:
    return {
        "spins_up": (("count", "spin_class"), generator.spins_up),
        "class_of_spin": (("spin",), generator.classes.label),
        "sign_in_class": (("spin",), generator.classes.sign.astype(np.int64)),
    }


def _point(near: complex) -> complex:
    if not isinstance(near, (int, float, complex, np.number)) or not np.isfinite(near):
        raise ArgumentError(f"Argument `near` must be a finite complex number, but is {near!r}.")
    return complex(near)


def _require_so_many(wanted: int, dimension: int, parity: int | None) -> None:
    if wanted > dimension:
        which = "symmetric states" if parity is None else f"symmetric states of parity {parity:+d}"
        raise ArgumentError(f"Argument `k` must be at most {dimension}, the number of {which}, but is {wanted}.")


def _sign(parity: int) -> int:
    if not isinstance(parity, (int, np.integer)) or parity not in {1, -1}:
        raise ArgumentError(f"Argument `parity` must be 1, -1 or None, but is {parity!r}.")
    return int(parity)
