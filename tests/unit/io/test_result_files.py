import json
import os
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
import xarray as xr
from result_samples import EVERYTHING, OLDER, both_formats, files_of, same_bits

from cavity_hopfield import (
    ArgumentError,
    CavityRates,
    Glauber,
    KineticMonteCarlo,
    MeanField,
    MultimodeDicke,
    OpenHopfield,
    Patterns,
    ResultFileError,
    load,
    model_of,
    save,
)
from cavity_hopfield.io import netcdf_files, provenance

FIRST = Path(__file__).parents[2] / "reference" / "schema1"
STORED = Patterns([[1, 1, -1], [1, -1, 1]], names=("one", "two"))
DICKE = MultimodeDicke.from_patterns(STORED, [1 / 3, 0.7], [1.0, 1.3], 1.0, 0.2, drive=0.01, disorder=0.3, seed=1)
CAVITY = OpenHopfield(DICKE.ising_couplings(), CavityRates(DICKE), patterns=STORED)
RESULTS = {
    "mean field": lambda: MeanField(atoms_per_spin=1e6).evolve(DICKE, [1, 1, -1], [0.0, 1.0]),
    "Monte Carlo, cavity": lambda: KineticMonteCarlo(runs=2, seed=1).evolve(CAVITY, [1, 1, -1], [0.0, 1.0]),
    "Monte Carlo, Glauber": lambda: KineticMonteCarlo(runs=2, seed=2**90).evolve(
        OpenHopfield(STORED, Glauber(1 / 3)), [1, 1, -1], [0.0, 1.0]
    ),
}
MADE = {"schema", "command", "python", "platform"}


@pytest.fixture(autouse=True)
def quick_disk(monkeypatch):
    """Nothing waits for the disk; what is written is there all the same."""
    monkeypatch.setattr(os, "fsync", lambda _: None)


@pytest.mark.parametrize("name", RESULTS)
def test_a_result_and_its_model_survive_both_formats(name, tmp_path):
    result = RESULTS[name]()
    for suffix in (".nc", ".zarr"):
        path = tmp_path / f"r{suffix}"
        assert save(result, path) == path
        again = load(path)
        assert set(again.attrs) - set(result.attrs) == MADE
        without = again.to_dataset().drop_attrs(deep=False).assign_attrs({k: again.attrs[k] for k in result.attrs})
        xr.testing.assert_identical(without, result)
        assert model_of(again).to_json() == result.attrs["model"]


@both_formats
def test_a_cavity_comes_back_to_the_last_bit(suffix, tmp_path):
    result = xr.Dataset(attrs={"model": DICKE.to_json()})
    model = model_of(load(save(result, tmp_path / f"r{suffix}")))
    for name in ("g", "omega", "loss", "gain"):
        assert getattr(model, name).tobytes() == getattr(DICKE, name).tobytes()
    assert model.drive == DICKE.drive
    assert model.memory.values.tolist() == STORED.values.tolist()
    assert model.memory.names == ("one", "two")


@both_formats
def test_a_network_with_the_rates_of_a_cavity_comes_back_to_the_last_bit(suffix, tmp_path):
    result = xr.Dataset(attrs={"model": CAVITY.to_json()})
    model = model_of(load(save(result, tmp_path / f"r{suffix}")))
    assert model.couplings.tobytes() == CAVITY.couplings.tobytes()
    assert model.rates([1, -1, 1]).tobytes() == CAVITY.rates([1, -1, 1]).tobytes()
    assert model.patterns.names == ("one", "two")


@both_formats
def test_a_model_larger_than_an_hdf5_attribute_survives(suffix, tmp_path):
    model = MultimodeDicke(np.random.default_rng(1).normal(size=(2000, 3)), 1.0, 1.0)
    result = xr.Dataset(attrs={"model": model.to_json()})
    assert len(result.attrs["model"]) > 65_536
    assert model_of(load(save(result, tmp_path / f"large{suffix}"))).g.tobytes() == model.g.tobytes()


@both_formats
def test_every_kind_of_value_comes_back(suffix, tmp_path):
    """Bits and types of arrays; kinds of attributes."""
    again = load(save(EVERYTHING, tmp_path / f"r{suffix}")).dataset
    for name, given in EVERYTHING.variables.items():
        found = again[name].variable
        kind = {"object": np.dtype("<U2"), "big_endian": np.dtype(np.float32)}.get(name, given.dtype)
        assert (name, found.dims, found.dtype) == (name, given.dims, kind)
        assert found.values.tobytes() == np.ascontiguousarray(given.values.astype(kind)).tobytes()
        assert found.attrs.keys() == given.attrs.keys()
    assert set(again.coords) == set(EVERYTHING.coords)
    assert set(again.indexes) == set(EVERYTHING.indexes)
    assert again["flag"].attrs["flag_values"].dtype == np.int8
    assert again["lone_flag"].attrs["flag_values"].tolist() == [2.0]
    attributes = {name: again.attrs[name] for name in EVERYTHING.attrs}
    assert np.isnan(attributes.pop("nan"))
    for name, value in attributes.items():
        given = EVERYTHING.attrs[name]
        given = given.tolist() if isinstance(given, (np.ndarray, np.generic)) else given
        told = value.tolist() if isinstance(value, np.ndarray) else value
        assert (name, type(told), told) == (name, type(given), given)


