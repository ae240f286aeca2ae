"""One network at every level: five independent routes to the same overlaps, and mean field as they grow."""

import numpy as np
import pytest
import qutip
from scipy.sparse.linalg import expm_multiply

from cavity_hopfield import (
    Glauber,
    HopfieldLimit,
    Lindblad,
    MeanField,
    OpenHopfield,
    Patterns,
    PermutationSymmetric,
    QuantumJumps,
    liouvillian,
    sparse_liouvillian,
)
from cavity_hopfield.network import density_matrix

TIMES = np.array([0.0, 0.5, 2.0, 6.0])
LAW = Glauber(temperature=0.3)
DRIVE = 0.5
MEMORIES = {
    1: Patterns([[1, -1, 1, 1, -1, 1]]),
    2: Patterns([[1, 1, 1, 1, 1, 1], [1, 1, 1, -1, -1, -1]]),
}
RUNS = 4000


def network(count):
    return OpenHopfield(MEMORIES[count], LAW, DRIVE)


def start(count):
    """The first pattern: symmetric in every class."""
    return MEMORIES[count].values[0]


def overlaps_of_stacked(count, stacked):
    """Overlaps (T, P) from density matrices stacked by columns."""
    populations = stacked.reshape(len(stacked), 64, 64)[:, np.arange(64), np.arange(64)].real
    spins = 1 - 2 * ((np.arange(64)[:, None] >> np.arange(6)[::-1]) & 1)
    return populations @ (spins @ MEMORIES[count].values.T / 6)


def by_qutip(count):
    """`mesolve` with operators written from the definition: two jumps for each spin."""
    stored = MEMORIES[count].values.astype(float)
    couplings = stored.T @ stored / 6 * (1 - np.eye(6))
    spins = 1 - 2 * ((np.arange(64)[:, None] >> np.arange(6)[::-1]) & 1)
    one = [qutip.qeye(2)] * 6
    jumps, hamiltonian = [], 0
    for i in range(6):
        # sigma^+ leads from down to up at the rate 1 / (1 + exp(-2 h / T)), whatever the spin itself
        field = spins @ couplings[i]
        for sign, step in ((1, qutip.sigmap()), (-1, qutip.sigmam())):
            amplitude = np.sqrt(1 / (1 + np.exp(-2 * sign * field / 0.3)))
            moved = qutip.tensor(*one[:i], step, *one[i + 1 :])
            jumps.append(moved * qutip.qdiags(amplitude, 0, dims=moved.dims))
        hamiltonian += DRIVE * qutip.tensor(*one[:i], qutip.sigmax(), *one[i + 1 :])
    up = [qutip.basis(2, 0) if value > 0 else qutip.basis(2, 1) for value in start(count)]
    measured = [qutip.Qobj(np.diag(spins @ pattern / 6), dims=hamiltonian.dims) for pattern in stored]
    options = {"atol": 1e-12, "rtol": 1e-10, "progress_bar": "", "normalize_output": False, "nsteps": 100_000}
    result = qutip.mesolve(hamiltonian, qutip.tensor(*up), TIMES, jumps, e_ops=measured, options=options)
    return np.array(result.expect).T


def by_sparse_matrix(count):
    """scipy's exponential of the sparse Liouvillian."""
    generator = sparse_liouvillian(network(count))
    now = density_matrix(start(count), 6).reshape(-1, order="F")
    return overlaps_of_stacked(count, np.array([expm_multiply(generator * time, now) for time in TIMES]))


def by_qobj(count):
    """QuTiP with our superoperator instead of operators of its own."""
    rho = qutip.Qobj(density_matrix(start(count), 6), dims=[[2] * 6] * 2)
    options = {"atol": 1e-12, "rtol": 1e-10, "progress_bar": "", "normalize_output": False, "nsteps": 100_000}
    states = qutip.mesolve(liouvillian(network(count)), rho, TIMES, options=options).states
    return overlaps_of_stacked(count, np.array([state.full().reshape(-1, order="F") for state in states]))


ROUTES = {
    "matrix-free": lambda count: Lindblad().evolve(network(count), start(count), TIMES)["overlap"].values,
    "symmetric": lambda count: PermutationSymmetric().evolve(network(count), start(count), TIMES)["overlap"].values,
    "sparse": by_sparse_matrix,
    "our superoperator in QuTiP": by_qobj,
}


@pytest.fixture(scope="module", params=[1, 2])
def reference(request):
    return request.param, by_qutip(request.param)


@pytest.mark.parametrize("route", ROUTES)
def test_deterministic_routes_give_the_same_overlaps(reference, route):
    count, expected = reference
    assert np.abs(ROUTES[route](count) - expected).max() < 1e-7


def test_jumps_give_the_same_overlaps_on_average(reference):
    """4000 runs resolve .01 in an overlap at z = 2; the largest of 16 |z| is below 4.5 but for one case in 10^4."""
    count, expected = reference
    runs = QuantumJumps(runs=RUNS, seed=5, threads=2).evolve(network(count), start(count), TIMES)["overlap"]
    z = (runs.mean("run") - expected)[1:] / (runs.std("run", ddof=1)[1:] / np.sqrt(RUNS))
    assert np.abs(z).max() < 4.5


def test_reversed_rates_are_seen_by_every_route(reference):
    """The sign that the literature prints, exp(-+ beta h), changes what all routes agree on."""
    count, expected = reference
    repelling = OpenHopfield(-np.asarray(network(count).couplings), LAW, DRIVE, patterns=MEMORIES[count])
    wrong = Lindblad().evolve(repelling, start(count), TIMES)["overlap"].values
    assert np.abs(wrong - expected).max() > 0.1


@pytest.mark.slow
def test_mean_field_is_approached_as_one_over_n():
    """Towards a stable retrieval point the error of the overlap falls as 1/N; a 1/N^2 makes it a little steeper."""
    times = np.array([0.0, 1.0, 3.0])
    law, drive = Glauber(temperature=0.3), 0.2
    expected = MeanField().evolve(HopfieldLimit(1, law, drive), [1.0], times)["overlap"].values[1:, 0]
    sizes = np.array([60, 90, 130])
    errors = []
    for n in sizes:
        exact = PermutationSymmetric().evolve(OpenHopfield(Patterns(np.ones((1, n))), law, drive), np.ones(n), times)
        errors.append(np.abs(exact["overlap"].values[1:, 0] - expected).max())
    slope = np.polyfit(np.log(sizes), np.log(errors), 1)[0]
    assert -1.15 < slope < -0.95
