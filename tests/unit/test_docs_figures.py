"""Figures of the documentation are compared tolerantly: another font passes, another curve does not."""

import importlib.util
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure

DOCS = Path(__file__).parent.parent.parent / "docs"


@pytest.fixture(scope="module")
def pages():
    spec = importlib.util.spec_from_file_location("pages_of_the_documentation", DOCS / "conftest.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def draw(path, *, slower=1.0, cell=0.0, width=6.4, **style):
    """A decay over time beside a map of 12 by 12 cells."""
    with mpl.rc_context({"font.size": 10, "lines.linewidth": 1.6, "axes.spines.top": False, **style}):
        figure = Figure(figsize=(width, 3.6), dpi=160, layout="constrained")
        left, right = figure.subplots(1, 2)
        times = np.linspace(0, 10, 300)
        left.plot(times, np.exp(-times / 3 / slower), label="overlap with E")
        left.plot(times, 0.2 * np.sin(times), "--", label="overlap with V")
        left.set_xlabel("time (units of 1/omega)")
        left.legend(title="pattern")
        values = np.add.outer(np.arange(12.0), np.arange(12.0)) / 22
        values[3, 3] += cell
        right.pcolormesh(values, vmin=0, vmax=1)
        right.set_title("a map")
        path.mkdir(exist_ok=True)
        figure.savefig(path / "recall.png")
    return path / "recall.png"


@pytest.fixture
def committed(tmp_path):
    return draw(tmp_path / "committed")


@pytest.mark.parametrize(
    "style",
    [{}, {"text.hinting": "no_hinting"}, {"text.antialiased": False}, {"width": 6.42}],
    ids=["same", "no hinting", "no antialiasing", "wider"],
)
def test_the_same_picture_in_another_rendering_passes(pages, committed, tmp_path, style):
    assert pages.difference(draw(tmp_path / "drawn", **style), committed) == ""


@pytest.mark.parametrize(
    "change", [{"slower": 1.15}, {"slower": 0.85}, {"cell": 0.6}], ids=["slower", "faster", "cell"]
)
def test_another_curve_or_another_cell_is_another_picture(pages, committed, tmp_path, change):
    assert "another picture" in pages.difference(draw(tmp_path / "drawn", **change), committed)


def test_another_size_is_told(pages, committed, tmp_path):
    assert "pixels in place of (1024, 576)" in pages.difference(draw(tmp_path / "drawn", width=7.0), committed)


def test_what_is_missing_on_either_side_is_told(pages, committed, tmp_path):
    empty = tmp_path / "nothing"
    assert list(pages.differences(committed.parent, committed.parent)) == []
    assert list(pages.differences(empty, empty)) == []
    (told,) = pages.differences(committed.parent, empty)
    assert told.startswith("recall.png is drawn, but not in")
    (told,) = pages.differences(empty, committed.parent)
    assert told.endswith("but not drawn")


def test_figures_are_kept_and_old_ones_go(pages, committed, tmp_path):
    new, place = tmp_path / "new", tmp_path / "figures" / "page"
    draw(new)
    pages.keep(new, place)
    (new / "recall.png").rename(new / "light.png")
    pages.keep(new, place)
    assert pages.names(place) == ["light.png"]
    assert pages.difference(place / "light.png", committed) == ""


def test_a_figure_must_be_shown_on_its_page(pages, committed, tmp_path):
    source = tmp_path / "page.md"
    source.write_text("![A recall](figures/committed/recall.png)\n", encoding="utf-8")
    assert list(pages.not_shown(source, committed.parent)) == []
    source.write_text("Nothing to see.\n", encoding="utf-8")
    assert list(pages.not_shown(source, committed.parent)) == ["recall.png is drawn, but not shown"]
