"""A condensate that orders itself in the cavity of the quantum optics group of ETH Zurich."""

import numpy as np
from scipy.constants import atomic_mass, c, hbar

from cavity_hopfield.hopfield import Patterns
from cavity_hopfield.platforms.momentum_cavity import MomentumCavity
from cavity_hopfield.platforms.preset import Preset, made_of
from cavity_hopfield.platforms.provenance import assumed, published

GUIDE = (
    "L. Fioroni et al., arXiv:2404.14401, user guide of its code (github.com/qo-eth/TorchGPE), page quickstart, real "
    "time propagation; also in examples/cavity_self_organization/real_time/configuration.yaml"
)
CODE = "torchgpe/bec2D/potentials.py, DispersiveCavity"
PUMP = 2 * np.pi * (384.2304844685e12 - 76.6e9)
RECOIL = hbar * (PUMP / c) ** 2 / (2 * 87 * atomic_mass)
VALUES = (
    published(
        "coupling_rad_s", "2pi * 1.95 MHz", source=GUIDE, printed="cavity_coupling=1.95e6",
        conversion=f"a frequency, times 2 pi ({CODE})",
    ),
    published(
        "photon_loss_rad_s", "2pi * 300 kHz", source=GUIDE, printed="cavity_decay=150e3",
        conversion=f"a frequency, times 2 pi; and times 2, for {CODE} has the field over Delta_c + i kappa, so "
        "that kappa is the half width",
    ),
    published(
        "atomic_detuning_rad_s", "2pi * -76.6 GHz", source=GUIDE, printed="atomic_detuning=-76.6e9",
        conversion=f"a frequency, times 2 pi; pump minus atom, as here ({CODE} adds it to the D2 line)",
    ),
    published(
        "mode_detuning_rad_s", "2pi * 15 MHz", source=GUIDE, printed="cavity_detuning=-15e6",
        conversion="a frequency, times 2 pi; and times -1, for it is pump minus mode there, mode minus pump here",
    ),
    published(
        "pump_depth", 5.0, source=GUIDE, printed="phase transition at approximately 5 recoil energies",
        conversion="the transition itself; the ramp goes on to 15 recoils",
    ),
    published("atoms", 2e5, source=GUIDE, printed="N_particles=2e5"),
    published(
        "recoil_rad_s", RECOIL, source="the same code, torchgpe/utils/elements.py",
        printed="87Rb: m = 87 atomic mass constants, omega d2 = 2 pi 384.2304844685e12",
        conversion="hbar k^2 / 2 m at the frequency of the pump",
    ),
    assumed(
        "atomic_linewidth_rad_s", "2pi * 6.065 MHz",
        reason="the code leaves scattering out; natural linewidth of the D2 line as quoted after D. A. Steck, "
        "Rubidium 87 D Line Data, whose table was not read",
    ),
)  # fmt: skip
"""Every number, with where it stands."""


def preset() -> Preset:
    """87Rb in one mode, pumped across: the momentum-state Dicke model."""
    return made_of(
        VALUES,
        lambda value: MomentumCavity(**dict(value) | {"atoms": round(value["atoms"])}),
        name="fioroni2024",
        title="a condensate of 87Rb that orders itself in one mode (ETH Zurich)",
        references=("fioroni2024", "baumann2010", "nagy2010"),
        notes=(
            "The spin states are momentum states in the pump's lattice, and the drive is their energy: no knob.",
            "Pump and mode are taken to cross at a right angle; the code takes 60 degrees unless told otherwise.",
            "The model has 12 of the 200000 atoms, each with its own coupling, but all shift the mode; see `thinned`.",
        ),
        patterns=Patterns(np.ones((1, 12), dtype=np.int8), ("even sites",)),
    )
