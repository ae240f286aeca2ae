"""Which overlaps are means over the order of spins."""

import numpy as np
import pytest

from cavity_hopfield import ArgumentError, MultimodeDicke, Patterns, SpinChannels
from cavity_hopfield.cavity import CollectiveSpins, averages_told, cavity_start

ALIKE, MIRRORED = [[0.3]] * 3, [[0.3], [-0.3], [0.3]]
EVEN, SPLIT = Patterns([[1, 1, 1]], names=["even"]), Patterns([[1, -1, 1]], names=["split"])


@pytest.mark.parametrize(
    ("g", "patterns", "start", "named"),
    [
        (ALIKE, SPLIT, [1, -1, 1], "split"),
        (ALIKE, SPLIT, [1, 1, 1], None),
        (ALIKE, EVEN, [1, -1, 1], None),
        (MIRRORED, SPLIT, [1, 1, 1], None),
        (MIRRORED, EVEN, [1, 1, 1], "even"),
        (MIRRORED, EVEN, [1, -1, 1], None),
        (ALIKE, None, [1, -1, 1], None),
    ],
)
def test_patterns_that_split_a_class_whose_spins_start_unlike_are_named(g, patterns, start, named):
    model = MultimodeDicke(g, 1.0, 1.0, patterns=patterns)
    spins, began = CollectiveSpins.alike(model), cavity_start(model, start)
    told = averages_told(model, spins, began)
    assert (told is None) == (named is None)
    assert averages_told(model, CollectiveSpins.each(model), began) is None
    if named:
        assert repr(named) in told


def test_signs_of_a_pattern_in_the_classes():
    spins = CollectiveSpins.alike(MultimodeDicke(MIRRORED, 1.0, 1.0))
    np.testing.assert_array_equal(spins.class_signs(SPLIT.values[0]), [1.0])
    with pytest.raises(ArgumentError, match="splits a class"):
        spins.class_signs(EVEN.values[0])


def test_a_class_that_decays_along_z_is_split_by_sign():
    spins = CollectiveSpins.alike(MultimodeDicke(MIRRORED, 1.0, 1.0, channels=SpinChannels(decay=0.1, axis="z")))
    np.testing.assert_array_equal(spins.class_signs(EVEN.values[0]), [1.0, 1.0])
