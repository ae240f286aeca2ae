"""Steady states, spectra, passage times and committors of classical chains: closed forms and dense algebra."""

import math
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from scipy.linalg import expm
from scipy.special import gamma

from cavity_hopfield import (
    CavityRates,
    ClassicalMasterEquation,
    Glauber,
    Metropolis,
    MultimodeDicke,
    OpenHopfield,
    Patterns,
    RegimeWarning,
)
from cavity_hopfield.network import CountedHopfield
from cavity_hopfield.theory.master_equation import chain as chain_module
from cavity_hopfield.theory.master_equation import relaxation
from tests.strategies import couplings_with_spins, floats
from tests.twins import birth_death
from tests.twins import classical_generator as twin

LISTED, COUNTED = ClassicalMasterEquation(), ClassicalMasterEquation(resolution="classes")
STORED = Patterns([[1, 1, -1, 1, -1, 1], [1, -1, 1, 1, 1, -1]], names=("A", "B"))
G = np.array([[0.5, 0.2], [0.4, -0.3], [-0.6, 0.3], [0.3, 0.5], [-0.45, 0.25], [0.5, -0.4]])
DICKE = MultimodeDicke(G, [1.0, 1.4], [0.8, 1.3], [0.0, 0.3], 0.05, patterns=STORED)


def cavity_network():
    return OpenHopfield(DICKE.ising_couplings(), CavityRates(DICKE), patterns=STORED)


@cache
def cavity_generator():
    return twin.generator(6, twin.cavity(DICKE.g, DICKE.omega, DICKE.loss, DICKE.gain, DICKE.drive))


def glauber_network(temperature=0.4):
    return OpenHopfield(STORED, Glauber(temperature))


CASES = [
    pytest.param(glauber_network, lambda: twin.generator(6, twin.glauber(twin.hebb(STORED.values), 0.4)), id="Glauber"),
    pytest.param(cavity_network, cavity_generator, id="cavity"),
]


# Steady states


@pytest.mark.parametrize("law", [Glauber, Metropolis])
@given(drawn=couplings_with_spins(), temperature=floats(0.05, 3), rate=floats(0.1, 5))
@settings(max_examples=40, deadline=None)
def test_thermal_laws_rest_in_boltzmann_to_machine_precision(law, drawn, temperature, rate):
    """Every probability by itself, down to exp(-1000). Energies of order ten are rounded at 1e-15, over T."""
    couplings, _ = drawn
    n = len(couplings)
    steady = LISTED.steady_state(OpenHopfield(couplings, law(temperature, rate)))
    energies = np.array([twin.energy(couplings, twin.configuration(k, n)) for k in range(2**n)])
    expected = np.exp(-(energies - energies.min()) / temperature)
    assert steady.attrs["method"] == "detailed balance"
    rounding = 1e-15 * (4 + np.abs(couplings).sum() / temperature)
    np.testing.assert_allclose(steady["probability"], expected / expected.sum(), rtol=20 * rounding, atol=1e-300)


@pytest.mark.parametrize("how", ["elimination", "iteration"])
def test_the_steady_state_of_a_cavity_is_the_null_vector(how, monkeypatch):
    if how == "iteration":
        monkeypatch.setattr(chain_module, "MOST_ELIMINATED", -1.0)
    steady = LISTED.steady_state(cavity_network())
    matrix = cavity_generator()
    system = np.vstack([matrix / abs(matrix).max(), np.ones(64)])
    expected = np.linalg.lstsq(system, np.eye(65)[-1], rcond=None)[0]
    assert steady.attrs["method"] == how
    assert steady.attrs["residual"] < 1e-15
    assert steady.attrs["error"] < 1e-10
    # the rates agree to 1e-9
    np.testing.assert_allclose(steady["probability"], expected, rtol=1e-7)
    assert np.abs(steady["probability"].values / twin.boltzmann(DICKE.ising_couplings(), 0.4) - 1).max() > 0.01


def test_elimination_and_iteration_agree_in_every_probability(monkeypatch):
    """Over ten orders of magnitude."""
    dicke = MultimodeDicke(2.2 * G, [1.0, 1.4], [0.8, 1.3], [0.0, 0.3], 0.05)
    network = OpenHopfield(dicke.ising_couplings(), CavityRates(dicke))
    exact = LISTED.steady_state(network)["probability"]
    monkeypatch.setattr(chain_module, "MOST_ELIMINATED", -1.0)
    found = LISTED.steady_state(network)["probability"]
    assert exact.max() / exact.min() > 1e6
    np.testing.assert_allclose(found, exact, rtol=1e-11)


