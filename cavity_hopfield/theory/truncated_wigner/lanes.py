"""Runs side by side, from their start along the grid, some times at a time."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from cavity_hopfield._typing import ComplexArray, FloatArray
from cavity_hopfield.cavity import CavityStart
from cavity_hopfield.dynamics.ensemble import require_wanted
from cavity_hopfield.model import MultimodeDicke
from cavity_hopfield.theory.truncated_wigner._step_kernels import BLOCK, path
from cavity_hopfield.theory.truncated_wigner.sampling import Bits, SpinGroups, starts
from cavity_hopfield.theory.truncated_wigner.steps import Steps

MOST_LANES, MOST_LANES_OF_MANY, FEWEST_LANES = 128, 32, 8
MANY = 64
"""Numbers of a run from which fewer runs fit the first cache."""
HELD = 2**22
"""Numbers kept of the runs side by side before they are read."""


@dataclass(frozen=True, eq=False)
class Ensemble:
    """All that decides a run, beside its number.

    Attributes
    ----------
    model : MultimodeDicke
        The cavity.
    start : CavityStart
        The state that runs start from.
    groups : SpinGroups
        Its spins as they are moved.
    steps : Steps
        How.
    sampling : str
        How spins are drawn.
    seed : int
        The seed.
    """

    model: MultimodeDicke
    start: CavityStart
    groups: SpinGroups
    steps: Steps
    sampling: str
    seed: int

    def lanes(self, runs: int) -> int:
        """How many runs go side by side: as many as the first cache holds, few enough to leave work for others."""
        most = MOST_LANES if 3 * self.groups.n_groups + 2 * self.model.n_modes <= MANY else MOST_LANES_OF_MANY
        return min(most, max(FEWEST_LANES, -(-runs // FEWEST_LANES)))

    def along(self, first: int, last: int) -> Iterator["Stretch"]:
        """The runs from `first` up to, not with, `last`, stretch by stretch of the grid."""
        return self.moved(*starts(self.groups, self.start, self.sampling, self.seed, first, last))

    def moved(self, spins: FloatArray, light: FloatArray, states: Bits) -> Iterator["Stretch"]:
        """Runs from given `starts`, which are moved in place."""
        runs, (groups, modes) = spins.shape[-1], self.groups.g.shape
        bits, force = np.zeros((4, runs), np.uint64), np.empty((modes, runs))
        fields = BLOCK if self.model.channels is None else max(BLOCK, groups)
        scratch, noise = np.empty((fields + 1, runs)), np.empty((modes, 2, runs))
        held = max(1, HELD // (runs * (3 * groups + 5 * modes)))
        for begin in range(0, len(self.steps.counts), held):
            require_wanted()
            here = slice(begin, begin + held)
            size = len(self.steps.counts[here])
            before = light.copy()
            told = Stretch(
                here, before, np.empty((size, groups, 3, runs)), np.empty((size, modes, 2, runs)),
                np.empty((size, modes, 3, runs)),
            )  # fmt: skip
            path(
                self.groups.g, self.model.drive, self.steps.axis, self.steps.counts[here], self.steps.lengths[here],
                self.steps.parts, self.steps.modes[here], self.steps.chances[here], spins, light, force, states, bits,
                bits.view(np.float64), scratch, noise, told.spins, told.light, told.sums,
            )  # fmt: skip
            yield told


@dataclass(frozen=True, eq=False)
class Stretch:
    """Runs side by side at some times of the grid.

    Attributes
    ----------
    times : slice
        Which times.
    before : (M, 2, R) array
        The light before the first of them.
    spins : (T, K, 3, R) array
        Sums of vectors of the groups.
    light : (T, M, 2, R) array
        Real and imaginary parts.
    sums : (T, M, 3, R) array
        Over the steps before each time, of the force and of the noise of the modes.
    """

    times: slice
    before: FloatArray
    spins: FloatArray
    light: FloatArray
    sums: FloatArray

    @property
    def alpha(self) -> ComplexArray:
        """Amplitudes (T, M, R)."""
        return np.asarray(self.light[:, :, 0] + 1j * self.light[:, :, 1])
