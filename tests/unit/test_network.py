import json
import warnings

import numpy as np
import pytest
from hypothesis import given, settings

from cavity_hopfield import (
    ArgumentError,
    CavityRates,
    Glauber,
    KineticMonteCarlo,
    MeanField,
    Metropolis,
    MultimodeDicke,
    OpenHopfield,
    Patterns,
    RegimeWarning,
)
from cavity_hopfield.elimination.ensembles import SpinEnsembles
from tests.strategies import couplings_with_spins
from tests.twins import classical_generator as twin

STORED = Patterns([[1, 1, -1, 1, -1], [1, -1, 1, 1, 1]], names=("a", "b"))
DICKE = MultimodeDicke.from_patterns(STORED, 0.5, 1.0, 1.0, 0.2, drive=0.02, disorder=0.3, seed=1)


def same(network, other):
    assert other.couplings.tobytes() == network.couplings.tobytes()
    assert other.drive == network.drive
    assert other.to_json() == network.to_json()


def test_patterns_are_stored_by_the_hebb_rule():
    network = OpenHopfield(STORED, Glauber(0.3), drive=0.2)
    np.testing.assert_allclose(network.couplings, twin.hebb(STORED.values), atol=1e-15)
    assert network.patterns is STORED
    assert (network.n_spins, network.drive) == (5, 0.2)


@given(couplings_with_spins())
@settings(deadline=None, max_examples=50)
def test_energies_flips_and_rates_equal_their_loops(drawn):
    couplings, sigma = drawn
    network, sigma = OpenHopfield(couplings, Metropolis(0.7, 2.0)), tuple(int(s) for s in sigma)
    assert (np.diag(network.couplings) == 0).all()
    assert float(network.energy(sigma)) == pytest.approx(twin.energy(couplings, sigma), abs=1e-12)
    costs = [twin.flip_cost(couplings, sigma, i) for i in range(len(sigma))]
    np.testing.assert_allclose(network.flip_energies(sigma), costs, rtol=0, atol=1e-12)
    rates = [twin.metropolis(couplings, 0.7, 2.0)(sigma, i) for i in range(len(sigma))]
    np.testing.assert_allclose(network.rates(sigma), rates, rtol=1e-11)


def test_couplings_are_read_only_copies():
    couplings = np.array([[0.0, 1.0], [1.0, 0.0]])
    network = OpenHopfield(couplings, Glauber(0.3))
    couplings[0, 1] = 9
    assert network.couplings[0, 1] == 1
    with pytest.raises(ValueError, match="read-only"):
        network.couplings[0, 1] = 9


def test_a_cavity_becomes_a_network_with_its_couplings_and_rates():
    network = OpenHopfield.from_dicke(DICKE)
    expected = np.array(twin.cavity_couplings(DICKE.g, DICKE.omega, DICKE.loss, DICKE.gain))
    np.fill_diagonal(expected, 0)
    np.testing.assert_allclose(network.couplings, expected, atol=1e-14)
    assert (network.drive, network.patterns) == (0, STORED)
    sigma = (1, -1, -1, 1, 1)
    exact = twin.cavity(DICKE.g, DICKE.omega, DICKE.loss, DICKE.gain, DICKE.drive)
    np.testing.assert_allclose(network.rates(sigma), [exact(sigma, i) for i in range(5)], rtol=1e-9)


def test_a_platform_outside_its_regime_warns_with_the_number_that_tells():
    equal = MultimodeDicke.from_patterns(STORED, 0.5, 1.0, 1.0, drive=0.001)
    with pytest.warns(RegimeWarning, match="r = .*flip collectively"):
        OpenHopfield.from_dicke(equal)
    strong = MultimodeDicke([[0.5], [0.8]], omega=1.0, loss=1.0, drive=1.0)
    with pytest.warns(RegimeWarning, match="r = .*The drive 1 is too strong for rates"):
        OpenHopfield.from_dicke(strong)


def test_a_platform_inside_its_regime_gives_no_warning():
    dicke = MultimodeDicke([[0.5], [0.8]], omega=1.0, loss=1.0, drive=0.001)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert OpenHopfield.from_dicke(dicke).n_spins == 2


@pytest.mark.parametrize(
    "law", [Glauber(1 / 3, 0.7), Metropolis(1 / 7), CavityRates(DICKE), CavityRates(DICKE, "collective")]
)
def test_json_round_trip_is_exact(law):
    rng = np.random.default_rng(1)
    half = rng.normal(size=(5, 5))
    network = OpenHopfield(half + half.T, law, drive=1 / 3, patterns=STORED)
    again = OpenHopfield.from_json(network.to_json())
    same(network, again)
    np.testing.assert_array_equal(again.rates([1, 1, -1, 1, -1]), network.rates([1, 1, -1, 1, -1]))
    assert again.patterns.names == ("a", "b")


