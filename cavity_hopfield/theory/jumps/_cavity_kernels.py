r"""One run of spins and light: $\dot\psi = K \psi$ by its Taylor series until $|\psi|^2$ has fallen to a random number,
then one jump. $K$ is kept less a number $c$, which makes it small: $|\psi|^2$ is $|e^{(K - c) t} \psi|^2 e^{2 t\,
\mathrm{Re}\, c}$.
"""

import math

import numpy as np

from cavity_hopfield._compiled import compiled
from cavity_hopfield._typing import FloatArray, IntArray
from cavity_hopfield.cavity.pure_states.diagonal_kernels import (
    Diagonals,
    means,
    multiply,
    note_populations,
    operator_mean,
    reduce_mode,
    scale,
    square_of,
)
from cavity_hopfield.theory.jumps._kernels import crossing, remainder

REACH = 10.0
MOST_TRIALS = 60
SMOOTH_TRIALS = 8
POINTS = 3
AHEAD = 1.25


@compiled
def run_light(
    motion: Diagonals,
    decay: Diagonals,
    jumps: Diagonals,
    bounds: IntArray,
    seen: tuple[IntArray, FloatArray],
    modes: tuple[IntArray, IntArray],
    reach: float,
    centre: float,
    tolerance: float,
    times: FloatArray,
    end: float,
    generator: np.random.Generator,
    clock: FloatArray,
    counts: IntArray,
    terms: FloatArray,
    state: FloatArray,
    scratch: FloatArray,
    found: FloatArray,
    tally: IntArray,
    light: tuple[int, FloatArray, FloatArray],
    populations: FloatArray,
    jump_times: FloatArray,
    jump_channels: IntArray,
) -> int:
    r"""One run from the normalised `terms[0]`, until `end` or until there is no room for another jump; returns the
    number of jumps written.

    Called again with the same arrays it goes on. `motion` is $K - c$, of norm `reach` at most, `centre` the real part
    of c, `decay` $\sum L^\dagger L$; channel k of `jumps` has the diagonals from `bounds[k]`. `clock` holds the time,
    the ratio $|\psi|^2$ must still fall by, or zero for one to be drawn, and the summed error; `counts` the recorded
    times and the jumps so far. At `times` fills `found` (T, K, 2) with the means of `seen`, `tally` (T,) with the jumps
    and, if `light` has room for them, its matrices (T, 2, L, L) of one mode, whose stride and weights (D,) come first.
    Raises `populations` (M, L) to those of the Fock states of `modes`.
    """
    written = 0
    sizes = np.empty(terms.shape[0])
    mean = operator_mean(decay, 0, decay[0].size, terms[0], scratch)[0]
    while clock[0] < end and written < jump_times.size:
        if clock[1] == 0.0:
            # random() lies in [0, 1): its complement never vanishes
            clock[1] = 1.0 - generator.random()
        left = end - clock[0]
        step, order, square, rate, error, jumped = stride(
            motion, decay, reach, centre, tolerance, left, clock[1], mean, terms, sizes, state, scratch
        )
        after = end if step == left else clock[0] + step
        while counts[0] < times.size and times[counts[0]] <= after:
            k = counts[0]
            combine(terms, order, times[k] - clock[0], scratch)
            observe(k, seen, light, scratch, found)
            tally[k] = counts[1]
            counts[0] += 1
        note_populations(modes[0], modes[1], state, square, populations)
        clock[1] = 0.0 if jumped else clock[1] / (square * math.exp(2.0 * centre * step))
        clock[0] = after
        clock[2] += error
        if jumped:
            jump_times[written] = after
            jump_channels[written] = collapse(jumps, bounds, rate * generator.random(), state, scratch)
            written += 1
            counts[1] += 1
            square = square_of(state)
            note_populations(modes[0], modes[1], state, square, populations)
        scale(1.0 / math.sqrt(square), state, terms[0])
        mean = operator_mean(decay, 0, decay[0].size, terms[0], scratch)[0] if jumped else rate / square
    while clock[0] >= end and counts[0] < times.size:
        k = counts[0]
        observe(k, seen, light, terms[0], found)
        tally[k] = counts[1]
        counts[0] += 1
    return written


@compiled
def observe(
    k: int,
    seen: tuple[IntArray, FloatArray],
    light: tuple[int, FloatArray, FloatArray],
    x: FloatArray,
    found: FloatArray,
) -> None:
    """Fill entry `k` of `found` and of the matrices of `light` with what they are in `x`, of any norm."""
    means(seen[0], seen[1], x, found[k])
    if light[2].size > 0:
        reduce_mode(light[0], light[1], x, square_of(x), light[2][k])


