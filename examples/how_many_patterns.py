"""How many patterns fit: the theory of many patterns, and recall counted in networks of finite size."""

from pathlib import Path

import numpy as np
import xarray as xr

import cavity_hopfield as ch
from cavity_hopfield.plots import plot_capacity, save_figure

POINTS = [
    *((0.2, load) for load in (0.03, 0.08, 0.11, 0.15)),
    *((0.5, load) for load in (0.01, 0.04, 0.08, 0.12)),
    *((0.8, load) for load in (0.004, 0.02, 0.04, 0.08)),
    *((1.1, load) for load in (0.004, 0.04)),
]
"""Temperatures and loads at which runs are made."""
SPINS = (250, 500, 1000, 2000, 4000)


def counted(quick: bool) -> xr.Dataset:
    """The recalled fraction of patterns stored by Hebb's rule, one spin updated at a time."""
    sizes = SPINS[:2] if quick else SPINS
    loads = np.linspace(0.12, 0.24, 7) if quick else np.linspace(0.13, 0.21, 13)
    updates = ch.ZeroTemperature(threads=2)
    return ch.recall_fraction(sizes, loads, samples=6 if quick else 10, tested=24, seed=1, updates=updates)


def corrupted(quick: bool) -> xr.Dataset:
    """The same for the pseudo-inverse, from patterns of which a tenth of the spins is wrong."""
    return ch.recall_fraction(
        150 if quick else 400,
        np.linspace(0.1, 0.9, 5),
        couplings="pseudo_inverse",
        start_overlap=0.8,
        samples=2 if quick else 4,
        tested=16,
        seed=1,
    )


def main(quick: bool = False, folder: Path | None = None) -> tuple[float, xr.Dataset]:
    """Draw the figure into `folder`; return the critical load at zero temperature and the extrapolated ones."""
    heats = np.concatenate([[0.0, 1e-4, 1e-3], np.arange(0.005, 1.0, 0.1 if quick else 0.005), [0.999]])
    lines, recall = ch.phase_boundaries(heats), counted(quick)
    found, last = ch.recall_capacity(recall), ch.critical_load()
    temperatures, loads = np.array(POINTS[::5] if quick else POINTS).T
    points = ch.thermal_recall(
        temperatures,
        loads,
        spins=200 if quick else 1000,
        samples=2 if quick else 4,
        time=20.0 if quick else 200.0,
        seed=1,
    )
    if folder is not None:
        save_figure(plot_capacity(lines, recall, points=points, capacity=found), folder / "capacity.png")
    print(f"many patterns: recall up to a load of {last:.6f} at T = 0")
    for size, half, error in zip(SPINS, found["half_load"].values, found["half_load_error"].values, strict=False):
        print(f"N = {size}: half recalled at {half:.4f} +- {error:.4f}")
    for power, value, error, square in zip(
        *(found[name].values for name in ("exponent", "asymptote", "asymptote_error", "chi_square")), strict=True
    ):
        freedom = int(found["degrees_of_freedom"])
        print(
            f"as N^-{power:.3f}: {value:.4f} +- {error:.4f}, chi square {square:.1f} for {freedom} degrees of freedom"
        )
    for k in range(points.sizes["point"]):
        at = {name: float(points[name][k]) for name in ("temperature", "load_used", "overlap", "predicted")}
        print(
            f"T = {at['temperature']:.1f}, load {at['load_used']:.3f}: overlap {at['overlap']:.3f}, of many spins "
            f"{at['predicted']:.3f}; recalled with {int(points['sets_recalled'][k])} of {points.sizes['sample']} sets"
        )
    told = corrupted(quick)
    for load, share in zip(told["load"].values, told["recalled"].values[0], strict=True):
        print(f"pseudo-inverse, load {load:.1f}: {share:.0%} recalled from an overlap of .8")
    return last, found


if __name__ == "__main__":
    main(folder=Path(__file__).parent.parent / "docs" / "figures")
