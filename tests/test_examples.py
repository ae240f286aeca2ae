"""The examples run, and say what the documentation says."""

import importlib.util
from pathlib import Path

import pytest

from cavity_hopfield.study import Study, read_study

EXAMPLES = Path(__file__).parent.parent / "examples"


def test_the_letters_file_spells_out_the_built_in_example():
    built_in = Study().model_dump()
    built_in["recall"]["pattern"] = "E"  # the file names the pattern that comes first
    assert read_study(EXAMPLES / "letters.toml").model_dump() == built_in


def test_the_letters_file_names_every_key_it_could():
    """The file documents the configuration: no key of the tables it uses is left unsaid, but those of images."""
    study = read_study(EXAMPLES / "letters.toml")
    for table in (study.cavity, study.recall, study.mean_field):
        assert table.model_fields_set == set(type(table).model_fields)


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.stem)
def test_example_runs(path, tmp_path, capsys):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    final_overlap = module.main(quick=True, folder=tmp_path)
    assert final_overlap > 0.75
    assert {figure.name for figure in tmp_path.glob("*.png")} == {"rates.png", "recall.png", "overlaps.png"}
    printed = capsys.readouterr().out
    assert "All spins are told apart by the light" in printed
    assert "At the drive of the mean field, 0.2: broken." in printed
