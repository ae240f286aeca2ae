"""Means over runs and sums of squares about them, block by block."""

from dataclasses import dataclass

import numpy as np

from cavity_hopfield._typing import FloatArray
from cavity_hopfield.dynamics.checkpoint import Block


@dataclass(eq=False)
class Moments:
    r"""$\bar x = \frac1n \sum_k x_k$ and $\sum_k (x_k - \bar x)(y_k - \bar y)$ of n runs, in place as they come.

    Attributes
    ----------
    runs : int
        n.
    x : array
        Means.
    product : array
        The sum of products about the means.
    y : array or None
        Means; None where only squares are wanted.
    """

    runs: int
    x: FloatArray
    product: FloatArray
    y: FloatArray | None = None

    @classmethod
    def of(cls, x: FloatArray, y: FloatArray | None = None) -> "Moments":
        """Of values (..., R), one for each run."""
        shape = x.shape[:-1]
        found = cls(x.shape[-1], np.empty(shape), np.empty(shape), None if y is None else np.empty(shape))
        found.fill(slice(None), x, y)
        return found

    @classmethod
    def to_fill(cls, runs: int, times: int, shape: tuple[int, ...], *, pairs: bool = False) -> "Moments":
        """Of so many runs at so many times, (T, *shape), yet to be filled; of pairs if wanted."""
        whole = (times, *shape)
        return cls(runs, np.empty(whole), np.empty(whole), np.empty(whole) if pairs else None)

    def fill(self, place: slice, x: FloatArray, y: FloatArray | None = None) -> None:
        """Put those of values (..., R) in their `place` along the first axis."""
        self.x[place] = x.mean(axis=-1)
        away = other = x - self.x[place][..., None]
        if y is not None and self.y is not None:
            self.y[place] = y.mean(axis=-1)
            other = y - self.y[place][..., None]
        self.product[place] = np.einsum("...r,...r->...", away, other)

    def take(self, other: "Moments") -> None:
        """Those of more runs: T. F. Chan, G. H. Golub and R. J. LeVeque, Am. Stat. 37, 242 (1983)."""
        runs = self.runs + other.runs
        share = other.runs / runs
        step = partner = other.x - self.x
        if self.y is not None and other.y is not None:
            partner = other.y - self.y
            self.y += share * partner
        self.product += other.product
        self.product += (self.runs * share) * step * partner
        self.x += share * step
        self.runs = runs

    @property
    def error(self) -> FloatArray:
        """The standard error of the mean; nan for one run."""
        if self.runs == 1:
            return np.full_like(self.product, np.nan)
        return np.asarray(np.sqrt(self.product / (self.runs * (self.runs - 1))))

    def packed(self, name: str) -> Block:
        """As arrays by name, for a file."""
        block = {f"{name}.runs": np.asarray(self.runs), f"{name}.x": self.x, f"{name}.product": self.product}
        return block if self.y is None else block | {f"{name}.y": self.y}

    @classmethod
    def unpacked(cls, name: str, block: Block) -> "Moments":
        """From these arrays."""
        return cls(int(block[f"{name}.runs"]), block[f"{name}.x"], block[f"{name}.product"], block.get(f"{name}.y"))
