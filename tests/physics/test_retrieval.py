"""Retrieval by counted runs against the exact committor, its symmetries, and the closest thermal law."""

import warnings
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from scipy.linalg import expm

from cavity_hopfield import (
    ArgumentError,
    Glauber,
    MultimodeDicke,
    OpenHopfield,
    Patterns,
    RegimeWarning,
    letters,
    random_patterns,
)
from cavity_hopfield.analysis.retrieval import against_glauber
from cavity_hopfield.analysis.retrieval import retrieval as module
from cavity_hopfield.analysis.retrieval.against_glauber import platform_against_glauber
from cavity_hopfield.analysis.retrieval.end_states import end_states
from cavity_hopfield.analysis.retrieval.retrieval import retrieval
from cavity_hopfield.model import GlauberMatch
from cavity_hopfield.network import CountedHopfield
from tests.twins import classical_generator as twin
from tests.twins import first_passage as exact

RUNS = 1500
LARGEST_Z = 4.5
EIGHT = Patterns([[1, 1, 1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, -1, -1, -1]], names=("A", "B"))
SIX = Patterns([[1, 1, -1, 1, -1, 1], [1, -1, 1, 1, 1, -1]], names=("A", "B"))
DICKE = MultimodeDicke.from_patterns(
    SIX, g=[0.5, 0.4], omega=[1.0, 1.4], loss=[0.8, 1.3], gain=[0.0, 0.3], drive=0.02, disorder=0.2, seed=3
)


def glauber_case():
    return OpenHopfield(EIGHT, Glauber(temperature=0.4)), 0.4, 0.75


def cavity_case():
    with pytest.warns(RegimeWarning):
        return OpenHopfield.from_dicke(DICKE), 6000.0, 0.9


@cache
def glauber_generator():
    return twin.generator(8, twin.glauber(twin.hebb(EIGHT.values), 0.4))


@cache
def cavity_generator():
    return twin.generator(6, twin.cavity(DICKE.g, DICKE.omega, DICKE.loss, DICKE.gain, DICKE.drive))


CASES = [
    pytest.param(glauber_case, glauber_generator, id="Glauber"),
    pytest.param(cavity_case, cavity_generator, id="cavity"),
]


def counted(network, time, level, **changes):
    options = {"initial_overlaps": [0.0, 0.6], "runs": RUNS, "seed": 3, **changes}
    with warnings.catch_warnings():
        # so few spins hold no pattern for ever; what is compared is first passage
        warnings.simplefilter("ignore", RegimeWarning)
        return retrieval(network, time=time, level=level, **options)


def references(generator, network, time, level, result):
    """Exact chances (K, L, 4) to reach A, B, -A, -B first, in the order of `state`."""
    stored, n = network.patterns.values, network.n_spins
    values = np.empty((2, result.sizes["initial_overlap"], 4))
    for k in (0, 1):
        order = [k, 2 + k, 1 - k, 3 - k]
        targets = [(code % 2, level if code < 2 else -level) for code in order]
        sets = exact.target_sets(stored, targets)
        wrong = [round((1 - overlap) * n / 2) for overlap in result["initial_overlap"].values]
        starts = np.stack([exact.corrupted(stored[k], count) for count in wrong], axis=1)
        values[k][:, order] = exact.reached_by(generator, sets, starts, time).T
    return values


def largest_z(counts, chances, runs):
    """Largest deviation in standard errors, where ten of both outcomes are expected."""
    seen = np.minimum(chances, 1 - chances) * runs > 10
    return np.abs((counts - runs * chances) / np.sqrt(runs * chances * (1 - chances) + 1e-300))[seen].max()


@pytest.mark.slow
@pytest.mark.parametrize(("case", "generator"), CASES)
def test_ends_are_reached_as_often_as_the_absorbing_master_equation_says(case, generator):
    """1500 runs see a chance p that is wrong by 4.5 [p (1 - p) / 1500]^(1/2): 0.058 at one half, 0.012 at 0.01."""
    network, time, level = case()
    result = counted(network, time, level)
    chances = references(generator(), network, time, level, result)
    assert largest_z(result["named_ends"].values[..., :4], chances, RUNS) < LARGEST_Z
    # rates that are all wrong by 60 per cent would be seen, missed with probability 0.02
    wrong = references(1.6 * generator(), network, time, level, result)
    assert largest_z(RUNS * wrong, chances, RUNS) > LARGEST_Z + 2


