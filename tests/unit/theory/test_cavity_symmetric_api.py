"""What `PermutationSymmetric` asks of a Dicke model and what it tells about its answer."""

import json

import numpy as np
import pytest
from qutip import coherent_dm

from cavity_hopfield import (
    ArgumentError,
    ConvergenceError,
    Glauber,
    MultimodeDicke,
    OpenHopfield,
    Patterns,
    ProductState,
    RegimeWarning,
    SizeError,
    SpinChannels,
)
from cavity_hopfield.cavity import CollectiveSpins
from cavity_hopfield.theory.symmetric import PermutationSymmetric
from cavity_hopfield.theory.symmetric.cavity_counts import CavityCounts
from cavity_hopfield.theory.symmetric.counts import ClassCounts
from cavity_hopfield.theory.symmetric.hermitian import HermitianSector

DECAY = SpinChannels(decay=0.5)
CAVITY = MultimodeDicke([[0.3], [-0.3], [0.3]], 1.0, 1.0, drive=0.3, channels=DECAY)
TWO = MultimodeDicke([[0.3, 0.2], [0.3, -0.2], [0.3, 0.2]], 1.0, 1.0, drive=0.3, channels=DECAY)
NETWORK = OpenHopfield(Patterns([[1, 1, 1, -1]]), Glauber(0.3), drive=0.4)
FEW = PermutationSymmetric(fock=8, tolerance=1e-4)


def test_a_result_names_its_origin_and_what_was_kept():
    told = []
    result = PermutationSymmetric(tolerance=1e-5).evolve(CAVITY, [1, -1, 1], [0.0, 1.0], progress=told.append)
    assert MultimodeDicke.from_json(result.attrs["model"]).to_json() == CAVITY.to_json()
    options = {"name": "PermutationSymmetric", "tolerance": 1e-5, "memory_gib": 4.0, "fock": None, "displacement": None}
    assert json.loads(result.attrs["theory"]) == options
    assert {"levels", "cutoff_error", "top_population", "displacement_real", "displacement_imag"} < set(result.attrs)
    assert result.attrs["cutoff_error"] <= 1e-5
    assert result.attrs["top_population"] <= 1e-5
    assert result.attrs["error"] < 1e-5
    assert result.attrs["trace_drift"] < 1e-5
    assert set(result) == {
        "overlap", "overlap_x", "overlap_y", "magnetisation", "magnetisation_x", "magnetisation_y", "energy", "spin_z",
        "photons", "amplitude_real", "amplitude_imag", "pair_real", "pair_imag", "g2", "probability",
    }  # fmt: skip
    assert result["sign_in_class"].values.tolist() == [1, -1, 1]
    assert result["probability"].dims == ("time", "count")
    assert result["spins_up"].values[int(result["probability"].values[0].argmax())].tolist() == [3]
    assert (np.diff(told) > 0).all()
    assert told[-1] < 1 + 1e-12


def test_a_configuration_starts_with_light_at_rest_under_it():
    model = MultimodeDicke([[0.3], [0.3]], 1.0, 1.2, 0.2, drive=0.3)
    start = PermutationSymmetric(fock=16, tolerance=1e-6).evolve(model, [1, 1], [0.0])
    alpha = -0.6j / (0.5 + 1j)
    assert float(start["photons"][0, 0]) == pytest.approx(abs(alpha) ** 2 + 0.2, abs=1e-6)
    assert float(start["amplitude_real"][0, 0]) == pytest.approx(alpha.real, abs=1e-6)
    assert float(start["pair_imag"][0, 0]) == pytest.approx((alpha**2).imag, abs=1e-6)


def test_light_of_a_product_state_is_coherent_about_the_displacement():
    start = ProductState(np.array([[0, 0, 1], [0, 0, -1], [0, 0, 1.0]]), [0.4 - 0.3j])
    plain = FEW.light_state(CAVITY, start, [0.0])
    found = plain["light_state_real"].values[0] + 1j * plain["light_state_imag"].values[0]
    # levels of 0.5 amplitude above the eighth hold 1e-9
    np.testing.assert_allclose(found, coherent_dm(30, 0.4 - 0.3j).full()[:8, :8], atol=1e-9)
    shifted = PermutationSymmetric(fock=8, displacement="start").light_state(CAVITY, start, [0.0])
    np.testing.assert_allclose(shifted["light_state_real"][0], np.diag(np.eye(8)[0]), atol=1e-14)
    assert (shifted.attrs["displacement_real"], shifted.attrs["displacement_imag"]) == (0.4, -0.3)


