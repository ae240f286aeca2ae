"""What retrieval says of wrong input, in its result, and in words."""

import json

import numpy as np
import pytest
import xarray as xr
from scipy import stats

import cavity_hopfield as ch
from cavity_hopfield import ArgumentError, Glauber, OpenHopfield, Patterns, Ramp, Scheduled, SizeError, letters
from cavity_hopfield.analysis.retrieval import against_glauber
from cavity_hopfield.analysis.retrieval.against_glauber import platform_against_glauber
from cavity_hopfield.analysis.retrieval.comparisons import paired_times
from cavity_hopfield.analysis.retrieval.end_states import end_states, named_states
from cavity_hopfield.analysis.retrieval.forms import form_of
from cavity_hopfield.analysis.retrieval.report import platform_report, retrieval_report
from cavity_hopfield.analysis.retrieval.retrieval import ENDS, retrieval
from cavity_hopfield.analysis.retrieval.starts import CorruptedStarts
from cavity_hopfield.hopfield import random_patterns
from cavity_hopfield.network import CountedHopfield
from tests.systems.rate_laws import UnknownGlauber

NETWORK = OpenHopfield(letters("AC"), Glauber(temperature=0.15))
DICKE = ch.MultimodeDicke.from_patterns(
    letters("EV"), g=0.12, omega=1.0, loss=0.3, gain=0.01, drive=1e-4, disorder=0.05, seed=3
)


def recalled(network=NETWORK, **changes):
    options = {"initial_overlaps": [0.0, 0.3, 0.6, 1.0], "runs": 30, "seed": 2, "time": 60.0, **changes}
    return retrieval(network, **options)


@pytest.fixture(scope="module")
def result():
    return recalled()


@pytest.fixture(scope="module")
def compared():
    return platform_against_glauber(DICKE, initial_overlaps=[0.0, 0.3, 0.6, 1.0], runs=40, seed=2)


# The result


def test_every_run_has_one_end_and_counts_add_up(result):
    assert (result["ends"].sum("end_state") == 30).all()
    assert (result["named_ends"].sum("state") == 30).all()
    assert result["end_state"].values.tolist() == list(ENDS)
    for pattern in ("A", "C"):
        own = result["named_ends"].sel(pattern=pattern, state=pattern).values
        np.testing.assert_array_equal(own, result["ends"].sel(pattern=pattern, end_state="pattern"))
        np.testing.assert_allclose(own / 30, result["success"].sel(pattern=pattern))
        arrived = result["retrieval_time"].sel(pattern=pattern).notnull().sum("run")
        np.testing.assert_array_equal(own, arrived)
    assert (result["retrieval_time"].fillna(0) <= 60).all()


def test_overlaps_are_those_that_the_spins_have(result):
    """35 spins: an odd number of them, overlaps are odd multiples of 1/35."""
    np.testing.assert_allclose(result["initial_overlap"] * 35, [-1, 11, 21, 35], atol=1e-12)
    few = recalled(OpenHopfield(Patterns([[1, 1, 1, 1]]), Glauber(0.1)), initial_overlaps=np.linspace(0, 1, 11))
    assert few["initial_overlap"].values.tolist() == [0.0, 0.5, 1.0]


def test_starts_have_the_overlap_that_is_asked_for_and_differ():
    starts = CorruptedStarts.of(form_of(NETWORK), [0.2, 0.6], 50, 3)
    drawn = starts.of_pattern(1).reshape(2, 50, 35)
    np.testing.assert_allclose(letters("AC").overlaps(drawn)[..., 1], np.repeat(starts.overlaps[:, None], 50, axis=1))
    assert len(np.unique(drawn[0], axis=0)) > 45
    # each spin is as often wrong as any other: 14 of 35 times 50, within 4.5 standard errors
    wrong = (drawn[0] != letters("AC")["C"]).sum(axis=0)
    assert np.abs(wrong - 20).max() < 4.5 * np.sqrt(50 * 0.4 * 0.6)


