r"""Spins and light as dense matrices, written out from the definitions: the master equation, integrated as it stands.

`rates` and `couplings` are plain arrays; nothing of the package is used. Spins first, up before down, then modes.
"""

import numpy as np
from scipy.integrate import solve_ivp
from scipy.sparse import csr_array
from scipy.special import factorial

SIGMA = {
    "x": np.array([[0, 1], [1, 0]], complex),
    "y": np.array([[0, -1j], [1j, 0]]),
    "z": np.diag([1.0 + 0j, -1.0]),
}


class Twin:
    """`g` (N, M), `omega`, `loss`, `gain` (M,), `drive`; `levels` (M,); `atoms` = (decay, pumping, dephasing, axis)."""

    def __init__(self, g, omega, loss, gain, drive, levels, atoms=None):
        self.g, self.levels = np.asarray(g, float), tuple(levels)
        self.n, self.m = self.g.shape
        self.dims = (2,) * self.n + self.levels
        one = np.ones(self.m)
        omega, loss, gain = omega * one, loss * one, gain * one
        self.a = [self.at(np.diag(np.sqrt(np.arange(1.0, size)), 1), self.n + k) for k, size in enumerate(levels)]
        self.sigma = {axis: [self.at(SIGMA[axis], i) for i in range(self.n)] for axis in "xyz"}
        self.h = drive * sum(self.sigma["x"])
        self.jumps = []
        for k, a in enumerate(self.a):
            self.h = self.h + omega[k] * a.conj().T @ a
            for i in range(self.n):
                self.h = self.h + self.g[i, k] * self.sigma["z"][i] @ (a + a.conj().T)
            self.jumps += [np.sqrt(loss[k]) * a, np.sqrt(gain[k]) * a.conj().T]
        if atoms is not None:
            decay, pumping, dephasing, axis = atoms
            for i in range(self.n):
                x, y, z = (self.sigma[axis][i] for axis in "xyz")
                lower, along = ((z + 1j * y) / 2, x) if axis == "x" else ((x - 1j * y) / 2, z)
                self.jumps += [
                    np.sqrt(decay) * lower, np.sqrt(pumping) * lower.conj().T, np.sqrt(dephasing) * along,
                ]  # fmt: skip
        self.jumps = [jump for jump in self.jumps if jump.any()]
        self.effective = -1j * self.h - sum(jump.conj().T @ jump for jump in self.jumps) / 2

    def at(self, matrix, site):
        whole = np.eye(1)
        for k, size in enumerate(self.dims):
            whole = np.kron(whole, matrix if k == site else np.eye(size))
        return whole

    def light(self, mode, alpha, thermal=0.0):
        """A coherent, or for `alpha` zero a thermal state of one mode."""
        number = np.arange(self.levels[mode])
        if thermal:
            return np.diag((thermal / (1 + thermal)) ** number / (1 + thermal))
        ket = np.exp(-(abs(alpha) ** 2) / 2) * complex(alpha) ** number / np.sqrt(factorial(number))
        return np.outer(ket, ket.conj())

    def start(self, bloch, alphas, thermal=None):
        rho = np.eye(1)
        for vector in bloch:
            rho = np.kron(rho, (np.eye(2) + sum(v * SIGMA[a] for v, a in zip(vector, "xyz", strict=True))) / 2)
        for mode, alpha in enumerate(alphas):
            rho = np.kron(rho, self.light(mode, alpha, 0.0 if thermal is None else thermal[mode]))
        return rho

    def evolve(self, rho, times):
        """The density matrix at each of `times`, and the time integral of each <a> up to them (T, M)."""
        size = len(rho)
        # the products with sparse jumps cost little
        effective = csr_array(self.effective)
        jumps = [(csr_array(jump), csr_array(jump.conj().T)) for jump in self.jumps]

        def slope(_, y):
            now = y[: size**2].reshape(size, size)
            turned = effective @ now
            change = turned + turned.conj().T
            for jump, adjoint in jumps:
                change += (jump @ now) @ adjoint
            return np.append(change.reshape(-1), [np.sum(a.T * now) for a in self.a])

        y = np.append(np.asarray(rho, complex).reshape(-1), np.zeros(self.m))
        found = solve_ivp(slope, (0, times[-1]), y, t_eval=times, rtol=1e-6, atol=1e-8, method="DOP853").y
        return found[: size**2].T.reshape(-1, size, size), found[size**2 :].T

    def observables(self, patterns=None):
        """Operators by the name of what a theory reports; lists along spins, modes or patterns."""
        z = self.sigma["z"]
        found = {
            "spin_z": z,
            "magnetisation_x": [sum(self.sigma["x"]) / self.n],
            "magnetisation_y": [sum(self.sigma["y"]) / self.n],
            "photons": [a.conj().T @ a for a in self.a],
            "amplitude_real": [(a + a.conj().T) / 2 for a in self.a],
            "amplitude_imag": [(a - a.conj().T) / 2j for a in self.a],
            "pair_real": [(a @ a + (a @ a).conj().T) / 2 for a in self.a],
            "pair_imag": [(a @ a - (a @ a).conj().T) / 2j for a in self.a],
        }
        if patterns is not None:
            found["overlap"] = [sum(x * s for x, s in zip(xi, z, strict=True)) / self.n for xi in patterns]
        return found

    def coherence(self, rho, mode):
        a = self.a[mode]
        up = a.conj().T
        return np.trace(up @ up @ a @ a @ rho).real / np.trace(up @ a @ rho).real ** 2


def deviations(result, twin, matrices, patterns=None):
    """By how many standard errors each mean over runs differs from the density matrices, by name."""
    found = {}
    for name, operators in twin.observables(patterns).items():
        exact = np.array([[np.trace(o @ rho).real for o in operators] for rho in matrices])
        mean = result[name].mean("run") if "run" in result[name].dims else result[name]
        difference = mean.values.reshape(exact.shape) - exact
        error = result[f"{name}_error"].values.reshape(exact.shape)
        certain = error < 1e-10
        np.testing.assert_allclose(difference[certain], 0, atol=1e-5)
        found[name] = float(np.abs(difference[~certain] / error[~certain]).max(initial=0.0))
    exact = np.array([[twin.coherence(rho, mode) for mode in range(twin.m)] for rho in matrices])
    known = result["g2_error"].values > 1e-6
    found["g2"] = float(np.abs((result["g2"].values - exact)[known] / result["g2_error"].values[known]).max(initial=0))
    return found