def test_conditions_pick_the_configurations_that_recall():
    start = ProductState.vacuum(CAVITY, [1, -1, 1])
    probabilities = [
        float(FEW.light_state(CAVITY, start, [0.0], given=("1", bound))["probability"][0])
        for bound in (1.0, 0.5, 0.0, -1.0, -0.5)
    ]
    assert probabilities == pytest.approx([1, 1, 1, 0, 0])
    opposite = ProductState.vacuum(CAVITY, [-1, 1, -1])
    never = FEW.light_state(CAVITY, opposite, [0.0], given=("1", 0.0))
    assert float(never["probability"][0]) == 0
    assert float(FEW.light_state(CAVITY, opposite, [0.0], given=("1", -1.0))["probability"][0]) == pytest.approx(1)
    assert np.isnan(never["light_state_real"]).all()


@pytest.mark.filterwarnings("error")
def test_too_few_fock_states_are_told():
    theory = PermutationSymmetric(fock=3)
    for call in (
        lambda: theory.evolve(CAVITY, [1, -1, 1], [1.0]),
        lambda: theory.steady_state(CAVITY),
        lambda: theory.light_state(CAVITY),
    ):
        with pytest.warns(
            RegimeWarning, match=r"The highest of \(3,\) Fock states hold a population of .*Raise `fock`"
        ) as caught:
            call()
        assert [warning.filename for warning in caught] == [__file__]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"fock": 1}, "`fock` must be at least 2"),
        ({"fock": 3.5}, "`fock` must be a whole number"),
        ({"fock": (4, 5)}, r"`fock` must be a whole number or 1 of them, one per mode, but is \(4, 5\)"),
        ({"displacement": "mean"}, "`displacement` must be one of 'none', 'start', but is 'mean'"),
        ({"displacement": 0.3}, r"`displacement` must have shape \(M,\), one per mode, but has shape \(\)"),
        ({"displacement": [0.1, 0.2j]}, r"`displacement` must have shape \(1,\), one per mode, but has shape \(2,\)"),
    ],
)
def test_wrong_options_are_refused(options, message):
    with pytest.raises(ArgumentError, match=message):
        PermutationSymmetric(**options).evolve(CAVITY, [1, -1, 1], [1.0])


@pytest.mark.parametrize("options", [{"fock": 5}, {"displacement": "none"}])
def test_a_network_has_no_modes(options):
    theory = PermutationSymmetric(**options)
    for call in (theory.steady_state, theory.spectrum, lambda m: theory.evolve(m, [1, 1, 1, 1], [1.0])):
        with pytest.raises(ArgumentError, match="must be left out for a network, which has no light"):
            call(NETWORK)


def test_a_cavity_has_no_spectrum_here_and_a_network_no_light():
    with pytest.raises(ArgumentError, match="must be an `OpenHopfield` for PermutationSymmetric"):
        PermutationSymmetric().spectrum(CAVITY)
    with pytest.raises(ArgumentError, match="`model` must be a `MultimodeDicke`"):
        PermutationSymmetric().light_state(NETWORK)


def test_steady_states_that_are_several_are_refused():
    def cavity(g, channels, drive=0.3):
        return MultimodeDicke(g, 1.0, 1.0, drive=drive, channels=channels)

    alone, pair = [[0.3], [0.0]], [[0.3], [0.3]]
    for model, message in [
        (cavity(pair, None), "lengths of the collective spins are conserved.*Take `Lindblad`"),
        (cavity(alone, SpinChannels(dephasing=0.1)), "some atoms do not couple to the light. Add decay"),
        (cavity(pair, SpinChannels(dephasing=0.1, axis="z"), 0.0), "dephasing along z .* there is no drive"),
    ]:
        with pytest.raises(ArgumentError, match=message):
            PermutationSymmetric().steady_state(model)
    for model in (cavity(alone, DECAY), cavity(pair, SpinChannels(dephasing=0.1, axis="z"))):
        assert FEW.steady_state(model).attrs["residual"] < 1e-4


def test_a_steady_state_has_no_start_to_be_displaced_to():
    with pytest.raises(ArgumentError, match='`displacement` must not be "start" for a steady state'):
        PermutationSymmetric(displacement="start").steady_state(CAVITY)


def test_atoms_that_come_to_rest_too_slowly_are_told():
    for axis in ("x", "z"):
        slow = MultimodeDicke([[0.0]] * 2, 1.0, 1.0, drive=0.0, channels=SpinChannels(1e-11, 1e-11, 1e-3, axis))
        with pytest.raises(ConvergenceError, match="much more slowly than the light"):
            PermutationSymmetric(fock=3, tolerance=1e-6).steady_state(slow)


