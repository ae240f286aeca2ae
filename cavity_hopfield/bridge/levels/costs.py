r"""What a rung costs, before it runs: operations times measured constants.

The constants were measured on one core of an ordinary server in 2026 (2 to 3 GHz), for cavities of 1 to 3 patterns and
2 to 1000 spins, and networks of 4 to 1000 spins. What a process does once is left out: the compilation of loops, and
loading computer algebra for cumulants, some seconds each. Estimates are meant to a factor of three for what was
measured, and no better than an order of magnitude for larger models and for light that a start does not tell of, far
above a threshold. `tests/benchmarks/recommend.py` holds them against the clock.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cavity_hopfield.bridge.levels.workload import Workload, limited


@dataclass(frozen=True)
class Cost:
    """Seconds = overhead + operations * each.

    Attributes
    ----------
    overhead : float
        Seconds whatever the size.
    each : float
        Seconds for one operation.
    operations : callable
        How many, of a workload and a number of runs.
    counts : str
        What an operation is.
    """

    overhead: float
    each: float
    operations: Callable[[Workload, int], float]
    counts: str

    def seconds(self, work: Workload, runs: int = 1) -> float:
        """The estimate."""
        return self.overhead + self.each * self.operations(work, runs)


def _pure_runs(work: Workload, runs: int) -> float:
    # the start of a run costs as much as 10^5 elements
    return runs * (1e5 + work.products * work.ket)


OF_A_STEP = 10
"""What a step of truncated Wigner costs beside its runs, and the runs that measure its error, in runs."""
OF_CAVITY: Mapping[str, Cost] = {
    "Lindblad": Cost(0.05, 2e-8, lambda w, _: w.products * w.ket**2, "elements of a density matrix in one product"),
    "PermutationSymmetric": Cost(0.05, 3e-8, lambda w, _: w.products * w.symmetric, "elements in one product"),
    "QuantumJumps": Cost(0.02, 1.5e-8, _pure_runs, "elements of a ket in one product"),
    "Heterodyne": Cost(0.02, 4.5e-8, _pure_runs, "elements of a ket in one product"),
    "Cumulants": Cost(0.005, 3e-7, lambda w, _: w.evaluations * w.moments, "moments in one evaluation"),
    "TruncatedWigner": Cost(
        0.02,
        2e-8,
        lambda w, runs: (runs + OF_A_STEP) * w.steps * (w.vectors + 4 * w.modes + 5),
        "components of a run in one step",
    ),
    "MeanField": Cost(0.003, 1e-7, lambda w, _: w.evaluations * (w.groups + w.modes + 50), "components in one step"),
    "AtomOnly": Cost(0.02, 1.2e-6, lambda w, _: w.spin_entries, "entries of the generator"),
    "SectorEquation": Cost(0.01, 2e-5, lambda w, _: w.sector_elements * w.spins, "flips of an element"),
    "MemoryEquation": Cost(0.05, 3e-6, lambda w, _: w.configurations * w.spins * w.memory_steps, "flips in one step"),
    "ClassicalMasterEquation": Cost(0.02, 3e-9, lambda w, _: w.chain, "rates of a level in one product"),
    "KineticMonteCarlo": Cost(0.05, 3e-7, lambda w, runs: runs * (100 + w.flips * (1 + w.row / 20)), "flips"),
}
OF_NETWORK: Mapping[str, Cost] = {
    "Lindblad": Cost(0.005, 5e-10, lambda w, _: 1.5 * w.spins * w.configurations**2 * w.products, "operations"),
    "PermutationSymmetric": Cost(0.01, 1e-8, lambda w, _: w.products * w.symmetric * 10, "entries in one product"),
    "QuantumJumps": Cost(
        0.01, 1.5e-8, lambda w, runs: runs * (1e4 + w.products * w.configurations), "elements of a ket in one product"
    ),
    "ClassicalMasterEquation": Cost(0.01, 3e-9, lambda w, _: w.chain, "rates of a level in one product"),
    "KineticMonteCarlo": Cost(0.05, 3e-7, lambda w, runs: runs * (100 + w.flips * (1 + w.row / 20)), "flips"),
    "TauLeaping": Cost(0.05, 1e-6, lambda w, runs: 2 * runs * w.leaps * w.groups, "leaps of a class"),
    "MeanField": Cost(0.003, 1e-7, lambda w, _: w.evaluations * (w.groups + 50), "components in one step"),
}


def _elimination(work: Workload, _: int) -> float:
    return min(work.level_count, 1e4) ** 3 + 1e5 * work.level_count


def _nearly_inverted(work: Workload, _: int) -> float:
    # iterations grow with the states of the spins; dense products tell beyond a thousand states
    of_spins = limited(int(size) + 1 for size in work.together.sizes)
    ket = min(work.ket, LARGE)
    return 7 * min(of_spins, LARGE) * ket**2 * (1 + ket / 1500)


LATE_OF_CAVITY: Mapping[tuple[str, str], Cost] = {
    ("Lindblad", "steady_state"): Cost(0.0, 1.5e-7, _nearly_inverted, "elements of a density matrix in one iteration"),
    ("ClassicalMasterEquation", "steady_state"): Cost(0.0, 1e-11, _elimination, "operations of an elimination"),
    ("ClassicalMasterEquation", "spectrum"): Cost(0.0, 2e-11, _elimination, "operations of a factorisation"),
    ("SectorEquation", "steady_state"): Cost(
        0.0, 1e-9, lambda w, _: min(w.sector_elements, LARGE) ** 3, "operations of a dense decomposition"
    ),
    ("AtomOnly", "steady_state"): Cost(
        0.0, 1e-9, lambda w, _: min(w.configurations, LARGE) ** 6, "operations of a dense decomposition"
    ),
}
LATE_OF_NETWORK: Mapping[tuple[str, str], Cost] = {
    ("ClassicalMasterEquation", "steady_state"): LATE_OF_CAVITY["ClassicalMasterEquation", "steady_state"],
    ("ClassicalMasterEquation", "spectrum"): LATE_OF_CAVITY["ClassicalMasterEquation", "spectrum"],
    ("Lindblad", "spectrum"): Cost(0.0, 2.5e-4, lambda w, _: w.configurations**2, "elements of a density matrix"),
}
"""What a steady state or a spectrum costs beside, by rung and method."""
LARGE = 1e30
"""Sizes beyond which nothing is told apart."""
PER_NUMBER = 5e-6
"""Seconds for every coupling, which the text of the model in a result holds."""
PER_CLASS_OF_RATES = 0.005
"""Seconds for the rates of one class of spins, tabulated, and their certificate."""
PER_RATE = 2.4e-6
"""Seconds for one rate of one configuration of a cavity."""
PER_DERIVED = 0.002
"""Seconds for one moment whose equation no file and no earlier call has."""
