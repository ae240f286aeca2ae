"""What one drive cannot do: with one pattern and the drive used up in the flip rates nothing that lasts oscillates.

P. Rotondo et al., J. Phys. A 51, 115301 (2018) found limit cycles in a network with thermal flips and an independent
transverse field. In a driven cavity the flips themselves are made by the drive, to second order, and what is left
coherent is the Lamb shift. Rates of one pattern obey detailed balance: populations, and with them the overlap, relax
without oscillation. The Lamb shift turns coherences alone, which the light of a cavity destroys before a spin flips and
which no population feels. With a second field that neither acts on the light nor is dephased by it, an
assumption about the apparatus, the same platform has the limit cycle, at its own rates.
"""

import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr

import cavity_hopfield as ch
from cavity_hopfield.analysis.cycles.limit_cycles import LimitCycle, limit_cycle
from cavity_hopfield.bridge import Bridge
from cavity_hopfield.plots import plot_one_drive, save_figure

SPINS, COUPLING, LOSS, DRIVE = 10, 1.0, 4.0, 0.02
FIELD = 0.8
"""The second field, in units of the relaxation rate of a spin without field."""
START, END, TIMES = 0.3, 25.0, 501


@dataclass(frozen=True)
class Findings:
    """What was found; rates in units of the relaxation rate of a spin without field.

    Attributes
    ----------
    rate : float
        That relaxation rate, in units of omega.
    overlaps : dict
        The overlap over time of many spins, for each choice of the drive.
    cycle : LimitCycle
        The limit cycle of many spins with the second field.
    largest_frequency : dict
        The largest imaginary part of an eigenvalue of the few spins, in units of the rate: among the populations with
        the drive eliminated, of all elements with the second field.
    lamb_frequency : float
        The same of all elements with the drive eliminated: coherences, turned by the Lamb shift.
    """

    rate: float
    overlaps: dict[str, np.ndarray]
    cycle: LimitCycle
    largest_frequency: dict[str, float]
    lamb_frequency: float


def cavity(spins: int) -> ch.MultimodeDicke:
    """One pattern, with the mediated energy per spin of ten spins; it loses its light fast."""
    g = COUPLING * np.sqrt(SPINS / spins)
    return ch.MultimodeDicke.from_patterns(ch.random_patterns(1, spins, seed=1), g=g, omega=1.0, loss=LOSS, drive=DRIVE)


def many(field: float, times: np.ndarray) -> xr.Dataset:
    """The overlap of many spins."""
    limit = ch.HopfieldLimit.from_dicke(cavity(SPINS), drive=field)
    return ch.MeanField().evolve(limit, [[START]], times).isel(run=0)


def main(quick: bool = False, folder: Path | None = None) -> Findings:
    """Follow both, find the cycle and the eigenvalues; draw `one_drive.png` into `folder`; print the numbers."""
    few_spins = 3 if quick else 5
    rate = 2 * float(ch.CavityRates(cavity(SPINS))(0.0))
    few_rate = 2 * float(ch.CavityRates(cavity(few_spins))(0.0))
    times = np.linspace(0, END, TIMES)
    with warnings.catch_warnings():
        # spins of equal couplings flip together; a spread of the couplings, too small to matter otherwise, is assumed
        warnings.simplefilter("ignore", ch.RegimeWarning)
        paths = {"eliminated": many(0.0, times / rate), "independent": many(FIELD * rate, times / rate)}
        cycle = limit_cycle(ch.HopfieldLimit.from_dicke(cavity(SPINS), drive=FIELD * rate))
        bridges = {
            "eliminated": Bridge(cavity(few_spins)),
            "independent": Bridge(cavity(few_spins), drive="independent", field=FIELD * few_rate),
        }
    # both start with the same overlap, and have one unit of time
    start_z = START * cavity(few_spins).memory.values[0]
    start = ch.ProductState(np.stack([0 * start_z, 0 * start_z, start_z], axis=1), np.zeros(0, complex))
    few = {
        name: bridge.evolve(start, times / few_rate).assign_coords(time=times / rate)
        for name, bridge in bridges.items()
    }
    levels = 2**few_spins
    spectra = {
        "eliminated": bridges["eliminated"].spectrum(levels, lasting=True) * (rate / few_rate),
        "independent": bridges["independent"].spectrum(8 * levels) * (rate / few_rate),
    }
    whole = bridges["eliminated"].spectrum(8 * levels)
    found = Findings(
        rate=rate,
        overlaps={name: path["overlap"].values[:, 0] for name, path in paths.items()},
        cycle=cycle,
        largest_frequency={name: float(abs(one["eigenvalue_imag"]).max()) / rate for name, one in spectra.items()},
        lamb_frequency=float(abs(whole["eigenvalue_imag"]).max()) / few_rate,
    )
    if folder is not None:
        save_figure(plot_one_drive(paths, spectra, rate=rate, few=few), folder / "one_drive.png")
    report(found)
    return found


def report(found: Findings) -> None:
    """Print the numbers."""
    one, cycle = found.overlaps["eliminated"], found.cycle
    print(f"relaxation rate of a spin without field: {found.rate:.4g} omega")
    monotonic = "never falls" if (np.diff(one) >= 0).all() else "turns"
    print(f"drive used up in the rates: the overlap {monotonic} on its way from {one[0]:.2f} to {one[-1]:.4f}")
    print(
        f"second field of {FIELD} relaxation rates: limit cycle with |overlap| up to {cycle.max_overlap:.4f}, angular "
        f"frequency {cycle.angular_frequency / found.rate:.4f} relaxation rates, stable: {cycle.stable}"
    )
    told = found.largest_frequency
    print(
        "few spins, largest imaginary part of an eigenvalue, in relaxation rates: one drive, populations "
        f"{told['eliminated']:.2g}, all elements {found.lamb_frequency:.2g} by the Lamb shift; second field, all "
        f"elements {told['independent']:.2g}"
    )


if __name__ == "__main__":
    main(folder=Path(__file__).parent.parent / "docs" / "figures")
