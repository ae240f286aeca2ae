"""Numbers with units at the door: texts, pint quantities, and the factor 2 pi."""

import numpy as np
import pint
import pytest

from cavity_hopfield import ArgumentError
from cavity_hopfield.platforms.quantities import si_array, si_number, unit_of

UNITS = pint.UnitRegistry()


@pytest.mark.parametrize(
    ("name", "given", "value"),
    [
        ("loss_rad_s", "2pi * 130 kHz", 2 * np.pi * 130e3),
        ("loss_rad_s", "2 π × 1.5e-3 GHz", 2 * np.pi * 1.5e6),
        ("loss_rad_s", "-2*pi*80 GHz", -2 * np.pi * 80e9),
        ("loss_rad_s", "2pi * 3e6 rad/s", 2 * np.pi * 3e6),
        ("loss_rad_s", "8.2e5 rad/s", 8.2e5),
        ("loss_rad_s", "8.2 krad/s", 8.2e3),
        ("loss_rad_s", "5 1/s", 5.0),
        ("loss_rad_s", 7, 7.0),
        ("rate_per_s", "3 1/ms", 3e3),
        ("length_m", "1.5 um", 1.5e-6),
        ("length_m", "1.5 µm", 1.5e-6),
        ("mass_kg", "171 u", 171 * 1.66053906892e-27),
        ("time_s", "2 ms", 2e-3),
        ("number", "3", 3.0),
        ("loss_rad_s", 5 * UNITS.radian / UNITS.millisecond, 5e3),
        ("loss_rad_s", 130 * UNITS.turn / UNITS.millisecond, 2 * np.pi * 130e3),
        ("loss_rad_s", 3 / UNITS.second, 3.0),
        ("rate_per_s", 3 / UNITS.microsecond, 3e6),
        ("length_m", 780 * UNITS.nanometer, 7.8e-7),
        ("time_s", 2 * UNITS.minute, 120.0),
        ("number", 3 * UNITS.dimensionless, 3.0),
    ],
)
def test_what_fits(name, given, value):
    assert si_number(name, given) == pytest.approx(value, rel=1e-14)


@pytest.mark.parametrize(
    ("name", "given", "told"),
    [
        ("loss_rad_s", "130 kHz", r'a factor 2 pi is missing. Write "2pi \* 130 kHz"'),
        ("loss_rad_s", 130 * UNITS.kilohertz, "a factor 2 pi may be missing.* Give it in `radian / second`"),
        ("rate_per_s", 130 * UNITS.hertz, "Give it in `1 / second`"),
        ("loss_rad_s", "130", "must be in rad/s"),
        ("loss_rad_s", "2pi * 130 um", "must be in rad/s"),
        ("loss_rad_s", 3 * UNITS.meter, "must be in rad/s, but is 3 meter"),
        ("length_m", "2pi * 3 m", "must be in m"),
        ("length_m", "3 kHz", "must be in m"),
        ("length_m", "", 'such as "1.5 um"'),
        ("loss_rad_s", "130 kHz * 2pi", 'Write it as "2pi'),
        ("loss_rad_s", "-2pi * -3 kHz", "must be a number with a unit"),
        ("loss_rad_s", [1.0, 2.0], "must be one number"),
        ("loss_rad_s", None, "must hold real numbers"),
        ("loss_rad_s", "1e999 rad/s", "must be finite, but holds inf"),
        ("loss_rad_s", "\u0663 rad/s", "must be a number with a unit"),
        ("loss_rad_s", True, "must hold numbers, but is True"),
        ("loss_rad_s", np.array([True]), "must hold numbers"),
        ("length_m", ["1 um", ["2 um", "3 um"]], "must be of a regular shape"),
        ("length_m", [[1.0], [2.0, 3.0]], "must be of a regular shape"),
        ("rate_per_s", 3 * UNITS.turn / UNITS.second, "Give it in `1 / second`"),
    ],
)
def test_what_does_not_fit_is_told(name, given, told):
    with pytest.raises(ArgumentError, match=told):
        si_number(name, given)


def test_lists_mix_numbers_texts_and_quantities():
    given = ["2pi * 1 Hz", 2.0, 3 * UNITS.radian / UNITS.second]
    assert si_array("loss_rad_s", given).tolist() == [2 * np.pi, 2.0, 3.0]
    assert si_array("length_m", [1.0, 2.0] * UNITS.centimeter).tolist() == [0.01, 0.02]


@pytest.mark.parametrize("style", ["", "~P", "~C", "~D", "L"])
@pytest.mark.parametrize("unit", ["kHz", "hertz", "cps", "kcps", "Bq", "MBq", "count/s", "baud"])
@pytest.mark.parametrize("name", ["loss_rad_s", "rate_per_s"])
def test_cycles_and_counts_are_told_however_pint_writes_them(style, unit, name):
    registry = pint.UnitRegistry()
    registry.formatter.default_format = style
    with pytest.raises(ArgumentError, match="a factor 2 pi may be missing"):
        si_number(name, registry.Quantity(3.0, unit))
    assert si_number("loss_rad_s", registry.Quantity(3.0, "mrad/us")) == pytest.approx(3e3)


@pytest.mark.parametrize(("unit", "turns"), [("turn/s", 1), ("rps", 1), ("rpm", 1 / 60), ("degree/ms", 1000 / 360)])
def test_angles_of_pint_are_turned_into_radians(unit, turns):
    assert si_number("loss_rad_s", UNITS.Quantity(3.0, unit)) == pytest.approx(2 * np.pi * 3 * turns)


def test_texts_come_in_rows_and_arrays():
    rows = [["1 um", 2e-6], ["3 um", 4 * UNITS.micrometer]]
    expected = 1e-6 * np.array([[1.0, 2.0], [3.0, 4.0]])
    np.testing.assert_allclose(si_array("length_m", rows), expected, rtol=1e-14)
    np.testing.assert_allclose(si_array("length_m", np.array(["1 um", "2 um"])), expected[0], rtol=1e-14)
    assert si_array("length_m", []).shape == (0,)


def test_the_ending_of_a_name_is_its_unit():
    names = ("loss_rad_s", "rate_per_s", "length_m", "mass_kg", "time_s", "spin")
    assert [unit_of(name) for name in names] == ["rad/s", "1/s", "m", "kg", "s", "1"]


@pytest.mark.parametrize(("bound", "told"), [({"minimum": 1.0}, "at least 1"), ({"above": 0.5}, "greater than 0.5")])
def test_bounds(bound, told):
    with pytest.raises(ArgumentError, match=told):
        si_number("time_s", "0.5 s", **bound)
