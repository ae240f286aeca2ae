"""Threads of the linear algebra are few where blocks are small, and what they were afterwards."""

import subprocess
import sys

from threadpoolctl import threadpool_info, threadpool_limits

from cavity_hopfield import Lindblad, MultimodeDicke
from cavity_hopfield._threads import blas_threads
from cavity_hopfield.theory.lindblad import cavity_answers


def counts():
    return {one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"}


def test_threads_are_limited_within_a_block_and_come_back():
    with threadpool_limits(limits=2, user_api="blas"):
        before = counts()
        with blas_threads(1):
            assert counts() == {1}
        assert counts() == before


def test_a_steady_state_is_solved_with_one_thread(monkeypatch):
    seen = []
    solve = cavity_answers.steady_state
    monkeypatch.setattr(cavity_answers, "steady_state", lambda *given: (seen.append(counts()), solve(*given))[1])
    with threadpool_limits(limits=2, user_api="blas"):
        Lindblad().steady_state(MultimodeDicke(g=[[0.2]], omega=1.0, loss=1.0, drive=0.1))
    assert seen == [{1}]


def test_the_library_that_limits_is_loaded_when_it_is_needed():
    code = "import sys, cavity_hopfield._threads; print('threadpoolctl' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
