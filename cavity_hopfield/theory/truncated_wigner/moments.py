"""Means over runs and sums of squares about them, block by block."""

from dataclasses import dataclass

import numpy as np

from cavity_hopfield._typing import FloatArray
from cavity_hopfield.dynamics.checkpoint import Block


@dataclass(frozen=True, eq=False)
class Moments:
    r"""$\bar x = \frac1n \sum_k x_k$ and $\sum_k (x_k - \bar x)(y_k - \bar y)$ of n runs.

    Attributes
    ----------
    runs : int
        n.
    x, y : arrays
        Means; the same array where only squares are wanted.
    product : array
        The sum of products about the means.
    """

    runs: int
    x: FloatArray
    y: FloatArray
    product: FloatArray

    @classmethod
    def of(cls, x: FloatArray, y: FloatArray | None = None) -> "Moments":
        """Of values (..., R), one for each run."""
        other = x if y is None else y
        mean, partner = x.mean(axis=-1), other.mean(axis=-1)
        product = np.sum((x - mean[..., None]) * (other - partner[..., None]), axis=-1)
        return cls(x.shape[-1], mean, partner, product)

    @classmethod
    def after(cls, pieces: list["Moments"]) -> "Moments":
        """Of the same runs at more times, the first axis."""
        parts = (np.concatenate([getattr(piece, name) for piece in pieces]) for name in ("x", "y", "product"))
        return cls(pieces[0].runs, *parts)

    def joined(self, other: "Moments") -> "Moments":
        """Of these runs and others: T. F. Chan, G. H. Golub and R. J. LeVeque, Am. Stat. 37, 242 (1983)."""
        runs = self.runs + other.runs
        share, step, partner = other.runs / runs, other.x - self.x, other.y - self.y
        product = self.product + other.product + step * partner * (self.runs * share)
        return Moments(runs, self.x + share * step, self.y + share * partner, product)

    @property
    def error(self) -> FloatArray:
        """The standard error of the mean; nan for one run."""
        if self.runs == 1:
            return np.full_like(self.product, np.nan)
        return np.sqrt(self.product / (self.runs * (self.runs - 1)))

    def packed(self, name: str) -> Block:
        """As arrays by name, for a file."""
        return {f"{name}.{part}": np.asarray(getattr(self, part)) for part in ("runs", "x", "y", "product")}

    @classmethod
    def unpacked(cls, name: str, block: Block) -> "Moments":
        """From these arrays."""
        x, y, product = (block[f"{name}.{part}"] for part in ("x", "y", "product"))
        return cls(int(block[f"{name}.runs"]), x, y, product)
