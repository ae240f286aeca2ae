"""Targets of a recall, as levels of a chain."""

from collections.abc import Sequence

import numpy as np

from cavity_hopfield._typing import BoolArray, IntArray
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.network import OverlapTargets
from cavity_hopfield.theory.master_equation.levels import BLOCK, Levels

Targets = Sequence[tuple[str | int, float]] | OverlapTargets | BoolArray
"""Pairs of a pattern and an overlap, or which levels belong to each target: (levels,) or (K, levels)."""


def level_targets(levels: Levels, targets: Targets) -> tuple[IntArray, list[str]]:
    """The first target that each level belongs to, -1 for none, and the names of the targets.

    Raises
    ------
    ArgumentError
        If no level is a target, or an array of another shape than the levels is given.
    """
    if isinstance(targets, np.ndarray):
        target, names = _marked(levels, targets)
    else:
        given = OverlapTargets.of(levels.ladders.patterns, targets)
        states, names = levels.states(), given.names
        parts = [
            given.reached(levels.ladders.overlaps(states[first : first + BLOCK]))
            for first in range(0, len(states), BLOCK)
        ]
        target = np.concatenate(parts).astype(np.int64)
    empty = np.flatnonzero(np.bincount(target[target >= 0], minlength=len(names)) == 0)
    if empty.size == len(names):
        raise ArgumentError(
            f"Argument `targets` must be reached by some {levels.dimension}, but {', '.join(names)} is reached by none."
        )
    return target, names


def _marked(levels: Levels, marks: BoolArray) -> tuple[IntArray, list[str]]:
    if marks.dtype != np.bool_ or marks.shape[-1:] != (levels.n_levels,) or marks.ndim > 2:
        raise ArgumentError(
            f"Argument `targets` must be pairs of a pattern and an overlap, or a boolean array of shape "
            f"({levels.n_levels},) or (K, {levels.n_levels}), but has shape {marks.shape} and type {marks.dtype}."
        )
    rows = np.atleast_2d(marks)
    target = np.where(rows.any(axis=0), rows.argmax(axis=0), -1)
    return target, [str(k + 1) for k in range(len(rows))]
