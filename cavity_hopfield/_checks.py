"""Checks of arguments at the door: each names the argument, what was wanted, what came, and what to do."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from cavity_hopfield._typing import ArrayLike, FloatArray, Json, Seed, SpinArray
from cavity_hopfield.exceptions import ArgumentError

ASYMMETRY_FROM_ROUNDING = 1e-12


def frozen(array: np.ndarray[Any, Any]) -> Any:
    """Return a read-only, contiguous copy of `array`."""
    copy = np.array(array, order="C", copy=True)
    copy.setflags(write=False)
    return copy


class ReadOnlyArrays:
    """A frozen dataclass whose arrays stay read-only when it is pickled or copied."""

    def __setstate__(self, state: Json) -> None:
        for value in state.values():
            if isinstance(value, np.ndarray):
                value.setflags(write=False)
        self.__dict__.update(state)


def keys_of(name: str, data: Json, wanted: set[str], model: str | None = None) -> None:
    """An error unless `data` is a dictionary with exactly the keys `wanted`, describing `model` if one is meant."""
    if not isinstance(data, dict) or set(data) != wanted:
        found = sorted(map(str, data)) if isinstance(data, dict) else type(data).__name__
        raise ArgumentError(f"Argument `{name}` must be a dictionary with the keys {sorted(wanted)}, but has {found}.")
    if model is not None and data["model"] != model:
        raise ArgumentError(f"Argument `{name}` must describe a {model}, but describes {data['model']!r}.")


def from_json_text(name: str, text: str) -> Json:
    """The dictionary that the JSON `text` holds."""
    try:
        data: Json = json.loads(text)
    except (json.JSONDecodeError, TypeError) as error:
        raise ArgumentError(f"Argument `{name}` must be JSON, but is not: {error}.") from error
    return data


def real_array(name: str, value: ArrayLike) -> FloatArray:
    """`value` as finite floats of any shape."""
    try:
        given = np.asarray(value)
    except ValueError as error:
        raise ArgumentError(
            f"Argument `{name}` must hold real numbers in a regular shape, but is {value!r}."
        ) from error
    if given.dtype.kind == "c":
        raise ArgumentError(
            f"Argument `{name}` must hold real numbers, but is complex. Take its real part if you mean it."
        )
    if given.dtype.kind not in "biuf":
        raise ArgumentError(f"Argument `{name}` must hold real numbers, but is {value!r}.")
    array = given.astype(np.float64)
    if not np.isfinite(array).all():
        where = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        place = f" at index {where}" if where else ""
        raise ArgumentError(
            f"Argument `{name}` must be finite, but holds {array[where]}{place}. Remove or replace that entry."
        )
    return array


def real_number(name: str, value: float, *, minimum: float | None = None, above: float | None = None) -> float:
    """`value` as one finite float, at least `minimum` or strictly above `above`."""
    array = real_array(name, value)
    if array.ndim:
        raise ArgumentError(f"Argument `{name}` must be one number, but has shape {array.shape}.")
    number = float(array)
    if minimum is not None and number < minimum:
        raise ArgumentError(f"Argument `{name}` must be at least {minimum:g}, but is {number:g}.")
    if above is not None and number <= above:
        raise ArgumentError(f"Argument `{name}` must be greater than {above:g}, but is {number:g}.")
    return number


def whole_number(name: str, value: int, *, minimum: int) -> int:
    """`value` as an int that is at least `minimum`."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise ArgumentError(f"Argument `{name}` must be a whole number, but is {value!r}.")
    if value < minimum:
        raise ArgumentError(f"Argument `{name}` must be at least {minimum}, but is {value}.")
    return int(value)


def one_of(name: str, value: str, allowed: Sequence[str]) -> str:
    """`value` if it is one of `allowed`."""
    if not isinstance(value, str) or value not in allowed:
        choices = ", ".join(repr(choice) for choice in allowed)
        raise ArgumentError(f"Argument `{name}` must be one of {choices}, but is {value!r}.")
    return value


