"""Figures belong to who asked for them: shown in a notebook, gone from a batch, written whole or not at all."""

import gc
import warnings
import weakref

import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from cavity_hopfield import ResultFileError
from cavity_hopfield.plots import off_screen, plot_overlaps, plot_phase_diagram, plot_wigner, save_figure, save_figures


def test_a_figure_is_one_that_a_notebook_shows(evolution):
    axes = plot_overlaps(evolution)
    assert plt.gcf() is axes.figure
    assert plt.gca() is axes


def test_off_screen_nothing_is_kept(evolution):
    with off_screen():
        axes = plot_overlaps(evolution)
    assert plt.get_fignums() == []
    held = weakref.ref(axes.figure)
    del axes
    gc.collect()
    assert held() is None
    plot_overlaps(evolution)
    assert len(plt.get_fignums()) == 1


def test_fifty_figures_of_a_batch_leave_none_and_warn_of_nothing(spectrum, tmp_path, monkeypatch):
    """pyplot warns of more than twenty open figures."""
    monkeypatch.setattr(Figure, "savefig", lambda _, path, **_options: path.write_bytes(b"a picture"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(50):
            (path,) = save_figures(spectrum, tmp_path)
    assert path.read_bytes() == b"a picture"
    assert plt.get_fignums() == []


def test_saving_lets_a_figure_go(evolution, tmp_path):
    save_figure(plot_overlaps(evolution), tmp_path / "overlaps.png")
    assert plt.get_fignums() == []


@pytest.mark.parametrize(
    ("plot", "result"), [(plot_overlaps, "evolution"), (plot_phase_diagram, "diagram"), (plot_wigner, "light")]
)
def test_given_axes_are_drawn_on(plot, result, request):
    figure, (left, right) = plt.subplots(1, 2)
    assert plot(request.getfixturevalue(result), axes=right) is right
    assert plt.get_fignums() == [figure.number]
    assert right.has_data()
    assert not left.has_data()


def test_the_suffix_names_the_format(light, tmp_path):
    starts = {"png": b"\x89PNG", "pdf": b"%PDF", "svg": b"<?xml"}
    for suffix, start in starts.items():
        path = save_figure(plot_wigner(light), tmp_path / f"light.{suffix}")
        assert path.read_bytes().startswith(start)


def test_part_of_a_larger_figure_is_saved_with_the_whole(light, tmp_path):
    figure = plt.figure(figsize=(6.0, 2.0))
    left, _ = figure.subfigures(1, 2)
    path = save_figure(plot_wigner(light, axes=left.subplots()), tmp_path / "part.png")
    shape = plt.imread(path).shape
    assert shape[1] == pytest.approx(3 * shape[0], rel=0.02)


def test_what_cannot_be_written_leaves_the_older_file(light, tmp_path, monkeypatch):
    path = save_figure(plot_wigner(light), tmp_path / "light.png")
    older = path.read_bytes()
    axes = plot_wigner(light)

    def full(draft, **_):
        draft.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(axes.figure, "savefig", full)
    with pytest.raises(
        ResultFileError, match=r"Cannot write .*light.png: No space left on device. Choose another place"
    ):
        save_figure(axes, path)
    assert path.read_bytes() == older
    assert [found.name for found in tmp_path.iterdir()] == ["light.png"]


@pytest.mark.parametrize("name", ["none/light.png", "light.pie"])
def test_impossible_places_are_told(light, tmp_path, name):
    with pytest.raises(ResultFileError, match="Cannot write"):
        save_figure(plot_wigner(light), tmp_path / name)


def test_the_same_figure_is_the_same_file(evolution, tmp_path):
    first, second = (save_figure(plot_overlaps(evolution), tmp_path / f"{k}.png").read_bytes() for k in range(2))
    assert first == second
    assert np.array_equal(plt.imread(tmp_path / "0.png"), plt.imread(tmp_path / "1.png"))