def test_both_formats_load_to_the_same_bits(tmp_path):
    tree = xr.DataTree.from_dict({"/": EVERYTHING, "/deep/er": EVERYTHING[["table", "complex"]]})
    netcdf, zarr = load(save(tree, tmp_path / "r.nc")), load(save(tree, tmp_path / "r.zarr"))
    same_bits(netcdf, zarr)
    same_bits(netcdf, load(save(netcdf, tmp_path / "again.zarr")))
    same_bits(load(save(zarr["deep"], tmp_path / "part.nc")), load(save(zarr["deep"], tmp_path / "part.zarr")))


@both_formats
def test_the_same_result_saved_twice_has_the_same_bytes(suffix, tmp_path):
    tree = xr.DataTree.from_dict({"/": EVERYTHING, "/deep/er": EVERYTHING[["table", "complex"]]})
    first = files_of(save(tree, tmp_path / f"one{suffix}"))
    assert files_of(save(tree, tmp_path / f"two{suffix}")) == first
    assert files_of(save(load(tmp_path / f"two{suffix}"), tmp_path / f"three{suffix}")) == first


@both_formats
def test_a_tree_of_results_survives(suffix, tmp_path):
    result = xr.Dataset({"x": ("t", [1.0])}, {"t": [2.0]}, {"model": DICKE.to_json()})
    again = load(save(xr.DataTree.from_dict({"/low": result, "/high": result}), tmp_path / f"tree{suffix}"))
    xr.testing.assert_identical(again["high"].to_dataset(), result)
    with pytest.raises(ResultFileError, match="no model in its attribute `model`; look one group deeper"):
        model_of(again)
    assert model_of(again["low"]).to_json() == DICKE.to_json()


@both_formats
def test_a_part_of_a_tree_is_saved_with_the_coordinates_that_it_inherits(suffix, tmp_path):
    tree = xr.DataTree.from_dict(
        {"/": xr.Dataset(coords={"t": [1.0, 2.0]}), "/a": xr.Dataset({"x": ("t", [3.0, 4.0])})}
    )
    assert load(save(tree["a"], tmp_path / f"part{suffix}"))["x"].sel(t=2.0) == 4.0
    assert load(save(tree, tmp_path / f"whole{suffix}"))["a/x"].sel(t=2.0) == 4.0


def test_any_reader_of_netcdf_finds_the_numbers(tmp_path):
    with h5py.File(save(EVERYTHING, tmp_path / "r.nc")) as file:
        assert file["table"][()].tobytes() == EVERYTHING["table"].values.tobytes()
        assert file["complex"][()].tolist()[0] == [1.0, 2.0]
        assert file["text"].asstr()[0] == "a"
        assert json.loads(file.attrs["mapping"]) == EVERYTHING.attrs["mapping"]
        assert "_FillValue" not in file["table"].attrs


def test_any_reader_of_zarr_finds_the_numbers(tmp_path):
    with xr.open_zarr(save(EVERYTHING, tmp_path / "r.zarr"), chunks=None, decode_times=False) as found:
        assert found["table"].values.tobytes() == EVERYTHING["table"].values.tobytes()
        assert found["table"].dims == ("few", "letter")
        assert found["complex"].values[0].tolist() == [1.0, 2.0]
        assert set(found.coords) == set(EVERYTHING.coords)
        assert json.loads(found.attrs["mapping"]) == EVERYTHING.attrs["mapping"]


def test_files_are_read_as_xarray_reads_them(tmp_path):
    """Groups, variables in their order, types and attributes; but for the types of texts that nobody needs."""
    tree = xr.DataTree.from_dict({"/": EVERYTHING, "/deep/er": EVERYTHING[["truth", "table", "complex"]]})
    for path in (save(tree, tmp_path / "r.nc"), FIRST / "study.nc"):
        ours = netcdf_files.read_netcdf(path)
        theirs = xr.open_groups(path, engine="h5netcdf", mask_and_scale=False, decode_times=False)
        assert list(ours) == list(theirs)
        for place, group in theirs.items():
            with group:
                xr.testing.assert_identical(ours[place], group.load())
                assert list(ours[place].data_vars) == list(group.data_vars)
                assert [one.dtype for one in ours[place].variables.values() if one.dtype.kind not in "OU"] == [
                    one.dtype for one in group.variables.values() if one.dtype.kind not in "OU"
                ]


def test_the_descriptions_of_a_folder_are_strict_json_in_order(tmp_path):
    path = save(EVERYTHING, tmp_path / "r.zarr")
    for name in (".zattrs", ".zmetadata"):
        told = json.loads((path / name).read_text(), parse_constant=pytest.fail)
        assert list(told) == sorted(told)
    assert list(told["metadata"]) == sorted(told["metadata"])


