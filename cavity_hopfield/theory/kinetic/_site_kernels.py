r"""The event loop for spins of which each is told by itself: $M$ products for a flip, or one row of the couplings.

Every spin has an upper bound on its rate, rounded up to a power of two, and stands in a group of spins of equal bound:
one is found at once, whatever their number, and accepted by its true rate, below its lower bound unseen. Bounds hold
while its field stays in a window: for factorised couplings while $\sum_\mu |k_\mu| \max_i |f_{i\mu}| |X_\mu -
X_\mu^\mathrm{ref}|$ does, for pairwise ones each field in its own.
"""

import math
from typing import NamedTuple

import numpy as np

from cavity_hopfield._compiled import compiled
from cavity_hopfield._typing import FloatArray, IntArray, SpinArray
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

NOW, NEXT, END, TOTAL, FIRST, ROOM, TAU, SLOWEST, FASTEST, HALF, KEPT = range(11)
"""The clock: time, next candidate (-1 if not drawn), end of the window, sum of the bounds, what it was when it was last
added up, half width of the window in energy, scale of the energy, smallest and largest square of the drive, half width
in the unit of the table, half width in energy of windows that are not exact."""
TRIED, CHANGED, VAIN = 5, 6, 7
"""More counters: attempts and flips since the last refresh, and attempts in vain in a row."""
LOWER, FIELD, OWN, KIND = range(4)
"""Of every spin: the lower bound, the field about which bounds hold, what it would exert on itself, its class."""
LEVELS = 64
"""Groups of bounds, each half of the one before; the last holds all that is smaller."""
SUNK = 1e-3
"""A sum that fell by this factor is made anew, so that no rounding is left of what it was."""
PATIENCE = 16
"""So many attempts in vain in a row, and one for each spin, end a window: the next has no width and exact bounds, so
that a state that nothing can leave is known for one, whatever the jumps of the rates nearby."""
RENEWED = 16
"""So many refreshes go by until sums and fields are made anew."""
ACCEPTED = 0.7
"""The share of accepted attempts where bounds are exact but for the powers of two."""
WIDER, NARROWEST = 1.25, 1e-3


class Spins(NamedTuple):
    """`factors` (N, M), `strengths` (M,) and `reaches` (M,), twice the largest |k f|; or the rows of the couplings:
    `starts` (N + 1,), `neighbours` and `values`. `own` (N,) is sum k f^2, `top` the bound of the first group, `largest`
    a bound on flip energies, `widest` the half width of the largest window, `events` the flips after which all is made
    anew, `weights` (N, K) and `goals` (K,) the targets.
    """

    factors: FloatArray
    strengths: FloatArray
    reaches: FloatArray
    starts: IntArray
    neighbours: IntArray
    values: FloatArray
    own: FloatArray
    top: float
    largest: float
    widest: float
    events: int
    weights: FloatArray
    goals: FloatArray


class State(NamedTuple):
    """`sigma` (N,); `sums` (2, M), $X$ now and at the refresh; `fields` (N,) of pairwise couplings, else zero; `spins`
    (N, 4), of which see above; `slots` (N, 2): group and place in it; `members` (LEVELS, N) and `sizes` (LEVELS,) of
    the groups; `heights` (K,) reached of the targets; `clock` (11,) and `counters` (8,).
    """

    sigma: SpinArray
    sums: FloatArray
    fields: FloatArray
    spins: FloatArray
    slots: IntArray
    members: IntArray
    sizes: IntArray
    heights: FloatArray
    clock: FloatArray
    counters: IntArray


