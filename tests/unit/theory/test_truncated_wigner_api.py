"""Truncated Wigner at the door: options, refusals, warnings, what results are made of."""

import json
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from cavity_hopfield import (
    ArgumentError,
    Glauber,
    MultimodeDicke,
    OpenHopfield,
    Patterns,
    ProductState,
    RegimeWarning,
    SizeError,
    SpinChannels,
)
from cavity_hopfield.cavity import cavity_start
from cavity_hopfield.theory.truncated_wigner import TruncatedWigner, blocks, lanes, size
from cavity_hopfield.theory.truncated_wigner.ordering import normally_ordered
from cavity_hopfield.theory.truncated_wigner.readings import Reader
from cavity_hopfield.theory.truncated_wigner.sampling import SpinGroups
from cavity_hopfield.theory.truncated_wigner.size import needed_gib
from cavity_hopfield.theory.truncated_wigner.trust import effective_spins

MODEL = MultimodeDicke(np.full((20, 1), 0.1), 1.0, 1.0, drive=0.3)
START = np.ones(20)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"runs": 0}, "`runs` must be at least 1"),
        ({"seed": -1}, "`seed` must be at least 0"),
        ({"sampling": "wigner"}, "`sampling` must be one of 'discrete', 'gaussian'"),
        ({"step": 0.0}, "`step` must be greater than 0"),
        ({"threads": 0}, "`threads` must be at least 1"),
        ({"resolution": "spin"}, "`resolution` must be one of 'class', 'site'"),
        ({"keep_runs": 1}, "`keep_runs` must be True or False"),
        ({"memory_gib": 0.0}, "`memory_gib` must be greater than 0"),
    ],
)
def test_wrong_options_are_named(options, text):
    with pytest.raises(ArgumentError, match=text):
        TruncatedWigner(**{"runs": 2, "seed": 1, **options})


@pytest.mark.parametrize("task", ["evolve", "heterodyne", "light_samples"])
def test_what_does_not_fit_is_refused(task):
    run = getattr(TruncatedWigner(runs=2, seed=1), task)
    network = OpenHopfield(Patterns([[1, 1]]), Glauber(0.3))
    with pytest.raises(ArgumentError, match="must be a `MultimodeDicke`"):
        run(network, [1, 1], [1.0])
    with pytest.raises(ArgumentError, match="`times` must increase strictly"):
        run(MODEL, START, [1.0, 1.0])
    with pytest.raises(ArgumentError, match="must have 20 spins and 1 modes"):
        run(MODEL, ProductState([[0, 0, 1.0]], [0.0]), [1.0])
    with pytest.raises(ArgumentError, match="`progress` must be a function"):
        run(MODEL, START, [1.0], progress=3)
    atoms = MultimodeDicke(MODEL.g, 1.0, 1.0, channels=SpinChannels(decay=0.1))
    with pytest.raises(ArgumentError, match='`resolution` must not be "class" for atoms with channels'):
        getattr(TruncatedWigner(runs=2, seed=1, resolution="class"), task)(atoms, START, [1.0])


def test_a_mode_that_is_not_there_is_refused():
    with pytest.raises(ArgumentError, match="`mode` must be below 1"):
        TruncatedWigner(runs=2, seed=1).light_samples(MODEL, START, [1.0], mode=1)


def test_a_checkpoint_of_another_call_is_refused(tmp_path):
    TruncatedWigner(runs=4, seed=1).evolve(MODEL, START, [0.5], checkpoint=tmp_path / "one")
    with pytest.raises(ArgumentError, match="checkpoint"):
        TruncatedWigner(runs=4, seed=2).evolve(MODEL, START, [0.5], checkpoint=tmp_path / "one")


@pytest.mark.parametrize("task", ["evolve", "heterodyne", "light_samples"])
def test_few_spins_are_warned_of_where_the_caller_is(task):
    few = MultimodeDicke(np.full((4, 1), 0.1), 1.0, 1.0)
    with pytest.warns(RegimeWarning, match="= 4, below 16") as caught:
        getattr(TruncatedWigner(runs=2, seed=1), task)(few, np.ones(4), [0.1])
    assert caught[0].filename == __file__