def test_one_spin_and_two_spins_in_closed_form():
    """One spin: p = 1/2, decay at W(up) + W(down) = 1. Two with J: p ~ exp(+-J/T)."""
    one = LISTED.spectrum(OpenHopfield([[0.0]], Glauber(0.7)), 2)
    np.testing.assert_allclose(one["eigenvalue_real"], [0, -1], atol=1e-15)
    coupling, temperature = 0.6, 0.5
    network = OpenHopfield([[0, coupling], [coupling, 0]], Glauber(temperature))
    tanh = math.tanh(coupling / temperature)
    aligned = (1 + tanh) / 4
    np.testing.assert_allclose(
        LISTED.steady_state(network)["probability"], [aligned, 0.5 - aligned, 0.5 - aligned, aligned], rtol=1e-14
    )
    # <s_1 + s_2> decays at 1 - tanh, <s_1 - s_2> at 1 + tanh, <s_1 s_2> at 2 (R. J. Glauber 1963)
    spectrum = LISTED.spectrum(network, 4)
    np.testing.assert_allclose(spectrum["eigenvalue_real"], [0, tanh - 1, -1 - tanh, -2], atol=1e-14)
    np.testing.assert_array_equal(spectrum["parity"], [1, -1, -1, 1])
    up = (1 - tanh) / 2
    times = LISTED.mean_first_passage_time(network, np.array([True, False, False, False]))["mean_passage_time"]
    mixed = 2 * (1 / (2 * (1 - up)) + 1 / (4 * up))
    np.testing.assert_allclose(times, [0, mixed, mixed, mixed + 1 / (2 * up)], rtol=1e-14)


def test_memories_at_zero_temperature_are_closed_classes():
    network = glauber_network(0.0)
    classes = LISTED.closed_classes(network)
    found = {twin.configuration(int(k), 6) for k in np.flatnonzero(classes["member"].any("closed_class"))}
    stable = {sigma for sigma in (twin.configuration(k, 6) for k in range(64)) if all(network.flip_energies(sigma) > 0)}
    assert stable <= found
    np.testing.assert_allclose(classes["probability"].sum("configuration"), 1, rtol=1e-14)
    generator = LISTED.generator(network).toarray()
    np.testing.assert_allclose(generator @ classes["probability"].values.T, 0, atol=1e-14)
    late = expm(generator * 400.0)
    ranks = np.linalg.matrix_rank(late, tol=1e-6)
    assert ranks == classes.sizes["closed_class"]


# Counts


@pytest.mark.parametrize("law", [Glauber(0.4), Metropolis(0.6, 2.0)])
def test_counts_are_sums_over_the_configurations(law):
    network = OpenHopfield(STORED, law)
    full, lumped = LISTED.steady_state(network), COUNTED.steady_state(network)
    assert dict(lumped.sizes)["count"] == 15
    start = np.array([1, -1, -1, -1, 1, 1])
    for whole, few in (
        (full["probability"].values, lumped["probability"].values),
        (
            LISTED.evolve(network, start, [0.7])["probability"].values[0],
            COUNTED.evolve(network, start, [0.7])["probability"].values[0],
        ),
    ):
        summed = np.zeros(15)
        np.add.at(summed, count_of(lumped), whole)
        np.testing.assert_allclose(few, summed, rtol=1e-12)
    for name in ("overlap", "energy", "magnetisation"):
        np.testing.assert_allclose(lumped[name], full[name], atol=1e-14)


def count_of(lumped):
    """The place of the counts of every configuration, by going through them."""
    label, sign = lumped["class_of_spin"].values, lumped["sign_in_class"].values
    rows = [tuple(row) for row in lumped["spins_up"].values]
    return [
        rows.index(tuple(int(sum(s * t > 0 for s, t, c in zip(twin.configuration(k, 6), sign, label, strict=True)
                                 if c == which)) for which in range(2)))
        for k in range(64)
    ]  # fmt: skip


def test_passages_of_counts_are_those_of_their_configurations():
    network = glauber_network()
    targets = [("A", 1.0), ("B", 1.0), ("A", -1.0)]
    places = count_of(COUNTED.steady_state(network))
    for name, ask in (("mean_passage_time", "mean_first_passage_time"), ("basin_probability", "basin_probabilities")):
        full, lumped = getattr(LISTED, ask)(network, targets)[name], getattr(COUNTED, ask)(network, targets)[name]
        np.testing.assert_allclose(full, lumped.values[places], rtol=1e-12, atol=1e-15)


