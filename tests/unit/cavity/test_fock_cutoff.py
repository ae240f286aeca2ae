"""How many Fock states are kept."""

from itertools import pairwise

import numpy as np
import pytest

from cavity_hopfield.cavity import fock_cutoff
from cavity_hopfield.cavity.fock_cutoff import in_enough_states, in_given_states
from cavity_hopfield.exceptions import SizeError

NOTHING = np.zeros(2)


class Answer:
    """What the second mode lacks, and the population of its highest states, fall tenfold with each Fock state."""

    def __init__(self, levels, left_out=NOTHING):
        missing = 10.0 ** (2 - levels[1])
        self.values = np.array([1.0 + 4 * missing])
        self.populations = [np.eye(1, size)[0] for size in levels]
        self.populations[1][-1] += missing
        self.left_out = left_out


def test_the_modes_that_need_it_get_more():
    asked = []

    def solve(levels):
        asked.append(levels)
        return Answer(levels)

    answer, kept = in_enough_states(solve, (4, 4), 1e-3)
    assert asked[0] == (4, 4)
    assert all(levels[0] == 4 for levels in asked)
    assert kept.levels == asked[-1]
    assert abs(answer.values[0] - 1) <= kept.cutoff_error <= 1e-3
    assert kept.told is None


def test_all_get_more_to_see_what_moves_where_nothing_tells():
    asked = []

    def solve(levels):
        asked.append(levels)
        return Answer(levels)

    answer, kept = in_enough_states(solve, (4, 7), 1e-3)
    assert all(finer[0] == before[0] + 2 for before, finer in pairwise(asked))
    assert len(asked) == 2
    assert abs(answer.values[0] - 1) <= kept.cutoff_error <= 1e-3


def test_what_the_start_has_beyond_the_states_counts():
    def solve(levels):
        return Answer(levels, np.array([0.0, 0.25]) * (levels[1] < 20))

    _, kept = in_given_states(solve, (9, 9), 1e-3)
    assert kept.top_population == 0.25
    assert "2.5e-01" in kept.told
    assert in_enough_states(solve, (9, 9), 1e-3)[1].levels[1] >= 20


def test_the_last_that_fitted_is_told():
    def solve(levels):
        if levels[1] > 5:
            raise SizeError("Too large.")
        return Answer(levels)

    with pytest.raises(SizeError, match=r"Too large\. The answer in \(4, 4\) .* population of 1.0e-02 .*fock=\(4, 4\)"):
        in_enough_states(solve, (4, 4), 1e-3)
    with pytest.raises(SizeError, match=r"^Too large\.$"):
        in_enough_states(solve, (4, 6), 1e-5)


@pytest.mark.parametrize("odd", [1.0, 1e-4, 0.0])
@pytest.mark.parametrize("size", [8, 9, 14])
def test_populations_of_even_states_alone_tell_how_they_fall(size, odd):
    """Squeezed light fills the odd states less; what falls is the envelope."""
    envelope = 0.2 ** np.arange(60.0) * np.where(np.arange(60) % 2, odd, 1.0)
    wanted = fock_cutoff._wanted(envelope[:size], float(envelope[size - 2 : size].sum()), 1e-9)
    assert envelope[wanted - 2 : wanted].sum() <= 1e-9
    assert envelope[wanted - 6 : wanted - 4].sum() > 1e-9
