"""Many mean-field trajectories side by side, each with its own start, parameters and steps.

A state (n, L) holds z of every class, y of every class, with three axes x of every class, then the real and the
imaginary parts of the modes, lane after lane, so that loops over classes and lanes have unit stride and one output.
`system` is a `LaneSystem`, `method` the weights of the integrator.
"""

from typing import Any

import numpy as np

from cavity_hopfield._compiled import EPSILON, compiled
from cavity_hopfield._typing import FloatArray, IntArray
from cavity_hopfield.dynamics._ode_kernels import combine, interpolant, interpolated, judge, tanh
from cavity_hopfield.formulas.mean_field import amplitude_rates, bloch_rates, channel_rates, damped_bloch_rates
from cavity_hopfield.network._kernels import tabulated_rate

LANES = 32
TIME, ERROR, REST, FACTOR = 0, 1, 2, 3
"""Rows of the table of the lanes."""
STEP, DRIVE, SCALE, RATE, FIELD, UP, DOWN, THROUGH = 0, 1, 2, 3, 4, 5, 6, 7
"""Rows of the table of classes (or modes) and lanes, where all classes have the same step and parameters."""
DICKE, GLAUBER = 0, 1
"""Kinds of systems; a network with a table is any other."""


@compiled
def mixed(matrix: FloatArray, source: FloatArray, sheet: int, first: Any, wide: FloatArray, row: int) -> None:
    """Fill `wide[row]` with `matrix` times what stands in `source[sheet]` from `first` on, for every lane."""
    rows, n = matrix.shape
    for i in range(rows):
        o = np.uint64(i * LANES)
        for j in range(0, n, 4):
            j1, j2, j3 = min(j + 1, n - 1), min(j + 2, n - 1), min(j + 3, n - 1)
            w0 = matrix[i, j]
            w1 = matrix[i, j1] if j + 1 < n else 0.0
            w2 = matrix[i, j2] if j + 2 < n else 0.0
            w3 = matrix[i, j3] if j + 3 < n else 0.0
            s0, s1 = first + np.uint64(LANES * j), first + np.uint64(LANES * j1)
            s2, s3 = first + np.uint64(LANES * j2), first + np.uint64(LANES * j3)
            if j == 0:
                for k in range(np.uint64(LANES)):
                    wide[row, o + k] = (
                        w0 * source[sheet, s0 + k] + w1 * source[sheet, s1 + k]
                        + w2 * source[sheet, s2 + k] + w3 * source[sheet, s3 + k]
                    )  # fmt: skip
            else:
                for k in range(np.uint64(LANES)):
                    wide[row, o + k] += (
                        w0 * source[sheet, s0 + k] + w1 * source[sheet, s1 + k]
                        + w2 * source[sheet, s2 + k] + w3 * source[sheet, s3 + k]
                    )  # fmt: skip


@compiled
def single_atoms(system: Any, wide: FloatArray, work: FloatArray, sheet: int, stages: FloatArray, s: int) -> None:
    """Add to `stages[s]` the step times what decay, pumping and dephasing do to every atom by itself."""
    spins = np.uint64(system.write.shape[0] * LANES)
    decay, pumping, dephasing = system.edges[0, 0], system.edges[0, 1], system.edges[0, 2]
    for axis in range(3):
        first = np.uint64(axis) * spins
        if axis == system.offsets[0]:
            for e in range(spins):
                rate = channel_rates(decay, dephasing, 0.0, work[sheet, first + e], pumping)[0]
                stages[s, first + e] += wide[STEP, e] * rate
        else:
            for e in range(spins):
                rate = channel_rates(decay, dephasing, work[sheet, first + e], 0.0, pumping)[1]
                stages[s, first + e] += wide[STEP, e] * rate


