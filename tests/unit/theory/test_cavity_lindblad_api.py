"""Spins and light at the door of `Lindblad`: wrong arguments by name, labels, attributes."""

import json

import numpy as np
import pytest

from cavity_hopfield import Glauber, MultimodeDicke, OpenHopfield, Patterns
from cavity_hopfield.exceptions import ArgumentError, SizeError
from cavity_hopfield.model import SpinChannels
from cavity_hopfield.theory.lindblad import Lindblad, _cavity_kernels
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
    theory, times = Lindblad(fock=8, cutoff_tolerance=1e-2), [0.0, 0.5]
    with pytest.raises(ArgumentError, match="`fock` must be a whole number or 1"):
        Lindblad(fock=(8, 8)).evolve(cavity(), [1, 1], times)
    with pytest.raises(ArgumentError, match="`mode` must be less than 1"):
        theory.correlation(cavity(), 1, times)
    with pytest.raises(ArgumentError, match="`time` must be left out"):
        theory.correlation(cavity(), 0, times, time=1.0)
    with pytest.raises(ArgumentError, match="`given` must name one of"):
        theory.light_state(cavity(), [1, 1], times, given=("Q", 0.5))
    with pytest.raises(ArgumentError, match="`times` must be given"):
        theory.light_state(cavity(), [1, 1])
    with pytest.raises(ArgumentError, match="`model` must be a `MultimodeDicke`"):
        theory.spectrum_of_light(network(), 0, [0.0])
    with pytest.raises(ArgumentError, match='resolution="site"'):
        theory.states(cavity(), [1, -1], times)
    with pytest.raises(ArgumentError, match=r'resolution="site"'):
        theory.evolve(cavity(channels=SpinChannels(decay=0.1)), [1, 1], times)


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
