r"""Spins with equal forces, from the definitions: the sector Lindblad equation with dense matrices, and the spins with
their light.

$$\dot\rho = -i [H, \rho] + \sum_{x,\delta} 2\Omega^2\, \mathrm{Re} I\; D[V_{x,\delta}] \rho, \quad
H = \sum_{x,\delta} \Omega^2\, \mathrm{Im} I\; V_{x,\delta}^\dagger V_{x,\delta}, \quad
V_{x,\delta} = \sum_{i:\, -2 g_i \sigma_i = \delta} (\text{flip } i)\, \Pi_x, \quad I = \int_0^\infty F\,dt.$$

Configuration number k has spin i up where bit i of k is set; density matrices are stacked by columns.
"""

import numpy as np
import scipy.sparse as sp
from scipy.linalg import expm
from scipy.sparse.linalg import expm_multiply
from scipy.special import gammaln


def spin(k, i):
    return 1 if k >> i & 1 else -1


def key(numbers):
    """Numbers that name a force, without round-off."""
    return tuple(round(1e9 * float(number)) for number in numbers)


def flip_integral(force, delta, omega, loss, gain):
    """The complex integral over all times of the kernel F of one flip, by Gauss-Legendre panels of length 1/8."""
    nodes, weights = np.polynomial.legendre.leggauss(16)
    total, start, last = 0.0, 0.0, 1.0
    while last > 1e-16:
        t = start + (nodes + 1) / 16
        exponent = np.zeros(16, complex)
        for mu in range(len(omega)):
            z = complex((loss[mu] - gain[mu]) / 2, omega[mu])
            occupation = gain[mu] / (loss[mu] - gain[mu])
            mean = -2 * force[mu] * omega[mu] / abs(z) ** 2
            spread = 0
            for weight, pole in ((occupation + 1, z), (occupation, z.conjugate())):
                spread = spread + weight * (t / pole - (1 - np.exp(-pole * t)) / pole**2)
            exponent -= 1j * delta[mu] * mean * t + delta[mu] ** 2 * spread
        contrast = np.exp(exponent)
        total += weights @ contrast / 16
        start, last = start + 1 / 8, abs(contrast[-1])
    return total


def sector_generator(g, omega, loss, gain, drive):
    """The generator on density matrices stacked by columns, (4^N, 4^N)."""
    n, size = len(g), 2 ** len(g)
    forces = [sum(g[i] * spin(k, i) for i in range(n)) for k in range(size)]
    jumps, integrals = {}, {}
    for k in range(size):
        for i in range(n):
            delta = -2 * g[i] * spin(k, i)
            name = key(forces[k]), key(delta)
            jumps.setdefault(name, np.zeros((size, size)))[k ^ 1 << i, k] = 1
            if name not in integrals:
                integrals[name] = flip_integral(forces[k], delta, omega, loss, gain)
    one, total = np.eye(size), np.zeros((size**2, size**2), complex)
    for name, jump in jumps.items():
        decay = jump.T @ jump
        rate, shift = 2 * drive**2 * integrals[name].real, drive**2 * integrals[name].imag
        total += rate * (np.kron(jump, jump) - np.kron(one, decay) / 2 - np.kron(decay.T, one) / 2)
        total -= 1j * shift * (np.kron(one, decay) - np.kron(decay.T, one))
    return total


def evolve(generator, sigma, time):
    """The density matrix at `time`, from the configuration `sigma`."""
    size = 2 ** len(sigma)
    start = np.zeros((size, size))
    number = sum(1 << i for i in range(len(sigma)) if sigma[i] > 0)
    start[number, number] = 1
    return (expm(generator * time) @ start.reshape(-1, order="F")).reshape((size, size), order="F")


def ensembles(g):
    """Lists of (spin, sign) with rows of couplings that are equal up to the sign."""
    found = []
    for i in range(len(g)):
        for members in found:
            first = members[0][0]
            sign = next((s for s in (1, -1) if np.allclose(g[i], s * g[first], rtol=0, atol=1e-9)), None)
            if sign is not None:
                members.append((i, sign))
                break
        else:
            found.append([(i, 1)])
    return found


