"""How far from equilibrium a cavity is: four spins in full, then six with couplings that are less and less equal."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

import cavity_hopfield as ch
from cavity_hopfield.plots import plot_nonequilibrium, save_figure

COUPLING, LOSS, DRIVE = 0.5, 1.0, 0.02
PAIRS = [[1, 1, 1, 1], [1, 1, -1, -1]]
THREE_AND_ONE = [[1, 1, 1, 1], [1, 1, 1, -1]]
THIRD = [[1, 1, 1, 1], [1, 1, 1, -1], [1, 1, -1, 1]]
FOUR_SPINS: dict[str, tuple[list[list[int]], dict[str, Any]]] = {
    "two pairs, equal modes": (PAIRS, {}),
    "two pairs, unequal modes": (PAIRS, {"g": (0.5, 0.3)}),
    "three and one, equal modes": (THREE_AND_ONE, {}),
    "three and one, unequal modes": (THREE_AND_ONE, {"g": (0.5, 0.3)}),
    "three patterns": (THIRD, {}),
    "two pairs, disorder of 10 %": (PAIRS, {"disorder": 0.1, "seed": 1}),
}
SIX_SPINS = [[1, 1, 1, 1, 1, 1], [1, 1, 1, 1, -1, -1]]
COLUMNS = "{:30}{:>10}{:>11}{:>11}{:>9}{:>11}{:>12}"


def cavity(patterns: list[list[int]], **more: Any) -> ch.OpenHopfield:
    """The network of a cavity at its own rates, spins flipping one by one."""
    options: dict[str, Any] = {"g": COUPLING, "omega": 1.0, "loss": LOSS, "drive": DRIVE, **more}
    with warnings.catch_warnings():
        # spins of equal couplings flip together; a spread of the couplings, too small to matter otherwise, is assumed
        warnings.simplefilter("ignore", ch.RegimeWarning)
        return ch.OpenHopfield.from_dicke(
            ch.MultimodeDicke.from_patterns(ch.Patterns(np.array(patterns, np.int8)), **options)
        )


def signs(configuration: xr.DataArray) -> str:
    """A configuration as text."""
    return "".join("+" if spin > 0 else "-" for spin in configuration.values)


def four_spins() -> dict[str, dict[str, float]]:
    """What there is to know about each network of four spins."""
    found = {}
    print(COLUMNS.format("four spins", "largest A", "KL", "T", "slowest", "S per flip", "current"))
    for name, (patterns, more) in FOUR_SPINS.items():
        network = cavity(patterns, **more)
        slow = ch.ClassicalMasterEquation().spectrum(network, k=2)["eigenvalue_real"].values[1]
        currents, distance = ch.net_currents(network), ch.boltzmann_distance(network)
        cycles, produced = ch.kolmogorov_cycles(network), ch.entropy_production(network)
        real = bool(cycles["largest_affinity"] > cycles["resolution"])
        found[name] = told = {
            "affinity": float(cycles["largest_affinity"]) if real else 0.0,
            "divergence": float(distance["kullback_leibler"]),
            "temperature": float(distance["temperature"]),
            "slowest": -float(slow),
            "entropy_per_flip": float(produced["entropy_per_flip"]),
            "current": float(currents["current"][0]) if real else 0.0,
        }
        texts = [f"{told[key]:.2e}" if told[key] > 1e-25 else "0" for key in told]
        texts[2] = f"{told['temperature']:.5f}"
        path = ""
        if real:
            ends = (signs(currents["spins"][int(currents[end][0])]) for end in ("source", "target"))
            path = "  " + " to ".join(ends)
        print(COLUMNS.format(name, *texts) + path)
    return found


def scan(quick: bool) -> xr.Dataset:
    """Cycles and entropy of six spins over the disorder of their couplings."""
    disorders = np.geomspace(1e-3, 0.3, 4 if quick else 13)
    rows = []
    for disorder in disorders:
        network = cavity(SIX_SPINS, disorder=float(disorder), seed=3)
        cycles = ch.kolmogorov_cycles(network)[["largest_affinity", "mean_affinity"]]
        rows.append(cycles.merge(ch.entropy_production(network)[["entropy_per_flip"]], combine_attrs="drop"))
    across = xr.Variable("disorder", disorders, {"long_name": "disorder of the couplings, relative"})
    return xr.concat(rows, dim="disorder").assign_coords(disorder=across)


def main(quick: bool = False, folder: Path | None = None) -> tuple[dict[str, dict[str, float]], xr.Dataset]:
    """Draw the figure into `folder`; return the table of four spins and the scan of six."""
    table = four_spins()
    scanned = scan(quick)
    platforms = {f"g = {g}": cavity(SIX_SPINS, g=g) for g in (0.2, 0.35, 0.5)}
    network = cavity(SIX_SPINS, g=0.35, disorder=0.1, seed=3)
    glauber = ch.OpenHopfield(network.couplings, ch.Glauber.matched_to(network.rate_law).law, patterns=network.patterns)
    times = np.geomspace(1e1, 1e7, 5 if quick else 61)
    ratios = {
        "cavity, g = 0.35": ch.fluctuation_dissipation(network, 0, times),
        "Glauber matched to it": ch.fluctuation_dissipation(glauber, 0, times),
    }
    for name, ratio in ratios.items():
        values = ratio["temperature"].values
        print(f"{name}: fluctuations over response from T = {values[0]:.4f} at short to {values[-1]:.4f} at long times")
    if folder is not None:
        save_figure(plot_nonequilibrium(scanned, platforms, ratios), folder / "nonequilibrium.png")
    return table, scanned


if __name__ == "__main__":
    main(folder=Path(__file__).parent.parent / "docs" / "figures")
