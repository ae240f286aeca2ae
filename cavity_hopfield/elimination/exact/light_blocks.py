r"""The light between two configurations of the spins, in a truncated Fock space, and the inverse of its generator.

Without the drive every block $\chi = \langle\sigma|\rho|\sigma'\rangle$ of the density matrix goes its own way,

$$\dot\chi = \mathcal{L}_{xx'} \chi = -i (H_x \chi - \chi H_{x'}) + \sum_\mu \gamma_\mu D[a_\mu] \chi
+ \kappa_\mu D[a_\mu^\dagger] \chi, \qquad
H_x = \sum_\mu \omega_\mu a_\mu^\dagger a_\mu + x_\mu (a_\mu + a_\mu^\dagger),$$

a sum over the modes. Blocks of light are stacked by columns, mode by mode.
"""

from dataclasses import dataclass, field
from functools import cache
from itertools import product as product_of

import numpy as np
from scipy.linalg import schur
from scipy.sparse import csc_array, csr_array, eye_array
from scipy.sparse.linalg import SuperLU, splu

from cavity_hopfield._typing import ComplexArray, FloatArray
from cavity_hopfield.elimination.spin_generator import force_labels
from cavity_hopfield.model import MultimodeDicke
from cavity_hopfield.operators import adjoint, annihilation, configurations, dissipator, turning

STILL = 1e-6
"""An eigenvalue of a mode's generator that decays more slowly, beside its net loss, is the zero of its stationary
state."""


@dataclass(frozen=True, eq=False)
class ModeGenerator:
    r"""$\mathcal{L}_{xx'}$ of one mode as a function of the two forces, of which it is linear."""

    levels: int
    net_loss: float
    at_rest: csr_array
    per_left: csr_array
    per_right: csr_array

    @classmethod
    def of(cls, dicke: MultimodeDicke, mode: int, levels: int) -> "ModeGenerator":
        """The generator of one mode of a platform with Fock states below `levels`."""
        a, none = annihilation(levels), csr_array((levels, levels), dtype=np.complex128)
        up = adjoint(a)
        quadrature, number = csr_array(a + up), csr_array(float(dicke.omega[mode]) * up @ a)
        lost, gained = float(dicke.loss[mode]), float(dicke.gain[mode])
        return cls(
            levels=levels,
            net_loss=lost - gained,
            at_rest=csr_array(turning(number) + lost * dissipator(a) + gained * dissipator(up)),
            per_left=turning(quadrature, none),
            per_right=turning(none, quadrature),
        )

    def between(self, left: float, right: float) -> csr_array:
        """The generator between the forces `left` and `right`, shape (levels^2, levels^2)."""
        return csr_array(self.at_rest + left * self.per_left + right * self.per_right)

    def relaxed(self, force: float) -> ComplexArray:
        """The stationary state under `force`, stacked (levels^2,): the null vector of the generator with trace one, and
        not the displaced thermal state, which a truncated mode does not hold still.
        """
        first = np.zeros(self.levels**2, np.complex128)
        first[0] = 1.0
        return np.asarray(_pinned(self.between(force, force)).solve(first))

    def schur(self, left: float, right: float) -> tuple[ComplexArray, ComplexArray]:
        """Triangle and unitary basis between two forces; the zero of a stationary state comes last."""
        generator: ComplexArray = self.between(left, right).toarray()
        shift = STILL * self.net_loss * np.eye(len(generator))
        triangle, basis, _ = schur(generator + shift, output="complex", sort="lhp")  # decaying eigenvalues first
        return triangle - shift, basis


def _pinned(generator: csr_array) -> SuperLU:
    """The factors of a singular generator whose first equation, which follows from the others, is replaced by that for
    the trace.
    """
    system = generator.tolil()
    system[0, :] = trace_of(round(np.sqrt(generator.shape[0])))
    return splu(csc_array(system))


def trace_of(levels: int) -> FloatArray:
    """The row that takes the trace of a stacked matrix, (levels^2,)."""
    return np.eye(levels).ravel()


def product(factors: list[FloatArray] | list[ComplexArray]) -> ComplexArray:
    """The tensor product of vectors, the first one slowest."""
    total = np.ones(1, np.complex128)
    for factor in factors:
        total = np.outer(total, factor).ravel()
    return total


