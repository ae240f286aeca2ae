"""Where a recall arrives: levels of the overlaps with patterns."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cavity_hopfield._checks import ReadOnlyArrays, frozen, real_number
from cavity_hopfield._typing import ArrayLike, FloatArray, IntArray
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.hopfield import Patterns

if TYPE_CHECKING:
    from collections.abc import Sequence

ROUNDING = 1e-9
"""Overlaps of finite networks are multiples of 2/N; a level met to this much is met."""


@dataclass(frozen=True, eq=False)
class OverlapTargets(ReadOnlyArrays):
    r"""$\pm m_\mu \ge |l|$: targets that are reached when the overlap with a pattern is at least the level $l$, or at
    most, if $l$ is negative.

    Build with `OverlapTargets.of(patterns, [("A", 0.95), ("A", -0.95)])`.

    Attributes
    ----------
    patterns : Patterns
        The memory.
    places : (K,) array of int
        The pattern of each target.
    levels : (K,) array
        The level of each target.

    Examples
    --------
    >>> from cavity_hopfield import letters
    >>> OverlapTargets.of(letters("AC"), [("A", 0.95), ("C", -0.95)]).levels
    array([ 0.95, -0.95])
    """

    patterns: Patterns
    places: IntArray
    levels: FloatArray

    @classmethod
    def of(
        cls, patterns: Patterns | None, targets: "Sequence[tuple[str | int, float]] | OverlapTargets"
    ) -> "OverlapTargets":
        """The targets given by pairs of a pattern, by name or number, and a level between -1 and 1 but zero.

        Targets that were made before are given back, if they belong to these patterns.

        Raises
        ------
        ArgumentError
            If there are no patterns, no targets, or a pair is none.
        """
        if patterns is None:
            raise ArgumentError(
                "Argument `model` must have patterns, whose overlaps tell what is reached, but has none. Give them "
                "with `OpenHopfield(..., patterns=...)`."
            )
        if isinstance(targets, OverlapTargets):
            if not isinstance(patterns, Patterns) or not np.array_equal(targets.patterns.values, patterns.values):
                raise ArgumentError("Argument `targets` must be levels of the patterns of `model`, but has others.")
            return targets
        if not isinstance(patterns, Patterns) or not isinstance(targets, (list, tuple)):
            raise ArgumentError(
                'Argument `targets` must be a list of pairs of a pattern and an overlap, such as [("A", 0.95)], of '
                f"`Patterns`, but is {targets!r} of a {type(patterns).__name__}."
            )
        places, levels = [], []
        for target in targets:
            if not isinstance(target, tuple) or len(target) != 2:
                raise ArgumentError(
                    f'Argument `targets` must hold pairs of a pattern and an overlap, such as ("A", 0.95), but holds '
                    f"{target!r}."
                )
            level = real_number("targets", target[1])
            if not 0 < abs(level) <= 1:
                raise ArgumentError(
                    f"Argument `targets` must hold overlaps from -1 to 1 that are not zero, but holds {level:g}."
                )
            places.append(patterns.index(target[0]))
            levels.append(level)
        if not places:
            raise ArgumentError('Argument `targets` must hold at least one pair, such as ("A", 0.95), but is empty.')
        return cls(patterns, frozen(np.array(places, np.int64)), frozen(np.array(levels)))

    @property
    def signs(self) -> FloatArray:
        """+1 where the overlap must be at least the level, -1 where at most, shape (K,)."""
        return np.sign(self.levels)

    @property
    def heights(self) -> FloatArray:
        r"""What $\pm m_\mu$ must at least be, less a rounding, shape (K,)."""
        return np.abs(self.levels) - ROUNDING

    @property
    def names(self) -> list[str]:
        """The targets in words."""
        signs = {1.0: ">=", -1.0: "<="}
        return [
            f"{self.patterns.names[place]} {signs[float(np.sign(level))]} {level:g}"
            for place, level in zip(self.places, self.levels, strict=True)
        ]

    def reached(self, overlaps: ArrayLike) -> IntArray:
        """The first target that is reached at `overlaps` (..., P), -1 if none; shape (...)."""
        met = np.asarray(overlaps)[..., self.places] * self.signs >= self.heights
        return np.where(met.any(axis=-1), met.argmax(axis=-1), -1)
