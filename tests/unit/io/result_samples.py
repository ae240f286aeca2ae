"""Results that hold one of each kind that files hold, and comparing them to the last bit."""

import numpy as np
import pytest
import xarray as xr

both_formats = pytest.mark.parametrize("suffix", [".nc", ".zarr"])


def _everything():
    """A dataset with every kind of variable, coordinate and attribute."""
    few = ("few",)
    data = {
        "table": (("few", "letter"), np.random.default_rng(1).random((3, 4)), {"units": "s", "vector": [1, 2]}),
        "text": (few, ["a", "", "\N{GREEK SMALL LETTER OMEGA} \N{GRINNING FACE}"]),
        "object": (few, np.array(["x", "yy", ""], dtype=object)),
        "empty": ("none", np.array([], dtype="<U1")),
        "word": ((), "word"),
        "truth": (few, [True, False, True]),
        "flag": (few, np.array([0, 1, 0], np.int8), {"flag_values": np.array([0, 1], np.int8), "flag_meanings": "n y"}),
        "lone_flag": ("one", [2.0], {"flag_values": np.array([2.0])}),
        "zeros": (few, np.zeros(3)),
        "unsigned": (few, np.array([2**64 - 1, 0, 1], np.uint64)),
        "smallest": (few, np.array([-(2**63), 0, 1])),
        "float32": (few, np.array([1, np.nan, -np.inf], np.float32)),
        "big_endian": (few, np.array([1, np.nan, 3], ">f4")),
        "complex": (few, np.array([1 + 2j, complex(np.nan, -0.0), 3])),
        "complex_number": ((), np.complex64(1 - 2j)),
        "days": (few, [1.0, 2.0, 3.0], {"units": "days"}),
        "since": (few, [1.0, 2.0, 3.0], {"units": "days since 2000-01-01"}),
    }
    coordinates = {
        "few": np.array([1.0, 2.0, 3.0], np.float32),
        "letter": ["x", "yy", "zzz", "w"],
        "beside": ("letter", ["p", "q", "r", "s"]),
        "plane": (("few", "letter"), np.ones((3, 4), np.int16)),
        "number": 3,
    }
    attributes = {
        "long": 70_000 * "x",
        "number": 3,
        "float": np.float32(1.5),
        "nan": float("nan"),
        "infinite": -np.inf,
        "yes": True,
        "no": np.False_,
        "nothing": None,
        "large": 2**100,
        "complex": 1 + 2j,
        "no_text": "",
        "nul": "a\0b",
        "surrogate": "\ud800",
        "texts": ["a", "b"],
        "whole": np.array([1, 2], np.int8),
        "mixed": [1, 2.5],
        "one": ["a"],
        "one_number": [1.0],
        "no_numbers": [],
        "nested": [[1, 2], [3, 4]],
        "mapping": {"a": [1, 2.5, None], "b": {"c": "d"}},
    }
    return xr.Dataset(data, coordinates, attributes)


EVERYTHING = _everything()
OLDER, NEWER = (xr.Dataset({"x": ("t", np.arange(4.0) + k)}, attrs={"which": k}) for k in (0, 1))
"""A result, and another by which it is replaced."""


def files_of(path):
    """The bytes of a file, or of each in a folder."""
    if path.is_file():
        return path.read_bytes()
    return {str(part.relative_to(path)): part.read_bytes() for part in sorted(path.rglob("*")) if part.is_file()}


def same_bits(one, other):
    """Whether two trees have the same groups, variables, types, bytes and attributes."""
    assert set(one.groups) == set(other.groups)
    for place in one.groups:
        here, there = one[place].to_dataset(), other[place].to_dataset()
        assert set(here.variables) == set(there.variables)
        assert set(here.coords) == set(there.coords)
        assert told(here) == told(there)
        for name in here.variables:
            a, b = here[name].variable, there[name].variable
            assert (name, a.dims, a.dtype, told(a)) == (name, b.dims, b.dtype, told(b))
            assert a.values.tobytes() == b.values.tobytes()


def told(owner):
    return {name: (type(value), repr(value), getattr(value, "dtype", None)) for name, value in owner.attrs.items()}
