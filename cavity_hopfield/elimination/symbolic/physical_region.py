r"""Bounds that moments of every state obey: $|\langle \sigma \rangle| \le 1$, $\langle a^\dagger a \rangle \ge
|\langle a \rangle|^2$, and no population or variance is negative.

Equations with a truncated hierarchy know nothing of them. Where their solution breaks a bound, it has lost its meaning.
The bounds are necessary ones: moments that keep them all may still be wrong.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from cavity_hopfield._typing import ComplexArray, FloatArray
from cavity_hopfield.elimination.symbolic.algebra import Mode, Monomial, Site, Spin
from cavity_hopfield.elimination.symbolic.systems import SpinClass

Known = Callable[[Monomial], ComplexArray | None]
"""The values of a moment at the times of a trajectory, shape (T,), or None if it is not tracked."""
FROM_ROUNDING = 1e-6


@dataclass(frozen=True, eq=False)
class Bound:
    """A quantity that no state brings outside of an interval.

    Attributes
    ----------
    name : str
        How it is printed.
    values : (T,) array
        Its values along a trajectory.
    lowest, highest : float
        The interval.
    """

    name: str
    values: FloatArray
    lowest: float = 0.0
    highest: float = np.inf

    @property
    def excess(self) -> FloatArray:
        """How far the values lie outside, as a share of their size where that is above one."""
        outside = np.maximum(self.lowest - self.values, self.values - self.highest)
        return np.asarray(outside / np.maximum(1.0, np.abs(self.values)))


def broken_bound(
    known: Known, monomials: Iterable[Monomial], members: Mapping[SpinClass, float], times: FloatArray
) -> str | None:
    """What tells that a trajectory is not one of a state: the bound broken worst, and since when; None if none is.

    Parameters
    ----------
    known : callable
        The values of the moments.
    monomials : iterable of Monomial
        The moments that are tracked.
    members : mapping from SpinClass to float
        The number of members of every class.
    times : (T,) array
    """
    broken = [bound for bound in _bounds(known, list(monomials), members) if bound.excess.max() > FROM_ROUNDING]
    if not broken:
        return None
    worst = max(broken, key=lambda bound: float(bound.excess.max()))
    place = int(worst.excess.argmax())
    since = min(times[int(np.argmax(bound.excess > FROM_ROUNDING))] for bound in broken)
    limit = f"at least {worst.lowest:g}" if worst.values[place] < worst.lowest else f"at most {worst.highest:g}"
    return (
        f"{worst.name} = {worst.values[place]:.3g} at t = {times[place]:.3g}, where every state has {limit}; "
        f"the first bound breaks at t = {since:.3g}"
    )


def _bounds(known: Known, monomials: list[Monomial], members: Mapping[SpinClass, float]) -> Iterator[Bound]:
    for monomial in monomials:
        values = known(monomial)
        if values is not None and all(isinstance(site, Spin) for site in monomial.sites):
            yield Bound(f"|<{monomial!r}>|", np.abs(values), highest=1.0)
            yield from _pair_populations(known, monomial)
    for site in dict.fromkeys(site for monomial in monomials for site in monomial.sites):
        yield from _mode_bounds(known, site) if isinstance(site, Mode) else _spin_length(known, site)
    for group, count in members.items():
        yield from _collective_variances(known, group, count)


def _mode_bounds(known: Known, mode: Mode) -> Iterator[Bound]:
    number, amplitude, pair = (known(Monomial(((mode, powers),))) for powers in ((1, 1), (0, 1), (0, 2)))
    if number is None:
        return
    mean = np.zeros_like(number) if amplitude is None else amplitude
    connected = number.real - np.abs(mean) ** 2
    names = [f"{letter}_{mode.name}" if mode.name else letter for letter in ("ad", "a")]
    coherent = "" if amplitude is None else f" - |<{names[1]}>|^2"
    scale = np.maximum(1.0, np.abs(number))
    yield Bound(f"<{names[0]} {names[1]}>{coherent}", np.where(connected < 0, connected / scale, connected))
    if pair is not None and amplitude is not None:
        squeezing = np.abs(pair - mean**2) ** 2 - np.maximum(connected, 0) * (np.maximum(connected, 0) + 1)
        yield Bound(f"|<{names[1]}^2>_c|^2 - n_c (n_c + 1)", squeezing, lowest=-np.inf, highest=0.0)


def _spin_length(known: Known, site: Site) -> Iterator[Bound]:
    components = [known(Monomial(((site, axis),))) for axis in ("x", "y", "z")]
    tracked = [np.abs(values) for values in components if values is not None]
    if len(tracked) == 3:
        yield Bound(f"length of <s_{site.name}>", np.sqrt(sum(values**2 for values in tracked)), highest=1.0)


def _pair_populations(known: Known, monomial: Monomial) -> Iterator[Bound]:
    r"""$p_{st} = \frac14 (1 + s \langle \sigma_1 \rangle + t \langle \sigma_2 \rangle
    + s t \langle \sigma_1 \sigma_2 \rangle) \ge 0$ for $s, t = \pm 1$.
    """
    means = [known(Monomial((one,))) for one in monomial]
    both = known(monomial)
    if len(means) == 2 and both is not None and means[0] is not None and means[1] is not None:
        first, second = means[0].real, means[1].real
        values = [(1 + s * first + t * second + s * t * both.real) / 4 for s in (1, -1) for t in (1, -1)]
        yield Bound(f"smallest population of {monomial!r}", np.min(values, axis=0))


def _collective_variances(known: Known, group: SpinClass, count: float) -> Iterator[Bound]:
    r"""$\mathrm{Var}(\sum_i \sigma_i) / N
    = 1 + (N - 1) \langle \sigma_1 \sigma_2 \rangle - N \langle \sigma \rangle^2 \ge 0$.
    """
    if count < 2:
        return
    for axis in ("x", "y", "z"):
        mean = known(Monomial(((group.member(1), axis),)))
        pair = known(Monomial(((group.member(1), axis), (group.member(2), axis))))
        if mean is not None and pair is not None:
            variance = 1 + (count - 1) * pair.real - count * mean.real**2
            yield Bound(f"variance of the total s{axis} of {group.name or 'the spins'} per spin", variance)