@dataclass(frozen=True, eq=False)
class _Inverse:
    r"""$\mathcal{L}_{xx'}^{-1}$, by Schur forms of all modes but the last and a sparse factorisation of that one.

    In the Schur bases the generator is triangular in the first modes, so that their indices are substituted backwards
    and the last mode is solved for with a shift. Between equal forces, where the generator is singular, the light
    without its trace is solved for.
    """

    generator: csr_array
    triangles: tuple[ComplexArray, ...]
    bases: tuple[ComplexArray, ...]
    singular: bool
    _factors: dict[complex, SuperLU] = field(default_factory=dict)

    def __call__(self, right: ComplexArray) -> ComplexArray:
        """The solution for the right-hand sides (D_1, ..., D_M, C)."""
        turned = right
        for axis, basis in enumerate(self.bases):
            turned = _along(basis.conj().T, turned, axis)
        solution = self._substitute(turned, 0, 0j, self.singular)
        for axis, basis in enumerate(self.bases):
            solution = _along(basis, solution, axis)
        return solution

    def _substitute(self, right: ComplexArray, mode: int, shift: complex, singular: bool) -> ComplexArray:
        """The solution in the Schur bases, from the modes `mode` and later, with `shift` for those before."""
        if mode == len(self.triangles):
            return self._last_mode(right, shift, singular)
        solution = right.copy()
        self._backwards(solution, slice(0, len(right)), mode, shift, singular)
        return solution

    def _backwards(self, solution: ComplexArray, rows: slice, mode: int, shift: complex, singular: bool) -> None:
        """Turn right-hand sides into solutions in place, the later half of `rows` first."""
        triangle, middle = self.triangles[mode], (rows.start + rows.stop) // 2
        if rows.stop - rows.start == 1:
            k = rows.start
            last = singular and k == len(triangle) - 1
            solution[k] = self._substitute(solution[k], mode + 1, shift + complex(triangle[k, k]), last)
            return
        earlier, later = slice(rows.start, middle), slice(middle, rows.stop)
        self._backwards(solution, later, mode, shift, singular)
        solution[earlier] -= np.tensordot(triangle[earlier, later], solution[later], 1)
        self._backwards(solution, earlier, mode, shift, singular)

    def _last_mode(self, right: ComplexArray, shift: complex, singular: bool) -> ComplexArray:
        if shift not in self._factors and not singular:
            one = eye_array(self.generator.shape[0], dtype=np.complex128)
            self._factors[shift] = splu(csc_array(self.generator + shift * one))
        if not singular:
            return np.asarray(self._factors[shift].solve(right))
        if 0j not in self._factors:
            self._factors[0j] = _pinned(self.generator)
        traceless = right.copy()
        traceless[0] = 0.0
        return np.asarray(self._factors[0j].solve(traceless))


def _along(matrix: ComplexArray, values: ComplexArray, axis: int) -> ComplexArray:
    return np.moveaxis(np.tensordot(matrix, values, (1, axis)), 0, axis)


class LightBlocks:
    r"""$\mathcal{G}$, the inverse of the generator without drive on what is not relaxed, for all blocks at once.

    Blocks are arrays (D, 2^N, 2^N, C): the light stacked, the configurations left and right, and C columns. Modes
    stand in the order of their levels, the largest last.
    """

    def __init__(self, dicke: MultimodeDicke, levels: tuple[int, ...]) -> None:
        labels = force_labels(dicke)
        first = np.unique(labels, return_index=True)[1]
        self.labels = labels
        self.members = [np.flatnonzero(labels == label) for label in range(len(first))]
        self.order = sorted(range(dicke.n_modes), key=lambda mode: levels[mode])
        self.modes = [ModeGenerator.of(dicke, mode, levels[mode]) for mode in self.order]
        self.forces = dicke.force(configurations(dicke.n_spins)[first])[:, self.order]
        self.shape = tuple(mode.levels**2 for mode in self.modes)
        self.trace = product([trace_of(mode.levels) for mode in self.modes])
        self.relaxed = np.array(
            [
                product([mode.relaxed(float(force)) for mode, force in zip(self.modes, forces, strict=True)])
                for forces in self.forces
            ]
        )
        self._schur = cache(lambda place, left, right: self.modes[place].schur(left, right))
        pairs = product_of(range(len(first)), repeat=2)
        self._inverses = {(left, right): self._inverse(left, right) for left, right in pairs}

    def solve(self, right: ComplexArray) -> ComplexArray:
        r"""$\mathcal{G} B$: the blocks X with $\mathcal{L} X = B$, where between equal forces the relaxed light with
        the trace of B is taken from B, and X has no trace.
        """
        solution = np.empty_like(right)
        for (left, other), inverse in self._inverses.items():
            here = np.ix_(np.arange(len(right)), self.members[left], self.members[other])
            block = right[here]
            flat = block.reshape(len(right), -1)
            if left == other:
                flat = flat - np.outer(self.relaxed[left], self.trace @ flat)
            solution[here] = inverse(flat.reshape(*self.shape, -1)).reshape(block.shape)
        return solution

    def photon_rows(self) -> ComplexArray:
        """The rows whose product with a stacked light is the photon number of each mode, (M, D)."""
        rows = np.empty((len(self.modes), self.trace.size), np.complex128)
        for place, mode in enumerate(self.order):
            factors = [trace_of(each.levels) for each in self.modes]
            factors[place] = np.diag(np.arange(self.modes[place].levels, dtype=float)).ravel()
            rows[mode] = product(factors)
        return rows

    def _inverse(self, left: int, right: int) -> _Inverse:
        *outer, last = zip(self.forces[left].tolist(), self.forces[right].tolist(), strict=True)
        triangles = [self._schur(place, *forces) for place, forces in enumerate(outer)]
        return _Inverse(
            generator=self.modes[-1].between(*last),
            triangles=tuple(triangle for triangle, _ in triangles),
            bases=tuple(basis for _, basis in triangles),
            singular=left == right,
        )
