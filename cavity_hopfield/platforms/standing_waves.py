"""Atoms at given positions in standing or running waves: the light decides what is stored."""

from dataclasses import dataclass

import numpy as np

from cavity_hopfield._checks import ReadOnlyArrays, frozen, real_array
from cavity_hopfield._typing import ArrayLike, FloatArray, Json
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.hopfield import Patterns
from cavity_hopfield.platforms.geometry import AtPoints, signs_stored
from cavity_hopfield.platforms.platform import Step
from cavity_hopfield.platforms.quantities import si_array


class GivenWaves(AtPoints, ReadOnlyArrays):
    """Waves and positions that are taken as given: they decide what is stored."""

    def stored(self, patterns: Patterns | None = None) -> Patterns | None:
        """`patterns`, or the signs of the amplitudes; None where an ensemble sits at a node."""
        return signs_stored(self.amplitudes(), patterns)

    def steps(self, patterns: Patterns | None = None) -> tuple[Step, ...]:  # noqa: ARG002
        """None: positions and waves are taken as given."""
        return ()


@dataclass(frozen=True, kw_only=True, eq=False, init=False)
class StandingWaves(GivenWaves):
    r"""$\Xi_\mu(r_i) = \cos(k_\mu \hat u_\mu \cdot r_i + \phi_\mu)$ with $k_\mu = 2 \pi / \lambda_\mu$.

    Parameters
    ----------
    positions_m : (N,) or (N, D) array
        Where the ensembles sit, along one line or in D dimensions.
    wavelengths_m : number or (M,) array
        $\lambda_\mu$ in the cavity.
    phases : number or (M,) array
        $\phi_\mu$ in radians: 0 for an antinode at the origin, $-\pi/2$ for a node.
    directions : (D,) or (M, D) array, optional
        Directions $\hat u_\mu$, normalised here; needed for positions with D > 1.

    Raises
    ------
    ArgumentError
        If shapes do not fit or a wavelength is not positive.

    Examples
    --------
    >>> waves = StandingWaves(positions_m=[0.0, "0.5 um", "1 um"], wavelengths_m=["1 um", "2 um"])
    >>> waves.amplitudes().round(12).tolist()
    [[1.0, 1.0], [-1.0, 0.0], [1.0, -1.0]]
    """

    positions_m: FloatArray
    wavelengths_m: FloatArray
    phases: FloatArray
    directions: FloatArray

    def __init__(
        self,
        *,
        positions_m: ArrayLike,
        wavelengths_m: ArrayLike,
        phases: ArrayLike = 0.0,
        directions: ArrayLike | None = None,
    ) -> None:
        positions = _positions(positions_m)
        lengths, offsets = si_array("wavelengths_m", wavelengths_m), real_array("phases", phases)
        along = real_array("directions", np.ones(1) if directions is None else directions)
        if directions is None and positions.shape[1] > 1:
            raise ArgumentError(
                f"Argument `directions` must be given for positions in {positions.shape[1]} dimensions."
            )
        _check_waves(lengths, offsets, along, positions.shape[1])
        norms = np.linalg.norm(along, axis=-1, keepdims=True)
        shape = np.broadcast_shapes(lengths.shape, offsets.shape, along.shape[:-1], (1,))
        values = {
            "positions_m": positions,
            "wavelengths_m": np.broadcast_to(lengths, shape),
            "phases": np.broadcast_to(offsets, shape),
            "directions": np.broadcast_to(along / norms, (*shape, positions.shape[1])),
        }
        for name, value in values.items():
            object.__setattr__(self, name, frozen(value))

    def n_modes(self, patterns: Patterns | None = None) -> int:  # noqa: ARG002
        """One mode for each wavelength, phase or direction."""
        return len(self.wavelengths_m)

    def amplitudes(self, patterns: Patterns | None = None) -> FloatArray:
        """The cosines at the positions, shape (N, M); patterns change nothing, but must have N spins."""
        turns = self.positions_m @ self.directions.T / self.wavelengths_m
        values = np.cos(2 * np.pi * turns + self.phases)
        signs_stored(values, patterns)
        return np.asarray(values)

    def to_dict(self) -> Json:
        """Plain values, for JSON."""
        names = ("positions_m", "wavelengths_m", "phases", "directions")
        return {"geometry": "StandingWaves", **{name: getattr(self, name).tolist() for name in names}}


