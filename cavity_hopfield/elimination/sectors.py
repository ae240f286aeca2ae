r"""Spins that the light cannot tell apart flip together: the equation of second order in the drive.

Configurations with equal forces $x$ on the light do not dephase against one another, so that their coherences live as
long as the populations. A flip of spin i changes the force by $\delta_i = -2 g_i \sigma_i$; flips that change it alike
interfere, and what decays is their sum $V_{x,\delta}$.
"""

import warnings
from dataclasses import dataclass

import numpy as np
import xarray as xr
from scipy.sparse import csr_array

from cavity_hopfield._checks import real_number
from cavity_hopfield._typing import ArrayLike, ComplexArray, FloatArray, IntArray
from cavity_hopfield.dynamics import Progress
from cavity_hopfield.elimination.cavity_rates import CavityRates
from cavity_hopfield.elimination.certificate.certificate import SAFE_DRIVE, SAFE_RATIO
from cavity_hopfield.elimination.certificate.certification import certificate_attribute
from cavity_hopfield.elimination.certificate.degeneracy import RESOLVED, flip_splitting
from cavity_hopfield.elimination.kernel.flip import force_dephasing, lamb_shift
from cavity_hopfield.elimination.spin_generator import SpinGenerator, equal_force_places, force_labels
from cavity_hopfield.exceptions import RegimeWarning, SizeError
from cavity_hopfield.model import MultimodeDicke, require_dicke
from cavity_hopfield.operators import configurations, flip_partners

BYTES_PER_TERM = 140
"""Peak memory while one matrix element of the generator is assembled."""


