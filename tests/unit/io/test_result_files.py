import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import h5py
import numpy as np
import pytest
import xarray as xr
from result_comparison import files_of, same_bits

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
from cavity_hopfield.io import placing, provenance

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


def test_a_cavity_comes_back_to_the_last_bit(suffix, tmp_path):
    result = xr.Dataset(attrs={"model": DICKE.to_json()})
    model = model_of(load(save(result, tmp_path / f"r{suffix}")))
    for name in ("g", "omega", "loss", "gain"):
        assert getattr(model, name).tobytes() == getattr(DICKE, name).tobytes()
    assert model.drive == DICKE.drive
    assert model.memory.values.tolist() == STORED.values.tolist()
    assert model.memory.names == ("one", "two")


def test_a_network_with_the_rates_of_a_cavity_comes_back_to_the_last_bit(suffix, tmp_path):
    result = xr.Dataset(attrs={"model": CAVITY.to_json()})
    model = model_of(load(save(result, tmp_path / f"r{suffix}")))
    assert model.couplings.tobytes() == CAVITY.couplings.tobytes()
    assert model.rates([1, -1, 1]).tobytes() == CAVITY.rates([1, -1, 1]).tobytes()
    assert model.patterns.names == ("one", "two")


def test_a_model_larger_than_an_hdf5_attribute_survives(suffix, tmp_path):
    model = MultimodeDicke(np.random.default_rng(1).normal(size=(2000, 3)), 1.0, 1.0)
    result = xr.Dataset(attrs={"model": model.to_json()})
    assert len(result.attrs["model"]) > 65_536
    assert model_of(load(save(result, tmp_path / f"large{suffix}"))).g.tobytes() == model.g.tobytes()


def test_every_kind_of_value_comes_back(everything, suffix, tmp_path):
    """Bits and types of arrays; kinds of attributes."""
    again = load(save(everything, tmp_path / f"r{suffix}")).dataset
    for name, given in everything.variables.items():
        found = again[name].variable
        kind = {"object": np.dtype("<U2"), "big_endian": np.dtype(np.float32)}.get(name, given.dtype)
        assert (name, found.dims, found.dtype) == (name, given.dims, kind)
        assert found.values.tobytes() == np.ascontiguousarray(given.values.astype(kind)).tobytes()
        assert found.attrs.keys() == given.attrs.keys()
    assert set(again.coords) == set(everything.coords)
    assert set(again.indexes) == set(everything.indexes)
    assert again["flag"].attrs["flag_values"].dtype == np.int8
    assert again["lone_flag"].attrs["flag_values"].tolist() == [2.0]
    attributes = {name: again.attrs[name] for name in everything.attrs}
    assert np.isnan(attributes.pop("nan"))
    for name, value in attributes.items():
        given = everything.attrs[name]
        given = given.tolist() if isinstance(given, (np.ndarray, np.generic)) else given
        told = value.tolist() if isinstance(value, np.ndarray) else value
        assert (name, type(told), told) == (name, type(given), given)


def test_both_formats_load_to_the_same_bits(everything, tmp_path):
    tree = xr.DataTree.from_dict({"/": everything, "/deep/er": everything[["table", "complex"]]})
    netcdf, zarr = load(save(tree, tmp_path / "r.nc")), load(save(tree, tmp_path / "r.zarr"))
    same_bits(netcdf, zarr)
    same_bits(netcdf, load(save(netcdf, tmp_path / "again.zarr")))
    same_bits(load(save(zarr["deep"], tmp_path / "part.nc")), load(save(zarr["deep"], tmp_path / "part.zarr")))


def test_the_same_result_saved_twice_has_the_same_bytes(everything, suffix, tmp_path):
    tree = xr.DataTree.from_dict({"/": everything, "/deep/er": everything[["table", "complex"]]})
    first = files_of(save(tree, tmp_path / f"one{suffix}"))
    assert files_of(save(tree, tmp_path / f"two{suffix}")) == first
    assert files_of(save(load(tmp_path / f"two{suffix}"), tmp_path / f"three{suffix}")) == first


def test_a_tree_of_results_survives(suffix, tmp_path):
    result = xr.Dataset({"x": ("t", [1.0])}, {"t": [2.0]}, {"model": DICKE.to_json()})
    again = load(save(xr.DataTree.from_dict({"/low": result, "/high": result}), tmp_path / f"tree{suffix}"))
    xr.testing.assert_identical(again["high"].to_dataset(), result)
    with pytest.raises(ResultFileError, match="no model in its attribute `model`; look one group deeper"):
        model_of(again)
    assert model_of(again["low"]).to_json() == DICKE.to_json()


