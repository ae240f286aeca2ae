r"""The Nakajima-Zwanzig equation of second order without a convolution: every kernel as a sum of exponentials.

With $u_- = \delta^2 (\nu + 1) / 2 z^2$ and $u_+ = \delta^2 (\nu - 1) / 2 z^{*2}$ of each mode,

$$F(\tau) = e^{\sum_k u_k} \sum_n \prod_k \frac{(-u_k)^{n_k}}{n_k!}\, e^{-\lambda_n \tau}, \qquad
\lambda_n = i\epsilon + \Gamma_\varphi + \sum_k n_k z_k,$$

and each term needs one auxiliary number per flip, $\dot q = p_\sigma - \lambda_n q$. What is left is a linear equation
with constant coefficients. Configurations come in the order of the product basis, spin 0 first and up before down.
"""

import itertools
import math

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import expm_multiply


def kernel_terms(platform, sigma, spin, splitting, degree):
    """Amplitudes and decays of the exponentials in F of one flip, up to a total power of the transients."""
    amplitude, slope, weights, poles = 1.0, -2j * splitting * sigma[spin], [], []
    for mu in range(platform.g.shape[1]):
        net = platform.loss[mu] - platform.gain[mu]
        z, nu = net / 2 + 1j * platform.omega[mu], (platform.loss[mu] + platform.gain[mu]) / net
        force = sum(platform.g[j, mu] * sigma[j] for j in range(len(sigma)))
        delta = -2 * platform.g[spin, mu] * sigma[spin]
        slope += 1j * delta * (-2 * force * platform.omega[mu] / abs(z) ** 2)
        slope += delta**2 * ((nu + 1) / 2 / z + (nu - 1) / 2 / z.conjugate())
        for share, pole in (((nu + 1) / 2, z), ((nu - 1) / 2, z.conjugate())):
            if share and delta:
                weights.append(delta**2 * share / pole**2)
                poles.append(pole)
                amplitude *= np.exp(weights[-1])
    terms = []
    for powers in itertools.product(range(degree + 1), repeat=len(poles)):
        if sum(powers) <= degree:
            factors = [(-u) ** n / math.factorial(n) for u, n in zip(weights, powers, strict=True)]
            decay = slope + sum(n * z for n, z in zip(powers, poles, strict=True))
            terms.append((amplitude * math.prod(factors), decay))
    return terms


def populations(platform, start, times, splitting=0.0, degree=12):
    """Probabilities (T, 2^N) on an equally spaced grid of times that starts at 0."""
    n = platform.g.shape[0]
    entries = {}
    size = 2**n
    for k, sigma in enumerate(itertools.product((1, -1), repeat=n)):
        for i in range(n):
            for weight, decay in kernel_terms(platform, sigma, i, splitting, degree):
                # real and imaginary part of q' = p - decay q, and of the flow 2 drive^2 Re(weight q)
                real, imaginary = size, size + 1
                size += 2
                entries[real, k] = 1.0
                entries[real, real] = entries[imaginary, imaginary] = -decay.real
                entries[real, imaginary], entries[imaginary, real] = decay.imag, -decay.imag
                for place, sign in ((k, -1), (k ^ 1 << (n - 1 - i), 1)):
                    entries[place, real] = sign * 2 * platform.drive**2 * weight.real
                    entries[place, imaginary] = -sign * 2 * platform.drive**2 * weight.imag
    rows, columns = zip(*entries, strict=True)
    matrix = sp.csr_array((list(entries.values()), (rows, columns)), shape=(size, size))
    first = np.zeros(size)
    first[list(itertools.product((1, -1), repeat=n)).index(tuple(start))] = 1.0
    return expm_multiply(matrix, first, start=times[0], stop=times[-1], num=len(times))[:, : 2**n]
