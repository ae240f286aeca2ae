"""A network told by counts: how many spins of each kind, for any number of spins."""

import json
import warnings
from dataclasses import dataclass

import numpy as np

from cavity_hopfield._checks import (
    ReadOnlyArrays,
    from_json_text,
    frozen,
    keys_of,
    random_generator,
    real_array,
    real_number,
    whole_number,
)
from cavity_hopfield._typing import ArrayLike, FloatArray, IntArray, Json, Seed
from cavity_hopfield.elimination import CavityRates
from cavity_hopfield.elimination.certificate.certification import certificate_of
from cavity_hopfield.exceptions import ArgumentError, RegimeWarning
from cavity_hopfield.hopfield import Patterns
from cavity_hopfield.model import MultimodeDicke, RateLaw, require_dicke
from cavity_hopfield.network.classes import SpinClasses
from cavity_hopfield.network.limit import enumerated_columns
from cavity_hopfield.network.open_hopfield import OpenHopfield
from cavity_hopfield.network.regime import individual_doubts
from cavity_hopfield.network.stored_rate_law import stored_rate_law

MOST_SPINS = 2**52
"""Counts stay exact as floats."""


@dataclass(frozen=True, eq=False, init=False)
class CountedHopfield(ReadOnlyArrays):
    r"""$h_c(\tau) = \sum_{c'} K_{cc'} S_{c'} - K_{cc} \tau$ with $S_c = 2 u_c - n_c$: the field on a spin
    $\tau = \pm 1$ of a class of $n_c$ like spins of which $u_c$ are up.

    The state is $u$ (C,), and $u_c \to u_c \mp 1$ happens at the rates $u_c W_c(2 h_c(1))$ and
    $(n_c - u_c) W_c(-2 h_c(-1))$: the flips of single spins, exactly, at a cost that does not depend on their number.

    Parameters
    ----------
    memory : Patterns or (C, C) array
        Patterns told by one spin of each class, stored by Hebb's rule $K_{cc'} = \frac1N \sum_\mu \xi_c^\mu
        \xi_{c'}^\mu$, $N = \sum_c n_c$; or the coupling of two spins of each pair of classes, on the diagonal of two
        spins of one class.
    sizes : (C,) array of int
        $n_c \ge 1$.
    rate_law : RateLaw
        The rate of a flip, whose classes are those of C spins, one of each class.
    patterns : Patterns, optional
        The patterns whose overlaps are wanted, if `memory` is a matrix.
    rate_classes : (C,) array of int, optional
        The class of each in the rate law; those of C spins if omitted.

    Attributes
    ----------
    couplings : (C, C) array
        $K_{cc'}$.

    Raises
    ------
    ArgumentError
        If the shapes do not fit, the couplings are not symmetric, a class is empty, the rate law belongs to another
        number of classes, or its spins flip together.

    Examples
    --------
    >>> from cavity_hopfield import Glauber
    >>> network = CountedHopfield(Patterns([[1, 1], [1, -1]]), [6 * 10**8, 4 * 10**8], Glauber(temperature=0.5))
    >>> network.n_spins, network.overlaps([6 * 10**8, 4 * 10**8])
    (1000000000, array([1. , 0.2]))
    """

    couplings: FloatArray
    sizes: IntArray
    rate_law: RateLaw
    patterns: Patterns | None
    rate_classes: IntArray

    def __init__(
        self,
        memory: Patterns | ArrayLike,
        sizes: ArrayLike,
        rate_law: RateLaw,
        patterns: Patterns | None = None,
        rate_classes: ArrayLike | None = None,
    ) -> None:
        counts = _counts("sizes", sizes)
        if not (counts >= 1).all() or counts.sum() > MOST_SPINS:
            raise ArgumentError(f"Argument `sizes` must hold at least one spin in each class, but is {sizes!r}.")
        if isinstance(memory, Patterns):
            if patterns is not None:
                raise ArgumentError("Argument `patterns` must be left out when `memory` already is `Patterns`.")
            patterns, xi = memory, memory.values.astype(np.float64)
            couplings = xi.T @ xi / counts.sum()
        else:
            couplings = real_array("memory", memory)
        _require_shapes(couplings, counts, patterns)
        if isinstance(rate_law, type) or not isinstance(rate_law, RateLaw):
            raise ArgumentError(f"Argument `rate_law` must be a rate law such as `Glauber(0.3)`, but is {rate_law!r}.")
        if getattr(rate_law, "jumps", "individual") != "individual":
            raise ArgumentError(
                "Argument `rate_law` must have individual jumps, but its spins flip together. An `OpenHopfield` has "
                "both kinds."
            )
        labels = rate_law.spin_classes(counts.size) if rate_classes is None else _counts("rate_classes", rate_classes)
        if labels.shape != counts.shape or (labels < 0).any():
            raise ArgumentError(f"Argument `rate_classes` must have one class for each size, but is {rate_classes!r}.")
        values = {
            "couplings": frozen(couplings),
            "sizes": frozen(counts),
            "rate_law": rate_law,
            "patterns": patterns,
            "rate_classes": frozen(labels),
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)

    @classmethod
    def of(cls, network: OpenHopfield, classes: SpinClasses | None = None) -> "CountedHopfield":
        """The `classes` of `network`, found if not given, counted in its gauge; an error if its spins flip together, or
        turn under a drive, which counts do not follow.
        """
        if not isinstance(network, OpenHopfield) or network.drive > 0:
            told = f"has drive={network.drive:g}" if isinstance(network, OpenHopfield) else type(network).__name__
            raise ArgumentError(f"Argument `network` must be an `OpenHopfield` without a drive, but is: {told}.")
        classes = SpinClasses.of(network) if classes is None else classes
        stored = network.patterns
        return cls(
            classes.couplings,
            classes.sizes,
            network.rate_law,
            None if stored is None else Patterns(stored.values[:, classes.first], stored.names),
            classes.rate_classes,
        )

    @classmethod
    def random(cls, n_patterns: int, n_spins: int, rate_law: RateLaw, seed: Seed) -> "CountedHopfield":
        r"""N spins with P independent random patterns: how many have each of the $2^{P-1}$ columns is drawn.

        Columns that no spin has are left out.
        """
        columns = enumerated_columns("n_patterns", n_patterns)
        n = whole_number("n_spins", n_spins, minimum=1)
        sizes = random_generator(seed).multinomial(n, np.full(len(columns), 1 / len(columns)))
        return cls(Patterns(columns[sizes > 0].T.astype(np.int8)), sizes[sizes > 0], rate_law)

    @classmethod
    def from_dicke(cls, dicke: MultimodeDicke, sizes: ArrayLike) -> "CountedHopfield":
        r"""A cavity with $n_c$ spins like each spin of `dicke`, at its own rates: $K_{cc'} = \sum_\mu \frac{2
        \omega_\mu}{|z_\mu|^2} g_{c\mu} g_{c'\mu}$.

        Like spins have equal forces. That they flip one by one assumes a spread of their couplings, too small to matter
        here, by which the light tells them apart.

        Parameters
        ----------
        dicke : MultimodeDicke
            The platform with one spin of each class, with a drive. Couplings are those in the large network, such as
            $g / \sqrt N$.
        sizes : (C,) array of int
            $n_c$.

        Warns
        -----
        RegimeWarning
            If the drive is not weak, with the number that tells.
        """
        require_dicke("dicke", dicke)
        network = cls((dicke.g * dicke.mediation) @ dicke.g.T, sizes, CavityRates(dicke), dicke.stored)
        doubts = individual_doubts(certificate_of(dicke))
        if doubts:
            warnings.warn(doubts[0], RegimeWarning, stacklevel=2)
        return network

    @property
    def n_spins(self) -> int:
        """Number of spins N."""
        return int(self.sizes.sum())

    @property
    def n_classes(self) -> int:
        """Number of classes C."""
        return int(self.sizes.size)

    def corrupted(self, pattern: str | int, flips: float) -> IntArray:
        r"""The counts u (C,) where $\mathrm{round}(f n_c)$ spins of each class disagree with a pattern; $f$: `flips`.

        Raises
        ------
        ArgumentError
            If there is no such pattern, or `flips` is not between 0 and 1.
        """
        fraction = real_number("flips", flips, minimum=0.0)
        if fraction > 1 or self.patterns is None:
            raise ArgumentError(
                "Argument `flips` must be a fraction from 0 to 1 of a network with patterns, but is "
                f"{fraction:g} with {self.patterns!r}."
            )
        wrong = np.rint(fraction * self.sizes).astype(np.int64)
        return np.asarray(np.where(self.patterns[pattern] > 0, self.sizes - wrong, wrong))

    def checked_ups(self, name: str, ups: ArrayLike) -> IntArray:
        """`ups` as whole numbers (..., C) from 0 to `sizes`; an `ArgumentError` else."""
        counts = _counts(name, ups)
        if counts.ndim == 0 or counts.shape[-1] != self.n_classes or (counts < 0).any() or (counts > self.sizes).any():
            raise ArgumentError(
                f"Argument `{name}` must hold the number of up spins of each of {self.n_classes} classes along its "
                f"last axis, from 0 to {self.sizes.tolist()}, but is {ups!r}."
            )
        return counts

    def flip_energies(self, ups: ArrayLike) -> FloatArray:
        r"""$\epsilon_{c,\pm} = 2 (\pm \sum_{c'} K_{cc'} S_{c'} - K_{cc})$ of the flip of a spin that is up, and of one
        that is down, at `ups` (..., C); shape (..., C, 2).
        """
        fields, own = self._doubled(ups) @ self.couplings, np.diag(self.couplings)
        return np.asarray(2 * np.stack([fields - own, -fields - own], axis=-1))

    def energy(self, ups: ArrayLike) -> FloatArray:
        r"""$-\frac12 [\sum_{cc'} K_{cc'} S_c S_{c'} - \sum_c n_c K_{cc}]$ at `ups` (..., C), shape (...)."""
        spins = self._doubled(ups)
        own = self.sizes @ np.diag(self.couplings)
        return np.asarray(-0.5 * (np.sum(spins * (spins @ self.couplings), axis=-1) - own))

    def overlaps(self, ups: ArrayLike) -> FloatArray:
        r"""$\frac1N \sum_c \xi_c^\mu S_c$ at `ups` (..., C), shape (..., P)."""
        stored = np.empty((0, self.n_classes)) if self.patterns is None else self.patterns.values
        return np.asarray(self._doubled(ups) @ stored.T / self.n_spins)

    def magnetisation(self, ups: ArrayLike) -> FloatArray:
        r"""$\frac1N \sum_c S_c$ at `ups` (..., C), shape (...)."""
        return np.asarray(self._doubled(ups).sum(axis=-1) / self.n_spins)

    def _doubled(self, ups: ArrayLike) -> FloatArray:
        return np.asarray(2.0 * self.checked_ups("ups", ups) - self.sizes)

    def to_dict(self) -> Json:
        """A dictionary of plain values that `from_dict` turns back into an equal model."""
        return {
            "model": "CountedHopfield",
            "couplings": self.couplings.tolist(),
            "sizes": self.sizes.tolist(),
            "rate_law": self.rate_law.to_dict(),
            "patterns": None if self.patterns is None else self.patterns.to_dict(),
            "rate_classes": self.rate_classes.tolist(),
        }

    @classmethod
    def from_dict(cls, data: Json) -> "CountedHopfield":
        """The model that `to_dict` described; an `ArgumentError` if keys are missing or unknown."""
        keys_of(
            "data", data, {"model", "couplings", "sizes", "rate_law", "patterns", "rate_classes"}, "CountedHopfield"
        )
        patterns = None if data["patterns"] is None else Patterns.from_dict(data["patterns"])
        law = stored_rate_law(data["rate_law"])
        return cls(data["couplings"], data["sizes"], law, patterns, data["rate_classes"])

    def to_json(self) -> str:
        """The model as JSON text, exact to the last bit."""
        return json.dumps(self.to_dict())

    @classmethod
    def from_json(cls, text: str) -> "CountedHopfield":
        """The model that `to_json` wrote."""
        return cls.from_dict(from_json_text("text", text))


def _counts(name: str, value: ArrayLike) -> IntArray:
    """`value` as whole numbers."""
    given = real_array(name, value)
    if not (given == np.rint(given)).all():
        raise ArgumentError(f"Argument `{name}` must hold whole numbers of spins, but is {value!r}.")
    return given.astype(np.int64)


def _require_shapes(couplings: FloatArray, sizes: IntArray, patterns: Patterns | None) -> None:
    c = sizes.size
    if sizes.ndim != 1 or couplings.shape != (c, c) or not np.allclose(couplings, couplings.T, rtol=1e-12, atol=0):
        raise ArgumentError(
            f"Argument `memory` must hold symmetric couplings of {c} classes, as many as `sizes`, but has shape "
            f"{couplings.shape}."
        )
    if patterns is not None and (not isinstance(patterns, Patterns) or patterns.n_spins != c):
        raise ArgumentError(f"Argument `patterns` must tell one spin of each of {c} classes, but is {patterns!r}.")
