"""Kinetic Monte Carlo and the classical master equation against the definition, and planted errors against both."""

import inspect
import math
from functools import cache

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from scipy.integrate import solve_ivp

from cavity_hopfield import (
    ArgumentError,
    CavityRates,
    ClassicalMasterEquation,
    Glauber,
    KineticMonteCarlo,
    Metropolis,
    MultimodeDicke,
    OpenHopfield,
    Patterns,
    RateTableError,
    RegimeWarning,
)
from cavity_hopfield.dynamics import spawn_streams
from cavity_hopfield.network._kernels import tabulated_rate
from cavity_hopfield.network.rate_table import RateTable
from cavity_hopfield.theory.kinetic import _kernels
from tests.strategies import couplings_with_spins, floats
from tests.twins import classical_generator as twin

RUNS = 40_000
LARGEST_Z = 4.5
STORED = Patterns([[1, 1, -1, 1, -1, 1], [1, -1, 1, 1, 1, -1]])
START = (1, -1, -1, -1, 1, 1)
DICKE = MultimodeDicke.from_patterns(
    STORED, g=[0.5, 0.4], omega=[1.0, 1.4], loss=[0.8, 1.3], gain=[0.0, 0.3], drive=0.02, disorder=0.2, seed=3
)


def glauber_network():
    return OpenHopfield(STORED, Glauber(temperature=0.7))


@cache
def glauber_generator():
    return twin.generator(6, twin.glauber(twin.hebb(STORED.values), 0.7))


def cavity_network():
    with pytest.warns(RegimeWarning):
        return OpenHopfield.from_dicke(DICKE)


@cache
def cavity_generator():
    return twin.generator(6, twin.cavity(DICKE.g, DICKE.omega, DICKE.loss, DICKE.gain, DICKE.drive))


CASES = [
    # times at which the probability has spread and has not yet settled
    pytest.param(glauber_network, glauber_generator, (0.5, 2.0), id="Glauber"),
    pytest.param(cavity_network, cavity_generator, (150.0, 600.0), id="cavity"),
]


def paths(network, times, runs, run=_kernels.run, seed=1):
    """Numbers of the configurations that each run passes at `times`, shape (runs, T)."""
    table = RateTable.of(network, 1e-9)
    times, path = np.array(times), np.empty((len(times), network.n_spins), np.int8)
    flips, found = np.empty(len(times), np.int64), np.empty((runs, len(times)), np.int64)
    for k, stream in enumerate(spawn_streams(seed, runs)):
        run(
            np.array(START, np.int8), network.couplings, network.spin_classes, table.edges, table.coefficients,
            table.offsets, times, stream, path, flips,
        )  # fmt: skip
        found[k] = [twin.number(sigma) for sigma in path]
    return found


def largest_z(found, matrix, times):
    """Largest deviation of a relative frequency in standard errors, where more than ten counts are expected."""
    runs, worst = len(found), 0.0
    for k, time in enumerate(times):
        exact = twin.evolve(matrix, START, time)
        counts = np.bincount(found[:, k], minlength=len(exact))
        seen = exact * runs > 10
        exact, counts = exact[seen], counts[seen]
        worst = max(worst, float(np.abs((counts / runs - exact) / np.sqrt(exact * (1 - exact) / runs)).max()))
    return worst


def planted(old, new):
    """The event loop with `old` replaced by `new` in its source, compiled anew."""
    source = inspect.getsource(_kernels).replace("@compiled", "@njit(nogil=True)")
    assert source.count(old) == 1, "the kernel has changed: plant the error anew"
    namespace = {"njit": numba.njit}
    exec(source.replace(old, new), namespace)
    return namespace["run"]


@pytest.mark.slow
@pytest.mark.parametrize(("network", "generator", "times"), CASES)
def test_frequencies_of_configurations_follow_the_master_equation(network, generator, times):
    """40 000 runs see a probability p that is wrong by 4.5 [(1-p) / (40 000 p)]^(1/2): 6.8 per cent at p = 0.1, 22 at
    0.01. Rates that are all wrong by the same six per cent are seen (next test).
    """
    assert largest_z(paths(network(), times, RUNS), generator(), times) < LARGEST_Z


@pytest.mark.parametrize(("network", "generator", "times"), CASES)
def test_that_many_runs_would_see_rates_wrong_by_six_per_cent(network, generator, times):
    del network
    matrix, shifts = generator(), []
    for time in times:
        exact, wrong = twin.evolve(matrix, START, time), twin.evolve(1.06 * matrix, START, time)
        shifts.append(np.abs(wrong - exact) / np.sqrt(exact * (1 - exact) / RUNS))
    # two standard errors beyond the limit: missed with probability 0.02
    assert np.max(shifts) > LARGEST_Z + 2