@dataclass(frozen=True, kw_only=True, eq=False, init=False)
class RingModes(GivenWaves):
    r"""$\Xi_{2q}(r_i) = \cos(k_q r_i)$, $\Xi_{2q+1}(r_i) = \sin(k_q r_i)$: a pair of counter-propagating waves.

    The running waves $b_\pm$ of one frequency, coupled by $g_r (b_+ e^{i k r} + b_- e^{-i k r}) + \mathrm{h.c.}$, are
    the standing waves $c = (b_+ + b_-) / \sqrt 2$ and $s = i (b_+ - b_-) / \sqrt 2$ with $g_0 = \sqrt 2 g_r$: two modes
    of equal frequency. `coupling_rad_s` of the platform is that $g_0$, at an antinode.

    Parameters
    ----------
    positions_m : (N,) array
        Where the ensembles sit along the ring.
    wavelengths_m : number or (Q,) array
        Wavelengths of the pairs; M = 2 Q modes, cosine and sine in turn. Numbers per mode of the platform, such as its
        losses, are in this order.

    Raises
    ------
    ArgumentError
        If shapes do not fit or a wavelength is not positive.

    Examples
    --------
    >>> RingModes(positions_m=[0.0, "0.3 um"], wavelengths_m="1 um").amplitudes().round(3).tolist()
    [[1.0, 0.0], [-0.309, 0.951]]
    """

    positions_m: FloatArray
    wavelengths_m: FloatArray

    def __init__(self, *, positions_m: ArrayLike, wavelengths_m: ArrayLike) -> None:
        positions, lengths = (
            si_array("positions_m", positions_m),
            np.atleast_1d(si_array("wavelengths_m", wavelengths_m)),
        )
        if positions.ndim != 1 or positions.size == 0:
            raise ArgumentError(f"Argument `positions_m` must have shape (N,), but has shape {positions.shape}.")
        _check_waves(lengths, np.zeros(()), np.ones(1), 1)
        object.__setattr__(self, "positions_m", frozen(positions))
        object.__setattr__(self, "wavelengths_m", frozen(lengths))

    def n_modes(self, patterns: Patterns | None = None) -> int:  # noqa: ARG002
        """Two for each wavelength."""
        return 2 * len(self.wavelengths_m)

    def amplitudes(self, patterns: Patterns | None = None) -> FloatArray:
        """Cosines and sines in turn, shape (N, M); patterns change nothing, but must have N spins."""
        phases = 2 * np.pi * self.positions_m[:, None] / self.wavelengths_m
        values = np.stack([np.cos(phases), np.sin(phases)], axis=-1).reshape(len(phases), -1)
        signs_stored(values, patterns)
        return np.asarray(values)

    def to_dict(self) -> Json:
        """Plain values, for JSON."""
        values = {"positions_m": self.positions_m.tolist(), "wavelengths_m": self.wavelengths_m.tolist()}
        return {"geometry": "RingModes", **values}


def _positions(value: ArrayLike) -> FloatArray:
    positions = si_array("positions_m", value)
    if positions.ndim not in {1, 2} or positions.size == 0:
        raise ArgumentError(f"Argument `positions_m` must have shape (N,) or (N, D), but has shape {positions.shape}.")
    return positions.reshape(len(positions), -1)


def _check_waves(lengths: FloatArray, phases: FloatArray, directions: FloatArray, dimensions: int) -> None:
    if lengths.ndim > 1 or not lengths.size or not (lengths > 0).all():
        raise ArgumentError(
            f"Argument `wavelengths_m` must be positive, a number or of shape (M,), but is {lengths.tolist()}."
        )
    if directions.ndim not in {1, 2} or directions.shape[-1] != dimensions or not directions.any(axis=-1).all():
        raise ArgumentError(
            f"Argument `directions` must hold vectors in {dimensions} dimensions, shape ({dimensions},) or "
            f"(M, {dimensions}), none of them zero, but is {directions.tolist()}."
        )
    try:
        np.broadcast_shapes(lengths.shape, phases.shape, directions.shape[:-1])
        fits = phases.ndim <= 1
    except ValueError:
        fits = False
    if not fits:
        raise ArgumentError(
            f"Arguments `wavelengths_m`, `phases` and `directions` must fit one number of modes, but have shapes "
            f"{lengths.shape}, {phases.shape} and {directions.shape}."
        )
