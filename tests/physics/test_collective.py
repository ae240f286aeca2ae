"""Collective jumps against the sector Lindblad equation, the spins with their light, and planted errors."""

import warnings
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import expm

from cavity_hopfield import (
    CavityRates,
    ClassicalMasterEquation,
    KineticMonteCarlo,
    MultimodeDicke,
    OpenHopfield,
    Patterns,
)
from cavity_hopfield.dynamics import spawn_streams
from cavity_hopfield.elimination.ensembles import SpinEnsembles
from cavity_hopfield.network._kernels import tabulated_rate
from cavity_hopfield.network.ladders import Ladders, LengthDraws
from cavity_hopfield.network.rate_table import RateTable
from cavity_hopfield.theory.kinetic import _count_kernels, counts
from cavity_hopfield.theory.kinetic.representations import representation_of
from tests.twins import sector_equation as twin
from tests.twins.planted_kernels import interpreted, planted

RUNS, RUNS_PLANTED = 40_000, 4_000
LARGEST_Z = 4.5
PAIR = {"g": [[0.5], [0.5]], "omega": 1.0, "loss": 1.0}


def network(dicke, jumps="collective"):
    return OpenHopfield(dicke.ising_couplings(), CavityRates(dicke, jumps), patterns=dicke.stored)


def ladder_probabilities(result):
    """The last probabilities, by ((j, m), ...) of the ensembles."""
    names = zip(result["total_spin"].values, result["spin_projection"].values, strict=True)
    last = result["probability"].values[-1]
    return {tuple(zip(*name, strict=True)): p for name, p in zip(names, last, strict=True)}


# Against the master equations


def test_two_spins_have_the_tabulated_populations():
    # docs/check_values.md: N = 2, g = (.5, .5), omega = loss = 1, drive .05, from both up at t = 300. The probability
    # that the first is up and the second down is .02347 with the light, .02191 in the sector equation, .0413 for
    # independent flips.
    dicke = MultimodeDicke(**PAIR, drive=0.05)
    together = ClassicalMasterEquation().evolve(network(dicke), [1, 1], [300.0])
    populations = ladder_probabilities(together)
    assert populations[((1.0, 0.0),)] / 2 == pytest.approx(0.02191, abs=5e-6)
    alone = ClassicalMasterEquation().evolve(network(dicke, "individual"), [1, 1], [300.0])
    assert alone["probability"].values[0, 1] == pytest.approx(0.0413, abs=5e-5)
    assert alone["probability"].values[0, 2] == pytest.approx(0.0413, abs=5e-5)
    exact = twin.exact_populations(2, 0, 14, 0.05, 0.5, 1.0, 300.0)
    assert exact[1] / 2 == pytest.approx(0.02347, abs=5e-6)


@pytest.mark.slow
@pytest.mark.parametrize("start", [[1, 1], [1, -1]], ids=["both up", "one up"])
def test_what_the_ladder_misses_falls_with_the_square_of_the_drive(start):
    """At equal drive^2 t. From one up, the triplet is half of the start, and the singlet never leaves."""
    errors = []
    for drive in (0.05, 0.025):
        time = 0.75 / drive**2
        result = ClassicalMasterEquation().evolve(network(MultimodeDicke(**PAIR, drive=drive)), start, [time])
        found = ladder_probabilities(result)
        polarised = start[0] == start[1]
        exact = twin.exact_populations(2, 0 if polarised else 1, 14, drive, 0.5, 1.0, time)
        if not polarised:
            assert found[((0.0, 0.0),)] == pytest.approx(0.5, abs=1e-14)
            exact = exact / 2
        errors.append([found[((1.0, m),)] - p for m, p in zip((1.0, 0.0, -1.0), exact, strict=True)])
    np.testing.assert_allclose(errors[0], 4 * np.array(errors[1]), rtol=0.06)
    assert np.abs(errors[1]).max() > 1e-4


