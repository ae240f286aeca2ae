"""The rungs that may be asked about a model, each ready made, with what it will cost and why it is refused if so."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from cavity_hopfield.bridge.levels import costs, needs
from cavity_hopfield.bridge.levels.expected import expected_error
from cavity_hopfield.bridge.levels.questions import no_steady_state
from cavity_hopfield.bridge.levels.workload import Workload
from cavity_hopfield.elimination import AtomOnly, MemoryEquation, SectorEquation
from cavity_hopfield.model import MultimodeDicke, ProductState
from cavity_hopfield.network import OpenHopfield
from cavity_hopfield.theory import (
    ClassicalMasterEquation,
    Cumulants,
    Heterodyne,
    KineticMonteCarlo,
    Lindblad,
    MeanField,
    PermutationSymmetric,
    QuantumJumps,
    TauLeaping,
    TruncatedWigner,
)

FEWEST_RUNS, MOST_RUNS = 50, 1000


@dataclass(frozen=True)
class Budget:
    """What there is to spend on each rung: memory, seconds, times, the last of them, a seed, threads, and a number of
    runs if it is to be no other.
    """

    memory_gib: float
    time_s: float
    times: int
    duration: float
    seed: int = 0
    threads: int = 1
    runs: int | None = None


@dataclass(frozen=True)
class Candidate:
    """One rung with its estimate.

    Attributes
    ----------
    name : str
        Its name.
    theory
        Ready to run.
    seconds, memory_gib : float
        What it will cost, about.
    error : float
        The relative error to expect.
    refused : str
        Why it will not do; empty if it fits.
    """

    name: str
    theory: Any
    seconds: float
    memory_gib: float
    error: float
    refused: str


Make = Callable[[Budget, int], Any]
OF_CAVITY: Mapping[str, Make] = {
    "Lindblad": lambda b, _: Lindblad(memory_gib=b.memory_gib),
    "PermutationSymmetric": lambda b, _: PermutationSymmetric(memory_gib=b.memory_gib),
    "QuantumJumps": lambda b, r: QuantumJumps(r, b.seed, memory_gib=b.memory_gib, threads=b.threads),
    "Heterodyne": lambda b, r: Heterodyne(r, b.seed, memory_gib=b.memory_gib, threads=b.threads),
    "MemoryEquation": lambda b, _: MemoryEquation(memory_gib=b.memory_gib),
    "SectorEquation": lambda b, _: SectorEquation(memory_gib=b.memory_gib),
    "ClassicalMasterEquation": lambda b, _: ClassicalMasterEquation(memory_gib=b.memory_gib),
    "KineticMonteCarlo": lambda b, r: KineticMonteCarlo(r, b.seed, threads=b.threads),
    "AtomOnly": lambda b, _: AtomOnly(memory_gib=b.memory_gib),
    "Cumulants": lambda b, _: Cumulants(order=2, memory_gib=b.memory_gib),
    "TruncatedWigner": lambda b, r: TruncatedWigner(r, b.seed, memory_gib=b.memory_gib, threads=b.threads),
    "MeanField": lambda _, __: MeanField(),
}
"""By name, in the order of trust; of a budget and a number of runs."""
OF_NETWORK: Mapping[str, Make] = {
    name: OF_CAVITY[name]
    for name in ("Lindblad", "ClassicalMasterEquation", "PermutationSymmetric", "QuantumJumps", "KineticMonteCarlo")
} | {"TauLeaping": lambda b, r: TauLeaping(r, b.seed), "MeanField": OF_CAVITY["MeanField"]}
REST_ON_RATES = frozenset({"MemoryEquation", "SectorEquation", "ClassicalMasterEquation", "KineticMonteCarlo"})
NEED_A_CONFIGURATION = REST_ON_RATES | {"TauLeaping"}
SAMPLED = frozenset({"QuantumJumps", "Heterodyne", "KineticMonteCarlo", "TauLeaping", "TruncatedWigner"})
BY_THREADS = SAMPLED - {"TauLeaping"}
SAME_MEANS = {"PermutationSymmetric": "Lindblad", "Heterodyne": "QuantumJumps"}
"""Rungs that give the means of another one at more cost, unless atoms have channels or records are wanted."""


def candidates(model: MultimodeDicke | OpenHopfield, start: Any, budget: Budget) -> list[Candidate]:
    """All rungs for a model, the most trustworthy first, with why each is refused if it is."""
    work = Workload(model, start, budget.duration, budget.times)
    table = OF_CAVITY if isinstance(model, MultimodeDicke) else OF_NETWORK
    return [estimated(work, name, budget, double=False) for name in table]


def estimated(work: Workload, name: str, budget: Budget, *, double: bool) -> Candidate:
    """One rung with its estimate; `double` for rungs that only repeat another one's means as well."""
    cavity = isinstance(work.model, MultimodeDicke)
    make = (OF_CAVITY if cavity else OF_NETWORK)[name]
    outside = _outside(work, name) or no_steady_state(work, name) or ("" if double else _repeats(work, name))
    if outside:
        return Candidate(name, make(budget, FEWEST_RUNS), np.nan, np.nan, 1.0, outside)
    cost = (costs.OF_CAVITY if cavity else costs.OF_NETWORK)[name]
    fixed = _making(work, name)
    runs = _runs(work, cost, budget, fixed) if name in SAMPLED else 1
    late = (costs.LATE_OF_CAVITY if cavity else costs.LATE_OF_NETWORK).get((name, work.method))
    fixed += 0.0 if late is None else late.seconds(work)
    seconds = fixed + cost.seconds(work, runs) / (budget.threads if name in BY_THREADS else 1)
    need = float((needs.OF_CAVITY if cavity else needs.OF_NETWORK)[name](work, runs))
    theory = make(budget, runs)
    refused = ""
    if need > budget.memory_gib:
        refused = f"too large: it needs about {need:.3g} GiB of memory_gib={budget.memory_gib:g}"
    elif seconds > budget.time_s:
        few = f" with {runs} runs" if name in SAMPLED else ""
        refused = f"too slow: it takes about {seconds:.3g} s{few}, more than time_s={budget.time_s:g}"
    return Candidate(name, theory, seconds, need, expected_error(work, name, theory), refused)