def spin_array(name: str, value: ArrayLike, *, n_spins: int | None = None, ndim: int | None = None) -> SpinArray:
    """`value` as ±1 entries of shape (..., n_spins)."""
    array = real_array(name, value)
    if array.ndim == 0 or (ndim is not None and array.ndim != ndim):
        wanted = "at least one dimension" if ndim is None else f"{ndim} dimension{'s' * (ndim > 1)}"
        raise ArgumentError(f"Argument `{name}` must have {wanted}, but has shape {array.shape}.")
    if not np.isin(array, (-1.0, 1.0)).all():
        bad = array[~np.isin(array, (-1.0, 1.0))].flat[0]
        raise ArgumentError(
            f"Argument `{name}` must hold only -1 and +1, but holds {bad:g}. Map 0/1 data with `2 * x - 1`."
        )
    if n_spins is not None and array.shape[-1] != n_spins:
        raise ArgumentError(
            f"Argument `{name}` must have {n_spins} spins along its last axis, but has shape {array.shape}."
        )
    return array.astype(np.int8)


def symmetric_couplings(name: str, value: ArrayLike) -> FloatArray:
    """`value` as a symmetric (N, N) matrix, a copy with its diagonal set to zero."""
    matrix = real_array(name, value)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or matrix.size == 0:
        raise ArgumentError(
            f"Argument `{name}` must have shape (N, N), but has shape {matrix.shape}. Build it with `hebb`."
        )
    difference = np.abs(matrix - matrix.T)
    if difference.max() > ASYMMETRY_FROM_ROUNDING * np.abs(matrix).max():
        i, j = sorted(int(place) for place in np.unravel_index(difference.argmax(), matrix.shape))
        raise ArgumentError(
            f"Argument `{name}` must be symmetric, but {name}[{i}, {j}] = {matrix[i, j]:g} and "
            f"{name}[{j}, {i}] = {matrix[j, i]:g}. An energy exists only for symmetric couplings, such as "
            "`(J + J.T) / 2`."
        )
    off_diagonal = np.array(matrix)
    np.fill_diagonal(off_diagonal, 0.0)
    return off_diagonal


def time_grid(times: ArrayLike) -> FloatArray:
    """`times` as a strictly increasing grid that starts at or after zero."""
    grid = real_array("times", times)
    if grid.ndim != 1 or grid.size == 0:
        raise ArgumentError(f"Argument `times` must have shape (T,) with T >= 1, but has shape {grid.shape}.")
    if grid[0] < 0:
        raise ArgumentError(f"Argument `times` must not start before 0, but starts at {grid[0]:g}.")
    if grid.size > 1 and not (np.diff(grid) > 0).all():
        k = int(np.argmin(np.diff(grid) > 0))
        raise ArgumentError(
            f"Argument `times` must increase strictly, but times[{k}] = {grid[k]:g} is followed by {grid[k + 1]:g}."
        )
    return grid


def increasing_grid(
    name: str, values: ArrayLike, *, minimum: float | None = None, above: float | None = None
) -> FloatArray:
    """`values`, an array or one number, as a grid that increases strictly and whose first value keeps the bound."""
    grid = np.atleast_1d(real_array(name, values))
    if grid.ndim != 1 or grid.size == 0 or not (np.diff(grid) > 0).all():
        raise ArgumentError(f"Argument `{name}` must be a grid that increases strictly, but is {values!r}.")
    real_number(name, float(grid[0]), minimum=minimum, above=above)
    return grid


def require_progress(progress: object) -> None:
    """An error unless `progress` is None or can be told a fraction, before any work is done."""
    if progress is not None and not callable(progress):
        raise ArgumentError(
            "Argument `progress` must be a function of the fraction that is done, such as `print`, or be left out, but "
            f"is {progress!r}."
        )


def random_generator(seed: Seed) -> np.random.Generator:
    """A `numpy.random.Generator` from `seed`; None is refused, because its answer could not be repeated."""
    if isinstance(seed, (np.random.Generator, np.random.SeedSequence)):
        return np.random.default_rng(seed)
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or seed < 0:
        raise ArgumentError(
            "Argument `seed` must be a whole number of at least 0, a numpy.random.Generator or a "
            f"numpy.random.SeedSequence, but is {seed!r}. Give a seed, such as `seed=1`, so that the result "
            "can be repeated."
        )
    return np.random.default_rng(int(seed))
