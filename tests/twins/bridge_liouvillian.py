r"""The bridged Liouvillian from its definition: numpy kron, and the kernel of a flip integrated by quadrature.

$F(t) = \exp[-i \sum_\mu \delta_\mu \bar X_\mu t - \sum_\mu \delta_\mu^2 S_\mu(t)]$ with $\bar X = -2 x \omega / |z|^2$,
$S = \frac{\nu+1}{2} \varphi(z) + \frac{\nu-1}{2} \varphi(z^*)$, $\varphi(z) = t/z - (1 - e^{-zt})/z^2$. Spin 0 first,
up before down; matrices stacked by columns.
"""

from functools import lru_cache, reduce
from itertools import pairwise

import numpy as np
from scipy.integrate import quad

X = np.array([[0.0, 1.0], [1.0, 0.0]])


class Platform:
    """Plain numbers of a cavity: g[i][mu], and one omega, loss and gain per mode."""

    def __init__(self, dicke):
        self.g = tuple(tuple(float(v) for v in row) for row in dicke.g)
        self.modes = tuple(zip(map(float, dicke.omega), map(float, dicke.loss), map(float, dicke.gain), strict=True))
        self.drive = float(dicke.drive)
        self.n = len(self.g)
        self.signs = [tuple(1 - 2 * int(bit) for bit in format(k, f"0{self.n}b")) for k in range(2**self.n)]
        self.strength = lru_cache(maxsize=None)(self._strength)

    def force(self, sigma):
        return tuple(round(sum(self.g[i][m] * sigma[i] for i in range(self.n)), 10) for m in range(len(self.modes)))

    def change(self, sigma, i):
        return tuple(round(-2 * self.g[i][m] * sigma[i], 10) for m in range(len(self.modes)))

    def kernel(self, delta, force, t):
        exponent = 0
        for d, x, (omega, loss, gain) in zip(delta, force, self.modes, strict=True):
            z = (loss - gain) / 2 + 1j * omega
            nu = (loss + gain) / (loss - gain)
            phi = t / z - (1 - np.exp(-z * t)) / z**2
            other = t / z.conjugate() - (1 - np.exp(-z.conjugate() * t)) / z.conjugate() ** 2
            exponent += 1j * d * 2 * x * omega / abs(z) ** 2 * t - d**2 * ((nu + 1) / 2 * phi + (nu - 1) / 2 * other)
        return np.exp(exponent)

    def _strength(self, delta, force):
        """Omega^2 times the integral of the kernel: half the rate, and the Lamb shift."""
        slow = sum(d**2 * (loss + gain) / (loss - gain) * ((loss - gain) / 2) / (((loss - gain) / 2) ** 2 + omega**2)
                   for d, (omega, loss, gain) in zip(delta, self.modes, strict=True))  # fmt: skip
        edges = np.linspace(0, 40 / slow, 81)
        total = 0
        for part in (np.real, np.imag):
            value = sum(quad(lambda t, part=part: part(self.kernel(delta, force, t)), a, b, epsabs=1e-13)[0]
                        for a, b in pairwise(edges))  # fmt: skip
            total = total + value * (1 if part is np.real else 1j)
        return self.drive**2 * total

    def flip(self, k, i):
        return k ^ (1 << (self.n - 1 - i))

    def individual(self):
        """The Lamb shift, and two jumps for each spin: from up and from down, coherent over the other spins."""
        size = 2**self.n
        shift, jumps = np.zeros((size, size), complex), []
        for i in range(self.n):
            for before in (1, -1):
                jump = np.zeros((size, size))
                for k, sigma in enumerate(self.signs):
                    if sigma[i] == before:
                        value = self.strength(self.change(sigma, i), self.force(sigma))
                        shift[k, k] += value.imag
                        jump[self.flip(k, i), k] = np.sqrt(2 * value.real)
                jumps.append(jump)
        return shift, jumps

    def sector(self):
        """One jump for each force x and change delta, and the Lamb shift of the same operators."""
        size = 2**self.n
        operators = {}
        for k, sigma in enumerate(self.signs):
            for i in range(self.n):
                key = self.change(sigma, i), self.force(sigma)
                operators.setdefault(key, np.zeros((size, size)))[self.flip(k, i), k] += 1
        shift = sum(self.strength(*key).imag * v.T @ v for key, v in operators.items())
        return shift + 0j, [np.sqrt(2 * self.strength(*key).real) * v for key, v in operators.items()]

    def liouvillian(self, jumps, field=0.0, lamb_shift=True):
        shift, operators = getattr(self, jumps)()
        size = 2**self.n
        one = np.eye(size)
        hamiltonian = shift * lamb_shift
        for i in range(self.n):
            factors = [X if j == i else np.eye(2) for j in range(self.n)]
            hamiltonian = hamiltonian + field * reduce(np.kron, factors)
        total = -1j * (np.kron(one, hamiltonian) - np.kron(hamiltonian.T, one))
        for jump in operators:
            decay = jump.conj().T @ jump
            total = total + np.kron(jump.conj(), jump) - (np.kron(one, decay) + np.kron(decay.T, one)) / 2
        return total
