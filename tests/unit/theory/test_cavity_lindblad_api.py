"""Spins and light at the door of `Lindblad`: wrong arguments by name, labels, attributes."""

import json
import re
import tracemalloc

import numpy as np
import pytest

from cavity_hopfield import Glauber, MultimodeDicke, OpenHopfield, Patterns, PermutationSymmetric, ProductState
from cavity_hopfield.exceptions import ArgumentError, RegimeWarning, SizeError
from cavity_hopfield.model import SpinChannels
from cavity_hopfield.theory.lindblad import Lindblad, _cavity_kernels, cavity_evolution
from cavity_hopfield.theory.lindblad.cavity_generator import packed, unpacked


def cavity(**changes):
    options = {"g": [[0.3], [0.3]], "omega": 1.0, "loss": 1.0, "drive": 0.3} | changes
    return MultimodeDicke(**options)


def network():
    return OpenHopfield(Patterns([[1, 1, -1]]), rate_law=Glauber(temperature=0.5), drive=0.3)


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"fock": 1}, "`fock` must be at least 2"),
        ({"fock": 2.5}, "`fock` must be a whole number"),
        ({"resolution": "spin"}, "`resolution` must be one of"),
        ({"displacement": "lobe"}, "`displacement` must be one of"),
        ({"displacement": [[1.0, 2.0, 3.0]]}, "`displacement` must have shape"),
        ({"cutoff_tolerance": -1.0}, "`cutoff_tolerance`"),
        ({"cutoff_tolerance": 1e-9}, "`cutoff_tolerance` must be at least ten times tolerance=1e-08"),
        ({"cutoff_tolerance": 1e-5, "fock": 8}, "`cutoff_tolerance` must be left out beside `fock`"),
    ],
)
def test_wrong_options(options, match):
    with pytest.raises(ArgumentError, match=match):
        Lindblad(**options)


@pytest.mark.parametrize(
    "option", [{"fock": 8}, {"resolution": "site"}, {"displacement": [0.1]}, {"cutoff_tolerance": 1e-5}]
)
def test_options_of_the_light_are_errors_for_networks(option):
    theory = Lindblad(**option)
    for call in (lambda: theory.evolve(network(), [1, 1, -1], [1.0]), lambda: theory.steady_state(network())):
        with pytest.raises(ArgumentError, match=f"`{next(iter(option))}` must be left out for a network"):
            call()


def test_wrong_calls():
    theory, times = Lindblad(fock=8), [0.0, 0.5]
    with pytest.raises(ArgumentError, match="`fock` must be a whole number or 1"):
        Lindblad(fock=(8, 8)).evolve(cavity(), [1, 1], times)
    with pytest.raises(ArgumentError, match="`mode` must be from 0 to 0, but is 1"):
        theory.correlation(cavity(), times, mode=1)
    with pytest.raises(ArgumentError, match="`time` must be left out"):
        theory.correlation(cavity(), times, time=1.0)
    with pytest.raises(ArgumentError, match="`given` must be one of '1', but is 'Q'"):
        theory.light_state(cavity(), [1, 1], times, given=("Q", 0.5))
    with pytest.raises(ArgumentError, match="`times` must be given"):
        theory.light_state(cavity(), [1, 1])
    with pytest.raises(ArgumentError, match="`model` must be a `MultimodeDicke`"):
        theory.emission_spectrum(network(), [0.0])
    with pytest.raises(ArgumentError, match='resolution="site"'):
        theory.states(cavity(), [1, -1], times)
    with pytest.raises(ArgumentError, match=r'"class" for atoms with channels'):
        Lindblad(resolution="class").evolve(cavity(channels=SpinChannels(decay=0.1)), [1, 1], times)
    for call in (
        lambda one: one.steady_state(cavity()),
        lambda one: one.correlation(cavity(), [0.0]),
        lambda one: one.emission_spectrum(cavity(), [1.0]),
        lambda one: one.light_state(cavity()),
    ):
        with pytest.raises(ArgumentError, match='`displacement` must not be "start" for a steady state'):
            call(Lindblad(displacement="start"))


