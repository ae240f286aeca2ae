"""Symmetric states of atoms and light in given Fock states: along the way, and at rest."""

from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
from scipy.sparse import csr_array, vstack
from scipy.sparse.linalg import LinearOperator, gmres, norm

from cavity_hopfield._typing import ComplexArray, FloatArray
from cavity_hopfield.cavity import CavityStart, modes_at_start
from cavity_hopfield.dynamics import Progress, Propagation, propagate
from cavity_hopfield.exceptions import ConvergenceError, SizeError
from cavity_hopfield.theory.symmetric._count_kernels import advance
from cavity_hopfield.theory.symmetric.cavity_counts import CavityCounts
from cavity_hopfield.theory.symmetric.cavity_readings import CavityReadings
from cavity_hopfield.theory.symmetric.counts import dimension_of
from cavity_hopfield.theory.symmetric.hermitian import HermitianSector
from cavity_hopfield.theory.symmetric.vectors import class_vectors

UPRIGHT = 1e-12
"""How far from one the component of a spin along z may be that is up or down."""
LOOKS = 64
"""Times between the first and the last at which the populations of the Fock states are looked at, at least."""
LIFETIMES = 4.0
"""The step of the fixed point equation, in lifetimes of the slowest photon."""
KRYLOV_VECTORS, MOST_CYCLES = 40, 5
FINEST = 1e-12
CHECK, AGREE = 100.0, 1e-3
"""How much coarser the second search for a steady state is, and by how much it may differ."""
BYTES_PER_NUMBER = 1600
"""Peak memory for one number of the density matrix, as measured."""


@dataclass(frozen=True, eq=False)
class SymmetricState:
    """What is read off the states.

    Attributes
    ----------
    readings : CavityReadings
        The functionals.
    read : (T, R) complex array
        Their values at each time.
    extra : (T, E) complex array
        The values of the further functionals that were asked for.
    populations : list of (L,) arrays
        Of the Fock states of every mode, the largest at any time.
    left_out : (M,) array
        Probability of the start beyond the Fock states of every mode.
    details : dict
        Measured errors.
    """

    readings: CavityReadings
    read: ComplexArray
    extra: ComplexArray
    populations: list[FloatArray]
    left_out: FloatArray
    details: dict[str, float]

    @property
    def values(self) -> ComplexArray:
        """What is read that does not depend on how many Fock states there are."""
        return self.readings.lasting(self.read)


@dataclass(frozen=True, eq=False)
class CavitySystem:
    """A generator for real coordinates, and its functionals.

    Attributes
    ----------
    counts : CavityCounts
        The generator.
    sector : HermitianSector
        The coordinates.
    rows : (E, D) sparse array
        Further functionals.
    """

    counts: CavityCounts
    sector: HermitianSector
    rows: csr_array

    @cached_property
    def matrix(self) -> csr_array:
        """The generator, (d, d)."""
        return self.sector.restricted(self.counts.parts)

    @cached_property
    def readings(self) -> CavityReadings:
        """What is read off a state."""
        return CavityReadings(self.counts)

    @cached_property
    def functionals(self) -> csr_array:
        """Those of the readings and the further ones, real parts and then imaginary parts."""
        return self.sector.functionals(csr_array(vstack([self.readings.functionals, self.rows])))

    @cached_property
    def trace(self) -> FloatArray:
        """The functional of the trace, shape (d,)."""
        return np.asarray(self.functionals[: self.counts.basis.classical.size].sum(axis=0), np.float64).reshape(-1)

    def propagated(
        self, start: FloatArray, times: FloatArray, tolerance: float, progress: Progress | None, *, told: bool = True
    ) -> Propagation:
        """Functionals at `times`, if they shall be `told`, and the end."""
        matrix, functionals = self.matrix, self.functionals
        return propagate(
            matrix.dot,
            start,
            times,
            self.counts.ellipse,
            functionals.dot if told else _nothing,
            tolerance=tolerance,
            progress=progress,
            advance=partial(advance, matrix.indptr.view(np.uint32), matrix.indices.view(np.uint32), matrix.data),
        )

    def read(
        self, values: FloatArray, details: dict[str, float], populations: ComplexArray, left_out: FloatArray
    ) -> SymmetricState:
        """From the values (T, 2 R) of `functionals`."""
        whole = _complex(values)
        own = self.readings.functionals.shape[0]
        found = self.readings.populations(populations[:, :own])
        return SymmetricState(self.readings, whole[:, :own], whole[:, own:], found, left_out, details)


def solve_evolution(
    system: CavitySystem, start: CavityStart, times: FloatArray, tolerance: float, progress: Progress | None
) -> SymmetricState:
    """The states at `times`."""
    counts = system.counts
    x = system.sector.coordinates(start_vector(counts, start))
    grid = np.unique(np.concatenate([times, np.linspace(0.0, float(times[-1]), LOOKS)]))
    found = system.propagated(x, grid, tolerance, progress)
    values = found.values[np.searchsorted(grid, times)]
    drift = np.abs(system.readings.trace(_complex(values)) - 1).max()
    details = {"error": found.error, "products": found.products, "trace_drift": float(drift)}
    _, left_out = modes_at_start(start, counts.displacement, counts.levels)
    return system.read(values, details, _complex(found.values), left_out)