@compiled
def dicke(system: Any, wide: FloatArray, work: FloatArray, sheet: int, stages: FloatArray, s: int) -> None:
    """Fill `stages[s]` with the step times the slopes of the Dicke model at `work[sheet]`."""
    spins, modes = np.uint64(system.write.shape[0] * LANES), np.uint64(system.write.shape[1] * LANES)
    xs, real = np.uint64(2) * spins, np.uint64(3) * spins
    imag = real + modes
    mixed(system.read, work, sheet, np.uint64(0), wide, FIELD)
    for e in range(modes):
        stages[s, real + e] = wide[STEP, e] * amplitude_rates(
            work[sheet, imag + e], work[sheet, real + e], 0.0, system.net_loss[e], system.omega[e]
        )[0]  # fmt: skip
    for e in range(modes):
        stages[s, imag + e] = wide[STEP, e] * amplitude_rates(
            work[sheet, imag + e], work[sheet, real + e], wide[SCALE, e] * wide[FIELD, e], system.net_loss[e],
            system.omega[e],
        )[1]  # fmt: skip
    mixed(system.write, work, sheet, real, wide, FIELD)
    for e in range(spins):
        wide[FIELD, e] *= wide[SCALE, e]
    for e in range(spins):
        stages[s, e] = wide[STEP, e] * bloch_rates(wide[DRIVE, e], 0.0, 0.0, work[sheet, spins + e], 0.0)[2]
    for e in range(spins):
        turn = bloch_rates(wide[DRIVE, e], wide[FIELD, e], work[sheet, xs + e], 0.0, work[sheet, e])
        stages[s, spins + e] = wide[STEP, e] * turn[1]
    for e in range(spins):
        stages[s, xs + e] = wide[STEP, e] * bloch_rates(0.0, wide[FIELD, e], 0.0, work[sheet, spins + e], 0.0)[0]


@compiled
def thermal(wide: FloatArray, size: Any) -> None:
    """Fill the rates up and down of Glauber's law, where the scale holds 1/T."""
    for e in range(size):
        wide[UP, e] = 0.5 * wide[RATE, e] * (1.0 + tanh(wide[SCALE, e] * wide[FIELD, e]))
    for e in range(size):
        wide[DOWN, e] = wide[RATE, e] - wide[UP, e]


@compiled
def looked_up(system: Any, wide: FloatArray) -> None:
    """Fill the rates up and down of a tabulated law."""
    for c in range(system.labels.size):
        first, last = system.offsets[system.labels[c]], system.offsets[system.labels[c] + 1]
        for e in range(c * LANES, (c + 1) * LANES):
            cost = 2.0 * wide[SCALE, e] * wide[FIELD, e]
            wide[UP, e] = tabulated_rate(system.edges, system.coefficients, first, last, -cost)
            wide[DOWN, e] = tabulated_rate(system.edges, system.coefficients, first, last, cost)


@compiled
def network(system: Any, wide: FloatArray, work: FloatArray, sheet: int, stages: FloatArray, s: int) -> None:
    """Fill `stages[s]` with the step times the slopes of an open network at `work[sheet]`.

    The fields are `write @ (read @ z)`, or `read @ z` where there is no `write`.
    """
    spins = np.uint64(system.labels.size * LANES)
    if system.write.shape[1]:
        mixed(system.read, work, sheet, np.uint64(0), wide, THROUGH)
        mixed(system.write, wide, THROUGH, np.uint64(0), wide, FIELD)
    else:
        mixed(system.read, work, sheet, np.uint64(0), wide, FIELD)
    if system.kind == GLAUBER:
        thermal(wide, spins)
    else:
        looked_up(system, wide)
    for e in range(spins):
        stages[s, e] = wide[STEP, e] * damped_bloch_rates(
            wide[DRIVE, e], 0.0, work[sheet, spins + e], work[sheet, e], wide[DOWN, e], wide[UP, e]
        )[2]  # fmt: skip
    for e in range(spins):
        stages[s, spins + e] = wide[STEP, e] * damped_bloch_rates(
            wide[DRIVE, e], 0.0, work[sheet, spins + e], work[sheet, e], wide[DOWN, e], wide[UP, e]
        )[1]  # fmt: skip
    if system.axes == 3:
        xs = np.uint64(2) * spins
        for e in range(spins):
            stages[s, xs + e] = wide[STEP, e] * damped_bloch_rates(
                0.0, work[sheet, xs + e], 0.0, 0.0, wide[DOWN, e], wide[UP, e]
            )[0]  # fmt: skip


