import json

import numpy as np
import pytest

from cavity_hopfield import (
    ArgumentError,
    CavityRates,
    Glauber,
    HopfieldLimit,
    MeanField,
    Metropolis,
    MultimodeDicke,
    OpenHopfield,
    Patterns,
    ProductState,
    RegimeWarning,
)
from cavity_hopfield.theory.mean_field import dicke_paths, dicke_tails, limit_paths, limit_tails
from cavity_hopfield.theory.mean_field.network import SpinGroups, class_means

STORED = Patterns([[1, 1, -1, 1], [1, -1, 1, 1]], names=("one", "two"))
NETWORK = OpenHopfield(STORED, rate_law=Glauber(0.4), drive=0.3)
LIMIT = HopfieldLimit(3, rate_law=Glauber(0.4), drive=0.3)
TIMES = [0.0, 1.0, 2.5]
SPINS = {"overlap", "overlap_x", "overlap_y"}
CAVITY = MultimodeDicke.from_patterns(Patterns([[1, 1, -1], [1, -1, 1]]), 0.3, [1.0, 1.3], 1.0, drive=0.2)
UPRIGHT = ProductState([[0, 0, 1]] * 4)
quiet = pytest.mark.filterwarnings("ignore:mean field neglects the dephasing")


def test_a_network_has_the_observables_of_the_other_theories():
    result = MeanField().evolve(NETWORK, [1, 1, -1, 1], TIMES)
    dims = {name: variable.dims for name, variable in result.data_vars.items()}
    assert dims == {
        **dict.fromkeys(SPINS, ("time", "pattern")),
        **dict.fromkeys(("magnetisation", "magnetisation_x", "magnetisation_y", "energy"), ("time",)),
        "spin_z": ("time", "spin"),
    }
    assert result["pattern"].values.tolist() == ["one", "two"]
    np.testing.assert_array_equal(result["spin_z"][0], [1, 1, -1, 1])
    assert result["energy"].values[0] == NETWORK.energy([1, 1, -1, 1])
    assert result.attrs["rate_error"] == 0


def test_the_limit_has_overlaps_and_the_energy_of_a_spin():
    result = MeanField().evolve(LIMIT, [0.5, 0.2, 0.0], TIMES)
    dims = {name: variable.dims for name, variable in result.data_vars.items()}
    assert dims == {**dict.fromkeys(SPINS, ("time", "pattern")), "energy": ("time",)}
    np.testing.assert_allclose(result["overlap"][0], [0.5, 0.2, 0.0], atol=1e-9)
    assert result["energy"].values[0] == pytest.approx(-0.5 * (0.5**2 + 0.2**2), abs=1e-9)
    named = MeanField().evolve(HopfieldLimit(STORED, rate_law=Glauber(0.4)), [0.5, 0.0], TIMES)
    assert named["pattern"].values.tolist() == ["one", "two"]


def test_many_runs_have_a_dimension_and_are_the_single_ones():
    starts = [[1, 1, -1, 1], [1, -1, 1, 1], [-1, 1, 1, 1]]
    many = MeanField().evolve(NETWORK, starts, TIMES)
    assert many["overlap"].dims == ("run", "time", "pattern")
    for run, start in enumerate(starts):
        one = MeanField().evolve(NETWORK, start, TIMES)
        for name in one.data_vars:
            np.testing.assert_allclose(many[name][run], one[name], rtol=0, atol=1e-7)
    states = [ProductState([[0, 0, s] for s in start]) for start in starts]
    again = MeanField().evolve(NETWORK, states, TIMES)
    np.testing.assert_array_equal(many["spin_z"], again["spin_z"])


def test_many_runs_of_the_limit_start_from_overlaps_or_class_means():
    overlaps = np.array([[0.5, 0.2, 0.0], [0.0, 0.0, -0.9]])
    many = MeanField().evolve(LIMIT, overlaps, TIMES)
    assert dict(many.sizes) == {"run": 2, "time": 3, "pattern": 3}
    bloch = [np.pad(class_means(LIMIT, m)[:, None], ((0, 0), (2, 0))) for m in overlaps]
    same = MeanField().evolve(LIMIT, [ProductState(b) for b in bloch], TIMES)
    np.testing.assert_array_equal(many["overlap"], same["overlap"])


@quiet
def test_many_runs_of_a_cavity_are_the_single_ones():
    states = [ProductState.relaxed(CAVITY, [1, 1, -1]), ProductState([[0.6, 0, 0.8]] * 3, [0.3, -0.2j])]
    theory = MeanField(rtol=1e-10, atol=1e-12)
    many = theory.evolve(CAVITY, states, TIMES)
    for run, state in enumerate(states):
        one = theory.evolve(CAVITY, state, TIMES)
        assert set(one.data_vars) == set(many.data_vars)
        for name in one.data_vars:
            np.testing.assert_allclose(many[name][run], one[name], rtol=0, atol=1e-8)
    assert many.attrs["length_drift"] < 1e-8
    assert json.loads(many.attrs["theory"])["rtol"] == 1e-10