def test_the_symmetric_spectrum_is_part_of_the_whole():
    network = glauber_network()
    whole = np.linalg.eigvals(twin.generator(6, twin.glauber(twin.hebb(STORED.values), 0.4)))
    part = COUNTED.spectrum(network, 15)["eigenvalue_real"].values
    assert all(np.abs(whole - value).min() < 1e-12 for value in part)


# Spectra


@pytest.mark.parametrize(("network", "generator"), CASES)
def test_spectra_are_those_of_dense_algebra(network, generator):
    values = np.linalg.eigvals(generator())
    values = values[np.argsort(-values.real)][:12]
    spectrum = LISTED.spectrum(network(), 12)
    scale = abs(generator()).max()
    np.testing.assert_allclose(spectrum["eigenvalue_real"], values.real, atol=1e-9 * scale)
    assert spectrum["residual"].max() < 1e-13 * scale
    np.testing.assert_allclose(spectrum["relaxation_time"][1:], -1 / values.real[1:], rtol=1e-6)
    assert spectrum["relaxation_time"][0] == np.inf


@pytest.mark.slow
@pytest.mark.parametrize("network", [glauber_network, cavity_network])
def test_krylov_spaces_find_what_dense_algebra_finds(network, monkeypatch):
    monkeypatch.setattr(chain_module, "MOST_ELIMINATED", -1.0)
    model = network()
    dense = LISTED.spectrum(model, 6)
    monkeypatch.setattr(relaxation, "LARGEST_DENSE", 8)
    monkeypatch.setattr(relaxation, "VECTORS", 12)
    found = LISTED.spectrum(model, 6)
    scale = model.rates(np.ones(6)).max()
    np.testing.assert_allclose(found["eigenvalue_real"], dense["eigenvalue_real"], atol=1e-8 * scale)


def test_metastable_eigenvalues_keep_digits_below_round_off():
    """Two wells of N = 84: the odd vector vanishes at the top of the barrier, k = N/2, and its rate is one over the
    time to get there, to the ratio of the time within a well to that time. It is below 1e-19 of the largest rate.
    """
    up, down = birth_death.one_pattern(84, 0.42)
    spectrum = COUNTED.spectrum(CountedHopfield(Patterns([[1]]), [84], Glauber(0.42)), 3)
    slow = 1 / birth_death.climb_times(up[:43], down[:43])[0]
    assert slow < 1e-19 * (up + down).max()
    assert spectrum["relaxation_time"].values[1] == pytest.approx(1 / slow, rel=1e-6)
    np.testing.assert_array_equal(spectrum["parity"][:2], [1, -1])


def test_a_rate_that_is_lost_in_round_off_has_no_relaxation_time():
    spectrum = COUNTED.spectrum(CountedHopfield(Patterns([[1]]), [2000], Glauber(0.3)), 3)
    times = dict(zip(spectrum["parity"].values[:2], spectrum["relaxation_time"].values[:2], strict=True))
    assert times[1] == np.inf
    assert np.isnan(times[-1])


# Passages


@pytest.mark.parametrize(("network", "generator"), CASES)
@pytest.mark.parametrize("how", ["elimination", "iteration"])
def test_passages_solve_their_equations(network, generator, how, monkeypatch):
    if how == "iteration":
        monkeypatch.setattr(chain_module, "MOST_ELIMINATED", -1.0)
    targets = [("A", 1.0), ("B", 1.0), ("A", -1.0)]
    places = [twin.number(tuple(int(s) for s in sigma)) for sigma in (STORED[0], STORED[1], -STORED[0])]
    free = np.setdiff1d(np.arange(64), places)
    backward = generator().T
    times = np.zeros(64)
    times[free] = np.linalg.solve(backward[np.ix_(free, free)], -np.ones(free.size))
    found = LISTED.mean_first_passage_time(network(), targets)
    assert found.attrs["method"] == how
    np.testing.assert_allclose(found["mean_passage_time"], times, rtol=1e-7)
    basins = LISTED.basin_probabilities(network(), targets)["basin_probability"]
    for k, place in enumerate(places):
        expected = np.zeros(64)
        expected[place] = 1
        expected[free] = np.linalg.solve(backward[np.ix_(free, free)], -backward[free, place])
        np.testing.assert_allclose(basins[:, k], expected, atol=1e-7)
    np.testing.assert_allclose(basins.sum("target"), 1, atol=1e-8)


