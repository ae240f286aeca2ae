"""The figure of one drive and two shows the numbers it is given."""

import numpy as np
import pytest
import xarray as xr

from cavity_hopfield import ArgumentError
from cavity_hopfield.plots import plot_one_drive

TIMES = np.linspace(0, 100, 11)


def path(values):
    columns = np.array(values)[:, None]
    return xr.Dataset(
        {"overlap": (("time", "pattern"), columns), "overlap_y": (("time", "pattern"), -columns)}, {"time": TIMES}
    )


def spectrum(*values):
    return xr.Dataset({"eigenvalue_real": ("level", np.real(values)), "eigenvalue_imag": ("level", np.imag(values))})


PATHS = {"eliminated": path(np.linspace(0.3, 0.6, 11)), "independent": path(np.cos(TIMES))}
SPECTRA = {"eliminated": spectrum(0, -0.1, -9.0), "independent": spectrum(0, -0.1 + 0.2j, -0.1 - 0.2j)}


def test_both_choices_are_drawn_in_units_of_the_rate():
    left, middle, right = plot_one_drive(PATHS, SPECTRA, rate=0.1, few=PATHS)
    for choice, k in (("eliminated", 0), ("independent", 2)):
        np.testing.assert_allclose(left.lines[k].get_xdata(), TIMES * 0.1)
        np.testing.assert_allclose(left.lines[k].get_ydata(), PATHS[choice]["overlap"][:, 0])
    np.testing.assert_allclose(middle.lines[0].get_ydata(), -PATHS["eliminated"]["overlap"][:, 0])
    np.testing.assert_allclose(right.lines[0].get_xdata(), [0, -1])  # what decays faster than shown is left out
    np.testing.assert_allclose(right.lines[1].get_ydata(), [0, 2, -2])
    assert len(left.figure.legends[0].get_texts()) == 5


@pytest.mark.parametrize("name", ["paths", "spectra", "few"])
def test_both_choices_are_needed(name):
    given = {"paths": PATHS, "spectra": SPECTRA, "few": PATHS}
    given[name] = {"eliminated": given[name]["eliminated"]}
    with pytest.raises(ArgumentError, match=f"Argument `{name}` must hold"):
        plot_one_drive(given["paths"], given["spectra"], rate=0.1, few=given["few"])
