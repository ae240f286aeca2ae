"""One model with one start as an initial value problem of its moments."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy.integrate import solve_ivp

from cavity_hopfield._typing import ComplexArray, FloatArray
from cavity_hopfield.cavity import CavityStart, LightMoments, cavity_observables
from cavity_hopfield.dynamics import Observables
from cavity_hopfield.model import MultimodeDicke
from cavity_hopfield.theory.cumulants.classes import LikeSpins
from cavity_hopfield.theory.cumulants.hierarchy import Hierarchy, hierarchy
from cavity_hopfield.theory.cumulants.structure import Structure

EXPLODED = 100.0
"""Size of a moment of spins alone, which no state brings above one, at which an evolution is given up."""
ODD_FROM_ROUNDING = 1e-12
FINEST = 1e-13
"""Relative tolerance below which the moments are round-off."""


@dataclass(frozen=True, eq=False)
class Path:
    """Moments (T, n) at those of the wanted times (T,) that were reached, and why no more were if so."""

    times: FloatArray
    values: ComplexArray
    reached: float
    evaluations: int
    trouble: str | None


@dataclass(frozen=True, eq=False)
class MomentProblem:
    """Classes of spins, their equations with numbers in them, and the moments at the start in the layout of the flow.

    Attributes
    ----------
    model : MultimodeDicke
    spins : LikeSpins
    equations : Hierarchy
    coefficients : complex array
        What the parameters of the model make of the equations.
    start : (x,) array
    thermal : (M,) array
        Thermal photons at the start, of which the moments of order 1 know nothing.
    """

    model: MultimodeDicke
    spins: LikeSpins
    equations: Hierarchy
    coefficients: ComplexArray
    start: FloatArray
    thermal: FloatArray

    @classmethod
    def of(
        cls, model: MultimodeDicke, start: CavityStart, order: int, only: tuple[str, ...] | None, resolution: str,
        memory_gib: float, matrices: int = 0,
    ) -> "MomentProblem":  # fmt: skip
        """The problem; an error before any work if it is too large."""
        spins = LikeSpins.of(model, start.bloch, resolution)
        members = tuple(int(size) if size < order else None for size in spins.sizes)
        axis = None if model.channels is None else model.channels.axis
        structure = Structure(order, members, model.n_modes, axis, only)
        structure.require_room(memory_gib, matrices)
        equations = hierarchy(structure)
        numbers = parameters(model, spins)
        coefficients = equations.flow.coefficients(np.array([numbers[name] for name in equations.parameters]))
        moments = equations.product_state(spins.bloch, start.amplitudes, start.thermal)
        return cls(model, spins, equations, coefficients, equations.flow.split(moments), start.thermal)

    @property
    def symmetric(self) -> bool:
        """Whether all moments vanish at the start that change their sign when spins and fields are turned over."""
        moments = self.equations.flow.joined(self.start)
        return bool(np.abs(moments * self.equations.odd).max() <= ODD_FROM_ROUNDING)

    @property
    def sizes(self) -> FloatArray:
        r"""$\prod_c n_c^{s_c / 2}$, shape (x,), for moments with $s_c$ spins of class c: an error of one is an error of
        the light that is larger by so much.
        """
        weight = np.array(
            [np.prod([self.spins.sizes[c] for c in classes]) ** 0.5 for classes in self.equations.classes_of_moments]
        )
        return np.concatenate([weight, weight[~self.equations.flow.real]])

    def rates(self, x: FloatArray) -> FloatArray:
        """The time derivative of x."""
        return self.equations.flow.rates(x, self.coefficients)

    def jacobian(self, x: FloatArray) -> FloatArray:
        """The derivative of `rates`."""
        return self.equations.flow.jacobian(x, self.coefficients)

    def beginning(self, x: FloatArray) -> "MomentProblem":
        """The problem from other moments."""
        return replace(self, start=x)

    def path(self, grid: FloatArray, rtol: float, atol: float, told: Callable[[float], None] | None) -> Path:
        """The moments at the times of `grid`, as far as the equations can be integrated."""
        end, flow = float(grid[-1]), self.equations.flow
        if end == 0:
            return Path(grid, flow.joined(self.start)[None], 0.0, 0, None)
        spins = np.flatnonzero(self.equations.light_letters == 0)

        def rate(time: float, x: FloatArray) -> FloatArray:
            if told is not None:
                told(min(time / end, 1.0))
            return flow.rates(x, self.coefficients)

        def sound(_: float, x: FloatArray) -> float:
            return EXPLODED - float(np.abs(x[spins]).max())

        sound.terminal = True  # type: ignore[attr-defined]
        with np.errstate(over="ignore", invalid="ignore"):  # told below
            solution = solve_ivp(
                rate, (0.0, end), self.start, method="DOP853", t_eval=grid, events=sound,
                rtol=self._relative(rtol), atol=atol / self.sizes,
            )  # fmt: skip
        values = flow.joined(solution.y.T.reshape(-1, flow.size))
        trouble = {0: None, 1: f"a moment of spins alone exceeds {EXPLODED:g}."}.get(solution.status, solution.message)
        reached = end if trouble is None else _reached(solution)
        return Path(np.asarray(solution.t), values, reached, int(solution.nfev), trouble)

    def crept(self, span: float, rtol: float, atol: float) -> FloatArray:
        """What x is after the time `span`, by an implicit method that takes long steps where little happens."""
        solution = solve_ivp(
            lambda _, x: self.rates(x), (0.0, span), self.start, method="LSODA", t_eval=[span],
            jac=lambda _, x: self.jacobian(x), rtol=self._relative(rtol), atol=atol / self.sizes,
        )  # fmt: skip
        return np.asarray(solution.y[:, -1]) if solution.success else self.start

    def _relative(self, rtol: float) -> float:
        """The relative tolerance of moments, whose correlations are smaller by the number of spins."""
        largest = 1.0 if self.equations.structure.order == 1 else float(self.spins.sizes.max())
        return max(rtol / largest, FINEST)

    def observables(self, values: ComplexArray, times: FloatArray | float, *lead: str) -> Observables:
        """What the moments (..., n) at `times` (...) say, under the names that every theory uses."""
        equations, model, order = self.equations, self.model, self.equations.structure.order
        bloch = self.spins.spin_means(equations.bloch(values))
        photons = equations.light(values, 1, 1).real
        if order == 1:
            light = LightMoments(photons + self._thermal(times), equations.light(values, 0, 1))
            return cavity_observables(model, bloch, model.mean_energy(bloch[..., 2]), light, *lead)
        light = LightMoments(
            photons,
            equations.light(values, 0, 1),
            equations.light(values, 0, 2),
            equations.light(values, 2, 2).real,
        )
        return cavity_observables(model, bloch, self._energy(equations.pairs(values)), light, *lead)

    def _thermal(self, times: FloatArray | float) -> FloatArray:
        r"""$\bar n + (n_0 - \bar n) e^{-\Gamma t}$, shape (..., M)."""
        rest = self.model.thermal_occupation
        return np.asarray(rest + (self.thermal - rest) * np.exp(-np.multiply.outer(times, self.model.net_loss)))

    def broken_bound(self, path: Path) -> str | None:
        """What tells that the moments are not those of a state, None if nothing does."""
        return self.equations.broken_bound(path.values, self.spins.sizes, path.times) if path.times.size else None

    def _energy(self, pairs: FloatArray) -> FloatArray:
        r"""$-\frac12 \sum_\mu \frac{2\omega_\mu}{|z_\mu|^2} \sum_{i \ne j} g_{i\mu} g_{j\mu}
        \langle \sigma^z_i \sigma^z_j \rangle$ from the pairs (..., C, C).
        """
        sizes = self.spins.sizes.astype(float)
        couplings = (self.spins.g * self.model.mediation) @ self.spins.g.T
        number = np.outer(sizes, sizes) - np.diag(sizes)
        return np.asarray(-0.5 * np.sum(couplings * number * pairs, axis=(-2, -1)))


def parameters(model: MultimodeDicke, spins: LikeSpins) -> dict[str, float]:
    """The numbers of a model by the names that the equations use."""
    numbers = {"drive": model.drive}
    for name, values in (("omega", model.omega), ("loss", model.loss), ("gain", model.gain), ("N", spins.sizes)):
        numbers |= {f"{name}_{k}": float(value) for k, value in enumerate(values)}
    numbers |= {f"g_{c}_{mu}": float(value) for (c, mu), value in np.ndenumerate(spins.g)}
    if model.channels is not None:
        numbers |= {name: getattr(model.channels, name) for name in ("decay", "pumping", "dephasing")}
    return numbers


def _reached(solution: object) -> float:
    """How far an integration came that was given up."""
    events = [float(times[-1]) for times in getattr(solution, "t_events", None) or [] if len(times)]
    grid = getattr(solution, "t", np.zeros(0))
    return max([*events, *(float(time) for time in grid[-1:]), 0.0])
