r"""The event loop for like spins, told by counts: exact, at a cost that does not grow with their number.

Between two refreshes every channel, a class and a direction, keeps bounds on the rate of one spin that hold while no
more than some number of events happen and the schedule stays on one piece. An event is chosen by the upper bounds times
the exact numbers of spins; below the lower bound it is accepted unseen, else by its true rate.
"""

import math
from typing import NamedTuple

import numpy as np

from cavity_hopfield._compiled import compiled
from cavity_hopfield._typing import FloatArray, IntArray
from cavity_hopfield.theory.kinetic._rate_kernels import Rates, bounded, piece_end, rate_at, scales_at, window_scales
from cavity_hopfield.theory.kinetic._record_kernels import (
    DONE,
    FLIPS,
    LEFT,
    LOGGED,
    PAUSED,
    REFRESHES,
    WRITTEN,
    aim,
    allowed,
    arrival,
    ending,
    note,
    write,
)

NOW, NEXT, END, TOTAL, FIRST = 0, 1, 2, 3, 4
"""The clock: time, next candidate (-1 if not drawn), end of the window, sum of the bounds, its value at the refresh."""
VAIN = 5
"""One more counter: attempts in vain in a row."""
BLOCK = 3
"""Two to this power channels are a block, whose bounds are summed for the choice."""
COST = 2.0
"""What a refresh costs for each class, in attempts."""
SUNK = 1e-3
"""A sum that fell by this factor since the refresh asks for another, so that no rounding is left of what it was."""
PATIENCE = 16
"""So many attempts in vain in a row, and one for each channel, end a window: then bounds are exact for one event, so
that a state that nothing can leave is known for one, whatever the jumps of the rates nearby."""
RENEWED = 16
"""So many refreshes go by until the fields are made anew."""


class Classes(NamedTuple):
    """`couplings` (C, C) with those of like spins on the diagonal, `kinds` (C,) the classes of the rates, `steps` (C,)
    the largest change of a flip energy by one event, `step` the largest of them, `room` the smallest of all largest
    windows, whether the classes are `ladders`, `weights` (C, K) and `heights`
    (K,) of the targets.
    """

    couplings: FloatArray
    kinds: IntArray
    steps: FloatArray
    step: float
    room: float
    ladders: bool
    weights: FloatArray
    heights: FloatArray


class State(NamedTuple):
    """`sizes`, `ups` (C, Q): spins in each part of a class, and how many are up; `totals` (2C,): those of a class that
    are up, and down; `fields` (C,); of every channel `bounds` (2C, 2), upper and lower, `shares` (2C,) and their sums
    over `blocks`; `heights` (K,) reached of the targets; `clock` (5,) and `counters` (6,).
    """

    sizes: IntArray
    ups: IntArray
    totals: FloatArray
    fields: FloatArray
    bounds: FloatArray
    shares: FloatArray
    blocks: FloatArray
    heights: FloatArray
    clock: FloatArray
    counters: IntArray