def test_atoms_with_channels_are_treated_one_by_one_unless_wished_otherwise():
    found = Lindblad().evolve(cavity(channels=SpinChannels(decay=0.1)), [1, 1], [0.5])
    apart = Lindblad(resolution="site").evolve(cavity(channels=SpinChannels(decay=0.1)), [1, 1], [0.5])
    np.testing.assert_array_equal(found["spin_z"], apart["spin_z"])


def test_a_coarser_tolerance_needs_no_other_option():
    found = Lindblad(tolerance=1e-6).evolve(cavity(), [1, 1], [0.0, 0.5])
    assert found.attrs["cutoff_error"] <= 1e-5


BRIGHT = ProductState([[0, 0, 1.0]] * 2, [6.0])


def test_light_that_the_fock_states_miss_is_told():
    """An amplitude of 6 has 36 photons; its four lowest Fock states hold 5e-12."""
    for theory in (Lindblad(fock=4, displacement="none"), PermutationSymmetric(fock=4)):
        with pytest.warns(RegimeWarning, match="hold a population of 1.0e.00, or the start has it beyond them"):
            found = theory.evolve(cavity(), BRIGHT, [0.0, 0.2])
        assert found.attrs["top_population"] == pytest.approx(1)
        assert found.attrs["trace_drift"] == pytest.approx(1)


BROAD = cavity(g=[[0.9], [0.9]])
METHODS = {
    "evolve": lambda theory: theory.evolve(BROAD, [1, 1], [0.5]),
    "states": lambda theory: theory.states(BROAD, [1, 1], [0.5]),
    "steady_state": lambda theory: theory.steady_state(BROAD),
    "correlation": lambda theory: theory.correlation(BROAD, [0.0, 0.5]),
    "emission_spectrum": lambda theory: theory.emission_spectrum(BROAD, [1.0]),
    "light_state": lambda theory: theory.light_state(BROAD, [1, 1], [0.5]),
}


@pytest.mark.parametrize("call", METHODS.values(), ids=METHODS.keys())
def test_warnings_point_to_the_line_that_called(call):
    with pytest.warns(RegimeWarning) as caught:
        call(Lindblad(fock=3, displacement="none"))
    assert {warning.filename for warning in caught} == {__file__}


def test_what_is_averaged_is_told_where_it_was_called():
    model = cavity(patterns=Patterns([[1, -1]]))
    with pytest.warns(RegimeWarning, match="means over the order") as caught:
        Lindblad(fock=9).evolve(model, ProductState.vacuum(model, [1, -1]), [0.0])
    assert [warning.filename for warning in caught] == [__file__]


def test_matrices_cost_one_evolution(monkeypatch):
    """With `fock` given, the time is gone through once."""
    gone = []

    def counted(members, times, *others):
        gone.append(float(times[-1]))
        return evolve_members(members, times, *others)

    evolve_members = cavity_evolution.evolve_members
    monkeypatch.setattr(cavity_evolution, "evolve_members", counted)
    Lindblad(fock=16).states(cavity(), [1, 1], [0.0, 0.5, 2.0])
    assert sum(gone) == pytest.approx(2.0)
    gone.clear()
    Lindblad(fock=16).light_state(cavity(), [1, 1], [0.0, 0.5, 2.0])
    assert gone == [2.0]


def test_an_answer_that_was_complete_is_told_when_more_does_not_fit():
    model = cavity(g=[[0.9], [0.9]])
    with pytest.raises(
        SizeError, match=r"GiB.*in \((\d+),\) Fock states is complete.*`fock=\(\d+,\)` gives it"
    ) as caught:
        Lindblad(memory_gib=1.3e-4, displacement="none").evolve(model, [1, 1], [0.0, 3.0])
    levels = int(re.search(r"`fock=\((\d+),\)`", str(caught.value)).group(1))
    found = Lindblad(memory_gib=1.3e-4, displacement="none", fock=levels).evolve(model, [1, 1], [0.0, 3.0])
    assert f"{found.attrs['top_population']:.1e}" in str(caught.value)


