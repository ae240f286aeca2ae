"""Density matrices of spins and light, one for each set of lengths that the collective spins start with."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array, diags_array, vstack

from cavity_hopfield._typing import ComplexArray, FloatArray, IntArray
from cavity_hopfield.cavity import (
    CavitySpace,
    CavityStart,
    CollectiveSpins,
    LadderStart,
    LightMoments,
    cavity_observables,
    modes_at_start,
)
from cavity_hopfield.dynamics import Observables, Progress, propagate
from cavity_hopfield.exceptions import SizeError
from cavity_hopfield.model import MultimodeDicke
from cavity_hopfield.operators import adjoint
from cavity_hopfield.theory.lindblad.cavity_generator import CavityGenerator, functionals, hermitian_parts, packed

MATRICES = 6.5
"""Packed matrices held at a time: the start, four of the recurrence, the transpose, and room for rows."""
LOOKS = 64
"""Times between the first and the last at which the populations of the Fock states are looked at, at least."""
PER_MODE = 6

Observe = Callable[[CavitySpace], csr_array]
"""A space to rows (R, D^2) of functionals of packed matrices."""


@dataclass(frozen=True, eq=False)
class LadderState:
    """One of the density matrices that add up to the state: its probability, its generator, itself, packed and flat."""

    weight: float
    generator: CavityGenerator
    x: FloatArray


@dataclass(frozen=True, eq=False)
class Recorded:
    """What is known of the members along the way.

    Attributes
    ----------
    values : (T, R) array
        The functionals, members added up by weight.
    populations : list of (L,) arrays
        Of the Fock states of every mode, the largest at any time.
    error : float
        Estimated error of the density matrices relative to their norm.
    products : int
        Products with the generators.
    ends : list of LadderState
        The members at the last time.
    """

    values: FloatArray
    populations: list[FloatArray]
    error: float
    products: int
    ends: list[LadderState]


@dataclass(frozen=True, eq=False)
class Beginning:
    """What an evolution starts from, before the Fock states are counted.

    Attributes
    ----------
    model, spins, start, displacement
        The cavity, its spins as they are taken together, the state, and the displacement of its modes (M,).
    away : (M,) array
        How far from there the light is likely to go.
    ladders : list of LadderStart
        The lengths of the collective spins.
    """

    model: MultimodeDicke
    spins: CollectiveSpins
    start: CavityStart
    displacement: ComplexArray
    away: FloatArray
    ladders: list[LadderStart]

    def first_levels(self) -> tuple[int, ...]:
        """Fock states that are likely to hold the light."""
        thermal = np.maximum(self.start.thermal, self.model.thermal_occupation)
        few = np.ceil(6 + self.away**2 + 4 * self.away + 8 * thermal)
        return tuple(int(size) for size in few)

    def largest(self, levels: tuple[int, ...]) -> float:
        """Dimension of the largest member."""
        return max(float(np.prod([twice + 1.0 for twice in ladder.twice_lengths])) for ladder in self.ladders) * float(
            np.prod(levels, dtype=float)
        )

    def members(self, levels: tuple[int, ...]) -> list[LadderState]:
        """The density matrices in `levels` Fock states of each mode."""
        modes, _ = modes_at_start(self.start, self.displacement, levels)
        found = []
        for ladder in self.ladders:
            space = CavitySpace(self.model, self.spins, ladder.twice_lengths, levels, self.displacement)
            rho: ComplexArray = np.ones((1, 1), np.complex128)
            for state in ladder.spins:
                rho = np.asarray(np.kron(rho, np.outer(state, state.conj()) if state.ndim == 1 else state))
            for mode in modes:
                rho = np.asarray(np.kron(rho, mode))
            found.append(LadderState(ladder.weight, CavityGenerator(space), packed(rho).ravel()))
        return found


def require_room(size: float, levels: tuple[int, ...], memory_gib: float, matrices: float = MATRICES) -> None:
    """An error if density matrices of this dimension need more than `memory_gib`."""
    need = matrices * 8 * size**2 / 2**30
    if need > memory_gib:
        raise SizeError(
            f"Density matrices of dimension {size:.0f}, with {levels} Fock states, need about {need:.3g} GiB, more "
            f"than memory_gib={memory_gib:g}. Raise `memory_gib`, shift the Fock states to where the light is by "
            "`displacement`, or take a cheaper theory: `PermutationSymmetric` for atoms with channels, `Cumulants`, "
            "`TruncatedWigner` or `MeanField` for many spins."
        )


def evolve_members(
    members: list[LadderState], times: FloatArray, observe: Observe, tolerance: float, progress: Progress | None = None
) -> Recorded:
    """The functionals at `times`, members one after the other."""
    grid, places = _closer(times)
    runs, ends = [], []
    for k, member in enumerate(members):
        generator = member.generator
        rows = generator.turned_rows(csr_array(vstack([observe(generator.space), population_rows(generator.space)])))
        found = propagate(
            generator.apply,
            generator.turned(member.x),
            grid,
            generator.ellipse,
            lambda x, rows=rows: rows @ x,  # type: ignore[misc]
            tolerance=tolerance,
            progress=_share(progress, k, len(members)),
            advance=generator.advance,
        )
        runs.append(found)
        ends.append(LadderState(member.weight, generator, generator.turned_back(found.end)))
    total = sum(member.weight * run.values for member, run in zip(members, runs, strict=True))
    levels = members[0].generator.space.levels
    recorded = np.asarray(total)[:, : -sum(levels)]
    shares = np.split(np.asarray(total)[:, -sum(levels) :], np.cumsum(levels)[:-1], axis=1)
    return Recorded(
        recorded[places],
        [np.abs(share).max(axis=0) for share in shares],
        max(run.error for run in runs),
        sum(run.products for run in runs),
        ends,
    )


def observe_at_once(members: list[LadderState], observe: Observe) -> Recorded:
    """The functionals of members that stay as they are."""
    values = sum(member.weight * (observe(member.generator.space) @ member.x) for member in members)
    shares = sum(member.weight * (population_rows(member.generator.space) @ member.x) for member in members)
    levels = members[0].generator.space.levels
    populations = np.split(np.abs(np.asarray(shares)), np.cumsum(levels)[:-1])
    return Recorded(np.asarray(values)[None], populations, 0.0, 0, members)


def population_rows(space: CavitySpace) -> csr_array:
    """Rows of the populations of the Fock states, mode after mode."""
    rows = []
    for mode, size in enumerate(space.levels):
        counts = (space.lowering(mode).conj().T @ space.lowering(mode)).diagonal().real.round().astype(int)
        rows += [csr_array(diags_array((counts == n).astype(np.complex128))) for n in range(size)]
    return functionals(rows)


def observable_rows(space: CavitySpace) -> csr_array:
    """Rows of the mean spins of the classes (x, y, z of each), the energy, six moments of each mode, the trace."""
    of_spins = [
        csr_array(space.spin(axis, c) / float(size)) for c, size in enumerate(space.spins.sizes) for axis in "xyz"
    ]
    of_light = []
    for mode in range(len(space.levels)):
        a = space.annihilation(mode)
        pair = csr_array(a @ a)
        of_light += [csr_array(adjoint(a) @ a), *hermitian_parts(a), *hermitian_parts(pair)]
        of_light.append(csr_array(adjoint(pair) @ pair))
    one = csr_array(diags_array(np.ones(space.size, np.complex128)))
    return functionals([*of_spins, space.energy, *of_light, one])


def observables(model: MultimodeDicke, spins: CollectiveSpins, values: FloatArray, *lead: str) -> Observables:
    """Named observables from the values (..., R) of `observable_rows`."""
    of_spins = 3 * spins.n_classes
    means = values[..., :of_spins].reshape(*values.shape[:-1], spins.n_classes, 3)
    light = values[..., of_spins + 1 : -1].reshape(*values.shape[:-1], model.n_modes, PER_MODE)
    photons, real, imag, pair_real, pair_imag, quartic = np.moveaxis(light, -1, 0)
    moments = LightMoments(photons, real + 1j * imag, pair_real + 1j * pair_imag, quartic)
    return cavity_observables(model, spins.spin_means(means), values[..., of_spins], moments, *lead)


def _closer(times: FloatArray) -> tuple[FloatArray, IntArray]:
    """`times` with more between them, and where they are."""
    grid = np.unique(np.concatenate([times, np.linspace(0.0, float(times[-1]), LOOKS)]))
    return grid, np.searchsorted(grid, times)


def _share(progress: Progress | None, part: int, parts: int) -> Progress | None:
    """Progress of one of several equal parts."""
    if progress is None:
        return None
    return lambda fraction: progress((part + fraction) / parts)
