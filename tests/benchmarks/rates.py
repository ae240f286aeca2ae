"""W for many flip energies against loops over scipy's quadratures at equal accuracy.

The peers integrate the kernel as it is defined (no splitting), in numpy, with their tolerance at 1e-10. The
reference for the errors is the mpmath route of `tests/twins`.
"""

import numpy as np
from scipy.integrate import quad, quad_vec

from cavity_hopfield import CavityRates, MultimodeDicke
from tests.benchmarks.interleaved import Row, interleaved
from tests.twins import kernel_quadrature as reference

GOAL_ONE_MODE, GOAL_STRONG, GOAL_MODES, GOAL_MODES_VEC = 1000.0, 400.0, 200.0, 5.0
ENERGIES = 1000
PEER_ENERGIES = 20


def kernel(dicke):
    """The kernel of spin 0 without the phase of the flip energy, as a numpy function of time."""
    z, noise, delta2 = dicke.pole, dicke.noise_factor, (2 * dicke.g[0]) ** 2
    shift = np.sum(delta2 * dicke.omega / np.abs(z) ** 2)

    def value(t):
        phi = t / z - (1 - np.exp(-z * t)) / z**2
        spread = (noise + 1) / 2 * phi + (noise - 1) / 2 * phi.conj()
        return np.exp(-1j * shift * t - np.sum(delta2 * spread))

    return value


def horizon(dicke):
    """A time after which the kernel is below 1e-16."""
    value, late = kernel(dicke), 1.0
    while abs(value(late)) > 1e-16:
        late *= 1.3
    return late


def energies_of(dicke, count):
    reach = 30 * float(np.sum(dicke.ising_couplings()[0, 0]))
    return np.linspace(-0.3 * reach, 0.3 * reach, count)


def exact_integral(dicke, energy):
    """The reference: high-precision quadrature, with forces that give the flip energy."""
    delta = 2 * dicke.g[0]
    share = np.zeros(dicke.n_modes)
    share[0] = energy
    force = -share * np.abs(dicke.pole) ** 2 / (2 * delta * dicke.omega) - delta / 2
    modes = [
        reference.Mode(*(float(v) for v in values))
        for values in zip(dicke.omega, dicke.loss, dicke.gain, force, delta, strict=True)
    ]
    return reference.rate_by_quadrature(modes, drive=1) / 2


def row(work, dicke, peer, goal):
    rates, f, end = CavityRates(dicke), kernel(dicke), horizon(dicke)
    many, few = energies_of(dicke, ENERGIES), energies_of(dicke, PEER_ENERGIES)

    def ours():
        return CavityRates(dicke)(many)

    def loop():
        return [
            quad(lambda t, e=e: (np.exp(-1j * e * t) * f(t)).real, 0, end, epsrel=1e-10, epsabs=0, limit=5000)[0]
            for e in few
        ]

    def vector():
        return quad_vec(lambda t: (np.exp(-1j * few * t) * f(t)).real, 0, end, epsrel=1e-10, limit=20000)[0]

    route = loop if peer == "quad loop" else vector
    ours_s, peer_s = interleaved(ours, route, rounds=3)
    exact = np.array([float(exact_integral(dicke, energy)) for energy in few[::5]])
    prefactor = 2 * dicke.drive**2
    return Row(
        work,
        peer,
        ours_s / ENERGIES,
        peer_s / PEER_ENERGIES,
        goal,
        float(np.max(np.abs(rates(few[::5]) / prefactor / exact - 1))),
        float(np.max(np.abs(np.array(route())[::5] / exact - 1))),
    )


def one_mode(g, eta):
    return MultimodeDicke(g=[[g]], omega=1.0, loss=eta, drive=0.01)


def rows():
    """The table: one mode without gain, and two unequal modes with gain."""
    for g, eta, goal in ((0.1, 0.1, GOAL_ONE_MODE), (0.5, 1.0, GOAL_ONE_MODE), (3.0, 1.0, GOAL_STRONG)):
        yield row(f"W, one mode, g = {g}, eta = {eta}", one_mode(g, eta), "quad loop", goal)
    modes = MultimodeDicke(g=[[0.4, 0.3]], omega=[1.0, 1.4], loss=[0.6, 0.4], gain=[0.1, 0.05], drive=0.01)
    yield row("W, two unequal modes with gain", modes, "quad loop", GOAL_MODES)
    yield row("W, two unequal modes with gain", modes, "quad_vec", GOAL_MODES_VEC)
