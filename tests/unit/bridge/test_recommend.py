"""What is recommended before anything runs: the right level for each situation, at a cost that fits."""

import json

import numpy as np
import pytest

import cavity_hopfield as ch
from cavity_hopfield.bridge.levels import candidates as table
from cavity_hopfield.bridge.levels import costs, needs, rungs
from cavity_hopfield.bridge.levels.candidates import Budget, estimated
from cavity_hopfield.bridge.levels.questions import QUESTIONS
from cavity_hopfield.bridge.levels.recommendation import recommend
from cavity_hopfield.bridge.levels.workload import Workload


def cavity(spins, patterns=1, g=0.5, drive=0.25, scaling="intensive", **options):
    memory = ch.Patterns(np.ones((1, spins), np.int8)) if patterns == 1 else ch.random_patterns(patterns, spins, seed=3)
    return ch.MultimodeDicke.from_patterns(memory, g, 1.0, 1.0, drive=drive, scaling=scaling, **options)


def network(spins, patterns=2, drive=0.0):
    return ch.OpenHopfield(ch.random_patterns(patterns, spins, seed=1), ch.Glauber(0.3), drive=drive)


def letters(**options):
    return ch.MultimodeDicke.from_patterns(ch.letters("EVX"), g=0.12, omega=1.0, loss=0.3, **options)


CHANNELS = ch.SpinChannels(decay=0.5)
SITUATIONS = {
    "two spins": (lambda: cavity(2), "recall", {"Lindblad"}),
    "a dozen like spins": (lambda: cavity(12), "light", {"Lindblad"}),
    "like atoms that decay": (lambda: cavity(5, channels=CHANNELS), "recall", {"PermutationSymmetric"}),
    "a hundred spins, strong drive": (lambda: cavity(100, 2), "recall", {"Cumulants", "TruncatedWigner"}),
    "forty unlike spins, strong drive": (
        lambda: cavity(40, 3, disorder=0.1, seed=2), "recall", {"Cumulants", "TruncatedWigner"},
    ),
    "ten thousand spins, strong drive": (lambda: cavity(10_000), "recall", {"MeanField"}),
    "a thousand spins, two patterns": (lambda: cavity(1000, 2), "steady state", {"MeanField"}),
    "letters that flip singly": (
        lambda: letters(drive=2.5e-4, disorder=0.05, seed=3), "recall", {"KineticMonteCarlo"},
    ),
    "letters that flip together": (lambda: letters(drive=2.5e-5), "retrieval statistics", {"KineticMonteCarlo"}),
    "eight spins, weak drive": (
        lambda: cavity(8, 2, drive=0.005, scaling="extensive", disorder=0.2, seed=1),
        "recall", {"ClassicalMasterEquation", "KineticMonteCarlo"},
    ),
    "relaxation at a weak drive": (
        lambda: cavity(8, 2, drive=0.005, scaling="extensive", disorder=0.2, seed=1),
        "spectrum", {"ClassicalMasterEquation"},
    ),
    "records of many": (lambda: cavity(300, 2), "records", {"TruncatedWigner"}),
    "records of few": (lambda: cavity(3), "records", {"Heterodyne", "QuantumJumps"}),
    "a driven network": (lambda: network(4, drive=0.5), "spectrum", {"Lindblad", "PermutationSymmetric"}),
    "a classical network": (lambda: network(12), "steady state", {"ClassicalMasterEquation", "PermutationSymmetric"}),
    "a large network": (lambda: network(300, 3), "retrieval statistics", {"KineticMonteCarlo"}),
    "a large driven network": (lambda: network(300, 3, drive=0.5), "recall", {"MeanField"}),
}  # fmt: skip


