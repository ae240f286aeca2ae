"""Trajectories of spins and light, one pattern, to t = 10, against QuTiP: jumps with `mcsolve`, heterodyne detection
with `ssesolve`.

The peer gets sparse operators of all spins in the plain Fock basis, the photon number and the overlap as its only
observables, and its default tolerances; ours takes equal spins together, and reports all it has. Errors: of jumps by
how much the norm at the first jump misses the random number that asked for it, relative to this number, with the norm
by scipy's `expm_multiply`, the worst of some runs; of heterodyne detection nan, for the peer has no measured one.
"""

import numpy as np
import qutip
from scipy.sparse import csr_array
from scipy.sparse.linalg import expm_multiply

from cavity_hopfield import MultimodeDicke
from cavity_hopfield.dynamics import spawn_streams
from cavity_hopfield.theory.heterodyne import Heterodyne
from cavity_hopfield.theory.jumps import QuantumJumps
from tests.benchmarks.interleaved import Row, interleaved

GOAL = 20.0
TOLERANCE = 1e-6
TIMES = np.linspace(0.0, 10.0, 11)
DRIVE, LEVELS = 0.3, 20
SIZES = {2: (400, 20), 4: (200, 8), 6: (200, 4), 8: (100, 2)}
"""Runs of ours and of the peer, by the number of spins."""
CHECKED = 4


def model_of(n_spins):
    return MultimodeDicke(g=np.full((n_spins, 1), 0.6 / np.sqrt(n_spins)), omega=1.0, loss=1.0, drive=DRIVE)


def operators(n_spins):
    """The Hamiltonian, the mode, what is observed and the start as QuTiP objects, from the definitions."""
    model, identity = model_of(n_spins), [qutip.qeye(2)] * n_spins
    a = qutip.tensor(*identity, qutip.destroy(LEVELS)).to("csr")

    def total(sigma):
        return sum(
            qutip.tensor(*identity[:i], sigma, *identity[i + 1 :], qutip.qeye(LEVELS)) for i in range(n_spins)
        ).to("csr")

    z = total(qutip.sigmaz())
    hamiltonian = a.dag() * a + model.g[0, 0] * z * (a + a.dag()) + DRIVE * total(qutip.sigmax())
    alpha = model.relaxed_amplitudes(np.ones(n_spins))[0]
    light = qutip.coherent(LEVELS, alpha, method="analytic").unit()
    ket = qutip.tensor(*[qutip.basis(2, 0)] * n_spins, light)
    return hamiltonian.to("csr"), a, [(a.dag() * a).to("csr"), (z / n_spins).to("csr")], ket


def missed(n_spins, numbers, first_jumps):
    """The largest relative distance between the norm at the first jumps and the numbers that asked for them."""
    hamiltonian, a, _, ket = operators(n_spins)
    effective = csr_array(-1j * hamiltonian.data_as("csr_matrix") - (a.dag() * a).data_as("csr_matrix") / 2)
    norms = [np.linalg.norm(expm_multiply(effective * t, ket.full()[:, 0])) ** 2 for t in first_jumps]
    return float(np.max(np.abs(np.array(norms) / numbers - 1)))


def jump_row(n_spins, our_runs, peer_runs):
    model, start = model_of(n_spins), np.ones(n_spins)
    hamiltonian, a, observed, ket = operators(n_spins)
    options = {"progress_bar": "", "map": "serial"}
    seeds = np.random.SeedSequence(5).spawn(peer_runs)
    theory = QuantumJumps(runs=our_runs, seed=5, tolerance=TOLERANCE, fock=LEVELS)

    def peer():
        return qutip.mcsolve(
            hamiltonian, ket, TIMES, [a], e_ops=observed, ntraj=peer_runs, seeds=list(seeds), options=options
        )

    ours_s, peer_s = interleaved(lambda: theory.evolve(model, start, TIMES), peer, rounds=3)
    records = QuantumJumps(runs=CHECKED, seed=5, tolerance=TOLERANCE, fock=LEVELS).records(model, start, 10.0)
    which, first = np.unique(records["jump_run"], return_index=True)
    numbers = np.array([1 - stream.random() for stream in spawn_streams(5, CHECKED)])[which]
    ours_error = missed(n_spins, numbers, records["jump_time"].values[first])
    jumped = [(times[0], seed) for times, seed in zip(peer().col_times, seeds, strict=True) if len(times)][:CHECKED]
    numbers = [np.random.default_rng(seed).random() for _, seed in jumped]
    peer_error = missed(n_spins, np.array(numbers), [when for when, _ in jumped])
    work = f"jumps of light, N = {n_spins}, per trajectory"
    return Row(work, "mcsolve", ours_s / our_runs, peer_s / peer_runs, GOAL, ours_error, peer_error)


def heterodyne_row(n_spins, our_runs):
    model, start = model_of(n_spins), np.ones(n_spins)
    hamiltonian, a, observed, ket = operators(n_spins)
    theory = Heterodyne(runs=our_runs, seed=5, fock=LEVELS)
    options = {"progress_bar": "", "dt": 0.01, "method": "platen"}

    def peer():
        return qutip.ssesolve(
            hamiltonian, ket, TIMES, sc_ops=[a], heterodyne=True, e_ops=observed, ntraj=1, seeds=5, options=options
        )

    ours_s, peer_s = interleaved(lambda: theory.evolve(model, start, TIMES), peer, rounds=3)
    work = f"heterodyne, N = {n_spins}, per trajectory"
    return Row(work, "ssesolve", ours_s / our_runs, peer_s, GOAL, np.nan, np.nan)


def rows():
    """The table."""
    for n_spins, (our_runs, peer_runs) in SIZES.items():
        yield jump_row(n_spins, our_runs, peer_runs)
    for n_spins in (2, 6):
        yield heterodyne_row(n_spins, 50)
