"""Steady states of open networks, P = 2: against QuTiP's default and against the fastest of its iterative ways.

That is the direct method with unpreconditioned bicgstab: gmres takes twice as long, the power method with bicgstab
more than twice, an incomplete factorisation in front some thirty times (six spins). QuTiP is given its superoperator
ready-made. Errors are residuals of the same superoperator, for unit trace.
"""

import numpy as np
import qutip

from cavity_hopfield import Glauber, OpenHopfield, Patterns
from cavity_hopfield.theory.lindblad import liouvillian
from cavity_hopfield.theory.lindblad.steady import solve_steady_state
from tests.benchmarks.interleaved import Row, interleaved

GOAL_DIRECT, GOAL_ITERATIVE = 300, 10
ACCURACY = 1e-10


def network(n_spins, drive):
    stored = Patterns(np.random.default_rng(1).choice([-1, 1], (2, n_spins)))
    return OpenHopfield(stored, Glauber(0.5), drive=drive)


def default(superoperator):
    return qutip.steadystate(superoperator)


def bicgstab(superoperator):
    return qutip.steadystate(superoperator, method="direct", solver="bicgstab", rtol=ACCURACY)


def row(n_spins, drive, peer, goal, rounds):
    """One line of the table."""
    model = network(n_spins, drive)
    superoperator = liouvillian(model)

    def residual(state):
        return float(np.linalg.norm((superoperator @ qutip.operator_to_vector(state)).full()))

    ours_s, peer_s = interleaved(
        lambda: solve_steady_state(model, tolerance=ACCURACY), lambda: peer(superoperator), rounds
    )
    mine = residual(solve_steady_state(model, tolerance=ACCURACY).qobj())
    work = f"steady state, N = {n_spins}, drive {drive:g}"
    return Row(work, peer.__name__, ours_s, peer_s, goal, mine, residual(peer(superoperator)))


def rows():
    """The table: the default direct solver at six spins, the best iterative one at eight."""
    yield row(6, 0.5, default, GOAL_DIRECT, rounds=1)
    yield row(8, 0.5, bicgstab, GOAL_ITERATIVE, rounds=3)
    yield row(8, 2.0, bicgstab, GOAL_ITERATIVE, rounds=3)