PLANTED = [
    pytest.param("-math.log(1.0 - generator.random()) / total", "1.0 / total", id="deterministic waiting times"),
    pytest.param("2.0 * couplings[chosen, j]", "4.0 * couplings[chosen, j]", id="field update 4 for 2"),
    pytest.param("pick(rates, total * generator.random())", "int(n * generator.random())", id="any spin flips"),
    pytest.param("now += wait", "now = wait", id="clock starts anew"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("old", "new"), PLANTED)
def test_planted_errors_are_caught(old, new):
    found = paths(glauber_network(), (0.5, 2.0), RUNS, run=planted(old, new))
    assert largest_z(found, glauber_generator(), (0.5, 2.0)) > 2 * LARGEST_Z


def test_the_event_loop_in_python_follows_the_same_path():
    for network in (glauber_network(), cavity_network()):
        times = np.linspace(0, 3 / network.rates(START).mean(), 7)
        compiled, python = (paths(network, times, 20, run) for run in (_kernels.run, _kernels.run.py_func))
        np.testing.assert_array_equal(compiled, python)
        assert len(np.unique(compiled)) > 5


def test_the_theory_gives_the_observables_of_those_paths():
    network, times = glauber_network(), (0.0, 0.5, 2.0)
    found = paths(network, times, 50, seed=9)
    sigma = np.array([[twin.configuration(int(k), 6) for k in row] for row in found])
    energies = [[twin.energy(twin.hebb(STORED.values), s) for s in row] for row in sigma]
    result = KineticMonteCarlo(runs=50, seed=9).evolve(network, START, times)
    np.testing.assert_allclose(result["energy"], energies, atol=1e-12)
    np.testing.assert_allclose(result["magnetisation"], sigma.mean(axis=2), atol=1e-15)
    np.testing.assert_allclose(result["spin_z"], sigma.mean(axis=0), atol=1e-15)
    np.testing.assert_allclose(result["overlap"], sigma @ STORED.values.T / 6, atol=1e-15)


# The master equation


@pytest.mark.parametrize(("network", "generator", "times"), CASES)
def test_the_master_equation_equals_its_definition(network, generator, times):
    theory, times = ClassicalMasterEquation(), (0.0, *times, 20 * times[-1])
    model, matrix = network(), generator()
    found = theory.generator(model).toarray()
    np.testing.assert_allclose(found, matrix, rtol=0, atol=1e-10 * abs(matrix).max())
    result = theory.evolve(model, START, times)
    expected = np.array([twin.evolve(matrix, START, time) for time in times])
    np.testing.assert_allclose(result["probability"], expected, rtol=0, atol=1e-10)
    sigma = np.array([twin.configuration(k, 6) for k in range(64)])
    np.testing.assert_allclose(result["spin_z"], expected @ sigma, rtol=0, atol=1e-9)
    np.testing.assert_allclose(result["magnetisation"], expected @ sigma.mean(axis=1), rtol=0, atol=1e-9)
    np.testing.assert_allclose(result["overlap"], expected @ sigma @ STORED.values.T / 6, rtol=0, atol=1e-9)
    energies = [twin.energy(model.couplings.tolist(), s) for s in sigma]
    np.testing.assert_allclose(result["energy"], expected @ energies, rtol=0, atol=1e-9)


@given(couplings_with_spins(), floats(0.2, 3))
@settings(max_examples=30, deadline=None)
def test_probability_is_conserved_and_stays_positive(drawn, temperature):
    couplings, start = drawn
    network = OpenHopfield(couplings, Metropolis(temperature))
    generator = ClassicalMasterEquation().generator(network).toarray()
    np.testing.assert_allclose(generator.sum(axis=0), 0, atol=1e-14)
    probability = ClassicalMasterEquation().evolve(network, start, [0.3, 3.0])["probability"].values
    np.testing.assert_allclose(probability.sum(axis=1), 1, atol=1e-12)
    assert probability.min() > -1e-14


@pytest.mark.parametrize("law", [Glauber, Metropolis])
@given(drawn=couplings_with_spins(), temperature=floats(0.3, 3), rate=floats(0.1, 5))
@settings(max_examples=30, deadline=None)
def test_thermal_laws_are_in_detailed_balance(law, drawn, temperature, rate):
    couplings, _ = drawn
    generator = ClassicalMasterEquation().generator(OpenHopfield(couplings, law(temperature, rate))).toarray()
    flow = generator * twin.boltzmann(couplings, temperature)
    np.testing.assert_allclose(flow, flow.T, rtol=1e-10, atol=1e-14)


def cycle_affinity(generator, sigma, i, j):
    """Kolmogorov: the logarithm of the ratio of the two ways round sigma, F_i, F_i F_j, F_j; zero in balance."""
    corners = [sigma, twin.flipped(sigma, i), twin.flipped(twin.flipped(sigma, i), j), twin.flipped(sigma, j)]
    a, b, c, d = (twin.number(corner) for corner in corners)
    forward = generator[b, a] * generator[c, b] * generator[d, c] * generator[a, d]
    backward = generator[a, b] * generator[b, c] * generator[c, d] * generator[d, a]
    return math.log(forward / backward)


def test_a_cavity_with_unequal_couplings_is_not_in_detailed_balance():
    dicke = MultimodeDicke([[0.3], [0.6], [1.0]], 1.0, 1.0, drive=0.02)
    network = OpenHopfield(dicke.ising_couplings(), CavityRates(dicke))
    generator = ClassicalMasterEquation().generator(network).toarray()
    found = cycle_affinity(generator, (1, 1, 1), 0, 2)
    exact = twin.generator(3, twin.cavity(dicke.g, dicke.omega, dicke.loss, dicke.gain, 0.02))
    assert found == pytest.approx(cycle_affinity(exact, (1, 1, 1), 0, 2), abs=1e-8)
    assert abs(found) > 0.1
    thermal = ClassicalMasterEquation().generator(OpenHopfield(dicke.ising_couplings(), Glauber(0.5))).toarray()
    assert cycle_affinity(thermal, (1, 1, 1), 0, 2) == pytest.approx(0, abs=1e-12)


def test_cavity_twin_has_the_tabulated_rates():
    # Passport: docs/check_values.md, rates at omega = 1, drive 0.1, relative tolerance 1e-9. The force G of the other
    # spins comes from one more spin with coupling G.
    rows = [
        (0.5, 0.8, -1, 0.6, 0.0, 1.6748435756e-2),
        (0.5, 0.8, +1, 0.6, 0.0, 2.2660400860e-4),
        (0.8, 0.5, +1, 1.5, 0.5, 3.2939250028e-3),
        (0.7, 1.0, -1, 4.0, 1.0, 1.6890902652e-2),
    ]
    for g, others, spin, loss, gain, rate in rows:
        found = twin.cavity([[g], [others]], [1.0], [loss], [gain], 0.1)((spin, 1), 0)
        assert found == pytest.approx(rate, rel=1e-9)


# Seeds


def test_run_k_does_not_depend_on_the_number_of_runs():
    few, many = (KineticMonteCarlo(runs=runs, seed=4).evolve(glauber_network(), START, [1.0, 5.0]) for runs in (5, 12))
    for name in ("overlap", "energy", "flips", "magnetisation"):
        np.testing.assert_array_equal(few[name], many[name].isel(run=slice(5)))


def test_a_seed_fixes_every_bit_and_another_seed_changes_them():
    first, again, other = (
        KineticMonteCarlo(runs=30, seed=seed).evolve(glauber_network(), START, [1.0, 5.0]) for seed in (4, 4, 5)
    )
    assert first.identical(again)
    assert (first["flips"] != other["flips"]).mean() > 0.5


def test_runs_do_not_share_their_random_numbers():
    flips = KineticMonteCarlo(runs=400, seed=4).evolve(glauber_network(), START, [20.0])["flips"].values[:, 0]
    neighbours = np.corrcoef(flips[:-1], flips[1:])[0, 1]
    # a correlation of independent runs has the standard error 1/sqrt(399) = 0.05
    assert abs(neighbours) < 0.05 * LARGEST_Z


# Rate tables


def tabulated(table, label, energies):
    first, last = table.offsets[label : label + 2]
    read = tabulated_rate
    return np.array([read(table.edges, table.coefficients, first, last, float(e)) for e in energies])


@pytest.mark.parametrize("law", [Glauber(0.3), Glauber(0.0), Glauber(0.02, 3.0), Metropolis(0.3), Metropolis(0.0)])
def test_tables_of_discrete_flip_energies_are_exact(law):
    stored = Patterns(np.random.default_rng(2).choice([-1, 1], (3, 30)))
    table = RateTable.of(OpenHopfield(stored, law), 1e-9)
    # J is a multiple of 1/30, and a sum over 29 spins of odd multiples: flip energies are multiples of 2/30
    largest = int(2 * np.abs(np.array(twin.hebb(stored.values))).sum(axis=1).max() * 15 + 0.5)
    energies = np.arange(-largest, largest + 1) / 15
    np.testing.assert_allclose(tabulated(table, 0, energies), law(energies), rtol=1e-13, atol=0)
    assert table.error == 0


@pytest.mark.parametrize("accuracy", [1e-4, 1e-9])
def test_interpolated_tables_meet_their_accuracy(accuracy):
    network = cavity_network()
    table = RateTable.of(network, accuracy)
    rng = np.random.default_rng(6)
    for spin, label in enumerate(network.spin_classes):
        reach = 2 * np.abs(network.couplings[spin]).sum()
        energies = rng.uniform(-reach, reach, 300)
        error = np.abs(tabulated(table, label, energies) / network.rate_law(energies, label) - 1).max()
        # twice: the error between the points where it is checked may exceed that at them
        assert error < 2 * accuracy
    assert 0 < table.error <= accuracy


@pytest.mark.parametrize("law", [Glauber(0.3), Glauber(0.05), Glauber(0.0), Metropolis(0.3), Metropolis(0.0)])
def test_tables_of_any_couplings_meet_their_accuracy(law):
    rng = np.random.default_rng(8)
    half = rng.normal(size=(8, 8)) / 8
    network = OpenHopfield(half + half.T, law)
    sigma = rng.choice([-1, 1], (200, 8))
    energies = network.flip_energies(sigma).ravel()
    table = RateTable.of(network, 1e-9)
    np.testing.assert_allclose(tabulated(table, 0, energies), law(energies), rtol=2e-9, atol=0)


def test_a_free_flip_at_zero_temperature_has_half_the_rate_with_any_couplings():
    """Glauber's rate at T = 0 is 1, 1/2, 0 below, at and above zero flip energy; spin 2 couples to nothing."""
    network = OpenHopfield([[0, math.sqrt(2), 0, 0], [math.sqrt(2), 0, 0, 1], [0, 0, 0, 0], [0, 1, 0, 0]], Glauber(0.0))
    table = RateTable.of(network, 1e-9)
    np.testing.assert_array_equal(tabulated(table, 0, [-1.0, 0.0, 1.0]), [1.0, 0.5, 0.0])


def test_a_spin_that_couples_to_nothing_flips_at_half_the_rate_at_zero_temperature():
    flips = KineticMonteCarlo(runs=1000, seed=1).evolve(OpenHopfield([[0.0]], Glauber(0.0)), [1], [20.0])["flips"]
    # Poisson with mean 10: standard error of the mean over 1000 runs 0.1
    assert flips.mean().item() == pytest.approx(10, abs=0.1 * LARGEST_Z)


@pytest.mark.parametrize("law", [Glauber(0.01), Metropolis(0.01)])
def test_rates_below_the_smallest_float_are_no_obstacle(law):
    """Flip energies over a thousand temperatures: rates of e^-1000 are zero for every purpose."""
    half = np.random.default_rng(8).normal(size=(6, 6))
    network = OpenHopfield(half + half.T, law)
    assert KineticMonteCarlo(runs=1, seed=1).evolve(network, START, [10.0])["flips"].item() < 1000


class Law:
    """Any function of the flip energy."""

    def __init__(self, function):
        self.function = function

    def __call__(self, flip_energy, spin_class=0):
        return self.function(np.asarray(flip_energy, float) + 0 * np.asarray(spin_class))

    def spin_classes(self, n_spins):
        return np.zeros(n_spins, np.int64)

    def to_dict(self):
        return {"rate_law": "Law"}


LATTICE = STORED
CONTINUUM = [[0, 1, 0.3], [1, 0, math.pi / 3], [0.3, math.pi / 3, 0]]


@pytest.mark.parametrize("memory", [LATTICE, CONTINUUM], ids=["lattice", "continuum"])
@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda e: np.where(e > 0.5, -0.25, 1.0), "must be finite and not negative, but Law gives -0.25"),
        (lambda e: np.where(e > 0.5, np.nan, 1.0), "Law gives nan"),
        (lambda e: np.where(e > 0.5, np.inf, 1.0), "Law gives inf|cannot be tabulated"),
    ],
    ids=["negative", "NaN", "infinite"],
)
def test_rates_that_are_no_rates_are_refused(memory, function, message):
    with pytest.raises(RateTableError, match=message):
        RateTable.of(OpenHopfield(memory, Law(function)), 1e-9)


