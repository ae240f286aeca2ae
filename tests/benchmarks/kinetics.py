"""Kinetic Monte Carlo, per flip, against compiled and numpy Gillespie loops with dense J, and GillesPy2's compiled SSA.

Random patterns at T = 0.5, Glauber's law, from a pattern with a fifth of its spins flipped. The peers are what a user
would write: fields of all spins kept up to date by rows of J, rates of all spins anew after every flip, one sum and
one search (`dense`); the same in numpy. GillesPy2 gets the classes as species, u and n - u, and the rates as custom
propensities, which it compiles to C++; its own time for compiling is left out by the difference of two lengths. It is
no dependency: its row is left out where it, or a C++ compiler, is missing.

Errors: by how much the energies differ at the end of one run each, relative: they fluctuate by a part in a hundred.
`scaling()` prints seconds per flip for N up to 1e9, and the gain of two threads.
"""

import importlib
import importlib.util
import shutil
import time

import numba
import numpy as np

from cavity_hopfield import CountedHopfield, Factorised, Glauber, KineticMonteCarlo, OpenHopfield, Patterns
from cavity_hopfield.theory.kinetic.representations import representation_of
from tests.benchmarks.interleaved import Row, interleaved

GOAL_DENSE, GOALS_SSA = 500.0, {1: 4.0, 3: 5.0}
TEMPERATURE, N, P = 0.5, 10_000, 5
OUR_TIME, FLIPS, NUMPY_FLIPS = 600.0, 400, 60
SSA_SPINS, SSA_TIME = 10_000, 2000.0


@numba.njit
def dense(couplings, sigma, temperature, flips, stream):
    """So many flips; returns the time they take in the model."""
    n = sigma.size
    fields, rates = couplings @ sigma, np.empty(n)
    now = 0.0
    for _ in range(flips):
        total = 0.0
        for i in range(n):
            rates[i] = 1.0 / (1.0 + np.exp(2.0 * sigma[i] * fields[i] / temperature))
            total += rates[i]
        now += stream.standard_exponential() / total
        target, i = stream.random() * total, 0
        while i < n - 1 and target >= rates[i]:
            target -= rates[i]
            i += 1
        sigma[i] = -sigma[i]
        fields += 2.0 * sigma[i] * couplings[i]
    return now


def with_numpy(couplings, sigma, temperature, flips, stream):
    """The same with numpy."""
    fields = couplings @ sigma
    now = 0.0
    for _ in range(flips):
        sums = np.cumsum(1 / (1 + np.exp(2 * sigma * fields / temperature)))
        now += stream.exponential(1 / sums[-1])
        i = np.searchsorted(sums, stream.random() * sums[-1])
        sigma[i] = -sigma[i]
        fields += 2 * sigma[i] * couplings[i]
    return now


def memory():
    return Patterns(np.random.default_rng(1).choice([-1, 1], (P, N)))


def disordered(stored):
    """Factors that are unlike for every spin, by a tenth."""
    unequal = 1 + 0.1 * np.random.default_rng(2).normal(size=(N, P))
    return OpenHopfield(Factorised(stored.values.T * unequal, 1 / N), Glauber(TEMPERATURE), patterns=stored)


def our_flips(model, start, end):
    """What advances one run to `end`; returns the flips and the energy there."""
    form = representation_of(model, 1e-9)
    begin, times = form.ready(np.asarray(start)), np.array([end])

    def go():
        read = form.walk(begin, 1, 0).along(times, form.total(1))
        return int(read.flips[0]), float(read.energy[0])

    return go


