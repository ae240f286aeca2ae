"""Moments of spins and light to any order, as a theory of the multimode Dicke model."""

import json
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xarray as xr

from cavity_hopfield._checks import one_of, real_number, require_progress, time_grid, whole_number
from cavity_hopfield._typing import ArrayLike
from cavity_hopfield.cavity import cavity_start
from cavity_hopfield.dynamics import Progress, labelled_result
from cavity_hopfield.dynamics.accuracy import checked_tolerance
from cavity_hopfield.exceptions import ArgumentError, ConvergenceError, RegimeWarning
from cavity_hopfield.model import MultimodeDicke, require_dicke
from cavity_hopfield.theory.cumulants.problem import MomentProblem, Path
from cavity_hopfield.theory.cumulants.steady import MATRICES, settled

RESOLUTIONS = ("class", "site")
FINEST_ABSOLUTE = 1e-16
"""Smallest absolute tolerance, the round-off of a spin of length one."""
EXACT_FROM = 4
"""The order from which on g2 is a moment of its own."""


@dataclass(frozen=True)
class Cumulants:
    r"""$\frac{d}{dt} \langle A_1 \cdots A_k \rangle = \langle \mathcal L^\dagger (A_1 \cdots A_k) \rangle$ for all
    products of at most `order` spins and fields, with $\langle A_1 \cdots A_{k+1} \rangle_c = 0$ at the highest.

    The joint cumulants of more than `order` operators are set to zero: order 1 is mean field, order 2 keeps the
    correlations of pairs. The equations are derived by computer algebra, once for each structure: the order, the number
    of classes and modes, which classes have fewer spins than the order, the axis of the atoms' own channels. They are
    kept in the process, and where deriving them took more than a second in files (see Notes). Spins that couple alike,
    up to a sign, and start alike are one class; its number of spins is a parameter.

    For couplings $\propto 1/\sqrt N$ the error at a fixed time falls as $N^{-\mathtt{order}}$. A higher order is no
    promise: at long times, and for few spins, a truncation may leave the region of states, which is told where it
    shows. `compare=True` measures what the last order changed.

    Parameters
    ----------
    order : int
        Largest number of spins and fields in a moment that is kept, at least 1.
    resolution : {"class", "site"}
        One set of moments for all spins that couple and start alike, or spins one by one. The observables are the same.
    only : sequence of str, optional
        The kinds of moments to keep, words of the letters "a" for light and "s" for a spin, such as
        `("a", "s", "aa", "as", "ss")`. A set that is not closed is refused by the names of what it lacks.
    compare : bool
        Also run the order below; the attribute `order_difference` holds the largest change of each observable.
    rtol, atol : float
        Tolerances of the integrator, the eighth-order method of Dormand and Prince, at most 1e-2; `rtol` at least
        1e-12, `atol` at least 1e-16. They are meant for correlations: from order 2 on `rtol` is divided by the number
        of spins of the largest class, to at least 1e-13, and `atol` by $n^{s/2}$ for a moment with s spins of a class
        of n.
    memory_gib : float
        Refuse equations that need more than this.

    Notes
    -----
    The method: P. Kirton and J. Keeling, Phys. Rev. Lett. 118, 123602 (2017), for order 2. The files are in the folder
    that the environment variable `CAVITY_HOPFIELD_CACHE` names, by default `cavity_hopfield` in the user's cache
    folder; an empty variable keeps none. They can be deleted at any time.

    A state that is symmetric under turning all spins and fields over stays so, at every order: above the threshold of
    superradiance it has no amplitude but many photons. Start with a magnetisation to see a broken state.

    Examples
    --------
    >>> model = MultimodeDicke(g=[[0.05]] * 100, omega=1.0, loss=1.0, drive=0.1)
    >>> result = Cumulants(order=2).evolve(model, [1] * 100, [0.0, 2.0])
    >>> result.attrs["moments"], result["photons"].values.round(4).tolist()
    (15, [[20.0], [18.8383]])
    """

    order: int = 2
    resolution: str = "class"
    only: Sequence[str] | None = None
    compare: bool = False
    rtol: float = 1e-8
    atol: float = 1e-10
    memory_gib: float = 4.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "order", whole_number("order", self.order, minimum=1))
        one_of("resolution", self.resolution, RESOLUTIONS)
        object.__setattr__(self, "only", _kinds(self.only, self.order))
        if not isinstance(self.compare, bool):
            raise ArgumentError(f"Argument `compare` must be True or False, but is {self.compare!r}.")
        if self.compare and (self.order == 1 or self.only is not None):
            raise ArgumentError(
                "Argument `compare` needs an order below with the same kinds of moments: take `order` 2 or higher and "
                f"leave `only` out, but order={self.order} and only={self.only}."
            )
        object.__setattr__(self, "rtol", checked_tolerance("rtol", self.rtol))
        object.__setattr__(self, "atol", checked_tolerance("atol", self.atol, finest=FINEST_ABSOLUTE))
        object.__setattr__(self, "memory_gib", real_number("memory_gib", self.memory_gib, above=0.0))

    def evolve(
        self, model: MultimodeDicke, initial: Any, times: ArrayLike, *, progress: Progress | None = None
    ) -> xr.Dataset:
        r"""The observables at `times`, from `initial` at time 0.

        Parameters
        ----------
        model : MultimodeDicke
            The cavity, with channels of single atoms or without.
        initial : (N,) array of +-1, or ProductState
            A configuration, with every mode at rest under it, thermal light included; or Bloch vectors and coherent
            light.
        times : (T,) array
            Strictly increasing, not negative, in units of 1/omega.
        progress : callable, optional
            Told the fraction of the time that is done.

        Returns
        -------
        xarray.Dataset
            `magnetisation`, `magnetisation_x`, `magnetisation_y`, `energy` (time), `spin_z` (time, spin), `photons`,
            `amplitude_real`, `amplitude_imag` (time, mode), `overlap` and its components (time, pattern) if the model
            has patterns; from order 2 on `pair_real`, `pair_imag` and `g2` (time, mode), and the energy with its
            correlations. Below order 4 `g2` is what the truncation makes of $\langle a^{\dagger 2} a^2 \rangle$, at
            order 2 that of Gaussian light, as the attribute `g2_from` says. At order 1 `photons` are $|\alpha|^2$ and
            the thermal light that gain feeds, all of it from a configuration on.

            Attributes: `moments`, how many; `structure`, what the equations were derived for; `evaluations` of the
            equations; `order_difference` if asked for.

        Raises
        ------
        ArgumentError
            If shapes do not fit or the times do not increase.
        ClosureError
            If the equations of the kinds `only` refer to others.
        SizeError
            If the equations need more memory than `memory_gib`.
        ConvergenceError
            If the moments diverge. The attribute `partial` of the exception is the dataset up to there.

        Warns
        -----
        RegimeWarning
            If the moments are not those of a state, with the number that tells and the time. Its absence proves
            nothing: compare with another order.
        """
        grid = time_grid(times)
        require_progress(progress)
        problem = self._problem(model, initial)
        path = problem.path(grid, self.rtol, self.atol, progress)
        result = self._labelled(problem, path)
        broken = problem.broken_bound(path)
        if path.trouble is not None:
            raise _diverged(path, self.order, result, broken)
        self._warn(broken)
        if self.compare:
            lower = replace(self, order=self.order - 1, compare=False)
            other = lower._problem(model, initial)  # noqa: SLF001
            below = other.path(grid, self.rtol, self.atol, None)
            if below.trouble is not None:
                raise _diverged(below, lower.order, result, other.broken_bound(below))
            result.attrs["order_difference"] = _difference(result, lower._labelled(other, below))  # noqa: SLF001
        if progress is not None:
            progress(1.0)
        return result

    def steady_state(self, model: MultimodeDicke, initial: Any, *, longest: float | None = None) -> xr.Dataset:
        r"""$F(y) = 0$: the stationary moments that `initial` evolves to, sharpened by Newton's method.

        The moments evolve until they hardly change; then $\partial F / \partial y$, compiled like $F$, takes them to
        rest. What the equations conserve, such as the length of a collective spin where atoms have no channels of their
        own, keeps its value. Which of several states is found is decided by the start: a symmetric one stays symmetric.

        Parameters
        ----------
        model : MultimodeDicke
            The cavity.
        initial : (N,) array of +-1, or ProductState
            As for `evolve`.
        longest : float, optional
            The time after which moments that still move are given up; by default 10000 times the slowest decay
            time of light and channels.

        Returns
        -------
        xarray.Dataset
            As of `evolve`, without time. Attributes: `residual`, the largest time derivative of a moment beside its
            size; `settled_after`, the time evolved; `moved`, the largest change of a moment by Newton's method, beside
            its size; `growth`, the largest real part of an eigenvalue of $\partial F/\partial y$, negative for a stable
            state, beside the zeros of the `conserved` quantities, which
            are counted; `symmetric`, 1 if the state keeps the parity, else 0.

        Raises
        ------
        ConvergenceError
            If the moments do not settle. The attribute `partial` of the exception holds the last ones.
        ArgumentError, ClosureError, SizeError
            As from `evolve`.

        Warns
        -----
        RegimeWarning
            If the moments are not those of a state, or the state is not stable.
        """
        problem = self._problem(model, initial, MATRICES)
        result = self._steady(problem, longest)
        if self.compare:
            lower = replace(self, order=self.order - 1, compare=False)
            below = lower._steady(lower._problem(model, initial, MATRICES), longest)  # noqa: SLF001
            result.attrs["order_difference"] = _difference(result, below)
        return result

    def _problem(self, model: MultimodeDicke, initial: Any, matrices: int = 0) -> MomentProblem:
        dicke = require_dicke("model", model, channels=True)
        kinds = None if self.only is None else tuple(self.only)
        start = cavity_start(dicke, initial)
        return MomentProblem.of(dicke, start, self.order, kinds, self.resolution, self.memory_gib, matrices)

    def _steady(self, problem: MomentProblem, longest: float | None) -> xr.Dataset:
        found = settled(problem, self.rtol, self.atol, longest)
        path = Path(np.zeros(1), found.values[None], found.time, 0, None)
        observables = problem.observables(found.values, np.inf)
        details = self._details(problem) | found.details()
        result = labelled_result(problem.model, self, observables, patterns=problem.model.stored, details=details)
        if found.trouble is not None:
            raise ConvergenceError(found.trouble, partial=result)
        if found.growth > found.uncertainty:
            warnings.warn(
                f"this steady state of the moments is not stable: a deviation grows at the rate {found.growth:.3g}.",
                RegimeWarning, stacklevel=3,
            )  # fmt: skip
        self._warn(problem.broken_bound(path), stacklevel=4)
        return result

    def _labelled(self, problem: MomentProblem, path: Path) -> xr.Dataset:
        return labelled_result(
            problem.model,
            self,
            problem.observables(path.values, path.times, "time"),
            times=path.times,
            patterns=problem.model.stored,
            details=self._details(problem) | {"evaluations": path.evaluations},
        )

    def _details(self, problem: MomentProblem) -> dict[str, Any]:
        structure = problem.equations.structure
        text = {"members": structure.members, "modes": structure.n_modes, "axis": structure.axis}
        details = {"moments": len(problem.equations.moments), "structure": json.dumps(text)}
        if self.order > 1:
            details["g2_from"] = "its own moment" if self.order >= EXACT_FROM else f"cumulants up to order {self.order}"
        return details

    def _warn(self, broken: str | None, stacklevel: int = 3) -> None:
        if broken is not None:
            warnings.warn(
                f"these moments of order {self.order} are not those of a state: {broken}. Change the order, or stop "
                "earlier.",
                RegimeWarning, stacklevel=stacklevel,
            )  # fmt: skip


