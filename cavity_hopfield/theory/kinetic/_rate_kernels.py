r"""Rates and bounds on rates in compiled loops: $W_c(\epsilon, t) = d(t)^2\, w_c(\epsilon / \tau(t))$."""

import math
from typing import NamedTuple

import numpy as np

from cavity_hopfield._compiled import compiled
from cavity_hopfield._typing import FloatArray, IntArray

INSIDE = 1e-12
"""Bounds are widened by this for rounding."""
SHARE = 0.25
"""A piece of a schedule ends when the drive has changed by this share of what it was."""
FAINT = 0.05
"""A drive below this share of the largest is bounded by it."""


class Rates(NamedTuple):
    """A table of rates with bounds, and a schedule, packed in few arrays.

    `pieces` (K, 3 + d): right end, middle, inverse half width and the coefficients of the logarithm of the rate.
    `kinds` (C, 6), of each class: where its uniform bins begin, the inverse of their width, the half width D of the
    largest window, the first bin, the last bin, the last piece. `bins` (B, 5): the first piece of each, and within D of
    it the largest slope of the logarithm, the sum of its jumps between pieces, the largest and the smallest rate.
    `knots` (T,) and `scales` (T, 2) are the schedule, tau and d.
    """

    pieces: FloatArray
    kinds: FloatArray
    bins: FloatArray
    knots: FloatArray
    scales: FloatArray


@compiled
def bin_of(kinds: FloatArray, c: int, energy: float) -> int:
    """The bin of class c that holds `energy`."""
    place = kinds[c, 3] + (energy - kinds[c, 0]) * kinds[c, 1]
    return int(min(max(place, kinds[c, 3]), kinds[c, 4]))


@compiled
def rate_in(pieces: FloatArray, first: int, last: int, energy: float) -> float:
    """$w_c$ at `energy`, which lies in the piece `first` or later; beyond the table, where no spin is, at its end.

    The event loops read rates by bins, which lead to the piece in a step or two and hold the bounds, so that rate and
    bound are of one reading. Leaps and mean fields, which want no bounds, search the pieces (`tabulated_rate`).
    """
    piece = first
    while piece < last and energy > pieces[piece, 0]:
        piece += 1
    local = min(max((energy - pieces[piece, 1]) * pieces[piece, 2], -1.0), 1.0)
    logarithm = 0.0
    for d in range(pieces.shape[1] - 1, 2, -1):
        logarithm = logarithm * local + pieces[piece, d]
    return math.exp(logarithm)


@compiled
def bounded(
    pieces: FloatArray, kinds: FloatArray, bins: FloatArray, c: int, energy: float, half: float
) -> tuple[float, float]:
    """Upper and lower bound of $w_c$ within `half`, at most D, of `energy`."""
    place = bin_of(kinds, c, energy)
    here = rate_in(pieces, int(bins[place, 0]), int(kinds[c, 5]), energy)
    if half == 0.0:
        return here, here
    # infinite where the rate jumps to zero: then the bounds of the whole bin hold
    growth = math.exp(bins[place, 1] * half + bins[place, 2])
    upper = bins[place, 3]
    if here > 0.0:
        upper = min(upper, here * growth)
    lower = max(bins[place, 4], here / growth)
    return upper * (1.0 + INSIDE), lower * (1.0 - INSIDE)


@compiled
def rate_at(
    pieces: FloatArray, kinds: FloatArray, bins: FloatArray, c: int, energy: float, tau: float, drive: float
) -> float:
    """$W_c$ at `energy` with the scales `tau` and `drive`."""
    scaled = energy / tau
    place = bin_of(kinds, c, scaled)
    return drive * drive * rate_in(pieces, int(bins[place, 0]), int(kinds[c, 5]), scaled)