def test_a_part_of_a_tree_is_saved_with_the_coordinates_that_it_inherits(suffix, tmp_path):
    tree = xr.DataTree.from_dict(
        {"/": xr.Dataset(coords={"t": [1.0, 2.0]}), "/a": xr.Dataset({"x": ("t", [3.0, 4.0])})}
    )
    assert load(save(tree["a"], tmp_path / f"part{suffix}"))["x"].sel(t=2.0) == 4.0
    assert load(save(tree, tmp_path / f"whole{suffix}"))["a/x"].sel(t=2.0) == 4.0


def test_any_reader_of_netcdf_finds_the_numbers(everything, tmp_path):
    with h5py.File(save(everything, tmp_path / "r.nc")) as file:
        assert file["table"][()].tobytes() == everything["table"].values.tobytes()
        assert file["complex"][()].tolist()[0] == [1.0, 2.0]
        assert file["text"].asstr()[0] == "a"
        assert json.loads(file.attrs["mapping"]) == everything.attrs["mapping"]
        assert "_FillValue" not in file["table"].attrs


def test_any_reader_of_zarr_finds_the_numbers(everything, tmp_path):
    with xr.open_zarr(save(everything, tmp_path / "r.zarr"), chunks=None, decode_times=False) as found:
        assert found["table"].values.tobytes() == everything["table"].values.tobytes()
        assert found["table"].dims == ("few", "letter")
        assert found["complex"].values[0].tolist() == [1.0, 2.0]
        assert set(found.coords) == set(everything.coords)
        assert json.loads(found.attrs["mapping"]) == everything.attrs["mapping"]


