"""What runs say of spins and light: numbers for every run, means and standard errors."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from cavity_hopfield._typing import FloatArray
from cavity_hopfield.cavity import LightMoments, cavity_observables
from cavity_hopfield.dynamics import Observables
from cavity_hopfield.dynamics.checkpoint import Block
from cavity_hopfield.theory.truncated_wigner.blocks import Span, put
from cavity_hopfield.theory.truncated_wigner.lanes import Ensemble, Stretch
from cavity_hopfield.theory.truncated_wigner.moments import Moments
from cavity_hopfield.theory.truncated_wigner.ordering import normally_ordered

AXES = ("_x", "_y", "")
LIGHT = ("photons", "amplitude_real", "amplitude_imag", "pair_real", "pair_imag")
MOMENTS_OF_LIGHT = 6
"""The columns of `LIGHT`, and <ad^2 a^2>."""
PER_RUN = ("spin", "energy", "light")
"""What is read of every run; `spin` are the mean spin and the overlaps, along x, y and z."""


@dataclass(frozen=True, eq=False)
class Reader:
    """Reads stretches of runs.

    Attributes
    ----------
    ensemble : Ensemble
        The runs.
    plain, turned : (1 + P, K) arrays
        Weights of the sums in mean spin and overlaps: for x, and for y and z.
    """

    ensemble: Ensemble
    plain: FloatArray
    turned: FloatArray

    @classmethod
    def of(cls, ensemble: Ensemble) -> "Reader":
        """A reader of an ensemble."""
        return cls(ensemble, *ensemble.groups.readings(ensemble.model))

    @property
    def n_patterns(self) -> int:
        """P."""
        return len(self.plain) - 1

    @property
    def numbers_of_a_run(self) -> int:
        """How many `per_run` tells of each time."""
        return 3 * len(self.plain) + 1 + MOMENTS_OF_LIGHT * self.ensemble.model.n_modes

    def per_run(self, stretch: Stretch) -> dict[str, FloatArray]:
        """Mean spin and overlaps (T, 3, 1 + P, R), energy (T, R), moments of the light (T, M, 6, R)."""
        weights = (self.plain, self.turned, self.turned)
        spin = np.stack([weights[axis] @ stretch.spins[:, :, axis] for axis in range(3)], axis=1)
        model = self.ensemble.model
        force = self.ensemble.groups.g.T @ stretch.spins[:, :, 2]
        own = np.sum(model.g**2, axis=0)[:, None]
        energy = -0.5 * np.sum(model.mediation[:, None] * (force**2 - own), axis=1)
        told = normally_ordered(stretch.alpha)
        pair, quartic = np.asarray(told.pair), np.asarray(told.quartic)
        columns = [told.photons, told.amplitude.real, told.amplitude.imag, pair.real, pair.imag, quartic]
        return {"spin": spin, "energy": energy, "light": np.stack(columns, axis=2)}

    def block(self, first: int, last: int, lanes: int, keep: bool) -> Block:
        """Moments of the runs from `first` up to, not with, `last`, so many at a time, and if wanted `keep` what is
        read of each.
        """
        total: dict[str, Moments] = {}
        kept: Block = {}
        for begin in range(first, last, lanes):
            end = min(begin + lanes, last)
            some = self._moments(end - begin)
            for stretch in self.ensemble.along(begin, end):
                values = self.per_run(stretch)
                for name, array in values.items():
                    some[name].fill(stretch.times, array)
                    if keep:
                        if name not in kept:
                            kept[name] = np.empty((last - first, len(self.ensemble.steps.counts), *array.shape[1:-1]))
                        kept[name][begin - first : end - first, stretch.times] = np.moveaxis(array, -1, 0)
                some["coherence"].fill(stretch.times, values["light"][:, :, 5], values["light"][:, :, 0])
                some["vectors"].fill(stretch.times, stretch.spins)
            add(total, some)
        block: Block = {}
        for name, found in total.items():
            block |= found.packed(name)
        return block | kept

    def _moments(self, runs: int) -> dict[str, Moments]:
        """Those of so many runs along the grid, to be filled."""
        (groups, modes), times = self.ensemble.groups.g.shape, len(self.ensemble.steps.counts)
        shapes: dict[str, tuple[int, ...]] = {
            "spin": (3, len(self.plain)), "energy": (), "light": (modes, MOMENTS_OF_LIGHT), "coherence": (modes,),
            "vectors": (groups, 3),
        }  # fmt: skip
        return {name: Moments.to_fill(runs, times, shape, pairs=name == "coherence") for name, shape in shapes.items()}


def add(total: dict[str, Moments], some: dict[str, Moments]) -> None:
    """Add the moments of more runs to those of all before, which may be none."""
    for name, one in some.items():
        if name in total:
            total[name].take(one)
        else:
            total[name] = one


def folded(blocks: Iterator[tuple[Span, Block]], runs: int) -> tuple[dict[str, Moments], Block]:
    """The moments of all runs, and what was kept of each."""
    total: dict[str, Moments] = {}
    kept: Block = {}
    for span, block in blocks:
        add(total, {name: Moments.unpacked(name, block) for name in (*PER_RUN, "coherence", "vectors")})
        put(kept, span, {name: block[name] for name in PER_RUN if name in block}, runs)
    return total, kept


def means(reader: Reader, total: dict[str, Moments]) -> Observables:
    """Means over the runs, as `cavity_observables` names them, and their standard errors."""
    model, groups = reader.ensemble.model, reader.ensemble.groups
    light = np.moveaxis(total["light"].x, 2, 0)
    moments = LightMoments(light[0], light[1] + 1j * light[2], light[3] + 1j * light[4], light[5])
    vectors = groups.spin_vectors(total["vectors"].x)
    observables = cavity_observables(model, vectors, total["energy"].x, moments, "time")
    errors = {f"{name}_error": values for name, values in labelled(model.stored is not None, total).items()}
    spread = (total["vectors"].error[..., 2] / groups.sizes)[:, groups.label]
    errors |= {"spin_z_error": (("time", "spin"), spread), "g2_error": (("time", "mode"), _coherence_error(total))}
    return observables | errors


def labelled(with_patterns: bool, total: dict[str, Moments]) -> Observables:
    """Standard errors by the names of their observables."""
    errors = {name: total[name].error for name in PER_RUN}
    return named(with_patterns, errors["spin"], errors["energy"], errors["light"], "time")


def per_run(with_patterns: bool, kept: Block) -> Observables:
    """The observables of every run."""
    spin, energy, light = (kept[name] for name in PER_RUN)
    return named(with_patterns, spin, energy, light, "run", "time")


def named(with_patterns: bool, spin: FloatArray, energy: FloatArray, light: FloatArray, *lead: str) -> Observables:
    """Arrays (..., 3, 1 + P), (...) and (..., M, 6) by the names of the observables."""
    observables: Observables = {"energy": (lead, energy)}
    for axis, suffix in enumerate(AXES):
        observables[f"magnetisation{suffix}"] = (lead, spin[..., axis, 0])
        if with_patterns:
            observables[f"overlap{suffix}"] = ((*lead, "pattern"), spin[..., axis, 1:])
    for column, name in enumerate(LIGHT):
        observables[name] = ((*lead, "mode"), light[..., column])
    return observables


def _coherence_error(total: dict[str, Moments]) -> FloatArray:
    r"""The standard error of $\bar q / \bar n^2$ to first order in the deviations of both means."""
    photons, quartic = total["light"].x[..., 0], total["light"].x[..., 5]
    squares = total["light"].product
    runs = total["light"].runs
    lit = photons > 0
    one = np.divide(1.0, photons**2, out=np.full_like(photons, np.nan), where=lit)
    two = np.divide(-2 * quartic, photons**3, out=np.full_like(photons, np.nan), where=lit)
    total_square = one**2 * squares[..., 5] + two**2 * squares[..., 0] + 2 * one * two * total["coherence"].product
    if runs == 1:
        return np.full_like(photons, np.nan)
    # a sum of squares, but for rounding
    return np.sqrt(np.maximum(total_square, 0.0) / (runs * (runs - 1)))
