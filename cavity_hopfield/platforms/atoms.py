"""Natural linewidths of the lines used in cavities: a number that is given without its factor 2 pi is told by them."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from cavity_hopfield._checks import one_of
from cavity_hopfield.exceptions import ArgumentError

STECK = "D. A. Steck, Alkali D Line Data, https://steck.us/alkalidata"
CLOSE = 0.05
"""Relative difference up to which a number is taken for a known one."""


@dataclass(frozen=True)
class AtomicLine:
    r"""$\Gamma_a$, decay rate of the excited population, which is the full width at half maximum.

    Attributes
    ----------
    linewidth_rad_s : float
        $\Gamma_a$.
    wavelength_m : float
        In vacuum.
    source : str
        Where the numbers stand.
    """

    linewidth_rad_s: float
    wavelength_m: float
    source: str


def _line(linewidth_mhz: float, wavelength_nm: float, source: str = STECK) -> AtomicLine:
    return AtomicLine(2 * np.pi * linewidth_mhz * 1e6, wavelength_nm * 1e-9, source)


ATOMIC_LINES: Mapping[str, AtomicLine] = MappingProxyType(
    {
        "23Na D2": _line(9.795, 589.158),
        "87Rb D1": _line(5.750, 794.979),
        "87Rb D2": _line(6.067, 780.241),
        "133Cs D1": _line(4.575, 894.593),
        "133Cs D2": _line(5.234, 852.347),
        "171Yb 556 nm": _line(0.184, 555.80, "K. Beloy et al., Phys. Rev. A 86, 051404(R) (2012)"),
    }
)
"""Lines by the names that `species` takes."""


def check_linewidth(species: str, linewidth_rad_s: float) -> None:
    r"""An error unless `linewidth_rad_s` is the natural linewidth of `species`, one that tells a missing $2 \pi$.

    Parameters
    ----------
    species : str
        One of the names in `ATOMIC_LINES`, such as "87Rb D2".
    linewidth_rad_s : float
        The number to check, which may differ by 5 per cent.

    Raises
    ------
    ArgumentError
        If the line is unknown or has another width; the text says what kind of mistake the ratio looks like.
    """
    known = ATOMIC_LINES[one_of("species", species, tuple(ATOMIC_LINES))].linewidth_rad_s
    ratio = linewidth_rad_s / known
    if abs(ratio - 1) < CLOSE:
        return
    mistakes = {
        1 / (2 * np.pi): "a factor 2 pi is missing: this looks like the width in Hz",
        2 * np.pi: "the factor 2 pi stands in it twice",
        0.5: "this looks like the half width, the decay rate of the dipole; the full width is meant",
        1 / (4 * np.pi): "this looks like the half width in Hz; the full width as an angular frequency is meant",
    }
    told = [text for factor, text in mistakes.items() if abs(ratio / factor - 1) < CLOSE]
    raise ArgumentError(
        f"Argument `atomic_linewidth_rad_s` is {linewidth_rad_s:.4g}, but the line {species} has {known:.4g} rad/s = "
        f"2pi * {known / (2e6 * np.pi):.4g} MHz{': ' + told[0] if told else ''}. Correct it, or leave `species` out."
    )
