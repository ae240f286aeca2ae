import functools
import importlib
import json
import logging
import math
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

import numba
import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from cavity_hopfield import ArgumentError, Glauber, KineticMonteCarlo, MeanField, MultimodeDicke, OpenHopfield, Patterns
from cavity_hopfield.sweep import identity
from cavity_hopfield.sweep.code import source_of
from cavity_hopfield.sweep.grid import Grid
from cavity_hopfield.sweep.identity import described, package_digest

LOG = logging.getLogger("test")
COUPLING = 0.5


@dataclass
class Options:
    a: float
    b: str = "x"

    def doubled(self):
        return 2 * self.a


def text(value):
    return json.dumps(described(value), sort_keys=True)


def helped(x):
    return helper(x) + COUPLING


def helper(x):
    return x + 1


def recursive(n):
    LOG.debug("n = %d", n)
    return 1 if n == 0 else n * recursive(n - 1)


def scaled_by(factor):
    def scaled(x):
        return factor * x

    return scaled


def with_default(factor):
    def scaled(x, y=factor):
        return x * y

    return scaled


def made(source, name="f"):
    """A function whose source cannot be found."""
    space = {"__name__": "__main__"}
    exec(source, space)
    return space[name]


@given(st.floats(allow_nan=False), st.floats(allow_nan=False))
def test_numbers_are_told_to_the_last_bit(x, y):
    same = np.float64(x).tobytes() == np.float64(y).tobytes()
    for wrap in (float, np.float64, lambda v: [v], lambda v: np.array([v]), lambda v: {"a": (v,)}, scaled_by):
        assert (text(wrap(x)) == text(wrap(y))) is same


DIFFERENT = {
    "kinds of numbers": (1, 1.0, True, "1", None),
    "arrays": (np.ones(3), np.ones(3, int), np.ones((3, 1)), np.ones(2), np.array(["a"]), [1.0, 1.0, 1.0]),
    "large arrays": (np.zeros(5000), np.zeros(5000, np.float32), np.zeros((2, 2500)), np.eye(1, 5000)[0]),
    "complex": (1j, -1j, 1.0, np.array([1j])),
    "signs of zero": (0.0, -0.0),
    "mappings": ({"a": 1}, {"a": 2}, {"b": 1}, {1: 1}, {"1": 1}),
    "dataclasses": (Options(1.0), Options(2.0), Options(1.0, "y"), Patterns([[1, -1]]), Patterns([[1, 1]])),
    "theories": (MeanField(), MeanField(rtol=1e-5), KineticMonteCarlo(runs=1, seed=1)),
    "models": (
        MultimodeDicke(g=[[0.5]], omega=1.0, loss=0.6, drive=0.02),
        MultimodeDicke(g=[[0.5]], omega=1.0, loss=0.6, drive=np.nextafter(0.02, 1)),
        OpenHopfield([[0, 1], [1, 0]], Glauber(0.5)),
    ),
    "functions": (helped, helper, recursive, np.sin, np.cos, math.sin, len, MeanField, Options),
    "lambdas of one line": tuple(f for f in (lambda x: x, lambda x: 2 * x, lambda y: y, lambda x: x + 1)),
    "constants in a set": (lambda x: x in {1, 2}, lambda x: x in {1, 3}),
    "closures": (scaled_by(1), scaled_by(2), scaled_by(1.0), scaled_by(helper), with_default(1), with_default(2)),
    "bound": (
        functools.partial(helped, x=1),
        functools.partial(helped, x=2),
        functools.partial(helped, 1),
        Options(1.0).doubled,
        Options(2.0).doubled,
        "abc".upper if False else Options.doubled,
    ),
    "without source": (made("def f(x):\n return x"), made("def f(x):\n return 2 * x"), made("def f(y):\n return y")),
    "others": (Path("a"), Path("b"), {1, 2}, {1}, range(2), range(3), b"a", b"b", np.random.SeedSequence(1)),
    "labelled": (xr.DataArray([1.0]), xr.DataArray([2.0]), xr.DataArray([1.0], dims="x"), xr.Dataset({"a": 1})),
    "modules": (math, np, json),
}


@pytest.mark.parametrize("values", DIFFERENT.values(), ids=DIFFERENT)
def test_what_differs_is_told_apart_and_what_is_the_same_is_not(values):
    told = [text(value) for value in values]
    assert len(set(told)) == len(values)
    assert [text(value) for value in values] == told


