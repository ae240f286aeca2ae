"""The memory a rung will ask for, by its own formulas: what it refuses is what `memory_gib` is compared with here."""

from collections.abc import Callable, Mapping

from cavity_hopfield.bridge.levels.workload import Workload
from cavity_hopfield.cavity.pure_states.readout import PER_CLASS, PER_MODE
from cavity_hopfield.elimination.atom_only import BYTES_PER_ELEMENT
from cavity_hopfield.elimination.atom_only import BYTES_PER_TERM as BYTES_PER_DRESSED_TERM
from cavity_hopfield.elimination.sectors import BYTES_PER_TERM
from cavity_hopfield.theory.cumulants.structure import BYTES_PER_MOMENT
from cavity_hopfield.theory.jumps.cavity_runs import MOST_ORDER
from cavity_hopfield.theory.jumps.runs import memory_gib as network_jumps_gib
from cavity_hopfield.theory.lindblad.cavity_members import MATRICES
from cavity_hopfield.theory.lindblad.evolution import VECTORS
from cavity_hopfield.theory.symmetric.cavity_solution import BYTES_PER_NUMBER
from cavity_hopfield.theory.symmetric.network_states import BYTES_PER_ENTRY, COPIES

GIB = 2.0**30
PER_SPIN = 200
"""Bytes that classical rungs hold for a spin or a coupling, and for the text of the model."""
KERNEL_BYTES = 200
"""Of the equation with memory, for a flip of a configuration, before its history."""
MASTER_COPIES = 3
"""Of the generator of a chain while it is made."""


def _lindblad(work: Workload, runs: int) -> float:  # noqa: ARG001
    return MATRICES * 8 * work.ket**2 / GIB


def _symmetric(work: Workload, runs: int) -> float:  # noqa: ARG001
    return BYTES_PER_NUMBER * work.symmetric / GIB


def _pure(vectors: int) -> Callable[[Workload, int], float]:
    def need(work: Workload, runs: int) -> float:
        parts = PER_CLASS * work.together.sizes.size + PER_MODE * work.modes
        kept = 8.0 * runs * work.times * (12 * work.spins + 30 * work.modes + 20)
        return float((work.ket * (16 * 6 * parts + 150 * parts + 16 * vectors) + kept) / GIB)

    return need


def _classical(work: Workload, runs: int) -> float:
    kept = 8.0 * work.times * (14 * work.spins + 60 * work.modes + runs)
    return (PER_SPIN * work.spins * max(work.modes, 1) + kept) / GIB


def _cumulants(work: Workload, runs: int) -> float:  # noqa: ARG001
    return work.moments * BYTES_PER_MOMENT / GIB


def _atom_only(work: Workload, runs: int) -> float:  # noqa: ARG001
    elements = work.configurations**2
    return (work.spin_entries * BYTES_PER_DRESSED_TERM + elements * work.times * BYTES_PER_ELEMENT) / GIB


def _sectors(work: Workload, runs: int) -> float:  # noqa: ARG001
    together = float(work.classes.max())
    return work.sector_elements * work.spins * (together + 2) * BYTES_PER_TERM / GIB


def _memory_equation(work: Workload, runs: int) -> float:  # noqa: ARG001
    return work.configurations * KERNEL_BYTES * work.spins / GIB


def _chain(work: Workload, runs: int) -> float:  # noqa: ARG001
    axes = work.spins if work.jumps == "individual" else work.ensemble_sizes.size
    slots = 1 + axes * (1 if work.jumps == "individual" else 2)
    return work.level_count * (12 * MASTER_COPIES * slots + axes + 8 * (8 + work.times)) / GIB


def _network_lindblad(work: Workload, runs: int) -> float:  # noqa: ARG001
    n, size = work.spins, work.configurations
    return (VECTORS * size**2 / 2 * 8 + size * 8 * (3 * n + 100) + work.times * 8 * (4 * n + size)) / GIB


def _network_symmetric(work: Workload, runs: int) -> float:  # noqa: ARG001
    return COPIES * BYTES_PER_ENTRY * work.symmetric * (10 * work.classes.size + 1) / GIB


def _network_jumps(work: Workload, runs: int) -> float:
    return network_jumps_gib(work.spins, 1, 1, runs * work.times * 20)


OF_CAVITY: Mapping[str, Callable[[Workload, int], float]] = {
    "Lindblad": _lindblad,
    "PermutationSymmetric": _symmetric,
    "QuantumJumps": _pure(MOST_ORDER + 4),
    "Heterodyne": _pure(6),
    "Cumulants": _cumulants,
    "TruncatedWigner": _classical,
    "MeanField": _classical,
    "AtomOnly": _atom_only,
    "SectorEquation": _sectors,
    "MemoryEquation": _memory_equation,
    "ClassicalMasterEquation": _chain,
    "KineticMonteCarlo": _classical,
}
OF_NETWORK: Mapping[str, Callable[[Workload, int], float]] = {
    "Lindblad": _network_lindblad,
    "PermutationSymmetric": _network_symmetric,
    "QuantumJumps": _network_jumps,
    "ClassicalMasterEquation": _chain,
    "KineticMonteCarlo": _classical,
    "TauLeaping": _classical,
    "MeanField": _classical,
}
