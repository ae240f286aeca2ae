import string

import numpy as np
import pytest

from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.hopfield import (
    correlated_patterns,
    equal_up_to_sign,
    letters,
    load_patterns,
    random_patterns,
)
from cavity_hopfield.hopfield._glyphs import GLYPHS

ALPHABET = string.ascii_uppercase


def test_all_letters_are_distinct_up_to_the_global_sign():
    stored = letters(ALPHABET)
    alike = equal_up_to_sign(stored.values[:, None], stored.values[None])
    np.testing.assert_array_equal(alike, np.eye(26, dtype=bool))


@pytest.mark.parametrize("letter", ALPHABET)
def test_every_bitmap_is_seven_rows_of_five_dots_with_enough_ink(letter):
    rows = GLYPHS[letter].split()
    assert [len(row) for row in rows] == [5] * 7
    assert set("".join(rows)) == {"#", "."}
    ink = "".join(rows).count("#")
    assert 7 <= ink <= 28
    assert rows[0].count("#") >= 1
    assert rows[-1].count("#") >= 1


def test_bitmaps_are_kept_in_the_order_of_the_alphabet():
    assert "".join(GLYPHS) == ALPHABET


def test_mirror_symmetric_letters_are_drawn_symmetric():
    stored = letters("AHIMOTUVWXY")
    images = stored.image(stored.values)
    np.testing.assert_array_equal(images, images[..., ::-1])


def test_letters_have_their_names_their_shape_and_ink_up():
    stored = letters("cAj")
    assert stored.names == ("C", "A", "J")
    assert stored.shape == (7, 5)
    printed = "\n".join("".join("#" if dot > 0 else "." for dot in row) for row in stored.image(stored["A"]))
    assert printed.split() == GLYPHS["A"].split()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "`text` must hold at least one letter, but is ''"),
        (3, "`text` must hold at least one letter, but is 3"),
        ("ABA", "`text` must hold distinct letters, but 'A' repeats in 'ABA'.*remove the repetition"),
        ("Aa", "`text` must hold distinct letters, but 'A' repeats in 'Aa'"),
        ("A1", "`text` must hold only the letters A to Z, but holds '1' in 'A1'. Remove it"),
        ("Ä", "`text` must hold only the letters A to Z, but holds 'Ä'"),
        ("ß", "`text` must hold only the letters A to Z, but holds 'ß'"),
    ],
)
def test_bad_texts_are_refused(text, message):
    with pytest.raises(ArgumentError, match=message):
        letters(text)


@pytest.mark.parametrize("bias", [0.0, 0.3, -0.8])
def test_random_patterns_have_their_bias_and_no_correlations(bias):
    # 200 000 entries: sigma of their mean <= 0.0023, so a bias wrong by 0.02 would be seen.
    n_patterns, n_spins = 50, 4000
    values = random_patterns(n_patterns, n_spins, seed=17, bias=bias).values.astype(float)
    assert abs(values.mean() - bias) < 4.5 * np.sqrt((1 - bias**2) / values.size)
    # Overlaps of distinct patterns: mean b^2 and variance (1 - b^4) / N; the bound 5 is for 1225 pairs.
    pairs = np.triu_indices(n_patterns, k=1)
    overlaps = (values @ values.T / n_spins)[pairs]
    z = (overlaps - bias**2) / np.sqrt((1 - bias**4) / n_spins)
    assert np.abs(z).max() < 5
    # The spread itself: at zero bias the pairs are uncorrelated and the sum of z^2 has variance 2 per pair.
    if bias == 0:
        assert abs((z**2).mean() - 1) < 4.5 * np.sqrt(2 / z.size)


