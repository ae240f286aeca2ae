"""What a person at a terminal, or a script, sees."""

import contextlib
import json
import subprocess
import sys

import pytest

from cavity_hopfield import MultimodeDicke, __version__, load, measured_map, model_of
from cavity_hopfield.cli import commands, main

QUICK = """
title = "Quick"
[memory]
letters = "EVX"
[recall]
runs = 10
points = 11
[mean_field]
duration = 20.0
points = 5
drive = 0.2
atoms_per_spin = 1e4
"""


@pytest.fixture
def study(tmp_path):
    path = tmp_path / "quick.toml"
    path.write_text(QUICK, encoding="utf-8")
    return path


@pytest.fixture
def finished(study, tmp_path):
    assert main(["run", str(study), "--output", str(tmp_path / "out")]) == 0
    return tmp_path / "out"


def test_run_writes_one_result_file_and_four_figures(finished):
    figures = {"rates.png", "recall.png", "overlaps.png", "certificate.png"}
    assert {path.name for path in finished.iterdir()} == {"result.nc", *figures}


def test_the_result_file_knows_how_it_was_made(finished):
    tree = load(finished / "result.nc")
    assert set(tree.children) == {"patterns", "rates", "kinetic", "mean_field"}
    assert json.loads(tree.attrs["configuration"])["recall"]["runs"] == 10
    assert json.loads(tree.attrs["certificate"])["verdict"] == "good"
    weak, strong = model_of(tree.children["kinetic"]), model_of(tree.children["mean_field"])
    assert isinstance(strong, MultimodeDicke)
    assert strong.drive == 0.2
    assert weak.rate_law.dicke.drive == 2.5e-4


def test_run_reports_certificate_rates_recall_and_files(study, tmp_path, capsys):
    main(["run", str(study), "-o", str(tmp_path / "out")])
    printed = capsys.readouterr()
    for expected in (
        "Quick",
        "Rates hold to about 3.8 per cent",
        "closest Glauber law",
        "recall of E from overlap 0.6",
    ):
        assert expected in printed.out
    assert "result.nc" in printed.out
    assert printed.err == ""


@pytest.mark.parametrize(
    ("command", "keys"),
    [
        ("certify", {"verdict", "ratio", "largest_safe_drive", "sentence"}),
        ("rates", {"glauber_temperature", "glauber_distance", "flip_energy", "rate", "rate_error", "temperature"}),
        ("retrieve", {"pattern", "start", "mean_field", "kinetic"}),
        ("run", {"certificate", "rates", "recall", "files"}),
    ],
)
def test_json_is_all_that_a_script_gets(command, keys, study, tmp_path, capsys):
    extra = ["-o", str(tmp_path / "out")] if command == "run" else []
    assert main([command, str(study), "--json", *extra]) == 0
    assert keys <= set(json.loads(capsys.readouterr().out))


@pytest.mark.parametrize("command", ["certify", "rates", "retrieve"])
def test_parts_print_a_report(command, study, capsys):
    assert main([command, str(study)]) == 0
    assert capsys.readouterr().out


def test_plot_draws_the_same_figures_from_the_file(finished, tmp_path, capsys):
    assert main(["plot", str(finished / "result.nc"), "-o", str(tmp_path / "again")]) == 0
    assert len(capsys.readouterr().out.splitlines()) >= 3
    for name in ("rates.png", "recall.png", "overlaps.png"):
        assert (tmp_path / "again" / name).read_bytes() == (finished / name).read_bytes()


def test_plot_of_one_kind(finished, tmp_path):
    assert main(["plot", str(finished / "result.nc"), "-o", str(tmp_path / "one"), "--kind", "recall"]) == 0
    assert [path.name for path in (tmp_path / "one").iterdir()] == ["recall.png"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "none.toml"], "none.toml: cannot be read"),
        (["plot", "none.nc"], "Cannot read none.nc: there is no such file"),
        (["certify", "--bogus"], "No such option"),
    ],
)
def test_wrong_input_ends_with_code_two_and_no_traceback(arguments, message, capsys):
    assert main(arguments) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert message in printed.err
    assert "Traceback" not in printed.err