def test_a_birth_death_chain_in_closed_form():
    n, temperature = 60, 0.7
    up, down = birth_death.one_pattern(n, temperature)
    network = CountedHopfield(Patterns([[1]]), [n], Glauber(temperature))
    theory = ClassicalMasterEquation()
    np.testing.assert_allclose(
        theory.steady_state(network)["probability"][::-1], birth_death.stationary(up, down), rtol=1e-12
    )
    times = theory.mean_first_passage_time(network, [("1", 1.0)])["mean_passage_time"]
    np.testing.assert_allclose(times[::-1], birth_death.climb_times(up, down), rtol=1e-12)
    basins = theory.basin_probabilities(network, [("1", 1.0), ("1", -1.0)])["basin_probability"]
    np.testing.assert_allclose(basins[::-1, 0], birth_death.top_first(up, down), rtol=1e-12)
    gap = np.sort(np.linalg.eigvals(birth_death.matrix(up, down)).real)[-2]
    assert theory.spectrum(network, 2)["eigenvalue_real"].values[1] == pytest.approx(gap, rel=1e-9)


def test_a_passage_over_a_high_barrier_keeps_its_digits():
    """e^100 units of time, where a solver with subtractions has no digit left."""
    up, down = birth_death.one_pattern(400, 0.3)
    network = CountedHopfield(Patterns([[1]]), [400], Glauber(0.3))
    times = ClassicalMasterEquation().mean_first_passage_time(network, [("1", 0.9)])["mean_passage_time"]
    expected = birth_death.climb_times(up[:381], down[:381])
    assert expected[0] > 1e40
    np.testing.assert_allclose(times[::-1][:381], expected, rtol=1e-11)


def test_what_cannot_be_reached_takes_for_ever():
    network = glauber_network(0.0)
    times = LISTED.mean_first_passage_time(network, [("A", 1.0)])["mean_passage_time"].values
    basins = LISTED.basin_probabilities(network, [("A", 1.0), ("A", -1.0)])["basin_probability"].values
    matrix = expm(LISTED.generator(network).toarray() * 400.0)
    reached = matrix[twin.number(tuple(int(s) for s in STORED[0]))]
    np.testing.assert_allclose(basins[:, 0], reached, atol=1e-9)
    np.testing.assert_array_equal(np.isinf(times), reached < 1 - 1e-6)
    assert np.isinf(times).any()
    assert (times[np.isfinite(times)] < 50).all()


# Large numbers of spins


def test_critical_slowing_down_of_one_pattern():
    r"""At T = 1 the gap is $c N^{-1/2}$ with c from the critical Fokker-Planck operator, corrections of order
    $N^{-1/2}$; at T = 2 it is that of the mean field, 1 - 1/T.
    """
    constant = birth_death.critical_relaxation()[1]

    def gap(n, temperature):
        network = CountedHopfield(Patterns([[1]]), [n], Glauber(temperature))
        return -COUNTED.spectrum(network, 2)["eigenvalue_real"].values[1]

    scaled = np.array([gap(n, 1.0) * math.sqrt(n) for n in (250, 1000, 4000)])
    errors = constant - scaled
    np.testing.assert_allclose(errors[:-1] / errors[1:], 2, rtol=0.06)
    assert scaled[-1] + errors[-1] == pytest.approx(constant, rel=1e-3)
    far = np.array([gap(n, 2.0) - 0.5 for n in (500, 1000)])
    assert far[0] / far[1] == pytest.approx(2, rel=0.02)


def cavity_of_one_pattern(n_spins, strength):
    """$N g^2$ = `strength` with loss and frequency 1, no gain."""
    dicke = MultimodeDicke([[math.sqrt(strength / n_spins)]], 1.0, 1.0, drive=1e-3, patterns=Patterns([[1]]))
    with pytest.warns(RegimeWarning):
        return CountedHopfield.from_dicke(dicke, [n_spins])


def binder(n_spins, strength):
    """<m^4> / <m^2>^2."""
    network = cavity_of_one_pattern(n_spins, strength)
    steady = COUNTED.steady_state(network)
    spins = 2.0 * steady["spins_up"].values[:, 0] - n_spins
    p = steady["probability"].values
    return float(p @ spins**4 / (p @ spins**2) ** 2)