def test_effective_spins_count_those_that_a_mode_sees():
    assert effective_spins(MODEL) == pytest.approx(20)
    g = np.zeros((20, 3))
    g[:, 0], g[:5, 1] = 0.3, -0.2
    # a mode without couplings says nothing
    assert effective_spins(MultimodeDicke(g, 1.0, 1.0)) == pytest.approx(5)
    assert effective_spins(MultimodeDicke(np.zeros((7, 1)), 1.0, 1.0)) == 7


def test_names_dimensions_and_attributes():
    result = TruncatedWigner(runs=30, seed=1).evolve(MODEL, START, [0.0, 0.5])
    means = {
        "magnetisation": ("time",), "magnetisation_x": ("time",), "magnetisation_y": ("time",), "energy": ("time",),
        "spin_z": ("time", "spin"), "photons": ("time", "mode"), "amplitude_real": ("time", "mode"),
        "amplitude_imag": ("time", "mode"), "pair_real": ("time", "mode"), "pair_imag": ("time", "mode"),
        "g2": ("time", "mode"), "overlap": ("time", "pattern"), "overlap_x": ("time", "pattern"),
        "overlap_y": ("time", "pattern"),
    }  # fmt: skip
    assert {name: var.dims for name, var in result.data_vars.items()} == means | {
        f"{name}_error": dims for name, dims in means.items()
    }
    assert result.attrs["runs"] == 30
    assert result.attrs["effective_spins"] == pytest.approx(20)
    assert 0 < result.attrs["step"] <= 0.1
    assert 0 <= result.attrs["step_error"] < 0.05
    assert json.loads(result.attrs["theory"])["name"] == "TruncatedWigner"
    assert result["photons_error"].attrs["long_name"]
    kept = TruncatedWigner(runs=30, seed=1, keep_runs=True).evolve(MODEL, START, [0.0, 0.5])
    assert kept["photons"].dims == ("run", "time", "mode")
    assert kept["g2"].dims == ("time", "mode")
    for name in ("photons", "energy", "overlap_x", "amplitude_imag"):
        np.testing.assert_allclose(kept[name].mean("run"), result[name], atol=1e-12)


def test_atoms_with_channels_are_moved_one_by_one_unless_told_otherwise():
    atoms = MultimodeDicke(MODEL.g, 1.0, 1.0, drive=0.3, channels=SpinChannels(decay=0.1))
    free = TruncatedWigner(runs=12, seed=1).evolve(atoms, START, [0.5])
    site = TruncatedWigner(runs=12, seed=1, resolution="site").evolve(atoms, START, [0.5])
    assert free.drop_attrs().identical(site.drop_attrs())
    assert json.loads(free.attrs["theory"])["resolution"] is None
    plain, classes, sites = (
        TruncatedWigner(runs=12, seed=1, resolution=resolution).evolve(MODEL, START, [0.5]).drop_attrs()
        for resolution in (None, "class", "site")
    )
    assert plain.identical(classes)
    assert not plain.identical(sites)


def test_a_group_of_one_start_has_the_error_of_its_mean():
    result = TruncatedWigner(runs=50, seed=1).evolve(MODEL, START, [0.5, 2.0])
    assert result["magnetisation_error"].values.min() > 0
    for spin in (0, 19):
        np.testing.assert_allclose(result["spin_z_error"][:, spin], result["magnetisation_error"], rtol=1e-12)


def test_what_needs_too_much_memory_is_refused_before_any_work():
    told = []
    model = MultimodeDicke(np.full((4000, 1), 0.01), 1.0, 1.0)
    theory = TruncatedWigner(runs=10**9, seed=1, resolution="site", memory_gib=0.01)
    with pytest.raises(SizeError, match=r"4000 spins in 4000 groups.*GiB, more than memory_gib=0.01. Raise it"):
        theory.evolve(model, np.ones(4000), np.linspace(0, 1, 80), progress=told.append)
    few = TruncatedWigner(runs=10**9, seed=1)
    for task in (few.heterodyne, few.light_samples, TruncatedWigner(runs=10**9, seed=1, keep_runs=True).evolve):
        with pytest.raises(SizeError, match="or fewer runs, each of which is kept"):
            task(MODEL, START, np.linspace(0, 1, 80), progress=told.append)
    assert told == []


