"""Units and ticks as they are written in figures."""

import xarray as xr
from matplotlib.axis import Axis
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

UNITS = {
    "unit of omega": r"units of $\omega$",
    "omega": r"units of $\omega$",
    "1 / unit of omega": r"units of $1/\omega$",
    "1 / unit of the rates": r"units of $1/\omega$",
}
"""How units of datasets are written; others as they are."""
DECADES = 200.0
"""Logarithmic axes that span less than this factor have their ticks written out."""


def unit_of(values: xr.DataArray, unknown: str = "1") -> str:
    """The unit of a variable; empty if it has none."""
    told = str(values.attrs.get("units", unknown))
    return "" if told == "1" else UNITS.get(told, told)


def with_unit(text: str, values: xr.DataArray, unknown: str = "1") -> str:
    """A text and the unit of a variable in brackets."""
    unit = unit_of(values, unknown)
    return f"{text} ({unit})" if unit else text


def named(values: xr.DataArray) -> str:
    """The name of a variable and its unit."""
    return with_unit(str(values.name).replace("_", " "), values)


def plain_ticks(axis: Axis) -> None:
    """Ticks at 1, 2 and 5 of each decade of a logarithmic axis, more in a single one, written out as numbers."""
    low, high = sorted(axis.get_view_interval())
    if high < DECADES * low:
        subs = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0) if high < 10 * low else (1.0, 2.0, 5.0)
        axis.set_major_locator(LogLocator(subs=subs))
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axis.set_minor_formatter(NullFormatter())
