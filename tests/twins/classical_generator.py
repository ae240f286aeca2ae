r"""The classical master equation, written out from the definitions with loops and a dense matrix.

A rate is a function `rate(sigma, i)` of a configuration, a tuple of ±1, and of the spin that flips;
the number of a configuration written in binary is 0 where a spin is up, spin 0 first.
"""

import math
from collections.abc import Callable

import numpy as np
from scipy.linalg import expm
from scipy.sparse import csr_array
from scipy.sparse.linalg import expm_multiply

Rate = Callable[[tuple[int, ...], int], float]


def hebb(patterns):
    r"""$J_{ij} = \frac1N \sum_\mu \xi_i^\mu \xi_j^\mu$, no diagonal."""
    n = len(patterns[0])
    couplings = [[0.0] * n for _ in range(n)]
    for i in range(n):
        for j in range(n):
            for pattern in patterns:
                if i != j:
                    couplings[i][j] += int(pattern[i]) * int(pattern[j]) / n
    return couplings


def cavity_couplings(g, omega, loss, gain):
    r"""$J_{ij} = \sum_\mu 2 \omega_\mu g_{i\mu} g_{j\mu} / (\omega_\mu^2 + (\gamma_\mu - \kappa_\mu)^2 / 4)$."""
    n = len(g)
    couplings = [[0.0] * n for _ in range(n)]
    for i in range(n):
        for j in range(n):
            for mu in range(len(omega)):
                square = omega[mu] ** 2 + ((loss[mu] - gain[mu]) / 2) ** 2
                couplings[i][j] += 2 * omega[mu] * g[i][mu] * g[j][mu] / square
    return couplings


def energy(couplings, sigma):
    """Minus the sum of J over all pairs, each counted once."""
    total = 0.0
    for i in range(len(sigma)):
        for j in range(i):
            total -= couplings[i][j] * sigma[i] * sigma[j]
    return total


def flipped(sigma, i):
    """The configuration with spin i turned over."""
    return (*sigma[:i], -sigma[i], *sigma[i + 1 :])


def flip_cost(couplings, sigma, i):
    """Final minus initial energy."""
    return energy(couplings, flipped(sigma, i)) - energy(couplings, sigma)


def glauber(couplings, temperature, rate=1.0) -> Rate:
    return lambda sigma, i: rate / (1 + math.exp(flip_cost(couplings, sigma, i) / temperature))


def metropolis(couplings, temperature, rate=1.0) -> Rate:
    return lambda sigma, i: rate * min(1.0, math.exp(-flip_cost(couplings, sigma, i) / temperature))


def cavity(g, omega, loss, gain, drive) -> Rate:
    r"""$W = 2 \Omega^2\, \mathrm{Re} \int_0^\infty F\,dt$ from the force before the flip, by Gauss-Legendre panels.

    Panels of length 1/8 with 16 nodes, 64 at a time, until $|F| < 10^{-17}$: for parameters of order one the error is
    round-off (`test_cavity_twin_has_the_tabulated_rates` holds it to 1e-9).
    """
    modes = range(len(omega))
    pole = [complex((loss[mu] - gain[mu]) / 2, omega[mu]) for mu in modes]
    noise = [(loss[mu] + gain[mu]) / (loss[mu] - gain[mu]) for mu in modes]
    nodes, weights = np.polynomial.legendre.leggauss(16)
    places = ((np.arange(64)[:, None] + (nodes + 1) / 2) / 8).ravel()
    shares = np.tile(weights / 16, 64)

    def phi(z, t):
        return t / z - (1 - np.exp(-z * t)) / z**2

    def rate(sigma, i):
        total, start, last = 0.0, 0.0, 1.0
        while last > 1e-17:
            t = start + places
            exponent = np.zeros(t.size, complex)
            for mu in modes:
                force = sum(g[j][mu] * sigma[j] for j in range(len(sigma)))
                delta = -2 * g[i][mu] * sigma[i]
                mean = -2 * force * omega[mu] / abs(pole[mu]) ** 2
                spread = (noise[mu] + 1) / 2 * phi(pole[mu], t) + (noise[mu] - 1) / 2 * phi(pole[mu].conjugate(), t)
                exponent -= 1j * delta * mean * t + delta**2 * spread
            contrast = np.exp(exponent)
            total += float(shares @ contrast.real)
            start, last = start + 8, abs(contrast[-1])
        return 2 * drive**2 * total

    return rate


def configuration(number, n_spins):
    return tuple(1 if digit == "0" else -1 for digit in format(number, f"0{n_spins}b"))


def number(sigma):
    return int("".join("0" if spin > 0 else "1" for spin in sigma), 2)


def generator(n_spins, rate: Rate):
    """The dense (2^N, 2^N) matrix of dp/dt = G p."""
    matrix = np.zeros((2**n_spins, 2**n_spins))
    for source in range(2**n_spins):
        sigma = configuration(source, n_spins)
        for i in range(n_spins):
            flow = rate(sigma, i)
            matrix[number(flipped(sigma, i)), source] += flow
            matrix[source, source] -= flow
    return matrix


def evolve(matrix, sigma, time):
    """Probabilities at `time`, from the configuration `sigma`."""
    start = np.zeros(len(matrix))
    start[number(sigma)] = 1
    return expm(matrix * time) @ start


def boltzmann(couplings, temperature):
    n = len(couplings)
    weights = np.array([math.exp(-energy(couplings, configuration(k, n)) / temperature) for k in range(2**n)])
    return weights / weights.sum()


def one_pattern_chain(n_spins, temperature, times):
    r"""Mean overlap of one pattern under Glauber flips of rate 1, $J = 1/N$, from overlap 1: the birth-death chain
    of the number k of spins that agree with the pattern.
    """
    chain = np.zeros((n_spins + 1, n_spins + 1))
    for k in range(n_spins + 1):
        sum_of_all = 2 * k - n_spins
        if k > 0:
            down = k / (1 + math.exp(2 * (sum_of_all - 1) / n_spins / temperature))
            chain[k - 1, k] += down
            chain[k, k] -= down
        if k < n_spins:
            up = (n_spins - k) / (1 + math.exp(-2 * (sum_of_all + 1) / n_spins / temperature))
            chain[k + 1, k] += up
            chain[k, k] -= up
    state, before, means = np.eye(n_spins + 1)[-1], 0.0, []
    for time in times:
        state, before = expm_multiply(csr_array(chain * (time - before)), state), time
        means.append(state @ (2 * np.arange(n_spins + 1) - n_spins) / n_spins)
    return np.array(means)
