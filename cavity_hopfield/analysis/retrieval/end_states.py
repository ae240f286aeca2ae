"""What a configuration is about: a pattern, its negative, a mixture of patterns, or none of them."""

from dataclasses import dataclass
from itertools import combinations, product

import numpy as np
import xarray as xr

from cavity_hopfield._checks import ReadOnlyArrays, frozen, spin_array
from cavity_hopfield._typing import ArrayLike, FloatArray, IntArray, SpinArray
from cavity_hopfield.analysis.retrieval.forms import form_of
from cavity_hopfield.dynamics.labels import analysis_result, labelled
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.hopfield import Patterns
from cavity_hopfield.network import OpenHopfield
from cavity_hopfield.theory.zero_temperature.zero_temperature import ZeroTemperature

ALIKE = 0.9
"""An end state is named after what it overlaps with at least this much."""
MOST_OF_THREE, MOST_OF_FIVE = 32, 8
"""With more patterns than this, mixtures are sought among those with the largest overlaps only."""
PATTERN, MIXTURE, SPURIOUS = "pattern", "mixture", "spurious"


def end_states(network: OpenHopfield, configurations: ArrayLike) -> xr.Dataset:
    r"""$\sigma \to F_i \sigma$ with the most negative $\epsilon_i$ until none is; then the largest $|\chi \cdot \sigma|
    / N$ over $\chi = \xi^\mu$ and $\chi = \mathrm{sgn}(\pm \xi^\mu \pm \xi^\nu \pm \xi^\rho)$.

    Thermal noise is taken away by steepest descent of the energy. What is left is named after the pattern that it
    overlaps with by 0.9 or more; if there is none, after the symmetric mixture of three patterns, or of five among up
    to eight; else it is spurious.

    Parameters
    ----------
    network : OpenHopfield
        A network with patterns.
    configurations : (K, N) or (N,) array of +-1
        What runs ended in.

    Returns
    -------
    xarray.Dataset
        `name` (configuration), such as "A", "-A", "mixture +A +C -J", "spurious"; `likeness`, the overlap with what is
        named, of a spurious state the largest with any pattern or mixture, which `nearest` names; `overlap`
        (configuration, pattern), `energy`, `flips` of the settled state, which is `settled` (configuration, spin).

    Raises
    ------
    ArgumentError
        If the network has no patterns or the configurations do not fit it.

    Notes
    -----
    Source: D. J. Amit, H. Gutfreund and H. Sompolinsky, Phys. Rev. A 32, 1007 (1985): mixtures of an odd number of
    patterns are the other states in which a network settles at low load.

    Examples
    --------
    >>> from cavity_hopfield import Glauber, random_patterns
    >>> memory = random_patterns(3, 200, seed=1)
    >>> network = OpenHopfield(memory, Glauber(temperature=0.1))
    >>> mixed = np.sign(memory.values[0] + memory.values[1] - memory.values[2])
    >>> end_states(network, [memory["2"], -memory["1"], mixed])["name"].values.tolist()
    ['2', '-1', 'mixture +1 +2 -3']
    """
    if not isinstance(network, OpenHopfield):
        raise ArgumentError(f"Argument `network` must be an `OpenHopfield`, but is a {type(network).__name__}.")
    memory = form_of(network).memory
    given = np.atleast_2d(spin_array("configurations", configurations, n_spins=memory.n_spins))
    if given.ndim != 2 or len(given) == 0:
        raise ArgumentError(
            f"Argument `configurations` must have shape (K, N), K >= 1, but has shape {np.shape(configurations)}."
        )
    settled = ZeroTemperature(rule="steepest").descend(network, given)
    final = settled["final_configuration"].values
    told = named_states(memory, final)
    each = "configuration"
    variables = {
        "name": labelled(each, told.names, "name of the end state"),
        "nearest": labelled(each, told.nearest, "pattern or mixture with the largest overlap"),
        "likeness": labelled(each, told.likeness, "overlap with the pattern or mixture named"),
        "overlap": labelled((each, "pattern"), memory.overlaps(final), "overlap with each stored pattern"),
        "energy": labelled(each, settled["energy"].values, "Ising energy", "unit of omega"),
        "flips": labelled(each, settled["flips"].values, "flips of the steepest descent"),
        "settled": labelled((each, "spin"), final, "configuration at the end of the steepest descent"),
    }
    options = {"alike": ALIKE, "most_of_three": MOST_OF_THREE, "most_of_five": MOST_OF_FIVE}
    return analysis_result("end_states", variables, {"pattern": list(memory.names)}, options, model=network)


