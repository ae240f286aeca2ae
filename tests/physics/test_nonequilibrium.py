"""How far from equilibrium: thermal laws are not, baths of two temperatures are by a known amount, cavities are by what
a dense generator with rates of its own says.
"""

from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import expm

from cavity_hopfield import (
    ClassicalMasterEquation,
    CountedHopfield,
    Glauber,
    Metropolis,
    MultimodeDicke,
    OpenHopfield,
    Patterns,
    RegimeWarning,
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
from tests.strategies import couplings_with_spins, floats
from tests.systems.rate_laws import UnknownGlauber
from tests.systems.two_baths import Baths, TwoBaths
from tests.twins import classical_generator as classical
from tests.twins import stationary_flows as flows

# these tests ask about the flips, not about where the rates of a cavity hold
pytestmark = pytest.mark.filterwarnings("ignore::cavity_hopfield.RegimeWarning")
LARGEST_Z = 4.5
UNEQUAL = MultimodeDicke(
    g=[[0.5, 0.2], [0.4, -0.5], [-0.6, 0.3]], omega=[1.0, 1.4], loss=[0.8, 1.3], gain=[0.0, 0.3], drive=0.02
)


def cavity_generator(dicke):
    rate = classical.cavity(dicke.g, dicke.omega, dicke.loss, dicke.gain, dicke.drive)
    return classical.generator(dicke.n_spins, rate)


@cache
def unequal_generator():
    return cavity_generator(UNEQUAL)


def cavity(patterns, g=0.5, omega=1.0, **more):
    return MultimodeDicke.from_patterns(Patterns(patterns), g=g, omega=omega, loss=1.0, drive=0.02, **more)


# --- thermal laws -----------------------------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(couplings_with_spins(max_spins=4), floats(0.3, 3.0), st.sampled_from([Glauber, Metropolis]))
def test_a_thermal_law_is_in_equilibrium_whatever_the_couplings(drawn, temperature, kind):
    network = OpenHopfield(drawn[0], kind(temperature))
    cycles, produced = kolmogorov_cycles(network), entropy_production(network)
    assert cycles["largest_affinity"] <= cycles["resolution"] < 1e-11
    assert cycles.attrs["verdict"].startswith("In detailed balance")
    assert 0 <= produced["entropy_production"] < 1e-24
    assert abs(produced["entropy_flow"]) < 1e-13
    currents = net_currents(network)
    assert (currents["current"] <= 1e-13 * currents["traffic"]).all()
    assert currents.sizes["loop"] == 0
    distance = boltzmann_distance(network)
    assert 0 <= distance["kullback_leibler"] < 1e-24
    expected = classical.boltzmann(network.couplings, temperature)
    np.testing.assert_allclose(currents["probability"], expected, rtol=1e-11)
    if np.ptp(classical.boltzmann(network.couplings, 1.0)) > 1e-3:
        assert distance["temperature"] == pytest.approx(temperature, rel=1e-9)
        assert distance["largest_log_ratio"] < 1e-11


@settings(max_examples=15, deadline=None)
@given(couplings_with_spins(max_spins=4), floats(0.3, 3.0), st.sampled_from([Glauber, Metropolis]))
def test_fluctuations_over_response_are_the_temperature_at_every_time(drawn, temperature, kind):
    couplings, spins = drawn
    network = OpenHopfield(couplings, kind(temperature), patterns=Patterns([spins]))
    found = fluctuation_dissipation(network, 0, [0.0, 1e-6, 0.1, 1.0, 30.0])
    np.testing.assert_allclose(found["temperature"], temperature, rtol=1e-9)
    # a kink nearby spoils the slopes, not their sum for a flip and its reverse, which alone counts
    assert kind is Metropolis or found["slope_error"] < 1e-9


def test_a_law_bent_by_parts_in_a_billion_is_seen():
    """The resolving power: the least breach of balance that is not taken for round-off."""

    class Bent(UnknownGlauber):
        def __call__(self, flip_energy, spin_class=0):
            return super().__call__(flip_energy, spin_class) * (1 + 1e-9 * np.sin(3 * np.asarray(flip_energy)))

    couplings = [[0, 0.3, -0.7], [0.3, 0, 0.5], [-0.7, 0.5, 0]]
    found = kolmogorov_cycles(OpenHopfield(couplings, Bent(0.5)))
    assert found["resolution"] < 1e-12
    assert 1e-10 < found["largest_affinity"] < 1e-8
    assert found.attrs["verdict"].startswith("Out of detailed balance")


# --- two baths: closed forms ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("temperatures", [(0.5, 1.5), (2.0, 0.4), (1.0, 1.0 + 1e-7)])
def test_two_baths_produce_the_entropy_that_they_exchange(temperatures):
    system = TwoBaths(0.8, temperatures)
    network = system.model()
    produced, currents, cycles = entropy_production(network), net_currents(network), kolmogorov_cycles(network)
    near = 1e-7 * system.entropy_production
    assert produced["entropy_production"] == pytest.approx(system.entropy_production, rel=1e-8, abs=near)
    assert produced["entropy_flow"] == pytest.approx(system.entropy_production, abs=1e-15 + near)
    assert cycles["largest_affinity"] == pytest.approx(system.affinity, abs=1e-14)
    np.testing.assert_allclose(currents["current"], system.current, atol=1e-15)
    # one loop of four flips carries it all
    assert currents["loop_length"].values.tolist() == [4]
    assert currents["loop_current"].item() == pytest.approx(system.current, abs=1e-15)
    assert currents["loop_affinity"].item() == pytest.approx(system.affinity, abs=1e-14)
    assert currents["left_over"] <= 1e-15
    # thermal all the same: a distribution alone does not tell equilibrium
    distance = boltzmann_distance(network)
    assert distance["kullback_leibler"] < 1e-28
    assert distance["temperature"] == pytest.approx(system.temperature, rel=1e-12)


def test_a_bath_at_zero_temperature_produces_without_bound():
    network = OpenHopfield([[0, 0.8], [0.8, 0]], Baths((0.0, 0.7)), patterns=Patterns([[1, 1]]))
    with pytest.warns(RegimeWarning, match="infinite: 2 transitions"):
        assert np.isinf(entropy_production(network)["entropy_production"])
    assert np.isinf(kolmogorov_cycles(network)["largest_affinity"])
    with pytest.warns(RegimeWarning, match="infinite: a spin flips at a rate whose reverse vanishes"):
        assert np.isinf(entropy_production_of_runs(network, [1, 1], burn_in=1.0, time=50.0)["entropy_production"])


# --- a cavity of three spins against a dense twin ---------------------------------------------------------------------


def test_a_cavity_of_unequal_couplings_is_as_far_from_equilibrium_as_its_generator_says():
    network, matrix = OpenHopfield.from_dicke(UNEQUAL), unequal_generator()
    p = flows.stationary(matrix)
    cycles, produced, currents = kolmogorov_cycles(network), entropy_production(network), net_currents(network)
    assert cycles["largest_affinity"] == pytest.approx(flows.largest_affinity(matrix, 3), rel=1e-8)
    assert cycles["largest_affinity"] > 1e6 * cycles["resolution"]
    assert produced["entropy_production"] == pytest.approx(flows.entropy_production(matrix, p), rel=1e-8)
    assert produced["entropy_flow"] == pytest.approx(produced["entropy_production"].item(), rel=1e-9)
    assert produced["of_spin"].sum() == pytest.approx(produced["entropy_production"].item(), rel=1e-12)
    np.testing.assert_allclose(currents["probability"], p, rtol=1e-8)
    expected = flows.currents(matrix, p)
    found = expected[currents["source"].values, currents["target"].values]
    np.testing.assert_allclose(currents["current"], found, atol=1e-9 * abs(expected).max())
    assert currents["current"].values[0] == pytest.approx(expected.max(), rel=1e-8)


def test_the_loops_carry_all_currents_and_all_entropy():
    network = OpenHopfield.from_dicke(UNEQUAL)
    found = net_currents(network, loops=100)
    total = (found["loop_current"] * found["loop_affinity"]).sum()
    assert total == pytest.approx(entropy_production(network)["entropy_production"].item(), rel=1e-9)
    carried = np.zeros((8, 8))
    for states, strength, length in zip(found["loop_states"], found["loop_current"], found["loop_length"], strict=True):
        around = states.values[: int(length)]
        carried[around, np.roll(around, -1)] += strength.item()
    currents = flows.currents(unequal_generator(), flows.stationary(unequal_generator()))
    np.testing.assert_allclose(carried, np.maximum(currents, 0), atol=1e-9 * currents.max())


def test_the_production_is_the_slope_of_the_tilted_eigenvalue_whose_symmetry_is_the_fluctuation_theorem():
    """theta(lambda) = theta(1 - lambda) for the generator of the entropy flow (Gallavotti and Cohen), and -theta'(0) is
    its mean.
    """
    matrix, step = unequal_generator(), 1e-3

    def theta(share):
        return np.linalg.eigvals(flows.tilted(matrix, share)).real.max()

    rate = abs(matrix).max()
    for share in (-0.2, 0.3):
        assert theta(share) == pytest.approx(theta(1 - share), abs=1e-13 * rate)
    slope = (8 * (theta(step) - theta(-step)) - theta(2 * step) + theta(-2 * step)) / (12 * step)
    found = entropy_production(OpenHopfield.from_dicke(UNEQUAL))["entropy_production"]
    assert found == pytest.approx(-slope, rel=1e-6)


def test_fluctuations_and_response_of_a_cavity_are_those_of_its_generator():
    """The response by evolving under fields of both signs: what a step of 2e-3 leaves out is of second order in it."""
    memory = Patterns([[1, 1, -1]])
    network = OpenHopfield(UNEQUAL.ising_couplings(), OpenHopfield.from_dicke(UNEQUAL).rate_law, patterns=memory)
    observable = np.array([np.mean(memory[0] * classical.configuration(k, 3)) for k in range(8)])

    def under_field(push):
        def rate(sigma, i):
            energy = network.flip_energies(sigma)[i] + 2 * push * sigma[i] * memory[0][i]
            return float(network.rate_law(energy, network.spin_classes[i]))

        return classical.generator(3, rate)

    matrix, push = under_field(0.0), 2e-3
    p = flows.stationary(matrix)
    times = np.array([0.1, 1.0, 10.0]) / abs(matrix).max()
    found = fluctuation_dissipation(network, 0, times)
    for k, time in enumerate(times):
        assert found["correlation"].values[k] == pytest.approx(flows.correlation(matrix, p, observable, time), rel=1e-9)
        halved = [
            flows.step_response(under_field(b), under_field(-b), b, p, observable, time) for b in (push, push / 2)
        ]
        assert found["response"].values[k] == pytest.approx((4 * halved[1] - halved[0]) / 3, rel=1e-8)
    # a temperature of its own at every time
    assert np.ptp(found["temperature"].values) > 0.005 * found["temperature"].values[0]


def two_alike(law, coupling):
    return OpenHopfield([[0, coupling], [coupling, 0]], law, patterns=Patterns([[1, 1]]))


def test_two_alike_spins_are_thermal_but_respond_by_the_slope_of_their_asymmetry():
    r"""With $f = \ln [W(-\epsilon) / W(\epsilon)] = \epsilon/T - \kappa \epsilon^3$: thermal at $\epsilon / f$, but
    fluctuations over response are $1 / f'$ at every time, both at $\epsilon = 2J$.
    """
    coupling, temperature, bend = 0.6, 0.5, 0.1

    class Cubic(UnknownGlauber):
        def __call__(self, flip_energy, spin_class=0):
            energy = np.asarray(flip_energy, dtype=float)
            # an even factor does not count
            return super().__call__(energy - temperature * bend * energy**3, spin_class) / (1 + energy**2)

    network, energy = two_alike(Cubic(temperature), coupling), 2 * coupling
    distance = boltzmann_distance(network)
    assert distance["kullback_leibler"] < 1e-28
    assert distance["temperature"] == pytest.approx(1 / (1 / temperature - bend * energy**2), rel=1e-12)
    found = fluctuation_dissipation(network, 0, [0.0, 1e-6, 0.1, 1.0, 30.0])
    np.testing.assert_allclose(found["temperature"], 1 / (1 / temperature - 3 * bend * energy**2), rtol=1e-9)


def test_two_spins_in_a_cavity_respond_by_the_slope_of_the_rates_of_the_twin():
    r"""$-1 / [(\ln W)'(2J) + (\ln W)'(-2J)]$: a third coupling moves the force of the twin off that of the pair."""
    g, loss, gain, push = 0.4, 0.6, 0.1, 1e-2
    memory = Patterns([[1, 1]])
    network = OpenHopfield.from_dicke(
        MultimodeDicke.from_patterns(memory, g=g, omega=1.0, loss=loss, gain=gain, drive=0.02)
    )
    strength = 2 * g / (1 + (loss - gain) ** 2 / 4)

    def asymmetry(energy):
        """ln W(-E) - ln W(E), where the energy of a flip is twice the strength times the amplitude of the others."""
        rate = classical.cavity([[g], [energy / (2 * strength)]], [1.0], [loss], [gain], 0.02)
        return np.log(rate((1, -1), 0) / rate((1, 1), 0))

    energy = 2 * network.couplings[0, 1]
    assert energy == pytest.approx(2 * strength * g, rel=1e-14)
    slopes = [(asymmetry(energy + b) - asymmetry(energy - b)) / (2 * b) for b in (push, push / 2)]
    slope = (4 * slopes[1] - slopes[0]) / 3
    distance = boltzmann_distance(network)
    assert distance["kullback_leibler"] < 1e-28
    assert distance["temperature"] == pytest.approx(energy / asymmetry(energy), rel=1e-8)
    found = fluctuation_dissipation(network, 0, [0.0, 1.0, 1e3, 1e6])
    np.testing.assert_allclose(found["temperature"], 1 / slope, rtol=1e-6)
    assert found["temperature"][0] > 1.3 * distance["temperature"]


def test_three_alike_spins_are_thermal_without_a_field_and_have_many_temperatures_of_response():
    network = OpenHopfield.from_dicke(
        MultimodeDicke.from_patterns(Patterns([[1, 1, 1]]), g=0.4, omega=1.0, loss=0.6, gain=0.1, drive=0.02)
    )
    cycles, distance = kolmogorov_cycles(network), boltzmann_distance(network)
    assert cycles["largest_affinity"] <= cycles["resolution"]
    assert distance["kullback_leibler"] < 1e-28
    found = fluctuation_dissipation(network, 0, [0.0, 1e2, 1e3, 1e4, 1e6])["temperature"].values
    assert (np.diff(found) > 0).all()
    assert found[-1] - found[0] > 0.1 * distance["temperature"].item()
    thermal = OpenHopfield(network.couplings, Glauber(distance["temperature"].item()), patterns=network.patterns)
    np.testing.assert_allclose(
        fluctuation_dissipation(thermal, 0, [0.0, 1.0, 1e3])["temperature"], distance["temperature"], rtol=1e-9
    )


def test_the_long_run_of_the_response_is_the_change_of_the_mean():
    """Against the stationary states of two networks with one spin more, which makes the field."""
    field = 1e-3
    system = TwoBaths(0.8, (0.5, 1.5))
    found = fluctuation_dissipation(system.model(), 0, [200.0])

    def rate(sign):
        def of(sigma, i):
            energy = 2 * sigma[i] * (0.8 * sigma[1 - i] + sign * field)
            return float(Baths((0.5, 1.5))(energy, i))

        return of

    means = []
    for sign in (1, -1):
        p = flows.stationary(classical.generator(2, rate(sign)))
        means.append(p @ [1.0, 0.0, 0.0, -1.0])
    assert found["response"].item() == pytest.approx((means[0] - means[1]) / (2 * field), rel=1e-5)


# --- four spins, two patterns ----------------------------------------------------------------------------------------


def slowest_rates(network):
    matrix = ClassicalMasterEquation().generator(network).toarray()
    return np.sort(-np.linalg.eigvals(matrix).real)[1:]


def test_two_pairs_of_spins_are_thermal_and_relax_as_an_aligned_pair_breaks():
    r"""Patterns ++++ and ++--, equal modes: two pairs with K = 2 k inside each and none between. Each pair has the
    stationary state (W_-, W_+, W_+, W_-) / 2 (W_+ + W_-) and the slowest rate 2 W_+, with W_+- = W(+-2K).
    """
    network = OpenHopfield.from_dicke(cavity([[1, 1, 1, 1], [1, 1, -1, -1]]))
    cost = 2 * network.couplings[0, 1]
    assert np.count_nonzero(np.round(network.couplings, 12)) == 4
    up, down = network.rate_law([cost, -cost])
    pair = np.array([down, up, up, down]) / (2 * (up + down))
    # spins 0 and 1 are a pair, and 2 and 3; in the gauge of the patterns all couplings are positive
    found = net_currents(network)
    np.testing.assert_allclose(found["probability"], np.multiply.outer(pair, pair).ravel(), rtol=1e-12)
    assert found["current"].values[0] < 1e-14 * found["traffic"].values.max()
    np.testing.assert_allclose(slowest_rates(network)[:2], 2 * up, rtol=1e-9)
    distance = boltzmann_distance(network)
    assert distance["kullback_leibler"] < 1e-28
    assert distance["temperature"] == pytest.approx(cost / np.log(down / up), rel=1e-11)
    np.testing.assert_allclose(cavity_stationary(network), found["probability"], rtol=1e-8)


def cavity_stationary(network):
    return flows.stationary(cavity_generator(network.rate_law.dicke))


def test_three_spins_and_one_are_thermal_too():
    """Patterns ++++ and +++-: a free spin, and a class of three that meets the flip energies 0 and +-4K alone."""
    network = OpenHopfield.from_dicke(cavity([[1, 1, 1, 1], [1, 1, 1, -1]]))
    up, free, down = network.rate_law(4 * network.couplings[0, 1] * np.array([1.0, 0.0, -1.0]))
    weights = {3: down, 1: up, -1: up, -3: down}
    sums = [sum(classical.configuration(k, 4)[:3]) for k in range(16)]
    p = np.array([weights[total] for total in sums])
    found = net_currents(network)
    np.testing.assert_allclose(found["probability"], p / p.sum(), rtol=1e-12)
    assert found["current"].values[0] < 1e-14 * found["traffic"].values.max()
    assert boltzmann_distance(network)["kullback_leibler"] < 1e-28
    whole = 3 * up + down + 4 * free
    # the closed form loses three digits in the difference
    slow = 24 * up * free / (whole + np.sqrt(whole**2 - 48 * up * free))
    assert slowest_rates(network)[0] == pytest.approx(slow, rel=1e-9)


@pytest.mark.parametrize("patterns", [[[1] * 4], [[1] * 6, [1, 1, 1, 1, -1, -1]]])
def test_four_spins_of_a_class_are_balanced_and_not_thermal(patterns):
    """They meet two flip energies, and have a temperature for each."""
    network = OpenHopfield.from_dicke(cavity(patterns))
    cycles = kolmogorov_cycles(network)
    assert cycles["largest_affinity"] <= cycles["resolution"]
    produced = entropy_production(network)
    assert produced["entropy_per_flip"] < 1e-26
    assert boltzmann_distance(network)["kullback_leibler"] > 1e-3
    assert temperature_spread(network)["standard_deviation"] > 0.1


BALANCED_BY_SYMMETRY = [
    pytest.param([[1, 1, 1, 1], [1, 1, -1, -1]], id="two pairs"),
    pytest.param([[1, 1, 1, 1], [1, 1, -1, -1], [1, -1, 1, -1]], id="three patterns, all columns"),
]
BROKEN = [
    pytest.param([[1, 1, 1, 1], [1, 1, 1, -1]], (0.5, 0.3), {}, id="three and one, unequal couplings"),
    pytest.param([[1] * 6, [1, 1, 1, -1, -1, -1]], (0.5, 0.3), {}, id="three and three"),
    pytest.param([[1, 1, 1, 1], [1, 1, 1, -1], [1, 1, -1, 1]], 0.5, {}, id="three patterns, equal couplings"),
    pytest.param([[1, 1, 1, 1], [1, 1, -1, -1]], 0.5, {"disorder": 0.1, "seed": 1}, id="disorder"),
]


@pytest.mark.parametrize("patterns", BALANCED_BY_SYMMETRY)
@pytest.mark.parametrize("unequal", [{"g": (0.5, 0.4, 0.3)}, {"omega": (1.0, 1.2, 1.5)}])
def test_some_networks_of_four_spins_are_balanced_with_unequal_modes_too(patterns, unequal):
    modes = {name: values[: len(patterns)] for name, values in unequal.items()}
    network = OpenHopfield.from_dicke(cavity(patterns, **modes))
    assert np.unique(np.abs(network.couplings).round(9)).size > 2
    matrix = cavity_generator(network.rate_law.dicke)
    assert flows.largest_affinity(matrix, 4) < 1e-8
    cycles = kolmogorov_cycles(network)
    assert cycles["largest_affinity"] <= cycles["resolution"]
    assert boltzmann_distance(network)["kullback_leibler"] > 1e-5


@pytest.mark.parametrize(("patterns", "g", "more"), BROKEN)
def test_balance_is_broken_where_classes_couple_and_no_symmetry_helps(patterns, g, more):
    network = OpenHopfield.from_dicke(cavity(patterns, g=g, **more))
    cycles, produced = kolmogorov_cycles(network), entropy_production(network)
    assert cycles["largest_affinity"] > 1e6 * cycles["resolution"]
    matrix = cavity_generator(network.rate_law.dicke)
    expected = flows.entropy_production(matrix, flows.stationary(matrix))
    assert cycles["largest_affinity"] == pytest.approx(flows.largest_affinity(matrix, network.n_spins), rel=1e-8)
    assert produced["entropy_production"] == pytest.approx(expected, rel=1e-7)


def test_disorder_breaks_balance_in_proportion_and_costs_entropy_by_its_square():
    found = []
    for disorder in (2e-3, 1e-3):
        network = OpenHopfield.from_dicke(cavity([[1] * 6, [1, 1, 1, 1, -1, -1]], disorder=disorder, seed=3))
        affinity = kolmogorov_cycles(network)["largest_affinity"].item()
        found.append([affinity, entropy_production(network)["entropy_production"].item()])
    ratios = np.divide(*found)
    np.testing.assert_allclose(ratios, [2.0, 4.0], rtol=0.02)


def test_faces_span_all_cycles():
    """What makes cycles of four flips enough: on the cube of N spins their rank is the number of independent cycles."""
    for n in (3, 4, 5):
        edges = {
            (s, s | 1 << i): e
            for e, (s, i) in enumerate((s, i) for s in range(2**n) for i in range(n) if not s >> i & 1)
        }
        rows = []
        for s in range(2**n):
            for i in range(n):
                for j in range(i):
                    if not (s >> i & 1 or s >> j & 1):
                        row = np.zeros(len(edges))
                        one, two = s | 1 << i, s | 1 << j
                        row[edges[s, one]], row[edges[one, one | two]] = 1, 1
                        row[edges[two, one | two]], row[edges[s, two]] = -1, -1
                        rows.append(row)
        assert np.linalg.matrix_rank(np.array(rows)) == len(edges) - 2**n + 1


# --- counts, samples and runs -----------------------------------------------------------------------------------------


def test_counted_spins_are_as_far_from_equilibrium_as_listed_ones():
    memory = Patterns([[1, 1, 1, 1, 1, 1], [1, 1, 1, 1, -1, -1]])
    law = OpenHopfield.from_dicke(cavity(memory.values, g=(0.5, 0.3))).rate_law
    listed = OpenHopfield(law.dicke.ising_couplings(), law, patterns=memory)
    two = MultimodeDicke(law.dicke.g[[0, 4]], 1.0, 1.0, drive=0.02, patterns=Patterns([[1, 1], [1, -1]]))
    counted = CountedHopfield.from_dicke(two, [4, 2])
    matrix = ClassicalMasterEquation().generator(listed).toarray()
    p = flows.stationary(matrix)
    expected = flows.entropy_production(matrix, p)
    for network in (listed, counted):
        assert entropy_production(network)["entropy_production"] == pytest.approx(expected, rel=1e-8)
    assert kolmogorov_cycles(counted)["largest_affinity"] == pytest.approx(flows.largest_affinity(matrix, 6), rel=1e-8)
    distances = [boltzmann_distance(network) for network in (listed, counted)]
    thermal = classical.boltzmann(listed.couplings, distances[0]["temperature"].item())
    for distance in distances:
        assert distance["kullback_leibler"] == pytest.approx((p * np.log(p / thermal)).sum(), rel=1e-8)
    energies = np.array([classical.energy(listed.couplings, classical.configuration(k, 6)) for k in range(64)])
    assert thermal @ energies == pytest.approx(p @ energies, rel=1e-9)
    times = [0.0, 10.0, 1e3, 1e5]
    ratios = [fluctuation_dissipation(network, 1, times)["temperature"] for network in (listed, counted)]
    np.testing.assert_allclose(ratios[0], ratios[1], rtol=1e-8)
    currents = net_currents(counted)
    ups = currents["spins_up"].values
    several = np.array(
        [
            [sum(s > 0 for s in c[:4]), sum(s * v > 0 for s, v in zip(c[4:], (1, 1), strict=True))]
            for c in (classical.configuration(k, 6) for k in range(64))
        ]
    )
    gathered = [p[(several == u).all(axis=1)].sum() for u in ups]
    np.testing.assert_allclose(currents["probability"], gathered, rtol=1e-8)


def test_thousands_of_thermal_spins_are_thermal():
    network = CountedHopfield(Patterns([[1, 1], [1, -1]]), [130, 110], Glauber(0.5))
    distance = boltzmann_distance(network)
    assert distance["temperature"] == pytest.approx(0.5, rel=1e-9)
    assert distance["kullback_leibler"] < 1e-20
    assert kolmogorov_cycles(network)["largest_affinity"] < 1e-11


def test_samples_see_the_cycles_that_there_are():
    network = OpenHopfield.from_dicke(cavity([[1, 1, 1, 1], [1, 1, 1, -1]], g=(0.5, 0.3)))
    exact = kolmogorov_cycles(network)["largest_affinity"].item()
    everywhere = [classical.configuration(k, 4) for k in range(16)]
    for found in (kolmogorov_cycles(network, configurations=everywhere), kolmogorov_cycles(network, samples=500)):
        assert found["largest_affinity"] == pytest.approx(exact, rel=1e-9)
        # the cycle that is named has this affinity
        start, flips = tuple(found["start"].values), found["flips"].values
        matrix, path = cavity_generator(network.rate_law.dicke), [start]
        for i in (*flips, *flips):
            path.append(classical.flipped(path[-1], int(i)))
        numbers = [classical.number(sigma) for sigma in path]
        ratio = sum(np.log(matrix[k, j] / matrix[j, k]) for j, k in pairwise(numbers))
        assert abs(ratio) == pytest.approx(exact, rel=1e-8)
    two = MultimodeDicke([[0.5, 0.3], [0.5, -0.3]], 1.0, 1.0, drive=0.02, patterns=Patterns([[1, 1], [1, -1]]))
    counted = kolmogorov_cycles(CountedHopfield.from_dicke(two, [3, 1]), samples=500, seed=2)
    assert counted["largest_affinity"] == pytest.approx(exact, rel=1e-9)


def strongly_driven():
    """Six spins of two patterns, each in its own bath."""
    return OpenHopfield(Patterns([[1, 1, -1, 1, -1, 1], [1, -1, 1, 1, 1, -1]]), Baths((0.4, 1.5, 0.6, 2.0, 0.5, 1.0)))


@pytest.mark.slow
def test_runs_sample_the_entropy_production():
    """The standard error is below one per cent: an entropy production that is wrong by five is seen, as is a sign or a
    factor.
    """
    network = strongly_driven()
    exact = entropy_production(network)["entropy_production"].item()
    found = entropy_production_of_runs(network, [1] * 6, burn_in=20.0, time=10000.0, runs=16, snapshots=5000, seed=4)
    assert found["standard_error"] < 0.01 * exact
    assert abs(found["entropy_production"] - exact) < LARGEST_Z * found["standard_error"]
    assert abs(found["entropy_flow"] - exact) < LARGEST_Z * found["entropy_flow_error"]
    assert found["standard_error"] < 0.7 * found["entropy_flow_error"]
    assert abs(found["activity"] / entropy_production(network)["activity"] - 1) < 0.02


def test_a_start_that_still_relaxes_is_told():
    with pytest.warns(RegimeWarning, match=r"the energy still drifts, by -\d+"):
        entropy_production_of_runs(strongly_driven(), [1, 1, 1, -1, 1, 1], burn_in=0.0, time=0.1, runs=200, snapshots=2)


@pytest.mark.slow
def test_entropy_along_runs_obeys_the_integral_fluctuation_theorem():
    r"""$\langle e^{-\Delta s} \rangle = 1$, and the mean of $\Delta s$ is the production times the time, along runs of
    another event loop. Both are seen to about two and one per cent.
    """
    network = strongly_driven()
    matrix = classical.generator(6, lambda sigma, i: float(network.rates(np.array(sigma))[i]))
    p = net_currents(network)["probability"].values
    np.testing.assert_allclose(expm(matrix) @ p, p, rtol=1e-10)
    totals = flows.entropy_along_runs(matrix, p, 1.5, 20_000, np.random.default_rng(5))
    weights = np.exp(-totals)
    errors = [values.std() / np.sqrt(values.size) for values in (weights, totals)]
    exact = 1.5 * entropy_production(network)["entropy_production"].item()
    assert errors[0] < 0.02
    assert errors[1] < 0.02 * exact
    assert abs(weights.mean() - 1) < LARGEST_Z * errors[0]
    assert abs(totals.mean() - exact) < LARGEST_Z * errors[1]


# --- temperatures -----------------------------------------------------------------------------------------------------


def test_a_platform_has_a_temperature_for_every_flip_energy():
    rates = OpenHopfield.from_dicke(UNEQUAL).rate_law
    energies = np.array([-1.0, 0.3, 1.0, 2.0])
    for label in range(rates.n_classes):
        up, down = rates(energies, label), rates(-energies, label)
        np.testing.assert_allclose(effective_temperature(rates, energies, label), energies / np.log(down / up))
    np.testing.assert_allclose(effective_temperature(UnknownGlauber(0.7), energies), 0.7, rtol=1e-12)
    np.testing.assert_allclose(effective_temperature(UnknownGlauber(0.7, -1.0), energies), -0.7, rtol=1e-12)
    assert effective_temperature(Glauber(0.0), [1.0]).tolist() == [0.0]


def test_the_spread_weighs_flips_by_how_often_they_occur():
    system = TwoBaths(0.8, (0.5, 1.5))
    found = temperature_spread(system.model())
    # both spins flip at the rate (1 - t_i s)/2, of which the mean over s is (1 - t_i (t_1 + t_2)/2)/2
    one, other = (np.tanh(0.8 / t) for t in (0.5, 1.5))
    share = np.array([1 - one * (one + other) / 2, 1 - other * (one + other) / 2])
    share /= share.sum()
    np.testing.assert_allclose(found["weight"], share, rtol=1e-12)
    np.testing.assert_allclose(found["temperature"], [0.5, 1.5], rtol=1e-12)
    assert found["mean"] == pytest.approx(share @ [0.5, 1.5], rel=1e-12)