def _runs(work: Workload, cost: costs.Cost, budget: Budget, fixed: float) -> int:
    """As many runs as fit in the time, within reason."""
    if budget.runs is not None:
        return budget.runs
    each = (cost.seconds(work, 1001) - cost.seconds(work, 1)) / 1000 / budget.threads
    fitting = (budget.time_s - fixed - cost.overhead) / max(each, 1e-12)
    return int(np.clip(fitting, FEWEST_RUNS, MOST_RUNS))


def _making(work: Workload, name: str) -> float:
    """Seconds before anything moves: the text of the model, rates and their certificate, equations."""
    seconds = costs.PER_NUMBER * work.spins * max(work.modes, 1)
    if name in REST_ON_RATES and isinstance(work.model, MultimodeDicke):
        seconds += costs.PER_CLASS_OF_RATES * work.ensemble_sizes.size
        if name == "ClassicalMasterEquation":
            seconds += costs.PER_RATE * work.level_count * work.axes
    if name == "Cumulants":
        seconds += costs.PER_DERIVED * work.moments
    return seconds


def _outside(work: Workload, name: str) -> str:
    """Why a rung does not know this kind of model or start."""
    model, start = work.model, work.start
    if isinstance(model, MultimodeDicke):
        return _outside_cavity(model, work, name)
    if name in {"ClassicalMasterEquation", "KineticMonteCarlo", "TauLeaping"} and model.drive > 0:
        return f"outside its model class: it knows no coherent drive, and there is one of {model.drive:g}"
    if name in {"ClassicalMasterEquation", "KineticMonteCarlo", "TauLeaping"} and isinstance(start, ProductState):
        return "outside its model class: it starts from a configuration"
    collective = model.jumps == "collective"
    if collective and name not in {"ClassicalMasterEquation", "KineticMonteCarlo"}:
        return "outside its model class: its spins flip one by one, those of this network together"
    return ""


def _outside_cavity(model: MultimodeDicke, work: Workload, name: str) -> str:
    if model.channels is not None and name in REST_ON_RATES | {"AtomOnly"}:
        return "outside its model class: it knows no channels of single atoms"
    if name in REST_ON_RATES and work.dark:
        return "outside its model class: without a drive and light for every spin there are no rates"
    if name in NEED_A_CONFIGURATION and isinstance(work.start, ProductState):
        return "outside its model class: it starts from a configuration with the light at rest"
    return ""


def _repeats(work: Workload, name: str) -> str:
    """Why a rung would tell nothing new."""
    if name not in SAME_MEANS or not isinstance(work.model, MultimodeDicke):
        return ""
    if name == "PermutationSymmetric" and work.model.channels is not None:
        return ""
    return f"it has the means of {SAME_MEANS[name]} at more cost; name it in `theories` to see it"