def test_the_result_is_kept_in_a_file_with_its_model(result, tmp_path):
    ch.save(result, tmp_path / "recalls.nc")
    again = ch.load(tmp_path / "recalls.nc")
    np.testing.assert_array_equal(again["success"], result["success"])
    np.testing.assert_array_equal(again["time_quantile"], result["time_quantile"])
    assert ch.model_of(again).to_json() == NETWORK.to_json()
    options = json.loads(result.attrs["theory"])
    assert (options["name"], options["runs"], options["seed"], options["time"]) == ("retrieval", 30, 2, 60.0)
    assert all(values.attrs["long_name"] and values.attrs["units"] for values in result.values())


def test_progress_is_told_to_the_end():
    told = []
    recalled(progress=told.append)
    assert told[-1] == pytest.approx(1.0)
    assert told == sorted(told)


def test_the_seed_decides_everything(result):
    assert recalled().identical(result)
    assert (recalled(seed=3)["retrieval_time"] != result["retrieval_time"]).any()


# Names of ends


def test_mixtures_of_five_are_named_while_patterns_are_few():
    memory = random_patterns(5, 401, seed=6)
    mixed = np.sign(np.array([1, 1, -1, 1, -1]) @ memory.values.astype(int)).astype(np.int8)
    told = named_states(memory, np.stack([mixed, -mixed]))
    assert told.names == ["mixture +1 +2 -3 +4 -5", "mixture -1 -2 +3 -4 +5"]
    assert (told.likeness == 1).all()


def test_of_many_patterns_the_leading_ones_are_mixed():
    memory = random_patterns(40, 801, seed=7)
    mixed = np.sign(memory.values[[3, 17, 38]].astype(int).sum(axis=0)).astype(np.int8)
    assert named_states(memory, mixed[None]).names == ["mixture +4 +18 +39"]


def test_what_is_like_nothing_is_spurious_and_says_what_is_nearest():
    memory = random_patterns(3, 401, seed=6)
    noise = np.random.default_rng(1).choice([-1, 1], 401).astype(np.int8)
    told = named_states(memory, noise[None])
    assert told.names == ["spurious"]
    assert told.nearest[0] != "spurious"
    assert told.likeness[0] < 0.3


def test_thermal_noise_is_taken_away_first():
    found = end_states(NETWORK, [letters("AC").corrupted("A", 0.1, 1), letters("AC").corrupted("A", 0.9, 1)])
    assert found["name"].values.tolist() == ["A", "-A"]
    assert (found["likeness"] == 1).all()
    np.testing.assert_allclose(found["energy"], NETWORK.energy(found["settled"].values))
    assert found.sizes["spin"] == 35


# Networks told by counts


def counted(sizes, temperature=0.3):
    return CountedHopfield(Patterns([[1, 1, 1, 1], [1, 1, -1, -1], [1, -1, 1, -1]]), sizes, Glauber(temperature))


def test_a_million_spins_are_recalled_from_almost_anywhere():
    """Without fluctuations the largest overlap wins, here that of the start with its own pattern."""
    network = counted([250_000, 250_000, 250_000, 250_000])
    found = recalled(network, initial_overlaps=[0.05, 0.5, 1.0], runs=3, patterns=["1"])
    assert (found["success"] == 1).all()
    assert float(found["retrieval_time"].max()) < 10
    # the time spreads as the square root of the number of spins falls
    assert float(found["retrieval_time"].sel(initial_overlap=0.5).std()) < 0.02
    assert "1: more than half recall at every overlap" in retrieval_report(found)


def test_counts_of_wrong_spins_are_drawn_for_every_run():
    form = form_of(counted([40, 30, 20, 10]))
    ups = form.corrupted(1, 20, 500, np.random.default_rng(1))
    pure = np.array([40, 30, 0, 0])
    assert (np.abs(ups - pure).sum(axis=1) == 20).all()
    np.testing.assert_array_equal(form.pure(1), pure)
    # hypergeometric: 20 of 100, of which a share n / 100 in each class
    means = np.abs(ups - pure).mean(axis=0)
    errors = np.sqrt(20 * np.array([0.24, 0.21, 0.16, 0.09]) * 80 / 99 / 500)
    assert np.abs((means - [8, 6, 4, 2]) / errors).max() < 4.5