@quiet
def test_ensembles_of_cavities_scale_couplings_and_drives():
    sigma, scales, drives = [[1, 1, -1], [1, -1, 1]], [0.5, 1.5], [0.1, 0.4]
    bloch, amplitudes = dicke_paths(CAVITY, sigma, TIMES, drives=drives, scales=scales, rtol=1e-10, atol=1e-12)
    for run in range(2):
        model = MultimodeDicke(
            CAVITY.g * scales[run], CAVITY.omega, CAVITY.loss, CAVITY.gain, drives[run], CAVITY.memory
        )
        start = ProductState.relaxed(CAVITY, sigma[run])
        one = MeanField(rtol=1e-10, atol=1e-12).evolve(model, start, TIMES)
        np.testing.assert_allclose(bloch[run, ..., 2], one["spin_z"], rtol=0, atol=1e-8)
        np.testing.assert_allclose(amplitudes[run].imag, one["amplitude_imag"], rtol=0, atol=1e-8)
    tails = dicke_tails(CAVITY, sigma, 2.5, 1.0, drives=drives, scales=scales, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(tails.end, bloch[:, -1], rtol=0, atol=1e-8)
    np.testing.assert_allclose(tails.amplitudes, amplitudes[:, -1], rtol=0, atol=1e-8)


def test_tails_are_the_statistics_of_the_paths():
    rng = np.random.default_rng(2)
    starts = np.zeros((40, 4, 3))
    starts[..., 2] = rng.uniform(-0.9, 0.9, (40, 4))
    options = {"drives": rng.uniform(0, 1, 40), "temperatures": rng.uniform(0.1, 1, 40)}
    window = np.linspace(20, 30, 50)
    overlaps = LIMIT.overlaps(limit_paths(LIMIT, starts, window, **options)[..., 2])
    tails = limit_tails(LIMIT, starts, 30.0, 10.0, samples=50, **options)
    for mine, expected in (
        (tails.highest, overlaps.max(axis=1)),
        (tails.lowest, overlaps.min(axis=1)),
        (tails.mean, overlaps.mean(axis=1)),
        (LIMIT.overlaps(tails.end[..., 2]), overlaps[:, -1]),
    ):
        np.testing.assert_allclose(mine, expected, rtol=0, atol=1e-12)
    assert (tails.steps > 5).all()
    assert tails.amplitudes.shape == (40, 0)


@pytest.mark.parametrize("temperature", [0.0, 0.7])
def test_a_temperature_of_a_run_is_that_of_its_own_model(temperature):
    starts = [[[0, 0, 0.5], [0.1, 0.2, 0.9], [0, 0, -0.1], [0, 0.3, 0.2]]]
    model = HopfieldLimit(3, rate_law=Glauber(temperature, rate=1.4), drive=0.3)
    base = HopfieldLimit(3, rate_law=Glauber(0.4, rate=1.4), drive=0.9)
    expected = limit_paths(model, starts, TIMES)
    np.testing.assert_array_equal(limit_paths(base, starts, TIMES, temperatures=temperature, drives=0.3), expected)


@pytest.mark.parametrize(
    ("overlaps", "expected"),
    [
        ([0.7, 0, 0], [0.7, 0.7, 0.7, 0.7]),
        ([0, -1, 0], [-1, -1, 1, 1]),
        ([0.5, 0.5, 0.5], [1, 1, 1, -1]),
    ],
)
def test_overlaps_alone_start_from_the_smallest_class_means(overlaps, expected):
    np.testing.assert_array_equal(LIMIT.columns, [[1, 1, 1], [1, 1, -1], [1, -1, 1], [1, -1, -1]])
    np.testing.assert_allclose(class_means(LIMIT, np.array(overlaps)), expected, rtol=0, atol=1e-9)


def test_groups_are_spins_that_couple_alike():
    couplings = np.array([[0, 2, 1, 1], [2, 0, 1, 1], [1, 1, 0, 5], [1, 1, 5, 0.0]])
    network = OpenHopfield(couplings, rate_law=Glauber(0.4))
    starts = np.zeros((1, 4, 3))
    groups = SpinGroups.of(network, starts, "class")
    assert groups.labels.tolist() == [0, 0, 1, 1]
    np.testing.assert_array_equal(groups.couplings(network.couplings), [[2, 2], [2, 5]])
    starts[0, 1, 2] = 0.5
    assert len(SpinGroups.of(network, starts, "class").members) == 3
    assert len(SpinGroups.of(network, starts * 0, "site").members) == 4


def test_progress_ends_at_one():
    told = []
    MeanField().evolve(NETWORK, [1, 1, -1, 1], TIMES, progress=told.append)
    assert told == [1.0]


@pytest.mark.parametrize(("model", "start"), [(NETWORK, [1, 1, 1, 1]), (LIMIT, [0.1, 0, 0]), (CAVITY, [1, 1, 1])])
def test_whom_to_tell_is_asked_before_the_work(model, start, monkeypatch):
    monkeypatch.delattr(MeanField, "_network")
    monkeypatch.delattr(MeanField, "_limit")
    monkeypatch.delattr(MeanField, "_dicke")
    with pytest.raises(ArgumentError, match=r"`progress` must be a function .* is 3"):
        MeanField().evolve(model, start, TIMES, progress=3)


def test_collective_jumps_are_refused_by_name():
    pair = MultimodeDicke(g=[[0.5], [0.5]], omega=1.0, loss=1.0, drive=0.01)
    network = OpenHopfield.from_dicke(pair, jumps="collective")
    with pytest.raises(ArgumentError, match=r'individual jumps.*jumps="individual"'):
        MeanField().evolve(network, [1, -1], TIMES)


@quiet
@pytest.mark.parametrize(
    ("theory", "model", "initial", "message"),
    [
        (MeanField(atoms_per_spin=3), NETWORK, [1, 1, 1, 1], "`atoms_per_spin` must be 1 for an OpenHopfield"),
        (MeanField(atoms_per_spin=3), LIMIT, [0.1, 0, 0], "`atoms_per_spin` must be 1 for an HopfieldLimit"),
        (MeanField(resolution="site"), LIMIT, [0.1, 0, 0], "`resolution` must be 'class' for a HopfieldLimit"),
        (MeanField(), NETWORK, [1, 1, 1], "`initial` must have 4 spins"),
        (MeanField(), NETWORK, ProductState([[0, 0, 1]]), "`initial` must have 4 spins and no modes"),
        (MeanField(), LIMIT, [0.1, 0.2], r"overlaps with 3 patterns, shape \(3,\) or \(R, 3\), but has shape \(2,\)"),
        (MeanField(), LIMIT, [0.9, 0.9, 0.0], "out of reach"),
        (MeanField(), LIMIT, ProductState([[0, 0, 1]]), "`initial` must have 4 spins"),
        (MeanField(), NETWORK, [[1], [1, 1]], "`initial` must hold real numbers in a regular shape"),
        (MeanField(), LIMIT, [[0.1], [0.1, 0.2]], "`initial` must hold real numbers in a regular shape"),
        (MeanField(), CAVITY, [[1], [1, 1]], "regular shape"),
        (MeanField(), NETWORK, np.zeros((0, 4)), r"`initial` must hold at least one run, but has shape \(0, 4\)"),
        (MeanField(), LIMIT, np.zeros((0, 3)), r"`initial` must hold at least one run, but has shape \(0, 3\)"),
        (MeanField(), NETWORK, [UPRIGHT, [1, 1, 1, 1]], "nothing but `ProductState`s if it holds any"),
        (MeanField(), LIMIT, [[0.1, 0, 0], UPRIGHT], "nothing but `ProductState`s if it holds any"),
        (MeanField(), CAVITY, [UPRIGHT, [1, 1, 1]], "nothing but `ProductState`s if it holds any"),
        (MeanField(), Glauber(0.4), [1, 1], "`model` must be a `MultimodeDicke` for MeanField, but is a Glauber"),
    ],
)
def test_what_does_not_fit_is_refused(theory, model, initial, message):
    with pytest.raises(ArgumentError, match=message):
        theory.evolve(model, initial, TIMES)


@pytest.mark.parametrize("model", [NETWORK, LIMIT])
def test_the_fixed_points_of_networks_are_found_elsewhere(model):
    with pytest.raises(ArgumentError, match=r"cavity_hopfield.analysis"):
        MeanField().steady_state(model, [1, 1, 1])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: limit_paths(LIMIT, [[0, 0, 1]], TIMES), r"`starts` must have shape \(R, 4, 3\)"),
        (lambda: limit_paths(LIMIT, np.ones((1, 4, 3)), TIMES), "no longer than 1"),
        (lambda: limit_paths(LIMIT, np.zeros((2, 4, 3)), TIMES, drives=[1, 2, 3]), "one for each of 2 runs"),
        (lambda: limit_paths(LIMIT, np.zeros((1, 4, 3)), TIMES, temperatures=-1), "`temperatures` must be at least 0"),
        (lambda: limit_tails(LIMIT, np.zeros((1, 4, 3)), 1.0, 2.0), "`window` must be at most end=1"),
        (lambda: limit_tails(LIMIT, np.zeros((1, 4, 3)), 1.0, 0.5, threads=0), "`threads` must be at least 1"),
        (lambda: dicke_paths(CAVITY, np.zeros((0, 3)), TIMES), r"`starts` must hold at least one run"),
        (lambda: dicke_paths(CAVITY, [[1, 1]], TIMES), "`starts` must have 3 spins"),
        (
            lambda: limit_paths(
                HopfieldLimit(1, rate_law=Metropolis(1.0)), np.zeros((1, 1, 3)), TIMES, temperatures=1.0
            ),
            "`temperatures` must be left out for Metropolis",
        ),
    ],
)
def test_ensembles_check_what_they_are_given(call, message):
    with pytest.raises(ArgumentError, match=message):
        call()


def test_a_cavity_law_works_in_the_limit():
    with pytest.warns(RegimeWarning):
        model = HopfieldLimit.from_dicke(CAVITY, drive=0.2)
    result = MeanField().evolve(model, [0.3, 0.0], TIMES)
    assert 0 < result.attrs["rate_error"] <= 1e-9
    assert isinstance(model.rate_law, CavityRates)