@pytest.mark.slow
@pytest.mark.parametrize(("case", "generator"), CASES)
def test_quantiles_of_times_lie_where_the_exact_distribution_has_them(case, generator):
    network, time, level = case()
    result = counted(network, 20 * time, level, initial_overlaps=[0.6], patterns=["A"])
    at = result.isel(initial_overlap=0)
    for share in (0.25, 0.5)[: 1 + (at["success"] > 0.6).item()]:
        found, low, high = (float(at[f"time_quantile{end}"].sel(quantile=share)[0]) for end in ("", "_low", "_high"))
        assert low < found < high
        arrived = references(generator(), network, found, level, result)[0, 0, 0]
        assert abs(arrived - share) < LARGEST_Z * np.sqrt(share * (1 - share) / RUNS)
    assert np.isnan(at["retrieval_time"]).mean() == pytest.approx(1 - at["success"].mean())


@pytest.mark.parametrize("planted", ["a level one flip lower", "pattern and negative exchanged", "one more spin wrong"])
def test_planted_errors_are_caught(planted, monkeypatch):
    network, time, level = glauber_case()
    starts = [0.0, 0.3, 0.6]
    sound_result = counted(network, time, level, runs=2, initial_overlaps=starts)
    chances = references(glauber_generator(), network, time, level, sound_result)
    if planted == "a level one flip lower":
        level = 0.5
    elif planted == "pattern and negative exchanged":
        sound = module._targets

        def exchanged(*given):
            codes, targets = sound(*given)
            return codes, replace(targets, levels=-targets.levels)

        monkeypatch.setattr(module, "_targets", exchanged)
    else:
        sound_starts = module.CorruptedStarts.of_pattern
        monkeypatch.setattr(
            module.CorruptedStarts,
            "of_pattern",
            lambda self, place: sound_starts(self, place) * np.array([-1, 1, 1, 1, 1, 1, 1, 1], np.int8),
        )
    # the smallest of the three is expected near 14
    result = counted(network, time, level, runs=1200, initial_overlaps=starts)
    assert largest_z(result["named_ends"].values[..., :4], chances, 1200) > 2 * LARGEST_Z


def test_counting_spins_changes_no_chance():
    """The two classes of EIGHT as counts; 500 runs against the same exact chances."""
    network, time, level = glauber_case()
    columns = Patterns([[1, 1], [1, -1]], names=("A", "B"))
    found = counted(CountedHopfield(columns, [5, 3], Glauber(temperature=0.4)), time, level, runs=500)
    chances = references(glauber_generator(), network, time, level, found)
    assert largest_z(found["named_ends"].values[..., :4], chances, 500) < LARGEST_Z


# Symmetries


def few(memory, **changes):
    options = {"initial_overlaps": [0.0, 0.3, 0.6, 1.0], "runs": 60, "seed": 2, "time": 60.0, **changes}
    return retrieval(OpenHopfield(memory, Glauber(temperature=0.15)), **options)


def test_turning_the_sign_of_a_pattern_changes_its_name_alone():
    memory = letters("ACJ")
    turned = Patterns(memory.values * np.array([[1], [-1], [1]], np.int8), names=memory.names)
    one, other = few(memory), few(turned)
    for name in ("success", "time_quantile", "basin_overlap"):
        np.testing.assert_array_equal(one[name].sel(pattern=["A", "J"]), other[name].sel(pattern=["A", "J"]))
    # of C all spins are turned, up and down change places in the order of events, and runs are others
    shares = [result["success"].sel(pattern="C").values for result in (one, other)]
    assert np.abs(shares[0] - shares[1]).max() < LARGEST_Z * np.sqrt(0.5 / 60)
    swapped = one["named_ends"].sel(state="C", pattern="A").values
    np.testing.assert_array_equal(swapped, other["named_ends"].sel(state="-C", pattern="A").values)
    assert swapped.sum() > 5