@pytest.mark.slow
@pytest.mark.parametrize("n_spins", [1, 2, 4])
def test_errors_go_with_the_rate_of_collective_flips_over_the_dephasing(n_spins):
    """That ratio is 0.04 in all three, with 4 spins six times that of single flips; so are the errors, 0.03 to 0.11
    of it, at twice the time that the fastest level lives.
    """
    g, levels = 0.35, 10 + 2 * n_spins
    dephasing = MultimodeDicke(np.full((n_spins, 1), g), 1.0, 1.0, drive=1.0)
    chain = ladder_generator(n_spins, CavityRates(dephasing), dephasing)
    fastest = max(chain[k, k + 1] + chain[k + 1, k] for k in range(n_spins))
    drive = float(np.sqrt(0.04 * (4 * g**2 * 0.4) / fastest))
    start = n_spins // 2
    time = 2 / (abs(chain[start, start]) * drive**2)
    exact = twin.exact_populations(n_spins, n_spins - start, levels, drive, g, 1.0, time)[::-1]
    error = np.abs(expm(chain * drive**2 * time)[:, start] - exact).max()
    assert 0.02 * 0.04 < error < 0.12 * 0.04


def ladder_generator(n_spins, rates, dicke):
    """The birth-death chain at j = n/2 of one ensemble in one mode, with the rates of single flips."""
    coupling = float(dicke.mediation[0] * dicke.g[0, 0] ** 2)

    def rate(m, tau):
        return float(rates(2 * coupling * (2 * tau * m - 1)))

    return twin.ladder_chain(n_spins / 2, lambda m: rate(m, 1), lambda m: rate(m, -1))


SECTORS = [
    pytest.param(
        MultimodeDicke([[0.5], [-0.5], [0.3]], 1.0, 0.8, drive=0.05), (1, 1, -1), (1.0, 60.0, 2000.0), id="signs"
    ),
    pytest.param(
        MultimodeDicke(
            [[0.5, 0.25], [-0.5, -0.25], [0.25, -0.5], [0.25, -0.5]],
            [1.0, 1.4], [0.8, 1.3], [0.1, 0.3], 0.05,
            patterns=Patterns([[1, -1, 1, 1], [1, -1, -1, -1]]),
        ),
        (1, 1, -1, 1), (1.0, 60.0, 2000.0), id="two ensembles, gain, unequal modes",
    ),
    pytest.param(
        MultimodeDicke([[0.25, 0.5], [0.25, 0.5], [-0.25, -0.5], [0.4, 0.1]], [1.0, 0.7], [1.2, 0.5], [0.2, 0.0], 0.04),
        (1, -1, 1, 1), (1.0, 60.0, 2000.0), id="three and one",
    ),
    # x = 0 for up, down, down and for down, up, up
    pytest.param(MultimodeDicke([[0.5], [0.25], [0.25]], 1.0, 1.0, 0.2, 0.05), (1, -1, -1), (5.0, 300.0),
                 id="equal forces by accident"),
]  # fmt: skip


@pytest.mark.parametrize(("dicke", "start", "times"), SECTORS)
def test_ladders_follow_the_sector_equation(dicke, start, times):
    generator = twin.sector_generator(dicke.g, dicke.omega, dicke.loss, dicke.gain, dicke.drive)
    model = network(dicke)
    for time in times:
        result = ClassicalMasterEquation().evolve(model, start, [time])
        rho = twin.evolve(generator, start, time)
        expected = twin.ladder_probabilities(rho, dicke.g)
        found = ladder_probabilities(result)
        assert set(found) <= set(expected)
        for name, probability in expected.items():
            assert found.get(name, 0.0) == pytest.approx(probability, abs=1e-9), name
        compare_observables(result.isel(time=0), dicke, rho)


def compare_observables(result, dicke, rho):
    """The energy, and each spin averaged over its ensemble in the gauge."""
    n = dicke.n_spins
    populations = rho.diagonal().real
    sigma = np.array([[twin.spin(k, i) for i in range(n)] for k in range(2**n)])
    np.testing.assert_allclose(result["energy"], populations @ dicke.energy(sigma), rtol=0, atol=1e-9)
    each, mean = populations @ sigma, np.empty(n)
    for members in twin.ensembles(dicke.g):
        spins, signs = np.transpose(members)
        mean[spins] = signs * (signs * each[spins]).mean()
    np.testing.assert_allclose(result["spin_z"], mean, rtol=0, atol=1e-9)
    np.testing.assert_allclose(result["magnetisation"], mean.mean(), rtol=0, atol=1e-9)
    if "overlap" in result:
        np.testing.assert_allclose(result["overlap"], dicke.stored.values @ mean / n, rtol=0, atol=1e-9)


