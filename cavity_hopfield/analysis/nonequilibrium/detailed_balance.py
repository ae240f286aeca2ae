"""Detailed balance: products of rates around the shortest cycles."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import xarray as xr

from cavity_hopfield._checks import random_generator, spin_array, whole_number
from cavity_hopfield._typing import ArrayLike, FloatArray, IntArray, Json, Seed, SpinArray
from cavity_hopfield.analysis.nonequilibrium.transitions import Network, Transitions, rates_of, require_flips
from cavity_hopfield.dynamics.labels import analysis_result, labelled
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.hopfield import Factorised, Interactions, Pairwise
from cavity_hopfield.network import CountedHopfield, OpenHopfield

EPSILON = float(np.finfo(np.float64).eps)
QUANTILES = (0.0, 0.25, 0.5, 0.75, 0.9, 0.99, 1.0)
CONFIGURATIONS = 200
"""Random configurations among which sampled cycles are shared out."""
LARGEST_CORRUPTION = 0.5


@dataclass(frozen=True, eq=False)
class Cycles:
    """Affinities (Z,), the two spins or classes (Z, 2) that flip, and the state that the z-th cycle starts from."""

    affinity: FloatArray
    flips: IntArray
    start: Callable[[int], IntArray]
    resolution: float


def kolmogorov_cycles(
    model: Network, *, configurations: ArrayLike | None = None, samples: int | None = None, seed: Seed = 0
) -> xr.Dataset:
    r"""$A = \ln \frac{W_i(a)\, W_j(b - c)\, W_i(c - a)\, W_j(-b)}{W_j(b)\, W_i(a - c)\, W_j(c - b)\, W_i(-a)}$ around
    the cycle "flip i, flip j, flip i back, flip j back", with $a = \epsilon_i$, $b = \epsilon_j$, $c = 4 J_{ij}
    \sigma_i \sigma_j$.

    Every cycle of configurations is a sum of such cycles. Where no rate vanishes, detailed balance therefore holds if
    and only if all of them do, whatever the stationary distribution. Spins that are alike have A = 0 with one another
    at any law, so that they are counted; so have spins with $J_{ij} = 0$.

    Parameters
    ----------
    model : OpenHopfield or CountedHopfield
        The network.
    configurations : (K, N) array of +-1, optional
        Look at all pairs of spins at these alone; of an `OpenHopfield`.
    samples : int, optional
        Look at so many cycles, drawn on the way from random configurations to the patterns, at any number of spins; at
        all cycles if omitted.
    seed
        Of the draws.

    Returns
    -------
    xarray.Dataset
        `largest_affinity` and `mean_affinity`: of the sizes $|A|$; `affinity` (quantile): quantiles of $|A|$ over the
        cycles; `cycles`: their number; `resolution`: what round-off and the errors of the rates make of A = 0. `flips`
        (flip): the two spins (classes of a `CountedHopfield`) of the largest cycle, `start` (spin) the configuration it
        starts from (numbers of up spins of each class). Infinite where a product vanishes and its opposite does not.
        The attribute `verdict` says it in words.

    Raises
    ------
    SizeError
        If all cycles are too many.

    Notes
    -----
    Source: A. N. Kolmogorov, Math. Ann. 112, 155 (1936). Derived in `derivations/detailed_balance.py`.

    Examples
    --------
    >>> from cavity_hopfield import Glauber, letters
    >>> found = kolmogorov_cycles(OpenHopfield(letters("ACJ"), Glauber(temperature=0.3)), samples=1000, seed=1)
    >>> bool(found["largest_affinity"] < found["resolution"])
    True
    """
    require_flips(model)
    if configurations is not None and (samples is not None or not isinstance(model, OpenHopfield)):
        raise ArgumentError("Argument `configurations` needs an `OpenHopfield`, and `samples` left out.")
    if configurations is not None and isinstance(model, OpenHopfield):
        found = _at_all_pairs(model, spin_array("configurations", configurations, n_spins=model.n_spins, ndim=2))
    elif samples is not None:
        found = _sampled(model, whole_number("samples", samples, minimum=1), random_generator(seed))
    else:
        found = _all(model)
    drawn = (
        {"samples": samples, "seed": int(seed)} if samples is not None and isinstance(seed, (int, np.integer)) else {}
    )
    return _told(model, found, drawn)


def _all(model: Network) -> Cycles:
    """All cycles of the chain over counts, each where both spins are up in their gauge."""
    chain = Transitions.of(model)
    sizes = chain.ladders.sizes
    strides = np.append(np.cumprod((sizes + 1)[:0:-1])[::-1], 1)
    ratios = np.full((sizes.size, chain.n_states), np.nan)
    ratios[chain.flipped, chain.source] = _log_ratios(chain.rates)
    affinities, flips, places = [np.empty(0)], [np.empty((0, 2), np.int64)], [np.empty(0, np.int64)]
    for i in range(sizes.size):
        for j in range(i + 1, sizes.size):
            k = np.flatnonzero((chain.spins[:, i] > -sizes[i]) & (chain.spins[:, j] > -sizes[j]))
            one, other = ratios[i, k] - ratios[i, k + strides[j]], ratios[j, k] - ratios[j, k + strides[i]]
            affinities.append(_difference(one, other))
            flips.append(np.broadcast_to([i, j], (k.size, 2)))
            places.append(k)
    _, first = np.unique(chain.ladders.label, return_index=True)
    place = np.concatenate(places)
    return Cycles(
        np.concatenate(affinities),
        first[np.concatenate(flips)],
        lambda z: chain.configuration(int(place[z])),
        _resolution(model, chain.ladders.rate_classes[chain.flipped], chain.energy, ratios),
    )


def _sampled(model: Network, samples: int, stream: np.random.Generator) -> Cycles:
    """Random pairs of spins at random configurations."""
    n = model.n_spins if isinstance(model, OpenHopfield) else model.n_classes
    if n < 2:
        return Cycles(np.empty(0), np.empty((0, 2), np.int64), lambda _: np.empty(0, np.int64), 0.0)
    draws = min(CONFIGURATIONS, samples)
    which = np.sort(stream.integers(draws, size=samples))
    first = stream.integers(n, size=samples)
    second = (first + stream.integers(1, n, size=samples)) % n
    if isinstance(model, CountedHopfield):
        return _of_counts(model, which, first, second, stream)
    start = np.stack([_on_the_way(model, stream) for _ in range(draws)])
    return _of_spins(model, start, which, first, second)


def _at_all_pairs(model: OpenHopfield, start: SpinArray) -> Cycles:
    first, second = np.triu_indices(model.n_spins, 1)
    which = np.repeat(np.arange(len(start)), first.size)
    return _of_spins(model, start, which, np.tile(first, len(start)), np.tile(second, len(start)))


def _on_the_way(model: OpenHopfield, stream: np.random.Generator) -> SpinArray:
    """A configuration between a random one and a pattern; a random one without patterns."""
    if model.patterns is None:
        return stream.choice(np.array([-1, 1], np.int8), model.n_spins)
    pattern = int(stream.integers(model.patterns.n_patterns))
    return model.patterns.corrupted(pattern, float(stream.uniform(0, LARGEST_CORRUPTION)), stream)


def _of_spins(model: OpenHopfield, start: SpinArray, which: IntArray, first: IntArray, second: IntArray) -> Cycles:
    costs = model.flip_energies(start)
    signs = start[which, first] * start[which, second]
    change = 4 * _couplings(model.interactions, first, second) * signs
    classes = model.spin_classes[np.stack([first, second], axis=1)]
    energies = np.stack([costs[which, first], costs[which, second]], axis=1)
    flips = np.stack([first, second], axis=1)
    return _local(model, classes, energies, change, flips, lambda z: start[which[z]].astype(np.int64))


def _of_counts(
    model: CountedHopfield, which: IntArray, first: IntArray, second: IntArray, stream: np.random.Generator
) -> Cycles:
    """Pairs of spins of different classes, each up or down as there are some."""
    ups = stream.binomial(model.sizes, stream.uniform(0, 1, (int(which[-1]) + 1, model.n_classes)))
    flips, costs = np.stack([first, second], axis=1), model.flip_energies(ups)
    at, sizes = ups[which[:, None], flips], model.sizes[flips]
    down = (stream.random(at.shape) * sizes >= at).astype(np.int64)
    change = 4 * model.couplings[first, second] * (1 - 2 * down).prod(axis=1)
    energies = costs[which[:, None], flips, down]
    return _local(model, model.rate_classes[flips], energies, change, flips, lambda z: ups[which[z]])


def _local(
    model: Network,
    classes: IntArray,
    energies: FloatArray,
    change: FloatArray,
    flips: IntArray,
    start: Callable[[int], IntArray],
) -> Cycles:
    """Cycles from the flip energies a, b (Z, 2) of both spins and c (Z,)."""
    met = np.stack([energies, energies - change[:, None]], axis=-1)
    ratios = _log_ratios(rates_of(model.rate_law, classes[..., None], met))
    with np.errstate(invalid="ignore"):
        sides = ratios[..., 0] - ratios[..., 1]
    affinity = _difference(sides[:, 0], sides[:, 1])
    return Cycles(affinity, flips, start, _resolution(model, classes[..., None], met, ratios))


def _couplings(interactions: Interactions, first: IntArray, second: IntArray) -> FloatArray:
    """$J_{ij}$ of pairs of spins."""
    if isinstance(interactions, Factorised):
        f = interactions.factors
        return np.asarray(np.einsum("zm,zm,m->z", f[first], f[second], interactions.strengths))
    if isinstance(interactions, Pairwise) and interactions.sparse:
        return np.asarray(interactions.neighbours[first, second]).reshape(-1)
    return np.asarray(interactions.couplings[first, second])


def _log_ratios(rates: FloatArray) -> FloatArray:
    r"""$\ln [W(\epsilon) / W(-\epsilon)]$ of pairs (..., 2)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.log(rates[..., 0]) - np.log(rates[..., 1]))


