"""The figure of a spectrum shows the eigenvalues, their parities and what is not converged."""

import numpy as np
import pytest
import xarray as xr

import cavity_hopfield as ch
from cavity_hopfield.plots import plot_spectrum


def points(axes, label=None):
    lines = [line for line in axes.lines if line.get_linestyle() == "None" and label in {None, line.get_label()}]
    return np.concatenate([line.get_xdata() + 1j * line.get_ydata() for line in lines])


def test_eigenvalues_stand_in_the_plane_by_parity(spectrum):
    axes = plot_spectrum(spectrum)
    values = spectrum["eigenvalue_real"].values + 1j * spectrum["eigenvalue_imag"].values
    parity = spectrum["parity"].values
    for label, sign in (("even under a turn of all spins", 1), ("odd", -1)):
        np.testing.assert_array_equal(np.sort_complex(points(axes, label)), np.sort_complex(values[parity == sign]))
    assert {text.get_text() for text in axes.get_legend().get_texts()} == {"even under a turn of all spins", "odd"}
    assert "units of" in axes.get_xlabel()
    assert axes.get_title() == "Lindblad"


def test_bridge_and_classical_spectra_are_drawn():
    dicke = ch.MultimodeDicke.from_patterns(ch.Patterns([[1, -1, 1]]), 0.2, 1.0, 0.5, drive=0.001, disorder=0.3, seed=1)
    bridged = ch.Bridge(dicke).spectrum(6)
    np.testing.assert_allclose(np.sort(points(plot_spectrum(bridged)).real), np.sort(bridged["eigenvalue_real"]))
    network = ch.OpenHopfield(ch.Patterns([[1, 1, 1, 1]]), ch.Glauber(0.3))
    classical = ch.ClassicalMasterEquation().spectrum(network, k=4)
    axes = plot_spectrum(classical)
    np.testing.assert_allclose(np.sort(points(axes).real), np.sort(classical["eigenvalue_real"]))
    assert axes.get_yticks().tolist() == [0]  # nothing oscillates, and the axis does not blow up rounding


def test_eigenvalues_of_the_light_have_no_parity():
    """Of the linearised equations, whose dimension has another name."""
    pair = xr.Dataset({"eigenvalue_real": ("eigenvalue", [-1.0, -1.0]), "eigenvalue_imag": ("eigenvalue", [2.0, -2.0])})
    axes = plot_spectrum(pair)
    np.testing.assert_array_equal(points(axes), [-1 + 2j, -1 - 2j])
    assert axes.get_legend() is None
    assert axes.get_title() == ""


@pytest.mark.parametrize("poor", [0.0, 0.3])
def test_what_is_not_converged_has_bars_of_its_residual(spectrum, poor):
    wrong = spectrum.copy(deep=True)
    wrong["residual"][:] = 0.0
    wrong["residual"][2] = poor
    axes = plot_spectrum(wrong)
    assert len(axes.containers) == (poor > 0)
    if poor:
        along, up = (bars.get_segments()[0] for bars in axes.containers[0].lines[2])
        assert np.ptp(along[:, 0]) == pytest.approx(2 * poor)
        assert np.ptp(up[:, 1]) == pytest.approx(2 * poor)
        assert "not converged" in {text.get_text() for text in axes.get_legend().get_texts()}
