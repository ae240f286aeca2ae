"""The figure of a Wigner function shows its values with zero white."""

import numpy as np
import pytest
from matplotlib.colors import to_rgb

import cavity_hopfield as ch
from cavity_hopfield.plots import plot_wigner


def test_the_values_of_the_last_time_are_drawn(light):
    axes = plot_wigner(light)
    mesh = axes.collections[0]
    np.testing.assert_array_equal(mesh.get_array().reshape(15, 21), light["wigner"].isel(time=-1))
    assert axes.get_title() == "t = 2"
    assert len(axes.figure.axes) == 2
    assert axes.get_aspect() == 1
    assert plot_wigner(light, time=0.9).get_title() == "t = 1"


def test_zero_is_white_and_signs_have_their_colours(light):
    """A displaced single photon is negative in the middle."""
    x, y = light["alpha_real"], light["alpha_imag"]
    reach = 4 * (x**2 + y**2)
    photon = light.isel(time=0).assign(
        wigner=(2 / np.pi * (reach - 1) * np.exp(-reach / 2)).transpose(..., "alpha_real")
    )
    mesh = plot_wigner(photon).collections[0]
    low, high = mesh.get_clim()
    assert low == -high == pytest.approx(-2 / np.pi)
    assert min(to_rgb(mesh.to_rgba(0.0))) > 0.95
    assert mesh.to_rgba(low)[2] > mesh.to_rgba(low)[0]  # blue
    assert mesh.to_rgba(high)[0] > mesh.to_rgba(high)[2]  # red


def test_samples_are_drawn_too():
    dicke = ch.MultimodeDicke.from_patterns(ch.letters("E"), g=0.1, omega=1.0, loss=0.5, drive=0.01)
    samples = ch.TruncatedWigner(runs=20, seed=1).light_samples(dicke, ch.letters("E")["E"], [0.0])
    found = ch.wigner_histogram(samples, np.linspace(-3, 3, 7), np.linspace(-3, 3, 7))
    assert plot_wigner(found).collections[0].get_array().max() == pytest.approx(float(found["wigner"].max()))