def _kinds(only: Sequence[str] | None, order: int) -> tuple[str, ...] | None:
    """Words of the letters a and s, light first."""
    if only is None:
        return None
    words = [only] if isinstance(only, str) else list(only)
    for word in words:
        if not isinstance(word, str) or not word or set(word) - {"a", "s"} or len(word) > order:
            raise ArgumentError(
                f"Argument `only` must hold words of one to {order} letters 'a' and 's', but holds {word!r}. The "
                f"longest are such as {'a' * order!r} and {'s' * order!r}."
            )
    if not words:
        raise ArgumentError("Argument `only` must hold some kinds of moments, but is empty. Leave it out for all.")
    return tuple(dict.fromkeys("".join(sorted(word)) for word in words))


def _difference(result: xr.Dataset, below: xr.Dataset) -> str:
    """The largest change of every observable that both orders know."""
    shared = [name for name in result.data_vars if name in below.data_vars]
    changes = {str(name): np.abs(result[name].values - below[name].values) for name in shared}
    return json.dumps({name: float(np.nanmax(change)) for name, change in changes.items() if np.isfinite(change).any()})


def _diverged(path: Path, order: int, result: xr.Dataset, broken: str | None) -> ConvergenceError:
    unphysical = "" if broken is None else f" Before that they are not those of a state: {broken}."
    return ConvergenceError(
        f"The moments of order {order} cannot be integrated beyond t = {path.reached:.6g}: {path.trouble}{unphysical} "
        "A truncated hierarchy may diverge: change its `order`, or stop earlier. The attribute `partial` of this error "
        f"holds what was reached, {path.times.size} of the times.",
        partial=result,
    )
