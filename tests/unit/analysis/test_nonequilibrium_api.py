"""What the analysis of equilibrium refuses, in words that name the remedy, and what its results promise."""

import json

import numpy as np
import pytest
from scipy.sparse import csr_array

from cavity_hopfield import (
    ArgumentError,
    CavityRates,
    CountedHopfield,
    Factorised,
    FlipEnergySample,
    Glauber,
    Metropolis,
    MultimodeDicke,
    OpenHopfield,
    Patterns,
    Ramp,
    RegimeWarning,
    Scheduled,
    SizeError,
    letters,
    random_patterns,
)
from cavity_hopfield.analysis.nonequilibrium import (
    boltzmann_distance,
    effective_temperature,
    entropy_production,
    entropy_production_of_runs,
    fluctuation_dissipation,
    kolmogorov_cycles,
    net_currents,
    temperature_spread,
)
from cavity_hopfield.analysis.nonequilibrium.boltzmann_distance import closest_beta, thermal
from cavity_hopfield.analysis.nonequilibrium.rate_slopes import rate_slopes
from cavity_hopfield.analysis.nonequilibrium.transitions import Transitions
from tests.systems.rate_laws import UnknownGlauber
from tests.systems.two_baths import TwoBaths

PAIR = Patterns([[1, 1, -1, 1], [1, -1, -1, 1]])
WARM = OpenHopfield(PAIR, Glauber(0.6))
EVERY = [
    kolmogorov_cycles,
    net_currents,
    entropy_production,
    boltzmann_distance,
    temperature_spread,
    lambda model: fluctuation_dissipation(model, 0, [1.0]),
    lambda model: entropy_production_of_runs(model, [1, 1, -1, 1], burn_in=1.0, time=1.0),
]


def collective():
    pair = MultimodeDicke.from_patterns(PAIR, g=0.5, omega=1.0, loss=1.0, drive=0.01)
    return OpenHopfield(pair.ising_couplings(), CavityRates(pair, "collective"), patterns=PAIR)


@pytest.mark.parametrize("ask", EVERY)
@pytest.mark.parametrize(
    ("model", "message"),
    [
        (lambda: OpenHopfield(PAIR, Glauber(0.6), drive=0.1), "no coherent drive.*drive=0.1.*set `drive=0`"),
        (collective, "must have individual jumps"),
        (
            lambda: OpenHopfield(PAIR, Scheduled(Glauber(0.6), temperature=Ramp([0.0, 1.0], [1.0, 0.5]))),
            "must not change in time",
        ),
        (lambda: PAIR, "must be an `OpenHopfield`"),
    ],
)
def test_other_models_are_refused(ask, model, message):
    with pytest.raises(ArgumentError, match=message):
        ask(model())


@pytest.mark.parametrize("ask", EVERY[:-1])
def test_too_many_states_are_refused_with_what_serves(ask):
    large = OpenHopfield(random_patterns(6, 30, seed=1), Glauber(0.6))
    with pytest.raises(SizeError, match=r"about \d\.\de\+0\d states.*entropy_production_of_runs.*samples"):
        ask(large)


def test_a_network_that_freezes_has_no_stationary_state_of_its_own():
    frozen = OpenHopfield([[0, 1], [1, 0]], Glauber(0.0))
    for ask in (net_currents, entropy_production, boltzmann_distance):
        with pytest.raises(ArgumentError, match="one stationary distribution, but 2 sets of states are never left"):
            ask(frozen)


def test_a_frustrated_network_at_zero_temperature_lives_in_its_ground_states():
    frustrated = OpenHopfield([[0, -1, -1], [-1, 0, -1], [-1, -1, 0]], Glauber(0.0))
    distance = boltzmann_distance(frustrated)
    assert distance["temperature"] == 0
    assert distance["kullback_leibler"] < 1e-30
    assert distance["mean_energy"] == -1
    assert distance["entropy"] == pytest.approx(np.log(6))
    assert entropy_production(frustrated)["entropy_production"] == 0


def test_temperatures_may_be_negative_or_infinite():
    repelled = OpenHopfield(PAIR, UnknownGlauber(0.7, -1.0))
    assert boltzmann_distance(repelled)["temperature"] == pytest.approx(-0.7, rel=1e-9)
    free = OpenHopfield(np.zeros((2, 2)), Glauber(0.7))
    assert boltzmann_distance(free)["temperature"] == np.inf
    with pytest.raises(ArgumentError, match="every flip is free"):
        temperature_spread(free)


