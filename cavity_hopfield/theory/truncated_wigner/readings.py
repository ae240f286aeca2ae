"""What runs say of spins and light: numbers for every run, means and standard errors."""

from dataclasses import dataclass

import numpy as np

from cavity_hopfield._typing import FloatArray
from cavity_hopfield.cavity import LightMoments, cavity_observables
from cavity_hopfield.dynamics import Observables
from cavity_hopfield.dynamics.checkpoint import Block
from cavity_hopfield.theory.truncated_wigner.lanes import Ensemble, Stretch
from cavity_hopfield.theory.truncated_wigner.moments import Moments
from cavity_hopfield.theory.truncated_wigner.ordering import normally_ordered

AXES = ("_x", "_y", "")
LIGHT = ("photons", "amplitude_real", "amplitude_imag", "pair_real", "pair_imag")
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

    def block(self, first: int, last: int, keep: bool) -> Block:
        """Moments of the runs from `first` up to, not with, `last`, and if wanted `keep` what is read of each."""
        pieces: dict[str, list[Moments]] = {name: [] for name in (*PER_RUN, "coherence", "vectors")}
        kept: dict[str, list[FloatArray]] = {name: [] for name in PER_RUN}
        for stretch in self.ensemble.along(first, last):
            values = self.per_run(stretch)
            for name, array in values.items():
                pieces[name].append(Moments.of(array))
                if keep:
                    kept[name].append(np.moveaxis(array, -1, 0))
            pieces["coherence"].append(Moments.of(values["light"][:, :, 5], values["light"][:, :, 0]))
            pieces["vectors"].append(Moments.of(stretch.spins))
        block: Block = {}
        for name, found in pieces.items():
            block |= Moments.after(found).packed(name)
        return block | {name: np.concatenate(found, axis=1) for name, found in kept.items() if found}


def joined(blocks: list[Block]) -> dict[str, Moments]:
    """The moments of all runs."""
    total: dict[str, Moments] = {}
    for name in (*PER_RUN, "coherence", "vectors"):
        for block in blocks:
            one = Moments.unpacked(name, block)
            total[name] = total[name].joined(one) if name in total else one
    return total


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


def per_run(with_patterns: bool, blocks: list[Block]) -> Observables:
    """The observables of every run."""
    spin, energy, light = (np.concatenate([block[name] for block in blocks]) for name in PER_RUN)
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