class TestChoice:
    @pytest.mark.parametrize("situation", SITUATIONS)
    def test_is_physically_right(self, situation):
        model, question, names = SITUATIONS[situation]
        found = recommend(model(), question)
        assert found.name in names
        assert type(found.theory).__name__ == found.name
        assert hasattr(found.theory, found.method)
        assert found.seconds <= 60
        assert found.memory_gib <= 4

    def test_errors_decide(self):
        """A hundred spins: mean field if ten per cent would do, second cumulants for two."""
        assert recommend(cavity(200), duration=4.0, error=0.1).name == "MeanField"
        assert recommend(cavity(200), duration=4.0, error=0.001).name == "Cumulants"

    def test_longer_times_need_more(self):
        """Mean field ends when spins have dephased."""
        assert recommend(cavity(10_000), duration=10.0).name == "MeanField"
        assert recommend(cavity(10_000), duration=5000.0).name != "MeanField"

    def test_room_and_time_decide(self):
        few = cavity(12)
        assert recommend(few, duration=5.0).name == "Lindblad"
        without = recommend(few, duration=5.0, memory_gib=1e-3)
        assert without.name != "Lindblad"
        refused = {one.name: one.refused for one in without.ranking}
        assert "GiB of memory_gib=0.001" in refused["Lindblad"]

    def test_runs_are_as_many_as_the_error_asks_for(self):
        runs = [recommend(network(300, 3), "retrieval statistics", error=e).theory.runs for e in (0.1, 0.05)]
        # half a standard deviation over the error, squared
        assert runs == pytest.approx([25, 100], abs=1.5)

    def test_threads_and_memory_and_seed_are_handed_on(self):
        found = recommend(cavity(3), "retrieval statistics", threads=3, memory_gib=2.0, seed=9)
        assert (found.theory.threads, found.theory.memory_gib, found.theory.seed) == (3, 2.0, 9)

    def test_the_start_decides_how_much_light_there_is(self):
        model = cavity(12)
        dark = ch.ProductState(np.tile([-1.0, 0.0, 0.0], (12, 1)), np.zeros(1))
        lit, unlit = (recommend(model, start=start, duration=3.0).ranking for start in (np.ones(12), dark))
        need = [next(one.memory_gib for one in each if one.name == "Lindblad") for each in (lit, unlit)]
        assert need[0] > 2 * need[1]


class TestWhatIsTold:
    def test_ranks_every_rung_with_its_estimate_and_reason(self):
        found = recommend(cavity(100, 2))
        assert {one.name for one in found.ranking} == set(QUESTIONS["recall"].of_cavity)
        assert found.ranking[0].name == found.name
        refused = [one for one in found.ranking if one.refused]
        assert found.ranking[-len(refused) :] == tuple(refused)
        assert "Lindblad is too large" in found.reason
        assert "dephases" in found.reason
        assert found.reason in str(found)
        assert json.loads(json.dumps(found.to_dict()))["name"] == found.name

    def test_says_what_rates_run_on(self):
        together = recommend(letters(drive=2.5e-5), "retrieval statistics")
        assert together.on == 'OpenHopfield.from_dicke(model, jumps="collective")'
        assert "rates are good" in together.reason
        assert recommend(cavity(2)).on == "the model"

    def test_says_when_nothing_serves(self):
        found = recommend(cavity(40, 3, disorder=0.1, seed=2), error=0.01)
        assert not found.serves
        assert "least wrong" in found.reason

    def test_what_cannot_be_trusted_is_not_recommended(self):
        with pytest.raises(ch.ArgumentError, match="outside its regime"):
            recommend(cavity(2), "spectrum")

    def test_what_does_not_fit_is_told_with_all_needs(self):
        with pytest.raises(ch.SizeError, match=r"Lindblad: too large: it needs about .* GiB"):
            recommend(letters(drive=0.2), "light", time_s=1e-4)

    def test_runs_what_it_recommends(self):
        model = cavity(4)
        found = recommend(model, "recall", times=[0.0, 0.5])
        result = getattr(found.theory, found.method)(model, model.memory.values[0], [0.0, 0.5])
        assert result["overlap"].shape == (2, 1)

    @pytest.mark.parametrize("spins", [20_000])
    def test_the_certificate_of_very_many_spins_is_not_waited_for(self, spins):
        """Pairs of all spins would take minutes; rates that are broken at the start need no certificate."""
        assert Workload(cavity(spins), None, 1.0, 2).certificate is None

    def test_the_bridge_to_broken_rates_agrees_with_the_certificate(self):
        for drive in (0.002, 0.02, 0.1, 0.25):
            model = cavity(6, 2, drive=drive, disorder=0.1, seed=1)
            work = Workload(model, None, 1.0, 2)
            if work.broken_at_start:
                assert ch.certify(model).verdict is ch.Verdict.BROKEN


class TestArguments:
    @pytest.mark.parametrize(
        ("arguments", "text"),
        [
            ({"question": "everything"}, "question"),
            ({"times": [1.0], "duration": 1.0}, "say the same"),
            ({"question": "steady state", "duration": 1.0}, "about no time"),
            ({"error": 0.0}, "error"),
            ({"duration": -1.0}, "duration"),
            ({"threads": 0}, "threads"),
        ],
    )
    def test_are_checked(self, arguments, text):
        with pytest.raises(ch.ArgumentError, match=text):
            recommend(cavity(2), **arguments)

    def test_a_network_has_no_light(self):
        with pytest.raises(ch.ArgumentError, match="has no light"):
            recommend(network(4), "light")
        with pytest.raises(ch.ArgumentError, match="MultimodeDicke"):
            recommend(3)


