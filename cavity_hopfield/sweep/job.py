"""A sweep as it was asked for: checked, described and packed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cavity_hopfield._checks import whole_number
from cavity_hopfield._typing import Json
from cavity_hopfield.dynamics.results import versions
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.sweep.code import source_of
from cavity_hopfield.sweep.grid import Grid
from cavity_hopfield.sweep.identity import package_digest
from cavity_hopfield.sweep.parcels import sent
from cavity_hopfield.sweep.work import Work, check_work, described_work


@dataclass(frozen=True, eq=False)
class Job:
    """What a sweep does.

    Attributes
    ----------
    grid
        Its points.
    seed
        That of the sweep, None if nothing is drawn.
    told
        All that decides a number, in JSON.
    source
        The text of a function, for the reader.
    packed
        The work as bytes.
    """

    grid: Grid
    seed: int | None
    told: Json
    source: str | None
    packed: bytes

    @classmethod
    def of(cls, work: Work, grid: Mapping[str, Any], seed: int | None, threads: int) -> "Job":
        """The job that the user asked for."""
        axes = Grid.of(grid)
        number = None if seed is None else whole_number("seed", seed, minimum=0)
        if number is not None and any(axis.name == "seed" for axis in axes.axes.axes):
            raise ArgumentError("Argument `seed` must be left out where the grid has an axis of seeds.")
        check_work(work, axes, seeded=number is not None)
        told: Json = {
            "work": described_work(work),
            "grid": axes.axes.describe(),
            "seed": number,
            "threads": threads,
            "sources": package_digest(),
            "versions": versions(),
        }
        return cls(axes, number, told, source_of(work), _packed(work))


def _packed(work: Work) -> bytes:
    try:
        packed = sent(work)
    except Exception as error:
        raise ArgumentError(
            f"Argument `work` must be something that can be sent to another process, but is not ({error}). Make "
            "what it uses inside the function."
        ) from error
    return packed