@pytest.mark.parametrize("temperature", [0.02, 0.01, 0.005, -0.01])
@pytest.mark.parametrize(
    "ask",
    [
        pytest.param(lambda law: OpenHopfield(letters("A"), law), id="a letter"),
        pytest.param(lambda law: OpenHopfield(PAIR, law), id="four spins"),
        pytest.param(lambda law: CountedHopfield(Patterns([[1, 1], [1, -1]]), [130, 110], law), id="many states"),
    ],
)
def test_cold_networks_keep_their_temperature(ask, temperature):
    """Excited states hold down to 1e-174 of the probability, from which the temperature is told all the same; of what
    is lost at the end of the range of floats nothing is said.
    """
    found = boltzmann_distance(ask(UnknownGlauber(abs(temperature), np.sign(temperature))))
    assert found["temperature"] == pytest.approx(temperature, rel=1e-12)
    assert 0 <= found["kullback_leibler"] < 1e-24
    assert found["largest_log_ratio"] < 1e-11


def test_a_temperature_told_by_the_last_digits_of_a_float_is_warned_of():
    with pytest.warns(RegimeWarning, match="2e-305 of its weight outside the states of extremal energy"):
        found = boltzmann_distance(OpenHopfield([[0, 1], [1, 0]], Glauber(0.00285)))
    assert found["temperature"] == pytest.approx(0.00285, rel=1e-6)


def test_the_closest_temperature_is_closer_than_its_neighbours():
    stream = np.random.default_rng(1)
    energies, ways = stream.normal(size=20), np.log(stream.integers(1, 9, 20))
    p = stream.dirichlet(np.ones(20))

    def divergence(beta):
        return (p * (np.log(p) - thermal(beta, energies, ways))).sum()

    best = closest_beta(p, energies, ways)
    assert divergence(best) < min(divergence(best + 1e-4), divergence(best - 1e-4))
    assert closest_beta(np.eye(20)[energies.argmin()], energies, ways) == np.inf
    assert closest_beta(np.eye(20)[energies.argmax()], energies, ways) == -np.inf


def test_states_are_the_product_order_and_counts_from_above():
    listed = Transitions.of(WARM, listed=True)
    assert listed.configuration(0).tolist() == [1, 1, 1, 1]
    assert listed.configuration(1).tolist() == [1, 1, 1, -1]
    assert net_currents(WARM)["probability"].dims == ("configuration",)
    counted = Transitions.of(WARM)
    assert counted.n_states == 8
    # three spins (0, 2, 3) with the signs + - +, and spin 1
    assert counted.configuration(1).tolist() == [1, -1, -1, 1]
    assert counted.configuration(6).tolist() == [-1, 1, 1, -1]
    np.testing.assert_allclose(counted.energies[1], WARM.energy([1, -1, -1, 1]))
    assert np.exp(counted.log_multiplicity).round().astype(int).tolist() == [1, 1, 3, 3, 3, 3, 1, 1]
    own = CountedHopfield(PAIR, [2, 1, 1, 1], Glauber(0.5))
    assert Transitions.of(own).configuration(0).tolist() == [2, 1, 1, 1]
    assert net_currents(own)["spins_up"].dims == ("count", "spin_class")


def test_results_say_how_they_were_made():
    sampled = kolmogorov_cycles(WARM, samples=10, seed=3)
    assert json.loads(sampled.attrs["theory"]) == {"name": "kolmogorov_cycles", "samples": 10, "seed": 3}
    assert OpenHopfield.from_json(sampled.attrs["model"]).n_spins == 4
    for result in (sampled, net_currents(WARM), entropy_production(WARM), boltzmann_distance(WARM)):
        assert all({"long_name", "units"} <= set(variable.attrs) for variable in result.data_vars.values())


def test_samples_repeat_and_need_a_place_to_look():
    one, same, other = (kolmogorov_cycles(letters_in_a_cavity(), samples=200, seed=seed) for seed in (1, 1, 2))
    assert one.identical(same)
    assert not one.equals(other)
    with pytest.raises(ArgumentError, match="`configurations` needs an `OpenHopfield`, and `samples` left out"):
        kolmogorov_cycles(WARM, configurations=[[1, 1, 1, 1]], samples=3)
    with pytest.raises(ArgumentError, match="must have 4 spins"):
        kolmogorov_cycles(WARM, configurations=[[1, 1, 1]])
    alone = kolmogorov_cycles(OpenHopfield([[0.0]], Glauber(0.5)), samples=5)
    assert alone["cycles"] == 0
    assert alone.attrs["verdict"] == "In detailed balance: there are no cycles, or every spin is like every other."


