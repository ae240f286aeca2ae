"""Limit cycles of the open Hopfield network of many spins, stable and unstable."""

from dataclasses import dataclass, field

import numpy as np

from cavity_hopfield._checks import ReadOnlyArrays, frozen, real_number
from cavity_hopfield._typing import ArrayLike, ComplexArray, FloatArray
from cavity_hopfield.analysis.class_dynamics import ClassDynamics, require_limit
from cavity_hopfield.analysis.cycles.floquet import ClosedOrbit, close
from cavity_hopfield.analysis.cycles.flow import Flow
from cavity_hopfield.analysis.cycles.settling import ROUGH, settle
from cavity_hopfield.exceptions import ArgumentError, ConvergenceError
from cavity_hopfield.network import HopfieldLimit
from cavity_hopfield.network.local_response import LocalResponse

SAMPLES = 512
"""Times around a cycle at which it is kept."""
HARMONICS = 32
STANDING = 1e-6
"""Relative motion below which a closed orbit is a fixed point."""
NEUTRAL = 1e-6
"""Singular value, relative to the largest, below which a direction counts as one along a family of cycles."""
TRIVIAL = 1e-5
"""Distance from the unit circle within which a multiplier neither grows nor decays."""


@dataclass(frozen=True, eq=False)
class LimitCycle(ReadOnlyArrays):
    r"""A solution with $m(t + T) = m(t)$.

    Found by `limit_cycle` and `continue_cycle`.

    Attributes
    ----------
    limit : HopfieldLimit
        The network.
    state : (2, C) array
        A state on the cycle, means of $\sigma^y$ and $\sigma^z$ of each class.
    period, angular_frequency : float
        T and $2\pi/T$.
    symmetric : bool
        Whether $m(t + T/2) = -m(t)$.
    multipliers : (2C,) array of complex
        Floquet multipliers, the largest first; one of them is 1.
    times : (512,) array
        Equally spaced times around the cycle, from zero.
    overlaps : (512, P) array
        The overlaps then.
    states : (512, 2, C) array
        The states then.
    harmonics : (33, P) array of complex
        $\frac1T \int_0^T m_\mu(t)\, e^{-i k \omega t} dt$, k = 0 ... 32.
    max_overlap : float
        Largest size of an overlap on the way, between the times too.
    residual : float
        Largest component by which the cycle fails to close.
    """

    limit: HopfieldLimit
    state: FloatArray = field(repr=False)
    period: float
    symmetric: bool
    multipliers: ComplexArray
    times: FloatArray = field(repr=False)
    states: FloatArray = field(repr=False)
    overlaps: FloatArray = field(repr=False)
    harmonics: ComplexArray = field(repr=False)
    max_overlap: float
    residual: float

    @property
    def angular_frequency(self) -> float:
        r"""$2 \pi / T$, in units of the rates."""
        return 2 * np.pi / self.period

    @property
    def other_multipliers(self) -> ComplexArray:
        """The Floquet multipliers without the one of a push along the cycle."""
        return np.delete(self.multipliers, int(np.argmin(np.abs(self.multipliers - 1))))

    @property
    def stable(self) -> bool:
        """Whether no push away from the cycle grows; those along a family of cycles (`n_neutral`) do not decay."""
        return bool((np.abs(self.other_multipliers) < 1 + TRIVIAL).all())

    @property
    def n_neutral(self) -> int:
        """Number of further multipliers of size one: the cycle is one of a family, as where spins of different classes
        do not feel each other, or at a bifurcation.
        """
        return int((np.abs(np.abs(self.other_multipliers) - 1) <= TRIVIAL).sum())

    @property
    def n_oscillating(self) -> int:
        """Number of overlaps that change by more than a millionth."""
        return int((np.ptp(self.overlaps, axis=0) > 1e-6).sum())


def limit_cycle(
    limit: HopfieldLimit, start: ArrayLike | None = None, *, period: float | None = None, backward: bool = False
) -> LimitCycle:
    r"""The limit cycle that the solution from `start` settles on, closed by Newton's method on
    $\varphi_{T/2}(x) = -x$ where the cycle is its own negative, on $\varphi_T(x) = x$ elsewhere.

    Parameters
    ----------
    limit : HopfieldLimit
        The network, with a smooth rate law.
    start : array, optional
        Where the solution starts: overlaps (P,) of spins along z, a state (2, C), means of sigma^y and sigma^z of each
        class, or Bloch vectors (C, 3); if omitted, with the first pattern written along y, $m^y_\xi = \xi_1$.
    period : float, optional
        The period near `start`, if that is a guess of a cycle. Then nothing settles: Newton's method starts there, and
        may end on an unstable cycle.
    backward : bool
        Settle backward in time. With one pattern, an unstable cycle then attracts.

    Returns
    -------
    LimitCycle
        The cycle with its Floquet multipliers.

    Raises
    ------
    ConvergenceError
        If the solution settles on a fixed point, or on no cycle within the time it is given.
    ArgumentError
        If the rate law is not smooth, shapes do not fit, the start is no state, or `backward` meets several classes of
        spins.

    Examples
    --------
    >>> from cavity_hopfield import Glauber
    >>> cycle = limit_cycle(HopfieldLimit(1, Glauber(temperature=0.15), drive=0.8))
    >>> round(cycle.max_overlap, 6), round(cycle.angular_frequency, 6), cycle.stable
    (0.815561, 1.397481, True)
    """
    dynamics = ClassDynamics(require_limit(limit))
    if backward and dynamics.n_classes > 1:
        raise ArgumentError(
            f"Argument `backward` must be False for {dynamics.n_classes} classes of spins: backward in time no cycle "
            "attracts. Give a `period` near a cycle, or use `continue_cycle`."
        )
    x = _first_pattern_along_y(dynamics) if start is None else dynamics.state(start)
    flow = Flow(dynamics)
    if period is not None:
        guess = real_number("period", period, above=0.0)
        return described(flow, _closed(flow, x, guess, prefer_symmetric=_is_half_turn(flow, x, guess)))
    return described(*_reached(dynamics, x, backward=backward))