def test_the_energy_of_counts_leads_to_mixtures_and_patterns():
    """Four classes as in three orthogonal patterns: sgn(1 + 2 + 3) is up but in the class where two are down."""
    form = form_of(counted([500, 500, 500, 500]))
    ups = np.array([[500, 490, 480, 10], [20, 5, 480, 499], [480, 470, 460, 450]])
    settled = form.settled(xr.Dataset({"final_ups": (("run", "spin_class"), ups)}), np.arange(3))
    np.testing.assert_array_equal(settled, [[1, 1, 1, -1], [-1, -1, 1, 1], [1, 1, 1, 1]])
    assert named_states(form.memory, settled, form.sizes).names == ["mixture +1 +2 +3", "-2", "1"]


def test_too_many_spins_to_draw_from_are_refused():
    with pytest.raises(SizeError, match="no longer depends"):
        recalled(counted([10**9, 1, 1, 1]), patterns=["1"])


# Words


def test_the_report_tells_the_numbers_of_the_result(result):
    text = retrieval_report(result)
    for name in ("A", "C"):
        here = result.sel(pattern=name)
        assert f"{name}: half recall from an overlap of {float(here['basin_overlap']):.3f}" in text
        assert f"{100 * float(here['success'].sel(initial_overlap=0.6)):.3g} per cent recall" in text
    assert "with 20 per cent wrong" in text
    assert "failures from all overlaps" in text
    assert all(len(line) <= 200 for line in text.splitlines())


def test_the_report_says_why_there_is_no_basin():
    text = retrieval_report(recalled(initial_overlaps=[0.9, 1.0]))
    assert "more than half recall at every overlap" in text
    assert "no failures" in text


def test_the_comparison_is_told_in_words(compared):
    text = platform_report(compared)
    assert f"T = {compared.attrs['glauber_temperature']:.4g}" in text
    assert "platform:" in text
    assert "comparisons differ significantly (95 per cent for all together, Holm)" in text
    assert "Certificate: Rates hold" in text
    # a chance of the data, not of the hypothesis
    assert "chance that they differ so between starts if stationary" in text


def test_the_comparison_carries_both_laws(compared):
    assert compared["law"].values.tolist() == ["platform", "Glauber"]
    rate = compared.attrs["glauber_rate"]
    assert float(compared["own_rate"].sel(law="Glauber")) == pytest.approx(rate, rel=1e-12)
    factor = compared["own_time_quantile"] / compared["time_quantile"]
    finite = np.isfinite(factor.sel(law="Glauber"))
    np.testing.assert_allclose(factor.sel(law="Glauber").values[finite], rate)
    columns = ["quantity", "of_pattern", "from_overlap", "platform_value", "glauber_value", "difference"]
    table = compared[columns].to_dataframe()
    rows = table[(table.of_pattern == "V") & (abs(table.from_overlap - 0.6) < 1e-9)].set_index("quantity")
    at = compared.sel(pattern="V", initial_overlap=0.6)
    # by the twentieth time half of 40 runs have recalled
    times = at["retrieval_time"].fillna(np.inf).reduce(np.sort, "run").isel(run=19)
    for quantity, values in (
        ("success", at["success"]),
        ("time", times),
        ("time in own rates", times * compared["own_rate"]),
    ):
        row = rows.loc[quantity]
        assert row["platform_value"] == pytest.approx(float(values[0]))
        assert row["glauber_value"] == pytest.approx(float(values[1]))
        assert row["difference"] == pytest.approx(float(values[0] - values[1]))
    assert ch.model_of(compared).n_spins == 35


def test_own_rates_are_means_of_logarithms_as_the_match_is(compared):
    law = OpenHopfield.from_dicke(DICKE).rate_law
    match = Glauber.matched_to(law)
    energy, classes, weight = match.sample.flip_energy, match.sample.spin_class, match.sample.weight
    both = law(energy, classes) + law(-energy, classes)
    assert float(compared["own_rate"].sel(law="platform")) == pytest.approx(stats.gmean(both, weights=weight), rel=1e-9)
    # the arithmetic mean is that of the few fastest energies
    assert np.average(both, weights=weight) > 3 * float(compared["own_rate"].sel(law="platform"))
    end = json.loads(compared.attrs["theory"])["time"]
    assert end == pytest.approx(100 / float(compared["own_rate"].min()))


