"""Density matrices averaged over the order of the spins in each class, written out in the full space."""

from itertools import permutations, product
from math import comb

import numpy as np

from tests.twins.classical_generator import configuration, number


def orders(n_spins, groups):
    """Every exchange of spins inside the groups, as tuples of old places."""
    for chosen in product(*(permutations(group) for group in groups)):
        order = list(range(n_spins))
        for group, places in zip(groups, chosen, strict=True):
            for here, there in zip(group, places, strict=True):
                order[here] = there
        yield tuple(order)


def moved(n_spins, order, signs):
    """Where each configuration goes when spins are exchanged in the gauge of `signs`."""
    targets = []
    for k in range(2**n_spins):
        inner = [s * spin for s, spin in zip(signs, configuration(k, n_spins), strict=True)]
        targets.append(number(tuple(signs[i] * inner[order[i]] for i in range(n_spins))))
    return np.array(targets)


def average(state, groups, signs):
    """The mean of a density matrix over all exchanges."""
    n_spins = len(signs)
    images = [moved(n_spins, order, signs) for order in orders(n_spins, groups)]
    return sum(state[np.ix_(image, image)] for image in images) / len(images)


def invariant_basis(groups, signs):
    """Orthonormal columns (4^N, D) that span the density matrices no exchange changes, stacked by columns."""
    n_spins = len(signs)
    size = 2**n_spins
    label = np.arange(size * size).reshape(size, size)
    for order in orders(n_spins, groups):
        image = moved(n_spins, order, signs)
        label = np.minimum(label, label[np.ix_(image, image)])
    while (label != label.reshape(-1)[label]).any():
        label = label.reshape(-1)[label]
    _, orbit = np.unique(label.ravel(order="F"), return_inverse=True)
    columns = np.eye(orbit.max() + 1)[orbit]
    return columns / np.linalg.norm(columns, axis=0)


def few_spins(counts, elements, n_few):
    """The reduced density matrix (2^n, 2^n) of n of the spins of one class, from the elements of the density matrix
    `elements[counts]` of N spins with `counts` of up-up, up-down, down-up, down-down.
    """
    by_counts = {tuple(int(c) for c in key): value for key, value in zip(counts, elements, strict=True)}
    n_rest = sum(next(iter(by_counts))) - n_few
    reduced = np.zeros((2**n_few, 2**n_few), complex)
    for row in range(2**n_few):
        for column in range(2**n_few):
            pairs = list(zip(configuration(row, n_few), configuration(column, n_few), strict=True))
            kinds = [pairs.count(kind) for kind in ((1, 1), (1, -1), (-1, 1), (-1, -1))]
            for up in range(n_rest + 1):
                key = (kinds[0] + up, kinds[1], kinds[2], kinds[3] + n_rest - up)
                reduced[row, column] += comb(n_rest, up) * by_counts[key]
    return reduced