@pytest.mark.parametrize("correlation", [0.0, 0.25, 0.6, 0.95])
def test_correlated_patterns_have_the_expected_overlaps_and_no_bias(correlation):
    # N = 200 000: sigma <= 0.0023, so a correlation wrong by 0.02 would be seen, as would sqrt(c) or c^2.
    n_spins = 200_000
    stored = correlated_patterns(4, n_spins, correlation, seed=23)
    overlaps = stored.overlaps(stored.values)[np.triu_indices(4, k=1)]
    z = (overlaps - correlation) / np.sqrt((1 - correlation**2) / n_spins)
    assert np.abs(z).max() < 4.5
    means = stored.values.mean(axis=1) * np.sqrt(n_spins)
    assert np.abs(means).max() < 4.5


@pytest.mark.parametrize("draw", [random_patterns, lambda p, n, seed: correlated_patterns(p, n, 0.3, seed)])
def test_random_draws_repeat_with_a_seed_and_differ_between_seeds(draw):
    first = draw(3, 50, seed=4)
    np.testing.assert_array_equal(first.values, draw(3, 50, seed=4).values)
    np.testing.assert_array_equal(first.values, draw(3, 50, seed=np.random.default_rng(4)).values)
    assert (first.values != draw(3, 50, seed=5).values).any()
    assert first.values.shape == (3, 50)
    assert first.names == ("1", "2", "3")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: random_patterns(0, 5, 1), "`n_patterns` must be at least 1, but is 0"),
        (lambda: random_patterns(2, 5.0, 1), "`n_spins` must be a whole number, but is 5.0"),
        (lambda: random_patterns(2, 5, None), "`seed` must be a whole number.*but is None"),
        (lambda: random_patterns(2, 5, 1, bias=1.0), "`bias` must be less than 1, but is 1. At 1 all"),
        (lambda: random_patterns(2, 5, 1, bias=-1.0), "`bias` must be greater than -1, but is -1"),
        (lambda: correlated_patterns(2, 0, 0.5, 1), "`n_spins` must be at least 1, but is 0"),
        (lambda: correlated_patterns(2, 5, 1.0, 1), "`correlation` must be less than 1, but is 1. At 1 all"),
        (lambda: correlated_patterns(2, 5, -0.1, 1), "`correlation` must be at least 0, but is -0.1"),
        (lambda: correlated_patterns(2, 5, 0.5, None), "`seed` must be a whole number.*but is None"),
    ],
)
def test_bad_arguments_of_random_draws_are_refused(call, message):
    with pytest.raises(ArgumentError, match=message):
        call()


@pytest.mark.parametrize("dtype", [np.int8, np.int64, np.float64])
def test_npy_round_trip(tmp_path, dtype):
    values = random_patterns(3, 8, seed=1).values
    np.save(tmp_path / "stored.npy", values.astype(dtype))
    loaded = load_patterns(tmp_path / "stored.npy", names=("a", "b", "c"), shape=(2, 4))
    np.testing.assert_array_equal(loaded.values, values)
    assert (loaded.names, loaded.shape) == (("a", "b", "c"), (2, 4))


def test_npy_in_fortran_order_and_unsigned_path_text(tmp_path):
    values = random_patterns(3, 8, seed=1).values
    np.save(tmp_path / "stored.NPY.npy", np.asfortranarray(values))
    np.testing.assert_array_equal(load_patterns(str(tmp_path / "stored.NPY.npy")).values, values)


@pytest.mark.parametrize("text", ["1,-1,+1\n-1,1,1\n", "1.0, -1.0, 1.0\r\n-1,1,1", "\ufeff1,-1,1\n\n-1,1,1\n\n"])
def test_csv_variants_are_read(tmp_path, text):
    path = tmp_path / "stored.csv"
    path.write_text(text, encoding="utf-8", newline="")
    np.testing.assert_array_equal(load_patterns(path).values, [[1, -1, 1], [-1, 1, 1]])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1,-1\n1,0\n", "stored.csv' holds 0. Map 0/1 data with `2 \\* x - 1`"),
        ("1,-1\n1,nan\n", "stored.csv' holds nan"),
        ("1,-1\n1\n", "in '.*stored.csv' row 1 has 2 entries and row 2 has 1. Complete the rows"),
        ("a,b\n1,-1\n", "stored.csv' holds 'a' in line 1. Remove headers"),
        ("1,-1\n\n1,\n", "stored.csv' holds '' in line 3.*fill empty cells"),
        ("1;-1\n", "stored.csv' holds '1;-1' in line 1"),
        ("", r"stored.csv' holds an array of shape \(0, 0\). Store one pattern per row"),
        ("\n", r"stored.csv' holds an array of shape \(0, 0\)"),
    ],
)
def test_bad_csv_files_are_refused_by_name(tmp_path, text, message):
    path = tmp_path / "stored.csv"
    path.write_text(text)
    with pytest.raises(ArgumentError, match=message):
        load_patterns(path)


