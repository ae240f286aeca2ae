import numpy as np
import pytest

from cavity_hopfield import ArgumentError, MultimodeDicke, ProductState

MODEL = MultimodeDicke([[0.5, 0.2], [0.3, -0.4]], omega=[1.0, 2.0], loss=0.6, drive=0.02)


def test_the_relaxed_state_has_upright_spins_and_modes_at_rest():
    state = ProductState.relaxed(MODEL, [1, -1])
    np.testing.assert_array_equal(state.bloch, [[0, 0, 1], [0, 0, -1]])
    # -i x / z by hand: x = (0.2, 0.6), z = 0.3 + i omega
    np.testing.assert_allclose(state.amplitudes, [-0.2j / (0.3 + 1j), -0.6j / (0.3 + 2j)], rtol=1e-14)


def test_the_vacuum_has_upright_spins_and_no_light():
    state = ProductState.vacuum(MODEL, [-1, 1])
    np.testing.assert_array_equal(state.bloch, [[0, 0, -1], [0, 0, 1]])
    np.testing.assert_array_equal(state.amplitudes, [0, 0])


def test_arrays_are_read_only_copies():
    bloch = np.array([[0.0, 0.6, 0.8]])
    state = ProductState(bloch, [1j])
    bloch[0, 0] = 5
    assert state.bloch[0, 0] == 0
    for array in (state.bloch, state.amplitudes):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


@pytest.mark.parametrize(
    ("bloch", "amplitudes", "message"),
    [
        ([0, 0, 1], [0], r"`bloch` must have shape \(N, 3\), but has shape \(3,\)"),
        ([[0, 1]], [0], r"`bloch` must have shape \(N, 3\), but has shape \(1, 2\)"),
        (np.zeros((0, 3)), [0], "`bloch` must have shape"),
        ([[0, 0, 1], [0.8, 0, 0.7]], [0], "no longer than 1, but spin 1 has length 1.06301"),
        ([[0, 0, np.nan]], [0], "`bloch` must be finite"),
        ([[0, 0, 1j]], [0], "`bloch` must hold real numbers, but is complex"),
        ([[0, 0, 1]], 0.5, r"`amplitudes` must be finite with shape \(M,\)"),
        ([[0, 0, 1]], [np.inf], r"`amplitudes` must be finite with shape \(M,\)"),
        ([[0, 0, 1]], ["a"], "`amplitudes` must"),
    ],
)
def test_what_is_no_state_is_refused(bloch, amplitudes, message):
    with pytest.raises(ArgumentError, match=message):
        ProductState(bloch, amplitudes)


@pytest.mark.parametrize("make", [ProductState.relaxed, ProductState.vacuum])
@pytest.mark.parametrize(
    ("sigma", "message"),
    [
        ([1, 1, 1], "`sigma` must have 2 spins"),
        ([[1, 1]], "`sigma` must have 1 dimension, but has shape"),
        ([1, 0.5], "`sigma` must hold only -1 and"),
    ],
)
def test_configurations_must_fit_the_model(make, sigma, message):
    with pytest.raises(ArgumentError, match=message):
        make(MODEL, sigma)