def test_overlaps_with_patterns_that_follow_the_ensembles_are_exact():
    """Not only for the mean over the order of the spins: a start that is not symmetric in its ensembles."""
    _, param, *_ = SECTORS
    dicke, start, _ = param.values
    generator = twin.sector_generator(dicke.g, dicke.omega, dicke.loss, dicke.gain, dicke.drive)
    rho = twin.evolve(generator, start, 60.0)
    spin_z = rho.diagonal().real @ np.array([[twin.spin(k, i) for i in range(4)] for k in range(16)])
    result = ClassicalMasterEquation().evolve(network(dicke), start, [60.0])
    np.testing.assert_allclose(result["overlap"][0], dicke.patterns.values @ spin_z / 4, rtol=0, atol=1e-9)
    assert np.abs(result["spin_z"].values[0] - spin_z).max() > 1e-3


def test_single_flips_are_not_the_limit():
    """The same twin tells the two jumps apart: what they give differs by more than a tenth."""
    _, param, *_ = SECTORS
    dicke, start, _ = param.values
    together, alone = (
        ClassicalMasterEquation().evolve(network(dicke, jumps), start, [60.0])["energy"].item()
        for jumps in ("collective", "individual")
    )
    assert abs(together - alone) > 0.02 * abs(together)


@pytest.mark.parametrize("law", ["individual", "collective"])
def test_one_spin_flips_alike_alone_and_together(law):
    dicke = MultimodeDicke([[-0.5]], 1.0, 0.6, drive=0.02)
    model, other = network(dicke, law), network(dicke, "individual")
    theory = KineticMonteCarlo(runs=30, seed=3)
    paths = [theory.evolve(one, [1], [100.0, 400.0]) for one in (model, other)]
    for name in ("energy", "flips", "magnetisation", "spin_z", "overlap"):
        np.testing.assert_array_equal(*(path[name] for path in paths))
    exact = [ClassicalMasterEquation().evolve(one, [1], [100.0]) for one in (model, other)]
    for name in ("energy", "magnetisation", "spin_z", "overlap"):
        np.testing.assert_allclose(*(result[name] for result in exact), rtol=0, atol=1e-14)


# Invariants


@st.composite
def platforms(draw, max_ensembles=2, max_size=4):
    """Rows of couplings (sixteenths) given to several spins each, with signs, in any order; and a configuration."""
    rows = draw(
        st.lists(st.tuples(st.integers(1, 12), st.integers(-12, 12)), min_size=1, max_size=max_ensembles, unique=True)
    )
    spins = [row for row in rows for _ in range(draw(st.integers(1, max_size)))]
    signs = draw(st.lists(st.sampled_from([-1, 1]), min_size=len(spins), max_size=len(spins)))
    order = draw(st.permutations(range(len(spins))))
    g = (np.array(spins) * np.array(signs)[:, None] / 16)[list(order)]
    sigma = draw(st.lists(st.sampled_from([-1, 1]), min_size=len(spins), max_size=len(spins)))
    return MultimodeDicke(g, [1.0, 1.3], [0.9, 1.1], [0.0, 0.2], 0.05), np.array(sigma)


@given(platforms())
@settings(deadline=None, max_examples=15)
def test_probability_is_conserved_and_ladders_are_never_left(drawn):
    dicke, sigma = drawn
    model = network(dicke)
    generator = ClassicalMasterEquation().generator(model)
    np.testing.assert_allclose(generator.sum(axis=0), 0, atol=1e-14)
    result = ClassicalMasterEquation().evolve(model, sigma, [0.0, 40.0])
    probability = result["probability"].values
    np.testing.assert_allclose(probability.sum(axis=1), 1, atol=1e-11)
    assert probability.min() > -1e-14
    for c in range(result.sizes["ensemble"]):
        for j in np.unique(result["total_spin"][:, c]):
            weights = probability[:, result["total_spin"].values[:, c] == j].sum(axis=1)
            assert weights[1] == pytest.approx(weights[0], abs=1e-11)