def test_the_retrieval_threshold_of_a_cavity_with_one_pattern():
    r"""$(N - 1) g^2 = \nu |z|^4 / (8 \omega^2) = 0.1953125$ (docs/check_values.md). There the distribution is
    $e^{-c m^4}$, whose ratio of moments is $\Gamma(5/4) \Gamma(1/4) / \Gamma(3/4)^2 = 2.188$; 3 below and 1 above.
    """
    quartic = gamma(1.25) * gamma(0.25) / gamma(0.75) ** 2
    errors = np.array([quartic - binder(n, 0.1953125 * n / (n - 1)) for n in (100, 400, 1600)])
    np.testing.assert_allclose(errors[:-1] / errors[1:], 2, rtol=0.02)
    below, above = ([binder(n, 0.1953125 * factor) for n in (400, 1600)] for factor in (0.9, 1.1))
    assert 2.4 < below[0] < below[1] < 3
    assert 2 > above[0] > above[1] > 1


def test_the_cavity_slows_down_at_its_threshold():
    r"""Rates of large forces fall as $\epsilon^{-2}$ with a width $\propto 1/N$: $W = a / (N m^2)$. With $m = N^{-1/4}
    x$ drift $-W m^3$ and noise $W/N$ are both of order $1/N$: the gap closes as $1/N$, against typical rates
    $\propto N^{-1/2}$ as $N^{-1/2}$, like Glauber's. Below the threshold it stays open.
    """
    gaps = {
        strength: np.array(
            [-COUNTED.spectrum(cavity_of_one_pattern(n, strength * n / (n - 1)), 2)["eigenvalue_real"].values[1]
             for n in (100, 400, 1600)]
        )
        for strength in (0.1953125, 0.1)
    }  # fmt: skip
    np.testing.assert_allclose(gaps[0.1953125][:-1] / gaps[0.1953125][1:], 4, rtol=0.02)
    ratios = gaps[0.1][:-1] / gaps[0.1][1:]
    assert (ratios < 1.7).all()
    assert ratios[1] < ratios[0]


def test_counts_approach_the_mean_field_as_one_over_n():
    """From m = 0.5 at T = 0.8, at t = 2: dm/dt = tanh(m/T) - m by small steps of Runge and Kutta."""

    def slope(m):
        return math.tanh(m / 0.8) - m

    m, step = 0.5, 1e-3
    for _ in range(2000):
        a = slope(m)
        b = slope(m + step * a / 2)
        c = slope(m + step * b / 2)
        m += step * (a + 2 * b + 2 * c + slope(m + step * c)) / 6
    errors = []
    for n in (200, 400, 800, 1600):
        network = CountedHopfield(Patterns([[1]]), [n], Glauber(0.8))
        errors.append(COUNTED.evolve(network, [3 * n // 4], [2.0])["overlap"].values[0, 0] - m)
    ratios = np.array(errors[:-1]) / np.array(errors[1:])
    np.testing.assert_allclose(ratios[-1], 2, rtol=0.02)


# Evolution


@given(couplings_with_spins(), floats(0.2, 3), floats(0, 8))
@settings(max_examples=30, deadline=None)
def test_probabilities_in_time_are_those_of_the_exponential(drawn, temperature, time):
    couplings, start = drawn
    network = OpenHopfield(couplings, Glauber(temperature))
    matrix = twin.generator(len(start), twin.glauber(couplings, temperature))
    shares = np.arange(1.0, 2 ** len(start) + 1)
    shares /= shares.sum()
    for initial, before in ((start, np.eye(len(matrix))[twin.number(start)]), (shares, shares)):
        found = LISTED.evolve(network, initial, [time, time + 1])["probability"]
        np.testing.assert_allclose(found[0], expm(matrix * time) @ before, rtol=1e-10, atol=1e-13)
        np.testing.assert_allclose(found.sum("configuration"), 1, rtol=1e-13)
        assert found.min() >= 0


def test_rare_probabilities_have_all_their_digits():
    """Ten flips of ten free spins in a time of 1e-3: ((1 - e^-t) / 2)^10 = 1e-33."""
    network = OpenHopfield(np.zeros((10, 10)), Glauber(1.0))
    found = LISTED.evolve(network, np.ones(10), [1e-3])["probability"].values[0]
    flipped = -math.expm1(-1e-3) / 2
    assert found[-1] == pytest.approx(flipped**10, rel=1e-13)


def test_what_has_settled_stays():
    """After a million units of time, by a few hundred products."""
    network = glauber_network(0.8)
    late = LISTED.evolve(network, np.ones(6), [1e6])["probability"].values[0]
    np.testing.assert_allclose(late, twin.boltzmann(twin.hebb(STORED.values), 0.8), rtol=1e-9)
