"""What every theory offers."""

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

import xarray as xr

from cavity_hopfield._typing import ArrayLike

Progress = Callable[[float], None]
"""Told, from time to time, the fraction of the work that is done."""

Model_contra = TypeVar("Model_contra", contravariant=True)


class Theory(Protocol[Model_contra]):
    """A frozen dataclass of numerical choices that can evolve a model.

    An observable has the same name in every theory that knows it (`overlap`, `magnetisation`, `energy`, `spin_z`,
    `photons`), in a labelled dataset that remembers how it was made.
    """

    def evolve(
        self, model: Model_contra, initial: Any, times: ArrayLike, *, progress: Progress | None = None
    ) -> xr.Dataset:
        """The observables of `model` at `times`, from `initial`."""
        ...
