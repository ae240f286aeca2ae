"""What `recommend` reckons against the clock: seconds of each rung, on models that the constants were not fitted to.

`ours` is the estimate, `peer` the measured time; the ratio is meant to lie between a third and three, and the goal is
one. The first call compiles and is not counted; deriving moments is, from nothing.
"""

import os
import time
from statistics import median

import numpy as np

from cavity_hopfield import (
    AtomOnly,
    ClassicalMasterEquation,
    Cumulants,
    Glauber,
    Heterodyne,
    KineticMonteCarlo,
    Lindblad,
    MeanField,
    MultimodeDicke,
    OpenHopfield,
    Patterns,
    PermutationSymmetric,
    QuantumJumps,
    SectorEquation,
    SpinChannels,
    TruncatedWigner,
    random_patterns,
    recommend,
)
from cavity_hopfield.bridge.levels.candidates import Budget, estimated
from cavity_hopfield.bridge.levels.workload import Workload
from cavity_hopfield.theory.cumulants.hierarchy import hierarchy
from tests.benchmarks.interleaved import Row

ROUNDS = 3


def one_pattern(n, g=0.45, channels=None):
    memory = Patterns(np.ones((1, n), np.int8))
    return MultimodeDicke.from_patterns(memory, g, 1.0, 0.8, drive=0.3, scaling="intensive", channels=channels)


def several(n, p, disorder=0.0):
    seed = None if disorder == 0 else 5
    return MultimodeDicke.from_patterns(
        random_patterns(p, n, seed=4), 0.4, 1.0, 0.9, drive=0.2, scaling="intensive", disorder=disorder, seed=seed
    )


def weak(n):
    return MultimodeDicke(np.linspace(0.35, 0.65, n)[:, None], 1.0, 0.9, drive=0.01)


def jobs():
    """Model, theory, the end of 11 times."""
    for n in (6, 12):
        yield one_pattern(n), Lindblad(), 6.0
        yield one_pattern(n), QuantumJumps(60, 1), 6.0
        yield one_pattern(n), Heterodyne(30, 1), 6.0
    yield several(4, 2), Lindblad(), 3.0
    yield several(6, 2), QuantumJumps(30, 1), 4.0
    yield one_pattern(5, channels=SpinChannels(decay=0.3)), PermutationSymmetric(), 6.0
    for model in (one_pattern(40), several(300, 2), several(200, 3)):
        yield model, Cumulants(), 6.0
        yield model, TruncatedWigner(1000, 1), 6.0
        yield model, MeanField(), 6.0
    yield several(60, 3, 0.1), TruncatedWigner(300, 1), 6.0
    yield MultimodeDicke(np.linspace(0.05, 0.1, 5)[:, None], 1.0, 0.9, drive=0.05), AtomOnly(), 80.0
    for n in (7, 9):
        yield weak(n), SectorEquation(), 2000.0
        yield weak(n), ClassicalMasterEquation(), 2000.0
        yield weak(n), KineticMonteCarlo(500, 1), 2000.0
    for n in (5, 7):
        yield OpenHopfield(random_patterns(2, n, seed=2), Glauber(0.4), drive=0.4), Lindblad(), 6.0
        yield OpenHopfield(random_patterns(2, n, seed=2), Glauber(0.4), drive=0.4), QuantumJumps(60, 1), 6.0
    for n in (12, 16):
        yield OpenHopfield(random_patterns(2, n, seed=2), Glauber(0.4)), ClassicalMasterEquation(), 6.0
        yield OpenHopfield(random_patterns(2, n, seed=2), Glauber(0.4)), KineticMonteCarlo(500, 1), 6.0


def steady_states():
    """Model and theory; `evolve` is not asked."""
    for n, drive in ((3, 0.2), (4, 0.2), (4, 0.02)):
        yield MultimodeDicke(np.linspace(0.25, 0.35, n)[:, None], 1.0, 1.0, drive=drive), Lindblad()
    yield one_pattern(8), Lindblad()
    for n in (3, 5):
        yield one_pattern(n, channels=SpinChannels(decay=0.3)), PermutationSymmetric()


def measured(model, theory, times):
    """Median seconds, the rates of a cavity included."""
    cavity = isinstance(model, MultimodeDicke)
    of_rates = cavity and isinstance(theory, ClassicalMasterEquation | KineticMonteCarlo)
    start = model.stored.values[0] if cavity and model.stored is not None else np.ones(model.n_spins, np.int8)
    spent = []
    for _ in range(ROUNDS + 1):
        if isinstance(theory, Cumulants):
            hierarchy.cache_clear()
        begin = time.perf_counter()
        theory.evolve(OpenHopfield.from_dicke(model) if of_rates else model, start, times)
        spent.append(time.perf_counter() - begin)
    return median(spent[1:]), start


def rows():
    """Every job once."""
    os.environ["CAVITY_HOPFIELD_CACHE"] = ""
    for model, theory, end in jobs():
        name, times = type(theory).__name__, np.linspace(0.0, end, 11)
        seconds, start = measured(model, theory, times)
        budget = Budget(1e6, 1e9, times.size, end, runs=getattr(theory, "runs", None))
        guess = estimated(Workload(model, start, end, times.size), name, budget, double=True)
        kind = "cavity" if isinstance(model, MultimodeDicke) else "network"
        yield Row(f"{name}, {kind} of {model.n_spins}", "measured", guess.seconds, seconds, 1.0, 0.0, 0.0)
    for model, theory in steady_states():
        name, spent = type(theory).__name__, []
        for _ in range(ROUNDS + 1):
            begin = time.perf_counter()
            theory.steady_state(model)
            spent.append(time.perf_counter() - begin)
        guess = next(one for one in recommend(model, "steady state", time_s=1e6).ranking if one.name == name)
        label = f"{name}, steady state, cavity of {model.n_spins}"
        yield Row(label, "measured", guess.seconds, median(spent[1:]), 1.0, 0.0, 0.0)
