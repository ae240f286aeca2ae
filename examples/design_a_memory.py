"""From the wish to the apparatus: a cavity that is a memory at a wanted temperature, what it costs, how sure it is."""

from pathlib import Path

import numpy as np

import cavity_hopfield as ch
from cavity_hopfield.design import (
    Constraint,
    Design,
    GlauberTarget,
    design,
    pareto_front,
    sensitivities,
    tolerance_to_disorder,
)
from cavity_hopfield.exceptions import InfeasibleError
from cavity_hopfield.platforms import BareCavity, changed
from cavity_hopfield.plots import plot_design, plot_elasticities, plot_pareto_front, save_figure

VARY = {
    "coupling_rad_s": ("2pi * 5 kHz", "2pi * 500 kHz"),
    "drive_rad_s": ("2pi * 1 Hz", "2pi * 10 kHz"),
    "photon_loss_rad_s": ("2pi * 50 kHz", "2pi * 3 MHz"),
}


def laboratory() -> BareCavity:
    """A cavity told by the rates of its model alone."""
    turn = 2 * np.pi
    return BareCavity(
        coupling_rad_s=turn * 100e3,
        mode_detuning_rad_s=turn * 1e6,
        photon_loss_rad_s=turn * 300e3,
        drive_rad_s=turn * 100,
    )


def main(quick: bool = False, folder: Path | None = None) -> Design:
    """Design the memory, say what binds, draw into `folder`, and return the design."""
    patterns, target = ch.letters("EV"), GlauberTarget(temperature=0.6)
    evaluations = 300 if quick else 600
    found = design(target, laboratory(), VARY, patterns=patterns, seed=1, evaluations=evaluations)
    print(found.table())
    print(found.verify(runs=200 if quick else 1000))
    try:
        few = [Constraint("photons", below=3)]
        design(target, laboratory(), VARY, patterns=patterns, seed=1, constraints=few, evaluations=evaluations)
    except InfeasibleError as refusal:
        print(refusal)
    slopes = sensitivities(found.platform, patterns)
    spread = tolerance_to_disorder(
        found.platform, patterns, spreads={"coupling": 0.02}, target=target, draws=3 if quick else 40, seed=1
    )
    print(f"{float(spread['share']):.0%} of the draws with couplings 2 per cent apart meet the target.")
    if folder is not None:
        slow = changed(laboratory(), {"drive_rad_s": 4 * np.pi})  # neither of the two traded depends on the drive
        free = {name: bounds for name, bounds in VARY.items() if name != "drive_rad_s"}
        front = pareto_front(
            target, slow, free, trade=("distance", "photons"), patterns=patterns, seed=1,
            points=3 if quick else 9, evaluations=2 * evaluations,
        )  # fmt: skip
        save_figure(plot_design(found.to_dataset()), folder / "design.png")
        save_figure(plot_pareto_front(front), folder / "design_front.png")
        save_figure(plot_elasticities(slopes), folder / "elasticities.png")
    return found


if __name__ == "__main__":
    main(folder=Path(__file__).parent.parent / "docs" / "figures")
