import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from cavity_hopfield import ArgumentError, KineticMonteCarlo, MeanField
from cavity_hopfield.sweep.grid import Axis, Grid, derived_seed, key_of

PLAIN = st.one_of(
    st.floats(allow_nan=False), st.integers(-(2**62), 2**62), st.text(max_size=5), st.booleans(), st.none()
)


def seeds_of(grid, seed=7):
    made = Grid.of(grid)
    return {
        tuple(sorted(made.axes.labels(number).items())): made.axes.seed(seed, number)
        for number in range(made.axes.size)
    }


@pytest.mark.parametrize(
    "values",
    [
        [1.0, 2.5],
        (1.0, 2.5),
        np.array([1.0, 2.5]),
        xr.DataArray([1.0, 2.5], dims="anything"),
        [np.float64(1.0), np.float64(2.5)],
        [1, 2.5],
    ],
)
def test_an_axis_may_be_any_list_of_numbers(values):
    grid = Grid.of({"drive": values})
    assert grid.point(0) == {"drive": 1.0}
    assert type(grid.point(0)["drive"]) is float
    assert grid.axes.axes[0].labels.dtype == np.float64


def test_points_are_numbered_with_the_last_axis_fastest():
    grid = Grid.of({"a": range(2), "b": ["x", "y", "z"], "c": [True, False]})
    assert grid.axes.shape == (2, 3, 2)
    assert [grid.point(number) for number in (0, 1, 2, 11)] == [
        {"a": 0, "b": "x", "c": True},
        {"a": 0, "b": "x", "c": False},
        {"a": 0, "b": "y", "c": True},
        {"a": 1, "b": "z", "c": False},
    ]
    assert {type(value) for value in grid.point(0).values()} == {int, str, bool}


def test_name_and_unit_of_an_axis_are_kept():
    values = xr.DataArray([1.0], dims="x", attrs={"units": "kHz", "made_by": {"not": "plain"}})
    coordinate = Grid.of({"model.drive": values}).axes.axes[0].coordinate()
    assert coordinate.attrs == {"units": "kHz", "parameter": "model.drive"}


def test_a_dimension_is_the_last_part_where_that_is_unique():
    assert Grid.of({"model.drive": [1], "theory.runs": [2]}).axes.names == ("drive", "runs")
    assert Grid.of({"model.drive": [1], "theory.drive": [2]}).axes.names == ("model_drive", "theory_drive")


OBJECTS = {
    "theory": [MeanField(), KineticMonteCarlo(runs=1, seed=2)],
    "tolerance": [MeanField(rtol=1e-6), MeanField(rtol=1e-8)],
    "function": [np.sin, len],
    "choice": [None, 0.5],
    "starts": [[1, -1], [1, 1]],
    "named": {"first": np.ones(3), "second": np.zeros(3)},
}


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("theory", ["MeanField", "KineticMonteCarlo"]),
        ("tolerance", ["MeanField(rtol=1e-06)", "MeanField(rtol=1e-08)"]),
        ("function", ["sin", "len"]),
        ("choice", ["None", "0.5"]),
        ("starts", ["[1, -1]", "[1, 1]"]),
        ("named", ["first", "second"]),
    ],
)
def test_objects_have_short_labels_and_come_as_they_are(name, labels):
    grid = Grid.of({name: OBJECTS[name]})
    assert grid.axes.axes[0].labels.tolist() == labels
    values = OBJECTS[name].values() if isinstance(OBJECTS[name], dict) else OBJECTS[name]
    assert all(grid.point(k)[name] is value for k, value in enumerate(values))


@pytest.mark.parametrize(
    ("grid", "text"),
    [
        ({}, "must map each axis"),
        ([1, 2], "must map each axis"),
        ({"a": []}, "has none"),
        ({"a": np.zeros((2, 0))}, "one dimension"),
        ({"a": np.zeros((2, 2))}, "one dimension"),
        ({"a": 1.0}, r"Write \[value\]"),
        ({"a": "text"}, r"Write \[value\]"),
        ({"a": [1, 2, 1]}, "has 1 at 0 and at 2"),
        ({"a": [0.0, -0.0]}, "different values"),
        ({"a": [MeanField(), MeanField()]}, "different values"),
        ({"a": [MeanField(), "MeanField"]}, "different values"),
        ({"a": [float("nan")]}, "NaN"),
        ({"a": [1j]}, "two axes"),
        ({"a": [2**70]}, "64 bits"),
        ({"a": [object()]}, "has no description"),
        ({"a": [np.ones(40), np.zeros(40)]}, "mapping of labels"),
        ({"a": {1: 2.0}}, "by texts"),
        ({"a b": [1]}, "names of parameters"),
        ({1: [1]}, "names of parameters"),
        ({"x.a_b": [1], "a.b": [1], "y.b": [2]}, "a name of its own"),
        ({"status": [1]}, "stands for something else"),
        ({"replica": 0}, "at least 1"),
        ({"replica": [-1]}, "at least 0"),
        ({"replica": [0.5]}, "whole number"),
    ],
)
def test_a_grid_that_is_none_is_told(grid, text):
    with pytest.raises(ArgumentError, match=text):
        Grid.of(grid)


def test_a_label_may_be_looked_up_in_the_description():
    for values in ([0.1, 1 / 3, float("inf")], [1, 2], ["a", "b"], [True], OBJECTS["theory"], OBJECTS["named"]):
        axis = Grid.of({"model.x": values}).axes.axes[0]
        again = Axis.from_description(axis.describe())
        assert again.labels.tolist() == axis.labels.tolist()
        assert again.labels.dtype == axis.labels.dtype
        assert [key_of(told) for told in again.told] == [key_of(told) for told in axis.told]


# Seeds


@given(
    st.lists(st.floats(allow_nan=False), min_size=1, max_size=4, unique=True),
    st.lists(st.integers(-5, 5), min_size=1, max_size=4, unique=True),
    st.randoms(use_true_random=False),
)
def test_a_point_has_the_same_seed_in_any_grid(drives, counts, random):
    whole = seeds_of({"drive": drives, "count": counts, "replica": 2})
    chosen = random.choice(drives)
    part = seeds_of({"replica": [1], "count": counts[::-1], "drive": [chosen]})
    assert part == {point: whole[point] for point in part}
    assert len(set(whole.values())) == len(whole)


@given(PLAIN, PLAIN)
def test_keys_tell_values_apart_and_equal_numbers_are_one(one, other):
    numbers = [isinstance(value, (int, float)) and not isinstance(value, bool) for value in (one, other)]
    same = one == other if all(numbers) else type(one) is type(other) and one == other
    assert (key_of(one) == key_of(other)) is same


def test_neighbouring_numbers_have_seeds_of_their_own():
    x = 0.1
    seeds = seeds_of({"drive": [x, np.nextafter(x, 1), 1e-300, 5e-324, 0.0]})
    assert len(set(seeds.values())) == 5
    assert seeds_of({"drive": [1, 2]}) == seeds_of({"drive": np.array([1, 2])})
    one, true, text = (next(iter(seeds_of({"a": [value]}).values())) for value in (1, True, "1"))
    assert len({one, true, text}) == 3
    assert derived_seed(1, {"a": "x"}) != derived_seed(2, {"a": "x"})
    assert derived_seed(1, {"a": "x"}) != derived_seed(1, {"b": "x"})


def test_seeds_have_63_bits():
    seeds = list(seeds_of({"drive": np.linspace(0, 1, 200)}).values())
    assert min(seeds) >= 0
    assert 2**62 < max(seeds) < 2**63
