"""Phases of the open Hopfield network: its diagram with the exact lines, its flow, and the same for a cavity."""

import warnings
from pathlib import Path

import numpy as np
import xarray as xr

import cavity_hopfield as ch
from cavity_hopfield.analysis.bifurcations import bifurcations, bifurcations_of
from cavity_hopfield.analysis.phases.phase_diagram import cavity_phase_diagram, phase_diagram
from cavity_hopfield.plots import plot_flux, plot_phase_diagram, save_figure

SPINS, LOSS, DRIVE = 10, 4.0, 0.02
COLD = 0.15
FLUX_DRIVES = (0.1, 0.58, 0.8)


def cavity(g: float) -> ch.MultimodeDicke:
    """One pattern in a cavity that loses its light fast, so that rates change little over the fields that occur."""
    pattern = ch.random_patterns(1, SPINS, seed=1)
    return ch.MultimodeDicke.from_patterns(pattern, g=g, omega=1.0, loss=LOSS, drive=DRIVE)


def thermal(quick: bool) -> tuple[xr.Dataset, xr.Dataset]:
    """The diagram of the thermal network over temperature and drive, and its lines."""
    temperatures = np.arange(0.05, 1.0001, 0.1 if quick else 0.01)
    drives = np.linspace(0.0, 1.0, 6 if quick else 101)
    return phase_diagram(P=1, temperature=temperatures, drive=drives), bifurcations(temperature=temperatures)


def in_a_cavity(quick: bool) -> tuple[xr.Dataset, xr.Dataset]:
    """The diagram of the cavity over its coupling g and the drive, and its lines."""
    couplings = np.linspace(0.51, 1.5, 3 if quick else 34)
    drives = np.linspace(0.0, 1.0, 6 if quick else 51)
    with warnings.catch_warnings():
        # spins of equal couplings flip together; a spread of the couplings, too small to matter otherwise, is assumed
        warnings.simplefilter("ignore", ch.RegimeWarning)
        diagram = cavity_phase_diagram(cavity(1.0), coupling=couplings, drive=drives, starts=4 if quick else 8)
        lines = bifurcations_of(lambda g: ch.HopfieldLimit.from_dicke(cavity(g)), couplings, "coupling")
    return diagram, lines


def shares(diagram: xr.Dataset) -> dict[str, float]:
    """The share of the grid that each phase has."""
    names = diagram["phase"].attrs["flag_meanings"].split()
    return {name: float((diagram["phase"] == code).mean()) for code, name in enumerate(names)}


def main(quick: bool = False, folder: Path | None = None) -> tuple[dict[str, float], dict[str, float]]:
    """Draw the figures into `folder`; return the shares of the phases, thermal and in the cavity."""
    diagram, lines = thermal(quick)
    dark, dark_lines = in_a_cavity(quick)
    if folder is not None:
        save_figure(plot_phase_diagram(diagram, lines), folder / "phase_diagram.png")
        save_figure(plot_phase_diagram(dark, dark_lines), folder / "cavity_phases.png")
        cold = [ch.HopfieldLimit(1, ch.Glauber(COLD), drive) for drive in FLUX_DRIVES]
        save_figure(plot_flux(cold), folder / "flux.png")
    for name, result in (("thermal", diagram), ("cavity", dark)):
        told = ", ".join(f"{phase.replace('_', ' ')} {share:.1%}" for phase, share in shares(result).items() if share)
        print(f"{name}: {told}; {float(result['share'].sel(fate='unsettled').mean()):.2%} of the runs not settled")
    at = lines.sel(temperature=COLD, method="nearest")
    print(
        f"T = {COLD}: limit cycle from {float(at['cycle_saddle_node']):.4f}, gluing {float(at['gluing']):.4f}, "
        f"retrieval until {float(at['retrieval_hopf']):.4f}"
    )
    print("cavity: single flips are assumed, a spread of the couplings that lets the light tell the spins apart")
    print(
        f"cavity: zero loses its stability at g = {float(dark_lines['hopf_of_zero'][0]):.4f} omega; largest r "
        f"{float(dark['ratio'].max()):.2g}"
    )
    return shares(diagram), shares(dark)


if __name__ == "__main__":
    main(folder=Path(__file__).parent.parent / "docs" / "figures")
