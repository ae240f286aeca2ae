"""What the presets of the confocal and near-confocal cavities at Stanford share: no page of theirs that was read prints
the rates of one mode.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from cavity_hopfield.platforms.mode_families import ModeFamily
from cavity_hopfield.platforms.provenance import Sourced, assumed
from cavity_hopfield.platforms.raman_cavity import RamanCavity
from cavity_hopfield.platforms.transverse_modes import TransverseModes

OURS = "not printed where the paper was read; chosen by us"


def single_mode_coupling_rad_s(cooperativity: float, loss_rad_s: float, linewidth_rad_s: float) -> float:
    r"""$g_0 = \frac12 \sqrt{C \gamma \Gamma_a}$, from $C = 4 g_0^2 / \gamma \Gamma_a$ with full widths."""
    return float(np.sqrt(cooperativity * loss_rad_s * linewidth_rad_s) / 2)


def unread() -> tuple[Sourced, ...]:
    """The numbers that could not be read, the same for both."""
    return (
        assumed(
            "photon_loss_rad_s", "2pi * 274 kHz",
            reason="the linewidth is in the body of the paper, which was not read; twice a half width of 137 kHz, as "
            "commonly quoted for this apparatus",
        ),
        assumed(
            "atomic_linewidth_rad_s", "2pi * 6.065 MHz",
            reason="natural linewidth of the D2 line of 87Rb as quoted after D. A. Steck, Rubidium 87 D Line Data, "
            "whose table was not read",
        ),
        assumed("waist_m", "35 um", reason="not read; commonly quoted for this apparatus"),
        assumed("spread_m", "4 um", reason=f"{OURS}: a tweezed cloud, wider than what the light resolves"),
        assumed("atomic_detuning_rad_s", "2pi * -100 GHz", reason=f"{OURS}, of the usual size"),
        assumed("pump_rabi_rad_s", "2pi * 4 GHz", reason=f"{OURS}: a share of 4e-4 of the excited state"),
        assumed("mode_detuning_rad_s", "2pi * 3 MHz", reason=f"{OURS}, closer than in the experiments"),
        assumed(
            "level_splitting_rad_s", "2pi * 7.54 kHz",
            reason="twice the recoil of 87Rb at 780 nm, which splits the spin states of these experiments; a "
            "Raman-driven spin would be free to choose it",
        ),
    )  # fmt: skip


def raman_cavity(
    value: Mapping[str, Any], coupling_rad_s: float, family: ModeFamily, highest_order: int, positions_um: Any
) -> RamanCavity:
    """The platform, with ensembles at `positions_um` around the axis."""
    names = (
        "photon_loss_rad_s", "atomic_linewidth_rad_s", "atomic_detuning_rad_s", "pump_rabi_rad_s",
        "mode_detuning_rad_s", "level_splitting_rad_s",
    )  # fmt: skip
    geometry = TransverseModes(
        positions_m=1e-6 * np.asarray(positions_um, dtype=np.float64),
        waist_m=value["waist_m"],
        highest_order=highest_order,
        spreads_m=value["spread_m"],
        family=family,
    )
    return RamanCavity(coupling_rad_s=coupling_rad_s, geometry=geometry, **{name: value[name] for name in names})
