"""The chain of one pattern: when a share of the runs has arrived."""

import warnings

import numpy as np
import pytest
from scipy.linalg import expm

from cavity_hopfield import MultimodeDicke, OpenHopfield, Patterns, RegimeWarning
from cavity_hopfield.analysis import retrieval
from cavity_hopfield.design.recall import first_passage_quantile, recall_quantile
from cavity_hopfield.elimination import CavityRates
from cavity_hopfield.platforms.recall_speed import RecallSpeed
from tests.twins import birth_death


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_one_state_is_left_exponentially(share):
    found = first_passage_quantile(np.array([3.0]), np.array([0.0]), 0, share)
    assert found == pytest.approx(-np.log(1 - share) / 3, rel=1e-4)


def test_the_share_at_the_quantile_is_the_one_asked_for():
    """Against the matrix exponential of the chain with its end made absorbing."""
    up, down = birth_death.one_pattern(12, 0.4)
    inside = slice(3, 11)
    time = first_passage_quantile(up[inside], down[inside], 5, 0.6)
    absorbed = birth_death.matrix(np.where(np.arange(13) == 11, 0, up), np.where(np.arange(13) >= 11, 0, down))
    absorbed[:, 2] = 0
    start = np.zeros(13)
    start[8] = 1
    assert (expm(absorbed * time) @ start)[11] == pytest.approx(0.6, rel=1e-4)


def test_a_share_that_never_arrives_takes_for_ever():
    """Left and right at even rates: from the middle of three states half arrive."""
    up = down = np.ones(3)
    assert first_passage_quantile(up, down, 1, 0.51) == np.inf
    assert np.isfinite(first_passage_quantile(up, down, 1, 0.49))


def test_the_chain_is_kinetic_monte_carlo_for_one_pattern():
    dicke = MultimodeDicke.from_patterns(Patterns(np.ones((1, 20), np.int8)), g=0.12, omega=1.0, loss=0.6, drive=1e-4)
    speed = RecallSpeed(CavityRates(dicke))
    times = [recall_quantile(speed, 0, 0.6, 0.85, share) for share in (0.25, 0.5, 0.75)]
    runs = 2000
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RegimeWarning)  # equal spins flip together: here they are taken singly
        network = OpenHopfield.from_dicke(dicke)
    found = retrieval(network, initial_overlaps=[0.6], runs=runs, seed=3, time=4 * times[2], level=0.85)
    arrived = found["retrieval_time"].values.ravel()
    for share, time in zip((0.25, 0.5, 0.75), times, strict=True):
        error = np.sqrt(share * (1 - share) / runs)
        assert np.mean(arrived <= time) == pytest.approx(share, abs=4 * error)
