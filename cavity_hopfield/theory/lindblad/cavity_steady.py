"""The steady state of spins and light: without jumps the generator is inverted exactly, the jumps by iteration."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.sparse import csr_array, diags_array, eye_array
from scipy.sparse.linalg import LinearOperator, gcrotmk

from cavity_hopfield._typing import ComplexArray, FloatArray
from cavity_hopfield.cavity import CavitySpace, CollectiveSpins
from cavity_hopfield.cavity.fock_cutoff import FockCutoff, Levels
from cavity_hopfield.cavity.options import amplitudes_of, spins_of
from cavity_hopfield.exceptions import ArgumentError, ConvergenceError
from cavity_hopfield.model import MultimodeDicke
from cavity_hopfield.theory.lindblad.cavity_evolution import CavityOptions
from cavity_hopfield.theory.lindblad.cavity_generator import CavityGenerator
from cavity_hopfield.theory.lindblad.cavity_members import (
    LadderState,
    Recorded,
    observable_rows,
    observe_at_once,
    require_room,
)

KRYLOV_VECTORS, RECYCLED, MOST_CYCLES = 40, 20, 20
FIRST_LEVELS = 8
HELD = 280.0
"""Real matrices of a block that one solution holds, as measured; Krylov vectors and their images are most of them."""
SMALLEST_DECAY = 1e-3
"""Decay beneath that of any state without a jump, in units of the largest net loss: some states never jump."""


@dataclass(frozen=True, eq=False)
class SteadyLight:
    """A steady state and how well it is known: `missed`, L rho in blocks, `residual`, its norm, `error`, that of the
    next correction, nan before anybody asked for it.
    """

    member: LadderState
    levels: Levels
    system: "_System"
    missed: FloatArray
    residual: float
    error: float
    iterations: int

    @cached_property
    def recorded(self) -> Recorded:
        """Its observables."""
        return observe_at_once([self.member], observable_rows)

    @property
    def values(self) -> FloatArray:
        """The observables, without a time."""
        return np.asarray(self.recorded.values[0])

    @property
    def populations(self) -> list[FloatArray]:
        """Of the Fock states of every mode."""
        return self.recorded.populations

    @property
    def left_out(self) -> FloatArray:
        """Nothing of a start, of which there is none."""
        return np.zeros(len(self.levels))


def solve_steady_light(model: MultimodeDicke, options: CavityOptions) -> tuple[SteadyLight, FockCutoff]:
    """The steady state in enough Fock states, and those."""
    spins = spins_of(model, options.resolution)
    require_unique(model, spins)
    displacement = amplitudes_of(options.displacement or "none", model, None)
    lengths = tuple(int(size) for size in spins.sizes)
    held = HELD / 2 if _has_parity(model, displacement) else HELD
    earlier: list[SteadyLight] = []

    def solve(levels: Levels) -> SteadyLight:
        space = CavitySpace(model, spins, lengths, levels, displacement)
        require_room(float(np.prod(space.dimensions, dtype=float)), levels, options.memory_gib, held)
        earlier[:] = [_solve(space, options.tolerance, earlier)]
        return earlier[0]

    first = tuple(int(size) for size in np.ceil(FIRST_LEVELS + 8 * model.thermal_occupation))
    found, kept = options.in_states(solve, first, model)
    correction, more = found.system.correction(found.missed, 0.0, 0.3)
    error = float(np.linalg.norm(correction))
    return replace(found, error=error, iterations=found.iterations + more), kept


def require_unique(model: MultimodeDicke, spins: CollectiveSpins) -> None:
    """An error if something is conserved, so that there are several steady states."""
    channels = model.channels
    if model.drive == 0 and (channels is None or (channels.axis == "z" and not channels.longitudinal)):
        raise ArgumentError(
            "Argument `model` must have one steady state, but without a drive every spin keeps its z component. Give a "
            "drive, or evolve the initial state to late times."
        )
    free = not spins.g.any(axis=1).all()
    if free and (channels is None or (channels.axis == "x" and not channels.longitudinal)):
        raise ArgumentError(
            "Argument `model` must have one steady state, but a spin without couplings keeps its x component. Leave it "
            "out, or evolve the initial state to late times."
        )
    if channels is None and len(np.unique(spins.g, axis=0)) < spins.n_classes:
        raise ArgumentError(
            "Argument `model` must have one steady state, but spins that couple alike keep the length of their sum. "
            'Take `resolution="class"`, for the state of the greatest length, or evolve a start to late times.'
        )
    if channels is None and CollectiveSpins.alike(model).n_classes < spins.n_classes:
        raise ArgumentError(
            "Argument `model` must have one steady state, but spins that couple alike up to a sign keep the length of "
            'their turned sum. Take `resolution="class"`, or evolve the initial state to late times.'
        )


@dataclass(frozen=True, eq=False)
class _System:
    r"""$(\mathcal{L} + w\, \mathrm{tr}) \rho = w$ on matrices in blocks of one parity, with $w = 1/D$.

    The turn of all spins by a half about x, together with the parity of the photons, leaves generator and steady state
    alone, so that the state has two blocks. Without the jumps' gain the generator is
    $\rho \mapsto -i (H_e \rho - \rho H_e^\dagger)$, inverted by the eigenvectors of $H_e$. They are far from
    orthogonal: double precision is needed.
    """

    generator: CavityGenerator
    bases: list[csr_array]

    @classmethod
    def of(cls, space: CavitySpace) -> "_System":
        """Blocks by parity, where it is a symmetry."""
        return cls(CavityGenerator(space), _parity_bases(space))

    @property
    def sizes(self) -> list[int]:
        """Dimensions of the blocks."""
        return [basis.shape[1] for basis in self.bases]

    def whole(self, y: FloatArray) -> FloatArray:
        """The packed matrix of blocks that stand one after another."""
        parts = np.split(y, np.cumsum(np.square(self.sizes))[:-1])
        return np.asarray(
            sum(
                basis @ (basis @ part.reshape(n, n).T).T
                for basis, part, n in zip(self.bases, parts, self.sizes, strict=True)
            )
        )

    def blocks(self, x: FloatArray) -> FloatArray:
        """The blocks of a packed matrix, one after another."""
        return np.concatenate([(basis.T @ (basis.T @ x.T).T).ravel() for basis in self.bases])

    @cached_property
    def trace(self) -> FloatArray:
        """The functional that is the trace."""
        return np.concatenate([np.eye(n).ravel() for n in self.sizes])

    def product(self, y: FloatArray) -> FloatArray:
        """The generator and the trace times blocks."""
        size = self.generator.size
        change = self.generator.apply(self.whole(y).ravel()).reshape(size, size)
        return self.blocks(change) + self.trace * (float(self.trace @ y) / size)

    @cached_property
    def _eigen(self) -> list[tuple[ComplexArray, ComplexArray, ComplexArray]]:
        space = self.generator.space
        shift = SMALLEST_DECAY * float(space.model.net_loss.max())
        effective = csr_array(
            space.hamiltonian - 1j * self.generator.decay - diags_array(np.full(space.size, 1j * shift))
        )
        found = []
        for basis in self.bases:
            values, vectors = np.linalg.eig((basis.T @ effective @ basis).toarray())
            divisor = (-1j * (values[:, None] - values.conj())).astype(np.complex128)
            found.append((vectors.astype(np.complex128), np.linalg.inv(vectors).astype(np.complex128), divisor))
        return found

    def nearly_solve(self, y: FloatArray) -> FloatArray:
        """The inverse of the generator without the jumps' gain, about."""
        out = []
        parts = np.split(y, np.cumsum(np.square(self.sizes))[:-1])
        for part, n, (vectors, inverse, divisor) in zip(parts, self.sizes, self._eigen, strict=True):
            x = part.reshape(n, n).astype(np.float64)
            rho = (x + x.T) / 2 + np.complex128(0.5j) * (x - x.T)
            turned = (inverse @ rho @ inverse.conj().T) / divisor
            back = vectors @ turned @ vectors.conj().T
            out.append((back.real + back.imag).astype(np.float64).ravel())
        return np.concatenate(out)

    def correction(self, right: FloatArray, absolute: float, relative: float) -> tuple[FloatArray, int]:
        """What meets `right`, and products; the preconditioner may round, for the products with it are exact."""
        count = 0

        def product(y: FloatArray) -> FloatArray:
            nonlocal count
            count += 1
            return self.product(y)

        shape = (right.size, right.size)
        operator = LinearOperator(shape, matvec=product, dtype=np.float64)
        inverse = LinearOperator(shape, matvec=self.nearly_solve, dtype=np.float64)
        found, _ = gcrotmk(
            operator,
            right,
            M=inverse,
            rtol=relative,
            atol=absolute,
            m=KRYLOV_VECTORS,
            k=RECYCLED,
            maxiter=MOST_CYCLES,
        )
        return np.asarray(found), count


