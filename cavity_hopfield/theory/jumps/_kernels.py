r"""One run: $\dot\psi = K \psi$ by its Taylor series, which also gives the time when $|\psi|^2$ has fallen to a random
number; then one jump.
"""

import math

import numpy as np

from cavity_hopfield._compiled import compiled
from cavity_hopfield._typing import FloatArray, IntArray
from cavity_hopfield.theory.jumps._observable_kernels import observe
from cavity_hopfield.theory.jumps._state_kernels import BLOCK, combine, next_term, normalise, weigh

REACH = 5.0
MOST_TRIALS = 60
SMOOTH_TRIALS = 8
ROUGH = 1e-3
POINTS = 3


@compiled
def run(
    rates: FloatArray,
    total: FloatArray,
    energies: FloatArray,
    drive: float,
    tolerance: float,
    times: FloatArray,
    end: float,
    generator: np.random.Generator,
    clock: FloatArray,
    counts: IntArray,
    terms: FloatArray,
    state: FloatArray,
    scratch: FloatArray,
    bloch: FloatArray,
    energy: FloatArray,
    flips: IntArray,
    jump_times: FloatArray,
    jump_channels: IntArray,
) -> int:
    r"""One run from the normalised `terms[:, 0]`, until `end` or until there is no room for another jump; returns the
    number of jumps written.

    Called again with the same arrays it goes on. `clock` holds the time, the ratio $|\psi|^2$ must still fall by, or
    zero for one to be drawn, and the summed error; `counts` the recorded times and the jumps so far. Fills `bloch`
    (T, N, 3), `energy` (T,) and `flips` (T,) at `times` (T,), `jump_times` (J,) and `jump_channels` (J,), twice the
    spin and one more if it goes up.
    """
    n_spins = rates.shape[0]
    shares = np.empty(total.size)
    sizes = np.empty(terms.shape[1])
    lowest, highest = total.min(), total.max()
    combine(terms, 0, 0.0, state)
    square, rate = weigh(total, state, shares)
    mean = rate / square
    written = 0
    while clock[0] < end and written < jump_times.size:
        if clock[1] == 0.0:
            # random() lies in [0, 1): its complement never vanishes
            clock[1] = 1.0 - generator.random()
        if drive == 0.0:
            # no amplitude reaches another configuration
            lowest, highest = bounds(total, terms)
        reach = drive * n_spins + 0.5 * max(mean - lowest, highest - mean)
        left = end - clock[0]
        step, order, square, rate, error, jumped = stride(
            total, drive, tolerance, left, reach, clock[1], mean, terms, sizes, state, shares
        )
        after = end if step == left else clock[0] + step
        while counts[0] < times.size and times[counts[0]] <= after:
            k = counts[0]
            combine(terms, order, times[k] - clock[0], scratch)
            energy[k] = observe(scratch, energies, bloch[k])
            flips[k] = counts[1]
            counts[0] += 1
        clock[1] = 0.0 if jumped else clock[1] / (square * math.exp(-mean * step))
        clock[0] = after
        clock[2] += error
        if jumped:
            jump_times[written] = after
            jump_channels[written] = collapse(rates, total, shares, rate, generator, state)
            written += 1
            counts[1] += 1
            square, rate = weigh(total, state, shares)
        normalise(state, square, terms)
        mean = rate / square
    while clock[0] >= end and counts[0] < times.size:
        k = counts[0]
        combine(terms, 0, 0.0, scratch)
        energy[k] = observe(scratch, energies, bloch[k])
        flips[k] = counts[1]
        counts[0] += 1
    return written


@compiled
def bounds(total: FloatArray, terms: FloatArray) -> tuple[float, float]:
    """The lowest and the highest of the rates `total` (2^N,) where the first of `terms` (P, K, > 2^N) is not zero."""
    lowest, highest = math.inf, -math.inf
    for part in range(terms.shape[0]):
        for j in range(total.size):
            if terms[part, 0, j] != 0.0:
                lowest, highest = min(lowest, total[j]), max(highest, total[j])
    return lowest, highest


@compiled
def stride(
    total: FloatArray,
    drive: float,
    tolerance: float,
    longest: float,
    reach: float,
    ratio: float,
    mean: float,
    terms: FloatArray,
    sizes: FloatArray,
    state: FloatArray,
    shares: FloatArray,
) -> tuple[float, int, float, float, float, bool]:
    r"""The step to the next jump, or the longest that the series allows, with `state` at its end times
    $e^{\mathtt{mean}\, \tau/2}$.

    The series is that of $K + \mathtt{mean}/2$, whose norm is at most `reach`; it grows until the bound on what is
    left out is within the tolerance. The jump, where $\ln|\psi|^2$ is $\ln$ `ratio`, is found by inverse interpolation
    with values and slopes. Returns the step, the order, $|\mathtt{state}|^2$, its rate, the bound on the error beside
    the norm, and whether there is a jump.
    """
    goal = math.log(ratio)
    limit = min(longest, REACH / reach) if reach > 0.0 else longest
    values, places, slopes = np.zeros(POINTS), np.zeros(POINTS), np.zeros(POINTS)
    slopes[0] = -mean
    points = 1
    low, high = 0.0, limit
    time = min(limit, -goal / mean) if mean > 0.0 else limit
    order, square, rate, bound = 0, 1.0, mean, 0.0
    sizes[0] = 1.0
    jumped, passed = False, False
    for trial in range(MOST_TRIALS):
        wanted = max(tolerance, ROUGH) if trial == 0 else tolerance
        order = extend(total, drive, 0.5 * mean, reach, wanted, time, order, terms, sizes)
        bound = remainder(sizes[order], order, reach, time)
        while bound > wanted:
            # the highest order does not reach so far
            time *= 0.9
            limit = time
            high = min(high, limit)
            bound = remainder(sizes[order], order, reach, time)
        combine(terms, order, time, state)
        square, rate = weigh(total, state, shares)
        value = math.log(square) - mean * time
        if trial > 0 or wanted == tolerance:
            jumped = abs(value - goal) <= tolerance
            if jumped or (value > goal and time >= limit):
                break
            if value > goal:
                low = time
            else:
                high, passed = time, True
            if points == POINTS:
                values[1:-1], places[1:-1], slopes[1:-1] = values[2:], places[2:], slopes[2:]
                points -= 1
        values[points], places[points], slopes[points] = value, time, -rate / square
        time = crossing(values, places, slopes, points + 1, goal)
        if trial > 0 or wanted == tolerance:
            points += 1
        if not passed and not time < limit:
            time = limit
        elif not low < time < high or trial > SMOOTH_TRIALS:
            time = 0.5 * (low + high)
    return time, order, square, rate, bound / math.sqrt(square), jumped


