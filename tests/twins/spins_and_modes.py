r"""Populations of driven spins in lossy, pumped modes, from the full Lindblad equation in a truncated Fock space.

$$H = \sum_\mu \omega_\mu a_\mu^\dagger a_\mu + \sum_{i\mu} g_{i\mu} \sigma^z_i (a_\mu + a_\mu^\dagger)
+ \mathtt{drive} \sum_i \sigma^x_i + \mathtt{splitting} \sum_i \sigma^z_i,$$

$L = \sqrt{\mathtt{loss}_\mu}\, a_\mu$ and $\sqrt{\mathtt{gain}_\mu}\, a_\mu^\dagger$. The start is one configuration
with each mode in the stationary state that it has under that configuration, found as a null vector. Operators are
stacked by columns; spins come before modes, spin 0 first and up before down.
"""

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import expm_multiply, splu

UP, RIGHT = sp.csr_array(np.diag([1.0, -1.0])), sp.csr_array([[0.0, 1.0], [1.0, 0.0]])


def populations(platform, sigma, times, levels, splitting=0.0):
    """Probabilities (T, 2^N) on an equally spaced grid of times that starts at 0, with `levels` Fock states a mode."""
    n, m = platform.g.shape
    sizes = [2] * n + [levels] * m
    lower = sp.diags_array(np.sqrt(np.arange(1.0, levels)), offsets=1)
    down = [placed(lower, n + mu, sizes) for mu in range(m)]
    hamiltonian = sp.csr_array((np.prod(sizes), np.prod(sizes)))
    for mu in range(m):
        hamiltonian = hamiltonian + platform.omega[mu] * down[mu].T @ down[mu]
    for i in range(n):
        up = placed(UP, i, sizes)
        hamiltonian = hamiltonian + platform.drive * placed(RIGHT, i, sizes) + splitting * up
        for mu in range(m):
            hamiltonian = hamiltonian + platform.g[i, mu] * up @ (down[mu] + down[mu].T)
    rates = [(platform.loss[mu], down[mu]) for mu in range(m)] + [(platform.gain[mu], down[mu].T) for mu in range(m)]
    state = np.ones((1, 1))
    for spin in sigma:
        state = np.kron(state, np.diag([1.0, 0.0] if spin > 0 else [0.0, 1.0]))
    for mu in range(m):
        force = sum(platform.g[i, mu] * sigma[i] for i in range(n))
        state = np.kron(state, at_rest(platform.omega[mu], platform.loss[mu], platform.gain[mu], force, levels))
    path = expm_multiply(
        lindblad(hamiltonian, rates),
        state.reshape(-1, order="F").astype(complex),
        start=times[0],
        stop=times[-1],
        num=len(times),
    )
    return path[:, :: np.prod(sizes) + 1].real.reshape(len(times), 2**n, -1).sum(axis=2)


def converged_populations(platform, sigma, times, tolerance, splitting=0.0, first=8, step=4, most=28):
    """`populations` with the Fock levels raised until they move by less than `tolerance`."""
    before = populations(platform, sigma, times, first, splitting)
    for levels in range(first + step, most + 1, step):
        now = populations(platform, sigma, times, levels, splitting)
        if np.abs(now - before).max() < tolerance:
            return now
        before = now
    raise AssertionError(f"Not converged to {tolerance} with {most} levels.")


def correlation(omega, loss, gain, force, times, levels):
    """Connected <X(t) X(0)> of X = a + a^dag at rest, by the regression theorem."""
    a = sp.csr_array(sp.diags_array(np.sqrt(np.arange(1.0, levels)), offsets=1))
    x = (a + a.T).toarray()
    rest = at_rest(omega, loss, gain, force, levels)
    generator = lindblad(omega * a.T @ a + force * (a + a.T), [(loss, a), (gain, a.T)])
    path = expm_multiply(generator, (x @ rest).reshape(-1, order="F"), start=times[0], stop=times[-1], num=len(times))
    return path @ x.reshape(-1) - np.trace(x @ rest) ** 2


def at_rest(omega, loss, gain, force, levels):
    """The stationary state of one mode under a force: the null vector of its Liouvillian with unit trace."""
    a = sp.csr_array(sp.diags_array(np.sqrt(np.arange(1.0, levels)), offsets=1))
    equations = sp.lil_array(lindblad(omega * a.T @ a + force * (a + a.T), [(loss, a), (gain, a.T)]))
    equations[0, :] = np.identity(levels).reshape(-1)
    solution = splu(sp.csc_array(equations)).solve(np.eye(1, levels**2, dtype=complex)[0])
    return solution.reshape(levels, levels, order="F")


def lindblad(hamiltonian, rates):
    """The generator of density matrices stacked by columns, with jumps at the given rates."""
    one = sp.identity(hamiltonian.shape[0])
    total = -1j * (sp.kron(one, hamiltonian) - sp.kron(hamiltonian.T, one))
    for rate, jump in rates:
        decay = jump.T @ jump
        total = total + rate * (sp.kron(jump, jump) - sp.kron(one, decay) / 2 - sp.kron(decay.T, one) / 2)
    return sp.csr_array(total)


def placed(operator, site, sizes):
    """`operator` on one site of a tensor product."""
    before, after = int(np.prod(sizes[:site])), int(np.prod(sizes[site + 1 :]))
    return sp.csr_array(sp.kron(sp.kron(sp.identity(before), operator), sp.identity(after)))
