r"""Effective rates of small systems at zero frequency, to all orders in the drive.

Let P be spanned by $|\sigma\rangle\langle\sigma'| \otimes \rho_\mathrm{rel}(x)$ with equal forces
$x_\sigma = x_{\sigma'} = x$ and the light at rest under them: what the undriven generator $\mathcal{L}_0$ leaves alone.
With the columns $A$ of P and the rows $T = \mathrm{Tr}_\mathrm{light} \langle\sigma| \cdot |\sigma'\rangle$,
$T A = 1$, the Schur complement of the full generator $\mathcal{L} = \mathcal{L}_0 + \mathcal{V}$ solves

$$\mathcal{L} X = A R, \qquad T X = 1 .$$

The undriven generator acts on every block of light by itself, so that its inverse $\mathcal{G}$ on the rest is cheap,
and $X = A - \mathcal{G} \mathcal{V} X$ is solved by GMRES, or order by order in the drive.
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.linalg import LinearOperator, gmres

from cavity_hopfield._checks import ReadOnlyArrays, frozen, real_number
from cavity_hopfield._compiled import EPSILON
from cavity_hopfield._typing import ArrayLike, ComplexArray, FloatArray, IntArray
from cavity_hopfield.elimination.cavity_rates import require_drive
from cavity_hopfield.elimination.exact.fock_levels import Levels, at_enough_levels
from cavity_hopfield.elimination.exact.light_blocks import LightBlocks
from cavity_hopfield.elimination.spin_generator import SpinGenerator, equal_force_places
from cavity_hopfield.exceptions import ConvergenceError, SizeError
from cavity_hopfield.model import MultimodeDicke
from cavity_hopfield.operators import flip_partners

ORDERS = 4
"""Orders in the drive that are kept one by one."""
SOLVED, ACCEPTED = 1e-13, 1e-11
"""Relative residual to which all orders are summed, and the one that round-off may leave."""
FEWEST_VECTORS, MOST_VECTORS, MOST_CYCLES = 80, 500, 10
"""Krylov vectors kept, as the memory allows, and how often they are built anew."""


@dataclass(frozen=True, eq=False)
class ExactRates(ReadOnlyArrays):
    r"""$R$ of $\mathcal{L} X = A R$: the rates between relaxed configurations at zero frequency, to all orders in the
    drive.

    The stationary states of R are exact, $X p_0$ with $R p_0 = 0$. Its other eigenvalues, and evolutions under it, are
    those of a memory that is short beside the rates: an eigenvalue $\lambda$ of the full generator is near
    $R / (1 - s)$ with the slip $s = \int_0^\infty \tau K(\tau)\,d\tau$ of the memory kernel $K$.

    Build with `exact_rates`.

    Attributes
    ----------
    dicke : MultimodeDicke
        The platform.
    levels : (M,) tuple of int
        Fock states kept of each mode.
    cutoff_error : float
        What raising the levels still moves, relative to the largest: of the rates, of the reduced states, or of the
        photon numbers.
    generator : SpinGenerator
        R, on the elements of the spins' density matrix between equal forces.
    series : tuple of SpinGenerator
        The contributions to R of order 1, 2, 3 and 4 in the drive. Odd orders vanish unless an odd number of flips can
        leave all forces as they were.
    spin_map : (4^N, K) array
        The spins' density matrix, stacked by columns, of each column of X.
    photon_map : (M, K) array
        The photon number of each mode in each column of X.
    """

    dicke: MultimodeDicke
    levels: tuple[int, ...]
    cutoff_error: float
    generator: SpinGenerator
    series: tuple[SpinGenerator, ...]
    spin_map: ComplexArray
    photon_map: ComplexArray

    @property
    def second_order(self) -> SpinGenerator:
        """What `SectorEquation` gives, from the truncated light."""
        return self.series[1]

    @property
    def fourth_order(self) -> SpinGenerator:
        """The next correction to the rates."""
        return self.series[3]

    def steady_state(self, initial: ArrayLike | None = None) -> ComplexArray:
        r"""$\mathrm{Tr}_\mathrm{light} X p_0$: the exact density matrix of the spins at late times, (2^N, 2^N).

        Parameters
        ----------
        initial : (N,) array of +-1, or (2^N, 2^N) array, optional
            The start with the light at rest under it; needed if there are several stationary states.

        Raises
        ------
        ArgumentError
            If there are several stationary states and no `initial` is given.
        """
        stacked = self.spin_map @ self._slow_part(initial)
        size = self.generator.dimension
        return np.asarray(stacked.reshape((size, size), order="F"))

    def photons(self, initial: ArrayLike | None = None) -> FloatArray:
        r"""$\langle a_\mu^\dagger a_\mu \rangle$ of each mode in the `steady_state`, (M,)."""
        return np.asarray((self.photon_map @ self._slow_part(initial)).real)

    def _slow_part(self, initial: ArrayLike | None) -> ComplexArray:
        relaxed = self.generator.steady_state(initial)
        return np.asarray(relaxed.reshape(-1, order="F")[self.generator.places])


def exact_rates(
    dicke: MultimodeDicke,
    levels: Levels | None = None,
    *,
    tolerance: float = 1e-6,
    memory_gib: float = 4.0,
) -> ExactRates:
    r"""$R = T \mathcal{V} X$ with $X = A - \mathcal{G} \mathcal{V} X$: exact rates of a few spins and modes.

    Parameters
    ----------
    dicke : MultimodeDicke
        The platform, with a drive.
    levels : int or (M,) tuple of int, optional
        Fock states of each mode. If omitted, raised until the answer moves by less than `tolerance`; if given, the
        answer is compared with one of more levels all the same.
    tolerance : float
        Largest `cutoff_error`.
    memory_gib : float
        Refuse a system that needs more than this.

    Returns
    -------
    ExactRates
        The rates, to all orders and order by order, with the Fock states kept and what those cut off.

    Raises
    ------
    ArgumentError
        If the drive is zero, or the levels do not fit the modes.
    SizeError
        If more memory is needed than `memory_gib`; the text gives the need and the levels reached.
    ConvergenceError
        If the orders in the drive cannot be summed to 1e-11.

    Warns
    -----
    RegimeWarning
        If `levels` are given and too few for `tolerance`.

    Examples
    --------
    >>> rates = exact_rates(MultimodeDicke(g=[[0.5]], omega=1.0, loss=0.6, drive=0.02))
    >>> rates.levels, rates.cutoff_error < 1e-6
    ((13,), True)
    >>> second, exact = (float(g.population_rates()[0, 1]) for g in (rates.second_order, rates.generator))
    >>> round(2 * second, 8), round(2 * exact, 8)
    (0.0028594, 0.00286024)
    """
    require_drive(dicke)
    allowed = real_number("memory_gib", memory_gib, above=0.0)
    reduced, each, moved = at_enough_levels(
        dicke, levels, tolerance, lambda kept: _eliminated(dicke, kept, allowed), _Reduced.distance
    )
    return reduced.result(dicke, each, moved)


@dataclass(frozen=True, eq=False)
class _Reduced:
    """R and what it is made of, at one cutoff."""

    places: IntArray
    generator: ComplexArray
    series: ComplexArray
    spin_map: ComplexArray
    photon_map: ComplexArray

    def distance(self, other: "_Reduced") -> float:
        """The largest difference of a part, relative to the largest element of that part."""
        moved = 0.0
        for part in ("generator", "spin_map", "photon_map"):
            fine, coarse = getattr(self, part), getattr(other, part)
            if fine.any():
                moved = max(moved, float(np.abs(fine - coarse).max() / np.abs(fine).max()))
        return moved

    def result(self, dicke: MultimodeDicke, levels: tuple[int, ...], error: float) -> ExactRates:
        spin_generators = (
            SpinGenerator(dicke, self.places, csr_array(matrix), 1e3 * EPSILON)
            for matrix in (self.generator, *self.series)
        )
        generator, *series = spin_generators
        return ExactRates(
            dicke, levels, error, generator, tuple(series), frozen(self.spin_map), frozen(self.photon_map)
        )


def _eliminated(dicke: MultimodeDicke, levels: tuple[int, ...], memory_gib: float) -> _Reduced:
    room = _vectors_that_fit(dicke, levels, memory_gib)
    elimination = _Elimination(dicke, levels, room)
    count, at_once = elimination.places.size, max(1, room // FEWEST_VECTORS)
    pieces = [elimination.columns(np.arange(start, min(start + at_once, count))) for start in range(0, count, at_once)]
    generator, series, spin_map, photon_map = (np.concatenate(parts, axis=-1) for parts in zip(*pieces, strict=True))
    return _Reduced(elimination.places, generator, series, spin_map, photon_map)


def _vectors_that_fit(dicke: MultimodeDicke, levels: tuple[int, ...], memory_gib: float) -> int:
    """How many columns of X fit into the memory, beside the factors of all blocks."""
    n_spins, ordered = dicke.n_spins, sorted(levels)
    light = float(np.prod([float(size) ** 2 for size in ordered]))
    outer, last = light / ordered[-1] ** 2, ordered[-1]
    pairs = 4.0 ** min(n_spins, 500)
    factors = pairs * outer * (20 * last**2 * (last + 10.0) + 1e4)
    column = 16 * light * pairs
    need = (factors + FEWEST_VECTORS * column) / 2**30
    if need > memory_gib:
        raise SizeError(
            f"Exact rates of {n_spins} spins with {levels} Fock levels need about {need:.3g} GiB, more than "
            f"memory_gib={memory_gib:g}. Take fewer spins or modes, a larger `tolerance`, or `SectorEquation`."
        )
    return int((memory_gib * 2**30 - factors) / column)


class _Elimination:
    """The projection of one platform at one cutoff."""

    def __init__(self, dicke: MultimodeDicke, levels: tuple[int, ...], room: int) -> None:
        self.room = room
        self.dicke, self.places = dicke, equal_force_places(dicke)
        self.size = 2**dicke.n_spins
        self.right, self.left = np.divmod(self.places, self.size)
        self.partners = flip_partners(dicke.n_spins)
        self.blocks = LightBlocks(dicke, levels)

    def columns(self, which: IntArray) -> tuple[ComplexArray, ...]:
        """Columns `which` of R (K, C), of its orders (4, K, C), and the reduced states and photons they stand for."""
        relaxed = self.relaxed(which)
        series, term = [], relaxed
        for _ in range(ORDERS):
            driven = self.driven(term)
            series.append(self.reduced(driven))
            term = -self.blocks.solve(driven)
        solution = relaxed + self.summed(relaxed)
        spins = np.tensordot(self.blocks.trace, solution, 1)
        light = np.einsum("dssc->dc", solution)
        stacked = np.swapaxes(spins, 0, 1).reshape(self.size**2, -1)
        return self.reduced(self.driven(solution)), np.array(series), stacked, self.blocks.photon_rows() @ light

    def relaxed(self, which: IntArray) -> ComplexArray:
        """Columns of A, (D, 2^N, 2^N, C)."""
        left, right = self.left[which], self.right[which]
        columns = np.zeros((self.blocks.trace.size, self.size, self.size, which.size), np.complex128)
        columns[:, left, right, np.arange(which.size)] = self.blocks.relaxed[self.blocks.labels[left]].T
        return columns

    def driven(self, columns: ComplexArray) -> ComplexArray:
        r"""$-i \Omega \sum_i [\sigma^x_i, \cdot]$ of blocks."""
        total = np.zeros_like(columns)
        for flipped in self.partners.T:
            total += columns[:, flipped] - columns[:, :, flipped]
        total *= -1j * self.dicke.drive
        return total

    def reduced(self, columns: ComplexArray) -> ComplexArray:
        """$T$ of blocks, (K, C)."""
        return np.asarray(np.tensordot(self.blocks.trace, columns, 1)[self.left, self.right])

    def summed(self, relaxed: ComplexArray) -> ComplexArray:
        r"""$Y = X - A$ from $(1 + \mathcal{G} \mathcal{V}) Y = -\mathcal{G} \mathcal{V} A$."""
        driven = self.driven(relaxed)
        first = -self.blocks.solve(driven)

        def step(flat: ComplexArray) -> ComplexArray:
            columns = flat.reshape(relaxed.shape)
            return np.asarray((columns + self.blocks.solve(self.driven(columns))).ravel())

        operator = LinearOperator((first.size, first.size), step, dtype=np.complex128)
        kept = min(MOST_VECTORS, self.room // relaxed.shape[-1])
        floor = EPSILON * float(np.linalg.norm(driven))
        solution, failed = gmres(operator, first.ravel(), rtol=SOLVED, atol=floor, restart=kept, maxiter=MOST_CYCLES)
        rest = float(np.linalg.norm(first.ravel() - operator @ solution)) if failed else 0.0
        if rest > ACCEPTED * float(np.linalg.norm(first)):
            raise ConvergenceError(
                f"The orders in the drive {self.dicke.drive:g} could not be summed: the residual is "
                f"{rest / float(np.linalg.norm(first)):.1e}, not {SOLVED:g}. Lower the drive, or raise `memory_gib`."
            )
        return np.asarray(solution.reshape(relaxed.shape))