def spin_operators(members, n_spins):
    """J^2 and the diagonal of J_z of the spins of one ensemble, in its gauge."""
    size = 2**n_spins
    lower, projection = np.zeros((size, size)), np.zeros(size)
    for i, sign in members:
        for k in range(size):
            projection[k] += sign * spin(k, i) / 2
            if sign * spin(k, i) > 0:
                lower[k ^ 1 << i, k] += 1
    # J^2 = J_- J_+ + J_z^2 + J_z
    return lower @ lower.T + np.diag(projection**2 + projection), projection


def total_spin_projector(squared, j):
    """The projector on total spin j, from the eigenvectors of J^2."""
    values, vectors = np.linalg.eigh(squared)
    kept = vectors[:, abs(values - j * (j + 1)) < 1e-6]
    return kept @ kept.T


def ladder_probabilities(rho, g):
    """The probability of every ((j, m), ...) of the ensembles, as a dictionary."""
    operators = [(len(members), *spin_operators(members, len(g))) for members in ensembles(g)]

    def split(matrix, rest):
        if not rest:
            return {(): np.trace(matrix).real}
        (n, squared, projection), *others = rest
        found = {}
        for j in np.arange(n % 2 / 2, n / 2 + 1):
            onto = total_spin_projector(squared, j)
            for m in np.arange(-j, j + 1):
                here = onto * (projection == m)
                for name, probability in split(here @ matrix @ here.T, others).items():
                    found[((j, m), *name)] = probability
        return found

    return split(rho, operators)


def collective_spin_and_light(n, levels, drive, g, loss, omega=1.0):
    """The Lindblad equation of a spin j = n/2 and one mode, sparse, stacked by columns; spin first, m from j down."""
    j = n / 2
    m = np.arange(j, -j - 1, -1)
    up = sp.diags_array(np.sqrt(j * (j + 1) - m[1:] * (m[1:] + 1)), offsets=1)
    a = sp.diags_array(np.sqrt(np.arange(1.0, levels)), offsets=1)
    turn, light = sp.kron(up + up.T, sp.identity(levels)), sp.kron(sp.identity(n + 1), a)
    hamiltonian = omega * light.T @ light + 2 * g * sp.kron(sp.diags_array(m), a + a.T) + drive * turn
    one, decay = sp.identity(hamiltonian.shape[0]), light.T @ light
    coherent = -1j * (sp.kron(one, hamiltonian) - sp.kron(hamiltonian.T, one))
    return sp.csr_array(coherent + loss * (sp.kron(light, light) - (sp.kron(one, decay) + sp.kron(decay.T, one)) / 2))


def exact_populations(n, start, levels, drive, g, loss, time):
    """Populations of m = n/2 ... -n/2 at `time`, from m = n/2 - start with the light at rest, in one mode."""
    amplitude = -1j * 2 * g * (n / 2 - start) / (loss / 2 + 1j)
    number = np.arange(levels)
    state = np.zeros((n + 1, levels), complex)
    state[start] = np.exp(-(abs(amplitude) ** 2) / 2 - gammaln(number + 1) / 2) * amplitude**number
    size = state.size
    rho = np.outer(state.ravel(), state.ravel().conj()).reshape(-1, order="F")
    later = expm_multiply(collective_spin_and_light(n, levels, drive, g, loss) * time, rho)
    return later.reshape((size, size), order="F").diagonal().real.reshape(n + 1, levels).sum(axis=1)


def ladder_chain(j, down, up):
    """The generator of the populations of m = -j ... j; `down` and `up` are rates of one spin as functions of m."""
    size = round(2 * j) + 1
    matrix = np.zeros((size, size))
    for k in range(size):
        m = k - j
        for step, rate, factor in ((-1, down, (j + m) * (j - m + 1)), (1, up, (j - m) * (j + m + 1))):
            if factor:
                matrix[k + step, k] += factor * rate(m)
                matrix[k, k] -= factor * rate(m)
    return matrix