def _difference(one: FloatArray, other: FloatArray) -> FloatArray:
    """Where both products around a cycle vanish, infinities cancel: nan."""
    with np.errstate(invalid="ignore"):
        return np.asarray(one - other)


def _resolution(model: Network, classes: IntArray, energies: FloatArray, ratios: FloatArray) -> float:
    """What round-off, and where the law tells them the errors of eight rates, make of an affinity that vanishes."""
    finite = np.abs(ratios[np.isfinite(ratios)])
    round_off = 64 * EPSILON * (1 + float(finite.max(initial=0.0)))
    estimate = getattr(model.rate_law, "estimate", None)
    if estimate is None or energies.size == 0:
        return round_off
    rates, errors = estimate(np.stack([energies, -energies]), np.broadcast_to(classes, energies.shape))
    return round_off + 8 * float((errors / rates).max())


def _told(model: Network, found: Cycles, options: Json) -> xr.Dataset:
    real = np.flatnonzero(~np.isnan(found.affinity))
    sizes = np.abs(found.affinity[real])
    largest = float(sizes.max(initial=0.0))
    variables = {
        "largest_affinity": labelled((), largest, "largest affinity of a cycle of four flips"),
        "mean_affinity": labelled((), sizes.mean() if real.size else 0.0, "mean size of the affinities"),
        "cycles": labelled((), real.size, "cycles looked at"),
        "resolution": labelled((), found.resolution, "size of an affinity that counts as none"),
    }
    if real.size:
        worst = int(real[sizes.argmax()])
        quantiles = np.quantile(sizes, QUANTILES, method="nearest")
        start = found.start(worst)
        axis = "spin" if isinstance(model, OpenHopfield) else "spin_class"
        variables["affinity"] = labelled("quantile", quantiles, "quantiles of the sizes of the affinities")
        variables["flips"] = labelled("flip", found.flips[worst], "what flips in the largest cycle")
        variables["start"] = labelled(axis, start, "where the largest cycle starts")
    verdict = {"verdict": _verdict(real.size, largest, found.resolution)}
    quantile = {"quantile": list(QUANTILES)} if real.size else {}
    return analysis_result("kolmogorov_cycles", variables, quantile, options, model=model, details=verdict)


def _verdict(cycles: int, largest: float, resolution: float) -> str:
    if cycles == 0:
        return "In detailed balance: there are no cycles, or every spin is like every other."
    if largest <= resolution:
        return f"In detailed balance to {resolution:.1g} in all of {cycles} cycles."
    return f"Out of detailed balance: ln(forward / backward) is {largest:.3g} around the worst of {cycles} cycles."