@compiled
def run(
    rates: Rates,
    net: Classes,
    state: State,
    times: FloatArray,
    path: IntArray,
    flips: IntArray,
    log_times: FloatArray,
    log_places: IntArray,
    attempts: int,
    generator: np.random.Generator,
) -> int:
    """Go on with a run until the last of `times` (T,), a target, a full log or so many `attempts`.

    Fills `path` (T, C, Q) with the counts at `times`, `flips` (T,), and, unless they are empty, `log_times` (J,) and
    `log_places` (J,): twice the part plus one for a flip up, the parts of all classes numbered through.
    """
    pieces, kinds, bins, knots, scales = rates
    sizes, ups, totals, fields, bounds, shares, blocks, heights, clock, counters = state
    now, following, end, total, first = clock
    left, count, written, logged, _, vain = counters
    parts, patience = ups.shape[1], PATIENCE + shares.size
    attempts = allowed(attempts, log_times, logged)
    status = PAUSED
    while attempts > 0 and status == PAUSED:
        if left == 0 or vain >= patience:
            clock[NOW] = now
            left = refresh(rates, net, state, vain >= patience)
            end, first, total, vain = clock[END], clock[TOTAL], clock[TOTAL], 0
        following = arrival(following, now, total, generator)
        until = min(following, end)
        if times[written] < until:
            written = write(times, until, written, count, ups, path, flips)
            if written == times.size:
                status = DONE
                break
        attempts -= 1
        now, following = until, -1.0
        channel, rest = chosen(shares, blocks, total * generator.random()) if until < end else (-1, 0.0)
        if channel < 0:
            # the end of the window, or rounding has led beyond the last channel: no event
            left = 0
            continue
        c, up, exact = channel >> 1, channel & 1, 0.0
        upper = bounds[channel, 0]
        part, rest, spins = part_of(net.ladders, sizes, ups, totals, channel, rest, upper)
        if rest >= spins * bounds[channel, 1]:
            cost = 2.0 * ((1 - 2 * up) * fields[c] - net.couplings[c, c])
            tau, drive = scales_at(knots, scales, now)
            exact = rate_at(pieces, kinds, bins, net.kinds[c], cost, tau, drive)
            if rest >= spins * exact:
                vain += 1
                continue
        step = 2 * up - 1
        ups[c, part] += step
        count += 1
        left, vain = left - 1, 0
        turn(totals, fields, net.couplings, c, step)
        change = weigh(net.ladders, totals, bounds, shares, c)
        blocks[channel >> BLOCK] += change
        total += change
        if total < SUNK * first:
            left = 0
        logged = note(log_times, log_places, logged, now, 2 * (c * parts + part) + up)
        reached = aim(heights, net.heights, net.weights, c, 2.0 * step)
        status = ending(reached, exact, upper)
    save(state, now, following, end, total, first, left, count, written, logged, vain)
    return status


@compiled(inline=True)
def part_of(
    ladders: bool, sizes: IntArray, ups: IntArray, totals: FloatArray, channel: int, rest: float, bound: float
) -> tuple[int, float, float]:
    """The part of a class in which the `rest` of a random number falls, how far, and the number of spins that can flip,
    or of what a ladder has in their place.
    """
    last = ups.shape[1] - 1
    part, spins = 0, totals[channel]
    if ladders:
        spins *= totals[channel ^ 1] + 1.0
    elif last > 0:
        c, up = channel >> 1, channel & 1
        for part in range(last + 1):
            spins = float(sizes[c, part] - ups[c, part] if up else ups[c, part])
            if rest < spins * bound:
                break
            rest -= spins * bound
    return part, rest, spins


@compiled(inline=True)
def turn(totals: FloatArray, fields: FloatArray, couplings: FloatArray, c: int, step: int) -> None:
    """One more spin of class c is up, or one less: numbers and fields."""
    totals[2 * c] += step
    totals[2 * c + 1] -= step
    for other in range(fields.size):
        fields[other] += 2.0 * step * couplings[c, other]


@compiled
def save(
    state: State, now: float, following: float, end: float, total: float, first: float, left: int, count: int,
    written: int, logged: int, vain: int,
) -> None:  # fmt: skip
    """Keep what the next call goes on from."""
    clock, counters = state.clock, state.counters
    clock[NOW], clock[NEXT], clock[END], clock[TOTAL], clock[FIRST] = now, following, end, total, first
    counters[LEFT], counters[FLIPS], counters[WRITTEN], counters[LOGGED] = left, count, written, logged
    counters[VAIN] = vain


