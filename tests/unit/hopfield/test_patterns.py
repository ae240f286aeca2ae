import json
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.hopfield import Patterns, equal_up_to_sign, hebb, letters, random_patterns

SIGNS = st.sampled_from([-1, 1])
PATTERNS = hnp.arrays(np.int8, hnp.array_shapes(min_dims=2, max_dims=2, max_side=12), elements=SIGNS).map(Patterns)
SEEDS = st.integers(0, 2**32)


@pytest.fixture
def stored():
    return Patterns([[1, 1, -1, -1], [1, -1, 1, -1]], names=("rows", "columns"), shape=(2, 2))


def test_sizes_names_and_length(stored):
    assert (stored.n_patterns, stored.n_spins, len(stored)) == (2, 4, 2)
    assert stored.names == ("rows", "columns")
    assert stored.values.dtype == np.int8
    assert Patterns(np.ones((3, 2))).names == ("1", "2", "3")


def test_iteration_gives_every_pattern_once(stored):
    assert [row.tolist() for row in stored] == stored.values.tolist()


def test_values_are_a_read_only_copy():
    source = np.ones((2, 3))
    stored = Patterns(source)
    source[0, 0] = -1
    assert stored.values[0, 0] == 1
    with pytest.raises(ValueError, match="read-only"):
        stored.values[0, 0] = -1
    with pytest.raises(ValueError, match="read-only"):
        stored["1"][0] = -1


def test_fields_are_frozen_and_comparison_is_by_identity(stored):
    with pytest.raises(AttributeError):
        stored.names = ()
    assert stored == stored  # noqa: PLR0124
    assert stored != Patterns(stored.values, stored.names, stored.shape)
    assert hash(stored) == hash(stored)


def test_lookup_by_name_and_by_index_agree(stored):
    assert stored.index("columns") == stored.index(1) == stored.index(np.int64(1)) == 1
    np.testing.assert_array_equal(stored["columns"], [1, -1, 1, -1])
    np.testing.assert_array_equal(stored["columns"], stored[1])


def test_default_names_count_from_one_and_indices_from_zero():
    stored = Patterns([[1, 1], [1, -1]])
    assert stored.index("1") == stored.index(0) == 0


def test_repr_is_short(stored):
    assert repr(stored) == "Patterns(2 patterns of 4 spins: rows, columns; shape (2, 2))"
    assert repr(Patterns(np.ones((1, 1)))) == "Patterns(1 pattern of 1 spins: 1)"
    assert repr(Patterns(np.ones((90, 1)))).endswith("5, 6, ..., 90)")


@given(PATTERNS)
def test_overlap_of_a_pattern_with_itself_is_exactly_one(stored):
    overlaps = stored.overlaps(stored.values)
    assert (np.diag(overlaps) == 1).all()
    assert (np.abs(overlaps) <= 1).all()
    np.testing.assert_array_equal(overlaps, overlaps.T)


@given(PATTERNS, SEEDS)
def test_overlaps_of_real_spins_follow_the_definition(stored, seed):
    spins = np.random.default_rng(seed).uniform(-1, 1, (2, 3, stored.n_spins))
    result = stored.overlaps(spins)
    assert result.shape == (2, 3, stored.n_patterns)
    for place in np.ndindex(2, 3):
        for mu, pattern in enumerate(stored.values.tolist()):
            by_hand = sum(x * s for x, s in zip(pattern, spins[place], strict=True)) / stored.n_spins
            assert result[(*place, mu)] == pytest.approx(by_hand, abs=1e-14)


@given(PATTERNS, st.floats(0, 1), SEEDS, st.data())
def test_corruption_flips_exactly_the_rounded_number_of_spins(stored, flips, seed, data):
    pattern = data.draw(st.integers(0, stored.n_patterns - 1))
    configuration = stored.corrupted(pattern, flips, seed)
    count = round(flips * stored.n_spins)
    assert configuration.shape == (stored.n_spins,)
    assert configuration.dtype == np.int8
    assert set(configuration.tolist()) <= {-1, 1}
    assert int((configuration != stored[pattern]).sum()) == count
    overlap = stored.overlaps(configuration)[pattern]
    assert overlap == pytest.approx(1 - 2 * count / stored.n_spins, abs=1e-15)


def test_corruption_chooses_every_site_equally_often():
    # 20 000 draws of 3 sites out of 10: sigma = 0.0032, so a site favoured by 0.02 (7 %) would be seen.
    draws, sites, flips = 20_000, 10, 3
    stored = Patterns(np.ones((1, sites)))
    generator = np.random.default_rng(11)
    flipped = np.mean([stored.corrupted(0, flips / sites, generator) < 0 for _ in range(draws)], axis=0)
    z = (flipped - flips / sites) / np.sqrt(0.3 * 0.7 / draws)
    assert np.abs(z).max() < 4.5


