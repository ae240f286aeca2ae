"""Files of every schema that was ever released open, with the models and numbers that they were written with."""

import json
import os
from pathlib import Path

import h5py
import numpy as np
import pytest
import xarray as xr
from result_samples import same_bits

from cavity_hopfield import (
    Certificate,
    Glauber,
    MultimodeDicke,
    OpenHopfield,
    Patterns,
    ResultFileError,
    load,
    model_of,
    save,
)
from cavity_hopfield.io import migrations
from cavity_hopfield.study import build_dicke, build_memory, build_start, read_design, read_study

REFERENCE = Path(__file__).parents[2] / "reference"
FIRST = REFERENCE / "schema1"
FILES = {path.stem: path for path in sorted(FIRST.glob("*.nc"))}


@pytest.fixture(autouse=True)
def quick_disk(monkeypatch):
    """Nothing waits for the disk; what is written is there all the same."""
    monkeypatch.setattr(os, "fsync", lambda _: None)


def test_every_older_schema_has_a_step_and_files_that_were_written_with_it():
    assert set(migrations.MIGRATIONS) == set(range(1, migrations.SCHEMA))
    for schema in migrations.MIGRATIONS:
        folder = REFERENCE / f"schema{schema}"
        assert (folder / "README.md").exists()
        assert list(folder.glob("*.nc"))


def test_the_files_are_those_of_the_first_schema():
    assert set(FILES) == {"study", "evolution", "phase_diagram", "design"}
    for path in FILES.values():
        with h5py.File(path) as file:
            assert file.attrs["schema"] == 1


@pytest.mark.parametrize("name", FILES)
def test_numbers_and_words_of_the_first_schema_come_back(name):
    """Against what HDF5 itself reads."""
    tree = load(FILES[name])
    assert tree.attrs["schema"] == migrations.SCHEMA
    found = 0
    with h5py.File(FILES[name]) as file:
        for node in tree.subtree:
            for variable in node.to_dataset(inherit=False).variables:
                kept, values = file[node.path][variable], node[variable].values
                kept = kept.asstr()[()] if values.dtype.kind == "U" else kept[()]
                assert np.array_equal(kept, values, equal_nan=values.dtype.kind == "f")
                assert "_FillValue" not in node[variable].attrs
                found += 1
    assert found > 5


@pytest.mark.parametrize("name", FILES)
def test_the_root_tells_the_versions(name):
    with h5py.File(FILES[name]) as file:
        holders = [file, *file.values()]
        kept = next(one.attrs["versions"] for one in holders if "versions" in one.attrs)
    assert load(FILES[name]).attrs["versions"] == kept
    assert json.loads(kept)["cavity_hopfield"] == "0.1.0.dev0"


@pytest.mark.parametrize("name", FILES)
def test_what_is_brought_to_the_newest_schema_stays_so(name, tmp_path):
    tree = load(FILES[name])
    again = load(save(tree, tmp_path / "again.zarr"))
    for attribute in ("command", "python", "platform"):
        assert attribute not in tree.attrs
        del again.attrs[attribute]
    same_bits(again, tree)


@pytest.mark.filterwarnings("ignore:r = 0.00092")
def test_the_study_of_the_first_schema_has_its_models_and_what_figures_need():
    study, tree = read_study(FIRST / "study.toml"), load(FILES["study"])
    dicke = build_dicke(study)
    assert model_of(tree["rates"]).to_json() == dicke.to_json()
    coherent = model_of(tree["mean_field"])
    assert coherent.drive == study.mean_field.drive
    assert coherent.g.tobytes() == dicke.g.tobytes()
    network = model_of(tree["kinetic"])
    assert network.to_json() == OpenHopfield.from_dicke(dicke).to_json()
    assert tree["patterns/stored"].values.tolist() == dicke.memory.values.tolist()
    assert tree["patterns/start"].values.tolist() == build_start(study, dicke.memory).tolist()
    assert Certificate.from_dict(json.loads(tree.attrs["certificate"])).sentence
    assert {"title", "recalled", "memory", "configuration"} <= set(tree.attrs)
    assert {"rate", "rate_error", "glauber_rate", "temperature", "sample_energy"} <= set(tree["rates"].data_vars)
    assert {"glauber_temperature", "glauber_distance", "asymptotic_temperature"} <= set(tree["rates"].attrs)
    assert {"overlap", "spin_z"} <= set(tree["kinetic"].data_vars)
    assert {"overlap", "spin_z"} <= set(tree["mean_field"].data_vars)


def test_the_evolution_of_the_first_schema_has_its_model():
    stored = Patterns([[1, 1, -1, 1], [1, -1, 1, 1]], names=("one", "two"))
    result = load(FILES["evolution"])
    assert model_of(result).to_json() == OpenHopfield(stored, Glauber(1 / 3)).to_json()
    assert json.loads(result.attrs["theory"])["seed"] == result.attrs["seed"] == 7
    assert result["overlap"].sel(pattern="one", time=0.0).values.tolist() == [1.0, 1.0, 1.0]


def test_the_phase_diagram_of_the_first_schema_keeps_its_flags():
    phase = load(FILES["phase_diagram"])["phase"]
    assert phase.attrs["flag_values"].dtype == phase.dtype == np.int8
    assert len(phase.attrs["flag_meanings"].split()) == phase.attrs["flag_values"].size


def test_the_design_of_the_first_schema_has_its_model():
    study, tree = read_design(FIRST / "design.toml"), load(FILES["design"])
    assert set(tree.children) == {"design", "elasticities"}
    model = model_of(tree["design"])
    assert isinstance(model, MultimodeDicke)
    assert model.memory.values.tolist() == build_memory(study).values.tolist()
    assert tree["design"].attrs["met"] == 1
    values = dict(zip(tree["design/knob"].values.tolist(), tree["design/knob_value"].values.tolist(), strict=True))
    assert json.loads(tree["design"].attrs["platform"])["drive_rad_s"] == values["drive_rad_s"]


@pytest.mark.parametrize("schema", [3, 1000, 0, -1, 1.5])
def test_a_schema_that_is_not_known_is_refused(schema, tmp_path):
    path = save(xr.Dataset({"x": ("t", [1.0])}), tmp_path / "r.nc")
    with h5py.File(path, "r+") as file:
        file.attrs["schema"] = schema
    with pytest.raises(ResultFileError, match=rf"it has schema {schema}, this version knows up to 2\. Upgrade\."):
        load(path)


def test_steps_are_taken_one_after_the_other_from_the_schema_of_the_file(monkeypatch):
    def step(number):
        return lambda groups: {place: one.assign_attrs(steps=[*one.attrs.get("steps", []), number])
                               for place, one in groups.items()}  # fmt: skip

    monkeypatch.setattr(migrations, "SCHEMA", 4)
    monkeypatch.setattr(migrations, "MIGRATIONS", {k: step(k) for k in (1, 2, 3)})
    for first in (1, 2, 3):
        assert migrations.migrated({"/": xr.Dataset()}, first)["/"].attrs["steps"] == list(range(first, 4))
    assert migrations.migrated({"/": xr.Dataset()}, 4)["/"].attrs == {}
