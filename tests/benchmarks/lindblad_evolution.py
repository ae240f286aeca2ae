"""The open quantum Hopfield network from a configuration to t = 10, against QuTiP's `mesolve` at an error of 1e-6.

Two random patterns, T = .3, drive .5; overlaps at 21 times. QuTiP gets its operators as sparse matrices; its time is
that of `mesolve` alone. Errors are against a series cut at 1e-12: of `mesolve` the largest of any `spin_z`, of ours the
largest of any `spin_z`, overlap, energy or probability; tolerances are chosen for an error below 1e-6.
For one thread each, set OPENBLAS_NUM_THREADS=1 beforehand.
"""

import time

import numpy as np
import qutip

from cavity_hopfield import Glauber, OpenHopfield, Patterns
from cavity_hopfield.network import configuration_rates
from cavity_hopfield.theory.lindblad import Lindblad
from tests.benchmarks.interleaved import Row, interleaved

GOAL_DEFAULT, GOAL_BEST_8, GOAL_BEST_10 = 150.0, 35.0, 45.0
TIMES = np.linspace(0, 10, 21)
TOLERANCE = 2e-5
BEST = {"method": "tsit5", "matrix_form": True, "atol": 1e-8, "rtol": 1e-6, "nsteps": 100000}
DEFAULT = {"atol": 1e-8, "rtol": 1e-6, "nsteps": 100000}


def network_of(n_spins, seed=1):
    stored = Patterns(np.random.default_rng(seed).choice([-1, 1], (2, n_spins)))
    return OpenHopfield(stored, Glauber(0.3), drive=0.5)


def operators(network):
    """H, the jumps and sigma^z of every spin as sparse operators of QuTiP."""
    n = network.n_spins
    one = [qutip.qeye(2)] * n

    def on(operator, i):
        return qutip.tensor([*one[:i], operator, *one[i + 1 :]]).to("csr")

    dims = [[2] * n, [2] * n]
    roots = [qutip.qdiags(row, 0, dims=dims).to("csr") for row in np.sqrt(configuration_rates(network)).astype(complex)]
    hamiltonian = network.drive * sum(on(qutip.sigmax(), i) for i in range(n))
    jumps = [on(flip, i) @ roots[i] for i in range(n) for flip in (qutip.sigmam(), qutip.sigmap())]
    return hamiltonian, jumps, [on(qutip.sigmaz(), i) for i in range(n)]


def peer(network, options):
    """A call that gives `spin_z` (T, N) by `mesolve`."""
    hamiltonian, jumps, measured = operators(network)
    up_or_down = [qutip.basis(2, 0 if spin > 0 else 1) for spin in network.patterns.values[0]]
    start = qutip.ket2dm(qutip.tensor(up_or_down))

    def call():
        return np.array(qutip.mesolve(hamiltonian, start, TIMES, jumps, e_ops=measured, options=options).expect).T

    return call


def ours(network, tolerance=TOLERANCE):
    """A call that gives all observables."""
    theory = Lindblad(tolerance=tolerance)
    return lambda: theory.evolve(network, network.patterns.values[0], TIMES)


def error_of(found, exact):
    """The largest of any observable."""
    names = ("spin_z", "overlap", "overlap_y", "energy", "probability")
    return max(float(np.abs(found[name] - exact[name]).max()) for name in names)


def row(n_spins, options, name, goal, rounds):
    """One line of the table."""
    network = network_of(n_spins)
    mine, theirs = ours(network), peer(network, options)
    exact = ours(network, 1e-12)()
    ours_s, peer_s = interleaved(mine, theirs, rounds)
    error, peer_error = error_of(mine(), exact), float(np.abs(theirs() - exact["spin_z"].values).max())
    return Row(f"Lindblad, N = {n_spins}, P = 2, to t = 10", name, ours_s, peer_s, goal, error, peer_error)


def rows(largest=10):
    """The table; N = 10 costs the peer minutes."""
    yield row(8, DEFAULT, "mesolve default", GOAL_DEFAULT, rounds=2)
    yield row(8, BEST, "mesolve tsit5 mat.", GOAL_BEST_8, rounds=3)
    if largest >= 10:
        yield row(10, BEST, "mesolve tsit5 mat.", GOAL_BEST_10, rounds=1)


def large(n_spins, times=TIMES):
    """Wall time, products, error told and drift of the trace of one evolution of many spins (no peer goes there)."""
    network = network_of(n_spins)
    theory = Lindblad(tolerance=TOLERANCE, memory_gib=8.0)
    start = time.perf_counter()
    found = theory.evolve(network, network.patterns.values[0], times)
    spent = time.perf_counter() - start
    return {"seconds": spent, **{name: found.attrs[name] for name in ("products", "error", "trace_drift")}}