def test_json_of_a_network_without_patterns():
    network = OpenHopfield([[0, 1 / 3], [1 / 3, 0]], Glauber(0.3))
    assert json.loads(network.to_json())["patterns"] is None
    same(network, OpenHopfield.from_json(network.to_json()))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([[0, 1]], Glauber(0.3)), r"`memory` must have shape \(N, N\), but has shape \(1, 2\)"),
        (
            ([[0, 1], [2, 0]], Glauber(0.3)),
            r"`memory` must be symmetric, but memory\[0, 1\] = 1 and memory\[1, 0\] = 2",
        ),
        (([[0, np.nan], [np.nan, 0]], Glauber(0.3)), "`memory` must be finite"),
        (([[0, 1j], [1j, 0]], Glauber(0.3)), "`memory` must hold real numbers, but is complex"),
        ((STORED, 0.3), "`rate_law` must be a rate law such as .*but is 0.3"),
        ((STORED, Glauber), "`rate_law` must be a rate law"),
        ((STORED, Glauber(0.3), -0.1), "`drive` must be at least 0, but is -0.1"),
        ((STORED, Glauber(0.3), np.nan), "`drive` must be finite"),
        ((STORED, Glauber(0.3), 0.0, STORED), "`patterns` must be left out when `memory` already is"),
        ((np.zeros((3, 3)), Glauber(0.3), 0.0, STORED), "`patterns` must have 3 spins.*but has 5"),
        ((np.zeros((3, 3)), CavityRates(DICKE)), "platform of 5 spins, but the network has 3"),
    ],
)
def test_what_is_no_network_is_refused(arguments, message):
    with pytest.raises(ArgumentError, match=message):
        OpenHopfield(*arguments)


def test_a_cavity_without_drive_has_no_rates():
    with pytest.raises(ArgumentError, match="its drive is 0: no spin ever flips"):
        OpenHopfield.from_dicke(MultimodeDicke([[0.5], [0.8]], 1.0, 1.0))


def test_patterns_that_are_none_and_models_of_the_wrong_kind_are_refused():
    with pytest.raises(ArgumentError, match="`patterns` must be `Patterns`"):
        OpenHopfield([[0, 1], [1, 0]], Glauber(0.3), patterns=[[1, 1]])
    dicke = MultimodeDicke([[0.5], [0.5]], 1.0, 1.0, drive=0.01)
    with pytest.raises(ArgumentError, match=r"must be an `OpenHopfield`.*from_dicke"):
        KineticMonteCarlo(runs=1, seed=1).evolve(dicke, [1, 1], [1.0])
    with pytest.raises(ArgumentError, match="must be a `MultimodeDicke`"):
        MeanField().evolve([[0, 1], [1, 0]], [1, 1], [1.0])
    with pytest.raises(ArgumentError, match=r"must be a `MultimodeDicke`.*analysis"):
        MeanField().steady_state(OpenHopfield([[0, 1], [1, 0]], Glauber(0.3)), [1, 1])


@pytest.mark.parametrize("model", [MultimodeDicke, OpenHopfield])
def test_descriptions_that_fit_no_model_are_refused(model):
    for text, message in (("{", "must be JSON"), ("{}", "with the keys"), ("[]", "with the keys")):
        with pytest.raises(ArgumentError, match=message):
            model.from_json(text)


# Individual and collective jumps

EQUAL = MultimodeDicke.from_patterns(STORED, 0.5, 1.0, 1.0, drive=1e-3)


def test_a_network_tells_its_jumps():
    together = OpenHopfield.from_dicke(EQUAL, jumps="collective")
    assert (together.jumps, together.rate_law.jumps) == ("collective", "collective")
    np.testing.assert_array_equal(together.ensembles.sizes, SpinEnsembles.of(EQUAL).sizes)
    with pytest.warns(RegimeWarning):
        alone = OpenHopfield.from_dicke(EQUAL)
    assert (alone.jumps, alone.rate_law.jumps, alone.ensembles) == ("individual", "individual", None)
    np.testing.assert_array_equal(together.couplings, alone.couplings)
    np.testing.assert_array_equal(together.rates([1, 1, 1, -1, 1]), alone.rates([1, 1, 1, -1, 1]))


def test_collective_jumps_survive_json():
    network = OpenHopfield.from_dicke(EQUAL, jumps="collective")
    again = OpenHopfield.from_json(network.to_json())
    same(network, again)
    assert again.jumps == "collective"
    assert json.loads(network.to_json())["rate_law"]["jumps"] == "collective"


@pytest.mark.parametrize("change", [lambda law: law.pop("jumps"), lambda law: law.update(more=1)])
def test_a_cavity_law_with_other_keys_is_refused(change):
    data = OpenHopfield(np.zeros((5, 5)), CavityRates(DICKE)).to_dict()
    change(data["rate_law"])
    with pytest.raises(
        ArgumentError, match=r"must describe `CavityRates` by the keys \['dicke', 'jumps', 'rate_law'\]"
    ):
        OpenHopfield.from_dict(data)