def test_what_is_held_does_not_grow_with_the_runs():
    model, times = MultimodeDicke(np.full((500, 1), 0.01), 1.0, 1.0), np.linspace(0.0, 0.01, 40)
    peaks = []
    for runs in (256, 1280):
        tracemalloc.start()
        TruncatedWigner(runs=runs, seed=1, resolution="site").evolve(model, np.ones(500), times)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.1 * peaks[0]


@pytest.mark.parametrize(("task", "keep", "threads"), [
    ("evolve", False, 1), ("evolve", False, 2), ("evolve", True, 1), ("heterodyne", False, 1),
    ("light_samples", False, 1),
])  # fmt: skip
def test_what_is_needed_is_told_before(task, keep, threads):
    model, times = MultimodeDicke(np.full((500, 3), 0.01), 1.0, 1.0), np.linspace(0.0, 0.01, 40)
    theory = TruncatedWigner(runs=600, seed=1, resolution="site", keep_runs=keep, threads=threads)
    needs = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(size, "needed_gib", lambda *given, **more: needs.append(needed_gib(*given, **more)) or 0.0)
        tracemalloc.start()
        getattr(theory, task)(model, np.ones(500), times)
        peak = tracemalloc.get_traced_memory()[1] / 2**30
        tracemalloc.stop()
    assert 0.6 * needs[0] < peak < 1.15 * needs[0]


def test_blocks_of_several_groups_are_added_up_in_one_order(monkeypatch, tmp_path):
    times, theory = [0.0, 0.7, 1.5], TruncatedWigner(runs=100, seed=5, keep_runs=True)
    plain, light = theory.evolve(MODEL, START, times), theory.light_samples(MODEL, START, times)
    monkeypatch.setattr(blocks, "MOST_BLOCKS", 3)
    one = theory.evolve(MODEL, START, times, checkpoint=tmp_path)
    (first, *_) = sorted(tmp_path.glob("runs-*.npz"))
    assert first.name == "runs-0-39.npz"
    first.unlink()
    again = theory.evolve(MODEL, START, times, checkpoint=tmp_path)
    two = replace(theory, threads=2).evolve(MODEL, START, times)
    assert one.drop_attrs().identical(again.drop_attrs())
    assert one.drop_attrs().identical(two.drop_attrs())
    xr.testing.assert_allclose(one.drop_attrs(), plain.drop_attrs(), rtol=1e-12, atol=1e-12)
    np.testing.assert_array_equal(one["photons"], plain["photons"])
    assert light.drop_attrs().identical(theory.light_samples(MODEL, START, times).drop_attrs())


def test_records_keep_the_length_of_their_bins():
    record = TruncatedWigner(runs=3, seed=5).heterodyne(MODEL, START, [0.0, 0.7, 1.5])
    assert record["bin_length"].dims == ("time",)
    np.testing.assert_allclose(record["bin_length"], [0.0, 0.7, 0.8], rtol=1e-15)
    assert record["bin_length"].attrs["units"] == "1 / unit of omega"
    assert record.sel(time=1.5)["bin_length"] == pytest.approx(0.8)


def test_an_error_in_a_block_reaches_the_caller(monkeypatch):
    def broken(self, first, last, lanes, keep):
        if first:
            raise FloatingPointError("the third block")
        return whole(self, first, last, lanes, keep)

    whole = Reader.block
    monkeypatch.setattr(Reader, "block", broken)
    for threads in (1, 3):
        with pytest.raises(FloatingPointError, match="the third block"):
            TruncatedWigner(runs=100, seed=1, threads=threads).evolve(MODEL, START, [0.5])


def test_one_run_has_no_error():
    result = TruncatedWigner(runs=1, seed=1).evolve(MODEL, START, [0.5])
    assert np.isnan(result["photons_error"].item())
    assert np.isnan(result["g2_error"].item())