@dataclass(frozen=True, eq=False)
class Named(ReadOnlyArrays):
    """Names of configurations, and how good they are.

    Attributes
    ----------
    names, nearest : lists of str
        The name, and that of the pattern or mixture with the largest overlap.
    likeness : (K,) array
        Overlap with what is named.
    kinds : list of str
        "pattern" (or a negative), "mixture" or "spurious": patterns may have any name.
    """

    names: list[str]
    nearest: list[str]
    likeness: FloatArray
    kinds: list[str]


def named_states(memory: Patterns, settled: FloatArray | SpinArray, sizes: IntArray | None = None) -> Named:
    """The names of settled configurations (K, N), equal ones looked at once; or of classes of so many spins."""
    weights = np.ones(memory.n_spins) if sizes is None else sizes.astype(np.float64)
    distinct, which = np.unique(settled, axis=0, return_inverse=True)
    whole = _Mixtures.of(memory, np.arange(memory.n_patterns)) if memory.n_patterns <= MOST_OF_THREE else None
    told = [_named(memory, weights * sigma, weights.sum(), whole) for sigma in distinct]
    names, nearest, likeness, kinds = zip(*told, strict=True)
    places = which.reshape(-1)
    listed, near, kind = ([each[k] for k in places] for each in (names, nearest, kinds))
    return Named(listed, near, frozen(np.array(likeness)[places]), kind)


def _named(memory: Patterns, sums: FloatArray, n: float, whole: "_Mixtures | None") -> tuple[str, str, float, str]:
    """Name, nearest pattern or mixture, overlap and kind of n spins, summed over those of one entry of a pattern."""
    overlaps = memory.values @ sums / n
    best = int(np.abs(overlaps).argmax())
    pattern = f"{'-' if overlaps[best] < 0 else ''}{memory.names[best]}"
    if abs(overlaps[best]) >= ALIKE:
        return pattern, pattern, float(abs(overlaps[best])), PATTERN
    if whole is None:
        leading = np.sort(np.argsort(-np.abs(overlaps), kind="stable")[:MOST_OF_FIVE])
        whole = _Mixtures.of(memory, leading)
    mixture, likeness = whole.nearest(sums, n)
    if likeness >= ALIKE:
        return mixture, mixture, likeness, MIXTURE
    nearest = mixture if likeness > abs(overlaps[best]) else pattern
    return SPURIOUS, nearest, max(likeness, float(abs(overlaps[best]))), SPURIOUS


@dataclass(frozen=True, eq=False)
class _Mixtures(ReadOnlyArrays):
    r"""$\mathrm{sgn} \sum_\mu s_\mu \xi^\mu$ over three or five patterns, all signs but the one of all together."""

    values: SpinArray
    members: tuple[tuple[int, ...], ...]
    signs: tuple[tuple[int, ...], ...]
    names: tuple[str, ...]

    @classmethod
    def of(cls, memory: Patterns, places: IntArray) -> "_Mixtures":
        """The mixtures of the patterns at `places`; those of five if there are at most eight."""
        members, signs = [], []
        for size in (3, 5) if places.size <= MOST_OF_FIVE else (3,):
            for chosen in combinations(places.tolist(), size):
                for others in product((1, -1), repeat=size - 1):
                    members.append(chosen)
                    signs.append((1, *others))
        values = np.empty((len(members), memory.n_spins), np.int8)
        for k, (chosen, sign) in enumerate(zip(members, signs, strict=True)):
            values[k] = np.sign(np.array(sign) @ memory.values[list(chosen)].astype(np.int64))
        return cls(frozen(values), tuple(members), tuple(signs), memory.names)

    def nearest(self, sums: FloatArray, n: float) -> tuple[str, float]:
        """Name and overlap of the mixture nearest to n spins, or to their negative."""
        if not self.members:
            return "", 0.0
        overlaps = self.values @ sums / n
        best = int(np.abs(overlaps).argmax())
        turned = 1 if overlaps[best] > 0 else -1
        parts = (
            f"{'+' if turned * sign > 0 else '-'}{self.names[place]}"
            for place, sign in zip(self.members[best], self.signs[best], strict=True)
        )
        return f"mixture {' '.join(parts)}", float(abs(overlaps[best]))
