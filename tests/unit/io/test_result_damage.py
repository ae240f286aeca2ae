"""Whatever has happened to a file, `load` gives the result that was saved or says in words what is wrong."""

import functools
import json
import os
import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest
import xarray as xr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from result_samples import same_bits

from cavity_hopfield import ResultFileError, load, save
from cavity_hopfield.io import describe, zarr_folders


@pytest.fixture(autouse=True)
def quick_disk(monkeypatch):
    """Nothing waits for the disk; what is written is there all the same."""
    monkeypatch.setattr(os, "fsync", lambda _: None)


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A file and a folder of the same tree, and the tree."""
    part = xr.Dataset(
        {"x": ("t", np.linspace(0, 1, 40)), "word": ("t", 40 * ["ab"])}, {"t": np.arange(40.0)}, {"m": "{}"}
    )
    tree = xr.DataTree.from_dict({"/": part, "/deep/er": part})
    folder = tmp_path_factory.mktemp("kept")
    return save(tree, folder / "r.nc"), save(tree, folder / "r.zarr"), load(folder / "r.nc")


@pytest.fixture
def copies(kept, tmp_path):
    """A file and a folder to be damaged."""
    shutil.copy(kept[0], tmp_path / "r.nc")
    shutil.copytree(kept[1], tmp_path / "r.zarr")
    return tmp_path / "r.nc", tmp_path / "r.zarr"


def outcome(path, tree):
    """What `load` says; nothing if it gives what was saved."""
    try:
        found = load(path)
    except ResultFileError as error:
        text = str(error)
    else:
        same_bits(found, tree)
        return ""
    assert text.startswith(f"Cannot read {path}")
    assert text.endswith(".")
    assert "\n" not in text
    return text


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_file_of_any_length_but_its_own_is_refused(kept, tmp_path_factory, data):
    whole = kept[0].read_bytes()
    length = data.draw(st.integers(0, len(whole) - 1))
    path = tmp_path_factory.getbasetemp() / "short.nc"
    path.write_bytes(whole[:length])
    assert "it is not a NetCDF file, or is damaged" in outcome(path, kept[2])


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_no_other_bytes_are_taken_for_the_result(kept, tmp_path_factory, data):
    """A bit anywhere is turned over: the same result, for some bytes play no part, or an error."""
    whole = bytearray(kept[0].read_bytes())
    whole[data.draw(st.integers(0, len(whole) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    path = tmp_path_factory.getbasetemp() / "changed.nc"
    path.write_bytes(whole)
    outcome(path, kept[2])


def parts_of(folder):
    return [path for path in sorted(folder.rglob("*")) if path.is_file()]


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_no_part_of_a_folder_can_be_cut_or_changed_unnoticed(kept, tmp_path_factory, data):
    """All that is read is in the file of descriptions, in the chunks and in the attributes of the root."""
    read = [path for path in parts_of(kept[1]) if path.name in {".zmetadata", "0"}]
    part = data.draw(st.sampled_from([*read, kept[1] / ".zattrs"]))
    folder = tmp_path_factory.getbasetemp() / "hurt.zarr"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(kept[1], folder)
    whole = part.read_bytes()
    length = data.draw(st.integers(0, len(whole) - 1))
    tail = data.draw(st.sampled_from([b"", b"\xff", b"0" * (len(whole) - length)]))
    (folder / part.relative_to(kept[1])).write_bytes(whole[:length] + tail)
    if whole != whole[:length] + tail:
        assert outcome(folder, kept[2])


def remove_chunk(folder):
    (folder / "deep/er/x/0").unlink()


def remove_array(folder):
    shutil.rmtree(folder / "x")


def empty_folder(folder):
    shutil.rmtree(folder)
    folder.mkdir()


def swap_chunks(folder):
    (folder / "x/0").rename(folder / "spare")
    (folder / "t/0").rename(folder / "x/0")
    (folder / "spare").rename(folder / "t/0")


def change_metadata(folder, change):
    """In the file of all descriptions, and in that of the root."""
    path = folder / ".zmetadata"
    told = json.loads(path.read_text())
    change(told["metadata"])
    path.write_text(json.dumps(told))
    (folder / ".zattrs").write_text(json.dumps(told["metadata"][".zattrs"]))


def huge_array(metadata):
    metadata["x/.zarray"]["shape"] = metadata["x/.zarray"]["chunks"] = [10**15]


def another_compressor(metadata):
    metadata["x/.zarray"]["compressor"] = {"id": "own"}


def no_dimensions(metadata):
    metadata["x/.zattrs"] = {}


def another_attribute(metadata):
    metadata[".zattrs"]["m"] = "{ }"


def half_json(metadata):
    metadata[".zattrs"]["json_attributes"] = '["m'


def no_digest(metadata):
    del metadata[".zattrs"]["digest"]


DAMAGES = {
    "a chunk is gone": remove_chunk,
    "an array is gone": remove_array,
    "all is gone": empty_folder,
    "chunks are swapped": swap_chunks,
    "descriptions are gone": lambda folder: (folder / ".zmetadata").unlink(),
    "a group is gone": lambda folder: shutil.rmtree(folder / "deep"),
    **{
        change.__name__.replace("_", " "): functools.partial(change_metadata, change=change)
        for change in (huge_array, another_compressor, no_dimensions, another_attribute, half_json, no_digest)
    },
}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_folder_is_refused(name, kept, copies):
    DAMAGES[name](copies[1])
    text = outcome(copies[1], kept[2])
    assert "damaged" in text
    assert "Take a copy, or make it again" in text


def new_values(file):
    file["x"][3] = 7.0


def no_variable(file):
    del file["deep/er/x"]


def no_group(file):
    del file["deep"]


def new_attribute(file):
    file["deep/er"].attrs["m"] = "changed"


def another_type(file):
    values = file["word"][()]
    del file["word"]
    file["word"] = np.ones(values.shape)


def no_schema_text(file):
    file.attrs["schema"] = "one"


CHANGES = (new_values, no_variable, no_group, new_attribute, another_type, no_schema_text)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_changed_file_is_refused(change, kept, copies):
    with h5py.File(copies[0], "r+") as file:
        change(file)
    assert outcome(copies[0], kept[2])


@pytest.mark.parametrize("content", [b"", b"hello", b"\x89HDF\r\n\x1a\n" + 200 * b"\0"])
def test_what_is_no_result_file_is_refused(content, tmp_path):
    (tmp_path / "r.nc").write_bytes(content)
    with pytest.raises(ResultFileError, match=r"Cannot read .*r\.nc: it is not a NetCDF file, or is damaged"):
        load(tmp_path / "r.nc")


def test_files_of_other_makers_are_refused(tmp_path):
    other = xr.Dataset({"x": ("t", [1.0])})
    other.to_netcdf(tmp_path / "r.nc", engine="h5netcdf")
    zarr_folders.write_zarr({"/": other}, tmp_path / "r.zarr")
    for name in ("r.nc", "r.zarr"):
        with pytest.raises(ResultFileError, match=r"it was not written by this package\. Open it with xarray"):
            load(tmp_path / name)


def test_a_missing_file_is_named(tmp_path):
    for name in ("r.nc", "r.zarr"):
        with pytest.raises(ResultFileError, match=rf"Cannot read .*{name}: there is no such file\.$"):
            load(tmp_path / name)


def test_of_an_unfinished_sweep_it_is_told_what_gives_its_points(tmp_path):
    (tmp_path / "r.zarr.points").mkdir()
    for reader in (load, describe):
        with pytest.raises(ResultFileError, match=r"sweep is not finished: `sweep_so_far\('.*r\.zarr'\)` gives what"):
            reader(tmp_path / "r.zarr")


def test_the_wrong_sort_of_thing_is_named(copies):
    folder = copies[0].parent
    copies[0].rename(folder / "file.zarr")
    copies[1].rename(folder / "folder.nc")
    assert "it is a file, not a Zarr folder. Give it the suffix it had." in outcome(folder / "file.zarr", None)
    assert "it is a folder, not a NetCDF file." in outcome(folder / "folder.nc", None)
    assert "the suffix must be .nc or .zarr, but is ''. Name it plain.nc, say." in outcome(folder / "plain", None)


def test_a_result_that_may_not_be_read_is_told(kept, copies, monkeypatch):
    def forbidden(*_, **__):
        raise PermissionError(13, "Permission denied")

    for reader, owner in (("File", h5py), ("exists", Path)):
        with monkeypatch.context() as patched:
            patched.setattr(owner, reader, forbidden)
            assert outcome(copies[0], kept[2]).endswith("Permission denied. Ask for the right to read it.")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="the rights of files bind others than root")
def test_a_folder_that_may_not_be_written_is_told(tmp_path):
    tmp_path.chmod(0o500)
    for name in ("r.nc", "r.zarr"):
        with pytest.raises(ResultFileError, match=r"Cannot write .*: Permission denied\."):
            save(xr.Dataset(), tmp_path / name)
