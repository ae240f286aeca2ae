"""What `Linearised` accepts, refuses and returns."""

import json
import pickle

import numpy as np
import pytest

from cavity_hopfield import ArgumentError, ConvergenceError, MeanField, MultimodeDicke, Patterns, ProductState
from cavity_hopfield.model import SpinChannels
from cavity_hopfield.theory.linearised import Linearised
from tests.twins import channels_bloch

MODEL = MultimodeDicke(np.full((4, 1), 0.3), 1.0, 1.0, 0.0, 0.25, patterns=Patterns([[1, 1, 1, 1]]))
LIGHT = {"photons", "amplitude_real", "amplitude_imag", "pair_real", "pair_imag", "g2"}
SPINS = {"magnetisation", "magnetisation_x", "magnetisation_y", "energy", "spin_z", "overlap", "overlap_x", "overlap_y"}


def test_a_result_has_the_names_of_every_theory_of_the_cavity():
    found = Linearised().steady_state(MODEL, [1, 1, 1, 1])
    assert set(found.data_vars) == LIGHT | SPINS | {"eigenvalue_real", "eigenvalue_imag"}
    assert json.loads(found.attrs["theory"]) == {"name": "Linearised"}
    assert MultimodeDicke.from_json(found.attrs["model"]).to_json() == MODEL.to_json()
    assert found.attrs["means"] == "first order"
    assert found.attrs["dark"] == 0
    assert (found["eigenvalue_real"] < 0).all()
    assert pickle.loads(pickle.dumps(Linearised())) == Linearised()


def test_the_fixed_point_is_that_of_mean_field():
    """Up to corrections of 1/N."""
    g = np.full((400, 1), 0.6 / 20)
    many = MultimodeDicke(g, 1.0, 1.0, 0.0, 0.25)
    ours, theirs = (theory.steady_state(many, [1] * 400) for theory in (Linearised(), MeanField()))
    assert ours["overlap"].item() == pytest.approx(theirs["overlap"].item(), rel=0.01)
    assert ours["photons"].item() == pytest.approx(theirs["photons"].item(), rel=0.01)


def test_the_emission_has_its_frequencies():
    found = Linearised().emission_spectrum(MODEL, [1, 1, 1, 1], [0.5, 1.0, 1.5])
    assert found["emission"].dims == ("mode", "frequency")
    assert found["frequency"].values.tolist() == [0.5, 1.0, 1.5]
    assert (found["emission"] > 0).all()


@pytest.mark.parametrize(
    ("initial", "message"),
    [
        ([1, 1, 0, 1], "`initial`|`sigma`"),
        (
            ProductState(np.full((4, 3), 0.1), [0.0]),
            "`initial` must have polarised spins, .*spin 0 has the length 0.17",
        ),
        (ProductState(np.eye(3), [0.0]), "`initial` must have 4 spins and 1 modes"),
    ],
)
def test_wrong_starts_are_told(initial, message):
    with pytest.raises(ArgumentError, match=message):
        Linearised().steady_state(MODEL, initial)


@pytest.mark.parametrize("frequencies", [1.0, [], [[1.0]], [np.nan]])
def test_wrong_frequencies_are_told(frequencies):
    with pytest.raises(ArgumentError, match="`frequencies`"):
        Linearised().emission_spectrum(MODEL, [1] * 4, frequencies)


def test_channels_of_single_atoms_are_refused():
    decaying = MultimodeDicke(MODEL.g, 1.0, 1.0, 0.0, 0.25, channels=SpinChannels(decay=0.1))
    with pytest.raises(ArgumentError, match="must have no channels of single atoms"):
        Linearised().steady_state(decaying, [1] * 4)


def test_a_model_without_a_drive_is_refused():
    """Its spins keep every configuration; descending would turn the second one over."""
    still = MultimodeDicke([[0.3], [0.3], [0.3]], 1.0, 1.0)
    for question in (Linearised().steady_state, lambda *given: Linearised().emission_spectrum(*given, [1.0])):
        with pytest.raises(ArgumentError, match="`model` has no drive: every configuration is then at rest"):
            question(still, [1, -1, 1])


def test_an_unstable_fixed_point_is_told_with_its_growth_rate():
    """The normal state above threshold, which a start along -x never leaves; one big spin has the same rate."""
    start = ProductState(np.tile([-1.0, 0.0, 0.0], (4, 1)), [0.0])
    one, normal = MultimodeDicke([[0.6]], 1.0, 1.0, 0.0, 0.25), np.array([-1.0, 0, 0, 0, 0])
    columns = [channels_bloch.flat_slopes(one, normal + step) for step in 1e-7 * np.eye(5)]
    growth = np.linalg.eigvals(np.stack(columns, axis=1) / 1e-7).real.max()
    with pytest.raises(ConvergenceError, match=rf"not stable: what deviates from it grows at the rate {growth:.3g}\."):
        Linearised().steady_state(MODEL, start)


def test_at_threshold_there_is_no_stationary_state():
    """N g^2 = drive |z|^2 / (2 omega) at this drive."""
    critical = MultimodeDicke(MODEL.g, 1.0, 1.0, 0.0, 0.36 / 0.625)
    start = ProductState(np.tile([-1.0, 0.0, 0.0], (4, 1)), [0.0])
    with pytest.raises(ConvergenceError, match="not stable"):
        Linearised().steady_state(critical, start)


def test_spins_that_turn_freely_are_dark_and_the_light_is_thermal():
    free = MultimodeDicke([[0.0], [0.0]], 1.0, 1.5, 0.5, 0.25)
    found = Linearised().steady_state(free, [1, 1])
    assert found["photons"].item() == pytest.approx(0.5)
    assert found.attrs["dark"] == 2
