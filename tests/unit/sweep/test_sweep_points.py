import warnings

import cloudpickle
import numpy as np
import pytest
import xarray as xr

from cavity_hopfield import ArgumentError, RegimeWarning
from cavity_hopfield.sweep.packing import misfit, packed, structure, unpacked
from cavity_hopfield.sweep.points import Failure, run_point
from cavity_hopfield.sweep.results import as_dataset

LABELS = {"drive": 0.5, "name": "x"}


def point(work, seed=None, threads=1, **values):
    return run_point(cloudpickle.dumps(work), cloudpickle.dumps(values), LABELS, seed, threads)


ARRAY = xr.DataArray([1.0, 2.0], dims="pattern", coords={"pattern": ["A", "B"]}, attrs={"units": "1"}, name="overlap")
RESULTS = {
    "number": (1.5, {"value": ((), 1.5)}),
    "whole": (3, {"value": ((), 3)}),
    "complex": (1j, {"value": ((), 1j)}),
    "bool": (True, {"value": ((), True)}),
    "text": ("broken", {"value": ((), "broken")}),
    "numpy": (np.float32(1.5), {"value": ((), np.float32(1.5))}),
    "scalar array": (np.array(2.5), {"value": ((), 2.5)}),
    "array with a name": (ARRAY, {"overlap": (("pattern",), [1.0, 2.0])}),
    "dataset": (ARRAY.to_dataset(), {"overlap": (("pattern",), [1.0, 2.0])}),
    "mapping": (
        {"a": 1, "b": ("time", np.arange(3)), "c": ARRAY, "d": (("x", "y"), [["p", "qq"]]), "e": [0][0]},
        {"a": ((), 1), "b": (("time",), [0, 1, 2]), "c": (("pattern",), [1.0, 2.0]), "d": (("x", "y"), [["p", "qq"]])},
    ),
    "objects that are texts": ({"a": ("x", np.array(["p", "qq"], object))}, {"a": (("x",), ["p", "qq"])}),
    "other byte order": ({"a": ("x", np.arange(3, dtype=">i4"))}, {"a": (("x",), np.arange(3, dtype="i4"))}),
    "own axis": (ARRAY.expand_dims(drive=[0.5]), {"overlap": (("pattern",), [1.0, 2.0])}),
    "own coordinate": (ARRAY.assign_coords(name="x", drive=0.5), {"overlap": (("pattern",), [1.0, 2.0])}),
}


@pytest.mark.parametrize(("result", "wanted"), RESULTS.values(), ids=RESULTS)
def test_results_of_every_form_become_variables(result, wanted):
    found = unpacked(packed(as_dataset(result, LABELS), []))
    for name, (dims, values) in wanted.items():
        assert found.variables[name].dims == dims
        np.testing.assert_array_equal(found.variables[name].values, values)
        assert found.variables[name].dtype.kind == np.asarray(values).dtype.kind
        assert found.variables[name].dtype.isnative
    assert not {"drive", "name"} & {*found.variables, *found.coordinates}


WRONG = {
    "array without dims": (np.ones(3), "Return a number"),
    "array in a mapping": ({"a": np.ones(3)}, "'a' as an array of shape"),
    "list": ({"a": [1, 2]}, "'a' as list"),
    "nothing": (None, "as NoneType"),
    "tuple": ((1, 2), "no \\(dims, values\\)"),
    "array without a name": (ARRAY.rename(None), "without a name"),
    "keys": ({1: 2}, "no texts"),
    "objects": ({"a": ("x", np.array([{}, []], object))}, "values of object"),
    "dates": ({"a": np.datetime64("2020-01-01")}, "'a'"),
    "half numbers": (np.float16(1), "float16"),
    "axis of other length": (ARRAY.expand_dims(drive=[0.5, 0.6]), "an axis of the sweep, but not with its value 0.5"),
    "axis of other value": (ARRAY.expand_dims(drive=[0.6]), "not with its value 0.5"),
    "axis without value": (ARRAY.expand_dims("drive"), "not with its value 0.5"),
    "coordinate of other value": (ARRAY.assign_coords(drive=0.6), "a coordinate 'drive' of 0.6"),
    "variable like an axis": ({"drive": 1.0}, "'drive', which is an axis"),
    "variable of ours": ({"status": 1.0}, "'status', which is a variable"),
    "unfitting": ({"a": ARRAY, "b": ARRAY.assign_coords(pattern=["A", "C"])}, "do not fit"),
    "tree": (xr.DataTree.from_dict({"/": ARRAY.to_dataset()}), "a tree"),
}


