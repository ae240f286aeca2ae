r"""What flows in the stationary state of a chain, from its dense generator, by the definitions and with loops.

The generator acts on columns, configurations are numbered as in `classical_generator`.
"""

import math

import numpy as np
from scipy.linalg import expm


def stationary(matrix):
    """The null vector by the principal minors: the weight of a state is the sum over all trees that lead to it."""
    size = len(matrix)
    minors = []
    for k in range(size):
        kept = [j for j in range(size) if j != k]
        minors.append(abs(np.linalg.det(matrix[np.ix_(kept, kept)] / abs(matrix).max())))
    return np.array(minors) / sum(minors)


def currents(matrix, p):
    """Net current from k to j at (k, j)."""
    size = len(p)
    return np.array(
        [[p[k] * matrix[j, k] - p[j] * matrix[k, j] if j != k else 0.0 for j in range(size)] for k in range(size)]
    )


def entropy_production(matrix, p):
    """Half the sum over all ordered pairs of current times ln of the ratio of flows."""
    total = 0.0
    for k in range(len(p)):
        for j in range(len(p)):
            if j != k and matrix[j, k] > 0:
                there, back = p[k] * matrix[j, k], p[j] * matrix[k, j]
                total += (there - back) * math.log(there / back) / 2
    return total


def largest_affinity(matrix, n_spins):
    """Over all cycles of four flips of two spins, by the products of their rates."""
    worst = 0.0
    for start in range(2**n_spins):
        for i in range(n_spins):
            for j in range(i):
                one, two = 1 << i, 1 << j
                path = [start, start ^ one, start ^ one ^ two, start ^ two, start]
                forward = math.prod(matrix[path[k + 1], path[k]] for k in range(4))
                backward = math.prod(matrix[path[k], path[k + 1]] for k in range(4))
                worst = max(worst, abs(math.log(forward / backward)))
    return worst


def tilted(matrix, share):
    r"""$w_{jk}^{1-\lambda} w_{kj}^{\lambda}$ off the diagonal: its largest eigenvalue generates the entropy flow."""
    size = len(matrix)
    turned = np.array(matrix)
    for k in range(size):
        for j in range(size):
            if j != k and matrix[j, k] > 0:
                turned[j, k] = matrix[j, k] ** (1 - share) * matrix[k, j] ** share
    return turned


def step_response(pushed_up, pushed_down, push, p, observable, time):
    """Response to a field that is switched on: both signs of it, evolved for `time`."""
    ends = [observable @ (expm(matrix * time) @ p) for matrix in (pushed_up, pushed_down)]
    return (ends[0] - ends[1]) / (2 * push)


def correlation(matrix, p, observable, time):
    mean = observable @ p
    return observable @ (expm(matrix * time) @ (observable * p)) - mean**2


def entropy_along_runs(matrix, p, time, runs, stream):
    r"""$\ln p(\sigma_0) / p(\sigma_t) + \sum_\text{flips} \ln (w_{jk} / w_{kj})$ of runs from the stationary state."""
    exits = -np.diag(matrix)
    ahead = np.cumsum(np.where(np.eye(len(p)), 0.0, matrix), axis=0)
    totals = np.empty(runs)
    for run, start in enumerate(stream.choice(len(p), size=runs, p=p)):
        k, now, entropy = int(start), stream.exponential(1 / exits[start]), 0.0
        while now < time:
            j = int(np.searchsorted(ahead[:, k], stream.random() * exits[k], side="right"))
            entropy += math.log(matrix[j, k] / matrix[k, j])
            k = j
            now += stream.exponential(1 / exits[k])
        totals[run] = entropy + math.log(p[start] / p[k])
    return totals
