r"""Half of the coherences eliminated exactly, the rest inverted nearly: what makes a steady state a matter of tens of
products.

Without the drive the generator is block-diagonal (see `sectors`), and the drive connects even orders of coherence
with odd ones alone. With the blocks $D_g$ of the odd orders the generator of the even ones is

$$S = D_k - C_{kg} D_g^{-1} C_{gk} ,$$

exact, and of half the size. It is inverted nearly by the blocks of each order above zero, and for the populations by
the inverse of the rates that the drive dresses to second order, $D_0 - C_{01} D_1^{-1} C_{10}$: slow transitions
between memories are in it.
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from cavity_hopfield._typing import BoolArray, FloatArray, IntArray
from cavity_hopfield.theory.lindblad._block_kernels import block_products
from cavity_hopfield.theory.lindblad.sectors import Order, Sector

FLOOR = 0.03
"""Decay added to the kept coherences in the approximate inverse, beside the mean decay: the drive would add some."""
SLOWEST_ALONE = 1e-5
"""Slowest decay, beside the mean, of a block that is eliminated: the inverse of a slower one would lose digits."""
REGULAR = 1e-10
"""The same where a block may not decay at all."""


@dataclass(frozen=True, eq=False)
class BlockDiagonal:
    """Square blocks, one after another.

    Attributes
    ----------
    sizes : (B,) array of int
        Rows of each block.
    entries : array
        Their entries, each block by columns.
    """

    sizes: IntArray
    entries: FloatArray

    @classmethod
    def of(cls, stacks: list[FloatArray]) -> "BlockDiagonal":
        """From stacks (B, m, m) of blocks."""
        sizes = [np.full(len(stack), stack.shape[1]) for stack in stacks]
        entries = [stack.transpose(0, 2, 1).ravel() for stack in stacks]
        none = [np.empty(0, np.int64)], [np.empty(0)]
        return cls(np.concatenate(none[0] + sizes), np.concatenate(none[1] + entries))

    def __matmul__(self, x: FloatArray) -> FloatArray:
        """The product with a vector."""
        out = np.empty_like(x)
        block_products(self.entries, self.sizes, x, out)
        return out


@dataclass(frozen=True, eq=False)
class Elimination:
    r"""$S = L_{kk} - C_{kg} D_g^{-1} C_{gk} - s\, \hat\tau \hat\tau^T$ and an approximate inverse of it; $\hat\tau$, of
    norm one, takes the trace, and the last term, in the sector that has one, moves the eigenvalue zero to $-s$.

    Build with `Elimination.of`.

    Attributes
    ----------
    sector : Sector
        Whose generator it is.
    kept, gone : arrays of int
        The coordinates that stay, populations first, and those that are eliminated.
    within, up, down : csr_array
        $L_{kk}$, $C_{kg}$, $C_{gk}$.
    gone_inverse, kept_inverse : BlockDiagonal
        Of the eliminated blocks, exact, and of the kept coherences, approximate.
    population_inverse : (m, m) array
        Of the dressed rates.
    trace : array
        $\hat\tau$ on the kept coordinates, or zero.
    scale : float
        $s$, the mean decay.
    """

    sector: Sector
    kept: IntArray
    gone: IntArray
    within: csr_array
    up: csr_array
    down: csr_array
    gone_inverse: BlockDiagonal
    kept_inverse: BlockDiagonal
    population_inverse: FloatArray
    trace: FloatArray
    scale: float

    @classmethod
    def of(cls, sector: Sector) -> "Elimination":
        """Blocks cut out and inverted."""
        scale = sector.mean_loss
        populations = sector.orders[0].stop if 0 in sector.orders else 0
        kept, gone = [np.arange(populations)], [np.empty(0, np.int64)]
        kept_stacks, gone_stacks, first = [], [], None
        for k, order in sector.orders.items():
            if k == 0:
                continue
            inverses, alone = _inverses(_blocks(sector.jumps, order), scale, eliminate=k % 2 == 1)
            places = np.arange(order.start, order.stop).reshape(-1, order.block)
            kept.append(places[~alone].ravel())
            gone.append(places[alone].ravel())
            kept_stacks.append(inverses[~alone])
            gone_stacks.append(inverses[alone])
            first = inverses if k == 1 else first
        here, away = np.concatenate(kept), np.concatenate(gone)
        trace = sector.trace
        trace = trace / max(float(np.linalg.norm(trace)), 1.0)
        dressed = _dressed(sector, first) - scale * np.outer(trace[:populations], trace[:populations])
        return cls(
            sector=sector,
            kept=here,
            gone=away,
            within=_part(sector.generator, here, here),
            up=_part(sector.drive, here, away),
            down=_part(sector.drive, away, here),
            gone_inverse=BlockDiagonal.of(gone_stacks),
            kept_inverse=BlockDiagonal.of(kept_stacks),
            population_inverse=_inverse(dressed, scale),
            trace=trace[here],
            scale=scale,
        )

    def product(self, x: FloatArray) -> FloatArray:
        r"""$S x$."""
        y = self.within @ x
        y -= self.up @ (self.gone_inverse @ (self.down @ x))
        y -= (self.scale * float(self.trace @ x)) * self.trace
        return np.asarray(y)

    def nearly_solve(self, x: FloatArray) -> FloatArray:
        r"""$\tilde S^{-1} x$."""
        n = len(self.population_inverse)
        return np.concatenate([self.population_inverse @ x[:n], self.kept_inverse @ x[n:]])

    def whole(self, x: FloatArray) -> FloatArray:
        """All coordinates, from those kept: the rest follows them."""
        full = np.empty(self.sector.size)
        full[self.kept] = x
        full[self.gone] = -(self.gone_inverse @ (self.down @ x))
        return full

    def error_of(self, residual: FloatArray) -> float:
        """About the norm of what is wrong in a state with the given `residual`, over all coordinates."""
        missed = self.gone_inverse @ residual[self.gone]
        wrong = self.nearly_solve(residual[self.kept] - self.up @ missed)
        return float(np.hypot(np.linalg.norm(wrong), np.linalg.norm(missed + self.gone_inverse @ (self.down @ wrong))))


def _blocks(matrix: csr_array, order: Order) -> FloatArray:
    """The diagonal blocks of one order, (B, m, m)."""
    part = matrix[order.start : order.stop, order.start : order.stop].tocoo()
    blocks = np.zeros((order.n_blocks, order.block, order.block))
    np.add.at(blocks, (part.row // order.block, part.row % order.block, part.col % order.block), part.data)
    return blocks


def _inverses(blocks: FloatArray, scale: float, *, eliminate: bool) -> tuple[FloatArray, BoolArray]:
    """Exact inverses of the blocks that decay by themselves, if these are to be eliminated; of others approximate."""
    one = scale * np.eye(blocks.shape[1])
    alone = np.zeros(len(blocks), np.bool_)
    if not eliminate:
        return np.asarray(np.linalg.inv(blocks - FLOOR * one)), alone
    inverses = _inverse(blocks, scale)
    alone = 1 / np.abs(inverses).sum(axis=2).max(axis=1) > SLOWEST_ALONE * scale
    if not alone.all():
        inverses[alone] = np.linalg.inv(blocks[alone])
        inverses[~alone] = np.linalg.inv(blocks[~alone] - FLOOR * one)
    return inverses, alone


def _inverse(matrices: FloatArray, scale: float) -> FloatArray:
    """Inverses, nearly so if one does not exist."""
    try:
        return np.asarray(np.linalg.inv(matrices))
    except np.linalg.LinAlgError:
        return np.asarray(np.linalg.inv(matrices - REGULAR * scale * np.eye(matrices.shape[-1])))


def _dressed(sector: Sector, first: FloatArray | None) -> FloatArray:
    """The generator of the populations to second order in the drive."""
    if 0 not in sector.orders:
        return np.empty((0, 0))
    here = sector.orders[0]
    rates = sector.jumps[: here.stop, : here.stop].toarray()
    if first is None:
        return np.asarray(rates)
    order = sector.orders[1]
    down = sector.drive[order.start : order.stop, : here.stop].toarray()
    up = sector.drive[: here.stop, order.start : order.stop]
    solved = np.matmul(first, down.reshape(order.n_blocks, order.block, here.stop))
    return np.asarray(rates - up @ solved.reshape(down.shape))


def _part(matrix: csr_array, rows: IntArray, columns: IntArray) -> csr_array:
    return csr_array(matrix[rows][:, columns])