@pytest.mark.parametrize(("result", "text"), WRONG.values(), ids=WRONG)
def test_a_result_of_no_use_is_told_in_words(result, text):
    with pytest.raises(ArgumentError, match=text):
        as_dataset(result, LABELS)
    failure = point(lambda: result)
    assert isinstance(failure, Failure)
    assert failure.in_words().startswith("ArgumentError: The point gives")


def test_several_levels_of_an_index_are_told():
    stacked = xr.Dataset({"a": (("x", "y"), np.ones((2, 2)))}, {"x": [1, 2], "y": [1, 2]}).stack(z=("x", "y"))
    with pytest.raises(ArgumentError, match=r"reset_index|values of object"):
        packed(as_dataset(stacked, {}), [])


def test_a_packed_dataset_comes_back_to_the_bit():
    values = np.array([0.1, -0.0, np.nan, np.inf, 5e-324])
    attrs = {"text": "ü", "f": 0.1, "n": 3, "b": True, "l": [1, 2], "a": np.array([1.5, 2.5]), "u": np.uint8(3)}
    given = xr.Dataset(
        {"v": ("x", values, attrs), "c": ((), 1j), "e": (("x", "y"), np.empty((5, 0))), "s": ("x", list("abcde"))},
        {"x": ("x", np.arange(5), attrs), "t": 2.5},
        attrs,
    )
    back = unpacked(packed(given, ["one", "two"]))
    assert back.warnings == ("one", "two")
    for name in given.variables:
        held = {**back.variables, **back.coordinates}[name]
        assert held.values.tobytes() == given[name].values.tobytes()
        assert (held.dims, held.shape, held.dtype) == (given[name].dims, given[name].shape, given[name].dtype)
    for told in (back.attrs, back.variables["v"].attrs, back.coordinates["x"].attrs):
        assert {k: v for k, v in told.items() if k not in {"a", "b"}} == {
            "text": "ü", "f": 0.1, "n": 3, "l": [1, 2], "u": 3,
        }  # fmt: skip
        assert told["b"] is True
        assert told["a"].tolist() == [1.5, 2.5]


def test_attributes_that_no_file_holds_are_named():
    given = xr.Dataset({"v": ((), 1.0, {"f": len})}, attrs={"none": None, "map": {"a": 1}, "mixed": [1, "a"]})
    back = unpacked(packed(given, []))
    assert (back.attrs, back.variables["v"].attrs) == ({}, {})
    assert set(back.left) == {"none", "map", "mixed", "v.f"}


# What must be the same at every point

BASE = {"a": ("x", np.ones(2)), "s": "text"}
MISFITS = {
    "less": ({"a": ("x", np.ones(2))}, "no variable s, which other points give"),
    "more": ({**BASE, "b": 1}, "the variable b, which other points do not give"),
    "size": ({**BASE, "a": ("x", np.ones(3))}, r"variable a has sizes \[3\] at this point, but \[2\] at others"),
    "dimension": ({**BASE, "a": ("y", np.ones(2))}, r"dimensions \['y'\]"),
    "kind": ({**BASE, "a": ("x", np.ones(2, int))}, r"kind int64 at this point, but float64 at others.*float\("),
    "coordinate": ({"a": xr.DataArray([1.0, 1], {"x": [1, 2]}), "s": ""}, "coordinate x, which other points do not"),
}


