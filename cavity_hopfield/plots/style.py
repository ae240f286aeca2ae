"""The house style: legible in print at the width it is drawn, for the colour-blind (Okabe and Ito), and in grey.

Every figure is at most as wide as a page of a journal, with no text below eight points, so that it goes into a paper
without being scaled. Lines differ by their dashes as well as by their colours, phases by their hatches.
"""

from contextlib import AbstractContextManager
from typing import Any

from cycler import cycler
from matplotlib import rc_context

COLUMN, PAGE = 3.4, 7.0
"""Widths of a column and of a page, in inches."""
SMALLEST_TEXT = 8.0
"""In points."""
BLUE, VERMILION, GREEN, PURPLE, SKY, ORANGE = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00"
YELLOW = "#F0E442"
"""For areas alone: a line of it would be too pale."""
CYCLE = (BLUE, VERMILION, GREEN, PURPLE, SKY, ORANGE)
DASHES: tuple[Any, ...] = (
    "-",
    (0, (4, 1.6)),
    (0, (5, 1.3, 1, 1.3)),
    (0, (1, 1.2)),
    (0, (8, 1.6)),
    (0, (4, 1, 1, 1, 1, 1)),
)
"""As many as colours; lines of any two differ in print without colours."""
MARKERS = ("o", "s", "^", "D", "v", "P")
INK, GREY, FAINT = "0.1", "0.5", "0.85"
"""Lines over colours; references; grids and bars behind data."""
DIVERGING = "RdBu_r"
"""Signed values, with zero white; blue and red stay apart for the colour-blind."""
SEQUENTIAL = "cividis"
"""Values from small to large, equally for the colour-blind."""

STYLE: Any = {
    "font.size": 9,
    "axes.titlesize": 9,
    "axes.labelsize": 9,
    "figure.titlesize": 9,
    "xtick.labelsize": SMALLEST_TEXT,
    "ytick.labelsize": SMALLEST_TEXT,
    "legend.fontsize": SMALLEST_TEXT,
    "legend.title_fontsize": SMALLEST_TEXT,
    "legend.frameon": False,
    "legend.handlelength": 2.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.8,
    "axes.prop_cycle": cycler(color=CYCLE),
    "lines.linewidth": 1.5,
    "lines.markersize": 4,
    "hatch.linewidth": 0.5,
    "figure.dpi": 160,
    "savefig.dpi": "figure",
}


def house_style() -> AbstractContextManager[None]:
    """The context in which figures are made; for figures of one's own, too.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> with house_style():
    ...     axes = Figure(figsize=(COLUMN, 2.4), layout="constrained").subplots()
    >>> axes.spines["top"].get_visible()
    False
    """
    return rc_context(STYLE)


def look(k: int) -> dict[str, Any]:
    """Colour and dashes of the line number `k`; no two of the first 36 share both."""
    return {"color": CYCLE[k % len(CYCLE)], "linestyle": DASHES[(k + k // len(CYCLE)) % len(DASHES)]}


def marked(k: int) -> dict[str, Any]:
    """The same, with a marker."""
    return {**look(k), "marker": MARKERS[k % len(MARKERS)]}