@pytest.mark.parametrize(
    "function",
    [
        lambda e: 1.0 + (e > 0.3),
        lambda e: 1 + np.abs(e - 0.3) ** 0.25,
        lambda e: 1 / np.maximum(np.abs(e - 0.3), 1e-14),
        lambda e: 1 + 0.5 * np.sin(1e9 * e),
    ],
    ids=["step", "cusp", "needle", "wild"],
)
def test_laws_that_no_table_can_hold_are_refused(function):
    with pytest.raises(RateTableError, match="cannot be tabulated to 1e-09"):
        RateTable.of(OpenHopfield(CONTINUUM, Law(function)), 1e-9)


def test_a_narrow_resonance_is_resolved():
    def function(energy):
        return 1 + 1 / (1 + ((energy - 0.3) / 0.002) ** 2)

    table = RateTable.of(OpenHopfield(CONTINUUM, Law(function)), 1e-9)
    energies = 0.3 + np.linspace(-0.02, 0.02, 501)
    np.testing.assert_allclose(tabulated(table, 0, energies), function(energies), rtol=2e-9)


# Limits


@pytest.mark.parametrize("law", [Glauber(0.0), Metropolis(0.0)])
def test_a_frozen_state_stays(law):
    stored = Patterns([[1, 1, -1, 1, -1, 1, 1, -1]])
    result = KineticMonteCarlo(runs=3, seed=1).evolve(OpenHopfield(stored, law), stored[0], [0.0, 1e6])
    assert (result["flips"] == 0).all()
    np.testing.assert_array_equal(result["spin_z"].values, [stored[0], stored[0]])