def letters_in_a_cavity():
    memory = letters("ACJ")
    dicke = MultimodeDicke.from_patterns(memory, g=0.2, omega=1.0, loss=1.0, drive=0.01, disorder=0.1, seed=1)
    return OpenHopfield(dicke.ising_couplings(), CavityRates(dicke), patterns=memory)


def test_couplings_of_any_form_have_the_same_cycles():
    network = letters_in_a_cavity()
    sparse = OpenHopfield(csr_array(network.couplings), network.rate_law, patterns=network.patterns)
    dicke = network.rate_law.dicke
    factors = OpenHopfield(Factorised(dicke.g, dicke.mediation), network.rate_law, patterns=network.patterns)
    values = [kolmogorov_cycles(form, samples=100, seed=1)["affinity"] for form in (network, sparse, factors)]
    np.testing.assert_allclose(values[1], values[0], rtol=1e-9, atol=1e-13)
    np.testing.assert_allclose(values[2], values[0], rtol=1e-9, atol=1e-13)


def test_the_fluctuations_need_a_pattern_times_and_rates():
    with pytest.raises(ArgumentError, match="must have patterns to name one"):
        fluctuation_dissipation(OpenHopfield(WARM.couplings, Glauber(0.6)), 0, [1.0])
    with pytest.raises(ArgumentError, match="`times` must increase strictly"):
        fluctuation_dissipation(WARM, 0, [1.0, 1.0])
    cold = OpenHopfield([[0, -1, -1], [-1, 0, -1], [-1, -1, 0]], Glauber(0.0), patterns=Patterns([[1, 1, 1]]))
    with pytest.raises(ArgumentError, match="rates above zero for a linear response, but Glauber gives 0"):
        fluctuation_dissipation(cold, 0, [1.0])


@pytest.mark.parametrize("temperature", [0.02, 0.5, 30.0])
def test_slopes_are_those_of_the_law(temperature):
    energies = np.array([-3.0, -0.4, 0.0, 0.1, 2.0])
    slope, error = rate_slopes(Glauber(temperature), energies, 0)
    rates = Glauber(temperature)(energies)
    exact = -rates * Glauber(temperature)(-energies) / temperature
    steepest = np.abs(exact).max()
    np.testing.assert_allclose(slope, exact, rtol=0, atol=1e-10 * steepest)
    assert (np.abs(slope - exact) <= 10 * error + 1e-12 * steepest).all()
    kink, _ = rate_slopes(Metropolis(temperature), np.array([0.0, 1.0]), 0)
    assert kink[0] == pytest.approx(-0.5 / temperature, rel=1e-9)


def test_runs_are_checked_at_the_door():
    def ask(**more):
        return entropy_production_of_runs(WARM, [1, 1, 1, 1], **({"burn_in": 1.0, "time": 1.0} | more))

    for wrong, message in (
        ({"runs": 3}, "`runs` must be at least 4"),
        ({"time": 0.0}, "`time` must be greater than 0"),
        ({"burn_in": -1.0}, "`burn_in` must be at least 0"),
        ({"snapshots": 0}, "`snapshots` must be at least 1"),
        ({"seed": -1}, "`seed` must be at least 0"),
    ):
        with pytest.raises(ArgumentError, match=message):
            ask(**wrong)
    assert ask(seed=5).identical(ask(seed=5))


def test_runs_of_counted_spins_are_those_of_listed_ones():
    """The same entropy flow at the same state, whichever form the runs are in."""
    memory = Patterns([[1, 1, 1, -1, 1, 1], [1, 1, 1, -1, -1, -1]])
    listed = OpenHopfield(memory, UnknownGlauber(0.7))
    counted = CountedHopfield(Patterns([[1, 1], [1, -1]]), [4, 2], UnknownGlauber(0.7))
    for network, start in ((listed, memory[0]), (counted, [4, 2])):
        found = entropy_production_of_runs(network, start, burn_in=5.0, time=20.0, snapshots=50, runs=8, seed=2)
        assert abs(found["entropy_production"]) < 1e-12
        assert found["inverse_temperature"] == pytest.approx(1 / 0.7, rel=1e-9)
        assert found["entropy_flow_error"] > 1e-3


