"""A rate law as a table that the compiled event loop reads: exact where flip energies are discrete, else certified."""

from dataclasses import dataclass, field

import numpy as np

from cavity_hopfield._typing import FloatArray, IntArray
from cavity_hopfield.exceptions import RateTableError
from cavity_hopfield.hopfield import Factorised, Interactions, Pairwise
from cavity_hopfield.model import RateLaw
from cavity_hopfield.network.open_hopfield import OpenHopfield
from cavity_hopfield.network.scheduled import Scheduled

MOST_LEVELS = 10_000
MOST_PIECES = 20_000
MOST_COMPARED = 2_000
"""Up to so many spins all pairs are looked at for a common divisor of their couplings."""
DEGREE = 10
CHECKS = 5
FREE = 1e-12
"""Half width, relative to the largest flip energy, within which a flip counts as free: laws may jump at zero."""
NEVER = np.log(1e-290)
"""Logarithm of a rate below which a flip never happens; rates that underflow cannot be interpolated."""
NEVER_AND_A_BIT = NEVER + 20.0
Column = tuple[FloatArray, FloatArray, float, float]
"""Edges, coefficients, error and quantum of one class."""


@dataclass(frozen=True, eq=False)
class RateTable:
    r"""$\ln W_c(\epsilon)$ on pieces of the flip-energy axis, class after class.

    `edges` (K, 2), `coefficients` (K, d), `offsets` (C + 1,) as the kernel wants them; `error` is the largest
    relative error of a rate found between the nodes, zero for discrete flip energies. `quanta` (C,) is the distance of
    the flip energies of each class where they are discrete, else zero.

    Of rates that change in time it holds $w_c(x)$ over all $x = \epsilon / \tau(t)$.
    """

    edges: FloatArray
    coefficients: FloatArray
    offsets: IntArray
    error: float
    quanta: FloatArray = field(default_factory=lambda: np.empty(0))

    @classmethod
    def of(cls, network: OpenHopfield, accuracy: float) -> "RateTable":
        """Tabulate the rate law of `network` over all flip energies that single flips can produce."""
        interactions = network.interactions
        reach = np.asarray(2.0 * interactions.largest_fields)
        quantum = _quantum(_distinct_couplings(interactions))
        return cls._over(network.rate_law, reach, quantum, network.spin_classes, accuracy)

    @classmethod
    def on(
        cls, law: RateLaw, couplings: FloatArray, sizes: FloatArray | IntArray, classes: IntArray, accuracy: float
    ) -> "RateTable":
        """Tabulate `law` over all flip energies of C ensembles.

        `couplings` (C, C) act between two spins of each, `sizes` (C,) are their numbers of spins, `classes` (C,) those
        of the law.
        """
        reach = np.asarray(2.0 * (np.abs(couplings) @ sizes - np.abs(np.diag(couplings))))
        return cls._over(law, reach, _quantum(couplings), classes, accuracy)

    @classmethod
    def _over(cls, law: RateLaw, reach: FloatArray, quantum: float, classes: IntArray, accuracy: float) -> "RateTable":
        """Tabulate `law` up to `reach` (C,): at all multiples of `quantum` if there are few, else between."""
        if isinstance(law, Scheduled):
            if law.temperature is not None:
                return cls.between(law.law, reach / law.energy_scale(law.knots).min(), classes, accuracy)
            law = law.law
        columns: list[Column] = []
        for label, largest in _largest(reach, classes):
            if quantum and largest / quantum <= MOST_LEVELS:
                columns.append(_levels(law, label, largest, quantum))
            else:
                columns.append(_pieces(law, label, largest, accuracy))
        return cls._joined(columns)

    @classmethod
    def between(cls, law: RateLaw, reach: FloatArray, classes: IntArray, accuracy: float) -> "RateTable":
        """Tabulate `law` over all flip energies up to `reach` (C,) in size, as fields of means are not discrete."""
        return cls._joined([_pieces(law, label, largest, accuracy) for label, largest in _largest(reach, classes)])

    @classmethod
    def _joined(cls, columns: list[Column]) -> "RateTable":
        width = max(column[1].shape[1] for column in columns)
        return cls(
            edges=np.concatenate([column[0] for column in columns]),
            coefficients=np.concatenate([_padded(column[1], width) for column in columns]),
            offsets=np.concatenate([[0], np.cumsum([column[0].shape[0] for column in columns])]).astype(np.int64),
            error=max(column[2] for column in columns),
            quanta=np.array([column[3] for column in columns]),
        )


def _largest(reach: FloatArray, classes: IntArray) -> list[tuple[int, float]]:
    """Every class up to the last, and its largest flip energy; zero for a class without spins."""
    return [(label, float(reach[classes == label].max(initial=0.0))) for label in range(int(classes.max()) + 1)]


def _distinct_couplings(interactions: Interactions) -> FloatArray:
    """All values that a coupling has, or more of the same divisor; nothing where there are too many to look at."""
    if isinstance(interactions, Factorised):
        f, k = interactions.factors, interactions.strengths
        if (np.abs(f) == 1).all() and (k == k[0]).all():
            return np.asarray(abs(k[0]) * np.arange(f.shape[1] % 2, f.shape[1] + 1, 2))
        return interactions.couplings if interactions.n_spins <= MOST_COMPARED else np.empty(0)
    if isinstance(interactions, Pairwise) and interactions.sparse:
        return np.append(interactions.neighbours.data, 0.0)
    return interactions.couplings


