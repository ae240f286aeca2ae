"""Mean field of the multimode Dicke model: groups of equal spins, one trajectory, the fixed point, what is reported."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.integrate import solve_ivp

from cavity_hopfield._typing import ComplexArray, FloatArray, IntArray
from cavity_hopfield.cavity import LightMoments, aligned_fixed_point, cavity_observables
from cavity_hopfield.dynamics import Observables
from cavity_hopfield.elimination.kernel.flip import dephasing
from cavity_hopfield.exceptions import ArgumentError, ConvergenceError
from cavity_hopfield.model import MultimodeDicke, ProductState
from cavity_hopfield.network import InitialState
from cavity_hopfield.theory.mean_field._ensemble_kernels import DICKE, LANES
from cavity_hopfield.theory.mean_field._kernels import add_channels, derivative
from cavity_hopfield.theory.mean_field.lanes import NO_TABLE, LaneSystem
from cavity_hopfield.theory.mean_field.network import holds_states

FIXED_POINT_TOLERANCE = 1e-10
NEWTON_STEPS = 50
FLOW, FLOWS, FLOW_TOLERANCE = 30.0, 6, 1e-8
"""How long the flow is followed before Newton's method is tried, over the slowest time of damping; how often, each time
twice as long; and how well.
"""
SHRINKS, STAYS, MARGINAL = 0.1, 1e-12, 1e-9
"""The second of Newton's steps beside the first where it is near a root, how near another root does not matter; how far
from an unstable root along what grows the flow may be, to stay there; the growth rate that counts as none.
"""
SINGULAR, ROUND_OFF = 1e-9, 1e-14
"""Singular values, beside the largest, that Newton's method takes for none; a step that it takes for the last."""


@dataclass(frozen=True, eq=False)
class DickeGroups:
    """Groups of spins that couple and start alike, and therefore move alike.

    `g` (K, M), `members` (K,), `labels` (N,); `bloch` (R, K, 3) and `amplitudes` (R, M) of every run.
    """

    g: FloatArray
    members: FloatArray
    labels: IntArray
    bloch: FloatArray
    amplitudes: ComplexArray

    @classmethod
    def of(cls, model: MultimodeDicke, starts: Sequence[ProductState], resolution: str) -> "DickeGroups":
        """The groups of `model` at all `starts`; every spin its own for the resolution "site"."""
        bloch = np.stack([start.bloch for start in starts])
        if resolution == "site":
            labels = np.arange(model.n_spins)
            first = labels
            members = np.ones(model.n_spins)
        else:
            rows = np.hstack([model.g, *bloch])
            _, first, labels, counts = np.unique(
                rows, axis=0, return_index=True, return_inverse=True, return_counts=True
            )
            members = counts.astype(np.float64)
        return cls(
            np.ascontiguousarray(model.g[first]),
            members,
            labels.reshape(-1),
            np.ascontiguousarray(bloch[:, first]),
            np.stack([start.amplitudes for start in starts]),
        )

    def state(self) -> FloatArray:
        """The vector that the integrator of one run moves: Bloch vectors, real parts, imaginary parts."""
        return np.concatenate([self.bloch[0].ravel(), self.amplitudes[0].real, self.amplitudes[0].imag])

    def states(self) -> FloatArray:
        """The states (R, n) of the compiled ensembles: z, y and x of all groups, real parts, imaginary parts."""
        parts = [*(self.bloch[..., axis] for axis in (2, 1, 0)), self.amplitudes.real, self.amplitudes.imag]
        return np.ascontiguousarray(np.concatenate(parts, axis=1))

    def unpacked(self, states: FloatArray) -> tuple[FloatArray, ComplexArray]:
        """Bloch vectors (..., K, 3) and amplitudes (..., M) from states (..., n) of the compiled ensembles."""
        n_groups, n_modes = self.g.shape
        z, y, x, real, imag = np.split(states, np.cumsum([n_groups, n_groups, n_groups, n_modes]), axis=-1)
        return np.stack([x, y, z], axis=-1), real + 1j * imag

    def settled(self, state: FloatArray) -> "DickeGroups":
        """The groups at another `state` of one run."""
        spins, n_modes = 3 * len(self.g), self.g.shape[1]
        bloch, waves = state[:spins].reshape(1, -1, 3), state[spins : spins + n_modes] + 1j * state[spins + n_modes :]
        return DickeGroups(self.g, self.members, self.labels, bloch, waves[None])


def dicke_starts(model: MultimodeDicke, initial: InitialState) -> tuple[list[ProductState], bool]:
    """A product state for every run, and whether there is a dimension of runs."""
    if isinstance(initial, ProductState):
        return [_fitting(model, initial)], False
    if holds_states(initial):
        return [_fitting(model, one) for one in initial], True
    return [ProductState.relaxed(model, initial)], False


