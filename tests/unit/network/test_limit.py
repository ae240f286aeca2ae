"""The network of infinitely many spins: its columns, where it comes from, and what it refuses."""

import numpy as np
import pytest

from cavity_hopfield import (
    ArgumentError,
    CavityRates,
    Glauber,
    HopfieldLimit,
    MultimodeDicke,
    OpenHopfield,
    Patterns,
    RegimeWarning,
    load,
    model_of,
    random_patterns,
    save,
)
from cavity_hopfield.dynamics import labelled_result
from cavity_hopfield.hopfield import hebb

LAW = Glauber(temperature=0.3)


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_random_patterns_are_uncorrelated_columns(count):
    limit = HopfieldLimit(count, LAW)
    assert limit.columns.shape == (2 ** (count - 1), count)
    second_moments = (limit.columns * limit.weights[:, None]).T @ limit.columns
    assert np.allclose(second_moments, np.eye(count), atol=1e-15)
    assert (limit.columns[:, 0] == 1).all()


def test_given_patterns_count_their_columns_up_to_a_sign():
    limit = HopfieldLimit(Patterns([[1, 1, -1, -1, 1], [1, -1, -1, 1, 1]]), LAW)
    found = {tuple(column): weight for column, weight in zip(limit.columns, limit.weights, strict=True)}
    assert found == pytest.approx({(1.0, 1.0): 0.6, (1.0, -1.0): 0.4})


def test_fields_are_those_of_hebbian_couplings_up_to_the_spin_itself():
    """h_i + sigma_i P/N of a finite network with Hebb's couplings is the field of the class of spin i."""
    patterns = random_patterns(3, 40, seed=2)
    sigma = patterns.corrupted(0, flips=0.2, seed=3).astype(float)
    limit = HopfieldLimit(patterns, LAW)
    finite = hebb(patterns) @ sigma + sigma * 3 / 40
    of_class = limit.fields(patterns.overlaps(sigma))
    columns = patterns.values.T.astype(float)
    for i, column in enumerate(columns):
        place = int(np.argmax((limit.columns == column * column[0]).all(axis=1)))
        assert finite[i] == pytest.approx(column[0] * of_class[place], abs=1e-12)


def test_overlaps_invert_fields_for_uncorrelated_patterns():
    limit = HopfieldLimit(3, LAW, strengths=[1.0, 2.0, 0.5])
    overlaps = np.array([[0.3, -0.2, 0.4], [0.0, 1.0, 0.0]])
    assert np.allclose(limit.overlaps(limit.fields(overlaps) @ np.eye(4)), overlaps * limit.strengths)


def test_a_cavity_gives_its_strengths_and_rates():
    patterns = random_patterns(2, 30, seed=1)
    cavity = MultimodeDicke.from_patterns(patterns, g=[0.1, 0.2], omega=1.0, loss=1.0, drive=0.01)
    with pytest.warns(RegimeWarning, match="spread of the couplings"):
        limit = HopfieldLimit.from_dicke(cavity, drive=0.3)
    # 2 omega / |z|^2 = 8 / 5, times N g^2
    assert limit.strengths == pytest.approx([1.6 * 30 * 0.01, 1.6 * 30 * 0.04])
    assert isinstance(limit.rate_law, CavityRates)
    assert limit.drive == 0.3


def test_it_travels_as_json_and_in_files(tmp_path):
    patterns = random_patterns(2, 6, seed=1)
    cavity = MultimodeDicke.from_patterns(patterns, g=0.1, omega=1.0, loss=1.0, drive=0.01)
    with pytest.warns(RegimeWarning):
        of_cavity = HopfieldLimit.from_dicke(cavity)
    for limit in (HopfieldLimit(3, LAW, 0.2, [1.0, 2.0, 3.0]), HopfieldLimit(patterns, LAW), of_cavity):
        again = HopfieldLimit.from_json(limit.to_json())
        assert again.to_json() == limit.to_json()
        result = labelled_result(limit, LAW, {"energy": ((), np.array(1.0))})
        save(result, tmp_path / "limit.nc")
        assert model_of(load(tmp_path / "limit.nc")).to_json() == limit.to_json()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((0, LAW), "between 1 and 16"),
        ((17, LAW), "between 1 and 16"),
        ((2.0, LAW), "number of patterns"),
        ((True, LAW), "number of patterns"),
        ((2, 0.3), "rate_law"),
        ((2, Glauber), "rate_law"),
        ((2, LAW, -1.0), "drive"),
        ((2, LAW, 0.1, [1.0]), "strengths"),
        ((2, LAW, 0.1, 0.0), "strengths"),
    ],
)
def test_wrong_arguments_are_named(arguments, words):
    with pytest.raises(ArgumentError, match=words):
        HopfieldLimit(*arguments)