@dataclass(frozen=True)
class SectorEquation:
    r"""$\dot\rho = -i [H_\mathrm{LS}, \rho] + \sum_{x,\delta} W(\delta, x) D[V_{x,\delta}] \rho$ with
    $V_{x,\delta} = \sum_{i:\, -2 g_i \sigma_i = \delta} (\text{flip } i)\, \Pi_x$ and
    $H_\mathrm{LS} = \sum_{x,\delta} \Lambda(\delta, x) V_{x,\delta}^\dagger V_{x,\delta}$.

    The limit of weak drive for any forces: $W = 2 \Omega^2 \mathrm{Re} \int_0^\infty F\,dt$ and
    $\Lambda = \Omega^2 \mathrm{Im} \int_0^\infty F\,dt$ with the kernel $F$ of the flip (see `coherence`), and the
    projector $\Pi_x$ on the configurations of force $x$. If all forces differ it is the master equation of
    `CavityRates`, with single flips.

    Parameters
    ----------
    memory_gib : float
        Refuse a platform whose generator needs more than this. The number of elements of the density matrix between
        equal forces is $2^N$ if all forces differ, and $\binom{2N}{N}$ if all spins couple alike.

    Notes
    -----
    Three or more flips that together leave all forces as they were, as with $g_3 = g_1 + g_2$, make resonances of
    higher order in the drive; `exact_rates` has them. Source of the model: E. Fiorelli et al., Phys. Rev. Lett. 125,
    070604 (2020).

    Examples
    --------
    Two spins that couple alike never leave the three symmetric states, so that the two configurations of high energy
    share the weight of one:

    >>> pair = MultimodeDicke(g=[[0.5], [0.5]], omega=1.0, loss=1.0, drive=0.01)
    >>> together = SectorEquation().steady_state(pair, initial=[1, 1]).diagonal().real
    >>> singly = SectorEquation().steady_state(MultimodeDicke([[0.4], [0.6]], 1.0, 1.0, drive=0.01)).diagonal().real
    >>> together.round(3), singly.round(3)
    (array([0.478, 0.022, 0.022, 0.478]), array([0.455, 0.045, 0.045, 0.455]))
    """

    memory_gib: float = 4.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "memory_gib", real_number("memory_gib", self.memory_gib, above=0.0))

    def generator(self, dicke: MultimodeDicke) -> SpinGenerator:
        """The equation of one platform, on the elements of the density matrix between equal forces.

        Raises
        ------
        ArgumentError
            If the drive is zero, or a spin couples to nothing.
        SizeError
            If more memory is needed than `memory_gib`; the text gives the need.

        Warns
        -----
        RegimeWarning
            If the drive is not weak, or forces differ by so little that flips are neither collective nor single.
        """
        require_dicke("dicke", dicke)
        self._check_size(dicke.n_spins, 2.0 ** min(dicke.n_spins, 1000), 1)
        labels = force_labels(dicke)
        partners = flip_partners(dicke.n_spins)
        self._check_size(dicke.n_spins, float(np.sum(np.bincount(labels) ** 2.0)), _most_together(labels[partners]))
        strengths = flip_strengths(dicke)
        _warn_outside_regime(dicke, labels, partners, 2 * strengths.real)
        places = equal_force_places(dicke)
        return SpinGenerator(dicke, places, _assembled(places, labels, partners, strengths))

    def evolve(
        self, dicke: MultimodeDicke, initial: ArrayLike, times: ArrayLike, *, progress: Progress | None = None
    ) -> xr.Dataset:
        """Observables at `times`, from `initial` at time 0.

        Parameters
        ----------
        dicke : MultimodeDicke
            The platform, with a drive.
        initial : (N,) array of +-1, or (2^N, 2^N) array
            A configuration, or a density matrix without coherences between unequal forces.
        times : (T,) array
            Strictly increasing, not negative.
        progress : callable, optional
            Told the fraction of the times that are done.

        Returns
        -------
        xarray.Dataset
            `probability` (time, configuration) in the product basis, spin 0 first and up before down; `spin_z`
            (time, spin), `magnetisation`, `magnetisation_x`, `magnetisation_y`, `energy` (time), and `overlap`
            (time, pattern) if the platform has patterns.

        Raises
        ------
        ArgumentError
            As by `generator`, or if `initial` is no such state.
        SizeError
            As by `generator`.
        """
        result = self.generator(dicke).evolve(self, initial, times, progress=progress)
        return result.assign_attrs(certificate_attribute(dicke))

    def steady_state(self, dicke: MultimodeDicke, initial: ArrayLike | None = None) -> ComplexArray:
        """The density matrix at late times, shape (2^N, 2^N); the start decides where spins flip together.

        Raises
        ------
        ArgumentError
            As by `generator`, or if there are several stationary states and no `initial`.
        SizeError
            As by `generator`, or if there are too many elements for a dense decomposition.
        """
        return self.generator(dicke).steady_state(initial)

    def _check_size(self, n_spins: int, elements: float, together: int) -> None:
        need = elements * n_spins * (together + 2) * BYTES_PER_TERM / 2**30
        if need > self.memory_gib:
            raise SizeError(
                f"The sector equation of {n_spins} spins with {elements:.3g} elements of the density matrix needs "
                f"about {need:.3g} GiB, more than memory_gib={self.memory_gib:g}. With unequal forces "
                "`KineticMonteCarlo` serves any number of spins."
            )


def _most_together(arrivals: IntArray) -> int:
    """The largest number of flips that lead one configuration to one force."""
    ordered = np.sort(arrivals, axis=1)
    n_spins = ordered.shape[1]
    return max(k for k in range(1, n_spins + 1) if np.any(ordered[:, k - 1 :] == ordered[:, : n_spins + 1 - k]))


def flip_strengths(dicke: MultimodeDicke) -> ComplexArray:
    r"""$\frac12 W_i(\sigma) + i \Lambda_i(\sigma) = \Omega^2 \int_0^\infty F\,dt$ of every flip in every configuration,
    (2^N, N): one value for each pair of forces, before and after.
    """
    labels, partners = force_labels(dicke), flip_partners(dicke.n_spins)
    keys = labels[:, None] * (labels.max() + 1) + labels[partners]
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    rates = CavityRates(dicke)
    energies = dicke.flip_energies(configurations(dicke.n_spins)).ravel()[first]
    classes = np.broadcast_to(rates.classes, keys.shape).ravel()[first]
    values = rates(energies, classes) / 2 + 1j * lamb_shift(dicke, energies, classes)
    return np.asarray(values[inverse.reshape(keys.shape)])


