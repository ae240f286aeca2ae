"""Presets against what their papers say beside the numbers that went in."""

import numpy as np
import pytest
from scipy.constants import atomic_mass, c, h

from cavity_hopfield import Patterns
from cavity_hopfield.platforms import changed, presets

TURN = 2 * np.pi


def test_two_momentum_states_by_integrating_the_waves():
    """The matrix element, the shift and the energy of the derivation, on a grid and not by hand."""
    x = np.linspace(0, TURN, 64, endpoint=False)
    kx, ky = np.meshgrid(x, x, indexing="ij")
    rest, moving = np.ones_like(kx), 2 * np.cos(kx) * np.cos(ky)
    assert np.mean(moving**2) == pytest.approx(1)
    element = np.mean(rest * np.cos(kx) * np.cos(ky) * moving)
    shift = np.mean(rest * np.cos(kx) ** 2 * rest)
    transform = np.fft.fftfreq(64, 1 / 64)
    laplacian = np.fft.ifft2(-(transform[:, None] ** 2 + transform[None, :] ** 2) * np.fft.fft2(moving)).real
    energy = float(np.mean(moving * -laplacian))  # in recoils
    lab = changed(presets.load("fioroni2024").platform, {"pump_depth": 1e-9})  # its lattice tells nothing
    pump = np.sqrt(lab.pump_depth * lab.recoil_rad_s * abs(lab.atomic_detuning_rad_s))
    eta = lab.coupling_rad_s * pump / abs(lab.atomic_detuning_rad_s)
    dicke = lab.to_dicke(Patterns(np.ones((1, 2), dtype=int)), unit_rad_s=1.0)
    assert dicke.g == pytest.approx(np.full((2, 1), element * eta))
    assert 2 * dicke.drive == pytest.approx(energy * lab.recoil_rad_s)
    moved = lab.mode_detuning_rad_s + lab.atoms * shift * lab.coupling_rad_s**2 / lab.atomic_detuning_rad_s
    assert float(dicke.omega[0]) == pytest.approx(moved)


def test_the_condensate_orders_at_a_few_recoils():
    """The user guide sees the transition at about 5 recoils; without trap, contact interaction and a finite ramp it is
    below that, at the same order.
    """
    lab = presets.load("fioroni2024").platform
    assert 1 < lab.critical_depth < 5


def test_the_recoil_of_rubidium():
    """h / (2 m lambda^2) at the D2 line, 780.24 nm: 3.77 kHz."""
    lab = presets.load("fioroni2024").platform
    wavelength = c / (384.2304844685e12 - 76.6e9)
    assert lab.recoil_rad_s / TURN == pytest.approx(h / (2 * 87 * atomic_mass * wavelength**2))


def test_the_cooperativity_comes_out_as_printed():
    preset = presets.load("kroeze2022")
    lab = preset.platform
    one_mode = 4 * lab.coupling_rad_s**2 / (lab.photon_loss_rad_s * lab.atomic_linewidth_rad_s)
    assert 21 * one_mode == pytest.approx(110)


def test_the_ions_have_the_printed_coupling():
    """Eq. (2) of the paper, J = Omega^2 nu_R sum b b / (mu^2 - nu^2), from the bare modes, against J0 = 0.82 kHz."""
    lab = presets.load("zhang2017").platform
    frequencies, vectors = lab.normal_modes.frequencies_rad_s, lab.normal_modes.vectors
    note = frequencies[-1] + TURN * 56e3
    recoil = h / (2 * lab.mass_kg * lab.fringe_m**2) * TURN
    couplings = (
        lab.force_rabi_rad_s**2 * recoil * np.einsum("im,jm,m->ij", vectors, vectors, 1 / (note**2 - frequencies**2))
    )
    neighbours = np.diag(couplings, 1) / TURN
    assert float(neighbours.mean()) == pytest.approx(820, rel=0.05)
    # the model has them, too: cooling is slow beside the detuning of the nearest mode
    dicke = lab.to_dicke(unit_rad_s=1.0)
    mediated = np.diag(dicke.ising_couplings(), 1) / TURN
    assert mediated == pytest.approx(neighbours, rel=0.1)