@compiled
def stride(
    motion: Diagonals,
    decay: Diagonals,
    reach: float,
    centre: float,
    tolerance: float,
    longest: float,
    ratio: float,
    mean: float,
    terms: FloatArray,
    sizes: FloatArray,
    state: FloatArray,
    scratch: FloatArray,
) -> tuple[float, int, float, float, float, bool]:
    r"""The step to the next jump, or the longest that the series allows, with `state` at its end in the series of
    $K - c$.

    The series grows until the bound on what is left out is within the tolerance. The jump, where $\ln|\psi|^2$ is
    $\ln$ `ratio`, is found by inverse interpolation with values and slopes. Returns the step, the order,
    $|\mathtt{state}|^2$, its rate, the bound on the error beside the norm, and whether there is a jump.
    """
    goal = math.log(ratio)
    limit = min(longest, REACH / reach) if reach > 0.0 else longest
    if mean > 0.0:
        # a jump is likely before that
        limit = min(limit, -AHEAD * goal / mean)
    order = 0
    sizes[0] = 1.0
    order = extend(motion, reach, tolerance, limit, order, terms, sizes)
    while remainder(sizes[order], order, reach, limit) > tolerance:
        # the highest order does not reach so far
        limit *= 0.9
    values, places, slopes = np.zeros(POINTS), np.zeros(POINTS), np.zeros(POINTS)
    slopes[0] = -mean
    points, low, high, time = 1, 0.0, limit, limit
    square, rate, jumped = 1.0, mean, False
    for trial in range(MOST_TRIALS):
        combine(terms, order, time, state)
        square = square_of(state)
        rate = operator_mean(decay, 0, decay[0].size, state, scratch)[0]
        value = math.log(square) + 2.0 * centre * time
        jumped = abs(value - goal) <= tolerance
        if jumped or (value > goal and time >= limit):
            break
        if value > goal:
            low = time
        else:
            high = time
        if points == POINTS:
            values[:-1], places[:-1], slopes[:-1] = values[1:].copy(), places[1:].copy(), slopes[1:].copy()
            points -= 1
        values[points], places[points], slopes[points] = value, time, -rate / square
        points += 1
        time = crossing(values, places, slopes, points, goal)
        if not low < time < high or trial > SMOOTH_TRIALS:
            time = 0.5 * (low + high)
    bound = remainder(sizes[order], order, reach, time) / math.sqrt(square)
    return time, order, square, rate, bound, jumped


@compiled
def extend(
    motion: Diagonals, reach: float, wanted: float, time: float, order: int, terms: FloatArray, sizes: FloatArray
) -> int:
    """Raise the `order` of the series until what is left out at `time` is `wanted`, or there is no room."""
    count = motion[0].size
    while order < sizes.size - 1 and remainder(sizes[order], order, reach, time) > wanted:
        order += 1
        multiply(motion, 0, count, 1.0 / order, terms[order - 1], terms[order])
        # without a geometric tail there is no use for the norm
        early = reach * time >= 0.5 * (order + 1) and order < sizes.size - 1
        sizes[order] = math.inf if early else math.sqrt(square_of(terms[order]))
    return order


@compiled(contract=True)
def combine(terms: FloatArray, order: int, time: float, out: FloatArray) -> None:
    r"""Fill `out` (2, D) with $\sum_{k \le \mathtt{order}} \mathtt{time}^k\, \mathtt{terms}_k$ by Horner's rule."""
    for part in range(2):
        target = out[part]
        target[:] = terms[order, part]
        for k in range(order - 1, -1, -1):
            source = terms[k, part]
            for j in range(target.size):
                target[j] = target[j] * time + source[j]


@compiled
def collapse(jumps: Diagonals, bounds: IntArray, target: float, state: FloatArray, scratch: FloatArray) -> int:
    r"""Turn `state` into $L_k \psi$ for the channel k in whose share of $\sum_k |L_k \psi|^2$ the `target` falls."""
    chosen = -1
    for k in range(bounds.size - 1):
        multiply(jumps, bounds[k], bounds[k + 1], 1.0, state, scratch)
        share = square_of(scratch)
        if share > 0.0:
            chosen = k
            if target < share:
                break
        target -= share
    # round-off can leave the target at the very end
    multiply(jumps, bounds[chosen], bounds[chosen + 1], 1.0, state, scratch)
    state[:] = scratch
    return chosen
