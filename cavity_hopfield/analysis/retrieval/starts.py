"""Corrupted patterns from which recalls start, the same for every law that is put through them."""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cavity_hopfield._checks import ReadOnlyArrays, frozen, increasing_grid, whole_number
from cavity_hopfield._typing import ArrayLike, FloatArray, IntArray
from cavity_hopfield.analysis.retrieval.forms import Form, States
from cavity_hopfield.exceptions import ArgumentError, SizeError

LARGEST_GIB = 4.0
"""More configurations than fill this much memory are not drawn at a time."""
STARTS, HOLDING, LATE, RECALLS, RESAMPLING = range(5)
"""What random numbers are for: streams of their own for each."""


@dataclass(frozen=True, eq=False)
class CorruptedStarts(ReadOnlyArrays):
    r"""$m = 1 - 2k/N$: every pattern with k of its spins flipped at random, anew for every run.

    Attributes
    ----------
    form : Form
        The network and its patterns.
    flipped : (L,) array of int
        k, falling.
    runs : int
        How many for each k.
    seed : int
        Starts of a pattern are the same whatever other patterns are asked for.
    """

    form: Form
    flipped: IntArray
    runs: int
    seed: int

    @classmethod
    def of(cls, form: Form, initial_overlaps: ArrayLike, runs: int, seed: int) -> "CorruptedStarts":
        """Starts at the overlaps nearest to those wanted that N spins have, each once."""
        wanted = increasing_grid("initial_overlaps", initial_overlaps, minimum=-1.0)
        if wanted[-1] > 1:
            raise ArgumentError(
                f"Argument `initial_overlaps` must lie between -1 and 1, but holds {wanted[-1]:g}. A share f of wrong "
                "spins is the overlap 1 - 2f."
            )
        n = int(form.sizes.sum())
        flipped = np.unique(np.rint(np.round((1 - wanted) * n / 2, 6)).astype(np.int64))[::-1]
        starts = cls(
            form, frozen(flipped), whole_number("runs", runs, minimum=1), whole_number("seed", seed, minimum=0)
        )
        entry = form.pure(0).dtype.itemsize
        need = 3 * entry * flipped.size * starts.runs * form.sizes.size / 2**30
        if need > LARGEST_GIB:
            raise SizeError(
                f"{flipped.size} overlaps with {starts.runs} runs of {n} spins need about {need:.3g} GiB, more than "
                f"{LARGEST_GIB:g}. Take fewer runs or overlaps at a time."
            )
        return starts

    @property
    def overlaps(self) -> FloatArray:
        """m, rising, shape (L,)."""
        return np.asarray(1 - 2 * self.flipped / self.form.sizes.sum())

    def of_pattern(self, place: int) -> States:
        """All starts of one pattern, shape (L R, ...), overlap by overlap."""
        stream = np.random.default_rng(stream_of(self.seed, STARTS, place))
        return np.concatenate([self.form.corrupted(place, int(count), self.runs, stream) for count in self.flipped])


def stream_of(seed: int, purpose: int, *places: int) -> np.random.SeedSequence:
    """The random numbers for one purpose and place, of `seed`."""
    return np.random.SeedSequence(seed, spawn_key=(purpose, *places))


def checkpoint_folder(checkpoint: str | os.PathLike[str] | None) -> Path | None:
    """The folder under which every engine has one of its own."""
    if checkpoint is None:
        return None
    if not isinstance(checkpoint, (str, os.PathLike)):
        raise ArgumentError(f"Argument `checkpoint` must be the path of a folder, but is {checkpoint!r}.")
    folder = Path(checkpoint)
    if folder.exists() and not folder.is_dir():
        raise ArgumentError(f"Argument `checkpoint` must be a folder, but {folder} is a file.")
    return folder


def part_of(checkpoint: Path | None, purpose: str, *places: int) -> Path | None:
    """The folder of one engine."""
    return None if checkpoint is None else checkpoint / "-".join([purpose, *map(str, places)])


def seed_of(seed: int, purpose: int, *places: int) -> int:
    """The same as a whole number, from which an engine makes a stream for every run."""
    return int(stream_of(seed, purpose, *places).generate_state(1, np.uint64)[0])