def test_times_are_compared_until_the_earlier_end_of_both_in_own_rates():
    """One law recalls ten times as late and is ten times as slow: no difference in own rates, also at the end."""
    times = np.array([np.arange(1.0, 101), 10 * np.arange(1.0, 101)])
    times[1, times[1] > 100] = np.nan
    assert against_glauber._of_times("time", "A", 0.6, times, 100.0).p_value < 1e-12
    own = against_glauber._of_times("time in own rates", "A", 0.6, times * np.array([[1.0], [0.1]]), 10.0)
    assert np.isnan(own.p_value)
    assert (own.first, own.second) == (50.0, np.inf)
    found = platform_against_glauber(DICKE, initial_overlaps=[0.6], runs=40, seed=2, time=3e8, patterns=["V"])
    times = (found["retrieval_time"] * found["own_rate"]).squeeze(["pattern", "initial_overlap"]).values
    last = 3e8 * float(found["own_rate"].min())
    assert (times[1] > last).sum() > 3
    assert not (times[0] > last).any()
    told = found["p_value"].values[(found["quantity"] == "time in own rates").values]
    assert told == pytest.approx(paired_times(*np.where(times <= last, times, np.inf)))


def test_of_basins_beyond_the_grid_the_report_says_so(compared):
    changed = compared.copy(deep=True)
    place = int(np.flatnonzero(changed["quantity"] == "basin")[0])
    for name, value in (("platform_value", np.nan), ("difference", np.nan), ("p_value", 1e-9), ("significant", True)):
        changed[name][place] = value
    line = next(line for line in platform_report(changed).splitlines() if "basin:" in line)
    assert f"none against {float(changed['glauber_value'][place]):.4g} (p = " in line


def test_equal_and_opposite_patterns_are_told_alike():
    """A pattern stored twice, or with its negative: what lies at the own negative is the own negative."""
    letter = letters("A").values[0]
    for values in ([letter, letter], [letter, -letter]):
        network = OpenHopfield(Patterns(values, names=("one", "other")), Glauber(temperature=0.05))
        found = recalled(network, initial_overlaps=[-1.0, 1.0], runs=5)
        for name in ("one", "other"):
            ends = found["ends"].sel(pattern=name)
            assert ends.isel(initial_overlap=0).sel(end_state="antipattern") == 5
            assert ends.isel(initial_overlap=1).sel(end_state="pattern") == 5


def test_a_jump_within_one_step_is_noted():
    """1000 spins in two classes recall from within 0.05 of the crossing on, a quarter of the step."""
    network = CountedHopfield(Patterns([[1, 1], [1, -1]]), [700, 300], Glauber(temperature=0.3))
    found = recalled(network, initial_overlaps=[-0.2, 0.2, 0.4], patterns=["1"])
    assert (float(found["basin_overlap_low"][0]), float(found["basin_overlap_high"][0])) == pytest.approx((-0.2, 0.2))
    fine = recalled(network, initial_overlaps=[-0.2, -0.04, 0.0, 0.04, 0.08, 0.2], patterns=["1"])
    assert -0.2 < float(fine["basin_overlap"][0]) < 0.2
    assert "a finer grid tells more" in retrieval_report(found)
    assert str(fine["basin_note"].values[0]) == ""


def test_reports_refuse_what_is_another_result(result, compared):
    with pytest.raises(ArgumentError, match="`retrieval` returned"):
        retrieval_report(compared)
    with pytest.raises(ArgumentError, match="`platform_against_glauber` returned"):
        platform_report(result)
    with pytest.raises(ArgumentError, match="`result`"):
        retrieval_report("recalls")


# Wrong input

