"""The command `phase-diagram` at a terminal."""

import pytest

from cavity_hopfield import load
from cavity_hopfield.cli import main

QUICK = ["phase-diagram", "--temperature", "0.15:0.75:3", "--drive", "0.1:0.9:2", "--seed", "4"]


def test_it_writes_the_diagram_and_its_figure_and_prints_a_table(tmp_path, capsys):
    assert main([*QUICK, "--output", str(tmp_path / "out")]) == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"phase_diagram.nc", "phase_diagram.png"}
    diagram = load(tmp_path / "out" / "phase_diagram.nc").dataset
    assert diagram["phase"].shape == (3, 2)
    printed = capsys.readouterr()
    assert printed.err == ""
    for expected in ("limit cycle", "33.3%", "0.6385", "0.5814", "had not settled: 0.00%", "phase_diagram.png"):
        assert expected in printed.out


def test_several_patterns_have_no_lines(tmp_path, capsys):
    assert main([*QUICK, "--patterns", "2", "--output", str(tmp_path)]) == 0
    assert "drives where" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--temperature", "0.1:0.9"], "`--temperature` must be START:STOP:COUNT"),
        (["--temperature", "0:0.9:3"], "`--temperature` must start above 0"),
        (["--temperature", "nan:0.9:3"], "`--temperature` must increase"),
        (["--drive", "0:1:0"], "`--drive` must increase from START to STOP"),
        (["--drive", "0:1:-3"], "`--drive` must be START:STOP:COUNT"),
        (["--patterns", "0"], "`--patterns` must be from 1 to 4, but is 0"),
        (["--seed", "-1"], "`seed` must be at least 0"),
    ],
)
def test_wrong_input_is_one_line_and_code_two(arguments, words, tmp_path, capsys):
    assert main(["phase-diagram", *arguments, "--output", str(tmp_path / "out")]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert len(printed.err.splitlines()) == 1
    assert words in printed.err


def test_a_folder_that_cannot_be_made_is_said(tmp_path, capsys):
    (tmp_path / "taken").write_text("a file", encoding="utf-8")
    assert main([*QUICK, "--output", str(tmp_path / "taken")]) == 2
    assert "Cannot make the folder" in capsys.readouterr().err