def test_a_pattern_recalls_itself_at_once():
    at = few(letters("ACJ")).sel(initial_overlap=1.0)
    assert (at["success"] == 1).all()
    assert (at["retrieval_time"] == 0).all()
    assert (at["success_low"] == pytest.approx(0.025 ** (1 / 60))).all()


def test_from_the_other_side_the_negative_is_recalled():
    """Counts from m and -m are two draws of one multinomial; 500 runs see 0.14 at one half."""
    result = few(letters("AC"), initial_overlaps=[-0.3, 0.3], runs=500)
    for name in "AC":
        near, far = (result["ends"].sel(pattern=name).isel(initial_overlap=k).values for k in (1, 0))
        for here, there in ((0, 1), (1, 0), (2, 3), (3, 2)):
            both = near[here] + far[there]
            if both > 20:
                assert abs(near[here] - far[there]) < LARGEST_Z * np.sqrt(both)
        assert near[0] > 2 * near[1]


def test_one_pattern_is_recalled_half_the_time_from_zero_overlap():
    """By the symmetry between a pattern and its negative the basin of one pattern begins at zero."""
    network = OpenHopfield(random_patterns(1, 100, seed=1), Glauber(temperature=0.3))
    found = retrieval(network, initial_overlaps=np.linspace(-0.3, 0.3, 7), runs=400, seed=5, time=100.0)
    low, middle, high = (float(found[f"basin_overlap{end}"][0]) for end in ("_low", "", "_high"))
    # success rises by half within an overlap of 0.1: 400 runs tell both neighbours on the grid from one half
    assert (low, high) == pytest.approx((-0.1, 0.1))
    assert abs(middle) < 0.03
    assert float(found["success"].sel(initial_overlap=0.3, method="nearest")[0]) > 0.95


def test_threads_change_nothing():
    one, two = (few(letters("AC"), threads=threads, seed=7) for threads in (1, 2))
    assert one.identical(two)


def test_a_pattern_does_not_notice_which_others_are_asked_for():
    both, one = few(letters("AC")), few(letters("AC"), patterns=["C"])
    for name in ("success", "retrieval_time", "basin_overlap"):
        np.testing.assert_array_equal(both[name].sel(pattern="C"), one[name].sel(pattern="C"))


def test_cold_runs_that_arrive_nowhere_end_in_mixtures_by_name():
    """Three random patterns at low load: sgn(A + B - C) is a fixed point, and a start there stays."""
    memory = random_patterns(3, 301, seed=4)
    network = OpenHopfield(memory, Glauber(temperature=0.05))
    mixed = np.sign(memory.values[0].astype(int) + memory.values[1] - memory.values[2])
    noisy = np.array(mixed)
    noisy[:12] *= -1
    found = end_states(network, [mixed, -noisy, memory["2"], -memory["3"]])
    assert found["name"].values.tolist() == ["mixture +1 +2 -3", "mixture -1 -2 +3", "2", "-3"]
    np.testing.assert_allclose(found["overlap"].values[0] * [1, 1, -1], 0.5, atol=0.1)
    assert (found["likeness"] > 0.95).all()


def test_runs_that_are_late_are_told_from_those_that_are_lost():
    """In no time nothing is reached, but the energy leads from ten wrong spins of A to A."""
    result = few(letters("AC"), initial_overlaps=[0.6], time=1e-6, level=0.95)
    assert (result["success"] == 0).all()
    assert (result["ends"].sel(end_state="late") > 40).all()
    assert result["named_ends"].sel(pattern="A", state="late A").sum() > 40
    assert np.isinf(result["time_quantile"]).all()
    assert np.isnan(result["basin_overlap"]).all()
    assert "fewer than half" in str(result["basin_note"].values[0])


def test_a_level_above_what_is_held_warns_with_the_number():
    """One pattern at T = 0.8 holds the root of m = tanh(m / 0.8), 0.71."""
    network = OpenHopfield(random_patterns(1, 1000, seed=1), Glauber(temperature=0.8))
    with pytest.warns(RegimeWarning, match=r"pattern 1 does not hold itself.*below 0.95"):
        retrieval(network, initial_overlaps=[0.9], runs=4, seed=1, time=50.0, level=0.95)
    found = retrieval(network, initial_overlaps=[0.9], runs=4, seed=1, time=50.0)
    assert float(found["held_overlap"][0]) == pytest.approx(0.7104, abs=0.03)
    assert float(found["level"][0]) == pytest.approx(0.9 * float(found["held_overlap"][0]))
    hot = OpenHopfield(random_patterns(1, 1000, seed=1), Glauber(temperature=2.0))
    with pytest.warns(RegimeWarning, match=r"pattern 1 does not hold itself"):
        retrieval(hot, initial_overlaps=[0.9], runs=4, seed=1, time=50.0, level=0.3)