WRONG = [
    ({"initial_overlaps": [0.5, 1.2]}, "`initial_overlaps` must lie between -1 and 1"),
    ({"initial_overlaps": [0.5, 0.2]}, "`initial_overlaps` must be a grid"),
    ({"initial_overlaps": [-1.5, 0.2]}, "`initial_overlaps` must be at least -1"),
    ({"runs": 0}, "`runs`"),
    ({"seed": -1}, "`seed`"),
    ({"time": 0.0}, "`time`"),
    ({"time": float("nan")}, "`time`"),
    ({"level": 0.0}, "`level`"),
    ({"level": [0.5, 0.5, 0.5]}, "`level`"),
    ({"level": 1.2}, "`level`"),
    ({"patterns": "A"}, "`patterns` must be a sequence"),
    ({"patterns": ["A", 0]}, "`patterns` must name each pattern once"),
    ({"patterns": ["Z"]}, "'Z'"),
    ({"confidence": 1.0}, "`confidence`"),
    ({"threads": 0}, "`threads`"),
    ({"progress": 3}, "`progress`"),
]


@pytest.mark.parametrize(("changes", "message"), WRONG)
def test_wrong_numbers_are_named(changes, message):
    with pytest.raises(ArgumentError, match=message):
        recalled(**changes)


def test_networks_that_recall_nothing_are_refused():
    with pytest.raises(ArgumentError, match="must have patterns"):
        recalled(OpenHopfield(np.ones((3, 3)), Glauber(0.1)))
    with pytest.raises(ArgumentError, match="`OpenHopfield`"):
        recalled(letters("AC"))
    with pytest.raises(ArgumentError, match="`OpenHopfield`"):
        end_states(letters("AC"), letters("AC")["A"])
    together = OpenHopfield.from_dicke(ch.MultimodeDicke.from_patterns(
        letters("AC"), g=0.1, omega=1.0, loss=1.0, drive=1e-4), jumps="collective")  # fmt: skip
    with pytest.raises(ArgumentError, match="individual jumps"):
        recalled(together)
    with pytest.raises(ArgumentError, match="drive"):
        recalled(OpenHopfield(letters("AC"), Glauber(0.1), drive=0.1))


def test_more_starts_than_fit_are_refused_with_the_need():
    with pytest.raises(SizeError, match="GiB"):
        recalled(OpenHopfield(random_patterns(1, 10_000, seed=1), Glauber(0.1)), runs=10**6)


def test_configurations_that_do_not_fit_are_refused():
    with pytest.raises(ArgumentError, match="35 spins"):
        end_states(NETWORK, [1, -1])
    with pytest.raises(ArgumentError, match=r"shape \(K, N\)"):
        end_states(NETWORK, np.ones((0, 35)))


# Rates that change in time


def test_under_a_schedule_the_level_must_be_given():
    cooling = Scheduled(Glauber(1.2), temperature=Ramp([0.0, 50.0], [1.2, 0.1]))
    network = OpenHopfield(letters("AC"), cooling)
    with pytest.raises(ArgumentError, match="`level` must be given for rates that change in time"):
        recalled(network)
    found = recalled(network, level=0.9, time=100.0)
    assert found["level"].values.tolist() == [0.9, 0.9]
    assert found["held_overlap"].isnull().all()
    # what is reached while hot from no overlap at all, and kept when cold, is no foregone success
    assert (found["success"].sel(initial_overlap=0.0, method="nearest") < 1).all()
    assert "keeps" not in retrieval_report(found)


def test_a_drive_that_is_zero_at_first_flips_nothing_then():
    driven = Scheduled(ch.CavityRates(DICKE), drive=Ramp([0.0, 1e6], [0.0, 1e-4]))
    network = OpenHopfield(DICKE.ising_couplings(), driven, patterns=letters("EV"))
    with pytest.raises(ArgumentError, match="`level` must be given"):
        recalled(network)
    found = recalled(network, level=0.9, time=1.0)
    assert (found["success"].sel(initial_overlap=0.0, method="nearest") == 0).all()


def test_spins_that_never_flip_are_refused():
    class Frozen(UnknownGlauber):
        def __call__(self, flip_energy, spin_class=0):
            return 0.0 * super().__call__(flip_energy, spin_class)

    with pytest.raises(ArgumentError, match="must have spins that flip at its patterns, but their mean rate is 0"):
        recalled(OpenHopfield(letters("AC"), Frozen(0.1)))


# Interruptions


class Interrupt(KeyboardInterrupt):
    """Raised from a report of progress, as by a user."""


def stop_after(share):
    def stop(done):
        if done > share:
            raise Interrupt

    return stop