def _fitting(model: MultimodeDicke, initial: ProductState) -> ProductState:
    if initial.bloch.shape[0] != model.n_spins or initial.amplitudes.shape[0] != model.n_modes:
        raise ArgumentError(
            f"Argument `initial` must have {model.n_spins} spins and {model.n_modes} modes, but has "
            f"{initial.bloch.shape[0]} and {initial.amplitudes.shape[0]}."
        )
    return initial


def dicke_lanes(model: MultimodeDicke, groups: DickeGroups) -> LaneSystem:
    """The Dicke model in the form that the compiled ensembles take."""
    stored = model.stored
    overlaps = np.zeros((0, len(groups.g)))
    if stored is not None:
        overlaps = np.stack([np.bincount(groups.labels, row, len(groups.g)) for row in stored.values]) / model.n_spins
    rates, axis = single_atoms(model)
    return LaneSystem(
        kind=DICKE,
        axes=3,
        read=np.ascontiguousarray((groups.g * groups.members[:, None]).T),
        write=2 * groups.g,
        labels=np.zeros(len(groups.g), np.int64),
        omega=np.repeat(model.omega, LANES),
        net_loss=np.repeat(model.net_loss, LANES),
        edges=rates.reshape(-1, 3),
        coefficients=NO_TABLE,
        offsets=np.array([2 - axis]),
        overlaps=np.ascontiguousarray(overlaps),
    )


def dicke_path(
    model: MultimodeDicke, groups: DickeGroups, grid: FloatArray, rtol: float, atol: float,
    told: Callable[[float], None],
) -> tuple[FloatArray, ComplexArray]:  # fmt: skip
    """Bloch vectors (T, K, 3) and amplitudes (T, M) of one run."""
    end, start = float(grid[-1]), groups.state()
    slope = slope_of(model, groups)

    def rate(time: float, state: FloatArray) -> FloatArray:
        if end > 0:
            told(min(time / end, 1.0))
        return slope(state)

    path = start[:, None]
    if end > 0:
        with np.errstate(invalid="ignore"):  # the square of an error of 1e-160 is none; the step is then halved
            solution = solve_ivp(rate, (0.0, end), start, method="DOP853", t_eval=grid, rtol=rtol, atol=atol)
        if not solution.success:
            raise ConvergenceError(f"The mean-field integration stopped at t = {solution.t[-1]:g}: {solution.message}")
        path = solution.y
    spins = 3 * len(groups.g)
    real, imag = path[spins : spins + model.n_modes], path[spins + model.n_modes :]
    return path[:spins].T.reshape(grid.size, -1, 3), (real + 1j * imag).T


def single_atoms(model: MultimodeDicke) -> tuple[FloatArray, int]:
    """Decay, pumping and dephasing, and the place of their axis in (x, y, z); no rates without channels."""
    channels = model.channels
    if channels is None:
        return np.empty(0), 0
    return np.array([channels.decay, channels.pumping, channels.dephasing]), "xyz".index(channels.axis)


def slope_of(model: MultimodeDicke, groups: DickeGroups) -> Callable[[FloatArray], FloatArray]:
    """The time derivative as a function of the state of one run."""
    rates, axis = single_atoms(model)

    def slope(state: FloatArray) -> FloatArray:
        out = np.empty_like(state)
        derivative(groups.g, groups.members, model.omega, model.net_loss, model.drive, state, out)
        if rates.size:
            add_channels(rates, axis, 3 * len(groups.g), state, out)
        return out

    return slope


def dicke_fixed_point(model: MultimodeDicke, start: DickeGroups) -> tuple[DickeGroups, dict[str, float]]:
    """The fixed point that `start` comes to, with the largest component of the time derivative there, `residual`;
    with channels of single atoms also the `growth_rate` of what deviates from it.
    """
    if model.channels is None:
        bloch, amplitudes = aligned_fixed_point(model, start.g, start.members, start.bloch[0])
        fixed, told = DickeGroups(start.g, start.members, start.labels, bloch[None], amplitudes[None]), {}
    else:
        state, growth = _damped_fixed_point(model, start)
        fixed, told = start.settled(state), {"growth_rate": growth}
    residual = float(np.abs(slope_of(model, fixed)(fixed.state())).max())
    if not residual <= FIXED_POINT_TOLERANCE:
        raise ConvergenceError(
            f"No fixed point was found to {FIXED_POINT_TOLERANCE:g}: the time derivative is still {residual:.2g}. "
            "Start from another configuration; exactly at a threshold the approach is slow."
        )
    return fixed, {"residual": residual} | told


