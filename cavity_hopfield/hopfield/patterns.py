"""Stored patterns: their names, their pixel shape, and how close a spin configuration is to each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from cavity_hopfield._checks import (
    ReadOnlyArrays,
    frozen,
    random_generator,
    real_array,
    real_number,
    spin_array,
    whole_number,
)
from cavity_hopfield._typing import ArrayLike, BoolArray, FloatArray, Json, Seed, SpinArray
from cavity_hopfield.exceptions import ArgumentError


@dataclass(frozen=True, eq=False, repr=False)
class Patterns(ReadOnlyArrays):
    r"""$\xi_i^\mu = \pm 1$, $\mu = 1..P$, $i = 1..N$: the patterns a Hopfield network stores.

    `==` means "the same object"; compare two sets of patterns with `equivalent_to`.

    Parameters
    ----------
    values
        The patterns, shape `(P, N)`, entries ±1; stored as a read-only int8 copy.
    names
        One name per pattern, all distinct; `"1"` to `"P"` when left out.
    shape
        `(rows, columns)` of the patterns seen as images, with `rows * columns == N`; None for patterns that
        are no images.

    Raises
    ------
    ArgumentError
        If an entry is not ±1, a name repeats, or the sizes do not fit together.

    Examples
    --------
    >>> from cavity_hopfield.hopfield import Patterns
    >>> stored = Patterns([[1, 1, -1, -1], [1, -1, 1, -1]], names=("rows", "columns"), shape=(2, 2))
    >>> stored
    Patterns(2 patterns of 4 spins: rows, columns; shape (2, 2))
    >>> stored["columns"]
    array([ 1, -1,  1, -1], dtype=int8)
    """

    values: SpinArray
    names: tuple[str, ...] = ()
    shape: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        values = spin_array("values", self.values, ndim=2)
        if 0 in values.shape:
            raise ArgumentError(
                "Argument `values` must have shape (P, N) with P >= 1 and N >= 1, but has shape "
                f"{values.shape}. Store at least one pattern of at least one spin."
            )
        object.__setattr__(self, "values", frozen(values))
        object.__setattr__(self, "names", _checked_names(self.names, n_patterns=values.shape[0]))
        object.__setattr__(self, "shape", _checked_shape(self.shape, n_spins=values.shape[1]))

    @property
    def n_patterns(self) -> int:
        """$P$, the number of stored patterns."""
        return int(self.values.shape[0])

    @property
    def n_spins(self) -> int:
        """$N$, the number of spins of each pattern."""
        return int(self.values.shape[1])

    def __len__(self) -> int:
        return self.n_patterns

    def __iter__(self) -> Iterator[SpinArray]:
        return iter(self.values)

    def __getitem__(self, pattern: str | int) -> SpinArray:
        configuration: SpinArray = self.values[self.index(pattern)]
        return configuration

    def __repr__(self) -> str:
        names = self.names if len(self.names) <= 8 else (*self.names[:6], "...", self.names[-1])
        shape = "" if self.shape is None else f"; shape {self.shape}"
        patterns = "1 pattern" if self.n_patterns == 1 else f"{self.n_patterns} patterns"
        return f"Patterns({patterns} of {self.n_spins} spins: {', '.join(names)}{shape})"

    def index(self, pattern: str | int) -> int:
        r"""$\mu$, counted from 0, of the pattern with a name; an index is checked and returned.

        Parameters
        ----------
        pattern
            A name out of `names`, or an index from 0 to `P - 1`. The default names count from `"1"`.

        Returns
        -------
        int
            The row of `values`.

        Raises
        ------
        ArgumentError
            If there is no such pattern; the text lists the names.

        Examples
        --------
        >>> from cavity_hopfield.hopfield import letters
        >>> letters("ACJ").index("J")
        2
        """
        if isinstance(pattern, str) and pattern in self.names:
            return self.names.index(pattern)
        whole = isinstance(pattern, (int, np.integer)) and not isinstance(pattern, bool)
        if whole and 0 <= int(pattern) < self.n_patterns:
            return int(pattern)
        raise ArgumentError(
            f"Argument `pattern` must be one of the names {', '.join(map(repr, self.names))} or an index "
            f"from 0 to {self.n_patterns - 1}, but is {pattern!r}. The names are in `names`."
        )

    def overlaps(self, configurations: ArrayLike) -> FloatArray:
        r"""$m_\mu = \frac1N \sum_i \xi_i^\mu \sigma_i$, the overlap of configurations with every pattern.

        Parameters
        ----------
        configurations
            Spins $\sigma_i$, shape `(..., N)`: ±1, or expectation values in between.

        Returns
        -------
        FloatArray
            Overlaps, shape `(..., P)`, without unit; between -1 and 1 for spins between -1 and 1.

        Raises
        ------
        ArgumentError
            If the last axis does not hold N finite numbers.

        Examples
        --------
        >>> from cavity_hopfield.hopfield import Patterns
        >>> Patterns([[1, 1, -1, -1], [1, -1, 1, -1]]).overlaps([1, 1, -1, 1])
        array([ 0.5, -0.5])
        """
        spins = self._spins("configurations", configurations)
        return np.asarray(spins @ self.values.T.astype(np.float64) / self.n_spins, dtype=np.float64)

    def corrupted(self, pattern: str | int, flips: float, seed: Seed) -> SpinArray:
        r"""$\sigma_i = -\xi_i^\mu$ at $k = \mathrm{round}(f N)$ random sites, else $\xi_i^\mu$; $f$: `flips`.

        Its overlap with the pattern is exactly $1 - 2k/N$.

        Parameters
        ----------
        pattern
            Name or index of the pattern.
        flips
            Fraction of the spins to flip, from 0 to 1; a half is rounded to the even number of spins.
        seed
            A whole number, a `numpy.random.Generator` (which advances) or a `numpy.random.SeedSequence`.

        Returns
        -------
        SpinArray
            A new configuration, shape `(N,)`, entries ±1.

        Raises
        ------
        ArgumentError
            If there is no such pattern, `flips` is not between 0 and 1, or the seed is missing.

        Examples
        --------
        >>> from cavity_hopfield.hopfield import letters
        >>> stored = letters("ACJ")
        >>> int((stored.corrupted("A", flips=0.2, seed=1) != stored["A"]).sum())
        7
        """
        configuration = np.array(self[pattern])
        fraction = real_number("flips", flips, minimum=0.0)
        if fraction > 1:
            raise ArgumentError(
                f"Argument `flips` must be a fraction from 0 to 1, but is {fraction:g}. Divide a number of "
                f"spins by N={self.n_spins}."
            )
        count = round(fraction * self.n_spins)
        chosen = random_generator(seed).choice(self.n_spins, size=count, replace=False)
        configuration[chosen] *= -1
        return configuration

    def image(self, configuration: ArrayLike) -> FloatArray:
        r"""$I_{rc} = \sigma_i$ with $i = r \cdot \mathrm{columns} + c$: a configuration as an image.

        Parameters
        ----------
        configuration
            Spins or their expectation values, shape `(N,)`; leading axes are kept: `(..., N)` works too.

        Returns
        -------
        FloatArray
            A copy with shape `(..., rows, columns)`.

        Raises
        ------
        ArgumentError
            If the patterns have no `shape`, or the last axis does not hold N finite numbers.

        Examples
        --------
        >>> from cavity_hopfield.hopfield import letters
        >>> stored = letters("T")
        >>> stored.image(stored["T"])[:2]
        array([[ 1.,  1.,  1.,  1.,  1.],
               [-1., -1.,  1., -1., -1.]])
        """
        if self.shape is None:
            raise ArgumentError(
                "Argument `shape` of the patterns must be (rows, columns) to draw an image, but is None. "
                "Build them with `Patterns(values, names, shape=(rows, columns))`, where rows * columns is "
                f"N={self.n_spins}."
            )
        spins = self._spins("configuration", configuration)
        return np.array(spins.reshape(*spins.shape[:-1], *self.shape))

    def equivalent_to(self, other: "Patterns") -> bool:
        r"""$\xi^\mu = \pm \xi'^\mu$ for every $\mu$: equal up to the sign of each pattern.

        Such sets have the same Hebb couplings, so their networks cannot be told apart. Names and
        image shape are ignored; the order of the patterns counts.

        Parameters
        ----------
        other
            The patterns to compare with.

        Returns
        -------
        bool
            False also where the numbers of patterns or spins differ.

        Raises
        ------
        ArgumentError
            If `other` is not a `Patterns`.

        Examples
        --------
        >>> from cavity_hopfield.hopfield import Patterns
        >>> Patterns([[1, 1, -1], [1, -1, 1]]).equivalent_to(Patterns([[1, 1, -1], [-1, 1, -1]]))
        True
        """
        if not isinstance(other, Patterns):
            raise ArgumentError(
                f"Argument `other` must be Patterns, but is a {type(other).__name__}. Wrap it as `Patterns(values)`."
            )
        same_size = self.values.shape == other.values.shape
        return same_size and bool(equal_up_to_sign(self.values, other.values).all())

    def to_dict(self) -> Json:
        r"""$\xi$ as nested lists, with names and shape: plain data that JSON can hold.

        Returns
        -------
        dict
            With the keys `names` (P texts), `shape` ([rows, columns] or None) and `values` (P lists of N).
        """
        return {
            "names": list(self.names),
            "shape": None if self.shape is None else list(self.shape),
            "values": self.values.tolist(),
        }

    @classmethod
    def from_dict(cls, data: Json) -> Self:
        r"""$\xi$ from the plain data that `to_dict` returned.

        Parameters
        ----------
        data
            A dictionary with exactly the keys `names`, `shape` and `values`.

        Returns
        -------
        Patterns
            Equal to the patterns that were written.

        Raises
        ------
        ArgumentError
            If a key is missing or unknown, or a value is not allowed.

        Examples
        --------
        >>> from cavity_hopfield.hopfield import Patterns, letters
        >>> Patterns.from_dict(letters("AC").to_dict())
        Patterns(2 patterns of 35 spins: A, C; shape (7, 5))
        """
        wanted = ["names", "shape", "values"]
        if not isinstance(data, dict) or sorted(map(str, data)) != wanted:
            found = list(data) if isinstance(data, dict) else type(data).__name__
            raise ArgumentError(
                f"Argument `data` must be a dictionary with the keys {wanted}, but is {found}. Write it with "
                "`Patterns.to_dict`."
            )
        return cls(values=data["values"], names=data["names"], shape=data["shape"])

    def _spins(self, name: str, value: ArrayLike) -> FloatArray:
        spins = real_array(name, value)
        if spins.ndim == 0 or spins.shape[-1] != self.n_spins:
            raise ArgumentError(
                f"Argument `{name}` must have N={self.n_spins} spins along its last axis, but has shape "
                f"{spins.shape}. Put the spins last."
            )
        return spins


def equal_up_to_sign(a: ArrayLike, b: ArrayLike) -> BoolArray:
    r"""$a = b$ or $a = -b$ along the last axis: configurations of the same energy.

    Parameters
    ----------
    a, b
        Configurations, shapes `(..., N)`; the leading axes are broadcast against each other.

    Returns
    -------
    BoolArray
        Shape `(...)`; a zero-dimensional array for two single configurations.

    Raises
    ------
    ArgumentError
        If the last axes differ or the leading axes do not broadcast.

    Examples
    --------
    >>> from cavity_hopfield.hopfield import equal_up_to_sign
    >>> equal_up_to_sign([[1, 1, -1], [-1, -1, 1], [1, 1, 1]], [1, 1, -1])
    array([ True,  True, False])
    """
    left, right = real_array("a", a), real_array("b", b)
    try:
        np.broadcast_shapes(left.shape[:-1], right.shape[:-1])
        fits = left.ndim > 0 and left.shape[-1:] == right.shape[-1:]
    except ValueError:
        fits = False
    if not fits:
        raise ArgumentError(
            f"Argument `b` must have shape (..., N) that fits `a`, but `a` has shape {left.shape} and `b` "
            f"has shape {right.shape}. Give both the same number of spins along the last axis."
        )
    return np.asarray(np.all(left == right, axis=-1) | np.all(left == -right, axis=-1))


def _checked_names(names: Sequence[str], *, n_patterns: int) -> tuple[str, ...]:
    if isinstance(names, str) or not isinstance(names, Sequence):
        raise ArgumentError(
            f"Argument `names` must be a tuple of names, but is {names!r}. Write `('A',)` for one name."
        )
    if len(names) == 0:
        return tuple(str(number) for number in range(1, n_patterns + 1))
    if len(names) != n_patterns:
        raise ArgumentError(
            f"Argument `names` must hold one name for each of the {n_patterns} patterns, but holds "
            f"{len(names)}. Leave it out to number them."
        )
    for place, name in enumerate(names):
        if not isinstance(name, str) or not name or name in names[:place]:
            raise ArgumentError(
                f"Argument `names` must hold distinct, non-empty texts, but entry {place} is {name!r} in "
                f"{tuple(names)}. Rename it."
            )
    return tuple(names)


def _checked_shape(shape: tuple[int, int] | None, *, n_spins: int) -> tuple[int, int] | None:
    if shape is None:
        return None
    if not isinstance(shape, (tuple, list)) or len(shape) != 2:
        raise ArgumentError(f"Argument `shape` must be (rows, columns), but is {shape!r}. Give two whole numbers.")
    rows, columns = (whole_number("shape", size, minimum=1) for size in shape)
    if rows * columns != n_spins:
        raise ArgumentError(
            f"Argument `shape` must satisfy rows * columns = N={n_spins}, but ({rows}, {columns}) has "
            f"{rows * columns} pixels. Correct it, or leave it out."
        )
    return rows, columns
