"""What all runs share that a heterodyne detector watches, and one run."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array, diags_array

from cavity_hopfield._typing import ComplexArray, FloatArray, IntArray
from cavity_hopfield.cavity import CavitySpace
from cavity_hopfield.cavity.pure_states.diagonals import DiagonalOperators, norm_bound, real_parts
from cavity_hopfield.cavity.pure_states.readout import readout_operators
from cavity_hopfield.cavity.pure_states.runs import mode_strides
from cavity_hopfield.model import MultimodeDicke
from cavity_hopfield.operators import adjoint
from cavity_hopfield.theory.heterodyne._kernels import run_record

VECTORS = 6
"""State vectors that a run keeps."""
PER_RATE = 0.1
"""The step in units of the fastest rate."""


@dataclass(frozen=True, eq=False)
class RecordRun:
    """What one run leaves: means in the state (T, K); the integral (T, M) of the field that leaves over each bin, in
    the frame of the space; the largest probability (M, L) of each Fock state.
    """

    found: ComplexArray
    signal: ComplexArray
    populations: FloatArray


@dataclass(frozen=True, eq=False)
class RecordMotion:
    r"""$K = -i H - \frac12 \sum L^\dagger L$ less a number, the channels, and what is observed."""

    motion: DiagonalOperators
    jumps: DiagonalOperators
    seen: DiagonalOperators
    levels: IntArray
    strides: IntArray
    reach: float
    losses: IntArray

    @classmethod
    def of(cls, space: CavitySpace) -> "RecordMotion":
        """The operators in `space`; a displacement of the modes changes nothing but the mean of the record."""
        scaled = [csr_array(np.sqrt(rate) * jump) for rate, jump in space.jumps]
        motion = csr_array(-1j * space.hamiltonian)
        for jump in scaled:
            motion = motion - 0.5 * adjoint(jump) @ jump
        diagonal = motion.diagonal()
        real = float(diagonal.real.min() + diagonal.real.max()) / 2
        imag = float(diagonal.imag.min() + diagonal.imag.max()) / 2
        motion = csr_array(motion - diags_array(np.full(space.size, complex(real, imag))))
        # the channels of light come first, loss and, if there is one, gain of each mode
        gains = (space.model.gain > 0).astype(np.int64)
        return cls(
            DiagonalOperators.of([motion], space.size),
            DiagonalOperators.of(scaled, space.size),
            readout_operators(space),
            np.array(space.levels, np.int64),
            mode_strides(space),
            norm_bound(motion),
            np.arange(gains.size) + np.cumsum(gains) - gains,
        )

    def run(
        self,
        ket: ComplexArray,
        lengths: FloatArray,
        steps: IntArray,
        stream: np.random.Generator,
        *,
        doubled: bool = False,
    ) -> RecordRun:
        """One run from the normalised `ket` through bins of such `lengths` and numbers of `steps`; `doubled` in half
        as many, with the same noise.
        """
        state, vectors = real_parts(ket), np.empty((2, 2, ket.size))
        found = np.empty((lengths.size, self.seen.offsets.size, 2))
        signal = np.empty((lengths.size, self.jumps.bounds.size - 1, 2))
        populations = np.zeros((self.levels.size, self.levels.max()))
        run_record(
            self.motion.diagonals, self.jumps.diagonals, self.jumps.bounds, (self.seen.offsets, self.seen.real),
            (self.levels, self.strides), self.reach, lengths, steps // 2 if doubled else steps, 2 if doubled else 1,
            stream, state, vectors, found, signal, populations,
        )  # fmt: skip
        recorded = signal[:, self.losses]
        return RecordRun(found[..., 0] + 1j * found[..., 1], recorded[..., 0] + 1j * recorded[..., 1], populations)


def usual_step(model: MultimodeDicke) -> float:
    r"""$0.1 / \max(\max_\mu (\omega_\mu + \frac12 (\gamma_\mu + \kappa_\mu)),\ 2\Omega,\ \Gamma)$, with the sum
    $\Gamma$ of the rates of an atom's channels.
    """
    light = float((model.omega + (model.loss + model.gain) / 2).max())
    own = model.channels
    atoms = 0.0 if own is None else own.decay + own.pumping + own.dephasing
    return PER_RATE / max(light, 2 * model.drive, atoms)


def steps_of(lengths: FloatArray, step: float) -> IntArray:
    """An even number of steps for each bin, none of them longer than `step`; none for a bin of no length."""
    return np.asarray(2 * np.ceil(lengths / (2 * step) - 1e-9), np.int64)
