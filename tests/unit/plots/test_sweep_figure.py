"""The figure of a sweep shows its numbers where they were computed, and what failed."""

import numpy as np
import pytest
import xarray as xr

import cavity_hopfield as ch
from cavity_hopfield.plots import kinds_of, plot_sweep

FLAGS = {"flag_values": np.array([0, 1, 2], np.int8), "flag_meanings": "missing done failed"}


def test_two_axes_are_colours_and_failures_crosses(swept):
    temperature, flips = plot_sweep(swept)
    values = temperature.collections[0].get_array().reshape(3, 4)
    done = swept["status"].transpose("loss", "g") == 1
    np.testing.assert_allclose(np.ma.masked_invalid(values).filled(np.nan), swept["glauber_temperature"].T.where(done))
    np.testing.assert_array_equal(temperature.lines[0].get_xydata(), [[0.2, 0.4]])
    assert temperature.get_yscale() == "log"  # losses double from one to the next
    assert temperature.get_xscale() == "linear"
    edges = temperature.collections[0].get_coordinates()[:, 0, 1]
    np.testing.assert_allclose(edges, [0.1 / 2**0.5, 0.1 * 2**0.5, 0.2 * 2**0.5, 0.4 * 2**0.5])
    assert flips.figure.axes[-1].get_ylabel() == "flips"


def test_replicas_are_a_mean_with_its_error():
    values = np.array([[1.0, 3.0, 2.0], [5.0, 5.0, np.nan]])
    status = np.array([[1, 1, 1], [1, 1, 2]], np.int8)
    dims = ("g", "replica")
    replicas = xr.Dataset({"status": (dims, status, FLAGS), "overlap": (dims, values)}, {"g": [0.1, 0.2]})
    (axes,) = plot_sweep(replicas)
    line, _, (bars,) = axes.containers[0].lines
    np.testing.assert_allclose(line.get_ydata(), [2.0, 5.0])
    np.testing.assert_allclose([np.ptp(bar[:, 1]) / 2 for bar in bars.get_segments()], [1 / 3**0.5, 0.0])


def test_an_axis_of_words_is_a_line_for_each():
    status = np.ones((3, 2), np.int8)
    dims = ("g", "law")
    both = xr.Dataset(
        {"status": (dims, status, FLAGS), "success": (dims, np.arange(6.0).reshape(3, 2))},
        {"g": [1.0, 2.0, 3.0], "law": ["Glauber", "Metropolis"]},
    )
    (axes,) = plot_sweep(both)
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["Glauber", "Metropolis"]
    np.testing.assert_array_equal(axes.containers[1].lines[0].get_ydata(), [1.0, 3.0, 5.0])
    (axes,) = plot_sweep(both.isel(g=1))
    assert [label.get_text() for label in axes.get_xticklabels()] == ["Glauber", "Metropolis"]


def test_a_sweep_of_the_package_is_drawn():
    def work(g, loss):
        return {"sum": g + loss, "curve": ("time", [g, loss])}

    swept = ch.sweep(work, {"g": [0.1, 0.2], "loss": [1.0, 2.0, 3.0]}, executor="serial")
    assert kinds_of(swept) == ("sweep",)
    (axes,) = plot_sweep(swept)  # what has dimensions of its own is no number
    np.testing.assert_allclose(axes.collections[0].get_array().reshape(3, 2), swept["sum"].T)


@pytest.mark.parametrize("names", [(), ("status",), ("nothing",), ("flips",) * 7])
def test_variables_are_checked(swept, names):
    with pytest.raises(ch.ArgumentError, match="Argument `variables` must name one to 6 of glauber_temperature, flips"):
        plot_sweep(swept, names)