def test_progress_ends_at_one():
    told = []
    TruncatedWigner(runs=30, seed=1).evolve(MODEL, START, [0.5], progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_records_and_samples_are_those_of_the_runs_of_evolve():
    times = [0.0, 0.7, 1.5]
    theory = TruncatedWigner(runs=12, seed=5, keep_runs=True)
    runs, light = theory.evolve(MODEL, START, times), theory.light_samples(MODEL, START, times)
    np.testing.assert_array_equal(light["alpha_real"], runs["amplitude_real"][..., 0])
    record = theory.heterodyne(MODEL, START, times)
    np.testing.assert_allclose(record["overlap"], runs["overlap"], atol=1e-14)
    assert record["record_real"].dims == ("run", "time", "mode")


def test_stretches_of_the_grid_change_nothing(monkeypatch):
    times, theory = [0.0, 0.7, 1.5, 1.6], TruncatedWigner(runs=12, seed=5)
    tasks = (theory.evolve, theory.heterodyne, theory.light_samples)
    whole = [task(MODEL, START, times) for task in tasks]
    monkeypatch.setattr(lanes, "HELD", 1)
    for one, task in zip(whole, tasks, strict=True):
        xr.testing.assert_allclose(one, task(MODEL, START, times), rtol=1e-14)


def test_the_start_alone_needs_no_step():
    result = TruncatedWigner(runs=12, seed=5).evolve(MODEL, START, [0.0])
    assert result.attrs["step"] == result.attrs["step_error"] == 0
    np.testing.assert_array_equal(result["spin_z"], np.ones((1, 20)))


def test_the_recall_is_read_from_records():
    memory = Patterns([[1, -1] * 20])
    model = MultimodeDicke.from_patterns(memory, 0.8, 1.0, 1.0, drive=0.1, scaling="intensive")
    told = TruncatedWigner(runs=40, seed=5).heterodyne(model, memory.values[0], np.linspace(0, 8, 17))
    # light at rest under aligned spins, sqrt(loss) alpha: the record tells the overlap with its sign
    force = 0.8 * np.sqrt(40)
    record = (told["record_real"] + 1j * told["record_imag"])[:, 1:, 0].mean().item()
    overlap = (1j * model.pole[0] * record).real / force
    assert overlap == pytest.approx(told["overlap"][:, 1:].mean().item(), abs=0.03)


def test_like_spins_are_one_group_if_their_pattern_bits_are():
    patterns = Patterns([[1, -1] * 10, [1] * 10 + [-1] * 10])
    model = MultimodeDicke(patterns.values[:1].T * 0.2, 1.0, 1.0, patterns=patterns)
    start = patterns.values[0].copy()
    start[0] = -1
    groups = SpinGroups.of(model, cavity_start(model, start), "class")
    # upside down; bits of the second pattern that agree with the sign of the coupling, or not
    assert sorted(groups.sizes.tolist()) == [1, 9, 10]
    plain, turned = groups.readings(model)
    vectors = groups.spin_vectors(groups.sizes[:, None] * groups.bloch)
    np.testing.assert_allclose(vectors[:, 2], start)
    np.testing.assert_allclose(turned[1:] @ (groups.sizes * groups.bloch[:, 2]), patterns.values @ start / 20)
    assert plain.shape == (3, 3)


def test_ordering_of_number_states_by_their_wigner_functions():
    # mean photons and pairs of the states 0, 1, 2 over (2/pi) (-1)^n L_n(4 r^2) exp(-2 r^2)
    r = np.linspace(0, 6, 60_001)
    laguerre = [np.ones_like(r), 1 - 4 * r**2, 1 - 8 * r**2 + 8 * r**4]
    told = normally_ordered(r.astype(complex))
    for n, polynomial in enumerate(laguerre):
        weight = 4 * r * (-1) ** n * polynomial * np.exp(-2 * r**2)
        assert np.trapezoid(weight * told.photons, r) == pytest.approx(n, abs=1e-6)
        assert np.trapezoid(weight * told.quartic, r) == pytest.approx(n * (n - 1), abs=1e-6)
