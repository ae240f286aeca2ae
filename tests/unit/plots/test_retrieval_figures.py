"""The figures of recalls show the numbers of the result."""

import numpy as np
import pytest

from cavity_hopfield import ArgumentError, Glauber, OpenHopfield, letters
from cavity_hopfield.analysis.retrieval.retrieval import retrieval
from cavity_hopfield.plots import plot_platform, plot_retrieval


def drawn(axes, label):
    return next(line for line in axes.lines if line.get_label() == label)


def test_success_is_drawn_with_its_interval(recalls):
    left, right = plot_retrieval(recalls)
    for k, name in enumerate("AC"):
        one = recalls.sel(pattern=name)
        np.testing.assert_array_equal(drawn(left, name).get_ydata(), one["success"])
        outline = left.collections[k].get_paths()[0].vertices
        assert outline[:, 1].min() == pytest.approx(float(one["success_low"].min()))
    last = [line.get_ydata()[-1] for line in right.lines]
    np.testing.assert_allclose(last, recalls["success"].sel(initial_overlap=0.6, method="nearest"))
    assert "units" in left.get_xlabel() or "overlap" in left.get_xlabel()


def test_both_laws_are_drawn_side_by_side(compared):
    panels = plot_platform(compared)
    assert [axes.get_title() for axes in panels[:2]] == ["recall of E", "recall of V"]
    for law in ("platform", "Glauber"):
        values = compared["success"].sel(law=law, pattern="E")
        np.testing.assert_array_equal(drawn(panels[0], law).get_ydata(), values)
    here = compared.sel(law="platform", pattern="E")
    ends = [float(here[f"basin_overlap_{end}"]) for end in ("low", "high")]
    np.testing.assert_array_equal(drawn(panels[0], "interval of the basin").get_xdata(), ends)
    # one mark for each pattern, told by the legend, under both laws
    marks = {text.get_text(): handle.get_marker() for text, handle in zip(
        panels[3].get_legend().get_texts(), panels[3].get_legend().legend_handles, strict=True)}  # fmt: skip
    assert list(marks) == ["E", "V"]
    assert [line.get_marker() for line in panels[2].lines] == [*marks.values()] * 2
    shares = [patch.get_data().values for patch in panels[-1].patches]
    np.testing.assert_allclose([values.sum() for values in shares], 1.0)


def test_a_result_without_recalls_is_drawn_too():
    network = OpenHopfield(letters("A"), Glauber(temperature=0.1))
    nothing = retrieval(network, initial_overlaps=[0.2, 0.6], runs=5, seed=1, time=1e-9, level=0.9)
    assert len(plot_retrieval(nothing)) == 2


def test_other_results_are_refused(recalls, compared):
    for figure, wrong in ((plot_retrieval, compared), (plot_platform, recalls), (plot_retrieval, "recalls")):
        with pytest.raises(ArgumentError, match="`result`"):
            figure(wrong)


def test_one_pattern_cut_out_is_refused(recalls, compared):
    for figure, whole in ((plot_retrieval, recalls), (plot_platform, compared)):
        with pytest.raises(ArgumentError, match="`isel` keeps a dimension"):
            figure(whole.isel(pattern=0))
        assert len(figure(whole.isel(pattern=[0])))
