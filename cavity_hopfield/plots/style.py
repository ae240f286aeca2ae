"""The house style: legible in print, and for the colour-blind (palette of Okabe and Ito)."""

from contextlib import AbstractContextManager
from typing import Any

from matplotlib import rc_context

BLUE, VERMILION, GREEN, PURPLE, SKY, ORANGE = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00"
CYCLE = (BLUE, VERMILION, GREEN, PURPLE, SKY, ORANGE)
DASHES = ("-", "--", "-.", ":")
GREY = "0.6"

STYLE: Any = {
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 10,
    "axes.labelsize": 10,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "lines.linewidth": 1.6,
    "savefig.dpi": 160,
}


def house_style() -> AbstractContextManager[None]:
    """The context in which figures are made."""
    return rc_context(STYLE)
