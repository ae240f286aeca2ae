"""The figure of theories side by side shows the numbers it was given."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import cavity_hopfield as ch
from cavity_hopfield.bridge.levels.agreement import agreement
from cavity_hopfield.plots import plot_agreement

TIMES = np.linspace(0.0, 4.0, 9)


def test_panels_hold_the_curves_and_their_bands(found):
    overlap, photons, strip = plot_agreement(found, ("overlap", "photons"))
    lines = {line.get_label(): line for line in overlap.lines}
    assert set(lines) == set(found["theory"].values)
    np.testing.assert_allclose(
        lines["MeanField"].get_ydata(), found["overlap"].sel(theory="MeanField", pattern="1"), atol=1e-15
    )
    assert len(overlap.collections) == 1  # of the runs alone
    band = overlap.collections[0].get_paths()[0].vertices[:, 1]
    jumps = found[["overlap", "overlap_error"]].sel(theory="QuantumJumps", pattern="1")
    assert band.max() == pytest.approx(float((jumps["overlap"] + 2 * jumps["overlap_error"]).max()))
    assert "mode" in photons.get_title()
    assert [text.get_text() for text in strip.get_yticklabels()] == ["QuantumJumps", "Cumulants(order=2)", "MeanField"]


def test_bars_end_where_a_theory_parts(found):
    strip = plot_agreement(found)[-1]
    first = float(found["first_disagreement"].sel(theory="MeanField").min())
    assert np.isfinite(first)
    bars = {(round(bar.get_y() + bar.get_height() / 2), bar.get_x()): bar.get_width() for bar in strip.patches}
    assert bars[2, 0.0] == pytest.approx(first)
    assert bars[2, first] == pytest.approx(TIMES[-1] - first)
    told = [text.get_text() for text in strip.texts]
    place = int(np.nanargmin(found["first_disagreement"].sel(theory="MeanField").values))
    assert any(str(found["observable"].values[place]) in text for text in told)


def test_what_could_not_be_seen_stands_beside_what_agrees(found):
    strip = plot_agreement(found)[-1]
    assert any("would have been seen" in text.get_text() for text in strip.texts)


@pytest.mark.parametrize("names", [("g2",), (), ("overlap",) * 4])
def test_observables_are_checked(found, names):
    with pytest.raises(ch.ArgumentError, match="observables"):
        plot_agreement(found, names)


def test_other_datasets_are_refused(found):
    with pytest.raises(ch.ArgumentError, match="agreement"):
        plot_agreement(found.drop_vars("first_disagreement"))


@dataclass(frozen=True)
class Ending:
    """A theory that fails on the way."""

    theory: Any
    since: float

    def evolve(self, model, initial, times):
        begun = self.theory.evolve(model, initial, times[times < self.since])
        raise ch.ConvergenceError("diverged", partial=begun)


def test_a_bar_ends_where_a_theory_failed():
    model = ch.MultimodeDicke([[0.4], [0.3]], 1.0, 1.0, drive=0.25)
    theories = {"L": ch.Lindblad(), "ending": Ending(ch.Lindblad(), 2.2)}
    found = agreement(model, [1, 1], TIMES, theories)
    assert "up to t = 2 (5 of 9 times)" in found.summary
    strip = plot_agreement(found.dataset)[-1]
    (bar,) = strip.patches
    assert (bar.get_x(), bar.get_width()) == (0.0, 2.0)
    assert any("ended at t = 2" in text.get_text() for text in strip.texts)


def test_the_title_of_the_strip_fits_below_one_panel(found):
    strip = plot_agreement(found, ("overlap",))[-1]
    figure = strip.figure
    figure.canvas.draw()
    box = strip.title.get_window_extent()
    assert box.x0 >= 0
    assert box.x1 <= figure.bbox.x1