@compiled
def run(
    rates: Rates,
    net: Spins,
    state: State,
    times: FloatArray,
    path: SpinArray,
    flips: IntArray,
    log_times: FloatArray,
    log_places: IntArray,
    attempts: int,
    generator: np.random.Generator,
) -> int:
    """Go on with a run until the last of `times` (T,), a target, a full log or so many `attempts`.

    Fills `path` (T, N) with the configurations at `times`, `flips` (T,), and, unless they are empty, `log_times` (J,)
    and `log_places` (J,): twice the spin plus one for a flip up.
    """
    pieces, kinds, bins, knots, scales = rates
    sigma, sums, fields, spins, slots, members, sizes, heights, clock, counters = state
    now, following, count, written, logged = clock[NOW], clock[NEXT], counters[FLIPS], counters[WRITTEN], 0
    attempts = allowed(attempts, log_times, logged)
    status, patience = PAUSED, PATIENCE + sigma.size
    while attempts > 0 and status == PAUSED:
        if counters[LEFT] == 0 or counters[VAIN] >= patience:
            clock[NOW] = now
            refresh(rates, net, state, counters[VAIN] >= patience)
        following = arrival(following, now, clock[TOTAL], generator)
        until = min(following, clock[END])
        if times[written] < until:
            written = write(times, until, written, count, sigma, path, flips)
            if written == times.size:
                status = DONE
                break
        attempts -= 1
        counters[TRIED] += 1
        now, following = until, -1.0
        # at the end of the window the target lies beyond all groups
        level, place, rest = chosen(sizes, net.top, aimed_at(clock, now, generator))
        if level < 0:
            # so may rounding: no event
            counters[LEFT] = 0
            continue
        i, exact = members[level, place], 0.0
        if rest >= spins[i, LOWER]:
            field = field_of(net.factors, net.strengths, sums, fields, i)
            tau, drive = scales_at(knots, scales, now)
            cost = 2.0 * (sigma[i] * field - spins[i, OWN])
            exact = rate_at(pieces, kinds, bins, int(spins[i, KIND]), cost, tau, drive)
            if rest >= exact:
                counters[VAIN] += 1
                continue
        sigma[i] = -sigma[i]
        count += 1
        counters[CHANGED] += 1
        counters[VAIN] = 0
        change = moved(net.factors, net.reaches, sums, 2.0 * sigma[i], i)
        counters[LEFT] = 0 if change > clock[ROOM] else counters[LEFT] - 1
        regroup(pieces, kinds, bins, net.top, sigma, spins, slots, members, sizes, clock, i)
        for entry in range(net.starts[i], net.starts[i + 1]):
            if left_window(fields, spins, 2.0 * sigma[i] * net.values[entry], clock[ROOM], net.neighbours[entry]):
                j = net.neighbours[entry]
                regroup(pieces, kinds, bins, net.top, sigma, spins, slots, members, sizes, clock, j)
        sink(net.top, sizes, clock)
        logged = note(log_times, log_places, logged, now, 2 * i + (sigma[i] > 0))
        reached = aim(heights, net.goals, net.weights, i, 2.0 * sigma[i])
        status = ending(reached, exact, net.top * 0.5**level)
    clock[NOW], clock[NEXT] = now, following
    counters[FLIPS], counters[WRITTEN], counters[LOGGED] = count, written, logged
    return status


@compiled(inline=True)
def field_of(factors: FloatArray, strengths: FloatArray, sums: FloatArray, fields: FloatArray, i: int) -> float:
    """The field on spin i, of factorised couplings with what it exerts on itself."""
    field = fields[i]
    for mu in range(strengths.size):
        field += strengths[mu] * factors[i, mu] * sums[0, mu]
    return float(field)


@compiled(inline=True)
def moved(factors: FloatArray, reaches: FloatArray, sums: FloatArray, step: float, i: int) -> float:
    """Spin i has changed by `step`: the largest change of any flip energy since the refresh, by the sums."""
    change = 0.0
    for mu in range(reaches.size):
        sums[0, mu] += step * factors[i, mu]
        change += reaches[mu] * abs(sums[0, mu] - sums[1, mu])
    return change


@compiled(inline=True)
def left_window(fields: FloatArray, spins: FloatArray, step: float, room: float, j: int) -> bool:
    """The field of spin j has changed by `step`: whether it has left its window, and a new one begins."""
    fields[j] += step
    if 2.0 * abs(fields[j] - spins[j, FIELD]) <= room:
        return False
    spins[j, FIELD] = fields[j]
    return True


@compiled(inline=True)
def sink(top: float, sizes: IntArray, clock: FloatArray) -> None:
    """Make the sum of the bounds anew if it has fallen far."""
    if clock[TOTAL] < SUNK * clock[FIRST]:
        add_up(top, sizes, clock)


@compiled(inline=True)
def aimed_at(clock: FloatArray, now: float, generator: np.random.Generator) -> float:
    """A random number below the sum of the bounds; infinite at the end of the window."""
    return clock[TOTAL] * generator.random() if now < clock[END] else math.inf


@compiled(inline=True)
def chosen(sizes: IntArray, top: float, target: float) -> tuple[int, int, float]:
    """The group and the place in it in whose share the `target` falls, and how far; -1 beyond the last."""
    bound = top
    for level in range(LEVELS):
        share = sizes[level] * bound
        if target < share:
            place = min(int(target / bound), sizes[level] - 1)
            return level, place, target - place * bound
        target -= share
        bound *= 0.5
    return -1, 0, 0.0


@compiled
def regroup(
    pieces: FloatArray, kinds: FloatArray, bins: FloatArray, top: float, sigma: SpinArray, spins: FloatArray,
    slots: IntArray, members: IntArray, sizes: IntArray, clock: FloatArray, i: int,
) -> None:  # fmt: skip
    """Bounds on the rate of spin i about the field that is noted for it, and the group to which they belong."""
    cost = 2.0 * (sigma[i] * spins[i, FIELD] - spins[i, OWN])
    upper, lower = bounded(pieces, kinds, bins, int(spins[i, KIND]), cost / clock[TAU], clock[HALF])
    spins[i, LOWER] = lower * clock[SLOWEST]
    level = level_of(upper * clock[FASTEST] / top)
    before, place = slots[i, 0], slots[i, 1]
    if level == before:
        return
    if before >= 0:
        sizes[before] -= 1
        other = members[before, sizes[before]]
        members[before, place] = other
        slots[other, 1] = place
        clock[TOTAL] -= top * 0.5**before
    slots[i, 0] = level
    if level >= 0:
        members[level, sizes[level]] = i
        slots[i, 1] = sizes[level]
        sizes[level] += 1
        clock[TOTAL] += top * 0.5**level


