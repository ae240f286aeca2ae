"""The house style can be told apart by the colour-blind and in print without colours, measured."""

from itertools import combinations

import numpy as np
import pytest
from matplotlib import colormaps, rcParams
from matplotlib.colors import to_rgb

from cavity_hopfield.plots import house_style
from cavity_hopfield.plots.phases import PATTERN_COLOURS, PHASE_COLOURS, PHASE_HATCHES
from cavity_hopfield.plots.style import CYCLE, DASHES, DIVERGING, MARKERS, SEQUENTIAL, look, marked

# Dichromats in linear RGB: G. M. Machado, M. M. Oliveira, L. A. F. Fernandes,
# IEEE Trans. Vis. Comput. Graph. 15, 1291 (2009), severity 1
SIGHT = {
    "all colours": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
}
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
WHITE = TO_XYZ.sum(axis=1)
SEEN = 15.0
"""Distance in CIELAB of two colours side by side; one that is just noticed is 2.3."""


def linear(colour):
    """Light of the three primaries from sRGB."""
    values = np.array(to_rgb(colour))
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def lab(colour, sight="all colours"):
    """CIELAB of what is seen."""
    xyz = TO_XYZ @ np.clip(np.array(SIGHT[sight]) @ linear(colour), 0, 1) / WHITE
    x, y, z = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def apart(first, second, sight):
    return float(np.linalg.norm(lab(first, sight) - lab(second, sight)))


def test_the_measure_knows_what_the_colour_blind_confuse():
    """Red and green of equal lightness are far apart, and next to one another for a dichromat."""
    red, green = "#C4413E", "#5E8500"
    assert apart(red, green, "all colours") > 60
    assert apart(red, green, "deuteranopia") < 0.35 * apart(red, green, "all colours")
    assert lab("white") == pytest.approx([100, 0, 0], abs=0.1)


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize(
    "colours", [CYCLE, PATTERN_COLOURS, tuple(PHASE_COLOURS.values())], ids=["lines", "basins", "phases"]
)
def test_colours_are_told_apart_by_all_eyes(colours, sight):
    closest = min(apart(one, other, sight) for one, other in combinations(colours, 2))
    assert closest > SEEN


@pytest.mark.parametrize("sight", SIGHT)
def test_signs_and_sizes_are_told_apart_by_all_eyes(sight):
    diverging, sequential = colormaps[DIVERGING], colormaps[SEQUENTIAL]
    assert apart(diverging(0.1), diverging(0.9), sight) > 4 * SEEN
    assert lab(diverging(0.5), sight)[0] > 90  # zero is white
    lightness = [lab(sequential(place), sight)[0] for place in np.linspace(0, 1, 30)]
    assert (np.diff(lightness) > 0).all()


def test_lines_stand_out_from_paper():
    """At least 2.2 to 1; the first four, of which most figures are made, 3 to 1."""
    contrast = [1.05 / (float(TO_XYZ[1] @ linear(colour)) + 0.05) for colour in CYCLE]
    assert min(contrast) > 2.2
    assert min(contrast[:4]) > 3.0


def test_lines_differ_without_colours():
    assert len(DASHES) == len(MARKERS) == len(CYCLE)
    assert len(set(map(str, DASHES))) == len(DASHES)
    looks = [look(k) for k in range(len(CYCLE) * len(DASHES))]
    assert len({(style["color"], str(style["linestyle"])) for style in looks}) == len(looks)
    assert len({marked(k)["marker"] for k in range(6)}) == 6
    duty = {dashes if isinstance(dashes, str) else tuple(np.cumsum(dashes[1])) for dashes in DASHES}
    assert len(duty) == len(DASHES)


def test_phases_differ_without_colours():
    """In lightness or in hatches; what has not settled is no phase, and mixtures come with more patterns alone."""
    phases = [name for name in PHASE_COLOURS if name not in {"undetermined", "mixture"}]
    for one, other in combinations(phases, 2):
        lighter = abs(lab(PHASE_COLOURS[one])[0] - lab(PHASE_COLOURS[other])[0])
        assert lighter > 10 or PHASE_HATCHES.get(one) != PHASE_HATCHES.get(other), (one, other)


def test_the_style_ends_with_its_context():
    before = dict(rcParams)
    with house_style():
        assert rcParams["axes.labelsize"] == 9
    assert dict(rcParams) == before
