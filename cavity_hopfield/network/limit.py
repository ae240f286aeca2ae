"""The open Hopfield network of infinitely many spins and finitely many patterns."""

import json
import warnings
from dataclasses import dataclass
from itertools import product

import numpy as np

from cavity_hopfield._checks import ReadOnlyArrays, from_json_text, frozen, keys_of, real_array, real_number
from cavity_hopfield._typing import ArrayLike, FloatArray, IntArray, Json
from cavity_hopfield.elimination import CavityRates
from cavity_hopfield.elimination.certificate.certification import certificate_of
from cavity_hopfield.exceptions import ArgumentError, RegimeWarning
from cavity_hopfield.hopfield import Patterns
from cavity_hopfield.model import MultimodeDicke, RateLaw
from cavity_hopfield.model.dicke import require_dicke
from cavity_hopfield.network.regime import individual_doubts
from cavity_hopfield.network.scheduled import require_constant
from cavity_hopfield.network.stored_rate_law import stored_rate_law

MOST_PATTERNS = 16
"""Largest number of random patterns, whose columns are enumerated."""


@dataclass(frozen=True, eq=False, init=False)
class HopfieldLimit(ReadOnlyArrays):
    r"""$h_\xi = \sum_\mu k_\mu \xi_\mu m^z_\mu$, $m_\mu = \sum_\xi p(\xi)\, \xi_\mu m_\xi$: the open Hopfield network
    as $N \to \infty$ with P patterns, where a spin is told by its pattern column $\xi$ alone.

    Spins of the columns $\xi$ and $-\xi$ are one class, counted upside down: they feel opposite fields, and what
    distinguishes them otherwise decays by itself. Spins carry the sign that makes the first pattern +1 in every class.

    Parameters
    ----------
    memory : int or Patterns
        A number P of independent random patterns, whose $2^{P-1}$ columns are equally frequent; or given patterns,
        whose columns count as often as they occur.
    rate_law : RateLaw
        The rate of a flip as a function of what it costs, $\epsilon = 2 \sigma h$.
    drive : float
        Transverse field $\Omega$.
    strengths : number or (P,) array
        $k_\mu$, the field per unit of overlap. One for Hebb's rule $J_{ij} = \frac1N \sum_\mu \xi_i^\mu \xi_j^\mu$.

    Attributes
    ----------
    patterns : Patterns or None
        The given patterns; None for random ones.
    columns : (C, P) array of +-1
        $\xi$ of each class.
    weights : (C,) array
        $p(\xi)$, which sum to one.
    rate_classes : (C,) array of int
        The class of each column in the rate law.

    Raises
    ------
    ArgumentError
        If P is not between 1 and 16, a strength is not positive, the rate law is none, or its jumps are collective.

    Notes
    -----
    Source: P. Rotondo et al., J. Phys. A 51, 115301 (2018), eqs. (16) and (17), for Glauber's law; the average over
    columns is its factorised average over the disorder.

    Examples
    --------
    >>> from cavity_hopfield import Glauber
    >>> HopfieldLimit(2, rate_law=Glauber(temperature=0.3), drive=0.1).columns
    array([[ 1.,  1.],
           [ 1., -1.]])
    """

    patterns: Patterns | None
    columns: FloatArray
    weights: FloatArray
    strengths: FloatArray
    rate_law: RateLaw
    drive: float
    rate_classes: IntArray

    def __init__(
        self, memory: int | Patterns, rate_law: RateLaw, drive: float = 0.0, strengths: ArrayLike = 1.0
    ) -> None:
        columns, weights, first = _occurring(memory) if isinstance(memory, Patterns) else _enumerated(memory)
        if isinstance(rate_law, type) or not isinstance(rate_law, RateLaw):
            raise ArgumentError(f"Argument `rate_law` must be a rate law such as `Glauber(0.3)`, but is {rate_law!r}.")
        if getattr(rate_law, "jumps", "individual") != "individual":
            raise ArgumentError(
                "Argument `rate_law` must have individual jumps, but its spins flip together. Use single flips."
            )
        require_constant(rate_law, "the limit of many spins")
        given = real_array("strengths", strengths)
        if given.shape not in {(), (columns.shape[1],)} or not (given > 0).all():
            raise ArgumentError(
                f"Argument `strengths` must be positive, one number or one for each of {columns.shape[1]} patterns, "
                f"but is {strengths!r}."
            )
        patterns = memory if isinstance(memory, Patterns) else None
        n_spins = len(columns) if patterns is None else patterns.n_spins
        values = {
            "patterns": patterns,
            "columns": frozen(columns),
            "weights": frozen(weights),
            "strengths": frozen(np.broadcast_to(given, columns.shape[1])),
            "rate_law": rate_law,
            "drive": real_number("drive", drive, minimum=0.0),
            "rate_classes": frozen(rate_law.spin_classes(n_spins)[first]),
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)

    @classmethod
    def from_dicke(cls, dicke: MultimodeDicke, drive: float = 0.0) -> "HopfieldLimit":
        r"""The many spins of a cavity with one mode per pattern, at their own rates and an independent drive:
        $k_\mu = \frac{2 \omega_\mu}{|z_\mu|^2} \sum_i g_{i\mu}^2$.

        The drive of the cavity is used up in making the rates; `drive` is a second, undressed transverse field, an
        assumption about the apparatus. Spins flip one by one, another assumption where couplings are equal: such spins
        flip together unless some spread of the couplings, too small to matter here, lets the light tell them apart.
        Rates are those at the cavity's own number of spins, and k counts a spin's own share, 1/N of the field, which
        the finite network does not have.

        Parameters
        ----------
        dicke : MultimodeDicke
            The platform, with a drive and patterns, whose couplings have one size in each mode.
        drive : float
            The independent transverse field.

        Raises
        ------
        ArgumentError
            If the cavity has no patterns, or its couplings are not those of `MultimodeDicke.from_patterns` without
            disorder.

        Warns
        -----
        RegimeWarning
            If the drive of the cavity is not weak, or its spins are not told apart by the light, with the number that
            tells.

        Examples
        --------
        >>> import warnings
        >>> from cavity_hopfield import RegimeWarning, letters
        >>> cavity = MultimodeDicke.from_patterns(letters("AC"), g=0.1, omega=1.0, loss=1.0, drive=0.01)
        >>> with warnings.catch_warnings():
        ...     warnings.simplefilter("ignore", RegimeWarning)  # a spread of the couplings is assumed
        ...     HopfieldLimit.from_dicke(cavity).strengths
        array([0.56, 0.56])
        """
        stored = require_dicke("dicke", dicke).stored
        sizes = np.abs(dicke.g).mean(axis=0)
        if (
            stored is None
            or stored.n_patterns != dicke.n_modes
            or not np.allclose(dicke.g, stored.values.T * sizes, rtol=1e-9, atol=0)
        ):
            raise ArgumentError(
                "Argument `dicke` must couple one mode to each pattern with one strength, g_im = g_m xi_im. Build it "
                "with `MultimodeDicke.from_patterns(...)` without disorder."
            )
        strengths = dicke.mediation * np.sum(dicke.g**2, axis=0)
        limit = cls(stored, CavityRates(dicke), drive, strengths)
        doubts = individual_doubts(certificate_of(dicke))
        if doubts:
            warnings.warn(doubts[0], RegimeWarning, stacklevel=2)
        return limit

    @property
    def n_patterns(self) -> int:
        """Number of patterns P."""
        return int(self.columns.shape[1])

    def with_drive(self, drive: float) -> "HopfieldLimit":
        """The same network at another drive."""
        memory = self.n_patterns if self.patterns is None else self.patterns
        return HopfieldLimit(memory, self.rate_law, drive, self.strengths)

    def fields(self, overlaps: ArrayLike) -> FloatArray:
        r"""$h_\xi$ of every class at overlaps (..., P), shape (..., C)."""
        return np.asarray((self._numbers("overlaps", overlaps, self.n_patterns) * self.strengths) @ self.columns.T)

    def overlaps(self, spins: ArrayLike) -> FloatArray:
        r"""$\sum_\xi p(\xi)\, \xi_\mu m_\xi$ of class means (..., C), shape (..., P)."""
        return np.asarray((self._numbers("spins", spins, len(self.columns)) * self.weights) @ self.columns)

    def means(self, overlaps: ArrayLike) -> FloatArray:
        r"""$m_\xi = \xi \cdot \lambda$, the class means of least mean square with overlaps (..., P), shape (..., C).

        $\lambda$ solves $\sum_\xi p(\xi)\, \xi\, \xi \cdot \lambda = m$; for random patterns it is m itself. A mean
        beyond one says that spins with these overlaps are not all of this form.
        """
        correlations = (self.columns * self.weights[:, None]).T @ self.columns
        wanted = self._numbers("overlaps", overlaps, self.n_patterns)
        return np.asarray(wanted @ np.linalg.pinv(correlations) @ self.columns.T)

    def _numbers(self, name: str, value: ArrayLike, length: int) -> FloatArray:
        """`value` as finite floats (..., length)."""
        numbers = real_array(name, value)
        if numbers.shape[-1:] != (length,):
            raise ArgumentError(
                f"Argument `{name}` must have {length} numbers along its last axis, for {self.n_patterns} patterns in "
                f"{len(self.columns)} classes of spins, but has shape {numbers.shape}."
            )
        return numbers

    def to_dict(self) -> Json:
        """A dictionary of plain values that `from_dict` turns back into an equal model."""
        return {
            "model": "HopfieldLimit",
            "memory": self.n_patterns if self.patterns is None else self.patterns.to_dict(),
            "rate_law": self.rate_law.to_dict(),
            "drive": self.drive,
            "strengths": self.strengths.tolist(),
        }

    @classmethod
    def from_dict(cls, data: Json) -> "HopfieldLimit":
        """The model that `to_dict` described; an `ArgumentError` if keys are missing or unknown."""
        keys_of("data", data, {"model", "memory", "rate_law", "drive", "strengths"}, "HopfieldLimit")
        memory = data["memory"]
        return cls(
            Patterns.from_dict(memory) if isinstance(memory, dict) else memory,
            stored_rate_law(data["rate_law"]),
            data["drive"],
            data["strengths"],
        )

    def to_json(self) -> str:
        """The model as JSON text, exact to the last bit."""
        return json.dumps(self.to_dict())

    @classmethod
    def from_json(cls, text: str) -> "HopfieldLimit":
        """The model that `to_json` wrote."""
        return cls.from_dict(from_json_text("text", text))


