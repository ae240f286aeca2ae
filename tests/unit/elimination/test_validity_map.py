"""The measured map of the error of rates: against an independent full solution, and against what is shipped."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cavity_hopfield.elimination.certificate.validity_map import (
    GRID,
    MEASURED,
    expected_error,
    measured_map,
    table_lines,
    validity_map,
)
from cavity_hopfield.exceptions import ArgumentError
from tests.twins.one_spin_lindblad import relaxation_rate

EASY = {"eta": [1.0], "coupling": [0.4], "drive_over_dephasing": [0.1, 0.2], "flip_energy": [0.0, 0.5]}


def test_the_exact_rate_is_that_of_the_full_equation_written_independently():
    point = validity_map(**EASY | {"flip_energy": [0.0]}).isel(flip_energy=0, eta=0, coupling=0)
    dephasing = 4 * 0.4**2 * 0.5 / 1.25
    for k, over in enumerate(EASY["drive_over_dephasing"]):
        drive = over * dephasing
        assert float(point["drive_ratio"][k]) == pytest.approx(2 * drive / np.sqrt(1.25))
        assert float(point["exact_rate"][k]) == pytest.approx(relaxation_rate(drive, 1.0, 0.4, 1.0), rel=2e-6)
        assert float(point["error"][k]) == pytest.approx(float(point["rate"][k] / point["exact_rate"][k]) - 1)


def test_the_shipped_map_is_what_is_measured_now():
    shipped = measured_map().sel(EASY)
    now = validity_map(**EASY)
    for name in MEASURED:
        np.testing.assert_allclose(now[name], shipped[name], rtol=1e-5, atol=1e-9)


@pytest.mark.slow
def test_more_points_of_the_shipped_map_are_what_is_measured_now():
    stream = np.random.default_rng(4)
    for _ in range(12):
        point = {name: [float(stream.choice(values))] for name, values in GRID.items()}
        point["coupling"] = [min(point["coupling"][0], 1.0)]
        np.testing.assert_allclose(
            validity_map(**point)["error"], measured_map().sel(point)["error"], rtol=1e-3, atol=1e-5
        )


def test_the_shipped_map_covers_its_grid_and_its_error_falls_as_the_drive_squared():
    measured = measured_map()
    assert {name: tuple(measured[name].values) for name in GRID} == GRID
    assert int(measured["ratio"].count()) == 1008
    weak = measured["error"].sel(flip_energy=0.0, coupling=0.1, drive_over_dephasing=[0.05, 0.1])
    np.testing.assert_allclose(weak[:, 1] / weak[:, 0], 4.0, rtol=0.05)


def test_a_table_gives_the_map_back():
    measured = validity_map(**EASY | {"drive_over_dephasing": [0.1], "flip_energy": [0.0]})
    header, *rows = table_lines(measured)
    assert header.split(",") == [*GRID, *MEASURED]
    values = dict(zip(header.split(","), map(float, rows[0].split(",")), strict=True))
    assert values["error"] == pytest.approx(float(measured["error"].squeeze()))


@settings(max_examples=50, deadline=None)
@given(st.floats(1e-6, 0.25), st.floats(1e-6, 0.4), st.floats(1, 2), st.floats(1, 2))
def test_the_expected_error_never_falls_as_the_platform_gets_harder(ratio, drive_ratio, more, faster):
    easier, harder = expected_error(ratio, drive_ratio), expected_error(ratio * more, drive_ratio * faster)
    assert np.isnan(harder) or harder >= easier


@pytest.mark.parametrize(("ratio", "drive_ratio", "within", "band"), [(0.03, 0.2, 0.03, 0.06), (0.1, 0.4, 0.12, 0.19)])
def test_at_the_bounds_of_the_verdicts_the_errors_are_as_documented(ratio, drive_ratio, within, band):
    """docs/validity.md."""
    measured = measured_map()
    inside = measured["error"].where((measured["ratio"] < ratio) & (measured["drive_ratio"] < drive_ratio))
    assert float(np.abs(inside).max()) == pytest.approx(within, abs=0.005)
    assert expected_error(ratio, drive_ratio) == pytest.approx(band, abs=0.005)


def test_beyond_the_measured_points_nothing_is_promised():
    assert np.isnan(expected_error(5.0, 0.1))
    assert np.isnan(expected_error(0.01, 50.0))


@pytest.mark.parametrize(
    ("name", "value"), [("eta", [0.0]), ("coupling", []), ("drive_over_dephasing", 0.1), ("flip_energy", [-1.0])]
)
def test_wrong_points_are_refused_by_name(name, value):
    with pytest.raises(ArgumentError, match=f"`{name}`"):
        validity_map(**{name: value})