def test_corruption_repeats_with_a_seed_and_goes_on_with_a_generator():
    stored = random_patterns(1, 200, seed=3)
    first = stored.corrupted(0, 0.5, seed=5)
    np.testing.assert_array_equal(first, stored.corrupted(0, 0.5, seed=5))
    np.testing.assert_array_equal(first, stored.corrupted(0, 0.5, seed=np.int64(5)))
    np.testing.assert_array_equal(first, stored.corrupted(0, 0.5, seed=np.random.SeedSequence(5)))
    generator = np.random.default_rng(5)
    np.testing.assert_array_equal(first, stored.corrupted(0, 0.5, seed=generator))
    assert (first != stored.corrupted(0, 0.5, seed=generator)).any()
    assert (first != stored.corrupted(0, 0.5, seed=6)).any()


def test_corruption_leaves_the_pattern_alone_and_can_be_written(stored):
    configuration = stored.corrupted("rows", 1.0, seed=1)
    np.testing.assert_array_equal(configuration, -stored["rows"])
    configuration[0] = 1
    np.testing.assert_array_equal(stored["rows"], [1, 1, -1, -1])


def test_image_has_rows_and_columns():
    stored = letters("L")
    image = stored.image(stored["L"])
    assert image.shape == (7, 5)
    assert (image[:, 0] == 1).all()
    assert (image[-1] == 1).all()
    assert (image[:-1, 1:] == -1).all()
    image[0, 0] = 0
    assert stored["L"][0] == 1


def test_image_keeps_expectation_values_and_leading_axes(stored):
    spins = np.linspace(-1, 1, 24).reshape(2, 3, 4)
    images = stored.image(spins)
    assert images.shape == (2, 3, 2, 2)
    np.testing.assert_array_equal(images[1, 2], spins[1, 2].reshape(2, 2))


@given(PATTERNS, SEEDS)
def test_equivalent_sets_have_the_same_couplings(stored, seed):
    signs = np.random.default_rng(seed).choice([-1, 1], size=(stored.n_patterns, 1))
    flipped = Patterns(stored.values * signs)
    assert stored.equivalent_to(flipped)
    assert flipped.equivalent_to(stored)
    np.testing.assert_array_equal(hebb(stored), hebb(flipped))


def test_sets_that_differ_are_not_equivalent(stored):
    assert not stored.equivalent_to(Patterns([[1, 1, -1, -1], [1, -1, 1, 1]]))
    assert not stored.equivalent_to(Patterns(stored.values[:1]))
    assert not stored.equivalent_to(Patterns(stored.values[:, :2]))
    assert not stored.equivalent_to(Patterns(stored.values[::-1]))


@given(PATTERNS)
def test_json_round_trip(stored):
    again = Patterns.from_dict(json.loads(json.dumps(stored.to_dict())))
    np.testing.assert_array_equal(again.values, stored.values)
    assert (again.names, again.shape) == (stored.names, stored.shape)


def test_json_round_trip_keeps_names_and_shape(stored):
    again = Patterns.from_dict(json.loads(json.dumps(stored.to_dict())))
    assert (again.names, again.shape) == (("rows", "columns"), (2, 2))
    assert stored.to_dict()["values"] == [[1, 1, -1, -1], [1, -1, 1, -1]]


def test_equal_up_to_sign_is_batched_and_broadcasts():
    a = np.array([[1, 1, -1], [-1, -1, 1], [1, 1, 1]])
    np.testing.assert_array_equal(equal_up_to_sign(a, a[0]), [True, True, False])
    table = equal_up_to_sign(a[:, None], a[None])
    assert table.shape == (3, 3)
    for i, j in np.ndindex(3, 3):
        assert bool(table[i, j]) == bool(equal_up_to_sign(a[i], a[j]))


def test_equal_up_to_sign_needs_one_sign_for_the_whole_configuration():
    assert not equal_up_to_sign([1, 1, 1], [1, -1, 1])
    assert equal_up_to_sign([0.5, -0.5], [-0.5, 0.5])
    assert not equal_up_to_sign([0.5, -0.5], [-0.5, 0.4])


