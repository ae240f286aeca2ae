"""What all runs of a Dicke model share, and one run."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array, diags_array

from cavity_hopfield._typing import ComplexArray, FloatArray, IntArray
from cavity_hopfield.cavity import CavitySpace
from cavity_hopfield.cavity.options import allowed
from cavity_hopfield.cavity.pure_states.diagonals import DiagonalOperators, norm_bound, real_parts
from cavity_hopfield.cavity.pure_states.readout import readout_operators
from cavity_hopfield.cavity.pure_states.runs import mode_strides
from cavity_hopfield.model import MultimodeDicke
from cavity_hopfield.operators import adjoint
from cavity_hopfield.operators.superoperators import Jump
from cavity_hopfield.theory.jumps._cavity_kernels import run_light

MOST_ORDER = 40
"""Highest order of the Taylor series, and so the number of state vectors that a run keeps."""
ROOM = 1024
"""Jumps written before the compiled loop hands them over."""


@dataclass(frozen=True, eq=False)
class LightRun:
    """What one run leaves: means in the state (T, K) and jumps so far (T,) at the times; every jump; the bound on the
    error of the state; the largest probability (M, L) of each Fock state; the matrices of one mode (T, L, L) at the
    times, if they were asked for.
    """

    found: ComplexArray
    tally: IntArray
    jump_times: FloatArray
    channels: IntArray
    error: float
    populations: FloatArray
    light: ComplexArray


@dataclass(frozen=True, eq=False)
class LightWanted:
    """Of which mode the matrices are wanted, and the condition on the overlap with a pattern (N,), if there is one."""

    mode: int
    pattern: FloatArray | None
    bound: float

    def weights(self, space: CavitySpace) -> FloatArray:
        """1 for the states (D,) of the product basis that fulfil the condition, 0 for the others."""
        if self.pattern is None:
            return np.ones(space.size)
        return allowed(space.overlap(self.pattern), self.bound).astype(np.float64)


def counted_channels(space: CavitySpace) -> tuple[csr_array, list[Jump]]:
    r"""The Hamiltonian and the channels whose jumps are photons: $\sqrt\gamma\, a$ and $\sqrt\kappa\, a^\dagger$ with
    $a = \beta + b$ in the frame of `space`, where its own channels $\sqrt\gamma\, b$ would count those of a light that
    is mixed with another.
    """
    hamiltonian, jumps = space.hamiltonian, list[Jump]()
    model = space.model
    for mode, (loss, gain) in enumerate(zip(model.loss, model.gain, strict=True)):
        beta, b = complex(space.displacement[mode]), space.lowering(mode)
        turn = -0.5j * float(loss - gain) * np.conj(beta) * b
        hamiltonian = hamiltonian + turn + adjoint(csr_array(turn))
        a = space.annihilation(mode)
        jumps += [(float(loss), a), (float(gain), adjoint(a))]
    of_light = len([rate for rate in (*model.loss, *model.gain) if rate])
    return csr_array(hamiltonian), [*(jump for jump in jumps if jump[0]), *space.jumps[of_light:]]


def channel_names(model: MultimodeDicke) -> list[str]:
    """Names of the channels in their order."""
    names = []
    for mode in range(model.n_modes):
        names += [f"loss {mode}"] + [f"gain {mode}"] * bool(model.gain[mode])
    if model.channels is not None:
        kinds = [kind for kind in ("decay", "pumping", "dephasing") if getattr(model.channels, kind)]
        names += [f"{kind} {spin}" for spin in range(model.n_spins) for kind in kinds]
    return names


@dataclass(frozen=True, eq=False)
class LightMotion:
    r"""$K = -i H - \frac12 \sum L^\dagger L$ less a number, $\sum L^\dagger L$, the jumps, and what is observed."""

    motion: DiagonalOperators
    decay: DiagonalOperators
    jumps: DiagonalOperators
    seen: DiagonalOperators
    levels: IntArray
    strides: IntArray
    reach: float
    centre: float
    mode: int
    weights: FloatArray

    @classmethod
    def of(cls, space: CavitySpace, wanted: LightWanted | None = None) -> "LightMotion":
        """The operators in `space`; if matrices of a mode are `wanted` nothing else is observed."""
        hamiltonian, jumps = counted_channels(space)
        scaled = [csr_array(np.sqrt(rate) * jump) for rate, jump in jumps]
        decay = csr_array((space.size, space.size), dtype=np.complex128)
        for jump in scaled:
            decay = decay + adjoint(jump) @ jump
        motion = csr_array(-1j * hamiltonian - 0.5 * decay)
        diagonal = motion.diagonal()
        centre = complex(
            (diagonal.real.min() + diagonal.real.max()) / 2, (diagonal.imag.min() + diagonal.imag.max()) / 2
        )
        motion = csr_array(motion - diags_array(np.full(space.size, centre)))
        return cls(
            DiagonalOperators.of([motion], space.size),
            DiagonalOperators.of([csr_array(decay)], space.size),
            DiagonalOperators.of(scaled, space.size),
            readout_operators(space) if wanted is None else DiagonalOperators.of([], space.size),
            np.array(space.levels, np.int64),
            mode_strides(space),
            norm_bound(motion),
            centre.real,
            -1 if wanted is None else wanted.mode,
            np.empty(0) if wanted is None else wanted.weights(space),
        )

    def run(
        self, ket: ComplexArray, times: FloatArray, end: float, tolerance: float, stream: np.random.Generator
    ) -> LightRun:
        """One run to `end`, observed at `times`, from the normalised `ket`."""
        terms = np.zeros((MOST_ORDER + 1, 2, ket.size))
        terms[0] = real_parts(ket)
        state, scratch = np.empty((2, 2, ket.size))
        found, tally = np.empty((times.size, self.seen.offsets.size, 2)), np.empty(times.size, np.int64)
        clock, counts = np.zeros(3), np.zeros(2, np.int64)
        populations = np.zeros((self.levels.size, self.levels.max()))
        size = self.levels[self.mode] if self.mode >= 0 else 0
        light = np.empty((times.size, 2, size, size))
        wanted = (int(self.strides[self.mode]), self.weights, light)
        jump_times, channels = np.empty(ROOM), np.empty(ROOM, np.int64)
        pieces: list[tuple[FloatArray, IntArray]] = []
        written = ROOM
        while written == ROOM:
            written = run_light(
                self.motion.diagonals, self.decay.diagonals, self.jumps.diagonals, self.jumps.bounds,
                (self.seen.offsets, self.seen.real), (self.levels, self.strides), self.reach, self.centre, tolerance,
                times, end, stream, clock, counts, terms, state, scratch, found, tally, wanted, populations,
                jump_times, channels,
            )  # fmt: skip
            pieces.append((jump_times[:written].copy(), channels[:written].copy()))
        when, which = (np.concatenate(parts) for parts in zip(*pieces, strict=True))
        matrices = light[:, 0] + 1j * light[:, 1]
        return LightRun(
            found[..., 0] + 1j * found[..., 1], tally, when, which, float(clock[2]), populations, matrices
        )  # fmt: skip