def test_what_is_the_same_is_told_the_same():
    assert text(np.int64(3)) == text(3)
    assert text(np.array([1.0, 2.0])) == text(np.array([1.0, 2.0]))
    assert text(scaled_by(2)) == text(scaled_by(2))
    assert text(made("def f(x):\n return x + 1")) == text(made("def f(x):\n\n # more\n return x + 1"))
    assert text({"b": 1, "a": 2}) == text({"a": 2, "b": 1})
    assert text({"b", "a", "c", "d"}) == text({"d", "c", "b", "a"})


def test_compiled_and_cached_functions_are_what_they_were_made_of():
    def square(x):
        return x * x

    plain = described(square)
    for made_of in (numba.njit(square), functools.lru_cache(square)):
        assert described(made_of)["bytecode of Python " + ".".join(map(str, sys.version_info[:2]))] in plain.values()


def test_values_of_global_names_belong_to_a_function(monkeypatch):
    before = text(helped)
    monkeypatch.setitem(globals(), "COUPLING", 0.25)
    assert text(helped) != before
    monkeypatch.undo()
    assert text(helped) == before
    monkeypatch.setitem(globals(), "helper", lambda x: x + 2)
    assert text(helped) != before


def test_a_module_beside_the_script_is_told_by_its_source(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "beside_it.py").write_text("def g(x):\n    return x\n")
    module = importlib.import_module("beside_it")
    before = text(module)
    (tmp_path / "beside_it.py").write_text("def g(x):\n    return 2 * x\n")
    assert text(module) != before
    monkeypatch.delitem(sys.modules, "beside_it")


REFUSED = {
    "generator": np.random.default_rng(1),
    "lock": threading.Lock(),
    "object": object(),
    "closure": scaled_by(object()),
    "bound": functools.partial(helper, object()),
    "field": Options(object()),
    "array": np.array([object()]),
    "method of what is none": [].append,
}


@pytest.mark.parametrize("value", REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_told_apart_is_refused_with_the_remedy(value):
    with pytest.raises(ArgumentError, match=r"(?s)has no description.*make it inside the function"):
        described(value)


def test_the_place_of_what_is_refused_is_told():
    with pytest.raises(ArgumentError, match=r"`work: factor, which scaled uses,` is <object object"):
        described(scaled_by(object()))


def test_the_source_is_found_where_there_is_one():
    assert source_of(functools.partial(helper, 1)) == "def helper(x):\n    return x + 1\n"
    assert source_of(Options(1.0).doubled).strip().startswith("def doubled")
    assert source_of(made("def f(x):\n return x")) is None
    assert source_of(np.sin) is None


SET = "def f(x, y={'a', 'b', 'c'}):\n    return x in {'p', 'q', 'r', 's'}\n"


def test_descriptions_and_seeds_are_the_same_in_another_process():
    code = (
        "import json\nfrom cavity_hopfield.sweep.identity import described\n"
        f"from cavity_hopfield.sweep.grid import Grid\n{SET}"
        "print(json.dumps([described(f), Grid.of({'a': [0.1], 'b': ['x']}).axes.seed(5, 0)]))"
    )
    # another order of sets
    told = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": "1"}
    ).stdout
    assert json.loads(told) == [described(made(SET)), Grid.of({"b": ["x"], "a": [0.1]}).axes.seed(5, 0)]


def test_the_digest_is_that_of_all_sources(tmp_path, monkeypatch):
    package = tmp_path / "package"
    (package / "sweep").mkdir(parents=True)
    (package / "a.py").write_text("1")
    (package / "__pycache__").mkdir()
    monkeypatch.setattr(identity, "__file__", str(package / "sweep" / "identity.py"))
    found = [package_digest.__wrapped__()]
    (package / "__pycache__" / "a.pyc").write_text("not a source")
    found.append(package_digest.__wrapped__())
    (package / "a.py").write_text("2")
    found.append(package_digest.__wrapped__())
    (package / "a.py").rename(package / "b.py")
    found.append(package_digest.__wrapped__())
    (package / "table.csv").write_text("2")
    found.append(package_digest.__wrapped__())
    assert found[0] == found[1]
    assert len(set(found)) == 4