def test_jumps_are_individual_or_collective():
    with pytest.raises(ArgumentError, match="`jumps` must be one of 'individual', 'collective', but is 'both'"):
        CavityRates(DICKE, jumps="both")
    with pytest.raises(ArgumentError, match="'individual', 'collective', 'sector', but is 'both'"):
        OpenHopfield.from_dicke(DICKE, jumps="both")


def test_collective_jumps_inside_their_regime_give_no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert OpenHopfield.from_dicke(EQUAL, jumps="collective").jumps == "collective"
        assert OpenHopfield.from_dicke(MultimodeDicke([[0.5]], 1.0, 0.6, drive=0.01), jumps="collective").n_spins == 1


def test_individual_jumps_name_the_remedy_where_forces_are_equal():
    with pytest.warns(RegimeWarning, match=r"flip collectively.*Or take `jumps=\"collective\"`"):
        OpenHopfield.from_dicke(EQUAL)


def test_collective_jumps_where_all_spins_flip_singly_warn_with_the_splitting():
    apart = MultimodeDicke([[0.5], [0.8]], omega=1.0, loss=1.0, drive=0.001)
    ratio = OpenHopfield.from_dicke(apart).certificate.pair_ratio
    with pytest.warns(RegimeWarning, match=rf"Flip rate / splitting = {ratio:.2g}: .*flip singly.*individual"):
        OpenHopfield.from_dicke(apart, jumps="collective")


def test_collective_jumps_of_spins_with_nearly_equal_forces_warn():
    close = MultimodeDicke([[0.5], [0.5001]], omega=1.0, loss=1.0, drive=0.01)
    with pytest.warns(RegimeWarning, match=r"Flip rate / splitting = .*unequal forces.*neither together nor singly"):
        OpenHopfield.from_dicke(close, jumps="collective")


def test_a_drive_too_strong_for_collective_flips_warns_with_their_ratio():
    """Four equal spins: the fastest level flips six times as often as one spin."""
    four = MultimodeDicke(np.full((4, 1), 0.5), 1.0, 1.0, drive=0.03)
    certificate = OpenHopfield(four.ising_couplings(), CavityRates(four), patterns=four.stored).certificate
    assert certificate.ratio < 0.03
    message = rf"r = {6 * certificate.ratio:.2g} for collective flips, {certificate.ratio:.2g} for one.*Below 0\.\d+ "
    with pytest.warns(RegimeWarning, match=message) as told:
        OpenHopfield.from_dicke(four, jumps="collective")
    safe = float(str(told[0].message).split("Below ")[1].split()[0])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        OpenHopfield.from_dicke(MultimodeDicke(four.g, 1.0, 1.0, drive=0.99 * safe), jumps="collective")
    with pytest.warns(RegimeWarning, match="for collective flips"):
        OpenHopfield.from_dicke(MultimodeDicke(four.g, 1.0, 1.0, drive=1.01 * safe), jumps="collective")


class OwnLaw:
    """A law of the user."""

    def __call__(self, flip_energy, spin_class=0):
        return np.ones(np.broadcast(flip_energy, spin_class).shape)

    def spin_classes(self, n_spins):
        return np.zeros(n_spins, np.int64)

    def to_dict(self):
        return {"rate_law": "OwnLaw"}


def own_law(**attributes):
    law = OwnLaw()
    for name, value in attributes.items():
        setattr(law, name, value)
    return law


def test_a_law_without_jumps_is_individual():
    assert OpenHopfield(STORED, own_law()).jumps == "individual"
    assert OpenHopfield(STORED, own_law(jumps="individual")).jumps == "individual"


def test_a_law_of_the_user_may_have_collective_jumps():
    network = OpenHopfield(EQUAL.ising_couplings(), own_law(jumps="collective", ensembles=SpinEnsembles.of(EQUAL)))
    assert network.jumps == "collective"


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"jumps": "both"}, "`rate_law.jumps` must be one of 'individual', 'collective', but is 'both'"),
        ({"jumps": "collective"}, "must have `ensembles` if its jumps are collective, but OwnLaw has None"),
        (
            {"jumps": "collective", "ensembles": SpinEnsembles.of(MultimodeDicke([[0.5]], 1.0, 1.0))},
            "platform of 1 spins, but the network has 5",
        ),
    ],
)
def test_laws_with_other_jumps_are_refused(attributes, message):
    with pytest.raises(ArgumentError, match=message):
        OpenHopfield(STORED, own_law(**attributes))


def test_collective_jumps_need_couplings_that_follow_the_ensembles():
    couplings = EQUAL.ising_couplings()
    first, second = np.flatnonzero(SpinEnsembles.of(EQUAL).label == 1)[:2]
    couplings[first, second] = couplings[second, first] = 0.1
    with pytest.raises(ArgumentError, match=r"the same, up to the gauge, for all spins with equal forces.*from_dicke"):
        OpenHopfield(couplings, CavityRates(EQUAL, "collective"))