def threshold(run, low, high):
    """The `memory_gib` at which `run(memory_gib)` no longer raises, to ten per cent; runs are never long."""
    while high / low > 1.1:
        middle = float(np.sqrt(low * high))
        try:
            run(middle)
        except ch.SizeError:
            low = middle
        else:
            high = middle
    return float(np.sqrt(low * high))


TIMES = [0.0, 0.1]
UNLIKE = ch.MultimodeDicke(g=[[0.3], [0.4], [0.5], [0.6]], omega=1.0, loss=1.0, drive=0.02)
DECAYING = ch.MultimodeDicke(g=[[0.2]] * 3, omega=1.0, loss=1.0, drive=0.2, channels=ch.SpinChannels(decay=0.3))
NEEDS = {
    "Lindblad": (cavity(4), lambda m: ch.Lindblad(memory_gib=m)),
    "PermutationSymmetric": (DECAYING, lambda m: ch.PermutationSymmetric(memory_gib=m)),
    "QuantumJumps": (cavity(6), lambda m: ch.QuantumJumps(5, 1, memory_gib=m)),
    "Heterodyne": (cavity(6), lambda m: ch.Heterodyne(5, 1, memory_gib=m)),
    "Cumulants": (cavity(50, 2), lambda m: ch.Cumulants(order=2, memory_gib=m)),
    "AtomOnly": (UNLIKE, lambda m: ch.AtomOnly(memory_gib=m)),
    "SectorEquation": (UNLIKE, lambda m: ch.SectorEquation(memory_gib=m)),
    "network Lindblad": (network(5, drive=0.3), lambda m: ch.Lindblad(memory_gib=m)),
    "network PermutationSymmetric": (network(5, drive=0.3), lambda m: ch.PermutationSymmetric(memory_gib=m)),
    "network QuantumJumps": (network(5, drive=0.3), lambda m: ch.QuantumJumps(5, 1, memory_gib=m)),
    "network ClassicalMasterEquation": (network(8), lambda m: ch.ClassicalMasterEquation(memory_gib=m)),
}


class TestMemory:
    @pytest.mark.filterwarnings("ignore::cavity_hopfield.RegimeWarning")
    @pytest.mark.parametrize("which", NEEDS)
    def test_is_what_the_rung_itself_asks_for(self, which):
        """Within a factor of four, where Fock states are guessed; of two for all others."""
        model, make = NEEDS[which]
        name = which.rpartition(" ")[2]
        runs = getattr(make(1.0), "runs", 1)
        start = np.ones(model.n_spins, int) if model in {UNLIKE, DECAYING} else _first(model)
        work = Workload(model, start, TIMES[-1], len(TIMES))
        of = needs.OF_CAVITY if isinstance(model, ch.MultimodeDicke) else needs.OF_NETWORK
        guess = of[name](work, runs)
        found = threshold(lambda m: make(m).evolve(model, start, TIMES), guess / 16, guess * 16)
        guessed = name in {"Lindblad", "PermutationSymmetric", "QuantumJumps", "Heterodyne"} and work.modes
        assert 1 / (4 if guessed else 2) < guess / found < (4 if guessed else 2)


def _first(model):
    return (model.stored if isinstance(model, ch.MultimodeDicke) else model.patterns).values[0]


class TestTables:
    def test_every_rung_has_a_place_a_cost_and_a_need(self):
        for which in ("OF_CAVITY", "OF_NETWORK"):
            made = set(getattr(table, which))
            assert made == set(getattr(costs, which)) == set(getattr(needs, which))
            assert made <= set(getattr(rungs, which))
            places = [one.place for one in getattr(rungs, which).values()]
            assert len(set(places)) == len(places)
        for question in QUESTIONS.values():
            assert set(question.of_cavity) <= set(table.OF_CAVITY)
            assert set(question.of_network) <= set(table.OF_NETWORK)

    @pytest.mark.parametrize("name", list(table.OF_CAVITY))
    def test_costs_grow_with_the_time(self, name):
        budget = Budget(1e9, 1e12, 11, 1.0, runs=10)
        short, long = (
            estimated(Workload(UNLIKE, None, duration, 11), name, budget, double=True) for duration in (10.0, 1e5)
        )
        assert short.refused == ""
        assert long.seconds >= short.seconds > 0