@pytest.mark.parametrize("share", [0.01, 0.6])
def test_recalls_go_on_from_where_they_were_stopped(share, tmp_path):
    whole = recalled(initial_overlaps=[0.3, 0.6])
    with pytest.raises(Interrupt):
        recalled(initial_overlaps=[0.3, 0.6], checkpoint=tmp_path / "kept", progress=stop_after(share))
    kept = {path: path.stat().st_mtime_ns for path in (tmp_path / "kept").rglob("*.npz")}
    assert len(kept) > 32
    again = recalled(initial_overlaps=[0.3, 0.6], checkpoint=tmp_path / "kept", threads=2)
    assert again.identical(whole)
    assert all(path.stat().st_mtime_ns == when for path, when in kept.items())
    with pytest.raises(ArgumentError, match="`checkpoint` must be a folder of the same job"):
        recalled(initial_overlaps=[0.3, 0.6], seed=9, checkpoint=tmp_path / "kept")


def test_a_comparison_goes_on_from_where_it_was_stopped(tmp_path):
    asked = {"initial_overlaps": [0.6], "runs": 8, "seed": 2, "patterns": ["E"]}
    whole = platform_against_glauber(DICKE, **asked)
    with pytest.raises(Interrupt):
        platform_against_glauber(DICKE, **asked, checkpoint=tmp_path, progress=stop_after(0.7))
    assert platform_against_glauber(DICKE, **asked, checkpoint=tmp_path).identical(whole)
    parts = {"holding-0", "holding-1", "recalls-0-0", "recalls-0-1", "late-0", "late-1"}
    assert {path.name for path in tmp_path.iterdir()} == parts


def test_a_checkpoint_is_a_folder(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ArgumentError, match="`checkpoint` must be a folder, but"):
        recalled(checkpoint=tmp_path / "file")
    with pytest.raises(ArgumentError, match="`checkpoint` must be the path of a folder, but is 3"):
        recalled(checkpoint=3)


# Names


def test_what_is_no_platform_is_named_by_its_type():
    with pytest.raises(ArgumentError, match="but is a OpenHopfield with Glauber") as told:
        platform_against_glauber(NETWORK, runs=2, seed=1)
    assert len(str(told.value)) < 200
    together = OpenHopfield.from_dicke(ch.MultimodeDicke.from_patterns(
        letters("AC"), g=0.1, omega=1.0, loss=1.0, drive=1e-4), jumps="collective")  # fmt: skip
    with pytest.raises(ArgumentError, match='jumps="individual"'):
        platform_against_glauber(together, runs=2, seed=1)


def test_patterns_may_be_named_as_ends_are():
    plain = recalled(initial_overlaps=[0.6], time=1e-6, level=0.95)
    memory = Patterns(letters("AC").values, names=("late C", "C"))
    odd = recalled(OpenHopfield(memory, Glauber(0.15)), initial_overlaps=[0.6], time=1e-6, level=0.95)
    np.testing.assert_array_equal(plain["ends"], odd["ends"])
    assert (odd["ends"].sel(end_state="late") > 20).all()
    hot = {"initial_overlaps": [0.0], "runs": 60, "level": 0.9}
    names = ("late C", "spurious", "mixture")
    one = recalled(OpenHopfield(letters("ACJ"), Glauber(0.15)), **hot)
    other = recalled(OpenHopfield(Patterns(letters("ACJ").values, names=names), Glauber(0.15)), **hot)
    np.testing.assert_array_equal(one["ends"], other["ends"])


def test_the_report_refuses_one_pattern_cut_out(result, compared):
    with pytest.raises(ArgumentError, match="all of what `retrieval` returned"):
        retrieval_report(result.isel(pattern=0))
    with pytest.raises(ArgumentError, match="all of what `platform_against_glauber` returned"):
        platform_report(compared.isel(pattern=0))


def test_single_runs_are_told_and_not_compared():
    found = platform_against_glauber(DICKE, initial_overlaps=[0.6], runs=1, seed=2, patterns=["E"])
    assert found["p_value"].sel(comparison=found["test"].str.contains("Smirnov")).isnull().all()
    assert "0 of" in platform_report(found)