def _reached(dynamics: ClassDynamics, start: FloatArray, *, backward: bool) -> tuple[Flow, ClosedOrbit]:
    """The closed orbit that a solution settles on; where Newton's method fails, after a longer time."""
    rough, flow = Flow(dynamics, ROUGH, backward=backward), Flow(dynamics, backward=backward)
    found = settle(rough, start)
    failure: ConvergenceError | None = None
    while found.cyclic:
        try:
            return flow, _closed(flow, found.state, found.period, prefer_symmetric=found.symmetric)
        except ConvergenceError as error:
            failure = error
        found = settle(rough, found.state, found.time)
    raise ConvergenceError(found.reason) from failure


def described(flow: Flow, orbit: ClosedOrbit) -> LimitCycle:
    """The cycle with all that is reported of it."""
    dynamics = flow.dynamics
    times = np.arange(SAMPLES) * orbit.period / SAMPLES
    states = flow.path(orbit.state, times)
    states = states[(-np.arange(SAMPLES)) % SAMPLES] if flow.backward else states
    overlaps = dynamics.overlaps(states)
    harmonics = np.fft.fft(overlaps, axis=0)[: HARMONICS + 1] / SAMPLES
    return LimitCycle(
        limit=dynamics.limit,
        state=frozen(orbit.state),
        period=float(orbit.period),
        symmetric=orbit.symmetric,
        multipliers=frozen(orbit.multipliers),
        times=frozen(times),
        states=frozen(states),
        overlaps=frozen(overlaps),
        harmonics=frozen(harmonics),
        max_overlap=_largest_overlap(flow, states, overlaps),
        residual=orbit.gap,
    )


def _first_pattern_along_y(dynamics: ClassDynamics) -> FloatArray:
    first = dynamics.limit.columns[:, 0]
    return np.stack([first, 0 * first])


def _is_half_turn(flow: Flow, state: FloatArray, period: float) -> bool:
    """Whether half a period turns the state round, roughly."""
    half = flow.path(state, np.array([period / 2]))[0]
    return bool(np.linalg.norm(half + state) < 0.3 * np.linalg.norm(state))


def _closed(flow: Flow, state: FloatArray, period: float, *, prefer_symmetric: bool) -> ClosedOrbit:
    """The closed orbit, which must move; a fixed point also closes."""
    try:
        orbit = close(flow, state, period, symmetric=prefer_symmetric, neutral=NEUTRAL)
    except ConvergenceError:
        orbit = close(flow, state, period, symmetric=prefer_symmetric, neutral=0.0)
    path = flow.path(orbit.state, np.linspace(0, orbit.period, 9)[1:])
    if orbit.period <= 0 or np.abs(path - orbit.state).max() < STANDING * max(float(np.abs(orbit.state).max()), 1e-3):
        raise ConvergenceError("The search for a cycle ended on a fixed point. Start farther from it.")
    return orbit


def _largest_overlap(flow: Flow, states: FloatArray, overlaps: FloatArray) -> float:
    """The largest overlap, refined to where its time derivative vanishes."""
    place, pattern = np.unravel_index(int(np.abs(overlaps).argmax()), overlaps.shape)
    dynamics, x = flow.dynamics, states[place]
    for _ in range(8):
        velocity = dynamics.velocity(x)
        curvature = (dynamics.jacobian(x) @ velocity.ravel()).reshape(x.shape)
        slope, bend = dynamics.overlaps(velocity)[pattern], dynamics.overlaps(curvature)[pattern]
        if bend == 0 or abs(slope) < 1e-13 * abs(bend):
            break
        moved = Flow(dynamics, flow.tolerance, backward=bool(slope / bend > 0))
        x = moved.path(x, np.array([abs(slope / bend)]))[0]
    return max(float(np.abs(dynamics.overlaps(x)[pattern])), float(np.abs(overlaps).max()))


def response_of(limit: HopfieldLimit, known: ClassDynamics) -> LocalResponse:
    """The response of `limit`, that of `known` if only the drive differs."""
    same_law = limit.rate_law.to_dict() == known.limit.rate_law.to_dict()
    same = same_law and np.array_equal(limit.strengths, known.limit.strengths)
    return known.response if same else LocalResponse.of(limit)
