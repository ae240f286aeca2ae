"""What `Lindblad` accepts, refuses and returns."""

import inspect
import json
import pickle
from dataclasses import dataclass

import numpy as np
import pytest

from cavity_hopfield import ArgumentError, Glauber, MultimodeDicke, OpenHopfield, Patterns, ProductState, SizeError
from cavity_hopfield.elimination.ensembles import SpinEnsembles
from cavity_hopfield.theory.lindblad import Lindblad, evolution, lindblad, steady_density_matrix
from cavity_hopfield.theory.lindblad.matrix_free import MatrixFree
from cavity_hopfield.theory.lindblad.spectrum import solve_spectrum
from cavity_hopfield.theory.lindblad.steady import solve_steady_state

STORED = Patterns([[1, 1, -1, 1], [1, -1, 1, 1]], names=("a", "b"))
NETWORK = OpenHopfield(STORED, Glauber(0.3), drive=0.5)
SIGMA = [1, 1, -1, -1]


def test_a_result_is_labelled():
    result = Lindblad().evolve(NETWORK, SIGMA, [0.0, 1.0])
    assert set(result.data_vars) == {
        "overlap",
        "overlap_x",
        "overlap_y",
        "magnetisation",
        "magnetisation_x",
        "magnetisation_y",
        "energy",
        "spin_z",
        "probability",
    }
    assert result["overlap"].dims == ("time", "pattern")
    assert list(result["pattern"].values) == ["a", "b"]
    assert result["probability"].dims == ("time", "configuration")
    options = {"fock": None, "resolution": None, "displacement": None, "cutoff_tolerance": None}
    assert json.loads(result.attrs["theory"]) == {"name": "Lindblad", "tolerance": 1e-8, "memory_gib": 4.0} | options
    assert OpenHopfield.from_json(result.attrs["model"]).to_json() == NETWORK.to_json()
    assert 0 < result.attrs["error"] < 1e-8
    assert result.attrs["trace_drift"] < 1e-9
    assert result.attrs["products"] > 10


def test_the_start_is_exact():
    result = Lindblad().evolve(NETWORK, SIGMA, [0.0])
    np.testing.assert_array_equal(result["spin_z"][0], SIGMA)
    np.testing.assert_array_equal(result["overlap"][0], STORED.overlaps(SIGMA))
    assert float(result["energy"][0]) == pytest.approx(float(NETWORK.energy(SIGMA)), abs=1e-15)
    assert result.attrs["products"] == 0


def test_output_times_share_the_products():
    few = Lindblad().evolve(NETWORK, SIGMA, [5.0])
    many = Lindblad().evolve(NETWORK, SIGMA, np.linspace(0, 5, 201))
    assert many.attrs["products"] <= few.attrs["products"] + 3
    np.testing.assert_allclose(many["spin_z"][-1], few["spin_z"][0], atol=1e-8)


def test_states_of_the_y_z_plane_cost_half():
    plane = ProductState([[0, 0.6, 0.8]] * 4)
    tilted = ProductState([[0.6, 0, 0.8]] * 4)
    in_plane, out_of_it = (Lindblad().evolve(NETWORK, start, [2.0]).attrs["products"] for start in (plane, tilted))
    assert out_of_it == 2 * in_plane


def test_a_configuration_is_a_product_state():
    by_spins = Lindblad().evolve(NETWORK, SIGMA, [0.0, 2.0])
    by_bloch = Lindblad().evolve(NETWORK, ProductState([[0, 0, spin] for spin in SIGMA]), [0.0, 2.0])
    np.testing.assert_array_equal(by_spins["probability"], by_bloch["probability"])


def test_without_patterns_there_are_no_overlaps():
    result = Lindblad().evolve(OpenHopfield(NETWORK.couplings, Glauber(0.3)), SIGMA, [1.0])
    assert "overlap" not in result
    assert "magnetisation" in result


def test_probabilities_are_left_out_where_they_are_too_many(monkeypatch):
    full = Lindblad().evolve(NETWORK, SIGMA, [0.0, 1.0])
    monkeypatch.setattr(evolution, "MOST_PROBABILITIES", 31)
    short = Lindblad().evolve(NETWORK, SIGMA, [0.0, 1.0])
    assert "probability" not in short
    for name in short.data_vars:
        np.testing.assert_allclose(short[name], full[name], atol=1e-13)
    assert short.attrs["trace_drift"] == pytest.approx(full.attrs["trace_drift"], abs=1e-14)