def _solve(space: CavitySpace, tolerance: float, earlier: list[SteadyLight]) -> SteadyLight:
    """The steady state in one space, from one in fewer or more Fock states if there is any."""
    system = _System.of(space)
    w = system.trace / space.size
    now = system.blocks(_fitted(earlier[0].member.x, earlier[0].member.generator.space, space)) if earlier else w
    change, iterations = system.correction(w - system.product(now), 0.3 * tolerance, 0.0)
    now = now + change
    now /= float(system.trace @ now)
    missed = w - system.product(now)
    residual = float(np.linalg.norm(missed))
    if not residual <= tolerance:
        raise ConvergenceError(
            f"The steady state is known to a residual of {residual:.1e} after {iterations} iterations, beyond "
            f"tolerance={tolerance:g}. Raise `tolerance`, or evolve a start to late times."
        )
    member = LadderState(1.0, system.generator, system.whole(now).ravel())
    return SteadyLight(member, space.levels, system, missed, residual, np.nan, iterations)


def _fitted(x: FloatArray, before: CavitySpace, after: CavitySpace) -> FloatArray:
    """A packed matrix cut, or filled with zeros, to the Fock states of another space."""
    common = tuple(slice(0, min(a, b)) for a, b in zip(before.dimensions, after.dimensions, strict=True)) * 2
    found = np.zeros(after.dimensions * 2)
    found[common] = x.reshape(before.dimensions * 2)[common]
    return found.reshape(after.size, after.size)