@compiled
def extend(
    total: FloatArray, drive: float, shift: float, reach: float, wanted: float, time: float, order: int,
    terms: FloatArray, sizes: FloatArray,
) -> int:  # fmt: skip
    """Raise the `order` of the series until what is left out at `time` is `wanted`, or there is no room."""
    while order < sizes.size - 1 and remainder(sizes[order], order, reach, time) > wanted:
        order += 1
        square = 0.0
        for part in range(terms.shape[0]):
            rows = terms[part]
            square += next_term(total, shift, drive, order, rows[order - 1][: total.size], rows[order][: total.size])
        sizes[order] = math.sqrt(square)
    return order


@compiled
def remainder(size: float, order: int, reach: float, time: float) -> float:
    r"""A bound on all terms above `order` at `time`: a geometric series from the norm `size` of the last term."""
    growth = reach * time / (order + 1)
    if growth >= 0.5:
        return math.inf
    return float(size * time**order * growth / (1.0 - growth))


@compiled
def crossing(values: FloatArray, places: FloatArray, slopes: FloatArray, points: int, goal: float) -> float:
    """Where a falling function with `values` and `slopes` at the first `points` of `places` reaches `goal`: Newton's
    interpolation of the inverse function; nan where it has none.
    """
    nodes, table = np.empty(2 * points), np.empty(2 * points)
    for p in range(points):
        if slopes[p] == 0.0 or (p > 0 and values[p] == values[p - 1]):
            return math.nan
        nodes[2 * p] = nodes[2 * p + 1] = values[p]
        table[2 * p] = table[2 * p + 1] = places[p]
    for depth in range(1, 2 * points):
        for k in range(2 * points - 1, depth - 1, -1):
            gap = nodes[k] - nodes[k - depth]
            if gap != 0.0:
                table[k] = (table[k] - table[k - 1]) / gap
            elif depth == 1:
                table[k] = 1.0 / slopes[k // 2]
            else:
                return math.nan
    place = table[2 * points - 1]
    for k in range(2 * points - 2, -1, -1):
        place = place * (goal - nodes[k]) + table[k]
    return float(place)


@compiled
def collapse(
    rates: FloatArray,
    total: FloatArray,
    shares: FloatArray,
    rate: float,
    generator: np.random.Generator,
    state: FloatArray,
) -> int:
    r"""Turn `state` into $L \psi$ for a channel drawn in proportion to $\langle L^\dagger L \rangle$; returns it.

    A configuration drawn by $\Lambda(\sigma) |\psi_\sigma|^2$, of which `shares` are the sums over blocks, and in it a
    spin drawn by $W_i(\sigma)$, have that distribution, and need no sum for each channel.
    """
    n_spins = rates.shape[0]
    place = configuration(total, shares, rate * generator.random(), state)
    target = total[place] * generator.random()
    reached, spin = 0.0, 0
    for i in range(n_spins):
        if rates[i, place] > 0.0:
            spin = i
        reached += rates[i, place]
        if target < reached:
            break
    bit = n_spins - 1 - spin
    length = 1 << bit
    goes_up = (place >> bit) & 1
    row = rates[spin]
    for part in range(state.shape[0]):
        psi = state[part]
        for j in range(total.size // 2):
            up = ((j >> bit) << (bit + 1)) | (j & (length - 1))
            down = up + length
            if goes_up:
                psi[up] = math.sqrt(row[down]) * psi[down]
                psi[down] = 0.0
            else:
                psi[down] = math.sqrt(row[up]) * psi[up]
                psi[up] = 0.0
    return int(2 * spin + goes_up)


@compiled
def configuration(total: FloatArray, shares: FloatArray, target: float, state: FloatArray) -> int:
    r"""The configuration in whose share of $\Lambda(\sigma) |\psi_\sigma|^2$ the `target` falls."""
    length = min(BLOCK, total.size)
    blocks = total.size // length
    chosen = -1
    for block in range(blocks):
        if shares[block] > 0.0:
            chosen = block
            if target < shares[block]:
                break
            target -= shares[block]
    reached, last = 0.0, chosen * length
    for j in range(chosen * length, (chosen + 1) * length):
        weight = 0.0
        for part in range(state.shape[0]):
            weight += state[part, j] * state[part, j]
        weight *= total[j]
        if weight > 0.0:
            last = j
        reached += weight
        if target < reached:
            return j
    # round-off can leave the target at the very end
    return last
