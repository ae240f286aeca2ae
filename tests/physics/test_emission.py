"""The light that a mode emits: exact and linearised spectra meet as the number of spins grows."""

import numpy as np
import pytest

import cavity_hopfield as ch

FREQUENCIES = np.array([-2.0, -1.5, -1.0, -0.5, 0.5, 1.0, 1.5, 2.0])


def below_threshold(spins):
    memory = ch.Patterns(np.ones((1, spins), np.int8))
    return ch.MultimodeDicke.from_patterns(memory, 0.35, 1.0, 1.0, drive=0.5, scaling="intensive")


@pytest.mark.slow
def test_exact_emission_approaches_the_linearised_one():
    """Off by a fifth of the largest value at twelve spins (the line is narrow), by half of that at twice as many."""
    wanted = ch.Linearised().emission_spectrum(below_threshold(1000), np.ones(1000), FREQUENCIES)["emission"].values[0]
    off = []
    for spins in (12, 24):
        found = ch.Lindblad(tolerance=1e-7).emission_spectrum(below_threshold(spins), FREQUENCIES)["emission"].values
        off.append(np.abs(found - wanted).max() / wanted.max())
    assert off[0] < 0.2
    assert off[1] / off[0] == pytest.approx(0.5, abs=0.08)
