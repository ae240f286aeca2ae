"""The bridge from a cavity to a network: its choices, its Liouvillian, and what it refuses."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cavity_hopfield import (
    ArgumentError,
    CavityRates,
    ClassicalMasterEquation,
    Glauber,
    MultimodeDicke,
    OpenHopfield,
    Patterns,
    RegimeWarning,
    SizeError,
    SpinChannels,
)
from cavity_hopfield.bridge import Bridge, dressed
from cavity_hopfield.bridge.generators import lamb_hamiltonian
from cavity_hopfield.elimination.sectors import SectorEquation
from cavity_hopfield.theory.lindblad.door import sparse_liouvillian
from tests.twins.bridge_liouvillian import Platform

pytestmark = pytest.mark.filterwarnings("ignore::cavity_hopfield.exceptions.RegimeWarning")
APART = MultimodeDicke(g=[[0.4], [0.6]], omega=1.0, loss=1.0, drive=0.02)
PAIR = MultimodeDicke(g=[[0.5], [0.5]], omega=1.0, loss=1.0, drive=0.02)
PLATFORMS = {
    "unequal": APART,
    "equal": PAIR,
    "opposite, one other, gain": MultimodeDicke([[0.4], [-0.4], [0.25]], 1.0, 1.0, 0.15, drive=0.01),
    "equal forces by accident": MultimodeDicke([[0.3], [0.2], [0.5]], 1.0, 0.8, drive=0.01),
    "two modes": MultimodeDicke([[0.4, 0.3], [0.4, -0.3]], [1.0, 1.5], [1.0, 0.7], [0.0, 0.1], drive=0.01),
}


def dense(bridge):
    return bridge.sparse_liouvillian().toarray()


# The network


def test_the_choices_can_be_read_back_and_survive_files():
    network = OpenHopfield.from_dicke(APART)
    assert network.choices == {"drive": "eliminated", "field": None, "jumps": "individual"}
    driven = OpenHopfield.from_dicke(PAIR, "sector", "independent", field=0.003)
    assert driven.choices == {"drive": "independent", "field": 0.003, "jumps": "collective"}
    assert driven.drive == 0.003
    again = OpenHopfield.from_json(driven.to_json())
    assert again.choices == driven.choices
    assert again.to_json() == driven.to_json()
    assert OpenHopfield(Patterns([[1, -1]]), Glauber(0.3), 0.1).choices is None


def test_sector_and_collective_are_one():
    assert OpenHopfield.from_dicke(PAIR, "sector").to_json() == OpenHopfield.from_dicke(PAIR, "collective").to_json()


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"drive": "both"}, "Argument `drive` must be one of 'eliminated', 'independent'"),
        ({"drive": "independent"}, "Argument `field` must be given"),
        ({"field": 0.1}, "Argument `field` must be left out"),
        ({"drive": "independent", "field": 0.0}, "Argument `field` must be greater than 0"),
        ({"jumps": "all"}, "Argument `jumps` must be one of"),
    ],
)
@pytest.mark.parametrize("door", [OpenHopfield.from_dicke, Bridge])
def test_choices_that_do_not_fit_are_refused(door, changes, text):
    with pytest.raises(ArgumentError, match=text):
        door(APART, **changes)


@pytest.mark.filterwarnings("default::cavity_hopfield.exceptions.RegimeWarning")
def test_a_bridge_warns_as_the_network_does():
    with pytest.warns(RegimeWarning, match="collective") as told:
        Bridge(PAIR)
    assert [one.filename for one in told] == [__file__]


# The Liouvillian


@pytest.mark.parametrize("jumps", ["individual", "sector"])
@pytest.mark.parametrize("name", PLATFORMS)
def test_the_liouvillian_is_its_definition(name, jumps):
    dicke = PLATFORMS[name]
    twin = Platform(dicke)
    expected = twin.liouvillian(jumps)
    scale = np.abs(expected).max()
    np.testing.assert_allclose(dense(Bridge(dicke, jumps=jumps)), expected, atol=1e-8 * scale)
    # negative control: the Lamb shift turned round is seen
    assert np.abs(expected.conj() - expected).max() > 1e-3 * scale


@pytest.mark.parametrize("jumps", ["individual", "sector"])
def test_an_independent_field_and_no_lamb_shift(jumps):
    bridge = Bridge(PAIR, "independent", jumps, 0.004, lamb_shift=False)
    np.testing.assert_allclose(
        dense(bridge), Platform(PAIR).liouvillian(jumps, field=0.004, lamb_shift=False), atol=1e-12
    )
    assert bridge.network.drive == 0.004


def test_the_lamb_shift_far_from_resonance_is_that_of_perturbation_theory():
    """Two levels apart by eps, coupled by the drive: the lower one sinks by drive^2 / eps."""
    dicke = MultimodeDicke([[4.0, 0.02], [4.0, -0.02]], [40.0, 1.0], [0.1, 0.1], drive=1e-4)
    shifts = lamb_hamiltonian(dicke, "individual").diagonal().real
    eps = dicke.flip_energies([[1, 1], [1, -1]])
    np.testing.assert_allclose(shifts[:2], -(1e-8 / eps).sum(axis=1), rtol=0.05)
    assert shifts[0] < 0 < shifts[1]  # both up is low in energy


@pytest.mark.parametrize("name", PLATFORMS)
def test_collective_jumps_of_a_network_are_the_sectors_where_forces_are_equal(name):
    """But for the Lamb shift, which a network does not have; elsewhere they differ."""
    bridge = Bridge(PLATFORMS[name], jumps="sector", lamb_shift=False)
    network, places = sparse_liouvillian(bridge.network), bridge.lasting_places
    sector = bridge.sparse_liouvillian()
    scale = abs(network).max()
    assert abs(sector[places][:, places] - network[places][:, places]).max() < 1e-9 * scale
    assert abs(sector - network).max() > 1e-2 * scale


def test_the_sector_is_the_sector_equation():
    bridge = Bridge(PAIR, jumps="collective")
    assert bridge.jumps == "sector"
    expected = SectorEquation().generator(PAIR)
    assert abs(bridge.lasting.matrix - expected.matrix).max() < 1e-16
    times = [0.0, 300.0, 900.0]
    ours, theirs = bridge.evolve([1, -1], times), SectorEquation().evolve(PAIR, [1, -1], times)
    for name in ("probability", "magnetisation_x", "energy", "spin_z"):
        np.testing.assert_allclose(ours[name], theirs[name], atol=1e-12)


@settings(deadline=None, max_examples=15)
@given(
    g=st.lists(st.integers(1, 10), min_size=1, max_size=3),
    jumps=st.sampled_from(["individual", "sector"]),
    field=st.sampled_from([None, 0.002]),
    gain=st.floats(0, 0.5),
    seed=st.integers(0, 99),
)
def test_states_stay_states(g, jumps, field, gain, seed):
    dicke = MultimodeDicke(np.array(g)[:, None] / 16, 1.0, 1.0, gain, drive=0.01)
    bridge = Bridge(dicke, "eliminated" if field is None else "independent", jumps, field)
    generator, size = dense(bridge), 2 ** len(g)
    scale = np.abs(generator).max()
    assert np.abs(np.eye(size).ravel() @ generator).max() < 1e-12 * scale
    stream = np.random.default_rng(seed)
    root = stream.normal(size=(size, size)) + 1j * stream.normal(size=(size, size))
    start = root @ root.conj().T
    late = bridge.states(start / np.trace(start).real, [50.0, 5000.0])
    np.testing.assert_allclose(late, late.conj().swapaxes(1, 2), atol=1e-12)
    np.testing.assert_allclose(np.trace(late, axis1=1, axis2=2), 1.0, atol=1e-11)
    assert np.linalg.eigvalsh(late).min() > -1e-11


def test_the_door_to_qutip():
    matrix = Bridge(APART).liouvillian()
    assert matrix.superrep == "super"
    assert matrix.dims == [[[2, 2], [2, 2]]] * 2
    np.testing.assert_array_equal(matrix.full(), dense(Bridge(APART)))


# Results


def test_results_tell_their_choices():
    bridge = Bridge(PAIR, "independent", "sector", 0.004, lamb_shift=False)
    assert bridge.choices == {"drive": "independent", "jumps": "sector", "field": 0.004, "lamb_shift": False}
    for result in (bridge.evolve([1, 1], [1.0]), bridge.steady_state([1, 1]), bridge.spectrum(3)):
        told = json.loads(result.attrs["theory"])
        assert told["name"] == "Bridge"
        assert {key: told[key] for key in bridge.choices} == bridge.choices
        assert OpenHopfield.from_json(result.attrs["model"]).to_json() == bridge.network.to_json()
        assert all({"long_name", "units"} <= set(one.attrs) for one in result.data_vars.values())


def test_populations_of_individual_flips_are_those_of_a_classical_chain():
    times = [0.0, 200.0, 2000.0]
    chain = ClassicalMasterEquation().evolve(OpenHopfield.from_dicke(APART), [1, -1], times)
    np.testing.assert_allclose(Bridge(APART).evolve([1, -1], times)["probability"], chain["probability"], atol=1e-10)


def test_the_steady_state_and_the_spectrum():
    bridge = Bridge(APART, "independent", field=0.003)
    rho = bridge.stationary()
    assert np.abs(dense(bridge) @ rho.ravel(order="F")).max() < 1e-15
    assert float(bridge.steady_state()["purity"]) == pytest.approx(np.trace(rho @ rho).real)
    found = bridge.spectrum(16)
    expected = np.linalg.eigvals(dense(bridge))
    values = found["eigenvalue_real"].values + 1j * found["eigenvalue_imag"].values
    np.testing.assert_allclose(np.sort(values.real), np.sort(expected.real), atol=1e-12)
    assert (np.diff(values.real) < 1e-14).all()
    assert found["residual"].max() < 1e-12
    assert set(found["parity"].values) == {-1, 1}


def test_a_conjugate_pair_is_not_cut():
    bridge = Bridge(APART, "independent", field=0.003)
    for k in range(1, 16):
        values = bridge.spectrum(k)["eigenvalue_imag"].values
        assert abs(values.sum()) < 1e-12
        assert len(values) in {k, k + 1}


def test_several_stationary_states_need_a_start():
    with pytest.raises(ArgumentError, match="stationary states"):
        Bridge(PAIR, jumps="sector").stationary()


def test_coherences_of_a_start_go_through_the_whole_generator():
    plus = np.full(4, 0.5)
    found = Bridge(APART).evolve(plus, [0.0, 100.0])
    assert found["magnetisation_x"][0] == pytest.approx(1.0)
    assert 0 < abs(found["magnetisation_x"][1]) < 1


@pytest.mark.parametrize(
    ("ask", "text"),
    [
        (lambda b: b.states([1, -1], [1.0], dress=True), "Argument `dress` must be False"),
        (lambda b: b.lasting, 'must be "eliminated"'),
        (lambda b: b.spectrum(99), "must be at most 16"),
    ],
)
def test_what_an_independent_field_forbids(ask, text):
    with pytest.raises(ArgumentError, match=text):
        ask(Bridge(APART, "independent", field=0.003))


def test_refusals():
    noisy = MultimodeDicke([[0.4]], 1.0, 1.0, drive=0.02, channels=SpinChannels(decay=0.1))
    with pytest.raises(ArgumentError, match="no channels"):
        Bridge(noisy)
    with pytest.raises(ArgumentError, match="lamb_shift"):
        Bridge(APART, lamb_shift="yes")
    large = MultimodeDicke(np.linspace(0.1, 0.4, 9)[:, None], 1.0, 4.0, drive=0.001)
    with pytest.raises(SizeError, match="GiB"):
        Bridge(large, memory_gib=0.01).sparse_liouvillian()
    with pytest.raises(SizeError, match="GiB"):
        Bridge(large, memory_gib=0.01).states(np.ones(9), [1.0, 2.0, 3.0])
    with pytest.raises(SizeError, match="dense matrix"):
        Bridge(MultimodeDicke(np.linspace(0.1, 0.4, 6)[:, None], 1.0, 4.0, drive=0.001)).spectrum(3)


LARGE = MultimodeDicke(np.linspace(0.1, 0.4, 40)[:, None], 1.0, 4.0, drive=0.001)


@pytest.mark.parametrize(
    "ask",
    [
        Bridge.steady_state,
        lambda bridge: bridge.steady_state(np.ones(40)),
        lambda bridge: bridge.states(np.ones(40), [1.0]),
        lambda bridge: bridge.lasting_places,
        lambda bridge: bridge.lasting,
        lambda bridge: bridge.whole,
    ],
)
@pytest.mark.parametrize("jumps", ["individual", "sector"])
def test_too_many_spins_are_told_before_memory_is_taken(ask, jumps):
    with pytest.raises(SizeError, match="GiB") as told:
        ask(Bridge(LARGE, jumps=jumps))
    assert "fewer times" not in str(told.value)


def test_equal_forces_count_for_the_memory_of_the_places():
    """Twelve equal spins have as many pairs of equal force as 24 steps have ways back: 2.7 million."""
    equal = Bridge(MultimodeDicke(np.full((12, 1), 0.1), 1.0, 4.0, drive=0.001), jumps="sector", memory_gib=0.05)
    with pytest.raises(SizeError, match=r"0\.0604 GiB"):
        _ = equal.lasting_places


@pytest.mark.parametrize("states", [np.eye(3), np.ones(4), np.full((4, 4), np.nan), np.eye(4, dtype=bool)[:2], [["a"]]])
def test_only_density_matrices_are_dressed(states):
    for dress in (Bridge(APART).dress, lambda given: dressed(APART, given)):
        with pytest.raises(ArgumentError, match="Argument `states` must be"):
            dress(states)
    with pytest.raises(ArgumentError, match="40 spins"):
        dressed(LARGE, np.eye(4))


def test_rates_are_the_cavitys():
    rates = -np.diagonal(Bridge(APART).lasting.population_rates())
    spins = np.array([[1, 1], [1, -1], [-1, 1], [-1, -1]])
    expected = CavityRates(APART)(APART.flip_energies(spins), np.broadcast_to(CavityRates(APART).classes, (4, 2)))
    np.testing.assert_allclose(rates, expected.sum(axis=1), rtol=1e-10)
