"""Where patterns come from: letters, chance, and files of numbers."""

import csv
from pathlib import Path
from typing import Any

import numpy as np

from cavity_hopfield._checks import random_generator, real_number, whole_number
from cavity_hopfield._typing import Seed
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.hopfield._glyphs import COLUMNS, GLYPHS, ROWS
from cavity_hopfield.hopfield.patterns import Patterns


def letters(text: str) -> Patterns:
    r"""$\xi_i^\mu = +1$ on the ink and $-1$ on the paper of the $\mu$-th letter, $N = 7 \times 5$ pixels.

    Parameters
    ----------
    text
        Distinct letters A to Z; small letters count as capitals.

    Returns
    -------
    Patterns
        One pattern per letter, named by its capital, with shape `(7, 5)`.

    Raises
    ------
    ArgumentError
        If `text` is empty, repeats a letter, or holds another character.

    Examples
    --------
    >>> from cavity_hopfield.hopfield import letters
    >>> letters("acj")
    Patterns(3 patterns of 35 spins: A, C, J; shape (7, 5))
    """
    if not isinstance(text, str) or not text:
        raise ArgumentError(f"Argument `text` must hold at least one letter, but is {text!r}. Try `letters('ACJ')`.")
    for place, character in enumerate(text):
        if character.upper() not in GLYPHS:
            raise ArgumentError(
                f"Argument `text` must hold only the letters A to Z, but holds {character!r} in {text!r}. "
                "Remove it, or draw it yourself with `Patterns(values, shape=(7, 5))`."
            )
        if character.upper() in text[:place].upper():
            raise ArgumentError(
                f"Argument `text` must hold distinct letters, but {character.upper()!r} repeats in "
                f"{text!r}. A pattern can be stored only once; remove the repetition."
            )
    bitmaps = ["".join(GLYPHS[name].split()) for name in text.upper()]
    values = np.array([[1 if dot == "#" else -1 for dot in bitmap] for bitmap in bitmaps], dtype=np.int8)
    return Patterns(values, names=tuple(text.upper()), shape=(ROWS, COLUMNS))


def random_patterns(n_patterns: int, n_spins: int, seed: Seed, *, bias: float = 0.0) -> Patterns:
    r"""$P(\xi_i^\mu = +1) = (1 + b)/2$, all entries independent, $b$ = `bias`.

    Parameters
    ----------
    n_patterns, n_spins
        P and N, each at least 1.
    seed
        A whole number, a `numpy.random.Generator` (which advances) or a `numpy.random.SeedSequence`.
    bias
        Mean of an entry, strictly between -1 and 1. The mean overlap of two patterns is `bias**2`.

    Returns
    -------
    Patterns
        Named `"1"` to `"P"`, without image shape.

    Raises
    ------
    ArgumentError
        If a size is below 1, the seed is missing, or `bias` is out of range.

    Examples
    --------
    >>> from cavity_hopfield.hopfield import random_patterns
    >>> random_patterns(3, 100, seed=7)
    Patterns(3 patterns of 100 spins: 1, 2, 3)
    """
    size = _size(n_patterns, n_spins)
    mean = real_number("bias", bias, above=-1.0)
    if mean >= 1:
        raise ArgumentError(
            f"Argument `bias` must be less than 1, but is {mean:g}. At 1 all patterns would be the same."
        )
    return Patterns(_random_signs(random_generator(seed), size, mean))


def correlated_patterns(n_patterns: int, n_spins: int, correlation: float, seed: Seed) -> Patterns:
    r"""$\xi_i^\mu = \zeta_i s_i^\mu$, with $P(\zeta_i = 1) = \frac12$ and $P(s_i^\mu = 1) = (1 + \sqrt c)/2$.

    The parent $\zeta$ is common to all patterns, so that every two of them have the expected overlap
    $\langle \xi_i^\mu \xi_i^\nu \rangle = \langle s_i^\mu \rangle \langle s_i^\nu \rangle = c$.

    Parameters
    ----------
    n_patterns, n_spins
        P and N, each at least 1.
    correlation
        $c$, the expected overlap of every two patterns, from 0 (independent) to below 1.
    seed
        A whole number, a `numpy.random.Generator` (which advances) or a `numpy.random.SeedSequence`.

    Returns
    -------
    Patterns
        Named `"1"` to `"P"`, without image shape.

    Raises
    ------
    ArgumentError
        If a size is below 1, the seed is missing, or `correlation` is out of range.

    Notes
    -----
    The overlap of one drawn pair scatters around $c$ with standard deviation $\sqrt{(1 - c^2)/N}$.

    Examples
    --------
    >>> from cavity_hopfield.hopfield import correlated_patterns
    >>> stored = correlated_patterns(2, 10_000, correlation=0.4, seed=7)
    >>> bool(abs(stored.overlaps(stored["1"])[1] - 0.4) < 0.05)
    True
    """
    size = _size(n_patterns, n_spins)
    overlap = real_number("correlation", correlation, minimum=0.0)
    if overlap >= 1:
        raise ArgumentError(
            f"Argument `correlation` must be less than 1, but is {overlap:g}. At 1 all patterns would be the same."
        )
    generator = random_generator(seed)
    parent = _random_signs(generator, (1, size[1]), mean=0.0)
    return Patterns(parent * _random_signs(generator, size, mean=float(np.sqrt(overlap))))


