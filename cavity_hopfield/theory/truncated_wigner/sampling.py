"""Where runs start: spins and modes drawn so that their means and symmetrised correlations are those of the state."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from cavity_hopfield._typing import ComplexArray, FloatArray, IntArray
from cavity_hopfield.cavity import CavityStart, CollectiveSpins
from cavity_hopfield.dynamics.streams import run_stream
from cavity_hopfield.model import MultimodeDicke

Bits = npt.NDArray[np.uint64]
DETECTION = 1
"""The purpose of a second stream of a run."""
FEW_GROUPS = 16
SAME = 12
"""Digits to which Bloch vectors of one group agree."""


@dataclass(frozen=True, eq=False)
class SpinGroups:
    r"""Spins that couple alike, up to a turn about x, start alike and carry the same pattern bits: one sum of vectors.

    All feel one field and turn by one rotation, so that their sum moves as one vector, exactly as they would one by
    one.

    Attributes
    ----------
    label : (N,) array of int
        The group of each spin.
    sign : (N,) array of +-1
        The turn about x, which changes the sign of y and z.
    sizes : (K,) array of int
        Numbers of spins.
    g : (K, M) array
        Couplings of one spin, after the turn.
    bloch : (K, 3) array
        Bloch vector of one spin at the start, after the turn.
    """

    label: IntArray
    sign: FloatArray
    sizes: IntArray
    g: FloatArray
    bloch: FloatArray

    @classmethod
    def of(cls, model: MultimodeDicke, start: CavityStart, resolution: str) -> "SpinGroups":
        """The groups of a model and a start; every spin by itself for the resolution "site"."""
        if resolution == "site":
            ones = np.ones(model.n_spins)
            label = np.arange(model.n_spins)
            return cls(label, ones, ones.astype(np.int64), np.array(model.g), np.array(start.bloch))
        spins = CollectiveSpins.alike(model)
        turned = spins.turned(start.bloch)
        rows = [spins.label[:, None].astype(np.float64), np.round(turned, SAME)]
        if model.stored is not None:
            rows.append((model.stored.values * spins.sign).T.astype(np.float64))
        _, first, label = np.unique(np.hstack(rows), axis=0, return_index=True, return_inverse=True)
        flat = label.reshape(-1)
        g = np.array(spins.g[spins.label[first]])
        return cls(flat, spins.sign.astype(np.float64), np.bincount(flat), g, np.ascontiguousarray(turned[first]))

    @property
    def n_groups(self) -> int:
        """Number of groups K."""
        return int(self.sizes.size)

    def spin_vectors(self, sums: FloatArray) -> FloatArray:
        """Bloch vectors (..., N, 3) of the spins from those of the groups (..., K, 3), sums over their spins."""
        means = (sums / self.sizes[:, None])[..., self.label, :]
        means[..., 1:] *= self.sign[:, None]
        return np.asarray(means)

    def readings(self, model: MultimodeDicke) -> tuple[FloatArray, FloatArray]:
        """Weights (1 + P, K) of the sums in mean spin and overlaps: for x, and for y and z."""
        rows = np.ones((1, model.n_spins))
        if model.stored is not None:
            rows = np.vstack([rows, model.stored.values])
        shares = 1.0 / (self.sizes * model.n_spins)
        plain, turned = (
            np.stack([np.bincount(self.label, row, self.n_groups) for row in given]) * shares
            for given in (rows, rows * self.sign)
        )
        return plain, turned

    def drawn(self, sampling: str, generator: np.random.Generator) -> FloatArray:
        r"""Sums of vectors (K, 3) of one run.

        Along its Bloch vector m a spin is +-1 with the mean |m|. Each of the two other components is +-1, or normal
        with the same variance: either way $\langle s_a s_b \rangle = \delta_{ab}$, as $\frac12 \{\sigma_a, \sigma_b\}$
        has it.
        """
        return self.aligned(self.components(sampling, generator)[None])[..., 0]

    def components(self, sampling: str, generator: np.random.Generator) -> FloatArray:
        """Two components across and one along the Bloch vectors (3, K), of one run."""
        if self.n_groups <= FEW_GROUPS:
            return self._few(sampling, generator)
        parts = np.empty((3, self.n_groups))
        parts[2] = 2.0 * generator.binomial(self.sizes, self._directions[0]) - self.sizes
        if sampling == "discrete":
            parts[:2] = 2.0 * generator.binomial(self.sizes, 0.5, (2, self.n_groups)) - self.sizes
        else:
            parts[:2] = np.sqrt(self.sizes) * generator.standard_normal((2, self.n_groups))
        return parts

    def aligned(self, components: FloatArray) -> FloatArray:
        """Vectors (K, 3, R) from the components (R, 3, K)."""
        axes = self._directions[1]
        return np.ascontiguousarray(sum(components[:, p, :, None] * axes[p] for p in range(3)).transpose(1, 2, 0))

    def _few(self, sampling: str, generator: np.random.Generator) -> FloatArray:
        """The components (3, K), number by number: for few groups that is faster than whole arrays."""
        binomial = generator.binomial
        pairs = list(zip(self.sizes.tolist(), self._directions[0].tolist(), strict=True))
        along = [2 * binomial(size, chance) - size if chance < 1 else size for size, chance in pairs]
        if sampling == "discrete":
            across = [[2 * binomial(size, 0.5) - size for size, _ in pairs] for _ in range(2)]
        else:
            across = (np.sqrt(self.sizes) * generator.standard_normal((2, self.n_groups))).tolist()
        return np.array([*across, along], np.float64)

    @cached_property
    def _directions(self) -> tuple[FloatArray, FloatArray]:
        """The chance (K,) of +1 along the Bloch vector, and three axes (3, K, 3)."""
        lengths = np.linalg.norm(self.bloch, axis=1)
        chance = np.minimum((1 + lengths) / 2, 1.0)
        # a pure state is one to rounding
        chance[np.abs(lengths - 1) < 10.0**-SAME] = 1.0
        return chance, np.ascontiguousarray(np.swapaxes(frames(self.bloch), 0, 1))


def frames(vectors: FloatArray) -> FloatArray:
    """Two unit vectors across and one along each of `vectors` (K, 3), shape (K, 3, 3); those of z for a zero vector.

    The axes x, y and z go into one another, so that the discrete values of a spin along one of them are those of the
    others along theirs.
    """
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    along = np.divide(vectors, lengths, out=np.tile([0.0, 0.0, 1.0], (len(vectors), 1)), where=lengths > 0)
    x, y, z = along.T
    sign = np.copysign(1.0, z)
    a = -1.0 / (sign + z)
    one = np.stack([1 + sign * x * x * a, sign * x * y * a, -sign * x], axis=1)
    two = np.stack([x * y * a, sign + y * y * a, -y], axis=1)
    return np.stack([one, two, along], axis=1)


def drawn_light(start: CavityStart, normal: FloatArray) -> ComplexArray:
    r"""Amplitudes (..., M) from normal numbers (..., 2, M): about $\alpha_\mu$, each quadrature of the variance
    $(\bar n_\mu + \frac12)/2$.
    """
    spread = np.sqrt((start.thermal + 0.5) / 2)
    return np.asarray(start.amplitudes + spread * (normal[..., 0, :] + 1j * normal[..., 1, :]))


def starts(
    groups: SpinGroups, start: CavityStart, sampling: str, seed: int, first: int, last: int
) -> tuple[FloatArray, FloatArray, Bits]:
    """Vectors (K, 3, R), light (M, 2, R), and the states (2, 4, R) of the streams of noise, of light and of spins, for
    the runs from `first` up to, not with, `last`.
    """
    runs, modes = last - first, start.amplitudes.size
    components, normal = np.empty((runs, 3, groups.n_groups)), np.empty((runs, 2, modes))
    states = np.empty((2, 4, runs), np.uint64)
    for place, run in enumerate(range(first, last)):
        generator = run_stream(seed, run)
        states[..., place] = generator.bit_generator.random_raw(8).reshape(2, 4)
        components[place] = groups.components(sampling, generator)
        normal[place] = generator.standard_normal((2, modes))
    alpha = drawn_light(start, normal).T
    return groups.aligned(components), np.stack([alpha.real, alpha.imag], axis=1), states