# The platform against Glauber


def two_glaubers(monkeypatch, temperature):
    """The comparison between T = 0.15 and another temperature in place of a platform and its match."""
    memory = letters("ACJ")
    networks = [OpenHopfield(memory, Glauber(t)) for t in (0.15, temperature)]
    sample = type("Sample", (), {"flip_energy": np.array([1.0]), "spin_class": np.zeros(1, int), "weight": np.ones(1)})
    match = GlauberMatch(law=Glauber(temperature), distance=0.0, sample=sample())
    monkeypatch.setattr(against_glauber, "laws_of", lambda _: (networks, match))
    return platform_against_glauber(
        networks[0], initial_overlaps=[0.0, 0.2, 0.4, 0.6], runs=300, seed=4, time=60.0, level=0.75, patterns=["A"]
    )


def test_a_law_does_not_differ_from_itself(monkeypatch):
    """All chances together call one difference with probability 0.05 at most; and half of the 21 are above 0.2."""
    found = two_glaubers(monkeypatch, 0.15)
    assert not found["significant"].any()
    assert (found["own_rate"] == 1).all()
    told = found["p_value"].values[~np.isnan(found["p_value"].values)]
    assert told.size > 15
    assert 0.2 < np.median(told) <= 1
    # the runs are others, only the starts are the same
    assert (found["end"].sel(law="platform") != found["end"].sel(law="Glauber")).any()


def test_a_hotter_law_is_told_apart_and_by_what(monkeypatch):
    found = two_glaubers(monkeypatch, 0.35)
    rows = found["quantity"].values[found["significant"].values].tolist()
    assert rows.count("late energy, mean") == 2
    late = found["difference"].values[(found["quantity"] == "late energy, mean").values]
    assert (late < 0).all()
    errors = found["error"].values[(found["quantity"] == "late energy, mean").values]
    spread = found["late_energy"].var("run", ddof=1).sum("law").values / 300
    np.testing.assert_allclose(errors, np.sqrt(spread), rtol=1e-7)


def test_late_energies_are_those_of_the_master_equation():
    """Means over 1000 runs against the exponential of the generator written out, from both kinds of starts; long before
    this platform has relaxed, which takes 6e5, and the result says so.
    """
    with pytest.warns(RegimeWarning):
        found = platform_against_glauber(DICKE, initial_overlaps=[1.0], runs=1000, seed=1, time=2e4, level=0.9)
    couplings = twin.cavity_couplings(DICKE.g, DICKE.omega, DICKE.loss, DICKE.gain)
    energies = np.array([twin.energy(couplings, twin.configuration(k, 6)) for k in range(64)])
    starts = {"patterns": sum(exact.corrupted(pattern, 0) for pattern in SIX.values) / 2, "random": np.full(64, 1 / 64)}
    for name, start in starts.items():
        late = expm(cavity_generator() * 2e4) @ start
        mean = late @ energies
        error = np.sqrt((late @ energies**2 - mean**2) / 1000)
        assert abs(float(found["late_energy"].sel(law="platform", late_start=name).mean()) - mean) < LARGEST_Z * error
    assert float(found["late_agreement"].sel(law="platform")) < 1e-3
    assert "certificate" in found.attrs


def test_what_is_no_platform_is_refused():
    with pytest.raises(ArgumentError, match="CavityRates"):
        platform_against_glauber(OpenHopfield(letters("AC"), Glauber(0.3)), runs=2, seed=1)
    pair = MultimodeDicke.from_patterns(SIX, g=0.5, omega=1.0, loss=1.0, drive=0.01)
    with pytest.raises(ArgumentError, match="individual jumps"):
        platform_against_glauber(OpenHopfield.from_dicke(pair, jumps="collective"), runs=2, seed=1)