def test_csv_that_is_not_text_is_refused(tmp_path):
    path = tmp_path / "stored.csv"
    path.write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(ArgumentError, match=r"stored.csv' cannot be read: .*comma-separated text in UTF-8"):
        load_patterns(path)


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.array([[1, 0]]), "stored.npy' holds 0. Map 0/1"),
        (np.array([1, -1]), r"stored.npy' holds an array of shape \(2,\). Store one pattern per row"),
        (np.ones((0, 4)), r"stored.npy' holds an array of shape \(0, 4\)"),
        (np.array([["1", "-1"]]), "stored.npy' holds entries of type <U2. Save integers"),
        (np.array([[1 + 0j]]), "stored.npy' holds entries of type complex128"),
        (np.array([[True]]), "stored.npy' holds entries of type bool"),
        (np.array([[None]]), "stored.npy' cannot be read: Object arrays cannot be loaded"),
    ],
)
def test_bad_npy_files_are_refused_by_name(tmp_path, array, message):
    np.save(tmp_path / "stored.npy", array, allow_pickle=True)
    with pytest.raises(ArgumentError, match=message):
        load_patterns(tmp_path / "stored.npy")


@pytest.mark.parametrize("content", [b"", b"not an array", b"\x93NUMPY\x01\x00"])
def test_damaged_npy_files_are_refused_by_name(tmp_path, content):
    (tmp_path / "stored.npy").write_bytes(content)
    with pytest.raises(ArgumentError, match=r"stored.npy' cannot be read: .*Save the patterns with `numpy.save`"):
        load_patterns(tmp_path / "stored.npy")


def test_truncated_npy_file_is_refused(tmp_path):
    path = tmp_path / "stored.npy"
    np.save(path, np.ones((3, 4)))
    path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(ArgumentError, match=r"stored.npy' cannot be read"):
        load_patterns(path)


def test_archives_under_a_false_name_are_refused(tmp_path):
    with (tmp_path / "stored.npy").open("wb") as stream:
        np.savez(stream, values=np.ones((1, 2)))
    with pytest.raises(ArgumentError, match=r"stored.npy' cannot be read"):
        load_patterns(tmp_path / "stored.npy")


def test_missing_files_folders_and_other_types_are_refused(tmp_path):
    with pytest.raises(ArgumentError, match=r"there is no file '.*absent.csv'. Check the spelling"):
        load_patterns(tmp_path / "absent.csv")
    (tmp_path / "folder.npy").mkdir()
    with pytest.raises(ArgumentError, match=r"there is no file '.*folder.npy'"):
        load_patterns(tmp_path / "folder.npy")
    with pytest.raises(ArgumentError, match=r"must name a .npy or .csv file, but is 'cat.png'. Load images with"):
        load_patterns("cat.png")


def test_names_and_shape_of_a_file_are_checked(tmp_path):
    np.save(tmp_path / "stored.npy", np.ones((1, 4)))
    with pytest.raises(ArgumentError, match=r"`shape` must satisfy rows \* columns = N=4"):
        load_patterns(tmp_path / "stored.npy", shape=(3, 2))
    with pytest.raises(ArgumentError, match="`names` must hold one name for each of the 1 patterns"):
        load_patterns(tmp_path / "stored.npy", names=("a", "b"))