def load_patterns(path: str | Path, *, names: tuple[str, ...] = (), shape: tuple[int, int] | None = None) -> Patterns:
    r"""$\xi_i^\mu$ read from row $\mu$ and column $i$ of a file of ±1.

    Parameters
    ----------
    path
        A `.npy` file that holds an array of shape `(P, N)`, or a `.csv` file with P comma-separated rows of N
        numbers, without a header. Pickled data are never read.
    names, shape
        As in `Patterns`.

    Returns
    -------
    Patterns
        The patterns of the file.

    Raises
    ------
    ArgumentError
        If the file is missing, of another type, damaged, ragged, or holds anything but ±1.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from cavity_hopfield.hopfield import load_patterns
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "stored.csv")
    ...     _ = path.write_text("1,1,-1,-1\n1,-1,1,-1\n")
    ...     load_patterns(path, names=("rows", "columns"), shape=(2, 2))
    Patterns(2 patterns of 4 spins: rows, columns; shape (2, 2))
    """
    file = Path(path)
    readers = {".npy": _read_npy, ".csv": _read_csv}
    if file.suffix.lower() not in readers:
        raise ArgumentError(
            f"Argument `path` must name a .npy or .csv file, but is '{file}'. Load images with `load_images`."
        )
    if not file.is_file():
        raise ArgumentError(f"Argument `path` must name a file, but there is no file '{file}'. Check the spelling.")
    values = readers[file.suffix.lower()](file)
    if values.ndim != 2 or 0 in values.shape:
        raise ArgumentError(
            f"Argument `path` must name a file of P >= 1 rows of N >= 1 entries, but '{file}' holds an "
            f"array of shape {values.shape}. Store one pattern per row."
        )
    wrong = values[np.abs(values) != 1]
    if wrong.size:
        raise ArgumentError(
            f"Argument `path` must name a file that holds only -1 and +1, but '{file}' holds "
            f"{wrong.flat[0]:g}. Map 0/1 data with `2 * x - 1` before saving."
        )
    return Patterns(values, names=names, shape=shape)


def _size(n_patterns: int, n_spins: int) -> tuple[int, int]:
    return whole_number("n_patterns", n_patterns, minimum=1), whole_number("n_spins", n_spins, minimum=1)


def _random_signs(generator: np.random.Generator, size: tuple[int, int], mean: float) -> np.ndarray[Any, Any]:
    return np.where(generator.random(size) < (1 + mean) / 2, 1, -1).astype(np.int8)


def _read_npy(file: Path) -> np.ndarray[Any, Any]:
    # np.load would also open .npz archives; read_array accepts the .npy format alone.
    try:
        with file.open("rb") as stream:
            values: np.ndarray[Any, Any] = np.lib.format.read_array(stream, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise ArgumentError(
            f"Argument `path` must name a readable .npy file of numbers, but '{file}' cannot be read: "
            f"{error} Save the patterns with `numpy.save`."
        ) from error
    if values.dtype.kind not in "iuf":
        raise ArgumentError(
            f"Argument `path` must name a file of real numbers, but '{file}' holds entries of type "
            f"{values.dtype}. Save integers -1 and +1."
        )
    return values.astype(np.float64)


def _read_csv(file: Path) -> np.ndarray[Any, Any]:
    rows: list[list[float]] = []
    try:
        with file.open(newline="", encoding="utf-8-sig") as stream:
            reader = csv.reader(stream)
            rows.extend(_numbers(file, reader.line_num, cells) for cells in reader if cells)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ArgumentError(
            f"Argument `path` must name a readable text file, but '{file}' cannot be read: {error}. Save it "
            "as comma-separated text in UTF-8."
        ) from error
    for number, row in enumerate(rows, start=1):
        if len(row) != len(rows[0]):
            raise ArgumentError(
                f"Argument `path` must name a file with rows of one length, but in '{file}' row 1 has "
                f"{len(rows[0])} entries and row {number} has {len(row)}. Complete the rows."
            )
    return np.array(rows, dtype=np.float64).reshape(len(rows), -1 if rows else 0)


def _numbers(file: Path, line: int, cells: list[str]) -> list[float]:
    numbers = []
    for cell in cells:
        try:
            numbers.append(float(cell))
        except ValueError as error:
            raise ArgumentError(
                f"Argument `path` must name a file of comma-separated numbers, but '{file}' holds {cell!r} "
                f"in line {line}. Remove headers and comments, and fill empty cells."
            ) from error
    return numbers
