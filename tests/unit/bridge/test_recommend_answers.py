"""What `recommend` hands out can be called as it says, answers the question, and costs about what it says."""

import warnings

import numpy as np
import pytest

import cavity_hopfield as ch
from cavity_hopfield.bridge.levels.candidates import FEWEST_RUNS, Budget, estimated
from cavity_hopfield.bridge.levels.questions import QUESTIONS, call_of
from cavity_hopfield.bridge.levels.recommendation import recommend
from cavity_hopfield.bridge.levels.workload import Workload

WEAK = ch.MultimodeDicke(g=[[0.5], [0.8]], omega=1.0, loss=1.0, drive=0.01)
DECAYING = ch.MultimodeDicke(g=[[0.3]] * 2, omega=1.0, loss=1.0, drive=0.2, channels=ch.SpinChannels(decay=0.3))
NETWORK = ch.OpenHopfield(ch.Patterns([[1, 1, 1], [1, -1, 1]]), ch.Glauber(0.4))
ASKED = [
    (kind, question, name, method)
    for question, one in QUESTIONS.items()
    for kind, methods in (("cavity", one.of_cavity), ("network", one.of_network))
    for name, method in methods.items()
]


def asked(call, theory, model, start):
    """The answer to a call in words."""
    known = {"theory": theory, "model": model, "start": start, "times": [0.0, 0.5], "time": 0.5}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ch.RegimeWarning)
        return eval(call, {"OpenHopfield": ch.OpenHopfield}, known)


class TestCalls:
    @pytest.mark.parametrize(("kind", "question", "name", "method"), ASKED)
    def test_every_rung_of_every_question_can_be_called_as_told(self, kind, question, name, method):  # noqa: ARG002
        atoms = name == "PermutationSymmetric" or (name, method) == ("Cumulants", "steady_state")
        model = NETWORK if kind == "network" else DECAYING if atoms else WEAK
        work = Workload(model, None, 1.0, 2, method=method)
        one = estimated(work, name, Budget(4.0, 1e6, 2, 1.0, runs=4), double=True)
        rates = kind == "cavity" and name in {"ClassicalMasterEquation", "KineticMonteCarlo"}
        on = 'OpenHopfield.from_dicke(model, jumps="individual")' if rates else "model"
        answer = asked(call_of(work, name, method, on), one.theory, model, np.ones(model.n_spins, int))
        assert answer is not None

    @pytest.mark.parametrize("question", QUESTIONS)
    def test_what_is_recommended_can_be_called_as_told(self, question):
        found = recommend(WEAK, question)
        start = np.ones(2, int)
        assert asked(found.call, found.theory, WEAK, start) is not None
        assert found.to_dict()["call"] == found.call

    def test_of_a_network_too(self):
        for question in ("recall", "retrieval statistics", "steady state", "spectrum"):
            found = recommend(NETWORK, question)
            assert asked(found.call, found.theory, NETWORK, [1, 1, 1]) is not None


class TestSteadyStates:
    def test_that_are_several_are_not_recommended(self):
        still = ch.MultimodeDicke(g=[[0.5], [0.3]], omega=1.0, loss=0.6, drive=0.0)
        with pytest.raises(ch.ArgumentError, match="one steady state") as raised:
            ch.Lindblad().steady_state(still)
        found = recommend(still, "steady state")
        refused = {one.name: one.refused for one in found.ranking}
        assert str(raised.value).rstrip(".") in refused["Lindblad"]
        assert found.method != "steady_state"

    def test_lengths_of_spins_have_one_each(self):
        refused = {one.name: one.refused for one in recommend(WEAK, "steady state").ranking}
        assert "every length of spins" in refused["PermutationSymmetric"]
        with pytest.raises(ch.ArgumentError, match="lengths"):
            ch.PermutationSymmetric().steady_state(WEAK)
        taken = {one.name: one.refused for one in recommend(DECAYING, "steady state").ranking}
        assert not taken["PermutationSymmetric"]

    def test_of_unlike_spins_take_as_many_iterations_as_they_have_states(self):
        """Measured on one core: 0.16 to 0.27 s for three spins, 1.0 to 2.1 s for four, 14 s for five."""
        for spins, seconds in ((3, 0.2), (4, 1.5), (5, 14.0)):
            model = ch.MultimodeDicke(g=np.linspace(0.25, 0.35, spins)[:, None], omega=1.0, loss=1.0, drive=0.2)
            ranking = recommend(model, "steady state").ranking
            guess = next(one.seconds for one in ranking if one.name == "Lindblad")
            assert seconds / 3 < guess < 3 * seconds


class TestTruncatedWigner:
    def test_is_refused_where_a_single_spin_dephases(self):
        """One spin: off by half at t = 30, however small a power of a number above one is made to look."""
        one = ch.MultimodeDicke(g=[[0.5]], omega=1.0, loss=0.6, drive=0.1)
        refused = {each.name: each.refused for each in recommend(one, duration=30.0).ranking}
        assert "outside its regime" in refused["TruncatedWigner"]
        assert "outside its regime" in refused["Cumulants"]

    @pytest.mark.parametrize("question", ["retrieval statistics", "recall"])
    def test_never_draws_a_handful_of_runs_where_it_is_wrong_anyhow(self, question):
        few = ch.MultimodeDicke(g=[[0.2]] * 4, omega=1.0, loss=1.0, drive=0.1)
        ranking = recommend(few, question, duration=3.0, error=0.01).ranking
        one = next(each for each in ranking if each.name == "TruncatedWigner")
        assert not one.refused
        assert one.error > 0.01
        assert one.theory.runs >= FEWEST_RUNS

    def test_never_serves_where_it_would_warn_of_few_spins(self):
        """Five unlike spins at rest, where it was found to be off by 0.2."""
        model = ch.MultimodeDicke(g=np.linspace(0.25, 0.35, 5)[:, None], omega=1.0, loss=1.0, drive=0.25)
        found = recommend(model, "steady state", time_s=1.0, error=0.5)
        ranked = [one.name for one in found.ranking if not one.refused]
        assert found.name != "TruncatedWigner" or not found.serves
        one = next(each for each in found.ranking if each.name == "TruncatedWigner")
        assert "TruncatedWigner" in ranked
        assert one.error > 0.15


class TestStarts:
    @pytest.mark.parametrize("start", ["abc", [1, 1], [np.nan] * 3, [1, 0.5, 1]])
    def test_of_the_wrong_kind_are_refused(self, start):
        with pytest.raises(ch.ArgumentError, match="start"):
            recommend(NETWORK, start=start)

    def test_a_network_may_start_from_a_ket_or_a_product_state(self):
        ket = np.zeros(8)
        ket[0] = 1.0
        assert recommend(NETWORK, start=ket).name == "Lindblad"
        assert recommend(NETWORK, start=ch.ProductState([[0.0, 0.0, 1.0]] * 3)).serves


def test_the_spectrum_of_a_cavity_names_what_knows_it():
    with pytest.raises(ch.ArgumentError, match="exact_rates"):
        recommend(ch.MultimodeDicke(g=[[0.5], [0.5]], omega=1.0, loss=1.0, drive=0.25), "spectrum")