def test_a_wrong_file_is_one_line(tmp_path, capsys):
    path = tmp_path / "wrong.toml"
    path.write_text("[cavity]\nloss = 0.1\ngain = 0.3\n", encoding="utf-8")
    assert main(["run", str(path), "-o", str(tmp_path / "out")]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert "wrong.toml, line 2: [cavity] Argument `loss` must exceed `gain`" in lines[0]


def test_an_unknown_figure_is_refused(finished, capsys):
    assert main(["plot", str(finished / "result.nc"), "--kind", "pie"]) == 2
    told = capsys.readouterr().err
    assert "can show: rates, recall, overlaps, certificate. It is 'pie'" in told
    assert "Argument `--kind`" in told


def test_a_film_of_the_recall(finished, tmp_path, capsys):
    film = tmp_path / "recall.gif"
    assert main(["plot", str(finished / "result.nc"), "--animate", str(film)]) == 0
    assert film.read_bytes().startswith(b"GIF")
    assert capsys.readouterr().out.strip() == f"wrote {film}"
    assert main(["plot", str(finished / "result.nc"), "--animate", str(film), "--kind", "recall"]) == 2
    assert "Leave them out with `--animate`" in capsys.readouterr().err


def test_a_platform_outside_its_regime_warns_with_the_number(tmp_path, capsys):
    path = tmp_path / "strong.toml"
    path.write_text(QUICK + "[cavity]\ndrive = 0.01\n", encoding="utf-8")
    assert main(["retrieve", str(path), "--json"]) == 0
    assert "warning: r = " in capsys.readouterr().err


def test_an_output_folder_that_cannot_be_made_is_said(study, tmp_path, capsys):
    (tmp_path / "taken").write_text("a file", encoding="utf-8")
    assert main(["run", str(study), "-o", str(tmp_path / "taken")]) == 2
    assert "Cannot make the folder" in capsys.readouterr().err


def test_the_version_is_told(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.strip() == __version__


def test_the_module_is_the_command():
    command = [sys.executable, "-m", "cavity_hopfield", "certify", "--json"]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert json.loads(output)["verdict"] == "good"


def test_an_interruption_keeps_the_finished_parts_and_an_older_result(finished, study, monkeypatch, capsys):
    older = (finished / "result.nc").read_bytes()

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("cavity_hopfield.study.recall.mean_field_result", interrupted)
    with contextlib.suppress(KeyboardInterrupt):
        assert main(["run", str(study), "-o", str(finished)]) != 0
    assert (finished / "result.nc").read_bytes() == older
    assert set(load(finished / "partial.nc").children) == {"patterns", "rates", "kinetic"}
    capsys.readouterr()
    assert main(["plot", str(finished / "partial.nc"), "-o", str(finished / "part")]) == 0
    assert {path.stem for path in (finished / "part").iterdir()} == {"rates", "recall", "overlaps", "certificate"}


def test_a_wrong_file_leaves_no_folder(tmp_path):
    path = tmp_path / "wrong.toml"
    path.write_text('[recall]\npattern = "Q"\n', encoding="utf-8")
    assert main(["run", str(path), "-o", str(tmp_path / "out")]) == 2
    assert not (tmp_path / "out").exists()


def test_a_title_is_printed_as_it_is_written(tmp_path, capsys):
    path = tmp_path / "title.toml"
    path.write_text(QUICK.replace("Quick", "a [/b] [red]c"), encoding="utf-8")
    assert main(["run", str(path), "-o", str(tmp_path / "out")]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("a [/b] [red]c\nPatterns(3 patterns of 35 spins: E, V, X; shape (7, 5))\n")


def test_the_validity_map_is_measured_written_and_compared(tmp_path, monkeypatch, capsys):
    """The measurement itself takes minutes and is tested by points elsewhere; here it returns the shipped map."""
    monkeypatch.setattr(commands, "validity_map", lambda progress: progress(1.0) or measured_map())
    table, figure = tmp_path / "map.csv", tmp_path / "map.png"
    assert main(["validity-map", "--output", str(table), "--figure", str(figure)]) == 0
    printed = capsys.readouterr().out
    assert "good: " in printed
    assert "largest difference from the map that certificates read: 0.0e+00" in printed
    assert len(table.read_text(encoding="utf-8").splitlines()) == 1009
    assert figure.stat().st_size > 1000


def test_a_place_for_the_validity_map_that_cannot_be_written_is_told(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(commands, "validity_map", lambda progress: progress(1.0) or measured_map())
    assert main(["validity-map", "--output", str(tmp_path)]) == 2
    assert "Choose another with --output" in capsys.readouterr().err
