"""The figures of the light show the numbers they are given."""

import numpy as np
import pytest
import xarray as xr

from cavity_hopfield import ArgumentError
from cavity_hopfield.plots import plot_light_recall, plot_transition


def curve(rung, spins, values, error=None):
    data = {"order": ("coupling", values), "photons_per_spin": ("coupling", np.square(values) + 0.01)}
    if error is not None:
        data["order_error"] = ("coupling", np.full(len(values), error))
    return xr.Dataset(data, {"coupling": np.linspace(0.5, 1.5, len(values))}, {"rung": rung, "spins": spins})


def test_the_transition_shows_every_rung():
    values = np.array([0.1, 0.2, 0.6])
    left, right = plot_transition(
        [curve("Lindblad", 4, values), curve("TruncatedWigner", 100, values, 0.05), curve("MeanField", 0, values)]
    )
    assert len(left.containers) == len(right.containers) == 3
    np.testing.assert_allclose(left.containers[0].lines[0].get_ydata(), values)
    segments = left.containers[1].lines[2][0].get_segments()
    np.testing.assert_allclose([np.ptp(bar[:, 1]) for bar in segments], 0.1)
    labels = {text.get_text() for axes in (left, right) for text in axes.get_legend().get_texts()}
    assert labels == {"$N = 4$", "$N = 100$", r"$N \to \infty$", "Lindblad", "TruncatedWigner", "MeanField"}


@pytest.mark.parametrize("curves", [[], [curve("Magic", 4, np.ones(2))]])
def test_curves_without_a_known_theory_are_refused(curves):
    with pytest.raises(ArgumentError, match="Argument `curves`"):
        plot_transition(curves)


def recalls(n_patterns=2):
    times = np.linspace(0, 10, 11)
    shape = (2, 11, n_patterns)
    told = np.arange(np.prod(shape)).reshape(shape) / 50
    data = {
        "overlap": (("run", "time", "pattern"), told),
        "overlap_noise": (("time", "pattern"), np.full(shape[1:], 0.1)),
        "true_overlap": (("run", "time", "pattern"), told / 2),
    }
    return xr.Dataset(data, {"time": times, "pattern": list("ABC"[:n_patterns])})


def phase_space():
    grid = np.linspace(-2, 2, 9)
    values = np.exp(-(grid**2) - (grid[:, None]) ** 2)[None]
    light = xr.Dataset(
        {"wigner": (("time", "alpha_imag", "alpha_real"), values)}, {"alpha_real": grid, "alpha_imag": grid}
    )
    return {(memory, mode): light for memory in "AB" for mode in "AB"}


def test_a_recall_is_drawn_with_what_the_light_tells():
    found = recalls()
    top, bottom, *maps = plot_light_recall(found, phase_space(), runs=(1, 0))
    np.testing.assert_allclose(top.lines[0].get_ydata(), found["overlap"][1, :, 0])
    np.testing.assert_allclose(bottom.lines[1].get_ydata(), found["true_overlap"][0, :, 0])
    assert [axes.get_title() for axes in maps][1] == "light of mode B,\nspins in A"


def test_three_patterns_do_not_fit():
    with pytest.raises(ArgumentError, match="two patterns"):
        plot_light_recall(recalls(3), phase_space())
