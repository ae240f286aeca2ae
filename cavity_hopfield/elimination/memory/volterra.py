r"""The march of populations with memory through time, $\dot p(t) = \int_0^t K(t - s)\, p(s)\,ds$.

By Gauss collocation in equal steps. The convolution with the settled part of a kernel is carried from step to step;
what is left of the kernel dies with the memory of the modes, and only that is summed over the past.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cavity_hopfield._typing import ComplexArray, FloatArray, IntArray
from cavity_hopfield.dynamics import Progress
from cavity_hopfield.elimination.memory._memory_kernels import march_memory, march_rates
from cavity_hopfield.elimination.memory.flip_memory import FlipKernels
from cavity_hopfield.exceptions import ConvergenceError, SizeError

STAGES = 6
MOST_HALVINGS = 10
CHUNK_NUMBERS = 2_000_000
LONGEST_CHUNK = 512
NAKAJIMA_ZWANZIG, TIME_CONVOLUTIONLESS, MARKOV = "nakajima_zwanzig", "time_convolutionless", "markov"
METHODS = (NAKAJIMA_ZWANZIG, TIME_CONVOLUTIONLESS, MARKOV)
Advance = Callable[[int, FloatArray, FloatArray], bool]
"""Does the steps from a given one on, as many as fit into the starts (n, S) and slopes (n, S, m) that it fills."""


@dataclass(frozen=True, eq=False)
class FlowNetwork:
    """Which kernel moves which population where: flows (Q,), and the edges (E,) that carry them to their targets."""

    n_states: int
    flow_kernel: IntArray
    flow_source: IntArray
    edge_flow: IntArray
    edge_target: IntArray

    @classmethod
    def of(cls, flip_kernel: IntArray, partners: IntArray) -> "FlowNetwork":
        """All flips of S states, given the kernel of each and the state that it leads to, both (S, N)."""
        n_states = len(flip_kernel)
        source = np.arange(n_states)[:, None]
        n_kernels = int(flip_kernel.max()) + 1
        flows, edge_flow = np.unique(source * n_kernels + flip_kernel, return_inverse=True)
        return cls(
            n_states=n_states,
            flow_kernel=flows % n_kernels,
            flow_source=flows // n_kernels,
            edge_flow=edge_flow.reshape(-1).astype(np.int64),
            edge_target=partners.reshape(-1),
        )

    @property
    def arrays(self) -> tuple[IntArray, IntArray, IntArray, IntArray]:
        """The arrays as the compiled steps want them."""
        return self.flow_kernel, self.flow_source, self.edge_flow, self.edge_target


@dataclass(frozen=True, eq=False)
class GaussCollocation:
    r"""A step of Gauss collocation on [0, 1]: of order $2m$ at the steps and $m + 1$ between them.

    `nodes`, `weights` (m,); `stage` (m, m) and `inner` (m, m, m) integrate the polynomial through the stages from 0 to
    $c_a$ and to $c_a c_b$.
    """

    nodes: FloatArray
    weights: FloatArray

    @classmethod
    def of(cls, stages: int = STAGES) -> "GaussCollocation":
        """The rule of m = `stages`."""
        nodes, weights = np.polynomial.legendre.leggauss(stages)
        return cls((1 + nodes) / 2, weights / 2)

    def integrated(self, ends: FloatArray) -> FloatArray:
        r"""$\int_0^\theta L_e$ of the Lagrange polynomials $L_e$ of the nodes, shape (..., m), for `ends` $\theta$."""
        at_nodes = np.polynomial.legendre.legvander(2 * self.nodes - 1, self.nodes.size - 1)
        upper = np.polynomial.legendre.legvander(2 * ends - 1, self.nodes.size)
        lower = np.concatenate([-np.ones((*ends.shape, 1)), upper[..., :-2]], axis=-1)
        return np.asarray((upper[..., 1:] - lower) / 2 @ (at_nodes * self.weights[:, None]).T)

    @cached_property
    def stage(self) -> FloatArray:
        """Integrals to the nodes."""
        return self.integrated(self.nodes)

    @cached_property
    def inner(self) -> FloatArray:
        """Integrals to the nodes of the part of the step before each node."""
        return self.integrated(np.outer(self.nodes, self.nodes))


@dataclass(frozen=True, eq=False)
class Populations:
    """An initial value problem for populations (S,): with memory, or with the rates that `method` names."""

    method: str
    kernels: FlipKernels
    network: FlowNetwork
    start: FloatArray
    rule: GaussCollocation

    def converged(
        self, grid: FloatArray, tolerance: float, memory_gib: float, progress: Progress | None = None
    ) -> tuple[FloatArray, float, int]:
        """Populations (T, S) at `grid` with the steps halved until they move by less than `tolerance`, how far they
        moved last, and the number of steps.
        """
        steps = int(np.ceil(grid[-1] / self._first_step()))
        before, error = None, np.inf
        for halving in range(MOST_HALVINGS + 1):
            require_memory(self._gib(grid, steps << halving), memory_gib, self.network.n_states.bit_length() - 1)
            now = self.solve(grid, steps << halving, progress, 0.5**halving)
            if now is not None and before is not None:
                error = float(np.abs(now - before).max())
                if error <= tolerance:
                    return now, error, steps << halving
            before = now
        raise ConvergenceError(
            f"The populations still move by {error:.1e} when the steps are doubled to {steps << MOST_HALVINGS}, "
            f"more than rtol={tolerance:g}. Allow a larger `rtol`."
        )

    def solve(
        self, grid: FloatArray, n_steps: int, progress: Progress | None = None, share: float = 1.0
    ) -> FloatArray | None:
        """Populations (T, S) at `grid` by `n_steps` equal steps; None if these are too long to be solved."""
        out = np.empty((grid.size, self.network.n_states))
        out[:] = self.start
        if n_steps == 0:
            return out
        step = float(grid[-1] / n_steps)
        place = np.minimum((grid / step).astype(np.int64), n_steps - 1)
        done = 0
        for starts, slopes in self._march(step, n_steps):
            here = np.flatnonzero((place >= done) & (place < done + len(starts)))
            local = place[here] - done
            weights = step * self.rule.integrated(grid[here] / step - place[here])
            out[here] = starts[local] + np.einsum("tsm,tm->ts", slopes[local], weights)
            done += len(starts)
            if progress is not None:
                progress(1 - share + 0.5 * share * done / n_steps)
        return out if done == n_steps else None

    def _march(self, step: float, n_steps: int) -> Iterator[tuple[FloatArray, FloatArray]]:
        """Populations at the starts of steps (n, S) and their slopes at the stages (n, S, m), chunk after chunk; ends
        early if a step cannot be solved.
        """
        p = self.start.copy()
        chunk = self._chunk()
        advance = self._with_memory(step, n_steps, p) if self.method == NAKAJIMA_ZWANZIG else self._by_rates(step, p)
        for done in range(0, n_steps, chunk):
            shape = (min(chunk, n_steps - done), self.network.n_states, self.rule.nodes.size)
            starts, slopes = np.empty(shape[:2]), np.empty(shape)
            if not advance(done, starts, slopes):
                return
            yield starts, slopes

    def _with_memory(self, step: float, n_steps: int, p: FloatArray) -> Advance:
        weights = MemoryWeights.of(self.kernels, self.rule, step, self._lags(step, n_steps))
        length = weights.history.shape[2]
        window = np.zeros((p.size, 2 * length))
        held = np.zeros(self.network.flow_kernel.size, np.complex128)

        def advance(done: int, starts: FloatArray, slopes: FloatArray) -> bool:
            head = done * self.rule.nodes.size % length
            return march_memory(
                step, *weights.arrays, self.rule.weights, self.rule.stage, *self.network.arrays, head,
                p, window, held, starts, slopes,
            )  # fmt: skip

        return advance

    def _by_rates(self, step: float, p: FloatArray) -> Advance:
        def advance(done: int, starts: FloatArray, slopes: FloatArray) -> bool:
            shape = (len(starts), self.rule.nodes.size)
            if self.method == MARKOV:
                rates = np.broadcast_to(self.kernels.settled_rates[:, None, None], (self.kernels.energies.size, *shape))
            else:
                times = step * (done + np.arange(shape[0])[:, None] + self.rule.nodes)
                rates = self.kernels.accumulated(times.reshape(-1)).reshape(-1, *shape)
            return march_rates(
                step, np.ascontiguousarray(rates), self.rule.weights, self.rule.stage, *self.network.arrays,
                p, starts, slopes,
            )  # fmt: skip

        return advance

    def _first_step(self) -> float:
        """A step that follows the kernels, and that the iteration within a step can solve."""
        n_spins = self.network.n_states.bit_length() - 1
        if self.method == MARKOV:
            return float(0.5 / (n_spins * self.kernels.settled_rates.max()))
        return float(min(12 / self.kernels.fastest, 1 / np.sqrt(2 * n_spins * self.kernels.strength)))

    def _lags(self, step: float, n_steps: int) -> int:
        """The number of steps that the memory reaches back."""
        return max(1, min(int(np.ceil(self.kernels.memory_time / step)) + 1, n_steps))

    def _chunk(self) -> int:
        width = self.rule.nodes.size * max(self.network.n_states, self.kernels.energies.size)
        return min(LONGEST_CHUNK, 1 + CHUNK_NUMBERS // width)

    def _gib(self, grid: FloatArray, n_steps: int) -> float:
        """The memory that `solve` needs."""
        stages, kernels, states = self.rule.nodes.size, self.kernels.energies.size, self.network.n_states
        lags = self._lags(float(grid[-1] / n_steps), n_steps) if n_steps and self.method == NAKAJIMA_ZWANZIG else 0
        numbers = kernels * stages**2 * (lags + 4) + 2 * lags * stages * states + states * grid.size
        numbers += (
            min(self._chunk(), n_steps) * stages * (states + kernels) + 3 * stages * self.network.flow_kernel.size
        )
        return 8 * numbers / 2**30


@dataclass(frozen=True, eq=False)
class MemoryWeights:
    """What one step of the Volterra equation needs of every kernel, as `march_memory` wants it."""

    history: FloatArray
    first: FloatArray
    local: FloatArray
    decay: ComplexArray
    hop: ComplexArray
    feed: ComplexArray

    @classmethod
    def of(cls, kernels: FlipKernels, rule: GaussCollocation, step: float, lags: int) -> "MemoryWeights":
        """For equal steps, with a past of `lags` steps."""
        nodes, weights = rule.nodes, rule.weights
        delays = step * (np.arange(lags, 0, -1)[:, None] + nodes[:, None, None] - nodes)
        history = kernels.values(delays, rest=True) * (step * weights)
        inside = np.outer(nodes, 1 - nodes)
        nearby = kernels.values(step * inside) * (step * np.outer(nodes, weights))
        decays = step * kernels.settled_decays[:, None]
        return cls(
            history=history.reshape(*history.shape[:2], -1),
            first=nearby.sum(axis=2),
            local=step * np.einsum("kab,abe->kae", nearby, rule.inner),
            decay=np.exp(-decays * nodes),
            hop=np.exp(-decays[:, 0]),
            feed=kernels.amplitudes[:, None] * step * weights * np.exp(-decays * (1 - nodes)),
        )

    @property
    def arrays(self) -> tuple[FloatArray, FloatArray, FloatArray, ComplexArray, ComplexArray, ComplexArray]:
        """The arrays in the order of the compiled steps."""
        return self.history, self.first, self.local, self.decay, self.hop, self.feed


def require_memory(need: float, allowed: float, n_spins: int) -> None:
    """A `SizeError` if more than `allowed` GiB are needed."""
    if need > allowed:
        raise SizeError(
            f"The populations of {n_spins} spins and their memory need about {need:.3g} GiB, more than "
            f"memory_gib={allowed:g}. Use `KineticMonteCarlo` with the settled rates, whose memory grows with N alone."
        )