def _has_parity(model: MultimodeDicke, displacement: ComplexArray) -> bool:
    """Whether turning all spins about x and all light by half a turn leaves the generator alone."""
    lopsided = model.channels is not None and model.channels.tells_up_from_down
    return not lopsided and not np.any(displacement)


def _parity_bases(space: CavitySpace) -> list[csr_array]:
    r"""Orthonormal bases (D, D') of the states that $\prod_i \sigma^x_i (-1)^{\sum_\mu a_\mu^\dagger a_\mu}$ multiplies
    by 1 and by -1; all states if that is no symmetry.
    """
    if not _has_parity(space.model, space.displacement):
        return [csr_array(eye_array(space.size))]
    n_spins, every = len(space.twice_lengths), np.arange(space.size)
    places = np.array(np.unravel_index(every, space.dimensions))
    sign = 1.0 - 2.0 * (places[n_spins:].sum(axis=0) % 2)
    places[:n_spins] = np.array(space.twice_lengths)[:, None] - places[:n_spins]
    image = np.ravel_multi_index(tuple(places), space.dimensions)
    found = []
    for parity in (1.0, -1.0):
        kept = every[(every < image) | ((every == image) & (sign == parity))]
        alone = every[kept] == image[kept]
        columns = np.arange(kept.size)
        first = csr_array((np.where(alone, 1.0, np.sqrt(0.5)), (kept, columns)), shape=(space.size, kept.size))
        other = csr_array(
            (np.where(alone, 0.0, parity * sign[kept] * np.sqrt(0.5)), (image[kept], columns)),
            shape=(space.size, kept.size),
        )
        found.append(csr_array(first + other))
    return [basis for basis in found if basis.shape[1]]
