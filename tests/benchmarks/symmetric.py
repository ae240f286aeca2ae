"""Permutation-symmetric evolution to t = 10 at constant rates, against PIQS; and N = 60 by itself.

At constant rates the spins are independent, so that the Bloch equation of one spin is the reference of both. Times are
for the whole way from the model to the means at 11 times; `peer` is PIQS's generator with `mesolve` and the fastest of
its methods on this work. PIQS knows no rates that depend on the energy.
"""

import time

import numpy as np
from qutip import mesolve
from qutip.piqs import piqs
from scipy.linalg import expm

from cavity_hopfield import Glauber, OpenHopfield, Patterns
from cavity_hopfield.theory.symmetric import PermutationSymmetric
from tests.benchmarks.interleaved import Row, interleaved

GOAL_PIQS = 20.0
GOAL_SIXTY_SECONDS = 1.0
RATE, DRIVE = 0.5, 0.8
TIMES = np.linspace(0.0, 10.0, 11)
METHODS = ("adams", "bdf", "lsoda", "dop853", "tsit5", "vern7", "vern9")
TOLERANCE, PEER_TOLERANCE = 1e-5, 1e-7
"""Those at which both means are within about 1e-8 of the exact ones."""


class ConstantRate:
    """A law that knows no energy."""

    def __call__(self, flip_energy, spin_class=0):
        return np.full(np.broadcast(flip_energy, spin_class).shape, RATE)

    def spin_classes(self, n_spins):
        return np.zeros(n_spins, np.int64)

    def to_dict(self):
        return {"rate_law": "ConstantRate", "rate": RATE}


def exact():
    """Mean of sigma^z of one spin."""
    bloch = np.array([[-RATE, -2 * DRIVE], [2 * DRIVE, -2 * RATE]])
    return np.array([(expm(bloch * t) @ [0, 1])[1] for t in TIMES])


def ours(n_spins):
    network = OpenHopfield(Patterns(np.ones((1, n_spins))), ConstantRate(), DRIVE)
    result = PermutationSymmetric(tolerance=TOLERANCE).evolve(network, np.ones(n_spins), TIMES)
    return result["overlap"].values[:, 0]


def by_piqs(n_spins, method):
    jx, _, jz = piqs.jspin(n_spins)
    ensemble = piqs.Dicke(n_spins, hamiltonian=2 * DRIVE * jx, emission=RATE, pumping=RATE)
    options = {
        "method": method,
        "atol": PEER_TOLERANCE * 0.1,
        "rtol": PEER_TOLERANCE,
        "nsteps": 10**6,
        "progress_bar": "",
    }
    start, mean = piqs.excited(n_spins), 2 * jz / n_spins
    return mesolve(ensemble.liouvillian(), start, TIMES, e_ops=[mean], options=options).expect[0]


def fastest(n_spins):
    spent = {}
    for method in METHODS:
        begin = time.perf_counter()
        by_piqs(n_spins, method)
        spent[method] = time.perf_counter() - begin
    return min(spent, key=spent.get)


def rows():
    """Twenty and thirty spins against PIQS, and sixty at Glauber's rates, where the peer column is the goal."""
    method = fastest(20)
    for n_spins in (20, 30):
        seconds, peer_seconds = interleaved(lambda n=n_spins: ours(n), lambda n=n_spins: by_piqs(n, method), rounds=5)
        errors = [float(np.abs(means - exact()).max()) for means in (ours(n_spins), by_piqs(n_spins, method))]
        work = f"symmetric, P = 1, N = {n_spins}, to t = 10"
        yield Row(work, f"PIQS {method}", seconds, peer_seconds, GOAL_PIQS, *errors)
    network = OpenHopfield(Patterns(np.ones((1, 60))), Glauber(0.15), DRIVE)

    def sixty(tolerance):
        return PermutationSymmetric(tolerance=tolerance).evolve(network, np.ones(60), TIMES)["overlap"].values

    seconds, _ = interleaved(lambda: sixty(TOLERANCE), lambda: None, rounds=3)
    error = float(np.abs(sixty(TOLERANCE) - sixty(1e-12)).max())
    yield Row(
        "symmetric, P = 1, N = 60 to t = 10, Glauber", "goal in seconds", seconds, GOAL_SIXTY_SECONDS, 1, error, 0
    )