REFUSED = {
    "another suffix": (lambda r: r, "r.hdf", r"the suffix must be \.nc or \.zarr, but is '\.hdf'\. Name it r\.nc"),
    "no suffix": (lambda r: r, "r", r"the suffix must be \.nc or \.zarr, but is ''"),
    "a folder that is not there": (lambda r: r, "nowhere/r.zarr", r"the folder .*nowhere is not there. Make it first"),
    "a function": (lambda r: r.assign_attrs(note=print), "r.nc", "attribute `note` of the group / is .*which no file"),
    "bytes": (lambda r: r.assign_attrs(note=b"x"), "r.zarr", "attribute `note` of the group / is b'x', of type bytes"),
    "a taken name": (lambda r: r.assign_attrs(_FillValue=1), "r.nc", "attribute `_FillValue` of the group /.*Rename"),
    "objects": (lambda r: r.assign(y=("t", np.array([1, "a", None, 2], object))), "r.nc", "variable `y` are of type"),
    "dates": (lambda r: r.assign(y=("t", np.zeros(4, "M8[ns]"))), "r.zarr", "times as numbers, with their unit"),
    "long doubles": (lambda r: r.assign(y=("t", np.zeros(4, "g"))), "r.zarr", "which not every format holds"),
    "NUL in a text": (lambda r: r.assign(y=((), "a\0b")), "r.nc", "variable `y` holds a character that no file"),
    "a path as a name": (lambda r: r.rename(x="a/b"), "r.zarr", "'a/b' cannot be a name in a file"),
    "a number as a name": (lambda r: r.rename(x=3), "r.nc", "3 cannot be a name in a file"),
    "a space": (lambda r: r.assign_coords({"a b": 1}), "r.nc", "'a b' cannot have a space"),
    "levels": (lambda r: r.assign(y=(("a", "b"), np.ones((2, 2)))).stack(i=("a", "b"), create_index=True), "r.nc",
               "several levels, which no file holds: `reset_index`"),
    "complex indices": (lambda r: r.assign_coords(t=[1j, 2j, 3j, 4j]), "r.zarr", "coordinate `t` is complex"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_written_is_told_and_leaves_nothing(name, tmp_path):
    change, place, message = REFUSED[name]
    with pytest.raises(ResultFileError, match=message) as caught:
        save(change(OLDER), tmp_path / place)
    assert f"Cannot write {tmp_path / place}" in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_result_is_an_argument_error(tmp_path):
    with pytest.raises(ArgumentError, match="`result` must be a Dataset or a DataTree, but is a dict"):
        save({"x": 1}, tmp_path / "r.nc")


def test_the_command_is_told_as_it_is_typed(monkeypatch, tmp_path):
    for given, interpreter, told in (
        (["/opt/bin/cavity-hopfield", "run", "a file.toml"], [], "cavity-hopfield run 'a file.toml'"),
        (["script.py", "1"], ["/usr/bin/python3", "script.py", "1"], "python3 script.py 1"),
        (["/x/__main__.py", "run"], ["python", "-m", "cavity_hopfield", "run"], "python -m cavity_hopfield run"),
        ([""], ["python"], "(interactive)"),
        ([], [], "(interactive)"),
    ):
        monkeypatch.setattr(sys, "argv", given)
        monkeypatch.setattr(sys, "orig_argv", interpreter)
        assert provenance.command() == told
        assert load(save(OLDER, tmp_path / "r.zarr")).attrs["command"] == told
    monkeypatch.setitem(sys.modules, "ipykernel", sys)
    assert provenance.command() == "(notebook)"


def test_provenance_grows_when_a_loaded_result_is_saved_by_another_command(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "argv", ["cavity-hopfield", "run"])
    monkeypatch.setattr(provenance, "_machine", lambda: {"python": "3.99", "platform": "Elsewhere"})
    first = load(save(OLDER.assign_attrs(versions='{"numpy": "9"}'), tmp_path / "r.zarr"))
    monkeypatch.undo()
    monkeypatch.setattr(sys, "argv", ["cavity-hopfield", "convert"])
    again = load(save(load(save(first, tmp_path / "b.zarr")), tmp_path / "c.nc"))
    assert again.attrs["command"] == "cavity-hopfield run\ncavity-hopfield convert"
    assert (again.attrs["python"], again.attrs["platform"]) == ("3.99", "Elsewhere")
    assert again.attrs["versions"] == '{"numpy": "9"}'


@both_formats
def test_the_root_tells_versions_machine_and_schema(suffix, tmp_path):
    found = load(save(xr.DataTree.from_dict({"/a": OLDER}), tmp_path / f"r{suffix}")).attrs
    assert json.loads(found["versions"])["numpy"] == np.__version__
    assert found["python"] == ".".join(map(str, sys.version_info[:3]))
    assert found["platform"]
    assert found["schema"] == 2


def test_a_result_without_a_model_is_told():
    with pytest.raises(ResultFileError, match="carries no model"):
        model_of(xr.Dataset())


@pytest.mark.parametrize("text", ['{"model": "Ising"}', "hello", "[1]", '{"model": "MultimodeDicke", "g": 3}'])
def test_a_model_of_another_maker_is_told(text):
    with pytest.raises(ResultFileError):
        model_of(xr.Dataset(attrs={"model": text}))
