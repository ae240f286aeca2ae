r"""Which configuration of several sets is reached first, exactly: the sets are made absorbing in the master equation.

Configurations are numbered as in `classical_generator`.
"""

from itertools import combinations

import numpy as np
from scipy.linalg import expm

from tests.twins.classical_generator import configuration, number


def target_sets(patterns, targets):
    """Numbers of the configurations of each target, a pair of a pattern's number and an overlap that is reached from
    below, or from above if it is negative; a configuration belongs to the first that it reaches.
    """
    n, taken, sets = len(patterns[0]), set(), []
    for mu, level in targets:
        reached = []
        for k in range(2**n):
            sigma = configuration(k, n)
            overlap = sum(int(xi) * s for xi, s in zip(patterns[mu], sigma, strict=True)) / n
            if (overlap >= level - 1e-9 if level > 0 else overlap <= level + 1e-9) and k not in taken:
                reached.append(k)
        taken.update(reached)
        sets.append(reached)
    return sets


def corrupted(pattern, wrong):
    """Probabilities of the configurations with `wrong` spins of a pattern flipped, all choices alike."""
    n = len(pattern)
    start = np.zeros(2**n)
    choices = list(combinations(range(n), wrong))
    for chosen in choices:
        sigma = tuple(-int(xi) if i in chosen else int(xi) for i, xi in enumerate(pattern))
        start[number(sigma)] += 1 / len(choices)
    return start


def reached_by(generator, sets, start, time):
    """The probability of each set to be the first that is reached, before `time`, from every column of `start`."""
    absorbing = generator.copy()
    for members in sets:
        absorbing[:, members] = 0
    late = expm(absorbing * time) @ start
    return np.array([late[members].sum(axis=0) for members in sets])
