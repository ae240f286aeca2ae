"""Sweeps of single spins down the energy, from one start to rest."""

import numpy as np

from cavity_hopfield._compiled import compiled
from cavity_hopfield._typing import FloatArray, IntArray, SpinArray


@compiled
def factorised_sweeps(
    state: SpinArray,
    factors: FloatArray | SpinArray,
    weights: FloatArray | IntArray,
    own: FloatArray | IntArray,
    margins: FloatArray,
    order: IntArray,
    generator: np.random.Generator | None,
    most_sweeps: int,
    counts: IntArray,
) -> bool:
    r"""Set spin after spin of `state` (N,) to the sign of its field $\sum_\mu k_\mu f_{i\mu} (X_\mu - f_{i\mu}
    \sigma_i)$ until a sweep flips none; whether one did not. `weights` (M,) are $k_\mu$, `own`
    (N,) is $\sum_\mu k_\mu f_{i\mu}^2$.

    The sums $k_\mu X_\mu$ are kept up to date: exactly if factors and weights are whole numbers, else they are taken
    anew in every sweep. A field within `margins` (N,) of zero leaves the spin as it is. `order` (N,) is the order of
    the spins, drawn anew for every sweep if there is a `generator`. Fills `counts` with sweeps and flips.
    """
    m = weights.size
    sums = np.zeros_like(weights)
    exact = margins.max() == 0.0
    for sweep in range(most_sweeps):
        if sweep == 0 or not exact:
            add_up(state, factors, weights, sums)
        if generator is not None:
            shuffle(order, generator)
        flips = 0
        for i in order:
            row = factors[i]
            field = -own[i] * state[i]
            for mu in range(m):
                field += row[mu] * sums[mu]
            if field * state[i] < -margins[i]:
                state[i] = -state[i]
                flips += 1
                for mu in range(m):
                    sums[mu] += weights[mu] * row[mu] * (2 * state[i])
        counts[0] = sweep + 1
        counts[1] += flips
        if flips == 0:
            return True
    return False


@compiled
def pairwise_sweeps(
    state: SpinArray,
    starts: IntArray,
    columns: IntArray,
    values: FloatArray,
    margins: FloatArray,
    order: IntArray,
    generator: np.random.Generator | None,
    most_sweeps: int,
    counts: IntArray,
) -> bool:
    """The same with couplings row by row: those of spin i are `values[starts[i]:starts[i + 1]]`, to the spins in
    `columns`, or to all if that is empty.
    """
    n = state.size
    fields = np.zeros(n)
    for sweep in range(most_sweeps):
        # taken anew in every sweep, so that round-off does not pile up
        for i in range(n):
            field = 0.0
            for k in range(starts[i], starts[i + 1]):
                field += values[k] * state[columns[k] if columns.size else k - starts[i]]
            fields[i] = field
        if generator is not None:
            shuffle(order, generator)
        flips = 0
        for i in order:
            if fields[i] * state[i] < -margins[i]:
                state[i] = -state[i]
                flips += 1
                for k in range(starts[i], starts[i + 1]):
                    fields[columns[k] if columns.size else k - starts[i]] += 2 * values[k] * state[i]
        counts[0] = sweep + 1
        counts[1] += flips
        if flips == 0:
            return True
    return False


@compiled
def add_up(
    state: SpinArray,
    factors: FloatArray | SpinArray,
    weights: FloatArray | IntArray,
    sums: FloatArray | IntArray,
) -> None:
    r"""Fill `sums` (M,) with $k_\mu \sum_j f_{j\mu} \sigma_j$."""
    n, m = factors.shape
    sums[:] = 0
    for i in range(n):
        for mu in range(m):
            sums[mu] += factors[i, mu] * state[i]
    for mu in range(m):
        sums[mu] *= weights[mu]


@compiled
def shuffle(order: IntArray, generator: np.random.Generator) -> None:
    """Put `order` (N,) in a random order."""
    for i in range(order.size - 1, 0, -1):
        j = int(generator.random() * (i + 1))
        order[i], order[j] = order[j], order[i]
