"""Two patterns of twelve spins in two modes: which of them a run recalls, seen in the light alone."""

from pathlib import Path

import numpy as np
import xarray as xr

import cavity_hopfield as ch
from cavity_hopfield.plots import plot_light_recall, save_figure

PATTERNS = ch.Patterns(np.array([[1] * 12, [1] * 6 + [-1] * 6], np.int8), names=("A", "B"))
OMEGA, LOSS, DRIVE = 1.0, 1.0, 0.25
CRITICAL = float(np.sqrt(DRIVE * (OMEGA**2 + LOSS**2 / 4) / (2 * OMEGA)))
AT = 20.0
"""When the light of the modes is looked at: the memories are chosen by then."""
AVERAGING = 4.0
"""The time over which the records are averaged."""


def cavity() -> ch.MultimodeDicke:
    """A mode for each pattern, well above the threshold."""
    return ch.MultimodeDicke.from_patterns(
        PATTERNS, 1.6 * CRITICAL, OMEGA, LOSS, drive=DRIVE, scaling="intensive"
    )  # fmt: skip


def main(quick: bool = False, folder: Path | None = None) -> tuple[xr.Dataset, dict[tuple[str, str], xr.Dataset]]:
    """Draw the figure into `folder`; return the recalls and the light given the memory."""
    model = cavity()
    quiet = ch.ProductState(np.tile([-1.0, 0.0, 0.0], (12, 1)), np.zeros(2))
    times = np.linspace(0, 6 if quick else 50, 31 if quick else 251)
    detected = ch.Heterodyne(runs=2 if quick else 12, seed=1, threads=2).evolve(model, quiet, times)
    recalls = ch.recall_from_light(detected, AVERAGING)
    for run in range(recalls.sizes["run"]):
        told, true = (recalls[name].values[run, -1] for name in ("overlap", "true_overlap"))
        print(f"run {run}: the light tells overlaps {told.round(2)} +- {recalls['overlap_noise'].values[-1, 0]:.2f}, "
              f"the spins have {true.round(2)}")  # fmt: skip
    grid = np.linspace(-4, 4, 33 if quick else 121)
    runs = ch.QuantumJumps(runs=4 if quick else 40, seed=2, threads=2)
    phase_space = {}
    for memory in PATTERNS.names:
        for mode, name in enumerate(PATTERNS.names):
            light = runs.light_state(model, quiet, [times[-1] if quick else AT], mode=mode, given=(memory, 0.5))
            phase_space[memory, name] = ch.wigner(light, grid, grid)
    if folder is not None:
        save_figure(plot_light_recall(recalls, phase_space), folder / "light_recall.png")
    return recalls, phase_space


if __name__ == "__main__":
    main(folder=Path(__file__).parent.parent / "docs" / "figures")
