"""The command `compare` at a terminal."""

import json

from cavity_hopfield import load, model_of
from cavity_hopfield.cli import main


def test_it_puts_both_laws_through_the_same_recalls(tmp_path, capsys):
    assert main(["compare", "--runs", "12", "--threads", "2", "--output", str(tmp_path / "out")]) == 0
    assert {path.stem for path in (tmp_path / "out").iterdir()} == {"platform_against_glauber"}
    found = load(tmp_path / "out" / "platform_against_glauber.nc").dataset
    assert found.sizes["law"] == 2
    assert found.sizes["run"] == 12
    assert model_of(found).patterns.names == ("E", "V", "X")
    printed = capsys.readouterr().out
    for expected in ("Closest Glauber law: T = 0.276", "comparisons differ significantly", "Certificate: Rates hold"):
        assert expected in printed


def test_no_runs_are_refused_in_one_line(tmp_path, capsys):
    assert main(["compare", "--runs", "0", "--output", str(tmp_path)]) == 2
    assert capsys.readouterr().err.strip() == "cavity-hopfield: Argument `runs` must be at least 1, but is 0."


def test_what_is_finished_is_kept_where_it_is_asked_for(tmp_path, capsys):
    kept = tmp_path / "kept"
    asked = ["compare", "--runs", "2", "--checkpoint", str(kept), "--output", str(tmp_path)]
    assert main(asked) == 0
    first = capsys.readouterr().out
    blocks = {path: path.stat().st_mtime_ns for path in kept.rglob("*.npz")}
    assert {path.parent.name for path in blocks} >= {"holding-0", "recalls-0-0", "recalls-2-1", "late-1"}
    assert main([*asked, "--threads", "2"]) == 0
    assert capsys.readouterr().out == first
    assert {path: path.stat().st_mtime_ns for path in kept.rglob("*.npz")} == blocks


def test_no_threads_are_refused_in_one_line(tmp_path, capsys):
    assert main(["compare", "--threads", "0", "--output", str(tmp_path)]) == 2
    assert capsys.readouterr().err.strip() == "cavity-hopfield: Argument `threads` must be at least 1, but is 0."


def test_json_holds_the_match_the_shares_and_every_comparison(tmp_path, capsys):
    assert main(["compare", "--runs", "4", "--json", "--output", str(tmp_path)]) == 0
    told = json.loads(capsys.readouterr().out)
    found = load(tmp_path / "platform_against_glauber.nc").dataset
    assert told["glauber"]["temperature"] == found.attrs["glauber_temperature"]
    assert (
        told["success"]["platform"]["E"]["success"] == found["success"].sel(law="platform", pattern="E").values.tolist()
    )
    assert len(told["comparisons"]) == found.sizes["comparison"]
    assert {"quantity", "platform_value", "adjusted_p_value", "significant"} <= set(told["comparisons"][0])
    assert told["files"][0].endswith("platform_against_glauber.nc")
