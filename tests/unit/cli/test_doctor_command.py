"""The command `doctor` at a terminal."""

import json
from dataclasses import replace

import pytest

from cavity_hopfield.cli import doctor as command
from cavity_hopfield.cli import main
from cavity_hopfield.study.doctor import Dependency
from cavity_hopfield.study.reference_numbers import REFERENCES, self_test


@pytest.mark.slow
def test_all_numbers_are_right(capsys):
    assert main(["doctor", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["sound"]
    assert [check["name"] for check in told["checks"] if not check["passed"]] == []
    assert len(told["checks"]) == len(REFERENCES)


def test_a_quick_look_computes_nothing(capsys, monkeypatch):
    monkeypatch.setattr(command, "self_test", None)
    assert main(["doctor", "--quick"]) == 0
    told = capsys.readouterr().out
    for word in ("numpy ", "cores: ", "threads: ", "kernels: "):
        assert word in told


def test_a_wrong_number_ends_with_one(capsys, monkeypatch):
    wrong = replace(REFERENCES[0], value=0.1)
    monkeypatch.setattr(command, "self_test", lambda progress: self_test(progress, [REFERENCES[1], wrong]))
    assert main(["doctor"]) == 1
    told = capsys.readouterr().out
    assert "OFF " in told
    assert "its reference: docs/check_values.md: Flip rates" in told
    assert "1 of 2 numbers are right" in told


def test_a_broken_library_ends_with_one_and_a_remedy(capsys, monkeypatch):
    broken = Dependency("zarr", ">=3.0.8", "", "3.1", "does not load: ImportError: numcodecs")
    ill = replace(command.examine(), dependencies=(broken,), findings=("zarr does not load",))
    monkeypatch.setattr(command, "examine", lambda: ill)
    assert main(["doctor", "--quick"]) == 1
    assert "! zarr does not load" in capsys.readouterr().out
