"""W for 1000 flip energies on each of 20 platforms, against loops over scipy's quadratures at equal accuracy.

The peers integrate the kernel as it is defined (no splitting), in numpy, with their tolerance at 1e-10, a loop for a
few of the energies: times are per value. The reference for the errors is the mpmath route of `tests/twins`.
"""

import numpy as np
from scipy.integrate import quad, quad_vec

from cavity_hopfield import CavityRates, MultimodeDicke
from tests.benchmarks.interleaved import Row, interleaved
from tests.twins import kernel_quadrature as reference

GOAL_ONE_MODE, GOAL_STRONG, GOAL_MODES, GOAL_MODES_VEC = 1000.0, 400.0, 200.0, 5.0
PLATFORMS = 20
ENERGIES = 1000


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


def by_quad(dicke, energies):
    f, end = kernel(dicke), horizon(dicke)
    return [
        quad(lambda t, e=e: (np.exp(-1j * e * t) * f(t)).real, 0, end, epsrel=1e-10, epsabs=0, limit=5000)[0]
        for e in energies
    ]


def by_quad_vec(dicke, energies):
    f, end = kernel(dicke), horizon(dicke)
    return quad_vec(lambda t: (np.exp(-1j * energies * t) * f(t)).real, 0, end, epsrel=1e-10, limit=20000)[0]


def row(work, platforms, peer, peer_energies, goal):
    """One line of the table; the errors are the worst on the first and the last platform."""
    many = [energies_of(dicke, ENERGIES) for dicke in platforms]
    few = [energies_of(dicke, peer_energies) for dicke in platforms]

    def ours():
        return [CavityRates(dicke)(energies) for dicke, energies in zip(platforms, many, strict=True)]

    def theirs():
        return [peer(dicke, energies) for dicke, energies in zip(platforms, few, strict=True)]

    ours_s, peer_s = interleaved(ours, theirs, rounds=3)
    worst = np.zeros(2)
    for dicke, energies in ((platforms[k], few[k][:: max(1, peer_energies // 3)]) for k in (0, -1)):
        exact = np.array([float(exact_integral(dicke, energy)) for energy in energies])
        mine = CavityRates(dicke)(energies) / (2 * dicke.drive**2)
        errors = [np.max(np.abs(np.asarray(values) / exact - 1)) for values in (mine, peer(dicke, energies))]
        worst = np.maximum(worst, errors)
    values = PLATFORMS * np.array([ENERGIES, peer_energies])
    return Row(work, peer.__name__, ours_s / values[0], peer_s / values[1], goal, float(worst[0]), float(worst[1]))


def one_mode(g_low, g_high, seed):
    """Platforms of one mode without gain, g/omega log-uniform in a range and net_loss/omega from 0.1 to 3."""
    stream = np.random.default_rng(seed)
    strengths = np.exp(stream.uniform(np.log(g_low), np.log(g_high), PLATFORMS))
    widths = np.exp(stream.uniform(np.log(0.1), np.log(3.0), PLATFORMS))
    return [MultimodeDicke(g=[[g]], omega=1.0, loss=eta, drive=0.01) for g, eta in zip(strengths, widths, strict=True)]


def two_modes(seed):
    """Platforms of two unequal modes with gain."""
    stream = np.random.default_rng(seed)
    return [
        MultimodeDicke(
            g=stream.uniform(0.1, 0.6, (1, 2)),
            omega=[1.0, 1.0 + stream.uniform(0.1, 0.8)],
            loss=stream.uniform(0.4, 1.0, 2),
            gain=stream.uniform(0.02, 0.2, 2),
            drive=0.01,
        )
        for _ in range(PLATFORMS)
    ]


def rows():
    """The table: one mode without gain (closed form), and two unequal modes with gain (panels)."""
    few, all_of_them = 4, ENERGIES
    yield row("W, one mode, g/omega .1 to 1", one_mode(0.1, 1.0, seed=1), by_quad, few, GOAL_ONE_MODE)
    yield row("W, one mode, g/omega 2.9 to 3", one_mode(2.9, 3.0, seed=2), by_quad, few, GOAL_STRONG)
    yield row("W, two unequal modes with gain", two_modes(seed=3), by_quad, few, GOAL_MODES)
    yield row("W, two unequal modes with gain", two_modes(seed=3), by_quad_vec, all_of_them, GOAL_MODES_VEC)
