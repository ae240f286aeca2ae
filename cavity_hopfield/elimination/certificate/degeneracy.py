"""Which spins the light cannot tell apart in the time of a flip: these flip together."""

from dataclasses import dataclass
from itertools import product

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

from cavity_hopfield._typing import BoolArray, FloatArray, IntArray, SpinArray
from cavity_hopfield.elimination.ensembles import SpinEnsembles
from cavity_hopfield.elimination.kernel.flip import force_dephasing
from cavity_hopfield.model import MultimodeDicke

RESOLVED = 0.1
"""Largest ratio of flip rate to splitting of two spins that flip singly."""
FAR = 10.0
"""Square root of the number of flips in which a pair that is looked at dephases."""


@dataclass(frozen=True)
class Degeneracy:
    r"""Spins that flip together in the worst of some configurations.

    Two spins are told apart when two configurations between which their flips lead to and fro split faster than the
    spins flip: the configurations after the one flip and after the other, or, for spins that exert opposite changes of
    force, before both flips and after both. The splitting is $[\Gamma_{ij}^2 + \Delta E^2]^{1/2}$ with the difference
    of energies and the mutual dephasing
    $\Gamma_{ij} = 4 \sum_\mu (g_{i\mu} \mp g_{j\mu})^2 \nu_\mu \mathrm{Re}(1/z_\mu)$.

    Attributes
    ----------
    groups : tuple of tuples of int
        Numbers of the spins that flip together, linked by pairs that are not told apart.
    pair_ratio : float
        Largest ratio of the flip rate of a pair, $W(\epsilon) + W(-\epsilon)$ of the faster spin, to its splitting.
        Infinite for equal forces, 0 where no pair dephases within a hundred flips.
    equal_forces : bool
        Whether all pairs in the groups exert equal forces, up to the sign, so that the sector equation is their limit;
        if not, some pairs are told apart by halves and no rates hold for them.
    """

    groups: tuple[tuple[int, ...], ...]
    pair_ratio: float
    equal_forces: bool

    @property
    def spins(self) -> int:
        """Number of spins in the groups."""
        return sum(len(group) for group in self.groups)


def degeneracy(dicke: MultimodeDicke, configurations: SpinArray, flip_rates: FloatArray) -> Degeneracy:
    r"""The report for `configurations` (K, N) with $W(\epsilon) + W(-\epsilon)$ of every spin, `flip_rates` (K, N)."""
    ensembles = SpinEnsembles.of(dicke)
    points = 2 * ensembles.g * np.sqrt(force_dephasing(dicke))
    pairs, relative = _near_pairs(points, FAR * np.sqrt(flip_rates.max()))
    dephasing = np.sum((points[pairs[:, 0]] - relative[:, None] * points[pairs[:, 1]]) ** 2, axis=1)
    linked, largest = np.empty((0, 2), np.int64), float("inf") if ensembles.sizes.max() > 1 else 0.0
    for sigma, rates in zip(configurations, flip_rates, strict=True):
        fastest = np.zeros(ensembles.n_ensembles)
        np.maximum.at(fastest, ensembles.label, rates)
        splitting = np.hypot(dephasing, _energy_differences(ensembles, sigma, pairs, relative))
        ratios = fastest[pairs].max(axis=1, initial=0.0) / splitting
        here = pairs[ratios > RESOLVED]
        linked = here if len(here) > len(linked) else linked
        largest = max(largest, float(ratios.max(initial=0.0)))
    groups = _groups(linked, ensembles.label, ensembles.n_ensembles)
    return Degeneracy(groups, largest, equal_forces=len(linked) == 0)


def flip_splitting(dicke: MultimodeDicke, sigma: SpinArray, energies: FloatArray, i: int, j: int) -> FloatArray:
    r"""$[\Gamma_{ij}^2 + (\epsilon_i - \epsilon_j)^2]^{1/2}$, the splitting of the configurations that the flips of
    spins i and j lead to, from each of `sigma` (S, N) with the flip energies `energies` (S, N); shape (S,).
    """
    changes = 2 * (np.outer(sigma[:, i], dicke.g[i]) - np.outer(sigma[:, j], dicke.g[j]))
    return np.asarray(np.hypot(changes**2 @ force_dephasing(dicke), energies[:, i] - energies[:, j]))


def _near_pairs(points: FloatArray, radius: float) -> tuple[IntArray, IntArray]:
    """Pairs (P, 2) of ensembles whose points (C, d) are within `radius` of one another, or one of them of the mirror
    image of the other; and +1 or -1 (P,) for which.
    """
    tree = KDTree(points)
    alike = tree.query_pairs(radius, output_type="ndarray")
    mirrored = tree.query_ball_tree(KDTree(-points), radius)
    opposite = np.array([(i, j) for i, near in enumerate(mirrored) for j in near if i < j], np.int64).reshape(-1, 2)
    return np.concatenate([alike, opposite]), np.repeat([1, -1], [len(alike), len(opposite)])


def _energy_differences(ensembles: SpinEnsembles, sigma: SpinArray, pairs: IntArray, relative: IntArray) -> FloatArray:
    r"""Of each pair of ensembles (P, 2), that of the two configurations between which flips of one spin of each lead,
    (P,): $\epsilon_i - \epsilon_j$ where the flips change the force alike, $\epsilon_i + \epsilon_j - 4 J_{ij} \tau_i
    \tau_j$ where they cancel; the smallest over the spins of the pair.
    """
    gauged = ensembles.gauged(sigma)
    energies = ensembles.flip_energies(ensembles.projections(sigma))
    left, right = pairs[:, 0], pairs[:, 1]
    couplings = np.sum(ensembles.g[left] * ensembles.mediation * ensembles.g[right], axis=1)
    smallest = np.full(len(pairs), np.inf)
    for (a, tau), (b, other) in product(enumerate((1, -1)), repeat=2):
        first, second = energies[left, a], energies[right, b]
        difference = np.where(tau == relative * other, first - second, first + second - 4 * couplings * tau * other)
        there = _present(ensembles, gauged, tau)[left] & _present(ensembles, gauged, other)[right]
        smallest = np.where(there, np.minimum(smallest, np.abs(difference)), smallest)
    return smallest


def _present(ensembles: SpinEnsembles, gauged: SpinArray, tau: int) -> BoolArray:
    """Whether an ensemble has a spin with this sign in the gauge, (C,)."""
    return np.bincount(ensembles.label, weights=gauged == tau, minlength=ensembles.n_ensembles) > 0


def _groups(linked: IntArray, label: IntArray, n_ensembles: int) -> tuple[tuple[int, ...], ...]:
    """Groups of spins, first spin first, that `linked` pairs of ensembles (K, 2) join; `label` (N,) as in ensembles."""
    links = csr_array((np.ones(len(linked)), (linked[:, 0], linked[:, 1])), shape=(n_ensembles, n_ensembles))
    _, group_of_ensemble = connected_components(links, directed=False)
    group_of_spin = group_of_ensemble[label]
    members = [np.flatnonzero(group_of_spin == group) for group in np.unique(group_of_spin)]
    return tuple(sorted(tuple(int(i) for i in spins) for spins in members if spins.size > 1))
