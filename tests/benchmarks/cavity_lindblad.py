"""Spins and light from a pattern, against QuTiP's `mesolve` in plain Fock states, at an error of 1e-6.

QuTiP gets the same operators, single spins or one collective spin, as many plain Fock states as the error allows, and
its own matrix form; errors of the photons and of the magnetisation are against ours in more Fock states at 1e-12.
For one thread each, set OPENBLAS_NUM_THREADS=1 beforehand.
"""

import numpy as np
import qutip

from cavity_hopfield import MultimodeDicke, Patterns
from cavity_hopfield.theory.lindblad import Lindblad
from tests.benchmarks.interleaved import Row, interleaved

GOAL_FULL, GOAL_COLLECTIVE = 20.0, 10.0
TIMES = np.linspace(0, 5, 11)
OPTIONS = {"atol": 1e-9, "rtol": 1e-7, "nsteps": 1000000, "normalize_output": False, "progress_bar": ""}


def cavity(n_spins, coupling, drive):
    each = np.full((n_spins, 1), coupling / np.sqrt(n_spins))
    return MultimodeDicke(each, omega=1.0, loss=1.0, drive=drive, patterns=Patterns([[1] * n_spins]))


def peer(model, levels, collective):
    """A call that gives photons and magnetisation (T, 2)."""
    n = model.n_spins
    a = qutip.destroy(levels)
    if collective:
        spin = {axis: 2 * qutip.jmat(n / 2, axis) for axis in "xz"}
        up = qutip.basis(n + 1, 0)
    else:
        one = [qutip.qeye(2)] * n
        pauli = {"x": qutip.sigmax(), "z": qutip.sigmaz()}
        spin = {k: sum(qutip.tensor([*one[:i], p, *one[i + 1 :]]) for i in range(n)) for k, p in pauli.items()}
        up = qutip.tensor([qutip.basis(2, 0)] * n)
    here, none = qutip.qeye(spin["x"].dims[0]), qutip.qeye(levels)
    light = qutip.tensor(here, a).to("csr")
    z = qutip.tensor(spin["z"], none).to("csr")
    hamiltonian = (
        float(model.omega[0]) * light.dag() * light
        + float(model.g[0, 0]) * z * (light + light.dag())
        + model.drive * qutip.tensor(spin["x"], none)
    ).to("csr")
    alpha = complex(model.relaxed_amplitudes(np.ones(n))[0])
    start = qutip.ket2dm(qutip.tensor(up, qutip.coherent(levels, alpha, method="analytic")))
    measured = [light.dag() * light, z / n]

    def call():
        return np.array(qutip.mesolve(hamiltonian, start, TIMES, [light], e_ops=measured, options=OPTIONS).expect).T

    return call


def values_of(found):
    return np.stack([found["photons"].values[:, 0], found["magnetisation"].values], axis=1)


def row(name, model, theory, levels, goal, collective, rounds):
    """One line of the table."""

    def mine():
        return values_of(theory.evolve(model, np.ones(model.n_spins), TIMES))

    theirs = peer(model, levels, collective)
    exact = values_of(Lindblad(tolerance=1e-11, cutoff_tolerance=1e-9).evolve(model, np.ones(model.n_spins), TIMES))
    ours_s, peer_s = interleaved(mine, theirs, rounds)
    errors = [float(np.abs(found - exact).max()) for found in (mine(), theirs())]
    return Row(name, f"mesolve, {levels} levels", ours_s, peer_s, goal, *errors)


def rows(rounds=1):
    """The table; ours finds its cutoff within the time."""
    superradiant = cavity(3, 2.0, 0.1)
    apart = Lindblad(resolution="site", tolerance=1e-7)
    yield row(
        "Lindblad, N = 3 spins, superradiant", superradiant, apart, 45, GOAL_FULL, collective=False, rounds=rounds
    )
    yield row(
        "Lindblad, N = 10 collective",
        cavity(10, 0.5, 0.25),
        Lindblad(tolerance=1e-7),
        22,
        GOAL_COLLECTIVE,
        collective=True,
        rounds=rounds,
    )