REFUSED = {
    "another suffix": (lambda r: r, "r.hdf", r"The suffix must be \.nc or \.zarr, but is '\.hdf'\. Name it r\.nc"),
    "no suffix": (lambda r: r, "r", r"The suffix must be \.nc or \.zarr, but is ''"),
    "a folder that is not there": (lambda r: r, "nowhere/r.zarr", r"The folder .*nowhere is not there. Make it first"),
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
def test_what_cannot_be_written_is_told_and_leaves_nothing(name, small, tmp_path):
    change, place, message = REFUSED[name]
    with pytest.raises(ResultFileError, match=message) as caught:
        save(change(small[0]), tmp_path / place)
    assert f"Cannot write {tmp_path / place}" in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_result_is_an_argument_error(tmp_path):
    with pytest.raises(ArgumentError, match="`result` must be a Dataset or a DataTree, but is a dict"):
        save({"x": 1}, tmp_path / "r.nc")


def test_what_is_no_result_is_never_replaced(small, tmp_path):
    (tmp_path / "mine.zarr").mkdir()
    (tmp_path / "mine.zarr" / "thesis.tex").write_text("years of work")
    (tmp_path / "file.zarr").write_text("a file")
    (tmp_path / "folder.nc").mkdir()
    for name in ("mine.zarr", "file.zarr", "folder.nc"):
        with pytest.raises(ResultFileError, match=r"and is not replaced\. Choose another name"):
            save(small[0], tmp_path / name)
    assert (tmp_path / "mine.zarr" / "thesis.tex").read_text() == "years of work"


def test_saving_leaves_the_result_as_it_was_and_nothing_but_the_file(everything, suffix, tmp_path):
    before, attributes = everything.copy(deep=True), dict(everything.attrs)
    save(everything, tmp_path / f"r{suffix}")
    save(everything, tmp_path / f"r{suffix}")
    assert everything.attrs.keys() == attributes.keys()
    xr.testing.assert_identical(everything, before)
    assert [path.name for path in tmp_path.iterdir()] == [f"r{suffix}"]


def test_a_newer_result_replaces_an_older_one(small, suffix, tmp_path):
    path = tmp_path / f"r{suffix}"
    save(small[0].rename(x="older"), path)
    save(small[1], str(path))
    assert list(load(path).data_vars) == ["x"]


def test_an_older_result_survives_a_write_that_fails(small, suffix, tmp_path, monkeypatch):
    path = save(small[0], tmp_path / f"r{suffix}")
    before = files_of(path)

    def disk_full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", disk_full)
    with pytest.raises(ResultFileError, match=rf"Cannot write .*r\{suffix}: No space left on device\."):
        save(small[1], path)
    assert files_of(path) == before
    assert [path.name for path in tmp_path.iterdir()] == [f"r{suffix}"]


def test_an_older_result_survives_half_a_write(small, tmp_path, monkeypatch):
    path = save(small[0], tmp_path / "r.nc")
    before = files_of(path)

    def disk_full(_, path, **__):
        Path(path).write_bytes(b"half a file")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(xr.Dataset, "to_netcdf", disk_full)
    with pytest.raises(ResultFileError, match=r"Cannot write .*r\.nc: No space left on device"):
        save(small[1], path)
    assert files_of(path) == before
    assert [path.name for path in tmp_path.iterdir()] == ["r.nc"]


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("exchange", [True, False], ids=["names exchanged", "two renames"])
def test_killed_at_any_step_there_is_a_complete_result(exchange, small, suffix, tmp_path, monkeypatch):
    """Every call that reaches the disk, in turn, is the last; nothing is cleaned up after it."""
    path = tmp_path / f"r{suffix}"
    if not exchange:
        monkeypatch.setattr(placing, "_exchanged", lambda *_: False)
    states, left = [], None
    while left != 0:
        shutil.rmtree(tmp_path)
        tmp_path.mkdir()
        save(small[0], path)
        left = len(states)
        with monkeypatch.context() as patched:
            die_after(len(states), patched)
            try:
                save(small[1], path)
            except Killed:
                left = None
            else:
                left = 0
        states.append(int(load(path).attrs["which"]))
        save(small[0], path)
        assert load(path).attrs["which"] == 0
        assert not placing.retired(path).exists()
    assert states == sorted(states)
    assert len(states) > 4
    assert (states[0], states[-1]) == (0, 1)


def die_after(count, monkeypatch):
    """Let `count` steps pass, and end the process before the next."""
    calls = iter(range(count + 1))

    def dying(step):
        def call(*arguments, **options):
            if next(calls) == count:
                raise Killed
            return step(*arguments, **options)

        return call

    class Kept:
        def __init__(self, **options):
            self.name = tempfile.mkdtemp(**options)

        def __enter__(self):
            return self.name

        def __exit__(self, kind, *_):
            if kind is None:
                dying(shutil.rmtree)(self.name)

    monkeypatch.setattr(tempfile, "TemporaryDirectory", Kept)
    monkeypatch.setattr(placing, "_synchronise", dying(placing._synchronise))
    monkeypatch.setattr(placing, "_synchronise_names", dying(placing._synchronise_names))
    monkeypatch.setattr(Path, "rename", dying(Path.rename))
    monkeypatch.setattr(Path, "replace", dying(Path.replace))
    monkeypatch.setattr(placing, "_exchanged", dying(placing._exchanged))
    monkeypatch.setattr(placing, "_remove", dying(placing._remove))


WRITER = """
import sys
import numpy as np, xarray as xr
from cavity_hopfield.io import save
print("begun", flush=True)
for k in range(10_000):
    for path in sys.argv[1:]:
        save(xr.Dataset({"x": ("t", np.full(10_000, k))}, attrs={"which": k}), path)
    print(k, flush=True)
"""


@pytest.mark.slow
def test_a_killed_process_leaves_complete_results(tmp_path):
    paths = [tmp_path / "r.nc", tmp_path / "r.zarr"]
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, *map(str, paths)], stdout=subprocess.PIPE, text=True
    ) as writer:
        lines = [writer.stdout.readline() for _ in range(3)]
        writer.send_signal(signal.SIGKILL if os.name == "posix" else signal.SIGTERM)
        writer.wait()
    assert lines == ["begun\n", "0\n", "1\n"]
    for path in paths:
        found = load(path)
        assert (found["x"] == found.attrs["which"]).all()
        assert found.attrs["which"] >= 1


def test_the_command_is_told_as_it_is_typed(monkeypatch, small, tmp_path):
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
        assert load(save(small[0], tmp_path / "r.zarr")).attrs["command"] == told
    monkeypatch.setitem(sys.modules, "ipykernel", sys)
    assert provenance.command() == "(notebook)"


def test_provenance_grows_when_a_loaded_result_is_saved_by_another_command(monkeypatch, small, tmp_path):
    monkeypatch.setattr(sys, "argv", ["cavity-hopfield", "run"])
    monkeypatch.setattr(provenance, "_machine", lambda: {"python": "3.99", "platform": "Elsewhere"})
    first = load(save(small[0].assign_attrs(versions='{"numpy": "9"}'), tmp_path / "r.zarr"))
    monkeypatch.undo()
    monkeypatch.setattr(sys, "argv", ["cavity-hopfield", "convert"])
    again = load(save(load(save(first, tmp_path / "b.zarr")), tmp_path / "c.nc"))
    assert again.attrs["command"] == "cavity-hopfield run\ncavity-hopfield convert"
    assert (again.attrs["python"], again.attrs["platform"]) == ("3.99", "Elsewhere")
    assert again.attrs["versions"] == '{"numpy": "9"}'


def test_the_root_tells_versions_machine_and_schema(small, suffix, tmp_path):
    found = load(save(xr.DataTree.from_dict({"/a": small[0]}), tmp_path / f"r{suffix}")).attrs
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