def test_too_many_numbers_are_refused_with_the_need():
    with pytest.raises(SizeError, match=r"3 spins in 1 classes with \(8,\) Fock states need 1280 numbers and about"):
        PermutationSymmetric(fock=8, memory_gib=1e-6).evolve(CAVITY, [1, -1, 1], [1.0])
    large = MultimodeDicke(np.full((1000, 1), 0.01), 1.0, 1.0, drive=0.3, channels=DECAY)
    with pytest.raises(SizeError, match=r"1000 spins in 1 classes.*use `Cumulants` or `TruncatedWigner`"):
        PermutationSymmetric().steady_state(large)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"mode": 1}, "`mode` must be from 0 to 0, but is 1"),
        ({"mode": -1}, "`mode` must be at least 0"),
        ({"initial": [1, 1, 1]}, "`initial` and `times` go together"),
        ({"times": [1.0]}, "`initial` and `times` go together"),
        ({"given": ("2", 0.5)}, r"`given` must be one of '1', but is '2'"),
        ({"given": "1"}, "`given` must be a pattern and an overlap"),
        ({"given": ("1", -2.0)}, "`given` must be at least -1"),
    ],
)
def test_wrong_wishes_for_the_light_are_refused(arguments, message):
    with pytest.raises(ArgumentError, match=message):
        PermutationSymmetric().light_state(CAVITY, **arguments)


def test_a_pattern_that_splits_a_class_is_no_condition():
    split = MultimodeDicke([[0.3]] * 2, 1.0, 1.0, patterns=Patterns([[1, -1]], names=("A",)), channels=DECAY)
    with pytest.raises(ArgumentError, match=r"splits a class.*resolution=.site."):
        PermutationSymmetric().light_state(split, given=("A", 0.5))


@pytest.mark.parametrize(
    ("initial", "message"),
    [
        ([1, 1], "must have 3 spins"),
        (ProductState(np.zeros((3, 3))), "must have 3 spins and 1 modes, but has 3 and 0"),
        (ProductState([[0.5, 0, 0], [0.5, 0, 0], [0.2, 0, 0]], [0.0]), "one Bloch vector to all spins of a class"),
        (ProductState([[0, 0, 0.5]] * 3, [0.0]), r"signs \+1 and -1"),
    ],
)
def test_states_that_do_not_fit_are_refused(initial, message):
    with pytest.raises(ArgumentError, match=message):
        FEW.evolve(CAVITY, initial, [1.0])


@pytest.mark.parametrize(
    ("channels", "sizes"),
    [
        (None, [3]),
        (SpinChannels(decay=0.1), [3]),
        (SpinChannels(dephasing=0.1, axis="z"), [3]),
        (SpinChannels(decay=0.1, pumping=0.1, axis="z"), [3]),
        (SpinChannels(decay=0.1, axis="z"), [2, 1]),
    ],
)
def test_decay_along_z_tells_apart_what_the_turn_about_x_makes_equal(channels, sizes):
    model = MultimodeDicke([[0.3], [-0.3], [0.3]], 1.0, 1.0, channels=channels)
    spins = CollectiveSpins.alike(model)
    assert sorted(spins.sizes.tolist(), reverse=True) == sizes
    np.testing.assert_allclose(spins.g[spins.label] * spins.sign[:, None], model.g)


def test_the_real_coordinates_are_as_many_as_the_numbers():
    counts = CavityCounts(TWO, CollectiveSpins.alike(TWO), (3, 2), np.zeros(2, complex))
    dimension = counts.basis.dimension * 36
    whole, even = counts.sector(), counts.sector(even=True)
    assert whole.size == dimension
    assert even.size == pytest.approx(dimension / 2, rel=0.1)
    vector = np.random.default_rng(1).standard_normal(whole.size)
    np.testing.assert_allclose(whole.coordinates(whole.expansion @ vector), vector)


def test_states_that_symmetries_forbid_have_no_coordinates():
    """Of two numbers exchanged by the parity with a sign, and one that it takes to minus itself."""
    sector = HermitianSector.of(np.arange(3), (np.array([1, 0, 2]), np.array([-1, -1, -1])))
    np.testing.assert_allclose(sector.expansion.toarray(), [[1], [-1], [0]])


def test_any_map_of_one_spin_is_lifted():
    """Of two spins: the sum of the map on either, symmetrised by hand."""
    rng = np.random.default_rng(2)
    one_spin = rng.standard_normal((4, 4)) + 1j * rng.standard_normal((4, 4))
    state = rng.standard_normal(4) + 1j * rng.standard_normal(4)
    counts = ClassCounts(2)
    # d/dt of the product is the symmetrised product with the derivative
    step = 1e-6
    slope = (counts.product(state + step * one_spin @ state) - counts.product(state - step * one_spin @ state)) / 2e-6
    np.testing.assert_allclose(counts.lifted(one_spin) @ counts.product(state), slope, atol=1e-7)
