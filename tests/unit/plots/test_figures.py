"""The figures show what the result says; how they look is a matter for eyes."""

import numpy as np
import pytest

from cavity_hopfield import study
from cavity_hopfield.plots import plot_overlaps, plot_rates, plot_recall


@pytest.fixture(scope="module")
def shapeless(shortened):
    quick = shortened(
        memory=study.configuration.Memory(random={"patterns": 2, "spins": 11, "seed": 1}),
        cavity=study.Study().cavity.model_copy(update={"drive": 1e-6}),
        recall={"pattern": "1"},
    )
    return study.run_study(quick, stage=lambda _: lambda _: None)


def test_rates_are_drawn_beside_glauber_on_a_logarithmic_axis(tree):
    upper, lower = plot_rates(tree["rates"].to_dataset())
    assert upper.get_yscale() == "log"
    assert np.array_equal(upper.lines[0].get_ydata(), tree["rates/rate"].values)
    assert np.array_equal(upper.lines[1].get_ydata(), tree["rates/glauber_rate"].values)
    assert np.array_equal(lower.lines[0].get_ydata(), tree["rates/temperature"].values)
    assert "units of" in upper.get_ylabel()
    assert "units of" in lower.get_xlabel()


def test_recall_shows_stored_corrupted_and_both_recalls_as_pixels(tree):
    pictures = [np.asarray(axes.images[0].get_array()) for axes in plot_recall(tree)]
    assert [picture.shape for picture in pictures] == [(7, 5)] * 4
    assert np.array_equal(pictures[0].ravel(), tree["patterns/stored"].sel(pattern="E").values)
    assert np.array_equal(pictures[2].ravel(), tree["mean_field/spin_z"].values[-1])
    assert np.array_equal(pictures[3].ravel(), tree["kinetic/spin_z"].values[-1])


def test_overlaps_are_drawn_at_both_levels_each_on_its_clock(tree):
    left, right = plot_overlaps(tree)
    assert np.array_equal(left.lines[0].get_ydata(), tree["mean_field/overlap"].sel(pattern="E").values)
    mean = tree["kinetic/overlap"].sel(pattern="E").mean("run").values
    assert np.array_equal(right.lines[0].get_ydata(), mean)
    assert left.get_xlabel() == right.get_xlabel()


def test_patterns_without_a_shape_are_laid_out_in_reading_order(shapeless):
    picture = np.asarray(plot_recall(shapeless)[0].images[0].get_array())
    assert picture.shape == (3, 4)
    assert np.array_equal(picture.ravel()[:11], shapeless["patterns/stored"].values[0])
    assert np.isnan(picture.ravel()[11])