@compiled
def slopes(system: Any, wide: FloatArray, work: FloatArray, sheet: int, stages: FloatArray, s: int) -> None:
    """Fill `stages[s]` (n L) with the step of every lane times the time derivative at `work[sheet]` (n L)."""
    if system.kind == DICKE:
        dicke(system, wide, work, sheet, stages, s)
        if system.edges.shape[0] > 0:
            single_atoms(system, wide, work, sheet, stages, s)
    else:
        network(system, wide, work, sheet, stages, s)


@compiled
def load(
    lane: FloatArray, wide: FloatArray, k: int, run: int, state: FloatArray, starts: FloatArray, parameters: FloatArray
) -> None:
    """Set lane `k` to the start of `run`."""
    lane[TIME, k] = 0.0
    for i in range(starts.shape[1]):
        state[i, k] = starts[run, i]
    for p in range(parameters.shape[1]):
        for e in range(k, wide.shape[1], LANES):
            wide[DRIVE + p, e] = parameters[run, p]


@compiled
def set_step(wide: FloatArray, k: int, step: float) -> None:
    """Give lane `k` a step; zero is rest."""
    for e in range(k, wide.shape[1], LANES):
        wide[STEP, e] = step


@compiled
def at(base: FloatArray, rows: FloatArray, i: int, k: int, x: float) -> float:
    """Component `i` of lane `k` at the fraction `x` of its step."""
    return interpolated(
        base[i, k], rows[0, i, k], rows[1, i, k], rows[2, i, k], rows[3, i, k], rows[4, i, k], rows[5, i, k],
        rows[6, i, k], x,
    )  # fmt: skip


@compiled
def record(
    weights: FloatArray, k: int, x: float, base: FloatArray, rows: FloatArray, path: FloatArray, tail: FloatArray,
    sample: int,
) -> None:  # fmt: skip
    """Write what lane `k` shows at the fraction `x` of its step: its state to `path`, or its overlaps to `tail`."""
    if path.shape[0] > 0:
        for i in range(base.shape[0]):
            path[sample, i] = at(base, rows, i, k, x)
        return
    for p in range(tail.shape[1]):
        value = 0.0
        for c in range(weights.shape[1]):
            value += weights[p, c] * at(base, rows, c, k, x)
        tail[0, p] = max(tail[0, p], value)
        tail[1, p] = min(tail[1, p], value)
        tail[2, p] += value


@compiled
def attempt(
    system: Any, method: Any, lane: FloatArray, wide: FloatArray, work: FloatArray, stages: FloatArray, rtol: float,
    atol: float,
) -> None:  # fmt: skip
    """Try one step of every lane: from `work[0]` to `work[1]`, with the error and the factor of the next step."""
    slopes(system, wide, work, 0, stages, 0)
    for s in range(1, 12):
        combine(method.places, method.weights, method.counts[s - 1], s - 1, stages, work, 0, 1)
        slopes(system, wide, work, 1, stages, s)
    for row in range(11, 14):
        combine(method.places, method.weights, method.counts[row], row, stages, work, 0 if row == 11 else 4, row - 10)
    judge(work, rtol, atol, lane, ERROR)


@compiled
def interpolate(
    system: Any, method: Any, wide: FloatArray, work: FloatArray, stages: FloatArray, rows: FloatArray
) -> None:
    """Fill `rows` (7, n L) with the polynomials of the steps just taken."""
    slopes(system, wide, work, 1, stages, 12)
    for s in range(13, 16):
        combine(method.places, method.weights, method.counts[s + 1], s + 1, stages, work, 0, 2)
        slopes(system, wide, work, 2, stages, s)
    interpolant(method.places, method.weights, method.counts, 17, stages, work, rows)