@given(platforms(), st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=15)
def test_the_order_of_spins_and_their_gauge_are_free(drawn, random):
    dicke, sigma = drawn
    order = random.sample(range(dicke.n_spins), dicke.n_spins)
    signs = np.array([random.choice([-1, 1]) for _ in order])
    other = MultimodeDicke((dicke.g * signs[:, None])[order], dicke.omega, dicke.loss, dicke.gain, dicke.drive)
    first = ClassicalMasterEquation().evolve(network(dicke), sigma, [40.0])
    second = ClassicalMasterEquation().evolve(network(other), (sigma * signs)[order], [40.0])
    np.testing.assert_allclose(first["energy"], second["energy"], rtol=0, atol=1e-10)
    np.testing.assert_allclose((first["spin_z"].values * signs)[:, order], second["spin_z"], rtol=0, atol=1e-10)


# Monte Carlo

ENSEMBLES = MultimodeDicke(
    [[0.25, 0.1], [0.25, 0.1], [-0.25, -0.1], [0.25, 0.1], [0.25, 0.1], [0.1, -0.3], [-0.1, 0.3]],
    omega=[1.0, 1.3], loss=[0.9, 1.1], gain=[0.0, 0.2], drive=0.01,
)  # fmt: skip
START = np.array([1, 1, 1, -1, -1, 1, 1], np.int8)
TIMES = np.array([100.0, 400.0])


@cache
def exact_frequencies():
    """Probabilities of the projections 2m of both ensembles at `TIMES`, as a grid for each time."""
    result = ClassicalMasterEquation().evolve(network(ENSEMBLES), START, TIMES)
    places = np.rint(2 * result["spin_projection"].values).astype(int)
    return [grid_of(places, probability) for probability in result["probability"].values]