def solve_steady(system: CavitySystem, tolerance: float) -> SymmetricState:
    r"""$\rho = e^{\mathcal{L} t} \rho$, $\mathrm{Tr} \rho = 1$, found from two unequal starts that must agree.

    Raises
    ------
    ConvergenceError
        If the residual of the generator exceeds `tolerance`, or the two do not agree.
    """
    fine = max(0.01 * tolerance, FINEST)
    starts = [system.sector.coordinates(vector) for vector in _unequal_starts(system.counts)]
    state = _fixed_point(system, starts[0], fine)
    residual = float(np.linalg.norm(system.matrix @ state) / (norm(system.matrix, 1) * np.linalg.norm(state)))
    values = (system.functionals @ state)[None]
    other = system.functionals @ _fixed_point(system, starts[1], CHECK * fine)
    apart = float(np.max(np.abs(other - values) / np.maximum(np.abs(values), 1)))
    if not (residual <= tolerance and apart <= AGREE):
        raise ConvergenceError(
            f"The steady state has a relative residual of {residual:.2g} (tolerance={tolerance:g}), and two searches "
            f"found states that differ by {apart:.2g}: some atoms come to rest much more slowly than the light. Lower "
            "`tolerance` if the residual is met, raise it if not, or use `evolve`."
        )
    nowhere = np.zeros(system.counts.model.n_modes)
    return system.read(values, {"residual": residual, "error": apart}, _complex(values), nowhere)


def _fixed_point(system: CavitySystem, start: FloatArray, fine: float) -> FloatArray:
    r"""By GMRES on $(1 - e^{\mathcal{L} t} + u\, \mathrm{Tr}) \rho = u$ with a state u: the exponential takes out all
    that decays within the lifetime of a photon.
    """
    step = np.array([LIFETIMES / float(system.counts.model.net_loss.min())])

    def later(x: FloatArray) -> FloatArray:
        return system.propagated(x, step, fine, None, told=False).end

    state = later(start)
    operator = LinearOperator(
        system.matrix.shape, matvec=lambda x: x - later(x) + state * (system.trace @ x), dtype=np.float64
    )
    found, _ = gmres(operator, state, x0=state, rtol=fine, restart=KRYLOV_VECTORS, maxiter=MOST_CYCLES)
    return np.asarray(found)


def start_vector(counts: CavityCounts, start: CavityStart) -> ComplexArray:
    """The state that an evolution starts from: `start` averaged over the order of the spins in each class."""
    spins, basis = counts.spins, counts.basis
    if (np.abs(np.abs(start.bloch[:, 2]) - 1) <= UPRIGHT).all():
        up = np.bincount(spins.label, spins.turned(start.bloch)[:, 2] > 0).astype(np.int64)
        parts = [
            factor.configuration(int(n)).astype(np.complex128) for factor, n in zip(basis.classes, up, strict=True)
        ]
    else:
        vectors = class_vectors(spins, start.bloch)
        one_spin = [np.array([1 + z, x - 1j * y, x + 1j * y, 1 - z]) / 2 for x, y, z in vectors]
        parts = [factor.product(s) for factor, s in zip(basis.classes, one_spin, strict=True)]
    light: ComplexArray = np.ones((1, 1), np.complex128)
    for mode in modes_at_start(start, counts.displacement, counts.levels)[0]:
        light = np.asarray(np.kron(light, mode))
    return np.asarray(np.kron(basis.product(parts), light.reshape(-1, order="F")))


def require_room(counts: CavityCounts, memory_gib: float) -> None:
    """An error if the generator needs more than `memory_gib`."""
    dimension = dimension_of(counts.spins.sizes) * int(np.prod(counts.levels, dtype=object)) ** 2
    need = BYTES_PER_NUMBER * dimension / 2**30
    if need > memory_gib:
        raise SizeError(
            f"{counts.model.n_spins} spins in {counts.spins.n_classes} classes with {counts.levels} Fock states need "
            f"{dimension} numbers and about {need:.3g} GiB, more than memory_gib={memory_gib:g}. Raise it, keep fewer "
            "`fock` states about a `displacement`, or use `Cumulants` or `TruncatedWigner`."
        )


def _unequal_starts(counts: CavityCounts) -> list[ComplexArray]:
    """Spins of no direction; and spins along x or all up or all down, which nothing tells but their correlations. All
    are even, and without light.
    """
    basis, dark = counts.basis, np.eye(1, counts.light**2)[0]
    mixed, along = (basis.product([factor.product([0.5, x, x, 0.5]) for factor in basis.classes]) for x in (0.0, 0.5))
    up, down = (
        basis.product(
            [factor.configuration(n).astype(np.complex128) for factor, n in zip(basis.classes, ns, strict=True)]
        )
        for ns in ([factor.size for factor in basis.classes], [0] * len(basis.classes))
    )
    return [np.asarray(np.kron(spins, dark)) for spins in (mixed, along / 2 + (up + down) / 4)]


def _complex(values: FloatArray) -> ComplexArray:
    """From real parts and then imaginary parts, along the last axis."""
    half = values.shape[-1] // 2
    return np.asarray(values[..., :half] + 1j * values[..., half:])


def _nothing(x: FloatArray) -> FloatArray:  # noqa: ARG001
    return np.empty(0)