def enumerated_columns(name: str, n_patterns: int) -> FloatArray:
    """All columns (C, P) of +-1 that begin with +1."""
    if isinstance(n_patterns, bool) or not isinstance(n_patterns, (int, np.integer)):
        raise ArgumentError(f"Argument `{name}` must be a number of patterns or `Patterns`, but is {n_patterns!r}.")
    if not 1 <= n_patterns <= MOST_PATTERNS:
        raise ArgumentError(
            f"Argument `{name}` must be between 1 and {MOST_PATTERNS} random patterns, but is {n_patterns}. For more, "
            "give `Patterns` of a finite network."
        )
    return np.array([(1.0, *rest) for rest in product((1.0, -1.0), repeat=int(n_patterns) - 1)])


def _enumerated(n_patterns: int) -> tuple[FloatArray, FloatArray, IntArray]:
    """All columns that begin with +1, their equal weights, and their places."""
    columns = enumerated_columns("memory", n_patterns)
    return columns, np.full(len(columns), 1 / len(columns)), np.arange(len(columns))


def _occurring(patterns: Patterns) -> tuple[FloatArray, FloatArray, IntArray]:
    """The columns of given patterns up to a sign, their shares, and a spin that has each."""
    columns = patterns.values.T.astype(np.float64)
    found, first, counts = np.unique(columns * columns[:, :1], axis=0, return_index=True, return_counts=True)
    return found, counts / counts.sum(), first