@compiled
def take(work: FloatArray, lane: FloatArray) -> None:
    """Move the lanes whose step is good on, from `work[1]` to `work[0]`."""
    lanes = np.uint64(lane.shape[1])
    for i in range(work.shape[1] // lane.shape[1]):
        first = np.uint64(i) * lanes
        for k in range(lanes):
            work[0, first + k] = work[1, first + k] if lane[ERROR, k] < 1.0 else work[0, first + k]


@compiled
def arrive(lane: FloatArray, wide: FloatArray, run: IntArray, sample: IntArray, times: FloatArray) -> bool:
    """Fill where every lane is after its step; whether any good one has passed a time that is wanted."""
    end, due = times[-1], False
    for k in range(LANES):
        after = lane[TIME, k] + wide[STEP, k]
        lane[REST, k] = end if after >= end * (1.0 - 4.0 * EPSILON) else after
        due = due or (run[k] >= 0 and lane[ERROR, k] < 1.0 and times[sample[k]] <= lane[REST, k])
    return due


@compiled
def emit(
    weights: FloatArray, lane: FloatArray, wide: FloatArray, run: IntArray, sample: IntArray, times: FloatArray,
    state: FloatArray, rows: FloatArray, paths: FloatArray, tails: FloatArray,
) -> None:  # fmt: skip
    """Record every wanted time that a good step has passed."""
    for k in range(LANES):
        while run[k] >= 0 and lane[ERROR, k] < 1.0 and sample[k] < times.size:
            if times[sample[k]] > lane[REST, k]:
                break
            x = (times[sample[k]] - lane[TIME, k]) / wide[STEP, k]
            record(weights, k, x, state, rows, paths[run[k]], tails[run[k]], sample[k])
            sample[k] += 1


@compiled
def settle(lane: FloatArray, wide: FloatArray, k: int, end: float) -> int:
    """Accept the step of lane `k` or shorten it: 1 if it has arrived, -1 if no step is left, else 0."""
    if not lane[ERROR, k] < 1.0:
        shrink = min(lane[FACTOR, k], 1.0) if lane[ERROR, k] >= 1.0 else 0.2
        set_step(wide, k, wide[STEP, k] * shrink)
        return 0 if wide[STEP, k] > 4.0 * EPSILON * lane[TIME, k] and wide[STEP, k] > 1e-200 else -1
    lane[TIME, k] = lane[REST, k]
    set_step(wide, k, min(wide[STEP, k] * lane[FACTOR, k], end - lane[TIME, k]))
    return 1 if lane[TIME, k] >= end else 0


@compiled
def integrate(
    system: Any, method: Any, starts: FloatArray, parameters: FloatArray, first_steps: FloatArray, times: FloatArray,
    rtol: float, atol: float, paths: FloatArray, tails: FloatArray, ends: FloatArray, steps: IntArray,
) -> int:  # fmt: skip
    """Integrate all runs from time 0 to the last of `times`; the number of a run whose step vanished, or -1.

    Fills `paths` (R, T, n) unless it is empty, else `tails` (R, 3, P), the highest, lowest and summed overlaps at
    `times`; `ends` (R, n); and `steps` (R,). A lane that arrives takes up the next run.
    """
    n_runs, n = starts.shape
    lane, run, sample = np.zeros((4, LANES)), np.full(LANES, -1), np.zeros(LANES, np.int64)
    wide = np.zeros((8, LANES * max(system.labels.size, system.write.shape[1])))
    stages, work, rows = np.zeros((16, n * LANES)), np.zeros((5, n * LANES)), np.zeros((7, n * LANES))
    state, cube = work[0].reshape((n, LANES)), rows.reshape((7, n, LANES))
    waiting = busy = min(n_runs, LANES)
    for k in range(busy):
        run[k] = k
        load(lane, wide, k, k, state, starts, parameters)
        set_step(wide, k, first_steps[k])
    while busy > 0:
        attempt(system, method, lane, wide, work, stages, rtol, atol)
        if arrive(lane, wide, run, sample, times):
            interpolate(system, method, wide, work, stages, rows)
            emit(system.overlaps, lane, wide, run, sample, times, state, cube, paths, tails)
        take(work, lane)
        for k in range(LANES):
            r = run[k]
            fate = settle(lane, wide, k, times[-1]) if r >= 0 else 0
            if fate < 0:
                return int(r)
            if r >= 0 and lane[ERROR, k] < 1.0:
                steps[r] += 1
            if fate == 0:
                continue
            ends[r] = state[:, k]
            run[k], sample[k] = -1, 0
            set_step(wide, k, 0.0)
            busy -= 1
            if waiting < n_runs:
                run[k] = waiting
                load(lane, wide, k, waiting, state, starts, parameters)
                set_step(wide, k, first_steps[waiting])
                waiting, busy = waiting + 1, busy + 1
    return -1