def against_dense(label, model, stored):
    """Rows against both dense loops, all in the settled state."""
    couplings, start = model.couplings, stored.corrupted(0, flips=0.2, seed=1)
    ours = our_flips(model, start, OUR_TIME)
    flips, energy = ours()
    settled = start.astype(float)
    dense(couplings, settled, TEMPERATURE, 10 * N // 4, np.random.default_rng(1))
    theirs = -0.5 * settled @ couplings @ settled
    for name, loop, peer_flips in (("numba, dense J", dense, FLIPS), ("numpy, dense J", with_numpy, NUMPY_FLIPS)):

        def peer(loop=loop, peer_flips=peer_flips):
            return loop(couplings, settled, TEMPERATURE, peer_flips, np.random.default_rng(2))

        our_s, peer_s = interleaved(ours, peer)
        error = abs(energy / theirs - 1)
        yield Row(f"flips, N = 1e4, P = 5, {label}", name, our_s / flips, peer_s / peer_flips, GOAL_DENSE, error, error)


def species_model(model, end):
    """The classes of a counted network as a model of GillesPy2."""
    gillespy2 = importlib.import_module("gillespy2")
    told = gillespy2.Model(name="classes")
    told.timespan(np.linspace(0, end, 2))
    ups = model.corrupted(0, 0.2)
    species = [
        (gillespy2.Species(name=f"U{c}", initial_value=int(u), mode="discrete"),
         gillespy2.Species(name=f"D{c}", initial_value=int(n - u), mode="discrete"))
        for c, (u, n) in enumerate(zip(ups, model.sizes, strict=True))
    ]  # fmt: skip
    told.add_species([one for pair in species for one in pair])
    for c, (up, down) in enumerate(species):
        row, own = model.couplings[c], model.couplings[c, c]
        field = "+".join(f"({k!r})*(U{d}-D{d})" for d, k in enumerate(row.tolist()))
        for source, target, sign in ((up, down, 1), (down, up, -1)):
            rate = f"{source.name}/(1+exp({2 / model.rate_law.temperature!r}*({sign}*({field})-({float(own)!r}))))"
            told.add_reaction(
                gillespy2.Reaction(
                    name=f"R{source.name}", reactants={source: 1}, products={target: 1}, propensity_function=rate
                )
            )
    return told


def against_ssa(patterns):
    """One row against GillesPy2: seconds per event, each side by the difference of a long and a short run."""
    gillespy2 = importlib.import_module("gillespy2")
    model = CountedHopfield.random(patterns, SSA_SPINS, Glauber(TEMPERATURE), seed=1)
    long, short = SSA_TIME, SSA_TIME / 20
    ours = our_flips(model, model.corrupted(0, 0.2), long)
    flips, energy = ours()
    few, _ = our_flips(model, model.corrupted(0, 0.2), short)()
    solvers = [gillespy2.SSACSolver(model=species_model(model, end)) for end in (long, short)]
    peers = [lambda solver=solver: solver.run(seed=3) for solver in solvers]
    our_s, long_s = interleaved(ours, peers[0])
    _, short_s = interleaved(ours, peers[1])
    last = peers[0]()[0]
    ups = [last[f"U{c}"][-1] for c in range(model.n_classes)]
    error = abs(energy / float(model.energy(ups)) - 1)
    work = f"events, P = {patterns}, N = 1e4 in {model.n_classes} classes"
    return Row(
        work,
        "GillesPy2 SSA (C++)",
        our_s / flips,
        (long_s - short_s) / (flips - few),
        GOALS_SSA[patterns],
        error,
        error,
    )


def rows():
    """The table."""
    stored = memory()
    yield from against_dense("counted", OpenHopfield(stored, Glauber(TEMPERATURE)), stored)
    yield from against_dense("unlike factors", disordered(stored), stored)
    if importlib.util.find_spec("gillespy2") and shutil.which("g++"):
        yield from (against_ssa(patterns) for patterns in GOALS_SSA)


def scaling():
    """Nanoseconds per flip for any number of spins, and what two threads gain."""
    for patterns in (1, 3, 5):
        for n in (10**4, 10**5, 10**6, 10**7, 10**8, 10**9):
            model = CountedHopfield.random(patterns, n, Glauber(TEMPERATURE), seed=1)
            go = our_flips(model, model.corrupted(0, 0.2), 3e6 / n)
            flips, _ = go()
            spent = min(_seconds(go) for _ in range(5))
            yield f"P = {patterns}, N = {n:.0e}: {spent / flips * 1e9:.0f} ns per flip"
    stored = memory()
    for label, model in (("counted", OpenHopfield(stored, Glauber(TEMPERATURE))), ("unlike", disordered(stored))):
        alone, together = (min(_seconds(lambda t=t, m=model: _many(m, stored, t)) for _ in range(3)) for t in (1, 2))
        yield f"N = 1e4, P = 5, {label}, 16 runs: two threads gain {alone / together:.2f}"


def _many(model, stored, threads):
    KineticMonteCarlo(runs=16, seed=1, threads=threads).evolve(model, stored[0], [500.0])


def _seconds(call):
    began = time.perf_counter()
    call()
    return time.perf_counter() - began