@compiled
def level_of(share: float) -> int:
    """How often the largest bound can be halved until it would fall below this `share` of it; -1 for nothing."""
    if share <= 0.0:
        return -1
    _, exponent = math.frexp(share)
    return int(min(max(-exponent, 0), LEVELS - 1))


@compiled
def add_up(top: float, sizes: IntArray, clock: FloatArray) -> None:
    """The sum of all bounds, the smallest first."""
    total = 0.0
    for level in range(LEVELS - 1, -1, -1):
        total += sizes[level] * top * 0.5**level
    clock[TOTAL] = clock[FIRST] = total


@compiled
def refresh(rates: Rates, net: Spins, state: State, exact: bool) -> None:
    """Bounds and groups of all spins about the fields as they are, and until when they hold; with `exact` in a window
    of no width, the bounds then being the rates but for the powers of two.
    """
    pieces, kinds, bins, _, _ = rates
    sigma, sums, fields, spins, slots, members, sizes, _, clock, counters = state
    factors, strengths, top = net.factors, net.strengths, net.top
    n, modes = sigma.size, strengths.size
    clock[TAU], _ = scales_at(rates.knots, rates.scales, clock[NOW])
    widest = net.widest * clock[TAU]
    if counters[REFRESHES] == 0:
        clock[KEPT] = widest
    elif modes > 0:
        # attempts in vain should cost as much as the refresh
        vain = counters[TRIED] - counters[CHANGED] / ACCEPTED
        clock[KEPT] *= 1.0 / WIDER if vain > n else WIDER
        clock[KEPT] = min(max(clock[KEPT], NARROWEST * widest), widest)
    else:
        clock[KEPT] = widest
    clock[ROOM] = 0.0 if exact else clock[KEPT]
    if counters[REFRESHES] % RENEWED == 0:
        renew(net, state)
    counters[REFRESHES] += 1
    counters[TRIED] = counters[CHANGED] = counters[VAIN] = 0
    largest = net.largest + clock[ROOM]
    clock[END] = piece_end(rates, clock[NOW], largest, 0.25 * kinds[:, 2].min())
    drift, clock[SLOWEST], clock[FASTEST] = window_scales(rates, clock[NOW], clock[END])
    clock[HALF] = clock[ROOM] / clock[TAU] + largest * drift
    sums[1] = sums[0]
    for i in range(n):
        spins[i, FIELD] = field_of(factors, strengths, sums, fields, i)
        regroup(pieces, kinds, bins, top, sigma, spins, slots, members, sizes, clock, i)
    add_up(top, sizes, clock)
    counters[LEFT] = net.events


@compiled
def renew(net: Spins, state: State) -> None:
    """Sums over all spins, or fields of pairwise couplings, anew, so that no rounding accumulates."""
    sigma, sums, fields = state.sigma, state.sums, state.fields
    factors, starts, neighbours, values = net.factors, net.starts, net.neighbours, net.values
    sums[0] = 0.0
    for i in range(sigma.size):
        for mu in range(factors.shape[1]):
            sums[0, mu] += factors[i, mu] * sigma[i]
        field = 0.0
        for entry in range(starts[i], starts[i + 1]):
            field += values[entry] * sigma[neighbours[entry]]
        fields[i] = field


@compiled
def observe(
    net: Spins, patterns: SpinArray, path: SpinArray, energies: FloatArray, readings: IntArray, total: IntArray
) -> None:
    r"""Fill `energies` (T,) and `readings` (T, 1 + P), the sums of all spins and of those times each of the `patterns`
    (P, N), at the configurations `path` (T, N), and add these to `total` (T, N) unless it is empty.
    """
    factors, strengths, own = net.factors, net.strengths, net.own
    starts, neighbours, values = net.starts, net.neighbours, net.values
    modes, n = strengths.size, path.shape[1]
    for t in range(path.shape[0]):
        sigma = path[t]
        doubled = 0.0
        for mu in range(modes):
            reached = 0.0
            for i in range(n):
                reached += factors[i, mu] * sigma[i]
            doubled += strengths[mu] * reached * reached
        for i in range(n):
            field = 0.0 if modes == 0 else -own[i] * sigma[i]
            for entry in range(starts[i], starts[i + 1]):
                field += values[entry] * sigma[neighbours[entry]]
            doubled += field * sigma[i]
        energies[t] = -0.5 * doubled
        readings[t, 0] = 0
        for i in range(n):
            readings[t, 0] += sigma[i]
        for p in range(patterns.shape[0]):
            readings[t, 1 + p] = overlap(patterns[p], sigma)
        if total.size > 0:
            for i in range(n):
                total[t, i] += sigma[i]


@compiled
def overlap(pattern: SpinArray, sigma: SpinArray) -> int:
    """The sum of the products of two configurations (N,)."""
    reached = 0
    for i in range(sigma.size):
        reached += pattern[i] * sigma[i]
    return reached
