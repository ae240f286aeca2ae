"""Pictures, curves and films of one recall show its numbers."""

import numpy as np
import pytest
from PIL import Image

import cavity_hopfield as ch
from cavity_hopfield.plots import animate_recall, plot_overlaps, plot_recall
from cavity_hopfield.plots.animation import FILMS


def picture(axes):
    return np.asarray(axes.images[0].get_array())


def test_the_stored_pattern_and_four_times_are_shown(evolution):
    stored, *times = plot_recall(evolution)
    memory = ch.letters("EVX")
    np.testing.assert_array_equal(picture(stored).ravel(), memory["E"])
    assert stored.get_title() == "stored: E"
    for axes, place in zip(times, (0, 2, 4, 6), strict=True):
        spins = evolution["spin_z"].values[place]
        np.testing.assert_array_equal(picture(axes), spins.reshape(memory.shape))
        assert axes.get_title() == f"t = {place}"
        assert axes.get_xlabel() == f"overlap {memory.overlaps(spins)[0]:.2f}"


def test_pattern_times_and_memory_can_be_named(evolution):
    panels = plot_recall(evolution, pattern="V", times=[0.4, 5.0])
    assert [axes.get_title() for axes in panels] == ["stored: V", "t = 0", "t = 5"]
    bare = evolution.drop_attrs()
    with pytest.raises(ch.ArgumentError, match="Argument `patterns` must be given"):
        plot_recall(bare)
    flat = ch.Patterns(ch.letters("EVX").values, names=("E", "V", "X"))
    assert picture(plot_recall(bare, flat)[0]).shape == (6, 6)  # no shape: nearly square
    with pytest.raises(ch.ArgumentError, match="must have 35 spins"):
        plot_recall(bare, ch.Patterns([[1, -1]]))


@pytest.mark.parametrize("times", [[], [7.0], [-0.1], [0.0] * 7])
def test_times_are_checked(evolution, times):
    with pytest.raises(ch.ArgumentError, match="Argument `times` must hold one to 6 times from 0 to 6"):
        plot_recall(evolution, times=times)


def test_a_study_has_its_own_pictures(tree):
    with pytest.raises(ch.ArgumentError, match="`times` are for one evolution"):
        plot_recall(tree, times=[0.0])
    with pytest.raises(ch.ArgumentError, match="two levels of theory and one panel"):
        plot_overlaps(tree, axes=plot_overlaps(tree)[0])


def test_overlaps_are_means_in_a_band_of_the_runs(evolution):
    axes = plot_overlaps(evolution)
    overlap = evolution["overlap"].sel(pattern="E")
    np.testing.assert_allclose(axes.lines[0].get_ydata(), overlap.mean("run"))
    band = axes.collections[0].get_paths()[0].vertices
    for time in evolution["time"].values:
        ends = band[band[:, 0] == time, 1]
        middle = np.quantile(overlap.sel(time=time), [0.16, 0.84])
        np.testing.assert_allclose([ends.min(), ends.max()], middle)
    assert axes.get_title() == "KineticMonteCarlo, 6 runs"


def test_a_mean_with_an_error_has_a_band_of_two(evolution):
    mean = evolution[["overlap"]].mean("run").assign_attrs(theory='{"name": "TruncatedWigner"}')
    mean["overlap_error"] = 0.05 * xr_ones(mean["overlap"])
    axes = plot_overlaps(mean)
    band = axes.collections[0].get_paths()[0].vertices[:, 1]
    assert band.max() == pytest.approx(float(mean["overlap"].sel(pattern="E").max()) + 0.1)
    certain = plot_overlaps(mean.drop_vars("overlap_error"))
    assert len(certain.collections) == 0
    assert certain.get_title() == "TruncatedWigner"


def xr_ones(values):
    return values * 0 + 1


def test_a_film_has_a_frame_for_each_time(evolution, tmp_path):
    told = []
    path = animate_recall(evolution, tmp_path / "recall.gif", frames_per_second=5, progress=told.append)
    with Image.open(path) as film:
        assert film.n_frames == evolution.sizes["time"]
        assert film.info["duration"] == 200
        frames = []
        for k in range(film.n_frames):
            film.seek(k)
            frames.append(np.asarray(film.convert("L"), dtype=float))
    assert np.abs(frames[0] - frames[-1]).mean() > 1  # of 255
    np.testing.assert_allclose(told, np.arange(1, 8) / 7)
    assert [found.name for found in tmp_path.iterdir()] == ["recall.gif"]


def test_an_interrupted_film_leaves_the_older_one(evolution, tmp_path):
    path = tmp_path / "recall.gif"
    path.write_bytes(b"older")

    def interrupted(fraction):
        if fraction > 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        animate_recall(evolution, path, progress=interrupted)
    assert path.read_bytes() == b"older"
    assert [found.name for found in tmp_path.iterdir()] == ["recall.gif"]


def test_a_film_without_ffmpeg_is_refused_with_the_remedy(evolution, tmp_path, monkeypatch):
    monkeypatch.setattr(FILMS[".mp4"], "isAvailable", classmethod(lambda _: False))
    with pytest.raises(ch.ArgumentError, match=r"needs the program ffmpeg, which is not there. Install it"):
        animate_recall(evolution, tmp_path / "recall.mp4")
    with pytest.raises(ch.ArgumentError, match=r"must end with .gif or .mp4, but is .*recall.avi"):
        animate_recall(evolution, tmp_path / "recall.avi")
    with pytest.raises(ch.ArgumentError, match="`frames_per_second` must"):
        animate_recall(evolution, tmp_path / "recall.gif", frames_per_second=0)
    with pytest.raises(ch.ResultFileError, match="Cannot write"):
        animate_recall(evolution, tmp_path / "none" / "recall.gif")


@pytest.mark.skipif(not FILMS[".mp4"].isAvailable(), reason="ffmpeg is not there")
def test_a_film_by_ffmpeg(evolution, tmp_path):
    path = animate_recall(evolution, tmp_path / "recall.mp4")
    assert b"ftyp" in path.read_bytes()[:16]
