"""A cavity that recalls letters beside the thermal network closest to it: the same starts through both."""

from pathlib import Path

import xarray as xr

import cavity_hopfield as ch
from cavity_hopfield.plots import plot_platform, save_figure


def cavity() -> ch.MultimodeDicke:
    """Three letters in three modes, with a spread of the couplings by which the light tells all spins apart."""
    return ch.MultimodeDicke.from_patterns(
        ch.letters("EVX"), g=0.12, omega=1.0, loss=0.3, gain=0.01, drive=2.5e-4, disorder=0.05, seed=3
    )


def main(quick: bool = False, folder: Path | None = None) -> xr.Dataset:
    """Draw the figure into `folder`, print the report, and return the result."""
    overlaps = [0.0, 0.3, 0.6, 1.0] if quick else [0.05 * k for k in range(21)]
    found = ch.platform_against_glauber(
        cavity(), initial_overlaps=overlaps, runs=60 if quick else 500, seed=1, threads=1 if quick else 2
    )
    print(ch.platform_report(found))
    if folder is not None:
        save_figure(plot_platform(found), folder / "platform_against_glauber.png")
    return found


if __name__ == "__main__":
    main(folder=Path(__file__).parent.parent / "docs" / "figures")
