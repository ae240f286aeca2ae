"""Steps of collocation through time: convolution with a memory kernel, and rates that depend on time.

A *flow* is what leaves one configuration by one kernel, an *edge* carries a flow to another configuration; several
edges may share a flow. Configurations number S, kernels C, flows Q, edges E, stages of a step m, steps n.
"""

import numpy as np

from cavity_hopfield._compiled import EPSILON, compiled
from cavity_hopfield._typing import ComplexArray, FloatArray, IntArray

MOST_ITERATIONS = 60


@compiled
def collocate(
    past: FloatArray,
    first: FloatArray,
    local: FloatArray,
    flow_kernel: IntArray,
    flow_source: IntArray,
    edge_flow: IntArray,
    edge_target: IntArray,
    p: FloatArray,
    slopes: FloatArray,
    flows: FloatArray,
) -> bool:
    """Solve for the `slopes` (S, m) of one step that starts at `p` (S,), from the guess that they hold.

    A flow (Q, m) is its `past` plus `first` (C, m) times p plus `local` (C, m, m) times the slopes; slopes are what
    flows in minus what flows out. By iteration, to the round-off of the flows; False if that takes too long.
    """
    stages = slopes.shape[1]
    before = np.empty_like(slopes)
    change = 0.0
    size = 0.0
    for _ in range(MOST_ITERATIONS):
        before[:] = slopes
        size = 0.0
        for q in range(flow_kernel.size):
            kernel, source = flow_kernel[q], flow_source[q]
            for a in range(stages):
                value = past[q, a] + first[kernel, a] * p[source]
                for e in range(stages):
                    value += local[kernel, a, e] * before[source, e]
                flows[q, a] = value
                size = max(size, abs(value))
        slopes[:] = 0.0
        for e in range(edge_flow.size):
            flow, target = edge_flow[e], edge_target[e]
            source = flow_source[flow]
            for a in range(stages):
                slopes[target, a] += flows[flow, a]
                slopes[source, a] -= flows[flow, a]
        change = 0.0
        for s in range(p.size):
            for a in range(stages):
                change = max(change, abs(slopes[s, a] - before[s, a]))
        if change <= 64.0 * EPSILON * size:
            return True
    return change <= 1e-12 * size


@compiled
def gather_past(
    history: FloatArray,
    decay: ComplexArray,
    flow_kernel: IntArray,
    flow_source: IntArray,
    window: FloatArray,
    head: int,
    held: ComplexArray,
    past: FloatArray,
) -> None:
    """Fill `past` (Q, m): what the steps before contribute to the flows at the stages of this step.

    `history` (C, m, L) weighs the last L stages, which `window` (S, 2L) holds from `head` on; `held` (Q,) is the
    convolution with the settled exponential so far, which falls by `decay` (C, m) until each stage.
    """
    length = history.shape[2]
    for q in range(flow_kernel.size):
        kernel = flow_kernel[q]
        past[q, :] = np.dot(history[kernel], window[flow_source[q], head : head + length])
        for a in range(past.shape[1]):
            past[q, a] += (decay[kernel, a] * held[q]).real


@compiled
def march_memory(
    step: float,
    history: FloatArray,
    first: FloatArray,
    local: FloatArray,
    decay: ComplexArray,
    hop: ComplexArray,
    feed: ComplexArray,
    weights: FloatArray,
    stage: FloatArray,
    flow_kernel: IntArray,
    flow_source: IntArray,
    edge_flow: IntArray,
    edge_target: IntArray,
    head: int,
    p: FloatArray,
    window: FloatArray,
    held: ComplexArray,
    starts: FloatArray,
    slopes: FloatArray,
) -> bool:
    r"""Steps of $\dot p = \int_0^t K(t - s)\, p(s)\,ds$: fill `starts` (n, S) and `slopes` (n, S, m), move on `p`,
    `window` and `held`. False if a step cannot be solved.

    Over one step `held` falls by `hop` (C,) and takes up `feed` (C, m) times p at the stages, which are p plus `step`
    times `stage` (m, m) times the slopes; `weights` (m,) are those of the whole step.
    """
    n_steps, n_states, stages = slopes.shape
    length = history.shape[2]
    past = np.empty((flow_kernel.size, stages))
    flows = np.empty_like(past)
    guess = np.zeros((n_states, stages))
    inside = np.empty((n_states, stages))
    for n in range(n_steps):
        starts[n] = p
        gather_past(history, decay, flow_kernel, flow_source, window, head, held, past)
        if not collocate(past, first, local, flow_kernel, flow_source, edge_flow, edge_target, p, guess, flows):
            return False
        slopes[n] = guess
        for s in range(n_states):
            for a in range(stages):
                inside[s, a] = p[s]
                for e in range(stages):
                    inside[s, a] += step * stage[a, e] * guess[s, e]
                window[s, head + a] = inside[s, a]
                window[s, head + length + a] = inside[s, a]
        head = (head + stages) % length
        for q in range(flow_kernel.size):
            kernel, source = flow_kernel[q], flow_source[q]
            held[q] *= hop[kernel]
            for a in range(stages):
                held[q] += feed[kernel, a] * inside[source, a]
        for s in range(n_states):
            for a in range(stages):
                p[s] += step * weights[a] * guess[s, a]
            guess[s, :] = guess[s, stages - 1]
    return True


@compiled
def march_rates(
    step: float,
    rates: FloatArray,
    weights: FloatArray,
    stage: FloatArray,
    flow_kernel: IntArray,
    flow_source: IntArray,
    edge_flow: IntArray,
    edge_target: IntArray,
    p: FloatArray,
    starts: FloatArray,
    slopes: FloatArray,
) -> bool:
    r"""Steps of $\dot p = G(t)\, p$ with `rates` (C, n, m) at the stages: fill `starts` (n, S) and `slopes` (n, S, m),
    move on `p`. False if a step cannot be solved.
    """
    n_steps, n_states, stages = slopes.shape
    past = np.zeros((flow_kernel.size, stages))
    flows = np.empty_like(past)
    guess = np.zeros((n_states, stages))
    local = np.empty((rates.shape[0], stages, stages))
    for n in range(n_steps):
        starts[n] = p
        first = np.ascontiguousarray(rates[:, n, :])
        for kernel in range(rates.shape[0]):
            for a in range(stages):
                for e in range(stages):
                    local[kernel, a, e] = step * first[kernel, a] * stage[a, e]
        if not collocate(past, first, local, flow_kernel, flow_source, edge_flow, edge_target, p, guess, flows):
            return False
        slopes[n] = guess
        for s in range(n_states):
            for a in range(stages):
                p[s] += step * weights[a] * guess[s, a]
            guess[s, :] = guess[s, stages - 1]
    return True
