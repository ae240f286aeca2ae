"""Channels of single atoms, and the room of spins and light: what they accept, keep and refuse."""

import numpy as np
import pytest

from cavity_hopfield import ArgumentError, MultimodeDicke
from cavity_hopfield.cavity import CavitySpace, CollectiveSpins, aligned_fixed_point, cavity_start, displaced_mode
from cavity_hopfield.model import SpinChannels

PAIR = MultimodeDicke([[0.5], [-0.5]], 1.0, 1.5, 0.5, 0.2)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "must not all be zero"),
        ({"decay": -1.0}, "`decay` must be at least 0"),
        ({"decay": 0.1, "axis": "y"}, "`axis` must be one of 'x', 'z'"),
    ],
)
def test_wrong_channels_are_told(options, message):
    with pytest.raises(ArgumentError, match=message):
        SpinChannels(**options)


@pytest.mark.parametrize("axis", ["x", "z"])
def test_jumps_lower_raise_and_flip_along_the_axis(axis):
    (_, falls), (_, rises), (_, flips) = SpinChannels(decay=1, pumping=2, dephasing=3, axis=axis).jumps()
    falls, rises, flips = (jump.toarray() for jump in (falls, rises, flips))
    np.testing.assert_allclose(flips @ falls - falls @ flips, -2 * falls, atol=1e-15)
    np.testing.assert_allclose(falls @ rises + rises @ falls, np.eye(2), atol=1e-15)
    np.testing.assert_allclose(flips @ flips, np.eye(2), atol=1e-15)


def test_channels_go_through_json_and_old_files_have_none():
    model = MultimodeDicke(PAIR.g, 1.0, 1.0, channels=SpinChannels(decay=0.1, axis="z"))
    assert MultimodeDicke.from_json(model.to_json()).channels == model.channels
    old = model.to_dict()
    del old["channels"]
    assert MultimodeDicke.from_dict(old).channels is None


def test_a_collective_spin_with_channels_is_refused():
    model = MultimodeDicke(PAIR.g, 1.0, 1.0, channels=SpinChannels(decay=0.1))
    with pytest.raises(ArgumentError, match="do not conserve the length"):
        CavitySpace(model, CollectiveSpins.alike(model), (2,), (3,), np.zeros(1, complex))


def test_a_displacement_moves_the_vacuum_out_of_the_hamiltonian():
    r"""$\langle 0 | H | 0 \rangle$ pieces linear in b vanish for $\beta = -i S / z$ in a configuration."""
    beta = PAIR.relaxed_amplitudes([1, -1])
    space = CavitySpace(PAIR, CollectiveSpins.each(PAIR), (1, 1), (4,), beta)
    state = np.zeros(space.size, complex)
    state[4] = 1.0  # up, down, no photon: its force is 1
    change = space.hamiltonian @ state
    assert space.hamiltonian.toarray() == pytest.approx(space.hamiltonian.toarray().conj().T)
    assert abs(change[5]) < 1e-15


def test_a_start_at_rest_has_thermal_light():
    start = cavity_start(PAIR, [1, -1])
    assert start.thermal.tolist() == [0.5]
    rho, lost = displaced_mode(start.amplitudes[0], 0.5, 40)
    number = np.arange(40) @ np.diag(rho).real
    assert number == pytest.approx(abs(start.amplitudes[0]) ** 2 + 0.5, abs=1e-6)
    assert 0 <= lost < 1e-6


def test_a_fixed_point_has_every_spin_against_its_field():
    model = MultimodeDicke([[0.7, 0.1], [0.4, -0.5]], [1.0, 1.3], 1.0, 0.0, 0.2)
    bloch, amplitudes = aligned_fixed_point(model, model.g, np.ones(2), np.array([[0, 0, 1.0], [0, 0.0, 0.5]]))
    fields = np.stack([np.full(2, 0.2), np.zeros(2), model.g @ (2 * amplitudes.real)], axis=1)
    np.testing.assert_allclose(np.cross(bloch, fields), 0, atol=1e-12)
    np.testing.assert_allclose(np.linalg.norm(bloch, axis=1), [1, 0.5], atol=1e-12)
    np.testing.assert_allclose(model.pole * amplitudes, -1j * bloch[:, 2] @ model.g, atol=1e-12)