@compiled
def refresh(rates: Rates, net: Classes, state: State, exact: bool) -> int:
    """Begin a window: bounds about the state as it is, and until when they hold; returns for how many events. With
    `exact` for one event, the bounds then being the rates.
    """
    clock, fields, bounds = state.clock, state.fields, state.bounds
    pieces, kinds, bins = rates.pieces, rates.kinds, rates.bins
    if state.counters[REFRESHES] % RENEWED == 0:
        renew_fields(net.couplings, state.totals, fields)
    state.counters[REFRESHES] += 1
    tau, _ = scales_at(rates.knots, rates.scales, clock[NOW])
    # so many events bring an energy to the edge of the largest window
    crossing, largest = math.inf, 0.0
    for c in range(fields.size):
        largest = max(largest, 2.0 * (abs(fields[c]) + abs(net.couplings[c, c])))
        if net.steps[c] > 0.0:
            crossing = min(crossing, rates.kinds[net.kinds[c], 2] * tau / net.steps[c])
    events = int(min(0.25 * crossing, math.sqrt(COST * fields.size * crossing), 1e9))
    if exact or events < 2:
        events = 0
    largest += events * net.step
    clock[END] = piece_end(rates, clock[NOW], largest, 0.25 * net.room)
    drift, slowest, fastest = window_scales(rates, clock[NOW], clock[END])
    for c in range(fields.size):
        half = events * net.steps[c] / tau + largest * drift
        for up in range(2):
            energy = 2.0 * ((1 - 2 * up) * fields[c] - net.couplings[c, c])
            upper, lower = bounded(pieces, kinds, bins, net.kinds[c], energy / tau, half)
            bounds[2 * c + up, 0] = fastest * upper
            bounds[2 * c + up, 1] = slowest * lower
        weigh(net.ladders, state.totals, bounds, state.shares, c)
    clock[TOTAL] = add_up(state.shares, state.blocks)
    return max(1, events)


@compiled(inline=True)
def weigh(ladders: bool, totals: FloatArray, bounds: FloatArray, shares: FloatArray, c: int) -> float:
    """The shares of both channels of class c, the number of spins that can flip times the bound; returns the change."""
    ups, downs = totals[2 * c], totals[2 * c + 1]
    before = shares[2 * c] + shares[2 * c + 1]
    shares[2 * c] = (ups * (downs + 1.0) if ladders else ups) * bounds[2 * c, 0]
    shares[2 * c + 1] = (downs * (ups + 1.0) if ladders else downs) * bounds[2 * c + 1, 0]
    return float(shares[2 * c] + shares[2 * c + 1] - before)


@compiled
def add_up(shares: FloatArray, blocks: FloatArray) -> float:
    """Fill the sums of the shares block by block; returns their sum."""
    total = 0.0
    for b in range(blocks.size):
        block = 0.0
        for k in range(b << BLOCK, min((b + 1) << BLOCK, shares.size)):
            block += shares[k]
        blocks[b] = block
        total += block
    return total


@compiled(inline=True)
def chosen(shares: FloatArray, blocks: FloatArray, target: float) -> tuple[int, float]:
    """The channel in whose share the `target` falls, and how far; -1 beyond the last."""
    block = 0
    while block < blocks.size and target >= blocks[block]:
        target -= blocks[block]
        block += 1
    for k in range(block << BLOCK, min((block + 1) << BLOCK, shares.size)):
        if target < shares[k]:
            return k, target
        target -= shares[k]
    return -1, 0.0


@compiled
def renew_fields(couplings: FloatArray, totals: FloatArray, fields: FloatArray) -> None:
    """Fill the fields anew, so that no rounding accumulates."""
    for c in range(fields.size):
        field = 0.0
        for other in range(fields.size):
            field += couplings[c, other] * (totals[2 * other] - totals[2 * other + 1])
        fields[c] = field


@compiled
def observe(
    couplings: FloatArray, own: float, weights: FloatArray, sizes: IntArray, path: IntArray,
    energies: FloatArray, readings: FloatArray,
) -> None:  # fmt: skip
    r"""Fill `energies` (T,), $-\frac12 \sum K S S$ and `own`, and `readings` (T, R), sums of `weights` (R, C, Q) times
    the spins, at the counts `path` (T, C, Q).
    """
    classes, parts = sizes.shape
    for t in range(path.shape[0]):
        energy = 0.0
        for c in range(classes):
            field = 0.0
            for other in range(classes):
                field += couplings[c, other] * (2 * path[t, other].sum() - sizes[other].sum())
            energy += field * (2 * path[t, c].sum() - sizes[c].sum())
        energies[t] = own - 0.5 * energy
        for r in range(weights.shape[0]):
            reading = 0.0
            for c in range(classes):
                for q in range(parts):
                    reading += weights[r, c, q] * (2 * path[t, c, q] - sizes[c, q])
            readings[t, r] = reading
