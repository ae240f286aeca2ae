from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from cavity_hopfield import (
    CavityRates,
    ClassicalMasterEquation,
    Glauber,
    KineticMonteCarlo,
    MeanField,
    Metropolis,
    MultimodeDicke,
    OpenHopfield,
    Patterns,
    ResultFileError,
    load,
    model_of,
    save,
)

# these tests ask about the equations, not about how many atoms they hold for
pytestmark = pytest.mark.filterwarnings("ignore:mean field neglects the dephasing")

STORED = Patterns([[1, 1, -1], [1, -1, 1]], names=("one", "two"))
DICKE = MultimodeDicke.from_patterns(STORED, [1 / 3, 0.7], [1.0, 1.3], 1.0, 0.2, drive=0.01, disorder=0.3, seed=1)
CAVITY = OpenHopfield(DICKE.ising_couplings(), CavityRates(DICKE), patterns=STORED)
RESULTS = {
    "mean field": lambda: MeanField().evolve(DICKE, [1, 1, -1], [0.0, 1.0]),
    "fixed point": lambda: MeanField().steady_state(DICKE, [1, 1, -1]),
    "Monte Carlo, cavity": lambda: KineticMonteCarlo(runs=2, seed=1).evolve(CAVITY, [1, 1, -1], [0.0, 1.0]),
    "Monte Carlo, Glauber": lambda: KineticMonteCarlo(runs=2, seed=1).evolve(
        OpenHopfield(STORED, Glauber(1 / 3)), [1, 1, -1], [0.0, 1.0]
    ),
    "master equation": lambda: ClassicalMasterEquation().evolve(
        OpenHopfield([[0, 1 / 3], [1 / 3, 0]], Metropolis(1 / 7)), [1, -1], [0.0, 1.0]
    ),
}


@pytest.mark.parametrize("result", RESULTS.values(), ids=RESULTS)
def test_a_result_survives_its_file(result, tmp_path):
    result = result()
    assert save(result, tmp_path / "r.nc") == tmp_path / "r.nc"
    again = load(tmp_path / "r.nc")
    assert again.attrs.pop("schema") == 1
    xr.testing.assert_identical(again.to_dataset(), result)


@pytest.mark.parametrize("result", RESULTS.values(), ids=RESULTS)
def test_the_model_comes_back(result, tmp_path):
    result = result()
    for stored in (result, load(save(result, tmp_path / "r.nc"))):
        assert model_of(stored).to_json() == result.attrs["model"]


def test_a_cavity_comes_back_to_the_last_bit(tmp_path):
    model = model_of(load(save(RESULTS["mean field"](), tmp_path / "r.nc")))
    for name in ("g", "omega", "loss", "gain"):
        assert getattr(model, name).tobytes() == getattr(DICKE, name).tobytes()
    assert model.drive == DICKE.drive
    assert model.memory.values.tolist() == STORED.values.tolist()
    assert model.memory.names == ("one", "two")


def test_a_network_with_the_rates_of_a_cavity_comes_back_to_the_last_bit(tmp_path):
    model = model_of(load(save(RESULTS["Monte Carlo, cavity"](), tmp_path / "r.nc")))
    assert model.couplings.tobytes() == CAVITY.couplings.tobytes()
    assert model.rates([1, -1, 1]).tobytes() == CAVITY.rates([1, -1, 1]).tobytes()
    assert model.patterns.names == ("one", "two")


def test_a_tree_of_results_survives_its_file(tmp_path):
    result = RESULTS["mean field"]()
    tree = xr.DataTree.from_dict({"/low": result, "/high": result})
    again = load(save(tree, tmp_path / "tree.nc"))
    xr.testing.assert_identical(again["high"].to_dataset(), result)
    with pytest.raises(ResultFileError, match="no model in its attribute `model`; look one group deeper"):
        model_of(again)
    assert model_of(again["low"]).to_json() == DICKE.to_json()


