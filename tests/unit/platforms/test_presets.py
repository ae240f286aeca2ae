"""Presets: no number without its source, none that the platform does not use, and errors that help."""

import json
from pathlib import Path

import numpy as np
import pytest

from cavity_hopfield import ArgumentError
from cavity_hopfield.platforms import Platform, presets
from cavity_hopfield.platforms.preset import made_of
from cavity_hopfield.platforms.preset_report import preset_report
from cavity_hopfield.platforms.provenance import Sourced, assumed, published

NAMES = presets.names()


@pytest.mark.parametrize("name", NAMES)
def test_every_value_says_where_it_comes_from_and_stands_in_the_platform(name):
    preset = presets.load(name)
    assert preset.name == name == preset.references[0]
    assert isinstance(preset.platform, Platform)
    assert set(preset.published) | set(preset.assumed) == set(preset.values)
    assert preset.published
    for key, value in preset.values.items():
        assert value.name == key
        assert len(value.source) > 10
        assert bool(value.printed) == value.is_published
        held = getattr(preset.platform, key, value.value)
        if np.ndim(held) == 0:
            assert held == value.value


@pytest.mark.parametrize("name", NAMES)
def test_a_preset_makes_a_model_and_tells_itself(name):
    preset = presets.load(name)
    dicke = preset.to_dicke()
    assert dicke.drive > 0
    assert dicke.stored is not None
    table = preset.table()
    for key, value in preset.values.items():
        assert key in table
        assert value.source in table
    told = json.loads(json.dumps(preset.to_dict()))
    assert told["name"] == name
    assert told["values"].keys() == preset.values.keys()
    assert preset.citation.startswith("@")
    assert name in presets.describe()


def test_an_unknown_preset_is_refused_with_those_there_are():
    with pytest.raises(ArgumentError, match=r"fioroni2024.*zhang2017"):
        presets.load("guo2018")


def test_no_published_value_without_a_place_and_no_assumption_without_a_reason():
    with pytest.raises(ArgumentError, match="`assumed`"):
        published("waist_m", "35 um", printed="35 um", source="")
    with pytest.raises(ArgumentError, match="reason"):
        assumed("waist_m", "35 um", reason="")
    with pytest.raises(ArgumentError, match="2 pi is missing"):
        published("photon_loss_rad_s", "150 kHz", printed="150 kHz", source="Table 1")


def test_a_value_that_nothing_reads_is_refused():
    values = [assumed("waist_m", "35 um", reason="ours"), assumed("spread_m", "1 um", reason="ours")]
    with pytest.raises(ArgumentError, match="unread: spread_m"):
        made_of(values, lambda value: value["waist_m"], name="x", title="x", references=())


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("photon_loss_rad_s", 2 * np.pi * 300e3, "2pi * 300 kHz"),
        ("waist_m", 35e-6, "35 um"),
        ("cooling_per_s", 1e3, "1000 1/s"),
        ("spin", 1.0, "1"),
        ("species", "87Rb D2", "87Rb D2"),
    ],
)
def test_values_are_shown_as_a_laboratory_writes_them(name, value, shown):
    assert Sourced(name, value, assumed(name, value, reason="ours").provenance, "ours").shown == shown


def test_a_report_says_all_that_it_should():
    preset = presets.load("kroeze2022")
    told = []
    report = preset_report(
        preset, runs=10, initial_overlaps=[0.0, 1.0], vary=["level_splitting_rad_s"], progress=told.append
    )
    assert told == sorted(told)
    assert told[-1] == 1
    assert report.point.certificate.verdict == "broken"
    # r goes as the square of the drive, and 0.03 is what is good
    assert report.drive_factor == pytest.approx(np.sqrt(0.03 / report.point.ratio))
    for text in ("cooperativity in excess of 110", "verdict on rates", "One knob alone", "closest Glauber"):
        assert text.lower() in report.text.lower()
    told = json.loads(json.dumps(report.to_dict()))
    assert told["drive_factor"] < 1
    assert set(told["recalls"]["success"]) == set(report.recalls["pattern"].values)
    # a start at the pattern has arrived
    assert (report.recalls["success"].sel(initial_overlap=1.0) == 1).all()
    assert report.recalls["retrieval_time_s"].attrs["units"] == "s"
    assert report.rates.attrs["preset"] == report.recalls.attrs["preset"] == report.ways.attrs["preset"] == "kroeze2022"


@pytest.mark.parametrize("name", NAMES)
def test_the_page_on_laboratories_has_every_value_as_it_is(name):
    preset = presets.load(name)
    page = (Path(__file__).parents[3] / "docs" / "platforms.md").read_text(encoding="utf-8")
    section = page.split(f"### {name}: ")[1].split("\n### ")[0]
    assert section.startswith(preset.title)
    rows = [row.split(" | ", 3) for row in section.splitlines() if row.startswith("| `")]
    assert [row[0] for row in rows] == [f"| `{key}`" for key in preset.values]
    for row, value in zip(rows, preset.values.values(), strict=True):
        assert row[1] == value.shown.replace("*", "\u00d7")
        assert row[2] == str(value.provenance)
        source = value.source if not value.is_published else value.sentence
        assert row[3].removesuffix(" |").replace("\u2223", "|") == source
    for note in preset.notes:
        assert f"\n- {note}\n" in section


def test_the_page_on_laboratories_has_the_ratios_of_the_model():
    page = (Path(__file__).parents[3] / "docs" / "platforms.md").read_text(encoding="utf-8")
    for name in ("fioroni2024", "kroeze2022", "zhang2017"):
        (row,) = [row for row in page.splitlines() if row.startswith(f"| `{name}` |")]
        ratio = float(row.split(" | ")[2])
        assert presets.load(name).operating_point().ratio == pytest.approx(ratio, rel=0.02)
