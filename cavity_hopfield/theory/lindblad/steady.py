"""Steady states of open networks, without the generator's factors."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import LinearOperator, gmres

from cavity_hopfield._checks import real_number
from cavity_hopfield._typing import ComplexArray, FloatArray
from cavity_hopfield.dynamics import Observables
from cavity_hopfield.dynamics.accuracy import USUAL, checked_tolerance
from cavity_hopfield.exceptions import ArgumentError, ConvergenceError, SizeError
from cavity_hopfield.network import OpenHopfield, configuration_rates, require_single_flips, spin_observables
from cavity_hopfield.operators import configurations, flip_partners
from cavity_hopfield.operators.qutip_door import state
from cavity_hopfield.theory.lindblad._block_kernels import stationary
from cavity_hopfield.theory.lindblad.preconditioner import Elimination
from cavity_hopfield.theory.lindblad.sectors import Sector, memory_gib

if TYPE_CHECKING:
    from qutip import Qobj

KRYLOV_VECTORS, MOST_CYCLES = 150, 6
"""Vectors kept, and how often they are built anew."""
FINEST = 1e-13
"""Smallest relative residual that is asked for."""
LARGEST_ERROR = 1e-6
"""Estimated error of a state above which it counts as not found: its transitions are too slow for round-off."""
SURELY_ONE = 1e-6
"""Relative residual that tells a generator without a second zero from one with it."""
PARTS_OF_MEMORY = 4
"""The blocks, their inverses and the Krylov vectors beside the generator, in its sizes."""


@dataclass(frozen=True, eq=False)
class SteadyState:
    r"""$\mathcal{L} \rho = 0$, $\mathrm{Tr} \rho = 1$.

    Build with `solve_steady_state`.

    Attributes
    ----------
    network : OpenHopfield
        Whose it is.
    matrix : (2^N, 2^N) array
        $\rho$ in the product basis.
    residual : float
        $\Vert \mathcal{L} \rho \Vert$, the root of the sum of squares over all elements.
    error : float
        The estimated distance to the exact state, in the same norm: the residual beside how slow the generator is.
    iterations : int
        Steps of GMRES.
    """

    network: OpenHopfield
    matrix: ComplexArray
    residual: float
    error: float
    iterations: int

    def observables(self) -> Observables:
        """What `spin_observables` names, without dimensions of time, and the purity."""
        n, rho = self.network.n_spins, self.matrix
        spins, places = configurations(n).astype(np.float64), np.arange(2**n)
        populations = rho.diagonal().real
        turned = np.array([rho[places, after] for after in flip_partners(n).T])
        # the element of sigma^y that leads from up to down is i
        bloch = np.stack(
            [turned.sum(axis=1).real, (1j * turned * spins.T).sum(axis=1).real, spins.T @ populations], axis=1
        )
        energy = np.asarray(populations @ self.network.energy(spins))
        return {
            **spin_observables(self.network, bloch, energy),
            "purity": ((), np.asarray(np.sum(np.abs(rho) ** 2))),
        }

    def qobj(self) -> "Qobj":
        r"""$\rho$ as a `qutip.Qobj`."""
        return state(self.matrix, (2,) * self.network.n_spins)


def steady_density_matrix(network: OpenHopfield, *, tolerance: float = USUAL, memory_gib: float = 4.0) -> "Qobj":
    r"""$\mathcal{L} \rho = 0$, $\mathrm{Tr} \rho = 1$ as a `qutip.Qobj`: what `Lindblad.steady_state` observes.

    Parameters
    ----------
    network : OpenHopfield
        The network, with individual jumps.
    tolerance : float
        Largest residual, from 1e-12 to 1e-2.
    memory_gib : float
        Refuse a network that needs more than this.

    Returns
    -------
    qutip.Qobj
        $\rho$, factors in the order of the spins.

    Raises
    ------
    ArgumentError
        If there are several steady states, or the jumps are collective.
    SizeError
        If more memory is needed than `memory_gib`; the text gives the need.
    ConvergenceError
        If the residual exceeds `tolerance`, or the generator is so slow that round-off hides the state.

    Examples
    --------
    >>> from cavity_hopfield import Glauber
    >>> spin = OpenHopfield([[0.0]], rate_law=Glauber(temperature=0.5))
    >>> steady_density_matrix(spin).diag()
    array([0.5, 0.5])
    """
    return solve_steady_state(network, tolerance=tolerance, memory_gib=memory_gib).qobj()


def solve_steady_state(network: OpenHopfield, *, tolerance: float = USUAL, memory_gib: float = 4.0) -> SteadyState:
    r"""$\mathcal{L} \rho = 0$, $\mathrm{Tr} \rho = 1$ of a network whose spins flip one by one.

    With a drive by GMRES on the even coherences of the even symmetric sector (see `Elimination`); without, the
    stationary state of the rates, accurate relative to each probability.

    Options and errors are those of `Lindblad.steady_state`.

    Notes
    -----
    If no rate vanishes the steady state is one and has full rank (D. E. Evans, Commun. Math. Phys. 54, 293 (1977)):
    from any state the jumps lead to any configuration. Where some vanish, uniqueness is found out.

    Examples
    --------
    >>> from cavity_hopfield import Glauber, Patterns
    >>> network = OpenHopfield(Patterns([[1, 1, -1, 1]]), rate_law=Glauber(temperature=0.5), drive=0.4)
    >>> found = solve_steady_state(network, tolerance=1e-12)
    >>> found.residual < 1e-12, bool(abs(found.matrix.trace() - 1) < 1e-12)
    (True, True)
    """
    largest = checked_tolerance("tolerance", tolerance)
    require_single_flips(network, "Lindblad")
    _check_size(network.n_spins, real_number("memory_gib", memory_gib, above=0.0))
    rates = configuration_rates(network)
    if network.drive == 0:
        found = _classical(network, rates)
    else:
        if not rates.min() > 0:
            _require_unique(network)
        found = _driven(network, largest)
    if not (found.residual <= largest and found.error <= max(largest, LARGEST_ERROR)):
        raise ConvergenceError(
            f"The steady state is known to a residual of {found.residual:.1e} and an error of about {found.error:.1e} "
            f"after {found.iterations} iterations, beyond tolerance={largest:g}. Transitions slower than round-off "
            "hide it: raise the temperature, or `tolerance` if the residual is all that is amiss."
        )
    return found


def _driven(network: OpenHopfield, tolerance: float) -> SteadyState:
    """The null vector of the even symmetric sector."""
    sector = Sector.of(network)
    system = Elimination.of(sector)
    kept, iterations = _gmres(system, -system.scale * system.trace, max(0.01 * tolerance, FINEST))
    whole = system.whole(kept)
    whole /= float(sector.trace @ whole)
    residual = np.asarray(sector.generator @ whole)
    return SteadyState(
        network, sector.matrix(whole), float(np.linalg.norm(residual)), system.error_of(residual), iterations
    )


def _gmres(system: Elimination, right: FloatArray, relative: float) -> tuple[FloatArray, int]:
    """The solution of `system`, preconditioned from the left so that the residual is one of states, and iterations."""
    count = 0

    def product(x: FloatArray) -> FloatArray:
        nonlocal count
        count += 1
        return system.nearly_solve(system.product(x))

    operator = LinearOperator((right.size, right.size), matvec=product, dtype=np.float64)
    solution, _ = gmres(
        operator, system.nearly_solve(right), rtol=relative, restart=KRYLOV_VECTORS, maxiter=MOST_CYCLES
    )
    return np.asarray(solution), count


def _classical(network: OpenHopfield, rates: FloatArray) -> SteadyState:
    """The stationary state of the chain of single flips."""
    size = rates.shape[1]
    chain = np.zeros((size, size))
    chain[np.arange(size)[:, None], flip_partners(network.n_spins)] = rates.T
    n_groups, group = connected_components(csr_array(chain), connection="strong")
    leaving = np.zeros(n_groups, np.bool_)
    before, after = np.nonzero(chain)
    leaving[group[before[group[before] != group[after]]]] = True
    if np.sum(~leaving) > 1:
        raise ArgumentError(
            f"Argument `model` must have one steady state, but its rates have {np.sum(~leaving)} sets of "
            "configurations that are never left. Raise the temperature, or evolve the initial state to late times."
        )
    members = np.flatnonzero(~leaving[group])
    weights = np.empty(members.size)
    stationary(chain[np.ix_(members, members)], weights)
    probability = np.zeros(size)
    probability[members] = weights / weights.sum()
    change = chain.T @ probability - chain.sum(axis=1) * probability
    return SteadyState(network, np.diag(probability).astype(np.complex128), float(np.linalg.norm(change)), 0.0, 0)


def _require_unique(network: OpenHopfield) -> None:
    """An error if any sector has another zero: a solution for a right-hand side at random does not exist then."""
    stream = np.random.default_rng(0)
    for transposition in (1, -1):
        for parity in (1, -1):
            sector = Sector.of(network, transposition, parity)
            if not sector.size:
                continue
            system = Elimination.of(sector)
            right = stream.standard_normal(system.kept.size)
            right /= np.linalg.norm(right)
            solution, _ = _gmres(system, right, SURELY_ONE**2)
            missed = float(np.linalg.norm(system.product(solution) - right))
            if missed > SURELY_ONE:
                raise ArgumentError(
                    f"Argument `model` must have one steady state, but has several: some rates vanish, and a change of "
                    f"norm 1 is met to {missed:.1e} only. Raise the temperature, or evolve the initial state to late "
                    "times."
                )


def _check_size(n_spins: int, allowed: float) -> None:
    need = PARTS_OF_MEMORY * memory_gib(n_spins)
    if need > allowed:
        raise SizeError(
            f"The steady state of {n_spins} spins needs about {need:.3g} GiB, more than memory_gib={allowed:g}. Raise "
            "`memory_gib`, or use quantum jumps, whose memory grows with the root of that."
        )