def mean_field_overlap(temperature, times):
    """dm/dt = tanh(m/T) - m from m = 1 (P. Rotondo et al. 2018 at no drive)."""
    return solve_ivp(
        lambda _, m: np.tanh(m / temperature) - m, (0, times[-1]), [1.0], t_eval=times, rtol=1e-11, atol=1e-12
    ).y[0]


TEMPERATURE, RELAXATION = 0.8, np.array([1.0, 3.0, 6.0])


def test_the_chain_of_one_pattern_approaches_the_mean_field_as_one_over_n():
    mean_field = mean_field_overlap(TEMPERATURE, RELAXATION)
    errors = [twin.one_pattern_chain(n, TEMPERATURE, RELAXATION) - mean_field for n in (100, 200, 400, 800)]
    ratios = np.array(errors[:-1]) / np.array(errors[1:])
    # 1/N, with a correction of relative order 1/N itself, which is largest late and at small N
    np.testing.assert_allclose(ratios[-1], 2, rtol=0.03)
    assert (abs(ratios - 2) < 0.2).all()
    assert (np.diff(abs(ratios - 2), axis=0) < 0).all()


@pytest.mark.slow
@pytest.mark.parametrize(("n_spins", "runs"), [(50, 4000), (200, 1000), (800, 100)])
def test_the_overlap_of_one_pattern_relaxes_as_its_chain(n_spins, runs):
    """Within 4.5 standard errors. These are 0.0024 at t = 6 for N = 200, where chain and mean field differ by 0.0099,
    and some 0.001 for N = 50, where they differ by 0.047: there the sample must tell them apart.
    """
    pattern = np.random.default_rng(1).choice([-1, 1], n_spins)
    network = OpenHopfield(Patterns([pattern]), Glauber(TEMPERATURE))
    result = KineticMonteCarlo(runs=runs, seed=2).evolve(network, pattern, RELAXATION)
    overlap = result["overlap"].values[:, :, 0]
    mean, error = overlap.mean(axis=0), overlap.std(axis=0, ddof=1) / np.sqrt(runs)
    assert (abs(mean - twin.one_pattern_chain(n_spins, TEMPERATURE, RELAXATION)) < LARGEST_Z * error).all()
    if n_spins == 50:
        assert (abs(mean - mean_field_overlap(TEMPERATURE, RELAXATION)) > 2 * LARGEST_Z * error).any()


@pytest.mark.parametrize("theory", [KineticMonteCarlo(runs=1, seed=1), ClassicalMasterEquation()])
def test_a_coherent_drive_is_refused(theory):
    network = OpenHopfield(STORED, Glauber(0.5), drive=0.1)
    with pytest.raises(ArgumentError, match=r"must have no coherent drive for .*drive=0.1.*set `drive=0`"):
        theory.evolve(network, START, [1.0])