def test_a_model_larger_than_an_hdf5_attribute_survives(tmp_path):
    model = MultimodeDicke(np.random.default_rng(1).normal(size=(2000, 3)), 1.0, 1.0)
    result = MeanField().evolve(model, np.ones(2000), [0.0])
    assert len(result.attrs["model"]) > 65_536
    assert model_of(load(save(result, tmp_path / "large.nc"))).g.tobytes() == model.g.tobytes()


def test_saving_leaves_the_result_as_it_was(tmp_path):
    result = RESULTS["mean field"]()
    attributes = dict(result.attrs)
    save(result, tmp_path / "r.nc")
    assert result.attrs == attributes


def test_saving_leaves_nothing_but_the_file(tmp_path):
    save(RESULTS["mean field"](), tmp_path / "r.nc")
    assert [path.name for path in tmp_path.iterdir()] == ["r.nc"]


def test_a_newer_result_replaces_an_older_one(tmp_path):
    save(RESULTS["mean field"](), tmp_path / "r.nc")
    newer = save(RESULTS["fixed point"](), str(tmp_path / "r.nc"))
    assert "time" not in load(newer).dims


def test_an_older_file_survives_a_write_that_fails(tmp_path, monkeypatch):
    save(RESULTS["mean field"](), tmp_path / "r.nc")
    before = (tmp_path / "r.nc").read_bytes()

    def disk_full(_, path, **__):
        Path(path).write_bytes(b"half a file")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(xr.Dataset, "to_netcdf", disk_full)
    with pytest.raises(ResultFileError, match=r"Cannot write .*r\.nc: .*No space left on device"):
        save(RESULTS["fixed point"](), tmp_path / "r.nc")
    assert (tmp_path / "r.nc").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["r.nc"]


def test_an_older_file_survives_a_result_that_cannot_be_written(tmp_path):
    save(RESULTS["mean field"](), tmp_path / "r.nc")
    before = (tmp_path / "r.nc").read_bytes()
    with pytest.raises(ResultFileError):
        save(RESULTS["mean field"]().assign_attrs(note={"a": 1}), tmp_path / "r.nc")
    assert (tmp_path / "r.nc").read_bytes() == before


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(ResultFileError, match=r"the folder .*nowhere is not there. Make it first"):
        save(RESULTS["mean field"](), tmp_path / "nowhere" / "r.nc")


def test_a_missing_file_is_named(tmp_path):
    for path in (tmp_path / "r.nc", tmp_path):
        with pytest.raises(ResultFileError, match="there is no such file"):
            load(path)


@pytest.mark.parametrize("content", [b"", b"hello", b"\x89HDF\r\n\x1a\n" + 200 * b"\0"])
def test_what_is_no_netcdf_file_is_refused(content, tmp_path):
    (tmp_path / "r.nc").write_bytes(content)
    with pytest.raises(ResultFileError, match="it is not a NetCDF file"):
        load(tmp_path / "r.nc")


@pytest.mark.parametrize("fraction", [0.1, 0.5, 0.9])
def test_half_a_file_is_refused(fraction, tmp_path):
    whole = save(RESULTS["mean field"](), tmp_path / "r.nc").read_bytes()
    (tmp_path / "r.nc").write_bytes(whole[: int(fraction * len(whole))])
    with pytest.raises(ResultFileError, match="it is not a NetCDF file"):
        load(tmp_path / "r.nc")


@pytest.mark.parametrize(
    ("attributes", "message"),
    [({"schema": 2}, "it has schema 2, this version knows up to 1. Upgrade"), ({}, "not written by this package")],
)
def test_files_of_other_makers_are_refused(attributes, message, tmp_path):
    xr.Dataset({"x": ("t", [1.0])}, attrs=attributes).to_netcdf(tmp_path / "r.nc", engine="h5netcdf")
    with pytest.raises(ResultFileError, match=message):
        load(tmp_path / "r.nc")


def test_a_result_without_a_model_is_told():
    with pytest.raises(ResultFileError, match="carries no model"):
        model_of(xr.Dataset())


@pytest.mark.parametrize("text", ['{"model": "Ising"}', "hello"])
def test_a_model_of_another_maker_is_told(text):
    with pytest.raises(ResultFileError):
        model_of(xr.Dataset(attrs={"model": text}))