def _assembled(places: IntArray, labels: IntArray, partners: IntArray, strengths: ComplexArray) -> csr_array:
    r"""$\rho \mapsto \sum W V \rho V^\dagger - (\frac12 W + i \Lambda) V^\dagger V \rho
    - (\frac12 W - i \Lambda) \rho V^\dagger V$ between the elements at `places`.
    """
    size, n_spins = partners.shape
    right, left = np.divmod(places, size)
    here = np.arange(places.size)
    terms: list[tuple[IntArray, IntArray, ComplexArray]] = []

    def add(together: IntArray, to_left: IntArray, to_right: IntArray, values: ComplexArray) -> None:
        target = np.searchsorted(places, to_right[together] * size + to_left[together])
        terms.append((target, here[together], values[together]))

    for i in range(n_spins):
        left_i, right_i = partners[left, i], partners[right, i]
        for j in range(n_spins):
            right_j = partners[right, j]
            alike = np.flatnonzero(labels[left_i] == labels[right_j])
            add(alike, left_i, right_j, 2 * strengths.real[left, i] + 0j)
            back = np.flatnonzero(labels[partners[left_i, j]] == labels[left])
            add(back, partners[left_i, j], right, -strengths[left, i])
            back = np.flatnonzero(labels[partners[right_i, j]] == labels[right])
            add(back, left, partners[right_i, j], -strengths[right, i].conj())
    rows, columns, values = (np.concatenate(parts) for parts in zip(*terms, strict=True))
    matrix = csr_array((values, (rows, columns)), shape=(places.size, places.size))
    matrix.sum_duplicates()
    return matrix


def _warn_outside_regime(dicke: MultimodeDicke, labels: IntArray, partners: IntArray, rates: FloatArray) -> None:
    ratio = _largest_collective_ratio(dicke, labels, partners, rates)
    drive_ratio = float(2 * dicke.drive / np.abs(dicke.pole).min())
    if ratio >= SAFE_RATIO or drive_ratio >= SAFE_DRIVE:
        safe = dicke.drive * min(float(np.sqrt(SAFE_RATIO / ratio)), SAFE_DRIVE / drive_ratio)
        warnings.warn(
            f"r = {ratio:.2g} for spins that flip together, 2 drive/|z| = {drive_ratio:.2g}: an equation of second "
            f"order in the drive wants r < {SAFE_RATIO} and 2 drive/|z| < {SAFE_DRIVE}. Lower the drive below "
            f"{safe:.3g}, or take `exact_rates`, which has all orders.",
            RegimeWarning,
            stacklevel=3,
        )
    unresolved = _largest_unresolved_ratio(dicke, labels, partners, rates)
    if unresolved > RESOLVED:
        warnings.warn(
            f"Flip rate / splitting = {unresolved:.2g} for two unequal forces: the light tells them apart more slowly "
            "than spins flip, so that flips are neither collective nor single. A weaker drive, or equal forces, help.",
            RegimeWarning,
            stacklevel=3,
        )


def _largest_collective_ratio(dicke: MultimodeDicke, labels: IntArray, partners: IntArray, rates: FloatArray) -> float:
    r"""The largest $[W(\epsilon) + W(-\epsilon)] / \Gamma_\varphi$ times the number of flips that interfere on the way
    there and on the way back, which bounds the eigenvalues of $V^\dagger V$.
    """
    spins, arrivals = np.arange(dicke.n_spins), labels[partners]
    interfering = (arrivals[:, :, None] == arrivals[:, None, :]).sum(axis=2)
    enhanced = (rates + rates[partners, spins]) * interfering * interfering[partners, spins]
    return float((enhanced / (4 * dicke.g**2 @ force_dephasing(dicke))).max())


def _largest_unresolved_ratio(dicke: MultimodeDicke, labels: IntArray, partners: IntArray, rates: FloatArray) -> float:
    r"""The largest ratio of flip rate to splitting $[\Gamma_{ij}^2 + (\epsilon_i - \epsilon_j)^2]^{1/2}$ of two flips
    that lead to unequal forces, as in `certify`.
    """
    spins = np.arange(dicke.n_spins)
    both = (rates + rates[partners, spins]).max(axis=1)
    configured = configurations(dicke.n_spins)
    energies = dicke.flip_energies(configured)
    worst = 0.0
    for i in range(dicke.n_spins):
        for j in range(i):
            splitting = flip_splitting(dicke, configured, energies, i, j)
            unequal = labels[partners[:, i]] != labels[partners[:, j]]
            worst = max(worst, float(np.max(both[unequal] / splitting[unequal], initial=0.0)))
    return worst
