"""One recall at every level of theory: who agrees with whom, until when, and what would have been recommended."""

from pathlib import Path

import numpy as np

import cavity_hopfield as ch
from cavity_hopfield.plots import plot_agreement, save_figure

OMEGA, LOSS, DRIVE, COUPLING = 1.0, 1.0, 0.25, 0.55


def cavity(spins: int) -> ch.MultimodeDicke:
    """One pattern of `spins` somewhat above the threshold of its memory."""
    memory = ch.Patterns(np.ones((1, spins), np.int8))
    return ch.MultimodeDicke.from_patterns(memory, COUPLING, OMEGA, LOSS, drive=DRIVE, scaling="intensive")


def compared(spins: int, runs: int, times: np.ndarray) -> ch.Agreement:
    """All levels that keep the light, and two that do without it."""
    model = cavity(spins)
    theories = [
        ch.Lindblad(),
        ch.QuantumJumps(runs=runs, seed=1),
        ch.TruncatedWigner(runs=4 * runs, seed=1),
        ch.Cumulants(order=2),
        ch.Cumulants(order=3),
        ch.MeanField(),
        ch.AtomOnly() if spins <= 4 else ch.KineticMonteCarlo(runs=runs, seed=1),
    ]
    start = model.memory.values[0]
    return ch.agreement(model, start, times, theories, observables=("overlap", "photons", "magnetisation_x", "energy"))


def main(quick: bool = False, folder: Path | None = None) -> dict[str, object]:
    """Draw the figure into `folder`; return what was found."""
    times = np.linspace(0, 6, 13 if quick else 61)
    found = compared(4 if quick else 12, 50 if quick else 500, times)
    print(found)
    if folder is not None:
        save_figure(plot_agreement(found.dataset, ("overlap", "photons", "magnetisation_x")), folder / "agreement.png")
    advice = {spins: ch.recommend(cavity(spins), "recall", duration=6.0) for spins in (4, 60, 10_000)}
    for spins, one in advice.items():
        print(f"N = {spins}: {one.name}, {one.reason}")
    return {"agreement": found, "advice": advice}


if __name__ == "__main__":
    main(folder=Path(__file__).parent.parent / "docs" / "figures")
