"""Flow of the class dynamics and of its linearisation, by the embedded method of order eight of Dormand and Prince."""

import math

import numpy as np

from cavity_hopfield._compiled import compiled
from cavity_hopfield._typing import FloatArray, IntArray

Model = tuple[FloatArray, FloatArray, FloatArray, IntArray, int, FloatArray, FloatArray, float, float, float]
"""Columns (C, P), the same times their weights, strengths (P,), rate classes (C,), kind, coefficients and stretches of
the response, its reach, the drive, and the direction of time.
"""
Tableau = tuple[FloatArray, FloatArray, FloatArray, FloatArray]
"""Coefficients of the stages (12, 12), of the step (12,), and of its errors of third and fifth order (13,)."""
SMALLEST_STEP = 1e-12
DONE, TOO_MANY_STEPS, TOO_SMALL_STEPS = 0, 1, 2


@compiled
def response(
    kind: int, coefficients: FloatArray, stretch: float, reach: float, h: float
) -> tuple[float, float, float, float]:
    """s, d and their slopes at the field h; not a number out of reach."""
    if kind == 0:
        t = math.tanh(h / coefficients[1])
        return coefficients[0], coefficients[0] * t, 0.0, coefficients[0] * (1 - t * t) / coefficients[1]
    if abs(h) > reach:
        return math.nan, math.nan, math.nan, math.nan
    beta = math.asinh(reach / stretch)
    x = math.asinh(h / stretch) / beta
    slope = 1 / (beta * math.sqrt(h * h + stretch * stretch))
    u = 2 * x * x - 1
    last = len(coefficients) - 1
    even = even_1 = odd = odd_1 = 0.0
    even_u = even_u1 = odd_u = odd_u1 = 0.0
    for k in range(last // 2, 0, -1):
        even_u, even_u1 = 2 * even + 2 * u * even_u - even_u1, even_u
        even, even_1 = coefficients[2 * k] + 2 * u * even - even_1, even
    for k in range((last - 1) // 2, -1, -1):
        odd_u, odd_u1 = 2 * odd + 2 * u * odd_u - odd_u1, odd_u
        odd, odd_1 = coefficients[2 * k + 1] + 2 * u * odd - odd_1, odd
    du = 4 * x * slope
    s = 2 * (coefficients[0] + u * even - even_1)
    d = -2 * x * (odd - odd_1)
    return s, d, 2 * (even + u * even_u - even_u1) * du, -2 * ((odd - odd_1) * slope + x * (odd_u - odd_u1) * du)


@compiled
def velocity(model: Model, state: FloatArray, out: FloatArray) -> None:
    """Fill `out` (R, 2, C) with the velocity of `state` (R, 2, C): a state, then directions that it carries along."""
    columns, weighted, strengths, classes, kind, coefficients, stretches, reach, drive, direction = model
    n_classes, n_patterns = columns.shape
    turn = 2 * drive
    for row in range(state.shape[0]):
        for c in range(n_classes):
            out[row, 0, c] = 0.0
        for p in range(n_patterns):
            pull = 0.0
            for c in range(n_classes):
                pull += weighted[c, p] * state[row, 1, c]
            pull *= strengths[p]
            for c in range(n_classes):
                out[row, 0, c] += columns[c, p] * pull
    for c in range(n_classes):
        label = classes[c]
        s, d, s1, d1 = response(kind, coefficients[label], stretches[label], reach, out[0, 0, c])
        y, z = state[0, 0, c], state[0, 1, c]
        out[0, 0, c] = direction * (-turn * z - 0.5 * s * y)
        out[0, 1, c] = direction * (turn * y + d - s * z)
        for row in range(1, state.shape[0]):
            h = out[row, 0, c]
            dy, dz = state[row, 0, c], state[row, 1, c]
            out[row, 0, c] = direction * (-turn * dz - 0.5 * s * dy - 0.5 * s1 * h * y)
            out[row, 1, c] = direction * (turn * dy + (d1 - s1 * z) * h - s * dz)


@compiled
def step(model: Model, tableau: Tableau, state: FloatArray, size: float, stages: FloatArray, new: FloatArray) -> None:
    """Fill `new` with the state one step on; `stages` (13, R, 2, C) begins with the velocity here."""
    a, b, _, _ = tableau
    flat, fresh, slopes = state.ravel(), new.ravel(), stages.reshape(stages.shape[0], -1)
    for stage in range(1, 12):
        for k in range(flat.size):
            total = 0.0
            for earlier in range(stage):
                total += a[stage, earlier] * slopes[earlier, k]
            fresh[k] = flat[k] + size * total
        velocity(model, new, stages[stage])
    for k in range(flat.size):
        total = 0.0
        for earlier in range(12):
            total += b[earlier] * slopes[earlier, k]
        fresh[k] = flat[k] + size * total
    velocity(model, new, stages[12])


@compiled
def step_error(
    tableau: Tableau, state: FloatArray, new: FloatArray, size: float, stages: FloatArray, tolerance: float
) -> float:
    """Estimated error of a step, in units of `tolerance` times one plus the size of the state."""
    _, _, e3, e5 = tableau
    flat, fresh, slopes = state.ravel(), new.ravel(), stages.reshape(stages.shape[0], -1)
    fifth = third = 0.0
    for k in range(flat.size):
        scale = tolerance * (1 + max(abs(flat[k]), abs(fresh[k])))
        five = three = 0.0
        for stage in range(13):
            five += e5[stage] * slopes[stage, k]
            three += e3[stage] * slopes[stage, k]
        fifth += (five / scale) ** 2
        third += (three / scale) ** 2
    if not math.isfinite(fifth):
        return math.inf
    whole = math.sqrt((fifth + 0.01 * third) * flat.size)
    return size * fifth / whole if whole > 0 else 0.0


@compiled
def advance(
    model: Model,
    tableau: Tableau,
    state: FloatArray,
    times: FloatArray,
    tolerance: float,
    most_steps: int,
    out: FloatArray,
) -> int:
    """Fill `out` (T, R, 2, C) with the states at increasing `times` (T,) and leave the last in `state`."""
    stages = np.empty((13, *state.shape))
    new = np.empty_like(state)
    time, steps, size = 0.0, 0, 0.01
    velocity(model, state, stages[0])
    for k in range(len(times)):
        while time < times[k]:
            left = times[k] - time
            trial = min(size, left)
            step(model, tableau, state, trial, stages, new)
            error = step_error(tableau, state, new, trial, stages, tolerance)
            steps += 1
            if steps > most_steps:
                return TOO_MANY_STEPS
            if error <= 1:
                time = times[k] if trial == left else time + trial
                state[:] = new
                stages[0] = stages[12]
            elif trial < SMALLEST_STEP:
                return TOO_SMALL_STEPS
            factor = min(5.0, max(0.2, 0.9 * error ** (-0.125))) if error > 0 else 5.0
            if error > 1 or trial == size:
                size = trial * factor
        out[k] = state
    return DONE


@compiled
def to_section(
    model: Model,
    tableau: Tableau,
    state: FloatArray,
    normal: FloatArray,
    offset: float,
    rising: bool,
    longest: float,
    still: float,
    tolerance: float,
) -> float:
    """Move `state` to where `normal` (2, C) times it next crosses `offset`, and return the time.

    Infinite if that is later than `longest` or the velocity falls below `still` before; not a number if the flow fails.
    """
    stages = np.empty((13, *state.shape))
    new, trial_state = np.empty_like(state), np.empty_like(state)
    sign = 1.0 if rising else -1.0
    time, size = 0.0, 0.01
    velocity(model, state, stages[0])
    height = sign * (np.sum(normal * state[0]) - offset)
    while time < longest and np.abs(stages[0, 0]).max() > still:
        step(model, tableau, state, size, stages, new)
        error = step_error(tableau, state, new, size, stages, tolerance)
        factor = min(5.0, max(0.2, 0.9 * error ** (-0.125))) if error > 0 else 5.0
        if error > 1:
            size *= factor
            if size < SMALLEST_STEP:
                return math.nan
            continue
        new_height = sign * (np.sum(normal * new[0]) - offset)
        if height < 0 and new_height >= 0:
            early, late = 0.0, size
            part = size * height / (height - new_height)
            for _ in range(60):
                step(model, tableau, state, part, stages, trial_state)
                miss = sign * (np.sum(normal * trial_state[0]) - offset)
                speed = sign * np.sum(normal * stages[12, 0])
                if abs(miss) <= 4e-16 * (1 + time) * abs(speed):
                    break
                if miss < 0:
                    early = part
                else:
                    late = part
                part = part - miss / speed if speed > 0 else early
                if not early < part < late:
                    part = (early + late) / 2
                if late - early <= 4e-16 * (1 + time):
                    break
            step(model, tableau, state, part, stages, trial_state)
            state[:] = trial_state
            return float(time + part)
        time += size
        state[:] = new
        stages[0] = stages[12]
        height = new_height
        size *= factor
    return math.inf