@pytest.mark.parametrize("law", [{}, 3, None, {"rate_law": 3}, {"rate_law": "Glauber", "speed": 1}, {"rate_law": "x"}])
def test_a_file_without_a_rate_law_is_refused(law):
    limit, network = HopfieldLimit(2, LAW), OpenHopfield([[0, 1], [1, 0]], LAW)
    for model in (limit, network):
        with pytest.raises(ArgumentError, match=r"(?i)rate.law"):
            type(model).from_dict(model.to_dict() | {"rate_law": law})


def test_what_is_no_cavity_is_refused_by_name():
    for other in (None, HopfieldLimit(2, LAW)):
        with pytest.raises(ArgumentError, match="`dicke` must be a `MultimodeDicke`"):
            HopfieldLimit.from_dicke(other)


@pytest.mark.parametrize(
    ("method", "given", "words"),
    [
        ("fields", [0.1, 0.2], "`overlaps` must have 3 numbers"),
        ("fields", 0.1, "`overlaps` must have 3 numbers"),
        ("means", [[0.1] * 4], "`overlaps` must have 3 numbers"),
        ("overlaps", [0.1, 0.2, 0.3], "`spins` must have 4 numbers"),
        ("overlaps", [0.1, 0.2, 0.3, np.nan], "`spins` must be finite"),
        ("means", "abc", "`overlaps` must hold real numbers"),
    ],
)
def test_numbers_of_the_wrong_length_are_refused(method, given, words):
    with pytest.raises(ArgumentError, match=words):
        getattr(HopfieldLimit(3, LAW), method)(given)


@pytest.mark.parametrize(
    "memory",
    [
        3,
        Patterns([[1, 1, -1, -1, 1], [1, -1, -1, 1, 1]]),
        Patterns([[1, 1, 1, 1, -1, 1, 1], [1, 1, 1, -1, 1, 1, 1], [1, -1, 1, 1, 1, 1, -1]]),
    ],
    ids=["random", "correlated", "three correlated"],
)
def test_means_have_the_overlaps_they_are_made_for(memory):
    limit = HopfieldLimit(memory, LAW, strengths=2.0)
    wanted = np.random.default_rng(3).uniform(-0.3, 0.3, (2, 5, limit.n_patterns))
    means = limit.means(wanted)
    assert means.shape == (2, 5, len(limit.columns))
    np.testing.assert_allclose(limit.overlaps(means), wanted, atol=1e-14)


def test_means_are_the_least_with_their_overlaps():
    """Class means without overlaps, added to them, only make the mean square larger."""
    limit = HopfieldLimit(Patterns([[1, 1, 1, 1, -1, 1], [1, 1, 1, -1, 1, 1], [1, -1, 1, 1, 1, -1]]), LAW)
    means = limit.means([0.2, -0.1, 0.3])
    none = np.linalg.svd(limit.columns.T * limit.weights)[2][limit.n_patterns :]
    assert len(none) > 0
    np.testing.assert_allclose((none * limit.weights) @ means, 0.0, atol=1e-15)


def test_only_one_overlap_of_equal_patterns_is_free():
    """The same pattern twice has one overlap; of unequal ones wished for, the mean is the nearest."""
    twice = HopfieldLimit(Patterns([[1, 1, -1, 1], [1, 1, -1, 1]]), LAW)
    np.testing.assert_allclose(twice.overlaps(twice.means([0.2, 0.4])), [0.3, 0.3], atol=1e-15)


def test_a_law_of_collective_jumps_is_refused():
    pair = MultimodeDicke(g=[[0.5], [0.5]], omega=1.0, loss=1.0, drive=0.01)
    with pytest.raises(ArgumentError, match="flip together"):
        HopfieldLimit(Patterns([[1, 1]]), CavityRates(pair, jumps="collective"))


def test_a_cavity_with_uneven_couplings_is_refused():
    patterns = random_patterns(2, 6, seed=1)
    uneven = MultimodeDicke.from_patterns(patterns, g=0.1, omega=1.0, loss=1.0, drive=0.01, disorder=0.1, seed=1)
    for cavity in (uneven, MultimodeDicke(g=[[0.1], [0.2]], omega=1.0, loss=1.0, drive=0.01)):
        with pytest.raises(ArgumentError, match="without disorder"):
            HopfieldLimit.from_dicke(cavity)