def test_several_steady_states_are_refused():
    with pytest.raises(ArgumentError, match="without a drive"):
        Lindblad().steady_state(cavity(drive=0.0))
    with pytest.raises(ArgumentError, match="without couplings"):
        Lindblad().steady_state(cavity(g=[[0.3], [0.0]]))
    for g in ([[0.3], [0.3]], [[0.3], [-0.3]]):
        with pytest.raises(ArgumentError, match='resolution="class"'):
            Lindblad(resolution="site").steady_state(cavity(g=g))


def test_too_large_tells_the_need_and_cheaper_theories():
    large = cavity(g=np.random.default_rng(0).standard_normal((14, 2)))
    with pytest.raises(SizeError, match=r"need about .* GiB.*Cumulants"):
        Lindblad().evolve(large, np.ones(14), [1.0])
    with pytest.raises(SizeError, match="GiB"):
        Lindblad().steady_state(large)


def test_labels_and_attributes():
    told = []
    found = Lindblad(displacement=[0.1 - 0.2j]).evolve(cavity(), [1, 1], [0.0, 0.4], progress=told.append)
    assert found["photons"].dims == ("time", "mode")
    assert found.attrs["displacement_imag"] == [-0.2]
    assert found.attrs["cutoff_error"] <= 1e-6
    assert found.attrs["top_population"] < 1e-6
    assert json.loads(found.attrs["theory"])["displacement"] == [[0.1, -0.2]]
    assert told[-1] == 1.0
    assert np.all(np.diff(told) >= 0)


def test_packing_is_exact():
    stream = np.random.default_rng(3)
    matrix = stream.standard_normal((5, 5)) + 1j * stream.standard_normal((5, 5))
    rho = matrix + matrix.conj().T
    np.testing.assert_allclose(unpacked(packed(rho)), rho, rtol=0, atol=1e-15)


@pytest.mark.parametrize("call", [_cavity_kernels.transpose, _cavity_kernels.transpose.py_func])
def test_transpose(call):
    x = np.random.default_rng(1).standard_normal((37, 37))
    out = np.zeros((20, 40))
    call(x, (-2, 18), (5, 45), out.ravel(), 40)
    np.testing.assert_array_equal(out[2:, :32], x.T[:18, 5:])
    assert not out[:2].any()
    assert not out[:, 32:].any()


def test_kernels_as_plain_python():
    stream = np.random.default_rng(2)
    size = 7
    dense = np.diag(stream.standard_normal(size)) + np.diag(stream.standard_normal(size - 2), 2)
    weights = np.zeros((2, size))
    weights[0], weights[1, :-2] = np.diag(dense), np.diag(dense, 2)
    weights = np.append(weights, np.zeros((2, size)), axis=0)  # four at a time
    operator, x = (np.array([0, 2, 0, 0]), weights), stream.standard_normal((size, size))
    for left, right in (
        (_cavity_kernels.add_left, _cavity_kernels.add_right),
        (_cavity_kernels.add_left.py_func, _cavity_kernels.add_right.py_func),
    ):
        for i in range(size):
            row = np.zeros(size)
            left(x.ravel(), i * size, size, operator, i, -1.0, row)
            np.testing.assert_allclose(row, -(dense @ x)[i], atol=1e-14)
            row[:] = 0.0
            right(x.ravel(), i * size, operator, 0, row)
            np.testing.assert_allclose(row, (x @ dense.T)[i], atol=1e-14)


@pytest.mark.filterwarnings("ignore:The highest of")
@pytest.mark.parametrize("displacement", ["none", [0.1]])
def test_a_steady_state_that_needs_more_memory_than_allowed_is_refused(displacement):
    model = cavity(g=np.full((5, 1), 0.36), drive=0.5)
    Lindblad(fock=3).steady_state(cavity())  # what is loaded and compiled once
    tracemalloc.start()
    Lindblad(fock=16, displacement=displacement).steady_state(model)
    peak = tracemalloc.get_traced_memory()[1] / 2**30
    tracemalloc.stop()
    with pytest.raises(SizeError, match="GiB") as caught:
        Lindblad(fock=16, displacement=displacement, memory_gib=peak).steady_state(model)
    told = float(re.search(r"need about (\S+) GiB", str(caught.value)).group(1))
    assert peak < told < 1.5 * peak