@pytest.mark.parametrize(("other", "text"), MISFITS.values(), ids=MISFITS)
def test_another_structure_is_told_in_words(other, text):
    one, two = (structure(unpacked(packed(as_dataset(given, {}), []))) for given in (BASE, other))
    assert misfit(one, one) == ""
    with pytest.raises(LookupError, match=text):
        raise LookupError(misfit(two, one))


def test_other_coordinates_are_a_misfit_but_not_other_texts_or_single_coordinates():
    def of(values, label, x):
        array = xr.DataArray(values, {"x": ("x", x), "t": label}, dims="x", name="v")
        return structure(unpacked(packed(as_dataset(array, {}), [])))

    base = of([1.0, 2.0], 0.5, ["a", "b"])
    assert misfit(of([3.0, 4.0], 0.6, ["a", "b"]), base) == ""
    assert "other values at this point" in misfit(of([1.0, 2.0], 0.5, ["a", "cc"]), base)
    assert structure(unpacked(packed(as_dataset({"s": "a"}, {}), []))) == structure(
        unpacked(packed(as_dataset({"s": "abc"}, {}), []))
    )


# One point


def nested():
    try:
        {}["inner"]
    except KeyError as error:
        raise ValueError("outer\nof two lines") from error


def test_a_failure_tells_the_calls_from_the_work_on():
    words = point(nested).in_words()
    assert words.startswith("Traceback (most recent call last):\n  File")
    assert words.endswith("ValueError: outer\nof two lines")
    assert "KeyError: 'inner'" in words
    assert "direct cause" in words
    assert '{}["inner"]' in words
    assert "run_point" not in words
    assert "run_work" not in words


@pytest.mark.parametrize("error", [SystemExit(3), MemoryError(), AssertionError("x"), RecursionError()])
def test_whatever_a_point_raises_is_its_own_failure(error):
    def work():
        raise error

    failure = point(work)
    assert failure.kind == type(error).__name__
    assert ("memory_per_worker" in failure.message) is isinstance(error, MemoryError)


def test_an_interrupt_is_no_failure_of_the_point():
    def work():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        point(work)


def test_a_failure_of_the_packing_is_one_of_the_point():
    assert run_point(b"no pickle", b"", {}, None, 1).kind == "UnpicklingError"
    assert point(lambda: 1, seed=1).kind == "TypeError"


def test_warnings_are_collected_once_each_and_not_those_of_the_code():
    def work():
        for _ in range(3):
            warnings.warn("r = 0.5", RegimeWarning, stacklevel=1)
        warnings.warn("other", UserWarning, stacklevel=1)
        warnings.warn("old", DeprecationWarning, stacklevel=1)
        return float(np.float64(1) / np.array(0.0))

    assert unpacked(point(work)).warnings == (
        "RegimeWarning: r = 0.5",
        "UserWarning: other",
        "RuntimeWarning: divide by zero encountered in divide",
    )


def test_every_point_finds_the_work_as_it_was():
    calls = []

    def work(x):
        calls.append(x)
        return len(calls)

    for x in range(3):
        assert unpacked(point(work, x=x)).variables["value"].item() == 1
    assert calls == []


def test_seed_and_threads_reach_the_work():
    import numba  # noqa: PLC0415
    import threadpoolctl  # noqa: PLC0415

    def work(seed):
        info = threadpoolctl.threadpool_info()
        return {"drawn": seed, "threads": max(e["num_threads"] for e in info), "numba": numba.get_num_threads()}

    found = unpacked(point(work, seed=5)).variables
    assert [found[name].item() for name in ("drawn", "threads", "numba")] == [5, 1, 1]


def test_a_point_may_be_a_sweep():
    def work():
        from cavity_hopfield.sweep import sweep  # noqa: PLC0415

        return sweep(lambda y: 2 * y, {"y": [1, 2]}, executor="serial").drop_vars("status")

    assert unpacked(point(work)).variables["value"].values.tolist() == [2, 4]
