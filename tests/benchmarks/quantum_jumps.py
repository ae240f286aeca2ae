"""Quantum-jump trajectories of the open Hopfield network, P = 2, T = .3, drive .5, to t = 10, against QuTiP `mcsolve`.

The peer gets sparse operators and the two overlaps as its only observables, and its default tolerances; with
`norm_tol = 1e-6` it fails. Ours gets a tolerance that leaves it no less accurate. Errors: by how much the norm at the
first jump misses the random number that asked for it, relative to this number, with the norm by scipy's
`expm_multiply`; the worst of some runs. `large` times our runs of 16 to 20 spins, which have no peer.
"""

import time

import numpy as np
import qutip
from scipy.sparse import csr_array, csr_matrix
from scipy.sparse.linalg import expm_multiply

from cavity_hopfield import Glauber, OpenHopfield, Patterns
from cavity_hopfield.dynamics import spawn_streams
from cavity_hopfield.network import state_vector
from cavity_hopfield.theory.jumps import QuantumJumps
from cavity_hopfield.theory.jumps.runs import Rates, real_parts
from tests.benchmarks.interleaved import Row, interleaved

GOAL = 30.0
TOLERANCE = 1e-5
TIMES = np.linspace(0.0, 10.0, 11)
TEMPERATURE, DRIVE = 0.3, 0.5
SIZES = {8: (200, 40), 10: (60, 12), 12: (20, 4)}
"""Runs of ours and of the peer, by the number of spins."""
LARGE = (16, 18, 20)
CHECKED = 4


def memory(n_spins):
    return Patterns(np.random.default_rng(1).choice([-1, 1], (2, n_spins)))


def network_of(n_spins):
    return OpenHopfield(memory(n_spins), Glauber(TEMPERATURE), drive=DRIVE)


def operators(n_spins):
    """The Hamiltonian, both jumps of every spin and the overlaps as QuTiP objects, from the definitions."""
    xi = memory(n_spins).values.astype(float)
    couplings = xi.T @ xi / n_spins
    np.fill_diagonal(couplings, 0)
    places = np.arange(2**n_spins)
    spins = 1.0 - 2 * ((places[:, None] >> np.arange(n_spins)[::-1]) & 1)
    rates = 1 / (1 + np.exp(2 * spins * (spins @ couplings) / TEMPERATURE))
    hamiltonian, jumps = csr_matrix((2**n_spins, 2**n_spins), dtype=complex), []
    for i in range(n_spins):
        partner = places ^ (1 << (n_spins - 1 - i))
        hamiltonian = hamiltonian + DRIVE * csr_matrix((np.ones(places.size), (partner, places)))
        for direction in (1, -1):
            source = places[spins[:, i] == direction]
            entries = np.sqrt(rates[source, i]) + 0j
            jumps.append(csr_matrix((entries, (partner[source], source)), shape=hamiltonian.shape))
    overlaps = [csr_matrix((spins @ row / n_spins + 0j, (places, places))) for row in xi]
    dims = [[2] * n_spins] * 2
    return tuple([qutip.Qobj(m, dims=dims) for m in group] for group in ([hamiltonian], jumps, overlaps))


def missed(n_spins, ket, numbers, first_jumps):
    """The largest relative distance between the norm at the first jumps and the numbers that asked for them."""
    [hamiltonian], jumps, _ = operators(n_spins)
    effective = -1j * hamiltonian.data_as("csr_matrix")
    for jump in jumps:
        matrix = jump.data_as("csr_matrix")
        effective = effective - matrix.conj().T @ matrix / 2
    norms = [np.linalg.norm(expm_multiply(csr_array(effective) * t, ket)) ** 2 for t in first_jumps]
    return float(np.max(np.abs(np.array(norms) / numbers - 1)))


def row(n_spins, our_runs, peer_runs):
    network, start = network_of(n_spins), memory(n_spins).values[0]
    [hamiltonian], jumps, overlaps = operators(n_spins)
    ket = qutip.basis([2] * n_spins, [int(spin < 0) for spin in start])
    options = {"progress_bar": "", "map": "serial"}
    seeds = np.random.SeedSequence(5).spawn(peer_runs)
    theory = QuantumJumps(runs=our_runs, seed=5, tolerance=TOLERANCE)

    def peer():
        return qutip.mcsolve(
            hamiltonian, ket, TIMES, jumps, e_ops=overlaps, ntraj=peer_runs, seeds=list(seeds), options=options
        )

    ours_s, peer_s = interleaved(lambda: theory.evolve(network, start, TIMES), peer, rounds=3)
    records = QuantumJumps(runs=CHECKED, seed=5, tolerance=TOLERANCE).records(network, start, 10.0)
    mine = records["jump_time"].values[np.unique(records["jump_run"], return_index=True)[1]]
    vector = ket.full()[:, 0]
    ours_error = missed(n_spins, vector, [1 - stream.random() for stream in spawn_streams(5, CHECKED)], mine)
    theirs = [times[0] for times in peer().col_times[:CHECKED]]
    numbers = [np.random.default_rng(seed).random() for seed in seeds[:CHECKED]]
    peer_error = missed(n_spins, vector, numbers, theirs)
    work = f"quantum jumps, N = {n_spins}, per trajectory"
    return Row(work, "mcsolve", ours_s / our_runs, peer_s / peer_runs, GOAL, ours_error, peer_error)


def rows():
    """The table."""
    for n_spins, (our_runs, peer_runs) in SIZES.items():
        yield row(n_spins, our_runs, peer_runs)


def large():
    """The seconds that the tables and one of our trajectories take."""
    for n_spins in LARGE:
        network, start = network_of(n_spins), memory(n_spins).values[0]
        began = time.perf_counter()
        tables = Rates.of(network)
        ready = time.perf_counter()
        vector = real_parts(state_vector(start, n_spins), n_spins)
        one = tables.run(vector, TIMES, TIMES[-1], TOLERANCE, spawn_streams(5, 1)[0])
        done = time.perf_counter()
        yield (
            f"quantum jumps, N = {n_spins}: tables {ready - began:.2f} s, trajectory {done - ready:.2f} s "
            f"with {one.spins.size} jumps"
        )