@pytest.mark.parametrize("start", [SIGMA, ProductState([[0.6, 0, 0.8]] * 4)])
def test_progress_is_told(start):
    told = []
    Lindblad().evolve(NETWORK, start, [0.0, 30.0], progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1
    assert len(told) > 2
    told.clear()
    Lindblad().states(NETWORK, start, [0.0, 1.0], progress=told.append)
    assert told == [0.5, 1.0]


@dataclass(frozen=True)
class Together(Glauber):
    """Glauber rates of spins that flip together."""

    jumps = "collective"

    @property
    def ensembles(self):
        return SpinEnsembles.of(MultimodeDicke(g=[[0.5], [0.5]], omega=1.0, loss=1.0))


@pytest.mark.parametrize("method", ["evolve", "states"])
def test_other_models_are_refused(method):
    call = getattr(Lindblad(), method)
    dicke = MultimodeDicke(g=[[0.5], [0.5]], omega=1.0, loss=1.0)
    together = OpenHopfield(dicke.ising_couplings(), Together(0.3))
    with pytest.raises(ArgumentError, match=r"`model` must have individual jumps for Lindblad.*liouvillian"):
        call(together, [1, 1], [1.0])


def test_wrong_states_are_refused():
    with pytest.raises(ArgumentError, match="`initial`"):
        Lindblad().evolve(NETWORK, [1, 1, 1], [1.0])
    with pytest.raises(ArgumentError, match="`initial` must hold numbers in a regular shape"):
        Lindblad().evolve(NETWORK, [[1], [1, 2]], [1.0])
    with pytest.raises(ArgumentError, match="negative eigenvalue"):
        Lindblad().evolve(NETWORK, np.diag([1.5, -0.5, *[0.0] * 14]), [1.0])
    with pytest.raises(ArgumentError, match="`times`"):
        Lindblad().evolve(NETWORK, SIGMA, [1.0, 0.5])


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("memory_gib", 0.0, "greater than 0"),
        ("tolerance", 0.0, "at least 1e-12"),
        ("tolerance", 1e-300, "at least 1e-12"),
        ("tolerance", 1e3, r"at most 0\.01, but is 1000"),
    ],
)
def test_options_are_bounded(option, value, words):
    with pytest.raises(ArgumentError, match=f"`{option}` must be {words}"):
        Lindblad(**{option: value})


@pytest.mark.parametrize("method", ["evolve", "states"])
def test_whom_to_tell_is_asked_before_the_work(method, monkeypatch):
    monkeypatch.delattr(lindblad, "parts_of")
    with pytest.raises(ArgumentError, match=r"`progress` must be a function .* is 3"):
        getattr(Lindblad(), method)(NETWORK, SIGMA, [1.0], progress=3)


def test_a_solver_and_the_theory_take_one_tolerance():
    solvers = (solve_steady_state, solve_spectrum, steady_density_matrix)
    defaults = {inspect.signature(solver).parameters["tolerance"].default for solver in solvers}
    assert defaults == {Lindblad().tolerance}
    with pytest.raises(ArgumentError, match="`tolerance` must be at least 1e-12"):
        solve_spectrum(NETWORK, tolerance=1e-300)


def test_the_need_is_told_before_memory_is_taken():
    many = OpenHopfield(Patterns([[1] * 16]), Glauber(0.3), drive=0.5)
    with pytest.raises(SizeError, match=r"16 spins needs about 80\.\d GiB.*memory_gib=4.*QuantumJumps"):
        Lindblad().evolve(many, [1] * 16, [1.0])
    endless = OpenHopfield(Patterns([[1] * 600]), Glauber(0.3), drive=0.5)
    with pytest.raises(SizeError, match="PermutationSymmetric"):
        Lindblad().evolve(endless, [1] * 600, [1.0])
    with pytest.raises(SizeError, match="4 spins"):
        Lindblad(memory_gib=1e-5).states(NETWORK, SIGMA, np.linspace(0, 1, 50))
    with pytest.raises(SizeError, match="start from a configuration"):
        Lindblad(memory_gib=3e-5).evolve(NETWORK, np.eye(16) / 16, [1.0])
    assert Lindblad(memory_gib=3e-5).evolve(NETWORK, SIGMA, [1.0]).sizes["time"] == 1


def test_sectors_have_names():
    with pytest.raises(ArgumentError, match="`sector` must be one of"):
        MatrixFree.of(NETWORK, sector="both")


def test_it_is_a_frozen_value():
    assert pickle.loads(pickle.dumps(Lindblad(1e-6))) == Lindblad(1e-6)