BAD_PATTERNS = [
    ({"values": [[1, 0]]}, r"`values` must hold only -1 and \+1, but holds 0\. Map 0/1 data"),
    ({"values": [1, -1]}, r"`values` must have 2 dimensions, but has shape \(2,\)"),
    ({"values": [[1, np.nan]]}, r"`values` must be finite, but holds nan at index \(0, 1\)"),
    (
        {"values": np.ones((0, 3))},
        r"`values` must have shape \(P, N\).*but has shape \(0, 3\). Store at least",
    ),
    (
        {"values": [[1], [1]], "names": ("a",)},
        "one name for each of the 2 patterns, but holds 1. Leave it out",
    ),
    (
        {"values": [[1], [1]], "names": ("a", "a")},
        r"`names` must hold distinct.*entry 1 is 'a' in \('a', 'a'\)",
    ),
    ({"values": [[1]], "names": ("",)}, "`names` must hold distinct, non-empty texts, but entry 0 is ''"),
    ({"values": [[1]], "names": (3,)}, "`names` must hold distinct, non-empty texts, but entry 0 is 3"),
    (
        {"values": [[1], [1]], "names": "AB"},
        r"`names` must be a tuple of names, but is 'AB'. Write `\('A',\)`",
    ),
    ({"values": [[1]], "names": None}, "`names` must be a tuple of names, but is None"),
    ({"values": [[1, 1]], "shape": (2, 2)}, r"rows \* columns = N=2, but \(2, 2\) has 4 pixels. Correct it"),
    ({"values": [[1, 1]], "shape": (2,)}, r"`shape` must be \(rows, columns\), but is \(2,\)"),
    ({"values": [[1, 1]], "shape": (-1, -2)}, "`shape` must be at least 1, but is -1"),
    ({"values": [[1, 1]], "shape": (2.0, 1)}, "`shape` must be a whole number, but is 2.0"),
]


@pytest.mark.parametrize(("arguments", "text"), BAD_PATTERNS)
def test_bad_patterns_are_refused(arguments, text):
    with pytest.raises(ArgumentError, match=text):
        Patterns(**arguments)


@pytest.mark.parametrize("pattern", ["diagonals", 2, -1, True, 0.0, None])
def test_an_unknown_pattern_lists_the_names(stored, pattern):
    text = f"one of the names 'rows', 'columns' or an index from 0 to 1, but is {pattern!r}"
    with pytest.raises(ArgumentError, match=text):
        stored.index(pattern)
    with pytest.raises(ArgumentError, match=text):
        stored.corrupted(pattern, 0.5, seed=1)


BAD_CALLS = [
    (
        lambda p: p.corrupted(0, 1.5, seed=1),
        "`flips` must be a fraction from 0 to 1, but is 1.5. Divide.*N=4",
    ),
    (lambda p: p.corrupted(0, -0.1, seed=1), "`flips` must be at least 0, but is -0.1"),
    (lambda p: p.corrupted(0, np.nan, seed=1), "`flips` must be finite, but holds nan"),
    (lambda p: p.corrupted(0, 0.1, seed=None), "`seed` must be a whole number.*but is None. Give a seed"),
    (lambda p: p.corrupted(0, 0.1, seed=-1), "`seed` must be a whole number of at least 0.*but is -1"),
    (lambda p: p.corrupted(0, 0.1, seed=True), "`seed` must be a whole number.*but is True"),
    (lambda p: p.corrupted(0, 0.1, seed=0.5), "`seed` must be a whole number.*but is 0.5"),
    (
        lambda p: p.overlaps([1, 1, 1]),
        r"`configurations` must have N=4 spins.*has shape \(3,\). Put the spins last",
    ),
    (lambda p: p.overlaps(1.0), r"`configurations` must have N=4 spins.*has shape \(\)"),
    (lambda p: p.overlaps([np.inf, 1, 1, 1]), "`configurations` must be finite, but holds inf"),
    (lambda p: p.image([1, 1, 1]), r"`configuration` must have N=4 spins.*has shape \(3,\)"),
    (lambda p: Patterns(p.values).image(p["rows"]), "`shape` of the patterns must be.*but is None.*N=4"),
    (lambda p: p.equivalent_to(p.values), "`other` must be Patterns, but is a ndarray. Wrap it"),
    (lambda p: p.from_dict({"values": [[1]]}), r"keys \['names', 'shape', 'values'\], but is \['values'\]"),
    (lambda p: p.from_dict([1]), "`data` must be a dictionary.*but is list. Write it with"),
    (lambda p: p.from_dict({**p.to_dict(), "date": 1}), "`data` must be a dictionary.*'date'"),
    (lambda p: p.from_dict({**p.to_dict(), "values": [[1, 2]]}), "`values` must hold only -1 and"),
    (
        lambda _: equal_up_to_sign([1, 1], [1]),
        r"`b` must have shape.*`a` has shape \(2,\) and `b` has shape \(1,\)",
    ),
    (lambda _: equal_up_to_sign(np.ones((2, 3)), np.ones((4, 3))), r"`b` must have shape.*shape \(4, 3\)"),
    (lambda _: equal_up_to_sign(1, 1), r"`b` must have shape.*shape \(\)"),
]


@pytest.mark.parametrize(("call", "text"), BAD_CALLS)
def test_bad_arguments_are_refused(stored, call, text):
    with pytest.raises(ArgumentError, match=text) as caught:
        call(stored)
    positions = [str(caught.value).index(word) for word in ("Argument `", " must ", ", but ")]
    assert all(first < second for first, second in pairwise(positions))