def test_temperatures_at_zero_energy_need_a_scale():
    assert effective_temperature(UnknownGlauber(0.3), [0.0, 1.0]).tolist() == pytest.approx([0.3, 0.3], rel=1e-9)
    with pytest.raises(ArgumentError, match=r"must not be zero alone for UnknownGlauber.*Add a flip energy"):
        effective_temperature(UnknownGlauber(0.3), 0.0)
    assert effective_temperature(Glauber(0.3), 0.0) == 0.3
    rates = letters_in_a_cavity().rate_law
    np.testing.assert_array_equal(effective_temperature(rates, [0.0, 0.3]), rates.temperature([0.0, 0.3]))


@pytest.mark.parametrize("law", [Glauber(0.01), Metropolis(0.01)])
def test_a_thermal_law_has_its_temperature_where_its_rates_underflow(law):
    assert effective_temperature(law, [-8.0, 5.0, 7.0, 7.5, 8.0]).tolist() == [0.01] * 5
    ramp = Ramp([0.0, 10.0], [0.02, 0.01])
    assert effective_temperature(Scheduled(law, temperature=ramp), [5.0, 80.0]).tolist() == [0.02] * 2


def test_rates_too_small_for_a_number_tell_no_temperature():
    """e^(-x) is below the smallest normal number from x = 708.4 on."""
    with pytest.warns(RegimeWarning, match=r"flip energy of 7\.2 on"):
        found = effective_temperature(UnknownGlauber(0.01), [5.0, 7.0, 7.2, 8.0])
    assert found[:2] == pytest.approx([0.01, 0.01])
    assert np.isnan(found[2:]).all()

    class Cold(UnknownGlauber):
        def __call__(self, flip_energy, spin_class=0):
            energy, _ = np.broadcast_arrays(flip_energy, spin_class)
            return np.where(energy > 0, 0.0, 1.0)

    # no underflow: the flip that costs energy happens at no size of the energy
    assert effective_temperature(Cold(1.0), [1.0, 8.0]).tolist() == [0.0, 0.0]


@pytest.mark.parametrize(("law", "label", "message"), [
    (WARM, 0, "`law` must be a rate law.*OpenHopfield"),
    (letters("AC"), 0, "`law` must be a rate law.*Patterns"),
    (Glauber(0.3), float("nan"), "`spin_class`"),
    (Glauber(0.3), [0, 1], "`spin_class`"),
])  # fmt: skip
def test_what_is_no_law_or_class_has_no_temperature(law, label, message):
    with pytest.raises(ArgumentError, match=message):
        effective_temperature(law, [1.0], label)


def test_equal_rates_are_infinitely_hot_at_either_sign_of_the_energy():
    class Even(UnknownGlauber):
        def __call__(self, flip_energy, spin_class=0):
            return super().__call__(np.abs(flip_energy), spin_class)

    assert effective_temperature(Even(1.0), [-2.0, -1.0, 1.0]).tolist() == [np.inf] * 3
    spread = effective_temperature(UnknownGlauber(0.7, -1.0), [-2.0, 2.0])
    assert spread[0] == spread[1] == pytest.approx(-0.7)
    assert effective_temperature(Glauber(0.0), [-1.0, 1.0]).tolist() == [0.0, 0.0]


def test_nothing_responds_at_a_temperature_beyond_all_digits():
    found = fluctuation_dissipation(OpenHopfield(PAIR, Glauber(1e18)), 0, [0.0, 1.0])
    assert found["temperature"].values.tolist() == [np.inf, np.inf]


def test_the_spread_reads_a_sample_at_any_size():
    sample = FlipEnergySample([1.0, -1.0, 2.0, 0.0], weight=[1.0, 2.0, 4.0, 1.0])
    found = temperature_spread(OpenHopfield(random_patterns(3, 200, seed=1), Glauber(0.4)), sample)
    assert found["flip_energy"].values.tolist() == [1.0, 2.0]
    np.testing.assert_allclose(found["weight"], [3 / 8, 4 / 8])
    assert found["free"] == pytest.approx(1 / 8)
    np.testing.assert_allclose([found["lowest"], found["highest"]], 0.4)


def test_loops_are_as_many_as_asked():
    found = net_currents(TwoBaths(0.8, (0.5, 1.5)).model(), loops=0)
    assert found.sizes["loop"] == 0
    assert found["left_over"] == found["current"].values[0]
