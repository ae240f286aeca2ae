"""The self-test: it passes, it can fail, and its numbers are those of the documents."""

import math
import re
from dataclasses import replace
from pathlib import Path

import pytest

from cavity_hopfield.study.reference_numbers import REFERENCES, TABLE, self_test

DOCS = Path(__file__).parents[3] / "docs"
DERIVED = {"error of the rates, certified", "mean field above threshold"}


def by_name(name):
    [one] = [one for one in REFERENCES if one.name == name]
    return one


@pytest.mark.parametrize("reference", [one for one in REFERENCES if one.source.startswith(TABLE)], ids=lambda r: r.name)
def test_references_stand_in_the_table_they_name(reference):
    text = (DOCS / "check_values.md").read_text(encoding="utf-8")
    section = re.split(r"^## ", text, flags=re.MULTILINE)
    [section] = [part for part in section if part.startswith(reference.source.removeprefix(TABLE) + "\n")]
    if reference.name not in DERIVED:
        numbers = [float(number) for number in re.findall(r"\d*\.\d+(?:e-\d+)?", section)]
        assert abs(reference.value) in numbers


def test_the_derived_references_follow_from_the_table():
    text = (DOCS / "check_values.md").read_text(encoding="utf-8")
    assert "| .05 | .065 | .01897843 | .01787128 |" in text
    assert by_name("error of the rates, certified").value == 0.01787128 / 0.01897843 - 1
    assert by_name("mean field above threshold").value == math.sqrt(1 - (1 / 2) ** 4)


@pytest.mark.parametrize(
    "name", ["flip rate, closed form", "limit cycle, angular frequency", "NetCDF file, largest change"]
)
def test_a_wrong_reference_is_told(name):
    right = by_name(name)
    good, off = self_test(references=[right, replace(right, value=right.value + 3 * right.tolerance + 1e-12)])
    assert good.passed
    assert not off.passed
    assert off.value == good.value
    assert not off.to_dict()["passed"]


def test_a_computation_that_fails_is_told_and_the_others_go_on():
    def broken():
        raise ZeroDivisionError("planted")

    fractions = []
    wrong = replace(REFERENCES[0], measure=broken)
    nothing = replace(REFERENCES[0], measure=lambda: math.nan)
    checks = self_test(fractions.append, [wrong, nothing, REFERENCES[0]])
    assert [check.passed for check in checks] == [False, False, True]
    assert checks[0].failure == "ZeroDivisionError: planted"
    assert checks[0].value is None
    assert fractions == pytest.approx([1 / 3, 2 / 3, 1])
