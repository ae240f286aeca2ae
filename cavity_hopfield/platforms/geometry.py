"""Where the atoms sit in the light: the mode functions at the atoms, and the patterns that they store."""

from abc import ABC, abstractmethod
from typing import Protocol, runtime_checkable

import numpy as np

from cavity_hopfield._typing import FloatArray, Json
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.hopfield import Patterns
from cavity_hopfield.platforms.platform import Step

NODE = 1e-9
"""An amplitude below this counts as a node: the rounding of a cosine, far below any coupling that matters."""


@runtime_checkable
class Geometry(Protocol):
    r"""$\Xi_\mu(r_i)$: the mode functions at the N ensembles of atoms, relative to where they are largest.

    Frozen dataclasses with keyword-only arguments. A geometry that writes any patterns needs them as an argument; one
    whose positions are given has its own, and patterns given to it only name what overlaps are taken with.
    """

    def n_modes(self, patterns: Patterns | None = None) -> int:
        """Number of modes M."""
        ...

    def amplitudes(self, patterns: Patterns | None = None) -> FloatArray:
        r"""$\Xi_\mu(r_i)$, shape (N, M): between -1 and 1, beyond it for combinations of degenerate modes."""
        ...

    def overlaps(self, patterns: Patterns | None = None) -> FloatArray:
        r"""$\sum_i \langle \Xi_\mu \Xi_\nu \rangle_i$, shape (M, M), over the ensembles and the places of an atom in
        each: what shifts and mixes the modes. Atoms at points have the products of the amplitudes.
        """
        ...

    def offsets_rad_s(self, patterns: Patterns | None = None) -> FloatArray:
        """By how much each mode is above the detuning that the platform is told, shape (M,); zeros for most."""
        ...

    def stored(self, patterns: Patterns | None = None) -> Patterns | None:
        """What the amplitudes store, of N spins; None where an ensemble sits at a node and no patterns are given."""
        ...

    def steps(self, patterns: Patterns | None = None) -> tuple[Step, ...]:
        """What the geometry neglects, each with its number; empty if nothing."""
        ...

    def to_dict(self) -> Json:
        """Plain values, for JSON."""
        ...


class AtPoints(ABC):
    """The parts of a `Geometry` whose atoms sit at points and whose modes have the detunings that they are told."""

    @abstractmethod
    def amplitudes(self, patterns: Patterns | None = None) -> FloatArray:
        """The mode functions at the atoms, shape (N, M)."""

    def overlaps(self, patterns: Patterns | None = None) -> FloatArray:
        r"""$\sum_i \Xi_\mu(r_i) \Xi_\nu(r_i)$, shape (M, M)."""
        values = self.amplitudes(patterns)
        return np.asarray(values.T @ values)

    def offsets_rad_s(self, patterns: Patterns | None = None) -> FloatArray:
        """Zero for every mode."""
        return np.zeros(self.amplitudes(patterns).shape[1])


def require_geometry(name: str, value: object) -> Geometry:
    """`value` if it is a `Geometry`; an error that names the argument if not."""
    if not isinstance(value, Geometry):
        raise ArgumentError(
            f"Argument `{name}` must be a geometry, such as `WrittenModes()` or "
            f"`StandingWaves(positions_m=..., wavelengths_m=...)`, but is {value!r}."
        )
    return value


def signs_stored(amplitudes: FloatArray, patterns: Patterns | None = None) -> Patterns | None:
    r"""$\xi_i^\mu = \mathrm{sign}\, \Xi_\mu(r_i)$, or `patterns` if given; None if an ensemble sits at a node.

    Raises
    ------
    ArgumentError
        If the patterns have another number of spins than there are ensembles.
    """
    if patterns is not None:
        if patterns.n_spins != len(amplitudes):
            raise ArgumentError(
                f"Argument `patterns` must have {len(amplitudes)} spins, one per ensemble, but has {patterns.n_spins}."
            )
        return patterns
    if (np.abs(amplitudes) < NODE).any():
        return None
    return Patterns(np.sign(amplitudes.T))