def grid_of(places, weights):
    """Weights summed on the grid of (5 + 2m)/2, (2 + 2m)/2."""
    found = np.zeros((6, 3))
    np.add.at(found, ((places[:, 0] + 5) // 2, (places[:, 1] + 2) // 2), weights)
    return found


def frequencies(runs=RUNS):
    """Relative frequencies of the projections in `runs` runs."""
    form = representation_of(network(ENSEMBLES), 1e-9)
    begin, found = form.ready(START), np.empty((runs, len(TIMES), 2), np.int64)
    for run in range(runs):
        walk = form.walk(begin, 1, run)
        for k, time in enumerate(TIMES):
            walk.until(time)
            found[run, k] = 2 * walk.state.ups[:, 0] - walk.state.sizes[:, 0]
    return [grid_of(found[:, k], np.full(runs, 1 / runs)) for k in range(len(TIMES))]


def largest_z(found, exact, runs=RUNS):
    """Largest deviation of a relative frequency in standard errors, where more than ten counts are expected."""
    worst = 0.0
    for frequency, probability in zip(found, exact, strict=True):
        seen = probability * runs > 10
        p = probability[seen]
        worst = max(worst, float(np.abs((frequency[seen] - p) / np.sqrt(p * (1 - p) / runs)).max()))
    return worst


@pytest.mark.slow
def test_frequencies_of_projections_follow_the_master_equation():
    assert largest_z(frequencies(), exact_frequencies()) < LARGEST_Z


def test_that_many_runs_would_see_rates_wrong_by_nine_per_cent():
    """The smallest error common to all rates that is seen: two standard errors beyond the limit, missed with
    probability 0.02.
    """
    model = network(ENSEMBLES)
    faster = ClassicalMasterEquation().evolve(model, START, 1.09 * TIMES)
    places = np.rint(2 * faster["spin_projection"].values).astype(int)
    wrong = [grid_of(places, probability) for probability in faster["probability"].values]
    assert largest_z(wrong, exact_frequencies()) > LARGEST_Z + 2


PLANTED = [
    pytest.param("(ups * (downs + 1.0) if ladders else ups)", "ups", id="number of flippable spins for the ladder"),
    pytest.param("ups * (downs + 1.0)", "ups * (downs + 0.0)", id="wrong neighbour"),
    pytest.param("- net.couplings[c, c])\n            upper", "- 0.0)\n            upper", id="a spin acts on itself"),
    pytest.param("2.0 * step * couplings", "-2.0 * step * couplings", id="repelled"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("old", "new"), PLANTED)
def test_planted_errors_are_caught(old, new, monkeypatch):
    monkeypatch.setattr(counts, "kernels", planted(_count_kernels, old, new))
    assert largest_z(frequencies(RUNS_PLANTED), exact_frequencies(), RUNS_PLANTED) > 2 * LARGEST_Z


@pytest.mark.slow
def test_a_total_spin_that_is_always_the_largest_is_caught(monkeypatch):
    monkeypatch.setattr(LengthDraws, "__call__", lambda *_: np.array([5, 2]))
    assert largest_z(frequencies(RUNS_PLANTED), exact_frequencies(), RUNS_PLANTED) > 2 * LARGEST_Z


def test_the_event_loop_in_python_follows_the_same_path(monkeypatch):
    form, paths = representation_of(network(ENSEMBLES), 1e-9), []
    times = np.linspace(0, 6000, 40)
    for _ in range(2):
        walk = form.walk(form.ready(START), 4, 0)
        total = form.total(40)
        flips = walk.along(times, total).flips
        paths.append(np.column_stack([total.reshape(40, -1), flips]))
        monkeypatch.setattr(counts, "kernels", interpreted(_count_kernels))
    np.testing.assert_array_equal(*paths)
    assert len(np.unique(paths[0][:, :2], axis=0)) > 3


def test_the_theory_gives_the_observables_of_its_ladders():
    result = KineticMonteCarlo(runs=300, seed=9).evolve(network(ENSEMBLES), START, [0.0, 600.0])
    start = result.isel(time=0)
    np.testing.assert_allclose(start["energy"], float(ENSEMBLES.energy(START)), atol=1e-13)
    # the ensemble of five has up, up, down (flipped), down, down in its gauge; that of two is unpolarised
    np.testing.assert_allclose(start["spin_z"], [-0.2, -0.2, 0.2, -0.2, -0.2, 0, 0], atol=1e-15)
    assert (start["flips"] == 0).all()
    late = result.isel(time=1)
    np.testing.assert_allclose(late["magnetisation"].mean(), late["spin_z"].mean(), atol=1e-13)
    overlap = late["spin_z"].values @ ENSEMBLES.stored.values.T / 7
    np.testing.assert_allclose(late["overlap"].mean("run"), overlap, atol=1e-13)
    exact = ClassicalMasterEquation().evolve(network(ENSEMBLES), START, [600.0])
    error = late["energy"].values.std(ddof=1) / np.sqrt(300)
    assert abs(late["energy"].mean() - exact["energy"].item()) < LARGEST_Z * error


# Large ensembles


class Downhill:
    """A law of the user: one at a gain of energy, else zero; spins of class 1 never flip."""

    def __init__(self, dicke, jumps):
        self.ensembles, self.jumps = SpinEnsembles.of(dicke), jumps

    def __call__(self, flip_energy, spin_class=0):
        return ((np.asarray(flip_energy) < 0) & (np.asarray(spin_class) == 0)).astype(float)

    def spin_classes(self, n_spins):
        return np.eye(n_spins, dtype=np.int64)[-1]

    def to_dict(self):
        return {"rate_law": "Downhill"}


def biased(n_spins, jumps):
    """`n_spins` of an ensemble, and one strong spin that holds the field on them."""
    g = np.full((n_spins + 1, 1), 0.01)
    g[-1] = 0.02 * n_spins
    dicke = MultimodeDicke(g, 1.0, 1.0)
    return OpenHopfield(dicke.ising_couplings(), Downhill(dicke, jumps))


def superradiant_peak(n_spins):
    """The largest mean rate of flips of an ensemble that flips downhill from full polarisation, and the first."""
    times = np.linspace(0, 12 / n_spins, 1201)
    start = np.append(-np.ones(n_spins), 1)
    result = ClassicalMasterEquation().evolve(biased(n_spins, "collective"), start, times)
    up = result["spin_z"].isel(spin=0).values * n_spins / 2
    rates = np.gradient(up, times, edge_order=2)
    return rates.max(), rates[0]


def test_a_polarised_ensemble_flips_in_a_burst_that_grows_as_its_square():
    peaks, first = np.transpose([superradiant_peak(n) for n in (16, 32, 64, 128)])
    np.testing.assert_allclose(first, [16, 32, 64, 128], rtol=0.02)
    slopes = np.log2(peaks[1:] / peaks[:-1])
    assert (np.diff(slopes) > 0).all()
    assert (slopes > 1.8).all()
    assert slopes[-1] == pytest.approx(2, abs=0.08)


def test_a_burst_follows_its_chain():
    chain = twin.ladder_chain(32, lambda _: 0.0, lambda _: 1.0)
    times = [0.02, 0.08, 0.15]
    start = np.append(-np.ones(64), 1)
    result = ClassicalMasterEquation().evolve(biased(64, "collective"), start, times)
    expected = [expm(chain * time)[:, 0] @ np.arange(-32, 33) for time in times]
    np.testing.assert_allclose(32 * result["spin_z"].isel(spin=0), expected, rtol=0, atol=1e-9)


def test_independent_spins_flip_without_a_burst():
    start = np.append(-np.ones(8), 1)
    result = ClassicalMasterEquation().evolve(biased(8, "individual"), start, [0.1, 0.5])
    np.testing.assert_allclose(result["spin_z"].isel(spin=0), 1 - 2 * np.exp([-0.1, -0.5]), rtol=0, atol=1e-12)


def ten_thousand(couple):
    return Ladders(
        label=np.zeros(10_000, np.int64),
        sign=np.ones(10_000, np.int8),
        sizes=np.array([10_000]),
        couplings=np.array([[1.6 * couple**2]]),
        rate_classes=np.array([0]),
        collective=True,
        patterns=None,
    )


def test_ten_thousand_equal_spins_have_an_exact_table():
    dicke = MultimodeDicke([[0.005]], 1.0, 1.0, drive=1e-6)
    ladders, rates = ten_thousand(0.005), CavityRates(dicke)
    table = RateTable.on(rates, ladders.couplings, ladders.sizes, ladders.rate_classes, 1e-9)
    assert table.error == 0
    assert table.edges.shape == (19_999, 2)
    m = np.array([-4999.0, -10.0, 0.0, 321.0, 5000.0])
    energies = 2 * 1.6 * 0.005**2 * (2 * m - 1)
    found = [tabulated_rate(table.edges, table.coefficients, 0, len(table.edges), energy) for energy in energies]
    np.testing.assert_allclose(found, rates(energies), rtol=1e-9)
    start = ladders.start(np.repeat([1, -1], 5000).astype(np.int8))
    tops = np.array([LengthDraws.of(ladders, start)(stream)[0] for stream in spawn_streams(2, 500)])
    # <j(j+1)> = n/2 at m = 0, with a variance of about its square: exponential
    assert (tops / 2 * (tops / 2 + 1)).mean() == pytest.approx(5000, rel=LARGEST_Z / np.sqrt(500))
    assert (tops % 2 == 0).all()


def test_a_large_ensemble_runs_to_the_end_of_its_ladder():
    """From m = -j all the way up, 500 flips, in the mean time of the chain, the sum of 1 / ((j - m)(j + m + 1))."""
    start = np.append(-np.ones(500), 1)
    times = np.linspace(0.0, 0.1, 201)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = KineticMonteCarlo(runs=400, seed=5).evolve(biased(500, "collective"), start, times)
    assert (result["flips"].isel(time=-1) == 500).all()
    k = np.arange(500)
    waits = 1.0 / ((500 - k) * (k + 1))
    # the area above the curve of flips is the sum over flips of the times they come at
    expected = np.cumsum(waits).mean()
    areas = (500 - result["flips"].values).sum(axis=1) * times[1] / 500
    error = areas.std(ddof=1) / np.sqrt(400)
    # the left Riemann sum exceeds the integral by half a step on average
    assert abs(areas.mean() - times[1] / 2 - expected) < LARGEST_Z * error
