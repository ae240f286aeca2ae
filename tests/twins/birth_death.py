"""Birth-death chains written out: closed forms of balance, passage and splitting, and the chain of one pattern.

`up[k]` is the rate from k to k + 1 and `down[k]` that from k to k - 1, for k = 0..n; down[0] = up[n] = 0.
"""

import math

import numpy as np


def one_pattern(n_spins, temperature):
    r"""Rates of the number k of spins that agree with one pattern, $J = 1/N$, Glauber flips of rate 1."""
    up, down = np.zeros(n_spins + 1), np.zeros(n_spins + 1)
    for k in range(n_spins + 1):
        total = 2 * k - n_spins
        if k < n_spins:
            up[k] = (n_spins - k) / (1 + math.exp(2 * (-total - 1) / n_spins / temperature))
        if k > 0:
            down[k] = k / (1 + math.exp(2 * (total - 1) / n_spins / temperature))
    return up, down


def matrix(up, down):
    """Columns are left, rows are entered."""
    found = np.diag(up[:-1], -1) + np.diag(down[1:], 1)
    return found - np.diag(found.sum(axis=0))


def stationary(up, down):
    weights = [1.0]
    for k in range(1, len(up)):
        weights.append(weights[-1] * up[k - 1] / down[k])
    return np.array(weights) / sum(weights)


def climb_times(up, down):
    r"""Mean time from each k to the top: one step takes $t_k = 1/u_k + (d_k/u_k) t_{k-1}$."""
    steps, before = [], 0.0
    for k in range(len(up) - 1):
        before = 1 / up[k] + down[k] / up[k] * before
        steps.append(before)
    return np.append(np.cumsum(steps[::-1])[::-1], 0.0)


def top_first(up, down):
    r"""Probability from each k to reach the top before 0: sums of $\rho_k = \prod_{j \le k} d_j / u_j$."""
    ratios = [1.0]
    for k in range(1, len(up) - 1):
        ratios.append(ratios[-1] * down[k] / up[k])
    sums = np.concatenate([[0.0], np.cumsum(ratios)])
    return sums / sums[-1]


def critical_relaxation():
    r"""Eigenvalues of $-\partial_x (x^3/3\, \cdot) - \partial_x^2$, ascending, from the Schroedinger operator
    $-\partial_x^2 + x^6/36 - x^2/2$ by finite differences.

    At T = 1 one pattern under Glauber flips obeys $\dot m = \tanh m - m = -m^3/3$, with noise of variance $2/N$ a unit
    of time: each of N/2 flips changes m by 2/N. With $m = N^{-1/4} x$ both terms are of order $N^{-1/2}$.
    """
    x, step = np.linspace(-7, 7, 1401, retstep=True)
    operator = np.diag(2 / step**2 + x**6 / 36 - x**2 / 2) - np.diag(np.ones(1400), 1) / step**2
    return np.linalg.eigvalsh(operator - np.diag(np.ones(1400), -1) / step**2)