@compiled
def scales_at(knots: FloatArray, scales: FloatArray, time: float) -> tuple[float, float]:
    r"""$\tau$ and $d$ at `time`."""
    last = knots.size - 1
    if time <= knots[0]:
        return scales[0, 0], scales[0, 1]
    if time >= knots[last]:
        return scales[last, 0], scales[last, 1]
    k = int(np.searchsorted(knots, time, side="right")) - 1
    share = (time - knots[k]) / (knots[k + 1] - knots[k])
    tau = scales[k, 0] + share * (scales[k + 1, 0] - scales[k, 0])
    drive = scales[k, 1] + share * (scales[k + 1, 1] - scales[k, 1])
    return tau, drive


@compiled
def piece_end(rates: Rates, time: float, largest: float, room: float) -> float:
    r"""Until when, from `time` on, $\tau$ and $d$ are linear, $\epsilon/\tau$ moves by no more than `room` for energies
    up to `largest`, and $d$ changes by no more than a quarter of what it is, or of what bounds it where it is faint.
    """
    knots, last = rates.knots, rates.knots.size - 1
    if time >= knots[last]:
        return math.inf
    if time < knots[0]:
        return float(knots[0])
    k = int(np.searchsorted(knots, time, side="right")) - 1
    length = knots[k + 1] - knots[k]
    end = knots[k + 1]
    tau, drive = scales_at(rates.knots, rates.scales, time)
    slope = (rates.scales[k + 1, 0] - rates.scales[k, 0]) / length
    if slope != 0.0 and largest > 0.0:
        change = room / largest
        if slope < 0.0:
            end = min(end, time + (tau - 1.0 / (1.0 / tau + change)) / -slope)
        elif change < 1.0 / tau:
            end = min(end, time + (1.0 / (1.0 / tau - change) - tau) / slope)
    slope = abs(rates.scales[k + 1, 1] - rates.scales[k, 1]) / length
    if slope > 0.0:
        end = min(end, time + SHARE * max(drive, FAINT * rates.scales[:, 1].max()) / slope)
    # a piece too short for the clock is the whole of its last step
    return float(max(end, time + 4e-16 * (time + 1.0)))


@compiled
def window_scales(rates: Rates, time: float, end: float) -> tuple[float, float, float]:
    r"""The largest $|1/\tau - 1/\tau_0|$ and the smallest and the largest $d^2$ from `time` to `end`."""
    tau, drive = scales_at(rates.knots, rates.scales, time)
    if rates.knots.size == 1:
        return 0.0, drive * drive, drive * drive
    later, after = scales_at(rates.knots, rates.scales, min(end, rates.knots[-1]))
    lowest, highest = min(drive, after), max(drive, after)
    return abs(1.0 / later - 1.0 / tau), lowest * lowest, highest * highest


@compiled
def fill_bins(
    rates: Rates, offsets: IntArray, slopes: FloatArray, jumps: FloatArray, most: FloatArray, least: FloatArray
) -> None:
    """Fill the bins from the pieces, class after class from `offsets` (C + 1,) on: of each piece the largest slope, the
    jump after it, the largest and the smallest rate (K,).
    """
    ends = rates.pieces[:, 0]
    for c in range(rates.kinds.shape[0]):
        last = offsets[c + 1] - 1
        width, reach = 1.0 / rates.kinds[c, 1], rates.kinds[c, 2]
        here = low = offsets[c]
        for b in range(int(rates.kinds[c, 3]), int(rates.kinds[c, 4]) + 1):
            left = rates.kinds[c, 0] + (b - rates.kinds[c, 3]) * width
            # one width more for the rounding of a place at the edge of a bin
            while here < last and ends[here] < left - width:
                here += 1
            while low < last and ends[low] < left - width - reach:
                low += 1
            slope, jump, highest, lowest = slopes[low], 0.0, most[low], least[low]
            piece = low
            while piece < last and ends[piece] <= left + 2.0 * width + reach:
                jump += jumps[piece]
                piece += 1
                slope = max(slope, slopes[piece])
                highest, lowest = max(highest, most[piece]), min(lowest, least[piece])
            rates.bins[b, 0], rates.bins[b, 1], rates.bins[b, 2] = here, slope, jump
            rates.bins[b, 3], rates.bins[b, 4] = highest, lowest