def _quantum(couplings: FloatArray) -> float:
    """The number of which all flip energies of a network are multiples, if its couplings have a common divisor; else 0.

    Euclid's algorithm on the distinct couplings; a flip energy is an even number of divisors.
    """
    sizes = np.unique(np.abs(couplings))
    scale = float(sizes.max(initial=0.0))
    if scale == 0:
        return 0.0
    tolerance = 1e-9 * scale
    divisor = 0.0
    for size in sizes:
        a, b = float(size), divisor
        while b > tolerance:
            a, b = b, abs(a - b * round(a / b))
        divisor = a
        if divisor < scale / MOST_LEVELS and divisor > 0:
            return 0.0
    remainder = np.abs(couplings / divisor - np.rint(couplings / divisor))
    return 2 * divisor if float(remainder.max()) < 1e-6 else 0.0


def _levels(law: RateLaw, label: int, largest: float, quantum: float) -> Column:
    """One piece around each possible flip energy, with the rate there."""
    count = round(largest / quantum)
    energies = np.asarray(quantum * np.arange(-count, count + 1), dtype=np.float64)
    edges = np.stack([energies - quantum / 2, energies + quantum / 2], axis=1)
    return edges, _logarithm(law, energies, label)[:, None], 0.0, quantum


def _pieces(law: RateLaw, label: int, largest: float, accuracy: float) -> Column:
    """Bisect until a polynomial through Chebyshev nodes gives the logarithm of the rate to `accuracy`.

    Needles narrower than the distance of the nodes on a first piece can be missed: laws are taken to be smooth but for
    a jump at zero.
    """
    ends = (1 + 1e-9) * largest if largest else 1.0
    free = FREE * ends
    waiting = np.array([[-ends, -free], [free, ends]])
    nodes = np.cos(np.pi * (np.arange(DEGREE + 1) + 0.5) / (DEGREE + 1))
    checks = np.linspace(-1, 1, CHECKS + 2)[1:-1] + 0.01
    to_powers = np.linalg.inv(np.vander(nodes, increasing=True))
    done_edges = [np.array([[-free, free]])]
    done_coefficients = [np.pad(_logarithm(law, np.zeros((1, 1)), label), ((0, 0), (0, DEGREE)))]
    worst, accepted = 0.0, 1
    while waiting.size:
        middle, half = waiting.mean(axis=1), np.diff(waiting, axis=1)[:, 0] / 2
        if accepted + len(waiting) > MOST_PIECES or half.min() < 1e-13 * ends:
            raise RateTableError(
                f"The rate law cannot be tabulated to {accuracy:g} between flip energies {-ends:g} and {ends:g}: near "
                f"{middle[half.argmin()]:g} it still varies within {half.min():g}. Allow a larger `table_accuracy`, or "
                "use equal couplings, whose flip energies are discrete."
            )
        places = middle[:, None] + half[:, None] * np.concatenate([nodes, checks])
        logarithms = _logarithm(law, places, label)
        empty = np.all(logarithms < NEVER_AND_A_BIT, axis=1)
        fitted = np.where(empty[:, None], 0.0, logarithms)
        with np.errstate(invalid="ignore"):
            coefficients = fitted[:, : DEGREE + 1] @ to_powers.T
            error = np.abs(coefficients @ np.vander(checks, DEGREE + 1, increasing=True).T - fitted[:, DEGREE + 1 :])
        coefficients[empty, 0] = -np.inf
        error = np.nan_to_num(error.max(axis=1), nan=np.inf)
        good = error <= accuracy
        done_edges.append(waiting[good])
        done_coefficients.append(coefficients[good])
        accepted += int(good.sum())
        worst = max(worst, float(error[good].max(initial=0.0)))
        left = np.stack([waiting[~good, 0], middle[~good]], axis=1)
        right = np.stack([middle[~good], waiting[~good, 1]], axis=1)
        waiting = np.concatenate([left, right])
    edges = np.concatenate(done_edges)
    order = np.argsort(edges[:, 0])
    return edges[order], np.concatenate(done_coefficients)[order], worst, 0.0


def _logarithm(law: RateLaw, energies: FloatArray, label: int) -> FloatArray:
    rates = np.asarray(law(energies, label))
    if rates.shape != energies.shape or rates.dtype.kind not in "biuf":
        raise RateTableError(
            f"A rate law must give one real rate for each flip energy, but {type(law).__name__} gives one of shape "
            f"{rates.shape} and type {rates.dtype} for an array of shape {energies.shape}."
        )
    wrong = ~(np.isfinite(rates) & (rates >= 0))
    if wrong.any():
        worst = tuple(np.argwhere(wrong)[0])
        raise RateTableError(
            f"A rate must be finite and not negative, but {type(law).__name__} gives {rates[worst]:g} at flip energy "
            f"{energies[worst]:g} for spins of class {label}."
        )
    with np.errstate(divide="ignore"):
        logarithms = np.log(rates)
    logarithms[logarithms < NEVER] = -np.inf
    return np.asarray(logarithms)


def _padded(coefficients: FloatArray, width: int) -> FloatArray:
    return np.pad(coefficients, ((0, 0), (0, width - coefficients.shape[1])))
