"""Mean-field ensembles, per trajectory, against scipy's DOP853 with a compiled right-hand side at equal tolerance.

The Dicke model of three patterns has 4 classes and 3 modes, 18 real components; the open network 4 classes and, for
starts in the y-z plane, 8. Each run has its own couplings (or temperature) and drive. The errors are those of the
final states against scipy's DOP853 at 1e-13, the worst of a few runs.
"""

import time

import numba
import numpy as np
from scipy.integrate import solve_ivp

from cavity_hopfield import Glauber, HopfieldLimit, MultimodeDicke, Patterns, ProductState
from cavity_hopfield.theory.mean_field import dicke_tails, limit_tails
from tests.benchmarks.interleaved import Row, interleaved

GOAL_SCIPY = 100.0
RUNS, FEW = 1024, 3
END, TOLERANCE = 50.0, 1e-8
COLUMNS = np.array([[1, a, b] for a in (1, -1) for b in (1, -1)])
OMEGA, LOSS = np.array([1.0, 1.2, 0.9]), np.array([1.0, 0.8, 1.2])


@numba.njit
def dicke_slope(_, state, columns, omega, loss, scale, drive):
    """The 18 components as x, y, z of every class, then real and imaginary parts."""
    out = np.empty(18)
    for m in range(3):
        force = 0.0
        for c in range(4):
            force += 0.5 * scale * columns[c, m] * state[3 * c + 2]
        out[12 + m] = omega[m] * state[15 + m] - loss[m] / 2 * state[12 + m]
        out[15 + m] = -omega[m] * state[12 + m] - loss[m] / 2 * state[15 + m] - force
    for c in range(4):
        h = 0.0
        for m in range(3):
            h += scale * columns[c, m] * state[12 + m]
        out[3 * c] = -2 * h * state[3 * c + 1]
        out[3 * c + 1] = -2 * drive * state[3 * c + 2] + 2 * h * state[3 * c]
        out[3 * c + 2] = 2 * drive * state[3 * c + 1]
    return out


@numba.njit
def network_slope(_, state, columns, temperature, drive):
    """The 8 components as z, y of every class."""
    out = np.empty(8)
    m0 = m1 = m2 = 0.0
    for c in range(4):
        m0 += columns[c, 0] * state[c] / 4
        m1 += columns[c, 1] * state[c] / 4
        m2 += columns[c, 2] * state[c] / 4
    for c in range(4):
        h = columns[c, 0] * m0 + columns[c, 1] * m1 + columns[c, 2] * m2
        out[c] = 2 * drive * state[4 + c] + np.tanh(h / temperature) - state[c]
        out[4 + c] = -2 * drive * state[c] - state[4 + c] / 2
    return out


def by_scipy(slope, start, *parameters, tolerance=TOLERANCE):
    return solve_ivp(slope, (0, END), start, "DOP853", args=parameters, rtol=tolerance, atol=tolerance).y[:, -1]


def row(work, ours, theirs, exact, goal):
    """One line: `ours()` gives the end of all runs, `theirs(k)` that of one, which `exact(k)` judges."""
    ours_s, peer_s = interleaved(ours, lambda: [theirs(k) for k in range(0, RUNS, RUNS // FEW)], rounds=5)
    picked = range(0, RUNS, RUNS // FEW)
    ends = ours()
    errors = [max(np.abs(end(k) - exact(k)).max() for k in picked) for end in (lambda k: ends[k], theirs)]
    return Row(work, "scipy DOP853", ours_s / RUNS, peer_s / len(picked), goal, *errors)


def dicke_row():
    """Four classes of one spin each, with couplings from half to twice the typical and drives to match."""
    model = MultimodeDicke(0.5 * COLUMNS, OMEGA, LOSS, drive=0.25, patterns=Patterns(COLUMNS.T))
    scales, drives = np.linspace(0.6, 1.6, RUNS), np.tile([0.1, 0.25, 0.4, 0.2], RUNS // 4)
    bloch = np.tile([0.0, 0.6, 0.8], (4, 1))
    starts = [ProductState(bloch, np.zeros(3))] * RUNS
    flat = np.concatenate([bloch.ravel(), np.zeros(6)])

    def ours():
        tails = dicke_tails(model, starts, END, 1.0, samples=2, drives=drives, scales=scales, rtol=TOLERANCE,
                            atol=TOLERANCE)  # fmt: skip
        return np.concatenate([tails.end.reshape(RUNS, -1), tails.amplitudes.real, tails.amplitudes.imag], axis=1)

    def theirs(k, **options):
        return by_scipy(dicke_slope, flat, COLUMNS, OMEGA, LOSS, scales[k], drives[k], **options)

    return row("mean field, Dicke P = 3, n = 18", ours, theirs, lambda k: theirs(k, tolerance=1e-13), GOAL_SCIPY)


def network_row():
    """All phases: temperatures from 0.1 to 0.9, drives from 0 to 1."""
    model = HopfieldLimit(3, rate_law=Glauber(0.3))
    temperatures, drives = np.linspace(0.1, 0.9, RUNS), np.tile(np.linspace(0, 1, 32), RUNS // 32)
    start = np.zeros((4, 3))
    start[:, 2] = [0.9, 0.7, 0.5, -0.2]
    flat = np.concatenate([start[:, 2], np.zeros(4)])

    def ours():
        tails = limit_tails(model, np.tile(start, (RUNS, 1, 1)), END, 1.0, samples=2, drives=drives,
                            temperatures=temperatures, rtol=TOLERANCE, atol=TOLERANCE)  # fmt: skip
        return np.concatenate([tails.end[..., 2], tails.end[..., 1]], axis=1)

    def theirs(k, **options):
        return by_scipy(network_slope, flat, model.columns, temperatures[k], drives[k], **options)

    return row("mean field, open network P = 3, n = 8", ours, theirs, lambda k: theirs(k, tolerance=1e-13), GOAL_SCIPY)


def rows():
    """The table."""
    yield dicke_row()
    yield network_row()


def phase_diagram_s(runs=10_000):
    """Seconds for the tails of a phase diagram of one pattern to t = 200, 200 samples of the last 50; one thread."""
    model = HopfieldLimit(1, rate_law=Glauber(0.3))
    temperatures, drives = np.meshgrid(np.linspace(0.05, 1, 100), np.linspace(0, 1, runs // 100))
    starts = np.tile([[[0.0, 0.0, 0.9]]], (runs, 1, 1))
    options = {"drives": drives.ravel(), "temperatures": temperatures.ravel(), "atol": TOLERANCE}
    limit_tails(model, starts[:64], 1.0, 0.5, drives=0.1, temperatures=0.5)
    begun = time.perf_counter()
    limit_tails(model, starts, 200.0, 50.0, **options)
    return time.perf_counter() - begun


if __name__ == "__main__":
    for line in rows():
        print(line, flush=True)
    print(f"phase diagram of 10,000 points: {phase_diagram_s():.2f} s")
