"""Atoms that decay and dephase by themselves, with their light: counts against QuTiP, every atom or PIQS times Fock.

Both keep the same Fock states, so that the two are one truncated model, and the error of each is its distance from our
answer at the tolerance 1e-12. Times are for the whole way from the model to the photons at 11 times. The peers use
the fastest of their methods on this work; PIQS has no cavity, its generator is put together with that of the light by
`super_tensor`, as its authors do.
"""

import time

import numpy as np
import qutip
from qutip.piqs import piqs

from cavity_hopfield import MultimodeDicke, ProductState, SpinChannels
from cavity_hopfield.theory.symmetric import PermutationSymmetric
from tests.benchmarks.interleaved import Row, interleaved

GOAL, GOAL_PIQS = 20.0, 2.0
COLLECTIVE, DRIVE, DECAY, DEPHASING = 0.8, 0.5, 0.3, 0.1
LEVELS = 10
TIMES = np.linspace(0.0, 5.0, 11)
METHODS = ("adams", "bdf", "dop853", "tsit5", "vern7")
TOLERANCE, PEER_TOLERANCE = 1e-6, 1e-7


def ours(n, tolerance=TOLERANCE):
    channels = SpinChannels(decay=DECAY, dephasing=DEPHASING)
    model = MultimodeDicke(np.full((n, 1), COLLECTIVE / np.sqrt(n)), 1.0, 1.0, drive=DRIVE, channels=channels)
    start = ProductState(np.tile([1.0, 0.0, 0.0], (n, 1)), [0.0])
    return PermutationSymmetric(tolerance, fock=LEVELS).evolve(model, start, TIMES)["photons"].values[:, 0]


def options(method):
    return {"method": method, "atol": 0.1 * PEER_TOLERANCE, "rtol": PEER_TOLERANCE, "nsteps": 10**6, "progress_bar": ""}


def by_mesolve(n, method):
    """Every atom, with the axes of the usual notation: x and z exchanged."""
    one, light = [qutip.qeye(2)] * n, qutip.qeye(LEVELS)
    a = qutip.tensor([*one, qutip.destroy(LEVELS)])
    at = [lambda s, i=i: qutip.tensor([*one[:i], s, *one[i + 1 :], light]) for i in range(n)]
    hamiltonian = a.dag() * a + sum(
        DRIVE * on(qutip.sigmaz()) + COLLECTIVE / np.sqrt(n) * on(qutip.sigmax()) * (a + a.dag()) for on in at
    )
    jumps = [a]
    for on in at:
        jumps += [np.sqrt(DECAY) * on(qutip.sigmam()), np.sqrt(DEPHASING) * on(qutip.sigmaz())]
    start = qutip.tensor([*[qutip.basis(2, 0)] * n, qutip.basis(LEVELS, 0)])
    return qutip.mesolve(hamiltonian, start, TIMES, jumps, e_ops=[a.dag() * a], options=options(method)).expect[0]


def by_piqs(n, method):
    """PIQS's jump of dephasing is half a Pauli matrix."""
    jx, _, jz = piqs.jspin(n)
    ensemble = piqs.Dicke(n, hamiltonian=2 * DRIVE * jz, emission=DECAY, dephasing=4 * DEPHASING)
    a, one = qutip.destroy(LEVELS), qutip.qeye(jx.shape[0])
    field = qutip.tensor(2 * COLLECTIVE / np.sqrt(n) * jx, a + a.dag())
    generator = (
        qutip.super_tensor(ensemble.liouvillian(), qutip.to_super(qutip.qeye(LEVELS)))
        + qutip.super_tensor(qutip.to_super(one), qutip.liouvillian(a.dag() * a, [a]))
        + qutip.liouvillian(field)
    )
    start = qutip.tensor(piqs.excited(n), qutip.fock_dm(LEVELS, 0))
    number = qutip.tensor(one, a.dag() * a)
    return qutip.mesolve(generator, start, TIMES, e_ops=[number], options=options(method)).expect[0]


def fastest(peer, n):
    spent = {}
    for method in METHODS:
        begin = time.perf_counter()
        peer(n, method)
        spent[method] = time.perf_counter() - begin
    return min(spent, key=spent.get)


def row(name, peer, method, n, goal):
    exact = ours(n, 1e-12)
    seconds, peer_seconds = interleaved(lambda: ours(n), lambda: peer(n, method), rounds=3)
    errors = [float(np.abs(photons - exact).max()) for photons in (ours(n), peer(n, method))]
    return Row(f"symmetric cavity, N = {n}, to t = 5", f"{name} {method}", seconds, peer_seconds, goal, *errors)


def rows():
    """Four and five atoms written out, six and eight by PIQS."""
    method = fastest(by_mesolve, 3)
    for n in (4, 5):
        yield row("mesolve", by_mesolve, method, n, GOAL)
    method = fastest(by_piqs, 4)
    for n in (6, 8):
        yield row("PIQS", by_piqs, method, n, GOAL_PIQS)
