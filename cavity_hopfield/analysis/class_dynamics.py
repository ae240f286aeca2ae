r"""The equations of motion of the open Hopfield network of many spins, with all derivatives that analysis needs."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from cavity_hopfield._checks import ReadOnlyArrays, real_array
from cavity_hopfield._typing import ArrayLike, FloatArray
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.network import HopfieldLimit
from cavity_hopfield.network.local_response import LocalResponse

Directions = npt.NDArray[Any]
LONGEST_BLOCH = 1 + 1e-6
"""Longest mean spin that passes as a state, with some room for round-off."""


def require_limit(limit: HopfieldLimit) -> HopfieldLimit:
    """`limit`, or an error that tells how to make one."""
    if not isinstance(limit, HopfieldLimit):
        raise ArgumentError(
            f"Argument `limit` must be a `HopfieldLimit`, the network of many spins, but is a {type(limit).__name__}. "
            "Make one with `HopfieldLimit(P, rate_law, drive)`."
        )
    return limit


def bloch_vectors(limit: HopfieldLimit, name: str, values: ArrayLike) -> FloatArray:
    r"""Bloch vectors (S, C, 3) of all classes from S starts: overlaps (S, P), states (S, 2, C), or such vectors.

    Overlaps are those of spins along z, $m^z_\xi = \xi \cdot \lambda$ (see `HopfieldLimit.means`); a state has the
    means of $\sigma^y$, then of $\sigma^z$. An error names the argument where a mean spin would be longer than one.
    """
    given = real_array(name, values)
    n_classes, n_patterns = require_limit(limit).columns.shape
    bloch = np.zeros((len(given) if given.ndim else 0, n_classes, 3))
    if given.shape[1:] == (n_patterns,):
        bloch[..., 2] = limit.means(given)
    elif given.shape[1:] == (2, n_classes):
        bloch[..., 1:] = np.moveaxis(given, 1, 2)
    elif given.shape[1:] == (n_classes, 3):
        bloch[:] = given
    else:
        raise ArgumentError(
            f"Argument `{name}` must hold overlaps of shape ({n_patterns},), states of shape (2, {n_classes}), means "
            f"of sigma^y and sigma^z of each class, or Bloch vectors of shape ({n_classes}, 3) for each start, but has "
            f"shape {given.shape}."
        )
    if not len(bloch):
        raise ArgumentError(f"Argument `{name}` must hold at least one start, but holds none.")
    longest = float(np.linalg.norm(bloch, axis=-1).max())
    if longest > LONGEST_BLOCH:
        raise ArgumentError(f"Argument `{name}` must hold mean spins of length up to 1, but one has {longest:g}.")
    return bloch


@dataclass(frozen=True, eq=False, init=False)
class ClassDynamics(ReadOnlyArrays):
    r"""$\dot m^y_\xi = -2\Omega m^z_\xi - \tfrac12 s(h_\xi) m^y_\xi,\
    \dot m^z_\xi = 2\Omega m^y_\xi + d(h_\xi) - s(h_\xi) m^z_\xi$ for every class of spins.

    A state is an array (2, C): the means of $\sigma^y$, then of $\sigma^z$. The mean of $\sigma^x$ acts on nothing and
    decays at $s/2$; it is left out. The equations are odd: with a solution, its negative is one.

    Parameters
    ----------
    limit : HopfieldLimit
        The network.
    response : LocalResponse, optional
        Its response, if known already: it does not depend on the drive.

    Attributes
    ----------
    mixing : (C, C) array
        The field on a spin of each class from the means of $\sigma^z$ of all.

    Raises
    ------
    ArgumentError
        If `limit` is none, or `response` is that of another rate law.

    Examples
    --------
    >>> from cavity_hopfield import Glauber
    >>> dynamics = ClassDynamics(HopfieldLimit(1, Glauber(temperature=0.5), drive=0.25))
    >>> dynamics.jacobian(dynamics.state([0.0]))
    array([[-0.5, -0.5],
           [ 0.5,  1. ]])
    """

    limit: HopfieldLimit
    response: LocalResponse = field(repr=False)
    mixing: FloatArray = field(repr=False)

    def __init__(self, limit: HopfieldLimit, response: LocalResponse | None = None) -> None:
        require_limit(limit)
        if response is not None and not (
            isinstance(response, LocalResponse) and response.rate_law.to_dict() == limit.rate_law.to_dict()
        ):
            raise ArgumentError(
                "Argument `response` must be the `LocalResponse` of the network's own rate law, but is "
                f"{response!r:.80}. Make it with `LocalResponse.of(limit)`, or leave it out."
            )
        mixing = (limit.columns * limit.strengths) @ (limit.columns * limit.weights[:, None]).T
        object.__setattr__(self, "limit", limit)
        object.__setattr__(self, "response", LocalResponse.of(limit) if response is None else response)
        object.__setattr__(self, "mixing", mixing)

    @property
    def n_classes(self) -> int:
        """Number of classes C."""
        return int(self.limit.columns.shape[0])

    def state(self, values: ArrayLike) -> FloatArray:
        r"""`values` as a state (2, C): overlaps (P,) of spins along z, a state itself, or Bloch vectors (C, 3), whose
        $\sigma^x$ is left out; an error where a spin would be longer than one.
        """
        start = bloch_vectors(self.limit, "start", real_array("start", values)[None])
        return np.ascontiguousarray(start[0, :, 1:].T)

    def _fields(self, state: FloatArray) -> FloatArray:
        """The field of every class in a state."""
        if np.shape(state) != (2, self.n_classes):
            raise ArgumentError(
                f"Argument `state` must have shape (2, {self.n_classes}), but has shape {np.shape(state)}. Make it "
                "with `ClassDynamics.state`."
            )
        return np.asarray(self.mixing @ state[1])

    def velocity(self, state: FloatArray) -> FloatArray:
        """The time derivative of a state, (2, C)."""
        (y, z), h = state, self._fields(state)
        s, d = self.response.sums(h), self.response.differences(h)
        drive = self.limit.drive
        return np.stack([-2 * drive * z - s / 2 * y, 2 * drive * y + d - s * z])

    def jacobian(self, state: FloatArray) -> FloatArray:
        """The matrix (2C, 2C) of the linearised equations, the y components first."""
        (y, z), h = state, self._fields(state)
        s, s1, d1 = self.response.sums(h), self.response.sums(h, 1), self.response.differences(h, 1)
        turn = 2 * self.limit.drive * np.eye(self.n_classes)
        return np.block(
            [
                [-np.diag(s) / 2, -turn - (s1 * y / 2)[:, None] * self.mixing],
                [turn, (d1 - s1 * z)[:, None] * self.mixing - np.diag(s)],
            ]
        )

    def second(self, state: FloatArray, u: Directions, v: Directions) -> Directions:
        """The second derivative of the velocity along `u` and `v`, each (2, C), real or complex."""
        h = self._fields(state)
        hu, hv = self.mixing @ u[1], self.mixing @ v[1]
        s1, s2 = self.response.sums(h, 1), self.response.sums(h, 2)
        decay = s2 * hu * hv * state + s1 * (hu * v + hv * u)
        return np.stack([-decay[0] / 2, self.response.differences(h, 2) * hu * hv - decay[1]])

    def third(self, state: FloatArray, u: Directions, v: Directions, w: Directions) -> Directions:
        """The third derivative of the velocity along `u`, `v` and `w`, each (2, C), real or complex."""
        h = self._fields(state)
        hu, hv, hw = (self.mixing @ direction[1] for direction in (u, v, w))
        s2, s3 = self.response.sums(h, 2), self.response.sums(h, 3)
        decay = s3 * hu * hv * hw * state + s2 * (hu * hv * w + hv * hw * u + hw * hu * v)
        return np.stack([-decay[0] / 2, self.response.differences(h, 3) * hu * hv * hw - decay[1]])

    def overlaps(self, state: FloatArray) -> FloatArray:
        r"""$m^z_\mu$ of states (..., 2, C), shape (..., P)."""
        return self.limit.overlaps(state[..., 1, :])

    def at_rest(self, overlaps: FloatArray) -> FloatArray:
        r"""The state that the fields of `overlaps` (P,) would hold at rest: $m^z = d s / (s^2 + 8 \Omega^2)$,
        $m^y = -4 \Omega m^z / s$.
        """
        h = self.limit.fields(overlaps)
        s, d = self.response.sums(h), self.response.differences(h)
        z = d * s / (s**2 + 8 * self.limit.drive**2)
        return np.stack([-4 * self.limit.drive * z / s, z])
