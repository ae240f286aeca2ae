"""The spin-1 Dicke model of Raman-driven 87Rb in Singapore."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from cavity_hopfield.hopfield import Patterns
from cavity_hopfield.platforms.preset import Preset, made_of
from cavity_hopfield.platforms.provenance import assumed, published
from cavity_hopfield.platforms.raman_cavity import RamanCavity
from cavity_hopfield.platforms.written_modes import WrittenModes

ABSTRACT = "Z. Zhiqiang et al., arXiv:1612.06534, abstract (read at arxiv-vanity.com)"
UNREAD = "the body of the paper was not read"


def preset() -> Preset:
    """Spin-1 atoms in one mode, with balanced Raman pumps."""
    values = (
        published(
            "spin", 1.0, source=ABSTRACT, printed="spin-1 Dicke model; lowest F = 1 hyperfine level of 87Rb",
            conversion="two spins 1/2 with equal couplings for each atom, in the symmetric triplet",
        ),
        assumed(
            "coupling_rad_s", "2pi * 1.1 MHz",
            reason=f"{UNREAD}; commonly quoted for the cavity of this group: (g, kappa, gamma) = 2pi (1.1, 0.1, 3) MHz",
        ),
        assumed(
            "photon_loss_rad_s", "2pi * 200 kHz",
            reason=f"{UNREAD}; twice the half width of that triple",
        ),
        assumed(
            "atomic_linewidth_rad_s", "2pi * 6.065 MHz",
            reason="natural linewidth of the D2 line of 87Rb as quoted after D. A. Steck, Rubidium 87 D Line Data, "
            "whose table was not read",
        ),
        assumed("atomic_detuning_rad_s", "2pi * -127 GHz", reason=f"{UNREAD}; of the size used by this group"),
        assumed("mode_detuning_rad_s", "2pi * 100 kHz", reason=f"{UNREAD}; chosen by us, comparable to the loss"),
        assumed("level_splitting_rad_s", "2pi * 80 kHz", reason=f"{UNREAD}; chosen by us, comparable to the mode"),
        assumed(
            "pump_rabi_rad_s", "2pi * 46 MHz",
            reason=f"{UNREAD}; chosen by us, so that 10^5 atoms are close to their transition",
        ),
    )  # fmt: skip
    return made_of(
        values,
        _platform,
        name="zhiqiang2017",
        title="the spin-1 Dicke model of 87Rb with Raman pumps (Singapore)",
        references=("zhiqiang2017", "dimer2007"),
        notes=(
            "Only the kind of spin is published here: compare every number with the paper before use.",
            "The experiment also drives the two Raman processes unequally; the model here is balanced.",
            "The model has 6 of the atoms, as 12 spins 1/2, each with the coupling of its atom.",
        ),
        patterns=Patterns(np.ones((1, 6), dtype=np.int8), ("superradiant",)),
    )


def _platform(value: Mapping[str, Any]) -> RamanCavity:
    return RamanCavity(geometry=WrittenModes(), **dict(value))
