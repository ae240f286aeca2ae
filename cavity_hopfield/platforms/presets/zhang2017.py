"""The ion chain of the 53-qubit simulator in Maryland, with eight ions."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.constants import c

from cavity_hopfield.platforms.ion_chain import IonChain
from cavity_hopfield.platforms.ion_crystal import normal_modes
from cavity_hopfield.platforms.preset import Preset, made_of
from cavity_hopfield.platforms.provenance import assumed, published

PAPER = "J. Zhang et al., Nature 551, 601 (2017) (full text read)"
METHODS = f"{PAPER}, Methods"
IONS = 8
BEAMS_M, LINE_M = 355e-9, 369.5e-9
DETUNING = 2 * np.pi * (c / BEAMS_M - c / LINE_M)
VALUES = (
    published("mass_kg", "171 u", source=f"{PAPER}, p. 601", printed="171Yb+"),
    published(
        "radial_rad_s", "2pi * 4.85 MHz", source=f"{METHODS}, Confinement of long ion chains",
        printed="transverse centre-of-mass motional frequency 4.85 MHz", conversion="times 2 pi",
    ),
    published(
        "axial_rad_s", "2pi * 400 kHz", source=f"{METHODS}, Confinement of long ion chains",
        printed="about 400 kHz for 8-16 ions", conversion="times 2 pi",
    ),
    published(
        "beat_note_rad_s", "2pi * 56 kHz", source=f"{METHODS}, Generating the Ising Hamiltonian",
        printed="mu - nu_m = 56 kHz for N = 8, from the centre-of-mass sideband",
        conversion="times 2 pi. The beat note is above all modes; complex conjugation of the master equation turns "
        "all detunings positive, and the two couplings and the drive, whose signs are a choice of axes",
    ),
    published(
        "force_rabi_rad_s", "2pi * 386 kHz", source=f"{PAPER}, p. 602, and Methods, eq. (2)",
        printed="J0 = 0.82 kHz for 8 spins",
        conversion="the mean nearest-neighbour coupling of all eight modes is 0.82 kHz at this Omega and fringe",
    ),
    published(
        "atomic_linewidth_rad_s", "2pi * 20 MHz", source=f"{METHODS}, Single-shot detection",
        printed="2P1/2, radiative linewidth gamma / 2 pi about 20 MHz", conversion="times 2 pi; a full width",
    ),
    published(
        "atomic_detuning_rad_s", DETUNING, source=f"{METHODS}, State preparation, and Single-shot detection",
        printed="Raman beams at 355 nm, cycling transition near 369.5 nm",
        conversion="difference of their frequencies, times 2 pi; the 2P3/2 line on the other side is left out",
    ),
    assumed(
        "microwave_rabi_rad_s", "2pi * 1.64 kHz",
        reason="B = J0 = 0.82 kHz, of the size of the fields that the paper scans (Fig. 2: 0.6 to 1.6 J0, there "
        "with Kac's normalisation); H = B sigma has the Rabi frequency 2 B",
    ),
    assumed(
        "fringe_m", "251 nm",
        reason="355 nm / sqrt(2), for beams at a right angle, which the paper does not print; only its ratio to "
        "the force enters the couplings",
    ),
    assumed(
        "cooling_per_s", 50000.0,
        reason="the experiment cools before, not during a run; fast coolant ions of ours",
    ),
    assumed("heating_per_s", 10.0, reason="not printed; of the size of good traps"),
)  # fmt: skip
"""Every number, with where it stands."""


def preset() -> Preset:
    """171Yb+, pushed along the transverse modes."""
    return made_of(
        VALUES,
        _platform,
        name="zhang2017",
        title="eight of the 171Yb+ ions of a quantum simulator (Maryland)",
        references=("zhang2017", "porras2004", "james1998"),
        notes=(
            "One beat note pushes all eight transverse modes; the patterns are the signs of their vectors.",
            "The platform counts a beat note for each mode: its step on other modes, and its scattering, do not apply.",
            "At these values the coupling falls more steeply with the distance than the paper's power 0.8 to 1.",
            "Without cooling the motion would keep what it knows of the spins: a memory needs it.",
        ),
    )


def _platform(value: Mapping[str, Any]) -> IonChain:
    frequencies = normal_modes(IONS, value["axial_rad_s"], value["radial_rad_s"], axis="radial").frequencies_rad_s
    detunings = value["beat_note_rad_s"] + frequencies[-1] - frequencies
    return IonChain(
        ions=IONS,
        axis="radial",
        modes=tuple(range(IONS)),
        mode_detuning_rad_s=detunings,
        **{name: value[name] for name in value if name != "beat_note_rad_s"},
    )
