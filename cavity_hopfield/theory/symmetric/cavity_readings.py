"""What is read off a symmetric state of atoms and light."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse import csr_array, kron, vstack

from cavity_hopfield._typing import ComplexArray, FloatArray, IntArray
from cavity_hopfield.cavity import LightMoments, cavity_observables
from cavity_hopfield.dynamics import Observables
from cavity_hopfield.operators import adjoint
from cavity_hopfield.theory.symmetric.cavity_counts import CavityCounts

MOMENTS = 4
"""Moments of each mode: photons, amplitude, pair, quartic."""


@dataclass(frozen=True, eq=False)
class CavityReadings:
    """Functionals of the vector of a state, and the observables that their values give.

    Attributes
    ----------
    counts : CavityCounts
        The generator, which knows the basis.
    """

    counts: CavityCounts

    @cached_property
    def functionals(self) -> csr_array:
        """Shape (R, D): probabilities of the classical states (G), up-down elements of a spin of each class (C),
        moments of every mode (4 M), populations of the Fock states of every mode.
        """
        trace = _functional(csr_array(np.eye(self.counts.light)))
        basis = self.counts.basis
        places = [*np.atleast_2d(basis.classical).T, *basis.coherent]
        rows = np.repeat(np.arange(len(places)), [some.size for some in places])
        columns = np.concatenate(places)
        of_spins = csr_array((np.ones(rows.size), (rows, columns)), shape=(len(places), basis.dimension))
        of_light = vstack([*(_functional(operator) for operator in self._moments), self._fock_populations])
        all_classical = _sum_of(basis.classical, basis.dimension)
        return csr_array(vstack([kron(of_spins, trace), kron(all_classical, of_light)]))

    @cached_property
    def _moments(self) -> list[csr_array]:
        found = []
        for mode in range(len(self.counts.levels)):
            a = self.counts.annihilation(mode)
            pair = csr_array(a @ a)
            found += [csr_array(adjoint(a) @ a), a, pair, csr_array(adjoint(pair) @ pair)]
        return found

    @property
    def _fock_populations(self) -> csr_array:
        """Functionals (sum of L, L^2) of the light."""
        levels, states = self.counts.levels, np.arange(self.counts.light)
        rows = np.concatenate(np.unravel_index(states, levels)) + np.repeat(
            np.cumsum([0, *levels[:-1]]), self.counts.light
        )
        places = np.tile(states * (self.counts.light + 1), len(levels))
        return csr_array((np.ones(rows.size), (rows, places)), shape=(sum(levels), self.counts.light**2))

    def observables(self, values: ComplexArray, *lead: str) -> Observables:
        """From the values (..., R) of the functionals."""
        counts = self.counts
        n_classical, n_classes = counts.basis.classical.size, counts.spins.n_classes
        probability = np.ascontiguousarray(values[..., :n_classical].real)
        up_down = values[..., n_classical : n_classical + n_classes]
        z = probability @ (2.0 * counts.spins_up - counts.spins.sizes) / counts.spins.sizes
        bloch = counts.spins.spin_means(np.stack([2 * up_down.real, -2 * up_down.imag, z], axis=-1))
        first, n_modes = n_classical + n_classes, len(counts.levels)
        moments = values[..., first : first + MOMENTS * n_modes].reshape(*values.shape[:-1], n_modes, MOMENTS)
        light = LightMoments(moments[..., 0].real, moments[..., 1], moments[..., 2], moments[..., 3].real)
        found = cavity_observables(counts.model, bloch, np.asarray(probability @ counts.energies), light, *lead)
        found["probability"] = ((*lead, "count"), probability)
        return found

    def trace(self, values: ComplexArray) -> FloatArray:
        """Of the states, shape (...)."""
        return np.asarray(values[..., : self.counts.basis.classical.size].real.sum(axis=-1))

    def populations(self, values: ComplexArray) -> list[FloatArray]:
        """Of the Fock states of every mode, the largest at any of the times: values (T, R)."""
        shares = values[..., -sum(self.counts.levels) :].real
        return [np.abs(each).max(axis=0) for each in np.split(shares, np.cumsum(self.counts.levels)[:-1], axis=-1)]

    def lasting(self, values: ComplexArray) -> ComplexArray:
        """Those of the values (..., R) that do not depend on how many Fock states there are."""
        return values[..., : -sum(self.counts.levels)]


def light_rows(counts: CavityCounts, mode: int, weights: FloatArray) -> csr_array:
    """The elements (row, column) of the state of one mode, summed over the classical states of the spins with `weights`
    (G,), functionals (L^2, D).
    """
    size, quanta = counts.levels[mode], np.unravel_index(np.arange(counts.light), counts.levels)
    rest = np.ravel_multi_index(tuple(q * (k != mode) for k, q in enumerate(quanta)), counts.levels)
    row, column = np.nonzero(rest[:, None] == rest[None, :])
    elements = quanta[mode][row] * size + quanta[mode][column]
    places = (elements, column * counts.light + row)
    of_light = csr_array((np.ones(row.size), places), shape=(size**2, counts.light**2))
    classical, shape = counts.basis.classical, (1, counts.basis.dimension)
    of_spins = csr_array((weights, (np.zeros_like(classical), classical)), shape=shape)
    return csr_array(kron(of_spins, of_light))


def _functional(operator: csr_array) -> csr_array:
    r"""$\rho \mapsto \mathrm{Tr}\, O \rho$ for matrices stacked by columns, shape (1, L^2)."""
    found = operator.tocoo()
    row, column = found.coords
    size = operator.shape[0]
    return csr_array((found.data, (np.zeros_like(row), row * size + column)), shape=(1, size**2))


def _sum_of(places: IntArray, size: int) -> csr_array:
    return csr_array((np.ones(places.size), (np.zeros_like(places), places)), shape=(1, size))
