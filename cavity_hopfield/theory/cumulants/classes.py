"""Spins that couple and start alike, which keep equal moments for all times."""

from dataclasses import dataclass

import numpy as np

from cavity_hopfield._checks import ReadOnlyArrays, frozen
from cavity_hopfield._typing import FloatArray, IntArray, SpinArray
from cavity_hopfield.cavity import CollectiveSpins
from cavity_hopfield.model import MultimodeDicke


@dataclass(frozen=True, eq=False)
class LikeSpins(ReadOnlyArrays):
    r"""Classes of spins $\tau_i = s_i \sigma_i$ (components y and z; x as it is) that no moment tells apart.

    Attributes
    ----------
    label : (N,) array of int
        The class of each spin, numbered in the order of their first spins.
    sign : (N,) array of +-1
        $s_i$, which gives all spins of a class one coupling.
    sizes : (C,) array of int
        Numbers of spins.
    g : (C, M) array
        Couplings of one spin of each class, after the turn.
    bloch : (C, 3) array
        Bloch vectors of one spin of each class at the start, after the turn.
    """

    label: IntArray
    sign: SpinArray
    sizes: IntArray
    g: FloatArray
    bloch: FloatArray

    @classmethod
    def of(cls, model: MultimodeDicke, bloch: FloatArray, resolution: str) -> "LikeSpins":
        """The classes of `model` for the start `bloch` (N, 3); every spin its own for the resolution "site"."""
        alike = CollectiveSpins.each(model) if resolution == "site" else CollectiveSpins.alike(model)
        sign = alike.sign
        turned = alike.turned(bloch) + 0.0
        rows = np.column_stack([alike.label, turned])
        _, first, label = np.unique(rows, axis=0, return_index=True, return_inverse=True)
        order = np.argsort(first)
        label, first = np.argsort(order)[label.reshape(-1)], first[order]
        return cls(
            label=frozen(label.astype(np.int64)),
            sign=frozen(sign),
            sizes=frozen(np.bincount(label).astype(np.int64)),
            g=frozen(sign[first, None] * model.g[first]),
            bloch=frozen(turned[first]),
        )

    @property
    def n_classes(self) -> int:
        """Number of classes C."""
        return int(self.sizes.size)

    def spin_means(self, means: FloatArray) -> FloatArray:
        """Bloch vectors (..., N, 3) of the spins from those of the classes (..., C, 3)."""
        turn = np.stack([np.ones_like(self.sign), self.sign, self.sign], axis=1)
        return np.asarray(means[..., self.label, :] * turn)