def _damped_fixed_point(model: MultimodeDicke, start: DickeGroups) -> tuple[FloatArray, float]:
    """The root that the flow leads to, sharpened by Newton's method, and the growth rate of deviations from it."""
    slope = slope_of(model, start)
    rates = [model.channels.longitudinal, model.channels.transverse] if model.channels is not None else []
    span = FLOW / min(rate for rate in (*rates, *(model.net_loss / 2)) if rate > 0)
    state = start.state()
    for _ in range(FLOWS):
        state, span = _flown(slope, state, span), 2 * span
        root, steps = _newton(slope, state)
        growths, directions = np.linalg.eig(_jacobian(slope, root))
        apart = np.abs(np.linalg.lstsq(directions, state - root, rcond=None)[0])
        leaves = np.any((growths.real > MARGINAL) & (apart > STAYS))
        if steps[1] <= max(SHRINKS * steps[0], ROUND_OFF) and not leaves:
            return root, float(growths.real.max())
    raise ConvergenceError(
        f"No fixed point was found: the flow moves on after {FLOW * (2**FLOWS - 1):g} times the slowest time of "
        "damping. Light and spins may oscillate for ever, or approach slowly near a threshold: `evolve` shows it."
    )


def _flown(slope: Callable[[FloatArray], FloatArray], state: FloatArray, span: float) -> FloatArray:
    """Where the flow takes `state` in the time `span`."""
    flow = solve_ivp(
        lambda _, now: slope(now), (0.0, span), state, method="DOP853", rtol=FLOW_TOLERANCE, atol=FLOW_TOLERANCE
    )
    return np.ascontiguousarray(flow.y[:, -1])


def _newton(slope: Callable[[FloatArray], FloatArray], state: FloatArray) -> tuple[FloatArray, list[float]]:
    """What Newton's method comes to from `state`, and the largest component of each of its steps, two at least."""
    root, steps = state.copy(), []
    for _ in range(NEWTON_STEPS):
        change = np.linalg.lstsq(_jacobian(slope, root), slope(root), rcond=SINGULAR)[0]
        root -= change
        steps.append(float(np.abs(change).max()))
        if len(steps) > 1 and steps[-1] < ROUND_OFF:
            break
    return root, steps


def _jacobian(slope: Callable[[FloatArray], FloatArray], state: FloatArray) -> FloatArray:
    """By central differences, which are exact for any step: the equations are of second degree."""
    steps = np.eye(state.size)
    return np.stack([(slope(state + step) - slope(state - step)) / 2 for step in steps], axis=1)


def dicke_observables(
    model: MultimodeDicke, groups: DickeGroups, bloch: FloatArray, amplitudes: ComplexArray, thermal: FloatArray,
    atoms: float, *lead: str,
) -> Observables:  # fmt: skip
    """Observables from the Bloch vectors (..., K, 3), the amplitudes (..., M) and what is thermal in the light."""
    waves, vectors = np.sqrt(atoms) * amplitudes, bloch[..., groups.labels, :]
    light = LightMoments(np.abs(waves) ** 2 + thermal, waves)
    return cavity_observables(model, vectors, atoms * model.mean_energy(vectors[..., 2]), light, *lead)


def thermal_photons(model: MultimodeDicke, times: FloatArray, *, coherent: bool) -> FloatArray:
    r"""$\bar n_\mu (1 - e^{-\Gamma_\mu t})$, shape (T, M), from `coherent` light; else $\bar n_\mu$ at all times."""
    grown = -np.expm1(-model.net_loss * times[:, None]) if coherent else np.ones((times.size, model.n_modes))
    return np.asarray(model.thermal_occupation * grown)


def length_drift(groups: DickeGroups, bloch: FloatArray) -> float:
    """The largest change of the length of a spin in the Bloch vectors (R, ..., K, 3)."""
    lengths = np.linalg.norm(groups.bloch, axis=-1)
    now = np.linalg.norm(bloch, axis=-1)
    return float(np.abs(now - lengths.reshape(len(lengths), *(1,) * (now.ndim - 2), -1)).max())


def largest_share(model: MultimodeDicke) -> float:
    r"""The largest share $g_{i\mu}^2 / \sum_j g_{j\mu}^2$ of one spin in a mode."""
    squares = model.g**2
    weight = squares.sum(axis=0)
    return float(np.max(squares.max(axis=0)[weight > 0] / weight[weight > 0], initial=0.0))


def largest_dephasing(model: MultimodeDicke) -> float:
    """The dephasing rate of the flip that the light sees best."""
    return max(dephasing(model, 2 * row) for row in np.unique(np.abs(model.g), axis=0))
