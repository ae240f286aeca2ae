r"""Generators of the spins alone, $\dot\rho = \mathcal{L} \rho$: what the eliminations end in."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import xarray as xr
from scipy.linalg import expm, svd
from scipy.sparse import csr_array, vstack
from scipy.sparse.linalg import expm_multiply

from cavity_hopfield._checks import frozen, spin_array, time_grid
from cavity_hopfield._compiled import EPSILON
from cavity_hopfield._typing import ArrayLike, ComplexArray, FloatArray, IntArray
from cavity_hopfield.dynamics import Observables, Progress, labelled_result
from cavity_hopfield.exceptions import ArgumentError, SizeError
from cavity_hopfield.model import MultimodeDicke
from cavity_hopfield.operators import configurations, pauli

DENSE_PAIRS = 1100
"""Largest number of matrix elements for which all stationary states are found, by a dense decomposition."""
SMALL = 300
"""Number of matrix elements up to which an evolution uses the dense exponential."""
MOST_PRODUCTS = 1e7
"""Largest number of products with the generator that one step may take."""
FORCE_SLACK = 1e-12
"""Difference of two forces, beside the sum of all couplings, that passes as round-off."""
TRACE_SLACK = 1e-10
"""Deviation from trace one, and from a Hermitian matrix, that passes as round-off in a given density matrix."""


@dataclass(frozen=True, eq=False)
class SpinGenerator:
    r"""$\mathcal{L}$ on those matrix elements $\rho_{\sigma\sigma'}$ that the light lets live.

    Parameters
    ----------
    dicke : MultimodeDicke
        The platform whose light was eliminated.
    places : (K,) array of int
        Places of the matrix elements in the density matrix stacked by columns; the others are zero at all times.
    matrix : (K, K) sparse array
        The generator among them.
    accuracy : float
        Relative accuracy of the matrix: what is smaller, beside its largest singular value, counts as zero in
        `stationary`.

    Notes
    -----
    The product basis is that of `cavity_hopfield.operators`: spin 0 first, up before down. `SectorEquation` and
    `AtomOnly` make such generators.
    """

    dicke: MultimodeDicke
    places: IntArray
    matrix: csr_array
    accuracy: float = EPSILON

    def __post_init__(self) -> None:
        object.__setattr__(self, "places", frozen(self.places))

    @property
    def dimension(self) -> int:
        """$2^N$."""
        return int(2**self.dicke.n_spins)

    def superoperator(self) -> csr_array:
        """The generator on whole density matrices stacked by columns, shape (4^N, 4^N)."""
        entries = self.matrix.tocoo()
        rows, columns = self.places[entries.row], self.places[entries.col]
        return csr_array((entries.data, (rows, columns)), shape=(self.dimension**2,) * 2)

    def population_rates(self) -> FloatArray:
        r"""The real part of the generator among the populations, shape (2^N, 2^N): element (s', s) is the rate from
        configuration s to s', and the diagonal what leaves s.
        """
        here = self._populations
        return np.asarray(self.matrix[here][:, here].toarray().real)

    def states(self, initial: ArrayLike, times: ArrayLike, *, progress: Progress | None = None) -> ComplexArray:
        """Density matrices at `times`, shape (T, 2^N, 2^N).

        Parameters
        ----------
        initial : (N,) array of +-1, or (2^N, 2^N) array
            A configuration or a density matrix at time 0.
        times : (T,) array
            Strictly increasing, not negative.
        progress : callable, optional
            Told the fraction of the times that are done.

        Raises
        ------
        ArgumentError
            If `initial` is no state of the spins, or has elements that do not live under this generator.
        """
        grid = time_grid(times)
        return np.array([self._unstacked(elements) for elements in self._path(initial, grid, progress)])

    def evolve(
        self, theory: Any, initial: ArrayLike, times: ArrayLike, *, progress: Progress | None = None
    ) -> xr.Dataset:
        """Observables at `times`, labelled as made by `theory`."""
        grid = time_grid(times)
        path = np.array(list(self._path(initial, grid, progress)))
        probability = path[:, self._populations].real
        transverse = np.asarray(_mean_transverse(self.dicke.n_spins)[:, self.places] @ path.T).T
        named = self._named(probability, transverse.real)
        return labelled_result(self.dicke, theory, named, times=grid, patterns=self.dicke.stored)

    def observables(self, states: ComplexArray) -> Observables:
        """Expectations in density matrices (T, 2^N, 2^N), by name."""
        stacked = np.swapaxes(states, 1, 2).reshape(len(states), -1)
        transverse = np.asarray(_mean_transverse(self.dicke.n_spins) @ stacked.T).T
        return self._named(np.diagonal(states, axis1=1, axis2=2).real, transverse.real)

    def _named(self, probability: FloatArray, transverse: FloatArray) -> Observables:
        """Observables from the populations (T, 2^N) and the mean of sigma^x and sigma^y over the spins, (T, 2)."""
        spins = configurations(self.dicke.n_spins)
        spin_z = probability @ spins
        observables: Observables = {
            "probability": (("time", "configuration"), probability),
            "spin_z": (("time", "spin"), spin_z),
            "magnetisation": (("time",), spin_z.mean(axis=1)),
            "magnetisation_x": (("time",), transverse[:, 0]),
            "magnetisation_y": (("time",), transverse[:, 1]),
            "energy": (("time",), probability @ self.dicke.energy(spins)),
        }
        memory = self.dicke.stored
        if memory is not None:
            observables["overlap"] = (("time", "pattern"), memory.overlaps(spin_z))
        return observables

    def steady_state(self, initial: ArrayLike | None = None) -> ComplexArray:
        r"""$\lim_{t \to \infty} \rho(t)$, shape (2^N, 2^N).

        Parameters
        ----------
        initial : (N,) array of +-1, or (2^N, 2^N) array, optional
            Needed if there are several stationary states, as for spins that flip together: the start decides.

        Raises
        ------
        ArgumentError
            If there are several stationary states and no `initial` is given.
        SizeError
            If the generator is too large for a dense decomposition.
        """
        right, left = self.stationary
        if initial is None and right.shape[1] > 1:
            raise ArgumentError(
                f"There are {right.shape[1]} stationary states, because some spins flip together or never: the start "
                "decides which one is reached. Give `initial`."
            )
        if initial is None:
            found = self._unstacked(right[:, 0])
            return np.asarray(found / np.trace(found))
        weights = np.linalg.solve(left.conj().T @ right, left.conj().T @ self._elements(initial))
        return self._unstacked(right @ weights)

    @cached_property
    def stationary(self) -> tuple[ComplexArray, ComplexArray]:
        """Bases (K, S) of the stationary states and of the conserved quantities."""
        if self.places.size > DENSE_PAIRS:
            raise SizeError(
                f"All stationary states of {self.dicke.n_spins} spins would take a dense matrix of "
                f"{self.places.size} x {self.places.size}; the limit is {DENSE_PAIRS}. Use `evolve` to a late time."
            )
        left, sizes, right = svd(self.matrix.toarray())
        still = sizes <= self.places.size * self.accuracy * sizes[0]
        return right[still].conj().T, left[:, still]

    def _path(self, initial: ArrayLike, grid: FloatArray, progress: Progress | None) -> Iterator[ComplexArray]:
        """The living elements at every time of `grid`."""
        now, before = self._elements(initial), 0.0
        advance = self._small_steps if self.places.size <= SMALL else self._large_steps
        for k, time in enumerate(grid):
            if time > before:
                now = advance(float(time - before), now)
            yield now
            before = float(time)
            if progress is not None:
                progress((k + 1) / grid.size)

    def _small_steps(self, step: float, now: ComplexArray) -> ComplexArray:
        """By the dense exponential, whose cost grows with the logarithm of the step; kept for equal steps."""
        kept_step, propagator = self.__dict__.get("_propagator", (0.0, None))
        if abs(step - kept_step) > 4 * EPSILON * step:
            propagator = expm(self.matrix.toarray() * step)
            self.__dict__["_propagator"] = step, propagator
        return np.asarray(propagator @ now)

    def _large_steps(self, step: float, now: ComplexArray) -> ComplexArray:
        """By products of the sparse matrix with the state, whose number grows with the step."""
        size = float(abs(self.matrix).sum(axis=0).max()) * step
        if size > MOST_PRODUCTS:
            raise SizeError(
                f"An evolution of {self.dicke.n_spins} spins over the time {step:g} takes about {size:.1g} products "
                f"with the generator, more than {MOST_PRODUCTS:g}. Take shorter times, or the `steady_state`."
            )
        return np.asarray(expm_multiply(self.matrix * step, now))

    @property
    def _populations(self) -> IntArray:
        """Where in `places` the populations stand."""
        return np.searchsorted(self.places, np.arange(self.dimension) * (self.dimension + 1))

    def _elements(self, initial: ArrayLike) -> ComplexArray:
        stacked = self._density_matrix(initial).reshape(-1, order="F")
        elsewhere = np.delete(stacked, self.places)
        if np.abs(elsewhere).max(initial=0.0) > TRACE_SLACK:
            raise ArgumentError(
                "Argument `initial` has a coherence between configurations of unequal force "
                f"({np.abs(elsewhere).max():g}), which the light destroys before any spin flips. Set it to zero."
            )
        return np.asarray(stacked[self.places])

    def _density_matrix(self, initial: ArrayLike) -> ComplexArray:
        given = np.asarray(initial)
        if given.ndim == 1:
            spins = spin_array("initial", initial, n_spins=self.dicke.n_spins, ndim=1)
            here = (configurations(self.dicke.n_spins) == spins).all(axis=1)
            return np.diag(here).astype(np.complex128)
        shape = (self.dimension, self.dimension)
        if given.shape != shape or given.dtype.kind not in "biufc" or not np.isfinite(given).all():
            raise ArgumentError(
                f"Argument `initial` must be a configuration of {self.dicke.n_spins} spins or a finite density matrix "
                f"of shape {shape}, but has shape {given.shape}."
            )
        rho = given.astype(np.complex128)
        if abs(np.trace(rho) - 1) > TRACE_SLACK or np.abs(rho - rho.conj().T).max() > TRACE_SLACK:
            raise ArgumentError(
                f"Argument `initial` must be Hermitian with trace 1, but its trace is {np.trace(rho):g} and it differs "
                f"from its conjugate by {np.abs(rho - rho.conj().T).max():g}."
            )
        smallest = float(np.linalg.eigvalsh(rho)[0])
        if smallest < -TRACE_SLACK:
            raise ArgumentError(f"Argument `initial` must have no negative eigenvalue, but has {smallest:g}.")
        return rho

    def _unstacked(self, elements: ComplexArray) -> ComplexArray:
        stacked = np.zeros(self.dimension**2, np.complex128)
        stacked[self.places] = elements
        return stacked.reshape((self.dimension, self.dimension), order="F")


def _mean_transverse(n_spins: int) -> csr_array:
    r"""The rows whose product with a stacked density matrix is the mean of $\sigma^x$ and of $\sigma^y$, (2, 4^N)."""
    rows = []
    for axis in "xy":
        total = csr_array((2**n_spins, 2**n_spins), dtype=np.complex128)
        for spin in range(n_spins):
            total = csr_array(total + pauli(axis, spin, n_spins) / n_spins)
        rows.append(total.reshape((1, -1)))
    return csr_array(vstack(rows))


def equal_force_places(dicke: MultimodeDicke) -> IntArray:
    r"""Places in the stacked density matrix of the elements $\rho_{\sigma\sigma'}$ with equal forces, (K,), in
    ascending order.
    """
    labels = force_labels(dicke)
    groups = np.split(np.argsort(labels, kind="stable"), np.cumsum(np.bincount(labels))[:-1])
    return np.sort(np.concatenate([(column[:, None] * labels.size + column).ravel() for column in groups]))


def force_labels(dicke: MultimodeDicke) -> IntArray:
    """The number of the force that each configuration exerts, (2^N,): equal numbers for forces equal to round-off."""
    forces = dicke.force(configurations(dicke.n_spins))
    order = np.argsort(forces, axis=0)
    steps = np.diff(np.take_along_axis(forces, order, axis=0), axis=0, prepend=0.0)
    steps[0] = 0.0
    ranks = np.empty_like(order)
    apart = steps > FORCE_SLACK * np.abs(dicke.g).sum()
    np.put_along_axis(ranks, order, np.cumsum(apart, axis=0), axis=0)
    return np.asarray(np.unique(ranks, axis=0, return_inverse=True)[1].reshape(-1))
