"""What every run of a network shares, and one run."""

from dataclasses import dataclass

import numpy as np

from cavity_hopfield._checks import frozen
from cavity_hopfield._typing import ComplexArray, FloatArray, IntArray
from cavity_hopfield.network import OpenHopfield, configuration_rates
from cavity_hopfield.theory.jumps._kernels import run
from cavity_hopfield.theory.jumps._observable_kernels import fill_energies

MOST_ORDER = 24
"""Highest order of the Taylor series, and so the number of state vectors that a run keeps."""
PADDING = 72
"""Numbers between two state vectors, so that equal places of all of them do not compete for one line of the cache."""
ROOM = 1024
"""Jumps written before the compiled loop hands them over."""
REAL = 1e-14
"""Imaginary part, beside a real one of norm 1, that passes as round-off."""


@dataclass(frozen=True, eq=False)
class Run:
    """What one run leaves: Bloch vectors (T, N, 3), energies and flips (T,) at the times; every jump; the bound on the
    error of the state.
    """

    bloch: FloatArray
    energy: FloatArray
    flips: IntArray
    jump_times: FloatArray
    spins: IntArray
    directions: IntArray
    error: float


@dataclass(frozen=True, eq=False)
class Rates:
    r"""$W_i(\sigma)$ (N, 2^N), $\Lambda(\sigma) = \sum_i W_i(\sigma)$ and $E(\sigma)$ (2^N,) of a network."""

    rates: FloatArray
    total: FloatArray
    energies: FloatArray
    drive: float

    @classmethod
    def of(cls, network: OpenHopfield) -> "Rates":
        """The tables of `network`."""
        rates = configuration_rates(network)
        energies = np.empty(rates.shape[1])
        fill_energies(network.couplings, energies)
        return cls(rates, rates.sum(axis=0), energies, network.drive)

    def run(
        self, start: FloatArray, times: FloatArray, end: float, tolerance: float, stream: np.random.Generator
    ) -> Run:
        """One run to `end`, observed at `times`, from the real and imaginary parts `start` (P, 2^N)."""
        parts, dimension = start.shape
        terms = np.empty((parts, MOST_ORDER + 1, dimension + PADDING))
        terms[:, 0, :dimension] = start
        state, scratch = np.empty((2, parts, dimension))
        bloch = np.empty((times.size, self.rates.shape[0], 3))
        energy, flips = np.empty(times.size), np.empty(times.size, np.int64)
        clock, counts = np.zeros(3), np.zeros(2, np.int64)
        jump_times, channels = np.empty(ROOM), np.empty(ROOM, np.int64)
        found: list[tuple[FloatArray, IntArray]] = []
        written = ROOM
        while written == ROOM:
            written = run(
                self.rates, self.total, self.energies, self.drive, tolerance, times, end, stream, clock, counts, terms,
                state, scratch, bloch, energy, flips, jump_times, channels,
            )  # fmt: skip
            found.append((jump_times[:written].copy(), channels[:written].copy()))
        when, which = (np.concatenate(pieces) for pieces in zip(*found, strict=True))
        return Run(bloch, energy, flips, when, which // 2, 2 * (which % 2) - 1, float(clock[2]))


def real_parts(ket: ComplexArray, n_spins: int) -> FloatArray:
    r"""$\phi_\sigma = i^{n_\downarrow(\sigma)} \psi_\sigma$ up to a phase, as real and imaginary part (P, 2^N).

    One part is enough, P = 1, for configurations and all states of the y-z plane.
    """
    downs = np.zeros(1, np.int64)
    for _ in range(n_spins):
        downs = np.concatenate([downs, downs + 1])
    turned = np.array([1, 1j, -1, -1j])[downs % 4] * ket
    largest = turned[np.abs(turned).argmax()]
    turned *= abs(largest) / largest
    if np.linalg.norm(turned.imag) <= REAL:
        return np.asarray(frozen(turned.real[None]))
    return np.asarray(frozen(np.stack([turned.real, turned.imag])))


def memory_gib(n_spins: int, parts: int, threads: int, numbers: int) -> float:
    """What runs need, about: the table of rates and its making, the vectors of every thread, `numbers` of results."""
    dimension = 2 ** min(n_spins, 1000)
    # all configurations pass through three arrays of whole numbers
    making = 24.0 * n_spins * dimension
    running = 8.0 * dimension * (n_spins + 2 + 8 + threads * (parts * (MOST_ORDER + 3) + 2))
    return float((max(making, running) + 8.0 * numbers) / 2**30)
